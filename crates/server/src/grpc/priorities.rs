//! `PriorityService`.

use docket_api::from_proto::Problems;
use docket_api::pb::priority_place::Subject;
use docket_api::pb::priority_service_server::PriorityService;
use docket_api::{from_proto, pb, to_proto};
use docket_domain::date::Date;
use docket_domain::policy::Adopted;
use docket_domain::priorities::{Draw, Ranked, Table};
use tonic::{Request, Response, Status};

use super::Grpc;
use super::errors::Failure;
use super::page::{self, Page};
use super::respond;
use super::status::names;
use crate::tracker::{Priorities, PriorityFilter};

/// Places on a page, where the request does not say.
const PLACES_PAGE_DEFAULT: usize = 200;
/// Most places on a page.
const PLACES_PAGE_MAX: usize = 1_000;
/// Most that are drawn.
const SAMPLE_MAX: usize = 200;

#[tonic::async_trait]
impl PriorityService for Grpc {
    async fn get_priorities(
        &self,
        request: Request<pb::GetPrioritiesRequest>,
    ) -> Result<Response<pb::GetPrioritiesResponse>, Status> {
        respond::one("GetPriorities", self.priorities(request.into_inner())).await
    }
}

impl Grpc {
    async fn priorities(
        &self,
        request: pb::GetPrioritiesRequest,
    ) -> Result<pb::GetPrioritiesResponse, Failure> {
        let pb::GetPrioritiesRequest { page_size, ref page_token, providers, seed, .. } = request;
        let mark = page::mark(&pb::GetPrioritiesRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        });
        let size = from_proto::page_size(page_size, PLACES_PAGE_DEFAULT, PLACES_PAGE_MAX, "")?;
        let filter = filter(&request)?;
        let page = Page::of(page_token, mark)?;
        let as_of = self.as_of(page.as_ref(), request.as_of.as_ref()).await?;
        let reference = self.tracker.reference_at(as_of.known_position).await?;
        let policy = &reference.national.policy;
        let table = table(policy, providers, as_of.effective)?;
        let start = Page::after(page.as_ref())?.unwrap_or(0_usize);
        // One answer, cut into pages: the same as-of and seed give the same list, so a count is a place in it.
        let ranked = match self.tracker.priorities(as_of, table, &filter).await? {
            Priorities::Authorities(ranked) => shown(ranked, start, size, |status| {
                Subject::Authority(to_proto::authority_ref(&status.authority))
            }),
            Priorities::Providers(ranked) => shown(ranked, start, size, |status| {
                Subject::Provider(to_proto::provider_ref(&status.provider))
            }),
        };
        let (answer, all) = ranked;
        let end = start.saturating_add(size);
        Ok(pb::GetPrioritiesResponse {
            next_page_token: Page::token_from(end, all, as_of, mark),
            as_of: Some(to_proto::as_of(&as_of)),
            table: Some(to_proto::priority::table(table, &policy.rests_on)),
            seed,
            ..answer
        })
    }
}

/// The places of a page, what is told with each page, and how many places there are.
fn shown<T>(
    ranked: Ranked<T>,
    start: usize,
    size: usize,
    subject: impl Fn(&T) -> Subject,
) -> (pb::GetPrioritiesResponse, usize) {
    let places = (1..).zip(&ranked.places).skip(start).take(size);
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let answer = pb::GetPrioritiesResponse {
        places: places.map(|(rank, place)| to_proto::priority::place(rank, place, &subject)).collect(),
        drawn: count(ranked.drawn),
        drawn_of: count(ranked.drawn_of),
        considered: count(ranked.considered),
        ..pb::GetPrioritiesResponse::default()
    };
    (answer, ranked.places.len())
}

fn filter(request: &pb::GetPrioritiesRequest) -> Result<PriorityFilter, Failure> {
    let mut problems = Problems::new();
    let authorities = names(&mut problems, "authorities", &request.authorities);
    let regions = names(&mut problems, "regions", &request.regions);
    if request.providers && !request.regions.is_empty() {
        problems.add("regions", "is of authorities alone: name authorities, in whose areas providers are");
    }
    let size = usize::try_from(request.sample_size).ok().filter(|size| *size <= SAMPLE_MAX);
    if size.is_none() {
        problems.add("sample_size", format!("is a number from 0 to {SAMPLE_MAX}"));
    }
    problems.finish(Some(()))?;
    let draw = Draw { seed: request.seed, size: size.unwrap_or_default() };
    Ok(PriorityFilter { authorities, regions, draw })
}

/// The criteria in force on a day.
fn table(policy: &Adopted, of_providers: bool, day: Date) -> Result<&Table, Failure> {
    policy.priorities(of_providers, day).ok_or_else(|| {
        if policy.rests_on.is_empty() {
            return Failure::field(
                "as_of",
                "is before any policy was recorded: there are no criteria as known then",
            );
        }
        let there = policy.policy.priorities.iter().filter(|table| table.of_providers == of_providers);
        let there: Vec<String> =
            there.map(|table| format!("{}, {} ({})", table.name, table.period(), table.source())).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join("; ") };
        let about = format!("is {day}: the policy has no criteria for that day. There are: {there}");
        Failure::field("as_of.effective_date", about)
    })
}
