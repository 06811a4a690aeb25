//! The answer: what an authority looks like on a day, as known at a moment.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cited::{Ground, Mark};
use crate::date::{Date, PartialDate};
use crate::event::{DateRange, ExemptionUse, Party, ReceivedConcern, Suspended};
use crate::id::{
    ArrangementKey, AuthorityId, EventId, InspectionKey, InstrumentKey, ObligationKey, Position,
};
use crate::policy::UsualVisits;
use crate::terms::{
    AuthorityKind, Basis, CodeScheme, DeliveryBasis, DeliveryKind, DirectionPower, EndedHow, ExistenceState,
    Framework, Grade, InspectionKind, InspectionState, InstrumentKind, JudgementKind, ObligationKind,
    ObligationNature, ObligationState, PathwayState, PeriodUnit, PlanReviewOutcome, ServiceDomain, Standing,
    View,
};

/// The ids of the events that a part of an answer rests on, in the order in which they were recorded.
pub type RestsOn = Vec<EventId>;

/// Which answer is meant, filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The day whose state of the world is asked.
    pub effective: Date,
    /// The day in London on which it is asked: what is recorded ahead of its publication does not show in public before that comes.
    pub today: Date,
    /// Only what was recorded up to here.
    pub known_position: Position,
    /// The instant asked for, or that of the question.
    pub known_at: Timestamp,
    /// When a judgement counts.
    pub basis: Basis,
    /// Whether embargoed facts show.
    pub view: View,
}

/// What of an [`AsOf`] an answer hangs on, beside the events that were recorded by then: the rules see nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// The day whose state of the world is asked.
    pub effective: Date,
    /// In the public view, by which day everything that shows was public: the day asked, or today where that has not come.
    pub public_by: Date,
    /// The day of the instant asked for, by UTC; never after today.
    pub asked_on: Date,
    /// When a judgement counts.
    pub basis: Basis,
    /// Whether embargoed facts show.
    pub view: View,
}

impl AsOf {
    /// What an answer hangs on.
    #[must_use]
    pub fn asked(&self) -> Asked {
        let asked_on = self.known_at.to_zoned(TimeZone::UTC).date().min(self.today);
        Asked { asked_on, basis: self.basis, ..Asked::of_events(self.view, self.effective, self.today) }
    }
}

impl Asked {
    /// What a view shows of events by themselves, on a day.
    #[must_use]
    pub fn of_events(view: View, effective: Date, today: Date) -> Self {
        let public_by = match view {
            View::Public => effective.min(today),
            View::Restricted => effective,
        };
        Self { effective, public_by, asked_on: effective, basis: Basis::Published, view }
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityStatus {
    /// Who.
    pub authority: AuthorityRef,
    /// Which answer.
    pub as_of: AsOf,
    /// Whether it exists.
    pub existence: Existence,
    /// Social care.
    pub profile: Option<Profile>,
    /// Area SEND.
    pub send_profile: Option<Profile>,
    /// What Ofsted does next.
    pub pathway: Pathway,
    /// Open first, by due date.
    pub obligations: Vec<Obligation>,
    /// In force first.
    pub instruments: Vec<Instrument>,
    /// All cases begun by the day, in order; the last may be open.
    pub cases: Vec<Case>,
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
}

/// The use of a relaxed regulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// What was used, and why.
    pub used: ExemptionUse,
    /// Since when.
    pub from: PartialDate,
    /// When the relaxation ceases, as the law stood on the day; `None` before it was in force.
    pub lapse: Option<Date>,
    /// On the day.
    pub standing: Standing,
    /// The regulations that relax; empty before they were in force.
    pub legal_basis: &'static str,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// A concern that Ofsted received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    /// When.
    pub received: PartialDate,
    /// What.
    pub concern: ReceivedConcern,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// Who is meant, with codes as valid on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityRef {
    /// Docket's own id.
    pub id: AuthorityId,
    /// Short name.
    pub name: String,
    /// What kind of council.
    pub kind: Option<AuthorityKind>,
    /// Region of England.
    pub region: String,
    /// Codes valid on the day (or the last ones, for an authority that is closed).
    pub codes: Vec<(CodeScheme, String)>,
}

/// Whether the authority exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existence {
    /// On the day.
    pub state: ExistenceState,
    /// Since when.
    pub from: PartialDate,
    /// The first day on which it did not exist.
    pub closed: PartialDate,
    /// Who follows.
    pub successors: Vec<AuthorityId>,
    /// Whom it follows.
    pub predecessors: Vec<AuthorityId>,
    /// Who delivers its services.
    pub delivery: Vec<Delivery>,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// A delivery arrangement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its key.
    pub arrangement: ArrangementKey,
    /// Who delivers.
    pub body: String,
    /// What kind of body.
    pub kind: DeliveryKind,
    /// Chosen or directed.
    pub basis: Option<DeliveryBasis>,
    /// Since when.
    pub from: PartialDate,
    /// Until when; `None` while it goes on.
    pub to: Option<PartialDate>,
    /// Other authorities that the body serves.
    pub also_serves: Vec<AuthorityId>,
    /// On the day.
    pub standing: Standing,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// The judgements that count on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Of which inspection.
    pub inspection: InspectionKey,
    /// What kind.
    pub kind: InspectionKind,
    /// By which rules; `None` where the first day of fieldwork is needed and not known.
    pub framework: Option<Framework>,
    /// First day of fieldwork.
    pub fieldwork: PartialDate,
    /// Publication.
    pub published: Option<PartialDate>,
    /// The day from which it counts.
    pub counts_from: PartialDate,
    /// Overall effectiveness first.
    pub grades: Vec<ProfileGrade>,
    /// Provenance.
    pub rests_on: RestsOn,
    /// An uncertain date decides.
    pub uncertain: bool,
}

