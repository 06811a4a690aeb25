//! `docket policy`: what no source settles, as the policy sets it.

use std::path::{Path, PathBuf};

use clap::Args;
use docket_api::pb;
use docket_server::policy;

use crate::args::{CountingArgs, ServerArgs, as_of};
use crate::client::{Client, OrFailed as _};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::process::chain;
use crate::refusal::as_known_at;
use crate::when::{KnownAt, london_time};

/// What `docket policy` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "Prints the policy as the file that it can be adopted from: change a copy, --check it, and name it as \
                        `policy` in the configuration of `docket serve`. At the next start it is recorded where it says \
                        something else than the one that counts."
)]
pub(crate) struct Policy {
    /// Looks at a file instead, and says what is wrong with it; asks no server
    #[arg(long, value_name = "FILE", conflicts_with_all = ["default", "known_at"])]
    check: Option<PathBuf>,

    /// Prints the policy that a new log begins with instead; asks no server
    #[arg(long, conflicts_with = "known_at")]
    default: bool,

    /// The one that counted then: an instant (RFC 3339), a day in London (to its end), or a position (@1234)
    #[arg(long, value_name = "WHEN")]
    known_at: Option<KnownAt>,

    #[command(flatten)]
    server: ServerArgs,
}

impl Policy {
    /// Asks, or looks at a file, and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        if let Some(file) = &self.check {
            return check(out, file);
        }
        if self.default {
            let read =
                || policy::read(policy::DEFAULT).map_err(|error| Failure::new(Exit::Failed, chain(&error)));
            return if out.json() { out.message(&read()?) } else { out.text(policy::DEFAULT) };
        }
        let client = Client::connect(&self.server.server).await?;
        let question = as_of(None, self.known_at, CountingArgs::default());
        let request = pb::GetPolicyRequest { as_of: Some(question) };
        let answer = client.policy().get_policy(request).await.or_failed(&client).await;
        let answer = answer.map_err(|failure| as_known_at(failure, self.known_at))?.into_inner();
        if out.json() {
            return out.message(&answer);
        }
        out.text(&text(&answer))
    }
}

/// The policy as a file, with the event that adopted it as a comment.
fn text(answer: &pb::GetPolicyResponse) -> String {
    let Some(adopted) = &answer.policy else {
        return "# No policy had been recorded by then: nothing is set.\n".to_owned();
    };
    let recorded = london_time(answer.record_time.as_ref());
    let sources: Vec<&str> = answer.sources.iter().map(|source| source.title.as_str()).collect();
    format!(
        "# Adopted by the event {} at position {}, recorded {recorded}: {}.\n\n{}",
        answer.event_id,
        answer.position,
        // A comment is one line.
        sources.join("; ").replace(char::is_control, " "),
        policy::write(adopted)
    )
}

fn check(out: &mut Out, file: &Path) -> Result<(), Failure> {
    let read = policy::read_file(file).map_err(|error| {
        let hint = "`docket policy --default` prints one that is right";
        Failure::new(Exit::Failed, format!("{}: {}", file.display(), chain(&error))).hint(hint)
    })?;
    if out.json() {
        return out.message(&read);
    }
    let rows = [
        (read.periods.len(), "periods"),
        (read.monitoring_visits.len(), "monitoring_visits"),
        (read.inadequate.len(), "inadequate"),
        (read.priorities.len(), "priorities"),
    ];
    let rows: Vec<String> = rows.iter().map(|(count, name)| format!("{count} {name}")).collect();
    out.line(&format!("{} is a policy, {:?}: {}.", file.display(), read.name, rows.join(", ")))
}
