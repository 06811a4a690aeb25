//! Whether a proof shows what it is said to show. Proofs come from anybody.

use crate::hash::{EMPTY_ROOT, Hash, SIZE_MAX, theirs};
use tlog_tiles::{check_record, check_tree};

/// Most hashes of a proof: C2SP `tlog-witness` allows no more either. No proof of a tree up to [`SIZE_MAX`] needs as many.
pub const PROOF_HASHES_MAX: usize = 63;

/// Why a proof shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No such position in the tree.
    #[error("position {position} is not in a log of {size} events")]
    Position {
        /// The position asked about.
        position: u64,
        /// The events in the tree.
        size: u64,
    },
    /// The newer tree is the smaller one.
    #[error("a log of {size} events cannot continue one of {old_size}: it is shorter")]
    Order {
        /// The events of the older tree.
        old_size: u64,
        /// The events of the newer tree.
        size: u64,
    },
    /// A size that no log has.
    #[error("a log of {0} events is none that can be verified: at most {SIZE_MAX} can")]
    Size(u64),
    /// More hashes than any proof has.
    #[error("the proof has {0} hashes; no proof has more than {PROOF_HASHES_MAX}")]
    Long(usize),
    /// It does not lead to the root.
    #[error(
        "the proof does not show that the event at position {position} is part of the log of {size} events with this root: event, position, \
         root or proof was altered"
    )]
    NotIncluded {
        /// The position asked about.
        position: u64,
        /// The events in the tree.
        size: u64,
    },
    /// It does not lead from the one root to the other.
    #[error(
        "the proof does not show that the log of {size} events continues the one of {old_size}: history was rewritten, or a root or the \
         proof was altered"
    )]
    NotConsistent {
        /// The events of the older tree.
        old_size: u64,
        /// The events of the newer tree.
        size: u64,
    },
}

/// Whether `proof` shows that the event at this position, with this leaf hash, is part of the tree of `size` leaves with this root
/// (RFC 6962, section 2.1.1). Positions count from 1. Take size and root from one checkpoint: the hashes alone do not fix the size.
///
/// # Errors
///
/// Says why it does not.
pub fn verify_inclusion(
    leaf: &Hash,
    position: u64,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    check_bounds(size, proof)?;
    let index = index_of(position, size)?;
    check_record(&theirs(proof), size, tlog_tiles::Hash(*root), index, tlog_tiles::Hash(*leaf))
        .map_err(|_| ProofError::NotIncluded { position, size })
}

/// Whether `proof` shows that the tree of `size` leaves with this root begins with all the leaves of the tree of `old_size` leaves with
/// the root `old_root` (RFC 6962, section 2.1.2). Every tree continues the empty one, by an empty proof.
///
/// # Errors
///
/// Says why it does not.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    check_bounds(size, proof)?;
    if size < old_size {
        return Err(ProofError::Order { old_size, size });
    }
    let shown = if old_size == 0 {
        proof.is_empty() && *old_root == EMPTY_ROOT && (0 < size || *root == EMPTY_ROOT)
    } else {
        let (root, old_root) = (tlog_tiles::Hash(*root), tlog_tiles::Hash(*old_root));
        check_tree(&theirs(proof), size, root, old_size, old_root).is_ok()
    };
    if shown { Ok(()) } else { Err(ProofError::NotConsistent { old_size, size }) }
}

fn check_bounds(size: u64, proof: &[Hash]) -> Result<(), ProofError> {
    if SIZE_MAX < size {
        return Err(ProofError::Size(size));
    }
    if PROOF_HASHES_MAX < proof.len() {
        return Err(ProofError::Long(proof.len()));
    }
    Ok(())
}

/// The leaf that a position is.
pub(crate) fn index_of(position: u64, size: u64) -> Result<u64, ProofError> {
    position.checked_sub(1).filter(|index| *index < size).ok_or(ProofError::Position { position, size })
}
