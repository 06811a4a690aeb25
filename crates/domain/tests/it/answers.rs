//! What an answer says, and from when.

use docket_domain::event::{Fact, InspectionStep, Successor};
use docket_domain::status::{AsOf, AuthorityStatus};
use docket_domain::terms::{
    Basis, EndedHow, ExistenceState, Grade, InspectionKind, InspectionState, InstrumentKind, PathwayState,
    Standing, View,
};
use docket_domain::why;

use crate::given::*;

const STANDARD: InspectionKind = InspectionKind::IlacsStandard;
const NOTICE: InstrumentKind = InstrumentKind::ImprovementNotice;
const DIRECTION: InstrumentKind = InstrumentKind::Direction;

fn overall(status: &AuthorityStatus) -> Option<Grade> {
    let profile = status.profile.as_ref()?;
    profile.grades.iter().find(|grade| grade.kind == OverallEffectiveness).map(|grade| grade.grade)
}

fn in_force(status: &AuthorityStatus) -> Vec<&str> {
    let current = status.instruments.iter().filter(|instrument| instrument.standing == Standing::InForce);
    current.map(|instrument| instrument.instrument.as_str()).collect()
}

#[test]
fn a_judgement_counts_from_publication_or_by_the_other_basis_from_the_inspection() {
    let history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-05-17", Inadequate);
    assert_eq!(overall(&on_day("2019-05-16", history.clone())), None);
    let published = on_day("2019-05-17", history.clone());
    assert_eq!((overall(&published), published.pathway.state), (Some(Inadequate), PathwayState::Monitoring));
    let recorded = recorded(history);
    let inspected = AsOf { basis: Basis::Inspected, known_at: instant("2019-05-17"), ..as_of("2019-01-14") };
    assert_eq!(overall(&ask(&recorded, inspected)), Some(Inadequate));
    let embargoed = AsOf { known_at: instant("2019-05-16"), ..inspected };
    assert_eq!(overall(&ask(&recorded, embargoed)), None, "asked while nobody may know");
}

#[test]
fn a_grade_under_embargo_shows_only_in_the_restricted_view() {
    let kind = InspectionKind::IlacsShort;
    let grades = [(OverallEffectiveness, Good)];
    let history = recorded(vec![
        registered(),
        fieldwork("ilacs-2022-03-07", kind, "2022-03-07"),
        judged("ilacs-2022-03-07", kind, "2022-04-01", &grades),
        received("ilacs-2022-03-07", "2022-04-01"),
        priority_action("ilacs-2022-03-07", "2022-04-01"),
        published("ilacs-2022-03-07", kind, "2022-04-20"),
    ]);
    let public = ask(&history, as_of("2022-04-10"));
    let restricted = ask(&history, AsOf { view: View::Restricted, ..as_of("2022-04-10") });
    assert_eq!((overall(&public), overall(&restricted)), (None, Some(Good)));
    assert_eq!(public.pathway.open_priority_actions.len(), 0);
    assert_eq!(restricted.pathway.open_priority_actions.len(), 1);
    assert_eq!(public.inspections[0].state, InspectionState::Fieldwork);
    assert_eq!(restricted.inspections[0].state, InspectionState::Received);
    assert_eq!((public.inspections[0].received, public.inspections[0].published), (None, None));
    let embargoed = [3, 4, 5].map(id);
    assert!(public.inspections[0].rests_on.iter().all(|event| !embargoed.contains(event)));
}

#[test]
fn overall_effectiveness_is_not_applicable_from_april_2026() {
    let grades = [
        (Leaders, Good),
        (HelpAndProtection, Good),
        (ChildrenInCare, Outstanding),
        (CareLeavers, RequiresImprovement),
    ];
    let history = vec![
        fieldwork("ilacs-2026-04-27", STANDARD, "2026-04-27"),
        published("ilacs-2026-04-27", STANDARD, "2026-06-17"),
        judged("ilacs-2026-04-27", STANDARD, "2026-06-17", &grades),
    ];
    let status = on_day("2026-06-17", history);
    assert_eq!(overall(&status), Some(Grade::NotApplicable));
    assert_eq!(status.pathway.state, PathwayState::Short);
    assert_eq!(status.profile.unwrap().grades.len(), 5);
}

