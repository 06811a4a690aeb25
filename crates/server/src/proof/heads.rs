//! Where every stream of the log ended, and the events that record it.

use std::collections::VecDeque;
use std::sync::Arc;

use docket_api::{kinds, pb};
use docket_domain::{EventId, Position, StreamId};
use docket_log::{APPEND_BYTES_MAX, APPEND_EVENTS_MAX, LogError, NewEvent, StreamHead};
use docket_proof::{Hash, Head, HeadsTree};
use prost::Message as _;
use uuid::Uuid;

use super::{HEADS_STREAM, ProofsError};

/// Most changed streams in one event.
const CHANGED_MAX: usize = 1_000;
/// Bytes of one append of heads: others who record wait for it.
const APPEND_BYTES: usize = APPEND_BYTES_MAX / 4;
/// Ids of events of heads are made in this space from log and position.
const NAMESPACE: Uuid = Uuid::from_u128(0x7c0e_31d5_a9b4_4f5e_9a61_03c8_d2f7_55ab);
/// How many heads are held beside those of the latest checkpoint.
const HELD_MAX: usize = 2;

/// The last event of every stream as of a position.
pub(super) struct Heads {
    /// Every event up to here is among them.
    pub(super) through: Position,
    pub(super) tree: HeadsTree,
}

/// Heads that are being recorded.
pub(super) struct Taken {
    pub(super) heads: Arc<Heads>,
    /// Those that grew since the last checkpoint.
    pub(super) changed: Vec<Head>,
}

/// Heads that were recorded.
#[derive(Clone)]
pub(super) struct Recorded {
    /// The position of the last event that does.
    pub(super) size: u64,
    pub(super) heads: Arc<Heads>,
    /// Other events were recorded meanwhile.
    pub(super) more: bool,
}

/// Heads that were asked for, or are about to be: putting together those of an old checkpoint takes reading.
#[derive(Default)]
pub(super) struct Held(VecDeque<Arc<Heads>>);

impl Held {
    pub(super) fn put(&mut self, heads: Arc<Heads>) {
        self.0.push_front(heads);
        self.0.truncate(HELD_MAX);
    }

    pub(super) fn get(&self, through: Position, root: &Hash) -> Option<Arc<Heads>> {
        self.0.iter().find(|heads| heads.are(through, root)).cloned()
    }
}

impl Heads {
    /// Those of a log as of a position, without the stream in which they are recorded.
    pub(super) fn of((through, heads): (Position, Vec<StreamHead>)) -> Result<Self, ProofsError> {
        let heads = heads.into_iter().map(|head| Head {
            stream: head.stream.into(),
            revision: head.revision.0,
            leaf: head.leaf_hash,
        });
        Self::new(through, heads.filter(|head| &*head.stream != HEADS_STREAM).collect())
    }

    /// In any order.
    pub(super) fn new(through: Position, mut heads: Vec<Head>) -> Result<Self, ProofsError> {
        heads.sort_unstable_by(|a, b| a.stream.cmp(&b.stream));
        Ok(Self { through, tree: HeadsTree::new(heads)? })
    }

    /// Whether they are the ones that were recorded with this root.
    pub(super) fn are(&self, through: Position, root: &Hash) -> bool {
        self.through == through && self.tree.root() == *root
    }

    pub(super) fn changed_since(&self, before: &Self) -> Vec<Head> {
        // Both are in the order of their names.
        let mut known = before.tree.heads().iter().peekable();
        let changed = |head: &&Head| {
            while known.next_if(|known| known.stream < head.stream).is_some() {}
            let same = known.next_if(|known| known.stream == head.stream);
            same.map(|known| known.revision) != Some(head.revision)
        };
        self.tree.heads().iter().filter(changed).cloned().collect()
    }
}

impl Taken {
    /// The events that record them, as many at a time as one append takes: each is a number and a part of those that changed.
    pub(super) fn appends(&self) -> Vec<Vec<(usize, &[Head])>> {
        let mut appends: Vec<Vec<(usize, &[Head])>> = Vec::new();
        let mut bytes = 0;
        for (number, part) in self.changed.chunks(CHANGED_MAX).enumerate() {
            let length = part.iter().map(|head| stream_head(head).encoded_len() + 8).sum::<usize>() + 1_000;
            match appends
                .last_mut()
                .filter(|last| last.len() < APPEND_EVENTS_MAX && bytes + length <= APPEND_BYTES)
            {
                Some(last) => last.push((number, part)),
                None => {
                    appends.push(vec![(number, part)]);
                    bytes = 0;
                }
            }
            bytes += length;
        }
        appends
    }

    /// The event that records a part of those that changed. The same heads always make the same event.
    pub(super) fn event(
        &self,
        origin: &str,
        reused: usize,
        number: usize,
        changed: &[Head],
    ) -> Result<NewEvent, LogError> {
        let stream = heads_stream()?;
        let Heads { through, tree } = &*self.heads;
        let name = format!("{origin} {reused} {through} {number}");
        let id = EventId(Uuid::new_v5(&NAMESPACE, name.as_bytes()).into_bytes());
        let recorded = pb::HeadsRecorded {
            through_position: through.0,
            stream_count: tree.count(),
            heads_root: tree.root().to_vec(),
            changed: changed.iter().map(stream_head).collect(),
        };
        let body = pb::Event {
            event_id: id.to_string(),
            stream: stream.to_string(),
            body: Some(pb::event::Body::HeadsRecorded(recorded)),
            ..pb::Event::default()
        };
        let meta = pb::RecordedEvent { recorded_by: "docket".to_owned(), ..pb::RecordedEvent::default() };
        Ok(NewEvent {
            id,
            stream,
            kind: kinds::HEADS_RECORDED,
            body: body.encode_to_vec(),
            meta: meta.encode_to_vec(),
        })
    }
}

/// The stream in which heads are recorded.
pub(super) fn heads_stream() -> Result<StreamId, LogError> {
    HEADS_STREAM.parse().map_err(|_| LogError::Refused(HEADS_STREAM.to_owned()))
}

fn stream_head(head: &Head) -> pb::StreamHead {
    pb::StreamHead { stream: head.stream.to_string(), revision: head.revision, leaf_hash: head.leaf.to_vec() }
}
