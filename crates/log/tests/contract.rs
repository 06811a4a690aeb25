//! The contract of [`docket_log::EventLog`]: one suite, every implementation.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing helper fails the test")]

mod suite;

use std::sync::Arc;

use docket_domain::{EventId, Position, Revision};
use docket_log::{
    APPEND_EVENTS_MAX, ChunkLog, Conflict, EVENT_BYTES_MAX, EventLog, Expected, LogError, MemoryLog,
    NewEvent, Selection,
};
use suite::reading::*;
use suite::*;

/// Runs each of these tests on each log.
macro_rules! contract {
    ($($test:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(std::sync::Arc::new(super::MemoryLog::new())).await;
            })*
        }
        mod chunks {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let directory = tempfile::tempdir().unwrap();
                super::$test(std::sync::Arc::new(super::suite::open(directory.path()).0)).await;
            })*
        }
    };
}

contract! {
    dense_positions_and_revisions_have_no_gap
    all_or_nothing_what_was_recorded_together_can_be_told
    all_or_nothing_a_refused_append_leaves_no_trace
    once_the_same_events_again_are_answered_with_the_first_receipts
    once_holds_when_many_offer_the_same_event_at_once
    an_id_with_other_content_is_refused_and_both_are_named
    an_append_recorded_in_part_names_what_was_recorded
    an_id_twice_in_one_append_is_refused
    time_does_not_run_back
    expectations_hold_for_streams_written_and_for_streams_only_read
    every_conflict_is_named_with_the_actual_revision
    of_many_who_expect_the_same_revision_one_wins
    reading_goes_both_ways_from_anywhere_with_a_limit
    following_the_head_shows_everything_in_order
    an_append_out_of_bounds_is_refused
    each_event_names_the_leaf_hash_of_the_one_before_in_its_stream
    an_event_as_large_as_allowed_is_kept
}

type Log = Arc<dyn EventLog>;

async fn dense_positions_and_revisions_have_no_gap(log: Log) {
    for round in 0..30_u64 {
        let events =
            (0..3).map(|number| event(round * 3 + number, ["a", "b", "a"][usize::try_from(number).unwrap()]));
        log.append(append_of(events)).await.unwrap();
    }
    let all = read_all(&*log, &Selection::All).await.unwrap();
    assert_eq!(numbers(&all), (1..=90).collect::<Vec<_>>());
    for (name, count) in [("a", 60), ("b", 30)] {
        let events = read_all(&*log, &Selection::Stream(stream(name))).await.unwrap();
        let revisions: Vec<u64> = events.iter().map(|event| event.revision.0).collect();
        assert_eq!(revisions, (1..=count).collect::<Vec<_>>());
        assert!(events.iter().all(|event| event.stream == stream(name)));
    }
    assert_eq!(*log.head().borrow(), Position(90));
}

async fn all_or_nothing_a_refused_append_leaves_no_trace(log: Log) {
    log.append(one(1, "a")).await.unwrap();
    let append = expecting(append_of([event(2, "a"), event(3, "b")]), &[("b", exactly(4))]);
    log.append(append).await.unwrap_err();
    assert_eq!(read_all(&*log, &Selection::All).await.unwrap().len(), 1);
    assert_eq!(log.find(id(2)).await.unwrap(), None);
    let appended = log.append(append_of([event(2, "a"), event(3, "b")])).await.unwrap();
    assert_eq!((positions(&appended), revisions(&appended)), (vec![2, 3], vec![2, 1]));
}

async fn all_or_nothing_what_was_recorded_together_can_be_told(log: Log) {
    let mut next = 1;
    for count in [1, 3, 1, 2, 50, 40] {
        let events =
            (next..next + count).map(|number| event(number, if number % 2 == 0 { "a" } else { "b" }));
        log.append(append_of(events)).await.unwrap();
        for position in next..next + count {
            let (first, last) = log.append_of(Position(position)).await.unwrap();
            assert_eq!((first.0, last.0), (next, next + count - 1), "position {position}");
        }
        next += count;
    }
    for nothing in [0, next, u64::MAX] {
        let error = log.append_of(Position(nothing)).await.unwrap_err();
        assert!(matches!(error, LogError::Refused(_)), "{error:?}");
    }
}

