//! Copies the chunks of a log, also of one that is being written, and verifies what is copied: every checksum, and the tree of hashes against
//! each footer. A sealed chunk is copied as it is. Of the open chunk the whole frames are copied, after they were synced: nothing is in a
//! copy that a power cut could still take from the log.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_domain::Position;
use docket_proof::Frontier;

use crate::bytes::size;
use crate::chunk::{self, Chunk, file_name, io_error, parse_name};
use crate::disk::{Disk as _, DiskFile, OsDisk, ReadOnlyDisk};
use crate::event_log::LogError;
use crate::footer::Footer;
use crate::frame;
use crate::scan::Damage;
use crate::verify::digest::{digest, rows};
use crate::verify::pieces::{End, Met, Reader};

/// Bytes that are compared at once.
const COMPARED_BYTES: usize = 1 << 20;

/// A chunk that can be copied.
pub struct ChunkPart {
    chunk: Arc<Chunk>,
    end: u64,
    footer: Option<Footer>,
    length: u64,
    last: Position,
}

/// A log whose chunks are copied, one after the other. A clone goes on from the same chunk.
#[derive(Clone)]
pub struct Copier {
    directory: PathBuf,
    next: Position,
    /// Over all events of the chunks before the next.
    tree: Frontier,
    /// The name of the chunk that was being written: the last.
    open: Option<String>,
}

/// Is told of each event that is copied: its position, and the tree up to it. Says what is wrong with that, to end the copying.
pub type Copied<'a> = &'a mut dyn FnMut(Position, &Frontier) -> Result<(), String>;

/// What there is of a chunk where copies are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// The sealed chunk as it is: as long, with the same footer.
    Same,
    /// Its beginning.
    Beginning,
    /// Something else, and how it differs.
    Other(String),
}

impl ChunkPart {
    /// The name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.chunk.name
    }

    /// The position of its first event.
    #[must_use]
    pub fn first(&self) -> Position {
        self.chunk.first
    }

    /// The position of its last event.
    #[must_use]
    pub fn last(&self) -> Position {
        self.last
    }

    /// Whether it is never written again.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.footer.is_some()
    }

    /// Bytes of the copy.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    fn damaged(&self, offset: u64, first: Position, last: Position, what: impl Into<String>) -> LogError {
        Damage { chunk: self.chunk.name.clone(), offset, first, last, what: what.into() }.into()
    }
}

