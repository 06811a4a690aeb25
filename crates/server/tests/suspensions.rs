//! National suspensions of inspections: what they change in answers, and what they do not.

use docket_api::pb;
use docket_server::proof::{Demands, verify};
use pb::ChangeReason as Reason;

use crate::harness::{World, date, event, history, on, reason};
use crate::signed::Signed;

/// Routine inspections of authorities are suspended, by the day.
fn suspended(number: u32, day: &str) -> pb::Event {
    let body = pb::FrameworkSuspended {
        suspension: "routine".to_owned(),
        frameworks: vec![pb::Framework::Ilacs2018.into()],
        kinds: vec![],
        reason: "COVID-19".to_owned(),
        legal_basis: "permission of the Secretary of State".to_owned(),
        planned_end_date: Some(date("2021-01")),
    };
    of_regulator(event(number, "", day, pb::event::Body::FrameworkSuspended(body)))
}

fn resumed(number: u32, day: &str) -> pb::Event {
    let body = pb::FrameworkResumed { suspension: "routine".to_owned(), reason: "made again".to_owned() };
    of_regulator(event(number, "", day, pb::event::Body::FrameworkResumed(body)))
}

fn of_regulator(event: pb::Event) -> pb::Event {
    pb::Event { stream: "regulator/ofsted".to_owned(), ..event }
}

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

async fn hull() -> World {
    let world = World::new().await;
    world.record(history("kingston-upon-hull")).await.unwrap();
    world
}

#[tokio::test]
async fn a_pathway_is_paused_between_suspension_and_resumption_and_nothing_else_changes() {
    let world = hull().await;
    let before = world.status("kingston-upon-hull", on("2020-06-01")).await.unwrap();
    world.record(vec![suspended(1, "2020-03-17"), resumed(2, "2021-06-28")]).await.unwrap();
    let paused = world.status("kingston-upon-hull", on("2020-06-01")).await.unwrap();
    let (was, is) = (before.pathway.clone().unwrap(), paused.pathway.clone().unwrap());
    assert_eq!((was.state(), is.state()), (pb::PathwayState::Monitoring, pb::PathwayState::Paused));
    let pause = is.pause.unwrap();
    assert_eq!(
        (pause.paused_state(), pause.paused_since_date, pause.paused_rule),
        (was.state(), was.since_date, was.rule)
    );
    assert_eq!(pause.suspensions[0].rests_on, [id(1)]);
    assert!(is.rests_on.contains(&id(1)) && was.rests_on.iter().all(|id| is.rests_on.contains(id)));
    let rest = |status: pb::AuthorityStatus| pb::AuthorityStatus { as_of: None, pathway: None, ..status };
    assert_eq!(rest(before), rest(paused));
    for day in ["2020-03-16", "2021-06-28"] {
        let status = world.status("kingston-upon-hull", on(day)).await.unwrap();
        assert_eq!(status.pathway.unwrap().pause, None, "{day}");
    }
}

#[tokio::test]
async fn a_list_by_pathway_finds_those_that_are_paused_there() {
    let world = hull().await;
    world.record(vec![suspended(1, "2020-03-17"), resumed(2, "2021-06-28")]).await.unwrap();
    let found = async |state: pb::PathwayState| {
        let request = pb::ListStatusesRequest {
            as_of: Some(on("2020-06-01")),
            authorities: vec!["kingston-upon-hull".to_owned()],
            pathways: vec![state.into()],
            ..Default::default()
        };
        world.statuses().list_statuses(request).await.unwrap().into_inner().statuses.len()
    };
    assert_eq!(found(pb::PathwayState::Monitoring).await, 1);
    assert_eq!(found(pb::PathwayState::Paused).await, 1);
    assert_eq!(found(pb::PathwayState::Short).await, 0);
}

#[tokio::test]
async fn a_suspension_is_named_as_the_cause_and_in_the_explanation() {
    let world = hull().await;
    world.record(vec![suspended(1, "2020-03-17")]).await.unwrap();
    let request = pb::CompareStatusRequest {
        authority: "kingston-upon-hull".to_owned(),
        first: Some(on("2020-03-01")),
        second: Some(on("2020-04-01")),
    };
    let changes = world.statuses().compare_status(request).await.unwrap().into_inner().changes;
    let state = changes.iter().find(|change| change.field == "pathway.state").unwrap();
    assert_eq!(
        (&*state.from_value, &*state.to_value),
        ("\"PATHWAY_STATE_MONITORING\"", "\"PATHWAY_STATE_PAUSED\"")
    );
    let causes: Vec<_> = state.causes.iter().map(|cause| (cause.reason(), &cause.event_ids)).collect();
    assert_eq!(causes, [(Reason::Happened, &vec![id(1)])]);
    let request = pb::ExplainStatusRequest {
        authority: "kingston-upon-hull".to_owned(),
        field: "pathway.state".to_owned(),
        as_of: Some(on("2020-04-01")),
    };
    let explained = world.statuses().explain_status(request).await.unwrap().into_inner();
    let step = explained.steps.iter().find(|step| step.field == "pathway.state").unwrap();
    assert!(step.because.contains("the pathway that is paused is monitoring"), "{}", step.because);
    assert!(explained.events.iter().any(|event| event.stream == "regulator/ofsted"));
}

