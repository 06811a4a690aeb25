//! The commit queue, the keeper, the head and closing, in many of the orders in which their threads may run.
//!
//! Locks, queues and threads of the log are those of shuttle here, which runs one thread at a time and chooses at random which goes on. It
//! finds what never ends, too. `DOCKET_ORDERS` says how many orders are tried; `DOCKET_SEED` begins with another one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing helper fails the test")]

#[path = "../power_cuts/disk.rs"]
#[expect(dead_code, reason = "a part of it is used here")]
mod disk;
#[path = "../power_cuts/image.rs"]
#[expect(dead_code, reason = "a part of it is used here")]
mod image;
#[path = "../suite/mod.rs"]
mod suite;

use std::path::Path;
use std::sync::Arc;

use disk::{Fault, Part, SimDisk};
use docket_domain::Position;
use docket_log::{
    Append, Appended, ChunkLog, EventLog as _, LogError, MemoryIndex, Options, ProvableLog as _, Receipt,
};
use image::After;
use shuttle::future::block_on;
use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, Runner, thread};
use suite::random::Random;
use suite::{append_of, event, in_memory, options};

/// Orders that are tried of each test, unless DOCKET_ORDERS says otherwise.
const ORDERS: usize = 150;
const STREAMS: [&str; 3] = ["a", "b", "c"];

/// What an append of this number was answered.
type Answer = (u64, Result<Appended, LogError>);

/// A disk, and the index that goes with it.
#[derive(Clone, Default)]
struct Place {
    disk: SimDisk,
    index: MemoryIndex,
}

impl Place {
    /// In chunks so small that most appends begin another one.
    fn try_open(&self, root: &Path) -> Result<ChunkLog, LogError> {
        let (disk, index_in_memory) = (Arc::new(self.disk.clone()), Some(self.index.clone()));
        let options = Options { disk, index_in_memory, chunk_bytes: 600, ..options() };
        let (log, report) = ChunkLog::open(root, options)?;
        assert_eq!(report.damage, []);
        Ok(log)
    }

    fn open(&self, root: &Path) -> ChunkLog {
        self.try_open(root).unwrap()
    }
}

fn number_of(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |number| number.parse().unwrap())
}

/// Runs it in many orders.
fn in_many_orders(test: impl Fn(&Path) + Send + Sync + 'static) {
    let root = in_memory();
    let path = root.path().to_owned();
    let scheduler = RandomScheduler::new_from_seed(
        number_of("DOCKET_SEED", 1) as u64,
        number_of("DOCKET_ORDERS", ORDERS),
    );
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    Runner::new(scheduler, config).run(move || test(&path));
}

/// Append `number`: one event or two.
fn append(number: u64) -> Append {
    let stream = STREAMS[usize::try_from(number % 3).unwrap()];
    append_of((0..=number % 2).map(|part| event(number * 10 + part, stream)))
}

/// Three threads, each of which appends three times; the last append of each is the same.
fn appenders(log: &Arc<ChunkLog>) -> Vec<thread::JoinHandle<Vec<Answer>>> {
    let appender = |thread: u64| {
        let log = Arc::clone(log);
        thread::spawn(move || {
            let numbers = [thread * 2, thread * 2 + 1, 99];
            numbers.into_iter().map(|number| (number, block_on(log.append(append(number))))).collect()
        })
    };
    (0..3).map(appender).collect()
}

