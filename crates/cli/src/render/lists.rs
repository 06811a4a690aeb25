//! The smaller answers: two statuses compared, the register, and what was recorded.

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::change;
use super::event::short_id;
use super::history::warning_words;
use super::provider::heading as provider_heading;
use super::status::as_of;
use super::table::{Tone, aside, cell, headed, rows, text};
use super::words::{count, words};
use crate::when::Day;

/// Two answers about one authority, and every field in which they differ.
pub(crate) fn authority_comparison(style: Style, answer: &pb::CompareStatusResponse) -> String {
    let [first, second] = [&answer.first, &answer.second].map(|status| status.clone().unwrap_or_default());
    let name = first.authority.unwrap_or_default().name;
    comparison(style, &name, [first.as_of, second.as_of], &answer.changes)
}

/// Two answers about one provider, and every field in which they differ.
pub(crate) fn provider_comparison(style: Style, answer: &pb::CompareProviderResponse) -> String {
    let [first, second] = [&answer.first, &answer.second].map(|status| status.clone().unwrap_or_default());
    let name = provider_heading(&first.provider.unwrap_or_default());
    comparison(style, &name, [first.as_of, second.as_of], &answer.changes)
}

fn comparison(
    style: Style,
    name: &str,
    [first, second]: [Option<pb::AsOf>; 2],
    changes: &[pb::FieldChange],
) -> String {
    let asked = [("first", first), ("second", second)];
    let asked = asked.map(|(which, question)| vec![text(which), text(as_of(question.as_ref()))]);
    let mut block = format!("{}\n{}\n", style.bold(name), rows(style, 2, asked.to_vec()));
    if changes.is_empty() {
        block.push_str("The two answers are the same.\n");
        return block;
    }
    block.push_str(&differences(style, ["First", "Second"], changes));
    block
}

/// The fields in which two answers differ.
fn differences(style: Style, [first, second]: [&str; 2], changes: &[pb::FieldChange]) -> String {
    let mut block = String::new();
    let (told, untold) = change::told(style, changes);
    let caused = told.iter().any(|change| !change.causes.is_empty());
    let line = |one| {
        let because = caused.then(|| change::because(one));
        change::cells(style, one).into_iter().chain(because).collect()
    };
    let lines = told.into_iter().map(line).collect::<Vec<_>>();
    if !lines.is_empty() {
        let headings: Vec<&str> =
            ["Field", first, second].into_iter().chain(caused.then_some("Because")).collect();
        block.push_str(&headed(style, &headings, lines));
        block.push('\n');
    }
    if untold > 0 {
        let more = count(untold, "more difference");
        block.push_str(&format!(
            "{more} in what the answers rest on, and in what follows (--why lists all)\n"
        ));
    }
    block
}

/// The answers that would change if the events of a request were recorded.
pub(crate) fn would_change(style: Style, answer: &pb::RecordResponse) -> String {
    let of_authorities = answer.status_changes.iter().map(|change| {
        let status = change.after.as_ref().or(change.before.as_ref()).cloned().unwrap_or_default();
        let note = match (&change.before, &change.after) {
            (None, _) => " (not in the register now)",
            (_, None) => " (would leave the register)",
            _ => "",
        };
        would(style, (&status.authority.unwrap_or_default().name, note), status.as_of, &change.changes)
    });
    let of_providers = answer.provider_changes.iter().map(|change| {
        let status = change.after.as_ref().or(change.before.as_ref()).cloned().unwrap_or_default();
        let note = if change.before.is_none() { " (not registered now)" } else { "" };
        let name = provider_heading(&status.provider.unwrap_or_default());
        would(style, (&name, note), status.as_of, &change.changes)
    });
    let told: String = of_authorities.chain(of_providers).collect();
    if told.is_empty() { "No answer would change.\n".to_owned() } else { told }
}

fn would(
    style: Style,
    (name, note): (&str, &str),
    asked: Option<pb::AsOf>,
    changes: &[pb::FieldChange],
) -> String {
    let differ = differences(style, ["Now", "Then"], changes);
    format!("\n{}{note}\n{}\n{differ}", style.bold(name), as_of(asked.as_ref()))
}

/// The register of authorities.
pub(crate) fn authorities(style: Style, entries: &[pb::AuthorityEntry]) -> String {
    let lines = entries.iter().map(|entry| {
        let authority = entry.authority.clone().unwrap_or_default();
        vec![
            cell(authority.name, Tone::Strong),
            text(authority.gss_code),
            text(authority.dfe_number),
            text(authority.ofsted_urn),
            text(words::<pb::AuthorityKind>(authority.kind)),
            text(authority.region),
            existence_cell(entry.existence.as_ref()),
            aside(authority.id),
        ]
    });
    let headings = ["Authority", "GSS", "DfE", "Ofsted URN", "Kind", "Region", "Exists", "Id"];
    headed(style, &headings, lines.collect())
}

fn existence_cell(existence: Option<&pb::Existence>) -> Cell {
    let existence = existence.cloned().unwrap_or_default();
    match existence.state() {
        pb::ExistenceState::Exists => text("yes"),
        pb::ExistenceState::NotYet => {
            cell(format!("from {}", Day(existence.from_date.as_ref())), Tone::Aside)
        }
        pb::ExistenceState::Closed => {
            cell(format!("until {}", Day(existence.closed_date.as_ref())), Tone::Aside)
        }
        pb::ExistenceState::Unspecified => cell("not known", Tone::Unsure),
    }
}

/// What a request recorded.
pub(crate) fn recorded(style: Style, answer: &pb::RecordResponse) -> String {
    let lines = answer.recorded.iter().map(|fact| {
        let place = if answer.validate_only {
            "would be recorded".to_owned()
        } else {
            format!("@{}, revision {}", fact.position, fact.revision)
        };
        vec![aside(short_id(&fact.event_id)), text(fact.stream.clone()), text(place)]
    });
    let mut block = rows(style, 0, lines.collect());
    let warnings = answer.recorded.iter().flat_map(|fact| {
        fact.warnings
            .iter()
            .map(|warning| vec![aside(short_id(&fact.event_id)), cell(warning_words(warning), Tone::Watch)])
    });
    block.push_str(&rows(style, 0, warnings.collect()));
    let events = count(answer.recorded.len(), "event");
    block.push_str(&match (answer.validate_only, answer.already_recorded) {
        (true, _) => format!("{events} would be accepted; nothing was recorded\n"),
        (false, true) => format!("{events}, all of them recorded before: nothing new\n"),
        (false, false) => format!("{events} recorded\n"),
    });
    block
}
