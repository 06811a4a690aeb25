//! The model: a list of events, and what a log that holds them must answer.

use docket_domain::{EventId, Position, Revision};
use docket_log::{Append, Conflict, Expected, From, LeafHash, LogError, NewEvent, Receipt, Selection};

/// An event of the list.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) revision: Revision,
    pub(crate) recorded_at_micros: i64,
    pub(crate) event: NewEvent,
    /// As the first receipt told it: the same for ever, and on every log.
    pub(crate) leaf_hash: Option<LeafHash>,
}

/// What an append must be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Recorded now, as these positions.
    Recorded(Vec<Position>),
    /// Recorded before, as these.
    Before(Vec<Position>),
    Conflict(Vec<Conflict>),
    IdReused(EventId, Position),
    Partly(Vec<(EventId, Position)>),
    Refused,
}

impl Answer {
    /// Of what a log answered.
    pub(crate) fn of(answer: &Result<docket_log::Appended, LogError>) -> Self {
        match answer {
            Ok(appended) => {
                let positions = appended.receipts.iter().map(|receipt| receipt.position).collect();
                if appended.before { Self::Before(positions) } else { Self::Recorded(positions) }
            }
            Err(LogError::Conflict(conflicts)) => Self::Conflict(conflicts.clone()),
            Err(LogError::IdReused { id, position, recorded_content, offered_content }) => {
                assert_ne!(recorded_content, offered_content);
                Self::IdReused(*id, *position)
            }
            Err(LogError::PartlyRecorded { recorded }) => Self::Partly(recorded.clone()),
            Err(LogError::Refused(_)) => Self::Refused,
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// All events, in order of position.
#[derive(Clone, Debug, Default)]
pub(crate) struct List(pub(crate) Vec<Known>);

impl List {
    pub(crate) fn head(&self) -> Position {
        Position(self.0.len() as u64)
    }

    pub(crate) fn find(&self, id: EventId) -> Option<Position> {
        let place = self.0.iter().position(|known| known.event.id == id)?;
        Some(Position(place as u64 + 1))
    }

    fn at(&self, position: Position) -> &Known {
        &self.0[usize::try_from(position.0).unwrap() - 1]
    }

    pub(crate) fn last_revision(&self, stream: &docket_domain::StreamId) -> Revision {
        let last = self.0.iter().rfind(|known| known.event.stream == *stream);
        last.map_or(Revision::NONE, |known| known.revision)
    }

    /// Takes the append, if it is one to take, and answers it.
    pub(crate) fn append(&mut self, append: &Append) -> Answer {
        let events = &append.events;
        let twice = |number: usize| events[..number].iter().any(|event| event.id == events[number].id);
        if events.is_empty() || (0..events.len()).any(twice) {
            return Answer::Refused;
        }
        let mut recorded = Vec::new();
        for event in events {
            let Some(position) = self.find(event.id) else { continue };
            let known = &self.at(position).event;
            if (&known.stream, known.kind, &known.body) != (&event.stream, event.kind, &event.body) {
                return Answer::IdReused(event.id, position);
            }
            recorded.push((event.id, position));
        }
        if recorded.len() == events.len() {
            return Answer::Before(recorded.into_iter().map(|(_, position)| position).collect());
        }
        if !recorded.is_empty() {
            return Answer::Partly(recorded);
        }
        let mut conflicts = Vec::new();
        for (stream, expected) in &append.expected {
            let actual = self.last_revision(stream);
            let holds = match *expected {
                Expected::Any => true,
                Expected::NoStream => actual == Revision::NONE,
                Expected::Exactly(revision) => actual == revision,
            };
            if !holds {
                conflicts.push(Conflict { stream: stream.clone(), expected: *expected, actual });
            }
        }
        if !conflicts.is_empty() {
            return Answer::Conflict(conflicts);
        }
        let last = self.0.last().map_or(i64::MIN, |known| known.recorded_at_micros);
        let recorded_at_micros = last.max(append.now_micros);
        let mut positions = Vec::new();
        for event in events {
            let revision = self.last_revision(&event.stream).next();
            self.0.push(Known { revision, recorded_at_micros, event: event.clone(), leaf_hash: None });
            positions.push(self.head());
        }
        Answer::Recorded(positions)
    }

    /// Compares receipts with the list. The first log that tells a leaf hash decides it.
    pub(crate) fn check(&mut self, receipts: &[Receipt]) {
        for receipt in receipts {
            let known = &mut self.0[usize::try_from(receipt.position.0).unwrap() - 1];
            assert_eq!(receipt.revision, known.revision);
            assert_eq!(receipt.recorded_at_micros, known.recorded_at_micros);
            assert_eq!(receipt.leaf_hash, *known.leaf_hash.get_or_insert(receipt.leaf_hash));
        }
    }

    /// Positions of the events that a read must give, as long as no answer is shortened.
    pub(crate) fn read(&self, selection: &Selection, from: From, limit: usize) -> Vec<Position> {
        let of_it = |known: &Known| match selection {
            Selection::All => true,
            Selection::Stream(stream) => known.event.stream == *stream,
            Selection::Kinds(kinds) => kinds.contains(&known.event.kind),
        };
        let all = (1..).map(Position).zip(&self.0).filter(|(_, known)| of_it(known));
        let all: Vec<Position> = all.map(|(position, _)| position).collect();
        let back = |before: Position| {
            all.iter().rev().copied().filter(move |position| *position < before).take(limit).collect()
        };
        match from {
            From::After(after) => all.into_iter().filter(|position| *position > after).take(limit).collect(),
            From::Before(before) => back(before),
            From::End => back(Position(u64::MAX)),
        }
    }

    /// Compares events that a log gave with the list.
    pub(crate) fn compare(&self, events: &[docket_log::StoredEvent]) {
        for event in events {
            let known = self.at(event.position);
            assert_eq!(
                (event.revision, event.recorded_at_micros, &event.offered(), Some(event.leaf_hash())),
                (known.revision, known.recorded_at_micros, &known.event, known.leaf_hash),
                "the event at position {}",
                event.position
            );
            let before = self.0[..usize::try_from(event.position.0).unwrap() - 1]
                .iter()
                .rfind(|before| before.event.stream == known.event.stream);
            assert_eq!(event.previous, before.and_then(|before| before.leaf_hash));
        }
    }
}
