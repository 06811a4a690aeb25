//! Whether every event id is there once, in bounded memory: of each id a hash of 8 bytes is kept, by a key that nobody knows. Where there are
//! too many for the bound, half of all hashes are let go, and the log is walked over again for those. Hashes that come twice are few,
//! and their ids are looked at themselves.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use docket_domain::{EventId, Position};

/// Hashes kept at once, unless a test says otherwise: 256 MiB.
pub(super) const HASHES_MAX: usize = 32 << 20;
/// Hashes that came twice of which the ids are looked at.
const TWICE_MAX: usize = 1_000;

/// Hashes of ids, of a part of all hashes.
pub(super) struct Once {
    key: RandomState,
    max: usize,
    /// The part: from here …
    low: u64,
    /// … to here.
    high: u64,
    hashes: Vec<u64>,
    twice: Vec<u64>,
}

impl Once {
    pub(super) fn new(max: usize) -> Self {
        Self { key: RandomState::new(), max, low: 0, high: u64::MAX, hashes: Vec::new(), twice: Vec::new() }
    }

    /// Takes note of an id.
    pub(super) fn add(&mut self, id: EventId) {
        let hash = self.key.hash_one(id.0);
        if hash < self.low || self.high < hash {
            return;
        }
        if self.hashes.len() >= self.max {
            self.make_room();
            return self.add(id);
        }
        self.hashes.push(hash);
    }

    /// Takes out what came twice, and if that is not much, lets go of the larger half.
    fn make_room(&mut self) {
        self.settle();
        let half = self.hashes.len() / 2;
        if half < self.hashes.len() && self.max / 4 * 3 < self.hashes.len() {
            self.high = self.hashes.get(half).copied().unwrap_or(self.low);
            self.hashes.truncate(half);
            // The hash in the middle belongs to the part that is left.
            self.hashes.push(self.high);
        }
    }

    /// Puts the hashes in order and notes those that came twice.
    fn settle(&mut self) {
        self.hashes.sort_unstable();
        let alike = self.hashes.chunk_by(|one, other| one == other);
        let twice = alike.filter(|alike| 1 < alike.len()).filter_map(|alike| alike.first().copied());
        self.twice.extend(twice.take(TWICE_MAX));
        self.twice.dedup();
        self.twice.truncate(TWICE_MAX);
        self.hashes.dedup();
    }

    /// Whether the log has to be walked over once more, for the next part.
    pub(super) fn next_part(&mut self) -> bool {
        self.settle();
        self.hashes.clear();
        let next = self.high.checked_add(1);
        (self.low, self.high) = (next.unwrap_or(u64::MAX), u64::MAX);
        next.is_some()
    }

    /// Who looks at the ids whose hashes came twice; none where none did.
    pub(super) fn closer(self) -> Option<Closer> {
        let seen = self.twice.into_iter().map(|hash| (hash, Vec::new())).collect::<HashMap<_, _>>();
        (!seen.is_empty()).then_some(Closer { key: self.key, seen })
    }
}

/// Looks at the ids whose hashes came twice.
pub(super) struct Closer {
    key: RandomState,
    seen: HashMap<u64, Vec<(EventId, Position)>>,
}

impl Closer {
    /// Where an event of this id was met before.
    pub(super) fn add(&mut self, id: EventId, position: Position) -> Option<Position> {
        let seen = self.seen.get_mut(&self.key.hash_one(id.0))?;
        let before = seen.iter().find(|(other, _)| *other == id).map(|(_, position)| *position);
        if before.is_none() {
            seen.push((id, position));
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> EventId {
        EventId(number.to_be_bytes())
    }

    /// Walks over ids as often as is asked for, and tells how often, and which come again.
    fn walk(ids: &[u128], max: usize) -> (usize, Vec<(u64, u64)>) {
        let mut once = Once::new(max);
        let mut walks = 1;
        loop {
            ids.iter().for_each(|number| once.add(id(*number)));
            if !once.next_part() {
                break;
            }
            walks += 1;
        }
        let mut again = Vec::new();
        if let Some(mut closer) = once.closer() {
            for (number, position) in ids.iter().zip(1..) {
                again.extend(closer.add(id(*number), Position(position)).map(|before| (before.0, position)));
            }
        }
        (walks, again)
    }

    #[test]
    fn an_id_that_comes_again_is_found_in_one_walk_or_in_many() {
        let mut ids: Vec<u128> = (0..10_000).collect();
        assert_eq!(walk(&ids, 10_000), (1, vec![]));
        ids[9_000] = 17;
        ids[9_500] = 17;
        ids[9_999] = 5_000;
        let again = vec![(18, 9_001), (18, 9_501), (5_001, 10_000)];
        assert_eq!(walk(&ids, 20_000), (1, again.clone()));
        let (walks, found) = walk(&ids, 1_000);
        assert_eq!(found, again);
        assert!((11..40).contains(&walks), "{walks} walks");
    }

    #[test]
    fn ids_that_are_all_the_same_end_too() {
        let (_, again) = walk(&[7; 500], 100);
        assert_eq!(again.len(), 499);
    }
}
