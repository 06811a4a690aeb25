//! Following the log: catch up, then live.
//!
//! Whoever follows reads the log up to its head, takes a place among those who follow live, reads what was recorded in between, and from then on is
//! handed what its filter lets through (`hub.rs`). When it is too slow for that it reads the log again. Nothing is queued for it
//! beyond [`FOLLOW_QUEUE_MAX`] messages and one box: it can neither lose an event nor hold up the writer.

use std::sync::Arc;
use std::time::Duration;

use docket_domain::Position;
use docket_domain::date::Date;
use docket_log::{From, Selection};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::error::TrackerError;
use super::history::{BATCH_MAX, Reading};
use super::hub::{Place, Taken};
use super::selection::Wanted;
use super::viewed::Viewer;
use super::{Passed, Tracker};

/// Most messages that wait for whoever follows.
pub const FOLLOW_QUEUE_MAX: usize = 64;
/// After so many events in a row that the filter held back, a checkpoint is sent.
pub const CHECKPOINT_EVENTS: usize = 1_000;
/// How long the cursor moves without a message before a checkpoint is sent.
pub const CHECKPOINT_INTERVAL_SECONDS: u64 = 5;
/// How long nothing is sent before a heartbeat is.
pub const HEARTBEAT_SECONDS: u64 = 15;

/// From where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Events after this position.
    After(Position),
    /// Events recorded from now on.
    Now,
    /// Events recorded at this instant or later.
    Since(Timestamp),
}

/// What whoever follows is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// An event that the filter lets through.
    Event(Arc<Passed>),
    /// Everything recorded by now was sent; what follows is live. Once.
    CaughtUp(Position),
    /// Everything up to here was sent or held back by the filter.
    Checkpoint(Position),
    /// What follows is read from the log again, until it has caught up.
    FellBehind(Position),
    /// Nothing was sent for a while.
    Heartbeat(Position, Timestamp),
}

impl Tracker {
    /// Follows the log until the receiver is dropped, the tracker stops or a read fails; the last two are told as an error.
    ///
    /// # Errors
    /// [`TrackerError::NotYetRecorded`] if the start is past the head: then it is not a position of this log.
    /// [`TrackerError::NotYetKnown`] if its instant has not come, and those of looking it up.
    pub async fn follow(
        self: &Arc<Self>,
        wanted: Wanted,
        start: Start,
    ) -> Result<Reading<Followed>, TrackerError> {
        let recorded = self.head();
        let cursor = match start {
            Start::Now => recorded,
            Start::After(asked) if recorded < asked => {
                return Err(TrackerError::NotYetRecorded { asked, head: recorded });
            }
            Start::After(asked) => asked,
            Start::Since(instant) => self.last_recorded_before(instant).await?,
        };
        let (sender, reading) = mpsc::channel(FOLLOW_QUEUE_MAX);
        let follower = Follower {
            selection: wanted.selection(),
            viewer: wanted.view().map(|view| Viewer::new(view, self.moment())),
            wanted,
            cursor,
            told: cursor,
            held_back: 0,
            caught_up: false,
            last_told: Instant::now(),
            sender,
        };
        let tracker = Arc::clone(self);
        tokio::spawn(async move { tracker.run(follower).await });
        Ok(reading)
    }

    async fn run(self: &Arc<Self>, mut follower: Follower) {
        let mut stopping = self.stopping();
        loop {
            // Most of what there is is read before anything is put into a box.
            if self.read_on(self.head(), &mut follower, &stopping).await.is_err() {
                return;
            }
            let place = self.follow_live(&follower.wanted);
            if self.read_on(place.after, &mut follower, &stopping).await.is_err()
                || follower.caught_up().await.is_err()
                || self.follow_place(&place, &mut follower, &mut stopping).await.is_err()
            {
                return;
            }
        }
    }

    /// Reads up to a position; an error is told, and ends it.
    async fn read_on(
        &self,
        to: Position,
        follower: &mut Follower,
        stopping: &watch::Receiver<bool>,
    ) -> Result<(), Gone> {
        match self.read_up_to(to, follower, stopping).await {
            Ok(told) => told,
            Err(error) => follower.end(error).await,
        }
    }

