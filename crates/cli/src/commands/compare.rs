//! `docket compare`: one authority or provider by two as-ofs.

use clap::Args;
use docket_api::pb;
use jiff::civil::Date;

use crate::args::{CountingArgs, PROVIDER, ServerArgs, as_of};
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::Out;
use crate::render::lists::{authority_comparison, provider_comparison};
use crate::when::{self, KnownAt};

/// What `docket compare` is called with.
#[derive(Args, Debug)]
pub(crate) struct Compare {
    /// GSS code, Ofsted URN, DfE number or name; provider/URN for a regulated provider
    authority: String,

    /// First answer: the day asked [default: the day of --first-known-at, or today]
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    first_effective: Option<Date>,

    /// First answer: only what was recorded by then: an instant, a day in London, or a position (@1234)
    #[arg(long, value_name = "WHEN")]
    first_known_at: Option<KnownAt>,

    /// Second answer: the day asked [default: the day of --second-known-at, or today]
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    second_effective: Option<Date>,

    /// Second answer: only what was recorded by then: an instant, a day in London, or a position (@1234)
    #[arg(long, value_name = "WHEN")]
    second_known_at: Option<KnownAt>,

    /// Also what the answers rest on
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    counting: CountingArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl Compare {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let first = Some(as_of(self.first_effective, self.first_known_at, self.counting));
        let second = Some(as_of(self.second_effective, self.second_known_at, self.counting));
        let style = out.style().why(self.why);
        if let Some(urn) = self.authority.strip_prefix(PROVIDER) {
            let request = pb::CompareProviderRequest { urn: urn.to_owned(), first, second };
            let answer = client.providers().compare_provider(request).await.or_failed(&client).await?;
            let answer = answer.into_inner();
            return if out.json() {
                out.message(&answer)
            } else {
                out.text(&provider_comparison(style, &answer))
            };
        }
        let request = pb::CompareStatusRequest { authority: self.authority, first, second };
        let answer = client.status().compare_status(request).await.or_failed(&client).await?.into_inner();
        if out.json() {
            return out.message(&answer);
        }
        out.text(&authority_comparison(style, &answer))
    }
}
