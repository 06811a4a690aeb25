//! Fills the index from the chunks: all of it, or what is missing at its end.

use std::path::PathBuf;
use std::sync::Arc;

use docket_domain::Position;

use crate::chunk::{Chunk, io_error};
use crate::event_log::LogError;
use crate::fit::Marker;
use crate::hashes::Hashes;
use crate::heads::Ends;
use crate::index::{Index, Sizes};
use crate::pages::{IndexFault, MemoryIndex, Pages};
use crate::scan::Damage;
use crate::segment::Segment;
use crate::survey::walk_events;
use crate::writer::with_source;

/// Where an index is.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) directory: PathBuf,
    /// In place of the directory.
    pub(crate) memory: Option<MemoryIndex>,
    pub(crate) cache_bytes: u64,
}

/// Where an index is, and what it is an index of.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) home: Home,
    pub(crate) chunk_bytes: u64,
    pub(crate) log_id: [u8; 16],
    pub(crate) chunks: Vec<Arc<Chunk>>,
    /// What is added to them as well, where a chunk is walked over.
    pub(crate) hashes: Arc<Hashes>,
}

impl Home {
    /// The pages that are there; none where there is no directory.
    pub(crate) fn open(&self, cache_bytes: u64) -> Result<Option<Pages>, IndexFault> {
        match &self.memory {
            Some(memory) => Ok(Some(Pages::Memory(memory.clone()))),
            None if !self.directory.exists() => Ok(None),
            None => Pages::open(&self.directory, cache_bytes).map(Some),
        }
    }

    /// No pages, where there may have been some.
    fn open_empty(&self) -> Result<Pages, LogError> {
        if let Some(memory) = &self.memory {
            memory.clear();
            return Ok(Pages::Memory(memory.clone()));
        }
        match std::fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(io_error(format!("removing the index {}", self.directory.display()), error))
            }
            _ => Pages::open(&self.directory, self.cache_bytes).map_err(index_error),
        }
    }
}

/// An index that was made, and the damage met on the way.
pub(crate) struct Made {
    pub(crate) index: Index,
    pub(crate) damage: Vec<Damage>,
    /// Why it is in memory only: the log answers, and MUST NOT go on writing.
    pub(crate) unwritten: Option<String>,
}

/// Removes the index and makes it anew from the chunks, up to this position: in memory where it cannot be written.
pub(crate) fn anew(source: &Source, generation: u64, until: Position) -> Result<Made, LogError> {
    let written = source.home.open_empty().and_then(|pages| filled(source, pages, generation, until));
    written.or_else(|error| {
        let why = format!("the index could not be made anew: {}", with_source(&error));
        let mut made = in_memory(source, until)?;
        made.index.generation = generation;
        tracing::error!(
            why,
            "the index is held in memory: nothing is recorded until the log is opened again, questions are answered"
        );
        Ok(Made { unwritten: Some(why), ..made })
    })
}

/// An index that is gone when the log is closed; that on disk is not touched.
pub(crate) fn in_memory(source: &Source, until: Position) -> Result<Made, LogError> {
    filled(source, Pages::Memory(MemoryIndex::default()), 0, until)
}

/// Fills empty pages.
fn filled(source: &Source, pages: Pages, generation: u64, until: Position) -> Result<Made, LogError> {
    let index = Index::new(pages, Sizes::of(source.chunk_bytes), generation);
    // Nothing was durable as far as the marker knows, until the log is closed.
    let marker = Marker {
        log_id: source.log_id,
        position: Position::START,
        leaf: [0; 32],
        chunk: Position(1),
        end: 0,
    };
    let damage = fill(&index, source, 0, until, None)?;
    marker.put(&index.pages).map_err(index_error)?;
    index.flush().map_err(index_error)?;
    Ok(Made { index, damage, unwritten: None })
}

/// Adds the chunks from number `done` on, up to this position, and tells the damage met on the way. `segment` is the last chunk, if it
/// was walked over already.
pub(crate) fn fill(
    index: &Index,
    source: &Source,
    done: usize,
    until: Position,
    mut segment: Option<Segment>,
) -> Result<Vec<Damage>, LogError> {
    let mut damage = Vec::new();
    let chunks = &source.chunks;
    let mut next =
        chunks.get(done).map_or(Position(1), |chunk| if done == 0 { Position(1) } else { chunk.first });
    for (at, chunk) in chunks.iter().enumerate().skip(done) {
        let following = chunks.get(at + 1);
        let last = following.map_or(until, |following| Position(following.first.0 - 1).min(until));
        if chunk.first > next {
            damage.push(missing(chunk, next));
        }
        let walked = match segment.take_if(|segment| segment.chunk == chunk.first) {
            Some(segment) => segment,
            None => {
                let walked = walk_events(chunk, Some(last))?;
                damage.extend(walked.scanned.damage);
                walked.segment
            }
        };
        index.begin(walked);
        if let Some(following) = following {
            add_hashes(source, index);
            let rolled = index.roll(following.first);
            let ends = if at + 2 == chunks.len() { Ends::AsTheyAre } else { Ends::Later };
            index.keep(&rolled, ends).map_err(index_error)?;
        }
        next = last.next();
    }
    damage.sort_by_key(|damage| damage.first);
    Ok(damage)
}

/// Adds the leaves of the chunk that was just walked over to the files of hashes, where they are the next. Where that fails, it is told when
/// the files are completed.
fn add_hashes(source: &Source, index: &Index) {
    index.open(|open| {
        if open.segment.is_whole() {
            let _ = source.hashes.add(open.segment.chunk.0 - 1, open.segment.leaves());
        }
    });
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
fn index_error(fault: IndexFault) -> LogError {
    io_error("filling the index", std::io::Error::other(fault.0))
}
