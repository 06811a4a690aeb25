//! Asking a witness: one of whom every answer is written down beforehand.

use std::convert::Infallible;

use docket_proof::{Checkpoint, Frontier, Hash, Role, SignedCheckpoint, SigningKey, leaf_hash};
use docket_server::witness::ANSWER_BYTES_MAX;
use docket_server::{Witness, WitnessError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const LOG: &str = "docket.example/log";

fn log_key() -> SigningKey {
    SigningKey::new(Role::Log, LOG, &[1; 32]).unwrap()
}

pub(crate) fn witness_key() -> SigningKey {
    SigningKey::new(Role::Witness, "witness.example/w", &[2; 32]).unwrap()
}

fn checkpoint(size: u64) -> SignedCheckpoint {
    let mut tree = Frontier::new();
    (0..size).for_each(|number| tree.push(leaf_hash(&number.to_be_bytes())));
    Checkpoint::new(LOG, size, tree.root()).unwrap().sign(&log_key()).unwrap()
}

fn conflict(size: &str) -> String {
    format!(
        "HTTP/1.1 409 Conflict\r\ncontent-type: text/x.tlog.size\r\ncontent-length: {}\r\n\r\n{size}",
        size.len()
    )
}

pub(crate) fn success(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A witness that answers each request with the next of these, and what it was asked.
pub(crate) async fn scripted(answers: Vec<String>) -> (Witness, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/prefix/", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !is_whole(&request) {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            asked.push(String::from_utf8(request).unwrap());
            let answer = answer.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            // A client that has read enough goes away.
            drop(stream.write_all(answer.as_bytes()).await);
        }
        asked
    });
    (Witness::new(&url, witness_key().verifier().clone()).unwrap(), asked)
}

