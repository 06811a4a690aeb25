//! A server, and one that stores nothing beside it, with what a call costs each of them.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use tonic::transport::Channel;

use super::Bench;
use super::child::{Part, Server};
use super::null::Canned;
use super::row::{Figures, LONG_TURNS, by_turns};
use crate::exit::Failure;

/// Both servers, each in a process of its own.
pub(super) struct Pair {
    ours: Server,
    null: Option<Server>,
    /// A server that records without deciding.
    undecided: Option<Server>,
}

/// One of the two, with connections to it.
pub(super) struct Side {
    pub(super) channels: Vec<Channel>,
    process: u32,
}

/// How much a side did, and how long the processor worked for that.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    done: f64,
    worked: Duration,
}

impl Cost {
    fn micros(self) -> f64 {
        self.worked.as_secs_f64() * 1e6 / self.done.max(1.0)
    }
}

impl Pair {
    /// Starts the server on a data directory.
    pub(super) async fn start(data: &Path) -> Result<Self, Failure> {
        Ok(Self { ours: Server::start(Part::Server, data).await?, null: None, undecided: None })
    }

    /// Our server.
    pub(super) fn server(&self) -> &Server {
        &self.ours
    }

    /// Starts the other one, with these answers laid ready.
    pub(super) async fn beside(&mut self, bench: &Bench, canned: &Canned) -> Result<(), Failure> {
        let folder = bench.room.path("canned");
        canned.lay(&folder)?;
        self.null = Some(Server::start(Part::Null, &folder).await?);
        Ok(())
    }

    /// Starts a server that records without deciding, in a folder of its own: then it is measured too, by turns with the other one.
    pub(super) async fn undecided(&mut self, bench: &Bench) -> Result<(), Failure> {
        let folder = bench.room.path("undecided");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .map_err(|error| super::room::failed("removing", &folder)(&error))?;
        }
        self.undecided = Some(Server::start(Part::Undecided, &folder).await?);
        Ok(())
    }

    /// Measures the same on both, by turns. `work` gives how much was done, and how long that took. The note says what it cost.
    pub(super) async fn compare(
        &self,
        turns: u32,
        connections: usize,
        work: impl AsyncFn(&Side) -> Result<(f64, Duration), Failure>,
    ) -> Result<(Figures, String), Failure> {
        let null = self.null.as_ref().unwrap_or(&self.ours);
        let (figures, [ours, other]) = between([&self.ours, null], turns, connections, &work).await?;
        let mut note =
            format!("processor time of the server for each: ours {ours:.0} µs, the other's {other:.0} µs");
        if let Some(undecided) = &self.undecided {
            let (most, [worked, _]) = between([undecided, null], LONG_TURNS, connections, &work).await?;
            let of_that = figures.ratio / most.ratio;
            note += &format!(
                "; a server that appends the same to the same kind of log, and neither reads its fields nor decides, in turns with the other: {:.2} of \
                 it, {worked:.0} µs; ours is {of_that:.2} of that",
                most.ratio
            );
        }
        Ok((figures, note))
    }

    /// Ends all of them.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        self.ours.stop().await?;
        for other in self.null.into_iter().chain(self.undecided) {
            other.stop().await?;
        }
        Ok(())
    }
}

/// The same work on two servers, by turns; and how long the processor of each worked for one, in microseconds.
async fn between(
    [ours, null]: [&Server; 2],
    turns: u32,
    connections: usize,
    work: &impl AsyncFn(&Side) -> Result<(f64, Duration), Failure>,
) -> Result<(Figures, [f64; 2]), Failure> {
    let (ours, null) = (Side::of(ours, connections).await?, Side::of(null, connections).await?);
    let (of_ours, of_null) = (RefCell::new(Cost::default()), RefCell::new(Cost::default()));
    let measure = async |side: &Side, cost: &RefCell<Cost>| {
        let before = worked(side.process);
        let (done, took) = work(side).await?;
        let mut cost = cost.borrow_mut();
        cost.done += done;
        cost.worked += worked(side.process).saturating_sub(before);
        Ok(done / took.as_secs_f64())
    };
    let figures =
        by_turns(turns, async || measure(&ours, &of_ours).await, async || measure(&null, &of_null).await)
            .await?;
    let micros = [of_ours.borrow().micros(), of_null.borrow().micros()];
    Ok((figures, micros))
}

impl Side {
    async fn of(server: &Server, connections: usize) -> Result<Self, Failure> {
        Ok(Self { channels: server.channels(connections).await?, process: server.id() })
    }
}

/// How long the processor has worked for a process so far, as far as the system tells.
fn worked(process: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
