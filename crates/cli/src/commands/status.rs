//! `docket status`: one authority in full, several or all in a table.

use clap::Args;
use docket_api::pb;

use crate::args::{AsOfArgs, ServerArgs, term};
use crate::client::{Client, OrFailed as _, check_regions};
use crate::exit::Failure;
use crate::output::Out;
use crate::refusal::as_known_at;
use crate::render::indicators;
use crate::render::overview::overview;
use crate::render::status::{as_of, status};
use crate::render::words::count;

/// Statuses asked for at a time.
const PAGE_LEN: i32 = 50;

/// What `docket status` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "With --json one authority is a GetStatusResponse; several, or --all, are one ListStatusesResponse. With \
                  --indicators a GetIndicatorsResponse follows the one."
)]
#[command(override_usage = "docket status [OPTIONS] <AUTHORITY>...\n       docket status [OPTIONS] --all")]
pub(crate) struct Status {
    /// GSS code, Ofsted URN, DfE number or name; one is shown in full, several in a table
    #[arg(required_unless_present = "all", value_name = "AUTHORITY")]
    authorities: Vec<String>,

    /// All authorities that exist on the day, in a table
    #[arg(long, conflicts_with = "authorities")]
    all: bool,

    /// Whole event ids, the legal basis of every deadline, and what is otherwise only counted
    #[arg(long)]
    why: bool,

    /// Each of several in full
    #[arg(long)]
    long: bool,

    /// With --all: only those of this region; may be given again
    #[arg(long, value_name = "REGION", requires = "all")]
    region: Vec<String>,

    /// With --all: only those on this pathway; may be given again
    #[arg(long, value_parser = term(PATHWAYS), requires = "all")]
    pathway: Vec<i32>,

    /// With --all: only those with such an instrument in force; may be given again
    #[arg(long, value_parser = term(INSTRUMENTS), requires = "all")]
    instrument: Vec<i32>,

    /// With --all: only those in monitoring or under an instrument
    #[arg(long, requires = "all")]
    in_case: bool,

    /// With --all: also those that do not exist on the day
    #[arg(long, requires = "all")]
    include_closed: bool,

    /// Of one authority: also the last value of each indicator, which is no part of the status
    #[arg(long, conflicts_with = "all")]
    indicators: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

const PATHWAYS: &[pb::PathwayState] = &[
    pb::PathwayState::Uninspected,
    pb::PathwayState::Short,
    pb::PathwayState::Standard,
    pb::PathwayState::Monitoring,
    pb::PathwayState::Closed,
    pb::PathwayState::Undetermined,
    pb::PathwayState::Paused,
];

const INSTRUMENTS: &[pb::InstrumentKind] = &[
    pb::InstrumentKind::ImprovementNotice,
    pb::InstrumentKind::Direction,
    pb::InstrumentKind::Commissioner,
    pb::InstrumentKind::Adviser,
    pb::InstrumentKind::FlexibilityLetter,
    pb::InstrumentKind::Supervision,
    pb::InstrumentKind::Trust,
];

impl Status {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let shown = match self.authorities.as_slice() {
            [one] => self.one(&client, one, out).await,
            _ => self.several(&client, out).await,
        };
        shown.map_err(|failure| as_known_at(failure, self.as_of.known_at))
    }

    async fn one(&self, client: &Client, authority: &str, out: &mut Out) -> Result<(), Failure> {
        let request =
            pb::GetStatusRequest { authority: authority.to_owned(), as_of: Some(self.as_of.to_pb()) };
        let answer = client.status().get_status(request).await.or_failed(client).await?.into_inner();
        let beside = self.beside(client, authority, &answer).await?;
        if out.json() {
            out.message(&answer)?;
            return beside.map_or(Ok(()), |beside| out.message(&beside));
        }
        let style = out.style().why(self.why);
        out.text(&status(style, &answer.status.unwrap_or_default()))?;
        match beside {
            Some(beside) => out.text(&indicators::beside(style, &beside)),
            None => Ok(()),
        }
    }

    /// The last value of each indicator, as of the same day and position as the status.
    async fn beside(
        &self,
        client: &Client,
        authority: &str,
        answer: &pb::GetStatusResponse,
    ) -> Result<Option<pb::GetIndicatorsResponse>, Failure> {
        if !self.indicators {
            return Ok(None);
        }
        let as_of = answer.status.as_ref().and_then(|status| status.as_of);
        let as_of = as_of.map(|as_of| pb::AsOf { known_time: None, ..as_of });
        let request = pb::GetIndicatorsRequest {
            authority: authority.to_owned(),
            last_only: true,
            as_of,
            ..Default::default()
        };
        let answer = client.indicators().get_indicators(request).await.or_failed(client).await?;
        Ok(Some(answer.into_inner()))
    }

    async fn several(&self, client: &Client, out: &mut Out) -> Result<(), Failure> {
        let request = pb::ListStatusesRequest {
            as_of: Some(self.as_of.to_pb()),
            authorities: self.authorities.clone(),
            regions: self.region.clone(),
            pathways: self.pathway.clone(),
            instruments: self.instrument.clone(),
            in_case: self.in_case,
            include_closed: self.include_closed || !self.authorities.is_empty(),
            ..pb::ListStatusesRequest::default()
        };
        let answer = list(client, request).await?;
        if answer.statuses.is_empty() {
            check_regions(client, &self.region).await?;
        }
        if out.json() {
            return out.message(&answer);
        }
        if answer.statuses.is_empty() {
            return out.line(&format!("No authority. {}", as_of(answer.as_of.as_ref())));
        }
        if self.long || self.why {
            let style = out.style().why(self.why);
            for one in &answer.statuses {
                out.text(&status(style, one))?;
                out.line("\n")?;
            }
        } else {
            let style = out.style();
            out.text(&overview(style, &answer.statuses))?;
        }
        let total = count(answer.statuses.len(), "authority");
        out.line(&format!("\n{total}. {}", as_of(answer.as_of.as_ref())))
    }
}

/// All pages of a list as one answer.
///
/// # Errors
/// Whatever the server says.
pub(crate) async fn list(
    client: &Client,
    mut request: pb::ListStatusesRequest,
) -> Result<pb::ListStatusesResponse, Failure> {
    request.page_size = PAGE_LEN;
    let mut whole = pb::ListStatusesResponse::default();
    loop {
        let page = client.status().list_statuses(request.clone()).await.or_failed(client).await?.into_inner();
        whole.statuses.extend(page.statuses);
        whole.as_of = page.as_of;
        if page.next_page_token.is_empty() {
            return Ok(whole);
        }
        request.page_token = page.next_page_token;
    }
}
