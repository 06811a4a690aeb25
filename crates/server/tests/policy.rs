//! The policy: recorded as an event, told, adopted from a file, and the same for ever as known before.

use docket_api::pb;
use docket_server::policy::{self, adopt};
use docket_server::proof::{Demands, verify};
use pb::ChangeReason as Reason;
use pb::policy_service_client::PolicyServiceClient;
use tonic_types::StatusExt as _;

use crate::harness::{World, date, event, history, inadequate, now, on};
use crate::signed::Signed;

const HULL: &str = "kingston-upon-hull";

async fn told(world: &World, as_of: pb::AsOf) -> pb::GetPolicyResponse {
    let mut client = PolicyServiceClient::new(world.channel.clone());
    client.get_policy(pb::GetPolicyRequest { as_of: Some(as_of) }).await.unwrap().into_inner()
}

/// A policy that sets this number of visits and nothing else.
fn visits(usual: u32) -> pb::PolicyAdopted {
    let text = format!(
        "name = \"x\"\n[[monitoring_visits]]\nusual = {usual}\nsource = \"a letter\"\nmark = \"secondary\"\n"
    );
    policy::read(&text).unwrap()
}

fn known(position: u64, as_of: pb::AsOf) -> pb::AsOf {
    pb::AsOf { known_position: position, ..as_of }
}

#[tokio::test]
async fn a_new_log_begins_with_the_default_and_it_is_recorded_once() {
    let world = World::new().await;
    let first = told(&world, now()).await;
    assert_eq!(first.policy, Some(policy::read(policy::DEFAULT).unwrap()));
    assert_eq!(docket_server::genesis::complete(&world.tracker).await.unwrap(), 0);
    assert!(!first.event_id.is_empty() && !first.sources.is_empty());
    let before = told(&world, known(first.position - 1, now())).await;
    assert_eq!((before.policy, before.event_id), (None, String::new()));
    let at = told(&world, known(first.position, now())).await;
    assert_eq!((at.policy, at.record_time), (first.policy, first.record_time));
}

#[tokio::test]
async fn a_policy_is_recorded_when_it_changes_and_what_was_known_before_is_answered_as_before() {
    let world = World::new().await;
    world
        .record(inadequate(1, HULL, ["2024-01-15", "2024-01-26", "2024-02-20", "2024-03-04"]))
        .await
        .unwrap();
    let usual = |status: pb::AuthorityStatus| status.pathway.unwrap().usual_monitoring_visits.unwrap().count;
    let before = world.tracker.head().0;
    let then = world.status(HULL, on("2024-06-01")).await.unwrap();
    let default = policy::read(policy::DEFAULT).unwrap();
    assert!(!adopt(&world.tracker, &default, "the same again").await.unwrap());
    assert!(adopt(&world.tracker, &visits(4), "policy file").await.unwrap());
    assert!(!adopt(&world.tracker, &visits(4), "policy file").await.unwrap());
    // Back to what it was is a change too.
    assert!(adopt(&world.tracker, &default, "policy file").await.unwrap());
    assert!(adopt(&world.tracker, &visits(4), "policy file").await.unwrap());
    assert_eq!(world.tracker.head().0, before + 3);
    let answers = [known(before, on("2024-06-01")), known(before + 1, on("2024-06-01")), on("2024-06-01")];
    let mut counts = Vec::new();
    for as_of in answers {
        counts.push(usual(world.status(HULL, as_of).await.unwrap()));
    }
    assert_eq!(counts, [6, 4, 4]);
    let again = world.status(HULL, known(before, on("2024-06-01"))).await.unwrap();
    assert_eq!(pb::AuthorityStatus { as_of: None, ..again }, pb::AuthorityStatus { as_of: None, ..then });
}

#[tokio::test]
async fn a_comparison_names_the_policy_as_what_was_learned_in_between() {
    let world = World::new().await;
    world
        .record(inadequate(1, HULL, ["2024-01-15", "2024-01-26", "2024-02-20", "2024-03-04"]))
        .await
        .unwrap();
    let before = world.tracker.head().0;
    adopt(&world.tracker, &visits(4), "policy file").await.unwrap();
    let adopted = told(&world, now()).await.event_id;
    let request = pb::CompareStatusRequest {
        authority: HULL.to_owned(),
        first: Some(known(before, on("2024-06-01"))),
        second: Some(on("2024-06-01")),
    };
    let answer = world.statuses().compare_status(request).await.unwrap().into_inner();
    let change = answer
        .changes
        .iter()
        .find(|change| change.field.starts_with("pathway.usual_monitoring_visits"))
        .unwrap();
    let causes: Vec<_> =
        change.causes.iter().map(|cause| (cause.reason(), cause.event_ids.clone())).collect();
    assert_eq!(causes, [(Reason::Learned, vec![adopted])]);
}

