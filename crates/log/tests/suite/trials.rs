//! Makes thousands of trials on all processors, and notices those that fail and those that never end.
#![expect(clippy::print_stdout, reason = "a trial that fails is named at once")]

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// After so long without the end of any trial, one hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes these trials, and gives what came of each: none where it panicked. Each processor has a worker of its own.
pub(crate) fn make<T, R, W>(trials: &[T], worker: impl Fn() -> W + Sync) -> Vec<(&T, Option<R>)>
where
    T: Display + Sync,
    R: Send,
    W: FnMut(&T) -> R,
{
    let next = AtomicUsize::new(0);
    let running = Mutex::new(Vec::new());
    let (tell, told) = sync_channel(64);
    let work = || {
        let mut make = worker();
        while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
            running.lock().unwrap().push(trial.to_string());
            let outcome = catch_unwind(AssertUnwindSafe(|| make(trial))).ok();
            if outcome.is_none() {
                println!("failed: {trial}");
                // What it left behind is in the way of the next.
                make = worker();
            }
            running.lock().unwrap().retain(|other| *other != trial.to_string());
            tell.send((trial, outcome)).unwrap();
        }
    };
    let threads = std::thread::available_parallelism().unwrap().get();
    let mut ended = Vec::with_capacity(trials.len());
    std::thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(work)));
        while ended.len() < trials.len() {
            match told.recv_timeout(PATIENCE) {
                Ok(end) => ended.push(end),
                Err(RecvTimeoutError::Timeout) => {
                    println!("never ends: one of {:?}", running.lock().unwrap());
                    std::process::abort();
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    ended
}
