//! Regulated providers over the wire: asked one by one and in lists, replayed, and kept apart from authorities.

use docket_api::pb;
use docket_api::pb::event::Body;
use docket_api::pb::provider_service_client::ProviderServiceClient;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

use crate::harness::{World, event, now, on};

fn providers(world: &World) -> ProviderServiceClient<Channel> {
    ProviderServiceClient::new(world.channel.clone())
}

fn of(urn: &str, number: u32, happened_on: &str, body: Body) -> pb::Event {
    pb::Event { stream: format!("provider/{urn}"), ..event(number, "", happened_on, body) }
}

pub(crate) fn registered(urn: &str, number: u32, kind: pb::ProviderKind, authority: &str) -> pb::Event {
    let details = pb::ProviderDetails {
        kind: kind.into(),
        authority: authority.to_owned(),
        ..pb::ProviderDetails::default()
    };
    of(urn, number, "2018-03-01", Body::ProviderRegistered(pb::ProviderRegistered { details: Some(details) }))
}

fn restricted(urn: &str, number: u32) -> pb::Event {
    let body = pb::AccommodationRestricted { measure: "restriction".to_owned(), ..Default::default() };
    of(urn, number, "2025-06-01", Body::AccommodationRestricted(body))
}

fn proposed(urn: &str, number: u32) -> pb::Event {
    let kind = pb::ProposalKind::Cancel.into();
    let body = pb::ProposalServed { measure: "proposal".to_owned(), kind, ..Default::default() };
    of(urn, number, "2025-06-02", Body::ProposalServed(body))
}

async fn three() -> World {
    let world = World::new().await;
    let home = pb::ProviderKind::ChildrensHome;
    let agency = pb::ProviderKind::IndependentFosteringAgency;
    let events = vec![
        registered("SC000002", 1, home, "kingston-upon-hull"),
        registered("SC000001", 2, agency, "barnsley"),
        registered("1234567", 3, home, "barnsley"),
        restricted("1234567", 4),
        proposed("SC000002", 5),
    ];
    world.record(events).await.unwrap();
    world
}

async fn listed(world: &World, request: pb::ListProvidersRequest) -> Vec<String> {
    let answer = providers(world).list_providers(request).await.unwrap().into_inner();
    answer.statuses.into_iter().map(|status| status.provider.unwrap().urn).collect()
}

#[tokio::test]
async fn providers_are_listed_by_number_and_by_what_the_filter_asks() {
    let world = three().await;
    let all = pb::ListProvidersRequest::default;
    assert_eq!(listed(&world, all()).await, ["1234567", "SC000001", "SC000002"]);
    let barnsley = pb::ListProvidersRequest { authorities: vec!["E08000038".to_owned()], ..all() };
    assert_eq!(listed(&world, barnsley).await, ["1234567", "SC000001"]);
    let homes = pb::ListProvidersRequest { kinds: vec![pb::ProviderKind::ChildrensHome.into()], ..all() };
    assert_eq!(listed(&world, homes).await, ["1234567", "SC000002"]);
    let restricted =
        pb::ListProvidersRequest { measures: vec![pb::MeasureKind::Restriction.into()], ..all() };
    assert_eq!(listed(&world, restricted).await, ["1234567"]);
    let before = pb::ListProvidersRequest { as_of: Some(on("2018-02-28")), ..all() };
    assert_eq!(listed(&world, before).await, [""; 0]);
}

#[tokio::test]
async fn pages_of_providers_join_into_the_list() {
    let world = three().await;
    let mut request = pb::ListProvidersRequest { page_size: 2, ..Default::default() };
    let first = providers(&world).list_providers(request.clone()).await.unwrap().into_inner();
    assert_eq!(first.statuses.len(), 2);
    world.record(vec![registered("9999999", 9, pb::ProviderKind::ChildrensHome, "")]).await.unwrap();
    request.page_token = first.next_page_token;
    // The page that follows is of the same answer: what was registered in between is not in it.
    assert_eq!(listed(&world, request).await, ["SC000002"]);
}

