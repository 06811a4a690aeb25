//! What no source settles, as a policy sets it: periods, the usual number of visits, what leads to monitoring where nothing is judged overall,
//! and by what priorities are ranked (docs/decisions/0023).
//!
//! A policy sets nothing that law or official data settle. It counts as a whole, and each of its rows has dates of force.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::cited::{Ground, Mark};
use crate::date::Date;
use crate::event::{Fact, Recorded};
use crate::facts::Facts;
use crate::priorities::Table;
use crate::rules::{self, Rule};
use crate::status::RestsOn;
use crate::terms::{ObligationKind, PeriodUnit};

/// A policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What it is called.
    pub name: String,
    /// How long after their day 0 obligations fall due; in force by day 0.
    pub periods: Vec<Row<Period>>,
    /// After how many monitoring visits none is expected any more; in force by the first day of the last one, or, before the first, by the day from
    /// which the judgements count.
    pub monitoring_visits: Vec<Row<u32>>,
    /// What leads to monitoring without overall effectiveness; in force by the day from which the judgements count.
    pub inadequate: Vec<Row<Inadequate>>,
    /// By what priorities are ranked; in force by the day asked.
    pub priorities: Vec<Table>,
}

/// Something that a policy sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T> {
    /// What.
    pub set: T,
    /// When it is in force.
    pub force: Force,
    /// Who says so.
    pub source: String,
    /// How surely.
    pub mark: Mark,
}

/// Days from the first to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Force {
    /// The first; `None` from the beginning.
    pub from: Option<Date>,
    /// The last; `None` without end.
    pub until: Option<Date>,
}

/// How long after day 0 an obligation is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Which.
    pub of: ObligationKind,
    /// `None`: none is known, and only a stated date counts.
    pub length: Option<(u32, PeriodUnit)>,
}

/// Judgements that lead to monitoring: either of the two is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inadequate {
    /// Leaders judged inadequate.
    pub leaders: bool,
    /// At least so many judgements of practice inadequate.
    pub practice_at_least: Option<u32>,
}

impl Force {
    /// Whether the day is one of them.
    #[must_use]
    pub fn holds(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    fn meets(self, other: Self) -> bool {
        let ends_before = |one: Self, other: Self| {
            one.until.is_some_and(|until| other.from.is_some_and(|from| until < from))
        };
        !ends_before(self, other) && !ends_before(other, self)
    }
}

impl Inadequate {
    /// `leaders, or at least 2 of the three judgements of practice, are inadequate`; `None` where nothing is set.
    #[must_use]
    pub fn words(self) -> Option<String> {
        let practice = self
            .practice_at_least
            .map(|count| format!("at least {count} of the three judgements of practice"));
        match (self.leaders, practice) {
            (true, Some(practice)) => Some(format!("leaders, or {practice}, are inadequate")),
            (true, None) => Some("leaders are inadequate".into()),
            (false, Some(practice)) => Some(format!("{practice} are inadequate")),
            (false, None) => None,
        }
    }
}

impl<T> Row<T> {
    /// Who says so, told from the sources of law.
    fn cited(&self) -> String {
        format!("policy: {}", self.source)
    }
}

/// A policy that counts, and the events that adopted it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adopted {
    /// What it sets.
    pub policy: Policy,
    /// The event, and the correction of it, if any. Empty where none was recorded: then nothing is set.
    pub rests_on: RestsOn,
    /// The sources of the periods, as answers name them.
    bases: Vec<String>,
}

/// The usual number of monitoring visits, as the policy sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsualVisits {
    /// How many.
    pub count: u32,
    /// How many began since the judgements that count now.
    pub made: u32,
    /// Who says so.
    pub source: String,
    /// How surely.
    pub mark: Mark,
    /// The event that adopted the policy.
    pub rests_on: RestsOn,
}

impl Adopted {
    /// The one that was recorded last, of those that count.
    pub(crate) fn fold(events: &[Recorded]) -> Self {
        let counted = Facts::of(events).counted;
        // What counts stands in the order in which it happened; a policy counts by when it was recorded.
        let policies: Vec<_> =
            counted.iter().filter(|counted| matches!(counted.fact, Fact::PolicyAdopted(_))).collect();
        let last =
            events.iter().rev().find_map(|event| policies.iter().find(|counted| counted.id == event.id));
        let Some((Fact::PolicyAdopted(policy), last)) = last.map(|last| (last.fact, last)) else {
            return Self::default();
        };
        let bases = policy.periods.iter().map(Row::cited).collect();
        Self { policy: (**policy).clone(), rests_on: last.rests_on(), bases }
    }

