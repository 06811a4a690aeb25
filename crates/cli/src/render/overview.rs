//! Many authorities at once: one row for each.

use std::collections::BTreeSet;

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::obligation::due;
use super::table::{Tone, cell, grade_tone, headed, text};
use super::words::words;
use crate::when::{self, Day, from_pb};

/// A table of statuses, and what its letters mean.
pub(crate) fn overview(style: Style, statuses: &[pb::AuthorityStatus]) -> String {
    let lines = statuses.iter().map(row).collect();
    let headings = ["Authority", "Judged under", "Overall", "Others", "Pathway", "In force", "Obligations"];
    headed(style, &headings, lines) + &legend(statuses)
}

fn row(status: &pb::AuthorityStatus) -> Vec<Cell> {
    let authority = status.authority.clone().unwrap_or_default();
    let mut cells = vec![cell(authority.name, Tone::Strong)];
    cells.extend(profile_cells(status.profile.as_ref()));
    cells.push(pathway_cell(status));
    cells.push(instruments_cell(&status.instruments));
    cells.push(obligations_cell(&status.obligations));
    cells
}

/// The grades as letters: overall effectiveness, then the others in the order of their framework.
fn profile_cells(profile: Option<&pb::JudgementProfile>) -> [Cell; 3] {
    let Some(profile) = profile.filter(|profile| profile.inspected) else {
        return [cell("not inspected", Tone::Aside), text(""), text("")];
    };
    let overall = profile.grades.iter().find(|grade| is_overall(grade.kind)).map_or(0, |grade| grade.grade);
    let others: Vec<_> = profile
        .grades
        .iter()
        .filter(|grade| !is_overall(grade.kind))
        .map(|grade| letters(grade.grade))
        .collect();
    let inspected = profile.fieldwork_date.as_ref().or(profile.published_date.as_ref());
    let year = inspected.map_or_else(String::new, |date| format!(", {}", month_of(date)));
    [
        text(format!("{}{year}", words::<pb::Framework>(profile.framework))),
        cell(letters(overall), grade_tone(overall)),
        text(others.join(" ")),
    ]
}

fn month_of(date: &pb::Date) -> String {
    Day(Some(&pb::Date { day: 0, ..*date })).to_string()
}

fn is_overall(kind: i32) -> bool {
    kind == i32::from(pb::JudgementKind::OverallEffectiveness)
}

/// A grade in one letter or two.
pub(crate) fn letters(grade: i32) -> &'static str {
    match pb::Grade::try_from(grade) {
        Ok(pb::Grade::Outstanding) => "O",
        Ok(pb::Grade::Good) => "G",
        Ok(pb::Grade::RequiresImprovement) => "RI",
        Ok(pb::Grade::Inadequate) => "I",
        Ok(pb::Grade::Adequate) => "A",
        Ok(pb::Grade::TypicallyPositive) => "TP",
        Ok(pb::Grade::Inconsistent) => "IC",
        Ok(pb::Grade::WidespreadFailings) => "WF",
        Ok(pb::Grade::NotApplicable) => "–",
        Ok(pb::Grade::NotRecorded | pb::Grade::Unspecified) | Err(_) => "?",
    }
}

fn pathway_cell(status: &pb::AuthorityStatus) -> Cell {
    let pathway = status.pathway.clone().unwrap_or_default();
    let mut what = words::<pb::PathwayState>(pathway.state);
    if pathway.since_date.is_some() {
        what.push_str(&format!(" since {}", Day(pathway.since_date.as_ref())));
    }
    let tone = match pathway.state() {
        pb::PathwayState::Monitoring => Tone::Bad,
        pb::PathwayState::Undetermined => Tone::Unsure,
        pb::PathwayState::Closed | pb::PathwayState::Uninspected | pb::PathwayState::Unspecified => {
            Tone::Aside
        }
        pb::PathwayState::Short | pb::PathwayState::Standard => Tone::Plain,
    };
    if pathway.uncertain {
        return cell(format!("{what}?"), Tone::Unsure);
    }
    cell(what, tone)
}

