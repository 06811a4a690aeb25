//! `docket plan-of`: one action plan in depth, its coverage first. `docket indicators`: what was measured, beside the status.

use clap::Args;
use docket_api::pb;

use crate::args::{AsOfArgs, ServerArgs, term};
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::Out;
use crate::refusal::as_known_at;
use crate::render::action_plan::action_plan;
use crate::render::indicators::indicators;

/// What `docket plan-of` is called with.
#[derive(Args, Debug)]
#[command(after_help = "With --json the answer is a GetActionPlanResponse.")]
pub(crate) struct PlanOf {
    /// GSS code, Ofsted URN, DfE number or name
    authority: String,

    /// The inspection whose findings the plan answers [default: the last report that asks for a plan]
    #[arg(long, value_name = "KEY", conflicts_with = "plan")]
    inspection: Option<String>,

    /// The plan by the key of its obligation: ilacs-2022-11-14/written-statement
    #[arg(long, value_name = "KEY")]
    plan: Option<String>,

    /// Whole event ids, and the evidence of every report
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl PlanOf {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let request = pb::GetActionPlanRequest {
            authority: self.authority,
            obligation: self.plan.unwrap_or_default(),
            inspection: self.inspection.unwrap_or_default(),
            as_of: Some(self.as_of.to_pb()),
        };
        let answer = client.action_plans().get_action_plan(request).await.or_failed(&client).await;
        let answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?.into_inner();
        if out.json() {
            return out.message(&answer);
        }
        let style = out.style().why(self.why);
        out.text(&action_plan(style, &answer.plan.unwrap_or_default()))
    }
}

/// What `docket indicators` is called with.
#[derive(Args, Debug)]
#[command(after_help = "With --json the answer is a GetIndicatorsResponse.")]
pub(crate) struct Indicators {
    /// GSS code, Ofsted URN, DfE number or name
    authority: String,

    /// Only of this kind; may be given again
    #[arg(long, value_parser = term(KINDS))]
    kind: Vec<i32>,

    /// Only the last value of each
    #[arg(long)]
    last: bool,

    /// Whole event ids, and every source
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

const KINDS: &[pb::IndicatorKind] = &[
    pb::IndicatorKind::StaffTurnover,
    pb::IndicatorKind::Vacancies,
    pb::IndicatorKind::AgencyShare,
    pb::IndicatorKind::Caseload,
    pb::IndicatorKind::StaffAbsence,
    pb::IndicatorKind::Other,
];

impl Indicators {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let request = pb::GetIndicatorsRequest {
            authority: self.authority,
            kinds: self.kind,
            last_only: self.last,
            as_of: Some(self.as_of.to_pb()),
        };
        let answer = client.indicators().get_indicators(request).await.or_failed(&client).await;
        let answer = answer.map_err(|failure| as_known_at(failure, self.as_of.known_at))?.into_inner();
        if out.json() {
            return out.message(&answer);
        }
        let style = out.style().why(self.why);
        out.text(&indicators(style, &answer))
    }
}
