//! Makes checkpoints: now and then, if the log grew, it records where every stream ended and signs the tree up to there.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use docket_domain::{Position, StreamId};
use docket_log::{Append, From, LogError, READ_EVENTS_MAX, Selection};
use docket_proof::{Checkpoint, Frontier};

use super::heads::{Heads, Recorded, Taken};
use super::{Covered, HEADS_STREAM, Proofs, ProofsError};
use crate::clock::Clock;

/// How often a checkpoint is made, unless the configuration says otherwise.
pub const CHECKPOINT_SECONDS_DEFAULT: u64 = 1;
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
        let recorded = match unsigned {
            Some(unsigned) => unsigned,
            None => {
                let begun = self.covered().unrecorded.take();
                let taken = match begun {
                    Some(begun) => Some(begun),
                    None => {
                        let proofs = Arc::clone(self);
                        blocking(move || proofs.take_heads()).await?
                    }
                };
                let Some(taken) = taken else { return Ok(None) };
                let Some(recorded) = self.record(taken, now_micros).await? else { return Ok(None) };
                recorded
            }
        };
        // Where signing fails, the same heads are signed at the next step.
        self.covered().unsigned = Some(recorded.clone());
        let proofs = Arc::clone(self);
        blocking(move || proofs.sign(recorded)).await.map(Some)
    }

    /// Where every stream ends now, and which of them grew since the last checkpoint; none where none did.
    pub(super) fn take_heads(&self) -> Result<Option<Taken>, ProofsError> {
        let (signed, more) = {
            let covered = self.covered();
            (covered.frontier.size(), covered.more)
        };
        if self.log.head().borrow().0 == signed && !more {
            return Ok(None);
        }
        let heads = Heads::of(self.log.heads())?;
        let mut covered = self.covered();
        let changed = heads.changed_since(&covered.heads);
        covered.more &= !changed.is_empty();
        Ok((!changed.is_empty()).then(|| Taken { heads: Arc::new(heads), changed }))
    }

    /// Records the heads. None where the log does not write.
    ///
    /// Where it takes several appends, and the log is busy before the last, the next step goes on with the same heads: what is recorded of
    /// them by then is not recorded again.
    pub(super) async fn record(
        &self,
        taken: Taken,
        now_micros: i64,
    ) -> Result<Option<Recorded>, ProofsError> {
        let (mut size, mut events) = (0, 0);
        for parts in taken.appends() {
            events += parts.len() as u64;
            size = match self.offer(&taken, &parts, now_micros).await {
                Ok(position) => position.0,
                Err(LogError::Stopped(_)) => return Ok(None),
                Err(error) => {
                    drop(parts);
                    let again = matches!(error, LogError::Busy | LogError::Unknown);
                    self.covered().unrecorded = again.then_some(taken);
                    return Err(error.into());
                }
            };
        }
        let more = size != taken.heads.through.0 + events;
        Ok(Some(Recorded { size, heads: taken.heads, more }))
    }

    /// One append of heads; tells the position of its last event.
    async fn offer(
        &self,
        taken: &Taken,
        parts: &[(usize, &[docket_proof::Head])],
        now_micros: i64,
    ) -> Result<Position, LogError> {
        let (mut tries, mut reused) = (0, 0);
        loop {
            let origin = self.keys.origin();
            let event =
                |(number, part): &(usize, &[docket_proof::Head])| taken.event(origin, reused, *number, part);
            let events = parts.iter().map(event).collect::<Result<Vec<_>, _>>()?;
            let append = Append { events, expected: Vec::new(), now_micros };
            tries += 1;
            match self.log.append(append).await {
                Ok(appended) => {
                    let none = || LogError::Refused("an append of no heads".to_owned());
                    return appended.receipts.last().map(|receipt| receipt.position).ok_or_else(none);
                }
                Err(LogError::Busy | LogError::Unknown) if tries < OFFERS_MAX => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                // Somebody chose the id of one of them for an event of their own.
                Err(LogError::IdReused { .. } | LogError::PartlyRecorded { .. }) if reused < OFFERS_MAX => {
                    reused += 1
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Signs the tree of this size, which goes on from the last that was signed, and keeps the checkpoint.
    fn sign(&self, recorded: Recorded) -> Result<u64, ProofsError> {
        let Recorded { size, heads, more } = recorded;
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
        self.keep(&frontier, &heads)?;
        *self.covered() = Covered { frontier, heads, more, unsigned: None, unrecorded: None };
        self.signed.send_replace(size);
        Ok(size)
    }

    /// Signs a tree and keeps the checkpoint; whoever sees it finds its heads held already, and those of the one before it still.
    pub(super) fn keep(&self, frontier: &Frontier, heads: &Arc<Heads>) -> Result<(), ProofsError> {
        let before = Arc::clone(&self.covered().heads);
        let mut held = self.held();
        held.put(before);
        held.put(Arc::clone(heads));
        drop(held);
        self.sign_tree(frontier)
    }

    /// The tree that was signed last, with the events after it up to this size.
    pub(super) fn grown_to(&self, size: u64) -> Result<Frontier, ProofsError> {
        let signed = self.covered().frontier.clone();
        Ok(self.log.grown(signed, size)?)
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
        let heads = Heads::of(self.log.heads())?;
        let head = heads.through;
        let mut grown = std::collections::HashSet::<StreamId>::new();
        let mut after = last.through;
        while after < head {
            let events = self.log.read(&Selection::All, From::After(after), READ_EVENTS_MAX).await?;
            let Some(end) = events.last() else { break };
            after = end.position;
            grown.extend(events.into_iter().map(|event| event.stream));
        }
        let only_heads = grown.iter().all(|stream| stream.as_str() == HEADS_STREAM);
        let still = heads.tree.heads().iter().filter(|head| !grown.contains(&*head.stream));
        let heads = Heads::new(last.through, still.cloned().collect())?;
        if only_heads && heads.tree.root() != last.root {
            return Err(ProofsError::Inconsistent { signed, head });
        }
        let mut covered = self.covered();
        (covered.heads, covered.more) = (Arc::new(heads), !only_heads);
        Ok(())
    }
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
