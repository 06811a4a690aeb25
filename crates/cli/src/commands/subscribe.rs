//! `docket subscribe`: what was recorded, then what is being recorded, until Ctrl-C.

use clap::Args;
use docket_api::pb;
use docket_api::pb::subscribe_request::Start;
use docket_api::pb::subscribe_response::Message;

use super::history::FilterArgs;
use crate::args::ServerArgs;
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::{Out, note};
use crate::render::history::line;

/// What `docket subscribe` is called with.
#[derive(Args, Debug)]
pub(crate) struct Subscribe {
    #[command(flatten)]
    filter: FilterArgs,

    /// Begin after this position [default: 0, the beginning]
    #[arg(long, value_name = "POSITION", conflicts_with = "now")]
    after: Option<u64>,

    /// Only what is recorded from now on
    #[arg(long)]
    now: bool,

    #[command(flatten)]
    server: ServerArgs,
}

impl Subscribe {
    /// Follows until Ctrl-C, which is how it is meant to end.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let start = if self.now { Start::Now(()) } else { Start::AfterPosition(self.after.unwrap_or(0)) };
        let request = pb::SubscribeRequest { filter: Some(self.filter.to_pb()), start: Some(start) };
        // The position that resumes; none is known before the first answer to --now.
        let mut seen = if self.now { None } else { self.after };
        tokio::select! {
            ended = follow(&client, request, &mut seen, out) => {
                resume(seen);
                ended
            }
            _ = tokio::signal::ctrl_c() => {
                out.flush()?;
                resume(seen);
                Ok(())
            }
        }
    }
}

fn resume(seen: Option<u64>) {
    if let Some(position) = seen {
        note(&format!("to go on from here: docket subscribe --after {position}"));
    }
}

async fn follow(
    client: &Client,
    request: pb::SubscribeRequest,
    seen: &mut Option<u64>,
    out: &mut Out,
) -> Result<(), Failure> {
    let mut answers = client.subscription().subscribe(request).await.or_failed(client).await?.into_inner();
    while let Some(answer) = answers.message().await.or_failed(client).await? {
        if out.json() {
            out.message(&answer)?;
        }
        let position = match answer.message {
            Some(Message::Event(event)) => {
                if !out.json() {
                    let style = out.style();
                    out.line(&line(style, &event))?;
                }
                event.position
            }
            Some(Message::CaughtUp(caught_up)) => {
                if !out.json() {
                    out.flush()?;
                    note(&format!("caught up at @{}; waiting for more (Ctrl-C ends)", caught_up.position));
                }
                caught_up.position
            }
            Some(Message::Checkpoint(checkpoint)) => checkpoint.position,
            None => continue,
        };
        // Written before it counts as seen: whoever resumes misses nothing.
        out.flush()?;
        *seen = Some(position);
    }
    Ok(())
}
