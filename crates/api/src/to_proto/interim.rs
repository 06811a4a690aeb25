//! Exemptions and concerns, beside the rest of an answer.

use docket_domain::status as domain;

use super::{date, day, texts};
use crate::pb;

pub(super) fn exemption(exemption: &domain::Exemption) -> pb::Exemption {
    let used = &exemption.used;
    pb::Exemption {
        exemption: used.exemption.to_string(),
        flexibility: used.flexibility.number(),
        regulation: used.regulation.clone(),
        rationale: used.rationale.clone(),
        decided_by: used.decided_by.clone(),
        used_for: used.used_for.clone(),
        from_date: date(exemption.from),
        until_date: date(used.until),
        lapse_date: exemption.lapse.map(day),
        standing: exemption.standing.number(),
        legal_basis: exemption.legal_basis.to_owned(),
        rests_on: texts(&exemption.rests_on),
    }
}

pub(super) fn concern(concern: &domain::Concern) -> pb::Concern {
    pb::Concern {
        concern: concern.concern.concern.to_string(),
        about: concern.concern.about.clone(),
        raised_by: concern.concern.raised_by.clone(),
        received_date: date(concern.received),
        public: concern.concern.public,
        rests_on: texts(&concern.rests_on),
    }
}
