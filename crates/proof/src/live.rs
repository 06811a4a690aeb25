//! The root over the heads of all streams while they change.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::heads::{Head, HeadsError};

/// The heads of all streams as the log grows, for a root again and again: [`HeadsTree`](crate::HeadsTree) has the same root and gives proofs.
///
/// A head that changed costs a hash for each level of the tree. Streams that are new shift those after them, whose part of the tree is made
/// anew, once for all that came since the last root.
#[derive(Clone, Debug, Default)]
pub struct LiveHeads {
    /// In order.
    streams: Vec<Arc<str>>,
    /// The hashes of the heads, then of each level above; the root is alone in the last.
    levels: Vec<Vec<Hash>>,
    /// Heads that were set since the last root.
    changed: BTreeMap<Arc<str>, Hash>,
}

impl LiveHeads {
    /// Of no stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The stream has this head now.
    ///
    /// # Errors
    ///
    /// When the name of the stream has a zero byte.
    pub fn set(&mut self, head: Head) -> Result<(), HeadsError> {
        if head.stream.as_bytes().contains(&0) {
            return Err(HeadsError::ZeroByte(head.stream));
        }
        let hash = head.hash();
        self.changed.insert(head.stream, hash);
        Ok(())
    }

    /// How many streams there are, and the root over their heads.
    pub fn root(&mut self) -> (u64, Hash) {
        let mut dirty = Vec::new();
        let mut new = Vec::new();
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        let Some(heads) = self.levels.first_mut() else { return (0, EMPTY_ROOT) };
        for (stream, hash) in std::mem::take(&mut self.changed) {
            match self.streams.binary_search(&stream).map(|at| (at, heads.get_mut(at))) {
                Ok((at, Some(head))) => {
                    *head = hash;
                    dirty.push(at);
                }
                _ => new.push((stream, hash)),
            }
        }
        let shifted = insert(&mut self.streams, heads, new);
        self.climb(dirty, shifted);
        let root = self.levels.last().and_then(|top| top.first()).copied();
        (self.streams.len() as u64, root.unwrap_or(EMPTY_ROOT))
    }

    /// Computes the nodes over these heads, and over all from number `shifted` on.
    fn climb(&mut self, mut dirty: Vec<usize>, mut shifted: usize) {
        for level in 1.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let (lower, upper) = self.levels.split_at_mut(level);
            let (Some(below), Some(above)) = (lower.last(), upper.first_mut()) else { break };
            if below.len() <= 1 {
                self.levels.truncate(level);
                break;
            }
            shifted = (shifted / 2).min(above.len());
            dirty.iter_mut().for_each(|at| *at /= 2);
            dirty.dedup();
            dirty.retain(|at| *at < shifted);
            let count = below.len().div_ceil(2);
            above.resize(count, EMPTY_ROOT);
            for at in dirty.iter().copied().chain(shifted..count) {
                let node = match below.get(2 * at..).unwrap_or_default() {
                    [left, right, ..] => node_hash(left, right),
                    // It stands alone at the end and goes up as it is.
                    [alone] => *alone,
                    [] => EMPTY_ROOT,
                };
                above.get_mut(at).into_iter().for_each(|above| *above = node);
            }
        }
    }
}

/// Puts new streams, which come in order, and their hashes where they belong. Tells from where on everything is another, or how many there
/// are where nothing is.
fn insert(streams: &mut Vec<Arc<str>>, hashes: &mut Vec<Hash>, new: Vec<(Arc<str>, Hash)>) -> usize {
    let Some((first, _)) = new.first() else { return streams.len() };
    let from = streams.partition_point(|stream| stream < first);
    let (old_streams, old_hashes) = (streams.split_off(from), hashes.split_off(from));
    let mut old = old_streams.into_iter().zip(old_hashes).peekable();
    for (stream, hash) in new {
        while let Some((stream, hash)) = old.next_if(|(before, _)| *before < stream) {
            streams.push(stream);
            hashes.push(hash);
        }
        streams.push(stream);
        hashes.push(hash);
    }
    for (stream, hash) in old {
        streams.push(stream);
        hashes.push(hash);
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heads::HeadsTree;

    #[test]
    fn its_root_is_that_of_the_tree_of_heads_whatever_changes_and_whatever_is_new() {
        let mut live = LiveHeads::new();
        let mut known: BTreeMap<Arc<str>, Head> = BTreeMap::new();
        assert_eq!(live.root(), (0, EMPTY_ROOT));
        let mut random = 1_u64;
        for round in 0..400_u64 {
            for _ in 0..round % 7 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let stream: Arc<str> = format!("authority/{}", (random >> 33) % (1 + round * 2)).into();
                let head =
                    Head { stream: Arc::clone(&stream), revision: round, leaf: [(random >> 56) as u8; 32] };
                live.set(head.clone()).unwrap();
                known.insert(stream, head);
            }
            let tree = HeadsTree::new(known.values().cloned()).unwrap();
            assert_eq!(live.root(), (tree.count(), tree.root()), "round {round}");
        }
        assert!(known.len() > 200, "{} streams", known.len());
    }

    #[test]
    fn a_name_with_a_zero_byte_is_refused() {
        let head = Head { stream: "a\0".into(), revision: 1, leaf: [0; 32] };
        assert_eq!(LiveHeads::new().set(head), Err(HeadsError::ZeroByte("a\0".into())));
    }
}
