//! What a log takes: memory of a server, and bytes on disk.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::child::{Part, Server};
use super::row::{Row, Target, Unit};
use super::{Bench, plain, replay, told, world};
use crate::exit::{Exit, Failure};

/// Most memory of a server, in millions of bytes.
const MEMORY_MAX: f64 = 300.0;
/// Most memory that each further event may take, in bytes.
const MEMORY_EVENT_MAX: f64 = 24.0;
/// Most bytes on disk for an event.
const DISK_EVENT_MAX: f64 = 520.0;
/// The size that the larger log is compared with.
pub(super) const SMALL: u64 = 100_000;
/// Bytes of a block, as the system counts them.
const BLOCK: u64 = 512;

/// Memory of a server that was started on the log and has read out all of it, and how it grows with the log: one row or two.
pub(super) async fn memory(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let events = bench.plan.events;
    let (large, peak) = resident(bench, events).await?;
    let work = format!("memory of a server on {events} events, after one replay of all of them");
    let note = format!("at its highest {:.1} MB", peak / 1e6);
    let mut rows =
        vec![Row::alone(work, Unit::Megabytes, large / 1e6).target(Target::AtMost(MEMORY_MAX)).note(note)];
    if SMALL < events {
        let (small, _) = resident(bench, SMALL).await?;
        #[expect(clippy::cast_precision_loss, reason = "a number of events")]
        let each = (large - small) / (events - SMALL) as f64;
        let work = format!("the same for each event beyond {SMALL}");
        let note = format!("{:.1} MB at {SMALL} events", small / 1e6);
        rows.push(
            Row::alone(work, Unit::BytesPerEvent, each).target(Target::AtMost(MEMORY_EVENT_MAX)).note(note),
        );
    }
    Ok(rows)
}

/// Resident bytes of a server: now, and at most.
async fn resident(bench: &Bench, events: u64) -> Result<(f64, f64), Failure> {
    let world = world::filled(bench, events).await?;
    let server = Server::start(Part::Server, &world.data).await?;
    let mut read = 0_u64;
    replay::read(server.channel().await?, 0, |_| read += 1).await?;
    if read < events {
        return Err(Failure::new(Exit::Failed, format!("{read} of {events} events were read")));
    }
    let said = std::fs::read_to_string(format!("/proc/{}/status", server.id())).map_err(told)?;
    let field = |name: &str| -> f64 {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.map_or(f64::NAN, |kilobytes| kilobytes * 1024.0)
    };
    let sizes = (field("VmRSS:"), field("VmHWM:"));
    server.stop().await?;
    Ok(sizes)
}

/// Bytes on disk for an event, all files included.
pub(super) async fn disk(bench: &Bench) -> Result<Row, Failure> {
    let world = world::filled(bench, bench.plan.events).await?;
    let taken = taken(&world.data)?;
    let (chunks, used) = plain::used_chunks(&world.data)?;
    let mut reserved = 0;
    for (path, used) in &chunks {
        reserved += (path.metadata().map_err(told)?.blocks() * BLOCK).saturating_sub(*used);
    }
    let log = super::append::open(&world.data)?;
    let events = super::append::head(&log);
    super::append::close(log).await?;
    #[expect(clippy::cast_precision_loss, reason = "numbers of bytes and of events")]
    let each = |bytes: u64| bytes as f64 / events as f64;
    let work = format!("disk of a log of {events} events of 300 bytes, two a commit, all files included");
    let note = format!(
        "chunks {:.0}, all else {:.0}; left out: {:.0} that are reserved at the end of the open chunk",
        each(used),
        each(taken.saturating_sub(used + reserved)),
        each(reserved)
    );
    let row = Row::alone(work, Unit::BytesPerEvent, each(taken.saturating_sub(reserved)));
    Ok(row.target(Target::AtMost(DISK_EVENT_MAX)).note(note))
}

/// Bytes that a folder and everything in it takes.
fn taken(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).map_err(told)? {
        let entry = entry.map_err(told)?;
        let metadata = entry.metadata().map_err(told)?;
        bytes += metadata.blocks() * BLOCK;
        if metadata.is_dir() {
            bytes += taken(&entry.path())?;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_folder_takes_is_what_its_files_take() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("below")).unwrap();
        std::fs::write(folder.path().join("below/file"), vec![7; 100_000]).unwrap();
        assert!((100_000..200_000).contains(&taken(folder.path()).unwrap()));
    }
}
