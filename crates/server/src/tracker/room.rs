//! Values by key, as many as there is room for.
//!
//! Where there is no room, one that is there is drawn by lot: it goes, unless it was asked for since it was last drawn. Then it is the new
//! one that is not kept; and only one in four new ones draws at all. So whoever asks for more than there is room for, in whatever order,
//! finds nearly the share that there is room for: were the one asked for longest ago to go, who asks for all of them by turns would find none.

use std::collections::HashMap;
use std::hash::Hash;

/// One in so many new ones gets a place that has to be made.
const DRAWS: u64 = 4;

/// What is kept.
pub(super) struct Room<K, V> {
    places: HashMap<K, usize>,
    slots: Vec<Slot<K, V>>,
    /// Of all of them.
    bytes: usize,
    bytes_max: usize,
    /// The last lot.
    lot: u64,
}

struct Slot<K, V> {
    key: K,
    value: V,
    bytes: usize,
    /// Since it was drawn.
    asked: bool,
}

impl<K: Clone + Eq + Hash, V> Room<K, V> {
    /// Room for so many bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { places: HashMap::new(), slots: Vec::new(), bytes: 0, bytes_max, lot: 0 }
    }

    /// What is kept under a key, which is noted as asked for.
    pub(super) fn ask(&mut self, key: &K) -> Option<&V> {
        let slot = self.places.get(key).and_then(|place| self.slots.get_mut(*place))?;
        slot.asked = true;
        Some(&slot.value)
    }

    /// What is kept under a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.places.get(key).and_then(|place| self.slots.get(*place)).map(|slot| &slot.value)
    }

    /// Keeps a value of so many bytes in place of the one before, or where there is room for it, or some can be made.
    pub(super) fn put(&mut self, key: &K, value: V, bytes: usize) {
        if self.places.contains_key(key) {
            self.change(key, |before| {
                *before = value;
                bytes
            });
            return;
        }
        let may_draw = self.draw(DRAWS) == 0;
        if bytes <= self.bytes_max && self.make_room(bytes, may_draw) {
            self.bytes += bytes;
            self.places.insert(key.clone(), self.slots.len());
            self.slots.push(Slot { key: key.clone(), value, bytes, asked: false });
        }
    }

    /// Changes a value, by which it comes to so many bytes.
    pub(super) fn change(&mut self, key: &K, change: impl FnOnce(&mut V) -> usize) {
        let Some(slot) = self.places.get(key).and_then(|place| self.slots.get_mut(*place)) else { return };
        let before = std::mem::replace(&mut slot.bytes, 0);
        slot.bytes = change(&mut slot.value);
        let bytes = slot.bytes;
        self.bytes = self.bytes - before + bytes;
        if self.bytes_max < bytes {
            // Others would go one after the other, until it is drawn.
            self.remove(key);
        }
        while !self.make_room(0, true) {}
    }

    /// Lets go of a value.
    pub(super) fn remove(&mut self, key: &K) {
        let Some(place) = self.places.remove(key) else { return };
        let removed = self.slots.swap_remove(place);
        self.bytes -= removed.bytes;
        if let Some(moved) = self.slots.get(place) {
            self.places.insert(moved.key.clone(), place);
        }
    }

    /// Whether there is room for so many bytes more, or can be made.
    fn make_room(&mut self, bytes: usize, may_draw: bool) -> bool {
        while self.bytes_max < self.bytes + bytes {
            let drawn = usize::try_from(self.draw(self.slots.len() as u64)).unwrap_or(0);
            let Some(slot) = self.slots.get_mut(drawn).filter(|_| may_draw) else { return false };
            if std::mem::replace(&mut slot.asked, false) {
                return false;
            }
            let key = slot.key.clone();
            self.remove(&key);
        }
        true
    }

    /// A number below this one; 0 below 0.
    fn draw(&mut self, below: u64) -> u64 {
        self.lot = self.lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.lot >> 33) % below.max(1)
    }
}

#[cfg(test)]
impl<K: Clone + Eq + Hash, V> Room<K, V> {
    /// How many bytes all of it comes to, and all that is kept.
    pub(super) fn all(&self) -> (usize, impl Iterator<Item = &V>) {
        (self.bytes, self.slots.iter().map(|slot| &slot.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many in a hundred of those asked for were there, after a while.
    fn found(room: &mut Room<u64, u64>, ask: impl Fn(u64) -> u64) -> u64 {
        let mut found = 0;
        for number in 0..100_000 {
            let key = ask(number);
            match room.ask(&key) {
                Some(value) => {
                    assert_eq!(*value, key);
                    found += u64::from(50_000 <= number);
                }
                None => room.put(&key, key, 10),
            }
            assert!(room.bytes <= room.bytes_max);
        }
        assert_eq!(room.slots.len(), room.places.len());
        assert!(room.places.iter().all(|(key, place)| room.slots[*place].key == *key));
        assert_eq!(room.bytes, room.slots.iter().map(|slot| slot.bytes).sum::<usize>());
        found / 500
    }

    #[test]
    fn who_asks_for_more_than_there_is_room_for_finds_nearly_the_share_that_there_is_room_for() {
        for (keys, at_least) in [(1_000, 100), (1_100, 85), (1_500, 60), (2_000, 45), (4_000, 18)] {
            let share = found(&mut Room::new(10_000), |number| number % keys);
            assert!(at_least <= share, "{share} in a hundred, by turns, of {keys} with room for 1,000");
        }
    }

    #[test]
    fn what_nobody_asks_for_any_more_makes_room_for_what_is_asked_for_now() {
        let mut room = Room::new(10_000);
        assert_eq!(found(&mut room, |number| number % 1_000), 100);
        let share = found(&mut room, |number| 1_000_000 + number % 900);
        assert!(90 <= share, "{share} in a hundred");
    }

    #[test]
    fn what_grows_makes_the_room_that_it_needs() {
        let mut room = Room::new(100);
        (0..10_u64).for_each(|key| room.put(&key, key, 10));
        for bytes in 11..100 {
            room.change(&3, |_| bytes);
            assert!(room.bytes <= 100, "{} at {bytes}", room.bytes);
        }
        room.put(&7, 7, 101);
        assert_eq!(room.get(&7), None);
        (0..5_u64).for_each(|key| room.put(&key, key, 10));
        let others = room.slots.len() - usize::from(room.get(&3).is_some());
        room.change(&3, |_| 101);
        assert_eq!((room.get(&3), room.slots.len()), (None, others));
    }
}
