//! Case bundles: each proves itself elsewhere, and none does that was altered, put together of others, or signed by somebody else.

use docket_api::{json, pb};
use docket_proof::{Checkpoint, Frontier, Role, SigningKey, leaf_hash};
use docket_server::proof::{BundleError, Demands, verify};
use prost::Message as _;
use prost_reflect::DynamicMessage;

use crate::altered::alter;
use crate::signed::{ORIGIN, Signed};

/// A change to a bundle, and how the refusal of it begins.
type Forgery = (&'static str, Box<dyn Fn(&mut pb::CaseBundle)>, &'static str);

fn forgery(
    what: &'static str,
    forge: impl Fn(&mut pb::CaseBundle) + 'static,
    refused: &'static str,
) -> Forgery {
    (what, Box::new(forge), refused)
}

/// A server with three checkpoints, between which Kingston upon Hull and Leeds had notices, numbered from this on; and what its auditor
/// believes.
async fn world_from(number: u32) -> (Signed, Demands) {
    let server = Signed::start().await;
    server.record(number).await;
    server.sign().await;
    server.record(number + 1).await;
    server.record_to("E08000035", number + 2).await;
    server.sign().await;
    server.record(number + 3).await;
    server.record(number + 4).await;
    server.sign().await;
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    (server, demands)
}

async fn world() -> (Signed, Demands) {
    world_from(1).await
}

/// Each of these changes to the bundle is refused, for the reason named.
async fn all_refused(whole: &pb::CaseBundle, demands: &Demands, forgeries: &[Forgery]) {
    verify(whole, demands).await.unwrap();
    for (what, forge, expected) in forgeries {
        let mut forged = whole.clone();
        forge(&mut forged);
        assert!(forged != *whole, "{what}: nothing was changed");
        let refused = verify(&forged, demands).await;
        assert!(refused.is_err(), "{what}: went unnoticed");
        let refused = refused.unwrap_err().to_string();
        assert!(refused.starts_with(expected), "{what}: {refused}");
    }
}

fn heads(bundle: &mut pb::CaseBundle) -> &mut pb::HeadsProof {
    bundle.heads.as_mut().unwrap()
}

fn said(bundle: &mut pb::CaseBundle, stream: usize) -> &mut pb::StreamProof {
    bundle.streams[stream].proof.as_mut().unwrap()
}

fn status(bundle: &mut pb::CaseBundle) -> &mut pb::AuthorityStatus {
    bundle.status.as_mut().unwrap()
}

#[tokio::test]
async fn an_authority_s_bundle_proves_itself_and_gives_the_same_answer_elsewhere() {
    let server = Signed::start().await;
    server.record(1).await;
    server.sign().await;
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
        assert_eq!(verified.status, bundle.status);
    }
}

#[tokio::test]
async fn a_part_that_is_missing_or_of_another_form_is_named() {
    let (server, demands) = world().await;
    let whole = server.bundle("E06000010").await;
    let forgeries = [
        forgery("no format", |b| b.format = 0, "format: is 0, this program verifies format 1"),
        forgery("another format", |b| b.format = 2, "format: is 2"),
        forgery("no checkpoint", |b| b.checkpoint.clear(), "checkpoint: this is no signed checkpoint"),
        forgery("no heads", |b| b.heads = None, "heads: is missing"),
        forgery("heads elsewhere", |b| heads(b).position -= 1, "heads.position: is "),
        forgery("heads without bytes", |b| heads(b).stored.clear(), "heads: "),
        forgery("no proof of heads", |b| heads(b).hashes.clear(), "heads: the proof does not show"),
        forgery(
            "too long a proof",
            |b| heads(b).hashes = vec![vec![0; 32]; 64],
            "heads: the proof has 64 hashes",
        ),
        forgery("a short hash", |b| heads(b).hashes[0].truncate(31), "heads.hashes: has 31 bytes"),
        forgery("no streams", |b| b.streams.clear(), "streams: are []"),
        forgery("no head", |b| b.streams[0].proof = None, "streams: are [\"calendar/england-and-wales\", "),
        forgery("a short head", |b| said(b, 0).leaf_hash.truncate(31), "streams[0].proof.leaf_hash: has 31"),
        forgery("another count", |b| said(b, 1).count += 1, "streams[1].proof.count: is "),
        forgery("another place", |b| said(b, 1).index += 1, "streams[1].proof: it is not shown"),
        forgery(
            "an event without bytes",
            |b| b.streams[0].events[1].stored.clear(),
            "streams[0].events[1]: is no event: an event without bytes",
        ),
        forgery(
            "an event and more bytes",
            |b| b.streams[0].events[1].stored.push(0),
            "streams[0].events[1]: is no event: the envelope ends after",
        ),
        forgery(
            "one hash too many",
            |b| b.streams[0].events[0].hashes.push(vec![0; 32]),
            "streams[0].events[0]: the proof does not show",
        ),
        forgery("no answer", |b| b.status = None, "status: is missing"),
        forgery("no question", |b| status(b).as_of = None, "status: the events give another answer"),
        forgery(
            "a day that is none",
            |b| status(b).as_of.as_mut().unwrap().effective_date.as_mut().unwrap().day = 32,
            "status: status.as_of.effective_date",
        ),
    ];
    all_refused(&whole, &demands, &forgeries).await;
}

