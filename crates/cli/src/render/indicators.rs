//! Indicators: what was measured, by whom it was published, and when.

use docket_api::pb;

use super::Style;
use super::status::{as_of, heading, ids};
use super::table::{Tone, aside, cell, headed, paragraph, rows, text};
use super::words::{capital, count, words};
use crate::when::Day;

/// The indicators of an authority.
pub(crate) fn indicators(style: Style, answer: &pb::GetIndicatorsResponse) -> String {
    let name = answer.authority.clone().unwrap_or_default().name;
    let mut block = format!("{}\n", style.bold(&name));
    let about = format!(
        "{}. Indicators stand beside the status and change nothing in it.",
        as_of(answer.as_of.as_ref())
    );
    block.push_str(&paragraph(style, 0, &about));
    block.push('\n');
    if answer.indicators.is_empty() {
        block.push_str("No indicator is recorded.\n");
        return block;
    }
    let lines = answer.indicators.iter().flat_map(|indicator| {
        indicator.values.iter().enumerate().map(move |(place, value)| {
            let what = if place == 0 { title(indicator) } else { String::new() };
            vec![
                cell(what, Tone::Strong),
                text(measured(indicator, value)),
                text(days(value)),
                text(Day(value.published_date.as_ref()).to_string()),
                text(sources(style, &value.sources)),
                aside(ids(style, &value.rests_on)),
            ]
        })
    });
    block.push_str(&headed(
        style,
        &["Indicator", "Value", "Of", "Published", "Source", "Id"],
        lines.collect(),
    ));
    block
}

/// The last value of each, for showing beneath a status.
pub(crate) fn beside(style: Style, answer: &pb::GetIndicatorsResponse) -> String {
    let each = answer.indicators.iter().filter_map(|indicator| {
        let value = indicator.values.first()?;
        let (what, of) = (title(indicator), days(value));
        let source = aside(sources(style, &value.sources));
        Some(vec![
            text(what),
            text(measured(indicator, value)),
            text(of),
            source,
            aside(ids(style, &value.rests_on)),
        ])
    });
    let summary = match answer.indicators.len() {
        0 => "no indicator is recorded".to_owned(),
        some => count(some, "indicator"),
    };
    heading(style, "Beside the status", &summary) + &rows(style, 2, each.collect())
}

fn title(indicator: &pb::Indicator) -> String {
    let kind = words::<pb::IndicatorKind>(indicator.kind);
    match (indicator.kind(), indicator.name.as_str()) {
        (_, "") => capital(&kind),
        (pb::IndicatorKind::Other, name) => capital(name),
        (_, name) => format!("{}: {name}", capital(&kind)),
    }
}

fn measured(indicator: &pb::Indicator, value: &pb::IndicatorValue) -> String {
    format!("{} {}", value.value, indicator.unit)
}

fn days(value: &pb::IndicatorValue) -> String {
    let last = Day(value.as_at_date.as_ref());
    match &value.period_first_date {
        Some(first) => format!("{} to {last}", Day(Some(first))),
        None => last.to_string(),
    }
}

fn sources(style: Style, sources: &[pb::Source]) -> String {
    let shown = sources.iter().take(if style.why { sources.len() } else { 1 });
    shown.map(|source| source.title.as_str()).collect::<Vec<_>>().join("; ")
}
