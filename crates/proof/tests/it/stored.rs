//! Stored hashes that are wrong: an error, never a wrong proof.

use docket_proof::*;

use crate::given::*;

const SIZE: usize = 600;

/// Asks for a proof of each kind, and holds that what comes is right or an error that says so. Returns the number of errors.
fn ask_for_all(stored: &Stored, leaves: &[Hash], root: &Hash) -> usize {
    let size = leaves.len() as u64;
    let mut errors = 0;
    for position in [1, 2, 255, 256, 257, 300, 511, 512, 513, 599, 600] {
        let old_root = Stored::of(&leaves[..position as usize]).1.root();
        let proofs = [
            inclusion(stored, position, size, root).map(|proof| {
                verify_inclusion(&leaves[position as usize - 1], position, size, root, &proof).unwrap();
            }),
            consistency(stored, position, size, root).map(|proof| {
                verify_consistency(position, &old_root, size, root, &proof).unwrap();
            }),
        ];
        for error in proofs.into_iter().filter_map(Result::err) {
            let said = error.to_string();
            assert!(
                said.starts_with("the stored tree hashes do not lead to the root of the log of 600 events")
            );
            assert!(said.contains("one of those read is wrong (level "), "{said}");
            errors += 1;
        }
    }
    errors
}

#[test]
fn a_wrong_stored_hash_is_an_error_and_never_a_wrong_proof() {
    let leaves = leaves(SIZE);
    let (stored, frontier) = Stored::of(&leaves);
    let root = frontier.root();
    assert_eq!(ask_for_all(&stored, &leaves, &root), 0);
    for level in 0..stored.0.len() {
        let numbers: Vec<usize> = match level {
            0 => vec![0, 1, 100, 254, 255, 256, 299, 300, 510, 511, 512, 550, 598, 599],
            _ => (0..stored.0[level].len()).collect(),
        };
        for number in numbers {
            let mut altered = stored.clone();
            altered.0[level][number][number % 32] ^= 1 << (number % 8);
            assert!(0 < ask_for_all(&altered, &leaves, &root), "level {level}, number {number}");
        }
    }
}

#[test]
fn no_proof_is_given_for_a_root_that_the_stored_hashes_do_not_lead_to() {
    let (stored, frontier) = Stored::of(&leaves(9));
    let other = Stored::of(&leaves(8)).1.root();
    for position in 1..=9 {
        assert!(matches!(inclusion(&stored, position, 9, &other), Err(ProveError::Altered { .. })));
    }
    for old in 1..=9 {
        assert!(matches!(consistency(&stored, old, 9, &other), Err(ProveError::Altered { .. })), "{old}");
    }
    assert!(matches!(inclusion(&stored, 1, 1, &other), Err(ProveError::Altered { .. })));
    assert!(matches!(consistency(&stored, 0, 0, &other), Err(ProveError::Altered { .. })));
    assert_eq!(consistency(&stored, 0, 9, &frontier.root()).unwrap(), Vec::<Hash>::new());
}

#[test]
fn stored_hashes_of_another_number_than_asked_for_are_an_error() {
    struct Short(Stored);
    impl TileHashes for Short {
        fn hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, TileError> {
            self.0.hashes(level, first, count - 1)
        }
    }
    let (stored, frontier) = Stored::of(&leaves(9));
    let error = inclusion(&Short(stored), 3, 9, &frontier.root()).unwrap_err();
    assert_eq!(error.to_string(), "1 tree hashes of level 0 came where 2 were asked for");
}
