//! Deciding about inspections: order of dates, grades within the framework, and what is unusual.

use alloc::format;
use core::cell::LazyCell;

use super::provider::{judge_fit, judge_subject};
use super::{Context, Verdict, plan};
use crate::date::{Date, PartialDate};
use crate::event::{InspectionStep, Judgement};
use crate::frameworks;
use crate::id::InspectionKey;
use crate::inspections::{self, Inspection};
use crate::terms::{Framework, Grade, InspectionKind, JudgementKind, ServiceDomain};

pub(super) fn judge(
    context: &Context<'_>,
    happened_on: PartialDate,
    key: &InspectionKey,
    step: &InspectionStep,
    verdict: &mut Verdict,
) {
    // All of them are gathered only for what compares them: a history may be long.
    let all = || inspections::gather(&context.facts.counted);
    // And this one only for what is compared with what is known of it.
    let gathered = LazyCell::new(|| inspections::one(&context.facts.counted, key.as_str()));
    let known = || gathered.as_ref();
    if let Some(kind) = kind_named(step) {
        judge_subject(context, kind, verdict);
        judge_fit(context, known(), kind, verdict);
        judge_kind(known(), kind, verdict);
    }
    judge_order(known, happened_on, step, verdict);
    match step {
        InspectionStep::JudgementsMade { kind, judgements } => {
            judge_judgements(known(), *kind, judgements, verdict)
        }
        InspectionStep::Published { kind } if frameworks::is_graded(*kind) => {
            warn_of_duplicate(&all(), key, *kind, happened_on, verdict);
        }
        InspectionStep::JudgementRevised { kind, old, new } => {
            judge_revision(known(), happened_on, (*kind, *old, *new), verdict)
        }
        InspectionStep::Republished | InspectionStep::Withdrawn
            if known().is_none_or(|known| known.published.is_none()) =>
        {
            verdict.refuse("REPORT_NOT_PUBLISHED", "inspection", format!("no report of {key} was published"));
        }
        InspectionStep::PriorityActionDischarged { reference } => {
            let raised = context.facts.counted.iter().any(|counted| match counted.fact {
                crate::event::Fact::Inspection {
                    inspection,
                    step: InspectionStep::PriorityActionRaised { reference: raised, .. },
                } => inspection == key && reference.as_ref().is_none_or(|reference| reference == raised),
                _ => false,
            });
            if !raised {
                let about = format!("no such area for priority action was raised by {key}");
                verdict.refuse("PRIORITY_ACTION_NEVER_RAISED", "reference", about);
            }
        }
        InspectionStep::Fieldwork(fieldwork) if fieldwork.kind == InspectionKind::MonitoringVisit => {
            judge_monitoring_visit(&all(), happened_on, verdict);
        }
        InspectionStep::LookedAt { plan, looked_at } => {
            plan::judge_looked_at(context, plan, looked_at, verdict);
        }
        InspectionStep::Fieldwork(fieldwork) => {
            let first_day = fieldwork.ranges.iter().map(|range| range.first).min_by_key(|day| day.sort_key());
            let judged =
                known().and_then(|known| known.judgements.as_ref()).map_or(&[][..], |(judged, _)| judged);
            if let Some(framework) = frameworks::framework(fieldwork.kind, first_day.unwrap_or(happened_on)) {
                judge_against(framework, judged, verdict);
            }
        }
        _ => {}
    }
}

fn kind_named(step: &InspectionStep) -> Option<InspectionKind> {
    match step {
        InspectionStep::Notified { kind, .. }
        | InspectionStep::Published { kind }
        | InspectionStep::JudgementsMade { kind, .. } => Some(*kind),
        InspectionStep::Fieldwork(fieldwork) => Some(fieldwork.kind),
        _ => None,
    }
}

/// "ILACS" and "SIF" leave open which of their two kinds it was.
fn same_family(one: InspectionKind, other: InspectionKind) -> bool {
    use InspectionKind as K;
    let family = |kind| match kind {
        K::IlacsStandard | K::IlacsShort => K::Ilacs,
        K::SifReinspection => K::Sif,
        kind => kind,
    };
    let exact = |kind| !matches!(kind, K::Ilacs | K::Sif);
    family(one) == family(other) && (one == other || !exact(one) || !exact(other))
}

