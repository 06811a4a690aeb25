//! Why a server did not do what was asked, told for people: every field, and what to do about it.

use docket_api::pb;
use docket_api::reason::{self, Reason};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::exit::{Exit, Failure};
use crate::render::words::count;
use crate::when::KnownAt;

/// A failed question, for people.
pub(crate) fn failed(status: &Status) -> Failure {
    let failure = refused(&reason::refusal(status));
    if failure.exit == Exit::Unknown {
        return Failure { exit: Exit::Unreachable, ..failure }.hint(TRY_AGAIN);
    }
    failure
}

/// A failed call that was to record something, for people. Where the server itself did not answer, nobody knows
/// whether it was recorded.
pub(crate) fn failed_to_record(status: &Status) -> Failure {
    let refusal = reason::refusal(status);
    let failure = refused(&refusal);
    if refusal.reason.is_empty() && matches!(failure.exit, Exit::Unreachable | Exit::Unknown) {
        return Failure { exit: Exit::Unknown, ..failure }.hint(ASK_AGAIN);
    }
    failure
}

/// A failed question about what was known earlier: a name that nobody had then may be known since.
pub(crate) fn as_known_at(failure: Failure, known_at: Option<KnownAt>) -> Failure {
    let known_at = match known_at {
        Some(KnownAt::Time(time)) => time.to_string(),
        Some(KnownAt::Position(position)) => format!("@{position}"),
        Some(KnownAt::Today) | None => return failure,
    };
    let reason = format!(" ({})", Reason::UnknownAuthority.as_str());
    let Some(message) = failure.message.strip_suffix(&reason) else {
        return failure;
    };
    let message = format!("{message}, as known at {known_at}{reason}");
    Failure { message, ..failure }.hint(
        "the register may have been recorded later than that: ask without --known-at, or with a later one",
    )
}

/// Ids of the events that had been recorded before, where that is why the others were not.
pub(crate) fn recorded_before(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let recorded = details.error_info().and_then(|info| info.metadata.get("recorded"));
    let id = |pair: &str| pair.split('=').next().unwrap_or(pair).to_owned();
    recorded.map_or_else(Vec::new, |pairs| pairs.split(',').map(id).collect())
}

/// The id of the event that a failure is about, where it is about one.
pub(crate) fn event_concerned(status: &Status) -> Option<String> {
    status.get_error_details().error_info()?.metadata.get("event_id").cloned()
}

/// A refusal, for people.
pub(crate) fn refused(refusal: &pb::Refusal) -> Failure {
    let exit = Reason::from_name(&refusal.reason)
        .map_or_else(|| exit_of_code(Code::from_i32(refusal.code)), exit_of_reason);
    Failure::new(exit, summary(refusal))
        .details(problem_lines(&refusal.problems))
        .hint(hint(exit, Code::from_i32(refusal.code)))
}

/// Why, without what the problems say field by field, and the reason by which `docs/errors.md` lists it.
pub(crate) fn summary(refusal: &pb::Refusal) -> String {
    let problems = refusal.problems.len();
    let what = match Reason::from_name(&refusal.reason) {
        Some(Reason::InvalidFields) if problems > 0 => format!("{} cannot be read", count(problems, "field")),
        Some(Reason::FactRefused) if problems > 0 => "the rules refuse it".to_owned(),
        _ => refusal.message.clone(),
    };
    if refusal.reason.is_empty() { what } else { format!("{what} ({})", refusal.reason) }
}

/// One line for each field.
pub(crate) fn problem_lines(problems: &[pb::FieldProblem]) -> Vec<String> {
    let line = |problem: &pb::FieldProblem| {
        let parts = [&problem.field, &problem.reason, &problem.description];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": ")
    };
    problems.iter().map(line).collect()
}

/// The same problems, with the fields of an event as a line of JSON has them: `instrumentLifted.instrument`, not
/// `events[0].instrument_lifted.instrument`.
pub(crate) fn json_fields(problems: &[pb::FieldProblem]) -> Vec<pb::FieldProblem> {
    let own = |problem: &pb::FieldProblem| {
        let field = problem.field.strip_prefix("events[0]").unwrap_or(&problem.field);
        pb::FieldProblem { field: json_name(field.trim_start_matches('.')), ..problem.clone() }
    };
    problems.iter().map(own).collect()
}

/// A way in names of the proto as one in names of JSON: `happened_on` as `happenedOn`.
pub(crate) fn json_name(field: &str) -> String {
    let mut name = String::new();
    let mut raise = false;
    for letter in field.chars() {
        if letter == '_' {
            raise = true;
        } else if std::mem::take(&mut raise) {
            name.extend(letter.to_uppercase());
        } else {
            name.push(letter);
        }
    }
    name
}

