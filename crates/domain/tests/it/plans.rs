//! What stands in plans, and indicators.

use docket_domain::answer;
use docket_domain::event::{
    ActionProgress, DateRange, Fact, Fieldwork, IndicatorValue, InspectionStep, LookedAt, Milestone,
    ObligationStep, PlanAction, PlanStep, Recorded,
};
use docket_domain::id::InspectionKey;
use docket_domain::plans::indicators::indicators;
use docket_domain::plans::{ActionPlan, Which, action_plan};
use docket_domain::status::{AsOf, AuthorityRef};
use docket_domain::terms::{
    ActionState, FindingKind, IndicatorKind, InspectionKind, ObligationKind, PlanReviewOutcome, View,
};

use crate::given::*;

const KEY: &str = "ilacs-2022-01-10";
const PLAN: &str = "ilacs-2022-01-10/written-statement";

pub(crate) fn area(reference: &str, when: &str) -> Happening {
    let (reference, text) = (reference.to_owned(), format!("Area {reference}"));
    inspection(KEY, when, InspectionStep::AreaForImprovement { reference, text })
}

fn action(reference: &str, answers: &[&str]) -> PlanAction {
    PlanAction {
        reference: reference.to_owned(),
        text: String::new(),
        answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
        owner_role: String::new(),
        measure: String::new(),
        milestones: vec![Milestone { reference: "m".into(), text: String::new(), due: on("2022-10") }],
        due: on("2022-12-31"),
    }
}

fn step(when: &str, step: PlanStep) -> Happening {
    obligation(PLAN, when, ObligationStep::Plan(step))
}

fn set(reference: &str, answers: &[&str], when: &str) -> Happening {
    step(when, PlanStep::ActionSet(action(reference, answers)))
}

fn progress(reference: &str, when: &str, state: ActionState, met: &[&str]) -> Happening {
    let reported = ActionProgress {
        reference: reference.to_owned(),
        state,
        text: String::new(),
        evidence: vec![],
        milestones_met: met.iter().map(|met| (*met).to_owned()).collect(),
    };
    step(when, PlanStep::ProgressReported(vec![reported]))
}

fn looked_at(visit: &str, when: &str, findings: &[&str], actions: &[&str]) -> Happening {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let looked_at =
        LookedAt { findings: texts(findings), actions: texts(actions), progress_seen: String::new() };
    inspection(visit, when, InspectionStep::LookedAt { plan: PLAN.parse().unwrap(), looked_at })
}

/// Received in March, published in May.
fn report() -> Vec<Happening> {
    let mut given = vec![registered()];
    given.extend(ilacs(KEY, "2022-01-10", "2022-05-09", Inadequate));
    given.push(inspection(KEY, "2022-03-01", InspectionStep::Received));
    given.push(area("1", "2022-03-01"));
    given
}

fn authority() -> AuthorityRef {
    let [id, name] = ["hull", "Hull"];
    AuthorityRef {
        id: id.parse().unwrap(),
        name: name.into(),
        kind: None,
        region: String::new(),
        codes: vec![],
    }
}

fn told(history: &[Recorded], as_of: AsOf) -> Option<ActionPlan> {
    action_plan(authority(), history, &calendar(vec![]).into(), as_of, &Which::Last)
}

/// What is refused of plans.
pub(crate) fn refused() -> Vec<(&'static str, Vec<Happening>, Happening)> {
    let planned = || {
        let mut given = report();
        given.push(set("A", &["1"], "2022-06-01"));
        given
    };
    let under_way = ActionState::UnderWay;
    let changed = step("2022-07-01", PlanStep::ActionChanged(action("B", &[])));
    vec![
        ("ACTION_ALREADY_SET", planned(), set("A", &[], "2022-07-01")),
        ("ACTION_NEVER_SET", planned(), progress("B", "2022-07-01", under_way, &[])),
        ("ACTION_NEVER_SET", planned(), changed),
        ("MILESTONE_NEVER_SET", planned(), progress("A", "2022-07-01", under_way, &["n"])),
        (
            "OBLIGATION_UNKNOWN",
            planned(),
            obligation("plan", "2022-07-01", ObligationStep::Plan(PlanStep::ActionSet(action("A", &[])))),
        ),
    ]
}

