//! Ofsted's own files, as published, imported into a Docket in memory. DOCKET_SHARED_DATA names their folder.

use std::path::PathBuf;

use docket_api::pb;
use jiff::civil::Date;
use serde_json::Value;

use super::entry::Entry;
use super::fake::Fake;
use super::plan::Outcome;
use super::release::{Release, identify, to_date};
use super::report::{Fate, Report};
use super::run::{Options, run};
use super::sheet;
use super::tell;
use super::testing::authority;
use super::testing_book::ods;
use super::workbook::{Workbook, understand};

pub(super) const RELEASE_2025: &str = "LA_Inspection_Outcomes_as_at_31_March_2025.ods";
pub(super) const RELEASE_2023: &str = "Childrens_social_care_in_England_2023_underlying_data.ods";

pub(super) fn official(name: &str) -> Vec<u8> {
    shared(&format!("official/{name}"))
}

pub(super) fn shared(path: &str) -> Vec<u8> {
    let folder = std::env::var_os("DOCKET_SHARED_DATA")
        .expect("DOCKET_SHARED_DATA names the folder of the published data");
    let file = PathBuf::from(folder).join(path);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A file of a release whose cover says which.
pub(super) fn read_whole(bytes: &[u8]) -> (Release, Workbook) {
    let sheets = sheet::read(bytes).expect("a workbook");
    let release = identify(&sheets, None, String::new(), "").expect("a cover");
    let workbook = understand(&sheets, &release);
    (release, workbook)
}

/// The register that a new log begins with.
fn register() -> Vec<pb::AuthorityEntry> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../server/register/authorities.csv");
    let text = std::fs::read_to_string(path).expect("the register");
    text.lines().skip(1).map(|line| entry(&fields(line))).collect()
}

/// A line of CSV with quotes, none of them doubled.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().expect("one").push(c),
        }
    }
    fields
}

fn entry(fields: &[String]) -> pb::AuthorityEntry {
    let day = |text: &str| text.parse::<Date>().ok().map(to_date);
    let code = |scheme: pb::CodeScheme, code: &str| pb::DatedCode {
        scheme: scheme.into(),
        code: code.to_owned(),
        ..pb::DatedCode::default()
    };
    let gss = fields[5].split(';').filter_map(|dated| dated.split('@').next());
    let codes = gss
        .map(|gss| code(pb::CodeScheme::Gss, gss))
        .chain([code(pb::CodeScheme::DfeNumber, &fields[6]), code(pb::CodeScheme::OfstedUrn, &fields[7])]);
    let mut aliases: Vec<&str> = fields[8].split(';').collect();
    aliases.push(&fields[2]);
    pb::AuthorityEntry {
        existence: Some(pb::Existence {
            from_date: day(&fields[9]),
            closed_date: day(&fields[10]),
            ..pb::Existence::default()
        }),
        codes: codes.filter(|code| !code.code.is_empty()).collect(),
        ..authority(&fields[0], &fields[1], "", &aliases)
    }
}

async fn import(docket: &mut Fake, name: &str) -> Report {
    let bytes = official(name);
    let report = run(docket, name, &bytes, &Options::default(), &mut |_| {}).await.expect("a report");
    assert!(report.accounts_for_every_row());
    report
}

fn shown(report: &Report) -> String {
    tell::text(report)
}

#[tokio::test]
async fn the_release_of_2025_imports_whole_and_a_second_time_adds_nothing() {
    let mut docket = Fake::new(register());
    let report = import(&mut docket, RELEASE_2025).await;
    println!("{}", shown(&report));
    assert_eq!((report.rows(None).new, report.rows(None).sum()), (153 + 112 + 271, 153 + 112 + 271));
    assert!(report.is_complete() && report.disagreements.is_empty() && report.changes.is_empty());
    let events = docket.events();
    let again = import(&mut docket, RELEASE_2025).await;
    assert_eq!(again.rows(None).known, 536);
    assert_eq!((again.events, docket.events()), (0, events));
}

#[tokio::test]
async fn after_the_release_of_2023_that_of_2025_corrects_it() {
    let mut docket = Fake::new(register());
    let first = import(&mut docket, RELEASE_2023).await;
    println!("{}", shown(&first));
    assert!(first.is_complete(), "{}", shown(&first));
    let second = import(&mut docket, RELEASE_2025).await;
    println!("{}", shown(&second));
    assert!(second.changes.iter().all(|(_, change)| change.applied));
    assert!(second.is_complete());
    let again = import(&mut docket, RELEASE_2023).await;
    println!("{}", shown(&again));
    assert_eq!(again.events, 0);
    assert!(
        again.lines.iter().all(|line| !matches!(line.fate, Fate::Planned(Outcome::New | Outcome::Corrected)))
    );
}

/// The release of 2022 where it is known to differ from that of 2025: a day of publication each, the rest as in 2025.
fn release_of_2022(differing: &[Value], entries_2025: &[Entry]) -> String {
    let mut rows = String::from(
        "Local authority name | Inspection date | Publication date | Inspection type | Overall effectiveness\n",
    );
    for one in differing {
        let first = one["inspection_start"].as_str().expect("a day");
        let entry = entries_2025.iter().find(|entry| {
            entry.place.sheet == "ILACS_inspection_history"
                && entry.names.name.as_deref() == one["name"].as_str()
                && entry.first.as_ref().is_some_and(|day| day.value.to_string() == first)
        });
        let entry = entry.unwrap_or_else(|| panic!("{one} is not in the release of 2025"));
        let name = entry.names.name.as_deref().expect("a name");
        let published = one["earlier"]["published"].as_str().expect("a day");
        let kind = if entry.kind == pb::InspectionKind::IlacsShort { "Short" } else { "Standard" };
        let overall = &entry.grades.first().expect("overall").raw;
        rows.push_str(&format!("{name} | {first} | {published} | ILACS {kind} Inspection | {overall}\n"));
    }
    rows
}

#[tokio::test]
async fn the_days_in_which_releases_are_known_to_differ_are_corrected_with_both_sources() {
    let (known, bytes) = (shared("discrepancies.jsonl"), official(RELEASE_2025));
    let known: Vec<Value> = String::from_utf8_lossy(&known)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|one: &Value| one["type"] == "publication_date_differs_between_releases")
        .collect();
    let (_, workbook) = read_whole(&bytes);
    let rows = release_of_2022(&known, &workbook.entries);
    let cover = "Children's social care in England 2022\nPublished on: | 2022-07-07";
    let old = ods(&[("Cover", cover), ("LA_inspections", &rows)]);
    let mut docket = Fake::new(register());
    let first = run(&mut docket, "2022.ods", &old, &Options::default(), &mut |_| {}).await.expect("a report");
    assert_eq!(first.rows(None).new, known.len(), "{}", shown(&first));
    let second = import(&mut docket, RELEASE_2025).await;
    let days =
        |field: &str| second.changes.iter().filter(|(_, change)| change.field == field).collect::<Vec<_>>();
    assert_eq!(days("publication date").len(), known.len());
    for one in &known {
        let (latest, earlier) = (&one["latest"]["published"], &one["earlier"]["published"]);
        let found = days("publication date").into_iter().any(|(_, change)| {
            change.applied
                && change.new == *latest
                && change.old == *earlier
                && change.old_source.contains("2022-07-07")
        });
        assert!(found, "{one}");
    }
    let again = run(&mut docket, "2022.ods", &old, &Options::default(), &mut |_| {}).await.expect("a report");
    assert_eq!((again.events, again.rows(None).contradicted), (0, known.len()));
}
