//! The day of publication that an event names.

use docket_domain::date::PartialDate;
use pb::event::Body as B;

use super::{fields::Fields, kind_name};
use crate::pb;

/// When it was published, as its body says; `None` where it says nothing of it.
pub(super) fn published(event: &mut Fields<'_>, body: &B) -> Option<PartialDate> {
    let date = match body {
        B::ImprovementNoticeIssued(m) => m.published_date,
        B::DirectionIssued(m) => m.published_date,
        B::InstrumentLifted(m) => m.published_date,
        B::InstrumentRevoked(m) => m.published_date,
        _ => None,
    };
    let date = event.within(kind_name(body)).date("published_date", date.as_ref());
    (date != PartialDate::Unknown).then_some(date)
}
