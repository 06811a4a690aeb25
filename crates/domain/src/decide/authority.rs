//! Deciding about authorities: registration, codes, succession, delivery.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Context, Verdict};
use crate::date::PartialDate;
use crate::event::{Fact, Registration, Successor};
use crate::id::AuthorityId;
use crate::instruments;
use crate::terms::CodeScheme;

pub(super) fn is_registered(context: &Context<'_>) -> bool {
    context.facts.counted.iter().any(|counted| matches!(counted.fact, Fact::AuthorityRegistered(_)))
}

pub(super) fn judge_registration(context: &Context<'_>, registration: &Registration, verdict: &mut Verdict) {
    if is_registered(context) {
        let about = format!(
            "{} is registered already: change a code with authority_code_changed, an error with field_corrected",
            context.stream
        );
        verdict.refuse("AUTHORITY_ALREADY_REGISTERED", "stream", about);
    }
    for (scheme, code) in &registration.codes {
        judge_code_is_free(context, *scheme, code, verdict);
    }
}

/// One code means one authority at a time.
fn judge_code_is_free(context: &Context<'_>, scheme: CodeScheme, code: &str, verdict: &mut Verdict) {
    let holder = context.register.entries().find(|entry| {
        entry.id.as_str() != context.stream.subject()
            && entry.codes.iter().any(|held| held.scheme == scheme && held.code == code && held.to.is_none())
    });
    let offered_twice = context.offered.iter().any(|(stream, proposal)| {
        stream != context.stream
            && matches!(&proposal.fact, Fact::AuthorityRegistered(other)
                if other.codes.iter().any(|(of, held)| *of == scheme && held == code))
    });
    if offered_twice {
        let about = format!("{} {code} is given to two authorities in this request", scheme.name());
        verdict.refuse("CODE_TAKEN", "code", about);
    }
    if let Some(holder) = holder {
        let about =
            format!("{} {code} is the code of {} ({})", scheme.name(), holder.registration.name, holder.id);
        verdict.refuse("CODE_TAKEN", "code", about);
    }
}

pub(super) fn judge(context: &Context<'_>, happened_on: PartialDate, fact: &Fact, verdict: &mut Verdict) {
    match fact {
        Fact::CodeChanged { scheme, old, new } => {
            judge_code_is_held(context, *scheme, old, verdict);
            judge_code_is_free(context, *scheme, new, verdict);
        }
        Fact::AuthoritySucceeded { successors } => judge_succession(context, successors, verdict),
        Fact::SuccessionReceived { predecessors, obligations, instruments } => {
            for predecessor in predecessors {
                let obligations = obligations.iter().filter(|o| o.from == *predecessor);
                let instruments = instruments.iter().filter(|i| i.from == *predecessor);
                let obligations = obligations.map(|carried| carried.obligation.to_string());
                let instruments = instruments.map(|carried| carried.instrument.to_string());
                judge_other_side(context, predecessor, obligations.chain(instruments).collect(), verdict);
            }
        }
        Fact::DeliveryStarted { arrangement, .. } => {
            let known = context.facts.counted.iter().any(|counted| {
                matches!(counted.fact, Fact::DeliveryStarted { arrangement: other, .. } if other == arrangement)
            });
            if known {
                verdict.refuse(
                    "ARRANGEMENT_ALREADY_STARTED",
                    "arrangement",
                    format!("{arrangement} is recorded already"),
                );
            }
        }
        Fact::DeliveryEnded { arrangement } => {
            let started = context.facts.counted.iter().find(|counted| {
                matches!(counted.fact, Fact::DeliveryStarted { arrangement: other, .. } if other == arrangement)
            });
            match started {
                None => verdict.refuse(
                    "ARRANGEMENT_UNKNOWN",
                    "arrangement",
                    format!("{arrangement} never started"),
                ),
                Some(started)
                    if happened_on != PartialDate::Unknown
                        && happened_on.latest() < started.happened_on.earliest() =>
                {
                    let about =
                        format!("{arrangement} started on {}: it cannot end before", started.happened_on);
                    verdict.refuse("END_BEFORE_START", "happened_on", about);
                }
                Some(_) => {}
            }
        }
        _ => {}
    }
}

