//! What recording one event costs, part by part, and beside it the least of that which cannot be left out.
//!
//! `cargo bench -p docket-server`. Requests of 1,000 events of 300 bytes, for 1,000 authorities by turns, each up to 30 events long, as `docket bench`
//! records them, over a log in memory: no disk and no socket, one thread. What it prints is the median over the requests.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use docket_api::{from_proto, pb};
use docket_log::{EventLog, MemoryLog};
use docket_proof::leaf_hash;
use docket_server::{SystemClock, Tracker};
use prost::Message as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Authorities by turns, and events of a request.
const EVENTS: u128 = 1_000;
/// Requests, each of which adds an event to every authority.
const REQUESTS: u128 = 30;
/// Bytes of an event.
const EVENT_BYTES: usize = 300;

fn event(number: u128, body: pb::event::Body) -> pb::Event {
    // As random ids do, they come in no order.
    let id =
        docket_domain::EventId(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes());
    pb::Event {
        event_id: id.to_string(),
        stream: format!("authority/bench-{:06}", number % EVENTS),
        happened_on: Some(pb::Date { year: 2024, month: 3, day: 18 }),
        sources: vec![pb::Source { title: "A measurement, not a fact".to_owned(), ..pb::Source::default() }],
        confidence: pb::Confidence::Official.into(),
        body: Some(body),
        ..pb::Event::default()
    }
}

fn registered(number: u128) -> pb::Event {
    let registered = pb::AuthorityRegistered {
        name: format!("Bench {number}"),
        official_name: format!("Bench {number} Council"),
        kind: pb::AuthorityKind::Unitary.into(),
        region: "Nowhere".to_owned(),
        ..pb::AuthorityRegistered::default()
    };
    event(number, pb::event::Body::AuthorityRegistered(registered))
}

fn raised(number: u128) -> pb::Event {
    let body = |words: usize| {
        pb::event::Body::AreaForImprovementRaised(pb::AreaForImprovementRaised {
            inspection: "ilacs-2024-03-18".to_owned(),
            reference: "1".to_owned(),
            text: "x".repeat(words),
            ..pb::AreaForImprovementRaised::default()
        })
    };
    let bare = event(number, body(0)).encoded_len();
    event(number, body(EVENT_BYTES - bare - 2))
}

fn request(request: u128, event: impl Fn(u128) -> pb::Event) -> Vec<u8> {
    let numbers = request * EVENTS..(request + 1) * EVENTS;
    pb::RecordRequest { events: numbers.map(event).collect(), ..pb::RecordRequest::default() }.encode_to_vec()
}

/// How long each part of the work took, request by request.
#[derive(Default)]
struct Parts(BTreeMap<&'static str, Vec<Duration>>);

impl Parts {
    fn time<T>(&mut self, part: &'static str, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = black_box(work());
        self.0.entry(part).or_default().push(begun.elapsed());
        done
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = Arc::new(MemoryLog::new());
    let tracker = Tracker::new(log as Arc<dyn EventLog>, Arc::new(SystemClock));
    let record = |request: &from_proto::RecordRequest| runtime.block_on(tracker.record(request)).unwrap();
    let read = |bytes: &[u8]| from_proto::record(pb::RecordRequest::decode(bytes).unwrap()).unwrap();
    record(&read(&request(0, registered)));
    let mut parts = Parts::default();
    for number in 1..=REQUESTS {
        let bytes = request(number, raised);
        let message =
            parts.time("1 the message decoded", || pb::RecordRequest::decode(bytes.as_slice()).unwrap());
        let request = parts.time("2 its fields read", || from_proto::record(message).unwrap());
        parts.time("3 decided, stored in memory", || record(&request));
        parts.time("4 taken in", || runtime.block_on(tracker.prepare()).unwrap());
        parts.time("5 the request dropped", || drop(request));
        parts.time("of that, a hash of the bytes", || {
            bytes.chunks(bytes.len() / 1_000).map(leaf_hash).fold(0, |sum, hash| sum ^ hash[0])
        });
    }
    for (part, mut times) in parts.0 {
        times.sort();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        println!("{:8.2} µs an event: {part}", median.as_secs_f64() * 1e6 / 1e3);
    }
}
