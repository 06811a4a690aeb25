//! Reading events as they were recorded.

use std::sync::Arc;

use docket_domain::Position;
use docket_log::From;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::error::TrackerError;
use super::selection::Wanted;
use super::viewed::Viewer;
use super::{Passed, Tracker};
use crate::clock::day_in_london;

/// Most events that are read from the log at once for a reader.
pub const BATCH_MAX: usize = 256;
/// Most batches of events that wait for a reader. Whoever reads slowly is only read to slowly: the log waits for nobody.
pub const BATCHES_QUEUE_MAX: usize = 2;
/// Most steps of a replay that wait for a reader.
pub const HISTORY_QUEUE_MAX: usize = 64;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forward,
    /// Newest first.
    Backward,
}

/// Which events, from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuestion {
    /// The filter.
    pub wanted: Wanted,
    /// Which way.
    pub direction: Direction,
    /// Forward: after this position; backward: before it, or from the end where it is [`Position::START`].
    pub from: Position,
    /// At most so many; `None` for no limit.
    pub limit: Option<u64>,
    /// Only what was recorded by then.
    pub known: Option<Timestamp>,
}

/// What a reader is told, in order; it ends after the last one, or with an error.
pub type Reading<T> = mpsc::Receiver<Result<T, TrackerError>>;

impl Tracker {
    /// Reads events. What is recorded after the call is not read.
    ///
    /// # Errors
    /// [`TrackerError::NotYetKnown`] if `known` has not come, and those of reading the log; the reading itself may end with an error too.
    pub async fn history(
        self: &Arc<Self>,
        question: HistoryQuestion,
    ) -> Result<Reading<Vec<Passed>>, TrackerError> {
        let last = match question.known {
            Some(asked) => self.last_recorded_by(asked).await?,
            None => self.head(),
        };
        let (sender, reading) = mpsc::channel(BATCHES_QUEUE_MAX);
        let tracker = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = tracker.read_out(&question, last, &sender).await {
                // Whoever reads no more does not hear of it.
                let _gone = sender.send(Err(error)).await;
            }
        });
        Ok(reading)
    }

    async fn read_out(
        &self,
        question: &HistoryQuestion,
        last: Position,
        sender: &mpsc::Sender<Result<Vec<Passed>, TrackerError>>,
    ) -> Result<(), TrackerError> {
        let selection = question.wanted.selection();
        let stopping = self.stopping();
        let day = day_in_london(question.known.unwrap_or_else(|| self.clock.now()));
        let mut viewer = question.wanted.view().map(|view| Viewer::new(view, (day, last)));
        let mut left = question.limit.unwrap_or(u64::MAX);
        let mut from = start(question, last);
        while 0 < left {
            if *stopping.borrow() {
                return Err(TrackerError::ShuttingDown);
            }
            let batch = self
                .log
                .read(&selection, from, BATCH_MAX)
                .await
                .map_err(|error| TrackerError::from_log("reading history", error))?;
            let Some(end) = batch.last().map(|event| event.position) else {
                return Ok(());
            };
            from = match question.direction {
                Direction::Forward => From::After(end),
                Direction::Backward => From::Before(end),
            };
            let by_then = batch.into_iter().filter(|event| event.position <= last);
            let wanted = by_then.filter_map(|event| question.wanted.pass(event));
            let left_now = usize::try_from(left).unwrap_or(usize::MAX);
            let passed: Vec<_> = if viewer.is_none() && !question.wanted.asks_for_content() {
                wanted.take(left_now).collect()
            } else {
                self.shown_of(viewer.as_mut(), &question.wanted, wanted, left_now).await?
            };
            left -= passed.len() as u64;
            if !passed.is_empty() && sender.send(Ok(passed)).await.is_err() {
                return Ok(());
            }
            if question.direction == Direction::Forward && last <= end {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Tracker {
    /// The first of these events that go out, as a view shows them.
    async fn shown_of(
        &self,
        mut viewer: Option<&mut Viewer>,
        wanted: &Wanted,
        events: impl Iterator<Item = Passed>,
        limit: usize,
    ) -> Result<Vec<Passed>, TrackerError> {
        let mut shown = Vec::new();
        for event in events {
            if shown.len() == limit {
                break;
            }
            shown.extend(self.shown(viewer.as_deref_mut(), wanted, &event).await?);
        }
        Ok(shown)
    }
}

fn start(question: &HistoryQuestion, last: Position) -> From {
    match question.direction {
        Direction::Forward => From::After(question.from),
        Direction::Backward if question.from == Position::START => From::Before(last.next()),
        Direction::Backward => From::Before(question.from.min(last.next())),
    }
}
