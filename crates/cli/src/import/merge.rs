//! The rows of one workbook brought together: each inspection once, with all that its rows say, and where they disagree.

use docket_api::pb::{Grade, InspectionKind};
use jiff::civil::Date;

use super::entry::{CARE_LEAVERS_FIRST_DAY, Entry, Place, Stated, kind_name, title};
use super::heading::Judged;
use super::same::{Days, Likeness, likeness};

/// A value and the rows that state it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told<T> {
    /// What.
    pub(crate) value: T,
    /// The rows that say just this.
    pub(crate) places: Vec<Place>,
}

/// A grade, as printed too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToldGrade {
    /// What is judged.
    pub(crate) judged: Judged,
    /// The grade.
    pub(crate) grade: Grade,
    /// As printed.
    pub(crate) raw: String,
    /// The rows that say just this.
    pub(crate) places: Vec<Place>,
}

/// One inspection as the whole release tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inspection {
    /// What Ofsted came to do.
    pub(crate) kind: Told<InspectionKind>,
    /// First day of the fieldwork.
    pub(crate) first: Option<Told<Date>>,
    /// Last day of the fieldwork.
    pub(crate) last: Option<Told<Date>>,
    /// Publication of the report.
    pub(crate) published: Option<Told<Date>>,
    /// Theme of a visit.
    pub(crate) theme: Option<Told<String>>,
    /// One for each thing judged.
    pub(crate) grades: Vec<ToldGrade>,
    /// The entries, by their place in the slice that was merged.
    pub(crate) entries: Vec<usize>,
}

impl Inspection {
    /// Its days.
    pub(crate) fn days(&self) -> Days {
        Days {
            first: self.first.as_ref().map(|told| told.value),
            published: self.published.as_ref().map(|told| told.value),
        }
    }

    /// In words.
    pub(crate) fn title(&self) -> String {
        title(self.kind.value, self.days().first, self.days().published)
    }

    /// Whether care leavers were judged on their own: by its first day (or that on record), and where no first day is known
    /// by whether such a grade is given.
    pub(crate) fn separate_care_leavers(&self, first_on_record: Option<Date>) -> bool {
        match self.days().first.or(first_on_record) {
            Some(first) => first >= CARE_LEAVERS_FIRST_DAY,
            None => self.grades.iter().any(|grade| grade.judged == Judged::CareLeavers),
        }
    }
}

/// One thing that two rows of the same workbook say differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Disagreement {
    /// Of which inspection.
    pub(crate) inspection: String,
    /// What: "first day".
    pub(crate) field: String,
    /// The row that was believed, its cell and what it says.
    pub(crate) taken: (Place, String, String),
    /// The row that was not.
    pub(crate) other: (Place, String, String),
}

/// What came of bringing together the entries of one authority.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// Each inspection once.
    pub(crate) inspections: Vec<Inspection>,
    /// Where rows disagree.
    pub(crate) disagreements: Vec<Disagreement>,
}

/// Brings together the entries of one authority. Where they disagree, the table of lower rank is believed, then the earlier row.
pub(crate) fn merge(entries: &[Entry]) -> Merged {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&index| entries.get(index).map(|entry| (entry.rank, entry.place.clone())));
    let mut merged = Merged::default();
    for index in order {
        let Some(entry) = entries.get(index).filter(|entry| entry.tells_inspection()) else { continue };
        match closest(&merged.inspections, entries, entry) {
            Some(found) => {
                if let Some(inspection) = merged.inspections.get_mut(found) {
                    join(inspection, entries, index, entry, &mut merged.disagreements);
                }
            }
            None => merged.inspections.push(alone(index, entry)),
        }
    }
    merged
}

fn days_of(entry: &Entry) -> Days {
    Days {
        first: entry.first.as_ref().map(|day| day.value),
        published: entry.published.as_ref().map(|day| day.value),
    }
}

