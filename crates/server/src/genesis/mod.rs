//! What a new log begins with: the register of authorities, the bank holidays, and a policy.
//!
//! Recorded through the same door as everything else, so the rules look at it too. Each event has an id that follows from what it is
//! about; on every start those whose ids are not in the log are recorded, and the others are left as they are. To change something that
//! was recorded before, record a correction: a changed row does not reach a log that has the old one.

mod authorities;
mod calendar;
mod rows;

use docket_api::from_proto::RecordRequest;
use docket_api::{from_proto, pb};
use docket_domain::decide::Refusal;
use docket_domain::terms::Confidence;
use uuid::Uuid;

use crate::policy;
use crate::tracker::{Outcome, Tracker, TrackerError};

/// Who records it.
pub const RECORDED_BY: &str = "docket register";
/// Most events that are recorded together where they do not depend on one another.
pub const BATCH_MAX: usize = 500;

/// Names of events become ids in this space. Never changed.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d0c_0f7b_8c55_4a4e_9b51_1f2f_d0c4_e700);

/// Why the register could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// The data in the binary cannot be read.
    #[error("reading line {line} of {file}: {why}")]
    Data {
        /// Which file.
        file: &'static str,
        /// Which line.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The data in the binary are not events.
    #[error("the register is not made of events: {why}")]
    NotEvents {
        /// Which fields are wrong.
        why: String,
    },
    /// The tracker did not record it.
    #[error("recording {what}")]
    Record {
        /// Which part of it.
        what: &'static str,
        /// Why not.
        #[source]
        source: TrackerError,
    },
}

/// Events that are recorded together.
struct Group {
    what: &'static str,
    events: Vec<pb::Event>,
    /// They say the same thing from several sides: all or none.
    whole: bool,
}

/// Records what is missing; gives the number of events that it recorded. What the rules refuse, for somebody recorded it otherwise before, is
/// said in the log of the process and left out.
///
/// # Errors
/// [`GenesisError`].
pub async fn complete(tracker: &Tracker) -> Result<usize, GenesisError> {
    let mut recorded = 0;
    for group in groups()? {
        let Group { what, events, whole } = group;
        let failed = |source| GenesisError::Record { what, source };
        let mut request = read(events)?;
        let mut missing = Vec::new();
        for offered in request.events {
            if !tracker.knows(offered.proposal.id).await.map_err(failed)? {
                missing.push(offered);
            }
        }
        request.events = missing;
        if request.events.is_empty() {
            continue;
        }
        recorded += match tracker.record(&request).await {
            Err(TrackerError::Refused(_)) if !whole => one_by_one(tracker, what, &request).await?,
            outcome => count(what, outcome)?,
        };
    }
    Ok(recorded)
}

async fn one_by_one(
    tracker: &Tracker,
    what: &'static str,
    request: &RecordRequest,
) -> Result<usize, GenesisError> {
    let mut recorded = 0;
    for offered in &request.events {
        let alone = RecordRequest { events: vec![offered.clone()], ..request.clone() };
        recorded += count(what, tracker.record(&alone).await)?;
    }
    Ok(recorded)
}

fn count(what: &'static str, outcome: Result<Outcome, TrackerError>) -> Result<usize, GenesisError> {
    match outcome {
        Ok(outcome) => Ok(outcome.receipts.len()),
        Err(TrackerError::Refused(refusals)) => {
            for Refusal { reason, description, .. } in refusals {
                tracing::warn!(what, reason, description, "a part of the register was not recorded");
            }
            Ok(0)
        }
        Err(source) => Err(GenesisError::Record { what, source }),
    }
}

fn read(events: Vec<pb::Event>) -> Result<RecordRequest, GenesisError> {
    let request =
        pb::RecordRequest { events, recorded_by: RECORDED_BY.to_owned(), ..pb::RecordRequest::default() };
    from_proto::record(request).map_err(|problems| GenesisError::NotEvents {
        why: (problems.iter())
            .map(|problem| format!("{} {}", problem.field, problem.description))
            .collect::<Vec<_>>()
            .join("; "),
    })
}

fn groups() -> Result<Vec<Group>, GenesisError> {
    let register = authorities::Authorities::read()?;
    let mut groups = batches("the authorities", register.registrations());
    groups.extend(batches("changes of codes", register.code_changes()));
    let successions = register.successions();
    groups.extend(successions.into_iter().map(|events| Group { what: "successions", events, whole: true }));
    groups.extend(batches("bank holidays", calendar::events()?));
    groups.extend(batches("the policy", vec![default_policy()?]));
    Ok(groups)
}

/// The policy that counts until another one is recorded.
fn default_policy() -> Result<pb::Event, GenesisError> {
    let policy = policy::read(policy::DEFAULT);
    let policy = policy.map_err(|error| GenesisError::NotEvents { why: format!("policy.toml: {error}") })?;
    Ok(policy::event(
        &policy,
        id("policy-adopted/default"),
        ("Docket: the policy of a new log".to_owned(), Confidence::Inferred),
    ))
}

fn batches(what: &'static str, events: Vec<pb::Event>) -> Vec<Group> {
    let batches = events.chunks(BATCH_MAX);
    batches.map(|events| Group { what, events: events.to_vec(), whole: false }).collect()
}

/// The id of the event of this name.
fn id(name: &str) -> String {
    Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_the_register_has_an_id_of_its_own_that_never_changes() {
        let ids: std::collections::BTreeSet<String> = (groups().unwrap().iter())
            .flat_map(|group| group.events.iter().map(|event| event.event_id.clone()))
            .collect();
        let events: usize = groups().unwrap().iter().map(|group| group.events.len()).sum();
        assert_eq!(ids.len(), events);
        assert_eq!(id("authority-registered/barnet"), "8364f725-a575-5c12-8262-43c916fb587d");
    }
}
