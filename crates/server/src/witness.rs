//! Asking a witness for its cosignature of a checkpoint (C2SP `tlog-witness`).

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use docket_proof::{Cosignature, CosignatureError, Hash, Role, SignedCheckpoint, Submission, VerifierKey};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Longest that a witness may take to answer one request, connecting included.
pub const ANSWER_SECONDS_MAX: u64 = 10;
/// Most bytes of its answer.
pub const ANSWER_BYTES_MAX: usize = 16 << 10;
/// The media type by which a witness says what size it knows.
pub const SIZE_TYPE: &str = "text/x.tlog.size";
/// How often it is asked about one checkpoint; each time after the first from the size that it named.
const ATTEMPTS: u32 = 3;

/// A witness, as the log sees it.
#[derive(Debug)]
pub struct Witness {
    endpoint: Uri,
    key: VerifierKey,
    client: Client<HttpConnector, Full<Bytes>>,
    /// The size that it is known to have cosigned; it says so if it is another.
    seen: AtomicU64,
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// No address that can be asked.
    #[error(
        "{url:?} is not the address of a witness: it is http://HOST:PORT with an optional path; for https put a proxy on this machine before it"
    )]
    Url {
        /// What was given.
        url: String,
    },
    /// The key is a log's.
    #[error("the key {0} is a log's, not a witness's")]
    Role(String),
    /// It cannot be reached.
    #[error("the witness at {endpoint} cannot be reached")]
    Unreachable {
        /// Where it was asked.
        endpoint: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It took too long.
    #[error("the witness at {endpoint} did not answer within {ANSWER_SECONDS_MAX} seconds")]
    Slow {
        /// Where it was asked.
        endpoint: String,
    },
    /// It refused.
    #[error("the witness at {endpoint} refused the checkpoint of {size} events ({status}): {text}")]
    Refused {
        /// Where it was asked.
        endpoint: String,
        /// The size of the checkpoint.
        size: u64,
        /// The status of HTTP.
        status: StatusCode,
        /// What it said.
        text: String,
    },
    /// It has seen another history of the same length.
    #[error(
        "the witness at {endpoint} has seen another log of {size} events under this name: two histories were signed with the key of this \
         log, or the witness is not right"
    )]
    Fork {
        /// Where it was asked.
        endpoint: String,
        /// The size of both.
        size: u64,
    },
    /// It has seen more of the log than there is.
    #[error(
        "the witness at {endpoint} has seen {seen} events of this log, which has {size}: the log was restored from an older copy, or \
         somebody else has its key"
    )]
    Ahead {
        /// Where it was asked.
        endpoint: String,
        /// What it has seen.
        seen: u64,
        /// The size of the checkpoint.
        size: u64,
    },
    /// It named one size after another.
    #[error(
        "the witness at {endpoint} named another size each time it was asked: does another process ask it?"
    )]
    Unsteady {
        /// Where it was asked.
        endpoint: String,
    },
    /// The log could not prove what was asked for.
    #[error("the consistency proof for the witness could not be made")]
    Proof(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it answered is no cosignature.
    #[error("what the witness at {endpoint} answered is not its cosignature")]
    Cosignature {
        /// Where it was asked.
        endpoint: String,
        /// What is wrong with it; nothing, if its signature is not among those that it answered.
        #[source]
        source: Option<CosignatureError>,
    },
}

/// What a witness answered.
enum Answer {
    /// Lines of signatures.
    Lines(String),
    /// The size that it has cosigned is another.
    Size(u64),
}

