//! Events in order: as a list, and as a timeline of what each changed.

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::change;
use super::event::{Body, short_id};
use super::table::{Tone, aside, cell, headed, rows, text};
use super::words::words;
use crate::when::{Day, london_time};

/// Events as a table.
pub(crate) fn list(style: Style, events: &[pb::RecordedEvent]) -> String {
    let mut headings = vec!["@", "Happened", "Stream", "What", "About", "Id"];
    if with_record_time(style) {
        headings.push("Recorded");
    }
    headed(style, &headings, events.iter().map(|recorded| list_row(style, recorded)).collect())
}

/// A terminal that is narrower shows when an event was recorded only to those who ask why.
const WIDE_COLUMNS_MIN: u16 = 140;

fn with_record_time(style: Style) -> bool {
    style.why || style.width.is_none_or(|width| WIDE_COLUMNS_MIN <= width)
}

/// In place of what an event says, where the view asked does not show it.
const WITHHELD: &str = "withheld: not public on this day";

fn list_row(style: Style, recorded: &pb::RecordedEvent) -> Vec<Cell> {
    if let Some(withheld) = &recorded.withheld {
        let place = recorded.position.to_string();
        return vec![text(place), text(""), aside(withheld.category.clone()), cell(WITHHELD, Tone::Unsure)];
    }
    let event = recorded.event.clone().unwrap_or_default();
    let body = Body::of(&event);
    let id = if style.why { event.event_id.clone() } else { short_id(&event.event_id).to_owned() };
    let mut cells = vec![
        text(recorded.position.to_string()),
        text(Day(event.happened_on.as_ref()).to_string()),
        text(event.stream.clone()),
        cell(body.title(), Tone::Strong),
        text(body.gist()),
        aside(id),
    ];
    if with_record_time(style) {
        cells.push(aside(london_time(recorded.record_time.as_ref())));
    }
    cells
}

/// One event in a line, for what arrives while one looks on.
pub(crate) fn line(style: Style, recorded: &pb::RecordedEvent) -> String {
    if let Some(withheld) = &recorded.withheld {
        return format!("@{}  {}  {WITHHELD}", recorded.position, withheld.category);
    }
    let event = recorded.event.clone().unwrap_or_default();
    let body = Body::of(&event);
    format!(
        "@{}  {}  {}  {}: {}  {}",
        recorded.position,
        Day(event.happened_on.as_ref()),
        event.stream,
        style.bold(&body.title()),
        body.gist(),
        style.dim(short_id(&event.event_id)),
    )
}

/// One step of a replay: the event, what it changed, and why.
pub(crate) fn step(style: Style, step: &pb::ReplayCaseResponse) -> String {
    let recorded = step.event.clone().unwrap_or_default();
    if recorded.withheld.is_some() {
        return format!("\n{}  {}\n", style.bold(WITHHELD), style.dim(&format!("@{}", recorded.position)));
    }
    let event = recorded.event.clone().unwrap_or_default();
    let body = Body::of(&event);
    let id = if style.why { event.event_id.clone() } else { short_id(&event.event_id).to_owned() };
    let mut block = format!(
        "\n{}  {}\n",
        style.bold(&format!("{}  {}", Day(event.happened_on.as_ref()), body.title())),
        style.dim(&format!(
            "@{} {id}, recorded {}",
            recorded.position,
            london_time(recorded.record_time.as_ref())
        )),
    );
    let mut lines = Vec::new();
    if !body.gist().is_empty() {
        lines.push(vec![text(body.gist())]);
    }
    if style.why {
        lines.extend(sources(&event).into_iter().map(|source| vec![aside(source)]));
    }
    lines.extend(recorded.warnings.iter().map(|warning| vec![cell(warning_words(warning), Tone::Watch)]));
    if !step.superseded_by.is_empty() {
        let by = if style.why { step.superseded_by.as_str() } else { short_id(&step.superseded_by) };
        lines.push(vec![cell(
            format!("counts no more as it stands: voided, merged or corrected by {by}"),
            Tone::Unsure,
        )]);
    }
    block.push_str(&rows(style, 2, lines));
    let (told, untold) = change::told(style, &step.changes);
    let changes = told.into_iter().map(|one| change_row(style, one)).collect::<Vec<_>>();
    if changes.is_empty() && untold > 0 {
        block.push_str("    changes only what the answer rests on\n");
    }
    block.push_str(&rows(style, 4, changes));
    block.push_str(&rows(
        style,
        4,
        step.rules.iter().map(|rule| vec![aside(format!("by {rule}"))]).collect(),
    ));
    block
}

fn change_row(style: Style, change: &pb::FieldChange) -> Vec<Cell> {
    let to = change::words(style, &change.to_value);
    let what = if change.from_value.is_empty() {
        to
    } else {
        format!("{} → {to}", change::words(style, &change.from_value))
    };
    vec![text(change.field.clone()), text(what)]
}

/// Where an event was read.
fn sources(event: &pb::Event) -> Vec<String> {
    let words_of = |source: &pb::Source| {
        let mut text = format!("source: {}", source.title);
        for part in [&source.place, &source.url] {
            if !part.is_empty() {
                text.push_str(&format!(", {part}"));
            }
        }
        text
    };
    let mut lines: Vec<_> = event.sources.iter().map(words_of).collect();
    if event.confidence() != pb::Confidence::Unspecified {
        lines.push(format!("confidence: {}", words::<pb::Confidence>(event.confidence)));
    }
    if !event.note.is_empty() {
        lines.push(format!("note: {}", event.note));
    }
    lines
}

/// A warning in a line.
pub(crate) fn warning_words(warning: &pb::Warning) -> String {
    format!("unusual: {} ({})", warning.description, warning.reason)
}
