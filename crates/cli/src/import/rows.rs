//! A row of a table as entries: every inspection in it, or the problem that kept it out. An inspection is read whole or not at all.

use docket_api::pb::{Grade, InspectionKind};
use jiff::civil::Date;

use super::cells::{self, Graded, Misread};
use super::entry::{
    CARE_LEAVERS_FIRST_DAY, Entry, ILACS_FIRST_DAY, Names, Place, Problem, Stated, StatedGrade, family,
    has_adequate, is_graded, judgement_kind, kind_name,
};
use super::heading::{Field, Group, Judged};
use super::sheet::{Row, address};
use super::tables::Table;

/// What was read in one row.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The row.
    pub(crate) place: Place,
    /// Whose it says it is.
    pub(crate) names: Names,
    /// The inspections and visits in it.
    pub(crate) entries: Vec<Entry>,
    /// Those that could not be read: what they are, and why.
    pub(crate) refused: Vec<(String, Vec<Problem>)>,
    /// Cells that say that there is nothing, in words for the report.
    pub(crate) notes: Vec<String>,
}

/// Reads one row of a table of a release published on `released`.
pub(crate) fn read(table: &Table<'_>, row: &Row, released: Date) -> Reading {
    let place = Place { sheet: table.sheet.name.clone(), row: row.number };
    let names = names(table, row);
    let mut reading =
        Reading { place, names: names.clone(), entries: Vec::new(), refused: Vec::new(), notes: Vec::new() };
    if names == Names::default() {
        let value = row.filled().map(|(_, value)| value.to_string()).collect::<Vec<_>>().join(" | ");
        let what = "the row names no authority; right would be a name or a code".to_owned();
        let problem = Problem { cell: String::new(), value, field: "local authority".to_owned(), what };
        reading.refused.push(("row".to_owned(), vec![problem]));
        return reading;
    }
    let mut groups: Vec<Group> =
        table.columns.iter().filter(|c| is_fact(c.heading.field)).map(|c| c.heading.group).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        let mut reader = Reader { table, row, group, problems: Vec::new(), notes: Vec::new() };
        let entry = reader.entry(&names, &reading.place, released);
        reading.notes.append(&mut reader.notes);
        if !reader.problems.is_empty() {
            reading.refused.push((reader.group_name(), reader.problems));
        } else if let Some(entry) = entry {
            reading.entries.push(entry);
        }
    }
    if reading.entries.is_empty() && reading.refused.is_empty() && reading.notes.is_empty() {
        reading.notes.push(format!("{names}: no inspection in this row"));
    }
    reading
}

/// Whether a column tells something of an inspection, not of the authority.
pub(crate) fn is_fact(field: Field) -> bool {
    matches!(
        field,
        Field::FirstDay | Field::LastDay | Field::Published | Field::Kind | Field::Theme | Field::Grade(_)
    )
}

/// What a row says of whose it is.
pub(crate) fn names(table: &Table<'_>, row: &Row) -> Names {
    let of = |field| {
        let value = row.cell(table.column(Group::Row, field)?);
        (!value.is_empty()).then(|| value.to_string())
    };
    let page_number = table
        .column(Group::Row, Field::Link)
        .and_then(|column| table.sheet.link(row.number, column))
        .and_then(|url| url.trim_end_matches('/').rsplit('/').next())
        .filter(|last| last.len() >= 3 && last.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned);
    let names = Names {
        gss: of(Field::Gss),
        urn: of(Field::Urn),
        dfe_number: of(Field::DfeNumber),
        name: of(Field::Name),
        page_number,
    };
    // A link alone names nobody: a row of which only the link is left is a mistake.
    if names.to_string().is_empty() { Names::default() } else { names }
}

/// The kind that the headings alone say.
pub(crate) fn kind_of(group: Group) -> Option<InspectionKind> {
    Some(match group {
        Group::Row => return None,
        Group::Slac | Group::SlacAgainSafeguarding | Group::SlacAgainLookedAfter => InspectionKind::Slac,
        Group::ChildProtection | Group::ChildProtectionAgain => InspectionKind::ChildProtection,
        Group::TargetedLookedAfter => InspectionKind::TargetedLookedAfter,
        Group::Sif => InspectionKind::Sif,
        Group::SifAgain => InspectionKind::SifReinspection,
        Group::Ilacs(_) => InspectionKind::Ilacs,
    })
}

