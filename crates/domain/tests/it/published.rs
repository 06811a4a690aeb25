//! What was published after the day on which it happened: the public view waits for it, and tells the day on which it happened.

use docket_domain::answer;
use docket_domain::event::{Fact, InstrumentStep, Issue, Measure, MeasureStep, ObligationStep, Recorded};
use docket_domain::providers;
use docket_domain::status::{AsOf, AuthorityStatus};
use docket_domain::terms::{EndedHow, Grade, InstrumentKind, MeasureKind, Standing, View};

use crate::given::*;
use crate::providers::home;

const NOTICE: InstrumentKind = InstrumentKind::ImprovementNotice;

/// Hull, registered, then these: event 2, 3, 4 …, of which some name a day of publication.
fn history(happenings: Vec<Happening>, published: &[(u64, &str)]) -> Vec<Recorded> {
    let mut history = vec![registered()];
    history.extend(happenings);
    publishing(recorded(history), published)
}

fn publishing(mut history: Vec<Recorded>, published: &[(u64, &str)]) -> Vec<Recorded> {
    for event in &mut history {
        let named = published.iter().find(|(number, _)| event.id == id(*number));
        event.published = named.map(|(_, day)| on(day));
    }
    history
}

fn restricted(day: &str) -> AsOf {
    AsOf { view: View::Restricted, ..as_of(day) }
}

fn standing(history: &[Recorded], as_of: AsOf) -> Vec<(String, Standing)> {
    let instruments = ask(history, as_of).instruments.into_iter();
    instruments.map(|one| (one.instrument.to_string(), one.standing)).collect()
}

fn withheld(history: &[Recorded], as_of: AsOf) -> Vec<u64> {
    let hidden = answer::withheld(history, as_of.asked());
    (1..=history.len() as u64).filter(|number| hidden.contains(&id(*number))).collect()
}

#[test]
fn a_notice_shows_from_its_publication_on_with_the_day_on_which_it_was_issued() {
    let history = history(vec![issued("n", NOTICE, "2022-08-01")], &[(2, "2022-08-13")]);
    let nothing = AuthorityStatus { as_of: as_of("2022-08-12"), ..ask(&history[..1], as_of("2022-08-12")) };
    assert_eq!(ask(&history, as_of("2022-08-12")), nothing);
    assert_eq!(withheld(&history, as_of("2022-08-12")), [2]);
    for as_of in [as_of("2022-08-13"), restricted("2022-08-01")] {
        let status = ask(&history, as_of);
        let [notice] = &status.instruments[..] else { panic!("{status:?}") };
        assert_eq!((notice.standing, notice.from), (Standing::InForce, on("2022-08-01")));
        assert_eq!(status.cases[0].opened, on("2022-08-01"));
        assert_eq!((status.uncertainties.len(), withheld(&history, as_of)), (0, vec![]));
    }
}

#[test]
fn what_stands_in_place_of_a_notice_that_is_not_published_waits_for_it() {
    let happenings = vec![issued("o", NOTICE, "2022-08-01"), replacing("n", NOTICE, "2022-08-05", "o")];
    let history = history(happenings, &[(2, "2022-08-13")]);
    assert_eq!(ask(&history, as_of("2022-08-12")).instruments, []);
    assert_eq!(withheld(&history, as_of("2022-08-12")), [2, 3]);
    assert_eq!(withheld(&history, as_of("2022-08-13")), []);
}

#[test]
fn what_is_about_a_notice_whose_issue_was_voided_before_its_publication_waits_too() {
    let varied = InstrumentStep::Varied { change: "x".into(), term_end: on("") };
    let happenings = vec![
        issued("n", NOTICE, "2022-08-01"),
        instrument("n", "2022-08-03", varied),
        voided(2, "2022-08-04"),
    ];
    let history = history(happenings, &[(2, "2022-08-13")]);
    assert_eq!(withheld(&history, as_of("2022-08-12")), [2, 3, 4]);
    assert_eq!(withheld(&history, as_of("2022-08-13")), []);
}