#[test]
fn without_an_overall_grade_an_inadequate_judgement_leaves_the_pathway_undetermined() {
    let grades =
        [(Leaders, Good), (HelpAndProtection, Inadequate), (ChildrenInCare, Good), (CareLeavers, Good)];
    let history = vec![
        fieldwork("ilacs-2026-05-11", STANDARD, "2026-05-11"),
        published("ilacs-2026-05-11", STANDARD, "2026-06-30"),
        judged("ilacs-2026-05-11", STANDARD, "2026-06-30", &grades),
    ];
    assert_eq!(on_day("2026-07-01", history).pathway.state, PathwayState::Undetermined);
}

#[test]
fn the_pathway_follows_from_overall_effectiveness() {
    for (grade, state) in [
        (Outstanding, PathwayState::Short),
        (Good, PathwayState::Short),
        (RequiresImprovement, PathwayState::Standard),
        (Inadequate, PathwayState::Monitoring),
    ] {
        let history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-05-17", grade);
        assert_eq!(on_day("2020-01-01", history).pathway.state, state, "{grade:?}");
    }
    assert_eq!(on_day("2020-01-01", vec![]).pathway.state, PathwayState::Uninspected);
}

#[test]
fn a_visit_never_changes_the_profile_and_its_priority_action_stays_open_until_discharged() {
    let mut history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Good);
    let visit = "focused-visit-2021-10-05";
    history.push(fieldwork(visit, InspectionKind::FocusedVisit, "2021-10-05"));
    history.push(priority_action(visit, "2021-11-17"));
    history.push(published(visit, InspectionKind::FocusedVisit, "2021-11-17"));
    let status = on_day("2021-11-17", history.clone());
    assert_eq!((overall(&status), status.pathway.state), (Some(Good), PathwayState::Short));
    assert_eq!(status.pathway.open_priority_actions.len(), 1);
    assert_eq!(on_day("2021-11-16", history.clone()).pathway.open_priority_actions.len(), 0);
    history.push(inspection(
        visit,
        "2022-06-01",
        InspectionStep::PriorityActionDischarged { reference: None },
    ));
    assert_eq!(on_day("2022-06-01", history).pathway.open_priority_actions.len(), 0);
}

#[test]
fn a_revised_judgement_and_a_withdrawn_report_count_from_their_own_day() {
    let key = "ilacs-2019-01-14";
    let mut history = ilacs("ilacs-2016-01-14", "2018-01-30", "2018-03-01", RequiresImprovement);
    history.extend(ilacs(key, "2019-01-14", "2019-03-01", Good));
    let step = InspectionStep::JudgementRevised { kind: OverallEffectiveness, old: Good, new: Outstanding };
    history.push(inspection(key, "2019-05-01", step));
    history.push(inspection(key, "2019-09-01", InspectionStep::Withdrawn));
    for (day, grade) in
        [("2019-04-30", Good), ("2019-05-01", Outstanding), ("2019-09-01", RequiresImprovement)]
    {
        assert_eq!(overall(&on_day(day, history.clone())), Some(grade), "{day}");
    }
}

