//! The judgement profile that counts on a day, and the pathway that follows from it.

use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::facts::{Dated, joined};
use crate::frameworks;
use crate::inspections::Inspection;
use crate::status::{AsOf, Pathway, PriorityAction, Profile, ProfileGrade, RestsOn};
use crate::terms::{Framework, Grade, InspectionKind, JudgementKind, PathwayState, ServiceDomain};

/// A graded inspection that counts on the day asked.
#[derive(Clone)]
pub(crate) struct Graded<'i, 'a> {
    pub(crate) inspection: &'i Inspection<'a>,
    pub(crate) counts_from: Dated,
    pub(crate) grades: Vec<ProfileGrade>,
    uncertain: bool,
}

/// The graded inspections of a domain that count on the day asked, in the order in which they came to count.
pub(crate) fn graded<'i, 'a>(
    inspections: &'i [Inspection<'a>],
    domain: ServiceDomain,
    as_of: AsOf,
) -> Vec<Graded<'i, 'a>> {
    let mut graded: Vec<_> = inspections
        .iter()
        .filter(|inspection| {
            inspection.is_graded() && inspection.kind.map(frameworks::domain) == Some(domain)
        })
        .filter_map(|inspection| {
            let counts_from = inspection.counts_from(as_of.basis, as_of.view)?;
            let counts = counts_from.on.by(as_of.effective);
            let withdrawn = inspection.withdrawn_by(as_of.effective);
            if counts == Happened::Not || withdrawn == Happened::Surely {
                return None;
            }
            let (grades, revised) = inspection.grades_on(as_of.effective);
            let uncertain = revised || counts == Happened::Maybe || withdrawn == Happened::Maybe;
            Some(Graded { inspection, counts_from, grades, uncertain })
        })
        .collect();
    graded.sort_by_key(|graded| (graded.counts_from.on.sort_key(), graded.inspection.first_day().sort_key()));
    graded
}

/// The profile: the last graded inspection that counts.
pub(crate) fn profile(graded: &[Graded<'_, '_>]) -> Option<Profile> {
    let last = graded.last()?;
    let inspection = last.inspection;
    let grades_rest_on: Vec<&RestsOn> = last.grades.iter().map(|grade| &grade.rests_on).collect();
    Some(Profile {
        inspection: inspection.key.clone(),
        kind: inspection.kind?,
        framework: inspection.framework(),
        fieldwork: inspection.first_day(),
        published: inspection.published.as_ref().map(|dated| dated.on),
        counts_from: last.counts_from.on,
        rests_on: joined(grades_rest_on.into_iter().chain([&last.counts_from.rests_on])),
        grades: last.grades.clone(),
        uncertain: last.uncertain,
    })
}

const UNINSPECTED: &str = "No graded inspection counts yet.";
const CLOSED: &str = "The authority was abolished.";
const INADEQUATE: &str =
    "Overall inadequate: action planning visit, monitoring visits, re-inspection (ILACS; Ofsted no. 160035).";
const STANDARD: &str = "Overall requires improvement: focused visits, then a standard inspection (ILACS).";
const SHORT: &str =
    "Overall good or outstanding: a focused visit or JTAI between, then a short inspection (ILACS).";
const NO_OVERALL: &str = "No overall effectiveness was recorded, and the pathway follows from it.";
const BEFORE_2013: &str =
    "Frameworks before November 2013 had no pathway of visits; the next inspection was a full one.";
const ILACS_2026_SHORT: &str = "ILACS from 1 April 2026: short where leaders and at least two of the three practice judgements are good or \
     outstanding (secondary source).";
const ILACS_2026_STANDARD: &str =
    "ILACS from 1 April 2026: standard where the rule for a short inspection is not met (secondary source).";
const ILACS_2026_OPEN: &str = "ILACS from 1 April 2026: what leads to monitoring without an overall grade was not read in any source; left open.";

/// The pathway that follows from a set of grades, and the rule that says so.
pub(crate) fn pathway_after(
    framework: Option<Framework>,
    grades: &[ProfileGrade],
) -> (PathwayState, &'static str) {
    let grade = |kind| grades.iter().find(|grade| grade.kind == kind).map(|grade| grade.grade);
    match framework {
        Some(Framework::Ilacs2026) => pathway_without_overall(grades),
        Some(Framework::Sif | Framework::Ilacs2018 | Framework::Ilacs2023) | None => {
            match grade(JudgementKind::OverallEffectiveness) {
                Some(Grade::Inadequate) => (PathwayState::Monitoring, INADEQUATE),
                Some(Grade::RequiresImprovement) => (PathwayState::Standard, STANDARD),
                Some(Grade::Good | Grade::Outstanding) => (PathwayState::Short, SHORT),
                _ => (PathwayState::Undetermined, NO_OVERALL),
            }
        }
        Some(_) => (PathwayState::Standard, BEFORE_2013),
    }
}

