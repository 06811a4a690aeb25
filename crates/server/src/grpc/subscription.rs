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
            Some(From::RecordedSince(since)) => match from_proto::timestamp(&since) {
                Some(instant) => Start::Since(instant),
                None => {
                    return Err(Failure::field(
                        "recorded_since",
                        "is no instant: nanos are 0 to 999,999,999",
                    ));
                }
            },
            None => {
                let right = "is required: after_position (0 for all), now, or recorded_since";
                return Err(Failure::field("start", right));
            }
        };
        if start == Start::Now && filter.recorded_since.is_some() {
            let what = "says nothing more where only what is recorded from now on is sent: leave it out, or start after a position";
            return Err(Failure::field("filter.recorded_since", what));
        }
        let wanted = self.tracker.wanted(&filter).await?;
        Ok(self.tracker.follow(wanted, start).await?)
    }
}
