//! Deciding about voids, merges, corrections and confirmations.

use alloc::format;

use super::{Context, Verdict, judge_fact};
use crate::date::PartialDate;
use crate::event::{Fact, ObligationStep, Proposal};
use crate::facts::{Event, Growing, is_about_events, target};
use crate::id::EventId;

pub(super) fn judge(context: &Context<'_>, proposal: &Proposal, verdict: &mut Verdict) {
    let Some(named) = target(&proposal.fact) else {
        return;
    };
    let Some(event) = find(context, named) else {
        let about = format!(
            "{named} is no event of {}: corrections stand in the stream of what they correct",
            context.stream
        );
        verdict.refuse("EVENT_UNKNOWN", "event_id", about);
        return;
    };
    if is_struck(context, named) {
        verdict.refuse("EVENT_ALREADY_VOIDED", "event_id", format!("{named} counts no more already"));
    }
    match &proposal.fact {
        Fact::Merged { duplicate_of, .. } => match find(context, *duplicate_of) {
            Some(other) if *duplicate_of != named && !is_struck(context, *duplicate_of) => {
                if !same_kind(event.fact, other.fact) {
                    let about = "the two are of different kinds: void the one that is wrong";
                    verdict.refuse("MERGE_OF_DIFFERENT_KINDS", "duplicate_of", about);
                }
            }
            _ => {
                let about = format!("{duplicate_of} is not another event of {} that counts", context.stream);
                verdict.refuse("EVENT_UNKNOWN", "duplicate_of", about);
            }
        },
        Fact::Corrected { happened_on, published, fact, .. } => {
            if is_about_events(event.fact) {
                let about =
                    "a void, merge, correction or confirmation is not corrected: void it and record another";
                verdict.refuse("META_OF_META", "event_id", about);
            } else if !same_kind(event.fact, fact) {
                let about = "the replacement is of another kind of event: void this one and record the other";
                verdict.refuse("CORRECTION_CHANGES_KIND", "replacement", about);
            } else {
                if stands(context, event) == (*happened_on, *published, &**fact) {
                    verdict.warn(
                        "CORRECTION_CHANGES_NO_ANSWER",
                        "nothing that answers rest on differs from what is recorded",
                    );
                }
                // The replacement is judged as if the event it corrects had never been recorded, and with the request's other
                // corrections made: they may only be right together.
                let is_about = |other: &Event<'_>| other.id == named || target(other.fact) == Some(named);
                let without = context.history.iter().copied().filter(|other| !is_about(other));
                let others = Growing::of(without.chain(other_corrections(context, proposal)).collect());
                let others = Context { facts: &others.facts, history: &others.events, ..*context };
                judge_fact(&others, *happened_on, fact, verdict);
            }
        }
        _ => {}
    }
}

/// Another document agrees with events that count, and are about something else than events.
pub(super) fn judge_confirmed(context: &Context<'_>, events: &[EventId], verdict: &mut Verdict) {
    for &named in events {
        match find(context, named) {
            None => {
                let stream = context.stream;
                let about = format!("{named} is no event of {stream}: it is confirmed in its own stream");
                verdict.refuse("EVENT_UNKNOWN", "event_ids", about);
            }
            Some(event) if is_about_events(event.fact) => {
                let about = format!(
                    "{named} is a void, merge, correction or confirmation: name the event that it is about"
                );
                verdict.refuse("META_OF_META", "event_ids", about);
            }
            Some(_) if is_struck(context, named) => {
                verdict.refuse("EVENT_ALREADY_VOIDED", "event_ids", format!("{named} counts no more"));
            }
            Some(_) => {}
        }
    }
}

/// The request's other corrections in this stream, as if they were recorded.
fn other_corrections<'a>(context: &'a Context<'_>, this: &'a Proposal) -> impl Iterator<Item = Event<'a>> {
    let others = context.offered.iter().filter(|(stream, other)| {
        stream == context.stream
            && target(&other.fact) != target(&this.fact)
            && matches!(other.fact, Fact::Corrected { .. })
    });
    others.map(|(_, other)| other.into())
}

fn find<'a>(context: &Context<'a>, id: EventId) -> Option<Event<'a>> {
    context.history.iter().copied().find(|event| event.id == id)
}

/// Whether an event (of any kind) counts no more.
fn is_struck(context: &Context<'_>, id: EventId) -> bool {
    let mut struck = alloc::collections::BTreeSet::new();
    for event in context.history.iter().rev() {
        if let (Fact::Voided { event: named } | Fact::Merged { event: named, .. }, false) =
            (event.fact, struck.contains(&event.id))
        {
            struck.insert(*named);
        }
    }
    struck.contains(&id)
}

/// The event as it stands, with earlier corrections applied.
fn stands<'a>(context: &Context<'a>, event: Event<'a>) -> (PartialDate, Option<PartialDate>, &'a Fact) {
    let counted = context.facts.counted.iter().find(|counted| counted.id == event.id);
    counted.map_or((event.happened_on, event.published, event.fact), |counted| {
        (counted.happened_on, counted.published, counted.fact)
    })
}

fn same_kind(one: &Fact, other: &Fact) -> bool {
    use core::mem::discriminant;
    match (one, other) {
        (Fact::Inspection { step: a, .. }, Fact::Inspection { step: b, .. }) => {
            discriminant(a) == discriminant(b)
        }
        (
            Fact::Obligation { step: ObligationStep::Plan(a), .. },
            Fact::Obligation { step: ObligationStep::Plan(b), .. },
        ) => discriminant(a) == discriminant(b),
        (Fact::Obligation { step: a, .. }, Fact::Obligation { step: b, .. }) => {
            discriminant(a) == discriminant(b)
        }
        (Fact::Instrument { step: a, .. }, Fact::Instrument { step: b, .. }) => {
            discriminant(a) == discriminant(b)
        }
        (Fact::Measure { step: a, .. }, Fact::Measure { step: b, .. }) => discriminant(a) == discriminant(b),
        (a, b) => discriminant(a) == discriminant(b),
    }
}
