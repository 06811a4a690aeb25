//! What is due by when, and when it is met, late or gone.

use docket_domain::event::{Fact, InspectionStep, InstrumentStep, ObligationStep};
use docket_domain::status::AsOf;
use docket_domain::terms::{
    EndedHow, InspectionKind, InstrumentKind, ObligationKind, ObligationState, PlanReviewOutcome, View,
};

use crate::given::*;

const STANDARD: InspectionKind = InspectionKind::IlacsStandard;
const NOTICE: InstrumentKind = InstrumentKind::ImprovementNotice;

#[test]
fn receipt_starts_the_clock_and_publication_only_an_estimate() {
    let key = "ilacs-2019-01-14/written-statement";
    let mut history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Inadequate);
    let estimated = on_day("2019-03-01", history.clone());
    assert_eq!(owed(&estimated, key).due_computed, None);
    assert_eq!(owed(&estimated, key).due_estimated, Some(day("2019-06-07")));
    assert_eq!(owed(&on_day("2019-06-08", history.clone()), key).state, ObligationState::NotKnown);
    history.push(received("ilacs-2019-01-14", "2019-02-22"));
    let known = on_day("2019-03-01", history.clone());
    let statement = owed(&known, key);
    assert_eq!((statement.due_computed, statement.due_estimated), (Some(day("2019-05-31")), None));
    assert_eq!(statement.kind, ObligationKind::WrittenStatement);
    assert!(statement.rests_on.contains(&id(5)));
    for (day, state) in [("2019-05-31", ObligationState::Open), ("2019-06-01", ObligationState::Overdue)] {
        assert_eq!(owed(&on_day(day, history.clone()), key).state, state, "{day}");
    }
    assert_eq!(owed(&on_day("2019-06-05", history), key).days_overdue, 3);
}

#[test]
fn a_plan_is_met_by_the_later_of_the_stated_and_the_computed_day() {
    let key = "ilacs-2019-01-14/written-statement";
    let mut history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Inadequate);
    history.push(received("ilacs-2019-01-14", "2019-02-22"));
    history.push(obligation(key, "2019-02-22", ObligationStep::DueStated { due: on("2019-06-10") }));
    let met = |submitted: &str| {
        let mut history = history.clone();
        history.push(obligation(key, submitted, ObligationStep::Submitted));
        let outcome = PlanReviewOutcome::Reflects;
        history.push(obligation(key, submitted, ObligationStep::Reviewed { outcome }));
        let status = on_day("2019-12-01", history);
        let obligation = owed(&status, key);
        assert_eq!(obligation.review_outcome, Some(outcome));
        assert_eq!(obligation.stated_difference_working_days, Some(6));
        obligation.state
    };
    assert_eq!(met("2019-06-10"), ObligationState::Met);
    assert_eq!(met("2019-06-11"), ObligationState::MetLate);
}

#[test]
fn a_holiday_proclaimed_later_moves_the_computed_day_and_the_first_stays_visible() {
    let funeral = Fact::HolidayDeclared { date: day("2022-09-19"), title: String::new() };
    let calendar = calendar(vec![(on("2022-09-10"), funeral)]);
    let mut history = ilacs("ilacs-2022-06-13", "2022-06-13", "2022-07-20", Inadequate);
    history.push(received("ilacs-2022-06-13", "2022-07-18"));
    let mut all = vec![registered()];
    all.extend(history);
    let due = |day: &str| {
        let status = ask_with(&recorded(all.clone()), &calendar, as_of(day));
        let statement = owed(&status, "ilacs-2022-06-13/written-statement");
        (statement.due_computed.unwrap(), statement.due_first_computed)
    };
    assert_eq!(due("2022-09-09"), (day("2022-10-24"), None));
    assert_eq!(due("2022-09-10"), (day("2022-10-25"), Some(day("2022-10-24"))));
}

