//! A backup as a tar stream: written front to back, and read back by whatever reads tar.

use std::io::{self, Read, Write};
use std::path::{Component, Path};

use super::source::Source;
use super::{CHUNKS, Copied, create, put, refused};
use crate::exit::{Exit, Failure};
use crate::verify::{CHECKPOINTS, PUBLIC_KEYS};

/// A tar is a sequence of blocks.
const BLOCK: u64 = 512;
/// Zeros at the end of a tar.
const END_LEN: u64 = 2 * BLOCK;

/// Writes a backup of a data directory.
///
/// # Errors
/// If something in it is not as it should be; then the end of the tar is missing.
pub(crate) fn as_tar(data: &Path, to: &mut dyn Write) -> Result<Copied, Failure> {
    let mut source = Source::new(data)?;
    while let Some(part) = source.part()? {
        let name = format!("{CHUNKS}/{}", part.name());
        let mode = if part.is_sealed() { 0o444 } else { 0o644 };
        head(to, &name, part.length(), mode)?;
        source.copy(&part, |copier, part, event| copier.write(part, &mut *to, event))?;
        pad(to, part.length())?;
    }
    source.finish()?;
    for (name, length, mut bytes) in source.others()? {
        head(to, name, length, 0o644)?;
        io::copy(&mut bytes, to).map_err(unwritten)?;
        pad(to, length)?;
    }
    to.write_all(&[0; 2 * 512]).and_then(|()| to.flush()).map_err(unwritten)?;
    Ok(source.copied)
}

fn unwritten(error: io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("the tar cannot be written: {error}"))
}

fn head(to: &mut dyn Write, name: &str, length: u64, mode: u32) -> Result<(), Failure> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).map_err(unwritten)?;
    header.set_size(length);
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_cksum();
    to.write_all(header.as_bytes()).map_err(unwritten)
}

fn pad(to: &mut dyn Write, length: u64) -> Result<(), Failure> {
    let padding = length.next_multiple_of(BLOCK) - length;
    io::copy(&mut io::repeat(0).take(padding), to).map(drop).map_err(unwritten)
}

/// Unpacks a backup into a directory. Nothing but the parts of a backup is taken.
///
/// # Errors
/// If there is something else in it, or its end is missing.
pub(super) fn unpack(tar: impl Read, to: &Path) -> Result<(), Failure> {
    let mut tail = Tail { inner: tar, zeros: 0 };
    let unread = |error: io::Error| Failure::new(Exit::Failed, format!("the tar cannot be read: {error}"));
    create(&to.join(CHUNKS))?;
    let mut archive = tar::Archive::new(&mut tail);
    for entry in archive.entries().map_err(unread)? {
        let mut entry = entry.map_err(unread)?;
        let path = entry.path().map_err(unread)?.into_owned();
        let path: std::path::PathBuf =
            path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
        match entry.header().entry_type() {
            tar::EntryType::Directory => continue,
            tar::EntryType::Regular if is_part(&path) => {}
            _ => {
                let what = format!("the tar has {}, which is no part of a backup", path.display());
                return Err(Failure::new(Exit::Failed, what));
            }
        }
        let target = to.join(&path);
        put(&target, &mut entry)?;
        if entry.header().mode().is_ok_and(|mode| mode & 0o200 == 0) {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o444);
            std::fs::set_permissions(&target, mode).map_err(refused("changing the rights of", &target))?;
        }
    }
    // Whatever comes after the end that `tar` looks for.
    io::copy(&mut tail, &mut io::sink()).map_err(unread)?;
    if tail.zeros < END_LEN {
        return Err(Failure::new(Exit::Wrong, "the tar ends too early: it was cut off"));
    }
    Ok(())
}

/// Whether this is the name of a part of a backup.
fn is_part(path: &Path) -> bool {
    let name = path.strip_prefix(CHUNKS).ok().and_then(Path::to_str);
    let is_chunk = |name: &str| {
        let digits = name.strip_suffix(".chunk").unwrap_or_default();
        digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.is_some_and(is_chunk) || path == Path::new(CHECKPOINTS) || path == Path::new(PUBLIC_KEYS)
}

/// Counts the zeros at the end of what was read.
struct Tail<R> {
    inner: R,
    zeros: u64,
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        let new = bytes.get(..read).unwrap_or_default();
        match new.iter().rposition(|byte| *byte != 0) {
            None => self.zeros += read as u64,
            Some(last) => self.zeros = (read - last - 1) as u64,
        }
        Ok(read)
    }
}
