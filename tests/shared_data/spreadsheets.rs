//! Ofsted's releases, imported as published, and the answers compared with their sheets.

use std::collections::{BTreeMap, BTreeSet};

use calamine::{Data, Reader as _};
use docket_api::pb;
use docket_api::pb::status_service_client::StatusServiceClient;

use super::{import, shared};
use crate::process::Server;

const RELEASE_2025: &str = "official/LA_Inspection_Outcomes_as_at_31_March_2025.ods";
const RELEASE_2023: &str = "official/Childrens_social_care_in_England_2023_underlying_data.ods";
/// Columns of the sheet with judgements, in its order; "in care" holds two kinds.
const JUDGED: [&[&str]; 5] = [
    &["overall_effectiveness"],
    &["leaders"],
    &["help_and_protection"],
    &["children_in_care", "children_in_care_and_care_leavers"],
    &["care_leavers"],
];

/// A row of a sheet, read here without the importer: code, inspection, publication, grades.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    gss: String,
    inspected: String,
    published: String,
    grades: Vec<String>,
}

fn text(cell: &Data) -> String {
    match cell {
        Data::DateTimeIso(text) => text.chars().take(10).collect(),
        cell => cell.to_string().trim().to_owned(),
    }
}

/// The rows of a sheet whose heading begins with "Web link"; the columns are found by the words that the headings begin with.
fn rows(sheet: &str) -> Vec<Row> {
    let mut workbook = calamine::open_workbook_auto(shared(RELEASE_2025)).unwrap();
    let range = workbook.worksheet_range(sheet).unwrap();
    let mut rows = range.rows().skip_while(|row| text(&row[0]) != "Web link");
    let heading: Vec<String> = rows.next().unwrap().iter().map(text).collect();
    let column = |word: &str| heading.iter().position(|heading| heading.starts_with(word)).unwrap();
    let date = heading.iter().position(|heading| heading.contains("date")).unwrap();
    let first_grade = column("Overall effectiveness");
    rows.filter(|row| text(&row[1]).starts_with('E'))
        .map(|row| Row {
            gss: text(&row[column("Local authority area code")]),
            inspected: text(&row[date]),
            published: text(&row[column("Publication date")]),
            grades: row[first_grade..first_grade + 5].iter().map(text).collect(),
        })
        .collect()
}

/// When each authority was inspected last, by its code, as the sheet of 31 March 2025 says.
pub(super) fn inspected_on() -> Vec<(String, String)> {
    rows("Inspections_as_at_31_March").into_iter().map(|row| (row.gss, row.inspected)).collect()
}

