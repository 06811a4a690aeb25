//! What stands in a plan, and indicators.

use alloc::string::String;
use alloc::vec::Vec;

use super::DateRange;
use crate::date::PartialDate;
use crate::terms::{ActionState, IndicatorKind, PlanReviewOutcome};

/// One action of a plan, in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanAction {
    /// Unique in the plan.
    pub reference: String,
    /// In its words.
    pub text: String,
    /// References of the findings that it answers.
    pub answers: Vec<String>,
    /// The post that answers for it.
    pub owner_role: String,
    /// By what it will be seen to have worked.
    pub measure: String,
    /// What is to be reached on the way.
    pub milestones: Vec<Milestone>,
    /// By when.
    pub due: PartialDate,
}

/// Something of an action that is to be reached by a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// Unique in the action.
    pub reference: String,
    /// In its words.
    pub text: String,
    /// By when.
    pub due: PartialDate,
}

/// How far one action has come, as reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionProgress {
    /// Of the action.
    pub reference: String,
    /// How far.
    pub state: ActionState,
    /// In its words.
    pub text: String,
    /// What shows it.
    pub evidence: Vec<String>,
    /// References of milestones that were met by then.
    pub milestones_met: Vec<String>,
}

/// What happened to the content of a plan. It changes no obligation and no status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanStep {
    /// The plan has this action.
    ActionSet(PlanAction),
    /// From now on the action is this.
    ActionChanged(PlanAction),
    /// The authority reported on actions.
    ProgressReported(Vec<ActionProgress>),
    /// Ofsted reviewed the plan against one finding.
    FindingReviewed {
        /// Of the finding.
        reference: String,
        /// What it said.
        outcome: PlanReviewOutcome,
        /// In its words.
        text: String,
    },
}

/// What of a plan a visit looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// References of findings.
    pub findings: Vec<String>,
    /// References of actions.
    pub actions: Vec<String>,
    /// What progress was seen.
    pub progress_seen: String,
}

/// A measured value about an authority, beside its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndicatorValue {
    /// What is measured.
    pub kind: IndicatorKind,
    /// Which of several; empty where the kind says it.
    pub name: String,
    /// A decimal number, as printed.
    pub value: String,
    /// In which unit.
    pub unit: String,
    /// The days it is about; one day where it was so on that day.
    pub about: DateRange,
}
