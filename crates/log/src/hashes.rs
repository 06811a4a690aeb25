//! The hashes of the tree in flat files, one for each tile level: `hashes/0` has the leaf hash of each event of a sealed chunk, 32 bytes each,
//! `hashes/1` the root of each full 256 of them, `hashes/2` of each full 65,536, and so on. Derived: what is wrong with them is repaired by
//! walking over the chunks again. The hashes of the chunk that is being written are in memory.

use crate::sync::{Mutex, MutexGuard};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use docket_proof::{Frontier, TileError, TileHashes};

use crate::bytes::size;
use crate::chunk::{Chunk, io_error};
use crate::disk::{Disk, DiskFile};
use crate::event_log::{LeafHash, LogError};
use crate::survey::walk_events;

pub(crate) const HASH_LEN: usize = 32;
/// Hashes of one level below a hash of the next.
pub(crate) const WIDTH: u64 = 256;
/// Levels that are kept: 256^4 events are more than a log of ours will have.
pub(crate) const LEVELS: usize = 4;

/// The files.
pub(crate) struct Hashes {
    kept: Mutex<Kept>,
    /// Held while they are made anew.
    repairing: Mutex<()>,
    /// How often they were.
    repairs: AtomicU64,
}

struct Kept {
    files: Vec<Box<dyn DiskFile>>,
    /// Of the leaves that are in the files.
    frontier: Frontier,
}

