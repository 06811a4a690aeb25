//! The deadline table: what is due how long after what, under which law or policy, and from when to when the rule is in force.
//!
//! A rule that changes is a new row with new dates; the old row stays, or past answers would change.
//! Marks say how surely a rule is known: what is only recalled is never computed, and stands here so that nobody adds it as law.

use jiff::civil::date;

use crate::calendar::WorkingDays;
use crate::date::{Date, days_after, months_after};
use crate::event::{Fact, InspectionStep, InstrumentStep, MeasureStep, ObligationStep};
use crate::frameworks::{SCCIF, is_graded};
use crate::terms::{ObligationKind, ObligationNature, PeriodUnit};

/// How surely a rule is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Read in the law, handbook or letters, or computed from official data.
    Verified,
    /// Read only in what somebody else wrote about it.
    Secondary,
    /// General knowledge: not computed; only a stated date counts.
    Recalled,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What is due.
    pub kind: ObligationKind,
    /// How long after day 0; `None` where only a stated date counts.
    pub period: Option<(u32, PeriodUnit)>,
    /// Day 0s from this day on; `None` from the beginning.
    pub from: Option<Date>,
    /// Day 0s before this day; `None` without end.
    pub until: Option<Date>,
    /// Owed or expected.
    pub nature: ObligationNature,
    /// Day 0, in words.
    pub trigger: &'static str,
    /// The law, handbook or practice, with its source.
    pub basis: &'static str,
    /// How surely it is known.
    pub mark: Mark,
}

const fn duty(
    kind: ObligationKind,
    period: u32,
    unit: PeriodUnit,
    trigger: &'static str,
    basis: &'static str,
) -> Rule {
    Rule {
        kind,
        period: Some((period, unit)),
        from: None,
        until: None,
        nature: ObligationNature::Duty,
        trigger,
        basis,
        mark: Mark::Verified,
    }
}

const fn expectation(
    kind: ObligationKind,
    period: u32,
    unit: PeriodUnit,
    trigger: &'static str,
    basis: &'static str,
    mark: Mark,
) -> Rule {
    Rule { nature: ObligationNature::Expectation, mark, ..duty(kind, period, unit, trigger, basis) }
}

const fn right(kind: ObligationKind, period: u32, trigger: &'static str, basis: &'static str) -> Rule {
    Rule { nature: ObligationNature::Right, ..duty(kind, period, PeriodUnit::CalendarDays, trigger, basis) }
}

const fn within(rule: Rule, from: Option<Date>, until: Option<Date>) -> Rule {
    Rule { from, until, ..rule }
}

use ObligationKind as K;
use PeriodUnit::{CalendarDays, Months, Weeks, WorkingDays as Working};

/// SI 2007/462 came into force.
const REGULATIONS_2007: Date = date(2007, 4, 1);
/// SI 2015/1792 came into force.
const REGULATIONS_2015: Date = date(2015, 11, 9);

