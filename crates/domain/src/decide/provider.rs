//! Deciding about regulated providers: registration, requirements, measures of enforcement.

use alloc::format;
use alloc::vec::Vec;

use super::{Context, Verdict, inspection, interim};
use crate::date::{Happened, PartialDate};
use crate::event::{Fact, InspectionStep, Measure, MeasureStep, ProviderDetails};
use crate::facts::Dated;
use crate::frameworks;
use crate::id::{AuthorityId, InspectionKey, MeasureKey, StreamId};
use crate::inspections::Inspection;
use crate::providers;
use crate::terms::{InspectionKind, MeasureKind, ProviderKind, ServiceDomain};

/// Whether the stream is that of a provider.
pub(super) fn is_provider(context: &Context<'_>) -> bool {
    context.stream.category() == StreamId::PROVIDER
}

fn is_registered(context: &Context<'_>) -> bool {
    context.facts.counted.iter().any(|counted| matches!(counted.fact, Fact::ProviderRegistered(_)))
}

pub(super) fn judge(context: &Context<'_>, happened_on: PartialDate, fact: &Fact, verdict: &mut Verdict) {
    if let Fact::ProviderRegistered(details) = fact {
        if is_registered(context) {
            let about = format!(
                "{} is registered already: change its details with provider_changed, an error with field_corrected",
                context.stream
            );
            verdict.refuse("PROVIDER_ALREADY_REGISTERED", "stream", about);
        }
        judge_location(context, details, verdict);
        return;
    }
    if !is_registered(context) {
        let about = format!("{} is not registered: record provider_registered first", context.stream);
        verdict.refuse("PROVIDER_NOT_REGISTERED", "stream", about);
        return;
    }
    judge_span(context, happened_on, fact, verdict);
    match fact {
        Fact::ProviderChanged(details) | Fact::ProviderListed(details) => {
            judge_location(context, details, verdict);
        }
        Fact::Inspection { inspection, step } => {
            judge_reference(context, inspection, step, verdict);
            inspection::judge(context, happened_on, inspection, step, verdict);
        }
        Fact::Measure { measure, step } => judge_measure(context, happened_on, measure, step, verdict),
        Fact::RegistrationRestored if is_in_force(context) => {
            verdict.refuse("REGISTRATION_NOT_CANCELLED", "stream", "the registration was not cancelled");
        }
        Fact::ExemptionUsed(_) | Fact::ConcernReceived(_) => {
            interim::judge(context, happened_on, fact, verdict);
        }
        _ => {}
    }
}

/// An authority links providers by location only, and only if it is known.
fn judge_location(context: &Context<'_>, details: &ProviderDetails, verdict: &mut Verdict) {
    let is_known = |authority: &AuthorityId| context.register.entries().any(|entry| entry.id == *authority);
    if let Some(authority) = details.authority.as_ref().filter(|authority| !is_known(authority)) {
        let about = format!("{authority} is no authority of the register: give Docket's own id of it");
        verdict.refuse("AUTHORITY_NOT_REGISTERED", "details.authority", about);
    }
}

/// Whether the registration stands, as far as is recorded.
fn is_in_force(context: &Context<'_>) -> bool {
    let last = context.facts.counted.iter().rfind(|counted| {
        matches!(counted.fact, Fact::RegistrationCancelled { .. } | Fact::RegistrationRestored)
    });
    last.is_none_or(|last| matches!(last.fact, Fact::RegistrationRestored))
}

/// Whether the provider was registered when it happened.
fn judge_span(context: &Context<'_>, happened_on: PartialDate, fact: &Fact, verdict: &mut Verdict) {
    if happened_on == PartialDate::Unknown {
        verdict.warn("DATE_UNKNOWN", "the day is not known at all: answers that need it say so");
        return;
    }
    let before = |day: Option<crate::date::Date>| {
        day.and_then(|day| day.yesterday().ok()).is_some_and(|day| happened_on.by(day) == Happened::Surely)
    };
    for counted in &context.facts.counted {
        match counted.fact {
            Fact::ProviderRegistered(_) if before(counted.happened_on.earliest()) => {
                let from = counted.happened_on;
                verdict.warn("BEFORE_REGISTRATION", format!("the provider is registered from {from} only"));
            }
            Fact::RegistrationCancelled { .. }
                if counted.happened_on.latest().is_some()
                    && counted.happened_on.latest() < happened_on.earliest()
                    && !is_in_force(context)
                    && *fact != Fact::RegistrationRestored =>
            {
                let closed = counted.happened_on;
                verdict.warn("AFTER_CLOSURE", format!("the registration was cancelled on {closed}"));
            }
            _ => {}
        }
    }
}

/// A requirement is met only if it was made, and made once.
fn judge_reference(context: &Context<'_>, key: &InspectionKey, step: &InspectionStep, verdict: &mut Verdict) {
    let is_made = |reference: &str| {
        context.facts.counted.iter().any(|counted| {
            matches!(counted.fact, Fact::Inspection {
                inspection, step: InspectionStep::RequirementMade { reference: made, .. },
            } if inspection == key && made == reference)
        })
    };
    match step {
        InspectionStep::RequirementMade { reference, .. } if is_made(reference) => {
            let about = format!("{key} made a requirement {reference} already");
            verdict.refuse("REQUIREMENT_ALREADY_MADE", "reference", about);
        }
        InspectionStep::RequirementMet { reference } if !is_made(reference) => {
            let about = format!("{key} made no requirement {reference}");
            verdict.refuse("REQUIREMENT_NEVER_MADE", "reference", about);
        }
        _ => {}
    }
}

