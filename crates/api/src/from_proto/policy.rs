//! The policy.

use docket_domain::cited::{Cited, Mark};
use docket_domain::event::Fact;
use docket_domain::policy::{self, Force, Inadequate, Period, Policy, Row};
use docket_domain::priorities::Table;

use super::fields::Fields;
use crate::pb;

/// Longest period, in its unit.
const LENGTH_MAX: u32 = 10_000;
/// Most visits that come before a re-inspection.
const VISITS_MAX: u32 = 100;
/// Judgements of practice.
const PRACTICE_MAX: u32 = 3;

pub(super) fn adopted(f: &mut Fields<'_>, m: &pb::PolicyAdopted) -> Option<Fact> {
    let policy = Policy {
        name: f.required_name("name", &m.name),
        periods: f.list("periods", &m.periods, |item, row| {
            based(item, row.basis.as_ref(), |item| period(item, row))
        }),
        monitoring_visits: f.list("monitoring_visits", &m.monitoring_visits, |item, row| {
            based(item, row.basis.as_ref(), |item| Some(within(item, "usual", row.usual, 1, VISITS_MAX)))
        }),
        inadequate: f.list("inadequate", &m.inadequate, |item, row| {
            based(item, row.basis.as_ref(), |item| {
                let least = within(item, "practice_at_least", row.practice_at_least, 0, PRACTICE_MAX);
                Some(Inadequate {
                    leaders: row.leaders,
                    practice_at_least: Some(least).filter(|least| *least > 0),
                })
            })
        }),
        priorities: f.list("priorities", &m.priorities, priorities),
    };
    // A row that cannot be read is left out, and the places of those after it would not be theirs.
    let is_whole = policy.periods.len() == m.periods.len()
        && policy.monitoring_visits.len() == m.monitoring_visits.len()
        && policy.inadequate.len() == m.inadequate.len()
        && policy
            .priorities
            .iter()
            .map(|table| table.rules.len())
            .eq(m.priorities.iter().map(|table| table.rules.len()));
    for (field, description) in policy::problems(&policy).into_iter().filter(|_| is_whole) {
        f.demand(&field, description);
    }
    Some(Fact::PolicyAdopted(Box::new(policy)))
}

fn period(f: &mut Fields<'_>, m: &pb::PolicyPeriod) -> Option<Period> {
    let of = f.term("obligation", m.obligation);
    let length = within(f, "length", m.length, 0, LENGTH_MAX);
    let length = match length {
        0 => {
            if m.unit != 0 {
                f.demand("unit", "is left out where there is no length");
            }
            None
        }
        _ if m.unit == 0 => {
            f.problem("unit", "is required with a length");
            return None;
        }
        length => Some((length, f.term("unit", m.unit)?)),
    };
    Some(Period { of: of?, length })
}

/// What is set, with its dates of force, source and mark.
fn based<T>(
    f: &mut Fields<'_>,
    basis: Option<&pb::PolicyBasis>,
    set: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<Row<T>> {
    let set = set(f);
    let f = &mut f.within("basis");
    let default = pb::PolicyBasis::default();
    let basis = basis.unwrap_or(&default);
    let force = force(f, basis.from_date.as_ref(), basis.until_date.as_ref());
    let source = f.required_name("source", &basis.source);
    let mark = mark(f, basis.mark);
    Some(Row { set: set?, force, source, mark: mark? })
}

fn force(f: &mut Fields<'_>, from: Option<&pb::Date>, until: Option<&pb::Date>) -> Force {
    let from = from.and_then(|from| f.day("from_date", Some(from)));
    let until = until.and_then(|until| f.day("until_date", Some(until)));
    Force { from, until }
}

fn mark(f: &mut Fields<'_>, number: i32) -> Option<Mark> {
    Some(match f.term::<pb::RuleMark>("mark", number)? {
        pb::RuleMark::Verified => Mark::Verified,
        pb::RuleMark::Secondary => Mark::Secondary,
        pb::RuleMark::Recalled => Mark::Recalled,
        pb::RuleMark::Reading | pb::RuleMark::Unspecified => Mark::Reading,
    })
}

fn within(f: &mut Fields<'_>, field: &str, number: u32, least: u32, most: u32) -> u32 {
    if !(least..=most).contains(&number) {
        f.demand(field, format!("is {number}; it is a number from {least} to {most}"));
    }
    number
}

fn priorities(f: &mut Fields<'_>, m: &pb::PolicyPriorities) -> Option<Table> {
    let name = f.required_name("name", &m.name);
    let force = force(f, m.from_date.as_ref(), m.until_date.as_ref());
    f.at_least_one("rules", &m.rules);
    let rules = f.list("rules", &m.rules, |item, rule| {
        let criterion = item.term("criterion", rule.criterion);
        let (text, source) =
            (item.required_name("text", &rule.text), item.required_name("source", &rule.source));
        let mark = mark(item, rule.mark);
        Some((criterion?, Cited { text, source, mark: mark? }))
    });
    Some(Table { name, of_providers: m.of_providers, force, rules })
}
