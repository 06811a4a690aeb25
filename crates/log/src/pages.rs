//! Where the pages of the index are kept: in sled, or in memory where sled cannot write (or a simulation says so).
//!
//! Each page ends in a checksum over its key and its content, so that whatever sled answers is either what was put there or noticed.

use crate::sync::RwLock;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use sled::IVec;

use crate::bytes::u32_at;

/// Most bytes of a page: sled puts values of some 8,000 bytes and more into files that it does not sync.
pub(crate) const PAGE_BYTES_MAX: usize = 6_000;
/// Bytes of the checksum at the end of a page.
const CHECKSUM_LEN: usize = 4;

/// The index does not answer, or not what the chunks say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexFault(pub(crate) String);

/// An index that is kept in memory, for simulations: its clones are the same index.
#[derive(Clone, Default)]
pub struct MemoryIndex(Arc<RwLock<BTreeMap<Vec<u8>, IVec>>>);

impl fmt::Debug for MemoryIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryIndex").finish_non_exhaustive()
    }
}

impl MemoryIndex {
    /// Another index with what is in this one now: what a disk might hold after a crash.
    #[must_use]
    pub fn copied(&self) -> Self {
        let pages = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        Self(Arc::new(RwLock::new(pages)))
    }

    /// Changes a bit of a page.
    #[cfg(test)]
    pub(crate) fn spoil(&self, key: &[u8]) {
        let mut pages = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let page = pages.get_mut(key).unwrap();
        let mut bytes = page.to_vec();
        bytes[7] ^= 1;
        *page = bytes.into();
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Pages by their keys.
pub(crate) enum Pages {
    /// On disk.
    Sled { tree: sled::Tree, db: sled::Db },
    /// Gone with the process; takes memory for each event.
    Memory(MemoryIndex),
}

/// What sled says where its files are locked. Nobody else opens them, for the directory has a lock of its own: it is a thread of sled's that still
/// writes for an index that was closed in this process.
const LOCKED: &str = "could not acquire lock";
/// How often it is tried again, and after how long.
const LOCK_TRIES_MAX: u32 = 100;
const LOCK_WAIT: Duration = Duration::from_millis(20);

/// sled panics on some damage; a panic is an answer like another.
fn guarded<T>(doing: &str, work: impl FnOnce() -> sled::Result<T>) -> Result<T, IndexFault> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(IndexFault(format!("{doing}: {error}"))),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(IndexFault(format!("{doing}: {}", text.unwrap_or_else(|| "sled panicked".to_owned()))))
        }
    }
}

impl Pages {
    /// Opens those of this directory, or none if it is not there.
    pub(crate) fn open(directory: &Path, cache_bytes: u64) -> Result<Self, IndexFault> {
        remove_half_snapshots(directory);
        for _ in 0..LOCK_TRIES_MAX {
            match Self::open_once(directory, cache_bytes) {
                Err(IndexFault(why)) if why.contains(LOCKED) => std::thread::park_timeout(LOCK_WAIT),
                opened => return opened,
            }
        }
        Self::open_once(directory, cache_bytes)
    }

    fn open_once(directory: &Path, cache_bytes: u64) -> Result<Self, IndexFault> {
        guarded("opening the index", || {
            let config = sled::Config::default().path(directory);
            let db = config.cache_capacity(cache_bytes).flush_every_ms(None).open()?;
            Ok(Self::Sled { tree: db.open_tree("pages")?, db })
        })
    }

    /// The page of this key, its checksum compared and cut off.
    pub(crate) fn get(&self, doing: &str, key: &[u8]) -> Result<Option<IVec>, IndexFault> {
        let sealed = match self {
            Self::Sled { tree, .. } => guarded(doing, || tree.get(key))?,
            Self::Memory(MemoryIndex(map)) => {
                map.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
            }
        };
        sealed.map(|sealed| unseal(doing, key, &sealed)).transpose()
    }

    /// The page of this key, which must be there.
    pub(crate) fn need(&self, doing: &str, key: &[u8]) -> Result<IVec, IndexFault> {
        self.get(doing, key)?.ok_or_else(|| IndexFault(format!("{doing}: a page is missing")))
    }

    /// The keys that begin with `prefix`, in order.
    pub(crate) fn keys(&self, doing: &str, prefix: &[u8]) -> Result<Vec<IVec>, IndexFault> {
        match self {
            Self::Sled { tree, .. } => guarded(doing, || tree.scan_prefix(prefix).keys().collect()),
            Self::Memory(MemoryIndex(map)) => {
                let map = map.read().unwrap_or_else(PoisonError::into_inner);
                let from = map.range(prefix.to_vec()..).map(|(key, _)| key);
                Ok(from.take_while(|key| key.starts_with(prefix)).map(|key| key.as_slice().into()).collect())
            }
        }
    }

    /// Puts a page, of at most [`PAGE_BYTES_MAX`] bytes.
    pub(crate) fn put(&self, doing: &str, key: &[u8], mut page: Vec<u8>) -> Result<(), IndexFault> {
        debug_assert!(page.len() <= PAGE_BYTES_MAX, "pages are small");
        page.extend(checksum(key, &page).to_le_bytes());
        match self {
            Self::Sled { tree, .. } => guarded(doing, || tree.insert(key, page)).map(|_| ()),
            Self::Memory(MemoryIndex(map)) => {
                let mut map = map.write().unwrap_or_else(PoisonError::into_inner);
                map.insert(key.to_vec(), page.into());
                Ok(())
            }
        }
    }

    /// Removes a page.
    pub(crate) fn remove(&self, doing: &str, key: &[u8]) -> Result<(), IndexFault> {
        match self {
            Self::Sled { tree, .. } => guarded(doing, || tree.remove(key)).map(|_| ()),
            Self::Memory(MemoryIndex(map)) => {
                map.write().unwrap_or_else(PoisonError::into_inner).remove(key);
                Ok(())
            }
        }
    }

    /// Writes to disk what is not there yet.
    pub(crate) fn flush(&self, doing: &str) -> Result<(), IndexFault> {
        match self {
            Self::Sled { db, .. } => guarded(doing, || db.flush()).map(|_| ()),
            Self::Memory(_) => Ok(()),
        }
    }
}

fn checksum(key: &[u8], page: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(key);
    crc.update(page);
    crc.finalize()
}

fn unseal(doing: &str, key: &[u8], sealed: &IVec) -> Result<IVec, IndexFault> {
    let page = sealed.subslice(0, sealed.len().saturating_sub(CHECKSUM_LEN));
    if u32_at(sealed, page.len()) == Some(checksum(key, &page)) {
        Ok(page)
    } else {
        Err(IndexFault(format!("{doing}: the checksum of a page does not match")))
    }
}

/// A kill while sled opens leaves `snap.*.generating`, and sled then refuses to open. Where removing fails, opening will say why.
fn remove_half_snapshots(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().ends_with(".generating")
            && std::fs::remove_file(entry.path()).is_err()
        {
            tracing::warn!(file = %entry.path().display(), "a left-over snapshot of the index cannot be removed");
        }
    }
}
