//! The use of exemptions, and concerns.

use alloc::string::String;

use crate::date::PartialDate;
use crate::id::{ConcernKey, ExemptionKey};
use crate::terms::Flexibility;

/// The use of a relaxed regulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptionUse {
    /// Its key.
    pub exemption: ExemptionKey,
    /// Which relaxation.
    pub flexibility: Flexibility,
    /// The regulation that was relaxed.
    pub regulation: String,
    /// Why.
    pub rationale: String,
    /// Who decided.
    pub decided_by: String,
    /// For whom, described.
    pub used_for: String,
    /// Last day, as decided.
    pub until: PartialDate,
}

/// A concern that Ofsted received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedConcern {
    /// Its key.
    pub concern: ConcernKey,
    /// Described.
    pub about: String,
    /// Who raised it.
    pub raised_by: String,
    /// Everybody may know of it.
    pub public: bool,
}
