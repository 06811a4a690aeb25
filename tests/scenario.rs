//! Reads a scenario: a history, then questions with what the answers must say.
//!
//! ```text
//! # What it shows
//! history ID...                      records tests/histories/ID.jsonl
//! record                             records the indented events below, one JSON object a line
//! status ID on DATE [known POSITION|before EVENT|after EVENT] [basis inspected] [view restricted]
//! provider URN on DATE [likewise]
//! plan ID INSPECTION|last on DATE [likewise]
//! indicators ID on DATE [likewise]
//!   existence exists                 the indented lines below are expectations; see `expectation`
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use docket_api::{json, pb};

use crate::drivers::Both;
use crate::scenario_plans::{of_indicators, of_plan};

/// One block of a scenario: its first line, and the indented lines below it.
struct Block {
    line: usize,
    head: String,
    body: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let content = text.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if text.starts_with(char::is_whitespace) {
            blocks.last_mut().expect("an indented line stands below another").body.push(content.to_owned());
        } else {
            blocks.push(Block { line, head: content.to_owned(), body: Vec::new() });
        }
    }
    blocks
}

/// Runs a scenario on both drivers; gives every expectation that did not hold.
pub(crate) async fn run(path: &Path) -> Vec<String> {
    let both = Both::start().await;
    let mut positions = BTreeMap::new();
    let mut failures = Vec::new();
    let mut asked = 0;
    for block in blocks(&std::fs::read_to_string(path).unwrap()) {
        let words: Vec<&str> = block.head.split_whitespace().collect();
        match words.as_slice() {
            ["history", ids @ ..] => {
                for id in ids {
                    let file = path.parent().unwrap().with_file_name("histories").join(format!("{id}.jsonl"));
                    let lines = std::fs::read_to_string(&file)
                        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                    record(&both, lines.lines(), &mut positions).await;
                }
            }
            ["record"] => record(&both, block.body.iter().map(String::as_str), &mut positions).await,
            ["status", authority, "on", day, rest @ ..] => {
                let as_of = as_of(day, rest, &positions);
                let request = pb::GetStatusRequest { authority: (*authority).to_owned(), as_of: Some(as_of) };
                let status = both.status(request).await;
                asked += block.body.len();
                failures.extend(unmet(path, &block, |expected| expectation(&status, expected)));
            }
            ["provider", urn, "on", day, rest @ ..] => {
                let as_of = as_of(day, rest, &positions);
                let request = pb::GetProviderRequest { urn: (*urn).to_owned(), as_of: Some(as_of) };
                let status = both.provider(request).await;
                asked += block.body.len();
                failures.extend(unmet(path, &block, |expected| expectation_of_provider(&status, expected)));
            }
            ["plan", authority, inspection, "on", day, rest @ ..] => {
                let inspection = if *inspection == "last" { String::new() } else { (*inspection).to_owned() };
                let as_of = Some(as_of(day, rest, &positions));
                let authority = (*authority).to_owned();
                let request = pb::GetActionPlanRequest { authority, inspection, as_of, ..Default::default() };
                let plan = both.plan(request).await;
                asked += block.body.len();
                failures.extend(unmet(path, &block, |expected| of_plan(&plan, expected)));
            }
            ["indicators", authority, "on", day, rest @ ..] => {
                let as_of = Some(as_of(day, rest, &positions));
                let authority = (*authority).to_owned();
                let request = pb::GetIndicatorsRequest { authority, as_of, ..Default::default() };
                let told = both.indicators(request).await;
                asked += block.body.len();
                failures.extend(unmet(path, &block, |expected| of_indicators(&told, expected)));
            }
            _ => panic!("{}:{}: not a line of a scenario: {}", path.display(), block.line, block.head),
        }
    }
    assert!(0 < asked, "{} expects nothing", path.display());
    failures
}

/// The expectations of a block that do not hold.
fn unmet(path: &Path, block: &Block, holds: impl Fn(&str) -> Result<(), String>) -> Vec<String> {
    let place = format!("{}:{}", path.file_name().unwrap().to_string_lossy(), block.line);
    let told = |expected: &String| {
        let actual = holds(expected).err()?;
        Some(format!("{place}: {}\n    expected {expected}\n    actual   {actual}", block.head))
    };
    block.body.iter().filter_map(told).collect()
}

async fn record<'l>(
    both: &Both,
    lines: impl Iterator<Item = &'l str>,
    positions: &mut BTreeMap<String, u64>,
) {
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let event = json::from_str(line).unwrap_or_else(|error| panic!("{error:?}: {line}"));
        let (id, position) = both.record(event).await;
        positions.insert(id, position);
    }
}

