//! Two ways to the same answers: the tracker itself over a log in memory, and a gRPC client of a server over a log on disk.

use std::sync::Arc;

use docket_api::from_proto;
use docket_api::pb::action_plan_service_client::ActionPlanServiceClient;
use docket_api::pb::indicator_service_client::IndicatorServiceClient;
use docket_api::pb::provider_service_client::ProviderServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use docket_api::{pb, reason, to_proto};
use docket_domain::plans::Which;
use docket_log::{ChunkLog, EventLog, MemoryLog, Options};
use docket_server::clock::{Clock, ManualClock};
use docket_server::tracker::Tracker;
use docket_server::{genesis, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::Channel;

/// Midday of the day on which all scenarios are recorded.
pub(crate) const TODAY: &str = "2026-11-22T12:00:00Z";

/// Small chunks, so that histories span several.
const CHUNK_BYTES: u64 = 64 << 10;

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::at(TODAY.parse().unwrap()))
}

/// The tracker, called as a function.
pub(crate) struct InProcess(Arc<Tracker>);

impl InProcess {
    pub(crate) async fn start() -> Self {
        let tracker = Arc::new(Tracker::new(Arc::new(MemoryLog::new()) as Arc<dyn EventLog>, clock()));
        genesis::complete(&tracker).await.unwrap();
        Self(tracker)
    }

    async fn record(&self, events: Vec<pb::Event>) -> Result<Vec<(String, u64)>, String> {
        let request = pb::RecordRequest { events, ..pb::RecordRequest::default() };
        let request = from_proto::record(request).map_err(|problems| format!("{problems:?}"))?;
        let outcome = self.0.record(&request).await.map_err(|error| format!("{error:?}"))?;
        let receipts = outcome.receipts.iter();
        Ok(receipts
            .map(|receipt| (receipt.id.to_string(), receipt.place.as_ref().unwrap().position.0))
            .collect())
    }

    async fn status(&self, request: pb::GetStatusRequest) -> Result<pb::AuthorityStatus, String> {
        let question =
            from_proto::as_of(request.as_of.as_ref(), "as_of").map_err(|problems| format!("{problems:?}"))?;
        let status = self.0.status(&request.authority, &question).await;
        status.map(|status| to_proto::status(&status)).map_err(|error| format!("{error:?}"))
    }

    async fn plan(&self, request: pb::GetActionPlanRequest) -> Result<pb::ActionPlan, String> {
        let question =
            from_proto::as_of(request.as_of.as_ref(), "as_of").map_err(|problems| format!("{problems:?}"))?;
        let which = match request.inspection.as_str() {
            "" => Which::Last,
            key => Which::Of(key.parse().unwrap()),
        };
        let plan = self.0.action_plan(&request.authority, &which, &question).await;
        plan.map(|plan| to_proto::action_plan::action_plan(&plan)).map_err(|error| format!("{error:?}"))
    }

    async fn provider(&self, request: pb::GetProviderRequest) -> Result<pb::ProviderStatus, String> {
        let question =
            from_proto::as_of(request.as_of.as_ref(), "as_of").map_err(|problems| format!("{problems:?}"))?;
        let status = self.0.provider(request.urn.parse().unwrap(), &question).await;
        status.map(|status| to_proto::provider_status(&status)).map_err(|error| format!("{error:?}"))
    }
}

/// A client of a server that listens on a port of its own.
pub(crate) struct OverGrpc {
    channel: Channel,
    _directory: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl OverGrpc {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (log, _) =
            ChunkLog::open(directory.path(), Options { chunk_bytes: CHUNK_BYTES, ..Options::new("a test") })
                .unwrap();
        let tracker = Arc::new(Tracker::new(Arc::new(log) as Arc<dyn EventLog>, clock()));
        genesis::complete(&tracker).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(async move {
            serve::serve(listener, tracker, None, async { drop(stopped.await) }).await.unwrap();
        });
        let channel = Channel::from_shared(url).unwrap().connect().await.unwrap();
        Self { channel, _directory: directory, _stop: stop }
    }

