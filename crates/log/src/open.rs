//! Opens a log: what the chunks hold, where the next frame goes, and an index that fits them.

use crate::sync::mpsc::sync_channel;
use crate::sync::thread::JoinHandle;
use crate::sync::{Mutex, RwLock};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use docket_domain::Position;
use tokio::sync::watch;

use crate::admit::Last;
use crate::build::{Home, Source};
use crate::chunk::{self, Chunk, io_error};
use crate::chunk_log::ChunkLog;
use crate::cut;
use crate::disk::{Disk, OsDisk};
use crate::event_log::{LeafHash, LogError};
use crate::fit::{self, Fitted};
use crate::hashes::Hashes;
use crate::index::Index;
use crate::keeper::{self, WAITING_MAX};
use crate::lock;
use crate::pages::MemoryIndex;
use crate::scan::Damage;
use crate::store::{Store, Written};
use crate::survey::{Listed, Tail, crc_to, find_tail, gaps, list, seal_older, secure};
use crate::writer::{QUEUE_LEN_MAX, Writer, with_source};

/// Size at which a chunk ends, unless told otherwise.
pub const CHUNK_BYTES: u64 = 64 << 20;
/// Larger chunks are not made: the index counts offsets in them with 32 bits, in units of 8 bytes.
const CHUNK_BYTES_MAX: u64 = 16 << 30;
/// Memory that the index may take for its cache, unless told otherwise.
pub const INDEX_CACHE_BYTES: u64 = 64 << 20;

/// How a log is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who holds the log, for whoever finds it locked: `process 1234 (docket serve), since 2026-01-31T09:00:00Z`.
    pub holder: String,
    /// Size at which a chunk ends; one that holds a single larger frame is larger.
    pub chunk_bytes: u64,
    /// Memory that the index may take for its cache.
    pub index_cache_bytes: u64,
    /// Where the index is kept, if not on disk: for simulations.
    pub index_in_memory: Option<MemoryIndex>,
    /// The id that a new log gets, if not one of its own: of a copy, that of the log it is a copy of.
    pub log_id: Option<[u8; 16]>,
    /// The file system, or a test's idea of one.
    pub disk: Arc<dyn Disk>,
}

impl Options {
    /// The usual options.
    #[must_use]
    pub fn new(holder: impl Into<String>) -> Self {
        Self {
            holder: holder.into(),
            chunk_bytes: CHUNK_BYTES,
            index_cache_bytes: INDEX_CACHE_BYTES,
            index_in_memory: None,
            log_id: None,
            disk: Arc::new(OsDisk),
        }
    }
}

/// What opening found and did; an operator wants to read all of it.
#[derive(Clone, Debug, Default)]
pub struct OpenReport {
    /// The last position.
    pub events: u64,
    /// Number of chunk files that can be read.
    pub chunks: usize,
    /// Bytes of a write that was never acknowledged, cut from the end of the last chunk.
    pub torn_bytes_cut: u64,
    /// The file in the data directory where those bytes are kept.
    pub torn_bytes_kept: Option<String>,
    /// Why the index was made anew, if it was.
    pub index_rebuilt: Option<String>,
    /// What cannot be read. Where it is not empty, appends are refused.
    pub damage: Vec<Damage>,
    /// What else is unusual in the directory.
    pub notes: Vec<String>,
    /// How long opening took.
    pub opened_in: Duration,
}

