//! Does the index fit the chunks? If it does, adds what is missing at its end; if not, makes it anew.

use docket_domain::Position;

use crate::build::{self, Home, Made, Source};
use crate::bytes::{array_at, u32_at, u64_at};
use crate::event_log::{LeafHash, LogError};
use crate::index::{Index, Sizes};
use crate::pages::{IndexFault, Pages};
use crate::point::read_one;
use crate::scan::Damage;
use crate::sealed::Sealed;
use crate::survey::Tail;
use crate::writer::with_source;

/// Layout of the marker; another number makes the index anew.
const VERSION: u32 = 2;
const MARKER_KEY: &[u8] = b"m";
/// Cache of an index of which only the marker is wanted.
const MARKER_CACHE_BYTES: u64 = 1 << 20;

/// Up to where the log was known to be durable when it was last closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) log_id: [u8; 16],
    /// The last position.
    pub(crate) position: Position,
    /// Leaf hash of the event there.
    pub(crate) leaf: LeafHash,
    /// The chunk that was being written, and the offset of its end.
    pub(crate) chunk: Position,
    pub(crate) end: u64,
}

impl Marker {
    /// Puts it among the pages.
    pub(crate) fn put(&self, pages: &Pages) -> Result<(), IndexFault> {
        let mut bytes = Vec::from(VERSION.to_le_bytes());
        bytes.extend(self.log_id);
        bytes.extend(self.position.0.to_le_bytes());
        bytes.extend(self.leaf);
        bytes.extend(self.chunk.0.to_le_bytes());
        bytes.extend(self.end.to_le_bytes());
        pages.put("writing the marker of the index", MARKER_KEY, bytes)
    }

    fn get(pages: &Pages) -> Result<Option<Self>, IndexFault> {
        let Some(bytes) = pages.get("reading the marker of the index", MARKER_KEY)? else {
            return Ok(None);
        };
        let marker = || {
            Some(Self {
                log_id: array_at(&bytes, 4)?,
                position: Position(u64_at(&bytes, 20)?),
                leaf: array_at(&bytes, 28)?,
                chunk: Position(u64_at(&bytes, 60)?),
                end: u64_at(&bytes, 68)?,
            })
        };
        let marker = marker().filter(|_| u32_at(&bytes, 0) == Some(VERSION));
        marker.map(Some).ok_or_else(|| IndexFault("its marker is of another version".to_owned()))
    }
}

/// An index that fits.
pub(crate) struct Fitted {
    pub(crate) made: Made,
    /// Why it was made anew.
    pub(crate) rebuilt: Option<String>,
}

/// Why an index is of no use.
enum Unfit {
    /// There is none.
    Absent,
    /// There is one.
    Wrong(String),
    /// The system refused.
    Log(LogError),
}

impl std::convert::From<IndexFault> for Unfit {
    fn from(fault: IndexFault) -> Self {
        Self::Wrong(fault.0)
    }
}

