//! Histories for tests, without a log.

use alloc::vec::Vec;

use jiff::Timestamp;

use crate::date::PartialDate;
use crate::event::{Fact, Recorded};
use crate::id::{EventId, Position, Revision};

/// Facts as if recorded one after another, with ids 1, 2, 3 ….
pub(crate) fn recorded(facts: Vec<(PartialDate, Fact)>) -> Vec<Recorded> {
    facts
        .into_iter()
        .zip(1_u64..)
        .map(|((happened_on, fact), number)| Recorded {
            position: Position(number),
            revision: Revision(number),
            recorded_at: Timestamp::UNIX_EPOCH,
            id: id(number),
            happened_on,
            fact,
        })
        .collect()
}

/// The id of the event of this number.
pub(crate) fn id(number: u64) -> EventId {
    EventId(u128::from(number).to_be_bytes())
}
