//! By which rules each kind of fact changes answers.

use crate::cited::{Cited, Mark};
use crate::event::{Fact, InspectionStep, InstrumentStep, MeasureStep, ObligationStep, PlanStep};
use crate::frameworks::is_graded;

/// Declares the rules, and the list of all of them.
macro_rules! effects {
    ($($name:ident: $text:literal, $source:literal, $mark:ident;)+) => {
        $(pub(crate) const $name: Cited = Cited { text: $text, source: $source, mark: Mark::$mark };)+

        /// Every rule by which a fact changes answers.
        pub const EFFECTS: &[Cited] = &[$($name),+];
    };
}

effects! {
    REGISTERED: "An authority exists from the day it is registered for.",
        "the order that made it, as the recorded event names it", Verified;
    CODES: "A code is an attribute with dates; the authority stays the same.",
        "ONS code history", Secondary;
    ABOLISHED: "An abolished authority is closed; judgements never carry over, and obligations and instruments only where listed.",
        "SI 2008/2113 reg 3; which instruments pass is Docket's reading (docs/decisions/0005)", Reading;
    SUCCESSOR: "A successor begins uninspected, with only what is listed as passing to it.",
        "Ofsted, Local authority inspection outcomes as at 31 March 2025; docs/decisions/0005", Verified;
    LIABLE: "Whoever delivers the services, the authority stays the inspected and liable body.",
        "Education and Inspections Act 2006 s.136", Verified;
    HOLIDAY: "A bank holiday is no working day from its announcement on.",
        "SI 2007/462 reg 1(2), as Docket reads it (docs/decisions/0005)", Reading;
    SUSPENDED: "Between a national suspension of inspections and its end the pathway of each authority is paused; obligations are not, and grades stay.",
        "Ofsted, permission of the Secretary of State to suspend routine inspections, 17 March 2020; that the end is what is recorded, not what was planned, is Docket's reading (docs/decisions/0021)", Reading;
    POLICY: "What no source settles is as the policy says that was recorded last; asked as known before, as the policy of then.",
        "docs/decisions/0023", Reading;
    EXEMPTED: "An exemption is used from its day until the last day decided, or until the relaxation lapses; savings are not computed.",
        "SI 2020/445 and the regulations that carried parts of it on; docs/decisions/0021", Reading;
    CONCERN: "A concern is shown beside an answer, and gives or changes no grade; what is not public only the restricted view shows.",
        "docs/decisions/0021", Reading;
    VOIDED: "A voided event counts no more and stays visible in history.",
        "Docket: ARCHITECTURE.md, Invariants", Reading;
    CORRECTED: "A corrected event is read as its replacement says.",
        "Docket: ARCHITECTURE.md, Invariants", Reading;
    MERGED: "A duplicate counts no more; the event it repeats stays.",
        "Docket: ARCHITECTURE.md, Invariants", Reading;
    CONFIRMED: "That another document agrees changes no answer; what contradicts is held against the newest that agreed.",
        "Docket: docs/decisions/0024-confirmed-by-another-document.md", Reading;
    AS_KNOWN: "Asked as known before this event, the answer is what it was.",
        "Docket: ARCHITECTURE.md, Invariants", Reading;
    COUNTS_FROM: "A judgement counts from the publication of its report; by the basis \"inspected\" from the first day of fieldwork.",
        "docs/decisions/0007; \"inspected\" as in Ofsted's yearly statistics", Reading;
    CLOCK: "Receipt of the report starts the legal clock, not publication.",
        "Education and Inspections Act 2006 s.137; SI 2007/462; SI 2015/1792", Verified;
    FRAMEWORK: "The first day of fieldwork chooses the framework.",
        "Ofsted, consultation response, 2 December 2022, and the reports of inspections that spanned a change", Verified;
    UNGRADED: "Visits are ungraded and never change the judgement profile.",
        "ILACS", Verified;
    PRIORITY_OPEN: "An area for priority action stays open until its discharge is recorded, whatever the grades.",
        "docs/decisions/0005", Reading;
    PRIORITY_PLAN: "After a focused visit it opens a draft plan (20 working days) and a final plan (70) from receipt of the letter.",
        "Ofsted, ILACS, from August 2018 (Children and Young People Now, 16 August 2018)", Verified;
    DISCHARGED: "A recorded discharge closes the area for priority action.",
        "docs/decisions/0005", Reading;
    REVISED: "A revision counts from its own day; before it the judgement as published counts.",
        "docs/decisions/0005", Reading;
    DETERMINED: "HMCI determines whether a written statement is needed and who the principal authority is.",
        "SI 2015/1792 reg 3", Verified;
    REPORT_OUT: "The authority publishes the report within 30 working days of receiving it.",
        "SI 2007/462 reg 2", Verified;
    NO_JUDGEMENT: "A step of the inspection; it changes no judgement.",
        "docs/decisions/0005", Reading;
    OPENED: "An obligation opened by a document is due as the document says.",
        "the document, as the recorded event names it", Verified;
    STATED: "A stated due date is a fact and a computed one an opinion: both are kept, neither overwrites the other.",
        "docs/decisions/0005", Reading;
    MET: "What was handed in by the later of the stated and the computed due date is in time, after it late; overdue is what is not met when that day has passed.",
        "Education and Inspections Act 2006 s.137(3), (4); SI 2007/462 reg 3; which of two dates counts is Docket's reading (docs/decisions/0005)", Reading;
    REVIEWED: "Ofsted's review says whether the plan reflects the findings, not that it succeeded.",
        "Ofsted no. 160035, May 2016, annexes D and E", Verified;
    ANSWERED: "An action is part of the written statement: it says what is proposed and by when. It meets no obligation, and changes no status.",
        "Education and Inspections Act 2006 s.137(3); that it changes no status is Docket's reading (docs/decisions/0022)", Reading;
    LOOKED_AT: "What of a plan a visit looked at stands in its letter, and is public with it.",
        "docs/decisions/0022", Reading;
    BESIDE: "An indicator stands beside the status, and changes nothing in it.",
        "docs/decisions/0022", Reading;
    STEP: "A recorded step of the obligation.",
        "the document, as the recorded event names it", Verified;
    STANDS: "An instrument stands from its day until it is recorded as ended; no grade and no term opens or closes it.",
        "docs/decisions/0005", Reading;
    REPLACED: "A replaced instrument ends on the day that the new one begins: one in force in each chain.",
        "the direction that revokes the one before it", Verified;
    ENDED: "It ends on its own day, not on the day that a page was updated.",
        "the letter or direction that ends it", Verified;
    VARIED: "A variation changes the terms; the instrument stays.",
        "the letter that varies it", Verified;
    NOTICE_REVIEW: "Progress under a notice is reviewed at least every six months, or as the notice says.",
        "improvement notices of the Department for Education", Secondary;
    LOCATED: "A provider is linked to an authority by its location alone.",
        "Care Standards Act 2000 Part 2: the provider is registered, not the authority", Verified;
    CANCELLED: "A registration ends on its own day, and with it what is enforced.",
        "Care Standards Act 2000 ss.14, 20, Childcare Act 2006 ss.68, 72; that it ends what is enforced is Docket's reading (docs/decisions/0020)", Reading;
    SERVED: "A measure stands from its day until it is recorded as ended, or its last day has passed.",
        "the document, as the recorded event names it", Verified;
    COMPLIANCE: "A compliance notice that is not complied with is an offence and a ground for cancellation.",
        "Care Standards Act 2000 s.22A, s.14(1)(ca)", Verified;
    REPRESENTATIONS: "In social care written representations may be made within 28 days of service.",
        "Care Standards Act 2000 s.18", Verified;
    OBJECTION: "An early years setting may object within 14 days, of which the first is that of the notice.",
        "Childcare Act 2006 s.73(4), (5); that an objection comes within them is Docket's reading (docs/decisions/0020)", Reading;
    DECISION: "In social care an appeal may be made within 28 days of service of the decision.",
        "Care Standards Act 2000 ss.19, 21", Verified;
    DECISION_EARLY_YEARS: "An early years setting may appeal within 28 days of service of the decision.",
        "Childcare Act 2006 ss.73(7), (8), 74; the days by the tribunal's guidance on gov.uk, and Ofsted's enforcement policy, as others repeat it", Secondary;
    APPEAL: "The First-tier Tribunal determines an appeal; where it is allowed, the measure ends.",
        "Care Standards Act 2000 s.21, Childcare Act 2006 s.74; that it ends the measure is Docket's reading (docs/decisions/0020)", Reading;
    LIFTED: "A suspension, restriction or condition ends on the day that its notice says, or when it is lifted.",
        "Care Standards Act 2000 ss.13, 14A, 20B, 22B", Verified;
    KEPT: "A review that keeps a restriction meets the one expected before twelve weeks; whether another follows was not read in any source: none is expected.",
        "Ofsted, social care compliance handbook; that it meets it is Docket's reading (docs/decisions/0020)", Reading;
    PROSECUTED: "Offences are prosecuted.",
        "Care Standards Act 2000 ss.24 to 27, Childcare Act 2006 Part 3: neither was read", Recalled;
    REQUIREMENT: "A statutory requirement is due on the day that the report says.",
        "the document, as the recorded event names it", Verified;
    RECOMMENDATION: "A recommendation is advice: nothing is due by it.",
        "Ofsted, social care common inspection framework", Verified;
    COMMISSIONER: "A commissioner reports when the direction says.",
        "the direction, as stated", Verified;
}

