//! The histories of streams, read from the log and kept decoded for the next question.
//!
//! Events never change, so what was read once stays right. What is recorded later is added as the directory takes it in: a question about a
//! stream that is kept reads nothing, and needs no other thread (docs/decisions/0009-kept-histories.md).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use docket_domain::event::Recorded;
use docket_domain::{EventId, Position, Revision, StreamId};
use docket_log::{EventLog, From, LogError, READ_EVENTS_MAX, Selection, StoredEvent};

use super::error::TrackerError;
use super::room::Room;
use super::stored;

/// Most bytes of events that are kept decoded.
const BYTES_KEPT_MAX: usize = 48 << 20;
/// About how many bytes a stream that is kept takes beside its events.
const STREAM_BYTES: usize = 256;

/// What is kept.
pub(crate) struct Histories(Mutex<Kept>);

struct Kept {
    streams: Room<StreamId, Entry>,
    /// All events of the log after the first of these positions and up to the second were taken in.
    taken_in: (Position, Position),
    /// Events that were recorded here and are to be taken in yet: they need not be decoded for that.
    given: BTreeMap<Position, Recorded>,
}

#[derive(Clone)]
struct Entry {
    /// Every event of the stream up to here was in `events` when it was put here.
    through: Position,
    /// Whether nothing beyond that had been taken in by then: from there on it gets what is taken in.
    follows: bool,
    events: Arc<Vec<Recorded>>,
    /// Bytes that the events hold, beside their own size.
    heap: usize,
}

impl Default for Histories {
    fn default() -> Self {
        Self::of(BYTES_KEPT_MAX)
    }
}

impl Entry {
    /// Every event of the stream up to here is in `events`.
    fn through(&self, taken_in: (Position, Position)) -> Position {
        if self.gets(taken_in) { self.through.max(taken_in.1) } else { self.through }
    }

    /// Whether it got all that was taken in since it was put here.
    fn gets(&self, (after, _): (Position, Position)) -> bool {
        self.follows && after <= self.through
    }

    /// Whether an event that is taken in is to be added. What was read beyond the position before is there already, and so is what a try
    /// before this one took in.
    fn lacks(&self, position: Position, taken_in: (Position, Position)) -> bool {
        let last = self.events.last().map_or(Position::START, |last| last.position);
        self.gets(taken_in) && last.max(self.through(taken_in)) < position
    }

    fn push(&mut self, event: Recorded) {
        self.heap += event.heap_bytes();
        let events = Arc::make_mut(&mut self.events);
        if events.len() == events.capacity() {
            // Few histories grow often: room for twice as many would mostly stay empty.
            events.reserve_exact(events.len() / 4 + 1);
        }
        events.push(event);
    }

    fn bytes(&self) -> usize {
        STREAM_BYTES + self.events.capacity() * size_of::<Recorded>() + self.heap
    }
}

/// The events of a stream up to a position.
#[derive(Clone)]
pub(crate) struct History {
    events: Arc<Vec<Recorded>>,
    len: usize,
}

impl AsRef<[Recorded]> for History {
    /// The events, in order of position.
    fn as_ref(&self) -> &[Recorded] {
        self.events.get(..self.len).unwrap_or(&self.events)
    }
}

impl History {
    /// The last revision.
    pub(crate) fn revision(&self) -> Revision {
        self.as_ref().last().map_or(Revision::NONE, |last| last.revision)
    }

    /// The same but for these.
    pub(crate) fn without(&self, ids: &[EventId]) -> Self {
        let others = self.as_ref().iter().filter(|event| !ids.contains(&event.id));
        let events: Vec<Recorded> = others.cloned().collect();
        Self { len: events.len(), events: Arc::new(events) }
    }

    /// The same, and then these.
    pub(crate) fn with(&self, more: &[Recorded]) -> Self {
        let events: Vec<Recorded> = self.as_ref().iter().chain(more).cloned().collect();
        Self { len: events.len(), events: Arc::new(events) }
    }
}

