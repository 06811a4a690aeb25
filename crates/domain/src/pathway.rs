//! The judgement profile that counts on a day, and the pathway that follows from it.

use alloc::vec::Vec;

use crate::cited::Mark::{Reading, Secondary, Verified};
use crate::cited::{Cited, Ground, Mark};
use crate::date::{Date, Happened, PartialDate};
use crate::facts::{Dated, joined};
use crate::frameworks::{self, Follows, ILACS_BEGAN};
use crate::inspections::Inspection;
use crate::policy::{Adopted, UsualVisits};
use crate::seen::Seen;
use crate::status::{Asked, Pathway, Pause, PriorityAction, Profile, ProfileGrade, RestsOn, Suspension};
use crate::terms::{Framework, Grade, InspectionKind, JudgementKind, PathwayState, ServiceDomain};

/// A graded inspection that has come to count by the day asked.
pub(crate) struct Graded<'i, 'a> {
    pub(crate) inspection: &'i Inspection<'a>,
    pub(crate) counts_from: Dated,
}

/// The graded inspections of a domain that have come to count by the day asked, in that order.
pub(crate) fn graded<'i, 'a>(
    inspections: &'i [Inspection<'a>],
    domain: ServiceDomain,
    asked: Asked,
) -> Vec<Graded<'i, 'a>> {
    let mut graded: Vec<_> = inspections
        .iter()
        .filter(|inspection| {
            inspection.is_graded() && inspection.kind.map(frameworks::domain) == Some(domain)
        })
        .filter_map(|inspection| {
            let counts_from = inspection.counts_from(asked.basis, asked.view)?;
            let has_come = counts_from.on.by(asked.effective) != Happened::Not;
            // Published on a day that nobody wrote down: after the inspection had begun.
            let first_day = inspection.first_day();
            let has_begun = counts_from.on != PartialDate::Unknown
                || (first_day != PartialDate::Unknown && first_day.by(asked.effective) != Happened::Not);
            (has_come && has_begun).then_some(Graded { inspection, counts_from })
        })
        .collect();
    graded.sort_by_key(|graded| {
        let first_day = graded.inspection.first_day().sort_key();
        match graded.counts_from.on {
            PartialDate::Unknown => (first_day, first_day),
            known => (known.sort_key(), first_day),
        }
    });
    graded
}

/// The one whose judgements count on a day: the last, unless its report was withdrawn.
pub(crate) fn standing<'g, 'i, 'a>(graded: &'g [Graded<'i, 'a>], day: Date) -> Option<&'g Graded<'i, 'a>> {
    graded.iter().rfind(|graded| {
        graded.counts_from.on.by(day) != Happened::Not
            && graded.inspection.withdrawn_by(day) != Happened::Surely
    })
}

/// The profile on a day.
pub(crate) fn profile(graded: &[Graded<'_, '_>], seen: &Seen<'_>, day: Date) -> Option<Profile> {
    let last = standing(graded, day)?;
    let inspection = last.inspection;
    let (grades, revised) = inspection.grades_on(day);
    let counts = last.counts_from.on;
    // Of two whose dates are rough, either may have come last.
    let rivals = graded.iter().filter(|other| other.inspection.key != inspection.key);
    let rivalled = rivals.into_iter().any(|other| {
        other.counts_from.on.day().is_none() && counts.earliest() < other.counts_from.on.latest()
    });
    let withdrawn = inspection.withdrawn_by(day) == Happened::Maybe;
    let published = seen.publications.get(inspection.key).or(inspection.published.as_ref());
    let grades_rest_on: Vec<RestsOn> = grades.iter().map(|grade| grade.rests_on.clone()).collect();
    let also = [&last.counts_from.rests_on, inspection.fieldwork_rests_on()];
    Some(Profile {
        inspection: inspection.key.clone(),
        kind: inspection.kind?,
        framework: inspection.framework(),
        fieldwork: inspection.first_day(),
        published: published.map(|dated| dated.on),
        counts_from: counts,
        rests_on: joined(grades_rest_on.iter().chain(also)),
        grades,
        uncertain: revised || withdrawn || rivalled || counts.by(day) == Happened::Maybe,
    })
}

const fn rule(text: &'static str, source: &'static str, mark: Mark) -> Cited {
    Cited { text, source, mark }
}