impl Hashes {
    /// Opens the files, and goes back to the last footer that they agree with. Tells why, where that is more than the end; what is missing is
    /// added by [`Hashes::add`], or by [`Hashes::complete`].
    pub(crate) fn open(
        disk: &dyn Disk,
        directory: &Path,
        chunks: &[Arc<Chunk>],
    ) -> Result<(Self, Option<String>), LogError> {
        let failed = |path: &Path, source| io_error(format!("opening {}", path.display()), source);
        if !disk.is_directory(directory) {
            disk.create_directory(directory).map_err(|source| failed(directory, source))?;
        }
        let mut files = Vec::with_capacity(LEVELS);
        for level in 0..LEVELS {
            let path: PathBuf = directory.join(level.to_string());
            let file = match disk.open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => disk.create(&path),
                opened => opened,
            };
            files.push(file.map_err(|source| failed(&path, source))?);
        }
        let hashes = Self::of(files);
        let why = hashes.fit(chunks)?;
        Ok((hashes, why))
    }

    fn of(files: Vec<Box<dyn DiskFile>>) -> Self {
        Self {
            kept: Mutex::new(Kept { files, frontier: Frontier::new() }),
            repairing: Mutex::default(),
            repairs: AtomicU64::new(0),
        }
    }

    /// None, where they cannot be opened or written: the log answers all but proofs, and MUST NOT go on writing.
    pub(crate) fn none() -> Self {
        Self::of(Vec::new())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of leaf hashes in the files.
    pub(crate) fn len(&self) -> u64 {
        self.kept().frontier.size()
    }

    /// Goes back to the last footer that the files agree with.
    fn fit(&self, chunks: &[Arc<Chunk>]) -> Result<Option<String>, LogError> {
        let sealed = connected(chunks);
        let there = self.kept().length(0).map_err(unreadable)? / HASH_LEN as u64;
        let mut agrees = false;
        let mut why = None;
        for chunk in sealed.iter().rev() {
            let Some(footer) = chunk.footer().filter(|footer| footer.frontier.size() <= there) else {
                continue;
            };
            let (size, root) = (footer.frontier.size(), footer.frontier.root());
            if docket_proof::root(&*self.kept(), size).is_ok_and(|found| found == root) {
                self.kept().frontier = footer.frontier.clone();
                agrees = true;
                break;
            }
            why.get_or_insert_with(|| format!("they do not give the root that {} says", chunk.name));
        }
        if !agrees && !sealed.is_empty() {
            why.get_or_insert_with(|| "they are missing".to_owned());
            self.kept().frontier = Frontier::new();
        }
        Ok(why)
    }

    /// Adds the sealed chunks that are not there yet.
    pub(crate) fn complete(&self, chunks: &[Arc<Chunk>]) -> Result<(), LogError> {
        if self.kept().files.is_empty() {
            return Ok(());
        }
        let there = self.len();
        let sealed = connected(chunks);
        let missing = sealed.partition_point(|chunk| chunk.first.0 <= there);
        self.add_chunks(sealed.get(missing..).unwrap_or_default())
    }

    /// Makes all of them anew; whoever asks while they are, waits for that.
    pub(crate) fn remake(&self, chunks: impl Fn() -> Vec<Arc<Chunk>>) -> Result<(), LogError> {
        let since = self.repairs.load(Ordering::SeqCst);
        let _alone = self.repairing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.repairs.load(Ordering::SeqCst) != since {
            return Ok(());
        }
        self.kept().frontier = Frontier::new();
        self.complete(&chunks())?;
        // Chunks that were sealed meanwhile.
        self.complete(&chunks())?;
        self.repairs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn add_chunks(&self, chunks: &[Arc<Chunk>]) -> Result<(), LogError> {
        for chunk in chunks {
            let walked = walk_events(chunk, chunk.footer().map(|footer| footer.last))?;
            if let Some(damage) = walked.scanned.damage.into_iter().next() {
                tracing::warn!(
                    chunk = chunk.name,
                    what = damage.what,
                    "no proofs beyond this chunk, which is damaged"
                );
                break;
            }
            self.add(walked.segment.chunk.0 - 1, walked.segment.leaves())?;
        }
        Ok(())
    }

    /// Adds the leaves of the next sealed chunk, before which there are `first` leaves; does nothing where they are there.
    pub(crate) fn add(&self, first: u64, leaves: &[LeafHash]) -> Result<(), LogError> {
        let mut kept = self.kept();
        if kept.frontier.size() != first || kept.files.is_empty() {
            return Ok(());
        }
        let mut frontier = kept.frontier.clone();
        let mut levels: Vec<Vec<u8>> = vec![Vec::new(); LEVELS];
        let begins: Vec<u64> =
            (0..LEVELS).map(|level| first / WIDTH.pow(u32::try_from(level).unwrap_or(0))).collect();
        for leaf in leaves {
            if let Some(bottom) = levels.first_mut() {
                bottom.extend(leaf);
            }
            frontier.push_with(*leaf, |level, hash| {
                if let Some(hashes) = levels.get_mut(usize::from(level)) {
                    hashes.extend(hash);
                }
            });
        }
        let failed = |source| io_error("writing the hashes of the tree", source);
        for ((file, bytes), begin) in kept.files.iter().zip(&levels).zip(begins) {
            if !bytes.is_empty() {
                file.write_all_at(bytes, begin * HASH_LEN as u64).map_err(failed)?;
                file.sync_data().map_err(failed)?;
            }
        }
        kept.frontier = frontier;
        Ok(())
    }

    /// So many hashes of a level, if they are all in the files.
    pub(crate) fn read(&self, level: u8, first: u64, count: usize) -> Option<Vec<LeafHash>> {
        let kept = self.kept();
        let full = kept.frontier.size() / WIDTH.checked_pow(u32::from(level))?;
        if first.checked_add(count as u64)? > full || usize::from(level) >= LEVELS {
            return None;
        }
        kept.hashes(level, first, count).ok()
    }
}

impl Kept {
    fn length(&self, level: usize) -> std::io::Result<u64> {
        self.files.get(level).map_or(Ok(0), |file| file.length())
    }
}

impl TileHashes for Kept {
    fn hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<LeafHash>, TileError> {
        let error = |why: String| TileError::new(level, first, count, why);
        let file =
            self.files.get(usize::from(level)).ok_or_else(|| error("there is no such level".to_owned()))?;
        let mut bytes = vec![0; count * HASH_LEN];
        let read =
            file.read_at(&mut bytes, first * HASH_LEN as u64).map_err(|source| error(source.to_string()))?;
        if read < bytes.len() {
            return Err(error(format!("the file ends after {} bytes more", size(read as u64))));
        }
        Ok(bytes.as_chunks::<HASH_LEN>().0.to_vec())
    }
}

/// The sealed chunks from the first event on, up to one that is missing or not sealed.
fn connected(chunks: &[Arc<Chunk>]) -> Vec<Arc<Chunk>> {
    let mut next = 1;
    let mut connected = Vec::new();
    // The last chunk is the one that is written.
    for chunk in chunks.iter().take(chunks.len().saturating_sub(1)) {
        match chunk.footer() {
            Some(footer) if chunk.first.0 == next => next = footer.last.0 + 1,
            _ => break,
        }
        connected.push(Arc::clone(chunk));
    }
    connected
}

fn unreadable(source: std::io::Error) -> LogError {
    io_error("reading the hashes of the tree", source)
}
