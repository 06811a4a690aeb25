//! Why a field of an answer is as it is: the steps, one under the other, and the events at the end.

use docket_api::pb;

use super::Style;
use super::change;
use super::event::short_id;
use super::status::as_of;
use super::table::{Tone, aside, cell, headed, rows, text};
use super::words::{capital, field_words};
use crate::when::Day;

/// An explanation of an answer about a provider.
pub(crate) fn provider_explanation(style: Style, answer: pb::ExplainProviderResponse) -> String {
    let provider = answer.provider.unwrap_or_default();
    let name = super::provider::heading(&provider);
    let pb::ExplainProviderResponse { as_of, fields, steps, events, .. } = answer;
    explanation(style, &name, &pb::ExplainStatusResponse { authority: None, as_of, fields, steps, events })
}

/// An explanation of an answer about whoever is named.
pub(crate) fn explanation(style: Style, name: &str, answer: &pb::ExplainStatusResponse) -> String {
    let mut block = format!("{}, {}\n", style.bold(name), as_of(answer.as_of.as_ref()));
    if answer.steps.is_empty() {
        let fields = answer.fields.iter().map(|one| one.field.as_str()).collect::<Vec<_>>().join(", ");
        block.push_str(&format!("\n{}  nothing on this day\n", style.bold(&fields)));
    }
    for one in &answer.steps {
        block.push_str(&step(style, one));
    }
    if !answer.events.is_empty() {
        block.push_str(&format!("\n{}\n", style.bold("Events")));
        block.push_str(&events(style, &answer.events));
    }
    block
}

fn step(style: Style, step: &pb::ExplainedStep) -> String {
    let value = change::words(style, &step.value);
    let mut block = format!("\n{}  {value}\n", style.bold(&step.field));
    let ids = |ids: &[String]| -> String {
        let ids: Vec<&str> =
            ids.iter().map(|id| if style.why { id.as_str() } else { short_id(id) }).collect();
        ids.join(" ")
    };
    let mut lines = vec![vec![text("because"), text(step.because.clone())]];
    for rule in &step.rules {
        let rule = if rule.source.is_empty() {
            rule.text.clone()
        } else {
            format!("{} — {}", rule.text, rule.source)
        };
        lines.push(vec![aside("by"), aside(rule)]);
    }
    for holiday in &step.holidays {
        let day = format!("{} {}", Day(holiday.date.as_ref()), ids(&holiday.event_ids));
        lines.push(vec![aside("not counting"), aside(day)]);
    }
    if !step.event_ids.is_empty() {
        lines.push(vec![aside("rests on"), aside(ids(&step.event_ids))]);
    }
    if !step.follows_from.is_empty() {
        lines.push(vec![aside("follows from"), aside(step.follows_from.join(", "))]);
    }
    lines.extend(step.otherwise.iter().map(|line| vec![cell("otherwise", Tone::Watch), text(line.clone())]));
    block.push_str(&rows(style, 2, lines));
    block
}

/// The events that the steps name.
fn events(style: Style, events: &[pb::ExplainedEvent]) -> String {
    let source = |source: &pb::Source| {
        let parts = [&source.title, &source.place, &source.url];
        let shown = parts.into_iter().filter(|part| !part.is_empty()).take(if style.why { 3 } else { 1 });
        shown.cloned().collect::<Vec<_>>().join(", ")
    };
    let line = |event: &pb::ExplainedEvent| {
        let id = if style.why { event.event_id.as_str() } else { short_id(&event.event_id) };
        vec![
            text(event.position.to_string()),
            text(Day(event.happened_on.as_ref()).to_string()),
            cell(capital(&field_words(&event.kind)), Tone::Strong),
            text(event.sources.iter().map(source).collect::<Vec<_>>().join("; ")),
            aside(id),
        ]
    };
    headed(style, &["@", "Happened", "What", "Source", "Id"], events.iter().map(line).collect())
}
