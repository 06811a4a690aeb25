//! Small sheets for tests, written as text: a line a row, "|" between cells, days as 2025-03-31.

use docket_api::pb;

use jiff::civil::{Date, date};

use super::entry::Entry;
use super::release::{Release, to_date};
use super::rows::read;
use super::sheet::{Row, Sheet, Value};
use super::tables::{Content, find};

/// A cell of text.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A cell: empty, a day, a number or text.
pub(crate) fn cell(written: &str) -> Value {
    let written = written.trim();
    if written.is_empty() {
        return Value::Empty;
    }
    if let Ok(day) = written.parse() {
        return Value::Date(day);
    }
    written.parse().map_or_else(|_| text(written), Value::Number)
}

/// A sheet; empty lines count as rows.
pub(crate) fn sheet(name: &str, written: &str) -> Sheet {
    let rows = (1..)
        .zip(written.lines())
        .map(|(number, line)| Row::new(number, line.split('|').map(cell).collect()))
        .filter(|row| row.filled().next().is_some())
        .collect();
    Sheet::new(name, rows)
}

/// An authority of the register, without bounds.
pub(crate) fn authority(id: &str, name: &str, gss: &str, aliases: &[&str]) -> pb::AuthorityEntry {
    pb::AuthorityEntry {
        authority: Some(pb::AuthorityRef {
            id: id.to_owned(),
            name: name.to_owned(),
            gss_code: gss.to_owned(),
            ..pb::AuthorityRef::default()
        }),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        ..pb::AuthorityEntry::default()
    }
}

/// The entries of sheets, each a name and its text; every row must be understood.
pub(crate) fn entries(sheets: &[(&str, &str)]) -> Vec<Entry> {
    let mut all = Vec::new();
    for (name, written) in sheets {
        let sheet = sheet(name, written);
        let Content::Tables(tables) = find(&sheet) else { panic!("no table in {name}") };
        for table in &tables {
            for row in &table.rows {
                let reading = read(table, row, date(2025, 9, 25));
                assert!(reading.refused.is_empty(), "{:?}", reading.refused);
                all.extend(reading.entries);
            }
        }
    }
    all
}

/// A source of a title and a day.
pub(crate) fn source(title: &str, day: Date) -> pb::Source {
    pb::Source { title: title.to_owned(), document_date: Some(to_date(day)), ..pb::Source::default() }
}

/// Events as kept, in one stream.
pub(crate) fn recorded(events: Vec<pb::Event>) -> Vec<pb::RecordedEvent> {
    (1..)
        .zip(events)
        .map(|(revision, event)| pb::RecordedEvent {
            event: Some(event),
            position: revision,
            revision,
            ..pb::RecordedEvent::default()
        })
        .collect()
}

/// A release of this day.
pub(crate) fn release(title: &str, day: Date) -> Release {
    Release { title: title.to_owned(), day, sha256: "0".repeat(64) }
}
