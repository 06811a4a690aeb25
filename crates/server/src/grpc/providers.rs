//! `ProviderService`.

use docket_api::from_proto::{LIST_LEN_MAX, Problems};
use docket_api::pb::provider_service_server::ProviderService;
use docket_api::{from_proto, pb, to_proto};
use docket_domain::id::ProviderUrn;
use docket_domain::terms::{Grade, MeasureKind, ObligationKind, ObligationState, ProviderKind};
use tonic::{Request, Response, Status, async_trait};

use super::Grpc;
use super::errors::Failure;
use super::page::{self, Page};
use super::respond;
use super::status::{day, field, names, terms};
use crate::tracker::{Comparison, Explanation, ObligationFilter, ProviderFilter, ProviderOwed};

/// Statuses on a page, where the request does not say.
const STATUSES_PAGE_DEFAULT: usize = 50;
/// Most statuses on a page.
const STATUSES_PAGE_MAX: usize = 200;
/// Obligations on a page, where the request does not say.
const OBLIGATIONS_PAGE_DEFAULT: usize = 200;
/// Most obligations on a page.
const OBLIGATIONS_PAGE_MAX: usize = 1_000;

#[async_trait]
impl ProviderService for Grpc {
    async fn get_provider(
        &self,
        request: Request<pb::GetProviderRequest>,
    ) -> Result<Response<pb::GetProviderResponse>, Status> {
        respond::one("GetProvider", self.provider(request.into_inner())).await
    }

    async fn list_providers(
        &self,
        request: Request<pb::ListProvidersRequest>,
    ) -> Result<Response<pb::ListProvidersResponse>, Status> {
        respond::one("ListProviders", self.providers(request.into_inner())).await
    }

    async fn list_provider_obligations(
        &self,
        request: Request<pb::ListProviderObligationsRequest>,
    ) -> Result<Response<pb::ListProviderObligationsResponse>, Status> {
        respond::one("ListProviderObligations", self.provider_obligations(request.into_inner())).await
    }

    async fn compare_provider(
        &self,
        request: Request<pb::CompareProviderRequest>,
    ) -> Result<Response<pb::CompareProviderResponse>, Status> {
        respond::one("CompareProvider", self.compared_provider(request.into_inner())).await
    }

    async fn explain_provider(
        &self,
        request: Request<pb::ExplainProviderRequest>,
    ) -> Result<Response<pb::ExplainProviderResponse>, Status> {
        respond::one("ExplainProvider", self.explained_provider(request.into_inner())).await
    }
}

impl Grpc {
    async fn provider(&self, request: pb::GetProviderRequest) -> Result<pb::GetProviderResponse, Failure> {
        let urn = one_urn(&request.urn)?;
        let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
        let status = self.tracker.provider(urn, &question).await?;
        Ok(pb::GetProviderResponse { status: Some(to_proto::provider_status(&status)) })
    }

    async fn compared_provider(
        &self,
        request: pb::CompareProviderRequest,
    ) -> Result<pb::CompareProviderResponse, Failure> {
        let urn = one_urn(&request.urn)?;
        let first = from_proto::as_of(request.first.as_ref(), "first")?;
        let second = from_proto::as_of(request.second.as_ref(), "second")?;
        let Comparison { first, second, changes } =
            self.tracker.compare_provider(urn, &first, &second).await?;
        Ok(pb::CompareProviderResponse { first: Some(first), second: Some(second), changes })
    }

    async fn explained_provider(
        &self,
        request: pb::ExplainProviderRequest,
    ) -> Result<pb::ExplainProviderResponse, Failure> {
        let urn = one_urn(&request.urn)?;
        let field = field(&request.field, "registration.state")?;
        let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
        let Explanation { answer, fields, steps, events } =
            self.tracker.explain_provider(urn, field, &question).await?;
        let pb::ProviderStatus { provider, as_of, .. } = answer;
        Ok(pb::ExplainProviderResponse { provider, as_of, fields, steps, events })
    }

