//! The policy under which answers are given.

use docket_api::pb;
use docket_domain::Position;
use docket_domain::policy::Adopted;

use super::error::TrackerError;
use super::{Tracker, stored};

impl Tracker {
    /// The policy that counts now.
    ///
    /// # Errors
    /// Those of reading the log.
    pub async fn policy(&self) -> Result<Adopted, TrackerError> {
        Ok(self.reference_at(self.head()).await?.national.policy.clone())
    }

    /// The event by which the policy was adopted that counted at a position, or its last correction; `None` where none had been recorded.
    ///
    /// # Errors
    /// Those of reading the log.
    pub async fn policy_event(&self, known: Position) -> Result<Option<pb::RecordedEvent>, TrackerError> {
        let reference = self.reference_at(known).await?;
        let Some(adopted_by) = reference.national.policy.rests_on.last() else { return Ok(None) };
        let events = self.directory.national_at(known);
        let Some(event) = events.iter().find(|event| event.id == *adopted_by) else { return Ok(None) };
        stored::kept(&self.event_at(event.position).await?).map(Some)
    }
}
