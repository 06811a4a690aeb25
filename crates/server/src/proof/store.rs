//! The checkpoints that were signed, in one file: appended to, never changed. `docs/proofs.md` draws the bytes.
//!
//! Of the file, which grows for years, the end is read at the start, and later what is asked for: nothing is held but the latest checkpoint.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use docket_proof::NOTE_BYTES_MAX;

use super::records::{LATE_MAX, Record, Records, damaged, encode, signatures};

const FOLDER: &str = "checkpoints";
const FILE: &str = "log";
/// Bytes of the end that are read at first; more of them until they have a record that bears the log's signature alone.
const TAIL_BYTES: u64 = 1 << 20;

/// The file of checkpoints.
#[derive(Debug)]
pub struct CheckpointStore {
    file: File,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Offset after the last record.
    end: u64,
    /// The last record of the largest size.
    latest: Option<Record>,
    /// The last sizes that were signed, [`LATE_MAX`] at most.
    recent: VecDeque<u64>,
    /// A write failed: what the file holds past `end` is not known, and is cut off before the next.
    failed: bool,
}

impl Kept {
    /// Takes in the record that ends here.
    fn take(&mut self, record: Record) {
        self.end = record.end;
        if record.first {
            self.recent.push_back(record.size);
            self.recent.drain(..self.recent.len().saturating_sub(LATE_MAX));
        }
        if self.latest.as_ref().is_none_or(|latest| latest.size <= record.size) {
            self.latest = Some(record);
        }
    }
}

impl CheckpointStore {
    /// Opens the file of a data directory, or begins one. A record at the end that was not written whole, and so was never shown, is removed.
    ///
    /// # Errors
    /// Whatever the system answers; [`std::io::ErrorKind::InvalidData`] where a record near the end is damaged.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let path = folder.join(FILE);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        File::open(&folder)?.sync_all()?;
        File::open(data_dir)?.sync_all()?;
        let length = file.metadata()?.len();
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let kept = tail(&file, length).map_err(named)?;
        if kept.end < length {
            let bytes = length - kept.end;
            tracing::warn!(
                bytes,
                "a record that was not written to its end was cut from the file of checkpoints"
            );
            file.set_len(kept.end)?;
            file.sync_all()?;
        }
        Ok(Self { file, kept: Mutex::new(kept) })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the note of a checkpoint of this size; it survives a power cut when this returns. Either it is of a larger size than all others
    /// and bears the log's signature alone, or cosignatures were added to one that is there. The last note of a size stands.
    ///
    /// # Errors
    /// Whatever the system answers; after a failure the next one cuts off what this one may have left.
    pub fn add(&self, size: u64, note: &str) -> io::Result<()> {
        let mut kept = self.kept();
        self.check(&kept, size, note)?;
        if kept.failed {
            self.file.set_len(kept.end)?;
            self.file.sync_all()?;
            kept.failed = false;
        }
        let bytes = encode(note);
        let written = self.file.write_all_at(&bytes, kept.end).and_then(|()| self.file.sync_data());
        kept.failed = written.is_err();
        written?;
        let (begin, end) = (kept.end, kept.end + bytes.len() as u64);
        kept.take(Record { begin, end, size, first: signatures(note) == 1, note: note.to_owned() });
        Ok(())
    }

    /// Whether it would be found again.
    fn check(&self, kept: &Kept, size: u64, note: &str) -> io::Result<()> {
        let latest = kept.latest.as_ref().map(|latest| latest.size);
        let why = match (signatures(note), latest) {
            _ if NOTE_BYTES_MAX < note.len() => "it is too long".to_owned(),
            (0, _) => "nobody signed it".to_owned(),
            (1, latest) if latest.is_none_or(|latest| latest < size) => return Ok(()),
            (1, _) => "one as large was signed before".to_owned(),
            (_, Some(latest)) if latest == size => return Ok(()),
            _ => match Records::new(&self.file, kept.end).later(size)? {
                Some(later) if later <= LATE_MAX => return Ok(()),
                Some(_) => format!("more than {LATE_MAX} others were signed since"),
                None => "there is none of that size".to_owned(),
            },
        };
        let what = format!("the checkpoint of {size} events is not kept: {why}");
        Err(io::Error::new(io::ErrorKind::InvalidInput, what))
    }

