//! Sends lines of events to a server, each by itself, and keeps count of what became of them.
//!
//! One task reads lines and sends them; the caller takes the answers, which come in the order sent. Both queues between
//! them are bounded, so a slow server slows the reading down and nothing piles up.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use docket_api::pb;
use docket_api::pb::record_stream_response::Outcome;
use docket_api::pb::{ExpectedRevision, expected_revision::Expectation};
use docket_api::reason::Reason;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::import::{Becomes, Reconciled, Server};
use crate::jsonl::{Line, Lines};
use crate::output::note;
use crate::refusal::{failed, failed_to_record};

/// Lines sent and not answered yet.
const IN_FLIGHT_MAX: usize = 256;
/// How often in a row lines are decided anew because others write to the same streams, without one of them being settled.
const STANDSTILLS_MAX: u32 = 60;

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
    /// Waits for its answer; with its stream, if that was compared with the record.
    Line(Box<Postponed>, Option<String>),
    /// Needs no answer of the server: it cannot be read, or nothing of it is new.
    Settled(Box<Answer>),
    /// Somebody else wrote to its stream before a line before it was recorded: it is decided anew after that one.
    Postponed(Box<Postponed>),
    /// Nothing after this can be read.
    Broken(Failure),
}

/// A line that can be sent again.
struct Postponed {
    line: u64,
    event: pb::Event,
}

/// How much longer to wait before each such try, up to a second: whoever writes line after line is let go first.
const STANDSTILL: Duration = Duration::from_millis(50);
/// How often a reader that waits for an answer looks whether anybody still takes answers.
const WAIT: Duration = Duration::from_millis(100);

/// The streams that were compared with the record, as far as they were written. A request of one is sent when the one before it was answered:
/// sent before, it could be recorded at a revision that somebody else had reached.
#[derive(Debug, Default)]
struct Streams {
    of: Mutex<HashMap<String, Written>>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct Written {
    /// Events recorded since the stream was read.
    events: u64,
    /// A request waits for its answer.
    in_flight: bool,
    /// Somebody else wrote to it: what is left is to be decided anew.
    overtaken: bool,
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Written>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the answer to the last request of a stream: how many events were recorded since it was read, and whether somebody else wrote
    /// to it. `None` if nobody takes answers any more.
    fn wait(&self, stream: &str, is_closed: impl Fn() -> bool) -> Option<(u64, bool)> {
        let mut streams = self.lock();
        while streams.get(stream).is_some_and(|written| written.in_flight) {
            if is_closed() {
                return None;
            }
            let waited = self.answered.wait_timeout(streams, WAIT);
            streams = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Some(streams.get(stream).map_or((0, false), |written| (written.events, written.overtaken)))
    }

    fn sent(&self, stream: &str) {
        self.lock().entry(stream.to_owned()).or_default().in_flight = true;
    }

    /// Whether the line has to be decided anew.
    fn answered(&self, stream: &str, outcome: Option<&Outcome>) -> bool {
        let mut streams = self.lock();
        let written = streams.entry(stream.to_owned()).or_default();
        written.in_flight = false;
        match outcome {
            Some(Outcome::Recorded(answer)) if !answer.already_recorded => {
                written.events += answer.recorded.len() as u64;
            }
            Some(Outcome::Refused(refusal)) => {
                written.overtaken |= Reason::from_name(&refusal.reason) == Some(Reason::StaleRevision);
            }
            Some(Outcome::Recorded(_)) | None => {}
        }
        self.answered.notify_all();
        written.overtaken
    }
}

/// Records each line by itself, as it is reconciled with what is on record; `told` hears what became of each, in order but for what others
/// overtook: that is read and decided again, and told after the rest.
///
/// # Errors
/// If the lines cannot be read to their end, the connection is lost, others keep writing to the same streams, or `told` fails. What was
/// answered until then is recorded.
pub(crate) async fn feed(
    client: &Client,
    mut lines: Lines,
    recorded_by: &str,
    mut reconciled: Reconciled,
    mut told: impl FnMut(&Answer) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let name = lines.name().to_owned();
    let mut next: Next = Box::new(move || lines.next());
    let mut standstills = 0;
    loop {
        let pass = Pass { client, name: &name, recorded_by };
        let (postponed, settled) = pass.run(next, &mut reconciled, &mut told).await?;
        if postponed.is_empty() {
            return Ok(());
        }
        standstills = if settled > 0 { 0 } else { standstills + 1 };
        if standstills > STANDSTILLS_MAX {
            let why =
                format!("others keep writing to the streams of {name}: {} lines are left", postponed.len());
            return Err(Failure::new(Exit::Unknown, why).hint(crate::refusal::ASK_AGAIN));
        }
        tokio::time::sleep((STANDSTILL * standstills).min(Duration::from_secs(1))).await;
        let before = std::mem::take(&mut reconciled.contradictions);
        let mut docket =
            Server { status: client.status(), history: client.history(), record: client.record() };
        reconciled.again(&mut docket).await.map_err(|status| interrupted(failed(&status)))?;
        for contradiction in reconciled.contradictions.iter().filter(|one| !before.contains(one)) {
            note(&format!("{name}: not recorded: {contradiction}"));
        }
        let mut postponed = postponed.into_iter();
        next = Box::new(move || {
            Ok(postponed.next().map(|Postponed { line, event }| Line { number: line, event: Ok(event) }))
        });
    }
}

/// Gives the next line.
type Next = Box<dyn FnMut() -> Result<Option<Line>, Failure> + Send>;

/// Once through the lines.
struct Pass<'a> {
    client: &'a Client,
    name: &'a str,
    recorded_by: &'a str,
}

impl Pass<'_> {
    /// Sends the lines; gives back those to be decided anew, and how many of them were settled.
    async fn run(
        &self,
        next: Next,
        reconciled: &mut Reconciled,
        told: &mut impl FnMut(&Answer) -> Result<(), Failure>,
    ) -> Result<(Vec<Postponed>, usize), Failure> {
        let (requests, outgoing) = mpsc::channel(IN_FLIGHT_MAX);
        let (sent, mut awaiting) = mpsc::channel(IN_FLIGHT_MAX);
        let streams = Arc::new(Streams::default());
        let mut reader = Reader {
            next,
            reconciled: std::mem::take(reconciled),
            recorded_by: self.recorded_by.to_owned(),
            streams: Arc::clone(&streams),
        };
        // Reading may block (a pipe that somebody types into), so it has a thread of its own.
        let reading = tokio::task::spawn_blocking(move || {
            reader.read(&requests, &sent);
            reader.reconciled
        });
        let answers = self.client.record().record_stream(ReceiverStream::new(outgoing)).await;
        let mut answers = answers.map_err(|status| failed_to_record(&status))?.into_inner();
        let (mut postponed, mut settled) = (Vec::new(), 0);
        while let Some(next) = awaiting.recv().await {
            let answer = match next {
                Sent::Broken(failure) => return Err(failure),
                Sent::Settled(answer) => *answer,
                Sent::Postponed(line) => {
                    postponed.push(*line);
                    continue;
                }
                Sent::Line(sent, stream) => {
                    let Postponed { line, event } = *sent;
                    let response = answer_to(line, &mut answers).await.map_err(|failure| Failure {
                        message: format!(
                            "the connection was lost while {} was being recorded, from line {line} on: {}",
                            self.name, failure.message
                        ),
                        ..failure
                    })?;
                    if let Some(stream) = stream
                        && streams.answered(&stream, response.outcome.as_ref())
                    {
                        postponed.push(Postponed { line, event });
                        continue;
                    }
                    Answer { line, event_id: event.event_id, response }
                }
            };
            settled += 1;
            told(&answer)?;
        }
        let stopped = |error| Failure::new(Exit::Failed, format!("reading {} stopped: {error}", self.name));
        *reconciled = reading.await.map_err(stopped)?;
        Ok((postponed, settled))
    }
}