impl Copier {
    /// The log in this data directory.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.join("chunks"), next: Position(1), tree: Frontier::new(), open: None }
    }

    /// The next chunk; none after the one that is being written.
    ///
    /// # Errors
    /// [`LogError::Damaged`] if it is missing, or is no chunk; [`LogError::Io`] if the system refuses.
    pub fn part(&mut self) -> Result<Option<ChunkPart>, LogError> {
        let name = file_name(self.next);
        if self.open.is_some() || !self.directory.join(&name).exists() {
            return self.nothing_follows(name);
        }
        let chunk = match chunk::open(&ReadOnlyDisk, &self.directory, &name)? {
            Ok(chunk) => Arc::new(chunk),
            Err(what) => {
                let damage =
                    Damage { chunk: name.clone(), offset: 0, first: self.next, last: self.next, what };
                return Err(damage.into());
            }
        };
        let sealed = chunk.sealed.get().map(|(end, footer)| (*end, Some(footer.clone()), footer.last));
        let (end, footer, last) = match sealed {
            Some(sealed) => sealed,
            None => measured(&chunk, self.next)?,
        };
        let length = end + footer.as_ref().map_or(0, |footer| footer.encode(chunk.site(end)).len() as u64);
        self.open = footer.is_none().then_some(name);
        Ok(Some(ChunkPart { chunk, end, footer, length, last }))
    }

    /// Says that the log ends here, where it does.
    fn nothing_follows(&self, name: String) -> Result<Option<ChunkPart>, LogError> {
        let failed = |source| io_error(format!("listing {}", self.directory.display()), source);
        let names = ReadOnlyDisk.names(&self.directory).map_err(failed)?;
        let others = names.iter().filter(|name| Some(*name) != self.open.as_ref());
        let later = others.filter_map(|name| parse_name(name)).filter(|first| self.next <= *first).min();
        match (&self.open, later) {
            (Some(open), Some(_)) => {
                // Sealed since it was looked at, or never.
                let sealed = chunk::open(&ReadOnlyDisk, &self.directory, open)?;
                if sealed.is_ok_and(|chunk| chunk.footer().is_some()) {
                    return Ok(None);
                }
                let what = "others follow, and it is not sealed: a version without footers wrote it; start a server on the directory once";
                let damage = Damage {
                    chunk: open.clone(),
                    offset: 0,
                    first: self.next,
                    last: self.next,
                    what: what.to_owned(),
                };
                Err(damage.into())
            }
            (None, Some(later)) => {
                let what = "the chunk is missing".to_owned();
                let last = Position(later.0 - 1);
                Err(Damage { chunk: name, offset: 0, first: self.next, last, what }.into())
            }
            (_, None) if self.next == Position(1) && self.open.is_none() => {
                Err(failed(std::io::Error::new(std::io::ErrorKind::NotFound, "there is no chunk in it")))
            }
            (_, None) => Ok(None),
        }
    }

    /// Compares a chunk with the copy in a directory of chunks, and goes on behind it where that is [`There::Same`].
    ///
    /// # Errors
    /// [`LogError::Io`] if the system refuses.
    pub fn compare(&mut self, part: &ChunkPart, copies: &Path) -> Result<There, LogError> {
        if !copies.join(part.name()).exists() {
            return Ok(There::Nothing);
        }
        let there = match chunk::open(&ReadOnlyDisk, copies, part.name())? {
            Ok(there) => there,
            Err(what) => return Ok(There::Other(what)),
        };
        let length = there.file.length().map_err(|source| there.io("measuring", source))?;
        if let Some(footer) = part.footer.as_ref().filter(|footer| there.footer() == Some(footer))
            && length == part.length
        {
            self.tree = footer.frontier.clone();
            self.next = footer.last.next();
            return Ok(There::Same);
        }
        let differs = differs(&*part.chunk.file, &*there.file, length.min(part.end))?;
        Ok(match differs {
            None if length <= part.end => There::Beginning,
            None if length == part.length => There::Other("its footer is not the log's".to_owned()),
            None => There::Other(format!("the log's ends at offset {}, the copy does not", part.end)),
            Some(at) => There::Other(format!("they differ from offset {at} on")),
        })
    }

    /// Whether a copy that is [`There::Other`] is one of this chunk that rotted: nothing in it that is as somebody wrote it differs from what
    /// the log has in its place. Where something does, the copy is of another history, or it is the log that rotted.
    ///
    /// # Errors
    /// [`LogError::Io`] if the system refuses.
    pub fn is_rotten(part: &ChunkPart, copies: &Path) -> Result<bool, LogError> {
        let opened = chunk::open(&ReadOnlyDisk, copies, part.name())?;
        if opened.as_ref().is_ok_and(|there| there.log_id != part.chunk.log_id) {
            return Ok(false);
        }
        // Without its header it is known by what a frame of this log, at this place, has in its checksum.
        let mut known = opened.is_ok();
        let identity = (part.chunk.log_id, part.first());
        let there = Arc::new(chunk::open_as(&ReadOnlyDisk, copies, part.name(), identity)?);
        let length = there.file.length().map_err(|source| there.io("measuring", source))?;
        let other = there.footer().is_some_and(|footer| Some(footer) != part.footer.as_ref());
        if other || part.length < length {
            return Ok(false);
        }
        let mut reader = Reader::to(Arc::clone(&there), part.end, part.last);
        loop {
            let piece = match reader.read()? {
                Met::Piece(piece) => piece,
                Met::Gap(_) => continue,
                Met::End(_) => return Ok(known),
            };
            let mut ours = vec![0; piece.bytes.len()];
            let failed = |source| part.chunk.io("reading", source);
            part.chunk.file.read_at(&mut ours, piece.offset).map_err(failed)?;
            for (begin, head) in &piece.frames {
                let range = *begin..*begin + head.length as usize;
                let bytes = piece.bytes.get(range.clone()).unwrap_or_default();
                if frame::check(there.site(piece.offset + *begin as u64), bytes).is_err() {
                    continue;
                }
                if ours.get(range) != Some(bytes) {
                    return Ok(false);
                }
                known = true;
            }
        }
    }

    /// Verifies the copy of a sealed chunk that is [`There::Same`], as it was when it was written: so this is asked of the copier as it was
    /// before it compared the two.
    ///
    /// # Errors
    /// [`LogError::Damaged`] if something in it is not as it was written; [`LogError::Io`] if the system refuses.
    pub fn check(mut self, part: &ChunkPart, copies: &Path) -> Result<(), LogError> {
        let there = chunk::open(&ReadOnlyDisk, copies, part.name())?;
        let there = there.map_err(|what| part.damaged(0, part.first(), part.last, what))?;
        let (end, footer, length, last) = (part.end, part.footer.clone(), part.length, part.last);
        let copy = ChunkPart { chunk: Arc::new(there), end, footer, length, last };
        self.write(&copy, &mut std::io::sink(), &mut |_, _| Ok(()))
    }

    /// Writes the bytes of a chunk, each piece after it was verified. `copied` is told of each event.
    ///
    /// # Errors
    /// [`LogError::Damaged`] if something in it is not as it was written; [`LogError::Io`] if the system refuses.
    pub fn write(
        &mut self,
        part: &ChunkPart,
        to: &mut dyn Write,
        copied: Copied<'_>,
    ) -> Result<(), LogError> {
        let writing = |source| part.chunk.io("writing the copy of", source);
        if part.footer.is_none() {
            part.chunk.file.sync_data().map_err(|source| part.chunk.io("syncing", source))?;
        }
        let mut reader = Reader::to(Arc::clone(&part.chunk), part.end, part.last);
        let (mut crc, mut at) = (crc32fast::Hasher::new(), 0);
        if part.last < part.first() {
            // No event yet: the header alone.
            let mut header = vec![0; size(part.end)];
            part.chunk.file.read_at(&mut header, 0).map_err(|source| part.chunk.io("reading", source))?;
            return to.write_all(&header).map_err(writing);
        }
        while at < part.end {
            let piece = match reader.read()? {
                Met::Piece(piece) => piece,
                Met::Gap(gap) => {
                    let (first, last) = gap.lost.unwrap_or((self.next, self.next));
                    return Err(part.damaged(gap.offset, first, last, gap.what));
                }
                Met::End(End { offset, .. }) => {
                    return Err(part.damaged(offset, self.next, part.last, "the frames end early"));
                }
            };
            let digest = digest(&piece);
            for (row, leaf) in rows(&piece).zip(&digest.leaves) {
                let what = "the checksum of the event does not match";
                let leaf = leaf.ok_or_else(|| part.damaged(row.frame, row.position, row.position, what))?;
                self.tree.push(leaf);
                self.next = row.position.next();
                copied(row.position, &self.tree)
                    .map_err(|what| part.damaged(row.frame, row.position, row.position, what))?;
            }
            if let Some(number) = digest.untidy.first().and_then(|number| piece.frames.get(*number)) {
                let (begin, head) = number;
                let what = "the frame does not end in zeros";
                return Err(part.damaged(piece.offset + *begin as u64, head.first, head.last(), what));
            }
            crc.combine(&digest.crc);
            to.write_all(&piece.bytes).map_err(writing)?;
            at += piece.bytes.len() as u64;
        }
        if let Some(footer) = &part.footer {
            let wrong = |what: &str| part.damaged(part.end, part.first(), part.last, what);
            if crc.finalize() != footer.chunk_crc {
                return Err(wrong("the checksum of the chunk is not the one in its footer"));
            }
            if self.tree != footer.frontier {
                return Err(wrong("the tree of the events is not the one in the footer"));
            }
            to.write_all(&footer.encode(part.chunk.site(part.end))).map_err(writing)?;
        }
        Ok(())
    }

    /// Writes a copy of a chunk into a directory of chunks, under a name that is removed when a log is opened there, and then under its own.
    ///
    /// # Errors
    /// As [`Copier::write`].
    pub fn write_file(
        &mut self,
        part: &ChunkPart,
        copies: &Path,
        copied: Copied<'_>,
    ) -> Result<(), LogError> {
        let path = copies.join(part.name());
        let unfinished = copies.join(format!("{}.new", part.name()));
        let failed = |doing: &'static str| {
            let path = unfinished.display().to_string();
            move |source| io_error(format!("{doing} {path}"), source)
        };
        let file = std::fs::File::create(&unfinished).map_err(failed("creating"))?;
        let mut writer = std::io::BufWriter::with_capacity(COMPARED_BYTES, &file);
        self.write(part, &mut writer, copied)?;
        writer.flush().map_err(failed("writing"))?;
        drop(writer);
        if part.is_sealed() {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o444);
            file.set_permissions(mode).map_err(failed("changing the rights of"))?;
        }
        file.sync_all().map_err(failed("syncing"))?;
        OsDisk.rename(&unfinished, &path).map_err(failed("naming"))?;
        OsDisk.sync_directory(copies).map_err(failed("syncing the directory of"))
    }
}