/// Checks a log against the answers of appends to it: what was acknowledged is there, what was refused is not; and everything can be
/// recorded now.
fn holds(log: &ChunkLog, answers: &[Answer]) {
    let head = log.head().borrow().0;
    let leaves = log.tree_hashes(0, 0, usize::try_from(head).unwrap()).unwrap();
    let there = |receipt: &Receipt| {
        leaves.get(usize::try_from(receipt.position.0).unwrap() - 1) == Some(&receipt.leaf_hash)
    };
    for (number, answer) in answers {
        if let Ok(appended) = answer {
            assert!(appended.receipts.iter().all(there), "append {number} was acknowledged and is not there");
        }
    }
    let mut refused_before = 0;
    for (number, answer) in answers {
        let again = block_on(log.append(append(*number))).unwrap();
        match answer {
            Ok(appended) => assert_eq!((again.before, &again.receipts), (true, &appended.receipts)),
            Err(LogError::Unknown) => {}
            Err(LogError::Stopped(_)) => refused_before += u64::from(again.before && *number != 99),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(refused_before, 0, "an append that was refused is there");
    let events = (0..6).chain([99]).map(|number| append(number).events.len() as u64).sum::<u64>();
    assert_eq!(log.head().borrow().0, events, "each event is there once");
    let revisions: u64 = log.heads().1.iter().map(|head| head.revision.0).sum();
    assert_eq!(revisions, events, "revisions are dense");
}

#[test]
fn every_append_is_answered_once_and_whoever_follows_the_head_sees_all() {
    in_many_orders(|root| {
        let place = Place::default();
        let log = Arc::new(place.open(root));
        let follower = {
            let log = Arc::clone(&log);
            thread::spawn(move || {
                block_on(async {
                    let mut head = log.head();
                    let mut seen = Position::START;
                    // Six appends of one event and two in turn, and the one that all have, of two.
                    while seen < Position(11) {
                        head.changed().await.unwrap();
                        let now = *head.borrow_and_update();
                        assert!(seen < now, "the head moves forward");
                        let leaves = log.tree_hashes(0, 0, usize::try_from(now.0).unwrap()).unwrap();
                        assert_eq!(leaves.len() as u64, now.0, "what the head says can be read");
                        seen = now;
                    }
                });
            })
        };
        let answers: Vec<Answer> =
            appenders(&log).into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert!(answers.iter().all(|(_, answer)| answer.is_ok()), "{answers:?}");
        let first =
            answers.iter().filter(|(number, answer)| *number == 99 && !answer.as_ref().unwrap().before);
        assert_eq!(first.count(), 1, "of those who append the same, one is first");
        follower.join().unwrap();
        holds(&log, &answers);
        log.close();
        holds(&place.open(root), &answers);
    });
}

#[test]
fn a_log_that_is_closed_meanwhile_keeps_what_it_acknowledged_and_nothing_that_it_refused() {
    in_many_orders(|root| {
        let place = Place::default();
        let log = Arc::new(place.open(root));
        let appenders = appenders(&log);
        // Who wants it next takes it as soon as it may.
        let next = {
            let (place, root) = (place.clone(), root.to_owned());
            thread::spawn(move || {
                loop {
                    match place.try_open(&root) {
                        Err(LogError::InUse { .. }) => thread::yield_now(),
                        opened => return opened.unwrap(),
                    }
                }
            })
        };
        log.close();
        let reopened = next.join().unwrap();
        let answers: Vec<Answer> = appenders.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        holds(&reopened, &answers);
    });
}

#[test]
fn a_disk_that_fails_meanwhile_loses_nothing_that_was_acknowledged() {
    in_many_orders(|root| {
        let mut random = Random::new(shuttle::rand::Rng::r#gen(&mut shuttle::rand::thread_rng()));
        let place = Place::default();
        let log = Arc::new(place.open(root));
        let faults = [Fault::Off, Fault::Failed, Fault::FailedDone, Fault::Short, Fault::Full];
        let part = if random.once_in(3) { Part::Derived } else { Part::Chunks };
        place.disk.plan(part, random.below(30), faults[random.below(faults.len())]);
        let answers: Vec<Answer> =
            appenders(&log).into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        drop(log);
        let after = After::ALL[random.below(After::ALL.len())];
        let index = if random.coin() { place.index.copied() } else { MemoryIndex::default() };
        let place = Place { disk: place.disk.cut(after, &mut random), index };
        holds(&place.open(root), &answers);
    });
}
