//! How the walks through every rpc ask each of them, and who may never be asked in a view.

use docket_api::{json, pb};
use pb::action_plan_service_client::ActionPlanServiceClient;
use pb::event::Body;
use pb::export_service_client::ExportServiceClient;
use pb::get_inclusion_proof_request::Which;
use pb::history_service_client::HistoryServiceClient;
use pb::indicator_service_client::IndicatorServiceClient;
use pb::plan_service_client::PlanServiceClient;
use pb::policy_service_client::PolicyServiceClient;
use pb::priority_service_client::PriorityServiceClient;
use pb::provider_service_client::ProviderServiceClient;
use pb::record_service_client::RecordServiceClient;
use pb::status_service_client::StatusServiceClient;
use pb::subscription_service_client::SubscriptionServiceClient;
use prost::{Message, Name};
use tokio_stream::StreamExt as _;
use tonic::Status;

use crate::harness::{date, event};
use crate::signed::Signed;

pub(crate) const HULL: &str = "kingston-upon-hull";
pub(crate) const URN: &str = "SC012345";
/// Stands in every text of what is not public yet.
pub(crate) const SECRET: &str = "under embargo";
/// Calls of operators, which show what was recorded whatever it is, with what names them in docs/decisions/0019-withheld-events.md.
pub(crate) const OPERATORS: &[&str] =
    &["RecordService/Record", "RecordService/RecordStream", "ReplicationService/Replicate"];

/// A question: what of it the method asked has no field for is left out.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) view: pb::View,
    pub(crate) as_of: pb::AsOf,
    /// Where something that is asked for is recorded.
    pub(crate) position: u64,
}

/// What was answered: every message as JSON and as bytes.
pub(crate) type Said = Result<Vec<(String, Vec<u8>)>, Status>;

pub(crate) fn said<M: Message + Name>(message: &M) -> (String, Vec<u8>) {
    (json::to_line(message), message.encode_to_vec())
}

pub(crate) fn secret(number: u32, day: &str, body: Body) -> pb::Event {
    pb::Event { note: SECRET.to_owned(), ..event(number, HULL, day, body) }
}

pub(crate) fn in_view(view: pb::View) -> pb::AsOf {
    pb::AsOf { view: view.into(), ..Default::default() }
}

pub(crate) async fn record(server: &Signed, event: pb::Event) -> u64 {
    let request = pb::RecordRequest { events: vec![event], ..Default::default() };
    let recorded = RecordServiceClient::new(server.channel.clone()).record(request).await.unwrap();
    recorded.into_inner().recorded[0].position
}

/// Which of these words stand in an answer, or in a refusal.
pub(crate) fn traces_of(words: Vec<String>, said: &Said) -> Vec<String> {
    let refused = |status: &Status| vec![(status.message().to_owned(), status.details().to_vec())];
    let told = said.as_ref().map_or_else(refused, Clone::clone);
    let stands = |word: &String| {
        let in_bytes = |bytes: &Vec<u8>| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        told.iter().any(|(text, bytes)| text.contains(word.as_str()) || in_bytes(bytes))
    };
    words.into_iter().filter(stands).collect()
}

/// Every method of every service, as `Service/Method`.
pub(crate) fn methods() -> Vec<String> {
    let services = json::descriptors().services().filter(|service| service.package_name() == "docket.v1");
    let named = |service: prost_reflect::ServiceDescriptor| -> Vec<String> {
        service.methods().map(|method| format!("{}/{}", service.name(), method.name())).collect()
    };
    services.flat_map(named).collect()
}

