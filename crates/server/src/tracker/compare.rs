//! Two answers about one authority or provider, and what made the difference.
//!
//! The way from the first to the second goes by three steps: first the basis and view of the second, then what it knows, event by event,
//! then its day, by the days on which something happened. A field that differs has its causes where it changes on that way.

use std::collections::BTreeMap;

use docket_api::changes::{changes, touch};
use docket_api::from_proto::AsOfQuestion;
use docket_api::pb;
use docket_domain::date::Date;
use docket_domain::event::Recorded;
use docket_domain::id::ProviderUrn;
use docket_domain::status::AsOf;
use docket_domain::{EventId, Position, answer, national};
use pb::ChangeReason as Reason;

use super::Tracker;
use super::answers::Grounds;
use super::error::TrackerError;
use super::histories::History;
use super::questions::let_others;
use super::who::Who;

/// Most steps of a way. Where there are more, what made the differences is not told.
const STEPS_MAX: usize = 2_000;
/// Most events that are folded for them.
const FOLDED_MAX: usize = 2_000_000;

/// Two answers about one authority, or about one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison<A> {
    /// To the first question.
    pub first: A,
    /// To the second.
    pub second: A,
    /// The fields in which they differ, each with its causes.
    pub changes: Vec<pb::FieldChange>,
}

/// A piece of the way on which the answer changes.
struct Piece {
    reason: Reason,
    events: Vec<EventId>,
    /// Those that change.
    fields: Vec<String>,
}

/// A day on which something happened.
struct Eventful {
    day: Date,
    /// What is dated with the day, or may have happened from it on.
    begun: Vec<EventId>,
    /// What is roughly dated and has happened by it.
    sure: Vec<EventId>,
    /// Of the calendar or of the regulator.
    announced: Vec<EventId>,
}

impl Eventful {
    fn new(day: Date) -> Self {
        Self { day, begun: Vec::new(), sure: Vec::new(), announced: Vec::new() }
    }
}

/// The way so far: where it is, and the pieces that changed something.
struct Way<'t, W: Who> {
    tracker: &'t Tracker,
    who: W,
    as_of: AsOf,
    /// The answer there.
    status: W::Status,
    pieces: Vec<Piece>,
}

impl Tracker {
    /// Compares two answers about an authority.
    ///
    /// # Errors
    /// Those of [`Tracker::status`], for either.
    pub async fn compare(
        &self,
        named: &str,
        first: &AsOfQuestion,
        second: &AsOfQuestion,
    ) -> Result<Comparison<pb::AuthorityStatus>, TrackerError> {
        let (from, to) = (self.grounds(named, first).await?, self.grounds(named, second).await?);
        self.comparison(from, to).await
    }

    /// Compares two answers about a provider.
    ///
    /// # Errors
    /// Those of [`Tracker::provider`], for either.
    pub async fn compare_provider(
        &self,
        urn: ProviderUrn,
        first: &AsOfQuestion,
        second: &AsOfQuestion,
    ) -> Result<Comparison<pb::ProviderStatus>, TrackerError> {
        let from = self.provider_grounds(urn.clone(), first).await?;
        let to = self.provider_grounds(urn, second).await?;
        self.comparison(from, to).await
    }

    async fn comparison<W: Who>(
        &self,
        from: Grounds<W>,
        to: Grounds<W>,
    ) -> Result<Comparison<W::Told>, TrackerError> {
        let (status, second) = (from.status()?, W::told(&to.status()?));
        let first = W::told(&status);
        let mut changes = changes(Some(&first), Some(&second));
        // A code or a name may have been another's on the other day.
        if from.who == to.who && !changes.is_empty() {
            let (who, as_of, pieces) = (from.who, from.as_of, Vec::new());
            let mut way = Way { tracker: self, who, as_of, status, pieces };
            way.go(to.as_of).await?;
            for change in &mut changes {
                let_others().await;
                change.causes = causes(&way.pieces, change);
            }
        }
        Ok(Comparison { first, second, changes })
    }
}

