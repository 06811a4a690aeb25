//! What would change if events were recorded: the answers as things are, beside those with the events in place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use docket_api::from_proto::AsOfQuestion;
use docket_domain::event::{Proposal, Recorded};
use docket_domain::id::AuthorityId;
use docket_domain::status::{AsOf, AuthorityStatus};
use docket_domain::{Position, StreamId};

use super::Tracker;
use super::answers::Grounds;
use super::directory::{Reference, authority_of, is_national, stream_of};
use super::error::TrackerError;
use super::histories::History;
use super::questions::let_others;

/// The answer about an authority as things are, and as it would be. One of them is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// `None` where the register would get the authority by these events.
    pub before: Option<AuthorityStatus>,
    /// `None` where they would take it out again.
    pub after: Option<AuthorityStatus>,
}

/// Events as if they were the next of the log, by stream.
type Next = BTreeMap<StreamId, Vec<Recorded>>;

impl Tracker {
    /// The answers to a question that would change if these events came after `head`, by name.
    ///
    /// # Errors
    /// Those of reading the log.
    pub(super) async fn what_if(
        &self,
        offered: &[(StreamId, Proposal)],
        question: &AsOfQuestion,
        head: Position,
    ) -> Result<Vec<StatusChange>, TrackerError> {
        let as_of = AsOf { known_position: head, ..self.as_of(question).await? };
        let next = self.next(offered, as_of).await?;
        let now = self.directory.at(head);
        let then = Arc::new(self.directory.at_with(head, &next));
        let mut changes = Vec::new();
        for authority in concerned(&next, &now, &then) {
            let_others().await;
            let stream = stream_of(&authority)?;
            let history = self.directory.histories.read(self.log(), &stream, head).await?;
            let history_then = match next.get(&stream) {
                Some(more) => history.with(more),
                None => history.clone(),
            };
            let before = status(&authority, history, &now, as_of)?;
            let after = status(&authority, history_then, &then, as_of)?;
            if before != after {
                changes.push(StatusChange { before, after });
            }
        }
        changes.sort_by(|a, b| a.name().cmp(b.name()));
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

impl StatusChange {
    fn name(&self) -> &str {
        let status = self.after.as_ref().or(self.before.as_ref());
        status.map_or("", |status| &status.authority.name)
    }
}

/// Of whom the answer may change: those in whose streams something comes, or everybody where it holds for the whole country.
fn concerned(next: &Next, now: &Reference, then: &Reference) -> BTreeSet<AuthorityId> {
    if next.keys().any(is_national) {
        let entries = now.register.entries().chain(then.register.entries());
        return entries.map(|entry| entry.id.clone()).collect();
    }
    next.keys().filter_map(authority_of).collect()
}

/// The answer, if the register has the authority.
fn status(
    authority: &AuthorityId,
    history: History,
    reference: &Arc<Reference>,
    as_of: AsOf,
) -> Result<Option<AuthorityStatus>, TrackerError> {
    if reference.register.get(authority).is_none() {
        return Ok(None);
    }
    let reference = Arc::clone(reference);
    Grounds { who: authority.clone(), history, reference, as_of }.status().map(Some)
}
