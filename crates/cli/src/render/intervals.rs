//! How long things took.

use std::collections::BTreeMap;

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::status::ids;
use super::table::{Tone, aside, cell, headed, paragraph, text};
use super::words::{capital, thousands, wire_words, words};
use crate::when::Day;

/// The tables of an answer, one for each measure, with what it means.
pub(crate) fn intervals(style: Style, answer: &pb::GetIntervalsResponse, by: &[i32], each: bool) -> String {
    let mut page = String::new();
    for meaning in &answer.meanings {
        let groups: Vec<_> = answer.groups.iter().filter(|group| group.measure == meaning.measure).collect();
        let title = capital(&words::<pb::IntervalMeasure>(meaning.measure));
        let unit = words::<pb::PeriodUnit>(meaning.unit);
        let means = format!("In {unit}, from: {}; to: {}.", meaning.counts_from, meaning.counts_to);
        page.push_str(&format!("{}\n{}", style.bold(&title), paragraph(style, 0, &means)));
        let working = meaning.unit() == pb::PeriodUnit::WorkingDays;
        page.push_str(&spreads(style, &groups, by, working));
        if each {
            page.push('\n');
            page.push_str(&one_by_one(style, &groups, by, working));
        }
        page.push('\n');
    }
    if answer.groups.is_empty() {
        page.push_str("No interval.\n\n");
    }
    page
}

/// One line for each group.
fn spreads(style: Style, groups: &[&pb::IntervalGroup], by: &[i32], working: bool) -> String {
    let lines = groups.iter().map(|group| {
        let spread = if working { &group.working_days } else { &group.days };
        let mut cells: Vec<Cell> = keys(group).map(|key| cell(key, Tone::Strong)).collect();
        cells.push(text(thousands(group.count)));
        cells.extend(match spread {
            Some(spread) => numbers(spread),
            None => vec![text(""), text(""), text(""), text("")],
        });
        cells.push(aside(if group.left_out == 0 { String::new() } else { thousands(group.left_out) }));
        cells
    });
    let names = headings_of(by);
    let mut headings: Vec<&str> = names.iter().map(String::as_str).collect();
    headings.extend(["Counted", "Least", "Median", "Most", "Most often", "Left out"]);
    headed(style, &headings, lines.collect())
}

fn numbers(spread: &pb::IntervalSpread) -> Vec<Cell> {
    // Where nothing comes twice, nothing is the most common.
    let mode = if spread.mode_count < 2 {
        String::new()
    } else {
        format!("{} ({} times)", signed(spread.mode), spread.mode_count)
    };
    vec![text(signed(spread.min)), text(spread.median.to_string()), text(signed(spread.max)), text(mode)]
}

/// The headings of what the groups have in common.
fn headings_of(by: &[i32]) -> Vec<String> {
    by.iter().map(|by| capital(&words::<pb::IntervalGrouping>(*by))).collect()
}

/// Whether it groups by what stands in every line of its own accord.
fn is_authority(by: i32) -> bool {
    by == i32::from(pb::IntervalGrouping::Authority)
}

/// What a group has in common. Kinds and grades come by their names on the wire, the others as people write them.
fn keys(group: &pb::IntervalGroup) -> impl Iterator<Item = String> {
    group.keys.iter().map(|key| {
        let name = key.to_uppercase();
        let of_the_wire =
            ["INSPECTION_KIND_", "GRADE_"].into_iter().map(|prefix| format!("{prefix}{name}")).find(|name| {
                pb::InspectionKind::from_str_name(name).is_some() || pb::Grade::from_str_name(name).is_some()
            });
        of_the_wire.and_then(|name| wire_words(&name)).unwrap_or_else(|| key.clone())
    })
}

/// One line for each interval, the longest first; those that are left out by reason, and each only for those who ask why.
fn one_by_one(style: Style, groups: &[&pb::IntervalGroup], by: &[i32], working: bool) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for (group, interval) in
        groups.iter().flat_map(|group| group.intervals.iter().map(move |one| (group, one)))
    {
        let counted = interval.left_out_because.is_empty();
        if !counted {
            *reasons.entry(&interval.left_out_because).or_default() += 1;
        }
        if counted || style.why {
            let own = keys(group).zip(by).filter(|(_, by)| !is_authority(**by));
            let mut cells: Vec<Cell> = own.map(|(key, _)| text(key)).collect();
            cells.extend(row(style, interval, working));
            lines.push(cells);
        }
    }
    let others: Vec<i32> = by.iter().copied().filter(|by| !is_authority(*by)).collect();
    let names = headings_of(&others);
    let mut headings: Vec<&str> = names.iter().map(String::as_str).collect();
    headings.extend(["Rank", "Days", "Authority", "From", "", "To", ""]);
    if working {
        headings.push("In calendar days");
    }
    if style.why {
        headings.extend(["Rests on", "Left out because"]);
    }
    let mut block = if lines.is_empty() { String::new() } else { headed(style, &headings, lines) };
    for (reason, number) in reasons {
        block.push_str(&format!("{} left out: {reason}.\n", thousands(number)));
    }
    block
}

