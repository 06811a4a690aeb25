//! Action plans in depth, over gRPC: coverage, progress, reviews, visits. What was found and planned is made up for the test.

use docket_api::pb;
use pb::action_plan_service_client::ActionPlanServiceClient;
use pb::event::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{World, date, event, inadequate, now, on, reason};

const NORFOLK: &str = "norfolk";
const INSPECTION: &str = "ilacs-2024-01-08";
const PLAN: &str = "ilacs-2024-01-08/written-statement";

/// An inspection with two areas for improvement and a priority action.
fn report() -> Vec<pb::Event> {
    let mut events = inadequate(1, NORFOLK, ["2024-01-08", "2024-01-19", "2024-03-01", "2024-03-08"]);
    for (number, reference, text) in [(10, "1", "Decisions at the front door."), (11, "2", "Supervision.")] {
        let raised = pb::AreaForImprovementRaised {
            inspection: INSPECTION.to_owned(),
            reference: reference.to_owned(),
            text: text.to_owned(),
            ..Default::default()
        };
        events.push(event(number, NORFOLK, "2024-03-08", Body::AreaForImprovementRaised(raised)));
    }
    let raised = pb::PriorityActionRaised {
        inspection: INSPECTION.to_owned(),
        reference: "P1".to_owned(),
        text: "Children in unregistered homes.".to_owned(),
        domain: pb::ServiceDomain::ChildrensSocialCare.into(),
        ..Default::default()
    };
    events.push(event(12, NORFOLK, "2024-03-08", Body::PriorityActionRaised(raised)));
    events
}

fn action(reference: &str, answers: &[&str], due: &str) -> pb::PlanAction {
    pb::PlanAction {
        reference: reference.to_owned(),
        text: format!("What {reference} does."),
        answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
        owner_role: "Director of children's services".to_owned(),
        measure: "Audits".to_owned(),
        milestones: vec![pb::Milestone {
            reference: "m1".to_owned(),
            text: "Half way".to_owned(),
            due_date: Some(date("2024-06-28")),
        }],
        due_date: Some(date(due)),
    }
}

fn set(number: u32, action: pb::PlanAction) -> pb::Event {
    let set = pb::PlanActionSet { obligation: PLAN.to_owned(), action: Some(action) };
    event(number, NORFOLK, "2024-06-03", Body::PlanActionSet(set))
}

fn progress(number: u32, day: &str, reference: &str, state: pb::ActionState, met: &[&str]) -> pb::Event {
    let progress = pb::ActionProgress {
        reference: reference.to_owned(),
        state: state.into(),
        text: "So far.".to_owned(),
        evidence: vec!["An audit".to_owned()],
        milestones_met: met.iter().map(|met| (*met).to_owned()).collect(),
    };
    let reported = pb::PlanProgressReported { obligation: PLAN.to_owned(), progress: vec![progress] };
    event(number, NORFOLK, day, Body::PlanProgressReported(reported))
}

/// A1 answers the first area for improvement, A2 nothing.
fn plan() -> Vec<pb::Event> {
    vec![set(20, action("A1", &["1"], "2024-09-30")), set(21, action("A2", &[], "2024-12-31"))]
}

/// A monitoring visit with a theme, its letter, and what of the plan it looked at.
fn visit(looked_at: bool) -> Vec<pb::Event> {
    let inspection = "monitoring-2024-10-15".to_owned();
    let kind = pb::InspectionKind::MonitoringVisit.into();
    let fieldwork = pb::FieldworkRecorded {
        inspection: inspection.clone(),
        kind,
        ranges: vec![pb::DateRange { first_date: Some(date("2024-10-15")), last_date: None }],
        theme: "The front door".to_owned(),
        ..Default::default()
    };
    let published = pb::ReportPublished { inspection: inspection.clone(), kind, ..Default::default() };
    let mut events = vec![
        event(40, NORFOLK, "2024-10-15", Body::FieldworkRecorded(fieldwork)),
        event(41, NORFOLK, "2024-11-20", Body::ReportPublished(published)),
    ];
    if looked_at {
        let looked_at = pb::VisitLookedAt {
            inspection,
            obligation: PLAN.to_owned(),
            findings: vec!["1".to_owned()],
            actions: vec!["A1".to_owned()],
            progress_seen: "Sooner.".to_owned(),
        };
        events.push(event(42, NORFOLK, "2024-11-20", Body::VisitLookedAt(looked_at)));
    }
    events
}

