//! The index: where events are in the chunks. Derived: whatever is wrong with it is repaired by making it anew.
//!
//! Chunk by chunk: the chunk that is being written in memory ([`Segment`]), sealed ones in pages in sled ([`Sealed`]). So appending costs nothing
//! in sled, and opening reads the chunk that was being written and no other. Where pages cannot be written, segments stay in memory.

use crate::sync::RwLock;
use std::sync::{Arc, PoisonError};

use docket_domain::{EventId, Position, StreamId};

use crate::admit::Tip;
use crate::event_log::LeafHash;
use crate::filter::Filters;
use crate::heads::{self, Ends};
use crate::map::Map;
use crate::pages::{IndexFault, Pages};
use crate::sealed::{Sealed, id_hash, put_filter, stream_key};
use crate::segment::{Entry, Listed, Segment};

/// The last event of each stream.
pub(crate) type Tips = Map<StreamId, Tip>;

/// What is known of a chunk that is not written any more.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Pages(Sealed),
    /// Not yet in pages, or damaged.
    Memory(Arc<Segment>),
}

impl Part {
    pub(crate) fn chunk(&self) -> Position {
        match self {
            Self::Pages(sealed) => sealed.chunk,
            Self::Memory(segment) => segment.chunk,
        }
    }
}

/// What is known of the chunk that is being written.
pub(crate) struct Open {
    pub(crate) segment: Segment,
    /// Of the whole log.
    pub(crate) tips: Tips,
    /// Position of the last event that was added.
    pub(crate) last: Position,
}

/// The open index.
pub(crate) struct Index {
    pub(crate) pages: Pages,
    /// In order of their chunks.
    parts: RwLock<Vec<Part>>,
    open: RwLock<Open>,
    ids: Filters,
    streams: Filters,
    /// Counts how often the index was made anew in this process.
    pub(crate) generation: u64,
}

impl Index {
    /// An index of these chunks and of no event in the chunk that is being written.
    pub(crate) fn new(pages: Pages, sizes: Sizes, generation: u64) -> Self {
        Self {
            pages,
            parts: RwLock::default(),
            open: RwLock::new(Open {
                segment: Segment::new(Position(1)),
                tips: Tips::default(),
                last: Position::START,
            }),
            ids: Filters::new(sizes.ids),
            streams: Filters::new(sizes.streams),
            generation,
        }
    }

