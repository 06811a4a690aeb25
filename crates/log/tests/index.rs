//! The index is made anew, without being asked, whenever it does not fit the chunks.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use std::path::{Path, PathBuf};

use docket_domain::Position;
use docket_log::{EventLog, From, LogError, Selection};
use suite::*;

const EVENTS: u64 = 300;

/// A closed log of [`EVENTS`] events, and beside it its index as it was at two thirds.
async fn log_with_older_index(directory: &Path) -> (PathBuf, PathBuf) {
    let (log, older) = (directory.join("log"), directory.join("older"));
    let open_log = open(&log).0;
    fill(&open_log, 1..=EVENTS / 3 * 2).await;
    open_log.close();
    copy(&log.join("index"), &older);
    fill(&open(&log).0, EVENTS / 3 * 2 + 1..=EVENTS).await;
    (log, older)
}

/// Opens, checks every answer that rests on the index, and tells why it was made anew.
async fn answers(directory: &Path) -> Option<String> {
    let (log, report) = open(directory);
    assert_eq!((report.events, report.damage.len(), report.torn_bytes_cut), (EVENTS, 0, 0), "{report:?}");
    for number in (1..=EVENTS).step_by(7) {
        assert_eq!(log.find(id(number)).await.unwrap(), Some(Position(number)));
        let again = log.append(one(number, stream_of(number))).await.unwrap();
        assert!(again.before);
        assert_eq!(positions(&again), [number]);
    }
    for (name, rest) in [("a", 0), ("b", 1), ("c", 2)] {
        let events = read_all(&log, &Selection::Stream(stream(name))).await.unwrap();
        let expected: Vec<u64> = (1..=EVENTS).filter(|number| number % 3 == rest).collect();
        assert_eq!(numbers(&events), expected);
    }
    assert_eq!(read_all(&log, &Selection::All).await.unwrap().len() as u64, EVENTS);
    report.index_rebuilt
}

#[tokio::test]
async fn an_index_that_is_missing_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (log, _) = log_with_older_index(directory.path()).await;
    std::fs::remove_dir_all(log.join("index")).unwrap();
    assert_eq!(answers(&log).await.as_deref(), Some("it is missing"));
    assert_eq!(answers(&log).await, None);
}

#[tokio::test]
async fn an_index_that_is_behind_is_brought_forward() {
    let directory = tempfile::tempdir().unwrap();
    let (log, older) = log_with_older_index(directory.path()).await;
    copy(&older, &log.join("index"));
    assert_eq!(answers(&log).await, None);
}

#[tokio::test]
async fn events_that_the_index_knows_to_be_gone_are_told_and_nothing_is_recorded_in_their_place() {
    let directory = tempfile::tempdir().unwrap();
    let (log, _) = log_with_older_index(directory.path()).await;
    let longer = directory.path().join("longer");
    copy(&log, &longer);
    fill(&open(&longer).0, EVENTS + 1..=EVENTS + 50).await;
    copy(&longer.join("index"), &log.join("index"));
    // Told again each time it is opened.
    for _ in 0..2 {
        let (opened, report) = open(&log);
        let damage = report.damage.first().unwrap_or_else(|| panic!("{report:?}"));
        assert_eq!((damage.first, damage.last), (Position(EVENTS + 1), Position(EVENTS + 50)));
        assert!(damage.what.contains("restore the chunks"), "{}", damage.what);
        assert!(matches!(opened.append(one(7_000, "z")).await, Err(LogError::Stopped(_))));
        let read = opened.read(&Selection::All, From::End, 1).await;
        assert!(matches!(read, Err(LogError::Damaged { .. })), "{read:?}");
        let rest = opened.read(&Selection::All, From::Before(Position(EVENTS + 1)), 1).await.unwrap();
        assert_eq!(numbers(&rest), [EVENTS]);
    }
    // The operator says that this state is meant.
    std::fs::remove_dir_all(log.join("index")).unwrap();
    assert_eq!(answers(&log).await.as_deref(), Some("it is missing"));
}

#[tokio::test]
async fn an_index_of_another_log_or_of_another_history_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (log, older) = log_with_older_index(directory.path()).await;
    let other = directory.path().join("other");
    fill(&open(&other).0, 1..=EVENTS).await;
    copy(&other.join("index"), &log.join("index"));
    assert_eq!(answers(&log).await.as_deref(), Some("it belongs to another log"));
    // The same log went on differently: put back to two thirds, then other events.
    let fork = directory.path().join("fork");
    copy(&log, &fork);
    let last = chunk_files(&fork).pop().unwrap();
    let (offset, _) = *frames(&last).last().unwrap();
    std::fs::File::options().write(true).open(&last).unwrap().set_len(offset as u64).unwrap();
    std::fs::remove_dir_all(fork.join("index")).unwrap();
    open(&fork).0.append(one(7_000, "z")).await.unwrap();
    copy(&fork.join("index"), &log.join("index"));
    assert!(answers(&log).await.unwrap().contains("is not the one in the chunks"));
    let _ = older;
}

#[tokio::test]
async fn an_index_with_flipped_bits_answers_rightly_or_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (log, _) = log_with_older_index(directory.path()).await;
    let damaged = directory.path().join("damaged");
    let mut made_anew = 0;
    // A linear congruential generator: the same places every time.
    let mut random = 42_u64;
    for round in 0..60 {
        copy(&log, &damaged);
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(damaged.join("index")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.is_file() && file.metadata().unwrap().len() > 0);
        files.sort();
        let file = files.get(round % files.len()).unwrap();
        let used = std::fs::read(file).unwrap().iter().rposition(|byte| *byte != 0).unwrap() + 1;
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        flip(file, usize::try_from(random >> 33).unwrap() % used, u32::try_from(round % 8).unwrap());
        made_anew += usize::from(answers(&damaged).await.is_some());
    }
    assert!(made_anew > 10, "{made_anew}");
}

#[tokio::test]
async fn an_index_cut_short_or_emptied_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (log, _) = log_with_older_index(directory.path()).await;
    let damaged = directory.path().join("damaged");
    let length = log.join("index/db").metadata().unwrap().len();
    for part in 0..10 {
        copy(&log, &damaged);
        let file = std::fs::File::options().write(true).open(damaged.join("index/db")).unwrap();
        file.set_len(length * part / 10).unwrap();
        answers(&damaged).await;
    }
}

#[tokio::test]
async fn a_left_over_snapshot_of_the_index_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let (log, _) = log_with_older_index(directory.path()).await;
    std::fs::write(log.join("index/snap.0000000000000000.generating"), "half").unwrap();
    assert_eq!(answers(&log).await, None);
}
