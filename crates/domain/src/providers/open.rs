//! What is owed by a provider, expected of Ofsted, or open to a provider as a right, and what opens it.

use alloc::format;
use alloc::vec::Vec;

use super::law::{self, Act};
use super::measures;
use super::status::Requirement;
use crate::date::{Date, PartialDate};
use crate::facts::Dated;
use crate::id::ObligationKey;
use crate::inspections::Inspection;
use crate::obligations::{Kept, Trigger, what};
use crate::pathway::{Graded, standing};
use crate::status::RestsOn;
use crate::terms::{
    DecisionOutcome, Grade, InspectionKind, JudgementKind, MeasureKind, ObligationKind as K, ServiceDomain,
};

fn kept(of: &str, kind: K, trigger: Trigger) -> Kept {
    let key = ObligationKey::derived(of, kind);
    let mut kept = Kept::new(key, kind, ServiceDomain::RegulatedProvision, trigger);
    kept.what = what(kind).into();
    kept
}

/// A date and the events that say so.
fn dated(on: PartialDate, rests_on: &RestsOn) -> Dated {
    Dated { on, rests_on: rests_on.clone() }
}

/// Requirements of reports: due on the day that the report says.
pub(super) fn for_requirements(requirements: &[Requirement], closed: Option<&Dated>) -> Vec<Kept> {
    let due = requirements.iter().filter(|requirement| requirement.due != PartialDate::Unknown);
    due.map(|requirement| {
        let of = format!("{}/{}", requirement.inspection, requirement.reference);
        let said = dated(PartialDate::Unknown, &requirement.rests_on);
        let mut kept = kept(&of, K::Requirement, Trigger::Document(said.clone()));
        kept.what = format!("requirement {}", requirement.reference);
        kept.legal_basis = Some(requirement.regulation.clone()).filter(|basis| !basis.is_empty());
        kept.stated.push((requirement.due, said));
        kept.met = requirement.met.map(|on| dated(on, &requirement.rests_on));
        if kept.met.is_none() {
            kept.until = closed.cloned();
        }
        kept
    })
    .collect()
}

