//! The witness over HTTP: one request is known, `POST /add-checkpoint`. Everything about it is bounded.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use docket_proof::SUBMISSION_BYTES_MAX;
use docket_server::witness::SIZE_TYPE;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Refusal, Witness, WitnessError};
use crate::process::chain;

/// Most connections at a time; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 64;
/// How long a connection may be silent, and how long the head of a request may take.
const HEAD_SECONDS_MAX: u64 = 30;
/// How long the body of a request may take.
const BODY_SECONDS_MAX: u64 = 10;
/// How long requests under way may take after the signal to stop.
const STOP_SECONDS_MAX: u64 = 10;
/// How long to wait after the system refused a connection (most often: too many open files).
const ACCEPT_AGAIN_MILLIS: u64 = 100;

type Answer = Response<Full<Bytes>>;

/// Serves until `shutdown` comes; then requests under way finish.
pub(crate) async fn serve(listener: TcpListener, witness: Arc<Witness>, shutdown: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&connections).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = connection(stream, Arc::clone(&witness), graceful.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_AGAIN_MILLIS)).await;
            }
        }
    }
    tracing::info!("stopping: no new requests, those under way finish");
    if timeout(Duration::from_secs(STOP_SECONDS_MAX), graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = STOP_SECONDS_MAX, "requests that did not finish were cut off");
    }
}

/// One connection, answered until it ends.
async fn connection(stream: TcpStream, witness: Arc<Witness>, watcher: Watcher) {
    let service = service_fn(move |request| {
        let witness = Arc::clone(&witness);
        async move { Ok::<_, Infallible>(answer(&witness, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEAD_SECONDS_MAX))
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended before its time");
    }
}

/// The answer to a request.
async fn answer<B>(witness: &Arc<Witness>, request: Request<B>) -> Answer
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if request.uri().path() != "/add-checkpoint" {
        return text(StatusCode::NOT_FOUND, "a witness knows one address: POST /add-checkpoint");
    }
    if request.method() != Method::POST {
        let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "a checkpoint is added by POST");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return answer;
    }
    let body = Limited::new(request.into_body(), SUBMISSION_BYTES_MAX).collect();
    let body = match timeout(Duration::from_secs(BODY_SECONDS_MAX), body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let said = format!("a submission has at most {SUBMISSION_BYTES_MAX} bytes");
            return text(StatusCode::PAYLOAD_TOO_LARGE, &said);
        }
        Ok(Err(error)) => return text(StatusCode::BAD_REQUEST, &format!("the body cannot be read: {error}")),
        Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
    };
    let witness = Arc::clone(witness);
    let judged = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body)).await;
    match judged {
        Ok(judged) => say(judged),
        Err(error) => {
            tracing::error!(%error, "a request was not judged to the end");
            text(StatusCode::INTERNAL_SERVER_ERROR, "this request was not judged to the end")
        }
    }
}

/// What was decided, as an answer, and a line in the log of the process.
fn say(judged: Result<String, WitnessError>) -> Answer {
    match judged {
        Ok(line) => Response::new(Full::new(Bytes::from(line))),
        Err(WitnessError::Refused(refusal)) => {
            let status = refusal.status();
            tracing::info!(status = status.as_u16(), why = %refusal, "refused");
            match refusal {
                Refusal::Stale { seen, .. } => {
                    let mut answer = text(status, &seen.to_string());
                    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(SIZE_TYPE));
                    answer
                }
                _ => text(status, &refusal.to_string()),
            }
        }
        Err(error) => {
            tracing::error!(error = chain(&error), "a checkpoint could not be cosigned");
            // Callers are told no paths.
            text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "this witness cannot cosign now; its operator can see why",
            )
        }
    }
}

fn text(status: StatusCode, said: &str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(format!("{said}\n"))));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use docket_proof::{Role, SigningKey};
    use docket_server::SystemClock;
    use hyper::body::Frame;

    use super::*;
    use crate::witness::Kept;

    /// A body that never comes.
    struct Never;

    impl Body for Never {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let kept = Kept::open(directory.path(), "docket.example/log", &[], false).unwrap();
        let key = SigningKey::new(Role::Witness, "witness.example/w1", &[1; 32]).unwrap();
        let witness = Arc::new(Witness::new(key, Vec::new(), kept, Box::new(SystemClock)));
        let request = Request::post("/add-checkpoint").body(Never).unwrap();
        assert_eq!(answer(&witness, request).await.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
