//! Whether a checkpoint may be cosigned. Nothing here reads or writes anything: C2SP `tlog-witness`, sentence by sentence.

use docket_proof::{
    Checkpoint, CheckpointError, ProofError, SignedCheckpoint, Submission, SubmissionError, VerifierKey,
    verify_consistency,
};
use hyper::StatusCode;

/// Why a submission is not cosigned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The body is none.
    #[error(transparent)]
    Malformed(#[from] SubmissionError),
    /// The checkpoint is none, or is not this log's, or is not signed by it.
    #[error(transparent)]
    Checkpoint(CheckpointError),
    /// The proof would begin after the checkpoint.
    #[error("the proof is said to begin from {old_size} events, and the checkpoint has {size}")]
    Backwards { old_size: u64, size: u64 },
    /// The proof begins elsewhere than this witness stands.
    #[error("this witness has cosigned {seen} events of this log, not {old_size}")]
    Stale { old_size: u64, seen: u64 },
    /// Another history of the same length, signed by the log.
    #[error("the log has signed two histories of {size} events: this witness cosigned the other one")]
    Fork { size: u64, other: Box<SignedCheckpoint> },
    /// The proof does not prove it.
    #[error(transparent)]
    NotConsistent(ProofError),
}

impl Refusal {
    /// The status of HTTP that the specification gives it.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::Backwards { .. } => StatusCode::BAD_REQUEST,
            Self::Checkpoint(CheckpointError::OtherLog { .. }) => StatusCode::NOT_FOUND,
            Self::Checkpoint(CheckpointError::Unsigned { .. } | CheckpointError::Forged { .. }) => {
                StatusCode::FORBIDDEN
            }
            Self::Checkpoint(_) => StatusCode::BAD_REQUEST,
            Self::Stale { .. } | Self::Fork { .. } => StatusCode::CONFLICT,
            Self::NotConsistent(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// The checkpoint of a submission, with the log's own signature only, if it may be cosigned by a witness that has cosigned `seen`.
pub(crate) fn judge(
    seen: &Checkpoint,
    submission: &Submission,
    log_keys: &[VerifierKey],
) -> Result<SignedCheckpoint, Refusal> {
    let signed = SignedCheckpoint::open(submission.note.as_bytes(), log_keys).map_err(Refusal::Checkpoint)?;
    let signed = signed.bare();
    let Checkpoint { size, root, .. } = *signed.checkpoint();
    let old_size = submission.old_size;
    if size < old_size {
        return Err(Refusal::Backwards { old_size, size });
    }
    // Before the sizes are compared: wherever the proof begins, two histories of one length are two.
    if 0 < size && size == seen.size && root != seen.root {
        return Err(Refusal::Fork { size, other: Box::new(signed) });
    }
    if old_size != seen.size {
        return Err(Refusal::Stale { old_size, seen: seen.size });
    }
    verify_consistency(old_size, &seen.root, size, &root, &submission.proof)
        .map_err(Refusal::NotConsistent)?;
    Ok(signed)
}
