//! Who there is, which days are worked, which inspections are suspended, and the policy: what every question and every decision needs beside one history.
//!
//! A projection in memory of the events of the register, of the calendar, of the regulator and of the policy. It is brought up to the head before each use, and it can
//! answer as known at any earlier position.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use docket_api::kinds;
use docket_domain::date::Date;
use docket_domain::event::Recorded;
use docket_domain::id::AuthorityId;
use docket_domain::national::National;
use docket_domain::register::{self, Entry, Found, Register};
use docket_domain::{Position, StreamId};
use docket_log::{EventLog, From, LogError, READ_EVENTS_MAX, Selection, StoredEvent};
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::AUTHORITY;
use super::error::TrackerError;
use super::histories::Histories;
use super::stored;

/// The register and the national facts, as known at a position.
#[derive(Debug)]
pub(crate) struct Reference {
    /// Who there is.
    pub(crate) register: Register,
    /// Which days are worked, which inspections are suspended, and the policy.
    pub(crate) national: National,
    /// Of the last of their events.
    pub(crate) national_position: Position,
}

/// The projection.
pub(crate) struct Directory {
    seen: RwLock<Seen>,
    /// Held by whoever reads on, so that no event is taken in twice.
    reading: Mutex<()>,
    /// Histories that were asked for.
    pub(crate) histories: Histories,
}

struct Seen {
    /// Everything up to here was taken in.
    cursor: Position,
    /// When the event at the cursor was recorded.
    recorded_at: Timestamp,
    /// Those of the register, by position.
    register: Vec<(AuthorityId, Recorded)>,
    /// Those that hold for everybody, by position.
    national: Vec<Recorded>,
    /// Folded from all of them.
    last: Arc<Reference>,
}

impl Directory {
    /// A directory that has seen nothing.
    pub(crate) fn new() -> Self {
        Self {
            seen: RwLock::new(Seen {
                cursor: Position::START,
                recorded_at: Timestamp::UNIX_EPOCH,
                register: Vec::new(),
                national: Vec::new(),
                last: Arc::new(fold(&[], &[])),
            }),
            reading: Mutex::new(()),
            histories: Histories::default(),
        }
    }

    /// Takes in the log up to a position that is not past the head; gives the last position that was taken in, and when it was recorded.
    ///
    /// # Errors
    /// Those of reading the log. Where a part of it is damaged, it can be taken in up to there and no further.
    pub(crate) async fn catch_up(
        &self,
        log: &dyn EventLog,
        to: Position,
    ) -> Result<(Position, Timestamp), TrackerError> {
        if let Some(there) = self.at_least(to) {
            return Ok(there);
        }
        let _reading = self.reading.lock().await;
        loop {
            if let Some(there) = self.at_least(to) {
                return Ok(there);
            }
            let cursor = self.with(|seen| seen.cursor);
            if to.0 - cursor.0 <= READ_EVENTS_MAX as u64 {
                self.take_in_all(log, cursor).await?;
            } else {
                self.take_in_register(log, cursor, to).await?;
            }
        }
    }

    /// Takes in what follows the cursor: for the register, and for the histories that are kept.
    async fn take_in_all(&self, log: &dyn EventLog, cursor: Position) -> Result<(), TrackerError> {
        let events = log.read(&Selection::All, From::After(cursor), READ_EVENTS_MAX).await;
        let events = events.map_err(|error| TrackerError::from_log("reading the register", error))?;
        assert!(!events.is_empty(), "the log goes on after {cursor}, and reads nothing there");
        self.histories.take_in(cursor, &events)?;
        self.take_in(&events)
    }

    /// Takes in what of a long piece of the log may belong in the register or hold for everybody: the index finds it by its kind. Histories that
    /// are kept stay as they are, and are read on when they are asked for.
    async fn take_in_register(
        &self,
        log: &dyn EventLog,
        cursor: Position,
        to: Position,
    ) -> Result<(), TrackerError> {
        let failed = |error| TrackerError::from_log("reading the register", error);
        let events = match log.read(&OF_REGISTER, From::After(cursor), READ_EVENTS_MAX).await {
            // What is damaged may be of the register; up to here nothing is.
            Err(LogError::Damaged { first, .. }) if to < first => Vec::new(),
            read => read.map_err(failed)?,
        };
        self.take_in(&events)?;
        if events.last().is_none_or(|last| to <= last.position) {
            // Nothing of the register follows: what was asked for was taken in, and its last event says when it was recorded.
            let last = log.read(&Selection::All, From::After(Position(to.0 - 1)), 1).await.map_err(failed)?;
            self.reached(last.first())?;
        }
        Ok(())
    }