#[tokio::test]
async fn events_left_out_put_twice_or_in_another_order_are_refused() {
    let (server, demands) = world().await;
    let whole = server.bundle("E06000010").await;
    let count = whole.streams[0].events.len();
    assert_eq!(count, 5);
    for stream in 0..2 {
        for number in 0..whole.streams[stream].events.len() {
            let mut without = whole.clone();
            without.streams[stream].events.remove(number);
            verify(&without, &demands).await.unwrap_err();
            let mut twice = whole.clone();
            let event = twice.streams[stream].events[number].clone();
            twice.streams[stream].events.insert(number, event);
            verify(&twice, &demands).await.unwrap_err();
        }
    }
    let forgeries = [
        forgery(
            "the last left out",
            |b| drop(b.streams[0].events.pop()),
            "streams[0].events: ends at revision 4, the stream had 5 as of the checkpoint",
        ),
        forgery(
            "all left out",
            |b| b.streams[1].events.clear(),
            "streams[1].events: ends at revision 0, the stream had ",
        ),
        forgery(
            "the first left out",
            |b| drop(b.streams[0].events.remove(0)),
            "streams[0].events[0]: is revision 2, 1 comes next",
        ),
        forgery(
            "one put twice",
            |b| {
                let event = b.streams[0].events[2].clone();
                b.streams[0].events.insert(3, event);
            },
            "streams[0].events[3]: is revision 3, 4 comes next",
        ),
        forgery("two in turn", |b| b.streams[0].events.swap(2, 3), "streams[0].events[2]: is revision 4"),
        forgery(
            "the place of another",
            |b| b.streams[0].events[2].hashes = b.streams[0].events[3].hashes.clone(),
            "streams[0].events[2]: the proof does not show that the event at position",
        ),
        forgery(
            "the last one only said to be left out",
            |b| {
                b.streams[0].events.pop();
                let last = leaf_hash(&b.streams[0].events[3].stored);
                said(b, 0).revision = 4;
                said(b, 0).leaf_hash = last.to_vec();
            },
            "streams[0].proof: it is not shown that the stream \"authority/kingston-upon-hull\" ends with revision 4",
        ),
    ];
    all_refused(&whole, &demands, &forgeries).await;
}

