//! Calls over gRPC, each beside the same call to a server that stores nothing. All servers run in processes of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use docket_api::pb;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use tonic::transport::Channel;

use super::child::{Part, Server};
use super::load;
use super::null::Canned;
use super::row::{Row, Target, Unit, by_turns, turn_of};
use super::{Bench, rate, told, world};
use crate::exit::Failure;

/// What all limits of this file are.
const AGAINST: &str = "the same call, answered at once by a server that stores nothing";

/// `Record` of one event, so many in flight.
pub(super) async fn record(bench: &Bench, in_flight: usize) -> Result<Row, Failure> {
    let data = world::recorders(bench).await?;
    let server = Server::start(Part::Server, &data).await?;
    let ours: Clients = recorders(&server, in_flight).await?;
    let numbers = Arc::new(AtomicU64::new(0));
    let first = ours.first().ok_or_else(|| Failure::new(crate::exit::Exit::Failed, "no connection"))?.clone();
    let record = first.clone().record(request(&numbers)).await.map_err(told)?.into_inner();
    let folder = bench.room.path("canned");
    Canned { record, ..Canned::default() }.lay(&folder)?;
    let null = Server::start(Part::Null, &folder).await?;
    let limit = recorders(&null, in_flight).await?;
    let turn = turn_of(bench.plan.time);
    let measure = async |clients: &Clients| {
        let (clients, numbers) = (clients.clone(), Arc::clone(&numbers));
        rate::calls(in_flight, turn, move |caller| {
            let client = clients.get(caller % clients.len()).cloned();
            let request = request(&numbers);
            async move {
                let Some(mut client) = client else { return Ok(()) };
                client.record(request).await.map(|_| ()).map_err(told)
            }
        })
        .await
    };
    let figures = by_turns(async || measure(&ours).await, async || measure(&limit).await).await?;
    server.stop().await?;
    null.stop().await?;
    std::fs::remove_dir_all(&data).map_err(told)?;
    Ok(Row {
        work: format!("durable Record over gRPC: 1 event, {in_flight} in flight"),
        unit: Unit::Calls,
        against: AGAINST.to_owned(),
        figures,
        target: if in_flight == 64 { Target::Ratio(0.6) } else { Target::None },
        note: String::new(),
    })
}

type Clients = Arc<Vec<RecordServiceClient<Channel>>>;

async fn recorders(server: &Server, in_flight: usize) -> Result<Clients, Failure> {
    let channels = server.channels(in_flight).await?;
    Ok(Arc::new(channels.into_iter().map(RecordServiceClient::new).collect()))
}

fn request(numbers: &AtomicU64) -> pb::RecordRequest {
    let number = numbers.fetch_add(1, Ordering::Relaxed);
    let event = load::event(load::id(1, number), &world::recorded(number));
    pb::RecordRequest { events: vec![event], ..pb::RecordRequest::default() }
}

/// `GetStatus`, 64 in flight, 30 events a case.
pub(super) async fn status(bench: &Bench) -> Result<Row, Failure> {
    let in_flight = 64;
    let (data, authorities) = world::cases(bench).await?;
    let server = Server::start(Part::Server, &data).await?;
    let clients = async |server: &Server| {
        let channels = server.channels(in_flight).await?;
        Ok::<_, Failure>(Arc::new(channels.into_iter().map(StatusServiceClient::new).collect::<Vec<_>>()))
    };
    let (ours, authorities) = (clients(&server).await?, Arc::new(authorities));
    let first = ours.first().ok_or_else(|| Failure::new(crate::exit::Exit::Failed, "no connection"))?.clone();
    let asked = |number: usize| pb::GetStatusRequest {
        authority: authorities.get(number % authorities.len()).cloned().unwrap_or_default(),
        as_of: None,
    };
    let status = first.clone().get_status(asked(0)).await.map_err(told)?.into_inner();
    let bytes = prost::Message::encoded_len(&status);
    let folder = bench.room.path("canned");
    Canned { status, ..Canned::default() }.lay(&folder)?;
    let null = Server::start(Part::Null, &folder).await?;
    let limit = clients(&null).await?;
    let turn = turn_of(bench.plan.time);
    let numbers = Arc::new(AtomicU64::new(0));
    let measure = async |clients: &Arc<Vec<StatusServiceClient<Channel>>>| {
        let (clients, authorities, numbers) =
            (Arc::clone(clients), Arc::clone(&authorities), Arc::clone(&numbers));
        rate::calls(in_flight, turn, move |caller| {
            let client = clients.get(caller % clients.len()).cloned();
            let number = usize::try_from(numbers.fetch_add(1, Ordering::Relaxed)).unwrap_or(0);
            let authority = authorities.get(number % authorities.len()).cloned().unwrap_or_default();
            async move {
                let Some(mut client) = client else { return Ok(()) };
                let request = pb::GetStatusRequest { authority, as_of: None };
                client.get_status(request).await.map(|_| ()).map_err(told)
            }
        })
        .await
    };
    let figures = by_turns(async || measure(&ours).await, async || measure(&limit).await).await?;
    server.stop().await?;
    null.stop().await?;
    std::fs::remove_dir_all(&data).map_err(told)?;
    Ok(Row {
        work: format!("GetStatus over gRPC: {in_flight} in flight, 30 events a case"),
        unit: Unit::Calls,
        against: AGAINST.to_owned(),
        figures,
        target: Target::Ratio(0.5),
        note: format!("an answer has {bytes} bytes"),
    })
}
