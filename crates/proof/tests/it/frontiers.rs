//! The right edge of a tree.

use docket_proof::*;
use proptest::prelude::*;

use crate::given::*;
use crate::rfc6962;

#[test]
fn the_root_at_every_size_is_that_of_the_rfc() {
    let leaves = leaves(600);
    let mut frontier = Frontier::new();
    for size in 0..=leaves.len() {
        assert_eq!(frontier.size(), size as u64);
        assert_eq!(frontier.root(), rfc6962::root(&leaves[..size]), "{size}");
        leaves.get(size).into_iter().for_each(|leaf| frontier.push(*leaf));
    }
}

#[test]
fn a_frontier_written_and_read_goes_on_as_the_same_at_every_size() {
    let leaves = leaves(600);
    let mut frontier = Frontier::new();
    for leaf in &leaves {
        let bytes = frontier.to_bytes();
        assert_eq!(bytes.len(), 8 + 32 * frontier.size().count_ones() as usize);
        let mut read = Frontier::from_bytes(&bytes).unwrap();
        assert_eq!((&read, read.root()), (&frontier, frontier.root()));
        frontier.push(*leaf);
        read.push(*leaf);
        assert_eq!((&read, read.root(), read.to_bytes()), (&frontier, frontier.root(), frontier.to_bytes()));
    }
}

#[test]
fn the_bytes_of_a_frontier_stay_as_they_are() {
    let leaves = leaves(7);
    let (_, frontier) = Stored::of(&leaves);
    let (four, two) = (rfc6962::root(&leaves[..4]), rfc6962::root(&leaves[4..6]));
    let expected = [&[7, 0, 0, 0, 0, 0, 0, 0][..], &four, &two, &leaves[6]].concat();
    assert_eq!(frontier.to_bytes(), expected);
}

#[test]
fn bytes_that_are_no_frontier_are_refused_with_what_is_wrong() {
    let bytes = Stored::of(&leaves(5)).1.to_bytes();
    let refused = |bytes: &[u8]| Frontier::from_bytes(bytes).unwrap_err().to_string();
    assert_eq!(refused(&[1, 2]), "a frontier begins with 8 bytes for the size of its tree; there are 2");
    let said = "the frontier of a tree of 5 leaves takes 72 bytes; there are ";
    assert_eq!(refused(&bytes[..71]), format!("{said}71"));
    assert_eq!(refused(&[&bytes[..], &[0]].concat()), format!("{said}73"));
    assert_eq!(refused(&[&bytes[..], &[0; 32]].concat()), format!("{said}104"));
    assert!(refused(&[0xff; 8 + 64 * 32]).contains("a tree has at most 281474976710656"));
}

#[test]
fn each_tile_level_is_handed_over_once_and_right() {
    let leaves = leaves(66_000);
    let (stored, _) = Stored::of(&leaves);
    let level = |below: &[Hash]| -> Vec<Hash> { below.chunks_exact(TILE_WIDTH).map(rfc6962::root).collect() };
    assert_eq!(stored.0.len(), 3);
    assert_eq!(stored.0[0], leaves);
    assert_eq!(stored.0[1], level(&leaves));
    assert_eq!(stored.0[2], level(&stored.0[1]));
    assert_eq!((stored.0[1].len(), stored.0[2].len()), (257, 1));
}

#[test]
fn a_frontier_is_made_of_stored_hashes_at_every_size() {
    let leaves = leaves(600);
    let (stored, _) = Stored::of(&leaves);
    let mut expected = Frontier::new();
    for (size, leaf) in leaves.iter().enumerate() {
        assert_eq!(frontier(&stored, size as u64).unwrap(), expected, "{size}");
        expected.push(*leaf);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_frontier_that_is_written_as_it_was_read_or_refused(
        size in 0_u64..1 << 50, hashes in prop::collection::vec(any::<u8>(), 0..200)
    ) {
        let bytes = [&size.to_le_bytes()[..], &hashes].concat();
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_frontier_of_any_hashes_is_written_as_it_was_read(size in 0_u64..1 << 48, seed in any::<u8>()) {
        let hashes = (0..size.count_ones()).flat_map(|number| [seed ^ number as u8; 32]);
        let bytes: Vec<u8> = size.to_le_bytes().into_iter().chain(hashes).collect();
        let mut frontier = Frontier::from_bytes(&bytes).unwrap();
        prop_assert_eq!(frontier.to_bytes(), bytes);
        frontier.push([seed; 32]);
        prop_assert_eq!(frontier.size(), size + 1);
        prop_assert_eq!(frontier.to_bytes().len(), 8 + 32 * (size + 1).count_ones() as usize);
    }
}