#[tokio::test]
async fn criteria_of_another_policy_rank_by_another_order_and_name_its_event() {
    let world = World::new().await;
    for name in ["croydon", "leeds", HULL] {
        world.record(history(name)).await.unwrap();
    }
    let request = pb::GetPrioritiesRequest { as_of: Some(on("2025-01-01")), ..Default::default() };
    let refused = world.priorities().get_priorities(request.clone()).await.unwrap_err();
    assert!(refused.message().contains("the policy has no criteria for that day"), "{refused:?}");
    let text = "name = \"x\"\n[[priorities]]\nname = \"visits of 2025\"\nfrom = 2025-01-01\n[[priorities.rules]]\n\
                criterion = \"priority_action_open\"\ntext = \"Open.\"\nsource = \"a letter\"\nmark = \"secondary\"\n";
    adopt(&world.tracker, &policy::read(text).unwrap(), "policy file").await.unwrap();
    let answer = world.priorities().get_priorities(request.clone()).await.unwrap().into_inner();
    let table = answer.table.unwrap();
    assert_eq!((table.name.as_str(), table.until_date), ("visits of 2025", None));
    assert_eq!(table.policy_event_id, told(&world, now()).await.event_id);
    let named = |place: &pb::PriorityPlace| {
        place.reasons.iter().all(|reason| reason.criterion() == pb::PriorityCriterion::PriorityActionOpen)
    };
    assert!(answer.places.iter().all(named), "{:?}", answer.places);
    // The table of 2020 is gone with the policy that held it; as known before it is there.
    let autumn = pb::GetPrioritiesRequest { as_of: Some(on("2020-10-01")), ..request };
    assert!(world.priorities().get_priorities(autumn.clone()).await.is_err());
    let before = told(&world, now()).await.position - 1;
    let autumn = pb::GetPrioritiesRequest { as_of: Some(known(before, on("2020-10-01"))), ..autumn };
    assert!(!world.priorities().get_priorities(autumn).await.unwrap().into_inner().places.is_empty());
}

#[tokio::test]
async fn what_a_policy_cannot_set_is_refused_when_it_is_recorded_too() {
    let world = World::new().await;
    let mut policy = visits(4);
    policy.periods.push(pb::PolicyPeriod {
        obligation: pb::ObligationKind::WrittenStatement.into(),
        length: 60,
        unit: pb::PeriodUnit::WorkingDays.into(),
        basis: Some(pb::PolicyBasis {
            source: "a wish".to_owned(),
            mark: pb::RuleMark::Reading.into(),
            ..Default::default()
        }),
    });
    policy.monitoring_visits[0].usual = 0;
    let adopted = pb::event::Body::PolicyAdopted(policy);
    let offered = pb::Event {
        stream: "policy/docket".to_owned(),
        happened_on: None,
        ..event(1, "", "2025-06-01", adopted)
    };
    let refused = world.record(vec![offered.clone()]).await.unwrap_err();
    let details = refused.get_error_details();
    let problems = details.bad_request().unwrap().field_violations.iter();
    let problems: Vec<String> = problems.map(|one| format!("{} {}", one.field, one.description)).collect();
    let parts = [
        "monitoring_visits[0].usual is 0",
        "periods[0].obligation is written_statement, whose rule is settled",
    ];
    for (problem, part) in problems.iter().zip(parts) {
        assert!(problem.contains(part), "{problems:?}");
    }
    assert_eq!(problems.len(), 2);
    let dated = pb::Event {
        happened_on: Some(date("2025-06-01")),
        body: Some(pb::event::Body::PolicyAdopted(visits(4))),
        ..offered.clone()
    };
    let refused = world.record(vec![dated]).await.unwrap_err();
    let field = refused.get_error_details().bad_request().unwrap().field_violations[0].field.clone();
    assert_eq!(field, "events[0].happened_on");
    let elsewhere = pb::Event {
        stream: format!("authority/{HULL}"),
        body: Some(pb::event::Body::PolicyAdopted(visits(4))),
        ..offered
    };
    let refused = world.record(vec![elsewhere]).await.unwrap_err();
    assert!(
        refused.get_error_details().bad_request().unwrap().field_violations[0]
            .description
            .contains("policy/docket")
    );
}

#[tokio::test]
async fn a_bundle_is_answered_again_under_the_policy_that_it_holds() {
    let server = Signed::start().await;
    let mut records = pb::record_service_client::RecordServiceClient::new(server.channel.clone());
    let events = inadequate(1, HULL, ["2024-01-15", "2024-01-26", "2024-02-20", "2024-03-04"]);
    records.record(pb::RecordRequest { events, ..Default::default() }).await.unwrap();
    server.sign().await;
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    let bundle = server.bundle(HULL).await;
    let verified = verify(&bundle, &demands).await.unwrap();
    assert_eq!(verified.streams.last().unwrap(), &("policy/docket".to_owned(), 1));
    assert_eq!(verified.status.unwrap().pathway.unwrap().usual_monitoring_visits.unwrap().count, 6);
    let mut left_out = bundle.clone();
    left_out.streams.pop();
    let refused = verify(&left_out, &demands).await.unwrap_err().to_string();
    assert!(refused.starts_with("status: the events give another answer"), "{refused}");
}
