//! What no source settles is as the policy says that was recorded last.

use docket_domain::cited::Mark;
use docket_domain::event::{Fact, InspectionStep, Recorded};
use docket_domain::national::National;
use docket_domain::policy::{Force, Inadequate as Leads, Period, Policy, Row, problems};
use docket_domain::status::AuthorityStatus;
use docket_domain::terms::{InspectionKind, ObligationKind, PathwayState, PeriodUnit, ServiceDomain, View};
use docket_domain::why::steps;

use crate::given::*;

const STANDARD: InspectionKind = InspectionKind::IlacsStandard;
const VISIT: InspectionKind = InspectionKind::MonitoringVisit;

fn row<T>(set: T, from: &str, until: &str) -> Row<T> {
    let force = Force { from: on(from).day(), until: on(until).day() };
    Row { set, force, source: "a source".into(), mark: Mark::Recalled }
}

fn period(of: ObligationKind, length: u32) -> Period {
    Period { of, length: Some((length, PeriodUnit::WorkingDays)) }
}

fn adopted(policy: Policy) -> Happening {
    (on(""), Fact::PolicyAdopted(Box::new(policy)))
}

/// The streams that hold for everybody: a calendar without holidays, and these. Their ids are beside those of a history.
fn national(happenings: Vec<Happening>) -> Vec<Recorded> {
    let version = Fact::CalendarPublished { version: "x".into(), first_year: 2009, last_year: 2030 };
    let mut events = recorded([(on(""), version)].into_iter().chain(happenings).collect());
    for (event, number) in events.iter_mut().zip(501..) {
        event.id = id(number);
    }
    events
}

fn under(policies: Vec<Policy>, effective: &str, history: Vec<Happening>) -> AuthorityStatus {
    let history = recorded([registered()].into_iter().chain(history).collect());
    let national = national(policies.into_iter().map(adopted).collect());
    ask_under(&history, &National::fold(&national), as_of(effective))
}

fn visits(count: u32) -> Vec<Happening> {
    let mut history = ilacs("ilacs-2019-01-14", "2019-01-14", "2019-03-01", Inadequate);
    for number in 0..count {
        let day = format!("{}-{:02}-04", 2019 + (5 + 3 * number) / 12, 1 + (5 + 3 * number) % 12);
        history.push(fieldwork(&format!("monitoring-visit-{day}"), VISIT, &day));
    }
    history
}

fn is_another_visit_expected(status: &AuthorityStatus) -> bool {
    status.obligations.iter().any(|one| one.kind == ObligationKind::NextMonitoringVisit)
}

#[test]
fn after_the_usual_number_of_visits_none_is_expected_any_more() {
    let usual = |count| Policy { monitoring_visits: vec![row(count, "2016-05-01", "")], ..Policy::default() };
    let third = under(vec![usual(4)], "2020-02-01", visits(3));
    assert!(is_another_visit_expected(&third));
    let told = third.pathway.usual_monitoring_visits.unwrap();
    assert_eq!((told.count, told.source.as_str(), told.mark), (4, "policy: a source", Mark::Recalled));
    assert_eq!(told.rests_on, [id(502)]);
    assert!(!is_another_visit_expected(&under(vec![usual(3)], "2020-02-01", visits(3))));
    let unset = under(vec![], "2020-02-01", visits(3));
    assert!(is_another_visit_expected(&unset) && unset.pathway.usual_monitoring_visits.is_none());
}

#[test]
fn a_row_is_in_force_from_its_first_to_its_last_day() {
    let usual = |from, until| Policy { monitoring_visits: vec![row(3, from, until)], ..Policy::default() };
    // The third visit began on 4 December 2019.
    for (from, until, expected) in [
        ("2019-12-04", "", false),
        ("2019-12-05", "", true),
        ("", "2019-12-04", false),
        ("", "2019-12-03", true),
    ] {
        let status = under(vec![usual(from, until)], "2020-02-01", visits(3));
        assert_eq!(is_another_visit_expected(&status), expected, "{from} to {until}");
    }
}

fn without_overall(grades: [docket_domain::terms::Grade; 4]) -> Vec<Happening> {
    let kinds = [Leaders, HelpAndProtection, ChildrenInCare, CareLeavers];
    let grades: Vec<_> = kinds.into_iter().zip(grades).collect();
    let key = "ilacs-2026-05-11";
    vec![
        fieldwork(key, STANDARD, "2026-05-11"),
        published(key, STANDARD, "2026-06-30"),
        judged(key, STANDARD, "2026-06-30", &grades),
    ]
}

