//! What happened later, or was recorded in another order, does not change the answer for a day.

use docket_domain::event::{DateRange, Fact, InspectionStep, InstrumentStep, Issue, ObligationStep};
use docket_domain::status::AsOf;
use docket_domain::terms::{
    EndedHow, InspectionKind, InstrumentKind, ObligationKind, ObligationState, PathwayState,
    PlanReviewOutcome, Standing, View,
};

use crate::given::*;

const STANDARD: InspectionKind = InspectionKind::IlacsStandard;
const KEY: &str = "ilacs-2019-01-14";
const STATEMENT: &str = "ilacs-2019-01-14/written-statement";

fn inadequate() -> Vec<Happening> {
    let mut history = ilacs(KEY, "2019-01-14", "2019-03-01", Inadequate);
    history.push(received(KEY, "2019-02-22"));
    history
}

fn with(mut history: Vec<Happening>, more: Vec<Happening>) -> Vec<Happening> {
    history.extend(more);
    history
}

#[test]
fn an_answer_for_a_day_is_the_same_whatever_happens_after_it() {
    let later = |after: &str| {
        let ranges = vec![DateRange { first: on(after), last: on(after) }];
        let outcome = PlanReviewOutcome::DoesNotReflect;
        vec![
            inspection(KEY, after, InspectionStep::AdditionalEvidence { ranges }),
            received(KEY, after),
            obligation(STATEMENT, after, ObligationStep::Reviewed { outcome }),
            obligation(STATEMENT, after, ObligationStep::Revised),
            obligation(STATEMENT, after, ObligationStep::DueStated { due: on("2030-01-01") }),
            obligation(STATEMENT, after, ObligationStep::Waived),
            issued("direction-1", InstrumentKind::Direction, after),
            inspection(KEY, after, InspectionStep::Withdrawn),
            published("jtai-1", InspectionKind::Jtai, after),
            (on(after), Fact::AuthoritySucceeded { successors: vec![] }),
        ]
    };
    for day in ["2019-01-20", "2019-02-25", "2019-03-05", "2019-07-01"] {
        let before = on_day(day, inadequate());
        let after = on_day(day, with(inadequate(), later("2019-07-02")));
        assert_eq!(before, after, "{day}");
    }
}

#[test]
fn an_entry_made_late_is_read_in_its_place() {
    let met = |submitted: &[&str]| {
        let steps =
            submitted.iter().map(|day| obligation(STATEMENT, day, ObligationStep::Submitted)).collect();
        let status = on_day("2019-12-01", with(inadequate(), steps));
        (owed(&status, STATEMENT).state, owed(&status, STATEMENT).met)
    };
    assert_eq!(met(&["2019-07-01", "2019-05-20"]), (ObligationState::Met, Some(on("2019-05-20"))));
    let notice = "notice-2022-08-05";
    let review = |day: &str| instrument(notice, day, InstrumentStep::ReviewHeld { next_due: on("") });
    let history = vec![
        issued(notice, InstrumentKind::ImprovementNotice, "2022-08-05"),
        review("2023-02-01"),
        review("2022-11-01"),
    ];
    let status = on_day("2023-06-15", history);
    assert_eq!(owed(&status, "notice-2022-08-05/notice-review").due_computed, Some(day("2023-08-01")));
}

#[test]
fn the_first_receipt_starts_the_clock() {
    let history = vec![
        fieldwork(KEY, STANDARD, "2019-01-14"),
        received(KEY, "2019-04-01"),
        received(KEY, "2019-04-20"),
        published(KEY, STANDARD, "2019-05-01"),
    ];
    assert_eq!(owed(&on_day("2019-05-02", history), STATEMENT).trigger, on("2019-04-01"));
}

#[test]
fn nothing_under_embargo_shows_in_the_public_view() {
    let visit = "focused-visit-2021-10-05";
    let embargoed = vec![
        fieldwork(visit, InspectionKind::FocusedVisit, "2021-10-05"),
        inspection(visit, "2021-10-20", InspectionStep::DraftIssued),
        received(visit, "2021-11"),
        priority_action(visit, "2021-11-08"),
        obligation(
            &format!("{visit}/focused-visit-plan-final"),
            "2021-11-08",
            ObligationStep::DueStated { due: on("2022-02-14") },
        ),
        inspection(visit, "2021-11-09", InspectionStep::PriorityActionDischarged { reference: None }),
        voided(4, "2021-11-10"),
    ];
    let only_fieldwork = on_day("2021-11-17", embargoed[..1].to_vec());
    assert_eq!(on_day("2021-11-17", embargoed.clone()), only_fieldwork);
    let mut history = vec![registered()];
    history.extend(embargoed);
    let restricted = ask(&recorded(history), AsOf { view: View::Restricted, ..as_of("2021-11-17") });
    assert_ne!(restricted.obligations, only_fieldwork.obligations);
}

