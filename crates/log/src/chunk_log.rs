//! The durable log: chunk files, one writer, an index.

use crate::sync::Mutex;
use crate::sync::mpsc::{SyncSender, TrySendError};
use crate::sync::thread::JoinHandle;
use std::fmt;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use docket_domain::{EventId, Position};
use tokio::sync::{oneshot, watch};

use crate::event_log::{Append, Appended, EventLog, From, LogError, Selection};
use crate::replica::Replicated;
use crate::store::Store;
use crate::stored::StoredEvent;
use crate::writer::{Command, Offer};

/// So many events before the head are read on the caller's own thread.
const RECENT_EVENTS: u64 = 256;

/// A log in chunk files. [`ChunkLog::open`] opens it; dropping it closes it.
pub struct ChunkLog {
    store: Arc<Store>,
    /// None once the log is closed.
    queue: Mutex<Option<SyncSender<Command>>>,
    /// The writer and the keeper, who ends after the writer.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl fmt::Debug for ChunkLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkLog").field("chunks", &self.store.chunk_directory).finish_non_exhaustive()
    }
}

impl ChunkLog {
    /// A log whose writer takes from this queue.
    pub(crate) fn new(store: Arc<Store>, queue: SyncSender<Command>, threads: [JoinHandle<()>; 2]) -> Self {
        Self { store, queue: Mutex::new(Some(queue)), threads: Mutex::new(threads.into()) }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Why nothing is written any more, if it is so.
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        self.store.why_stopped()
    }

    /// Records what is in the queue, then lets go of the directory. Appends and reads that come later answer [`LogError::Stopped`].
    /// Blocks until reads that are under way have ended.
    pub fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        for thread in self.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if thread.join().is_err() {
                tracing::error!("the log's writer, or its keeper, panicked");
            }
        }
        self.store.mark();
        self.store.index.write().unwrap_or_else(PoisonError::into_inner).take();
        self.store.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Records events that another log has recorded, all or none: each with the position, revision, time and hash that it has there, which
    /// must be those of the next event of this log. Whoever copies a log appends nothing else to the copy.
    ///
    /// # Errors
    /// [`LogError::Refused`] with the position and what differs; otherwise as [`EventLog::append`].
    pub async fn append_copy(&self, copies: Vec<Replicated>) -> Result<(), LogError> {
        self.offer(Offer::Copy(copies)).await.map(drop)
    }

    async fn offer(&self, offer: Offer) -> Result<Appended, LogError> {
        let stopped =
            || LogError::Stopped(self.store.why_stopped().unwrap_or_else(|| "it is closed".to_owned()));
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(stopped)?;
        let (reply, answer) = oneshot::channel();
        queue.try_send(Command { offer, reply }).map_err(|refused| match refused {
            TrySendError::Full(_) => LogError::Busy,
            TrySendError::Disconnected(_) => stopped(),
        })?;
        drop(queue);
        // The writer went without an answer: it panicked, before or after it wrote.
        answer.await.unwrap_or(Err(LogError::Unknown))
    }

    /// Runs a question that reads files where it does not hold up others.
    async fn blocking<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || question(&store)).await {
            Ok(answer) => answer,
            Err(error) => Err(LogError::Io {
                doing: "reading the log".to_owned(),
                source: std::io::Error::other(error),
            }),
        }
    }
}

impl Drop for ChunkLog {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl EventLog for ChunkLog {
    async fn append(&self, append: Append) -> Result<Appended, LogError> {
        self.offer(Offer::Append(append)).await
    }

    async fn read(
        &self,
        selection: &Selection,
        from: From,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError> {
        // What was written last the system still has in memory: to fetch it takes less than to have another thread fetch it.
        if let (Selection::All, From::After(after)) = (selection, from)
            && self.store.durable().0.saturating_sub(after.0) <= RECENT_EVENTS
            // While the index is made anew, nobody waits here for it.
            && self.store.index.try_read().is_ok()
        {
            return self.store.read(selection, from, limit);
        }
        let selection = selection.clone();
        self.blocking(move |store| store.read(&selection, from, limit)).await
    }

    async fn find(&self, id: EventId) -> Result<Option<Position>, LogError> {
        self.blocking(move |store| store.find(id)).await
    }

    async fn append_of(&self, position: Position) -> Result<(Position, Position), LogError> {
        self.blocking(move |store| store.append_of(position)).await
    }

    fn log_id(&self) -> [u8; 16] {
        self.store.log_id
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.store.head.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_log::{LogError, NewEvent};
    use crate::open::Options;
    use crate::store::Fault;

    fn append(number: u8) -> Append {
        let event = NewEvent {
            id: EventId([number; 16]),
            stream: "authority/a".parse().unwrap(),
            kind: 7,
            body: vec![number],
            meta: Vec::new(),
        };
        Append { events: vec![event], expected: Vec::new(), now_micros: 1 }
    }

    #[tokio::test]
    async fn an_index_that_proves_wrong_and_cannot_be_made_anew_stops_appends_and_no_questions() {
        let directory = tempfile::tempdir().unwrap();
        let options = || Options { chunk_bytes: 4_096, ..Options::new("a test") };
        let (log, _) = ChunkLog::open(directory.path(), options()).unwrap();
        for number in 1..=100 {
            log.append(append(number)).await.unwrap();
        }
        let index = directory.path().join("index");
        std::fs::rename(&index, directory.path().join("aside")).unwrap();
        std::fs::write(&index, "in the way").unwrap();
        let wrong_at_first = |index: &crate::index::Index| match index.generation {
            0 => Err(Fault::Index("it is wrong".to_owned())),
            generation => Ok(generation),
        };
        assert_eq!(log.store.indexed(wrong_at_first).unwrap(), 1);
        let selections = [Selection::All, Selection::Stream("authority/a".parse().unwrap())];
        for selection in &selections {
            let forward = log.read(selection, From::After(Position(50)), 999).await.unwrap();
            assert!(forward.iter().map(|event| event.position.0).eq(51..=100));
            let back = log.read(selection, From::End, 999).await.unwrap();
            assert!(back.iter().map(|event| event.position.0).eq((1..=100).rev()));
        }
        assert_eq!(log.find(EventId([7; 16])).await.unwrap(), Some(Position(7)));
        assert_eq!(log.find(EventId([101; 16])).await.unwrap(), None);
        let error = log.append(append(101)).await.unwrap_err();
        let LogError::Stopped(why) = error else { panic!("{error:?}") };
        assert!(why.contains("removing the index") && why.contains("Not a directory"), "{why}");
        log.close();
        std::fs::remove_file(&index).unwrap();
        let (log, _) = ChunkLog::open(directory.path(), options()).unwrap();
        assert_eq!(log.stopped(), None);
        assert_eq!(log.append(append(101)).await.unwrap().receipts[0].position, Position(101));
    }
}
