//! `docket subscribe`: what was recorded, then what is being recorded, until Ctrl-C.

use clap::Args;
use docket_api::pb;
use docket_api::pb::subscribe_request::Start;
use docket_api::pb::subscribe_response::Message;

use super::filter::FilterArgs;
use crate::args::{ServerArgs, usual_server};
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::{Out, note};
use crate::render::history::line;
use crate::when;

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
        let start = match (self.now, self.after, self.filter.recorded_since) {
            (true, ..) => Start::Now(()),
            // What came before it is not even read.
            (_, None, Some(since)) => Start::RecordedSince(when::time_to_pb(since)),
            (_, after, _) => Start::AfterPosition(after.unwrap_or(0)),
        };
        let request = pb::SubscribeRequest { filter: Some(self.filter.to_pb()), start: Some(start) };
        // The position that resumes: of the last message that was written; none before the first.
        let mut seen = None;
        tokio::select! {
            ended = follow(&client, request, &mut seen, out) => {
                self.resume(seen, out.json());
                ended
            }
            _ = tokio::signal::ctrl_c() => {
                out.flush()?;
                self.resume(seen, out.json());
                Ok(())
            }
        }
    }

    fn resume(&self, seen: Option<u64>, json: bool) {
        if let Some(position) = seen {
            note(&format!("to go on from here: {}", self.command(position, json)));
        }
    }

    /// The command that goes on after a position: of the same server, with the same filter.
    fn command(&self, position: u64, json: bool) -> String {
        let mut words = self.filter.words();
        if self.server.server != usual_server() {
            words.extend(["--server".to_owned(), self.server.server.clone()]);
        }
        if json {
            words.push("--json".to_owned());
        }
        let words: String = words.iter().map(|word| format!(" {}", quoted(word))).collect();
        format!("docket subscribe --after {position}{words}")
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
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
            Some(Message::FellBehind(fell_behind)) => {
                if !out.json() {
                    note(&format!("too slow for what is live: reading on from @{}", fell_behind.position));
                }
                fell_behind.position
            }
            Some(Message::Checkpoint(checkpoint)) => checkpoint.position,
            Some(Message::Heartbeat(heartbeat)) => heartbeat.position,
            None => continue,
        };
        // Written before it counts as seen: whoever resumes misses nothing.
        out.flush()?;
        *seen = Some(position);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        subscribe: Subscribe,
    }

    #[test]
    fn whoever_goes_on_asks_the_same_server_with_the_same_filter() {
        let command = |line: &[&str]| {
            let line = std::iter::once(&"subscribe").chain(line);
            Line::try_parse_from(line).unwrap().subscribe.command(12, false)
        };
        let usual = usual_server();
        assert_eq!(command(&["--now", "--server", &usual]), "docket subscribe --after 12");
        let line = ["Kingston upon Hull", "--kind", "direction-issued", "--server", "http://x:1"];
        assert_eq!(
            command(&line),
            "docket subscribe --after 12 'Kingston upon Hull' --kind direction_issued --server http://x:1"
        );
    }
}