#[test]
fn what_leads_to_monitoring_without_an_overall_grade_is_for_the_policy_to_say() {
    let leads = |leaders, practice_at_least| Policy {
        inadequate: vec![row(Leads { leaders, practice_at_least }, "2026-04-01", "")],
        ..Policy::default()
    };
    let open = leads(false, None);
    let by_leaders = [Inadequate, Good, Good, Good];
    let by_practice = [Good, Inadequate, Good, Good];
    for (policy, grades, expected) in [
        (open.clone(), by_leaders, PathwayState::Undetermined),
        (leads(true, None), by_leaders, PathwayState::Monitoring),
        (leads(true, None), by_practice, PathwayState::Short),
        (leads(false, Some(1)), by_practice, PathwayState::Monitoring),
        (leads(false, Some(2)), by_practice, PathwayState::Short),
        (leads(true, Some(1)), [Good; 4], PathwayState::Short),
        (leads(true, Some(1)), [RequiresImprovement; 4], PathwayState::Standard),
    ] {
        let status = under(vec![policy.clone()], "2026-07-01", without_overall(grades));
        assert_eq!(status.pathway.state, expected, "{policy:?} {grades:?}");
        assert_eq!(
            status.pathway.rule.source.starts_with("policy: "),
            expected == PathwayState::Monitoring,
            "{policy:?} {grades:?}"
        );
        // The policy decides that an inadequate judgement leads elsewhere, too.
        let decides = grades.contains(&Inadequate) && expected != PathwayState::Undetermined;
        assert_eq!(status.pathway.rests_on.contains(&id(502)), decides, "{policy:?} {grades:?}");
    }
    let before = under(vec![leads(true, None)], "2026-06-29", without_overall(by_leaders));
    assert_eq!(before.pathway.state, PathwayState::Uninspected);
}

#[test]
fn what_leads_to_monitoring_is_asked_of_the_day_from_which_the_judgements_count() {
    let leads = |leaders: bool, from, until| {
        row(Leads { leaders, practice_at_least: (!leaders).then_some(1) }, from, until)
    };
    let policy = Policy {
        inadequate: vec![leads(true, "2026-04-01", "2026-09-30"), leads(false, "2026-10-01", "")],
        ..Policy::default()
    };
    // Published in June: practice leads nowhere, whatever holds in November.
    let history =
        recorded([registered()].into_iter().chain(without_overall([Good, Inadequate, Good, Good])).collect());
    let national = national(vec![adopted(policy)]);
    let status = ask_under(&history, &National::fold(&national), as_of("2026-11-01"));
    assert_eq!(status.pathway.state, PathwayState::Short);
    let steps = steps(&status, &history, &national);
    let step = steps.iter().find(|step| step.field == "pathway.state").unwrap();
    let monitoring: Vec<_> = step.otherwise.iter().filter(|line| line.starts_with("monitoring")).collect();
    assert_eq!(monitoring, ["monitoring, if leaders were inadequate"]);
}

#[test]
fn a_reinspection_begins_another_count_of_visits_and_every_part_of_an_answer_says_the_same() {
    let mut history = visits(4);
    history.extend(ilacs("ilacs-2021-01-11", "2021-01-11", "2021-03-01", Inadequate));
    history.push(fieldwork("monitoring-visit-2021-06-01", VISIT, "2021-06-01"));
    let usual = Policy { monitoring_visits: vec![row(4, "2016-05-01", "")], ..Policy::default() };
    let status = under(vec![usual], "2021-07-01", history);
    let told = status.pathway.usual_monitoring_visits.clone().unwrap();
    assert_eq!((status.pathway.monitoring_visits, told.made, told.count), (5, 1, 4));
    assert!(is_another_visit_expected(&status));
    let next = status.obligations.iter().find(|one| one.kind == ObligationKind::NextMonitoringVisit).unwrap();
    assert!(next.rests_on.contains(&id(502)), "that the policy lets another one be expected");
}

#[test]
fn a_rough_day_is_looked_up_in_the_policy_by_the_last_that_it_can_be() {
    let kind = ObligationKind::DraftComments;
    let set =
        Policy { periods: vec![row(period(kind, 10), "2021-01-01", "2024-04-03")], ..Policy::default() };
    let history = vec![
        fieldwork("ilacs-2022-01-10", STANDARD, "2022-01-10"),
        inspection("ilacs-2022-01-10", "2022-03", InspectionStep::DraftIssued),
    ];
    let history = recorded([registered()].into_iter().chain(history).collect());
    let national = National::fold(&national(vec![adopted(set)]));
    let asked = docket_domain::status::AsOf { view: View::Restricted, ..as_of("2022-04-01") };
    let status = ask_under(&history, &national, asked);
    let comments = status.obligations.iter().find(|one| one.kind == kind).unwrap();
    assert_eq!(comments.period, Some((10, PeriodUnit::WorkingDays)));
}

