//! The log as it is kept, for whoever keeps a copy of it: stored bytes, and never a part of what was recorded together.

use docket_api::pb;
use docket_domain::Position;
use docket_log::{From, LeafHash, LogError, Selection, StoredEvent};
use tokio::sync::watch;

use super::Tracker;
use super::error::TrackerError;

/// Most events that are handed out at once: those of one append at most.
const COPIED_EVENTS_MAX: usize = docket_log::APPEND_EVENTS_MAX;
/// No further event joins so many stored bytes, unless it was recorded with those.
const COPIED_BYTES: usize = 4 << 20;

/// Which log a copy is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// The id of the log.
    pub log_id: [u8; 16],
    /// Its last position.
    pub last: Position,
    /// The leaf hash of the event at the position that the copy has come to, if there is one.
    pub leaf_hash: Option<LeafHash>,
}

impl Tracker {
    /// Which log this is, for a copy that has come to this position.
    ///
    /// # Errors
    /// Those of reading the log.
    pub async fn original(&self, copied: Position) -> Result<Original, TrackerError> {
        let last = self.head();
        let mut leaf_hash = None;
        if copied <= last {
            let event = self.log.read(&Selection::All, From::Before(copied.next()), 1).await;
            leaf_hash = event.map_err(failed)?.first().map(StoredEvent::leaf_hash);
        }
        Ok(Original { log_id: self.log.log_id(), last, leaf_hash })
    }

    /// The last position that is durable, and every change of it.
    #[must_use]
    pub fn heads(&self) -> watch::Receiver<Position> {
        self.log.head()
    }

    /// The next events after this position, which is before the head, and the position of the last of them: all that were recorded together,
    /// or none.
    ///
    /// # Errors
    /// Those of reading the log.
    pub async fn stored_after(
        &self,
        after: Position,
    ) -> Result<(Position, Vec<pb::StoredEvent>), TrackerError> {
        let mut events = self.read_stored(after).await?;
        let mut bytes = 0;
        let fitting = events.iter().take_while(|event| {
            let fits = bytes < COPIED_BYTES;
            bytes += event.stored.len();
            fits
        });
        let fitting = Position(after.0 + fitting.count() as u64);
        let (first, mut last) = self.log.append_of(fitting).await.map_err(failed)?;
        if fitting < last && after.next() < first {
            last = Position(first.0 - 1);
        }
        let count = usize::try_from(last.0 - after.0).unwrap_or(usize::MAX);
        while events.len() < count {
            events.extend(self.read_stored(Position(after.0 + events.len() as u64)).await?);
        }
        events.truncate(count);
        Ok((last, events))
    }

    async fn read_stored(&self, after: Position) -> Result<Vec<pb::StoredEvent>, TrackerError> {
        let read = self.log.read(&Selection::All, From::After(after), COPIED_EVENTS_MAX).await;
        let events = read.map_err(failed)?;
        assert!(!events.is_empty(), "the log has events after {after} and reads none");
        let stored = |event: &StoredEvent| pb::StoredEvent {
            stored: event.stored().to_vec(),
            leaf_hash: event.leaf_hash().to_vec(),
        };
        Ok(events.iter().map(stored).collect())
    }
}

fn failed(error: LogError) -> TrackerError {
    TrackerError::from_log("reading for a copy", error)
}
