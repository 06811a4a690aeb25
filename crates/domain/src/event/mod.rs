//! What is recorded, as the rules see it. The wire and the log keep more (sources, notes); the rules do not need it.

mod inspection;
mod interim;
mod plan;
mod provider;

pub use inspection::{Fieldwork, InspectionStep, Judgement};
pub use interim::{ExemptionUse, ReceivedConcern};
pub use plan::{ActionProgress, IndicatorValue, LookedAt, Milestone, PlanAction, PlanStep};
pub use provider::{ComplianceStep, Measure, MeasureStep, ProviderDetails};

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;

use crate::date::{Date, PartialDate};
use crate::id::{
    ArrangementKey, AuthorityId, EventId, InspectionKey, InstrumentKey, MeasureKey, ObligationKey, Position,
    Revision, SuspensionKey,
};
use crate::policy::Policy;
use crate::terms::{
    AuthorityKind, CodeScheme, DeliveryBasis, DeliveryKind, DirectionPower, EndedHow, Framework,
    InspectionKind, InstrumentKind, ObligationKind, PlanReviewOutcome, RegistrationEnd, ServiceDomain,
};

/// A fact as it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Chosen by whoever records it.
    pub id: EventId,
    /// When it took effect in the world.
    pub happened_on: PartialDate,
    /// When it was published, where it says so.
    pub published: Option<PartialDate>,
    /// What happened.
    pub fact: Fact,
}

/// A fact as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the log.
    pub position: Position,
    /// Place in its stream.
    pub revision: Revision,
    /// When Docket learned it.
    pub recorded_at: Timestamp,
    /// Its id.
    pub id: EventId,
    /// When it took effect in the world.
    pub happened_on: PartialDate,
    /// When it was published, where it says so.
    pub published: Option<PartialDate>,
    /// What happened.
    pub fact: Fact,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The authority exists from now on.
    AuthorityRegistered(Registration),
    /// The same authority under another code.
    CodeChanged {
        /// Whose code.
        scheme: CodeScheme,
        /// Until now.
        old: String,
        /// From now on.
        new: String,
    },
    /// The authority ended.
    AuthoritySucceeded {
        /// Who follows, and what passes to each.
        successors: Vec<Successor>,
    },
    /// The successor's side.
    SuccessionReceived {
        /// Whom it follows.
        predecessors: Vec<AuthorityId>,
        /// Obligations that pass to it.
        obligations: Vec<CarriedObligation>,
        /// Instruments that pass to it.
        instruments: Vec<CarriedInstrument>,
    },
    /// Somebody else delivers the services.
    DeliveryStarted {
        /// Its key.
        arrangement: ArrangementKey,
        /// Who delivers.
        body: String,
        /// What kind of body.
        kind: DeliveryKind,
        /// Chosen or directed.
        basis: Option<DeliveryBasis>,
        /// Other authorities that the body serves.
        also_serves: Vec<AuthorityId>,
    },
    /// They no longer do.
    DeliveryEnded {
        /// Which arrangement.
        arrangement: ArrangementKey,
    },
    /// A step of an inspection or visit.
    Inspection {
        /// Which one.
        inspection: InspectionKey,
        /// What happened to it.
        step: InspectionStep,
    },
    /// A step of an obligation.
    Obligation {
        /// Which one.
        obligation: ObligationKey,
        /// What happened to it.
        step: ObligationStep,
    },
    /// A step of an instrument or appointment.
    Instrument {
        /// Which one.
        instrument: InstrumentKey,
        /// What happened to it.
        step: InstrumentStep,
    },
    /// A value that was published about the authority.
    Indicator(IndicatorValue),
    /// The provider is registered from now on.
    ProviderRegistered(ProviderDetails),
    /// From now on its details are these; what is not given stays.
    ProviderChanged(ProviderDetails),
    /// A list of the regulator's of this day has it, with these details; what is not given stays.
    ProviderListed(ProviderDetails),
    /// It is no longer registered.
    RegistrationCancelled {
        /// In which way.
        how: Option<RegistrationEnd>,
    },
    /// It is registered again.
    RegistrationRestored,
    /// A step of a measure of enforcement.
    Measure {
        /// Which one.
        measure: MeasureKey,
        /// What happened to it.
        step: MeasureStep,
    },
    /// A bank holiday, announced on the day the event happened.
    HolidayDeclared {
        /// The day.
        date: Date,
        /// Its name.
        title: String,
    },
    /// A bank holiday moved, announced on the day the event happened.
    HolidayMoved {
        /// No longer a holiday.
        from: Date,
        /// A holiday instead.
        to: Date,
        /// Its name.
        title: String,
    },
    /// The calendar is complete for these years.
    CalendarPublished {
        /// Its name.
        version: String,
        /// First year.
        first_year: i16,
        /// Last year.
        last_year: i16,
    },
    /// Inspections are suspended nationally.
    FrameworkSuspended(Suspended),
    /// They are made again.
    FrameworkResumed {
        /// Which suspension ended.
        suspension: SuspensionKey,
    },
    /// From now on answers are given under this policy.
    PolicyAdopted(Box<Policy>),
    /// Somebody did as a relaxed regulation allowed.
    ExemptionUsed(ExemptionUse),
    /// Ofsted received a concern.
    ConcernReceived(ReceivedConcern),
    /// The event named counts no more.
    Voided {
        /// Which event.
        event: EventId,
    },
    /// The event named is to be read as the replacement says.
    Corrected {
        /// Which event.
        event: EventId,
        /// When it took effect, as corrected.
        happened_on: PartialDate,
        /// When it was published, as corrected.
        published: Option<PartialDate>,
        /// What happened, as corrected.
        fact: Box<Fact>,
    },
    /// The event named says the same as another one.
    Merged {
        /// Which event.
        event: EventId,
        /// The one that stays.
        duplicate_of: EventId,
    },
    /// Another document says the same as the events named.
    Confirmed {
        /// Which events.
        events: Vec<EventId>,
    },
}

