//! The pairs of the index: in sled, or in memory where sled cannot write.

use std::collections::BTreeMap;
use std::ops::{Bound, RangeInclusive};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use sled::IVec;

use crate::index::IndexFault;

/// A key and its value, both as bytes.
pub(crate) type Pair = (IVec, IVec);

/// Pairs in the order of their keys.
pub(crate) enum Entries {
    /// On disk.
    Sled { tree: sled::Tree, db: sled::Db },
    /// Gone when the log is closed; takes memory for each event.
    Memory(RwLock<BTreeMap<IVec, IVec>>),
}

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

/// The bounds of a range, for a map whose keys are not vectors.
fn bounds(range: &RangeInclusive<Vec<u8>>) -> (Bound<&[u8]>, Bound<&[u8]>) {
    (Bound::Included(range.start()), Bound::Included(range.end()))
}

impl Entries {
    /// Opens those of this directory, or none if it is not there.
    pub(crate) fn open(directory: &Path, cache_bytes: u64) -> Result<Self, IndexFault> {
        remove_half_snapshots(directory);
        guarded("opening the index", || {
            let config = sled::Config::default().path(directory);
            let db = config.cache_capacity(cache_bytes).flush_every_ms(None).open()?;
            Ok(Self::Sled { tree: db.open_tree("index")?, db })
        })
    }

    /// None, in memory.
    pub(crate) fn in_memory() -> Self {
        Self::Memory(RwLock::default())
    }

    /// The value of this key.
    pub(crate) fn get(&self, doing: &str, key: &[u8]) -> Result<Option<IVec>, IndexFault> {
        match self {
            Self::Sled { tree, .. } => guarded(doing, || tree.get(key)),
            Self::Memory(map) => Ok(map.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()),
        }
    }

    /// The first pair of this range, which is not empty.
    pub(crate) fn first(
        &self,
        doing: &str,
        range: RangeInclusive<Vec<u8>>,
    ) -> Result<Option<Pair>, IndexFault> {
        match self {
            Self::Sled { tree, .. } => guarded(doing, || tree.range(range).next().transpose()),
            Self::Memory(map) => {
                let map = map.read().unwrap_or_else(PoisonError::into_inner);
                let found = map.range::<[u8], _>(bounds(&range)).next();
                Ok(found.map(|(key, value)| (key.clone(), value.clone())))
            }
        }
    }

    /// The last pair of this range, which is not empty.
    pub(crate) fn last(
        &self,
        doing: &str,
        range: RangeInclusive<Vec<u8>>,
    ) -> Result<Option<Pair>, IndexFault> {
        match self {
            Self::Sled { tree, .. } => guarded(doing, || tree.range(range).next_back().transpose()),
            Self::Memory(map) => {
                let map = map.read().unwrap_or_else(PoisonError::into_inner);
                let found = map.range::<[u8], _>(bounds(&range)).next_back();
                Ok(found.map(|(key, value)| (key.clone(), value.clone())))
            }
        }
    }

    /// Puts these pairs, one after the other.
    pub(crate) fn put(
        &self,
        doing: &str,
        pairs: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<(), IndexFault> {
        match self {
            Self::Sled { tree, .. } => guarded(doing, || {
                for (key, value) in pairs {
                    tree.insert(key, value)?;
                }
                Ok(())
            }),
            Self::Memory(map) => {
                let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value.into()));
                map.write().unwrap_or_else(PoisonError::into_inner).extend(pairs);
                Ok(())
            }
        }
    }

    /// How many there are, each looked at.
    pub(crate) fn count(&self, doing: &str) -> Result<u64, IndexFault> {
        match self {
            Self::Sled { tree, .. } => guarded(doing, || {
                let mut there = 0_u64;
                for entry in tree {
                    entry?;
                    there += 1;
                }
                Ok(there)
            }),
            Self::Memory(map) => Ok(map.read().unwrap_or_else(PoisonError::into_inner).len() as u64),
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
