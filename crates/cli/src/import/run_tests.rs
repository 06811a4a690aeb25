//! Whole imports into a Docket in memory: kills, conflicts, refusals, dry runs.

use super::super::fake::Fake;
use super::super::tell;
use super::super::testing_book::ods as book;
use super::*;

const COVER: (&str, &str) = ("Cover", "Outcomes 2025\nPublished on: | 2025-09-25");
const HEADINGS: &str = "Local authority name | Inspection date | Publication date | Inspection type | Overall effectiveness | Visit theme\n";

fn hull(rows: &str) -> Vec<u8> {
    book(&[COVER, ("Activity", &format!("{HEADINGS}{rows}"))])
}

const THREE: &str = "Hull | 2019-01-14 | 2019-05-17 | ILACS Standard Inspection | Inadequate |
     Hull | 2021-06-08 | 2021-07-01 | LA Monitoring visit | | Care leavers
     Hull | 2022-11-14 | 2023-01-13 | ILACS Standard Inspection | Good |";

async fn import(docket: &mut Fake, bytes: &[u8], dry_run: bool) -> Report {
    let options = Options { dry_run, ..Options::default() };
    let report = run(docket, "x.xlsx", bytes, &options, &mut |_| {}).await.expect("a report");
    assert!(report.accounts_for_every_row(), "{}", tell::text(&report));
    report
}

#[tokio::test]
async fn a_dry_run_shows_what_would_be_recorded_and_records_nothing() {
    let mut docket = Fake::hull();
    let tried = import(&mut docket, &hull(THREE), true).await;
    assert_eq!((tried.rows(None).new, docket.events()), (3, 0));
    assert!(
        tell::text(&tried).contains("8 events would be recorded (--dry-run: nothing was)"),
        "{}",
        tell::text(&tried)
    );
    assert!(tell::text(&tried).contains("3 inspections and visits, told by one row or by several: 3 new"));
    let done = import(&mut docket, &hull(THREE), false).await;
    assert_eq!((done.events, docket.events()), (tried.events, tried.events));
}

#[tokio::test]
async fn killed_in_the_middle_and_started_again_it_finishes_and_doubles_nothing() {
    for answers in 0..3 {
        let mut docket = Fake::hull();
        docket.answers_left = Some(answers);
        let cut = import(&mut docket, &hull(THREE), false).await;
        assert!(!cut.is_complete());
        assert_eq!(cut.rows(None).unanswered, 3 - answers);
        assert!(tell::text(&cut).contains("Import the same file again to finish"));
        docket.answers_left = None;
        let again = import(&mut docket, &hull(THREE), false).await;
        // One more than was answered had been recorded.
        assert_eq!((again.rows(None).known, again.rows(None).new), (answers + 1, 2 - answers));
        assert_eq!(docket.events(), 8);
    }
}

#[tokio::test]
async fn where_somebody_else_was_faster_it_reads_on_and_decides_again() {
    let mut docket = Fake::hull();
    docket.overtaken = true;
    let report = import(&mut docket, &hull(THREE), false).await;
    assert!(report.is_complete());
    assert_eq!((report.events, docket.events()), (8, 9));
}

#[tokio::test]
async fn what_the_server_refuses_is_told_and_the_rest_is_recorded() {
    let mut docket = Fake::hull();
    docket.refuses = vec!["ilacs-2019-01-14".to_owned()];
    let report = import(&mut docket, &hull(THREE), false).await;
    let counts = report.rows(None);
    assert_eq!((counts.new, counts.refused, docket.events()), (2, 1, 5), "{}", tell::text(&report));
    assert!(tell::text(&report).contains("the server refused it: no"));
}

#[tokio::test]
async fn bad_rows_are_told_with_cell_and_value_and_the_others_are_imported() {
    let mut docket = Fake::hull();
    let rows = format!(
        "{THREE}\nHull | 2024-02-30 | | LA Monitoring visit | | x\nAtlantis | 2024-02-01 | | LA Monitoring visit | | x"
    );
    let report = import(&mut docket, &hull(&rows), false).await;
    assert_eq!((report.rows(None).new, report.rows(None).refused), (3, 2));
    let text = tell::text(&report);
    assert!(text.contains("sheet Activity, row 5: Hull, inspection\n    cell B5 \"2024-02-30\""), "{text}");
    assert!(text.contains("no authority of the register is Atlantis"), "{text}");
    let json = tell::json_lines(&report);
    let summary = json.last().expect("a summary");
    assert_eq!((&summary["rows"]["all"], &summary["rows"]["refused"]), (&5.into(), &2.into()));
    assert_eq!(json.iter().filter(|line| line["type"] == "row").count(), 5);
}

#[tokio::test]
async fn a_file_that_is_no_release_is_refused_before_anything_is_recorded() {
    let mut docket = Fake::hull();
    let mut none = |_| {};
    let no_day = book(&[("Activity", &format!("{HEADINGS}{THREE}"))]);
    let error = run(&mut docket, "x.xlsx", &no_day, &Options::default(), &mut none).await.unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("--release-date"), "{error:?}");
    let error = run(&mut docket, "x.xlsx", b"A letter.", &Options::default(), &mut none).await.unwrap_err();
    assert!(matches!(error, ImportError::Unreadable { .. }));
    let no_table = book(&[COVER]);
    let error = run(&mut docket, "x.xlsx", &no_table, &Options::default(), &mut none).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "x.xlsx has no table of authorities and their inspections; its sheets are Cover"
    );
    assert_eq!(docket.events(), 0);
}

#[tokio::test]
async fn a_needed_heading_renamed_refuses_its_table_whole_and_the_right_file_then_imports() {
    let mut docket = Fake::hull();
    let (renamed, rows) = (HEADINGS.replace("Publication date", "Banana"), THREE);
    let wrong = book(&[COVER, ("Activity", &format!("{renamed}{rows}"))]);
    let report = import(&mut docket, &wrong, false).await;
    assert_eq!((report.rows(None).refused, report.rows(None).sum(), docket.events()), (3, 3, 0));
    assert!(report.is_nothing());
    let text = tell::text(&report);
    assert!(
        text.contains("sheet Activity, rows 2 to 4: all 3 of them\n    cell C1 \"Banana\" (heading)"),
        "{text}"
    );
    let visits =
        "Local authority name | Inspection date | Visit type\nHull | 2024-01-15 | LA Monitoring visit";
    let half = book(&[COVER, ("Activity", &format!("{renamed}{rows}")), ("Visits", visits)]);
    let report = import(&mut docket, &half, true).await;
    assert_eq!((report.rows(None).refused, report.rows(None).new), (3, 1));
    assert!(!report.is_complete() && !report.is_nothing());
    let right = import(&mut docket, &hull(THREE), false).await;
    assert!(right.is_complete() && right.changes.is_empty());
}
