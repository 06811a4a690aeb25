//! The real binary where the system does not let it write, and where the clock runs back: a clear word, and nothing lost.
//!
//! `DOCKET_SMALL_DISK` names a file system of 160 MiB that is there for this alone; `.ci/run` mounts one where it may.

use std::path::Path;
use std::process::Command;

use docket_api::pb;
use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use tonic_types::StatusExt as _;

use crate::facts::{Sent, fact, request};
use crate::process::{Server, docket};

/// What a server says that cannot start.
fn refusal(data: &Path) -> String {
    let ended = Server::command(docket(), data).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    String::from_utf8_lossy(&ended.stderr).lines().last().unwrap().to_owned()
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let in_the_way = directory.path().join("file");
    std::fs::write(&in_the_way, "not a directory").unwrap();
    let said = refusal(&in_the_way.join("data"));
    assert!(said.contains("opening the log: creating") && said.contains("File exists"), "{said}");
}

/// The library that tells a program another time.
fn faketime() -> Option<String> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    let mut paths = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    Some(paths.find(|path| path.exists())?.to_str()?.to_owned())
}

/// When each event of a log was recorded, in seconds and nanoseconds.
async fn times(server: &Server) -> Vec<(i64, i32)> {
    let request = pb::ReadHistoryRequest::default();
    let mut stream =
        HistoryServiceClient::new(server.channel().await).read_history(request).await.unwrap().into_inner();
    let mut times = Vec::new();
    while let Some(response) = stream.message().await.unwrap() {
        let time = response.event.unwrap().record_time.unwrap();
        times.push((time.seconds, time.nanos));
    }
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_set_back_does_not_let_time_run_back() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut sent = Sent::default();
    let server = Server::start(&data);
    let mut client = RecordServiceClient::new(server.channel().await);
    sent.record(&mut client, request(vec![fact(1, 10)])).await.unwrap();
    server.stop();
    let Some(library) = faketime() else {
        eprintln!("NOT RUN: libfaketime is not there");
        return;
    };
    let words = [&format!("LD_PRELOAD={library}"), "FAKETIME=-3d", "DONT_FAKE_MONOTONIC=1"];
    let server = Server::try_start_by("env", &words, &data).unwrap();
    let mut client = RecordServiceClient::new(server.channel().await);
    sent.record(&mut client, request(vec![fact(2, 10), fact(3, 10)])).await.unwrap();
    sent.holds(&server).await;
    let before = times(&server).await;
    assert!(before.is_sorted(), "time runs back");
    server.stop();
    let server = Server::start(&data);
    sent.holds(&server).await;
    assert_eq!(times(&server).await.get(..before.len()), Some(before.as_slice()));
}

/// Runs a command that must succeed.
fn run(program: &str, words: &[&str]) {
    assert!(Command::new(program).args(words).status().unwrap().success(), "{program} {words:?}");
}

/// Fills the rest of a disk.
fn fill(filler: &Path) {
    let mut block = std::fs::File::create(filler).unwrap();
    std::io::copy(&mut std::io::repeat(1), &mut block).unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_or_read_only_is_said_and_loses_nothing() {
    let Some(disk) = std::env::var_os("DOCKET_SMALL_DISK") else {
        eprintln!("NOT RUN: without DOCKET_SMALL_DISK");
        return;
    };
    let disk = Path::new(&disk);
    let (data, filler) = (disk.join("data"), disk.join("filler"));
    // Full from the beginning.
    fill(&filler);
    let said = refusal(&data);
    assert!(said.contains("opening the log") && said.contains("No space left"), "{said}");
    std::fs::remove_file(&filler).unwrap();
    // Full where the next chunk should begin, or its index.
    let mut sent = Sent::default();
    let server = Server::start(&data);
    fill(&filler);
    let mut client = RecordServiceClient::new(server.channel().await);
    let mut number = 0;
    let stopped = loop {
        let facts = (0..250).map(|of_it| fact(number + of_it, 15_600)).collect();
        number += 250;
        if let Err(status) = sent.record(&mut client, request(facts)).await {
            break status;
        }
    };
    assert!(number > 4_000, "stopped after {number}");
    let reason = stopped.get_error_details().error_info().unwrap().reason.clone();
    assert!(["OUTCOME_UNKNOWN", "LOG_STOPPED"].contains(&reason.as_str()), "{stopped:?}");
    let later = client.record(request(vec![fact(9_000_000, 10)])).await.unwrap_err();
    assert_eq!(later.get_error_details().error_info().unwrap().reason, "LOG_STOPPED", "{later:?}");
    // Questions are answered.
    assert!(times(&server).await.len() >= sent.acknowledged.len());
    server.stop();
    // Read-only.
    std::fs::remove_file(&filler).unwrap();
    run("mount", &["-o", "remount,ro", disk.to_str().unwrap()]);
    let said = refusal(&data);
    run("mount", &["-o", "remount,rw", disk.to_str().unwrap()]);
    assert!(said.contains("opening the log") && said.contains("Read-only file system"), "{said}");
    sent.holds(&Server::start(&data)).await;
}
