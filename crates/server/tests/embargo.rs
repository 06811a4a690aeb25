//! Between receipt and publication a report is under embargo: no rpc shows anything of it in the public view.

use std::collections::BTreeSet;

use docket_api::pb;
use pb::event::Body;
use pb::get_inclusion_proof_request::Which;
use pb::history_service_client::HistoryServiceClient;
use pb::subscription_service_client::SubscriptionServiceClient;
use tokio_stream::StreamExt as _;

use crate::embargo_more;
use crate::harness::{date, event, reason};
use crate::signed::{NOW_MICROS, Signed};
use crate::walk::{Ask, HULL, OPERATORS, SECRET, Said, ask, in_view, methods, record, secret, traces_of};

pub(crate) const INSPECTION: &str = "ilacs-2025-11-03";
/// Calls that show hashes, keys, the register, the policy, indicators (published on their own day) or priorities (of earlier days: priorities.rs): nothing
/// of a report.
const TELL_NOTHING: &[&str] = &[
    "StatusService/ListAuthorities",
    "IndicatorService/GetIndicators",
    "PriorityService/GetPriorities",
    "PolicyService/GetPolicy",
    "ProofService/GetLogKeys",
    "ProofService/GetCheckpoint",
    "ProofService/ListCheckpoints",
    "ProofService/GetConsistencyProof",
    "ProofService/GetCompletenessProof",
];

/// The report, as it is recorded before anybody may see it: with a judgement that was corrected and one that was voided.
fn report() -> Vec<pb::Event> {
    let inspection = INSPECTION.to_owned();
    let kind = pb::InspectionKind::IlacsStandard.into();
    let fieldwork = pb::FieldworkRecorded {
        inspection: inspection.clone(),
        kind,
        ranges: vec![pb::DateRange { first_date: Some(date("2025-11-03")), last_date: None }],
        ..Default::default()
    };
    let judgement = |grade: pb::Grade| pb::Judgement {
        kind: pb::JudgementKind::OverallEffectiveness.into(),
        grade: grade.into(),
        raw_text: SECRET.to_owned(),
    };
    let judgements = |grade| pb::JudgementsMade {
        inspection: inspection.clone(),
        kind,
        judgements: vec![judgement(grade)],
    };
    let received = pb::ReportReceived { inspection: inspection.clone(), ..Default::default() };
    let action = pb::PriorityActionRaised {
        inspection: inspection.clone(),
        reference: "1".to_owned(),
        domain: pb::ServiceDomain::ChildrensSocialCare.into(),
        text: SECRET.to_owned(),
        ..Default::default()
    };
    let area = pb::AreaForImprovementRaised {
        inspection: inspection.clone(),
        reference: "2".to_owned(),
        text: SECRET.to_owned(),
        ..Default::default()
    };
    let due = pb::DueDateStated {
        obligation: format!("{INSPECTION}/written-statement"),
        due_date: Some(date("2026-03-27")),
    };
    let replacement = secret(2, "2025-12-15", Body::JudgementsMade(judgements(pb::Grade::Inadequate)));
    let corrected = pb::FieldCorrected {
        event_id: id(2),
        reason: SECRET.to_owned(),
        replacement: Some(Box::new(replacement)),
    };
    let voided = pb::EventVoided {
        event_id: id(5),
        reason: pb::VoidReason::NeverHappened.into(),
        explanation: SECRET.to_owned(),
    };
    let confirmed = pb::EventsConfirmed { event_ids: vec![id(1), id(2)] };
    vec![
        event(1, HULL, "2025-11-03", Body::FieldworkRecorded(fieldwork)),
        secret(2, "2025-12-15", Body::JudgementsMade(judgements(pb::Grade::RequiresImprovement))),
        secret(3, "2025-12-15", Body::ReportReceived(received)),
        secret(4, "2025-12-15", Body::PriorityActionRaised(action)),
        secret(5, "2025-12-15", Body::AreaForImprovementRaised(area)),
        secret(6, "2025-12-15", Body::DueDateStated(due)),
        secret(7, "2025-12-16", Body::FieldCorrected(Box::new(corrected))),
        secret(8, "2025-12-17", Body::EventVoided(voided)),
        secret(CONFIRMED, "2025-12-18", Body::EventsConfirmed(confirmed)),
    ]
}

/// That a report of which nothing is public was told of by another document too.
const CONFIRMED: u32 = 70;
/// The numbers of the other events that are under embargo.
const WITHHELD: std::ops::RangeInclusive<u32> = 2..=8;
/// Those of a plan for the report, and of a visit that looked at it.
const OF_PLAN: std::ops::RangeInclusive<u32> = 43..=47;

fn published() -> pb::Event {
    let published = pb::ReportPublished {
        inspection: INSPECTION.to_owned(),
        kind: pb::InspectionKind::IlacsStandard.into(),
        ..Default::default()
    };
    event(9, HULL, "2026-01-20", Body::ReportPublished(published))
}

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// What of the report stands in an answer, or in a refusal.
fn traces(said: &Said) -> Vec<String> {
    let mut words: Vec<String> = WITHHELD.chain(OF_PLAN).chain([CONFIRMED]).map(id).collect();
    words.extend([SECRET, "GRADE_INADEQUATE", "GRADE_REQUIRES_IMPROVEMENT", "2026-03-27"].map(str::to_owned));
    traces_of(words, said)
}

