//! What a view shows of events as they were recorded (docs/decisions/0019-withheld-events.md).
//!
//! An event is withheld where the answer of that view and day may not see what it says: the rule is that of answers, and stands in the
//! domain. It is never left out in silence: its place and its hashes are told.

use std::collections::{BTreeMap, BTreeSet};

use docket_api::from_proto::DatedView;
use docket_domain::about::{About, about};
use docket_domain::date::{Date, PartialDate};
use docket_domain::event::Recorded;
use docket_domain::status::Asked;
use docket_domain::terms::View;
use docket_domain::{EventId, Position, StreamId, answer};
use docket_log::StoredEvent;

use super::error::TrackerError;
use super::questions::let_others;
use super::selection::{Content, Look, Wanted};
use super::{AUTHORITY, Passed, Tracker};
use crate::clock::day_in_london;
use crate::proof::HEADS_STREAM;

/// A reader's view, and what it does not show of the streams that were looked at.
pub(crate) struct Viewer {
    view: DatedView,
    /// The day, where the view names none, and what is known.
    at: (Date, Position),
    /// As of then.
    withheld: BTreeMap<StreamId, BTreeSet<EventId>>,
}

impl Viewer {
    /// A view of its day, or else of this one, as known at a position.
    pub(crate) fn new(view: DatedView, at: (Date, Position)) -> Self {
        Self { view, at, withheld: BTreeMap::new() }
    }

    /// The same view at another moment.
    pub(crate) fn move_on(&mut self, at: (Date, Position)) {
        if self.at != at {
            *self = Self::new(self.view, at);
        }
    }
}

impl Tracker {
    /// The day in London, and the last position: what is public now hangs on both.
    pub(crate) fn moment(&self) -> (Date, Position) {
        (day_in_london(self.clock.now()), self.head())
    }

    /// Whether the view does not show an event of a stream.
    ///
    /// # Errors
    /// Those of reading the stream.
    pub(crate) async fn is_withheld(
        &self,
        viewer: &mut Viewer,
        stream: &StreamId,
        event: EventId,
    ) -> Result<bool, TrackerError> {
        // Docket's own says nothing that happened. Of every other stream, of kinds to come too, the rule says.
        if stream.as_str() == HEADS_STREAM {
            return Ok(false);
        }
        if let Some(withheld) = viewer.withheld.get(stream) {
            return Ok(withheld.contains(&event));
        }
        let (day, known) = viewer.at;
        let_others().await;
        let history = self.directory.histories.read(self.log(), stream, known).await?;
        let today = day_in_london(self.clock.now());
        let asked = Asked::of_events(viewer.view.view, viewer.view.on.unwrap_or(day), today);
        let withheld = answer::withheld(history.as_ref(), asked);
        let is_withheld = withheld.contains(&event);
        viewer.withheld.insert(stream.clone(), withheld);
        Ok(is_withheld)
    }

    /// The event as it goes out; `None` where the filter does not let it through. Where a view withholds it, whatever of the filter asks for
    /// more than is public of it lets it through.
    ///
    /// # Errors
    /// Those of reading its stream.
    pub(crate) async fn shown(
        &self,
        viewer: Option<&mut Viewer>,
        wanted: &Wanted,
        event: &Passed,
    ) -> Result<Option<Passed>, TrackerError> {
        let stored = event.stored();
        let look = Look::of(stored);
        if let Some(viewer) = viewer
            && self.is_withheld(viewer, &stored.stream, stored.id).await?
        {
            return Ok(wanted.lets_through(&look.withheld()).then(|| event.withheld()));
        }
        let look = if wanted.asks_for_content() { look.with(self.content(stored).await?) } else { look };
        Ok(wanted.lets_through(&look).then(|| event.clone()))
    }

    /// What a filter may ask of an event, as is known with it.
    async fn content(&self, event: &StoredEvent) -> Result<Content, TrackerError> {
        if event.stream.as_str() == HEADS_STREAM {
            let (happened_on, about) = (PartialDate::Unknown, About::default());
            return Ok(Content { happened_on, about, region: String::new() });
        }
        let_others().await;
        let history = self.directory.histories.read(self.log(), &event.stream, event.position).await?;
        let history: &[Recorded] = history.as_ref();
        let about = about(&event.stream, history);
        let (head, _) = self.directory.catch_up(self.log(), self.head()).await?;
        let reference = self.directory.at(head);
        let own =
            (event.stream.category() == AUTHORITY).then(|| event.stream.subject().parse().ok()).flatten();
        let located = own.or_else(|| about.located.clone());
        let entry = located.as_ref().and_then(|authority| reference.register.get(authority));
        let today = day_in_london(self.clock.now());
        let region = entry.map(|entry| entry.reference(today).region.to_lowercase()).unwrap_or_default();
        let happened_on = history.last().map_or(PartialDate::Unknown, |last| last.happened_on);
        Ok(Content { happened_on, about, region })
    }

    /// How many events of these streams stand against giving them whole, as known at a position: in the public view all that it does not
    /// show on the day asked, in the restricted one what is under embargo today. What is only dated ahead is no secret there.
    ///
    /// # Errors
    /// Those of reading them.
    pub async fn withheld_from_bundle(
        &self,
        view: DatedView,
        streams: &[StreamId],
        known: Position,
    ) -> Result<usize, TrackerError> {
        let today = day_in_london(self.clock.now());
        let day = if view.view == View::Public { view.on.unwrap_or(today) } else { today };
        let asked = Asked::of_events(view.view, day.min(today), today);
        let mut withheld = 0;
        for stream in streams {
            let history = self.directory.histories.read(self.log(), stream, known).await?;
            withheld += match view.view {
                View::Public => answer::withheld(history.as_ref(), asked).len(),
                View::Restricted => answer::under_embargo(history.as_ref(), asked).len(),
            };
        }
        Ok(withheld)
    }

    /// Whether a view does not show the event at a position.
    ///
    /// # Errors
    /// Those of reading it and its stream.
    pub async fn is_withheld_at(&self, view: DatedView, position: Position) -> Result<bool, TrackerError> {
        let event = self.event_at(position).await?;
        self.is_withheld(&mut Viewer::new(view, self.moment()), &event.stream, event.id).await
    }
}
