//! One action plan in depth: what does not fit first, then finding by finding.

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::obligation::due;
use super::status::{as_of, heading, ids, key_and_ids};
use super::table::{Tone, aside, cell, paragraph, rows, text};
use super::words::{count, words};
use crate::when::{self, Day};

/// Everything that is said of a plan.
pub(crate) fn action_plan(style: Style, plan: &pb::ActionPlan) -> String {
    let mut block = header(style, plan);
    block.push_str(&coverage(style, plan));
    for finding in &plan.findings {
        block.push_str(&one_finding(style, plan, finding));
    }
    let without: Vec<_> = plan.actions.iter().filter(|action| action.answers.is_empty()).collect();
    if !without.is_empty() {
        let lines = without.into_iter().flat_map(|one| action(style, one));
        block.push_str(&heading(style, "Actions that answer no finding", ""));
        block.push_str(&rows(style, 2, lines.collect()));
    }
    block.push_str(&visits(style, &plan.visits));
    if !plan.other_plans.is_empty() {
        block.push_str(&heading(style, "Other plans", &plan.other_plans.join(", ")));
    }
    block
}

fn header(style: Style, plan: &pb::ActionPlan) -> String {
    let name = plan.authority.clone().unwrap_or_default().name;
    let told = match &plan.status {
        None => "nothing recorded asks for it".to_owned(),
        Some(status) => {
            let mut told = vec![status.what.clone(), words::<pb::ObligationState>(status.state)];
            if let Some((day, how)) = due(status) {
                told.push(format!("due {} ({how})", when::day(day)));
            }
            for (what, date) in [("handed in", &status.submitted_date), ("published", &status.published_date)]
            {
                if date.is_some() {
                    told.push(format!("{what} {}", Day(date.as_ref())));
                }
            }
            if status.review_outcome() != pb::PlanReviewOutcome::Unspecified {
                let outcome = words::<pb::PlanReviewOutcome>(status.review_outcome);
                told.push(format!("by Ofsted's review it {outcome} the findings"));
            }
            told.join(" · ")
        }
    };
    format!(
        "{}  {}\n{}{}\n",
        style.bold(&name),
        style.dim(&plan.obligation),
        paragraph(style, 0, &told),
        paragraph(style, 0, &as_of(plan.as_of.as_ref())).trim_end(),
    )
}

/// What does not fit. Where nothing is recorded, that is said, and not that all is well.
fn coverage(style: Style, plan: &pb::ActionPlan) -> String {
    let coverage = plan.coverage.clone().unwrap_or_default();
    let summary = format!(
        "{}, {}, {}",
        count(plan.findings.len(), "finding"),
        count(plan.actions.len(), "action"),
        count(plan.visits.len(), "visit"),
    );
    let mut lines = Vec::new();
    if plan.findings.is_empty() {
        lines.push(vec![text("no finding of the report is recorded"), text("")]);
    } else {
        lines.push(line("findings without an action", &coverage.unanswered_findings, Tone::Bad));
    }
    if plan.actions.is_empty() {
        lines.push(vec![text("no action of the plan is recorded"), text("")]);
    } else {
        let is_stopped = |reference: &String| {
            let stopped = pb::ActionState::Stopped;
            plan.actions.iter().any(|action| action.reference == *reference && action.state() == stopped)
        };
        let told = |reference: &String| {
            if is_stopped(reference) { format!("{reference} (stopped)") } else { reference.clone() }
        };
        let without: Vec<String> = coverage.actions_without_finding.iter().map(told).collect();
        lines.push(line("actions without a finding", &without, Tone::Watch));
        let late: Vec<String> = coverage.late.iter().map(late).collect();
        lines.push(line("late", &late, Tone::Bad));
    }
    if !plan.findings.is_empty() && !plan.visits.is_empty() {
        lines.push(line(
            "findings no visit is recorded to have looked at",
            &coverage.findings_not_looked_at,
            Tone::Watch,
        ));
    }
    heading(style, "Coverage", &summary) + &rows(style, 2, lines)
}

fn line(what: &str, found: &[String], tone: Tone) -> Vec<Cell> {
    let found = if found.is_empty() { cell("none", Tone::Good) } else { cell(found.join(", "), tone) };
    vec![text(what), found]
}

fn late(late: &pb::LateItem) -> String {
    let milestone =
        if late.milestone.is_empty() { String::new() } else { format!(" milestone {}", late.milestone) };
    let days = count(usize::try_from(late.days).unwrap_or(usize::MAX), "day");
    format!("{}{milestone} by {days}", late.action)
}

