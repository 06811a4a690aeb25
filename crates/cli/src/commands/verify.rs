//! `docket verify`: is this what was recorded, whole and unchanged?

use std::path::{Path, PathBuf};

use clap::Args;
use docket_server::proof::Demands;
use jiff::civil::Date;

use crate::args::usual_server;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::verify::{self, KeyArgs};
use crate::when;

/// What `docket verify` is called with.
#[derive(Args, Debug)]
#[command(
    override_usage = "docket verify [OPTIONS] DIR\n       docket verify [OPTIONS] BUNDLE --key VKEY\n       docket verify [OPTIONS] --checkpoint FILE \
                      [--server URL]",
    after_help = "A data directory is read from end to end, also while a server writes to it, and nothing in it is changed: every checksum, \
                  hash and link, every checkpoint and its root. The index is not read, as it is compared with the events whenever it is used.\n\n\
                  A bundle is proved with the log's public key alone. A server is held against the checkpoint that you kept the \
                  last time: --save keeps the new one.\n\nWithout --witness nobody can see an operator who shows two \
                  histories: see docs/proofs.md."
)]
pub(crate) struct Verify {
    /// A data directory, or a case bundle as `docket bundle` writes it
    #[arg(value_name = "DIR|BUNDLE")]
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

    /// The day whose answer is shown of a bundle, in place of that in it: YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = when::parse_day, requires = "target")]
    effective: Option<Date>,

    #[command(flatten)]
    keys: KeyArgs,
}

impl Verify {
    /// Verifies what was named.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let demands = Demands { effective: self.effective, ..self.keys.demands()? };
        if let Some(path) = self.target.as_deref().filter(|path| path.is_dir()) {
            let kept = self.checkpoint.as_deref();
            if self.effective.is_some() {
                let why = "a data directory is verified whole, and gives no answer: leave --effective out";
                return Err(Failure::new(Exit::Failed, why).hint("docket bundle makes what can be asked"));
            }
            return tokio::task::block_in_place(|| verify::directory(path, kept, &demands, out));
        }
        if let Some(path) = &self.target {
            if self.checkpoint.is_some() {
                return Err(Failure::new(
                    Exit::Failed,
                    "a bundle has its own checkpoint: leave --checkpoint out",
                ));
            }
            return verify::bundle(path, &demands, out).await;
        }
        let client = Client::connect(self.server.as_deref().unwrap_or(&usual_server())).await?;
        let latest = verify::server(&client, self.checkpoint.as_deref(), &demands, out).await?;
        self.save.as_deref().map_or(Ok(()), |path| save(path, &latest))
    }
}

/// Writes a checkpoint where there may be an older one: that one is there until the new one is.
fn save(path: &Path, checkpoint: &str) -> Result<(), Failure> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    std::fs::write(&unfinished, checkpoint)
        .and_then(|()| std::fs::rename(&unfinished, path))
        .map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be written: {error}", path.display())))
}
