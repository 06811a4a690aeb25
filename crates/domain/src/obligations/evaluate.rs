//! Where an obligation stands on a day. *Overdue* is derived here and nowhere recorded.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::gather::trigger_rests_on;
use super::{Kept, Trigger};
use crate::calendar::{Calendar, WorkingDays};
use crate::date::{Date, Happened, PartialDate, months_after};
use crate::existence::Closure;
use crate::facts::{Dated, joined};
use crate::policy::Adopted;
use crate::rules::{self, Rule, end_of_period};
use crate::status::{Obligation, RestsOn};
use crate::terms::{ObligationKind, ObligationNature, ObligationState, PeriodUnit};

/// The day asked, and the calendars that can be known on it.
pub(crate) struct Clock<'c> {
    pub(crate) day: Date,
    pub(crate) calendar: &'c Calendar,
    pub(crate) announced: WorkingDays,
    pub(crate) policy: &'c Adopted,
    /// The end of the authority, if it had come by then.
    pub(crate) closure: Option<Closure<'c>>,
}

/// The due dates of an obligation.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    stated: Option<PartialDate>,
    computed: Option<Date>,
    first_computed: Option<Date>,
    estimated: Option<Date>,
    /// Counted from the last day that day 0 can be.
    roughly: Option<Date>,
    /// Counted from the first and from the last day that day 0 can be, where that is several and no document says.
    between: Option<(Date, Date)>,
}

impl Due {
    /// The date after which it is late: of several, the last.
    fn last(&self) -> Option<Date> {
        let dates =
            [self.stated.and_then(PartialDate::latest), self.computed, self.first_computed, self.roughly];
        dates.into_iter().max().flatten()
    }
}

/// Every obligation that had begun by the day: open ones first, by due date; then the others by key.
pub(crate) fn on(kept: &[Kept], clock: &Clock<'_>) -> Vec<Obligation> {
    let mut obligations: Vec<_> = kept.iter().filter_map(|one| evaluate(one, kept, clock)).collect();
    obligations.sort_by_key(|obligation| {
        let is_open = matches!(obligation.state, ObligationState::Open | ObligationState::Overdue);
        (!is_open, if is_open { obligation.due() } else { None }, obligation.obligation.clone())
    });
    obligations
}

/// The first of the steps that meet it.
fn met(kept: &Kept) -> Option<&Dated> {
    let steps = [kept.met.as_ref(), kept.submitted.as_ref(), kept.published.as_ref()];
    steps.into_iter().flatten().min_by_key(|dated| dated.on.sort_key())
}

fn evaluate(kept: &Kept, all: &[Kept], clock: &Clock<'_>) -> Option<Obligation> {
    if kept.until.as_ref().is_some_and(|until| until.on.by(clock.day) == Happened::Surely) {
        return None;
    }
    let other = match &kept.trigger {
        Trigger::DueOf { of, .. } => {
            all.iter().find(|other| other.key == *of).and_then(|other| evaluate(other, all, clock))
        }
        _ => None,
    };
    let (trigger, estimate_from) = day_0(kept, other.as_ref());
    let day_0 = trigger.and_then(PartialDate::day);
    let (rule, set_by) = rule(kept, trigger, estimate_from, clock).unzip();
    let period = kept.period.or(rule.and_then(|rule| rule.period));
    if day_0.is_some() && rule.is_none() && kept.period.is_none() && kept.stated.is_empty() {
        return None; // Day 0 lies outside the rule's dates of force, and no document says otherwise.
    }
    let due = due_dates(kept, clock, (trigger, estimate_from), period);
    let met = met(kept);
    let (state, decided_by) = state(kept, clock, &due, met);
    let is_open = matches!(state, ObligationState::Open | ObligationState::Overdue);
    if kept.nature == ObligationNature::Expectation && !is_open {
        return None; // What was expected and came is history, not an obligation.
    }
    let window = |sign: i32| months_after(due.computed?, sign * kept.window_months?);
    let decisive = [trigger, met.map(|dated| dated.on), decided_by.map(|dated| dated.on)];
    let uncertain = decisive.into_iter().flatten().any(|on| on.by(clock.day) == Happened::Maybe)
        || met.is_some_and(|met| is_met_about(met, &due))
        || (is_open && due.computed.is_none() && due.roughly.is_some());
    Some(Obligation {
        obligation: kept.key.clone(),
        kind: kept.kind,
        domain: kept.domain,
        state,
        nature: kept.nature,
        obligor: kept.transferred.as_ref().map(|(to, _)| to.clone()).or_else(|| kept.obligor.clone()),
        what: kept.what.clone(),
        trigger: trigger.unwrap_or_default(),
        period,
        due_stated: due.stated,
        due_computed: due.computed,
        due_first_computed: due.first_computed,
        due_estimated: due.estimated,
        due_between: due.between,
        stated_difference_working_days: difference(clock, &due),
        draft_submitted: kept.draft_submitted.as_ref().map(|dated| dated.on),
        submitted: kept.submitted.as_ref().map(|dated| dated.on),
        published: kept.published.as_ref().map(|dated| dated.on),
        met: met.map(|dated| dated.on),
        review_outcome: kept.reviewed.as_ref().map(|(outcome, _)| *outcome),
        days_overdue: if state == ObligationState::Overdue {
            days_overdue(clock, late_after(kept, &due), period)
        } else {
            0
        },
        legal_basis: legal_basis(kept, rule.as_ref()),
        mark: rule.filter(|_| kept.period.is_none()).map(|rule| rule.mark),
        window_opens: window(-1),
        window_closes: window(1),
        rests_on: joined([&rests_on(kept, decided_by, other.as_ref()), &set_by.unwrap_or_default()]),
        uncertain,
    })
}

