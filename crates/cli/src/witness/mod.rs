//! A witness: it remembers how far it has seen a log grow, and cosigns what continues that.
//!
//! `judge` decides, `keep` remembers, `http` answers; here they are put together.

mod http;
mod judge;
mod keep;

use std::sync::{Mutex, PoisonError};

use docket_proof::{CosignatureError, SigningKey, Submission, VerifierKey};
use docket_server::Clock;

pub(crate) use http::serve;
pub(crate) use judge::Refusal;
pub(crate) use keep::{KeepError, Kept};

/// A witness of one log.
pub(crate) struct Witness {
    key: SigningKey,
    log_keys: Vec<VerifierKey>,
    clock: Box<dyn Clock>,
    kept: Mutex<Kept>,
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WitnessError {
    /// The submission is not right.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be remembered.
    #[error(transparent)]
    Kept(#[from] KeepError),
    /// It could not be signed.
    #[error(transparent)]
    Signed(#[from] CosignatureError),
}

impl Witness {
    /// A witness with its key, the keys of its log, and what it has seen.
    pub(crate) fn new(
        key: SigningKey,
        log_keys: Vec<VerifierKey>,
        kept: Kept,
        clock: Box<dyn Clock>,
    ) -> Self {
        Self { key, log_keys, clock, kept: Mutex::new(kept) }
    }

    /// The line of the cosignature for the body of a request. Judging, remembering and signing is one step: between two requests there
    /// is nothing of a third.
    pub(crate) fn add_checkpoint(&self, body: &[u8]) -> Result<String, WitnessError> {
        let submission = Submission::parse(body).map_err(Refusal::from)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut signed = match judge::judge(kept.seen(), &submission, &self.log_keys) {
            Ok(signed) => signed,
            Err(refusal) => {
                keep_if_evidence(&kept, &refusal);
                return Err(refusal.into());
            }
        };
        let time = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        let line = signed.cosign(&self.key, time)?.line();
        signed.add_cosignatures(&line, std::slice::from_ref(self.key.verifier()))?;
        kept.remember(&signed)?;
        tracing::info!(size = signed.checkpoint().size, "cosigned");
        Ok(line)
    }
}

/// Keeps what shows that a log has two histories, and says so.
fn keep_if_evidence(kept: &Kept, refusal: &Refusal) {
    let Refusal::Fork { size, other } = refusal else {
        return;
    };
    match kept.keep_evidence(other) {
        Ok(Some(path)) => {
            tracing::error!(size, evidence = %path.display(), "the log has signed two histories of one length");
        }
        Ok(None) => {
            tracing::error!(size, "the log has signed two histories of one length; the evidence is kept")
        }
        Err(error) => {
            let text = other.to_string();
            tracing::error!(size, %error, text, "the log has signed two histories of one length; it cannot be kept");
        }
    }
}
