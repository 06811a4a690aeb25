//! What rows say, told on small sheets.

use docket_api::pb::{Grade, InspectionKind};
use jiff::civil::date;

use super::super::tables::{Content, find};
use super::super::testing::sheet;
use super::*;

fn read_all(written: &str) -> Vec<Reading> {
    let sheet = sheet("S", written);
    let Content::Tables(tables) = find(&sheet) else { panic!("no table in {written}") };
    tables.iter().flat_map(|table| table.rows.iter().map(|row| read(table, row, date(2025, 9, 25)))).collect()
}

fn refusal(written: &str) -> String {
    let readings = read_all(written);
    let (_, problems) = readings.iter().flat_map(|reading| &reading.refused).next().expect("a refusal");
    assert!(readings.iter().all(|reading| reading.entries.is_empty()), "nothing half imported");
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
}

const HISTORY: &str = "Local authority area code | Local authority name | Inspection date | Publication date | Inspection type | Overall effectiveness | Impact of leaders | Experiences and progress of care leavers\n";

#[test]
fn a_row_of_the_history_is_one_entry() {
    let written = format!(
        "{HISTORY}E06000010 | Hull | 2022-11-14 | 2023-01-13 | ILACS Standard Inspection | Good | Outstanding |"
    );
    let readings = read_all(&written);
    let entry = &readings[0].entries[0];
    assert_eq!(entry.kind, InspectionKind::IlacsStandard);
    assert_eq!(entry.first.as_ref().unwrap(), &Stated { value: date(2022, 11, 14), cell: "C2".to_owned() });
    assert_eq!(entry.grades.len(), 2);
    assert_eq!(entry.names.to_string(), "Hull, E06000010");
}

#[test]
fn a_bad_cell_refuses_the_whole_inspection_and_names_what_would_be_right() {
    let row = |day: &str, published: &str, kind: &str, overall: &str, leavers: &str| {
        refusal(&format!(
            "{HISTORY}E06000010 | Hull | {day} | {published} | {kind} | {overall} | Good | {leavers}"
        ))
    };
    let standard = "ILACS Standard Inspection";
    assert!(
        row("2022-11-14", "2023-01-13", standard, "Goood", "")
            .starts_with("cell F2 \"Goood\" (overall effectiveness) not a grade; right")
    );
    assert!(row("14/11/22", "2023-01-13", standard, "Good", "").contains("cell C2 \"14/11/22\""));
    assert!(
        row("2022-11-14", "2022-10-13", standard, "Good", "")
            .contains("before the inspection began on 2022-11-14")
    );
    assert!(row("2022-11-14", "2026-01-13", standard, "Good", "").contains("after the release itself"));
    assert!(
        row("2022-11-14", "2023-01-13", standard, "Good", "Good")
            .contains("only in inspections from 2023-01-01")
    );
    assert!(
        row("2022-11-14", "2023-01-13", "ILACS Focused Visit", "Good", "")
            .contains("a focused visit is not graded")
    );
    assert!(row("2022-11-14", "2023-01-13", standard, "Adequate", "").contains("has no grade \"adequate\""));
}

#[test]
fn a_row_of_the_history_of_all_frameworks_is_as_many_entries_as_it_has_reports() {
    let readings = read_all(
        "Local authority name | SLAC Inspection publication date | SLAC Safeguarding Overall effectiveness (OE) | SLAC Looked After Children Overall Effectiveness (OE) | First SIF publication date | First SIF Overall Judgement | LSCB Overall Effectiveness | First ILACS framework inspection type | First ILACS framework publication date | First ILACS framework overall effectiveness
         Isles of Scilly | 2010-07-16 | 3 | - | 2014-07-07 | Requires improvement | Good | | |",
    );
    let entries = &readings[0].entries;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].grades[0].grade, Grade::Adequate);
    assert_eq!(entries[0].grades[0].raw, "3");
    assert_eq!(entries[1].grades[1].judged, Judged::Lscb);
    assert_eq!(entries[1].grades[0].grade, Grade::RequiresImprovement);
    assert_eq!(readings[0].notes, ["cell D2 \"-\": no grade for looked-after children, none is recorded"]);
}

#[test]
fn no_full_inspection_is_a_note_and_not_a_problem() {
    let written = format!("{HISTORY}E06000059 | Dorset | | | | No full inspection | |");
    let table_without_kind = written.replace(" | Inspection type", "").replace("| | | | No", "| | | No");
    let readings = read_all(&table_without_kind);
    assert!(readings[0].refused.is_empty() && readings[0].entries.is_empty());
    assert!(readings[0].notes[0].contains("No full inspection"), "{:?}", readings[0].notes);
}

#[test]
fn a_row_without_an_authority_is_refused_with_what_it_holds() {
    let refused =
        refusal(&format!("{HISTORY} | | 2022-11-14 | 2023-01-13 | ILACS Short Inspection | Good | |"));
    assert!(refused.contains("names no authority") && refused.contains("2022-11-14"), "{refused}");
}

#[test]
fn the_number_in_a_link_is_kept_for_when_nothing_else_says_whose_the_row_is() {
    let sheet = sheet(
        "S",
        &format!("Web link | {HISTORY}page | | Hull | 2022-11-14 | | ILACS Standard Inspection | Good | |"),
    )
    .with_link(2, 0, "https://reports.ofsted.gov.uk/provider/44/80477");
    let Content::Tables(tables) = find(&sheet) else { panic!("no table") };
    let reading = read(&tables[0], tables[0].rows[0], date(2025, 9, 25));
    assert_eq!(reading.names.page_number.as_deref(), Some("80477"));
}

#[test]
fn a_kind_without_a_day_is_refused_and_not_passed_over() {
    let refused = refusal(
        "Local authority name | First ILACS framework inspection type | First ILACS framework publication date | First ILACS framework overall effectiveness
         Hull | ILACS Short Inspection | |",
    );
    assert!(refused.contains("neither the day of the inspection nor that of its report"), "{refused}");
}