const UNINSPECTED: Cited = rule("No graded inspection counts yet.", "docs/decisions/0005", Reading);
const CLOSED: Cited = rule(
    "The authority was abolished.",
    "the order that abolished it, as the recorded succession names it",
    Verified,
);
const INADEQUATE: Cited = rule(
    "Overall inadequate: action planning visit, monitoring visits, re-inspection.",
    "ILACS; Ofsted no. 160035",
    Verified,
);
const PAUSED: Cited = rule(
    "A national suspension of inspections is in force: the pathway is paused until inspections are resumed; obligations are not paused.",
    "Ofsted, permission of the Secretary of State to suspend routine inspections, 17 March 2020; docs/decisions/0021",
    Verified,
);
const STANDARD: Cited =
    rule("Overall requires improvement: focused visits, then a standard inspection.", "ILACS", Secondary);
const SHORT: Cited = rule(
    "Overall good or outstanding: a focused visit or JTAI between, then a short inspection.",
    "ILACS",
    Secondary,
);
const NO_OVERALL: Cited = rule(
    "No overall effectiveness was recorded, and the pathway follows from it.",
    "ILACS until 31 March 2026",
    Secondary,
);
const BEFORE_2013: Cited = rule(
    "Frameworks before November 2013 had no pathway of visits; the next inspection was a full one.",
    "docs/decisions/0005",
    Reading,
);
const BEFORE_ILACS: Cited = rule(
    "Until ILACS began on 29 January 2018 there was one kind of inspection, whatever the grades; only inadequate led to visits (from May 2016).",
    "Ofsted no. 160035, May 2016; docs/decisions/0005",
    Reading,
);
const ILACS_2026_SHORT: Cited = rule(
    "ILACS from 1 April 2026: short where leaders and at least two of the three practice judgements are good or outstanding.",
    "notes of a public collection of Ofsted's reports (github.com/JT-39/ofsted-ilacs-scrape-tool), August 2026",
    Secondary,
);
const ILACS_2026_STANDARD: Cited = rule(
    "ILACS from 1 April 2026: standard where the rule for a short inspection is not met.",
    "notes of a public collection of Ofsted's reports (github.com/JT-39/ofsted-ilacs-scrape-tool), August 2026",
    Secondary,
);
const ILACS_2026_OPEN: Cited = rule(
    "ILACS from 1 April 2026: what leads to monitoring without an overall grade was not read in any source; left open, where the policy sets nothing.",
    "docs/decisions/0005, 0023",
    Reading,
);

/// Every rule by which a pathway follows from judgements, or there is none, with where it leads.
pub const PATHWAY_RULES: &[(PathwayState, Cited)] = &[
    (PathwayState::Uninspected, UNINSPECTED),
    (PathwayState::Closed, CLOSED),
    (PathwayState::Paused, PAUSED),
    (PathwayState::Standard, BEFORE_2013),
    (PathwayState::Standard, BEFORE_ILACS),
    (PathwayState::Monitoring, INADEQUATE),
    (PathwayState::Standard, STANDARD),
    (PathwayState::Short, SHORT),
    (PathwayState::Undetermined, NO_OVERALL),
    (PathwayState::Short, ILACS_2026_SHORT),
    (PathwayState::Standard, ILACS_2026_STANDARD),
    (PathwayState::Undetermined, ILACS_2026_OPEN),
];

/// Where judgements lead, and the rule that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Led {
    pub(crate) state: PathwayState,
    pub(crate) rule: Ground,
    /// The events that adopted the policy, where it decided.
    pub(crate) by_policy: RestsOn,
}

impl From<(PathwayState, Cited)> for Led {
    fn from((state, rule): (PathwayState, Cited)) -> Self {
        Self { state, rule: rule.into(), by_policy: RestsOn::new() }
    }
}

/// The pathway that follows from a set of grades on a day; `policy` with the day from which the judgements count.
pub(crate) fn pathway_after(
    framework: Option<Framework>,
    grades: &[ProfileGrade],
    day: Date,
    policy: (&Adopted, Date),
) -> Led {
    let grade = |kind| grades.iter().find(|grade| grade.kind == kind).map(|grade| grade.grade);
    match framework.map_or(Follows::Overall, frameworks::pathway) {
        Follows::LeadersAndPractice => pathway_without_overall(grades, policy),
        Follows::Overall => match grade(JudgementKind::OverallEffectiveness) {
            Some(Grade::Inadequate) => (PathwayState::Monitoring, INADEQUATE).into(),
            Some(Grade::RequiresImprovement | Grade::Good | Grade::Outstanding) if day < ILACS_BEGAN => {
                (PathwayState::Standard, BEFORE_ILACS).into()
            }
            Some(Grade::RequiresImprovement) => (PathwayState::Standard, STANDARD).into(),
            Some(Grade::Good | Grade::Outstanding) => (PathwayState::Short, SHORT).into(),
            _ => (PathwayState::Undetermined, NO_OVERALL).into(),
        },
        Follows::FullInspection => (PathwayState::Standard, BEFORE_2013).into(),
    }
}

