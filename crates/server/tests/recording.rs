//! Recording over the wire.

use docket_api::pb;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::harness::{World, date, event, lifted, meeting, metadata, notice, now, on, reason};

#[tokio::test]
async fn what_was_recorded_is_in_the_next_answer() {
    let world = World::new().await;
    let before = world.status("E06000010", now()).await.unwrap();
    assert_eq!(before.authority.unwrap().name, "Kingston upon Hull");
    assert!(before.instruments.is_empty());

    let recorded = world.record(vec![notice(1, "E06000010", "2022-08-05")]).await.unwrap();
    assert_eq!(recorded.recorded[0].stream, "authority/kingston-upon-hull");
    assert!(!recorded.already_recorded);

    let after = world.status("810", now()).await.unwrap();
    assert_eq!(after.instruments[0].instrument, "notice-2022-08-05");
    assert_eq!(after.instruments[0].standing(), pb::Standing::InForce);
    assert_eq!(after.instruments[0].rests_on, ["00000000-0000-4000-8000-000000000001"]);
    assert_eq!(after.as_of.unwrap().known_position, recorded.recorded[0].position);
    let earlier = world.status("Hull", on("2022-08-04")).await.unwrap();
    assert!(earlier.instruments.is_empty(), "{:?}", earlier.instruments);
}

#[tokio::test]
async fn validating_answers_like_recording_and_records_nothing() {
    let world = World::new().await;
    let head = world.tracker.head();
    let request = pb::RecordRequest {
        events: vec![notice(1, "E06000010", "2022-08-05")],
        validate_only: true,
        ..Default::default()
    };
    let validated = world.request(request.clone()).await.unwrap();
    assert!(validated.validate_only);
    assert_eq!(
        (validated.recorded[0].position, validated.recorded[0].stream.as_str()),
        (0, "authority/kingston-upon-hull")
    );
    assert_eq!(world.tracker.head(), head);

    let refused = pb::RecordRequest {
        events: vec![lifted(2, "E06000010", "notice-2022-08-05", "2024-01-01")],
        ..request
    };
    let refused = world.request(refused).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "FACT_REFUSED"));
}

#[tokio::test]
async fn the_same_event_again_gets_the_first_answer_whatever_was_recorded_since() {
    let world = World::new().await;
    let first = world.record(vec![notice(1, "E06000010", "2022-08-05")]).await.unwrap();
    world.record(vec![lifted(2, "E06000010", "notice-2022-08-05", "2024-01-01")]).await.unwrap();
    world.set_clock("2025-07-01T00:00:00Z");
    let head = world.tracker.head();

    let again = pb::RecordRequest {
        events: vec![notice(1, "authority/E06000010".trim_start_matches("authority/"), "2022-08-05")],
        expected: vec![pb::ExpectedRevision {
            stream: "authority/kingston-upon-hull".to_owned(),
            expectation: Some(pb::expected_revision::Expectation::Revision(1)),
        }],
        ..Default::default()
    };
    let again = world.request(again).await.unwrap();
    assert!(again.already_recorded);
    assert_eq!(again.recorded, first.recorded);
    assert_eq!(world.tracker.head(), head);

    let other = world.record(vec![notice(1, "E06000010", "2022-08-06")]).await.unwrap_err();
    assert_eq!((other.code(), reason(&other).as_str()), (Code::AlreadyExists, "EVENT_ID_REUSED"));
    let partly = vec![notice(1, "E06000010", "2022-08-05"), meeting(3, "E06000010", "2025-01-01")];
    let partly = world.record(partly).await.unwrap_err();
    assert_eq!((partly.code(), reason(&partly).as_str()), (Code::AlreadyExists, "PARTLY_RECORDED"));
}

#[tokio::test]
async fn a_code_that_is_no_longer_valid_still_names_what_was_recorded_under_it() {
    let world = World::new().await;
    world.set_clock("2025-04-30T12:00:00Z");
    let undated = |number| pb::Event { happened_on: None, ..notice(number, "E08000016", "2024-02-03") };
    let first = world.record(vec![undated(1)]).await.unwrap();
    assert_eq!(first.recorded[0].stream, "authority/barnsley");
    world.set_clock("2025-05-02T12:00:00Z");
    let again = world.record(vec![undated(1)]).await.unwrap();
    assert!(again.already_recorded);
}

#[tokio::test]
async fn a_stale_revision_is_aborted_with_the_actual_one() {
    let world = World::new().await;
    world.record(vec![notice(1, "E06000010", "2022-08-05")]).await.unwrap();
    let expected = |stream: &str, revision| pb::ExpectedRevision {
        stream: stream.to_owned(),
        expectation: Some(pb::expected_revision::Expectation::Revision(revision)),
    };
    let request = pb::RecordRequest {
        events: vec![lifted(2, "E06000010", "notice-2022-08-05", "2024-01-01")],
        expected: vec![expected("authority/E06000010", 1), expected("authority/barnet", 9)],
        ..Default::default()
    };
    let stale = world.request(request.clone()).await.unwrap_err();
    assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Aborted, "STALE_REVISION"));
    assert_eq!(metadata(&stale, "actual_revisions"), "authority/kingston-upon-hull=2,authority/barnet=1");

    let right = pb::RecordRequest { expected: vec![expected("authority/E06000010", 2)], ..request };
    assert_eq!(world.request(right).await.unwrap().recorded[0].revision, 3);
}

