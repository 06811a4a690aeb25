//! Data directories as earlier versions left them. Every later version opens them and reads what was recorded.
//!
//! What lies in `golden/` was made once, by the version that wrote that format, and is never made again and never edited. A version that
//! cannot read it any more would not read its users' logs either.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use std::path::{Path, PathBuf};

use docket_domain::{EventId, Position};
use docket_log::{ChunkLog, EventLog, From, NewEvent, ProvableLog, Selection, StoredEvent};
use suite::*;

/// A copy of a golden directory, in which it may be written.
fn copy_of(format: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    copy(&golden(format).join("chunks"), &directory.path().join("chunks"));
    directory
}

fn golden(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An event as `events.txt` has it.
fn told(event: &StoredEvent) -> String {
    let StoredEvent { position, revision, recorded_at_micros, previous, .. } = event;
    let NewEvent { id, stream, kind, body, meta } = event.offered();
    let previous = previous.map_or("none".to_owned(), |previous| hex(&previous));
    format!(
        "position {position}\nrevision {revision}\nstream {stream}\nid {}\nkind {kind}\n\
         recorded at {recorded_at_micros}\nprevious {previous}\nleaf hash {}\nmeta {}\nbody {}\n",
        hex(&id.0),
        hex(&event.leaf_hash()),
        meta.escape_ascii(),
        body.escape_ascii()
    )
}

/// Checks every answer against the text beside the chunks, and gives the events.
async fn reads_as_told(log: &ChunkLog, format: &str) -> Vec<StoredEvent> {
    let text = std::fs::read_to_string(golden(format).join("events.txt")).unwrap();
    let expected: Vec<String> =
        text.split("\n\n").filter(|event| !event.is_empty()).map(|event| format!("{event}\n")).collect();
    let mut events = read_all(log, &Selection::All).await.unwrap();
    events.truncate(expected.len());
    assert_eq!(events.len(), expected.len());
    for (event, expected) in events.iter().zip(&expected) {
        assert_eq!(&told(event), expected);
        assert_eq!(log.find(event.id).await.unwrap(), Some(event.position));
        let selection = Selection::Stream(event.stream.clone());
        let read = log.read(&selection, From::After(Position(event.position.0 - 1)), 1).await.unwrap();
        assert_eq!(&read, std::slice::from_ref(event));
    }
    let end = Position(events.len() as u64 + 1);
    let mut back = log.read(&Selection::All, From::Before(end), 99).await.unwrap();
    back.reverse();
    assert_eq!(back, events);
    events
}

#[tokio::test]
async fn a_directory_of_the_first_format_is_opened_read_and_written_to() {
    const EVENTS: u64 = 41;
    let directory = copy_of("format-1");
    let (log, report) = open(directory.path());
    assert_eq!((report.events, report.chunks, report.torn_bytes_cut), (EVENTS, 5, 0), "{report:?}");
    // The first format did not seal chunks and kept no hashes of the tree.
    assert_eq!(report.damage, []);
    let sealed = report.notes.iter().filter(|note| note.ends_with(".chunk was sealed")).count();
    assert_eq!((sealed, report.notes.len()), (4, 5), "{:?}", report.notes);
    assert_eq!(hex(&log.log_id()), "27a8e399a5539a059ac302f0650d5706");
    let events = reads_as_told(&log, "format-1").await;
    // Recorded before, and known to be.
    for event in &events {
        let again = log.append(append_of([event.offered().clone()])).await.unwrap();
        assert!(again.before);
        assert_eq!(positions(&again), [event.position.0]);
    }
    let more = NewEvent { id: EventId([1; 16]), ..events.last().unwrap().offered().clone() };
    let appended = log.append(append_of([more])).await.unwrap();
    assert_eq!((positions(&appended), appended.before), (vec![EVENTS + 1], false));
    let last = events.last().unwrap();
    // The clock of a test is far behind that of the log.
    assert_eq!(appended.receipts.first().unwrap().recorded_at_micros, last.recorded_at_micros);
    log.close();
    for _ in 0..2 {
        let (log, report) = open(directory.path());
        assert_eq!((report.events, report.torn_bytes_cut, report.damage), (EVENTS + 1, 0, vec![]));
        assert_eq!(report.notes, Vec::<String>::new());
        assert_eq!(reads_as_told(&log, "format-1").await, events);
        let added = log.read(&Selection::All, From::End, 1).await.unwrap().remove(0);
        assert_eq!((added.position.0, added.id), (EVENTS + 1, EventId([1; 16])));
        assert_eq!(added.revision, last.revision.next());
        assert_eq!(added.previous, Some(last.leaf_hash()));
        log.close();
    }
}

/// Sealed chunks, with the files of hashes that belong to them; without an index, which is derived and has no format for ever.
#[tokio::test]
async fn a_directory_with_sealed_chunks_is_opened_as_it_is_and_read() {
    const EVENTS: u64 = 57;
    let directory = copy_of("format-2");
    copy(&golden("format-2").join("hashes"), &directory.path().join("hashes"));
    let (log, report) = open(directory.path());
    assert_eq!((report.events, report.torn_bytes_cut, report.damage), (EVENTS, 0, vec![]));
    assert_eq!(report.notes, Vec::<String>::new());
    let events = reads_as_told(&log, "format-2").await;
    let leaves: Vec<_> = events.iter().map(|event| event.leaf_hash()).collect();
    assert_eq!(log.tree_hashes(0, 0, leaves.len()).unwrap(), leaves);
    assert_eq!(
        hex(&log.frontier(EVENTS).unwrap().root()),
        "186c362e8f0785596c4e6a54affffe5d8612d9a3475aa769631b04257d5c6d85"
    );
    log.close();
    for chunk in chunk_files(&golden("format-2")) {
        let opened = directory.path().join("chunks").join(chunk.file_name().unwrap());
        if chunk != *chunk_files(&golden("format-2")).last().unwrap() {
            assert_eq!(std::fs::read(&chunk).unwrap(), std::fs::read(opened).unwrap());
        }
    }
}
