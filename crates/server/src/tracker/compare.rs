//! Two answers about one authority, and what made the difference.
//!
//! The way from the first to the second goes by three steps: first the basis and view of the second, then what it knows, event by event,
//! then its day, by the days on which something happened. A field that differs has its causes where it changes on that way.

use std::collections::{BTreeMap, BTreeSet};

use docket_api::changes::{changes, touch};
use docket_api::from_proto::AsOfQuestion;
use docket_api::{pb, to_proto};
use docket_domain::date::Date;
use docket_domain::event::{Fact, Recorded};
use docket_domain::id::AuthorityId;
use docket_domain::status::{AsOf, AuthorityStatus};
use docket_domain::{EventId, Position};
use pb::ChangeReason as Reason;

use super::Tracker;
use super::error::TrackerError;
use super::questions::let_others;

/// Two answers about one authority.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// To the first question.
    pub first: pb::AuthorityStatus,
    /// To the second.
    pub second: pb::AuthorityStatus,
    /// The fields in which they differ, each with its causes.
    pub changes: Vec<pb::FieldChange>,
}

/// A piece of the way on which the answer changes.
struct Piece {
    reason: Reason,
    events: Vec<EventId>,
    changes: Vec<pb::FieldChange>,
}

/// The way so far: where it is, and the pieces that changed something.
struct Way<'t> {
    tracker: &'t Tracker,
    authority: AuthorityId,
    as_of: AsOf,
    /// The answer there.
    status: AuthorityStatus,
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
    ) -> Result<Comparison, TrackerError> {
        let (from, to) = (self.grounds(named, first).await?, self.grounds(named, second).await?);
        let (status, second) = (from.status()?, to_proto::status(&to.status()?));
        let first = to_proto::status(&status);
        let mut changes = changes(Some(&first), Some(&second));
        // A code or a name may have been another's on the other day.
        if from.authority == to.authority && !changes.is_empty() {
            let (authority, as_of, pieces) = (from.authority, from.as_of, Vec::new());
            let mut way = Way { tracker: self, authority, as_of, status, pieces };
            way.go(to.as_of).await?;
            for change in &mut changes {
                change.causes = causes(&way.pieces, change);
            }
        }
        Ok(Comparison { first, second, changes })
    }
}

impl Way<'_> {
    async fn go(&mut self, to: AsOf) -> Result<(), TrackerError> {
        let (from, latest) = (self.as_of, self.as_of.known_position.max(to.known_position));
        let (_, history) = self.tracker.history_of(&self.authority, latest).await?;
        let calendar = self.tracker.directory.calendar_at(latest);
        self.step(Reason::AskedOtherwise, AsOf { basis: to.basis, view: to.view, ..from }, Vec::new())
            .await?;
        let known = AsOf { known_at: to.known_at, ..self.as_of };
        for (position, id) in learned(history.as_ref().iter().chain(&calendar), from, to) {
            self.step(Reason::Learned, AsOf { known_position: position, ..known }, vec![id]).await?;
        }
        let known = AsOf { effective: from.effective, ..to };
        self.step(Reason::Learned, known, Vec::new()).await?;
        for (day, ids) in happened(history.as_ref(), from, to) {
            let (eve, day) = (AsOf { effective: day.0, ..to }, AsOf { effective: day.1, ..to });
            self.step(Reason::DayPassed, eve, Vec::new()).await?;
            self.step(Reason::Happened, day, ids).await?;
        }
        self.step(Reason::DayPassed, to, Vec::new()).await
    }

    /// Goes to another answer.
    async fn step(&mut self, reason: Reason, to: AsOf, events: Vec<EventId>) -> Result<(), TrackerError> {
        let_others().await;
        let reference = self.tracker.reference_at(to.known_position).await?;
        let status = match self.tracker.grounds_of(self.authority.clone(), to, &reference).await?.status() {
            // Its registration was voided there, and it was registered anew.
            Err(TrackerError::UnknownAuthority { .. }) => return Ok(()),
            status => status?,
        };
        let before = std::mem::replace(&mut self.status, AuthorityStatus { as_of: self.as_of, ..status });
        if before != self.status {
            let [before, after] = [&before, &self.status].map(to_proto::status);
            let changes = changes(Some(&before), Some(&after));
            self.pieces.push(Piece { reason, events, changes });
        }
        self.as_of = to;
        self.status.as_of = to;
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

/// The days between the two on which something happened, as it was recorded or as it was corrected, on the way from the first to the second:
/// each with the day on this side of it, and what happened.
fn happened(history: &[Recorded], from: AsOf, to: AsOf) -> Vec<((Date, Date), Vec<EventId>)> {
    let (one, other) = (from.effective, to.effective);
    let mut days: BTreeMap<Date, BTreeSet<EventId>> = BTreeMap::new();
    for event in history {
        let corrected = match &event.fact {
            Fact::Corrected { event, happened_on, .. } => Some((*happened_on, *event)),
            _ => None,
        };
        for (on, id) in [(event.happened_on, event.id)].into_iter().chain(corrected) {
            // Rough dates have begun to be possible on their first day, and are sure by their last.
            for day in [on.earliest(), on.latest()].into_iter().flatten() {
                if one.min(other) < day && day <= one.max(other) {
                    days.entry(day).or_default().insert(id);
                }
            }
        }
    }
    let in_order = |ids: &BTreeSet<EventId>| {
        history.iter().map(|event| event.id).filter(|id| ids.contains(id)).collect()
    };
    let around = |day: Date| (day.yesterday().unwrap_or(day), day);
    let days = days.iter().map(|(day, ids)| (around(*day), in_order(ids)));
    match other < one {
        false => days.collect(),
        true => days.rev().map(|((eve, day), ids)| ((day, eve), ids)).collect(),
    }
}

/// Where on the way a field changes: one cause for each reason.
fn causes(pieces: &[Piece], change: &pb::FieldChange) -> Vec<pb::ChangeCause> {
    let mut causes: Vec<pb::ChangeCause> = Vec::new();
    for piece in pieces.iter().filter(|piece| piece.changes.iter().any(|other| touch(other, change))) {
        let ids = piece.events.iter().map(ToString::to_string);
        match causes.iter_mut().find(|cause| cause.reason() == piece.reason) {
            Some(cause) => cause.event_ids.extend(ids),
            None => causes.push(pb::ChangeCause { reason: piece.reason.into(), event_ids: ids.collect() }),
        }
    }
    causes
}
