//! Checkpoints and proofs, as an auditor asks for them over the wire, and bundles that prove themselves elsewhere.

use std::sync::Arc;

use docket_api::pb;
use docket_api::pb::proof_service_client::ProofServiceClient;
use docket_log::{EventLog as _, MemoryLog, ProvableLog};
use docket_proof::{SignedCheckpoint, VerifierKey, leaf_hash, verify_consistency, verify_inclusion};
use docket_server::proof::{CheckpointStore, Demands, Keys, Proofs, verify};
use docket_server::{Tracker, genesis, serve};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::Code;
use tonic::transport::Channel;

use crate::harness::{connect, notice};

const NOW_MICROS: i64 = 1_700_000_000_000_000;

/// A server whose checkpoints are made when the test says so.
struct Signed {
    tracker: Arc<Tracker>,
    proofs: Arc<Proofs>,
    client: ProofServiceClient<Channel>,
    channel: Channel,
    folder: tempfile::TempDir,
    log: Arc<MemoryLog>,
    _stop: oneshot::Sender<()>,
}

impl Signed {
    async fn start() -> Self {
        let log = Arc::new(MemoryLog::new());
        let clock = docket_server::ManualClock::at("2026-01-05T09:00:00Z".parse().unwrap());
        let tracker = Arc::new(Tracker::new(Arc::clone(&log) as Arc<_>, Arc::new(clock)));
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
        Self { tracker, proofs, client, channel, folder, log, _stop: stop }
    }

    async fn record(&self, number: u32) -> u64 {
        let mut client = pb::record_service_client::RecordServiceClient::new(self.channel.clone());
        let events = vec![notice(number, "E06000010", &format!("2022-08-{number:02}"))];
        let request = pb::RecordRequest { events, ..Default::default() };
        client.record(request).await.unwrap().into_inner().recorded[0].position
    }

    async fn keys(&self) -> Vec<VerifierKey> {
        let keys = self.client.clone().get_log_keys(pb::GetLogKeysRequest {}).await.unwrap().into_inner();
        keys.verifier_keys.iter().map(|key| VerifierKey::parse(key).unwrap()).collect()
    }

    async fn bundle(&self, authority: &str) -> pb::CaseBundle {
        let request = pb::GetCaseBundleRequest { authority: authority.to_owned(), as_of: None };
        self.client.clone().get_case_bundle(request).await.unwrap().into_inner().bundle.unwrap()
    }

    async fn inclusion(&self, request: pb::GetInclusionProofRequest) -> pb::GetInclusionProofResponse {
        self.client.clone().get_inclusion_proof(request).await.unwrap().into_inner()
    }
}

async fn open(
    log: &Arc<MemoryLog>,
    folder: &std::path::Path,
) -> Result<Proofs, docket_server::proof::ProofsError> {
    let keys = Keys::load(folder, None, Some("docket.example/log"), [7; 16]).unwrap();
    Proofs::open(Arc::clone(log) as Arc<dyn ProvableLog>, keys, CheckpointStore::open(folder).unwrap()).await
}

fn at(position: u64) -> pb::GetInclusionProofRequest {
    let which = Some(pb::get_inclusion_proof_request::Which::Position(position));
    pb::GetInclusionProofRequest { which, checkpoint_size: 0 }
}

fn hashes(bytes: &[Vec<u8>]) -> Vec<[u8; 32]> {
    bytes.iter().map(|hash| hash.as_slice().try_into().unwrap()).collect()
}

#[tokio::test]
async fn before_the_first_checkpoint_there_is_none_and_it_is_said_when_to_ask_again() {
    let server = Signed::start().await;
    let refused =
        server.client.clone().get_checkpoint(pb::GetCheckpointRequest { which: None }).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let refusal = docket_api::reason::refusal(&refused);
    assert!(format!("{refusal:?}").contains("NO_CHECKPOINT"), "{refusal:?}");
}

