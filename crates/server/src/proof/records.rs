//! The records of the file of checkpoints, read from any place in it. `docs/proofs.md` draws the bytes.
//!
//! The file is searched and not held in memory: records that bear the log's signature alone are in it by size, one for each size; those to
//! which cosignatures were added come after the first of their size, at most [`LATE_MAX`] further sizes later.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use docket_proof::{Checkpoint, NOTE_BYTES_MAX};

const WORD: &str = "checkpoint";
/// Most bytes of the line before a note.
const LINE_LEN_MAX: usize = 40;
/// Most bytes of a record.
pub(super) const RECORD_LEN_MAX: usize = LINE_LEN_MAX + NOTE_BYTES_MAX;
/// How many further sizes may have been signed when a checkpoint is cosigned. A witness has half a minute, in which 30 are made at most.
pub(super) const LATE_MAX: usize = 128;
/// Bytes that are read at once, and within which no more is searched but read from the first on.
const SPAN: usize = 2 * RECORD_LEN_MAX;

/// A record.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Offset of its first byte.
    pub(super) begin: u64,
    /// Offset of the byte after its last.
    pub(super) end: u64,
    /// The size in its note.
    pub(super) size: u64,
    /// Whether it bears the log's signature alone: the first record of its size.
    pub(super) first: bool,
    /// The note.
    pub(super) note: String,
}

/// The records before an offset.
pub(super) struct Records<'a> {
    file: &'a File,
    end: u64,
    /// Some bytes of the file, and the offset of the first of them.
    bytes: (u64, Vec<u8>),
}

/// The bytes of a record with this note.
pub(super) fn encode(note: &str) -> Vec<u8> {
    let mut record = format!("{WORD} {} {:08x}\n", note.len(), crc32fast::hash(note.as_bytes())).into_bytes();
    record.extend_from_slice(note.as_bytes());
    record
}

/// How many signatures a note bears.
pub(super) fn signatures(note: &str) -> usize {
    note.split_once("\n\n").map_or(0, |(_, lines)| lines.lines().count())
}

/// No record begins at this offset, and one should.
pub(super) fn damaged(offset: u64) -> io::Error {
    let what = format!("it is damaged at offset {offset}: restore it from a backup");
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<'a> Records<'a> {
    pub(super) fn new(file: &'a File, end: u64) -> Self {
        Self { file, end, bytes: (0, Vec::new()) }
    }

    /// The bytes from an offset on, as many as a record may have, or up to the end.
    fn window(&mut self, at: u64) -> io::Result<&[u8]> {
        let wanted = |most: usize| most.min(usize::try_from(self.end.saturating_sub(at)).unwrap_or(most));
        let (from, bytes) = &self.bytes;
        if at < *from || from + (bytes.len() as u64) < at + wanted(RECORD_LEN_MAX) as u64 {
            let mut bytes = vec![0; wanted(SPAN)];
            self.file.read_exact_at(&mut bytes, at)?;
            self.bytes = (at, bytes);
        }
        let (from, bytes) = &self.bytes;
        let skipped = usize::try_from(at - from).unwrap_or(usize::MAX);
        Ok(bytes.get(skipped..).unwrap_or_default())
    }

    /// The record that begins at this offset, if one does.
    pub(super) fn at(&mut self, begin: u64) -> io::Result<Option<Record>> {
        let Some((note, length)) = parse(self.window(begin)?) else { return Ok(None) };
        let checkpoint = Checkpoint::unverified(note.as_bytes()).map_err(io::Error::other)?;
        let (note, end) = (note.to_owned(), begin + length as u64);
        Ok(Some(Record { begin, end, size: checkpoint.size, first: signatures(&note) == 1, note }))
    }

    /// The first record that begins in the room of one from this offset on. Nothing in a note reads as the line before one.
    pub(super) fn seek(&mut self, from: u64) -> io::Result<Option<Record>> {
        let mut at = from;
        while let Some(skipped) =
            self.window(at)?.windows(WORD.len()).position(|word| word == WORD.as_bytes())
        {
            at += skipped as u64;
            if from + (RECORD_LEN_MAX as u64) < at {
                break;
            }
            if let Some(record) = self.at(at)? {
                return Ok(Some(record));
            }
            at += 1;
        }
        Ok(None)
    }

    /// The first record of its size that begins at or after an offset, and before another.
    fn first_from(&mut self, from: u64, until: u64) -> io::Result<Option<Record>> {
        let Some(mut record) = self.seek(from)? else {
            let at_the_end = self.end <= from + RECORD_LEN_MAX as u64;
            return if at_the_end { Ok(None) } else { Err(damaged(from)) };
        };
        while record.begin < until {
            if record.first {
                return Ok(Some(record));
            }
            match self.next(record.end)? {
                Some(next) => record = next,
                None => break,
            }
        }
        Ok(None)
    }

    /// The record at this offset, unless it is the end.
    fn next(&mut self, at: u64) -> io::Result<Option<Record>> {
        if at == self.end { Ok(None) } else { self.at(at)?.ok_or_else(|| damaged(at)).map(Some) }
    }

    /// An offset at which a record begins, not far before the first one of at least this size.
    fn before(&mut self, size: u64) -> io::Result<u64> {
        let (mut low, mut high) = (0, self.end);
        while SPAN as u64 <= high - low {
            let middle = low + (high - low) / 2;
            match self.first_from(middle, high)? {
                Some(record) if record.size <= size => low = record.begin,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The notes of the first `limit` sizes from this one on; of each size the last one.
    pub(super) fn notes(&mut self, size: u64, limit: usize) -> io::Result<BTreeMap<u64, String>> {
        let mut notes = BTreeMap::new();
        let mut later = 0;
        let mut at = self.before(size)?;
        while let Some(record) = self.next(at)? {
            at = record.end;
            if record.size < size {
                continue;
            }
            let room = notes.len() < limit;
            match notes.get_mut(&record.size) {
                Some(note) => *note = record.note,
                None if record.first && room => drop(notes.insert(record.size, record.note)),
                None => later += usize::from(record.first),
            }
            if later > LATE_MAX {
                break;
            }
        }
        Ok(notes)
    }

    /// How many sizes come after this one, counted up to one more than may; none where it was never signed.
    pub(super) fn later(&mut self, size: u64) -> io::Result<Option<usize>> {
        let mut later = None;
        let mut at = self.before(size)?;
        while let Some(record) = self.next(at)?.filter(|_| later.is_none_or(|later| later <= LATE_MAX)) {
            at = record.end;
            if record.first && size <= record.size {
                later = later.map_or((record.size == size).then_some(0), |later| Some(later + 1));
                if later.is_none() {
                    break;
                }
            }
        }
        Ok(later)
    }
}

/// The note of the record that these bytes begin with, and the length of the whole record.
fn parse(bytes: &[u8]) -> Option<(&str, usize)> {
    let line_len = bytes.iter().take(LINE_LEN_MAX).position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(bytes.get(..line_len)?).ok()?;
    let (length, crc) = line.strip_prefix(WORD)?.strip_prefix(' ')?.split_once(' ')?;
    let length: usize = length.parse().ok().filter(|length| *length <= NOTE_BYTES_MAX)?;
    let end = line_len + 1 + length;
    let note = bytes.get(line_len + 1..end)?;
    let right = u32::from_str_radix(crc, 16).ok()? == crc32fast::hash(note);
    std::str::from_utf8(note).ok().filter(|_| right).map(|note| (note, end))
}