fn exit_of_reason(reason: Reason) -> Exit {
    match reason {
        Reason::UnknownAuthority
        | Reason::UnknownProvider
        | Reason::UnknownPlan
        | Reason::AmbiguousAuthority
        | Reason::UnknownEvent => Exit::NotFound,
        Reason::StaleRevision => Exit::Conflict,
        Reason::QueueFull | Reason::ShuttingDown | Reason::NoCheckpoint => Exit::Unreachable,
        Reason::OutcomeUnknown => Exit::Unknown,
        Reason::InvalidFields
        | Reason::InvalidPageToken
        | Reason::EventIdReused
        | Reason::PartlyRecorded
        | Reason::FactRefused
        | Reason::NotPublicYet
        | Reason::LogStopped
        | Reason::LogDamaged
        | Reason::StorageFailed
        | Reason::LogInconsistent
        | Reason::PositionNotYetRecorded
        | Reason::InternalFault => Exit::Failed,
    }
}

/// For what no server of ours said: the connection, or a proxy on the way.
fn exit_of_code(code: Code) -> Exit {
    match code {
        Code::Ok => Exit::Done,
        Code::NotFound => Exit::NotFound,
        Code::Aborted => Exit::Conflict,
        Code::Unavailable | Code::ResourceExhausted => Exit::Unreachable,
        Code::Unknown | Code::DeadlineExceeded | Code::Cancelled => Exit::Unknown,
        Code::InvalidArgument
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => Exit::Failed,
    }
}

const TRY_AGAIN: &str = "try again shortly";
/// What to do where nobody knows whether something was recorded.
pub(crate) const ASK_AGAIN: &str =
    "it may have been recorded: run the same command again, what was recorded is not recorded twice";

fn hint(exit: Exit, code: Code) -> &'static str {
    match (exit, code) {
        (Exit::NotFound, Code::NotFound) => {
            "`docket authorities TEXT` searches names, aliases and codes; `docket providers` lists providers; \
             `docket plan-of AUTHORITY` names its plans"
        }
        (Exit::Conflict, _) => "look at the stream again with `docket history`, and decide anew",
        (Exit::Unreachable, _) => TRY_AGAIN,
        (Exit::Unknown, _) => ASK_AGAIN,
        (_, Code::Unimplemented) => "the server is of another version than this program",
        (_, Code::DataLoss | Code::Unavailable) => "tell the operator of the server",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_refusal_names_every_field() {
        let refusal = pb::Refusal {
            code: Code::InvalidArgument.into(),
            reason: "INVALID_FIELDS".into(),
            message: "2 fields cannot be read".into(),
            problems: vec![
                pb::FieldProblem {
                    field: "events[0].stream".into(),
                    description: "is required".into(),
                    reason: String::new(),
                },
                pb::FieldProblem {
                    field: "events[0].sources".into(),
                    description: "needs at least one".into(),
                    reason: String::new(),
                },
            ],
        };
        let failure = refused(&refusal);
        assert_eq!(failure.exit, Exit::Failed);
        expect![[r"
            error: 2 fields cannot be read (INVALID_FIELDS)
              events[0].stream: is required
              events[0].sources: needs at least one
        "]]
        .assert_eq(&failure.text());
    }

    #[test]
    fn a_name_that_nobody_had_at_a_position_is_said_to_be_as_known_there() {
        let refusal = pb::Refusal {
            code: Code::NotFound.into(),
            reason: "UNKNOWN_AUTHORITY".into(),
            message: "no authority is known as \"hull\" on 2026-11-22".into(),
            ..pb::Refusal::default()
        };
        let told = |known_at| as_known_at(refused(&refusal), known_at);
        let then = told(Some(KnownAt::Position(5)));
        assert_eq!(
            then.message,
            "no authority is known as \"hull\" on 2026-11-22, as known at @5 (UNKNOWN_AUTHORITY)"
        );
        assert!(then.hint.contains("recorded later"), "{}", then.hint);
        assert_eq!(told(None).text(), refused(&refusal).text());
    }

    #[test]
    fn each_outcome_that_a_script_must_tell_apart_has_its_code() {
        let exit = |code: Code, reason: &str| {
            refused(&pb::Refusal { code: code.into(), reason: reason.into(), ..pb::Refusal::default() }).exit
        };
        assert_eq!(exit(Code::NotFound, "UNKNOWN_AUTHORITY"), Exit::NotFound);
        assert_eq!(exit(Code::InvalidArgument, "AMBIGUOUS_AUTHORITY"), Exit::NotFound);
        assert_eq!(exit(Code::FailedPrecondition, "FACT_REFUSED"), Exit::Failed);
        assert_eq!(exit(Code::Aborted, "STALE_REVISION"), Exit::Conflict);
        assert_eq!(exit(Code::Unavailable, ""), Exit::Unreachable);
        assert_eq!(exit(Code::Unavailable, "OUTCOME_UNKNOWN"), Exit::Unknown);
        assert_eq!(exit(Code::Unavailable, "LOG_STOPPED"), Exit::Failed);
        assert_eq!(exit(Code::Unknown, ""), Exit::Unknown);
    }

    #[test]
    fn a_connection_lost_while_recording_leaves_the_outcome_unknown() {
        let lost = Status::unavailable("connection reset");
        assert_eq!(failed(&lost).exit, Exit::Unreachable);
        assert_eq!(failed_to_record(&lost).exit, Exit::Unknown);
    }
}
