//! A server that records without deciding: it appends what it is sent to the same log, durably, and answers with the same receipts, but reads no more of an
//! event than its id and its stream, and asks no rule. What it reaches is the most that is left to any server on this log and this transport.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use docket_api::pb::record_service_server::{RecordService, RecordServiceServer};
use docket_api::pb::record_stream_response::Outcome;
use docket_api::{kinds, pb};
use docket_log::{Append, Appended, ChunkLog, EventLog as _, NewEvent};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

use super::child::ADDRESS;
use super::{append, told};
use crate::exit::Failure;
use crate::output::note;

/// Requests of a stream that wait, and that are appended together at most.
const REQUESTS_MAX: usize = 256;
/// No further request joins an append of so many events.
const TOGETHER_EVENTS: usize = 1_000;
/// When all of it is recorded.
const NOW_MICROS: i64 = 1_700_000_000_000_000;

/// Serves on a free port what appends to the log of a folder.
///
/// # Errors
/// If the log cannot be opened, or the transport fails.
pub(crate) async fn serve(folder: &Path, shutdown: impl Future<Output = ()> + Send) -> Result<(), Failure> {
    let log = append::open(folder)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(told)?;
    note(&format!("serving {ADDRESS}{}", listener.local_addr().map_err(told)?));
    Server::builder()
        .add_service(RecordServiceServer::new(Undecided(Arc::clone(&log))))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), shutdown)
        .await
        .map_err(told)?;
    append::close(log).await
}

struct Undecided(Arc<ChunkLog>);

#[tonic::async_trait]
impl RecordService for Undecided {
    async fn record(
        &self,
        request: Request<pb::RecordRequest>,
    ) -> Result<Response<pb::RecordResponse>, Status> {
        let request = request.into_inner();
        let appended = append_all(&self.0, std::slice::from_ref(&request)).await?;
        Ok(Response::new(answer(&request, &mut appended.receipts.into_iter())))
    }

    type RecordStreamStream = Pin<Box<dyn Stream<Item = Result<pb::RecordStreamResponse, Status>> + Send>>;

    async fn record_stream(
        &self,
        request: Request<Streaming<pb::RecordStreamRequest>>,
    ) -> Result<Response<Self::RecordStreamStream>, Status> {
        let (sender, answers) = mpsc::channel(REQUESTS_MAX);
        let (taken, waiting) = mpsc::channel(REQUESTS_MAX);
        let mut requests = request.into_inner();
        tokio::spawn(async move {
            while let Some(Ok(request)) = requests.next().await {
                if taken.send(request).await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(answer_all(Arc::clone(&self.0), waiting, sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

/// Appends what waits together, as long as something does.
async fn answer_all(
    log: Arc<ChunkLog>,
    mut waiting: mpsc::Receiver<pb::RecordStreamRequest>,
    answers: mpsc::Sender<Result<pb::RecordStreamResponse, Status>>,
) {
    while let Some(first) = waiting.recv().await {
        let (mut sequences, mut requests, mut events) = (Vec::new(), Vec::new(), 0);
        let mut next = Some(first);
        while let Some(pb::RecordStreamRequest { sequence, request }) = next {
            let request = request.unwrap_or_default();
            events += request.events.len();
            sequences.push(sequence);
            requests.push(request);
            let room = requests.len() < REQUESTS_MAX && events < TOGETHER_EVENTS;
            next = if room { waiting.try_recv().ok() } else { None };
        }
        let mut receipts = match append_all(&log, &requests).await {
            Ok(appended) => appended.receipts.into_iter(),
            Err(status) => {
                let _gone = answers.send(Err(status)).await;
                return;
            }
        };
        for (sequence, request) in sequences.into_iter().zip(&requests) {
            let outcome = Some(Outcome::Recorded(answer(request, &mut receipts)));
            if answers.send(Ok(pb::RecordStreamResponse { sequence, outcome })).await.is_err() {
                return;
            }
        }
    }
}

/// Makes the events of these requests durable in one append.
async fn append_all(log: &ChunkLog, requests: &[pb::RecordRequest]) -> Result<Appended, Status> {
    let events = requests.iter().flat_map(|request| &request.events).map(stored);
    let events = events.collect::<Option<_>>();
    let events = events.ok_or_else(|| Status::invalid_argument("an event has no id, stream or body"))?;
    let append = Append { events, expected: Vec::new(), now_micros: NOW_MICROS };
    log.append(append).await.map_err(|error| Status::internal(error.to_string()))
}

/// The event as it is stored.
fn stored(event: &pb::Event) -> Option<NewEvent> {
    Some(NewEvent {
        id: event.event_id.parse().ok()?,
        stream: event.stream.parse().ok()?,
        kind: kinds::number(event)?,
        body: event.encode_to_vec(),
        meta: Vec::new(),
    })
}

/// The answer to a request, with the next receipts.
fn answer(
    request: &pb::RecordRequest,
    receipts: &mut impl Iterator<Item = docket_log::Receipt>,
) -> pb::RecordResponse {
    let recorded = request.events.iter().zip(receipts).map(|(event, receipt)| pb::RecordedFact {
        event_id: event.event_id.clone(),
        stream: event.stream.clone(),
        position: receipt.position.0,
        revision: receipt.revision.0,
        record_time: Some(prost_types::Timestamp {
            seconds: receipt.recorded_at_micros / 1_000_000,
            nanos: 0,
        }),
        leaf_hash: receipt.leaf_hash.to_vec(),
        ..pb::RecordedFact::default()
    });
    pb::RecordResponse { recorded: recorded.collect(), ..pb::RecordResponse::default() }
}
