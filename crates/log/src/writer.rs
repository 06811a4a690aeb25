//! The one writer: takes appends from the queue, judges them, writes them, syncs once, answers all.

use crate::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use crate::sync::thread::yield_now;
use std::sync::{Arc, PoisonError};

use docket_domain::{EventId, Position, StreamId};
use docket_proof::Frontier;
use tokio::sync::oneshot;

use crate::admit::{Last, Lookup, Tip, Verdict, admit, receipt};
use crate::chunk::{self, Chunk, HEADER_LEN};
use crate::event_log::{Append, Appended, LeafHash, LogError};
use crate::footer::Footer;
use crate::frame;
use crate::map::Map;
use crate::replica::{Replicated, admit_copy};
use crate::segment::{Entry, Segment};
use crate::store::{Store, Written};
use crate::stored::StoredEvent;
use crate::survey::crc_to;

/// Appends that wait to be taken up.
pub(crate) const QUEUE_LEN_MAX: usize = 1_024;
/// Appends that share one sync.
const BATCH_APPENDS_MAX: usize = QUEUE_LEN_MAX;
/// No further append joins a batch that has so many events.
const BATCH_EVENTS_MAX: usize = 10_000;
/// No further append joins a batch that has so many bytes.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// Memory of a batch that is kept for the next.
const BATCH_BYTES_KEPT: usize = 4 << 20;
/// So often the queue is asked once more, before a batch with fewer appends than the last is written.
const LINGER_YIELDS: usize = 32;

/// An append in the queue.
pub(crate) struct Command {
    pub(crate) offer: Offer,
    pub(crate) reply: oneshot::Sender<Result<Appended, LogError>>,
}

/// What is to be recorded.
pub(crate) enum Offer {
    /// New events.
    Append(Append),
    /// Events that another log has recorded.
    Copy(Vec<Replicated>),
}

impl Offer {
    /// Number of events, and of bytes in them.
    fn size(&self) -> (usize, usize) {
        match self {
            Self::Append(Append { events, .. }) => {
                (events.len(), events.iter().map(|event| event.body.len() + event.meta.len()).sum())
            }
            Self::Copy(copies) => (copies.len(), copies.iter().map(|copy| copy.stored.len()).sum()),
        }
    }
}

/// The writer's own state; nobody else sees it.
pub(crate) struct Writer {
    pub(crate) store: Arc<Store>,
    pub(crate) queue: Receiver<Command>,
    pub(crate) chunk: Arc<Chunk>,
    /// Where the next frame goes.
    pub(crate) offset: u64,
    pub(crate) last: Last,
    /// Leaf hash of the last event.
    pub(crate) leaf: LeafHash,
    /// The hash tree over all events.
    pub(crate) frontier: Frontier,
    /// Of the chunk's frames.
    pub(crate) frames: u32,
    /// Over the chunk's bytes.
    pub(crate) crc: crc32fast::Hasher,
    /// Sealed chunks on their way to the keeper.
    pub(crate) rolled: Vec<Arc<Segment>>,
    pub(crate) keeper: SyncSender<Arc<Segment>>,
    /// Appends of the last batch.
    pub(crate) joined: usize,
    /// Memory for the bytes of a batch.
    pub(crate) bytes: Vec<u8>,
}

/// A frame that is written.
struct Framed<'a> {
    offset: u64,
    events: &'a [StoredEvent],
}

/// Appends that were admitted and are not yet durable.
#[derive(Default)]
struct Batch {
    frames: Vec<Vec<StoredEvent>>,
    ids: Map<EventId, (usize, usize)>,
    tips: Map<StreamId, Tip>,
    last: Option<Last>,
}

/// The log as it will be once the batch is durable.
struct View<'a> {
    writer: &'a mut Writer,
    batch: &'a Batch,
}

impl Lookup for View<'_> {
    fn last(&self) -> Last {
        self.batch.last.unwrap_or(self.writer.last)
    }

    fn tip(&mut self, stream: &StreamId) -> Result<Tip, LogError> {
        match self.batch.tips.get(stream) {
            Some(tip) => Ok(*tip),
            None => self.writer.store.tip(stream),
        }
    }

    fn recorded(&mut self, id: EventId) -> Result<Option<StoredEvent>, LogError> {
        if let Some((frame, number)) = self.batch.ids.get(&id) {
            return Ok(self.batch.frames.get(*frame).and_then(|frame| frame.get(*number)).cloned());
        }
        self.writer.store.recorded(id)
    }
}

