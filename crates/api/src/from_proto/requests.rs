//! Requests as a whole: what is to be recorded, which answer is asked for, which events are wanted.

use std::collections::BTreeSet;

use docket_domain::date::Date;
use docket_domain::event::Proposal;
use docket_domain::terms::{Basis, View};
use docket_domain::{Position, Revision, StreamId};
use jiff::Timestamp;
use prost::Message as _;

use super::fields::{Demands, Fields, path};
use super::{FieldProblem, Problems, proposal, stream};
use crate::pb;

/// Most events of one request.
pub const EVENTS_LEN_MAX: usize = 1_000;
/// Longest event, in bytes as protobuf.
pub const EVENT_LEN_MAX: usize = 256 * 1024;
/// Who records, where the request does not say.
pub const ANONYMOUS: &str = "anonymous";
/// Longest name of whoever records, in bytes.
pub const RECORDED_BY_LEN_MAX: usize = 200;

/// Facts to record, all of them or none.
#[derive(Clone, Debug)]
pub struct RecordRequest {
    /// At least one.
    pub events: Vec<Offered>,
    /// What the caller believes of streams, which are named as in the request.
    pub expected: Vec<(String, Expectation)>,
    /// Decide and answer, but record nothing.
    pub validate_only: bool,
    /// Who records.
    pub recorded_by: String,
    /// Also say which answers would change, to this question; only where nothing is recorded.
    pub what_if: Option<AsOfQuestion>,
}

/// One fact to record.
#[derive(Clone, Debug)]
pub struct Offered {
    /// As sent, but without its id and its stream.
    pub event: pb::Event,
    /// Its stream; an authority may still be named by a code.
    pub stream: StreamId,
    /// As the rules see it.
    pub proposal: Proposal,
}

/// What a caller believes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// It has no event yet.
    NoStream,
    /// Its last revision is this one.
    Exactly(Revision),
}

/// A request to record.
///
/// # Errors
/// Every field of every event that cannot be read.
pub fn record(request: pb::RecordRequest) -> Result<RecordRequest, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    let len = request.events.len();
    if !(1..=EVENTS_LEN_MAX).contains(&len) {
        problems.add("events", format!("has {len} items; one request records 1 to {EVENTS_LEN_MAX} events"));
        return problems.finish(None);
    }
    let mut ids = BTreeSet::new();
    let mut events = Vec::with_capacity(len);
    for (place, event) in request.events.into_iter().enumerate() {
        let at = format!("events[{place}]");
        let offered = problems.take(offered(event, &at));
        if let Some(offered) = &offered
            && !ids.insert(offered.proposal.id)
        {
            problems
                .add(path(&at, "event_id"), "stands once in a request; an event before this one has it too");
        }
        events.extend(offered);
    }
    let expected = expected(&mut problems, &request.expected);
    let recorded_by = recorded_by(&mut problems, request.recorded_by);
    let what_if = request.what_if.and_then(|asked| what_if(&mut problems, &asked, request.validate_only));
    problems.finish(Some(RecordRequest {
        events,
        expected,
        validate_only: request.validate_only,
        recorded_by,
        what_if,
    }))
}

fn what_if(problems: &mut Problems, asked: &pb::AsOf, validate_only: bool) -> Option<AsOfQuestion> {
    if !validate_only {
        problems.add("what_if", "is asked only with validate_only, which records nothing");
    }
    for (field, given) in
        [("known_time", asked.known_time.is_some()), ("known_position", asked.known_position != 0)]
    {
        if given {
            problems.add(path("what_if", field), "is left out: what is known is what is recorded now");
        }
    }
    let asked = pb::AsOf { known_time: None, known_position: 0, ..*asked };
    problems.take(as_of(Some(&asked), "what_if"))
}

fn offered(mut event: pb::Event, at: &str) -> Result<Offered, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    let len = event.encoded_len();
    if len > EVENT_LEN_MAX {
        problems.add(at, format!("has {len} bytes; an event has at most {EVENT_LEN_MAX}"));
    }
    let stream = problems.take(stream(&event, at));
    let proposal = problems.take(proposal(&event, at));
    let offered = stream.zip(proposal).map(|(stream, proposal)| {
        (event.event_id, event.stream) = (String::new(), String::new());
        Offered { event, stream, proposal }
    });
    problems.finish(offered)
}