/// What is unusual of plans.
pub(crate) fn warned() -> Vec<(&'static str, Vec<Happening>, Happening)> {
    let reviewed = PlanStep::FindingReviewed {
        reference: "7".into(),
        outcome: PlanReviewOutcome::Reflects,
        text: String::new(),
    };
    vec![
        ("FINDING_NOT_RAISED", report(), set("A", &["1", "7"], "2022-06-01")),
        ("FINDING_NOT_RAISED", report(), step("2022-06-01", reviewed)),
        ("ACTION_NOT_SET_YET", report(), looked_at("visit", "2022-09-01", &["1"], &["A"])),
    ]
}

#[test]
fn a_plan_may_be_recorded_before_its_inspection_and_findings_are_not_missed_then() {
    let warnings = offer(vec![registered()], vec![set("A", &["1"], "2022-06-01")]).unwrap();
    let reasons: Vec<_> = warnings[0].iter().map(|warning| warning.reason).collect();
    assert_eq!(reasons, ["PLAN_BEFORE_TRIGGER"]);
}

#[test]
fn a_milestone_of_an_action_before_it_was_changed_may_still_be_met() {
    let mut without = action("A", &["1"]);
    without.milestones.clear();
    let mut given = report();
    given.push(set("A", &["1"], "2022-06-01"));
    given.push(step("2022-07-01", PlanStep::ActionChanged(without)));
    let met = progress("A", "2022-08-01", ActionState::UnderWay, &["m"]);
    assert!(offer(given, vec![met]).is_ok());
}

#[test]
fn a_plan_is_under_the_embargo_of_the_report_that_it_answers() {
    let mut given = report();
    given.push(set("A", &["1"], "2022-04-01"));
    let history = recorded(given);
    let restricted = |day: &str| AsOf { view: View::Restricted, ..as_of(day) };
    assert_eq!(told(&history, as_of("2022-05-08")), None);
    let counts = |plan: ActionPlan| (plan.findings.len(), plan.actions.len());
    assert_eq!(told(&history, as_of("2022-05-09")).map(counts), Some((1, 1)));
    assert_eq!(told(&history, restricted("2022-04-01")).map(counts), Some((1, 1)));
    assert_eq!(told(&history, restricted("2022-03-31")).map(counts), Some((1, 0)));
}

#[test]
fn before_the_authority_has_the_report_no_view_shows_a_plan_for_it() {
    let mut given = report();
    given.push(set("A", &["1"], "2022-02-01"));
    let history = recorded(given);
    let restricted = AsOf { view: View::Restricted, ..as_of("2022-02-28") };
    assert_eq!(told(&history, restricted), None);
    assert_eq!(told(&history, AsOf { effective: day("2022-03-01"), ..restricted }).unwrap().actions.len(), 1);
}

#[test]
fn a_plan_for_a_report_of_which_nothing_is_recorded_shows_in_no_view() {
    let visit = looked_at("monitoring-2022-09-01", "2022-09-20", &["1"], &["A"]);
    let history = recorded(vec![registered(), set("A", &["1"], "2022-06-01"), visit]);
    for view in [View::Public, View::Restricted] {
        let as_of = AsOf { view, ..as_of("2022-12-01") };
        assert_eq!(told(&history, as_of), None);
        let withheld = answer::withheld(&history, as_of.asked());
        assert_eq!(withheld.len(), 2, "{view:?}");
    }
}

#[test]
fn what_a_visit_looked_at_is_public_with_the_letter_of_the_visit() {
    let mut given = report();
    given.push(set("A", &["1"], "2022-06-01"));
    let visit = "monitoring-2022-09-01";
    given.push(fieldwork(visit, InspectionKind::MonitoringVisit, "2022-09-01"));
    given.push(looked_at(visit, "2022-09-20", &["1"], &["A"]));
    given.push(published(visit, InspectionKind::MonitoringVisit, "2022-10-05"));
    let history = recorded(given);
    let seen = |day: &str| told(&history, as_of(day)).unwrap().findings[0].visits.clone();
    assert_eq!(seen("2022-10-04"), [] as [InspectionKey; 0]);
    assert_eq!(seen("2022-10-05"), [visit.parse().unwrap()]);
}

