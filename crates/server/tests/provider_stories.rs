//! Regulated providers with a story: why answers about them say what they say, what is foretold of them, and what made them differ.

use docket_api::pb::provider_service_client::ProviderServiceClient;
use docket_api::{changes, json, pb};
use tonic::Code;
use tonic::transport::Channel;

use crate::explaining::is_explained;
use crate::harness::{World, date, event, history, on, reason};

/// Closed in the end: judged inadequate, restricted, proposed to be cancelled.
const CLOSED: &str = "SC000001";
/// Suspended for a time, with an interim inspection and what was relaxed in 2020.
const SUSPENDED: &str = "SC000002";
/// Hardly anything is known.
const ROUGH: &str = "SC000003";

/// Who, when, and what happened.
const STORY: &[(&str, &str, &str)] = &[
    (
        CLOSED,
        "2018-03-01",
        r#""providerRegistered":{"details":{"kind":"PROVIDER_KIND_CHILDRENS_HOME","authority":"kingston-upon-hull"}}"#,
    ),
    (CLOSED, "2022-04-01", r#""providerChanged":{"details":{"owner":"Care Ltd","places":3}}"#),
    (
        CLOSED,
        "2024-02-06",
        r#""fieldworkRecorded":{"inspection":"full-2024-02-06","kind":"INSPECTION_KIND_PROVIDER_FULL","ranges":[{"firstDate":{"year":2024,"month":2,"day":6}}]}"#,
    ),
    (
        CLOSED,
        "2024-03-01",
        r#""judgementsMade":{"inspection":"full-2024-02-06","kind":"INSPECTION_KIND_PROVIDER_FULL","judgements":[{"kind":"JUDGEMENT_KIND_OVERALL_EXPERIENCES_AND_PROGRESS","grade":"GRADE_INADEQUATE"}]}"#,
    ),
    (
        CLOSED,
        "2024-03-01",
        r#""requirementMade":{"inspection":"full-2024-02-06","reference":"1","text":"Keep children safe.","regulation":"The Children's Homes (England) Regulations 2015 reg 12","dueDate":{"year":2024,"month":3,"day":29}}"#,
    ),
    (
        CLOSED,
        "2024-03-01",
        r#""recommendationMade":{"inspection":"full-2024-02-06","reference":"1","text":"Keep records."}"#,
    ),
    (
        CLOSED,
        "2024-03-01",
        r#""reportPublished":{"inspection":"full-2024-02-06","kind":"INSPECTION_KIND_PROVIDER_FULL"}"#,
    ),
    (
        CLOSED,
        "2024-02-12",
        r#""accommodationRestricted":{"measure":"restriction","text":"No further child."}"#,
    ),
    (
        CLOSED,
        "2024-02-12",
        r#""complianceNoticeServed":{"measure":"notice","steps":[{"reference":"1","text":"Review.","dueDate":{"year":2024,"month":3,"day":11}}]}"#,
    ),
    (CLOSED, "2024-03-10", r#""complianceStepMet":{"measure":"notice","reference":"1"}"#),
    (CLOSED, "2024-04-02", r#""requirementMet":{"inspection":"full-2024-02-06","reference":"1"}"#),
    (CLOSED, "2024-04-02", r#""proposalServed":{"measure":"proposal","kind":"PROPOSAL_KIND_CANCEL"}"#),
    (CLOSED, "2024-04-29", r#""restrictionReviewed":{"measure":"restriction","outcome":"It stands."}"#),
    (CLOSED, "2024-05-20", r#""decisionServed":{"measure":"proposal","outcome":"DECISION_OUTCOME_ADOPTED"}"#),
    (CLOSED, "2024-06-14", r#""appealLodged":{"measure":"proposal"}"#),
    (
        CLOSED,
        "2024-11-04",
        r#""appealDetermined":{"measure":"proposal","outcome":"APPEAL_OUTCOME_DISMISSED"}"#,
    ),
    (
        CLOSED,
        "2024-11-04",
        r#""registrationCancelled":{"how":"REGISTRATION_END_BY_NOTICE","measure":"proposal"}"#,
    ),
    (SUSPENDED, "2017-05-01", r#""providerRegistered":{"details":{"kind":"PROVIDER_KIND_CHILDRENS_HOME"}}"#),
    (
        SUSPENDED,
        "2019-05-14",
        r#""fieldworkRecorded":{"inspection":"full-2019-05-14","kind":"INSPECTION_KIND_PROVIDER_FULL","ranges":[{"firstDate":{"year":2019,"month":5,"day":14}}]}"#,
    ),
    (
        SUSPENDED,
        "2019-06-20",
        r#""judgementsMade":{"inspection":"full-2019-05-14","kind":"INSPECTION_KIND_PROVIDER_FULL","judgements":[{"kind":"JUDGEMENT_KIND_OVERALL_EXPERIENCES_AND_PROGRESS","grade":"GRADE_GOOD"}]}"#,
    ),
    (
        SUSPENDED,
        "2019-06-20",
        r#""reportPublished":{"inspection":"full-2019-05-14","kind":"INSPECTION_KIND_PROVIDER_FULL"}"#,
    ),
    (
        SUSPENDED,
        "2020-01-07",
        r#""fieldworkRecorded":{"inspection":"interim-2020-01-07","kind":"INSPECTION_KIND_PROVIDER_INTERIM","ranges":[{"firstDate":{"year":2020,"month":1,"day":7}}]}"#,
    ),
    (
        SUSPENDED,
        "2020-02-01",
        r#""judgementsMade":{"inspection":"interim-2020-01-07","kind":"INSPECTION_KIND_PROVIDER_INTERIM","judgements":[{"kind":"JUDGEMENT_KIND_INTERIM_EFFECTIVENESS","grade":"GRADE_DECLINED_EFFECTIVENESS"}]}"#,
    ),
    (
        SUSPENDED,
        "2020-02-01",
        r#""reportPublished":{"inspection":"interim-2020-01-07","kind":"INSPECTION_KIND_PROVIDER_INTERIM"}"#,
    ),
    (
        SUSPENDED,
        "2020-05-01",
        r#""exemptionUsed":{"exemption":"visits-2020","flexibility":"FLEXIBILITY_VIRTUAL_VISITS","regulation":"reg 44","rationale":"Risk of infection.","decidedBy":"The provider","usedFor":"Visits"}"#,
    ),
    (SUSPENDED, "2020-06-01", r#""concernReceived":{"concern":"concern-2020","about":"Staffing"}"#),
    (
        SUSPENDED,
        "2024-03-20",
        r#""suspensionImposed":{"measure":"suspension","endDate":{"year":2024,"month":6,"day":12},"urgent":true}"#,
    ),
    (
        SUSPENDED,
        "2024-04-02",
        r#""proposalServed":{"measure":"proposal","kind":"PROPOSAL_KIND_IMPOSE_CONDITION"}"#,
    ),
    (
        SUSPENDED,
        "2024-05-20",
        r#""decisionServed":{"measure":"proposal","outcome":"DECISION_OUTCOME_NOT_ADOPTED"}"#,
    ),
    (
        SUSPENDED,
        "2024-05-20",
        r#""conditionImposed":{"measure":"condition","text":"At most two children.","under":"proposal"}"#,
    ),
    (
        ROUGH,
        "2019",
        r#""providerRegistered":{"details":{"kind":"PROVIDER_KIND_INDEPENDENT_FOSTERING_AGENCY"}}"#,
    ),
    (ROUGH, "2024-02", r#""prosecutionStarted":{"measure":"prosecution","offence":"Unregistered."}"#),
];

fn clients(world: &World) -> ProviderServiceClient<Channel> {
    ProviderServiceClient::new(world.channel.clone())
}

/// The story as events, numbered from 1.
fn story() -> Vec<pb::Event> {
    let numbered = (1..).zip(STORY);
    let told = |(number, (urn, day, body)): (u32, &(&str, &str, &str))| {
        let said: pb::Event = json::from_str(&format!("{{{body}}}")).unwrap();
        pb::Event { stream: format!("provider/{urn}"), ..event(number, "", day, said.body.unwrap()) }
    };
    numbered.map(told).collect()
}

async fn told() -> World {
    let world = World::new().await;
    world.record(story()).await.unwrap();
    world
}

async fn explain(world: &World, urn: &str, field: &str, as_of: pb::AsOf) -> pb::ExplainProviderResponse {
    let (urn, field) = (urn.to_owned(), field.to_owned());
    let request = pb::ExplainProviderRequest { urn, field, as_of: Some(as_of) };
    clients(world).explain_provider(request).await.unwrap().into_inner()
}

async fn status(world: &World, urn: &str, as_of: pb::AsOf) -> pb::ProviderStatus {
    let request = pb::GetProviderRequest { urn: urn.to_owned(), as_of: Some(as_of) };
    clients(world).get_provider(request).await.unwrap().into_inner().status.unwrap()
}

fn step<'a>(told: &'a pb::ExplainProviderResponse, field: &str) -> &'a pb::ExplainedStep {
    let found = told.steps.iter().find(|step| step.field == field);
    found.unwrap_or_else(|| panic!("no step about {field}: {told:#?}"))
}

#[tokio::test]
async fn every_part_of_an_answer_about_a_provider_is_explained_by_what_the_answer_names() {
    let world = told().await;
    world.record(history("ofsted")).await.unwrap();
    let days =
        ["2018-01-01", "2020-06-20", "2024-02-20", "2024-04-10", "2024-05-01", "2024-06-20", "2025-01-01"];
    let mut explained = std::collections::BTreeSet::new();
    for (urn, day) in [CLOSED, SUSPENDED, ROUGH].iter().flat_map(|urn| days.map(|day| (*urn, day))) {
        for view in [pb::View::Public, pb::View::Restricted] {
            let as_of = pb::AsOf { view: view.into(), ..on(day) };
            let status = status(&world, urn, as_of).await;
            let answer = json::to_line(&status);
            let fields = changes::fields(&status);
            let parts = fields.iter().filter(|one| !one.field.contains(['.', '[']) && !one.value.is_empty());
            for part in parts {
                let told = explain(&world, urn, &part.field, as_of).await;
                assert!(!told.steps.is_empty(), "{urn} {day}: nothing explains {}", part.field);
                explained.insert(part.field.clone());
                is_explained(&format!("{urn} {day}"), &told.steps, &fields, &answer);
            }
        }
    }
    let parts = json::descriptor::<pb::ProviderStatus>();
    let all = parts.fields().map(|field| field.name().to_owned()).filter(|name| name != "as_of");
    let left: Vec<_> = all.filter(|name| !explained.contains(name)).collect();
    assert_eq!(left, [""; 0], "the stories have something of every part");
}

#[tokio::test]
async fn a_suspended_registration_follows_from_the_suspension_and_that_from_its_notice() {
    let world = told().await;
    let told = explain(&world, SUSPENDED, "registration.state", on("2024-04-10")).await;
    assert_eq!(step(&told, "registration.state").follows_from, ["measures[suspension].standing"]);
    let suspension = step(&told, "measures[suspension].standing");
    let sources: Vec<&str> = suspension.rules.iter().map(|rule| rule.source.as_str()).collect();
    assert!(sources.contains(&"Care Standards Act 2000 s.20B"), "{suspension:?}");
    assert_eq!(
        suspension.otherwise,
        [
            "in force until a suspension_lifted, an appeal_determined that allows the appeal or a registration_cancelled is recorded; ended, if that happened on or before 2024-04-10",
            "ended, on any day after 2024-06-12, its last",
        ]
    );
    let kinds: Vec<&str> = told.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["provider_registered", "suspension_imposed"]);
}

#[tokio::test]
async fn a_review_meets_the_one_that_it_was_said_to_meet_and_a_right_is_said_to_lapse() {
    let world = told().await;
    let field = "obligations[restriction/restriction-review].state";
    let told = explain(&world, CLOSED, field, on("2024-04-10")).await;
    let come = "no longer listed, if a restriction_reviewed or restriction_lifted is recorded that happened on or before 2024-04-10";
    assert_eq!(step(&told, field).otherwise[0], come);
    let request = pb::ExplainProviderRequest {
        urn: CLOSED.to_owned(),
        field: field.to_owned(),
        as_of: Some(on("2024-04-29")),
    };
    let gone = clients(&world).explain_provider(request).await.unwrap_err();
    assert_eq!((gone.code(), reason(&gone).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
    let field = "obligations[proposal/representations].state";
    let told = explain(&world, CLOSED, field, on("2024-04-10")).await;
    let right = step(&told, field);
    assert!(right.otherwise[1].starts_with("lapsed, on any day after 2024-04-30"), "{right:?}");
    assert!(right.otherwise.iter().all(|line| !line.contains("waived")), "{right:?}");
    let lapsed = explain(&world, CLOSED, field, on("2024-05-10")).await;
    let used = "met, if a representations_received is recorded that happened on or before 2024-04-30";
    assert_eq!(step(&lapsed, field).otherwise[0], used);
    let body = pb::RepresentationsReceived { measure: "proposal".to_owned() };
    let received = event(90, "", "2024-04-30", pb::event::Body::RepresentationsReceived(body));
    world.record(vec![pb::Event { stream: format!("provider/{CLOSED}"), ..received }]).await.unwrap();
    let status = status(&world, CLOSED, on("2024-05-10")).await;
    let right = status.obligations.iter().find(|one| one.obligation == "proposal/representations").unwrap();
    assert_eq!(right.state(), pb::ObligationState::Met);
}

#[tokio::test]
async fn a_requirement_names_the_regulation_and_the_day_that_the_report_gives() {
    let world = told().await;
    let told = explain(&world, CLOSED, "requirements", on("2024-03-30")).await;
    let met = step(&told, "requirements[full-2024-02-06/1].met");
    assert!(met.rules.iter().any(|rule| rule.source.ends_with("reg 12")), "{met:?}");
    assert_eq!(met.follows_from, ["inspections[full-2024-02-06].state"]);
    let told = explain(&world, CLOSED, "obligations[full-2024-02-06/1/requirement]", on("2024-03-30")).await;
    let due = step(&told, "obligations[full-2024-02-06/1/requirement].due_stated_date");
    let made = told.events.iter().find(|event| due.event_ids.contains(&event.event_id)).unwrap();
    assert_eq!((made.kind.as_str(), made.happened_on), ("requirement_made", Some(date("2024-03-01"))));
}

#[tokio::test]
async fn a_changed_detail_rests_on_the_event_that_changed_it() {
    let world = told().await;
    let kinds = async |day| {
        let told = explain(&world, CLOSED, "provider", on(day)).await;
        told.events.into_iter().map(|event| event.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds("2022-03-31").await, ["provider_registered"]);
    assert_eq!(kinds("2022-04-01").await, ["provider_registered", "provider_changed"]);
}

#[tokio::test]
async fn what_is_foretold_of_a_provider_is_answered_once_it_is_recorded() {
    let world = World::new().await;
    let questions = [on("2024-04-10"), pb::AsOf { view: pb::View::Restricted.into(), ..on("2024-06-20") }];
    let urns = [CLOSED, SUSPENDED, ROUGH];
    let answers = async |as_of: pb::AsOf| {
        let mut answers = std::collections::BTreeMap::new();
        for urn in urns {
            let request = pb::GetProviderRequest { urn: urn.to_owned(), as_of: Some(as_of) };
            if let Ok(answer) = clients(&world).get_provider(request).await {
                let status = answer.into_inner().status.unwrap();
                answers.insert(urn.to_owned(), pb::ProviderStatus { as_of: None, ..status });
            }
        }
        answers
    };
    let holiday = crate::harness::holiday(90, "2017-01-01", "2024-03-15");
    let timeless = |status: pb::ProviderStatus| pb::ProviderStatus { as_of: None, ..status };
    let (mut changed, mut first) = (0, 0);
    for event in story().into_iter().chain([holiday]) {
        let mut expected = Vec::new();
        for as_of in questions {
            let mut then = answers(as_of).await;
            let request = pb::RecordRequest {
                events: vec![event.clone()],
                validate_only: true,
                what_if: Some(as_of),
                ..Default::default()
            };
            for change in world.request(request).await.unwrap().provider_changes {
                assert!(!change.changes.is_empty());
                let after = timeless(change.after.unwrap());
                let urn = after.provider.clone().unwrap().urn;
                assert_eq!(then.remove(&urn), change.before.map(timeless), "{event:?}");
                first += usize::from(then.insert(urn, after).is_none());
                changed += 1;
            }
            expected.push(then);
        }
        world.record(vec![event.clone()]).await.unwrap();
        for (as_of, expected) in questions.into_iter().zip(expected) {
            assert_eq!(answers(as_of).await, expected, "{event:?}");
        }
    }
    assert!(30 < changed && 0 < first, "{changed} {first}");
}

#[tokio::test]
async fn a_holiday_moves_what_is_owed_by_providers_and_that_is_foretold_of_each() {
    let world = told().await;
    let holiday = crate::harness::holiday(90, "2024-03-01", "2024-03-15");
    let request = pb::RecordRequest {
        events: vec![holiday],
        validate_only: true,
        what_if: Some(on("2024-03-13")),
        ..Default::default()
    };
    let foretold = world.request(request).await.unwrap();
    let [change] = foretold.provider_changes.as_slice() else { panic!("{foretold:?}") };
    let field = "obligations[notice/compliance-visit].due_computed_date";
    assert!(change.changes.iter().any(|change| change.field == field), "{change:?}");
}

async fn compare(world: &World, urn: &str, first: pb::AsOf, second: pb::AsOf) -> Vec<pb::FieldChange> {
    let request =
        pb::CompareProviderRequest { urn: urn.to_owned(), first: Some(first), second: Some(second) };
    clients(world).compare_provider(request).await.unwrap().into_inner().changes
}

/// The reasons and the kinds of event behind a field.
fn causes(changes: &[pb::FieldChange], field: &str) -> Vec<(pb::ChangeReason, Vec<String>)> {
    let story = story();
    let kind = |id: &String| {
        let event = story.iter().find(|event| event.event_id == *id).unwrap();
        docket_api::kinds::number(event).and_then(docket_api::kinds::name).unwrap().to_owned()
    };
    let change = changes.iter().find(|change| change.field == field).unwrap_or_else(|| panic!("{changes:?}"));
    change.causes.iter().map(|cause| (cause.reason(), cause.event_ids.iter().map(kind).collect())).collect()
}

#[tokio::test]
async fn what_happened_to_a_provider_what_was_learned_and_what_ran_out_are_told_apart() {
    use pb::ChangeReason::{DayPassed, Happened, Learned};
    let world = World::new().await;
    world.record(story().drain(..1).collect()).await.unwrap();
    let before = world.tracker.head().0;
    world.record(story().split_off(1)).await.unwrap();
    let known = |as_of| pb::AsOf { known_position: before, ..as_of };
    let happened = compare(&world, CLOSED, on("2024-03-01"), on("2024-05-07")).await;
    let review = "obligations[restriction/restriction-review]";
    assert_eq!(causes(&happened, review), [(Happened, vec!["restriction_reviewed".to_owned()])]);
    let proposed = [(Happened, vec!["proposal_served".to_owned()])];
    assert_eq!(causes(&happened, "measures[proposal]"), proposed, "a requirement was met on the same day");
    let learned = compare(&world, CLOSED, known(on("2024-03-01")), on("2024-03-01")).await;
    assert_eq!(
        causes(&learned, "measures[restriction]"),
        [(Learned, vec!["accommodation_restricted".to_owned()])]
    );
    assert_eq!(causes(&learned, "provider.details.owner"), [(Learned, vec!["provider_changed".to_owned()])]);
    let passed = compare(&world, SUSPENDED, on("2024-06-12"), on("2024-06-13")).await;
    assert_eq!(causes(&passed, "registration.state"), [(DayPassed, vec![])]);
    let registered = compare(&world, CLOSED, on("2018-02-01"), on("2018-04-01")).await;
    let by = [(Happened, vec!["provider_registered".to_owned()])];
    assert_eq!(causes(&registered, "registration.state"), by);
}

#[tokio::test]
async fn every_difference_between_answers_about_providers_has_a_cause() {
    let world = told().await;
    let head = world.tracker.head().0;
    let points = ["2018-01-01", "2020-06-20", "2024-04-10", "2025-01-01"].map(on);
    let mut reasons = std::collections::BTreeMap::new();
    for (first, second) in points.iter().flat_map(|first| points.iter().map(move |second| (first, second))) {
        for (urn, back) in [(CLOSED, 0), (CLOSED, 20), (SUSPENDED, 0), (ROUGH, 0)] {
            let second = pb::AsOf { known_position: head - back, ..*second };
            for change in compare(&world, urn, *first, second).await {
                assert!(!change.causes.is_empty(), "{urn} {first:?} {second:?} {change:?}");
                for cause in &change.causes {
                    *reasons.entry(cause.reason()).or_insert(0) += 1;
                }
            }
        }
    }
    use pb::ChangeReason::{DayPassed, Happened, Learned};
    assert!([Learned, Happened, DayPassed].iter().all(|reason| 3 < reasons[reason]), "{reasons:?}");
}

#[tokio::test]
async fn a_provider_that_one_of_the_two_answers_does_not_know_is_refused() {
    let world = World::new().await;
    let before = world.tracker.head().0;
    world.record(story()).await.unwrap();
    let first = Some(pb::AsOf { known_position: before, ..on("2024-05-07") });
    let request =
        pb::CompareProviderRequest { urn: CLOSED.to_owned(), first, second: Some(on("2024-05-07")) };
    let refused = clients(&world).compare_provider(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "UNKNOWN_PROVIDER"));
}
