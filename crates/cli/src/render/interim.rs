//! Exemptions and concerns, beside the rest of an answer.

use docket_api::pb;

use super::Style;
use super::status::{heading, ids};
use super::table::{Tone, aside, cell, rows, text};
use super::words::{count, words};
use crate::when::Day;

/// National suspensions of inspections in force; nothing where there are none.
pub(crate) fn suspensions(style: Style, suspensions: &[pb::Suspension]) -> String {
    if suspensions.is_empty() {
        return String::new();
    }
    let lines = suspensions.iter().map(|suspension| {
        vec![
            text(format!("since {}", Day(suspension.from_date.as_ref()))),
            text(suspension.reason.clone()),
            aside(ids(style, &suspension.rests_on)),
        ]
    });
    let summary = format!("{}; what is due stays due", count(suspensions.len(), "national suspension"));
    heading(style, "Inspections", &summary) + &rows(style, 2, lines.collect())
}

/// Uses of relaxed regulations; nothing where there are none.
pub(crate) fn exemptions(style: Style, exemptions: &[pb::Exemption]) -> String {
    if exemptions.is_empty() {
        return String::new();
    }
    let lines = exemptions.iter().map(|exemption| {
        let tone = match exemption.standing() {
            pb::Standing::InForce => Tone::Watch,
            pb::Standing::Uncertain => Tone::Unsure,
            pb::Standing::Ended | pb::Standing::Unspecified => Tone::Aside,
        };
        let mut days = format!("from {}", Day(exemption.from_date.as_ref()));
        if exemption.until_date.is_some() {
            days.push_str(&format!(" to {}", Day(exemption.until_date.as_ref())));
        }
        if exemption.lapse_date.is_some() {
            days.push_str(&format!(", lapses {}", Day(exemption.lapse_date.as_ref())));
        }
        let decided = format!(
            "{}; for {}; decided by {}",
            exemption.rationale, exemption.used_for, exemption.decided_by
        );
        vec![
            cell(words::<pb::Standing>(exemption.standing), tone),
            text(exemption.regulation.clone()),
            text(days),
            text(decided),
            aside(ids(style, &exemption.rests_on)),
        ]
    });
    let total = count(exemptions.len(), "use");
    let total = if exemptions.len() == 1 { "1 use".to_owned() } else { total };
    heading(style, "Exemptions", &total) + &rows(style, 2, lines.collect())
}

/// Concerns that Ofsted received; nothing where there are none.
pub(crate) fn concerns(style: Style, concerns: &[pb::Concern]) -> String {
    if concerns.is_empty() {
        return String::new();
    }
    let lines = concerns.iter().map(|concern| {
        vec![
            text(Day(concern.received_date.as_ref()).to_string()),
            text(concern.about.clone()),
            text(concern.raised_by.clone()),
            cell(if concern.public { "public" } else { "restricted" }, Tone::Aside),
            aside(ids(style, &concern.rests_on)),
        ]
    });
    heading(style, "Concerns", "received, never part of a grade") + &rows(style, 2, lines.collect())
}