fn judge_kind(known: Option<&Inspection<'_>>, kind: InspectionKind, verdict: &mut Verdict) {
    let Some((known, recorded)) = known.and_then(|known| Some((known, known.kind?))) else {
        return;
    };
    if !same_family(recorded, kind) {
        let about = format!("{} was recorded as {}, not {}", known.key, recorded.name(), kind.name());
        verdict.refuse("KIND_CONTRADICTED", "kind", about);
    }
}

/// A report is not published or received before its fieldwork began, nor revised or withdrawn before it was published.
fn judge_order<'k>(
    known: impl Fn() -> Option<&'k Inspection<'k>>,
    happened_on: PartialDate,
    step: &InspectionStep,
    verdict: &mut Verdict,
) {
    let published = || known()?.published.as_ref().map(|dated| dated.on);
    let (earlier, what) = match step {
        InspectionStep::DraftIssued
        | InspectionStep::Received
        | InspectionStep::Published { .. }
        | InspectionStep::PublishedByAuthority => (known().map(Inspection::first_day), "its fieldwork began"),
        InspectionStep::JudgementRevised { .. } | InspectionStep::Withdrawn | InspectionStep::Republished => {
            (published(), "its report was published")
        }
        InspectionStep::Fieldwork(_) => (None, ""),
        _ => return,
    };
    let Some(known) = known() else { return };
    if let Some(earlier) = earlier.filter(|earlier| comes_before(happened_on, *earlier)) {
        let about = format!("{}: {what} on {earlier}, and {happened_on} is before that", known.key);
        verdict.refuse("END_BEFORE_START", "happened_on", about);
    }
    let received = known.received.as_ref().map(|dated| dated.on);
    let later = [received, published()].into_iter().flatten().find(|later| comes_before(*later, happened_on));
    if let (InspectionStep::Fieldwork(_), Some(later)) = (step, later) {
        let about = format!("the report of {} came on {later}: {happened_on} is after that", known.key);
        verdict.refuse("END_BEFORE_START", "happened_on", about);
    }
}

/// Whether one date is surely before another.
pub(super) fn comes_before(one: PartialDate, other: PartialDate) -> bool {
    matches!((one.latest(), other.earliest()), (Some(one), Some(other)) if one < other)
}

fn judge_judgements(
    known: Option<&Inspection<'_>>,
    kind: InspectionKind,
    judgements: &[Judgement],
    verdict: &mut Verdict,
) {
    if !frameworks::gives_grades(kind) {
        verdict.refuse("UNGRADED_KIND", "kind", format!("a {} gives no grades", kind.name()));
        return;
    }
    if let Some((recorded, _)) = known.and_then(|known| known.judgements.as_ref()) {
        let same = |one: &Judgement, other: &Judgement| (one.kind, one.grade) == (other.kind, other.grade);
        let told_again = judgements.iter().all(|offered| recorded.iter().any(|known| same(known, offered)));
        let about = "judgements of this inspection are recorded already: judgement_revised if Ofsted changed one, field_corrected if the \
                     record is wrong";
        if told_again && judgements.len() == recorded.len() {
            verdict
                .warn("JUDGEMENTS_REPEATED", "the same judgements of this inspection are recorded already");
        } else {
            verdict.refuse("JUDGEMENTS_ALREADY_MADE", "inspection", about);
        }
    }
    let first_day = known.map(Inspection::first_day).unwrap_or_default();
    let Some(framework) = frameworks::framework(kind, first_day) else {
        let about = "the first day of fieldwork chooses the framework and is not recorded: grades could not be checked against it";
        verdict.warn("FRAMEWORK_UNDETERMINED", about);
        return;
    };
    judge_against(framework, judgements, verdict);
    let expected = frameworks::judgements(framework);
    let is_missing = |kind: &&JudgementKind| !judgements.iter().any(|judgement| judgement.kind == **kind);
    for kind in expected.iter().filter(is_missing) {
        verdict.warn(
            "JUDGEMENTS_INCOMPLETE",
            format!("{} has a judgement of {} too", framework.name(), kind.name()),
        );
    }
    warn_if_overall_is_not_limited(framework, judgements, verdict);
}

/// No authority ever had two graded reports of one family published on one day.
fn warn_of_duplicate(
    inspections: &[Inspection<'_>],
    key: &InspectionKey,
    kind: InspectionKind,
    published: PartialDate,
    verdict: &mut Verdict,
) {
    let is_twin = |other: &&Inspection<'_>| {
        other.key != key
            && other.kind.is_some_and(|other| same_family(other, kind))
            && other.published.as_ref().is_some_and(|dated| dated.on == published)
    };
    if let Some(twin) = inspections.iter().find(is_twin) {
        let about =
            format!("{} was published on that day too: the same inspection under two keys?", twin.key);
        verdict.warn("POSSIBLE_DUPLICATE", about);
    }
}

