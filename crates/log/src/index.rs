//! The index, in sled: where things are in the chunks. Derived: whatever is wrong with it is repaired by making it anew. Where sled
//! cannot write, the same pairs are held in memory until the log is closed, and nothing is recorded.
//!
//! One tree, so that the marker, which says how far the entries go, comes after them in sled's log. Keys are big-endian (they
//! are compared byte by byte), values little-endian:
//!
//! | key | value |
//! | --- | --- |
//! | `i`, event id | position |
//! | `s`, stream, zero, revision | position |
//! | `f`, position of a frame's first event | number of events, length, offset, first position of the chunk |
//! | `m` | the marker |

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use docket_domain::{EventId, Position, Revision, StreamId};

use crate::bytes::{array_at, u32_at, u64_at};
use crate::entries::{Entries, Pair};
use crate::event_log::{LeafHash, StoredEvent};

/// Layout of the index; another number makes it anew.
const VERSION: u32 = 1;
const MARKER_KEY: &[u8] = b"m";
/// Up to so many entries are counted when the index is opened; counting more would take longer than it is worth.
pub(crate) const COUNTED_MAX: u64 = 2_000_000;

/// The index does not answer, or not what the chunks say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexFault(pub(crate) String);

/// Where a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) chunk: Position,
    pub(crate) offset: u64,
    pub(crate) length: u32,
    pub(crate) count: u32,
    pub(crate) first: Position,
}

impl Place {
    /// Position of the frame's last event.
    pub(crate) fn last(&self) -> Position {
        Position((self.first.0 + u64::from(self.count)).saturating_sub(1))
    }
}

/// How far the index goes, and how much is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) log_id: [u8; 16],
    /// The last position that is in the index.
    pub(crate) position: Position,
    /// Leaf hash of the event there.
    pub(crate) leaf: LeafHash,
    /// Events in the index: fewer than `position` where some were damaged when it was made.
    pub(crate) events: u64,
    /// Frames in the index.
    pub(crate) frames: u64,
}

/// The entries of one frame.
pub(crate) struct Entry<'a> {
    pub(crate) place: Place,
    pub(crate) events: Vec<&'a StoredEvent>,
}

/// The open index.
pub(crate) struct Index {
    entries: Entries,
    /// Only the writer moves it.
    marker: Mutex<Marker>,
    /// Counts how often the index was made anew in this process.
    pub(crate) generation: u64,
}

impl Index {
    /// Opens the index, or creates an empty one; the marker is none where it is empty.
    pub(crate) fn open(directory: &Path, cache_bytes: u64) -> Result<(Entries, Option<Marker>), IndexFault> {
        let entries = Entries::open(directory, cache_bytes)?;
        match entries.get("reading the marker of the index", MARKER_KEY)? {
            None => Ok((entries, None)),
            Some(bytes) => match Marker::parse(&bytes) {
                Some(marker) => Ok((entries, Some(marker))),
                None => Err(IndexFault("its marker is of another version".to_owned())),
            },
        }
    }

    /// An index that goes as far as its marker says.
    pub(crate) fn new(entries: Entries, marker: Marker, generation: u64) -> Self {
        Self { entries, marker: Mutex::new(marker), generation }
    }