fn row(style: Style, interval: &pb::Interval, working: bool) -> Vec<Cell> {
    let counted = interval.left_out_because.is_empty();
    let days = match (counted, working) {
        (false, _) => String::new(),
        (true, false) => signed(interval.days),
        (true, true) => interval.working_days.map_or_else(|| "not known".to_owned(), signed),
    };
    let name = interval.authority.clone().unwrap_or_default().name;
    let mut cells = vec![
        text(if interval.rank == 0 { String::new() } else { interval.rank.to_string() }),
        text(days),
        cell(name, Tone::Strong),
        text(Day(interval.from_date.as_ref()).to_string()),
        aside(interval.begins.clone()),
        text(Day(interval.to_date.as_ref()).to_string()),
        aside(interval.ends.clone()),
    ];
    if working {
        cells.push(text(if counted { signed(interval.days) } else { String::new() }));
    }
    if style.why {
        cells.extend([aside(ids(style, &interval.rests_on)), aside(interval.left_out_because.clone())]);
    }
    cells
}

fn signed(days: i32) -> String {
    let sign = if days < 0 { "-" } else { "" };
    format!("{sign}{}", thousands(days.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::json;
    use expect_test::expect;

    /// By year and grade.
    const BY: &[i32] = &[3, 5];

    fn answer() -> pb::GetIntervalsResponse {
        json::from_str(
            r#"{
            "meanings": [{"measure": "INTERVAL_MEASURE_REPORT_TO_NOTICE", "countsFrom": "the report", "countsTo": "the notice",
                "unit": "PERIOD_UNIT_CALENDAR_DAYS"}],
            "groups": [{"measure": "INTERVAL_MEASURE_REPORT_TO_NOTICE", "keys": ["2012", "requires_improvement"], "count": 2, "leftOut": 1,
                "days": {"min": -9, "median": 594.5, "max": 1198, "mode": -9, "modeCount": 1},
                "intervals": [
                    {"authority": {"name": "Cumbria"}, "begins": "slac-1", "fromDate": {"year": 2012, "month": 5, "day": 29},
                        "ends": "notice-1", "toDate": {"year": 2015, "month": 9, "day": 9}, "days": 1198, "rank": 1},
                    {"authority": {"name": "Hull"}, "begins": "ilacs-1", "fromDate": {"year": 2022, "month": 8, "day": 14},
                        "ends": "notice-2", "toDate": {"year": 2022, "month": 8, "day": 5}, "days": -9, "rank": 2},
                    {"authority": {"name": "Devon"}, "ends": "notice-3", "toDate": {"year": 2014},
                        "leftOutBecause": "the day up to which it counts is not known to the day"}]}]
        }"#,
        )
        .unwrap()
    }

    #[test]
    fn a_measure_says_what_it_means_then_its_groups_then_each_and_what_is_left_out() {
        expect![[r#"
            Report to notice
            In calendar days, from: the report; to: the notice.
            Year  Grade                 Counted  Least  Median  Most   Most often  Left out
            2012  requires improvement  2        -9     594.5   1,198              1

            Year  Grade                 Rank  Days   Authority  From                  To
            2012  requires improvement  1     1,198  Cumbria    29 May 2012  slac-1   9 Sep 2015  notice-1
            2012  requires improvement  2     -9     Hull       14 Aug 2022  ilacs-1  5 Aug 2022  notice-2
            1 left out: the day up to which it counts is not known to the day.

        "#]]
        .assert_eq(&intervals(Style::plain(), &answer(), BY, true));
    }

    #[test]
    fn whoever_asks_why_sees_what_is_left_out() {
        let all = intervals(Style::plain().why(true), &answer(), BY, true);
        let left_out = all.lines().find(|line| line.contains("Devon")).unwrap();
        assert!(left_out.ends_with("the day up to which it counts is not known to the day"), "{left_out}");
    }
}
