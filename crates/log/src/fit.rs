//! Does the index fit the chunks? If it does, adds what is missing at its end; if not, makes it anew.

use std::path::Path;
use std::sync::Arc;

use docket_domain::Position;

use crate::build::{self, Made};
use crate::bytes::size;
use crate::chunk::Chunk;
use crate::event_log::LogError;
use crate::index::{Index, IndexFault, Marker, Place};
use crate::point::read_one;
use crate::scan::{Damage, Torn};
use crate::writer::with_source;

/// Cache of an index of which only the marker is wanted.
const MARKER_CACHE_BYTES: u64 = 1 << 20;

/// An index that fits.
pub(crate) struct Fitted {
    pub(crate) index: Index,
    /// Why it was made anew.
    pub(crate) rebuilt: Option<String>,
    /// Why it is in memory only: the log must not write.
    pub(crate) unwritten: Option<String>,
    pub(crate) damage: Vec<Damage>,
}

/// Where the chunks end.
#[derive(Clone, Copy)]
pub(crate) struct End<'a> {
    /// The position after the last event.
    pub(crate) next: Position,
    /// The offset after it in the last chunk.
    pub(crate) offset: u64,
    /// What follows there.
    pub(crate) torn: Option<&'a Torn>,
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
pub(crate) fn index(
    directory: &Path,
    cache_bytes: u64,
    chunks: &[Arc<Chunk>],
    end: End<'_>,
) -> Result<Fitted, LogError> {
    let until = Position(end.next.0 - 1);
    let log_id = chunks.first().map_or([0; 16], |chunk| chunk.log_id);
    let fitted = fitting(directory, cache_bytes, log_id, chunks, end).and_then(|(index, after, damage)| {
        if !damage.is_empty() {
            return Ok((index, damage));
        }
        // What sled does not take may be sled's fault; what cannot be read in the chunks fails once more below.
        let damage =
            build::extend(&index, chunks, after, until).map_err(|error| Unfit::Wrong(with_source(&error)))?;
        // Counted after the entries past the marker, of which some may have been there, were written once more.
        index.check_count()?;
        Ok((index, damage))
    });
    let why = match fitted {
        Ok((index, damage)) => return Ok(Fitted { index, rebuilt: None, unwritten: None, damage }),
        Err(Unfit::Log(error)) => return Err(error),
        Err(Unfit::Absent) => (until > Position::START).then(|| "it is missing".to_owned()),
        Err(Unfit::Wrong(why)) => Some(why),
    };
    let Made { index, damage, unwritten } = build::anew(directory, cache_bytes, log_id, 0, chunks, until)?;
    Ok(Fitted { index, rebuilt: why, unwritten, damage })
}

/// What an index says of events that were recorded here; none where it is not there, or knows of no event.
pub(crate) fn events_known(directory: &Path) -> Option<String> {
    if !directory.exists() {
        return None;
    }
    match Index::open(directory, MARKER_CACHE_BYTES) {
        Ok((_, marker)) => marker
            .filter(|marker| marker.position > Position::START)
            .map(|marker| format!("{} events were recorded here", marker.position)),
        Err(fault) => {
            Some(format!("the index does not say how many events were recorded here ({})", fault.0))
        }
    }
}

/// The index as it is, the frame at which it ends, and the damage that it proves.
fn fitting(
    directory: &Path,
    cache_bytes: u64,
    log_id: [u8; 16],
    chunks: &[Arc<Chunk>],
    end: End<'_>,
) -> Result<(Index, Option<Place>, Vec<Damage>), Unfit> {
    let wrong = |why: String| Err(Unfit::Wrong(why));
    let (entries, marker) = Index::open(directory, cache_bytes)?;
    let Some(marker) = marker else {
        return Err(Unfit::Absent);
    };
    let index = Index::new(entries, marker, 0);
    if marker.log_id != log_id {
        return wrong("it belongs to another log".to_owned());
    }
    if marker.events != marker.position.0 {
        return wrong(format!(
            "it has {} of {} events, the others could not be read",
            marker.events, marker.position
        ));
    }
    if let Some(damage) = rotten_end(&index, &marker, chunks, end)? {
        return Ok((index, None, vec![damage]));
    }
    if marker.position >= end.next {
        let until = Position(end.next.0 - 1);
        return wrong(format!(
            "it goes to position {}, the chunks only to {until}: events are gone, or older chunks were put back",
            marker.position
        ));
    }
    for pair in chunks.windows(2) {
        if let [before, chunk] = pair {
            check_border(&index, &marker, before, chunk)?;
        }
    }
    if marker.position == Position::START {
        return Ok((index, None, Vec::new()));
    }
    let Some(place) = index.frame(marker.position)?.filter(|place| place.last() == marker.position) else {
        return wrong("it does not say where its last event is".to_owned());
    };
    let Some(chunk) = chunks.iter().find(|chunk| chunk.first == place.chunk) else {
        return wrong("it ends in a chunk that is not there".to_owned());
    };
    match read_one(chunk, &place, size(marker.position.0 - place.first.0))? {
        Ok(event) if event.leaf_hash == marker.leaf => Ok((index, Some(place), Vec::new())),
        _ => wrong(format!("its event at position {} is not the one in the chunks", marker.position)),
    }
}

/// Bytes at the end of the log that look torn, but the index knows that they were acknowledged: they are damaged, and are not cut.
///
/// Where the file is too short to hold them it was cut or put back by someone, and the index is merely ahead.
fn rotten_end(
    index: &Index,
    marker: &Marker,
    chunks: &[Arc<Chunk>],
    end: End<'_>,
) -> Result<Option<Damage>, Unfit> {
    let (Some(torn), Some(chunk)) = (end.torn, chunks.last()) else {
        return Ok(None);
    };
    if marker.position < end.next {
        return Ok(None);
    }
    let known = index
        .frame(end.next)?
        .filter(|place| (place.first, place.chunk, place.offset) == (end.next, chunk.first, end.offset));
    let Some(place) = known else { return Ok(None) };
    let length = chunk.file.length().map_err(|source| chunk.io("measuring", source))?;
    if length < place.offset + u64::from(place.length) {
        return Ok(None);
    }
    Ok(Some(Damage {
        chunk: chunk.name.clone(),
        offset: end.offset,
        first: end.next,
        last: marker.position,
        what: torn.what.clone(),
    }))
}

/// Whether the chunk before reaches up to this one, as far as the index and the file's length tell.
fn check_border(index: &Index, marker: &Marker, before: &Chunk, chunk: &Chunk) -> Result<(), Unfit> {
    let last = Position(chunk.first.0 - 1);
    if last > marker.position {
        return Ok(());
    }
    let place = index.frame(last)?;
    let length = before.file.length().map_err(|source| before.io("measuring", source))?;
    let reaches = place.is_some_and(|place| {
        place.last() == last
            && place.chunk == before.first
            && place.offset + u64::from(place.length) <= length
    });
    if reaches {
        Ok(())
    } else {
        Err(Unfit::Wrong(format!("{} does not reach to {}", before.name, chunk.name)))
    }
}
