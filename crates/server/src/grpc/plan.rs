//! `PlanService`.

use docket_api::from_proto::Problems;
use docket_api::pb::plan_service_server::PlanService;
use docket_api::{from_proto, pb, to_proto};
use docket_domain::date::Date;
use docket_domain::intervals::table::Wanted;
use docket_domain::terms::{InspectionKind, IntervalGrouping, IntervalMeasure, ServiceDomain};
use tonic::{Request, Response, Status};

use super::Grpc;
use super::errors::Failure;
use super::page::{self, Page};
use super::respond;
use super::status::{day, names, terms};
use crate::tracker::{IntervalFilter, PlanFilter};

/// Entries on a page, where the request does not say.
const ENTRIES_PAGE_DEFAULT: usize = 200;
/// Most entries on a page.
const ENTRIES_PAGE_MAX: usize = 1_000;
/// Groups of intervals on a page, where the request does not say.
const GROUPS_PAGE_DEFAULT: usize = 200;
/// Most groups of intervals on a page.
const GROUPS_PAGE_MAX: usize = 500;

#[tonic::async_trait]
impl PlanService for Grpc {
    async fn get_forward_plan(
        &self,
        request: Request<pb::GetForwardPlanRequest>,
    ) -> Result<Response<pb::GetForwardPlanResponse>, Status> {
        respond::one("GetForwardPlan", self.forward_plan(request.into_inner())).await
    }

    async fn get_intervals(
        &self,
        request: Request<pb::GetIntervalsRequest>,
    ) -> Result<Response<pb::GetIntervalsResponse>, Status> {
        respond::one("GetIntervals", self.intervals(request.into_inner())).await
    }
}

impl Grpc {
    async fn forward_plan(
        &self,
        request: pb::GetForwardPlanRequest,
    ) -> Result<pb::GetForwardPlanResponse, Failure> {
        let pb::GetForwardPlanRequest { page_size, ref page_token, .. } = request;
        let mark = page::mark(&pb::GetForwardPlanRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        });
        let size = from_proto::page_size(page_size, ENTRIES_PAGE_DEFAULT, ENTRIES_PAGE_MAX, "")?;
        let mut problems = Problems::new();
        let authorities = names(&mut problems, "authorities", &request.authorities);
        let regions = names(&mut problems, "regions", &request.regions);
        let from = day(&mut problems, "from_date", request.from_date.as_ref());
        let to = day(&mut problems, "to_date", request.to_date.as_ref());
        problems.finish(Some(()))?;
        let page = Page::of(page_token, mark)?;
        let as_of = self.as_of(page.as_ref(), request.as_of.as_ref()).await?;
        let from = from.unwrap_or(as_of.effective);
        in_order(Some(from), to)?;
        let start = Page::after(page.as_ref())?.unwrap_or(0_usize);
        // One answer, cut into pages: the same as-of gives the same list, so a count is a place in it.
        let all = self.tracker.plan(as_of, &PlanFilter { authorities, regions, from, to }).await?;
        let end = start.saturating_add(size);
        let shown = all.iter().skip(start).take(size);
        Ok(pb::GetForwardPlanResponse {
            entries: shown.map(|one| to_proto::plan::plan_entry(&one.authority, &one.entry)).collect(),
            next_page_token: Page::token_from(end, all.len(), as_of, mark),
            as_of: Some(to_proto::as_of(&as_of)),
            from_date: Some(to_proto::day(from)),
            to_date: to.map(to_proto::day),
        })
    }

    async fn intervals(&self, request: pb::GetIntervalsRequest) -> Result<pb::GetIntervalsResponse, Failure> {
        let pb::GetIntervalsRequest { page_size, ref page_token, .. } = request;
        let mark = page::mark(&pb::GetIntervalsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        });
        let size = from_proto::page_size(page_size, GROUPS_PAGE_DEFAULT, GROUPS_PAGE_MAX, "")?;
        let filter = interval_filter(&request)?;
        let page = Page::of(page_token, mark)?;
        let as_of = self.as_of(page.as_ref(), request.as_of.as_ref()).await?;
        let start = Page::after(page.as_ref())?.unwrap_or(0_usize);
        let all = self.tracker.intervals(as_of, &filter).await?;
        let end = start.saturating_add(size);
        let shown = || all.iter().skip(start).take(size);
        let mut measures: Vec<IntervalMeasure> = shown().map(|group| group.measure).collect();
        measures.dedup();
        Ok(pb::GetIntervalsResponse {
            groups: shown().map(to_proto::intervals::interval_group).collect(),
            next_page_token: Page::token_from(end, all.len(), as_of, mark),
            as_of: Some(to_proto::as_of(&as_of)),
            meanings: measures.into_iter().map(to_proto::intervals::interval_meaning).collect(),
        })
    }
}

fn interval_filter(request: &pb::GetIntervalsRequest) -> Result<IntervalFilter, Failure> {
    let mut problems = Problems::new();
    let authorities = names(&mut problems, "authorities", &request.authorities);
    let regions = names(&mut problems, "regions", &request.regions);
    let mut domains = terms(&mut problems, "domains", &request.domains, ServiceDomain::from_number);
    if request.domains.is_empty() {
        domains.push(ServiceDomain::ChildrensSocialCare);
    }
    let kinds = &request.inspection_kinds;
    let by = terms(&mut problems, "group_by", &request.group_by, IntervalGrouping::from_number);
    let wanted = Wanted {
        measures: terms(&mut problems, "measures", &request.measures, IntervalMeasure::from_number),
        domains,
        kinds: terms(&mut problems, "inspection_kinds", kinds, InspectionKind::from_number),
        from: day(&mut problems, "from_date", request.from_date.as_ref()),
        to: day(&mut problems, "to_date", request.to_date.as_ref()),
    };
    problems.finish(Some(()))?;
    in_order(wanted.from, wanted.to)?;
    Ok(IntervalFilter { authorities, regions, wanted, by })
}

/// Refuses days that run backwards.
fn in_order(from: Option<Date>, to: Option<Date>) -> Result<(), Failure> {
    match from.zip(to).filter(|(from, to)| to < from) {
        Some((from, to)) => {
            Err(Failure::field("to_date", format!("is {to}, which is before the first day, {from}")))
        }
        None => Ok(()),
    }
}