/// Where the frames of a chunk end that is not sealed, its footer if it was sealed meanwhile, and its last position.
fn measured(chunk: &Arc<Chunk>, first: Position) -> Result<(u64, Option<Footer>, Position), LogError> {
    let mut reader = Reader::new(Arc::clone(chunk), None);
    let mut last = Position(first.0 - 1);
    loop {
        match reader.read()? {
            Met::Piece(piece) => last = piece.frames.last().map_or(last, |(_, head)| head.last()),
            Met::Gap(gap) => {
                let (first, last) = gap.lost.unwrap_or((last.next(), last.next()));
                let chunk = chunk.name.clone();
                return Err(Damage { chunk, offset: gap.offset, first, last, what: gap.what }.into());
            }
            Met::End(end) => return Ok((end.offset, end.footer.map(|(footer, _)| *footer), last)),
        }
    }
}

/// The first of these bytes that differs between two files.
fn differs(one: &dyn DiskFile, other: &dyn DiskFile, length: u64) -> Result<Option<u64>, LogError> {
    let failed = |source| io_error("comparing a chunk with its copy", source);
    let mut at = 0;
    while at < length {
        let wanted = COMPARED_BYTES.min(size(length - at));
        let (mut ours, mut theirs) = (vec![0; wanted], vec![0; wanted]);
        let read = one.read_at(&mut ours, at).map_err(failed)?;
        if other.read_at(&mut theirs, at).map_err(failed)? != read || read < wanted {
            return Ok(Some(at));
        }
        if let Some(place) = ours.iter().zip(&theirs).position(|(one, other)| one != other) {
            return Ok(Some(at + place as u64));
        }
        at += read as u64;
    }
    Ok(None)
}
