//! The one writer: takes appends from the queue, judges them, writes them, syncs once, answers all.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, MutexGuard, PoisonError};

use docket_domain::{EventId, Position, StreamId};
use tokio::sync::oneshot;

use crate::admit::{Fresh, Last, Lookup, Tip, Verdict, admit, receipt};
use crate::chunk::{self, Chunk, HEADER_LEN};
use crate::event_log::{Append, Appended, LogError, StoredEvent};
use crate::frame;
use crate::index::{Entry, Place};
use crate::store::Store;

/// Appends that wait to be taken up.
pub(crate) const QUEUE_LEN_MAX: usize = 1_024;
/// Appends that share one sync.
const BATCH_APPENDS_MAX: usize = QUEUE_LEN_MAX;
/// No further append joins a batch that has so many events.
const BATCH_EVENTS_MAX: usize = 10_000;
/// No further append joins a batch that has so many bytes.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// Streams whose last event is remembered.
const TIPS_MAX: usize = 20_000;

/// An append in the queue.
pub(crate) struct Command {
    pub(crate) append: Append,
    pub(crate) reply: oneshot::Sender<Result<Appended, LogError>>,
}

/// The writer's own state; nobody else sees it.
pub(crate) struct Writer {
    pub(crate) store: Arc<Store>,
    pub(crate) queue: Receiver<Command>,
    pub(crate) chunk: Arc<Chunk>,
    /// Where the next frame goes.
    pub(crate) offset: u64,
    pub(crate) last: Last,
    /// Last events of streams, durable ones only.
    pub(crate) tips: HashMap<StreamId, Tip>,
}

/// Appends that were admitted and are not yet durable.
#[derive(Default)]
struct Batch {
    frames: Vec<Vec<Fresh>>,
    ids: HashMap<EventId, (usize, usize)>,
    tips: HashMap<StreamId, Tip>,
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
        if let Some(tip) = self.batch.tips.get(stream).or_else(|| self.writer.tips.get(stream)) {
            return Ok(*tip);
        }
        let last = self.writer.store.stream_last(stream)?;
        let tip =
            last.map_or(Tip::NONE, |event| Tip { revision: event.revision, leaf: Some(event.leaf_hash) });
        self.writer.remember(stream.clone(), tip);
        Ok(tip)
    }

    fn recorded(&mut self, id: EventId) -> Result<Option<StoredEvent>, LogError> {
        if let Some((frame, number)) = self.batch.ids.get(&id) {
            let fresh = self.batch.frames.get(*frame).and_then(|frame| frame.get(*number));
            return Ok(fresh.map(|fresh| fresh.event.clone()));
        }
        self.writer.store.recorded(id)
    }
}

