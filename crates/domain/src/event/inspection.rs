//! Steps of inspections and visits.

use alloc::string::String;
use alloc::vec::Vec;

use super::{DateRange, LookedAt, Party};
use crate::date::PartialDate;
use crate::id::ObligationKey;
use crate::terms::{Grade, InspectionKind, JudgementKind, ServiceDomain};

/// One judgement of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What was judged.
    pub kind: JudgementKind,
    /// The grade.
    pub grade: Grade,
    /// As printed.
    pub raw_text: String,
}

/// What happened to an inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InspectionStep {
    /// The call.
    Notified {
        /// What they come to do.
        kind: InspectionKind,
        /// First day planned.
        planned: PartialDate,
    },
    /// Put off before it began.
    Deferred,
    /// Stopped after it began.
    Paused,
    /// Went on.
    Resumed,
    /// Will not be completed without more evidence.
    DeclaredIncomplete,
    /// Inspectors came back.
    AdditionalEvidence {
        /// On these days.
        ranges: Vec<DateRange>,
    },
    /// Inspectors were at work.
    Fieldwork(Fieldwork),
    /// The authority has the draft.
    DraftIssued,
    /// The authority commented on it.
    CommentsReceived,
    /// The authority complained.
    ComplaintMade,
    /// Ofsted answered.
    ComplaintDecided,
    /// The authority has the report: the legal clock starts.
    Received,
    /// Everybody has it.
    Published {
        /// What kind of inspection.
        kind: InspectionKind,
    },
    /// All judgements of the report.
    JudgementsMade {
        /// What kind of inspection.
        kind: InspectionKind,
        /// In the order given.
        judgements: Vec<Judgement>,
    },
    /// Something to improve.
    AreaForImprovement {
        /// Unique in the inspection.
        reference: String,
        /// In its words.
        text: String,
    },
    /// Something to do at once.
    PriorityActionRaised {
        /// Unique in the inspection.
        reference: String,
        /// In its words.
        text: String,
        /// Over which services.
        domain: ServiceDomain,
    },
    /// No longer open.
    PriorityActionDischarged {
        /// Which one; `None` for all of the inspection.
        reference: Option<String>,
    },
    /// A new version of the report.
    Republished,
    /// Ofsted changed a judgement.
    JudgementRevised {
        /// Which one.
        kind: JudgementKind,
        /// From.
        old: Grade,
        /// To.
        new: Grade,
    },
    /// The report counts no more.
    Withdrawn,
    /// Whether a written statement is needed, and from whom.
    StatementDetermined {
        /// Whether it is.
        required: bool,
        /// From whom; `None` for the authority itself.
        obligor: Option<Party>,
    },
    /// Of a visit: what of a plan it looked at.
    LookedAt {
        /// The plan.
        plan: ObligationKey,
        /// What of it.
        looked_at: LookedAt,
    },
    /// The authority published Ofsted's report.
    PublishedByAuthority,
    /// Of a provider: a breach of a regulation, to be put right.
    RequirementMade {
        /// Unique in the inspection.
        reference: String,
        /// In its words.
        text: String,
        /// The regulation.
        regulation: String,
        /// By when.
        due: PartialDate,
    },
    /// It was put right.
    RequirementMet {
        /// Which one.
        reference: String,
    },
    /// Of a provider: advice.
    RecommendationMade {
        /// Unique in the inspection.
        reference: String,
        /// In its words.
        text: String,
    },
}

/// Inspectors at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fieldwork {
    /// What they did.
    pub kind: InspectionKind,
    /// On these days.
    pub ranges: Vec<DateRange>,
    /// What was looked at.
    pub theme: String,
    /// The number in a monitoring visit's letter; 0 where there is none.
    pub sequence_number: u32,
    /// No letter will be published.
    pub unpublished: bool,
}
