//! Why a call failed: a reason for programs, a message for people, and what helps with each.
//!
//! `docs/errors.md` lists them all; a test compares it with this file and with the reasons of the rules.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::from_proto::FieldProblem;
use crate::pb;

/// The domain of every `ErrorInfo` of this service.
pub const DOMAIN: &str = "docket";

/// Declares the reasons: name on the wire, code, pause before a retry where one helps, description.
macro_rules! reasons {
    ($($member:ident = $text:literal, $code:ident, $retry_ms:expr, $description:literal;)+) => {
        /// Why a call failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $(#[doc = $description] $member,)+ }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// As in `ErrorInfo.reason`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text,)+ }
            }

            /// The code that a call with this reason ends with.
            #[must_use]
            pub const fn code(self) -> Code {
                match self { $(Self::$member => Code::$code,)+ }
            }

            /// How long to wait before the same call again, where that can help.
            #[must_use]
            pub const fn retry_after(self) -> Option<Duration> {
                let retry_ms: Option<u64> = match self { $(Self::$member => $retry_ms,)+ };
                match retry_ms {
                    Some(pause_ms) => Some(Duration::from_millis(pause_ms)),
                    None => None,
                }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$member => $description,)+ }
            }
        }
    };
}

reasons! {
    InvalidFields = "INVALID_FIELDS", InvalidArgument, None,
        "Fields of the request cannot be read; every one is named.";
    UnknownAuthority = "UNKNOWN_AUTHORITY", NotFound, None,
        "No authority has this id, code or name on the day asked.";
    AmbiguousAuthority = "AMBIGUOUS_AUTHORITY", InvalidArgument, None,
        "More than one authority has this name or code; the metadata names them.";
    UnknownProvider = "UNKNOWN_PROVIDER", NotFound, None,
        "No provider of this URN was registered, as known then.";
    UnknownPlan = "UNKNOWN_PLAN", NotFound, None,
        "The authority has no such plan on the day asked, as known then.";
    InvalidPageToken = "INVALID_PAGE_TOKEN", InvalidArgument, None,
        "The page token is not one of this list with these filters.";
    StaleRevision = "STALE_REVISION", Aborted, None,
        "A stream is not at the revision that the request expects.";
    EventIdReused = "EVENT_ID_REUSED", AlreadyExists, None,
        "An event with this id and another content is recorded.";
    PartlyRecorded = "PARTLY_RECORDED", AlreadyExists, None,
        "Some of these events are recorded and some are not; a request is recorded whole or not at all.";
    FactRefused = "FACT_REFUSED", FailedPrecondition, None,
        "The rules say that it cannot have happened; every refusal is named with its own reason.";
    QueueFull = "QUEUE_FULL", ResourceExhausted, Some(1_000),
        "More is being recorded than can be written.";
    OutcomeUnknown = "OUTCOME_UNKNOWN", Unavailable, Some(1_000),
        "Nobody knows whether the events were recorded.";
    LogStopped = "LOG_STOPPED", Unavailable, None,
        "A write failed, and nothing is written until an operator has reopened the log.";
    LogDamaged = "LOG_DAMAGED", DataLoss, None,
        "A part of the log is not what was written.";
    StorageFailed = "STORAGE_FAILED", Internal, None,
        "The storage could not be read.";
    ShuttingDown = "SHUTTING_DOWN", Unavailable, Some(5_000),
        "The server is stopping.";
    PositionNotYetRecorded = "POSITION_NOT_YET_RECORDED", OutOfRange, None,
        "The log has not come to this position yet.";
    NoCheckpoint = "NO_CHECKPOINT", NotFound, Some(1_000),
        "There is no such checkpoint: none of this size, or none yet that covers the event.";
    UnknownEvent = "UNKNOWN_EVENT", NotFound, None,
        "No event has this id, or no stream this name, as of the checkpoint.";
    NotPublicYet = "NOT_PUBLIC_YET", FailedPrecondition, None,
        "Something of it is not public on the day asked, and it can only be given whole.";
    LogInconsistent = "LOG_INCONSISTENT", DataLoss, None,
        "The log is not the one that was signed: its events do not lead to the root of the checkpoint.";
    InternalFault = "INTERNAL_FAULT", Internal, None,
        "A fault of Docket itself.";
}

impl Reason {
    /// The reason of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == name)
    }
}

/// One rule that says that a fact cannot have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule's own reason: `NEVER_ISSUED`.
    pub reason: String,
    /// The field of the request that it is about: `events[2].instrument_lifted.instrument`.
    pub field: String,
    /// Why, for people.
    pub description: String,
}

/// What a failure says besides its reason and its message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    metadata: BTreeMap<String, String>,
    problems: Vec<FieldProblem>,
    violations: Vec<Violation>,
}

