//! Indicators stand beside a status, and change nothing in it. The values are made up for the test.

use docket_api::pb;
use pb::event::Body;
use pb::indicator_service_client::IndicatorServiceClient;
use tonic::Status;

use crate::harness::{World, date, event, history, metadata, now, on, reason};

const HULL: &str = "kingston-upon-hull";

fn reported(
    number: u32,
    published: &str,
    kind: pb::IndicatorKind,
    [value, unit, about]: [&str; 3],
) -> pb::Event {
    let reported = pb::IndicatorReported {
        kind: kind.into(),
        value: value.to_owned(),
        unit: unit.to_owned(),
        as_at_date: Some(date(about)),
        ..Default::default()
    };
    event(number, HULL, published, Body::IndicatorReported(reported))
}

fn events() -> Vec<pb::Event> {
    let agency = pb::IndicatorKind::AgencyShare;
    let caseload = pb::IndicatorKind::Caseload;
    vec![
        reported(1, "2023-02-23", agency, ["17.6", "percent", "2022-09-30"]),
        reported(2, "2024-02-29", agency, ["17.8", "percent", "2023-09-30"]),
        reported(3, "2024-02-29", caseload, ["16.0", "cases per social worker", "2023-09-30"]),
    ]
}

async fn hull() -> World {
    let world = World::new().await;
    world.record(history("kingston-upon-hull")).await.unwrap();
    world
}

async fn ask(world: &World, request: pb::GetIndicatorsRequest) -> Result<pb::GetIndicatorsResponse, Status> {
    let request = pb::GetIndicatorsRequest { authority: "hull".to_owned(), ..request };
    let mut client = IndicatorServiceClient::new(world.channel.clone());
    client.get_indicators(request).await.map(tonic::Response::into_inner)
}

/// Each value with its day, one indicator a line.
async fn told(world: &World, as_of: pb::AsOf) -> Vec<String> {
    let request = pb::GetIndicatorsRequest { as_of: Some(as_of), ..Default::default() };
    let answer = ask(world, request).await.unwrap();
    let line = |indicator: &pb::Indicator| {
        let values = indicator.values.iter();
        let values: Vec<_> =
            values.map(|value| format!("{} {}", value.as_at_date.unwrap().year, value.value)).collect();
        format!(
            "{}: {}",
            indicator.kind().as_str_name().trim_start_matches("INDICATOR_KIND_"),
            values.join(", ")
        )
    };
    answer.indicators.iter().map(line).collect()
}

#[tokio::test]
async fn values_are_told_as_published_by_the_day_and_as_known_then() {
    let world = hull().await;
    let before = world.record(events()).await.unwrap().recorded[0].position - 1;
    assert_eq!(told(&world, on("2024-02-28")).await, ["AGENCY_SHARE: 2022 17.6"]);
    assert_eq!(
        told(&world, on("2024-02-29")).await,
        ["AGENCY_SHARE: 2023 17.8, 2022 17.6", "CASELOAD: 2023 16.0"]
    );
    let known = |known_position| pb::AsOf { known_position, ..on("2024-02-29") };
    assert_eq!(told(&world, known(before)).await, [""; 0]);
    assert_eq!(told(&world, known(before + 1)).await, ["AGENCY_SHARE: 2022 17.6"]);
}

#[tokio::test]
async fn the_last_value_of_a_kind_names_its_source_and_its_event() {
    let world = hull().await;
    world.record(events()).await.unwrap();
    let request = pb::GetIndicatorsRequest {
        kinds: vec![pb::IndicatorKind::AgencyShare.into()],
        last_only: true,
        as_of: Some(now()),
        ..Default::default()
    };
    let answer = ask(&world, request).await.unwrap();
    let [indicator] = answer.indicators.as_slice() else { panic!("{answer:?}") };
    let [value] = indicator.values.as_slice() else { panic!("{indicator:?}") };
    assert_eq!((value.value.as_str(), indicator.unit.as_str()), ("17.8", "percent"));
    assert_eq!(value.sources[0].title, "A letter");
    assert_eq!(value.rests_on, ["00000000-0000-4000-8000-000000000002"]);
    assert_eq!(value.published_date, Some(date("2024-02-29")));
}

#[tokio::test]
async fn an_indicator_changes_no_status_neither_computed_nor_kept() {
    let world = hull().await;
    let status = async |day: &str| {
        let status = world.status("hull", on(day)).await.unwrap();
        pb::AuthorityStatus { as_of: None, ..status }
    };
    let (before, earlier) = (status("2024-06-01").await, status("2022-08-05").await);
    world.record(events()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(status("2024-06-01").await, before);
        assert_eq!(status("2022-08-05").await, earlier);
    }
    // And one that is corrected or voided changes none either.
    let corrected = pb::FieldCorrected {
        event_id: events()[0].event_id.clone(),
        reason: "Misread.".to_owned(),
        replacement: Some(Box::new(pb::Event {
            event_id: events()[0].event_id.clone(),
            ..reported(1, "2023-02-23", pb::IndicatorKind::AgencyShare, ["17.5", "percent", "2022-09-30"])
        })),
    };
    let voided = pb::EventVoided {
        event_id: events()[1].event_id.clone(),
        reason: pb::VoidReason::NeverHappened.into(),
        ..Default::default()
    };
    let corrections = vec![
        event(8, HULL, "2024-05-01", Body::FieldCorrected(Box::new(corrected))),
        event(9, HULL, "2024-05-01", Body::EventVoided(voided)),
    ];
    world.record(corrections).await.unwrap();
    assert_eq!(status("2024-06-01").await, before);
    assert_eq!(told(&world, on("2024-06-01")).await, ["AGENCY_SHARE: 2022 17.5", "CASELOAD: 2023 16.0"]);
}

#[tokio::test]
async fn a_value_that_is_no_number_or_has_no_day_or_no_source_is_refused_by_the_name_of_its_field() {
    let world = hull().await;
    let good = || reported(1, "2024-02-29", pb::IndicatorKind::Caseload, ["16.0", "cases", "2023-09-30"]);
    let with = |change: fn(&mut pb::IndicatorReported)| {
        let mut event = good();
        if let Some(Body::IndicatorReported(reported)) = &mut event.body {
            change(reported);
        }
        event
    };
    let cases: [(&str, pb::Event); 6] = [
        ("value", with(|reported| reported.value = "about 16".to_owned())),
        ("value", with(|reported| reported.value = "1.6.0".to_owned())),
        ("unit", with(|reported| reported.unit.clear())),
        ("as_at_date", with(|reported| reported.as_at_date = None)),
        ("name", with(|reported| reported.kind = pb::IndicatorKind::Other.into())),
        ("sources", pb::Event { sources: vec![], ..good() }),
    ];
    for (field, event) in cases {
        let refused = world.record(vec![event]).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS", "{field} {}", metadata(&refused, "field"));
        assert!(refused.message().contains(field), "{field}: {}", refused.message());
    }
    world.record(vec![good()]).await.unwrap();
}
