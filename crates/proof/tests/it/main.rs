//! Trees, proofs, keys and checkpoints, through the crate's public door.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "helpers of tests"
)]

mod checkpoints;
mod cosignatures;
mod forged;
mod frontiers;
mod given;
mod heads;
mod keys;
mod known;
mod proofs;
mod rfc6962;
mod stored;
mod submissions;