impl Details {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These fields cannot be read.
    #[must_use]
    pub fn problems(problems: Vec<FieldProblem>) -> Self {
        Self { problems, ..Self::default() }
    }

    /// These rules refuse.
    #[must_use]
    pub fn violations(violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::default() }
    }

    /// Something that the message mentions, for programs. Keys are `lower_snake_case`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }
}

/// A failure as it goes over the wire.
#[must_use]
pub fn status(reason: Reason, message: impl Into<String>, details: Details) -> Status {
    let metadata: HashMap<String, String> = details.metadata.into_iter().collect();
    let mut rich = ErrorDetails::with_error_info(reason.as_str(), DOMAIN, metadata);
    for problem in details.problems {
        rich.add_bad_request_violation(problem.field, problem.description);
    }
    for violation in details.violations {
        rich.add_precondition_failure_violation(violation.reason, violation.field, violation.description);
    }
    if let Some(pause) = reason.retry_after() {
        rich.set_retry_info(Some(pause));
    }
    Status::with_error_details(reason.code(), message, rich)
}

/// The failure of a request of which these fields cannot be read.
#[must_use]
pub fn invalid(problems: Vec<FieldProblem>) -> Status {
    let message = match problems.as_slice() {
        [only] => format!("{} {}", only.field, only.description),
        all => format!("{} fields cannot be read", all.len()),
    };
    status(Reason::InvalidFields, message, Details::problems(problems))
}

/// The same failure as a message: for the answers of a stream, and for showing it.
#[must_use]
pub fn refusal(status: &Status) -> pb::Refusal {
    let rich = status.get_error_details();
    let bad_fields = rich.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
    let refused = rich.precondition_failure().into_iter().flat_map(|failure| &failure.violations);
    let problems = bad_fields
        .map(|bad| pb::FieldProblem {
            field: bad.field.clone(),
            description: bad.description.clone(),
            reason: String::new(),
        })
        .chain(refused.map(|rule| pb::FieldProblem {
            field: rule.subject.clone(),
            description: rule.description.clone(),
            reason: rule.r#type.clone(),
        }))
        .collect();
    pb::Refusal {
        code: status.code().into(),
        reason: rich.error_info().map(|info| info.reason.clone()).unwrap_or_default(),
        message: status.message().to_owned(),
        problems,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_upper_snake_and_found_by_its_name() {
        for reason in Reason::ALL {
            let name = reason.as_str();
            assert!(name.len() <= 63 && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{name}");
            assert_eq!(Reason::from_name(name), Some(*reason));
            assert!(reason.description().ends_with('.'), "{name}");
            assert_ne!(reason.code(), Code::Ok);
        }
    }

    #[test]
    fn a_status_carries_its_reason_its_details_and_a_pause_where_a_retry_helps() {
        let full = status(
            Reason::QueueFull,
            "the queue of 64 requests is full",
            Details::none().with("queue_len_max", 64),
        );
        let rich = full.get_error_details();
        let info = rich.error_info().unwrap();
        assert_eq!(full.code(), Code::ResourceExhausted);
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("QUEUE_FULL", "docket"));
        assert_eq!(info.metadata["queue_len_max"], "64");
        assert_eq!(rich.retry_info().unwrap().retry_delay, Some(Duration::from_secs(1)));
        assert!(rich.bad_request().is_none() && rich.precondition_failure().is_none());
    }

    #[test]
    fn a_refusal_says_what_the_status_says() {
        let problem = |field: &str| FieldProblem { field: field.into(), description: "is required".into() };
        let bad = refusal(&invalid(vec![problem("events[0].event_id"), problem("events[0].body")]));
        assert_eq!((bad.code, bad.reason.as_str()), (3, "INVALID_FIELDS"));
        assert_eq!(bad.message, "2 fields cannot be read");
        assert_eq!(bad.problems[1].field, "events[0].body");

        let violation = Violation {
            reason: "NEVER_ISSUED".into(),
            field: "events[0].instrument_lifted.instrument".into(),
            description: "no such notice".into(),
        };
        let refused = refusal(&status(Reason::FactRefused, "refused", Details::violations(vec![violation])));
        assert_eq!((refused.code, refused.reason.as_str()), (9, "FACT_REFUSED"));
        assert_eq!(refused.problems[0].description, "no such notice");
        assert_eq!(refused.problems[0].reason, "NEVER_ISSUED");
    }

    #[test]
    fn a_status_of_somebody_else_is_a_refusal_without_a_reason() {
        let refused = refusal(&Status::unavailable("connection refused"));
        assert_eq!(
            (refused.code, refused.reason.as_str(), refused.message.as_str()),
            (14, "", "connection refused")
        );
        assert!(refused.problems.is_empty());
    }
}
