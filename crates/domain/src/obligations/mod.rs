//! What is owed or expected by a day, and where it stands.

mod evaluate;
mod gather;
mod open;

pub(crate) use evaluate::{Clock, is_next, on};
pub(crate) use gather::gather;
pub(crate) use open::what;

use alloc::string::String;
use alloc::vec::Vec;

use crate::date::PartialDate;
use crate::event::Party;
use crate::facts::Dated;
use crate::id::ObligationKey;
use crate::rules::Rule;
use crate::status::RestsOn;
use crate::terms::{ObligationKind, ObligationNature, PeriodUnit, PlanReviewOutcome, ServiceDomain};

/// Day 0 of an obligation.
#[derive(Clone, Debug)]
pub(crate) enum Trigger {
    /// It happened.
    Event(Dated),
    /// It must have happened, and nothing says when; a later event allows an estimate.
    Unrecorded { estimate_from: Option<Dated> },
    /// It is the due date of another obligation, from this event on.
    DueOf { of: ObligationKey, from: Dated },
    /// There is none: a document says by when.
    Document(Dated),
    /// It was recorded and then voided, and nothing stands in its place.
    Voided(RestsOn),
}

/// Everything recorded of one obligation.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) key: ObligationKey,
    pub(crate) kind: ObligationKind,
    pub(crate) domain: ServiceDomain,
    pub(crate) nature: ObligationNature,
    pub(crate) what: String,
    pub(crate) obligor: Option<Party>,
    pub(crate) trigger: Trigger,
    /// Where the table of rights against measures has one of its own ([`crate::providers::RIGHTS`]).
    pub(crate) rule: Option<&'static Rule<'static>>,
    /// Where an instrument or a document sets its own; otherwise the table does.
    pub(crate) period: Option<(u32, PeriodUnit)>,
    pub(crate) legal_basis: Option<String>,
    pub(crate) stated: Vec<(PartialDate, Dated)>,
    pub(crate) draft_submitted: Option<Dated>,
    pub(crate) submitted: Option<Dated>,
    pub(crate) published: Option<Dated>,
    pub(crate) met: Option<Dated>,
    pub(crate) reviewed: Option<(PlanReviewOutcome, Dated)>,
    pub(crate) waived: Option<Dated>,
    pub(crate) transferred: Option<(Party, Dated)>,
    pub(crate) superseded: Option<Dated>,
    /// Half the width of a window around the due date, in months.
    pub(crate) window_months: Option<i32>,
    /// After this it is no longer expected of anybody, and not listed.
    pub(crate) until: Option<Dated>,
    /// Events that only explain it.
    pub(crate) also_rests_on: Vec<RestsOn>,
}

impl Kept {
    pub(crate) fn new(
        key: ObligationKey,
        kind: ObligationKind,
        domain: ServiceDomain,
        trigger: Trigger,
    ) -> Self {
        let nature = crate::rules::any_rule(kind).map_or(ObligationNature::Duty, |rule| rule.nature);
        Self {
            key,
            kind,
            domain,
            nature,
            what: String::new(),
            obligor: None,
            trigger,
            rule: None,
            period: None,
            legal_basis: None,
            stated: Vec::new(),
            draft_submitted: None,
            submitted: None,
            published: None,
            met: None,
            reviewed: None,
            waived: None,
            transferred: None,
            superseded: None,
            window_months: None,
            until: None,
            also_rests_on: Vec::new(),
        }
    }
}
