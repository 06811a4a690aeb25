//! `docket import` of a history beside what is on record, as somebody at a terminal sees it.

use std::path::Path;

use crate::process::{Server, docket};

const KEY: &str = "ilacs-published-2019-03-20";

fn run(server: &Server, arguments: &[&str]) -> (i32, String, String) {
    let output = docket().args(arguments).args(["--server", &server.url()]).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A line of Hull's history, from a document of this day.
fn line(number: u32, told: &str, happened_on: &str, body: &str) -> String {
    let day = |text: &str| {
        let day: jiff::civil::Date = text.parse().unwrap();
        format!(r#"{{"year":{},"month":{},"day":{}}}"#, day.year(), day.month(), day.day())
    };
    let (told, happened_on) = (day(told), day(happened_on));
    format!(
        r#"{{"eventId":"00000000-0000-4000-8000-{number:012}","stream":"authority/kingston-upon-hull","happenedOn":{happened_on},"sources":[{{"title":"document {number}","documentDate":{told}}}],"confidence":"CONFIDENCE_OFFICIAL",{body}}}"#
    )
}

fn of_inspection(kind: &str, key: &str) -> String {
    format!(r#""{kind}":{{"inspection":"{key}","kind":"INSPECTION_KIND_ILACS_STANDARD"}}"#)
}

fn file(directory: &Path, name: &str, lines: &[String]) -> String {
    let path = directory.join(name);
    std::fs::write(&path, lines.join("\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_history_after_a_release_is_recorded_under_the_key_on_record_and_confirms_what_it_repeats() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&directory.path().join("data"));
    let released = line(1, "2023-07-06", "2019-03-20", &of_inspection("reportPublished", KEY));
    let (code, _, said) = run(&server, &["record", "--event", &released]);
    assert_eq!(code, 0, "{said}");

    let own = "ilacs-2019-01-14";
    let due = format!(
        r#""dueDateStated":{{"obligation":"{own}/written-statement","dueDate":{{"year":2019,"month":6,"day":28}}}}"#
    );
    let history = [
        line(2, "2019-03-20", "2019-01-14", &of_inspection("fieldworkRecorded", own)),
        line(3, "2019-03-20", "2019-03-20", &of_inspection("reportPublished", own)),
        line(4, "2019-03-20", "2019-03-20", &due),
    ];
    let history = file(directory.path(), "hull.jsonl", &history);
    let (code, printed, said) = run(&server, &["import", "--dry-run", &history]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(printed, "Nothing was recorded. Events: 3 would be recorded, 1 are on record already.\n");
    let (code, printed, said) = run(&server, &["import", &history]);
    assert_eq!((code, printed.as_str(), said.as_str()), (0, "Events: 3 recorded, 1 on record before.\n", ""));
    let (_, printed, _) = run(&server, &["import", &history]);
    assert_eq!(printed, "Events: 0 recorded, 3 on record before.\n");

    let (_, told, said) = run(&server, &["history", "kingston-upon-hull", "--json"]);
    assert!(!told.contains(own), "{told}");
    assert_eq!(told.matches(&format!("{KEY}/written-statement")).count(), 1, "{said}{told}");
    assert_eq!(told.matches("eventsConfirmed").count(), 1, "{told}");
}

#[test]
fn what_a_history_says_otherwise_than_a_newer_document_is_listed_and_not_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&directory.path().join("data"));
    let released = line(1, "2023-07-06", "2019-03-20", &of_inspection("reportPublished", KEY));
    assert_eq!(run(&server, &["record", "--event", &released]).0, 0);
    let older = line(2, "2019-03-21", "2019-03-21", &of_inspection("reportPublished", "ilacs-2019-01-14"));
    let older = file(directory.path(), "hull.jsonl", &[older]);
    let (code, printed, said) = run(&server, &["import", &older]);
    assert_eq!((code, printed.as_str()), (0, "Events: 0 recorded, 1 on record before.\n"));
    assert!(
        said.contains(
            "not recorded: ILACS standard inspection published 2019-03-20: publication date 2019-03-21"
        ),
        "{said}"
    );
}

const HEADINGS: &str =
    "Local authority name,Inspection date,Publication date,Inspection type,Overall effectiveness";

/// What a status says, without what hangs on when and by which event something was recorded.
fn timeless(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    let hangs = |name: &str| {
        matches!(name, "restsOn" | "detailsRestOn" | "asOf" | "eventId" | "openingEvent" | "closingEvent")
    };
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| !hangs(name));
            kept.map(|(name, value)| (name, timeless(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(timeless).collect(),
        other => other,
    }
}

/// A history that tells how Ofsted changed a judgement on 2 May 2023, and a release that tells the changed grade alone.
fn revised(directory: &Path) -> [Vec<String>; 2] {
    let key = "ilacs-2022-11-14";
    let told = "2023-05-02";
    let judged = format!(
        r#""judgementsMade":{{"inspection":"{key}","kind":"INSPECTION_KIND_ILACS_STANDARD","judgements":[{{"kind":"JUDGEMENT_KIND_OVERALL_EFFECTIVENESS","grade":"GRADE_REQUIRES_IMPROVEMENT"}}]}}"#
    );
    let changed = format!(
        r#""judgementRevised":{{"inspection":"{key}","kind":"JUDGEMENT_KIND_OVERALL_EFFECTIVENESS","oldGrade":"GRADE_REQUIRES_IMPROVEMENT","newGrade":"GRADE_INADEQUATE"}}"#
    );
    let history = [
        line(2, told, "2022-11-14", &of_inspection("fieldworkRecorded", key)),
        line(3, told, "2023-01-13", &of_inspection("reportPublished", key)),
        line(4, told, "2023-01-13", &judged),
        line(5, told, told, &changed),
    ];
    let release = format!("{HEADINGS}\nHull,2022-11-14,2023-01-13,ILACS Standard Inspection,Inadequate");
    let release = file(directory, "release.csv", &[release]);
    let history = file(directory, "hull.jsonl", &history);
    let day = ["--release-date", "2023-07-06"].map(str::to_owned);
    [vec![history], [release].into_iter().chain(day).collect()]
}

#[test]
fn a_judgement_that_was_changed_and_a_release_that_tells_the_changed_grade_alone_are_the_same_in_both_orders()
{
    let directory = tempfile::tempdir().unwrap();
    let [history, release] = revised(directory.path());
    let mut answers = Vec::new();
    for (number, order) in [[&history, &release], [&release, &history]].into_iter().enumerate() {
        let server = Server::start(&directory.path().join(number.to_string()));
        let import = |what: &[String]| {
            let arguments: Vec<&str> =
                ["import"].into_iter().chain(what.iter().map(String::as_str)).collect();
            let (code, printed, said) = run(&server, &arguments);
            assert_eq!((code, said.contains("not recorded:")), (0, false), "{printed}{said}");
        };
        order.iter().for_each(|what| import(what));
        let recorded = || run(&server, &["history", "kingston-upon-hull", "--json"]).1;
        let once = recorded();
        assert_eq!(once.matches("\"judgementRevised\"").count(), 1, "{once}");
        assert!(once.contains("eventsConfirmed"), "{once}");
        order.iter().for_each(|what| import(what));
        assert_eq!(recorded(), once, "imported again");
        let on = |day| {
            let (code, told, said) =
                run(&server, &["status", "kingston-upon-hull", "--effective", day, "--json"]);
            assert_eq!(code, 0, "{said}");
            timeless(serde_json::from_str(&told).unwrap())
        };
        answers.push([on("2023-03-01"), on("2024-03-01")]);
    }
    for (day, grade) in ["GRADE_REQUIRES_IMPROVEMENT", "GRADE_INADEQUATE"].into_iter().enumerate() {
        assert_eq!(answers[0][day], answers[1][day]);
        assert_eq!(answers[0][day]["status"]["profile"]["grades"][0]["grade"], grade, "{}", answers[0][day]);
    }
}

/// Forty visits to Hull, a month apart, as a document of this day tells them; of every one its letter came on this day of the month.
fn visits(first_number: u32, told: &str, letter: u32) -> Vec<String> {
    let of = |number: u32| {
        let (year, month) = (2015 + number / 12, number % 12 + 1);
        let of = |kind: &str| {
            format!(
                r#""{kind}":{{"inspection":"monitoring-visit-{year}-{month:02}-03","kind":"INSPECTION_KIND_MONITORING_VISIT"}}"#
            )
        };
        let id = first_number + 2 * number;
        [
            line(id, told, &format!("{year}-{month:02}-03"), &of("fieldworkRecorded")),
            line(id + 1, told, &format!("{year}-{month:02}-{letter}"), &of("reportPublished")),
        ]
    };
    (0..40).flat_map(of).map(|line| line.replace(r#""title":"document "#, r#""title":"list "#)).collect()
}

/// Events of a kind on record, without those that only stand in corrections.
fn recorded(server: &Server, kind: &str) -> usize {
    let (_, told, _) = run(server, &["history", "kingston-upon-hull", "--json"]);
    let events = told.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    events.filter(|event| event.pointer(&format!("/event/event/{kind}")).is_some()).count()
}

#[test]
fn two_histories_that_are_imported_at_the_same_moment_end_as_one_after_the_other() {
    let directory = tempfile::tempdir().unwrap();
    let files = [
        file(directory.path(), "one.jsonl", &visits(100, "2020-01-01", 20)),
        file(directory.path(), "other.jsonl", &visits(300, "2021-01-01", 21)),
    ];
    let answer = |server: &Server| {
        let (_, told, _) =
            run(server, &["status", "kingston-upon-hull", "--effective", "2024-01-01", "--json"]);
        timeless(serde_json::from_str(&told).unwrap())
    };
    let server = Server::start(&directory.path().join("data"));
    for file in &files {
        let (code, printed, said) = run(&server, &["import", file]);
        assert_eq!(code, 0, "{printed}{said}");
    }
    let (expected, counts) =
        (answer(&server), ["fieldworkRecorded", "reportPublished"].map(|kind| recorded(&server, kind)));
    assert_eq!(counts, [40, 40]);
    for round in 0..3 {
        let server = Server::start(&directory.path().join(round.to_string()));
        let importing = files.each_ref().map(|file| {
            let mut command = docket();
            command.args(["import", file, "--server", &server.url()]).stdout(std::process::Stdio::piped());
            command.stderr(std::process::Stdio::piped()).spawn().unwrap()
        });
        for process in importing {
            let ended = process.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(ended.status.success(), "{}{said}", String::from_utf8_lossy(&ended.stdout));
        }
        assert_eq!(["fieldworkRecorded", "reportPublished"].map(|kind| recorded(&server, kind)), counts);
        assert_eq!(answer(&server), expected);
        for file in &files {
            let before = recorded(&server, "fieldCorrected") + recorded(&server, "eventsConfirmed");
            let (code, printed, said) = run(&server, &["import", file]);
            assert!(code == 0 && printed.starts_with("Events: 0 recorded"), "{printed}{said}");
            assert_eq!(recorded(&server, "fieldCorrected") + recorded(&server, "eventsConfirmed"), before);
        }
    }
}
