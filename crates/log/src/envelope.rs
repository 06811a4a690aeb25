//! The stored bytes of one event: what is hashed, and read for ever.

use docket_domain::{EventId, Position, Revision, StreamId};
use sha2::{Digest as _, Sha256};

use crate::event_log::{EVENT_BYTES_MAX, LeafHash, NewEvent};

/// First of the stored bytes of every event that is written today.
const VERSION: u8 = 1;
/// Room for everything in an envelope that is not body or meta.
const ENVELOPE_OVERHEAD_MAX: usize = 512;
/// Most stored bytes of one event.
pub(crate) const STORED_BYTES_MAX: usize = EVENT_BYTES_MAX + ENVELOPE_OVERHEAD_MAX;

/// Version 1: version, position, revision, stream, previous leaf hash, event id, kind, microseconds, body, meta. What it has, and in which order, is
/// never changed: another version is another type beside it. A tuple, since bincode then reads the hashes in one piece (serde has
/// it read them byte by byte, which a profile of a replay had at a quarter); the bytes are the same.
type EnvelopeV1<'a> = (u8, u64, u64, &'a str, Option<LeafHash>, [u8; 16], u32, i64, &'a [u8], &'a [u8]);

/// How envelopes are encoded: bincode's standard, never more than one event may have.
fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<STORED_BYTES_MAX>()
}

/// Bytes of an envelope beside body and meta, where the name of the stream is not very long.
const ENVELOPE_OVERHEAD: usize = 160;

/// Where an event is, and when it came there.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) position: Position,
    pub(crate) revision: Revision,
    pub(crate) recorded_at_micros: i64,
    pub(crate) previous: Option<LeafHash>,
}

/// About as many bytes as these events take when they are stored.
pub(crate) fn room_for(events: &[NewEvent]) -> usize {
    events.iter().map(|event| event.body.len() + event.meta.len() + ENVELOPE_OVERHEAD).sum()
}

/// Appends the stored bytes of an event.
pub(crate) fn encode(place: &Place, event: &NewEvent, out: &mut Vec<u8>) -> Result<(), String> {
    let envelope: EnvelopeV1<'_> = (
        VERSION,
        place.position.0,
        place.revision.0,
        event.stream.as_str(),
        place.previous,
        event.id.0,
        event.kind,
        place.recorded_at_micros,
        &event.body,
        &event.meta,
    );
    out.reserve(room_for(std::slice::from_ref(event)));
    bincode::encode_into_std_write(envelope, out, config()).map_err(|error| error.to_string())?;
    Ok(())
}

/// An event as its stored bytes have it, not copied and not hashed: for whoever looks at very many and keeps few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief<'a> {
    /// 1, 2, 3 … over the whole log.
    pub position: Position,
    /// 1, 2, 3 … in the stream.
    pub revision: Revision,
    /// The name of its stream.
    pub stream: &'a str,
    /// Leaf hash of the stream's event before; `None` for the first.
    pub previous: Option<LeafHash>,
    /// Chosen by whoever recorded it.
    pub id: EventId,
    /// The number of its kind on the wire.
    pub kind: u32,
    /// Microseconds since 1970-01-01T00:00:00Z; never decreases along the log.
    pub recorded_at_micros: i64,
    /// What was said.
    pub body: &'a [u8],
    /// How it came to be recorded.
    pub meta: &'a [u8],
    /// The bytes that are stored and hashed.
    pub stored: &'a [u8],
}

/// What these bytes say; whether the stream is the name of one is not looked at.
pub(crate) fn brief(stored: &[u8]) -> Result<Brief<'_>, String> {
    match stored.first() {
        Some(&VERSION) => {}
        Some(version) => return Err(format!("envelope version {version} is not known to this program")),
        None => return Err("an event without bytes".to_owned()),
    }
    if let Some(brief) = quick(stored) {
        return Ok(brief);
    }
    let (envelope, used): (EnvelopeV1<'_>, usize) =
        bincode::borrow_decode_from_slice(stored, config()).map_err(|error| error.to_string())?;
    if used != stored.len() {
        return Err(format!("the envelope ends after {used} of {} bytes", stored.len()));
    }
    let (_, position, revision, stream, previous, id, kind, recorded_at_micros, body, meta) = envelope;
    Ok(Brief {
        position: Position(position),
        revision: Revision(revision),
        stream,
        previous,
        id: EventId(id),
        kind,
        recorded_at_micros,
        body,
        meta,
        stored,
    })
}