async fn once_the_same_events_again_are_answered_with_the_first_receipts(log: Log) {
    let append = expecting(append_of([event(1, "a"), event(2, "b")]), &[("a", Expected::NoStream)]);
    let first = log.append(append.clone()).await.unwrap();
    assert!(!first.before);
    log.append(one(3, "a")).await.unwrap();
    let mut again = append;
    again.now_micros = 9_999;
    again.events[0].meta = b"recorded by someone else".to_vec();
    for expected in [vec![("a", Expected::NoStream)], vec![("a", exactly(77))], vec![]] {
        let again = log.append(expecting(again.clone(), &expected)).await.unwrap();
        assert!(again.before);
        assert_eq!(again.receipts, first.receipts);
    }
    assert_eq!(*log.head().borrow(), Position(3));
    assert_eq!(log.find(id(2)).await.unwrap(), Some(Position(2)));
}

async fn once_holds_when_many_offer_the_same_event_at_once(log: Log) {
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { log.append(one(number % 5, "a")).await.unwrap() })
        })
        .collect();
    let mut first_told = 0;
    for task in tasks {
        first_told += usize::from(!task.await.unwrap().before);
    }
    assert_eq!(first_told, 5);
    assert_eq!(read_all(&*log, &Selection::All).await.unwrap().len(), 5);
}

async fn an_id_with_other_content_is_refused_and_both_are_named(log: Log) {
    log.append(append_of([event(1, "a"), event(2, "a")])).await.unwrap();
    let others = [
        NewEvent { body: b"other".to_vec(), ..event(2, "a") },
        NewEvent { kind: 8, ..event(2, "a") },
        event(2, "b"),
    ];
    for other in others {
        match log.append(append_of([event(1, "a"), other])).await.unwrap_err() {
            LogError::IdReused { id: reused, position, recorded_content, offered_content } => {
                assert_eq!((reused, position), (id(2), Position(2)));
                assert_ne!(recorded_content, offered_content);
            }
            error => panic!("{error:?}"),
        }
    }
    assert_eq!(*log.head().borrow(), Position(2));
}

async fn an_append_recorded_in_part_names_what_was_recorded(log: Log) {
    log.append(one(1, "a")).await.unwrap();
    match log.append(append_of([event(5, "a"), event(1, "a")])).await.unwrap_err() {
        LogError::PartlyRecorded { recorded } => assert_eq!(recorded, [(id(1), Position(1))]),
        error => panic!("{error:?}"),
    }
    assert_eq!(*log.head().borrow(), Position(1));
}

async fn an_id_twice_in_one_append_is_refused(log: Log) {
    let error = log.append(append_of([event(1, "a"), event(1, "a")])).await.unwrap_err();
    assert!(matches!(error, LogError::Refused(_)), "{error:?}");
    assert_eq!(*log.head().borrow(), Position::START);
}

async fn time_does_not_run_back(log: Log) {
    let mut kept = Vec::new();
    for (number, now_micros) in (1..).zip([500, 400, 700, i64::MIN, 700, 701]) {
        let append = docket_log::Append { now_micros, ..one(number, "a") };
        kept.push(log.append(append).await.unwrap().receipts[0].recorded_at_micros);
    }
    assert_eq!(kept, [500, 500, 700, 700, 700, 701]);
}

async fn expectations_hold_for_streams_written_and_for_streams_only_read(log: Log) {
    let ok = [
        expecting(one(1, "a"), &[("a", Expected::NoStream), ("b", Expected::NoStream)]),
        expecting(one(2, "a"), &[("a", exactly(1))]),
        expecting(one(3, "b"), &[("a", exactly(2)), ("b", Expected::Any)]),
        expecting(one(4, "c"), &[("c", exactly(0))]),
    ];
    for append in ok {
        log.append(append).await.unwrap();
    }
    let stale = [
        expecting(one(5, "a"), &[("a", Expected::NoStream)]),
        expecting(one(5, "a"), &[("a", exactly(1))]),
        expecting(one(5, "a"), &[("a", exactly(3))]),
        expecting(one(5, "a"), &[("b", exactly(2))]),
        expecting(one(5, "a"), &[("d", exactly(1))]),
    ];
    for append in stale {
        let error = log.append(append).await.unwrap_err();
        assert!(matches!(error, LogError::Conflict(_)), "{error:?}");
    }
    assert_eq!(*log.head().borrow(), Position(4));
}

