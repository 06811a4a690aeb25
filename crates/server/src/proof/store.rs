//! The checkpoints that were signed, in one file: appended to, never changed. `docs/proofs.md` draws the bytes.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use docket_proof::Checkpoint;

const FOLDER: &str = "checkpoints";
const FILE: &str = "log";
const WORD: &str = "checkpoint";
/// Most bytes of the line before a note.
const LINE_LEN_MAX: usize = 40;

/// The file of checkpoints.
#[derive(Debug)]
pub struct CheckpointStore {
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    file: File,
    /// Offset after the last record.
    end: u64,
    /// The last record of each size, by size.
    records: Vec<Record>,
    /// A write failed: what the file holds past `end` is not known.
    failed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    size: u64,
    offset: u64,
    length: usize,
}

impl CheckpointStore {
    /// Opens the file of a data directory, or begins one. A record that was cut off at the end, and so was never shown, is removed.
    ///
    /// # Errors
    /// Whatever the system answers; [`std::io::ErrorKind::InvalidData`] where a record in the middle cannot be read.
    pub fn open(data_dir: &Path) -> std::io::Result<Self> {
        let folder = data_dir.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let path = folder.join(FILE);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        File::open(&folder)?.sync_all()?;
        File::open(data_dir)?.sync_all()?;
        let bytes = fs::read(&path)?;
        let mut kept = Kept { file, end: 0, records: Vec::new(), failed: false };
        let mut rest = bytes.as_slice();
        while let Some((note, length)) = next(rest) {
            let offset = kept.end + (length - note.len()) as u64;
            let checkpoint = Checkpoint::unverified(note).map_err(std::io::Error::other)?;
            kept.put(Record { size: checkpoint.size, offset, length: note.len() });
            kept.end += length as u64;
            rest = rest.get(length..).unwrap_or_default();
        }
        if !rest.is_empty() {
            // Only what a cut-off append can leave is removed: nothing that can be read follows it.
            if (1..rest.len()).any(|at| next(rest.get(at..).unwrap_or_default()).is_some()) {
                let what =
                    format!("{} is damaged at offset {}: restore it from a backup", path.display(), kept.end);
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, what));
            }
            tracing::warn!(
                bytes = rest.len(),
                "a checkpoint that was never shown was cut from the end of its file"
            );
            kept.file.set_len(kept.end)?;
            kept.file.sync_all()?;
        }
        Ok(Self { kept: Mutex::new(kept) })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the note of a checkpoint of this size; it survives a power cut when this returns. The last note of a size stands.
    ///
    /// # Errors
    /// Whatever the system answers; after a failure nothing more is added until the file is opened again.
    pub fn add(&self, size: u64, note: &str) -> std::io::Result<()> {
        let mut kept = self.kept();
        if kept.failed {
            return Err(std::io::Error::other("an earlier checkpoint could not be written"));
        }
        let line = format!("{WORD} {} {:08x}\n", note.len(), crc32fast::hash(note.as_bytes()));
        let mut record = line.clone().into_bytes();
        record.write_all(note.as_bytes())?;
        let written = kept.file.write_all_at(&record, kept.end).and_then(|()| kept.file.sync_data());
        kept.failed = written.is_err();
        written?;
        let offset = kept.end + line.len() as u64;
        kept.end += record.len() as u64;
        kept.put(Record { size, offset, length: note.len() });
        Ok(())
    }

    /// The checkpoint of the largest size.
    ///
    /// # Errors
    /// Whatever the system answers.
    pub fn latest(&self) -> std::io::Result<Option<String>> {
        let kept = self.kept();
        kept.records.last().map(|record| kept.read(record)).transpose()
    }

    /// The checkpoint of exactly this size.
    ///
    /// # Errors
    /// Whatever the system answers.
    pub fn of_size(&self, size: u64) -> std::io::Result<Option<String>> {
        let kept = self.kept();
        let found = kept.records.binary_search_by_key(&size, |record| record.size).ok();
        found.and_then(|at| kept.records.get(at)).map(|record| kept.read(record)).transpose()
    }

    /// At most `limit` checkpoints of at least this size, by size.
    ///
    /// # Errors
    /// Whatever the system answers.
    pub fn from_size(&self, size: u64, limit: usize) -> std::io::Result<Vec<String>> {
        let kept = self.kept();
        let first = kept.records.partition_point(|record| record.size < size);
        kept.records.iter().skip(first).take(limit).map(|record| kept.read(record)).collect()
    }
}

