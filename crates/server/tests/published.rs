//! Between the day of a notice, a measure or an exemption and the day on which it is published no rpc shows anything of it in the public view.

use docket_api::pb;
use docket_server::proof::{Demands, verify};
use pb::event::Body;

use crate::harness::{date, event, reason};
use crate::signed::{NOW_MICROS, Signed};
use crate::walk::{Ask, HULL, OPERATORS, SECRET, URN, ask, in_view, methods, record, secret, traces_of};

/// When it happened, a day before it is published, and when it is.
const HAPPENED: &str = "2025-12-01";
const EVE: &str = "2026-01-12";
const PUBLISHED: &str = "2026-01-13";
const NOTICE: &str = "notice-not-out";
const DIRECTION: &str = "direction-not-out";
const MEASURE: &str = "restriction-not-out";

/// Calls that show nothing of a notice, measure or exemption on any day: the register, indicators, what stands in plans, priorities (their
/// criteria are of 2020 and know none), keys and hashes.
const TELL_NOTHING: &[&str] = &[
    "StatusService/ListAuthorities",
    "IndicatorService/GetIndicators",
    "ActionPlanService/GetActionPlan",
    "PriorityService/GetPriorities",
    "PolicyService/GetPolicy",
    "ProofService/GetLogKeys",
    "ProofService/GetCheckpoint",
    "ProofService/ListCheckpoints",
    "ProofService/GetConsistencyProof",
    "ProofService/GetCompletenessProof",
];
/// A bundle is of every event on record: by the restricted view it is given whatever day is asked.
const WHOLE: &str = "ProofService/GetCaseBundle";

/// Everybody knows of it on its own day.
fn known() -> Vec<pb::Event> {
    let direction = pb::DirectionIssued {
        instrument: "direction-known".to_owned(),
        domain: pb::ServiceDomain::ChildrensSocialCare.into(),
        published_date: Some(date("2024-05-01")),
        ..Default::default()
    };
    let details = pb::ProviderDetails {
        kind: pb::ProviderKind::ChildrensHome.into(),
        authority: HULL.to_owned(),
        ..Default::default()
    };
    let registered = pb::ProviderRegistered { details: Some(details) };
    vec![
        event(1, HULL, "2024-05-01", Body::DirectionIssued(direction)),
        of_provider(event(2, HULL, "2018-03-01", Body::ProviderRegistered(registered))),
    ]
}

fn of_provider(event: pb::Event) -> pb::Event {
    pb::Event { stream: format!("provider/{URN}"), ..event }
}

fn beside(event: pb::Event) -> pb::Event {
    pb::Event { published_date: Some(date(PUBLISHED)), ..event }
}

fn notice() -> pb::ImprovementNoticeIssued {
    pb::ImprovementNoticeIssued {
        instrument: NOTICE.to_owned(),
        domain: pb::ServiceDomain::ChildrensSocialCare.into(),
        published_date: Some(date(PUBLISHED)),
        triggers: vec![SECRET.to_owned()],
        adviser: SECRET.to_owned(),
        review_interval_months: 6,
        end_date: Some(date("2027-11-30")),
        replaces: "direction-known".to_owned(),
    }
}

/// What happened to Hull: a notice in place of the direction, with what corrects, replaces and follows it, and the use of an exemption.
fn of_authority() -> Vec<pb::Event> {
    let direction = pb::DirectionIssued {
        instrument: DIRECTION.to_owned(),
        domain: pb::ServiceDomain::Send.into(),
        published_date: Some(date(PUBLISHED)),
        ..Default::default()
    };
    let replaced = pb::InstrumentReplaced {
        old_instrument: "direction-known".to_owned(),
        new_instrument: NOTICE.to_owned(),
    };
    // They name no day: what is about a direction is not public before it is.
    let commissioner = pb::CommissionerAppointed {
        appointment: "commissioner-not-out".to_owned(),
        name: SECRET.to_owned(),
        domain: pb::ServiceDomain::Send.into(),
        instrument: DIRECTION.to_owned(),
        report_due_date: Some(date("2026-03-31")),
        ..Default::default()
    };
    let met = pb::ObligationMet {
        obligation: "commissioner-not-out/first/commissioner-report".to_owned(),
        how: SECRET.to_owned(),
    };
    let corrected = pb::FieldCorrected {
        event_id: id(60),
        reason: SECRET.to_owned(),
        replacement: Some(Box::new(secret(60, "2025-12-02", Body::ImprovementNoticeIssued(notice())))),
    };
    let voided = pb::EventVoided {
        event_id: id(65),
        reason: pb::VoidReason::NeverHappened.into(),
        explanation: SECRET.to_owned(),
    };
    let review = pb::ProgressReviewHeld {
        instrument: NOTICE.to_owned(),
        outcome: SECRET.to_owned(),
        ..Default::default()
    };
    vec![
        secret(60, HAPPENED, Body::ImprovementNoticeIssued(notice())),
        secret(61, HAPPENED, Body::InstrumentReplaced(replaced)),
        secret(62, HAPPENED, Body::DirectionIssued(direction)),
        secret(63, HAPPENED, Body::CommissionerAppointed(commissioner)),
        secret(64, "2025-12-20", Body::ObligationMet(met)),
        secret(65, "2025-12-20", Body::ProgressReviewHeld(review)),
        secret(66, "2025-12-21", Body::EventVoided(voided)),
        secret(67, "2025-12-21", Body::FieldCorrected(Box::new(corrected))),
        beside(secret(68, HAPPENED, Body::ExemptionUsed(exemption()))),
    ]
}

