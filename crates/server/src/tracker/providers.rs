//! Questions about regulated providers. Their histories are read by stream; who there is follows from the events that registered them.

use std::collections::BTreeSet;

use docket_api::from_proto::AsOfQuestion;
use docket_domain::Position;
use docket_domain::id::{AuthorityId, ProviderUrn};
use docket_domain::providers::status::{ProviderRef, ProviderStatus};
use docket_domain::status::{AsOf, Obligation};
use docket_domain::terms::{Grade, MeasureKind, ProviderKind, RegistrationState, Standing};
use docket_log::{From, READ_EVENTS_MAX, Selection};

use super::Tracker;
use super::answers::Grounds;
use super::directory::Reference;
use super::error::TrackerError;
use super::questions::{ObligationFilter, let_others};

/// The number of the kind of event that registers a provider.
const PROVIDER_REGISTERED: u32 = 120;

/// Which providers a list holds. What is empty lets everything through, except that those no longer registered must be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderFilter {
    /// Names or codes of the authorities in whose area they are.
    pub authorities: Vec<String>,
    /// What they are registered as.
    pub kinds: Vec<ProviderKind>,
    /// Overall grades.
    pub grades: Vec<Grade>,
    /// In force, or perhaps in force.
    pub measures: Vec<MeasureKind>,
    /// Also those that are no longer registered on the day.
    pub include_cancelled: bool,
}

/// An obligation and the provider of whose history it is part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderOwed {
    /// Who.
    pub provider: ProviderRef,
    /// What.
    pub obligation: Obligation,
}

impl Tracker {
    /// What a provider looks like.
    ///
    /// # Errors
    /// [`TrackerError::UnknownProvider`] where none of this number was registered as known then, and those of [`Tracker::as_of`].
    pub async fn provider(
        &self,
        urn: ProviderUrn,
        question: &AsOfQuestion,
    ) -> Result<ProviderStatus, TrackerError> {
        self.provider_grounds(urn, question).await?.status()
    }

    /// Reads what the answer to a question is made of.
    pub(super) async fn provider_grounds(
        &self,
        urn: ProviderUrn,
        question: &AsOfQuestion,
    ) -> Result<Grounds<ProviderUrn>, TrackerError> {
        let as_of = self.as_of(question).await?;
        let reference = self.reference_at(as_of.known_position).await?;
        self.grounds_of(urn, as_of, &reference).await
    }

    /// What providers look like, by URN: at most `limit` after the one named, and whether there are more.
    ///
    /// # Errors
    /// Those of looking up the names in the filter and of reading the log.
    pub async fn providers(
        &self,
        as_of: AsOf,
        filter: &ProviderFilter,
        after: Option<&ProviderUrn>,
        limit: usize,
    ) -> Result<(Vec<ProviderStatus>, bool), TrackerError> {
        let reference = self.reference_at(as_of.known_position).await?;
        let areas = areas(&reference, &filter.authorities, as_of)?;
        let mut statuses = Vec::new();
        for urn in self.registered(as_of.known_position).await? {
            if after.is_some_and(|after| urn <= *after) {
                continue;
            }
            let_others().await;
            let status = self.grounds_of(urn, as_of, &reference).await?.status()?;
            if !is_in(areas.as_ref(), &status.provider) || !filter.matches(&status) {
                continue;
            }
            if statuses.len() == limit {
                return Ok((statuses, true));
            }
            statuses.push(status);
        }
        Ok((statuses, false))
    }

    /// What is owed by providers, expected or open to them, by due date and then by URN.
    ///
    /// # Errors
    /// Those of [`Tracker::providers`]; [`TrackerError::UnknownProvider`] for a URN that was asked for.
    pub async fn provider_obligations(
        &self,
        as_of: AsOf,
        urns: &[ProviderUrn],
        filter: &ObligationFilter,
    ) -> Result<Vec<ProviderOwed>, TrackerError> {
        let reference = self.reference_at(as_of.known_position).await?;
        let areas = areas(&reference, &filter.authorities, as_of)?;
        let registered = self.registered(as_of.known_position).await?;
        if let Some(unknown) = urns.iter().find(|urn| !registered.contains(*urn)) {
            return Err(TrackerError::UnknownProvider { urn: unknown.to_string() });
        }
        let mut owed = Vec::new();
        for urn in registered.into_iter().filter(|urn| urns.is_empty() || urns.contains(urn)) {
            let_others().await;
            let status = self.grounds_of(urn, as_of, &reference).await?.status()?;
            if is_in(areas.as_ref(), &status.provider) {
                let matching = status.obligations.into_iter().filter(|o| filter.matches(o));
                owed.extend(
                    matching.map(|obligation| ProviderOwed { provider: status.provider.clone(), obligation }),
                );
            }
        }
        owed.sort_by_key(|owed| (owed.obligation.due().is_none(), owed.obligation.due()));
        Ok(owed)
    }

    /// Every provider that was registered as known at a position, whether or not that still counts.
    pub(super) async fn registered(&self, known: Position) -> Result<BTreeSet<ProviderUrn>, TrackerError> {
        let kinds = Selection::Kinds([PROVIDER_REGISTERED].into());
        let mut urns = BTreeSet::new();
        let mut after = Position::START;
        loop {
            let events = self.log().read(&kinds, From::After(after), READ_EVENTS_MAX).await;
            let events =
                events.map_err(|error| TrackerError::from_log("reading who is registered", error))?;
            let by_then = events.iter().take_while(|event| event.position <= known);
            urns.extend(by_then.filter_map(|event| ProviderUrn::of(&event.stream)));
            match events.last() {
                Some(last) if last.position < known => after = last.position,
                _ => return Ok(urns),
            }
        }
    }
}

/// The authorities in whose area providers are asked for; `None`: in any.
fn areas(
    reference: &Reference,
    named: &[String],
    as_of: AsOf,
) -> Result<Option<BTreeSet<AuthorityId>>, TrackerError> {
    if named.is_empty() {
        return Ok(None);
    }
    named.iter().map(|named| reference.find(named, as_of.effective)).collect::<Result<_, _>>().map(Some)
}

fn is_in(areas: Option<&BTreeSet<AuthorityId>>, provider: &ProviderRef) -> bool {
    let located = provider.details.authority.as_ref();
    areas.is_none_or(|areas| located.is_some_and(|authority| areas.contains(authority)))
}

impl ProviderFilter {
    fn matches(&self, status: &ProviderStatus) -> bool {
        let registered = match status.registration.state {
            RegistrationState::NotYet => false,
            RegistrationState::Cancelled => self.include_cancelled,
            RegistrationState::Registered | RegistrationState::Suspended => true,
        };
        let overall = status.profile.as_ref().and_then(|profile| profile.grades.first());
        let kind = status.provider.details.kind;
        let in_force = |kind: &MeasureKind| {
            (status.measures.iter())
                .any(|measure| measure.kind == *kind && measure.standing != Standing::Ended)
        };
        registered
            && (self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.contains(&kind)))
            && (self.grades.is_empty() || overall.is_some_and(|grade| self.grades.contains(&grade.grade)))
            && (self.measures.is_empty() || self.measures.iter().any(in_force))
    }
}
