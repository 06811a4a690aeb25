//! Checkpoints and proofs, as an auditor asks for them over the wire.

use std::sync::Arc;

use docket_api::pb;
use docket_log::{EventLog as _, MemoryLog};
use docket_proof::{SignedCheckpoint, leaf_hash, verify_consistency, verify_inclusion};
use prost::Message as _;
use tonic::Code;

use crate::signed::{NOW_MICROS, Signed, open};

fn at(position: u64) -> pb::GetInclusionProofRequest {
    let which = Some(pb::get_inclusion_proof_request::Which::Position(position));
    pb::GetInclusionProofRequest { which, ..Default::default() }
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
    let stored = docket_log::StoredEvent::from_stored(id.stored.clone().into()).unwrap();
    let which = Some(pb::get_inclusion_proof_request::Which::EventId(stored.id.to_string()));
    let by_id = pb::GetInclusionProofRequest { which, ..Default::default() };
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
    let event = pb::Event::decode(last.body()).unwrap();
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
