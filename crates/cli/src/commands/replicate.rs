//! `docket replicate`: follows a server into a second data directory, which is a log at every moment.

use std::path::PathBuf;

use clap::Args;
use docket_proof::Role;
use serde_json::json;

use crate::exit::Failure;
use crate::output::Out;
use crate::process::{asked_to_stop, log_to_stderr};
use crate::render::words::{count, thousands};
use crate::replicate::{Copied, Plan, replicate};
use crate::verify::{events, keys};

/// What `docket replicate` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "The copy has the same events with the same hashes, and the checkpoints that were signed of them. It may be killed at any moment \
                  and run again: it goes on where it was. Whatever comes is compared with what the copy has before it is added; where original \
                  and copy differ it ends with code 8 and says where.\n\n\
                  It is a warm copy, not a cluster: it is a moment behind, nobody is answered from it while it is kept, and nothing takes over by \
                  itself. How to go on with it is in docs/operations.md."
)]
pub(crate) struct Replicate {
    /// Address of the server to copy
    #[arg(long, value_name = "URL")]
    from: String,

    /// The data directory of the copy; made if it is not there
    #[arg(long, alias = "data-dir", value_name = "DIR")]
    data: PathBuf,

    /// End when everything is copied that is recorded by now
    #[arg(long)]
    once: bool,

    /// A public key of the log, NAME+ID+DATA, or a file that has some, one a line; may be given again. Checkpoints that none of them signed
    /// are refused [default: the keys that the server lists]
    #[arg(long, value_name = "VKEY|FILE")]
    key: Vec<String>,
}

impl Replicate {
    /// Copies until Ctrl-C or the signal to terminate.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let _said = log_to_stderr("warn");
        let keys = keys(&self.key, Role::Log)?;
        let plan = Plan { from: self.from, data: self.data, keys, once: self.once };
        let Copied { last, events: copied, checkpoints } = replicate(&plan, asked_to_stop()).await?;
        if out.json() {
            let told =
                json!({ "lastPosition": last, "eventsCopied": copied, "checkpointsCopied": checkpoints });
            return out.line(&told.to_string());
        }
        out.line(&format!(
            "Copied {} and {}; the copy is at position {}.",
            events(copied),
            count(usize::try_from(checkpoints).unwrap_or(usize::MAX), "checkpoint"),
            thousands(last),
        ))
    }
}