fn one_finding(style: Style, plan: &pb::ActionPlan, finding: &pb::PlanFinding) -> String {
    let title =
        format!("{} {}", super::words::capital(&words::<pb::FindingKind>(finding.kind)), finding.reference);
    let mut lines = Vec::new();
    if let Some(review) = &finding.review {
        let outcome = words::<pb::PlanReviewOutcome>(review.outcome);
        let tone = match review.outcome() {
            pb::PlanReviewOutcome::Reflects => Tone::Good,
            _ => Tone::Bad,
        };
        lines.push(vec![
            text("Ofsted's review"),
            cell(format!("the plan {outcome} it"), tone),
            text(Day(review.date.as_ref()).to_string()),
            text(review.text.clone()),
            aside(ids(style, &review.rests_on)),
        ]);
    }
    if finding.discharged_date.is_some() {
        let day = Day(finding.discharged_date.as_ref()).to_string();
        lines.push(vec![
            text("discharged"),
            cell("no longer open", Tone::Good),
            text(day),
            text(""),
            text(""),
        ]);
    }
    for named in &finding.actions {
        let actions = plan.actions.iter().filter(|action| action.reference == *named);
        lines.extend(actions.flat_map(|one| action(style, one)));
    }
    if finding.actions.is_empty() {
        lines.push(vec![cell("no action answers it", Tone::Bad), text(""), text(""), text(""), text("")]);
    }
    for visit in plan.visits.iter().filter(|visit| finding.visits.contains(&visit.inspection)) {
        lines.push(vec![
            text("looked at by"),
            text(words::<pb::InspectionKind>(visit.kind)),
            text(Day(visit.fieldwork_date.as_ref()).to_string()),
            text(visit.progress_seen.clone()),
            text(""),
        ]);
    }
    let rests_on = style.dim(&ids(style, &finding.rests_on));
    heading(style, &title, &format!("{}  {rests_on}", finding.text)) + &rows(style, 2, lines)
}

/// An action, its milestones, and what was last reported of it; with `--why` every report.
fn action(style: Style, action: &pb::PlannedAction) -> Vec<Vec<Cell>> {
    let mut lines = vec![vec![
        cell(format!("action {}", action.reference), Tone::Strong),
        cell(words::<pb::ActionState>(action.state), state_tone(action)),
        due_cell(action.due_date.as_ref(), action.late),
        text(action.text.clone()),
        aside(ids(style, &action.rests_on)),
    ]];
    let mut whose = vec![action.owner_role.clone()];
    if !action.measure.is_empty() {
        whose.push(format!("measured by: {}", action.measure));
    }
    whose.retain(|part| !part.is_empty());
    if !whose.is_empty() {
        lines.push(vec![text("  owner"), text(""), text(""), text(whose.join("; ")), text("")]);
    }
    for milestone in &action.milestones {
        let met = match milestone.met_date {
            Some(_) => cell(format!("met {}", Day(milestone.met_date.as_ref())), Tone::Good),
            None => text("not met"),
        };
        lines.push(vec![
            text(format!("  milestone {}", milestone.reference)),
            met,
            due_cell(milestone.due_date.as_ref(), milestone.late),
            text(milestone.text.clone()),
            aside(ids(style, &milestone.rests_on)),
        ]);
    }
    let skipped = if style.why { 0 } else { action.progress.len().saturating_sub(1) };
    for report in action.progress.iter().skip(skipped) {
        let mut told = report.text.clone();
        if !report.evidence.is_empty() {
            told.push_str(&format!(" (evidence: {})", report.evidence.join("; ")));
            told = told.trim_start().to_owned();
        }
        lines.push(vec![
            text("  reported"),
            text(words::<pb::ActionState>(report.state)),
            text(Day(report.date.as_ref()).to_string()),
            text(told),
            aside(ids(style, &report.rests_on)),
        ]);
    }
    if !action.answers_unknown.is_empty() {
        let about = format!(
            "names {}, which the report does not have, as recorded",
            action.answers_unknown.join(", ")
        );
        lines.push(vec![text(""), text(""), text(""), cell(about, Tone::Watch), text("")]);
    }
    lines
}

fn due_cell(date: Option<&pb::Date>, late: bool) -> Cell {
    match date {
        None => text("no date"),
        Some(date) if late => cell(format!("due {}, late", Day(Some(date))), Tone::Bad),
        Some(date) => text(format!("due {}", Day(Some(date)))),
    }
}

fn state_tone(action: &pb::PlannedAction) -> Tone {
    match action.state() {
        pb::ActionState::Done => Tone::Good,
        pb::ActionState::Stopped => Tone::Aside,
        _ if action.late => Tone::Bad,
        _ => Tone::Plain,
    }
}

fn visits(style: Style, visits: &[pb::PlanVisit]) -> String {
    let lines = visits.iter().map(|visit| {
        let named = |what: &str, references: &[String]| match references {
            [] => String::new(),
            references => format!("{what} {}", references.join(", ")),
        };
        let mut looked =
            vec![visit.theme.clone(), named("findings", &visit.findings), named("actions", &visit.actions)];
        looked.retain(|part| !part.is_empty());
        let looked = if looked.is_empty() {
            "what it looked at is not recorded".to_owned()
        } else {
            looked.join("; ")
        };
        vec![
            text(words::<pb::InspectionKind>(visit.kind)),
            text(Day(visit.fieldwork_date.as_ref()).to_string()),
            text(looked),
            text(visit.progress_seen.clone()),
            aside(key_and_ids(style, &visit.inspection, &visit.rests_on)),
        ]
    });
    let summary = if visits.is_empty() { "none recorded since the report" } else { "" };
    heading(style, "Visits since the report", summary) + &rows(style, 2, lines.collect())
}