impl Histories {
    /// Room for so many bytes.
    fn of(bytes_max: usize) -> Self {
        let taken_in = (Position::START, Position::START);
        Self(Mutex::new(Kept { streams: Room::new(bytes_max), taken_in, given: BTreeMap::new() }))
    }

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
            // A try that failed may have taken in more than it says.
            let through = events.last().map_or(through, |last| last.position.max(through));
            let newer = read_on(log, stream, through, known).await?;
            if !newer.is_empty() {
                Arc::make_mut(&mut events).extend(newer);
            }
            self.put(stream, known, Arc::clone(&events));
        }
        let len = events.partition_point(|event| event.position <= known);
        Ok(History { events, len })
    }

    /// Takes in all events of the log after a position, up to the last of these: streams that were complete up to there stay complete.
    ///
    /// # Errors
    /// [`TrackerError::NotUnderstood`]; then nothing is kept of the streams concerned.
    pub(crate) fn take_in(&self, after: Position, events: &[StoredEvent]) -> Result<(), TrackerError> {
        let Some(last) = events.last() else { return Ok(()) };
        let mut kept = self.kept();
        if kept.taken_in.1 < after {
            // Between the two nothing was taken in: streams that end there are read on when they are asked for.
            kept.taken_in = (after, after);
        }
        let taken_in = kept.taken_in;
        for event in events {
            let given = kept.given.remove(&event.position);
            let entry = kept.streams.get(&event.stream);
            if !entry.is_some_and(|entry| entry.lacks(event.position, taken_in)) {
                continue;
            }
            debug_assert!(
                given.as_ref().is_none_or(|given| Some(given) == stored::recorded(event).ok().as_ref())
            );
            match given.map_or_else(|| stored::recorded(event), Ok) {
                Ok(recorded) => kept.streams.change(&event.stream, |entry| {
                    entry.push(recorded);
                    entry.bytes()
                }),
                Err(error) => {
                    kept.streams.remove(&event.stream);
                    return Err(error);
                }
            }
        }
        kept.taken_in.1 = kept.taken_in.1.max(last.position);
        kept.given = kept.given.split_off(&last.position.next());
        Ok(())
    }

    /// Gives events as they were recorded, which spares decoding them where they are still to be taken in.
    pub(crate) fn give(&self, events: impl Iterator<Item = Recorded>) {
        let mut kept = self.kept();
        let (_, taken_in) = kept.taken_in;
        let to_come = events.filter(|event| taken_in < event.position);
        kept.given.extend(to_come.map(|event| (event.position, event)));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, stream: &StreamId) -> (Position, Arc<Vec<Recorded>>) {
        let mut kept = self.kept();
        let taken_in = kept.taken_in;
        kept.streams.ask(stream).map_or((Position::START, Arc::default()), |entry| {
            (entry.through(taken_in), Arc::clone(&entry.events))
        })
    }

    /// Keeps what was read of a stream, unless more of it is kept by now.
    fn put(&self, stream: &StreamId, through: Position, events: Arc<Vec<Recorded>>) {
        let heap = events.iter().map(Recorded::heap_bytes).sum();
        let mut kept = self.kept();
        let taken_in = kept.taken_in;
        if kept.streams.get(stream).is_some_and(|entry| through < entry.through(taken_in)) {
            return;
        }
        let entry = Entry { through, follows: taken_in.1 <= through, events, heap };
        let bytes = entry.bytes();
        kept.streams.put(stream, entry, bytes);
    }
}

