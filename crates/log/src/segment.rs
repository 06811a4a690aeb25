//! What the index knows of one chunk, in memory: the chunk that is being written, one that is being sealed, or a damaged one.

use docket_domain::{EventId, Position, Revision, StreamId};

use crate::admit::Tip;
use crate::bytes::size;
use crate::envelope::{self, Brief, leaf_hash};
use crate::event_log::LeafHash;
use crate::frame::ALIGN;
use crate::map::Map;
use crate::stored::StoredEvent;

/// What the index says of an event of a stream.
pub(crate) type Listed = (Revision, Position);

/// What the index needs of an event.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) position: Position,
    pub(crate) revision: Revision,
    pub(crate) id: EventId,
    pub(crate) stream: StreamId,
    pub(crate) kind: u32,
    pub(crate) leaf: LeafHash,
}

impl Entry {
    pub(crate) fn of(event: &StoredEvent) -> Self {
        Self {
            position: event.position,
            revision: event.revision,
            id: event.id,
            stream: event.stream.clone(),
            kind: event.kind,
            leaf: event.leaf_hash(),
        }
    }
}

/// The index of one chunk. Events are known by their number in the chunk: 0, 1, 2 …
#[derive(Debug)]
pub(crate) struct Segment {
    /// First position of the chunk.
    pub(crate) chunk: Position,
    /// Offset of each event's frame, in units of [`ALIGN`]; 0 where the event could not be read.
    offsets: Vec<u32>,
    leaves: Vec<LeafHash>,
    ids: Map<EventId, u32>,
    streams: Map<StreamId, Vec<(Revision, u32)>>,
    kinds: Map<u32, Vec<u32>>,
    /// Whether every event of the chunk could be read so far.
    whole: bool,
}

impl Segment {
    pub(crate) fn new(chunk: Position) -> Self {
        Self {
            chunk,
            offsets: Vec::new(),
            leaves: Vec::new(),
            ids: Map::default(),
            streams: Map::default(),
            kinds: Map::default(),
            whole: true,
        }
    }

    /// Adds the next event, whose frame is at this offset. Events that could not be read are left out.
    pub(crate) fn push(&mut self, offset: u64, entry: Entry) {
        let number = self.put(offset, entry.position, entry.leaf);
        self.kinds.entry(entry.kind).or_default().push(number);
        self.ids.insert(entry.id, number);
        self.streams.entry(entry.stream).or_default().push((entry.revision, number));
    }

    /// The same of an event that is not kept: only the name of a stream that is new here is copied.
    pub(crate) fn push_brief(&mut self, offset: u64, event: &Brief<'_>) {
        let number = self.put(offset, event.position, leaf_hash(event.stored));
        self.kinds.entry(event.kind).or_default().push(number);
        self.ids.insert(event.id, number);
        let listed = (event.revision, number);
        match self.streams.get_mut(event.stream) {
            Some(events) => events.push(listed),
            None => match envelope::stream(event.stream) {
                Ok(stream) => {
                    self.streams.insert(stream, vec![listed]);
                }
                // Whoever showed the event looked at the name.
                Err(_) => self.broken(),
            },
        }
    }

