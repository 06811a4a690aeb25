//! Which events a reader wants: a filter in which every name was looked up.

use std::collections::BTreeSet;

use docket_api::from_proto::{DatedView, Filter};
use docket_domain::StreamId;
use docket_domain::date::Date;
use docket_domain::id::ProviderUrn;
use docket_log::{Selection, StoredEvent};

use super::directory::{Reference, stream_of};
use super::error::TrackerError;
use super::{AUTHORITY, Passed, Tracker};
use crate::clock::day_in_london;

/// A filter in which every name was looked up. What is empty lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    streams: BTreeSet<StreamId>,
    authorities: BTreeSet<StreamId>,
    kinds: BTreeSet<u32>,
    /// Which view is wanted; `None`: every event as it was recorded.
    view: Option<DatedView>,
}

impl Wanted {
    /// Whether the filter lets the event through, as far as that is not for the view to say.
    #[must_use]
    pub(crate) fn matches(&self, event: &StoredEvent) -> bool {
        let (stream, kind) = (&event.stream, &event.kind);
        (self.streams.is_empty() || self.streams.contains(stream))
            && (self.authorities.is_empty() || self.authorities.contains(stream))
            && (self.view.is_some() || self.wants_kind(*kind))
    }

    /// Whether events of a kind are wanted. In a view this is asked of those alone that are not withheld: what is withheld has no kind.
    pub(crate) fn wants_kind(&self, kind: u32) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// Which view is wanted.
    pub(crate) fn view(&self) -> Option<DatedView> {
        self.view
    }

    /// The event on its way, if the filter lets it through. A few of many do not hold all of their memory.
    pub(crate) fn pass(&self, event: StoredEvent) -> Option<Passed> {
        let pass = |event| if *self == Self::default() { event } else { StoredEvent::detached(event) };
        self.matches(&event).then(|| Passed::new(pass(event)))
    }

    /// The streams outside of which it lets nothing through; `None` where it names none.
    pub(crate) fn only_streams(&self) -> Option<&BTreeSet<StreamId>> {
        [&self.streams, &self.authorities].into_iter().find(|named| !named.is_empty())
    }

    /// The smallest part of the log in which every event is that the filter lets through.
    pub(crate) fn selection(&self) -> Selection {
        let mut named = self.streams.iter().chain(&self.authorities);
        match (named.next(), named.next()) {
            (Some(stream), None) => Selection::Stream(stream.clone()),
            _ => Selection::All,
        }
    }
}

impl Tracker {
    /// Looks up the names in a filter, as they are today.
    ///
    /// # Errors
    /// [`TrackerError::UnknownAuthority`], [`TrackerError::AmbiguousAuthority`] or [`TrackerError::NotAStream`] for a name, and those of
    /// reading the log.
    pub async fn wanted(&self, filter: &Filter) -> Result<Wanted, TrackerError> {
        let kinds = filter.kinds.iter().copied().collect();
        if filter.streams.is_empty() && filter.authorities.is_empty() {
            // Names need the register, and the register needs the whole log: without names, what can be read of a damaged one is read.
            return Ok(Wanted { kinds, view: filter.view, ..Wanted::default() });
        }
        let (head, _) = self.directory.catch_up(self.log(), self.head()).await?;
        let reference = self.directory.at(head);
        let today = day_in_london(self.clock.now());
        Ok(Wanted {
            streams: filter
                .streams
                .iter()
                .map(|named| stream_named(&reference, named, today))
                .collect::<Result<_, _>>()?,
            authorities: filter
                .authorities
                .iter()
                .map(|named| match provider_of(named) {
                    Some(urn) => Ok(urn.stream()),
                    None => stream_of(&reference.find(named, today)?),
                })
                .collect::<Result<_, _>>()?,
            kinds,
            view: filter.view,
        })
    }
}

/// The provider of `provider/URN`: such a name stands wherever an authority can be named and a provider meant.
pub(super) fn provider_of(named: &str) -> Option<ProviderUrn> {
    ProviderUrn::of(&named.parse().ok()?)
}

/// The stream of a name, in which an authority may be named in any way. Its id comes first: in a stream's name that is what is meant,
/// even where others bear a name that is spelt like it.
///
/// # Errors
/// Those of looking up an authority, and [`TrackerError::NotAStream`] for anything else that is not a stream.
fn stream_named(reference: &Reference, named: &str, on: Date) -> Result<StreamId, TrackerError> {
    match named.split_once('/') {
        Some((AUTHORITY, authority)) => {
            let id = authority.parse().ok();
            match id.filter(|id| reference.register.get(id).is_some()) {
                Some(id) => stream_of(&id),
                None => stream_of(&reference.find(authority, on)?),
            }
        }
        _ => named.parse().map_err(|_| TrackerError::NotAStream { named: named.to_owned() }),
    }
}