#[tokio::test]
async fn a_suspension_whose_day_is_rough_or_was_corrected_is_named_as_the_cause_too() {
    let causes = async |world: &World, first: &str, second: &str| {
        let request = pb::CompareStatusRequest {
            authority: "kingston-upon-hull".to_owned(),
            first: Some(on(first)),
            second: Some(on(second)),
        };
        let changes = world.statuses().compare_status(request).await.unwrap().into_inner().changes;
        let state = changes.iter().find(|change| change.field == "pathway.state").unwrap();
        let cause = |cause: &pb::ChangeCause| (cause.reason(), cause.event_ids.clone());
        state.causes.iter().map(cause).collect::<Vec<_>>()
    };
    let rough = hull().await;
    rough.record(vec![suspended(1, "2020-03")]).await.unwrap();
    assert_eq!(causes(&rough, "2020-02-20", "2020-03-10").await, [(Reason::Happened, vec![id(1)])]);
    let corrected = hull().await;
    corrected.record(vec![suspended(1, "2020-09-17")]).await.unwrap();
    let correction = pb::FieldCorrected {
        event_id: id(1),
        reason: "March.".to_owned(),
        replacement: Some(Box::new(suspended(1, "2020-03-17"))),
    };
    let body = pb::event::Body::FieldCorrected(Box::new(correction));
    corrected.record(vec![of_regulator(event(2, "", "2021-01-01", body))]).await.unwrap();
    let named = [(Reason::Happened, vec![id(1), id(2)])];
    assert_eq!(causes(&corrected, "2020-03-01", "2020-04-01").await, named);
}

#[tokio::test]
async fn what_a_suspension_would_change_is_foretold_for_everybody() {
    let world = hull().await;
    let request = pb::RecordRequest {
        events: vec![suspended(1, "2020-03-17")],
        validate_only: true,
        what_if: Some(on("2020-04-01")),
        ..Default::default()
    };
    let changes = world.request(request).await.unwrap().status_changes;
    let paused = |change: &pb::StatusChange| {
        let after = change.after.as_ref().and_then(|status| status.pathway.as_ref());
        after.map(pb::Pathway::state) == Some(pb::PathwayState::Paused)
    };
    assert!(100 < changes.len() && changes.iter().all(paused), "{}", changes.len());
}

#[tokio::test]
async fn the_regulators_events_stand_in_its_own_stream_and_name_what_is_suspended() {
    let world = World::new().await;
    let elsewhere =
        pb::Event { stream: "authority/kingston-upon-hull".to_owned(), ..suspended(1, "2020-03-17") };
    let refused = world.record(vec![elsewhere]).await.unwrap_err();
    assert!(refused.message().contains("regulator/ofsted"), "{refused:?}");
    let mut nothing = suspended(1, "2020-03-17");
    if let Some(pb::event::Body::FrameworkSuspended(body)) = &mut nothing.body {
        body.frameworks.clear();
    }
    let refused = world.record(vec![nothing]).await.unwrap_err();
    assert!(refused.message().contains("framework_suspended.frameworks"), "{refused:?}");
    let refused = world.record(vec![resumed(1, "2021-06-28")]).await.unwrap_err();
    assert_eq!(reason(&refused), "FACT_REFUSED");
    assert!(refused.message().contains("there is no suspension routine"), "{refused:?}");
}

#[tokio::test]
async fn a_bundle_carries_the_regulators_stream_where_there_is_one() {
    let server = Signed::start().await;
    server.record(1).await;
    server.sign().await;
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    let without = server.bundle("leeds").await;
    assert_eq!(without.streams.len(), 3);
    verify(&without, &demands).await.unwrap();
    let mut records = pb::record_service_client::RecordServiceClient::new(server.channel.clone());
    let events = vec![suspended(2, "2020-03-17")];
    records.record(pb::RecordRequest { events, ..Default::default() }).await.unwrap();
    server.sign().await;
    let with = server.bundle("leeds").await;
    let verified = verify(&with, &demands).await.unwrap();
    assert_eq!(verified.streams[2], ("regulator/ofsted".to_owned(), 1));
    assert_eq!(verified.status.unwrap().pathway.unwrap().state(), pb::PathwayState::Paused);
    let mut left_out = with.clone();
    left_out.streams.remove(2);
    let refused = verify(&left_out, &demands).await.unwrap_err().to_string();
    assert!(refused.starts_with("status: the events give another answer"), "{refused}");
    verify(&without, &demands).await.unwrap();
}
