//! Deciding about what stands in plans. Plans are recorded after the event and in pieces: what is not there yet is a warning, what contradicts
//! the plan is refused.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use super::{Context, Verdict};
use crate::event::{Fact, InspectionStep, LookedAt, ObligationStep, PlanAction, PlanStep};
use crate::id::ObligationKey;
use crate::seen::answered_by;

pub(super) fn judge(context: &Context<'_>, plan: &ObligationKey, step: &PlanStep, verdict: &mut Verdict) {
    match step {
        PlanStep::ActionSet(action) => {
            if of_action(context, plan, &action.reference).next().is_some() {
                let about = format!(
                    "{plan} has an action {:?} already: plan_action_changed if it was changed, field_corrected if the record is wrong",
                    action.reference
                );
                verdict.refuse("ACTION_ALREADY_SET", "action.reference", about);
            }
            warn_of_findings(context, plan, &action.answers, verdict);
        }
        PlanStep::ActionChanged(action) => {
            refuse_unknown(context, plan, &action.reference, "action.reference", verdict);
            warn_of_findings(context, plan, &action.answers, verdict);
        }
        PlanStep::ProgressReported(reported) => {
            for progress in reported {
                if refuse_unknown(context, plan, &progress.reference, "progress", verdict) {
                    continue;
                }
                for met in &progress.milestones_met {
                    let has = |action: &PlanAction| action.milestones.iter().any(|one| one.reference == *met);
                    if !of_action(context, plan, &progress.reference).any(has) {
                        let about = format!("action {:?} has no milestone {met:?}", progress.reference);
                        verdict.refuse("MILESTONE_NEVER_SET", "progress", about);
                    }
                }
            }
        }
        PlanStep::FindingReviewed { reference, .. } => {
            warn_of_findings(context, plan, core::slice::from_ref(reference), verdict);
        }
    }
}

/// What a visit looked at may be recorded before the plan is.
pub(super) fn judge_looked_at(
    context: &Context<'_>,
    plan: &ObligationKey,
    looked_at: &LookedAt,
    verdict: &mut Verdict,
) {
    warn_of_findings(context, plan, &looked_at.findings, verdict);
    for action in &looked_at.actions {
        if of_action(context, plan, action).next().is_none() {
            let about = format!("{plan} has no action {action:?} so far");
            verdict.warn("ACTION_NOT_SET_YET", about);
        }
    }
}

/// An action of the plan, as it was set and as it was changed.
fn of_action<'c>(
    context: &'c Context<'_>,
    plan: &'c ObligationKey,
    reference: &'c str,
) -> impl Iterator<Item = &'c PlanAction> {
    context.facts.counted.iter().filter_map(move |counted| match counted.fact {
        Fact::Obligation {
            obligation,
            step: ObligationStep::Plan(PlanStep::ActionSet(action) | PlanStep::ActionChanged(action)),
        } if obligation == plan && action.reference == reference => Some(action),
        _ => None,
    })
}

/// Whether it was refused, because the plan has no such action.
fn refuse_unknown(
    context: &Context<'_>,
    plan: &ObligationKey,
    reference: &str,
    field: &'static str,
    verdict: &mut Verdict,
) -> bool {
    let is_unknown = of_action(context, plan, reference).next().is_none();
    if is_unknown {
        let about = format!("{plan} has no action {reference:?}: record plan_action_set first");
        verdict.refuse("ACTION_NEVER_SET", field, about);
    }
    is_unknown
}

/// Warns of references of which the inspection has no finding, where anything of the inspection is recorded.
fn warn_of_findings(
    context: &Context<'_>,
    plan: &ObligationKey,
    references: &[String],
    verdict: &mut Verdict,
) {
    let Some(of) = answered_by(plan) else { return };
    let mut is_recorded = false;
    let mut raised: BTreeSet<&str> = BTreeSet::new();
    for counted in &context.facts.counted {
        let Fact::Inspection { inspection, step } = counted.fact else { continue };
        if *inspection != of {
            continue;
        }
        is_recorded = true;
        if let InspectionStep::AreaForImprovement { reference, .. }
        | InspectionStep::PriorityActionRaised { reference, .. } = step
        {
            raised.insert(reference);
        }
    }
    for reference in references.iter().filter(|reference| is_recorded && !raised.contains(reference.as_str()))
    {
        let about = format!("no area for improvement or priority action {reference:?} of {of} is recorded");
        verdict.warn("FINDING_NOT_RAISED", about);
    }
}
