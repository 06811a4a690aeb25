//! What a new log begins with.

use docket_api::pb;
use docket_server::genesis;
use tokio_stream::StreamExt as _;

use crate::harness::{World, date, event, now, on};

#[tokio::test]
async fn a_new_log_begins_with_the_whole_register_and_gets_it_once() {
    let world = World::empty().await;
    let recorded = genesis::complete(&world.tracker).await.unwrap();
    assert_eq!(recorded as u64, world.tracker.head().0);
    assert_eq!(genesis::complete(&world.tracker).await.unwrap(), 0);
    let read = world.histories().read_history(pb::ReadHistoryRequest::default()).await.unwrap().into_inner();
    let events: Vec<_> = read.map(|message| message.unwrap().event.unwrap()).collect().await;
    assert!(events.iter().all(|event| event.recorded_by == genesis::RECORDED_BY));
    let unusual: Vec<_> = events
        .iter()
        .flat_map(|event| &event.warnings)
        .filter(|warning| warning.reason != "DATE_UNKNOWN")
        .collect();
    assert!(unusual.is_empty(), "{unusual:?}");
}

#[tokio::test]
async fn a_succession_is_recorded_on_all_sides_in_one_append() {
    let world = World::new().await;
    let after = world.status("E06000058", on("2019-04-01")).await.unwrap().existence.unwrap();
    assert_eq!(after.predecessors, ["bournemouth", "dorset-county", "poole"]);
    let before = world.status("dorset-county", on("2019-03-31")).await.unwrap().existence.unwrap();
    assert_eq!(before.state(), pb::ExistenceState::Exists);
    let ended = world.status("dorset-county", now()).await.unwrap().existence.unwrap();
    assert_eq!((ended.state(), ended.closed_date), (pb::ExistenceState::Closed, Some(date("2019-04-01"))));
    let filter = pb::EventFilter {
        kinds: vec!["authority_succeeded".to_owned(), "succession_received".to_owned()],
        ..Default::default()
    };
    let request = pb::ReadHistoryRequest { filter: Some(filter), ..Default::default() };
    let read = world.histories().read_history(request).await.unwrap().into_inner();
    let events: Vec<_> = read.map(|message| message.unwrap().event.unwrap()).collect().await;
    let of_2019: Vec<u64> = events
        .iter()
        .filter(|kept| kept.event.as_ref().unwrap().happened_on == Some(date("2019-04-01")))
        .map(|kept| kept.position)
        .collect();
    assert_eq!(of_2019.len(), 5);
    assert!(of_2019.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{of_2019:?}");
}

#[tokio::test]
async fn what_somebody_registered_before_does_not_keep_the_others_out() {
    let world = World::empty().await;
    let registered = pb::AuthorityRegistered {
        name: "Barnet".to_owned(),
        official_name: "Barnet".to_owned(),
        kind: pb::AuthorityKind::LondonBorough.into(),
        region: "London".to_owned(),
        gss_code: "E09000003".to_owned(),
        ..Default::default()
    };
    let body = pb::event::Body::AuthorityRegistered(registered);
    world.record(vec![event(1, "barnet", "2009-01-01", body)]).await.unwrap();
    genesis::complete(&world.tracker).await.unwrap();
    assert_eq!(world.status("Bexley", now()).await.unwrap().authority.unwrap().id, "bexley");
    assert_eq!(world.status("E09000003", now()).await.unwrap().authority.unwrap().id, "barnet");
}
