//! What comes next for an authority, and when: read off its status, so that a plan never says anything else than the status does.
//!
//! Two things stand in no status: that an inspection comes of which nobody can say when, and the yearly meeting with Ofsted. Both are here.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::cited::Mark;
use crate::date::{Date, PartialDate};
use crate::facts::joined;
use crate::frameworks;
use crate::id::{InstrumentKey, ObligationKey};
use crate::national::National;
use crate::rules;
use crate::status::{AuthorityStatus, InspectionSummary, NextDue, Obligation, RestsOn};
use crate::terms::{
    ExistenceState, InspectionKind, InspectionState as S, ObligationKind as K, ObligationNature,
    ObligationState, PathwayState, PeriodUnit, ServiceDomain,
};

/// The days on which something comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days {
    /// The day, or the first of several.
    pub first: Date,
    /// The same day, or the last of several.
    pub last: Date,
}

/// Where the days of an entry come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dated {
    /// A document says so.
    Stated,
    /// Counted by the rule.
    Computed,
    /// Counted from publication, because the receipt is not recorded.
    Estimated,
}

/// One thing that comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanEntry {
    /// In words.
    pub what: String,
    /// What is due or expected; `None` for the end of an instrument's term.
    pub kind: Option<K>,
    /// Which inspection comes, where the pathway says.
    pub inspection: Option<InspectionKind>,
    /// Over which services.
    pub domain: ServiceDomain,
    /// When; `None` where nothing says.
    pub days: Option<Days>,
    /// The middle of a window.
    pub middle: Option<Date>,
    /// Where the days come from; `None` where there are none.
    pub dated: Option<Dated>,
    /// Its last day has passed, and nothing is recorded that it came.
    pub overdue: bool,
    /// Owed or expected.
    pub nature: ObligationNature,
    /// The rule by which it comes.
    pub why: String,
    /// Its source: the law, handbook or document.
    pub source: String,
    /// How surely the rule is known; `None` where a document says it and no rule.
    pub mark: Option<Mark>,
    /// The obligation of the status that it is.
    pub obligation: Option<ObligationKey>,
    /// The instrument whose term it is.
    pub instrument: Option<InstrumentKey>,
    /// Provenance.
    pub rests_on: RestsOn,
    /// A date that is not certain decides.
    pub uncertain: bool,
}

impl PlanEntry {
    /// Whether it belongs into a plan of these days. What is overdue still has to come, and what has no days may come on any.
    #[must_use]
    pub fn is_within(&self, from: Date, to: Option<Date>) -> bool {
        self.days
            .is_none_or(|days| (from <= days.last || self.overdue) && to.is_none_or(|to| days.first <= to))
    }
}

const NONE_BEFORE: &str = "No graded inspection is recorded from which it could be counted; when the first one comes, no source that was read says.";
const WITHOUT_DATE: &str = "The window is counted from the inspection before; its first day is not known, or lies before 29 January 2018.";
const YEARLY: &str = "A meeting of Ofsted and the authority once a year; no meeting is recorded from which it could be counted.";

/// Everything that comes, by its first day; what has none comes last. Nothing comes to an authority that was abolished or is not there yet.
#[must_use]
pub fn plan(status: &AuthorityStatus, national: &National) -> Vec<PlanEntry> {
    if status.existence.state != ExistenceState::Exists {
        return Vec::new();
    }
    let dated = status.next_due.iter().filter_map(|next| match &next.obligation {
        Some(key) => {
            let obligation = status.obligations.iter().find(|one| one.obligation == *key)?;
            Some(of_obligation(status, obligation))
        }
        None => of_term(status, next),
    });
    let is_open = |one: &&Obligation| {
        matches!(one.state, ObligationState::Open | ObligationState::Overdue) && one.due().is_none()
    };
    let without = status.obligations.iter().filter(is_open).map(|one| of_obligation(status, one));
    let mut entries: Vec<PlanEntry> = dated.chain(without).collect();
    let has = |kind: K| entries.iter().any(|entry| entry.kind == Some(kind));
    let inspection =
        (!has(K::NextInspection) && !is_under_way(status)).then(|| inspection_without_date(status));
    let engagement = (!has(K::AnnualEngagement)).then(|| engagement(status, national));
    entries.extend(inspection.into_iter().chain(engagement));
    entries.sort_by_key(|entry| (entry.days.is_none(), entry.days));
    entries
}