    /// The register and the national facts as known at a position that was taken in before.
    pub(crate) fn at(&self, known: Position) -> Arc<Reference> {
        self.with(|seen| {
            let register = seen.register.partition_point(|(_, event)| event.position <= known);
            let national = seen.national.partition_point(|event| event.position <= known);
            if (register, national) == (seen.register.len(), seen.national.len()) {
                return Arc::clone(&seen.last);
            }
            let (then, _) = seen.register.split_at(register);
            let (national_then, _) = seen.national.split_at(national);
            Arc::new(fold(then, national_then))
        })
    }

    /// The same, if these events came next.
    pub(crate) fn at_with(&self, known: Position, events: &BTreeMap<StreamId, Vec<Recorded>>) -> Reference {
        let (mut register, mut national) = self.with(|seen| {
            let register = seen.register.iter().take_while(|(_, event)| event.position <= known);
            let national = seen.national.iter().take_while(|event| event.position <= known);
            (register.cloned().collect::<Vec<_>>(), national.cloned().collect::<Vec<_>>())
        });
        for (stream, events) in events {
            if is_national(stream) {
                national.extend(events.iter().cloned());
            } else if let Some(authority) = authority_of(stream) {
                let concerning = events.iter().filter(|event| register::concerns(&event.fact));
                register.extend(concerning.map(|event| (authority.clone(), event.clone())));
            }
        }
        fold(&register, &national)
    }

    /// The events that hold for everybody, up to a position that was taken in before.
    pub(crate) fn national_at(&self, known: Position) -> Vec<Recorded> {
        self.with(|seen| seen.national.iter().take_while(|event| event.position <= known).cloned().collect())
    }

    fn at_least(&self, head: Position) -> Option<(Position, Timestamp)> {
        self.with(|seen| (head <= seen.cursor).then_some((seen.cursor, seen.recorded_at)))
    }

    fn with<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything up to this event was taken in.
    fn reached(&self, last: Option<&StoredEvent>) -> Result<(), TrackerError> {
        let Some(last) = last else { return Ok(()) };
        let recorded_at = stored::recorded_at(last)?;
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if seen.cursor < last.position {
            (seen.cursor, seen.recorded_at) = (last.position, recorded_at);
        }
        Ok(())
    }

    /// Takes in the events after the cursor, all or none.
    fn take_in(&self, events: &[StoredEvent]) -> Result<(), TrackerError> {
        let Some(last) = events.last() else {
            return Ok(());
        };
        let recorded_at = stored::recorded_at(last)?;
        let mut of_register = Vec::new();
        let mut national = Vec::new();
        for event in events {
            let stream = &event.stream;
            if is_national(stream) {
                national.push(stored::recorded(event)?);
            } else if let Some(authority) = authority_of(stream).filter(|_| may_concern(event.kind)) {
                let recorded = stored::recorded(event)?;
                if register::concerns(&recorded.fact) {
                    of_register.push((authority, recorded));
                }
            }
        }
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        let changed = !of_register.is_empty() || !national.is_empty();
        seen.register.extend(of_register);
        seen.national.extend(national);
        seen.cursor = last.position;
        seen.recorded_at = recorded_at;
        if changed {
            seen.last = Arc::new(fold(&seen.register, &seen.national));
        }
        Ok(())
    }
}

/// Whether events of this kind may belong in the register: those of the life of an authority, and those about other events. The others
/// are not decoded for it.
fn may_concern(kind: u32) -> bool {
    matches!(kind, 10..20 | 100..120 | 150..)
}

