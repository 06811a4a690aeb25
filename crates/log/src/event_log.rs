//! The seam: what every event log does, in MUST and MAY.

use async_trait::async_trait;
use docket_domain::{EventId, Position, Revision, StreamId};
use tokio::sync::watch;

use crate::stored::StoredEvent;

/// SHA-256 over a zero byte and an event's stored bytes (RFC 6962, section 2.1).
pub type LeafHash = [u8; 32];

/// Most events in one append.
pub const APPEND_EVENTS_MAX: usize = 4_096;
/// Most bytes of one event's body and meta together.
pub const EVENT_BYTES_MAX: usize = 1 << 20;
/// Most bytes of the bodies and metas of one append together.
pub const APPEND_BYTES_MAX: usize = 16 << 20;
/// Most expectations in one append.
pub const EXPECTED_MAX: usize = 2_000;
/// Most events in the answer to one read; a larger `limit` is taken for this one.
pub const READ_EVENTS_MAX: usize = 10_000;
/// Most stored bytes in the answer to one read that has more than one event.
pub const READ_BYTES_MAX: usize = 16 << 20;

/// An event as it is offered to the log. The log does not look inside `body` and `meta`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Chosen by whoever records it.
    pub id: EventId,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// The number of its kind on the wire.
    pub kind: u32,
    /// What was said: compared when the same id comes again.
    pub body: Vec<u8>,
    /// How it came to be recorded (by whom, with which warnings): not compared.
    pub meta: Vec<u8>,
}

/// What the caller believes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anything.
    Any,
    /// It has no event.
    NoStream,
    /// Its last revision is exactly this.
    Exactly(Revision),
}

/// One expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The stream.
    pub stream: StreamId,
    /// What was expected.
    pub expected: Expected,
    /// Its last revision; `Revision::NONE` where there is no such stream.
    pub actual: Revision,
}

/// 1 to [`APPEND_EVENTS_MAX`] events that are recorded together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// In this order, with consecutive positions.
    pub events: Vec<NewEvent>,
    /// For streams written and for streams only read. A stream not named may be at any revision.
    pub expected: Vec<(StreamId, Expected)>,
    /// The clock's reading; the log keeps the later of this and the last event's.
    pub now_micros: i64,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// One for each event of the append, in its order.
    pub receipts: Vec<Receipt>,
    /// True where all of it had been recorded before.
    pub before: bool,
}

/// Where an event went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its place in the log.
    pub position: Position,
    /// Its place in its stream.
    pub revision: Revision,
    /// When it was recorded.
    pub recorded_at_micros: i64,
    /// Its leaf hash.
    pub leaf_hash: LeafHash,
}

/// Which events to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The whole log.
    All,
    /// One stream.
    Stream(StreamId),
    /// Events of these kinds. Forward they are found without reading the others; back, the log is read.
    Kinds(Vec<u32>),
}

/// From where, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Events after this position, oldest first.
    After(Position),
    /// Events before this position, newest first.
    Before(Position),
    /// From the last event back.
    End,
}

