//! What is cut from the end of the log is kept beside it: nobody was told that it is recorded, and yet no byte is thrown away unseen.

use std::io;
use std::path::Path;

use crate::bytes::size;
use crate::chunk::Chunk;
use crate::disk::Disk;
use crate::open::create_directory;
use crate::survey::Tail;
use crate::writer::with_source;

/// The directory of what was cut.
const FOLDER: &str = "cut";
/// Most files in it; what is cut after that is not kept.
const FILES_MAX: usize = 100;
/// Bytes that are copied at once.
const PIECE_BYTES: u64 = 1 << 20;

/// Keeps what stands behind the last frame, if anything does, before it is cut. Tells the file, or why there is none: that is no reason
/// not to open the log.
pub(crate) fn keep(disk: &dyn Disk, directory: &Path, tail: &Tail) -> Option<Result<String, String>> {
    let torn = tail.torn.as_ref().filter(|_| tail.chunk.footer().is_none())?;
    let kept = copy(disk, directory, &tail.chunk, tail.end, tail.end + torn.bytes);
    Some(kept.map_err(|why| format!("the {} bytes that were cut could not be kept: {why}", torn.bytes)))
}

/// The same bytes have the same name: they are kept once, however often opening begins anew.
fn copy(disk: &dyn Disk, directory: &Path, chunk: &Chunk, begin: u64, end: u64) -> Result<String, String> {
    let folder = directory.join(FOLDER);
    create_directory(disk, &folder).map_err(|error| with_source(&error))?;
    let mut crc = crc32fast::Hasher::new();
    let failed = |error: io::Error| error.to_string();
    pieces(chunk, begin, end, &mut |_, piece| {
        crc.update(piece);
        Ok(())
    })
    .map_err(failed)?;
    let first = chunk.name.trim_end_matches(".chunk");
    let name = format!("{first}-{begin}-{:08x}", crc.finalize());
    let names = disk.names(&folder).map_err(failed)?;
    if FILES_MAX <= names.len() && !names.contains(&name) {
        return Err(format!("there are {} files in {FOLDER}", names.len()));
    }
    let file = disk.create(&folder.join(&name)).map_err(failed)?;
    pieces(chunk, begin, end, &mut |at, piece| file.write_all_at(piece, at)).map_err(failed)?;
    file.sync_all().and_then(|()| disk.sync_directory(&folder)).map_err(failed)?;
    Ok(format!("{FOLDER}/{name}"))
}

/// Shows these bytes of a chunk, piece after piece, with the offset from the first.
fn pieces(
    chunk: &Chunk,
    begin: u64,
    end: u64,
    show: &mut dyn FnMut(u64, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut at = begin;
    while at < end {
        let mut piece = vec![0; size(PIECE_BYTES.min(end - at))];
        let read = chunk.file.read_at(&mut piece, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        show(at - begin, piece.get(..read).unwrap_or_default())?;
        at += read as u64;
    }
    Ok(())
}
