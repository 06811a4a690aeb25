//! What has just been recorded, handed to those who follow the log: read once for all of them.
//!
//! Each who follows has a box. One task reads the log as its head moves and puts an event into the boxes of those whose filter lets it through; the
//! others are not even woken. A box that is full is given up, and whoever it belongs to reads the log until it has come to the head again:
//! so nobody can lose an event, and nobody who is slow holds up another (docs/decisions/0012-stored-bytes.md).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use docket_domain::{Position, StreamId};
use docket_log::{From, Selection};
use tokio::sync::{Notify, watch};

use super::follow::stopped;
use super::history::BATCH_MAX;
use super::selection::Wanted;
use super::{CHECKPOINT_EVENTS, Passed, Tracker};

/// Most events in a box.
const BOX_EVENTS_MAX: usize = 256;

/// The boxes of all who follow live.
#[derive(Default)]
pub(crate) struct Hub(Mutex<State>);

#[derive(Default)]
struct State {
    /// Everything up to here was put into the boxes.
    through: Position,
    /// Whether the task runs.
    running: bool,
    /// Events since all were last woken to say how far they have come.
    since_told: usize,
    /// The number of the next who follows.
    next: u64,
    boxes: HashMap<u64, Arc<Box>>,
    /// Those that follow certain streams, by stream.
    of_streams: HashMap<StreamId, Vec<u64>>,
    /// Those that follow all streams.
    of_all: Vec<u64>,
}

/// A box, and whose it is.
struct Box {
    wanted: Wanted,
    content: Mutex<Content>,
    woken: Notify,
}

#[derive(Default)]
struct Content {
    events: Vec<Arc<Passed>>,
    given_up: bool,
}

/// A place among those who follow live; given up when it is dropped.
pub(crate) struct Place<'a> {
    hub: &'a Hub,
    number: u64,
    own: Arc<Box>,
    /// Everything after this comes into the box.
    pub(crate) after: Position,
}

/// What a box held.
pub(crate) enum Taken {
    /// These, in order; none where it was only time to say how far the log has come.
    Events(Vec<Arc<Passed>>),
    /// More than it holds: the log has to be read.
    GivenUp,
}

impl Place<'_> {
    /// Waits until there is something to take.
    pub(crate) async fn woken(&self) {
        self.own.woken.notified().await;
    }

    /// Takes what is in the box.
    pub(crate) fn take(&self) -> Taken {
        let mut content = self.own.content();
        if content.given_up { Taken::GivenUp } else { Taken::Events(std::mem::take(&mut content.events)) }
    }

    /// How far the log was read, if nothing of that is in the box still.
    pub(crate) fn through(&self) -> Option<Position> {
        let state = self.hub.state();
        let content = self.own.content();
        (content.events.is_empty() && !content.given_up).then_some(state.through)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        let number = self.number;
        state.boxes.remove(&number);
        state.of_all.retain(|other| *other != number);
        for stream in self.own.wanted.only_streams().into_iter().flatten() {
            if let Some(numbers) = state.of_streams.get_mut(stream) {
                numbers.retain(|other| *other != number);
                if numbers.is_empty() {
                    state.of_streams.remove(stream);
                }
            }
        }
    }
}

impl Box {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, event: &Arc<Passed>) {
        let mut content = self.content();
        if content.events.len() < BOX_EVENTS_MAX {
            content.events.push(Arc::clone(event));
        } else {
            *content = Content { events: Vec::new(), given_up: true };
        }
        drop(content);
        self.woken.notify_one();
    }

    fn give_up(&self) {
        *self.content() = Content { events: Vec::new(), given_up: true };
        self.woken.notify_one();
    }
}

impl Hub {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts events, which follow those before, into the boxes of those who want them.
    fn deliver(&self, events: Vec<Passed>) {
        let mut state = self.state();
        let Some(last) = events.last().map(Passed::position) else { return };
        for event in events.into_iter().map(Arc::new) {
            let of_stream = state.of_streams.get(&event.stored().stream).map_or(&[][..], Vec::as_slice);
            for number in of_stream.iter().chain(&state.of_all) {
                if let Some(own) = state.boxes.get(number).filter(|own| own.wanted.matches(event.stored())) {
                    own.put(&event);
                }
            }
            state.since_told += 1;
        }
        state.through = last;
        if CHECKPOINT_EVENTS <= state.since_told {
            state.since_told = 0;
            state.boxes.values().for_each(|own| own.woken.notify_one());
        }
    }

    /// Ends where the log cannot be read on: each finds out why by reading it.
    fn fail(&self) {
        let mut state = self.state();
        state.running = false;
        state.boxes.values().for_each(|own| own.give_up());
    }

    /// Whether the task ends, for nobody follows any more.
    fn rest(&self) -> bool {
        let mut state = self.state();
        state.running = !state.boxes.is_empty();
        !state.running
    }
}

impl Tracker {
    /// A place among those who follow live, and the task that they need, if it does not run.
    pub(crate) fn follow_live(self: &Arc<Self>, wanted: &Wanted) -> Place<'_> {
        let mut state = self.hub.state();
        if !state.running {
            let mut head = self.log.head();
            state.through = *head.borrow_and_update();
            state.running = true;
            let tracker = Arc::clone(self);
            tokio::spawn(async move { tracker.deliver(head).await });
        }
        let number = state.next;
        state.next += 1;
        let own = Box { wanted: wanted.clone(), content: Mutex::default(), woken: Notify::new() };
        let own = Arc::new(own);
        match wanted.only_streams() {
            Some(streams) => {
                for stream in streams {
                    state.of_streams.entry(stream.clone()).or_default().push(number);
                }
            }
            None => state.of_all.push(number),
        }
        state.boxes.insert(number, Arc::clone(&own));
        Place { hub: &self.hub, number, own, after: state.through }
    }

    /// Delivers as the head moves, until the tracker stops, nobody follows, or the log cannot be read on.
    async fn deliver(&self, mut head: watch::Receiver<Position>) {
        let mut stopping = self.stopping();
        let mut through = self.hub.state().through;
        loop {
            let moved = tokio::select! {
                biased;
                () = stopped(&mut stopping) => false,
                changed = head.changed() => changed.is_ok(),
            };
            if !moved || self.hub.rest() {
                return;
            }
            let seen = *head.borrow_and_update();
            while through < seen {
                let read = self.log.read(&Selection::All, From::After(through), BATCH_MAX).await;
                let Some(last) = read.as_ref().ok().and_then(|events| events.last()) else {
                    return self.hub.fail();
                };
                through = last.position;
                // Those that wait in a box do not hold the memory of all that were read with them.
                let events = read.into_iter().flatten();
                self.hub.deliver(events.map(|event| Passed::new(event.detached())).collect());
            }
        }
    }
}
