//! Damage to any file of a data directory: bits, pages, lengths, whole files.
//!
//! Either all answers are right, or the damage is named and the rest can be read; what is derived is always repaired. Never a panic, never
//! an answer that is wrong, never an end that does not come. `DOCKET_DAMAGES` says how many trials are made; a trial that fails is named,
//! and `DOCKET_DAMAGE=NAME` makes it alone. The outcomes are printed as a table.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing helper fails the test")]
#![expect(clippy::print_stdout, reason = "the table of outcomes is the result")]

mod check;
mod harm;
#[path = "../suite/mod.rs"]
mod suite;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use check::{Outcome, Truth};
use docket_log::{ChunkLog, EventLog as _, LogError, NewEvent, OpenReport, Options, Selection};
use harm::{Class, Kind, Sources, class, files, harm};
use suite::panics;
use suite::random::Random;
use suite::{append_of, copy, event, in_memory, options, read_all};
use tokio::runtime::{Builder, Runtime};

/// Trials, unless DOCKET_DAMAGES says otherwise.
const TRIALS: u64 = 150;
const EVENTS: u64 = 320;

fn open(directory: &Path) -> Result<(ChunkLog, OpenReport), LogError> {
    ChunkLog::open(directory, Options { chunk_bytes: 16 << 10, ..options() })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Records events `from` to `to`, in appends of one to four.
async fn record(directory: &Path, from: u64, to: u64, letter: u8) {
    let log = open(directory).unwrap().0;
    let mut number = from;
    while number <= to {
        let count = (1 + number * 7 % 4).min(to + 1 - number);
        let events = (number..number + count).map(|number| {
            let length = usize::try_from(number * 97 % 500).unwrap();
            let name = ["a", "b", "c", "d", "e"][usize::try_from(number * number % 5).unwrap()];
            NewEvent { body: vec![letter; length], ..event(number, name) }
        });
        log.append(append_of(events)).await.unwrap();
        number += count;
    }
}

/// A closed log, what it was at two earlier moments, and another log whose files have the same names.
struct Logs {
    _root: tempfile::TempDir,
    now: PathBuf,
    older: Vec<PathBuf>,
    other: PathBuf,
    truth: Truth,
}

impl Logs {
    async fn make() -> Self {
        let root = in_memory();
        let path = |name: &str| root.path().join(name);
        let (now, other) = (path("now"), path("other"));
        let older = vec![path("half"), path("almost")];
        record(&now, 1, EVENTS / 2, b'x').await;
        copy(&now, &older[0]);
        record(&now, EVENTS / 2 + 1, EVENTS - 4, b'x').await;
        copy(&now, &older[1]);
        record(&now, EVENTS - 3, EVENTS, b'x').await;
        record(&other, 1, EVENTS, b'y').await;
        let log = open(&now).unwrap().0;
        let events = read_all(&log, &Selection::All).await.unwrap();
        assert_eq!((events.len() as u64, *log.head().borrow()), (EVENTS, docket_domain::Position(EVENTS)));
        drop(log);
        let chunks = files(&now).into_iter().filter(|file| file.starts_with("chunks")).count();
        assert!(6 < chunks, "{chunks} chunks");
        Self { _root: root, now, older, other, truth: Truth { events, open } }
    }

    /// Positions of events in a chunk file.
    fn positions(&self, file: &Path) -> BTreeSet<u64> {
        let first = |file: &Path| file.file_stem()?.to_str()?.parse::<u64>().ok();
        let Some(begin) = first(file).filter(|_| file.starts_with("chunks")) else { return BTreeSet::new() };
        let firsts = files(&self.now).into_iter().filter(|file| file.starts_with("chunks"));
        let end = firsts.filter_map(|file| first(&file)).filter(|first| begin < *first).min();
        (begin..end.unwrap_or(EVENTS + 1)).collect()
    }

    /// Makes the trial of this number in this directory; none where nothing could be damaged so.
    async fn attempt(&self, number: u64, directory: &Path) -> Option<(Kind, Class, Outcome)> {
        let mut random = Random::new(number);
        let all = files(&self.now);
        let kind = Kind::ALL[random.below(Kind::ALL.len())];
        // Each class as often as the others, however many files it has.
        let classes: BTreeSet<Class> = all.iter().map(|file| class(&all, file)).collect();
        let chosen = *classes.iter().nth(random.below(classes.len()))?;
        let of_it: Vec<&PathBuf> = all.iter().filter(|file| class(&all, file) == chosen).collect();
        let file = of_it[random.below(of_it.len())];
        copy(&self.now, directory);
        let sources = Sources { now: &self.now, older: &self.older, other: &self.other };
        let harmed = harm(directory, file, kind, &sources, &mut random);
        if harmed.is_empty() {
            return None;
        }
        let mut named = chosen;
        if let Some(alone) = chosen.alone().filter(|_| random.once_in(3)) {
            named = alone;
            std::fs::remove_dir_all(directory.join("index")).unwrap();
            std::fs::remove_dir_all(directory.join("hashes")).unwrap();
        }
        let end_unknown = named != chosen && harmed.iter().any(|file| class(&all, file) == Class::Open);
        let may_lose = harmed.iter().flat_map(|file| self.positions(file)).collect();
        let outcome = self.truth.judge(directory, &may_lose, end_unknown).await;
        if may_lose.is_empty() {
            assert_eq!(outcome, Outcome::AllRight, "only what is derived was damaged");
            self.truth.goes_on(directory).await;
        }
        Some((kind, named, outcome))
    }
}

fn print(outcomes: &BTreeMap<(Kind, Class), BTreeMap<Outcome, u64>>) {
    println!(
        "{:<15} {:<13} {:>9} {:>9} {:>10} {:>8}",
        "", "", "all right", "reported", "told when", "refused"
    );
    println!("{:<15} {:<13} {:>9} {:>9} {:>10} {:>8}", "damage", "to", "", "at start", "read", "to open");
    for ((kind, class), counts) in outcomes {
        let count = |outcome| counts.get(&outcome).copied().unwrap_or(0);
        let [right, reported, told, refused] =
            [Outcome::AllRight, Outcome::Reported, Outcome::ToldWhenRead, Outcome::Refused].map(count);
        println!("{kind:<15} {class:<13} {right:>9} {reported:>9} {told:>10} {refused:>8}");
    }
}

#[test]
fn damage_to_any_file_is_named_or_repaired_and_never_answered_wrongly() {
    panics::watch();
    let trials: Vec<u64> = match std::env::var("DOCKET_DAMAGE") {
        Ok(trial) => vec![trial.parse().unwrap()],
        Err(_) => {
            (1..=std::env::var("DOCKET_DAMAGES").map_or(TRIALS, |trials| trials.parse().unwrap())).collect()
        }
    };
    let begun = std::time::Instant::now();
    let logs = runtime().block_on(Logs::make());
    let ended = suite::trials::make(&trials, || {
        let root = in_memory();
        let logs = &logs;
        move |trial: &u64| runtime().block_on(logs.attempt(*trial, &root.path().join("damaged")))
    });
    let mut outcomes: BTreeMap<(Kind, Class), BTreeMap<Outcome, u64>> = BTreeMap::new();
    for (kind, class, outcome) in ended.iter().filter_map(|(_, end)| (*end)?) {
        *outcomes.entry((kind, class)).or_default().entry(outcome).or_default() += 1;
    }
    let failed: Vec<u64> = ended.iter().filter(|(_, end)| end.is_none()).map(|(trial, _)| **trial).collect();
    let made: u64 = outcomes.values().flat_map(BTreeMap::values).sum();
    print(&outcomes);
    println!("{made} trials in {:.1} s, {} failed", begun.elapsed().as_secs_f64(), failed.len());
    assert_eq!(panics::all(), Vec::<String>::new(), "the log panicked");
    assert!(failed.is_empty(), "try again with DOCKET_DAMAGE={}; all that failed: {failed:?}", failed[0]);
}