#[test]
fn an_obligation_is_waived_transferred_or_superseded_by_record_and_voided_with_its_trigger() {
    let key = "ilacs-2019-01-14/written-statement";
    let mut given = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Inadequate);
    given.push(received("ilacs-2019-01-14", "2019-02-22"));
    let party = docket_domain::event::Party { name: "the trust".into(), authority: None };
    for (step, state) in [
        (ObligationStep::Waived, ObligationState::Waived),
        (ObligationStep::Transferred { to: party }, ObligationState::Transferred),
        (ObligationStep::Superseded, ObligationState::Superseded),
    ] {
        let mut history = given.clone();
        history.push(obligation(key, "2019-03-05", step));
        assert_eq!(owed(&on_day("2020-01-01", history.clone()), key).state, state);
        assert_eq!(owed(&on_day("2019-03-04", history), key).state, ObligationState::Open);
    }
    given.push(voided(5, "2019-03-06"));
    assert_eq!(
        owed(&on_day("2020-01-01", given), key).state,
        ObligationState::NotKnown,
        "the report is still published"
    );
    let received_only = vec![
        registered(),
        fieldwork("ilacs-2019-01-14", STANDARD, "2019-01-14"),
        received("ilacs-2019-01-14", "2019-02-22"),
        voided(3, "2019-03-06"),
    ];
    let status = ask(&recorded(received_only), AsOf { view: View::Restricted, ..as_of("2020-01-01") });
    assert_eq!(owed(&status, key).state, ObligationState::Voided);
    assert_eq!(owed(&status, key).rests_on, [id(3), id(4)]);
}

#[test]
fn a_focused_visit_with_a_priority_action_opens_a_draft_and_a_final_plan() {
    let visit = "focused-visit-2021-10-05";
    let mut history =
        vec![fieldwork(visit, InspectionKind::FocusedVisit, "2021-10-05"), received(visit, "2021-11-08")];
    assert!(on_day("2021-11-17", history.clone()).obligations.is_empty());
    history.push(priority_action(visit, "2021-11-17"));
    let unpublished = on_day("2021-11-17", history.clone());
    assert!(unpublished.obligations.is_empty() && unpublished.next_due.is_empty(), "nothing is published");
    history.push(published(visit, InspectionKind::FocusedVisit, "2021-11-17"));
    let status = on_day("2021-11-17", history);
    assert_eq!(
        owed(&status, &format!("{visit}/focused-visit-plan-draft")).due_computed,
        Some(day("2021-12-06"))
    );
    assert_eq!(
        owed(&status, &format!("{visit}/focused-visit-plan-final")).due_computed,
        Some(day("2022-02-14"))
    );
}

#[test]
fn the_next_inspection_is_expected_until_it_begins_and_again_after_its_report() {
    let expected = |effective: &str, next: Option<&str>| {
        let mut history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Good);
        // Neither a visit nor an area SEND inspection is the next inspection.
        history.push(fieldwork("focused-visit-2021-02-01", InspectionKind::FocusedVisit, "2021-02-01"));
        history.push(fieldwork("area-send-2021-03-01", InspectionKind::AreaSendFull, "2021-03-01"));
        if let Some(first) = next {
            history.push(fieldwork("next", STANDARD, first));
        }
        let status = on_day(effective, history);
        let is_next = |one: &&docket_domain::status::Obligation| one.kind == ObligationKind::NextInspection;
        status.obligations.iter().find(is_next).map(|one| (one.state, one.uncertain))
    };
    assert_eq!(expected("2022-07-14", None), Some((ObligationState::Open, false)));
    assert_eq!(expected("2022-07-15", None), Some((ObligationState::Overdue, false)));
    assert_eq!(expected("2022-07-15", Some("2022-07-11")), None);
    assert_eq!(expected("2022-07-10", Some("2022-07-11")), Some((ObligationState::Open, false)));
    let mut reported = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Good);
    reported.extend(ilacs("ilacs-2022-07-11", "2022-07-11", "2022-08-15", Good));
    let status = on_day("2022-08-15", reported);
    assert_eq!(owed(&status, "ilacs-2022-07-11/next-inspection").due_computed, Some(day("2025-07-11")));
}

#[test]
fn progress_under_a_notice_is_reviewed_every_six_months_while_it_is_in_force() {
    let key = "notice-2022-08-05";
    let mut history = vec![issued(key, NOTICE, "2022-08-05")];
    let review = "notice-2022-08-05/notice-review";
    assert_eq!(owed(&on_day("2022-09-01", history.clone()), review).due_computed, Some(day("2023-02-05")));
    history.push(instrument(key, "2023-02-01", InstrumentStep::ReviewHeld { next_due: on("") }));
    assert_eq!(owed(&on_day("2023-02-01", history.clone()), review).due_computed, Some(day("2023-08-01")));
    assert_eq!(owed(&on_day("2023-01-31", history.clone()), review).due_computed, Some(day("2023-02-05")));
    history.push(ended(key, EndedHow::Lifted, "2023-06-01"));
    assert!(on_day("2023-06-01", history).obligations.is_empty());
}

