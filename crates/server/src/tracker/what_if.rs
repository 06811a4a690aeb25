//! What would change if events were recorded: the answers as things are, beside those with the events in place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use docket_api::from_proto::AsOfQuestion;
use docket_domain::event::{Proposal, Recorded};
use docket_domain::id::{AuthorityId, ProviderUrn};
use docket_domain::providers::status::ProviderStatus;
use docket_domain::status::{AsOf, AuthorityStatus};
use docket_domain::{Position, StreamId};

use super::Tracker;
use super::directory::{Reference, authority_of, is_national};
use super::error::TrackerError;
use super::questions::let_others;
use super::who::Who;

/// The answers that would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foretold {
    /// By name.
    pub authorities: Vec<StatusChange<AuthorityStatus>>,
    /// By URN.
    pub providers: Vec<StatusChange<ProviderStatus>>,
}

/// An answer as things are, and as it would be. One of them is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange<S> {
    /// `None` where nothing is known of whoever it is about.
    pub before: Option<S>,
    /// `None` where the register would lose the authority.
    pub after: Option<S>,
}

/// Events as if they were the next of the log, by stream.
type Next = BTreeMap<StreamId, Vec<Recorded>>;

impl Tracker {
    /// The answers to a question that would change if these events came after `head`.
    ///
    /// # Errors
    /// Those of reading the log.
    pub(super) async fn what_if(
        &self,
        offered: &[(StreamId, Proposal)],
        question: &AsOfQuestion,
        head: Position,
    ) -> Result<Foretold, TrackerError> {
        let as_of = self.as_of(question).await?;
        // Whoever may record may see what is recorded, and asks what would follow once it is public.
        let as_of = AsOf { known_position: head, today: as_of.effective.max(as_of.today), ..as_of };
        let next = self.next(offered, as_of).await?;
        let now = self.directory.at(head);
        let then = Arc::new(self.directory.at_with(head, &next));
        let mut providers: BTreeSet<ProviderUrn> = next.keys().filter_map(ProviderUrn::of).collect();
        if next.keys().any(is_national) {
            providers.extend(self.registered(head).await?);
        }
        let mut authorities =
            self.foretold(concerned(&next, &now, &then), &next, [&now, &then], as_of).await?;
        authorities.sort_by(|a, b| name(a).cmp(name(b)));
        let providers = self.foretold(providers, &next, [&now, &then], as_of).await?;
        Ok(Foretold { authorities, providers })
    }

    /// Of these the answers that would change, in their order.
    async fn foretold<W: Who>(
        &self,
        concerned: BTreeSet<W>,
        next: &Next,
        [now, then]: [&Arc<Reference>; 2],
        as_of: AsOf,
    ) -> Result<Vec<StatusChange<W::Status>>, TrackerError> {
        let mut changes = Vec::new();
        for who in concerned {
            let_others().await;
            let mut grounds = self.grounds_of(who, as_of, now).await?;
            let before = known(grounds.status())?;
            if let Some(more) = next.get(&grounds.who.stream()?) {
                grounds.history = grounds.history.with(more);
            }
            grounds.reference = Arc::clone(then);
            let after = known(grounds.status())?;
            if before != after {
                changes.push(StatusChange { before, after });
            }
        }
        Ok(changes)
    }

    /// The events as they would be recorded.
    async fn next(&self, offered: &[(StreamId, Proposal)], as_of: AsOf) -> Result<Next, TrackerError> {
        let mut next = Next::new();
        let mut position = as_of.known_position;
        for (stream, Proposal { id, happened_on, published, fact }) in offered {
            let last = match next.get(stream).and_then(|events| events.last()) {
                Some(last) => last.revision,
                None => {
                    let known = as_of.known_position;
                    self.directory.histories.read(self.log(), stream, known).await?.revision()
                }
            };
            position = position.next();
            next.entry(stream.clone()).or_default().push(Recorded {
                position,
                revision: last.next(),
                recorded_at: as_of.known_at,
                id: *id,
                happened_on: *happened_on,
                published: *published,
                fact: fact.clone(),
            });
        }
        Ok(next)
    }
}

fn name(change: &StatusChange<AuthorityStatus>) -> &str {
    let status = change.after.as_ref().or(change.before.as_ref());
    status.map_or("", |status| &status.authority.name)
}

/// Of which authorities the answer may change: those in whose streams something comes, or everybody where it holds for the whole country.
fn concerned(next: &Next, now: &Reference, then: &Reference) -> BTreeSet<AuthorityId> {
    if next.keys().any(is_national) {
        let entries = now.register.entries().chain(then.register.entries());
        return entries.map(|entry| entry.id.clone()).collect();
    }
    next.keys().filter_map(authority_of).collect()
}

/// The answer, if there is whoever it is about.
fn known<S>(status: Result<S, TrackerError>) -> Result<Option<S>, TrackerError> {
    match status {
        Err(TrackerError::UnknownAuthority { .. } | TrackerError::UnknownProvider { .. }) => Ok(None),
        status => status.map(Some),
    }
}
