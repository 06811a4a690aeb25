//! Import: a stream of requests, as `docket import` sends them, and the same work without a socket.

use std::cell::Cell;
use std::time::{Duration, Instant};

use docket_api::pb;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::record_stream_response::Outcome;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;

use super::calls::no_connection;
use super::null::Canned;
use super::pair::{Pair, Side};
use super::row::{Figures, Row, TURNS, Target, Unit, median};
use super::world::World;
use super::{Bench, load, told, world};
use crate::exit::{Exit, Failure};

/// Events of one turn: so few that no authority gets more than a case has.
const TURN_EVENTS: u64 = 2_400;
/// Events of a request where it is as large as can be.
const REQUEST_EVENTS: u64 = 1_000;
/// Requests that are sent and not answered yet.
const IN_FLIGHT_MAX: usize = 256;

/// A stream of requests of so many events each, beside a server that discards it.
pub(super) async fn stream(bench: &Bench, events: u64) -> Result<Row, Failure> {
    let world = world::fresh(bench, "import").await?;
    let (figures, note) = stream_on(bench, &world, events).await?;
    world.remove()?;
    let work = format!("RecordStream: requests of {events} event(s) of 300 bytes, {IN_FLIGHT_MAX} in flight");
    let against = "the same stream to a server that discards it, and answers each request";
    Ok(figures.row(work, Unit::Events, against).target(Target::Ratio(0.5)).note(note))
}

/// The same on a data directory of the caller's, which it writes to.
pub(super) async fn stream_on(
    bench: &Bench,
    world: &World,
    events: u64,
) -> Result<(Figures, String), Failure> {
    let mut pair = Pair::start(&world.data).await?;
    let made = Cell::new(load::numbers());
    let mut first = RecordServiceClient::new(pair.server().channel().await?);
    let record = first.record(request(&made, events)).await.map_err(told)?.into_inner();
    pair.beside(bench, &Canned { record, ..Canned::default() }).await?;
    pair.undecided(bench).await?;
    let work = async |side: &Side| {
        let requests = (0..TURN_EVENTS / events).map(|_| request(&made, events)).collect();
        let channel = side.channels.first().cloned().ok_or_else(no_connection)?;
        let took = send(channel, requests).await?;
        #[expect(clippy::cast_precision_loss, reason = "a number of events")]
        Ok((TURN_EVENTS as f64, took))
    };
    let measured = pair.compare(TURNS, 1, work).await?;
    pair.stop().await?;
    Ok(measured)
}

/// Requests of 1,000 events, without a socket: read, decided, durable.
pub(super) async fn in_process(bench: &Bench) -> Result<Row, Failure> {
    let world = world::fresh(bench, "import").await?;
    let opened = world::opened(&world.data).await?;
    let (made, mut rates) = (Cell::new(load::numbers()), Vec::new());
    for _ in 0..=TURNS {
        let requests: Vec<_> = (0..2).map(|_| request(&made, REQUEST_EVENTS).events).collect();
        let events: usize = requests.iter().map(Vec::len).sum();
        let begun = Instant::now();
        for events in requests {
            world::record(&opened.tracker, events).await?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of events")]
        rates.push(events as f64 / begun.elapsed().as_secs_f64());
    }
    world::close(opened).await?;
    world.remove()?;
    let work =
        "import in process: requests of 1,000 events of 300 bytes, decided and durable, one after the other";
    Ok(Row::alone(work, Unit::Events, median(rates)).target(Target::AtLeast(100_000.0)))
}

fn request(made: &Cell<u64>, events: u64) -> pb::RecordRequest {
    let first = made.get();
    made.set(first + events);
    let events =
        (first..first + events).map(|number| load::event(load::id(number), &world::recorded(number)));
    pb::RecordRequest { events: events.collect(), ..pb::RecordRequest::default() }
}

/// Sends all requests and takes all answers.
async fn send(channel: Channel, requests: Vec<pb::RecordRequest>) -> Result<Duration, Failure> {
    let (sender, outgoing) = mpsc::channel(IN_FLIGHT_MAX);
    let sent = requests.len();
    let begun = Instant::now();
    let sending = tokio::spawn(async move {
        for (request, sequence) in requests.into_iter().zip(1..) {
            let request = pb::RecordStreamRequest { sequence, request: Some(request) };
            if sender.send(request).await.is_err() {
                return;
            }
        }
    });
    let mut client = RecordServiceClient::new(channel);
    let mut answers = client.record_stream(ReceiverStream::new(outgoing)).await.map_err(told)?.into_inner();
    let mut recorded = 0;
    while let Some(answer) = answers.message().await.map_err(told)? {
        match answer.outcome {
            Some(Outcome::Recorded(_)) => recorded += 1,
            other => return Err(Failure::new(Exit::Failed, format!("not recorded: {other:?}"))),
        }
    }
    let took = begun.elapsed();
    sending.await.map_err(told)?;
    if recorded == sent { Ok(took) } else { Err(Failure::new(Exit::Failed, "the stream ended early")) }
}
