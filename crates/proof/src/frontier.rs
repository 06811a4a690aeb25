//! The right edge of a tree: enough to go on with it, without any hash from before.

use crate::hash::{EMPTY_ROOT, Hash, SIZE_MAX, has_level, node_hash};
use crate::tiles::TILE_HEIGHT;

/// Levels of nodes: a tree of 2^64 leaves would have no more.
const LEVELS: u8 = 64;

/// The roots of the perfect subtrees that a tree of some size is made of, from which it can grow.
///
/// A tree of 13 leaves is made of three: of 8, of 4 and of 1 leaves. Pushing a leaf costs one hash on average, at most one for each level,
/// and allocates nothing. It is 2 kB large.
#[derive(Clone)]
pub struct Frontier {
    size: u64,
    /// At each level whose bit is set in `size`, the root of that subtree; elsewhere left-overs.
    nodes: [Hash; LEVELS as usize],
}

/// Bytes that are no frontier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// Not even a size.
    #[error("a frontier begins with 8 bytes for the size of its tree; there are {0}")]
    NoSize(usize),
    /// A size that no log has.
    #[error("a frontier says that its tree has {0} leaves; a tree has at most {SIZE_MAX}")]
    Size(u64),
    /// Too many or too few hashes for the size.
    #[error("the frontier of a tree of {size} leaves takes {expected} bytes; there are {actual}")]
    Length {
        /// The size that the bytes begin with.
        size: u64,
        /// What such a frontier takes.
        expected: usize,
        /// What there is.
        actual: usize,
    },
}

impl Default for Frontier {
    fn default() -> Self {
        Self { size: 0, nodes: [[0; 32]; LEVELS as usize] }
    }
}

impl Frontier {
    /// The frontier of the tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a leaf, by its hash, at the end.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _| {});
    }

    /// Adds a leaf and hands over each hash of the tile levels that it completes: first level 1 (the root of 256 leaves), then level 2 (of
    /// 65,536), and so on. See [`TileHashes`](crate::TileHashes).
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(u8, &Hash)) {
        let mut hash = leaf;
        for (level, node) in (0..LEVELS).zip(&mut self.nodes) {
            if level > 0 && level % TILE_HEIGHT == 0 {
                completed(level / TILE_HEIGHT, &hash);
            }
            if !has_level(self.size, level) {
                *node = hash;
                break;
            }
            hash = node_hash(node, &hash);
        }
        self.size += 1;
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let smallest_first = self.subtrees();
        smallest_first.reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
    }

    /// The roots of the perfect subtrees, the smallest (rightmost) first.
    fn subtrees(&self) -> impl DoubleEndedIterator<Item = Hash> {
        let levels = (0..LEVELS).zip(&self.nodes);
        levels.filter(|(level, _)| has_level(self.size, *level)).map(|(_, node)| *node)
    }

    /// The size (8 bytes, little-endian), then the roots of the perfect subtrees (32 bytes each), the largest (leftmost) first: as many as
    /// the size has bits that are set.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_le_bytes().to_vec();
        self.subtrees().rev().for_each(|node| bytes.extend(node));
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// When the size is beyond any log's, or the number of bytes is not what a tree of that size has. Hashes cannot be wrong in form; that
    /// they are right is shown by [`Frontier::root`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (size, hashes) = bytes.split_first_chunk().ok_or(FrontierError::NoSize(bytes.len()))?;
        let size = u64::from_le_bytes(*size);
        if SIZE_MAX < size {
            return Err(FrontierError::Size(size));
        }
        let (hashes, rest) = hashes.as_chunks::<32>();
        let count = size.count_ones() as usize;
        if hashes.len() != count || !rest.is_empty() {
            return Err(FrontierError::Length { size, expected: 8 + 32 * count, actual: bytes.len() });
        }
        Ok(Self::from_subtrees(size, hashes))
    }

    /// A frontier of the roots of the perfect subtrees, the largest first; as many as the size has bits that are set.
    pub(crate) fn from_subtrees(size: u64, largest_first: &[Hash]) -> Self {
        let mut frontier = Self { size, ..Self::default() };
        let levels = (0..LEVELS).zip(&mut frontier.nodes).rev().filter(|(level, _)| has_level(size, *level));
        levels.zip(largest_first).for_each(|((_, node), hash)| *node = *hash);
        frontier
    }
}

/// Two frontiers are the same if they have the same size and subtrees; what is left over elsewhere does not count.
impl PartialEq for Frontier {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.subtrees().eq(other.subtrees())
    }
}

impl Eq for Frontier {}

impl std::fmt::Debug for Frontier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frontier").field("size", &self.size).field("root", &self.root()).finish()
    }
}
