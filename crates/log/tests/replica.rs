//! A copy has the same events with the same positions, revisions, times and hashes, or it has nothing of what was offered.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use docket_domain::{Position, Revision};
use docket_log::{
    Append, ChunkLog, EventLog, LogError, NewEvent, Options, Replicated, Selection, StoredEvent,
};
use suite::*;

fn replicated(event: &StoredEvent) -> Replicated {
    Replicated { stored: event.stored().to_vec(), leaf_hash: event.leaf_hash() }
}

/// A log of events at several times, some of them appended together.
async fn original(directory: &std::path::Path) -> (ChunkLog, Vec<StoredEvent>) {
    let (log, _) = open(directory);
    for number in 0..100 {
        let events = (0..1 + number % 4).map(|more| event(number * 10 + more, stream_of(number + more)));
        let now_micros = 1_000 + i64::try_from(number).unwrap();
        log.append(Append { now_micros, ..append_of(events) }).await.unwrap();
    }
    let events = read_all(&log, &Selection::All).await.unwrap();
    (log, events)
}

fn copy_of(directory: &std::path::Path, log: &ChunkLog) -> ChunkLog {
    // Of another size, so that the chunks are other ones too.
    let options = Options { chunk_bytes: 3 * SMALL_CHUNK, log_id: Some(log.log_id()), ..options() };
    ChunkLog::open(directory, options).unwrap().0
}

#[tokio::test]
async fn a_copy_is_the_same_log_whatever_is_appended_together() {
    let directory = tempfile::tempdir().unwrap();
    let (log, events) = original(&directory.path().join("log")).await;
    for at_once in [1, 7, 250] {
        let path = directory.path().join(format!("copy-{at_once}"));
        let copy = copy_of(&path, &log);
        for part in events.chunks(at_once) {
            copy.append_copy(part.iter().map(replicated).collect()).await.unwrap();
        }
        assert_eq!(copy.log_id(), log.log_id());
        assert_eq!(read_all(&copy, &Selection::All).await.unwrap(), events);
        copy.close();
        let copy = copy_of(&path, &log);
        assert_eq!(read_all(&copy, &Selection::All).await.unwrap(), events);
        // It can go on as a log of its own.
        copy.append(one(5_000, "a")).await.unwrap();
    }
}

#[tokio::test]
async fn an_event_that_is_not_the_next_one_is_refused_with_its_position_and_nothing_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let (log, events) = original(&directory.path().join("log")).await;
    let copy = copy_of(&directory.path().join("copy"), &log);
    copy.append_copy(events.iter().take(100).map(replicated).collect()).await.unwrap();
    // As somebody sends it who computes the hash of what he sends.
    let next = |alter: &dyn Fn(&mut StoredEvent)| {
        let mut event = events.get(101).unwrap().clone();
        alter(&mut event);
        let StoredEvent { position, revision, recorded_at_micros, previous, id, .. } = event;
        let offered = NewEvent { id, ..event.offered() };
        replicated(&StoredEvent::new(position, revision, recorded_at_micros, previous, &offered).unwrap())
    };
    let first = replicated(events.get(100).unwrap());
    let cases: [(&str, Replicated); 8] = [
        ("do not have the leaf hash that came with them", Replicated { leaf_hash: [1; 32], ..next(&|_| ()) }),
        ("what came says position 103", next(&|event| event.position = Position(103))),
        ("it says revision 999", next(&|event| event.revision = Revision(999))),
        ("it was recorded before the event before it", next(&|event| event.recorded_at_micros = 3)),
        (
            "it does not go on from the last event of authority/",
            next(&|event| event.previous = Some([2; 32])),
        ),
        ("was recorded before", next(&|event| event.id = events.first().unwrap().id)),
        ("was recorded before", next(&|event| event.id = events.get(100).unwrap().id)),
        ("not known to this program", Replicated { stored: vec![9, 9], leaf_hash: [0; 32] }),
    ];
    for (why, copied) in cases {
        let refused = copy.append_copy(vec![first.clone(), copied]).await.unwrap_err();
        let LogError::Refused(what) = &refused else { panic!("{refused}") };
        assert!(what.starts_with("position 102 of the original: ") && what.contains(why), "{what}");
        assert_eq!(*copy.head().borrow(), Position(100));
    }
    let before = copy.append_copy(vec![replicated(events.get(99).unwrap())]).await.unwrap_err();
    assert!(before.to_string().contains("what came says position 100"), "{before}");
    copy.append_copy(vec![]).await.unwrap_err();
    copy.append_copy(events.iter().skip(100).map(replicated).collect()).await.unwrap();
    assert_eq!(read_all(&copy, &Selection::All).await.unwrap(), events);
}