/// One judgement that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileGrade {
    /// What was judged.
    pub kind: JudgementKind,
    /// The grade.
    pub grade: Grade,
    /// As printed.
    pub raw_text: String,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// What Ofsted does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pathway {
    /// On the day.
    pub state: PathwayState,
    /// Since when; unknown where there is no start.
    pub since: PartialDate,
    /// The rule that says so, with its source.
    pub rule: Ground,
    /// Open areas for priority action, on any pathway.
    pub open_priority_actions: Vec<PriorityAction>,
    /// Visits since the pathway began.
    pub monitoring_visits: u32,
    /// While in monitoring: how many usually come before the re-inspection.
    pub usual_monitoring_visits: Option<UsualVisits>,
    /// Provenance.
    pub rests_on: RestsOn,
    /// An uncertain date decides.
    pub uncertain: bool,
    /// What is paused, where a national suspension is in force.
    pub pause: Option<Pause>,
}

/// What a national suspension of inspections pauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The pathway that is paused.
    pub state: PathwayState,
    /// Since when it is followed; unknown where there is no start.
    pub since: PartialDate,
    /// The rule by which it follows.
    pub rule: Ground,
    /// Those in force on the day.
    pub suspensions: Vec<Suspension>,
}

/// A national suspension of inspections that is in force on the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// What is suspended, and why.
    pub suspended: Suspended,
    /// Since when.
    pub from: PartialDate,
    /// Provenance.
    pub rests_on: RestsOn,
    /// A date is too rough to say whether it is in force on the day.
    pub uncertain: bool,
}

impl Pathway {
    /// The state that follows from judgements, whether or not it is paused.
    #[must_use]
    pub fn unpaused(&self) -> (PathwayState, PartialDate) {
        self.pause.as_ref().map_or((self.state, self.since), |pause| (pause.state, pause.since))
    }
}

