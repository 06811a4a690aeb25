//! Verifying a directory: what is right is said to be right, what is wrong is named with its place, and nothing is changed.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use std::collections::BTreeMap;
use std::path::Path;

use docket_domain::Position;
use docket_log::{LeafHash, Problem, ProvableLog as _, Seen, Verified, Watch, verify};
use docket_proof::{Leaves, root};
use suite::*;

const EVENTS: u64 = 700;

/// Keeps everything that it is told.
#[derive(Default)]
struct Told {
    problems: Vec<Problem>,
    notes: Vec<String>,
    events: Vec<(u64, u64, String, usize)>,
    roots: Vec<Option<LeafHash>>,
    begun: u64,
    progress: u64,
}

impl Watch for Told {
    fn begin(&mut self, bytes: u64) {
        self.begun = bytes;
    }

    fn progress(&mut self, bytes: u64) {
        assert!(bytes > self.progress && bytes <= self.begun, "{bytes} of {}", self.begun);
        self.progress = bytes;
    }

    fn event(&mut self, event: &Seen<'_>) {
        let Seen { position, revision, stream, stream_number, .. } = *event;
        self.events.push((position.0, revision.0, stream.to_owned(), stream_number));
        self.roots.push(event.tree.map(docket_proof::Frontier::root));
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

fn verified(directory: &Path) -> (Verified, Told) {
    let mut told = Told::default();
    let verified = verify(directory, &mut told).unwrap();
    (verified, told)
}

async fn filled(directory: &Path) -> Vec<LeafHash> {
    let (log, _) = open(directory);
    fill(&log, 1..=EVENTS).await;
    let (_, heads) = log.heads();
    assert_eq!(heads.len(), 3);
    log.tree_hashes(0, 0, usize::try_from(EVENTS).unwrap()).unwrap()
}

/// Every file with its bytes and the time of its last change.
fn snapshot(directory: &Path) -> BTreeMap<std::path::PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else {
            let changed = path.metadata().unwrap().modified().unwrap();
            files.insert(path.clone(), (std::fs::read(path).unwrap(), changed));
        }
    }
    files
}

#[tokio::test]
async fn a_whole_log_is_verified_event_by_event_and_nothing_in_it_is_changed() {
    let directory = tempfile::tempdir().unwrap();
    let leaves = filled(directory.path()).await;
    let before = snapshot(directory.path());
    let (verified, told) = verified(directory.path());
    assert_eq!(snapshot(directory.path()), before);
    assert_eq!((told.problems, told.notes), (vec![], Vec::<String>::new()));
    assert_eq!((verified.events, verified.last, verified.streams), (EVENTS, Position(EVENTS), 3));
    assert_eq!(verified.chunks, verified.sealed + 1);
    assert_eq!(verified.root, Some(root(&Leaves(leaves.clone()), EVENTS).unwrap()));
    assert!(verified.leaf_hashes > EVENTS / 2 && verified.leaf_hashes < EVENTS, "those of sealed chunks");
    assert_eq!(told.progress, verified.bytes);
    for (number, (event, found)) in (1..).zip(told.events.iter().zip(&told.roots)) {
        let stream = format!("authority/{}", stream_of(number));
        // The streams begin as b, c, a.
        let place = usize::try_from((number + 2) % 3).unwrap();
        assert_eq!(event, &(number, number.div_ceil(3), stream, place));
        assert_eq!(*found, Some(root(&Leaves(leaves.clone()), number).unwrap()));
    }
}

#[tokio::test]
async fn a_log_that_is_open_is_verified_and_its_holder_named() {
    let directory = tempfile::tempdir().unwrap();
    let (log, _) = open(directory.path());
    fill(&log, 1..=30).await;
    let (while_open, told) = verified(directory.path());
    assert_eq!((while_open.events, told.problems), (30, vec![]));
    assert!(told.notes.iter().any(|note| note.contains("process 1 (a test)")), "{:?}", told.notes);
    fill(&log, 31..=60).await;
    log.close();
    let (closed, told) = verified(directory.path());
    assert_eq!((closed.events, told.problems), (60, vec![]));
    assert_eq!(told.notes, Vec::<String>::new());
}