impl Batch {
    fn push(&mut self, frame: Vec<StoredEvent>) {
        for (number, event) in frame.iter().enumerate() {
            self.ids.insert(event.id, (self.frames.len(), number));
            let tip = Tip { revision: event.revision, leaf: Some(event.leaf_hash()) };
            self.tips.insert(event.stream.clone(), tip);
            self.last = Some(Last { position: event.position, recorded_at_micros: event.recorded_at_micros });
        }
        self.frames.push(frame);
    }
}

impl Writer {
    /// Works until every sender of the queue is gone and the queue is empty.
    pub(crate) fn run(mut self) {
        while let Ok(first) = self.queue.recv() {
            self.work(first);
        }
    }

    /// Takes what is in the queue, up to the bounds of a batch, and answers it.
    fn work(&mut self, first: Command) {
        let mut batch = Batch::default();
        let mut answers = Vec::new();
        let (mut events, mut bytes) = (0, 0);
        let mut command = Some(first);
        while let Some(Command { offer, reply }) = command {
            let (more, longer) = offer.size();
            (events, bytes) = (events + more, bytes + longer);
            answers.push((reply, self.judge(offer, &mut batch)));
            let room =
                answers.len() < BATCH_APPENDS_MAX && events < BATCH_EVENTS_MAX && bytes < BATCH_BYTES_MAX;
            command = if room { self.another(answers.len()) } else { None };
        }
        self.joined = answers.len();
        let durable = self.store.durable();
        let failed = if batch.frames.is_empty() { None } else { self.record(&batch).err() };
        for (reply, answer) in answers {
            let answer = match &failed {
                None => answer,
                Some(reason) => after_failure(answer, durable, reason),
            };
            // Whoever asked may have gone; what was recorded stays recorded.
            let _ = reply.send(answer);
        }
    }

    /// The next append of a batch that has so many. Those who were answered together tend to come back together: a sync for the first of them
    /// alone would hold up the others, so a batch waits a moment until it is as large as the last.
    fn another(&self, joined: usize) -> Option<Command> {
        for _ in 0..LINGER_YIELDS {
            match self.queue.try_recv() {
                Ok(command) => return Some(command),
                Err(TryRecvError::Empty) if joined < self.joined => yield_now(),
                Err(_) => return None,
            }
        }
        None
    }

    /// What an append will be answered if the batch becomes durable.
    fn judge(&mut self, offer: Offer, batch: &mut Batch) -> Result<Appended, LogError> {
        if let Some(reason) = self.store.why_stopped() {
            return Err(LogError::Stopped(reason));
        }
        let view = &mut View { writer: self, batch };
        let verdict = match offer {
            Offer::Append(append) => admit(append, view)?,
            Offer::Copy(copies) => Verdict::Record(admit_copy(copies, view)?),
        };
        match verdict {
            Verdict::Before(before) => Ok(before),
            Verdict::Record(events) => {
                let receipts = events.iter().map(receipt).collect();
                batch.push(events);
                Ok(Appended { receipts, before: false })
            }
        }
    }

    /// Makes the batch durable, then visible. An error says why nothing more is written.
    fn record(&mut self, batch: &Batch) -> Result<(), String> {
        let store = Arc::clone(&self.store);
        let order = store.order.lock().unwrap_or_else(PoisonError::into_inner);
        let written = self.write(batch);
        if let Err(error) = &written {
            let reason = with_source(error);
            tracing::error!(reason, "a write failed: nothing more is written until the log is opened again");
            store.stop(reason);
        } else if let Some(last) = batch.last {
            store.head.send_replace(last.position);
        }
        drop(order);
        for segment in self.rolled.drain(..) {
            // A keeper that panicked has been told of; the segment stays in memory.
            let _ = self.keeper.send(segment);
        }
        written.map_err(|error| with_source(&error))
    }