/// An authority as registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The short name.
    pub name: String,
    /// The full name.
    pub official_name: String,
    /// What kind of council.
    pub kind: AuthorityKind,
    /// Region of England.
    pub region: String,
    /// Its codes.
    pub codes: Vec<(CodeScheme, String)>,
    /// Other spellings.
    pub aliases: Vec<String>,
}

/// Who follows an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its id.
    pub authority: AuthorityId,
    /// Obligations that pass to it.
    pub obligations: Vec<ObligationKey>,
    /// Instruments that pass to it.
    pub instruments: Vec<InstrumentKey>,
}

/// An obligation that came from a predecessor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedObligation {
    /// Its key.
    pub obligation: ObligationKey,
    /// What it is.
    pub kind: ObligationKind,
    /// Whose it was.
    pub from: AuthorityId,
    /// When it is due.
    pub due: PartialDate,
}

/// An instrument that came from a predecessor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedInstrument {
    /// Its key.
    pub instrument: InstrumentKey,
    /// What it is.
    pub kind: InstrumentKind,
    /// Over which services.
    pub domain: ServiceDomain,
    /// Whose it was.
    pub from: AuthorityId,
    /// When it was issued to the predecessor.
    pub issued: PartialDate,
}

/// Which inspections are suspended nationally, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// Its key.
    pub suspension: SuspensionKey,
    /// Inspections under these frameworks.
    pub frameworks: Vec<Framework>,
    /// Inspections and visits of these kinds.
    pub kinds: Vec<InspectionKind>,
    /// In words.
    pub reason: String,
    /// The permission or law under which they are left undone.
    pub legal_basis: String,
    /// As announced; it ends only by being resumed.
    pub planned_end: PartialDate,
}

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    /// First day.
    pub first: PartialDate,
    /// Last day.
    pub last: PartialDate,
}

/// Whoever owes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// As named.
    pub name: String,
    /// Docket's id, where it is an authority.
    pub authority: Option<AuthorityId>,
}

/// What happened to an obligation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObligationStep {
    /// Opened by a document, not by a rule.
    Opened {
        /// What it is.
        kind: ObligationKind,
        /// Over which services.
        domain: ServiceDomain,
        /// In words.
        what: String,
        /// Who owes it; `None` for the authority itself.
        obligor: Option<Party>,
        /// When it is due.
        due: PartialDate,
        /// The document that says so.
        legal_basis: String,
    },
    /// Somebody printed a due date.
    DueStated {
        /// The date.
        due: PartialDate,
    },
    /// Somebody counted again.
    DueRecomputed {
        /// Before.
        old: PartialDate,
        /// After.
        new: PartialDate,
    },
    /// A draft was handed in.
    DraftSubmitted,
    /// The plan was handed in.
    Submitted,
    /// The plan was published.
    Published,
    /// Ofsted said whether it reflects the findings.
    Reviewed {
        /// What it said.
        outcome: PlanReviewOutcome,
    },
    /// The plan was changed.
    Revised,
    /// Nobody has to do it any more.
    Waived,
    /// Somebody else has to do it.
    Transferred {
        /// Who.
        to: Party,
    },
    /// Another obligation stands in its place.
    Superseded,
    /// It was done.
    Met,
    /// Something of what stands in it.
    Plan(PlanStep),
}

/// An instrument as issued, or somebody as appointed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// What it is.
    pub kind: InstrumentKind,
    /// Over which services.
    pub domain: ServiceDomain,
    /// Directions: under which subsections.
    pub powers: Vec<DirectionPower>,
    /// Commissioner, adviser.
    pub holder: String,
    /// Last day of its term.
    pub term_end: PartialDate,
    /// Calendar months between reviews; `None` where it does not say.
    pub review_interval_months: Option<u32>,
    /// First report of the commissioner.
    pub report_due: PartialDate,
    /// The instrument that ends as this one begins.
    pub replaces: Option<InstrumentKey>,
    /// Appointments and letters: the instrument under which.
    pub under: Option<InstrumentKey>,
    /// The inspections that it names as what led to it.
    pub triggers: Vec<InspectionKey>,
}

/// What happened to an instrument or appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstrumentStep {
    /// Issued, appointed, begun.
    Issued(Issue),
    /// Changed.
    Varied {
        /// In words.
        change: String,
        /// The new last day, where the term changed.
        term_end: PartialDate,
    },
    /// Another stands in its place.
    Replaced {
        /// Which one.
        by: InstrumentKey,
    },
    /// It ended in this way.
    Ended(EndedHow),
    /// Progress under it was reviewed.
    ReviewHeld {
        /// The next review, where the letter says when.
        next_due: PartialDate,
    },
    /// A report of the commissioner is due.
    ReportDue {
        /// Which report.
        report: String,
        /// When.
        due: PartialDate,
    },
    /// A report of the commissioner came.
    ReportReceived {
        /// Which report.
        report: String,
    },
    /// A report of the commissioner was published.
    ReportPublished {
        /// Which report.
        report: String,
    },
}
