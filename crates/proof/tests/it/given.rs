//! Trees and keys to test with.

use docket_proof::*;

pub(crate) const ORIGIN: &str = "docket.example/log";

/// So many different leaves.
pub(crate) fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(format!("event {number}").as_bytes())).collect()
}

/// The hashes of a tree as a log keeps them: a list for each level, written while the tree grew.
#[derive(Clone, Default)]
pub(crate) struct Stored(pub(crate) Vec<Vec<Hash>>);

impl Stored {
    /// The stored hashes of a tree with these leaves, and its frontier.
    pub(crate) fn of(leaves: &[Hash]) -> (Self, Frontier) {
        let mut stored = Self(vec![Vec::new()]);
        let mut frontier = Frontier::new();
        for leaf in leaves {
            stored.0[0].push(*leaf);
            frontier.push_with(*leaf, |level, hash| {
                stored.0.resize_with(stored.0.len().max(usize::from(level) + 1), Vec::new);
                stored.0[usize::from(level)].push(*hash);
            });
        }
        (stored, frontier)
    }
}

impl TileHashes for Stored {
    fn hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, TileError> {
        let first_index = first as usize;
        let level_hashes = self.0.get(usize::from(level));
        let found = level_hashes.and_then(|hashes| hashes.get(first_index..first_index + count));
        found.map(<[_]>::to_vec).ok_or_else(|| TileError::new(level, first, count, "the file ends before"))
    }
}

pub(crate) fn log_key(seed: u8) -> SigningKey {
    SigningKey::new(Role::Log, ORIGIN, &[seed; 32]).unwrap()
}

pub(crate) fn witness_key(name: &str, seed: u8) -> SigningKey {
    SigningKey::new(Role::Witness, name, &[seed; 32]).unwrap()
}

pub(crate) fn checkpoint(size: usize) -> Checkpoint {
    let (_, frontier) = Stored::of(&leaves(size));
    Checkpoint::new(ORIGIN, frontier.size(), frontier.root()).unwrap()
}

pub(crate) fn hash(hex: &str) -> Hash {
    let bytes: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    bytes.try_into().unwrap()
}
