//! What a directory holds: its chunks, and where they end.

use std::path::Path;
use std::sync::Arc;

use docket_domain::Position;

use crate::chunk::{self, Chunk, HEADER_LEN, UNFINISHED_END, io_error};
use crate::disk::Disk;
use crate::envelope;
use crate::event_log::LogError;
use crate::frame::Head;
use crate::scan::{Damage, Torn, Walk, walk};
use crate::window::Window;

/// The chunks of a directory.
pub(crate) struct Listed {
    pub(crate) chunks: Vec<Arc<Chunk>>,
    pub(crate) damage: Vec<Damage>,
    pub(crate) notes: Vec<String>,
}

/// The end of the log.
pub(crate) struct Tail {
    pub(crate) chunk: Arc<Chunk>,
    /// Offset after the last frame.
    pub(crate) end: u64,
    /// The position after the last event.
    pub(crate) next: Position,
    /// The last frame of the last chunk.
    pub(crate) frame: Option<(u64, Head)>,
    pub(crate) recorded_at_micros: i64,
    pub(crate) torn: Option<Torn>,
    pub(crate) damage: Vec<Damage>,
}

/// Opens the chunks of a directory, in order, and says what else is there.
pub(crate) fn list(disk: &dyn Disk, directory: &Path) -> Result<Listed, LogError> {
    let failed = |source| io_error(format!("listing {}", directory.display()), source);
    let mut listed = Listed { chunks: Vec::new(), damage: Vec::new(), notes: Vec::new() };
    let mut names = Vec::new();
    for name in disk.names(directory).map_err(failed)? {
        match chunk::parse_name(&name) {
            Some(first) => names.push((first, name)),
            None if name.ends_with(UNFINISHED_END) => {
                let path = directory.join(&name);
                disk.remove(&path)
                    .map_err(|source| io_error(format!("removing {}", path.display()), source))?;
                listed.notes.push(format!("{name} was removed: it was being created when the process ended"));
            }
            None => listed.notes.push(format!("{name} is not a chunk and is ignored")),
        }
    }
    names.sort();
    let mut log_id = None;
    for (place, (first, name)) in names.iter().enumerate() {
        let opened = chunk::open(disk, directory, name)?.and_then(|chunk| {
            if *log_id.get_or_insert(chunk.log_id) == chunk.log_id {
                Ok(chunk)
            } else {
                Err("it belongs to another log".to_owned())
            }
        });
        match opened {
            Ok(chunk) => listed.chunks.push(Arc::new(chunk)),
            Err(what) => {
                let following = names.get(place + 1).map(|(following, _)| Position(following.0 - 1));
                let last = following.unwrap_or(*first);
                listed.damage.push(Damage { chunk: name.clone(), offset: 0, first: *first, last, what });
            }
        }
    }
    Ok(listed)
}

/// Walks over the last chunk, and over those before it until there is an event.
pub(crate) fn find_tail(chunks: &[Arc<Chunk>]) -> Result<Tail, LogError> {
    let mut tail: Option<Tail> = None;
    for chunk in chunks.iter().rev() {
        let until = tail.as_ref().map(|tail| Position(tail.chunk.first.0 - 1));
        let mut frame = None;
        let scanned = walk(chunk, Walk::whole(chunk, until), &mut |step| {
            frame = Some((step.offset, step.head));
            Ok(())
        })?;
        let mut recorded_at_micros = i64::MIN;
        if let Some((offset, head)) = frame {
            let mut window = Window::new(Arc::clone(chunk));
            let last = window.events(offset, &head)?.last().map(|stored| envelope::decode(stored));
            // What cannot be decoded is reported as damage where it is put into the index.
            recorded_at_micros = last.and_then(Result::ok).map_or(i64::MIN, |event| event.recorded_at_micros);
        }
        let tail = tail.get_or_insert(Tail {
            chunk: Arc::clone(chunk),
            end: scanned.end,
            next: scanned.next,
            frame,
            recorded_at_micros,
            torn: scanned.torn,
            damage: Vec::new(),
        });
        tail.damage.extend(scanned.damage);
        tail.recorded_at_micros = tail.recorded_at_micros.max(recorded_at_micros);
        if frame.is_some() {
            break;
        }
    }
    tail.ok_or_else(|| io_error("looking for the end of the log", std::io::ErrorKind::NotFound.into()))
}

/// Cuts what is torn, and makes durable what will be shown: frames may be here that were written and never synced, or whose sync failed,
/// so the last write is written once more (a page whose sync failed counts as clean, and would not be written by another sync).
pub(crate) fn secure(tail: &mut Tail, chunk_bytes: u64) -> Result<u64, LogError> {
    let chunk = &tail.chunk;
    let cut = tail.torn.take().map_or(0, |torn| torn.bytes);
    if cut > 0 {
        chunk.file.set_length(tail.end).map_err(|source| chunk.io("cutting the torn end of", source))?;
    }
    if let Some((offset, head)) = &tail.frame {
        let begin = head.batch.clamp(HEADER_LEN, *offset);
        let mut window = Window::new(Arc::clone(chunk));
        let bytes = window.bytes(begin, crate::bytes::size(tail.end - begin))?;
        chunk
            .file
            .write_all_at(bytes, begin)
            .map_err(|source| chunk.io("writing the last write again to", source))?;
    }
    if chunk_bytes > tail.end {
        chunk.file.allocate(chunk_bytes).map_err(|source| chunk.io("reserving room for", source))?;
    }
    chunk.file.sync_all().map_err(|source| chunk.io("syncing", source))?;
    Ok(cut)
}
