//! Reads chunks front to back in pieces of whole frames, and tells what stands where no frame can be read.

use std::sync::Arc;

use docket_domain::Position;

use crate::bytes::size;
use crate::chunk::{Chunk, HEADER_LEN};
use crate::event_log::LogError;
use crate::footer::Footer;
use crate::frame::{self, Head};
use crate::scan::resume;
use crate::window::{Found, Window};

/// Bytes of a piece, unless a frame is larger.
const PIECE_BYTES: usize = 2 << 20;

/// Frames that follow each other, of which the heads are right.
pub(crate) struct Piece {
    pub(crate) chunk: Arc<Chunk>,
    /// Where in the chunk the bytes begin.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
    /// Each with its place in the bytes.
    pub(crate) frames: Vec<(usize, Head)>,
}

/// What is met on the way through a chunk.
pub(crate) enum Met {
    Piece(Piece),
    /// No frame that continues the log can be read from here on.
    Gap(Gap),
    /// The frames of the chunk end.
    End(End),
}

/// Bytes that should be frames.
pub(crate) struct Gap {
    pub(crate) offset: u64,
    /// The positions that are lost, if any.
    pub(crate) lost: Option<(Position, Position)>,
    pub(crate) what: String,
}

/// What stands behind the last frame of a chunk.
pub(crate) struct End {
    pub(crate) offset: u64,
    /// A footer and its length.
    pub(crate) footer: Option<(Box<Footer>, u64)>,
    /// Bytes that are neither zeros nor a footer, and why they are no frame.
    pub(crate) rest: Option<(u64, String)>,
    /// No chunk comes after this one.
    pub(crate) last: bool,
}

/// Where in a chunk reading has come to.
pub(crate) struct Reader {
    pub(crate) chunk: Arc<Chunk>,
    offset: u64,
    next: Position,
    /// The last position of the chunk, where another chunk or a footer tells.
    until: Option<Position>,
    /// Nothing is read from here on.
    limit: u64,
    last: bool,
}

impl Reader {
    /// At the beginning of a chunk, before which position `following` another begins.
    pub(crate) fn new(chunk: Arc<Chunk>, following: Option<Position>) -> Self {
        let until = following.map(|following| Position(following.0.saturating_sub(1)));
        let until = until.or_else(|| chunk.footer().map(|footer| footer.last));
        Self { offset: 0, next: chunk.first, chunk, until, limit: u64::MAX, last: following.is_none() }
    }

    /// At the beginning of a chunk whose frames are known to end here, with this position.
    pub(crate) fn to(chunk: Arc<Chunk>, end: u64, last: Position) -> Self {
        Self { offset: 0, next: chunk.first, chunk, until: Some(last), limit: end, last: true }
    }

    /// Reads on.
    pub(crate) fn read(&mut self) -> Result<Met, LogError> {
        let chunk = Arc::clone(&self.chunk);
        let failed = |source| chunk.io("reading", source);
        let length = chunk.file.length().map_err(failed)?.min(self.limit);
        let there = size(length.saturating_sub(self.offset));
        let mut wanted = PIECE_BYTES;
        loop {
            let mut bytes = vec![0; wanted.min(there)];
            let read = chunk.file.read_at(&mut bytes, self.offset).map_err(failed)?;
            bytes.truncate(read);
            let (frames, end, more) = self.frames(&bytes);
            if let Some((_, last)) = frames.last() {
                bytes.truncate(end);
                self.next = last.last().next();
                let piece = Piece { chunk, offset: self.offset, bytes, frames };
                self.offset += end as u64;
                return Ok(Met::Piece(piece));
            }
            match more.filter(|more| wanted < *more && *more <= there) {
                // A frame that is larger than a piece.
                Some(more) => wanted = more,
                None => {
                    if let Some(met) = self.stopped()? {
                        return Ok(met);
                    }
                }
            }
        }
    }

    /// The frames at the beginning of these bytes, where they end, and how many bytes the next one would need.
    fn frames(&self, bytes: &[u8]) -> (Vec<(usize, Head)>, usize, Option<usize>) {
        let mut frames = Vec::new();
        let mut at = if self.offset == 0 { size(HEADER_LEN) } else { 0 };
        let mut next = self.next;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Ok(head) = frame::peek(rest) else { break (frames, at, None) };
            let needed = at.saturating_add(head.length as usize);
            if bytes.len() < needed {
                break (frames, at, Some(needed));
            }
            if head.first != next || !self.is_whole(self.offset + at as u64, rest) {
                break (frames, at, None);
            }
            frames.push((at, head));
            at = needed;
            next = head.last().next();
        }
    }

    /// Whether the head of a frame is right; at the end of the log, where a write may be torn, the whole frame.
    fn is_whole(&self, offset: u64, bytes: &[u8]) -> bool {
        let site = self.chunk.site(offset);
        match self.until {
            Some(_) => frame::check_head(site, bytes).is_ok(),
            None => frame::check(site, bytes).is_ok(),
        }
    }

    /// No frame that continues the log begins where reading has come to. None if one does now: somebody is writing.
    fn stopped(&mut self) -> Result<Option<Met>, LogError> {
        let mut window = Window::new(Arc::clone(&self.chunk));
        let offset = self.offset.max(HEADER_LEN);
        let what = match window.look(offset)? {
            Found::Footer(footer, length) if footer.last.next() == self.next => {
                return Ok(Some(Met::End(self.end(offset, Some((footer, length)), None))));
            }
            Found::Footer(footer, _) => {
                format!("a footer ends the chunk at position {}, {} comes next", footer.last, self.next)
            }
            Found::Frame(head) => format!("a frame says position {}, {} comes next", head.first, self.next),
            Found::Other(why) => why.0,
            Found::Nothing => "no frame begins here".to_owned(),
        };
        let all_there = self.until.is_some_and(|until| until < self.next);
        if !all_there && let Some((at, head)) = resume(&mut window, offset, self.next, self.until)? {
            // What comes later was written after this was whole.
            let again = Window::new(Arc::clone(&self.chunk)).look(offset)?;
            if self.until.is_none() && matches!(again, Found::Frame(head) if head.first == self.next) {
                return Ok(None);
            }
            let lost = (self.next < head.first).then(|| (self.next, Position(head.first.0 - 1)));
            (self.offset, self.next) = (at, head.first);
            return Ok(Some(Met::Gap(Gap { offset, lost, what })));
        }
        if !all_there && let Some(until) = self.until {
            let lost = Some((self.next, until));
            self.next = until.next();
            self.offset = self.chunk.sealed.get().map_or(offset, |(footer, _)| *footer);
            return Ok(Some(Met::Gap(Gap { offset, lost, what })));
        }
        let used = window.last_used(offset)? - offset;
        Ok(Some(Met::End(self.end(offset, None, (0 < used).then_some((used, what))))))
    }

    fn end(&self, offset: u64, footer: Option<(Box<Footer>, u64)>, rest: Option<(u64, String)>) -> End {
        End { offset, footer, rest, last: self.last }
    }
}
