//! The real `docket witness`, and a log that asks it: what it cosigns, refuses, keeps, and never forgets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use docket_proof::{
    Checkpoint, Cosignature, Frontier, Hash, Leaves, Role, SUBMISSION_BYTES_MAX, SignedCheckpoint,
    SigningKey, Submission, VerifierKey, consistency, leaf_hash,
};
use docket_server::{Witness, WitnessError};

use crate::process::{Listening, docket};

const LOG: &str = "docket.example/log";
const NAME: &str = "witness.example/w1";

/// A log that signs what it is told to.
struct Log {
    leaves: Leaves,
    key: SigningKey,
}

impl Log {
    /// The log whose events are all of this one history.
    fn of(history: &str) -> Self {
        let leaves = (0..400).map(|number| leaf_hash(format!("{history} {number}").as_bytes())).collect();
        Self { leaves: Leaves(leaves), key: SigningKey::new(Role::Log, LOG, &[1; 32]).unwrap() }
    }

    fn signed(&self, size: u64) -> SignedCheckpoint {
        let mut tree = Frontier::new();
        self.leaves.0.iter().zip(0..size).for_each(|(leaf, _)| tree.push(*leaf));
        Checkpoint::new(LOG, size, tree.root()).unwrap().sign(&self.key).unwrap()
    }

    fn prove(&self, old_size: u64, size: u64) -> Vec<Hash> {
        consistency(&self.leaves, old_size, size, &self.signed(size).checkpoint().root).unwrap()
    }

    fn submission(&self, old_size: u64, size: u64) -> Submission {
        Submission { old_size, proof: self.prove(old_size, size), note: self.signed(size).to_string() }
    }

    /// The cosignature of a checkpoint, by a client that knows nothing of the witness but where it is; verified.
    async fn ask(&self, running: &Running, size: u64) -> Result<SignedCheckpoint, WitnessError> {
        let witness = Witness::new(&running.listening.url(), running.key.clone()).unwrap();
        let mut signed = self.signed(size);
        let prove = async |old_size| Ok::<_, std::convert::Infallible>(self.prove(old_size, size));
        let cosignature = witness.cosign(&signed, prove).await?;
        let witnesses = [running.key.clone()];
        signed.add_cosignatures(&cosignature.line(), &witnesses).unwrap();
        let cosigned = signed.cosigned(&witnesses, 1).unwrap();
        assert_eq!(cosigned.first().map(Cosignature::witness), Some(NAME));
        Ok(signed)
    }
}

/// `docket witness`, and the key that it printed.
struct Running {
    listening: Listening,
    key: VerifierKey,
}

fn command(state: &Path) -> Command {
    let key = Log::of("history").key.verifier().to_string();
    command_with(NAME, &key, state)
}

fn command_with(name: &str, log_key: &str, state: &Path) -> Command {
    let mut command = docket();
    command
        .args(["witness", "--listen", "127.0.0.1:0", "--name", name, "--log-key", log_key, "--state"])
        .arg(state);
    command
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut listening = Listening::start(command.stdout(Stdio::piped()));
        let mut line = String::new();
        BufReader::new(listening.stdout()).read_line(&mut line).unwrap();
        Self { listening, key: VerifierKey::parse(&line).unwrap() }
    }

    fn at(state: &Path) -> Self {
        Self::start(&mut command(state))
    }

    /// Sends a request as it stands; gives the status, the media type and the body of the answer.
    fn send(&self, request: &str, body: &[u8]) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.listening.address()).unwrap();
        let head = format!(
            "{request} HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // It may answer, and go, before it has read all.
        drop(stream.write_all(body));
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let media = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), media.to_owned(), body.to_owned())
    }

    fn add(&self, submission: &Submission) -> (u16, String, String) {
        self.send("POST /add-checkpoint", submission.to_string().as_bytes())
    }

    /// How many events it has cosigned: it says so to whoever names another number.
    fn seen(&self) -> u64 {
        self.seen_by(&Log::of("history"))
    }

    /// The same, asked by this log.
    fn seen_by(&self, log: &Log) -> u64 {
        let (status, media, body) = self.add(&Submission { old_size: 399, ..log.submission(0, 400) });
        assert_eq!((status, media.as_str()), (409, "text/x.tlog.size"));
        body.strip_suffix('\n').unwrap().parse().unwrap()
    }
}

/// What is said by one that does not start.
fn does_not_start(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap()
}

