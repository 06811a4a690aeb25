//! Reads a chunk front to back in large pieces, a frame at a time.

use std::sync::Arc;

use crate::bytes::size;
use crate::chunk::Chunk;
use crate::event_log::LogError;
use crate::footer::{FOOTER_LEN_MAX, Footer};
use crate::frame::{self, Head, NotAFrame};

/// Bytes read at once, unless a frame is larger.
const WINDOW_BYTES: usize = 256 << 10;
/// Bytes read first: whoever wants a few events does not read many.
const FIRST_BYTES: usize = 16 << 10;

/// A piece of a chunk in memory.
pub(crate) struct Window {
    chunk: Arc<Chunk>,
    bytes: Vec<u8>,
    begin: u64,
    /// Bytes to read next.
    ahead: usize,
    /// Offset of the frame whose checksums were compared last.
    checked: Option<u64>,
}

/// What stands at an offset.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A frame whose every checksum matches.
    Frame(Head),
    /// The footer of a sealed chunk, whose checksum matches, and its length.
    Footer(Box<Footer>, u64),
    /// Something else.
    Other(NotAFrame),
    /// The end of the file, or zeros where a head would be.
    Nothing,
}

impl Window {
    /// Nothing of this chunk in memory yet.
    pub(crate) fn new(chunk: Arc<Chunk>) -> Self {
        Self { chunk, bytes: Vec::new(), begin: 0, ahead: FIRST_BYTES, checked: None }
    }

    /// The chunk that is read.
    pub(crate) fn chunk(&self) -> &Arc<Chunk> {
        &self.chunk
    }

    /// The bytes from `offset` on: `length` of them, fewer at the end of the file.
    pub(crate) fn bytes(&mut self, offset: u64, length: usize) -> Result<&[u8], LogError> {
        let held = offset
            .checked_sub(self.begin)
            .map(size)
            .filter(|at| at.saturating_add(length) <= self.bytes.len());
        let at = if let Some(at) = held {
            at
        } else {
            let wanted = length.max(self.ahead);
            self.ahead = (2 * self.ahead).min(WINDOW_BYTES);
            self.checked = None;
            if self.bytes.len() < wanted {
                self.bytes = vec![0; wanted];
            }
            self.bytes.truncate(wanted);
            let read = self.chunk.file.read_at(&mut self.bytes, offset);
            let read = read.map_err(|source| self.chunk.io("reading", source));
            // What was held before is gone, also where reading failed.
            self.begin = offset;
            self.bytes.truncate(*read.as_ref().unwrap_or(&0));
            read?;
            0
        };
        let end = at.saturating_add(length).min(self.bytes.len());
        Ok(self.bytes.get(at..end).unwrap_or_default())
    }

    /// What stands at this offset.
    pub(crate) fn look(&mut self, offset: u64) -> Result<Found, LogError> {
        let site = self.chunk.site(offset);
        let start = self.bytes(offset, frame::HEAD_LEN)?;
        if start.iter().all(|byte| *byte == 0) {
            return Ok(Found::Nothing);
        }
        if start.starts_with(&frame::MARKER_FOOTER) {
            return Ok(match Footer::decode(site, self.bytes(offset, FOOTER_LEN_MAX)?) {
                Ok((footer, length)) => Found::Footer(Box::new(footer), length as u64),
                Err(why) => Found::Other(why),
            });
        }
        let head = match frame::peek(start) {
            Ok(head) => head,
            Err(why) => return Ok(Found::Other(why)),
        };
        // Bytes that only look like a head are not believed what they say of their length.
        if let Err(why) = frame::check_head(site, self.bytes(offset, head.table_end())?) {
            return Ok(Found::Other(why));
        }
        let checked = match frame::check(site, self.bytes(offset, head.length as usize)?) {
            Ok((head, _)) => Found::Frame(head),
            Err(why) => Found::Other(why),
        };
        self.checked = matches!(checked, Found::Frame(_)).then_some(offset);
        Ok(checked)
    }

    /// The stored bytes of the events of the frame that [`Window::look`] found at this offset.
    pub(crate) fn events(&mut self, offset: u64, head: &Head) -> Result<Vec<&[u8]>, LogError> {
        let site = self.chunk.site(offset);
        let checked = self.checked == Some(offset);
        let bytes = self.bytes(offset, head.length as usize)?;
        if checked && let Some(events) = frame::events(bytes) {
            return Ok(events);
        }
        // Checked by `look` a moment ago; a file that changes under us is an error of the system.
        frame::check(site, bytes).map(|(_, stored)| stored).map_err(|NotAFrame(why)| {
            crate::chunk::io_error(
                format!("reading a frame at offset {offset} again"),
                std::io::Error::other(why),
            )
        })
    }

    /// The first frame after `offset` whose every checksum matches.
    pub(crate) fn search(&mut self, offset: u64) -> Result<Option<(u64, Head)>, LogError> {
        let mut at = offset.next_multiple_of(frame::ALIGN as u64);
        loop {
            let bytes = self.bytes(at, WINDOW_BYTES)?;
            let read = bytes.len();
            let places: Vec<u64> = bytes
                .chunks(frame::ALIGN)
                .zip(0_u64..)
                .filter(|(piece, _)| piece.starts_with(&frame::MARKER))
                .map(|(_, number)| at + number * frame::ALIGN as u64)
                .collect();
            for place in places {
                if let Found::Frame(head) = self.look(place)? {
                    return Ok(Some((place, head)));
                }
            }
            if read < WINDOW_BYTES {
                return Ok(None);
            }
            at += WINDOW_BYTES as u64;
        }
    }

    /// Offset after the last byte that is not zero, from `offset` on; `offset` where all are.
    pub(crate) fn last_used(&mut self, offset: u64) -> Result<u64, LogError> {
        let (mut at, mut used) = (offset, offset);
        loop {
            let bytes = self.bytes(at, WINDOW_BYTES)?;
            let read = bytes.len();
            if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
                used = at + last as u64 + 1;
            }
            if read < WINDOW_BYTES {
                return Ok(used);
            }
            at += read as u64;
        }
    }
}
