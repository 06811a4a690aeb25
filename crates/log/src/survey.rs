//! What a directory holds: its chunks, and where they end.

use std::path::Path;
use std::sync::Arc;

use docket_domain::Position;
use docket_proof::Frontier;

use crate::build::missing;
use crate::bytes::size;
use crate::chunk::{self, Chunk, HEADER_LEN, UNFINISHED_END, io_error};
use crate::disk::Disk;
use crate::event_log::LogError;
use crate::footer::Footer;
use crate::frame::Head;
use crate::scan::{Damage, Scanned, Torn, Walk, walk};
use crate::segment::Segment;
use crate::window::Window;
use crate::writer::with_source;

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
    /// Number of frames in the last chunk.
    pub(crate) frames: u32,
    pub(crate) recorded_at_micros: i64,
    pub(crate) torn: Option<Torn>,
    pub(crate) damage: Vec<Damage>,
    /// The hash tree over all events; none where some cannot be read.
    pub(crate) frontier: Option<Frontier>,
    /// The last chunk, for the index.
    pub(crate) segment: Option<Segment>,
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
    let opened =
        names.iter().map(|(_, name)| chunk::open(disk, directory, name)).collect::<Result<Vec<_>, _>>()?;
    let log_id = most_common(opened.iter().flatten().map(|chunk| chunk.log_id));
    for (place, ((first, _), opened)) in names.iter().zip(opened).enumerate() {
        match opened {
            Ok(chunk) if Some(chunk.log_id) == log_id => listed.chunks.push(Arc::new(chunk)),
            Ok(_) => listed.damage.push(damaged_header(
                &names,
                place,
                *first,
                "it belongs to another log".to_owned(),
            )),
            Err(what) => listed.damage.push(damaged_header(&names, place, *first, what)),
        }
    }
    Ok(listed)
}

/// A chunk of which nothing can be read.
fn damaged_header(names: &[(Position, String)], place: usize, first: Position, what: String) -> Damage {
    let following = names.get(place + 1).map(|(following, _)| Position(following.0 - 1));
    let chunk = chunk::file_name(first);
    Damage { chunk, offset: 0, first, last: following.unwrap_or(first), what }
}

