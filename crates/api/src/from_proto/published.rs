//! The day of publication that an event names.

use docket_domain::date::PartialDate;
use docket_domain::event::Fact;
use pb::event::Body as B;

use super::{fields::Fields, kind_name};
use crate::pb;

/// When it was published; `None` where nothing is said of it. Four kinds say it in their body, others of the same families beside it.
pub(super) fn published(
    event: &mut Fields<'_>,
    beside: Option<&pb::Date>,
    body: &B,
    fact: &Fact,
) -> Option<PartialDate> {
    let (named, in_body) = match body {
        B::ImprovementNoticeIssued(m) => (m.published_date, true),
        B::DirectionIssued(m) => (m.published_date, true),
        B::InstrumentLifted(m) => (m.published_date, true),
        B::InstrumentRevoked(m) => (m.published_date, true),
        _ => (beside.copied(), false),
    };
    let has_it =
        in_body || matches!(fact, Fact::Instrument { .. } | Fact::Measure { .. } | Fact::ExemptionUsed(_));
    if in_body && beside.is_some() {
        event.demand("published_date", format!("is named in {} for this kind of event", kind_name(body)));
    }
    if !has_it && beside.is_some() {
        event.demand(
            "published_date",
            "is only of instruments, appointments, measures and exemptions; this kind of event is public from its own day, or with its report",
        );
    }
    let date = if in_body {
        event.within(kind_name(body)).date("published_date", named.as_ref())
    } else {
        event.date("published_date", named.as_ref())
    };
    (has_it && date != PartialDate::Unknown).then_some(date)
}
