//! Proving the history: the keys, the checkpoints, and every proof that is made of them. Knows nothing of gRPC.
//!
//! In reading order: `keys`, `store` and `records` (checkpoints on disk), `heads` (where every stream ended), `checkpointer` (makes them), `prove` (proofs), `bundle` (a case and its proofs)
//! and `verify` (a bundle, by somebody who has never seen the server).

mod bundle;
mod checkpointer;
mod error;
mod heads;
mod keys;
mod prove;
mod records;
mod store;
#[cfg(test)]
mod tests;
mod verify;
mod witnesses;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use docket_domain::Position;
use docket_log::ProvableLog;
use docket_proof::{Checkpoint, Frontier, SignedCheckpoint, VerifierKey};
use tokio::sync::watch;

use heads::{Heads, Held, Recorded, Taken};

pub use bundle::BundleSubject;
pub use checkpointer::CHECKPOINT_SECONDS_DEFAULT;
pub use error::ProofsError;
pub use keys::{KEY_FILE, Keys, KeysError, PUBLIC_FILE};
pub use prove::{Completeness, Consistency, Inclusion, StreamHeadProof};
pub use records::{LATE_MAX, RECORD_LEN_MAX, RECORD_LINE_MAX, is_cut_off, record_line};
pub use store::CheckpointStore;
pub use verify::{BUNDLE_FORMAT, BundleError, Demands, Verified, verify};
pub use witnesses::WITNESS_PAUSE_SECONDS;

/// The stream in which Docket records where all other streams ended.
pub const HEADS_STREAM: &str = "docket/heads";

/// Everything that proves a log.
pub struct Proofs {
    log: Arc<dyn ProvableLog>,
    keys: Keys,
    store: CheckpointStore,
    /// What the last checkpoint covers.
    covered: Mutex<Covered>,
    /// Heads of other checkpoints.
    held: Mutex<Held>,
    /// The size of the last checkpoint, and every change of it.
    signed: watch::Sender<u64>,
    /// The witnesses that are asked, by their keys. Held while a cosignature is added to a checkpoint.
    cosigning: Mutex<Vec<VerifierKey>>,
    /// How many cosignatures were added since the start.
    cosignatures: AtomicU64,
}

/// What the last checkpoint covers.
struct Covered {
    /// The tree that it signed.
    frontier: Frontier,
    /// The heads that it covers.
    heads: Arc<Heads>,
    /// Events that the tree has were recorded after the heads were taken: there is more to cover, though the log may not grow.
    more: bool,
    /// Heads that were recorded and could not be signed yet.
    unsigned: Option<Recorded>,
    /// Heads that were not recorded whole, for the log was busy.
    unrecorded: Option<Taken>,
}

impl Proofs {
    /// What proves this log, going on from the last checkpoint that was signed.
    ///
    /// # Errors
    /// [`ProofsError::Inconsistent`] where the log is not the one that was signed: it is shorter, or other events are in it.
    pub async fn open(
        log: Arc<dyn ProvableLog>,
        keys: Keys,
        store: CheckpointStore,
    ) -> Result<Self, ProofsError> {
        let latest = store.latest()?.map(|note| open_note(&note, &keys.verifiers)).transpose()?;
        let frontier = match &latest {
            None => Frontier::new(),
            Some(latest) => agreeing(&*log, latest.checkpoint())?,
        };
        let heads = Arc::new(Heads::new(Position::START, Vec::new())?);
        let covered = Covered { frontier, heads, more: false, unsigned: None, unrecorded: None };
        let signed = watch::Sender::new(covered.frontier.size());
        let (covered, held, cosigning) = (Mutex::new(covered), Mutex::default(), Mutex::default());
        let cosignatures = AtomicU64::new(0);
        let proofs = Self { log, keys, store, covered, held, signed, cosigning, cosignatures };
        proofs.recall().await?;
        Ok(proofs)
    }

    /// Who signs.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The public halves of all keys that ever signed for this log, oldest first.
    #[must_use]
    pub fn verifiers(&self) -> &[VerifierKey] {
        &self.keys.verifiers
    }

    /// The keys of the witnesses that are asked.
    #[must_use]
    pub fn witnesses(&self) -> Vec<VerifierKey> {
        self.cosigning.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many cosignatures were added since the start: where it is another number than before, there are more.
    #[must_use]
    pub fn cosignatures(&self) -> u64 {
        self.cosignatures.load(Ordering::SeqCst)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn covered(&self) -> std::sync::MutexGuard<'_, Covered> {
        self.covered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A checkpoint of this log.
fn open_note(note: &str, keys: &[VerifierKey]) -> Result<SignedCheckpoint, ProofsError> {
    SignedCheckpoint::open(note.as_bytes(), keys).map_err(ProofsError::Checkpoint)
}

/// The tree of the log at the size of this checkpoint, if it is the one that was signed.
fn agreeing(log: &dyn ProvableLog, signed: &Checkpoint) -> Result<Frontier, ProofsError> {
    let head = *log.head().borrow();
    let inconsistent = || ProofsError::Inconsistent { signed: signed.size, head };
    if head.0 < signed.size {
        return Err(inconsistent());
    }
    let frontier = log.frontier(signed.size)?;
    if frontier.root() == signed.root {
        return Ok(frontier);
    }
    // Hashes may be rotten where the events are not.
    log.repair_tree()?;
    let frontier = log.frontier(signed.size)?;
    if frontier.root() == signed.root { Ok(frontier) } else { Err(inconsistent()) }
}
