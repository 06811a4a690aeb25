//! What the tracker puts into the log, and how it reads it back.
//!
//! The body of a stored event is the `docket.v1.Event` as the wire defines it, with the stream by Docket's own id. Its meta is a
//! `docket.v1.RecordedEvent` in which only `recorded_by` and `warnings` are filled in: how it came to be recorded, and not part of what
//! was said. Both can gain fields for ever.

use docket_api::{from_proto, pb, to_proto};
use docket_domain::decide::Warning;
use docket_domain::event::{Proposal, Recorded};
use docket_domain::{EventId, StreamId};
use docket_log::{NewEvent, StoredEvent};
use jiff::Timestamp;
use prost::Message as _;

use super::error::TrackerError;

/// An event as it goes out to readers.
pub type Kept = pb::RecordedEvent;

/// Something unusual about an event, as it goes out to readers.
pub type KeptWarning = pb::Warning;

/// The bytes of an event that is about to be recorded.
pub(crate) fn encode(
    id: EventId,
    stream: &StreamId,
    event: &pb::Event,
    recorded_by: &str,
    warnings: Vec<KeptWarning>,
) -> NewEvent {
    let named = pb::Event { event_id: id.to_string(), stream: stream.to_string(), ..event.clone() };
    let meta =
        pb::RecordedEvent { recorded_by: recorded_by.to_owned(), warnings, ..pb::RecordedEvent::default() };
    let kind = docket_api::kinds::number(event).unwrap_or_default();
    assert_ne!(kind, 0, "an event without a body is not a proposal");
    NewEvent { id, stream: stream.clone(), kind, body: named.encode_to_vec(), meta: meta.encode_to_vec() }
}

/// A warning of the rules as it is stored.
pub(crate) fn warning(warning: Warning) -> KeptWarning {
    pb::Warning { reason: warning.reason.to_owned(), description: warning.description }
}

/// A stored event as the rules see it.
///
/// # Errors
/// [`TrackerError::NotUnderstood`] if the body is not an event of this version's.
pub(crate) fn recorded(stored: &StoredEvent) -> Result<Recorded, TrackerError> {
    let event = decode(stored)?;
    let Proposal { id, happened_on, fact } = from_proto::stored(&event, "event").map_err(|problems| {
        let why: Vec<_> =
            problems.iter().map(|problem| format!("{} {}", problem.field, problem.description)).collect();
        not_understood(stored, why.join("; "))
    })?;
    Ok(Recorded {
        position: stored.position,
        revision: stored.revision,
        recorded_at: recorded_at(stored)?,
        id,
        happened_on,
        fact,
    })
}

/// A stored event as it goes out to readers.
///
/// # Errors
/// [`TrackerError::NotUnderstood`] if body or meta are not messages.
pub(crate) fn kept(stored: &StoredEvent) -> Result<Kept, TrackerError> {
    let meta = meta(stored)?;
    Ok(pb::RecordedEvent {
        event: Some(decode(stored)?),
        position: stored.position.0,
        revision: stored.revision.0,
        record_time: Some(to_proto::timestamp(recorded_at(stored)?)),
        recorded_by: meta.recorded_by,
        warnings: meta.warnings,
        leaf_hash: stored.leaf_hash.to_vec(),
        previous_leaf_hash: stored.previous.map_or_else(Vec::new, |hash| hash.to_vec()),
    })
}

/// What was unusual about a stored event.
///
/// # Errors
/// [`TrackerError::NotUnderstood`] if the meta is not a message.
pub(crate) fn warnings(stored: &StoredEvent) -> Result<Vec<KeptWarning>, TrackerError> {
    Ok(meta(stored)?.warnings)
}

/// When a stored event was recorded.
///
/// # Errors
/// [`TrackerError::NotUnderstood`] if it is not an instant.
pub(crate) fn recorded_at(stored: &StoredEvent) -> Result<Timestamp, TrackerError> {
    Timestamp::from_microsecond(stored.recorded_at_micros).map_err(|error| not_understood(stored, error))
}

fn decode(stored: &StoredEvent) -> Result<pb::Event, TrackerError> {
    pb::Event::decode(stored.event.body.as_slice()).map_err(|error| not_understood(stored, error))
}

fn meta(stored: &StoredEvent) -> Result<pb::RecordedEvent, TrackerError> {
    pb::RecordedEvent::decode(stored.event.meta.as_slice()).map_err(|error| not_understood(stored, error))
}

fn not_understood(stored: &StoredEvent, why: impl ToString) -> TrackerError {
    TrackerError::NotUnderstood { position: stored.position, why: why.to_string() }
}
