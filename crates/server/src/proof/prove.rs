//! Proofs, each against a checkpoint that was signed.

use std::sync::Arc;

use docket_api::pb;
use docket_domain::{EventId, Position, StreamId};
use docket_log::{From, ProvableLog, READ_EVENTS_MAX, Selection, StoredEvent};
use docket_proof::{Checkpoint, Hash, Head, ProveError, SignedCheckpoint, TileError, TileHashes};
use prost::Message as _;

use super::checkpointer::blocking;
use super::heads::{Heads, heads_stream};
use super::{HEADS_STREAM, Proofs, ProofsError, open_note};

/// That an event is in the tree of a checkpoint.
#[derive(Clone, Debug)]
pub struct Inclusion {
    /// The event's position.
    pub position: Position,
    /// Its stored bytes.
    pub stored: Vec<u8>,
    /// From the leaf's sibling up to the root.
    pub hashes: Vec<Hash>,
    /// The checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// That one tree goes on from another.
#[derive(Clone, Debug)]
pub struct Consistency {
    /// Sizes and roots.
    pub trees: [(u64, Hash); 2],
    /// As in RFC 6962, section 2.1.2.
    pub hashes: Vec<Hash>,
}

/// Where a stream ended among the heads of a checkpoint.
#[derive(Clone, Debug)]
pub struct StreamHeadProof {
    /// The head.
    pub head: Head,
    /// Its place among the heads.
    pub proof: docket_proof::HeadProof,
}

/// Where a stream ended as of a checkpoint.
#[derive(Clone, Debug)]
pub struct Completeness {
    /// The event of heads, in the tree of the checkpoint.
    pub heads: Inclusion,
    /// Every event up to here is covered.
    pub through: Position,
    /// The stream.
    pub stream: StreamHeadProof,
}

/// What an event of heads says.
pub(super) struct HeadsEvent {
    pub(super) event: StoredEvent,
    pub(super) through: Position,
    pub(super) count: u64,
    pub(super) root: Hash,
    pub(super) changed: Vec<Head>,
}

/// The hashes of a log's tree.
struct Tiles<'a>(&'a dyn ProvableLog);

impl TileHashes for Tiles<'_> {
    fn hashes(&self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, TileError> {
        self.0.tree_hashes(level, first, count).map_err(|error| TileError::new(level, first, count, error))
    }
}

impl Proofs {
    /// The latest checkpoint.
    ///
    /// # Errors
    /// [`ProofsError::NoSuchCheckpoint`] where none was made yet.
    pub fn latest(&self) -> Result<SignedCheckpoint, ProofsError> {
        let note = self.store.latest()?.ok_or(ProofsError::NoSuchCheckpoint { size: 0 })?;
        open_note(&note, self.verifiers())
    }

    /// The checkpoint of exactly this size; 0: the latest.
    ///
    /// # Errors
    /// [`ProofsError::NoSuchCheckpoint`].
    pub fn of_size(&self, size: u64) -> Result<SignedCheckpoint, ProofsError> {
        if size == 0 {
            return self.latest();
        }
        let note = self.store.of_size(size)?.ok_or(ProofsError::NoSuchCheckpoint { size })?;
        open_note(&note, self.verifiers())
    }

    /// The first checkpoint that covers this position.
    ///
    /// # Errors
    /// [`ProofsError::NotCovered`].
    pub fn covering(&self, position: Position) -> Result<SignedCheckpoint, ProofsError> {
        match self.store.from_size(position.0, 1)?.first() {
            Some(note) => open_note(note, self.verifiers()),
            None => {
                let latest = self.latest().map_or(0, |latest| latest.checkpoint().size);
                Err(ProofsError::NotCovered { position, latest })
            }
        }
    }

    /// At most `limit` checkpoints of at least this size, by size.
    ///
    /// # Errors
    /// Those of reading them.
    pub fn from_size(&self, size: u64, limit: usize) -> Result<Vec<SignedCheckpoint>, ProofsError> {
        let notes = self.store.from_size(size, limit)?;
        notes.iter().map(|note| open_note(note, self.verifiers())).collect()
    }

    /// The same, where it does not hold up others.
    ///
    /// # Errors
    /// Those of reading them.
    pub async fn read_from_size(
        self: &Arc<Self>,
        size: u64,
        limit: usize,
    ) -> Result<Vec<SignedCheckpoint>, ProofsError> {
        let proofs = Arc::clone(self);
        blocking(move || proofs.from_size(size, limit)).await
    }

    /// Where the event of this id is.
    ///
    /// # Errors
    /// [`ProofsError::UnknownEvent`].
    pub async fn position_of(&self, id: EventId) -> Result<Position, ProofsError> {
        self.log.find(id).await?.ok_or(ProofsError::UnknownEvent(id))
    }