fn exemption() -> pb::ExemptionUsed {
    pb::ExemptionUsed {
        exemption: "exemption-not-out".to_owned(),
        flexibility: pb::Flexibility::VirtualVisits.into(),
        regulation: SECRET.to_owned(),
        rationale: SECRET.to_owned(),
        decided_by: SECRET.to_owned(),
        used_for: SECRET.to_owned(),
        ..Default::default()
    }
}

/// What was done against the home.
fn of_home() -> Vec<pb::Event> {
    let restricted = pb::AccommodationRestricted {
        measure: MEASURE.to_owned(),
        text: SECRET.to_owned(),
        end_date: Some(date("2027-11-30")),
    };
    let appealed = pb::AppealLodged { measure: MEASURE.to_owned() };
    let events = [
        beside(secret(70, HAPPENED, Body::AccommodationRestricted(restricted))),
        secret(71, "2025-12-10", Body::AppealLodged(appealed)),
        beside(secret(72, HAPPENED, Body::ExemptionUsed(exemption()))),
    ];
    events.into_iter().map(of_provider).collect()
}

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn traces(said: &crate::walk::Said) -> Vec<String> {
    let mut words: Vec<String> = (60..=72).map(id).collect();
    words.extend([SECRET, "not-out", "2027-11-30", HAPPENED].map(str::to_owned));
    traces_of(words, said)
}

/// The position of the notice.
async fn record_all(server: &Signed) -> u64 {
    for event in known() {
        record(server, event).await;
    }
    let mut positions = Vec::new();
    for event in of_authority().into_iter().chain(of_home()) {
        positions.push(record(server, event).await);
    }
    server.proofs.step(NOW_MICROS).await.unwrap();
    positions[0]
}

/// The methods in which a notice can show.
fn asked() -> Vec<String> {
    let silent =
        |method: &String| OPERATORS.contains(&method.as_str()) || TELL_NOTHING.contains(&method.as_str());
    let asked: Vec<String> = methods().into_iter().filter(|method| !silent(method)).collect();
    assert!(13 <= asked.len() && asked.len() + OPERATORS.len() + TELL_NOTHING.len() == methods().len());
    asked
}

#[tokio::test]
async fn the_public_view_of_every_method_shows_nothing_of_a_notice_before_its_publication() {
    let server = Signed::start().await;
    let position = record_all(&server).await;
    server.clock.set(format!("{EVE}T09:00:00Z").parse().unwrap());
    for basis in [pb::Basis::Published, pb::Basis::Inspected] {
        // The last day has not come: what is public then is not public yet.
        let days = [EVE, "2025-12-05", "2025-11-30", "2026-03-01"].map(|day| Some(date(day)));
        for day in [None].into_iter().chain(days) {
            let asking = |view| {
                let as_of = pb::AsOf { basis: basis.into(), effective_date: day, ..in_view(view) };
                Ask { view, as_of, position }
            };
            for method in asked() {
                let public = ask(&server, &method, asking(pb::View::Public)).await;
                assert_eq!(traces(&public), [""; 0], "{method} on {day:?} by {basis:?}");
                let restricted = ask(&server, &method, asking(pb::View::Restricted)).await;
                let happened = day != Some(date("2025-11-30")) || method == WHOLE;
                assert!(!happened || !traces(&restricted).is_empty(), "{method} on {day:?}: {restricted:?}");
            }
        }
    }
}

#[tokio::test]
async fn from_its_publication_on_every_method_shows_a_notice_and_on_the_days_before_still_none() {
    let server = Signed::start().await;
    let position = record_all(&server).await;
    server.clock.set(format!("{PUBLISHED}T09:00:00Z").parse().unwrap());
    for method in asked() {
        let on = |day| pb::AsOf { effective_date: day, ..in_view(pb::View::Public) };
        let of = |as_of| Ask { view: pb::View::Public, as_of, position };
        for day in [None, Some(date(PUBLISHED))] {
            let told = ask(&server, &method, of(on(day))).await;
            assert!(!traces(&told).is_empty(), "{method} on {day:?}: {told:?}");
        }
        let told = ask(&server, &method, of(on(Some(date(EVE))))).await;
        assert_eq!(traces(&told), [""; 0], "{method} on the day before");
    }
}

