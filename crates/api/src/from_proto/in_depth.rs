//! Events of what stands in plans, and indicators.

use std::collections::BTreeSet;

use docket_domain::date::PartialDate;
use docket_domain::event::{
    ActionProgress, DateRange, Fact, IndicatorValue, InspectionStep, LookedAt, Milestone, ObligationStep,
    PlanAction, PlanStep,
};
use docket_domain::id::{InspectionKey, ObligationKey};
use docket_domain::terms::IndicatorKind;

use super::fields::Fields;
use crate::pb;

/// Most bytes of an indicator's value.
const VALUE_LEN_MAX: usize = 40;

fn fact(f: &mut Fields<'_>, obligation: &str, step: Option<PlanStep>) -> Option<Fact> {
    let obligation = f.key::<ObligationKey>("obligation", obligation);
    Some(Fact::Obligation { obligation: obligation?, step: ObligationStep::Plan(step?) })
}

/// References of which each stands once.
fn references(f: &mut Fields<'_>, field: &str, texts: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    f.list(field, texts, |item, text| {
        let reference = item.required_name("", text);
        once(item, "", &mut seen, &reference);
        Some(reference)
    })
}

fn once(f: &mut Fields<'_>, field: &str, seen: &mut BTreeSet<String>, reference: &str) {
    if !seen.insert(reference.to_owned()) {
        f.demand(field, format!("stands once in its list; {reference:?} is there twice"));
    }
}

/// An action; nothing about it is asked that plans of councils do not always say.
fn action(f: &mut Fields<'_>, action: Option<&pb::PlanAction>) -> Option<PlanAction> {
    let Some(action) = action else {
        f.problem("action", "is required: the action in full");
        return None;
    };
    let f = &mut f.within("action");
    let reference = f.required_name("reference", &action.reference);
    let text = f.required_text("text", &action.text);
    let answers = references(f, "answers", &action.answers);
    let owner_role = f.name("owner_role", &action.owner_role);
    let measure = f.text("measure", &action.measure);
    let mut seen = BTreeSet::new();
    let milestones = f.list("milestones", &action.milestones, |item, milestone| {
        let reference = item.required_name("reference", &milestone.reference);
        once(item, "reference", &mut seen, &reference);
        let text = item.text("text", &milestone.text);
        Some(Milestone { reference, text, due: item.date("due_date", milestone.due_date.as_ref()) })
    });
    let due = f.date("due_date", action.due_date.as_ref());
    Some(PlanAction { reference, text, answers, owner_role, measure, milestones, due })
}

pub(super) fn action_set(f: &mut Fields<'_>, m: &pb::PlanActionSet) -> Option<Fact> {
    let step = action(f, m.action.as_ref()).map(PlanStep::ActionSet);
    fact(f, &m.obligation, step)
}

pub(super) fn action_changed(f: &mut Fields<'_>, m: &pb::PlanActionChanged) -> Option<Fact> {
    let step = action(f, m.action.as_ref()).map(PlanStep::ActionChanged);
    f.text("reason", &m.reason);
    fact(f, &m.obligation, step)
}

pub(super) fn progress_reported(f: &mut Fields<'_>, m: &pb::PlanProgressReported) -> Option<Fact> {
    f.at_least_one("progress", &m.progress);
    let mut seen = BTreeSet::new();
    let progress = f.list("progress", &m.progress, |item, progress| {
        let reference = item.required_name("reference", &progress.reference);
        once(item, "reference", &mut seen, &reference);
        let state = item.term("state", progress.state);
        let text = item.text("text", &progress.text);
        let evidence = item.names("evidence", &progress.evidence);
        let milestones_met = references(item, "milestones_met", &progress.milestones_met);
        Some(ActionProgress { reference, state: state?, text, evidence, milestones_met })
    });
    fact(f, &m.obligation, Some(PlanStep::ProgressReported(progress)))
}

pub(super) fn finding_reviewed(f: &mut Fields<'_>, m: &pb::PlanFindingReviewed) -> Option<Fact> {
    let reference = f.required_name("reference", &m.reference);
    let outcome = f.term("outcome", m.outcome);
    let text = f.text("text", &m.text);
    let step = outcome.map(|outcome| PlanStep::FindingReviewed { reference, outcome, text });
    fact(f, &m.obligation, step)
}

pub(super) fn looked_at(f: &mut Fields<'_>, m: &pb::VisitLookedAt) -> Option<Fact> {
    let inspection = f.key::<InspectionKey>("inspection", &m.inspection);
    let plan = f.key::<ObligationKey>("obligation", &m.obligation);
    let findings = references(f, "findings", &m.findings);
    let actions = references(f, "actions", &m.actions);
    let progress_seen = f.text("progress_seen", &m.progress_seen);
    if findings.is_empty() && actions.is_empty() {
        f.demand("findings", "needs at least one item, where actions has none");
    }
    let looked_at = LookedAt { findings, actions, progress_seen };
    Some(Fact::Inspection {
        inspection: inspection?,
        step: InspectionStep::LookedAt { plan: plan?, looked_at },
    })
}

pub(super) fn indicator(f: &mut Fields<'_>, m: &pb::IndicatorReported) -> Option<Fact> {
    let kind = f.term("kind", m.kind);
    let name = f.name("name", &m.name);
    if kind == Some(IndicatorKind::Other) && name.trim().is_empty() {
        f.demand("name", "is required where kind is INDICATOR_KIND_OTHER");
    }
    if !is_decimal(&m.value) {
        let wanted = format!("is a decimal number of at most {VALUE_LEN_MAX} characters: 17.3");
        f.demand("value", wanted);
    }
    let unit = f.required_name("unit", &m.unit);
    let about = match (&m.as_at_date, &m.period) {
        (Some(day), None) => {
            f.required_date("as_at_date", Some(day)).map(|day| DateRange { first: day, last: day })
        }
        (None, Some(period)) => f.ranges("period", std::slice::from_ref(period)).pop(),
        _ => {
            f.demand("as_at_date", "is given, or period; one of the two");
            Some(DateRange { first: PartialDate::Unknown, last: PartialDate::Unknown })
        }
    };
    let value = m.value.clone();
    Some(Fact::Indicator(IndicatorValue { kind: kind?, name, value, unit, about: about? }))
}

/// Digits, with a sign before them and one point between them at most.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= VALUE_LEN_MAX && digits(whole) && digits(part)
}
