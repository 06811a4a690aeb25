//! The services: threads, the clock, sockets; what ties the rules, the log and the wire together.
//!
//! In reading order: `clock`, `config`, `tracker` (records and answers; knows nothing of gRPC), `genesis` (what a new log begins with), `policy` (as a file),
//! `key_file`, `witness` (asks one for its cosignature), `proof` (checkpoints, proofs, bundles), `grpc` (parse, call, render; knows nothing of the
//! log), `serve` (one listener, one tracker) and `run` (a whole process).

pub mod clock;
pub mod config;
pub mod export;
pub mod genesis;
pub mod grpc;
pub mod key_file;
pub mod policy;
pub mod proof;
pub mod run;
pub mod serve;
pub mod tracker;
pub mod witness;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Config, ConfigError, Flags};
pub use run::{RunError, run};
pub use serve::{ServeError, serve};
pub use tracker::Tracker;
pub use witness::{Witness, WitnessError};
