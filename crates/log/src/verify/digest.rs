//! What can be found out about a piece by itself: checksums and leaf hashes. Pieces are digested side by side.

use docket_domain::Position;

use crate::bytes::u32_at;
use crate::envelope;
use crate::event_log::LeafHash;
use crate::frame::{ALIGN, HEAD_LEN, ROW_LEN};

use super::pieces::Piece;

/// A piece, digested.
pub(crate) struct Digest {
    /// Over the bytes of the piece.
    pub(crate) crc: crc32fast::Hasher,
    /// Of each event; none where its checksum does not match.
    pub(crate) leaves: Vec<Option<LeafHash>>,
    /// Numbers of the frames that do not end in zeros.
    pub(crate) untidy: Vec<usize>,
}

/// An event of a piece, as the frame's table has it.
pub(crate) struct Row<'a> {
    pub(crate) position: Position,
    /// Where in the chunk its frame begins.
    pub(crate) frame: u64,
    /// None where the table leads out of the frame.
    pub(crate) stored: Option<&'a [u8]>,
    crc: Option<u32>,
}

/// The events of all frames of a piece.
pub(crate) fn rows(piece: &Piece) -> impl Iterator<Item = Row<'_>> {
    piece.frames.iter().flat_map(move |(begin, head)| {
        let bytes = piece.bytes.get(*begin..*begin + head.length as usize).unwrap_or_default();
        let mut at = head.table_end();
        (0..head.count as usize).zip(head.first.0..).map(move |(row, position)| {
            let length = u32_at(bytes, HEAD_LEN + row * ROW_LEN).map_or(usize::MAX, |length| length as usize);
            let stored = bytes.get(at..at.saturating_add(length));
            at = at.saturating_add(length);
            let crc = u32_at(bytes, HEAD_LEN + row * ROW_LEN + 4);
            Row { position: Position(position), frame: piece.offset + *begin as u64, stored, crc }
        })
    })
}

/// Compares checksums and computes leaf hashes.
pub(crate) fn digest(piece: &Piece) -> Digest {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&piece.bytes);
    let leaf = |row: Row<'_>| {
        let whole = row.stored.filter(|stored| Some(crc32fast::hash(stored)) == row.crc);
        whole.map(envelope::leaf_hash)
    };
    let leaves = rows(piece).map(leaf).collect();
    let frames = piece.frames.iter().enumerate();
    let untidy = frames.filter(|(_, (begin, head))| {
        let bytes = piece.bytes.get(*begin..*begin + head.length as usize).unwrap_or_default();
        let lengths = (0..head.count as usize).map(|row| u32_at(bytes, HEAD_LEN + row * ROW_LEN));
        let end =
            lengths.fold(head.table_end(), |end, length| end.saturating_add(length.unwrap_or(0) as usize));
        let padding = bytes.get(end..);
        padding.is_none_or(|padding| padding.len() >= ALIGN || padding.iter().any(|byte| *byte != 0))
    });
    let untidy = untidy.map(|(number, _)| number).collect();
    Digest { crc, leaves, untidy }
}