/// The same in less time, where the bytes are as this program writes them and far from the bounds; nothing where bincode has to say what they are, or what
/// is wrong with them.
fn quick(stored: &[u8]) -> Option<Brief<'_>> {
    // bincode counts each number against its bound as if it took all of its bytes.
    if STORED_BYTES_MAX < stored.len() + 64 {
        return None;
    }
    let (_, mut rest) = stored.split_first()?;
    let rest = &mut rest;
    let (position, revision) = (Position(number(rest)?), Revision(number(rest)?));
    let stream = std::str::from_utf8(piece(rest)?).ok()?;
    let previous = match array::<1>(rest)? {
        [0] => None,
        [1] => Some(array(rest)?),
        _ => return None,
    };
    let (id, kind) = (EventId(array(rest)?), u32::try_from(number(rest)?).ok()?);
    let time = number(rest)?;
    let recorded_at_micros = (time >> 1).cast_signed() ^ -((time & 1).cast_signed());
    let (body, meta) = (piece(rest)?, piece(rest)?);
    let brief =
        Brief { position, revision, stream, previous, id, kind, recorded_at_micros, body, meta, stored };
    rest.is_empty().then_some(brief)
}

/// Takes so many bytes.
fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (array, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*array)
}

/// Takes a number that is in the fewest bytes that hold it.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let (number, least) = match array::<1>(rest)? {
        [byte @ 0..=250] => (byte.into(), 0),
        [251] => (u16::from_le_bytes(array(rest)?).into(), 251),
        [252] => (u32::from_le_bytes(array(rest)?).into(), 1 << 16),
        [253] => (u64::from_le_bytes(array(rest)?), 1 << 32),
        _ => return None,
    };
    (least <= number).then_some(number)
}

/// Takes bytes, after their length.
fn piece<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(rest)?;
    let (piece, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(piece)
}

/// The stream of this name.
pub(crate) fn stream(name: &str) -> Result<StreamId, String> {
    name.parse().map_err(|error| format!("{name:?} {error}"))
}

/// The RFC 6962 hash of a leaf.
pub(crate) fn leaf_hash(stored: &[u8]) -> LeafHash {
    Sha256::new().chain_update([0]).chain_update(stored).finalize().into()
}

