//! `docket authorities`: who there is, under which names and codes.

use clap::Args;
use docket_api::pb;

use crate::args::{AsOfArgs, ServerArgs};
use crate::client::{Client, OrFailed as _};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::render::lists::authorities;
use crate::render::words::count;

/// What `docket authorities` is called with.
#[derive(Args, Debug)]
pub(crate) struct Authorities {
    /// Part of a name or alias, or a code [default: all]
    query: Option<String>,

    /// Also those that do not exist on the day
    #[arg(long)]
    include_closed: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl Authorities {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let request = pb::ListAuthoritiesRequest {
            query: self.query.clone().unwrap_or_default(),
            as_of: Some(self.as_of.to_pb()),
            include_closed: self.include_closed,
        };
        let answer = client.status().list_authorities(request).await.or_failed(&client).await?.into_inner();
        if out.json() {
            out.message(&answer)?;
        } else if !answer.authorities.is_empty() {
            let style = out.style();
            out.text(&authorities(style, &answer.authorities))?;
            out.line(&format!("\n{}", count(answer.authorities.len(), "authority")))?;
        }
        match self.query {
            Some(query) if answer.authorities.is_empty() => {
                let failure = Failure::new(Exit::NotFound, format!("no authority matches {query:?}"));
                Err(if self.include_closed {
                    failure
                } else {
                    failure.hint("--include-closed searches the abolished ones too")
                })
            }
            _ => Ok(()),
        }
    }
}
