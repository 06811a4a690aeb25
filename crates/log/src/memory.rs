//! A log in memory, which forgets everything when it is dropped: for tests and demonstrations.

use crate::sync::{Mutex, MutexGuard};
use std::collections::HashMap;
use std::sync::PoisonError;

use async_trait::async_trait;
use docket_domain::{EventId, Position, StreamId};
use docket_proof::{Frontier, TileHashes as _};
use tokio::sync::watch;

use crate::admit::{Last, Lookup, Tip, Verdict, admit, receipt};
use crate::chunk::io_error;
use crate::event_log::{Append, Appended, EventLog, From, LeafHash, LogError, READ_EVENTS_MAX, Selection};
use crate::provable::{ProvableLog, StreamHead};
use crate::replica::no_event_at;
use crate::stored::StoredEvent;

/// The forgetting log. Appends take effect one after the other, in the order in which they get its lock.
#[derive(Debug)]
pub struct MemoryLog {
    kept: Mutex<Kept>,
    head: watch::Sender<Position>,
}

#[derive(Debug, Default)]
struct Kept {
    events: Vec<StoredEvent>,
    /// Places in `events`.
    ids: HashMap<EventId, usize>,
    streams: HashMap<StreamId, Vec<usize>>,
    /// The last position of each append.
    appends: Vec<Position>,
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self { kept: Mutex::default(), head: watch::Sender::new(Position::START) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lookup for Kept {
    fn last(&self) -> Last {
        self.events.last().map_or(Last::NONE, |event| Last {
            position: event.position,
            recorded_at_micros: event.recorded_at_micros,
        })
    }

    fn tip(&mut self, stream: &StreamId) -> Result<Tip, LogError> {
        let last = self.streams.get(stream).and_then(|places| self.events.get(*places.last()?));
        Ok(last.map_or(Tip::NONE, |event| Tip { revision: event.revision, leaf: Some(event.leaf_hash()) }))
    }

    fn recorded(&mut self, id: EventId) -> Result<Option<StoredEvent>, LogError> {
        Ok(self.ids.get(&id).and_then(|place| self.events.get(*place)).cloned())
    }
}

impl Kept {
    fn push(&mut self, event: StoredEvent) {
        let place = self.events.len();
        self.ids.insert(event.id, place);
        self.streams.entry(event.stream.clone()).or_default().push(place);
        self.events.push(event);
    }
}

/// At most `limit` of these items, which are in order of position, from there on.
fn pick<T: Clone>(items: &[T], position: impl Fn(&T) -> Position, from: From, limit: usize) -> Vec<T> {
    let limit = limit.min(READ_EVENTS_MAX);
    let before = match from {
        From::After(after) => {
            let start = items.partition_point(|item| position(item) <= after);
            return items.iter().skip(start).take(limit).cloned().collect();
        }
        From::Before(before) => items.partition_point(|item| position(item) < before),
        From::End => items.len(),
    };
    items.iter().take(before).rev().take(limit).cloned().collect()
}

impl ProvableLog for MemoryLog {
    fn tree_hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<LeafHash>, LogError> {
        let leaves = self.kept().events.iter().map(StoredEvent::leaf_hash).collect();
        let hashes = docket_proof::Leaves(leaves).hashes(level, first, count);
        hashes.map_err(|error| io_error("reading the hashes of the tree", std::io::Error::other(error)))
    }

    fn frontier(&self, size: u64) -> Result<Frontier, LogError> {
        let mut frontier = Frontier::new();
        let leaves = self.tree_hashes(0, 0, crate::bytes::size(size))?;
        leaves.iter().for_each(|leaf| frontier.push(*leaf));
        Ok(frontier)
    }

    fn repair_tree(&self) -> Result<(), LogError> {
        Ok(())
    }

    fn heads(&self) -> (Position, Vec<StreamHead>) {
        let kept = self.kept();
        let heads = kept.streams.iter().filter_map(|(stream, places)| {
            let event = kept.events.get(*places.last()?)?;
            Some(StreamHead {
                stream: stream.clone(),
                revision: event.revision,
                leaf_hash: event.leaf_hash(),
            })
        });
        (kept.last().position, heads.collect())
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    async fn append(&self, append: Append) -> Result<Appended, LogError> {
        let mut kept = self.kept();
        let events = match admit(append, &mut *kept)? {
            Verdict::Before(before) => return Ok(before),
            Verdict::Record(events) => events,
        };
        let receipts = events.iter().map(receipt).collect();
        for event in events {
            kept.push(event);
        }
        let last = kept.last().position;
        kept.appends.push(last);
        self.head.send_replace(last);
        Ok(Appended { receipts, before: false })
    }

    async fn read(
        &self,
        selection: &Selection,
        from: From,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError> {
        let kept = self.kept();
        Ok(match selection {
            Selection::All => pick(&kept.events, |event| event.position, from, limit),
            Selection::Kinds(kinds) => {
                let of_kinds = kept.events.iter().filter(|event| kinds.contains(&event.kind));
                pick(&of_kinds.cloned().collect::<Vec<_>>(), |event| event.position, from, limit)
            }
            Selection::Stream(stream) => {
                let places = kept.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
                let position =
                    |place: &usize| kept.events.get(*place).map_or(Position::START, |event| event.position);
                let picked = pick(places, position, from, limit);
                picked.into_iter().filter_map(|place| kept.events.get(place).cloned()).collect()
            }
        })
    }

    async fn find(&self, id: EventId) -> Result<Option<Position>, LogError> {
        let kept = self.kept();
        Ok(kept.ids.get(&id).and_then(|place| kept.events.get(*place)).map(|event| event.position))
    }

    async fn append_of(&self, position: Position) -> Result<(Position, Position), LogError> {
        let kept = self.kept();
        let number = kept.appends.partition_point(|last| *last < position);
        let last = kept.appends.get(number).filter(|_| position != Position::START);
        let last = *last.ok_or_else(|| no_event_at(position))?;
        let before = number.checked_sub(1).and_then(|before| kept.appends.get(before));
        Ok((before.map_or(Position::START, |before| *before).next(), last))
    }

    fn log_id(&self) -> [u8; 16] {
        [0; 16]
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }
}
