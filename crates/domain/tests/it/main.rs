//! The rules, given and asked through the crate's public door.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod answers;
mod calendar;
mod days;
mod deadlines;
mod decisions;
mod given;
mod interim;
mod lengths;
mod plans;
mod policy;
mod provider_details;
mod provider_kinds;
mod providers;
mod published;
mod random;
