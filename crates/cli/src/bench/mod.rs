//! `docket bench`: how fast Docket is, beside the fastest that could be had here and now.
//!
//! A figure alone says little: it depends on the machine and on who else uses it. So each row is measured by turns with its *limit*, the least
//! that has to be done for the same work (the same bytes written and synced, the same call answered at once), and the row's ratio is
//! the median over the turns. In reading order: `row` (what a row is, and taking turns), `room` (the folder that all of it happens in), `load` (the
//! events), `plain` (files as a limit), `bare` (a log that does the least), `child`, `null`
//! and `undecided` (servers in processes of their own), `world` (data directories to measure on), `rate` (calls
//! in flight), then a file for each group of rows, and `report`.

mod append;
mod bare;
mod calls;
mod child;
mod flat;
mod import;
mod load;
mod null;
mod pair;
mod plain;
mod rate;
mod reopen;
mod replay;
mod report;
mod room;
mod row;
mod size;
mod slow;
mod subscribers;
mod undecided;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::exit::{Exit, Failure};
use crate::output::{Out, note};
use room::Room;
use row::Row;
use world::World;

pub(crate) use child::{Part, play};

/// What is to be measured, and where.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where the temporary folder goes; `None`: where the system has them.
    pub(crate) directory: Option<PathBuf>,
    /// How many events the larger log has.
    pub(crate) events: u64,
    /// How long one row is measured.
    pub(crate) time: Duration,
    /// Which rows; empty: all.
    pub(crate) only: Vec<Name>,
}

/// The rows, by the name that `--only` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Durable appends of 1 event in process, by 1 writer
    #[value(name = "append-1")]
    Append1,
    /// The same by 16 writers at once
    #[value(name = "append-16")]
    Append16,
    /// The same by 256 writers at once
    #[value(name = "append-256")]
    Append256,
    /// Durable appends of 16 events in process, one after the other
    #[value(name = "commit-16")]
    Commit16,
    /// The same of 256 events
    #[value(name = "commit-256")]
    Commit256,
    /// The same of 4,096 events
    #[value(name = "commit-4096")]
    Commit4096,
    /// Replay of the whole log in process, each event shown
    Replay,
    /// The same in lists of events that can be kept
    ReplayKept,
    /// Durable `Record` over gRPC, 1 in flight
    #[value(name = "record-1")]
    Record1,
    /// The same, 64 in flight
    #[value(name = "record-64")]
    Record64,
    /// `RecordStream`, requests of 1 event
    #[value(name = "import-1")]
    Import1,
    /// The same, requests of 100 events
    #[value(name = "import-100")]
    Import100,
    /// Import in process
    ImportInProcess,
    /// Replay of the whole log over `ReadHistory`
    ReadHistory,
    /// `GetStatus` over gRPC, 64 in flight, 30 events a case
    #[value(name = "status-64")]
    Status64,
    /// The same, each as of a day not asked before
    #[value(name = "status-64-anew")]
    Status64Anew,
    /// One writer with 1,000 live subscribers, each of one authority
    Subscribers,
    /// One writer with 1,000 live subscribers, each of everything
    SubscribersAll,
    /// `Record` and `GetStatus` while slow replays are open
    SlowReplay,
    /// Opening after a clean stop
    Reopen,
    /// Opening after a kill
    ReopenKilled,
    /// Starting a server, until it answers
    Start,
    /// Index and hashes made anew
    Rebuild,
    /// Memory of a server
    Memory,
    /// Bytes on disk
    Disk,
    /// Whether it stays as fast at --events as at 100,000
    Flat,
}

/// Everything that rows share.
struct Bench {
    room: Room,
    plan: Plan,
    /// Those that are made once, by their number of events.
    worlds: RefCell<BTreeMap<u64, World>>,
}

/// Measures the rows of a plan and prints them.
///
/// # Errors
/// If something cannot be measured, or the result not be printed.
pub(crate) async fn run(plan: Plan, out: &mut Out) -> Result<(), Failure> {
    let names: Vec<Name> = Name::value_variants()
        .iter()
        .copied()
        .filter(|name| plan.only.is_empty() || plan.only.contains(name))
        .collect();
    let bench = Bench { room: Room::new(plan.directory.as_deref())?, plan, worlds: RefCell::default() };
    let mut rows = Vec::new();
    for name in names {
        let spelt = name.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        note(&format!("measuring {spelt}"));
        for row in bench.measure(name).await? {
            report::line(out, &spelt, &row)?;
            rows.push((spelt.clone(), row));
        }
    }
    report::table(out, &rows)
}

impl Bench {
    async fn measure(&self, name: Name) -> Result<Vec<Row>, Failure> {
        let row = match name {
            Name::Append1 => append::writers(self, 1).await,
            Name::Append16 => append::writers(self, 16).await,
            Name::Append256 => append::writers(self, 256).await,
            Name::Commit16 => append::commits(self, 16).await,
            Name::Commit256 => append::commits(self, 256).await,
            Name::Commit4096 => append::commits(self, 4_096).await,
            Name::Replay => replay::in_process(self, replay::Way::Shown).await,
            Name::ReplayKept => replay::in_process(self, replay::Way::Kept).await,
            Name::Record1 => calls::record(self, 1).await,
            Name::Record64 => calls::record(self, 64).await,
            Name::Import1 => import::stream(self, 1).await,
            Name::Import100 => import::stream(self, 100).await,
            Name::ImportInProcess => import::in_process(self).await,
            Name::ReadHistory => replay::over_grpc(self).await,
            Name::Status64 => calls::status(self, calls::Days::Today).await,
            Name::Status64Anew => calls::status(self, calls::Days::Others).await,
            Name::Subscribers => subscribers::row(self, subscribers::Wants::One).await,
            Name::SubscribersAll => subscribers::row(self, subscribers::Wants::All).await,
            Name::Reopen => reopen::stopped(self).await,
            Name::ReopenKilled => reopen::killed(self).await,
            Name::Start => reopen::served(self).await,
            Name::Rebuild => reopen::rebuild(self).await,
            Name::Disk => size::disk(self).await,
            Name::SlowReplay => return slow::rows(self).await,
            Name::Memory => return size::memory(self).await,
            Name::Flat => return flat::rows(self).await,
        };
        row.map(|row| vec![row])
    }
}

/// A failure of something that a measurement needs, with all its causes.
fn told(error: impl std::error::Error) -> Failure {
    Failure::new(Exit::Failed, crate::process::chain(&error))
}
