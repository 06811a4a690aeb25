//! Calls over gRPC, each beside the same call to a server that stores nothing. All servers run in processes of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use docket_api::pb;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use tonic::transport::Channel;

use super::null::Canned;
use super::pair::{Pair, Side};
use super::row::{Figures, Row, TURNS, Target, Unit, turn_of};
use super::world::World;
use super::{Bench, load, rate, told, world};
use crate::exit::{Exit, Failure};
use crate::when;

/// What all limits of this file are.
const AGAINST: &str = "the same call, answered at once by a server that stores nothing";
/// The first of the days that are asked of by turns, after all that is recorded.
const FIRST_DAY: jiff::civil::Date = jiff::civil::date(2025, 1, 1);
/// How many days those are.
const DAYS: i64 = 30_000;
/// Connections over which calls in flight are spread.
const CONNECTIONS: usize = 4;

/// `Record` of one event, so many in flight.
pub(super) async fn record(bench: &Bench, in_flight: usize) -> Result<Row, Failure> {
    let world = world::fresh(bench, "recorders").await?;
    let (figures, note) = record_on(bench, &world, in_flight).await?;
    world.remove()?;
    let target = if in_flight == 64 { Target::Ratio(0.6) } else { Target::None };
    let work = format!("durable Record over gRPC: 1 event, {in_flight} in flight");
    Ok(figures.row(work, Unit::Calls, AGAINST).target(target).note(note))
}

/// The same on a data directory of the caller's, which it writes to.
pub(super) async fn record_on(
    bench: &Bench,
    world: &World,
    in_flight: usize,
) -> Result<(Figures, String), Failure> {
    let mut pair = Pair::start(&world.data).await?;
    let numbers = Arc::new(AtomicU64::new(load::numbers()));
    let mut first = RecordServiceClient::new(pair.server().channel().await?);
    let record = first.record(request(&numbers)).await.map_err(told)?.into_inner();
    pair.beside(bench, &Canned { record, ..Canned::default() }).await?;
    pair.undecided(bench).await?;
    let turn = turn_of(bench.plan.time);
    let work = async |side: &Side| {
        let clients: Vec<RecordServiceClient<Channel>> =
            side.channels.iter().cloned().map(RecordServiceClient::new).collect();
        let numbers = Arc::clone(&numbers);
        rate::calls(in_flight, turn, move |caller| {
            let client = clients.get(caller % clients.len()).cloned();
            let request = request(&numbers);
            async move {
                let mut client = client.ok_or_else(no_connection)?;
                client.record(request).await.map(|_| ()).map_err(told)
            }
        })
        .await
    };
    let measured = pair.compare(TURNS, in_flight.min(CONNECTIONS), work).await?;
    pair.stop().await?;
    Ok(measured)
}

/// A request to record one event, another each time.
pub(super) fn request(numbers: &AtomicU64) -> pb::RecordRequest {
    let number = numbers.fetch_add(1, Ordering::Relaxed);
    let event = load::event(load::id(number), &world::recorded(number));
    pb::RecordRequest { events: vec![event], ..pb::RecordRequest::default() }
}

/// `GetStatus`, 64 in flight, 30 events a case.
pub(super) async fn status(bench: &Bench, days: Days) -> Result<Row, Failure> {
    let world = world::fresh(bench, "cases").await?;
    let (figures, note) = status_on(bench, &world, days).await?;
    world.remove()?;
    let work = match days {
        Days::Today => {
            "GetStatus over gRPC: 64 in flight, 30 events a case, asked as before (answers are kept)"
        }
        Days::Others => {
            "GetStatus over gRPC: 64 in flight, 30 events a case, each as of a day not asked before"
        }
    };
    Ok(figures.row(work, Unit::Calls, AGAINST).target(Target::Ratio(0.5)).note(note))
}

/// The same on a data directory of the caller's.
pub(super) async fn status_on(
    bench: &Bench,
    world: &World,
    days: Days,
) -> Result<(Figures, String), Failure> {
    let in_flight = 64;
    let mut pair = Pair::start(&world.data).await?;
    let numbers = Arc::new(AtomicU64::new(0));
    let mut first = StatusServiceClient::new(pair.server().channel().await?);
    let status =
        first.get_status(question(&world.authorities, &numbers, days)).await.map_err(told)?.into_inner();
    let bytes = prost::Message::encoded_len(&status);
    pair.beside(bench, &Canned { status, ..Canned::default() }).await?;
    let turn = turn_of(bench.plan.time);
    let work = async |side: &Side| {
        let clients: Vec<StatusServiceClient<Channel>> =
            side.channels.iter().cloned().map(StatusServiceClient::new).collect();
        let (authorities, numbers) = (Arc::clone(&world.authorities), Arc::clone(&numbers));
        rate::calls(in_flight, turn, move |caller| {
            let client = clients.get(caller % clients.len()).cloned();
            let question = question(&authorities, &numbers, days);
            async move {
                let mut client = client.ok_or_else(no_connection)?;
                client.get_status(question).await.map(|_| ()).map_err(told)
            }
        })
        .await
    };
    let (figures, note) = pair.compare(TURNS, CONNECTIONS, work).await?;
    pair.stop().await?;
    Ok((figures, format!("{note}; an answer has {bytes} bytes")))
}

/// Of which days statuses are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// Always of today: after the first round the same is asked again.
    Today,
    /// Of another day in each round.
    Others,
}

/// A question about one of the authorities, another each time.
pub(super) fn question(authorities: &[String], numbers: &AtomicU64, days: Days) -> pb::GetStatusRequest {
    let number = usize::try_from(numbers.fetch_add(1, Ordering::Relaxed)).unwrap_or(0);
    let count = authorities.len().max(1);
    let authority = authorities.get(number % count).cloned().unwrap_or_default();
    let as_of = (days == Days::Others).then(|| {
        let round = i64::try_from(number / count).unwrap_or(0);
        let day = FIRST_DAY.saturating_add(jiff::Span::new().days(round % DAYS));
        pb::AsOf { effective_date: Some(when::to_pb(day)), ..pb::AsOf::default() }
    });
    pb::GetStatusRequest { authority, as_of }
}

pub(super) fn no_connection() -> Failure {
    Failure::new(Exit::Failed, "there is no connection")
}