    async fn record(&self, events: Vec<pb::Event>) -> Result<Vec<(String, u64)>, String> {
        let request = pb::RecordRequest { events, ..pb::RecordRequest::default() };
        let response = RecordServiceClient::new(self.channel.clone()).record(request).await;
        let response = response.map_err(|status| format!("{:?}", reason::refusal(&status)))?.into_inner();
        Ok(response.recorded.into_iter().map(|fact| (fact.event_id, fact.position)).collect())
    }

    async fn status(&self, request: pb::GetStatusRequest) -> Result<pb::AuthorityStatus, String> {
        let response = StatusServiceClient::new(self.channel.clone()).get_status(request).await;
        response.map(|response| response.into_inner().status.unwrap()).map_err(|status| status.to_string())
    }

    async fn plan(&self, request: pb::GetActionPlanRequest) -> Result<pb::ActionPlan, String> {
        let response = ActionPlanServiceClient::new(self.channel.clone()).get_action_plan(request).await;
        response.map(|response| response.into_inner().plan.unwrap()).map_err(|status| status.to_string())
    }

    async fn provider(&self, request: pb::GetProviderRequest) -> Result<pb::ProviderStatus, String> {
        let response = ProviderServiceClient::new(self.channel.clone()).get_provider(request).await;
        response.map(|response| response.into_inner().status.unwrap()).map_err(|status| status.to_string())
    }
}

/// Both at once, which must agree on everything.
pub(crate) struct Both {
    in_process: InProcess,
    over_grpc: OverGrpc,
}

impl Both {
    pub(crate) async fn start() -> Self {
        Self { in_process: InProcess::start().await, over_grpc: OverGrpc::start().await }
    }

    /// Records one event, and gives its position.
    pub(crate) async fn record(&self, event: pb::Event) -> (String, u64) {
        let in_process = self.in_process.record(vec![event.clone()]).await;
        let over_grpc = self.over_grpc.record(vec![event.clone()]).await;
        match (in_process, over_grpc) {
            (Ok(one), Ok(other)) => {
                assert_eq!(one, other, "both logs give the same positions");
                one.into_iter().next().unwrap()
            }
            (one, other) => panic!("{} is refused: {one:?} / {other:?}", event.event_id),
        }
    }

    pub(crate) async fn status(&self, request: pb::GetStatusRequest) -> pb::AuthorityStatus {
        let one = self.in_process.status(request.clone()).await;
        let other = self.over_grpc.status(request.clone()).await;
        assert_eq!(one, other, "both ways give the same answer to {request:?}");
        one.unwrap_or_else(|error| panic!("{request:?} is not answered: {error}"))
    }

    pub(crate) async fn plan(&self, request: pb::GetActionPlanRequest) -> pb::ActionPlan {
        let one = self.in_process.plan(request.clone()).await;
        let other = self.over_grpc.plan(request.clone()).await;
        assert_eq!(one, other, "both ways give the same answer to {request:?}");
        one.unwrap_or_else(|error| panic!("{request:?} is not answered: {error}"))
    }

    /// Of indicators only the wire is asked: the tracker gives them without their messages.
    pub(crate) async fn indicators(&self, request: pb::GetIndicatorsRequest) -> pb::GetIndicatorsResponse {
        let mut client = IndicatorServiceClient::new(self.over_grpc.channel.clone());
        let response = client.get_indicators(request.clone()).await;
        response.unwrap_or_else(|error| panic!("{request:?} is not answered: {error}")).into_inner()
    }

    pub(crate) async fn provider(&self, request: pb::GetProviderRequest) -> pb::ProviderStatus {
        let one = self.in_process.provider(request.clone()).await;
        let other = self.over_grpc.provider(request.clone()).await;
        assert_eq!(one, other, "both ways give the same answer to {request:?}");
        one.unwrap_or_else(|error| panic!("{request:?} is not answered: {error}"))
    }
}
