//! What an older document says otherwise of a provider, in the report.

use jiff::civil::date;

use super::super::fake::Fake;
use super::super::report::Report;
use super::super::run::{Options, run};
use super::super::tell;
use super::super::testing_book::ods;

/// Both releases tell of this day.
const AT_31_MARCH: &str = "Providers_at_31_Mar_2023";
const HEADINGS: &str = "URN | Provision type | Registration date | Registration status | Local authority | Sector | Places | Provider name | Organisation name";
const IN_2023: &str =
    "SC012345 | Children's Home | 2018-03-01 | Active | Hull | Private | 4 | The Elms | Elm Care";
const IN_2025: &str =
    "SC012345 | Children's Home | 2018-03-02 | Active | Hull | Voluntary | 5 | Elm House | Oak Care";

async fn import(docket: &mut Fake, year: i16, row: &str) -> Report {
    let file = ods(&[(AT_31_MARCH, &format!("{HEADINGS}\n{row}"))]);
    let options = Options { release_date: Some(date(year, 7, 6)), ..Options::default() };
    run(docket, &format!("{year}.ods"), &file, &options, &mut |_| {}).await.unwrap()
}

fn fields(report: &Report, applied: bool) -> Vec<String> {
    let changes = report.changes.iter().filter(|(_, change)| change.applied == applied);
    changes.map(|(_, change)| format!("{}: {} / {}", change.field, change.old, change.new)).collect()
}

#[tokio::test]
async fn what_an_older_release_says_otherwise_of_a_provider_is_listed_and_not_recorded() {
    let mut docket = Fake::hull();
    let _first = import(&mut docket, 2025, IN_2025).await;
    let before = docket.events();
    let report = import(&mut docket, 2023, IN_2023).await;
    assert_eq!(docket.events(), before);
    assert_eq!(report.rows(None).contradicted, 1, "{}", tell::text(&report));
    assert_eq!(
        fields(&report, false),
        [
            "registered since: 2018-03-02 / 2018-03-01",
            "sector: PROVIDER_SECTOR_VOLUNTARY / PROVIDER_SECTOR_PRIVATE",
            "places: 5 / 4",
            "name: Elm House / The Elms",
            "owner: Oak Care / Elm Care",
        ]
    );
    let text = tell::text(&report);
    assert!(text.contains("Contradictions that are not recorded"), "{text}");
    assert!(
        text.contains("\"Elm House\": 2025.ods (2025-07-06), sheet Providers_at_31_Mar_2023, row 2"),
        "{text}"
    );
    let is_contradiction = |line: &&serde_json::Value| line["type"] == "contradiction";
    let json = tell::json_lines(&report);
    let told: Vec<_> = json.iter().filter(is_contradiction).collect();
    assert_eq!(told.len(), 5);
    assert_eq!((&told[3]["onRecord"], &told[3]["release"]), (&"Elm House".into(), &"The Elms".into()));
    assert_eq!(told[3]["onRecordSourceDate"], "2025-07-06");
}

#[tokio::test]
async fn what_a_newer_release_says_otherwise_of_a_provider_is_a_correction_and_listed_too() {
    let mut docket = Fake::hull();
    let _first = import(&mut docket, 2023, IN_2023).await;
    let report = import(&mut docket, 2025, IN_2025).await;
    assert_eq!(fields(&report, false), Vec::<String>::new());
    assert_eq!(fields(&report, true).len(), 5);
    assert_eq!(report.rows(None).corrected, 1);
    assert_eq!(import(&mut docket, 2025, IN_2025).await.rows(None).known, 1);
}
