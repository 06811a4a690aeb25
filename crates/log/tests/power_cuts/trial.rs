//! One trial: a workload, a fault at one of its calls, a power cut or a restart, and what is there afterwards.

use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use docket_log::{Append, ChunkLog, EventLog as _, LogError, MemoryIndex, NewEvent, OpenReport, Options};

use crate::disk::{Call, Fault, Part, SimDisk};
use crate::image::After;
use crate::ledger::Ledger;
use crate::suite::random::Random;
use crate::suite::{append_of, event, options};

const FAULTS: [Fault; 5] = [Fault::Off, Fault::Failed, Fault::FailedDone, Fault::Short, Fault::Full];
/// Streams that a workload writes to.
const STREAMS: [&str; 4] = ["a", "b", "c", "d"];

/// What is tried. Written `script-part-call-fault-after`, so that it can be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trial {
    /// Seed of the workload.
    pub(crate) script: u64,
    /// The call of the disk at which it goes wrong.
    part: Part,
    call: usize,
    fault: Fault,
    after: After,
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = FAULTS.iter().position(|fault| *fault == self.fault).unwrap();
        let after = After::ALL.iter().position(|after| *after == self.after).unwrap();
        write!(f, "{}-{}-{}-{fault}-{after}", self.script, self.part as usize, self.call)
    }
}

impl FromStr for Trial {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split('-').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
        let [script, part, call, fault, after] = numbers[..] else { panic!("{text} is not a trial") };
        let (part, fault, after) = (Part::ALL[part], FAULTS[fault], After::ALL[after]);
        Ok(Self { script: script as u64, part, call, fault, after })
    }
}

impl Trial {
    /// Decides what is left open.
    fn seed(&self) -> u64 {
        self.to_string().bytes().fold(7, |seed, byte| seed * 31 % (1 << 50) + u64::from(byte))
    }
}

/// All trials of a workload whose calls these are: each call in turn, and one call that never comes.
pub(crate) fn trials(script: u64, traces: &[Vec<Call>; 2]) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (part, trace) in Part::ALL.into_iter().zip(traces) {
        for (call, kind) in trace.iter().map(Some).chain([None]).enumerate() {
            let fits = |fault: &Fault| kind.map_or(*fault == Fault::Off, |kind| fault.fits(*kind));
            for fault in FAULTS.into_iter().filter(fits) {
                let trial = |after| Trial { script, part, call, fault, after };
                trials.extend(After::ALL.into_iter().map(trial));
            }
        }
    }
    trials
}

/// What is done next.
enum Step {
    /// One append.
    One(Append),
    /// The first is under way when the others come, so that the others share a write.
    Group(Vec<Append>),
    /// The append at about this place once more.
    Repeat(usize),
    /// Everything is read.
    Read,
    Reopen,
}

/// The workload of this seed.
fn script(seed: u64) -> Vec<Step> {
    let mut random = Random::new(seed);
    let mut number = 0;
    let mut append = |random: &mut Random| {
        let count = [1, 1, 1, 2, 4][random.below(5)];
        let events: Vec<NewEvent> = (0..count)
            .map(|_| {
                number += 1;
                let name = STREAMS[random.below(STREAMS.len())];
                let length = if random.once_in(30) { 5_000 } else { random.below(400) };
                NewEvent { body: vec![u8::try_from(number % 251).unwrap(); length], ..event(number, name) }
            })
            .collect();
        Append { now_micros: i64::try_from(random.below(1_000)).unwrap(), ..append_of(events) }
    };
    let mut steps = Vec::new();
    for _ in 0..12 {
        steps.push(match random.below(10) {
            0..5 => Step::One(append(&mut random)),
            5..8 => Step::Group((0..2 + random.below(5)).map(|_| append(&mut random)).collect()),
            8 if random.coin() => Step::Reopen,
            8 => Step::Repeat(random.below(100)),
            _ => Step::Read,
        });
    }
    steps
}

/// A directory and a disk, in which trials run one after the other.
pub(crate) struct Place {
    root: PathBuf,
    disk: SimDisk,
    index: MemoryIndex,
}

