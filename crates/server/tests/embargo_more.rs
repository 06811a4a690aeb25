//! The calls of plans, of intervals and of providers, as the walk through every rpc asks them; and the report on a provider that it looks for.

use docket_api::pb;
use pb::event::Body;
use pb::plan_service_client::PlanServiceClient;
use pb::priority_service_client::PriorityServiceClient;
use pb::provider_service_client::ProviderServiceClient;

use crate::embargo::{HULL, SECRET, Said, said, secret};
use crate::harness::{date, event};
use crate::signed::Signed;

const URN: &str = "SC012345";
const INSPECTION: &str = "full-2025-11-04";
const KIND: pb::InspectionKind = pb::InspectionKind::ProviderFull;

fn of_provider(event: pb::Event) -> pb::Event {
    pb::Event { stream: format!("provider/{URN}"), ..event }
}

/// A report on a provider before anybody may see it: the judgements and a requirement.
pub(crate) fn report() -> Vec<pb::Event> {
    let details = pb::ProviderDetails {
        kind: pb::ProviderKind::ChildrensHome.into(),
        authority: HULL.to_owned(),
        ..Default::default()
    };
    let registered = pb::ProviderRegistered { details: Some(details) };
    let fieldwork = pb::FieldworkRecorded {
        inspection: INSPECTION.to_owned(),
        kind: KIND.into(),
        ranges: vec![pb::DateRange { first_date: Some(date("2025-11-04")), last_date: None }],
        ..Default::default()
    };
    let judgement = pb::Judgement {
        kind: pb::JudgementKind::OverallExperiencesAndProgress.into(),
        grade: pb::Grade::Inadequate.into(),
        raw_text: SECRET.to_owned(),
    };
    let judgements = pb::JudgementsMade {
        inspection: INSPECTION.to_owned(),
        kind: KIND.into(),
        judgements: vec![judgement],
    };
    let requirement = pb::RequirementMade {
        inspection: INSPECTION.to_owned(),
        reference: "1".to_owned(),
        text: SECRET.to_owned(),
        regulation: SECRET.to_owned(),
        due_date: Some(date("2026-02-27")),
    };
    let received = pb::ReportReceived { inspection: INSPECTION.to_owned(), ..Default::default() };
    let events = [
        event(30, HULL, "2018-03-01", Body::ProviderRegistered(registered)),
        event(31, HULL, "2025-11-04", Body::FieldworkRecorded(fieldwork)),
        secret(32, "2025-12-10", Body::ReportReceived(received)),
        secret(33, "2025-12-10", Body::JudgementsMade(judgements)),
        secret(34, "2025-12-10", Body::RequirementMade(requirement)),
    ];
    events.into_iter().map(of_provider).collect()
}

/// Its publication.
pub(crate) fn published() -> pb::Event {
    let published =
        pb::ReportPublished { inspection: INSPECTION.to_owned(), kind: KIND.into(), ..Default::default() };
    of_provider(event(35, HULL, "2026-01-20", Body::ReportPublished(published)))
}

/// Asks a method that the walk does not ask itself.
pub(crate) async fn ask(server: &Signed, method: &str, as_of: pb::AsOf) -> Said {
    let as_of = Some(as_of);
    let authorities = vec![HULL.to_owned()];
    let plans = || PlanServiceClient::new(server.channel.clone());
    let priorities = || PriorityServiceClient::new(server.channel.clone());
    let providers = || ProviderServiceClient::new(server.channel.clone());
    Ok(vec![match method {
        "PlanService/GetForwardPlan" => {
            let request = pb::GetForwardPlanRequest { as_of, authorities, ..Default::default() };
            said(&plans().get_forward_plan(request).await?.into_inner())
        }
        "PlanService/GetIntervals" => {
            let request = pb::GetIntervalsRequest { as_of, authorities, ..Default::default() };
            said(&plans().get_intervals(request).await?.into_inner())
        }
        // The criteria are of 2020 and 2021 alone.
        "PriorityService/GetPriorities" => {
            let as_of = as_of.map(|as_of| pb::AsOf { effective_date: Some(date("2020-10-01")), ..as_of });
            let request = pb::GetPrioritiesRequest { as_of, authorities, ..Default::default() };
            said(&priorities().get_priorities(request).await?.into_inner())
        }
        "ProviderService/GetProvider" => {
            let request = pb::GetProviderRequest { urn: URN.to_owned(), as_of };
            said(&providers().get_provider(request).await?.into_inner())
        }
        "ProviderService/ListProviders" => {
            let request = pb::ListProvidersRequest { as_of, authorities, ..Default::default() };
            said(&providers().list_providers(request).await?.into_inner())
        }
        "ProviderService/ListProviderObligations" => {
            let request = pb::ListProviderObligationsRequest { as_of, authorities, ..Default::default() };
            said(&providers().list_provider_obligations(request).await?.into_inner())
        }
        other => panic!("{other} is not walked: say here how it is asked, and what its public view shows"),
    }])
}
