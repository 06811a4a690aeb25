//! `docket verify`: is this what was recorded, whole and unchanged?

use std::path::PathBuf;

use clap::Args;

use crate::args::usual_server;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::verify::{self, KeyArgs, read_text};

/// What `docket verify` is called with.
#[derive(Args, Debug)]
#[command(
    override_usage = "docket verify [OPTIONS] BUNDLE --key VKEY\n       docket verify [OPTIONS] --checkpoint FILE [--server URL]",
    after_help = "A bundle is proved with the log's public key alone. A server is held against the checkpoint that you kept the \
                  last time: --save keeps the new one.\n\nWithout --witness nobody can see an operator who shows two \
                  histories: see docs/proofs.md."
)]
pub(crate) struct Verify {
    /// A case bundle, as `docket bundle` writes it
    #[arg(value_name = "BUNDLE", conflicts_with = "checkpoint")]
    target: Option<PathBuf>,

    /// A running server
    #[arg(long, env = "DOCKET_SERVER", value_name = "URL")]
    server: Option<String>,

    /// The checkpoint that you kept; the log must go on from it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,

    /// Where to keep the server's checkpoint, once it is verified
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    save: Option<PathBuf>,

    #[command(flatten)]
    keys: KeyArgs,
}

impl Verify {
    /// Verifies what was named.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let demands = self.keys.demands()?;
        if let Some(path) = &self.target {
            return verify::bundle(path, &demands, out).await;
        }
        let kept = self.checkpoint.as_deref().map(read_text).transpose()?;
        let client = Client::connect(self.server.as_deref().unwrap_or(&usual_server())).await?;
        let latest = verify::server(&client, kept.as_deref(), &demands, out).await?;
        match &self.save {
            None => Ok(()),
            Some(path) => std::fs::write(path, latest).map_err(|error| {
                Failure::new(Exit::Failed, format!("{} cannot be written: {error}", path.display()))
            }),
        }
    }
}
