//! The deadline table: what is due how long after what, under which law or policy, and from when to when the rule is in force.
//!
//! A rule that changes is a new row with new dates; the old row stays, or past answers would change.
//! Marks say how surely a rule is known: what is only recalled has no period here, and stands here so that nobody adds it as law; the policy may
//! set one ([`crate::policy`]).

use jiff::civil::date;

use crate::calendar::WorkingDays;
pub use crate::cited::Mark;
use crate::date::{Date, days_after, months_after};
use crate::frameworks::SCCIF;
pub use crate::instruments::legal_basis as instrument_basis;
pub use crate::pathway::PATHWAY_RULES;
use crate::terms::{ObligationKind, ObligationNature, PeriodUnit};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
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
    pub basis: &'a str,
    /// How surely it is known.
    pub mark: Mark,
}

const fn duty(
    kind: ObligationKind,
    period: u32,
    unit: PeriodUnit,
    trigger: &'static str,
    basis: &'static str,
) -> Rule<'static> {
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
) -> Rule<'static> {
    Rule { nature: ObligationNature::Expectation, mark, ..duty(kind, period, unit, trigger, basis) }
}

const fn right(
    kind: ObligationKind,
    period: u32,
    trigger: &'static str,
    basis: &'static str,
) -> Rule<'static> {
    Rule { nature: ObligationNature::Right, ..duty(kind, period, PeriodUnit::CalendarDays, trigger, basis) }
}

const fn within(rule: Rule<'static>, from: Option<Date>, until: Option<Date>) -> Rule<'static> {
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
pub const RULES: &[Rule<'static>] = &[
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
        trigger: "the report", basis: "Ofsted, social care common inspection framework: statutory requirements, by the regulation and the date of the report", mark: Mark::Verified },
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
pub fn rule(kind: ObligationKind, trigger: Date) -> Option<&'static Rule<'static>> {
    RULES.iter().find(|rule| {
        rule.kind == kind
            && rule.from.is_none_or(|from| from <= trigger)
            && rule.until.is_none_or(|until| trigger < until)
    })
}

/// The latest rule for a kind, for what is not known of a date.
#[must_use]
pub fn any_rule(kind: ObligationKind) -> Option<&'static Rule<'static>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_for_one_kind_are_in_force_on_one_day() {
        for kind in ObligationKind::ALL {
            for year in 2005..2030 {
                for day in [date(year, 1, 1), date(year, 4, 5), date(year, 8, 1), date(year, 11, 9)] {
                    let in_force = |rule: &&Rule<'_>| {
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
