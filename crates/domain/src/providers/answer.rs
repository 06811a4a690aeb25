//! The question and the answer: `status(provider, effective day, known at)`.

use alloc::format;
use alloc::vec::Vec;

use super::law::Act;
use super::status::{Measure, ProviderRef, ProviderStatus, Recommendation, Registration, Requirement};
use super::{measures, open};
use crate::answer::{next, uncertainties};
use crate::date::{Date, Happened, PartialDate};
use crate::event::{Fact, InspectionStep, ProviderDetails, Recorded};
use crate::facts::{Counted, Dated, Facts, joined};
use crate::id::{InspectionKey, ProviderUrn};
use crate::inspections::{self, Inspection};
use crate::interim;
use crate::national::National;
use crate::obligations::{self, Clock};
use crate::pathway::{Graded, graded, profile};
use crate::seen::{Seen, seen};
use crate::status::{AsOf, Asked, NextDue, Profile, RestsOn};
use crate::terms::{
    InspectionKind, MeasureKind, ObligationNature, ProviderKind, RegistrationState, ServiceDomain, Standing,
};

/// What a provider looks like on a day, as known at a moment; `history` is its stream up to the position asked, in order. As for an authority
/// ([`crate::answer::status`]) the answer is a function of the arguments alone, and never fails.
#[must_use]
pub fn status(urn: ProviderUrn, history: &[Recorded], national: &National, as_of: AsOf) -> ProviderStatus {
    let asked = as_of.asked();
    let day = asked.effective;
    let seen = seen(Facts::of(history), asked);
    let facts = &seen.facts.counted;
    let inspections = inspections::gather(facts);
    let cancelled = cancelled(facts, day);
    let kept_measures = measures::gather(facts);
    let (details, details_rest_on) = details(facts);
    let mut measures: Vec<Measure> =
        kept_measures.iter().filter_map(|kept| kept.on(day, details.kind, cancelled.as_ref())).collect();
    measures.sort_by_key(|measure| (measure.standing == Standing::Ended, measure.from.sort_key()));
    let graded = graded(&inspections, ServiceDomain::RegulatedProvision, asked);
    let requirements = requirements(facts, &inspections, day);
    let mut kept = open::for_requirements(&requirements, cancelled.as_ref());
    let act = details.kind.and_then(Act::of);
    for measure in &kept_measures {
        kept.extend(open::for_measure(measure, act, &inspections, cancelled.as_ref()));
    }
    if cancelled.is_none() && is_home(details.kind) {
        kept.extend(open::return_after_inadequate(&graded, &inspections, day));
    }
    let (calendar, policy) = (&national.calendar, &national.policy);
    let clock = Clock { day, calendar, announced: calendar.announced_by(day), policy, closure: None };
    let obligations = obligations::on(&kept, &clock);
    let mut summaries: Vec<_> = inspections.iter().filter_map(Inspection::summary).collect();
    summaries.reverse();
    let mut next_due = next(&obligations, &[]);
    next_due.extend(measures.iter().filter_map(last_day));
    next_due.sort_by_key(|next| next.due);
    let registration = Registration { details_rest_on, ..registration(facts, &measures, day) };
    let is_registered =
        matches!(registration.state, RegistrationState::Registered | RegistrationState::Suspended);
    let suspensions =
        if is_registered { national.suspensions_of_provider(details.kind, day) } else { Vec::new() };
    ProviderStatus {
        provider: ProviderRef { urn, details },
        as_of,
        registration,
        interim: interim(&inspections, &graded, &seen, asked),
        profile: profile(&graded, &seen, day),
        measures,
        requirements,
        recommendations: recommendations(facts),
        obligations,
        next_due,
        inspections: summaries,
        uncertainties: uncertainties(facts, asked, "the provider"),
        exemptions: interim::exemptions(facts, day),
        concerns: interim::concerns(facts),
        suspensions,
    }
}

/// Who a provider is on a day: what lists need of a history.
#[must_use]
pub fn reference(urn: ProviderUrn, history: &[Recorded], day: Date) -> ProviderRef {
    let facts = Facts::of(history);
    let by_then: Vec<_> =
        facts.counted.into_iter().filter(|counted| counted.happened_on.by(day) != Happened::Not).collect();
    ProviderRef { urn, details: details(&by_then).0 }
}

