//! Verifying: a data directory, a bundle, or a running server against a checkpoint that was kept.

mod bundle;
mod checkpoints;
mod directory;
mod heads;
mod server;

use std::path::Path;

use clap::Args;
use docket_proof::VerifierKey;
use docket_server::proof::Demands;

pub(crate) use bundle::bundle;
pub(crate) use checkpoints::{CHECKPOINTS, Checkpoints, PUBLIC_KEYS, Told, listed_keys};
pub(crate) use directory::{Found, directory, find, show, wrong};
pub(crate) use server::server;

use crate::exit::{Exit, Failure};
use crate::process::chain;
use crate::render::words::count;

/// Whom to believe.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct KeyArgs {
    /// A public key of the log, NAME+ID+DATA, or a file that has some, one a line; may be given again
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) key: Vec<String>,

    /// A public key of a witness, or a file that has some; may be given again
    #[arg(long, value_name = "VKEY|FILE")]
    witness: Vec<String>,

    /// How many of these witnesses must have cosigned the checkpoint
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    require: usize,
}

impl KeyArgs {
    /// The keys that were named.
    ///
    /// # Errors
    /// If one is no key.
    pub(crate) fn demands(&self) -> Result<Demands, Failure> {
        Ok(Demands { keys: keys(&self.key)?, witnesses: keys(&self.witness)?, required: self.require })
    }
}

fn keys(named: &[String]) -> Result<Vec<VerifierKey>, Failure> {
    let mut keys = Vec::new();
    for text in named {
        let lines = if Path::new(text).is_file() { read_text(Path::new(text))? } else { text.clone() };
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let key = VerifierKey::parse(line);
            keys.push(
                key.map_err(|error| Failure::new(Exit::Failed, format!("`{text}`: {}", chain(&error))))?,
            );
        }
    }
    Ok(keys)
}

/// A short file as text.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::new(Exit::Failed, format!("{} cannot be read: {error}", path.display()));
    std::fs::read_to_string(path).map_err(failed)
}

/// A proof that does not hold.
fn forged(message: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Wrong, format!("NOT PROVED: {message}"))
}

/// `1 event`, `2,000 events`.
pub(crate) fn events(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "event")
}
