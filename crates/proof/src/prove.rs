//! Proofs, made of stored hashes that are not trusted: each proof is verified against the root before it is given.
//!
//! `tlog_tiles` has a reader that is meant to authenticate stored hashes. It is not used: in 0.2.0 it leaves tiles unchecked where several
//! of the subtrees on the tree's edge lie in one tile, and then gives wrong proofs (`tests/it/stored.rs` found it).

use std::cell::RefCell;

use tlog_tiles::{HashReader, prove_record, prove_tree, split_stored_hash_index};

use crate::frontier::Frontier;
use crate::hash::{Hash, SIZE_MAX, has_level, ours};
use crate::tiles::{TILE_HEIGHT, TileError, TileHashes, subtree};
use crate::verify::{ProofError, index_of, verify_consistency, verify_inclusion};

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// There is nothing to prove.
    #[error(transparent)]
    Asked(#[from] ProofError),
    /// Stored hashes could not be read.
    #[error(transparent)]
    Read(#[from] TileError),
    /// Fewer or more hashes came than were asked for.
    #[error("{actual} tree hashes of level {level} came where {expected} were asked for")]
    Count {
        /// The level that was read.
        level: u8,
        /// How many were asked for.
        expected: usize,
        /// How many came.
        actual: usize,
    },
    /// Stored hashes are wrong, or the root is not that of this tree.
    #[error(
        "the stored tree hashes do not lead to the root of the log of {size} events: one of those read is wrong ({read}), or the root is \
         another log's. Tree hashes are derived: rebuild them from the events and compare the root again"
    )]
    Altered {
        /// The events in the tree.
        size: u64,
        /// Which hashes were read.
        read: String,
    },
    /// The library could not do what it was asked for.
    #[error("the proof for the log of {size} events could not be computed: {why}")]
    Computed {
        /// The events in the tree.
        size: u64,
        /// What the library said.
        why: String,
    },
}

/// The frontier of the tree of this size: what is needed to go on with it.
///
/// The hashes read are taken as they are: compare its root with one that is known.
///
/// # Errors
///
/// When hashes cannot be read.
pub fn frontier(tiles: &impl TileHashes, size: u64) -> Result<Frontier, ProveError> {
    check_size(size)?;
    Reader::new(tiles).frontier(size)
}

/// The root of the tree of this size, from hashes that are taken as they are.
///
/// # Errors
///
/// When hashes cannot be read.
pub fn root(tiles: &impl TileHashes, size: u64) -> Result<Hash, ProveError> {
    frontier(tiles, size).map(|frontier| frontier.root())
}

/// The proof that the event at this position is part of the tree of `size` leaves with this root; for
/// [`verify_inclusion`](crate::verify_inclusion). Positions count from 1.
///
/// # Errors
///
/// When the position is not in the tree, when hashes cannot be read, and when what was read does not lead to the root: a wrong stored hash
/// never gives a wrong proof.
pub fn inclusion(
    tiles: &impl TileHashes,
    position: u64,
    size: u64,
    root: &Hash,
) -> Result<Vec<Hash>, ProveError> {
    check_size(size)?;
    let index = index_of(position, size)?;
    let reader = Reader::new(tiles);
    let proof = reader.run(size, |reader| prove_record(size, index, reader))?;
    let leaf = reader.node(0, index)?;
    verify_inclusion(&leaf, position, size, root, &proof).map_err(|_| reader.altered(size))?;
    Ok(proof)
}

/// The proof that the tree of `size` leaves with this root continues that of `old_size` leaves; for
/// [`verify_consistency`](crate::verify_consistency).
///
/// # Errors
///
/// When the old tree is the larger one, when hashes cannot be read, and when what was read does not lead to the root.
pub fn consistency(
    tiles: &impl TileHashes,
    old_size: u64,
    size: u64,
    root: &Hash,
) -> Result<Vec<Hash>, ProveError> {
    check_size(size)?;
    if size < old_size {
        return Err(ProofError::Order { old_size, size }.into());
    }
    let reader = Reader::new(tiles);
    let old_root = reader.frontier(old_size)?.root();
    let proof = match old_size {
        0 => Vec::new(),
        _ => reader.run(size, |reader| prove_tree(size, old_size, reader))?,
    };
    verify_consistency(old_size, &old_root, size, root, &proof).map_err(|_| reader.altered(size))?;
    Ok(proof)
}

fn check_size(size: u64) -> Result<(), ProveError> {
    if size <= SIZE_MAX { Ok(()) } else { Err(ProofError::Size(size).into()) }
}

/// Reads nodes of the tree for the library. Its error type has no room for ours, so that waits here.
struct Reader<'a, T> {
    tiles: &'a T,
    fault: RefCell<Option<ProveError>>,
    /// Level, first number and count of what was read.
    read: RefCell<Vec<(u8, u64, usize)>>,
}

impl<'a, T: TileHashes> Reader<'a, T> {
    fn new(tiles: &'a T) -> Self {
        Self { tiles, fault: RefCell::default(), read: RefCell::default() }
    }

    /// The root of the perfect subtree of this number (from 0) over `2^level` leaves.
    fn node(&self, level: u8, number: u64) -> Result<Hash, ProveError> {
        // It is a power of two of hashes of the tile level below it.
        let (tile_level, above) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let (first, count) = (number << above, 1 << above);
        let hashes = self.tiles.hashes(tile_level, first, count)?;
        if hashes.len() != count {
            return Err(ProveError::Count { level: tile_level, expected: count, actual: hashes.len() });
        }
        self.read.borrow_mut().push((tile_level, first, count));
        Ok(subtree(&hashes))
    }

    /// The perfect subtrees that a tree of this size is made of.
    fn frontier(&self, size: u64) -> Result<Frontier, ProveError> {
        let mut start = 0;
        let subtrees = (0..64).rev().filter(|level| has_level(size, *level)).map(|level| {
            let number = start >> level;
            start += 1 << level;
            self.node(level, number)
        });
        let subtrees = subtrees.collect::<Result<Vec<_>, _>>()?;
        Ok(Frontier::from_subtrees(size, &subtrees))
    }

    /// Runs a computation of the library.
    fn run(
        &self,
        size: u64,
        prove: impl FnOnce(&Self) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error>,
    ) -> Result<Vec<Hash>, ProveError> {
        prove(self).map(ours).map_err(|error| {
            let why = || ProveError::Computed { size, why: error.to_string() };
            self.fault.take().unwrap_or_else(why)
        })
    }

    /// What was read does not lead to the root.
    fn altered(&self, size: u64) -> ProveError {
        let read = self.read.take();
        let parts =
            read.iter().map(|(level, first, count)| format!("level {level}: {count} from number {first}"));
        ProveError::Altered { size, read: parts.collect::<Vec<_>>().join("; ") }
    }
}

impl<T: TileHashes> HashReader for Reader<'_, T> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let node = |index: &u64| {
            let (level, number) = split_stored_hash_index(*index);
            self.node(level, number).map(tlog_tiles::Hash)
        };
        indexes.iter().map(node).collect::<Result<_, _>>().map_err(|fault| {
            self.fault.replace(Some(fault));
            tlog_tiles::Error::InvalidTile
        })
    }
}