fn pathway_without_overall(grades: &[ProfileGrade], (policy, counts_from): (&Adopted, Date)) -> Led {
    const PRACTICE: [JudgementKind; 3] =
        [JudgementKind::HelpAndProtection, JudgementKind::ChildrenInCare, JudgementKind::CareLeavers];
    let of_practice = |of: &[Grade]| {
        let practice = grades.iter().filter(|grade| PRACTICE.contains(&grade.kind));
        practice.filter(|grade| of.contains(&grade.grade)).count()
    };
    let of_leaders = |of: &[Grade]| {
        grades.iter().any(|grade| grade.kind == JudgementKind::Leaders && of.contains(&grade.grade))
    };
    let any = |of: Grade| grades.iter().any(|grade| grade.grade == of);
    const INADEQUATE: &[Grade] = &[Grade::Inadequate];
    const GOOD: &[Grade] = &[Grade::Good, Grade::Outstanding];
    let set = policy.inadequate(counts_from);
    if let Some((set, rule)) = &set {
        let practice = u32::try_from(of_practice(INADEQUATE)).unwrap_or(u32::MAX);
        if set.leaders && of_leaders(INADEQUATE)
            || set.practice_at_least.is_some_and(|least| least <= practice)
        {
            let by_policy = policy.rests_on.clone();
            return Led { state: PathwayState::Monitoring, rule: rule.clone(), by_policy };
        }
    }
    let led: Led = if any(Grade::NotRecorded) || (set.is_none() && any(Grade::Inadequate)) {
        (PathwayState::Undetermined, ILACS_2026_OPEN).into()
    } else if of_leaders(GOOD) && of_practice(GOOD) >= 2 {
        (PathwayState::Short, ILACS_2026_SHORT).into()
    } else {
        (PathwayState::Standard, ILACS_2026_STANDARD).into()
    };
    // That an inadequate judgement does not lead to monitoring is what the policy says, too.
    let is_by_policy = set.is_some() && any(Grade::Inadequate);
    Led { by_policy: if is_by_policy { policy.rests_on.clone() } else { RestsOn::new() }, ..led }
}

/// The day from which judgements count, as far as it is known; else the last on which their inspection can have begun, or `day`.
pub(crate) fn counted_from(counts_from: PartialDate, began: PartialDate, day: Date) -> Date {
    counts_from.earliest().or(began.latest()).unwrap_or(day)
}

/// A span during which the pathway was in one state: from its first inspection to the one that changed it.
pub(crate) struct Span {
    pub(crate) led: Led,
    pub(crate) from: Dated,
    /// `None` while it goes on.
    pub(crate) to: Option<Dated>,
}

/// The pathway's spans, in order: it can change when an inspection comes to count, a judgement is revised, a report is withdrawn.
pub(crate) fn spans(graded: &[Graded<'_, '_>], day: Date, policy: &Adopted) -> Vec<Span> {
    let counting = graded.iter().map(|graded| graded.counts_from.clone());
    let revised = graded.iter().flat_map(|graded| graded.inspection.changes().cloned());
    // What was judged before ILACS began leads to its pathways from that day.
    let ilacs = standing(graded, ILACS_BEGAN).filter(|_| ILACS_BEGAN <= day);
    let ilacs =
        ilacs.map(|before| Dated { on: ILACS_BEGAN.into(), rests_on: before.counts_from.rests_on.clone() });
    let mut changes: Vec<Dated> = counting.chain(revised).chain(ilacs).collect();
    changes.sort_by_key(|change| change.on.sort_key());
    let mut spans: Vec<Span> = Vec::new();
    for change in changes {
        let day = change.on.earliest().unwrap_or(Date::MIN);
        let after = standing(graded, day).map(|standing| {
            let (grades, _) = standing.inspection.grades_on(day);
            let counts_from = counted_from(standing.counts_from.on, standing.inspection.first_day(), day);
            pathway_after(standing.inspection.framework(), &grades, day, (policy, counts_from))
        });
        let open = spans.last_mut().filter(|span| span.to.is_none());
        // The default before ILACS is no pathway that anybody was put on.
        let is_default =
            |led: &Led| [BEFORE_2013, BEFORE_ILACS].iter().any(|rule| led.rule == (*rule).into());
        let same = |led: &Led, other: &Led| led.state == other.state && is_default(led) == is_default(other);
        match (open, after) {
            (Some(span), Some(led)) if same(&span.led, &led) => {}
            (span, after) => {
                if let Some(span) = span {
                    span.to = Some(change.clone());
                }
                spans.extend(after.map(|led| Span { led, from: change.clone(), to: None }));
            }
        }
    }
    spans
}

