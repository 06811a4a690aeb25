//! The hashes of the tree are those of RFC 6962 over the stored bytes, wherever they are kept and whatever becomes of the files.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use std::path::Path;

use docket_domain::Position;
use docket_log::{ChunkLog, EventLog, LeafHash, MemoryLog, ProvableLog, Selection};
use docket_proof::{Leaves, TileHashes as _};
use suite::*;

const EVENTS: u64 = 700;

async fn filled(directory: &Path) -> Vec<LeafHash> {
    let (log, _) = open(directory);
    fill(&log, 1..=EVENTS).await;
    leaves_of(&log).await
}

async fn leaves_of(log: &impl EventLog) -> Vec<LeafHash> {
    read_all(log, &Selection::All).await.unwrap().iter().map(|event| event.leaf_hash()).collect()
}

/// Every range of leaves that begins somewhere, and the one full tile of level 1 after another.
fn assert_hashes(log: &impl ProvableLog, leaves: &[LeafHash]) {
    let expected = Leaves(leaves.to_vec());
    for first in (0..EVENTS).step_by(37) {
        let count = usize::try_from(EVENTS - first).unwrap();
        assert_eq!(log.tree_hashes(0, first, count).unwrap(), expected.hashes(0, first, count).unwrap());
        assert_eq!(log.tree_hashes(0, first, 1).unwrap(), expected.hashes(0, first, 1).unwrap());
    }
    assert_eq!(log.tree_hashes(1, 0, 2).unwrap(), expected.hashes(1, 0, 2).unwrap());
    assert_eq!(log.tree_hashes(1, 1, 1).unwrap(), expected.hashes(1, 1, 1).unwrap());
    log.tree_hashes(0, 0, leaves.len() + 1).unwrap_err();
    log.tree_hashes(1, 2, 1).unwrap_err();
    log.tree_hashes(0, u64::MAX, 1).unwrap_err();
}

#[tokio::test]
async fn hashes_are_the_same_in_files_in_memory_and_after_opening() {
    let directory = tempfile::tempdir().unwrap();
    let (log, _) = open(directory.path());
    fill(&log, 1..=EVENTS).await;
    let leaves = leaves_of(&log).await;
    assert_hashes(&log, &leaves);
    log.close();
    let (log, report) = open(directory.path());
    assert_eq!(report.notes, Vec::<String>::new());
    assert_hashes(&log, &leaves);
    let memory = MemoryLog::new();
    fill(&memory, 1..=EVENTS).await;
    assert_hashes(&memory, &leaves_of(&memory).await);
}

#[tokio::test]
async fn hashes_that_are_missing_short_or_of_another_log_are_made_anew_when_the_log_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let leaves = filled(&directory.path().join("log")).await;
    let hashes = directory.path().join("log/hashes");
    let told = |log: ChunkLog, report: docket_log::OpenReport, expected: &str| {
        assert_hashes(&log, &leaves);
        assert_eq!((report.damage, report.index_rebuilt), (vec![], None));
        assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
        assert!(report.notes.concat().contains(expected), "{:?}", report.notes);
    };
    std::fs::remove_dir_all(&hashes).unwrap();
    let (log, report) = open(&directory.path().join("log"));
    told(log, report, "they are missing");
    fill(&open(&directory.path().join("other")).0, EVENTS + 1..=2 * EVENTS).await;
    copy(&directory.path().join("other/hashes"), &hashes);
    let (log, report) = open(&directory.path().join("log"));
    told(log, report, "they do not give the root");
    // Only the end is missing: nothing to tell, as after a crash.
    std::fs::File::options().write(true).open(hashes.join("0")).unwrap().set_len(5_000).unwrap();
    let (log, report) = open(&directory.path().join("log"));
    assert_hashes(&log, &leaves);
    assert_eq!(report.notes, Vec::<String>::new());
}

#[tokio::test]
async fn a_hash_that_is_wrong_deep_inside_is_repaired_when_it_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let leaves = filled(directory.path()).await;
    flip(&directory.path().join("hashes/0"), 32 * 100, 3);
    let (log, report) = open(directory.path());
    assert_eq!(report.notes, Vec::<String>::new());
    assert_ne!(log.tree_hashes(0, 100, 1).unwrap().first(), leaves.get(100));
    log.repair_tree().unwrap();
    assert_hashes(&log, &leaves);
}

#[tokio::test]
async fn the_heads_are_the_last_events_of_all_streams_before_and_after_opening() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).await;
    let (log, _) = open(directory.path());
    let (position, mut heads) = log.heads();
    assert_eq!((position, heads.len()), (Position(EVENTS), 3));
    heads.sort_by(|a, b| a.stream.cmp(&b.stream));
    for head in &heads {
        let events = read_all(&log, &Selection::Stream(head.stream.clone())).await.unwrap();
        let last = events.last().unwrap();
        assert_eq!((head.revision, head.leaf_hash), (last.revision, last.leaf_hash()));
    }
}
