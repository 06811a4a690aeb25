//! The contract of reading and following.

use std::sync::Arc;

use docket_domain::Position;
use docket_log::{EventLog, From, Selection};

use super::*;

pub(crate) async fn reading_goes_both_ways_from_anywhere_with_a_limit(log: Arc<dyn EventLog>) {
    // Positions of stream b: 3, 6, 9 … 60, some of them in frames of several events.
    for round in 0..10 {
        log.append(append_of((1..=5).map(|n| event(round * 6 + n, if n == 3 { "b" } else { "a" }))))
            .await
            .unwrap();
        log.append(one(round * 6 + 6, "b")).await.unwrap();
    }
    let of = |selection: Selection, from, limit| {
        let log = Arc::clone(&log);
        async move { numbers(&log.read(&selection, from, limit).await.unwrap()) }
    };
    let (all, b) = (Selection::All, Selection::Stream(stream("b")));
    assert_eq!(of(all.clone(), From::After(Position(0)), 4).await, [1, 2, 3, 4]);
    assert_eq!(of(all.clone(), From::After(Position(57)), 9).await, [58, 59, 60]);
    assert_eq!(of(all.clone(), From::After(Position(60)), 9).await, [0; 0]);
    assert_eq!(of(all.clone(), From::After(Position(u64::MAX)), 9).await, [0; 0]);
    assert_eq!(of(all.clone(), From::Before(Position(4)), 9).await, [3, 2, 1]);
    assert_eq!(of(all.clone(), From::Before(Position(40)), 2).await, [39, 38]);
    assert_eq!(of(all.clone(), From::Before(Position(0)), 2).await, [0; 0]);
    assert_eq!(of(all.clone(), From::Before(Position(u64::MAX)), 2).await, [60, 59]);
    assert_eq!(of(all.clone(), From::End, 3).await, [60, 59, 58]);
    assert_eq!(of(all.clone(), From::End, 0).await, [0; 0]);
    assert_eq!(of(all, From::End, usize::MAX).await, (1..=60).rev().collect::<Vec<_>>());
    assert_eq!(of(b.clone(), From::After(Position(0)), 3).await, [3, 6, 9]);
    assert_eq!(of(b.clone(), From::After(Position(31)), 2).await, [33, 36]);
    assert_eq!(of(b.clone(), From::After(Position(60)), 2).await, [0; 0]);
    assert_eq!(of(b.clone(), From::Before(Position(33)), 2).await, [30, 27]);
    assert_eq!(of(b.clone(), From::Before(Position(3)), 2).await, [0; 0]);
    assert_eq!(of(b.clone(), From::Before(Position(u64::MAX)), 1).await, [60]);
    assert_eq!(of(b.clone(), From::End, 2).await, [60, 57]);
    assert_eq!(of(b, From::End, usize::MAX).await, (1..=20).rev().map(|n| n * 3).collect::<Vec<_>>());
    assert_eq!(of(Selection::Stream(stream("none")), From::End, 9).await, [0; 0]);
}

pub(crate) async fn following_the_head_shows_everything_in_order(log: Arc<dyn EventLog>) {
    const EVENTS: u64 = 200;
    let follower = {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let mut head = log.head();
            let mut seen = Vec::new();
            while seen.len() < usize::try_from(EVENTS).unwrap() {
                let known = *head.borrow_and_update();
                loop {
                    let after = Position(seen.last().copied().unwrap_or(0));
                    let more = log.read(&Selection::All, From::After(after), 16).await.unwrap();
                    if more.is_empty() {
                        break;
                    }
                    seen.extend(numbers(&more));
                }
                assert!(seen.last().copied().unwrap_or(0) >= known.0);
                if seen.len() < usize::try_from(EVENTS).unwrap() {
                    head.changed().await.unwrap();
                }
            }
            seen
        })
    };
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                for number in 0..EVENTS / 4 {
                    log.append(one(writer * EVENTS + number, "a")).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(follower.await.unwrap(), (1..=EVENTS).collect::<Vec<_>>());
}

pub(crate) async fn each_event_names_the_leaf_hash_of_the_one_before_in_its_stream(log: Arc<dyn EventLog>) {
    log.append(append_of([event(1, "a"), event(2, "b"), event(3, "a")])).await.unwrap();
    log.append(append_of([event(4, "b"), event(5, "a")])).await.unwrap();
    for name in ["a", "b"] {
        let mut previous = None;
        for event in read_all(&*log, &Selection::Stream(stream(name))).await.unwrap() {
            assert_eq!(event.previous, previous);
            previous = Some(event.leaf_hash());
        }
    }
}