/// The rules, with their sources, by which a fact of this kind changes answers.
#[must_use]
pub fn explain(fact: &Fact) -> &'static [Cited] {
    match fact {
        Fact::AuthorityRegistered(_) => &[REGISTERED],
        Fact::CodeChanged { .. } => &[CODES],
        Fact::AuthoritySucceeded { .. } => &[ABOLISHED],
        Fact::SuccessionReceived { .. } => &[SUCCESSOR],
        Fact::DeliveryStarted { .. } | Fact::DeliveryEnded { .. } => &[LIABLE],
        Fact::ProviderRegistered(_) | Fact::ProviderChanged(_) | Fact::ProviderListed(_) => &[LOCATED],
        Fact::RegistrationCancelled { .. } | Fact::RegistrationRestored => &[CANCELLED],
        Fact::Measure { step, .. } => explain_measure(step),
        Fact::Inspection { step, .. } => explain_inspection(step),
        Fact::Obligation { step, .. } => explain_obligation(step),
        Fact::Instrument { step, .. } => explain_instrument(step),
        Fact::Indicator(_) => &[BESIDE],
        Fact::HolidayDeclared { .. } | Fact::HolidayMoved { .. } | Fact::CalendarPublished { .. } => {
            &[HOLIDAY]
        }
        Fact::FrameworkSuspended(_) | Fact::FrameworkResumed { .. } => &[SUSPENDED],
        Fact::PolicyAdopted(_) => &[POLICY],
        Fact::ExemptionUsed(_) => &[EXEMPTED],
        Fact::ConcernReceived(_) => &[CONCERN],
        Fact::Voided { .. } => &[VOIDED, AS_KNOWN],
        Fact::Corrected { .. } => &[CORRECTED, AS_KNOWN],
        Fact::Merged { .. } => &[MERGED, AS_KNOWN],
        Fact::Confirmed { .. } => &[CONFIRMED],
    }
}

