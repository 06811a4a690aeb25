//! How much of the log is read for a proof, and what comes of heads that take many appends.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use docket_api::kinds;
use docket_domain::{EventId, StreamId};
use docket_log::{
    APPEND_BYTES_MAX, Append, Appended, EventLog, From, LeafHash, LogError, MemoryLog, NewEvent, Selection,
    StoredEvent, StreamHead,
};

use super::*;

/// A log that counts what is read, and is busy when the test says so.
#[derive(Default)]
struct Watched {
    log: MemoryLog,
    read: AtomicUsize,
    /// Appends of heads before it is busy, if it is to be; then so many times.
    until_busy: Mutex<Option<(usize, usize)>>,
}

#[async_trait]
impl EventLog for Watched {
    async fn append(&self, append: Append) -> Result<Appended, LogError> {
        if append.events.iter().any(|event| event.kind == kinds::HEADS_RECORDED)
            && let Some((before, busy)) = self.until_busy.lock().unwrap().as_mut()
        {
            match (*before, *busy) {
                (0, 0) => {}
                (0, _) => {
                    *busy -= 1;
                    return Err(LogError::Busy);
                }
                _ => *before -= 1,
            }
        }
        self.log.append(append).await
    }

    async fn read(
        &self,
        selection: &Selection,
        from: From,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError> {
        let events = self.log.read(selection, from, limit).await?;
        self.read.fetch_add(events.len(), Ordering::Relaxed);
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

impl ProvableLog for Watched {
    fn tree_hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<LeafHash>, LogError> {
        self.log.tree_hashes(level, first, count)
    }

    fn frontier(&self, size: u64) -> Result<Frontier, LogError> {
        self.log.frontier(size)
    }

    fn repair_tree(&self) -> Result<(), LogError> {
        self.log.repair_tree()
    }

    fn heads(&self) -> (Position, Vec<StreamHead>) {
        self.log.heads()
    }
}

struct World {
    log: Arc<Watched>,
    proofs: Arc<Proofs>,
    folder: tempfile::TempDir,
    events: u128,
}

impl World {
    async fn new() -> Self {
        let (log, folder) = (Arc::new(Watched::default()), tempfile::tempdir().unwrap());
        let proofs = Arc::new(opened(&log, &folder).await);
        Self { log, proofs, folder, events: 0 }
    }

    /// Records an event in each of these streams; they come in one append.
    async fn record(&mut self, streams: &[StreamId]) {
        let events = streams.iter().map(|stream| {
            self.events += 1;
            let id = EventId(self.events.to_be_bytes());
            NewEvent { id, stream: stream.clone(), kind: 7, body: b"event".to_vec(), meta: Vec::new() }
        });
        let append = Append { events: events.collect(), expected: Vec::new(), now_micros: 1 };
        self.log.append(append).await.unwrap();
    }

    /// Records an event in each of so many streams with long names.
    async fn record_in_streams(&mut self, count: usize) -> Vec<StreamId> {
        let long = "x".repeat(86);
        let named = |number| format!("stream/{long}{number:06}").parse().unwrap();
        let streams: Vec<StreamId> = (0..count).map(named).collect();
        for some in streams.chunks(4_000) {
            self.record(some).await;
        }
        streams
    }

    async fn step(&self) -> u64 {
        self.proofs.step(1).await.unwrap().unwrap()
    }

    /// Proves where a stream ended; tells its revision then, and how many events were read.
    async fn proved(&self, stream: &StreamId, size: u64) -> (u64, usize) {
        self.log.read.store(0, Ordering::Relaxed);
        let proved = self.proofs.completeness(stream, size).await.unwrap();
        let read = self.log.read.load(Ordering::Relaxed);
        let last = self.proofs.last_heads_event(proved.heads.checkpoint.checkpoint().size).await.unwrap();
        let StreamHeadProof { head, proof } = proved.stream;
        proof.verify(&head, &last.unwrap().root).unwrap();
        (head.revision, read)
    }

    async fn heads_events(&self) -> Vec<StoredEvent> {
        let selection = Selection::Stream(HEADS_STREAM.parse().unwrap());
        self.log.read(&selection, From::After(Position::START), usize::MAX).await.unwrap()
    }
}

async fn opened(log: &Arc<Watched>, folder: &tempfile::TempDir) -> Proofs {
    let keys = Keys::load(folder.path(), None, Some("docket.example/log"), [7; 16]).unwrap();
    let store = CheckpointStore::open(folder.path()).unwrap();
    Proofs::open(Arc::clone(log) as Arc<dyn ProvableLog>, keys, store).await.unwrap()
}

fn streams(count: usize) -> Vec<StreamId> {
    (0..count).map(|number| format!("stream/number-{number}").parse().unwrap()).collect()
}

#[tokio::test]
async fn for_an_older_checkpoint_no_more_is_read_than_there_are_streams_or_checkpoints_before_it() {
    let mut world = World::new().await;
    let streams = streams(12);
    let mut revisions: BTreeMap<&StreamId, u64> = BTreeMap::new();
    let mut signed = Vec::new();
    for round in 0..80_usize {
        let grown = &streams[round * 5 % 12];
        world.record(std::slice::from_ref(grown)).await;
        *revisions.entry(grown).or_default() += 1;
        signed.push((world.step().await, revisions.clone()));
    }
    for (number, (size, revisions)) in signed.iter().enumerate() {
        let mut most = 1 + streams.len().min(number + 1);
        for stream in &streams {
            let Some(revision) = revisions.get(stream) else {
                let unknown = world.proofs.completeness(stream, *size).await.err().unwrap();
                assert!(matches!(unknown, ProofsError::UnknownStream(_)), "{unknown}");
                most = 1;
                continue;
            };
            let (proved, read) = world.proved(stream, *size).await;
            assert_eq!(proved, *revision, "{stream} at {size}");
            assert!(read <= most, "{stream} at {size}: {read} events were read");
            // The others are answered from the same heads.
            most = 1;
        }
    }
}

#[tokio::test]
async fn whoever_sees_a_checkpoint_finds_its_heads_and_those_of_the_one_before_held() {
    let mut world = World::new().await;
    let streams = streams(12);
    for _ in 0..40 {
        world.record(&streams).await;
        world.step().await;
    }
    let before = world.proofs.latest().unwrap().checkpoint().size;
    // As far as a step goes before it says that it signed.
    world.record(&streams).await;
    let taken = world.proofs.take_heads().unwrap().unwrap();
    let recorded = world.proofs.record(taken, 1).await.unwrap().unwrap();
    world.proofs.keep(&world.proofs.grown_to(recorded.size).unwrap(), &recorded.heads).unwrap();
    assert_eq!(world.proved(&streams[3], 0).await, (41, 1));
    assert_eq!(world.proved(&streams[3], before).await, (40, 1));
}

#[tokio::test]
async fn what_is_recorded_while_a_checkpoint_is_made_is_covered_by_the_next_though_the_log_grows_no_more() {
    let mut world = World::new().await;
    let streams = streams(2);
    world.record(&streams).await;
    let taken = world.proofs.take_heads().unwrap().unwrap();
    world.record(&streams[..1]).await;
    let recorded = world.proofs.record(taken, 1).await.unwrap().unwrap();
    world.proofs.covered().unsigned = Some(recorded);
    world.step().await;
    assert_eq!(world.proved(&streams[0], 0).await.0, 1);
    let again = opened(&world.log, &world.folder).await;
    world.step().await;
    assert_eq!(world.proved(&streams[0], 0).await.0, 2);
    assert_eq!(world.proofs.step(1).await.unwrap(), None);
    // Also where it was not known from before a start.
    assert!(again.take_heads().unwrap().is_some());
}

#[tokio::test]
async fn more_changed_streams_than_one_append_takes_are_recorded_and_signed() {
    let mut world = World::new().await;
    let streams = world.record_in_streams(125_000).await;
    let size = world.step().await;
    let events = world.heads_events().await;
    let bytes: usize = events.iter().map(|event| event.body().len()).sum();
    assert!(APPEND_BYTES_MAX < bytes, "{bytes} bytes");
    assert_eq!((events.len(), events.last().unwrap().position.0), (125, size));
    let said: Vec<_> = events.into_iter().map(|event| prove::HeadsEvent::of(event).unwrap()).collect();
    assert!(said.iter().all(|one| (one.through, one.root) == (said[0].through, said[0].root)));
    assert_eq!(world.proved(&streams[77_777], 0).await.0, 1);
}

#[tokio::test(start_paused = true)]
async fn where_the_log_is_busy_between_two_appends_the_same_heads_go_on() {
    let mut world = World::new().await;
    let streams = world.record_in_streams(40_000).await;
    *world.log.until_busy.lock().unwrap() = Some((1, 15));
    let busy = world.proofs.step(1).await.unwrap_err();
    assert!(matches!(busy, ProofsError::Log(LogError::Busy)), "{busy}");
    let begun = world.heads_events().await.len();
    assert!(0 < begun && begun < 40, "{begun}");
    world.record(&streams[..1]).await;
    let size = world.step().await;
    let events = world.heads_events().await;
    assert_eq!((events.len(), events.last().unwrap().position.0), (40, size));
    assert_eq!(world.proved(&streams[0], 0).await.0, 1);
    // What came meanwhile is covered by the next one.
    world.step().await;
    assert_eq!(world.proved(&streams[0], 0).await.0, 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_between_two_appends_all_that_changed_is_recorded_anew() {
    let mut world = World::new().await;
    let streams = world.record_in_streams(40_000).await;
    *world.log.until_busy.lock().unwrap() = Some((1, 15));
    world.proofs.step(1).await.unwrap_err();
    *world.log.until_busy.lock().unwrap() = None;
    let begun = world.heads_events().await.len();
    world.proofs = Arc::new(opened(&world.log, &world.folder).await);
    let size = world.step().await;
    assert_eq!(world.heads_events().await.len(), begun + 40);
    assert_eq!(world.proved(&streams[39_999], size).await.0, 1);
}
