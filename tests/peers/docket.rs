//! Works on a Docket server, and prints what it did as one line of JSON: the counterpart of `umadb_client.py`.
//!
//! `docket_peer lay URL`, `docket_peer append URL IN_FLIGHT EVENTS SECONDS`, `docket_peer read URL`, `docket_peer latency URL COUNT`. Run by
//! `tests/peers/umadb`.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use docket_api::pb;
use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::subscribe_response::Message;
use docket_api::pb::subscription_service_client::SubscriptionServiceClient;
use serde_json::json;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Bytes of what is said in an event.
const PAYLOAD: usize = 256;
/// Authorities to record about.
const AUTHORITIES: u64 = 1_000;
/// How long the one who measures latency waits between two events.
const PAUSE: Duration = Duration::from_millis(5);
/// Connections that calls in flight share.
const CONNECTIONS: usize = 4;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut result = runtime.block_on(async {
        match words.as_slice() {
            ["lay", url] => lay(url).await,
            ["append", url, in_flight, events, seconds] => {
                append(url, in_flight.parse()?, events.parse()?, Duration::from_secs_f64(seconds.parse()?))
                    .await
            }
            ["read", url] => read(url).await,
            ["latency", url, count] => latency(url, count.parse()?).await,
            _ => Err("lay URL | append URL IN_FLIGHT EVENTS SECONDS | read URL | latency URL COUNT".into()),
        }
    })?;
    if let Some(result) = result.as_object_mut() {
        result.insert("processor_seconds".to_owned(), json!(processor_seconds()?));
    }
    writeln!(std::io::stdout(), "{result}")?;
    Ok(())
}

async fn connect(url: &str) -> Outcome<Channel> {
    Ok(Channel::from_shared(url.to_owned())?.tcp_nodelay(true).connect().await?)
}

fn stream(number: u64) -> String {
    format!("authority/peer-{:04}", number % AUTHORITIES)
}

fn event(stream: String, body: pb::event::Body) -> pb::Event {
    pb::Event {
        event_id: Uuid::new_v4().to_string(),
        stream,
        happened_on: Some(pb::Date { year: 2024, month: 3, day: 18 }),
        sources: vec![pb::Source { title: "A measurement".to_owned(), ..pb::Source::default() }],
        body: Some(body),
        ..pb::Event::default()
    }
}

/// An event that the rules take any number of times, with a payload of [`PAYLOAD`] bytes.
fn payload(number: u64, text: String) -> pb::Event {
    let raised = pb::AreaForImprovementRaised {
        inspection: "ilacs-2024-03-18".to_owned(),
        reference: "1".to_owned(),
        text,
        ..pb::AreaForImprovementRaised::default()
    };
    event(stream(number), pb::event::Body::AreaForImprovementRaised(raised))
}

/// Registers the authorities that are recorded about.
async fn lay(url: &str) -> Outcome<serde_json::Value> {
    let registered = |number: u64| {
        let registered = pb::AuthorityRegistered {
            name: format!("Peer {number}"),
            official_name: format!("Peer {number} Council"),
            kind: pb::AuthorityKind::Unitary.into(),
            region: "Nowhere".to_owned(),
            ..pb::AuthorityRegistered::default()
        };
        event(stream(number), pb::event::Body::AuthorityRegistered(registered))
    };
    let events = (0..AUTHORITIES).map(registered).collect();
    let request = pb::RecordRequest { events, ..pb::RecordRequest::default() };
    RecordServiceClient::new(connect(url).await?).record(request).await?;
    Ok(json!({ "events": AUTHORITIES }))
}

async fn append(url: &str, in_flight: usize, events: u64, time: Duration) -> Outcome<serde_json::Value> {
    let mut clients = Vec::new();
    for _ in 0..in_flight.min(CONNECTIONS) {
        clients.push(RecordServiceClient::new(connect(url).await?));
    }
    let numbers = Arc::new(AtomicU64::new(0));
    let text = "x".repeat(PAYLOAD);
    let begun = Instant::now();
    let mut callers: JoinSet<Outcome<u64>> = JoinSet::new();
    for mut client in clients.iter().cycle().take(in_flight).cloned() {
        let (numbers, text) = (Arc::clone(&numbers), text.clone());
        callers.spawn(async move {
            let mut calls = 0;
            while begun.elapsed() < time {
                // One request is about one authority, as one append of the peer has one tag.
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                let events = (0..events).map(|_| payload(number, text.clone())).collect();
                client.record(pb::RecordRequest { events, ..pb::RecordRequest::default() }).await?;
                calls += 1;
            }
            Ok(calls)
        });
    }
    let mut calls = 0;
    while let Some(called) = callers.join_next().await {
        calls += called??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok(json!({ "events": calls * events, "calls": calls, "seconds": seconds }))
}

async fn read(url: &str) -> Outcome<serde_json::Value> {
    let mut client = HistoryServiceClient::new(connect(url).await?);
    let begun = Instant::now();
    let mut answers = client.read_history(pb::ReadHistoryRequest::default()).await?.into_inner();
    let mut events = 0_u64;
    while let Some(response) = answers.message().await? {
        events += u64::from(response.event.is_some_and(|event| event.event.is_some()));
    }
    Ok(json!({ "events": events, "calls": 1, "seconds": begun.elapsed().as_secs_f64() }))
}

/// From before the append until the subscriber has the event, in milliseconds.
async fn latency(url: &str, count: u64) -> Outcome<serde_json::Value> {
    let recorder = RecordServiceClient::new(connect(url).await?);
    let request =
        pb::SubscribeRequest { start: Some(pb::subscribe_request::Start::Now(())), ..Default::default() };
    let mut follower =
        SubscriptionServiceClient::new(connect(url).await?).subscribe(request).await?.into_inner();
    let mut milliseconds = Vec::new();
    for number in 0..count {
        let event = payload(number, format!("{number:>PAYLOAD$}"));
        let id = event.event_id.clone();
        let begun = Instant::now();
        let recorded = tokio::spawn({
            let mut recorder = recorder.clone();
            let request = pb::RecordRequest { events: vec![event], ..pb::RecordRequest::default() };
            async move { recorder.record(request).await }
        });
        while let Some(response) = follower.message().await? {
            let Some(Message::Event(event)) = response.message else { continue };
            if event.event.is_some_and(|event| event.event_id == id) {
                break;
            }
        }
        milliseconds.push(begun.elapsed().as_secs_f64() * 1e3);
        recorded.await??;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(json!({ "milliseconds": milliseconds, "calls": count }))
}

/// Processor time of this process so far.
fn processor_seconds() -> Outcome<f64> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
}
