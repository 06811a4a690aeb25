//! Two answers compared: what made each difference.

use std::collections::BTreeMap;

use docket_api::pb;
use pb::ChangeReason as Reason;

use crate::harness::{World, date, event, history, holiday, notice, now, on};

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
async fn an_event_that_the_second_answer_does_not_know_made_no_difference_by_happening() {
    let world = World::new().await;
    let hull = "kingston-upon-hull";
    let mut positions = Vec::new();
    for (number, key) in [(1, "2024-08-05"), (2, "2024-08-06")] {
        let mut event = notice(number, hull, key);
        event.happened_on = Some(date("2024-08-06"));
        positions.push(world.record(vec![event]).await.unwrap().recorded[0].position);
    }
    let changes =
        compare(&world, hull, known(positions[1], on("2023-01-01")), known(positions[0], on("2025-01-01")))
            .await;
    assert_eq!(causes(&changes, "instruments[notice-2024-08-05]"), [(Reason::Happened, vec!["01"])]);
    // On the way back both happened on the day that is left, and one of them is the notice.
    let back =
        compare(&world, hull, known(positions[0], on("2025-01-01")), known(positions[1], on("2023-01-01")))
            .await;
    assert_eq!(causes(&back, "instruments[notice-2024-08-05]"), [(Reason::Happened, vec!["01"])]);
}

#[tokio::test]
async fn a_rough_date_and_an_event_that_was_voided_are_causes_once_and_never() {
    let world = World::new().await;
    let hull = "kingston-upon-hull";
    let rough = pb::Event { happened_on: Some(date("2022-08")), ..notice(1, hull, "2022-08-05") };
    let struck = pb::Event { happened_on: Some(date("2022-08-01")), ..notice(2, hull, "2022-08-01") };
    let voided = pb::EventVoided {
        event_id: struck.event_id.clone(),
        reason: pb::VoidReason::NeverHappened.into(),
        ..Default::default()
    };
    let voiding = event(3, hull, "2022-08-31", pb::event::Body::EventVoided(voided));
    world.record(vec![rough, struck, voiding]).await.unwrap();
    let changes = compare(&world, hull, on("2022-07-01"), on("2022-10-01")).await;
    assert_eq!(causes(&changes, "instruments[notice-2022-08-05]"), [(Reason::Happened, vec!["01"])]);
    let named = changes.iter().flat_map(|change| &change.causes).flat_map(|cause| &cause.event_ids);
    assert!(named.into_iter().all(|id| id.ends_with("01")), "{changes:?}");
}

#[tokio::test]
async fn an_event_is_a_cause_on_the_day_of_its_publication_where_the_view_waits_for_it() {
    let world = World::new().await;
    let revoked = "0cb44750-bcd5-59d3-8cf8-64015149f82d";
    for event in history("wakefield") {
        world.record(vec![event]).await.unwrap();
    }
    for (view, eve, day) in
        [(pb::View::Public, "2022-01-13", "2022-01-14"), (pb::View::Restricted, "2022-01-12", "2022-01-13")]
    {
        let at = |day| pb::AsOf { view: view.into(), ..on(day) };
        for (first, second) in [(eve, day), (day, eve), ("2021-12-01", "2022-02-01")] {
            let changes = compare(&world, "wakefield", at(first), at(second)).await;
            let change = changes.iter().find(|one| one.field == "instruments[direction-2018-12-13].standing");
            let causes = &change.unwrap_or_else(|| panic!("{first} to {second}: {changes:?}")).causes;
            assert_eq!((causes.len(), causes[0].reason()), (1, Reason::Happened), "{first} to {second}");
            assert_eq!(causes[0].event_ids, [revoked], "{first} to {second}");
        }
    }
}

#[tokio::test]
async fn a_holiday_that_was_announced_in_between_is_a_cause() {
    let world = World::new().await;
    for event in history("kingston-upon-hull") {
        world.record(vec![event]).await.unwrap();
    }
    let field = "obligations[ilacs-2022-11-14/publication-expected].due_computed_date";
    let holiday = holiday(1, "2022-12-25", "2023-01-10");
    let before = world.tracker.head().0;
    world.record(vec![holiday]).await.unwrap();
    let (eve, later) = (on("2022-12-20"), on("2023-01-05"));
    let changes = compare(&world, "hull", eve, later).await;
    assert_eq!(causes(&changes, field), [(Reason::Happened, vec!["01"])]);
    let changes = compare(&world, "hull", known(before, later), later).await;
    assert_eq!(causes(&changes, field), [(Reason::Learned, vec!["01"])]);
}

/// The reasons and the first letters of the events behind a field.
fn begun(changes: &[pb::FieldChange], field: &str) -> Vec<(Reason, Vec<String>)> {
    let change = changes.iter().find(|change| change.field == field).unwrap_or_else(|| panic!("{changes:?}"));
    let letters = |id: &String| id.get(..8).unwrap().to_owned();
    let causes = change.causes.iter();
    causes.map(|cause| (cause.reason(), cause.event_ids.iter().map(letters).collect())).collect()
}