#[test]
fn an_end_that_is_not_published_has_not_come_in_the_public_view_and_what_replaces_not_either() {
    let happenings = || {
        vec![
            issued("d", InstrumentKind::Direction, "2019-06-04"),
            ended("d", EndedHow::Revoked, "2022-01-13"),
            issued("e", InstrumentKind::Direction, "2019-06-04"),
            replacing("n", NOTICE, "2022-01-13", "e"),
            instrument("e", "2022-01-13", InstrumentStep::Replaced { by: "n".parse().unwrap() }),
        ]
    };
    let history = history(happenings(), &[(3, "2022-01-14"), (5, "2022-01-14")]);
    let in_force = |keys: &[&str]| -> Vec<(String, Standing)> {
        keys.iter().map(|key| ((*key).to_owned(), Standing::InForce)).collect()
    };
    let before = ask(&history, as_of("2022-01-13"));
    assert_eq!(standing(&history, as_of("2022-01-13")), in_force(&["d", "e"]));
    assert!(before.instruments.iter().all(|one| one.to.is_none() && one.replaced_by.is_none()));
    // The event that says by what it is replaced names no day, and goes with what replaces.
    assert_eq!(withheld(&history, as_of("2022-01-13")), [3, 5, 6]);
    for as_of in [as_of("2022-01-14"), restricted("2022-01-13")] {
        assert_eq!(standing(&history, as_of)[..1], in_force(&["n"]));
        let ended: Vec<_> = ask(&history, as_of).instruments.into_iter().skip(1).collect();
        let told = |key: &str| ended.iter().find(|one| one.instrument.as_str() == key).unwrap().to;
        assert_eq!([told("d"), told("e")], [Some(on("2022-01-13")); 2]);
    }
}

#[test]
fn what_is_about_an_instrument_waits_for_it_unless_it_names_a_day_itself() {
    let under = |key: &str, of: &str| {
        let issue = Issue {
            under: Some(of.parse().unwrap()),
            report_due: on("2022-11-01"),
            ..issue(InstrumentKind::Commissioner)
        };
        instrument(key, "2022-08-02", InstrumentStep::Issued(issue))
    };
    let happenings = vec![
        issued("d", InstrumentKind::Direction, "2022-08-01"),
        under("c", "d"),
        instrument("c", "2022-08-03", InstrumentStep::ReportReceived { report: "first".into() }),
        obligation("c/first/commissioner-report", "2022-08-03", ObligationStep::Published),
        under("told", "d"),
    ];
    let history = history(happenings, &[(2, "2022-08-13"), (6, "2022-08-04")]);
    assert_eq!(withheld(&history, as_of("2022-08-04")), [2, 3, 4, 5]);
    let status = ask(&history, as_of("2022-08-04"));
    assert!(status.obligations.iter().all(|one| one.obligation.as_str().starts_with("told/")));
    assert_eq!(withheld(&history, as_of("2022-08-13")), [0; 0]);
    assert_eq!(ask(&history, as_of("2022-08-13")).obligations.len(), 2);
}

#[test]
fn where_the_day_of_publication_is_rough_it_may_be_public_and_the_answer_is_uncertain() {
    let happenings = vec![issued("n", NOTICE, "2022-08-01"), ended("n", EndedHow::Lifted, "2023-02-01")];
    let history = history(happenings, &[(2, "2022-09"), (3, "2023")]);
    assert_eq!(standing(&history, as_of("2022-08-31")), []);
    for (day, expected, rough) in [
        ("2022-09-01", Standing::Uncertain, vec![id(2)]),
        ("2022-09-30", Standing::InForce, vec![]),
        // Published in 2023, but not before it happened.
        ("2023-01-31", Standing::InForce, vec![]),
        ("2023-02-01", Standing::Uncertain, vec![id(3)]),
        ("2023-12-31", Standing::Ended, vec![]),
    ] {
        let status = ask(&history, as_of(day));
        assert_eq!(standing(&history, as_of(day)), [("n".to_owned(), expected)], "{day}");
        let told: Vec<_> = status.uncertainties.iter().map(|one| one.event).collect();
        assert_eq!((told, status.cases[0].uncertain), (rough.clone(), !rough.is_empty()), "{day}");
        let known = ask(&history, restricted(day));
        assert!(known.uncertainties.is_empty() && !known.cases[0].uncertain, "{day}");
    }
    let told = &ask(&history, as_of("2022-09-01")).uncertainties[0].description;
    assert!(told.starts_with("n: an event that was published in 2022-09, "), "{told}");
}

