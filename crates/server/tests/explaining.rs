//! Why an answer says what it says, and whether what would have to be otherwise is so.

use docket_api::{changes, json, kinds, pb};
use docket_domain::terms::ObligationKind;
use docket_domain::why;

use crate::harness::{World, date, event, history, metadata, notice, now, on, reason};

const HULL: &str = "kingston-upon-hull";

async fn explain(world: &World, authority: &str, field: &str, as_of: pb::AsOf) -> pb::ExplainStatusResponse {
    let (authority, field) = (authority.to_owned(), field.to_owned());
    let request = pb::ExplainStatusRequest { authority, field, as_of: Some(as_of) };
    world.statuses().explain_status(request).await.unwrap().into_inner()
}

fn step<'a>(explanation: &'a pb::ExplainStatusResponse, field: &str) -> &'a pb::ExplainedStep {
    let found = explanation.steps.iter().find(|step| step.field == field);
    found.unwrap_or_else(|| panic!("no step about {field}: {explanation:#?}"))
}

/// An inspection with its report, from the number of its first event on.
fn inspected(number: u32, stream: &str, key: &str, overall: pb::Grade) -> Vec<pb::Event> {
    let (inspection, first) = (key.to_owned(), key.trim_start_matches("ilacs-"));
    let kind = pb::InspectionKind::IlacsStandard.into();
    let fieldwork = pb::FieldworkRecorded {
        inspection: inspection.clone(),
        kind,
        ranges: vec![pb::DateRange { first_date: Some(date(first)), last_date: None }],
        ..Default::default()
    };
    let judgements = pb::JudgementsMade {
        inspection: inspection.clone(),
        kind,
        judgements: vec![pb::Judgement {
            kind: pb::JudgementKind::OverallEffectiveness.into(),
            grade: overall.into(),
            ..Default::default()
        }],
    };
    let received = pb::ReportReceived { inspection: inspection.clone(), ..Default::default() };
    let published = pb::ReportPublished { inspection, kind, ..Default::default() };
    vec![
        event(number, stream, first, pb::event::Body::FieldworkRecorded(fieldwork)),
        event(number + 1, stream, "2025-02-27", pb::event::Body::ReportReceived(received)),
        event(number + 2, stream, "2025-03-10", pb::event::Body::JudgementsMade(judgements)),
        event(number + 3, stream, "2025-03-10", pb::event::Body::ReportPublished(published)),
    ]
}

