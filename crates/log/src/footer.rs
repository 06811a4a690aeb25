//! The footer of a sealed chunk: what the chunk holds, a checksum over all of it, and the hash tree up to its end.
//!
//! ```text
//!  0      4        8         10     12      16         24          32         36         40        72      104      108
//!  | SEAL | length | version | zero | count | position | recorded  | checksum | checksum | leaf    | tree  | length | frontier | zeros to a
//!  |      | of it  | 1       |      | of    | of the   | at of the | of the   | of the   | of last | root  | of the |          | multiple
//!  |      |        |         |      | frames| last     | last      | footer   | chunk    | event   |       | next   |          | of 8
//! ```
//!
//! The checksum of the footer covers log id, first position of the chunk and offset of the footer, then the footer without the checksum's own
//! four bytes. The checksum of the chunk covers every byte before the footer.

use docket_domain::Position;
use docket_proof::Frontier;

use crate::bytes::{array_at, u16_at, u32_at, u64_at};
use crate::event_log::LeafHash;
use crate::frame::{ALIGN, MARKER_FOOTER, NotAFrame, Site};

const VERSION: u16 = 1;
const FRONTIER_AT: usize = 108;
/// Most bytes of a footer: a frontier has at most 64 hashes.
pub(crate) const FOOTER_LEN_MAX: usize = 2_560;

/// What a sealed chunk says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Footer {
    /// Number of frames.
    pub(crate) frames: u32,
    /// Position of the last event.
    pub(crate) last: Position,
    /// When it was recorded.
    pub(crate) recorded_at_micros: i64,
    /// Its leaf hash.
    pub(crate) leaf: LeafHash,
    /// CRC-32 of all bytes of the chunk before the footer.
    pub(crate) chunk_crc: u32,
    /// The hash tree over all events up to the last.
    pub(crate) frontier: Frontier,
}

impl Footer {
    /// The bytes of the footer at this site.
    pub(crate) fn encode(&self, site: Site) -> Vec<u8> {
        let frontier = self.frontier.to_bytes();
        let length = (FRONTIER_AT + frontier.len()).next_multiple_of(ALIGN);
        let mut bytes = Vec::with_capacity(length);
        bytes.extend(MARKER_FOOTER);
        bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(0_u16.to_le_bytes());
        bytes.extend(self.frames.to_le_bytes());
        bytes.extend(self.last.0.to_le_bytes());
        bytes.extend(self.recorded_at_micros.to_le_bytes());
        let mut after = Vec::from(self.chunk_crc.to_le_bytes());
        after.extend(self.leaf);
        after.extend(self.frontier.root());
        after.extend(u32::try_from(frontier.len()).unwrap_or(u32::MAX).to_le_bytes());
        after.extend(frontier);
        after.resize(length - bytes.len() - 4, 0);
        let crc = site.crc(&bytes, &after);
        bytes.extend(crc.to_le_bytes());
        bytes.extend(after);
        bytes
    }

    /// The footer that begins with these bytes at this site, and its length.
    pub(crate) fn decode(site: Site, bytes: &[u8]) -> Result<(Self, usize), NotAFrame> {
        let wrong = |what: &str| NotAFrame(format!("the footer {what}"));
        let cut = || wrong("is cut");
        if !bytes.starts_with(&MARKER_FOOTER) {
            return Err(wrong("does not begin here"));
        }
        let length = u32_at(bytes, 4).ok_or_else(cut)? as usize;
        let whole = bytes.get(..length).ok_or_else(cut)?;
        let (before, after) = (whole.get(..32).ok_or_else(cut)?, whole.get(36..).ok_or_else(cut)?);
        if u32_at(whole, 32) != Some(site.crc(before, after)) {
            return Err(wrong("does not have the checksum that it says"));
        }
        let version = u16_at(whole, 8).ok_or_else(cut)?;
        if version != VERSION {
            return Err(NotAFrame(format!("footer format {version} is not known to this program")));
        }
        let frontier_len = u32_at(whole, FRONTIER_AT - 4).ok_or_else(cut)? as usize;
        let frontier = whole.get(FRONTIER_AT..FRONTIER_AT.saturating_add(frontier_len)).ok_or_else(cut)?;
        let frontier = Frontier::from_bytes(frontier)
            .map_err(|error| NotAFrame(format!("the footer's frontier cannot be read: {error}")))?;
        let footer = || {
            Some(Self {
                frames: u32_at(whole, 12)?,
                last: Position(u64_at(whole, 16)?),
                recorded_at_micros: i64::from_le_bytes(array_at(whole, 24)?),
                chunk_crc: u32_at(whole, 36)?,
                leaf: array_at(whole, 40)?,
                frontier: frontier.clone(),
            })
        };
        let footer = footer().ok_or_else(cut)?;
        if footer.frontier.size() != footer.last.0 || array_at(whole, 72) != Some(footer.frontier.root()) {
            return Err(wrong("contradicts itself"));
        }
        Ok((footer, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    const SITE: Site = Site { log_id: [9; 16], chunk: Position(1), offset: 72 };
    /// Committed once and never edited: these bytes are read for ever.
    const GOLDEN: &str = "5345414cb80000000100000003000000050000000000000000401e18240a06008cc9a0877856341205050505\
         050505050505050505050505050505050505050505050505050505056ff0c6808a81ea1b1baaf8ea3bba8464\
         4330f485b1b48f097bfde8b76fc02e7c480000000500000000000000c3e6c58c4802de670cf839d693e04ffc\
         7c0e91c32ea81586e0dcb9433a9a2c3005050505050505050505050505050505050505050505050505050505\
         0505050500000000";

    fn footer() -> Footer {
        let mut frontier = Frontier::new();
        (1..=5).for_each(|number| frontier.push([number; 32]));
        Footer {
            frames: 3,
            last: Position(5),
            recorded_at_micros: 1_700_000_000_000_000,
            leaf: [5; 32],
            chunk_crc: 0x1234_5678,
            frontier,
        }
    }

    #[test]
    fn the_bytes_of_a_footer_are_the_golden_ones() {
        assert_eq!(hex(&footer().encode(SITE)), GOLDEN);
    }

    #[test]
    fn a_footer_reads_back_as_it_was_written() {
        let bytes = footer().encode(SITE);
        assert_eq!(Footer::decode(SITE, &bytes), Ok((footer(), bytes.len())));
        assert!(bytes.len().is_multiple_of(ALIGN));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_a_footer_is_noticed() {
        let bytes = footer().encode(SITE);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            Footer::decode(SITE, &flipped).unwrap_err();
        }
        for length in 0..bytes.len() {
            Footer::decode(SITE, &bytes[..length]).unwrap_err();
        }
        Footer::decode(Site { offset: 80, ..SITE }, &bytes).unwrap_err();
    }
}