fn evidence(state: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(state.join("evidence")) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn the_first_checkpoint_growth_and_the_same_again_are_cosigned() {
    let directory = tempfile::tempdir().unwrap();
    let (running, log) = (Running::at(&directory.path().join("made/by/it")), Log::of("history"));
    assert_eq!(running.seen(), 0);
    for size in [0, 0, 5, 5, 6, 256, 300, 300] {
        log.ask(&running, size).await.unwrap();
        assert_eq!(running.seen(), size);
    }
}

#[tokio::test]
async fn a_fork_is_refused_and_kept_as_evidence_that_verifies() {
    let directory = tempfile::tempdir().unwrap();
    let running = Running::at(directory.path());
    let (log, fork) = (Log::of("history"), Log::of("another history"));
    log.ask(&running, 9).await.unwrap();
    assert_eq!(evidence(directory.path()), Vec::<PathBuf>::new());

    // Of the same length: wherever the proof is said to begin, and more than once.
    for old_size in [9, 9, 0, 3] {
        let (status, media, said) = running.add(&fork.submission(old_size, 9));
        assert_eq!((status, media.as_str()), (409, "text/plain; charset=utf-8"));
        assert_eq!(
            said,
            "the log has signed two histories of 9 events: this witness cosigned the other one\n"
        );
    }
    let error = fork.ask(&running, 9).await.unwrap_err().to_string();
    assert!(error.contains("the log has signed two histories of 9 events"), "{error}");
    // Longer: no proof leads there.
    let proofs = [fork.prove(9, 12), log.prove(9, 12), Vec::new(), vec![[0; 32]; 63]];
    for proof in proofs {
        let (status, _, said) = running.add(&Submission { proof, ..fork.submission(9, 12) });
        assert_eq!(status, 422);
        assert!(said.contains("does not show that the log of 12 events continues the one of 9"), "{said}");
    }

    let kept = evidence(directory.path());
    assert_eq!(kept.len(), 1, "one file, however often it was sent: {kept:?}");
    let text = std::fs::read_to_string(&kept[0]).unwrap();
    let keys = [log.key.verifier().clone()];
    let (explained, notes) = text.split_once("\n\n").unwrap();
    assert!(
        explained.starts_with("The log docket.example/log has signed two different histories of 9 events.")
    );
    let (first, second) = notes.split_once("\n----\n\n").unwrap();
    let [first, second] = [first, second].map(|note| SignedCheckpoint::open(note.as_bytes(), &keys).unwrap());
    assert_eq!(first.checkpoint(), log.signed(9).checkpoint());
    assert_eq!(second.checkpoint(), fork.signed(9).checkpoint());

    log.ask(&running, 12).await.unwrap();
}

#[test]
fn every_refusal_has_the_status_that_the_specification_gives_it() {
    let directory = tempfile::tempdir().unwrap();
    let (running, log) = (Running::at(directory.path()), Log::of("history"));
    assert_eq!(running.add(&log.submission(0, 7)).0, 200);

    let other = SigningKey::new(Role::Log, "docket.example/other", &[1; 32]).unwrap();
    let root = log.signed(9).checkpoint().root;
    let other = Checkpoint::new("docket.example/other", 9, root).unwrap().sign(&other).unwrap().to_string();
    let stranger = SigningKey::new(Role::Log, LOG, &[9; 32]).unwrap();
    let stranger = Checkpoint::new(LOG, 9, root).unwrap().sign(&stranger).unwrap().to_string();
    let right = log.submission(7, 9);
    let forged = right.note.replacen("\n9\n", "\n8\n", 1);
    let extended = right.note.replace("=\n\n", "=\nextension\n\n");
    let with = |note: &str| Submission { note: note.to_owned(), ..right.clone() };
    let cases = [
        (with("hello\n"), 400, "this is no signed checkpoint"),
        (with(&extended), 400, "the text that is signed is no checkpoint"),
        (with(&other), 404, "the checkpoint is of the log \"docket.example/other\"; the keys"),
        (with(&stranger), 403, "the checkpoint is signed by no key that was given"),
        (with(&forged), 403, "the signature of the key docket.example/log+"),
        (Submission { old_size: 10, ..right.clone() }, 400, "the proof is said to begin from 10 events"),
        (Submission { proof: vec![], ..right.clone() }, 422, "the proof does not show"),
        (log.submission(0, 9), 409, "7\n"),
        (log.submission(5, 6), 409, "7\n"),
        (log.submission(8, 9), 409, "7\n"),
    ];
    for (submission, status, said) in cases {
        let answer = running.add(&submission);
        assert_eq!(answer.0, status, "{answer:?}");
        assert!(answer.2.starts_with(said), "{answer:?}");
        assert_eq!(answer.1 == "text/x.tlog.size", status == 409, "{answer:?}");
    }
    let body = right.to_string();
    let long = "x".repeat(SUBMISSION_BYTES_MAX + 1);
    for (request, body, status) in [
        ("POST /add-checkpoint", "", 400),
        ("POST /add-checkpoint", "old 7\nhello\n\n", 400),
        ("POST /add-checkpoint", &long, 413),
        ("GET /add-checkpoint", "", 405),
        ("PUT /add-checkpoint", &body, 405),
        ("POST /", &body, 404),
        ("POST /add-checkpoint/", &body, 404),
    ] {
        assert_eq!(running.send(request, body.as_bytes()).0, status, "{request}");
    }
    assert_eq!((running.seen(), evidence(directory.path()).len()), (7, 0), "nothing of it left a trace");
    assert_eq!(running.add(&right).0, 200);
}

#[test]
fn signatures_that_others_add_to_a_checkpoint_are_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    let (running, log) = (Running::at(directory.path()), Log::of("history"));
    let mut submission = log.submission(0, 7);
    // As many as a note may have.
    submission.note += &format!("— x {}\n", "AAAA".repeat(150)).repeat(99);
    let (status, _, line) = running.add(&submission);
    assert_eq!(status, 200, "{line}");
    let kept = std::fs::read_to_string(directory.path().join("checkpoint")).unwrap();
    assert_eq!(kept, format!("{}{line}", log.signed(7)));
    drop(running);
    assert_eq!(Running::at(directory.path()).seen(), 7);
}

