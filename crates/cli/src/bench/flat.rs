//! Whether it stays as fast as the log grows: each work on the larger log, beside the same on 100,000 events.

use super::row::{Figures, Row, Target, Unit};
use super::size::SMALL;
use super::{Bench, append, calls, import, replay, world};
use crate::exit::Failure;

/// How much of its pace is kept, at least.
const KEPT_MIN: f64 = 0.85;
/// Events that are read over gRPC.
const READ_EVENTS: u64 = 100_000;

/// The rows, or none where there is no larger log.
pub(super) async fn rows(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let events = bench.plan.events;
    if events <= SMALL {
        crate::output::note(&format!("no row: it takes more than {SMALL} --events"));
        return Ok(Vec::new());
    }
    let (small, large) = (world::filled(bench, SMALL).await?, world::filled(bench, events).await?);
    let mut rows = Vec::new();
    let mut push = |work: &str, unit, small: Figures, large: Figures| {
        let figures = Figures { ours: large.ours, limit: small.ours, ratio: large.ratio / small.ratio };
        let work = format!("{work}, at {events} events");
        let note = "the ratio is that of the two rows' ratios to their limits, since they were not measured by turns";
        let against = format!("the same at {SMALL} events");
        rows.push(figures.row(work, unit, against).target(Target::Ratio(KEPT_MIN)).note(note));
    };
    let (one, _, _) = replay::in_process_on(&small, replay::Way::Shown).await?;
    let (other, _, _) = replay::in_process_on(&large, replay::Way::Shown).await?;
    push("replay of the whole log in process", Unit::Events, one, other);
    let (one, _) = replay::over_grpc_on(bench, &small, READ_EVENTS).await?;
    let (other, _) = replay::over_grpc_on(bench, &large, READ_EVENTS).await?;
    push("100,000 events over ReadHistory", Unit::Events, one, other);
    let (one, _) = calls::status_on(bench, &small, calls::Days::Today).await?;
    let (other, _) = calls::status_on(bench, &large, calls::Days::Today).await?;
    push("GetStatus, 64 in flight", Unit::Calls, one, other);
    let (one, _) = calls::record_on(bench, &small, 64).await?;
    let (other, _) = calls::record_on(bench, &large, 64).await?;
    push("Record, 64 in flight", Unit::Calls, one, other);
    let (one, _) = import::stream_on(bench, &small, 100).await?;
    let (other, _) = import::stream_on(bench, &large, 100).await?;
    push("RecordStream: requests of 100 events", Unit::Events, one, other);
    for (writers, events) in [(1, 1), (16, 1), (256, 1), (1, 256), (1, 4_096)] {
        let one = append::on(bench, &small, (writers, events)).await?;
        let other = append::on(bench, &large, (writers, events)).await?;
        let work = format!("durable append in process: {events} event(s) by {writers} writer(s)");
        push(&work, Unit::Events, one, other);
    }
    Ok(rows)
}
