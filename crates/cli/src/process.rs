//! What a process that serves needs around it: its own log, the signal to stop, and failures told for people.

use std::error::Error;
use std::io::{BufWriter, IsTerminal};
use std::sync::mpsc;
use std::time::Duration;

use docket_server::{ConfigError, RunError};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::exit::{Exit, Failure};
use crate::output::note;

/// The variable that says how much a server tells of itself: `info`, `docket_server=debug`.
pub(crate) const LOG_VARIABLE: &str = "DOCKET_LOG";

/// Lines that wait to be written. Where standard error takes nothing, further ones are dropped, and calls go on.
const LINES_WAITING_MAX: usize = 10_000;

/// How long the end waits for standard error to take the last line.
const TELLING_MAX: Duration = Duration::from_secs(1);

/// What the process says of itself, on its way to standard error; dropping it writes the rest.
#[must_use]
pub(crate) struct Said {
    dropped: ErrorCounter,
    rest: Option<WorkerGuard>,
}

impl Drop for Said {
    fn drop(&mut self) {
        drop(self.rest.take());
        let dropped = self.dropped.dropped_lines();
        if 0 < dropped {
            let told =
                format!("{dropped} lines of this log were dropped: standard error took them too slowly");
            let (done, waited) = mpsc::sync_channel(1);
            std::thread::spawn(move || {
                note(&told);
                done.send(())
            });
            // It may take nothing still, and that is no reason not to end.
            let _told = waited.recv_timeout(TELLING_MAX);
        }
    }
}

/// Sends what the server says of itself to standard error, by a thread of its own: no call waits for whoever reads it.
pub(crate) fn log_to_stderr(level: &str) -> Said {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(level));
    let (writer, rest) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_WAITING_MAX)
        .thread_name("said")
        .finish(BufWriter::new(std::io::stderr()));
    let dropped = writer.error_counter();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(std::io::stderr().is_terminal());
    // Only a second call can fail, and the first one stands then.
    let _first = log.try_init();
    Said { dropped, rest: Some(rest) }
}

/// Ends when the process is asked to stop: Ctrl-C, or the signal of a service manager.
pub(crate) async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the signal ends the process by itself.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

/// A configuration that is none, for people.
pub(crate) fn misconfigured(error: &ConfigError) -> Failure {
    Failure::new(Exit::Failed, chain(error))
}

/// A server that does not run, for people.
pub(crate) fn not_running(error: &RunError) -> Failure {
    let hint = match error {
        RunError::Listen { .. } => {
            "another program may have the port: name another with --listen 127.0.0.1:PORT (and then --server for the \
             other commands)"
        }
        // The log is below the layer that this one knows: its words have to do, and the test below holds them.
        RunError::Open(source) if source.to_string().contains(" is in use by ") => {
            "another docket has the folder open: stop it, or name another folder with --data"
        }
        RunError::Policy { .. } => {
            "look it over with `docket policy --check FILE`; nothing was recorded of it"
        }
        // What is wrong with the log, or with the keys, is said by the cause itself, last.
        RunError::Keys(_)
        | RunError::Witness { .. }
        | RunError::Proofs(_)
        | RunError::Open(_)
        | RunError::Genesis(_)
        | RunError::Opener(_)
        | RunError::Serve(_) => "",
    };
    Failure::new(Exit::Failed, chain(error)).hint(hint)
}

/// An error with all its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text.push_str(&format!(": {said}"));
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_log_in_use_asks_to_stop_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_owned();
        let _held = docket_log::ChunkLog::open(&path, docket_log::Options::new("test")).unwrap();
        let in_use = docket_log::ChunkLog::open(&path, docket_log::Options::new("test")).err().unwrap();
        let failure = not_running(&RunError::Open(in_use));
        assert!(failure.hint.starts_with("another docket has the folder open"), "{}", failure.text());
        let file = path.join("a-file");
        std::fs::write(&file, "x").unwrap();
        let other = docket_log::ChunkLog::open(&file, docket_log::Options::new("test")).err().unwrap();
        let failure = not_running(&RunError::Open(other));
        assert_eq!(failure.hint, "");
        assert!(failure.message.starts_with("opening the log: "), "{}", failure.message);
    }
}