    /// Follows live, until the box was given up.
    async fn follow_place(
        &self,
        place: &Place<'_>,
        follower: &mut Follower,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result<(), Gone> {
        let mut idle = interval(Duration::from_secs(CHECKPOINT_INTERVAL_SECONDS));
        idle.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // No wake-up is lost: all of these can be dropped half-way and asked again.
            let wake = tokio::select! {
                biased;
                () = stopped(stopping) => Wake::Stop,
                () = follower.sender.closed() => Wake::Gone,
                () = place.woken() => Wake::Box,
                _ = idle.tick() => Wake::Idle,
            };
            match wake {
                Wake::Stop => return follower.end(TrackerError::ShuttingDown).await,
                Wake::Gone => return Err(Gone),
                Wake::Idle => {
                    follower.come_to(place.through()).await?;
                    follower.beat(self.clock.now()).await?;
                }
                Wake::Box => match place.take() {
                    Taken::GivenUp => return follower.fell_behind().await,
                    Taken::Events(events) if events.is_empty() => follower.come_to(place.through()).await?,
                    Taken::Events(events) => {
                        follower.look_again(self.moment());
                        for event in events {
                            // What was read before the place was taken is not told again.
                            if follower.cursor < event.position() {
                                follower.cursor = event.position();
                                match self.show(follower, event).await {
                                    Ok(told) => told?,
                                    Err(error) => return follower.end(error).await,
                                }
                            }
                        }
                    }
                },
            }
        }
    }

    /// Passes on an event as the view of whoever follows shows it.
    async fn show(
        &self,
        follower: &mut Follower,
        event: Arc<Passed>,
    ) -> Result<Result<(), Gone>, TrackerError> {
        let shown = if follower.viewer.is_none() && !follower.wanted.asks_for_content() {
            Some(event)
        } else {
            self.shown(follower.viewer.as_mut(), &follower.wanted, &event).await?.map(Arc::new)
        };
        let Some(shown) = shown else { return Ok(follower.hold_back().await) };
        follower.held_back = 0;
        Ok(follower.tell(Followed::Event(shown)).await)
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
            follower.look_again(self.moment());
            let end = batch.last().map_or(seen, |event| event.position.min(seen));
            assert!(
                !batch.is_empty() || follower.selection != Selection::All,
                "the log has events up to {seen} and reads nothing after {}",
                follower.cursor
            );
            for event in batch.into_iter().filter(|event| event.position <= seen) {
                follower.cursor = event.position;
                let told = match follower.wanted.pass(event) {
                    Some(passed) => self.show(follower, Arc::new(passed)).await?,
                    None => follower.hold_back().await,
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
    Box,
    Idle,
    Stop,
    Gone,
}

/// Whoever followed does so no more.
struct Gone;

/// Waits until the tracker stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The sender is the tracker itself; if it is gone, that is a stop too.
    let _gone = stopping.wait_for(|stop| *stop).await.is_err();
}

struct Follower {
    wanted: Wanted,
    viewer: Option<Viewer>,
    selection: Selection,
    /// Everything up to here was read.
    cursor: Position,
    /// The last position of which the follower was told.
    told: Position,
    /// Events in a row that the filter held back.
    held_back: usize,
    /// Whether it was told that it has caught up.
    caught_up: bool,
    last_told: Instant,
    sender: mpsc::Sender<Result<Followed, TrackerError>>,
}

impl Follower {
    async fn tell(&mut self, message: Followed) -> Result<(), Gone> {
        let position = match &message {
            Followed::Event(event) => event.position(),
            Followed::CaughtUp(position)
            | Followed::Checkpoint(position)
            | Followed::FellBehind(position)
            | Followed::Heartbeat(position, _) => *position,
        };
        assert!(self.told <= position, "a follower is never sent back");
        self.told = position;
        let sent = self.sender.send(Ok(message)).await.map_err(|_| Gone);
        self.last_told = Instant::now();
        sent
    }

    /// What is public may be more by now.
    fn look_again(&mut self, moment: (Date, Position)) {
        if let Some(viewer) = &mut self.viewer {
            viewer.move_on(moment);
        }
    }

    /// Tells that it was too slow for what is live.
    async fn fell_behind(&mut self) -> Result<(), Gone> {
        self.caught_up = false;
        self.held_back = 0;
        self.tell(Followed::FellBehind(self.cursor)).await
    }

    /// Tells that there is nothing to tell, where nothing was told for a while.
    async fn beat(&mut self, now: Timestamp) -> Result<(), Gone> {
        if self.last_told.elapsed() < Duration::from_secs(HEARTBEAT_SECONDS) {
            return Ok(());
        }
        self.tell(Followed::Heartbeat(self.cursor, now)).await
    }

    /// Tells once that everything recorded by now was told.
    async fn caught_up(&mut self) -> Result<(), Gone> {
        if self.caught_up {
            return Ok(());
        }
        self.caught_up = true;
        self.tell(Followed::CaughtUp(self.cursor)).await
    }

    /// Tells how far the log was read without anything for this one.
    async fn come_to(&mut self, through: Option<Position>) -> Result<(), Gone> {
        self.cursor = self.cursor.max(through.unwrap_or_default());
        self.checkpoint().await
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