fn closest(inspections: &[Inspection], entries: &[Entry], entry: &Entry) -> Option<usize> {
    let told = (entry.kind, days_of(entry));
    inspections
        .iter()
        .enumerate()
        .filter_map(|(index, inspection)| {
            let found = likeness((inspection.kind.value, inspection.days()), told)?;
            // Two rows of one table that differ are two inspections; only other tables may be inexact about them.
            let same_table = inspection
                .entries
                .iter()
                .filter_map(|&other| entries.get(other))
                .any(|other| other.rank == entry.rank && other.place.sheet == entry.place.sheet);
            (found == Likeness::SameDay || !same_table).then_some((found, index))
        })
        .min()
        .map(|(_, index)| index)
}

fn alone(index: usize, entry: &Entry) -> Inspection {
    let place = || vec![entry.place.clone()];
    let day =
        |stated: &Option<Stated<Date>>| stated.as_ref().map(|day| Told { value: day.value, places: place() });
    Inspection {
        kind: Told { value: entry.kind, places: place() },
        first: day(&entry.first),
        last: day(&entry.last),
        published: day(&entry.published),
        theme: entry.theme.as_ref().map(|theme| Told { value: theme.value.clone(), places: place() }),
        grades: entry
            .grades
            .iter()
            .map(|grade| ToldGrade {
                judged: grade.judged,
                grade: grade.grade,
                raw: grade.raw.clone(),
                places: place(),
            })
            .collect(),
        entries: vec![index],
    }
}

fn join(
    inspection: &mut Inspection,
    entries: &[Entry],
    index: usize,
    entry: &Entry,
    disagreements: &mut Vec<Disagreement>,
) {
    let mut found = Vec::new();
    join_kind(inspection, entry, &mut found);
    let place = &entry.place;
    join_one(&mut inspection.first, &entry.first, place, "first day", &mut found);
    join_one(&mut inspection.last, &entry.last, place, "last day", &mut found);
    join_one(&mut inspection.published, &entry.published, place, "publication date", &mut found);
    join_one(&mut inspection.theme, &entry.theme, place, "theme", &mut found);
    for grade in &entry.grades {
        match inspection.grades.iter_mut().find(|known| known.judged == grade.judged) {
            None => inspection.grades.push(ToldGrade {
                judged: grade.judged,
                grade: grade.grade,
                raw: grade.raw.clone(),
                places: vec![place.clone()],
            }),
            Some(known) if known.grade == grade.grade => known.places.push(place.clone()),
            Some(known) => found.push(Found {
                field: grade.judged.name().to_owned(),
                taken: (known.places.first().cloned(), known.raw.clone()),
                other: (grade.cell.clone(), grade.raw.clone()),
            }),
        }
    }
    inspection.entries.push(index);
    let title = inspection.title();
    disagreements.extend(found.into_iter().filter_map(|found| {
        let taken = found.taken.0?;
        let cell = cell_of(entries, &taken, &found.field);
        Some(Disagreement {
            inspection: title.clone(),
            taken: (taken, cell, found.taken.1),
            other: (place.clone(), found.other.0, found.other.1),
            field: found.field,
        })
    }));
}

struct Found {
    field: String,
    taken: (Option<Place>, String),
    other: (String, String),
}

/// Standard or short is more than "ILACS", and a re-inspection more than an inspection: saying less is no disagreement.
fn join_kind(inspection: &mut Inspection, entry: &Entry, found: &mut Vec<Found>) {
    let known = &mut inspection.kind;
    if known.value == entry.kind {
        known.places.push(entry.place.clone());
    } else if known.value == InspectionKind::Ilacs {
        *known = Told { value: entry.kind, places: vec![entry.place.clone()] };
    } else if entry.kind != InspectionKind::Ilacs {
        found.push(Found {
            field: "kind".to_owned(),
            taken: (known.places.first().cloned(), kind_name(known.value).to_owned()),
            other: (entry.kind_cell.clone(), kind_name(entry.kind).to_owned()),
        });
    }
}