#[tokio::test]
async fn rights_stand_among_what_is_owed_by_due_date_and_expectations_are_asked_for() {
    let world = three().await;
    let request = pb::ListProviderObligationsRequest { as_of: Some(on("2025-06-16")), ..Default::default() };
    let keys = |answer: pb::ListProviderObligationsResponse| -> Vec<String> {
        answer.obligations.into_iter().map(|owed| owed.obligation.unwrap().obligation).collect()
    };
    let answer = providers(&world).list_provider_obligations(request.clone()).await.unwrap().into_inner();
    assert_eq!(keys(answer), ["restriction/appeal", "proposal/representations"]);
    let expected = pb::ListProviderObligationsRequest { include_expectations: true, ..request.clone() };
    let answer = providers(&world).list_provider_obligations(expected).await.unwrap().into_inner();
    assert_eq!(
        keys(answer),
        ["restriction/appeal", "proposal/representations", "restriction/restriction-review"]
    );
    let one = pb::ListProviderObligationsRequest { urns: vec!["SC000002".to_owned()], ..request };
    let answer = providers(&world).list_provider_obligations(one).await.unwrap().into_inner();
    assert_eq!(keys(answer), ["proposal/representations"]);
}

#[tokio::test]
async fn a_provider_that_nobody_registered_and_a_number_that_is_none_are_named() {
    let world = three().await;
    let ask = |urn: &str| pb::GetProviderRequest { urn: urn.to_owned(), as_of: None };
    let unknown = providers(&world).get_provider(ask("SC999999")).await.unwrap_err();
    assert_eq!(
        (unknown.code(), unknown.message()),
        (Code::NotFound, "no provider is registered as \"SC999999\"")
    );
    let none = providers(&world).get_provider(ask("hull")).await.unwrap_err();
    let problems = none.get_details_bad_request().unwrap().field_violations;
    assert_eq!((none.code(), problems[0].field.as_str()), (Code::InvalidArgument, "urn"));
}

#[tokio::test]
async fn a_provider_is_replayed_with_what_each_event_changed() {
    let world = three().await;
    let request = pb::ReplayCaseRequest { authority: "provider/1234567".to_owned(), ..Default::default() };
    let mut steps = world.histories().replay_case(request).await.unwrap().into_inner();
    let mut changed = Vec::new();
    while let Some(step) = steps.message().await.unwrap() {
        assert!(!step.rules.is_empty());
        changed.push(step.changes.into_iter().map(|change| change.field).collect::<Vec<_>>());
    }
    assert_eq!(changed.len(), 2);
    assert!(changed[0].contains(&"registration.state".to_owned()), "{changed:?}");
    assert!(changed[1].contains(&"measures[restriction]".to_owned()), "{changed:?}");
    let nobody = pb::ReplayCaseRequest { authority: "provider/7654321".to_owned(), ..Default::default() };
    assert_eq!(world.histories().replay_case(nobody).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn an_event_stands_in_the_stream_of_its_own_kind_of_subject() {
    let world = three().await;
    let of_authority = pb::Event { stream: "authority/barnsley".to_owned(), ..restricted("1234567", 10) };
    let refused = world.record(vec![of_authority]).await.unwrap_err();
    let problem = refused.get_details_bad_request().unwrap().field_violations.remove(0);
    assert_eq!(
        (problem.field.as_str(), problem.description.as_str()),
        ("events[0].stream", "is, for this kind of event, provider/URN")
    );
    let no_urn = pb::Event { stream: "provider/barnsley".to_owned(), ..restricted("1234567", 10) };
    assert_eq!(world.record(vec![no_urn]).await.unwrap_err().code(), Code::InvalidArgument);
    let fieldwork = pb::FieldworkRecorded {
        inspection: "full-2025-05-01".to_owned(),
        kind: pb::InspectionKind::ProviderFull.into(),
        ..Default::default()
    };
    let elsewhere = event(11, "barnsley", "2025-05-01", Body::FieldworkRecorded(fieldwork));
    assert_eq!(world.record(vec![elsewhere]).await.unwrap_err().code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn a_registration_that_was_voided_leaves_the_lists_and_an_earlier_answer_keeps_it() {
    let world = three().await;
    let voided = pb::EventVoided {
        event_id: registered("SC000001", 2, pb::ProviderKind::School, "").event_id,
        reason: pb::VoidReason::NeverHappened.into(),
        ..Default::default()
    };
    let known_position = world.tracker.head().0;
    world.record(vec![of("SC000001", 20, "2025-06-16", Body::EventVoided(voided))]).await.unwrap();
    let request = pb::ListProvidersRequest { as_of: Some(now()), ..Default::default() };
    assert_eq!(listed(&world, request).await, ["1234567", "SC000002"]);
    let then = pb::AsOf { known_position, ..Default::default() };
    let request = pb::ListProvidersRequest { as_of: Some(then), ..Default::default() };
    assert_eq!(listed(&world, request).await, ["1234567", "SC000001", "SC000002"]);
}
