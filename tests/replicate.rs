//! `docket replicate`: the copy is the same log, whatever happens on the way, or it is said where it is not.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use docket_api::pb;
use docket_api::pb::replicate_response::Message;
use docket_api::pb::replication_service_server::{ReplicationService, ReplicationServiceServer};
use docket_domain::EventId;
use docket_log::{Append, EventLog as _, NewEvent, Problem, StoredEvent, Watch};
use docket_proof::{Checkpoint, Frontier, Role, SigningKey};
use tokio::net::TcpListener;
use tokio_stream::Stream;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::process::{Listening, Server, docket as binary};
use crate::verify::{copied, docket, events, samples, small, text, told};

/// The exit code for what is not as it should be.
const WRONG: Option<i32> = Some(8);
/// The exit code where the server cannot be reached.
const UNREACHABLE: Option<i32> = Some(5);
/// What is said of each part that was copied, before its last position.
const COPIED: &str = "copied last=";
/// Events that are appended together to the long log.
const TOGETHER: u64 = 100;
/// Events of the long log.
const LONG: u64 = 20_000;

fn directories<const N: usize>(names: [&str; N]) -> (tempfile::TempDir, [PathBuf; N]) {
    let directory = tempfile::tempdir().unwrap();
    let paths = names.map(|name| directory.path().join(name));
    (directory, paths)
}

fn once(from: &str, data: &Path) -> Output {
    docket(&["replicate", "--from", from, "--data", text(data), "--once", "--json"])
}

/// Copies to the end; tells the last position.
fn copied_once(from: &str, data: &Path) -> u64 {
    let output = once(from, data);
    assert!(output.status.success(), "{}", told(&output));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    said.get("lastPosition").and_then(serde_json::Value::as_u64).unwrap()
}

fn refused(output: &Output, why: &str) {
    assert_eq!(output.status.code(), WRONG, "{why}: {}", told(output));
    assert!(told(output).contains(why), "{why}: {}", told(output));
}

fn import(server: &str, history: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories").join(history);
    let imported = docket(&["import", "--server", server, text(&path)]);
    assert!(imported.status.success(), "{}", told(&imported));
}

/// The last position of a directory in which nothing is wrong. Nobody need be stopped for that.
fn verified(data: &Path) -> u64 {
    struct Quiet;
    impl Watch for Quiet {
        fn problem(&mut self, problem: Problem) {
            panic!("{problem:?}");
        }
        fn note(&mut self, _: String) {}
    }
    docket_log::verify(data, &mut Quiet).unwrap().last.0
}

/// A copy that is kept by a process of its own; killed when it is dropped.
struct Following {
    process: Child,
    says: Lines<BufReader<ChildStderr>>,
}

impl Following {
    fn start(from: &str, data: &Path) -> Self {
        let mut process = binary()
            .args(["replicate", "--from", from, "--data", text(data), "--json"])
            .env("DOCKET_LOG", "info")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(process.stderr.take().unwrap()).lines();
        Self { process, says }
    }

    /// Waits until it says this.
    fn says(&mut self, what: &str) -> String {
        self.says.by_ref().map(Result::unwrap).find(|line| line.contains(what)).unwrap()
    }

    /// Waits until it has copied something; tells up to which position. None where all is copied.
    fn copies(&mut self) -> Option<u64> {
        let mut lines = self.says.by_ref().map(Result::unwrap);
        let line = lines.find(|line| line.contains(COPIED) || line.contains("caught up at @")).unwrap();
        line.split(COPIED).nth(1).map(|last| last.parse().unwrap())
    }

    /// Waits until it has copied everything up to this position.
    fn comes_to(&mut self, position: u64) {
        while self.says(COPIED).split(COPIED).nth(1).unwrap().parse::<u64>().unwrap() < position {}
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
    }

