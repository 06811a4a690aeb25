//! What is foretold of events is what is answered once they are recorded.

use std::collections::BTreeMap;

use docket_api::pb;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::harness::{World, event, history, holiday, lifted, notice, now, on};

/// Histories with every kind of grade, intervention and succession.
const HISTORIES: [&str; 5] = ["birmingham", "slough", "northamptonshire", "west-northamptonshire", "cumbria"];

fn asking(events: Vec<pb::Event>, what_if: pb::AsOf) -> pb::RecordRequest {
    pb::RecordRequest { events, validate_only: true, what_if: Some(what_if), ..Default::default() }
}

/// The answer about each authority that has one, but for the position and instant that it names.
type Answers = BTreeMap<String, pb::AuthorityStatus>;

async fn answers(world: &World, as_of: &pb::AsOf) -> Answers {
    let mut answers = Answers::new();
    for name in HISTORIES {
        match world.status(name, *as_of).await {
            Ok(status) => drop(answers.insert(name.to_owned(), timeless(status))),
            Err(status) => assert_eq!(status.code(), Code::NotFound),
        }
    }
    answers
}

fn timeless(status: pb::AuthorityStatus) -> pb::AuthorityStatus {
    pb::AuthorityStatus { as_of: None, ..status }
}

/// The answers with the changes made that were foretold.
fn foretold(mut answers: Answers, changes: Vec<pb::StatusChange>) -> Answers {
    for change in changes {
        assert!(!change.changes.is_empty());
        let id = change.after.as_ref().or(change.before.as_ref()).unwrap().authority.clone().unwrap().id;
        assert_eq!(answers.remove(&id), change.before.map(timeless), "{id}");
        answers.extend(change.after.map(|after| (id, timeless(after))));
    }
    answers
}

#[tokio::test]
async fn what_is_foretold_of_each_event_is_answered_once_it_is_recorded() {
    let world = World::new().await;
    let restricted = pb::AsOf { view: pb::View::Restricted.into(), ..on("2019-03-01") };
    let inspected = pb::AsOf { basis: pb::Basis::Inspected.into(), ..on("2021-09-30") };
    let questions = [now(), restricted, inspected];
    let mut events: Vec<pb::Event> = HISTORIES.into_iter().flat_map(history).collect();
    // A holiday in the 70 working days after a report, and the void of an event in the middle.
    let holiday = holiday(1, "2017-01-01", "2017-01-10");
    let voided = pb::EventVoided {
        event_id: events[3].event_id.clone(),
        reason: pb::VoidReason::NeverHappened.into(),
        ..Default::default()
    };
    let voiding = event(2, "birmingham", "2025-01-01", pb::event::Body::EventVoided(voided));
    events.extend([holiday, pb::Event { stream: events[3].stream.clone(), ..voiding }]);
    let (mut changed, mut of_others) = (0, 0);
    for event in events {
        let mut expected = Vec::new();
        for question in &questions {
            let before = answers(&world, question).await;
            let request = asking(vec![event.clone()], *question);
            let changes = world.request(request).await.unwrap().status_changes;
            changed += changes.len();
            of_others += usize::from(event.event_id.ends_with("000000000001") && !changes.is_empty());
            expected.push(foretold(before, changes));
        }
        world.record(vec![event.clone()]).await.unwrap();
        for (question, expected) in questions.iter().zip(expected) {
            assert_eq!(answers(&world, question).await, expected, "{event:?}");
        }
    }
    assert!(100 < changed && 0 < of_others, "{changed} {of_others}");
}

#[tokio::test]
async fn what_comes_tomorrow_changes_the_answer_of_tomorrow() {
    let world = World::new().await;
    let request = |as_of| asking(vec![notice(1, "kingston-upon-hull", "2025-06-17")], as_of);
    let today = world.request(request(now())).await.unwrap();
    assert!(today.validate_only && today.status_changes.is_empty());
    let tomorrow = world.request(request(on("2025-06-17"))).await.unwrap();
    let [change] = tomorrow.status_changes.as_slice() else { panic!("{tomorrow:?}") };
    assert_eq!(change.before.as_ref().unwrap().instruments, []);
    assert_eq!(change.after.as_ref().unwrap().instruments[0].instrument, "notice-2025-06-17");
    assert!(change.changes.iter().any(|change| change.field == "instruments[notice-2025-06-17]"));
    assert!(world.status("hull", on("2025-06-17")).await.unwrap().instruments.is_empty());
}

#[tokio::test]
async fn what_was_recorded_before_would_change_nothing() {
    let world = World::new().await;
    world.record(vec![notice(1, "kingston-upon-hull", "2025-06-01")]).await.unwrap();
    let again =
        world.request(asking(vec![notice(1, "kingston-upon-hull", "2025-06-01")], now())).await.unwrap();
    assert!(again.already_recorded && again.status_changes.is_empty());
}

#[tokio::test]
async fn it_is_asked_only_where_nothing_is_recorded_and_of_what_is_known_now() {
    let world = World::new().await;
    let asked = pb::AsOf { known_position: 3, known_time: Some(Default::default()), ..now() };
    let request = asking(vec![notice(1, "kingston-upon-hull", "2025-06-01")], asked);
    let request = pb::RecordRequest { validate_only: false, ..request };
    let refused = world.request(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_error_details();
    let fields: Vec<_> =
        details.bad_request().unwrap().field_violations.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["what_if", "what_if.known_time", "what_if.known_position"]);
}

#[tokio::test]
async fn events_of_one_request_are_foretold_together() {
    let world = World::new().await;
    let (hull, leeds) = ("kingston-upon-hull", "leeds");
    let events = vec![
        notice(1, hull, "2022-08-05"),
        lifted(2, hull, "notice-2022-08-05", "2024-01-01"),
        notice(3, leeds, "2023-01-01"),
    ];
    let changes = world.request(asking(events.clone(), now())).await.unwrap().status_changes;
    world.record(events).await.unwrap();
    let [of_hull, of_leeds] = changes.as_slice() else { panic!("{changes:?}") };
    for (name, change) in [(hull, of_hull), (leeds, of_leeds)] {
        let after = change.after.clone().map(timeless);
        assert_eq!(after, Some(timeless(world.status(name, now()).await.unwrap())));
    }
}

#[tokio::test]
async fn a_stream_of_requests_does_not_foretell() {
    let world = World::new().await;
    let request = asking(vec![notice(1, "kingston-upon-hull", "2022-08-05")], now());
    let request = pb::RecordStreamRequest { sequence: 1, request: Some(request) };
    let mut answers =
        world.records().record_stream(tokio_stream::iter([request])).await.unwrap().into_inner();
    let outcome = answers.message().await.unwrap().unwrap().outcome;
    let Some(pb::record_stream_response::Outcome::Refused(refused)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(refused.problems[0].field, "what_if");
}
