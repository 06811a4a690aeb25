//! What crosses a crate boundary: histories recorded and asked about as a caller would.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod ahead;
mod auditor;
mod backup;
mod crashes;
mod documents;
mod drivers;
mod facts;
mod kill;
mod overload;
mod process;
mod replicate;
mod room;
mod scenario;
mod scenario_plans;
mod scenarios;
#[cfg(feature = "shared-data")]
mod shared_data;
mod tidy;
mod together;
mod verify;
mod witness;
mod witnessed;
