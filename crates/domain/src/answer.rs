//! The question and the answer: `status(authority, effective day, known at)`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::cases::cases;
use crate::date::{Date, Happened, PartialDate};
use crate::event::{Fact, Recorded};
use crate::existence::{closure, existence};
use crate::facts::{Counted, Facts};
use crate::inspections;
use crate::instruments;
use crate::interim;
use crate::national::National;
use crate::obligations::{self, Clock};
use crate::pathway::{graded, pathway, paused, profile, programme, spans};
use crate::seen::{counts_by_its_own_date, seen};
pub use crate::seen::{under_embargo, withheld};
use crate::status::{
    AsOf, Asked, AuthorityRef, AuthorityStatus, Instrument, NextDue, Obligation, RestsOn, Uncertainty,
};
use crate::terms::{ExistenceState, ObligationNature, ServiceDomain, Standing};

/// When happened what an answer sees: each fact that counts, with its date as corrected, and the events that say so. What shows from its
/// publication on has that day too.
#[must_use]
pub fn dates(history: &[Recorded], as_of: AsOf) -> Vec<(PartialDate, RestsOn)> {
    let counted = seen(Facts::of(history), as_of.asked()).facts.counted;
    let of = |counted: Counted<'_>| {
        let rests_on = counted.rests_on();
        let days = [Some(counted.happened_on), counted.published.filter(|on| *on != counted.happened_on)];
        days.into_iter().flatten().map(move |on| (on, rests_on.clone()))
    };
    counted.into_iter().flat_map(of).collect()
}

/// What an authority looks like on a day, as known at a moment.
///
/// `history` is the authority's stream up to the position asked, in order; `national` the streams of the calendar, of the
/// regulator and of the policy up to the same position, folded. The answer is a function of the arguments alone, and never fails: whatever was recorded is read as far as it says
/// something. Of `as_of` it hangs on what is in [`Asked`]; the rest is only told.
#[must_use]
pub fn status(
    authority: AuthorityRef,
    history: &[Recorded],
    national: &National,
    as_of: AsOf,
) -> AuthorityStatus {
    let asked = as_of.asked();
    let day = asked.effective;
    let seen = seen(Facts::of(history), asked);
    let facts = &seen.facts.counted;
    let inspections = inspections::gather(facts);
    let closure = closure(facts, day);
    let closed = closure.as_ref().map(|closure| closure.dated.clone());
    let kept_instruments = instruments::gather(facts, closure.as_ref());
    let instruments = instruments::on(&kept_instruments, facts, day);
    let graded_care = graded(&inspections, ServiceDomain::ChildrensSocialCare, asked);
    let graded_send = graded(&inspections, ServiceDomain::Send, asked);
    let profile_care = profile(&graded_care, &seen, day);
    let policy = &national.policy;
    let spans = spans(&graded_care, day, policy);
    let programme = programme(&graded_care, &spans, &inspections, (day, policy));
    let kept = obligations::gather(
        &seen.facts,
        &inspections,
        &kept_instruments,
        &graded_care,
        programme.as_ref(),
        asked,
    );
    let calendar = &national.calendar;
    let clock = Clock { day, calendar, announced: calendar.announced_by(day), policy, closure };
    let obligations = obligations::on(&kept, &clock);
    let mut summaries: Vec<_> = inspections.iter().filter_map(inspections::Inspection::summary).collect();
    summaries.reverse();
    let existence = existence(facts, day);
    let next_due =
        if existence.state == ExistenceState::Closed { Vec::new() } else { next(&obligations, &instruments) };
    AuthorityStatus {
        authority,
        as_of,
        send_profile: profile(&graded_send, &seen, day),
        pathway: paused(
            pathway(&spans, profile_care.as_ref(), &inspections, closed.as_ref(), programme.as_ref(), asked),
            if existence.state == ExistenceState::Exists {
                national.suspensions_of(ServiceDomain::ChildrensSocialCare, day)
            } else {
                Vec::new()
            },
        ),
        cases: cases(&spans, profile_care.as_ref(), &kept_instruments, closed.as_ref(), day),
        profile: profile_care,
        obligations,
        instruments,
        existence,
        next_due,
        inspections: summaries,
        uncertainties: uncertainties(facts, asked, "the authority"),
        exemptions: interim::exemptions(facts, day),
        concerns: interim::concerns(facts),
    }
}

/// What comes next, by date: open obligations, and terms that run out.
pub(crate) fn next(obligations: &[Obligation], instruments: &[Instrument]) -> Vec<NextDue> {
    let open =
        obligations.iter().filter(|obligation| obligations::is_next(obligation)).filter_map(|obligation| {
            Some(NextDue {
                due: obligation.due()?,
                what: obligation.what.clone(),
                obligation: Some(obligation.obligation.clone()),
                instrument: None,
                nature: obligation.nature,
                legal_basis: obligation.legal_basis.clone(),
                rests_on: obligation.rests_on.clone(),
            })
        });
    let in_force = instruments.iter().filter(|instrument| instrument.standing != Standing::Ended);
    let terms = in_force.filter_map(|instrument| {
        Some(NextDue {
            due: instrument.term_end.latest()?,
            what: format!("term of {} ends", instrument.kind.name().replace('_', " ")),
            obligation: None,
            instrument: Some(instrument.instrument.clone()),
            nature: ObligationNature::Expectation,
            legal_basis: instrument.legal_basis.to_string(),
            rests_on: instrument.rests_on.clone(),
        })
    });
    let mut next: Vec<_> = open.chain(terms).collect();
    next.sort_by_key(|next| next.due);
    next
}

/// Events whose date is too rough to say whether they had happened by the day.
pub(crate) fn uncertainties(facts: &[Counted<'_>], asked: Asked, subject: &str) -> Vec<Uncertainty> {
    let day = asked.effective;
    let rough = facts.iter().filter(|counted| counted.is_rough(day));
    rough
        .filter(|counted| counts_by_its_own_date(counted.fact))
        .map(|counted| Uncertainty { event: counted.id, description: describe(counted, day, subject) })
        .collect()
}

fn describe(counted: &Counted<'_>, day: Date, subject: &str) -> String {
    let about = match counted.fact {
        Fact::Inspection { inspection, .. } => inspection.to_string(),
        Fact::Obligation { obligation, .. } => obligation.to_string(),
        Fact::Instrument { instrument, .. } => instrument.to_string(),
        Fact::DeliveryStarted { arrangement, .. } | Fact::DeliveryEnded { arrangement } => {
            arrangement.to_string()
        }
        Fact::Measure { measure, .. } => measure.to_string(),
        _ => String::from(subject),
    };
    let published = counted.published.filter(|_| counted.happened_on.by(day) == Happened::Surely);
    if let Some(rough) = published {
        return format!(
            "{about}: an event that was published in {rough}, on a day that is not known; it may or may not have been public yet"
        );
    }
    match counted.happened_on {
        PartialDate::Unknown => format!("{about}: the day of an event is not known at all"),
        rough => format!(
            "{about}: an event of {rough}, whose day is not known; it may or may not have happened yet"
        ),
    }
}