fn date(date: Option<pb::Date>) -> String {
    date.map_or_else(String::new, |date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

/// All statuses on 31 March 2025, by GSS code.
async fn statuses(server: &Server, basis: pb::Basis) -> BTreeMap<String, pb::AuthorityStatus> {
    let mut client = StatusServiceClient::new(server.channel().await);
    let effective_date = Some(pb::Date { year: 2025, month: 3, day: 31 });
    let as_of = Some(pb::AsOf { effective_date, basis: basis.into(), ..pb::AsOf::default() });
    let mut request = pb::ListStatusesRequest { as_of, page_size: 100, ..pb::ListStatusesRequest::default() };
    let mut statuses = BTreeMap::new();
    loop {
        let page = client.list_statuses(request.clone()).await.unwrap().into_inner();
        let by_code =
            |status: pb::AuthorityStatus| (status.authority.as_ref().unwrap().gss_code.clone(), status);
        statuses.extend(page.statuses.into_iter().map(by_code));
        if page.next_page_token.is_empty() {
            return statuses;
        }
        request.page_token = page.next_page_token;
    }
}

/// The profile of a status as a row of the sheet says it.
fn as_row(gss: &str, status: &pb::AuthorityStatus) -> Row {
    let profile = status.profile.clone().unwrap_or_default();
    let grade = |kinds: &&[&str]| {
        let is_asked = |grade: &&pb::ProfileGrade| {
            let name = grade.kind().as_str_name().trim_start_matches("JUDGEMENT_KIND_").to_lowercase();
            kinds.contains(&name.as_str())
        };
        match profile.grades.iter().find(is_asked).map(|grade| grade.grade()) {
            Some(pb::Grade::Outstanding) => "Outstanding",
            Some(pb::Grade::Good) => "Good",
            Some(pb::Grade::RequiresImprovement) => "Requires improvement to be good",
            Some(pb::Grade::Inadequate) => "Inadequate",
            _ => "",
        }
    };
    Row {
        gss: gss.to_owned(),
        inspected: date(profile.fieldwork_date),
        published: date(profile.published_date),
        grades: JUDGED.iter().map(grade).map(str::to_owned).collect(),
    }
}

/// What a summary of an import says, without the numbers of time.
fn says(printed: &str, expected: &str) {
    assert!(printed.contains(expected), "does not say {expected:?}:\n{printed}");
}

#[tokio::test]
async fn the_sheet_of_31_march_2025_is_the_answer_by_inspection_and_nine_differ_by_publication() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let (code, printed) = import(&server, &shared(RELEASE_2025), &[]);
    assert_eq!(code, 0, "{printed}");
    let sheet = rows("Inspections_as_at_31_March");
    assert_eq!(sheet.len(), 153);
    let inspected = statuses(&server, pb::Basis::Inspected).await;
    let published = statuses(&server, pb::Basis::Published).await;
    let mut differ = BTreeSet::new();
    for row in &sheet {
        let answer =
            as_row(&row.gss, inspected.get(&row.gss).unwrap_or_else(|| panic!("{} has no status", row.gss)));
        assert_eq!(&answer, row, "by inspection");
        if as_row(&row.gss, &published[&row.gss]) != *row {
            differ.insert((row.published.clone(), row.gss.clone()));
        }
    }
    let late: BTreeSet<_> = sheet
        .iter()
        .filter(|row| row.published.as_str() > "2025-03-31")
        .map(|row| (row.published.clone(), row.gss.clone()))
        .collect();
    assert_eq!(differ, late, "by publication just those differ that were published later");
    assert_eq!(differ.len(), 9);
    let history = rows("ILACS_inspection_history");
    let disagree: Vec<_> = sheet
        .iter()
        .filter(|row| {
            history
                .iter()
                .any(|other| other.gss == row.gss && other.inspected == row.inspected && other != *row)
        })
        .collect();
    println!("{} rows in which the sheets of the release disagree: {disagree:?}", disagree.len());
}

#[tokio::test]
async fn an_import_run_again_records_nothing_and_a_later_release_only_what_is_new_or_corrected() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::without_checkpoints(directory.path());
    let head = async || {
        let as_of = StatusServiceClient::new(server.channel().await)
            .list_authorities(pb::ListAuthoritiesRequest::default())
            .await
            .unwrap()
            .into_inner()
            .as_of;
        as_of.unwrap().known_position
    };
    let empty = head().await;
    let (_, printed) = import(&server, &shared(RELEASE_2023), &["--dry-run"]);
    assert_eq!(head().await, empty, "a dry run records nothing:\n{printed}");
    import(&server, &shared(RELEASE_2023), &[]);
    let older = head().await;
    assert!(empty + 1_000 < older, "{empty} {older}");
    import(&server, &shared(RELEASE_2023), &[]);
    assert_eq!(head().await, older, "the same release again records nothing");
    let (code, printed) = import(&server, &shared(RELEASE_2025), &[]);
    assert_eq!(code, 0, "{printed}");
    says(&printed, "correct");
    let newer = head().await;
    assert!(older < newer);
    import(&server, &shared(RELEASE_2025), &[]);
    import(&server, &shared(RELEASE_2023), &[]);
    assert_eq!(head().await, newer, "an older release overrides nothing");
}
