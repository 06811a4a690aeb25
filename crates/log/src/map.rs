//! Maps for keys that callers choose: hashed with a seed of this process, in less time than the library's take.

use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;

/// A map.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;
/// A set.
pub(crate) type Set<K> = HashSet<K, RandomState>;
