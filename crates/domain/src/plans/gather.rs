//! Reading findings, actions and visits off the facts that are seen.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Action, Finding, PlannedMilestone, Progress, Review};
use crate::date::{Date, Happened};
use crate::event::{ActionProgress, Fact, InspectionStep, LookedAt, ObligationStep, PlanAction, PlanStep};
use crate::facts::{Counted, joined};
use crate::id::{InspectionKey, ObligationKey};
use crate::status::RestsOn;
use crate::terms::{ActionState, FindingKind};

/// What a visit looked at, where nothing is recorded of it.
pub(super) fn nothing() -> LookedAt {
    LookedAt { findings: Vec::new(), actions: Vec::new(), progress_seen: String::new() }
}

/// What happened to the content of a plan, in order.
fn steps<'f, 'a>(
    facts: &'f [Counted<'a>],
    plan: &'f ObligationKey,
) -> impl Iterator<Item = (&'a PlanStep, &'f Counted<'a>)> {
    facts.iter().filter_map(move |counted| match counted.fact {
        Fact::Obligation { obligation, step: ObligationStep::Plan(step) } if obligation == plan => {
            Some((step, counted))
        }
        _ => None,
    })
}

/// The findings of an inspection, priority actions first, with what Ofsted said of the plan against each.
pub(super) fn findings(
    facts: &[Counted<'_>],
    of: &InspectionKey,
    plan: &ObligationKey,
    day: Date,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut discharges = Vec::new();
    for counted in facts {
        let Fact::Inspection { inspection, step } = counted.fact else { continue };
        if inspection != of {
            continue;
        }
        let (kind, reference, text) = match step {
            InspectionStep::AreaForImprovement { reference, text } => {
                (FindingKind::AreaForImprovement, reference, text)
            }
            InspectionStep::PriorityActionRaised { reference, text, .. } => {
                (FindingKind::PriorityAction, reference, text)
            }
            InspectionStep::PriorityActionDischarged { reference } => {
                discharges.push((reference.as_deref(), counted));
                continue;
            }
            _ => continue,
        };
        let same = |known: &&mut Finding| (known.kind, &known.reference) == (kind, reference);
        if let Some(known) = findings.iter_mut().find(same) {
            // Told again, perhaps with its words this time.
            if known.text.is_empty() {
                known.text.clone_from(text);
            }
            known.rests_on = joined([&known.rests_on, &counted.rests_on()]);
            continue;
        }
        findings.push(Finding {
            kind,
            reference: reference.clone(),
            text: text.clone(),
            actions: Vec::new(),
            review: None,
            visits: Vec::new(),
            discharged: None,
            rests_on: counted.rests_on(),
        });
    }
    // As in a status: one counts that surely had happened, in whatever order the two are dated.
    discharges.retain(|(_, counted)| counted.happened_on.by(day) == Happened::Surely);
    for (reference, counted) in discharges {
        discharge(&mut findings, reference, counted);
    }
    for (step, counted) in steps(facts, plan) {
        let PlanStep::FindingReviewed { reference, outcome, text } = step else { continue };
        for finding in findings.iter_mut().filter(|finding| finding.reference == *reference) {
            finding.review = Some(Review {
                outcome: *outcome,
                on: counted.happened_on,
                text: text.clone(),
                rests_on: counted.rests_on(),
            });
        }
    }
    findings.sort_by_key(|finding| finding.kind != FindingKind::PriorityAction);
    findings
}

fn discharge(findings: &mut [Finding], reference: Option<&str>, counted: &Counted<'_>) {
    let is_meant = |finding: &&mut Finding| {
        finding.kind == FindingKind::PriorityAction
            && reference.is_none_or(|reference| reference == finding.reference)
    };
    for finding in findings.iter_mut().filter(is_meant) {
        finding.discharged.get_or_insert(counted.happened_on);
        finding.rests_on = joined([&finding.rests_on, &counted.rests_on()]);
    }
}

/// The actions of a plan as they stand, in the order in which they were set.
pub(super) fn actions(facts: &[Counted<'_>], plan: &ObligationKey) -> Vec<Action> {
    let mut actions: Vec<Action> = Vec::new();
    for (step, counted) in steps(facts, plan) {
        let (PlanStep::ActionSet(stated) | PlanStep::ActionChanged(stated)) = step else { continue };
        match actions.iter_mut().find(|action| action.reference == stated.reference) {
            Some(action) => change(action, stated, counted),
            None => actions.push(new(stated, counted)),
        }
    }
    // Where days are rough, progress may seem to come before what it is of.
    for (step, counted) in steps(facts, plan) {
        let PlanStep::ProgressReported(reported) = step else { continue };
        for progress in reported {
            let named = actions.iter_mut().find(|action| action.reference == progress.reference);
            if let Some(action) = named {
                report(action, progress, counted);
            }
        }
    }
    for action in &mut actions {
        meet(action);
    }
    actions
}

fn new(stated: &PlanAction, counted: &Counted<'_>) -> Action {
    let mut action = Action {
        reference: stated.reference.clone(),
        text: String::new(),
        answers: Vec::new(),
        answers_unknown: Vec::new(),
        owner_role: String::new(),
        measure: String::new(),
        due: stated.due,
        set: counted.happened_on,
        changed: None,
        state: ActionState::NotStarted,
        late: false,
        milestones: Vec::new(),
        progress: Vec::new(),
        visits: Vec::new(),
        rests_on: RestsOn::new(),
    };
    change(&mut action, stated, counted);
    action.changed = None;
    action
}

/// From now on the action is what is stated, in full.
fn change(action: &mut Action, stated: &PlanAction, counted: &Counted<'_>) {
    action.text.clone_from(&stated.text);
    action.answers.clone_from(&stated.answers);
    action.owner_role.clone_from(&stated.owner_role);
    action.measure.clone_from(&stated.measure);
    action.due = stated.due;
    action.changed = Some(counted.happened_on);
    action.rests_on = joined([&action.rests_on, &counted.rests_on()]);
    let milestones = stated.milestones.iter().map(|milestone| PlannedMilestone {
        reference: milestone.reference.clone(),
        text: milestone.text.clone(),
        due: milestone.due,
        met: None,
        late: false,
        rests_on: RestsOn::new(),
    });
    action.milestones = milestones.collect();
}

fn report(action: &mut Action, progress: &ActionProgress, counted: &Counted<'_>) {
    action.state = progress.state;
    action.progress.push(Progress {
        on: counted.happened_on,
        state: progress.state,
        text: progress.text.clone(),
        evidence: progress.evidence.clone(),
        milestones_met: progress.milestones_met.clone(),
        rests_on: counted.rests_on(),
    });
}

/// Says of each milestone whether a report says that it was met: the first that does, also if the action was changed since.
fn meet(action: &mut Action) {
    let Action { milestones, progress, .. } = action;
    for milestone in milestones {
        let says_so = |report: &&Progress| report.milestones_met.contains(&milestone.reference);
        if let Some(report) = progress.iter().find(says_so) {
            milestone.met = Some(report.on);
            milestone.rests_on.clone_from(&report.rests_on);
        }
    }
}

/// Which visits looked at what of a plan. What several events say of one visit is put together.
pub(super) fn looked_at(
    facts: &[Counted<'_>],
    plan: &ObligationKey,
) -> Vec<(InspectionKey, LookedAt, RestsOn)> {
    let mut visits: Vec<(InspectionKey, LookedAt, RestsOn)> = Vec::new();
    for counted in facts {
        let Fact::Inspection { inspection, step: InspectionStep::LookedAt { plan: of, looked_at } } =
            counted.fact
        else {
            continue;
        };
        if of != plan {
            continue;
        }
        let Some((_, known, rests_on)) = visits.iter_mut().find(|(visit, ..)| visit == inspection) else {
            visits.push((inspection.clone(), looked_at.clone(), counted.rests_on()));
            continue;
        };
        let add = |known: &mut Vec<String>, told: &[String]| {
            let new: Vec<String> = told.iter().filter(|one| !known.contains(one)).cloned().collect();
            known.extend(new);
        };
        add(&mut known.findings, &looked_at.findings);
        add(&mut known.actions, &looked_at.actions);
        if !known.progress_seen.is_empty() && !looked_at.progress_seen.is_empty() {
            known.progress_seen.push('\n');
        }
        known.progress_seen.push_str(&looked_at.progress_seen);
        *rests_on = joined([&*rests_on, &counted.rests_on()]);
    }
    visits
}
