//! What the tracker puts into the log, and how it reads it back.
//!
//! The body of a stored event is the `docket.v1.Event` as the wire defines it, with the stream by Docket's own id. Its meta is a
//! `docket.v1.RecordedEvent` in which only `recorded_by` and `warnings` are filled in: how it came to be recorded, and not part of what
//! was said. Both can gain fields for ever.

use docket_api::{from_proto, pb, to_proto};
use docket_domain::decide::Warning;
use docket_domain::event::{Proposal, Recorded};
use docket_domain::{EventId, Position, StreamId};
use docket_log::{LeafHash, NewEvent, StoredEvent};
use jiff::Timestamp;
use prost::Message as _;
use prost::bytes::BufMut;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len, message, uint64};

use super::error::TrackerError;

/// An event as it goes out to readers.
pub type Kept = pb::RecordedEvent;

/// A stored event on its way to a reader, still in the bytes that are stored: those of its body and of its meta are parts of a
/// `docket.v1.RecordedEvent` as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    stored: StoredEvent,
    /// Only its place and its hashes go out.
    withheld: bool,
}

/// Something unusual about an event, as it goes out to readers.
pub type KeptWarning = pb::Warning;

/// The bytes of an event that is about to be recorded; its id and its stream, the first fields of a `docket.v1.Event`, are not in `event`.
pub(crate) fn encode(
    id: EventId,
    stream: &StreamId,
    event: &pb::Event,
    recorded_by: &str,
    warnings: Vec<KeptWarning>,
) -> NewEvent {
    let meta =
        pb::RecordedEvent { recorded_by: recorded_by.to_owned(), warnings, ..pb::RecordedEvent::default() };
    let kind = docket_api::kinds::number(event).unwrap_or_default();
    assert_ne!(kind, 0, "an event without a body is not a proposal");
    let named = [(1, id.to_string()), (2, stream.to_string())];
    let length =
        event.encoded_len() + named.iter().map(|(field, name)| bytes_len(*field, name.len())).sum::<usize>();
    let mut body = Vec::with_capacity(length);
    named.iter().for_each(|(field, name)| put_bytes(*field, name.as_bytes(), &mut body));
    event.encode_raw(&mut body);
    NewEvent { id, stream: stream.clone(), kind, body, meta: meta.encode_to_vec() }
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
    let Proposal { id, happened_on, published, fact } =
        from_proto::stored(&event, "event").map_err(|problems| {
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
        published,
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
        leaf_hash: stored.leaf_hash().to_vec(),
        previous_leaf_hash: stored.previous.map_or_else(Vec::new, |hash| hash.to_vec()),
        withheld: None,
    })
}

/// What goes out to readers of an event that their view does not show: where it is, and its hashes.
pub(crate) fn withheld(stored: &StoredEvent) -> Kept {
    pb::RecordedEvent {
        position: stored.position.0,
        revision: stored.revision.0,
        leaf_hash: stored.leaf_hash().to_vec(),
        previous_leaf_hash: stored.previous.map_or_else(Vec::new, |hash| hash.to_vec()),
        withheld: Some(pb::Withheld { category: stored.stream.category().to_owned() }),
        ..pb::RecordedEvent::default()
    }
}

impl Passed {
    /// The event of the log.
    pub(crate) fn new(stored: StoredEvent) -> Self {
        Self { stored, withheld: false }
    }

    /// As a message.
    ///
    /// # Errors
    /// [`TrackerError::NotUnderstood`] where the stored bytes are none.
    pub(crate) fn to_pb(&self) -> Result<pb::RecordedEvent, TrackerError> {
        if self.withheld { Ok(withheld(&self.stored)) } else { kept(&self.stored) }
    }

    /// The same, with only its place and its hashes.
    pub(crate) fn withheld(&self) -> Self {
        Self { stored: self.stored.clone(), withheld: true }
    }

    /// The event of the log.
    pub(crate) fn stored(&self) -> &StoredEvent {
        &self.stored
    }

