//! What the durable log does with files that are cut, damaged, old, foreign or gone.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use std::path::Path;

use docket_domain::Position;
use docket_log::{ChunkLog, EventLog, From, LogError, OpenReport, Selection};
use suite::*;

/// A log of `count` events, closed; beside it a copy of its index from before the last event.
async fn log_of(directory: &Path, count: u64) {
    let log = open_large(&directory.join("log")).0;
    fill(&log, 1..=count - 1).await;
    log.close();
    copy(&directory.join("log/index"), &directory.join("index-before"));
    let log = open_large(&directory.join("log")).0;
    fill(&log, count..=count).await;
}

/// Opens, and checks that exactly `count` events are there and that more can be recorded.
async fn holds(directory: &Path, count: u64) -> OpenReport {
    let (log, report) = open_large(directory);
    assert_eq!(report.events, count, "{report:?}");
    assert_eq!(numbers(&read_all(&log, &Selection::All).await.unwrap()), (1..=count).collect::<Vec<_>>());
    let mut in_streams = 0;
    for name in ["a", "b", "c"] {
        in_streams += read_all(&log, &Selection::Stream(stream(name))).await.unwrap().len();
    }
    assert_eq!(u64::try_from(in_streams).unwrap(), count);
    for number in 1..=count {
        assert_eq!(log.find(id(number)).await.unwrap(), Some(Position(number)));
    }
    assert_eq!(positions(&log.append(one(count + 1, "z")).await.unwrap()), [count + 1]);
    assert!(log.append(one(count + 1, "z")).await.unwrap().before);
    report
}

#[tokio::test]
async fn a_tail_torn_at_any_byte_is_cut_and_said() {
    let directory = tempfile::tempdir().unwrap();
    let (whole, torn) = (directory.path().join("log"), directory.path().join("torn"));
    log_of(directory.path(), 4).await;
    let (offset, length) = *frames(&chunk_files(&whole)[0]).last().unwrap();
    for cut in (offset + 1..offset + length).step_by(3) {
        for garbage in [false, true] {
            copy(&whole, &torn);
            copy(&directory.path().join("index-before"), &torn.join("index"));
            let file = &chunk_files(&torn)[0];
            let mut bytes = std::fs::read(file).unwrap();
            bytes.truncate(cut);
            if garbage {
                bytes.resize(offset + length + 100, 0xa5);
            }
            std::fs::write(file, bytes).unwrap();
            let there = std::fs::read(file).unwrap().split_off(offset);
            let report = holds(&torn, 3).await;
            assert!(report.torn_bytes_cut > 0, "{cut}: {report:?}");
            let kept = std::fs::read(torn.join(report.torn_bytes_kept.unwrap())).unwrap();
            assert_eq!(kept, there.get(..usize::try_from(report.torn_bytes_cut).unwrap()).unwrap());
            assert!(there.iter().skip(kept.len()).all(|byte| *byte == 0));
            assert_eq!((report.index_rebuilt, report.damage), (None, vec![]));
            assert_eq!(holds_again(&torn), (4, 0));
        }
    }
}

#[tokio::test]
async fn what_was_cut_is_kept_each_time_and_a_log_that_cannot_keep_it_is_opened_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    log_of(directory.path(), 4).await;
    let log = directory.path().join("log");
    let mut kept = std::collections::BTreeSet::new();
    let mut tear = |number: u8| {
        let file = &chunk_files(&log)[0];
        let mut bytes = std::fs::read(file).unwrap();
        let (offset, length) = *frames(file).last().unwrap();
        bytes.truncate(offset + length);
        bytes.extend([number; 9]);
        std::fs::write(file, bytes).unwrap();
        let report = open_large(&log).1;
        assert_eq!((report.events, report.torn_bytes_cut, report.damage), (4, 9, vec![]));
        kept.extend(report.torn_bytes_kept.clone());
        (report.torn_bytes_kept, report.notes)
    };
    for number in (1..=100).chain([7]) {
        assert_eq!(tear(number).1, Vec::<String>::new());
    }
    let (none, notes) = tear(101);
    assert_eq!((none, notes.len()), (None, 1), "{notes:?}");
    assert!(
        notes.iter().all(|note| note.contains("could not be kept: there are 100 files in cut")),
        "{notes:?}"
    );
    std::fs::remove_dir_all(log.join("cut")).unwrap();
    std::fs::write(log.join("cut"), "in its place").unwrap();
    let (none, notes) = tear(102);
    assert_eq!((none, notes.len()), (None, 1), "{notes:?}");
    assert_eq!(kept.len(), 100);
}

/// Number of events and of bytes cut when it is opened once more.
fn holds_again(directory: &Path) -> (u64, u64) {
    let report = open_large(directory).1;
    (report.events, report.torn_bytes_cut)
}