/// The log that most chunks are of; of as many, the one of the first.
pub(crate) fn most_common(ids: impl Iterator<Item = [u8; 16]>) -> Option<[u8; 16]> {
    let mut counts: Vec<([u8; 16], usize)> = Vec::new();
    for id in ids {
        match counts.iter_mut().find(|(known, _)| *known == id) {
            Some((_, count)) => *count += 1,
            None => counts.push((id, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    counts.iter().find(|(_, count)| Some(*count) == most).map(|(id, _)| *id)
}

/// A chunk as a walk over it found it.
pub(crate) struct Walked {
    pub(crate) segment: Segment,
    /// The last frame, and its offset.
    pub(crate) frame: Option<(u64, Head)>,
    pub(crate) frames: u32,
    pub(crate) recorded_at_micros: i64,
    pub(crate) scanned: Scanned,
}

/// Walks over a chunk, and understands every event of it.
pub(crate) fn walk_events(chunk: &Arc<Chunk>, until: Option<Position>) -> Result<Walked, LogError> {
    let mut segment = Segment::new(chunk.first);
    let (mut frame, mut frames, mut recorded_at_micros) = (None, 0, i64::MIN);
    let mut broken = Vec::new();
    let mut scanned = walk(chunk, Walk::whole(chunk, until), &mut |step| {
        (frame, frames) = (Some((step.offset, step.head)), frames + 1);
        broken.extend(step.each(chunk, &mut |event| {
            recorded_at_micros = event.recorded_at_micros;
            segment.push_brief(step.offset, event);
        }));
        Ok(())
    })?;
    scanned.damage.extend(broken);
    scanned.damage.sort_by_key(|damage| damage.first);
    if !scanned.damage.is_empty() {
        segment.broken();
    }
    Ok(Walked { segment, frame, frames, recorded_at_micros, scanned })
}

/// Seals each chunk before the last that is not: those of older versions of this program, and those whose footer was damaged.
pub(crate) fn seal_older(listed: &mut Listed) -> Result<(), LogError> {
    for (at, pair) in listed.chunks.windows(2).enumerate() {
        let [chunk, next] = pair else { continue };
        if chunk.footer().is_some() {
            continue;
        }
        let Walked { segment, frames, recorded_at_micros, scanned, .. } =
            walk_events(chunk, Some(Position(next.first.0 - 1)))?;
        let frontier = frontier_before(at.checked_sub(1).and_then(|at| listed.chunks.get(at)), chunk);
        let leaf = segment.leaves().last().copied();
        match (frontier, leaf) {
            (Some(mut frontier), Some(leaf)) if scanned.damage.is_empty() && scanned.next == next.first => {
                segment.leaves().iter().for_each(|leaf| frontier.push(*leaf));
                let last = Position(next.first.0 - 1);
                let chunk_crc = crc_to(chunk, scanned.end)?.finalize();
                let footer = Footer { frames, last, recorded_at_micros, leaf, chunk_crc, frontier };
                listed.notes.push(match chunk.seal(scanned.end, footer.clone()) {
                    Ok(()) => format!("{} was sealed", chunk.name),
                    Err(error) => format!("{} could not be sealed: {}", chunk.name, with_source(&error)),
                });
                let _ = chunk.sealed.set((scanned.end, footer));
            }
            _ => listed.damage.extend(scanned.damage),
        }
    }
    Ok(())
}

/// The positions that no chunk holds, or two, as far as chunks are sealed.
pub(crate) fn gaps(chunks: &[Arc<Chunk>]) -> Vec<Damage> {
    let mut next = Some(Position(1));
    let mut gaps = Vec::new();
    for chunk in chunks {
        let at_odds = next.filter(|next| *next != chunk.first);
        gaps.extend(
            at_odds.map(|next| if next < chunk.first { missing(chunk, next) } else { twice(chunk, next) }),
        );
        next = chunk.footer().map(|footer| footer.last.next());
    }
    gaps
}

/// A chunk that begins before the one before it ends.
fn twice(chunk: &Chunk, next: Position) -> Damage {
    Damage {
        chunk: chunk.name.clone(),
        offset: 0,
        first: chunk.first,
        last: Position(next.0 - 1),
        what: "the chunk before it holds these positions too: one of the two is not of this history"
            .to_owned(),
    }
}

/// The hash tree up to the beginning of a chunk; none where chunks before it are missing or damaged.
pub(crate) fn frontier_before(before: Option<&Arc<Chunk>>, chunk: &Chunk) -> Option<Frontier> {
    match before {
        None => (chunk.first == Position(1)).then(Frontier::new),
        Some(before) => {
            let footer = before.footer().filter(|footer| footer.last.next() == chunk.first);
            footer.map(|footer| footer.frontier.clone())
        }
    }
}

/// The checksum over the beginning of a chunk.
pub(crate) fn crc_to(chunk: &Chunk, end: u64) -> Result<crc32fast::Hasher, LogError> {
    let mut crc = crc32fast::Hasher::new();
    let mut bytes = vec![0; 1 << 20];
    let mut at = 0;
    while at < end {
        let wanted = bytes.len().min(size(end - at));
        let piece = bytes.get_mut(..wanted).unwrap_or_default();
        let read = chunk.file.read_at(piece, at).map_err(|source| chunk.io("reading", source))?;
        if read == 0 {
            break;
        }
        crc.update(piece.get(..read).unwrap_or_default());
        at += read as u64;
    }
    Ok(crc)
}

/// Walks over the last chunk.
pub(crate) fn find_tail(chunks: &[Arc<Chunk>]) -> Result<Tail, LogError> {
    let Some((chunk, older)) = chunks.split_last() else {
        return Err(io_error("looking for the end of the log", std::io::ErrorKind::NotFound.into()));
    };
    // Sealed, and no other chunk was begun: then it is known what it holds.
    let until = chunk.footer().map(|footer| footer.last);
    let Walked { segment, frame, frames, recorded_at_micros, scanned } = walk_events(chunk, until)?;
    if let Some(footer) = scanned.footer {
        let _ = chunk.sealed.set((scanned.end, footer));
    }
    let before = older.last();
    let recorded_before = before.and_then(|before| before.footer()).map(|footer| footer.recorded_at_micros);
    let frontier = frontier_before(before, chunk).filter(|_| segment.is_whole()).map(|mut frontier| {
        segment.leaves().iter().for_each(|leaf| frontier.push(*leaf));
        frontier
    });
    Ok(Tail {
        chunk: Arc::clone(chunk),
        end: scanned.end,
        next: scanned.next,
        frame,
        frames,
        recorded_at_micros: recorded_at_micros.max(recorded_before.unwrap_or(i64::MIN)),
        torn: scanned.torn,
        damage: scanned.damage,
        frontier,
        segment: Some(segment),
    })
}

/// Cuts what is torn, and makes durable what will be shown: frames may be here that were written and never synced, or whose sync failed,
/// so the last write is written once more (a page whose sync failed counts as clean, and would not be written by another sync).
pub(crate) fn secure(tail: &mut Tail, chunk_bytes: u64) -> Result<u64, LogError> {
    let chunk = &tail.chunk;
    if let Some((end, footer)) = chunk.sealed.get() {
        // Written and perhaps not synced; the next append begins another chunk. Where it cannot be written any more it was synced.
        return match chunk.seal(*end, footer.clone()) {
            Ok(()) => Ok(0),
            Err(_) => chunk.file.sync_all().map(|()| 0).map_err(|source| chunk.io("syncing", source)),
        };
    }
    let cut = tail.torn.take().map_or(0, |torn| torn.bytes);
    if cut > 0 {
        chunk.file.set_length(tail.end).map_err(|source| chunk.io("cutting the torn end of", source))?;
    }
    if let Some((offset, head)) = &tail.frame {
        let begin = head.batch.clamp(HEADER_LEN, *offset);
        let mut window = Window::new(Arc::clone(chunk));
        let bytes = window.bytes(begin, size(tail.end - begin))?;
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