    /// How far it goes.
    pub(crate) fn marker(&self) -> Marker {
        *self.marker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether as many entries are there as the marker says. Not looked at beyond [`COUNTED_MAX`].
    pub(crate) fn check_count(&self) -> Result<(), IndexFault> {
        let said = 1 + 2 * self.marker().events + self.marker().frames;
        if said > COUNTED_MAX {
            return Ok(());
        }
        let there = self.entries.count("counting the entries of the index")?;
        if there == said { Ok(()) } else { Err(IndexFault(format!("it has {there} entries, not {said}"))) }
    }

    /// Where the event of this id is.
    pub(crate) fn id(&self, id: EventId) -> Result<Option<Position>, IndexFault> {
        let value = self.entries.get("looking up an event id", &id_key(id))?;
        value.map(|value| position_value(&value)).transpose()
    }

    /// The last event of a stream, up to this position.
    pub(crate) fn stream_last(&self, stream: &StreamId) -> Result<Option<(Revision, Position)>, IndexFault> {
        self.stream_before(stream, Revision(u64::MAX))
    }

    /// The first event of a stream from this revision on.
    pub(crate) fn stream_from(
        &self,
        stream: &StreamId,
        from: Revision,
    ) -> Result<Option<(Revision, Position)>, IndexFault> {
        let range = stream_key(stream, from)..=stream_key(stream, Revision(u64::MAX));
        self.entries.first("reading a stream in the index", range)?.map(stream_entry).transpose()
    }

    /// The last event of a stream up to this revision.
    pub(crate) fn stream_before(
        &self,
        stream: &StreamId,
        to: Revision,
    ) -> Result<Option<(Revision, Position)>, IndexFault> {
        let range = stream_key(stream, Revision::NONE)..=stream_key(stream, to);
        self.entries.last("reading a stream in the index", range)?.map(stream_entry).transpose()
    }

    /// The last frame that begins at this position or before.
    pub(crate) fn frame(&self, position: Position) -> Result<Option<Place>, IndexFault> {
        let range = frame_key(Position::START)..=frame_key(position);
        let entry = self.entries.last("looking up a frame", range)?;
        entry.map(|(key, value)| frame_entry(&key, &value)).transpose()
    }

    /// Adds the entries of frames that follow the marker, then moves the marker.
    ///
    /// One by one and not as a batch: sled's batch of a few thousand entries takes gigabytes. After a crash sled has the entries up to some
    /// moment, so where the marker is, they are; entries past the marker are written once more when the index is brought forward.
    pub(crate) fn add(&self, entries: &[Entry<'_>]) -> Result<(), IndexFault> {
        let mut marker = self.marker();
        let mut pairs = Vec::new();
        for Entry { place, events } in entries {
            let mut value = Vec::with_capacity(24);
            value.extend(place.count.to_le_bytes());
            value.extend(place.length.to_le_bytes());
            value.extend(place.offset.to_le_bytes());
            value.extend(place.chunk.0.to_le_bytes());
            pairs.push((frame_key(place.first), value));
            for event in events {
                let position = Vec::from(event.position.0.to_le_bytes());
                pairs.push((id_key(event.event.id), position.clone()));
                pairs.push((stream_key(&event.event.stream, event.revision), position));
                marker.position = event.position;
                marker.leaf = event.leaf_hash;
                marker.events += 1;
            }
            marker.frames += 1;
        }
        // Neighbours together: sled then rewrites fewer pages.
        pairs.sort_unstable();
        pairs.push((MARKER_KEY.to_vec(), marker.bytes()));
        self.entries.put("adding to the index", pairs)?;
        *self.marker.lock().unwrap_or_else(PoisonError::into_inner) = marker;
        Ok(())
    }

    /// Writes to disk what is not there yet, so that the next start finds it.
    pub(crate) fn flush(&self) -> Result<(), IndexFault> {
        self.entries.flush("flushing the index")
    }
}

impl Marker {
    /// Of an index that is empty.
    pub(crate) fn empty(log_id: [u8; 16]) -> Self {
        Self { log_id, position: Position::START, leaf: [0; 32], events: 0, frames: 0 }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::from(VERSION.to_le_bytes());
        bytes.extend(self.log_id);
        bytes.extend(self.position.0.to_le_bytes());
        bytes.extend(self.leaf);
        bytes.extend(self.events.to_le_bytes());
        bytes.extend(self.frames.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        if u32_at(bytes, 0)? != VERSION {
            return None;
        }
        Some(Self {
            log_id: array_at(bytes, 4)?,
            position: Position(u64_at(bytes, 20)?),
            leaf: array_at(bytes, 28)?,
            events: u64_at(bytes, 60)?,
            frames: u64_at(bytes, 68)?,
        })
    }
}

fn id_key(id: EventId) -> Vec<u8> {
    [b"i".as_slice(), &id.0].concat()
}

fn stream_key(stream: &StreamId, revision: Revision) -> Vec<u8> {
    [b"s", stream.as_str().as_bytes(), &[0], &revision.0.to_be_bytes()].concat()
}

fn frame_key(first: Position) -> Vec<u8> {
    [b"f".as_slice(), &first.0.to_be_bytes()].concat()
}

fn position_value(value: &[u8]) -> Result<Position, IndexFault> {
    u64_at(value, 0).map(Position).ok_or_else(|| IndexFault("an entry is too short".to_owned()))
}

fn stream_entry((key, value): Pair) -> Result<(Revision, Position), IndexFault> {
    let revision = key.len().checked_sub(8).and_then(|at| array_at(&key, at)).map(u64::from_be_bytes);
    let revision = revision.ok_or_else(|| IndexFault("a key is too short".to_owned()))?;
    Ok((Revision(revision), position_value(&value)?))
}

fn frame_entry(key: &[u8], value: &[u8]) -> Result<Place, IndexFault> {
    let place = || {
        Some(Place {
            first: Position(array_at(key, 1).map(u64::from_be_bytes)?),
            count: u32_at(value, 0)?,
            length: u32_at(value, 4)?,
            offset: u64_at(value, 8)?,
            chunk: Position(u64_at(value, 16)?),
        })
    };
    place().ok_or_else(|| IndexFault("the entry of a frame is too short".to_owned()))
}