fn send_inspection() -> Vec<Happening> {
    let (key, kind) = ("area-send-2023-11-20", InspectionKind::AreaSendFull);
    let raised = InspectionStep::PriorityActionRaised {
        reference: "1".into(),
        text: String::new(),
        domain: ServiceDomain::Send,
    };
    vec![
        fieldwork(key, kind, "2023-11-20"),
        received(key, "2024-01-10"),
        published(key, kind, "2024-02-01"),
        inspection(key, "2024-02-01", raised),
    ]
}

#[test]
fn a_period_that_was_not_read_is_computed_only_where_the_policy_sets_it() {
    let key = "area-send-2023-11-20/send-priority-action-plan";
    let kind = ObligationKind::SendPriorityActionPlan;
    let set = Policy { periods: vec![row(period(kind, 35), "2023-01-01", "")], ..Policy::default() };
    let unset = under(vec![], "2024-03-01", send_inspection());
    assert_eq!((owed(&unset, key).due_computed, owed(&unset, key).period), (None, None));
    let status = under(vec![set], "2024-03-01", send_inspection());
    let plan = owed(&status, key);
    assert_eq!(plan.due_computed, Some(day("2024-02-28")));
    assert_eq!((plan.legal_basis.as_str(), plan.mark), ("policy: a source", Some(Mark::Recalled)));
    assert!(plan.rests_on.contains(&id(502)));
}

#[test]
fn an_explanation_of_what_the_policy_sets_names_its_event() {
    let history = recorded([registered()].into_iter().chain(send_inspection()).collect());
    let kind = ObligationKind::SendPriorityActionPlan;
    let policy = Policy {
        periods: vec![row(period(kind, 35), "", "")],
        monitoring_visits: vec![row(6, "", "")],
        ..Policy::default()
    };
    let national = national(vec![adopted(policy)]);
    let status = ask_under(&history, &National::fold(&national), as_of("2024-03-01"));
    let steps = steps(&status, &history, &national);
    let field = "obligations[area-send-2023-11-20/send-priority-action-plan].due_computed_date";
    let step = steps.iter().find(|step| step.field == field).unwrap();
    assert!(step.rests_on.contains(&id(502)) && step.rests_on.contains(&id(3)), "{step:?}");
    assert_eq!(step.rules[0].source, "policy: a source");
}

#[test]
fn the_policy_that_was_recorded_last_counts_whatever_its_date_and_one_that_was_voided_does_not() {
    let usual = |count| Policy { monitoring_visits: vec![row(count, "", "")], ..Policy::default() };
    let told = |events: Vec<Happening>| {
        let national = National::fold(&national(events));
        let history = recorded([registered()].into_iter().chain(visits(1)).collect());
        let pathway = ask_under(&history, &national, as_of("2019-08-01")).pathway;
        pathway.usual_monitoring_visits.map(|usual| usual.count)
    };
    let dated = |on_day: &str, count| (on(on_day), Fact::PolicyAdopted(Box::new(usual(count))));
    assert_eq!(told(vec![dated("2026-01-01", 4), dated("2025-01-01", 5)]), Some(5));
    assert_eq!(told(vec![dated("", 4), dated("", 5), (on(""), Fact::Voided { event: id(503) })]), Some(4));
    // As a whole: what the earlier one set is set no longer.
    assert_eq!(told(vec![dated("", 4), adopted(Policy::default())]), None);
}

#[test]
fn what_is_settled_cannot_be_set_and_no_two_rows_are_in_force_at_once() {
    let with = |periods| problems(&Policy { periods, ..Policy::default() });
    let comments = ObligationKind::DraftComments;
    for settled in [ObligationKind::WrittenStatement, ObligationKind::PublishReport, ObligationKind::Appeal] {
        let told = with(vec![row(period(settled, 10), "2020-01-01", "")]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].1.contains("settled"), "{told:?}");
    }
    assert_eq!(
        with(vec![row(period(comments, 10), "", "2024-04-03"), row(period(comments, 5), "2024-04-04", "")]),
        []
    );
    let overlapping =
        with(vec![row(period(comments, 10), "", "2024-04-04"), row(period(comments, 5), "2024-04-04", "")]);
    assert_eq!(overlapping[0].0, "periods[1]");
    let reversed = with(vec![row(period(comments, 10), "2024-04-04", "2024-04-03")]);
    assert_eq!(reversed[0].1, "ends before it begins");
    assert!(with(vec![row(period(ObligationKind::Other, 10), "", "")])[0].1.contains("there is no rule"));
}