    /// Its place in the log.
    #[must_use]
    pub fn position(&self) -> Position {
        self.stored.position
    }

    /// Bytes of it as a `docket.v1.RecordedEvent`.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        if self.withheld {
            return withheld(&self.stored).encoded_len();
        }
        let StoredEvent { position, revision, recorded_at_micros, previous, .. } = &self.stored;
        bytes_len(1, self.stored.body().len())
            + uint64::encoded_len(2, &position.0)
            + uint64::encoded_len(3, &revision.0)
            + message::encoded_len(4, &timestamp(*recorded_at_micros))
            + self.stored.meta().len()
            + bytes_len(7, size_of::<LeafHash>())
            + previous.map_or(0, |hash| bytes_len(8, hash.len()))
    }

    /// Appends it as a `docket.v1.RecordedEvent`.
    pub fn encode(&self, out: &mut impl BufMut) {
        if self.withheld {
            return withheld(&self.stored).encode_raw(out);
        }
        let StoredEvent { position, revision, recorded_at_micros, previous, .. } = &self.stored;
        put_bytes(1, self.stored.body(), out);
        uint64::encode(2, &position.0, out);
        uint64::encode(3, &revision.0, out);
        message::encode(4, &timestamp(*recorded_at_micros), out);
        // Who recorded it, and what was unusual: fields 5 and 6 of the same message.
        out.put_slice(self.stored.meta());
        put_bytes(7, &self.stored.leaf_hash(), out);
        if let Some(hash) = previous {
            put_bytes(8, hash, out);
        }
    }
}

/// Bytes of a field of this many bytes.
fn bytes_len(field: u32, length: usize) -> usize {
    key_len(field) + encoded_len_varint(length as u64) + length
}

fn put_bytes(field: u32, bytes: &[u8], out: &mut impl BufMut) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.put_slice(bytes);
}

fn timestamp(micros: i64) -> prost_types::Timestamp {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or_default();
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
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
    pb::Event::decode(stored.body()).map_err(|error| not_understood(stored, error))
}

fn meta(stored: &StoredEvent) -> Result<pb::RecordedEvent, TrackerError> {
    pb::RecordedEvent::decode(stored.meta()).map_err(|error| not_understood(stored, error))
}

fn not_understood(stored: &StoredEvent, why: impl ToString) -> TrackerError {
    TrackerError::NotUnderstood { position: stored.position, why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::examples;
    use docket_domain::Revision;

    fn stored(
        previous: Option<[u8; 32]>,
        recorded_at_micros: i64,
        warnings: Vec<KeptWarning>,
    ) -> StoredEvent {
        let example = examples::example(34).unwrap();
        let id = example.event_id.parse().unwrap();
        let stream = example.stream.parse().unwrap();
        let event = pb::Event { event_id: String::new(), stream: String::new(), ..example.clone() };
        let offered = encode(id, &stream, &event, "whoever", warnings);
        assert_eq!(offered.body, example.encode_to_vec());
        StoredEvent::new(Position(300), Revision(2), recorded_at_micros, previous, &offered).unwrap()
    }

    #[test]
    fn the_stored_bytes_go_out_as_the_message_that_they_are() {
        let warning = pb::Warning { reason: "DATE_UNKNOWN".to_owned(), description: "why".to_owned() };
        for (previous, micros, warnings) in [
            (None, 0, vec![]),
            (Some([9; 32]), 1_700_000_000_123_456, vec![warning.clone()]),
            (Some([9; 32]), -1, vec![warning.clone(), warning]),
        ] {
            let stored = stored(previous, micros, warnings);
            let message = kept(&stored).unwrap().encode_to_vec();
            let passed = Passed::new(stored);
            let mut bytes = Vec::new();
            passed.encode(&mut bytes);
            assert_eq!(bytes, message);
            assert_eq!(passed.encoded_len(), message.len());
        }
    }
}
