//! The event log: chunk files hold the truth, sled holds what can be rebuilt from them. `docs/log-format.md` draws the bytes.

// The contract, and a log that forgets.
mod admit;
mod event_log;
mod memory;
// The bytes.
mod bytes;
mod chunk;
mod envelope;
mod frame;
// Files, and walking over them.
mod disk;
mod lock;
mod scan;
mod window;
// The index.
mod build;
mod entries;
mod fit;
mod index;
// The log that does not forget: its shared state, reading, writing, opening.
mod chunk_log;
mod open;
mod point;
mod reader;
mod store;
mod streams;
mod survey;
mod writer;

pub use chunk_log::ChunkLog;
pub use disk::{Disk, DiskFile, OsDisk};
pub use event_log::*;
pub use memory::MemoryLog;
pub use open::{CHUNK_BYTES, INDEX_CACHE_BYTES, OpenReport, Options};
pub use scan::Damage;