async fn with(parts: Vec<Vec<pb::Event>>) -> World {
    let world = World::new().await;
    for events in parts {
        world.record(events).await.unwrap();
    }
    world
}

async fn ask(world: &World, request: pb::GetActionPlanRequest) -> Result<pb::ActionPlan, Status> {
    let request = pb::GetActionPlanRequest { authority: NORFOLK.to_owned(), ..request };
    let mut client = ActionPlanServiceClient::new(world.channel.clone());
    client.get_action_plan(request).await.map(|answer| answer.into_inner().plan.unwrap())
}

async fn plan_on(world: &World, day: &str) -> pb::ActionPlan {
    ask(world, pb::GetActionPlanRequest { as_of: Some(on(day)), ..Default::default() }).await.unwrap()
}

fn late(plan: &pb::ActionPlan) -> Vec<String> {
    let late = plan.coverage.as_ref().unwrap().late.iter();
    late.map(|late| format!("{} {} {}", late.action, late.milestone, late.days)).collect()
}

#[tokio::test]
async fn a_plan_says_which_findings_no_action_answers_and_which_actions_answer_none() {
    let world = with(vec![report(), plan()]).await;
    let told = plan_on(&world, "2024-06-04").await;
    let coverage = told.coverage.clone().unwrap();
    assert_eq!(told.obligation, PLAN);
    assert_eq!(told.inspection, INSPECTION);
    // Priority actions stand first.
    assert_eq!(coverage.unanswered_findings, ["P1", "2"]);
    assert_eq!(coverage.actions_without_finding, ["A2"]);
    assert_eq!(late(&told), [""; 0]);
    let found = told.findings.iter().find(|finding| finding.reference == "1").unwrap();
    assert_eq!(
        (found.text.as_str(), found.actions.as_slice()),
        ("Decisions at the front door.", &["A1".to_owned()][..])
    );
    assert_eq!(found.rests_on, ["00000000-0000-4000-8000-000000000010"]);
    let a1 = &told.actions[0];
    assert_eq!(a1.owner_role, "Director of children's services");
    assert_eq!((a1.state(), a1.rests_on.len()), (pb::ActionState::NotStarted, 1));
    assert_eq!(told.status.unwrap().obligation, PLAN);
}

#[tokio::test]
async fn an_action_that_was_stopped_answers_nothing_and_one_that_is_done_is_not_late() {
    let stopped = progress(30, "2024-10-01", "A1", pb::ActionState::Stopped, &[]);
    let done = progress(31, "2025-01-15", "A2", pb::ActionState::Done, &[]);
    let world = with(vec![report(), plan(), vec![stopped, done]]).await;
    let before = plan_on(&world, "2024-09-30").await;
    assert_eq!(before.coverage.as_ref().unwrap().unanswered_findings, ["P1", "2"]);
    let after = plan_on(&world, "2024-10-01").await;
    assert_eq!(after.coverage.as_ref().unwrap().unanswered_findings, ["P1", "1", "2"]);
    assert_eq!(after.actions[0].state(), pb::ActionState::Stopped);
    assert_eq!(late(&after), ["A2 m1 95"]);
    assert_eq!(late(&plan_on(&world, "2025-01-14").await), ["A2 m1 200", "A2  14"]);
    assert_eq!(late(&plan_on(&world, "2025-01-15").await), [""; 0]);
}

#[tokio::test]
async fn a_milestone_is_late_the_day_after_its_day_until_a_report_says_that_it_was_met() {
    let met = progress(30, "2024-07-10", "A1", pb::ActionState::UnderWay, &["m1"]);
    let world = with(vec![report(), plan(), vec![met]]).await;
    assert_eq!(late(&plan_on(&world, "2024-06-28").await), [""; 0]);
    assert_eq!(late(&plan_on(&world, "2024-06-29").await), ["A1 m1 1", "A2 m1 1"]);
    let told = plan_on(&world, "2024-07-10").await;
    assert_eq!(late(&told), ["A2 m1 12"]);
    let a1 = &told.actions[0];
    assert_eq!(
        (a1.milestones[0].met_date, a1.state()),
        (Some(date("2024-07-10")), pb::ActionState::UnderWay)
    );
    assert_eq!(a1.milestones[0].rests_on, ["00000000-0000-4000-8000-000000000030"]);
    assert_eq!((a1.progress.len(), a1.progress[0].evidence[0].as_str()), (1, "An audit"));
    // The action itself is late by its own day alone.
    assert!(!plan_on(&world, "2024-09-30").await.actions[0].late);
    assert!(plan_on(&world, "2024-10-01").await.actions[0].late);
}