#[test]
fn a_revision_changes_pathway_and_case_from_its_own_day() {
    let kind = docket_domain::terms::JudgementKind::OverallEffectiveness;
    let revised = InspectionStep::JudgementRevised { kind, old: Inadequate, new: RequiresImprovement };
    let history = with(inadequate(), vec![inspection(KEY, "2019-06-01", revised)]);
    let before = on_day("2019-05-01", history.clone());
    assert_eq!((before.pathway.state, before.cases.len()), (PathwayState::Monitoring, 1));
    let after = on_day("2019-07-01", history);
    assert_eq!((after.pathway.state, after.pathway.since), (PathwayState::Standard, on("2019-06-01")));
    assert_eq!((after.cases[0].opened, after.cases[0].closed), (on("2019-03-01"), Some(on("2019-06-01"))));
    assert_eq!(after.cases[0].closing_event, Some(id(6)));
}

#[test]
fn a_report_published_anew_after_its_withdrawal_counts_again() {
    let history = with(
        inadequate(),
        vec![
            inspection(KEY, "2019-05-01", InspectionStep::Withdrawn),
            inspection(KEY, "2019-07-01", InspectionStep::Republished),
        ],
    );
    let state = |day: &str| on_day(day, history.clone()).pathway.state;
    assert_eq!(
        (state("2019-06-01"), state("2019-08-01")),
        (PathwayState::Uninspected, PathwayState::Monitoring)
    );
}

#[test]
fn no_case_outlasts_the_authority() {
    let closed = (on("2021-04-01"), Fact::AuthoritySucceeded { successors: vec![] });
    let mut history = with(inadequate(), vec![closed]);
    history.extend(ilacs("ilacs-2021-02-01", "2021-02-01", "2021-05-10", Inadequate));
    let cases = on_day("2021-06-01", history).cases;
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].closed, Some(on("2021-04-01")));
}

#[test]
fn rough_dates_make_an_obligation_uncertain_and_never_silently_open() {
    let history = vec![
        fieldwork(KEY, STANDARD, "2019-01-14"),
        published(KEY, STANDARD, "2019-03-01"),
        received(KEY, "2019-02"),
    ];
    let status = on_day("2026-01-01", history);
    let statement = owed(&status, STATEMENT);
    assert_eq!(
        (statement.state, statement.due_computed, statement.uncertain),
        (ObligationState::Overdue, None, true)
    );
    let submitted = with(inadequate(), vec![obligation(STATEMENT, "2019", ObligationStep::Submitted)]);
    assert!(owed(&on_day("2026-01-01", submitted), STATEMENT).uncertain);
}

#[test]
fn of_an_end_that_is_sure_and_one_that_is_rough_the_sure_one_ends_it() {
    let history = vec![
        issued("direction-1", InstrumentKind::Direction, "2020-03-16"),
        ended("direction-1", EndedHow::Revoked, "2022-03"),
        replacing("notice-1", InstrumentKind::ImprovementNotice, "2022-03-10", "direction-1"),
    ];
    let status = on_day("2022-03-20", history);
    let direction = status.instruments.iter().find(|i| i.instrument.as_str() == "direction-1").unwrap();
    assert_eq!(direction.standing, Standing::Ended);
}

#[test]
fn a_second_inadequate_inspection_begins_a_new_programme_of_visits() {
    let mut history = inadequate();
    history.push(fieldwork("monitoring-visit-2019-11-05", InspectionKind::MonitoringVisit, "2019-11-05"));
    history.extend(ilacs("ilacs-2022-03-07", "2022-03-07", "2022-05-10", Inadequate));
    let status = on_day("2022-06-01", history);
    let kinds: Vec<_> = status.obligations.iter().map(|obligation| obligation.kind).collect();
    assert!(
        kinds.contains(&ObligationKind::FirstMonitoringVisit)
            && !kinds.contains(&ObligationKind::NextMonitoringVisit)
    );
}

#[test]
fn a_deferred_inspection_is_expected_by_no_day() {
    let kind = STANDARD;
    let notified = InspectionStep::Notified { kind, planned: on("2023-01-16") };
    let history = vec![
        inspection("ilacs-2023", "2023-01-09", notified),
        inspection("ilacs-2023", "2023-01-11", InspectionStep::Deferred),
    ];
    assert!(on_day("2023-06-01", history).obligations.is_empty());
}

#[test]
fn a_report_asked_of_a_direction_and_of_its_commissioner_is_one() {
    let direction = Issue { report_due: on("2022-04-01"), ..issue(InstrumentKind::Direction) };
    let commissioner = Issue {
        report_due: on("2022-04-01"),
        under: Some("direction-1".parse().unwrap()),
        ..issue(InstrumentKind::Commissioner)
    };
    let history = vec![
        instrument("direction-1", "2022-01-10", InstrumentStep::Issued(direction)),
        instrument("commissioner-1", "2022-01-10", InstrumentStep::Issued(commissioner)),
        instrument("commissioner-1", "2022-03-30", InstrumentStep::ReportReceived { report: "first".into() }),
    ];
    let status = on_day("2023-01-01", history);
    let states: Vec<_> = status.obligations.iter().map(|o| (o.obligation.as_str(), o.state)).collect();
    assert_eq!(states, [("commissioner-1/first/commissioner-report", ObligationState::Met)]);
}

