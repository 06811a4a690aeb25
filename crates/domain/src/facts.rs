//! What counts: the recorded events with voids, merges and corrections applied.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use crate::date::PartialDate;
use crate::event::{Fact, Recorded};
use crate::id::EventId;
use crate::status::RestsOn;

/// A fact that counts, and the events that it rests on: the one that said it, and the correction of it, if any.
#[derive(Clone, Debug)]
pub(crate) struct Counted<'a> {
    pub(crate) id: EventId,
    pub(crate) happened_on: PartialDate,
    pub(crate) fact: &'a Fact,
    pub(crate) rests_on: RestsOn,
}

/// A fact that counts no more, and the event that says so.
#[derive(Clone, Debug)]
pub(crate) struct Struck<'a> {
    pub(crate) fact: &'a Fact,
    pub(crate) happened_on: PartialDate,
    pub(crate) rests_on: RestsOn,
}

/// A date with the events that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) on: PartialDate,
    pub(crate) rests_on: RestsOn,
}

/// A stream's events as they count.
pub(crate) struct Facts<'a> {
    /// In the order in which they happened; what happened on one day, in the order in which it was recorded.
    pub(crate) counted: Vec<Counted<'a>>,
    /// Voided or merged.
    pub(crate) struck: Vec<Struck<'a>>,
}

impl Counted<'_> {
    pub(crate) fn dated(&self) -> Dated {
        Dated { on: self.happened_on, rests_on: self.rests_on.clone() }
    }
}

/// The event that an event of the meta kinds names, if it is of one of them.
pub(crate) fn target(fact: &Fact) -> Option<EventId> {
    match fact {
        Fact::Voided { event } | Fact::Merged { event, .. } | Fact::Corrected { event, .. } => Some(*event),
        _ => None,
    }
}

impl<'a> Facts<'a> {
    /// Applies voids, merges and corrections. A void can itself be voided; the last correction that counts wins.
    pub(crate) fn of(history: &'a [Recorded]) -> Self {
        // Whatever names an event comes after it, so going back meets every void before what it voids.
        let mut struck_by: BTreeMap<EventId, EventId> = BTreeMap::new();
        let mut corrections: BTreeMap<EventId, &Recorded> = BTreeMap::new();
        for event in history.iter().rev() {
            if struck_by.contains_key(&event.id) {
                continue;
            }
            match &event.fact {
                Fact::Voided { event: named } | Fact::Merged { event: named, .. } => {
                    struck_by.entry(*named).or_insert(event.id);
                }
                Fact::Corrected { event: named, .. } => {
                    corrections.entry(*named).or_insert(event);
                }
                _ => {}
            }
        }
        let mut facts = Self { counted: Vec::new(), struck: Vec::new() };
        for event in history.iter().filter(|event| target(&event.fact).is_none()) {
            let corrected = corrections.get(&event.id).and_then(|correction| match &correction.fact {
                Fact::Corrected { happened_on, fact, .. } => Some((*happened_on, &**fact, correction.id)),
                _ => None,
            });
            let (happened_on, fact, rests_on) = match corrected {
                Some((happened_on, fact, by)) => (happened_on, fact, vec![event.id, by]),
                None => (event.happened_on, &event.fact, vec![event.id]),
            };
            match struck_by.get(&event.id) {
                Some(by) => facts.struck.push(Struck { fact, happened_on, rests_on: vec![event.id, *by] }),
                None => facts.counted.push(Counted { id: event.id, happened_on, fact, rests_on }),
            }
        }
        facts.counted.sort_by_key(|counted| counted.happened_on.sort_key());
        facts
    }
}

/// Several provenances as one, without repetition, in the order given.
pub(crate) fn joined<'a>(parts: impl IntoIterator<Item = &'a RestsOn>) -> RestsOn {
    let mut seen = BTreeSet::new();
    parts.into_iter().flatten().copied().filter(|id| seen.insert(*id)).collect()
}