#[tokio::test]
async fn streams_left_out_exchanged_or_of_another_authority_are_refused() {
    let (server, demands) = world().await;
    let whole = server.bundle("E06000010").await;
    let leeds = server.bundle("leeds").await;
    verify(&leeds, &demands).await.unwrap();
    let (stream, events, head) =
        (leeds.streams[0].clone(), leeds.streams[0].events.clone(), leeds.streams[0].proof.clone());
    let (other, answer) = (stream.clone(), leeds.status.clone());
    let forgeries = [
        forgery("in turn", |b| b.streams.swap(0, 1), "streams: are "),
        forgery(
            "no calendar",
            |b| drop(b.streams.remove(1)),
            "streams: are [\"authority/kingston-upon-hull\", \"policy/docket\"]; a bundle has",
        ),
        forgery(
            "no authority",
            |b| drop(b.streams.remove(0)),
            "streams: are [\"calendar/england-and-wales\", ",
        ),
        forgery(
            "twice",
            |b| {
                let stream = b.streams[0].clone();
                b.streams.insert(1, stream);
            },
            "streams: are ",
        ),
        forgery("one more", move |b| b.streams.push(other.clone()), "streams: are "),
        forgery(
            "another authority's",
            move |b| b.streams[0] = stream.clone(),
            "streams: are [\"authority/leeds\"",
        ),
        forgery("another's name", |b| b.authority = "leeds".to_owned(), "streams: are "),
        forgery(
            "another's events",
            move |b| b.streams[0].events = events.clone(),
            "streams[0].events[0]: is of the stream authority/leeds, not authority/kingston-upon-hull",
        ),
        forgery(
            "another's head",
            move |b| b.streams[0].proof = head.clone(),
            "streams: are [\"authority/leeds\"",
        ),
        forgery(
            "the calendar's events",
            |b| b.streams[0].events = b.streams[1].events.clone(),
            "streams[0].events[0]: is of the stream calendar/england-and-wales",
        ),
        forgery(
            "the calendar's place among the heads",
            |b| {
                (said(b, 0).index, said(b, 0).hashes) = (said(b, 1).index, said(b, 1).hashes.clone());
            },
            "streams[0].proof: it is not shown",
        ),
        forgery(
            "another's answer",
            move |b| b.status = answer.clone(),
            "status: the events give another answer",
        ),
    ];
    all_refused(&whole, &demands, &forgeries).await;
}

#[tokio::test]
async fn parts_of_bundles_of_different_checkpoints_do_not_fit_together() {
    let server = Signed::start().await;
    let mut bundles = Vec::new();
    for number in 1..4 {
        server.record(number).await;
        server.sign().await;
        bundles.push(server.bundle("E06000010").await);
    }
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    for (of, other) in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)] {
        let older = if other < of { "an older" } else { "a newer" };
        let parts = bundles[other].clone();
        let (checkpoint, heads_then, streams) = (parts.checkpoint, parts.heads, parts.streams);
        let (head, events) = (streams[0].proof.clone(), streams[0].events.clone());
        let (note, last, answer) = (checkpoint.clone(), heads_then.clone(), parts.status);
        let all = streams.clone();
        let forgeries = [
            forgery(
                "checkpoint",
                move |b| b.checkpoint = checkpoint.clone(),
                "heads: is the event at position",
            ),
            forgery(
                "event of heads",
                move |b| b.heads = heads_then.clone(),
                "heads: is the event at position",
            ),
            forgery("head", move |b| b.streams[0].proof = head.clone(), "streams[0].proof: it is not shown"),
            forgery("events", move |b| b.streams[0].events = events.clone(), "streams[0].events["),
            forgery("streams", move |b| b.streams = streams.clone(), "streams[0].proof: it is not shown"),
            forgery(
                "checkpoint and heads",
                move |b| (b.checkpoint, b.heads) = (note.clone(), last.clone()),
                "streams[0].proof: it is not shown",
            ),
            forgery("answer", move |b| b.status = answer.clone(), "status: the events give another answer"),
        ];
        eprintln!("with parts of {older} one");
        all_refused(&bundles[of], &demands, &forgeries).await;
        // Whole histories of another moment, with the heads of this one.
        let mut mixed = bundles[of].clone();
        mixed.streams.iter_mut().zip(&all).for_each(|(stream, other)| stream.events = other.events.clone());
        verify(&mixed, &demands).await.unwrap_err();
    }
}