#[tokio::test]
async fn every_bit_of_a_sealed_chunk_that_flips_is_named_with_its_chunk_and_offset() {
    const EVENTS: u64 = 150;
    let directory = tempfile::tempdir().unwrap();
    fill(&open(directory.path()).0, 1..=EVENTS).await;
    let files = chunk_files(directory.path());
    let file = &files[2];
    let bytes = std::fs::read(file).unwrap();
    let first: u64 = file.file_stem().unwrap().to_string_lossy().parse().unwrap();
    let following: u64 = files[3].file_stem().unwrap().to_string_lossy().parse().unwrap();
    let mut permissions = file.metadata().unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    std::fs::set_permissions(file, permissions).unwrap();
    for byte in (0..bytes.len()).step_by(11) {
        flip(file, byte, u32::try_from(byte % 8).unwrap());
        let (verified, told) = verified(directory.path());
        let name = format!("chunks/{}", file.file_name().unwrap().to_string_lossy());
        let problem = told.problems.iter().find(|problem| problem.file == name);
        let problem = problem.unwrap_or_else(|| panic!("a flip at {byte} was not noticed"));
        let offset = usize::try_from(problem.offset.unwrap()).unwrap();
        assert!(offset <= byte, "a flip at {byte} was noticed at {offset}");
        for (from, to) in told.problems.iter().filter_map(|problem| problem.positions) {
            assert!(first <= from.0 && to.0 < following, "a flip at {byte}: {:?}", told.problems);
        }
        let lost = EVENTS - verified.events;
        assert!(lost <= 1 || offset == 0, "a flip at {byte} lost {lost} events: {:?}", told.problems);
        // Where no hash of an event was lost, or the footer has told, the tree goes on to the end.
        assert!(verified.root.is_some());
        std::fs::write(file, &bytes).unwrap();
    }
    assert_eq!(verified(directory.path()).1.problems, []);
}

#[tokio::test]
async fn a_hash_that_was_swapped_in_the_files_is_named_with_its_positions() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).await;
    let file = directory.path().join("hashes/0");
    let mut bytes = std::fs::read(&file).unwrap();
    let (one, other) = bytes.split_at_mut(32 * 101);
    one[32 * 100..].swap_with_slice(&mut other[..32]);
    std::fs::write(&file, bytes).unwrap();
    let (verified, told) = verified(directory.path());
    assert_eq!(
        told.problems,
        [Problem {
            file: "hashes/0".to_owned(),
            offset: Some(3_200),
            positions: Some((Position(101), Position(102))),
            what: "2 hashes are not those of the events".to_owned(),
        }]
    );
    assert!(verified.root.is_some());
    flip(&directory.path().join("hashes/1"), 40, 1);
    let (_, told) = self::verified(directory.path());
    let above = told.problems.iter().find(|problem| problem.file == "hashes/1").unwrap();
    assert_eq!(above.positions, Some((Position(257), Position(512))));
}

#[tokio::test]
async fn missing_and_foreign_chunks_are_named_and_the_others_are_verified() {
    let directory = tempfile::tempdir().unwrap();
    filled(&directory.path().join("log")).await;
    filled(&directory.path().join("other")).await;
    let files = chunk_files(&directory.path().join("log"));
    let position = |at: usize| -> u64 { files[at].file_stem().unwrap().to_string_lossy().parse().unwrap() };
    std::fs::remove_file(&files[1]).unwrap();
    let foreign = chunk_files(&directory.path().join("other"))[3].clone();
    std::fs::remove_file(&files[3]).unwrap();
    std::fs::copy(foreign, &files[3]).unwrap();
    std::fs::write(directory.path().join("log/chunks/notes.txt"), "x").unwrap();
    std::fs::write(directory.path().join("log/chunks/00000000000000009999.chunk.new"), "x").unwrap();
    let (verified, told) = verified(&directory.path().join("log"));
    let lost = (position(2) - position(1)) + (position(4) - position(3));
    assert_eq!((verified.events, verified.last), (EVENTS - lost, Position(EVENTS)));
    let chunks: Vec<_> = told.problems.iter().filter(|problem| problem.file.starts_with("chunks/")).collect();
    let named: Vec<_> = chunks.iter().map(|problem| problem.positions.unwrap()).collect();
    let expected = [(position(3), position(4) - 1), (position(1), position(2) - 1)];
    assert_eq!(named, expected.map(|(first, last)| (Position(first), Position(last))), "{:?}", told.problems);
    assert!(chunks[0].what.contains("another log") && chunks[1].what.contains("missing"));
    let kept = ["notes.txt is not a chunk", "that was being created"];
    assert!(kept.iter().all(|kept| told.notes.iter().any(|note| note.contains(kept))), "{:?}", told.notes);
}

#[tokio::test]
async fn what_a_crash_left_at_the_end_is_told_and_is_no_problem() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).await;
    // A kill leaves no marker of what was acknowledged.
    std::fs::remove_dir_all(directory.path().join("index")).unwrap();
    let last = chunk_files(directory.path()).pop().unwrap();
    let (offset, length) = *frames(&last).last().unwrap();
    flip(&last, offset + length - 9, 1);
    let (verified, told) = verified(directory.path());
    assert_eq!((verified.events, told.problems), (EVENTS - 1, vec![]));
    assert!(told.notes.iter().any(|note| note.contains("after its last event")), "{:?}", told.notes);
    assert_eq!(open(directory.path()).1.events, EVENTS - 1);
}

#[test]
fn a_directory_without_chunks_is_none() {
    let directory = tempfile::tempdir().unwrap();
    verify(directory.path(), &mut Told::default()).unwrap_err();
    std::fs::create_dir(directory.path().join("chunks")).unwrap();
    let error = verify(directory.path(), &mut Told::default()).unwrap_err();
    assert!(error.to_string().contains("listing"), "{error}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}