/// The position of the judgements.
async fn record_report(server: &Signed) -> u64 {
    let mut positions = Vec::new();
    for event in report().into_iter().chain(embargo_more::report()) {
        positions.push(record(server, event).await);
    }
    server.proofs.step(NOW_MICROS).await.unwrap();
    positions[1]
}

/// The same question in any view.
fn asking(basis: pb::Basis, day: Option<pb::Date>, position: u64) -> impl Fn(pb::View) -> Ask {
    move |view| {
        let as_of = pb::AsOf { basis: basis.into(), effective_date: day, ..in_view(view) };
        Ask { view, as_of, position }
    }
}

#[tokio::test]
async fn the_public_view_of_every_method_shows_nothing_of_a_report_that_is_not_published() {
    let server = Signed::start().await;
    let position = record_report(&server).await;
    embargo_more::record_plan(&server).await;
    let mut walked = BTreeSet::new();
    for method in methods() {
        walked.insert(method.clone());
        if OPERATORS.contains(&method.as_str()) {
            continue;
        }
        for basis in [pb::Basis::Published, pb::Basis::Inspected] {
            for day in [None, Some(date("2025-12-20")), Some(date("2025-11-05"))] {
                let asked = asking(basis, day, position);
                let public = ask(&server, &method, asked(pb::View::Public)).await;
                assert_eq!(traces(&public), [""; 0], "{method} on {day:?} by {basis:?}");
                // And the same question shows it to whoever may see it, so that its silence says something.
                let restricted = ask(&server, &method, asked(pb::View::Restricted)).await;
                let told = !traces(&restricted).is_empty();
                let by_then = day != Some(date("2025-11-05"));
                if TELL_NOTHING.contains(&method.as_str()) {
                    assert!(!told && restricted.is_ok(), "{method}");
                } else if by_then {
                    assert!(told, "{method} on {day:?}: {restricted:?}");
                }
            }
        }
    }
    let named = OPERATORS.iter().chain(TELL_NOTHING).all(|method| walked.contains(*method));
    assert!(named && 25 <= walked.len(), "{walked:?}");
}

#[tokio::test]
async fn after_publication_the_days_before_it_and_what_was_known_before_it_still_show_nothing() {
    let server = Signed::start().await;
    let position = record_report(&server).await;
    embargo_more::record_plan(&server).await;
    let seconds = "2026-01-15T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    server.clock.set("2026-01-21T09:00:00Z".parse().unwrap());
    record(&server, published()).await;
    record(&server, embargo_more::published()).await;
    server.proofs.step(NOW_MICROS).await.unwrap();
    let known = pb::AsOf {
        known_time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        ..in_view(pb::View::Public)
    };
    let earlier = pb::AsOf { effective_date: Some(date("2026-01-19")), ..in_view(pb::View::Public) };
    for method in methods() {
        // These prove and send what is known now, and are asked for no other knowledge.
        let by_now = ["Subscribe", "GetInclusionProof", "GetCaseBundle"];
        if OPERATORS.contains(&method.as_str()) || TELL_NOTHING.contains(&method.as_str()) {
            continue;
        }
        let of = |as_of| Ask { view: pb::View::Public, as_of, position };
        if !by_now.iter().any(|name| method.ends_with(name)) {
            let then = ask(&server, &method, of(known)).await;
            assert_eq!(traces(&then), [""; 0], "{method} as known then");
        }
        let before = ask(&server, &method, of(earlier)).await;
        assert_eq!(traces(&before), [""; 0], "{method} on the day before");
        let now = ask(&server, &method, of(in_view(pb::View::Public))).await;
        assert!(!traces(&now).is_empty(), "{method} shows a report that is published: {now:?}");
    }
}

/// The events of a publication that nobody has seen yet: planned for a day to come, told by its month alone, and recorded by mistake.
fn unseen_publications() -> [Vec<pb::Event>; 3] {
    let on = |day| pb::Event { happened_on: Some(date(day)), ..published() };
    let mistaken = pb::EventVoided {
        event_id: id(9),
        reason: pb::VoidReason::NeverHappened.into(),
        explanation: "the wrong report".to_owned(),
    };
    let mistaken = event(10, HULL, "2026-01-04", Body::EventVoided(mistaken));
    [vec![published()], vec![on("2026-01")], vec![on("2026-01-02"), mistaken]]
}

