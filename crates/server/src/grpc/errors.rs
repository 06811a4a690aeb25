//! What a failure says to the caller, and what it says to the operator.
//!
//! The caller is told what to do about it, without paths. The operator's log gets the whole chain of causes, once, here.

use std::error::Error;

use docket_api::from_proto::{Expectation, FieldProblem};
use docket_api::reason::{self, Details, Reason, Violation};
use docket_domain::decide::Refusal;
use docket_domain::status::AuthorityRef;
use docket_domain::terms::CodeScheme;
use tonic::Status;

use crate::proof::ProofsError;
use crate::tracker::{StaleStream, TrackerError};

/// Most bytes of the fields or rules that a failure names. A failure travels in headers, of which many clients take 8 KiB: what is named
/// first gets there, and how much was left out.
const NAMED_BYTES_MAX: usize = 3_000;
/// Most bytes of a list within a message or a detail; a message travels twice, in plain and among the details.
const LIST_BYTES_MAX: usize = 600;
/// Most bytes of one description.
const DESCRIPTION_BYTES_MAX: usize = 1_000;

/// Why a method gives no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Fields cannot be read.
    Invalid(Vec<FieldProblem>),
    /// The page token is not one of this list.
    PageToken,
    /// The tracker has no answer.
    Tracker(TrackerError),
    /// There is no proof.
    Proof(ProofsError),
    /// Nothing is signed here.
    NoProofs,
}

impl From<Vec<FieldProblem>> for Failure {
    fn from(problems: Vec<FieldProblem>) -> Self {
        Self::Invalid(problems)
    }
}

impl From<TrackerError> for Failure {
    fn from(error: TrackerError) -> Self {
        Self::Tracker(error)
    }
}

impl From<ProofsError> for Failure {
    fn from(error: ProofsError) -> Self {
        match error {
            ProofsError::Tracker(error) => Self::Tracker(error),
            ProofsError::Log(error) => {
                Self::Tracker(TrackerError::from_log("reading the log for a proof", error))
            }
            error => Self::Proof(error),
        }
    }
}

impl Failure {
    /// One field that cannot be read.
    pub(super) fn field(field: &str, description: impl Into<String>) -> Self {
        Self::Invalid(vec![problem(field, description)])
    }
}

/// The failure as it goes over the wire.
pub(super) fn status(failure: Failure) -> Status {
    match failure {
        Failure::Invalid(problems) => invalid(problems),
        Failure::PageToken => reason::status(
            Reason::InvalidPageToken,
            "the page token is not one of this list with these filters: begin again without it",
            Details::none(),
        ),
        Failure::NoProofs => reason::status(
            Reason::NoCheckpoint,
            "this server signs no checkpoints: it was started without",
            Details::none(),
        ),
        Failure::Proof(error) => {
            let reason = reason_of_proof(&error);
            if matches!(reason, Reason::LogInconsistent | Reason::StorageFailed) {
                tracing::error!(
                    reason = reason.as_str(),
                    causes = chain(&error),
                    "a proof could not be given"
                );
            }
            let mut message = error.to_string();
            clip(&mut message);
            reason::status(reason, message, Details::none())
        }
        Failure::Tracker(error) => {
            let reason = reason_of(&error);
            if matches!(
                reason,
                Reason::LogStopped | Reason::LogDamaged | Reason::StorageFailed | Reason::InternalFault
            ) {
                tracing::error!(
                    reason = reason.as_str(),
                    causes = chain(&error),
                    "a call failed for want of the log"
                );
            }
            let mut message = message_of(&error);
            clip(&mut message);
            reason::status(reason, message, details_of(&error))
        }
    }
}

fn reason_of_proof(error: &ProofsError) -> Reason {
    match error {
        ProofsError::NoSuchCheckpoint { .. } | ProofsError::NotCovered { .. } => Reason::NoCheckpoint,
        ProofsError::TooLarge { .. } => Reason::PositionNotYetRecorded,
        ProofsError::NotPublicYet { .. } => Reason::NotPublicYet,
        ProofsError::Order { .. } => Reason::InvalidFields,
        ProofsError::UnknownEvent(_) | ProofsError::UnknownStream(_) => Reason::UnknownEvent,
        ProofsError::Inconsistent { .. } | ProofsError::Prove(_) | ProofsError::NotUnderstood { .. } => {
            Reason::LogInconsistent
        }
        ProofsError::Checkpoint(_)
        | ProofsError::Heads(_)
        | ProofsError::Log(_)
        | ProofsError::Io(_)
        | ProofsError::Tracker(_) => Reason::StorageFailed,
    }
}

