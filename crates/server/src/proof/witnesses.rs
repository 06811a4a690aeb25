//! Asks the witnesses to cosign each checkpoint, and keeps what they answer with it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use docket_domain::Position;
use docket_proof::{Hash, SignedCheckpoint};

use super::{Proofs, ProofsError, open_note};
use crate::witness::Witness;

/// How long a witness that did not cosign is left alone before it is asked again.
pub const WITNESS_PAUSE_SECONDS: u64 = 10;

impl Proofs {
    /// Asks one witness about each checkpoint that is made, the latest first, until nobody makes any.
    pub async fn keep_asking(self: Arc<Self>, witness: Witness) {
        self.cosigning.lock().unwrap_or_else(PoisonError::into_inner).push(witness.key().clone());
        let mut signed = self.signed.subscribe();
        // The last checkpoint may not have been cosigned before the server was stopped.
        signed.mark_changed();
        while signed.changed().await.is_ok() {
            let size = *signed.borrow_and_update();
            while let Err(error) = self.ask(&witness, size).await {
                tracing::warn!(witness = witness.key().name(), size, %error, "a witness did not cosign");
                // A newer checkpoint is asked about instead.
                let pause = Duration::from_secs(WITNESS_PAUSE_SECONDS);
                if tokio::time::timeout(pause, signed.changed()).await.is_ok() {
                    signed.mark_changed();
                    break;
                }
            }
        }
    }

    async fn ask(
        self: &Arc<Self>,
        witness: &Witness,
        size: u64,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if size == 0 {
            return Ok(());
        }
        let checkpoint = self.of_size(size)?;
        let prove = |old_size: u64| async move {
            let proof: Result<Vec<Hash>, ProofsError> =
                self.consistency(old_size, size).await.map(|proved| proved.hashes);
            proof
        };
        let cosignature = witness.cosign(&checkpoint, prove).await?;
        self.add_cosignature(size, &cosignature.line(), witness)?;
        tracing::debug!(witness = witness.key().name(), size, "a witness cosigned");
        Ok(())
    }

    /// Adds it to whatever the checkpoint has by now.
    fn add_cosignature(&self, size: u64, line: &str, witness: &Witness) -> Result<(), ProofsError> {
        let _alone = self.cosigning.lock().unwrap_or_else(PoisonError::into_inner);
        let note = self.store.of_size(size)?.ok_or(ProofsError::NoSuchCheckpoint { size })?;
        let mut checkpoint: SignedCheckpoint = open_note(&note, self.verifiers())?;
        let known = std::slice::from_ref(witness.key());
        let added = checkpoint.add_cosignatures(line, known);
        added.map_err(|error| {
            let why = error.to_string();
            ProofsError::NotUnderstood { position: Position(size), why }
        })?;
        self.store.add(size, &checkpoint.to_string())?;
        self.cosignatures.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}
