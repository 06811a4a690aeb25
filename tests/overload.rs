//! More requests at once than the real server takes: some are told to come again, and in the end all are recorded, once.

use std::collections::BTreeSet;
use std::time::Duration;

use docket_api::pb;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::crashes::{Tracer, can_trace};
use crate::facts::{Sent, fact, request};
use crate::kill::note;
use crate::process::{Listening, Server, docket};

/// Requests at once; a server works at 1,024.
const REQUESTS: u64 = 1_400;
/// Requests of one connection at once: more wait in the client.
const OF_A_CONNECTION: u64 = 200;
/// Most times that all who were refused come again.
const ROUNDS: usize = 50;

/// Sends all of them at once, and gives those that were told to come again. The disk is slow until the first is.
async fn send(
    server: &Server,
    requests: Vec<pb::RecordRequest>,
    sent: &mut Sent,
    mut slow: Option<Tracer>,
) -> Vec<pb::RecordRequest> {
    let mut calls = JoinSet::new();
    let mut client = None;
    for (number, request) in (0..).zip(requests) {
        if number % OF_A_CONNECTION == 0 {
            client = Some(RecordServiceClient::new(server.channel().await));
        }
        let mut client = client.clone().unwrap();
        calls.spawn(async move { (client.record(request.clone()).await, request) });
    }
    let mut again = Vec::new();
    while let Some(call) = calls.join_next().await {
        match call.unwrap() {
            (Ok(response), _) => note(&mut sent.acknowledged, response.into_inner()),
            (Err(status), request) => {
                told_to_come_again(&status);
                again.push(request);
                drop(slow.take());
            }
        }
    }
    again
}

fn told_to_come_again(status: &Status) {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "QUEUE_FULL");
    assert!(details.retry_info().unwrap().retry_delay.is_some_and(|delay| !delay.is_zero()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_told_to_come_again_and_does_has_everything_recorded_once() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&directory.path().join("data"));
    let requests = (0..REQUESTS)
        .map(|number| request((0..=number % 2).map(|of_it| fact(number * 2 + of_it, 50)).collect()))
        .collect();
    let mut sent = Sent { requests, ..Sent::default() };
    // With a disk so slow that the queue is full before the first is answered.
    let slow = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=3000000"];
    let tracer = can_trace().then(|| Tracer::attach(&server, &slow));
    let slowed = tracer.is_some();
    let mut again = send(&server, sent.requests.clone(), &mut sent, tracer).await;
    assert!(!slowed || !again.is_empty(), "nobody was told to come again");
    let refused: BTreeSet<String> =
        again.iter().flat_map(|request| &request.events).map(|event| event.event_id.clone()).collect();
    assert!(sent.acknowledged.keys().all(|id| !refused.contains(id)));
    for _ in 0..ROUNDS {
        if again.is_empty() {
            break;
        }
        again = send(&server, again, &mut sent, None).await;
    }
    assert!(again.is_empty(), "{} requests were never taken", again.len());
    sent.holds(&server).await;
}

/// How long a call that is held up is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// More lines than a pipe holds.
const LINES: usize = 2_000;

#[tokio::test]
async fn a_log_that_nobody_reads_holds_up_no_call() {
    let data = tempfile::tempdir().unwrap();
    let mut serve = Server::command(docket(), data.path());
    let (server, unread) = Listening::start_unread(&mut serve).unwrap();
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    let mut client = StatusServiceClient::new(channel);
    let asking = async {
        for _ in 0..LINES {
            let question = pb::GetStatusRequest { authority: "Leeds".to_owned(), as_of: None };
            client.get_status(question).await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("a call waits for whoever reads the log");
    let reading = std::thread::spawn(move || unread.map_while(Result::ok).collect::<Vec<_>>());
    assert!(server.stop().success());
    let said = reading.join().unwrap();
    assert_eq!(said.iter().filter(|line| line.contains("answered")).count(), LINES);
    assert!(said.last().unwrap().contains("stopped"), "{:?}", said.last());
}