fn expected(problems: &mut Problems, expected: &[pb::ExpectedRevision]) -> Vec<(String, Expectation)> {
    use pb::expected_revision::Expectation as E;
    let mut read = Vec::with_capacity(expected.len());
    if expected.len() > EVENTS_LEN_MAX {
        problems.add("expected", format!("has at most {EVENTS_LEN_MAX} items"));
        return read;
    }
    let mut seen = BTreeSet::new();
    for (place, item) in expected.iter().enumerate() {
        let at = format!("expected[{place}]");
        if let Err(error) = item.stream.parse::<StreamId>() {
            problems.add(path(&at, "stream"), error.to_string());
        } else if !seen.insert(item.stream.as_str()) {
            problems.add(path(&at, "stream"), "stands once in a request; this one is there twice");
        }
        let expectation = match item.expectation {
            Some(E::Revision(0)) | Some(E::NoStream(true)) => Expectation::NoStream,
            Some(E::Revision(revision)) => Expectation::Exactly(Revision(revision)),
            Some(E::NoStream(false)) => {
                problems.add(path(&at, "no_stream"), "is true, or left out in favour of revision");
                continue;
            }
            None => {
                problems.add(path(&at, "expectation"), "is required: revision or no_stream");
                continue;
            }
        };
        read.push((item.stream.clone(), expectation));
    }
    read
}

fn recorded_by(problems: &mut Problems, name: String) -> String {
    if name.len() > RECORDED_BY_LEN_MAX || name.chars().any(char::is_control) {
        problems.add("recorded_by", format!("has at most {RECORDED_BY_LEN_MAX} bytes on one line"));
    }
    if name.trim().is_empty() {
        return ANONYMOUS.to_owned();
    }
    name
}

/// Which answer a caller asks for, as far as the caller says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOfQuestion {
    /// The day whose state of the world is asked; `None` for the day of `known`.
    pub effective: Option<Date>,
    /// Only what was recorded up to here.
    pub known: Known,
    /// When a judgement counts.
    pub basis: Basis,
    /// Whether embargoed facts show.
    pub view: View,
}

/// Up to where the log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// To its end.
    Head,
    /// What was recorded by this instant.
    At(Timestamp),
    /// To this position.
    Position(Position),
}

/// Which answer a question means; published judgements and the public view, where it does not say.
///
/// # Errors
/// Every field that cannot be read, and two fields that say the same thing twice.
pub fn as_of(as_of: Option<&pb::AsOf>, at: &str) -> Result<AsOfQuestion, Vec<FieldProblem>> {
    let Some(as_of) = as_of else {
        return self::as_of(Some(&pb::AsOf::default()), at);
    };
    let mut problems = Problems::new();
    let mut fields = Fields::new(at, &mut problems, Demands::Today);
    let effective = match &as_of.effective_date {
        Some(date) if *date != pb::Date::default() => fields.day("effective_date", Some(date)),
        _ => None,
    };
    let basis = fields.optional_term("basis", as_of.basis);
    let view = fields.optional_term("view", as_of.view);
    let mut known = match as_of.known_position {
        0 => Known::Head,
        position => Known::Position(Position(position)),
    };
    if let Some(time) = &as_of.known_time {
        if known != Known::Head {
            fields.problem("known_position", "is left out where known_time is given: ask by one of the two");
        }
        match timestamp(time) {
            Some(instant) => known = Known::At(instant),
            None => fields.problem("known_time", "is an instant from year 1 to year 9999"),
        }
    }
    problems.finish(Some(AsOfQuestion {
        effective,
        known,
        basis: basis.unwrap_or(Basis::Published),
        view: view.unwrap_or(View::Public),
    }))
}

/// An instant of the wire; `None` where there is no such instant.
#[must_use]
pub fn timestamp(time: &prost_types::Timestamp) -> Option<Timestamp> {
    if !(0..1_000_000_000).contains(&time.nanos) {
        return None;
    }
    Timestamp::new(time.seconds, time.nanos).ok()
}

/// A view of events on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatedView {
    /// Which view.
    pub view: View,
    /// Its day; `None` where the caller does not say.
    pub on: Option<Date>,
}

/// A view of a day; `None` where the caller does not say.
///
/// # Errors
/// If there is no such view or day, or a day without a view.
pub fn dated_view(view: i32, on: Option<&pb::Date>) -> Result<Option<DatedView>, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    let view = Fields::new("", &mut problems, Demands::Today).dated_view(view, on);
    problems.finish(Some(view))
}

impl Fields<'_> {
    pub(super) fn dated_view(&mut self, view: i32, on: Option<&pb::Date>) -> Option<DatedView> {
        let on = on.filter(|date| **date != pb::Date::default());
        if on.is_some() && view == 0 {
            self.problem("effective_date", "is the day of a view: say which view");
        }
        let on = on.and_then(|_| self.day("effective_date", on));
        Some(DatedView { view: self.optional_term("view", view)?, on })
    }
}

/// How many items a page has: `default` where the caller does not say, never more than `max`.
///
/// # Errors
/// One problem, if it is below 0.
pub fn page_size(size: i32, default: usize, max: usize, at: &str) -> Result<usize, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    let read = match usize::try_from(size) {
        Ok(0) => Some(default.min(max)),
        Ok(size) => Some(size.min(max)),
        Err(_) => {
            problems.add(path(at, "page_size"), format!("is 0 for {default}, or 1 to {max}"));
            None
        }
    };
    problems.finish(read)
}