/// What two events of the same id are compared by: stream, kind and body.
pub(crate) fn content_hash((stream, kind, body): (&StreamId, u32, &[u8])) -> LeafHash {
    let stream = stream.as_str().as_bytes();
    Sha256::new()
        .chain_update((stream.len() as u64).to_le_bytes())
        .chain_update(stream)
        .chain_update(kind.to_le_bytes())
        .chain_update(body)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::stored::StoredEvent;

    fn event() -> NewEvent {
        NewEvent {
            id: EventId([0x0b; 16]),
            stream: "authority/hull".parse().unwrap(),
            kind: 12,
            body: b"body".to_vec(),
            meta: b"meta!".to_vec(),
        }
    }

    fn kept() -> StoredEvent {
        StoredEvent::new(Position(300), Revision(2), 1_700_000_000_000_000, Some([7; 32]), &event()).unwrap()
    }

    /// Committed once and never edited: these bytes are read for ever.
    const GOLDEN: &str = "01fb2c01020e617574686f726974792f68756c6c0107070707070707070707070707070707070707\
         070707070707070707070707070b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0cfd00803c3048140c0004\
         626f6479056d65746121";
    const GOLDEN_LEAF: &str = "eb3b03138280a061e879a40c1c1459ad2d78d6f6a12fb4172ec55e067ffc17e1";

    #[test]
    fn the_bytes_of_an_envelope_are_the_golden_ones() {
        assert_eq!(hex(kept().stored()), GOLDEN);
        assert_eq!(hex(&kept().leaf_hash()), GOLDEN_LEAF);
    }

    #[test]
    fn an_envelope_reads_back_as_it_was_written() {
        let read = StoredEvent::from_stored(kept().stored().clone()).unwrap();
        assert_eq!((read.position, read.revision), (Position(300), Revision(2)));
        assert_eq!((read.recorded_at_micros, read.previous), (1_700_000_000_000_000, Some([7; 32])));
        assert_eq!(read.offered(), event());
        assert_eq!((read.body(), read.meta()), (&b"body"[..], &b"meta!"[..]));
        assert_eq!(read.leaf_hash(), kept().leaf_hash());
        assert_eq!(read.detached(), kept());
    }

    #[test]
    fn the_quick_reading_reads_what_is_written_and_nothing_that_bincode_reads_otherwise() {
        let mut read = 0;
        for (position, body, meta, previous) in [
            (1, 3, 0, None),
            (250, 251, 250, Some([7; 32])),
            (70_000, 9, 300, None),
            (1 << 33, 0, 70_000, Some([251; 32])),
        ] {
            let (body, meta) = (vec![0xfb; body], vec![0xfd; meta]);
            let event = NewEvent { body, meta, ..event() };
            for time in [0, -1, i64::MIN, 1_700_000_000_000_000] {
                let (position, revision) = (Position(position), Revision(position / 2));
                let whole = StoredEvent::new(position, revision, time, previous, &event).unwrap();
                let brief = quick(whole.stored()).unwrap();
                assert_eq!(
                    (brief.recorded_at_micros, brief.body, brief.meta),
                    (time, whole.body(), whole.meta())
                );
                let mut bytes = whole.stored().to_vec();
                for at in (0..bytes.len().min(120)).chain(bytes.len().saturating_sub(3)..bytes.len()) {
                    let was = bytes[at];
                    for byte in 0..=u8::MAX {
                        bytes[at] = byte;
                        let decoded: Result<(EnvelopeV1<'_>, usize), _> =
                            bincode::borrow_decode_from_slice(&bytes, config());
                        let Some(quick) = quick(&bytes) else { continue };
                        let (envelope, used) = decoded.unwrap();
                        let Brief {
                            position, revision, stream, previous, id, kind, recorded_at_micros, ..
                        } = quick;
                        let (body, meta) = (quick.body, quick.meta);
                        assert_eq!(
                            (envelope, used),
                            (
                                (
                                    bytes[0],
                                    position.0,
                                    revision.0,
                                    stream,
                                    previous,
                                    id.0,
                                    kind,
                                    recorded_at_micros,
                                    body,
                                    meta
                                ),
                                bytes.len()
                            ),
                            "byte {at}"
                        );
                        read += 1;
                    }
                    bytes[at] = was;
                }
                (0..bytes.len().min(200)).for_each(|length| assert_eq!(super::quick(&bytes[..length]), None));
            }
        }
        assert!(10_000 < read, "{read} were read");
    }

    #[test]
    fn an_envelope_cut_lengthened_or_of_another_version_is_refused() {
        let stored = kept().stored().clone();
        for length in 0..stored.len() {
            StoredEvent::from_stored(stored.slice(..length)).unwrap_err();
        }
        StoredEvent::from_stored([&stored[..], &[0]].concat().into()).unwrap_err();
        StoredEvent::from_stored([&[2], &stored[1..]].concat().into()).unwrap_err();
    }

    #[test]
    fn the_content_is_stream_kind_and_body_and_not_meta() {
        let content_hash =
            |event: &NewEvent| content_hash((&event.stream, event.kind, event.body.as_slice()));
        let event = event();
        let same = NewEvent { meta: vec![], id: EventId([1; 16]), ..event.clone() };
        assert_eq!(content_hash(&event), content_hash(&same));
        for other in [
            NewEvent { kind: 13, ..event.clone() },
            NewEvent { body: b"bodY".to_vec(), ..event.clone() },
            NewEvent { stream: "authority/hul".parse().unwrap(), ..event.clone() },
        ] {
            assert_ne!(content_hash(&event), content_hash(&other));
        }
    }
}
