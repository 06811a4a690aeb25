//! `SubscriptionService`.

use docket_api::pb::subscribe_request::Start as From;
use docket_api::pb::subscribe_response::Message;
use docket_api::pb::subscription_service_server::SubscriptionService;
use docket_api::{from_proto, pb};
use docket_domain::Position;
use tonic::{Request, Response, Status};

use super::Grpc;
use super::errors::Failure;
use super::respond::{self, Many};
use crate::tracker::{Followed, Reading, Start};

#[tonic::async_trait]
impl SubscriptionService for Grpc {
    type SubscribeStream = Many<pb::SubscribeResponse>;

    async fn subscribe(
        &self,
        request: Request<pb::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        respond::many("Subscribe", self.following(request.into_inner()), rendered).await
    }
}

impl Grpc {
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

fn rendered(followed: Followed) -> pb::SubscribeResponse {
    let message = match followed {
        Followed::Event(event) => Message::Event(*event),
        Followed::CaughtUp(Position(position)) => Message::CaughtUp(pb::CaughtUp { position }),
        Followed::Checkpoint(Position(position)) => Message::Checkpoint(pb::Checkpoint { position }),
    };
    pb::SubscribeResponse { message: Some(message) }
}
