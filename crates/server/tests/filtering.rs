//! Filters: what each field lets through, how they are combined, and that nobody loses or repeats anything by one.

use std::collections::BTreeSet;

use docket_api::pb::subscribe_request::Start;
use docket_api::pb::subscribe_response::Message;
use docket_api::{kinds, pb};
use tokio::time::timeout;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{PATIENCE, World, meeting};
use crate::providers::registered;

fn of_kinds(kinds: &[&str]) -> pb::EventFilter {
    pb::EventFilter { kinds: kinds.iter().map(ToString::to_string).collect(), ..Default::default() }
}

fn of_regions(regions: &[&str]) -> pb::EventFilter {
    pb::EventFilter { regions: regions.iter().map(ToString::to_string).collect(), ..Default::default() }
}

fn of_subjects(kind: pb::SubjectKind) -> pb::EventFilter {
    pb::EventFilter { subject_kinds: vec![kind.into()], ..Default::default() }
}

fn of_frameworks(framework: pb::Framework) -> pb::EventFilter {
    pb::EventFilter { frameworks: vec![framework.into()], ..Default::default() }
}

fn of_services(domain: pb::ServiceDomain) -> pb::EventFilter {
    pb::EventFilter { service_domains: vec![domain.into()], ..Default::default() }
}

fn since(year: i32, month: i32, day: i32) -> pb::EventFilter {
    pb::EventFilter { effective_since: Some(pb::Date { year, month, day }), ..Default::default() }
}

fn any_of(any_of: Vec<pb::EventFilter>) -> pb::EventFilter {
    pb::EventFilter { any_of, ..Default::default() }
}

/// A log with the histories of Hull (Yorkshire), Somerset (South West) and what Ofsted suspended, and a home in Hull.
async fn world() -> World {
    let world = World::with_histories(&["kingston-upon-hull", "somerset", "ofsted"]).await;
    let home = registered("SC012345", 1, pb::ProviderKind::ChildrensHome, "kingston-upon-hull");
    world.record(vec![home]).await.unwrap();
    world
}

/// What a filter lets through of the whole log.
async fn read(world: &World, filter: &pb::EventFilter) -> Vec<pb::RecordedEvent> {
    let request = pb::ReadHistoryRequest { filter: Some(filter.clone()), ..Default::default() };
    let mut answers = world.histories().read_history(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    while let Some(answer) = answers.next().await {
        events.extend(answer.unwrap().event);
    }
    events
}

pub(crate) async fn positions(world: &World, filter: &pb::EventFilter) -> Vec<u64> {
    read(world, filter).await.into_iter().map(|event| event.position).collect()
}

/// The kinds, once each.
fn kinds_of(events: &[pb::RecordedEvent]) -> BTreeSet<&'static str> {
    let kind = |event: &pb::RecordedEvent| {
        kinds::name(kinds::number(event.event.as_ref().unwrap()).unwrap()).unwrap()
    };
    events.iter().map(kind).collect()
}