#[test]
fn a_correction_of_the_day_of_publication_counts_and_shows_only_with_what_it_corrects() {
    let mut history = history(
        vec![
            issued("n", NOTICE, "2022-08-01"),
            corrected(2, "2022-08-02", issued("n", NOTICE, "2022-08-01")),
        ],
        &[(2, "2022-08-05")],
    );
    let Fact::Corrected { published, .. } = &mut history[2].fact else { panic!() };
    *published = Some(on("2022-08-13"));
    assert_eq!(standing(&history, as_of("2022-08-12")), []);
    assert_eq!(withheld(&history, as_of("2022-08-12")), [2, 3]);
    assert_eq!(standing(&history, as_of("2022-08-13")).len(), 1);
    assert_eq!(withheld(&history, as_of("2022-08-13")), [0; 0]);
}

#[test]
fn a_measure_and_an_exemption_wait_for_their_publication_too() {
    let served = Measure {
        kind: MeasureKind::Restriction,
        text: String::new(),
        steps: vec![],
        end: on(""),
        proposal: None,
        urgent: false,
        under: None,
    };
    let step = |day: &str, step| (on(day), Fact::Measure { measure: "r".parse().unwrap(), step });
    let history = publishing(
        recorded(vec![
            home(),
            step("2020-05-01", MeasureStep::Served(served)),
            step("2020-05-04", MeasureStep::Appealed),
            exempted("2020-05-01"),
        ]),
        &[(2, "2020-05-13"), (4, "2020-05-13")],
    );
    let ask =
        |as_of| providers::status("SC012345".parse().unwrap(), &history, &calendar(vec![]).into(), as_of);
    let count = |as_of: AsOf| {
        let status = ask(as_of);
        (status.measures.len(), status.exemptions.len(), status.obligations.len())
    };
    assert_eq!(
        (count(as_of("2020-05-12")), withheld(&history, as_of("2020-05-12"))),
        ((0, 0, 0), vec![2, 3, 4])
    );
    assert_eq!((count(as_of("2020-05-13")), count(restricted("2020-05-12"))), ((1, 1, 2), (1, 1, 2)));
    let rough = publishing(history.clone(), &[(2, "2020-06"), (4, "2020-06")]);
    let status =
        providers::status("SC012345".parse().unwrap(), &rough, &calendar(vec![]).into(), as_of("2020-06-05"));
    assert_eq!(
        (status.measures[0].standing, status.exemptions[0].standing),
        (Standing::Uncertain, Standing::Uncertain)
    );
}

#[test]
fn a_report_of_an_unknown_day_is_public_from_its_inspection_or_receipt_on_and_one_of_a_month_when_that_is_over()
 {
    let key = "ilacs-2019-01-14";
    let of = |published_on| history(ilacs(key, "2019-01-14", published_on, Grade::Good), &[]);
    let mut with_receipt = ilacs(key, "2019-01-14", "", Grade::Good);
    with_receipt.push(received(key, "2019-02-20"));
    for (history, day, hidden) in [
        (of(""), "2019-01-13", vec![2, 3, 4]),
        (of(""), "2019-01-14", vec![]),
        (history(with_receipt.clone(), &[]), "2019-02-19", vec![3, 4, 5]),
        (history(with_receipt, &[]), "2019-02-20", vec![]),
        (of("2019-03"), "2019-03-30", vec![3, 4]),
        (of("2019-03"), "2019-03-31", vec![]),
    ] {
        assert_eq!(withheld(&history, as_of(day)), hidden, "{day}");
    }
    assert_eq!(withheld(&of("2019-03"), restricted("2019-03-01")), [0; 0]);
}
