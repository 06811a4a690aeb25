//! `docket plan`: what comes next for each authority, and when; also as a calendar.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use docket_api::pb;
use jiff::civil::Date;

use super::bundle::write;
use crate::args::{AsOfArgs, ServerArgs};
use crate::client::{Client, OrFailed as _, check_regions};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::refusal::as_known_at;
use crate::render::plan::plan;
use crate::render::status::as_of;
use crate::render::words::count;
use crate::{ics, when};

/// Entries asked for at a time.
const PAGE_LEN: i32 = 1_000;

/// What `docket plan` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "What is overdue stands in every plan that does not end before it was due. A plan that is made again has the \
                        same entries in a calendar: what moved moves there too."
)]
pub(crate) struct Plan {
    /// Only of these: GSS code, Ofsted URN, DfE number or name [default: all]
    #[arg(value_name = "AUTHORITY")]
    authorities: Vec<String>,

    /// Only of authorities in this region; may be given again
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,

    /// First day of the plan: YYYY-MM-DD [default: the day that is asked]
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    from: Option<Date>,

    /// Last day of the plan: YYYY-MM-DD [default: without end]
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    to: Option<Date>,

    /// Also what comes on a day that nothing says
    #[arg(long)]
    undated: bool,

    /// With the rule of each and its source, how surely it is known, and the events that it rests on
    #[arg(long)]
    why: bool,

    /// As text for people, or as a calendar (iCalendar, RFC 5545)
    #[arg(long = "as", value_enum, default_value_t, value_name = "FORM")]
    form: Form,

    /// Writes the calendar into this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Writes over a file that is there
    #[arg(long, requires = "output")]
    force: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table.
    #[default]
    Text,
    /// A calendar.
    Ics,
}

impl Plan {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        if out.json() && (self.form == Form::Ics || self.output.is_some()) {
            return Err(Failure::new(Exit::Failed, "a plan is shown as JSON or as a calendar, not as both")
                .hint("leave out --json, or --as ics and --output"));
        }
        let client = Client::connect(&self.server.server).await?;
        let answer = self.list(&client).await;
        let answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?;
        if answer.entries.is_empty() {
            check_regions(&client, &self.region).await?;
        }
        if out.json() {
            return out.message(&answer);
        }
        if let Some(file) = &self.output {
            write(file, ics::calendar(&answer).as_bytes(), self.force)?;
            let dated = answer.entries.iter().filter(|entry| entry.first_date.is_some()).count();
            return out.line(&format!("{}: {}", file.display(), count(dated, "entry")));
        }
        match self.form {
            Form::Ics => out.text(&ics::calendar(&answer)),
            Form::Text => {
                let style = out.style().why(self.why);
                out.text(&plan(style, &answer, self.undated))?;
                out.line(&as_of(answer.as_of.as_ref()))
            }
        }
    }

    async fn list(&self, client: &Client) -> Result<pb::GetForwardPlanResponse, Failure> {
        let mut request = pb::GetForwardPlanRequest {
            as_of: Some(self.as_of.to_pb()),
            authorities: self.authorities.clone(),
            regions: self.region.clone(),
            from_date: self.from.map(when::to_pb),
            to_date: self.to.map(when::to_pb),
            page_size: PAGE_LEN,
            page_token: String::new(),
        };
        let mut whole = pb::GetForwardPlanResponse::default();
        loop {
            let page =
                client.plan().get_forward_plan(request.clone()).await.or_failed(client).await?.into_inner();
            whole.entries.extend(page.entries);
            (whole.as_of, whole.from_date, whole.to_date) = (page.as_of, page.from_date, page.to_date);
            if page.next_page_token.is_empty() {
                return Ok(whole);
            }
            request.page_token = page.next_page_token;
        }
    }
}
