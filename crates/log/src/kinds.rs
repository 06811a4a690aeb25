//! Reads the events of some kinds: forward from the list that the index has of them, back by reading all.

use docket_domain::Position;

use crate::index::Index;
use crate::reader::Gathered;
use crate::store::{Fault, Store};
use crate::stored::StoredEvent;

/// Events that the index is asked for, or the log is read for, at once.
const RUN_LEN: usize = 1_000;

impl Store {
    pub(crate) fn kinds_forward(
        &self,
        index: &Index,
        kinds: &[u32],
        after: Position,
        head: Position,
        mut gathered: Gathered,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let mut reached = after;
        loop {
            let run = index.of_kinds(kinds, reached, gathered.room().min(RUN_LEN))?;
            let run: Vec<Position> = run.into_iter().filter(|position| *position <= head).collect();
            // What cannot be read may be of these kinds.
            let end = run.first().copied().unwrap_or(head.next());
            if let Some(damage) = self.damage_from(reached.next()).filter(|damage| damage.first < end) {
                return gathered.or_damage(damage.into());
            }
            if run.is_empty() {
                return Ok(gathered.events);
            }
            for position in run {
                let hidden = self.damage_from(reached.next()).filter(|damage| damage.first < position);
                if gathered.full() || hidden.is_some() {
                    return Ok(gathered.events);
                }
                match self.event_at(index, position) {
                    Ok(event) if kinds.contains(&event.kind) => gathered.push(event),
                    Ok(event) => {
                        let kind = event.kind;
                        return Err(Fault::Index(format!(
                            "the event at position {position} is of kind {kind}"
                        )));
                    }
                    Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                    Err(fault) => return Err(fault),
                }
                reached = position;
            }
            if gathered.full() {
                return Ok(gathered.events);
            }
        }
    }

    pub(crate) fn kinds_back(
        &self,
        index: &Index,
        kinds: &[u32],
        before: Position,
        mut gathered: Gathered,
    ) -> Result<Vec<StoredEvent>, Fault> {
        let mut before = before;
        while !gathered.full() {
            let events = match self.all_back(index, before, Gathered::new(RUN_LEN)) {
                Ok(events) => events,
                Err(Fault::Log(damage)) => return gathered.or_damage(damage),
                Err(fault) => return Err(fault),
            };
            let Some(last) = events.last() else { break };
            before = last.position;
            for event in events.into_iter().filter(|event| kinds.contains(&event.kind)) {
                if !gathered.full() {
                    gathered.push(event);
                }
            }
        }
        Ok(gathered.events)
    }
}