fn of_obligation(status: &AuthorityStatus, obligation: &Obligation) -> PlanEntry {
    let (days, dated) = days_of(obligation);
    let window = obligation.window_opens.zip(obligation.window_closes);
    let is_inspection = obligation.kind == K::NextInspection;
    let (inspection, what) =
        if is_inspection { inspection_after(status) } else { (None, obligation.what.clone()) };
    let counted = rules::any_rule(obligation.kind).map(|rule| match obligation.period {
        Some((length, unit)) => format!("{length} {} from {}.", words_of(unit), rule.trigger),
        None => format!("As stated; it follows from {}.", rule.trigger),
    });
    let why = match (is_inspection, dated) {
        (true, _) => {
            let pause = status.pathway.pause.as_ref();
            pause.map_or(&status.pathway.rule, |pause| &pause.rule).to_string()
        }
        (false, Some(Dated::Stated)) => String::from("The date that a document states."),
        (false, _) => counted.unwrap_or_default(),
    };
    PlanEntry {
        what,
        kind: Some(obligation.kind),
        inspection,
        domain: obligation.domain,
        days: window.map(|(first, last)| Days { first, last }).or(days),
        middle: window.and(obligation.due_computed),
        dated,
        overdue: obligation.state == ObligationState::Overdue,
        nature: obligation.nature,
        why,
        source: obligation.legal_basis.clone(),
        mark: obligation.mark.filter(|_| dated != Some(Dated::Stated)),
        obligation: Some(obligation.obligation.clone()),
        instrument: None,
        // Which inspection it is follows from the pathway.
        rests_on: if is_inspection {
            joined([&obligation.rests_on, &status.pathway.rests_on])
        } else {
            obligation.rests_on.clone()
        },
        uncertain: obligation.uncertain
            || dated == Some(Dated::Estimated)
            || days.is_some_and(|days| days.first != days.last)
            || (is_inspection && status.pathway.uncertain),
    }
}

fn words_of(unit: PeriodUnit) -> &'static str {
    match unit {
        PeriodUnit::WorkingDays => "working days",
        PeriodUnit::CalendarDays => "days",
        PeriodUnit::Weeks => "weeks",
        PeriodUnit::Months => "months",
    }
}

/// The days on which an obligation falls due: one, unless a document states only the month or the year.
fn days_of(obligation: &Obligation) -> (Option<Days>, Option<Dated>) {
    let Some(last) = obligation.due() else {
        // Day 0 is known too roughly for one day.
        let between = obligation.due_between.map(|(first, last)| Days { first, last });
        return (between, between.map(|_| Dated::Computed));
    };
    let stated = obligation.due_stated.filter(|stated| stated.latest() == Some(last));
    let dated = match stated {
        Some(_) => Dated::Stated,
        None if obligation.due_computed == Some(last) => Dated::Computed,
        None => Dated::Estimated,
    };
    let first = stated.and_then(PartialDate::earliest).unwrap_or(last);
    (Some(Days { first, last }), Some(dated))
}

/// Which inspection follows from the pathway.
fn inspection_after(status: &AuthorityStatus) -> (Option<InspectionKind>, String) {
    let (kind, what) = match status.pathway.unpaused().0 {
        PathwayState::Short => (Some(InspectionKind::IlacsShort), "short inspection"),
        PathwayState::Standard => (Some(InspectionKind::IlacsStandard), "standard inspection"),
        PathwayState::Monitoring => (Some(InspectionKind::IlacsStandard), "re-inspection (standard)"),
        PathwayState::Uninspected => (None, "inspection, none before it recorded"),
        PathwayState::Undetermined => (None, "next inspection, short or standard not settled"),
        PathwayState::Closed | PathwayState::Paused => (None, "next inspection"),
    };
    (kind, what.to_string())
}

