//! Reads events back, and compares each with what the chunk, the frame and the index say of it.

use std::sync::Arc;

use docket_domain::{EventId, Position, Revision, StreamId};

use crate::chunk::{Chunk, HEADER_LEN};
use crate::event_log::{From, LogError, READ_BYTES_MAX, READ_EVENTS_MAX, Selection};
use crate::index::Index;
use crate::point::{decode_at, read_frame, read_one};
use crate::scan::{Damage, Walk, walk};
use crate::store::{Fault, Store};
use crate::stored::StoredEvent;
use crate::window::{Found, Window};

/// Events on their way to the caller.
pub(crate) struct Gathered {
    pub(crate) events: Vec<StoredEvent>,
    bytes: usize,
    limit: usize,
}

impl Gathered {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.min(READ_EVENTS_MAX);
        Self { events: Vec::with_capacity(limit.min(1_024)), bytes: 0, limit }
    }

    pub(crate) fn full(&self) -> bool {
        self.events.len() >= self.limit || self.bytes >= READ_BYTES_MAX
    }

    /// How many more events there is room for.
    pub(crate) fn room(&self) -> usize {
        self.limit.saturating_sub(self.events.len())
    }

    pub(crate) fn push(&mut self, event: StoredEvent) {
        self.bytes += event.stored().len();
        self.events.push(event);
    }

    /// What was gathered before the damage; the damage only where it is nothing.
    pub(crate) fn or_damage(self, damage: LogError) -> Result<Vec<StoredEvent>, Fault> {
        if self.events.is_empty() { Err(Fault::Log(damage)) } else { Ok(self.events) }
    }
}

