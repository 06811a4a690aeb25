//! What else the walk through every rpc records before anybody may see it: a report on a provider, and a plan with a visit that looked at it.

use docket_api::pb;
use pb::event::Body;

use crate::embargo::INSPECTION as HULL_INSPECTION;
use crate::harness::{date, event};
use crate::signed::{NOW_MICROS, Signed};
use crate::walk::{HULL, SECRET, URN, record, secret};

const INSPECTION: &str = "full-2025-11-04";
const KIND: pb::InspectionKind = pb::InspectionKind::ProviderFull;

fn of_provider(event: pb::Event) -> pb::Event {
    pb::Event { stream: format!("provider/{URN}"), ..event }
}

/// A report on a provider before anybody may see it: the judgements and a requirement.
pub(crate) fn report() -> Vec<pb::Event> {
    let details = pb::ProviderDetails {
        kind: pb::ProviderKind::ChildrensHome.into(),
        authority: HULL.to_owned(),
        ..Default::default()
    };
    let registered = pb::ProviderRegistered { details: Some(details) };
    let fieldwork = pb::FieldworkRecorded {
        inspection: INSPECTION.to_owned(),
        kind: KIND.into(),
        ranges: vec![pb::DateRange { first_date: Some(date("2025-11-04")), last_date: None }],
        ..Default::default()
    };
    let judgement = pb::Judgement {
        kind: pb::JudgementKind::OverallExperiencesAndProgress.into(),
        grade: pb::Grade::Inadequate.into(),
        raw_text: SECRET.to_owned(),
    };
    let judgements = pb::JudgementsMade {
        inspection: INSPECTION.to_owned(),
        kind: KIND.into(),
        judgements: vec![judgement],
    };
    let requirement = pb::RequirementMade {
        inspection: INSPECTION.to_owned(),
        reference: "1".to_owned(),
        text: SECRET.to_owned(),
        regulation: SECRET.to_owned(),
        due_date: Some(date("2026-02-27")),
    };
    let received = pb::ReportReceived { inspection: INSPECTION.to_owned(), ..Default::default() };
    let events = [
        event(30, HULL, "2018-03-01", Body::ProviderRegistered(registered)),
        event(31, HULL, "2025-11-04", Body::FieldworkRecorded(fieldwork)),
        secret(32, "2025-12-10", Body::ReportReceived(received)),
        secret(33, "2025-12-10", Body::JudgementsMade(judgements)),
        secret(34, "2025-12-10", Body::RequirementMade(requirement)),
    ];
    events.into_iter().map(of_provider).collect()
}

/// A plan for Hull's report and a visit that looked at it, before anybody may see either.
pub(crate) fn plan() -> Vec<pb::Event> {
    let obligation = format!("{HULL_INSPECTION}/written-statement");
    let action = pb::PlanAction {
        reference: "A1".to_owned(),
        text: SECRET.to_owned(),
        answers: vec!["1".to_owned()],
        ..Default::default()
    };
    let set = pb::PlanActionSet { obligation: obligation.clone(), action: Some(action.clone()) };
    let changed = pb::PlanActionChanged {
        obligation: obligation.clone(),
        action: Some(action),
        reason: SECRET.to_owned(),
    };
    let progress = pb::ActionProgress {
        reference: "A1".to_owned(),
        state: pb::ActionState::UnderWay.into(),
        text: SECRET.to_owned(),
        evidence: vec![SECRET.to_owned()],
        milestones_met: Vec::new(),
    };
    let reported = pb::PlanProgressReported { obligation: obligation.clone(), progress: vec![progress] };
    let reviewed = pb::PlanFindingReviewed {
        obligation: obligation.clone(),
        reference: "1".to_owned(),
        outcome: pb::PlanReviewOutcome::Reflects.into(),
        text: SECRET.to_owned(),
    };
    let visit = "monitoring-2025-12-16".to_owned();
    let kind = pb::InspectionKind::MonitoringVisit.into();
    let fieldwork = pb::FieldworkRecorded { inspection: visit.clone(), kind, ..Default::default() };
    // The letter of the visit is public, the report that the plan answers is not: so the letter is silent here.
    let letter = pb::ReportPublished { inspection: visit.clone(), kind, ..Default::default() };
    let received = pb::ReportReceived { inspection: visit.clone(), ..Default::default() };
    let looked_at = pb::VisitLookedAt {
        inspection: visit,
        obligation,
        findings: vec!["1".to_owned()],
        actions: vec!["A1".to_owned()],
        progress_seen: SECRET.to_owned(),
    };
    vec![
        event(40, HULL, "2025-12-16", Body::FieldworkRecorded(fieldwork)),
        event(41, HULL, "2025-12-18", Body::ReportReceived(received)),
        event(42, HULL, "2025-12-18", Body::ReportPublished(letter)),
        secret(43, "2025-12-16", Body::PlanActionSet(set)),
        secret(44, "2025-12-17", Body::PlanActionChanged(changed)),
        secret(45, "2025-12-17", Body::PlanProgressReported(reported)),
        secret(46, "2025-12-17", Body::PlanFindingReviewed(reviewed)),
        secret(47, "2025-12-18", Body::VisitLookedAt(looked_at)),
    ]
}

/// Its publication.
pub(crate) fn published() -> pb::Event {
    let published =
        pb::ReportPublished { inspection: INSPECTION.to_owned(), kind: KIND.into(), ..Default::default() };
    of_provider(event(35, HULL, "2026-01-20", Body::ReportPublished(published)))
}

/// Records what stands in the plan.
pub(crate) async fn record_plan(server: &Signed) {
    for event in plan() {
        record(server, event).await;
    }
    server.proofs.step(NOW_MICROS).await.unwrap();
}
