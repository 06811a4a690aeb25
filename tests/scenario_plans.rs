//! What a scenario expects of action plans and of indicators.

use docket_api::pb;

/// A list as scenarios write it.
fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    if items.is_empty() { "none".into() } else { items.join(" ") }
}

fn term(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase()
}

/// Whether a plan says what a line expects; what it says instead.
pub(crate) fn of_plan(plan: &pb::ActionPlan, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let coverage = plan.coverage.clone().unwrap();
    let finding =
        |reference: &str| plan.findings.iter().find(|finding| finding.reference == reference).unwrap();
    let actual = match words.as_slice() {
        ["plan", _] => format!("plan {}", plan.obligation),
        ["findings", ..] => {
            format!("findings {}", list(plan.findings.iter().map(|finding| finding.reference.clone())))
        }
        ["actions", ..] => {
            format!("actions {}", list(plan.actions.iter().map(|action| action.reference.clone())))
        }
        ["visits", ..] => {
            format!("visits {}", list(plan.visits.iter().map(|visit| visit.inspection.clone())))
        }
        ["unanswered", ..] => format!("unanswered {}", list(coverage.unanswered_findings)),
        ["without_finding", ..] => format!("without_finding {}", list(coverage.actions_without_finding)),
        ["not_looked_at", ..] => format!("not_looked_at {}", list(coverage.findings_not_looked_at)),
        ["late", ..] => format!("late {}", list(coverage.late.iter().map(late))),
        ["finding", reference, ..] => {
            format!("finding {reference} {}", list(finding(reference).actions.clone()))
        }
        ["review", reference, _] => {
            let review = finding(reference).review.as_ref();
            let outcome = review.map(|review| review.outcome().as_str_name());
            let outcome = outcome.map_or("none".into(), |name| term(name, "PLAN_REVIEW_OUTCOME_"));
            format!("review {reference} {outcome}")
        }
        ["action", reference, ..] => {
            let action = plan.actions.iter().find(|action| action.reference == *reference).unwrap();
            let late = if action.late { " late" } else { "" };
            format!("action {reference} {}{late}", term(action.state().as_str_name(), "ACTION_STATE_"))
        }
        ["looked_at", visit, ..] => {
            let visit = plan.visits.iter().find(|seen| seen.inspection == *visit).unwrap();
            let seen = visit.findings.iter().chain(&visit.actions).cloned();
            format!("looked_at {} {}", visit.inspection, list(seen))
        }
        _ => panic!("not an expectation of a plan: {line}"),
    };
    if actual == words.join(" ") { Ok(()) } else { Err(actual) }
}

fn late(late: &pb::LateItem) -> String {
    let milestone = if late.milestone.is_empty() { String::new() } else { format!("/{}", late.milestone) };
    format!("{}{milestone}:{}", late.action, late.days)
}

/// Whether the last value of an indicator is what a line expects; what it is instead.
pub(crate) fn of_indicators(told: &pb::GetIndicatorsResponse, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["last", kind, ..] = words.as_slice() else { panic!("not an expectation of indicators: {line}") };
    let is_asked = |one: &&pb::Indicator| term(one.kind().as_str_name(), "INDICATOR_KIND_") == *kind;
    let indicator = told.indicators.iter().find(is_asked);
    let actual = match indicator.and_then(|one| Some((one.values.first()?, &one.unit))) {
        None => format!("last {kind} none"),
        Some((last, unit)) => format!("last {kind} {} {unit}", last.value),
    };
    if actual == words.join(" ") { Ok(()) } else { Err(actual) }
}
