//! What callers are told when the log fails, and what holds afterwards.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use docket_api::pb;
use docket_domain::{EventId, Position, Revision};
use docket_log::{
    Append, Appended, Conflict, EventLog, Expected, From, LogError, MemoryLog, Selection, StoredEvent,
};
use docket_server::genesis;
use docket_server::tracker::DECIDE_TRIES_MAX;
use tokio::sync::watch;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{World, meeting, metadata, notice, now, reason};

/// A path that no caller may see.
const PATH: &str = "/somewhere/private/chunk-7";

/// How the next appends go wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// It is recorded, and the answer is lost.
    LostAnswer,
    Stopped,
    Busy,
    Io,
    Conflict,
    /// Another writer records in the same stream first. Once.
    Overtaken,
}

/// A log that fails as it is told to.
struct FailingLog {
    log: MemoryLog,
    fault: Mutex<Fault>,
    /// From which position to which the log is damaged.
    damage: Mutex<Option<(u64, u64)>>,
    appends: AtomicUsize,
}

impl FailingLog {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            log: MemoryLog::new(),
            fault: Mutex::new(Fault::None),
            damage: Mutex::new(None),
            appends: AtomicUsize::new(0),
        })
    }

    fn fail(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
        self.appends.store(0, Ordering::SeqCst);
    }

    /// As if another process had recorded an event in the stream that is about to be written.
    async fn overtake(&self, append: &Append) {
        self.fail(Fault::None);
        let mut other = append.clone();
        other.expected.clear();
        other.events.truncate(1);
        let event = pb_event(&other.events[0].body);
        let other_id = EventId([7; 16]);
        let body = pb::Event { event_id: other_id.to_string(), ..meeting(9, "barnet", "2025-02-01") };
        assert!(event.stream.ends_with("barnet"));
        other.events[0].id = other_id;
        other.events[0].kind = 26;
        other.events[0].body = prost::Message::encode_to_vec(&pb::Event { stream: event.stream, ..body });
        self.log.append(other).await.unwrap();
    }
}

fn pb_event(body: &[u8]) -> pb::Event {
    prost::Message::decode(body).unwrap()
}

#[async_trait]
impl EventLog for FailingLog {
    async fn append(&self, append: Append) -> Result<Appended, LogError> {
        self.appends.fetch_add(1, Ordering::SeqCst);
        let fault = *self.fault.lock().unwrap();
        match fault {
            Fault::None => self.log.append(append).await,
            Fault::LostAnswer => self.log.append(append).await.and(Err(LogError::Unknown)),
            Fault::Stopped => Err(LogError::Stopped(format!("fdatasync of {PATH} failed"))),
            Fault::Busy => Err(LogError::Busy),
            Fault::Io => {
                let source = io::Error::other("no space left");
                Err(LogError::Io { doing: format!("writing {PATH}"), source })
            }
            Fault::Conflict => Err(LogError::Conflict(vec![Conflict {
                stream: append.events[0].stream.clone(),
                expected: Expected::NoStream,
                actual: Revision(7),
            }])),
            Fault::Overtaken => {
                self.overtake(&append).await;
                self.log.append(append).await
            }
        }
    }

    async fn read(
        &self,
        selection: &Selection,
        from: From,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError> {
        let damage = *self.damage.lock().unwrap();
        let mut events = self.log.read(selection, from, limit).await?;
        let Some((first, last)) = damage else {
            return Ok(events);
        };
        let (From::After(start) | From::Before(start)) = from else { panic!("no reader begins at the end") };
        let whole = |position: u64| if start.0 < first { position < first } else { last < position };
        let read = events.len();
        events.retain(|event| whole(event.position.0));
        // The end of a stream is not told where later events are damaged.
        let end_is_hidden = read < limit && start.0 < last;
        if events.is_empty() && (0 < read || end_is_hidden) {
            return Err(LogError::Damaged {
                chunk: PATH.to_owned(),
                offset: 4096,
                first: Position(first),
                last: Position(last),
                what: "checksum".to_owned(),
            });
        }
        Ok(events)
    }

    async fn find(&self, id: EventId) -> Result<Option<Position>, LogError> {
        self.log.find(id).await
    }

    async fn append_of(&self, position: Position) -> Result<(Position, Position), LogError> {
        self.log.append_of(position).await
    }

    fn log_id(&self) -> [u8; 16] {
        self.log.log_id()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.log.head()
    }
}

async fn world() -> (World, Arc<FailingLog>) {
    let log = FailingLog::new();
    let world = World::over(Arc::clone(&log) as Arc<_>).await;
    genesis::complete(&world.tracker).await.unwrap();
    (world, log)
}

fn tells_no_path(status: &Status) {
    let told = format!("{status:?}");
    assert!(!told.contains("private") && !told.contains("chunk"), "{told}");
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_is_sent_again_and_has_one_effect() {
    let (world, log) = world().await;
    log.fail(Fault::LostAnswer);
    let events = vec![notice(1, "barnet", "2022-08-05")];
    let lost = world.record(events.clone()).await.unwrap_err();
    assert_eq!((lost.code(), reason(&lost).as_str()), (Code::Unavailable, "OUTCOME_UNKNOWN"));
    log.fail(Fault::None);
    let head = world.tracker.head();
    let again = world.record(events).await.unwrap();
    assert!(again.already_recorded);
    assert_eq!(world.tracker.head(), head);
}

#[tokio::test]
async fn a_log_that_writes_no_more_still_answers() {
    let (world, log) = world().await;
    log.fail(Fault::Stopped);
    let refused = world.record(vec![notice(1, "barnet", "2022-08-05")]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "LOG_STOPPED"));
    tells_no_path(&refused);
    world.status("barnet", now()).await.unwrap();
}

#[tokio::test]
async fn each_failure_of_the_log_has_a_reason_and_tells_no_path() {
    let (world, log) = world().await;
    let expected = [
        (Fault::Busy, Code::ResourceExhausted, "QUEUE_FULL"),
        (Fault::Io, Code::Internal, "STORAGE_FAILED"),
        (Fault::Conflict, Code::ResourceExhausted, "QUEUE_FULL"),
    ];
    for (fault, code, told) in expected {
        log.fail(fault);
        let refused = world.record(vec![notice(1, "barnet", "2022-08-05")]).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (code, told));
        assert_eq!(refused.get_error_details().retry_info().is_some(), code == Code::ResourceExhausted);
        tells_no_path(&refused);
    }
    assert_eq!(
        log.appends.load(Ordering::SeqCst),
        DECIDE_TRIES_MAX,
        "a conflict is decided again, not for ever"
    );
    log.fail(Fault::None);
    world.record(vec![notice(1, "barnet", "2022-08-05")]).await.unwrap();
}

