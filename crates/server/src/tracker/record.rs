//! Recording: look up, read, decide, append; and again if another writer was faster.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use docket_api::from_proto::{Expectation, Offered, RecordRequest};
use docket_domain::date::Date;
use docket_domain::decide;
use docket_domain::event::{Proposal, Recorded};
use docket_domain::id::AuthorityId;
use docket_domain::register::Found;
use docket_domain::{EventId, Position, Revision, StreamId};
use docket_log::{Append, Appended, Expected, From, LeafHash, LogError, NewEvent, Selection, StoredEvent};
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use super::directory::{Reference, authority_of, stream_of};
use super::error::{StaleStream, TrackerError};
use super::histories::History;
use super::what_if::Foretold;
use super::{AUTHORITY, KeptWarning, Tracker, stored};
use crate::clock::day_in_london;

/// How often a request is decided anew because another writer was faster.
pub const DECIDE_TRIES_MAX: usize = 16;
/// Most requests that are recorded or wait to be at the same time.
pub const RECORDS_IN_FLIGHT_MAX: usize = 1_024;
/// How many groups the streams are put into; requests that write to the same group take turns.
const TURNS: usize = 64;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One for each event, in the order of the request.
    pub receipts: Vec<Receipt>,
    /// All of it had been recorded before.
    pub before: bool,
    /// It was decided, and nothing was recorded.
    pub validate_only: bool,
    /// The answers that would change, where that was asked.
    pub changes: Foretold,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its id.
    pub id: EventId,
    /// Its stream, by Docket's own id of the authority.
    pub stream: StreamId,
    /// Where it is; `None` where it was only validated.
    pub place: Option<Place>,
    /// What is unusual about it.
    pub warnings: Vec<KeptWarning>,
}

/// Where an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// In the log.
    pub position: Position,
    /// In its stream.
    pub revision: Revision,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Its leaf hash.
    pub leaf_hash: LeafHash,
}

/// Requests that write to the same streams decide one after the other, in the order in which they came. That only spares them needless
/// conflicts: what keeps them apart is the revision that each append expects, which holds against writers elsewhere too.
pub(crate) struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    pub(super) async fn take<'a>(
        &self,
        streams: impl Iterator<Item = &'a StreamId>,
    ) -> Vec<MutexGuard<'_, ()>> {
        let wanted: BTreeSet<u64> = streams
            .map(|stream| {
                let mut hasher = DefaultHasher::new();
                stream.hash(&mut hasher);
                hasher.finish() % self.0.len() as u64
            })
            .collect();
        let mut guards = Vec::with_capacity(wanted.len());
        for (group, turn) in (0_u64..).zip(&self.0) {
            if wanted.contains(&group) {
                guards.push(turn.lock().await);
            }
        }
        guards
    }
}

/// A request in which every stream was looked up.
pub(super) struct Resolved {
    pub(super) offered: Vec<(StreamId, Proposal)>,
    expected: Vec<(StreamId, Expectation)>,
}

/// Histories at a head, by stream.
pub(super) type Histories = BTreeMap<StreamId, History>;

impl Tracker {
    /// Records the events of a request, all or none, or only decides about them.
    ///
    /// # Errors
    /// [`TrackerError`]; after all but [`TrackerError::OutcomeUnknown`] nothing was recorded.
    pub async fn record(&self, request: &RecordRequest) -> Result<Outcome, TrackerError> {
        let _admitted = self.admission.try_acquire().map_err(|_| TrackerError::Busy)?;
        let (head, _) = self.directory.catch_up(self.log(), self.head()).await?;
        let streams = self.streams_of(request, &self.directory.at(head));
        // What records nothing need not keep apart from others.
        let taking = streams.iter().filter(|_| !request.validate_only);
        let _turns = self.turns.take(taking).await;
        for _ in 0..DECIDE_TRIES_MAX {
            if let Some(outcome) = self.try_to_record(request).await? {
                return Ok(outcome);
            }
        }
        Err(TrackerError::Contended { tries: DECIDE_TRIES_MAX })
    }

