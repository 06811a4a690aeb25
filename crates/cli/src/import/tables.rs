//! Tables in a sheet, found by their headings: neither sheet names, nor title rows, nor the order of columns can be relied on.

use std::collections::BTreeSet;

use super::heading::{Field, Group, Heading, OF_PROVIDERS, meaning, normalise};
use super::provider_rows::{self, ProviderTable};
use super::sheet::{Row, Sheet, address};

/// A heading row has at least this many columns that we understand.
const HEADINGS_MIN: usize = 3;

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Column A is 0.
    pub(crate) index: usize,
    /// What it tells.
    pub(crate) heading: Heading,
}

/// A column with a heading that we do not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// Column A is 0.
    pub(crate) index: usize,
    /// The cell of the heading.
    pub(crate) cell: String,
    /// What stands there.
    pub(crate) heading: String,
}

/// A table of authorities and their inspections.
#[derive(Debug, Clone)]
pub(crate) struct Table<'a> {
    /// The sheet it is in.
    pub(crate) sheet: &'a Sheet,
    /// The row of its headings, or of the last of them.
    pub(crate) heading_row: u32,
    /// The columns that we understand.
    pub(crate) columns: Vec<Column>,
    /// The others.
    pub(crate) unknown: Vec<Unknown>,
    /// Headings that say what another column of the table says already, with their cells.
    pub(crate) doubled: Vec<(String, String)>,
    /// The rows under it that have more than a line of text.
    pub(crate) rows: Vec<&'a Row>,
    /// Rows of one line of text under the headings: titles of the next table, notes.
    pub(crate) remarks: Vec<(u32, String)>,
}

impl Table<'_> {
    /// The column that tells this, if any.
    pub(crate) fn column(&self, group: Group, field: Field) -> Option<usize> {
        self.columns
            .iter()
            .find(|column| column.heading == Heading { group, field })
            .map(|column| column.index)
    }

    /// How much a table is believed where tables of one workbook disagree: the lower, the more. A history with dates of both
    /// inspection and publication comes before a list of the latest, that before a year's activity, that before the many
    /// frameworks in one row.
    pub(crate) fn rank(&self) -> u8 {
        let has = |field| self.column(Group::Row, field).is_some();
        if !has(Field::FirstDay) {
            3
        } else if has(Field::Theme) {
            2
        } else if has(Field::Kind) {
            0
        } else {
            1
        }
    }
}

/// What a sheet holds for us.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    /// Tables of authorities.
    Tables(Vec<Table<'a>>),
    /// A table of regulated providers.
    Providers(ProviderTable<'a>),
    /// No table of authorities.
    Nothing,
}

/// Finds the tables of a sheet.
pub(crate) fn find(sheet: &Sheet) -> Content<'_> {
    let mut tables: Vec<Table<'_>> = Vec::new();
    let mut rest = sheet.rows.as_slice();
    while let Some((row, mut after)) = rest.split_first() {
        if tables.is_empty()
            && is_of_providers(row)
            && let Some(table) = provider_rows::table(sheet, row, after)
        {
            return Content::Providers(table);
        }
        if may_be_headings(row, tables.last())
            && let Some(found) = headings(sheet, row, after.first())
        {
            after = after.get(found.rows_more..).unwrap_or_default();
            tables.push(found.table);
            rest = after;
            continue;
        }
        if let Some(table) = tables.last_mut() {
            add_row(table, row);
        }
        rest = after;
    }
    if tables.is_empty() { Content::Nothing } else { Content::Tables(tables) }
}

fn add_row<'a>(table: &mut Table<'a>, row: &'a Row) {
    let mut filled = row.filled();
    match (filled.next(), filled.next()) {
        (Some((column, value)), None)
            if value.text().is_some_and(|text| !is_identity(table, column) || is_title(text)) =>
        {
            table.remarks.push((row.number, value.to_string()));
        }
        _ => table.rows.push(row),
    }
}