fn explain_inspection(step: &InspectionStep) -> &'static [Cited] {
    match step {
        InspectionStep::Fieldwork(fieldwork) if !is_graded(fieldwork.kind) => &[FRAMEWORK, UNGRADED],
        InspectionStep::Fieldwork(_) | InspectionStep::AdditionalEvidence { .. } => &[FRAMEWORK],
        InspectionStep::Received => &[CLOCK],
        InspectionStep::Published { .. } | InspectionStep::JudgementsMade { .. } => &[COUNTS_FROM],
        InspectionStep::PriorityActionRaised { .. } => &[PRIORITY_OPEN, PRIORITY_PLAN],
        InspectionStep::PriorityActionDischarged { .. } => &[DISCHARGED],
        InspectionStep::JudgementRevised { .. } | InspectionStep::Withdrawn | InspectionStep::Republished => {
            &[REVISED]
        }
        InspectionStep::StatementDetermined { .. } => &[DETERMINED],
        InspectionStep::PublishedByAuthority => &[REPORT_OUT],
        InspectionStep::RequirementMade { .. } | InspectionStep::RequirementMet { .. } => &[REQUIREMENT],
        InspectionStep::RecommendationMade { .. } => &[RECOMMENDATION],
        InspectionStep::Notified { .. }
        | InspectionStep::Deferred
        | InspectionStep::Paused
        | InspectionStep::Resumed
        | InspectionStep::DeclaredIncomplete
        | InspectionStep::DraftIssued
        | InspectionStep::CommentsReceived
        | InspectionStep::ComplaintMade
        | InspectionStep::ComplaintDecided
        | InspectionStep::AreaForImprovement { .. } => &[NO_JUDGEMENT],
        InspectionStep::LookedAt { .. } => &[LOOKED_AT],
    }
}

