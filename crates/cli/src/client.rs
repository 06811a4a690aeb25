//! Talking to a server: connecting, and telling people why it refused.

use std::time::Duration;

use docket_api::pb;
use docket_api::reason::{self, Reason};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::exit::{Exit, Failure};
use crate::render::words::count;

/// Longest answer accepted. A page of whole statuses is the longest there is.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long a server may take to accept the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    channel: Channel,
}

impl Client {
    /// Connects to the server at an address: `http://127.0.0.1:50051`, or without the `http://`.
    ///
    /// # Errors
    /// If the text is not an address, or nobody answers there.
    pub(crate) async fn connect(server: &str) -> Result<Self, Failure> {
        let address = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
        if address.starts_with("https://") {
            return Err(Failure::new(Exit::Failed, format!("`{server}`: TLS is not part of this build"))
                .hint("put the server behind a proxy or a tunnel that ends TLS on this machine, and use http://"));
        }
        let endpoint = Endpoint::from_shared(address)
            .ok()
            .filter(|endpoint| endpoint.uri().host().is_some() && endpoint.uri().scheme_str() == Some("http"))
            .ok_or_else(|| {
                Failure::new(Exit::Failed, format!("`{server}` is not the address of a server"))
                    .hint("write it as http://HOST:PORT, for example http://127.0.0.1:50051")
            })?;
        let channel = endpoint.connect_timeout(CONNECT_TIMEOUT).connect().await.map_err(|error| {
            Failure::new(Exit::Unreachable, format!("no Docket server answers at {server}: {}", root_cause(&error)))
                .hint(
                    "start one with `docket serve --data DIR` (or `docket demo`), or name another with --server or \
                     DOCKET_SERVER",
                )
        })?;
        Ok(Self { channel })
    }

    /// Questions about status.
    pub(crate) fn status(&self) -> pb::status_service_client::StatusServiceClient<Channel> {
        pb::status_service_client::StatusServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Recording.
    pub(crate) fn record(&self) -> pb::record_service_client::RecordServiceClient<Channel> {
        pb::record_service_client::RecordServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// History and replay.
    pub(crate) fn history(&self) -> pb::history_service_client::HistoryServiceClient<Channel> {
        pb::history_service_client::HistoryServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Following the log.
    pub(crate) fn subscription(&self) -> pb::subscription_service_client::SubscriptionServiceClient<Channel> {
        pb::subscription_service_client::SubscriptionServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }
}

/// Names offered in place of one that nobody has.
const SUGGESTIONS_MAX: usize = 3;
/// How alike a name has to be to be offered.
const LIKENESS_MIN: f64 = 0.8;

impl Client {
    /// A failed question, for people; with names that are like the one that nobody has.
    pub(crate) async fn failed(&self, status: &Status) -> Failure {
        let failure = failed(status);
        let details = status.get_error_details();
        let unknown = details
            .error_info()
            .filter(|info| Reason::from_name(&info.reason) == Some(Reason::UnknownAuthority))
            .and_then(|info| info.metadata.get("authority"));
        let Some(name) = unknown else {
            return failure;
        };
        let request =
            pb::ListAuthoritiesRequest { include_closed: true, ..pb::ListAuthoritiesRequest::default() };
        // Without the register there is nothing to offer; why the question failed is still told.
        let Ok(register) = self.status().list_authorities(request).await else {
            return failure;
        };
        let alike = alike(name, &register.into_inner().authorities);
        if alike.is_empty() { failure } else { failure.hint(format!("did you mean {}?", alike.join(" or "))) }
    }
}

/// Tells a failed question for people.
pub(crate) trait OrFailed<T> {
    /// The answer, or why there is none.
    async fn or_failed(self, client: &Client) -> Result<T, Failure>;
}

impl<T> OrFailed<T> for Result<T, Status> {
    async fn or_failed(self, client: &Client) -> Result<T, Failure> {
        match self {
            Ok(answer) => Ok(answer),
            Err(status) => Err(client.failed(&status).await),
        }
    }
}

/// The authorities whose names, aliases or ids are most like a text, the likest first.
fn alike(text: &str, register: &[pb::AuthorityEntry]) -> Vec<String> {
    let text = text.to_lowercase();
    let mut found: Vec<(f64, &str)> = Vec::new();
    for entry in register {
        let Some(authority) = &entry.authority else { continue };
        let names = entry.aliases.iter().chain([&authority.name, &authority.id]);
        let likeness =
            names.map(|name| strsim::jaro_winkler(&text, &name.to_lowercase())).fold(0.0, f64::max);
        if likeness >= LIKENESS_MIN {
            found.push((likeness, &authority.name));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.dedup_by_key(|(_, name)| *name);
    found.into_iter().take(SUGGESTIONS_MAX).map(|(_, name)| format!("{name:?}")).collect()
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

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
        if problem.field.is_empty() {
            problem.description.clone()
        } else {
            format!("{}: {}", problem.field, problem.description)
        }
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
        Reason::UnknownAuthority | Reason::AmbiguousAuthority => Exit::NotFound,
        Reason::StaleRevision => Exit::Conflict,
        Reason::QueueFull | Reason::ShuttingDown => Exit::Unreachable,
        Reason::OutcomeUnknown => Exit::Unknown,
        Reason::InvalidFields
        | Reason::InvalidPageToken
        | Reason::EventIdReused
        | Reason::PartlyRecorded
        | Reason::FactRefused
        | Reason::LogStopped
        | Reason::LogDamaged
        | Reason::StorageFailed
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
        (Exit::NotFound, _) => "`docket authorities TEXT` searches names, aliases and codes",
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
                pb::FieldProblem { field: "events[0].stream".into(), description: "is required".into() },
                pb::FieldProblem {
                    field: "events[0].sources".into(),
                    description: "needs at least one".into(),
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

    #[test]
    fn a_misspelt_name_finds_those_like_it() {
        let entry = |name: &str, alias: &str| pb::AuthorityEntry {
            authority: Some(pb::AuthorityRef { name: name.into(), ..pb::AuthorityRef::default() }),
            aliases: vec![alias.into()],
            ..pb::AuthorityEntry::default()
        };
        let register = [entry("Dorset", ""), entry("Kingston upon Hull", "Hull"), entry("Slough", "")];
        assert_eq!(alike("dorst", &register), [r#""Dorset""#]);
        assert_eq!(alike("hulll", &register), [r#""Kingston upon Hull""#]);
        assert!(alike("xyz", &register).is_empty());
    }

    #[tokio::test]
    async fn what_is_no_address_is_said_so() {
        for address in ["ftp://host", "http://", "a b"] {
            let failure = Client::connect(address).await.unwrap_err();
            assert!(failure.text().contains("http://HOST:PORT"), "{}", failure.text());
        }
        assert!(Client::connect("https://host").await.unwrap_err().message.contains("TLS"));
    }
}