/// The pathway on the day asked.
pub(crate) fn pathway(
    spans: &[Span],
    profile: Option<&Profile>,
    inspections: &[Inspection<'_>],
    closed: Option<&Dated>,
    programme: Option<&Programme<'_, '_>>,
    asked: Asked,
) -> Pathway {
    let open_priority_actions: Vec<PriorityAction> = inspections
        .iter()
        .flat_map(|inspection| inspection.open_priority_actions(asked.effective, asked.view))
        .collect();
    let (state, since, rule, rests_on, uncertain) = match (closed, spans.last(), profile) {
        (Some(closed), ..) => {
            let maybe = closed.on.by(asked.effective) == Happened::Maybe;
            (PathwayState::Closed, closed.on, CLOSED.into(), closed.rests_on.clone(), maybe)
        }
        (None, Some(span), Some(profile)) => {
            let rests_on = joined([&span.from.rests_on, &profile.rests_on, &span.led.by_policy]);
            (span.led.state, span.from.on, span.led.rule.clone(), rests_on, profile.uncertain)
        }
        _ => (PathwayState::Uninspected, PartialDate::Unknown, UNINSPECTED.into(), RestsOn::new(), false),
    };
    let visits = monitoring_visits(inspections, since.earliest(), asked.effective).count();
    let usual = programme.filter(|_| state == PathwayState::Monitoring).and_then(|one| one.usual.clone());
    Pathway {
        state,
        since,
        rule,
        open_priority_actions,
        monitoring_visits: u32::try_from(visits).unwrap_or(u32::MAX),
        usual_monitoring_visits: usual,
        rests_on,
        uncertain,
        pause: None,
    }
}

/// The same pathway, paused where national suspensions are in force.
pub(crate) fn paused(pathway: Pathway, suspensions: Vec<Suspension>) -> Pathway {
    let Some(first) = suspensions.first().filter(|_| pathway.state != PathwayState::Closed) else {
        return pathway;
    };
    let begun = suspensions.iter().map(|suspension| &suspension.rests_on);
    Pathway {
        state: PathwayState::Paused,
        since: first.from,
        rule: PAUSED.into(),
        rests_on: joined(begun.chain([&pathway.rests_on])),
        uncertain: pathway.uncertain || suspensions.iter().all(|suspension| suspension.uncertain),
        pause: Some(Pause { state: pathway.state, since: pathway.since, rule: pathway.rule, suspensions }),
        ..pathway
    }
}

/// A programme of monitoring: the visits since the judgements that count now. A re-inspection that leads to monitoring again begins another.
pub(crate) struct Programme<'i, 'a> {
    pub(crate) last_visit: Option<&'i Inspection<'a>>,
    /// How many usually come, by the first day of the last one, or by the day from which the judgements count.
    pub(crate) usual: Option<UsualVisits>,
    /// The events that adopted the policy, where it led to monitoring.
    pub(crate) by_policy: RestsOn,
}

/// The programme that is under way, if one is.
pub(crate) fn programme<'i, 'a>(
    graded: &[Graded<'_, '_>],
    spans: &[Span],
    inspections: &'i [Inspection<'a>],
    (day, policy): (Date, &Adopted),
) -> Option<Programme<'i, 'a>> {
    let span = spans.last().filter(|span| span.led.state == PathwayState::Monitoring && span.to.is_none())?;
    let last = graded.last()?;
    let since = counted_from(last.counts_from.on, last.inspection.first_day(), day);
    let visits: Vec<_> = monitoring_visits(inspections, Some(since), day).collect();
    let last_visit = visits.iter().copied().max_by_key(|visit| visit.first_day().sort_key());
    let on = last_visit.and_then(|visit| visit.first_day().latest()).unwrap_or(since);
    let made = u32::try_from(visits.len()).unwrap_or(u32::MAX);
    Some(Programme {
        last_visit,
        usual: policy.usual_visits(on, made),
        by_policy: span.led.by_policy.clone(),
    })
}

/// Monitoring visits begun from `since` to `day`, whether or not a letter was published.
fn monitoring_visits<'i, 'a>(
    inspections: &'i [Inspection<'a>],
    since: Option<Date>,
    day: Date,
) -> impl Iterator<Item = &'i Inspection<'a>> {
    let begun = move |first: Date| since.is_some_and(|since| since <= first) && first <= day;
    inspections.iter().filter(move |one| {
        one.kind == Some(InspectionKind::MonitoringVisit) && one.first_day().latest().is_some_and(begun)
    })
}
