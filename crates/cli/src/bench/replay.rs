//! Replay of the whole log in process, beside reading the same files with checksums.

use std::sync::Arc;
use std::time::Instant;

use docket_domain::Position;
use docket_log::{ChunkLog, EventLog, From, READ_EVENTS_MAX, Selection};

use super::row::{Row, Target, Unit, by_turns};
use super::{Bench, append, plain, told};
use crate::exit::{Exit, Failure};

/// The whole log, from the first event to the last.
pub(super) async fn in_process(bench: &Bench) -> Result<Row, Failure> {
    let folder = super::world::filled(bench, bench.plan.events).await?;
    let mut chunks = Vec::new();
    let mut bytes = 0;
    for path in plain::chunks(&folder)? {
        let used = plain::used(&path)?;
        bytes += used;
        chunks.push((path, used));
    }
    let log = append::open(&folder)?;
    let events = log.head().borrow().0;
    let piece = usize::try_from(bytes / events.max(1)).unwrap_or(usize::MAX);
    let chunks = Arc::new(chunks);
    #[expect(clippy::cast_precision_loss, reason = "a number of events")]
    let rate = |begun: Instant| events as f64 / begun.elapsed().as_secs_f64();
    let figures = by_turns(
        async || {
            let begun = Instant::now();
            replay(&log, events).await?;
            Ok(rate(begun))
        },
        async || {
            let (begun, chunks) = (Instant::now(), Arc::clone(&chunks));
            let read = tokio::task::spawn_blocking(move || plain::read_checked(&chunks, piece)).await;
            std::hint::black_box(read.map_err(told)??);
            Ok(rate(begun))
        },
    )
    .await?;
    append::close(log).await?;
    Ok(Row {
        work: "replay of the whole log in process, decoded to envelopes, checksums verified".to_owned(),
        unit: Unit::Events,
        against: format!("reading the chunks, a checksum over each {piece} bytes"),
        figures,
        target: Target::Ratio(0.6),
        note: format!("{events} events, from memory that the system holds of the files"),
    })
}

async fn replay(log: &ChunkLog, events: u64) -> Result<(), Failure> {
    let mut after = Position::START;
    while after.0 < events {
        let read = log.read(&Selection::All, From::After(after), READ_EVENTS_MAX).await.map_err(told)?;
        let Some(last) = read.last() else {
            return Err(Failure::new(Exit::Failed, format!("the log ends after {after} of {events} events")));
        };
        after = last.position;
        std::hint::black_box(&read);
    }
    Ok(())
}
