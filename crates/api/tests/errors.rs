//! `docs/errors.md` lists every reason that a caller can meet, and no other.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::fs;
use std::path::Path;

use docket_api::reason::Reason;
use docket_domain::decide;

/// The rows of the table under a heading, cell by cell.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .skip_while(|line| *line != format!("## {heading}"))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells = line.trim_matches(['|', ' ']).split(" | ");
            cells.map(|cell| cell.trim_matches('`').to_owned()).collect()
        })
        .collect()
}

/// `InvalidArgument` as gRPC spells it: `INVALID_ARGUMENT`.
fn code_name(reason: Reason) -> String {
    let mut name = String::new();
    for c in format!("{:?}", reason.code()).chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(c.to_uppercase());
    }
    name
}

#[test]
fn the_page_lists_every_reason_with_its_code_and_its_meaning() {
    let page: Vec<Vec<String>> =
        rows("Reasons").into_iter().map(|row| row.into_iter().take(3).collect()).collect();
    let code: Vec<Vec<String>> = Reason::ALL
        .iter()
        .map(|reason| vec![reason.as_str().to_owned(), code_name(*reason), reason.description().to_owned()])
        .collect();
    assert_eq!(page, code);
}

/// Reasons of the domain as rows of a table.
fn as_rows(reasons: &[(&str, &str)]) -> Vec<Vec<String>> {
    let row = |(reason, meaning): &(&str, &str)| vec![(*reason).to_owned(), (*meaning).to_owned()];
    reasons.iter().map(row).collect()
}

#[test]
fn the_page_lists_every_refusal_of_the_rules() {
    assert_eq!(rows("Refusals"), as_rows(decide::REASONS));
}

#[test]
fn the_page_lists_every_warning_of_the_rules() {
    assert_eq!(rows("Warnings"), as_rows(decide::WARNINGS));
}

#[test]
fn a_reason_means_one_thing() {
    let ours = Reason::ALL.iter().map(|reason| reason.as_str());
    let rules = decide::REASONS.iter().chain(decide::WARNINGS).map(|rule| rule.0);
    let mut all: Vec<&str> = ours.chain(rules).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}
