//! May this be recorded? Refusals are for what cannot be; warnings for what is unusual, which is recorded with them.

mod authority;
mod inspection;
mod interim;
mod intervention;
mod meta;
mod plan;
mod provider;
mod reasons;
mod regulator;

pub use reasons::{REASONS, WARNINGS};

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::date::{Happened, PartialDate};
use crate::event::{Fact, ObligationStep, Proposal, Recorded};
use crate::facts::{Event, Facts, Growing};
use crate::id::{AuthorityId, StreamId};
use crate::register::Register;

/// Why an event cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which event of the request, from 0.
    pub index: usize,
    /// One of [`REASONS`].
    pub reason: &'static str,
    /// The field at fault, as on the wire.
    pub field: String,
    /// What is wrong, and what would be right.
    pub description: String,
}

/// What is unusual about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// One of [`WARNINGS`].
    pub reason: &'static str,
    /// In words.
    pub description: String,
}

/// What is decided of one event, while it is being looked at.
#[derive(Default)]
struct Verdict {
    refusals: Vec<(&'static str, &'static str, String)>,
    warnings: Vec<Warning>,
}

impl Verdict {
    fn refuse(&mut self, reason: &'static str, field: &'static str, description: impl Into<String>) {
        self.refusals.push((reason, field, description.into()));
    }

    fn warn(&mut self, reason: &'static str, description: impl Into<String>) {
        self.warnings.push(Warning { reason, description: description.into() });
    }
}

/// What an event is judged against.
struct Context<'a> {
    /// Its stream so far, with the events before it in the request.
    history: &'a [Event<'a>],
    facts: &'a Facts<'a>,
    stream: &'a StreamId,
    /// The whole request.
    offered: &'a [(StreamId, Proposal)],
    register: &'a Register,
}

/// Decides a request as a whole: its events in their order, each against its stream with the earlier ones in place.
///
/// `histories` holds every stream that the request writes, and those of [`also_reads`].
///
/// # Errors
/// Every refusal of every event.
pub fn decide<H: AsRef<[Recorded]>>(
    offered: &[(StreamId, Proposal)],
    histories: &BTreeMap<StreamId, H>,
    register: &Register,
) -> Result<Vec<Vec<Warning>>, Vec<Refusal>> {
    decide_in_turn(&[offered], histories, register).pop().unwrap_or_else(|| Ok(Vec::new()))
}

/// Decides requests one after the other, each as if those before it were recorded, up to the first that is refused. All but the last may
/// change nothing in the register: it is the same for all.
pub fn decide_in_turn<H: AsRef<[Recorded]>>(
    requests: &[&[(StreamId, Proposal)]],
    histories: &BTreeMap<StreamId, H>,
    register: &Register,
) -> Vec<Result<Vec<Vec<Warning>>, Vec<Refusal>>> {
    let mut streams: BTreeMap<&StreamId, Growing<'_>> = BTreeMap::new();
    let mut decided = Vec::with_capacity(requests.len());
    for offered in requests.iter().copied() {
        let mut refusals = Vec::new();
        let mut warnings = Vec::new();
        for (index, (stream, proposal)) in offered.iter().enumerate() {
            let growing = streams.entry(stream).or_insert_with(|| {
                let so_far = histories.get(stream).map_or(&[][..], AsRef::as_ref);
                Growing::of(so_far.iter().map(Event::from).collect())
            });
            let mut verdict = Verdict::default();
            let context =
                Context { history: &growing.events, facts: &growing.facts, stream, offered, register };
            judge(&context, proposal, &mut verdict);
            growing.add(proposal.into());
            refusals.extend(verdict.refusals.into_iter().map(|(reason, field, description)| Refusal {
                index,
                reason,
                field: field.to_string(),
                description,
            }));
            warnings.push(verdict.warnings);
        }
        if !refusals.is_empty() {
            decided.push(Err(refusals));
            break;
        }
        decided.push(Ok(warnings));
    }
    decided
}

