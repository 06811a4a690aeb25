//! Data directories to measure on: the register of every log, and cases or authorities to record about.

use std::path::{Path, PathBuf};

use docket_api::{from_proto, pb};
use docket_server::run::{Opened, open};
use docket_server::{Config, Tracker};

use super::{Bench, append, load, told};
use crate::exit::{Exit, Failure};
use crate::process::{misconfigured, not_running};
use crate::samples::HISTORIES;

/// The sample history that every authority gets: 30 events.
const CASE: (&str, &str) = ("devon.jsonl", "devon");
/// Authorities that are registered to record about.
pub(super) const RECORDED: u64 = 1_000;
/// Which maker the ids of what is laid down here come from.
const MAKER: u64 = 900;

/// A log with the register, in which every authority has a history of 30 events. Gives their ids too.
pub(super) async fn cases(bench: &Bench) -> Result<(PathBuf, Vec<String>), Failure> {
    let data = bench.room.path("cases");
    let opened = opened(&data).await?;
    let question = from_proto::as_of(None, "as_of").map_err(unreadable)?;
    let as_of = opened.tracker.as_of(&question).await.map_err(told)?;
    let known = opened.tracker.authorities(as_of, "", false).await.map_err(told)?;
    let ids: Vec<String> = known.iter().map(|answer| answer.authority.id.to_string()).collect();
    let mut number = 0;
    for authority in &ids {
        let mut events = case()?;
        for event in &mut events {
            number += 1;
            event.event_id = load::id(MAKER, number).to_string();
            event.stream = format!("authority/{authority}");
        }
        record(&opened.tracker, events).await?;
    }
    close(opened).await?;
    Ok((data, ids))
}

/// A log with the register and [`RECORDED`] further authorities.
pub(super) async fn recorders(bench: &Bench) -> Result<PathBuf, Failure> {
    let data = bench.room.path("recorders");
    let opened = opened(&data).await?;
    let events = (0..RECORDED).map(|number| {
        let authority = load::authority(MAKER, number);
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
            ..load::event(load::id(MAKER, 1 << 32 | number), &format!("authority/{authority}"))
        }
    });
    record(&opened.tracker, events.collect()).await?;
    close(opened).await?;
    Ok(data)
}

/// The stream of one of the authorities of [`recorders`].
pub(super) fn recorded(number: u64) -> String {
    format!("authority/{}", load::authority(MAKER, number % RECORDED))
}

async fn opened(data: &Path) -> Result<Opened, Failure> {
    let config = Config::new(data.to_owned(), "127.0.0.1:0").map_err(|error| misconfigured(&error))?;
    open(&config).await.map_err(|error| not_running(&error))
}

async fn close(opened: Opened) -> Result<(), Failure> {
    let Opened { tracker, log, proofs } = opened;
    drop((tracker, proofs));
    tokio::task::spawn_blocking(move || log.close()).await.map_err(told)
}

async fn record(tracker: &Tracker, events: Vec<pb::Event>) -> Result<(), Failure> {
    let request = pb::RecordRequest { events, ..pb::RecordRequest::default() };
    let request = from_proto::record(request).map_err(unreadable)?;
    tracker.record(&request).await.map(|_| ()).map_err(told)
}

fn unreadable(problems: Vec<from_proto::FieldProblem>) -> Failure {
    let named = problems.iter().map(|problem| format!("{} {}", problem.field, problem.description));
    Failure::new(Exit::Failed, "what the bench sends cannot be read").details(named.collect())
}

fn case() -> Result<Vec<pb::Event>, Failure> {
    let (name, _) = CASE;
    let (_, text) = HISTORIES.iter().find(|(file, _)| *file == name).copied().unwrap_or_default();
    text.lines().map(|line| docket_api::json::from_str(line).map_err(told)).collect()
}

/// A log of so many events of 300 bytes, two an append, and nothing else.
pub(super) async fn filled(bench: &Bench, events: u64) -> Result<PathBuf, Failure> {
    let data = bench.room.path(&format!("filled-{events}"));
    if data.exists() {
        return Ok(data);
    }
    let log = append::open(&data)?;
    append::fill(&log, MAKER, events).await?;
    append::close(log).await?;
    Ok(data)
}
