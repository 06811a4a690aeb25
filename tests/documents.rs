//! Documents that repeat what the code says are compared with it. `UPDATE_EXPECT=1` writes docs/rules.md anew.

use std::fmt::Write as _;
use std::path::Path;

use docket_domain::RELAXED;
use docket_domain::cited::Cited;
use docket_domain::date::Date;
use docket_domain::effects::EFFECTS;
use docket_domain::frameworks::{FRAMEWORKS, Follows, Limit, ROWS};
use docket_domain::policy::{Force, Policy};
use docket_domain::providers::{BASES, RIGHTS};
use docket_domain::rules::{Mark, PATHWAY_RULES, RULES, instrument_basis};
use docket_domain::terms::{
    Flexibility, Framework, InspectionKind, InstrumentKind, ObligationKind, PathwayState,
};
use docket_domain::why::{READINGS, met_by};
use docket_server::export::TABLES;

fn day(date: Option<Date>) -> String {
    date.map_or_else(|| "–".into(), |date| date.to_string())
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn list<T: Copy, S: AsRef<str>>(items: &[T], name: impl Fn(T) -> S) -> String {
    let names: Vec<String> = items.iter().map(|item| words(name(*item).as_ref())).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

fn known(mark: Mark) -> &'static str {
    match mark {
        Mark::Verified => "verified",
        Mark::Secondary => "secondary source",
        Mark::Recalled => "recalled",
        Mark::Reading => "Docket's reading",
    }
}

fn row(page: &mut String, cells: &[&str]) {
    writeln!(page, "| {} |", cells.join(" | ")).unwrap();
}

fn table(page: &mut String, title: &str, about: &str, headings: &[&str]) {
    write!(page, "\n## {title}\n\n{about}\n\n").unwrap();
    row(page, headings);
    writeln!(page, "|{}", "---|".repeat(headings.len())).unwrap();
}

const ABOUT: &str = "# The rules

Written by a test from the tables of `crates/domain/src` (`rules.rs`, `frameworks.rs`, `pathway.rs`, `interim.rs`, `effects.rs`, `why`) and from the policy of a new log (`crates/server/register/policy.toml`); change those. Every line names its source, to be checked against it, and how surely it is known:

- *verified*: read in the law, the handbook or letters, or computed from official data;
- *secondary source*: read only in what somebody else wrote about it;
- *recalled*: general knowledge, read in no source. A deadline that is only recalled is computed only where the policy sets it; otherwise the date that a document states counts;
- *Docket's reading*: what is done where no source says; the decision that is named says why.

Frameworks, kinds of inspection, judgements, grades and obligations are named as they are in answers.
";

fn deadlines(page: &mut String) {
    let about = "Day 0 is the day of the trigger; it is not counted, and may be no working day. *Duty*: owed by law or by a document. *Expectation*: policy \
         or practice. *Right*: may be done until its day, and then lapses. What is computed from a receipt that was not recorded is an estimate, counted from publication; no duty falls overdue by it, and an expectation is past by it.";
    let headings = ["what", "period", "from", "day 0 from", "before", "nature", "source", "known"];
    table(page, "Deadlines", about, &headings);
    for rule in RULES.iter().chain(RIGHTS.iter().map(|right| &right.rule)) {
        let period = rule
            .period
            .map_or_else(|| "as stated".into(), |(length, unit)| format!("{length} {}", words(unit.name())));
        let nature = rule.nature.name();
        let (kind, from, until) = (words(rule.kind.name()), day(rule.from), day(rule.until));
        let known = known(rule.mark);
        row(page, &[&kind, &period, rule.trigger, &from, &until, nature, rule.basis, known]);
    }
    let about = "Each is met by the first of these kinds of event that happened; by the later of its dates it is in time. An expectation is no longer listed once it has come.";
    table(page, "What meets an obligation", about, &["what", "kinds of event"]);
    for kind in ObligationKind::ALL {
        row(page, &[&words(kind.name()), &met_by(*kind).join(", ")]);
    }
}

fn frameworks(page: &mut String) {
    let about = "Chosen by the kind of inspection and the first day of its fieldwork, never by publication.";
    let headings = ["kinds of inspection", "fieldwork from", "before", "framework", "source", "known"];
    table(page, "Frameworks", about, &headings);
    for one in ROWS {
        let kinds = list(one.kinds, InspectionKind::name);
        let (from, until, framework) = (day(one.from), day(one.until), words(one.framework.name()));
        row(page, &[&kinds, &from, &until, &framework, one.source, known(one.mark)]);
    }
    let about = "Visits give no grades. *Limiting*: where one of these is inadequate, the overall judgement is at most the grade named; a report that says otherwise is \
         recorded with a warning. Of limits known from a secondary source no official inspection was otherwise, and the text of the rule was not read.";
    let headings =
        ["framework", "judgements", "beside them", "grades", "limiting", "pathway from", "source", "known"];
    table(page, "Judgements and grades", about, &headings);
    for one in FRAMEWORKS {
        let name = |kind: docket_domain::terms::JudgementKind| kind.name();
        let at_most = |limit: Limit| {
            format!("{}: at most {} ({})", limit.judgement.name(), limit.at_most.name(), known(limit.mark))
        };
        let pathway = match one.pathway {
            Follows::Overall => "overall effectiveness",
            Follows::LeadersAndPractice => "leaders and practice",
            Follows::FullInspection => "none",
        };
        row(
            page,
            &[
                &words(one.framework.name()),
                &list(one.judgements, name),
                &list(one.also_carries, name),
                &list(one.grades, docket_domain::terms::Grade::name),
                &list(one.limiting, at_most),
                pathway,
                one.source,
                known(one.mark),
            ],
        );
    }
}

/// What was in force in 2020 and 2021.
fn interim(page: &mut String) {
    let about = "Which relaxations an exemption could be used under, and from which day each has no effect. Savings are not computed.";
    table(page, "Exemptions", about, &["relaxations", "from", "until", "source", "known"]);
    for one in RELAXED {
        let flexibilities = list(one.flexibilities, Flexibility::name);
        let (from, until) = (one.from.to_string(), one.until.to_string());
        row(page, &[&flexibilities, &from, &until, one.source, known(one.mark)]);
    }
}

/// What a new log's policy sets.
fn policy(page: &mut String) {
    let policy = default_policy();
    let about = "What no source that was read settles, as the policy of a new log has it (`docket policy --default`); an operator may adopt another (docs/decisions/0023). Each row has its first and last day.";
    table(page, "Policy", about, &["what", "set to", "from", "until", "source", "known"]);
    let mut line = |what: &str, set: &str, force: Force, source: &str, mark| {
        row(page, &[what, set, &day(force.from), &day(force.until), source, known(mark)]);
    };
    for one in &policy.periods {
        let length = one.set.length.map(|(length, unit)| format!("{length} {}", words(unit.name())));
        let length = length.unwrap_or_else(|| "as stated".into());
        line(&words(one.set.of.name()), &length, one.force, &one.source, one.mark);
    }
    for one in &policy.monitoring_visits {
        line(
            "monitoring visits before a re-inspection",
            &one.set.to_string(),
            one.force,
            &one.source,
            one.mark,
        );
    }
    for one in &policy.inadequate {
        let set = one.set.words().unwrap_or_else(|| "left open".into());
        line("monitoring, where nothing is judged overall", &set, one.force, &one.source, one.mark);
    }
    for one in &policy.priorities {
        let title = format!("Policy: {}", one.name);
        let about = format!("In force {}. Whoever an earlier one names comes first.", one.period());
        table(page, &title, &about, &["criterion", "rule", "source", "known"]);
        for (criterion, rule) in &one.rules {
            row(page, &[&words(criterion.name()), &rule.text, &rule.source, known(rule.mark)]);
        }
    }
}

fn default_policy() -> Policy {
    let adopted = docket_server::policy::read(docket_server::policy::DEFAULT).unwrap();
    docket_server::policy::facts(&adopted).unwrap()
}

fn measures(page: &mut String) {
    let about = "Under what each stands, by what the provider is registered for. Schools, colleges and the others that are registered under neither Act have no line, nor has what was not read in any source: of these no law is said.";
    let headings = ["provider", "measure", "urgent", "from", "source", "known"];
    table(page, "Measures against providers", about, &headings);
    for one in BASES {
        let urgent = one.urgent.map_or("–", |urgent| if urgent { "yes" } else { "no" });
        let (measure, from) = (words(one.measure.name()), day(one.from));
        row(page, &[one.act.name(), &measure, urgent, &from, one.source, known(one.mark)]);
    }
}

/// The whole page.
fn rules() -> String {
    let mut page = String::from(ABOUT);
    deadlines(&mut page);
    frameworks(&mut page);
    let about = "What Ofsted does next, by the judgements that count on the day asked.";
    table(&mut page, "Pathways", about, &["pathway", "rule", "source", "known"]);
    for (state, rule) in PATHWAY_RULES {
        row(&mut page, &[&words(PathwayState::name(*state)), rule.text, rule.source, known(rule.mark)]);
    }
    table(&mut page, "Instruments", "Under what each stands.", &["instrument", "source"]);
    for kind in InstrumentKind::ALL {
        row(&mut page, &[&words(kind.name()), instrument_basis(*kind)]);
    }
    measures(&mut page);
    interim(&mut page);
    policy(&mut page);
    let about = "By which rules each kind of event changes answers: what a replay names.";
    table(&mut page, "What events change", about, &["rule", "source", "known"]);
    for rule in EFFECTS {
        row(&mut page, &[rule.text, rule.source, known(rule.mark)]);
    }
    let about = "By which rules a day is counted, a state is said, and what is not known is told: what an explanation names beside those above.";
    table(&mut page, "How answers are read", about, &["rule", "source", "known"]);
    for rule in READINGS {
        row(&mut page, &[rule.text, rule.source, known(rule.mark)]);
    }
    page
}

/// Every line of every table: what it is about, and its source.
fn sources() -> Vec<(String, String)> {
    let cited = |rule: &Cited| (rule.text.to_owned(), rule.source);
    let deadlines = RULES.iter().chain(RIGHTS.iter().map(|right| &right.rule));
    let deadlines = deadlines.map(|rule| (format!("{:?} from {:?}", rule.kind, rule.from), rule.basis));
    let rows = ROWS.iter().map(|one| (format!("{:?} from {:?}", one.framework, one.from), one.source));
    let judged = FRAMEWORKS.iter().map(|one| (format!("what {:?} judges", one.framework), one.source));
    let instruments = InstrumentKind::ALL.iter().map(|kind| (format!("{kind:?}"), instrument_basis(*kind)));
    let measures = BASES.iter().map(|one| (format!("{:?} of {}", one.measure, one.act.name()), one.source));
    let relaxed = RELAXED.iter().map(|one| (format!("relaxed from {}", one.from), one.source));
    let criteria = default_policy().priorities.into_iter().flat_map(|table| table.rules);
    let criteria = criteria.map(|(_, rule)| (rule.text, rule.source));
    let pathways = PATHWAY_RULES.iter().map(|(_, rule)| cited(rule));
    let rules = EFFECTS.iter().chain(READINGS).map(cited);
    deadlines
        .chain(rows)
        .chain(judged)
        .chain(instruments)
        .chain(measures)
        .chain(pathways)
        .chain(rules)
        .chain(relaxed)
        .map(|(about, source)| (about, source.to_owned()))
        .chain(criteria)
        .collect()
}

/// What a source names: a law, a regulation, a body and its paper, a handbook, a document of the case, or a page of ours.
const NAMED: &[&str] = &[
    " Act ",
    "SI 20",
    "Ofsted",
    "ILACS",
    "SEND framework",
    "letters",
    "letter",
    "Department for Education",
    "direction",
    "improvement notices",
    "ONS code history",
    "measured in the reports",
    "the order that",
    "the document, as the recorded event names it",
    "docs/decisions/0",
    "ARCHITECTURE.md",
];

#[test]
fn every_line_of_every_table_names_its_source() {
    let sources = sources();
    assert!(100 < sources.len(), "{}", sources.len());
    for (about, source) in sources {
        assert!(NAMED.iter().any(|named| source.contains(named)), "{about}: {source:?} names no source");
        for decision in source.split("docs/decisions/").skip(1) {
            let number = decision.get(..4).unwrap();
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/decisions");
            let mut pages = std::fs::read_dir(folder).unwrap();
            let there = pages.any(|page| page.unwrap().file_name().to_string_lossy().starts_with(number));
            assert!(there, "{about}: there is no decision {number}");
        }
    }
}

#[test]
fn what_the_policy_of_a_new_log_has_from_general_knowledge_says_that_it_was_not_read() {
    let Policy { periods, monitoring_visits, inadequate, .. } = default_policy();
    let recalled = periods.into_iter().map(|row| (row.mark, row.source));
    let recalled = recalled.chain(monitoring_visits.into_iter().map(|row| (row.mark, row.source)));
    let recalled: Vec<_> = recalled.chain(inadequate.into_iter().map(|row| (row.mark, row.source))).collect();
    assert!(4 <= recalled.len(), "{recalled:?}");
    for (mark, source) in recalled {
        assert!(mark == Mark::Recalled && source.contains("not read"), "{source}");
    }
}

#[test]
fn the_page_of_rules_has_a_line_for_every_framework_and_every_obligation() {
    let page = rules();
    for name in
        Framework::ALL.iter().map(|one| one.name()).chain(ObligationKind::ALL.iter().map(|one| one.name()))
    {
        assert!(page.contains(&format!("| {} |", words(name))), "{name}");
    }
}

const ABOUT_TABLES: &str = "# Tables

Written by a test from `crates/server/src/export/tables.rs`; change that.

`docket export --table TABLE --as csv|json`, and `ExportService.Export`: a table of a day, as was known then, in the public view unless another is asked for. CSV is RFC 4180 in UTF-8 with a row of headings; JSON Lines has an object for each row, with every column. No value is an empty
cell, or null. Names and types of columns stay; new columns come at the end. The order of rows is always the same: asked for again with the day and the position that the answer names, a table is the same to the byte.

With `--output FILE`, `FILE.metadata.json` says what the file is (`docket.v1.ExportHead`): the day, what was known, view and basis, each column with its type, and the last checkpoint that the log's server signed.

Dates are `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` where no more is known. A column of several texts has a blank between them in CSV, and is an array in JSON.
";

fn tables() -> String {
    let mut page = ABOUT_TABLES.to_owned();
    for exported in TABLES {
        let name = exported.of.as_str_name().trim_start_matches("TABLE_").to_lowercase();
        let mut about = exported.says.to_owned();
        about.get_mut(..1).unwrap().make_ascii_uppercase();
        table(&mut page, &name, &format!("{about}."), &["column", "type", "what it says"]);
        for column in exported.columns {
            let kind = column.kind.as_str_name().trim_start_matches("COLUMN_TYPE_").to_lowercase();
            row(&mut page, &[&format!("`{}`", column.name), &kind, column.says]);
        }
    }
    page
}

#[test]
fn the_page_of_tables_is_what_is_exported() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tables.md");
    let page = tables();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/tables.md: run UPDATE_EXPECT=1 cargo test -p docket-cli --test it -- documents"
    );
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
