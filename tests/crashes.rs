//! The real binary, killed with SIGKILL at the moment at which it makes a system call: what it acknowledged is there, once.
//!
//! strace does the killing. `DOCKET_CALLS` says how many of the first calls of each kind are tried; with it, calls at the end of a chunk
//! are tried too.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use docket_api::pb::record_service_client::RecordServiceClient;
use tonic_types::StatusExt as _;

use crate::facts::{Sent, fact, request};
use crate::process::Server;

/// The first calls of each kind that are tried, unless DOCKET_CALLS says otherwise.
const CALLS: u32 = 2;
/// Clients that record at once.
const CLIENTS: u64 = 4;
/// Requests of each client, within which a call must come at which the server is killed.
const REQUESTS: u64 = 60;
/// Requests of each client of a server that started at last.
const REQUESTS_AFTER: u64 = 5;
/// What is called while a server starts.
const STARTING: [&str; 7] =
    ["mkdir", "?rename,renameat,?renameat2", "fallocate", "fsync", "fdatasync", "pwrite64", "ftruncate"];
/// What is called while facts are recorded.
const RECORDING: [&str; 2] = ["pwrite64", "fdatasync"];
/// What is called where a chunk ends and the next begins.
const SEALING: [&str; 5] = ["ftruncate", "fsync", "fchmod", "fallocate", "?rename,renameat,?renameat2"];

/// Whether processes can be traced here.
pub(crate) fn can_trace() -> bool {
    let traced =
        Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=none", "true"]).status();
    traced.is_ok_and(|status| status.success())
}

fn calls() -> Option<u32> {
    std::env::var("DOCKET_CALLS").ok().map(|calls| calls.parse().unwrap())
}

/// The words that make strace kill at the call with this number.
fn killing(call: &str, number: u32) -> [String; 2] {
    [format!("trace={call}"), format!("inject={call}:signal=KILL:when={number}")]
}

/// Starts a server that is killed at this call; none if it was, while it started.
fn start_killed_at(data: &Path, call: &str, number: u32) -> Option<Server> {
    let [trace, inject] = killing(call, number);
    let words = ["-D", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    Server::try_start_by("strace", &words, data).ok()
}

/// A tracer of a server that runs; it ends with the server.
pub(crate) struct Tracer(Child);

impl Tracer {
    /// Waits until it is there.
    pub(crate) fn attach(server: &Server, words: &[&str]) -> Self {
        let mut tracer = Command::new("strace")
            .args(["-f", "-o", "/dev/null"])
            .args(words)
            .args(["-p", &server.id().to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(tracer.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("attached")), "strace did not attach");
        std::thread::spawn(move || lines.for_each(drop));
        Self(tracer)
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // It lets the server go on.
        drop(Command::new("kill").args(["-INT", &self.0.id().to_string()]).status());
        drop(self.0.wait());
    }
}

/// Records with several clients until the server dies; kills it at the end if it did not.
async fn record_until_killed(server: &mut Server, requests: u64, first: u64, letters: usize) -> Sent {
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let channel = server.channel().await;
        clients.push(tokio::spawn(async move {
            let mut sent = Sent::default();
            let mut service = RecordServiceClient::new(channel).max_decoding_message_size(16 << 20);
            for number in 0..requests {
                let first = first + (number * CLIENTS + client) * 3;
                let facts = (0..=number % 3).map(|number| fact(first + number, letters)).collect();
                if let Err(status) = sent.record(&mut service, request(facts)).await {
                    assert!(status.get_error_details().error_info().is_none(), "refused: {status:?}");
                    break;
                }
            }
            sent
        }));
    }
    let mut sent = Sent::default();
    for client in clients {
        sent.add(client.await.unwrap());
    }
    server.kill();
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_call_of_its_start_it_starts_again_and_has_everything() {
    if !can_trace() {
        eprintln!("NOT RUN: strace is not there, or may not trace");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for call in STARTING {
        // Killed again and again, each time a call further, in the same directory.
        let data = directory.path().join(call.trim_start_matches('?'));
        let mut killed = 0;
        for number in 1..=calls().unwrap_or(CALLS) {
            match start_killed_at(&data, call, number) {
                None => killed += 1,
                Some(mut server) => server.kill(),
            }
        }
        assert!(killed > 0, "no {call} was made");
        let mut server = Server::start(&data);
        let mut sent = record_until_killed(&mut server, REQUESTS_AFTER, 0, 100).await;
        assert_eq!(sent.requests.len() as u64, CLIENTS * REQUESTS_AFTER);
        sent.holds(&Server::start(&data)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_a_write_or_a_sync_it_keeps_what_it_acknowledged() {
    if !can_trace() {
        eprintln!("NOT RUN: strace is not there, or may not trace");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    for (round, call) in (0..).zip(RECORDING) {
        for number in 1..=calls().unwrap_or(CALLS) {
            let mut server = Server::start(&data);
            let [trace, inject] = killing(call, number * 3);
            let tracer = Tracer::attach(&server, &["-e", &trace, "-e", &inject]);
            let first = (u64::from(number) + 1_000 * round) * 10_000;
            let mut sent = record_until_killed(&mut server, REQUESTS, first, 100).await;
            drop(tracer);
            assert!((sent.requests.len() as u64) < CLIENTS * REQUESTS, "it was not killed at {call}");
            sent.holds(&Server::start(&data)).await;
        }
    }
}

/// Fills the first chunk of a directory almost to its end.
async fn fill_a_chunk(data: &Path) {
    let server = Server::start(data);
    let mut client = RecordServiceClient::new(server.channel().await);
    for block in 0..8 {
        let facts = (0..500).map(|number| fact(1_000_000 + block * 500 + number, 15_600)).collect();
        client.record(request(facts)).await.unwrap();
    }
    server.stop();
}

fn chunks(data: &Path) -> usize {
    std::fs::read_dir(data.join("chunks")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_where_one_chunk_ends_and_the_next_begins_it_keeps_what_it_acknowledged() {
    if !can_trace() || calls().is_none() {
        eprintln!("NOT RUN: without DOCKET_CALLS and strace");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let full = directory.path().join("full");
    fill_a_chunk(&full).await;
    for call in SEALING {
        let data = directory.path().join(call.trim_start_matches('?'));
        let copied = Command::new("cp").arg("-a").args([&full, &data]).status().unwrap();
        assert!(copied.success());
        let mut server = Server::start(&data);
        let [trace, inject] = killing(call, 1);
        let tracer = Tracer::attach(&server, &["-e", &trace, "-e", &inject]);
        let mut sent = record_until_killed(&mut server, REQUESTS, 0, 15_600).await;
        drop(tracer);
        assert!((sent.requests.len() as u64) < CLIENTS * REQUESTS, "it was not killed at {call}");
        sent.holds(&Server::start(&data)).await;
        assert_eq!(chunks(&data), 2, "killed at {call}");
        std::fs::remove_dir_all(&data).unwrap();
    }
}
