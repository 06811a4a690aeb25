//! `docket serve`: a log and a server on it, until it is asked to stop.

use std::path::PathBuf;

use clap::Args;
use docket_server::{Config, Flags};

use crate::exit::Failure;
use crate::process::{asked_to_stop, log_to_stderr, misconfigured, not_running};

/// What `docket serve` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "DOCKET_LOG says how much the server tells of itself: warn, info (the default), docket_server=debug."
)]
pub(crate) struct Serve {
    /// Where the log is; made if it is not there [default: docket-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Where to listen [default: that of --server]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,

    /// At most one signed checkpoint in so many seconds; 0: none at all [default: 1]
    #[arg(long, value_name = "SECONDS")]
    checkpoint_seconds: Option<u64>,

    /// A configuration in TOML; options stand over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Serve {
    /// Serves until Ctrl-C or the signal to terminate; says what happens on standard error.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let _said = log_to_stderr("info");
        let flags = Flags {
            file: self.config,
            data_dir: self.data,
            listen: self.listen,
            checkpoint_seconds: self.checkpoint_seconds,
        };
        let config = Config::load(flags).map_err(|error| misconfigured(&error))?;
        docket_server::run(config, asked_to_stop()).await.map_err(|error| not_running(&error))
    }
}