/// Asks a method.
pub(crate) async fn ask(server: &Signed, method: &str, ask: Ask) -> Said {
    let as_of = Some(ask.as_of);
    let authority = HULL.to_owned();
    let statuses = || StatusServiceClient::new(server.channel.clone());
    let proofs = || server.client.clone();
    let one = match method {
        "StatusService/GetStatus" => {
            let request = pb::GetStatusRequest { authority, as_of };
            said(&statuses().get_status(request).await?.into_inner())
        }
        "StatusService/ListStatuses" => {
            let request =
                pb::ListStatusesRequest { as_of, authorities: vec![authority], ..Default::default() };
            said(&statuses().list_statuses(request).await?.into_inner())
        }
        "StatusService/CompareStatus" => {
            let eve = pb::AsOf { effective_date: Some(date("2025-11-01")), ..ask.as_of };
            let request = pb::CompareStatusRequest { authority, first: Some(eve), second: as_of };
            said(&statuses().compare_status(request).await?.into_inner())
        }
        "StatusService/ListObligations" => {
            let authorities = vec![authority];
            let request = pb::ListObligationsRequest {
                as_of,
                authorities,
                include_expectations: true,
                ..Default::default()
            };
            said(&statuses().list_obligations(request).await?.into_inner())
        }
        "StatusService/ListAuthorities" => {
            let request = pb::ListAuthoritiesRequest { as_of, include_closed: true, ..Default::default() };
            said(&statuses().list_authorities(request).await?.into_inner())
        }
        "StatusService/ExplainStatus" => return explanations(server, ask.as_of).await,
        "HistoryService/ReadHistory" => return history(server, ask).await,
        "HistoryService/ReplayCase" => return replays(server, ask).await,
        "ExportService/Export" => return exports(server, ask).await,
        "SubscriptionService/Subscribe" => return subscription(server, ask).await,
        "ProofService/GetLogKeys" => {
            said(&proofs().get_log_keys(pb::GetLogKeysRequest {}).await?.into_inner())
        }
        "ProofService/GetCheckpoint" => {
            said(&proofs().get_checkpoint(pb::GetCheckpointRequest { which: None }).await?.into_inner())
        }
        "ProofService/ListCheckpoints" => {
            said(&proofs().list_checkpoints(pb::ListCheckpointsRequest::default()).await?.into_inner())
        }
        "ProofService/GetInclusionProof" => {
            let which = Some(Which::Position(ask.position));
            let (view, effective_date) = (ask.view.into(), ask.as_of.effective_date);
            let request = pb::GetInclusionProofRequest { which, checkpoint_size: 0, view, effective_date };
            said(&proofs().get_inclusion_proof(request).await?.into_inner())
        }
        "ProofService/GetConsistencyProof" => {
            let request = pb::GetConsistencyProofRequest { first_size: ask.position, second_size: 0 };
            said(&proofs().get_consistency_proof(request).await?.into_inner())
        }
        "ProofService/GetCompletenessProof" => {
            let which = Some(pb::get_completeness_proof_request::Which::Authority(authority));
            let request = pb::GetCompletenessProofRequest { which, checkpoint_size: 0 };
            said(&proofs().get_completeness_proof(request).await?.into_inner())
        }
        "ProofService/GetCaseBundle" => return bundles(server, ask).await,
        other => return ask_more(server, other, ask.as_of).await,
    };
    Ok(vec![one])
}

/// Asks about plans, intervals, priorities and indicators.
async fn ask_more(server: &Signed, method: &str, as_of: pb::AsOf) -> Said {
    let as_of = Some(as_of);
    let authorities = vec![HULL.to_owned()];
    let plans = || PlanServiceClient::new(server.channel.clone());
    let authority = HULL.to_owned();
    let action_plans = || ActionPlanServiceClient::new(server.channel.clone());
    let indicators = || IndicatorServiceClient::new(server.channel.clone());
    let priorities = || PriorityServiceClient::new(server.channel.clone());
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
            let of_providers = pb::GetPrioritiesRequest { providers: true, ..request.clone() };
            let of_authorities = said(&priorities().get_priorities(request).await?.into_inner());
            let of_providers = said(&priorities().get_priorities(of_providers).await?.into_inner());
            return Ok(vec![of_authorities, of_providers]);
        }
        "ActionPlanService/GetActionPlan" => {
            let request = pb::GetActionPlanRequest { authority, as_of, ..Default::default() };
            said(&action_plans().get_action_plan(request).await?.into_inner())
        }
        "IndicatorService/GetIndicators" => {
            let request = pb::GetIndicatorsRequest { authority, as_of, ..Default::default() };
            said(&indicators().get_indicators(request).await?.into_inner())
        }
        "PolicyService/GetPolicy" => {
            let mut policies = PolicyServiceClient::new(server.channel.clone());
            said(&policies.get_policy(pb::GetPolicyRequest { as_of }).await?.into_inner())
        }
        other => return ask_providers(server, other, as_of).await,
    }])
}