#[tokio::test]
async fn an_acknowledged_event_that_was_cut_off_is_damage_until_the_operator_means_the_shorter_log() {
    let directory = tempfile::tempdir().unwrap();
    log_of(directory.path(), 4).await;
    let log = directory.path().join("log");
    let (offset, _) = *frames(&chunk_files(&log)[0]).last().unwrap();
    let file = std::fs::File::options().write(true).open(&chunk_files(&log)[0]).unwrap();
    file.set_len(offset as u64 + 9).unwrap();
    for _ in 0..2 {
        let (opened, report) = open_large(&log);
        assert_eq!((report.torn_bytes_cut, report.damage.len(), report.events), (0, 1, 4), "{report:?}");
        damaged(opened.read(&Selection::All, From::After(Position(3)), 9).await, 4, 4, offset);
    }
    std::fs::remove_dir_all(log.join("index")).unwrap();
    assert_eq!(holds(&log, 3).await.torn_bytes_cut, 9);
}

#[tokio::test]
async fn an_acknowledged_event_at_the_end_is_damaged_and_not_torn() {
    let directory = tempfile::tempdir().unwrap();
    log_of(directory.path(), 4).await;
    let log = directory.path().join("log");
    let (offset, length) = *frames(&chunk_files(&log)[0]).last().unwrap();
    flip(&chunk_files(&log)[0], offset + length - 10, 3);
    for _ in 0..2 {
        let (log, report) = open_large(&log);
        assert_eq!((report.torn_bytes_cut, report.damage.len(), report.events), (0, 1, 4), "{report:?}");
        damaged(log.read(&Selection::All, From::After(Position(3)), 9).await, 4, 4, offset);
        damaged(log.append(one(4, "b")).await.map_err(as_damage(&log)), 4, 4, offset);
        assert_eq!(
            numbers(&log.read(&Selection::All, From::After(Position(0)), 9).await.unwrap()),
            [1, 2, 3]
        );
    }
}

/// Checks that it is refused as damaged, there.
#[track_caller]
fn damaged<T: std::fmt::Debug>(result: Result<T, LogError>, first: u64, last: u64, offset: usize) {
    match result.unwrap_err() {
        LogError::Damaged { chunk, offset: at, first: from, last: to, .. } => {
            assert!(chunk.ends_with(".chunk"), "{chunk}");
            assert_eq!((from.0, to.0, at), (first, last, offset as u64));
        }
        error => panic!("{error:?}"),
    }
}

/// The damage for which appends are refused.
fn as_damage(log: &ChunkLog) -> impl Fn(LogError) -> LogError {
    let stopped = log.stopped();
    move |error| match error {
        LogError::Stopped(why) if Some(&why) == stopped.as_ref() => {
            let word = |number: usize| why.split([' ', ')', ':']).nth(number).unwrap().to_owned();
            LogError::Damaged {
                chunk: word(0),
                offset: word(5).parse().unwrap(),
                first: Position(word(7).parse().unwrap()),
                last: Position(word(9).parse().unwrap()),
                what: why.clone(),
            }
        }
        error => error,
    }
}

#[tokio::test]
async fn a_flipped_bit_in_the_middle_is_named_and_the_rest_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    log_of(directory.path(), 9).await;
    let whole = directory.path().join("log");
    let damaged_log = directory.path().join("damaged");
    let (offset, length) = frames(&chunk_files(&whole)[0])[4];
    // With the index that knows the frame, and with none.
    for (byte, index) in
        [(offset + 6, true), (offset + 50, true), (offset + length - 20, false), (offset, false)]
    {
        copy(&whole, &damaged_log);
        flip(&chunk_files(&damaged_log)[0], byte, 1);
        if !index {
            std::fs::remove_dir_all(damaged_log.join("index")).unwrap();
        }
        let (log, report) = open_large(&damaged_log);
        assert_eq!((report.events, report.torn_bytes_cut, report.damage.len()), (9, 0, 1), "{report:?}");
        assert_eq!((report.damage[0].first, report.damage[0].last), (Position(5), Position(5)));
        let all = |from| log.read(&Selection::All, from, 99);
        assert_eq!(numbers(&all(From::After(Position(0))).await.unwrap()), [1, 2, 3, 4]);
        damaged(all(From::After(Position(4))).await, 5, 5, offset);
        assert_eq!(numbers(&all(From::After(Position(5))).await.unwrap()), [6, 7, 8, 9]);
        assert_eq!(numbers(&all(From::End).await.unwrap()), [9, 8, 7, 6]);
        damaged(all(From::Before(Position(6))).await, 5, 5, offset);
        assert_eq!(numbers(&all(From::Before(Position(5))).await.unwrap()), [4, 3, 2, 1]);
        // Event 5 was of stream c: 2, 5, 8. Stream a (3, 6, 9) goes on after it without a gap.
        let (a, c) = (Selection::Stream(stream("a")), Selection::Stream(stream("c")));
        assert_eq!(numbers(&read_all(&log, &a).await.unwrap()), [3, 6, 9]);
        assert_eq!(numbers(&log.read(&c, From::After(Position(0)), 99).await.unwrap()), [2]);
        damaged(log.read(&c, From::After(Position(2)), 99).await, 5, 5, offset);
        assert_eq!(numbers(&log.read(&c, From::After(Position(5)), 99).await.unwrap()), [8]);
        assert_eq!(numbers(&log.read(&c, From::End, 99).await.unwrap()), [8]);
        damaged(log.read(&c, From::Before(Position(8)), 99).await, 5, 5, offset);
        assert_eq!(numbers(&log.read(&c, From::Before(Position(5)), 99).await.unwrap()), [2]);
        damaged(log.append(one(10, "a")).await.map_err(as_damage(&log)), 5, 5, offset);
    }
}

