//! The kinds of events: the numbers and names of the arms of `Event.body`, read from the descriptors.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::sync::LazyLock;

use prost::Message as _;
use prost::encoding::{WireType, encode_key};

use crate::{json, pb};

static ALL: LazyLock<Vec<(u32, String)>> = LazyLock::new(|| {
    let event = json::descriptor::<pb::Event>();
    let mut kinds: Vec<(u32, String)> = event
        .oneofs()
        .filter(|oneof| oneof.name() == "body")
        .flat_map(|oneof| {
            oneof.fields().map(|field| (field.number(), field.name().to_owned())).collect::<Vec<_>>()
        })
        .collect();
    kinds.sort();
    assert!(!kinds.is_empty(), "Event.body has arms");
    kinds
});

/// The number of the kind that each arm is: the arm that an empty message with that number is read into.
static BY_ARM: LazyLock<HashMap<Discriminant<pb::event::Body>, u32>> = LazyLock::new(|| {
    let arm = |number: u32| {
        let mut bytes = Vec::new();
        encode_key(number, WireType::LengthDelimited, &mut bytes);
        bytes.push(0);
        let event = pb::Event::decode(bytes.as_slice()).ok()?;
        event.body.map(|body| (discriminant(&body), number))
    };
    ALL.iter().filter_map(|(number, _)| arm(*number)).collect()
});

/// The kind that Docket records by itself: where every stream ended.
pub const HEADS_RECORDED: u32 = 110;

/// Every kind that says something that happened, with its name, in the order of the numbers: those that users record.
pub fn facts() -> impl Iterator<Item = &'static (u32, String)> {
    ALL.iter().filter(|(number, _)| *number != HEADS_RECORDED)
}

/// Every kind with its name, in the order of the numbers.
#[must_use]
pub fn all() -> &'static [(u32, String)] {
    &ALL
}

/// The number of the kind of an event; `None` where it has no body.
#[must_use]
pub fn number(event: &pb::Event) -> Option<u32> {
    number_of_body(event.body.as_ref()?)
}

/// The number of the kind of event that has this body.
pub(crate) fn number_of_body(body: &pb::event::Body) -> Option<u32> {
    BY_ARM.get(&discriminant(body)).copied()
}

/// The name of a kind: `direction_issued`.
#[must_use]
pub fn name(number: u32) -> Option<&'static str> {
    let place = ALL.binary_search_by_key(&number, |kind| kind.0).ok()?;
    ALL.get(place).map(|kind| kind.1.as_str())
}

/// The number of a kind by its name.
#[must_use]
pub fn number_of(name: &str) -> Option<u32> {
    ALL.iter().find(|kind| kind.1 == name).map(|kind| kind.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_the_number_and_the_name_of_its_field() {
        let body = pb::event::Body::DirectionIssued(pb::DirectionIssued::default());
        let event = pb::Event { body: Some(body), ..Default::default() };
        assert_eq!(number(&event), Some(71));
        assert_eq!(name(71), Some("direction_issued"));
        assert_eq!(number_of("direction_issued"), Some(71));
        assert_eq!(number(&pb::Event::default()), None);
        assert_eq!(
            (name(1), name(9_999), number_of("note"), number_of("event_id")),
            (None, None, None, None)
        );
    }

    #[test]
    fn the_kind_that_docket_records_by_itself_is_no_fact() {
        assert_eq!(name(HEADS_RECORDED), Some("heads_recorded"));
        assert_eq!(facts().count() + 1, all().len());
    }

    #[test]
    fn every_kind_is_found_by_number_and_by_name() {
        for (kind, text) in all() {
            assert_eq!(name(*kind), Some(text.as_str()));
            assert_eq!(number_of(text), Some(*kind));
        }
    }

    #[test]
    fn every_arm_has_the_number_that_is_written() {
        assert_eq!(BY_ARM.len(), all().len());
        for (arm, kind) in BY_ARM.iter() {
            let event = crate::examples::example(*kind).filter(|_| *kind != HEADS_RECORDED);
            let Some(body) = event.and_then(|event| event.body) else { continue };
            let mut bytes = Vec::new();
            body.encode(&mut bytes);
            let (number, _) = prost::encoding::decode_key(&mut bytes.as_slice()).unwrap();
            assert_eq!((number, discriminant(&body)), (*kind, *arm));
        }
    }
}
