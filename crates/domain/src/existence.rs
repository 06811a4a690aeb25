//! Whether an authority exists on a day, and who delivers its services.

use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::event::Fact;
use crate::facts::{Counted, Dated, joined};
use crate::id::{ArrangementKey, AuthorityId, InstrumentKey, ObligationKey};
use crate::status::{Delivery, Existence, RestsOn};
use crate::terms::{ExistenceState, Standing};

/// Where a period stands on `day`; `None` before it began.
pub(crate) fn standing(from: PartialDate, to: Option<PartialDate>, day: Date) -> Option<Standing> {
    let begun = from.by(day);
    let ended = to.map_or(Happened::Not, |to| to.by(day));
    match (begun, ended) {
        (Happened::Not, _) => None,
        (_, Happened::Surely) => Some(Standing::Ended),
        (Happened::Surely, Happened::Not) => Some(Standing::InForce),
        (Happened::Maybe, _) | (_, Happened::Maybe) => Some(Standing::Uncertain),
    }
}

/// The end of an authority, and what was listed as passing on.
pub(crate) struct Closure<'a> {
    pub(crate) dated: Dated,
    pub(crate) obligations: Vec<&'a ObligationKey>,
    pub(crate) instruments: Vec<&'a InstrumentKey>,
}

/// The end of the authority, if it had come (or may have) by `day`.
pub(crate) fn closure<'a>(facts: &[Counted<'a>], day: Date) -> Option<Closure<'a>> {
    facts.iter().rev().filter(|counted| counted.happened_on.by(day) != Happened::Not).find_map(|counted| {
        let Fact::AuthoritySucceeded { successors } = counted.fact else {
            return None;
        };
        Some(Closure {
            dated: counted.dated(),
            obligations: successors.iter().flat_map(|successor| &successor.obligations).collect(),
            instruments: successors.iter().flat_map(|successor| &successor.instruments).collect(),
        })
    })
}

/// Legal existence on `day`.
pub(crate) fn existence(facts: &[Counted<'_>], day: Date) -> Existence {
    let mut existence = Existence {
        state: ExistenceState::NotYet,
        from: PartialDate::Unknown,
        closed: PartialDate::Unknown,
        successors: Vec::new(),
        predecessors: Vec::new(),
        delivery: delivery(facts, day),
        rests_on: RestsOn::new(),
    };
    for counted in facts.iter().filter(|counted| counted.happened_on.by(day) != Happened::Not) {
        match counted.fact {
            Fact::AuthorityRegistered(_) => {
                existence.state = ExistenceState::Exists;
                existence.from = counted.happened_on;
            }
            Fact::SuccessionReceived { predecessors, .. } => {
                existence.predecessors.extend(predecessors.iter().cloned())
            }
            Fact::AuthoritySucceeded { successors } => {
                existence.state = ExistenceState::Closed;
                existence.closed = counted.happened_on;
                existence.successors =
                    successors.iter().map(|s| s.authority.clone()).collect::<Vec<AuthorityId>>();
            }
            _ => continue,
        }
        existence.rests_on = joined([&existence.rests_on, &counted.rests_on()]);
    }
    existence
}

/// The arrangements that had begun by `day`, in the order of their beginning.
pub(crate) fn delivery(facts: &[Counted<'_>], day: Date) -> Vec<Delivery> {
    // It ends when it is said to, or with the authority.
    let ended = |key: &ArrangementKey| {
        let ends = facts.iter().filter(|counted| match counted.fact {
            Fact::DeliveryEnded { arrangement } => arrangement == key,
            Fact::AuthoritySucceeded { .. } => true,
            _ => false,
        });
        let come = ends.filter(|counted| counted.happened_on.by(day) != Happened::Not);
        come.min_by_key(|counted| counted.happened_on.sort_key())
    };
    let started = facts.iter().filter_map(|counted| {
        let Fact::DeliveryStarted { arrangement, body, kind, basis, also_serves } = counted.fact else {
            return None;
        };
        let end = ended(arrangement);
        let to = end.map(|end| end.happened_on);
        Some(Delivery {
            arrangement: arrangement.clone(),
            body: body.clone(),
            kind: *kind,
            basis: *basis,
            from: counted.happened_on,
            to,
            also_serves: also_serves.clone(),
            standing: standing(counted.happened_on, to, day)?,
            rests_on: joined(
                [Some(&counted.rests_on()), end.map(Counted::rests_on).as_ref()].into_iter().flatten(),
            ),
        })
    });
    let mut delivery: Vec<_> = started.collect();
    delivery.sort_by_key(|arrangement| arrangement.from.sort_key());
    delivery
}
