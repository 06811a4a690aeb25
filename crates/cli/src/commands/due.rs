//! `docket due`: what is owed or expected, by due date.

use clap::Args;
use docket_api::pb;
use jiff::ToSpan as _;

use crate::args::{AsOfArgs, ServerArgs, term};
use crate::client::{Client, OrFailed as _, check_regions};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::refusal::as_known_at;
use crate::render::obligation::{OVERDUE_MEANS, due_table};
use crate::render::overview::effective;
use crate::render::status::as_of;
use crate::render::words::count;
use crate::when;

/// Obligations asked for at a time.
const PAGE_LEN: i32 = 1_000;

/// What `docket due` is called with.
#[derive(Args, Debug)]
pub(crate) struct Due {
    /// Only of these: GSS code, Ofsted URN, DfE number or name [default: all]
    #[arg(value_name = "AUTHORITY")]
    authorities: Vec<String>,

    /// Due in the next so many calendar days (28 days are some 20 working days), or overdue already
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i32).range(0..=36_600))]
    within: Option<i32>,

    /// Only what is overdue
    #[arg(long)]
    overdue: bool,

    /// Only of authorities in this region; may be given again
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,

    /// Only of this kind; may be given again
    #[arg(long, value_parser = term(KINDS))]
    kind: Vec<i32>,

    /// Also what policy and practice expect: the next visit, the next inspection
    #[arg(long)]
    expectations: bool,

    /// Those of regulated providers instead, located in these authorities: what is owed, and what they may do until when
    #[arg(long, conflicts_with = "region")]
    providers: bool,

    /// With the legal basis of each
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

const KINDS: &[pb::ObligationKind] = &[
    pb::ObligationKind::PublishReport,
    pb::ObligationKind::WrittenStatement,
    pb::ObligationKind::FocusedVisitPlanDraft,
    pb::ObligationKind::FocusedVisitPlanFinal,
    pb::ObligationKind::JtaiStatement,
    pb::ObligationKind::JarPublishReport,
    pb::ObligationKind::SendWrittenStatement,
    pb::ObligationKind::SendPriorityActionPlan,
    pb::ObligationKind::SendMonitoring,
    pb::ObligationKind::SendRevisit,
    pb::ObligationKind::FirstMonitoringVisit,
    pb::ObligationKind::NextMonitoringVisit,
    pb::ObligationKind::NextInspection,
    pb::ObligationKind::OnSiteAfterCall,
    pb::ObligationKind::DraftComments,
    pb::ObligationKind::PublicationExpected,
    pb::ObligationKind::PauseLimit,
    pb::ObligationKind::NoticeReview,
    pb::ObligationKind::CommissionerReport,
    pb::ObligationKind::Other,
    pb::ObligationKind::Requirement,
    pb::ObligationKind::ComplianceStep,
    pb::ObligationKind::Representations,
    pb::ObligationKind::Appeal,
    pb::ObligationKind::ComplianceVisit,
    pb::ObligationKind::ReturnAfterInadequate,
    pb::ObligationKind::RestrictionReview,
];

/// The same to look at: whoever owes it stands in the place of an authority.
fn of_providers(answer: pb::ListProviderObligationsResponse) -> pb::ListObligationsResponse {
    let shown = |owed: pb::ProviderObligation| {
        let provider = owed.provider.unwrap_or_default();
        let name = provider.details.map(|details| details.name).unwrap_or_default();
        let name = format!("{} {name}", provider.urn).trim_end().to_owned();
        let authority = pb::AuthorityRef { id: provider.urn, name, ..pb::AuthorityRef::default() };
        pb::AuthorityObligation { authority: Some(authority), obligation: owed.obligation }
    };
    pb::ListObligationsResponse {
        obligations: answer.obligations.into_iter().map(shown).collect(),
        next_page_token: answer.next_page_token,
        as_of: answer.as_of,
    }
}

impl Due {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        if self.providers {
            let answer = self.list_of_providers(&client).await;
            let answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?;
            if out.json() {
                return out.message(&answer);
            }
            return self.show(&of_providers(answer), out);
        }
        let answer = self.list(&client).await;
        let answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?;
        if answer.obligations.is_empty() {
            check_regions(&client, &self.region).await?;
        }
        if out.json() {
            return out.message(&answer);
        }
        self.show(&answer, out)
    }

    fn show(&self, answer: &pb::ListObligationsResponse, out: &mut Out) -> Result<(), Failure> {
        let style = out.style().why(self.why);
        if !answer.obligations.is_empty() {
            out.text(&due_table(style, &answer.obligations, effective(answer.as_of.as_ref())))?;
            out.line("")?;
        }
        let total = count(answer.obligations.len(), "obligation");
        out.line(&format!("{total}. {}", as_of(answer.as_of.as_ref())))?;
        let overdue = |one: &pb::AuthorityObligation| {
            one.obligation.as_ref().is_some_and(|one| one.state() == pb::ObligationState::Overdue)
        };
        if answer.obligations.iter().any(overdue) { out.line(OVERDUE_MEANS) } else { Ok(()) }
    }

    async fn list_of_providers(
        &self,
        client: &Client,
    ) -> Result<pb::ListProviderObligationsResponse, Failure> {
        let asked = self.request()?;
        let mut request = pb::ListProviderObligationsRequest {
            as_of: asked.as_of,
            urns: Vec::new(),
            authorities: asked.authorities,
            states: asked.states,
            kinds: asked.kinds,
            due_until_date: asked.due_until_date,
            include_expectations: asked.include_expectations,
            page_size: asked.page_size,
            page_token: String::new(),
        };
        let mut whole = pb::ListProviderObligationsResponse::default();
        loop {
            let page = client.providers().list_provider_obligations(request.clone()).await;
            let page = page.or_failed(client).await?.into_inner();
            whole.obligations.extend(page.obligations);
            whole.as_of = page.as_of;
            if page.next_page_token.is_empty() {
                return Ok(whole);
            }
            request.page_token = page.next_page_token;
        }
    }

    async fn list(&self, client: &Client) -> Result<pb::ListObligationsResponse, Failure> {
        let mut request = self.request()?;
        let mut whole = pb::ListObligationsResponse::default();
        loop {
            let page =
                client.status().list_obligations(request.clone()).await.or_failed(client).await?.into_inner();
            whole.obligations.extend(page.obligations);
            whole.as_of = page.as_of;
            if page.next_page_token.is_empty() {
                return Ok(whole);
            }
            request.page_token = page.next_page_token;
        }
    }

    fn request(&self) -> Result<pb::ListObligationsRequest, Failure> {
        let until = match self.within {
            None => None,
            Some(days) => Some(self.as_of.effective_day().checked_add(days.days()).map_err(|error| {
                Failure::new(Exit::Failed, format!("--within {days} leads out of the calendar: {error}"))
            })?),
        };
        let states = if self.overdue { vec![pb::ObligationState::Overdue.into()] } else { Vec::new() };
        Ok(pb::ListObligationsRequest {
            as_of: Some(self.as_of.to_pb()),
            authorities: self.authorities.clone(),
            regions: self.region.clone(),
            states,
            kinds: self.kind.clone(),
            due_until_date: until.map(when::to_pb),
            include_expectations: self.expectations,
            page_size: PAGE_LEN,
            page_token: String::new(),
        })
    }
}
