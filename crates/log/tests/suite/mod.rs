//! What tests of any log share: events to append, and short ways to append and read them.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing helper fails the test")]

pub(crate) mod faults;
pub(crate) mod panics;
pub(crate) mod random;
pub(crate) mod reading;
pub(crate) mod trials;

use std::path::Path;

use docket_domain::{EventId, Position, Revision, StreamId};
use docket_log::{
    Append, Appended, ChunkLog, EventLog, Expected, From, LogError, NewEvent, OpenReport, Options, Selection,
    StoredEvent,
};

/// Chunks so small that a few appends fill one.
pub(crate) const SMALL_CHUNK: u64 = 4_096;

pub(crate) fn id(number: u64) -> EventId {
    let mut bytes = [0x0b; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    EventId(bytes)
}

pub(crate) fn stream(name: &str) -> StreamId {
    format!("authority/{name}").parse().unwrap()
}

/// Event `number` of a stream, with a body that tells its number.
pub(crate) fn event(number: u64, name: &str) -> NewEvent {
    NewEvent {
        id: id(number),
        stream: stream(name),
        kind: 7,
        body: format!("event {number}").into_bytes(),
        meta: b"by test".to_vec(),
    }
}

pub(crate) fn append_of(events: impl IntoIterator<Item = NewEvent>) -> Append {
    Append { events: events.into_iter().collect(), expected: Vec::new(), now_micros: 1_000 }
}

pub(crate) fn one(number: u64, name: &str) -> Append {
    append_of([event(number, name)])
}

pub(crate) fn expecting(append: Append, expected: &[(&str, Expected)]) -> Append {
    Append { expected: expected.iter().map(|(name, expected)| (stream(name), *expected)).collect(), ..append }
}

pub(crate) fn exactly(revision: u64) -> Expected {
    Expected::Exactly(Revision(revision))
}

pub(crate) fn positions(appended: &Appended) -> Vec<u64> {
    appended.receipts.iter().map(|receipt| receipt.position.0).collect()
}

pub(crate) fn revisions(appended: &Appended) -> Vec<u64> {
    appended.receipts.iter().map(|receipt| receipt.revision.0).collect()
}

/// Everything of the selection, oldest first, read a few at a time.
pub(crate) async fn read_all(
    log: &dyn EventLog,
    selection: &Selection,
) -> Result<Vec<StoredEvent>, LogError> {
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let after = events.last().map_or(Position::START, |event| event.position);
        let more = log.read(selection, From::After(after), 7).await?;
        if more.is_empty() {
            return Ok(events);
        }
        events.extend(more);
    }
}

pub(crate) fn numbers(events: &[StoredEvent]) -> Vec<u64> {
    events.iter().map(|event| event.position.0).collect()
}

pub(crate) fn options() -> Options {
    Options {
        chunk_bytes: SMALL_CHUNK,
        index_cache_bytes: 1 << 20,
        ..Options::new("process 1 (a test), since the beginning")
    }
}

pub(crate) fn open(directory: &Path) -> (ChunkLog, OpenReport) {
    ChunkLog::open(directory, options()).unwrap()
}

/// Opens with chunks so large that there is one.
pub(crate) fn open_large(directory: &Path) -> (ChunkLog, OpenReport) {
    ChunkLog::open(directory, Options { chunk_bytes: 1 << 20, ..options() }).unwrap()
}

/// A directory in memory, where there is one: for what is made and removed thousands of times.
pub(crate) fn in_memory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// Copies a directory over another, which is emptied before.
pub(crate) fn copy(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The chunk files, oldest first.
pub(crate) fn chunk_files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(directory.join("chunks")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Offsets and lengths of the frames of a chunk.
pub(crate) fn frames(file: &Path) -> Vec<(usize, usize)> {
    let bytes = std::fs::read(file).unwrap();
    let mut frames = Vec::new();
    let mut offset = 64;
    while bytes.get(offset..offset + 4) == Some(b"EVTS") {
        let length = u32::from_le_bytes(bytes[offset + 4..offset + 8].try_into().unwrap());
        frames.push((offset, usize::try_from(length).unwrap()));
        offset += usize::try_from(length).unwrap();
    }
    frames
}

/// Flips one bit of a file.
pub(crate) fn flip(file: &Path, byte: usize, bit: u32) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[byte] ^= 1 << bit;
    std::fs::write(file, bytes).unwrap();
}

/// The stream to which [`fill`] appends event `number`.
pub(crate) fn stream_of(number: u64) -> &'static str {
    ["a", "b", "c"][usize::try_from(number % 3).unwrap()]
}

/// Appends event `number` of stream a, b or c, for each number.
pub(crate) async fn fill(log: &impl EventLog, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        log.append(one(number, stream_of(number))).await.unwrap();
    }
}