#[tokio::test]
async fn the_end_of_a_stream_is_not_told_where_events_after_it_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    log_of(directory.path(), 6).await;
    let log = directory.path().join("log");
    // Event 5 was the last of stream c: 2, 5. Without an index nobody knows that it was.
    flip(&chunk_files(&log)[0], frames(&chunk_files(&log)[0])[4].0 + 60, 1);
    std::fs::remove_dir_all(log.join("index")).unwrap();
    let offset = frames(&chunk_files(&log)[0])[4].0;
    let log = open_large(&log).0;
    let c = Selection::Stream(stream("c"));
    assert_eq!(numbers(&log.read(&c, From::After(Position(0)), 99).await.unwrap()), [2]);
    damaged(log.read(&c, From::After(Position(2)), 99).await, 5, 5, offset);
    damaged(log.read(&c, From::End, 99).await, 5, 5, offset);
    assert_eq!(numbers(&log.read(&c, From::After(Position(5)), 99).await.unwrap()), [0; 0]);
}

#[tokio::test]
async fn damage_in_an_older_chunk_is_found_when_it_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path()).0;
    fill(&log, 1..=200).await;
    log.close();
    let files = chunk_files(directory.path());
    assert!(files.len() > 3);
    let (offset, _) = frames(&files[1])[2];
    flip(&files[1], offset + 45, 0);
    let (log, report) = open(directory.path());
    assert_eq!((report.damage.len(), report.events, report.chunks), (0, 200, files.len()));
    let read = numbers(&log.read(&Selection::All, From::After(Position(0)), 999).await.unwrap());
    let bad = u64::try_from(read.len()).unwrap() + 1;
    assert_eq!(read, (1..bad).collect::<Vec<_>>());
    damaged(log.read(&Selection::All, From::After(Position(bad - 1)), 9).await, bad, bad, offset);
    assert_eq!(
        log.read(&Selection::All, From::After(Position(bad)), 999).await.unwrap().len() as u64,
        200 - bad
    );
    // The index is whole, so nothing is in doubt but the event itself.
    damaged(log.append(one(bad, "x")).await, bad, bad, offset);
    assert_eq!(positions(&log.append(one(201, "x")).await.unwrap()), [201]);
}

#[tokio::test]
async fn a_chunk_that_is_gone_foreign_or_headless_is_named_and_the_rest_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let (whole, broken) = (directory.path().join("whole"), directory.path().join("broken"));
    let log = open(&whole).0;
    fill(&log, 1..=200).await;
    log.close();
    let first_of = |file: &Path| file.file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap();
    let files = chunk_files(&whole);
    let (first, following) = (first_of(&files[1]), first_of(&files[2]));
    let other = open(&directory.path().join("other")).0;
    fill(&other, 1..=1).await;
    for (kind, index) in
        [("gone", true), ("gone", false), ("foreign", true), ("headless", true), ("headless", false)]
    {
        copy(&whole, &broken);
        let file = &chunk_files(&broken)[1];
        match kind {
            "gone" => std::fs::remove_file(file).unwrap(),
            "foreign" => drop(std::fs::copy(&chunk_files(&directory.path().join("other"))[0], file).unwrap()),
            _ => flip(file, 20, 0),
        }
        if !index {
            std::fs::remove_dir_all(broken.join("index")).unwrap();
        }
        let (log, report) = open(&broken);
        assert_eq!((report.events, report.damage.len()), (200, 1), "{kind}: {report:?}");
        assert_eq!((report.damage[0].first.0, report.damage[0].last.0), (first, following - 1));
        let before = log.read(&Selection::All, From::After(Position(0)), 999).await.unwrap();
        assert_eq!(numbers(&before), (1..first).collect::<Vec<_>>());
        let error = log.read(&Selection::All, From::After(Position(first)), 999).await.unwrap_err();
        assert!(matches!(error, LogError::Damaged { last, .. } if last.0 == following - 1), "{error:?}");
        let after = log.read(&Selection::All, From::After(Position(following - 1)), 999).await.unwrap();
        assert_eq!(numbers(&after), (following..=200).collect::<Vec<_>>());
        assert!(matches!(log.append(one(999, "a")).await.unwrap_err(), LogError::Stopped(_)));
    }
}

