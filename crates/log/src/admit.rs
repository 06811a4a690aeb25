//! May this append be recorded, and as what: the rules that every implementation shares.

use bytes::Bytes;
use docket_domain::{EventId, Position, Revision, StreamId};

use crate::envelope::{self, Place};
use crate::event_log::{
    APPEND_BYTES_MAX, APPEND_EVENTS_MAX, Append, Appended, Conflict, EVENT_BYTES_MAX, EXPECTED_MAX, Expected,
    LeafHash, LogError, NewEvent, Receipt,
};
use crate::map::{Map, Set};
use crate::stored::StoredEvent;

/// The last event of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tip {
    pub(crate) revision: Revision,
    pub(crate) leaf: Option<LeafHash>,
}

impl Tip {
    /// Of a stream that has no event.
    pub(crate) const NONE: Self = Self { revision: Revision::NONE, leaf: None };
}

/// The last event of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) position: Position,
    pub(crate) recorded_at_micros: i64,
}

impl Last {
    /// Of a log that has no event.
    pub(crate) const NONE: Self = Self { position: Position::START, recorded_at_micros: i64::MIN };
}

/// What the rules ask of a log.
pub(crate) trait Lookup {
    /// The last event of the log.
    fn last(&self) -> Last;
    /// The last event of a stream.
    fn tip(&mut self, stream: &StreamId) -> Result<Tip, LogError>;
    /// The event of this id, if it was recorded.
    fn recorded(&mut self, id: EventId) -> Result<Option<StoredEvent>, LogError>;
}

/// What is to be done with an append.
pub(crate) enum Verdict {
    /// Nothing: it was recorded before.
    Before(Appended),
    /// These are to be written.
    Record(Vec<StoredEvent>),
}

/// The receipt of an event.
pub(crate) fn receipt(event: &StoredEvent) -> Receipt {
    Receipt {
        position: event.position,
        revision: event.revision,
        recorded_at_micros: event.recorded_at_micros,
        leaf_hash: event.leaf_hash(),
    }
}

/// Judges an append: bounds, then whether it was recorded before, then the expectations.
pub(crate) fn admit(append: Append, log: &mut impl Lookup) -> Result<Verdict, LogError> {
    bounds(&append)?;
    if let Some(before) = before(&append.events, log)? {
        return Ok(Verdict::Before(before));
    }
    let mut conflicts = Vec::new();
    for (stream, expected) in &append.expected {
        let actual = log.tip(stream)?.revision;
        let holds = match expected {
            Expected::Any => true,
            Expected::NoStream => actual == Revision::NONE,
            Expected::Exactly(revision) => actual == *revision,
        };
        if !holds {
            conflicts.push(Conflict { stream: stream.clone(), expected: *expected, actual });
        }
    }
    if !conflicts.is_empty() {
        return Err(LogError::Conflict(conflicts));
    }
    number(&append, log).map(Verdict::Record)
}

/// Whether the append keeps to the bounds of the log.
fn bounds(append: &Append) -> Result<(), LogError> {
    let refuse = |what: String| Err(LogError::Refused(what));
    let Append { events, expected, .. } = append;
    if events.is_empty() {
        return refuse("an append has at least one event".to_owned());
    }
    if events.len() > APPEND_EVENTS_MAX {
        return refuse(format!(
            "{} events in one append, at most {APPEND_EVENTS_MAX} are allowed",
            events.len()
        ));
    }
    if expected.len() > EXPECTED_MAX {
        return refuse(format!(
            "{} expectations in one append, at most {EXPECTED_MAX} are allowed",
            expected.len()
        ));
    }
    let mut ids = Set::default();
    ids.reserve(events.len());
    let mut bytes = 0_usize;
    for event in events {
        let length = event.body.len() + event.meta.len();
        if length > EVENT_BYTES_MAX {
            return refuse(format!(
                "event {} has {length} bytes, at most {EVENT_BYTES_MAX} are allowed",
                event.id
            ));
        }
        if !ids.insert(event.id) {
            return refuse(format!("event {} comes twice in one append", event.id));
        }
        bytes += length;
    }
    if bytes > APPEND_BYTES_MAX {
        return refuse(format!("{bytes} bytes in one append, at most {APPEND_BYTES_MAX} are allowed"));
    }
    Ok(())
}

/// The first answer, if all of the events were recorded before.
fn before(events: &[NewEvent], log: &mut impl Lookup) -> Result<Option<Appended>, LogError> {
    let mut recorded = Vec::new();
    for event in events {
        let Some(stored) = log.recorded(event.id)? else {
            continue;
        };
        let recorded_content = (&stored.stream, stored.kind, stored.body());
        let offered_content = (&event.stream, event.kind, event.body.as_slice());
        if recorded_content != offered_content {
            return Err(LogError::IdReused {
                id: event.id,
                position: stored.position,
                recorded_content: envelope::content_hash(recorded_content),
                offered_content: envelope::content_hash(offered_content),
            });
        }
        recorded.push((event.id, receipt(&stored)));
    }
    if recorded.is_empty() {
        Ok(None)
    } else if recorded.len() == events.len() {
        let receipts = recorded.into_iter().map(|(_, receipt)| receipt).collect();
        Ok(Some(Appended { receipts, before: true }))
    } else {
        let recorded = recorded.into_iter().map(|(id, receipt)| (id, receipt.position)).collect();
        Err(LogError::PartlyRecorded { recorded })
    }
}

/// Gives the events their places and their time. Their stored bytes are one piece of memory.
fn number(append: &Append, log: &mut impl Lookup) -> Result<Vec<StoredEvent>, LogError> {
    let last = log.last();
    let recorded_at_micros = append.now_micros.max(last.recorded_at_micros);
    let mut position = last.position;
    let mut tips: Map<&StreamId, Tip> = Map::default();
    let mut bytes = Vec::with_capacity(envelope::room_for(&append.events));
    let mut placed = Vec::with_capacity(append.events.len());
    for event in &append.events {
        let known = tips.get(&event.stream).copied();
        let tip = known.map_or_else(|| log.tip(&event.stream), Ok)?;
        position = position.next();
        let place = Place { position, revision: tip.revision.next(), recorded_at_micros, previous: tip.leaf };
        let begin = bytes.len();
        envelope::encode(&place, event, &mut bytes)
            .map_err(|why| LogError::Refused(format!("event {} cannot be encoded: {why}", event.id)))?;
        let leaf = envelope::leaf_hash(bytes.get(begin..).unwrap_or_default());
        tips.insert(&event.stream, Tip { revision: place.revision, leaf: Some(leaf) });
        placed.push((begin..bytes.len(), leaf));
    }
    let bytes = Bytes::from(bytes);
    let fresh = placed.into_iter().zip(&append.events).map(|((range, leaf), event)| {
        StoredEvent::read(bytes.slice(range), Some(&event.stream), Some(leaf)).map_err(LogError::Refused)
    });
    fresh.collect()
}