/// Day 0, and a day from which it is estimated. What follows from the due date of another obligation follows from that one's.
fn day_0(kept: &Kept, other: Option<&Obligation>) -> (Option<PartialDate>, Option<Date>) {
    let trigger = match &kept.trigger {
        Trigger::Event(dated) => Some(dated.on),
        // What follows from an estimate is an estimate.
        _ => other
            .filter(|other| other.due_estimated.is_none())
            .and_then(Obligation::due)
            .map(PartialDate::Day),
    };
    let estimate_from = match &kept.trigger {
        Trigger::Unrecorded { estimate_from: Some(from) } => from.on.day(),
        _ => other.and_then(|other| other.due_estimated),
    };
    (trigger, estimate_from)
}

/// The rule by day 0, by the last day that it can have been, or by the day from which it is estimated, and the events that set it, where the policy
/// does. Of what has no day the latest rule counts; the policy sets nothing for what a document set.
fn rule<'c>(
    kept: &Kept,
    trigger: Option<PartialDate>,
    estimate_from: Option<Date>,
    clock: &Clock<'c>,
) -> Option<(Rule<'c>, RestsOn)> {
    if let Some(own) = kept.rule {
        return Some((*own, RestsOn::new()));
    }
    let on = |day| match kept.period {
        Some(_) => rules::rule(kept.kind, day).map(|rule| (*rule, RestsOn::new())),
        None => clock.policy.rule(kept.kind, day).map(|(rule, set_by)| (rule, set_by.to_vec())),
    };
    let any = || rules::any_rule(kept.kind).map(|rule| (*rule, RestsOn::new()));
    let about = trigger.and_then(PartialDate::latest).or(estimate_from);
    trigger.and_then(PartialDate::day).map_or_else(|| about.and_then(on).or_else(any), on)
}

/// Everything that it rests on: what opened it, every step, what it follows from.
fn rests_on(kept: &Kept, decided_by: Option<&Dated>, other: Option<&Obligation>) -> RestsOn {
    let stated = kept.stated.last().map(|(_, dated)| dated);
    let reviewed = kept.reviewed.as_ref().map(|(_, dated)| dated);
    let steps = [
        stated,
        kept.met.as_ref(),
        kept.draft_submitted.as_ref(),
        kept.submitted.as_ref(),
        kept.published.as_ref(),
        decided_by,
        reviewed,
    ];
    let steps = steps.into_iter().flatten().map(|dated| &dated.rests_on);
    let trigger = trigger_rests_on(kept);
    let other = other.map(|other| &other.rests_on);
    joined([&trigger].into_iter().chain(other).chain(steps).chain(&kept.also_rests_on))
}

/// Whether the day on which it was met is known too roughly to say whether that was in time.
fn is_met_about(met: &Dated, due: &Due) -> bool {
    due.last().is_some_and(|last| met.on.by(last) == Happened::Maybe)
}