#[test]
fn a_letter_that_ofsted_does_not_publish_is_out_when_the_authority_publishes_it() {
    let visit = "monitoring-2022-09-01";
    let given = |unpublished: bool| {
        let mut given = report();
        let ranges = vec![DateRange { first: on("2022-09-01"), last: on("2022-09-01") }];
        let kind = InspectionKind::MonitoringVisit;
        let fieldwork = Fieldwork { kind, ranges, theme: String::new(), sequence_number: 1, unpublished };
        given.push(inspection(visit, "2022-09-01", InspectionStep::Fieldwork(fieldwork)));
        given.push(looked_at(visit, "2022-09-20", &["1"], &[]));
        given.push(inspection(visit, "2022-10-05", InspectionStep::PublishedByAuthority));
        recorded(given)
    };
    let seen =
        |unpublished, day: &str| told(&given(unpublished), as_of(day)).unwrap().findings[0].visits.clone();
    assert_eq!(seen(true, "2022-10-04"), [] as [InspectionKey; 0]);
    assert_eq!(seen(true, "2022-10-05"), [visit.parse().unwrap()]);
    // What Ofsted publishes is out when Ofsted does.
    assert_eq!(seen(false, "2022-10-05"), [] as [InspectionKey; 0]);
}

#[test]
fn visits_after_the_next_graded_inspection_are_not_about_this_plan() {
    let mut given = report();
    for (visit, first) in [("m1", "2022-09-01"), ("m2", "2024-09-02")] {
        given.push(fieldwork(visit, InspectionKind::MonitoringVisit, first));
    }
    given.extend(ilacs("ilacs-2024-01-15", "2024-01-15", "2024-03-11", Inadequate));
    given.push(fieldwork("m0", InspectionKind::MonitoringVisit, "2021-09-01"));
    let history = recorded(given);
    let visits = |which: &str| {
        let which = Which::Of(which.parse().unwrap());
        let plan = action_plan(authority(), &history, &calendar(vec![]).into(), as_of("2025-01-01"), &which)
            .unwrap();
        plan.visits.iter().map(|visit| visit.inspection.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(visits(KEY), ["m1"]);
    assert_eq!(visits("ilacs-2024-01-15"), ["m2"]);
    let last = told(&history, as_of("2025-01-01")).unwrap();
    assert_eq!(last.inspection, Some("ilacs-2024-01-15".parse().unwrap()));
    assert_eq!(last.others, [PLAN.parse().unwrap()]);
}

#[test]
fn a_day_that_is_known_to_the_month_has_passed_when_the_month_has() {
    let mut given = report();
    given.push(set("A", &["1"], "2022-06-01"));
    let history = recorded(given);
    let late = |day: &str| told(&history, as_of(day)).unwrap().coverage.late.len();
    assert_eq!(
        [late("2022-10-31"), late("2022-11-01"), late("2022-12-31"), late("2023-01-01")],
        [0, 1, 1, 2]
    );
}

#[test]
fn progress_is_not_lost_where_the_action_is_of_a_rough_or_a_later_day() {
    for set_on in ["2022", "2022-09-01"] {
        let mut given = report();
        given.push(set("A", &["1"], set_on));
        given.push(progress("A", "2022-08-01", ActionState::Done, &["m"]));
        let plan = told(&recorded(given), as_of("2023-06-01")).unwrap();
        assert_eq!(
            (plan.actions[0].state, plan.actions[0].progress.len()),
            (ActionState::Done, 1),
            "{set_on}"
        );
    }
}

#[test]
fn a_priority_action_that_was_discharged_stays_a_finding_and_says_so() {
    let mut given = report();
    given.push(priority_action(KEY, "2022-03-01"));
    let discharged = InspectionStep::PriorityActionDischarged { reference: None };
    given.push(inspection(KEY, "2022-11-01", discharged));
    let history = recorded(given);
    let plan = told(&history, as_of("2022-11-01")).unwrap();
    let kinds: Vec<_> = plan.findings.iter().map(|finding| (finding.kind, finding.discharged)).collect();
    assert_eq!(
        kinds,
        [(FindingKind::PriorityAction, Some(on("2022-11-01"))), (FindingKind::AreaForImprovement, None)]
    );
}

#[test]
fn a_discharge_counts_for_a_plan_when_it_counts_for_the_status() {
    let mut given = report();
    given.push(priority_action(KEY, "2022-03-01"));
    let discharged = InspectionStep::PriorityActionDischarged { reference: None };
    given.push(inspection(KEY, "2022-11", discharged));
    let history = recorded(given);
    for day in ["2022-10-31", "2022-11-15", "2022-11-30"] {
        let open = ask(&history, as_of(day)).pathway.open_priority_actions.len();
        let plan = told(&history, as_of(day)).unwrap();
        let of_plan = plan.findings.iter().filter(|finding| finding.kind == FindingKind::PriorityAction);
        assert_eq!(of_plan.filter(|finding| finding.discharged.is_none()).count(), open, "{day}");
    }
}

#[test]
fn a_plan_that_a_document_asks_for_has_actions_and_no_findings() {
    let opened = ObligationStep::Opened {
        kind: ObligationKind::Other,
        domain: docket_domain::terms::ServiceDomain::ChildrensSocialCare,
        what: "improvement plan".into(),
        obligor: None,
        due: on("2022-09-01"),
        legal_basis: "the improvement notice".into(),
    };
    let set = ObligationStep::Plan(PlanStep::ActionSet(action("A", &[])));
    let history = recorded(vec![
        registered(),
        obligation("improvement-plan", "2022-06-01", opened),
        obligation("improvement-plan", "2022-07-01", set),
    ]);
    let plan = told(&history, as_of("2022-08-01")).unwrap();
    assert_eq!(
        (plan.plan.to_string().as_str(), plan.inspection, plan.actions.len()),
        ("improvement-plan", None, 1)
    );
    assert_eq!(plan.obligation.unwrap().what, "improvement plan");
}

pub(crate) fn indicator(kind: IndicatorKind, value: &str, about: &str, published: &str) -> Happening {
    let value = IndicatorValue {
        kind,
        name: String::new(),
        value: value.into(),
        unit: "percent".into(),
        about: DateRange { first: on(about), last: on(about) },
    };
    (on(published), Fact::Indicator(value))
}

#[test]
fn the_last_value_is_that_of_the_last_day_and_of_two_the_one_published_later() {
    let turnover = IndicatorKind::StaffTurnover;
    let history = recorded(vec![
        registered(),
        indicator(turnover, "15.1", "2023-09-30", "2024-02-29"),
        indicator(turnover, "16.0", "2022-09-30", "2024-03-01"),
        indicator(turnover, "15.4", "2023-09-30", "2024-06-01"),
    ]);
    let values = |day: &str| {
        let all = indicators(&history, as_of(day));
        all.into_iter().flat_map(|one| one.values).map(|value| value.value).collect::<Vec<_>>()
    };
    assert_eq!(values("2024-02-28"), [""; 0]);
    assert_eq!(values("2024-02-29"), ["15.1"]);
    assert_eq!(values("2024-05-31"), ["15.1", "16.0"]);
    assert_eq!(values("2024-06-01"), ["15.4", "15.1", "16.0"]);
}

#[test]
fn an_indicator_of_which_the_day_is_rough_makes_no_status_uncertain() {
    let mut given = report();
    let before = ask(&recorded(given.clone()), as_of("2024-06-01"));
    given.push(indicator(IndicatorKind::Caseload, "16.6", "2023", "2024"));
    given.push(set("A", &["1"], "2024"));
    assert_eq!(ask(&recorded(given), as_of("2024-06-01")), before);
}