/// Words that begin the title or the notes of a table, and no authority's name.
fn is_title(text: &str) -> bool {
    let words = normalise(text);
    ["table ", "note", "source", "this worksheet", "this table"].iter().any(|start| words.starts_with(start))
}

fn is_identity(table: &Table<'_>, column: usize) -> bool {
    [Field::Name, Field::Gss, Field::Urn, Field::DfeNumber]
        .iter()
        .any(|&field| table.column(Group::Row, field) == Some(column))
}

fn is_of_providers(row: &Row) -> bool {
    let words: Vec<String> = row.filled().filter_map(|(_, value)| value.text()).map(normalise).collect();
    words.len() >= HEADINGS_MIN && words.iter().any(|words| OF_PROVIDERS.contains(&words.as_str()))
}

/// Inside a table only a row that repeats the heading of its identity is looked at: the rest is data, and there may be much of it.
fn may_be_headings(row: &Row, table: Option<&Table<'_>>) -> bool {
    let Some(table) = table else {
        return true;
    };
    let mut first = row.filled().filter_map(|(column, value)| Some((column, value.text()?))).peekable();
    first.peek().is_some()
        && first.any(|(column, text)| {
            let found = meaning(&normalise(text)).map(|heading| heading.field);
            matches!(found, Some(Field::Name | Field::Gss | Field::Urn))
                || (is_identity(table, column) && found.is_some())
        })
}

struct Found<'a> {
    table: Table<'a>,
    /// Heading rows beside the first.
    rows_more: usize,
}

/// The headings in this row, or in this row and the next together, where those say more.
fn headings<'a>(sheet: &'a Sheet, row: &Row, next: Option<&Row>) -> Option<Found<'a>> {
    let alone = texts(row);
    let mut best = (count(&alone), alone, row.number, 0);
    if let Some(next) = next.filter(|next| next.filled().all(|(_, value)| value.text().is_some())) {
        let below = texts(next);
        let joined = join(row, next);
        let enough = count(&joined);
        if enough > best.0 && enough > count(&below) {
            best = (enough, joined, next.number, 1);
        }
    }
    let (_, texts, heading_row, rows_more) = best;
    let table = table_of(sheet, heading_row, texts);
    is_table(&table).then_some(Found { table, rows_more })
}

fn is_table(table: &Table<'_>) -> bool {
    let identified = [Field::Name, Field::Gss, Field::Urn, Field::DfeNumber]
        .iter()
        .any(|&field| table.column(Group::Row, field).is_some());
    let dated = table
        .columns
        .iter()
        .any(|column| matches!(column.heading.field, Field::FirstDay | Field::Published | Field::Grade(_)));
    identified && dated && table.columns.len() >= HEADINGS_MIN
}

fn texts(row: &Row) -> Vec<(usize, String)> {
    row.filled().filter_map(|(column, value)| Some((column, value.text()?.to_owned()))).collect()
}

/// Two rows of headings read downwards; a heading above spans the columns to its right until the next.
fn join(above: &Row, below: &Row) -> Vec<(usize, String)> {
    let above = texts(above);
    let below = texts(below);
    let last = above.iter().chain(&below).map(|(column, _)| *column).max().unwrap_or(0);
    let mut joined = Vec::new();
    let mut spanning = "";
    for column in 0..=last {
        let own_above = above.iter().find(|(at, _)| *at == column).map(|(_, text)| text.as_str());
        let own_below = below.iter().find(|(at, _)| *at == column).map(|(_, text)| text.as_str());
        spanning = own_above.unwrap_or(spanning);
        match (own_above, own_below) {
            (_, Some(text)) => joined.push((column, format!("{spanning} {text}"))),
            (Some(text), None) => joined.push((column, text.to_owned())),
            (None, None) => {}
        }
    }
    joined
}

/// How many different things the headings say.
fn count(texts: &[(usize, String)]) -> usize {
    texts.iter().filter_map(|(_, text)| meaning(&normalise(text))).collect::<BTreeSet<_>>().len()
}

