//! Random appends, repeats, reads, reopenings and damage to what is derived, compared step by step with a list: the log in memory and the
//! log in chunks do what the list does.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing helper fails the test")]

mod list;
mod steps;
#[path = "../suite/mod.rs"]
mod suite;

use std::path::{Path, PathBuf};

use docket_domain::Position;
use docket_log::{
    Append, ChunkLog, EventLog, Expected, From, MemoryLog, NewEvent, ProvableLog, Selection, StoredEvent,
};
use list::{Answer, List};
use proptest::prelude::*;
use steps::{Change, Expect, Harm, Start, Step, steps};
use suite::*;
use tokio::sync::watch;

/// Lists of steps that are tried, unless PROPTEST_CASES says otherwise.
const CASES: u32 = 60;

/// One who follows a log.
struct Follower {
    head: watch::Receiver<Position>,
    seen: Vec<StoredEvent>,
}

impl Follower {
    fn new(log: &dyn EventLog, seen: Vec<StoredEvent>) -> Self {
        Self { head: log.head(), seen }
    }

    /// Reads up to the head, as a follower does.
    async fn follow(&mut self, log: &dyn EventLog) {
        let head = *self.head.borrow_and_update();
        while (self.seen.len() as u64) < head.0 {
            let after = Position(self.seen.len() as u64);
            let more = log.read(&Selection::All, From::After(after), 16).await.unwrap();
            assert!(!more.is_empty(), "nothing after {after}, the head is {head}");
            self.seen.extend(more);
        }
        assert_eq!(numbers(&self.seen), (1..=head.0).collect::<Vec<_>>());
    }
}

/// A log, who follows it, and the list that it must be like.
struct Compared {
    list: List,
    number: u64,
}

fn name(stream: u8) -> docket_domain::StreamId {
    stream_id(&format!("s{stream}"))
}

fn stream_id(text: &str) -> docket_domain::StreamId {
    suite::stream(text)
}

impl Compared {
    fn new_event(&mut self, stream: u8, bytes: u16) -> NewEvent {
        self.number += 1;
        NewEvent { body: vec![stream; usize::from(bytes)], ..event(self.number, &format!("s{stream}")) }
    }

    /// The append of a step; none where the step is another one.
    fn append(&mut self, step: &Step) -> Option<Append> {
        match step {
            Step::Append { events, expected, clock } => {
                let expected = expected.iter().map(|(stream, expect)| {
                    let right = self.list.last_revision(&name(*stream));
                    let expected = match expect {
                        Expect::Any => Expected::Any,
                        Expect::NoStream => Expected::NoStream,
                        Expect::Right => Expected::Exactly(right),
                        Expect::Above(by) => exactly(right.0 + by),
                    };
                    (name(*stream), expected)
                });
                let expected = expected.collect();
                let events = events.iter().map(|(stream, bytes)| self.new_event(*stream, *bytes)).collect();
                Some(Append { events, expected, now_micros: *clock })
            }
            Step::Repeat { place, count, change, before, after } => {
                let place = place % self.list.0.len().max(1);
                let known: Vec<NewEvent> =
                    self.list.0.iter().skip(place).take(*count).map(|known| known.event.clone()).collect();
                let mut events: Vec<NewEvent> = (0..*before).map(|_| self.new_event(0, 9)).collect();
                events.extend(known);
                if let Some(event) = events.last_mut().filter(|_| place < self.list.0.len()) {
                    match change {
                        Change::Nothing => {}
                        Change::Meta => event.meta.push(1),
                        Change::Kind => event.kind += 1,
                        Change::Body => event.body.push(1),
                        Change::Stream => event.stream = stream_id("another"),
                    }
                }
                events.extend((0..*after).map(|_| self.new_event(1, 9)).collect::<Vec<_>>());
                // Whatever is expected: what was recorded is answered as it was.
                let expected = vec![(name(0), exactly(self.list.last_revision(&name(0)).0))];
                Some(Append { events, expected, now_micros: 7 })
            }
            Step::Twice { stream } => {
                let event = self.new_event(*stream, 20);
                Some(append_of([event.clone(), event]))
            }
            _ => None,
        }
    }

