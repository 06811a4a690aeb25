//! Live subscribers: what they cost the one who records.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use docket_api::pb;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::subscribe_response::Message;
use docket_api::pb::subscription_service_client::SubscriptionServiceClient;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tonic::transport::Channel;

use super::child::{Part, Server};
use super::row::{LONG_TURNS, Row, Target, Unit, by_turns};
use super::{Bench, calls, load, rate, told, world};
use crate::exit::{Exit, Failure};

/// How many there are.
const SUBSCRIBERS: u64 = 1_000;
/// Connections that they share.
const CONNECTIONS: u64 = 8;

/// What each of them wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// The events of one authority, another for each.
    One,
    /// All events.
    All,
}

/// Subscribers that follow, with threads of their own.
struct Followers {
    runtime: Option<Runtime>,
    delivered: Arc<AtomicU64>,
}

impl Drop for Followers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// One writer with 1,000 live subscribers, beside the writer without them.
pub(super) async fn row(bench: &Bench, wants: Wants) -> Result<Row, Failure> {
    let world = world::fresh(bench, "subscribers").await?;
    let server = Server::start(Part::Server, &world.data).await?;
    let writer = RecordServiceClient::new(server.channel().await?);
    let numbers = Arc::new(AtomicU64::new(load::numbers()));
    let turn = bench.plan.time / (2 * (LONG_TURNS + 1));
    let (mut delivered, mut behind) = (0.0, Duration::ZERO);
    let with = async || {
        let followers = follow(&server, wants).await?;
        let rate = write(&writer, &numbers, turn).await?;
        let ended = Instant::now();
        let expected = rate.0 * if wants == Wants::All { SUBSCRIBERS as f64 } else { 1.0 };
        while (followers.delivered.load(Ordering::Relaxed) as f64) < expected && ended.elapsed() < turn * 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        behind = behind.max(ended.elapsed());
        delivered =
            followers.delivered.load(Ordering::Relaxed) as f64 / (turn + ended.elapsed()).as_secs_f64();
        Ok(rate.0 / rate.1.as_secs_f64())
    };
    let without = async || write(&writer, &numbers, turn).await.map(|rate| rate.0 / rate.1.as_secs_f64());
    let figures = by_turns(LONG_TURNS, with, without).await?;
    server.stop().await?;
    world.remove()?;
    let (what, target) = match wants {
        Wants::One => ("1,000 live subscribers, each of one authority", Target::Ratio(0.8)),
        Wants::All => ("1,000 live subscribers, each of everything", Target::Ratio(0.8)),
    };
    let note = format!(
        "{delivered:.0} messages a second were delivered; the last came at most {} ms after the writer stopped",
        behind.as_millis()
    );
    let work = format!("{what}; one writer, Record over gRPC, one in flight");
    Ok(figures.row(work, Unit::Calls, "the writer without them").target(target).note(note))
}

async fn write(
    writer: &RecordServiceClient<Channel>,
    numbers: &Arc<AtomicU64>,
    time: Duration,
) -> Result<(f64, Duration), Failure> {
    let (writer, numbers) = (writer.clone(), Arc::clone(numbers));
    rate::calls(1, time, move |_| {
        let (mut writer, request) = (writer.clone(), calls::request(&numbers));
        async move { writer.record(request).await.map(|_| ()).map_err(told) }
    })
    .await
}

/// Starts them, and waits until all have caught up.
async fn follow(server: &Server, wants: Wants) -> Result<Followers, Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(told)?;
    let (delivered, live) = (Arc::new(AtomicU64::new(0)), Arc::new((AtomicU64::new(0), Notify::new())));
    let mut starting = JoinSet::new();
    for connection in 0..CONNECTIONS {
        // Driven by the subscribers' own threads, as the connection of another process would be.
        let address = server.endpoint()?;
        let (delivered, live) = (Arc::clone(&delivered), Arc::clone(&live));
        starting.spawn_on(
            async move {
                let client = SubscriptionServiceClient::new(address.connect().await.map_err(told)?);
                for number in (0..SUBSCRIBERS).filter(|number| number % CONNECTIONS == connection) {
                    let filter =
                        pb::EventFilter { streams: vec![world::recorded(number)], ..Default::default() };
                    let request = pb::SubscribeRequest {
                        filter: (wants == Wants::One).then_some(filter),
                        start: Some(pb::subscribe_request::Start::Now(())),
                    };
                    let (delivered, live, mut client) =
                        (Arc::clone(&delivered), Arc::clone(&live), client.clone());
                    tokio::spawn(async move { take(&mut client, request, &delivered, &live).await });
                }
                Ok::<(), Failure>(())
            },
            runtime.handle(),
        );
    }
    let followers = Followers { runtime: Some(runtime), delivered };
    while let Some(started) = starting.join_next().await {
        started.map_err(told)??;
    }
    let all = async {
        while live.0.load(Ordering::Relaxed) < SUBSCRIBERS {
            live.1.notified().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), all).await;
    waited.map_err(|_| Failure::new(Exit::Failed, "the subscribers did not catch up in a minute"))?;
    Ok(followers)
}

async fn take(
    client: &mut SubscriptionServiceClient<Channel>,
    request: pb::SubscribeRequest,
    delivered: &AtomicU64,
    live: &(AtomicU64, Notify),
) {
    let Ok(answers) = client.subscribe(request).await else { return };
    let mut answers = answers.into_inner();
    while let Ok(Some(response)) = answers.message().await {
        match response.message {
            Some(Message::Event(_)) => {
                delivered.fetch_add(1, Ordering::Relaxed);
            }
            Some(Message::CaughtUp(_)) => {
                live.0.fetch_add(1, Ordering::Relaxed);
                live.1.notify_one();
            }
            Some(Message::Checkpoint(_) | Message::FellBehind(_) | Message::Heartbeat(_)) | None => {}
        }
    }
}