fn of_term(status: &AuthorityStatus, next: &NextDue) -> Option<PlanEntry> {
    let key = next.instrument.as_ref()?;
    let instrument = status.instruments.iter().find(|one| one.instrument == *key)?;
    let first = instrument.term_end.earliest().unwrap_or(next.due);
    Some(PlanEntry {
        what: next.what.clone(),
        kind: None,
        inspection: None,
        domain: instrument.domain,
        days: Some(Days { first, last: next.due }),
        middle: None,
        dated: Some(Dated::Stated),
        overdue: next.due < status.as_of.effective,
        nature: next.nature,
        why: String::from("The last day of its term, as it states; it ends when an end is recorded."),
        source: next.legal_basis.clone(),
        mark: None,
        obligation: None,
        instrument: next.instrument.clone(),
        rests_on: next.rests_on.clone(),
        uncertain: first != next.due,
    })
}

/// An expectation of which nothing says when it comes.
fn without_date(kind: K, what: String, why: &str) -> PlanEntry {
    let rule = rules::any_rule(kind);
    PlanEntry {
        what,
        kind: Some(kind),
        inspection: None,
        domain: ServiceDomain::ChildrensSocialCare,
        days: None,
        middle: None,
        dated: None,
        overdue: false,
        nature: ObligationNature::Expectation,
        why: why.to_string(),
        source: rule.map(|rule| rule.basis.to_string()).unwrap_or_default(),
        mark: rule.map(|rule| rule.mark),
        obligation: None,
        instrument: None,
        rests_on: RestsOn::new(),
        uncertain: true,
    }
}

fn inspection_without_date(status: &AuthorityStatus) -> PlanEntry {
    let (inspection, what) = inspection_after(status);
    let never = status.pathway.unpaused().0 == PathwayState::Uninspected;
    let why = if never { NONE_BEFORE } else { WITHOUT_DATE };
    PlanEntry {
        inspection,
        rests_on: status.pathway.rests_on.clone(),
        ..without_date(K::NextInspection, what, why)
    }
}

/// Whether a full inspection has begun since the one that counts: then it is its report that comes next.
fn is_under_way(status: &AuthorityStatus) -> bool {
    let since = status.profile.as_ref().map(|profile| profile.fieldwork.latest());
    let begun =
        |one: &InspectionSummary| one.fieldwork.iter().filter_map(|range| range.first.earliest()).min();
    status.inspections.iter().any(|one| {
        let is_full = one.kind.is_some_and(|kind| {
            frameworks::is_graded(kind) && frameworks::domain(kind) == ServiceDomain::ChildrensSocialCare
        });
        let is_out = matches!(one.state, S::Published | S::Republished | S::Revised | S::Withdrawn);
        is_full && !is_out && begun(one).is_some_and(|day| since.is_none_or(|since| since < Some(day)))
    })
}

/// The yearly meeting: counted from the last one that is recorded.
fn engagement(status: &AuthorityStatus, national: &National) -> PlanEntry {
    let what = String::from("annual engagement meeting");
    let is_meeting = |one: &&InspectionSummary| one.kind == Some(InspectionKind::AnnualEngagementMeeting);
    let held = |one: &InspectionSummary| one.fieldwork.iter().filter_map(|range| range.first.day()).max();
    let meetings = status.inspections.iter().filter(is_meeting);
    let last = meetings.filter_map(|one| Some((held(one)?, one))).max_by_key(|(day, _)| *day);
    let counted = last.and_then(|(day_0, meeting)| {
        let (rule, set_by) = national.policy.rule(K::AnnualEngagement, day_0)?;
        let (length, unit) = rule.period?;
        let announced = national.calendar.announced_by(status.as_of.effective);
        let day = rules::end_of_period(&announced, day_0, (length, unit))?;
        let why = format!("{length} {} from {}.", words_of(unit), rule.trigger);
        Some((day, why, rule, joined([&meeting.rests_on, &set_by.to_vec()])))
    });
    let Some((day, why, rule, rests_on)) = counted else {
        return without_date(K::AnnualEngagement, what, YEARLY);
    };
    PlanEntry {
        days: Some(Days { first: day, last: day }),
        dated: Some(Dated::Computed),
        overdue: day < status.as_of.effective,
        rests_on,
        source: rule.basis.to_string(),
        mark: Some(rule.mark),
        uncertain: false,
        ..without_date(K::AnnualEngagement, what, &why)
    }
}