#[tokio::test]
async fn of_many_that_come_at_once_one_is_cosigned_and_the_others_are_told_where_it_stands() {
    let directory = tempfile::tempdir().unwrap();
    let (running, log) = (Running::at(directory.path()), Log::of("history"));
    log.ask(&running, 5).await.unwrap();
    let submissions: Vec<_> = (6..30).map(|size| log.submission(5, size)).collect();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            submissions.iter().map(|submission| scope.spawn(|| running.add(submission))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let cosigned: Vec<_> = (6..30).zip(&answers).filter(|(_, answer)| answer.0 == 200).collect();
    assert_eq!(cosigned.len(), 1, "{answers:?}");
    let (size, _) = cosigned[0];
    assert_eq!(running.seen(), size);
    assert_eq!(
        answers
            .iter()
            .filter(|answer| **answer == (409, "text/x.tlog.size".into(), format!("{size}\n")))
            .count(),
        23
    );
}

#[tokio::test]
async fn stopped_or_killed_it_knows_afterwards_what_it_has_seen_and_has_the_same_key() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::of("history");
    let running = Running::at(directory.path());
    let key = running.key.clone();
    log.ask(&running, 5).await.unwrap();
    assert!(running.listening.stop().success());

    let mut running = Running::at(directory.path());
    assert_eq!((running.seen(), &running.key), (5, &key));
    log.ask(&running, 8).await.unwrap();
    running.listening.kill();

    let running = Running::at(directory.path());
    assert_eq!((running.seen(), &running.key), (8, &key));
    assert_eq!(running.add(&Log::of("another history").submission(8, 8)).0, 409);
    assert_eq!(evidence(directory.path()).len(), 1);
}

#[tokio::test]
async fn killed_while_it_cosigns_it_never_goes_back_behind_a_cosignature() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::of("history");
    let mut cosigned = 0;
    for kill in 0..12_u64 {
        let mut running = Running::at(directory.path());
        let seen = running.seen();
        assert!(cosigned <= seen, "{cosigned} were cosigned, {seen} are known after kill {kill}");
        // Each answer but the last is awaited; the last request is under way when the signal comes.
        for size in seen + 1..seen + 2 + kill % 4 {
            assert_eq!(running.add(&log.submission(size - 1, size)).0, 200);
            cosigned = size;
        }
        let mut stream = TcpStream::connect(running.listening.address()).unwrap();
        let body = log.submission(cosigned, cosigned + 1).to_string();
        let head =
            format!("POST /add-checkpoint HTTP/1.1\r\nhost: w\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).unwrap();
        if kill % 3 == 0 {
            // Further on: it has begun to answer, or is about to.
            let mut byte = [0];
            if stream.read(&mut byte).is_ok_and(|read| read == 1) {
                cosigned += 1;
            }
        }
        running.listening.kill();
    }
    let running = Running::at(directory.path());
    assert!(cosigned <= running.seen());
    log.ask(&running, 300).await.unwrap();
}

