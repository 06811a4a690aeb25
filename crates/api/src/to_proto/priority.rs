//! Whom to visit first.

use docket_domain::EventId;
use docket_domain::cited::Cited;
use docket_domain::priorities::{DRAW, Place, Table};
use docket_domain::terms::PriorityCriterion;

use super::plan::mark;
use super::{day, texts};
use crate::pb;

/// The criteria, and the event by which the policy was adopted that holds them.
#[must_use]
pub fn table(table: &Table, adopted_by: &[EventId]) -> pb::PriorityTable {
    pb::PriorityTable {
        name: table.name.clone(),
        from_date: table.force.from.map(day),
        until_date: table.force.until.map(day),
        rules: rules(table),
        draw: DRAW.to_owned(),
        policy_event_id: adopted_by.last().map(ToString::to_string).unwrap_or_default(),
    }
}

/// The criteria alone.
fn rules(table: &Table) -> Vec<pb::PriorityRule> {
    let rule = |(criterion, rule): &(PriorityCriterion, Cited<String>)| pb::PriorityRule {
        criterion: criterion.number(),
        text: rule.text.clone(),
        source: rule.source.clone(),
        mark: mark(rule.mark).into(),
    };
    table.rules.iter().map(rule).collect()
}

/// Somebody in the list, at this rank.
#[must_use]
pub fn place<T>(
    rank: usize,
    place: &Place<T>,
    subject: impl Fn(&T) -> pb::priority_place::Subject,
) -> pb::PriorityPlace {
    let reasons = place.reasons.iter().map(|reason| pb::PriorityReason {
        criterion: reason.criterion.number(),
        because: reason.because.clone(),
        rests_on: texts(&reason.rests_on),
    });
    pb::PriorityPlace {
        rank: i32::try_from(rank).unwrap_or(i32::MAX),
        reasons: reasons.collect(),
        overall: place.overall.map_or(0, |grade| grade.number()),
        last_visit_date: place.last.map(day),
        last_visit_is_publication: place.last_is_publication,
        days_since: place.days.unwrap_or(0),
        subject: Some(subject(&place.subject)),
    }
}