async fn every_conflict_is_named_with_the_actual_revision(log: Log) {
    log.append(append_of([event(1, "a"), event(2, "a")])).await.unwrap();
    let expected = [("a", exactly(1)), ("b", exactly(3)), ("c", Expected::Any), ("a", Expected::NoStream)];
    match log.append(expecting(one(3, "a"), &expected)).await.unwrap_err() {
        LogError::Conflict(conflicts) => assert_eq!(
            conflicts,
            [
                Conflict { stream: stream("a"), expected: exactly(1), actual: Revision(2) },
                Conflict { stream: stream("b"), expected: exactly(3), actual: Revision::NONE },
                Conflict { stream: stream("a"), expected: Expected::NoStream, actual: Revision(2) },
            ]
        ),
        error => panic!("{error:?}"),
    }
}

async fn of_many_who_expect_the_same_revision_one_wins(log: Log) {
    for round in 0..5_u64 {
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let log = Arc::clone(&log);
                let append = expecting(one(round * 20 + number, "a"), &[("a", exactly(round))]);
                tokio::spawn(async move { log.append(append).await })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(appended) => {
                    assert_eq!(revisions(&appended), [round + 1]);
                    won += 1;
                }
                Err(LogError::Conflict(conflicts)) => assert_eq!(conflicts[0].actual, Revision(round + 1)),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(won, 1);
    }
}

async fn an_append_out_of_bounds_is_refused(log: Log) {
    let large = NewEvent { body: vec![1; EVENT_BYTES_MAX], ..event(1, "a") };
    let half = |number| NewEvent { body: vec![1; EVENT_BYTES_MAX / 2], ..event(number, "a") };
    let many = u64::try_from(APPEND_EVENTS_MAX).unwrap();
    let appends = [
        append_of([]),
        append_of([large]),
        append_of((0..=many).map(|n| event(n, "a"))),
        append_of((0..40).map(half)),
    ];
    for append in appends {
        let error = log.append(append).await.unwrap_err();
        assert!(matches!(error, LogError::Refused(_)), "{error:?}");
    }
    assert_eq!(*log.head().borrow(), Position::START);
    log.append(append_of((0..many).map(|n| event(n, "a")))).await.unwrap();
    assert_eq!(*log.head().borrow(), Position(many));
}

async fn an_event_as_large_as_allowed_is_kept(log: Log) {
    let large = NewEvent { body: vec![0xee; EVENT_BYTES_MAX], meta: vec![], ..event(1, "a") };
    log.append(append_of([large.clone()])).await.unwrap();
    log.append(one(2, "a")).await.unwrap();
    let read = read_all(&*log, &Selection::All).await.unwrap();
    assert_eq!(read[0].offered(), large);
    assert_eq!(read.len(), 2);
    assert!(log.append(append_of([large])).await.unwrap().before);
}

#[tokio::test]
async fn the_same_appends_give_the_same_leaf_hashes_on_every_log() {
    let directory = tempfile::tempdir().unwrap();
    let chunks: ChunkLog = open(directory.path()).0;
    let memory = MemoryLog::new();
    for append in
        [append_of([event(1, "a"), event(2, "b")]), one(3, "a"), append_of([event(4, "b"), event(5, "b")])]
    {
        let kept = memory.append(append.clone()).await.unwrap();
        assert_eq!(chunks.append(append).await.unwrap(), kept);
    }
    assert_eq!(
        read_all(&chunks, &Selection::All).await.unwrap(),
        read_all(&memory, &Selection::All).await.unwrap()
    );
    assert_eq!(chunks.find(EventId([0; 16])).await.unwrap(), None);
}
