//! What holds between events and chunks, in the order of the log.

use std::collections::HashMap;

use docket_domain::{Position, Revision};
use docket_proof::Frontier;

use crate::chunk::Chunk;
use crate::envelope::{self, Brief};
use crate::event_log::LeafHash;
use crate::footer::Footer;

use super::digest::{Digest, rows};
use super::once::Once;
use super::pieces::{End, Gap, Piece};
use super::tiles::Tiles;
use super::{Problem, Seen, Verified, Watch};

/// The last event of a stream.
struct Tip {
    /// Of the stream: 0, 1, 2 … as they first came.
    number: usize,
    position: Position,
    revision: Revision,
    leaf: LeafHash,
}

/// What is known of the log up to where verification has come.
pub(super) struct Links<'a> {
    pub(super) watch: &'a mut dyn Watch,
    pub(super) once: Once,
    pub(super) tiles: Tiles,
    pub(super) verified: Verified,
    tips: HashMap<String, Tip>,
    /// Over all events so far; none after events that cannot be read, until a footer tells.
    tree: Option<Frontier>,
    next: Position,
    /// The last position that could not be read.
    lost: Position,
    recorded_at_micros: i64,
    chunk: OfChunk,
}

/// What is known of the chunk that is being read.
#[derive(Default)]
struct OfChunk {
    /// Over its bytes; none where some were stepped over.
    crc: Option<crc32fast::Hasher>,
    frames: u32,
    /// Position and leaf hash of its last event, and when that was recorded.
    last: Option<(Position, LeafHash, i64)>,
}

/// A place in a chunk, and the position there.
#[derive(Clone, Copy)]
struct Place<'a> {
    chunk: &'a Chunk,
    offset: u64,
    position: Position,
}

impl<'a> Links<'a> {
    pub(super) fn new(watch: &'a mut dyn Watch, once: Once, tiles: Tiles) -> Self {
        Self {
            watch,
            once,
            tiles,
            verified: Verified::default(),
            tips: HashMap::new(),
            tree: Some(Frontier::new()),
            next: Position(1),
            lost: Position::START,
            recorded_at_micros: i64::MIN,
            chunk: OfChunk::default(),
        }
    }

    /// A chunk that is none: whoever says so has told of it.
    pub(super) fn unreadable(&mut self, last: Position) {
        self.lose(last);
        self.next = last.next();
    }

    /// The next chunk begins.
    pub(super) fn begin(&mut self, chunk: &Chunk) {
        self.verified.chunks += 1;
        self.chunk = OfChunk { crc: Some(crc32fast::Hasher::new()), ..OfChunk::default() };
        if self.next < chunk.first {
            let last = Position(chunk.first.0 - 1);
            let what = "the chunk that held these positions is missing".to_owned();
            self.problem(chunk, None, Some((self.next, last)), what);
            self.lose(last);
        } else if chunk.first < self.next {
            let last = Position(self.next.0 - 1);
            let what = "these positions are in the chunk before it too".to_owned();
            self.problem(chunk, None, Some((chunk.first, last)), what);
            self.tree = None;
        }
        self.next = chunk.first;
    }

    /// Frames, and what was found out about them.
    pub(super) fn piece(&mut self, piece: &Piece, digest: &Digest) {
        let chunk = &*piece.chunk;
        if let Some(crc) = &mut self.chunk.crc {
            crc.combine(&digest.crc);
        }
        self.chunk.frames += u32::try_from(piece.frames.len()).unwrap_or(u32::MAX);
        for number in &digest.untidy {
            let Some((begin, head)) = piece.frames.get(*number) else { continue };
            let what = "the frame does not end in zeros".to_owned();
            self.problem(chunk, Some(piece.offset + *begin as u64), Some((head.first, head.last())), what);
        }
        for (row, leaf) in rows(piece).zip(&digest.leaves) {
            let place = Place { chunk, offset: row.frame, position: row.position };
            match (row.stored, leaf) {
                (Some(stored), Some(leaf)) => self.event(place, stored, *leaf),
                _ => {
                    self.wrong(place, "the checksum of the event does not match");
                    self.lose(row.position);
                }
            }
            self.next = row.position.next();
        }
        self.verified.bytes += piece.bytes.len() as u64;
        self.watch.progress(self.verified.bytes);
    }

    /// Bytes that should be frames.
    pub(super) fn gap(&mut self, chunk: &Chunk, gap: Gap) {
        self.chunk.crc = None;
        if let Some((_, last)) = gap.lost {
            self.lose(last);
            self.next = last.next();
        }
        self.problem(chunk, Some(gap.offset), gap.lost, gap.what);
    }

    /// The frames of a chunk end.
    pub(super) fn end(&mut self, chunk: &Chunk, end: &End) {
        if let Some((footer, length)) = &end.footer {
            self.verified.sealed += 1;
            self.footer(chunk, end.offset, footer);
            let after = end.offset + length;
            if chunk.file.length().is_ok_and(|length| after < length) {
                self.problem(chunk, Some(after), None, "bytes stand after the footer".to_owned());
            }
            return;
        }
        let name = &chunk.name;
        match &end.rest {
            Some((bytes, what)) if end.last => self.watch.note(format!(
                "{name} has {bytes} bytes after its last event, at offset {}, as a write leaves them that is under way or was cut off: {what}",
                end.offset
            )),
            Some((_, what)) => {
                self.problem(chunk, Some(end.offset), None, format!("the chunk has no footer: {what}"));
            }
            None if end.last => {}
            None => self.watch.note(format!(
                "{name} was not sealed (a version without footers wrote it, or the process ended): the next start seals it"
            )),
        }
    }