    /// That the event at this position is in the tree of the checkpoint of this size; 0: of the latest.
    ///
    /// # Errors
    /// [`ProofsError`].
    pub async fn inclusion(
        self: &Arc<Self>,
        position: Position,
        size: u64,
    ) -> Result<Inclusion, ProofsError> {
        let checkpoint = self.of_size(size)?;
        if position == Position::START || checkpoint.checkpoint().size < position.0 {
            return Err(ProofsError::NotCovered { position, latest: checkpoint.checkpoint().size });
        }
        let before = Position(position.0 - 1);
        let events = self.log.read(&Selection::All, From::After(before), 1).await?;
        let event = events.first().ok_or(ProofsError::TooLarge { size: position.0, head: before })?;
        let stored = event.stored().to_vec();
        self.prove_event(position, stored, checkpoint).await
    }

    async fn prove_event(
        self: &Arc<Self>,
        position: Position,
        stored: Vec<u8>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Inclusion, ProofsError> {
        let (proofs, Checkpoint { size, root, .. }) = (Arc::clone(self), checkpoint.checkpoint().clone());
        let prove = move || proofs.proved(|tiles| docket_proof::inclusion(tiles, position.0, size, &root));
        let hashes = blocking(prove).await?;
        Ok(Inclusion { position, stored, hashes, checkpoint })
    }

    /// That each of these events is in the tree of a checkpoint.
    pub(super) async fn inclusions(
        self: &Arc<Self>,
        positions: Vec<Position>,
        checkpoint: &Checkpoint,
    ) -> Result<Vec<Vec<Hash>>, ProofsError> {
        let (proofs, size, root) = (Arc::clone(self), checkpoint.size, checkpoint.root);
        blocking(move || {
            let one = |position: &Position| {
                proofs.proved(|tiles| docket_proof::inclusion(tiles, position.0, size, &root))
            };
            positions.iter().map(one).collect()
        })
        .await
    }

    /// Makes a proof; where the hashes that are kept do not lead to what was signed, makes them anew and tries once more.
    fn proved<T>(&self, prove: impl Fn(&Tiles<'_>) -> Result<T, ProveError>) -> Result<T, ProofsError> {
        let tiles = Tiles(&*self.log);
        match prove(&tiles) {
            Ok(proof) => Ok(proof),
            Err(error) => {
                tracing::warn!(%error, "a proof could not be made from the hashes as they are kept");
                self.log.repair_tree()?;
                Ok(prove(&tiles)?)
            }
        }
    }

    /// That the tree of the second size goes on from that of the first; second 0: the latest checkpoint's.
    ///
    /// # Errors
    /// [`ProofsError::Order`], [`ProofsError::TooLarge`].
    pub async fn consistency(self: &Arc<Self>, first: u64, second: u64) -> Result<Consistency, ProofsError> {
        let second = if second == 0 { self.latest()?.checkpoint().size } else { second };
        let head = *self.log.head().borrow();
        if head.0 < second {
            return Err(ProofsError::TooLarge { size: second, head });
        }
        if second < first {
            return Err(ProofsError::Order { first, second });
        }
        let proofs = Arc::clone(self);
        blocking(move || {
            let prove = || -> Result<Consistency, ProofsError> {
                let old = proofs.log.frontier(first)?.root();
                let new = proofs.log.frontier(second)?.root();
                let hashes = docket_proof::consistency(&Tiles(&*proofs.log), first, second, &new)?;
                docket_proof::verify_consistency(first, &old, second, &new, &hashes)
                    .map_err(ProveError::from)?;
                Ok(Consistency { trees: [(first, old), (second, new)], hashes })
            };
            prove().or_else(|_| {
                proofs.log.repair_tree()?;
                prove()
            })
        })
        .await
    }

    /// Where a stream ended as of the checkpoint of this size; 0: the latest.
    ///
    /// # Errors
    /// [`ProofsError::UnknownStream`] where it has no event that is covered.
    pub async fn completeness(
        self: &Arc<Self>,
        stream: &StreamId,
        size: u64,
    ) -> Result<Completeness, ProofsError> {
        let checkpoint = self.of_size(size)?;
        let size = checkpoint.checkpoint().size;
        let last = self.last_heads_event(size).await?;
        let last = last.ok_or_else(|| ProofsError::UnknownStream(stream.to_string()))?;
        let heads = self.heads_at(&last).await?;
        let proof = heads.prove(stream.as_str())?;
        let stored = last.event.stored().to_vec();
        let inclusion = self.prove_event(last.event.position, stored, checkpoint).await?;
        Ok(Completeness { heads: inclusion, through: last.through, stream: proof })
    }

    /// The last event of heads among the first `size` events.
    pub(super) async fn last_heads_event(&self, size: u64) -> Result<Option<HeadsEvent>, ProofsError> {
        let selection = heads_selection()?;
        let events = self.log.read(&selection, From::Before(Position(size).next()), 1).await?;
        events.into_iter().next().map(HeadsEvent::of).transpose()
    }

    /// The heads that an event recorded: those of the last checkpoints are at hand, earlier ones are put together.
    pub(super) async fn heads_at(&self, last: &HeadsEvent) -> Result<Arc<Heads>, ProofsError> {
        let latest = Arc::clone(&self.covered().heads);
        let held = || self.held().get(last.through, &last.root);
        if let Some(heads) = Some(latest).filter(|heads| heads.are(last.through, &last.root)).or_else(held) {
            return Ok(heads);
        }
        let streams = self.log.heads().1.into_iter().map(|head| head.stream);
        let streams: Vec<StreamId> = streams.filter(|stream| stream.as_str() != HEADS_STREAM).collect();
        // So much is read: an event of heads for each checkpoint up to this one, or an event of each stream.
        let heads = if last.event.revision.0 <= streams.len() as u64 {
            self.heads_recorded(last).await?
        } else {
            self.heads_read(&streams, last.through).await?
        };
        let heads = Arc::new(Heads::new(last.through, heads)?);
        if !heads.are(last.through, &last.root) {
            let why = "the heads up to it do not give its root".to_owned();
            return Err(ProofsError::NotUnderstood { position: last.event.position, why });
        }
        self.held().put(Arc::clone(&heads));
        Ok(heads)
    }

    /// From what changed, in all events of heads up to one.
    async fn heads_recorded(&self, last: &HeadsEvent) -> Result<Vec<Head>, ProofsError> {
        let selection = heads_selection()?;
        let mut heads = std::collections::BTreeMap::new();
        let (mut after, mut left) = (Position::START, last.event.revision.0);
        while 0 < left {
            let limit = usize::try_from(left).unwrap_or(READ_EVENTS_MAX);
            let events = self.log.read(&selection, From::After(after), limit.min(256)).await?;
            let Some(end) = events.last() else { break };
            (after, left) = (end.position, left.saturating_sub(events.len() as u64));
            for event in events {
                for head in HeadsEvent::of(event)?.changed {
                    heads.insert(head.stream.clone(), head);
                }
            }
        }
        Ok(heads.into_values().collect())
    }

    /// From the last event of each stream up to a position.
    async fn heads_read(&self, streams: &[StreamId], through: Position) -> Result<Vec<Head>, ProofsError> {
        let mut heads = Vec::with_capacity(streams.len());
        for stream in streams {
            let selection = Selection::Stream(stream.clone());
            let events = self.log.read(&selection, From::Before(through.next()), 1).await?;
            heads.extend(events.first().map(|event| Head {
                stream: stream.clone().into(),
                revision: event.revision.0,
                leaf: event.leaf_hash(),
            }));
        }
        Ok(heads)
    }
}

impl Heads {
    /// Where a stream ended.
    pub(super) fn prove(&self, stream: &str) -> Result<StreamHeadProof, ProofsError> {
        let unknown = || ProofsError::UnknownStream(stream.to_owned());
        let (head, proof) = self.tree.prove(stream)?.ok_or_else(unknown)?;
        Ok(StreamHeadProof { head: head.clone(), proof })
    }
}

fn heads_selection() -> Result<Selection, ProofsError> {
    Ok(Selection::Stream(heads_stream()?))
}

impl HeadsEvent {
    /// What this event says.
    pub(super) fn of(event: StoredEvent) -> Result<Self, ProofsError> {
        let position = event.position;
        let wrong = |why: &str| ProofsError::NotUnderstood { position, why: why.to_owned() };
        let body = pb::Event::decode(event.body()).map_err(|_| wrong("it is no event"))?;
        let Some(pb::event::Body::HeadsRecorded(heads)) = body.body else {
            return Err(wrong("it does not say where streams ended"));
        };
        let hash = |bytes: &[u8]| Hash::try_from(bytes).map_err(|_| wrong("a hash has not 32 bytes"));
        let changed = heads.changed.iter().map(|head| {
            let leaf = hash(&head.leaf_hash)?;
            Ok(Head { stream: head.stream.as_str().into(), revision: head.revision, leaf })
        });
        Ok(Self {
            through: Position(heads.through_position),
            count: heads.stream_count,
            root: hash(&heads.heads_root)?,
            changed: changed.collect::<Result<_, ProofsError>>()?,
            event,
        })
    }
}