    fn parts(&self) -> Vec<Part> {
        self.parts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn part(&self, at: usize) -> Option<Part> {
        self.parts.read().unwrap_or_else(PoisonError::into_inner).get(at).cloned()
    }

    fn len(&self) -> usize {
        self.parts.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Asks what is known of the chunk that is being written.
    pub(crate) fn open<T>(&self, question: impl FnOnce(&Open) -> T) -> T {
        question(&self.open.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds the next events to the chunk that is being written, each with the offset of its frame.
    pub(crate) fn add(&self, entries: impl Iterator<Item = (u64, Entry)>) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        for (offset, entry) in entries {
            let tip = Tip { revision: entry.revision, leaf: Some(entry.leaf) };
            match open.tips.get_mut(&entry.stream) {
                Some(known) => *known = tip,
                None => {
                    open.tips.insert(entry.stream.clone(), tip);
                }
            }
            open.last = entry.position;
            open.segment.push(offset, entry);
        }
    }

    /// The last event of a stream.
    pub(crate) fn tip(&self, stream: &StreamId) -> Tip {
        self.open(|open| open.tips.get(stream).copied().unwrap_or(Tip::NONE))
    }

    /// The chunk that was being written is written no more; the next begins at this position.
    pub(crate) fn roll(&self, next: Position) -> Arc<Segment> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let rolled = Arc::new(std::mem::replace(&mut open.segment, Segment::new(next)));
        // Under the lock of the open chunk, so that no question finds the events in neither place.
        self.parts.write().unwrap_or_else(PoisonError::into_inner).push(Part::Memory(Arc::clone(&rolled)));
        rolled
    }

    /// Puts a rolled chunk into pages, with these heads.
    pub(crate) fn keep(&self, segment: &Segment, ends: Ends) -> Result<(), IndexFault> {
        let at = self.parts().binary_search_by_key(&segment.chunk, Part::chunk);
        let Ok(at) = at.map_err(|_| ()) else { return Ok(()) };
        if !segment.is_whole() || matches!(self.part(at), None | Some(Part::Pages(_))) {
            return Ok(());
        }
        let mut sealed = Sealed::write(segment, &self.pages)?;
        if let Some(heads) = self.put_heads(at, segment, ends)? {
            (sealed.head_pages, sealed.heads) = heads;
        }
        let ids = self.ids.bits(segment.ids().map(|(id, _)| id_hash(*id)));
        let streams = self.streams.bits(segment.streams().map(|(stream, _)| stream_key(stream)));
        put_filter(&self.pages, segment.chunk, false, &ids)?;
        put_filter(&self.pages, segment.chunk, true, &streams)?;
        sealed.put_record(&self.pages)?;
        if ends != Ends::Later {
            heads::remove_others(&self.pages, segment.chunk)?;
        }
        self.ids.put(at, &ids);
        self.streams.put(at, &streams);
        if let Some(part) = self.parts.write().unwrap_or_else(PoisonError::into_inner).get_mut(at) {
            *part = Part::Pages(sealed);
        }
        Ok(())
    }

    /// How many pages of heads were put with chunk number `at`, and how many heads.
    fn put_heads(&self, at: usize, segment: &Segment, ends: Ends) -> Result<Option<(u32, u32)>, IndexFault> {
        let put = match ends {
            Ends::Later => return Ok(None),
            Ends::AsTheyAre => self.open(|open| heads::write(&self.pages, segment.chunk, &open.tips)),
            Ends::GoOn => match at.checked_sub(1).and_then(|before| self.part(before)) {
                None => heads::go_on(&self.pages, None, segment),
                Some(Part::Pages(before)) => heads::go_on(&self.pages, Some(&before), segment),
                Some(Part::Memory(_)) => Err(IndexFault("the chunk before has no heads in it".to_owned())),
            },
        };
        put.map(Some)
    }

    /// Takes over the chunks whose pages are there, with the heads at their end.
    pub(crate) fn take_over(&self, sealed: Vec<Sealed>) -> Result<(), IndexFault> {
        if let Some(last) = sealed.last() {
            let tips = heads::read(&self.pages, last)?;
            let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
            (open.tips, open.last) = (tips, last.last());
        }
        let mut parts = self.parts.write().unwrap_or_else(PoisonError::into_inner);
        *parts = sealed.into_iter().map(Part::Pages).collect();
        Ok(())
    }

    /// Begins the chunk that is being written with what is known of it.
    pub(crate) fn begin(&self, segment: Segment) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        for (stream, tip) in segment.tips() {
            open.tips.insert(stream.clone(), tip);
        }
        if segment.count() > 0 {
            open.last = Position(segment.chunk.0 + segment.count() as u64 - 1);
        }
        open.segment = segment;
    }

    /// Makes the filters of chunks that were taken over; until then every one of them is asked. True if one was made.
    pub(crate) fn make_filter(&self, at: usize) -> Result<bool, IndexFault> {
        match self.part(at) {
            None => return Ok(false),
            Some(Part::Memory(_)) => {}
            Some(Part::Pages(sealed)) => {
                for (filters, streams) in [(&self.ids, false), (&self.streams, true)] {
                    filters.put(at, &self.filter_of(&sealed, filters, streams)?);
                }
            }
        }
        Ok(true)
    }

    /// The filter of a chunk as it was put among its pages. One that is missing there, or damaged, is made from the hashes and put there again:
    /// they are many pages more, and sled keeps in memory what it reads.
    fn filter_of(&self, sealed: &Sealed, filters: &Filters, streams: bool) -> Result<Vec<u8>, IndexFault> {
        if let Ok(Some(bits)) = sealed.filter(&self.pages, streams, filters.bytes()) {
            return Ok(bits);
        }
        let bits = filters.bits(sealed.hashes(&self.pages, streams)?.into_iter());
        // One that cannot be put is made again by the next start.
        let _put = put_filter(&self.pages, sealed.chunk, streams, &bits);
        Ok(bits)
    }

    /// Where events are that may have this id.
    pub(crate) fn id(&self, id: EventId) -> Result<Vec<Position>, IndexFault> {
        if let Some(position) = self.open(|open| open.segment.id(id)) {
            return Ok(vec![position]);
        }
        let mut found = Vec::new();
        let chunks = self.len();
        if chunks == 0 {
            return Ok(found);
        }
        let hash = id_hash(id);
        for at in self.ids.candidates(hash, chunks) {
            match self.part(at) {
                Some(Part::Pages(sealed)) => found.extend(sealed.ids(&self.pages, hash)?),
                Some(Part::Memory(segment)) => found.extend(segment.id(id)),
                None => {}
            }
        }
        Ok(found)
    }

    /// The chunk that holds this position, and the offset of its frame in it.
    pub(crate) fn place(&self, position: Position) -> Result<Option<(Position, u64)>, IndexFault> {
        let open = self.open(|open| {
            (position >= open.segment.chunk).then(|| (open.segment.chunk, open.segment.offset(position)))
        });
        if let Some((chunk, offset)) = open {
            return Ok(offset.map(|offset| (chunk, offset)));
        }
        let part = {
            let parts = self.parts.read().unwrap_or_else(PoisonError::into_inner);
            let after = parts.partition_point(|part| part.chunk() <= position);
            parts.get(after.wrapping_sub(1)).cloned()
        };
        let (chunk, offset) = match part {
            None => return Ok(None),
            Some(Part::Pages(sealed)) => (sealed.chunk, sealed.offset(&self.pages, position)?),
            Some(Part::Memory(segment)) => (segment.chunk, segment.offset(position)),
        };
        Ok(offset.map(|offset| (chunk, offset)))
    }

    /// Events of a stream after this position, oldest first: at most `limit`, of one chunk; none at the end of the stream.
    pub(crate) fn forward(
        &self,
        stream: &StreamId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Listed>, IndexFault> {
        // Before the parts are looked at: a chunk that is rolled meanwhile is then in one place or the other.
        let open = self.open(|open| open.segment.forward(stream, after, limit));
        let parts = self.len();
        let first = self.parts_from(after);
        for at in self.streams.candidates(stream_key(stream), parts).into_iter().filter(|at| *at >= first) {
            let found = match self.part(at) {
                Some(Part::Pages(sealed)) => sealed.forward(&self.pages, stream, after, limit)?,
                Some(Part::Memory(segment)) => segment.forward(stream, after, limit),
                None => Vec::new(),
            };
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(open)
    }

    /// Events of a stream before this position, newest first: at most `limit`, of one chunk; none before the first of the stream.
    pub(crate) fn back(
        &self,
        stream: &StreamId,
        before: Position,
        limit: usize,
    ) -> Result<Vec<Listed>, IndexFault> {
        let open = self.open(|open| open.segment.back(stream, before, limit));
        if !open.is_empty() {
            return Ok(open);
        }
        for at in self.streams.candidates(stream_key(stream), self.len()).into_iter().rev() {
            let found = match self.part(at) {
                Some(part) if part.chunk() >= before => Vec::new(),
                Some(Part::Pages(sealed)) => sealed.back(&self.pages, stream, before, limit)?,
                Some(Part::Memory(segment)) => segment.back(stream, before, limit),
                None => Vec::new(),
            };
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// Events of these kinds after this position, oldest first: at most `limit`, of one chunk; none at the end.
    pub(crate) fn of_kinds(
        &self,
        kinds: &[u32],
        after: Position,
        limit: usize,
    ) -> Result<Vec<Position>, IndexFault> {
        let open = self.open(|open| open.segment.of_kinds(kinds, after, limit));
        for at in self.parts_from(after)..self.len() {
            let found = match self.part(at) {
                Some(Part::Pages(sealed)) => sealed.of_kinds(&self.pages, kinds, after, limit)?,
                Some(Part::Memory(segment)) => segment.of_kinds(kinds, after, limit),
                None => Vec::new(),
            };
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(open)
    }

    /// Number of parts that end before the position after this one.
    fn parts_from(&self, after: Position) -> usize {
        let parts = self.parts.read().unwrap_or_else(PoisonError::into_inner);
        parts.partition_point(|part| part.chunk() <= after.next()).saturating_sub(1)
    }

    /// Leaf hashes from this position on that are in memory, at most `count`.
    pub(crate) fn leaves(&self, from: Position, count: usize) -> Vec<LeafHash> {
        let of = |segment: &Segment| {
            let skip = from.0.checked_sub(segment.chunk.0).map(crate::bytes::size)?;
            Some(segment.leaves().iter().skip(skip).take(count).copied().collect::<Vec<_>>())
        };
        if let Some(leaves) = self.open(|open| of(&open.segment)) {
            return leaves;
        }
        let parts = self.parts.read().unwrap_or_else(PoisonError::into_inner);
        let after = parts.partition_point(|part| part.chunk() <= from);
        match parts.get(after.wrapping_sub(1)) {
            Some(Part::Memory(segment)) => of(segment).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Writes to disk what is not there yet, so that the next start finds it.
    pub(crate) fn flush(&self) -> Result<(), IndexFault> {
        self.pages.flush("flushing the index")
    }
}

/// How many keys a chunk has, about: for the size of the filters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    ids: usize,
    streams: usize,
}

impl Sizes {
    /// Of chunks of so many bytes.
    pub(crate) fn of(chunk_bytes: u64) -> Self {
        let ids = crate::bytes::size(chunk_bytes / 512);
        Self { ids, streams: ids / 8 }
    }
}

#[cfg(test)]
mod tests {
    use docket_domain::Revision;

    use super::*;
    use crate::pages::MemoryIndex;

    const EVENTS: u64 = 300;
    const CHUNKS: u64 = 3;

    fn entry(position: u64, stream: &str, revision: u64) -> Entry {
        Entry {
            position: Position(position),
            revision: Revision(revision),
            id: EventId((u128::from(position) << 64).to_be_bytes()),
            stream: stream.parse().unwrap(),
            kind: 7,
            leaf: [u8::try_from(position % 251).unwrap(); 32],
        }
    }

    fn index(memory: &MemoryIndex) -> Index {
        // Filters of several pages, as chunks of the usual size have them.
        Index::new(Pages::Memory(memory.clone()), Sizes::of(16 << 20), 0)
    }

    /// Streams of which each chunk begins some and goes on with some.
    fn filled(memory: &MemoryIndex) -> (Index, Vec<StreamId>) {
        let (index, mut streams) = (index(memory), Vec::new());
        index.roll(Position(1));
        index.parts.write().unwrap().clear();
        let mut revisions: Map<String, u64> = Map::default();
        for position in 1..=CHUNKS * EVENTS {
            let stream = format!("authority/{}", position / 2 % (position / EVENTS * 40 + 90));
            let revision = revisions.entry(stream.clone()).or_default();
            *revision += 1;
            index.add(std::iter::once((64, entry(position, &stream, *revision))));
            streams.push(stream.parse().unwrap());
            if position % EVENTS == 0 {
                let rolled = index.roll(Position(position + 1));
                index.keep(&rolled, Ends::GoOn).unwrap();
            }
        }
        (index, streams)
    }

    fn reopened(memory: &MemoryIndex) -> Index {
        let index = index(memory);
        let first = |number| Position(number * EVENTS + 1);
        let sealed = (0..CHUNKS).map(|number| Sealed::read(first(number), &index.pages).unwrap().unwrap());
        index.take_over(sealed.collect()).unwrap();
        (0..3).for_each(|at| assert!(index.make_filter(at).unwrap()));
        index
    }

    #[test]
    fn heads_and_filters_are_those_that_were_known_when_the_chunks_were_sealed() {
        let memory = MemoryIndex::default();
        let (known, streams) = filled(&memory);
        let again = reopened(&memory);
        let filters = known.pages.keys("", b"f").unwrap();
        assert!(filters.len() > 6);
        filters.iter().for_each(|key| known.pages.remove("", key).unwrap());
        // As those of an index that was made before filters were kept; then as they were put there anew.
        let without = reopened(&memory);
        assert_eq!(known.pages.keys("", b"f").unwrap(), filters);
        filters.iter().for_each(|key| memory.spoil(key));
        let spoiled = reopened(&memory);
        assert!(filters.iter().all(|key| known.pages.get("", key).unwrap().is_some()));
        for index in [again, without, spoiled] {
            assert_eq!(index.open(|open| open.tips.len()), known.open(|open| open.tips.len()));
            for (stream, position) in streams.iter().zip(1..) {
                assert_eq!(index.tip(stream), known.tip(stream));
                let (id, key) = (id_hash(entry(position, "a/b", 1).id), stream_key(stream));
                assert_eq!(index.ids.candidates(id, 3), known.ids.candidates(id, 3));
                assert_eq!(index.streams.candidates(key, 3), known.streams.candidates(key, 3));
            }
        }
    }

    #[test]
    fn a_stream_that_goes_on_and_was_not_known_is_noticed() {
        let memory = MemoryIndex::default();
        let (index, _) = filled(&memory);
        index.add(std::iter::once((64, entry(CHUNKS * EVENTS + 1, "authority/unknown", 2))));
        let rolled = index.roll(Position(CHUNKS * EVENTS + 2));
        let fault = index.keep(&rolled, Ends::GoOn).unwrap_err();
        assert_eq!(fault.0, "a stream that goes on has no head in it");
    }
}
