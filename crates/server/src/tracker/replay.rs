//! Replaying an authority or a provider: each event with the answer before it and after it.

use std::sync::Arc;

use docket_api::from_proto::AsOfQuestion;
use docket_domain::answer;
use docket_domain::date::Date;
use docket_domain::effects;
use docket_domain::event::{Fact, Recorded};
use docket_domain::id::AuthorityId;
use docket_domain::id::ProviderUrn;
use docket_domain::providers::{self, status::ProviderStatus};
use docket_domain::status::{AsOf, AuthorityStatus, Obligation};
use docket_domain::{EventId, Position};
use docket_log::{From, LogError, READ_EVENTS_MAX, Selection, StoredEvent};

use super::directory::{Reference, stream_of};
use super::error::TrackerError;
use super::selection::provider_of;
use super::{Kept, Tracker, stored};

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayOrder {
    /// As Docket learned it.
    Recorded,
    /// As it happened in the world; what is known roughly stands at the first day that it can be.
    Happened,
}

/// One event of a replay.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayStep {
    /// The event.
    pub event: Kept,
    /// The answer without it, and without what comes after it in the replay.
    pub before: Answer,
    /// The answer with it.
    pub after: Answer,
    /// The rules by which this kind of fact changes answers, with their sources.
    pub rules: Vec<String>,
    /// The last event of the replay that voids, corrects or merges it.
    pub superseded_by: Option<EventId>,
}

/// An answer about whoever is replayed.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// An authority.
    Authority(Box<AuthorityStatus>),
    /// A regulated provider.
    Provider(Box<ProviderStatus>),
}

/// Who is replayed.
enum Subject {
    Authority(AuthorityId),
    Provider(ProviderUrn),
}

/// A replay, step by step.
pub struct Replay {
    subject: Subject,
    reference: Arc<Reference>,
    as_of: AsOf,
    events: Vec<(Recorded, Kept)>,
    next: usize,
    /// The last day of the story so far.
    story: Option<Date>,
}

impl Tracker {
    /// Replays an authority, or the provider of `provider/URN`, as known at a moment.
    ///
    /// # Errors
    /// Those of looking up the authority and of reading the log.
    pub async fn replay(
        &self,
        asked: &str,
        question: &AsOfQuestion,
        order: ReplayOrder,
    ) -> Result<Replay, TrackerError> {
        let as_of = self.as_of(question).await?;
        let reference = self.reference_at(as_of.known_position).await?;
        let (subject, stream) = match provider_of(asked) {
            Some(urn) => {
                let stream = urn.stream();
                (Subject::Provider(urn), stream)
            }
            None => {
                let authority = reference.find(asked, as_of.effective)?;
                let stream = stream_of(&authority)?;
                (Subject::Authority(authority), stream)
            }
        };
        let stored = self.stored(&Selection::Stream(stream), as_of.known_position).await?;
        let recorded: Vec<Recorded> = stored.iter().map(stored::recorded).collect::<Result<_, _>>()?;
        let withheld = answer::withheld(&recorded, as_of.asked());
        let mut events = Vec::with_capacity(stored.len());
        for (event, recorded) in stored.iter().zip(recorded) {
            let is_withheld = withheld.contains(&recorded.id);
            let kept = if is_withheld { stored::withheld(event) } else { stored::kept(event)? };
            events.push((recorded, kept));
        }
        if let (true, Subject::Provider(urn)) = (events.is_empty(), &subject) {
            return Err(TrackerError::UnknownProvider { urn: urn.to_string() });
        }
        if order == ReplayOrder::Happened {
            // When it happened is not told of what is withheld, and not by its place either.
            events.sort_by_key(|(event, kept)| {
                let happened_on = kept.withheld.is_none().then(|| event.happened_on.sort_key());
                (kept.withheld.is_some(), happened_on, event.position)
            });
        }
        Ok(Replay { subject, reference, as_of, events, next: 0, story: None })
    }

    async fn stored(&self, selection: &Selection, known: Position) -> Result<Vec<StoredEvent>, TrackerError> {
        let mut events: Vec<StoredEvent> = Vec::new();
        loop {
            let after = events.last().map_or(Position::START, |last| last.position);
            let read = match self.log.read(selection, From::After(after), READ_EVENTS_MAX).await {
                // The log does not tell the end of a stream where later events are damaged; up to here it did.
                Err(LogError::Damaged { first, .. }) if known < first => Vec::new(),
                read => read.map_err(|error| TrackerError::from_log("reading a history", error))?,
            };
            if read.is_empty() || known <= after {
                events.retain(|event| event.position <= known);
                return Ok(events);
            }
            events.extend(read);
        }
    }
}

