//! Many authorities at once: one row for each.

use std::collections::BTreeSet;

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::obligation::due;
use super::table::{GLUE, Tone, cell, grade_tone, headed, paragraph, rows, text};
use super::words::words;
use crate::when::{self, Day, from_pb};

/// A terminal that is narrower gets less of each authority, in one line where that is possible.
const WIDE_COLUMNS_MIN: u16 = 110;

/// A table of statuses, and what its letters mean.
pub(crate) fn overview(style: Style, statuses: &[pb::AuthorityStatus]) -> String {
    let wide = style.width.is_none_or(|width| WIDE_COLUMNS_MIN <= width);
    // A pipe gets one line for each authority; on a terminal each instrument has its own.
    let between = if style.width.is_some() { "\n" } else { ", " };
    let lines = statuses.iter().map(|status| row(status, wide, between)).collect();
    let headings = ["Authority", "Judged", "Grades", "Pathway", "In force", "Owed"];
    headed(style, &headings, lines) + &legend(style, statuses)
}

fn row(status: &pb::AuthorityStatus, wide: bool, between: &str) -> Vec<Cell> {
    let authority = status.authority.clone().unwrap_or_default();
    let owed = duties(&status.obligations, wide).unwrap_or_else(|| ("nothing".to_owned(), Tone::Aside));
    let mut cells = vec![cell(authority.name, Tone::Strong)];
    cells.extend(profile_cells(status.profile.as_ref(), wide));
    cells.extend([
        pathway_cell(status, wide),
        instruments_cell(&status.instruments, between),
        cell(owed.0, owed.1),
    ]);
    cells
}

/// When and by which rules it was judged, and the grades as letters: overall effectiveness, then the others in the order
/// of their framework.
fn profile_cells(profile: Option<&pb::JudgementProfile>, wide: bool) -> [Cell; 2] {
    let Some(profile) = profile.filter(|profile| profile.inspected) else {
        return [cell("never", Tone::Aside), text("")];
    };
    let inspected = profile.fieldwork_date.as_ref().or(profile.published_date.as_ref());
    let month = inspected.map_or_else(|| "unknown".to_owned(), month_of);
    let judged = if wide { format!("{month}, {}", words::<pb::Framework>(profile.framework)) } else { month };
    let overall = profile.grades.iter().find(|grade| is_overall(grade.kind)).map_or(0, |grade| grade.grade);
    let tone = match grade_tone(overall) {
        Tone::Aside => Tone::Plain,
        tone => tone,
    };
    [text(judged), cell(grade_letters(profile), tone)]
}

/// `RI RI G RI G`: overall effectiveness stands first in every profile. For a cell, which keeps them on one line.
fn grade_letters(profile: &pb::JudgementProfile) -> String {
    let letters: Vec<_> = profile.grades.iter().map(|grade| letters(grade.grade)).collect();
    letters.join(&GLUE.to_string())
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
        Ok(pb::Grade::ImprovedEffectiveness) => "IE",
        Ok(pb::Grade::SustainedEffectiveness) => "SE",
        Ok(pb::Grade::DeclinedEffectiveness) => "DE",
        Ok(pb::Grade::NotApplicable) => "–",
        Ok(pb::Grade::NotRecorded | pb::Grade::Unspecified) | Err(_) => "?",
    }
}

fn pathway_cell(status: &pb::AuthorityStatus, wide: bool) -> Cell {
    let pathway = status.pathway.clone().unwrap_or_default();
    let mut what = words::<pb::PathwayState>(pathway.state);
    if wide && pathway.since_date.is_some() {
        what.push_str(&format!(" since {}", Day(pathway.since_date.as_ref())));
    }
    if let Some(pause) = &pathway.pause {
        what.push_str(&format!(" ({})", words::<pb::PathwayState>(pause.paused_state)));
    }
    let tone = match pathway.state() {
        pb::PathwayState::Monitoring => Tone::Bad,
        pb::PathwayState::Undetermined | pb::PathwayState::Paused => Tone::Unsure,
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
fn instruments_cell(instruments: &[pb::Instrument], between: &str) -> Cell {
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
    cell(if parts.is_empty() { "nothing".to_owned() } else { parts.join(between) }, tone)
}

/// What is owed, in words; `None` where nothing is.
fn duties(obligations: &[pb::Obligation], wide: bool) -> Option<(String, Tone)> {
    let duties = obligations.iter().filter(|one| one.nature() != pb::ObligationNature::Expectation);
    let (mut overdue, mut open, mut next) = (0, 0, None);
    for duty in duties {
        match duty.state() {
            pb::ObligationState::Overdue => overdue += 1,
            pb::ObligationState::Open => {
                open += 1;
                next = [next, due(duty).map(|(day, _)| day)].into_iter().flatten().min();
            }
            _ => {}
        }
    }
    let next = next.filter(|_| wide).map_or_else(String::new, |day| format!(", next {}", when::day(day)));
    match (overdue, open) {
        (0, 0) => None,
        (0, open) => Some((format!("{open}{GLUE}due{next}"), Tone::Watch)),
        (overdue, 0) => Some((format!("{overdue}{GLUE}overdue"), Tone::Bad)),
        (overdue, open) => Some((format!("{overdue}{GLUE}overdue, {open}{GLUE}due{next}"), Tone::Bad)),
    }
}

/// What the letters mean, and in which order they stand for each framework in the table.
fn legend(style: Style, statuses: &[pb::AuthorityStatus]) -> String {
    let mut grades = BTreeSet::new();
    let mut orders = BTreeSet::new();
    for profile in statuses.iter().filter_map(|status| status.profile.as_ref()).filter(|one| one.inspected) {
        let order: Vec<_> =
            profile.grades.iter().map(|grade| words::<pb::JudgementKind>(grade.kind)).collect();
        orders.insert((profile.framework, order.join(" · ")));
        grades.extend(profile.grades.iter().map(|grade| grade.grade));
    }
    if orders.is_empty() {
        return String::new();
    }
    let letters: Vec<_> =
        grades.iter().map(|grade| format!("{} {}", letters(*grade), words::<pb::Grade>(*grade))).collect();
    let lines = orders
        .into_iter()
        .map(|(framework, order)| vec![text(words::<pb::Framework>(framework)), text(order)]);
    let letters = paragraph(style, 0, &format!("Grades: {}; in this order:", letters.join(", ")));
    format!("\n{letters}{}", rows(style, 2, lines.collect()))
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
        lines.push(format!("{}: {}", words::<pb::Framework>(profile.framework), grade_letters(&profile)));
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
    if let Some(duties) = duties(&status.obligations, true) {
        lines.push(duties.0);
    }
    lines.join("\n")
}

/// The day that an answer is for.
pub(crate) fn effective(as_of: Option<&pb::AsOf>) -> Option<jiff::civil::Date> {
    from_pb(as_of?.effective_date.as_ref())
}