    /// Writes the frames, syncs them, and adds them to the index.
    fn write(&mut self, batch: &Batch) -> Result<(), LogError> {
        let mut framed = Vec::with_capacity(batch.frames.len());
        // The memory of the last batch: fresh memory has to be cleared by the system first.
        let mut bytes = std::mem::take(&mut self.bytes);
        for events in &batch.frames {
            let stored = events.iter().map(|event| &event.stored()[..]);
            let Some(first) = events.first().map(|event| event.position) else {
                continue;
            };
            let length = frame::frame_len(stored.clone()) as u64;
            let mut offset = self.offset + bytes.len() as u64;
            let full = offset > HEADER_LEN && offset + length > self.store.chunk_bytes;
            if full || self.chunk.footer().is_some() {
                self.put(&bytes, &framed)?;
                bytes.clear();
                framed.clear();
                self.next_chunk(first)?;
                offset = self.offset;
            }
            let encoded = frame::encode(self.chunk.site(offset), first, self.offset, stored, &mut bytes);
            encoded.map_err(|why| self.chunk.io("writing a frame to", std::io::Error::other(why.0)))?;
            framed.push(Framed { offset, events });
        }
        self.put(&bytes, &framed)?;
        bytes.clear();
        bytes.shrink_to(BATCH_BYTES_KEPT);
        self.bytes = bytes;
        Ok(())
    }

    /// Writes these frames where the last ended, and syncs them; then the index has them, and they may be shown.
    fn put(&mut self, bytes: &[u8], framed: &[Framed<'_>]) -> Result<(), LogError> {
        let Some(last) = framed.last().and_then(|frame| frame.events.last()) else {
            return Ok(());
        };
        let file = &self.chunk.file;
        file.write_all_at(bytes, self.offset).map_err(|source| self.chunk.io("writing to", source))?;
        file.sync_data().map_err(|source| self.chunk.io("syncing", source))?;
        assert!(last.position > self.last.position, "positions grow: Dense");
        self.offset += bytes.len() as u64;
        self.crc.update(bytes);
        self.frames += u32::try_from(framed.len()).unwrap_or(u32::MAX);
        self.last = Last { position: last.position, recorded_at_micros: last.recorded_at_micros };
        self.leaf = last.leaf_hash();
        let entries =
            framed.iter().flat_map(|frame| frame.events.iter().map(|event| (frame.offset, Entry::of(event))));
        if let Some(index) = self.store.index.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            index.add(entries);
        }
        framed.iter().flat_map(|frame| frame.events).for_each(|event| self.frontier.push(event.leaf_hash()));
        self.tell_written();
        Ok(())
    }

    /// Seals this chunk and begins the next.
    fn next_chunk(&mut self, first: Position) -> Result<(), LogError> {
        if self.chunk.footer().is_none() {
            let footer = Footer {
                frames: self.frames,
                last: self.last.position,
                recorded_at_micros: self.last.recorded_at_micros,
                leaf: self.leaf,
                chunk_crc: self.crc.clone().finalize(),
                frontier: self.frontier.clone(),
            };
            self.chunk.seal(self.offset, footer)?;
        }
        let store = &self.store;
        let next =
            chunk::create(&*store.disk, &store.chunk_directory, store.log_id, first, store.chunk_bytes)?;
        self.chunk = Arc::new(next);
        self.offset = HEADER_LEN;
        self.frames = 0;
        self.crc = crc_to(&self.chunk, HEADER_LEN)?;
        store.chunks.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self.chunk));
        if let Some(index) = store.index.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            self.rolled.push(index.roll(first));
        }
        self.tell_written();
        Ok(())
    }

    fn tell_written(&self) {
        let written =
            Written { chunk: self.chunk.first, end: self.offset, last: self.last.position, leaf: self.leaf };
        *self.store.written.lock().unwrap_or_else(PoisonError::into_inner) = written;
    }
}

/// What an append is answered when its batch could not be made durable.
fn after_failure(
    answer: Result<Appended, LogError>,
    durable: Position,
    reason: &str,
) -> Result<Appended, LogError> {
    match answer {
        Ok(appended) if appended.receipts.iter().all(|receipt| receipt.position <= durable) => Ok(appended),
        Ok(_) => Err(LogError::Unknown),
        Err(refused @ LogError::Refused(_)) => Err(refused),
        // Judged against events that may not be there.
        Err(_) => Err(LogError::Stopped(reason.to_owned())),
    }
}

/// An error with its cause, for the reason that is kept.
pub(crate) fn with_source(error: &LogError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