#[tokio::test]
async fn the_direction_that_an_unpublished_notice_replaces_stands_until_then_and_the_days_told_are_the_real_ones()
 {
    let server = Signed::start().await;
    let position = record_all(&server).await;
    server.clock.set(format!("{PUBLISHED}T09:00:00Z").parse().unwrap());
    let mut told = Vec::new();
    for (view, day) in [(pb::View::Public, EVE), (pb::View::Restricted, EVE), (pb::View::Public, PUBLISHED)] {
        let as_of = pb::AsOf { effective_date: Some(date(day)), ..in_view(view) };
        let said = ask(&server, "StatusService/GetStatus", Ask { view, as_of, position }).await.unwrap();
        let status: pb::GetStatusResponse = prost::Message::decode(&said[0].1[..]).unwrap();
        let instruments = status.status.unwrap().instruments;
        let standing = |key: &str| {
            let one = instruments.iter().find(|one| one.instrument == key)?;
            Some((one.standing(), one.from_date, one.to_date))
        };
        told.push((standing("direction-known"), standing(NOTICE)));
    }
    let (began, issued) = (Some(date("2024-05-01")), Some(date("2025-12-02")));
    let replaced = (pb::Standing::Ended, began, Some(date(HAPPENED)));
    let out = (Some(replaced), Some((pb::Standing::InForce, issued, None)));
    assert_eq!(told, [(Some((pb::Standing::InForce, began, None)), None), out, out]);
}

#[tokio::test]
async fn no_bundle_is_of_the_public_view_before_a_publication_and_that_of_the_day_answers_for_the_days_before()
 {
    let server = Signed::start().await;
    record_all(&server).await;
    server.clock.set(format!("{PUBLISHED}T09:00:00Z").parse().unwrap());
    let of = |day| pb::GetCaseBundleRequest {
        authority: HULL.to_owned(),
        as_of: Some(pb::AsOf { effective_date: Some(date(day)), ..in_view(pb::View::Public) }),
        ..Default::default()
    };
    let refused = server.client.clone().get_case_bundle(of(EVE)).await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_PUBLIC_YET");
    let bundle = server.client.clone().get_case_bundle(of(PUBLISHED)).await.unwrap().into_inner();
    let mut told = Vec::new();
    for effective in [None, Some(EVE.parse().unwrap())] {
        let demands = Demands { keys: server.keys().await, effective, ..Demands::default() };
        let verified = verify(bundle.bundle.as_ref().unwrap(), &demands).await.unwrap();
        told.push(verified.status.unwrap().instruments.len());
    }
    // On the day the notice, the second direction and its commissioner stand beside the direction that everybody knew of.
    assert_eq!(told, [4, 1]);
}

#[tokio::test]
async fn a_bundle_by_the_restricted_view_holds_what_is_dated_ahead_and_one_by_the_public_view_waits_for_it() {
    let server = Signed::start().await;
    let ahead = pb::InstrumentRevoked { instrument: "direction-known".to_owned(), ..Default::default() };
    for event in known() {
        record(&server, event).await;
    }
    record(&server, event(3, HULL, "2026-03-31", Body::InstrumentRevoked(ahead))).await;
    server.sign().await;
    let bundle = async |view| {
        let (authority, as_of) = (HULL.to_owned(), Some(in_view(view)));
        let request = pb::GetCaseBundleRequest { authority, as_of, ..Default::default() };
        let answer = server.client.clone().get_case_bundle(request).await;
        answer.map(|answer| answer.into_inner().bundle.unwrap())
    };
    assert_eq!(reason(&bundle(pb::View::Public).await.unwrap_err()), "NOT_PUBLIC_YET");
    let restricted = bundle(pb::View::Restricted).await.unwrap();
    let demands = Demands { keys: server.keys().await, ..Demands::default() };
    let verified = verify(&restricted, &demands).await.unwrap();
    // The register's event and two of Hull's own; by the day asked the direction stands.
    assert_eq!(verified.streams[0], (format!("authority/{HULL}"), 3));
    assert_eq!(verified.status.unwrap().instruments[0].standing(), pb::Standing::InForce);
    server.clock.set("2026-03-31T09:00:00Z".parse().unwrap());
    assert_eq!(bundle(pb::View::Public).await.unwrap().streams, restricted.streams);
    // Dated ahead, but under embargo: what a report says that the authority has not received stands against it.
    let priority = pb::PriorityActionRaised {
        inspection: "ilacs-2026-03-02".to_owned(),
        reference: "1".to_owned(),
        domain: pb::ServiceDomain::ChildrensSocialCare.into(),
        text: SECRET.to_owned(),
        ..Default::default()
    };
    let fieldwork = pb::FieldworkRecorded {
        inspection: "ilacs-2026-03-02".to_owned(),
        kind: pb::InspectionKind::IlacsStandard.into(),
        ..Default::default()
    };
    record(&server, event(4, HULL, "2026-03-02", Body::FieldworkRecorded(fieldwork))).await;
    record(&server, event(5, HULL, "2026-04-20", Body::PriorityActionRaised(priority))).await;
    server.sign().await;
    assert_eq!(reason(&bundle(pb::View::Restricted).await.unwrap_err()), "NOT_PUBLIC_YET");
}
