//! The event log: chunk files hold the truth, sled holds what can be rebuilt from them. `docs/log-format.md` draws the bytes.

// The contract, and a log that forgets.
mod admit;
mod event_log;
mod memory;
mod provable;
mod stored;
// The bytes.
mod bytes;
mod chunk;
mod envelope;
mod footer;
mod frame;
// Files, and walking over them.
mod disk;
mod lock;
mod map;
mod scan;
mod sync;
mod window;
// What is derived: the index, and the hashes of the tree.
mod build;
mod filter;
mod fit;
mod hashes;
mod heads;
mod index;
mod pages;
mod sealed;
mod segment;
// The log that does not forget: its shared state, reading, writing, opening.
mod chunk_log;
mod cut;
mod keeper;
mod kinds;
mod open;
mod point;
mod reader;
mod replay;
mod replica;
mod store;
mod streams;
mod survey;
mod writer;
// Looking at a log without opening it.
mod copy;
mod verify;

pub use chunk_log::ChunkLog;
pub use copy::{ChunkPart, Copied, Copier, There};
pub use disk::{Disk, DiskFile, OsDisk};
pub use envelope::Brief;
pub use event_log::*;
pub use lock::{DirectoryLock, lock as lock_directory};
pub use memory::MemoryLog;
pub use open::{CHUNK_BYTES, INDEX_CACHE_BYTES, OpenReport, Options};
pub use pages::MemoryIndex;
pub use provable::{ProvableLog, StreamHead};
pub use replica::Replicated;
pub use scan::Damage;
pub use stored::StoredEvent;
pub use verify::{Problem, Seen, Verified, Watch, verify};