/// The kinds that may belong in the register or hold for everybody, those of later versions among them: what this one cannot understand it must
/// not pass over. The kinds of a log are below 300.
static OF_REGISTER: LazyLock<Selection> = LazyLock::new(|| {
    // Those of providers (120 to 149) stand in streams of their own.
    let kinds = (10..20).chain(90..120).chain(150..300).filter(|kind| *kind != kinds::HEADS_RECORDED);
    Selection::Kinds(kinds.collect())
});

impl Reference {
    /// The authority of a code or name on a day.
    ///
    /// # Errors
    /// [`TrackerError::UnknownAuthority`] or [`TrackerError::AmbiguousAuthority`].
    pub(crate) fn find(&self, named: &str, on: Date) -> Result<AuthorityId, TrackerError> {
        match self.register.find(named, on) {
            Found::One(id) => Ok(id),
            Found::Several(candidates) => {
                Err(TrackerError::AmbiguousAuthority { named: named.to_owned(), candidates })
            }
            Found::Nothing => Err(TrackerError::UnknownAuthority { named: named.to_owned(), on }),
        }
    }

    /// Who is meant by an id that was looked up before.
    ///
    /// # Errors
    /// [`TrackerError::UnknownAuthority`].
    pub(crate) fn entry(&self, authority: &AuthorityId, on: Date) -> Result<&Entry, TrackerError> {
        let unknown = || TrackerError::UnknownAuthority { named: authority.to_string(), on };
        self.register.get(authority).ok_or_else(unknown)
    }
}

/// The authority whose stream it is; `None` for other streams.
pub(crate) fn authority_of(stream: &StreamId) -> Option<AuthorityId> {
    (stream.category() == AUTHORITY).then(|| stream.subject().parse().ok()).flatten()
}

/// The stream of an authority.
///
/// # Errors
/// [`TrackerError::NotAStream`] if the id is too long for a stream's name.
pub(crate) fn stream_of(authority: &AuthorityId) -> Result<StreamId, TrackerError> {
    let named = format!("{AUTHORITY}/{authority}");
    named.parse().map_err(|_| TrackerError::NotAStream { named })
}

/// Whether what is recorded in it holds for everybody: the calendar, the regulator's own stream, and the policy.
pub(crate) fn is_national(stream: &StreamId) -> bool {
    StreamId::NATIONAL.contains(&stream.as_str())
}

fn fold(register: &[(AuthorityId, Recorded)], national: &[Recorded]) -> Reference {
    Reference {
        register: Register::fold(register.iter().cloned()),
        national: National::fold(national),
        national_position: national.last().map_or(Position::START, |last| last.position),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::{examples, from_proto};
    use docket_domain::EventId;
    use docket_log::{Append, MemoryLog, NewEvent};
    use prost::Message as _;

    #[tokio::test]
    async fn a_history_that_is_kept_is_whole_after_a_long_piece_of_the_log_was_taken_in_for_the_register_alone()
     {
        let (directory, log) = (Directory::new(), MemoryLog::new());
        let stream: StreamId = "authority/a".parse().unwrap();
        let body = examples::example(34).unwrap().encode_to_vec();
        let (mut recorded, mut lengths) = (0, Vec::new());
        for more in [5, READ_EVENTS_MAX + 50, 5] {
            for number in recorded..recorded + more {
                let id = EventId((number as u128).to_be_bytes());
                let (stream, body) = (stream.clone(), body.clone());
                let event = NewEvent { id, stream, kind: 34, body, meta: Vec::new() };
                let append = Append { events: vec![event], expected: Vec::new(), now_micros: 0 };
                log.append(append).await.unwrap();
            }
            recorded += more;
            let head = *log.head().borrow();
            assert_eq!(directory.catch_up(&log, head).await.unwrap().0, head);
            let history = directory.histories.read(&log, &stream, head).await.unwrap();
            lengths.push(history.as_ref().len());
        }
        assert_eq!(lengths, [5, READ_EVENTS_MAX + 55, READ_EVENTS_MAX + 60]);
    }

    #[test]
    fn no_kind_that_concerns_the_register_is_passed_over() {
        for (kind, name) in kinds::facts() {
            let example = examples::example(*kind).unwrap();
            let fact = from_proto::stored(&example, "").unwrap().fact;
            assert!(may_concern(*kind) || !register::concerns(&fact), "{name}");
        }
    }
}
