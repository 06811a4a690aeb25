//! Why there is no proof.

use docket_domain::{EventId, Position};
use docket_log::LogError;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofsError {
    /// Nothing was signed yet, or not of this size.
    #[error("there is no checkpoint of {size} events")]
    NoSuchCheckpoint {
        /// The size that was asked for.
        size: u64,
    },
    /// Nothing was signed yet that covers the event.
    #[error("no checkpoint covers position {position} yet; the latest covers {latest} events")]
    NotCovered {
        /// The event.
        position: Position,
        /// The size of the latest checkpoint; 0 where there is none.
        latest: u64,
    },
    /// The tree has not come to this size.
    #[error("the log has {head} events, not {size}")]
    TooLarge {
        /// The size that was asked for.
        size: u64,
        /// The head.
        head: Position,
    },
    /// Sizes in the wrong order.
    #[error("a tree of {second} events cannot go on from one of {first}")]
    Order {
        /// The earlier size.
        first: u64,
        /// The later size.
        second: u64,
    },
    /// There is no such event.
    #[error("no event has the id {0}")]
    UnknownEvent(EventId),
    /// There is no such stream as of the checkpoint.
    #[error("the stream {0} has no event that the checkpoint covers")]
    UnknownStream(String),
    /// The log is not the one that was signed.
    #[error(
        "the log is not the one that was signed: a checkpoint of {signed} events was signed, and the log, which has {head}, has no tree of that \
         root. Events were lost or replaced: restore the chunks from a backup. Nothing is signed and nothing is recorded until then"
    )]
    Inconsistent {
        /// What was signed.
        signed: u64,
        /// What there is.
        head: Position,
    },
    /// A checkpoint cannot be read or made.
    #[error("a checkpoint of this log")]
    Checkpoint(#[source] docket_proof::CheckpointError),
    /// A proof cannot be made: what the log holds does not lead to the root that was signed.
    #[error("a proof cannot be made")]
    Prove(#[from] docket_proof::ProveError),
    /// The heads of the streams make no tree.
    #[error("the heads of the streams")]
    Heads(#[from] docket_proof::HeadsError),
    /// An event of the log is not what its kind says.
    #[error("the event at position {position} is not understood: {why}")]
    NotUnderstood {
        /// Where it is.
        position: Position,
        /// Why not.
        why: String,
    },
    /// A bundle is given whole, and not all of it is public.
    #[error(
        "{withheld} of its events were not public by the day asked, and a bundle holds every event: ask for a later day (a bundle answers for \
         earlier ones too), or in the restricted view"
    )]
    NotPublicYet {
        /// How many events the view asked does not show.
        withheld: usize,
    },
    /// The log fails.
    #[error("reading the log for a proof")]
    Log(#[from] LogError),
    /// The checkpoints cannot be read or written.
    #[error("the file of checkpoints")]
    Io(#[from] std::io::Error),
    /// The tracker fails.
    #[error("answering for a bundle")]
    Tracker(#[from] crate::tracker::TrackerError),
}
