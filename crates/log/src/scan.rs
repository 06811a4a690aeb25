//! Walks a chunk from a frame on: what can be read, what is damaged, where the next frame goes.

use std::ops::Range;
use std::sync::Arc;

use docket_domain::Position;

use crate::chunk::{Chunk, HEADER_LEN};
use crate::envelope::Brief;
use crate::event_log::LogError;
use crate::footer::Footer;
use crate::frame::Head;
use crate::point::brief_at;
use crate::window::{Found, Window};

/// Bytes that are not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// File name of the chunk.
    pub chunk: String,
    /// Byte offset in it.
    pub offset: u64,
    /// First position that cannot be read.
    pub first: Position,
    /// Last position that cannot be read.
    pub last: Position,
    /// What is wrong with it.
    pub what: String,
}

impl Damage {
    /// Whether the position is one of those that cannot be read.
    pub(crate) fn holds(&self, position: Position) -> bool {
        self.first <= position && position <= self.last
    }
}

impl std::convert::From<Damage> for LogError {
    fn from(damage: Damage) -> Self {
        let Damage { chunk, offset, first, last, what } = damage;
        Self::Damaged { chunk, offset, first, last, what }
    }
}

/// What stands behind the last frame of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    pub(crate) bytes: u64,
    pub(crate) what: String,
}

/// What a walk found.
#[derive(Debug)]
pub(crate) struct Scanned {
    /// Offset after the last frame.
    pub(crate) end: u64,
    /// The position after the last event.
    pub(crate) next: Position,
    pub(crate) damage: Vec<Damage>,
    /// What follows the last frame, if it is not zeros.
    pub(crate) torn: Option<Torn>,
    /// What seals the last chunk, if it was sealed and no other was begun.
    pub(crate) footer: Option<Footer>,
}

/// A frame on the walk.
pub(crate) struct Step<'a> {
    pub(crate) offset: u64,
    pub(crate) head: Head,
    bytes: &'a [u8],
    /// Where in them the stored bytes of each event are.
    events: &'a [Range<usize>],
}

impl Step<'_> {
    /// Shows its events, nothing of them copied, up to one that cannot be understood, which is told.
    pub(crate) fn each(&self, chunk: &Chunk, show: &mut dyn FnMut(&Brief<'_>)) -> Option<Damage> {
        for (event, position) in self.events.iter().zip(self.head.first.0..) {
            match brief_at(self.bytes.get(event.clone()).unwrap_or_default(), Position(position)) {
                Ok(event) => show(&event),
                Err(what) => {
                    let (first, last) = (self.head.first, self.head.last());
                    let chunk = chunk.name.clone();
                    return Some(Damage { chunk, offset: self.offset, first, last, what });
                }
            }
        }
        None
    }
}

/// Where to walk.
pub(crate) struct Walk {
    /// A frame begins there.
    pub(crate) offset: u64,
    /// Its first position.
    pub(crate) expected: Position,
    /// Last position of the chunk if it is not the last chunk, or the last position wanted.
    pub(crate) until: Option<Position>,
}

impl Walk {
    /// Over a whole chunk.
    pub(crate) fn whole(chunk: &Chunk, until: Option<Position>) -> Self {
        Self { offset: HEADER_LEN, expected: chunk.first, until }
    }
}

/// Walks over the frames and shows each to `visit`.
pub(crate) fn walk(
    chunk: &Arc<Chunk>,
    walk: Walk,
    visit: &mut dyn FnMut(Step<'_>) -> Result<(), LogError>,
) -> Result<Scanned, LogError> {
    let mut window = Window::new(Arc::clone(chunk));
    let Walk { offset: mut end, expected: mut next, until } = walk;
    let mut damage = Vec::new();
    let mut torn = None;
    let mut sealed = None;
    while until.is_none_or(|until| next <= until) {
        let (found, what) = match window.look(end)? {
            Found::Frame(head) if head.first == next => (Some((end, head)), None),
            Found::Frame(head) => {
                let what = format!("a frame says position {}, {next} comes next", head.first);
                (resume(&mut window, end, next, until)?, Some(what))
            }
            Found::Other(why) => (resume(&mut window, end, next, until)?, Some(why.0)),
            Found::Footer(footer, _) if until.is_none() && footer.last.next() == next => {
                sealed = Some(*footer);
                break;
            }
            Found::Footer(footer, _) => {
                let what = format!("a footer ends the chunk at position {}, {next} comes next", footer.last);
                (resume(&mut window, end, next, until)?, Some(what))
            }
            Found::Nothing => {
                (resume(&mut window, end, next, until)?, Some("no frame begins here".to_owned()))
            }
        };
        let broken = |last, what: Option<String>| Damage {
            chunk: chunk.name.clone(),
            offset: end,
            first: next,
            last,
            what: what.unwrap_or_default(),
        };
        let Some((offset, head)) = found else {
            match until {
                Some(until) => damage.push(broken(until, what)),
                None => {
                    let bytes = window.last_used(end)? - end;
                    torn = (bytes > 0).then(|| Torn { bytes, what: what.unwrap_or_default() });
                }
            }
            if let Some(until) = until {
                next = until.next();
            }
            break;
        };
        if head.first > next {
            damage.push(broken(Position(head.first.0 - 1), what));
        }
        let (bytes, events) = window.frame(offset, &head)?;
        visit(Step { offset, head, bytes: &bytes, events })?;
        end = offset + u64::from(head.length);
        next = head.last().next();
    }
    Ok(Scanned { end, next, damage, torn, footer: sealed })
}

/// The frame at which the log goes on after `offset`, where none begins that could be read.
///
/// In the last chunk (`until` is none) the frames of a write that was never synced may be there in part, in any order. They say where their
/// write began: only a frame of a later write proves that what stands at `offset` was durable once, and so is damaged and not torn.
pub(crate) fn resume(
    window: &mut Window,
    offset: u64,
    next: Position,
    until: Option<Position>,
) -> Result<Option<(u64, Head)>, LogError> {
    let mut candidate = None;
    let mut from = offset + 1;
    while let Some((at, head)) = window.search(from)? {
        from = at + u64::from(head.length);
        if head.first < next || until.is_some_and(|until| head.first > until) {
            continue;
        }
        let candidate = *candidate.get_or_insert((at, head));
        if until.is_some() || head.batch > offset {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}
