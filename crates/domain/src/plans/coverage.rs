//! What fits and what does not: findings and actions, days and progress.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Action, Coverage, Finding, Late, Visit};
use crate::date::{Date, PartialDate};
use crate::terms::ActionState;

/// Says of each finding and action which others it goes with, and which visits looked at it.
pub(super) fn tie(findings: &mut [Finding], actions: &mut [Action], visits: &[Visit]) {
    for action in actions {
        let mut known = Vec::new();
        for reference in core::mem::take(&mut action.answers) {
            let mut is_known = false;
            for finding in findings.iter_mut().filter(|finding| finding.reference == reference) {
                finding.actions.push(action.reference.clone());
                is_known = true;
            }
            if is_known {
                known.push(reference);
            } else {
                action.answers_unknown.push(reference);
            }
        }
        action.answers = known;
        let looked = visits.iter().filter(|visit| visit.looked_at.actions.contains(&action.reference));
        action.visits = looked.map(|visit| visit.inspection.clone()).collect();
    }
    for finding in findings {
        let looked = visits.iter().filter(|visit| visit.looked_at.findings.contains(&finding.reference));
        finding.visits = looked.map(|visit| visit.inspection.clone()).collect();
    }
}

/// Calendar days from the last day of a date to the day asked; `None` where that day has not passed.
fn days_late(due: PartialDate, day: Date) -> Option<u32> {
    let last = due.latest().filter(|last| *last < day)?;
    u32::try_from((day - last).get_days()).ok()
}

/// Whether somebody still has to see to it.
fn is_open(action: &Action) -> bool {
    !matches!(action.state, ActionState::Done | ActionState::Stopped)
}

/// Says of each action and milestone whether it is late on the day.
pub(super) fn date(actions: &mut [Action], day: Date) {
    for action in actions {
        let is_open = is_open(action);
        action.late = is_open && days_late(action.due, day).is_some();
        for milestone in &mut action.milestones {
            milestone.late = is_open && milestone.met.is_none() && days_late(milestone.due, day).is_some();
        }
    }
}

/// What does not fit.
pub(super) fn coverage(findings: &[Finding], actions: &[Action], day: Date) -> Coverage {
    let is_answered = |finding: &&Finding| {
        actions
            .iter()
            .any(|action| action.state != ActionState::Stopped && action.answers.contains(&finding.reference))
    };
    let named = |findings: &mut dyn Iterator<Item = &Finding>| -> Vec<String> {
        findings.map(|finding| finding.reference.clone()).collect()
    };
    let mut late = Vec::new();
    for action in actions {
        let mut add = |is_late: bool, milestone: Option<&String>, due: PartialDate| {
            if let Some(days) = days_late(due, day).filter(|_| is_late) {
                let action = action.reference.clone();
                late.push(Late { action, milestone: milestone.cloned(), due, days });
            }
        };
        add(action.late, None, action.due);
        for milestone in &action.milestones {
            add(milestone.late, Some(&milestone.reference), milestone.due);
        }
    }
    late.sort_by_key(|late| core::cmp::Reverse(late.days));
    let without = actions.iter().filter(|action| action.answers.is_empty());
    Coverage {
        unanswered: named(&mut findings.iter().filter(|finding| !is_answered(finding))),
        without_finding: without.map(|action| action.reference.clone()).collect(),
        late,
        not_looked_at: named(&mut findings.iter().filter(|finding| finding.visits.is_empty())),
    }
}
