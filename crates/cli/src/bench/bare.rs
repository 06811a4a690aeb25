//! A log that nobody can read: one thread takes appends, puts their bytes together, writes and syncs them, and answers.
//!
//! It does what is demanded of each event in the fewest steps and leaves out all else: what it reaches is about the most that any log could which
//! works with one thread.

use std::collections::HashMap;
use std::fs::File;
use std::future::Future;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::{JoinHandle, yield_now};
use std::time::{Duration, Instant};

use docket_domain::{EventId, Position, Revision, StreamId};
use docket_log::{Append, Appended, ChunkLog, EventLog as _, NewEvent, Receipt};
use docket_proof::{Frontier, Hash, leaf_hash};
use foldhash::fast::RandomState;
use tokio::sync::oneshot;

use super::room::failed;
use super::{plain, told};
use crate::exit::{Exit, Failure};

/// Appends that wait.
const QUEUE_LEN: usize = 1_024;
/// How long those who are about to come are waited for at most: as long as they are there, none of them takes so long.
const PATIENCE: Duration = Duration::from_millis(2);
/// Events of a chunk: so many ids are looked through.
const CHUNK_EVENTS: usize = 150_000;
/// What an envelope holds beside the stream, the id, the hash and what was said.
const NUMBERS: [u8; 24] = [7; 24];

/// Whatever takes appends.
pub(super) trait Takes: Send + Sync + 'static {
    /// Makes the events durable.
    fn take(&self, append: Append) -> impl Future<Output = Result<(), Failure>> + Send;
}

impl Takes for ChunkLog {
    async fn take(&self, append: Append) -> Result<(), Failure> {
        self.append(append).await.map(|_| ()).map_err(told)
    }
}

/// How much of what is demanded is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Appends are taken and answered; bytes are put together, written and synced.
    Writes,
    /// Also the ids looked up and kept, the hash of each event and in it that of the one before, the tree, and the checksums of events and chunk.
    All,
}

type Command = (Append, oneshot::Sender<Appended>);

/// The log. Its file goes when it is dropped.
pub(super) struct Bare {
    queue: Option<SyncSender<Command>>,
    thread: Option<JoinHandle<io::Result<()>>>,
    path: PathBuf,
}

/// What its thread works with.
struct Work {
    does: Does,
    /// So many write at once, each waiting for its answer.
    writers: usize,
    file: File,
    offset: u64,
    /// Bytes that an event takes in a frame of the log that is measured.
    event_bytes: usize,
    bytes: Vec<u8>,
    last: Position,
    ids: HashMap<EventId, Position, RandomState>,
    tips: HashMap<StreamId, (Revision, Hash), RandomState>,
    tree: Frontier,
    chunk: crc32fast::Hasher,
    /// What the index and the tree do not have yet.
    fresh: Vec<(EventId, Position, Hash)>,
}

impl Bare {
    /// Begins one in a new file, for so many writers.
    pub(super) fn begin(
        path: &Path,
        does: Does,
        (writers, event_bytes): (usize, usize),
    ) -> Result<Self, Failure> {
        let file = plain::reserved(path).map_err(|error| failed("reserving", path)(&error))?;
        let (queue, taken) = sync_channel(QUEUE_LEN);
        let work = Work {
            does,
            writers,
            file,
            offset: 0,
            event_bytes,
            bytes: Vec::new(),
            last: Position::START,
            ids: HashMap::with_capacity_and_hasher(CHUNK_EVENTS, RandomState::default()),
            tips: HashMap::default(),
            tree: Frontier::new(),
            chunk: crc32fast::Hasher::new(),
            fresh: Vec::new(),
        };
        let thread = std::thread::spawn(move || work.run(&taken));
        Ok(Self { queue: Some(queue), thread: Some(thread), path: path.to_owned() })
    }
}

impl Takes for Bare {
    async fn take(&self, append: Append) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        let ended = || Failure::new(Exit::Failed, "the bare log writes no more");
        let sent = self.queue.as_ref().and_then(|queue| queue.try_send((append, reply)).ok());
        sent.ok_or_else(ended)?;
        answer.await.map(|_| ()).map_err(|_| ended())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.queue.take());
        // What went wrong was answered.
        let _ended = self.thread.take().map(JoinHandle::join);
        let _removed = std::fs::remove_file(&self.path);
    }
}