fn invalid(problems: Vec<FieldProblem>) -> Status {
    let all = problems.len();
    let mut named = named_first(problems, |problem| (&problem.field, &mut problem.description));
    let left_out = all - named.len();
    if left_out == 0 {
        return reason::invalid(named);
    }
    named.push(problem("...", format!("and {left_out} more fields that are not named here")));
    reason::status(Reason::InvalidFields, format!("{all} fields cannot be read"), Details::problems(named))
}

fn violations(refusals: &[Refusal]) -> Vec<Violation> {
    let all = refusals.iter().map(|refusal| Violation {
        reason: refusal.reason.to_owned(),
        field: field_of(refusal),
        description: refusal.description.clone(),
    });
    let mut named = named_first(all.collect(), |violation| (&violation.field, &mut violation.description));
    let left_out = refusals.len() - named.len();
    if 0 < left_out {
        named.push(Violation {
            reason: Reason::FactRefused.as_str().to_owned(),
            field: "...".to_owned(),
            description: format!("and {left_out} more refusals that are not named here"),
        });
    }
    named
}

/// The first items, as many as a failure has room for; at least one.
fn named_first<T>(items: Vec<T>, texts: impl Fn(&mut T) -> (&String, &mut String)) -> Vec<T> {
    let mut room = NAMED_BYTES_MAX;
    let mut named = Vec::new();
    for mut item in items {
        let (field, description) = texts(&mut item);
        clip(description);
        let bytes = field.len() + description.len() + 40;
        if room < bytes && !named.is_empty() {
            break;
        }
        room = room.saturating_sub(bytes);
        named.push(item);
    }
    named
}

