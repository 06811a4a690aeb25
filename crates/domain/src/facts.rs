//! What counts: the recorded events with voids, merges and corrections applied.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::event::{Fact, Proposal, Recorded};
use crate::id::EventId;
use crate::status::RestsOn;

/// An event, as far as it matters what counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event<'a> {
    pub(crate) id: EventId,
    pub(crate) happened_on: PartialDate,
    pub(crate) published: Option<PartialDate>,
    pub(crate) fact: &'a Fact,
}

impl<'a> From<&'a Recorded> for Event<'a> {
    fn from(recorded: &'a Recorded) -> Self {
        let Recorded { id, happened_on, published, fact, .. } = recorded;
        Self { id: *id, happened_on: *happened_on, published: *published, fact }
    }
}

impl<'a> From<&'a Proposal> for Event<'a> {
    fn from(proposal: &'a Proposal) -> Self {
        let Proposal { id, happened_on, published, fact } = proposal;
        Self { id: *id, happened_on: *happened_on, published: *published, fact }
    }
}

/// A fact that counts, and the events that it rests on: the one that said it, and the correction of it, if any.
#[derive(Clone, Debug)]
pub(crate) struct Counted<'a> {
    pub(crate) id: EventId,
    pub(crate) happened_on: PartialDate,
    /// Of what a question sees, the day of publication that decided whether it does.
    pub(crate) published: Option<PartialDate>,
    pub(crate) fact: &'a Fact,
    /// The correction that says what counts.
    correction: Option<EventId>,
}

/// A fact that counts no more, and the event that says so.
#[derive(Clone, Debug)]
pub(crate) struct Struck<'a> {
    pub(crate) fact: &'a Fact,
    pub(crate) happened_on: PartialDate,
    pub(crate) published: Option<PartialDate>,
    pub(crate) rests_on: RestsOn,
}

/// A date with the events that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) on: PartialDate,
    pub(crate) rests_on: RestsOn,
}

/// A stream's events as they count.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// In the order in which they happened; what happened on one day, in the order in which it was recorded.
    pub(crate) counted: Vec<Counted<'a>>,
    /// Voided or merged.
    pub(crate) struck: Vec<Struck<'a>>,
}

impl Counted<'_> {
    /// The events that it rests on.
    pub(crate) fn rests_on(&self) -> RestsOn {
        [self.id].into_iter().chain(self.correction).collect()
    }

    pub(crate) fn dated(&self) -> Dated {
        Dated { on: self.happened_on, rests_on: self.rests_on() }
    }

    /// Whether its day, or that of its publication, is too rough to say whether it is before the end of `day`.
    pub(crate) fn is_rough(&self, day: Date) -> bool {
        let rough = |on: PartialDate| on.by(day) == Happened::Maybe;
        rough(self.happened_on) || self.published.is_some_and(rough)
    }
}

impl<'a> Event<'a> {
    /// What it says happened: of a correction, what it puts in place of another.
    pub(crate) fn said(&self) -> Self {
        match self.fact {
            Fact::Corrected { happened_on, published, fact, .. } => {
                Self { id: self.id, happened_on: *happened_on, published: *published, fact }
            }
            _ => *self,
        }
    }
}

/// Whether an event says something of other events, and nothing of its own.
pub(crate) fn is_about_events(fact: &Fact) -> bool {
    target(fact).is_some() || matches!(fact, Fact::Confirmed { .. })
}

/// The event that a void, merge or correction names.
pub(crate) fn target(fact: &Fact) -> Option<EventId> {
    match fact {
        Fact::Voided { event } | Fact::Merged { event, .. } | Fact::Corrected { event, .. } => Some(*event),
        _ => None,
    }
}

impl<'a> Facts<'a> {
    /// Applies voids, merges and corrections. A void can itself be voided; the last correction that counts wins.
    pub(crate) fn of(history: &'a [Recorded]) -> Self {
        Self::of_events(history.iter().map(Event::from))
    }

