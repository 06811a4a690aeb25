//! Reads one event, or one frame, from where the index says that it is.

use docket_domain::Position;

use crate::chunk::Chunk;
use crate::envelope;
use crate::event_log::{LogError, StoredEvent};
use crate::frame;
use crate::index::Place;

/// Frames up to this length are read in one piece where one event is wanted.
const WHOLE_FRAME_BYTES: usize = 16 << 10;

/// The event that these bytes are, if they are the one at this position.
pub(crate) fn decode_at(stored: &[u8], position: Position) -> Result<StoredEvent, String> {
    let event = envelope::decode(stored)?;
    if event.position == position {
        Ok(event)
    } else {
        Err(format!("an event says position {} at position {position}", event.position))
    }
}

/// Reads `length` bytes of a chunk; fewer at its end.
fn read_bytes(chunk: &Chunk, offset: u64, length: usize) -> Result<Vec<u8>, LogError> {
    let mut bytes = vec![0; length.min(frame::FRAME_BYTES_MAX)];
    let read = chunk.file.read_at(&mut bytes, offset).map_err(|source| chunk.io("reading", source))?;
    bytes.truncate(read);
    Ok(bytes)
}

/// All events of a frame; the inner error says what is wrong with it.
pub(crate) fn read_frame(chunk: &Chunk, place: &Place) -> Result<Result<Vec<StoredEvent>, String>, LogError> {
    let bytes = read_bytes(chunk, place.offset, place.length as usize)?;
    Ok(match frame::check(chunk.site(place.offset), &bytes) {
        Err(why) => Err(why.0),
        Ok((head, _)) if head.first != place.first => Err(format!("the frame says position {}", head.first)),
        Ok((head, stored)) => stored
            .into_iter()
            .zip(head.first.0..)
            .map(|(stored, position)| decode_at(stored, Position(position)))
            .collect(),
    })
}

/// The event with this number of a frame; the inner error says what is wrong with it.
pub(crate) fn read_one(
    chunk: &Chunk,
    place: &Place,
    number: usize,
) -> Result<Result<StoredEvent, String>, LogError> {
    let whole = place.length as usize <= WHOLE_FRAME_BYTES;
    let table_end = frame::HEAD_LEN + place.count as usize * frame::ROW_LEN;
    let start = read_bytes(chunk, place.offset, if whole { place.length as usize } else { table_end })?;
    let head = match frame::check_head(chunk.site(place.offset), &start) {
        Ok(head) if head.first == place.first && head.length == place.length => head,
        Ok(head) => return Ok(Err(format!("the frame says position {}", head.first))),
        Err(why) => return Ok(Err(why.0)),
    };
    let Some((begin, length, crc)) = frame::row(&start, number) else {
        return Ok(Err(format!("the frame has {} events", head.count)));
    };
    let read;
    let stored = if whole {
        start.get(begin..begin + length).unwrap_or_default()
    } else {
        read = read_bytes(chunk, place.offset + begin as u64, length)?;
        read.as_slice()
    };
    if crc32fast::hash(stored) != crc || stored.len() != length {
        return Ok(Err(format!("the checksum of event {} of the frame does not match", number + 1)));
    }
    Ok(envelope::decode(stored))
}
