//! About how much memory an event takes, for those who keep many.

use alloc::string::String;
use alloc::vec::Vec;

use crate::event::{
    ActionProgress, Fact, InspectionStep, InstrumentStep, Issue, LookedAt, MeasureStep, ObligationStep,
    Party, PlanAction, PlanStep, ProviderDetails, Recorded, Registration,
};
use crate::id::{AuthorityId, InstrumentKey};
use crate::policy::Policy;

impl Recorded {
    /// About how many bytes it holds, beside its own size.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        fact(&self.fact)
    }
}

fn fact(fact: &Fact) -> usize {
    match fact {
        Fact::AuthorityRegistered(registered) => registration(registered),
        Fact::CodeChanged { old, new, .. } => text(old) + text(new),
        Fact::AuthoritySucceeded { successors } => {
            let each = successors.iter().map(|successor| {
                key(successor.authority.as_str())
                    + list(&successor.obligations, |obligation| key(obligation.as_str()))
                    + list(&successor.instruments, |instrument| key(instrument.as_str()))
            });
            room(successors) + each.sum::<usize>()
        }
        Fact::SuccessionReceived { predecessors, obligations, instruments } => {
            list(predecessors, |authority| key(authority.as_str()))
                + list(obligations, |carried| key(carried.obligation.as_str()) + key(carried.from.as_str()))
                + list(instruments, |carried| key(carried.instrument.as_str()) + key(carried.from.as_str()))
        }
        Fact::DeliveryStarted { arrangement, body, also_serves, .. } => {
            key(arrangement.as_str()) + text(body) + list(also_serves, |authority| key(authority.as_str()))
        }
        Fact::DeliveryEnded { arrangement } => key(arrangement.as_str()),
        Fact::ProviderRegistered(details)
        | Fact::ProviderChanged(details)
        | Fact::ProviderListed(details) => provider(details),
        Fact::RegistrationCancelled { .. } | Fact::RegistrationRestored => 0,
        Fact::Measure { measure, step } => key(measure.as_str()) + measure_step(step),
        Fact::Inspection { inspection, step } => key(inspection.as_str()) + inspection_step(step),
        Fact::Obligation { obligation, step } => key(obligation.as_str()) + obligation_step(step),
        Fact::Indicator(value) => text(&value.name) + text(&value.value) + text(&value.unit),
        Fact::Instrument { instrument, step } => key(instrument.as_str()) + instrument_step(step),
        Fact::HolidayDeclared { title, .. } | Fact::HolidayMoved { title, .. } => text(title),
        Fact::CalendarPublished { version, .. } => text(version),
        Fact::FrameworkSuspended(suspended) => {
            key(suspended.suspension.as_str())
                + room(&suspended.frameworks)
                + room(&suspended.kinds)
                + text(&suspended.reason)
                + text(&suspended.legal_basis)
        }
        Fact::ExemptionUsed(used) => {
            key(used.exemption.as_str())
                + text(&used.regulation)
                + text(&used.rationale)
                + text(&used.decided_by)
                + text(&used.used_for)
        }
        Fact::ConcernReceived(concern) => {
            key(concern.concern.as_str()) + text(&concern.about) + text(&concern.raised_by)
        }
        Fact::PolicyAdopted(adopted) => size_of::<Policy>() + policy(adopted),
        Fact::FrameworkResumed { suspension } => key(suspension.as_str()),
        Fact::Corrected { fact: corrected, .. } => size_of::<Fact>() + self::fact(corrected),
        Fact::Confirmed { events } => room(events),
        Fact::Voided { .. } | Fact::Merged { .. } => 0,
    }
}

fn policy(policy: &Policy) -> usize {
    let Policy { name, periods, monitoring_visits, inadequate, priorities } = policy;
    text(name)
        + list(periods, |row| text(&row.source))
        + list(monitoring_visits, |row| text(&row.source))
        + list(inadequate, |row| text(&row.source))
        + list(priorities, |table| {
            text(&table.name) + list(&table.rules, |(_, rule)| text(&rule.text) + text(&rule.source))
        })
}

fn registration(registered: &Registration) -> usize {
    let Registration { name, official_name, region, codes, aliases, .. } = registered;
    text(name)
        + text(official_name)
        + text(region)
        + list(codes, |(_, code)| text(code))
        + list(aliases, text)
}

fn provider(details: &ProviderDetails) -> usize {
    let authority = details.authority.as_ref().map_or(0, |authority| key(authority.as_str()));
    text(&details.name) + text(&details.owner) + text(&details.education_urn) + authority
}