fn as_of(day: &str, mut rest: &[&str], positions: &BTreeMap<String, u64>) -> pb::AsOf {
    let mut as_of = pb::AsOf { effective_date: Some(date(day)), ..pb::AsOf::default() };
    let at = |event: &str| *positions.get(event).unwrap_or_else(|| panic!("{event} was not recorded"));
    loop {
        rest = match rest {
            [] => return as_of,
            ["known", "before", event, rest @ ..] => {
                as_of.known_position = at(event) - 1;
                rest
            }
            ["known", "after", event, rest @ ..] => {
                as_of.known_position = at(event);
                rest
            }
            ["known", position, rest @ ..] => {
                as_of.known_position = position.parse().unwrap();
                rest
            }
            ["basis", "inspected", rest @ ..] => {
                as_of.basis = pb::Basis::Inspected.into();
                rest
            }
            ["view", "restricted", rest @ ..] => {
                as_of.view = pb::View::Restricted.into();
                rest
            }
            other => panic!("not part of a question: {other:?}"),
        };
    }
}

fn date(text: &str) -> pb::Date {
    let mut parts = text.split('-').map(|part| part.parse().unwrap());
    let mut next = || parts.next().unwrap_or(0);
    pb::Date { year: next(), month: next(), day: next() }
}

fn show(date: Option<&pb::Date>) -> String {
    match date {
        None => "-".into(),
        Some(pb::Date { year, month: 0, .. }) => format!("{year:04}"),
        Some(pb::Date { year, month, day: 0 }) => format!("{year:04}-{month:02}"),
        Some(pb::Date { year, month, day }) => format!("{year:04}-{month:02}-{day:02}"),
    }
}

/// An enum value as scenarios write it: in lower case, without its prefix.
fn term(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase()
}

/// Whether a status says what a line expects; what it says instead.
fn expectation(status: &pb::AuthorityStatus, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let actual = match words.as_slice() {
        ["existence", _] => {
            let state = status.existence.as_ref().unwrap().state().as_str_name();
            format!("existence {}", term(state, "EXISTENCE_STATE_"))
        }
        ["pathway", _] => {
            let state = status.pathway.as_ref().unwrap().state().as_str_name();
            format!("pathway {}", term(state, "PATHWAY_STATE_"))
        }
        ["pathway", "paused", rest @ ..] => {
            let pause = status.pathway.as_ref().unwrap().pause.clone().unwrap_or_default();
            let shown = rest.iter().map(|asked| match asked.split('=').next().unwrap() {
                "before" => format!("before={}", term(pause.paused_state().as_str_name(), "PATHWAY_STATE_")),
                "since" => {
                    format!("since={}", show(status.pathway.as_ref().unwrap().since_date.as_ref()))
                }
                "by" => {
                    let keys: Vec<&str> =
                        pause.suspensions.iter().map(|suspension| &*suspension.suspension).collect();
                    format!("by={}", keys.join(","))
                }
                other => panic!("not part of a pause: {other}"),
            });
            let state = status.pathway.as_ref().unwrap().state().as_str_name();
            format!("pathway {} {}", term(state, "PATHWAY_STATE_"), shown.collect::<Vec<_>>().join(" "))
        }
        ["profile", rest @ ..] => format!("profile {}", profile(status.profile.as_ref(), rest)),
        ["send_profile", rest @ ..] => {
            format!("send_profile {}", profile(status.send_profile.as_ref(), rest))
        }
        ["instruments", ..] => instruments(status),
        ["obligation", key, rest @ ..] => {
            format!("obligation {key}{}", obligation(&status.obligations, key, rest))
        }
        ["case", rest @ ..] => case(status, rest),
        ["priority_actions", _] => {
            format!("priority_actions {}", status.pathway.as_ref().unwrap().open_priority_actions.len())
        }
        ["exemption", key, ..] => format!("exemption {key} {}", exemption(&status.exemptions, key)),
        ["uncertain" | "certain"] => {
            if status.uncertainties.is_empty() {
                "certain".into()
            } else {
                "uncertain".into()
            }
        }
        _ => panic!("not an expectation: {line}"),
    };
    let expected = if words.first() == Some(&"instruments") { sorted(line) } else { words.join(" ") };
    if actual == expected { Ok(()) } else { Err(actual) }
}

/// The profile as far as the expectation asks: its inspection, and the grade of each kind named.
fn profile(profile: Option<&pb::JudgementProfile>, asked: &[&str]) -> String {
    let Some(profile) = profile.filter(|profile| profile.inspected) else { return "none".into() };
    let mut shown = vec![profile.inspection.clone()];
    for asked in asked.iter().skip(1) {
        let kind = asked.split('=').next().unwrap();
        let is_asked = |grade: &&pb::ProfileGrade| {
            let name = term(grade.kind().as_str_name(), "JUDGEMENT_KIND_");
            name == kind || (name == "overall_effectiveness" && kind == "overall")
        };
        let grade = profile.grades.iter().find(is_asked);
        let grade = grade.map_or("absent".into(), |grade| term(grade.grade().as_str_name(), "GRADE_"));
        shown.push(format!("{kind}={grade}"));
    }
    shown.join(" ")
}