/// Asks about regulated providers.
async fn ask_providers(server: &Signed, method: &str, as_of: Option<pb::AsOf>) -> Said {
    let authorities = vec![HULL.to_owned()];
    let providers = || ProviderServiceClient::new(server.channel.clone());
    Ok(vec![match method {
        "ProviderService/GetProvider" => {
            let request = pb::GetProviderRequest { urn: URN.to_owned(), as_of };
            said(&providers().get_provider(request).await?.into_inner())
        }
        "ProviderService/CompareProvider" => {
            let eve = as_of.map(|as_of| pb::AsOf { effective_date: Some(date("2025-11-01")), ..as_of });
            let request = pb::CompareProviderRequest { urn: URN.to_owned(), first: eve, second: as_of };
            said(&providers().compare_provider(request).await?.into_inner())
        }
        "ProviderService/ListProviders" => {
            let request = pb::ListProvidersRequest { as_of, authorities, ..Default::default() };
            said(&providers().list_providers(request).await?.into_inner())
        }
        "ProviderService/ListProviderObligations" => {
            let request = pb::ListProviderObligationsRequest {
                as_of,
                authorities,
                include_expectations: true,
                ..Default::default()
            };
            said(&providers().list_provider_obligations(request).await?.into_inner())
        }
        "ProviderService/ExplainProvider" => return provider_explanations(server, as_of).await,
        other => panic!("{other} is not walked: say here how it is asked, and what its public view shows"),
    }])
}

/// An explanation of every field of the answer.
async fn explanations(server: &Signed, as_of: pb::AsOf) -> Said {
    let mut told = Vec::new();
    for part in json::descriptor::<pb::AuthorityStatus>().fields() {
        let (authority, field) = (HULL.to_owned(), part.name().to_owned());
        let request = pb::ExplainStatusRequest { authority, field, as_of: Some(as_of) };
        match StatusServiceClient::new(server.channel.clone()).explain_status(request).await {
            Ok(explanation) => told.push(said(&explanation.into_inner())),
            Err(refused) => told.push((refused.message().to_owned(), refused.details().to_vec())),
        }
    }
    Ok(told)
}

/// The same of a provider.
async fn provider_explanations(server: &Signed, as_of: Option<pb::AsOf>) -> Said {
    let mut told = Vec::new();
    for part in json::descriptor::<pb::ProviderStatus>().fields() {
        let (urn, field) = (URN.to_owned(), part.name().to_owned());
        let request = pb::ExplainProviderRequest { urn, field, as_of };
        match ProviderServiceClient::new(server.channel.clone()).explain_provider(request).await {
            Ok(explanation) => told.push(said(&explanation.into_inner())),
            Err(refused) => told.push((refused.message().to_owned(), refused.details().to_vec())),
        }
    }
    Ok(told)
}

fn filter(ask: Ask, kinds: &[&str]) -> Option<pb::EventFilter> {
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let effective_date = ask.as_of.effective_date;
    Some(pb::EventFilter { kinds, view: ask.view.into(), effective_date, ..Default::default() })
}

