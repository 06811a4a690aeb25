//! The edge: each method parses, calls the tracker, renders. Knows nothing of the log.

mod errors;
mod export;
mod history;
mod in_depth;
mod page;
mod plan;
mod policy;
mod priorities;
mod proof;
mod providers;
mod raw;
mod record;
mod replication;
mod respond;
mod status;
mod subscription;

use std::sync::Arc;

use crate::proof::Proofs;
use crate::tracker::Tracker;

pub use raw::{HistoryServer, StatusServer, SubscriptionServer};
pub use record::STREAM_ANSWERS_MAX;
pub use replication::COPIED_BYTES_MAX;

/// Most bytes of one message that a client sends.
pub const DECODE_BYTES_MAX: usize = 16 << 20;
/// Most bytes of one message that a client is sent.
pub const ENCODE_BYTES_MAX: usize = 16 << 20;

/// Every service, over one tracker, and what proves its log.
#[derive(Clone)]
pub struct Grpc {
    tracker: Arc<Tracker>,
    proofs: Option<Arc<Proofs>>,
}

impl Grpc {
    /// The services of a tracker. Without `proofs`, `ProofService` says that nothing is signed here.
    #[must_use]
    pub fn new(tracker: Arc<Tracker>, proofs: Option<Arc<Proofs>>) -> Self {
        Self { tracker, proofs }
    }
}
