//! How a method answers: one message or many, and one line in the log when it ends.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::{Code, Response, Status};

use super::errors::{self, Failure};
use crate::tracker::Reading;

/// Many messages.
pub(super) type Many<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Answers with one message.
pub(super) async fn one<T>(
    method: &'static str,
    work: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<Response<T>, Status> {
    let mut line = Line::begin(method);
    let answer = work.await.map_err(errors::status);
    line.outcome = answer.as_ref().map_or_else(Status::code, |_| Code::Ok);
    line.messages = u64::from(answer.is_ok());
    answer.map(Response::new)
}

/// Answers with many messages, one for each that is read.
pub(super) async fn many<T: Send + 'static, M: Send + Unpin + 'static>(
    method: &'static str,
    work: impl Future<Output = Result<Reading<T>, Failure>> + Send,
    render: impl Fn(T) -> M + Send + Unpin + 'static,
) -> Result<Response<Many<M>>, Status> {
    several(method, work, move |read| vec![render(read)]).await
}

/// Answers with many messages, several for each that is read.
pub(super) async fn several<T: Send + 'static, M: Send + Unpin + 'static>(
    method: &'static str,
    work: impl Future<Output = Result<Reading<T>, Failure>> + Send,
    render: impl Fn(T) -> Vec<M> + Send + Unpin + 'static,
) -> Result<Response<Many<M>>, Status> {
    let mut line = Line::begin(method);
    let reading = match work.await {
        Ok(reading) => reading,
        Err(failure) => {
            let status = errors::status(failure);
            line.outcome = status.code();
            return Err(status);
        }
    };
    let rendered = Vec::new().into_iter();
    Ok(Response::new(Box::pin(Messages { reading, render, rendered, line })))
}

/// The messages of a reading. The line in the log is written when the stream is dropped: after its last message, or when the caller
/// went away before that.
struct Messages<T, M, F> {
    reading: Reading<T>,
    render: F,
    /// Of what was read last, those that were not sent yet.
    rendered: std::vec::IntoIter<M>,
    line: Line,
}

impl<T, M: Unpin, F: Fn(T) -> Vec<M> + Unpin> Stream for Messages<T, M, F> {
    type Item = Result<M, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(message) = self.rendered.next() {
                self.line.messages += 1;
                return Poll::Ready(Some(Ok(message)));
            }
            match ready!(self.reading.poll_recv(context)) {
                None => {
                    if self.line.outcome == Code::Cancelled {
                        self.line.outcome = Code::Ok;
                    }
                    return Poll::Ready(None);
                }
                Some(Ok(read)) => self.rendered = (self.render)(read).into_iter(),
                Some(Err(error)) => {
                    let status = errors::status(Failure::Tracker(error));
                    self.line.outcome = status.code();
                    return Poll::Ready(Some(Err(status)));
                }
            }
        }
    }
}

/// The one line in the log that a call leaves, when it is dropped.
pub(super) struct Line {
    method: &'static str,
    begun: Instant,
    /// How it ends. Until something else is known: the caller went away.
    pub(super) outcome: Code,
    /// How many messages were sent.
    pub(super) messages: u64,
}

impl Line {
    /// Begins to count.
    pub(super) fn begin(method: &'static str) -> Self {
        Self { method, begun: Instant::now(), outcome: Code::Cancelled, messages: 0 }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let took_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Self { method, outcome, messages, .. } = self;
        tracing::info!(method, outcome = ?outcome, messages, took_ms, "answered");
    }
}