fn table_of(sheet: &Sheet, heading_row: u32, texts: Vec<(usize, String)>) -> Table<'_> {
    let mut table = Table {
        sheet,
        heading_row,
        columns: Vec::new(),
        unknown: Vec::new(),
        doubled: Vec::new(),
        rows: Vec::new(),
        remarks: Vec::new(),
    };
    for (index, text) in texts {
        match meaning(&normalise(&text)) {
            None => {
                let cell = address(index, heading_row);
                table.unknown.push(Unknown { index, cell, heading: text });
            }
            Some(heading)
                if heading.field != Field::Known && table.columns.iter().any(|c| c.heading == heading) =>
            {
                table.doubled.push((address(index, heading_row), text));
            }
            Some(heading) => table.columns.push(Column { index, heading }),
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::heading::Judged;
    use super::super::testing::{sheet, text};
    use super::*;

    fn tables(sheet: &Sheet) -> Vec<Table<'_>> {
        match find(sheet) {
            Content::Tables(tables) => tables,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_table_is_found_under_its_titles_whatever_the_order_of_its_columns() {
        let sheet = sheet(
            "Tabelle1",
            "Local authority inspection judgements
             This worksheet contains one table.

             Overall effectiveness | Colour | Publication date | Local authority name
             Good | blue | 2025-01-01 | Hull",
        );
        let tables = tables(&sheet);
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].heading_row, 4);
        assert_eq!(tables[0].column(Group::Row, Field::Name), Some(3));
        assert_eq!(tables[0].column(Group::Row, Field::Grade(Judged::Overall)), Some(0));
        let unknown = &tables[0].unknown[0];
        assert_eq!((unknown.index, unknown.cell.as_str(), unknown.heading.as_str()), (1, "B4", "Colour"));
        assert_eq!(tables[0].rows.len(), 1);
    }

    #[test]
    fn stacked_tables_have_each_their_own_headings_and_a_blank_row_ends_none() {
        let sheet = sheet(
            "LA_inspections",
            "Local authority name | First SIF publication date | First SIF overall judgement
             York | 2017-02-07 | Good

             Leeds | 2015-03-27 | Good

             Table 11: authorities that no longer exist
             First SIF publication date | Local authority name | First SIF overall judgement
             2016-05-23 | Dorset | Good",
        );
        let tables = tables(&sheet);
        assert_eq!(tables.len(), 2);
        assert_eq!(tables[0].rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(tables[0].remarks, [(6, "Table 11: authorities that no longer exist".to_owned())]);
        assert_eq!(tables[1].column(Group::Row, Field::Name), Some(1));
        assert_eq!(tables[1].rows.len(), 1);
    }

    #[test]
    fn headings_over_two_rows_are_read_downwards() {
        let sheet = sheet(
            "Two",
            " | First SIF | | Second ILACS framework
             Local authority name | publication date | overall judgement | publication date | overall effectiveness
             York | 2017-02-07 | Good | 2025-04-15 | Outstanding",
        );
        let tables = tables(&sheet);
        assert_eq!(tables[0].heading_row, 2);
        assert_eq!(tables[0].column(Group::Sif, Field::Published), Some(1));
        assert_eq!(tables[0].column(Group::Ilacs(2), Field::Grade(Judged::Overall)), Some(4));
        assert_eq!(tables[0].rows.len(), 1);
    }

    #[test]
    fn providers_and_counts_are_told_from_authorities() {
        let providers = sheet(
            "Provider_level",
            "Web link | URN | Provision type | Local authority | Overall effectiveness
             x | SC1 | Children's home | Bolton | Good",
        );
        assert!(matches!(find(&providers), Content::Providers(table) if table.rows.len() == 1));
        let counts = sheet("Series", "Period as at | Outstanding | Good\n2023 | 4 | 5");
        assert!(matches!(find(&counts), Content::Nothing));
        assert_eq!(text("x"), super::super::sheet::Value::Text("x".to_owned()));
    }
}