impl ChunkLog {
    /// Opens the log in this directory, or begins one. Blocks; the writer's thread runs when it returns.
    ///
    /// # Errors
    /// [`LogError::InUse`] if another process (or this one) has it open; [`LogError::Damaged`] if none of its chunks is one;
    /// [`LogError::Io`] if the system refuses, or if there is no chunk although the index knows of events. Damage to some of the events is no error: it is in the report, the rest can be read.
    pub fn open(directory: &Path, options: Options) -> Result<(Self, OpenReport), LogError> {
        let begun = Instant::now();
        let Options { holder, chunk_bytes, index_cache_bytes, index_in_memory, log_id, disk } = options;
        let chunk_bytes = chunk_bytes.min(CHUNK_BYTES_MAX);
        let chunk_directory = directory.join("chunks");
        create_directory(&*disk, directory)?;
        let lock = lock::lock(directory, &holder)?;
        create_directory(&*disk, &chunk_directory)?;
        let home = Home {
            directory: directory.join("index"),
            memory: index_in_memory,
            cache_bytes: index_cache_bytes,
        };
        let mut listed = list(&*disk, &chunk_directory)?;
        if listed.chunks.is_empty() {
            let first = begin(&*disk, &mut listed, &chunk_directory, &home, chunk_bytes, log_id)?;
            listed.chunks.push(Arc::new(first));
        }
        seal_older(&mut listed)?;
        listed.damage.extend(gaps(&listed.chunks));
        let mut tail = find_tail(&listed.chunks)?;
        let (hashes, hashes_remade, mut unhashed) = hashes_of(&*disk, directory, &listed.chunks);
        let log_id = tail.chunk.log_id;
        let (hashes, chunks) = (Arc::new(hashes), listed.chunks.clone());
        let mut source = Source { home, chunk_bytes, log_id, chunks, hashes: Arc::clone(&hashes) };
        let Fitted { made, rebuilt } = fit::index(&source, &mut tail)?;
        source.chunks.clear();
        if let Err(error) = hashes.complete(&listed.chunks) {
            unhashed = Some(format!("the hashes of the tree cannot be written: {}", with_source(&error)));
        }
        // None only where events cannot be read, which is told as damage.
        let treeless = tail.frontier.is_none().then(|| "the tree does not go on to its end".to_owned());
        let damage = combine(listed.damage, [tail.damage.clone(), made.damage].concat());
        let cut = make_durable(&*disk, directory, &mut tail, chunk_bytes, &damage)?;
        let head = damage.iter().map(|damage| damage.last).fold(Position(tail.next.0 - 1), Position::max);
        let unwritten = made.unwritten.iter().chain(&unhashed).cloned();
        let notes = listed.notes.into_iter().chain(hashes_remade).chain(unwritten).chain(cut.note).collect();
        let report = OpenReport {
            events: head.0,
            chunks: listed.chunks.len(),
            torn_bytes_cut: cut.bytes,
            torn_bytes_kept: cut.kept_in,
            index_rebuilt: rebuilt,
            damage: damage.clone(),
            notes,
            opened_in: begun.elapsed(),
        };
        let why_stopped = damage.first().map(damage_reason).or(made.unwritten).or(unhashed).or(treeless);
        let leaf = last_leaf(&made.index, &listed.chunks);
        let store = Store {
            chunk_directory,
            source,
            chunk_bytes,
            log_id,
            disk,
            chunks: RwLock::new(listed.chunks),
            index: RwLock::new(Some(made.index)),
            hashes,
            order: Mutex::new(()),
            written: Mutex::new(Written {
                chunk: tail.chunk.first,
                end: tail.end,
                last: Position(tail.next.0 - 1),
                leaf,
            }),
            stopped: RwLock::new(why_stopped),
            damage: RwLock::new(damage),
            head: watch::Sender::new(head),
            lock: Mutex::new(Some(lock)),
        };
        Ok((start(store, tail, leaf)?, report))
    }
}

/// What was cut from the end of the log.
#[derive(Default)]
struct Cut {
    bytes: u64,
    kept_in: Option<String>,
    /// Why it is not kept.
    note: Option<String>,
}

/// The leaf hash of the last event.
fn last_leaf(index: &Index, chunks: &[Arc<Chunk>]) -> LeafHash {
    let leaf = index.open(|open| open.segment.leaves().last().copied());
    leaf.or_else(|| Some(chunks.iter().rev().nth(1)?.footer()?.leaf)).unwrap_or_default()
}

/// The hashes of the tree, what is to be told of them, and why there are none.
fn hashes_of(
    disk: &dyn Disk,
    directory: &Path,
    chunks: &[Arc<Chunk>],
) -> (Hashes, Option<String>, Option<String>) {
    match Hashes::open(disk, &directory.join("hashes"), chunks) {
        Ok((hashes, None)) => (hashes, None, None),
        Ok((hashes, Some(why))) => {
            (hashes, Some(format!("the hashes of the tree were made anew: {why}")), None)
        }
        Err(error) => {
            let why = format!("the hashes of the tree cannot be opened: {}", with_source(&error));
            (Hashes::none(), None, Some(why))
        }
    }
}

/// The first chunk of a new log. A log that was here before is not silently followed by it.
fn begin(
    disk: &dyn Disk,
    listed: &mut Listed,
    chunk_directory: &Path,
    home: &Home,
    chunk_bytes: u64,
    log_id: Option<[u8; 16]>,
) -> Result<Chunk, LogError> {
    // Chunks that are all damaged.
    listed.damage.drain(..).next().map_or(Ok(()), |damage| Err(LogError::from(damage)))?;
    // Chunks that are all gone. An index is made after the first chunk, never before it.
    if let Some(known) = fit::events_known(home) {
        let none = format!("there is no chunk in {}", chunk_directory.display());
        return Err(io_error(
            format!(
                "the chunks are missing: {known}; restore the chunks from a backup, \
                 or remove the directory index too if a new log is meant"
            ),
            std::io::Error::new(std::io::ErrorKind::NotFound, none),
        ));
    }
    sync_names_above(disk, chunk_directory);
    let log_id = log_id.map_or_else(random_id, Ok)?;
    chunk::create(disk, chunk_directory, log_id, Position(1), chunk_bytes)
}