    /// Where the next event is, and its leaf hash; tells its number.
    fn put(&mut self, offset: u64, position: Position, leaf: LeafHash) -> u32 {
        let number = size(position.0.saturating_sub(self.chunk.0));
        debug_assert!(number >= self.offsets.len(), "positions grow");
        if number != self.offsets.len() {
            self.whole = false;
            self.offsets.resize(number, 0);
            self.leaves.resize(number, [0; 32]);
        }
        let units = u32::try_from(offset / ALIGN as u64).unwrap_or(u32::MAX);
        self.offsets.push(units);
        self.leaves.push(leaf);
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// Some events of the chunk could not be read.
    pub(crate) fn broken(&mut self) {
        self.whole = false;
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Number of events, with those that could not be read before the last.
    pub(crate) fn count(&self) -> usize {
        self.offsets.len()
    }

    pub(crate) fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    pub(crate) fn leaves(&self) -> &[LeafHash] {
        &self.leaves
    }

    pub(crate) fn ids(&self) -> impl ExactSizeIterator<Item = (&EventId, u32)> {
        self.ids.iter().map(|(id, number)| (id, *number))
    }

    pub(crate) fn streams(&self) -> impl ExactSizeIterator<Item = (&StreamId, &[(Revision, u32)])> {
        self.streams.iter().map(|(stream, events)| (stream, events.as_slice()))
    }

    pub(crate) fn kinds(&self) -> impl ExactSizeIterator<Item = (u32, &[u32])> {
        self.kinds.iter().map(|(kind, events)| (*kind, events.as_slice()))
    }

    /// The last event of each stream in this chunk.
    pub(crate) fn tips(&self) -> impl Iterator<Item = (&StreamId, Tip)> {
        self.streams.iter().filter_map(|(stream, events)| Some((stream, self.tip_of(events)?)))
    }

    /// The last event of each stream that begins in this chunk.
    pub(crate) fn new_tips(&self) -> impl Iterator<Item = (&StreamId, Tip)> {
        let begins = |events: &[(Revision, u32)]| events.first().is_some_and(|(first, _)| first.0 == 1);
        self.streams
            .iter()
            .filter(move |(_, events)| begins(events))
            .filter_map(|(stream, events)| Some((stream, self.tip_of(events)?)))
    }

    fn tip_of(&self, events: &[(Revision, u32)]) -> Option<Tip> {
        let (revision, number) = *events.last()?;
        Some(Tip { revision, leaf: self.leaves.get(number as usize).copied() })
    }

    /// The last event of a stream in this chunk; none if it has none here.
    pub(crate) fn tip(&self, stream: &str) -> Option<Tip> {
        self.streams.get(stream).and_then(|events| self.tip_of(events))
    }

    /// The offset of the frame that holds this position.
    pub(crate) fn offset(&self, position: Position) -> Option<u64> {
        let units = *self.offsets.get(size(position.0.checked_sub(self.chunk.0)?))?;
        (units != 0).then(|| u64::from(units) * ALIGN as u64)
    }

    /// Where the event of this id is.
    pub(crate) fn id(&self, id: EventId) -> Option<Position> {
        self.ids.get(&id).map(|number| self.position(*number))
    }

    /// At most `limit` events of a stream after this position, oldest first.
    pub(crate) fn forward(&self, stream: &StreamId, after: Position, limit: usize) -> Vec<Listed> {
        let events = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let from = events.partition_point(|(_, number)| self.position(*number) <= after);
        events.iter().skip(from).take(limit).map(|event| self.listed(*event)).collect()
    }

    /// At most `limit` events of a stream before this position, newest first.
    pub(crate) fn back(&self, stream: &StreamId, before: Position, limit: usize) -> Vec<Listed> {
        let events = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let to = events.partition_point(|(_, number)| self.position(*number) < before);
        events.iter().take(to).rev().take(limit).map(|event| self.listed(*event)).collect()
    }

    /// At most `limit` events of these kinds after this position, oldest first.
    pub(crate) fn of_kinds(&self, kinds: &[u32], after: Position, limit: usize) -> Vec<Position> {
        let lists = kinds.iter().filter_map(|kind| self.kinds.get(kind));
        let from = |events: &Vec<u32>| events.partition_point(|number| self.position(*number) <= after);
        let found = lists.flat_map(|events| events.iter().skip(from(events)).take(limit));
        first_of(found.map(|number| self.position(*number)).collect(), limit)
    }

    fn position(&self, number: u32) -> Position {
        Position(self.chunk.0 + u64::from(number))
    }

    fn listed(&self, (revision, number): (Revision, u32)) -> Listed {
        (revision, self.position(number))
    }
}

/// The first of these positions, in order.
pub(crate) fn first_of(mut positions: Vec<Position>, limit: usize) -> Vec<Position> {
    positions.sort_unstable();
    positions.dedup();
    positions.truncate(limit);
    positions
}