impl Place {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), disk: SimDisk::default(), index: MemoryIndex::default() }
    }

    /// Cuts the power, or ends the process.
    fn cut(&mut self, after: After, random: &mut Random) {
        self.disk = self.disk.cut(after, random);
        // The index is derived: all of it may be there, or nothing.
        self.index =
            if after.is_cut() && random.coin() { MemoryIndex::default() } else { self.index.copied() };
    }

    fn open(&self) -> Result<(ChunkLog, OpenReport), LogError> {
        let disk = Arc::new(self.disk.clone());
        let index_in_memory = Some(self.index.clone());
        ChunkLog::open(&self.root, Options { disk, index_in_memory, chunk_bytes: 2_048, ..options() })
    }

    /// Empties everything.
    fn clear(&mut self) {
        self.disk = SimDisk::default();
        self.index = MemoryIndex::default();
    }

    /// The calls of a workload in which nothing goes wrong.
    pub(crate) async fn traces(&mut self, seed: u64) -> [Vec<Call>; 2] {
        self.clear();
        let mut ledger = Ledger::default();
        self.work(seed, &mut ledger).await;
        self.disk.traces()
    }

    /// Opens a disk that may fail; none where it did.
    async fn open_or_fail(&self, ledger: &mut Ledger) -> Option<ChunkLog> {
        let opened = match self.open() {
            Ok((log, report)) => {
                assert_eq!(report.damage, [], "nothing was damaged");
                ledger.settle(&log).await.map(|()| log)
            }
            Err(error) => Err(error),
        };
        opened.map_err(|error| self.excuse(&error)).ok()
    }

    /// Only a disk that failed is an excuse, and only for an error that says so.
    fn excuse(&self, error: &LogError) {
        assert!(self.disk.failed(), "{error:?}, and nothing was wrong with the disk");
        assert!(matches!(error, LogError::Io { .. } | LogError::Stopped(_)), "{error:?}");
    }

    /// Runs the workload to its end, or until the log cannot be opened.
    async fn work(&self, seed: u64, ledger: &mut Ledger) {
        let Some(mut log) = self.open_or_fail(ledger).await else { return };
        for step in script(seed) {
            match step {
                Step::One(append) => {
                    let answer = log.append(append.clone()).await;
                    ledger.note(append, answer, self.disk.failed());
                }
                Step::Group(appends) => self.group(&log, appends, ledger).await,
                Step::Repeat(place) => {
                    let Some(append) = ledger.repeat(place) else { continue };
                    match log.append(append.clone()).await {
                        Ok(appended) => ledger.note(append, Ok(appended), false),
                        Err(error) => self.excuse(&error),
                    }
                }
                Step::Read => {
                    ledger.is_shown(&log).await.unwrap_or_else(|error| self.excuse(&error));
                }
                Step::Reopen => {
                    log.close();
                    match self.open_or_fail(ledger).await {
                        Some(opened) => log = opened,
                        None => return,
                    }
                }
            }
        }
    }

    /// Appends, of which all but the first wait together while the first is under way.
    async fn group(&self, log: &ChunkLog, appends: Vec<Append>, ledger: &mut Ledger) {
        let mut answers: Vec<_> =
            appends.iter().map(|append| MaybeDone::new(log.append(append.clone()))).collect();
        self.disk.pause();
        let waker = Waker::from(Arc::new(self.disk.clone()));
        for (number, answer) in answers.iter_mut().enumerate() {
            answer.poll(&waker);
            if number == 0 && answer.output.is_none() {
                self.disk.await_call_or_wake();
            }
        }
        self.disk.resume();
        for (append, answer) in appends.into_iter().zip(answers) {
            let answer = answer.done().await;
            ledger.note(append, answer, self.disk.failed());
        }
    }

    /// Opens a disk that works, and checks everything.
    async fn holds(&self, ledger: &mut Ledger) -> (ChunkLog, OpenReport) {
        let (log, report) = self.open().unwrap();
        assert_eq!(report.damage, [], "nothing was damaged");
        assert_eq!(log.stopped(), None, "it takes appends");
        ledger.settle(&log).await.unwrap();
        (log, report)
    }

    /// Tries it. Panics where the log does not do what it promises.
    pub(crate) async fn run(&mut self, trial: Trial) {
        self.clear();
        let Trial { script, part, call, fault, after } = trial;
        let mut random = Random::new(trial.seed());
        let mut ledger = Ledger::default();
        self.disk.plan(part, call, fault);
        self.work(script, &mut ledger).await;
        self.cut(after, &mut random);
        if random.coin() {
            // While it is opened, it goes wrong again.
            let part = if random.once_in(3) { Part::Derived } else { Part::Chunks };
            self.disk.plan(part, random.below(30), FAULTS[random.below(FAULTS.len())]);
            drop(self.open_or_fail(&mut ledger).await);
            self.cut(After::ALL[random.below(After::ALL.len())], &mut random);
        }
        drop(self.holds(&mut ledger).await);
        // What was shown stays, also where the power goes now.
        let there = ledger.len();
        let mut cuts = [After::OnlySynced, After::Restart];
        cuts.rotate_left(random.below(2));
        self.cut(cuts[0], &mut random);
        let (log, report) = self.holds(&mut ledger).await;
        assert_eq!((report.torn_bytes_cut, ledger.len()), (0, there), "opening again changes nothing");
        ledger.retry(&log).await;
        let more = append_of([event(1_000_000, "a")]);
        ledger.note(more.clone(), log.append(more).await, false);
        ledger.is_shown(&log).await.unwrap();
        drop(log);
        self.cut(cuts[1], &mut random);
        let (log, _) = self.holds(&mut ledger).await;
        ledger.is_shown(&log).await.unwrap();
    }
}

/// A future that can be asked without waiting for it.
struct MaybeDone<F: Future> {
    future: Pin<Box<F>>,
    output: Option<F::Output>,
}

impl<F: Future> MaybeDone<F> {
    fn new(future: F) -> Self {
        Self { future: Box::pin(future), output: None }
    }

    fn poll(&mut self, waker: &Waker) {
        if let Poll::Ready(output) = self.future.as_mut().poll(&mut Context::from_waker(waker)) {
            self.output = Some(output);
        }
    }

    async fn done(self) -> F::Output {
        match self.output {
            Some(output) => output,
            None => self.future.await,
        }
    }
}
