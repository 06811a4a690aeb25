//! Verifying: a data directory, a bundle, or a running server against a checkpoint that was kept.

mod bundle;
mod checkpoints;
mod directory;
mod heads;
mod server;

use std::path::Path;
use std::time::Duration;

use clap::Args;
use docket_proof::{CheckpointError, Cosignature, KeyError, Role, VerifierKey};
use docket_server::proof::Demands;

pub(crate) use bundle::bundle;
pub(crate) use checkpoints::{CHECKPOINTS, Checkpoints, PUBLIC_KEYS, Told, listed_keys};
pub(crate) use directory::{Found, directory, find, show, wrong};
pub(crate) use server::server;

use crate::exit::{Exit, Failure};
use crate::render::words::count;
use crate::when::london_time;

/// A cosignature follows a moment after the checkpoint: how often it is looked for.
pub(crate) const LOOKS_MAX: usize = 20;
/// After how long it is looked for again.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Whom to believe.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct KeyArgs {
    /// A public key of the log, NAME+ID+DATA, or a file that has some, one a line; may be given again
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) key: Vec<String>,

    /// A public key of a witness, or a file that has some; may be given again
    #[arg(long, value_name = "VKEY|FILE")]
    witness: Vec<String>,

    /// How many of these witnesses must have cosigned the checkpoint [default: all of them]
    #[arg(long, value_name = "NUMBER")]
    require: Option<usize>,
}

impl KeyArgs {
    /// The keys that were named.
    ///
    /// # Errors
    /// If one is no key, or the key of somebody else, or more cosignatures are required than there are witnesses.
    pub(crate) fn demands(&self) -> Result<Demands, Failure> {
        let (keys, witnesses) = (keys(&self.key, Role::Log)?, keys(&self.witness, Role::Witness)?);
        let required = self.require.unwrap_or(witnesses.len());
        if witnesses.len() < required {
            let named = count(witnesses.len(), "key");
            let message = format!("--require {required} cannot be met: --witness names {named}");
            return Err(Failure::new(Exit::Failed, message));
        }
        Ok(Demands { keys, witnesses, required, effective: None })
    }
}

/// The keys that were named for this role, each once.
///
/// # Errors
/// If one is no key, or the key of somebody else.
pub(crate) fn keys(named: &[String], role: Role) -> Result<Vec<VerifierKey>, Failure> {
    let mut keys = Vec::new();
    for text in named {
        let path = Path::new(text);
        let found = if path.is_file() {
            let lines = read_text(path)?;
            let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
            let keys = lines.map(VerifierKey::parse).collect::<Result<Vec<_>, _>>();
            keys.map_err(|error| format!("{text}: {error}"))
        } else {
            VerifierKey::parse(text.trim()).map(|key| vec![key]).map_err(|error| match error {
                KeyError::Verifier => {
                    format!("`{text}` is neither a file nor a public key: one is written NAME+ID+DATA")
                }
                // It may be a secret, and is not repeated.
                error => error.to_string(),
            })
        };
        let found = found.map_err(|why| Failure::new(Exit::Failed, why))?;
        if found.is_empty() {
            return Err(Failure::new(Exit::Failed, format!("{text} holds no key")));
        }
        for key in found {
            if key.role() != role {
                let message =
                    format!("{key} is the key of a {}; that of a {role} is wanted here", key.role());
                return Err(Failure::new(Exit::Failed, message)
                    .hint("--key is for the log's own, --witness for those of its witnesses"));
            }
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

/// A short file as text.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::InvalidData => "is no text".to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        Failure::new(Exit::Failed, format!("{} {why}", path.display()))
    };
    std::fs::read_to_string(path).map_err(failed)
}

/// A proof that does not hold.
fn forged(message: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Wrong, format!("NOT PROVED: {message}"))
}

/// What to do about a checkpoint that is not believed.
pub(crate) fn about_checkpoint(error: &CheckpointError) -> &'static str {
    match error {
        CheckpointError::OtherLog { .. } => {
            "is it the right file, the right server and the right key? A log keeps its name for ever"
        }
        CheckpointError::Unsigned { .. } => {
            "is it the right key? Where the operator told you that the log has a new one, give both: --key OLD --key NEW"
        }
        CheckpointError::Forged { .. } => "keep it as it is, and ask for it again",
        _ => "`docket checkpoint > FILE` keeps one as it was signed",
    }
}

/// Who cosigned, and when, as part of a sentence.
fn cosigned_by(cosigned: &[Cosignature]) -> String {
    let one = |cosignature: &Cosignature| {
        let seconds = cosignature.time().try_into().unwrap_or(i64::MAX);
        let time = london_time(Some(&prost_types::Timestamp { seconds, nanos: 0 }));
        format!("{} ({time})", cosignature.witness())
    };
    cosigned.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Who vouches for what was signed by this log.
fn vouched(signer: docket_proof::KeyId, cosigned: &[Cosignature]) -> String {
    match cosigned {
        [] => format!(
            "signed with the key {signer}.\nNo witness that you named vouches for it: the operator could show another log to others"
        ),
        cosigned => format!("signed with the key {signer} and cosigned by {}", cosigned_by(cosigned)),
    }
}

/// `1 event`, `2,000 events`.
pub(crate) fn events(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "event")
}
