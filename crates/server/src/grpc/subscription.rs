//! `SubscriptionService`.

use docket_api::pb::subscribe_request::Start as From;
use docket_api::{from_proto, pb};
use docket_domain::Position;
use tonic::{Response, Status};

use super::Grpc;
use super::errors::Failure;
use super::raw::Outgoing;
use super::respond::{self, Many};
use crate::tracker::{Followed, Reading, Start};

impl Grpc {
    /// `SubscriptionService.Subscribe`.
    pub(super) async fn subscribe(
        &self,
        request: pb::SubscribeRequest,
    ) -> Result<Response<Many<Outgoing>>, Status> {
        respond::many("Subscribe", self.following(request), Outgoing::Followed).await
    }

    async fn following(&self, request: pb::SubscribeRequest) -> Result<Reading<Followed>, Failure> {
        let filter = from_proto::filter(request.filter.as_ref(), "filter")?;
        let start = match request.start {
            Some(From::AfterPosition(position)) => Start::After(Position(position)),
            Some(From::Now(())) => Start::Now,
            None => {
                return Err(Failure::field("start", "is required: after_position (0 for all) or now"));
            }
        };
        let wanted = self.tracker.wanted(&filter).await?;
        Ok(self.tracker.follow(wanted, start)?)
    }
}
