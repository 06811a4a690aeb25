//! `docket priorities`: whom to visit first, by the criteria that were published for a period.

use clap::Args;
use docket_api::pb;

use crate::args::{AsOfArgs, ServerArgs};
use crate::client::{Client, OrFailed as _, check_regions};
use crate::exit::Failure;
use crate::output::Out;
use crate::refusal::as_known_at;
use crate::render::priorities::priorities;
use crate::render::status::as_of;

/// Places asked for at a time.
const PAGE_LEN: i32 = 1_000;

/// What `docket priorities` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "The criteria are those of the policy (`docket policy`). The one that a new log begins with has those of Ofsted's \
                        plan of 6 July 2020, for visits up to 31 March 2021: ask of a day in that time with --effective."
)]
pub(crate) struct Priorities {
    /// Only of these: GSS code, Ofsted URN, DfE number or name [default: all]
    #[arg(value_name = "AUTHORITY")]
    authorities: Vec<String>,

    /// Only of authorities in this region; may be given again
    #[arg(long, value_name = "REGION", conflicts_with = "providers")]
    region: Vec<String>,

    /// Regulated providers instead of authorities; AUTHORITY then names the areas in which they are
    #[arg(long)]
    providers: bool,

    /// How many are drawn of those judged good or outstanding whom no other criterion names
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    sample: i32,

    /// What the sample is drawn by: the same seed draws the same sample
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,

    /// With the criteria, their sources and how surely they are known, and the events of each place
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl Priorities {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let answer = self.list(&client).await;
        let answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?;
        if answer.considered == 0 {
            check_regions(&client, &self.region).await?;
        }
        if out.json() {
            return out.message(&answer);
        }
        let style = out.style().why(self.why);
        out.text(&priorities(style, &answer))?;
        out.line(&as_of(answer.as_of.as_ref()))
    }

    async fn list(&self, client: &Client) -> Result<pb::GetPrioritiesResponse, Failure> {
        let mut request = pb::GetPrioritiesRequest {
            as_of: Some(self.as_of.to_pb()),
            providers: self.providers,
            authorities: self.authorities.clone(),
            regions: self.region.clone(),
            seed: self.seed,
            sample_size: self.sample,
            page_size: PAGE_LEN,
            page_token: String::new(),
        };
        let mut places = Vec::new();
        loop {
            let page = client.priority().get_priorities(request.clone()).await.or_failed(client).await?;
            let mut page = page.into_inner();
            places.append(&mut page.places);
            if page.next_page_token.is_empty() {
                return Ok(pb::GetPrioritiesResponse { places, ..page });
            }
            request.page_token = page.next_page_token;
        }
    }
}
