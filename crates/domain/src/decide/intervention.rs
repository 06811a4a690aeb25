//! Deciding about instruments, appointments, obligations and plans.

use alloc::format;

use jiff::civil::Weekday;

use super::{Context, Verdict};
use crate::date::{Happened, PartialDate};
use crate::event::{Fact, InstrumentStep, Issue, ObligationStep};
use crate::id::{InstrumentKey, ObligationKey};
use crate::inspections;
use crate::instruments::{self, Kept};
use crate::terms::{EndedHow, InstrumentKind, ObligationKind};

pub(super) fn judge_instrument(
    context: &Context<'_>,
    happened_on: PartialDate,
    key: &InstrumentKey,
    step: &InstrumentStep,
    verdict: &mut Verdict,
) {
    let kept = instruments::gather(&context.facts.counted, None);
    let known = kept.iter().find(|known| known.key == key).filter(|known| known.began().is_some());
    if let InstrumentStep::Issued(issue) = step {
        if known.is_some() {
            let about = format!("{key} is recorded already: give the new one a key of its own");
            verdict.refuse("INSTRUMENT_ALREADY_ISSUED", "instrument", about);
        }
        judge_issue(&kept, happened_on, key, issue, verdict);
        return;
    }
    let Some(known) = known else {
        let about = format!("{key} was never issued to {}", context.stream.subject());
        verdict.refuse("INSTRUMENT_NEVER_ISSUED", "instrument", about);
        return;
    };
    if let Some(began) = known.began().filter(|began| happened_on.latest() < began.on.earliest())
        && happened_on != PartialDate::Unknown
    {
        let about = format!("{key} began on {}: {happened_on} is before that", began.on);
        verdict.refuse("END_BEFORE_START", "happened_on", about);
    }
    match step {
        InstrumentStep::Ended(how) => judge_end(context, known, *how, verdict),
        InstrumentStep::Replaced { by } if by == key => {
            verdict.refuse(
                "REPLACES_ITSELF",
                "new_instrument",
                "an instrument cannot stand in its own place",
            );
        }
        InstrumentStep::Replaced { by } => {
            let is_issued = kept.iter().any(|other| other.key == by && other.began().is_some());
            let is_offered = context.offered.iter().any(|(stream, proposal)| {
                stream == context.stream
                    && matches!(&proposal.fact, Fact::Instrument { instrument, step: InstrumentStep::Issued(_) } if instrument == by)
            });
            if !is_issued && !is_offered {
                verdict.refuse("INSTRUMENT_NEVER_ISSUED", "new_instrument", format!("{by} was never issued"));
            }
        }
        InstrumentStep::ReportReceived { report } | InstrumentStep::ReportPublished { report }
            if !known.reports.contains_key(report.as_str()) =>
        {
            verdict.warn(
                "REPORT_NOT_ASKED_FOR",
                format!("nothing recorded says that a report \"{report}\" was due"),
            );
        }
        _ => {}
    }
}