/// Every rule.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    within(duty(K::PublishReport, 30, Working, "receipt of the report", "SI 2007/462 reg 2"),
        Some(REGULATIONS_2007), None),
    within(duty(K::WrittenStatement, 70, Working, "receipt of the report",
        "Education and Inspections Act 2006 s.137(3), (4); SI 2007/462 reg 3"),
        Some(REGULATIONS_2007), None),
    within(duty(K::FocusedVisitPlanDraft, 20, Working, "receipt of the letter of a focused visit with an area for priority action",
        "Ofsted, ILACS, from August 2018 (Children and Young People Now, 16 August 2018)"),
        Some(date(2018, 8, 1)), None),
    within(duty(K::FocusedVisitPlanFinal, 70, Working, "receipt of the letter of a focused visit with an area for priority action",
        "Education and Inspections Act 2006 s.137(3), (4); SI 2007/462 reg 3"),
        Some(REGULATIONS_2007), None),
    within(duty(K::JtaiStatement, 70, Working, "receipt of the report by the principal authority, where HMCI determined that a statement is needed",
        "SI 2015/1792 regs 3, 4"),
        Some(REGULATIONS_2015), None),
    within(duty(K::JarPublishReport, 30, Working, "receipt of the report", "SI 2005/1973 reg 3"),
        None, Some(REGULATIONS_2015)),
    within(duty(K::SendWrittenStatement, 70, Working, "receipt of the report, where HMCI determined that a statement is needed",
        "SI 2015/1792 regs 3, 4; area SEND framework of May 2016"),
        Some(date(2016, 5, 1)), Some(date(2023, 1, 1))),
    // The period of a priority action plan (area SEND) was not read in any source: its stated date counts, nothing is computed.
    Rule { kind: K::SendPriorityActionPlan, period: None, from: Some(date(2023, 1, 1)), until: None, nature: ObligationNature::Duty,
        trigger: "the report of an area SEND inspection with an area for priority action",
        basis: "area SEND framework of January 2023; date as stated in the letter", mark: Mark::Recalled },
    within(expectation(K::SendMonitoring, 18, Months, "an area SEND inspection with an area for priority action",
        "letters of area SEND inspections from 2023: about 18 months", Mark::Verified),
        Some(date(2023, 1, 1)), None),
    within(expectation(K::SendRevisit, 18, Months, "the written statement of action was accepted",
        "Ofsted and CQC policy of 2018: usually within 18 months", Mark::Secondary),
        Some(date(2018, 1, 1)), Some(date(2023, 1, 1))),
    within(expectation(K::FirstMonitoringVisit, 4, Weeks, "the due date of the written statement",
        "Ofsted no. 160035, May 2016: first visit within four weeks of the action plan's deadline", Mark::Secondary),
        Some(date(2016, 5, 1)), None),
    within(expectation(K::NextMonitoringVisit, 3, Months, "the monitoring visit before",
        "Ofsted no. 160035, May 2016, and ILACS: a quarterly programme, not equally spaced", Mark::Verified),
        Some(date(2016, 5, 1)), None),
    within(expectation(K::NextInspection, 36, Months, "the inspection before",
        "ILACS: usually within six months either side of the third anniversary; a window, not a deadline", Mark::Secondary),
        Some(date(2018, 1, 29)), None),
    // Once a year; that it comes twelve months after the one before is how it is shown, and nobody's rule.
    within(expectation(K::AnnualEngagement, 12, Months, "the annual engagement meeting before",
        "ILACS: Ofsted and the authority meet once a year; a day is nowhere set", Mark::Secondary),
        Some(date(2018, 1, 29)), None),
    expectation(K::OnSiteAfterCall, 5, Working, "the call to the director of children's services",
        "ILACS: on site five working days after the call", Mark::Verified),
    within(expectation(K::DraftComments, 5, Working, "the draft report",
        "Ofsted, complaints process from 4 April 2024: five working days for minor points or a formal complaint", Mark::Secondary),
        Some(date(2024, 4, 4)), None),
    within(expectation(K::PublicationExpected, 21, Working, "the last day of fieldwork",
        "measured in the reports of 2018 to 2020: most often 21 working days", Mark::Verified),
        Some(date(2018, 1, 29)), Some(date(2021, 1, 1))),
    within(expectation(K::PublicationExpected, 30, Working, "the last day of fieldwork",
        "measured in the reports of 2021 to 2023: most often 30 working days", Mark::Verified),
        Some(date(2021, 1, 1)), Some(date(2024, 1, 1))),
    within(expectation(K::PublicationExpected, 27, Working, "the last day of fieldwork",
        "measured in the reports of 2024 to 2026: most often 27 working days", Mark::Verified),
        Some(date(2024, 1, 1)), None),
    within(expectation(K::PauseLimit, 15, CalendarDays, "the pause",
        "Ofsted, deferring and pausing, 5 April 2024: at the most 15 days, then the inspection is incomplete", Mark::Secondary),
        Some(date(2024, 4, 5)), None),
    expectation(K::NoticeReview, 6, Months, "the notice, or the review before",
        "improvement notices: progress is reviewed at least every six months", Mark::Secondary),
    Rule { kind: K::CommissionerReport, period: None, from: None, until: None, nature: ObligationNature::Duty,
        trigger: "the appointment", basis: "the direction, as stated (often three months: Croydon 2017)", mark: Mark::Verified },

    // Regulated providers: calendar days throughout.
    Rule { kind: K::Requirement, period: None, from: None, until: None, nature: ObligationNature::Duty,
        trigger: "the report", basis: "the regulation that the report names; date as stated in the report", mark: Mark::Verified },
    Rule { kind: K::ComplianceStep, period: None, from: None, until: None, nature: ObligationNature::Duty,
        trigger: "service of the compliance notice", basis: "Care Standards Act 2000 s.22A; date as stated in the notice", mark: Mark::Verified },
    right(K::Representations, 28, "service of the notice of proposal", "Care Standards Act 2000 s.18: 28 days from service"),
    right(K::Appeal, 28, "service of the notice of decision", "Care Standards Act 2000 s.21: 28 days from service"),
    expectation(K::ComplianceVisit, 5, Working, "the last day by which a compliance notice was to be complied with",
        "Ofsted, social care common inspection framework: the day after, at the latest within five working days", Mark::Verified),
    within(expectation(K::ReturnAfterInadequate, 8, Weeks, "the first day of a full inspection of a children's home judged inadequate",
        "Ofsted, social care common inspection framework, children's homes: within six to eight weeks", Mark::Verified),
        Some(SCCIF), None),
    expectation(K::RestrictionReview, 12, Weeks, "service of the notice restricting accommodation",
        "Ofsted, social care compliance handbook: a restriction is reviewed before twelve weeks", Mark::Verified),
];

