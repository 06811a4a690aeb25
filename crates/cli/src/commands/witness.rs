//! `docket witness`: watches that a log only grows, for those who rely on it, until it is asked to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use docket_proof::{Role, VerifierKey};
use docket_server::{SystemClock, key_file};
use tokio::net::TcpListener;

use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::process::{asked_to_stop, chain, log_to_stderr};
use crate::witness::{Kept, Witness as Cosigner, serve};

/// Where a witness listens if nobody says otherwise.
const LISTEN_DEFAULT: &str = "127.0.0.1:50061";
/// The file of its key in its directory.
const KEY: &str = "key";

/// What `docket witness` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "It prints its public key, which those who rely on it need. docs/witness.md says what it is good for, and how it is run."
)]
pub(crate) struct Witness {
    /// Where it keeps what it has seen, and its key; made if it is not there. It must never go back to an older state
    #[arg(long, value_name = "DIR")]
    state: PathBuf,

    /// Its name, such as witness.example/w1; it is part of its key, and stays
    #[arg(long)]
    name: String,

    /// The public key of the log, NAME+ID+DATA; after a rotation once for each key
    #[arg(long, value_name = "KEY", required = true, value_parser = log_key)]
    log_key: Vec<VerifierKey>,

    /// The file of its key, made if it is not there [default: the file `key` in its directory]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Where to listen, for HTTP
    #[arg(long, value_name = "ADDRESS:PORT", default_value = LISTEN_DEFAULT)]
    listen: SocketAddr,
}

impl Witness {
    /// Cosigns until Ctrl-C or the signal to terminate; says what happens on standard error.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let _said = log_to_stderr("info");
        let (cosigner, listener) = self.start(out).await?;
        serve(listener, Arc::new(cosigner), asked_to_stop()).await;
        tracing::info!("stopped");
        Ok(())
    }

    /// Everything that can be wrong before the first request.
    async fn start(self, out: &mut Out) -> Result<(Cosigner, TcpListener), Failure> {
        let failed = |error: &dyn std::error::Error| Failure::new(Exit::Failed, chain(error));
        let origin = one_name(&self.log_key)?;
        let key_path = self.key.unwrap_or_else(|| self.state.join(KEY));
        let begun = key_file::load(&key_path, Role::Witness).map_err(|error| failed(&error))?.is_some();
        let kept = Kept::open(&self.state, &origin, &self.log_key, begun).map_err(|error| failed(&error))?;
        let loaded = key_file::load_or_make(&key_path, Role::Witness, &self.name);
        let key_file::Loaded { key, made } = loaded.map_err(|error| failed(&error))?;
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            Failure::new(Exit::Failed, format!("listening on {}: {error}", self.listen))
                .hint("another program may have the port: name another with --listen")
        })?;
        let address = listener.local_addr().unwrap_or(self.listen);
        out.line(&key.verifier().to_string())?;
        out.flush()?;
        if made {
            tracing::info!(key = %key_path.display(), "made a key: its public half is printed; tell it to those who rely on this witness");
        }
        tracing::info!(%address, log = origin, size = kept.seen().size, "witnessing");
        Ok((Cosigner::new(key, self.log_key, kept, Box::new(SystemClock)), listener))
    }
}

/// A key that a log signs checkpoints with.
fn log_key(text: &str) -> Result<VerifierKey, String> {
    match VerifierKey::parse(text) {
        Ok(key) if key.role() == Role::Log => Ok(key),
        Ok(_) => Err("this is the key of a witness; what is wanted is that of the log".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The name that all keys have.
fn one_name(keys: &[VerifierKey]) -> Result<String, Failure> {
    let mut names: Vec<_> = keys.iter().map(VerifierKey::name).collect();
    names.dedup();
    match names[..] {
        [name] => Ok(name.to_owned()),
        _ => Err(Failure::new(
            Exit::Failed,
            format!("these are the keys of several logs: {}", names.join(", ")),
        )
        .hint("a witness watches one log: start one for each")),
    }
}
