//! Why an answer says what it says: step by step from its fields to rules, events and bank holidays, and what would have to be otherwise.
//!
//! All of it is read off the answer, the events behind the answer and the tables. So an explanation shows nothing that the answer does not
//! rest on: what is under embargo is not in it.

mod judged;
mod leaf;
mod obligation;
mod provider;
mod standing;

pub use obligation::met_by;
pub use provider::{inner as provider_inner, steps as provider_steps};

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::calendar::{self, Holiday};
use crate::cited::{Cited, Ground, Mark};
use crate::date::{Date, PartialDate};
use crate::event::{Fact, Recorded};
use crate::facts::{Counted, Facts, joined};
use crate::id::EventId;
use crate::policy::Adopted;
use crate::status::{AsOf, AuthorityStatus, RestsOn};
use crate::terms::Basis;

/// Every rule of these pages that is in no other table.
pub const READINGS: &[Cited] = &[
    obligation::EXPECTED,
    obligation::ESTIMATED,
    obligation::ANNOUNCED,
    obligation::LAPSES,
    judged::FURTHEST,
    judged::ASSERTED,
    standing::CASE,
    standing::ROUGH,
    provider::REGISTERED,
    provider::INTERIM,
];

/// One step: why one field of the answer is as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Which field, as answers name theirs: `obligations[KEY].state`.
    pub field: String,
    /// How its value follows, in a sentence.
    pub because: String,
    /// The rules, with their sources.
    pub rules: Vec<Ground>,
    /// The events.
    pub rests_on: RestsOn,
    /// Bank holidays inside a period of working days that was counted.
    pub holidays: Vec<Holiday>,
    /// Other fields of the answer, or the beginnings of their names.
    pub follows_from: Vec<String>,
    /// What would make it something else.
    pub otherwise: Vec<String>,
}

/// What explains: an answer of one kind, and what it was made of. What both kinds of answer have is explained in the same words.
struct Why<'a, S> {
    status: &'a S,
    /// The facts behind the answer, by the events that say them.
    facts: BTreeMap<EventId, Counted<'a>>,
    national: &'a [Recorded],
    policy: Adopted,
    day: Date,
    basis: Basis,
}

/// Every step of an answer about an authority. `history` and `national` are the events of the streams that the answer was made of.
#[must_use]
pub fn steps(status: &AuthorityStatus, history: &[Recorded], national: &[Recorded]) -> Vec<Step> {
    let why = Why::new(status, status.as_of, history, national);
    let mut steps = why.existence();
    steps.extend(why.profile("profile", &judged::GRADED, status.profile.as_ref()));
    steps.extend(why.profile("send_profile", &judged::GRADED, status.send_profile.as_ref()));
    steps.extend(why.pathway());
    steps.extend(status.obligations.iter().flat_map(|obligation| why.obligation(obligation)));
    steps.extend(status.instruments.iter().map(|instrument| why.instrument(instrument)));
    steps.extend(why.cases());
    steps.extend(status.next_due.iter().map(|next| why.next_due(next)));
    steps.extend(status.inspections.iter().flat_map(|inspection| why.inspection(inspection)));
    steps.extend(status.uncertainties.iter().map(|uncertainty| why.uncertainty(uncertainty)));
    steps.extend(why.beside(&status.exemptions, &status.concerns));
    steps
}

/// Steps about values inside the parts of an answer about an authority, to be told of a value that is asked about.
#[must_use]
pub fn inner(status: &AuthorityStatus, history: &[Recorded], national: &[Recorded]) -> Vec<Step> {
    let why = Why::new(status, status.as_of, history, national);
    let mut steps = why.in_pathway();
    steps.extend(status.obligations.iter().flat_map(|obligation| why.in_obligation(obligation)));
    steps.extend(status.inspections.iter().flat_map(|inspection| why.in_inspection(inspection)));
    steps
}

impl<'a, S> Why<'a, S> {
    fn new(status: &'a S, as_of: AsOf, history: &'a [Recorded], national: &'a [Recorded]) -> Self {
        let mut facts = BTreeMap::new();
        for counted in Facts::of(history).counted {
            for id in &counted.rests_on() {
                facts.insert(*id, counted.clone());
            }
        }
        let (day, basis) = (as_of.effective, as_of.basis);
        Self { status, facts, national, policy: Adopted::fold(national), day, basis }
    }

    /// Of these events those that say such a fact; all of them where none does.
    fn that(&self, rests_on: &RestsOn, wanted: impl Fn(&Counted<'a>) -> bool) -> RestsOn {
        let those: RestsOn =
            rests_on.iter().copied().filter(|id| self.facts.get(id).is_some_and(&wanted)).collect();
        if those.is_empty() { rests_on.clone() } else { those }
    }

    /// Of these events those that happened on a day.
    fn dated(&self, rests_on: &RestsOn, on: PartialDate) -> RestsOn {
        self.that(rests_on, |counted| counted.happened_on == on)
    }

    /// The holidays that a period of working days passed over.
    fn holidays(&self, announced_by: Date, from: Date, to: Date) -> Vec<Holiday> {
        calendar::holidays(self.national, announced_by, from, to)
    }
}

/// Several events as one provenance.
fn both(one: &RestsOn, other: &RestsOn) -> RestsOn {
    joined([one, other])
}

/// Words as a list: `a, b or c`.
fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => String::from(*one),
        [first @ .., last] => alloc::format!("{} or {last}", first.join(", ")),
    }
}

/// A name of the tables in words.
fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// A rule that is Docket's reading.
const fn reading(text: &'static str, source: &'static str) -> Cited {
    Cited { text, source, mark: Mark::Reading }
}

/// Whether a fact says by when something is due.
fn states_a_date(fact: &Fact) -> bool {
    use crate::event::{InspectionStep, InstrumentStep as I, MeasureStep, ObligationStep as O};
    match fact {
        Fact::Obligation { step, .. } => matches!(step, O::DueStated { .. } | O::Opened { .. }),
        Fact::Instrument { step, .. } => {
            matches!(step, I::Issued(_) | I::ReportDue { .. } | I::ReviewHeld { .. })
        }
        Fact::SuccessionReceived { .. }
        | Fact::Measure { step: MeasureStep::Served(_), .. }
        | Fact::Inspection { step: InspectionStep::RequirementMade { .. }, .. } => true,
        _ => false,
    }
}
