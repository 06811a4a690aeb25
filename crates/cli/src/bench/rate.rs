//! Calls in flight: so many callers, each with the next call as soon as the one before was answered.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::told;
use crate::exit::Failure;

/// How many calls so many callers made, and how long that took; `call` gets the number of the caller.
///
/// # Errors
/// The first of a call.
pub(crate) async fn calls<F>(
    in_flight: usize,
    time: Duration,
    call: impl Fn(usize) -> F + Send + Sync + 'static,
) -> Result<(f64, Duration), Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let call = Arc::new(call);
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..in_flight {
        let call = Arc::clone(&call);
        callers.spawn(async move {
            let mut done = 0.0;
            while begun.elapsed() < time {
                call(caller).await?;
                done += 1.0;
            }
            Ok::<f64, Failure>(done)
        });
    }
    let mut done = 0.0;
    while let Some(ended) = callers.join_next().await {
        done += ended.map_err(told)??;
    }
    Ok((done, begun.elapsed()))
}