fn judge_issue(
    kept: &[Kept<'_>],
    happened_on: PartialDate,
    key: &InstrumentKey,
    issue: &Issue,
    verdict: &mut Verdict,
) {
    if issue.term_end != PartialDate::Unknown && issue.term_end.latest() < happened_on.earliest() {
        let about = format!("its last day, {}, is before its first, {happened_on}", issue.term_end);
        verdict.refuse("END_BEFORE_START", "end_date", about);
    }
    for (named, field) in [(&issue.replaces, "replaces"), (&issue.under, "instrument")] {
        let Some(named) = named else { continue };
        if named == key {
            verdict.refuse("REPLACES_ITSELF", field, "an instrument cannot name itself");
        } else if !kept.iter().any(|other| other.key == named && other.began().is_some()) {
            verdict.refuse("INSTRUMENT_NEVER_ISSUED", field, format!("{named} was never issued"));
        }
    }
    let replaced = kept.iter().find(|other| Some(other.key) == issue.replaces.as_ref());
    if let Some(began) =
        replaced.and_then(Kept::began).filter(|began| happened_on.latest() < began.on.earliest())
        && happened_on != PartialDate::Unknown
    {
        let about = format!("it replaces an instrument that began later, on {}", began.on);
        verdict.refuse("END_BEFORE_START", "replaces", about);
    }
    if !matches!(issue.kind, InstrumentKind::ImprovementNotice | InstrumentKind::Direction) {
        return;
    }
    let Some(day) = happened_on.earliest() else { return };
    let other = kept.iter().filter(|other| Some(other.key) != issue.replaces.as_ref()).find(|other| {
        other.domain() == Some(issue.domain)
            && matches!(other.kind(), Some(InstrumentKind::ImprovementNotice | InstrumentKind::Direction))
            && other.began().is_some_and(|began| began.on.by(day) == Happened::Surely)
            && other.first_end().is_none_or(|end| end.on.by(day) == Happened::Not)
    });
    if let Some(other) = other {
        let about =
            format!("{} is in force over the same services and nothing says that it is replaced", other.key);
        verdict.warn("OTHER_INSTRUMENT_IN_FORCE", about);
    }
}

/// An instrument ends once. Lifted or revoked on the day that another replaces it is one end, told twice.
fn judge_end(context: &Context<'_>, known: &Kept<'_>, how: EndedHow, verdict: &mut Verdict) {
    let ended_before = context.facts.counted.iter().find(|counted| {
        matches!(counted.fact, Fact::Instrument { instrument, step: InstrumentStep::Ended(_) } if instrument == known.key)
    });
    if let Some(before) = ended_before {
        let about = format!("{} ended on {} already", known.key, before.happened_on);
        verdict.refuse("INSTRUMENT_ALREADY_ENDED", "instrument", about);
    }
    if how == EndedHow::Ended
        && matches!(known.kind(), Some(InstrumentKind::ImprovementNotice | InstrumentKind::Direction))
    {
        let about = "a notice or direction is lifted, revoked, replaced or expires";
        verdict.refuse("WRONG_WAY_TO_END", "instrument", about);
    }
}

pub(super) fn judge_obligation(
    context: &Context<'_>,
    happened_on: PartialDate,
    key: &ObligationKey,
    step: &ObligationStep,
    verdict: &mut Verdict,
) {
    let opened = context.facts.counted.iter().any(|counted| {
        matches!(counted.fact, Fact::Obligation { obligation, step: ObligationStep::Opened { .. } } if obligation == key)
            || matches!(counted.fact, Fact::SuccessionReceived { obligations, .. }
                if obligations.iter().any(|carried| carried.obligation == *key))
    });
    if let ObligationStep::Opened { due, .. } = step {
        if opened {
            verdict.refuse("OBLIGATION_ALREADY_OPENED", "obligation", format!("{key} is recorded already"));
        }
        warn_of_weekend(*due, verdict);
        return;
    }
    if let ObligationStep::DueStated { due } | ObligationStep::DueRecomputed { new: due, .. } = step {
        warn_of_weekend(*due, verdict);
    }
    if opened {
        return;
    }
    let Some((of, kind)) = key.parts() else {
        let about = format!(
            "{key} was never opened, and its key names no rule: use INSPECTION/KIND (as in ilacs-2022-11-14/written-statement), or \
             record obligation_opened first"
        );
        verdict.refuse("OBLIGATION_UNKNOWN", "obligation", about);
        return;
    };
    judge_trigger(context, happened_on, of, kind, step, verdict);
}

/// A plan normally comes after the report that asks for it; a due date may be stated before.
fn judge_trigger(
    context: &Context<'_>,
    happened_on: PartialDate,
    of: &str,
    kind: ObligationKind,
    step: &ObligationStep,
    verdict: &mut Verdict,
) {
    if matches!(kind, ObligationKind::NoticeReview | ObligationKind::CommissionerReport) {
        return;
    }
    let Some(inspection) = inspections::one(&context.facts.counted, of) else {
        verdict.warn("PLAN_BEFORE_TRIGGER", format!("nothing is recorded of {of} yet"));
        return;
    };
    let is_stated = matches!(step, ObligationStep::DueStated { .. });
    let trigger = inspection.received.as_ref().or(inspection.published.as_ref());
    match trigger {
        Some(trigger)
            if !is_stated
                && happened_on.latest().is_some()
                && happened_on.latest() < trigger.on.earliest() =>
        {
            verdict.warn("PLAN_BEFORE_TRIGGER", format!("the report of {of} came on {}", trigger.on));
        }
        None if !is_stated => {
            verdict.warn(
                "PLAN_BEFORE_TRIGGER",
                format!("neither receipt nor publication of the report of {of} is recorded"),
            );
        }
        _ => {}
    }
}

fn warn_of_weekend(due: PartialDate, verdict: &mut Verdict) {
    if let Some(day) = due.day().filter(|day| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)) {
        verdict.warn("DUE_ON_WEEKEND", format!("{day} is a Saturday or Sunday"));
    }
}