#[tokio::test]
async fn a_checkpoint_is_made_when_the_log_grew_and_not_otherwise() {
    let server = Signed::start().await;
    let first = server.proofs.step(NOW_MICROS).await.unwrap().unwrap();
    assert_eq!(first, server.tracker.head().0, "the checkpoint ends with the heads");
    assert_eq!(server.proofs.step(NOW_MICROS).await.unwrap(), None);
    let position = server.record(1).await;
    let second = server.proofs.step(NOW_MICROS).await.unwrap().unwrap();
    assert_eq!((position, second), (first + 1, first + 2));
    assert_eq!(server.proofs.step(NOW_MICROS).await.unwrap(), None);
    let mut client = server.client.clone();
    let mut list = async |page_size, page_token| {
        let request = pb::ListCheckpointsRequest { page_size, page_token };
        client.list_checkpoints(request).await.unwrap().into_inner()
    };
    let listed = list(1, String::new()).await;
    assert_eq!((listed.checkpoints[0].size, listed.checkpoints.len()), (first, 1));
    let rest = list(9, listed.next_page_token).await;
    assert_eq!((rest.checkpoints[0].size, rest.next_page_token.as_str()), (second, ""));
}

#[tokio::test]
async fn every_event_is_proved_to_be_in_the_checkpoint_and_checkpoints_go_on_from_each_other() {
    let server = Signed::start().await;
    let first = server.proofs.step(NOW_MICROS).await.unwrap().unwrap();
    server.record(1).await;
    let second = server.proofs.step(NOW_MICROS).await.unwrap().unwrap();
    let keys = server.keys().await;
    for position in (1..=second).step_by(17).chain([second - 1, second]) {
        let proved = server.inclusion(at(position)).await;
        let signed = SignedCheckpoint::open(proved.checkpoint.unwrap().note.as_bytes(), &keys).unwrap();
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        assert_eq!((proved.position, size), (position, second));
        let leaf = leaf_hash(&proved.stored);
        verify_inclusion(&leaf, position, size, &root, &hashes(&proved.hashes)).unwrap();
        verify_inclusion(&leaf_hash(b"other"), position, size, &root, &hashes(&proved.hashes)).unwrap_err();
    }
    let request = pb::GetConsistencyProofRequest { first_size: first, second_size: 0 };
    let proved = server.client.clone().get_consistency_proof(request).await.unwrap().into_inner();
    let old: [u8; 32] = proved.first_root_hash.try_into().unwrap();
    let new: [u8; 32] = proved.second_root_hash.try_into().unwrap();
    verify_consistency(first, &old, second, &new, &hashes(&proved.hashes)).unwrap();
    let past = pb::GetCheckpointRequest { which: Some(pb::get_checkpoint_request::Which::Size(first)) };
    let past = server.client.clone().get_checkpoint(past).await.unwrap().into_inner().checkpoint.unwrap();
    assert_eq!(past.root_hash, old);
}

