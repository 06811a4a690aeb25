//! Verifies a data directory without changing anything in it: every checksum, every hash, every link between events.
//!
//! In reading order: `road` (the chunks, one after the other), `pieces` (a chunk front to back), `digest` (checksums and leaf hashes, on as many threads as there are processors),
//! `links` (what holds between events, in their order, on one thread), `once` (ids), `tiles` (the files of hashes). The index is not read:
//! sled writes when it is opened, and every answer from it is compared with the chunks when it is used.

pub(crate) mod digest;
mod links;
mod once;
pub(crate) mod pieces;
mod road;
#[cfg(test)]
mod tests;
mod tiles;

use std::path::Path;

use docket_domain::{Position, Revision};
use docket_proof::Frontier;

use crate::chunk::io_error;
use crate::disk::ReadOnlyDisk;
use crate::event_log::{LeafHash, LogError};
use crate::lock;

use digest::{Digest, digest};
use links::Links;
use once::{HASHES_MAX, Once};
use pieces::Met;
use road::{Part, Road, Step, each_event, list};
use tiles::Tiles;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, from the data directory.
    pub file: String,
    /// Where in the file.
    pub offset: Option<u64>,
    /// The first and the last position concerned.
    pub positions: Option<(Position, Position)>,
    /// What is wrong.
    pub what: String,
}

/// An event as it goes by. All that was recorded before it went by before.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The file name of its chunk.
    pub chunk: &'a str,
    /// Where in the chunk its frame begins.
    pub offset: u64,
    /// Its place in the log.
    pub position: Position,
    /// Its place in its stream.
    pub revision: Revision,
    /// Its stream.
    pub stream: &'a str,
    /// The number of the stream: 0, 1, 2 … in the order in which they begin.
    pub stream_number: usize,
    /// The number of its kind on the wire.
    pub kind: u32,
    /// The hash of its stored bytes.
    pub leaf_hash: LeafHash,
    /// What was said.
    pub body: &'a [u8],
    /// The tree of all events up to this one; none where some of them cannot be read and no footer has told their hashes.
    pub tree: Option<&'a Frontier>,
}

/// Who is told, in the order of the log, what verification finds.
pub trait Watch {
    /// So many bytes there are to read, about.
    fn begin(&mut self, _bytes: u64) {}
    /// So many bytes were read.
    fn progress(&mut self, _bytes: u64) {}
    /// An event that could be read.
    fn event(&mut self, _event: &Seen<'_>) {}
    /// Something is wrong; verification goes on.
    fn problem(&mut self, problem: Problem);
    /// Something that is worth knowing, and not wrong.
    fn note(&mut self, note: String);
}

/// What was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// The log's id; none where no chunk could be read.
    pub log_id: Option<[u8; 16]>,
    /// Events that could be read.
    pub events: u64,
    /// The last position, of an event that could be read or not.
    pub last: Position,
    /// Streams.
    pub streams: u64,
    /// Chunks that could be read.
    pub chunks: u64,
    /// Those of them that are sealed.
    pub sealed: u64,
    /// Bytes of chunks that were read.
    pub bytes: u64,
    /// Leaf hashes in the files that were compared.
    pub leaf_hashes: u64,
    /// The root of the tree of all events; none where some of them cannot be read.
    pub root: Option<LeafHash>,
}

/// Verifies the data directory. Nothing in it is changed; a server may be writing to it.
///
/// # Errors
/// [`LogError::Io`] if there are no chunks, or the system refuses to read. Whatever is wrong with what was read is told to `watch`.
pub fn verify(directory: &Path, watch: &mut dyn Watch) -> Result<Verified, LogError> {
    verify_within(directory, watch, HASHES_MAX)
}