    /// Asks it to end, and waits until it did.
    fn end(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(asked.success() && self.process.wait().unwrap().success());
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // It may be dead already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Both have the same events with the same positions, revisions, times and hashes; the copy may end before the other. Both are closed.
async fn assert_same(original: &Path, copy: &Path) -> u64 {
    let (original, copy) = (events(original).await, events(copy).await);
    assert!(original.len() > 160, "{} events", original.len());
    assert!(original.starts_with(&copy));
    copy.len() as u64
}

fn summary(data: &Path) -> serde_json::Value {
    let verified = docket(&["verify", text(data), "--json"]);
    assert!(verified.status.success(), "{}", told(&verified));
    let lines = String::from_utf8(verified.stdout).unwrap();
    serde_json::from_str(lines.lines().last().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_follows_the_original_with_its_checkpoints_and_is_served_in_its_place() {
    let (_directory, [data, copy]) = directories(["data", "copy"]);
    let server = Server::start(&data);
    // As one looks that was killed before it had a chunk.
    std::fs::create_dir_all(copy.join("chunks")).unwrap();
    std::fs::write(copy.join("chunks/00000000000000000001.chunk.new"), "DOCK").unwrap();
    let first = copied_once(&server.url(), &copy);
    import(&server.url(), "kingston-upon-hull.jsonl");
    let mut following = Following::start(&server.url(), &copy);
    let caught_up = following.says("caught up at @");
    assert!(!caught_up.contains(&format!("@{first};")), "{caught_up}");
    import(&server.url(), "leeds.jsonl");
    following.comes_to(verified(&data));
    let held = docket(&["serve", "--listen", "127.0.0.1:0", "--data", text(&copy)]);
    assert!(
        !held.status.success() && told(&held).contains("is in use by docket replicate"),
        "{}",
        told(&held)
    );
    following.end();
    // It signs once more when it stops.
    server.stop();
    let server = Server::start(&data);
    let last = copied_once(&server.url(), &copy);
    server.stop();
    assert_eq!(assert_same(&data, &copy).await, last);
    let whole = summary(&copy);
    assert!(whole["checkpoints"].as_u64().unwrap() > 0, "{whole}");
    assert_eq!(whole["checkpoints"], whole["agreeingCheckpoints"]);
    // It is served in the place of the original: it signs by the same name, and is no copy any more.
    let server = Server::start(&copy);
    import(&server.url(), "slough.jsonl");
    let again = once(&server.url(), &copy);
    assert!(!again.status.success() && told(&again).contains("it is no copy"), "{}", told(&again));
    server.stop();
    let keys = std::fs::read_to_string(copy.join("keys/checkpoint.pub")).unwrap();
    let names: Vec<_> = keys.lines().map(|key| key.split('+').next().unwrap()).collect();
    assert!(names.len() == 2 && names[0] == names[1], "{keys}");
    assert_eq!(summary(&copy)["problems"], 0);
}

/// A log of appends of so many events that they are sent in several messages.
async fn long(data: &Path) {
    let log = small(data);
    for first in (1..=LONG).step_by(usize::try_from(TOGETHER).unwrap()) {
        let event = |number: u64| NewEvent {
            id: EventId((u128::from(number) << 8 | 0x0b).to_be_bytes()),
            stream: format!("authority/number-{}", number % 17).parse().unwrap(),
            kind: 26,
            body: vec![b'x'; 20],
            meta: Vec::new(),
        };
        let events = (first..first + TOGETHER).map(event).collect();
        log.append(Append { events, expected: Vec::new(), now_micros: 1 }).await.unwrap();
    }
    log.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_killed_again_and_again_is_always_a_log_and_goes_on() {
    let (_directory, [data, copy]) = directories(["data", "copy"]);
    long(&data).await;
    let server = Server::start(&data);
    let (mut last, mut kills) = (0, 0);
    loop {
        let mut following = Following::start(&server.url(), &copy);
        let Some(said) = following.copies() else { break };
        following.kill();
        let there = verified(&copy);
        assert!(last < said && said <= there, "{last} {said} {there}");
        assert!(LONG < there || there.is_multiple_of(TOGETHER), "{there} is within an append");
        (last, kills) = (there, kills + 1);
    }
    assert!(kills > 0);
    last = copied_once(&server.url(), &copy);
    assert!(LONG < last, "{last}");
    server.stop();
    assert_eq!(assert_same(&data, &copy).await, last);
    assert_eq!(summary(&copy)["problems"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_goes_on_when_the_original_was_killed_and_comes_back() {
    let (_directory, [data, copy, unreachable]) = directories(["data", "copy", "unreachable"]);
    long(&data).await;
    let serve = |listen: &str| {
        let mut serve = binary();
        Listening::start(serve.args(["serve", "--listen", listen, "--data"]).arg(&data))
    };
    let mut server = serve("127.0.0.1:0");
    let (url, address) = (server.url(), server.address().to_string());
    let mut following = Following::start(&url, &copy);
    following.copies().unwrap();
    server.kill();
    assert_eq!(once(&url, &unreachable).status.code(), UNREACHABLE);
    assert!(!unreachable.exists());
    following.says("trying again");
    let server = serve(&address);
    import(&url, "kingston-upon-hull.jsonl");
    following.comes_to(verified(&data));
    following.end();
    assert!(server.stop().success());
    assert!(LONG < assert_same(&data, &copy).await);
    assert_eq!(summary(&copy)["problems"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_another_log_ahead_or_altered_is_said_and_left_as_it_is() {
    let (_directory, [data, copy, other]) = directories(["data", "copy", "other"]);
    let server = Server::start(&data);
    copied_once(&server.url(), &copy);
    let other = Server::start(&other);
    let before = events(&copy).await;
    refused(&once(&other.url(), &copy), "is a copy of another log");
    let key = SigningKey::new(Role::Log, "docket.example/log", &[7; 32]).unwrap().verifier().to_string();
    import(&server.url(), "leeds.jsonl");
    assert_eq!(events(&copy).await, before);
    // Somebody records in the copy: it is ahead of an original that was put back, or has another event where that has one.
    let older = &copy.with_file_name("older");
    copied(&copy, older, &["chunks", "checkpoints", "keys"]);
    forge(&copy, 1).await;
    let forged = events(&copy).await;
    refused(&once(&server.url(), &copy), "is another one in the original");
    let older = Server::start(older);
    forge(&copy, 100).await;
    refused(&once(&older.url(), &copy), "was put back to an older state");
    assert!(events(&copy).await.starts_with(&forged));
    // Checkpoints are believed by the key that was demanded.
    let demanding = copy.with_file_name("demanding");
    let from = ["replicate", "--from", &server.url(), "--data", text(&demanding), "--once", "--key"];
    refused(&docket(&[&from[..], &[&key]].concat()), "a checkpoint of the original is not believed");
    let own = data.join("keys/checkpoint.pub");
    let believed = docket(&[&from[..], &[text(&own)]].concat());
    assert!(believed.status.success(), "{}", told(&believed));
    assert!(
        told(&believed).contains(&format!("at position {}", verified(&demanding))),
        "{}",
        told(&believed)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_whose_checkpoints_are_damaged_says_where() {
    let (_directory, [data, copy]) = directories(["data", "copy"]);
    let server = Server::start(&data);
    copied_once(&server.url(), &copy);
    let file = copy.join("checkpoints/log");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).unwrap() ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    refused(&once(&server.url(), &copy), "is damaged at offset");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

/// Records so many events of its own.
async fn forge(copy: &Path, count: u8) {
    let log = small(copy);
    for number in 0..count {
        let event = NewEvent {
            id: EventId([count, number, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]),
            stream: "authority/nowhere".parse().unwrap(),
            kind: 26,
            body: vec![],
            meta: vec![],
        };
        let mine = Append { events: vec![event], expected: vec![], now_micros: 1 };
        log.append(mine).await.unwrap();
    }
    log.close();
}

/// A server that sends what it was told to, and then nothing more.
struct Liar(Vec<Message>);

#[tonic::async_trait]
impl ReplicationService for Liar {
    type ReplicateStream = Pin<Box<dyn Stream<Item = Result<pb::ReplicateResponse, Status>> + Send>>;

    async fn replicate(
        &self,
        _: Request<pb::ReplicateRequest>,
    ) -> Result<Response<Self::ReplicateStream>, Status> {
        let answers = self.0.clone().into_iter();
        let answers = answers.map(|message| Ok(pb::ReplicateResponse { message: Some(message) }));
        Ok(Response::new(Box::pin(tokio_stream::iter(answers))))
    }
}

async fn lying(messages: Vec<Message>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = ReplicationServiceServer::new(Liar(messages));
    let server = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

fn stored(events: &[StoredEvent]) -> pb::StoredEvents {
    let one = |event: &StoredEvent| pb::StoredEvent {
        stored: event.stored().to_vec(),
        leaf_hash: event.leaf_hash().to_vec(),
    };
    pb::StoredEvents { events: events.iter().map(one).collect() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_original_that_lies_is_found_out_with_the_place_and_nothing_of_the_lie_is_kept() {
    let (directory, [source]) = directories(["source"]);
    copied(samples(), &source, &["chunks"]);
    let events: Vec<StoredEvent> = events(&source).await.into_iter().take(50).collect();
    let key = SigningKey::new(Role::Log, "docket.example/log", &[7; 32]).unwrap();
    let witness = SigningKey::new(Role::Witness, "witness.example/w1", &[8; 32]).unwrap();
    let signed = |size: usize, last: &StoredEvent| {
        let mut tree = Frontier::new();
        events.iter().take(size - 1).chain([last]).for_each(|event| tree.push(event.leaf_hash()));
        let checkpoint = Checkpoint::new("docket.example/log", size as u64, tree.root()).unwrap();
        let signed = checkpoint.sign(&key).unwrap();
        // Cosigned when it comes.
        format!("{signed}{}", signed.cosign(&witness, 1_700_000_000).unwrap().line())
    };
    let checkpoint =
        |note: String| Message::Checkpoint(pb::SignedCheckpoint { note, ..pb::SignedCheckpoint::default() });
    let truth = [
        Message::Log(pb::ReplicatedLog {
            log_id: vec![3; 16],
            last_position: 50,
            leaf_hash: vec![],
            verifier_keys: vec![key.verifier().to_string()],
        }),
        Message::Events(stored(&events[..40])),
        checkpoint(signed(30, &events[29])),
    ];
    let mut altered = stored(&events[40..50]);
    altered.events[3].stored[40] ^= 1;
    let mut hash = stored(&events[40..50]);
    hash.events[3].leaf_hash[0] ^= 1;
    let lies: [(&str, Message); 7] = [
        ("position 44 of the original", Message::Events(altered)),
        ("position 44 of the original", Message::Events(hash)),
        ("position 41 of the original", Message::Events(stored(&events[41..50]))),
        ("position 41 of the original", Message::Events(stored(&events[39..50]))),
        ("the original signed other events up to position 40", checkpoint(signed(40, &events[20]))),
        ("a checkpoint of 41 events before all of them", checkpoint(signed(41, &events[40]))),
        ("is not believed", checkpoint(signed(40, &events[39]).replacen("\n40\n", "\n39\n", 1))),
    ];
    // The truth: further checkpoints, and then a cosignature of the first, of which the log's signature alone came at first.
    let copy = directory.path().join("truth");
    let bare = |note: String| note.split_inclusive('\n').take(5).collect::<String>();
    let [thirty, forty] = [30, 40].map(|size| signed(size, &events[size - 1]));
    let messages = [bare(thirty.clone()), bare(forty), thirty.clone(), thirty.clone()].map(checkpoint);
    let caught_up = Message::CaughtUp(pb::CaughtUp { position: 40 });
    let original = [truth[..2].to_vec(), messages.to_vec(), vec![caught_up]].concat();
    let address = lying(original).await;
    let output = tokio::task::block_in_place(|| once(&format!("http://{address}"), &copy));
    assert!(output.status.success(), "{}", told(&output));
    let kept = std::fs::read_to_string(copy.join("checkpoints/log")).unwrap();
    assert!(kept.ends_with(&thirty) && kept.matches("checkpoint ").count() == 3, "{kept}");
    let whole = summary(&copy);
    assert_eq!((&whole["lastPosition"], &whole["problems"]), (&40.into(), &0.into()), "{whole}");
    for (number, (what, lie)) in lies.into_iter().enumerate() {
        let copy = directory.path().join(number.to_string());
        let address = lying([truth.to_vec(), vec![lie]].concat()).await;
        let output = tokio::task::block_in_place(|| once(&format!("http://{address}"), &copy));
        refused(&output, what);
        let whole = summary(&copy);
        let expected = (&40.into(), &2.into(), &0.into());
        assert_eq!((&whole["lastPosition"], &whole["checkpoints"], &whole["problems"]), expected, "{whole}");
    }
}
