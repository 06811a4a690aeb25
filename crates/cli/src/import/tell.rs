//! The report as text for people and as JSON lines for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::entry::Place;
use super::missing::HEADING;
use super::plan::Change;
use super::report::{Counts, Fate, Line, Report, word};
use super::workbook::{SheetRead, TableRead};

/// The report for people.
pub(crate) fn text(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _unfailing = write_text(report, &mut text);
    text
}

fn write_text(report: &Report, out: &mut String) -> std::fmt::Result {
    let release = &report.release;
    writeln!(out, "{}: {}, published {}", report.file, release.title, release.day)?;
    writeln!(out)?;
    for sheet in &report.sheets {
        write_sheet(report, sheet, out)?;
    }
    write_changes(report, true, "Corrections of what is on record", out)?;
    write_changes(
        report,
        false,
        "Contradictions that are not recorded, because what is on record is newer, or of the same day",
        out,
    )?;
    if !report.disagreements.is_empty() {
        writeln!(
            out,
            "\nRows of this release that disagree with each other ({})",
            report.disagreements.len()
        )?;
        for (authority, d) in &report.disagreements {
            writeln!(out, "  {authority}, {}, {}:", d.inspection, d.field)?;
            writeln!(out, "    {}, cell {} {:?} is believed", d.taken.0, d.taken.1, d.taken.2)?;
            writeln!(out, "    {}, cell {} {:?} is not", d.other.0, d.other.1, d.other.2)?;
        }
    }
    write_refused(report, out)?;
    write_list("Remarks", report.notes.iter().map(|(place, note)| format!("{place}: {note}")), out)?;
    let warnings = report
        .warnings
        .iter()
        .map(|(of, warning)| format!("{of}: {} ({})", warning.description, warning.reason));
    write_list("Recorded with a warning", warnings, out)?;
    write_summary(report, out)
}

/// Lines refused for one and the same cell, a heading, are told together.
fn write_refused(report: &Report, out: &mut String) -> std::fmt::Result {
    let refused: Vec<_> = report.lines.iter().filter(|line| !Report::problems(line).is_empty()).collect();
    if !refused.is_empty() {
        writeln!(out, "\nNot recorded ({})", refused.len())?;
    }
    let is_same = |one: &&Line, next: &&Line| {
        let problems = Report::problems(one);
        one.place.sheet == next.place.sheet
            && problems == Report::problems(next)
            && problems.iter().all(|problem| problem.field == HEADING)
    };
    for lines in refused.chunk_by(is_same) {
        match lines {
            [line] => writeln!(out, "  {}: {}, {}", line.place, line.authority, line.inspection)?,
            [first, .., last] => {
                let (sheet, from, to) = (&first.place.sheet, first.place.row, last.place.row);
                writeln!(out, "  sheet {sheet}, rows {from} to {to}: all {} of them", lines.len())?;
            }
            [] => {}
        }
        for problem in lines.first().into_iter().flat_map(|line| Report::problems(line)) {
            writeln!(out, "    {problem}")?;
        }
    }
    Ok(())
}

