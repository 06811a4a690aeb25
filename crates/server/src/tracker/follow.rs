//! Following the log: catch up, then live.
//!
//! A loop of three steps: mark the head as seen; read what is after the cursor and not past that head; wait for the head to move. Marking
//! before reading is what makes a write in between wake us again. Nothing is queued for whoever follows beyond [`FOLLOW_QUEUE_MAX`]
//! messages: who is slow only reads later, and can neither lose an event nor hold up the writer.

use std::sync::Arc;
use std::time::Duration;

use docket_domain::Position;
use docket_log::{From, Selection};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::error::TrackerError;
use super::history::{BATCH_MAX, Reading};
use super::selection::Wanted;
use super::{Kept, Tracker, stored};

/// Most messages that wait for whoever follows.
pub const FOLLOW_QUEUE_MAX: usize = 64;
/// After so many events in a row that the filter held back, a checkpoint is sent.
pub const CHECKPOINT_EVENTS: usize = 1_000;
/// How long the cursor moves without a message before a checkpoint is sent.
pub const CHECKPOINT_INTERVAL_SECONDS: u64 = 5;

/// From where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Events after this position.
    After(Position),
    /// Events recorded from now on.
    Now,
}

/// What whoever follows is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// An event that the filter lets through.
    Event(Box<Kept>),
    /// Everything recorded by now was sent; what follows is live. Once.
    CaughtUp(Position),
    /// Everything up to here was sent or held back by the filter.
    Checkpoint(Position),
}

impl Tracker {
    /// Follows the log until the receiver is dropped, the tracker stops or a read fails; the last two are told as an error.
    ///
    /// # Errors
    /// [`TrackerError::NotYetRecorded`] if the start is past the head: then it is not a position of this log.
    pub fn follow(self: &Arc<Self>, wanted: Wanted, start: Start) -> Result<Reading<Followed>, TrackerError> {
        // Marked before the call returns: whatever is recorded after it comes.
        let head = self.log.head();
        let recorded = *head.borrow();
        let cursor = match start {
            Start::Now => recorded,
            Start::After(asked) if recorded < asked => {
                return Err(TrackerError::NotYetRecorded { asked, head: recorded });
            }
            Start::After(asked) => asked,
        };
        let (sender, reading) = mpsc::channel(FOLLOW_QUEUE_MAX);
        let follower =
            Follower { selection: wanted.selection(), wanted, cursor, told: cursor, held_back: 0, sender };
        let tracker = Arc::clone(self);
        tokio::spawn(async move { tracker.run(follower, head).await });
        Ok(reading)
    }

    async fn run(&self, mut follower: Follower, mut head: watch::Receiver<Position>) {
        let mut stopping = self.stopping();
        let mut idle = interval(Duration::from_secs(CHECKPOINT_INTERVAL_SECONDS));
        idle.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut caught_up = false;
        loop {
            let seen = *head.borrow_and_update();
            let told = match self.read_up_to(seen, &mut follower, &stopping).await {
                Ok(told) => told,
                Err(error) => follower.end(error).await,
            };
            if told.is_err() {
                return;
            }
            if !caught_up {
                if *head.borrow() != seen {
                    continue;
                }
                caught_up = true;
                if follower.tell(Followed::CaughtUp(seen)).await.is_err() {
                    return;
                }
            }
            // No wake-up is lost: all of these can be dropped half-way and asked again.
            let wake = tokio::select! {
                biased;
                () = stopped(&mut stopping) => Wake::Stop,
                () = follower.sender.closed() => Wake::Gone,
                changed = head.changed() => changed.map_or(Wake::Stop, |()| Wake::Moved),
                _ = idle.tick() => Wake::Idle,
            };
            let told = match wake {
                Wake::Moved => Ok(()),
                Wake::Idle => follower.checkpoint().await,
                Wake::Stop => follower.end(TrackerError::ShuttingDown).await,
                Wake::Gone => Err(Gone),
            };
            if told.is_err() {
                return;
            }
        }
    }

    async fn read_up_to(
        &self,
        seen: Position,
        follower: &mut Follower,
        stopping: &watch::Receiver<bool>,
    ) -> Result<Result<(), Gone>, TrackerError> {
        while follower.cursor < seen {
            if *stopping.borrow() {
                return Err(TrackerError::ShuttingDown);
            }
            let batch = self
                .log
                .read(&follower.selection, From::After(follower.cursor), BATCH_MAX)
                .await
                .map_err(|error| TrackerError::from_log("following the log", error))?;
            let end = batch.last().map_or(seen, |event| event.position.min(seen));
            assert!(
                !batch.is_empty() || follower.selection != Selection::All,
                "the log has events up to {seen} and reads nothing after {}",
                follower.cursor
            );
            for event in batch.iter().filter(|event| event.position <= seen) {
                follower.cursor = event.position;
                let told = if follower.wanted.matches(event) {
                    follower.held_back = 0;
                    follower.tell(Followed::Event(Box::new(stored::kept(event)?))).await
                } else {
                    follower.hold_back().await
                };
                if told.is_err() {
                    return Ok(told);
                }
            }
            follower.cursor = end;
        }
        Ok(Ok(()))
    }
}

/// Why the loop goes on.
enum Wake {
    Moved,
    Idle,
    Stop,
    Gone,
}

/// Whoever followed does so no more.
struct Gone;

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The sender is the tracker itself; if it is gone, that is a stop too.
    let _gone = stopping.wait_for(|stop| *stop).await.is_err();
}

struct Follower {
    wanted: Wanted,
    selection: Selection,
    /// Everything up to here was read.
    cursor: Position,
    /// The last position of which the follower was told.
    told: Position,
    /// Events in a row that the filter held back.
    held_back: usize,
    sender: mpsc::Sender<Result<Followed, TrackerError>>,
}

impl Follower {
    async fn tell(&mut self, message: Followed) -> Result<(), Gone> {
        let position = match &message {
            Followed::Event(event) => Position(event.position),
            Followed::CaughtUp(position) | Followed::Checkpoint(position) => *position,
        };
        assert!(self.told <= position, "a follower is never sent back");
        self.told = position;
        self.sender.send(Ok(message)).await.map_err(|_| Gone)
    }

    async fn hold_back(&mut self) -> Result<(), Gone> {
        self.held_back += 1;
        if self.held_back < CHECKPOINT_EVENTS {
            return Ok(());
        }
        self.checkpoint().await
    }

    /// Tells how far it has come, if that is not known.
    async fn checkpoint(&mut self) -> Result<(), Gone> {
        self.held_back = 0;
        if self.told < self.cursor { self.tell(Followed::Checkpoint(self.cursor)).await } else { Ok(()) }
    }

    async fn end(&self, error: TrackerError) -> Result<(), Gone> {
        let _gone = self.sender.send(Err(error)).await;
        Err(Gone)
    }
}