impl Kept {
    fn put(&mut self, record: Record) {
        match self.records.binary_search_by_key(&record.size, |record| record.size) {
            Ok(at) => {
                if let Some(there) = self.records.get_mut(at) {
                    *there = record;
                }
            }
            Err(at) => self.records.insert(at, record),
        }
    }

    fn read(&self, record: &Record) -> std::io::Result<String> {
        let mut bytes = vec![0; record.length];
        self.file.read_exact_at(&mut bytes, record.offset)?;
        String::from_utf8(bytes).map_err(std::io::Error::other)
    }
}

/// The note of the record that these bytes begin with, and the length of the whole record.
fn next(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let line_len = bytes.iter().take(LINE_LEN_MAX).position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(bytes.get(..line_len)?).ok()?;
    let (length, crc) = line.strip_prefix(WORD)?.strip_prefix(' ')?.split_once(' ')?;
    let length: usize = length.parse().ok()?;
    let end = line_len.checked_add(1)?.checked_add(length)?;
    let note = bytes.get(line_len + 1..end)?;
    (u32::from_str_radix(crc, 16).ok()? == crc32fast::hash(note)).then_some((note, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(size: u64, signature: &str) -> String {
        let key =
            docket_proof::SigningKey::new(docket_proof::Role::Log, "docket.example/log", &[7; 32]).unwrap();
        let signed = Checkpoint::new("docket.example/log", size, [1; 32]).unwrap().sign(&key).unwrap();
        format!("{signed}{signature}")
    }

    #[test]
    fn checkpoints_are_found_by_size_and_the_last_of_a_size_stands() {
        let folder = tempfile::tempdir().unwrap();
        let store = CheckpointStore::open(folder.path()).unwrap();
        assert_eq!(store.latest().unwrap(), None);
        for size in [3, 7, 12] {
            store.add(size, &note(size, "")).unwrap();
        }
        let cosigned = note(7, "\u{2014} witness.example AAAAAAAA\n");
        store.add(7, &cosigned).unwrap();
        for store in [store, CheckpointStore::open(folder.path()).unwrap()] {
            assert_eq!(store.latest().unwrap(), Some(note(12, "")));
            assert_eq!(store.of_size(7).unwrap(), Some(cosigned.clone()));
            assert_eq!(store.of_size(8).unwrap(), None);
            assert_eq!(store.from_size(4, 9).unwrap(), [cosigned.clone(), note(12, "")]);
            assert_eq!(store.from_size(0, 1).unwrap(), [note(3, "")]);
        }
    }

    #[test]
    fn a_record_cut_off_at_any_byte_is_removed_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints/log");
        let store = CheckpointStore::open(folder.path()).unwrap();
        store.add(3, &note(3, "")).unwrap();
        let first = fs::read(&path).unwrap().len();
        store.add(7, &note(7, "")).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in first..whole.len() {
            fs::write(&path, whole.get(..length).unwrap()).unwrap();
            let store = CheckpointStore::open(folder.path()).unwrap();
            assert_eq!(store.latest().unwrap(), Some(note(3, "")));
            store.add(9, &note(9, "")).unwrap();
            assert_eq!(CheckpointStore::open(folder.path()).unwrap().latest().unwrap(), Some(note(9, "")));
        }
    }

    #[test]
    fn damage_before_the_last_record_is_named_and_nothing_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints/log");
        let store = CheckpointStore::open(folder.path()).unwrap();
        store.add(3, &note(3, "")).unwrap();
        store.add(7, &note(7, "")).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        *bytes.get_mut(30).unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
        let refused = CheckpointStore::open(folder.path()).unwrap_err();
        assert!(refused.to_string().contains("damaged at offset 0"), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}