/// The fields that a refusal names.
pub(crate) fn fields(refused: &Status) -> Vec<String> {
    let details = refused.get_error_details();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

/// The streams, once each.
async fn streams(world: &World, filter: &pb::EventFilter) -> Vec<String> {
    let events = read(world, filter).await;
    let mut streams: Vec<String> = events.into_iter().map(|event| event.event.unwrap().stream).collect();
    streams.sort();
    streams.dedup();
    streams
}

#[tokio::test]
async fn subjects_and_regions_are_told_apart() {
    let world = world().await;
    assert_eq!(streams(&world, &of_subjects(pb::SubjectKind::Provider)).await, ["provider/SC012345"]);
    let national = streams(&world, &of_subjects(pb::SubjectKind::National)).await;
    assert!(national.contains(&"regulator/ofsted".to_owned()), "{national:?}");
    assert!(national.iter().all(|stream| !stream.starts_with("authority/")), "{national:?}");
    let yorkshire = streams(&world, &of_regions(&["yorkshire and the humber"])).await;
    assert!(yorkshire.contains(&"authority/kingston-upon-hull".to_owned()), "{yorkshire:?}");
    assert!(yorkshire.contains(&"provider/SC012345".to_owned()), "a home in Hull: {yorkshire:?}");
    assert!(!yorkshire.contains(&"authority/somerset".to_owned()), "{yorkshire:?}");
}

#[tokio::test]
async fn events_of_an_inspection_are_those_of_its_framework_and_of_its_services() {
    let world = world().await;
    let sif = read(&world, &of_frameworks(pb::Framework::Sif)).await;
    let kinds = kinds_of(&sif);
    assert!(kinds.contains("fieldwork_recorded") && kinds.contains("judgements_made"), "{kinds:?}");
    for event in &sif {
        let text = format!("{event:?}");
        assert!(text.contains("sif"), "an event of another inspection: {text}");
    }
    let provision = of_services(pb::ServiceDomain::RegulatedProvision);
    assert_eq!(streams(&world, &provision).await, ["provider/SC012345"]);
    let care = read(&world, &of_services(pb::ServiceDomain::ChildrensSocialCare)).await;
    let kinds = kinds_of(&care);
    assert!(kinds.contains("improvement_notice_issued") || kinds.contains("direction_issued"), "{kinds:?}");
}

#[tokio::test]
async fn days_and_instants_bound_what_happened_and_what_was_recorded() {
    let world = world().await;
    let recent = read(&world, &since(2020, 1, 1)).await;
    assert!(!recent.is_empty());
    for event in &recent {
        let day = event.event.as_ref().unwrap().happened_on;
        assert!(day.is_none_or(|day| 2020 <= day.year), "{day:?}");
    }
    let head = world.tracker.head().0;
    world.set_clock("2026-11-22T13:00:00Z");
    world.record(vec![meeting(900, "barnet", "2025-01-01")]).await.unwrap();
    let at = |text: &str| {
        let instant = text.parse::<jiff::Timestamp>().unwrap();
        Some(prost_types::Timestamp { seconds: instant.as_second(), nanos: 0 })
    };
    let later = pb::EventFilter { recorded_since: at("2026-11-22T12:30:00Z"), ..Default::default() };
    assert_eq!(positions(&world, &later).await, [head + 1]);
    let start = Start::RecordedSince(at("2026-11-22T13:00:00Z").unwrap());
    let request = pb::SubscribeRequest { filter: None, start: Some(start) };
    let mut stream = world.subscriptions().subscribe(request).await.unwrap().into_inner();
    let first = timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap().message.unwrap();
    let Message::Event(first) = first else { panic!("{first:?}") };
    assert_eq!(first.position, head + 1);
}

#[tokio::test]
async fn filters_are_combined_by_all_any_and_none() {
    let world = world().await;
    let all = positions(&world, &pb::EventFilter::default()).await;
    let hull = pb::EventFilter { authorities: vec!["Hull".into()], ..Default::default() };
    let (of_hull, published) = (positions(&world, &hull).await, of_kinds(&["report_published"]));
    let of_published = positions(&world, &published).await;
    let either = positions(&world, &any_of(vec![hull.clone(), published.clone()])).await;
    let expected: Vec<u64> =
        all.iter().copied().filter(|at| of_hull.contains(at) || of_published.contains(at)).collect();
    assert_eq!(either, expected);
    let not_hull = pb::EventFilter { none_of: vec![hull.clone()], ..published.clone() };
    let expected: Vec<u64> = of_published.iter().copied().filter(|at| !of_hull.contains(at)).collect();
    assert_eq!(positions(&world, &not_hull).await, expected);
    let both = pb::EventFilter { all_of: vec![hull, published], ..Default::default() };
    let expected: Vec<u64> = of_published.iter().copied().filter(|at| of_hull.contains(at)).collect();
    assert_eq!(positions(&world, &both).await, expected);
    assert!(!expected.is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_in_a_filter_is_refused_by_field() {
    let world = World::new().await;
    let nested =
        |depth: usize| (1..depth).fold(of_kinds(&["report_published"]), |inner, _| any_of(vec![inner]));
    let public = pb::EventFilter { view: pb::View::Public.into(), ..of_kinds(&["report_published"]) };
    let national = of_subjects(pb::SubjectKind::National);
    for (filter, field) in [
        (any_of(vec![pb::EventFilter::default()]), "filter.any_of[0]"),
        (any_of(vec![public]), "filter.any_of[0].view"),
        (nested(5), "filter"),
        (any_of(vec![of_kinds(&["report_published"]); 64]), "filter"),
        (pb::EventFilter { regions: vec!["London".into()], ..national }, "filter.regions"),
        (pb::EventFilter { subject_kinds: vec![9], ..Default::default() }, "filter.subject_kinds[0]"),
        (pb::EventFilter { frameworks: vec![0], ..Default::default() }, "filter.frameworks[0]"),
    ] {
        let request = pb::ReadHistoryRequest { filter: Some(filter), ..Default::default() };
        let refused = world.histories().read_history(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        assert_eq!(fields(&refused), [field]);
    }
    let filter = pb::EventFilter {
        recorded_since: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }),
        ..Default::default()
    };
    let request = pb::SubscribeRequest { filter: Some(filter), start: Some(Start::Now(())) };
    let refused = world.subscriptions().subscribe(request).await.unwrap_err();
    assert_eq!(fields(&refused), ["filter.recorded_since"]);
}