/// Half the width of the window of the next inspection, in months: see [`ObligationKind::NextInspection`].
pub const NEXT_INSPECTION_MARGIN_MONTHS: i32 = 6;

/// The rule for what is due when day 0 is `trigger`.
#[must_use]
pub fn rule(kind: ObligationKind, trigger: Date) -> Option<&'static Rule> {
    RULES.iter().find(|rule| {
        rule.kind == kind
            && rule.from.is_none_or(|from| from <= trigger)
            && rule.until.is_none_or(|until| trigger < until)
    })
}

/// The latest rule for a kind, for what is not known of a date.
#[must_use]
pub fn any_rule(kind: ObligationKind) -> Option<&'static Rule> {
    RULES.iter().rev().find(|rule| rule.kind == kind)
}

/// The end of a period. Units are never converted: working days by the calendar, months clamped to the month's end.
#[must_use]
pub fn end_of_period(calendar: &WorkingDays, day_0: Date, period: (u32, PeriodUnit)) -> Option<Date> {
    let (length, unit) = period;
    let signed = i32::try_from(length).ok()?;
    match unit {
        PeriodUnit::WorkingDays => calendar.after(day_0, length),
        PeriodUnit::CalendarDays => days_after(day_0, signed),
        PeriodUnit::Weeks => days_after(day_0, signed.checked_mul(7)?),
        PeriodUnit::Months => months_after(day_0, signed),
    }
}

const COUNTS_FROM: &str = "A judgement counts from the publication of its report; by the basis \"inspected\" from the first day of \
     fieldwork, as in Ofsted's yearly statistics.";
const CLOCK: &str = "Receipt of the report starts the legal clock, not publication (Education and Inspections Act 2006 s.137; SI 2007/462; \
     SI 2015/1792).";
const FRAMEWORK: &str = "The first day of fieldwork chooses the framework.";
const UNGRADED: &str = "Visits are ungraded and never change the judgement profile (ILACS).";
const CORRECTION: &str = "Asked as known before this event, the answer is what it was.";