fn judge_measure(
    context: &Context<'_>,
    happened_on: PartialDate,
    key: &MeasureKey,
    step: &MeasureStep,
    verdict: &mut Verdict,
) {
    let measures = providers::gather(&context.facts.counted);
    let known = measures.iter().find(|kept| kept.key == key);
    let served = known.and_then(|kept| kept.served.as_ref());
    if let MeasureStep::Served(measure) = step {
        if served.is_some() {
            let about = format!("{key} is recorded already");
            verdict.refuse("MEASURE_ALREADY_SERVED", "measure", about);
        }
        judge_served(context, &measures, key, measure, verdict);
        return;
    }
    let Some((measure, began)) = served else {
        let about = format!("no measure {key} was ever served on the provider");
        verdict.refuse("MEASURE_NEVER_SERVED", "measure", about);
        return;
    };
    if !providers::fits(measure.kind, step) {
        let about =
            format!("{key} is a {}: this does not happen to one", measure.kind.name().replace('_', " "));
        verdict.refuse("WRONG_STEP_OF_MEASURE", "measure", about);
        return;
    }
    if inspection::comes_before(happened_on, began.on) {
        let about = format!("{key} began on {}, and {happened_on} is before that", began.on);
        verdict.refuse("END_BEFORE_START", "happened_on", about);
    }
    let needs_standing = matches!(
        step,
        MeasureStep::Closed { .. }
            | MeasureStep::Lifted { .. }
            | MeasureStep::Concluded { .. }
            | MeasureStep::Extended { .. }
            | MeasureStep::Reviewed
    );
    // An extension or a review may be recorded late, of a day before the end.
    let is_late = |dated: &Dated| {
        matches!(step, MeasureStep::Extended { .. } | MeasureStep::Reviewed)
            && !inspection::comes_before(dated.on, happened_on)
    };
    if let (true, Some((how, dated))) = (needs_standing, known.and_then(providers::Measure::ended_by))
        && !is_late(&dated)
    {
        let about = format!("{key} ended already: {}, on {}", how.replace('_', " "), dated.on);
        verdict.refuse("MEASURE_ALREADY_ENDED", "measure", about);
    }
    let named = match step {
        MeasureStep::StepMet { reference: Some(reference) } => Some(reference),
        _ => None,
    };
    if let Some(reference) = named.filter(|named| !measure.steps.iter().any(|step| step.reference == **named))
    {
        verdict.refuse("MEASURE_STEP_UNKNOWN", "reference", format!("{key} has no step {reference}"));
    }
}

fn judge_served(
    context: &Context<'_>,
    measures: &[providers::Measure<'_>],
    key: &MeasureKey,
    measure: &Measure,
    verdict: &mut Verdict,
) {
    if let Some(under) = &measure.under {
        let is_proposal =
            measures.iter().any(|kept| kept.key == under && kept.kind() == Some(MeasureKind::Proposal));
        if under == key || !is_proposal {
            let about = format!("{under} is no proposal that was served on the provider");
            verdict.refuse("MEASURE_NEVER_SERVED", "under", about);
        }
    }
    // Care Standards Act 2000 s.22B: children's homes and residential family centres.
    let kind = context
        .facts
        .counted
        .iter()
        .rev()
        .find_map(|counted| providers::said_of_provider(counted.fact)?.kind);
    use ProviderKind as K;
    let may_be_restricted = |kind: ProviderKind| {
        matches!(
            kind,
            K::ChildrensHome
                | K::SecureChildrensHome
                | K::ResidentialSpecialSchoolAsHome
                | K::ResidentialFamilyCentre
        )
    };
    if let (MeasureKind::Restriction, Some(kind)) = (measure.kind, kind)
        && !may_be_restricted(kind)
    {
        let about = format!(
            "the provider is a {}: s.22B is for children's homes and residential family centres",
            kind.name().replace('_', " ")
        );
        verdict.warn("RESTRICTION_OF_OTHER_KIND", about);
    }
}

/// What is inspected in an authority's stream is the authority, and in a provider's the provider.
pub(super) fn judge_subject(context: &Context<'_>, kind: InspectionKind, verdict: &mut Verdict) {
    let of_provider = frameworks::domain(kind) == ServiceDomain::RegulatedProvision;
    if of_provider != is_provider(context) {
        let right = if of_provider {
            "a provider: record it in provider/URN"
        } else {
            "an authority: record it in authority/ID"
        };
        verdict.refuse(
            "KIND_OF_OTHER_SUBJECT",
            "kind",
            format!("{} is an inspection of {right}", kind.name()),
        );
    }
}

/// Whether what is first said of an inspection fits any kind that the provider is recorded to have been.
pub(super) fn judge_fit(
    context: &Context<'_>,
    known: Option<&Inspection<'_>>,
    kind: InspectionKind,
    verdict: &mut Verdict,
) {
    if known.is_some_and(|known| known.kind.is_some()) {
        return;
    }
    let kinds =
        context.facts.counted.iter().filter_map(|counted| providers::said_of_provider(counted.fact)?.kind);
    let kinds: Vec<ProviderKind> = kinds.collect();
    let fits = kinds.iter().any(|provider| frameworks::is_made_of(*provider, kind));
    if let (false, Some(last)) = (fits, kinds.last()) {
        let words = |name: &str| name.replace('_', " ");
        let about = format!("{}: no such inspection is made of a {}", words(kind.name()), words(last.name()));
        verdict.warn("KIND_OF_OTHER_PROVIDER", about);
    }
}
