//! An event as it is kept.

use std::fmt;
use std::sync::OnceLock;

use bytes::Bytes;
use docket_domain::{EventId, Position, Revision, StreamId};

use crate::envelope::{self, Place};
use crate::event_log::{LeafHash, LogError, NewEvent};

/// An event as it is kept: the bytes that are stored and hashed, and what they say. Clones share the bytes.
#[derive(Clone)]
pub struct StoredEvent {
    /// 1, 2, 3 … over the whole log.
    pub position: Position,
    /// 1, 2, 3 … in the stream.
    pub revision: Revision,
    /// Microseconds since 1970-01-01T00:00:00Z; never decreases along the log.
    pub recorded_at_micros: i64,
    /// Leaf hash of the stream's event before; `None` for the first.
    pub previous: Option<LeafHash>,
    /// Chosen by whoever recorded it.
    pub id: EventId,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// The number of its kind on the wire.
    pub kind: u32,
    stored: Bytes,
    /// Where the body begins and how long it is; the meta is what ends the stored bytes.
    body: (u32, u32),
    meta: u32,
    leaf: OnceLock<LeafHash>,
}

impl StoredEvent {
    /// What was offered, at its place.
    ///
    /// # Errors
    /// [`LogError::Refused`] if it is too large.
    pub fn new(
        position: Position,
        revision: Revision,
        recorded_at_micros: i64,
        previous: Option<LeafHash>,
        event: &NewEvent,
    ) -> Result<Self, LogError> {
        let mut stored = Vec::new();
        let place = Place { position, revision, recorded_at_micros, previous };
        envelope::encode(&place, event, &mut stored)
            .map_err(|why| LogError::Refused(format!("event {} cannot be encoded: {why}", event.id)))?;
        Self::read(stored.into(), Some(&event.stream), None).map_err(LogError::Refused)
    }

    /// The event that these stored bytes are.
    ///
    /// # Errors
    /// [`LogError::Refused`] if they are not the bytes of an event.
    pub fn from_stored(stored: Bytes) -> Result<Self, LogError> {
        Self::read(stored, None, None).map_err(LogError::Refused)
    }

    /// The event that these bytes are, which may be of the stream that the caller has at hand, and whose leaf hash may be known.
    pub(crate) fn read(
        stored: Bytes,
        at_hand: Option<&StreamId>,
        leaf: Option<LeafHash>,
    ) -> Result<Self, String> {
        let brief = envelope::brief(&stored)?;
        let stream = match at_hand.filter(|stream| stream.as_str() == brief.stream) {
            Some(stream) => stream.clone(),
            None => envelope::stream(brief.stream)?,
        };
        let begin = brief.body.as_ptr().addr() - stored.as_ptr().addr();
        let place = |length| u32::try_from(length).map_err(|_| "an event that is too large".to_owned());
        Ok(Self {
            position: brief.position,
            revision: brief.revision,
            recorded_at_micros: brief.recorded_at_micros,
            previous: brief.previous,
            id: brief.id,
            stream,
            kind: brief.kind,
            body: (place(begin)?, place(brief.body.len())?),
            meta: place(brief.meta.len())?,
            leaf: leaf.map_or_else(OnceLock::new, OnceLock::from),
            stored,
        })
    }

    /// The same with bytes of its own, where it shares them with many others.
    #[must_use]
    pub fn detached(self) -> Self {
        Self { stored: Bytes::copy_from_slice(&self.stored), ..self }
    }

    /// The bytes that are stored and hashed.
    #[must_use]
    pub fn stored(&self) -> &Bytes {
        &self.stored
    }

    /// What was said.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        let (begin, length) = (self.body.0 as usize, self.body.1 as usize);
        self.stored.get(begin..begin + length).unwrap_or_default()
    }

    /// How it came to be recorded.
    #[must_use]
    pub fn meta(&self) -> &[u8] {
        self.stored.get(self.stored.len() - self.meta as usize..).unwrap_or_default()
    }

    /// Leaf hash of the stored bytes; computed when it is asked for first.
    #[must_use]
    pub fn leaf_hash(&self) -> LeafHash {
        *self.leaf.get_or_init(|| envelope::leaf_hash(&self.stored))
    }

    /// What was offered.
    #[must_use]
    pub fn offered(&self) -> NewEvent {
        let (body, meta) = (self.body().to_vec(), self.meta().to_vec());
        NewEvent { id: self.id, stream: self.stream.clone(), kind: self.kind, body, meta }
    }
}

impl PartialEq for StoredEvent {
    fn eq(&self, other: &Self) -> bool {
        // They say everything.
        self.stored == other.stored
    }
}

impl Eq for StoredEvent {}

impl fmt::Debug for StoredEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEvent")
            .field("position", &self.position)
            .field("revision", &self.revision)
            .field("stream", &self.stream)
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("recorded_at_micros", &self.recorded_at_micros)
            .finish_non_exhaustive()
    }
}