/// Reads the inspection of one group of columns.
struct Reader<'a> {
    table: &'a Table<'a>,
    row: &'a Row,
    group: Group,
    problems: Vec<Problem>,
    notes: Vec<String>,
}

impl Reader<'_> {
    fn group_name(&self) -> String {
        kind_of(self.group).map_or_else(|| "inspection".to_owned(), |kind| kind_name(kind).to_owned())
    }

    fn column(&self, field: Field) -> Option<usize> {
        self.table.column(self.group, field)
    }

    fn address(&self, column: usize) -> String {
        address(column, self.row.number)
    }

    fn problem(&mut self, column: Option<usize>, field: &str, what: impl Into<String>) {
        let cell = column.map(|column| self.address(column)).unwrap_or_default();
        let value = column.map(|column| self.row.cell(column).to_string()).unwrap_or_default();
        self.problems.push(Problem { cell, value, field: field.to_owned(), what: what.into() });
    }

    fn misread(&mut self, column: usize, field: &str, why: &Misread) {
        self.problem(Some(column), field, why.to_string());
    }

    fn day(&mut self, field: Field, name: &str) -> Option<Stated<Date>> {
        let column = self.column(field)?;
        match cells::day(self.row.cell(column)) {
            Ok(day) => day.map(|value| Stated { value, cell: self.address(column) }),
            Err(why) => {
                self.misread(column, name, &why);
                None
            }
        }
    }

    fn entry(&mut self, names: &Names, place: &Place, released: Date) -> Option<Entry> {
        let first = self.day(Field::FirstDay, "first day of the inspection");
        let last = self.day(Field::LastDay, "last day of the inspection");
        let published = self.day(Field::Published, "publication date");
        let (kind, kind_cell) = self.kind(first.as_ref())?;
        let grades = self.grades(kind, first.as_ref())?;
        let theme = self.theme();
        let nothing = first.is_none() && published.is_none() && grades.is_empty() && theme.is_none();
        if nothing && kind_cell.is_empty() && self.problems.is_empty() {
            return None;
        }
        let entry = Entry {
            provider: None,
            place: place.clone(),
            rank: self.table.rank(),
            names: names.clone(),
            kind,
            kind_cell,
            theme,
            first,
            last,
            published,
            grades,
        };
        self.check(&entry, released);
        self.problems.is_empty().then_some(entry)
    }

    fn theme(&self) -> Option<Stated<String>> {
        let column = self.column(Field::Theme)?;
        let value = self.row.cell(column);
        (!value.is_empty() && value.to_string() != "-")
            .then(|| Stated { value: value.to_string(), cell: self.address(column) })
    }

    /// The kind of the inspection, or `None` with the problem noted; also where the columns of the group are empty.
    fn kind(&mut self, first: Option<&Stated<Date>>) -> Option<(InspectionKind, String)> {
        if let Some(column) = self.column(Field::Kind) {
            match cells::kind(self.row.cell(column)) {
                Ok(Some(kind)) => return Some((kind, self.address(column))),
                Err(why) => {
                    self.misread(column, "kind of inspection", &why);
                    return None;
                }
                Ok(None) if self.is_blank() => return None,
                Ok(None) if self.group == Group::Row => {
                    self.problem(
                        Some(column),
                        "kind of inspection",
                        "is empty; right would be ILACS Standard Inspection and the like",
                    );
                    return None;
                }
                Ok(None) => {}
            }
        }
        if let Some(kind) = kind_of(self.group) {
            return Some((kind, String::new()));
        }
        if first.is_some_and(|first| first.value < ILACS_FIRST_DAY) {
            let column = self.column(Field::FirstDay);
            self.problem(column, "first day of the inspection", format!("is before {ILACS_FIRST_DAY}, the first of ILACS, whose judgements these columns hold, and the table has no column for the kind of inspection"));
            return None;
        }
        Some((InspectionKind::Ilacs, String::new()))
    }

    fn is_blank(&self) -> bool {
        self.table
            .columns
            .iter()
            .filter(|column| column.heading.group == self.group && is_fact(column.heading.field))
            .all(|column| self.row.cell(column.index).is_empty())
    }

    /// The grades; `None` where the row says that there has been no inspection.
    fn grades(&mut self, kind: InspectionKind, first: Option<&Stated<Date>>) -> Option<Vec<StatedGrade>> {
        let columns: Vec<(usize, Judged)> = self
            .table
            .columns
            .iter()
            .filter(|column| column.heading.group == self.group)
            .filter_map(|column| match column.heading.field {
                Field::Grade(judged) => Some((column.index, judged)),
                _ => None,
            })
            .collect();
        let mut grades = Vec::new();
        for (column, judged) in columns {
            let value = self.row.cell(column);
            match cells::grade(value) {
                Ok(Graded::Blank) => {}
                Ok(Graded::None) => {
                    let cell = self.address(column);
                    self.notes.push(format!(
                        "cell {cell} {:?}: no grade for {}, none is recorded",
                        value.to_string(),
                        judged.name()
                    ));
                }
                Ok(Graded::NoInspection) => {
                    let cell = self.address(column);
                    self.notes.push(format!(
                        "cell {cell} {:?}: there is no inspection to record",
                        value.to_string()
                    ));
                    return None;
                }
                Ok(Graded::Grade(grade)) => {
                    if let Some(grade) = self.fitting(column, kind, judged, grade, first) {
                        grades.push(StatedGrade {
                            judged,
                            grade,
                            raw: value.to_string(),
                            cell: self.address(column),
                        });
                    }
                }
                Err(why) => self.misread(column, judged.name(), &why),
            }
        }
        Some(grades)
    }

    /// The grade in the words of the framework, where the framework has the judgement.
    fn fitting(
        &mut self,
        column: usize,
        kind: InspectionKind,
        judged: Judged,
        grade: Grade,
        first: Option<&Stated<Date>>,
    ) -> Option<Grade> {
        if !is_graded(kind) {
            self.problem(
                Some(column),
                judged.name(),
                format!("a {} is not graded; right would be an empty cell", kind_name(kind)),
            );
            return None;
        }
        let separate = first.is_none_or(|first| first.value >= CARE_LEAVERS_FIRST_DAY);
        if judgement_kind(kind, judged, separate).is_none() {
            let what = if family(kind) == "ilacs" && judged == Judged::CareLeavers {
                format!(
                    "care leavers are judged on their own only in inspections from {CARE_LEAVERS_FIRST_DAY}; right would be an empty cell"
                )
            } else {
                format!("a {} has no such judgement; right would be an empty cell", kind_name(kind))
            };
            self.problem(Some(column), judged.name(), what);
            return None;
        }
        match (grade, has_adequate(kind)) {
            (Grade::RequiresImprovement, true) => Some(Grade::Adequate),
            (Grade::Adequate, false) => {
                self.problem(
                    Some(column),
                    judged.name(),
                    format!(
                        "a {} has no grade \"adequate\"; right would be Requires improvement to be good",
                        kind_name(kind)
                    ),
                );
                None
            }
            (grade, _) => Some(grade),
        }
    }

    /// What a row as a whole must satisfy.
    fn check(&mut self, entry: &Entry, released: Date) {
        let first = entry.first.as_ref().map(|day| day.value);
        let published = entry.published.as_ref().map(|day| day.value);
        if first.is_none() && published.is_none() {
            let column = self.column(Field::FirstDay).or(self.column(Field::Published));
            self.problem(column, "date", "neither the day of the inspection nor that of its report is given");
        }
        if let (Some(first), Some(published)) = (first, published)
            && published < first
        {
            self.problem(
                self.column(Field::Published),
                "publication date",
                format!("is before the inspection began on {first}"),
            );
        }
        if let (Some(first), Some(last)) = (first, entry.last.as_ref())
            && last.value < first
        {
            self.problem(
                self.column(Field::LastDay),
                "last day of the inspection",
                format!("is before its first day {first}"),
            );
        }
        for (field, day) in [(Field::FirstDay, first), (Field::Published, published)] {
            if day.is_some_and(|day| day > released) {
                self.problem(
                    self.column(field),
                    "date",
                    format!("is after the release itself was published on {released}"),
                );
            }
        }
        if is_graded(entry.kind) && entry.grades.is_empty() && published.is_some() {
            self.problem(
                self.column(Field::Published),
                "grades",
                "a report was published, and not one grade is given",
            );
        }
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