impl std::convert::From<LogError> for Unfit {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

/// An index over these chunks, up to their end.
pub(crate) fn index(source: &Source, tail: &mut Tail) -> Result<Fitted, LogError> {
    let until = Position(tail.next.0 - 1);
    let why = match fitting(source, tail) {
        Ok(made) => return Ok(Fitted { made, rebuilt: None }),
        Err(Unfit::Log(error)) => return Err(error),
        Err(Unfit::Absent) => (until > Position::START).then(|| "it is missing".to_owned()),
        Err(Unfit::Wrong(why)) => Some(why),
    };
    Ok(Fitted { made: build::anew(source, 0, until)?, rebuilt: why })
}

/// What an index says of events that were recorded here; none where it is not there, or knows of no event.
pub(crate) fn events_known(home: &Home) -> Option<String> {
    let pages = match home.open(MARKER_CACHE_BYTES) {
        Ok(pages) => pages?,
        Err(fault) => {
            return Some(format!("the index does not say how many events were recorded here ({})", fault.0));
        }
    };
    let marker = Marker::get(&pages).ok().flatten().map_or(Position::START, |marker| marker.position);
    let known = sealed_chunks(&pages).ok()?.last().map_or(marker, |last| last.last().max(marker));
    (known > Position::START).then(|| format!("{known} events were recorded here"))
}

/// The records of all chunks.
fn sealed_chunks(pages: &Pages) -> Result<Vec<Sealed>, IndexFault> {
    let mut sealed = Vec::new();
    for key in pages.keys("listing the chunks of the index", b"c")? {
        let chunk = array_at(&key, 1).map(u64::from_be_bytes).map(Position);
        let chunk = chunk.ok_or_else(|| IndexFault("a key is too short".to_owned()))?;
        sealed.extend(Sealed::read(chunk, pages)?);
    }
    Ok(sealed)
}

/// The index as it is, with what is missing at its end.
fn fitting(source: &Source, tail: &mut Tail) -> Result<Made, Unfit> {
    let wrong = |why: String| Err(Unfit::Wrong(why));
    let Some(pages) = source.home.open(source.home.cache_bytes)? else {
        return Err(Unfit::Absent);
    };
    let Some(marker) = Marker::get(&pages)? else {
        return Err(Unfit::Absent);
    };
    if marker.log_id != source.log_id {
        return wrong("it belongs to another log".to_owned());
    }
    let sealed = sealed_chunks(&pages)?;
    let known = sealed.last().map_or(marker.position, |last| last.last().max(marker.position));
    let rotten = rotten_end(&marker, tail)?;
    if rotten.is_none()
        && let Some(lost) = lost(known, tail)
    {
        // The index on disk is what knows of them: it stays as it is.
        let mut made = build::in_memory(source, Position(tail.next.0 - 1))?;
        made.damage.push(lost);
        return Ok(made);
    }
    // What the index knows of the chunk that is written, it knows from a time when another followed it.
    let done = sealed.len().min(source.chunks.len() - 1);
    let sealed: Vec<Sealed> = sealed.into_iter().take(done).collect();
    for (sealed, chunk) in sealed.iter().zip(&source.chunks) {
        let same =
            chunk.footer().is_some_and(|footer| (footer.last, footer.leaf) == (sealed.last(), sealed.leaf));
        if sealed.chunk != chunk.first || !same {
            return wrong(format!("it says otherwise than {} what is in it", chunk.name));
        }
    }
    let index = Index::new(pages, Sizes::of(source.chunk_bytes), 0);
    index.take_over(sealed)?;
    let segment = tail.segment.take();
    // What sled does not take may be sled's fault; what cannot be read in the chunks fails once more when the index is made anew.
    let until = Position(tail.next.0 - 1);
    let filled = build::fill(&index, source, done, until, segment);
    let mut damage = filled.map_err(|error| Unfit::Wrong(with_source(&error)))?;
    damage.extend(rotten);
    check_marker(&index, source, &marker)?;
    Ok(Made { index, damage, unwritten: None })
}

/// Whether the event at the marker is the one in the chunks.
fn check_marker(index: &Index, source: &Source, marker: &Marker) -> Result<(), Unfit> {
    if marker.position == Position::START {
        return Ok(());
    }
    let Some((first, offset)) = index.place(marker.position)? else {
        // Among those that cannot be read, which are told.
        return Ok(());
    };
    let Some(chunk) = source.chunks.iter().find(|chunk| chunk.first == first) else {
        return Err(Unfit::Wrong("it ends in a chunk that is not there".to_owned()));
    };
    match read_one(chunk, offset, marker.position)? {
        Ok(event) if event.leaf_hash() != marker.leaf => Err(Unfit::Wrong(format!(
            "its event at position {} is not the one in the chunks",
            marker.position
        ))),
        _ => Ok(()),
    }
}

/// Events that the index knows to have been recorded, and that no chunk holds. Nothing is recorded in their place.
fn lost(known: Position, tail: &Tail) -> Option<Damage> {
    (known >= tail.next).then(|| Damage {
        chunk: tail.chunk.name.clone(),
        offset: tail.end,
        first: tail.next,
        last: known,
        what: "events were recorded here that are gone, or older chunks were put back: restore the chunks; or, if this state is the one that is \
               meant, remove the directory index"
            .to_owned(),
    })
}

/// Bytes at the end of the log that look torn, but the marker knows that they were acknowledged: they are damaged, and are not cut.
///
/// Where the file is too short to hold them it was cut or put back by someone, and the index is merely ahead.
fn rotten_end(marker: &Marker, tail: &Tail) -> Result<Option<Damage>, Unfit> {
    let (chunk, Some(torn)) = (&tail.chunk, &tail.torn) else {
        return Ok(None);
    };
    if marker.position < tail.next || marker.chunk != chunk.first || marker.end <= tail.end {
        return Ok(None);
    }
    let length = chunk.file.length().map_err(|source| chunk.io("measuring", source))?;
    Ok((length >= marker.end).then(|| Damage {
        chunk: chunk.name.clone(),
        offset: tail.end,
        first: tail.next,
        last: marker.position,
        what: torn.what.clone(),
    }))
}
