//! The server from outside: a real socket, a log in memory, a clock that one sets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, like the tests themselves"
)]

mod action_plans;
mod altered;
mod bundles;
mod comparing;
mod embargo;
mod embargo_more;
mod explaining;
mod exporting;
mod failures;
mod filtering;
mod following;
mod harness;
mod in_turn;
mod indicators;
mod intervals;
mod kept_answers;
mod plans;
mod policy;
mod priorities;
mod process;
mod proofs;
mod provider_bundles;
mod provider_stories;
mod providers;
mod published;
mod questions;
#[path = "../../log/tests/suite/random.rs"]
mod random;
mod recording;
mod register;
mod replicating;
mod resuming;
mod rotten;
mod signed;
mod suspensions;
mod walk;
mod what_if;
mod witness;
