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
