//! What stands in a policy file: its keys, and the event that they make.

use docket_api::pb;
use docket_domain::terms::{ObligationKind, PeriodUnit, PriorityCriterion};
use serde::{Deserialize, Serialize};
use toml::value::Datetime;

/// A policy, as TOML has it.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    periods: Vec<PeriodRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    monitoring_visits: Vec<VisitsRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inadequate: Vec<InadequateRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    priorities: Vec<Priorities>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PeriodRow {
    obligation: String,
    length: Option<u32>,
    unit: Option<String>,
    from: Option<Datetime>,
    until: Option<Datetime>,
    source: String,
    mark: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct VisitsRow {
    usual: u32,
    from: Option<Datetime>,
    until: Option<Datetime>,
    source: String,
    mark: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct InadequateRow {
    #[serde(default)]
    leaders: bool,
    practice_at_least: Option<u32>,
    from: Option<Datetime>,
    until: Option<Datetime>,
    source: String,
    mark: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Priorities {
    name: String,
    #[serde(default)]
    of_providers: bool,
    from: Option<Datetime>,
    until: Option<Datetime>,
    rules: Vec<Criterion>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Criterion {
    criterion: String,
    text: String,
    source: String,
    mark: String,
}

/// What was wrong so far.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<String>,
}

impl Reader {
    /// The event that a file says, as far as its words are known.
    pub(super) fn policy(&mut self, file: File) -> pb::PolicyAdopted {
        let File { name, periods, monitoring_visits, inadequate, priorities } = file;
        pb::PolicyAdopted {
            name,
            periods: numbered("periods", periods, |at, row| pb::PolicyPeriod {
                obligation: self.word(at, "obligation", &row.obligation, ObligationKind::ALL, |kind| {
                    (kind.name(), kind.number())
                }),
                length: row.length.unwrap_or(0),
                unit: self.unit(at, row.length, row.unit.as_deref()),
                basis: Some(self.basis(at, (row.from, row.until), row.source, &row.mark)),
            }),
            monitoring_visits: numbered("monitoring_visits", monitoring_visits, |at, row| {
                pb::PolicyMonitoringVisits {
                    usual: row.usual,
                    basis: Some(self.basis(at, (row.from, row.until), row.source, &row.mark)),
                }
            }),
            inadequate: numbered("inadequate", inadequate, |at, row| pb::PolicyInadequate {
                leaders: row.leaders,
                practice_at_least: row.practice_at_least.unwrap_or(0),
                basis: Some(self.basis(at, (row.from, row.until), row.source, &row.mark)),
            }),
            priorities: numbered("priorities", priorities, |at, table| pb::PolicyPriorities {
                name: table.name,
                of_providers: table.of_providers,
                from_date: self.day(at, "from", table.from),
                until_date: self.day(at, "until", table.until),
                rules: numbered(&format!("{at}.rules"), table.rules, |at, rule| pb::PriorityRule {
                    criterion: self.word(at, "criterion", &rule.criterion, PriorityCriterion::ALL, |one| {
                        (one.name(), one.number())
                    }),
                    text: rule.text,
                    source: rule.source,
                    mark: self.mark(at, &rule.mark),
                }),
            }),
        }
    }

    fn unit(&mut self, at: &str, length: Option<u32>, unit: Option<&str>) -> i32 {
        match unit {
            None if length.is_none_or(|length| length == 0) => 0,
            unit => {
                let named = |unit: PeriodUnit| (unit.name(), unit.number());
                self.word(at, "unit", unit.unwrap_or_default(), PeriodUnit::ALL, named)
            }
        }
    }

    fn basis(
        &mut self,
        at: &str,
        (from, until): (Option<Datetime>, Option<Datetime>),
        source: String,
        mark: &str,
    ) -> pb::PolicyBasis {
        let (from_date, until_date) = (self.day(at, "from", from), self.day(at, "until", until));
        pb::PolicyBasis { from_date, until_date, source, mark: self.mark(at, mark) }
    }

    fn day(&mut self, at: &str, field: &str, day: Option<Datetime>) -> Option<pb::Date> {
        let day = day?;
        let Some(date) = day.date.filter(|_| day.time.is_none()) else {
            self.problems.push(format!("{at}.{field} is {day}; it is a day, as in 2026-04-01"));
            return None;
        };
        Some(pb::Date { year: date.year.into(), month: date.month.into(), day: date.day.into() })
    }

    fn mark(&mut self, at: &str, mark: &str) -> i32 {
        self.word(at, "mark", mark, &MARKS, |(name, mark)| (name, mark.into()))
    }

    /// The number of a word; one that is not known is a problem, and 0.
    fn word<T: Copy>(
        &mut self,
        at: &str,
        field: &str,
        word: &str,
        all: &[T],
        named: impl Fn(T) -> (&'static str, i32),
    ) -> i32 {
        let mut known = all.iter().map(|one| named(*one));
        known.find(|(name, _)| *name == word).map_or_else(
            || {
                let names: Vec<&str> = all.iter().map(|one| named(*one).0).collect();
                self.problems.push(format!("{at}.{field} is {word:?}; it is one of {}", names.join(", ")));
                0
            },
            |(_, number)| number,
        )
    }
}

const MARKS: [(&str, pb::RuleMark); 4] = [
    ("verified", pb::RuleMark::Verified),
    ("secondary", pb::RuleMark::Secondary),
    ("recalled", pb::RuleMark::Recalled),
    ("reading", pb::RuleMark::Reading),
];

/// Each row, with its place in the list.
fn numbered<T, U>(list: &str, rows: Vec<T>, mut read: impl FnMut(&str, T) -> U) -> Vec<U> {
    rows.into_iter().enumerate().map(|(place, row)| read(&format!("{list}[{place}]"), row)).collect()
}

impl From<&pb::PolicyAdopted> for File {
    fn from(policy: &pb::PolicyAdopted) -> Self {
        let basis = |basis: &Option<pb::PolicyBasis>| {
            let basis = basis.clone().unwrap_or_default();
            (datetime(basis.from_date), datetime(basis.until_date), basis.source, mark(basis.mark))
        };
        Self {
            name: policy.name.clone(),
            periods: (policy.periods.iter())
                .map(|row| {
                    let (from, until, source, mark) = basis(&row.basis);
                    let obligation = ObligationKind::from_number(row.obligation)
                        .map_or("", ObligationKind::name)
                        .to_owned();
                    let unit = PeriodUnit::from_number(row.unit).map(|unit| unit.name().to_owned());
                    PeriodRow {
                        obligation,
                        length: Some(row.length).filter(|length| *length > 0),
                        unit,
                        from,
                        until,
                        source,
                        mark,
                    }
                })
                .collect(),
            monitoring_visits: (policy.monitoring_visits.iter())
                .map(|row| {
                    let (from, until, source, mark) = basis(&row.basis);
                    VisitsRow { usual: row.usual, from, until, source, mark }
                })
                .collect(),
            inadequate: (policy.inadequate.iter())
                .map(|row| {
                    let (from, until, source, mark) = basis(&row.basis);
                    let practice_at_least = Some(row.practice_at_least).filter(|least| *least > 0);
                    InadequateRow { leaders: row.leaders, practice_at_least, from, until, source, mark }
                })
                .collect(),
            priorities: policy.priorities.iter().map(Priorities::from).collect(),
        }
    }
}

impl From<&pb::PolicyPriorities> for Priorities {
    fn from(table: &pb::PolicyPriorities) -> Self {
        let rules = table.rules.iter().map(|rule| Criterion {
            criterion: PriorityCriterion::from_number(rule.criterion)
                .map_or("", PriorityCriterion::name)
                .to_owned(),
            text: rule.text.clone(),
            source: rule.source.clone(),
            mark: mark(rule.mark),
        });
        Self {
            name: table.name.clone(),
            of_providers: table.of_providers,
            from: datetime(table.from_date),
            until: datetime(table.until_date),
            rules: rules.collect(),
        }
    }
}

fn mark(number: i32) -> String {
    MARKS.iter().find(|(_, mark)| i32::from(*mark) == number).map_or("", |(name, _)| name).to_owned()
}

fn datetime(date: Option<pb::Date>) -> Option<Datetime> {
    let date = date?;
    let (year, month) = (u16::try_from(date.year).ok()?, u8::try_from(date.month).ok()?);
    let date = toml::value::Date { year, month, day: u8::try_from(date.day).ok()? };
    Some(Datetime { date: Some(date), time: None, offset: None })
}
