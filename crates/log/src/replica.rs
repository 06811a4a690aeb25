//! Copying a log event by event. Of the original: which events were recorded together. Of the copy: appending events with the position,
//! revision, time and hashes that they have in the original; each is compared with what the copy would have recorded in its place, and where
//! anything differs, nothing is recorded.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use docket_domain::{Position, StreamId};

use crate::admit::{Lookup, Tip};
use crate::event_log::{APPEND_BYTES_MAX, APPEND_EVENTS_MAX, LeafHash, LogError};
use crate::point::read_head;
use crate::store::Store;
use crate::stored::StoredEvent;

/// An event as another log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replicated {
    /// Its stored bytes.
    pub stored: Vec<u8>,
    /// Its leaf hash, as the other log says.
    pub leaf_hash: LeafHash,
}

impl Store {
    /// What [`crate::EventLog::append_of`] answers.
    pub(crate) fn append_of(&self, position: Position) -> Result<(Position, Position), LogError> {
        if position == Position::START || self.durable() < position {
            return Err(no_event_at(position));
        }
        self.indexed(|index| {
            let (chunk, offset) = self.place(index, position)?;
            match read_head(&chunk, offset)? {
                Ok(head) if head.first <= position && position <= head.last() => {
                    Ok((head.first, head.last()))
                }
                Ok(head) => {
                    let what = format!("the frame has positions {} to {}", head.first, head.last());
                    Err(self.suspect(&chunk, offset, position, what))
                }
                Err(what) => Err(self.suspect(&chunk, offset, position, what)),
            }
        })
    }
}

/// There is none.
pub(crate) fn no_event_at(position: Position) -> LogError {
    LogError::Refused(format!("there is no event at position {position}"))
}

/// The events as they are to be written, if each of them is the next one of this log.
pub(crate) fn admit_copy(
    copies: Vec<Replicated>,
    log: &mut impl Lookup,
) -> Result<Vec<StoredEvent>, LogError> {
    if copies.is_empty() || APPEND_EVENTS_MAX < copies.len() {
        let count = copies.len();
        return Err(LogError::Refused(format!(
            "{count} events came at once, where 1 to {APPEND_EVENTS_MAX} are allowed"
        )));
    }
    let (mut ids, mut bytes) = (HashSet::with_capacity(copies.len()), 0);
    let mut tips: HashMap<StreamId, Tip> = HashMap::new();
    let mut last = log.last();
    let mut fresh = Vec::with_capacity(copies.len());
    for Replicated { stored, leaf_hash } in copies {
        let next = last.position.next();
        let refuse = |what: String| LogError::Refused(format!("position {next} of the original: {what}"));
        let event = StoredEvent::read(Bytes::from(stored), None, None).map_err(refuse)?;
        let tip = tips.get(&event.stream).copied().map_or_else(|| log.tip(&event.stream), Ok)?;
        if event.leaf_hash() != leaf_hash {
            return Err(refuse("its bytes do not have the leaf hash that came with them".to_owned()));
        }
        if !is_canonical(&event) {
            return Err(refuse("its bytes are not written as this program writes them".to_owned()));
        }
        if event.position != next {
            return Err(refuse(format!("what came says position {}", event.position)));
        }
        if event.recorded_at_micros < last.recorded_at_micros {
            return Err(refuse("it was recorded before the event before it".to_owned()));
        }
        follows(&event, tip).map_err(refuse)?;
        if !ids.insert(event.id) || log.recorded(event.id)?.is_some() {
            return Err(refuse(format!("event {} was recorded before", event.id)));
        }
        bytes += event.body().len() + event.meta().len();
        tips.insert(event.stream.clone(), Tip { revision: event.revision, leaf: Some(leaf_hash) });
        (last.position, last.recorded_at_micros) = (event.position, event.recorded_at_micros);
        fresh.push(event);
    }
    if APPEND_BYTES_MAX < bytes {
        return Err(LogError::Refused(format!(
            "{bytes} bytes came at once, at most {APPEND_BYTES_MAX} are allowed"
        )));
    }
    Ok(fresh)
}

/// Whether the bytes are those that this program would have written for what they say.
fn is_canonical(event: &StoredEvent) -> bool {
    let StoredEvent { position, revision, recorded_at_micros, previous, .. } = *event;
    let written = StoredEvent::new(position, revision, recorded_at_micros, previous, &event.offered());
    written.is_ok_and(|written| written == *event)
}

/// Whether the event is the next one of its stream, which ends here.
fn follows(event: &StoredEvent, tip: Tip) -> Result<(), String> {
    let stream = &event.stream;
    let next = tip.revision.next();
    if event.revision != next {
        return Err(format!("it says revision {} of {stream}, where {next} comes next", event.revision));
    }
    if event.previous != tip.leaf {
        return Err(format!("it does not go on from the last event of {stream}"));
    }
    Ok(())
}