    /// The records that can be read: none of them is ever changed.
    fn records(&self) -> Records<'_> {
        let end = self.kept().end;
        Records::new(&self.file, end)
    }

    /// The checkpoint of the largest size.
    ///
    /// # Errors
    /// None today: it is held.
    pub fn latest(&self) -> io::Result<Option<String>> {
        Ok(self.kept().latest.as_ref().map(|latest| latest.note.clone()))
    }

    /// The smallest size to which a cosignature may still be added, as far as is known; 0 where nothing was signed.
    pub fn cosignable(&self) -> u64 {
        self.kept().recent.front().copied().unwrap_or(0)
    }

    /// The checkpoint of exactly this size.
    ///
    /// # Errors
    /// Whatever the system answers; [`std::io::ErrorKind::InvalidData`] where the record is damaged.
    pub fn of_size(&self, size: u64) -> io::Result<Option<String>> {
        let held = self
            .kept()
            .latest
            .as_ref()
            .filter(|latest| latest.size == size)
            .map(|latest| latest.note.clone());
        match held {
            Some(note) => Ok(Some(note)),
            None => Ok(self.records().notes(size, 1)?.remove(&size)),
        }
    }

    /// At most `limit` checkpoints of at least this size, by size.
    ///
    /// # Errors
    /// As for [`CheckpointStore::of_size`].
    pub fn from_size(&self, size: u64, limit: usize) -> io::Result<Vec<String>> {
        Ok(self.records().notes(size, limit)?.into_values().collect())
    }
}

