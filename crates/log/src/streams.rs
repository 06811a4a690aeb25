//! Reads one stream, which the index lists, forward and back.

use docket_domain::{Position, Revision, StreamId};

use crate::index::Index;
use crate::reader::Gathered;
use crate::segment::Listed;
use crate::store::{Fault, Store};
use crate::stored::StoredEvent;

/// Events of a stream that the index is asked for at once.
const RUN_LEN: usize = 1_000;

impl Store {
    pub(crate) fn stream_forward(
        &self,
        index: &Index,
        stream: &StreamId,
        after: Position,
        head: Position,
        mut gathered: Gathered,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let none = (Revision::NONE, Position::START);
        // The last event that the caller has.
        let mut previous = match after {
            Position::START => none,
            after => index.back(stream, after.next(), 1)?.first().copied().unwrap_or(none),
        };
        let mut reached = after;
        while !gathered.full() {
            let run = index.forward(stream, reached, gathered.room().min(RUN_LEN))?;
            let run: Vec<Listed> = run.into_iter().filter(|(_, position)| *position <= head).collect();
            if run.is_empty() {
                // The end; but events of this stream may be among those that cannot be read.
                let ahead = self.damage_from(reached.next()).filter(|damage| damage.first <= head);
                return match ahead {
                    Some(damage) => gathered.or_damage(damage.into()),
                    None => Ok(gathered.events),
                };
            }
            for (revision, position) in run {
                if gathered.full() {
                    break;
                }
                if revision != previous.0.next() {
                    let ahead = self.damage_from(reached.next()).filter(|damage| damage.first < position);
                    if let Some(damage) = ahead {
                        return gathered.or_damage(damage.into());
                    }
                    // The caller may have stepped over damage on purpose.
                    let behind = self.damage_from(previous.1.next());
                    if behind.is_none_or(|damage| damage.first >= position) {
                        return Err(Fault::Index(format!("revisions of {stream} are missing in it")));
                    }
                }
                match self.stream_event(index, stream, revision, position) {
                    Ok(event) => gathered.push(event),
                    Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                    Err(fault) => return Err(fault),
                }
                (previous, reached) = ((revision, position), position);
            }
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
        let mut reached = before;
        let mut wanted: Option<Revision> = None;
        while !gathered.full() && wanted != Some(Revision::NONE) {
            let run = index.back(stream, reached, gathered.room().min(RUN_LEN))?;
            let run = if run.is_empty() { vec![(Revision::NONE, Position::START)] } else { run };
            for (revision, position) in run {
                // At the end of the stream its last revision is not known where events after it cannot be read.
                let gap = wanted.is_some_and(|wanted| wanted != revision);
                let hidden = self.damage_to(Position(reached.0.saturating_sub(1)));
                let hidden = hidden.filter(|damage| damage.first > position);
                if let Some(damage) = hidden.filter(|_| gap || wanted.is_none()) {
                    return gathered.or_damage(damage.into());
                }
                if gap {
                    return Err(Fault::Index(format!("revisions of {stream} are missing in it")));
                }
                if revision == Revision::NONE || gathered.full() {
                    return Ok(gathered.events);
                }
                match self.stream_event(index, stream, revision, position) {
                    Ok(event) => gathered.push(event),
                    Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                    Err(fault) => return Err(fault),
                }
                (wanted, reached) = (Some(Revision(revision.0 - 1)), position);
            }
        }
        Ok(gathered.events)
    }
}
