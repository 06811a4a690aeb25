//! `docket checkpoint`: what a server signed, as it signed it.

use clap::Args;
use docket_api::pb;
use docket_api::reason::Reason;

use crate::args::ServerArgs;
use crate::client::{Client, OrFailed as _};
use crate::exit::{Exit, Failure};
use crate::output::Out;

/// Checkpoints asked for at a time.
const PAGE_LEN: i32 = 1_000;

/// What `docket checkpoint` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "Keep one in a file, and hold the server against it later: docket verify --checkpoint FILE."
)]
pub(crate) struct Checkpoint {
    /// The one that covers exactly so many events [default: the latest]
    #[arg(long, value_name = "EVENTS")]
    size: Option<u64>,

    /// All of them, one size a line
    #[arg(long, conflicts_with_all = ["size", "keys"])]
    list: bool,

    /// The public keys that sign them, oldest first
    #[arg(long, conflicts_with = "size")]
    keys: bool,

    #[command(flatten)]
    server: ServerArgs,
}

impl Checkpoint {
    /// Asks, and prints.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        if self.keys {
            let keys = client.proof().get_log_keys(pb::GetLogKeysRequest {}).await;
            let keys = keys.or_failed(&client).await?.into_inner();
            if out.json() {
                return out.message(&keys);
            }
            return keys.verifier_keys.iter().try_for_each(|key| out.text(&format!("{key}\n")));
        }
        if self.list {
            return list(&client, out).await;
        }
        let which = self.size.map(pb::get_checkpoint_request::Which::Size);
        let answer = client.proof().get_checkpoint(pb::GetCheckpointRequest { which }).await;
        let answer = answer.or_failed(&client).await;
        let answer = answer.map_err(|failure| self.of_no_size(failure))?.into_inner();
        if out.json() {
            return out.message(&answer);
        }
        out.text(&answer.checkpoint.unwrap_or_default().note)
    }
}

impl Checkpoint {
    /// Asking again does not help who asked for a size that no checkpoint has.
    fn of_no_size(&self, failure: Failure) -> Failure {
        let none = failure.message.ends_with(&format!("({})", Reason::NoCheckpoint.as_str()));
        if self.size.is_none() || !none {
            return failure;
        }
        Failure { exit: Exit::NotFound, ..failure }
            .hint("`docket checkpoint --list` shows the sizes that there are")
    }
}

async fn list(client: &Client, out: &mut Out) -> Result<(), Failure> {
    let mut page_token = String::new();
    loop {
        let request = pb::ListCheckpointsRequest { page_size: PAGE_LEN, page_token };
        let page = client.proof().list_checkpoints(request).await.or_failed(client).await?.into_inner();
        for checkpoint in page.checkpoints {
            if out.json() {
                out.message(&checkpoint)?;
            } else {
                out.text(&format!("{}\n", checkpoint.size))?;
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}
