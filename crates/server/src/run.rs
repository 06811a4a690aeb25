//! `docket serve`: opens the log, records what the register lacks, serves, closes the log.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use docket_log::{ChunkLog, EventLog, LogError, OpenReport, Options};
use tokio::net::TcpListener;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::genesis::{self, GenesisError};
use crate::serve::{ServeError, serve};
use crate::tracker::Tracker;

/// Why the server does not run, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The log cannot be opened.
    #[error("opening the log")]
    Open(#[source] LogError),
    /// The thread that opened the log did not end well.
    #[error("opening the log did not come to an end")]
    Opener(#[source] tokio::task::JoinError),
    /// The register could not be recorded.
    #[error("recording the register")]
    Genesis(#[source] GenesisError),
    /// The address cannot be listened on.
    #[error("listening on {address}")]
    Listen {
        /// Which one.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Serving failed.
    #[error("serving")]
    Serve(#[source] ServeError),
}

/// A tracker over the log of a data directory, and that log.
pub struct Opened {
    /// Records and answers.
    pub tracker: Arc<Tracker>,
    /// To be closed when nothing uses the tracker any more.
    pub log: Arc<ChunkLog>,
}

/// Opens the log of a configuration, says in the log of the process what it found, and records what the register lacks.
///
/// # Errors
/// [`RunError::Open`] if the log cannot be opened, [`RunError::Genesis`] if the register cannot be recorded.
pub async fn open(config: &Config) -> Result<Opened, RunError> {
    let clock = SystemClock;
    let holder = format!("docket serve, process {}, since {}", std::process::id(), clock.now());
    let directory = config.data_dir().to_owned();
    let opened = tokio::task::spawn_blocking(move || ChunkLog::open(&directory, Options::new(holder)));
    let (log, report) = opened.await.map_err(RunError::Opener)?.map_err(RunError::Open)?;
    say(&report);
    let log = Arc::new(log);
    let tracker = Arc::new(Tracker::new(Arc::clone(&log) as Arc<dyn EventLog>, Arc::new(clock)));
    match tracker.prepare().await {
        // What can be answered is answered; what cannot says so.
        Err(error) => tracing::error!(%error, "the register cannot be read to the end of the log"),
        Ok(()) if report.damage.is_empty() => {
            let recorded = genesis::complete(&tracker).await.map_err(RunError::Genesis)?;
            if 0 < recorded {
                tracing::info!(recorded, "recorded what the register lacked");
            }
        }
        Ok(()) => {}
    }
    Ok(Opened { tracker, log })
}

/// Opens the log, serves until `shutdown` comes, closes the log.
///
/// # Errors
/// [`RunError`].
pub async fn run(config: Config, shutdown: impl Future<Output = ()> + Send) -> Result<(), RunError> {
    let address = config.listen();
    let listener = TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })?;
    let Opened { tracker, log } = open(&config).await?;
    let address = listener.local_addr().unwrap_or(address);
    tracing::info!(%address, head = tracker.head().0, "serving");
    let served = serve(listener, Arc::clone(&tracker), shutdown).await;
    tracker.stop();
    drop(tracker);
    tokio::task::spawn_blocking(move || log.close()).await.map_err(RunError::Opener)?;
    tracing::info!("stopped: the log is closed");
    served.map_err(RunError::Serve)
}

fn say(report: &OpenReport) {
    let OpenReport { events, chunks, torn_bytes_cut, index_rebuilt, damage, notes, opened_in } = report;
    let opened_in_ms = u64::try_from(opened_in.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(events, chunks, opened_in_ms, "the log is open");
    if 0 < *torn_bytes_cut {
        tracing::warn!(torn_bytes_cut, "a write that was never acknowledged was cut from the end of the log");
    }
    if let Some(why) = index_rebuilt {
        tracing::warn!(why, "the index was made anew from the chunks");
    }
    for note in notes {
        tracing::warn!(note, "something unusual in the data directory");
    }
    for damage in damage {
        tracing::error!(?damage, "part of the log cannot be read: nothing is recorded until it is restored");
    }
}
