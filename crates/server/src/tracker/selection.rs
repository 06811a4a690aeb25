//! Which events a reader wants: a filter in which every name was looked up.

use std::collections::BTreeSet;

use docket_api::from_proto::{DatedView, Filter};
use docket_api::pb::SubjectKind;
use docket_domain::StreamId;
use docket_domain::about::About;
use docket_domain::date::{Date, PartialDate};
use docket_domain::id::ProviderUrn;
use docket_domain::terms::{Framework, ServiceDomain};
use docket_log::{Selection, StoredEvent};

use super::directory::{Reference, stream_of};
use super::error::TrackerError;
use super::{AUTHORITY, Passed, Tracker};
use crate::clock::day_in_london;

/// A filter in which every name was looked up. What is empty lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    node: Node,
    /// Which view is wanted; `None`: every event as it was recorded.
    view: Option<DatedView>,
}

/// A filter, and those in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    streams: BTreeSet<StreamId>,
    authorities: BTreeSet<StreamId>,
    kinds: BTreeSet<u32>,
    subjects: Vec<SubjectKind>,
    /// In lower case.
    regions: BTreeSet<String>,
    frameworks: Vec<Framework>,
    domains: Vec<ServiceDomain>,
    recorded_since_micros: Option<i64>,
    effective_since: Option<Date>,
    all_of: Vec<Node>,
    any_of: Vec<Node>,
    none_of: Vec<Node>,
}

/// What is known of an event when a filter is asked: of one that is withheld only what is public of it.
pub(crate) struct Look<'a> {
    stream: &'a StreamId,
    recorded_at_micros: i64,
    kind: Option<u32>,
    content: Option<Content>,
}

/// What has to be read for it.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) happened_on: PartialDate,
    pub(crate) about: About,
    /// In lower case; empty where there is none.
    pub(crate) region: String,
}

impl<'a> Look<'a> {
    pub(crate) fn of(event: &'a StoredEvent) -> Self {
        let StoredEvent { stream, kind, recorded_at_micros, .. } = event;
        Self { stream, recorded_at_micros: *recorded_at_micros, kind: Some(*kind), content: None }
    }

    pub(crate) fn with(self, content: Content) -> Self {
        Self { content: Some(content), ..self }
    }

    /// As it is seen from outside.
    pub(crate) fn withheld(self) -> Self {
        Self { kind: None, content: None, ..self }
    }

    fn subject(&self) -> SubjectKind {
        match self.stream.category() {
            AUTHORITY => SubjectKind::Authority,
            StreamId::PROVIDER => SubjectKind::Provider,
            _ => SubjectKind::National,
        }
    }
}

/// Whether all hold; `None` where that hangs on what is not known.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

fn not(answer: Option<bool>) -> Option<bool> {
    answer.map(|answer| !answer)
}

impl Node {
    /// Whether the filter lets an event through; `None` where that hangs on what is not known of it.
    fn judge(&self, event: &Look<'_>) -> Option<bool> {
        let content = event.content.as_ref();
        let since = |day| content.map(|it| it.happened_on.latest().is_none_or(|latest| day <= latest));
        let fields = [
            Some(self.streams.is_empty() || self.streams.contains(event.stream)),
            Some(self.authorities.is_empty() || self.authorities.contains(event.stream)),
            Some(self.subjects.is_empty() || self.subjects.contains(&event.subject())),
            Some(self.recorded_since_micros.is_none_or(|since| since <= event.recorded_at_micros)),
            one_of(self.kinds.is_empty(), event.kind.map(|kind| self.kinds.contains(&kind))),
            one_of(self.regions.is_empty(), content.map(|it| self.regions.contains(&it.region))),
            one_of(
                self.frameworks.is_empty(),
                content.map(|it| shares(&self.frameworks, &it.about.frameworks)),
            ),
            one_of(
                self.domains.is_empty(),
                content.map(|it| shares(&self.domains, it.about.domain.as_slice())),
            ),
            self.effective_since.map_or(Some(true), since),
        ];
        let judged = |nodes: &'_ [Self]| nodes.iter().map(|node| node.judge(event)).collect::<Vec<_>>();
        let any = one_of(self.any_of.is_empty(), not(all(judged(&self.any_of).into_iter().map(not))));
        let none = all(judged(&self.none_of).into_iter().map(not));
        all(fields.into_iter().chain(judged(&self.all_of)).chain([any, none]))
    }