fn write_list(
    title: &str,
    lines: impl ExactSizeIterator<Item = String>,
    out: &mut String,
) -> std::fmt::Result {
    if lines.len() > 0 {
        writeln!(out, "\n{title} ({})", lines.len())?;
        for line in lines {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

fn write_sheet(report: &Report, sheet: &SheetRead, out: &mut String) -> std::fmt::Result {
    if let Some(why) = &sheet.not_read {
        return writeln!(out, "Sheet {}: not read: {why}", sheet.name);
    }
    let counts = report.rows(Some(&sheet.name));
    writeln!(out, "Sheet {}: {} rows: {}", sheet.name, counts.sum(), counted(&counts))?;
    for table in &sheet.tables {
        writeln!(
            out,
            "  table under row {}: {} columns, {} rows",
            table.heading_row, table.columns, table.rows
        )?;
        if table.refused {
            writeln!(
                out,
                "    refused as a whole: a column that it needs may be one that is not understood"
            )?;
        }
        for (cell, heading) in &table.unknown {
            writeln!(out, "    column not understood, not read: cell {cell} {heading:?}")?;
        }
        for (cell, heading) in &table.doubled {
            writeln!(out, "    column says what an earlier one says, not read: cell {cell} {heading:?}")?;
        }
        for (row, line) in &table.remarks {
            writeln!(out, "    row {row} is a line of text: {line:?}")?;
        }
    }
    Ok(())
}

fn counted(counts: &Counts) -> String {
    let named: Vec<String> =
        counts.named().into_iter().map(|(name, count)| format!("{count} {name}")).collect();
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}

fn places(places: &[Place]) -> String {
    places.iter().map(Place::to_string).collect::<Vec<_>>().join("; ")
}

fn write_changes(report: &Report, applied: bool, title: &str, out: &mut String) -> std::fmt::Result {
    let changes: Vec<&(String, Change)> =
        report.changes.iter().filter(|(_, change)| change.applied == applied).collect();
    if changes.is_empty() {
        return Ok(());
    }
    // One line for a difference that several events have.
    let mut told: Vec<&(String, Change)> = Vec::new();
    for one in changes {
        if !told.iter().any(|other| is_same_difference(other, one)) {
            told.push(one);
        }
    }
    writeln!(out, "\n{title} ({})", told.len())?;
    for (authority, change) in told {
        let old = if change.old.is_empty() { "nothing" } else { &change.old };
        writeln!(out, "  {authority}, {}, {}:", change.inspection, change.field)?;
        writeln!(out, "    {old:?}: {}", change.old_source)?;
        writeln!(
            out,
            "    {:?}: {} ({}), {}",
            change.new,
            report.release.title,
            report.release.day,
            places(&change.places)
        )?;
    }
    Ok(())
}

fn is_same_difference(one: &(String, Change), other: &(String, Change)) -> bool {
    let of = |(authority, change): &(String, Change)| {
        (
            authority.clone(),
            change.inspection.clone(),
            change.field.clone(),
            change.old.clone(),
            change.new.clone(),
        )
    };
    of(one) == of(other)
}

fn write_summary(report: &Report, out: &mut String) -> std::fmt::Result {
    let rows = report.rows(None);
    writeln!(out)?;
    writeln!(out, "{} rows: {}", rows.sum(), counted(&rows))?;
    writeln!(
        out,
        "{} inspections and visits, told by one row or by several: {} new",
        report.told_of, report.new_inspections
    )?;
    let done = if report.dry_run { "would be recorded (--dry-run: nothing was)" } else { "recorded" };
    let kinds: Vec<String> =
        report.events_by_kind.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
    writeln!(out, "{} events {done}{kinds}", report.events)?;
    if let Some(why) = &report.interrupted {
        writeln!(out, "Ended early: {why}")?;
        writeln!(
            out,
            "What was recorded stays. Import the same file again to finish: nothing is recorded twice."
        )?;
    }
    Ok(())
}

/// The report for programs: one JSON object a line, each with its "type"; the last is the summary.
pub(crate) fn json_lines(report: &Report) -> Vec<Value> {
    let release = &report.release;
    let mut lines = vec![json!({
        "type": "release", "file": report.file, "title": release.title, "releaseDate": release.day.to_string(),
        "sha256": release.sha256, "dryRun": report.dry_run,
    })];
    lines.extend(report.sheets.iter().map(|sheet| {
        json!({
            "type": "sheet", "sheet": sheet.name, "notRead": sheet.not_read,
            "rows": counts(&report.rows(Some(&sheet.name))),
            "tables": sheet.tables.iter().map(table).collect::<Vec<_>>(),
        })
    }));
    lines.extend(report.lines.iter().map(|line| {
        let problems: Vec<Value> = Report::problems(line)
            .iter()
            .map(|p| json!({"cell": p.cell, "value": p.value, "field": p.field, "what": p.what}))
            .collect();
        let why = if let Fate::Nothing(why) = &line.fate { Some(why) } else { None };
        json!({
            "type": "row", "sheet": line.place.sheet, "row": line.place.row, "authority": line.authority,
            "inspection": line.inspection, "outcome": word(&line.fate), "why": why, "problems": problems,
        })
    }));
    lines.extend(report.changes.iter().map(|(authority, change)| {
        json!({
            "type": if change.applied { "correction" } else { "contradiction" },
            "authority": authority, "inspection": change.inspection, "eventId": change.event_id, "field": change.field,
            "onRecord": change.old, "onRecordSource": change.old_source,
            "onRecordSourceDate": change.old_source_day.map(|day| day.to_string()),
            "release": change.new, "places": change.places.iter().map(place).collect::<Vec<_>>(),
        })
    }));
    lines.extend(report.disagreements.iter().map(|(authority, d)| {
        let told = |(at, cell, value): &(Place, String, String)| json!({"sheet": at.sheet, "row": at.row, "cell": cell, "value": value});
        json!({
            "type": "disagreement", "authority": authority, "inspection": d.inspection, "field": d.field,
            "believed": told(&d.taken), "other": told(&d.other),
        })
    }));
    lines.extend(
        report
            .notes
            .iter()
            .map(|(at, note)| json!({"type": "remark", "sheet": at.sheet, "row": at.row, "text": note})),
    );
    lines.extend(report.warnings.iter().map(|(of, warning)| {
        json!({"type": "warning", "of": of, "reason": warning.reason, "description": warning.description})
    }));
    lines.push(json!({
        "type": "summary", "rows": counts(&report.rows(None)), "tellings": counts(&report.inspections()),
        "inspections": report.told_of, "newInspections": report.new_inspections,
        "events": report.events, "eventsByKind": report.events_by_kind, "dryRun": report.dry_run, "interrupted": report.interrupted,
    }));
    lines
}

fn place(place: &Place) -> Value {
    json!({"sheet": place.sheet, "row": place.row})
}

fn counts(counts: &Counts) -> Value {
    json!({
        "all": counts.sum(), "new": counts.new, "known": counts.known, "corrected": counts.corrected,
        "contradicted": counts.contradicted, "refused": counts.refused, "unanswered": counts.unanswered,
        "nothing": counts.nothing,
    })
}

fn table(table: &TableRead) -> Value {
    let cells = |cells: &[(String, String)]| {
        cells.iter().map(|(cell, text)| json!({"cell": cell, "heading": text})).collect::<Vec<_>>()
    };
    json!({
        "headingRow": table.heading_row, "columns": table.columns, "rows": table.rows, "refused": table.refused,
        "notUnderstood": cells(&table.unknown), "doubled": cells(&table.doubled),
        "text": table.remarks.iter().map(|(row, text)| json!({"row": row, "text": text})).collect::<Vec<_>>(),
    })
}
