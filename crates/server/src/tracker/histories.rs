//! The histories of streams, read from the log and kept decoded for the next question.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use docket_domain::event::Recorded;
use docket_domain::{Position, StreamId};
use docket_log::{EventLog, From, LogError, READ_EVENTS_MAX, Selection};

use super::error::TrackerError;
use super::stored;

/// Most streams that are kept decoded; another one takes the place of the one asked for longest ago.
pub const STREAMS_KEPT_MAX: usize = 512;
/// Most events of a stream that is kept decoded; longer ones are read anew each time.
pub const EVENTS_KEPT_MAX: usize = 20_000;

/// What was read of streams so far. Events never change, so what was read once stays right; only new ones are read on.
#[derive(Default)]
pub(crate) struct Histories {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    streams: BTreeMap<StreamId, (u64, Arc<Vec<Recorded>>)>,
    asked: u64,
}

/// The events of a stream up to a position.
#[derive(Clone)]
pub(crate) struct History {
    events: Arc<Vec<Recorded>>,
    len: usize,
}

impl History {
    /// The events, in order of position.
    pub(crate) fn events(&self) -> &[Recorded] {
        self.events.get(..self.len).unwrap_or(&self.events)
    }
}

impl Histories {
    /// The events of a stream up to a position that is not past the head.
    ///
    /// # Errors
    /// Those of reading the log.
    pub(crate) async fn read(
        &self,
        log: &dyn EventLog,
        stream: &StreamId,
        known: Position,
    ) -> Result<History, TrackerError> {
        let before = self.kept(stream);
        let after = before.last().map_or(Position::START, |last| last.position);
        let events = if after < known {
            let newer = read_on(log, stream, after, known).await?;
            self.keep(stream, before, newer)
        } else {
            before
        };
        let len = events.partition_point(|event| event.position <= known);
        Ok(History { events, len })
    }

    fn kept(&self, stream: &StreamId) -> Arc<Vec<Recorded>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let asked = kept.asked;
        kept.streams.get_mut(stream).map_or_else(Arc::default, |(last_asked, events)| {
            *last_asked = asked;
            Arc::clone(events)
        })
    }

    fn keep(
        &self,
        stream: &StreamId,
        before: Arc<Vec<Recorded>>,
        newer: Vec<Recorded>,
    ) -> Arc<Vec<Recorded>> {
        if newer.is_empty() {
            return before;
        }
        let mut events = Vec::with_capacity(before.len() + newer.len());
        events.extend(before.iter().cloned());
        events.extend(newer);
        let events = Arc::new(events);
        if events.len() <= EVENTS_KEPT_MAX {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = kept.asked;
            kept.streams.insert(stream.clone(), (asked, Arc::clone(&events)));
            kept.make_room();
        }
        events
    }
}

impl Kept {
    fn make_room(&mut self) {
        while STREAMS_KEPT_MAX < self.streams.len() {
            let longest_ago =
                self.streams.iter().min_by_key(|(_, (asked, _))| *asked).map(|(stream, _)| stream.clone());
            match longest_ago {
                Some(stream) => self.streams.remove(&stream),
                None => return,
            };
        }
    }
}

async fn read_on(
    log: &dyn EventLog,
    stream: &StreamId,
    mut after: Position,
    known: Position,
) -> Result<Vec<Recorded>, TrackerError> {
    let selection = Selection::Stream(stream.clone());
    let mut events = Vec::new();
    while after < known {
        let read = match log.read(&selection, From::After(after), READ_EVENTS_MAX).await {
            // The log does not tell the end of a stream where later events are damaged; up to here it did.
            Err(LogError::Damaged { first, .. }) if known < first => break,
            read => read.map_err(|error| TrackerError::from_log("reading a history", error))?,
        };
        let Some(last) = read.last() else {
            break;
        };
        after = last.position;
        for event in &read {
            events.push(stored::recorded(event)?);
        }
    }
    Ok(events)
}
