//! Following the log, and the end of it.

use std::sync::Arc;
use std::time::Duration;

use docket_api::from_proto::{self, Filter};
use docket_api::pb;
use docket_api::pb::subscribe_response::Message;
use docket_log::MemoryLog;
use docket_server::tracker::{
    CHECKPOINT_EVENTS, CHECKPOINT_INTERVAL_SECONDS, Followed, HEARTBEAT_SECONDS, Start, Wanted,
};
use docket_server::{ManualClock, Tracker, genesis};
use tokio::time::timeout;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status, Streaming};

use crate::harness::{NOW, PATIENCE, World, meeting, reason};

/// A subscription from a position.
async fn subscribe(world: &World, after: u64, filter: pb::EventFilter) -> Streaming<pb::SubscribeResponse> {
    let request = pb::SubscribeRequest {
        filter: Some(filter),
        start: Some(pb::subscribe_request::Start::AfterPosition(after)),
    };
    world.subscriptions().subscribe(request).await.unwrap().into_inner()
}

/// The next message, or the status with which the stream ended.
async fn next(stream: &mut Streaming<pb::SubscribeResponse>) -> Result<Message, Status> {
    let message = timeout(PATIENCE, stream.next()).await.unwrap().unwrap();
    message.map(|message| message.message.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_loses_nothing_and_gets_nothing_twice_while_others_record() {
    let world = Arc::new(World::new().await);
    let before = world.tracker.head().0;
    let last = before + 400;
    world.record(vec![meeting(1, "barnet", "2025-01-01")]).await.unwrap();
    let writer = tokio::spawn({
        let world = Arc::clone(&world);
        async move {
            for number in 2..=400 {
                let streams =
                    ["barnet", "bexley", "brent", "bristol", "bury", "camden", "cornwall", "coventry"];
                let stream = streams[number as usize % streams.len()];
                world.record(vec![meeting(number, stream, "2025-01-01")]).await.unwrap();
            }
        }
    });
    let mut subscribers = tokio::task::JoinSet::new();
    for after in [0, before, before + 1, before - 50] {
        let world = Arc::clone(&world);
        subscribers.spawn(async move {
            let mut stream = subscribe(&world, after, pb::EventFilter::default()).await;
            let (mut seen, mut caught_up, mut fell_behind) = (after, 0, 0);
            while seen < last || caught_up <= fell_behind {
                match next(&mut stream).await.unwrap() {
                    Message::Event(event) => {
                        assert_eq!(event.position, seen + 1, "every event, in order, once");
                        seen = event.position;
                    }
                    Message::CaughtUp(told) => {
                        assert_eq!(told.position, seen);
                        caught_up += 1;
                    }
                    Message::FellBehind(told) => {
                        assert_eq!(told.position, seen);
                        fell_behind += 1;
                    }
                    Message::Checkpoint(pb::Checkpoint { position })
                    | Message::Heartbeat(pb::Heartbeat { position, .. }) => assert!(position <= seen),
                }
            }
            assert_eq!(caught_up, 1 + fell_behind, "once, and again after each time that it fell behind");
        });
    }
    while let Some(done) = subscribers.join_next().await {
        done.unwrap();
    }
    writer.await.unwrap();
}

#[tokio::test]
async fn from_now_on_nothing_comes_that_was_recorded_before() {
    let world = World::new().await;
    let head = world.tracker.head().0;
    let request = pb::SubscribeRequest { filter: None, start: Some(pb::subscribe_request::Start::Now(())) };
    let mut stream = world.subscriptions().subscribe(request).await.unwrap().into_inner();
    assert_eq!(next(&mut stream).await.unwrap(), Message::CaughtUp(pb::CaughtUp { position: head }));
    world.record(vec![meeting(1, "barnet", "2025-01-01")]).await.unwrap();
    match next(&mut stream).await.unwrap() {
        Message::Event(event) => assert_eq!(event.position, head + 1),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_filter_by_stream_authority_and_kind_lets_only_those_through() {
    let world = World::new().await;
    world
        .record(vec![meeting(1, "barnet", "2025-01-01"), meeting(2, "E06000010", "2025-01-01")])
        .await
        .unwrap();
    let filters = [
        pb::EventFilter { streams: vec!["authority/E06000010".to_owned()], ..Default::default() },
        pb::EventFilter { authorities: vec!["Hull".to_owned()], ..Default::default() },
        pb::EventFilter {
            authorities: vec!["Hull".to_owned(), "Barnet".to_owned()],
            streams: vec!["authority/kingston-upon-hull".to_owned()],
            ..Default::default()
        },
    ];
    for filter in filters {
        let filter = pb::EventFilter { kinds: vec!["fieldwork_recorded".to_owned()], ..filter };
        let mut stream = subscribe(&world, 0, filter).await;
        match next(&mut stream).await.unwrap() {
            Message::Event(event) => {
                assert_eq!(event.event.unwrap().event_id, "00000000-0000-4000-8000-000000000002");
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(next(&mut stream).await.unwrap(), Message::CaughtUp(_)));
    }
}

#[tokio::test]
async fn a_filter_that_lets_nothing_through_still_tells_how_far_it_has_come() {
    let world = World::new().await;
    let batches = CHECKPOINT_EVENTS.div_ceil(500);
    for batch in 0..batches {
        let numbers = (1..=500).map(|number| u32::try_from(batch * 500 + number).unwrap());
        world.record(numbers.map(|number| meeting(number, "barnet", "2025-01-01")).collect()).await.unwrap();
    }
    // Of kinds there is an index: nothing is read, and nothing is told on the way.
    let no_kind = pb::EventFilter { kinds: vec!["supervision_ended".to_owned()], ..Default::default() };
    let mut stream = subscribe(&world, 0, no_kind).await;
    let head = world.tracker.head().0;
    assert_eq!(next(&mut stream).await.unwrap(), Message::CaughtUp(pb::CaughtUp { position: head }));
    let subject_kinds = vec![pb::SubjectKind::Provider.into()];
    let nothing = pb::EventFilter { subject_kinds, ..Default::default() };
    let mut stream = subscribe(&world, 0, nothing).await;
    let checkpoint = pb::Checkpoint { position: CHECKPOINT_EVENTS as u64 };
    assert_eq!(next(&mut stream).await.unwrap(), Message::Checkpoint(checkpoint));
    let head = world.tracker.head().0;
    assert_eq!(next(&mut stream).await.unwrap(), Message::CaughtUp(pb::CaughtUp { position: head }));
}

#[tokio::test(start_paused = true)]
async fn an_idle_follower_is_told_how_far_the_log_has_come_when_it_has_and_now_and_then_that_it_is_followed()
{
    let clock = Arc::new(ManualClock::at(NOW.parse().unwrap()));
    let tracker = Arc::new(Tracker::new(Arc::new(MemoryLog::new()), clock));
    genesis::complete(&tracker).await.unwrap();
    let head = tracker.head();
    let filter = Filter { kinds: vec![86], ..Filter::default() };
    let wanted: Wanted = tracker.wanted(&filter).await.unwrap();
    let mut followed = tracker.follow(wanted, Start::Now).await.unwrap();
    assert_eq!(followed.recv().await.unwrap().unwrap(), Followed::CaughtUp(head));

    let pause = Duration::from_secs(2 * CHECKPOINT_INTERVAL_SECONDS);
    assert!(timeout(pause, followed.recv()).await.is_err(), "nothing happened, and nothing is said");
    let request =
        pb::RecordRequest { events: vec![meeting(1, "barnet", "2025-01-01")], ..Default::default() };
    tracker.record(&from_proto::record(request).unwrap()).await.unwrap();
    let told = timeout(pause, followed.recv()).await.unwrap().unwrap().unwrap();
    assert_eq!(told, Followed::Checkpoint(head.next()));
    assert!(timeout(pause, followed.recv()).await.is_err(), "told once");
    let told = timeout(Duration::from_secs(HEARTBEAT_SECONDS), followed.recv()).await.unwrap();
    assert_eq!(told.unwrap().unwrap(), Followed::Heartbeat(head.next(), NOW.parse().unwrap()));
}

#[tokio::test]
async fn a_position_that_this_log_never_had_is_no_place_to_go_on_from() {
    let world = World::new().await;
    let request = pb::SubscribeRequest {
        filter: None,
        start: Some(pb::subscribe_request::Start::AfterPosition(world.tracker.head().0 + 1)),
    };
    let refused = world.subscriptions().subscribe(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::OutOfRange, "POSITION_NOT_YET_RECORDED"));
}

#[tokio::test]
async fn when_the_server_stops_streams_end_with_a_status_and_calls_finish() {
    let world = World::new().await;
    let mut stream = subscribe(&world, world.tracker.head().0, pb::EventFilter::default()).await;
    assert!(matches!(next(&mut stream).await.unwrap(), Message::CaughtUp(_)));
    let (requests, incoming) = tokio::sync::mpsc::channel(1);
    let incoming = tokio_stream::wrappers::ReceiverStream::new(incoming);
    let mut answers = world.records().record_stream(incoming).await.unwrap().into_inner();
    requests
        .send(pb::RecordStreamRequest {
            sequence: 1,
            request: Some(pb::RecordRequest {
                events: vec![meeting(1, "barnet", "2025-01-01")],
                ..Default::default()
            }),
        })
        .await
        .unwrap();
    assert_eq!(answers.next().await.unwrap().unwrap().sequence, 1);
    assert!(matches!(next(&mut stream).await.unwrap(), Message::Event(_)));

    world.stop.send(()).unwrap();
    let ended = [
        next(&mut stream).await.unwrap_err(),
        timeout(PATIENCE, answers.next()).await.unwrap().unwrap().unwrap_err(),
    ];
    for status in ended {
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    }
    drop((stream, answers, requests));
    timeout(PATIENCE, world.served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn health_says_of_each_service_that_it_serves_until_it_stops() {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::health_client::HealthClient;
    let world = World::new().await;
    let mut health = HealthClient::new(world.channel.clone());
    let own = docket_api::json::descriptors().services().filter(|one| one.package_name() == "docket.v1");
    let own: Vec<String> = own.map(|service| service.full_name().to_owned()).collect();
    assert!(own.contains(&"docket.v1.ExportService".to_owned()), "{own:?}");
    for service in std::iter::once(String::new()).chain(own) {
        let request = tonic_health::pb::HealthCheckRequest { service: service.clone() };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let request = tonic_health::pb::HealthCheckRequest { service: "docket.v1.StatusService".to_owned() };
    let mut watched = health.watch(request).await.unwrap().into_inner();
    assert_eq!(watched.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
    world.stop.send(()).unwrap();
    assert_eq!(watched.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert!(timeout(PATIENCE, watched.next()).await.unwrap().is_none(), "who watches holds up nobody");
    drop((watched, health));
    timeout(PATIENCE, world.served).await.unwrap().unwrap().unwrap();
}