/// An area for priority action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorityAction {
    /// Raised by.
    pub inspection: InspectionKey,
    /// Unique in the inspection.
    pub reference: String,
    /// In its words.
    pub text: String,
    /// Over which services.
    pub domain: ServiceDomain,
    /// Since when it is visible.
    pub since: PartialDate,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// An instrument or appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Its key.
    pub instrument: InstrumentKey,
    /// What it is.
    pub kind: InstrumentKind,
    /// Over which services.
    pub domain: ServiceDomain,
    /// On the day.
    pub standing: Standing,
    /// Since when.
    pub from: PartialDate,
    /// The first day on which it was no longer in force; `None` while it is not known to end.
    pub to: Option<PartialDate>,
    /// How it ended.
    pub ended_how: Option<EndedHow>,
    /// What it replaced.
    pub replaces: Option<InstrumentKey>,
    /// What replaced it.
    pub replaced_by: Option<InstrumentKey>,
    /// Directions: under which subsections.
    pub powers: Vec<DirectionPower>,
    /// Commissioner, adviser.
    pub holder: String,
    /// Last day of its term.
    pub term_end: PartialDate,
    /// The law or policy under which it stands.
    pub legal_basis: &'static str,
    /// How it was changed, in words.
    pub variations: Vec<String>,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// Something owed or expected by a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Its key.
    pub obligation: ObligationKey,
    /// What it is.
    pub kind: ObligationKind,
    /// Over which services.
    pub domain: ServiceDomain,
    /// On the day.
    pub state: ObligationState,
    /// Owed or expected.
    pub nature: ObligationNature,
    /// Who owes it; `None` for the authority itself.
    pub obligor: Option<Party>,
    /// In words.
    pub what: String,
    /// Day 0.
    pub trigger: PartialDate,
    /// How long, in which unit; `None` where only a stated date counts.
    pub period: Option<(u32, PeriodUnit)>,
    /// As a document says.
    pub due_stated: Option<PartialDate>,
    /// By the rule, with the calendar as announced on the day asked.
    pub due_computed: Option<Date>,
    /// By the rule, with the calendar as announced on day 0; only where it differs.
    pub due_first_computed: Option<Date>,
    /// Counted from publication where the receipt is not recorded.
    pub due_estimated: Option<Date>,
    /// The first and the last day on which it can fall due, by the rule, where day 0 is known too roughly for one day and no document says.
    pub due_between: Option<(Date, Date)>,
    /// Stated minus computed.
    pub stated_difference_working_days: Option<i32>,
    /// A draft was handed in.
    pub draft_submitted: Option<PartialDate>,
    /// It was handed in.
    pub submitted: Option<PartialDate>,
    /// It was published.
    pub published: Option<PartialDate>,
    /// It was met.
    pub met: Option<PartialDate>,
    /// What Ofsted said of the plan.
    pub review_outcome: Option<PlanReviewOutcome>,
    /// Since the later due date, in the unit of the period.
    pub days_overdue: u32,
    /// The law, handbook or document.
    pub legal_basis: String,
    /// How surely its rule is known; `None` where there is none.
    pub mark: Option<Mark>,
    /// Expectations: first day of the window.
    pub window_opens: Option<Date>,
    /// Expectations: last day of the window.
    pub window_closes: Option<Date>,
    /// Provenance.
    pub rests_on: RestsOn,
    /// An uncertain date decides.
    pub uncertain: bool,
}

impl Obligation {
    /// The date to show and to sort by: the later of stated and computed, or the estimate.
    #[must_use]
    pub fn due(&self) -> Option<Date> {
        let stated = self.due_stated.and_then(PartialDate::latest);
        stated.max(self.due_computed).or(self.due_estimated)
    }
}

/// A period in monitoring or under an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// 1, 2, 3 … for one authority.
    pub number: u32,
    /// First day.
    pub opened: PartialDate,
    /// The first day on which it was closed; `None` while open.
    pub closed: Option<PartialDate>,
    /// What opened it.
    pub opening_event: EventId,
    /// What closed it.
    pub closing_event: Option<EventId>,
    /// An uncertain date decides.
    pub uncertain: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextDue {
    /// When.
    pub due: Date,
    /// In words.
    pub what: String,
    /// Of an obligation.
    pub obligation: Option<ObligationKey>,
    /// Of an instrument.
    pub instrument: Option<InstrumentKey>,
    /// Owed or expected.
    pub nature: ObligationNature,
    /// The law, handbook or document.
    pub legal_basis: String,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// An inspection or visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectionSummary {
    /// Its key.
    pub inspection: InspectionKey,
    /// What kind.
    pub kind: Option<InspectionKind>,
    /// By which rules.
    pub framework: Option<Framework>,
    /// How far it has come.
    pub state: InspectionState,
    /// Days on site.
    pub fieldwork: Vec<DateRange>,
    /// Receipt by the authority.
    pub received: Option<PartialDate>,
    /// Publication.
    pub published: Option<PartialDate>,
    /// What was looked at.
    pub theme: String,
    /// No letter will be published.
    pub unpublished: bool,
    /// Provenance.
    pub rests_on: RestsOn,
}

/// Why a part of an answer is not certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncertainty {
    /// The event whose date is rough.
    pub event: EventId,
    /// In words.
    pub description: String,
}
