//! Two answers about one authority or provider, and what made the difference.
//!
//! The way from the first to the second goes by three steps: first the basis and view of the second, then what it knows, event by event,
//! then its day, by the days on which something happened: each first by itself, then event by event. A field that differs has its causes where
//! it changes on that way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use docket_api::changes::{changes, touch};
use docket_api::from_proto::AsOfQuestion;
use docket_api::pb;
use docket_domain::date::{Date, PartialDate};
use docket_domain::event::{Fact, Recorded};
use docket_domain::id::ProviderUrn;
use docket_domain::national::{self, National};
use docket_domain::status::AsOf;
use docket_domain::{EventId, Position, answer};
use pb::ChangeReason as Reason;

use super::Tracker;
use super::answers::Grounds;
use super::directory::Reference;
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
    /// What is dated with the day, or may have happened from it on: for everybody, then in the history, in the order in which it counts.
    begun: Vec<Vec<EventId>>,
    /// What is roughly dated and has happened by it.
    sure: Vec<EventId>,
}

impl Eventful {
    /// How many answers it takes to go over it, event by event or at once.
    fn steps(&self, apart: bool) -> usize {
        let begun = if apart { self.begun.len() } else { self.begun.len().min(1) };
        begun + if self.sure.is_empty() { 1 } else { 4 }
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
    /// Corrections that were recorded on the way: what they change of what happens on it was learned.
    corrections: BTreeSet<EventId>,
    /// What happened on one day is gone over event by event.
    apart: bool,
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
            let (who, as_of, pieces, corrections) = (from.who, from.as_of, Vec::new(), BTreeSet::new());
            let mut way = Way { tracker: self, who, as_of, status, pieces, corrections, apart: true };
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
        let corrections =
            all.as_ref().iter().chain(&national).filter(|event| matches!(event.fact, Fact::Corrected { .. }));
        let corrections: BTreeSet<EventId> = corrections.map(|event| event.id).collect();
        self.corrections = learned.iter().map(|(_, id)| *id).filter(|id| corrections.contains(id)).collect();
        let known = self.known(to.known_position).await?;
        let national = self.tracker.directory.national_at(to.known_position);
        let happened = happened((known.as_ref(), &national), &self.corrections, from, to);
        let is_bounded = |apart: bool| {
            let steps = learned.len() + 3 + happened.iter().map(|day| day.steps(apart)).sum::<usize>();
            steps <= STEPS_MAX && steps * all.as_ref().len() <= FOLDED_MAX
        };
        self.apart = is_bounded(true);
        if !self.apart && !is_bounded(false) {
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

    /// Goes over a day on which something happened: what the day by itself changes is told from what happened on it, and that event by event.
    async fn go_over(&mut self, day: Eventful, to: AsOf, forward: bool) -> Result<(), TrackerError> {
        let Eventful { day, begun, sure } = day;
        let (on, eve) =
            (AsOf { effective: day, ..to }, AsOf { effective: day.yesterday().unwrap_or(day), ..to });
        let all = begun.concat();
        let parts = if self.apart || begun.is_empty() { begun } else { vec![all.clone()] };
        let held = |place: usize| parts.get(place..).unwrap_or_default().concat();
        if forward {
            if sure.is_empty() {
                self.step(Reason::DayPassed, on, Vec::new(), &all).await?;
            } else {
                self.step(Reason::DayPassed, eve, Vec::new(), &[]).await?;
                self.make_sure(sure, on, &all).await?;
            }
            for (place, part) in parts.iter().enumerate() {
                self.step(self.reason(part), on, part.clone(), &held(place + 1)).await?;
            }
        } else {
            self.step(Reason::DayPassed, on, Vec::new(), &[]).await?;
            for (place, part) in parts.iter().enumerate().rev() {
                self.step(self.reason(part), on, part.clone(), &held(place)).await?;
            }
            if !sure.is_empty() {
                self.make_sure(sure, eve, &all).await?;
            }
        }
        Ok(())
    }

    /// A correction that was recorded on the way was learned, also where it corrects what happened on it.
    fn reason(&self, part: &[EventId]) -> Reason {
        if part.iter().all(|id| self.corrections.contains(id)) { Reason::Learned } else { Reason::Happened }
    }

    /// Goes over to the day on which rough dates become sure, or back. They cannot be left out of it, having perhaps happened before: what the day
    /// changes without them as well, it changes by itself.
    async fn make_sure(
        &mut self,
        sure: Vec<EventId>,
        to: AsOf,
        begun: &[EventId],
    ) -> Result<(), TrackerError> {
        let without: Vec<EventId> = sure.iter().chain(begun).copied().collect();
        let (before, after) = (self.answer(self.as_of, &without).await?, self.answer(to, &without).await?);
        let by_itself = before.zip(after).map(|(before, after)| fields::<W>(&before, &after));
        let pieces = self.pieces.len();
        self.step(Reason::Happened, to, sure, begun).await?;
        if let (Some(piece), Some(by_itself)) = (self.pieces.get_mut(pieces), by_itself) {
            let all = std::mem::take(&mut piece.fields);
            let (of_day, of_events) = all.into_iter().partition(|field| by_itself.contains(field));
            piece.fields = of_events;
            self.pieces.push(Piece { reason: Reason::DayPassed, events: Vec::new(), fields: of_day });
        }
        Ok(())
    }

    /// Goes to another answer, to what is recorded without some events.
    async fn step(
        &mut self,
        reason: Reason,
        to: AsOf,
        events: Vec<EventId>,
        without: &[EventId],
    ) -> Result<(), TrackerError> {
        let Some(status) = self.answer(to, without).await? else { return Ok(()) };
        let before = std::mem::replace(&mut self.status, status);
        *W::as_of(&mut self.status) = self.as_of;
        if before != self.status {
            let fields = fields::<W>(&before, &self.status);
            self.pieces.push(Piece { reason, events, fields });
        }
        self.as_of = to;
        *W::as_of(&mut self.status) = to;
        Ok(())
    }

    /// An answer, to what is recorded without some events. There is none where its registration is left out or was voided, and it was registered
    /// anew.
    async fn answer(&self, to: AsOf, without: &[EventId]) -> Result<Option<W::Status>, TrackerError> {
        let_others().await;
        let reference = self.tracker.reference_at(to.known_position).await?;
        let mut grounds = self.tracker.grounds_of(self.who.clone(), to, &reference).await?;
        if !without.is_empty() {
            grounds.history = grounds.history.without(without);
            let mut national = self.tracker.directory.national_at(to.known_position);
            if national.iter().any(|event| without.contains(&event.id)) {
                put_off(&mut national, without, to.effective);
                let Reference { register, national_position, .. } = &*reference;
                let (register, national_position) = (register.clone(), *national_position);
                let national = National::fold(&national);
                grounds.reference = Arc::new(Reference { register, national, national_position });
            }
        }
        match grounds.status() {
            Err(TrackerError::UnknownAuthority { .. } | TrackerError::UnknownProvider { .. }) => Ok(None),
            status => status.map(Some),
        }
    }
}

/// The fields in which two answers differ.
fn fields<W: Who>(before: &W::Status, after: &W::Status) -> Vec<String> {
    let changes = changes(Some(&W::told(before)), Some(&W::told(after)));
    changes.into_iter().map(|change| change.field).collect()
}

/// Leaves some events to the day after. Left out altogether they would take with them what held before: a holiday that they move.
fn put_off(national: &mut Vec<Recorded>, without: &[EventId], day: Date) {
    let is_correction = |event: &Recorded| matches!(event.fact, Fact::Corrected { .. });
    national.retain(|event| !(is_correction(event) && without.contains(&event.id)));
    for event in national.iter_mut().filter(|event| without.contains(&event.id)) {
        event.happened_on = day.tomorrow().unwrap_or(day).into();
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

/// The days on which something happened that the second answer knows, on the way there. A correction stands by itself where what it corrects was
/// recorded as of that day already, and where it was learned on the way.
fn happened(
    (history, national): (&[Recorded], &[Recorded]),
    learned: &BTreeSet<EventId>,
    from: AsOf,
    to: AsOf,
) -> Vec<Eventful> {
    let (one, other) = (from.effective.min(to.effective), from.effective.max(to.effective));
    let events: BTreeMap<EventId, &Recorded> =
        national.iter().chain(history).map(|event| (event.id, event)).collect();
    let is_apart = |date: PartialDate, ids: &[EventId]| {
        let of_that_day = |event: &&Recorded| event.happened_on == date || event.published == Some(date);
        ids.iter().any(|id| learned.contains(id))
            || ids.first().and_then(|id| events.get(id).copied()).as_ref().is_some_and(of_that_day)
    };
    let mut days: BTreeMap<Date, Eventful> = BTreeMap::new();
    let mut on = |day: Option<Date>, add: &mut dyn FnMut(&mut Eventful)| {
        if let Some(day) = day.filter(|day| one < *day && *day <= other) {
            let new = || Eventful { day, begun: Vec::new(), sure: Vec::new() };
            add(days.entry(day).or_insert_with(new));
        }
    };
    let of_history = answer::dates(history, AsOf { effective: other, ..to });
    for (date, ids) in national::dates(national).into_iter().chain(of_history) {
        // A rough date may have come on the first of its days, and surely has on the last.
        on(date.earliest(), &mut |day| {
            if day.begun.iter().flatten().any(|id| ids.contains(id)) {
                return;
            }
            if is_apart(date, &ids) {
                day.begun.extend(ids.iter().map(|id| vec![*id]));
            } else {
                day.begun.push(ids.clone());
            }
        });
        if date.earliest() != date.latest() {
            on(date.latest(), &mut |day| day.sure.extend(&ids));
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