/// The events of a stream after one position and up to another.
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
    use docket_api::examples;
    use docket_domain::EventId;
    use docket_log::{Append, MemoryLog, NewEvent};

    fn stream(number: usize) -> StreamId {
        format!("authority/a{number}").parse().unwrap()
    }

    /// A log with so many events, by turns in two streams.
    async fn log(events: u8) -> MemoryLog {
        let log = MemoryLog::new();
        for number in 0..events {
            let kind = 34;
            let stream = stream(usize::from(number % 2));
            let body = examples::example(kind).unwrap();
            let body = docket_api::pb::Event { stream: stream.to_string(), ..body };
            let event = NewEvent {
                id: EventId([number; 16]),
                stream,
                kind,
                body: prost::Message::encode_to_vec(&body),
                meta: Vec::new(),
            };
            log.append(Append { events: vec![event], expected: Vec::new(), now_micros: 0 }).await.unwrap();
        }
        log
    }

    async fn all(log: &MemoryLog, after: u64) -> Vec<StoredEvent> {
        log.read(&Selection::All, From::After(Position(after)), READ_EVENTS_MAX).await.unwrap()
    }

    async fn positions(histories: &Histories, log: &MemoryLog, known: u64) -> Vec<u64> {
        let history = histories.read(log, &stream(0), Position(known)).await.unwrap();
        history.as_ref().iter().map(|event| event.position.0).collect()
    }

    #[tokio::test]
    async fn a_stream_that_is_kept_is_read_no_more() {
        let (histories, log) = (Histories::default(), log(9).await);
        assert_eq!(positions(&histories, &log, 5).await, [1, 3, 5]);
        histories.take_in(Position(5), &all(&log, 5).await).unwrap();
        let empty = MemoryLog::new();
        assert_eq!(positions(&histories, &empty, 9).await, [1, 3, 5, 7, 9]);
        assert_eq!(positions(&histories, &empty, 4).await, [1, 3]);
        assert_eq!(positions(&histories, &empty, 0).await, [0; 0]);
    }

    #[tokio::test]
    async fn what_was_read_beyond_what_is_taken_in_is_not_taken_in_twice() {
        let (histories, log) = (Histories::default(), log(9).await);
        assert_eq!(positions(&histories, &log, 7).await, [1, 3, 5, 7]);
        histories.take_in(Position(4), &all(&log, 4).await).unwrap();
        assert_eq!(positions(&histories, &log, 9).await, [1, 3, 5, 7, 9]);
    }

    #[tokio::test]
    async fn a_stream_with_a_gap_before_what_is_taken_in_is_read_on() {
        let (histories, log) = (Histories::default(), log(9).await);
        assert_eq!(positions(&histories, &log, 3).await, [1, 3]);
        histories.take_in(Position(6), &all(&log, 6).await).unwrap();
        assert_eq!(positions(&histories, &log, 9).await, [1, 3, 5, 7, 9]);
    }

    #[tokio::test]
    async fn whatever_is_read_and_taken_in_in_whatever_order_a_history_is_whole() {
        const EVENTS: u64 = 6;
        let log = log(6).await;
        // Each step: 0 takes in the next event, 1 the next two, 2 passes over one, the others read up to a position.
        let steps = 3 + EVENTS;
        for sequence in 0..steps.pow(5) {
            // Every other one has room for some of the events only.
            let room = if sequence % 2 == 0 {
                BYTES_KEPT_MAX
            } else {
                STREAM_BYTES + 2 * size_of::<Recorded>() + 99
            };
            let (histories, mut cursor) = (Histories::of(room), 0);
            for place in 0..5 {
                match sequence / steps.pow(place) % steps {
                    2 => cursor += 1,
                    count @ 0..2 => {
                        let events = all(&log, cursor).await;
                        let next = events.get(..=usize::try_from(count).unwrap()).unwrap_or(&events);
                        histories.take_in(Position(cursor), next).unwrap();
                        cursor = next.last().map_or(cursor, |last| last.position.0);
                    }
                    read => {
                        let known = read - 2;
                        let expected: Vec<u64> = (1..=known).step_by(2).collect();
                        assert_eq!(positions(&histories, &log, known).await, expected, "sequence {sequence}");
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn an_older_answer_does_not_take_the_place_of_a_newer() {
        let (histories, log) = (Histories::default(), log(9).await);
        let (through, older) = histories.ask(&stream(0));
        assert_eq!(positions(&histories, &log, 9).await.len(), 5);
        histories.put(&stream(0), through, older);
        assert_eq!(histories.ask(&stream(0)).0, Position(9));
    }

    #[tokio::test]
    async fn what_is_kept_has_room_and_what_is_not_kept_is_read() {
        let log = log(200).await;
        let room = 2 * STREAM_BYTES + 120 * size_of::<Recorded>();
        let histories = Histories::of(room);
        for known in (0..200).chain((0..200).rev()) {
            let expected: Vec<u64> = (1..=known).step_by(2).collect();
            assert_eq!(positions(&histories, &log, known).await, expected);
            histories.read(&log, &stream(1), Position(known)).await.unwrap();
            let kept = histories.kept();
            let (bytes, entries) = kept.streams.all();
            assert!(bytes <= room);
            assert_eq!(bytes, entries.map(Entry::bytes).sum::<usize>());
        }
    }
}
