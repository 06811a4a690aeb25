//! Cases: the periods in which an authority was in monitoring or under an instrument. Derived, never recorded.

use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::facts::Dated;
use crate::instruments::Kept;
use crate::pathway::Span;
use crate::status::{Case, Profile};
use crate::terms::{InstrumentKind, PathwayState, Standing};

/// One reason for a case to be open, from a day until (but not on) another.
struct Reason {
    from: Dated,
    to: Option<Dated>,
    uncertain: bool,
}

/// Whether an instrument keeps a case open. Advisers, letters and trusts alone do not; a commissioner does where no direction is named
/// under which he was appointed.
fn opens_a_case(kept: &Kept<'_>) -> bool {
    let under = kept.issue.as_ref().and_then(|(issue, _)| issue.under.as_ref());
    match kept.kind() {
        Some(InstrumentKind::ImprovementNotice | InstrumentKind::Direction | InstrumentKind::Supervision) => {
            true
        }
        Some(InstrumentKind::Commissioner) => under.is_none(),
        _ => false,
    }
}

/// The cases begun by `day`, in order. Reasons that touch or overlap are one case; none outlasts the authority.
pub(crate) fn cases(
    spans: &[Span],
    profile: Option<&Profile>,
    instruments: &[Kept<'_>],
    closed: Option<&Dated>,
    day: Date,
) -> Vec<Case> {
    let earlier = |one: &Option<Dated>, other: Option<&Dated>| {
        [one.as_ref(), other].into_iter().flatten().min_by_key(|dated| dated.on.sort_key()).cloned()
    };
    let is_before_closure =
        |span: &&Span| closed.is_none_or(|closed| span.from.on.earliest() < closed.on.latest());
    let monitoring =
        spans.iter().filter(|span| span.led.state == PathwayState::Monitoring).filter(is_before_closure);
    let monitoring = monitoring.map(|span| Reason {
        from: span.from.clone(),
        to: earlier(&span.to, closed),
        uncertain: span.to.is_none() && profile.is_some_and(|profile| profile.uncertain),
    });
    let under = instruments.iter().filter(|kept| opens_a_case(kept)).filter_map(|kept| {
        let to = kept.end(day).map(|end| end.dated.clone());
        let uncertain = kept.on(day)?.standing == Standing::Uncertain;
        Some(Reason { from: kept.began()?.clone(), to, uncertain })
    });
    let mut reasons: Vec<Reason> = monitoring.chain(under).collect();
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
    let Some(end) = earlier.to.as_ref().map(|to| to.on.latest()) else { return true };
    end.is_none_or(|end| later.from.on.earliest() <= Some(end))
}

fn case(number: u32, reason: Reason, day: Date) -> Option<Case> {
    let closed = reason.to;
    let maybe = |on: PartialDate| on.by(day) == Happened::Maybe;
    let uncertain =
        reason.uncertain || maybe(reason.from.on) || closed.as_ref().is_some_and(|to| maybe(to.on));
    Some(Case {
        number,
        opened: reason.from.on,
        closed: closed.as_ref().filter(|to| !maybe(to.on)).map(|to| to.on),
        opening_event: *reason.from.rests_on.first()?,
        closing_event: closed.filter(|to| !maybe(to.on)).and_then(|to| to.rests_on.first().copied()),
        uncertain,
    })
}