#[test]
fn a_correction_changes_the_answer_only_once_it_is_known() {
    let key = "ilacs-2023-11-06";
    let kind = InspectionKind::IlacsShort;
    let wrong = judged(key, kind, "2023-12-15", &[(CareLeavers, Good)]);
    let right = judged(key, kind, "2023-12-15", &[(CareLeavers, RequiresImprovement)]);
    let history = recorded(vec![
        registered(),
        fieldwork(key, kind, "2023-11-06"),
        published(key, kind, "2023-12-15"),
        wrong,
        corrected(4, "2025-09-25", right),
    ]);
    let care_leavers = |known: usize| {
        let status = ask(&history[..known], as_of("2024-01-01"));
        let grade =
            status.profile.unwrap().grades.into_iter().find(|grade| grade.kind == CareLeavers).unwrap();
        (grade.grade, grade.rests_on)
    };
    assert_eq!(care_leavers(4), (Good, vec![id(4)]));
    assert_eq!(care_leavers(5), (RequiresImprovement, vec![id(4), id(5)]));
}

#[test]
fn a_voided_event_counts_no_more_and_a_voided_void_lets_it_count_again() {
    let mut history = vec![issued("notice-2019-06-04", NOTICE, "2019-06-04")];
    assert_eq!(in_force(&on_day("2020-01-01", history.clone())), ["notice-2019-06-04"]);
    history.push(voided(2, "2019-07-01"));
    assert!(on_day("2020-01-01", history.clone()).instruments.is_empty());
    history.push(voided(3, "2019-07-02"));
    assert_eq!(in_force(&on_day("2020-01-01", history)), ["notice-2019-06-04"]);
}

#[test]
fn a_revised_direction_replaces_the_earlier_one_so_that_one_is_in_force() {
    let history = vec![
        issued("direction-2019-06-04", DIRECTION, "2019-06-04"),
        replacing("direction-2020-12", DIRECTION, "2020-12-17", "direction-2019-06-04"),
        replacing("notice-2022-03", NOTICE, "2022-03-10", "direction-2020-12"),
        ended("notice-2022-03", EndedHow::Lifted, "2023-05-11"),
    ];
    for (day, expected) in [
        ("2019-06-03", vec![]),
        ("2020-12-16", vec!["direction-2019-06-04"]),
        ("2020-12-17", vec!["direction-2020-12"]),
        ("2022-03-10", vec!["notice-2022-03"]),
        ("2023-05-11", vec![]),
    ] {
        assert_eq!(in_force(&on_day(day, history.clone())), expected, "{day}");
    }
    let last = on_day("2023-05-11", history);
    let first = last.instruments.iter().find(|i| i.instrument.as_str() == "direction-2019-06-04").unwrap();
    assert_eq!(first.ended_how, Some(EndedHow::Replaced));
    assert_eq!(first.replaced_by.as_ref().unwrap().as_str(), "direction-2020-12");
    assert_eq!(last.cases.len(), 1);
    assert_eq!(last.cases[0].closed, Some(on("2023-05-11")));
}

#[test]
fn inside_a_month_that_is_all_that_is_known_the_answer_is_uncertain() {
    let history = vec![issued("direction-2018-08", DIRECTION, "2018-08")];
    let standing =
        |day| on_day(day, history.clone()).instruments.first().map(|instrument| instrument.standing);
    assert_eq!(standing("2018-07-31"), None);
    assert_eq!(standing("2018-08-15"), Some(Standing::Uncertain));
    assert_eq!(standing("2018-08-31"), Some(Standing::InForce));
    let inside = on_day("2018-08-15", history);
    assert_eq!(inside.uncertainties.len(), 1);
    assert_eq!(inside.uncertainties[0].event, id(2));
    assert!(inside.cases[0].uncertain);
}

#[test]
fn reasons_that_touch_are_one_case_and_a_gap_begins_another() {
    let mut history = vec![
        issued("notice-2012", NOTICE, "2012-08-03"),
        ended("notice-2012", EndedHow::Lifted, "2014-01-07"),
        issued("direction-2015", DIRECTION, "2015-11-09"),
        ended("direction-2015", EndedHow::Revoked, "2018-06-01"),
    ];
    history.extend(ilacs("ilacs-2018-03-05", "2018-03-05", "2018-05-01", Inadequate));
    history.extend(ilacs("ilacs-2020-03-05", "2020-03-02", "2020-05-01", Good));
    let cases = on_day("2021-01-01", history).cases;
    let spans: Vec<_> = cases.iter().map(|case| (case.number, case.opened, case.closed.unwrap())).collect();
    assert_eq!(spans, [(1, on("2012-08-03"), on("2014-01-07")), (2, on("2015-11-09"), on("2020-05-01"))]);
    assert_eq!(cases[1].opening_event, id(4));
}