/// The rules, with their sources, by which a fact of this kind changes answers.
#[must_use]
pub fn explain(fact: &Fact) -> &'static [&'static str] {
    match fact {
        Fact::AuthorityRegistered(_) => {
            &["The register of authorities: an authority exists from the day it is registered for."]
        }
        Fact::CodeChanged { .. } => {
            &["A code is an attribute with dates; the authority stays the same (ONS code history)."]
        }
        Fact::AuthoritySucceeded { .. } => &[
            "An abolished authority is closed; judgements never carry over, and obligations and instruments only where listed.",
        ],
        Fact::SuccessionReceived { .. } => {
            &["A successor begins uninspected, with only what is listed as passing to it."]
        }
        Fact::DeliveryStarted { .. } | Fact::DeliveryEnded { .. } => {
            &["Whoever delivers the services, the authority stays the inspected and liable body."]
        }
        Fact::ProviderRegistered(_) | Fact::ProviderChanged(_) => {
            &["A provider is linked to an authority by its location alone."]
        }
        Fact::RegistrationCancelled { .. } | Fact::RegistrationRestored => &[
            "Care Standards Act 2000 ss.14, 20: a registration ends on its own day, and with it what is enforced.",
        ],
        Fact::Measure { step, .. } => explain_measure(step),
        Fact::Inspection { step, .. } => explain_inspection(step),
        Fact::Obligation { step, .. } => explain_obligation(step),
        Fact::Instrument { step, .. } => explain_instrument(step),
        Fact::HolidayDeclared { .. } | Fact::HolidayMoved { .. } | Fact::CalendarPublished { .. } => {
            &["A bank holiday is no working day from its announcement on (SI 2007/462 reg 1(2))."]
        }
        Fact::Voided { .. } => &["A voided event counts no more and stays visible in history.", CORRECTION],
        Fact::Corrected { .. } => &["A corrected event is read as its replacement says.", CORRECTION],
        Fact::Merged { .. } => &["A duplicate counts no more; the event it repeats stays.", CORRECTION],
    }
}

fn explain_inspection(step: &InspectionStep) -> &'static [&'static str] {
    match step {
        InspectionStep::Fieldwork(fieldwork) if !is_graded(fieldwork.kind) => &[FRAMEWORK, UNGRADED],
        InspectionStep::Fieldwork(_) | InspectionStep::AdditionalEvidence { .. } => &[FRAMEWORK],
        InspectionStep::Received => &[CLOCK],
        InspectionStep::Published { .. } | InspectionStep::JudgementsMade { .. } => &[COUNTS_FROM],
        InspectionStep::PriorityActionRaised { .. } => &[
            "An area for priority action stays open until its discharge is recorded, whatever the grades.",
            "After a focused visit it opens a draft plan (20 working days) and a final plan (70) from receipt of the letter.",
        ],
        InspectionStep::PriorityActionDischarged { .. } => {
            &["A recorded discharge closes the area for priority action."]
        }
        InspectionStep::JudgementRevised { .. } | InspectionStep::Withdrawn | InspectionStep::Republished => {
            &["A revision counts from its own day; before it the judgement as published counts."]
        }
        InspectionStep::StatementDetermined { .. } => &[
            "HMCI determines whether a written statement is needed and who the principal authority is (SI 2015/1792 reg 3).",
        ],
        InspectionStep::PublishedByAuthority => &[
            "The authority publishes the report within 30 working days of receiving it (SI 2007/462 reg 2).",
        ],
        InspectionStep::RequirementMade { .. } | InspectionStep::RequirementMet { .. } => {
            &["A statutory requirement is due on the day that the report says."]
        }
        InspectionStep::RecommendationMade { .. } => &["A recommendation is advice: nothing is due by it."],
        InspectionStep::Notified { .. }
        | InspectionStep::Deferred
        | InspectionStep::Paused
        | InspectionStep::Resumed
        | InspectionStep::DeclaredIncomplete
        | InspectionStep::DraftIssued
        | InspectionStep::CommentsReceived
        | InspectionStep::ComplaintMade
        | InspectionStep::ComplaintDecided
        | InspectionStep::AreaForImprovement { .. } => {
            &["A step of the inspection; it changes no judgement."]
        }
    }
}

fn explain_obligation(step: &ObligationStep) -> &'static [&'static str] {
    match step {
        ObligationStep::Opened { .. } => &["An obligation opened by a document is due as the document says."],
        ObligationStep::DueStated { .. } | ObligationStep::DueRecomputed { .. } => &[
            "A stated due date is a fact and a computed one an opinion: both are kept, neither overwrites the other.",
        ],
        ObligationStep::Submitted | ObligationStep::Published | ObligationStep::Met => {
            &["Met on or before the later of the stated and the computed due date; met late after it."]
        }
        ObligationStep::Reviewed { .. } => {
            &["Ofsted's review says whether the plan reflects the findings, not that it succeeded."]
        }
        ObligationStep::DraftSubmitted
        | ObligationStep::Revised
        | ObligationStep::Waived
        | ObligationStep::Transferred { .. }
        | ObligationStep::Superseded => &["A recorded step of the obligation."],
    }
}

