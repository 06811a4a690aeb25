//! The rules of Docket: pure, without IO, clock, threads or wire format.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod date;
pub mod event;
pub mod id;
pub mod status;
pub mod terms;

pub use id::{EventId, Position, Revision, StreamId};
