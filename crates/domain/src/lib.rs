//! The rules of Docket: pure, without IO, clock, threads or wire format.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod id;

pub use id::{EventId, Position, Revision, StreamId};
