//! Verifies a case bundle, on a machine that has never seen the server: signatures, proofs, links, and the answer computed once more.
//!
//! `docs/proofs.md` says the same in words, for whoever writes another verifier.

use std::sync::Arc;

use async_trait::async_trait;
use docket_api::from_proto::{AsOfQuestion, Known};
use docket_api::{changes, from_proto, kinds, pb, to_proto};
use docket_domain::date::Date;
use docket_domain::id::{InvalidProviderUrn, ProviderUrn};
use docket_domain::{EventId, Position, StreamId};
use docket_log::{Append, Appended, EventLog, From, LogError, READ_EVENTS_MAX, Selection, StoredEvent};
use docket_proof::{
    Checkpoint, Cosignature, Hash, Head, HeadProof, SignedCheckpoint, VerifierKey, verify_inclusion,
};
use prost::{Message, Name};
use tokio::sync::watch;

use super::prove::HeadsEvent;
use super::{HEADS_STREAM, ProofsError};
use crate::clock::SystemClock;
use crate::tracker::{AUTHORITY, Tracker, TrackerError};

/// The format of the bundles that this program makes and verifies.
pub const BUNDLE_FORMAT: u32 = 1;

/// Whom the auditor believes.
#[derive(Clone, Debug, Default)]
pub struct Demands {
    /// The log's keys; one of them must have signed.
    pub keys: Vec<VerifierKey>,
    /// Witnesses.
    pub witnesses: Vec<VerifierKey>,
    /// How many of them must have cosigned.
    pub required: usize,
    /// The day whose answer is wanted in place of the bundle's, which is computed again in any case.
    pub effective: Option<Date>,
}

/// What a bundle proved.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The checkpoint that everything rests on.
    pub checkpoint: SignedCheckpoint,
    /// The witnesses who cosigned it.
    pub cosigned: Vec<Cosignature>,
    /// The histories are whole up to this position.
    pub through: Position,
    /// Each stream, and how many events it has.
    pub streams: Vec<(String, u64)>,
    /// The answer that follows, of an authority: that of the bundle, or of the day that was demanded.
    pub status: Option<pb::AuthorityStatus>,
    /// The same of a provider.
    pub provider_status: Option<pb::ProviderStatus>,
}