/// A witness that answers one request, when it is told to; it tells when it was asked.
pub(crate) async fn slow(answer: String) -> (Witness, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let ((tell, asked), (release, released)) = (oneshot::channel(), oneshot::channel());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !is_whole(&request) {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        tell.send(()).unwrap();
        released.await.unwrap();
        let answer = answer.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    (Witness::new(&url, witness_key().verifier().clone()).unwrap(), asked, release)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
    body.is_some_and(|body| length.unwrap().parse() == Ok(body))
}

/// A proof that tells from where it was asked for.
async fn prove(old_size: u64) -> Result<Vec<Hash>, Infallible> {
    Ok(vec![[u8::try_from(old_size).unwrap(); 32]; usize::from(0 < old_size)])
}

async fn refused(answers: Vec<String>) -> WitnessError {
    let (witness, _) = scripted(answers).await;
    witness.cosign(&checkpoint(7), prove).await.unwrap_err()
}

#[tokio::test]
async fn it_asks_again_from_the_size_that_the_witness_says_and_remembers_it() {
    let line = |size| checkpoint(size).cosign(&witness_key(), 1_700_000_000).unwrap().line();
    let foreign = "— somebody.else AAAAAAAA\n";
    let (witness, asked) =
        scripted(vec![conflict("4\n"), success(&(foreign.to_owned() + &line(7))), success(&line(9))]).await;
    let cosignature = witness.cosign(&checkpoint(7), prove).await.unwrap();
    assert_eq!((cosignature.witness(), cosignature.time()), ("witness.example/w", 1_700_000_000));
    witness.cosign(&checkpoint(9), prove).await.unwrap();
    let asked = asked.await.unwrap();
    let bodies: Vec<_> = asked.iter().map(|request| request.split_once("\r\n\r\n").unwrap().1).collect();
    assert!(asked[0].starts_with("POST /prefix/add-checkpoint HTTP/1.1\r\n"));
    assert_eq!(bodies[0], format!("old 0\n\n{}", checkpoint(7)));
    assert_eq!(
        bodies[1],
        format!("old 4\nBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\n\n{}", checkpoint(7))
    );
    assert!(bodies[2].starts_with("old 7\nBwcH"));
}

#[tokio::test]
async fn a_witness_that_has_seen_more_or_another_history_is_told_apart() {
    let error = refused(vec![conflict("8\n")]).await.to_string();
    assert!(error.contains("has seen 8 events of this log, which has 7: the log was restored"), "{error}");
    let error = refused(vec![conflict("7\n"), conflict("7\n")]).await.to_string();
    assert!(error.contains("has seen another log of 7 events under this name"), "{error}");
    let error = refused(vec![conflict("1\n"), conflict("2\n"), conflict("3\n")]).await.to_string();
    assert!(error.contains("named another size each time"), "{error}");
}

#[tokio::test]
async fn what_is_no_cosignature_of_this_witness_is_not_taken() {
    let other = checkpoint(8).cosign(&witness_key(), 1).unwrap().line();
    let stranger = SigningKey::new(Role::Witness, "witness.example/w", &[3; 32]).unwrap();
    let stranger = checkpoint(7).cosign(&stranger, 1).unwrap().line();
    for lines in [other.as_str(), stranger.as_str(), "", "hello", &"x".repeat(1000)] {
        let error = refused(vec![success(lines)]).await;
        assert!(matches!(error, WitnessError::Cosignature { .. }), "{lines}: {error}");
    }
    let error = refused(vec![success(&"x".repeat(ANSWER_BYTES_MAX + 1))]).await;
    assert!(matches!(error, WitnessError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_refusal_is_told_with_the_words_of_the_witness() {
    let answer = "HTTP/1.1 422 Unprocessable Entity\r\ncontent-length: 9\r\n\r\nno\x1bproof\n";
    let error = refused(vec![answer.to_owned()]).await.to_string();
    assert!(
        error.ends_with("refused the checkpoint of 7 events (422 Unprocessable Entity): noproof"),
        "{error}"
    );
    // A conflict without a size, or with one that is none, is a refusal.
    for answer in [conflict("seven\n"), conflict("7"), conflict("7\n").replace("x.tlog.size", "plain")] {
        let error = refused(vec![answer]).await;
        assert!(matches!(error, WitnessError::Refused { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_witness_that_is_not_there_or_no_witness_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let witness = Witness::new(&url, witness_key().verifier().clone()).unwrap();
    let error = witness.cosign(&checkpoint(7), prove).await.unwrap_err().to_string();
    assert_eq!(error, format!("the witness at {url}/add-checkpoint cannot be reached"));
    let error = refused(vec!["SSH-2.0-OpenSSH\r\n".to_owned()]).await;
    assert!(matches!(error, WitnessError::Unreachable { .. }), "{error}");
    for url in [
        "",
        "witness.example",
        "https://witness.example",
        "http://",
        "http://witness.example/?a=b",
        "ftp://a",
    ] {
        let error = Witness::new(url, witness_key().verifier().clone()).unwrap_err();
        assert!(matches!(error, WitnessError::Url { .. }), "{url}");
    }
    let error = Witness::new("http://witness.example", log_key().verifier().clone()).unwrap_err();
    assert_eq!(error.to_string(), "the key docket.example/log is a log's, not a witness's");
}

#[tokio::test(start_paused = true)]
async fn a_witness_that_does_not_answer_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let witness = Witness::new(&url, witness_key().verifier().clone()).unwrap();
    let error = witness.cosign(&checkpoint(7), prove).await.unwrap_err().to_string();
    assert_eq!(error, format!("the witness at {url}/add-checkpoint did not answer within 10 seconds"));
}

#[tokio::test]
async fn a_proof_that_the_log_cannot_make_is_not_the_witness_s_fault() {
    let (witness, _) = scripted(vec![]).await;
    let fails = |_| async { Err::<Vec<Hash>, _>("the hashes are gone") };
    let error = witness.cosign(&checkpoint(7), fails).await.unwrap_err();
    assert!(matches!(error, WitnessError::Proof(_)), "{error}");
}
