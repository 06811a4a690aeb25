//! Columns that a table needs and has not, beside headings that nobody understands: one of those may be the column, and reading
//! on would record half of every inspection.

use docket_api::pb::InspectionKind;

use super::cells;
use super::entry::{CARE_LEAVERS_FIRST_DAY, Problem, family, is_graded, judgement_kind};
use super::heading::{Field, Group, Judged, group_of, normalise};
use super::rows::{is_fact, kind_of};
use super::sheet::Value;
use super::tables::{Table, Unknown};

/// What a heading cell should be, as a problem says it.
pub(crate) const HEADING: &str = "heading";

const GRADES: [Judged; 8] = [
    Judged::Overall,
    Judged::Leaders,
    Judged::HelpAndProtection,
    Judged::InCare,
    Judged::CareLeavers,
    Judged::Adoption,
    Judged::Safeguarding,
    Judged::LookedAfter,
];

/// Why a table is refused as a whole: one problem for each column that it needs and that only a heading not understood may be.
/// Empty where it is not refused.
pub(crate) fn missing(table: &Table<'_>) -> Vec<Problem> {
    if table.unknown.is_empty() {
        return Vec::new();
    }
    let mut groups: Vec<Group> =
        table.columns.iter().filter(|c| is_fact(c.heading.field)).map(|c| c.heading.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let needed = groups.into_iter().flat_map(|group| {
        needed(table, group).into_iter().filter(move |&field| table.column(group, field).is_none()).map(
            move |field| {
                let may_be = |unknown: &&Unknown| may_be(table, unknown, group, field);
                (field, table.unknown.iter().filter(may_be).collect::<Vec<_>>())
            },
        )
    });
    needed.filter_map(|(field, candidates)| problem(field, &candidates)).collect()
}

fn problem(field: Field, candidates: &[&Unknown]) -> Option<Problem> {
    let (first, rest) = candidates.split_first()?;
    let (name, right) = name(field);
    let others: Vec<String> =
        rest.iter().map(|other| format!("cell {} {:?}", other.cell, other.heading)).collect();
    let others =
        if others.is_empty() { String::new() } else { format!(" (or {} may be)", others.join(", ")) };
    Some(Problem {
        cell: first.cell.clone(),
        value: first.heading.clone(),
        field: HEADING.to_owned(),
        what: format!(
            "is not understood and may be the column of the {name}{others}, which no other column tells: the whole table is refused, \
             so that nothing is recorded by halves; right would be a heading such as {right:?}"
        ),
    })
}

/// What a column tells, and a heading that says so.
fn name(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::FirstDay => ("inspection date", "Inspection date"),
        Field::Published => ("publication date", "Publication date"),
        Field::Kind => ("kind of inspection", "Inspection type"),
        Field::Grade(judged) => (judged.name(), heading_of(judged)),
        _ => ("column", ""),
    }
}

fn heading_of(judged: Judged) -> &'static str {
    match judged {
        Judged::Overall => "Overall effectiveness",
        Judged::Leaders => "Impact of leaders",
        Judged::HelpAndProtection => "Children who need help and protection",
        Judged::InCare => "Children in care",
        Judged::CareLeavers => "Care leavers",
        Judged::Adoption => "Adoption performance",
        Judged::Lscb => "LSCB overall effectiveness",
        Judged::Safeguarding => "Safeguarding overall effectiveness",
        Judged::LookedAfter => "Looked after children overall effectiveness",
    }
}

/// What the inspections of a group of columns are not whole without.
fn needed(table: &Table<'_>, group: Group) -> Vec<Field> {
    let kinds = match kind_of(group) {
        Some(kind) => vec![kind],
        None => kinds(table),
    };
    let mut fields = vec![Field::Published];
    if group == Group::Row {
        fields.extend([Field::FirstDay, Field::Kind]);
    }
    let separate = is_recent(table, group);
    let judged = GRADES.into_iter().filter(|&judged| {
        let fits = |kind: &InspectionKind| judgement_kind(*kind, judged, separate).is_some();
        kinds.iter().any(fits) && is_own(group, judged, &kinds)
    });
    fields.extend(judged.map(Field::Grade));
    fields
}

/// Some judgements were made apart from the others, or not in every inspection of the framework.
fn is_own(group: Group, judged: Judged, kinds: &[InspectionKind]) -> bool {
    match (group, judged) {
        (Group::SlacAgainSafeguarding, judged) => judged == Judged::Safeguarding,
        (Group::SlacAgainLookedAfter, judged) => judged == Judged::LookedAfter,
        (Group::Row, Judged::Adoption) => false,
        (Group::Row, Judged::CareLeavers) => kinds.iter().any(|kind| family(*kind) == "ilacs"),
        _ => true,
    }
}

