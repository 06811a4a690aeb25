//! The events that are recorded: 300 bytes each, of a kind that the rules take any number of times.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};

use docket_api::pb;
use docket_domain::{EventId, StreamId};
use docket_log::{Append, NewEvent};
use prost::Message as _;

use crate::exit::{Exit, Failure};

/// Bytes of an event's body.
pub(crate) const BODY_BYTES: usize = 300;
/// Events of a stream.
pub(crate) const STREAM_EVENTS: u64 = 30;
/// Streams that are written by turns.
const STREAMS_AT_ONCE: u64 = 1_000;
/// The number of the kind.
const KIND: u32 = 34;

/// Numbers that are given out; those beyond are for what is laid down beforehand.
const NUMBERS: u64 = (1 << 60) - 1;

/// Makes events for streams of its own, with ids that no other makes.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    first: u64,
    made: u64,
    body: Vec<u8>,
    /// Those that were named before.
    streams: HashMap<u64, StreamId>,
}

/// An event as it goes over the wire, with a body of [`BODY_BYTES`] once it has its id and its stream.
pub(crate) fn event(id: EventId, stream: &str) -> pb::Event {
    let mut event = pb::Event {
        event_id: id.to_string(),
        stream: stream.to_owned(),
        happened_on: Some(pb::Date { year: 2024, month: 3, day: 18 }),
        sources: vec![pb::Source { title: "A measurement, not a fact".to_owned(), ..pb::Source::default() }],
        confidence: pb::Confidence::Official.into(),
        ..pb::Event::default()
    };
    let mut raised = pb::AreaForImprovementRaised {
        inspection: "ilacs-2024-03-18".to_owned(),
        reference: "1".to_owned(),
        ..pb::AreaForImprovementRaised::default()
    };
    event.body = Some(pb::event::Body::AreaForImprovementRaised(raised.clone()));
    // The lengths of the text itself and of what holds it take a byte each, or two from 128 on.
    let room = (BODY_BYTES + 64).saturating_sub(event.encoded_len());
    for length in (0..room).rev() {
        raised.text = "x".repeat(length);
        event.body = Some(pb::event::Body::AreaForImprovementRaised(raised.clone()));
        if event.encoded_len() <= BODY_BYTES {
            break;
        }
    }
    event
}

impl Load {
    /// A maker.
    pub(crate) fn new() -> Self {
        let first = numbers();
        let event = event(id(first), &format!("authority/{}", authority(first >> 32, 0)));
        Self { first, made: 0, body: event.encode_to_vec(), streams: HashMap::new() }
    }

    /// The next event for a log, which does not look inside.
    pub(crate) fn next(&mut self) -> Result<NewEvent, Failure> {
        let number = self.made;
        self.made += 1;
        let stream = match self.streams.entry(stream_of(number)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => {
                let stream = stream(&authority(self.first >> 32, *new.key()))?;
                new.insert(stream).clone()
            }
        };
        Ok(NewEvent {
            id: id(self.first + number),
            stream,
            kind: KIND,
            body: self.body.clone(),
            meta: Vec::new(),
        })
    }

    /// The next events, to be recorded together.
    pub(crate) fn append(&mut self, events: usize) -> Result<Append, Failure> {
        let events = (0..events).map(|_| self.next()).collect::<Result<_, _>>()?;
        Ok(Append { events, expected: Vec::new(), now_micros: 1_700_000_000_000_000 })
    }
}

/// Which stream the event with this number belongs to: pairs of events, [`STREAMS_AT_ONCE`] streams by turns, until each is full.
fn stream_of(number: u64) -> u64 {
    let block = STREAMS_AT_ONCE * STREAM_EVENTS;
    (number / block) * STREAMS_AT_ONCE + (number / 2) % STREAMS_AT_ONCE
}

/// Numbers of events that no one else has, in this process or in those that it starts: from here on, four thousand million.
pub(crate) fn numbers() -> u64 {
    static BLOCKS: AtomicU64 = AtomicU64::new(1);
    (u64::from(std::process::id()) << 48 | BLOCKS.fetch_add(1, Ordering::Relaxed) << 32) & NUMBERS
}

/// The id of the event with this number. As random ids do, they come in no order: a multiplication by an odd number loses nothing.
pub(crate) fn id(number: u64) -> EventId {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    EventId(((u128::from(mixed) << 64) | 0xbe).to_be_bytes())
}

/// Docket's id of an authority that is not one.
pub(crate) fn authority(maker: u64, number: u64) -> String {
    format!("bench-{maker:06x}-{number:06}")
}

/// The stream of an authority.
pub(crate) fn stream(authority: &str) -> Result<StreamId, Failure> {
    let named = format!("authority/{authority}");
    named.parse().map_err(|error| Failure::new(Exit::Failed, format!("{named}: {error}")))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn events_are_as_long_as_they_should_be_and_each_is_another() {
        let mut load = Load::new();
        let events: Vec<_> = (0..60_000).map(|_| load.next().unwrap()).collect();
        assert_eq!(events.iter().map(|event| event.id).collect::<BTreeSet<_>>().len(), events.len());
        let mut streams: BTreeMap<_, u64> = BTreeMap::new();
        for event in &events {
            assert_eq!(event.body.len(), BODY_BYTES);
            *streams.entry(event.stream.clone()).or_default() += 1;
        }
        assert!(streams.values().all(|count| *count == STREAM_EVENTS), "{streams:?}");
        let decoded = pb::Event::decode(events[0].body.as_slice()).unwrap();
        assert_eq!(docket_api::kinds::number(&decoded), Some(KIND));
    }
}