#[tokio::test]
async fn an_event_that_is_not_covered_yet_is_so_a_moment_later() {
    let server = Signed::start().await;
    server.proofs.step(NOW_MICROS).await.unwrap();
    let position = server.record(1).await;
    let refused = server.client.clone().get_inclusion_proof(at(position)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(refused.message().contains("no checkpoint covers position"), "{}", refused.message());
    server.proofs.step(NOW_MICROS).await.unwrap();
    assert_eq!(server.inclusion(at(position)).await.position, position);
    let id = server.inclusion(at(position)).await;
    let stored = docket_log::stored_event(&id.stored).unwrap();
    let which = Some(pb::get_inclusion_proof_request::Which::EventId(stored.event.id.to_string()));
    let by_id = pb::GetInclusionProofRequest { which, checkpoint_size: 0 };
    assert_eq!(server.inclusion(by_id).await.position, position);
}

#[tokio::test]
async fn where_a_stream_ended_is_proved_as_of_the_latest_and_of_a_past_checkpoint() {
    let server = Signed::start().await;
    let first = server.proofs.step(NOW_MICROS).await.unwrap().unwrap();
    server.record(1).await;
    server.proofs.step(NOW_MICROS).await.unwrap();
    let mut revisions = Vec::new();
    for checkpoint_size in [first, 0] {
        let which = Some(pb::get_completeness_proof_request::Which::Authority("E06000010".to_owned()));
        let request = pb::GetCompletenessProofRequest { which, checkpoint_size };
        let proved = server.client.clone().get_completeness_proof(request).await.unwrap().into_inner();
        let (heads, stream) = (proved.heads.unwrap(), proved.stream.unwrap());
        assert_eq!(heads.position, proved.checkpoint.unwrap().size);
        assert_eq!(stream.stream, "authority/kingston-upon-hull");
        revisions.push(stream.revision);
    }
    assert_eq!(revisions[0] + 1, revisions[1]);
}

#[tokio::test]
async fn an_authority_s_bundle_proves_itself_and_gives_the_same_answer_elsewhere() {
    let server = Signed::start().await;
    server.record(1).await;
    server.proofs.step(NOW_MICROS).await.unwrap();
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    let as_of = server.tracker.as_of(&docket_api::from_proto::as_of(None, "").unwrap()).await.unwrap();
    let authorities = server.tracker.authorities(as_of, "", true).await.unwrap();
    assert!(100 < authorities.len());
    for answer in authorities.into_iter().step_by(9) {
        let authority = answer.authority.id.to_string();
        let bundle = server.bundle(&authority).await;
        // As a file.
        let bundle = pb::CaseBundle::decode(bundle.encode_to_vec().as_slice()).unwrap();
        let verified = verify(&bundle, &demands).await.unwrap_or_else(|error| panic!("{authority}: {error}"));
        assert_eq!(verified.through.0 + 1, verified.checkpoint.checkpoint().size);
        assert_eq!(Some(verified.status), bundle.status);
    }
}

#[tokio::test]
async fn a_bundle_that_was_altered_anywhere_proves_nothing() {
    let server = Signed::start().await;
    server.record(1).await;
    server.proofs.step(NOW_MICROS).await.unwrap();
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    let bytes = server.bundle("E06000010").await.encode_to_vec();
    let whole = pb::CaseBundle::decode(bytes.as_slice()).unwrap();
    verify(&whole, &demands).await.unwrap();
    let mut noticed = 0;
    for at in (0..bytes.len()).step_by(1 + bytes.len() / 4_000) {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        if let Ok(altered) = pb::CaseBundle::decode(altered.as_slice())
            && altered != whole
        {
            noticed += 1;
            assert!(verify(&altered, &demands).await.is_err(), "the change of byte {at} went unnoticed");
        }
    }
    assert!(2_000 < noticed, "{noticed} alterations were tried");
}

#[tokio::test]
async fn a_bundle_that_leaves_out_the_last_event_or_was_signed_by_another_is_refused() {
    let server = Signed::start().await;
    server.record(1).await;
    server.proofs.step(NOW_MICROS).await.unwrap();
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    let whole = server.bundle("E06000010").await;
    let mut shorter = whole.clone();
    shorter.streams[0].events.pop();
    let refused = verify(&shorter, &demands).await.unwrap_err();
    assert!(refused.to_string().starts_with("streams[0].events: ends at revision"), "{refused}");
    let mut answer = whole.clone();
    answer.status.as_mut().unwrap().pathway = None;
    let refused = verify(&answer, &demands).await.unwrap_err();
    assert!(refused.to_string().contains("give another answer"), "{refused}");
    let other =
        docket_proof::SigningKey::new(docket_proof::Role::Log, "docket.example/log", &[9; 32]).unwrap();
    let others = Demands { keys: vec![other.verifier().clone()], ..Demands::default() };
    verify(&whole, &others).await.unwrap_err();
    let witnessed = Demands { required: 1, ..demands };
    verify(&whole, &witnessed).await.unwrap_err();
}

#[tokio::test]
async fn a_log_goes_on_from_its_last_checkpoint_and_another_log_is_refused() {
    let server = Signed::start().await;
    server.record(1).await;
    let first = server.proofs.step(NOW_MICROS).await.unwrap().unwrap();
    server.record(2).await;
    let again = Arc::new(open(&server.log, server.folder.path()).await.unwrap());
    let second = again.step(NOW_MICROS).await.unwrap().unwrap();
    assert_eq!(second, first + 2);
    let last =
        server.log.read(&docket_log::Selection::All, docket_log::From::End, 1).await.unwrap().remove(0);
    let event = pb::Event::decode(last.event.body.as_slice()).unwrap();
    let Some(pb::event::Body::HeadsRecorded(heads)) = event.body else { panic!("{event:?}") };
    let changed: Vec<&str> = heads.changed.iter().map(|head| head.stream.as_str()).collect();
    assert_eq!(changed, ["authority/kingston-upon-hull"]);
    // Of the same length, with other events.
    let other = Signed::start().await;
    for number in [3, 4] {
        other.record(number).await;
        other.proofs.step(NOW_MICROS).await.unwrap();
    }
    for log in [Arc::new(MemoryLog::new()), Arc::clone(&other.log)] {
        let refused = open(&log, server.folder.path()).await.err().unwrap();
        assert!(refused.to_string().contains("is not the one that was signed"), "{refused}");
    }
}
