//! A server that stores nothing: the same services, answered at once with what was laid ready for it.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use docket_api::pb;
use docket_api::pb::history_service_server::{HistoryService, HistoryServiceServer};
use docket_api::pb::record_service_server::{RecordService, RecordServiceServer};
use docket_api::pb::status_service_server::{StatusService, StatusServiceServer};
use prost::Message;
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

use super::child::ADDRESS;
use super::room::failed;
use super::told;
use crate::exit::Failure;
use crate::output::note;

/// What the folder of such a server holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Canned {
    /// The answer to every `GetStatus`.
    pub(crate) status: pb::GetStatusResponse,
    /// The answer to every `Record`.
    pub(crate) record: pb::RecordResponse,
    /// What `ReadHistory` answers, again and again up to the limit that it is asked for.
    pub(crate) history: Vec<pb::ReadHistoryResponse>,
}

/// Most events that are laid ready.
pub(crate) const CANNED_EVENTS_MAX: u64 = 10_000;

impl Canned {
    /// Lays the answers ready in a folder, which is made.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn lay(&self, folder: &Path) -> Result<(), Failure> {
        let write = || {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join("status"), self.status.encode_to_vec())?;
            std::fs::write(folder.join("record"), self.record.encode_to_vec())?;
            let history: Vec<u8> =
                self.history.iter().flat_map(Message::encode_length_delimited_to_vec).collect();
            std::fs::write(folder.join("history"), history)
        };
        write().map_err(|error| failed("writing answers to", folder)(&error))
    }

    fn read(folder: &Path) -> Result<Self, Failure> {
        let bytes = bytes(folder, "history")?;
        let (mut rest, mut history) = (bytes.as_slice(), Vec::new());
        while !rest.is_empty() {
            history.push(pb::ReadHistoryResponse::decode_length_delimited(&mut rest).map_err(told)?);
        }
        Ok(Self { status: read(folder, "status")?, record: read(folder, "record")?, history })
    }
}

fn read<M: Message + Default>(folder: &Path, name: &str) -> Result<M, Failure> {
    M::decode(bytes(folder, name)?.as_slice()).map_err(told)
}

fn bytes(folder: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(folder.join(name)).map_err(|error| failed("reading answers of", folder)(&error))
}

/// Serves the answers of a folder on a free port.
///
/// # Errors
/// If they cannot be read, or the transport fails.
pub(crate) async fn serve(folder: &Path, shutdown: impl Future<Output = ()> + Send) -> Result<(), Failure> {
    let canned = Null(Arc::new(Canned::read(folder)?));
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(told)?;
    note(&format!("serving {ADDRESS}{}", listener.local_addr().map_err(told)?));
    Server::builder()
        .add_service(RecordServiceServer::new(canned.clone()))
        .add_service(StatusServiceServer::new(canned.clone()))
        .add_service(HistoryServiceServer::new(canned))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), shutdown)
        .await
        .map_err(told)
}

#[derive(Clone)]
struct Null(Arc<Canned>);

type Many<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn not_canned() -> Status {
    Status::unimplemented("there is no answer to this laid ready")
}

#[tonic::async_trait]
impl RecordService for Null {
    async fn record(&self, _: Request<pb::RecordRequest>) -> Result<Response<pb::RecordResponse>, Status> {
        Ok(Response::new(self.0.record.clone()))
    }

    type RecordStreamStream = Many<pb::RecordStreamResponse>;

    async fn record_stream(
        &self,
        request: Request<Streaming<pb::RecordStreamRequest>>,
    ) -> Result<Response<Self::RecordStreamStream>, Status> {
        let canned = Arc::clone(&self.0);
        let answer = move |request: pb::RecordStreamRequest| pb::RecordStreamResponse {
            sequence: request.sequence,
            outcome: Some(pb::record_stream_response::Outcome::Recorded(canned.record.clone())),
        };
        Ok(Response::new(Box::pin(request.into_inner().map(move |request| request.map(&answer)))))
    }
}

#[tonic::async_trait]
impl StatusService for Null {
    async fn get_status(
        &self,
        _: Request<pb::GetStatusRequest>,
    ) -> Result<Response<pb::GetStatusResponse>, Status> {
        Ok(Response::new(self.0.status.clone()))
    }

    async fn list_statuses(
        &self,
        _: Request<pb::ListStatusesRequest>,
    ) -> Result<Response<pb::ListStatusesResponse>, Status> {
        Err(not_canned())
    }

    async fn compare_status(
        &self,
        _: Request<pb::CompareStatusRequest>,
    ) -> Result<Response<pb::CompareStatusResponse>, Status> {
        Err(not_canned())
    }

    async fn explain_status(
        &self,
        _: Request<pb::ExplainStatusRequest>,
    ) -> Result<Response<pb::ExplainStatusResponse>, Status> {
        Err(not_canned())
    }

    async fn list_obligations(
        &self,
        _: Request<pb::ListObligationsRequest>,
    ) -> Result<Response<pb::ListObligationsResponse>, Status> {
        Err(not_canned())
    }

    async fn list_authorities(
        &self,
        _: Request<pb::ListAuthoritiesRequest>,
    ) -> Result<Response<pb::ListAuthoritiesResponse>, Status> {
        Err(not_canned())
    }
}

#[tonic::async_trait]
impl HistoryService for Null {
    type ReadHistoryStream = Many<pb::ReadHistoryResponse>;

    async fn read_history(
        &self,
        request: Request<pb::ReadHistoryRequest>,
    ) -> Result<Response<Self::ReadHistoryStream>, Status> {
        let canned = Arc::clone(&self.0);
        let wanted = usize::try_from(request.get_ref().limit).unwrap_or(usize::MAX);
        let mut number = 0;
        let messages = std::iter::from_fn(move || {
            let message =
                canned.history.get(number % canned.history.len().max(1)).filter(|_| number < wanted);
            number += 1;
            message.cloned().map(Ok)
        });
        Ok(Response::new(Box::pin(tokio_stream::iter(messages))))
    }

    type ReplayCaseStream = Many<pb::ReplayCaseResponse>;

    async fn replay_case(
        &self,
        _: Request<pb::ReplayCaseRequest>,
    ) -> Result<Response<Self::ReplayCaseStream>, Status> {
        Err(not_canned())
    }
}
