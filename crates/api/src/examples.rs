//! One example of every kind of event: for documentation, for the command line and for tests.
//!
//! They show the shape of an event and are readable by [`crate::from_proto`]. They are no history: the authorities are
//! real, what is said of them is made up, and each says so in its note.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::{json, kinds, pb};

static ALL: LazyLock<BTreeMap<u32, pb::Event>> = LazyLock::new(|| {
    include_str!("examples.jsonl")
        .lines()
        .filter_map(|line| json::from_str::<pb::Event>(line).ok())
        .filter_map(|event| Some((kinds::number(&event)?, event)))
        .collect()
});

/// A filled-in event of this kind; `None` where there is no such kind.
#[must_use]
pub fn example(kind: u32) -> Option<pb::Event> {
    ALL.get(&kind).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::from_proto;

    #[test]
    fn every_kind_has_an_example_that_can_be_read() {
        for (kind, name) in kinds::facts() {
            let event = example(*kind).unwrap_or_else(|| panic!("{name} has no example"));
            assert_eq!(from_proto::proposal(&event, "").map(|_| ()), Ok(()), "{name}");
            assert_eq!(from_proto::stream(&event, "").map(|_| ()), Ok(()), "{name}");
        }
    }

    #[test]
    fn every_example_reads_back_from_its_canonical_json() {
        for (kind, name) in kinds::facts() {
            let event = example(*kind).unwrap();
            assert_eq!(json::from_str::<pb::Event>(&json::to_line(&event)).unwrap(), event, "{name}");
        }
    }

    #[test]
    fn every_line_of_the_examples_is_an_event_of_its_own_kind_and_id() {
        let lines: Vec<pb::Event> = include_str!("examples.jsonl")
            .lines()
            .map(|line| json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error:?}")))
            .collect();
        let ids: std::collections::BTreeSet<&str> = lines.iter().map(|e| e.event_id.as_str()).collect();
        assert_eq!((lines.len(), ids.len()), (kinds::facts().count(), kinds::facts().count()));
    }
}
