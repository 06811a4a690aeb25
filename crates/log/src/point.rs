//! Reads one event, or one frame, from where the index says that it is.

use bytes::Bytes;
use docket_domain::{Position, StreamId};

use crate::bytes::size;
use crate::chunk::Chunk;
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
    if event.position == position {
        Ok(event)
    } else {
        Err(format!("an event says position {} at position {position}", event.position))
    }
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
