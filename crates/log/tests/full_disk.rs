//! What the durable log does when its index can be neither written nor made anew: a full disk above all.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use docket_domain::Position;
use docket_log::{ChunkLog, EventLog, From, LogError, Selection};
use suite::*;

/// Checks that `count` events can be read in every way, and that nothing more is recorded, for a reason that holds `why`.
async fn only_answers(log: &ChunkLog, count: u64, why: &str) {
    assert_eq!(*log.head().borrow(), Position(count));
    holds(log, count).await;
    let error = log.append(one(count + 1, "a")).await.unwrap_err();
    assert!(matches!(&error, LogError::Stopped(reason) if reason.contains(why)), "{error:?}");
    holds(log, count).await;
}

/// Checks that `count` events can be read by position, by stream and by id.
async fn holds(log: &ChunkLog, count: u64) {
    assert_eq!(numbers(&read_all(log, &Selection::All).await.unwrap()), (1..=count).collect::<Vec<_>>());
    for (name, rest) in [("a", 0), ("b", 1), ("c", 2)] {
        let of_stream = Selection::Stream(stream(name));
        let expected: Vec<u64> = (1..=count).filter(|number| number % 3 == rest).collect();
        assert_eq!(numbers(&read_all(log, &of_stream).await.unwrap()), expected);
        let last = log.read(&of_stream, From::End, 1).await.unwrap();
        assert_eq!(numbers(&last).first(), expected.last());
    }
    for number in (1..=count).step_by(7).chain([count]) {
        assert_eq!(log.find(id(number)).await.unwrap(), Some(Position(number)));
    }
    assert_eq!(log.find(id(count + 1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_log_whose_index_cannot_be_made_is_opened_and_answers() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path()).0;
    fill(&log, 1..=100).await;
    log.close();
    let index = directory.path().join("index");
    std::fs::remove_dir_all(&index).unwrap();
    // Root may remove what it has no rights to, but nobody takes a file for a directory.
    std::fs::write(&index, "in the way").unwrap();
    let (log, report) = open(directory.path());
    assert_eq!((report.events, report.damage.len()), (100, 0));
    assert!(report.notes.iter().any(|note| note.contains("Not a directory")), "{report:?}");
    only_answers(&log, 100, "Not a directory").await;
    log.close();
    std::fs::remove_file(&index).unwrap();
    let (log, report) = open(directory.path());
    assert_eq!((report.events, report.notes.len()), (100, 0), "{report:?}");
    assert_eq!(positions(&log.append(one(101, "c")).await.unwrap()), [101]);
    holds(&log, 101).await;
}

/// On a file system of 16 MiB, which DOCKET_SMALL_DISK names; `.ci/run` mounts one where it may.
#[cfg(feature = "small-disk")]
#[tokio::test]
async fn a_disk_that_fills_up_stops_appends_and_no_questions() {
    let disk = std::env::var_os("DOCKET_SMALL_DISK").unwrap();
    let disk = std::path::Path::new(&disk);
    let (directory, filler) = (disk.join("log"), disk.join("filler"));
    let of_4_mib = || docket_log::Options { chunk_bytes: 4 << 20, ..options() };
    let log = ChunkLog::open(&directory, of_4_mib()).unwrap().0;
    fill(&log, 1..=10).await;
    let mut block = std::fs::File::create(&filler).unwrap();
    std::io::copy(&mut std::io::repeat(1), &mut block).unwrap_err();
    drop(block);
    let mut count = 10;
    let error = loop {
        match log.append(one(count + 1, stream_of(count + 1))).await {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    // The room of the open chunk was reserved: what fails is the next chunk, in the middle of an append.
    assert!(matches!(error, LogError::Unknown), "{error:?}");
    only_answers(&log, count, "No space left").await;
    log.close();
    // Opened while the disk is still full.
    let (log, report) = ChunkLog::open(&directory, of_4_mib()).unwrap();
    assert_eq!((report.events, report.damage.len()), (count, 0), "{report:?}");
    holds(&log, count).await;
    log.close();
    std::fs::remove_file(&filler).unwrap();
    let (log, report) = ChunkLog::open(&directory, of_4_mib()).unwrap();
    assert_eq!((report.events, report.damage.len()), (count, 0), "{report:?}");
    assert_eq!(positions(&log.append(one(count + 1, stream_of(count + 1))).await.unwrap()), [count + 1]);
    holds(&log, count + 1).await;
}