impl Work {
    fn run(mut self, queue: &Receiver<Command>) -> io::Result<()> {
        while let Ok(first) = queue.recv() {
            let mut next = Some(first);
            let mut answers = Vec::new();
            while let Some((append, reply)) = next {
                let receipts = append.events.iter().map(|event| self.put(event)).collect();
                answers.push((reply, Appended { receipts, before: false }));
                next = if answers.len() < self.writers { another(queue) } else { None };
            }
            self.write()?;
            for (reply, appended) in answers {
                // Whoever asked waits for it.
                let _sent = reply.send(appended);
            }
            self.take_in();
        }
        Ok(())
    }

    /// Puts the bytes of an event behind the others.
    fn put(&mut self, event: &NewEvent) -> Receipt {
        let begin = self.bytes.len();
        let (mut revision, mut previous, mut leaf) = (Revision(1), Hash::default(), Hash::default());
        self.last = self.last.next();
        if self.does == Does::All {
            assert!(!self.ids.contains_key(&event.id), "each event is another");
            if let Some((last, hash)) = self.tips.get(&event.stream) {
                (revision, previous) = (last.next(), *hash);
            }
        }
        let parts =
            [&NUMBERS, event.stream.as_str().as_bytes(), &previous, &event.id.0, &event.body, &event.meta];
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        if self.does == Does::All {
            let stored = self.bytes.get(begin..).unwrap_or_default();
            leaf = leaf_hash(stored);
            let checksum = crc32fast::hash(stored);
            self.bytes.extend(checksum.to_le_bytes());
            match self.tips.get_mut(&event.stream) {
                Some(tip) => *tip = (revision, leaf),
                None => {
                    self.tips.insert(event.stream.clone(), (revision, leaf));
                }
            }
            self.fresh.push((event.id, self.last, leaf));
        }
        self.bytes.resize((begin + self.event_bytes).max(self.bytes.len()), 0);
        Receipt { position: self.last, revision, recorded_at_micros: 0, leaf_hash: leaf }
    }

    /// Writes and syncs what was put together.
    fn write(&mut self) -> io::Result<()> {
        if plain::RESERVED_BYTES < self.offset + self.bytes.len() as u64 {
            self.offset = 0;
        }
        self.file.write_all_at(&self.bytes, self.offset)?;
        self.file.sync_data()?;
        self.offset += self.bytes.len() as u64;
        if self.does == Does::All {
            self.chunk.update(&self.bytes);
        }
        self.bytes.clear();
        Ok(())
    }

    /// Gives the index and the tree what they do not have, with the answers on their way.
    fn take_in(&mut self) {
        if CHUNK_EVENTS < self.ids.len() + self.fresh.len() {
            // As if the chunk had been sealed.
            self.ids.clear();
        }
        for (id, position, leaf) in self.fresh.drain(..) {
            self.ids.insert(id, position);
            self.tree.push(leaf);
        }
    }
}

/// The next append of those that are about to come. A sync for some of them would hold up the others, so all are waited for.
fn another(queue: &Receiver<Command>) -> Option<Command> {
    let mut since = None;
    loop {
        match queue.try_recv() {
            Ok(command) => return Some(command),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if PATIENCE < since.get_or_insert_with(Instant::now).elapsed() => {
                return None;
            }
            Err(TryRecvError::Empty) => yield_now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::Load;
    use super::*;

    #[tokio::test]
    async fn what_is_taken_is_written_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bare");
        let mut load = Load::new();
        for does in [Does::Writes, Does::All] {
            let bare = Bare::begin(&path, does, (1, 500)).unwrap();
            for _ in 0..3 {
                bare.take(load.append(2).unwrap()).await.unwrap();
            }
            let bytes = std::fs::read(&path).unwrap();
            let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
            assert!(5 * 500 < used && used < 6 * 500, "{used}");
            drop(bare);
            assert!(!path.exists());
        }
    }
}
