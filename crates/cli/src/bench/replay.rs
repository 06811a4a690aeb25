//! Replay of the whole log: in process, beside reading the same files with checksums; over gRPC, beside the same messages from memory.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use docket_api::pb;
use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_domain::Position;
use docket_log::{Brief, ChunkLog, EventLog as _, From, READ_EVENTS_MAX, Selection};
use tonic::transport::Channel;

use super::calls::no_connection;
use super::null::{CANNED_EVENTS_MAX, Canned};
use super::pair::{Pair, Side};
use super::row::{Figures, LONG_TURNS, Row, Target, Unit, by_turns};
use super::world::{self, World};
use super::{Bench, append, plain, told};
use crate::exit::{Exit, Failure};

/// A way to read chunks, of each of which so many bytes are used, with an event's bytes.
type Reads = fn(&[(PathBuf, u64)], usize) -> Result<u64, Failure>;

/// How events are handed to whoever replays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// One after the other, as they lie in memory: `ChunkLog::replay`.
    Shown,
    /// In lists that outlive the reading: `EventLog::read`, by which subscribers and answers read.
    Kept,
}

/// The whole log in process.
pub(super) async fn in_process(bench: &Bench, way: Way) -> Result<Row, Failure> {
    let world = world::filled(bench, bench.plan.events).await?;
    let (figures, events, piece) = in_process_on(&world, way).await?;
    let most = framed(&world, piece).await?.ratio;
    let how = match way {
        Way::Shown => "each event shown, and not kept",
        Way::Kept => "in lists of events that can be kept",
    };
    let work = format!("replay of the whole log in process, decoded to envelopes, checksums verified; {how}");
    let against = format!("reading the chunks, a checksum over each {piece} bytes");
    let note = format!(
        "{events} events; the system has the files in memory; reading frame by frame in a plain loop, the checksum of each event compared where its frame says it \
         is, and nothing decoded, by turns with the limit: {most:.2} of it"
    );
    Ok(figures.row(work, Unit::Events, against).target(Target::Ratio(0.6)).note(note))
}

/// The same on one data directory. Gives the number of events too, and the bytes of each.
pub(super) async fn in_process_on(world: &World, way: Way) -> Result<(Figures, u64, usize), Failure> {
    let (chunks, bytes) = plain::used_chunks(&world.data)?;
    let log = append::open(&world.data)?;
    let events = append::head(&log);
    let piece = usize::try_from(bytes / events.max(1)).unwrap_or(usize::MAX);
    let chunks = Arc::new(chunks);
    #[expect(clippy::cast_precision_loss, reason = "a number of events")]
    let rate = |begun: Instant| events as f64 / begun.elapsed().as_secs_f64();
    let ours = async || {
        let begun = Instant::now();
        match way {
            Way::Shown => replay(&log, events).await?,
            Way::Kept => read_kept(&log, events).await?,
        }
        Ok(rate(begun))
    };
    let limit = async || {
        let (begun, chunks) = (Instant::now(), Arc::clone(&chunks));
        let read = tokio::task::spawn_blocking(move || plain::read_checked(&chunks, piece)).await;
        std::hint::black_box(read.map_err(told)??);
        Ok(rate(begun))
    };
    let figures = by_turns(LONG_TURNS, ours, limit).await?;
    append::close(log).await?;
    Ok((figures, events, piece))
}

/// The same files read frame by frame with nothing decoded, beside the limit.
async fn framed(world: &World, piece: usize) -> Result<Figures, Failure> {
    let (chunks, bytes) = plain::used_chunks(&world.data)?;
    let chunks = Arc::new(chunks);
    let timed = async |work: Reads| {
        let (begun, chunks) = (Instant::now(), Arc::clone(&chunks));
        let done = tokio::task::spawn_blocking(move || work(&chunks, piece)).await;
        std::hint::black_box(done.map_err(told)??);
        #[expect(clippy::cast_precision_loss, reason = "a number of bytes")]
        Ok(bytes as f64 / begun.elapsed().as_secs_f64())
    };
    let limit = |chunks: &[_], piece| plain::read_checked(chunks, piece).map(u64::from);
    by_turns(
        LONG_TURNS,
        async || timed(|chunks, _| plain::read_framed(chunks)).await,
        async || timed(limit).await,
    )
    .await
}

async fn replay(log: &Arc<ChunkLog>, events: u64) -> Result<(), Failure> {
    let log = Arc::clone(log);
    let replayed = tokio::task::spawn_blocking(move || {
        let mut shown = 0;
        log.replay(&mut |event: &Brief<'_>| {
            shown += 1;
            std::hint::black_box(event);
        })
        .map(|_| shown)
    });
    let shown: u64 = replayed.await.map_err(told)?.map_err(told)?;
    if shown < events { Err(ends(shown, events)) } else { Ok(()) }
}

async fn read_kept(log: &ChunkLog, events: u64) -> Result<(), Failure> {
    let mut after = Position::START;
    while after.0 < events {
        let read = log.read(&Selection::All, From::After(after), READ_EVENTS_MAX).await.map_err(told)?;
        after = read.last().map(|last| last.position).ok_or_else(|| ends(after.0, events))?;
        std::hint::black_box(&read);
    }
    Ok(())
}

fn ends(after: u64, events: u64) -> Failure {
    Failure::new(Exit::Failed, format!("the log ends after {after} of {events} events"))
}

/// The whole log over `ReadHistory`.
pub(super) async fn over_grpc(bench: &Bench) -> Result<Row, Failure> {
    let world = world::filled(bench, bench.plan.events).await?;
    let (figures, note) = over_grpc_on(bench, &world, bench.plan.events).await?;
    let work = "replay of the whole log over ReadHistory";
    let against = "the same messages from the memory of a server that stores nothing";
    Ok(figures.row(work, Unit::Events, against).target(Target::Ratio(0.7)).note(note))
}

/// The last so many events of one data directory over `ReadHistory`.
pub(super) async fn over_grpc_on(
    bench: &Bench,
    world: &World,
    events: u64,
) -> Result<(Figures, String), Failure> {
    let mut pair = Pair::start(&world.data).await?;
    let mut canned = Canned::default();
    let channel = pair.server().channel().await?;
    read(channel.clone(), CANNED_EVENTS_MAX, |response| canned.history.push(response)).await?;
    pair.beside(bench, &canned).await?;
    let work = async |side: &Side| {
        let channel = side.channels.first().cloned().ok_or_else(no_connection)?;
        let mut read_events = 0_u64;
        let took = read(channel, events, |_| read_events += 1).await?;
        #[expect(clippy::cast_precision_loss, reason = "a number of events")]
        Ok((read_events as f64, took))
    };
    let measured = pair.compare(LONG_TURNS, 1, work).await?;
    pair.stop().await?;
    Ok(measured)
}

/// Reads so many events from the first on.
pub(super) async fn read(
    channel: Channel,
    events: u64,
    mut each: impl FnMut(pb::ReadHistoryResponse),
) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let request = pb::ReadHistoryRequest { limit: events, ..pb::ReadHistoryRequest::default() };
    let answers = HistoryServiceClient::new(channel).read_history(request).await.map_err(told)?;
    let mut answers = answers.into_inner();
    while let Some(response) = answers.message().await.map_err(told)? {
        each(response);
    }
    Ok(begun.elapsed())
}