impl<W: Who> Way<'_, W> {
    async fn go(&mut self, to: AsOf) -> Result<(), TrackerError> {
        let from = self.as_of;
        let all = self.known(from.known_position.max(to.known_position)).await?;
        let national = self.tracker.directory.national_at(from.known_position.max(to.known_position));
        let learned = learned(all.as_ref().iter().chain(&national), from, to);
        let known = self.known(to.known_position).await?;
        let national = self.tracker.directory.national_at(to.known_position);
        let happened = happened(known.as_ref(), &national, from, to);
        let steps = learned.len() + 3 * happened.len();
        if STEPS_MAX < steps || FOLDED_MAX < steps * all.as_ref().len() {
            return Ok(());
        }
        let asked = AsOf { basis: to.basis, view: to.view, known_at: to.known_at, today: to.today, ..from };
        self.step(Reason::AskedOtherwise, asked, Vec::new(), &[]).await?;
        for (position, id) in learned {
            self.step(Reason::Learned, AsOf { known_position: position, ..asked }, vec![id], &[]).await?;
        }
        self.step(Reason::Learned, AsOf { effective: from.effective, ..to }, Vec::new(), &[]).await?;
        for day in happened {
            self.go_over(day, to, from.effective < to.effective).await?;
        }
        self.step(Reason::DayPassed, to, Vec::new(), &[]).await
    }

    /// The history up to a position.
    async fn known(&self, position: Position) -> Result<History, TrackerError> {
        let tracker = self.tracker;
        tracker.directory.histories.read(tracker.log(), &self.who.stream()?, position).await
    }

    /// Goes over a day on which something happened: what the day by itself changes is told from what happened on it.
    async fn go_over(&mut self, day: Eventful, to: AsOf, forward: bool) -> Result<(), TrackerError> {
        let Eventful { day, begun, sure, announced } = day;
        let (on, eve) =
            (AsOf { effective: day, ..to }, AsOf { effective: day.yesterday().unwrap_or(day), ..to });
        // Rough dates become sure, and holidays are announced, and inspections suspended, with the day; what begins on it can be left out of it.
        let with_it: Vec<EventId> = sure.into_iter().chain(announced).collect();
        let reason = if with_it.is_empty() { Reason::DayPassed } else { Reason::Happened };
        if forward {
            if reason == Reason::Happened {
                self.step(Reason::DayPassed, eve, Vec::new(), &[]).await?;
            }
            self.step(reason, on, with_it, &begun).await?;
            self.step(Reason::Happened, on, begun, &[]).await
        } else {
            self.step(Reason::DayPassed, on, Vec::new(), &[]).await?;
            self.step(Reason::Happened, on, begun.clone(), &begun).await?;
            if reason == Reason::Happened { self.step(reason, eve, with_it, &[]).await } else { Ok(()) }
        }
    }

    /// Goes to another answer, to a history without some events.
    async fn step(
        &mut self,
        reason: Reason,
        to: AsOf,
        events: Vec<EventId>,
        without: &[EventId],
    ) -> Result<(), TrackerError> {
        let_others().await;
        let reference = self.tracker.reference_at(to.known_position).await?;
        let mut grounds = self.tracker.grounds_of(self.who.clone(), to, &reference).await?;
        if !without.is_empty() {
            grounds.history = grounds.history.without(without);
        }
        let mut status = match grounds.status() {
            // Its registration is left out or was voided there, and it was registered anew.
            Err(TrackerError::UnknownAuthority { .. } | TrackerError::UnknownProvider { .. }) => {
                return Ok(());
            }
            status => status?,
        };
        *W::as_of(&mut status) = self.as_of;
        let before = std::mem::replace(&mut self.status, status);
        if before != self.status {
            let [before, after] = [&before, &self.status].map(W::told);
            let changes = changes(Some(&before), Some(&after));
            let fields = changes.into_iter().map(|change| change.field).collect();
            self.pieces.push(Piece { reason, events, fields });
        }
        self.as_of = to;
        *W::as_of(&mut self.status) = to;
        Ok(())
    }
}

/// The events that only one of the answers knows, on the way from the first to the second, each with the position up to which the answer knows when
/// it is added, or left out.
fn learned<'e>(events: impl Iterator<Item = &'e Recorded>, from: AsOf, to: AsOf) -> Vec<(Position, EventId)> {
    let (one, other) = (from.known_position, to.known_position);
    let between = |event: &&Recorded| one.min(other) < event.position && event.position <= one.max(other);
    let mut learned: Vec<_> = events.filter(between).map(|event| (event.position, event.id)).collect();
    learned.sort_unstable();
    if other < one {
        learned.reverse();
        learned.iter_mut().for_each(|(position, _)| position.0 -= 1);
    }
    learned
}

/// The days on which something happened that the second answer knows, on the way there.
fn happened(history: &[Recorded], national: &[Recorded], from: AsOf, to: AsOf) -> Vec<Eventful> {
    let (one, other) = (from.effective.min(to.effective), from.effective.max(to.effective));
    let mut days: BTreeMap<Date, Eventful> = BTreeMap::new();
    let mut on = |day: Option<Date>, add: &mut dyn FnMut(&mut Eventful)| {
        if let Some(day) = day.filter(|day| one < *day && *day <= other) {
            add(days.entry(day).or_insert_with(|| Eventful::new(day)));
        }
    };
    for (date, ids) in answer::dates(history, AsOf { effective: other, ..to }) {
        on(date.earliest(), &mut |day| day.begun.extend(&ids));
        if date.earliest() != date.latest() {
            on(date.latest(), &mut |day| day.sure.extend(&ids));
        }
    }
    for (date, ids) in national::dates(national) {
        // A rough date may have come on the first of its days, and surely has on the last.
        on(date.earliest(), &mut |day| day.announced.extend(&ids));
        if date.earliest() != date.latest() {
            on(date.latest(), &mut |day| day.announced.extend(&ids));
        }
    }
    let mut days: Vec<Eventful> = days.into_values().collect();
    if to.effective < from.effective {
        days.reverse();
    }
    days
}

/// Where on the way a field changes: one cause for each reason.
fn causes(pieces: &[Piece], change: &pb::FieldChange) -> Vec<pb::ChangeCause> {
    let mut causes: Vec<pb::ChangeCause> = Vec::new();
    for piece in pieces.iter().filter(|piece| piece.fields.iter().any(|field| touch(field, &change.field))) {
        let reason = piece.reason.into();
        let place = causes.iter().position(|cause| cause.reason == reason).unwrap_or_else(|| {
            causes.push(pb::ChangeCause { reason, event_ids: Vec::new() });
            causes.len() - 1
        });
        let Some(cause) = causes.get_mut(place) else { continue };
        for id in piece.events.iter().map(ToString::to_string) {
            if !cause.event_ids.contains(&id) {
                cause.event_ids.push(id);
            }
        }
    }
    causes
}