fn due_dates(
    kept: &Kept,
    clock: &Clock<'_>,
    (trigger, estimate_from): (Option<PartialDate>, Option<Date>),
    period: Option<(u32, PeriodUnit)>,
) -> Due {
    let counted = |calendar: &WorkingDays, day_0: Option<Date>| end_of_period(calendar, day_0?, period?);
    let day_0 = trigger.and_then(PartialDate::day);
    let computed = counted(&clock.announced, day_0);
    let first_computed = day_0.and_then(|day| counted(&clock.calendar.announced_by(day), day_0));
    let roughly = counted(&clock.announced, trigger.and_then(PartialDate::latest));
    let earliest = counted(&clock.announced, trigger.and_then(PartialDate::earliest));
    Due {
        stated: kept.stated.last().map(|(due, _)| *due),
        between: earliest.zip(roughly).filter(|_| day_0.is_none() && kept.stated.is_empty()),
        computed,
        first_computed: first_computed.filter(|first| Some(*first) != computed),
        estimated: counted(&clock.announced, estimate_from),
        roughly,
    }
}

/// The state on the day, and the event that decided it, where it was not the trigger or the meeting of it.
fn state<'k>(
    kept: &'k Kept,
    clock: &'k Clock<'_>,
    due: &Due,
    met: Option<&Dated>,
) -> (ObligationState, Option<&'k Dated>) {
    if let Trigger::Voided(_) = kept.trigger {
        return (ObligationState::Voided, None);
    }
    let transferred = kept.transferred.as_ref().map(|(_, dated)| dated);
    for (decision, state) in [
        (kept.waived.as_ref(), ObligationState::Waived),
        (transferred, ObligationState::Transferred),
        (kept.superseded.as_ref(), ObligationState::Superseded),
    ] {
        if decision.is_some() {
            return (state, decision);
        }
    }
    if let Some(met) = met {
        let late = due.last().is_some_and(|last| met.on.by(last) == Happened::Not)
            && !is_shown_only_later(kept, met);
        return (if late { ObligationState::MetLate } else { ObligationState::Met }, None);
    }
    if let Some(closure) = &clock.closure {
        let carried = closure.obligations.contains(&&kept.key);
        let state = if carried { ObligationState::Transferred } else { ObligationState::NotKnown };
        return (state, Some(&closure.dated));
    }
    match late_after(kept, due) {
        Some(last) if last < clock.day && kept.nature == ObligationNature::Right => {
            (ObligationState::Lapsed, None)
        }
        Some(last) if last < clock.day => (ObligationState::Overdue, None),
        Some(_) => (ObligationState::Open, None),
        // No duty falls overdue by an estimate. What is only expected is past by it, and still expected.
        None if due.estimated.is_some_and(|estimated| clock.day <= estimated) => {
            (ObligationState::Open, None)
        }
        None if due.estimated.is_some() && kept.nature == ObligationNature::Expectation => {
            (ObligationState::Overdue, None)
        }
        None => match kept.trigger {
            Trigger::Unrecorded { .. } | Trigger::DueOf { .. } => (ObligationState::NotKnown, None),
            _ => (ObligationState::Open, None),
        },
    }
}

/// The last day on which it is in time: the due date, or the end of the window around it.
fn late_after(kept: &Kept, due: &Due) -> Option<Date> {
    let last = due.last()?;
    kept.window_months.map_or(Some(last), |margin| months_after(last, margin))
}

/// A commissioner's report is owed to the Secretary of State: its publication shows that it came, not when.
fn is_shown_only_later(kept: &Kept, met: &Dated) -> bool {
    kept.kind == ObligationKind::CommissionerReport
        && kept.met.is_none()
        && kept.published.as_ref() == Some(met)
}

fn days_overdue(clock: &Clock<'_>, last: Option<Date>, period: Option<(u32, PeriodUnit)>) -> u32 {
    let Some(last) = last else { return 0 };
    let days = match period {
        Some((_, PeriodUnit::WorkingDays)) => clock.announced.between(last, clock.day),
        Some(_) | None => Some((clock.day - last).get_days()),
    };
    days.and_then(|days| u32::try_from(days).ok()).unwrap_or(0)
}

fn difference(clock: &Clock<'_>, due: &Due) -> Option<i32> {
    clock.announced.between(due.computed?, due.stated?.day()?)
}

fn legal_basis(kept: &Kept, rule: Option<&Rule<'_>>) -> String {
    let stated = kept.legal_basis.clone();
    stated
        .or_else(|| rule.map(|rule| rule.basis.to_string()))
        .unwrap_or_else(|| String::from("as stated in the document"))
}

/// Whether an answer shows it among what comes next: expectations only while they can still be fulfilled.
pub(crate) fn is_next(obligation: &Obligation) -> bool {
    let is_open = matches!(obligation.state, ObligationState::Open | ObligationState::Overdue);
    is_open && (obligation.nature == ObligationNature::Duty || obligation.due().is_some())
}
