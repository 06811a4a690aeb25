//! `HistoryService`.

use docket_api::{changes, from_proto, pb, to_proto};
use docket_domain::Position;
use tokio::sync::{mpsc, watch};
use tonic::{Response, Status};

use super::Grpc;
use super::errors::Failure;
use super::raw::{Outgoing, responses};
use super::respond::{self, Many};
use crate::tracker::{
    Answer, Direction, HISTORY_QUEUE_MAX, HistoryQuestion, Passed, Reading, Replay, ReplayOrder, ReplayStep,
};

impl Grpc {
    /// `HistoryService.ReadHistory`.
    pub(super) async fn read_history(
        &self,
        request: pb::ReadHistoryRequest,
    ) -> Result<Response<Many<Outgoing>>, Status> {
        let each = usize::try_from(request.events_per_response).unwrap_or(usize::MAX);
        let rendered = move |events: Vec<Passed>| match each {
            0 => events.into_iter().map(Outgoing::Event).collect(),
            each => responses(events, each),
        };
        respond::several("ReadHistory", self.reading(request), rendered).await
    }

    /// `HistoryService.ReplayCase`.
    pub(super) async fn replay_case(
        &self,
        request: pb::ReplayCaseRequest,
    ) -> Result<Response<Many<pb::ReplayCaseResponse>>, Status> {
        respond::many("ReplayCase", self.replaying(request), rendered).await
    }

    async fn reading(&self, request: pb::ReadHistoryRequest) -> Result<Reading<Vec<Passed>>, Failure> {
        let filter = from_proto::filter(request.filter.as_ref(), "filter")?;
        let direction = match request.direction() {
            pb::Direction::Unspecified if request.direction != 0 => {
                return Err(Failure::field("direction", "is DIRECTION_FORWARD or DIRECTION_BACKWARD"));
            }
            pb::Direction::Unspecified | pb::Direction::Forward => Direction::Forward,
            pb::Direction::Backward => Direction::Backward,
        };
        let known = match &request.known_time {
            None => None,
            Some(time) => Some(
                from_proto::timestamp(time)
                    .ok_or_else(|| Failure::field("known_time", "is an instant from year 1 to year 9999"))?,
            ),
        };
        let question = HistoryQuestion {
            wanted: self.tracker.wanted(&filter).await?,
            direction,
            from: Position(request.from_position),
            limit: (request.limit != 0).then_some(request.limit),
            known,
        };
        Ok(self.tracker.history(question).await?)
    }

    async fn replaying(&self, request: pb::ReplayCaseRequest) -> Result<Reading<ReplayStep>, Failure> {
        let authority = super::status::named("authority", &request.authority)?;
        let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
        let order = match request.order() {
            pb::ReplayOrder::Unspecified if request.order != 0 => {
                return Err(Failure::field("order", "is REPLAY_ORDER_RECORDED or REPLAY_ORDER_HAPPENED"));
            }
            pb::ReplayOrder::Unspecified | pb::ReplayOrder::Recorded => ReplayOrder::Recorded,
            pb::ReplayOrder::Happened => ReplayOrder::Happened,
        };
        let replay = self.tracker.replay(authority, &question, order).await?;
        let (sender, reading) = mpsc::channel(HISTORY_QUEUE_MAX);
        tokio::task::spawn_blocking(move || play(replay, &sender));
        Ok(reading)
    }
}

/// Computes the steps on a thread of its own: a long history takes a while, and the sockets shall not wait for it.
fn play(mut replay: Replay, sender: &mpsc::Sender<Result<ReplayStep, crate::tracker::TrackerError>>) {
    while let Some(step) = replay.step().transpose() {
        let failed = step.is_err();
        if sender.blocking_send(step).is_err() || failed {
            return;
        }
    }
}

fn rendered(step: ReplayStep) -> pb::ReplayCaseResponse {
    let changes = match (&step.before, &step.after) {
        (Answer::Authority(before), Answer::Authority(after)) => {
            changes::changes(Some(&to_proto::status(before)), Some(&to_proto::status(after)))
        }
        (Answer::Provider(before), Answer::Provider(after)) => {
            let [before, after] = [before, after].map(|status| to_proto::provider_status(status));
            changes::changes(Some(&before), Some(&after))
        }
        // A replay is of one subject.
        _ => Vec::new(),
    };
    pb::ReplayCaseResponse {
        event: Some(step.event),
        changes,
        rules: step.rules.clone(),
        superseded_by: step.superseded_by.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// Waits until the server stops.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The sender is the tracker itself; if it is gone, that is a stop too.
    let _gone = stopping.wait_for(|stop| *stop).await.is_err();
}