/// Where the last record ends in a file of this length, and the latest checkpoint. What follows is what an append leaves that was cut off.
fn tail(file: &File, length: u64) -> io::Result<Kept> {
    let mut records = Records::new(file, length);
    let mut bytes = TAIL_BYTES;
    loop {
        let from = length.saturating_sub(bytes);
        let begin = if from == 0 { 0 } else { records.seek(from)?.ok_or_else(|| damaged(from))?.begin };
        let mut kept = Kept { end: begin, latest: None, recent: VecDeque::new(), failed: false };
        let mut whole = from == 0;
        while let Some(record) = records.at(kept.end)? {
            whole |= record.first;
            kept.take(record);
        }
        // Only what a cut-off append can leave is removed: nothing that can be read follows it, and it was never whole.
        let rest = kept.end < length;
        if rest && (records.seek(kept.end + 1)?.is_some() || !records.is_cut_off(kept.end)?) {
            return Err(damaged(kept.end));
        }
        if whole {
            return Ok(kept);
        }
        bytes *= 8;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use docket_proof::Checkpoint;

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
            assert_eq!(store.cosignable(), 3);
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

    const COSIGNED: &str = "\u{2014} witness.example AAAAAAAA\n";

    /// As many bytes of a file as it takes for searching, and the last note of each size. Every third is cosigned, some of them late.
    fn years(from: u64) -> (Vec<u8>, BTreeMap<u64, String>) {
        let (mut bytes, mut notes, mut late) = (Vec::new(), BTreeMap::new(), Vec::new());
        let signed = note(1, "");
        for number in 0..6_000_u64 {
            let size = from + 3 * number;
            let first = signed.replacen("\n1\n", &format!("\n{size}\n"), 1);
            bytes.extend_from_slice(&encode(&first));
            if number % 3 == 0 {
                let due = number + [0, 1, 40, LATE_MAX as u64][usize::try_from(number / 3 % 4).unwrap()];
                late.push((due, size, format!("{first}{COSIGNED}")));
            }
            notes.insert(size, first);
            late.retain(|(due, size, cosigned)| {
                if *due <= number {
                    bytes.extend_from_slice(&encode(cosigned));
                    notes.insert(*size, cosigned.clone());
                }
                number < *due
            });
        }
        (bytes, notes)
    }

    #[test]
    fn each_of_many_is_found_and_with_its_cosignatures_however_late_they_came() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let (bytes, notes) = years(1_000);
        fs::write(folder.path().join("checkpoints/log"), bytes).unwrap();
        let store = CheckpointStore::open(folder.path()).unwrap();
        assert_eq!(store.latest().unwrap().as_ref(), notes.values().last());
        let last = *notes.keys().last().unwrap();
        for size in
            (990..1_020).chain((1_020..last - 400).step_by(397)).chain((last - 400..last + 9).step_by(7))
        {
            assert_eq!(store.of_size(size).unwrap().as_ref(), notes.get(&size), "{size}");
            let page: Vec<_> = notes.range(size..).map(|(_, note)| note.clone()).take(5).collect();
            assert_eq!(store.from_size(size, 5).unwrap(), page, "{size}");
        }
        let all: Vec<_> = notes.into_values().collect();
        assert_eq!(store.from_size(0, usize::MAX).unwrap(), all);
    }

    #[test]
    fn a_start_reads_the_end_of_the_file_whatever_its_length() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        // A terabyte of which nothing can be read, and nothing takes room.
        let file = File::create_new(folder.path().join("checkpoints/log")).unwrap();
        file.set_len(1 << 40).unwrap();
        let (bytes, notes) = years(1_000);
        assert!(TAIL_BYTES + (crate::proof::RECORD_LEN_MAX as u64) < bytes.len() as u64);
        file.write_all_at(&bytes, 1 << 40).unwrap();
        file.write_all_at(b"checkpoint 200 ", (1 << 40) + bytes.len() as u64).unwrap();
        let store = CheckpointStore::open(folder.path()).unwrap();
        let last = *notes.keys().last().unwrap();
        assert_eq!(store.latest().unwrap().as_ref(), notes.get(&last));
        store.add(last + 1, &note(last + 1, "")).unwrap();
        assert_eq!(store.of_size(last + 1).unwrap(), Some(note(last + 1, "")));
        let refused = store.from_size(0, 1).unwrap_err();
        assert!(refused.to_string().contains("damaged at offset"), "{refused}");
    }

    #[test]
    fn what_would_not_be_found_again_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = CheckpointStore::open(folder.path()).unwrap();
        let signed = note(1, "");
        let of = |size: u64| signed.replacen("\n1\n", &format!("\n{size}\n"), 1);
        for size in 2..=LATE_MAX as u64 + 3 {
            store.add(size, &of(size)).unwrap();
        }
        let last = LATE_MAX as u64 + 3;
        assert_eq!(store.cosignable(), 4);
        let cosigned = |size: u64| of(size) + COSIGNED;
        for (size, note, why) in [
            (last, of(last), "one as large was signed before"),
            (1, of(1), "one as large was signed before"),
            (2, cosigned(2), "more than 128 others were signed since"),
            (1, cosigned(1), "there is none of that size"),
            (last + 1, cosigned(last + 1), "there is none of that size"),
            (last + 1, "x".repeat(NOTE_BYTES_MAX + 1), "it is too long"),
        ] {
            let refused = store.add(size, &note).unwrap_err();
            assert!(refused.to_string().contains(why), "{size}: {refused}");
        }
        store.add(3, &cosigned(3)).unwrap();
        for store in [&store, &CheckpointStore::open(folder.path()).unwrap()] {
            assert_eq!(store.of_size(3).unwrap(), Some(cosigned(3)));
            assert_eq!(store.from_size(2, 2).unwrap(), [of(2), cosigned(3)]);
            assert_eq!(store.latest().unwrap(), Some(of(last)));
        }
    }

    #[test]
    fn after_a_write_that_failed_the_next_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoints/log");
        let mut store = CheckpointStore::open(folder.path()).unwrap();
        store.add(3, &note(3, "")).unwrap();
        let writable = std::mem::replace(&mut store.file, File::open(&path).unwrap());
        store.add(7, &note(7, "")).unwrap_err();
        store.add(8, &note(8, "")).unwrap_err();
        store.file = writable;
        // What the failed write may have left.
        let end = fs::metadata(&path).unwrap().len();
        store.file.write_all_at(&[b'x'; 4_000], end).unwrap();
        store.add(9, &note(9, "")).unwrap();
        for store in [store, CheckpointStore::open(folder.path()).unwrap()] {
            assert_eq!(store.from_size(0, 9).unwrap(), [note(3, ""), note(9, "")]);
        }
    }
}