#[tokio::test]
async fn a_second_opening_is_told_who_holds_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path()).0;
    match ChunkLog::open(directory.path(), options()).unwrap_err() {
        LogError::InUse { holder, .. } => assert_eq!(holder, "process 1 (a test), since the beginning"),
        error => panic!("{error:?}"),
    }
    log.close();
    open(directory.path());
}

#[tokio::test]
async fn chunks_roll_over_and_everything_is_there_after_each_opening() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let (log, report) = open(directory.path());
        assert_eq!((report.events, report.index_rebuilt, report.torn_bytes_cut), (round * 40, None, 0));
        fill(&log, round * 40 + 1..=round * 40 + 40).await;
        let all = read_all(&log, &Selection::All).await.unwrap();
        assert_eq!(numbers(&all), (1..=round * 40 + 40).collect::<Vec<_>>());
        assert!(log.append(one(1, "b")).await.unwrap().before);
        assert_eq!(report.notes, Vec::<String>::new());
    }
    assert!(chunk_files(directory.path()).len() > 4);
    let again =
        open(directory.path()).0.append(docket_log::Append { now_micros: 3, ..one(0, "a") }).await.unwrap();
    assert_eq!(again.receipts[0].recorded_at_micros, 1_000);
}

#[tokio::test]
async fn foreign_and_unfinished_files_are_noted() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).0.append(one(1, "a")).await.unwrap();
    std::fs::write(directory.path().join("chunks/notes.txt"), "mine").unwrap();
    std::fs::write(directory.path().join("chunks/00000000000000000002.chunk.new"), "half").unwrap();
    let report = open(directory.path()).1;
    assert_eq!((report.events, report.notes.len()), (1, 2), "{report:?}");
    assert_eq!(open(directory.path()).1.notes, ["notes.txt is not a chunk and is ignored"]);
}

#[tokio::test]
async fn chunks_that_are_all_damaged_are_not_followed_by_a_new_log() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).0.append(one(1, "a")).await.unwrap();
    flip(&chunk_files(directory.path())[0], 3, 3);
    let error = ChunkLog::open(directory.path(), options()).unwrap_err();
    assert!(matches!(error, LogError::Damaged { .. }), "{error:?}");
    assert_eq!(chunk_files(directory.path()).len(), 1);
}

#[tokio::test]
async fn a_log_whose_chunks_are_gone_is_not_followed_by_a_new_log_while_the_index_knows_of_it() {
    for whole_directory in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let log = open(directory.path()).0;
        fill(&log, 1..=100).await;
        log.close();
        let (chunks, backup) = (directory.path().join("chunks"), directory.path().join("backup"));
        copy(&chunks, &backup);
        std::fs::remove_dir_all(&chunks).unwrap();
        if !whole_directory {
            std::fs::create_dir(&chunks).unwrap();
        }
        for _ in 0..2 {
            let error = ChunkLog::open(directory.path(), options()).unwrap_err().to_string();
            assert!(error.contains("the chunks are missing: 100 events were recorded here"), "{error}");
            assert_eq!(chunk_files(directory.path()).len(), 0);
        }
        copy(&backup, &chunks);
        let (log, report) = open(directory.path());
        assert_eq!((report.events, report.index_rebuilt), (100, None));
        log.close();
        // Without either, a new log is meant.
        std::fs::remove_dir_all(&chunks).unwrap();
        std::fs::remove_dir_all(directory.path().join("index")).unwrap();
        assert_eq!(open(directory.path()).1.events, 0);
    }
}

#[tokio::test]
async fn an_index_that_cannot_be_read_is_not_followed_by_a_new_log_where_the_chunks_are_gone() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("index"), "what was here is not known").unwrap();
    let error = ChunkLog::open(directory.path(), options()).unwrap_err().to_string();
    assert!(error.contains("the chunks are missing: the index does not say how many events"), "{error}");
}

#[tokio::test]
async fn an_index_of_no_events_without_chunks_is_followed_by_a_new_log() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).0.close();
    std::fs::remove_dir_all(directory.path().join("chunks")).unwrap();
    let (log, report) = open(directory.path());
    assert_eq!((report.events, report.notes.len()), (0, 0));
    assert_eq!(positions(&log.append(one(1, "a")).await.unwrap()), [1]);
}