fn explain_measure(step: &MeasureStep) -> &'static [&'static str] {
    match step {
        MeasureStep::Served(_) => {
            &["A measure stands from its day until it is recorded as ended, or its last day has passed."]
        }
        MeasureStep::StepMet { .. } | MeasureStep::Closed { .. } => &[
            "A compliance notice that is not complied with is an offence and a ground for cancellation (Care Standards Act 2000 s.22A, s.14(1)(ca)).",
        ],
        MeasureStep::Representations => {
            &["Written representations may be made within 28 days of service (Care Standards Act 2000 s.18)."]
        }
        MeasureStep::Decided { .. } => &[
            "An appeal may be made within 28 days of service of the decision (Care Standards Act 2000 ss.19, 21).",
        ],
        MeasureStep::Appealed | MeasureStep::Determined { .. } => &[
            "The First-tier Tribunal determines an appeal; where it is allowed, the measure ends (Care Standards Act 2000 s.21).",
        ],
        MeasureStep::Extended { .. } | MeasureStep::Lifted { .. } => &[
            "A suspension, restriction or condition ends on the day that its notice says, or when it is lifted (Care Standards Act 2000 ss.13, 14A, 20B, 22B).",
        ],
        MeasureStep::Concluded { .. } => {
            &["Offences are prosecuted under Care Standards Act 2000 ss.24 to 27."]
        }
    }
}

fn explain_instrument(step: &InstrumentStep) -> &'static [&'static str] {
    match step {
        InstrumentStep::Issued(issue) if issue.replaces.is_none() => {
            &["An instrument stands from its day until it is recorded as ended; no grade opens or closes it."]
        }
        InstrumentStep::Issued(_) => &[
            "An instrument stands from its day until it is recorded as ended; no grade opens or closes it.",
            "A replaced instrument ends on the day that the new one begins: one in force in each chain.",
        ],
        InstrumentStep::Replaced { .. } => {
            &["A replaced instrument ends on the day that the new one begins: one in force in each chain."]
        }
        InstrumentStep::Ended(_) => &["It ends on its own day, not on the day that a page was updated."],
        InstrumentStep::Varied { .. } => &["A variation changes the terms; the instrument stays."],
        InstrumentStep::ReviewHeld { .. } => {
            &["Progress under a notice is reviewed at least every six months, or as the notice says."]
        }
        InstrumentStep::ReportDue { .. }
        | InstrumentStep::ReportReceived { .. }
        | InstrumentStep::ReportPublished { .. } => &["A commissioner reports when the direction says."],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_for_one_kind_are_in_force_on_one_day() {
        for kind in ObligationKind::ALL {
            for year in 2005..2030 {
                for day in [date(year, 1, 1), date(year, 4, 5), date(year, 8, 1), date(year, 11, 9)] {
                    let in_force = |rule: &&Rule| {
                        rule.kind == *kind
                            && rule.from.is_none_or(|from| from <= day)
                            && rule.until.is_none_or(|until| day < until)
                    };
                    assert!(RULES.iter().filter(in_force).count() <= 1, "{kind:?} on {day}");
                }
            }
        }
    }

    #[test]
    fn what_is_only_recalled_is_never_computed() {
        assert!(RULES.iter().all(|rule| rule.mark != Mark::Recalled || rule.period.is_none()));
    }

    #[test]
    fn a_draft_after_a_focused_visit_is_due_only_since_august_2018() {
        assert_eq!(rule(ObligationKind::FocusedVisitPlanDraft, date(2018, 7, 31)), None);
        assert!(rule(ObligationKind::FocusedVisitPlanDraft, date(2018, 8, 10)).is_some());
    }
}
