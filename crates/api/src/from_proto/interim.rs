//! Exemptions and concerns.

use docket_domain::event::{ExemptionUse, Fact, ReceivedConcern};

use super::fields::Fields;
use crate::pb;

pub(super) fn exemption(f: &mut Fields<'_>, m: &pb::ExemptionUsed) -> Option<Fact> {
    let exemption = f.key("exemption", &m.exemption);
    let flexibility = f.term("flexibility", m.flexibility);
    let regulation = f.required_name("regulation", &m.regulation);
    let rationale = f.required_text("rationale", &m.rationale);
    let decided_by = f.required_name("decided_by", &m.decided_by);
    let used_for = f.required_text("used_for", &m.used_for);
    let until = f.date("until_date", m.until_date.as_ref());
    let (exemption, flexibility) = exemption.zip(flexibility)?;
    Some(Fact::ExemptionUsed(ExemptionUse {
        exemption,
        flexibility,
        regulation,
        rationale,
        decided_by,
        used_for,
        until,
    }))
}

pub(super) fn concern(f: &mut Fields<'_>, m: &pb::ConcernReceived) -> Option<Fact> {
    let concern = f.key("concern", &m.concern);
    let about = f.required_text("about", &m.about);
    let raised_by = f.name("raised_by", &m.raised_by);
    Some(Fact::ConcernReceived(ReceivedConcern { concern: concern?, about, raised_by, public: m.public }))
}
