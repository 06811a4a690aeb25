//! Documents that repeat what the code says are compared with it. `UPDATE_EXPECT=1` writes docs/rules.md anew.

use std::fmt::Write as _;
use std::path::Path;

use docket_domain::date::Date;
use docket_domain::frameworks;
use docket_domain::rules::{Mark, RULES};
use docket_domain::terms::{Framework, ObligationNature};

fn day(date: Option<Date>) -> String {
    date.map_or_else(|| "–".into(), |date| date.to_string())
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn rules() -> String {
    let mut page = String::from(
        "# The rules\n\nWritten by a test from `crates/domain/src/rules.rs` and `frameworks.rs`; change those.\n\n## Deadlines\n\n\
         Day 0 is the day of the trigger; it is not counted, and may be no working day. *Duty*: owed by law or by a document. *Expectation*: policy \
         or practice. A rule that is only *recalled* is never computed: the date that a document states counts. What is computed from a receipt that \
         was not recorded is an estimate, counted from publication; nothing falls overdue by it.\n\n\
         | what | period | from | day 0 from | before | nature | basis | known |\n|---|---|---|---|---|---|---|---|\n",
    );
    for rule in RULES {
        let period = rule
            .period
            .map_or_else(|| "as stated".into(), |(length, unit)| format!("{length} {}", words(unit.name())));
        let nature = if rule.nature == ObligationNature::Duty { "duty" } else { "expectation" };
        let mark = match rule.mark {
            Mark::Verified => "verified",
            Mark::Secondary => "secondary source",
            Mark::Recalled => "recalled",
        };
        writeln!(
            page,
            "| {} | {period} | {} | {} | {} | {nature} | {} | {mark} |",
            words(rule.kind.name()),
            rule.trigger,
            day(rule.from),
            day(rule.until),
            rule.basis,
        )
        .unwrap();
    }
    page.push_str(
        "\n## Frameworks\n\nChosen by the kind of inspection and the first day of its fieldwork. Visits give no grades.\n\n\
         | framework | judgements | grades |\n|---|---|---|\n",
    );
    for framework in Framework::ALL {
        let judgements: Vec<_> =
            frameworks::judgements(*framework).iter().map(|kind| words(kind.name())).collect();
        let grades: Vec<_> = frameworks::grades(*framework).iter().map(|grade| words(grade.name())).collect();
        let or_none = |list: Vec<String>| if list.is_empty() { "none".into() } else { list.join(", ") };
        writeln!(page, "| {} | {} | {} |", words(framework.name()), or_none(judgements), or_none(grades))
            .unwrap();
    }
    page
}

#[test]
fn the_page_of_rules_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, rules()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == rules(),
        "docs/rules.md is not what the tables say: UPDATE_EXPECT=1 cargo test --test it"
    );
}

#[test]
fn every_command_in_the_readme_is_one_that_the_binary_has() {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let commands: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.trim_start_matches("cargo run --release -- ").strip_prefix("docket "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(8 < commands.len(), "{commands:?}");
    for command in commands {
        let help = std::process::Command::new(env!("CARGO_BIN_EXE_docket"))
            .args([command, "--help"])
            .output()
            .unwrap();
        assert!(help.status.success(), "docket {command} is no command");
    }
}
