//! A frame: the bytes of one append in a chunk.
//!
//! The head's checksum covers the head and the table, the table holds the length and checksum of each event: so one event can be read and
//! checked without the others, and nothing in the frame is left unchecked. The head's checksum also covers where the frame lies (log,
//! chunk, offset), which is not stored: bytes copied to another place, or inside an event's body, are never taken for a frame.

use std::ops::Range;

use docket_domain::Position;

use crate::bytes::{u16_at, u32_at, u64_at};
use crate::envelope::STORED_BYTES_MAX;
use crate::event_log::{APPEND_BYTES_MAX, APPEND_EVENTS_MAX};

/// First bytes of a frame of events.
pub(crate) const MARKER: [u8; 4] = *b"EVTS";
/// First bytes of the footer that seals a chunk.
pub(crate) const MARKER_FOOTER: [u8; 4] = *b"SEAL";
/// Format of the frames that are written today.
pub(crate) const VERSION: u16 = 1;
/// Bytes before the table.
pub(crate) const HEAD_LEN: usize = 40;
/// Bytes of the table for each event.
pub(crate) const ROW_LEN: usize = 8;
/// Frames begin at multiples of this.
pub(crate) const ALIGN: usize = 8;
/// Most bytes of a frame.
pub(crate) const FRAME_BYTES_MAX: usize = HEAD_LEN
    + APPEND_EVENTS_MAX * (ROW_LEN + STORED_BYTES_MAX - crate::event_log::EVENT_BYTES_MAX)
    + APPEND_BYTES_MAX
    + ALIGN;

/// Where a frame lies; part of its checksum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub(crate) log_id: [u8; 16],
    pub(crate) chunk: Position,
    pub(crate) offset: u64,
}

/// What a frame says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Bytes of the whole frame, a multiple of [`ALIGN`].
    pub(crate) length: u32,
    /// Number of events, at least 1.
    pub(crate) count: u32,
    /// Position of the first event.
    pub(crate) first: Position,
    /// Offset at which the bytes begin that were not yet durable when this frame was written.
    pub(crate) batch: u64,
}

impl Head {
    /// Position of the last event.
    pub(crate) fn last(&self) -> Position {
        Position(self.first.0 + u64::from(self.count) - 1)
    }

    /// Bytes of head and table.
    pub(crate) fn table_end(&self) -> usize {
        HEAD_LEN + self.count as usize * ROW_LEN
    }
}

/// Why bytes are not a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotAFrame(pub(crate) String);

impl Site {
    /// Checksum of what lies at this site, given without the checksum's own four bytes.
    pub(crate) fn crc(self, before: &[u8], after: &[u8]) -> u32 {
        // In one piece: a checksum over many short ones takes several times as long.
        let mut place = [0; 32];
        let parts =
            self.log_id.into_iter().chain(self.chunk.0.to_le_bytes()).chain(self.offset.to_le_bytes());
        place.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        let mut crc = crc32fast::Hasher::new();
        crc.update(&place);
        crc.update(before);
        crc.update(after);
        crc.finalize()
    }
}

/// The bytes that a frame of these events takes.
pub(crate) fn frame_len<'a>(stored: impl Iterator<Item = &'a [u8]>) -> usize {
    stored.fold(HEAD_LEN, |length, event| length + ROW_LEN + event.len()).next_multiple_of(ALIGN)
}

/// Appends the frame of these events to `out`.
///
/// # Errors
/// When there is no event, or more than a frame can hold.
pub(crate) fn encode<'a>(
    site: Site,
    first: Position,
    batch: u64,
    stored: impl Iterator<Item = &'a [u8]> + Clone,
    out: &mut Vec<u8>,
) -> Result<(), NotAFrame> {
    let count = stored.clone().count();
    let length = frame_len(stored.clone());
    if count == 0 || count > APPEND_EVENTS_MAX || length > FRAME_BYTES_MAX {
        return Err(NotAFrame(format!("a frame cannot hold {count} events in {length} bytes")));
    }
    let too_large = |_| NotAFrame(format!("a frame cannot hold {length} bytes"));
    let mut head = Vec::with_capacity(32);
    head.extend(MARKER);
    head.extend(u32::try_from(length).map_err(too_large)?.to_le_bytes());
    head.extend(VERSION.to_le_bytes());
    head.extend(0_u16.to_le_bytes());
    head.extend(u32::try_from(count).map_err(too_large)?.to_le_bytes());
    head.extend(first.0.to_le_bytes());
    head.extend(batch.to_le_bytes());
    let mut tail = vec![0; 4];
    for event in stored.clone() {
        tail.extend(u32::try_from(event.len()).map_err(too_large)?.to_le_bytes());
        tail.extend(crc32fast::hash(event).to_le_bytes());
    }
    let begin = out.len();
    out.extend(&head);
    out.extend(site.crc(&head, &tail).to_le_bytes());
    out.extend(&tail);
    for event in stored {
        out.extend(event);
    }
    out.resize(begin + length, 0);
    Ok(())
}

/// The head of the frame whose first bytes these are; the checksum is not looked at.
pub(crate) fn peek(bytes: &[u8]) -> Result<Head, NotAFrame> {
    let cut = || NotAFrame("the file ends within a frame".to_owned());
    let marker = bytes.get(..4).ok_or_else(cut)?;
    if marker == MARKER_FOOTER {
        return Err(NotAFrame("a footer stands where a frame should be".to_owned()));
    }
    if marker != MARKER {
        return Err(NotAFrame("no frame begins here".to_owned()));
    }
    let head = Head {
        length: u32_at(bytes, 4).ok_or_else(cut)?,
        count: u32_at(bytes, 12).ok_or_else(cut)?,
        first: Position(u64_at(bytes, 16).ok_or_else(cut)?),
        batch: u64_at(bytes, 24).ok_or_else(cut)?,
    };
    let length = head.length as usize;
    let wrong = length > FRAME_BYTES_MAX || !length.is_multiple_of(ALIGN) || head.table_end() > length;
    if wrong
        || head.count == 0
        || head.count as usize > APPEND_EVENTS_MAX
        || head.first.0 == 0
        || head.first.0.checked_add(u64::from(head.count)).is_none()
    {
        return Err(NotAFrame("the head of the frame contradicts itself".to_owned()));
    }
    Ok(head)
}