#[test]
fn an_absurd_interval_is_no_reason_to_fail() {
    let notice = Issue { review_interval_months: Some(u32::MAX), ..issue(InstrumentKind::ImprovementNotice) };
    let status = on_day("2023-01-01", vec![instrument("n", "2022-01-10", InstrumentStep::Issued(notice))]);
    assert_eq!(owed(&status, "n/notice-review").due_computed, None);
}

#[test]
fn a_pathway_of_ilacs_begins_with_ilacs() {
    let kind = InspectionKind::Sif;
    let grades = [(OverallEffectiveness, Good)];
    let history = vec![
        fieldwork("sif-2014-05-06", kind, "2014-05-06"),
        published("sif-2014-05-06", kind, "2014-06-30"),
        judged("sif-2014-05-06", kind, "2014-06-30", &grades),
    ];
    let pathway = |day: &str| {
        let pathway = on_day(day, history.clone()).pathway;
        (pathway.state, pathway.since)
    };
    assert_eq!(pathway("2018-01-28"), (PathwayState::Standard, on("2014-06-30")));
    assert_eq!(pathway("2018-01-29"), (PathwayState::Short, on("2018-01-29")));
}

#[test]
fn fieldwork_known_only_by_its_first_day_has_no_last_day_until_it_is_told() {
    let known_later = |first: &str| {
        let mut first = fieldwork(KEY, STANDARD, first);
        if let Fact::Inspection { step: InspectionStep::Fieldwork(fieldwork), .. } = &mut first.1 {
            fieldwork.ranges.clear();
        }
        first
    };
    let history = vec![known_later("2019-01-14")];
    let ranges = |history: Vec<Happening>| on_day("2019-02-20", history).inspections[0].fieldwork.clone();
    assert_eq!(ranges(history.clone()), [DateRange { first: on("2019-01-14"), last: on("") }]);
    assert!(
        on_day("2019-02-20", history.clone()).obligations.is_empty(),
        "publication is expected after an unknown day"
    );
    let told = with(history, vec![fieldwork(KEY, STANDARD, "2019-01-14")]);
    assert_eq!(ranges(told), [DateRange { first: on("2019-01-14"), last: on("2019-01-14") }]);
}

#[test]
fn what_follows_from_an_estimate_is_an_estimate() {
    let status = on_day("2019-03-05", ilacs(KEY, "2019-01-14", "2019-03-01", Inadequate));
    let visit = owed(&status, "ilacs-2019-01-14/first-monitoring-visit");
    assert_eq!((visit.due_computed, visit.due_estimated), (None, Some(day("2019-07-05"))));
}

#[test]
fn an_expectation_stays_when_its_estimated_day_has_passed_and_a_duty_is_not_overdue_by_it() {
    let history = || ilacs(KEY, "2019-01-14", "2019-03-01", Inadequate);
    let of = |on: &str, history: Vec<Happening>| {
        let status = on_day(on, history);
        let visit = status.obligations.iter().find(|one| one.kind == ObligationKind::FirstMonitoringVisit);
        let next = status.next_due.iter().any(|next| next.what == "first monitoring visit");
        (visit.map(|one| (one.state, one.days_overdue, one.due_estimated)), next)
    };
    let estimated = Some(day("2019-07-05"));
    assert_eq!(of("2019-07-05", history()), (Some((ObligationState::Open, 0, estimated)), true));
    assert_eq!(of("2019-07-06", history()), (Some((ObligationState::Overdue, 0, estimated)), true));
    assert_eq!(of("2021-07-06", history()), (Some((ObligationState::Overdue, 0, estimated)), true));
    let statement = on_day("2019-07-06", history());
    assert_eq!(owed(&statement, "ilacs-2019-01-14/written-statement").state, ObligationState::NotKnown);
    let visited = with(
        history(),
        vec![fieldwork("monitoring-visit-2019-07-16", InspectionKind::MonitoringVisit, "2019-07-16")],
    );
    assert_eq!(of("2019-07-20", visited), (None, false), "the visit has come");
}

#[test]
fn what_is_due_from_a_month_lies_between_two_days_and_a_plan_says_the_same() {
    let status = on_day("2022-12-31", vec![issued("notice-1", InstrumentKind::ImprovementNotice, "2022-03")]);
    let review = status.obligations.iter().find(|one| one.kind == ObligationKind::NoticeReview).unwrap();
    let between = (day("2022-09-01"), day("2022-09-30"));
    assert_eq!((review.due(), review.due_between), (None, Some(between)));
    assert_eq!(review.state, ObligationState::Overdue);
    let plan = docket_domain::ahead::plan(&status, &calendar(vec![]).into());
    let entry = plan.iter().find(|entry| entry.kind == Some(ObligationKind::NoticeReview)).unwrap();
    let days = entry.days.unwrap();
    assert_eq!(((days.first, days.last), entry.overdue, entry.uncertain), (between, true, true));
}
