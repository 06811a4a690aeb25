//! Events of the regulator.

use docket_domain::event::{Fact, Suspended};

use super::fields::Fields;
use crate::pb;

pub(super) fn suspended(f: &mut Fields<'_>, m: &pb::FrameworkSuspended) -> Option<Fact> {
    let suspension = f.key("suspension", &m.suspension);
    let frameworks = f.list("frameworks", &m.frameworks, |item, number| item.term("", *number));
    let kinds = f.list("kinds", &m.kinds, |item, number| item.term("", *number));
    if m.frameworks.is_empty() && m.kinds.is_empty() {
        f.demand("frameworks", "needs at least one item, or kinds does: what is suspended?");
    }
    let reason = f.required_text("reason", &m.reason);
    let legal_basis = f.required_name("legal_basis", &m.legal_basis);
    let planned_end = f.date("planned_end_date", m.planned_end_date.as_ref());
    let suspension = suspension?;
    Some(Fact::FrameworkSuspended(Suspended {
        suspension,
        frameworks,
        kinds,
        reason,
        legal_basis,
        planned_end,
    }))
}

pub(super) fn resumed(f: &mut Fields<'_>, m: &pb::FrameworkResumed) -> Option<Fact> {
    let suspension = f.key("suspension", &m.suspension);
    f.required_text("reason", &m.reason);
    Some(Fact::FrameworkResumed { suspension: suspension? })
}
