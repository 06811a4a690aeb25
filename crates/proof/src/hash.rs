//! The two hashes of RFC 6962, section 2.1.

use sha2::{Digest, Sha256};

/// A SHA-256 hash: of a leaf, of a node, or the root of a tree.
pub type Hash = [u8; 32];

/// Most leaves of a tree: far more than any log will hold, and far from where 64-bit arithmetic ends.
pub const SIZE_MAX: u64 = 1 << 48;

/// The root of a tree without leaves: the hash of nothing.
pub const EMPTY_ROOT: Hash = tlog_tiles::EMPTY_HASH.0;

/// The hash of a leaf: SHA-256 over a zero byte and the stored bytes.
#[must_use]
pub fn leaf_hash(stored: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(stored).finalize().into()
}

/// The hash of a node: SHA-256 over a byte of one and its two children.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    let (first, second) = bytes[1..].split_at_mut(32);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// Our hashes as `tlog_tiles` has them.
pub(crate) fn theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().copied().map(tlog_tiles::Hash).collect()
}

/// Hashes of `tlog_tiles` as ours.
pub(crate) fn ours(hashes: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    hashes.into_iter().map(|hash| hash.0).collect()
}

/// Whether a tree of this many leaves has a perfect subtree of `2^level` leaves on its edge.
pub(crate) fn has_level(size: u64, level: u8) -> bool {
    (size >> level) & 1 == 1
}
