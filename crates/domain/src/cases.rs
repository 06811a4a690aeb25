//! Cases: the periods in which an authority was in monitoring or under an instrument. Derived, never recorded.

use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::facts::Dated;
use crate::pathway::Span;
use crate::status::{Case, Instrument, RestsOn};
use crate::terms::{InstrumentKind, PathwayState, Standing};

/// One reason for a case to be open, from a day until (but not on) another.
struct Reason {
    from: Dated,
    to: Option<Dated>,
    uncertain: bool,
}

/// Whether an instrument of this kind keeps a case open. Advisers, letters and trusts alone do not.
fn opens_a_case(kind: InstrumentKind) -> bool {
    matches!(
        kind,
        InstrumentKind::ImprovementNotice
            | InstrumentKind::Direction
            | InstrumentKind::Commissioner
            | InstrumentKind::Supervision
    )
}

/// The cases begun by `day`, in order. Reasons that touch or overlap are one case; none outlasts the authority.
pub(crate) fn cases(
    spans: &[Span],
    instruments: &[Instrument],
    closed: Option<&Dated>,
    day: Date,
) -> Vec<Case> {
    let monitoring = spans.iter().filter(|span| span.state == PathwayState::Monitoring).map(|span| Reason {
        from: span.from.clone(),
        to: span.to.clone().or_else(|| closed.cloned()),
        uncertain: span.uncertain,
    });
    let under =
        instruments.iter().filter(|instrument| opens_a_case(instrument.kind)).map(|instrument| Reason {
            from: Dated { on: instrument.from, rests_on: first_of(&instrument.rests_on) },
            to: instrument.to.map(|to| Dated { on: to, rests_on: last_of(&instrument.rests_on) }),
            uncertain: instrument.standing == Standing::Uncertain,
        });
    let mut reasons: Vec<Reason> =
        monitoring.chain(under).filter(|reason| reason.from.on.by(day) != Happened::Not).collect();
    reasons.sort_by_key(|reason| reason.from.on.sort_key());
    let mut merged: Vec<Reason> = Vec::new();
    for reason in reasons {
        match merged.last_mut() {
            Some(last) if touches(last, &reason) => {
                last.uncertain |= reason.uncertain;
                if let Some(to) = &last.to {
                    let longer = reason.to.as_ref().is_none_or(|other| to.on.latest() < other.on.latest());
                    if longer {
                        last.to = reason.to;
                    }
                }
            }
            _ => merged.push(reason),
        }
    }
    merged.into_iter().zip(1..).filter_map(|(reason, number)| case(number, reason, day)).collect()
}

fn touches(earlier: &Reason, later: &Reason) -> bool {
    earlier.to.as_ref().is_none_or(|to| later.from.on.earliest() <= to.on.latest())
}

fn case(number: u32, reason: Reason, day: Date) -> Option<Case> {
    let closed = reason.to.filter(|to| to.on.by(day) != Happened::Not);
    let maybe = |on: PartialDate| on.by(day) == Happened::Maybe;
    let uncertain =
        reason.uncertain || maybe(reason.from.on) || closed.as_ref().is_some_and(|to| maybe(to.on));
    Some(Case {
        number,
        opened: reason.from.on,
        closed: closed.as_ref().filter(|to| !maybe(to.on)).map(|to| to.on),
        opening_event: *reason.from.rests_on.first()?,
        closing_event: closed.filter(|to| !maybe(to.on)).and_then(|to| to.rests_on.last().copied()),
        uncertain,
    })
}

fn first_of(rests_on: &RestsOn) -> RestsOn {
    rests_on.first().copied().into_iter().collect()
}

fn last_of(rests_on: &RestsOn) -> RestsOn {
    rests_on.last().copied().into_iter().collect()
}
