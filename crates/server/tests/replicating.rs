//! Handing out the log to whoever keeps a copy: what was recorded together comes together, and each checkpoint after its events.

use std::sync::Arc;

use docket_api::pb;
use docket_api::pb::replicate_response::Message;
use docket_api::pb::replication_service_client::ReplicationServiceClient;
use docket_domain::{EventId, Position};
use docket_log::{Append, EventLog as _, MemoryLog, NewEvent};
use docket_proof::SignedCheckpoint;
use docket_server::{ManualClock, Tracker};
use tonic::{Code, Streaming};

use crate::signed::{NOW_MICROS, Signed};
use crate::witness::{scripted, slow, success, witness_key};

/// Appends so many events together, each of so many bytes.
async fn append(log: &MemoryLog, count: u64, bytes: usize) {
    let last = log.head().borrow().0;
    let event = |number: u64| NewEvent {
        id: EventId(u128::from(number).to_be_bytes()),
        stream: "authority/a".parse().unwrap(),
        kind: 7,
        body: vec![b'x'; bytes],
        meta: Vec::new(),
    };
    let events = (last + 1..=last + count).map(event).collect();
    log.append(Append { events, expected: Vec::new(), now_micros: NOW_MICROS }).await.unwrap();
}

#[tokio::test]
async fn what_was_recorded_together_is_handed_out_together() {
    let log = Arc::new(MemoryLog::new());
    let clock = ManualClock::at("2026-01-05T09:00:00Z".parse().unwrap());
    let tracker = Tracker::new(Arc::clone(&log) as Arc<_>, Arc::new(clock));
    let appends =
        [(3_000, 9), (2_000, 9), (4_096, 9), (1, 9), (4_096, 9), (9, 1 << 20), (2, 9), (15, 1 << 20)];
    let mut ends = vec![0];
    for (count, bytes) in appends {
        append(&log, count, bytes).await;
        ends.push(log.head().borrow().0);
    }
    let (mut after, mut parts) = (Position::START, Vec::new());
    while after < *log.head().borrow() {
        let (last, events) = tracker.stored_after(after).await.unwrap();
        assert!(ends.contains(&last.0), "{last} is within an append that ends at one of {ends:?}");
        assert_eq!(events.len() as u64, last.0 - after.0);
        parts.push(events.len());
        after = last;
    }
    // Never more than 4,096 events, or 4 MiB unless they were recorded together.
    assert_eq!(parts, [3_000, 2_000, 4_096, 1, 4_096, 9, 2, 15]);
}

async fn replicate(
    server: &Signed,
    after_position: u64,
    from_checkpoint_size: u64,
) -> Streaming<pb::ReplicateResponse> {
    let request = pb::ReplicateRequest { after_position, from_checkpoint_size };
    ReplicationServiceClient::new(server.channel.clone()).replicate(request).await.unwrap().into_inner()
}

async fn next(messages: &mut Streaming<pb::ReplicateResponse>) -> Message {
    messages.message().await.unwrap().unwrap().message.unwrap()
}

async fn next_checkpoint(messages: &mut Streaming<pb::ReplicateResponse>) -> pb::SignedCheckpoint {
    loop {
        if let Message::Checkpoint(checkpoint) = next(messages).await {
            return checkpoint;
        }
    }
}

#[tokio::test]
async fn a_copy_is_told_which_log_it_is_then_events_and_the_checkpoints_that_cover_no_more() {
    let server = Signed::start().await;
    let first = server.sign().await;
    server.record(1).await;
    let second = server.sign().await;
    let mut messages = replicate(&server, first, first).await;
    let Message::Log(log) = next(&mut messages).await else { panic!("which log it is comes first") };
    let keys: Vec<_> = server.keys().await.iter().map(ToString::to_string).collect();
    assert_eq!((log.last_position, log.verifier_keys, log.leaf_hash.len()), (second, keys, 32));
    let Message::Events(events) = next(&mut messages).await else { panic!("then events") };
    assert_eq!(events.events.len() as u64, second - first);
    for size in [first, second] {
        let Message::Checkpoint(checkpoint) = next(&mut messages).await else { panic!("then checkpoints") };
        assert_eq!(checkpoint.size, size);
    }
    assert_eq!(next(&mut messages).await, Message::CaughtUp(pb::CaughtUp { position: second }));
    // Live.
    let position = server.record(2).await;
    let Message::Events(events) = next(&mut messages).await else { panic!("the event") };
    assert_eq!((events.events.len(), position), (1, second + 1));
    let third = server.sign().await;
    assert_eq!(next_checkpoint(&mut messages).await.size, third);
    server.tracker.stop();
    let ended = loop {
        if let Err(status) = messages.message().await {
            break status;
        }
    };
    assert_eq!(ended.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_checkpoint_that_was_cosigned_since_is_sent_again() {
    let server = Signed::start().await;
    server.sign().await;
    let mut messages = replicate(&server, 0, 0).await;
    let sent = next_checkpoint(&mut messages).await.note;
    let checkpoint = SignedCheckpoint::open(sent.as_bytes(), &server.keys().await).unwrap();
    let line = checkpoint.cosign(&witness_key(), 1_700_000_000).unwrap().line();
    let (witness, _asked) = scripted(vec![success(&line)]).await;
    tokio::spawn(Arc::clone(&server.proofs).keep_asking(witness));
    assert_eq!(next_checkpoint(&mut messages).await.note, format!("{sent}{line}"));
}

#[tokio::test]
async fn a_cosignature_that_comes_after_further_checkpoints_were_sent_comes_along() {
    let server = Signed::start().await;
    let first = server.sign().await;
    let mut messages = replicate(&server, 0, 0).await;
    let sent = next_checkpoint(&mut messages).await.note;
    let checkpoint = SignedCheckpoint::open(sent.as_bytes(), &server.keys().await).unwrap();
    let line = checkpoint.cosign(&witness_key(), 1_700_000_000).unwrap().line();
    let (witness, asked, release) = slow(success(&line)).await;
    tokio::spawn(Arc::clone(&server.proofs).keep_asking(witness));
    asked.await.unwrap();
    for number in 1..=3 {
        server.record(number).await;
        let size = server.sign().await;
        assert_eq!(next_checkpoint(&mut messages).await.size, size);
    }
    release.send(()).unwrap();
    let again = next_checkpoint(&mut messages).await;
    assert_eq!((again.size, again.note), (first, format!("{sent}{line}")));
}

#[tokio::test]
async fn a_copy_that_is_past_the_head_is_told_which_log_it_asked_and_nothing_more() {
    let server = Signed::start().await;
    let head = server.tracker.head().0;
    let mut messages = replicate(&server, head + 1, 0).await;
    let Message::Log(log) = next(&mut messages).await else { panic!("which log it is comes first") };
    assert_eq!((log.last_position, log.leaf_hash), (head, Vec::new()));
    let refused = messages.message().await.unwrap_err();
    assert_eq!(docket_api::reason::refusal(&refused).reason, "POSITION_NOT_YET_RECORDED");
}
