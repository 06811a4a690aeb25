//! What the parts of an append and of a read take, beside what cannot be left out: a copy, a checksum and a hash of the same bytes.
//!
//! `cargo bench -p docket-log`. After the measurements it prints each part in terms of the copy, from the same run.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use docket_domain::{EventId, Position, Revision};
use docket_log::{Append, EventLog as _, From, MemoryLog, NewEvent, Selection, StoredEvent};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

/// Bytes of a body.
const BODY_BYTES: usize = 300;
/// Events of an append.
const APPEND_EVENTS: u64 = 100;
/// How long each ratio is measured.
const RATIO_TIME: Duration = Duration::from_millis(200);

fn event(number: u64) -> NewEvent {
    NewEvent {
        id: EventId((u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64).to_be_bytes()),
        stream: format!("authority/bench-{}", number % 1_000).parse().unwrap(),
        kind: 34,
        body: vec![0xa5; BODY_BYTES],
        meta: Vec::new(),
    }
}

fn stored(event: &NewEvent) -> StoredEvent {
    StoredEvent::new(Position(1_000), Revision(30), 1_700_000_000_000_000, Some([7; 32]), event).unwrap()
}

/// Records appends in a log in memory: judged, encoded and hashed as in one on disk.
fn append(runtime: &Runtime, log: &MemoryLog, next: &mut u64) {
    let events = (*next..*next + APPEND_EVENTS).map(event).collect();
    *next += APPEND_EVENTS;
    let append = Append { events, expected: Vec::new(), now_micros: 1_700_000_000_000_000 };
    black_box(runtime.block_on(log.append(append)).unwrap());
}

fn read(runtime: &Runtime, log: &MemoryLog) {
    let read = log.read(&Selection::All, From::After(Position(0)), 100);
    black_box(runtime.block_on(read).unwrap());
}

/// One part.
type Work<'a> = Box<dyn FnMut() + 'a>;

/// Has a value made that nobody wants.
fn discard<T>(value: T) {
    black_box(value);
}

fn mean(work: &mut dyn FnMut()) -> Duration {
    let begun = Instant::now();
    let mut rounds = 0;
    while rounds < 3 || begun.elapsed() < RATIO_TIME {
        work();
        rounds += 1;
    }
    begun.elapsed() / rounds
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().measurement_time(Duration::from_secs(2));
    let runtime = Runtime::new().unwrap();
    let (log, mut next) = (MemoryLog::new(), 1);
    append(&runtime, &log, &mut next);
    let offered = event(1);
    let kept = stored(&offered);
    let bytes = kept.stored().clone();
    let (full, mut more) = (MemoryLog::new(), 1);
    append(&runtime, &full, &mut more);
    let mut parts: [(&str, Work<'_>); 7] = [
        ("copy of an event's bytes", Box::new(|| discard(bytes.to_vec()))),
        ("checksum of an event", Box::new(|| discard(crc32fast::hash(&bytes)))),
        ("hash of an event", Box::new(|| discard(Sha256::digest(&bytes)))),
        ("encode an event", Box::new(|| discard(stored(&offered)))),
        ("decode an event", Box::new(|| discard(StoredEvent::from_stored(bytes.clone())))),
        ("append of 100 events in memory", Box::new(|| append(&runtime, &log, &mut next))),
        ("read of 100 events in memory", Box::new(|| read(&runtime, &full))),
    ];
    for (name, work) in &mut parts {
        criterion.bench_function(name, |bench| bench.iter(&mut **work));
    }
    let mut copy = None;
    for (name, work) in &mut parts {
        let took = mean(&mut **work);
        let of_copy = took.as_secs_f64() / copy.get_or_insert(took).as_secs_f64();
        println!("{name}: {took:?}, {of_copy:.1} of the copy");
    }
    criterion.final_summary();
}
