//! `PolicyService`.

use docket_api::pb::event::Body;
use docket_api::pb::policy_service_server::PolicyService;
use docket_api::{from_proto, pb, to_proto};
use tonic::{Request, Response, Status, async_trait};

use super::Grpc;
use super::errors::Failure;
use super::respond;

#[async_trait]
impl PolicyService for Grpc {
    async fn get_policy(
        &self,
        request: Request<pb::GetPolicyRequest>,
    ) -> Result<Response<pb::GetPolicyResponse>, Status> {
        respond::one("GetPolicy", self.policy(request.into_inner())).await
    }
}

impl Grpc {
    async fn policy(&self, request: pb::GetPolicyRequest) -> Result<pb::GetPolicyResponse, Failure> {
        let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
        let as_of = self.tracker.as_of(&question).await?;
        let answer = pb::GetPolicyResponse { as_of: Some(to_proto::as_of(&as_of)), ..Default::default() };
        let Some(recorded) = self.tracker.policy_event(as_of.known_position).await? else {
            return Ok(answer);
        };
        let event = recorded.event.unwrap_or_default();
        let (event_id, sources) = (event.event_id, event.sources);
        let body = match event.body {
            Some(Body::FieldCorrected(corrected)) => corrected.replacement.and_then(|event| event.body),
            body => body,
        };
        let Some(Body::PolicyAdopted(policy)) = body else { return Ok(answer) };
        let pb::RecordedEvent { position, record_time, .. } = recorded;
        Ok(pb::GetPolicyResponse { policy: Some(policy), event_id, position, record_time, sources, ..answer })
    }
}