/// Starts the writer and the keeper.
fn start(store: Store, tail: Tail, leaf: LeafHash) -> Result<ChunkLog, LogError> {
    let store = Arc::new(store);
    let (sender, queue) = sync_channel(QUEUE_LEN_MAX);
    let (keeper, sealed) = sync_channel(WAITING_MAX);
    let last = Last { position: Position(tail.next.0 - 1), recorded_at_micros: tail.recorded_at_micros };
    let writer = Writer {
        store: Arc::clone(&store),
        queue,
        crc: crc_to(&tail.chunk, tail.end)?,
        chunk: tail.chunk,
        offset: tail.end,
        last,
        leaf,
        // None only where events are damaged, and then nothing is written.
        frontier: tail.frontier.unwrap_or_default(),
        frames: tail.frames,
        rolled: Vec::new(),
        joined: 0,
        bytes: Vec::new(),
        keeper,
    };
    let keeping = Arc::clone(&store);
    let threads = [
        thread("log-writer", move || writer.run())?,
        thread("log-keeper", move || keeper::run(&keeping, &sealed))?,
    ];
    Ok(ChunkLog::new(store, sender, threads))
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, LogError> {
    let thread = crate::sync::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map_err(|source| io_error(format!("starting the thread {name}"), source))
}

/// Why a damaged log does not write.
pub(crate) fn damage_reason(damage: &Damage) -> String {
    let Damage { chunk, offset, first, last, what } = damage;
    format!("{chunk} is damaged at offset {offset} (positions {first} to {last}): {what}")
}

/// Creates a directory that survives a power cut; does nothing where it is there.
pub(crate) fn create_directory(disk: &dyn Disk, directory: &Path) -> Result<(), LogError> {
    let failed =
        |doing: &'static str| move |source| io_error(format!("{doing} {}", directory.display()), source);
    // From the directory up to the first that is there: each new name is synced in the one above it.
    let mut new: Vec<PathBuf> = Vec::new();
    let mut above = Some(directory);
    while let Some(missing) = above.filter(|path| !path.as_os_str().is_empty() && !disk.is_directory(path)) {
        new.push(missing.to_owned());
        above = missing.parent();
    }
    for directory in new.iter().rev() {
        disk.create_directory(directory).map_err(failed("creating"))?;
        let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
        disk.sync_directory(parent.unwrap_or(Path::new(".")))
            .map_err(failed("syncing the directory above"))?;
    }
    Ok(())
}

/// Makes the names that lead to a new log durable: whoever created the directories may have ended before they were synced. Those that are
/// closed to us are not ours.
fn sync_names_above(disk: &dyn Disk, chunk_directory: &Path) {
    for above in chunk_directory.ancestors().skip(1) {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        if let Err(error) = disk.sync_directory(above) {
            tracing::debug!(%error, directory = %above.display(), "a directory above the log cannot be synced");
        }
    }
}

/// Makes durable what will be shown, the names of chunks first: the last may have been given by a process that ended, or failed, before it
/// was synced. What is torn is kept, and cut. A damaged log is left as it is.
fn make_durable(
    disk: &dyn Disk,
    directory: &Path,
    tail: &mut Tail,
    chunk_bytes: u64,
    damage: &[Damage],
) -> Result<Cut, LogError> {
    if !damage.is_empty() {
        return Ok(Cut::default());
    }
    for directory in [&directory.join("chunks"), directory] {
        disk.sync_directory(directory)
            .map_err(|source| io_error(format!("syncing the directory {}", directory.display()), source))?;
    }
    let (kept_in, note) = match cut::keep(disk, directory, tail) {
        Some(Ok(name)) => (Some(name), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    Ok(Cut { bytes: secure(tail, chunk_bytes)?, kept_in, note })
}

/// A new log's id.
fn random_id() -> Result<[u8; 16], LogError> {
    let mut id = [0; 16];
    match rustix::rand::getrandom(&mut id, rustix::rand::GetRandomFlags::empty()) {
        Ok(read) if read == id.len() => Ok(id),
        Ok(_) => Err(io_error("choosing the id of a new log", std::io::ErrorKind::UnexpectedEof.into())),
        Err(errno) => Err(io_error("choosing the id of a new log", errno.into())),
    }
}

/// All damage, each place once, in order of position.
fn combine(headers: Vec<Damage>, walked: Vec<Damage>) -> Vec<Damage> {
    let mut all: Vec<Damage> = Vec::new();
    for damage in headers.into_iter().chain(walked) {
        if !all.iter().any(|known| known.first <= damage.first && damage.last <= known.last) {
            all.push(damage);
        }
    }
    all.sort_by_key(|damage| damage.first);
    all
}