/// What is in force, with the services where they are not social care.
fn instruments_cell(instruments: &[pb::Instrument]) -> Cell {
    let mut unsure = false;
    let mut parts = Vec::new();
    for instrument in instruments {
        let mark = match instrument.standing() {
            pb::Standing::InForce => "",
            pb::Standing::Uncertain => "?",
            pb::Standing::Ended | pb::Standing::Unspecified => continue,
        };
        unsure |= !mark.is_empty();
        let services = if instrument.domain() == pb::ServiceDomain::Send { " (SEND)" } else { "" };
        let since = Day(instrument.from_date.as_ref());
        parts.push(format!("{}{services} {since}{mark}", words::<pb::InstrumentKind>(instrument.kind)));
    }
    let tone = match (parts.is_empty(), unsure) {
        (true, _) => Tone::Aside,
        (false, true) => Tone::Unsure,
        (false, false) => Tone::Watch,
    };
    cell(if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }, tone)
}

/// How many duties are overdue and open, and the next date.
fn obligations_cell(obligations: &[pb::Obligation]) -> Cell {
    let duties: Vec<_> =
        obligations.iter().filter(|one| one.nature() != pb::ObligationNature::Expectation).collect();
    let overdue = duties.iter().filter(|one| one.state() == pb::ObligationState::Overdue).count();
    let open: Vec<_> = duties.iter().filter(|one| one.state() == pb::ObligationState::Open).collect();
    let next = open.iter().filter_map(|one| due(one)).map(|(day, _)| day).min();
    let mut parts = Vec::new();
    if overdue > 0 {
        parts.push(format!("{overdue} overdue"));
    }
    if !open.is_empty() {
        let next = next.map_or_else(String::new, |day| format!(", next {}", when::day(day)));
        parts.push(format!("{} due{next}", open.len()));
    }
    let tone = match (overdue, open.len()) {
        (0, 0) => Tone::Aside,
        (0, _) => Tone::Watch,
        _ => Tone::Bad,
    };
    cell(if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }, tone)
}

/// What the letters mean, and in which order they stand for each framework in the table.
fn legend(statuses: &[pb::AuthorityStatus]) -> String {
    let mut grades = BTreeSet::new();
    let mut orders = BTreeSet::new();
    for profile in
        statuses.iter().filter_map(|status| status.profile.as_ref()).filter(|profile| profile.inspected)
    {
        let others: Vec<_> = profile
            .grades
            .iter()
            .filter(|grade| !is_overall(grade.kind))
            .map(|grade| words::<pb::JudgementKind>(grade.kind))
            .collect();
        orders.insert((profile.framework, others.join(" · ")));
        grades.extend(profile.grades.iter().map(|grade| grade.grade));
    }
    if orders.is_empty() {
        return String::new();
    }
    let letters: Vec<_> =
        grades.iter().map(|grade| format!("{} {}", letters(*grade), words::<pb::Grade>(*grade))).collect();
    let mut text = format!("\n{}\nOthers, in this order:\n", letters.join(", "));
    for (framework, order) in orders {
        text.push_str(&format!("  {}: {order}\n", words::<pb::Framework>(framework)));
    }
    text
}

/// Whether anything at all is recorded of an authority beside that it exists.
pub(crate) fn has_history(status: &pb::AuthorityStatus) -> bool {
    !status.inspections.is_empty() || !status.instruments.is_empty() || !status.obligations.is_empty()
}

/// One answer in a few words, for a cell: grade, pathway, what is in force.
pub(crate) fn in_brief(status: &pb::AuthorityStatus) -> String {
    let mut lines = Vec::new();
    let profile = status.profile.clone().unwrap_or_default();
    if profile.inspected {
        let grades: Vec<_> = profile.grades.iter().map(|grade| letters(grade.grade)).collect();
        lines.push(format!("{} {}", words::<pb::Framework>(profile.framework), grades.join(" ")));
    } else {
        lines.push("not inspected".to_owned());
    }
    lines.push(words::<pb::PathwayState>(status.pathway.clone().unwrap_or_default().state));
    for instrument in &status.instruments {
        if instrument.standing() == pb::Standing::InForce {
            let since = Day(instrument.from_date.as_ref());
            lines.push(format!("{} since {since}", words::<pb::InstrumentKind>(instrument.kind)));
        }
    }
    let overdue = status.obligations.iter().filter(|one| one.state() == pb::ObligationState::Overdue).count();
    let open = status.obligations.iter().filter(|one| one.state() == pb::ObligationState::Open).count();
    if overdue + open > 0 {
        lines.push(format!("{overdue} overdue, {open} open"));
    }
    lines.join("\n")
}

/// The day that an answer is for.
pub(crate) fn effective(as_of: Option<&pb::AsOf>) -> Option<jiff::civil::Date> {
    from_pb(as_of?.effective_date.as_ref())
}