fn clip(text: &mut String) {
    if DESCRIPTION_BYTES_MAX < text.len() {
        let end = (0..=DESCRIPTION_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
}

/// The one place where an outcome of the tracker becomes a reason.
fn reason_of(error: &TrackerError) -> Reason {
    match error {
        TrackerError::UnknownAuthority { .. } => Reason::UnknownAuthority,
        TrackerError::UnknownProvider { .. } => Reason::UnknownProvider,
        TrackerError::UnknownPlan { .. } => Reason::UnknownPlan,
        TrackerError::AmbiguousAuthority { .. } => Reason::AmbiguousAuthority,
        TrackerError::NotAStream { .. }
        | TrackerError::UnknownField { .. }
        | TrackerError::NotYetKnown { .. }
        | TrackerError::OutOfBounds { .. } => Reason::InvalidFields,
        TrackerError::NotYetRecorded { .. } => Reason::PositionNotYetRecorded,
        TrackerError::Stale(_) => Reason::StaleRevision,
        TrackerError::Refused(_) => Reason::FactRefused,
        TrackerError::IdReused { .. } => Reason::EventIdReused,
        TrackerError::PartlyRecorded { .. } => Reason::PartlyRecorded,
        TrackerError::Contended { .. } | TrackerError::Busy => Reason::QueueFull,
        TrackerError::OutcomeUnknown => Reason::OutcomeUnknown,
        TrackerError::ShuttingDown => Reason::ShuttingDown,
        TrackerError::ReadOnly { .. } => Reason::LogStopped,
        TrackerError::Damaged { .. } => Reason::LogDamaged,
        TrackerError::NotUnderstood { .. } => Reason::InternalFault,
        TrackerError::Storage { .. } => Reason::StorageFailed,
    }
}

/// What the caller is told, and what would help.
fn message_of(error: &TrackerError) -> String {
    match error {
        TrackerError::UnknownAuthority { named, on } => format!("no authority is known as {named:?} on {on}"),
        TrackerError::UnknownProvider { urn } => format!("no provider is registered as {urn:?}"),
        TrackerError::UnknownPlan { .. } => error.to_string(),
        TrackerError::AmbiguousAuthority { named, candidates } => {
            let candidate = |authority: &AuthorityRef| format!("{} ({})", authority.name, gss(authority));
            format!("{named:?} may be {}: ask by code", listed(candidates, " or ", candidate))
        }
        TrackerError::NotAStream { named } => format!("{named:?} is not the name of a stream"),
        TrackerError::UnknownField { asked, nearest } => {
            format!(
                "{asked:?} is no field of this answer: did you mean {}?",
                listed(nearest, ", ", String::clone)
            )
        }
        TrackerError::NotYetRecorded { asked, head } => {
            format!("position {asked} is not recorded yet: the last one is {head}")
        }
        TrackerError::NotYetKnown { asked, now } => format!("{asked} has not come yet: it is {now}"),
        TrackerError::Stale(streams) => {
            let stale = |stream: &StaleStream| {
                let expected = match stream.expected {
                    Expectation::NoStream => "expected to have no event".to_owned(),
                    Expectation::Exactly(revision) => format!("expected at revision {revision}"),
                };
                format!("{}, {expected}, is at revision {}", stream.stream, stream.actual)
            };
            format!("{}: read on and decide again", listed(streams, "; ", stale))
        }
        TrackerError::Refused(refusals) => match refusals.as_slice() {
            [only] => format!("{} {}", field_of(only), only.description),
            all => format!("the rules refuse {} facts", all.len()),
        },
        TrackerError::IdReused { id, position } => {
            format!(
                "event {id} was recorded before, at position {position}, with other content: give a new fact a new id"
            )
        }
        TrackerError::PartlyRecorded { recorded } => {
            format!(
                "{} of the events were recorded before, the others were not: send those alone",
                recorded.len()
            )
        }
        TrackerError::OutOfBounds { why } => format!("the request is larger than the log takes: {why}"),
        TrackerError::Contended { tries } => {
            format!(
                "{tries} times others recorded in the same streams while this was decided; nothing of it was recorded"
            )
        }
        TrackerError::Busy => {
            "more is being recorded than can be written; nothing of this was recorded".to_owned()
        }
        TrackerError::OutcomeUnknown => {
            "whether it was recorded is not known: send the same request again, with the same event ids"
                .to_owned()
        }
        TrackerError::ShuttingDown => "the server is stopping".to_owned(),
        TrackerError::ReadOnly { .. } => {
            "nothing is recorded until an operator has reopened the log; questions are still answered"
                .to_owned()
        }
        TrackerError::Damaged { first, last, .. } => {
            format!("positions {first} to {last} of the log are not what was written")
        }
        TrackerError::NotUnderstood { position, .. } => {
            format!("this version cannot make sense of the event at position {position}")
        }
        TrackerError::Storage { .. } => "the storage could not be read".to_owned(),
    }
}

/// What the message mentions, for programs.
fn details_of(error: &TrackerError) -> Details {
    let none = Details::none();
    match error {
        TrackerError::UnknownAuthority { named, on } => {
            none.with("authority", named).with("effective_date", on)
        }
        TrackerError::AmbiguousAuthority { named, candidates } => {
            let candidate = |authority: &AuthorityRef| format!("{} {}", gss(authority), authority.id);
            none.with("authority", named).with("candidates", listed(candidates, ",", candidate))
        }
        TrackerError::UnknownProvider { urn } => none.with("urn", urn),
        TrackerError::UnknownPlan { on, .. } => none.with("effective_date", on),
        TrackerError::NotAStream { .. } => Details::problems(vec![problem("stream", message_of(error))]),
        TrackerError::UnknownField { .. } => Details::problems(vec![problem("field", message_of(error))]),
        TrackerError::NotYetRecorded { asked, head } => none.with("position", asked).with("head", head),
        TrackerError::NotYetKnown { .. } => Details::problems(vec![problem("known_time", message_of(error))]),
        TrackerError::Stale(streams) => {
            let actual = |stream: &StaleStream| format!("{}={}", stream.stream, stream.actual);
            none.with("actual_revisions", listed(streams, ",", actual))
        }
        TrackerError::Refused(refusals) => Details::violations(violations(refusals)),
        TrackerError::IdReused { id, position } => none.with("event_id", id).with("position", position),
        TrackerError::PartlyRecorded { recorded } => {
            none.with("recorded", listed(recorded, ",", |(id, position)| format!("{id}={position}")))
        }
        TrackerError::OutOfBounds { why } => Details::problems(vec![problem("events", why)]),
        TrackerError::Damaged { first, last, .. } => {
            none.with("first_position", first).with("last_position", last)
        }
        TrackerError::NotUnderstood { position, .. } => none.with("position", position),
        TrackerError::Contended { .. }
        | TrackerError::Busy
        | TrackerError::OutcomeUnknown
        | TrackerError::ShuttingDown
        | TrackerError::ReadOnly { .. }
        | TrackerError::Storage { .. } => none,
    }
}

/// A list as text, as far as there is room; it says how many items are left out.
fn listed<T>(items: &[T], between: &str, text: impl Fn(&T) -> String) -> String {
    let mut all = String::new();
    for (place, item) in items.iter().enumerate() {
        if LIST_BYTES_MAX < all.len() {
            return format!("{all}{between}… and {} more", items.len() - place);
        }
        if 0 < place {
            all.push_str(between);
        }
        all.push_str(&text(item));
    }
    all
}

fn gss(authority: &AuthorityRef) -> &str {
    let code = authority.codes.iter().find(|(scheme, _)| *scheme == CodeScheme::Gss);
    code.map_or("", |(_, code)| code.as_str())
}

/// The field of the request that a refusal is about.
fn field_of(refusal: &Refusal) -> String {
    match refusal.field.as_str() {
        "" => format!("events[{}]", refusal.index),
        field => format!("events[{}].{field}", refusal.index),
    }
}

fn problem(field: &str, description: impl Into<String>) -> FieldProblem {
    FieldProblem { field: field.to_owned(), description: description.into() }
}

/// An error and all its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
