//! Slow replays: what they cost those who record and those who ask.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use docket_api::pb;
use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use tokio::task::JoinSet;

use super::child::{Part, Server};
use super::row::{Figures, Row, TURNS, Target, Unit, by_turns, turn_of};
use super::{Bench, calls, load, rate, told, world};
use crate::exit::Failure;

/// Replays that are open at once.
const REPLAYS: usize = 16;
/// How long each waits before it takes the next message.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes that may be on the way to each of them.
const WINDOW: u32 = 1 << 16;
/// How long they are given to fill what lies between them and the server.
const SETTLED: Duration = Duration::from_millis(200);
/// Calls in flight beside them.
const IN_FLIGHT: usize = 16;

/// Appends and statuses with slow replays of the whole log open, beside the same without them: two rows.
pub(super) async fn rows(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let world = world::filled(bench, bench.plan.events).await?;
    let server = Server::start(Part::Server, &world.data).await?;
    let turn = turn_of(bench.plan.time) / 2;
    let recorder = RecordServiceClient::new(server.channel().await?);
    let asker = StatusServiceClient::new(server.channel().await?);
    let numbers = Arc::new(AtomicU64::new(load::numbers()));
    let record = async || {
        let (recorder, numbers) = (recorder.clone(), Arc::clone(&numbers));
        let calls = rate::calls(IN_FLIGHT, turn, move |_| {
            let (mut recorder, request) = (recorder.clone(), calls::request(&numbers));
            async move { recorder.record(request).await.map(|_| ()).map_err(told) }
        });
        calls.await.map(|(done, took)| done / took.as_secs_f64())
    };
    let ask = async || {
        let (asker, numbers, authorities) =
            (asker.clone(), Arc::clone(&numbers), Arc::clone(&world.authorities));
        let calls = rate::calls(IN_FLIGHT, turn, move |_| {
            let (mut asker, question) =
                (asker.clone(), calls::question(&authorities, &numbers, calls::Days::Others));
            async move { asker.get_status(question).await.map(|_| ()).map_err(told) }
        });
        calls.await.map(|(done, took)| done / took.as_secs_f64())
    };
    let recorded = beside_replays(&server, record).await?;
    let asked = beside_replays(&server, ask).await?;
    server.stop().await?;
    let row = |figures: Figures, what: &str| {
        let work = format!("{what} with {REPLAYS} slow replays of the whole log open, {IN_FLIGHT} in flight");
        figures.row(work, Unit::Calls, "the same without them").target(Target::Ratio(0.9))
    };
    Ok(vec![row(recorded, "Record"), row(asked, "GetStatus")])
}

async fn beside_replays(
    server: &Server,
    work: impl AsyncFn() -> Result<f64, Failure>,
) -> Result<Figures, Failure> {
    let with = async || {
        let replays = begin(server).await?;
        // Each is sent at once what the connection takes without being read.
        tokio::time::sleep(SETTLED).await;
        let rate = work().await?;
        drop(replays);
        Ok(rate)
    };
    by_turns(TURNS, with, async || work().await).await
}

/// Opens the replays; they go on until the set is dropped.
async fn begin(server: &Server) -> Result<JoinSet<()>, Failure> {
    let mut replays = JoinSet::new();
    for _ in 0..REPLAYS {
        let endpoint =
            server.endpoint()?.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW);
        let mut client = HistoryServiceClient::new(endpoint.connect().await.map_err(told)?);
        let answers = client.read_history(pb::ReadHistoryRequest::default()).await.map_err(told)?;
        let mut answers = answers.into_inner();
        answers.message().await.map_err(told)?;
        replays.spawn(async move {
            while let Ok(Some(_)) = answers.message().await {
                tokio::time::sleep(PAUSE).await;
            }
        });
    }
    Ok(replays)
}
