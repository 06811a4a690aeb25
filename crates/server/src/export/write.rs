//! Rows as text: comma-separated, or JSON Lines.

use docket_api::pb::{ColumnType, TableFormat};
use serde_json::Value;

use super::tables::{Column, Table};

/// A cell as JSON: the value at the column's place, as its type has it.
fn cell(row: &Value, column: &Column) -> Value {
    let (parent, name) = column.at.rsplit_once('.').unwrap_or(("", column.at));
    let names = parent.split('.').filter(|name| !name.is_empty());
    let parent = names.into_iter().try_fold(row, |value, name| value.get(name));
    let found = parent.and_then(|parent| parent.get(name));
    match (column.kind, found) {
        (ColumnType::Boolean, found) => found.cloned().unwrap_or(Value::Bool(false)),
        // Canonical JSON leaves a 0 out, and writes long integers as text.
        (ColumnType::Integer, None) if parent.is_some() && !column.may_be_none => Value::from(0),
        (ColumnType::Integer, Some(Value::String(text))) => {
            text.parse::<i64>().map_or(Value::Null, Value::from)
        }
        (ColumnType::Integer, Some(number)) => number.clone(),
        (ColumnType::Date, Some(found)) => day(found),
        (ColumnType::Texts, found) => found.cloned().unwrap_or_else(|| Value::Array(Vec::new())),
        (_, Some(Value::String(text))) if !text.is_empty() => Value::String(plain(text)),
        _ => Value::Null,
    }
}

/// A day, or the month or year that is known of it.
fn day(found: &Value) -> Value {
    let part = |name| found.get(name).and_then(Value::as_i64).unwrap_or_default();
    match (part("year"), part("month"), part("day")) {
        (0, ..) => Value::Null,
        (year, 0, _) => format!("{year:04}").into(),
        (year, month, 0) => format!("{year:04}-{month:02}").into(),
        (year, month, day) => format!("{year:04}-{month:02}-{day:02}").into(),
    }
}

/// A member of an enumeration by its own name: "requires_improvement" of GRADE_REQUIRES_IMPROVEMENT; other text as it is.
fn plain(text: &str) -> String {
    const PREFIXES: &[&str] = &[
        "APPOINTMENT_",
        "CONFIDENCE_",
        "ENDED_HOW_",
        "FRAMEWORK_",
        "GRADE_",
        "INSPECTION_KIND_",
        "INSTRUMENT_KIND_",
        "INTERVAL_MEASURE_",
        "JUDGEMENT_KIND_",
        "OBLIGATION_KIND_",
        "OBLIGATION_NATURE_",
        "OBLIGATION_STATE_",
        "PATHWAY_STATE_",
        "PERIOD_UNIT_",
        "SERVICE_DOMAIN_",
        "STANDING_",
    ];
    let stripped = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix));
    stripped.map_or_else(|| text.to_owned(), str::to_lowercase)
}

/// The text before the first row.
pub(crate) fn headings(table: &Table, format: TableFormat) -> Vec<u8> {
    match format {
        TableFormat::Csv => line(table.columns.iter().map(|column| column.name.to_owned())),
        _ => Vec::new(),
    }
}

/// A row with its end of line.
pub(crate) fn row(table: &Table, format: TableFormat, row: &Value) -> Vec<u8> {
    let cells = table.columns.iter().map(|column| (column, cell(row, column)));
    if format == TableFormat::Csv {
        return line(cells.map(|(_, cell)| match cell {
            Value::Null => String::new(),
            Value::String(text) => text,
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
            other => other.to_string(),
        }));
    }
    let fields: Vec<String> =
        cells.map(|(column, cell)| format!("{}:{cell}", Value::from(column.name))).collect();
    format!("{{{}}}\n", fields.join(",")).into_bytes()
}

fn line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory: neither of the two can fail.
    let _written = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}
