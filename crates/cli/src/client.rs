//! Talking to a server: connecting, and telling people why it refused.

use std::collections::BTreeSet;
use std::time::Duration;

use docket_api::pb;
use docket_api::reason::Reason;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt as _;

use crate::exit::{Exit, Failure};
use crate::refusal::failed;

/// Longest answer accepted. A page of whole statuses is the longest there is.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How often a silent connection is asked whether it is still there, and how long it may take to say so.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long a server may take to accept the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    channel: Channel,
}

impl Client {
    /// Connects to the server at an address: `http://127.0.0.1:50051`, or without the `http://`.
    ///
    /// # Errors
    /// If the text is not an address, or nobody answers there.
    pub(crate) async fn connect(server: &str) -> Result<Self, Failure> {
        let address = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
        if address.starts_with("https://") {
            return Err(Failure::new(Exit::Failed, format!("`{server}`: TLS is not part of this build"))
                .hint("put the server behind a proxy or a tunnel that ends TLS on this machine, and use http://"));
        }
        let endpoint = Endpoint::from_shared(address)
            .ok()
            .filter(|endpoint| endpoint.uri().host().is_some() && endpoint.uri().scheme_str() == Some("http"))
            .ok_or_else(|| {
                Failure::new(Exit::Failed, format!("`{server}` is not the address of a server"))
                    .hint("write it as http://HOST:PORT, for example http://127.0.0.1:50051")
            })?;
        let endpoint = endpoint.http2_keep_alive_interval(KEEPALIVE).keep_alive_timeout(KEEPALIVE);
        let channel = endpoint.connect_timeout(CONNECT_TIMEOUT).connect().await.map_err(|error| {
            Failure::new(Exit::Unreachable, format!("no Docket server answers at {server}: {}", root_cause(&error)))
                .hint(
                    "start one with `docket serve --data DIR` (or `docket demo`), or name another with --server or \
                     DOCKET_SERVER",
                )
        })?;
        Ok(Self { channel })
    }

