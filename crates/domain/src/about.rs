//! What an event is about beside its subject: for those who ask for some of the events only.

use alloc::vec::Vec;

use crate::event::{Fact, ObligationStep, Recorded};
use crate::facts::{self, Counted, Facts};
use crate::frameworks;
use crate::id::{AuthorityId, EventId, StreamId};
use crate::inspections;
use crate::instruments;
use crate::providers;
use crate::terms::{Framework, ServiceDomain};

/// What an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The frameworks under which the inspection was made, or that it is about as a national event.
    pub frameworks: Vec<Framework>,
    /// The services.
    pub domain: Option<ServiceDomain>,
    /// In whose area the provider was on the day that it happened.
    pub located: Option<AuthorityId>,
}

/// What the last of these events of a stream is about, as is known by then. A correction, a void or a confirmation is about what the events
/// are about that it names.
#[must_use]
pub fn about(stream: &StreamId, history: &[Recorded]) -> About {
    let Some((last, before)) = history.split_last() else { return About::default() };
    let mut meant = last;
    while let Some(named) = named(&meant.fact)
        && let Some(event) = history.iter().find(|event| event.id == named)
    {
        meant = event;
    }
    // What a void strikes is about the same as before it.
    let facts = if meant == last { Facts::of(history) } else { Facts::of(before) };
    let mut about = of_fact(&meant.fact, &facts);
    if stream.category() == StreamId::PROVIDER {
        about.domain = Some(ServiceDomain::RegulatedProvision);
        let day = last.happened_on.latest();
        let by_then = |counted: &&Counted<'_>| day.is_none() || counted.happened_on.earliest() <= day;
        let mut by_then = facts.counted.iter().rev().filter(by_then);
        about.located =
            by_then.find_map(|counted| providers::said_of_provider(counted.fact)?.authority.clone());
    }
    about
}

/// The event that one says something of, or the first of them.
fn named(fact: &Fact) -> Option<EventId> {
    match fact {
        Fact::Confirmed { events } => events.first().copied(),
        fact => facts::target(fact),
    }
}

fn of_fact(fact: &Fact, facts: &Facts<'_>) -> About {
    let mut about = About::default();
    match fact {
        Fact::Inspection { inspection, .. } => {
            if let Some(found) = inspections::one(&facts.counted, inspection.as_str()) {
                about.frameworks.extend(found.framework());
                about.domain = found.kind.map(frameworks::domain);
            }
        }
        Fact::FrameworkSuspended(suspended) => about.frameworks.clone_from(&suspended.frameworks),
        Fact::Instrument { instrument, .. } => {
            let kept = instruments::gather(&facts.counted, None);
            about.domain = kept.iter().find(|kept| kept.key == instrument).and_then(|kept| kept.domain());
        }
        Fact::Obligation { obligation, .. } => {
            let opened = facts.counted.iter().find_map(|counted| match counted.fact {
                Fact::Obligation { obligation: of, step: ObligationStep::Opened { domain, .. } } => {
                    (of == obligation).then_some(*domain)
                }
                _ => None,
            });
            // One that a rule opened is named after its inspection.
            let inspection = obligation.as_str().split('/').next().unwrap_or_default();
            let found = || inspections::one(&facts.counted, inspection);
            about.domain = opened.or_else(|| found().and_then(|found| found.kind.map(frameworks::domain)));
        }
        _ => {}
    }
    about
}
