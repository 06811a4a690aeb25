//! Reads one event, or one frame, from where the index says that it is.

use bytes::Bytes;
use docket_domain::{Position, StreamId};

use crate::bytes::size;
use crate::chunk::Chunk;
use crate::envelope::{self, Brief};
use crate::event_log::LogError;
use crate::frame::{self, Head};
use crate::stored::StoredEvent;

/// Bytes that are read at first where one event is wanted: most frames are not longer.
const FIRST_BYTES: usize = 2 << 10;
/// Frames up to this length are read in one piece where one event is wanted.
const WHOLE_FRAME_BYTES: usize = 16 << 10;

/// The event that these bytes are, if they are the one at this position; it may be of the stream at hand.
pub(crate) fn decode_at(
    stored: Bytes,
    position: Position,
    at_hand: Option<&StreamId>,
) -> Result<StoredEvent, String> {
    let event = StoredEvent::read(stored, at_hand, None)?;
    if event.position == position { Ok(event) } else { Err(another_position(event.position, position)) }
}

/// The same, not copied: what one of the two refuses, the other does.
pub(crate) fn brief_at(stored: &[u8], position: Position) -> Result<Brief<'_>, String> {
    let event = envelope::brief(stored)?;
    if !StreamId::is_name(event.stream) {
        // For its words.
        envelope::stream(event.stream)?;
    }
    if event.position == position { Ok(event) } else { Err(another_position(event.position, position)) }
}

fn another_position(said: Position, position: Position) -> String {
    format!("an event says position {said} at position {position}")
}

/// Reads `length` bytes of a chunk; fewer at its end.
fn read_bytes(chunk: &Chunk, offset: u64, length: usize) -> Result<Bytes, LogError> {
    let mut bytes = vec![0; length.min(frame::FRAME_BYTES_MAX)];
    let read = chunk.file.read_at(&mut bytes, offset).map_err(|source| chunk.io("reading", source))?;
    bytes.truncate(read);
    Ok(bytes.into())
}

/// The head of the frame at this offset; the inner error says what is wrong with it.
pub(crate) fn read_head(chunk: &Chunk, offset: u64) -> Result<Result<Head, String>, LogError> {
    let head = match frame::peek(&read_bytes(chunk, offset, frame::HEAD_LEN)?) {
        Ok(head) => head,
        Err(why) => return Ok(Err(why.0)),
    };
    let table = read_bytes(chunk, offset, head.table_end())?;
    Ok(frame::check_head(chunk.site(offset), &table).map_err(|why| why.0))
}

/// All events of the frame at this offset; the inner error says what is wrong with it.
pub(crate) fn read_frame(chunk: &Chunk, offset: u64) -> Result<Result<Vec<StoredEvent>, String>, LogError> {
    let head = read_bytes(chunk, offset, frame::HEAD_LEN)?;
    let head = match frame::peek(&head) {
        Ok(head) => head,
        Err(why) => return Ok(Err(why.0)),
    };
    let bytes = read_bytes(chunk, offset, head.length as usize)?;
    Ok(match frame::check(chunk.site(offset), &bytes) {
        Err(why) => Err(why.0),
        Ok((head, events)) => events
            .into_iter()
            .zip(head.first.0..)
            .map(|(event, position)| decode_at(bytes.slice(event), Position(position), None))
            .collect(),
    })
}

/// The event at this position, of the frame at this offset; the inner error says what is wrong with it.
pub(crate) fn read_one(
    chunk: &Chunk,
    offset: u64,
    position: Position,
) -> Result<Result<StoredEvent, String>, LogError> {
    let mut start = read_bytes(chunk, offset, FIRST_BYTES)?;
    let head = match frame::peek(&start) {
        Ok(head) => head,
        Err(why) => return Ok(Err(why.0)),
    };
    let length = head.length as usize;
    let whole = length <= WHOLE_FRAME_BYTES;
    let needed = if whole { length } else { head.table_end() };
    if needed > start.len() {
        start = read_bytes(chunk, offset, needed)?;
    }
    if let Err(why) = frame::check_head(chunk.site(offset), &start) {
        return Ok(Err(why.0));
    }
    let number = position.0.checked_sub(head.first.0).map(size);
    let Some((begin, length, crc)) = number.and_then(|number| frame::row(&start, number)) else {
        return Ok(Err(format!("the frame has positions {} to {}", head.first, head.last())));
    };
    let stored = if whole {
        // No longer than the bytes that were asked for; the file may have ended before.
        start.slice(begin.min(start.len())..(begin + length).min(start.len()))
    } else {
        read_bytes(chunk, offset + begin as u64, length)?
    };
    if crc32fast::hash(&stored) != crc || stored.len() != length {
        return Ok(Err(format!("the checksum of the event at position {position} does not match")));
    }
    // With bytes of its own: who asked for it does not hold the memory of a whole frame.
    Ok(decode_at(stored, position, None).map(StoredEvent::detached))
}

#[cfg(test)]
mod tests {
    use docket_domain::{EventId, Revision};

    use super::*;
    use crate::event_log::NewEvent;

    fn event(stream: &str, previous: Option<[u8; 32]>, position: u64) -> Bytes {
        let (stream, meta) = (stream.parse().unwrap(), b"meta!".to_vec());
        let event = NewEvent { id: EventId([0x0b; 16]), stream, kind: 700, body: vec![0xa5; 300], meta };
        let (position, revision) = (Position(position), Revision(251));
        StoredEvent::new(position, revision, 1_700_000_000_000_000, previous, &event)
            .unwrap()
            .stored()
            .clone()
    }

    /// Both read the same of these bytes, or refuse them with the same words.
    fn compare(bytes: &[u8], position: Position) -> bool {
        let kept = decode_at(Bytes::copy_from_slice(bytes), position, None);
        let shown = brief_at(bytes, position);
        let of_kept = kept.as_ref().map(|kept| Brief {
            position: kept.position,
            revision: kept.revision,
            stream: kept.stream.as_str(),
            previous: kept.previous,
            id: kept.id,
            kind: kept.kind,
            recorded_at_micros: kept.recorded_at_micros,
            body: kept.body(),
            meta: kept.meta(),
            stored: kept.stored(),
        });
        assert_eq!(of_kept.map_err(Clone::clone), shown.clone());
        shown.is_ok()
    }

    #[test]
    fn an_event_that_is_shown_is_the_one_that_is_kept_and_what_is_refused_is_refused_by_both() {
        let position = Position(66_000);
        for bytes in [event("authority/hull", None, 66_000), event("a/b", Some([7; 32]), 66_000)] {
            assert!(compare(&bytes, position));
            assert!(!compare(&bytes, Position(1)));
            for length in 0..bytes.len() {
                assert!(!compare(bytes.get(..length).unwrap(), position));
            }
            assert!(!compare(&[&bytes, &[0][..]].concat(), position));
            let mut understood = 0;
            for at in 0..bytes.len() {
                for byte in 0..=u8::MAX {
                    let mut changed = bytes.to_vec();
                    *changed.get_mut(at).unwrap() = byte;
                    understood += usize::from(compare(&changed, position));
                }
            }
            assert!(256 * 300 < understood && understood < 256 * bytes.len(), "{understood}");
        }
    }
}
