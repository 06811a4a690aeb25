//! The file of checkpoints, harmed at each of its bits and cut at each of its bytes: what was shown is there, or the place is named.

use std::path::Path;

use docket_proof::{Checkpoint, Role, SigningKey};
use docket_server::proof::{CheckpointStore, is_cut_off};

fn key(role: Role, name: &str) -> SigningKey {
    SigningKey::new(role, name, &[7; 32]).unwrap()
}

/// A directory with the checkpoints of three and of seven events, the first of which was cosigned after the other was made. Tells where the
/// records begin, and where the last ends.
fn made(directory: &Path) -> Vec<usize> {
    let store = CheckpointStore::open(directory).unwrap();
    let log = key(Role::Log, "log");
    let signed = |size| Checkpoint::new("log", size, [1; 32]).unwrap().sign(&log).unwrap();
    let line = signed(3).cosign(&key(Role::Witness, "w"), 1).unwrap().line();
    let mut ends = vec![0];
    for (size, note) in [
        (3, signed(3).to_string()),
        (7, signed(7).to_string()),
        (3, format!("{}{line}", signed(3))),
        (9, signed(9).to_string()),
    ] {
        store.add(size, &note).unwrap();
        ends.push(std::fs::read(directory.join("checkpoints/log")).unwrap().len());
    }
    ends
}

/// What a start makes of these bytes.
fn opened(directory: &Path, bytes: &[u8]) -> Result<Vec<String>, String> {
    std::fs::write(directory.join("checkpoints/log"), bytes).unwrap();
    let store = CheckpointStore::open(directory).map_err(|error| error.to_string())?;
    store.from_size(0, usize::MAX).map_err(|error| error.to_string())
}

/// The offset of the record that this byte is of.
fn begin(ends: &[usize], byte: usize) -> usize {
    *ends.iter().rfind(|end| **end <= byte).unwrap()
}

#[test]
fn a_flipped_bit_is_refused_with_its_record_and_nothing_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let ends = made(directory.path());
    let path = directory.path().join("checkpoints/log");
    let whole = std::fs::read(&path).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut harmed = whole.clone();
        harmed[bit / 8] ^= 1 << (bit % 8);
        let refused = opened(directory.path(), &harmed).unwrap_err();
        let place = format!("damaged at offset {}:", begin(&ends, bit / 8));
        assert!(refused.contains(&place), "bit {bit}: {refused}");
        assert_eq!(std::fs::read(&path).unwrap(), harmed, "bit {bit}");
    }
}

#[test]
fn of_a_file_that_was_cut_anywhere_every_whole_record_stays() {
    let directory = tempfile::tempdir().unwrap();
    let ends = made(directory.path());
    let path = directory.path().join("checkpoints/log");
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        let kept = &whole[..begin(&ends, length)];
        let expected = opened(directory.path(), kept).unwrap();
        assert_eq!(opened(directory.path(), &whole[..length]), Ok(expected.clone()), "{length}");
        assert_eq!(std::fs::read(&path).unwrap(), kept, "{length}");
        // The system made room for the whole record, and wrote as much of it.
        let mut zeros = whole[..length].to_owned();
        zeros.resize(ends[ends.partition_point(|end| *end <= length)], 0);
        assert_eq!(opened(directory.path(), &zeros), Ok(expected), "{length}");
        assert_eq!(std::fs::read(&path).unwrap(), kept, "{length}");
    }
}

#[test]
fn what_no_append_leaves_is_not_taken_for_one_that_was_cut_off() {
    for rest in ["checkpoint 12 00000000\nabc", "checkpoint 12 0000", "checkpoint 12", "check", "", "\0\0\0"]
    {
        assert!(is_cut_off(rest.as_bytes()), "{rest:?}");
    }
    let crc = crc32fast::hash(b"abc");
    let said = format!("checkpoint 12 {crc:08x}\nabc");
    for rest in [
        // All there, and not what the checksum says; or more than is said.
        "checkpoint 3 00000000\nabc",
        "checkpoint 2 00000000\nabc",
        // It is what the checksum says: the length is wrong.
        &said,
        // Nothing that is ever written.
        "checkpoint 99999 00000000\nabc",
        "checkpoint +3 00000000\nabc",
        "checkpoint 12 0000000A\nabc",
        "checkpoint 12 0000000000",
        "checkpoint x",
        "checkpoint 12 00 0",
        "checkpoimt",
        "something else",
        "checkpoint 3 00000000\nabc\0",
        &"\0".repeat(70_000),
    ] {
        assert!(!is_cut_off(rest.as_bytes()), "{:?}", rest.get(..40).unwrap_or(rest));
    }
}