/// Streams that deciding this event reads beside its own.
#[must_use]
pub fn also_reads(proposal: &Proposal) -> Vec<StreamId> {
    let stream = |authority: &AuthorityId| format!("authority/{authority}").parse().ok();
    match &proposal.fact {
        Fact::AuthoritySucceeded { successors } => {
            successors.iter().filter_map(|s| stream(&s.authority)).collect()
        }
        Fact::SuccessionReceived { predecessors, .. } => predecessors.iter().filter_map(stream).collect(),
        _ => Vec::new(),
    }
}

fn judge(context: &Context<'_>, proposal: &Proposal, verdict: &mut Verdict) {
    match &proposal.fact {
        Fact::Voided { .. } | Fact::Merged { .. } | Fact::Corrected { .. } => {
            meta::judge(context, proposal, verdict)
        }
        Fact::Confirmed { events } => meta::judge_confirmed(context, events, verdict),
        fact => judge_fact(context, proposal.happened_on, fact, verdict),
    }
}

/// Judges a fact as such: as offered, or as a correction would have it.
fn judge_fact(context: &Context<'_>, happened_on: PartialDate, fact: &Fact, verdict: &mut Verdict) {
    match fact {
        Fact::HolidayDeclared { date, .. } => {
            let known = context.facts.counted.iter().any(
                |counted| matches!(counted.fact, Fact::HolidayDeclared { date: other, .. } if other == date),
            );
            if known {
                verdict.refuse("HOLIDAY_ALREADY_DECLARED", "date", format!("{date} is declared already"));
            }
        }
        // What a policy may set was looked at when it was read.
        Fact::HolidayMoved { .. } | Fact::CalendarPublished { .. } | Fact::PolicyAdopted(_) => {}
        Fact::FrameworkSuspended(suspended) => regulator::judge_suspended(context, suspended, verdict),
        Fact::FrameworkResumed { suspension } => {
            regulator::judge_resumed(context, happened_on, suspension, verdict);
        }
        Fact::AuthorityRegistered(registration) => {
            authority::judge_registration(context, registration, verdict)
        }
        fact if provider::is_provider(context) => provider::judge(context, happened_on, fact, verdict),
        fact => {
            if !authority::is_registered(context) {
                let about =
                    format!("{} is not registered: record authority_registered first", context.stream);
                verdict.refuse("AUTHORITY_NOT_REGISTERED", "stream", about);
                return;
            }
            judge_span(context, happened_on, verdict);
            match fact {
                Fact::Inspection { inspection, step } => {
                    inspection::judge(context, happened_on, inspection, step, verdict);
                }
                Fact::Instrument { instrument, step } => {
                    intervention::judge_instrument(context, happened_on, instrument, step, verdict);
                }
                Fact::Obligation { obligation, step } => {
                    intervention::judge_obligation(context, happened_on, obligation, step, verdict);
                    if let ObligationStep::Plan(step) = step {
                        plan::judge(context, obligation, step, verdict);
                    }
                }
                fact @ (Fact::ExemptionUsed(_) | Fact::ConcernReceived(_)) => {
                    interim::judge(context, happened_on, fact, verdict);
                }
                fact => authority::judge(context, happened_on, fact, verdict),
            }
        }
    }
}

/// Whether the authority existed when it happened.
fn judge_span(context: &Context<'_>, happened_on: PartialDate, verdict: &mut Verdict) {
    if happened_on == PartialDate::Unknown {
        verdict.warn("DATE_UNKNOWN", "the day is not known at all: answers that need it say so");
        return;
    }
    for counted in &context.facts.counted {
        let earlier =
            |day: Option<crate::date::Date>| day.is_some_and(|day| happened_on.by(day) == Happened::Surely);
        match counted.fact {
            Fact::AuthorityRegistered(_)
                if earlier(counted.happened_on.earliest().and_then(|day| day.yesterday().ok())) =>
            {
                let from = counted.happened_on;
                verdict.warn("BEFORE_REGISTRATION", format!("the authority is registered from {from} only"));
            }
            Fact::AuthoritySucceeded { .. } if counted.happened_on.latest() < happened_on.earliest() => {
                let closed = counted.happened_on;
                verdict.warn("AFTER_CLOSURE", format!("the authority was abolished on {closed}"));
            }
            _ => {}
        }
    }
}
