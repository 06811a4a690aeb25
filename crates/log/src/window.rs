//! Reads a chunk front to back in large pieces, a frame at a time.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

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
    bytes: Bytes,
    begin: u64,
    /// Bytes to read next.
    ahead: usize,
    /// Offset of the frame whose checksums were compared last.
    checked: Option<u64>,
    /// Where its events are, counted from that offset.
    events: Vec<Range<usize>>,
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
        let (bytes, events) = (Bytes::new(), Vec::new());
        Self { chunk, bytes, begin: 0, ahead: FIRST_BYTES, checked: None, events }
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
            // What was held before is gone, also where reading fails; its memory is used again unless an event shares it.
            let held = std::mem::take(&mut self.bytes).try_into_mut();
            let mut bytes = held.unwrap_or_default();
            self.begin = offset;
            if bytes.capacity() < wanted {
                bytes = BytesMut::zeroed(wanted);
            }
            bytes.resize(wanted, 0);
            let read = self.chunk.file.read_at(&mut bytes, offset);
            let read = read.map_err(|source| self.chunk.io("reading", source))?;
            self.bytes = bytes.freeze();
            self.bytes.truncate(read);
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
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        let checked = frame::check_events(&head, self.bytes(offset, head.length as usize)?, &mut events);
        self.events = events;
        self.checked = checked.is_ok().then_some(offset);
        Ok(checked.map_or_else(Found::Other, |()| Found::Frame(head)))
    }

    /// The bytes from the offset of a frame on that [`Window::look`] found there, and where its events are in them.
    pub(crate) fn frame(&mut self, offset: u64, head: &Head) -> Result<(Bytes, &[Range<usize>]), LogError> {
        if self.checked != Some(offset) {
            // Other bytes were read since; a file that changes under us is an error of the system.
            let site = self.chunk.site(offset);
            let checked = frame::check(site, self.bytes(offset, head.length as usize)?);
            let (_, events) = checked.map_err(|NotAFrame(why)| {
                crate::chunk::io_error(
                    format!("reading a frame at offset {offset} again"),
                    std::io::Error::other(why),
                )
            })?;
            (self.events, self.checked) = (events, Some(offset));
        }
        Ok((self.bytes.slice(size(offset - self.begin)..), &self.events))
    }

    /// The first frame after `offset` whose every checksum matches.
    pub(crate) fn search(&mut self, offset: u64) -> Result<Option<(u64, Head)>, LogError> {
        let mut at = offset.next_multiple_of(frame::ALIGN as u64);
        loop {
            let bytes = self.bytes(at, WINDOW_BYTES)?;
            let read = bytes.len();
            // Most of a chunk is zeros still, and comparing many at once takes no time.
            let used = if is_zero(bytes) { &[] } else { bytes };
            let places: Vec<u64> = used
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
            if !is_zero(bytes)
                && let Some(last) = bytes.iter().rposition(|byte| *byte != 0)
            {
                used = at + last as u64 + 1;
            }
            if read < WINDOW_BYTES {
                return Ok(used);
            }
            at += read as u64;
        }
    }
}

/// Whether there are only zeros.
fn is_zero(bytes: &[u8]) -> bool {
    const ZEROS: [u8; 4_096] = [0; 4_096];
    bytes.chunks(ZEROS.len()).all(|piece| ZEROS.starts_with(piece))
}