#[tokio::test]
async fn where_the_log_is_damaged_only_what_was_known_before_is_answered_and_the_rest_can_be_read() {
    let (world, log) = world().await;
    world.record(vec![notice(1, "barnet", "2022-08-05")]).await.unwrap();
    let before = world.status("barnet", now()).await.unwrap();
    let first = world.tracker.head().0 + 1;
    world.record((2..=9).map(|number| meeting(number, "bexley", "2025-01-01")).collect()).await.unwrap();
    let last = first + 2;
    *log.damage.lock().unwrap() = Some((first, last));
    let fresh = World::over(Arc::clone(&log) as Arc<_>).await;

    let damaged = fresh.status("barnet", now()).await.unwrap_err();
    assert_eq!((damaged.code(), reason(&damaged).as_str()), (Code::DataLoss, "LOG_DAMAGED"));
    assert_eq!(metadata(&damaged, "first_position"), first.to_string());
    tells_no_path(&damaged);
    let known_before = pb::AsOf { known_position: first - 1, ..now() };
    assert_eq!(fresh.status("barnet", known_before).await.unwrap().instruments, before.instruments);

    let read = async |from_position| -> (Vec<u64>, Option<Status>) {
        let request = pb::ReadHistoryRequest { from_position, ..Default::default() };
        let mut read = fresh.histories().read_history(request).await.unwrap().into_inner();
        let mut positions = Vec::new();
        loop {
            match read.next().await {
                Some(Ok(message)) => positions.push(message.event.unwrap().position),
                Some(Err(status)) => return (positions, Some(status)),
                None => return (positions, None),
            }
        }
    };
    let (whole, end) = read(0).await;
    assert_eq!(whole, (1..first).collect::<Vec<_>>());
    let go_on_after: u64 = metadata(&end.unwrap(), "last_position").parse().unwrap();
    let (rest, end) = read(go_on_after).await;
    assert_eq!((rest, end.is_none()), ((last + 1..=first + 7).collect(), true));
}

#[tokio::test]
async fn a_writer_that_was_overtaken_reads_on_and_decides_again() {
    let (world, log) = world().await;
    log.fail(Fault::Overtaken);
    let recorded = world.record(vec![notice(1, "barnet", "2022-08-05")]).await.unwrap();
    assert_eq!(recorded.recorded[0].revision, 3);

    log.fail(Fault::Overtaken);
    let expecting = pb::RecordRequest {
        events: vec![notice(2, "kingston-upon-hull", "2023-08-05")],
        expected: vec![pb::ExpectedRevision {
            stream: "authority/barnet".to_owned(),
            expectation: Some(pb::expected_revision::Expectation::Revision(2)),
        }],
        ..Default::default()
    };
    log.fail(Fault::None);
    let stale = world.request(expecting).await.unwrap_err();
    assert_eq!(metadata(&stale, "actual_revisions"), "authority/barnet=3");
}

#[tokio::test]
async fn a_thousand_bad_events_are_refused_with_an_answer_that_arrives() {
    let (world, _log) = world().await;
    let bad = |number| pb::Event {
        event_id: String::new(),
        sources: Vec::new(),
        body: None,
        ..notice(number, "nowhere at all", "2022-08-05")
    };
    let refused = world.record((1..=1_000).map(bad).collect()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
    let unregistered = (1..=1_000).map(|number| notice(number, "atlantis", "2022-08-05")).collect();
    let refused = world.record(unregistered).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "FACT_REFUSED"));
}
