//! What makes the log provable: its Merkle tree, proofs, signed checkpoints, the cosignatures of witnesses.
//!
//! Nothing here reads a file, a socket or a clock, and nothing knows what an event says. A *leaf* is the stored bytes of one event; the
//! event at position `p` (1, 2, 3 …) is leaf `p - 1` of the tree. All hashes are SHA-256.
//!
//! | what | format |
//! |---|---|
//! | [`leaf_hash`], tree, [`verify_inclusion`], [`verify_consistency`] | RFC 6962, sections 2.1, 2.1.1 and 2.1.2 |
//! | [`TileHashes`]: which hashes of the tree are kept | C2SP `tlog-tiles`, tiles of height 8 |
//! | [`Frontier`]: what is needed to go on with a tree | our own, described at [`Frontier::to_bytes`] |
//! | [`HeadsTree`], [`LiveHeads`]: where each stream ends | our own leaves, described at [`Head`], in an RFC 6962 tree |
//! | [`VerifierKey`]; the lines of signatures | C2SP `signed-note` |
//! | the text of a [`SigningKey`] | Go's `golang.org/x/mod/sumdb/note` |
//! | [`Checkpoint`], [`SignedCheckpoint`] | C2SP `tlog-checkpoint` |
//! | [`Cosignature`] | C2SP `tlog-cosignature`, `cosignature/v1` with Ed25519 |
//! | [`Submission`] | C2SP `tlog-witness`, the body of `add-checkpoint` |
//!
//! The C2SP specifications are at <https://c2sp.org/>. The arithmetic of proofs is that of the crate `tlog_tiles`, notes are those of
//! `signed_note`; both are ports of what Go's checksum database runs on.
//!
//! # From an event to a signature
//!
//! ```
//! use docket_proof::*;
//!
//! let events = ["received", "published", "reviewed"];
//! let leaves: Vec<Hash> = events.iter().map(|event| leaf_hash(event.as_bytes())).collect();
//! let mut tree = Frontier::new();
//! leaves.iter().for_each(|leaf| tree.push(*leaf));
//!
//! // The operator signs where the log is.
//! let key = SigningKey::new(Role::Log, "docket.example/log", &[7; 32])?;
//! let note = Checkpoint::new("docket.example/log", tree.size(), tree.root())?.sign(&key)?.to_string();
//!
//! // The auditor knows the log's public key, and nothing else.
//! let known = [VerifierKey::parse(&key.verifier().to_string())?];
//! let signed = SignedCheckpoint::open(note.as_bytes(), &known)?;
//! let Checkpoint { size, root, .. } = *signed.checkpoint();
//!
//! // The second event is in the log that the operator signed.
//! let proof = inclusion(&Leaves(leaves.clone()), 2, size, &root)?;
//! verify_inclusion(&leaf_hash(b"published"), 2, size, &root, &proof)?;
//! assert!(verify_inclusion(&leaf_hash(b"Published"), 2, size, &root, &proof).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// The tree.
mod frontier;
mod hash;
mod heads;
mod live;
mod prove;
mod tiles;
mod verify;
// What is signed.
mod checkpoint;
mod cosignature;
mod key;
mod submission;

pub use checkpoint::{Checkpoint, CheckpointError, NOTE_BYTES_MAX, ORIGIN_BYTES_MAX, SignedCheckpoint};
pub use cosignature::{Cosignature, CosignatureError};
pub use frontier::{Frontier, FrontierError};
pub use hash::{EMPTY_ROOT, Hash, SIZE_MAX, leaf_hash};
pub use heads::{Head, HeadProof, HeadProofError, HeadsError, HeadsTree};
pub use key::{KeyError, KeyId, NAME_BYTES_MAX, Role, SigningKey, VerifierKey};
pub use live::LiveHeads;
pub use prove::{ProveError, consistency, frontier, inclusion, root};
pub use submission::{SUBMISSION_BYTES_MAX, Submission, SubmissionError};
pub use tiles::{Leaves, TILE_WIDTH, TileError, TileHashes};
pub use verify::{PROOF_HASHES_MAX, ProofError, verify_consistency, verify_inclusion};