    /// Questions about regulated providers.
    pub(crate) fn providers(&self) -> pb::provider_service_client::ProviderServiceClient<Channel> {
        pb::provider_service_client::ProviderServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Questions about what stands in plans.
    pub(crate) fn action_plans(&self) -> pb::action_plan_service_client::ActionPlanServiceClient<Channel> {
        pb::action_plan_service_client::ActionPlanServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Questions about indicators.
    pub(crate) fn indicators(&self) -> pb::indicator_service_client::IndicatorServiceClient<Channel> {
        pb::indicator_service_client::IndicatorServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Questions about status.
    pub(crate) fn status(&self) -> pb::status_service_client::StatusServiceClient<Channel> {
        pb::status_service_client::StatusServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Recording.
    pub(crate) fn record(&self) -> pb::record_service_client::RecordServiceClient<Channel> {
        pb::record_service_client::RecordServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// History and replay.
    pub(crate) fn history(&self) -> pb::history_service_client::HistoryServiceClient<Channel> {
        pb::history_service_client::HistoryServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Tables.
    pub(crate) fn export(&self) -> pb::export_service_client::ExportServiceClient<Channel> {
        pb::export_service_client::ExportServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Questions about the days to come.
    pub(crate) fn plan(&self) -> pb::plan_service_client::PlanServiceClient<Channel> {
        pb::plan_service_client::PlanServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The policy.
    pub(crate) fn policy(&self) -> pb::policy_service_client::PolicyServiceClient<Channel> {
        pb::policy_service_client::PolicyServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Whom to visit first.
    pub(crate) fn priority(&self) -> pb::priority_service_client::PriorityServiceClient<Channel> {
        pb::priority_service_client::PriorityServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Proofs.
    pub(crate) fn proof(&self) -> pb::proof_service_client::ProofServiceClient<Channel> {
        pb::proof_service_client::ProofServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Keeping a copy of the log.
    pub(crate) fn replication(&self) -> pb::replication_service_client::ReplicationServiceClient<Channel> {
        pb::replication_service_client::ReplicationServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Following the log.
    pub(crate) fn subscription(&self) -> pb::subscription_service_client::SubscriptionServiceClient<Channel> {
        pb::subscription_service_client::SubscriptionServiceClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }
}

/// Names offered in place of one that nobody has.
const SUGGESTIONS_MAX: usize = 3;
/// How alike a name has to be to be offered.
const LIKENESS_MIN: f64 = 0.8;

impl Client {
    /// A failed question, for people; with names that are like the one that nobody has.
    pub(crate) async fn failed(&self, status: &Status) -> Failure {
        let failure = failed(status);
        let details = status.get_error_details();
        let unknown = details
            .error_info()
            .filter(|info| Reason::from_name(&info.reason) == Some(Reason::UnknownAuthority))
            .and_then(|info| info.metadata.get("authority"));
        let Some(name) = unknown else {
            return failure;
        };
        let request =
            pb::ListAuthoritiesRequest { include_closed: true, ..pb::ListAuthoritiesRequest::default() };
        // Without the register there is nothing to offer; why the question failed is still told.
        let Ok(register) = self.status().list_authorities(request).await else {
            return failure;
        };
        let alike = alike(name, &register.into_inner().authorities);
        if alike.is_empty() { failure } else { failure.hint(format!("did you mean {}?", alike.join(" or "))) }
    }
}

/// Tells a failed question for people.
pub(crate) trait OrFailed<T> {
    /// The answer, or why there is none.
    async fn or_failed(self, client: &Client) -> Result<T, Failure>;
}

impl<T> OrFailed<T> for Result<T, Status> {
    async fn or_failed(self, client: &Client) -> Result<T, Failure> {
        match self {
            Ok(answer) => Ok(answer),
            Err(status) => Err(client.failed(&status).await),
        }
    }
}

/// Whether the regions asked for exist; an answer without a line leaves that open.
///
/// # Errors
/// With the regions that there are, if one of them does not.
pub(crate) async fn check_regions(client: &Client, regions: &[String]) -> Result<(), Failure> {
    if regions.is_empty() {
        return Ok(());
    }
    let request =
        pb::ListAuthoritiesRequest { include_closed: true, ..pb::ListAuthoritiesRequest::default() };
    let register = client.status().list_authorities(request).await.or_failed(client).await?.into_inner();
    let known: BTreeSet<String> =
        register.authorities.into_iter().filter_map(|entry| entry.authority).map(|one| one.region).collect();
    let unknown = regions.iter().find(|region| !known.iter().any(|one| one.eq_ignore_ascii_case(region)));
    unknown.map_or(Ok(()), |region| {
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        Err(Failure::new(Exit::Failed, format!("there is no region {region:?}"))
            .hint(format!("there are {}", known.join(", "))))
    })
}

/// The authorities whose names, aliases or ids are most like a text, the likest first.
fn alike(text: &str, register: &[pb::AuthorityEntry]) -> Vec<String> {
    let text = text.to_lowercase();
    let mut found: Vec<(f64, &str)> = Vec::new();
    for entry in register {
        let Some(authority) = &entry.authority else { continue };
        let names = entry.aliases.iter().chain([&authority.name, &authority.id]);
        let likeness =
            names.map(|name| strsim::jaro_winkler(&text, &name.to_lowercase())).fold(0.0, f64::max);
        if likeness >= LIKENESS_MIN {
            found.push((likeness, &authority.name));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.dedup_by_key(|(_, name)| *name);
    found.into_iter().take(SUGGESTIONS_MAX).map(|(_, name)| format!("{name:?}")).collect()
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_those_like_it() {
        let entry = |name: &str, alias: &str| pb::AuthorityEntry {
            authority: Some(pb::AuthorityRef { name: name.into(), ..pb::AuthorityRef::default() }),
            aliases: vec![alias.into()],
            ..pb::AuthorityEntry::default()
        };
        let register = [entry("Dorset", ""), entry("Kingston upon Hull", "Hull"), entry("Slough", "")];
        assert_eq!(alike("dorst", &register), [r#""Dorset""#]);
        assert_eq!(alike("hulll", &register), [r#""Kingston upon Hull""#]);
        assert!(alike("xyz", &register).is_empty());
    }

    #[tokio::test]
    async fn what_is_no_address_is_said_so() {
        for address in ["ftp://host", "http://", "a b"] {
            let failure = Client::connect(address).await.unwrap_err();
            assert!(failure.text().contains("http://HOST:PORT"), "{}", failure.text());
        }
        assert!(Client::connect("https://host").await.unwrap_err().message.contains("TLS"));
    }
}
