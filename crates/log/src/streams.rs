//! Reads one stream, which the index lists, forward and back.

use docket_domain::{Position, Revision, StreamId};

use crate::event_log::StoredEvent;
use crate::index::Index;
use crate::reader::Gathered;
use crate::store::{Fault, Store};

impl Store {
    pub(crate) fn stream_forward(
        &self,
        index: &Index,
        stream: &StreamId,
        after: Position,
        head: Position,
        mut gathered: Gathered,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let mut wanted = first_revision_after(index, stream, after)?;
        let mut reached = after;
        let (mut previous, mut previous_position) =
            index.stream_before(stream, Revision(wanted.0 - 1))?.unwrap_or((Revision::NONE, Position::START));
        while !gathered.full() {
            let found = index.stream_from(stream, wanted)?.filter(|(_, position)| *position <= head);
            let before = found.map_or(head.next(), |(_, position)| position);
            if found.is_none_or(|(revision, _)| revision != previous.next()) {
                // The end, or a gap: events of this stream may be among those that cannot be read.
                let ahead = self.damage_from(reached.next()).filter(|damage| damage.first < before);
                if let Some(damage) = ahead {
                    return gathered.or_damage(damage.into());
                }
                // The caller may have stepped over damage on purpose.
                let behind =
                    self.damage_from(previous_position.next()).is_some_and(|damage| damage.first < before);
                if found.is_some() && !behind {
                    return Err(Fault::Index(format!("revisions of {stream} are missing in it")));
                }
            }
            let Some((revision, position)) = found else { break };
            match self.stream_event(index, stream, revision, position) {
                Ok(event) => gathered.push(event),
                Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                Err(fault) => return Err(fault),
            }
            (wanted, previous, previous_position, reached) = (revision.next(), revision, position, position);
        }
        Ok(gathered.events)
    }

    pub(crate) fn stream_back(
        &self,
        index: &Index,
        stream: &StreamId,
        before: Position,
        mut gathered: Gathered,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let mut wanted = Revision(
            first_revision_after(index, stream, Position(before.0.saturating_sub(1)))?.0.saturating_sub(1),
        );
        let mut reached = before;
        while !gathered.full() && wanted > Revision::NONE {
            let found = index.stream_before(stream, wanted)?;
            // At the end of the stream its last revision is not known where events after it cannot be read.
            let hidden = |last: Position| {
                self.damage_to(Position(reached.0.saturating_sub(1))).filter(|damage| damage.first > last)
            };
            let gap = found.is_none_or(|(revision, _)| revision != wanted);
            let last = found.map_or(Position::START, |(_, position)| position);
            if let Some(damage) = hidden(last).filter(|_| gap || reached == before) {
                return gathered.or_damage(damage.into());
            }
            let Some((revision, position)) = found.filter(|_| !gap) else {
                return Err(Fault::Index(format!("revision {wanted} of {stream} is missing in it")));
            };
            match self.stream_event(index, stream, revision, position) {
                Ok(event) => gathered.push(event),
                Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                Err(fault) => return Err(fault),
            }
            (wanted, reached) = (Revision(revision.0 - 1), position);
        }
        Ok(gathered.events)
    }
}

/// The first revision of the stream after this position, or the one after its last.
fn first_revision_after(index: &Index, stream: &StreamId, after: Position) -> Result<Revision, Fault> {
    let Some((last, position)) = index.stream_last(stream)? else {
        return Ok(Revision(1));
    };
    if position <= after {
        return Ok(last.next());
    }
    // Positions grow with revisions; some revisions may be missing where events are damaged.
    let (mut low, mut high) = (1, last.0);
    while low < high {
        let middle = low + (high - low) / 2;
        match index.stream_from(stream, Revision(middle))? {
            Some((revision, position)) if position <= after => low = revision.0 + 1,
            _ => high = middle,
        }
    }
    Ok(Revision(low))
}
