//! Action plans in depth, as messages.

use docket_domain::date::PartialDate;
use docket_domain::plans as domain;

use super::{as_of, authority_ref, date, obligation, text, texts};
use crate::pb;

/// A plan with its coverage.
#[must_use]
pub fn action_plan(plan: &domain::ActionPlan) -> pb::ActionPlan {
    pb::ActionPlan {
        authority: Some(authority_ref(&plan.authority)),
        as_of: Some(as_of(&plan.as_of)),
        obligation: plan.plan.to_string(),
        inspection: text(plan.inspection.as_ref()),
        status: plan.obligation.as_ref().map(obligation),
        coverage: Some(coverage(&plan.coverage)),
        findings: plan.findings.iter().map(finding).collect(),
        actions: plan.actions.iter().map(action).collect(),
        visits: plan.visits.iter().map(visit).collect(),
        other_plans: texts(&plan.others),
    }
}

fn coverage(coverage: &domain::Coverage) -> pb::PlanCoverage {
    let late = coverage.late.iter().map(|late| pb::LateItem {
        action: late.action.clone(),
        milestone: late.milestone.clone().unwrap_or_default(),
        due_date: date(late.due),
        days: late.days,
    });
    pb::PlanCoverage {
        unanswered_findings: coverage.unanswered.clone(),
        actions_without_finding: coverage.without_finding.clone(),
        late: late.collect(),
        findings_not_looked_at: coverage.not_looked_at.clone(),
    }
}

fn finding(finding: &domain::Finding) -> pb::PlanFinding {
    pb::PlanFinding {
        kind: finding.kind.number(),
        reference: finding.reference.clone(),
        text: finding.text.clone(),
        actions: finding.actions.clone(),
        review: finding.review.as_ref().map(review),
        visits: texts(&finding.visits),
        discharged_date: finding.discharged.and_then(date),
        rests_on: texts(&finding.rests_on),
    }
}

fn review(review: &domain::Review) -> pb::FindingReview {
    pb::FindingReview {
        outcome: review.outcome.number(),
        date: date(review.on),
        text: review.text.clone(),
        rests_on: texts(&review.rests_on),
    }
}

fn action(action: &domain::Action) -> pb::PlannedAction {
    pb::PlannedAction {
        reference: action.reference.clone(),
        text: action.text.clone(),
        answers: action.answers.clone(),
        answers_unknown: action.answers_unknown.clone(),
        owner_role: action.owner_role.clone(),
        measure: action.measure.clone(),
        due_date: date(action.due),
        set_date: date(action.set),
        changed_date: action.changed.and_then(date),
        state: action.state.number(),
        late: action.late,
        milestones: action.milestones.iter().map(milestone).collect(),
        progress: action.progress.iter().map(progress).collect(),
        visits: texts(&action.visits),
        rests_on: texts(&action.rests_on),
    }
}

fn milestone(milestone: &domain::PlannedMilestone) -> pb::PlannedMilestone {
    pb::PlannedMilestone {
        reference: milestone.reference.clone(),
        text: milestone.text.clone(),
        due_date: date(milestone.due),
        met_date: milestone.met.and_then(date),
        late: milestone.late,
        rests_on: texts(&milestone.rests_on),
    }
}

fn progress(progress: &domain::Progress) -> pb::ReportedProgress {
    pb::ReportedProgress {
        date: date(progress.on),
        state: progress.state.number(),
        text: progress.text.clone(),
        evidence: progress.evidence.clone(),
        milestones_met: progress.milestones_met.clone(),
        rests_on: texts(&progress.rests_on),
    }
}

fn visit(visit: &domain::Visit) -> pb::PlanVisit {
    pb::PlanVisit {
        inspection: visit.inspection.to_string(),
        kind: visit.kind.map_or(0, |kind| kind.number()),
        fieldwork_date: date(visit.first_day),
        theme: visit.theme.clone(),
        findings: visit.looked_at.findings.clone(),
        actions: visit.looked_at.actions.clone(),
        progress_seen: visit.looked_at.progress_seen.clone(),
        rests_on: texts(&visit.rests_on),
    }
}

/// One indicator; `sources` says where each value was read, by the events that it rests on.
#[must_use]
pub fn indicator(
    indicator: &domain::indicators::Indicator,
    sources: impl Fn(&domain::indicators::Value) -> Vec<pb::Source>,
) -> pb::Indicator {
    let values = indicator.values.iter().map(|value| {
        let domain::indicators::Value { about, published, rests_on, .. } = value;
        let first = if about.first == about.last { PartialDate::Unknown } else { about.first };
        pb::IndicatorValue {
            value: value.value.clone(),
            as_at_date: date(about.last),
            period_first_date: date(first),
            published_date: date(*published),
            sources: sources(value),
            rests_on: texts(rests_on),
        }
    });
    pb::Indicator {
        kind: indicator.kind.number(),
        name: indicator.name.clone(),
        unit: indicator.unit.clone(),
        values: values.collect(),
    }
}
