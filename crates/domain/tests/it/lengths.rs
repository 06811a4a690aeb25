//! How long things took.

use docket_domain::event::{DateRange, Fact, Fieldwork, InspectionStep, InstrumentStep, Issue};
use docket_domain::intervals::{Interval, LeftOut, intervals};
use docket_domain::terms::{EndedHow, InspectionKind, InstrumentKind, IntervalMeasure as M};

use crate::given::{
    Happening, Inadequate, as_of, calendar, day, ended, ilacs, inspection, instrument, issue, issued, on,
    published, recorded, registered, replacing, voided,
};

const DIRECTION: InstrumentKind = InstrumentKind::Direction;
const NOTICE: InstrumentKind = InstrumentKind::ImprovementNotice;

fn asked_on(effective: &str, happenings: Vec<Happening>) -> Vec<Interval> {
    let mut history = vec![registered()];
    history.extend(happenings);
    intervals(&recorded(history), &calendar(vec![]), as_of(effective))
}

/// The lengths of a measure over social care in calendar days, or why there are none.
fn days(measure: M, effective: &str, happenings: Vec<Happening>) -> Vec<Result<i32, LeftOut>> {
    let all = asked_on(effective, happenings).into_iter();
    let of_measure = all.filter(|one| {
        one.measure == measure && one.domain == docket_domain::terms::ServiceDomain::ChildrensSocialCare
    });
    of_measure.map(|one| one.length.map(|length| length.days)).collect()
}

fn replaced(old: &str, new: &str, when: &str) -> Happening {
    instrument(old, when, InstrumentStep::Replaced { by: new.parse().unwrap() })
}

fn triggered(key: &str, when: &str, triggers: &[&str]) -> Happening {
    let triggers = triggers.iter().map(|trigger| trigger.parse().unwrap()).collect();
    instrument(key, when, InstrumentStep::Issued(Issue { triggers, ..issue(NOTICE) }))
}

#[test]
fn fieldwork_that_was_broken_off_ends_with_its_last_part() {
    let range = |first: &str, last: &str| DateRange { first: on(first), last: on(last) };
    let step = InspectionStep::Fieldwork(Fieldwork {
        kind: InspectionKind::IlacsStandard,
        ranges: vec![range("2024-09-30", "2024-10-11"), range("2025-01-13", "2025-01-16")],
        theme: String::new(),
        sequence_number: 0,
        unpublished: false,
    });
    let key = "ilacs-2024-09-30";
    let history = vec![
        inspection(key, "2024-09-30", step),
        published(key, InspectionKind::IlacsStandard, "2025-05-13"),
    ];
    let found = asked_on("2025-06-01", history);
    let lengths: Vec<_> = found.iter().filter_map(|one| Some((one.measure, one.length.ok()?))).collect();
    let [(M::FieldworkEndToPublication, from_end), (M::FieldworkStartToPublication, from_start)] =
        lengths[..]
    else {
        panic!("{lengths:?}")
    };
    assert_eq!((from_end.days, from_end.working_days), (117, Some(83)));
    assert_eq!(from_start.days, 225);
}

#[test]
fn a_circle_of_directions_is_walked_once() {
    let circle = vec![
        issued("a", DIRECTION, "2020-01-01"),
        issued("b", DIRECTION, "2021-01-01"),
        replaced("a", "b", "2021-01-01"),
        replaced("b", "a", "2022-01-01"),
    ];
    // Each has one before it, so none is the first; what the history says makes no sense, and the answer still comes.
    assert_eq!(days(M::DirectionToExit, "2024-01-01", circle), []);
    let itself = vec![issued("a", DIRECTION, "2020-01-01"), replaced("a", "a", "2021-01-01")];
    assert_eq!(days(M::DirectionToExit, "2024-01-01", itself), []);
}

#[test]
fn a_direction_counts_through_its_revisions_until_the_last_one_ends() {
    let chain = || {
        vec![
            issued("notice", NOTICE, "2019-01-01"),
            replacing("a", DIRECTION, "2020-01-01", "notice"),
            replacing("b", DIRECTION, "2021-01-01", "a"),
        ]
    };
    assert_eq!(days(M::NoticeToDirection, "2022-01-01", chain()), [Ok(365)]);
    assert_eq!(days(M::DirectionToExit, "2022-01-01", chain()), []);
    let ends = |how, when: &str| {
        let mut history = chain();
        history.push(ended("b", how, when));
        days(M::DirectionToExit, "2022-06-01", history)
    };
    assert_eq!(ends(EndedHow::Revoked, "2022-01-01"), [Ok(731)]);
    assert_eq!(ends(EndedHow::Revoked, "2022-01"), [Err(LeftOut::LastDayUnknown)]);
    // A month in which the day asked lies: it may have ended.
    assert_eq!(ends(EndedHow::Revoked, "2022-06"), [Err(LeftOut::LastDayUnknown)]);
    assert_eq!(ends(EndedHow::Revoked, "2022-07-01"), []);
}

#[test]
fn of_the_reports_that_a_notice_names_the_last_one_before_it_counts() {
    let reports = || {
        let mut history = ilacs("ilacs-2020-01-06", "2020-01-06", "2020-02-10", Inadequate);
        history.extend(ilacs("ilacs-2021-01-04", "2021-01-04", "2021-02-10", Inadequate));
        history
    };
    let after = |when: &str, triggers: &[&str]| {
        let mut history = reports();
        history.push(triggered("notice", when, triggers));
        days(M::ReportToNotice, "2022-01-01", history)
    };
    let both = ["ilacs-2020-01-06", "ilacs-2021-01-04"];
    assert_eq!(after("2021-03-10", &both), [Ok(28)]);
    assert_eq!(after("2021-02-01", &both), [Ok(357)]);
    assert_eq!(after("2020-02-01", &both), [Ok(-9)]);
    assert_eq!(after("2021-03-10", &[]), [Err(LeftOut::NoReport)]);
    assert_eq!(after("2021-03-10", &["a-monitoring-visit"]), [Err(LeftOut::NoReport)]);
}

#[test]
fn what_was_voided_is_no_end_of_an_interval() {
    let mut history = ilacs("ilacs-2020-01-06", "2020-01-06", "2020-02-10", Inadequate);
    history.extend(ilacs("ilacs-2021-01-04", "2021-01-04", "2021-02-10", Inadequate));
    assert_eq!(days(M::BetweenFullInspections, "2022-01-01", history.clone()), [Ok(364)]);
    assert_eq!(days(M::SinceFullInspection, "2022-01-04", history.clone()), [Ok(365)]);
    // The judgements of the second: with the registration they are the seventh event.
    assert!(matches!(&history[5].1, Fact::Inspection { step: InspectionStep::JudgementsMade { .. }, .. }));
    history.push(voided(7, "2021-03-01"));
    assert_eq!(days(M::BetweenFullInspections, "2022-01-01", history.clone()), []);
    let since = (day("2022-01-04") - day("2020-01-06")).get_days();
    assert_eq!(days(M::SinceFullInspection, "2022-01-04", history), [Ok(since)]);
}
