//! A model of whoever follows: filters, disconnects and resumptions at random, while others record. Nothing is missed and nothing comes twice, whichever
//! message it goes on from. `DOCKET_SEEDS` says how many seeds are tried, `DOCKET_SEED` from which one on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use docket_api::pb;
use docket_api::pb::subscribe_request::Start;
use docket_api::pb::subscribe_response::Message;
use tokio::time::timeout;
use tokio_stream::StreamExt as _;

use crate::filtering::positions;
use crate::harness::{World, holiday, meeting, notice};

/// Seeds that are tried unless DOCKET_SEEDS says otherwise.
const SEEDS: u64 = 6;
/// Events that are recorded while others follow.
const EVENTS: u32 = 400;
/// How long it stays where nothing comes.
const QUIET: Duration = Duration::from_millis(100);
const AUTHORITIES: [&str; 6] = ["barnet", "bexley", "brent", "bristol", "bury", "camden"];

/// Numbers that look random, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn of_authorities(authorities: &[&str]) -> pb::EventFilter {
    pb::EventFilter {
        authorities: authorities.iter().map(ToString::to_string).collect(),
        ..Default::default()
    }
}

fn filters() -> Vec<pb::EventFilter> {
    let kinds = |kind: &str| pb::EventFilter { kinds: vec![kind.to_owned()], ..Default::default() };
    let regions = |region: &str| pb::EventFilter { regions: vec![region.to_owned()], ..Default::default() };
    let since = pb::Date { year: 2025, month: 1, day: 15 };
    vec![
        pb::EventFilter::default(),
        of_authorities(&["barnet"]),
        of_authorities(&["barnet", "bury"]),
        kinds("improvement_notice_issued"),
        kinds("supervision_ended"),
        regions("London"),
        pb::EventFilter { effective_since: Some(since), ..Default::default() },
        pb::EventFilter {
            any_of: vec![of_authorities(&["bristol"]), kinds("bank_holiday_declared")],
            ..Default::default()
        },
        pb::EventFilter {
            none_of: vec![regions("London"), kinds("improvement_notice_issued")],
            ..Default::default()
        },
        pb::EventFilter { view: pb::View::Public.into(), ..kinds("improvement_notice_issued") },
    ]
}

/// One of many things that may be recorded.
fn something(number: u32, numbers: &mut Numbers) -> pb::Event {
    let authority = AUTHORITIES[usize::try_from(numbers.below(6)).unwrap()];
    let day = format!("2025-01-{:02}", 1 + numbers.below(28));
    match numbers.below(8) {
        0 => notice(number, authority, &day),
        1 => holiday(
            number,
            "2025-01-02",
            &format!("2030-{:02}-{:02}", 1 + numbers.below(12), 1 + number % 28),
        ),
        _ => meeting(number, authority, &day),
    }
}

async fn write(world: Arc<World>, mut numbers: Numbers, written: Arc<AtomicBool>) {
    for number in 1..=EVENTS {
        // One that the rules refuse is not there for anybody.
        let _recorded = world.record(vec![something(number, &mut numbers)]).await;
        if numbers.below(4) == 0 {
            tokio::task::yield_now().await;
        }
    }
    written.store(true, Ordering::SeqCst);
}

fn position(message: &Message) -> u64 {
    match message {
        Message::Event(event) => event.position,
        Message::CaughtUp(told) => told.position,
        Message::Checkpoint(told) => told.position,
        Message::FellBehind(told) => told.position,
        Message::Heartbeat(told) => told.position,
    }
}

/// Follows to the end, with many disconnects: the positions of the events that came.
async fn follow(
    world: Arc<World>,
    filter: pb::EventFilter,
    mut numbers: Numbers,
    written: Arc<AtomicBool>,
) -> Vec<u64> {
    let (mut after, mut came) = (0, Vec::new());
    loop {
        let request =
            pb::SubscribeRequest { filter: Some(filter.clone()), start: Some(Start::AfterPosition(after)) };
        let mut stream = world.subscriptions().subscribe(request).await.unwrap().into_inner();
        // Now and then it stays until there is nothing more for a while.
        let most = if numbers.below(5) == 0 { u64::MAX } else { 1 + numbers.below(60) };
        for _ in 0..most {
            let Ok(message) = timeout(QUIET, stream.next()).await else { break };
            let message = message.unwrap().unwrap().message.unwrap();
            assert!(after <= position(&message), "sent back from {after} to {message:?}");
            after = position(&message);
            if let Message::Event(event) = &message {
                came.push(event.position);
            }
            if let Message::CaughtUp(told) = &message
                && written.load(Ordering::SeqCst)
                && world.tracker.head().0 <= told.position
            {
                return came;
            }
        }
    }
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_goes_on_from_any_message_misses_nothing_and_gets_nothing_twice() {
    let first = asked("DOCKET_SEED").unwrap_or(1);
    for seed in first..first + asked("DOCKET_SEEDS").unwrap_or(SEEDS) {
        let world = Arc::new(World::new().await);
        let written = Arc::new(AtomicBool::new(false));
        let writer = tokio::spawn(write(Arc::clone(&world), Numbers(seed), Arc::clone(&written)));
        let mut followers = Vec::new();
        for (number, filter) in (1..).zip(filters()) {
            let numbers = Numbers(seed * 1_000 + number);
            let follower = follow(Arc::clone(&world), filter.clone(), numbers, Arc::clone(&written));
            followers.push((filter, tokio::spawn(follower)));
        }
        writer.await.unwrap();
        for (filter, follower) in followers {
            let came = follower.await.unwrap();
            assert_eq!(came, positions(&world, &filter).await, "DOCKET_SEED={seed}, {filter:?}");
        }
    }
}
