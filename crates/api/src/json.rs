//! Canonical protobuf JSON, from the descriptors: what any other client prints and reads.

use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor};

use crate::FILE_DESCRIPTOR_SET;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the descriptors are part of the binary; a test decodes them")]
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the committed descriptors decode")
});

/// The text is not the canonical JSON of the message asked for.
#[derive(Debug, thiserror::Error)]
#[error("is not {message} as canonical protobuf JSON")]
pub struct InvalidJson {
    message: String,
    #[source]
    source: serde_json::Error,
}

/// The descriptors of all messages and services.
#[must_use]
pub fn descriptors() -> &'static DescriptorPool {
    &POOL
}

/// The descriptor of a generated message.
///
/// # Panics
/// If `M` is not of `proto/`.
#[must_use]
pub fn descriptor<M: Name>() -> MessageDescriptor {
    #[expect(clippy::expect_used, reason = "generated from the same descriptors")]
    POOL.get_message_by_name(&M::full_name()).expect("a message of proto/")
}

/// A message as a JSON value.
///
/// # Panics
/// If `M` is not of `proto/`.
#[must_use]
pub fn to_value<M: Message + Name>(message: &M) -> serde_json::Value {
    #[expect(
        clippy::expect_used,
        reason = "bytes of M decode as M, and no message here has a value that JSON cannot hold"
    )]
    {
        let dynamic = DynamicMessage::decode(descriptor::<M>(), message.encode_to_vec().as_slice())
            .expect("bytes of a message decode as that message");
        serde_json::to_value(&dynamic).expect("every message has a JSON form")
    }
}

/// A message as one line of JSON.
///
/// # Panics
/// If `M` is not of `proto/`.
#[must_use]
pub fn to_line<M: Message + Name>(message: &M) -> String {
    to_value(message).to_string()
}

/// A message from JSON; unknown fields are refused.
///
/// # Errors
/// [`InvalidJson`], whose source names the field and the column.
///
/// # Panics
/// If `M` is not of `proto/`.
pub fn from_str<M: Message + Name + Default>(text: &str) -> Result<M, InvalidJson> {
    let invalid = |source| InvalidJson { message: M::full_name(), source };
    let mut reader = serde_json::Deserializer::from_str(text);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let dynamic = DynamicMessage::deserialize_with_options(descriptor::<M>(), &mut reader, &options)
        .map_err(invalid)?;
    reader.end().map_err(invalid)?;
    #[expect(clippy::expect_used, reason = "a dynamic M encodes to bytes of M")]
    Ok(dynamic.transcode_to::<M>().expect("a dynamic message of M is an M"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb;

    #[test]
    fn an_event_reads_back_from_its_canonical_json() {
        let line = r#"{"eventId":"0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c","stream":"authority/E06000010","happenedOn":{"year":2022,"month":8,"day":5},"improvementNoticeIssued":{"instrument":"notice-2022-08-05","domain":"SERVICE_DOMAIN_CHILDRENS_SOCIAL_CARE"}}"#;
        let event: pb::Event = from_str(line).unwrap();
        assert_eq!(event.happened_on, Some(pb::Date { year: 2022, month: 8, day: 5 }));
        assert_eq!(from_str::<pb::Event>(&to_line(&event)).unwrap(), event);
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        let error = from_str::<pb::Event>(r#"{"hapenedOn":{}}"#).unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("hapenedOn"));
    }
}
