//! Proofs that are right: each is that of the RFC, and verifies.

use docket_proof::*;
use proptest::prelude::*;

use crate::given::*;
use crate::rfc6962;

/// Every size up to here is tried with every position and every older size.
const EXHAUSTIVE: usize = 72;

#[test]
fn inclusion_is_proved_of_every_event_at_every_size() {
    let leaves = leaves(EXHAUSTIVE);
    let (stored, _) = Stored::of(&leaves);
    for size in 1..=EXHAUSTIVE {
        let root = rfc6962::root(&leaves[..size]);
        for index in 0..size {
            let (position, size) = (index as u64 + 1, size as u64);
            let proof = inclusion(&stored, position, size, &root).unwrap();
            assert_eq!(proof, rfc6962::path(index, &leaves[..size as usize]), "{position} in {size}");
            verify_inclusion(&leaves[index], position, size, &root, &proof).unwrap();
        }
    }
}

#[test]
fn consistency_is_proved_between_every_two_sizes() {
    let leaves = leaves(EXHAUSTIVE);
    let (stored, _) = Stored::of(&leaves);
    for size in 0..=EXHAUSTIVE {
        let root = rfc6962::root(&leaves[..size]);
        for old in 0..=size {
            let old_root = rfc6962::root(&leaves[..old]);
            let expected = if old == 0 { Vec::new() } else { rfc6962::consistency(old, &leaves[..size]) };
            let proof = consistency(&stored, old as u64, size as u64, &root).unwrap();
            assert_eq!(proof, expected, "{old} to {size}");
            verify_consistency(old as u64, &old_root, size as u64, &root, &proof).unwrap();
        }
    }
}

#[test]
fn proofs_reach_over_the_edges_of_tiles() {
    let leaves = leaves(66_000);
    let (stored, _) = Stored::of(&leaves);
    let sizes = [255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 66_000];
    for size in sizes {
        let root = root(&stored, size).unwrap();
        for near in sizes.into_iter().chain([1, 2, 128, 40_000]) {
            for other in near.saturating_sub(1)..=(near + 1).min(size) {
                let proof = inclusion(&stored, other.max(1), size, &root).unwrap();
                let index = other.max(1) as usize - 1;
                verify_inclusion(&leaves[index], other.max(1), size, &root, &proof).unwrap();
                let old_root = docket_proof::root(&stored, other).unwrap();
                let proof = consistency(&stored, other, size, &root).unwrap();
                verify_consistency(other, &old_root, size, &root, &proof).unwrap();
            }
        }
    }
}

/// The stored hashes of a tree in which all leaves are the same, of any size.
struct AllTheSame;

impl TileHashes for AllTheSame {
    fn hashes(&self, level: u8, _: u64, count: usize) -> Result<Vec<Hash>, TileError> {
        let perfect = |hash| Leaves(vec![hash; TILE_WIDTH]).hashes(1, 0, 1).map(|hashes| hashes[0]);
        let hash = (0..level).try_fold(leaf_hash(b"same"), |hash, _| perfect(hash))?;
        Ok(vec![hash; count])
    }
}

#[test]
fn proofs_of_the_largest_logs_are_made_and_verified() {
    for size in [1 << 30, (1 << 40) - 1, (1 << 47) + 12_345, SIZE_MAX - 1, SIZE_MAX] {
        let root = root(&AllTheSame, size).unwrap();
        for position in [1, 2, 300, size / 3, size / 2, size / 2 + 1, size - 1, size] {
            let proof = inclusion(&AllTheSame, position, size, &root).unwrap();
            assert!(proof.len() <= PROOF_HASHES_MAX);
            verify_inclusion(&leaf_hash(b"same"), position, size, &root, &proof).unwrap();
            let old_root = docket_proof::root(&AllTheSame, position).unwrap();
            let proof = consistency(&AllTheSame, position, size, &root).unwrap();
            verify_consistency(position, &old_root, size, &root, &proof).unwrap();
        }
    }
}

#[test]
fn what_cannot_be_proved_is_said() {
    let (stored, frontier) = Stored::of(&leaves(9));
    let root = frontier.root();
    let said = |error: ProveError| error.to_string();
    assert_eq!(said(inclusion(&stored, 0, 9, &root).unwrap_err()), "position 0 is not in a log of 9 events");
    assert_eq!(
        said(inclusion(&stored, 10, 9, &root).unwrap_err()),
        "position 10 is not in a log of 9 events"
    );
    assert_eq!(
        said(consistency(&stored, 10, 9, &root).unwrap_err()),
        "a log of 9 events cannot continue one of 10: it is shorter"
    );
    let beyond = "a log of 281474976710657 events is none that can be verified: at most 281474976710656 can";
    assert_eq!(said(inclusion(&stored, 1, SIZE_MAX + 1, &root).unwrap_err()), beyond);
    assert_eq!(said(consistency(&stored, 1, SIZE_MAX + 1, &root).unwrap_err()), beyond);
    assert_eq!(said(docket_proof::root(&stored, SIZE_MAX + 1).unwrap_err()), beyond);
    assert!(
        said(inclusion(&stored, 1, 10, &root).unwrap_err()).starts_with(
            "the tree hashes of level 0 from number 8 on (2 of them) could not be read: the file"
        )
    );
}

proptest! {
    #[test]
    fn proofs_of_any_size_are_those_of_the_rfc(size in 1_usize..1500, at in any::<prop::sample::Index>()) {
        let leaves = leaves(size);
        let (stored, frontier) = Stored::of(&leaves);
        let index = at.index(size);
        let (position, size, root) = (index as u64 + 1, size as u64, frontier.root());
        let proof = inclusion(&stored, position, size, &root).unwrap();
        prop_assert_eq!(&proof, &rfc6962::path(index, &leaves));
        let proof = consistency(&stored, position, size, &root).unwrap();
        prop_assert_eq!(&proof, &rfc6962::consistency(index + 1, &leaves));
        // What is kept in tiles, and what is computed of leaves alone, is the same.
        prop_assert_eq!(&consistency(&Leaves(leaves), position, size, &root).unwrap(), &proof);
    }
}