impl Batch {
    fn push(&mut self, frame: Vec<Fresh>) {
        for (number, Fresh { event, .. }) in frame.iter().enumerate() {
            self.ids.insert(event.event.id, (self.frames.len(), number));
            let tip = Tip { revision: event.revision, leaf: Some(event.leaf_hash) };
            self.tips.insert(event.event.stream.clone(), tip);
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
        while let Some(Command { append, reply }) = command {
            events += append.events.len();
            bytes += append.events.iter().map(|event| event.body.len() + event.meta.len()).sum::<usize>();
            answers.push((reply, self.judge(append, &mut batch)));
            let room =
                answers.len() < BATCH_APPENDS_MAX && events < BATCH_EVENTS_MAX && bytes < BATCH_BYTES_MAX;
            command = if room { self.queue.try_recv().ok() } else { None };
        }
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

    /// What an append will be answered if the batch becomes durable.
    fn judge(&mut self, append: Append, batch: &mut Batch) -> Result<Appended, LogError> {
        if let Some(reason) = self.store.why_stopped() {
            return Err(LogError::Stopped(reason));
        }
        match admit(append, &mut View { writer: self, batch })? {
            Verdict::Before(before) => Ok(before),
            Verdict::Record(fresh) => {
                let receipts = fresh.iter().map(|fresh| receipt(&fresh.event)).collect();
                batch.push(fresh);
                Ok(Appended { receipts, before: false })
            }
        }
    }

    /// Makes the batch durable, then visible. An error says why nothing more is written.
    fn record(&mut self, batch: &Batch) -> Result<(), String> {
        let store = Arc::clone(&self.store);
        let order = store.order.lock().unwrap_or_else(PoisonError::into_inner);
        let places = self.write(batch).map_err(|error| {
            let reason = with_source(&error);
            tracing::error!(reason, "a write failed: nothing more is written until the log is opened again");
            store.stop(reason.clone());
            reason
        })?;
        let Some(last) = batch.last else { return Ok(()) };
        assert!(last.position > self.last.position, "positions grow: Dense");
        self.last = last;
        for (stream, tip) in &batch.tips {
            self.remember(stream.clone(), *tip);
        }
        self.show(&order, batch, &places, last.position);
        Ok(())
    }

    /// Writes the frames and syncs; they are durable when this returns.
    fn write(&mut self, batch: &Batch) -> Result<Vec<Place>, LogError> {
        let mut places = Vec::with_capacity(batch.frames.len());
        let mut bytes = Vec::new();
        let mut begin = self.offset;
        for fresh in &batch.frames {
            let stored = fresh.iter().map(|fresh| fresh.stored.as_slice());
            let Some(first) = fresh.first().map(|fresh| fresh.event.position) else {
                continue;
            };
            let length = frame::frame_len(stored.clone()) as u64;
            let mut offset = begin + bytes.len() as u64;
            if offset > HEADER_LEN && offset + length > self.store.chunk_bytes {
                self.put(begin, &bytes)?;
                bytes.clear();
                self.next_chunk(first)?;
                (begin, offset) = (self.offset, self.offset);
            }
            let encoded = frame::encode(self.chunk.site(offset), first, begin, stored, &mut bytes);
            encoded.map_err(|why| self.chunk.io("writing a frame to", std::io::Error::other(why.0)))?;
            places.push(Place {
                chunk: self.chunk.first,
                offset,
                length: u32::try_from(length).unwrap_or(u32::MAX),
                count: u32::try_from(fresh.len()).unwrap_or(u32::MAX),
                first,
            });
        }
        self.put(begin, &bytes)?;
        Ok(places)
    }

    /// Writes these bytes at `begin` and syncs them.
    fn put(&mut self, begin: u64, bytes: &[u8]) -> Result<(), LogError> {
        if !bytes.is_empty() {
            let file = &self.chunk.file;
            file.write_all_at(bytes, begin).map_err(|source| self.chunk.io("writing to", source))?;
            file.sync_data().map_err(|source| self.chunk.io("syncing", source))?;
            self.offset = begin + bytes.len() as u64;
        }
        Ok(())
    }

    /// Ends this chunk and begins the next.
    fn next_chunk(&mut self, first: Position) -> Result<(), LogError> {
        let file = &self.chunk.file;
        file.set_length(self.offset).map_err(|source| self.chunk.io("cutting", source))?;
        file.sync_all().map_err(|source| self.chunk.io("syncing", source))?;
        let store = &self.store;
        let next =
            chunk::create(&*store.disk, &store.chunk_directory, store.log_id, first, store.chunk_bytes)?;
        self.chunk = Arc::new(next);
        self.offset = HEADER_LEN;
        store.chunks.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self.chunk));
        Ok(())
    }

    /// Adds what is durable to the index and moves the head.
    fn show(&self, order: &MutexGuard<'_, ()>, batch: &Batch, places: &[Place], head: Position) {
        let entries: Vec<Entry<'_>> = batch
            .frames
            .iter()
            .zip(places)
            .map(|(fresh, place)| Entry {
                place: *place,
                events: fresh.iter().map(|fresh| &fresh.event).collect(),
            })
            .collect();
        let added = {
            let index = self.store.index.read().unwrap_or_else(PoisonError::into_inner);
            index.as_ref().map(|index| (index.generation, index.add(&entries)))
        };
        if let Some((generation, Err(fault))) = added {
            // The events are durable whatever becomes of the index. Where it cannot be made anew, `remake` has stopped the log.
            if let Err(error) = self.store.remake(order, generation, &fault.0, head) {
                tracing::error!(error = with_source(&error), "the index could not be made anew");
            }
        }
        self.store.head.send_replace(head);
    }

    fn remember(&mut self, stream: StreamId, tip: Tip) {
        if self.tips.len() >= TIPS_MAX {
            self.tips.clear();
        }
        self.tips.insert(stream, tip);
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