#[tokio::test]
async fn after_a_rotation_it_takes_checkpoints_of_both_keys_and_needs_the_old_one_for_what_it_has_seen() {
    let directory = tempfile::tempdir().unwrap();
    let (old, mut new) = (Log::of("history"), Log::of("history"));
    new.key = SigningKey::new(Role::Log, LOG, &[2; 32]).unwrap();
    let new_key = new.key.verifier().to_string();
    {
        let running = Running::at(directory.path());
        old.ask(&running, 5).await.unwrap();
        assert_eq!(running.add(&new.submission(5, 6)).0, 403);
    }
    let only_new = || command_with(NAME, &new_key, directory.path());
    let said = does_not_start(&mut only_new());
    assert!(said.contains("list the log's older key too"), "{said}");
    {
        let running = Running::start(command(directory.path()).args(["--log-key", &new_key]));
        old.ask(&running, 6).await.unwrap();
        new.ask(&running, 7).await.unwrap();
    }
    // What it has seen last is of the new key: the old one is not needed any more.
    let running = Running::start(&mut only_new());
    assert_eq!(running.seen_by(&new), 7);
}

#[test]
fn a_state_that_cannot_be_relied_on_keeps_it_from_starting() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path();
    let running = Running::at(state);
    assert_eq!(running.add(&Log::of("history").submission(0, 5)).0, 200);
    let said = does_not_start(&mut command(state));
    assert!(said.contains("is in use by another docket witness"), "{said}");
    drop(running);

    let checkpoint = state.join("checkpoint");
    let note = std::fs::read_to_string(&checkpoint).unwrap();
    for damaged in ["", "nothing", &note[1..], &note.replacen("\n5\n", "\n4\n", 1), &"x".repeat(1 << 20)] {
        std::fs::write(&checkpoint, damaged).unwrap();
        let said = does_not_start(&mut command(state));
        assert!(said.contains("It is what this witness cosigned last: put it right"), "{said}");
    }
    std::fs::remove_file(&checkpoint).unwrap();
    let said = does_not_start(&mut command(state));
    assert!(
        said.contains("is missing, though this witness has a key: it would cosign any history anew"),
        "{said}"
    );
    // Nor is the key taken elsewhere without what was seen with it.
    let elsewhere = directory.path().join("elsewhere");
    let said = does_not_start(command(&elsewhere).arg("--key").arg(state.join("key")));
    assert!(said.contains("is missing, though this witness has a key"), "{said}");

    std::fs::write(&checkpoint, &note).unwrap();
    assert_eq!(Running::at(state).seen(), 5);
}

#[test]
fn its_key_is_its_owner_s_alone_and_keeps_its_name() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("keys-key");
    let state = directory.path().join("state");
    let printed = Running::start(command(&state).arg("--key").arg(&key)).key;
    assert_eq!((printed.name(), printed.role()), (NAME, Role::Witness));
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!state.join("key").exists());

    let log_key = Log::of("history").key.verifier().to_string();
    let mut renamed = command_with("witness.example/w2", &log_key, &state);
    let said = does_not_start(renamed.arg("--key").arg(&key));
    assert!(said.contains("a key keeps its name for ever"), "{said}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = does_not_start(command(&state).arg("--key").arg(&key));
    assert!(said.contains("can be read by others (mode 644): chmod 600 it"), "{said}");
}

#[test]
fn what_it_cannot_remember_it_does_not_cosign_and_after_that_nothing_until_it_is_restarted() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::of("history");
    let running = Running::at(directory.path());
    assert_eq!(running.add(&log.submission(0, 5)).0, 200);
    // A directory in the place of the file that it writes first.
    let obstacle = directory.path().join("checkpoint.new");
    std::fs::create_dir(&obstacle).unwrap();
    let refusal = (
        500,
        "text/plain; charset=utf-8".to_owned(),
        "this witness cannot cosign now; its operator can see why\n".to_owned(),
    );
    assert_eq!(running.add(&log.submission(5, 6)), refusal);
    std::fs::remove_dir(&obstacle).unwrap();
    assert_eq!(running.add(&log.submission(5, 6)), refusal);
    drop(running);
    let running = Running::at(directory.path());
    assert_eq!(running.seen(), 5);
    assert_eq!(running.add(&log.submission(5, 6)).0, 200);
}

#[test]
fn keys_that_it_cannot_watch_with_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let of = |role, name: &str| SigningKey::new(role, name, &[1; 32]).unwrap();
    let other = of(Role::Log, "docket.example/other").verifier().to_string();
    let said = does_not_start(command(directory.path()).args(["--log-key", &other]));
    assert!(
        said.contains("these are the keys of several logs: docket.example/log, docket.example/other"),
        "{said}"
    );
    let refused = [
        (of(Role::Witness, LOG).verifier().to_string(), "what is wanted is that of the log"),
        (of(Role::Log, LOG).to_text().to_string(), "this is a signing key, and secret"),
        ("hello".to_owned(), "this is no public key"),
    ];
    for (key, expected) in refused {
        let Output { status, stderr, .. } = command_with(NAME, &key, directory.path()).output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2));
        assert!(said.contains(expected), "{said}");
    }
    assert!(std::fs::read_dir(&directory).unwrap().next().is_none(), "nothing was made");
}
