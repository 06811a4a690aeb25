//! The three things an import asks of a Docket server, and the server behind them.

use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::record_stream_response::Outcome as Answer;
use docket_api::pb::status_service_client::StatusServiceClient;
use docket_api::pb::{
    AuthorityEntry, EventFilter, ListAuthoritiesRequest, ReadHistoryRequest, RecordRequest,
    RecordStreamRequest, RecordedEvent,
};
use tokio::task::JoinSet;
use tonic::Status;
use tonic::transport::Channel;

/// Histories that are read at the same time.
const READS_MAX: usize = 32;

/// What an import needs of Docket.
pub(crate) trait Docket {
    /// Every authority, also those that no longer exist.
    async fn authorities(&mut self) -> Result<Vec<AuthorityEntry>, Status>;

    /// Every event of each of these streams, in the order recorded; the streams in the order asked.
    async fn histories(&mut self, streams: &[String]) -> Result<Vec<Vec<RecordedEvent>>, Status>;

    /// Records requests in order, each by itself; `answered` is called with the answer to each, in order. A failure is one of
    /// the connection: those without an answer may or may not have been recorded.
    async fn record(
        &mut self,
        requests: Vec<RecordRequest>,
        answered: &mut (dyn FnMut(usize, Answer) + Send),
    ) -> Result<(), Status>;
}

/// A Docket server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// For the register.
    pub(crate) status: StatusServiceClient<Channel>,
    /// For what is on record.
    pub(crate) history: HistoryServiceClient<Channel>,
    /// For recording.
    pub(crate) record: RecordServiceClient<Channel>,
}

async fn read(
    mut history: HistoryServiceClient<Channel>,
    stream: String,
) -> Result<Vec<RecordedEvent>, Status> {
    let filter = EventFilter { streams: vec![stream], ..EventFilter::default() };
    let request = ReadHistoryRequest { filter: Some(filter), ..ReadHistoryRequest::default() };
    let mut answers = history.read_history(request).await?.into_inner();
    let mut events = Vec::new();
    while let Some(answer) = answers.message().await? {
        events.extend(answer.event);
    }
    Ok(events)
}

impl Docket for Server {
    async fn authorities(&mut self) -> Result<Vec<AuthorityEntry>, Status> {
        let request = ListAuthoritiesRequest { include_closed: true, ..ListAuthoritiesRequest::default() };
        Ok(self.status.list_authorities(request).await?.into_inner().authorities)
    }

    async fn histories(&mut self, streams: &[String]) -> Result<Vec<Vec<RecordedEvent>>, Status> {
        let mut all = vec![Vec::new(); streams.len()];
        // Several at once on one connection: each is a short answer, and waiting for it is most of the time.
        for (chunk, slots) in streams.chunks(READS_MAX).zip(all.chunks_mut(READS_MAX)) {
            let mut reads = JoinSet::new();
            for (index, stream) in chunk.iter().enumerate() {
                let (history, stream) = (self.history.clone(), stream.clone());
                reads.spawn(async move { (index, read(history, stream).await) });
            }
            while let Some(ended) = reads.join_next().await {
                let (index, events) = ended.map_err(|error| Status::internal(error.to_string()))?;
                if let Some(slot) = slots.get_mut(index) {
                    *slot = events?;
                }
            }
        }
        Ok(all)
    }

    async fn record(
        &mut self,
        requests: Vec<RecordRequest>,
        answered: &mut (dyn FnMut(usize, Answer) + Send),
    ) -> Result<(), Status> {
        let count = requests.len();
        let numbered = (0..)
            .zip(requests)
            .map(|(sequence, request)| RecordStreamRequest { sequence, request: Some(request) });
        let mut answers = self.record.record_stream(tokio_stream::iter(numbered)).await?.into_inner();
        for index in 0..count {
            let answer = answers.message().await?;
            let outcome = answer
                .filter(|answer| usize::try_from(answer.sequence) == Ok(index))
                .and_then(|answer| answer.outcome)
                .ok_or_else(|| {
                    Status::unavailable(format!("the server answered {index} of {count} requests"))
                })?;
            answered(index, outcome);
        }
        Ok(())
    }
}