/// What a measure opens; `act` is that under which the provider is registered.
pub(super) fn for_measure(
    measure: &measures::Kept<'_>,
    act: Option<Act>,
    inspections: &[Inspection<'_>],
    closed: Option<&Dated>,
) -> Vec<Kept> {
    let Some((served, on)) = &measure.served else { return Vec::new() };
    let key = measure.key.as_str();
    let mut opened = match served.kind {
        MeasureKind::ComplianceNotice => for_notice(measure, act, inspections),
        MeasureKind::Restriction => {
            let mut review = kept(key, K::RestrictionReview, Trigger::Event(on.clone()));
            review.met.clone_from(&measure.reviewed);
            [Some(review), right(measure, act, K::Appeal, on)].into_iter().flatten().collect()
        }
        MeasureKind::Proposal => for_proposal(measure, act, on),
        MeasureKind::Suspension => {
            // That it goes on is a decision of its own.
            let last = measure.extended.last().map_or(on, |(_, dated)| dated);
            let mut appeal = right(measure, act, K::Appeal, last);
            if let Some(appeal) = &mut appeal {
                appeal.also_rests_on.push(on.rests_on.clone());
            }
            appeal.into_iter().collect()
        }
        _ => Vec::new(),
    };
    let over = measure.over(closed);
    let outlives = |kept: &Kept| {
        served.kind == MeasureKind::Proposal && matches!(kept.kind, K::Representations | K::Appeal)
    };
    for kept in &mut opened {
        if kept.kind == K::Appeal {
            // One that came before this right began is against what was decided earlier.
            let since = |appeal: &&Dated| match &kept.trigger {
                Trigger::Event(day_0) => {
                    appeal.on.latest().is_none_or(|latest| Some(latest) >= day_0.on.earliest())
                }
                _ => true,
            };
            kept.met = measure.appeals.iter().find(since).cloned();
        }
        // What was not done when the measure ended is no longer asked for.
        if kept.met.is_none() && !outlives(kept) {
            kept.until.clone_from(&over);
        }
    }
    opened
}

/// A right against a measure, where a source gives one.
fn right(measure: &measures::Kept<'_>, act: Option<Act>, kind: K, day_0: &Dated) -> Option<Kept> {
    let (act, against) = act.zip(measure.kind())?;
    let mut right = kept(measure.key.as_str(), kind, Trigger::Event(day_0.clone()));
    right.rule = law::right_against(act, against, kind, day_0.on);
    // The rows of the table of deadlines are those of a proposal in social care.
    let is_of_table = act == Act::CareStandards && against == MeasureKind::Proposal;
    (right.rule.is_some() || is_of_table).then_some(right)
}

fn for_proposal(measure: &measures::Kept<'_>, act: Option<Act>, served: &Dated) -> Vec<Kept> {
    let mut opened = Vec::new();
    if let Some(mut representations) = right(measure, act, K::Representations, served) {
        if act == Some(Act::Childcare) {
            representations.what = "objection to the step intended".into();
        }
        representations.met.clone_from(&measure.representations);
        if measure.representations.is_none() {
            representations.until = measure.decided.as_ref().map(|(_, dated)| dated.clone());
        }
        opened.push(representations);
    }
    if let Some((DecisionOutcome::Adopted, decided)) = &measure.decided {
        opened.extend(right(measure, act, K::Appeal, decided));
    }
    opened
}

/// The steps of a compliance notice, and the visit that looks whether they were done.
fn for_notice(measure: &measures::Kept<'_>, act: Option<Act>, inspections: &[Inspection<'_>]) -> Vec<Kept> {
    let Some((served, on)) = &measure.served else { return Vec::new() };
    let is_social_care = act == Some(Act::CareStandards);
    let mut opened = Vec::new();
    for step in served.steps.iter().filter(|step| step.due != PartialDate::Unknown) {
        let of = format!("{}/{}", measure.key, step.reference);
        let mut kept = kept(&of, K::ComplianceStep, Trigger::Document(on.clone()));
        kept.what = format!("step {} of the compliance notice", step.reference);
        kept.stated.push((step.due, on.clone()));
        kept.met = measure.step_met(&step.reference).cloned();
        // The law and the framework that the table names are those of social care.
        kept.legal_basis = (!is_social_care).then(|| "the notice, as stated".into());
        opened.push(kept);
    }
    let last = served.steps.iter().max_by_key(|step| step.due.latest());
    if let Some(last) = last.filter(|last| is_social_care && last.due != PartialDate::Unknown) {
        let trigger = dated(last.due, &on.rests_on);
        let mut visit = kept(measure.key.as_str(), K::ComplianceVisit, Trigger::Event(trigger));
        visit.met = inspections.iter().find_map(|inspection| {
            let after = last.due.latest() < inspection.first_day().earliest();
            (after && inspection.first_day() != PartialDate::Unknown)
                .then(|| dated(inspection.first_day(), inspection.fieldwork_rests_on()))
        });
        opened.push(visit);
    }
    opened
}

/// Inspectors return to a home judged inadequate.
pub(super) fn return_after_inadequate(
    graded: &[Graded<'_, '_>],
    inspections: &[Inspection<'_>],
    day: Date,
) -> Option<Kept> {
    let last = standing(graded, day)?.inspection;
    let (grades, _) = last.grades_on(day);
    let overall = grades.iter().find(|grade| grade.kind == JudgementKind::OverallExperiencesAndProgress)?;
    let first_day = last.first_day();
    if overall.grade != Grade::Inadequate
        || last.kind != Some(InspectionKind::ProviderFull)
        || first_day == PartialDate::Unknown
    {
        return None;
    }
    let trigger = dated(first_day, last.fieldwork_rests_on());
    let mut kept = kept(last.key.as_str(), K::ReturnAfterInadequate, Trigger::Event(trigger));
    let next = inspections.iter().find(|next| first_day.sort_key() < next.first_day().sort_key());
    kept.met = next.map(|next| dated(next.first_day(), next.fieldwork_rests_on()));
    Some(kept)
}