    /// Records the request at the head as it is now; `None` if another writer was faster.
    async fn try_to_record(&self, request: &RecordRequest) -> Result<Option<Outcome>, TrackerError> {
        let (head, _) = self.directory.catch_up(self.log(), self.head()).await?;
        let reference = self.directory.at(head);
        let resolved = self.resolve(request, &reference)?;
        let histories = self.histories_of(std::slice::from_ref(&resolved), head).await?;
        let decided = check_expected(&resolved.expected, &histories).and_then(|()| {
            decide::decide(&resolved.offered, &histories, &reference.register).map_err(TrackerError::Refused)
        });
        if decided.is_err() || request.validate_only {
            // A fact that was recorded is not decided about again, and its first answer does not hang on what came later.
            if let Some(before) = self.recorded_before(request, &resolved, &reference).await? {
                return Ok(Some(before));
            }
        }
        let warnings: Vec<Vec<KeptWarning>> = decided?
            .into_iter()
            .map(|of_event| of_event.into_iter().map(stored::warning).collect())
            .collect();
        if request.validate_only {
            let changes = match &request.what_if {
                Some(question) => self.what_if(&resolved.offered, question, head).await?,
                None => Foretold::default(),
            };
            return Ok(Some(Outcome { changes, ..validated(&resolved, warnings) }));
        }
        let append = self.append_of(events_of(request, &resolved, &warnings), &histories);
        // What is recorded is added to the histories before the answer comes: nobody else should hold them then.
        drop(histories);
        match self.log.append(append).await {
            Ok(appended) if !appended.before => {
                let outcome = outcome(&resolved, &appended, warnings)?;
                self.directory.histories.give(recorded(resolved, &appended));
                Ok(Some(outcome))
            }
            Ok(_) | Err(LogError::IdReused { .. }) => {
                self.recorded_before(request, &resolved, &reference).await
            }
            Err(LogError::Conflict(_)) => Ok(None),
            Err(error) => Err(TrackerError::from_log("recording", error)),
        }
    }

    /// Whether an event of this id was recorded.
    ///
    /// # Errors
    /// Those of reading the log.
    pub async fn knows(&self, id: EventId) -> Result<bool, TrackerError> {
        let found = self.log.find(id).await;
        found
            .map(|position| position.is_some())
            .map_err(|error| TrackerError::from_log("looking up an id", error))
    }

    /// The streams that a request writes, as far as they can be found.
    pub(super) fn streams_of(&self, request: &RecordRequest, reference: &Reference) -> Vec<StreamId> {
        let today = day_in_london(self.clock.now());
        let stream = |offered: &Offered| {
            let on = offered.proposal.happened_on.earliest().unwrap_or(today);
            stream_to_write(reference, &offered.stream, on).ok()
        };
        request.events.iter().filter_map(stream).collect()
    }

    /// Finds the streams that are named by a code.
    pub(super) fn resolve(
        &self,
        request: &RecordRequest,
        reference: &Reference,
    ) -> Result<Resolved, TrackerError> {
        let today = day_in_london(self.clock.now());
        let stream = |named: &StreamId, on| stream_to_write(reference, named, on);
        let offered = request.events.iter().map(|offered| {
            let on = offered.proposal.happened_on.earliest().unwrap_or(today);
            Ok((stream(&offered.stream, on)?, offered.proposal.clone()))
        });
        let expected = request.expected.iter().map(|(named, expectation)| {
            let parsed: StreamId =
                named.parse().map_err(|_| TrackerError::NotAStream { named: named.clone() })?;
            Ok((stream(&parsed, today)?, *expectation))
        });
        Ok(Resolved {
            offered: offered.collect::<Result<_, TrackerError>>()?,
            expected: expected.collect::<Result<_, TrackerError>>()?,
        })
    }