/// Reads lines and sends what becomes of them.
struct Reader {
    next: Next,
    reconciled: Reconciled,
    recorded_by: String,
    streams: Arc<Streams>,
}

impl Reader {
    fn read(&mut self, requests: &mpsc::Sender<pb::RecordStreamRequest>, sent: &mpsc::Sender<Sent>) {
        loop {
            let (next, request) = match (self.next)() {
                Ok(None) => return,
                Err(failure) => (Sent::Broken(failure), None),
                Ok(Some(Line { number, event: Err(problems) })) => {
                    (Sent::Settled(Box::new(unreadable(number, problems))), None)
                }
                Ok(Some(Line { number, event: Ok(event) })) => {
                    match self.decide(number, event, || sent.is_closed()) {
                        Some(decided) => decided,
                        None => return,
                    }
                }
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

    /// What becomes of a line, and the request to send; `None` if nobody takes answers any more.
    fn decide(
        &self,
        line: u64,
        event: pb::Event,
        is_closed: impl Fn() -> bool,
    ) -> Option<(Sent, Option<pb::RecordStreamRequest>)> {
        let mut expected = Vec::new();
        let compared = self.reconciled.read_at(&event.stream);
        if let Some((stream, revision)) = compared {
            let (written, overtaken) = self.streams.wait(stream, is_closed)?;
            if overtaken {
                return Some((Sent::Postponed(Box::new(Postponed { line, event })), None));
            }
            let expectation = match revision + written {
                0 => Expectation::NoStream(true),
                revision => Expectation::Revision(revision),
            };
            expected.push(ExpectedRevision { stream: stream.to_owned(), expectation: Some(expectation) });
        }
        let events = match becomes(line, &event, &self.reconciled) {
            Err(answer) => return Some((Sent::Settled(answer), None)),
            Ok(events) => events,
        };
        let stream = compared.map(|(stream, _)| stream.to_owned());
        if let Some(stream) = &stream {
            self.streams.sent(stream);
        }
        let recorded_by = self.recorded_by.clone();
        let request = pb::RecordRequest { events, expected, recorded_by, ..pb::RecordRequest::default() };
        let request = pb::RecordStreamRequest { sequence: line, request: Some(request) };
        Some((Sent::Line(Box::new(Postponed { line, event }), stream), Some(request)))
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
