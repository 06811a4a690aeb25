//! What stands in action plans, and the indicators beside a status.
//!
//! Both are read off the same facts as the status, so that they see no more than it does; neither is part of it
//! (docs/decisions/0022-plans-in-depth.md).

mod coverage;
mod gather;
pub mod indicators;

use alloc::string::String;
use alloc::vec::Vec;

use crate::answer;
use crate::date::{Happened, PartialDate};
use crate::event::{Fact, LookedAt, ObligationStep, Recorded};
use crate::facts::{Facts, joined};
use crate::frameworks;
use crate::id::{InspectionKey, ObligationKey};
use crate::national::National;
use crate::seen::{answered_by, seen};
use crate::status::{AsOf, AuthorityRef, AuthorityStatus, InspectionSummary, Obligation, RestsOn};
use crate::terms::{ActionState, FindingKind, InspectionKind, ObligationKind, PlanReviewOutcome};

/// Obligations that are met by a plan.
pub const PLAN_KINDS: &[ObligationKind] = &[
    ObligationKind::WrittenStatement,
    ObligationKind::FocusedVisitPlanFinal,
    ObligationKind::JtaiStatement,
    ObligationKind::SendWrittenStatement,
    ObligationKind::SendPriorityActionPlan,
];

/// Visits that look at what became of an inspection.
pub const VISIT_KINDS: &[InspectionKind] = &[
    InspectionKind::ActionPlanningVisit,
    InspectionKind::MonitoringVisit,
    InspectionKind::AreaSendMonitoring,
    InspectionKind::AreaSendRevisit,
];

/// Which plan of an authority is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// That of the last report that asks for one.
    Last,
    /// That of this inspection.
    Of(InspectionKey),
    /// This one.
    Key(ObligationKey),
}

/// An authority's plan in depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionPlan {
    /// Whose.
    pub authority: AuthorityRef,
    /// On which day, and as known when.
    pub as_of: AsOf,
    /// The key of its obligation.
    pub plan: ObligationKey,
    /// The inspection whose findings it answers.
    pub inspection: Option<InspectionKey>,
    /// The obligation as the status has it.
    pub obligation: Option<Obligation>,
    /// What fits and what does not.
    pub coverage: Coverage,
    /// Priority actions first.
    pub findings: Vec<Finding>,
    /// In the order in which they were set.
    pub actions: Vec<Action>,
    /// Visits after the inspection.
    pub visits: Vec<Visit>,
    /// The other plans, the last one first.
    pub others: Vec<ObligationKey>,
}

/// What fits and what does not, by references.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Findings that no action answers; one that was stopped answers nothing.
    pub unanswered: Vec<String>,
    /// Actions that answer no finding of the inspection.
    pub without_finding: Vec<String>,
    /// Past their day, the earliest first.
    pub late: Vec<Late>,
    /// Findings at which no visit is recorded to have looked.
    pub not_looked_at: Vec<String>,
}

/// An action or a milestone past its day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// The action.
    pub action: String,
    /// One of its milestones; `None` for the action itself.
    pub milestone: Option<String>,
    /// When it was due.
    pub due: PartialDate,
    /// Calendar days since its last day.
    pub days: u32,
}

/// Something that the report found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// Unique in the inspection.
    pub reference: String,
    /// In the report's words.
    pub text: String,
    /// The actions that answer it, also those that were stopped.
    pub actions: Vec<String>,
    /// What Ofsted said of the plan against it.
    pub review: Option<Review>,
    /// The visits that looked at it.
    pub visits: Vec<InspectionKey>,
    /// A priority action that was discharged.
    pub discharged: Option<PartialDate>,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// Ofsted's review of a plan against one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// What it said.
    pub outcome: PlanReviewOutcome,
    /// When.
    pub on: PartialDate,
    /// In its words.
    pub text: String,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// An action as it stands on the day asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Unique in the plan.
    pub reference: String,
    /// In the plan's words.
    pub text: String,
    /// The findings that it answers.
    pub answers: Vec<String>,
    /// References that it names and the inspection has no finding of.
    pub answers_unknown: Vec<String>,
    /// The post that answers for it.
    pub owner_role: String,
    /// By what it will be seen to have worked.
    pub measure: String,
    /// By when.
    pub due: PartialDate,
    /// Since when the plan has it.
    pub set: PartialDate,
    /// The last change.
    pub changed: Option<PartialDate>,
    /// As last reported.
    pub state: ActionState,
    /// Past its day, and neither done nor stopped.
    pub late: bool,
    /// In the plan's order.
    pub milestones: Vec<PlannedMilestone>,
    /// The reports that name it, in order.
    pub progress: Vec<Progress>,
    /// The visits that looked at it.
    pub visits: Vec<InspectionKey>,
    /// Provenance of the action itself.
    pub rests_on: RestsOn,
}

/// A milestone as it stands on the day asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedMilestone {
    /// Unique in the action.
    pub reference: String,
    /// In the plan's words.
    pub text: String,
    /// By when.
    pub due: PartialDate,
    /// The day of the first report that says that it was met.
    pub met: Option<PartialDate>,
    /// Past its day and not met, of an action neither done nor stopped.
    pub late: bool,
    /// Provenance of its being met.
    pub rests_on: RestsOn,
}