fn pathway_without_overall(grades: &[ProfileGrade]) -> (PathwayState, &'static str) {
    const PRACTICE: [JudgementKind; 3] =
        [JudgementKind::HelpAndProtection, JudgementKind::ChildrenInCare, JudgementKind::CareLeavers];
    let is_good = |grade: &&ProfileGrade| matches!(grade.grade, Grade::Good | Grade::Outstanding);
    let good_practice = grades.iter().filter(|grade| PRACTICE.contains(&grade.kind)).filter(is_good).count();
    let good_leaders = grades.iter().filter(is_good).any(|grade| grade.kind == JudgementKind::Leaders);
    let is_open = |grade: &ProfileGrade| matches!(grade.grade, Grade::Inadequate | Grade::NotRecorded);
    if grades.iter().any(is_open) {
        (PathwayState::Undetermined, ILACS_2026_OPEN)
    } else if good_leaders && good_practice >= 2 {
        (PathwayState::Short, ILACS_2026_SHORT)
    } else {
        (PathwayState::Standard, ILACS_2026_STANDARD)
    }
}

/// A span during which the pathway was in one state: from its first inspection to the one that changed it.
pub(crate) struct Span {
    pub(crate) state: PathwayState,
    pub(crate) rule: &'static str,
    pub(crate) from: Dated,
    /// `None` while it goes on.
    pub(crate) to: Option<Dated>,
    pub(crate) uncertain: bool,
}

/// The pathway's spans, in order.
pub(crate) fn spans(graded: &[Graded<'_, '_>]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for graded in graded {
        let (state, rule) = pathway_after(graded.inspection.framework(), &graded.grades);
        if let Some(last) = spans.last_mut() {
            // The default before 2013 is no pathway that anybody was put on.
            if last.state == state && (last.rule == BEFORE_2013) == (rule == BEFORE_2013) {
                last.uncertain |= graded.uncertain;
                continue;
            }
            last.to = Some(graded.counts_from.clone());
        }
        spans.push(Span {
            state,
            rule,
            from: graded.counts_from.clone(),
            to: None,
            uncertain: graded.uncertain,
        });
    }
    spans
}

/// The pathway on the day asked.
pub(crate) fn pathway(
    graded: &[Graded<'_, '_>],
    inspections: &[Inspection<'_>],
    closed: Option<&Dated>,
    as_of: AsOf,
) -> Pathway {
    let open_priority_actions: Vec<PriorityAction> = inspections
        .iter()
        .flat_map(|inspection| inspection.open_priority_actions(as_of.effective, as_of.view))
        .collect();
    let spans = spans(graded);
    let (state, since, rule, rests_on, uncertain) = match (closed, spans.last(), profile(graded)) {
        (Some(closed), ..) => {
            let maybe = closed.on.by(as_of.effective) == Happened::Maybe;
            (PathwayState::Closed, closed.on, CLOSED, closed.rests_on.clone(), maybe)
        }
        (None, Some(span), Some(profile)) => {
            let rests_on = joined([&span.from.rests_on, &profile.rests_on]);
            (span.state, span.from.on, span.rule, rests_on, span.uncertain)
        }
        _ => (PathwayState::Uninspected, PartialDate::Unknown, UNINSPECTED, RestsOn::new(), false),
    };
    Pathway {
        state,
        since,
        rule,
        open_priority_actions,
        monitoring_visits: monitoring_visits(inspections, since.earliest(), as_of.effective),
        rests_on,
        uncertain,
    }
}

/// Monitoring visits begun from `since` to `day`, whether or not a letter was published.
fn monitoring_visits(inspections: &[Inspection<'_>], since: Option<Date>, day: Date) -> u32 {
    let Some(since) = since else { return 0 };
    let is_counted = |inspection: &&Inspection<'_>| {
        inspection.kind == Some(InspectionKind::MonitoringVisit)
            && inspection.first_day().latest().is_some_and(|first| since <= first && first <= day)
    };
    u32::try_from(inspections.iter().filter(is_counted).count()).unwrap_or(u32::MAX)
}