#[tokio::test]
async fn a_publication_to_come_or_that_was_a_mistake_shows_nothing_to_whoever_asks_the_public_view_of_any_day()
 {
    for publication in unseen_publications() {
        let server = Signed::start().await;
        let position = record_report(&server).await;
        embargo_more::record_plan(&server).await;
        for event in publication.clone() {
            record(&server, event).await;
        }
        record(&server, embargo_more::published()).await;
        server.proofs.step(NOW_MICROS).await.unwrap();
        let can_tell = |method: &String| {
            !OPERATORS.contains(&method.as_str()) && !TELL_NOTHING.contains(&method.as_str())
        };
        for method in methods().into_iter().filter(can_tell) {
            for (basis, day) in [
                (pb::Basis::Published, None),
                (pb::Basis::Published, Some(date("2026-01-20"))),
                (pb::Basis::Published, Some(date("2026-03-01"))),
                (pb::Basis::Inspected, Some(date("2026-03-01"))),
            ] {
                let asked = asking(basis, day, position);
                let public = ask(&server, &method, asked(pb::View::Public)).await;
                assert_eq!(traces(&public), [""; 0], "{method} on {day:?} by {basis:?}: {publication:?}");
                let restricted = ask(&server, &method, asked(pb::View::Restricted)).await;
                assert!(!traces(&restricted).is_empty(), "{method} on {day:?}: {restricted:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_withheld_is_told_by_its_place_and_its_hash_and_by_nothing_else() {
    let server = Signed::start().await;
    let position = record_report(&server).await;
    let asked = Ask { view: pb::View::Public, as_of: in_view(pb::View::Public), position };
    let request = pb::ReadHistoryRequest {
        filter: Some(pb::EventFilter {
            authorities: vec![HULL.to_owned()],
            kinds: vec!["fieldwork_recorded".to_owned()],
            view: pb::View::Public.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let answer = HistoryServiceClient::new(server.channel.clone()).read_history(request).await.unwrap();
    let read: Vec<_> = answer.into_inner().map(|message| message.unwrap().event.unwrap()).collect().await;
    // The fieldwork is of the kind asked for, the registration is not, and of what is withheld nobody is told of which kind it is.
    assert_eq!(
        read.iter().map(|event| event.position).collect::<Vec<_>>(),
        (position - 1..position + 8).collect::<Vec<_>>()
    );
    for event in &read[1..] {
        let only = pb::RecordedEvent {
            position: event.position,
            revision: event.revision,
            leaf_hash: event.leaf_hash.clone(),
            previous_leaf_hash: event.previous_leaf_hash.clone(),
            withheld: Some(pb::Withheld { category: "authority".to_owned() }),
            ..Default::default()
        };
        assert_eq!(*event, only);
        assert_eq!(event.leaf_hash.len(), 32);
    }
    let which = Some(Which::Position(position));
    let proof = pb::GetInclusionProofRequest { which, view: pb::View::Public.into(), ..Default::default() };
    let withheld = server.inclusion(proof.clone()).await;
    assert_eq!((withheld.stored.len(), &withheld.leaf_hash), (0, &read[1].leaf_hash));
    let undated = pb::GetInclusionProofRequest { view: 0, effective_date: Some(date("2026-01-01")), ..proof };
    let refused = server.client.clone().get_inclusion_proof(undated).await.unwrap_err();
    assert!(refused.message().contains("effective_date is the day of a view"), "{}", refused.message());
    let refused = ask(&server, "ProofService/GetCaseBundle", asked).await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_PUBLIC_YET");
}

#[tokio::test]
async fn whoever_follows_the_public_view_is_told_live_that_something_is_withheld_and_then_of_its_publication()
{
    let server = Signed::start().await;
    let request = pb::SubscribeRequest {
        filter: Some(pb::EventFilter {
            authorities: vec![HULL.to_owned()],
            view: pb::View::Public.into(),
            ..Default::default()
        }),
        start: Some(pb::subscribe_request::Start::Now(())),
    };
    let mut client = SubscriptionServiceClient::new(server.channel.clone());
    let mut answers = client.subscribe(request).await.unwrap().into_inner();
    let mut events = async |count: usize| -> Vec<pb::RecordedEvent> {
        let mut read = Vec::new();
        while read.len() < count {
            let message = answers.next().await.unwrap().unwrap().message.unwrap();
            if let pb::subscribe_response::Message::Event(event) = message {
                read.push(event);
            }
        }
        read
    };
    let position = record_report(&server).await;
    let told = events(9).await;
    assert!(told[0].withheld.is_none() && told[0].event.is_some(), "{:?}", told[0]);
    assert!(told[1..].iter().all(|event| event.withheld.is_some() && event.event.is_none()), "{told:?}");
    assert_eq!(told[1].position, position);
    server.clock.set("2026-01-21T09:00:00Z".parse().unwrap());
    record(&server, published()).await;
    let told = events(1).await;
    assert_eq!(told[0].event.as_ref().unwrap().event_id, id(9));
}

#[test]
fn the_calls_of_operators_are_named_where_it_is_decided_what_they_show() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/decisions/0019-withheld-events.md");
    let page = std::fs::read_to_string(page).unwrap();
    for method in OPERATORS {
        let name = method.split('/').next_back().unwrap();
        assert!(page.contains(&format!("`{name}`")), "{method}");
    }
}
