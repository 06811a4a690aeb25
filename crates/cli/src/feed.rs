//! Sends lines of events to a server, each by itself, and keeps count of what became of them.
//!
//! One task reads lines and sends them; the caller takes the answers, which come in the order sent. Both queues between
//! them are bounded, so a slow server slows the reading down and nothing piles up.

use docket_api::pb;
use docket_api::pb::record_stream_response::Outcome;
use docket_api::reason::Reason;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::import::{Becomes, Reconciled};
use crate::jsonl::{Line, Lines};
use crate::refusal::failed_to_record;

/// Lines sent and not answered yet.
const IN_FLIGHT_MAX: usize = 256;

/// What became of the lines of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Events that are new.
    pub(crate) recorded: u64,
    /// Events that had been recorded before.
    pub(crate) before: u64,
    /// Lines that were refused.
    pub(crate) refused: u64,
    /// Lines of which the server does not know whether they were recorded, or that it could not take now.
    pub(crate) unknown: u64,
    /// Warnings that were recorded with new events.
    pub(crate) warnings: u64,
}

/// What became of one line.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The line of its file.
    pub(crate) line: u64,
    /// The event's own id, as far as the line could be read.
    pub(crate) event_id: String,
    /// What the server, or the reading of the line, said.
    pub(crate) response: pb::RecordStreamResponse,
}

impl Tally {
    /// Counts an answer.
    pub(crate) fn add(&mut self, response: &pb::RecordStreamResponse) {
        match &response.outcome {
            Some(Outcome::Recorded(answer)) => {
                let events = answer.recorded.len() as u64;
                if answer.already_recorded {
                    self.before += events;
                } else {
                    self.recorded += events;
                    self.warnings +=
                        answer.recorded.iter().map(|fact| fact.warnings.len() as u64).sum::<u64>();
                }
            }
            Some(Outcome::Refused(refusal)) if is_to_be_repeated(refusal) => self.unknown += 1,
            Some(Outcome::Refused(_)) | None => self.refused += 1,
        }
    }

    /// How an import with this outcome ends.
    pub(crate) fn exit(&self) -> Exit {
        match (self.refused, self.recorded + self.before) {
            _ if self.unknown > 0 => Exit::Unknown,
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::Partly,
        }
    }
}

/// Whether sending the line again may end otherwise.
fn is_to_be_repeated(refusal: &pb::Refusal) -> bool {
    let reason = Reason::from_name(&refusal.reason);
    matches!(reason, Some(Reason::OutcomeUnknown | Reason::ShuttingDown | Reason::QueueFull))
}

enum Sent {
    /// Waits for its answer.
    Line { line: u64, event_id: String },
    /// Needs no answer of the server: it cannot be read, or nothing of it is new.
    Settled(Box<Answer>),
    /// Nothing after this can be read.
    Broken(Failure),
}

/// Records each line by itself, as it is reconciled with what is on record; `told` hears what became of each, in order.
///
/// # Errors
/// If the lines cannot be read to their end, the connection is lost, or `told` fails. What was answered until then
/// is recorded.
pub(crate) async fn feed(
    client: &Client,
    lines: Lines,
    recorded_by: &str,
    reconciled: Reconciled,
    mut told: impl FnMut(&Answer) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let name = lines.name().to_owned();
    let (requests, outgoing) = mpsc::channel(IN_FLIGHT_MAX);
    let (sent, mut awaiting) = mpsc::channel(IN_FLIGHT_MAX);
    let recorded_by = recorded_by.to_owned();
    // Reading may block (a pipe that somebody types into), so it has a thread of its own.
    let reading = tokio::task::spawn_blocking(move || {
        read(lines, &reconciled, &recorded_by, &requests, &sent);
    });
    let answers = client.record().record_stream(ReceiverStream::new(outgoing)).await;
    let mut answers = answers.map_err(|status| failed_to_record(&status))?.into_inner();
    while let Some(next) = awaiting.recv().await {
        let answer = match next {
            Sent::Broken(failure) => return Err(failure),
            Sent::Settled(answer) => *answer,
            Sent::Line { line, event_id } => {
                let response = answer_to(line, &mut answers).await.map_err(|failure| Failure {
                    message: format!(
                        "the connection was lost while {name} was being recorded, from line {line} on: {}",
                        failure.message
                    ),
                    ..failure
                })?;
                Answer { line, event_id, response }
            }
        };
        told(&answer)?;
    }
    reading.await.map_err(|error| Failure::new(Exit::Failed, format!("reading {name} stopped: {error}")))
}

fn read(
    mut lines: Lines,
    reconciled: &Reconciled,
    recorded_by: &str,
    requests: &mpsc::Sender<pb::RecordStreamRequest>,
    sent: &mpsc::Sender<Sent>,
) {
    loop {
        let (next, request) = match lines.next() {
            Ok(None) => return,
            Err(failure) => (Sent::Broken(failure), None),
            Ok(Some(Line { number, event: Err(problems) })) => {
                (Sent::Settled(Box::new(unreadable(number, problems))), None)
            }
            Ok(Some(Line { number, event: Ok(event) })) => match becomes(number, &event, reconciled) {
                Err(answer) => (Sent::Settled(answer), None),
                Ok(events) => {
                    let next = Sent::Line { line: number, event_id: event.event_id };
                    let recorded_by = recorded_by.to_owned();
                    let request = pb::RecordRequest { events, recorded_by, ..pb::RecordRequest::default() };
                    (next, Some(pb::RecordStreamRequest { sequence: number, request: Some(request) }))
                }
            },
        };
        let last = matches!(next, Sent::Broken(_));
        // Either fails only if the other side has given up, which has said why.
        if sent.blocking_send(next).is_err() || last {
            return;
        }
        if let Some(request) = request
            && requests.blocking_send(request).is_err()
        {
            return;
        }
    }
}