#[tokio::test]
async fn a_changed_action_is_the_new_one_from_its_day_and_keeps_what_was_reported() {
    let met = progress(30, "2024-07-10", "A1", pb::ActionState::UnderWay, &["m1"]);
    let changed = pb::PlanActionChanged {
        obligation: PLAN.to_owned(),
        action: Some(action("A1", &["1", "2", "9"], "2025-03-31")),
        reason: "More was asked of it.".to_owned(),
    };
    let changed = event(31, NORFOLK, "2024-08-01", Body::PlanActionChanged(changed));
    let world = with(vec![report(), plan(), vec![met, changed]]).await;
    assert_eq!(plan_on(&world, "2024-07-31").await.actions[0].due_date, Some(date("2024-09-30")));
    let told = plan_on(&world, "2024-08-01").await;
    let a1 = &told.actions[0];
    assert_eq!((a1.due_date, a1.changed_date), (Some(date("2025-03-31")), Some(date("2024-08-01"))));
    assert_eq!((a1.answers.join(" "), a1.answers_unknown.join(" ")), ("1 2".to_owned(), "9".to_owned()));
    assert_eq!(
        (a1.state(), a1.milestones[0].met_date),
        (pb::ActionState::UnderWay, Some(date("2024-07-10")))
    );
    assert_eq!(told.coverage.unwrap().unanswered_findings, ["P1"]);
}

#[tokio::test]
async fn a_plan_shows_what_the_next_visit_looked_at_by_theme_always_and_by_reference_where_that_is_recorded()
{
    let themed = with(vec![report(), plan(), visit(false)]).await;
    let told = plan_on(&themed, "2024-12-01").await;
    assert_eq!((told.visits[0].theme.as_str(), told.visits[0].findings.len()), ("The front door", 0));
    assert_eq!(told.coverage.unwrap().findings_not_looked_at, ["P1", "1", "2"]);
    let world = with(vec![report(), plan(), visit(true)]).await;
    // What it looked at is in its letter.
    assert_eq!(plan_on(&world, "2024-11-19").await.visits[0].progress_seen, "");
    let told = plan_on(&world, "2024-11-20").await;
    let seen = &told.visits[0];
    assert_eq!((seen.inspection.as_str(), seen.progress_seen.as_str()), ("monitoring-2024-10-15", "Sooner."));
    assert!(seen.rests_on.contains(&"00000000-0000-4000-8000-000000000042".to_owned()), "{seen:?}");
    assert_eq!(told.actions[0].visits, ["monitoring-2024-10-15"]);
    assert_eq!(told.coverage.unwrap().findings_not_looked_at, ["P1", "2"]);
}

#[tokio::test]
async fn ofsted_reviews_the_plan_against_each_finding() {
    let reviewed = pb::PlanFindingReviewed {
        obligation: PLAN.to_owned(),
        reference: "2".to_owned(),
        outcome: pb::PlanReviewOutcome::DoesNotReflect.into(),
        text: "Nothing answers it.".to_owned(),
    };
    let reviewed = event(30, NORFOLK, "2024-07-01", Body::PlanFindingReviewed(reviewed));
    let world = with(vec![report(), plan(), vec![reviewed]]).await;
    let told = plan_on(&world, "2024-07-01").await;
    let review = |reference: &str| {
        told.findings.iter().find(|finding| finding.reference == reference).unwrap().review.clone()
    };
    assert_eq!(review("1"), None);
    let second = review("2").unwrap();
    assert_eq!(
        (second.outcome(), second.date),
        (pb::PlanReviewOutcome::DoesNotReflect, Some(date("2024-07-01")))
    );
    assert!(plan_on(&world, "2024-06-30").await.findings.iter().all(|finding| finding.review.is_none()));
}

