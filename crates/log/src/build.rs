//! Fills the index from the chunks: all of it, or what is missing at its end.

use std::path::Path;
use std::sync::Arc;

use docket_domain::Position;

use crate::chunk::{Chunk, HEADER_LEN, io_error};
use crate::entries::Entries;
use crate::envelope;
use crate::event_log::{LogError, StoredEvent};
use crate::index::{Entry, Index, Marker, Place};
use crate::scan::{Damage, Step, Walk, walk};
use crate::writer::with_source;

/// Events that are added to the index together.
const INDEX_EVENTS_MAX: usize = 5_000;

/// An index that was made, and the damage met on the way.
pub(crate) struct Made {
    pub(crate) index: Index,
    pub(crate) damage: Vec<Damage>,
    /// Why it is in memory only: the log answers, and MUST NOT go on writing.
    pub(crate) unwritten: Option<String>,
}

/// Removes the index and makes it anew from the chunks, up to this position: in memory where it cannot be written.
pub(crate) fn anew(
    directory: &Path,
    cache_bytes: u64,
    log_id: [u8; 16],
    generation: u64,
    chunks: &[Arc<Chunk>],
    until: Position,
) -> Result<Made, LogError> {
    let written = written(directory, cache_bytes, log_id, generation, chunks, until);
    written.or_else(|error| {
        let why = format!("the index could not be made anew: {}", with_source(&error));
        let index = Index::new(Entries::in_memory(), Marker::empty(log_id), generation);
        let damage = extend(&index, chunks, None, until)?;
        tracing::error!(
            why,
            "the index is held in memory: nothing is recorded until the log is opened again, questions are answered"
        );
        Ok(Made { index, damage, unwritten: Some(why) })
    })
}

/// The same, in this directory.
fn written(
    directory: &Path,
    cache_bytes: u64,
    log_id: [u8; 16],
    generation: u64,
    chunks: &[Arc<Chunk>],
    until: Position,
) -> Result<Made, LogError> {
    let failed = |source| io_error(format!("removing the index {}", directory.display()), source);
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let entries = Entries::open(directory, cache_bytes).map_err(index_error)?;
    let index = Index::new(entries, Marker::empty(log_id), generation);
    let damage = extend(&index, chunks, None, until)?;
    index.flush().map_err(index_error)?;
    Ok(Made { index, damage, unwritten: None })
}

/// Adds what follows the frame at `after` (all, if none) up to this position, and tells the damage met on the way.
pub(crate) fn extend(
    index: &Index,
    chunks: &[Arc<Chunk>],
    after: Option<Place>,
    until: Position,
) -> Result<Vec<Damage>, LogError> {
    let mut damage = Vec::new();
    let mut next = after.map_or(Position(1), |place| place.last().next());
    for (chunk, following) in chunks.iter().zip(chunks.iter().skip(1).map(Some).chain([None])) {
        let last = following.map_or(until, |following| Position(following.first.0 - 1).min(until));
        if last < next || last < chunk.first {
            continue;
        }
        if chunk.first > next {
            damage.push(missing(chunk, next));
        }
        let offset = match after {
            Some(place) if place.chunk == chunk.first => place.offset + u64::from(place.length),
            _ => HEADER_LEN,
        };
        let expected = next.max(chunk.first);
        let mut pending = Pending::default();
        let scanned = walk(chunk, Walk { offset, expected, until: Some(last) }, &mut |step| {
            if let Err(broken) = pending.push(&step) {
                damage.push(broken);
            }
            if pending.events >= INDEX_EVENTS_MAX { pending.flush(index) } else { Ok(()) }
        })?;
        pending.flush(index)?;
        damage.extend(scanned.damage);
        next = last.next();
    }
    damage.sort_by_key(|damage| damage.first);
    Ok(damage)
}

/// The positions before a chunk that no chunk holds.
pub(crate) fn missing(chunk: &Chunk, next: Position) -> Damage {
    Damage {
        chunk: chunk.name.clone(),
        offset: 0,
        first: next,
        last: Position(chunk.first.0 - 1),
        what: "the chunk before it is missing or damaged".to_owned(),
    }
}

/// An error of an index that is being filled.
fn index_error(fault: crate::index::IndexFault) -> LogError {
    io_error("filling the index", std::io::Error::other(fault.0))
}

/// Frames that are not yet in the index.
#[derive(Default)]
struct Pending {
    frames: Vec<(Place, Vec<StoredEvent>)>,
    events: usize,
}

impl Pending {
    fn push(&mut self, step: &Step<'_>) -> Result<(), Damage> {
        let place = Place {
            chunk: step.chunk.first,
            offset: step.offset,
            length: step.head.length,
            count: step.head.count,
            first: step.head.first,
        };
        let mut events = Vec::with_capacity(step.stored.len());
        for (stored, position) in step.stored.iter().zip(place.first.0..) {
            let mut event = envelope::decode(stored).map_err(|what| broken(step, what))?;
            if event.position.0 != position {
                return Err(broken(
                    step,
                    format!("an event says position {} at position {position}", event.position),
                ));
            }
            // The index does not need them, and they are most of the bytes.
            event.event.body = Vec::new();
            event.event.meta = Vec::new();
            events.push(event);
        }
        self.events += events.len();
        self.frames.push((place, events));
        Ok(())
    }

    fn flush(&mut self, index: &Index) -> Result<(), LogError> {
        let entries: Vec<Entry<'_>> = self
            .frames
            .iter()
            .map(|(place, events)| Entry { place: *place, events: events.iter().collect() })
            .collect();
        if !entries.is_empty() {
            index.add(&entries).map_err(index_error)?;
        }
        *self = Self::default();
        Ok(())
    }
}

/// A frame whose checksums match and whose events cannot be understood.
fn broken(step: &Step<'_>, what: String) -> Damage {
    Damage {
        chunk: step.chunk.name.clone(),
        offset: step.offset,
        first: step.head.first,
        last: step.head.last(),
        what,
    }
}
