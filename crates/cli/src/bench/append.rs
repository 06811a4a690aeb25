//! Durable appends in process, beside the same bytes written and synced without a log.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use docket_log::{ChunkLog, EventLog, Options};
use tokio::task::JoinSet;

use super::bare::{Bare, Does, Takes};
use super::load::Load;
use super::plain;
use super::row::{Figures, Row, TURNS, Target, Unit, by_turns, turn_of};
use super::world::World;
use super::{Bench, report, told};
use crate::exit::Failure;

/// Appends whose bytes are looked at before anything is measured.
const SAMPLE: usize = 64;
/// Appends in flight while a log is filled.
const FILL_IN_FLIGHT: usize = 512;

/// Appends of one event by so many writers, each waiting for its answer.
pub(super) async fn writers(bench: &Bench, writers: usize) -> Result<Row, Failure> {
    let least = if writers == 1 { 0.85 } else { 0.7 };
    let figures = measure(bench, writers, 1, writers).await?;
    let work = format!("durable append in process: 1 event by {writers} writer(s)");
    let against = format!("{writers} of them in one write and fdatasync, preallocated file");
    let note = most(bench, writers, 1, writers).await?;
    Ok(figures.row(work, Unit::Events, against).target(Target::Ratio(least)).note(note))
}

/// Appends of so many events, one after the other.
pub(super) async fn commits(bench: &Bench, events: usize) -> Result<Row, Failure> {
    let figures = measure(bench, 1, events, events).await?;
    let work = format!("durable append in process: commits of {events} events");
    let against = "the same bytes in one write and fdatasync, preallocated file";
    let piece = frame_bytes(&bench.room.path("sample"), events).await? / events;
    let turn = turn_of(bench.plan.time);
    let hashed = tokio::task::spawn_blocking(move || plain::hashes(piece, turn)).await.map_err(told)?;
    // One after the other: the time of both is the sum of the times.
    let both = |threads: f64| 1.0 / (1.0 / figures.limit + 1.0 / (threads * hashed));
    let note = format!(
        "hashing as many bytes as an event has, and nothing else: {} events/s; so the most where they are hashed before they are written is {:.2} of \
         the limit with one thread, {:.2} with two that share the hashing, before anything is encoded, looked up or answered; {}",
        report::figure(hashed),
        both(1.0) / figures.limit,
        both(2.0) / figures.limit,
        most(bench, 1, events, events).await?
    );
    Ok(figures.row(work, Unit::Events, against).target(Target::Ratio(0.7)).note(note))
}

/// What a log reaches of the limit that does the least, said in words.
async fn most(bench: &Bench, writers: usize, events: usize, grouped: usize) -> Result<String, Failure> {
    let bytes = frame_bytes(&bench.room.path("sample"), events).await? / events;
    let turn = turn_of(bench.plan.time);
    let (file, limit) = (bench.room.path("bare"), bench.room.path("limit"));
    let mut ratios = Vec::new();
    for does in [Does::Writes, Does::All] {
        let mut loads: Vec<Load> = (0..writers).map(|_| Load::new()).collect();
        let ours = async || {
            let bare = Arc::new(Bare::begin(&file, does, (writers, bytes))?);
            rate(&bare, &mut loads, events, turn).await
        };
        let figures = by_turns(TURNS, ours, async || plain_rate(&limit, bytes, grouped, turn).await);
        ratios.push(figures.await?.ratio);
    }
    let [writes, all] = ratios[..] else { return Ok(String::new()) };
    // In units of the time that the limit takes: what is done beside writing is shared evenly, at best.
    let shared = 1.0 / (1.0 / writes + (1.0 / all - 1.0 / writes) / 2.0);
    Ok(format!(
        "a log of one thread that nobody can read, in turns with the limit: {writes:.2} of it where the thread only takes appends, puts their \
         bytes together, writes, syncs and answers; {all:.2} where it also looks up and keeps ids and the ends of streams, hashes events and tree, and makes \
         checksums; at most {shared:.2} if a second thread took half of that at no cost"
    ))
}

/// Appends of `events` by `writers`, against `grouped` events in one write.
async fn measure(bench: &Bench, writers: usize, events: usize, grouped: usize) -> Result<Figures, Failure> {
    let folder = bench.room.path("append");
    let figures = measure_on(bench, &folder, (writers, events, grouped)).await?;
    std::fs::remove_dir_all(&folder).map_err(|error| super::room::failed("removing", &folder)(&error))?;
    Ok(figures)
}

