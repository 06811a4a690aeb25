//! `RecordService`.

use std::sync::Arc;

use docket_api::pb::record_service_server::RecordService;
use docket_api::{from_proto, pb, reason, to_proto};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

use super::errors::{self, Failure};
use super::respond::{self, Line, Many};
use super::{Grpc, history};
use crate::tracker::{Outcome, Receipt, Tracker, TrackerError};

/// Most answers of a stream that wait to be read by the client; the next request is taken when there is room.
pub const STREAM_ANSWERS_MAX: usize = 16;

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
        let next = tokio::select! {
            biased;
            () = history::stopped(&mut stopping) => Err(errors::status(TrackerError::ShuttingDown.into())),
            next = requests.next() => next.transpose(),
        };
        let answer = match next {
            Ok(Some(request)) => Ok(answer(&tracker, request).await),
            Ok(None) => {
                line.outcome = Code::Ok;
                return;
            }
            Err(status) => Err(status),
        };
        let end = answer.as_ref().err().map(Status::code);
        line.messages += 1;
        if answers.send(answer).await.is_err() {
            return;
        }
        if let Some(code) = end {
            line.outcome = code;
            return;
        }
    }
}

async fn answer(tracker: &Tracker, request: pb::RecordStreamRequest) -> pb::RecordStreamResponse {
    use pb::record_stream_response::Outcome as Answer;
    let outcome = record(tracker, request.request.unwrap_or_default()).await;
    pb::RecordStreamResponse {
        sequence: request.sequence,
        outcome: Some(match outcome {
            Ok(recorded) => Answer::Recorded(recorded),
            Err(failure) => Answer::Refused(reason::refusal(&errors::status(failure))),
        }),
    }
}

fn rendered(outcome: Outcome) -> pb::RecordResponse {
    pb::RecordResponse {
        recorded: outcome.receipts.into_iter().map(receipt).collect(),
        already_recorded: outcome.before,
        validate_only: outcome.validate_only,
    }
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