async fn answer_to(
    line: u64,
    answers: &mut Streaming<pb::RecordStreamResponse>,
) -> Result<pb::RecordStreamResponse, Failure> {
    let lost = |why: &str| Failure::new(Exit::Unknown, why.to_owned()).hint(crate::refusal::ASK_AGAIN);
    match answers.message().await {
        Ok(Some(response)) if response.sequence == line => Ok(response),
        Ok(Some(response)) => {
            Err(lost(&format!("the server answered line {} out of order", response.sequence)))
        }
        Ok(None) => Err(lost("the server ended the stream")),
        Err(status) => Err(interrupted(failed_to_record(&status))),
    }
}

/// A failure after something was sent: the server may be out of reach now, and part of it is recorded.
pub(crate) fn interrupted(failure: Failure) -> Failure {
    match failure.exit {
        Exit::Unreachable => Failure { exit: Exit::Unknown, ..failure }.hint(crate::refusal::ASK_AGAIN),
        _ => failure,
    }
}

/// The events to record of a line, or its answer where nothing is to be recorded.
pub(crate) fn becomes(
    line: u64,
    event: &pb::Event,
    reconciled: &Reconciled,
) -> Result<Vec<pb::Event>, Box<Answer>> {
    match reconciled.becomes(event) {
        Becomes::Events(events) if events.is_empty() => Err(Box::new(on_record(line, event))),
        Becomes::Events(events) => Ok(events),
        Becomes::Refused(why) => {
            let problem = pb::FieldProblem { description: why, ..pb::FieldProblem::default() };
            let message = "the line may be about either of several inspections on record";
            Err(Box::new(refused(line, message, vec![problem])))
        }
    }
}

/// A line that says nothing that is not on record.
pub(crate) fn on_record(line: u64, event: &pb::Event) -> Answer {
    let fact = pb::RecordedFact {
        event_id: event.event_id.clone(),
        stream: event.stream.clone(),
        ..pb::RecordedFact::default()
    };
    let response =
        pb::RecordResponse { recorded: vec![fact], already_recorded: true, ..pb::RecordResponse::default() };
    let outcome = Some(Outcome::Recorded(response));
    let response = pb::RecordStreamResponse { sequence: line, outcome };
    Answer { line, event_id: event.event_id.clone(), response }
}

/// A line that is no event.
pub(crate) fn unreadable(line: u64, problems: Vec<pb::FieldProblem>) -> Answer {
    refused(line, "the line is not an event", problems)
}

fn refused(line: u64, message: &str, problems: Vec<pb::FieldProblem>) -> Answer {
    let refusal = pb::Refusal {
        code: Code::InvalidArgument.into(),
        reason: Reason::InvalidFields.as_str().to_owned(),
        message: message.to_owned(),
        problems,
    };
    let response = pb::RecordStreamResponse { sequence: line, outcome: Some(Outcome::Refused(refusal)) };
    Answer { line, event_id: String::new(), response }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_partly_done_only_if_something_was_taken_and_something_refused() {
        let tally =
            |recorded, before, refused| Tally { recorded, before, refused, ..Tally::default() }.exit();
        assert_eq!(tally(3, 0, 0), Exit::Done);
        assert_eq!(tally(0, 0, 0), Exit::Done);
        assert_eq!(tally(0, 3, 1), Exit::Partly);
        assert_eq!(tally(0, 0, 1), Exit::Failed);
    }

    #[test]
    fn a_server_that_stops_in_the_middle_asks_for_the_same_command_again() {
        let refusal = pb::Refusal { reason: "SHUTTING_DOWN".into(), ..pb::Refusal::default() };
        let stopping = interrupted(crate::refusal::refused(&refusal));
        assert_eq!((stopping.exit, stopping.hint.as_str()), (Exit::Unknown, crate::refusal::ASK_AGAIN));
        let mut tally = Tally { recorded: 3, ..Tally::default() };
        let outcome = Some(Outcome::Refused(refusal));
        tally.add(&pb::RecordStreamResponse { sequence: 1, outcome });
        assert_eq!(tally.exit(), Exit::Unknown);
        assert_eq!(interrupted(Failure::new(Exit::Failed, "")).exit, Exit::Failed);
    }

    #[test]
    fn events_recorded_before_are_not_counted_as_new() {
        let mut tally = Tally::default();
        let answer = |already_recorded| pb::RecordStreamResponse {
            sequence: 1,
            outcome: Some(Outcome::Recorded(pb::RecordResponse {
                recorded: vec![pb::RecordedFact {
                    warnings: vec![pb::Warning::default()],
                    ..Default::default()
                }],
                already_recorded,
                ..Default::default()
            })),
        };
        tally.add(&answer(false));
        tally.add(&answer(true));
        tally.add(&unreadable(3, Vec::new()).response);
        assert_eq!(tally, Tally { recorded: 1, before: 1, refused: 1, unknown: 0, warnings: 1 });
    }
}
