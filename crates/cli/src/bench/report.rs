//! The rows, for people and for programs.

use serde_json::json;

use super::row::{Row, Target, Unit};
use crate::exit::Failure;
use crate::output::Out;
use crate::render::table::{Tone, aside, cell, headed, text};
use crate::render::words::thousands;

/// Prints a row for programs as soon as it is there; people get a table at the end.
///
/// # Errors
/// If it cannot be printed.
pub(crate) fn line(out: &mut Out, name: &str, row: &Row) -> Result<(), Failure> {
    if !out.json() {
        return Ok(());
    }
    let target = match row.target {
        Target::None => json!(null),
        Target::Ratio(least) => json!({ "ratioAtLeast": least }),
        Target::AtLeast(least) => json!({ "atLeast": least }),
        Target::AtMost(most) => json!({ "atMost": most }),
    };
    let object = json!({
        "row": name,
        "work": row.work,
        "unit": unit(row.unit),
        "ours": row.ours,
        "limit": row.limit.as_ref().map(|limit| limit.figure),
        "limitIs": row.limit.as_ref().map(|limit| limit.what.as_str()),
        "ratio": row.limit.as_ref().map(|limit| limit.ratio),
        "target": target,
        "met": row.met(),
        "note": row.note,
    });
    out.line(&object.to_string())?;
    out.flush()
}

/// Prints all rows for people.
///
/// # Errors
/// If they cannot be printed.
pub(crate) fn table(out: &mut Out, rows: &[(String, Row)]) -> Result<(), Failure> {
    if out.json() {
        return Ok(());
    }
    let cells = rows.iter().map(|(name, row)| {
        let target = match row.target {
            Target::None => String::new(),
            Target::Ratio(least) => format!(">= {least} of it"),
            Target::AtLeast(least) => format!(">= {}", figure(least)),
            Target::AtMost(most) => format!("<= {}", figure(most)),
        };
        let met = match row.met() {
            None => aside(""),
            Some(true) => cell("met", Tone::Good),
            Some(false) => cell("not met", Tone::Bad),
        };
        let limit = row.limit.as_ref();
        vec![
            text(name.clone()),
            text(figure(row.ours)),
            text(limit.map_or(String::new(), |limit| figure(limit.figure))),
            text(unit(row.unit)),
            text(limit.map_or(String::new(), |limit| format!("{:.2}", limit.ratio))),
            text(target),
            met,
        ]
    });
    let style = out.style();
    let headings = ["row", "ours", "limit", "", "ratio", "target", ""];
    out.text(&headed(style, &headings, cells.collect()))?;
    for (name, row) in rows {
        out.line("")?;
        out.line(&format!("{name}: {}", row.work))?;
        if let Some(limit) = &row.limit {
            out.line(&format!("  limit: {}", limit.what))?;
        }
        if !row.note.is_empty() {
            out.line(&format!("  {}", row.note))?;
        }
    }
    Ok(())
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Events => "events/s",
        Unit::Calls => "calls/s",
        Unit::Seconds => "s",
        Unit::Megabytes => "MB",
        Unit::BytesPerEvent => "bytes/event",
    }
}

/// A figure with as many digits as mean something.
pub(crate) fn figure(figure: f64) -> String {
    if figure < 100.0 {
        return format!("{figure:.2}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a figure, rounded")]
    thousands(figure.round() as usize)
}
