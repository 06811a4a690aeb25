//! Every scenario of `tests/scenarios` holds, in process and over gRPC.

use std::path::Path;

use docket_api::json;
use tokio::task::JoinSet;

use crate::drivers::Both;
use crate::scenario;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_holds_in_process_and_over_grpc() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    assert!(12 <= paths.len(), "there are {} scenarios", paths.len());
    let mut running: JoinSet<Vec<String>> =
        paths.into_iter().map(|path| async move { scenario::run(&path).await }).collect();
    let mut failures = Vec::new();
    while let Some(of_one) = running.join_next().await {
        failures.extend(of_one.unwrap());
    }
    assert!(failures.is_empty(), "{} expectations do not hold:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_the_sample_histories_is_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories");
    let both = Both::start().await;
    let mut lines = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                both.record(json::from_str(line).unwrap()).await;
                lines += 1;
            }
        }
    }
    assert!(500 < lines, "there are {lines} lines");
}
