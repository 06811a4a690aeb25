//! Tables of intervals: the least, the middle, the longest, the most common, and who waits longest.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Interval;
use crate::date::Date;
use crate::status::AuthorityRef;
use crate::terms::{InspectionKind, IntervalGrouping, IntervalMeasure, ServiceDomain};

/// An interval, and in whose history it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Whose.
    pub authority: AuthorityRef,
    /// What.
    pub interval: Interval,
}

/// Which intervals are wanted. What is empty or left out lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of these measures.
    pub measures: Vec<IntervalMeasure>,
    /// Over these services.
    pub domains: Vec<ServiceDomain>,
    /// Those that begin with an inspection of these kinds.
    pub kinds: Vec<InspectionKind>,
    /// Those that begin on this day or after it.
    pub from: Option<Date>,
    /// Those that begin on this day or before it.
    pub to: Option<Date>,
}

impl Wanted {
    /// Whether an interval is wanted.
    #[must_use]
    pub fn lets_through(&self, interval: &Interval) -> bool {
        (self.measures.is_empty() || self.measures.contains(&interval.measure))
            && (self.domains.is_empty() || self.domains.contains(&interval.domain))
            && (self.kinds.is_empty() || interval.kind.is_some_and(|kind| self.kinds.contains(&kind)))
            && interval.begins_within(self.from, self.to)
    }
}

/// Some numbers in few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The least.
    pub min: i32,
    /// Twice the one in the middle; between two it lies halfway.
    pub median_twice: i64,
    /// The greatest.
    pub max: i32,
    /// The most common; of several that are, the least.
    pub mode: i32,
    /// How often that one comes.
    pub mode_count: usize,
}

impl Spread {
    /// Of these numbers; `None` of none.
    #[must_use]
    pub fn of(mut numbers: Vec<i32>) -> Option<Self> {
        numbers.sort_unstable();
        let (min, max) = (*numbers.first()?, *numbers.last()?);
        let half = numbers.len() / 2;
        let upper = i64::from(*numbers.get(half)?);
        let lower = if numbers.len().is_multiple_of(2) {
            i64::from(*numbers.get(half.checked_sub(1)?)?)
        } else {
            upper
        };
        let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
        for number in numbers {
            *counts.entry(number).or_default() += 1;
        }
        let (mode, mode_count) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
        Some(Self { min, median_twice: lower + upper, max, mode, mode_count })
    }
}

/// One interval of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Whose and what.
    pub measured: Measured,
    /// 1 for the longest of its measure in the whole answer; as long as another, the same as that. `None` where it is left out.
    pub rank: Option<u32>,
}

/// The intervals of one measure that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they measure.
    pub measure: IntervalMeasure,
    /// What they have in common: a name, a region, a year; nothing for all of the measure.
    pub keys: Vec<String>,
    /// In calendar days.
    pub days: Option<Spread>,
    /// In working days, where the field counts those.
    pub working_days: Option<Spread>,
    /// The longest first; what is left out comes last.
    pub intervals: Vec<Ranked>,
}

impl Group {
    /// How many are counted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.intervals.iter().filter(|one| one.measured.interval.length.is_ok()).count()
    }
}

/// Puts intervals together, by measure and then by what they have in common.
#[must_use]
pub fn table(all: Vec<Measured>, by: &[IntervalGrouping]) -> Vec<Group> {
    let mut values: BTreeMap<IntervalMeasure, Vec<i32>> = BTreeMap::new();
    for one in &all {
        values.entry(one.interval.measure).or_default().extend(one.interval.value());
    }
    let mut groups: BTreeMap<(IntervalMeasure, Vec<String>), Vec<Ranked>> = BTreeMap::new();
    for measured in all {
        let measure = measured.interval.measure;
        let longer = |value: i32| {
            let others = values.get(&measure).into_iter().flatten();
            u32::try_from(others.filter(|other| value < **other).count()).unwrap_or(u32::MAX)
        };
        let rank = measured.interval.value().map(|value| longer(value).saturating_add(1));
        let keys = by.iter().map(|by| key(&measured, *by)).collect();
        groups.entry((measure, keys)).or_default().push(Ranked { measured, rank });
    }
    groups.into_iter().map(|((measure, keys), intervals)| group(measure, keys, intervals)).collect()
}

fn group(measure: IntervalMeasure, keys: Vec<String>, mut intervals: Vec<Ranked>) -> Group {
    intervals.sort_by_key(|one| (one.rank.is_none(), one.rank));
    let lengths = || intervals.iter().filter_map(|one| one.measured.interval.length.ok());
    let days = Spread::of(lengths().map(|length| length.days).collect());
    let working = lengths().filter_map(|length| length.working_days).collect();
    let working_days = if measure.in_working_days() { Spread::of(working) } else { None };
    Group { measure, keys, days, working_days, intervals }
}

/// What an interval has in common with others.
fn key(measured: &Measured, by: IntervalGrouping) -> String {
    let Measured { authority, interval } = measured;
    let or_none = |name: Option<&str>| name.unwrap_or("none").to_string();
    match by {
        IntervalGrouping::Authority => authority.name.clone(),
        IntervalGrouping::Region => authority.region.clone(),
        IntervalGrouping::Year => {
            interval.begins.on.earliest().map_or_else(|| "unknown".to_string(), |day| day.year().to_string())
        }
        IntervalGrouping::InspectionKind => or_none(interval.kind.map(|kind| kind.name())),
        IntervalGrouping::Grade => or_none(interval.grade.map(|grade| grade.name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn numbers_in_few_are_those_that_one_counts_by_hand() {
        assert_eq!(Spread::of(vec![]), None);
        for (numbers, expected) in [
            (vec![7], (7, 14, 7, 7, 1)),
            (vec![9, -2, 4], (-2, 8, 9, -2, 1)),
            (vec![22, 30, 21, 22], (21, 44, 30, 22, 2)),
            (vec![5, 4, 5, 4, 9, 1], (1, 9, 9, 4, 2)),
        ] {
            let spread = Spread::of(numbers.clone()).unwrap();
            let Spread { min, median_twice, max, mode, mode_count } = spread;
            assert_eq!((min, median_twice, max, mode, mode_count), expected, "{numbers:?}");
        }
    }
}
