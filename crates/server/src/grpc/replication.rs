//! `ReplicationService`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use docket_api::pb;
use docket_api::pb::replicate_response::Message;
use docket_api::pb::replication_service_server::ReplicationService;
use docket_domain::Position;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tonic::{Request, Response, Status};

use super::Grpc;
use super::errors::Failure;
use super::proof::signed;
use super::respond::{self, Many};
use crate::proof::{LATE_MAX, Proofs};
use crate::tracker::{Original, Reading, Tracker, TrackerError};

/// Most bytes of one message to a copy: as many as the log takes in one append, and what surrounds them.
pub const COPIED_BYTES_MAX: usize = 32 << 20;
/// How often it is looked whether a checkpoint came, or a cosignature, where no event does.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);
/// Checkpoints that are read at once.
const CHECKPOINTS_AT_ONCE: usize = 16;
/// Messages that wait to be sent.
const QUEUE_MAX: usize = 4;

#[tonic::async_trait]
impl ReplicationService for Grpc {
    type ReplicateStream = Many<pb::ReplicateResponse>;

    async fn replicate(
        &self,
        request: Request<pb::ReplicateRequest>,
    ) -> Result<Response<Self::ReplicateStream>, Status> {
        let rendered = |message| pb::ReplicateResponse { message: Some(message) };
        respond::many("Replicate", self.replicating(request.into_inner()), rendered).await
    }
}

impl Grpc {
    async fn replicating(&self, request: pb::ReplicateRequest) -> Result<Reading<Message>, Failure> {
        let sent = Position(request.after_position);
        let Original { log_id, last, leaf_hash } = self.tracker.original(sent).await?;
        let keys = self.proofs.iter().flat_map(|proofs| proofs.verifiers()).map(ToString::to_string);
        let log = pb::ReplicatedLog {
            log_id: log_id.to_vec(),
            last_position: last.0,
            leaf_hash: leaf_hash.map_or_else(Vec::new, |hash| hash.to_vec()),
            verifier_keys: keys.collect(),
        };
        let (sender, reading) = mpsc::channel(QUEUE_MAX);
        let copying = Copying {
            tracker: Arc::clone(&self.tracker),
            proofs: self.proofs.clone(),
            sent,
            from: request.from_checkpoint_size,
            signed: BTreeMap::new(),
            cosignatures: 0,
            sender,
        };
        tokio::spawn(copying.run(log));
        Ok(reading)
    }
}

/// Hands out the log to one copy.
struct Copying {
    tracker: Arc<Tracker>,
    proofs: Option<Arc<Proofs>>,
    /// Every event up to here was sent.
    sent: Position,
    /// Every checkpoint of a smaller size was sent.
    from: u64,
    /// The last of them, by size, as they were sent: those to which a cosignature may still be added.
    signed: BTreeMap<u64, String>,
    /// How many cosignatures there were when these were read.
    cosignatures: u64,
    sender: mpsc::Sender<Result<Message, TrackerError>>,
}

/// Why no more is handed out.
enum Ended {
    /// Whoever kept the copy does so no more.
    Gone,
    Failed(TrackerError),
}

impl From<TrackerError> for Ended {
    fn from(error: TrackerError) -> Self {
        Self::Failed(error)
    }
}

impl Copying {
    async fn run(mut self, log: pb::ReplicatedLog) {
        if let Err(Ended::Failed(error)) = self.hand_out(log).await {
            // Whoever is gone does not hear of it.
            let _gone = self.sender.send(Err(error)).await;
        }
    }

    async fn hand_out(&mut self, log: pb::ReplicatedLog) -> Result<(), Ended> {
        self.tell(Message::Log(log)).await?;
        let (mut heads, mut stopping) = (self.tracker.heads(), self.tracker.stopping());
        let mut ticks = interval(CHECKPOINT_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut caught_up = false;
        loop {
            // Marked before it is read: whatever is recorded meanwhile wakes us again.
            let head = *heads.borrow_and_update();
            if head < self.sent {
                return Err(TrackerError::NotYetRecorded { asked: self.sent, head }.into());
            }
            while self.sent < head {
                if *stopping.borrow() {
                    return Err(TrackerError::ShuttingDown.into());
                }
                let (last, events) = self.tracker.stored_after(self.sent).await?;
                self.tell(Message::Events(pb::StoredEvents { events })).await?;
                self.sent = last;
                self.checkpoints().await?;
            }
            self.checkpoints().await?;
            if !caught_up {
                caught_up = true;
                self.tell(Message::CaughtUp(pb::CaughtUp { position: self.sent.0 })).await?;
            }
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => return Err(TrackerError::ShuttingDown.into()),
                () = self.sender.closed() => return Err(Ended::Gone),
                _ = heads.changed() => {}
                _ = ticks.tick() => {}
            }
        }
    }

    /// Sends the checkpoints that cover no more than was sent, and those again that were cosigned since.
    async fn checkpoints(&mut self) -> Result<(), Ended> {
        while let Some(proofs) = &self.proofs {
            // Marked before they are read: of whatever is added meanwhile it is known that these are to be looked at again.
            let cosignatures = proofs.cosignatures();
            let again = self.signed.keys().next().filter(|_| cosignatures != self.cosignatures);
            let (from, limit) = again.map_or((self.from, CHECKPOINTS_AT_ONCE), |first| {
                (*first, self.signed.len() + CHECKPOINTS_AT_ONCE)
            });
            let found = match proofs.read_from_size(from, limit).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(%error, "a copy is sent no more checkpoints: they cannot be read");
                    self.proofs = None;
                    return Ok(());
                }
            };
            self.cosignatures = cosignatures;
            let covered = found.iter().map(signed).take_while(|checkpoint| checkpoint.size <= self.sent.0);
            let is_new = |checkpoint: &pb::SignedCheckpoint| {
                self.signed.get(&checkpoint.size) != Some(&checkpoint.note)
            };
            let new: Vec<_> = covered.filter(is_new).collect();
            if new.is_empty() {
                return Ok(());
            }
            for checkpoint in new {
                self.from = self.from.max(checkpoint.size + 1);
                self.signed.insert(checkpoint.size, checkpoint.note.clone());
                self.tell(Message::Checkpoint(checkpoint)).await?;
            }
            while LATE_MAX < self.signed.len() {
                self.signed.pop_first();
            }
        }
        Ok(())
    }

    async fn tell(&self, message: Message) -> Result<(), Ended> {
        self.sender.send(Ok(message)).await.map_err(|_| Ended::Gone)
    }
}