#[tokio::test]
async fn a_deadline_is_explained_down_to_its_rule_its_day_0_and_the_holidays_in_between() {
    let world = World::new().await;
    world.record(inspected(1, HULL, "ilacs-2025-01-13", pb::Grade::Inadequate)).await.unwrap();
    let key = "obligations[ilacs-2025-01-13/written-statement]";
    let told = explain(&world, HULL, &format!("{key}.state"), on("2025-05-01")).await;
    let state = step(&told, &format!("{key}.state"));
    assert_eq!(state.value, r#""OBLIGATION_STATE_OPEN""#);
    assert!(state.because.contains("2025-06-11"), "{}", state.because);
    let due = step(&told, &format!("{key}.due_computed_date"));
    assert_eq!(due.value, r#"{"day":11,"month":6,"year":2025}"#);
    assert!(due.rules.iter().any(|rule| rule.source.contains("SI 2007/462 reg 3")), "{due:?}");
    let days: Vec<_> = due.holidays.iter().map(|holiday| holiday.date.unwrap()).collect();
    assert_eq!(days, ["2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26"].map(date));
    let day_0 = step(&told, &format!("{key}.trigger_date"));
    let received = "00000000-0000-4000-8000-000000000002";
    assert_eq!(day_0.event_ids, [received]);
    let told_of = told.events.iter().find(|event| event.event_id == received).unwrap();
    assert_eq!((told_of.kind.as_str(), told_of.happened_on), ("report_received", Some(date("2025-02-27"))));
    assert_eq!(told_of.sources[0].title, "A letter");
    let holiday = &due.holidays[0].event_ids[0];
    let declared = told.events.iter().find(|event| event.event_id == *holiday).unwrap();
    assert_eq!(declared.kind, "bank_holiday_declared");
    assert_eq!(told.fields.len(), 1, "{:?}", told.fields);
}

#[tokio::test]
async fn what_would_have_met_an_obligation_meets_it_when_it_is_recorded() {
    let world = World::new().await;
    world.record(inspected(1, HULL, "ilacs-2025-01-13", pb::Grade::Inadequate)).await.unwrap();
    let key = "ilacs-2025-01-13/written-statement";
    let field = format!("obligations[{key}].state");
    let otherwise = |told: &pb::ExplainStatusResponse| step(told, &field).otherwise.clone();
    let told = otherwise(&explain(&world, HULL, &field, on("2025-07-01")).await);
    let met = "met, if a plan_submitted, plan_published or obligation_met is recorded that happened on or before 2025-06-11";
    assert_eq!(told[0], met);
    assert!(
        told[1].starts_with("met late, if")
            && told[1].ends_with("on or before 2025-07-01 and after 2025-06-11")
    );
    let submitted = |number: u32, day: &str| {
        let body = pb::PlanSubmitted { obligation: key.to_owned(), ..Default::default() };
        event(number, HULL, day, pb::event::Body::PlanSubmitted(body))
    };
    for (number, day, state) in
        [(11, "2025-06-12", pb::ObligationState::MetLate), (12, "2025-06-11", pb::ObligationState::Met)]
    {
        world.record(vec![submitted(number, day)]).await.unwrap();
        let status = world.status(HULL, on("2025-07-01")).await.unwrap();
        let obligation = status.obligations.iter().find(|one| one.obligation == key).unwrap();
        assert_eq!(obligation.state(), state, "{day}");
    }
}

#[tokio::test]
async fn what_was_expected_is_no_longer_listed_once_that_has_come_which_was_said_to_meet_it() {
    let world = World::new().await;
    world.set_clock("2025-12-01T12:00:00Z");
    world.record(inspected(1, HULL, "ilacs-2025-01-13", pb::Grade::Inadequate)).await.unwrap();
    world.record(vec![notice(11, HULL, "2025-03-20")]).await.unwrap();
    let day = on("2025-12-01");
    let visit = pb::FieldworkRecorded {
        inspection: "monitoring-visit-2025-11-10".to_owned(),
        kind: pb::InspectionKind::MonitoringVisit.into(),
        ranges: vec![pb::DateRange { first_date: Some(date("2025-11-10")), last_date: None }],
        ..Default::default()
    };
    let review = pb::ProgressReviewHeld { instrument: "notice-2025-03-20".to_owned(), ..Default::default() };
    for (key, said, come) in [
        (
            "ilacs-2025-01-13/first-monitoring-visit",
            "no longer listed, if a fieldwork_recorded of a monitoring_visit is recorded that happened on or before 2025-12-01",
            event(12, HULL, "2025-11-10", pb::event::Body::FieldworkRecorded(visit)),
        ),
        (
            "notice-2025-03-20/notice-review",
            "due on a later day, if a progress_review_held is recorded that happened on or before 2025-12-01",
            event(13, HULL, "2025-09-10", pb::event::Body::ProgressReviewHeld(review)),
        ),
    ] {
        let listed = async || {
            let status = world.status(HULL, day).await.unwrap();
            status.obligations.into_iter().find(|one| one.obligation == key)
        };
        let field = format!("obligations[{key}].state");
        let told = explain(&world, HULL, &field, day).await;
        assert_eq!(step(&told, &field).otherwise[0], said);
        let before = listed().await.unwrap();
        world.record(vec![come]).await.unwrap();
        let later = listed().await.is_none_or(|after| {
            let date = |one: &pb::Obligation| one.due_computed_date.map(|due| (due.year, due.month, due.day));
            date(&before) < date(&after)
        });
        assert!(later, "{key}");
    }
}

#[tokio::test]
async fn the_pathway_is_what_it_was_said_to_be_if_the_grade_were_another() {
    let world = World::new().await;
    let graded = [
        ("leeds", pb::Grade::Inadequate, "monitoring"),
        ("devon", pb::Grade::RequiresImprovement, "standard"),
        ("norfolk", pb::Grade::Good, "short"),
    ];
    for (number, (authority, grade, _)) in (0..).zip(graded) {
        world.record(inspected(10 * number + 1, authority, "ilacs-2025-01-13", grade)).await.unwrap();
    }
    let day = on("2025-04-01");
    for (authority, _, pathway) in graded {
        let told = explain(&world, authority, "pathway.state", day).await;
        let lines = &step(&told, "pathway.state").otherwise;
        let words = [
            ("monitoring", "monitoring, if overall effectiveness were inadequate"),
            ("standard", "standard, if overall effectiveness were requires improvement"),
            ("short", "short, if overall effectiveness were outstanding or good"),
        ];
        let others: Vec<&str> =
            words.iter().filter(|(state, _)| *state != pathway).map(|(_, line)| *line).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(others.iter().all(|line| lines.iter().any(|told| told == line)), "{lines:?}");
        let state = world.status(authority, day).await.unwrap().pathway.unwrap().state();
        assert!(state.as_str_name().ends_with(&pathway.to_uppercase()), "{state:?}");
    }
}

#[tokio::test]
async fn a_field_that_the_answer_has_not_is_refused_with_the_names_that_are_most_alike() {
    let world = World::new().await;
    let request = |field: &str| pb::ExplainStatusRequest {
        authority: HULL.to_owned(),
        field: field.to_owned(),
        as_of: None,
    };
    let refused = world.statuses().explain_status(request("pathway.stat")).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
    assert!(refused.message().contains("pathway.state"), "{}", refused.message());
    assert_eq!(metadata(&refused, "authority"), "");
    let empty = world.statuses().explain_status(request(" ")).await.unwrap_err();
    assert_eq!(reason(&empty), "INVALID_FIELDS");
}

#[tokio::test]
async fn an_instrument_is_in_force_until_its_end_is_recorded() {
    let world = World::new().await;
    world.record(vec![notice(1, HULL, "2025-01-10")]).await.unwrap();
    assert_eq!(explain(&world, HULL, "instruments", on("2025-01-09")).await.steps, []);
    let told = explain(&world, HULL, "instruments", now()).await;
    let standing = step(&told, "instruments[notice-2025-01-10].standing");
    assert!(standing.otherwise[0].contains("an instrument_lifted"), "{standing:?}");
    assert_eq!(standing.event_ids, ["00000000-0000-4000-8000-000000000001"]);
}

#[tokio::test]
async fn a_value_inside_a_part_is_explained_by_itself_before_the_part_that_it_is_of() {
    let world = World::with_histories(&["solihull"]).await;
    let (statement, review) = ("obligations[jtai-2022-01-10/jtai-statement]", "inspections[jtai-2022-01-10]");
    let status = world.status("solihull", now()).await.unwrap();
    let fields = changes::fields(&status);
    let answer = json::to_line(&status);
    for (part, value, said, event) in [
        (statement, "days_overdue", "working days", Some("6efe3f78")),
        (statement, "legal_basis", "the rule for jtai statement", None),
        (statement, "obligor", "names Solihull", Some("c4ab8daa")),
        (statement, "period_length", "70 working days", None),
        (review, "published_date", "report_published", Some("65134a13")),
        ("pathway", "since_date", "without a break", None),
    ] {
        let field = format!("{part}.{value}");
        let told = explain(&world, "solihull", &field, now()).await;
        let [first, second, ..] = told.steps.as_slice() else { panic!("{told:?}") };
        assert_eq!(first.field, field);
        assert!(first.because.contains(said), "{first:?}");
        assert_eq!(second.field, format!("{part}.state"));
        if let Some(event) = event {
            assert!(first.event_ids.len() == 1 && first.event_ids[0].starts_with(event), "{first:?}");
        }
        is_explained(&field, &told.steps, &fields, &answer);
    }
    for field in [&format!("{statement}.due_stated_date"), "next_due"] {
        let told = explain(&world, "solihull", field, now()).await;
        assert!(!told.steps[0].otherwise.is_empty(), "{:?}", told.steps[0]);
    }
}

#[tokio::test]
async fn an_overall_judgement_that_is_better_than_an_inadequate_one_leaves_it_is_explained_with_the_rule() {
    let world = World::new().await;
    let mut events = inspected(1, HULL, "ilacs-2025-01-13", pb::Grade::Good);
    let Some(pb::event::Body::JudgementsMade(made)) = &mut events[2].body else { panic!("{events:?}") };
    made.judgements.push(pb::Judgement {
        kind: pb::JudgementKind::CareLeavers.into(),
        grade: pb::Grade::Inadequate.into(),
        ..Default::default()
    });
    world.record(events).await.unwrap();
    let field = "profile.grades[overall_effectiveness].grade";
    let told = explain(&world, HULL, field, now()).await;
    let overall = step(&told, field);
    let rule = "Where care leavers is inadequate, overall effectiveness is at most inadequate";
    let limited = overall.rules.iter().find(|told| told.text.starts_with(rule)).unwrap();
    assert!(limited.text.contains("The report says otherwise") && !limited.source.is_empty(), "{limited:?}");
    assert!(overall.follows_from.contains(&"profile.grades[care_leavers].grade".to_owned()), "{overall:?}");
    let other = "profile.grades[care_leavers].grade";
    assert_eq!(step(&explain(&world, HULL, other, now()).await, other).rules.len(), 1);
}

#[test]
fn every_kind_of_event_that_is_said_to_meet_an_obligation_is_one() {
    for kind in ObligationKind::ALL {
        for name in why::met_by(*kind) {
            assert!(kinds::number_of(name).is_some(), "{kind:?}: {name}");
        }
    }
}

#[tokio::test]
async fn every_step_is_about_a_field_rests_on_the_answer_and_names_a_rule_or_what_it_follows_from() {
    let world = World::new().await;
    let names = ["kingston-upon-hull", "birmingham", "northamptonshire", "norfolk", "croydon", "brent"];
    for name in names {
        for event in history(name) {
            world.record(vec![event]).await.unwrap();
        }
    }
    let mut steps = 0;
    for name in names {
        for day in ["2014-01-01", "2019-06-01", "2023-03-01", "2026-06-20"] {
            for view in [pb::View::Public, pb::View::Restricted] {
                let as_of = pb::AsOf { view: view.into(), ..on(day) };
                let status = world.status(name, as_of).await.unwrap();
                let answer = json::to_line(&status);
                let fields = changes::fields(&status);
                let parts: Vec<_> = fields
                    .iter()
                    .filter(|one| !one.field.contains(['.', '[']) && !one.value.is_empty())
                    .map(|one| &one.field)
                    .collect();
                for part in parts {
                    let told = explain(&world, name, part, as_of).await;
                    assert!(!told.steps.is_empty(), "{name} {day}: nothing explains {part}");
                    is_explained(&format!("{name} {day}"), &told.steps, &fields, &answer);
                    steps += told.steps.len();
                }
            }
        }
    }
    assert!(500 < steps, "{steps}");
}

/// Each step is about a field of the answer, rests on events that the answer names, and has rules with their sources or follows from others.
#[track_caller]
pub(crate) fn is_explained(
    of: &str,
    steps: &[pb::ExplainedStep],
    fields: &[pb::ExplainedField],
    answer: &str,
) {
    for step in steps {
        let at = format!("{of} {}: {step:?}", step.field);
        assert!(fields.iter().any(|one| one.field == step.field), "{at}");
        assert!(!step.rules.is_empty() || !step.follows_from.is_empty(), "{at}");
        assert!(step.rules.iter().all(|rule| !rule.source.is_empty()), "{at}");
        assert!(step.event_ids.iter().all(|id| answer.contains(id.as_str())), "{at}");
        let is_there = |from: &String| steps.iter().any(|step| changes::touch(&step.field, from));
        assert!(step.follows_from.iter().all(is_there), "{at}");
    }
}
