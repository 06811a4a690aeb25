//! Two answers compared: what made each difference.

use std::collections::BTreeMap;

use docket_api::pb;
use pb::ChangeReason as Reason;

use crate::harness::{World, date, event, history, notice, now, on};

async fn compare(world: &World, authority: &str, first: pb::AsOf, second: pb::AsOf) -> Vec<pb::FieldChange> {
    let request = pb::CompareStatusRequest {
        authority: authority.to_owned(),
        first: Some(first),
        second: Some(second),
    };
    world.statuses().compare_status(request).await.unwrap().into_inner().changes
}

/// The reasons and events behind a field.
fn causes<'c>(changes: &'c [pb::FieldChange], field: &str) -> Vec<(Reason, Vec<&'c str>)> {
    let change = changes.iter().find(|change| change.field == field).unwrap_or_else(|| panic!("{changes:?}"));
    let cause = |cause: &'c pb::ChangeCause| {
        (cause.reason(), cause.event_ids.iter().map(|id| id.get(34..).unwrap()).collect())
    };
    change.causes.iter().map(cause).collect()
}

fn known(position: u64, as_of: pb::AsOf) -> pb::AsOf {
    pb::AsOf { known_position: position, ..as_of }
}

#[tokio::test]
async fn what_happened_in_between_and_what_was_learned_in_between_are_told_apart() {
    let world = World::new().await;
    let hull = "kingston-upon-hull";
    let before = world.tracker.head().0;
    world.record(vec![notice(1, hull, "2022-08-05"), notice(2, hull, "2024-08-05")]).await.unwrap();
    let field = |key: &str| format!("instruments[notice-{key}]");
    let happened = compare(&world, hull, on("2023-01-01"), on("2025-01-01")).await;
    assert_eq!(causes(&happened, &field("2024-08-05")), [(Reason::Happened, vec!["02"])]);
    let learned = compare(&world, hull, known(before, on("2025-01-01")), on("2025-01-01")).await;
    assert_eq!(causes(&learned, &field("2022-08-05")), [(Reason::Learned, vec!["01"])]);
    let both = compare(&world, hull, known(before, on("2023-01-01")), on("2025-01-01")).await;
    assert_eq!(causes(&both, &field("2022-08-05")), [(Reason::Learned, vec!["01"])]);
    assert_eq!(causes(&both, &field("2024-08-05")), [(Reason::Happened, vec!["02"])]);
    // The review of a notice is expected by a day, and that day passed.
    let passed = compare(&world, hull, on("2024-09-01"), on("2025-06-01")).await;
    let overdue = "obligations[notice-2024-08-05/notice-review].state";
    assert_eq!(causes(&passed, overdue), [(Reason::DayPassed, vec![])]);
}

#[tokio::test]
async fn what_was_voided_or_corrected_in_between_names_the_event_that_did_it() {
    let world = World::new().await;
    let hull = "kingston-upon-hull";
    world.record(vec![notice(1, hull, "2022-08-05"), notice(2, hull, "2023-08-05")]).await.unwrap();
    let before = world.tracker.head().0;
    let id = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
    let voided = pb::EventVoided {
        event_id: id(1),
        reason: pb::VoidReason::NeverHappened.into(),
        ..Default::default()
    };
    let replacement = pb::Event { event_id: String::new(), ..notice(2, hull, "2023-09-01") };
    let body = match replacement.body {
        Some(pb::event::Body::ImprovementNoticeIssued(issued)) => {
            pb::ImprovementNoticeIssued { instrument: "notice-2023-08-05".to_owned(), ..issued }
        }
        other => panic!("{other:?}"),
    };
    let corrected = pb::FieldCorrected {
        event_id: id(2),
        reason: "The notice is dated 1 September.".to_owned(),
        replacement: Some(Box::new(event(
            2,
            hull,
            "2023-09-01",
            pb::event::Body::ImprovementNoticeIssued(body),
        ))),
    };
    let voiding = event(3, hull, "2025-01-01", pb::event::Body::EventVoided(voided));
    let correcting = event(4, hull, "2025-01-01", pb::event::Body::FieldCorrected(Box::new(corrected)));
    world.record(vec![voiding, correcting]).await.unwrap();
    let changes = compare(&world, hull, known(before, now()), now()).await;
    assert_eq!(causes(&changes, "instruments[notice-2022-08-05]"), [(Reason::Learned, vec!["03"])]);
    let from = causes(&changes, "instruments[notice-2023-08-05].from_date");
    assert_eq!(from, [(Reason::Learned, vec!["04"])]);
}

#[tokio::test]
async fn every_difference_in_the_sample_histories_has_a_cause_that_fits_what_was_asked() {
    let world = World::new().await;
    let mut recorded = BTreeMap::new();
    for name in ["birmingham", "slough", "northamptonshire", "west-northamptonshire"] {
        for event in history(name) {
            let fact = world.record(vec![event.clone()]).await.unwrap().recorded.remove(0);
            recorded.insert(fact.event_id, (fact.position, event.happened_on.unwrap_or_default()));
        }
    }
    let head = world.tracker.head().0;
    let restricted = |as_of| pb::AsOf { view: pb::View::Restricted.into(), ..as_of };
    let points: Vec<(u64, &str)> = [head, head - 60]
        .into_iter()
        .flat_map(|known| ["2014-06-01", "2019-03-01", "2021-09-30", "2025-06-01"].map(|day| (known, day)))
        .collect();
    let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
    for (first, second) in points.iter().flat_map(|first| points.iter().map(move |second| (*first, *second)))
    {
        let request = pb::CompareStatusRequest {
            authority: "slough".to_owned(),
            first: Some(known(first.0, on(first.1))),
            second: Some(restricted(known(second.0, on(second.1)))),
        };
        let Ok(answer) = world.statuses().compare_status(request).await else { continue };
        for change in answer.into_inner().changes {
            assert!(!change.causes.is_empty(), "{first:?} {second:?} {change:?}");
            for cause in change.causes.clone() {
                *reasons.entry(cause.reason()).or_default() += 1;
                match cause.reason() {
                    Reason::Learned => {
                        let (after, through) = (first.0.min(second.0), first.0.max(second.0));
                        let learned = |id: &String| after < recorded[id].0 && recorded[id].0 <= through;
                        assert!(cause.event_ids.iter().any(learned), "{first:?} {second:?} {change:?}");
                    }
                    Reason::Happened => {
                        let (after, through) = (date(first.1.min(second.1)), date(first.1.max(second.1)));
                        let day = |date: &pb::Date| (date.year, date.month, date.day);
                        let happened = |id: &String| {
                            let on = &recorded[id].1;
                            day(on) <= day(&through)
                                && (on.month == 0 || day(&after) < day(on) || on.day == 0)
                        };
                        assert!(cause.event_ids.iter().any(happened), "{first:?} {second:?} {cause:?}");
                    }
                    Reason::DayPassed => assert!(first.1 != second.1 && cause.event_ids.is_empty()),
                    Reason::AskedOtherwise => {}
                    Reason::Unspecified => panic!("{cause:?}"),
                }
            }
        }
    }
    assert!(reasons.values().all(|count| 10 < *count) && 3 <= reasons.len(), "{reasons:?}");
}