fn explain_obligation(step: &ObligationStep) -> &'static [Cited] {
    match step {
        ObligationStep::Opened { .. } => &[OPENED],
        ObligationStep::DueStated { .. } | ObligationStep::DueRecomputed { .. } => &[STATED],
        ObligationStep::Submitted | ObligationStep::Published | ObligationStep::Met => &[MET],
        ObligationStep::Reviewed { .. } => &[REVIEWED],
        ObligationStep::Plan(PlanStep::FindingReviewed { .. }) => &[REVIEWED, ANSWERED],
        ObligationStep::Plan(_) => &[ANSWERED],
        ObligationStep::DraftSubmitted
        | ObligationStep::Revised
        | ObligationStep::Waived
        | ObligationStep::Transferred { .. }
        | ObligationStep::Superseded => &[STEP],
    }
}

fn explain_measure(step: &MeasureStep) -> &'static [Cited] {
    match step {
        MeasureStep::Served(_) => &[SERVED],
        MeasureStep::StepMet { .. } | MeasureStep::Closed { .. } => &[COMPLIANCE],
        MeasureStep::Representations => &[REPRESENTATIONS, OBJECTION],
        MeasureStep::Decided { .. } => &[DECISION, DECISION_EARLY_YEARS],
        MeasureStep::Appealed | MeasureStep::Determined { .. } => &[APPEAL],
        MeasureStep::Extended { .. } | MeasureStep::Lifted { .. } => &[LIFTED],
        MeasureStep::Reviewed => &[KEPT],
        MeasureStep::Concluded { .. } => &[PROSECUTED],
    }
}

fn explain_instrument(step: &InstrumentStep) -> &'static [Cited] {
    match step {
        InstrumentStep::Issued(issue) if issue.replaces.is_none() => &[STANDS],
        InstrumentStep::Issued(_) => &[STANDS, REPLACED],
        InstrumentStep::Replaced { .. } => &[REPLACED],
        InstrumentStep::Ended(_) => &[ENDED],
        InstrumentStep::Varied { .. } => &[VARIED],
        InstrumentStep::ReviewHeld { .. } => &[NOTICE_REVIEW],
        InstrumentStep::ReportDue { .. }
        | InstrumentStep::ReportReceived { .. }
        | InstrumentStep::ReportPublished { .. } => &[COMMISSIONER],
    }
}
