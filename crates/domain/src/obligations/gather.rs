//! Which obligations there are: those that the rules open, and those that a document opens.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::open::{self, domain_of, what};
use super::{Kept, Trigger};
use crate::date::PartialDate;
use crate::event::{CarriedObligation, Fact, ObligationStep};
use crate::facts::{Dated, Facts};
use crate::id::ObligationKey;
use crate::inspections::Inspection;
use crate::instruments;
use crate::pathway::{Graded, Programme};
use crate::status::Asked;
use crate::terms::ObligationKind as K;

/// Every obligation of an authority, by key, whatever the day.
pub(crate) fn gather(
    facts: &Facts<'_>,
    inspections: &[Inspection<'_>],
    instruments: &[instruments::Kept<'_>],
    graded: &[Graded<'_, '_>],
    programme: Option<&Programme<'_, '_>>,
    asked: Asked,
) -> Vec<Kept> {
    let view = asked.view;
    let mut obligations = BTreeMap::new();
    for inspection in inspections {
        open::for_report(&mut obligations, inspection, view);
        open::for_process(&mut obligations, inspection, view);
    }
    for instrument in instruments {
        open::for_instrument(&mut obligations, instrument, instruments);
    }
    open::expectations(&mut obligations, inspections, graded, programme);
    for counted in &facts.counted {
        match counted.fact {
            // What stands in a plan is told with the plan: it opens, meets and changes no obligation.
            Fact::Obligation { step: ObligationStep::Plan(_), .. } => {}
            Fact::Obligation { obligation, step } => {
                apply(&mut obligations, obligation, step, &counted.dated(), inspections);
            }
            Fact::SuccessionReceived { obligations: carried, .. } => {
                for carried in carried {
                    carry(&mut obligations, carried, &counted.dated());
                }
            }
            _ => {}
        }
    }
    open::for_send(&mut obligations, inspections, view);
    open::for_voided(&mut obligations, facts, inspections);
    obligations.into_values().collect()
}

/// Obligations by key.
pub(super) type Obligations = BTreeMap<ObligationKey, Kept>;

/// An obligation that came from a predecessor. Steps that were recorded of it before stay.
fn carry(obligations: &mut Obligations, carried: &CarriedObligation, dated: &Dated) {
    let trigger = Trigger::Document(dated.clone());
    let new =
        || Kept::new(carried.obligation.clone(), carried.kind, domain_of(carried.kind), trigger.clone());
    let kept = obligations.entry(carried.obligation.clone()).or_insert_with(new);
    kept.trigger = trigger.clone();
    kept.what = alloc::format!("passed on from {}", carried.from);
    if carried.due != PartialDate::Unknown {
        kept.stated.push((carried.due, dated.clone()));
    }
}

/// Applies a recorded step; one for an obligation that no rule opened opens it, as far as its key says what it is.
fn apply(
    obligations: &mut Obligations,
    key: &ObligationKey,
    step: &ObligationStep,
    dated: &Dated,
    inspections: &[Inspection<'_>],
) {
    let kept = obligations.entry(key.clone()).or_insert_with(|| named_by(key, inspections));
    if let ObligationStep::Opened { kind, domain, what, obligor, due, legal_basis } = step {
        (kept.kind, kept.domain) = (*kind, *domain);
        if matches!(kept.trigger, Trigger::Unrecorded { estimate_from: None }) {
            kept.trigger = Trigger::Document(dated.clone());
        }
        kept.what.clone_from(what);
        kept.obligor.clone_from(obligor);
        kept.legal_basis = Some(legal_basis.clone()).filter(|basis| !basis.is_empty());
        kept.also_rests_on.push(dated.rests_on.clone());
        if *due != PartialDate::Unknown {
            kept.stated.push((*due, dated.clone()));
        }
    } else {
        apply_step(kept, step, dated);
    }
}

/// What a key that no rule opened says of itself.
fn named_by(key: &ObligationKey, inspections: &[Inspection<'_>]) -> Kept {
    let (of, kind) = key.parts().map_or((key.as_str(), K::Other), |parts| parts);
    let inspection = inspections.iter().find(|inspection| inspection.key.as_str() == of);
    let trigger = inspection.and_then(|inspection| inspection.received.clone());
    let trigger = trigger.map_or(Trigger::Unrecorded { estimate_from: None }, Trigger::Event);
    let mut kept = Kept::new(key.clone(), kind, domain_of(kind), trigger);
    kept.what = what(kind).into();
    if let Some((_, obligor, determined)) = inspection.and_then(|inspection| inspection.statement.as_ref()) {
        kept.obligor = obligor.cloned();
        kept.also_rests_on.push(determined.rests_on.clone());
    }
    kept
}

fn apply_step(kept: &mut Kept, step: &ObligationStep, dated: &Dated) {
    let first = |slot: &mut Option<Dated>| {
        slot.get_or_insert_with(|| dated.clone());
    };
    match step {
        ObligationStep::Opened { .. } | ObligationStep::Plan(_) => {}
        ObligationStep::DueStated { due } => kept.stated.push((*due, dated.clone())),
        ObligationStep::DueRecomputed { .. } | ObligationStep::Revised => {
            kept.also_rests_on.push(dated.rests_on.clone())
        }
        ObligationStep::DraftSubmitted => {
            first(&mut kept.draft_submitted);
            if kept.kind == K::FocusedVisitPlanDraft {
                first(&mut kept.met);
            }
        }
        ObligationStep::Submitted => first(&mut kept.submitted),
        ObligationStep::Published => first(&mut kept.published),
        ObligationStep::Met => first(&mut kept.met),
        ObligationStep::Reviewed { outcome } => kept.reviewed = Some((*outcome, dated.clone())),
        ObligationStep::Waived => kept.waived = Some(dated.clone()),
        ObligationStep::Transferred { to } => kept.transferred = Some((to.clone(), dated.clone())),
        ObligationStep::Superseded => kept.superseded = Some(dated.clone()),
    }
}

/// The provenance of an obligation's trigger.
pub(super) fn trigger_rests_on(kept: &Kept) -> crate::status::RestsOn {
    match &kept.trigger {
        Trigger::Event(dated) | Trigger::Document(dated) | Trigger::DueOf { from: dated, .. } => {
            dated.rests_on.clone()
        }
        Trigger::Unrecorded { estimate_from } => {
            estimate_from.as_ref().map(|dated| dated.rests_on.clone()).unwrap_or_default()
        }
        Trigger::Voided(rests_on) => rests_on.clone(),
    }
}