/// History both ways, of all kinds and of one.
async fn history(server: &Signed, ask: Ask) -> Said {
    let mut read = Vec::new();
    for (direction, kinds, each) in [
        (pb::Direction::Forward, vec![], 0),
        (pb::Direction::Backward, vec!["judgements_made", "improvement_notice_issued"], 0),
        (pb::Direction::Forward, vec!["priority_action_raised", "report_published"], 9),
    ] {
        let request = pb::ReadHistoryRequest {
            filter: filter(ask, &kinds),
            direction: direction.into(),
            known_time: ask.as_of.known_time,
            events_per_response: each,
            ..Default::default()
        };
        let answer = HistoryServiceClient::new(server.channel.clone()).read_history(request).await?;
        let mut answer = answer.into_inner();
        while let Some(message) = answer.next().await {
            read.push(said(&message?));
        }
    }
    Ok(read)
}

/// Of an authority and of a provider; refused only where both are.
async fn bundles(server: &Signed, ask: Ask) -> Said {
    let as_of = Some(pb::AsOf { known_time: None, known_position: 0, ..ask.as_of });
    let (authority, provider) = (HULL.to_owned(), URN.to_owned());
    let of_authority = pb::GetCaseBundleRequest { authority, as_of, ..Default::default() };
    let of_provider = pb::GetCaseBundleRequest { provider, as_of, ..Default::default() };
    let mut proofs = server.client.clone();
    let of_authority = proofs.get_case_bundle(of_authority).await;
    match (of_authority, proofs.get_case_bundle(of_provider).await) {
        (Err(refused), Err(_)) => Err(refused),
        (one, other) => {
            let bundles = [one, other].into_iter().filter_map(Result::ok);
            Ok(bundles.map(|bundle| said(&bundle.into_inner())).collect())
        }
    }
}

async fn replays(server: &Signed, ask: Ask) -> Said {
    let mut steps = Vec::new();
    for subject in [HULL.to_owned(), format!("provider/{URN}")] {
        for order in [pb::ReplayOrder::Recorded, pb::ReplayOrder::Happened] {
            let (authority, order) = (subject.clone(), order.into());
            let request = pb::ReplayCaseRequest { authority, as_of: Some(ask.as_of), order };
            let answer = HistoryServiceClient::new(server.channel.clone()).replay_case(request).await;
            // A world without the provider has nothing to replay of it.
            let Ok(answer) = answer else { continue };
            let mut answer = answer.into_inner();
            while let Some(step) = answer.next().await {
                steps.push(said(&step?));
            }
        }
    }
    Ok(steps)
}

async fn subscription(server: &Signed, ask: Ask) -> Said {
    let request = pb::SubscribeRequest {
        filter: filter(ask, &[]),
        start: Some(pb::subscribe_request::Start::AfterPosition(0)),
    };
    let mut client = SubscriptionServiceClient::new(server.channel.clone());
    let mut answers = client.subscribe(request).await?.into_inner();
    let mut told = Vec::new();
    while let Some(message) = answers.next().await {
        let message = message?;
        told.push(said(&message));
        if matches!(message.message, Some(pb::subscribe_response::Message::CaughtUp(_))) {
            break;
        }
    }
    Ok(told)
}

/// Every table, of the authority and of everything in its region.
async fn exports(server: &Signed, ask: Ask) -> Said {
    let mut told = Vec::new();
    for table in 1..=7 {
        for (format, regions) in
            [(pb::TableFormat::Csv, ""), (pb::TableFormat::Json, "Yorkshire and the Humber")]
        {
            let regions: Vec<String> =
                Some(regions.to_owned()).filter(|region| !region.is_empty()).into_iter().collect();
            let authorities = if regions.is_empty() { vec![HULL.to_owned()] } else { Vec::new() };
            let (format, as_of) = (format.into(), Some(ask.as_of));
            let request = pb::ExportRequest { table, format, as_of, authorities, regions };
            let mut client = ExportServiceClient::new(server.channel.clone());
            let mut answers = client.export(request).await?.into_inner();
            while let Some(message) = answers.next().await {
                told.push(said(&message?));
            }
        }
    }
    Ok(told)
}