/// Each judgement is one of the framework, with a grade of its scale.
fn judge_against(framework: Framework, judgements: &[Judgement], verdict: &mut Verdict) {
    let expected = frameworks::judgements(framework);
    for judgement in judgements {
        let allowed = expected.contains(&judgement.kind)
            || frameworks::also_carries(framework).contains(&judgement.kind);
        if !allowed {
            let names = expected.iter().map(|kind| kind.name()).collect::<alloc::vec::Vec<_>>().join(", ");
            let about = format!(
                "{} is no judgement of {}, which has {names}",
                judgement.kind.name(),
                framework.name()
            );
            verdict.refuse("JUDGEMENT_OUTSIDE_FRAMEWORK", "judgements", about);
        } else {
            judge_grade(framework, judgement.grade, verdict);
        }
    }
}

fn judge_grade(framework: Framework, grade: Grade, verdict: &mut Verdict) {
    let scale = frameworks::grades(framework);
    if !scale.contains(&grade) {
        let names = scale.iter().map(|grade| grade.name()).collect::<alloc::vec::Vec<_>>().join(", ");
        let about = format!("{} is no grade of {}, whose scale is {names}", grade.name(), framework.name());
        verdict.refuse("GRADE_OUTSIDE_FRAMEWORK", "grade", about);
    }
}

/// Of what the table of frameworks says an inadequate judgement leaves of the overall one.
fn warn_if_overall_is_not_limited(framework: Framework, judgements: &[Judgement], verdict: &mut Verdict) {
    let of_kind = |kind| judgements.iter().find(|judgement| judgement.kind == kind);
    let Some(overall) = frameworks::OVERALL.into_iter().find_map(of_kind) else { return };
    let grade = |kind| of_kind(kind).map(|found| found.grade);
    for limit in frameworks::breached(framework, overall.grade, grade) {
        let about = format!(
            "{} is inadequate and {} is {}, at most {} was expected",
            limit.judgement.name(),
            overall.kind.name(),
            overall.grade.name(),
            limit.at_most.name()
        );
        verdict.warn("OVERALL_NOT_LIMITED", about);
    }
}

fn judge_revision(
    known: Option<&Inspection<'_>>,
    happened_on: PartialDate,
    (kind, old, new): (JudgementKind, Grade, Grade),
    verdict: &mut Verdict,
) {
    let Some(known) = known.filter(|known| known.published.is_some()) else {
        verdict.refuse("REPORT_NOT_PUBLISHED", "inspection", "no report of this inspection was published");
        return;
    };
    let (grades, _) = known.grades_on(happened_on.earliest().unwrap_or(Date::MAX));
    match grades.iter().find(|grade| grade.kind == kind).map(|grade| grade.grade) {
        Some(current) if current == old => {}
        Some(current) => {
            let about = format!(
                "the {} of {} stands at {}, not {}",
                kind.name(),
                known.key,
                current.name(),
                old.name()
            );
            verdict.refuse("OLD_GRADE_DIFFERS", "old_grade", about);
        }
        None => verdict.refuse(
            "JUDGEMENT_NEVER_MADE",
            "kind",
            format!("{} made no judgement of {}", known.key, kind.name()),
        ),
    }
    if let Some(framework) = known.framework() {
        judge_grade(framework, new, verdict);
    }
}

/// Monitoring visits follow an inadequate inspection as a rule; some followed a JTAI (Liverpool 2016).
fn judge_monitoring_visit(inspections: &[Inspection<'_>], happened_on: PartialDate, verdict: &mut Verdict) {
    let is_before = |inspection: &&Inspection<'_>| inspection.sort_key() < happened_on.sort_key();
    let last = inspections.iter().rfind(|inspection| {
        let is_care = inspection.kind.map(frameworks::domain) == Some(ServiceDomain::ChildrensSocialCare);
        inspection.is_graded() && is_care && is_before(inspection)
    });
    let inadequate = last.is_some_and(|last| {
        let (grades, _) = last.grades_on(Date::MAX);
        grades.iter().any(|grade| grade.grade == Grade::Inadequate)
    });
    if !inadequate {
        verdict.warn(
            "MONITORING_WITHOUT_INADEQUATE",
            "the last graded inspection before this visit is not recorded as inadequate",
        );
    }
}
