//! What an operator sets: flags and a file become a `Config` that is already valid.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::proof::CHECKPOINT_SECONDS_DEFAULT;

/// Where the server listens if nobody says otherwise.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:50051";
/// Where the data is if nobody says otherwise, from the working directory.
pub const DATA_DIR_DEFAULT: &str = "docket-data";
/// Longest configuration file, in bytes.
pub const FILE_LEN_MAX: u64 = 64 * 1024;

/// A configuration with which a server can start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    data_dir: PathBuf,
    listen: SocketAddr,
    checkpoints: Checkpoints,
    witnesses: Vec<WitnessConfig>,
    policy: Option<PathBuf>,
}

/// How checkpoints are made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checkpoints {
    /// At most one in so many seconds; 0: none at all.
    pub every_seconds: u64,
    /// What they name as their origin: a name like that of a host and a path. Without it, one is made of the log's id.
    pub origin: Option<String>,
    /// Where the private key is; in the data directory without it.
    pub key: Option<PathBuf>,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self { every_seconds: CHECKPOINT_SECONDS_DEFAULT, origin: None, key: None }
    }
}

/// A witness that is asked to cosign each checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessConfig {
    /// Where it is asked: `http://HOST:PORT`.
    pub url: String,
    /// Its public key.
    pub key: String,
}

/// What was given on the command line. What is left out is taken from the file, and what that leaves out has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// A TOML file.
    pub file: Option<PathBuf>,
    /// Where the data is.
    pub data_dir: Option<PathBuf>,
    /// Address and port.
    pub listen: Option<String>,
    /// At most one checkpoint in so many seconds; 0: none at all.
    pub checkpoint_seconds: Option<u64>,
}

/// What a file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data_dir: Option<PathBuf>,
    listen: Option<String>,
    policy: Option<PathBuf>,
    #[serde(default)]
    checkpoints: Checkpoints,
    #[serde(default)]
    witness: Vec<WitnessConfig>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("reading {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is longer than [`FILE_LEN_MAX`].
    #[error("{} is longer than {FILE_LEN_MAX} bytes: is it a configuration?", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a configuration.
    #[error("{} is not a configuration of docket", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        #[source]
        source: toml::de::Error,
    },
    /// The address is not one.
    #[error("{text:?} is not an address and a port, as in {LISTEN_DEFAULT}")]
    Address {
        /// What was given.
        text: String,
    },
    /// The address can be reached from other machines.
    #[error(
        "{address} can be reached from other machines: until docket has access control it listens on loopback addresses \
         only (127.0.0.0/8, [::1])"
    )]
    NotLoopback {
        /// What was given.
        address: SocketAddr,
    },
}

impl Config {
    /// Reads the file, if one is named, and lays the flags over it.
    ///
    /// # Errors
    /// [`ConfigError`]: the file cannot be read or is not a configuration, or the address is not one on which docket listens.
    pub fn load(flags: Flags) -> Result<Self, ConfigError> {
        let file = flags.file.as_deref().map(read).transpose()?.unwrap_or_default();
        let listen = flags.listen.or(file.listen).unwrap_or_else(|| LISTEN_DEFAULT.to_owned());
        let data_dir = flags.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from(DATA_DIR_DEFAULT));
        let mut config = Self::new(data_dir, &listen)?;
        config.checkpoints = file.checkpoints;
        config.witnesses = file.witness;
        config.policy = file.policy;
        if let Some(seconds) = flags.checkpoint_seconds {
            config.checkpoints.every_seconds = seconds;
        }
        Ok(config)
    }

    /// A configuration from its parts.
    ///
    /// # Errors
    /// [`ConfigError::Address`] if `listen` is not an address and a port, [`ConfigError::NotLoopback`] if it is not of this machine only.
    pub fn new(data_dir: PathBuf, listen: &str) -> Result<Self, ConfigError> {
        let address: SocketAddr =
            listen.parse().map_err(|_| ConfigError::Address { text: listen.to_owned() })?;
        if !address.ip().is_loopback() {
            return Err(ConfigError::NotLoopback { address });
        }
        let (checkpoints, witnesses) = (Checkpoints::default(), Vec::new());
        Ok(Self { data_dir, listen: address, checkpoints, witnesses, policy: None })
    }

    /// Where the data is.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// How checkpoints are made.
    #[must_use]
    pub fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// Who is asked to cosign each checkpoint.
    #[must_use]
    pub fn witnesses(&self) -> &[WitnessConfig] {
        &self.witnesses
    }

    /// The file of the policy. Without one, what the log holds counts.
    #[must_use]
    pub fn policy(&self) -> Option<&Path> {
        self.policy.as_deref()
    }

    /// Where the server listens: a loopback address.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let unread = |source| ConfigError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(unread)?.len() > FILE_LEN_MAX {
        return Err(ConfigError::TooLong { path: path.to_owned() });
    }
    let text = std::fs::read_to_string(path).map_err(unread)?;
    toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_other_machines_can_reach_is_refused_with_the_reason() {
        for listen in ["0.0.0.0:50051", "192.0.2.1:50051", "[::]:50051"] {
            let refused = Config::new("data".into(), listen).unwrap_err();
            assert!(refused.to_string().contains("access control"), "{refused}");
        }
        for listen in ["127.0.0.1:0", "127.8.9.10:1", "[::1]:50051"] {
            assert!(Config::new("data".into(), listen).is_ok(), "{listen}");
        }
    }

    #[test]
    fn a_name_is_not_an_address() {
        let refused = Config::new("data".into(), "localhost:50051").unwrap_err();
        assert!(matches!(refused, ConfigError::Address { .. }));
    }

    #[test]
    fn the_sample_file_is_a_configuration_and_flags_stand_over_it() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/docket.toml");
        let from_file = Flags { file: Some(sample.into()), ..Flags::default() };
        let config = Config::load(from_file.clone()).unwrap();
        assert_eq!(config.data_dir(), Path::new("/var/lib/docket"));
        let config = Config::load(Flags {
            data_dir: Some("elsewhere".into()),
            listen: Some("[::1]:7".into()),
            ..from_file
        })
        .unwrap();
        assert_eq!(config.data_dir(), Path::new("elsewhere"));
        assert_eq!(config.listen().port(), 7);
    }
}
