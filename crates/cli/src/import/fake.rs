//! A Docket in memory for tests: it keeps streams, checks expected revisions, and can fail at a chosen request.

use std::collections::BTreeMap;

use docket_api::pb::record_stream_response::Outcome as Answer;
use docket_api::pb::{self, AuthorityEntry, RecordRequest, RecordedEvent, expected_revision::Expectation};
use tonic::{Code, Status};

use super::docket::Docket;
use super::testing::{authority, recorded};

/// A Docket in memory.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) register: Vec<AuthorityEntry>,
    pub(crate) streams: BTreeMap<String, Vec<pb::Event>>,
    /// The connection is lost before this many requests more are answered; the last one may have been recorded.
    pub(crate) answers_left: Option<usize>,
    /// Somebody else writes to every stream once, after it was read.
    pub(crate) overtaken: bool,
    /// Inspections that are refused, by key.
    pub(crate) refuses: Vec<String>,
}

impl Fake {
    pub(crate) fn new(register: Vec<AuthorityEntry>) -> Self {
        Self { register, ..Self::default() }
    }

    pub(crate) fn hull() -> Self {
        Self::new(vec![authority("kingston-upon-hull", "Kingston upon Hull", "E06000010", &["Hull"])])
    }

    pub(crate) fn events(&self) -> usize {
        self.streams.values().map(Vec::len).sum()
    }

    fn answer(&mut self, request: RecordRequest) -> Answer {
        let refusal = |code: Code, message: &str| {
            Answer::Refused(pb::Refusal {
                code: code.into(),
                message: message.to_owned(),
                ..pb::Refusal::default()
            })
        };
        for expected in &request.expected {
            let revision =
                self.streams.get(&expected.stream).map_or(0, |events| u64::try_from(events.len()).unwrap());
            let fits = match expected.expectation {
                Some(Expectation::Revision(expected)) => expected == revision,
                Some(Expectation::NoStream(_)) => revision == 0,
                None => true,
            };
            if !fits {
                return refusal(Code::Aborted, "stale");
            }
        }
        let written = format!("{:?}", request.events);
        if self.refuses.iter().any(|key| written.contains(key)) {
            return refusal(Code::FailedPrecondition, "no");
        }
        if !request.validate_only {
            for event in request.events {
                let stream = self.streams.entry(event.stream.clone()).or_default();
                assert!(
                    stream.iter().all(|known| known.event_id != event.event_id),
                    "recorded twice: {event:?}"
                );
                stream.push(event);
            }
        }
        Answer::Recorded(pb::RecordResponse::default())
    }
}

impl Docket for Fake {
    async fn authorities(&mut self) -> Result<Vec<AuthorityEntry>, Status> {
        Ok(self.register.clone())
    }

    async fn histories(&mut self, streams: &[String]) -> Result<Vec<Vec<RecordedEvent>>, Status> {
        let of = |stream: &String| recorded(self.streams.get(stream).cloned().unwrap_or_default());
        let histories = streams.iter().map(of).collect();
        if self.overtaken {
            self.overtaken = false;
            for stream in streams {
                let other = pb::Event { event_id: "by somebody else".to_owned(), ..pb::Event::default() };
                self.streams.entry(stream.clone()).or_default().push(other);
            }
        }
        Ok(histories)
    }

    async fn record(
        &mut self,
        requests: Vec<RecordRequest>,
        answered: &mut (dyn FnMut(usize, Answer) + Send),
    ) -> Result<(), Status> {
        for (index, request) in requests.into_iter().enumerate() {
            let answer = self.answer(request);
            if let Some(left) = self.answers_left.as_mut() {
                if *left == 0 {
                    return Err(Status::unavailable("connection reset"));
                }
                *left -= 1;
            }
            answered(index, answer);
        }
        Ok(())
    }
}
