//! `docket provider` and `docket providers`: one regulated provider in full, many in a table.

use std::collections::HashMap;

use clap::Args;
use docket_api::pb;

use crate::args::{AsOfArgs, ServerArgs, term};
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::Out;
use crate::refusal::as_known_at;
use crate::render::provider::{provider, providers};
use crate::render::status::as_of;
use crate::render::words::count;

/// Statuses asked for at a time.
const PAGE_LEN: i32 = 200;

/// What `docket provider` is called with.
#[derive(Args, Debug)]
#[command(after_help = "With --json the answer is a GetProviderResponse.")]
pub(crate) struct Provider {
    /// Ofsted URN: SC012345, 1234567
    #[arg(value_name = "URN")]
    urn: String,

    /// Whole event ids, and the legal basis of everything
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl Provider {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let request = pb::GetProviderRequest { urn: self.urn, as_of: Some(self.as_of.to_pb()) };
        let answer = client.providers().get_provider(request).await.or_failed(&client).await;
        let answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?.into_inner();
        if out.json() {
            return out.message(&answer);
        }
        let style = out.style().why(self.why);
        let mut statuses = [answer.status.unwrap_or_default()];
        name_authorities(&client, &self.as_of, &mut statuses).await?;
        let [status] = &statuses;
        out.text(&provider(style, status))
    }
}

/// For people the name of the authority in whose area a provider is stands in the place of Docket's own id of it.
async fn name_authorities(
    client: &Client,
    as_of: &AsOfArgs,
    statuses: &mut [pb::ProviderStatus],
) -> Result<(), Failure> {
    let request =
        pb::ListAuthoritiesRequest { query: String::new(), as_of: Some(as_of.to_pb()), include_closed: true };
    let register = client.status().list_authorities(request).await.or_failed(client).await?.into_inner();
    put_names(statuses, &register.authorities);
    Ok(())
}

fn put_names(statuses: &mut [pb::ProviderStatus], register: &[pb::AuthorityEntry]) {
    let names: HashMap<&str, &str> = register
        .iter()
        .filter_map(|entry| entry.authority.as_ref())
        .map(|authority| (authority.id.as_str(), authority.name.as_str()))
        .collect();
    let details = statuses.iter_mut().filter_map(|status| status.provider.as_mut()?.details.as_mut());
    for details in details {
        if let Some(name) = names.get(details.authority.as_str()).filter(|name| !name.is_empty()) {
            details.authority = (*name).to_owned();
        }
    }
}

/// What `docket providers` is called with.
#[derive(Args, Debug)]
#[command(after_help = "With --json the answer is one ListProvidersResponse.")]
pub(crate) struct Providers {
    /// Only those in the area of this authority: GSS code, Ofsted URN, DfE number or name; may be given again
    #[arg(long, value_name = "AUTHORITY")]
    authority: Vec<String>,

    /// Only those of this kind; may be given again
    #[arg(long, value_parser = term(KINDS))]
    kind: Vec<i32>,

    /// Only those with this overall grade; may be given again
    #[arg(long, value_parser = term(GRADES))]
    grade: Vec<i32>,

    /// Only those with such a measure in force; may be given again
    #[arg(long, value_parser = term(MEASURES))]
    measure: Vec<i32>,

    /// Also those that are no longer registered on the day
    #[arg(long)]
    include_cancelled: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

/// What a provider can be.
pub(crate) const KINDS: &[pb::ProviderKind] = &[
    pb::ProviderKind::ChildrensHome,
    pb::ProviderKind::SecureChildrensHome,
    pb::ProviderKind::SecureTrainingCentre,
    pb::ProviderKind::IndependentFosteringAgency,
    pb::ProviderKind::VoluntaryAdoptionAgency,
    pb::ProviderKind::AdoptionSupportAgency,
    pb::ProviderKind::ResidentialFamilyCentre,
    pb::ProviderKind::ResidentialHolidayScheme,
    pb::ProviderKind::BoardingSchool,
    pb::ProviderKind::ResidentialSpecialSchool,
    pb::ProviderKind::ResidentialSpecialSchoolAsHome,
    pb::ProviderKind::FurtherEducationWithResidence,
    pb::ProviderKind::SupportedAccommodation,
    pb::ProviderKind::Cafcass,
    pb::ProviderKind::EarlyYearsSetting,
    pb::ProviderKind::School,
    pb::ProviderKind::College,
];

const GRADES: &[pb::Grade] = &[
    pb::Grade::Outstanding,
    pb::Grade::Good,
    pb::Grade::RequiresImprovement,
    pb::Grade::Adequate,
    pb::Grade::Inadequate,
];

const MEASURES: &[pb::MeasureKind] = &[
    pb::MeasureKind::ComplianceNotice,
    pb::MeasureKind::Restriction,
    pb::MeasureKind::Proposal,
    pb::MeasureKind::Suspension,
    pb::MeasureKind::Condition,
    pb::MeasureKind::UrgentOrder,
    pb::MeasureKind::Prosecution,
];

impl Providers {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let answer = self.list(&client).await;
        let mut answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?;
        if out.json() {
            return out.message(&answer);
        }
        if !answer.statuses.is_empty() {
            let style = out.style();
            name_authorities(&client, &self.as_of, &mut answer.statuses).await?;
            out.text(&providers(style, &answer.statuses))?;
            out.line("")?;
        }
        let total = count(answer.statuses.len(), "provider");
        out.line(&format!("{total}. {}", as_of(answer.as_of.as_ref())))
    }

    async fn list(&self, client: &Client) -> Result<pb::ListProvidersResponse, Failure> {
        let mut request = pb::ListProvidersRequest {
            as_of: Some(self.as_of.to_pb()),
            authorities: self.authority.clone(),
            kinds: self.kind.clone(),
            grades: self.grade.clone(),
            measures: self.measure.clone(),
            include_cancelled: self.include_cancelled,
            page_size: PAGE_LEN,
            page_token: String::new(),
        };
        let mut whole = pb::ListProvidersResponse::default();
        loop {
            let page = client
                .providers()
                .list_providers(request.clone())
                .await
                .or_failed(client)
                .await?
                .into_inner();
            whole.statuses.extend(page.statuses);
            whole.as_of = page.as_of;
            if page.next_page_token.is_empty() {
                return Ok(whole);
            }
            request.page_token = page.next_page_token;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_authority_stands_where_its_id_was_and_an_id_that_is_in_no_register_stays() {
        let of = |id: &str| pb::ProviderStatus {
            provider: Some(pb::ProviderRef {
                details: Some(pb::ProviderDetails { authority: id.into(), ..Default::default() }),
                ..Default::default()
            }),
            ..Default::default()
        };
        let hull = pb::AuthorityRef {
            id: "kingston-upon-hull".into(),
            name: "Kingston upon Hull".into(),
            ..Default::default()
        };
        let register = [pb::AuthorityEntry { authority: Some(hull), ..Default::default() }];
        let mut statuses = [of("kingston-upon-hull"), of("elsewhere"), pb::ProviderStatus::default()];
        put_names(&mut statuses, &register);
        assert_eq!(statuses[..2], [of("Kingston upon Hull"), of("elsewhere")]);
    }
}
