//! What a log must tell for its history to be proved: the hashes of its tree, and the last event of each stream.

use std::sync::PoisonError;

use docket_domain::{Position, Revision, StreamId};
use docket_proof::Frontier;

use crate::bytes::size;
use crate::chunk::io_error;
use crate::chunk_log::ChunkLog;
use crate::event_log::{EventLog, LeafHash, LogError};
use crate::store::Store;

/// Hashes of a tile level below one hash of the next.
const WIDTH: usize = 256;
/// Leaf hashes that are read at once.
const LEAVES_AT_ONCE: usize = 65_536;

/// The last event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHead {
    /// The stream.
    pub stream: StreamId,
    /// Revision of its last event.
    pub revision: Revision,
    /// Leaf hash of that event.
    pub leaf_hash: LeafHash,
}

/// A log whose history can be proved. The calls block for as long as reading files takes.
pub trait ProvableLog: EventLog {
    /// `count` hashes of a tile level from number `first` (counted from 0) on, where level 0 are the leaf hashes and level `k` the roots of each
    /// full `256^k` of them. They are read back as they are kept: whoever asks compares them with a root, and where they are wrong, calls
    /// [`ProvableLog::repair_tree`].
    ///
    /// # Errors
    /// [`LogError::Io`] if they are not all there or the system refuses.
    fn tree_hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<LeafHash>, LogError>;

    /// What is needed to go on with the tree of the first `size` events. It rests on the footers of sealed chunks and on the events after them.
    ///
    /// # Errors
    /// As [`ProvableLog::tree_hashes`].
    fn frontier(&self, size: u64) -> Result<Frontier, LogError>;

    /// The tree of the first `size` events, going on from that of fewer.
    ///
    /// # Errors
    /// As [`ProvableLog::tree_hashes`].
    fn grown(&self, mut frontier: Frontier, size: u64) -> Result<Frontier, LogError> {
        while frontier.size() < size {
            let more = crate::bytes::size(size - frontier.size()).min(LEAVES_AT_ONCE);
            for leaf in self.tree_hashes(0, frontier.size(), more)? {
                frontier.push(leaf);
            }
        }
        Ok(frontier)
    }

    /// Makes the hashes anew from the events.
    ///
    /// # Errors
    /// As for reading the events.
    fn repair_tree(&self) -> Result<(), LogError>;

    /// The last event of each stream, in any order, as of a position that is durable.
    fn heads(&self) -> (Position, Vec<StreamHead>);
}

impl ProvableLog for ChunkLog {
    fn tree_hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<LeafHash>, LogError> {
        self.store().tree_hashes(level, first, count)
    }

    fn frontier(&self, size: u64) -> Result<Frontier, LogError> {
        let chunks = self.store().chunk_list();
        let footers = chunks.iter().rev().filter_map(|chunk| chunk.footer());
        let before = footers.map(|footer| &footer.frontier).find(|frontier| frontier.size() <= size);
        let mut frontier = before.cloned().unwrap_or_default();
        let rest = crate::bytes::size(size - frontier.size());
        for leaf in self.store().tree_hashes(0, frontier.size(), rest)? {
            frontier.push(leaf);
        }
        Ok(frontier)
    }

    fn repair_tree(&self) -> Result<(), LogError> {
        tracing::warn!("the hashes of the tree are made anew from the chunks");
        let hashes = &self.store().hashes;
        hashes.remake(|| self.store().chunk_list())
    }

    fn heads(&self) -> (Position, Vec<StreamHead>) {
        let index = self.store().index.read().unwrap_or_else(PoisonError::into_inner);
        index.as_ref().map_or((Position::START, Vec::new()), |index| {
            index.open(|open| {
                // Whoever asks may keep them: no more memory than they take.
                let mut heads = Vec::with_capacity(open.tips.len());
                heads.extend(open.tips.iter().filter_map(|(stream, tip)| {
                    Some(StreamHead { stream: stream.clone(), revision: tip.revision, leaf_hash: tip.leaf? })
                }));
                (open.last, heads)
            })
        })
    }
}

impl Store {
    fn tree_hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<LeafHash>, LogError> {
        let leaves = (WIDTH as u64)
            .checked_pow(u32::from(level))
            .and_then(|width| first.checked_add(count as u64)?.checked_mul(width));
        if leaves.is_none_or(|leaves| leaves > self.durable().0) {
            let what = format!("the log has {} events", self.durable());
            return Err(io_error("reading the hashes of the tree", std::io::Error::other(what)));
        }
        if let Some(hashes) = self.hashes.read(level, first, count) {
            return Ok(hashes);
        }
        if level == 0 {
            return self.leaf_hashes(first, count);
        }
        (first..first + count as u64)
            .map(|number| {
                let below = self.tree_hashes(level - 1, number * WIDTH as u64, WIDTH)?;
                Ok(root_of(&below))
            })
            .collect()
    }

    /// Leaf hashes, of which some are in files and some still in memory.
    fn leaf_hashes(&self, first: u64, count: usize) -> Result<Vec<LeafHash>, LogError> {
        let mut leaves = Vec::with_capacity(count);
        while leaves.len() < count {
            let next = first + leaves.len() as u64;
            let wanted = count - leaves.len();
            let filed = || {
                let there = size(self.hashes.len().saturating_sub(next)).min(wanted);
                self.hashes.read(0, next, there).unwrap_or_default()
            };
            let in_memory = || {
                let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
                index.as_ref().map_or(Vec::new(), |index| index.leaves(Position(next).next(), wanted))
            };
            // Those of a chunk that the keeper takes out of memory meanwhile are in the files when they are asked once more.
            let places: [&dyn Fn() -> Vec<LeafHash>; 3] = [&filed, &in_memory, &filed];
            let more =
                places.iter().map(|place| place()).find(|leaves| !leaves.is_empty()).unwrap_or_default();
            if more.is_empty() {
                let what = format!("the leaf hash of position {} is not there", Position(next).next());
                return Err(io_error("reading the hashes of the tree", std::io::Error::other(what)));
            }
            leaves.extend(more);
        }
        Ok(leaves)
    }
}

/// The root of a full tile.
pub(crate) fn root_of(hashes: &[LeafHash]) -> LeafHash {
    let mut frontier = Frontier::new();
    hashes.iter().for_each(|hash| frontier.push(*hash));
    frontier.root()
}