    /// Whether it asks for what has to be read of an event.
    fn asks_for_content(&self) -> bool {
        let inner = self.all_of.iter().chain(&self.any_of).chain(&self.none_of);
        !self.regions.is_empty()
            || !self.frameworks.is_empty()
            || !self.domains.is_empty()
            || self.effective_since.is_some()
            || inner.into_iter().any(Self::asks_for_content)
    }
}

/// A field that was left out lets everything through.
fn one_of(is_left_out: bool, answer: Option<bool>) -> Option<bool> {
    if is_left_out { Some(true) } else { answer }
}

fn shares<T: PartialEq>(wanted: &[T], has: &[T]) -> bool {
    has.iter().any(|one| wanted.contains(one))
}

impl Wanted {
    /// Whether the filter may let the event through, as far as its place and its kind tell; in a view, its place alone.
    #[must_use]
    pub(crate) fn matches(&self, event: &StoredEvent) -> bool {
        let look = Look::of(event);
        let look = if self.view.is_some() { look.withheld() } else { look };
        self.node.judge(&look) != Some(false)
    }

    /// Whether it lets through what was looked at; where that hangs on what is not public, it does.
    pub(crate) fn lets_through(&self, look: &Look<'_>) -> bool {
        self.node.judge(look) != Some(false)
    }

    /// Whether it asks for what has to be read of an event.
    pub(crate) fn asks_for_content(&self) -> bool {
        self.node.asks_for_content()
    }

    /// Which view is wanted.
    pub(crate) fn view(&self) -> Option<DatedView> {
        self.view
    }

    /// The event on its way, if the filter may let it through. A few of many do not hold all of their memory.
    pub(crate) fn pass(&self, event: StoredEvent) -> Option<Passed> {
        let pass = |event| if *self == Self::default() { event } else { StoredEvent::detached(event) };
        self.matches(&event).then(|| Passed::new(pass(event)))
    }

    /// The streams outside of which it lets nothing through; `None` where it names none.
    pub(crate) fn only_streams(&self) -> Option<&BTreeSet<StreamId>> {
        [&self.node.streams, &self.node.authorities].into_iter().find(|named| !named.is_empty())
    }

    /// The smallest part of the log in which every event is that the filter lets through.
    pub(crate) fn selection(&self) -> Selection {
        let mut named = self.node.streams.iter().chain(&self.node.authorities);
        match (named.next(), named.next()) {
            (Some(stream), None) => Selection::Stream(stream.clone()),
            // What a view withholds has no kind.
            _ if self.view.is_none() && !self.node.kinds.is_empty() => {
                Selection::Kinds(self.node.kinds.iter().copied().collect())
            }
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
        // Names need the register, and the register needs the whole log: without names, what can be read of a damaged one is read.
        let reference = match names(filter) {
            false => None,
            true => {
                let (head, _) = self.directory.catch_up(self.log(), self.head()).await?;
                Some(self.directory.at(head))
            }
        };
        let today = day_in_london(self.clock.now());
        Ok(Wanted { node: node(filter, reference.as_deref(), today)?, view: filter.view })
    }
}

/// Whether a filter, or one in it, names a stream or an authority.
fn names(filter: &Filter) -> bool {
    let mut inner = filter.all_of.iter().chain(&filter.any_of).chain(&filter.none_of);
    !filter.streams.is_empty() || !filter.authorities.is_empty() || inner.any(names)
}

fn node(filter: &Filter, reference: Option<&Reference>, today: Date) -> Result<Node, TrackerError> {
    let inner = |filters: &[Filter]| -> Result<Vec<Node>, TrackerError> {
        filters.iter().map(|one| node(one, reference, today)).collect()
    };
    let mut streams = BTreeSet::new();
    let mut authorities = BTreeSet::new();
    if let Some(reference) = reference {
        for named in &filter.streams {
            streams.insert(stream_named(reference, named, today)?);
        }
        for named in &filter.authorities {
            authorities.insert(match provider_of(named) {
                Some(urn) => urn.stream(),
                None => stream_of(&reference.find(named, today)?)?,
            });
        }
    }
    Ok(Node {
        streams,
        authorities,
        kinds: filter.kinds.iter().copied().collect(),
        subjects: filter.subjects.clone(),
        regions: filter.regions.iter().map(|region| region.to_lowercase()).collect(),
        frameworks: filter.frameworks.clone(),
        domains: filter.domains.clone(),
        recorded_since_micros: filter.recorded_since.map(jiff::Timestamp::as_microsecond),
        effective_since: filter.effective_since,
        all_of: inner(&filter.all_of)?,
        any_of: inner(&filter.any_of)?,
        none_of: inner(&filter.none_of)?,
    })
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
