//! Whom an answer is about: an authority or a regulated provider. What is done with answers of both kinds is written once over this.

use docket_api::{pb, to_proto};
use docket_domain::event::Recorded;
use docket_domain::id::{AuthorityId, ProviderUrn};
use docket_domain::providers::{self, status::ProviderStatus};
use docket_domain::status::{AsOf, AuthorityStatus};
use docket_domain::why::{self, Step};
use docket_domain::{StreamId, answer};

use super::directory::{Reference, stream_of};
use super::error::TrackerError;

/// Whom an answer is about.
pub(super) trait Who: Clone + Ord + Send + Sync {
    /// The answer.
    type Status: Clone + PartialEq + Send + Sync;
    /// The answer as it is told.
    type Told: prost::Message + prost::Name;

    /// Where what happened to them is recorded.
    fn stream(&self) -> Result<StreamId, TrackerError>;

    /// The answer from their history.
    fn status(
        &self,
        history: &[Recorded],
        reference: &Reference,
        as_of: AsOf,
    ) -> Result<Self::Status, TrackerError>;

    /// Which answer it is.
    fn as_of(status: &mut Self::Status) -> &mut AsOf;

    fn told(status: &Self::Status) -> Self::Told;

    /// Why it says what it says.
    fn steps(status: &Self::Status, history: &[Recorded], national: &[Recorded]) -> Vec<Step>;

    /// Why values inside its parts are what they are.
    fn inner_steps(status: &Self::Status, history: &[Recorded], national: &[Recorded]) -> Vec<Step>;
}

impl Who for AuthorityId {
    type Status = AuthorityStatus;
    type Told = pb::AuthorityStatus;

    fn stream(&self) -> Result<StreamId, TrackerError> {
        stream_of(self)
    }

    fn status(
        &self,
        history: &[Recorded],
        reference: &Reference,
        as_of: AsOf,
    ) -> Result<AuthorityStatus, TrackerError> {
        let named = reference.entry(self, as_of.effective)?.reference(as_of.effective);
        Ok(answer::status(named, history, &reference.national, as_of))
    }

    fn as_of(status: &mut AuthorityStatus) -> &mut AsOf {
        &mut status.as_of
    }

    fn told(status: &AuthorityStatus) -> pb::AuthorityStatus {
        to_proto::status(status)
    }

    fn steps(status: &AuthorityStatus, history: &[Recorded], national: &[Recorded]) -> Vec<Step> {
        why::steps(status, history, national)
    }

    fn inner_steps(status: &AuthorityStatus, history: &[Recorded], national: &[Recorded]) -> Vec<Step> {
        why::inner(status, history, national)
    }
}

impl Who for ProviderUrn {
    type Status = ProviderStatus;
    type Told = pb::ProviderStatus;

    fn stream(&self) -> Result<StreamId, TrackerError> {
        Ok(ProviderUrn::stream(self))
    }

    /// Of whom nothing is recorded there is no answer.
    fn status(
        &self,
        history: &[Recorded],
        reference: &Reference,
        as_of: AsOf,
    ) -> Result<ProviderStatus, TrackerError> {
        if history.is_empty() {
            return Err(TrackerError::UnknownProvider { urn: self.to_string() });
        }
        Ok(providers::status(self.clone(), history, &reference.national, as_of))
    }

    fn as_of(status: &mut ProviderStatus) -> &mut AsOf {
        &mut status.as_of
    }

    fn told(status: &ProviderStatus) -> pb::ProviderStatus {
        to_proto::provider_status(status)
    }

    fn steps(status: &ProviderStatus, history: &[Recorded], national: &[Recorded]) -> Vec<Step> {
        why::provider_steps(status, history, national)
    }

    fn inner_steps(status: &ProviderStatus, history: &[Recorded], national: &[Recorded]) -> Vec<Step> {
        why::provider_inner(status, history, national)
    }
}