    /// The first answer, where ids of the request are known. The log alone says what becomes of such a request, and records nothing of
    /// it: a fact that was recorded is not decided about again.
    async fn recorded_before(
        &self,
        request: &RecordRequest,
        resolved: &Resolved,
        reference: &Reference,
    ) -> Result<Option<Outcome>, TrackerError> {
        let mut known = BTreeMap::new();
        for (_, proposal) in &resolved.offered {
            let found = self.log.find(proposal.id).await;
            if let Some(position) =
                found.map_err(|error| TrackerError::from_log("looking up an id", error))?
            {
                known.insert(proposal.id, self.event_at(position).await?);
            }
        }
        if known.is_empty() {
            return Ok(None);
        }
        let same = Resolved {
            offered: (resolved.offered.iter().zip(&request.events))
                .map(|((stream, proposal), offered)| {
                    let before = known.get(&proposal.id).map(|event| &event.stream);
                    let same = before.filter(|before| ever_named(reference, offered, before));
                    (same.unwrap_or(stream).clone(), proposal.clone())
                })
                .collect(),
            expected: Vec::new(),
        };
        let warnings: Vec<_> = same
            .offered
            .iter()
            .map(|(_, proposal)| known.get(&proposal.id).map_or(Ok(Vec::new()), stored::warnings))
            .collect::<Result<_, _>>()?;
        let append = self.append_of(events_of(request, &same, &warnings), &Histories::new());
        match self.log.append(append).await {
            Ok(appended) => outcome(&same, &appended, warnings).map(Some),
            Err(error) => Err(TrackerError::from_log("recording", error)),
        }
    }

    /// The event at a position.
    ///
    /// # Errors
    /// [`TrackerError::NotYetRecorded`] if it is past the head, and those of reading the log.
    pub(crate) async fn event_at(&self, position: Position) -> Result<StoredEvent, TrackerError> {
        let before = Position(position.0.saturating_sub(1));
        let read = self
            .log
            .read(&Selection::All, From::After(before), 1)
            .await
            .map_err(|error| TrackerError::from_log("reading an event", error))?;
        read.into_iter().next().ok_or(TrackerError::NotYetRecorded { asked: position, head: self.head() })
    }

    /// The histories of every stream that the requests write, read or have expectations of.
    pub(super) async fn histories_of(
        &self,
        resolved: &[Resolved],
        head: Position,
    ) -> Result<Histories, TrackerError> {
        let offered: Vec<&(StreamId, Proposal)> =
            resolved.iter().flat_map(|resolved| &resolved.offered).collect();
        let written = offered.iter().map(|(stream, _)| stream.clone());
        let read = offered.iter().flat_map(|(_, proposal)| decide::also_reads(proposal));
        let expected =
            resolved.iter().flat_map(|resolved| &resolved.expected).map(|(stream, _)| stream.clone());
        let streams: BTreeSet<StreamId> = written.chain(read).chain(expected).collect();
        let mut histories = Histories::new();
        for stream in streams {
            let history = self.directory.histories.read(self.log(), &stream, head).await?;
            histories.insert(stream, history);
        }
        Ok(histories)
    }

    /// The append that records these events if every stream in `histories` is still as it was read.
    pub(super) fn append_of(&self, events: Vec<NewEvent>, histories: &Histories) -> Append {
        let expected = histories.iter().map(|(stream, history)| match history.revision() {
            Revision::NONE => (stream.clone(), Expected::NoStream),
            last => (stream.clone(), Expected::Exactly(last)),
        });
        Append { events, expected: expected.collect(), now_micros: self.clock.now().as_microsecond() }
    }
}

/// The events of a request as they are recorded.
pub(super) fn events_of(
    request: &RecordRequest,
    resolved: &Resolved,
    warnings: &[Vec<KeptWarning>],
) -> Vec<NewEvent> {
    let events: Vec<NewEvent> = (resolved.offered.iter())
        .zip(&request.events)
        .zip(warnings)
        .map(|(((stream, proposal), Offered { event, .. }), warnings)| {
            stored::encode(proposal.id, stream, event, &request.recorded_by, warnings.clone())
        })
        .collect();
    assert_eq!(events.len(), request.events.len(), "no event gets lost on the way to the log");
    events
}