#[tokio::test]
async fn what_a_day_changes_by_itself_is_not_laid_to_a_holiday_that_was_announced_on_it() {
    let world = World::with_histories(&["barnsley"]).await;
    let (eve, day) = (on("2022-09-09"), on("2022-09-10"));
    for (first, second) in [(eve, day), (day, eve)] {
        let changes = compare(&world, "barnsley", first, second).await;
        let overdue = begun(&changes, "obligations[ilacs-2018-10-08/next-inspection].days_overdue");
        assert_eq!(overdue, [(Reason::DayPassed, vec![])]);
        let due = begun(&changes, "obligations[jtai-2022-05-23/jtai-statement].due_estimated_date");
        assert_eq!(due, [(Reason::Happened, vec!["4e6b5272".to_owned()])]);
    }
}

#[tokio::test]
async fn what_a_day_changes_by_itself_is_not_laid_to_a_rough_date_that_became_sure_on_it() {
    let world = World::with_histories(&["barnsley"]).await;
    let rough = pb::Event { happened_on: Some(date("2022-11")), ..notice(1, "barnsley", "2022-11-05") };
    world.record(vec![rough]).await.unwrap();
    let (eve, day) = (on("2022-11-29"), on("2022-11-30"));
    for (first, second) in [(eve, day), (day, eve)] {
        let changes = compare(&world, "barnsley", first, second).await;
        let overdue = "obligations[ilacs-2018-10-08/next-inspection].days_overdue";
        assert_eq!(causes(&changes, overdue), [(Reason::DayPassed, vec![])]);
        let standing = causes(&changes, "instruments[notice-2022-11-05].standing");
        assert_eq!(standing, [(Reason::Happened, vec!["01"])]);
    }
}

#[tokio::test]
async fn of_what_happened_on_one_day_those_events_are_named_with_which_a_field_changed() {
    let world = World::with_histories(&["kingston-upon-hull"]).await;
    // The notice says itself that it replaces the direction, and another event says no more than that.
    let [issued, replaced, revoked] = ["558185a3", "dce8b85a", "28441e29"].map(str::to_owned);
    let direction = |field: &str| format!("instruments[direction-2020-03-16].{field}");
    for (first, second) in [("2022-08-04", "2022-08-06"), ("2022-08-06", "2022-08-04")] {
        let changes = compare(&world, "hull", on(first), on(second)).await;
        for (field, event) in [
            ("instruments[notice-2022-08-05]".to_owned(), &issued),
            ("obligations[notice-2022-08-05/notice-review]".to_owned(), &issued),
            (direction("standing"), &issued),
            (direction("to_date"), &issued),
            (direction("replaced_by"), &issued),
        ] {
            assert_eq!(begun(&changes, &field), [(Reason::Happened, vec![event.clone()])], "{field}");
        }
        let how = begun(&changes, &direction("ended_how"));
        assert!(how.iter().all(|(_, events)| events.contains(&revoked)), "{how:?}");
        let behind = |id: &String| {
            changes
                .iter()
                .flat_map(|change| &change.causes)
                .any(|cause| cause.event_ids.iter().any(|other| other.starts_with(id)))
        };
        assert!(!behind(&replaced), "{changes:?}");
    }
}

#[tokio::test]
async fn a_correction_that_was_recorded_in_between_was_learned_of_what_happened_in_between_too() {
    let world = World::new().await;
    world.set_clock("2026-11-22T12:00:00Z");
    let mut history = history("staffordshire");
    let correction = history.split_off(history.len() - 1);
    world.record(history).await.unwrap();
    let before = world.tracker.head().0;
    world.record(correction).await.unwrap();
    let (first, second) = (on("2024-01-11"), on("2024-01-12"));
    let judged = "profile.grades[overall_effectiveness].grade";
    let [report, judgements, correction] = ["bbec332e", "48cfa4c5", "af3eacb6"].map(str::to_owned);
    let learned = compare(&world, "staffordshire", known(before, first), second).await;
    let known_of = compare(&world, "staffordshire", first, second).await;
    for (changes, reason) in [(&learned, Reason::Learned), (&known_of, Reason::Happened)] {
        let published = begun(changes, "inspections[ilacs-2023-11-06].published_date");
        assert_eq!(published, [(Reason::Happened, vec![report.clone()])]);
        let corrected = begun(changes, "profile.grades[care_leavers]");
        assert!(
            corrected.iter().any(|(told, ids)| *told == reason && ids.contains(&correction)),
            "{corrected:?}"
        );
        let overall = begun(changes, judged);
        assert!(overall.iter().all(|(told, ids)| *told == Reason::Happened && !ids.contains(&correction)));
        assert!(overall.iter().any(|(_, ids)| ids.contains(&judgements)), "{overall:?}");
    }
}

/// What was recorded, by id: where, and when it happened.
type Recorded = BTreeMap<String, (u64, pb::Date)>;

