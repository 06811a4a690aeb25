//! A whole workbook understood: every sheet read or not read for a stated reason, every row as inspections or as a refusal.

use super::entry::{Entry, Place, Problem};
use super::missing::missing;
use super::provider_rows::ProviderTable;
use super::release::Release;
use super::rows;
use super::sheet::Sheet;
use super::tables::{Content, Table, find};

/// What was made of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableRead {
    /// The row of its headings.
    pub(crate) heading_row: u32,
    /// Columns understood.
    pub(crate) columns: usize,
    /// Rows under the headings.
    pub(crate) rows: usize,
    /// Columns not understood: cell and heading.
    pub(crate) unknown: Vec<(String, String)>,
    /// Columns that say again what another says: cell and heading.
    pub(crate) doubled: Vec<(String, String)>,
    /// Whether all of it is refused, for a column that it needs.
    pub(crate) refused: bool,
    /// Lines of text under the headings that are no rows.
    pub(crate) remarks: Vec<(u32, String)>,
}

/// What was made of one sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SheetRead {
    /// Its name.
    pub(crate) name: String,
    /// Its tables of authorities.
    pub(crate) tables: Vec<TableRead>,
    /// Why none of it was read.
    pub(crate) not_read: Option<String>,
}

/// An inspection, or a whole row, that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusedRow {
    /// The row.
    pub(crate) place: Place,
    /// Whose, as the row says.
    pub(crate) authority: String,
    /// Which inspection of it: "single inspection".
    pub(crate) what: String,
    /// Why.
    pub(crate) problems: Vec<Problem>,
}

/// A workbook understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Workbook {
    /// Every sheet, in order.
    pub(crate) sheets: Vec<SheetRead>,
    /// Every row under headings, in order.
    pub(crate) rows: Vec<Place>,
    /// The inspections that the rows tell.
    pub(crate) entries: Vec<Entry>,
    /// What could not be read.
    pub(crate) refused: Vec<RefusedRow>,
    /// Cells that say that there is nothing.
    pub(crate) notes: Vec<(Place, String)>,
}

/// Understands a workbook of a release.
pub(crate) fn understand(sheets: &[Sheet], release: &Release) -> Workbook {
    let mut workbook = Workbook::default();
    for sheet in sheets {
        let (tables, not_read) = match find(sheet) {
            Content::Tables(tables) => {
                for table in &tables {
                    read_table(&mut workbook, table, release);
                }
                (tables.into_iter().map(told).collect(), None)
            }
            Content::Providers(table) => (vec![read_providers(&mut workbook, &table, release)], None),
            Content::Nothing => (Vec::new(), Some(nothing(sheet))),
        };
        workbook.sheets.push(SheetRead { name: sheet.name.clone(), tables, not_read });
    }
    workbook
}

fn read_providers(workbook: &mut Workbook, table: &ProviderTable<'_>, release: &Release) -> TableRead {
    for row in table.rows {
        let reading = table.read(row, release.day);
        workbook.rows.push(reading.place.clone());
        workbook.notes.extend(reading.notes.into_iter().map(|note| (reading.place.clone(), note)));
        match reading.told {
            Ok(entry) => workbook.entries.push(entry),
            Err(problems) => workbook.refused.push(RefusedRow {
                place: reading.place,
                authority: reading.urn,
                what: "row".to_owned(),
                problems,
            }),
        }
    }
    TableRead {
        heading_row: table.heading_row,
        columns: table.columns(),
        rows: table.rows.len(),
        unknown: table.unknown.clone(),
        doubled: Vec::new(),
        refused: false,
        remarks: Vec::new(),
    }
}

fn nothing(sheet: &Sheet) -> String {
    if sheet.rows.is_empty() {
        return "it is empty".to_owned();
    }
    "no row of headings names an authority, and a date or a grade of an inspection".to_owned()
}

fn told(table: Table<'_>) -> TableRead {
    TableRead {
        refused: !missing(&table).is_empty(),
        heading_row: table.heading_row,
        columns: table.columns.len(),
        rows: table.rows.len(),
        unknown: table.unknown.into_iter().map(|unknown| (unknown.cell, unknown.heading)).collect(),
        doubled: table.doubled,
        remarks: table.remarks,
    }
}

fn read_table(workbook: &mut Workbook, table: &Table<'_>, release: &Release) {
    let missing = missing(table);
    if !missing.is_empty() {
        for row in &table.rows {
            let place = Place { sheet: table.sheet.name.clone(), row: row.number };
            workbook.rows.push(place.clone());
            let authority = rows::names(table, row).to_string();
            let problems = missing.clone();
            workbook.refused.push(RefusedRow { place, authority, what: "row".to_owned(), problems });
        }
        return;
    }
    for row in &table.rows {
        let reading = rows::read(table, row, release.day);
        workbook.rows.push(reading.place.clone());
        workbook.entries.extend(reading.entries);
        workbook.notes.extend(reading.notes.into_iter().map(|note| (reading.place.clone(), note)));
        workbook.refused.extend(reading.refused.into_iter().map(|(what, problems)| RefusedRow {
            place: reading.place.clone(),
            authority: reading.names.to_string(),
            what,
            problems,
        }));
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::testing::{release, sheet};
    use super::*;

    #[test]
    fn every_sheet_is_read_or_says_why_not_and_every_row_is_accounted_for() {
        let sheets = [
            sheet("Cover", "A title\nPublished on: | 2025-09-25"),
            sheet(
                "Providers",
                "URN | Provision type | Local authority\nSC012345 | Children's home | Hull\nSC012346 | Home | Hull",
            ),
            sheet(
                "History",
                "Local authority name | Inspection date | Colour | Overall effectiveness | Impact of leaders | Children who need help and protection | Children in care\nHull | 2022-11-14 | red | Good | Good | Good | Good\nYork | soon | | Good",
            ),
        ];
        let workbook = understand(&sheets, &release("R", date(2025, 9, 25)));
        assert!(workbook.sheets[0].not_read.as_ref().unwrap().contains("no row of headings"));
        assert_eq!((workbook.sheets[1].tables[0].rows, workbook.sheets[1].tables[0].columns), (2, 3));
        assert_eq!(workbook.sheets[2].tables[0].unknown, [("C1".to_owned(), "Colour".to_owned())]);
        assert_eq!((workbook.rows.len(), workbook.entries.len(), workbook.refused.len()), (4, 2, 2));
        assert!(workbook.refused[0].problems[0].to_string().contains("cell B3 \"Home\" (provision type)"));
        assert!(workbook.refused[1].problems[0].to_string().contains("cell B3 \"soon\""));
    }
}
