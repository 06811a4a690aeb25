//! The answer: what a regulated provider looks like on a day, as known at a moment.

use alloc::string::String;
use alloc::vec::Vec;

use crate::date::PartialDate;
use crate::event::ProviderDetails;
use crate::id::{InspectionKey, MeasureKey, ProviderUrn};
use crate::status::{
    AsOf, Concern, Exemption, InspectionSummary, NextDue, Obligation, Profile, RestsOn, Suspension,
    Uncertainty,
};
use crate::terms::{MeasureKind, MeasureStage, ProposalKind, RegistrationEnd, RegistrationState, Standing};

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderStatus {
    /// Who.
    pub provider: ProviderRef,
    /// Which answer.
    pub as_of: AsOf,
    /// Whether it is registered.
    pub registration: Registration,
    /// The last full inspection that counts.
    pub profile: Option<Profile>,
    /// The last interim inspection since.
    pub interim: Option<Profile>,
    /// In force first.
    pub measures: Vec<Measure>,
    /// Not yet met first, by the day they are due.
    pub requirements: Vec<Requirement>,
    /// In the order of their reports.
    pub recommendations: Vec<Recommendation>,
    /// Open first, by due date.
    pub obligations: Vec<Obligation>,
    /// What comes next, by date.
    pub next_due: Vec<NextDue>,
    /// Known by the day, last first.
    pub inspections: Vec<InspectionSummary>,
    /// Why parts are not certain.
    pub uncertainties: Vec<Uncertainty>,
    /// In the order in which they began.
    pub exemptions: Vec<Exemption>,
    /// Received by the day, last first.
    pub concerns: Vec<Concern>,
    /// National suspensions of inspections that are made of this kind of provider and are in force on the day, while it is registered. They change nothing that is due.
    pub suspensions: Vec<Suspension>,
}

/// Who is meant, with the details of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRef {
    /// Ofsted's number.
    pub urn: ProviderUrn,
    /// As registered and changed by the day.
    pub details: ProviderDetails,
}

/// Whether a provider is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// On the day.
    pub state: RegistrationState,
    /// Since when.
    pub from: PartialDate,
    /// The first day on which it was no longer.
    pub cancelled: PartialDate,
    /// How it ended.
    pub how: Option<RegistrationEnd>,
    /// Provenance.
    pub rests_on: RestsOn,
    /// What the details rest on: as registered, and as changed by the day.
    pub details_rest_on: RestsOn,
    /// Of the last list that had it; unknown where none did.
    pub listed: PartialDate,
    /// An uncertain date decides.
    pub uncertain: bool,
}

/// A measure of enforcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its key.
    pub measure: MeasureKey,
    /// What it is.
    pub kind: MeasureKind,
    /// On the day.
    pub standing: Standing,
    /// How far it has come.
    pub stage: MeasureStage,
    /// Since when.
    pub from: PartialDate,
    /// The first day on which it was no longer in force; `None` while it is not known to end.
    pub to: Option<PartialDate>,
    /// Its last day, as the notice says.
    pub end: PartialDate,
    /// In its words.
    pub text: String,
    /// Proposals: what is proposed.
    pub proposal: Option<ProposalKind>,
    /// How it was decided, determined or ended; empty while it was not.
    pub outcome: String,
    /// Of a compliance notice.
    pub steps: Vec<MeasureStep>,
    /// It took effect at once.
    pub urgent: bool,
    /// The proposal that led to it.
    pub under: Option<MeasureKey>,
    /// The law under which it stands; empty where no source that was read says.
    pub legal_basis: &'static str,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// A step of a compliance notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureStep {
    /// Unique in the notice.
    pub reference: String,
    /// In its words.
    pub text: String,
    /// By when.
    pub due: PartialDate,
    /// When it was done.
    pub met: Option<PartialDate>,
}

/// A statutory requirement of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Made by.
    pub inspection: InspectionKey,
    /// Unique in the inspection.
    pub reference: String,
    /// In its words.
    pub text: String,
    /// The regulation that was breached.
    pub regulation: String,
    /// By when.
    pub due: PartialDate,
    /// When it was put right.
    pub met: Option<PartialDate>,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// Advice of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// Made by.
    pub inspection: InspectionKey,
    /// Unique in the inspection.
    pub reference: String,
    /// In its words.
    pub text: String,
    /// Provenance.
    pub rests_on: RestsOn,
}
