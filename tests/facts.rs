//! Facts that may be recorded any number of times, and what a client knows of those that it sent.

use std::collections::BTreeMap;

use docket_api::pb;
use docket_api::pb::record_service_client::RecordServiceClient;
use tonic::Status;

use crate::kill::{everything, note};
use crate::process::Server;

const AUTHORITIES: &str = "barnsley birmingham brent cornwall croydon devon halton herefordshire kirklees leeds norfolk slough solihull wakefield";

/// Fact `number`: another one for each number, of one of some streams, with a text of so many letters in it.
pub(crate) fn fact(number: u64, letters: usize) -> pb::Event {
    let authorities: Vec<&str> = AUTHORITIES.split(' ').collect();
    let authority =
        authorities.iter().cycle().nth(usize::try_from(number).unwrap() % authorities.len()).unwrap();
    // A text may have 10,000 letters.
    let (note, text) = (letters.min(10_000), letters.saturating_sub(10_000));
    let raised = pb::AreaForImprovementRaised {
        inspection: "ilacs-2024-03-18".to_owned(),
        reference: number.to_string(),
        text: "x".repeat(text.max(1)),
        ..pb::AreaForImprovementRaised::default()
    };
    pb::Event {
        event_id: format!("0b0b0b0b-0b0b-4b0b-8b0b-{number:012x}"),
        stream: format!("authority/{authority}"),
        happened_on: Some(pb::Date { year: 2024, month: 3, day: 18 }),
        published_date: None,
        sources: vec![pb::Source { title: "A test, not a fact".to_owned(), ..pb::Source::default() }],
        confidence: pb::Confidence::Official.into(),
        note: "y".repeat(note),
        body: Some(pb::event::Body::AreaForImprovementRaised(raised)),
    }
}

pub(crate) fn request(events: Vec<pb::Event>) -> pb::RecordRequest {
    pb::RecordRequest { events, ..pb::RecordRequest::default() }
}

/// What a client sent, and what it was answered.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) requests: Vec<pb::RecordRequest>,
    pub(crate) acknowledged: BTreeMap<String, u64>,
}

impl Sent {
    /// Sends a request, and notes what is answered.
    pub(crate) async fn record(
        &mut self,
        client: &mut RecordServiceClient<tonic::transport::Channel>,
        request: pb::RecordRequest,
    ) -> Result<(), Status> {
        self.requests.push(request.clone());
        let response = client.record(request).await?.into_inner();
        note(&mut self.acknowledged, response);
        Ok(())
    }

    /// Takes over what another client knows.
    pub(crate) fn add(&mut self, other: Self) {
        self.requests.extend(other.requests);
        self.acknowledged.extend(other.acknowledged);
    }

    /// Checks that a server has what was acknowledged; then sends everything once more, and checks that all of it is there once.
    pub(crate) async fn holds(&mut self, server: &Server) {
        let there = everything(server).await;
        for (id, position) in &self.acknowledged {
            assert_eq!(there.get(id), Some(position), "{id} was acknowledged");
        }
        for request in &self.requests {
            let ids = request.events.iter().filter(|event| there.contains_key(&event.event_id)).count();
            assert!(ids == 0 || ids == request.events.len(), "a request is there in part");
        }
        let mut client = RecordServiceClient::new(server.channel().await);
        for request in &self.requests {
            let response = client.record(request.clone()).await.unwrap().into_inner();
            note(&mut self.acknowledged, response);
        }
        let there = everything(server).await;
        let mut sent = self.requests.iter().flat_map(|request| &request.events);
        assert!(sent.all(|event| there.get(&event.event_id) == self.acknowledged.get(&event.event_id)));
    }
}
