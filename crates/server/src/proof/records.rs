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
pub const RECORD_LINE_MAX: usize = 40;
/// Most bytes of a record.
pub const RECORD_LEN_MAX: usize = RECORD_LINE_MAX + NOTE_BYTES_MAX;
/// How many further sizes may have been signed when a checkpoint is cosigned. A witness has half a minute, in which 30 are made at most.
pub const LATE_MAX: usize = 128;
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
    let mut record = line(note.len(), crc32fast::hash(note.as_bytes())).into_bytes();
    record.extend_from_slice(note.as_bytes());
    record
}

/// How many signatures a note bears.
pub(super) fn signatures(note: &str) -> usize {
    note.split_once("\n\n").map_or(0, |(_, lines)| lines.lines().count())
}

/// No record begins at this offset, and one should.
pub(super) fn damaged(offset: u64) -> io::Error {
    let what = format!(
        "it is damaged at offset {offset}: restore it from a backup (docs/operations.md says what to do where none has it)"
    );
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

    /// Whether what follows from this offset on, to the end, is what an append leaves that was cut off.
    pub(super) fn is_cut_off(&mut self, from: u64) -> io::Result<bool> {
        let fits = self.end - from < RECORD_LEN_MAX as u64;
        Ok(fits && is_cut_off(self.window(from)?))
    }

    /// The record that begins at this offset, if one does.
    pub(super) fn at(&mut self, begin: u64) -> io::Result<Option<Record>> {
        let Some((note, length)) = parse(self.window(begin)?) else { return Ok(None) };
        let checkpoint = Checkpoint::unverified(note.as_bytes()).map_err(|_| damaged(begin))?;
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
    let line_len = line_len(bytes)?;
    let (length, crc) = record_line(bytes.get(..line_len)?)?;
    let end = line_len + length;
    let note = bytes.get(line_len..end)?;
    let right = crc == crc32fast::hash(note);
    std::str::from_utf8(note).ok().filter(|_| right).map(|note| (note, end))
}

/// The length of the line that these bytes begin with, if it is as short as that before a note.
fn line_len(bytes: &[u8]) -> Option<usize> {
    bytes.iter().take(RECORD_LINE_MAX).position(|byte| *byte == b'\n').map(|newline| newline + 1)
}

fn line(length: usize, crc: u32) -> String {
    format!("{WORD} {length} {crc:08x}\n")
}

/// The length and the checksum of the note that comes after this line. There is one way to write each.
#[must_use]
pub fn record_line(bytes: &[u8]) -> Option<(usize, u32)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (length, crc) = text.strip_suffix('\n')?.strip_prefix(WORD)?.strip_prefix(' ')?.split_once(' ')?;
    let length: usize = length.parse().ok().filter(|length| *length <= NOTE_BYTES_MAX)?;
    let crc = u32::from_str_radix(crc, 16).ok()?;
    (line(length, crc) == text).then_some((length, crc))
}

/// Whether these bytes, with which a file of checkpoints ends and with which no record begins, are what an append leaves that was cut off.
///
/// That ends before the length that it states, or is the zeros of bytes that the system made room for and did not write. Bytes that are all
/// there and not what their checksum says are damage: of a record that was shown, for it was whole. So are bytes that end before the length
/// that they state and have the checksum that they state: then it is the length that is damaged.
#[must_use]
pub fn is_cut_off(rest: &[u8]) -> bool {
    let written = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let (bytes, zeros) = rest.split_at(written);
    if RECORD_LEN_MAX <= rest.len() {
        return false;
    }
    if bytes.first().is_none_or(|first| *first == 0) {
        return true;
    }
    let Some(line_len) = line_len(bytes) else { return begins_a_line(bytes) };
    let (line, note) = bytes.split_at(line_len);
    let Some((length, crc)) = record_line(line) else { return false };
    let short = note.len() < length && note.len() + zeros.len() <= length;
    short && crc32fast::hash(note) != crc
}

/// Whether these bytes, without a newline, are the beginning of a line before a note.
fn begins_a_line(bytes: &[u8]) -> bool {
    let mut words = bytes.split(|byte| *byte == b' ');
    let (word, length, crc) = (words.next(), words.next(), words.next());
    let whole = |word: &[u8]| word == WORD.as_bytes();
    let digits = |length: &[u8]| length.len() <= 5 && length.iter().all(u8::is_ascii_digit);
    let hexadecimal = |crc: &[u8]| crc.len() <= 8 && crc.iter().all(u8::is_ascii_hexdigit);
    match (word, length, crc) {
        (Some(word), None, _) => WORD.as_bytes().starts_with(word),
        (Some(word), Some(length), None) => whole(word) && digits(length),
        (Some(word), Some(length), Some(crc)) => {
            whole(word) && digits(length) && hexadecimal(crc) && words.next().is_none()
        }
        (None, ..) => true,
    }
}
