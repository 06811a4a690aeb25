//! One chunk file: its name, its header, how it is created and opened.

use std::path::Path;
use std::sync::OnceLock;

use docket_domain::Position;

use crate::bytes::{array_at, u32_at, u64_at};
use crate::disk::{Disk, DiskFile};
use crate::event_log::LogError;
use crate::footer::{FOOTER_LEN_MAX, Footer};
use crate::frame::{ALIGN, MARKER_FOOTER, Site};

/// Bytes before the first frame.
pub(crate) const HEADER_LEN: u64 = 64;
const MAGIC: [u8; 8] = *b"DOCKETCH";
const VERSION: u32 = 1;
const NAME_END: &str = ".chunk";
/// End of the name of a chunk that is being created.
pub(crate) const UNFINISHED_END: &str = ".chunk.new";

/// An open chunk whose header is in order.
pub(crate) struct Chunk {
    pub(crate) name: String,
    pub(crate) log_id: [u8; 16],
    pub(crate) first: Position,
    pub(crate) file: Box<dyn DiskFile>,
    /// Its footer and the offset of that, once it is sealed.
    pub(crate) sealed: OnceLock<(u64, Footer)>,
}

impl Chunk {
    /// The place of a frame in this chunk.
    pub(crate) fn site(&self, offset: u64) -> Site {
        Site { log_id: self.log_id, chunk: self.first, offset }
    }

    /// Its footer, once it is sealed.
    pub(crate) fn footer(&self) -> Option<&Footer> {
        self.sealed.get().map(|(_, footer)| footer)
    }

    /// Seals the chunk, whose frames end at `end`: from now on it is only read.
    pub(crate) fn seal(&self, end: u64, footer: Footer) -> Result<(), LogError> {
        let bytes = footer.encode(self.site(end));
        self.file.write_all_at(&bytes, end).map_err(|source| self.io("writing the footer of", source))?;
        let length = end + bytes.len() as u64;
        self.file.set_length(length).map_err(|source| self.io("cutting", source))?;
        self.file.sync_all().map_err(|source| self.io("syncing", source))?;
        // A file system without such rights is none of our concern.
        let _ = self.file.set_read_only();
        let _ = self.sealed.set((end, footer));
        Ok(())
    }

    /// Looks for the footer where it must be: at the end of the file.
    fn find_footer(&self) -> Result<(), LogError> {
        let failed = |source| self.io("reading the footer of", source);
        let length = self.file.length().map_err(failed)?;
        let begin = length.saturating_sub(FOOTER_LEN_MAX as u64).next_multiple_of(ALIGN as u64);
        let mut bytes = vec![0; FOOTER_LEN_MAX];
        let read = self.file.read_at(&mut bytes, begin).map_err(failed)?;
        bytes.truncate(read);
        for at in (0..read).step_by(ALIGN) {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.starts_with(&MARKER_FOOTER)
                && let Ok((footer, footer_len)) = Footer::decode(self.site(begin + at as u64), rest)
                && footer_len == rest.len()
            {
                let _ = self.sealed.set((begin + at as u64, footer));
            }
        }
        Ok(())
    }

    /// An error of the system while `doing` something to this chunk.
    pub(crate) fn io(&self, doing: &str, source: std::io::Error) -> LogError {
        io_error(format!("{doing} {}", self.name), source)
    }
}

/// An error of the system.
pub(crate) fn io_error(doing: impl Into<String>, source: std::io::Error) -> LogError {
    LogError::Io { doing: doing.into(), source }
}

/// The name of the chunk whose first event has this position.
pub(crate) fn file_name(first: Position) -> String {
    format!("{:020}{NAME_END}", first.0)
}

/// The first position that a chunk's name tells; `None` where it is not the name of a chunk.
pub(crate) fn parse_name(name: &str) -> Option<Position> {
    let digits = name.strip_suffix(NAME_END)?;
    let first = Position(digits.parse().ok()?);
    (first.0 > 0 && file_name(first) == name).then_some(first)
}