/// The head of the frame that begins with these bytes, its checksum compared; `bytes` hold at least head and table.
pub(crate) fn check_head(site: Site, bytes: &[u8]) -> Result<Head, NotAFrame> {
    let head = peek(bytes)?;
    let cut = || NotAFrame("the file ends within a frame".to_owned());
    let before = bytes.get(..32).ok_or_else(cut)?;
    let after = bytes.get(36..head.table_end()).ok_or_else(cut)?;
    if u32_at(bytes, 32) != Some(site.crc(before, after)) {
        return Err(NotAFrame("the checksum of the frame's head does not match".to_owned()));
    }
    let version = u16_at(bytes, 8).ok_or_else(cut)?;
    if version != VERSION {
        return Err(NotAFrame(format!("frame format {version} is not known to this program")));
    }
    Ok(head)
}

/// Where the event with this number (0, 1, 2 …) lies in a frame, and its checksum; the head has been checked.
pub(crate) fn row(bytes: &[u8], number: usize) -> Option<(usize, usize, u32)> {
    let head = peek(bytes).ok()?;
    let mut begin = head.table_end();
    for before in 0..number {
        begin = begin.checked_add(u32_at(bytes, HEAD_LEN + before * ROW_LEN)? as usize)?;
    }
    let length = u32_at(bytes, HEAD_LEN + number * ROW_LEN)? as usize;
    let within = number < head.count as usize && begin.checked_add(length)? <= head.length as usize;
    within.then_some((begin, length, u32_at(bytes, HEAD_LEN + number * ROW_LEN + 4)?))
}

/// Where the stored bytes of each event of a frame are, whose every checksum matches; `bytes` are the whole frame.
pub(crate) fn check(site: Site, bytes: &[u8]) -> Result<(Head, Vec<Range<usize>>), NotAFrame> {
    let head = check_head(site, bytes)?;
    let mut events = Vec::with_capacity(head.count as usize);
    check_events(&head, bytes, &mut events)?;
    Ok((head, events))
}

/// The same, where the head has been checked.
pub(crate) fn check_events(
    head: &Head,
    bytes: &[u8],
    events: &mut Vec<Range<usize>>,
) -> Result<(), NotAFrame> {
    let bytes = bytes
        .get(..head.length as usize)
        .ok_or_else(|| NotAFrame("the file ends within a frame".to_owned()))?;
    let mut begin = head.table_end();
    for number in 0..head.count as usize {
        let length = u32_at(bytes, HEAD_LEN + number * ROW_LEN).map_or(usize::MAX, |length| length as usize);
        let event = bytes.get(begin..begin.saturating_add(length));
        let crc = u32_at(bytes, HEAD_LEN + number * ROW_LEN + 4);
        match event {
            Some(event) if Some(crc32fast::hash(event)) == crc => events.push(begin..begin + length),
            _ => {
                let what = format!("the checksum of event {} of the frame does not match", number + 1);
                return Err(NotAFrame(what));
            }
        }
        begin += length;
    }
    if bytes
        .get(begin..)
        .is_none_or(|padding| padding.len() >= ALIGN || padding.iter().any(|byte| *byte != 0))
    {
        return Err(NotAFrame("the frame does not end in zeros".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    const SITE: Site = Site { log_id: [9; 16], chunk: Position(1), offset: 64 };
    const EVENTS: [&[u8]; 2] = [b"first", b"the second"];
    /// Committed once and never edited: these bytes are read for ever.
    const GOLDEN: &str = "4556545348000000010000000200000005000000000000004000000000000000ccd5f12800000000\
         0500000057ee71920a000000a149f8ab6669727374746865207365636f6e6400";

    fn frame() -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(SITE, Position(5), 64, EVENTS.into_iter(), &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_bytes_of_a_frame_are_the_golden_ones() {
        assert_eq!(hex(&frame()), GOLDEN);
    }

    #[test]
    fn a_frame_reads_back_as_it_was_written() {
        let bytes = frame();
        let (head, events) = check(SITE, &bytes).unwrap();
        assert!(events.into_iter().map(|event| &bytes[event]).eq(EVENTS));
        assert_eq!((head.first, head.last(), head.batch), (Position(5), Position(6), 64));
        let (begin, length, crc) = row(&bytes, 1).unwrap();
        assert_eq!(&bytes[begin..begin + length], EVENTS[1]);
        assert_eq!(crc, crc32fast::hash(EVENTS[1]));
        assert_eq!(row(&bytes, 2), None);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = frame();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            check(SITE, &flipped).unwrap_err();
        }
        for length in 0..bytes.len() {
            check(SITE, &bytes[..length]).unwrap_err();
        }
    }

    #[test]
    fn a_frame_at_another_place_or_of_another_log_is_not_a_frame() {
        let bytes = frame();
        for site in [
            Site { log_id: [8; 16], ..SITE },
            Site { chunk: Position(2), ..SITE },
            Site { offset: 72, ..SITE },
        ] {
            check(site, &bytes).unwrap_err();
        }
    }
}