    /// Checks the answer to a question against the list.
    async fn ask(&self, log: &impl ProvableLog, follower: &mut Follower, step: &Step) {
        match step {
            Step::Read { stream, start, limit } => {
                let selection = stream.map_or(Selection::All, |number| Selection::Stream(name(number)));
                let from = match start {
                    Start::After(place) => From::After(Position(*place)),
                    Start::Before(place) => From::Before(Position(*place)),
                    Start::End => From::End,
                };
                let events = log.read(&selection, from, *limit).await.unwrap();
                let positions: Vec<Position> = events.iter().map(|event| event.position).collect();
                assert_eq!(positions, self.list.read(&selection, from, *limit));
                self.list.compare(&events);
            }
            Step::Find { place } => {
                let place = u64::try_from(place % (self.list.0.len() + 2)).unwrap() + 1;
                let id = self.list.0.get(usize::try_from(place).unwrap() - 1).map(|known| known.event.id);
                let id = id.unwrap_or_else(|| id_never_used(place));
                assert_eq!(log.find(id).await.unwrap(), self.list.find(id));
            }
            Step::Follow => {
                follower.follow(log).await;
                assert_eq!(follower.seen.len(), self.list.0.len());
                self.list.compare(&follower.seen);
            }
            Step::Tree { first } => self.tree(log, *first),
            _ => {}
        }
        assert_eq!(*log.head().borrow(), self.list.head());
    }

    fn tree(&self, log: &impl ProvableLog, first: usize) {
        let first = first % (self.list.0.len() + 1);
        let leaves: Vec<_> = self.list.0[first..].iter().map(|known| known.leaf_hash.unwrap()).collect();
        let hashes = || log.tree_hashes(0, first as u64, leaves.len());
        if hashes().ok().as_ref() != Some(&leaves) {
            log.repair_tree().unwrap();
            assert_eq!(hashes().unwrap(), leaves);
        }
        log.tree_hashes(0, first as u64, leaves.len() + 1).unwrap_err();
        let (position, heads) = log.heads();
        assert_eq!(position, self.list.head());
        for head in heads {
            let last = self.list.0.iter().rfind(|known| known.event.stream == head.stream).unwrap();
            assert_eq!((head.revision, Some(head.leaf_hash)), (last.revision, last.leaf_hash));
        }
    }
}

fn id_never_used(number: u64) -> docket_domain::EventId {
    id(1_000_000 + number)
}

/// Files of what is derived, in order.
fn derived(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["index", "hashes"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(directory.join(folder)).into_iter().flatten())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn do_harm(directory: &Path, harm: Harm) {
    let files = derived(directory);
    let chosen = |file: u16| files[usize::from(file) % files.len()].clone();
    match harm {
        Harm::Nothing => {}
        Harm::RemoveIndex => std::fs::remove_dir_all(directory.join("index")).unwrap(),
        Harm::RemoveHashes => std::fs::remove_dir_all(directory.join("hashes")).unwrap(),
        Harm::Remove(file) => std::fs::remove_file(chosen(file)).unwrap(),
        Harm::Flip(file, at, bit) => {
            let used = std::fs::read(chosen(file)).unwrap().iter().rposition(|byte| *byte != 0);
            if let Some(last) = used {
                flip(&chosen(file), usize::try_from(at).unwrap() % (last + 1), u32::from(bit));
            }
        }
        Harm::Cut(file, at) => {
            let file = std::fs::File::options().write(true).open(chosen(file)).unwrap();
            let length = file.metadata().unwrap().len();
            file.set_len(u64::from(at) % (length + 1)).unwrap();
        }
    }
}

/// Does all steps on both logs.
async fn run(directory: &Path, steps: Vec<Step>) {
    let memory = MemoryLog::new();
    let mut chunks: ChunkLog = open(directory).0;
    let mut compared = Compared { list: List::default(), number: 0 };
    let mut of_memory = Follower::new(&memory, Vec::new());
    let mut of_chunks = Follower::new(&chunks, Vec::new());
    for step in steps.into_iter().chain([Step::Reopen { harm: Harm::Nothing }, Step::Follow]) {
        if let Some(append) = compared.append(&step) {
            let expected = compared.list.append(&append);
            for answer in [memory.append(append.clone()).await, chunks.append(append).await] {
                assert_eq!(Answer::of(&answer), expected);
                if let Ok(appended) = answer {
                    compared.list.check(&appended.receipts);
                }
            }
        }
        if let Step::Reopen { harm } = step {
            chunks.close();
            do_harm(directory, harm);
            let (opened, report) = open(directory);
            assert_eq!((report.events, report.torn_bytes_cut), (compared.list.head().0, 0));
            assert_eq!((report.damage, opened.stopped()), (vec![], None));
            of_chunks = Follower::new(&opened, of_chunks.seen);
            chunks = opened;
        }
        compared.ask(&memory, &mut of_memory, &step).await;
        compared.ask(&chunks, &mut of_chunks, &step).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(CASES, |cases| cases.parse().unwrap()),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_logs_do_what_a_list_does(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let directory = in_memory();
        runtime.block_on(run(directory.path(), steps));
    }
}
