//! The services: threads, the clock, sockets; what ties the rules, the log and the wire together.
//!
//! In reading order: `clock`, `config`, `tracker` (records and answers; knows nothing of gRPC), `genesis` (what a new log begins with),
//! `grpc` (parse, call, render; knows nothing of the log), `serve`.

pub mod clock;
pub mod config;
pub mod genesis;
pub mod tracker;
