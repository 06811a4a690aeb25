//! What the writer and the readers share: the chunks, the index and what is known of their state.

use crate::sync::{Mutex, MutexGuard, RwLock};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use docket_domain::{Position, StreamId};
use tokio::sync::watch;

use crate::admit::Tip;
use crate::build::{self, Source};
use crate::chunk::Chunk;
use crate::disk::Disk;
use crate::event_log::{LeafHash, LogError};
use crate::fit::Marker;
use crate::hashes::Hashes;
use crate::index::Index;
use crate::lock::DirectoryLock;
use crate::open::damage_reason;
use crate::pages::IndexFault;
use crate::scan::Damage;
use crate::writer::with_source;

/// Why something could not be read.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The index is wrong: it is made anew, and the question asked again.
    Index(String),
    /// Everything else.
    Log(LogError),
}

impl std::convert::From<IndexFault> for Fault {
    fn from(fault: IndexFault) -> Self {
        Self::Index(fault.0)
    }
}

impl std::convert::From<LogError> for Fault {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

/// Up to where the log is written and synced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    /// First position of the chunk that is being written.
    pub(crate) chunk: Position,
    /// Offset after its last frame.
    pub(crate) end: u64,
    /// The last event, and its leaf hash.
    pub(crate) last: Position,
    pub(crate) leaf: LeafHash,
}

/// The state that is shared.
pub(crate) struct Store {
    pub(crate) chunk_directory: PathBuf,
    /// Where the index is; its chunks are those of `chunks`.
    pub(crate) source: Source,
    pub(crate) chunk_bytes: u64,
    pub(crate) log_id: [u8; 16],
    pub(crate) disk: Arc<dyn Disk>,
    /// In order of their first position. The writer adds to it.
    pub(crate) chunks: RwLock<Vec<Arc<Chunk>>>,
    /// None once the log is closed, or where the chunks could not be read to make the index anew. The writer adds to it before it moves the head.
    pub(crate) index: RwLock<Option<Index>>,
    /// The hashes of sealed chunks. The keeper adds to them, before it takes the chunk's leaves out of the index.
    pub(crate) hashes: Arc<Hashes>,
    /// Held from the first byte written until the head has moved, and while the index is made anew.
    pub(crate) order: Mutex<()>,
    /// The writer changes it, under `order`.
    pub(crate) written: Mutex<Written>,
    /// Damage that was found by walking over the chunks, in order of position.
    pub(crate) damage: RwLock<Vec<Damage>>,
    /// Why nothing is written any more.
    pub(crate) stopped: RwLock<Option<String>>,
    pub(crate) head: watch::Sender<Position>,
    /// Let go when the log is closed.
    pub(crate) lock: Mutex<Option<DirectoryLock>>,
}

impl Store {
    /// The last durable position.
    pub(crate) fn durable(&self) -> Position {
        *self.head.borrow()
    }

    /// The chunks at this moment.
    pub(crate) fn chunk_list(&self) -> Vec<Arc<Chunk>> {
        self.chunks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The chunk with this first position.
    pub(crate) fn chunk(&self, first: Position) -> Option<Arc<Chunk>> {
        let chunks = self.chunks.read().unwrap_or_else(PoisonError::into_inner);
        let place = chunks.binary_search_by_key(&first, |chunk| chunk.first).ok()?;
        chunks.get(place).cloned()
    }

    /// The first position of the chunk after this one.
    pub(crate) fn chunk_after(&self, first: Position) -> Option<Position> {
        let chunks = self.chunks.read().unwrap_or_else(PoisonError::into_inner);
        chunks.get(chunks.partition_point(|chunk| chunk.first <= first)).map(|chunk| chunk.first)
    }

    /// The damage with the lowest positions that ends at `position` or after.
    pub(crate) fn damage_from(&self, position: Position) -> Option<Damage> {
        let damage = self.damage.read().unwrap_or_else(PoisonError::into_inner);
        damage.iter().find(|damage| damage.last >= position).cloned()
    }

    /// The damage with the highest positions that begins at `position` or before.
    pub(crate) fn damage_to(&self, position: Position) -> Option<Damage> {
        let damage = self.damage.read().unwrap_or_else(PoisonError::into_inner);
        damage.iter().rev().find(|damage| damage.first <= position).cloned()
    }

    /// The last event of a stream.
    pub(crate) fn tip(&self, stream: &StreamId) -> Result<Tip, LogError> {
        self.indexed(|index| Ok(index.tip(stream)))
    }

    /// Why nothing is written any more.
    pub(crate) fn why_stopped(&self) -> Option<String> {
        self.stopped.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes no more until the log is opened again; the first reason stays.
    pub(crate) fn stop(&self, reason: String) {
        self.stopped.write().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
    }

    /// Asks the index; where it proves wrong, makes it anew and asks once more.
    pub(crate) fn indexed<T>(&self, question: impl Fn(&Index) -> Result<T, Fault>) -> Result<T, LogError> {
        let mut again = true;
        loop {
            let (generation, why) = {
                let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
                let Some(index) = index.as_ref() else {
                    return Err(self.without_index());
                };
                match question(index) {
                    Ok(answer) => return Ok(answer),
                    Err(Fault::Log(error)) => return Err(error),
                    Err(Fault::Index(why)) => (index.generation, why),
                }
            };
            if !again {
                let source = std::io::Error::other(why);
                return Err(LogError::Io {
                    doing: "asking an index that was just made anew".to_owned(),
                    source,
                });
            }
            again = false;
            let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            self.remake(&order, generation, &why, self.durable())?;
        }
    }

    /// Makes the index anew up to this position, unless someone else did since `generation`.
    pub(crate) fn remake(
        &self,
        _order: &MutexGuard<'_, ()>,
        generation: u64,
        why: &str,
        until: Position,
    ) -> Result<(), LogError> {
        let mut slot = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_none_or(|index| index.generation != generation) {
            return Ok(());
        }
        tracing::warn!(why, "the index is made anew from the chunks");
        // Closed before its directory is removed.
        *slot = None;
        let source = Source { chunks: self.chunk_list(), ..self.source.clone() };
        let remade = build::anew(&source, generation + 1, until);
        let made = remade.inspect_err(|error| {
            self.stop(format!("the index could not be made anew: {}", with_source(error)));
        })?;
        if let Some(why) = made.unwritten {
            self.stop(why);
        }
        *slot = Some(made.index);
        drop(slot);
        if let Some(first) = made.damage.first() {
            self.stop(damage_reason(first));
            *self.damage.write().unwrap_or_else(PoisonError::into_inner) = made.damage;
        }
        self.mark();
        Ok(())
    }

    /// Writes down up to where the log is known to be durable; a log that was found damaged leaves what was written down before.
    pub(crate) fn mark(&self) {
        if self.why_stopped().is_some() {
            return;
        }
        let written = *self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let Written { chunk, end, last, leaf } = written;
        let marker = Marker { log_id: self.log_id, position: last, leaf, chunk, end };
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let marked = index.as_ref().map(|index| marker.put(&index.pages).and_then(|()| index.flush()));
        if let Some(Err(fault)) = marked {
            tracing::warn!(why = fault.0, "the index could not be marked as whole and may be made anew");
        }
    }

    fn without_index(&self) -> LogError {
        LogError::Stopped(self.why_stopped().unwrap_or_else(|| "it is closed".to_owned()))
    }
}