    async fn providers(
        &self,
        request: pb::ListProvidersRequest,
    ) -> Result<pb::ListProvidersResponse, Failure> {
        let pb::ListProvidersRequest { page_size, ref page_token, .. } = request;
        let mark = page::mark(&pb::ListProvidersRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        });
        let size = from_proto::page_size(page_size, STATUSES_PAGE_DEFAULT, STATUSES_PAGE_MAX, "")?;
        let mut problems = Problems::new();
        let filter = ProviderFilter {
            authorities: names(&mut problems, "authorities", &request.authorities),
            kinds: terms(&mut problems, "kinds", &request.kinds, ProviderKind::from_number),
            grades: terms(&mut problems, "grades", &request.grades, Grade::from_number),
            measures: terms(&mut problems, "measures", &request.measures, MeasureKind::from_number),
            include_cancelled: request.include_cancelled,
        };
        problems.finish(Some(()))?;
        let page = Page::of(page_token, mark)?;
        let as_of = self.as_of(page.as_ref(), request.as_of.as_ref()).await?;
        let after = Page::after(page.as_ref())?;
        let (statuses, more) = self.tracker.providers(as_of, &filter, after.as_ref(), size).await?;
        let last = statuses.last().filter(|_| more);
        Ok(pb::ListProvidersResponse {
            next_page_token: last
                .map(|last| Page { as_of, after: last.provider.urn.to_string() }.token(mark))
                .unwrap_or_default(),
            statuses: statuses.iter().map(to_proto::provider_status).collect(),
            as_of: Some(to_proto::as_of(&as_of)),
        })
    }

    async fn provider_obligations(
        &self,
        request: pb::ListProviderObligationsRequest,
    ) -> Result<pb::ListProviderObligationsResponse, Failure> {
        let pb::ListProviderObligationsRequest { page_size, ref page_token, .. } = request;
        let mark = page::mark(&pb::ListProviderObligationsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        });
        let size = from_proto::page_size(page_size, OBLIGATIONS_PAGE_DEFAULT, OBLIGATIONS_PAGE_MAX, "")?;
        let mut problems = Problems::new();
        let urns = urns(&mut problems, &request.urns);
        let filter = ObligationFilter {
            authorities: names(&mut problems, "authorities", &request.authorities),
            states: terms(&mut problems, "states", &request.states, ObligationState::from_number),
            kinds: terms(&mut problems, "kinds", &request.kinds, ObligationKind::from_number),
            due_until: day(&mut problems, "due_until_date", request.due_until_date.as_ref()),
            include_expectations: request.include_expectations,
            ..ObligationFilter::default()
        };
        problems.finish(Some(()))?;
        let page = Page::of(page_token, mark)?;
        let as_of = self.as_of(page.as_ref(), request.as_of.as_ref()).await?;
        let start = Page::after(page.as_ref())?.unwrap_or(0_usize);
        // One answer, cut into pages: the same as-of gives the same list, so a count is a place in it.
        let all = self.tracker.provider_obligations(as_of, &urns, &filter).await?;
        let end = start.saturating_add(size);
        Ok(pb::ListProviderObligationsResponse {
            next_page_token: Page::token_from(end, all.len(), as_of, mark),
            obligations: all.iter().skip(start).take(size).map(owed).collect(),
            as_of: Some(to_proto::as_of(&as_of)),
        })
    }
}

fn urn(problems: &mut Problems, field: &str, text: &str) -> Option<ProviderUrn> {
    match text.parse() {
        Ok(urn) => Some(urn),
        Err(error) => {
            problems.add(field, docket_domain::id::InvalidProviderUrn::to_string(&error));
            None
        }
    }
}

/// The number of the provider that a request is about.
fn one_urn(text: &str) -> Result<ProviderUrn, Failure> {
    let mut problems = Problems::new();
    let urn = urn(&mut problems, "urn", text);
    Ok(problems.finish(urn)?)
}

fn urns(problems: &mut Problems, texts: &[String]) -> Vec<ProviderUrn> {
    if LIST_LEN_MAX < texts.len() {
        problems.add("urns", format!("has at most {LIST_LEN_MAX} items"));
        return Vec::new();
    }
    let read = texts.iter().enumerate().filter_map(|(at, text)| urn(problems, &format!("urns[{at}]"), text));
    read.collect()
}

fn owed(owed: &ProviderOwed) -> pb::ProviderObligation {
    pb::ProviderObligation {
        provider: Some(to_proto::provider_ref(&owed.provider)),
        obligation: Some(to_proto::obligation(&owed.obligation)),
    }
}
