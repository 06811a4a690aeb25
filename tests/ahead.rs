//! `docket plan` and `docket intervals`, as somebody at a terminal and a calendar see them.

use std::path::Path;

use docket_api::{json, pb};

use crate::process::{Server, docket};

/// Runs a command against a server; gives its exit code, what it printed, and what it said beside.
fn run(server: &Server, arguments: &[&str]) -> (i32, String, String) {
    let output = docket().args(arguments).args(["--server", &server.url()]).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A server with these sample histories.
fn with_histories(directory: &Path, names: &[&str]) -> Server {
    let server = Server::start(directory);
    for name in names {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/histories/{name}.jsonl"));
        let (code, _, said) = run(&server, &["import", file.to_str().unwrap()]);
        assert_eq!(code, 0, "{said}");
    }
    server
}

/// The values of a property in a calendar, in order; lines that were folded are one again.
fn values(calendar: &str, property: &str) -> Vec<String> {
    let unfolded = calendar.replace("\r\n ", "");
    unfolded.lines().filter_map(|line| line.strip_prefix(property)).map(str::to_owned).collect()
}

#[test]
fn a_plan_goes_into_a_calendar_that_moves_what_moved_and_writes_over_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let server = with_histories(&directory.path().join("data"), &["kingston-upon-hull", "barnsley"]);
    let file = directory.path().join("plan.ics");
    let region = "yorkshire and the humber";
    let ask = |day: &str, more: &[&str]| {
        let mut arguments =
            vec!["plan", "--region", region, "--effective", day, "-o", file.to_str().unwrap()];
        arguments.extend(more);
        run(&server, &arguments)
    };
    let (code, printed, said) = ask("2022-06-01", &[]);
    assert_eq!(code, 0, "{said}");
    assert!(printed.ends_with("plan.ics: 3 entries\n"), "{printed}");
    let before = std::fs::read_to_string(&file).unwrap();
    assert_eq!(before.lines().next(), Some("BEGIN:VCALENDAR"));
    assert_eq!(before.matches("\r\n").count(), before.matches('\n').count());
    assert_eq!(
        values(&before, "UID:"),
        [
            "barnsley/ilacs-2018-10-08/next-inspection@docket",
            "kingston-upon-hull/ilacs-2019-01-14/next-inspection@docket",
            "kingston-upon-hull/monitoring-visit-2022-03-29/next-monitoring-visit@docket",
        ]
    );
    assert_eq!(values(&before, "DTSTART;VALUE=DATE:"), ["20210408", "20210714", "20220629"]);
    // A day is one day long, and a window ends on the day after it closes.
    assert_eq!(values(&before, "DTEND;VALUE=DATE:"), ["20220409", "20220715", "20220630"]);
    assert_eq!(values(&before, "SUMMARY:")[0], "Barnsley: short inspection (past)");

    let (code, _, said) = ask("2022-07-01", &[]);
    assert_eq!(code, 1);
    assert!(said.contains("--force"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    let (code, ..) = ask("2022-07-01", &["--force"]);
    assert_eq!(code, 0);
    let after = std::fs::read_to_string(&file).unwrap();
    // A month later the same visit is past; every other entry is where it was.
    assert_eq!(values(&after, "UID:")[..3], values(&before, "UID:"));
    assert!(after.contains("next monitoring visit (past)"), "{after}");
}

#[test]
fn a_plan_is_text_or_json_or_a_calendar_and_bad_questions_are_told_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let server = with_histories(directory.path(), &["kingston-upon-hull"]);
    let plan = ["plan", "Hull", "--effective", "2024-01-01"];
    let with = |more: &[&'static str]| run(&server, &[&plan[..], more].concat());
    let (code, printed, _) = with(&["--json"]);
    assert_eq!(code, 0);
    let answer: pb::GetForwardPlanResponse = json::from_str(&printed).unwrap();
    assert_eq!(answer.entries[0].obligation, "ilacs-2022-11-14/next-inspection");
    let (_, printed, _) = with(&[]);
    assert!(printed.contains("14 May 2025 – 14 May 2026  window opens in 499 days"), "{printed}");
    let (_, printed, _) = with(&["--as", "ics"]);
    assert!(printed.starts_with("BEGIN:VCALENDAR\r\n"), "{printed}");
    for (more, named) in [
        (vec!["--from", "2026-01-02", "--to", "2026-01-01"], "to_date"),
        (vec!["--json", "--as", "ics"], "not as both"),
        (vec!["--region", "Mercia"], "Mercia"),
    ] {
        let (code, _, said) = with(&more);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(named), "{said}");
    }
}

#[test]
fn intervals_are_a_table_with_its_meaning_each_by_itself_or_json() {
    let directory = tempfile::tempdir().unwrap();
    let server = with_histories(directory.path(), &["cumbria", "halton"]);
    let (code, printed, said) =
        run(&server, &["intervals", "--measure", "notice-to-direction", "--by", "region", "--each"]);
    assert_eq!(code, 0, "{said}");
    for part in [
        "Notice to direction",
        "from: issue of the first notice in an unbroken chain of notices",
        "North West  2        960    1076.5  1,193",
        "1     1,193  Cumbria    3 Aug 2012   notice-2012-08-03  9 Nov 2015   direction-2015-11-09",
    ] {
        assert!(printed.contains(part), "{part:?} is not in:\n{printed}");
    }
    let (_, printed, _) = run(&server, &["intervals", "Halton", "--by", "year", "--json"]);
    let answer: pb::GetIntervalsResponse = json::from_str(&printed).unwrap();
    assert_eq!(answer.meanings.len(), 8 - 1, "no direction over Halton has ended");
    let (code, _, said) = run(&server, &["intervals", "--from", "2026-01-02", "--to", "2026-01-01"]);
    assert_eq!((code, said.contains("to_date")), (1, true), "{said}");
}