fn measure_step(step: &MeasureStep) -> usize {
    match step {
        MeasureStep::Served(measure) => {
            let under = measure.under.as_ref().map_or(0, |under| key(under.as_str()));
            text(&measure.text)
                + under
                + list(&measure.steps, |step| text(&step.reference) + text(&step.text))
        }
        MeasureStep::StepMet { reference } => reference.as_ref().map_or(0, text),
        _ => 0,
    }
}

fn inspection_step(step: &InspectionStep) -> usize {
    match step {
        InspectionStep::AdditionalEvidence { ranges } => room(ranges),
        InspectionStep::Fieldwork(fieldwork) => room(&fieldwork.ranges) + text(&fieldwork.theme),
        InspectionStep::JudgementsMade { judgements, .. } => {
            list(judgements, |judgement| text(&judgement.raw_text))
        }
        InspectionStep::RequirementMet { reference } => text(reference),
        InspectionStep::AreaForImprovement { reference, text: words } => text(reference) + text(words),
        InspectionStep::LookedAt { plan, looked_at } => {
            let LookedAt { findings, actions, progress_seen } = looked_at;
            key(plan.as_str()) + list(findings, text) + list(actions, text) + text(progress_seen)
        }
        InspectionStep::RequirementMade { reference, text: words, regulation, .. } => {
            text(reference) + text(words) + text(regulation)
        }
        InspectionStep::RecommendationMade { reference, text: words } => text(reference) + text(words),
        InspectionStep::PriorityActionRaised { reference, text: words, .. } => text(reference) + text(words),
        InspectionStep::PriorityActionDischarged { reference } => reference.as_ref().map_or(0, text),
        InspectionStep::StatementDetermined { obligor, .. } => obligor.as_ref().map_or(0, party),
        _ => 0,
    }
}

fn obligation_step(step: &ObligationStep) -> usize {
    match step {
        ObligationStep::Opened { what, obligor, legal_basis, .. } => {
            text(what) + obligor.as_ref().map_or(0, party) + text(legal_basis)
        }
        ObligationStep::Transferred { to } => party(to),
        ObligationStep::Plan(step) => plan_step(step),
        _ => 0,
    }
}

fn plan_step(step: &PlanStep) -> usize {
    match step {
        PlanStep::ActionSet(action) | PlanStep::ActionChanged(action) => {
            let PlanAction { reference, text: words, answers, owner_role, measure, milestones, .. } = action;
            text(reference)
                + text(words)
                + list(answers, text)
                + text(owner_role)
                + text(measure)
                + list(milestones, |milestone| text(&milestone.reference) + text(&milestone.text))
        }
        PlanStep::ProgressReported(reported) => list(reported, |progress| {
            let ActionProgress { reference, text: words, evidence, milestones_met, .. } = progress;
            text(reference) + text(words) + list(evidence, text) + list(milestones_met, text)
        }),
        PlanStep::FindingReviewed { reference, text: words, .. } => text(reference) + text(words),
    }
}

fn instrument_step(step: &InstrumentStep) -> usize {
    let named = |named: &Option<InstrumentKey>| named.as_ref().map_or(0, |named| key(named.as_str()));
    match step {
        InstrumentStep::Issued(Issue { powers, holder, replaces, under, triggers, .. }) => {
            let triggers = list(triggers, |inspection| key(inspection.as_str()));
            room(powers) + text(holder) + named(replaces) + named(under) + triggers
        }
        InstrumentStep::Varied { change, .. } => text(change),
        InstrumentStep::Replaced { by } => key(by.as_str()),
        InstrumentStep::ReportDue { report, .. }
        | InstrumentStep::ReportReceived { report }
        | InstrumentStep::ReportPublished { report } => text(report),
        InstrumentStep::Ended(_) | InstrumentStep::ReviewHeld { .. } => 0,
    }
}

fn party(party: &Party) -> usize {
    text(&party.name) + party.authority.as_ref().map(AuthorityId::as_str).map_or(0, key)
}

fn key(text: &str) -> usize {
    allocated(text.len())
}

fn text(text: &String) -> usize {
    allocated(text.capacity())
}

fn list<T>(items: &Vec<T>, each: impl Fn(&T) -> usize) -> usize {
    room(items) + items.iter().map(each).sum::<usize>()
}

fn room<T>(items: &Vec<T>) -> usize {
    allocated(items.capacity() * size_of::<T>())
}

/// What an allocator gives for so many bytes: whole pieces of 16.
fn allocated(bytes: usize) -> usize {
    bytes.next_multiple_of(16)
}