    /// Compares a footer with what was read.
    fn footer(&mut self, chunk: &Chunk, offset: u64, footer: &Footer) {
        let mut wrong = Vec::new();
        if let Some(crc) = self.chunk.crc.take() {
            if crc.finalize() != footer.chunk_crc {
                wrong.push("the checksum of the chunk does not match".to_owned());
            }
            if footer.frames != self.chunk.frames {
                wrong.push(format!("it says {} frames, there are {}", footer.frames, self.chunk.frames));
            }
        }
        if let Some((position, leaf, recorded_at_micros)) = self.chunk.last
            && position == footer.last
        {
            if leaf != footer.leaf {
                wrong.push("the leaf hash of the last event does not match".to_owned());
            }
            if recorded_at_micros != footer.recorded_at_micros {
                wrong.push("the time of the last event does not match".to_owned());
            }
        }
        match &self.tree {
            Some(tree) if *tree != footer.frontier => {
                wrong.push("the root of the tree is not that of the events".to_owned());
            }
            Some(_) => {}
            None => {
                self.watch.note(format!(
                    "the tree goes on with the frontier in the footer of {}, as events before cannot be read",
                    chunk.name
                ));
                self.tree = Some(footer.frontier.clone());
            }
        }
        for what in wrong {
            let positions = Some((chunk.first, footer.last));
            self.problem(
                chunk,
                Some(offset),
                positions,
                format!("the footer is not that of the chunk: {what}"),
            );
        }
    }

    /// An event whose checksum matches.
    fn event(&mut self, place: Place<'_>, stored: &[u8], leaf: LeafHash) {
        self.leaf(place.position, leaf);
        let event = match envelope::brief(stored) {
            Ok(event) => event,
            Err(what) => {
                self.wrong(place, &format!("the event cannot be understood: {what}"));
                self.lost = place.position;
                return;
            }
        };
        self.verified.events += 1;
        if event.position != place.position {
            self.wrong(place, &format!("the event says that its position is {}", event.position));
        }
        if event.recorded_at_micros < self.recorded_at_micros {
            self.wrong(place, "the event was recorded before the one before it");
        }
        self.recorded_at_micros = self.recorded_at_micros.max(event.recorded_at_micros);
        self.chunk.last = Some((place.position, leaf, event.recorded_at_micros));
        self.once.add(event.id);
        let number = self.link(place, &event, leaf);
        self.watch.event(&Seen {
            chunk: &place.chunk.name,
            offset: place.offset,
            position: place.position,
            revision: event.revision,
            stream: event.stream,
            stream_number: number,
            kind: event.kind,
            leaf_hash: leaf,
            body: event.body,
            tree: self.tree.as_ref(),
        });
    }

    /// Compares an event with the one before it in its stream. Gives the number of the stream.
    fn link(&mut self, place: Place<'_>, event: &Brief<'_>, leaf: LeafHash) -> usize {
        let tip = Tip { number: 0, position: place.position, revision: event.revision, leaf };
        let Some(before) = self.tips.get_mut(event.stream) else {
            let number = self.tips.len();
            self.tips.insert(event.stream.to_owned(), Tip { number, ..tip });
            if let Err(what) = envelope::stream(event.stream) {
                self.wrong(place, &format!("the event is of no stream: {what}"));
            }
            // The stream may have begun among events that cannot be read.
            if self.lost == Position::START && (event.revision, event.previous) != (Revision(1), None) {
                let revision = event.revision;
                self.wrong(place, &format!("the stream {} begins with revision {revision}", event.stream));
            }
            return number;
        };
        let number = before.number;
        let before = std::mem::replace(before, Tip { number, ..tip });
        let next = before.revision.next();
        let hidden = before.position < self.lost && next < event.revision;
        if event.revision != next && !hidden {
            let what =
                format!("the event is revision {} of {}, {next} comes next", event.revision, event.stream);
            self.wrong(place, &what);
        } else if event.previous != Some(before.leaf) && !hidden {
            let what = format!(
                "the event does not have the hash of the one before it in {}, at position {}",
                event.stream, before.position
            );
            self.wrong(place, &what);
        }
        number
    }

    /// Adds a leaf to the tree, and compares the files with it.
    fn leaf(&mut self, position: Position, leaf: LeafHash) {
        let Self { tree, tiles, watch, .. } = self;
        tiles.add(0, position.0 - 1, leaf, *watch);
        if let Some(tree) = tree {
            let size = tree.size() + 1;
            tree.push_with(leaf, |level, hash| {
                let width = crate::hashes::WIDTH.checked_pow(u32::from(level)).unwrap_or(u64::MAX);
                tiles.add(usize::from(level), (size / width).saturating_sub(1), *hash, *watch);
            });
        }
    }

    /// Everything was read.
    pub(super) fn finish(&mut self) {
        self.verified.leaf_hashes = self.tiles.finish(self.watch);
        self.verified.last = Position(self.next.0 - 1);
        self.verified.streams = self.tips.len() as u64;
        self.verified.root = self.tree.as_ref().map(Frontier::root);
    }

    fn lose(&mut self, last: Position) {
        self.lost = last;
        self.tree = None;
    }

    fn wrong(&mut self, place: Place<'_>, what: &str) {
        let positions = Some((place.position, place.position));
        self.problem(place.chunk, Some(place.offset), positions, what.to_owned());
    }

    fn problem(
        &mut self,
        chunk: &Chunk,
        offset: Option<u64>,
        positions: Option<(Position, Position)>,
        what: String,
    ) {
        self.watch.problem(Problem { file: format!("chunks/{}", chunk.name), offset, positions, what });
    }
}
