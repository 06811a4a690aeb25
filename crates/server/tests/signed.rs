//! A server whose checkpoints are made when the test says so.

use std::sync::Arc;

use docket_api::pb;
use docket_api::pb::proof_service_client::ProofServiceClient;
use docket_log::{MemoryLog, ProvableLog};
use docket_proof::VerifierKey;
use docket_server::proof::{CheckpointStore, Keys, Proofs, ProofsError};
use docket_server::{ManualClock, Tracker, genesis, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::Channel;

use crate::harness::{connect, notice};

pub(crate) const NOW_MICROS: i64 = 1_700_000_000_000_000;
/// What every such server calls its log.
pub(crate) const ORIGIN: &str = "docket.example/log";

/// A server with the register on record.
pub(crate) struct Signed {
    pub(crate) tracker: Arc<Tracker>,
    pub(crate) proofs: Arc<Proofs>,
    pub(crate) client: ProofServiceClient<Channel>,
    pub(crate) channel: Channel,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) log: Arc<MemoryLog>,
    pub(crate) clock: Arc<ManualClock>,
    _stop: oneshot::Sender<()>,
}

impl Signed {
    pub(crate) async fn start() -> Self {
        let log = Arc::new(MemoryLog::new());
        let clock = Arc::new(ManualClock::at("2026-01-05T09:00:00Z".parse().unwrap()));
        let tracker = Arc::new(Tracker::new(Arc::clone(&log) as Arc<_>, Arc::clone(&clock) as Arc<_>));
        genesis::complete(&tracker).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let proofs = Arc::new(open(&log, folder.path()).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (serving, with) = (Arc::clone(&tracker), Some(Arc::clone(&proofs)));
        tokio::spawn(
            async move { serve(listener, serving, with, async { drop(stopped.await) }).await.unwrap() },
        );
        let channel = connect(address).await;
        let client = ProofServiceClient::new(channel.clone());
        Self { tracker, proofs, client, channel, folder, log, clock, _stop: stop }
    }

    /// Makes a checkpoint; tells its size.
    pub(crate) async fn sign(&self) -> u64 {
        self.proofs.step(NOW_MICROS).await.unwrap().unwrap()
    }

    /// Records an improvement notice to Kingston upon Hull; tells its position.
    pub(crate) async fn record(&self, number: u32) -> u64 {
        self.record_to("E06000010", number).await
    }

    pub(crate) async fn record_to(&self, authority: &str, number: u32) -> u64 {
        let mut client = pb::record_service_client::RecordServiceClient::new(self.channel.clone());
        let events = vec![notice(number, authority, &format!("2022-08-{number:02}"))];
        let request = pb::RecordRequest { events, ..Default::default() };
        client.record(request).await.unwrap().into_inner().recorded[0].position
    }

    pub(crate) async fn keys(&self) -> Vec<VerifierKey> {
        let keys = self.client.clone().get_log_keys(pb::GetLogKeysRequest {}).await.unwrap().into_inner();
        keys.verifier_keys.iter().map(|key| VerifierKey::parse(key).unwrap()).collect()
    }

    pub(crate) async fn bundle(&self, authority: &str) -> pb::CaseBundle {
        self.bundle_of(pb::GetCaseBundleRequest { authority: authority.to_owned(), ..Default::default() })
            .await
    }

    pub(crate) async fn bundle_of(&self, request: pb::GetCaseBundleRequest) -> pb::CaseBundle {
        self.client.clone().get_case_bundle(request).await.unwrap().into_inner().bundle.unwrap()
    }

    pub(crate) async fn inclusion(
        &self,
        request: pb::GetInclusionProofRequest,
    ) -> pb::GetInclusionProofResponse {
        self.client.clone().get_inclusion_proof(request).await.unwrap().into_inner()
    }
}

/// What proves this log, with the keys and checkpoints of this folder.
pub(crate) async fn open(log: &Arc<MemoryLog>, folder: &std::path::Path) -> Result<Proofs, ProofsError> {
    let keys = Keys::load(folder, None, Some(ORIGIN), [7; 16]).unwrap();
    Proofs::open(Arc::clone(log) as Arc<dyn ProvableLog>, keys, CheckpointStore::open(folder).unwrap()).await
}