/// What was reported of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// When.
    pub on: PartialDate,
    /// How far it had come.
    pub state: ActionState,
    /// In its words.
    pub text: String,
    /// What shows it.
    pub evidence: Vec<String>,
    /// The milestones that were met by then.
    pub milestones_met: Vec<String>,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// A visit after the inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its key.
    pub inspection: InspectionKey,
    /// What kind.
    pub kind: Option<InspectionKind>,
    /// First day on site.
    pub first_day: PartialDate,
    /// What was looked at, in the words of the visit.
    pub theme: String,
    /// What of the plan it looked at; empty where the theme alone is recorded.
    pub looked_at: LookedAt,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// A plan as it stands on a day, as known at a moment; `None` where the authority has no such plan.
///
/// The arguments are those of [`answer::status`], and so is what is seen of them.
#[must_use]
pub fn action_plan(
    authority: AuthorityRef,
    history: &[Recorded],
    national: &National,
    as_of: AsOf,
    which: &Which,
) -> Option<ActionPlan> {
    let asked = as_of.asked();
    let facts = seen(Facts::of(history), asked).facts.counted;
    let status = answer::status(authority, history, national, as_of);
    let with_steps = facts.iter().filter_map(|counted| match counted.fact {
        Fact::Obligation { obligation, step: ObligationStep::Plan(_) } => Some(obligation.clone()),
        _ => None,
    });
    let plans = plans(&status, with_steps.collect());
    let plan = match which {
        Which::Last => plans.first(),
        Which::Of(inspection) => plans.iter().find(|plan| answered_by(plan).as_ref() == Some(inspection)),
        Which::Key(key) => plans.iter().find(|plan| *plan == key),
    }?;
    let plan = plan.clone();
    let inspection = answered_by(&plan);
    let visits = visits(&status, inspection.as_ref(), gather::looked_at(&facts, &plan));
    let mut findings = inspection
        .as_ref()
        .map(|of| gather::findings(&facts, of, &plan, asked.effective))
        .unwrap_or_default();
    let mut actions = gather::actions(&facts, &plan);
    coverage::tie(&mut findings, &mut actions, &visits);
    coverage::date(&mut actions, asked.effective);
    Some(ActionPlan {
        coverage: coverage::coverage(&findings, &actions, asked.effective),
        obligation: status.obligations.into_iter().find(|obligation| obligation.obligation == plan),
        others: plans.into_iter().filter(|other| *other != plan).collect(),
        authority: status.authority,
        as_of,
        plan,
        inspection,
        findings,
        actions,
        visits,
    })
}

/// The keys of an authority's plans, the last one first: by the inspection that it answers, or by the day of what else asks for it.
fn plans(status: &AuthorityStatus, with_steps: Vec<ObligationKey>) -> Vec<ObligationKey> {
    let owed = status.obligations.iter().filter(|owed| PLAN_KINDS.contains(&owed.kind));
    let mut keys: Vec<ObligationKey> = owed.map(|owed| owed.obligation.clone()).collect();
    keys.extend(with_steps);
    keys.sort();
    keys.dedup();
    let asked_for = |key: &ObligationKey| {
        let of = answered_by(key);
        let inspection = status.inspections.iter().find(|summary| Some(&summary.inspection) == of.as_ref());
        let inspected = inspection.and_then(|summary| {
            let days = [
                first_day(summary),
                summary.received.unwrap_or_default(),
                summary.published.unwrap_or_default(),
            ];
            days.into_iter().find_map(PartialDate::earliest)
        });
        let owed = status.obligations.iter().find(|owed| owed.obligation == *key);
        inspected.or_else(|| owed.and_then(|owed| owed.trigger.earliest()))
    };
    keys.sort_by_cached_key(|key| core::cmp::Reverse(asked_for(key)));
    keys
}

/// First day on site.
fn first_day(summary: &InspectionSummary) -> PartialDate {
    summary.fieldwork.first().map_or(PartialDate::Unknown, |range| range.first)
}

/// The visits to an authority after an inspection and before the next graded one over the same services, and those that are recorded to
/// have looked at the plan, in order.
fn visits(
    status: &AuthorityStatus,
    inspection: Option<&InspectionKey>,
    mut looked_at: Vec<(InspectionKey, LookedAt, RestsOn)>,
) -> Vec<Visit> {
    // The last one stands first in a status.
    let all: Vec<&InspectionSummary> = status.inspections.iter().rev().collect();
    let place = all.iter().position(|summary| Some(&summary.inspection) == inspection);
    let domain =
        place.and_then(|place| all.get(place)).and_then(|summary| summary.kind.map(frameworks::domain));
    let mut is_after = false;
    let mut visits = Vec::new();
    for (at, summary) in all.into_iter().enumerate() {
        let named = looked_at.iter().position(|(visit, ..)| *visit == summary.inspection);
        let of_domain = summary.kind.is_some_and(|kind| Some(frameworks::domain(kind)) == domain);
        if Some(at) == place {
            is_after = true;
        } else if is_after && of_domain && summary.kind.is_some_and(frameworks::is_graded) {
            is_after = false;
        }
        let is_visit = summary.kind.is_some_and(|kind| VISIT_KINDS.contains(&kind));
        let was_made = first_day(summary).by(status.as_of.effective) != Happened::Not;
        if named.is_none()
            && !(is_after && of_domain && is_visit && was_made && !summary.fieldwork.is_empty())
        {
            continue;
        }
        let (looked_at, rests_on) = match named {
            Some(place) => {
                let (_, looked_at, rests_on) = looked_at.remove(place);
                (looked_at, joined([&summary.rests_on, &rests_on]))
            }
            None => (gather::nothing(), summary.rests_on.clone()),
        };
        visits.push(Visit {
            inspection: summary.inspection.clone(),
            kind: summary.kind,
            first_day: first_day(summary),
            theme: summary.theme.clone(),
            looked_at,
            rests_on,
        });
    }
    visits
}
