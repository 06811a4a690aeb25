//! How long things took, as messages.

use docket_domain::intervals::table::{Group, Ranked, Spread};
use docket_domain::terms::{IntervalMeasure, PeriodUnit};

use super::{authority_ref, date, texts};
use crate::pb;

/// Intervals of one measure that belong together.
#[must_use]
pub fn interval_group(group: &Group) -> pb::IntervalGroup {
    let counted = group.count();
    pb::IntervalGroup {
        measure: group.measure.number(),
        keys: group.keys.clone(),
        count: number(counted),
        left_out: number(group.intervals.len() - counted),
        days: group.days.as_ref().map(spread),
        working_days: group.working_days.as_ref().map(spread),
        intervals: group.intervals.iter().map(interval).collect(),
    }
}

/// What a measure means.
#[must_use]
pub fn interval_meaning(measure: IntervalMeasure) -> pb::IntervalMeaning {
    let unit = if measure.in_working_days() { PeriodUnit::WorkingDays } else { PeriodUnit::CalendarDays };
    pb::IntervalMeaning {
        measure: measure.number(),
        counts_from: measure.counts_from().to_owned(),
        counts_to: measure.counts_to().to_owned(),
        unit: unit.number(),
    }
}

fn spread(spread: &Spread) -> pb::IntervalSpread {
    // Half a day is the smallest part there is, and small numbers of them are exact.
    let halves = i32::try_from(spread.median_twice).unwrap_or(i32::MAX);
    pb::IntervalSpread {
        min: spread.min,
        median: f64::from(halves) / 2.0,
        max: spread.max,
        mode: spread.mode,
        mode_count: number(spread.mode_count),
    }
}

fn interval(ranked: &Ranked) -> pb::Interval {
    let interval = &ranked.measured.interval;
    let length = interval.length.ok();
    pb::Interval {
        authority: Some(authority_ref(&ranked.measured.authority)),
        domain: interval.domain.number(),
        begins: interval.begins.what.clone(),
        from_date: date(interval.begins.on),
        ends: interval.ends.what.clone(),
        to_date: date(interval.ends.on),
        inspection_kind: interval.kind.map_or(0, |kind| kind.number()),
        grade: interval.grade.map_or(0, |grade| grade.number()),
        days: length.map_or(0, |length| length.days),
        working_days: length.and_then(|length| length.working_days),
        rank: ranked.rank.unwrap_or(0),
        left_out_because: interval.length.err().map(|why| why.why().to_owned()).unwrap_or_default(),
        rests_on: texts(&interval.rests_on),
    }
}

fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