/// Why an event changed an answer: the rules for its kind, and the legal basis of each obligation that it opened.
fn rules_of(fact: &Fact, before: &Answer, after: &Answer) -> Vec<String> {
    let is_new =
        |new: &&Obligation| !before.obligations().iter().any(|known| known.obligation == new.obligation);
    let opened = after.obligations().iter().filter(is_new);
    let opened = opened.map(|obligation| format!("{}: {}.", obligation.what, obligation.legal_basis));
    effects::explain(fact).iter().map(ToString::to_string).chain(opened).collect()
}

impl Replay {
    /// The next event, and what it changed; `None` after the last.
    ///
    /// # Errors
    /// [`TrackerError::UnknownAuthority`] if the register lost the authority, which it does not.
    pub fn step(&mut self) -> Result<Option<ReplayStep>, TrackerError> {
        let Some((event, kept)) = self.events.get(self.next) else {
            return Ok(None);
        };
        if kept.withheld.is_some() {
            let (event, day) = (kept.clone(), self.story.unwrap_or(self.as_of.effective));
            self.next += 1;
            let (before, after) = (self.answer(self.next, day)?, self.answer(self.next, day)?);
            return Ok(Some(ReplayStep { event, before, after, rules: Vec::new(), superseded_by: None }));
        }
        let latest = event.happened_on.latest().map(|day| day.min(self.as_of.effective));
        let day = latest.unwrap_or(self.as_of.effective);
        let story = self.story.max(latest).unwrap_or(day);
        let (mut before, mut after) = self.answers(day)?;
        if same_but_for_as_of(&before, &after) && story != day {
            // Learned late, of a day on which it changed nothing: what it changed is seen on the last day of the story so far.
            (before, after) = self.answers(story)?;
        }
        let step = ReplayStep {
            event: kept.clone(),
            rules: rules_of(&event.fact, &before, &after),
            before,
            after,
            superseded_by: self.superseded_by(event),
        };
        self.next += 1;
        self.story = self.story.max(latest);
        Ok(Some(step))
    }

    /// The answers for a day without the next event and with it.
    fn answers(&self, day: Date) -> Result<(Answer, Answer), TrackerError> {
        Ok((self.answer(self.next, day)?, self.answer(self.next + 1, day)?))
    }

    /// The answer for a day from so many events of the replay.
    fn answer(&self, len: usize, day: Date) -> Result<Answer, TrackerError> {
        // What the view withholds changes nothing that it tells, also where the event that would have published it is undone by a later one.
        let shown = self.events.iter().take(len).filter(|(_, kept)| kept.withheld.is_none());
        let mut history: Vec<Recorded> = shown.map(|(event, _)| event.clone()).collect();
        history.sort_by_key(|event| event.position);
        let last = history.last();
        let as_of = AsOf {
            effective: day,
            known_position: last.map_or(Position::START, |last| last.position),
            known_at: last.map_or(self.as_of.known_at, |last| last.recorded_at),
            ..self.as_of
        };
        let national = &self.reference.national;
        Ok(match &self.subject {
            Subject::Authority(authority) => {
                let authority = self.reference.entry(authority, day)?.reference(day);
                Answer::Authority(Box::new(answer::status(authority, &history, national, as_of)))
            }
            Subject::Provider(urn) => {
                Answer::Provider(Box::new(providers::status(urn.clone(), &history, national, as_of)))
            }
        })
    }

    fn superseded_by(&self, event: &Recorded) -> Option<EventId> {
        let names = |other: &Recorded| match &other.fact {
            Fact::Voided { event } | Fact::Corrected { event, .. } | Fact::Merged { event, .. } => {
                Some(*event)
            }
            _ => None,
        };
        self.events
            .iter()
            .map(|(other, _)| other)
            .filter(|other| event.position < other.position && names(other) == Some(event.id))
            .max_by_key(|other| other.position)
            .map(|other| other.id)
    }
}

impl Answer {
    fn obligations(&self) -> &[Obligation] {
        match self {
            Self::Authority(status) => &status.obligations,
            Self::Provider(status) => &status.obligations,
        }
    }
}

fn same_but_for_as_of(one: &Answer, other: &Answer) -> bool {
    match (one, other) {
        (Answer::Authority(one), Answer::Authority(other)) => {
            **one == AuthorityStatus { as_of: one.as_of, ..(**other).clone() }
        }
        (Answer::Provider(one), Answer::Provider(other)) => {
            **one == ProviderStatus { as_of: one.as_of, ..(**other).clone() }
        }
        _ => false,
    }
}
