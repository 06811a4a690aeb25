//! The histories of streams, read from the log and kept decoded for the next question.
//!
//! Events never change, so what was read once stays right. What is recorded later is added as the directory takes it in: a question about
//! a stream that is kept reads nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use docket_domain::event::Recorded;
use docket_domain::{Position, Revision, StreamId};
use docket_log::{EventLog, From, LogError, READ_EVENTS_MAX, Selection};

use super::error::TrackerError;
use super::stored;

/// Most streams that are kept decoded; another one takes the place of the one asked for longest ago.
pub const STREAMS_KEPT_MAX: usize = 512;
/// Most events of a stream that is kept decoded; longer ones are read anew each time.
pub const EVENTS_KEPT_MAX: usize = 20_000;

/// What is kept.
#[derive(Default)]
pub(crate) struct Histories {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    streams: BTreeMap<StreamId, Entry>,
    /// Grows with everything that is done, so that one can say what was first.
    count: u64,
}

struct Entry {
    /// The count when it was put here.
    put: u64,
    /// The count when it was last asked for.
    asked: u64,
    /// Every event of the stream up to here is in `events`.
    through: Position,
    events: Arc<Vec<Recorded>>,
}

/// A moment, for saying which streams were kept at it.
#[derive(Clone, Copy)]
pub(crate) struct Mark(u64);

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
        let (through, mut events) = self.ask(stream);
        if through < known {
            let newer = read_on(log, stream, through, known).await?;
            Arc::make_mut(&mut events).extend(newer);
            self.put(stream, known, Arc::clone(&events));
        }
        let len = events.partition_point(|event| event.position <= known);
        Ok(History { events, len })
    }

    /// This moment.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.kept().next())
    }

    /// Whether the stream is kept now and was at the mark.
    pub(crate) fn keeps(&self, stream: &StreamId, mark: Mark) -> bool {
        self.kept().streams.get(stream).is_some_and(|entry| entry.put < mark.0)
    }

    /// Takes in all events of the log after one position and up to another that are of streams that were kept at the mark.
    pub(crate) fn take_in(
        &self,
        mark: Mark,
        after: Position,
        through: Position,
        events: Vec<(StreamId, Recorded)>,
    ) {
        let mut kept = self.kept();
        for (stream, recorded) in events {
            let Some(entry) = kept.streams.get_mut(&stream).filter(|entry| entry.put < mark.0) else {
                continue;
            };
            let next = entry.events.last().map_or(Revision::NONE, |last| last.revision).next();
            // What was read beyond the position before is there already.
            if recorded.revision == next && after <= entry.through {
                Arc::make_mut(&mut entry.events).push(recorded);
            }
        }
        for entry in kept.streams.values_mut() {
            if entry.put < mark.0 && after <= entry.through {
                entry.through = entry.through.max(through);
            }
        }
        kept.streams.retain(|_, entry| entry.events.len() <= EVENTS_KEPT_MAX);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, stream: &StreamId) -> (Position, Arc<Vec<Recorded>>) {
        let mut kept = self.kept();
        let asked = kept.next();
        kept.streams.get_mut(stream).map_or((Position::START, Arc::default()), |entry| {
            entry.asked = asked;
            (entry.through, Arc::clone(&entry.events))
        })
    }

    fn put(&self, stream: &StreamId, through: Position, events: Arc<Vec<Recorded>>) {
        if EVENTS_KEPT_MAX < events.len() {
            return;
        }
        let mut kept = self.kept();
        let now = kept.next();
        kept.streams.insert(stream.clone(), Entry { put: now, asked: now, through, events });
        kept.make_room();
    }
}

impl Kept {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn make_room(&mut self) {
        while STREAMS_KEPT_MAX < self.streams.len() {
            let longest_ago = self.streams.iter().min_by_key(|(_, entry)| entry.asked);
            match longest_ago.map(|(stream, _)| stream.clone()) {
                Some(stream) => self.streams.remove(&stream),
                None => return,
            };
        }
    }
}

/// The events of a stream after one position, at least up to another.
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
        for event in read.iter().filter(|event| event.position <= known) {
            events.push(stored::recorded(event)?);
        }
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::EventId;
    use docket_domain::date::PartialDate;
    use docket_domain::event::Fact;
    use docket_log::MemoryLog;
    use jiff::Timestamp;

    fn recorded(position: u64, revision: u64) -> Recorded {
        Recorded {
            position: Position(position),
            revision: Revision(revision),
            recorded_at: Timestamp::UNIX_EPOCH,
            id: EventId([0; 16]),
            happened_on: PartialDate::Unknown,
            fact: Fact::Voided { event: EventId([1; 16]) },
        }
    }

    fn stream() -> StreamId {
        "authority/barnet".parse().unwrap()
    }

    async fn positions(histories: &Histories, known: u64) -> Vec<u64> {
        // The log is empty: what is there was kept.
        let history = histories.read(&MemoryLog::new(), &stream(), Position(known)).await.unwrap();
        history.events().iter().map(|event| event.position.0).collect()
    }

    #[tokio::test]
    async fn a_stream_that_is_kept_is_read_no_more() {
        let histories = Histories::default();
        histories.put(&stream(), Position(5), Arc::new(vec![recorded(2, 1), recorded(5, 2)]));
        let mark = histories.mark();
        assert!(histories.keeps(&stream(), mark));
        histories.take_in(mark, Position(5), Position(9), vec![(stream(), recorded(7, 3))]);
        assert_eq!(positions(&histories, 9).await, [2, 5, 7]);
        assert_eq!(positions(&histories, 6).await, [2, 5]);
        assert_eq!(positions(&histories, 1).await, [0; 0]);
    }

    #[tokio::test]
    async fn what_was_read_beyond_what_is_taken_in_is_not_taken_in_twice() {
        let histories = Histories::default();
        histories.put(&stream(), Position(7), Arc::new(vec![recorded(2, 1), recorded(7, 2)]));
        let mark = histories.mark();
        let events = vec![(stream(), recorded(7, 2)), (stream(), recorded(8, 3))];
        histories.take_in(mark, Position(5), Position(9), events);
        assert_eq!(positions(&histories, 9).await, [2, 7, 8]);
    }

    #[test]
    fn a_stream_that_was_put_here_after_the_mark_is_not_taken_for_complete() {
        let histories = Histories::default();
        let mark = histories.mark();
        histories.put(&stream(), Position(5), Arc::new(vec![recorded(2, 1)]));
        assert!(!histories.keeps(&stream(), mark));
        histories.take_in(mark, Position(5), Position(9), Vec::new());
        assert_eq!(histories.ask(&stream()).0, Position(5));
    }

    #[test]
    fn the_stream_asked_for_longest_ago_makes_room() {
        let histories = Histories::default();
        let stream = |number: usize| format!("authority/a{number}").parse::<StreamId>().unwrap();
        for number in 0..STREAMS_KEPT_MAX {
            histories.put(&stream(number), Position(5), Arc::default());
        }
        histories.ask(&stream(0));
        histories.put(&stream(STREAMS_KEPT_MAX), Position(5), Arc::default());
        assert_eq!(histories.ask(&stream(0)).0, Position(5));
        assert_eq!(histories.ask(&stream(1)).0, Position::START);
    }
}
