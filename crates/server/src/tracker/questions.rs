//! Questions about status: which answer is meant, and the answer.

use std::sync::Arc;

use docket_api::from_proto::{AsOfQuestion, Known};
use docket_domain::date::Date;
use docket_domain::id::AuthorityId;
use docket_domain::register::DatedCode;
use docket_domain::status::{AsOf, AuthorityRef, AuthorityStatus, Existence, Obligation};
use docket_domain::terms::{
    ExistenceState, InstrumentKind, ObligationKind, ObligationNature, ObligationState, PathwayState, Standing,
};
use docket_domain::{Position, StreamId};
use jiff::Timestamp;

use super::answers::{Grounds, StatusBytes};
use super::directory::{Reference, stream_of};
use super::error::TrackerError;
use super::histories::History;
use super::who::Who;
use super::{Tracker, stored};
use crate::clock::day_in_london;

/// Which statuses a list holds. What is empty or false lets everything through, except that closed authorities must be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusFilter {
    /// Names or codes.
    pub authorities: Vec<String>,
    /// Regions of England.
    pub regions: Vec<String>,
    /// What Ofsted does next.
    pub pathways: Vec<PathwayState>,
    /// In force, or perhaps in force.
    pub instruments: Vec<InstrumentKind>,
    /// Only those with an open case.
    pub in_case: bool,
    /// Also those that do not exist on the day.
    pub include_closed: bool,
}

/// Which obligations a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObligationFilter {
    /// Names or codes; empty: all.
    pub authorities: Vec<String>,
    /// Regions of England; empty: all.
    pub regions: Vec<String>,
    /// Empty: open and overdue.
    pub states: Vec<ObligationState>,
    /// Empty: all.
    pub kinds: Vec<ObligationKind>,
    /// Due on this day or before it.
    pub due_until: Option<Date>,
    /// Also what is not owed but expected.
    pub include_expectations: bool,
}

/// An obligation and the authority of whose history it is part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Who.
    pub authority: AuthorityRef,
    /// What.
    pub obligation: Obligation,
}

/// An authority as the register has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityAnswer {
    /// Who, with the codes of the day.
    pub authority: AuthorityRef,
    /// Whether it exists on the day.
    pub existence: Existence,
    /// Other spellings.
    pub aliases: Vec<String>,
    /// Every code it ever had.
    pub codes: Vec<DatedCode>,
}

impl Tracker {
    /// Fills in what a question leaves open, so that the answer can be asked for again.
    ///
    /// # Errors
    /// [`TrackerError::NotYetRecorded`] or [`TrackerError::NotYetKnown`] if the question is about knowledge to come, and those of reading
    /// the log.
    pub async fn as_of(&self, question: &AsOfQuestion) -> Result<AsOf, TrackerError> {
        let now = self.clock.now();
        let (known_position, known_at) = match question.known {
            Known::Head => {
                let (head, recorded_at) = self.directory.catch_up(self.log(), self.head()).await?;
                // A clock that stepped back must not date the answer before the events it rests on.
                (head, now.max(recorded_at))
            }
            Known::At(asked) => (self.last_recorded_by(asked).await?, asked),
            Known::Position(asked) => (asked, stored::recorded_at(&self.event_at(asked).await?)?),
        };
        let today = day_in_london(now);
        let day = match question.known {
            Known::At(asked) => day_in_london(asked),
            Known::Head | Known::Position(_) => today,
        };
        Ok(AsOf {
            effective: question.effective.unwrap_or(day),
            today,
            known_position,
            known_at,
            basis: question.basis,
            view: question.view,
        })
    }

    /// What an authority looks like.
    ///
    /// # Errors
    /// [`TrackerError::UnknownAuthority`] or [`TrackerError::AmbiguousAuthority`] for the name, and those of [`Tracker::as_of`].
    pub async fn status(
        &self,
        named: &str,
        question: &AsOfQuestion,
    ) -> Result<AuthorityStatus, TrackerError> {
        self.grounds(named, question).await?.status()
    }

    /// The same as the bytes in which it goes out.
    ///
    /// # Errors
    /// Those of [`Tracker::status`].
    pub async fn status_bytes(
        &self,
        named: &str,
        question: &AsOfQuestion,
    ) -> Result<StatusBytes, TrackerError> {
        self.answers.on(&self.grounds(named, question).await?)
    }