/// The event of heads is in the tree of every later checkpoint too; it proves nothing there, for later events are not covered.
#[tokio::test]
async fn heads_that_are_not_the_last_are_refused_although_they_are_in_the_tree() {
    let server = Signed::start().await;
    server.record(1).await;
    let first = server.sign().await;
    let mut old = server.bundle("E06000010").await;
    server.record(2).await;
    server.sign().await;
    let new = server.bundle("E06000010").await;
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    // Everything of the older bundle is proved anew, in the newer checkpoint: it is the older history, and complete as of the older heads.
    let proved = async |position| {
        let which = Some(pb::get_inclusion_proof_request::Which::Position(position));
        server.inclusion(pb::GetInclusionProofRequest { which, ..Default::default() }).await
    };
    old.checkpoint = new.checkpoint;
    heads(&mut old).hashes = proved(first).await.hashes;
    for stream in &mut old.streams {
        for event in &mut stream.events {
            let position =
                docket_log::StoredEvent::from_stored(event.stored.clone().into()).unwrap().position;
            event.hashes = proved(position.0).await.hashes;
        }
    }
    let refused = verify(&old, &demands).await.unwrap_err().to_string();
    let expected = format!("heads: is the event at position {first}, the checkpoint covers ");
    assert!(refused.starts_with(&expected), "{refused}");
    // Nor does an event that is no event of heads, where the log's own key signed right after it.
    let position = server.record(3).await;
    let key = std::fs::read_to_string(server.folder.path().join("keys/checkpoint.key")).unwrap();
    let key = SigningKey::parse(&key).unwrap();
    let mut tree = Frontier::new();
    let leaves = docket_log::ProvableLog::tree_hashes(&*server.log, 0, 0, usize::try_from(position).unwrap());
    leaves.unwrap().into_iter().for_each(|leaf| tree.push(leaf));
    let mut forged = server.bundle("E06000010").await;
    let signed = Checkpoint::new(ORIGIN, position, tree.root()).unwrap().sign(&key).unwrap();
    forged.checkpoint = signed.to_string();
    server.sign().await;
    heads(&mut forged).stored = proved(position).await.stored;
    let refused = verify(&forged, &demands).await.unwrap_err().to_string();
    assert!(refused.starts_with("heads: is not an event of docket/heads"), "{refused}");
}

#[tokio::test]
async fn a_bundle_of_another_log_is_refused_also_one_of_the_same_name() {
    let (server, demands) = world().await;
    let (other, others) = world_from(11).await;
    let (ours, theirs) = (server.bundle("E06000010").await, other.bundle("E06000010").await);
    verify(&theirs, &others).await.unwrap();
    let refused = verify(&theirs, &demands).await.unwrap_err();
    assert!(matches!(refused, BundleError::Checkpoint(_)), "{refused}");
    assert!(
        refused.to_string().starts_with("checkpoint: the checkpoint is signed by no key that was given"),
        "{refused}"
    );
    // Ours with their events.
    let (streams, events) = (theirs.streams.clone(), theirs.streams[0].events.clone());
    let forgeries = [
        forgery("their streams", move |b| b.streams = streams.clone(), "streams[0].proof: it is not shown"),
        forgery("their events", move |b| b.streams[0].events = events.clone(), "streams[0].events["),
    ];
    all_refused(&ours, &demands, &forgeries).await;
    // Signed by another key of that name, with the right key's id.
    let mut renamed = theirs.clone();
    let signature = |bundle: &pb::CaseBundle| bundle.checkpoint.lines().last().unwrap().to_owned();
    renamed.checkpoint = theirs.checkpoint.replace(&signature(&theirs), &signature(&ours));
    let refused = verify(&renamed, &demands).await.unwrap_err().to_string();
    assert!(
        refused.contains("on the checkpoint is wrong: the checkpoint was altered or forged"),
        "{refused}"
    );
    // A witness's key is none of a log.
    let witness = SigningKey::new(Role::Witness, ORIGIN, &[9; 32]).unwrap();
    let believed = Demands { keys: vec![witness.verifier().clone()], ..Demands::default() };
    let refused = verify(&ours, &believed).await.unwrap_err().to_string();
    assert!(refused.contains("is a witness's"), "{refused}");
    // And without any key, nothing is believed.
    verify(&ours, &Demands::default()).await.unwrap_err();
}

