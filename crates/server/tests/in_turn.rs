//! Requests that are recorded together, beside the same requests recorded one by one.

use crate::harness::{World, event, lifted, meeting, notice};
use crate::random::Random;
use docket_api::from_proto::{self, RecordRequest};
use docket_api::pb;
use docket_server::tracker::Outcome;

const CODES: [&str; 4] = ["E06000010", "E06000011", "new-council", "nowhere"];
const DAYS: [&str; 3] = ["2022-08-05", "2023-01-09", "2024-01-01"];

/// Requests of all sorts, in which what one may record hangs on those before.
fn requests(seed: u64) -> Vec<RecordRequest> {
    let mut random = Random::new(seed);
    let mut requests: Vec<pb::RecordRequest> = Vec::new();
    for number in 1..=60 {
        let code = CODES[random.below(CODES.len())];
        let day = DAYS[random.below(DAYS.len())];
        let events = match random.below(12) {
            0 => vec![registered(number)],
            1 | 2 => vec![notice(number, code, day)],
            3 | 4 => vec![lifted(number, code, &format!("notice-{}", DAYS[0]), day)],
            5 if random.coin() => {
                vec![notice(number, code, day), lifted(number + 1_000, code, &format!("notice-{day}"), day)]
            }
            6 => vec![voided(number, code, up_to(number, &mut random))],
            // An id that was used before, with another content.
            7 => vec![meeting(up_to(number, &mut random), code, day)],
            _ => vec![meeting(number, code, day)],
        };
        let again = random.once_in(8);
        requests.push(match requests.get(random.below(60)) {
            Some(before) if again => before.clone(),
            _ => pb::RecordRequest { events, validate_only: number % 17 == 0, ..Default::default() },
        });
    }
    requests.into_iter().filter_map(|request| from_proto::record(request).ok()).collect()
}

/// One of the numbers so far.
fn up_to(number: u32, random: &mut Random) -> u32 {
    u32::try_from(1 + random.below(number as usize)).unwrap()
}

fn registered(number: u32) -> pb::Event {
    let registered = pb::AuthorityRegistered {
        name: "New Council".to_owned(),
        official_name: "New Council".to_owned(),
        kind: pb::AuthorityKind::Unitary.into(),
        region: "Yorkshire and The Humber".to_owned(),
        gss_code: "E06009999".to_owned(),
        dfe_number: "999".to_owned(),
        ..Default::default()
    };
    event(number, "new-council", "2021-04-01", pb::event::Body::AuthorityRegistered(registered))
}

fn voided(number: u32, code: &str, of: u32) -> pb::Event {
    let event_id = format!("00000000-0000-4000-8000-{of:012}");
    let voided = pb::EventVoided { event_id, explanation: "It was not so.".to_owned(), ..Default::default() };
    event(number, code, "2024-02-01", pb::event::Body::EventVoided(voided))
}

fn told(answer: Result<Outcome, impl std::fmt::Debug>) -> String {
    format!("{answer:?}")
}

#[tokio::test]
async fn requests_that_are_recorded_together_are_answered_as_if_each_had_waited_for_the_one_before() {
    let (mut recorded, mut refused) = (0, 0);
    for seed in 0..12 {
        let requests = requests(seed);
        let (one_by_one, together) = (World::new().await, World::new().await);
        let mut expected = Vec::new();
        for request in &requests {
            let answer = one_by_one.tracker.record(request).await;
            *(if answer.is_ok() { &mut recorded } else { &mut refused }) += 1;
            expected.push(told(answer));
        }
        let mut random = Random::new(seed);
        let mut answers = Vec::new();
        while answers.len() < requests.len() {
            let rest = &requests[answers.len()..];
            let waiting = &rest[..1 + random.below(rest.len().min(40))];
            answers.extend(together.tracker.record_in_turn(waiting).await.into_iter().map(told));
        }
        for (number, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
            assert_eq!(answer, expected, "request {number} of seed {seed}: {:?}", requests[number].events);
        }
    }
    assert!(100 < recorded && 100 < refused, "{recorded} recorded, {refused} refused");
}
