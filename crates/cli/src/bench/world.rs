//! Data directories to measure on: the register of every log, a case for each authority, authorities to record about, and events as many as wanted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_api::{from_proto, pb};
use docket_server::run::{Opened, open};
use docket_server::{Config, Tracker};

use super::{Bench, append, load, told};
use crate::exit::{Exit, Failure};
use crate::process::{misconfigured, not_running};
use crate::samples::HISTORIES;

/// The sample history that every authority gets: 30 events.
const CASE: &str = "devon.jsonl";
/// Authorities that are registered to record about.
const RECORDED: u64 = 1_000;
/// From where on what is laid down here is numbered; beyond what [`load::numbers`] gives.
const LAID: u64 = 1 << 60;

/// A data directory.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// Where it is.
    pub(super) data: PathBuf,
    /// The authorities that have a case.
    pub(super) authorities: Arc<Vec<String>>,
}

impl World {
    /// Removes it.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub(super) fn remove(self) -> Result<(), Failure> {
        std::fs::remove_dir_all(&self.data)
            .map_err(|error| super::room::failed("removing", &self.data)(&error))
    }
}

/// A log with the register, a case of 30 events for each authority in it, and [`RECORDED`] further authorities.
pub(super) async fn fresh(bench: &Bench, name: &str) -> Result<World, Failure> {
    let data = bench.room.path(name);
    let opened = opened(&data).await?;
    let question = from_proto::as_of(None, "as_of").map_err(unreadable)?;
    let as_of = opened.tracker.as_of(&question).await.map_err(told)?;
    let known = opened.tracker.authorities(as_of, "", false).await.map_err(told)?;
    let authorities: Vec<String> = known.iter().map(|answer| answer.authority.id.to_string()).collect();
    let mut number = LAID;
    for authority in &authorities {
        let mut events = case()?;
        for event in &mut events {
            number += 1;
            event.event_id = load::id(number).to_string();
            event.stream = format!("authority/{authority}");
        }
        record(&opened.tracker, events).await?;
    }
    record(&opened.tracker, (0..RECORDED).map(registration).collect()).await?;
    close(opened).await?;
    Ok(World { data, authorities: Arc::new(authorities) })
}

/// The same with so many events in all, the rest of them of 300 bytes, two an append; made once.
pub(super) async fn filled(bench: &Bench, events: u64) -> Result<World, Failure> {
    if let Some(world) = bench.worlds.borrow().get(&events) {
        return Ok(world.clone());
    }
    bench.room.check_space(events)?;
    let world = fresh(bench, &format!("filled-{events}")).await?;
    let log = append::open(&world.data)?;
    let there = append::head(&log);
    append::fill(&log, events.saturating_sub(there)).await?;
    append::close(log).await?;
    bench.worlds.borrow_mut().insert(events, world.clone());
    Ok(world)
}

/// The stream of one of the authorities to record about.
pub(super) fn recorded(number: u64) -> String {
    format!("authority/{}", load::authority(LAID >> 40, number % RECORDED))
}

fn registration(number: u64) -> pb::Event {
    let registered = pb::AuthorityRegistered {
        name: format!("Bench {number}"),
        official_name: format!("Bench {number} Council"),
        kind: pb::AuthorityKind::Unitary.into(),
        region: "Nowhere".to_owned(),
        ..pb::AuthorityRegistered::default()
    };
    pb::Event {
        body: Some(pb::event::Body::AuthorityRegistered(registered)),
        happened_on: Some(pb::Date { year: 2009, month: 1, day: 1 }),
        ..load::event(load::id(LAID | 1 << 32 | number), &recorded(number))
    }
}

/// A tracker over a data directory, in this process.
pub(super) async fn opened(data: &Path) -> Result<Opened, Failure> {
    let config = Config::new(data.to_owned(), "127.0.0.1:0").map_err(|error| misconfigured(&error))?;
    open(&config).await.map_err(|error| not_running(&error))
}

/// Closes it.
pub(super) async fn close(opened: Opened) -> Result<(), Failure> {
    let Opened { tracker, log, proofs } = opened;
    drop((tracker, proofs));
    tokio::task::spawn_blocking(move || log.close()).await.map_err(told)
}

/// Records events in this process, all or none.
pub(super) async fn record(tracker: &Tracker, events: Vec<pb::Event>) -> Result<(), Failure> {
    let request = pb::RecordRequest { events, ..pb::RecordRequest::default() };
    let request = from_proto::record(request).map_err(unreadable)?;
    tracker.record(&request).await.map(|_| ()).map_err(told)
}

fn unreadable(problems: Vec<from_proto::FieldProblem>) -> Failure {
    let named = problems.iter().map(|problem| format!("{} {}", problem.field, problem.description));
    Failure::new(Exit::Failed, "what the bench sends cannot be read").details(named.collect())
}

fn case() -> Result<Vec<pb::Event>, Failure> {
    let (_, text) = HISTORIES.iter().find(|(file, _)| *file == CASE).copied().unwrap_or_default();
    text.lines().map(|line| docket_api::json::from_str(line).map_err(told)).collect()
}
