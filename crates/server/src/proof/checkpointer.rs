//! Makes checkpoints: now and then, if the log grew, it records where every stream ended and signs the tree up to there.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use docket_api::{kinds, pb};
use docket_domain::{EventId, Position, StreamId};
use docket_log::{Append, From, LogError, NewEvent, READ_EVENTS_MAX, Selection, StreamHead};
use docket_proof::{Checkpoint, Frontier, Head, HeadsTree};
use prost::Message as _;
use uuid::Uuid;

use super::{Covered, HEADS_STREAM, Heads, Proofs, ProofsError};
use crate::clock::Clock;

/// How often a checkpoint is made, unless the configuration says otherwise.
pub const CHECKPOINT_SECONDS_DEFAULT: u64 = 1;
/// Most changed streams in one event.
const CHANGED_MAX: usize = 1_000;
/// Leaf hashes that are read at once.
const LEAVES_AT_ONCE: usize = 65_536;
/// Ids of events of heads are made in this space from log and position.
const NAMESPACE: Uuid = Uuid::from_u128(0x7c0e_31d5_a9b4_4f5e_9a61_03c8_d2f7_55ab);
/// How often the same heads are offered where the log's queue is full.
const OFFERS_MAX: usize = 10;

impl Proofs {
    /// Makes a checkpoint at each interval in which the log grew, and a last one when `until` comes.
    pub async fn keep_signing(
        self: Arc<Self>,
        every: Duration,
        clock: Arc<dyn Clock>,
        until: impl Future<Output = ()> + Send,
    ) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut until = std::pin::pin!(until);
        loop {
            let last = tokio::select! {
                _ = ticks.tick() => false,
                () = &mut until => true,
            };
            let micros = clock.now().as_microsecond();
            if let Err(error) = self.step(micros).await {
                tracing::error!(error = chain(&error), "no checkpoint was made");
            }
            if last {
                return;
            }
        }
    }

    /// Makes a checkpoint if the log grew since the last one. Tells its size.
    ///
    /// # Errors
    /// [`ProofsError`]; the next step tries again.
    pub async fn step(self: &Arc<Self>, now_micros: i64) -> Result<Option<u64>, ProofsError> {
        let unsigned = self.covered().unsigned.take();
        let (size, heads) = match unsigned {
            Some(unsigned) => unsigned,
            None => {
                let proofs = Arc::clone(self);
                let taken = blocking(move || proofs.take_heads()).await?;
                let Some((heads, changed)) = taken else { return Ok(None) };
                let Some(position) = self.record(&heads, &changed, now_micros).await? else {
                    return Ok(None);
                };
                (position.0, Arc::new(heads))
            }
        };
        // Where signing fails, the same heads are signed at the next step.
        self.covered().unsigned = Some((size, Arc::clone(&heads)));
        let proofs = Arc::clone(self);
        blocking(move || proofs.sign(size, heads)).await.map(Some)
    }

    /// Where every stream ends now, and which of them grew since the last checkpoint; none where none did.
    fn take_heads(&self) -> Result<Option<(Heads, Vec<Head>)>, ProofsError> {
        if self.log.head().borrow().0 == self.covered().frontier.size() {
            return Ok(None);
        }
        let heads = Heads::of(self.log.heads())?;
        let changed = heads.changed_since(&self.covered().heads);
        Ok((!changed.is_empty()).then_some((heads, changed)))
    }

    /// Records the heads; tells the position of the last event that does. None where the log does not write.
    async fn record(
        &self,
        heads: &Heads,
        changed: &[Head],
        now_micros: i64,
    ) -> Result<Option<Position>, ProofsError> {
        let stream: StreamId =
            HEADS_STREAM.parse().map_err(|_| LogError::Refused(HEADS_STREAM.to_owned()))?;
        let (mut tries, mut reused) = (0, 0);
        loop {
            let log = format!("{} {reused}", self.keys.origin());
            let event = |(part, changed): (usize, &[Head])| heads.event(&stream, &log, part, changed);
            let events: Vec<NewEvent> = changed.chunks(CHANGED_MAX).enumerate().map(event).collect();
            let append = Append { events, expected: Vec::new(), now_micros };
            tries += 1;
            match self.log.append(append).await {
                Ok(appended) => return Ok(appended.receipts.last().map(|receipt| receipt.position)),
                Err(LogError::Stopped(_)) => return Ok(None),
                Err(LogError::Busy | LogError::Unknown) if tries < OFFERS_MAX => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                // Somebody chose this very id for an event of their own.
                Err(LogError::IdReused { .. }) if reused < OFFERS_MAX => reused += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Signs the tree of this size, which goes on from the last that was signed, and keeps the checkpoint.
    fn sign(&self, size: u64, heads: Arc<Heads>) -> Result<u64, ProofsError> {
        let mut frontier = self.grown_to(size)?;
        // The log computes it from the footers of its chunks; hashes that are kept may be rotten where the events are not.
        if frontier != self.log.frontier(size)? {
            self.log.repair_tree()?;
            frontier = self.grown_to(size)?;
        }
        if frontier != self.log.frontier(size)? {
            let signed = self.covered().frontier.size();
            return Err(ProofsError::Inconsistent { signed, head: Position(size) });
        }
        self.sign_tree(&frontier)?;
        let mut covered = self.covered();
        *covered = Covered { frontier, heads, unsigned: None };
        self.signed.send_replace(size);
        Ok(size)
    }

    /// The tree that was signed last, with the events after it up to this size.
    fn grown_to(&self, size: u64) -> Result<Frontier, ProofsError> {
        let mut frontier = self.covered().frontier.clone();
        while frontier.size() < size {
            let more = usize::try_from(size - frontier.size()).unwrap_or(usize::MAX).min(LEAVES_AT_ONCE);
            for leaf in self.log.tree_hashes(0, frontier.size(), more)? {
                frontier.push(leaf);
            }
        }
        Ok(frontier)
    }

    fn sign_tree(&self, frontier: &Frontier) -> Result<(), ProofsError> {
        let checkpoint = Checkpoint::new(self.keys.origin(), frontier.size(), frontier.root());
        let signed = checkpoint.and_then(|checkpoint| checkpoint.sign(&self.keys.signing));
        let signed = signed.map_err(ProofsError::Checkpoint)?;
        self.store.add(frontier.size(), &signed.to_string())?;
        Ok(())
    }

    /// What the last checkpoint covered, after a start: the heads as they are now, but for the streams that grew since.
    ///
    /// A stream that grew is told as changed by the next checkpoint, whatever it was before; so it need not be known what it was.
    pub(super) async fn recall(&self) -> Result<(), ProofsError> {
        let signed = self.covered().frontier.size();
        let Some(last) = self.last_heads_event(signed).await? else { return Ok(()) };
        let mut heads = Heads::of(self.log.heads())?;
        let head = heads.through;
        let mut grown = std::collections::HashSet::new();
        let mut after = last.through;
        while after < head {
            let events = self.log.read(&Selection::All, From::After(after), READ_EVENTS_MAX).await?;
            let Some(end) = events.last() else { break };
            after = end.position;
            grown.extend(events.into_iter().map(|event| event.stream.to_string()));
        }
        let only_heads = grown.iter().all(|stream| stream == HEADS_STREAM);
        heads.heads.retain(|head| !grown.contains(&head.stream));
        heads.through = last.through;
        heads.tree = HeadsTree::new(heads.heads.iter().cloned())?;
        if only_heads && heads.tree.root() != last.root {
            return Err(ProofsError::Inconsistent { signed, head });
        }
        self.covered().heads = Arc::new(heads);
        Ok(())
    }
}

impl Heads {
    /// The heads of a log as of a position, without the stream in which they are recorded.
    fn of((through, heads): (Position, Vec<StreamHead>)) -> Result<Self, ProofsError> {
        let mut heads: Vec<Head> = heads
            .into_iter()
            .map(|head| Head {
                stream: head.stream.to_string(),
                revision: head.revision.0,
                leaf: head.leaf_hash,
            })
            .filter(|head| head.stream != HEADS_STREAM)
            .collect();
        heads.sort_unstable_by(|a, b| a.stream.cmp(&b.stream));
        let tree = HeadsTree::new(heads.iter().cloned())?;
        Ok(Self { through, heads, tree })
    }

    fn changed_since(&self, before: &Self) -> Vec<Head> {
        let known: HashMap<&str, u64> =
            before.heads.iter().map(|head| (head.stream.as_str(), head.revision)).collect();
        let changed = |head: &&Head| known.get(head.stream.as_str()) != Some(&head.revision);
        self.heads.iter().filter(changed).cloned().collect()
    }

    /// The event that records them, or a part of those that changed. The same heads always make the same event.
    fn event(&self, stream: &StreamId, origin: &str, part: usize, changed: &[Head]) -> NewEvent {
        let name = format!("{origin} {} {part}", self.through);
        let id = EventId(Uuid::new_v5(&NAMESPACE, name.as_bytes()).into_bytes());
        let recorded = pb::HeadsRecorded {
            through_position: self.through.0,
            stream_count: self.tree.count(),
            heads_root: self.tree.root().to_vec(),
            changed: changed.iter().map(stream_head).collect(),
        };
        let body = pb::Event {
            event_id: id.to_string(),
            stream: stream.to_string(),
            body: Some(pb::event::Body::HeadsRecorded(recorded)),
            ..pb::Event::default()
        };
        let meta = pb::RecordedEvent { recorded_by: "docket".to_owned(), ..pb::RecordedEvent::default() };
        NewEvent {
            id,
            stream: stream.clone(),
            kind: kinds::HEADS_RECORDED,
            body: body.encode_to_vec(),
            meta: meta.encode_to_vec(),
        }
    }
}

fn stream_head(head: &Head) -> pb::StreamHead {
    pb::StreamHead { stream: head.stream.clone(), revision: head.revision, leaf_hash: head.leaf.to_vec() }
}

/// Work that reads files, where it does not hold up others.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ProofsError> + Send + 'static,
) -> Result<T, ProofsError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(ProofsError::Io(std::io::Error::other(error))),
    }
}

fn chain(error: &ProofsError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
