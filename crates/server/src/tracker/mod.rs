//! The tracker: records facts, and answers questions from what was recorded.
//!
//! Knows nothing of gRPC. `record` is the only door to the log; everything else reads.

mod answers;
mod compare;
mod directory;
mod error;
mod explain;
mod follow;
mod histories;
mod history;
mod hub;
mod in_depth;
mod plan;
mod policy;
mod priorities;
mod providers;
mod questions;
mod record;
mod replay;
mod replicate;
mod room;
mod selection;
mod stored;
mod together;
mod viewed;
mod what_if;
mod who;

use std::sync::Arc;

use docket_domain::Position;
use docket_log::EventLog;
use tokio::sync::{Semaphore, watch};

use crate::clock::Clock;
use answers::Answers;
use directory::Directory;
use hub::Hub;
use record::Turns;

pub use answers::StatusBytes;
pub use compare::Comparison;
pub use error::{StaleStream, TrackerError};
pub use explain::Explanation;
pub use follow::{
    CHECKPOINT_EVENTS, CHECKPOINT_INTERVAL_SECONDS, FOLLOW_QUEUE_MAX, Followed, HEARTBEAT_SECONDS, Start,
};
pub use history::{BATCH_MAX, BATCHES_QUEUE_MAX, Direction, HISTORY_QUEUE_MAX, HistoryQuestion, Reading};
pub use in_depth::Indicators;
pub use plan::{IntervalFilter, PlanFilter, Planned};
pub use priorities::{Priorities, PriorityFilter};
pub use providers::{ProviderFilter, ProviderOwed};
pub use questions::{AuthorityAnswer, ObligationFilter, Owed, StatusFilter};
pub use record::{DECIDE_TRIES_MAX, Outcome, Place, RECORDS_IN_FLIGHT_MAX, Receipt};
pub use replay::{Answer, Replay, ReplayOrder, ReplayStep};
pub use replicate::Original;
pub use selection::Wanted;
pub use stored::{Kept, KeptWarning, Passed};
pub use what_if::{Foretold, StatusChange};

/// The category of the streams of authorities.
pub const AUTHORITY: &str = "authority";

/// Records facts and answers questions.
pub struct Tracker {
    log: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    directory: Directory,
    answers: Answers,
    hub: Hub,
    turns: Turns,
    admission: Semaphore,
    stopping: watch::Sender<bool>,
}

impl Tracker {
    /// A tracker over a log.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, clock: Arc<dyn Clock>) -> Self {
        Self {
            log,
            clock,
            directory: Directory::new(),
            answers: Answers::default(),
            hub: Hub::default(),
            turns: Turns::default(),
            admission: Semaphore::new(RECORDS_IN_FLIGHT_MAX),
            stopping: watch::Sender::new(false),
        }
    }

    /// Reads what every question needs, so that the first one need not wait for it. Each question reads on by itself.
    ///
    /// # Errors
    /// Those of reading the log.
    pub async fn prepare(&self) -> Result<(), TrackerError> {
        self.directory.catch_up(self.log(), self.head()).await.map(|_| ())
    }

    /// The last position that is durable.
    #[must_use]
    pub fn head(&self) -> Position {
        *self.log.head().borrow()
    }

    /// Ends everything that runs on without an end of its own: those who follow the log are told that the server is stopping.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Becomes true when the tracker stops.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    fn log(&self) -> &dyn EventLog {
        self.log.as_ref()
    }
}