/// The stream that a writer means: in it an authority is named by its id or by a code, and not by a name, which may be another's too.
fn stream_to_write(reference: &Reference, named: &StreamId, on: Date) -> Result<StreamId, TrackerError> {
    let is_code = |id: &AuthorityId| {
        let entry = reference.register.get(id);
        entry.is_some_and(|entry| {
            (entry.codes.iter()).any(|dated| dated.code.eq_ignore_ascii_case(named.subject()))
        })
    };
    let is_id = named.category() != AUTHORITY || reference.register.knows(named.subject());
    let found = (!is_id).then(|| reference.register.find(named.subject(), on));
    match found {
        Some(Found::One(authority)) if is_code(&authority) => stream_of(&authority),
        Some(Found::Several(candidates)) if candidates.iter().any(|candidate| is_code(&candidate.id)) => {
            Err(TrackerError::AmbiguousAuthority { named: named.subject().to_owned(), candidates })
        }
        // As it is. Where it is not registered, whether that is allowed is for the rules to say.
        Some(Found::One(_) | Found::Several(_) | Found::Nothing) | None => Ok(named.clone()),
    }
}

/// Whether an event that names its stream by a code may be the one that was recorded in `before`: the code need not be valid any more.
fn ever_named(reference: &Reference, offered: &Offered, before: &StreamId) -> bool {
    let entry = authority_of(before).and_then(|authority| reference.register.get(&authority));
    let named = offered.stream.subject();
    offered.stream.category() == before.category()
        && entry.is_some_and(|entry| (entry.codes.iter()).any(|dated| dated.code.eq_ignore_ascii_case(named)))
}

fn check_expected(expected: &[(StreamId, Expectation)], histories: &Histories) -> Result<(), TrackerError> {
    let stale: Vec<StaleStream> = expected
        .iter()
        .filter_map(|(stream, expectation)| {
            let actual = histories.get(stream).map_or(Revision::NONE, History::revision);
            let holds = match expectation {
                Expectation::NoStream => actual == Revision::NONE,
                Expectation::Exactly(revision) => actual == *revision,
            };
            (!holds).then(|| StaleStream { stream: stream.to_string(), expected: *expectation, actual })
        })
        .collect();
    if stale.is_empty() { Ok(()) } else { Err(TrackerError::Stale(stale)) }
}

fn validated(resolved: &Resolved, warnings: Vec<Vec<KeptWarning>>) -> Outcome {
    let receipts = (resolved.offered.iter().zip(warnings))
        .map(|((stream, proposal), warnings)| Receipt {
            id: proposal.id,
            stream: stream.clone(),
            place: None,
            warnings,
        })
        .collect();
    Outcome { receipts, before: false, validate_only: true, changes: Foretold::default() }
}

/// The events of a request as they are in the log now.
pub(super) fn recorded(resolved: Resolved, appended: &Appended) -> impl Iterator<Item = Recorded> {
    resolved.offered.into_iter().zip(&appended.receipts).filter_map(|((_, proposal), receipt)| {
        let Proposal { id, happened_on, published, fact } = proposal;
        let &docket_log::Receipt { position, revision, recorded_at_micros, .. } = receipt;
        let recorded_at = Timestamp::from_microsecond(recorded_at_micros).ok()?;
        Some(Recorded { position, revision, recorded_at, id, happened_on, published, fact })
    })
}

pub(super) fn outcome(
    resolved: &Resolved,
    appended: &Appended,
    warnings: Vec<Vec<KeptWarning>>,
) -> Result<Outcome, TrackerError> {
    assert_eq!(appended.receipts.len(), resolved.offered.len(), "the log answers every event");
    let receipts = (resolved.offered.iter().zip(&appended.receipts).zip(warnings))
        .map(|(((stream, proposal), receipt), warnings)| {
            let recorded_at = Timestamp::from_microsecond(receipt.recorded_at_micros).map_err(|error| {
                TrackerError::NotUnderstood { position: receipt.position, why: error.to_string() }
            })?;
            Ok(Receipt {
                id: proposal.id,
                stream: stream.clone(),
                place: Some(Place {
                    position: receipt.position,
                    revision: receipt.revision,
                    recorded_at,
                    leaf_hash: receipt.leaf_hash,
                }),
                warnings,
            })
        })
        .collect::<Result<_, TrackerError>>()?;
    Ok(Outcome { receipts, before: appended.before, validate_only: false, changes: Foretold::default() })
}
