//! What the durable log does when the disk fails, when it is closed, and when nobody waits for an answer.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use std::path::Path;
use std::sync::Arc;

use docket_domain::Position;
use docket_log::{ChunkLog, EventLog, From, LogError, Options, Selection};
use suite::faults::{Fault, FaultyDisk};
use suite::*;

fn open_on(directory: &Path, disk: &FaultyDisk) -> ChunkLog {
    let options = Options { disk: Arc::new(disk.clone()), ..options() };
    ChunkLog::open(directory, options).unwrap().0
}

#[tokio::test]
async fn after_a_failed_write_or_sync_nothing_is_written_until_it_is_opened_again() {
    for fault in [Fault::Write, Fault::HalfWrite, Fault::Sync, Fault::SyncDone] {
        let directory = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let log = open_on(directory.path(), &disk);
        fill(&log, 1..=3).await;
        disk.fail(fault);
        let error = log.append(one(4, "a")).await.unwrap_err();
        assert!(matches!(error, LogError::Unknown), "{fault:?}: {error:?}");
        for append in [one(5, "a"), one(1, "b")] {
            let error = log.append(append).await.unwrap_err();
            assert!(
                matches!(&error, LogError::Stopped(why) if why.contains("the disk is broken")),
                "{error:?}"
            );
        }
        // What was durable can be read, what failed is not shown.
        assert_eq!(*log.head().borrow(), Position(3));
        assert_eq!(numbers(&read_all(&log, &Selection::All).await.unwrap()), [1, 2, 3]);
        assert_eq!(log.find(id(4)).await.unwrap(), None);
        log.close();
        let log = open(directory.path()).0;
        let asked_again = log.append(one(4, "a")).await.unwrap();
        assert_eq!(positions(&asked_again), [4], "{fault:?}");
        assert_eq!(asked_again.before, matches!(fault, Fault::Sync | Fault::SyncDone), "{fault:?}");
    }
}

#[tokio::test]
async fn a_chunk_that_cannot_be_created_stops_the_log_and_loses_nothing() {
    for fault in [Fault::Create, Fault::Allocate] {
        let directory = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let log = open_on(directory.path(), &disk);
        disk.fail(fault);
        let mut acknowledged = 0;
        let error = loop {
            match log.append(one(acknowledged + 1, "a")).await {
                Ok(_) => acknowledged += 1,
                Err(error) => break error,
            }
        };
        assert!(acknowledged > 5);
        assert!(matches!(error, LogError::Unknown), "{error:?}");
        log.close();
        let (log, report) = open(directory.path());
        assert_eq!((report.events, report.damage.len()), (acknowledged, 0));
        assert_eq!(positions(&log.append(one(acknowledged + 1, "a")).await.unwrap()), [acknowledged + 1]);
    }
}

/// Lets tasks that are ready run until all of them wait.
async fn let_them_start() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn appends_that_wait_together_share_one_sync_and_nothing_is_seen_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let log = Arc::new(open_on(directory.path(), &disk));
    let before = disk.syncs();
    disk.close_gate();
    let spawn = |number| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { log.append(one(number, "a")).await.unwrap() })
    };
    let first = spawn(1);
    let_them_start().await;
    disk.await_syncs(before + 1);
    let others: Vec<_> = (2..=9).map(spawn).collect();
    let_them_start().await;
    // The first is written and waits for its sync: nobody sees it.
    assert_eq!(*log.head().borrow(), Position::START);
    assert_eq!(log.read(&Selection::All, From::After(Position(0)), 9).await.unwrap(), []);
    disk.open_gate();
    assert_eq!(positions(&first.await.unwrap()), [1]);
    for (other, position) in others.into_iter().zip(2..) {
        assert_eq!(positions(&other.await.unwrap()), [position]);
    }
    assert_eq!(disk.syncs(), before + 2);
    drop(log);
    batch_torn_in_any_order(directory.path()).await;
}

/// The frames 2 to 9 were one write, here never synced: the disk may have kept any of them. None was acknowledged, so none is damage.
async fn batch_torn_in_any_order(whole: &Path) {
    let other = tempfile::tempdir().unwrap();
    let torn = other.path().join("torn");
    for (lost, left) in [(2, 1), (5, 4), (8, 7)] {
        copy(whole, &torn);
        std::fs::remove_dir_all(torn.join("index")).unwrap();
        let file = chunk_files(&torn).remove(0);
        let (offset, length) = *frames(&file).get(lost - 1).unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.get_mut(offset..offset + length).unwrap().fill(0);
        std::fs::write(&file, bytes).unwrap();
        let (log, report) = open(&torn);
        assert_eq!((report.events, report.damage.len()), (left, 0), "{report:?}");
        assert!(report.torn_bytes_cut > 0);
        assert_eq!(positions(&log.append(one(99, "a")).await.unwrap()), [left + 1]);
    }
}

#[tokio::test]
async fn a_full_queue_answers_busy() {
    let directory = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let log = Arc::new(open_on(directory.path(), &disk));
    let before = disk.syncs();
    disk.close_gate();
    let first = tokio::spawn({
        let log = Arc::clone(&log);
        async move { log.append(one(0, "a")).await }
    });
    let_them_start().await;
    disk.await_syncs(before + 1);
    let tasks: Vec<_> = (1..=1_030)
        .map(|number| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { log.append(one(number, "a")).await })
        })
        .collect();
    let_them_start().await;
    disk.open_gate();
    first.await.unwrap().unwrap();
    let mut busy = 0;
    for task in tasks {
        busy += usize::from(matches!(task.await.unwrap(), Err(LogError::Busy)));
    }
    assert_eq!(busy, 1_030 - 1_024);
    assert_eq!(*log.head().borrow(), Position(1_025));
}

#[tokio::test]
async fn an_append_that_nobody_waits_for_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let log = Arc::new(open_on(directory.path(), &disk));
    disk.close_gate();
    let task = tokio::spawn({
        let log = Arc::clone(&log);
        async move { log.append(one(1, "a")).await }
    });
    let_them_start().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    disk.open_gate();
    log.head().wait_for(|head| *head == Position(1)).await.unwrap();
    assert!(log.append(one(1, "a")).await.unwrap().before);
}

#[tokio::test]
async fn a_closed_log_refuses_and_can_be_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path()).0;
    fill(&log, 1..=5).await;
    log.close();
    log.close();
    assert!(matches!(log.append(one(6, "a")).await.unwrap_err(), LogError::Stopped(_)));
    assert!(matches!(log.read(&Selection::All, From::End, 9).await.unwrap_err(), LogError::Stopped(_)));
    let (log, report) = open(directory.path());
    assert_eq!((report.events, report.index_rebuilt), (5, None));
    assert!(log.append(one(5, "c")).await.unwrap().before);
}
