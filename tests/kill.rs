//! The real binary, killed again and again while it records: what it acknowledged is there, once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::{json, pb};

use crate::process::Server;

/// How often the server is killed, unless DOCKET_KILLS says otherwise.
const KILLS: u32 = 12;
/// Most acknowledgements between two kills.
const ACKNOWLEDGED_MAX: u64 = 90;

fn histories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(histories()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    files
}

fn events() -> Vec<pb::Event> {
    let lines = files().into_iter().flat_map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    lines.map(|line| json::from_str(&line).unwrap()).collect()
}

/// Everything in the log, after checking that positions and revisions are dense and no event is there twice.
pub(crate) async fn everything(server: &Server) -> BTreeMap<String, u64> {
    let request = pb::ReadHistoryRequest::default();
    let mut stream =
        HistoryServiceClient::new(server.channel().await).read_history(request).await.unwrap().into_inner();
    let mut positions = BTreeMap::new();
    let mut revisions: BTreeMap<String, u64> = BTreeMap::new();
    while let Some(response) = stream.message().await.unwrap() {
        let recorded = response.event.unwrap();
        let event = recorded.event.unwrap();
        assert_eq!(recorded.position, positions.len() as u64 + 1, "positions are dense");
        let revision = revisions.entry(event.stream).or_default();
        *revision += 1;
        assert_eq!(recorded.revision, *revision, "revisions are dense");
        assert_eq!(
            positions.insert(event.event_id.clone(), recorded.position),
            None,
            "{} is there twice",
            event.event_id
        );
    }
    positions
}

/// Sends events one after another until the server dies; notes each acknowledgement, and kills the server, with the next request under
/// way, after `kill_after` new ones.
async fn record_until_killed(
    server: &mut Server,
    events: &[pb::Event],
    acknowledged: &mut BTreeMap<String, u64>,
    kill_after: u64,
) {
    let mut client = RecordServiceClient::new(server.channel().await);
    let mut new = 0;
    for event in events {
        let request = pb::RecordRequest { events: vec![event.clone()], ..pb::RecordRequest::default() };
        if new == kill_after {
            // The request is polled first, so it is on its way when the signal comes.
            let mut pending = Box::pin(client.record(request));
            let early = tokio::select! {
                biased;
                answer = &mut pending => Some(answer),
                () = tokio::task::yield_now() => None,
            };
            server.kill();
            let answer = if let Some(answer) = early { answer } else { pending.await };
            if let Ok(response) = answer {
                note(acknowledged, response.into_inner());
            }
            return;
        }
        let response = client.record(request).await.unwrap().into_inner();
        new += u64::from(!response.already_recorded);
        note(acknowledged, response);
    }
}

pub(crate) fn note(acknowledged: &mut BTreeMap<String, u64>, response: pb::RecordResponse) {
    for fact in response.recorded {
        let before = acknowledged.insert(fact.event_id.clone(), fact.position);
        assert!(before.is_none_or(|before| before == fact.position), "{} has two positions", fact.event_id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_a_loop_it_keeps_every_acknowledged_event_once_and_the_import_finishes_when_run_again() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let events = events();
    let mut acknowledged = BTreeMap::new();
    let kills = std::env::var("DOCKET_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for kill in 0..kills {
        let mut server = Server::start(&data);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(u64::from(kill) | 1);
        record_until_killed(&mut server, &events, &mut acknowledged, (random >> 33) % ACKNOWLEDGED_MAX).await;
        drop(server);
        let server = Server::start(&data);
        let there = everything(&server).await;
        for (id, position) in &acknowledged {
            assert_eq!(there.get(id), Some(position), "after kill {kill}: {id} was acknowledged");
        }
    }
    let server = Server::start(&data);
    let import = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["import", "--server", &server.url()])
        .args(files())
        .output()
        .unwrap();
    assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
    let there = everything(&server).await;
    assert!(events.iter().all(|event| there.contains_key(&event.event_id)), "the import was finished");
}

#[test]
fn a_second_server_on_the_same_data_is_told_who_holds_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let first = Server::start(&data);
    let second = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success());
    assert!(said.contains(&first.id().to_string()), "{said}");
}
