//! What comes next, as messages.

use docket_domain::ahead::{Dated, PlanEntry};
use docket_domain::rules::Mark;
use docket_domain::status::AuthorityRef;

use super::{authority_ref, day, text, texts};
use crate::pb;

/// One thing that comes for an authority.
#[must_use]
pub fn plan_entry(authority: &AuthorityRef, entry: &PlanEntry) -> pb::PlanEntry {
    pb::PlanEntry {
        authority: Some(authority_ref(authority)),
        what: entry.what.clone(),
        kind: entry.kind.map_or(0, |kind| kind.number()),
        inspection_kind: entry.inspection.map_or(0, |kind| kind.number()),
        domain: entry.domain.number(),
        first_date: entry.days.map(|days| day(days.first)),
        last_date: entry.days.map(|days| day(days.last)),
        middle_date: entry.middle.map(day),
        date_basis: entry.dated.map_or(pb::PlanDateBasis::Unspecified, date_basis).into(),
        overdue: entry.overdue,
        nature: entry.nature.number(),
        why: entry.why.clone(),
        legal_basis: entry.source.clone(),
        mark: entry.mark.map_or(pb::RuleMark::Unspecified, mark).into(),
        obligation: text(entry.obligation.as_ref()),
        instrument: text(entry.instrument.as_ref()),
        rests_on: texts(&entry.rests_on),
        uncertain: entry.uncertain,
    }
}

fn date_basis(dated: Dated) -> pb::PlanDateBasis {
    match dated {
        Dated::Stated => pb::PlanDateBasis::Stated,
        Dated::Computed => pb::PlanDateBasis::Computed,
        Dated::Estimated => pb::PlanDateBasis::Estimated,
    }
}

pub(super) fn mark(mark: Mark) -> pb::RuleMark {
    match mark {
        Mark::Verified => pb::RuleMark::Verified,
        Mark::Secondary => pb::RuleMark::Secondary,
        Mark::Recalled => pb::RuleMark::Recalled,
        Mark::Reading => pb::RuleMark::Reading,
    }
}
