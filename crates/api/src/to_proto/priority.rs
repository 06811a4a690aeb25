//! Whom to visit first.

use docket_domain::priorities::{DRAW, Place, Table};

use super::plan::mark;
use super::{day, texts};
use crate::pb;

/// The criteria.
#[must_use]
pub fn table(table: &Table) -> pb::PriorityTable {
    let rules = table.rules.iter().map(|(criterion, rule)| pb::PriorityRule {
        criterion: criterion.number(),
        text: rule.text.to_owned(),
        source: rule.source.to_owned(),
        mark: mark(rule.mark).into(),
    });
    pb::PriorityTable {
        name: table.name.to_owned(),
        from_date: Some(day(table.from)),
        until_date: Some(day(table.until)),
        rules: rules.collect(),
        draw: DRAW.to_owned(),
    }
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
        days_since: place.days.unwrap_or(0),
        subject: Some(subject(&place.subject)),
    }
}