/// Why an append was not done, or a read failed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// At least one expectation did not hold; nothing was recorded. All that failed are named.
    #[error("{} stream(s) are not at the revision expected", .0.len())]
    Conflict(Vec<Conflict>),
    /// The id was recorded before with other content; nothing was recorded.
    #[error("event {id} was recorded before, at position {position}, with other content")]
    IdReused {
        /// The id.
        id: EventId,
        /// Where it was recorded.
        position: Position,
        /// Hash of the content (stream, kind, body) that stands.
        recorded_content: LeafHash,
        /// Hash of the content that was offered.
        offered_content: LeafHash,
    },
    /// Some of the ids were recorded before and some were not; nothing was recorded.
    #[error("{} of the events were recorded before, the others not: send those alone", .recorded.len())]
    PartlyRecorded {
        /// Those recorded before, with their positions.
        recorded: Vec<(EventId, Position)>,
    },
    /// The append breaks a bound of the log; nothing was recorded.
    #[error("refused: {0}")]
    Refused(String),
    /// The queue is full; nothing was recorded. Try again.
    #[error("the log's queue is full")]
    Busy,
    /// Whether it was recorded is not known: ask again with the same ids.
    #[error("whether it was recorded is not known: ask again with the same ids")]
    Unknown,
    /// An earlier write or sync failed, the index cannot be written, or the log is closed; it writes no more until it is opened again.
    #[error("the log writes no more until it is opened again: {0}")]
    Stopped(String),
    /// Stored bytes are not what was written.
    #[error("{chunk} is damaged at offset {offset} (positions {first} to {last}): {what}")]
    Damaged {
        /// File name of the chunk.
        chunk: String,
        /// Byte offset in it.
        offset: u64,
        /// First position that cannot be read.
        first: Position,
        /// Last position that cannot be read.
        last: Position,
        /// What is wrong with it.
        what: String,
    },
    /// Another process holds the data directory.
    #[error("{dir} is in use by {holder}")]
    InUse {
        /// The directory.
        dir: String,
        /// Who holds it.
        holder: String,
    },
    /// The operating system refused.
    #[error("{doing}")]
    Io {
        /// What was being done, to which file.
        doing: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
}

/// An append-only log of events.
///
/// - An implementation MUST NOT answer `append` before the events would survive a power cut (a forgetting log, for tests,
///   answers when they are visible), and MUST NOT show an event to any reader before that.
/// - All events of an append are recorded or none is. Positions are 1, 2, 3 … without a gap, revisions likewise in each stream.
/// - `recorded_at_micros` never decreases along the log.
/// - Events whose ids were all recorded before, with the same stream, kind and body, are answered with their first receipts,
///   whatever the expectations. This holds for ever. An id that comes twice in one append is refused.
/// - After a failed write or sync, of events or of what is derived from them, every append answers [`LogError::Stopped`] until the log is
///   opened again; reads go on.
/// - A caller MUST NOT assume that it is the only writer: it decides at a revision, appends expecting it, and on a conflict reads on
///   and decides again.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Records the events, all or none.
    ///
    /// # Errors
    /// Every variant of [`LogError`] except `InUse`; after all but `Unknown` nothing was recorded.
    async fn append(&self, append: Append) -> Result<Appended, LogError>;

    /// At most `limit` events of the selection, none of them past the head.
    ///
    /// The answer may be shorter than `limit` although there are more ([`READ_EVENTS_MAX`], [`READ_BYTES_MAX`], damage further on): read
    /// on from the last event until the answer is empty. A read never steps over events that cannot be read: it ends before them, and
    /// the next one answers `Damaged`. To go on nevertheless, read from the `last` (or `first`) position that `Damaged` names.
    ///
    /// # Errors
    /// [`LogError::Damaged`] if one of them cannot be read back as it was written, [`LogError::Io`] if the system refuses.
    async fn read(
        &self,
        selection: &Selection,
        from: From,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError>;

    /// Where the event of this id is, if it was recorded.
    ///
    /// # Errors
    /// As [`EventLog::read`].
    async fn find(&self, id: EventId) -> Result<Option<Position>, LogError>;

    /// The first and the last position of the append that recorded the event at this position. Whoever copies a log copies all of it or none.
    ///
    /// # Errors
    /// As [`EventLog::read`]; [`LogError::Refused`] if there is no event at this position.
    async fn append_of(&self, position: Position) -> Result<(Position, Position), LogError>;

    /// What tells this log from others: chosen when it was begun, and taken over by its copies.
    fn log_id(&self) -> [u8; 16];

    /// The last position that is durable, and every change of it. To follow the log: mark the head as seen, read up to it, wait for a change.
    fn head(&self) -> watch::Receiver<Position>;
}
