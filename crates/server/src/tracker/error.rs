//! Which outcomes a caller of the tracker must tell apart.

use docket_api::from_proto::Expectation;
use docket_domain::date::Date;
use docket_domain::decide;
use docket_domain::status::AuthorityRef;
use docket_domain::{EventId, Position, Revision};
use docket_log::{Expected, LogError};

/// A stream that is not where the caller believed it to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleStream {
    /// Its name.
    pub stream: String,
    /// What the caller expected.
    pub expected: Expectation,
    /// Its last revision; [`Revision::NONE`] where there is no such stream.
    pub actual: Revision,
}

/// Why something was not recorded, or a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum TrackerError {
    /// Nothing that was known is called so.
    #[error("no authority is known as {named:?}")]
    UnknownAuthority {
        /// What was asked for.
        named: String,
        /// The day on which it was looked up.
        on: Date,
    },
    /// Several authorities are called so.
    #[error("{named:?} is the name of {} authorities", .candidates.len())]
    AmbiguousAuthority {
        /// What was asked for.
        named: String,
        /// Who may be meant.
        candidates: Vec<AuthorityRef>,
    },
    /// No provider of this number was registered, as known then.
    #[error("no provider is registered as {urn:?}")]
    UnknownProvider {
        /// What was asked for.
        urn: String,
    },
    /// The authority has no such plan on the day, as known then.
    #[error("{authority} has no plan {plan} on {on}")]
    UnknownPlan {
        /// Its name.
        authority: String,
        /// Which was asked for, in words.
        plan: String,
        /// The day asked.
        on: Date,
    },
    /// The text is not the name of a stream.
    #[error("{named:?} is not the name of a stream")]
    NotAStream {
        /// What was asked for.
        named: String,
    },
    /// The answer has no field that is called so.
    #[error("the answer has no field {asked:?}")]
    UnknownField {
        /// What was asked for.
        asked: String,
        /// Fields that it has, the most alike first.
        nearest: Vec<String>,
    },
    /// The question is about a position that is not recorded yet.
    #[error("position {asked} is not recorded yet: the last one is {head}")]
    NotYetRecorded {
        /// What was asked for.
        asked: Position,
        /// The last position.
        head: Position,
    },
    /// The question is about what will be known at an instant that has not come.
    #[error("{asked} has not come yet: it is {now}")]
    NotYetKnown {
        /// What was asked for.
        asked: jiff::Timestamp,
        /// The clock's reading.
        now: jiff::Timestamp,
    },
    /// At least one stream is not at the revision that the caller expected. All of them are named.
    #[error("{} stream(s) are not at the revision expected", .0.len())]
    Stale(Vec<StaleStream>),
    /// The rules refuse the facts. All refusals are named.
    #[error("the rules refuse {} fact(s)", .0.len())]
    Refused(Vec<decide::Refusal>),
    /// The id was recorded before with other content.
    #[error("event {id} was recorded before, at position {position}, with other content")]
    IdReused {
        /// The id.
        id: EventId,
        /// Where it was recorded.
        position: Position,
    },
    /// Some of the ids were recorded before and some were not.
    #[error("{} of the events were recorded before, the others not", .recorded.len())]
    PartlyRecorded {
        /// Those recorded before, with their positions.
        recorded: Vec<(EventId, Position)>,
    },
    /// The request breaks a bound of the log.
    #[error("the log refuses the request: {why}")]
    OutOfBounds {
        /// Which bound.
        why: String,
    },
    /// Other writers were faster, again and again.
    #[error("decided {tries} times, and each time the streams had moved on")]
    Contended {
        /// How often it was tried.
        tries: usize,
    },
    /// The log's queue is full.
    #[error("the log's queue is full")]
    Busy,
    /// Whether it was recorded is not known.
    #[error("whether it was recorded is not known")]
    OutcomeUnknown,
    /// The server is stopping.
    #[error("the server is stopping")]
    ShuttingDown,
    /// The log writes no more until it is opened again.
    #[error("the log writes no more until it is opened again")]
    ReadOnly {
        /// What the log said.
        #[source]
        source: Box<LogError>,
    },
    /// Stored events are damaged.
    #[error("positions {first} to {last} are damaged")]
    Damaged {
        /// First position that cannot be read.
        first: Position,
        /// Last position that cannot be read.
        last: Position,
        /// What the log said.
        #[source]
        source: Box<LogError>,
    },
    /// A stored event is whole, but this version cannot make sense of it.
    #[error("the event at position {position} cannot be understood: {why}")]
    NotUnderstood {
        /// Where it is.
        position: Position,
        /// What is wrong with it.
        why: String,
    },
    /// The storage failed.
    #[error("the storage failed while {doing}")]
    Storage {
        /// What the tracker was doing.
        doing: &'static str,
        /// What the log said.
        #[source]
        source: Box<LogError>,
    },
}

impl TrackerError {
    /// What a failure of the log means to a caller.
    pub(crate) fn from_log(doing: &'static str, error: LogError) -> Self {
        match error {
            LogError::Conflict(conflicts) => Self::Stale(
                conflicts
                    .into_iter()
                    .map(|conflict| StaleStream {
                        stream: conflict.stream.to_string(),
                        expected: match conflict.expected {
                            Expected::Exactly(revision) => Expectation::Exactly(revision),
                            Expected::NoStream | Expected::Any => Expectation::NoStream,
                        },
                        actual: conflict.actual,
                    })
                    .collect(),
            ),
            LogError::IdReused { id, position, .. } => Self::IdReused { id, position },
            LogError::PartlyRecorded { recorded } => Self::PartlyRecorded { recorded },
            LogError::Refused(why) => Self::OutOfBounds { why },
            LogError::Busy => Self::Busy,
            LogError::Unknown => Self::OutcomeUnknown,
            stopped @ LogError::Stopped(_) => Self::ReadOnly { source: Box::new(stopped) },
            LogError::Damaged { first, last, .. } => Self::Damaged { first, last, source: Box::new(error) },
            in_use @ LogError::InUse { .. } => Self::Storage { doing, source: Box::new(in_use) },
            io @ LogError::Io { .. } => Self::Storage { doing, source: Box::new(io) },
        }
    }
}