fn join_one<T: Clone + PartialEq + ToString>(
    known: &mut Option<Told<T>>,
    stated: &Option<Stated<T>>,
    place: &Place,
    field: &str,
    found: &mut Vec<Found>,
) {
    match (known, stated) {
        (_, None) => {}
        (known @ None, Some(stated)) => {
            *known = Some(Told { value: stated.value.clone(), places: vec![place.clone()] });
        }
        (Some(known), Some(stated)) if known.value == stated.value => known.places.push(place.clone()),
        (Some(known), Some(stated)) => found.push(Found {
            field: field.to_owned(),
            taken: (known.places.first().cloned(), known.value.to_string()),
            other: (stated.cell.clone(), stated.value.to_string()),
        }),
    }
}

/// The cell of a row that states a field.
fn cell_of(entries: &[Entry], place: &Place, field: &str) -> String {
    let day = |stated: &Option<Stated<Date>>| stated.as_ref().map(|day| day.cell.clone());
    entries
        .iter()
        .filter(|entry| entry.place == *place)
        .find_map(|entry| match field {
            "kind" => Some(entry.kind_cell.clone()),
            "first day" => day(&entry.first),
            "last day" => day(&entry.last),
            "publication date" => day(&entry.published),
            "theme" => entry.theme.as_ref().map(|theme| theme.cell.clone()),
            judged => entry
                .grades
                .iter()
                .find(|grade| grade.judged.name() == judged)
                .map(|grade| grade.cell.clone()),
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::entries;
    use super::*;

    #[test]
    fn the_rows_of_three_sheets_are_one_inspection_with_all_that_they_say() {
        let entries = entries(&[
            (
                "In-year",
                "Local authority name | Inspection date | Inspection type | Overall effectiveness | Visit theme\nYork | 2022-03-07 | ILACS Standard Inspection | Good |",
            ),
            (
                "Latest",
                "Local authority name | Inspection date | Overall effectiveness\nYork | 2022-03-07 | Good",
            ),
            (
                "History",
                "Local authority name | First ILACS framework publication date | First ILACS framework overall effectiveness\nYork | 2022-05-04 | Good",
            ),
        ]);
        let merged = merge(&entries);
        assert!(merged.disagreements.is_empty(), "{:?}", merged.disagreements);
        assert_eq!(merged.inspections.len(), 1);
        let one = &merged.inspections[0];
        assert_eq!(one.kind.value, InspectionKind::IlacsStandard);
        assert_eq!(one.published.as_ref().unwrap().places[0].sheet, "History");
        assert_eq!(one.grades[0].places.len(), 3);
        assert_eq!(one.entries.len(), 3);
    }

    #[test]
    fn rows_that_disagree_are_listed_with_both_cells_and_the_better_table_is_believed() {
        let entries = entries(&[
            (
                "In-year",
                "Local authority name | Inspection date | Inspection type | Overall effectiveness | Visit theme\nCumbria | 2022-09-21 | ILACS Short Inspection | Good |",
            ),
            (
                "Latest",
                "Local authority name | Inspection date | Overall effectiveness\nCumbria | 2022-09-20 | Inadequate",
            ),
        ]);
        let merged = merge(&entries);
        assert_eq!(merged.inspections.len(), 1);
        let said: Vec<String> = merged
            .disagreements
            .iter()
            .map(|d| {
                format!(
                    "{} {}!{} {} / {}!{} {}",
                    d.field, d.taken.0.sheet, d.taken.1, d.taken.2, d.other.0.sheet, d.other.1, d.other.2
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                "first day Latest!B2 2022-09-20 / In-year!B2 2022-09-21",
                "overall effectiveness Latest!C2 Inadequate / In-year!D2 Good"
            ]
        );
    }

    #[test]
    fn two_visits_of_one_sheet_stay_two() {
        let entries = entries(&[(
            "In-year",
            "Local authority name | Inspection date | Inspection type | Overall effectiveness | Visit theme
             Hull | 2022-09-20 | LA Monitoring visit | | Front door
             Hull | 2022-09-22 | LA Monitoring visit | | Care leavers",
        )]);
        assert_eq!(merge(&entries).inspections.len(), 2);
    }
}
