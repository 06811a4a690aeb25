//! Plans, told as a release and what was on record before it.

use docket_api::pb::event::Body;
use jiff::civil::date;

use super::super::compare::grade_name;
use super::super::testing::{entries, recorded, release};
use super::*;

const HISTORY: &str = "Local authority name | Inspection date | Publication date | Inspection type | Overall effectiveness | Experiences and progress of children in care\n";
const STREAM: &str = "authority/kingston-upon-hull";

fn sheet(rows: &str) -> Vec<Entry> {
    entries(&[("History", &format!("{HISTORY}{rows}"))])
}

fn release_2023() -> Release {
    release("Children's social care in England 2023", date(2023, 7, 6))
}

fn release_2025() -> Release {
    release("Inspection outcomes 2025", date(2025, 9, 25))
}

fn plan(stream: &str, entries: &[Entry], history: &History, release: &Release) -> Plan {
    super::plan(stream, entries, history, (release, &Register::default()))
}

/// What is on record after a plan was recorded.
fn after(plan: &Plan, before: Vec<pb::Event>) -> Vec<pb::Event> {
    before.into_iter().chain(plan.requests.iter().flat_map(|request| request.events.clone())).collect()
}

fn judgements_shown(judgements: &[pb::Judgement]) -> String {
    judgements
        .iter()
        .map(|judgement| {
            let kind = judgement
                .kind()
                .as_str_name()
                .trim_start_matches("JUDGEMENT_KIND_")
                .to_lowercase()
                .replace('_', " ");
            format!("{kind}: {}", grade_name(judgement.grade()))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn kinds(plan: &Plan) -> Vec<String> {
    let name = |event: &pb::Event| match &event.body {
        Some(Body::FieldworkRecorded(body)) => format!("fieldwork {}", body.inspection),
        Some(Body::ReportPublished(body)) => format!("published {}", body.inspection),
        Some(Body::JudgementsMade(body)) => {
            format!("{}: {}", body.inspection, judgements_shown(&body.judgements))
        }
        Some(Body::FieldCorrected(body)) => format!("corrected: {}", body.reason),
        other => format!("{other:?}"),
    };
    plan.requests.iter().flat_map(|request| request.events.iter().map(name)).collect()
}

const HULL: &str =
    "Hull | 2022-11-14 | 2023-01-13 | ILACS Standard Inspection | Requires improvement to be good | Good";

#[test]
fn a_new_inspection_is_one_request_of_three_events() {
    let plan = plan(STREAM, &sheet(HULL), &History::default(), &release_2025());
    assert_eq!(plan.requests.len(), 1);
    assert_eq!(
        kinds(&plan),
        [
            "fieldwork ilacs-2022-11-14",
            "published ilacs-2022-11-14",
            "ilacs-2022-11-14: overall effectiveness: requires improvement, children in care and care leavers: good",
        ]
    );
    let event = &plan.requests[0].events[0];
    assert_eq!(event.sources[0].place, "sheet History, row 2");
    assert!(event.note.contains("only the first day"));
    assert_eq!(plan.outcomes, [Outcome::New]);
}

#[test]
fn importing_again_adds_nothing_and_makes_the_same_ids() {
    let rows = sheet(HULL);
    let first = plan(STREAM, &rows, &History::default(), &release_2025());
    assert_eq!(first.requests, plan(STREAM, &rows, &History::default(), &release_2025()).requests);
    let again = plan(STREAM, &rows, &History::of(&recorded(after(&first, Vec::new()))), &release_2025());
    assert!(again.requests.is_empty());
    assert_eq!(again.outcomes, [Outcome::Known]);
}

#[test]
fn a_later_release_that_contradicts_is_a_correction_with_both_sources() {
    let old =
        plan(STREAM, &sheet(&HULL.replace("2023-01-13", "2023-01-12")), &History::default(), &release_2023());
    let events = after(&old, Vec::new());
    let corrected = plan(STREAM, &sheet(HULL), &History::of(&recorded(events.clone())), &release_2025());
    assert_eq!(
        kinds(&corrected),
        ["corrected: Inspection outcomes 2025 says otherwise: publication date: 2023-01-13, was 2023-01-12"]
    );
    let sources: Vec<&str> =
        corrected.requests[0].events[0].sources.iter().map(|s| s.title.as_str()).collect();
    assert_eq!(sources, ["Inspection outcomes 2025", "Children's social care in England 2023"]);
    assert_eq!(corrected.outcomes, [Outcome::Corrected]);
    let again =
        plan(STREAM, &sheet(HULL), &History::of(&recorded(after(&corrected, events))), &release_2025());
    assert_eq!(again.outcomes, [Outcome::Known]);
}

#[test]
fn an_older_release_never_overrides_a_newer_source() {
    let newer = plan(STREAM, &sheet(HULL), &History::default(), &release_2025());
    let rows = sheet(&HULL.replace("Requires improvement to be good", "Inadequate"));
    let older = plan(STREAM, &rows, &History::of(&recorded(after(&newer, Vec::new()))), &release_2023());
    assert!(older.requests.is_empty());
    assert_eq!(older.outcomes, [Outcome::Contradicted]);
    let change = &older.contradictions[0];
    assert!(!change.applied);
    assert_eq!((change.old.as_str(), change.new.as_str()), ("requires improvement", "inadequate"));
    assert!(change.old_source.contains("Inspection outcomes 2025 (2025-09-25)"));
}

#[test]
fn an_inspection_known_by_its_report_gains_its_first_day_under_the_same_key() {
    let wide = entries(&[(
        "LA_inspections",
        "Local authority name | First ILACS framework inspection type | First ILACS framework publication date | First ILACS framework overall effectiveness | First ILACS framework experiences and progress of children in care and care leavers
         Hull | ILACS Standard Inspection | 2023-01-13 | Requires improvement | Good",
    )]);
    let first = plan(STREAM, &wide, &History::default(), &release_2023());
    assert_eq!(first.requests[0].key, "ilacs-published-2023-01-13");
    let later =
        plan(STREAM, &sheet(HULL), &History::of(&recorded(after(&first, Vec::new()))), &release_2025());
    assert_eq!(kinds(&later), ["fieldwork ilacs-published-2023-01-13"]);
    assert_eq!(later.outcomes, [Outcome::New]);
}

#[test]
fn a_longer_fieldwork_on_record_that_begins_that_day_is_no_contradiction() {
    let mut first = plan(STREAM, &sheet(HULL), &History::default(), &release_2023());
    if let Some(Body::FieldworkRecorded(body)) = &mut first.requests[0].events[0].body {
        let day = |day| Some(pb::Date { year: 2022, month: 11, day });
        body.ranges = vec![pb::DateRange { first_date: day(14), last_date: day(25) }];
    }
    let again =
        plan(STREAM, &sheet(HULL), &History::of(&recorded(after(&first, Vec::new()))), &release_2025());
    assert_eq!(again.outcomes, [Outcome::Known]);
}

#[test]
fn adequate_on_record_and_requires_improvement_in_the_release_are_the_same_grade_of_the_older_frameworks() {
    let wide = "Local authority name | SLAC Inspection publication date | SLAC Safeguarding Overall effectiveness\nHull | 2011-08-12 | ";
    let adequate =
        plan(STREAM, &entries(&[("W", &format!("{wide}Adequate"))]), &History::default(), &release_2023());
    assert_eq!(kinds(&adequate)[1], "slac-published-2011-08-12: safeguarding: adequate");
    let restated = entries(&[("W", &format!("{wide}3"))]);
    let again =
        plan(STREAM, &restated, &History::of(&recorded(after(&adequate, Vec::new()))), &release_2025());
    assert_eq!(again.outcomes, [Outcome::Known]);
}

#[test]
fn a_row_that_could_be_either_of_two_on_record_is_refused() {
    let rows = "Hull | 2022-09-20 | | LA Monitoring visit | |\nHull | 2022-09-22 | | LA Monitoring visit | |";
    let first = plan(STREAM, &sheet(rows), &History::default(), &release_2023());
    assert_eq!(first.requests.len(), 2);
    let between = sheet("Hull | 2022-09-21 | | LA Monitoring visit | |");
    let refused = plan(STREAM, &between, &History::of(&recorded(after(&first, Vec::new()))), &release_2025());
    let [Outcome::Refused(problems)] = refused.outcomes.as_slice() else { panic!("{:?}", refused.outcomes) };
    assert!(problems[0].what.contains("monitoring-visit-2022-09-20 and monitoring-visit-2022-09-22"));
}

#[test]
fn a_kind_that_several_events_name_is_corrected_in_all_of_them_at_once() {
    let first = plan(STREAM, &sheet(HULL), &History::default(), &release_2023());
    let events = after(&first, Vec::new());
    let short = sheet(&HULL.replace("Standard", "Short"));
    let corrected = plan(STREAM, &short, &History::of(&recorded(events.clone())), &release_2025());
    let kinds: Vec<i32> = corrected.requests[0]
        .events
        .iter()
        .map(|event| match &event.body {
            Some(Body::FieldCorrected(body)) => {
                match body.replacement.as_ref().and_then(|event| event.body.as_ref()) {
                    Some(Body::FieldworkRecorded(body)) => body.kind,
                    Some(Body::ReportPublished(body)) => body.kind,
                    Some(Body::JudgementsMade(body)) => body.kind,
                    other => panic!("{other:?}"),
                }
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [i32::from(InspectionKind::IlacsShort); 3]);
    let again = plan(STREAM, &short, &History::of(&recorded(after(&corrected, events))), &release_2025());
    assert_eq!(again.outcomes, [Outcome::Known]);
}

#[test]
fn a_gap_on_record_is_filled_by_a_source_of_any_day_and_a_difference_only_by_a_newer_one() {
    let gap = sheet(&HULL.replace("Requires improvement to be good", "-"));
    let first = plan(STREAM, &gap, &History::default(), &release_2025());
    let events = after(&first, Vec::new());
    let rows = sheet(&HULL.replace("| Good", "| Inadequate"));
    let later = plan(STREAM, &rows, &History::of(&recorded(events.clone())), &release_2025());
    assert_eq!(
        kinds(&later),
        [
            "corrected: Inspection outcomes 2025 says what was missing: overall effectiveness: requires improvement, was none"
        ]
    );
    assert_eq!((later.contradictions.len(), later.contradictions[0].field.as_str()), (1, "children in care"));
    let again = plan(STREAM, &rows, &History::of(&recorded(after(&later, events.clone()))), &release_2025());
    assert_eq!((again.requests.len(), again.outcomes), (0, vec![Outcome::Contradicted]));
    let older = plan(STREAM, &rows, &History::of(&recorded(events)), &release_2023());
    assert_eq!((older.requests.len(), older.outcomes), (1, vec![Outcome::Corrected]));
    assert_eq!((older.contradictions.len(), older.contradictions[0].field.as_str()), (1, "children in care"));
}
