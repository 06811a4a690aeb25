//! Which sealed chunks may hold a key: a Bloom filter for each, side by side, so that 64 chunks are asked with a few reads of memory.
//!
//! A row has one bit for each of 64 chunks. A chunk may hold the key if its bit is set in each of the key's rows; a chunk whose filter was
//! not made yet always may. The bits of a chunk are among its pages, and are put side by side in the background when a log is opened; where they
//! are not, they are made again from the hashes in the other pages.

use crate::sync::RwLock;
use std::sync::PoisonError;

/// Rows that a key sets. Filters are kept: another number, or another way to choose the rows, needs another version of the pages.
const ROWS_OF_A_KEY: u64 = 6;
/// Chunks side by side.
const GROUP: usize = 64;

/// The filters of all chunks.
pub(crate) struct Filters {
    /// Rows of a group, a power of two; with sixteen for each key of a chunk, a chunk is asked in vain once in a thousand times.
    rows: usize,
    groups: RwLock<Vec<Group>>,
}

struct Group {
    rows: Vec<u64>,
    /// Chunks whose filter was made.
    made: u64,
}

impl Filters {
    /// Filters for chunks of about so many keys.
    pub(crate) fn new(keys: usize) -> Self {
        Self { rows: keys.saturating_mul(16).next_power_of_two().max(GROUP), groups: RwLock::default() }
    }

    /// Bytes of the filter of one chunk.
    pub(crate) fn bytes(&self) -> usize {
        self.rows / 8
    }

    /// The filter of one chunk: a bit for each row.
    pub(crate) fn bits(&self, keys: impl Iterator<Item = u32>) -> Vec<u8> {
        let mut bits = vec![0; self.bytes()];
        for row in keys.flat_map(|key| rows(key, self.rows)) {
            if let Some(byte) = bits.get_mut(row / 8) {
                *byte |= 1 << (row % 8);
            }
        }
        bits
    }

    /// Puts the filter of one chunk beside the others.
    pub(crate) fn put(&self, chunk: usize, bits: &[u8]) {
        let (group, bit) = (chunk / GROUP, 1_u64 << (chunk % GROUP));
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        while groups.len() <= group {
            groups.push(Group { rows: vec![0; self.rows], made: 0 });
        }
        let Some(group) = groups.get_mut(group) else { return };
        for (rows, byte) in group.rows.chunks_mut(8).zip(bits) {
            for (number, row) in rows.iter_mut().enumerate() {
                if byte >> number & 1 == 1 {
                    *row |= bit;
                }
            }
        }
        group.made |= bit;
    }

    /// The chunks, of so many, that may hold the key, in order.
    pub(crate) fn candidates(&self, key: u32, chunks: usize) -> Vec<usize> {
        let groups = self.groups.read().unwrap_or_else(PoisonError::into_inner);
        let mut candidates = Vec::new();
        for first in (0..chunks).step_by(GROUP) {
            let mut bits = groups.get(first / GROUP).map_or(u64::MAX, |group| {
                let set = rows(key, self.rows)
                    .fold(u64::MAX, |bits, row| bits & group.rows.get(row).copied().unwrap_or_default());
                set | !group.made
            });
            while bits != 0 {
                let chunk = first + bits.trailing_zeros() as usize;
                if chunk < chunks {
                    candidates.push(chunk);
                }
                bits &= bits - 1;
            }
        }
        candidates
    }
}

/// The rows of a key (splitmix64, one step for each).
#[expect(clippy::cast_possible_truncation, reason = "the rows are a power of two and the rest is cut off")]
fn rows(key: u32, rows: usize) -> impl Iterator<Item = usize> {
    (1..=ROWS_OF_A_KEY).map(move |step| {
        let mut mixed = u64::from(key).wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize & (rows - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_that_holds_the_key_is_always_a_candidate_and_others_seldom() {
        let filters = Filters::new(1_000);
        let keys = |chunk: u32| (0..1_000).map(move |key| (chunk * 1_000 + key).wrapping_mul(2_654_435_761));
        for chunk in 0..100 {
            filters.put(chunk as usize, &filters.bits(keys(chunk)));
        }
        let mut asked = 0;
        for chunk in 0..100 {
            for key in keys(chunk).step_by(97) {
                let candidates = filters.candidates(key, 100);
                assert!(candidates.contains(&(chunk as usize)));
                assert!(candidates.is_sorted());
                asked += candidates.len() - 1;
            }
        }
        assert!(asked < 11 * 100, "{asked} chunks were asked in vain for 1,100 keys");
    }

    #[test]
    fn the_bits_of_a_filter_are_those_of_the_filters_that_are_kept() {
        let bits = Filters::new(16).bits([0, 1, 0x0123_4567, u32::MAX].into_iter());
        assert_eq!(
            crate::bytes::hex(&bits),
            "000c000400000000008004408000088001400008008010222300000000941000"
        );
    }

    #[test]
    fn a_chunk_without_a_filter_is_always_a_candidate() {
        let filters = Filters::new(10);
        assert_eq!(filters.candidates(7, 3), [0, 1, 2]);
        filters.put(1, &filters.bits(std::iter::empty()));
        assert_eq!(filters.candidates(7, 3), [0, 2]);
        assert_eq!(filters.candidates(7, 66), (0..66).filter(|chunk| *chunk != 1).collect::<Vec<_>>());
    }
}
