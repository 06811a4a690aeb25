//! Which hashes of the tree are kept, and how they are read.

use crate::hash::{Hash, node_hash};

/// Levels of the tree between one tile level and the next.
pub(crate) const TILE_HEIGHT: u8 = 8;

/// Hashes of one tile, and leaves below each hash of level 1.
pub const TILE_WIDTH: usize = 1 << TILE_HEIGHT;

/// The hashes of a tree that are kept (C2SP `tlog-tiles`): level 0 are the leaf hashes, level `k` the roots of each full `256^k` leaves.
/// All other nodes are computed from these.
pub trait TileHashes {
    /// `count` hashes of a level, from number `first` (counted from 0).
    ///
    /// # Errors
    ///
    /// When they cannot be read, or are not all there. What is read need not be right: whoever asks compares it with a root.
    fn hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, TileError>;
}

/// Stored hashes that could not be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the tree hashes of level {level} from number {first} on ({count} of them) could not be read: {source}"
)]
pub struct TileError {
    /// The level that was asked for.
    pub level: u8,
    /// The first number that was asked for.
    pub first: u64,
    /// How many were asked for.
    pub count: usize,
    /// Why not.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl TileError {
    /// An error from a reason, which may be a text.
    pub fn new(
        level: u8,
        first: u64,
        count: usize,
        why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { level, first, count, source: why.into() }
    }
}

/// The hashes of a tree whose leaf hashes are all in memory; the levels above are computed when they are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaves(pub Vec<Hash>);

impl TileHashes for Leaves {
    fn hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, TileError> {
        let found = leaves_below(level, first, count)
            .and_then(|(range, width)| Some(self.0.get(range)?.chunks(width).map(subtree).collect()));
        found.ok_or_else(|| {
            TileError::new(level, first, count, format!("the tree has {} leaves", self.0.len()))
        })
    }
}

/// The leaves that so many hashes of a level stand for, and how many each of them does.
fn leaves_below(level: u8, first: u64, count: usize) -> Option<(std::ops::Range<usize>, usize)> {
    let width = TILE_WIDTH.checked_pow(u32::from(level))?;
    let start = usize::try_from(first).ok()?.checked_mul(width)?;
    Some((start..start.checked_add(count.checked_mul(width)?)?, width))
}

/// The root over a number of hashes that is a power of two.
pub(crate) fn subtree(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => crate::EMPTY_ROOT,
        [hash] => *hash,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            node_hash(&subtree(left), &subtree(right))
        }
    }
}