#[test]
fn a_commissioner_s_report_is_late_by_its_receipt_and_never_by_its_publication() {
    let report = || String::from("first");
    let given = vec![
        issued("commissioner", InstrumentKind::Commissioner, "2017-08-15"),
        instrument(
            "commissioner",
            "2017-08-15",
            InstrumentStep::ReportDue { report: report(), due: on("2017-11-15") },
        ),
    ];
    let key = "commissioner/first/commissioner-report";
    let state = |step| {
        let mut history = given.clone();
        history.push(instrument("commissioner", "2018-02-01", step));
        owed(&on_day("2018-03-01", history), key).state
    };
    assert_eq!(owed(&on_day("2018-01-01", given.clone()), key).state, ObligationState::Overdue);
    assert_eq!(state(InstrumentStep::ReportReceived { report: report() }), ObligationState::MetLate);
    assert_eq!(state(InstrumentStep::ReportPublished { report: report() }), ObligationState::Met);
}

#[test]
fn after_an_inadequate_inspection_the_first_visit_is_expected_after_the_plan_and_the_next_each_quarter() {
    let mut history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Inadequate);
    history.push(received("ilacs-2019-01-14", "2019-02-22"));
    let first = on_day("2019-03-01", history.clone());
    assert_eq!(owed(&first, "ilacs-2019-01-14/first-monitoring-visit").due_computed, Some(day("2019-06-28")));
    let visit = "monitoring-visit-2019-07-10";
    history.push(fieldwork(visit, InspectionKind::MonitoringVisit, "2019-07-10"));
    let next = on_day("2019-08-01", history.clone());
    assert_eq!(owed(&next, &format!("{visit}/next-monitoring-visit")).due_computed, Some(day("2019-10-10")));
    assert!(next.obligations.iter().all(|o| o.kind != ObligationKind::FirstMonitoringVisit));
    assert_eq!(
        owed(&on_day("2019-06-29", history), "ilacs-2019-01-14/first-monitoring-visit").state,
        ObligationState::Overdue
    );
}

#[test]
fn the_next_inspection_is_overdue_only_after_its_window() {
    let history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Good);
    let key = "ilacs-2019-01-14/next-inspection";
    let state = |on: &str| owed(&on_day(on, history.clone()), key).state;
    assert_eq!((state("2022-01-15"), state("2022-07-14")), (ObligationState::Open, ObligationState::Open));
    assert_eq!(state("2022-07-15"), ObligationState::Overdue);
    let status = on_day("2020-01-01", history);
    let window = owed(&status, key);
    assert_eq!(
        (window.window_opens, window.window_closes),
        (Some(day("2021-07-14")), Some(day("2022-07-14")))
    );
}

#[test]
fn area_send_is_monitored_after_priority_action_and_revisited_after_an_accepted_statement() {
    let kind = InspectionKind::AreaSendFull;
    let renewed = vec![
        fieldwork("area-send-2023-07-03", kind, "2023-07-03"),
        published("area-send-2023-07-03", kind, "2023-09-12"),
        priority_action("area-send-2023-07-03", "2023-09-12"),
    ];
    let status = on_day("2023-10-01", renewed.clone());
    assert_eq!(owed(&status, "area-send-2023-07-03/send-monitoring").due_computed, Some(day("2025-03-12")));
    let plan = owed(&status, "area-send-2023-07-03/send-priority-action-plan");
    assert_eq!((plan.due_computed, plan.due_estimated), (None, None));
    let statement = InspectionStep::StatementDetermined { required: true, obligor: None };
    let outcome = PlanReviewOutcome::Reflects;
    let older = vec![
        fieldwork("area-send-2018-07-02", kind, "2018-07-02"),
        inspection("area-send-2018-07-02", "2018-09-03", statement),
        published("area-send-2018-07-02", kind, "2018-09-03"),
        obligation(
            "area-send-2018-07-02/send-written-statement",
            "2018-12-03",
            ObligationStep::Reviewed { outcome },
        ),
    ];
    let status = on_day("2019-01-01", older);
    assert_eq!(owed(&status, "area-send-2018-07-02/send-revisit").due_computed, Some(day("2020-06-03")));
}