impl Store {
    /// What [`crate::EventLog::read`] answers.
    pub(crate) fn read(
        &self,
        selection: &Selection,
        from: From,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError> {
        let head = self.durable();
        self.indexed(|index| {
            let gathered = Gathered::new(limit);
            if gathered.full() {
                return Ok(Vec::new());
            }
            match (selection, from) {
                (Selection::All, From::After(after)) => {
                    self.all_forward(index, after.min(head), head, gathered)
                }
                (Selection::All, From::Before(before)) => {
                    self.all_back(index, before.min(head.next()), gathered)
                }
                (Selection::All, From::End) => self.all_back(index, head.next(), gathered),
                (Selection::Kinds(kinds), From::After(after)) => {
                    self.kinds_forward(index, kinds, after.min(head), head, gathered)
                }
                (Selection::Kinds(kinds), From::Before(before)) => {
                    self.kinds_back(index, kinds, before.min(head.next()), gathered)
                }
                (Selection::Kinds(kinds), From::End) => self.kinds_back(index, kinds, head.next(), gathered),
                (Selection::Stream(stream), From::After(after)) => {
                    self.stream_forward(index, stream, after.min(head), head, gathered)
                }
                (Selection::Stream(stream), From::Before(before)) => {
                    self.stream_back(index, stream, before.min(head.next()), gathered)
                }
                (Selection::Stream(stream), From::End) => {
                    self.stream_back(index, stream, head.next(), gathered)
                }
            }
        })
    }

    /// What [`crate::EventLog::find`] answers.
    pub(crate) fn find(&self, id: EventId) -> Result<Option<Position>, LogError> {
        let head = self.durable();
        Ok(self.recorded(id)?.map(|event| event.position).filter(|position| *position <= head))
    }

    /// The event of this id.
    pub(crate) fn recorded(&self, id: EventId) -> Result<Option<StoredEvent>, LogError> {
        self.indexed(|index| {
            for position in index.id(id)? {
                let event = self.event_at(index, position)?;
                if event.id == id {
                    return Ok(Some(event));
                }
            }
            Ok(None)
        })
    }

    /// The event at this position, which is not past the head.
    pub(crate) fn event_at(&self, index: &Index, position: Position) -> Result<StoredEvent, Fault> {
        let (chunk, offset) = self.place(index, position)?;
        read_one(&chunk, offset, position)?.map_err(|what| self.suspect(&chunk, offset, position, what))
    }

    /// An event at this position, which the index says is this one of the stream.
    pub(crate) fn stream_event(
        &self,
        index: &Index,
        stream: &StreamId,
        revision: Revision,
        position: Position,
    ) -> Result<StoredEvent, Fault> {
        let event = self.event_at(index, position)?;
        if event.stream != *stream || event.revision != revision {
            return Err(Fault::Index(format!("it says that {stream} {revision} is at position {position}")));
        }
        Ok(event)
    }

    /// The chunk that holds this position, and the offset of its frame.
    pub(crate) fn place(&self, index: &Index, position: Position) -> Result<(Arc<Chunk>, u64), Fault> {
        let place = index.place(position)?;
        let place = place.and_then(|(first, offset)| Some((self.chunk(first)?, offset)));
        place.ok_or_else(|| {
            let known = self.damage_from(position).filter(|damage| damage.holds(position));
            known.map_or_else(
                || Fault::Index(format!("it does not say where position {position} is")),
                |damage| Fault::Log(damage.into()),
            )
        })
    }

    /// Bytes are not what the index says. Walks over the chunk to learn which of the two is wrong.
    pub(crate) fn suspect(&self, chunk: &Arc<Chunk>, offset: u64, position: Position, what: String) -> Fault {
        let last = self.chunk_after(chunk.first).map_or_else(|| self.durable(), |next| Position(next.0 - 1));
        let mut found = None;
        let walked = walk(chunk, Walk::whole(chunk, Some(last)), &mut |step| {
            if step.head.first <= position && position <= step.head.last() {
                found = Some((step.offset, step.head));
            }
            Ok(())
        });
        let damage = match (walked, found) {
            (Err(error), _) => return Fault::Log(error),
            (Ok(_), Some((elsewhere, _))) if elsewhere != offset => {
                return Fault::Index(format!("it says that position {position} is at offset {offset}"));
            }
            // The frame's checksums match, and yet the event in it cannot be understood.
            (Ok(_), Some((_, head))) => {
                Damage { chunk: chunk.name.clone(), offset, first: head.first, last: head.last(), what }
            }
            (Ok(scanned), None) => {
                let known = scanned.damage.into_iter().find(|damage| damage.holds(position));
                let (first, last) = known.map_or((position, position), |known| (known.first, known.last));
                Damage { chunk: chunk.name.clone(), offset, first, last, what }
            }
        };
        Fault::Log(damage.into())
    }

    fn all_forward(
        &self,
        index: &Index,
        after: Position,
        head: Position,
        mut gathered: Gathered,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let mut next = after.next();
        let mut at: Option<(Window, u64)> = None;
        while next <= head && !gathered.full() {
            let (window, offset) = match &mut at {
                Some(at) => (&mut at.0, &mut at.1),
                None => match self.place(index, next) {
                    Ok((chunk, offset)) => {
                        let at = at.insert((Window::new(chunk), offset));
                        (&mut at.0, &mut at.1)
                    }
                    Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                    Err(fault) => return Err(fault),
                },
            };
            let found = match window.look(*offset)? {
                Found::Frame(found) if found.first <= next && next <= found.last() => found,
                _ => {
                    // The end of this chunk, or damage: the index knows.
                    let (chunk, begin) = (window.chunk().first, *offset);
                    at = None;
                    match self.step_over(index, next, chunk, begin) {
                        Ok(()) => continue,
                        Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                        Err(fault) => return Err(fault),
                    }
                }
            };
            let begin = *offset;
            *offset += u64::from(found.length);
            let chunk = Arc::clone(window.chunk());
            let (bytes, events) = window.frame(begin, &found)?;
            for (event, position) in events.iter().zip(found.first.0..) {
                if position < next.0 || gathered.full() {
                    continue;
                }
                let at_hand = gathered.events.last().map(|event| &event.stream);
                match decode_at(bytes.slice(event.clone()), Position(position), at_hand) {
                    Ok(event) => gathered.push(event),
                    Err(what) => {
                        let damage = Damage {
                            chunk: chunk.name.clone(),
                            offset: begin,
                            first: found.first,
                            last: found.last(),
                            what,
                        };
                        return gathered.or_damage(damage.into());
                    }
                }
                next = Position(position + 1);
            }
        }
        Ok(gathered.events)
    }

    /// Whether reading can go on at `next`, which is not at this offset of this chunk although the frames before led there.
    fn step_over(&self, index: &Index, next: Position, chunk: Position, offset: u64) -> Result<(), Fault> {
        let (there, place) = self.place(index, next)?;
        if (there.first, place) == (chunk, offset) || place < HEADER_LEN {
            return Err(self.suspect(
                &there,
                place,
                next,
                "no frame with its checksums begins here".to_owned(),
            ));
        }
        Ok(())
    }

    pub(crate) fn all_back(
        &self,
        index: &Index,
        before: Position,
        mut gathered: Gathered,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let mut before = before;
        while before.0 > 1 && !gathered.full() {
            let last = Position(before.0 - 1);
            let (chunk, offset) = match self.place(index, last) {
                Ok(place) => place,
                Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                Err(fault) => return Err(fault),
            };
            let read = read_frame(&chunk, offset)?.and_then(|events| {
                let holds = events.iter().any(|event| event.position == last);
                if holds { Ok(events) } else { Err(format!("the frame does not hold position {last}")) }
            });
            let events = match read {
                Ok(events) => events,
                Err(what) => match self.suspect(&chunk, offset, last, what) {
                    Fault::Log(damage) => return gathered.or_damage(damage),
                    fault @ Fault::Index(_) => return Err(fault),
                },
            };
            let first = events.first().map_or(last, |event| event.position);
            for event in events.into_iter().rev().filter(|event| event.position < before) {
                if !gathered.full() {
                    gathered.push(event);
                }
            }
            before = first;
        }
        Ok(gathered.events)
    }
}
