//! Opening: after a clean stop, after a kill, and where everything that is derived has to be made anew.

use std::path::Path;
use std::time::{Duration, Instant};

use docket_log::{ChunkLog, OpenReport, Options};

use super::child::{Part, Server};
use super::row::{Figures, LONG_TURNS, Limit, Row, Target, Unit, median};
use super::world;
use super::{Bench, append, plain, told};
use crate::exit::{Exit, Failure};

/// Most seconds that opening takes after a clean stop, and after a kill.
const SECONDS_MAX: (f64, f64) = (1.0, 3.0);
/// Fewest events a second that are made anew.
const REBUILT_MIN: f64 = 250_000.0;

/// Opening after a clean stop.
pub(super) async fn stopped(bench: &Bench) -> Result<Row, Failure> {
    let world = world::filled(bench, bench.plan.events).await?;
    let mut seconds = Vec::new();
    for _ in 0..LONG_TURNS {
        seconds.push(open(&world.data).await?.0.as_secs_f64());
    }
    let work = format!("opening a log of {} events after a clean stop", bench.plan.events);
    Ok(Row::alone(work, Unit::Seconds, median(seconds)).target(Target::AtMost(SECONDS_MAX.0)))
}

/// Opening after the process that wrote was killed.
pub(super) async fn killed(bench: &Bench) -> Result<Row, Failure> {
    let world = world::filled(bench, bench.plan.events).await?;
    let (mut seconds, mut torn) = (Vec::new(), Vec::new());
    for _ in 0..LONG_TURNS {
        Server::start(Part::Writer, &world.data).await?.kill().await?;
        let (took, report) = open(&world.data).await?;
        seconds.push(took.as_secs_f64());
        torn.push(report.torn_bytes_cut);
    }
    let work = format!("opening a log of {} events after a kill while it was written", bench.plan.events);
    let note = format!("bytes that were cut from the end, time by time: {torn:?}");
    Ok(Row::alone(work, Unit::Seconds, median(seconds)).target(Target::AtMost(SECONDS_MAX.1)).note(note))
}

/// From the start of a server's process until it answers.
pub(super) async fn served(bench: &Bench) -> Result<Row, Failure> {
    let world = world::filled(bench, bench.plan.events).await?;
    let mut seconds = Vec::new();
    for _ in 0..LONG_TURNS {
        let begun = Instant::now();
        let server = Server::start(Part::Server, &world.data).await?;
        seconds.push(begun.elapsed().as_secs_f64());
        server.stop().await?;
    }
    let work = format!("starting a server on {} events, until it answers", bench.plan.events);
    Ok(Row::alone(work, Unit::Seconds, median(seconds)).target(Target::AtMost(SECONDS_MAX.0)))
}

/// Opening without index and hashes.
pub(super) async fn rebuild(bench: &Bench) -> Result<Row, Failure> {
    let world = world::filled(bench, bench.plan.events).await?;
    let (mut ours, mut limit, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        for derived in ["index", "hashes"] {
            let folder = world.data.join(derived);
            if folder.exists() {
                std::fs::remove_dir_all(&folder).map_err(told)?;
            }
        }
        let (took, report) = open(&world.data).await?;
        if report.index_rebuilt.is_none() {
            return Err(Failure::new(Exit::Failed, "the log was opened without index, and does not say so"));
        }
        let (chunks, bytes) = plain::used_chunks(&world.data)?;
        let piece = usize::try_from(bytes / report.events.max(1)).unwrap_or(usize::MAX);
        let begun = Instant::now();
        std::hint::black_box(plain::read_checked(&chunks, piece)?);
        #[expect(clippy::cast_precision_loss, reason = "a number of events")]
        let rate = |took: Duration| report.events as f64 / took.as_secs_f64();
        let (one, other) = (rate(took), rate(begun.elapsed()));
        ours.push(one);
        limit.push(other);
        ratios.push(one / other);
    }
    let figures = Figures { ours: median(ours), limit: median(limit), ratio: median(ratios) };
    let what = "reading the chunks, a checksum over each event's bytes".to_owned();
    let limit = Limit { what, figure: figures.limit, ratio: figures.ratio };
    let work = format!("index and hashes made anew at {} events, opening included", bench.plan.events);
    let row = Row::alone(work, Unit::Events, figures.ours);
    Ok(Row { limit: Some(limit), ..row }.target(Target::AtLeast(REBUILT_MIN)))
}

/// Opens and closes; how long opening took, as one who waits for it sees it.
async fn open(data: &Path) -> Result<(Duration, OpenReport), Failure> {
    let data = data.to_owned();
    let opening = tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        let (log, report) = ChunkLog::open(&data, Options::new("docket bench")).map_err(told)?;
        Ok::<_, Failure>((begun.elapsed(), log, report))
    });
    let (took, log, report) = opening.await.map_err(told)??;
    append::close(log.into()).await?;
    Ok((took, report))
}
