//! `RecordService`.

use std::sync::Arc;

use docket_api::pb::record_service_server::RecordService;
use docket_api::{changes, from_proto, pb, reason, to_proto};
use docket_domain::providers::status::ProviderStatus;
use docket_domain::status::AuthorityStatus;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

use super::errors::{self, Failure};
use super::respond::{self, Line, Many};
use super::{Grpc, history};
use crate::tracker::{Foretold, Outcome, Receipt, StatusChange, Tracker, TrackerError};

/// Most answers of a stream that wait to be read by the client; the next request is taken when there is room.
pub const STREAM_ANSWERS_MAX: usize = 16;
/// Most requests of a stream that are taken at once, where they wait.
const STREAM_REQUESTS_MAX: usize = 256;

#[tonic::async_trait]
impl RecordService for Grpc {
    async fn record(
        &self,
        request: Request<pb::RecordRequest>,
    ) -> Result<Response<pb::RecordResponse>, Status> {
        respond::one("Record", record(&self.tracker, request.into_inner())).await
    }

    type RecordStreamStream = Many<pb::RecordStreamResponse>;

    async fn record_stream(
        &self,
        request: Request<Streaming<pb::RecordStreamRequest>>,
    ) -> Result<Response<Self::RecordStreamStream>, Status> {
        let (sender, answers) = mpsc::channel(STREAM_ANSWERS_MAX);
        tokio::spawn(answer_all(Arc::clone(&self.tracker), request.into_inner(), sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

async fn record(tracker: &Tracker, request: pb::RecordRequest) -> Result<pb::RecordResponse, Failure> {
    let request = from_proto::record(request)?;
    let outcome = tracker.record(&request).await?;
    Ok(rendered(outcome))
}

/// Takes the requests of a stream one after the other: the next may rest on what the one before recorded.
async fn answer_all(
    tracker: Arc<Tracker>,
    mut requests: Streaming<pb::RecordStreamRequest>,
    answers: mpsc::Sender<Result<pb::RecordStreamResponse, Status>>,
) {
    let mut line = Line::begin("RecordStream");
    let mut stopping = tracker.stopping();
    loop {
        let first = tokio::select! {
            biased;
            () = history::stopped(&mut stopping) => Some(Err(errors::status(TrackerError::ShuttingDown.into()))),
            next = requests.next() => next,
        };
        let mut waiting = Vec::new();
        let mut next = Some(first);
        let end = loop {
            match next {
                Some(Some(Ok(request))) => waiting.push(request),
                Some(Some(Err(status))) => break Some(Err(status)),
                Some(None) => break Some(Ok(())),
                None => break None,
            }
            next = if waiting.len() < STREAM_REQUESTS_MAX { ready(requests.next()).await } else { None };
        };
        for answer in answer_in_turn(&tracker, waiting).await {
            line.messages += 1;
            if answers.send(Ok(answer)).await.is_err() {
                return;
            }
        }
        match end {
            None => {}
            Some(Ok(())) => {
                line.outcome = Code::Ok;
                return;
            }
            Some(Err(status)) => {
                line.outcome = status.code();
                let _gone = answers.send(Err(status)).await.is_err();
                return;
            }
        }
    }
}

/// What a future gives at once, if it does.
async fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        value = future => Some(value),
        () = std::future::ready(()) => None,
    }
}

/// Answers requests as if each had come after the answer to the one before.
async fn answer_in_turn(
    tracker: &Tracker,
    waiting: Vec<pb::RecordStreamRequest>,
) -> Vec<pb::RecordStreamResponse> {
    use pb::record_stream_response::Outcome as Answer;
    let mut sequences = Vec::with_capacity(waiting.len());
    let mut unread = Vec::with_capacity(waiting.len());
    let mut offered = Vec::with_capacity(waiting.len());
    for pb::RecordStreamRequest { sequence, request } in waiting {
        sequences.push(sequence);
        match from_proto::record(request.unwrap_or_default()) {
            Ok(request) if request.what_if.is_some() => {
                unread.push(Some(Failure::field("what_if", "is asked by Record, one request at a time")));
            }
            Ok(request) => {
                offered.push(request);
                unread.push(None);
            }
            Err(problems) => unread.push(Some(Failure::from(problems))),
        }
    }
    let mut outcomes = tracker.record_in_turn(&offered).await.into_iter();
    let answers = sequences.into_iter().zip(unread).filter_map(|(sequence, unread)| {
        let outcome = match unread {
            Some(failure) => Err(failure),
            None => outcomes.next()?.map(rendered).map_err(Failure::from),
        };
        let answer = match outcome {
            Ok(recorded) => Answer::Recorded(recorded),
            Err(failure) => Answer::Refused(reason::refusal(&errors::status(failure))),
        };
        Some(pb::RecordStreamResponse { sequence, outcome: Some(answer) })
    });
    answers.collect()
}

fn rendered(outcome: Outcome) -> pb::RecordResponse {
    let Foretold { authorities, providers } = outcome.changes;
    pb::RecordResponse {
        recorded: outcome.receipts.into_iter().map(receipt).collect(),
        already_recorded: outcome.before,
        validate_only: outcome.validate_only,
        status_changes: authorities.into_iter().map(status_change).collect(),
        provider_changes: providers.into_iter().map(provider_change).collect(),
    }
}

fn status_change(change: StatusChange<AuthorityStatus>) -> pb::StatusChange {
    let [before, after] = [change.before, change.after].map(|status| status.as_ref().map(to_proto::status));
    pb::StatusChange { changes: changes::changes(before.as_ref(), after.as_ref()), before, after }
}

fn provider_change(change: StatusChange<ProviderStatus>) -> pb::ProviderStatusChange {
    let [before, after] =
        [change.before, change.after].map(|status| status.as_ref().map(to_proto::provider_status));
    pb::ProviderStatusChange { changes: changes::changes(before.as_ref(), after.as_ref()), before, after }
}

fn receipt(receipt: Receipt) -> pb::RecordedFact {
    let unplaced = pb::RecordedFact {
        event_id: receipt.id.to_string(),
        stream: receipt.stream.to_string(),
        warnings: receipt.warnings,
        ..pb::RecordedFact::default()
    };
    match receipt.place {
        None => unplaced,
        Some(place) => pb::RecordedFact {
            position: place.position.0,
            revision: place.revision.0,
            record_time: Some(to_proto::timestamp(place.recorded_at)),
            leaf_hash: place.leaf_hash.to_vec(),
            ..unplaced
        },
    }
}