    /// Reads what the answer to a question is made of.
    pub(super) async fn grounds(
        &self,
        named: &str,
        question: &AsOfQuestion,
    ) -> Result<Grounds, TrackerError> {
        let as_of = self.as_of(question).await?;
        let reference = self.reference_at(as_of.known_position).await?;
        let authority = reference.find(named, as_of.effective)?;
        self.grounds_of(authority, as_of, &reference).await
    }

    pub(super) async fn grounds_of<W: Who>(
        &self,
        who: W,
        as_of: AsOf,
        reference: &Arc<Reference>,
    ) -> Result<Grounds<W>, TrackerError> {
        let history = self.directory.histories.read(self.log(), &who.stream()?, as_of.known_position).await?;
        Ok(Grounds { who, history, reference: Arc::clone(reference), as_of })
    }

    /// Which authority is meant, and its stream: what is asked of the day of the question, as known at a position.
    ///
    /// # Errors
    /// Those of [`Tracker::status`].
    pub async fn authority_stream(
        &self,
        named: &str,
        known: Position,
        question: &AsOfQuestion,
    ) -> Result<(String, StreamId), TrackerError> {
        let day = question.effective.unwrap_or_else(|| day_in_london(self.clock.now()));
        let authority = self.reference_at(known).await?.find(named, day)?;
        Ok((authority.to_string(), stream_of(&authority)?))
    }

    /// What authorities look like, by name: at most `limit` after the one named, and whether there are more.
    ///
    /// # Errors
    /// Those of looking up the names in the filter and of reading the log.
    pub async fn statuses(
        &self,
        as_of: AsOf,
        filter: &StatusFilter,
        after: Option<&AuthorityId>,
        limit: usize,
    ) -> Result<(Vec<AuthorityStatus>, bool), TrackerError> {
        let reference = self.reference_at(as_of.known_position).await?;
        let among = among(&reference, &filter.authorities, &filter.regions, as_of.effective)?;
        let start = after.map_or(0, |after| {
            (among.iter().position(|id| id == after)).map_or(among.len(), |place| place + 1)
        });
        let mut statuses = Vec::new();
        for authority in among.into_iter().skip(start) {
            let_others().await;
            let status = self.grounds_of(authority, as_of, &reference).await?.status()?;
            if !filter.matches(&status) {
                continue;
            }
            if statuses.len() == limit {
                return Ok((statuses, true));
            }
            statuses.push(status);
        }
        Ok((statuses, false))
    }

    /// What is owed, by due date and then by authority.
    ///
    /// # Errors
    /// Those of looking up the names in the filter and of reading the log.
    pub async fn obligations(
        &self,
        as_of: AsOf,
        filter: &ObligationFilter,
    ) -> Result<Vec<Owed>, TrackerError> {
        let reference = self.reference_at(as_of.known_position).await?;
        let mut owed = Vec::new();
        for authority in among(&reference, &filter.authorities, &filter.regions, as_of.effective)? {
            let_others().await;
            let status = self.grounds_of(authority, as_of, &reference).await?.status()?;
            let matching = status.obligations.into_iter().filter(|o| filter.matches(o));
            owed.extend(matching.map(|obligation| Owed { authority: status.authority.clone(), obligation }));
        }
        // What has no date comes last. The sort is stable: authorities are in order of name, and each one's obligations in theirs.
        owed.sort_by_key(|owed| (owed.obligation.due().is_none(), owed.obligation.due()));
        Ok(owed)
    }

    /// Who there is whose id, code, name or other spelling has the text in it, by name.
    ///
    /// # Errors
    /// Those of reading the log.
    pub async fn authorities(
        &self,
        as_of: AsOf,
        query: &str,
        include_closed: bool,
    ) -> Result<Vec<AuthorityAnswer>, TrackerError> {
        let reference = self.reference_at(as_of.known_position).await?;
        let mut answers = Vec::new();
        for entry in reference.register.search(query) {
            let existence = entry.existence(as_of.effective);
            if include_closed || existence.state == ExistenceState::Exists {
                answers.push(AuthorityAnswer {
                    authority: entry.reference(as_of.effective),
                    existence,
                    aliases: entry.aliases().to_vec(),
                    codes: entry.codes.clone(),
                });
            }
        }
        Ok(answers)
    }