/// What a fact says of who and where the provider is.
pub(crate) fn said_of_provider(fact: &Fact) -> Option<&ProviderDetails> {
    match fact {
        Fact::ProviderRegistered(said) | Fact::ProviderChanged(said) | Fact::ProviderListed(said) => {
            Some(said)
        }
        _ => None,
    }
}

/// Its details, as registered and as changed or listed since, and the events that say so.
fn details(facts: &[Counted<'_>]) -> (ProviderDetails, RestsOn) {
    let mut details = ProviderDetails::default();
    let mut rests_on = RestsOn::new();
    for counted in facts {
        let Some(said) = said_of_provider(counted.fact) else { continue };
        for (known, said) in [
            (&mut details.name, &said.name),
            (&mut details.owner, &said.owner),
            (&mut details.education_urn, &said.education_urn),
        ] {
            if !said.is_empty() {
                known.clone_from(said);
            }
        }
        details.kind = said.kind.or(details.kind);
        details.authority = said.authority.clone().or(details.authority);
        details.sector = said.sector.or(details.sector);
        details.places = said.places.or(details.places);
        rests_on.extend(counted.rests_on());
    }
    (details, rests_on)
}

fn is_home(kind: Option<ProviderKind>) -> bool {
    use ProviderKind as K;
    matches!(kind, Some(K::ChildrensHome | K::SecureChildrensHome | K::ResidentialSpecialSchoolAsHome))
}

/// When the registration ended, if it had by the day and was not restored since.
fn cancelled(facts: &[Counted<'_>], day: Date) -> Option<Dated> {
    let last = facts.iter().rfind(|counted| {
        matches!(counted.fact, Fact::RegistrationCancelled { .. } | Fact::RegistrationRestored)
            && counted.happened_on.by(day) != Happened::Not
    });
    last.filter(|last| matches!(last.fact, Fact::RegistrationCancelled { .. })).map(Counted::dated)
}

/// The day of the last list that had it.
fn listed(facts: &[Counted<'_>]) -> PartialDate {
    let last = facts.iter().rfind(|counted| matches!(counted.fact, Fact::ProviderListed(_)));
    last.map_or(PartialDate::Unknown, |last| last.happened_on)
}

fn registration(facts: &[Counted<'_>], measures: &[Measure], day: Date) -> Registration {
    let mut registration = Registration {
        state: RegistrationState::NotYet,
        from: PartialDate::Unknown,
        cancelled: PartialDate::Unknown,
        how: None,
        rests_on: RestsOn::new(),
        details_rest_on: RestsOn::new(),
        listed: listed(facts),
        uncertain: false,
    };
    let is_registered = |counted: &&Counted<'_>| matches!(counted.fact, Fact::ProviderRegistered(_));
    // An end on a day that nobody knows comes after the registration all the same.
    let (registered, others): (Vec<_>, Vec<_>) = facts.iter().partition(is_registered);
    let (unknown, dated): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|counted| counted.happened_on == PartialDate::Unknown);
    for counted in registered.into_iter().chain(dated).chain(unknown) {
        match counted.fact {
            Fact::ProviderRegistered(_) => {
                registration.state = RegistrationState::Registered;
                registration.from = counted.happened_on;
            }
            Fact::RegistrationCancelled { how } => {
                registration.state = RegistrationState::Cancelled;
                (registration.cancelled, registration.how) = (counted.happened_on, *how);
            }
            Fact::RegistrationRestored => {
                registration.state = RegistrationState::Registered;
                (registration.cancelled, registration.how) = (PartialDate::Unknown, None);
            }
            _ => continue,
        }
        registration.uncertain = counted.happened_on.by(day) == Happened::Maybe;
        registration.rests_on.extend(counted.rests_on());
    }
    // Since when is not known: not before anything is known of it.
    let has_trace = || facts.iter().any(|counted| counted.happened_on != PartialDate::Unknown);
    if registration.state == RegistrationState::Registered
        && registration.from == PartialDate::Unknown
        && !has_trace()
    {
        registration.state = RegistrationState::NotYet;
    }
    let suspended = measures
        .iter()
        .find(|measure| measure.kind == MeasureKind::Suspension && measure.standing != Standing::Ended);
    if let Some(suspension) = suspended.filter(|_| registration.state == RegistrationState::Registered) {
        registration.state = RegistrationState::Suspended;
        registration.uncertain |= suspension.standing == Standing::Uncertain;
        registration.rests_on.extend(suspension.rests_on.iter().copied());
    }
    registration
}

/// The last interim inspection since the full one that counts.
fn interim(
    inspections: &[Inspection<'_>],
    full: &[Graded<'_, '_>],
    seen: &Seen<'_>,
    asked: Asked,
) -> Option<Profile> {
    let last = inspections.iter().rfind(|inspection| {
        inspection.kind == Some(InspectionKind::ProviderInterim) && inspection.judgements.is_some()
    })?;
    let since = full.last().is_none_or(|full| full.inspection.sort_key() < last.sort_key());
    let counts_from = last.counts_from(asked.basis, asked.view)?;
    let counts = since && counts_from.on.by(asked.effective) != Happened::Not;
    let graded = [Graded { inspection: last, counts_from }];
    if counts { profile(&graded, seen, asked.effective) } else { None }
}

/// The requirements of reports that are out and not withdrawn: not yet met first, by the day they are due.
fn requirements(facts: &[Counted<'_>], inspections: &[Inspection<'_>], day: Date) -> Vec<Requirement> {
    let stands = |key: &InspectionKey| {
        let inspection = inspections.iter().find(|inspection| inspection.key == key);
        inspection.is_none_or(|inspection| inspection.withdrawn_by(day) != Happened::Surely)
    };
    let of_inspections = || {
        facts.iter().filter_map(|counted| match counted.fact {
            Fact::Inspection { inspection, step } => Some((inspection, step, counted)),
            _ => None,
        })
    };
    // Whether it was met does not hang on which of the two is dated first.
    let met = |key: &InspectionKey, made: &str| {
        of_inspections().find_map(|(inspection, step, counted)| match step {
            InspectionStep::RequirementMet { reference } if inspection == key && reference == made => {
                Some(counted)
            }
            _ => None,
        })
    };
    let mut requirements: Vec<Requirement> = of_inspections()
        .filter_map(|(inspection, step, counted)| {
            let InspectionStep::RequirementMade { reference, text, regulation, due } = step else {
                return None;
            };
            let met = met(inspection, reference);
            let met_by = met.map(Counted::rests_on);
            Some(Requirement {
                inspection: inspection.clone(),
                reference: reference.clone(),
                text: text.clone(),
                regulation: regulation.clone(),
                due: *due,
                met: met.map(|met| met.happened_on),
                rests_on: joined([&counted.rests_on()].into_iter().chain(&met_by)),
            })
        })
        .filter(|made| stands(&made.inspection))
        .collect();
    requirements.sort_by_key(|made| (made.met.is_some(), made.due.sort_key()));
    requirements
}

fn recommendations(facts: &[Counted<'_>]) -> Vec<Recommendation> {
    let made = facts.iter().filter_map(|counted| match counted.fact {
        Fact::Inspection { inspection, step: InspectionStep::RecommendationMade { reference, text } } => {
            Some(Recommendation {
                inspection: inspection.clone(),
                reference: reference.clone(),
                text: text.clone(),
                rests_on: counted.rests_on(),
            })
        }
        _ => None,
    });
    made.collect()
}

/// The last day of a measure, among what comes next.
fn last_day(measure: &Measure) -> Option<NextDue> {
    let is_open = measure.standing != Standing::Ended;
    Some(NextDue {
        due: measure.end.latest().filter(|_| is_open)?,
        what: format!("last day of the {} {}", measure.kind.name().replace('_', " "), measure.measure),
        obligation: None,
        instrument: None,
        nature: ObligationNature::Expectation,
        legal_basis: measure.legal_basis.into(),
        rests_on: measure.rests_on.clone(),
    })
}
