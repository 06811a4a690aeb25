//! Compares the hashes in `hashes` with those computed from the events.

use std::path::Path;

use docket_domain::Position;

use crate::disk::{Disk, DiskFile};
use crate::event_log::LeafHash;
use crate::hashes::{HASH_LEN, LEVELS, WIDTH};

use super::{Problem, Watch};

/// Hashes of a level that are compared with one read.
const AT_ONCE: usize = 1 << 12;

/// The files, and what is waiting to be compared with them.
pub(super) struct Tiles {
    levels: Vec<Level>,
}

struct Level {
    number: usize,
    /// None where there is no such file.
    file: Option<Box<dyn DiskFile>>,
    /// Hashes in the file.
    count: u64,
    /// Number of the first hash that waits.
    first: u64,
    waiting: Vec<LeafHash>,
    compared: u64,
}

impl Tiles {
    /// The files of a data directory, as long as they are now.
    pub(super) fn open(disk: &dyn Disk, directory: &Path) -> Self {
        let level = |number: usize| {
            let file = disk.open(&directory.join("hashes").join(number.to_string())).ok();
            let length = file.as_ref().and_then(|file| file.length().ok()).unwrap_or_default();
            let count = length / HASH_LEN as u64;
            Level { number, file, count, first: 0, waiting: Vec::new(), compared: 0 }
        };
        Self { levels: (0..LEVELS).map(level).collect() }
    }

    /// A hash of a level, as it should be.
    pub(super) fn add(&mut self, level: usize, number: u64, hash: LeafHash, watch: &mut dyn Watch) {
        let Some(level) = self.levels.get_mut(level).filter(|level| number < level.count) else { return };
        if level.first + level.waiting.len() as u64 != number || level.waiting.len() == AT_ONCE {
            level.compare(watch);
            level.first = number;
        }
        level.waiting.push(hash);
    }

    /// Compares what waits. Gives the number of leaf hashes that were compared.
    pub(super) fn finish(&mut self, watch: &mut dyn Watch) -> u64 {
        self.levels.iter_mut().for_each(|level| level.compare(watch));
        self.levels.first().map_or(0, |leaves| leaves.compared)
    }

    /// Number of leaf hashes in the file; none where there is no file.
    pub(super) fn leaves(&self) -> Option<u64> {
        self.levels.first().filter(|level| level.file.is_some()).map(|level| level.count)
    }
}

impl Level {
    fn compare(&mut self, watch: &mut dyn Watch) {
        let waiting = std::mem::take(&mut self.waiting);
        let Some(file) = self.file.as_ref().filter(|_| !waiting.is_empty()) else { return };
        let mut bytes = vec![0; waiting.len() * HASH_LEN];
        let offset = self.first * HASH_LEN as u64;
        let name = format!("hashes/{}", self.number);
        match file.read_at(&mut bytes, offset) {
            Ok(read) => bytes.truncate(read),
            Err(error) => {
                let what = format!("cannot be read: {error}");
                return watch.problem(Problem { file: name, offset: Some(offset), positions: None, what });
            }
        }
        self.compared += waiting.len() as u64;
        let found = bytes.as_chunks::<HASH_LEN>().0;
        let wrong: Vec<u64> = (self.first..)
            .zip(waiting.iter().enumerate())
            .filter(|(_, (at, hash))| found.get(*at) != Some(hash))
            .map(|(number, _)| number)
            .collect();
        for run in wrong.chunk_by(|one, next| one + 1 == *next) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let width = WIDTH.pow(u32::try_from(self.number).unwrap_or_default());
            let positions = (Position(first * width + 1), Position((last + 1) * width));
            watch.problem(Problem {
                file: name.clone(),
                offset: Some(first * HASH_LEN as u64),
                positions: Some(positions),
                what: match run.len() {
                    1 => "a hash is not that of the events".to_owned(),
                    count => format!("{count} hashes are not those of the events"),
                },
            });
        }
    }
}