fn verify_within(directory: &Path, watch: &mut dyn Watch, hashes_max: usize) -> Result<Verified, LogError> {
    if let Some(holder) = lock::holder(directory) {
        watch.note(format!(
            "the directory is in use by {holder}: what is recorded meanwhile may not be verified"
        ));
    }
    let tiles = Tiles::open(&ReadOnlyDisk, directory);
    let parts = list(directory, watch)?;
    let chunks = || parts.iter().filter_map(|part| part.chunk.as_ref().ok());
    watch.begin(chunks().filter_map(|chunk| chunk.file.length().ok()).sum());
    let mut links = Links::new(watch, Once::new(hashes_max), tiles);
    links.verified.log_id = chunks().next().map(|chunk| chunk.log_id);
    read_all(&parts, &mut links)?;
    links.finish();
    let Links { watch, once, tiles, verified, .. } = links;
    every_id_once(&parts, once, watch)?;
    let sealed = chunks().filter_map(|chunk| chunk.footer()).map(|footer| footer.last.0).max().unwrap_or(0);
    match tiles.leaves() {
        Some(leaves) if leaves == sealed => {}
        Some(leaves) => {
            watch.note(format!(
                "hashes/0 has {leaves} hashes for the {sealed} events of sealed chunks: the next start puts it right"
            ));
        }
        None if sealed == 0 => {}
        None => watch.note("there are no files of hashes: the next start makes them".to_owned()),
    }
    Ok(verified)
}

/// Reads all chunks: pieces are digested side by side while those before are linked and those after are read.
fn read_all(parts: &[Part], links: &mut Links<'_>) -> Result<(), LogError> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let mut road = Road::new(parts);
    let mut digested: Vec<(Step, Option<Digest>)> = Vec::new();
    let mut read = road.steps(at_once)?;
    while !read.is_empty() || !digested.is_empty() {
        let (digests, next) = std::thread::scope(|scope| {
            let mut threads = Vec::with_capacity(read.len());
            for step in &read {
                let Step::Met(_, Met::Piece(piece)) = step else {
                    threads.push(None);
                    continue;
                };
                let thread = std::thread::Builder::new().spawn_scoped(scope, || digest(piece));
                threads.push(Some(thread.map_err(|source| io_error("starting a thread", source))?));
            }
            digested.drain(..).for_each(|(step, digest)| link(links, step, digest.as_ref()));
            let next = road.steps(at_once)?;
            let ended = |_| io_error("digesting a chunk", std::io::Error::other("the thread panicked"));
            let join = |thread: Option<std::thread::ScopedJoinHandle<'_, Digest>>| {
                thread.map(|thread| thread.join().map_err(ended)).transpose()
            };
            Ok::<_, LogError>((threads.into_iter().map(join).collect::<Result<Vec<_>, _>>()?, next))
        })?;
        digested = std::mem::replace(&mut read, next).into_iter().zip(digests).collect();
    }
    Ok(())
}

fn link(links: &mut Links<'_>, step: Step, digest: Option<&Digest>) {
    match (step, digest) {
        (Step::Unreadable(last), _) => links.unreadable(last),
        (Step::Begin(chunk), _) => links.begin(&chunk),
        (Step::Met(_, Met::Piece(piece)), Some(digest)) => links.piece(&piece, digest),
        (Step::Met(_, Met::Piece(_)), None) => {}
        (Step::Met(chunk, Met::Gap(gap)), _) => links.gap(&chunk, gap),
        (Step::Met(chunk, Met::End(end)), _) => links.end(&chunk, &end),
    }
}

/// Walks over the log again where all ids could not be held at once, and to look at those that may have come twice.
fn every_id_once(parts: &[Part], mut once: Once, watch: &mut dyn Watch) -> Result<(), LogError> {
    while once.next_part() {
        each_event(parts, |_, event| once.add(event.id))?;
    }
    let Some(mut closer) = once.closer() else { return Ok(()) };
    each_event(parts, |(chunk, offset, position), event| {
        if let Some(before) = closer.add(event.id, position) {
            let what = format!("the event {} was recorded at position {before} too", event.id);
            let (file, positions) = (format!("chunks/{}", chunk.name), Some((position, position)));
            watch.problem(Problem { file, offset: Some(offset), positions, what });
        }
    })
}