#[tokio::test]
async fn of_two_clients_that_expect_the_same_revision_one_wins() {
    let world = World::new().await;
    let request = |number| pb::RecordRequest {
        events: vec![meeting(number, "barnet", "2025-01-01")],
        expected: vec![pb::ExpectedRevision {
            stream: "authority/barnet".to_owned(),
            expectation: Some(pb::expected_revision::Expectation::Revision(1)),
        }],
        ..Default::default()
    };
    let (one, other) = tokio::join!(world.request(request(1)), world.request(request(2)));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(won.unwrap().recorded[0].revision, 2);
    assert_eq!(reason(&lost.unwrap_err()), "STALE_REVISION");
}

#[tokio::test]
async fn many_clients_that_expect_nothing_all_record() {
    let world = std::sync::Arc::new(World::new().await);
    let mut clients = tokio::task::JoinSet::new();
    for number in 1..=40 {
        let world = std::sync::Arc::clone(&world);
        clients.spawn(async move { world.record(vec![meeting(number, "barnet", "2025-01-01")]).await });
    }
    let mut revisions: Vec<u64> =
        clients.join_all().await.into_iter().map(|answer| answer.unwrap().recorded[0].revision).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=41).collect::<Vec<u64>>());
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let world = World::new().await;
    let bad = pb::Event {
        event_id: "7".to_owned(),
        happened_on: Some(date("2022-13")),
        sources: Vec::new(),
        ..notice(1, "E06000010", "2022-08-05")
    };
    let refused = world.record(vec![bad, notice(2, "no such stream", "2022-08-05")]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
    let details = refused.get_error_details();
    let fields: Vec<&str> = details
        .bad_request()
        .unwrap()
        .field_violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["events[0].event_id", "events[0].happened_on", "events[0].sources", "events[1].stream"]
    );
}

#[tokio::test]
async fn an_authority_that_nobody_registered_is_refused_by_the_rules() {
    let world = World::new().await;
    let refused = world.record(vec![notice(1, "atlantis", "2022-08-05")]).await.unwrap_err();
    assert_eq!(reason(&refused), "FACT_REFUSED");
    let details = refused.get_error_details();
    assert_eq!(details.precondition_failure().unwrap().violations[0].subject, "events[0].stream");
}

#[tokio::test]
async fn a_name_in_place_of_a_code_is_not_written_under() {
    let world = World::new().await;
    for name in ["Hull", "dorset"] {
        let refused = world.record(vec![notice(1, name, "2022-08-05")]).await.unwrap_err();
        let details = refused.get_error_details();
        assert_eq!(details.precondition_failure().unwrap().violations[0].r#type, "AUTHORITY_NOT_REGISTERED");
    }
    let recorded = world.record(vec![notice(1, "dorset-council", "2022-08-05")]).await.unwrap();
    assert_eq!(recorded.recorded[0].stream, "authority/dorset-council");
}

#[tokio::test]
async fn a_stream_of_requests_is_answered_in_order_and_outlives_a_refusal() {
    let world = World::new().await;
    let request = |sequence, event| pb::RecordStreamRequest {
        sequence,
        request: Some(pb::RecordRequest { events: vec![event], ..Default::default() }),
    };
    let requests = vec![
        request(10, notice(1, "E06000010", "2022-08-05")),
        request(11, lifted(2, "E06000010", "notice-1999-01-01", "2024-01-01")),
        request(12, lifted(3, "E06000010", "notice-2022-08-05", "2024-01-01")),
        request(
            13,
            event(4, "E06000010", "2024-01-01", pb::event::Body::InstrumentLifted(Default::default())),
        ),
    ];
    let answers = world.records().record_stream(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let answers: Vec<_> = answers.map(|answer| answer.unwrap()).collect().await;
    let told: Vec<(u64, String)> = answers
        .into_iter()
        .map(|answer| {
            let outcome = match answer.outcome.unwrap() {
                pb::record_stream_response::Outcome::Recorded(recorded) => {
                    format!("revision {}", recorded.recorded[0].revision)
                }
                pb::record_stream_response::Outcome::Refused(refusal) => refusal.reason,
            };
            (answer.sequence, outcome)
        })
        .collect();
    let expected = [(10, "revision 2"), (11, "FACT_REFUSED"), (12, "revision 3"), (13, "INVALID_FIELDS")];
    assert_eq!(told, expected.map(|(sequence, outcome)| (sequence, outcome.to_owned())));
}

#[tokio::test]
async fn a_warning_is_recorded_with_its_event() {
    let world = World::new().await;
    let second = notice(2, "E06000010", "2021-01-02");
    let recorded = world.record(vec![notice(1, "E06000010", "2021-01-01"), second]).await.unwrap();
    assert_eq!(recorded.recorded[1].warnings[0].reason, "OTHER_INSTRUMENT_IN_FORCE");
    let request =
        pb::ReadHistoryRequest { from_position: recorded.recorded[0].position - 1, ..Default::default() };
    let read = world.histories().read_history(request).await.unwrap().into_inner();
    let read: Vec<_> = read.map(|message| message.unwrap().event.unwrap()).collect().await;
    for (kept, receipt) in read.iter().zip(&recorded.recorded) {
        assert_eq!(kept.warnings, receipt.warnings);
        assert_eq!(kept.leaf_hash, receipt.leaf_hash);
        assert_eq!((kept.position, kept.revision), (receipt.position, receipt.revision));
        assert_eq!(kept.recorded_by, "anonymous");
    }
}