impl Witness {
    /// A witness at this address with this key.
    ///
    /// # Errors
    /// [`WitnessError::Url`] and [`WitnessError::Role`].
    pub fn new(url: &str, key: VerifierKey) -> Result<Self, WitnessError> {
        if key.role() != Role::Witness {
            return Err(WitnessError::Role(key.name().to_owned()));
        }
        let endpoint = format!("{}/add-checkpoint", url.trim_end_matches('/'));
        let endpoint = endpoint
            .parse::<Uri>()
            .ok()
            .filter(|uri| uri.scheme_str() == Some("http") && uri.host().is_some() && uri.query().is_none());
        let endpoint = endpoint.ok_or_else(|| WitnessError::Url { url: url.to_owned() })?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { endpoint, key, client, seen: AtomicU64::new(0) })
    }

    /// Its public key.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Asks for the cosignature of a checkpoint. `prove` gives the proof that it continues the log of a size, which is never larger: first
    /// of the size that the witness cosigned last as far as is known here, then of the size that it says.
    ///
    /// # Errors
    /// [`WitnessError`]. The checkpoint itself is as good as before.
    pub async fn cosign<Proving, Error>(
        &self,
        checkpoint: &SignedCheckpoint,
        prove: impl Fn(u64) -> Proving,
    ) -> Result<Cosignature, WitnessError>
    where
        Proving: Future<Output = Result<Vec<Hash>, Error>>,
        Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let endpoint = || self.endpoint.to_string();
        let size = checkpoint.checkpoint().size;
        let note = checkpoint.to_string();
        let mut old_size = self.seen.load(Ordering::Relaxed).min(size);
        for _ in 0..ATTEMPTS {
            let proof = prove(old_size).await.map_err(|error| WitnessError::Proof(error.into()))?;
            match self.ask(&Submission { old_size, proof, note: note.clone() }, size).await? {
                Answer::Lines(lines) => {
                    let cosignature = self.cosignature(checkpoint, &lines)?;
                    self.seen.store(size, Ordering::Relaxed);
                    return Ok(cosignature);
                }
                Answer::Size(seen) if size < seen => {
                    return Err(WitnessError::Ahead { endpoint: endpoint(), seen, size });
                }
                Answer::Size(seen) if seen == old_size => {
                    return Err(WitnessError::Fork { endpoint: endpoint(), size });
                }
                Answer::Size(seen) => old_size = seen,
            }
        }
        Err(WitnessError::Unsteady { endpoint: endpoint() })
    }

    /// One request, answered in time.
    async fn ask(&self, submission: &Submission, size: u64) -> Result<Answer, WitnessError> {
        let within = Duration::from_secs(ANSWER_SECONDS_MAX);
        let slow = |_| WitnessError::Slow { endpoint: self.endpoint.to_string() };
        tokio::time::timeout(within, self.post(submission.to_string(), size)).await.map_err(slow)?
    }

    async fn post(&self, body: String, size: u64) -> Result<Answer, WitnessError> {
        let request = Request::post(self.endpoint.clone()).body(Full::new(Bytes::from(body)));
        let request = request.map_err(|error| self.unreachable(error))?;
        let response = self.client.request(request).await.map_err(|error| self.unreachable(error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| self.unreachable(error))?.to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        if parts.status == StatusCode::OK {
            return Ok(Answer::Lines(text));
        }
        if let Some(seen) = size_in(&Response::from_parts(parts.clone(), text.as_str())) {
            return Ok(Answer::Size(seen));
        }
        let endpoint = self.endpoint.to_string();
        let text = text.trim().chars().filter(|character| !character.is_control()).take(300).collect();
        Err(WitnessError::Refused { endpoint, size, status: parts.status, text })
    }

    fn cosignature(&self, checkpoint: &SignedCheckpoint, lines: &str) -> Result<Cosignature, WitnessError> {
        let known = std::slice::from_ref(&self.key);
        let fault = |source| WitnessError::Cosignature { endpoint: self.endpoint.to_string(), source };
        let added = checkpoint.clone().add_cosignatures(lines, known).map_err(|error| fault(Some(error)))?;
        added.into_iter().next().ok_or_else(|| fault(None))
    }

    fn unreachable(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> WitnessError {
        WitnessError::Unreachable { endpoint: self.endpoint.to_string(), source: source.into() }
    }
}

/// The size in an answer that says which one the witness has cosigned.
fn size_in(answer: &Response<&str>) -> Option<u64> {
    let of_size = answer.headers().get(CONTENT_TYPE).is_some_and(|media| media == SIZE_TYPE);
    if answer.status() == StatusCode::CONFLICT && of_size {
        answer.body().strip_suffix('\n').and_then(|digits| digits.parse().ok())
    } else {
        None
    }
}