fn judge_code_is_held(context: &Context<'_>, scheme: CodeScheme, old: &str, verdict: &mut Verdict) {
    let held = context.facts.counted.iter().any(|counted| match counted.fact {
        Fact::AuthorityRegistered(registration) => {
            registration.codes.iter().any(|(of, code)| *of == scheme && code == old)
        }
        Fact::CodeChanged { scheme: of, new, .. } => *of == scheme && new == old,
        _ => false,
    });
    if !held {
        let about = format!("{} {old} was never the code of {}", scheme.name(), context.stream.subject());
        verdict.refuse("CODE_NOT_HELD", "old_code", about);
    }
}

fn judge_succession(context: &Context<'_>, successors: &[Successor], verdict: &mut Verdict) {
    let before =
        context.facts.counted.iter().any(|counted| matches!(counted.fact, Fact::AuthoritySucceeded { .. }));
    if before {
        verdict.refuse("ALREADY_SUCCEEDED", "stream", format!("{} was succeeded already", context.stream));
    }
    for successor in successors {
        let obligations = successor.obligations.iter().map(ToString::to_string);
        let instruments = successor.instruments.iter().map(ToString::to_string);
        judge_other_side(context, &successor.authority, obligations.chain(instruments).collect(), verdict);
        let held = instruments::gather(&context.facts.counted, None);
        for key in &successor.instruments {
            if !held.iter().any(|kept| kept.key == key && kept.began().is_some()) {
                let about =
                    format!("{key} was never issued to {}: it cannot pass on", context.stream.subject());
                verdict.refuse("INSTRUMENT_NEVER_ISSUED", "carried_instruments", about);
            }
        }
    }
}

/// The other side of a succession is registered, and recorded in the same request.
fn judge_other_side(context: &Context<'_>, other: &AuthorityId, listed: Vec<String>, verdict: &mut Verdict) {
    let stream = format!("authority/{other}");
    let here = context.stream.subject();
    let registered_now = context
        .offered
        .iter()
        .any(|(at, proposal)| at.as_str() == stream && matches!(proposal.fact, Fact::AuthorityRegistered(_)));
    if context.register.get(other).is_none() && !registered_now {
        verdict.refuse("SUCCESSION_INCOMPLETE", "successors", format!("{other} is not registered"));
    }
    let offered = context.offered.iter().filter(|(at, _)| at.as_str() == stream);
    // A succession that is corrected is corrected on both sides too.
    let facts = offered.map(|(_, proposal)| match &proposal.fact {
        Fact::Corrected { fact, .. } => &**fact,
        fact => fact,
    });
    let mut passed = Vec::new();
    let mut mirrored = false;
    for fact in facts {
        match fact {
            Fact::SuccessionReceived { predecessors, obligations, instruments } => {
                mirrored |= predecessors.iter().any(|id| id.as_str() == here);
                let of_here = |from: &AuthorityId| from.as_str() == here;
                passed.extend(
                    obligations.iter().filter(|o| of_here(&o.from)).map(|o| o.obligation.to_string()),
                );
                passed.extend(
                    instruments.iter().filter(|i| of_here(&i.from)).map(|i| i.instrument.to_string()),
                );
            }
            Fact::AuthoritySucceeded { successors } => {
                let me = successors.iter().filter(|successor| successor.authority.as_str() == here);
                for successor in me {
                    mirrored = true;
                    passed.extend(successor.obligations.iter().map(ToString::to_string));
                    passed.extend(successor.instruments.iter().map(ToString::to_string));
                }
            }
            _ => {}
        }
    }
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    if mirrored && sorted(passed) != sorted(listed) {
        let about = format!("what passes between {here} and {other} is not listed alike on both sides");
        verdict.refuse("SUCCESSION_INCOMPLETE", "successors", about);
    }
    if !mirrored {
        let about =
            format!("record both sides together: this request has no event in {stream} that names {here}");
        verdict.refuse("SUCCESSION_INCOMPLETE", "successors", about);
    }
}