/// A point from which, or to which, is compared: up to where is known, the day, the view.
type Point = (u64, &'static str, pb::View);

fn fits(cause: &pb::ChangeCause, recorded: &Recorded, first: Point, second: Point) -> bool {
    let ids = &cause.event_ids;
    let between = |position: u64| first.0.min(second.0) < position && position <= first.0.max(second.0);
    let day = |date: &pb::Date| (date.year, date.month, date.day);
    let (after, through) = (date(first.1.min(second.1)), date(first.1.max(second.1)));
    let known = |id: &String| recorded.get(id).is_none_or(|(position, _)| *position <= second.0);
    let happened = |id: &String| {
        let Some((_, on)) = recorded.get(id) else { return true };
        day(on) <= day(&through) && (on.month == 0 || on.day == 0 || day(&after) < day(on))
    };
    let twice = ids.iter().enumerate().any(|(place, id)| ids[..place].contains(id));
    !twice
        && match cause.reason() {
            Reason::Learned => {
                !ids.is_empty()
                    && ids.iter().all(|id| recorded.get(id).is_none_or(|(position, _)| between(*position)))
            }
            Reason::Happened => !ids.is_empty() && ids.iter().all(|id| known(id) && happened(id)),
            Reason::DayPassed => first.1 != second.1 && ids.is_empty(),
            Reason::AskedOtherwise => first.2 != second.2 || first.0 != second.0,
            Reason::Unspecified => false,
        }
}

#[tokio::test]
async fn every_difference_in_the_sample_histories_has_a_cause_that_fits_what_was_asked() {
    let world = World::new().await;
    let mut recorded = Recorded::new();
    for name in ["birmingham", "slough", "northamptonshire", "west-northamptonshire"] {
        for event in history(name) {
            let fact = world.record(vec![event.clone()]).await.unwrap().recorded.remove(0);
            recorded.insert(fact.event_id, (fact.position, event.happened_on.unwrap_or_default()));
        }
    }
    let head = world.tracker.head().0;
    let mut points: Vec<Point> = Vec::new();
    for day in ["2014-06-01", "2019-03-01", "2025-06-01"] {
        points.extend([
            (head, day, pb::View::Restricted),
            (head, day, pb::View::Public),
            (head - 60, day, pb::View::Public),
        ]);
    }
    let asked = |point: Point| Some(pb::AsOf { view: point.2.into(), ..known(point.0, on(point.1)) });
    let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
    for (first, second) in points.iter().flat_map(|first| points.iter().map(move |second| (*first, *second)))
    {
        let request = pb::CompareStatusRequest {
            authority: "slough".to_owned(),
            first: asked(first),
            second: asked(second),
        };
        for change in world.statuses().compare_status(request).await.unwrap().into_inner().changes {
            assert!(!change.causes.is_empty(), "{first:?} {second:?} {change:?}");
            for cause in &change.causes {
                assert!(fits(cause, &recorded, first, second), "{first:?} {second:?} {cause:?} {change:?}");
                *reasons.entry(cause.reason()).or_default() += 1;
            }
        }
    }
    assert!(10 < reasons[&Reason::Learned] && 10 < reasons[&Reason::Happened], "{reasons:?}");
    assert!(10 < reasons[&Reason::DayPassed], "{reasons:?}");
}

#[tokio::test]
async fn what_is_under_embargo_is_not_named_behind_what_is_public() {
    let world = World::new().await;
    let hull = "kingston-upon-hull";
    let fieldwork = pb::FieldworkRecorded {
        inspection: "ilacs-2025-05-01".to_owned(),
        kind: pb::InspectionKind::IlacsStandard.into(),
        ranges: vec![pb::DateRange { first_date: Some(date("2025-05-01")), last_date: None }],
        ..Default::default()
    };
    let draft = pb::DraftReportIssued { inspection: "ilacs-2025-05-01".to_owned() };
    let fieldwork = event(3, hull, "2025-05-01", pb::event::Body::FieldworkRecorded(fieldwork));
    let draft = event(2, hull, "2025-05-20", pb::event::Body::DraftReportIssued(draft));
    world.record(vec![fieldwork, draft, notice(1, hull, "2025-05-20")]).await.unwrap();
    let (first, second) = (on("2025-05-10"), on("2025-06-01"));
    let public = compare(&world, hull, first, second).await;
    assert_eq!(causes(&public, "instruments[notice-2025-05-20]"), [(Reason::Happened, vec!["01"])]);
    let draft = "00000000-0000-4000-8000-000000000002".to_owned();
    let names = |changes: &[pb::FieldChange]| {
        changes.iter().flat_map(|change| &change.causes).any(|cause| cause.event_ids.contains(&draft))
    };
    assert!(!names(&public), "{public:?}");
    let restricted = [first, second].map(|as_of| pb::AsOf { view: pb::View::Restricted.into(), ..as_of });
    assert!(names(&compare(&world, hull, restricted[0], restricted[1]).await));
}