fn instruments(status: &pb::AuthorityStatus) -> String {
    let current = status.instruments.iter().filter(|instrument| instrument.standing() != pb::Standing::Ended);
    let shown: Vec<String> = current
        .map(|i| format!("{} {}", i.instrument, term(i.standing().as_str_name(), "STANDING_")))
        .collect();
    if shown.is_empty() {
        "instruments none".into()
    } else {
        sorted(&format!("instruments {}", shown.join(", ")))
    }
}

/// The list of an `instruments` line, in the order of the alphabet.
fn sorted(line: &str) -> String {
    let list = line.trim_start_matches("instruments").trim();
    let mut items: Vec<String> =
        list.split(',').map(|item| item.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    items.sort();
    format!("instruments {}", items.join(", "))
}

/// Whether a provider's status says what a line expects; what it says instead.
fn expectation_of_provider(status: &pb::ProviderStatus, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let actual = match words.as_slice() {
        ["registration", _] => {
            let state = status.registration.as_ref().unwrap().state().as_str_name();
            format!("registration {}", term(state, "REGISTRATION_STATE_"))
        }
        ["profile", rest @ ..] => format!("profile {}", profile(status.profile.as_ref(), rest)),
        ["interim", rest @ ..] => format!("interim {}", profile(status.interim.as_ref(), rest)),
        ["measure", key, ..] => format!("measure {key}{}", measure(status, key)),
        ["obligation", key, rest @ ..] => {
            format!("obligation {key}{}", obligation(&status.obligations, key, rest))
        }
        ["exemption", key, ..] => format!("exemption {key} {}", exemption(&status.exemptions, key)),
        ["suspended", ..] => {
            let keys: Vec<&str> = status.suspensions.iter().map(|one| one.suspension.as_str()).collect();
            format!("suspended by={}", keys.join(","))
        }
        ["requirements", ..] => {
            let open = status.requirements.iter().filter(|made| !made.met).count();
            format!("requirements {open} of {}", status.requirements.len())
        }
        _ => panic!("not an expectation: {line}"),
    };
    if actual == words.join(" ") { Ok(()) } else { Err(actual) }
}

/// How the use of an exemption stands, and when the relaxation lapses.
fn exemption(exemptions: &[pb::Exemption], key: &str) -> String {
    let Some(exemption) = exemptions.iter().find(|exemption| exemption.exemption == key) else {
        return "absent".into();
    };
    let standing = term(exemption.standing().as_str_name(), "STANDING_");
    format!("{standing} lapses={}", show(exemption.lapse_date.as_ref()))
}

/// How a measure stands, how far it has come, and how it ended.
fn measure(status: &pb::ProviderStatus, key: &str) -> String {
    let Some(measure) = status.measures.iter().find(|measure| measure.measure == key) else {
        return " absent".into();
    };
    let standing = term(measure.standing().as_str_name(), "STANDING_");
    let stage = term(measure.stage().as_str_name(), "MEASURE_STAGE_");
    format!(" {standing} {stage} {}", measure.outcome).trim_end().to_owned()
}

fn obligation(obligations: &[pb::Obligation], key: &str, asked: &[&str]) -> String {
    let Some(obligation) = obligations.iter().find(|obligation| obligation.obligation == key) else {
        return " absent".into();
    };
    let mut shown = String::new();
    for asked in asked {
        let value = match asked.split('=').next().unwrap() {
            "stated" => show(obligation.due_stated_date.as_ref()),
            "computed" => show(obligation.due_computed_date.as_ref()),
            "first_computed" => show(obligation.due_first_computed_date.as_ref()),
            "estimated" => show(obligation.due_estimated_date.as_ref()),
            "overdue" if asked.contains('=') => obligation.days_overdue.to_string(),
            _ => {
                shown.push_str(&format!(" {}", term(obligation.state().as_str_name(), "OBLIGATION_STATE_")));
                continue;
            }
        };
        shown.push_str(&format!(" {}={value}", asked.split('=').next().unwrap()));
    }
    shown
}

/// The case of the number asked for, or the open one where none is.
fn case(status: &pb::AuthorityStatus, asked: &[&str]) -> String {
    let number: Option<u32> = asked.first().and_then(|word| word.parse().ok());
    let Some(number) = number else {
        return status
            .open_case
            .as_ref()
            .map_or("case none".into(), |case| format!("case {} open", case.number));
    };
    let Some(case) = status.cases.iter().find(|case| case.number == number) else {
        return format!("case {number} absent");
    };
    let state = if case.closed_date.is_none() { "open" } else { "closed" };
    let mut shown = format!("case {number} {state}");
    for asked in asked.iter().skip(2) {
        match asked.split('=').next().unwrap() {
            "opened" => shown.push_str(&format!(" opened={}", show(case.opened_date.as_ref()))),
            "closed" => shown.push_str(&format!(" closed={}", show(case.closed_date.as_ref()))),
            "opening" => shown.push_str(&format!(" opening={}", case.opening_event)),
            "closing" => shown.push_str(&format!(" closing={}", case.closing_event)),
            other => panic!("not part of a case: {other}"),
        }
    }
    shown
}