/// Why a bundle proves nothing. Each says where, and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is of another format, or parts are missing.
    #[error("{part}: {why}")]
    Form {
        /// Which part of it.
        part: String,
        /// What is wrong.
        why: String,
    },
    /// The checkpoint is not signed by any key that is believed.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] docket_proof::CheckpointError),
    /// Too few witnesses cosigned.
    #[error("checkpoint: {0}")]
    Cosignature(#[from] docket_proof::CosignatureError),
    /// A proof does not hold.
    #[error("{part}: {why}")]
    Proof {
        /// Which part of the bundle.
        part: String,
        /// Why it does not hold.
        why: String,
    },
    /// The events give another answer.
    #[error("status: the events give another answer than the bundle says; these fields of it differ: {0}")]
    Answer(String),
    /// The events give no answer.
    #[error("status: the events give no answer")]
    Tracker(#[from] TrackerError),
}

fn form(part: impl Into<String>, why: impl Into<String>) -> BundleError {
    BundleError::Form { part: part.into(), why: why.into() }
}

fn proof(part: impl Into<String>, why: impl ToString) -> BundleError {
    BundleError::Proof { part: part.into(), why: why.to_string() }
}

/// Verifies a bundle: all of it, or it says what does not hold.
///
/// # Errors
/// [`BundleError`].
pub async fn verify(bundle: &pb::CaseBundle, demands: &Demands) -> Result<Verified, BundleError> {
    if bundle.format != BUNDLE_FORMAT {
        let why = format!("is {}, this program verifies format {BUNDLE_FORMAT}", bundle.format);
        return Err(form("format", why));
    }
    let checkpoint = SignedCheckpoint::open(bundle.checkpoint.as_bytes(), &demands.keys)?;
    let cosigned = match demands.required {
        0 if demands.witnesses.is_empty() => Vec::new(),
        required => checkpoint.cosigned(&demands.witnesses, required)?,
    };
    let heads = heads_of(bundle, checkpoint.checkpoint())?;
    let subject = match (bundle.authority.as_str(), bundle.provider.as_str()) {
        (authority, "") => format!("{AUTHORITY}/{authority}"),
        ("", provider) => format!("{}/{provider}", StreamId::PROVIDER),
        _ => return Err(form("provider", "is named beside an authority; a bundle is of one subject")),
    };
    let names: Vec<&str> =
        bundle.streams.iter().filter_map(|stream| Some(stream.proof.as_ref()?.stream.as_str())).collect();
    // A log in which nothing of the regulator, or no policy, is recorded has no such stream.
    let [calendar, regulator, policy] = StreamId::NATIONAL;
    let is_usual = names
        .strip_prefix(&[subject.as_str(), calendar])
        .is_some_and(|others| [&[][..], &[regulator], &[policy], &[regulator, policy]].contains(&others));
    if !is_usual {
        let why = format!(
            "are {names:?}; a bundle has {subject}, {calendar} and, where there are such, {regulator} and {policy}"
        );
        return Err(form("streams", why));
    }
    let mut events = Vec::new();
    let mut streams = Vec::new();
    for (number, stream) in bundle.streams.iter().enumerate() {
        let part = format!("streams[{number}]");
        let of_stream = stream_events(stream, &part, &heads, checkpoint.checkpoint())?;
        let name = of_stream.first().map(|event| event.stream.to_string()).unwrap_or_default();
        streams.push((name, of_stream.len() as u64));
        events.extend(of_stream);
    }
    events.sort_by_key(|event| event.position);
    let (status, provider_status) = answered_again(bundle, events, demands.effective).await?;
    Ok(Verified { checkpoint, cosigned, through: heads.through, streams, status, provider_status })
}

/// The event that these stored bytes are.
fn read_event(stored: &[u8], part: &str) -> Result<StoredEvent, BundleError> {
    StoredEvent::from_stored(stored.to_vec().into()).map_err(|error| match error {
        LogError::Refused(why) => form(part, format!("is no event: {why}")),
        error => form(part, error.to_string()),
    })
}

/// The event of heads, which the checkpoint was signed right after.
fn heads_of(bundle: &pb::CaseBundle, signed: &Checkpoint) -> Result<HeadsEvent, BundleError> {
    let part = "heads";
    let heads = bundle.heads.as_ref().ok_or_else(|| form(part, "is missing"))?;
    let event = read_event(&heads.stored, part)?;
    if event.stream.as_str() != HEADS_STREAM || event.kind != kinds::HEADS_RECORDED {
        return Err(form(part, format!("is not an event of {HEADS_STREAM}")));
    }
    if event.position.0 != signed.size {
        let why = format!(
            "is the event at position {}, the checkpoint covers {}: later events would not be covered",
            event.position, signed.size
        );
        return Err(proof(part, why));
    }
    if heads.position != signed.size {
        return Err(form(
            "heads.position",
            format!("is {}, the event is at {}", heads.position, signed.size),
        ));
    }
    included(&event, &heads.hashes, signed, part)?;
    let heads = HeadsEvent::of(event).map_err(|error: ProofsError| form(part, error.to_string()))?;
    if signed.size <= heads.through.0 {
        let why = format!("cover events up to position {}, after the event itself", heads.through);
        return Err(proof(part, why));
    }
    Ok(heads)
}

/// The events of a stream, if they are all that it had.
fn stream_events(
    stream: &pb::BundledStream,
    part: &str,
    heads: &HeadsEvent,
    signed: &Checkpoint,
) -> Result<Vec<StoredEvent>, BundleError> {
    let said = stream.proof.as_ref().ok_or_else(|| form(format!("{part}.proof"), "is missing"))?;
    let leaf = hash(&said.leaf_hash, &format!("{part}.proof.leaf_hash"))?;
    let head = Head { stream: said.stream.as_str().into(), revision: said.revision, leaf };
    let path = hashes(&said.hashes, &format!("{part}.proof.hashes"))?;
    // The hashes alone do not fix how many heads there are.
    if said.count != heads.count {
        let why = format!("is {}, the heads are of {} streams", said.count, heads.count);
        return Err(proof(format!("{part}.proof.count"), why));
    }
    HeadProof { index: said.index, count: said.count, path }
        .verify(&head, &heads.root)
        .map_err(|error| proof(format!("{part}.proof"), error))?;
    let mut previous: Option<StoredEvent> = None;
    let mut events = Vec::with_capacity(stream.events.len());
    for (number, bundled) in stream.events.iter().enumerate() {
        let part = format!("{part}.events[{number}]");
        let event = read_event(&bundled.stored, &part)?;
        follows(&event, previous.as_ref(), &said.stream, heads.through).map_err(|why| proof(&*part, why))?;
        included(&event, &bundled.hashes, signed, &part)?;
        previous = Some(event.clone());
        events.push(event);
    }
    let last = previous.map_or((0, [0; 32]), |event| (event.revision.0, event.leaf_hash()));
    if last == (head.revision, head.leaf) {
        return Ok(events);
    }
    let why = format!("ends at revision {}, the stream had {} as of the checkpoint", last.0, head.revision);
    Err(proof(format!("{part}.events"), why))
}

/// Whether an event is the one after another of its stream.
fn follows(
    event: &StoredEvent,
    previous: Option<&StoredEvent>,
    stream: &str,
    through: Position,
) -> Result<(), String> {
    let before = previous.map_or(0, |previous| previous.revision.0);
    if event.stream.as_str() != stream {
        return Err(format!("is of the stream {}, not {stream}", event.stream));
    }
    if event.revision.0 != before + 1 {
        return Err(format!("is revision {}, {} comes next", event.revision, before + 1));
    }
    if event.previous != previous.map(|previous| previous.leaf_hash()) {
        return Err("does not follow from the event before it".to_owned());
    }
    let late = previous.is_some_and(|previous| {
        event.position <= previous.position || event.recorded_at_micros < previous.recorded_at_micros
    });
    if late || through < event.position {
        return Err(format!("at position {} is not in order", event.position));
    }
    Ok(())
}

fn included(
    event: &StoredEvent,
    path: &[Vec<u8>],
    signed: &Checkpoint,
    part: &str,
) -> Result<(), BundleError> {
    let path = hashes(path, &format!("{part}.hashes"))?;
    verify_inclusion(&event.leaf_hash(), event.position.0, signed.size, &signed.root, &path)
        .map_err(|error| proof(part, error))
}

fn hash(bytes: &[u8], part: &str) -> Result<Hash, BundleError> {
    bytes.try_into().map_err(|_| form(part, format!("has {} bytes, a hash has 32", bytes.len())))
}

fn hashes(all: &[Vec<u8>], part: &str) -> Result<Vec<Hash>, BundleError> {
    all.iter().map(|bytes| hash(bytes, part)).collect()
}

/// The answer to the bundle's question, from its events alone; and where another day is wanted the answer of that one in its place.
async fn answered_again(
    bundle: &pb::CaseBundle,
    events: Vec<StoredEvent>,
    effective: Option<Date>,
) -> Result<(Option<pb::AuthorityStatus>, Option<pb::ProviderStatus>), BundleError> {
    let tracker = replaying(events);
    let (unasked, part) = match bundle.provider.as_str() {
        "" => (bundle.provider_status.is_some(), "provider_status"),
        _ => (bundle.status.is_some(), "status"),
    };
    if unasked {
        return Err(form(part, "is the answer about another kind of subject; a bundle has one answer"));
    }
    if bundle.provider.is_empty() {
        let said = bundle.status.as_ref().ok_or_else(|| form("status", "is missing"))?;
        let asked = asked_again(said.as_of, "status.as_of", &tracker)?;
        let answer = async |question| tracker.status(&bundle.authority, &question).await;
        let status = to_proto::status(&answer(asked).await?);
        same(said, &status, said.as_of == status.as_of)?;
        let Some(day) = effective else { return Ok((Some(status), None)) };
        return Ok((Some(to_proto::status(&answer(on(day, asked)).await?)), None));
    }
    let said = bundle.provider_status.as_ref().ok_or_else(|| form("provider_status", "is missing"))?;
    let asked = asked_again(said.as_of, "provider_status.as_of", &tracker)?;
    let urn: ProviderUrn =
        bundle.provider.parse().map_err(|error: InvalidProviderUrn| form("provider", error.to_string()))?;
    let answer = async |question| tracker.provider(urn.clone(), &question).await;
    let status = to_proto::provider_status(&answer(asked).await?);
    same(said, &status, said.as_of == status.as_of)?;
    let Some(day) = effective else { return Ok((None, Some(status))) };
    Ok((None, Some(to_proto::provider_status(&answer(on(day, asked)).await?))))
}

fn on(day: Date, asked: AsOfQuestion) -> AsOfQuestion {
    AsOfQuestion { effective: Some(day), ..asked }
}

/// The question that was asked; what was known is what the bundle holds.
fn asked_again(asked: Option<pb::AsOf>, part: &str, tracker: &Tracker) -> Result<AsOfQuestion, BundleError> {
    let unreadable = |problems: Vec<from_proto::FieldProblem>| {
        let why = problems.into_iter().map(|problem| format!("{} {}", problem.field, problem.description));
        form("status", why.collect::<Vec<_>>().join("; "))
    };
    let asked = asked.map(|as_of| pb::AsOf { known_position: 0, known_time: None, ..as_of });
    let question = from_proto::as_of(asked.as_ref(), part).map_err(unreadable)?;
    Ok(AsOfQuestion { known: Known::Position(tracker.head()), ..question })
}

fn same<S: Message + Name + PartialEq>(said: &S, status: &S, same_as_of: bool) -> Result<(), BundleError> {
    if said == status {
        return Ok(());
    }
    let differences = changes::changes(Some(said), Some(status));
    let mut named: Vec<&str> = differences.iter().map(|change| change.field.as_str()).collect();
    if !same_as_of {
        named.insert(0, "as_of");
    }
    let more = if 10 < named.len() { format!(" and {} more", named.len() - 10) } else { String::new() };
    named.truncate(10);
    Err(BundleError::Answer(format!("{}{more}", named.join(", "))))
}

/// A tracker over these events and no others.
fn replaying(events: Vec<StoredEvent>) -> Arc<Tracker> {
    let head = events.last().map_or(Position::START, |event| event.position);
    let log = BundledLog { events, head: watch::Sender::new(head) };
    Arc::new(Tracker::new(Arc::new(log), Arc::new(SystemClock)))
}

/// A log of which only some events are there, to be read.
struct BundledLog {
    /// By position.
    events: Vec<StoredEvent>,
    head: watch::Sender<Position>,
}

#[async_trait]
impl EventLog for BundledLog {
    async fn append(&self, _append: Append) -> Result<Appended, LogError> {
        Err(LogError::Stopped("a bundle is only read".to_owned()))
    }

    async fn read(
        &self,
        selection: &Selection,
        from: From,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError> {
        let wanted = |event: &&StoredEvent| match selection {
            Selection::All => true,
            Selection::Stream(stream) => event.stream == *stream,
            Selection::Kinds(kinds) => kinds.contains(&event.kind),
        };
        let limit = limit.min(READ_EVENTS_MAX);
        let events = self.events.iter().filter(wanted);
        Ok(match from {
            From::After(after) => {
                events.filter(|event| event.position > after).take(limit).cloned().collect()
            }
            From::Before(before) => {
                events.rev().filter(|event| event.position < before).take(limit).cloned().collect()
            }
            From::End => events.rev().take(limit).cloned().collect(),
        })
    }

    async fn find(&self, id: EventId) -> Result<Option<Position>, LogError> {
        Ok(self.events.iter().find(|event| event.id == id).map(|event| event.position))
    }

    async fn append_of(&self, _position: Position) -> Result<(Position, Position), LogError> {
        Err(LogError::Stopped("a bundle does not say what was recorded together".to_owned()))
    }

    fn log_id(&self) -> [u8; 16] {
        [0; 16]
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }
}