#[tokio::test]
async fn as_many_witnesses_as_are_asked_for_must_have_cosigned() {
    let (server, demands) = world().await;
    let mut bundle = server.bundle("E06000010").await;
    let key = |number| {
        SigningKey::new(Role::Witness, &format!("witness.example/w{number}"), &[number; 32]).unwrap()
    };
    let (first, second) = (key(1), key(2));
    let witnesses = vec![first.verifier().clone(), second.verifier().clone()];
    let of = |required| Demands { witnesses: witnesses.clone(), required, ..demands.clone() };
    assert!(verify(&bundle, &of(0)).await.unwrap().cosigned.is_empty());
    verify(&bundle, &of(1)).await.unwrap_err();
    let signed = docket_proof::SignedCheckpoint::open(bundle.checkpoint.as_bytes(), &demands.keys).unwrap();
    bundle.checkpoint += &signed.cosign(&first, 1_700_000_000).unwrap().line();
    assert_eq!(verify(&bundle, &of(1)).await.unwrap().cosigned.len(), 1);
    let refused = verify(&bundle, &of(2)).await.unwrap_err().to_string();
    assert!(
        refused.contains("2 cosignatures are required and 1 verified: none of witness.example/w2"),
        "{refused}"
    );
    // One witness does not count twice, and neither does a cosignature of another checkpoint.
    bundle.checkpoint += &signed.cosign(&first, 1_700_000_001).unwrap().line();
    verify(&bundle, &of(2)).await.unwrap_err();
    let other = Checkpoint::new(ORIGIN, 3, [3; 32]).unwrap();
    let key = std::fs::read_to_string(server.folder.path().join("keys/checkpoint.key")).unwrap();
    let other = other.sign(&SigningKey::parse(&key).unwrap()).unwrap();
    bundle.checkpoint += &other.cosign(&second, 1_700_000_000).unwrap().line();
    let refused = verify(&bundle, &of(2)).await.unwrap_err().to_string();
    assert!(refused.contains("the cosignature of witness.example/w2 is wrong"), "{refused}");
}

/// Whoever has the events can ask them another question: question and answer are not signed, they follow.
#[tokio::test]
async fn the_answer_is_the_one_to_the_question_in_the_bundle() {
    let (server, demands) = world().await;
    let whole = server.bundle("E06000010").await;
    // In the public view of that day what came after it would stand against the bundle.
    let effective_date = Some(crate::harness::date("2022-08-03"));
    let as_of = Some(pb::AsOf { effective_date, view: pb::View::Restricted.into(), ..Default::default() });
    let request = pb::GetCaseBundleRequest { authority: "E06000010".to_owned(), as_of, ..Default::default() };
    let then = server.client.clone().get_case_bundle(request).await.unwrap().into_inner().bundle.unwrap();
    assert_eq!((&then.checkpoint, &then.streams), (&whole.checkpoint, &whole.streams));
    let question = then.status.as_ref().unwrap().as_of;
    assert_eq!(verify(&then, &demands).await.unwrap().status.unwrap().as_of, question);
    let forgeries = [
        forgery(
            "the question alone",
            move |b| status(b).as_of = question,
            "status: the events give another answer than the bundle says; these fields of it differ: obligations[",
        ),
        forgery(
            "more is said to be known",
            |b| status(b).as_of.as_mut().unwrap().known_position += 1,
            "status: the events give another answer than the bundle says; these fields of it differ: as_of",
        ),
        forgery(
            "a notice is lifted",
            |b| status(b).instruments[0].standing = pb::Standing::Ended.into(),
            "status: the events give another answer than the bundle says; these fields of it differ: instruments[",
        ),
    ];
    all_refused(&whole, &demands, &forgeries).await;
}

#[tokio::test]
async fn a_bundle_of_which_any_one_field_was_altered_proves_nothing() {
    let (server, demands) = world().await;
    let whole = server.bundle("E06000010").await;
    let message =
        DynamicMessage::decode(json::descriptor::<pb::CaseBundle>(), whole.encode_to_vec().as_slice());
    let mut altered = Vec::new();
    alter(&message.unwrap(), "", &mut |path, message| altered.push((path, message)));
    let mut tried = 0;
    for (path, forged) in altered {
        // Another question may have the same answer.
        if path.starts_with("status.as_of.effective_date")
            || path == "status.as_of.basis"
            || path == "status.as_of.view"
        {
            continue;
        }
        let forged: pb::CaseBundle = forged.transcode_to().unwrap();
        assert!(verify(&forged, &demands).await.is_err(), "{path} was altered unnoticed");
        tried += 1;
    }
    assert!(400 < tried, "{tried} fields were altered");
}
