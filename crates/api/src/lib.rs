//! The wire: generated code, and the conversions between it and the values of the domain.
//!
//! Knows nothing about files, threads, the clock or the log.

pub mod changes;
pub mod examples;
pub mod from_proto;
pub mod json;
pub mod kinds;
pub mod pb;
pub mod reason;
pub mod to_proto;

/// The descriptors of every file of `proto/`, for reflection and for canonical JSON.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/docket.v1.binpb");