    fn of_events(history: impl DoubleEndedIterator<Item = Event<'a>> + ExactSizeIterator + Clone) -> Self {
        // Whatever names an event comes after it, so going back meets every void before what it voids.
        let mut struck_by: BTreeMap<EventId, EventId> = BTreeMap::new();
        let mut corrections: BTreeMap<EventId, Event<'a>> = BTreeMap::new();
        for event in history.clone().rev() {
            if struck_by.contains_key(&event.id) {
                continue;
            }
            match event.fact {
                Fact::Voided { event: named } | Fact::Merged { event: named, .. } => {
                    struck_by.entry(*named).or_insert(event.id);
                }
                Fact::Corrected { event: named, .. } => {
                    corrections.entry(*named).or_insert(event);
                }
                _ => {}
            }
        }
        let mut facts = Self { counted: Vec::with_capacity(history.len()), struck: Vec::new() };
        for event in history.filter(|event| !is_about_events(event.fact)) {
            let correction = corrections.get(&event.id);
            let Event { happened_on, published, fact, .. } = correction.map_or(event, Event::said);
            match struck_by.get(&event.id) {
                Some(by) => {
                    let rests_on = vec![event.id, *by];
                    facts.struck.push(Struck { fact, happened_on, published, rests_on });
                }
                None => {
                    let correction = correction.map(|correction| correction.id);
                    facts.counted.push(Counted { id: event.id, happened_on, published, fact, correction });
                }
            }
        }
        facts.counted.sort_by_key(|counted| counted.happened_on.sort_key());
        facts
    }
}

/// A stream to which events are added, with what counts of it by then.
pub(crate) struct Growing<'a> {
    pub(crate) events: Vec<Event<'a>>,
    pub(crate) facts: Facts<'a>,
    /// The events that are named by voids, merges and corrections.
    named: BTreeSet<EventId>,
}

impl<'a> Growing<'a> {
    /// The events so far.
    pub(crate) fn of(events: Vec<Event<'a>>) -> Self {
        let facts = Facts::of_events(events.iter().copied());
        let named = events.iter().filter_map(|event| target(event.fact)).collect();
        Self { events, facts, named }
    }

    /// Adds an event. One that names no other, and is named by none, takes its place beside those that count; else all is folded anew.
    pub(crate) fn add(&mut self, event: Event<'a>) {
        self.events.push(event);
        self.named.extend(target(event.fact));
        if target(event.fact).is_some() || self.named.contains(&event.id) {
            self.facts = Facts::of_events(self.events.iter().copied());
            return;
        }
        if is_about_events(event.fact) {
            return;
        }
        let Event { id, happened_on, published, fact } = event;
        let key = happened_on.sort_key();
        let place = self.facts.counted.partition_point(|counted| counted.happened_on.sort_key() <= key);
        self.facts.counted.insert(place, Counted { id, happened_on, published, fact, correction: None });
    }
}

/// Several provenances as one, without repetition, in the order given.
pub(crate) fn joined<'a>(parts: impl IntoIterator<Item = &'a RestsOn>) -> RestsOn {
    let mut seen = BTreeSet::new();
    parts.into_iter().flatten().copied().filter(|id| seen.insert(*id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::InspectionStep;
    use alloc::boxed::Box;
    use alloc::format;

    /// Events that name each other, and events to come, without sense.
    fn history(seed: u64) -> Vec<Proposal> {
        let mut state = seed;
        let mut roll = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % sides
        };
        let id = |number: u64| EventId(u128::from(number).to_be_bytes());
        (0..40)
            .map(|number| {
                let date = match roll(6) {
                    0 => PartialDate::Unknown,
                    1 => PartialDate::Year(2020),
                    2 => PartialDate::Month(2020, 3),
                    _ => PartialDate::from_parts(2020, 3, i32::try_from(1 + roll(4)).unwrap()).unwrap(),
                };
                let step = if roll(2) == 0 { InspectionStep::Deferred } else { InspectionStep::Paused };
                let inspection = Fact::Inspection { inspection: "ilacs-2020-03-01".parse().unwrap(), step };
                let about = id(roll(44));
                let fact = match roll(8) {
                    0 => Fact::Voided { event: about },
                    1 => Fact::Merged { event: about, duplicate_of: id(roll(40)) },
                    2 => Fact::Corrected {
                        event: about,
                        happened_on: date,
                        published: None,
                        fact: Box::new(inspection),
                    },
                    3 => Fact::Confirmed { events: vec![about] },
                    _ => inspection,
                };
                // Now and then an id comes twice.
                let id = id(if roll(20) == 0 { roll(40) } else { number });
                Proposal { id, happened_on: date, published: None, fact }
            })
            .collect()
    }

    #[test]
    fn added_one_by_one_events_count_as_they_do_folded_all_at_once() {
        for seed in 0..100 {
            let history = history(seed);
            let mut growing = Growing::of(Vec::new());
            for (place, event) in history.iter().enumerate() {
                growing.add(event.into());
                let whole = Growing::of(history.iter().take(place + 1).map(Event::from).collect());
                assert_eq!(
                    format!("{:?}", (&growing.facts, &growing.named)),
                    format!("{:?}", (&whole.facts, &whole.named)),
                    "seed {seed}, {place}"
                );
            }
        }
    }
}