    /// The stream of an authority and its events up to a position.
    pub(crate) async fn history_of(
        &self,
        authority: &AuthorityId,
        known: Position,
    ) -> Result<(StreamId, History), TrackerError> {
        let stream = stream_of(authority)?;
        let history = self.directory.histories.read(self.log(), &stream, known).await?;
        Ok((stream, history))
    }

    /// The register and the calendar as known at a position.
    pub(crate) async fn reference_at(&self, known: Position) -> Result<Arc<Reference>, TrackerError> {
        let head = self.head();
        if head < known {
            return Err(TrackerError::NotYetRecorded { asked: known, head });
        }
        self.directory.catch_up(self.log(), known).await?;
        Ok(self.directory.at(known))
    }

    /// The last position that was recorded before an instant.
    ///
    /// # Errors
    /// Those of [`Tracker::last_recorded_by`].
    pub(crate) async fn last_recorded_before(&self, instant: Timestamp) -> Result<Position, TrackerError> {
        let just_before = instant.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN);
        self.last_recorded_by(just_before).await
    }

    /// The last position that was recorded by an instant.
    ///
    /// # Errors
    /// [`TrackerError::NotYetKnown`] if the instant has not come, and those of reading the log.
    pub(crate) async fn last_recorded_by(&self, instant: Timestamp) -> Result<Position, TrackerError> {
        let (head, now) = (self.head(), self.clock.now());
        let head_recorded_at = match head {
            Position::START => now,
            head => stored::recorded_at(&self.event_at(head).await?)?,
        };
        if now.max(head_recorded_at) < instant {
            return Err(TrackerError::NotYetKnown { asked: instant, now });
        }
        if head_recorded_at <= instant {
            return Ok(head);
        }
        // `low` was recorded by then (or is before the first), `high` was not: time does not run back along the log.
        let (mut low, mut high) = (Position::START, head);
        while low.next() < high {
            let middle = Position(low.0 + (high.0 - low.0) / 2);
            if stored::recorded_at(&self.event_at(middle).await?)? <= instant {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

impl StatusFilter {
    fn matches(&self, status: &AuthorityStatus) -> bool {
        let in_force = |kind| {
            (status.instruments.iter())
                .any(|instrument| instrument.kind == kind && instrument.standing != Standing::Ended)
        };
        (self.include_closed || status.existence.state == ExistenceState::Exists)
            && (self.pathways.is_empty()
                || self.pathways.contains(&status.pathway.state)
                || self.pathways.contains(&status.pathway.unpaused().0))
            && (self.instruments.is_empty() || self.instruments.iter().any(|kind| in_force(*kind)))
            && (!self.in_case || status.cases.iter().any(|case| case.closed.is_none()))
    }
}

impl ObligationFilter {
    pub(super) fn matches(&self, obligation: &Obligation) -> bool {
        let state_wanted = if self.states.is_empty() {
            matches!(obligation.state, ObligationState::Open | ObligationState::Overdue)
        } else {
            self.states.contains(&obligation.state)
        };
        let due_wanted = self.due_until.is_none_or(|until| obligation.due().is_some_and(|due| due <= until));
        state_wanted
            && due_wanted
            && (self.kinds.is_empty() || self.kinds.contains(&obligation.kind))
            && (self.include_expectations || obligation.nature != ObligationNature::Expectation)
    }
}

/// Answers are computed on the threads that also serve the sockets: between two of many, those have a turn.
pub(super) async fn let_others() {
    tokio::task::yield_now().await;
}

/// The authorities named, or all; of these regions, or of all; by name.
pub(super) fn among(
    reference: &Reference,
    authorities: &[String],
    regions: &[String],
    on: Date,
) -> Result<Vec<AuthorityId>, TrackerError> {
    let named: Vec<AuthorityId> =
        authorities.iter().map(|named| reference.find(named, on)).collect::<Result<_, _>>()?;
    Ok(reference
        .register
        .entries()
        .filter(|entry| authorities.is_empty() || named.contains(&entry.id))
        .filter(|entry| {
            let region = entry.reference(on).region;
            regions.is_empty() || regions.iter().any(|wanted| wanted.eq_ignore_ascii_case(&region))
        })
        .map(|entry| entry.id.clone())
        .collect())
}
