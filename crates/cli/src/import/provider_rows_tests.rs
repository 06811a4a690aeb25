//! Rows of tables of providers, as they are read.

use jiff::civil::date;

use super::super::testing::sheet;
use super::*;

const HEADINGS: &str = "URN | Provision type | Registration date | Registration status | Local authority | Sector | Places | Inspection event type | Inspection date | Inspection publication date | Overall experiences and progress of children and young people | How well children and young people are helped and protected | The effectiveness of leaders and managers";

fn readings(rows: &str) -> Vec<Reading> {
    let sheet = sheet("Providers", &format!("{HEADINGS}\n{rows}"));
    let (heading, after) = sheet.rows.split_first().unwrap();
    let table = table(&sheet, heading, after).unwrap();
    assert_eq!(table.unknown, []);
    table.rows.iter().map(|row| table.read(row, date(2025, 9, 25))).collect()
}

fn told(rows: &str) -> Entry {
    readings(rows).remove(0).told.unwrap()
}

#[test]
fn a_row_tells_of_the_provider_and_of_one_inspection() {
    let entry = told(
        "SC012345 | Children's Home | 2018-03-01 | Active | Hull | Private | 4 | Full inspection | 2024-02-06 | 2024-03-20 | Good | Good | Requires improvement to be good",
    );
    assert_eq!(
        (entry.kind, entry.title().as_str()),
        (InspectionKind::ProviderFull, "full inspection of 2024-02-06")
    );
    let grades: Vec<Grade> = entry.grades.iter().map(|stated| stated.grade).collect();
    assert_eq!(grades, [Grade::Good, Grade::Good, Grade::RequiresImprovement]);
    let provider = entry.provider.unwrap();
    assert_eq!(
        (provider.kind, provider.places, provider.authority.as_str()),
        (ProviderKind::ChildrensHome, 4, "Hull")
    );
    assert_eq!((provider.registered, provider.sector), (Some(date(2018, 3, 1)), ProviderSector::Private));
}

#[test]
fn a_row_without_an_inspection_tells_of_the_provider_alone() {
    let entry = told("1234567 | Secure children's home | 2018-03-01 | Active | Hull | Local Authority | 8");
    assert!(!entry.tells_inspection());
    assert_eq!(entry.provider.unwrap().kind, ProviderKind::SecureChildrensHome);
}

#[test]
fn an_interim_inspection_has_a_scale_of_its_own_and_not_judged_is_no_grade() {
    let row = |grade: &str| {
        format!(
            "SC012345 | Children's home | | | Hull | Private | 4 | Interim inspection | 2018-01-06 | 2018-02-20 | {grade}"
        )
    };
    let declined = told(&row("Declined in effectiveness"));
    assert_eq!(declined.grades[0].grade, Grade::DeclinedEffectiveness);
    let reading = readings(&row("Not judged")).remove(0);
    assert_eq!(reading.notes, ["overall effectiveness is \"Not judged\": no grade"]);
    assert!(reading.told.unwrap().grades.is_empty());
}

#[test]
fn the_grades_of_a_visit_that_has_none_are_left_out_with_a_remark() {
    let reading = readings("SC012345 | Children's home | | | Hull | Private | 4 | Monitoring inspection | 2023-01-06 | 2023-02-20 | Good | Good | Good").remove(0);
    assert_eq!(reading.notes, ["gives grades to a visit that has none: they are left out"]);
    assert!(reading.told.unwrap().grades.is_empty());
}

#[test]
fn what_cannot_be_read_is_named_by_its_cell_with_what_would_be_right() {
    let rows = "12 | Children's home | | | Hull\nSC012345 | Zoo | | | Hull\nSC012345 | Children's home | | | Hull | Private | 4 | Tea | soon | | Goood";
    let problems: Vec<String> = readings(rows)
        .into_iter()
        .flat_map(|reading| reading.told.unwrap_err())
        .map(|problem| problem.to_string())
        .collect();
    let named: Vec<&str> = problems.iter().filter_map(|problem| problem.split(" (").next()).collect();
    assert_eq!(
        named,
        ["cell A2 \"12\"", "cell B3 \"Zoo\"", "cell I4 \"soon\"", "cell K4 \"Goood\""],
        "{problems:#?}"
    );
}
