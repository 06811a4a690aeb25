//! `ActionPlanService` and `IndicatorService`.

use docket_api::from_proto::Problems;
use docket_api::pb::action_plan_service_server::ActionPlanService;
use docket_api::pb::indicator_service_server::IndicatorService;
use docket_api::{from_proto, pb, to_proto};
use docket_domain::plans::Which;
use docket_domain::plans::indicators::Value;
use docket_domain::terms::IndicatorKind;
use tonic::{Request, Response, Status, async_trait};

use super::Grpc;
use super::errors::Failure;
use super::respond;
use super::status::{named, terms};

#[async_trait]
impl ActionPlanService for Grpc {
    async fn get_action_plan(
        &self,
        request: Request<pb::GetActionPlanRequest>,
    ) -> Result<Response<pb::GetActionPlanResponse>, Status> {
        respond::one("GetActionPlan", self.action_plan(request.into_inner())).await
    }
}

#[async_trait]
impl IndicatorService for Grpc {
    async fn get_indicators(
        &self,
        request: Request<pb::GetIndicatorsRequest>,
    ) -> Result<Response<pb::GetIndicatorsResponse>, Status> {
        respond::one("GetIndicators", self.indicators(request.into_inner())).await
    }
}

impl Grpc {
    async fn action_plan(
        &self,
        request: pb::GetActionPlanRequest,
    ) -> Result<pb::GetActionPlanResponse, Failure> {
        let authority = named("authority", &request.authority)?;
        let which = which(&request)?;
        let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
        let plan = self.tracker.action_plan(authority, &which, &question).await?;
        Ok(pb::GetActionPlanResponse { plan: Some(to_proto::action_plan::action_plan(&plan)) })
    }

    async fn indicators(
        &self,
        request: pb::GetIndicatorsRequest,
    ) -> Result<pb::GetIndicatorsResponse, Failure> {
        let authority = named("authority", &request.authority)?;
        let mut problems = Problems::new();
        let kinds = terms(&mut problems, "kinds", &request.kinds, IndicatorKind::from_number);
        problems.finish(Some(()))?;
        let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
        let found = self.tracker.indicators(authority, &kinds, request.last_only, &question).await?;
        let sources = |value: &Value| -> Vec<pb::Source> {
            value.rests_on.iter().filter_map(|id| found.sources.get(id)).flatten().cloned().collect()
        };
        let indicators = found.indicators.iter();
        Ok(pb::GetIndicatorsResponse {
            authority: Some(to_proto::authority_ref(&found.authority)),
            as_of: Some(to_proto::as_of(&found.as_of)),
            indicators: indicators.map(|one| to_proto::action_plan::indicator(one, sources)).collect(),
        })
    }
}

/// Which plan is meant: by one of two keys, or the last one.
fn which(request: &pb::GetActionPlanRequest) -> Result<Which, Failure> {
    let pb::GetActionPlanRequest { obligation, inspection, .. } = request;
    match (obligation.as_str(), inspection.as_str()) {
        ("", "") => Ok(Which::Last),
        (key, "") => match key.parse() {
            Ok(key) => Ok(Which::Key(key)),
            Err(error) => Err(Failure::field("obligation", docket_domain::id::InvalidKey::to_string(&error))),
        },
        ("", key) => match key.parse() {
            Ok(key) => Ok(Which::Of(key)),
            Err(error) => Err(Failure::field("inspection", docket_domain::id::InvalidKey::to_string(&error))),
        },
        _ => {
            Err(Failure::field("inspection", "is left out where obligation is given: ask by one of the two"))
        }
    }
}
