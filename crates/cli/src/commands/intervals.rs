//! `docket intervals`: how long things took, as tables and one by one.

use clap::Args;
use docket_api::pb;
use jiff::civil::Date;

use crate::args::{AsOfArgs, ServerArgs, term};
use crate::client::{Client, OrFailed as _, check_regions};
use crate::exit::Failure;
use crate::output::Out;
use crate::refusal::as_known_at;
use crate::render::intervals::intervals;
use crate::render::status::as_of;
use crate::when;

/// Groups asked for at a time.
const PAGE_LEN: i32 = 500;

/// What `docket intervals` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "The first day of an interval is not counted, the last is. A pair of which a day is not known to the day is \
                        left out and counted as such: --each says for which reasons, --why which."
)]
pub(crate) struct Intervals {
    /// Only of these: GSS code, Ofsted URN, DfE number or name [default: all]
    #[arg(value_name = "AUTHORITY")]
    authorities: Vec<String>,

    /// What is measured; may be given again [default: all]
    #[arg(long, value_parser = term(MEASURES), value_name = "MEASURE")]
    measure: Vec<i32>,

    /// By what they are put together; may be given again, for a table of both [default: all of a measure]
    #[arg(long, value_parser = term(GROUPINGS), value_name = "WHAT")]
    by: Vec<i32>,

    /// Each by itself, with its rank: 1 is the longest
    #[arg(long)]
    each: bool,

    /// Each with the events that it rests on, and those that are left out
    #[arg(long)]
    why: bool,

    /// Only of authorities in this region; may be given again
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,

    /// Only those that begin with such an inspection or visit; may be given again
    #[arg(long, value_parser = term(KINDS), value_name = "KIND")]
    kind: Vec<i32>,

    /// Over which services; may be given again [default: childrens-social-care]
    #[arg(long, value_parser = term(DOMAINS))]
    domain: Vec<i32>,

    /// Only those that begin on this day or after it: YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    from: Option<Date>,

    /// Only those that begin on this day or before it: YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    to: Option<Date>,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

const MEASURES: &[pb::IntervalMeasure] = &[
    pb::IntervalMeasure::SinceFullInspection,
    pb::IntervalMeasure::BetweenFullInspections,
    pb::IntervalMeasure::FieldworkEndToPublication,
    pb::IntervalMeasure::FieldworkStartToPublication,
    pb::IntervalMeasure::ReportToNotice,
    pb::IntervalMeasure::ReportToDirection,
    pb::IntervalMeasure::NoticeToDirection,
    pb::IntervalMeasure::DirectionToExit,
];

const GROUPINGS: &[pb::IntervalGrouping] = &[
    pb::IntervalGrouping::Authority,
    pb::IntervalGrouping::Region,
    pb::IntervalGrouping::Year,
    pb::IntervalGrouping::InspectionKind,
    pb::IntervalGrouping::Grade,
];

const KINDS: &[pb::InspectionKind] = &[
    pb::InspectionKind::Jar,
    pb::InspectionKind::Unannounced,
    pb::InspectionKind::Slac,
    pb::InspectionKind::ChildProtection,
    pb::InspectionKind::TargetedLookedAfter,
    pb::InspectionKind::Sif,
    pb::InspectionKind::SifReinspection,
    pb::InspectionKind::Ilacs,
    pb::InspectionKind::IlacsStandard,
    pb::InspectionKind::IlacsShort,
    pb::InspectionKind::FocusedVisit,
    pb::InspectionKind::MonitoringVisit,
    pb::InspectionKind::CovidAssuranceVisit,
    pb::InspectionKind::Jtai,
    pb::InspectionKind::AreaSendFull,
    pb::InspectionKind::AreaSendRevisit,
    pb::InspectionKind::AreaSendMonitoring,
];

const DOMAINS: &[pb::ServiceDomain] = &[pb::ServiceDomain::ChildrensSocialCare, pb::ServiceDomain::Send];

impl Intervals {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let answer = self.list(&client).await;
        let answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?;
        if answer.groups.is_empty() {
            check_regions(&client, &self.region).await?;
        }
        if out.json() {
            return out.message(&answer);
        }
        out.text(&intervals(out.style().why(self.why), &answer, &self.by, self.each || self.why))?;
        out.line(&as_of(answer.as_of.as_ref()))
    }

    async fn list(&self, client: &Client) -> Result<pb::GetIntervalsResponse, Failure> {
        let mut request = pb::GetIntervalsRequest {
            as_of: Some(self.as_of.to_pb()),
            authorities: self.authorities.clone(),
            regions: self.region.clone(),
            measures: self.measure.clone(),
            domains: self.domain.clone(),
            inspection_kinds: self.kind.clone(),
            from_date: self.from.map(when::to_pb),
            to_date: self.to.map(when::to_pb),
            group_by: self.by.clone(),
            page_size: PAGE_LEN,
            page_token: String::new(),
        };
        let mut whole = pb::GetIntervalsResponse::default();
        loop {
            let page =
                client.plan().get_intervals(request.clone()).await.or_failed(client).await?.into_inner();
            whole.groups.extend(page.groups);
            whole.meanings.extend(page.meanings);
            whole.meanings.dedup();
            whole.as_of = page.as_of;
            if page.next_page_token.is_empty() {
                return Ok(whole);
            }
            request.page_token = page.next_page_token;
        }
    }
}