/// The header of a chunk.
fn header(log_id: [u8; 16], first: Position) -> Vec<u8> {
    let mut bytes = Vec::from(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(log_id);
    bytes.extend(first.0.to_le_bytes());
    bytes.resize(60, 0);
    let crc = crc32fast::hash(&bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

/// Log id and first position of a header, or what is wrong with it.
fn parse_header(bytes: &[u8]) -> Result<([u8; 16], Position), String> {
    let whole = bytes.get(..64).ok_or("the file ends within its header")?;
    if array_at(whole, 0) != Some(MAGIC) {
        return Err("the header does not begin as a chunk's does".to_owned());
    }
    if whole.get(..60).map(crc32fast::hash) != u32_at(whole, 60) {
        return Err("the checksum of the header does not match".to_owned());
    }
    match (u32_at(whole, 8), array_at(whole, 16), u64_at(whole, 32)) {
        (Some(VERSION), Some(log_id), Some(first)) => Ok((log_id, Position(first))),
        (version, ..) => {
            Err(format!("chunk format {} is not known to this program", version.unwrap_or_default()))
        }
    }
}

/// Creates a chunk that survives a power cut with its header whole: written under another name, synced, then renamed.
pub(crate) fn create(
    disk: &dyn Disk,
    directory: &Path,
    log_id: [u8; 16],
    first: Position,
    chunk_bytes: u64,
) -> Result<Chunk, LogError> {
    let name = file_name(first);
    let path = directory.join(&name);
    let unfinished = directory.join(format!("{:020}{UNFINISHED_END}", first.0));
    let failed = |doing: &'static str| {
        let name = name.clone();
        move |source| io_error(format!("{doing} {name}"), source)
    };
    let file = disk.create(&unfinished).map_err(failed("creating"))?;
    file.allocate(chunk_bytes).map_err(failed("reserving room for"))?;
    file.write_all_at(&header(log_id, first), 0).map_err(failed("writing the header of"))?;
    file.sync_all().map_err(failed("syncing"))?;
    disk.rename(&unfinished, &path).map_err(failed("naming"))?;
    disk.sync_directory(directory).map_err(failed("syncing the directory of"))?;
    Ok(Chunk { name, log_id, first, file, sealed: OnceLock::new() })
}

/// Opens a chunk as one of this log, with this first position, whatever its header says.
pub(crate) fn open_as(
    disk: &dyn Disk,
    directory: &Path,
    name: &str,
    (log_id, first): ([u8; 16], Position),
) -> Result<Chunk, LogError> {
    let file =
        disk.open(&directory.join(name)).map_err(|source| io_error(format!("opening {name}"), source))?;
    let chunk = Chunk { name: name.to_owned(), log_id, first, file, sealed: OnceLock::new() };
    chunk.find_footer()?;
    Ok(chunk)
}

/// Opens a chunk; the inner error says what is wrong with its header.
pub(crate) fn open(disk: &dyn Disk, directory: &Path, name: &str) -> Result<Result<Chunk, String>, LogError> {
    let file =
        disk.open(&directory.join(name)).map_err(|source| io_error(format!("opening {name}"), source))?;
    let mut bytes = [0; 64];
    let read = file
        .read_at(&mut bytes, 0)
        .map_err(|source| io_error(format!("reading the header of {name}"), source))?;
    let parsed = parse_header(bytes.get(..read).unwrap_or_default());
    let opened = parsed.and_then(|(log_id, first)| {
        if parse_name(name) != Some(first) {
            return Err(format!("the header says that its first position is {first}, the name does not"));
        }
        Ok(Chunk { name: name.to_owned(), log_id, first, file, sealed: OnceLock::new() })
    });
    if let Ok(chunk) = &opened {
        chunk.find_footer()?;
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_named_after_its_first_position() {
        assert_eq!(file_name(Position(42)), "00000000000000000042.chunk");
        assert_eq!(parse_name("00000000000000000042.chunk"), Some(Position(42)));
        for name in [
            "42.chunk",
            "00000000000000000000.chunk",
            "+0000000000000000042.chunk",
            "00000000000000000042.chunk.new",
            "x",
        ] {
            assert_eq!(parse_name(name), None, "{name}");
        }
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_noticed() {
        let bytes = header([3; 16], Position(7));
        assert_eq!(parse_header(&bytes), Ok(([3; 16], Position(7))));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            parse_header(&flipped).unwrap_err();
        }
    }
}