#[tokio::test]
async fn what_stands_in_a_plan_changes_no_status() {
    let world = with(vec![report()]).await;
    let status = async || {
        let status = world.status(NORFOLK, on("2025-01-15")).await.unwrap();
        pb::AuthorityStatus { as_of: None, ..status }
    };
    let before = status().await;
    world.record(plan()).await.unwrap();
    world.record(vec![progress(30, "2024-10-01", "A1", pb::ActionState::Done, &["m1"])]).await.unwrap();
    // Neither computed anew nor as kept.
    assert_eq!(status().await, before);
    assert_eq!(status().await, before);
}

#[tokio::test]
async fn a_plan_is_asked_for_by_its_inspection_or_its_key_and_one_that_there_is_not_is_not_found() {
    let world = with(vec![report(), plan()]).await;
    let by = async |obligation: &str, inspection: &str| {
        let (obligation, inspection) = (obligation.to_owned(), inspection.to_owned());
        let request =
            pb::GetActionPlanRequest { obligation, inspection, as_of: Some(now()), ..Default::default() };
        ask(&world, request).await
    };
    let last = by("", "").await.unwrap();
    assert_eq!(by(PLAN, "").await.unwrap(), last);
    assert_eq!(by("", INSPECTION).await.unwrap(), last);
    let both = by(PLAN, INSPECTION).await.unwrap_err();
    assert_eq!((both.code(), reason(&both).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
    for (obligation, inspection) in [("", "ilacs-2019-01-07"), ("ilacs-2019-01-07/written-statement", "")] {
        let none = by(obligation, inspection).await.unwrap_err();
        assert_eq!((none.code(), reason(&none).as_str()), (Code::NotFound, "UNKNOWN_PLAN"));
    }
    let then = pb::GetActionPlanRequest { as_of: Some(on("2024-02-29")), ..Default::default() };
    assert_eq!(reason(&ask(&world, then).await.unwrap_err()), "UNKNOWN_PLAN");
}

#[tokio::test]
async fn what_cannot_be_read_of_a_plan_is_refused_by_the_name_of_its_field() {
    let world = with(vec![report(), plan()]).await;
    let obligation = || PLAN.to_owned();
    let bare = pb::PlanActionSet { obligation: obligation(), action: None };
    let mut twice = action("A3", &["1", "1"], "2024-09-30");
    twice.milestones.push(twice.milestones[0].clone());
    let twice = pb::PlanActionSet { obligation: obligation(), action: Some(twice) };
    let stateless = pb::PlanProgressReported {
        obligation: obligation(),
        progress: vec![pb::ActionProgress { reference: "A1".to_owned(), ..Default::default() }],
    };
    let nowhere = pb::VisitLookedAt {
        inspection: "monitoring-2024-10-15".to_owned(),
        obligation: obligation(),
        ..Default::default()
    };
    let cases: [(&[&str], Body); 4] = [
        (&["plan_action_set.action"], Body::PlanActionSet(bare)),
        (
            &["plan_action_set.action.answers[1]", "plan_action_set.action.milestones[1].reference"],
            Body::PlanActionSet(twice),
        ),
        (&["plan_progress_reported.progress[0].state"], Body::PlanProgressReported(stateless)),
        (&["visit_looked_at.findings"], Body::VisitLookedAt(nowhere)),
    ];
    for (fields, body) in cases {
        let refused = world.record(vec![event(50, NORFOLK, "2024-06-03", body)]).await.unwrap_err();
        let details = refused.get_error_details();
        let named: Vec<_> =
            details.bad_request().unwrap().field_violations.iter().map(|one| &one.field).collect();
        assert_eq!(
            named,
            fields
                .iter()
                .map(|field| format!("events[0].{field}"))
                .collect::<Vec<_>>()
                .iter()
                .collect::<Vec<_>>()
        );
    }
    let unknown = progress(51, "2024-07-01", "A9", pb::ActionState::Done, &[]);
    let refused = world.record(vec![unknown]).await.unwrap_err();
    assert_eq!(reason(&refused), "FACT_REFUSED");
    assert!(refused.message().contains("has no action \"A9\""), "{}", refused.message());
}
