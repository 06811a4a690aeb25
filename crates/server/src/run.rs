//! `docket serve`: opens the log, records what the register lacks, serves, closes the log.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use docket_api::pb;
use docket_log::{ChunkLog, EventLog, LogError, OpenReport, Options, ProvableLog};
use docket_proof::VerifierKey;
use tokio::net::TcpListener;

use crate::clock::{Clock, SystemClock};
use crate::config::{Checkpoints, Config, WitnessConfig};
use crate::genesis::{self, GenesisError};
use crate::policy::{self, PolicyError};
use crate::proof::{CheckpointStore, Keys, KeysError, Proofs, ProofsError};
use crate::serve::{ServeError, serve};
use crate::tracker::Tracker;
use crate::witness::Witness;

/// Why the server does not run, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The log cannot be opened.
    #[error("opening the log")]
    Open(#[source] LogError),
    /// The thread that opened the log did not end well.
    #[error("opening the log did not come to an end")]
    Opener(#[source] tokio::task::JoinError),
    /// The keys that sign checkpoints cannot be read or made.
    #[error("the keys that sign checkpoints")]
    Keys(#[source] KeysError),
    /// The checkpoints cannot be read, or the log is not the one that was signed.
    #[error("the checkpoints")]
    Proofs(#[source] ProofsError),
    /// A witness in the configuration is none.
    #[error("the witness at {url}")]
    Witness {
        /// Where.
        url: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The register could not be recorded.
    #[error("recording the register")]
    Genesis(#[source] GenesisError),
    /// The policy of the configuration cannot be read, or not be recorded.
    #[error("the policy {}", .path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: PolicyError,
    },
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
    /// Makes checkpoints and proofs; none where the configuration says so, or a part of the log cannot be read.
    pub proofs: Option<Arc<Proofs>>,
}

/// Opens the log of a configuration, says in the log of the process what it found, and records what the register lacks, and the policy where it
/// has changed.
///
/// # Errors
/// [`RunError::Open`] if the log cannot be opened, [`RunError::Genesis`] if the register cannot be recorded, [`RunError::Policy`]
/// if there is something wrong with the policy.
pub async fn open(config: &Config) -> Result<Opened, RunError> {
    let policy = match config.policy() {
        Some(path) => {
            let read = policy::read_file(path).map_err(|source| wrong_policy(path, source))?;
            Some((path, read))
        }
        None => None,
    };
    let clock = SystemClock;
    let holder = format!("docket serve, process {}, since {}", std::process::id(), clock.now());
    let directory = config.data_dir().to_owned();
    let opened = tokio::task::spawn_blocking(move || ChunkLog::open(&directory, Options::new(holder)));
    let (log, report) = opened.await.map_err(RunError::Opener)?.map_err(RunError::Open)?;
    say(&report);
    let log = Arc::new(log);
    let proofs = match config.checkpoints().every_seconds {
        0 => None,
        _ if !report.damage.is_empty() => None,
        _ => Some(Arc::new(open_proofs(config, &log).await?)),
    };
    let tracker = Arc::new(Tracker::new(Arc::clone(&log) as Arc<dyn EventLog>, Arc::new(clock)));
    match tracker.prepare().await {
        // What can be answered is answered; what cannot says so.
        Err(error) => tracing::error!(%error, "the register cannot be read to the end of the log"),
        Ok(()) if report.damage.is_empty() => {
            let recorded = genesis::complete(&tracker).await.map_err(RunError::Genesis)?;
            if 0 < recorded {
                tracing::info!(recorded, "recorded what the register lacked");
            }
            if let Some((path, policy)) = &policy {
                adopt(&tracker, path, policy).await.map_err(|source| wrong_policy(path, source))?;
            }
        }
        Ok(()) => {}
    }
    if policy.is_some() && !report.damage.is_empty() {
        tracing::error!("the policy of the configuration was not looked at: nothing can be recorded");
    }
    Ok(Opened { tracker, log, proofs })
}

fn wrong_policy(path: &Path, source: PolicyError) -> RunError {
    RunError::Policy { path: path.to_owned(), source }
}

/// Records the policy of a file, if it says something else than the one that counts, whoever recorded that.
async fn adopt(tracker: &Tracker, path: &Path, policy: &pb::PolicyAdopted) -> Result<(), PolicyError> {
    let before = tracker.policy().await.map_err(PolicyError::Record)?.policy.name;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    if policy::adopt(tracker, policy, &format!("policy file {file} of the operator")).await? {
        tracing::info!(
            name = policy.name,
            before,
            "the policy of the file says something else than the one that counted: recorded"
        );
    }
    Ok(())
}

async fn open_proofs(config: &Config, log: &Arc<ChunkLog>) -> Result<Proofs, RunError> {
    let Checkpoints { origin, key, .. } = config.checkpoints();
    let directory = config.data_dir();
    let keys =
        Keys::load(directory, key.as_deref(), origin.as_deref(), log.log_id()).map_err(RunError::Keys)?;
    let store = CheckpointStore::open(directory).map_err(|error| RunError::Proofs(error.into()))?;
    tracing::info!(key = %keys.verifier(), "checkpoints are signed with this key");
    Proofs::open(Arc::clone(log) as Arc<dyn ProvableLog>, keys, store).await.map_err(RunError::Proofs)
}

/// Makes checkpoints until `until` comes, and a last one then.
#[must_use]
pub fn keep_signing(
    config: &Config,
    proofs: Option<&Arc<Proofs>>,
    until: impl Future<Output = ()> + Send + 'static,
) -> Option<tokio::task::JoinHandle<()>> {
    let every = Duration::from_secs(config.checkpoints().every_seconds);
    proofs.map(|proofs| tokio::spawn(Arc::clone(proofs).keep_signing(every, Arc::new(SystemClock), until)))
}

fn witnesses(config: &Config) -> Result<Vec<Witness>, RunError> {
    let witness = |WitnessConfig { url, key }: &WitnessConfig| {
        let wrong = |source| RunError::Witness { url: url.clone(), source };
        let key = VerifierKey::parse(key).map_err(|error| wrong(error.into()))?;
        Witness::new(url, key).map_err(|error| wrong(error.into()))
    };
    config.witnesses().iter().map(witness).collect()
}

/// Opens the log, serves until `shutdown` comes, closes the log.
///
/// # Errors
/// [`RunError`].
pub async fn run(config: Config, shutdown: impl Future<Output = ()> + Send) -> Result<(), RunError> {
    let address = config.listen();
    let witnesses = witnesses(&config)?;
    let listener = TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })?;
    let Opened { tracker, log, proofs } = open(&config).await?;
    let address = listener.local_addr().unwrap_or(address);
    tracing::info!(%address, head = tracker.head().0, "serving");
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    let signing = keep_signing(&config, proofs.as_ref(), async { drop(end.await) });
    let mut asking = Vec::new();
    if let Some(proofs) = &proofs {
        let ask = |witness| tokio::spawn(Arc::clone(proofs).keep_asking(witness));
        asking.extend(witnesses.into_iter().map(ask));
    }
    let served = serve(listener, Arc::clone(&tracker), proofs, shutdown).await;
    tracker.stop();
    drop(tracker);
    drop(ended);
    if let Some(signing) = signing {
        signing.await.map_err(RunError::Opener)?;
    }
    // What a witness did not answer yet it is asked again after the next start.
    asking.iter().for_each(tokio::task::JoinHandle::abort);
    tokio::task::spawn_blocking(move || log.close()).await.map_err(RunError::Opener)?;
    tracing::info!("stopped: the log is closed");
    served.map_err(RunError::Serve)
}

fn say(report: &OpenReport) {
    let OpenReport { events, chunks, torn_bytes_cut, index_rebuilt, damage, notes, .. } = report;
    let opened_in_ms = u64::try_from(report.opened_in.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(events, chunks, opened_in_ms, "the log is open");
    if 0 < *torn_bytes_cut {
        let kept_in = report.torn_bytes_kept.as_deref().unwrap_or("nowhere");
        tracing::warn!(
            torn_bytes_cut,
            kept_in,
            "a write that was never acknowledged was cut from the end of the log"
        );
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