/// The kinds of graded inspections in the rows; without a column that tells them it is ILACS.
fn kinds(table: &Table<'_>) -> Vec<InspectionKind> {
    let Some(column) = table.column(Group::Row, Field::Kind) else {
        return vec![InspectionKind::Ilacs];
    };
    let told = table.rows.iter().filter_map(|row| cells::kind(row.cell(column)).ok().flatten());
    let mut kinds: Vec<InspectionKind> = told.filter(|kind| is_graded(*kind)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Whether a row tells an inspection from the time when care leavers are judged on their own.
fn is_recent(table: &Table<'_>, group: Group) -> bool {
    let column = table.column(group, Field::FirstDay).or(table.column(group, Field::Published));
    column.is_some_and(|column| {
        let days = table.rows.iter().filter_map(|row| cells::day(row.cell(column)).ok().flatten());
        days.into_iter().any(|day| CARE_LEAVERS_FIRST_DAY <= day)
    })
}

/// Whether a column with a heading that is not understood may be this one: by whose it is, and by what stands in it.
fn may_be(table: &Table<'_>, unknown: &Unknown, group: Group, field: Field) -> bool {
    let whose = group_of(&normalise(&unknown.heading));
    if whose.is_some_and(|whose| whose != group) {
        return false;
    }
    let fits = |value: &Value| match field {
        Field::Grade(_) => !value.is_empty() && !matches!(cells::day(value), Ok(Some(_))),
        Field::Kind => matches!(cells::kind(value), Ok(Some(_))),
        _ => is_like_a_day(value),
    };
    table.rows.iter().any(|row| fits(row.cell(unknown.index)))
}

fn is_like_a_day(value: &Value) -> bool {
    match value {
        Value::Date(_) | Value::Number(_) => true,
        Value::Text(text) | Value::Other(text) => text.starts_with(|c: char| c.is_ascii_digit()),
        Value::Empty => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tables::{Content, find};
    use super::super::testing::sheet;
    use super::*;

    const HEADINGS: &str = "Local authority name | Inspection date | Publication date | Inspection type | Overall effectiveness | Impact of leaders | Children who need help and protection | Children in care | Care leavers | Region";
    const ROW: &str = "Hull | 2024-11-14 | 2025-01-13 | ILACS Standard Inspection | Good | Good | Good | Good | Good | North";

    fn problems(headings: &str, row: &str) -> Vec<String> {
        let sheet = sheet("S", &format!("{headings}\n{row}"));
        let Content::Tables(tables) = find(&sheet) else { panic!("no table under {headings}") };
        missing(&tables[0]).iter().map(Problem::to_string).collect()
    }

    #[test]
    fn each_needed_heading_that_is_renamed_refuses_the_table_and_is_named() {
        for (heading, expected, cell) in [
            ("Inspection date", "the inspection date,", "B1"),
            ("Publication date", "the publication date,", "C1"),
            ("Inspection type", "the kind of inspection,", "D1"),
            ("Overall effectiveness", "the overall effectiveness,", "E1"),
            ("Impact of leaders", "the leaders,", "F1"),
            ("Children who need help and protection", "the help and protection,", "G1"),
            ("Children in care", "the children in care,", "H1"),
            ("Care leavers", "the care leavers,", "I1"),
        ] {
            let found = problems(&HEADINGS.replace(heading, "Banana"), ROW);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with(&format!("cell {cell} \"Banana\" (heading)")), "{found:?}");
            assert!(found[0].contains(&format!("the column of {expected}")), "{found:?}");
        }
    }

    #[test]
    fn a_heading_more_or_a_column_less_refuses_nothing() {
        assert!(problems(HEADINGS, ROW).is_empty());
        assert!(problems(&HEADINGS.replace("Region", "Constituency"), ROW).is_empty());
        let without_leavers = HEADINGS.replace(" | Care leavers", "");
        assert!(problems(&without_leavers, &ROW.replacen("Good | ", "", 1)).is_empty());
    }

    #[test]
    fn what_the_framework_of_the_rows_does_not_judge_is_not_needed() {
        let headings = HEADINGS.replace("Care leavers", "Banana");
        assert!(problems(&headings, &ROW.replace("2024-11-14", "2022-11-14")).is_empty());
        let visits = "Hull | 2024-11-14 | 2025-01-13 | LA Monitoring visit | | | | | x | North";
        assert!(problems(&headings.replace("Children in care", "Apple"), visits).is_empty());
    }

    #[test]
    fn in_a_history_of_all_frameworks_each_group_needs_its_own_columns() {
        let headings = "Local authority name | SLAC re-inspection of Safeguarding publication date | SLAC re-inspection Safeguarding OE | First SIF publication date | First SIF overall banana | First SIF children who need help and protection | First SIF children looked after and achieving permanence | First SIF leadership, management and governance | First SIF CLA Sub: Adoption Performance | First SIF CLA Sub: Experiences and progress of care leavers";
        let row = "Hull | | | 2015-01-13 | Good | Good | Good | Good | Good | Good";
        let found = problems(headings, row);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("cell E1 \"First SIF overall banana\""), "{found:?}");
        assert!(problems(&headings.replace("banana", "judgement"), row).is_empty());
    }
}
