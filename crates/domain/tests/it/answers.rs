//! What an answer says, and from when.

use docket_domain::event::{Fact, InspectionStep, InstrumentStep, ObligationStep, Successor};
use docket_domain::status::{AsOf, AuthorityStatus, Obligation};
use docket_domain::terms::{
    Basis, EndedHow, ExistenceState, Grade, InspectionKind, InspectionState, InstrumentKind, ObligationKind,
    ObligationState, PathwayState, PlanReviewOutcome, Standing, View,
};

use crate::given::*;

const STANDARD: InspectionKind = InspectionKind::IlacsStandard;
const NOTICE: InstrumentKind = InstrumentKind::ImprovementNotice;
const DIRECTION: InstrumentKind = InstrumentKind::Direction;

fn overall(status: &AuthorityStatus) -> Option<Grade> {
    let profile = status.profile.as_ref()?;
    profile.grades.iter().find(|grade| grade.kind == OverallEffectiveness).map(|grade| grade.grade)
}

fn owed<'s>(status: &'s AuthorityStatus, key: &str) -> &'s Obligation {
    status.obligations.iter().find(|obligation| obligation.obligation.as_str() == key).unwrap()
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
    let inspected = AsOf { basis: Basis::Inspected, ..as_of("2019-01-14") };
    assert_eq!(overall(&ask(&recorded, inspected)), Some(Inadequate));
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
    let status = on_day("2020-01-01", given);
    assert_eq!(owed(&status, key).state, ObligationState::Voided);
    assert_eq!(owed(&status, key).rests_on, [id(5), id(6)]);
}

#[test]
fn a_focused_visit_with_a_priority_action_opens_a_draft_and_a_final_plan() {
    let visit = "focused-visit-2021-10-05";
    let mut history =
        vec![fieldwork(visit, InspectionKind::FocusedVisit, "2021-10-05"), received(visit, "2021-11-08")];
    assert!(on_day("2021-11-17", history.clone()).obligations.is_empty());
    history.push(priority_action(visit, "2021-11-17"));
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