#[test]
fn an_abolished_authority_is_closed_and_only_what_is_listed_passes_on() {
    let mut history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Inadequate);
    history.push(received("ilacs-2019-01-14", "2019-02-22"));
    history.push(issued("direction-2019-06-10", DIRECTION, "2019-06-10"));
    history.push(issued("notice-2019", NOTICE, "2019-07-10"));
    let successors = vec![Successor {
        authority: "west".parse().unwrap(),
        obligations: vec![],
        instruments: vec!["direction-2019-06-10".parse().unwrap()],
    }];
    history.push((on("2021-04-01"), Fact::AuthoritySucceeded { successors }));
    assert_eq!(on_day("2021-03-31", history.clone()).existence.state, ExistenceState::Exists);
    let closed = on_day("2021-04-01", history);
    assert_eq!(
        (closed.existence.state, closed.pathway.state),
        (ExistenceState::Closed, PathwayState::Closed)
    );
    let ends: Vec<_> =
        closed.instruments.iter().map(|i| (i.instrument.as_str(), i.ended_how.unwrap())).collect();
    assert!(ends.contains(&("direction-2019-06-10", EndedHow::CarriedOver)));
    assert!(ends.contains(&("notice-2019", EndedHow::AuthorityClosed)));
    assert_eq!(closed.cases.last().unwrap().closed, Some(on("2021-04-01")));
    assert!(closed.next_due.is_empty());
    assert!(closed.profile.is_some(), "its grades are kept");
}

#[test]
fn the_order_of_recording_does_not_matter_for_what_happened() {
    let mut forward = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-05-17", Inadequate);
    forward.push(issued("direction-2020-03", DIRECTION, "2020-03-16"));
    forward.push(replacing("notice-2022-08-05", NOTICE, "2022-08-05", "direction-2020-03"));
    let mut backward = forward.clone();
    backward.reverse();
    let without_ids = |status: AuthorityStatus| {
        let instruments: Vec<_> =
            status.instruments.into_iter().map(|i| (i.instrument, i.standing, i.from, i.to)).collect();
        let cases: Vec<_> =
            status.cases.into_iter().map(|case| (case.number, case.opened, case.closed)).collect();
        (status.pathway.state, status.profile.map(|profile| profile.inspection), instruments, cases)
    };
    for day in ["2019-05-16", "2019-05-17", "2020-03-16", "2022-08-05", "2026-01-01"] {
        let answers = [forward.clone(), backward.clone()].map(|history| without_ids(on_day(day, history)));
        assert_eq!(answers[0], answers[1], "{day}");
    }
}

#[test]
fn an_exemption_is_explained_by_its_last_day_where_that_came_before_the_lapse() {
    let explained = |until: &str, day: &str| {
        let (from, Fact::ExemptionUsed(mut used)) = exempted("2020-05-01") else { unreachable!() };
        used.until = on(until);
        let history = recorded(vec![registered(), (from, Fact::ExemptionUsed(used))]);
        let steps = why::steps(&ask(&history, as_of(day)), &history, &[]);
        steps.into_iter().find(|step| step.field == "exemptions[reviews]").unwrap().because
    };
    assert_eq!(
        explained("2020-06-30", "2020-07-01"),
        "it began on 2020-05-01, and its last day was 2020-06-30"
    );
    let lapses = "it began on 2020-05-01, and the relaxation lapses on 2020-09-25";
    assert_eq!(explained("2020-06-30", "2020-06-30"), lapses);
    assert_eq!(explained("2020-12-31", "2021-02-01"), lapses);
}