/// Appends of so many events by so many writers, on a data directory that is there.
pub(super) async fn on(
    bench: &Bench,
    world: &World,
    (writers, events): (usize, usize),
) -> Result<Figures, Failure> {
    measure_on(bench, &world.data, (writers, events, writers * events)).await
}

async fn measure_on(
    bench: &Bench,
    folder: &Path,
    (writers, events, grouped): (usize, usize, usize),
) -> Result<Figures, Failure> {
    let frame = frame_bytes(&bench.room.path("sample"), events).await?;
    let log = open(folder)?;
    let turn = turn_of(bench.plan.time);
    let file = bench.room.path("limit");
    let mut loads: Vec<Load> = (0..writers).map(|_| Load::new()).collect();
    let figures = by_turns(
        TURNS,
        async || rate(&log, &mut loads, events, turn).await,
        async || plain_rate(&file, frame / events, grouped, turn).await,
    )
    .await?;
    close(log).await?;
    Ok(figures)
}

/// So many events of so many bytes written and synced in one piece, again and again: events a second.
async fn plain_rate(file: &Path, bytes: usize, grouped: usize, turn: Duration) -> Result<f64, Failure> {
    let file = file.to_owned();
    let written = tokio::task::spawn_blocking(move || plain::commits(&file, bytes * grouped, turn)).await;
    #[expect(clippy::cast_precision_loss, reason = "a number of events")]
    written.map_err(told)?.map(|rate| rate * grouped as f64)
}

/// Bytes of a frame of so many events, from the file itself.
async fn frame_bytes(folder: &Path, events: usize) -> Result<usize, Failure> {
    let log = open(folder)?;
    let mut load = Load::new();
    for _ in 0..SAMPLE {
        log.take(load.append(events)?).await?;
    }
    let bytes = plain::frame_bytes(folder)? / SAMPLE as u64;
    close(log).await?;
    std::fs::remove_dir_all(folder).map_err(|error| super::room::failed("removing", folder)(&error))?;
    Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// Events a second, by as many writers as there are loads. Making the events is not counted where there is one writer, and takes little where there are many.
async fn rate<L: Takes>(
    log: &Arc<L>,
    loads: &mut Vec<Load>,
    events: usize,
    time: Duration,
) -> Result<f64, Failure> {
    if let [load] = loads.as_mut_slice() {
        let (mut done, mut took) = (0.0, Duration::ZERO);
        while took < time {
            let prepared = load.append(events)?;
            let begun = Instant::now();
            log.take(prepared).await?;
            took += begun.elapsed();
            done += 1.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of events")]
        return Ok(done * events as f64 / took.as_secs_f64());
    }
    let begun = Instant::now();
    let mut writing = JoinSet::new();
    for mut load in loads.drain(..) {
        let log = Arc::clone(log);
        writing.spawn(async move {
            let mut done = 0.0;
            while begun.elapsed() < time {
                log.take(load.append(events)?).await?;
                done += 1.0;
            }
            Ok::<_, Failure>((load, done))
        });
    }
    let mut done = 0.0;
    while let Some(ended) = writing.join_next().await {
        let (load, of_one) = ended.map_err(told)??;
        loads.push(load);
        done += of_one;
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of events")]
    Ok(done * events as f64 / begun.elapsed().as_secs_f64())
}

/// Opens a log with the usual options.
pub(super) fn open(folder: &Path) -> Result<Arc<ChunkLog>, Failure> {
    let opened =
        ChunkLog::open(folder, Options::new(format!("docket bench, process {}", std::process::id())));
    let (log, _) = opened.map_err(told)?;
    Ok(Arc::new(log))
}

/// Closes a log where it holds up nobody.
pub(super) async fn close(log: Arc<ChunkLog>) -> Result<(), Failure> {
    let closed = tokio::task::spawn_blocking(move || log.close()).await;
    closed.map_err(told)
}

/// Appends so many events, two at a time, many in flight.
pub(super) async fn fill(log: &Arc<ChunkLog>, events: u64) -> Result<(), Failure> {
    let mut load = Load::new();
    let mut left = events;
    let mut appending = JoinSet::new();
    while 0 < left || !appending.is_empty() {
        while 0 < left && appending.len() < FILL_IN_FLIGHT {
            let (log, append) = (Arc::clone(log), load.append(if left == 1 { 1 } else { 2 })?);
            left -= append.events.len() as u64;
            appending.spawn(async move { log.append(append).await.map(|_| ()) });
        }
        if let Some(appended) = appending.join_next().await {
            appended.map_err(told)?.map_err(told)?;
        }
    }
    Ok(())
}

/// The last position of a log.
pub(super) fn head(log: &ChunkLog) -> u64 {
    log.head().borrow().0
}