    /// The rule for what is due when day 0 is `trigger`, and the events that set it, where the policy does.
    #[must_use]
    pub fn rule(&self, kind: ObligationKind, trigger: Date) -> Option<(Rule<'_>, &[crate::EventId])> {
        let mut rows = self.policy.periods.iter().zip(&self.bases);
        let set = rows.find(|(row, _)| row.set.of == kind && row.force.holds(trigger));
        let known = rules::rule(kind, trigger);
        match set.zip(known.or_else(|| rules::any_rule(kind))) {
            Some(((row, basis), rule)) => {
                let rule = Rule { period: row.set.length, basis, mark: row.mark, ..*rule };
                Some((rule, &self.rests_on))
            }
            None => known.map(|rule| (*rule, &[][..])),
        }
    }

    /// After how many monitoring visits none is expected any more, where `made` have begun.
    pub(crate) fn usual_visits(&self, day: Date, made: u32) -> Option<UsualVisits> {
        let row = self.policy.monitoring_visits.iter().find(|row| row.force.holds(day))?;
        let (source, rests_on) = (row.cited(), self.rests_on.clone());
        Some(UsualVisits { count: row.set, made, source, mark: row.mark, rests_on })
    }

    /// What leads to monitoring without overall effectiveness, in words, where judgements count from `day`.
    pub(crate) fn inadequate(&self, day: Date) -> Option<(Inadequate, Ground)> {
        let row = self.policy.inadequate.iter().find(|row| row.force.holds(day))?;
        let text = format!("Nothing is judged overall: monitoring, where {}", row.set.words()?);
        Some((row.set, Ground { text, source: row.cited() }))
    }

    /// The criteria in force on a day.
    #[must_use]
    pub fn priorities(&self, of_providers: bool, day: Date) -> Option<&Table> {
        self.policy
            .priorities
            .iter()
            .find(|table| table.of_providers == of_providers && table.force.holds(day))
    }
}

/// What is wrong with a policy: each field, as on the wire, and what would be right.
#[must_use]
pub fn problems(policy: &Policy) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    for (place, row) in policy.periods.iter().enumerate() {
        problems.extend(settled(row).map(|why| (format!("periods[{place}].obligation"), why)));
    }
    let periods = policy.periods.iter().map(|row| (row.set.of.name(), row.force));
    overlaps("periods", periods, &mut problems);
    overlaps("monitoring_visits", policy.monitoring_visits.iter().map(|row| ("", row.force)), &mut problems);
    overlaps("inadequate", policy.inadequate.iter().map(|row| ("", row.force)), &mut problems);
    let of = |table: &Table| if table.of_providers { "providers" } else { "authorities" };
    let tables = policy.priorities.iter().map(|table| (of(table), table.force));
    overlaps("priorities", tables, &mut problems);
    for (place, table) in policy.priorities.iter().enumerate() {
        for (at, (criterion, _)) in table.rules.iter().enumerate() {
            if table.rules.iter().take(at).any(|(earlier, _)| earlier == criterion) {
                let field = format!("priorities[{place}].rules[{at}].criterion");
                problems
                    .push((field, format!("is {} a second time: a criterion counts once", criterion.name())));
            }
        }
    }
    problems
}

/// Why the period of an obligation is not a policy's to set.
fn settled(row: &Row<Period>) -> Option<String> {
    let kind = row.set.of;
    let name = kind.name();
    if rules::any_rule(kind).is_none() {
        return Some(format!("is {name}, for which there is no rule: only a stated date counts"));
    }
    let verified = rules::RULES.iter().find(|rule| {
        let until = rule.until.and_then(|until| until.yesterday().ok());
        rule.kind == kind && rule.mark == Mark::Verified && Force { from: rule.from, until }.meets(row.force)
    });
    let others = || {
        let open =
            rules::RULES.iter().filter(|rule| rule.mark != Mark::Verified).map(|rule| rule.kind.name());
        open.collect::<Vec<_>>().join(", ")
    };
    verified.map(|rule| {
        let basis = rule.basis;
        format!(
            "is {name}, whose rule is settled ({basis}); a policy sets what no source settles: {}",
            others()
        )
    })
}

fn overlaps<'a>(
    list: &str,
    rows: impl Iterator<Item = (&'a str, Force)> + Clone,
    problems: &mut Vec<(String, String)>,
) {
    for (place, (of, force)) in rows.clone().enumerate() {
        if force.from.zip(force.until).is_some_and(|(from, until)| until < from) {
            problems.push((format!("{list}[{place}]"), "ends before it begins".into()));
        }
        let earlier = rows.clone().take(place).position(|(other, others)| other == of && others.meets(force));
        if let Some(earlier) = earlier {
            let why = format!(
                "is in force on days on which {list}[{earlier}] is: end the one before the other begins"
            );
            problems.push((format!("{list}[{place}]"), why));
        }
    }
}
