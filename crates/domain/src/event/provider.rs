//! Regulated providers: what is registered, and what is enforced.

use alloc::string::String;
use alloc::vec::Vec;

use crate::date::PartialDate;
use crate::id::{AuthorityId, MeasureKey};
use crate::terms::{
    AppealOutcome, ComplianceOutcome, DecisionOutcome, MeasureKind, ProposalKind, ProsecutionOutcome,
    ProviderKind, ProviderSector,
};

/// What is registered of a provider; what is empty or `None` is not known, or does not change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderDetails {
    /// Often withheld.
    pub name: String,
    /// What it is registered as.
    pub kind: Option<ProviderKind>,
    /// In whose area it is.
    pub authority: Option<AuthorityId>,
    /// Who runs it.
    pub sector: Option<ProviderSector>,
    /// Who owns it.
    pub owner: String,
    /// For how many children.
    pub places: Option<u32>,
    /// URN of the school or college that it also is.
    pub education_urn: String,
}

/// A step that a compliance notice asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplianceStep {
    /// Unique in the notice.
    pub reference: String,
    /// In its words.
    pub text: String,
    /// By when.
    pub due: PartialDate,
}

/// What happened to a measure of enforcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasureStep {
    /// Served, imposed, made or started.
    Served(Measure),
    /// Steps of a compliance notice were done.
    StepMet {
        /// Which one; `None` for all of the notice.
        reference: Option<String>,
    },
    /// A compliance notice was closed.
    Closed {
        /// In which way.
        outcome: ComplianceOutcome,
    },
    /// Written representations on a proposal came.
    Representations,
    /// The decision on a proposal was served.
    Decided {
        /// What it says.
        outcome: DecisionOutcome,
    },
    /// The provider appealed.
    Appealed,
    /// The Tribunal said what becomes of it.
    Determined {
        /// What it said.
        outcome: AppealOutcome,
    },
    /// It runs to another day.
    Extended {
        /// The new last day; unknown: until lifted.
        end: PartialDate,
    },
    /// A restriction was reviewed, and kept.
    Reviewed,
    /// Lifted or removed.
    Lifted {
        /// What was lifted, as said.
        kind: MeasureKind,
    },
    /// A prosecution ended.
    Concluded {
        /// In which way.
        outcome: ProsecutionOutcome,
    },
}

/// A measure of enforcement as it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// What it is.
    pub kind: MeasureKind,
    /// In its words.
    pub text: String,
    /// Compliance notices: what is to be done.
    pub steps: Vec<ComplianceStep>,
    /// Its last day, where it says one.
    pub end: PartialDate,
    /// Proposals: what is proposed.
    pub proposal: Option<ProposalKind>,
    /// It takes effect at once (ss.20 to 20B).
    pub urgent: bool,
    /// The proposal that led to it.
    pub under: Option<MeasureKey>,
}
