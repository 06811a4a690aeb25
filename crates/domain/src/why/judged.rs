//! Why these judgements count, and why the pathway follows from them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::{Step, Why, both, either, plain, reading};
use crate::cited::{Cited, Ground, Mark};
use crate::date::{Date, PartialDate};
use crate::effects::{COUNTS_FROM, FRAMEWORK, PRIORITY_OPEN, UNGRADED};
use crate::frameworks::{self, Limit};
use crate::pathway::{counted_from, pathway_after};
use crate::policy::{Adopted, UsualVisits};
use crate::status::{AuthorityStatus, InspectionSummary, Pause, Profile, ProfileGrade, RestsOn, Suspension};
use crate::terms::{Basis, Framework, Grade, InspectionKind, InspectionState, JudgementKind, PathwayState};

pub(super) const FURTHEST: Cited = reading(
    "How far an inspection has come is the furthest of its recorded steps; older records may begin with publication.",
    "docs/decisions/0005",
);
pub(super) const ASSERTED: Cited =
    reading("A judgement is as its report gives it; none is derived from others.", "docs/decisions/0005");

/// Of which inspections the last one counts, and by which rule others do not.
pub(super) struct Among {
    /// In words, one of them.
    pub(super) which: &'static str,
    pub(super) rule: Cited,
}

pub(super) const GRADED: Among = Among { which: "a graded inspection", rule: UNGRADED };

impl<S> Why<'_, S> {
    /// Which inspection's judgements count, and each of them.
    pub(super) fn profile(&self, part: &str, among: &Among, profile: Option<&Profile>) -> Vec<Step> {
        let day = self.day;
        let graded = among.which;
        let Some(profile) = profile else {
            return vec![Step {
                field: format!("{part}.inspected"),
                because: format!("no report of {graded} counts by {day}"),
                rules: vec![COUNTS_FROM.into()],
                otherwise: vec![format!(
                    "inspected, if {graded} is recorded whose report_published happened on or before {day}"
                )],
                ..Step::default()
            }];
        };
        let basis = match self.basis {
            Basis::Published => "the day of publication",
            Basis::Inspected => "the first day of its inspection",
        };
        let counts = profile.counts_from;
        let inspection = Step {
            field: format!("{part}.inspection"),
            because: format!(
                "it is the last that counts by {day} as {graded}: it counts from {counts} ({basis})"
            ),
            rules: vec![COUNTS_FROM.into(), among.rule.into()],
            rests_on: profile.rests_on.clone(),
            follows_from: vec![format!("inspections[{}]", profile.inspection)],
            otherwise: vec![
                format!(
                    "a later one, if {graded} is recorded that counts from after {counts} and on or before {day}"
                ),
                format!(
                    "the one before it or none, if its report_withdrawn is recorded that happened on or before {day}"
                ),
            ],
            ..Step::default()
        };
        let framework = profile.framework.map(|_| Step {
            field: format!("{part}.framework"),
            because: "it is that of the inspection".into(),
            follows_from: vec![format!("inspections[{}].framework", profile.inspection)],
            ..Step::default()
        });
        let grades = profile.grades.iter().map(|grade| self.grade(part, profile, grade));
        [inspection].into_iter().chain(framework).chain(grades).collect()
    }

    fn grade(&self, part: &str, profile: &Profile, grade: &ProfileGrade) -> Step {
        let because = match grade.grade {
            Grade::NotApplicable => "inspections of this framework do not judge it".to_string(),
            Grade::NotRecorded => "no recorded event gives it".to_string(),
            _ if grade.raw_text.is_empty() => "the report gives it so".to_string(),
            _ => format!("the report gives it so, printed as \"{}\"", grade.raw_text),
        };
        let otherwise = match grade.grade {
            Grade::NotApplicable => "a grade, if the framework judged it".to_string(),
            Grade::NotRecorded => {
                format!("as given, if a judgements_made of {} with it is recorded", profile.inspection)
            }
            _ => format!(
                "another grade, if a judgement_revised or field_corrected is recorded, or by another inspection that counts by {}",
                self.day
            ),
        };
        let mut follows_from = vec![format!("{part}.inspection"), format!("{part}.framework")];
        let breached = breached(profile, grade);
        follows_from
            .extend(breached.iter().map(|limit| format!("{part}.grades[{}].grade", limit.judgement.name())));
        let against = if breached.is_empty() { "" } else { "; by a limiting rule it would be lower" };
        let limiting = breached.iter().map(|limit| limiting(profile, grade, limit));
        Step {
            field: format!("{part}.grades[{}].grade", grade.kind.name()),
            because: format!("{because}{against}"),
            rules: [ASSERTED.into()].into_iter().chain(limiting).collect(),
            rests_on: grade.rests_on.clone(),
            follows_from,
            otherwise: vec![otherwise],
            ..Step::default()
        }
    }

    /// How far an inspection has come, and under which rules it was made.
    pub(super) fn inspection(&self, inspection: &InspectionSummary) -> Vec<Step> {
        let day = self.day;
        let at = |field: &str| format!("inspections[{}].{field}", inspection.inspection);
        let otherwise = match inspection.state {
            InspectionState::Published | InspectionState::Republished | InspectionState::Revised => {
                "republished, revised or withdrawn, if a report_republished, judgement_revised or report_withdrawn is recorded"
            }
            InspectionState::Withdrawn => "published, if its report_withdrawn were voided",
            _ if inspection.unpublished => {
                "further, if a later step of it is recorded; no letter of it is published"
            }
            _ => "published, if a report_published of it is recorded",
        };
        let mut because = format!("the furthest of its steps that this view shows had happened by {day}");
        let mut otherwise = vec![format!("{otherwise} that happened on or before {day}")];
        if inspection.published == Some(PartialDate::Unknown) {
            because
                .push_str("; the day of its publication is not known, and it counts as published, uncertain");
            otherwise.push(format!("as before its publication, if its day were known and lay after {day}"));
        }
        let state = Step {
            field: at("state"),
            because,
            rules: vec![FURTHEST.into()],
            rests_on: inspection.rests_on.clone(),
            otherwise,
            ..Step::default()
        };
        let framework = inspection.kind.zip(inspection.framework).map(|(kind, framework)| {
            let began = inspection.fieldwork.first().map_or(PartialDate::Unknown, |range| range.first);
            let row = frameworks::row(kind, began).map(|row| Ground {
                text: format!("{} begun{}: {}", plain(kind.name()), span(row), row.framework.name()),
                source: row.source.to_string(),
            });
            Step {
                field: at("framework"),
                because: format!("its kind is {}, and its fieldwork began on {began}", plain(kind.name())),
                rules: [FRAMEWORK.into()].into_iter().chain(row).collect(),
                rests_on: inspection.rests_on.clone(),
                otherwise: neighbours(kind, framework),
                ..Step::default()
            }
        });
        [state].into_iter().chain(framework).collect()
    }
}

impl Why<'_, AuthorityStatus> {
    /// The state of the pathway, its priority actions and its visits.
    pub(super) fn pathway(&self) -> Vec<Step> {
        let pathway = &self.status.pathway;
        let day = self.day;
        let profile = self.status.profile.as_ref();
        let (before, since) = pathway.unpaused();
        let (follows_from, because, otherwise) = match (before, profile) {
            (PathwayState::Closed, _) => (
                vec!["existence.state".to_string()],
                "the authority has come to its end".to_string(),
                vec!["what it was before, on any earlier day".to_string()],
            ),
            (PathwayState::Uninspected, _) | (_, None) => (
                vec!["profile.inspected".to_string()],
                format!("no graded inspection counts by {day}"),
                vec![format!(
                    "by its judgements, if a graded inspection is recorded whose report_published happened on or before {day}"
                )],
            ),
            (_, Some(profile)) => {
                let decisive = decisive(profile);
                let fields = decisive.iter().map(|kind| format!("profile.grades[{}].grade", kind.name()));
                let judged: Vec<String> = profile
                    .grades
                    .iter()
                    .filter(|grade| decisive.contains(&grade.kind))
                    .map(|grade| format!("{} {}", plain(grade.kind.name()), plain(grade.grade.name())))
                    .collect();
                let because = format!("it follows from {}, since {}", judged.join(", "), since);
                (fields.collect(), because, turned(profile, before, day, &self.policy))
            }
        };
        let mut rules = vec![pathway.rule.clone()];
        let (because, otherwise) = match &pathway.pause {
            Some(pause) => {
                rules.push(pause.rule.clone());
                paused(pause, &because, day)
            }
            None => (because, otherwise),
        };
        let state = Step {
            field: "pathway.state".into(),
            because,
            rules,
            rests_on: pathway.rests_on.clone(),
            follows_from,
            otherwise,
            ..Step::default()
        };
        let actions = pathway.open_priority_actions.iter().map(|action| Step {
            field: format!("pathway.open_priority_actions[{}/{}]", action.inspection, action.reference),
            because: format!("it was raised, and no discharge of it had happened by {day}"),
            rules: vec![PRIORITY_OPEN.into()],
            rests_on: action.rests_on.clone(),
            follows_from: vec![format!("inspections[{}].state", action.inspection)],
            otherwise: vec![format!(
                "gone, if a priority_action_discharged of \"{}\" is recorded that happened on or before {day}",
                action.reference
            )],
            ..Step::default()
        });
        [state].into_iter().chain(actions).chain(self.visits()).chain(self.usual_visits()).collect()
    }

    fn visits(&self) -> Option<Step> {
        let pathway = &self.status.pathway;
        let since = pathway.unpaused().1.earliest().filter(|_| pathway.monitoring_visits > 0)?;
        let visits = self.status.inspections.iter().filter(|visit| {
            let began = visit.fieldwork.first().and_then(|range| range.first.latest());
            visit.kind == Some(InspectionKind::MonitoringVisit) && began.is_some_and(|began| since <= began)
        });
        let (mut fields, mut rests_on) = (Vec::new(), RestsOn::new());
        for visit in visits {
            fields.push(format!("inspections[{}].state", visit.inspection));
            rests_on = both(&rests_on, &visit.rests_on);
        }
        Some(Step {
            field: "pathway.monitoring_visits".into(),
            because: format!(
                "so many monitoring visits began from {since} to {}, whether or not a letter was published",
                self.day
            ),
            rules: vec![UNGRADED.into()],
            rests_on,
            follows_from: fields,
            otherwise: vec![format!(
                "one more, if a fieldwork_recorded of a monitoring_visit is recorded that began on or before {}",
                self.day
            )],
            ..Step::default()
        })
    }

    /// After how many visits none is expected any more.
    fn usual_visits(&self) -> Option<Step> {
        let UsualVisits { count, made, source, rests_on, .. } =
            self.status.pathway.usual_monitoring_visits.as_ref()?;
        let next = if count <= made { "the re-inspection comes next" } else { "another visit is expected" };
        let because = format!(
            "by the policy none is expected after {count} visits; {made} began since the judgements that count, so {next}"
        );
        let rule = Ground {
            text: format!("{count} monitoring visits before a re-inspection"),
            source: source.clone(),
        };
        Some(Step {
            field: "pathway.usual_monitoring_visits".into(),
            because,
            rules: vec![rule],
            rests_on: rests_on.clone(),
            follows_from: (*made > 0).then(|| "pathway.monitoring_visits".into()).into_iter().collect(),
            otherwise: vec!["another number, if a policy_adopted with it is recorded".into()],
            ..Step::default()
        })
    }
}

/// The rules by which other judgements of the report would leave less of the overall one.
fn breached(profile: &Profile, overall: &ProfileGrade) -> Vec<&'static Limit> {
    let Some(framework) = profile.framework.filter(|_| frameworks::OVERALL.contains(&overall.kind)) else {
        return Vec::new();
    };
    let grade = |kind| profile.grades.iter().find(|other| other.kind == kind).map(|other| other.grade);
    frameworks::breached(framework, overall.grade, grade).collect()
}

/// Such a rule, against which the report stands as it is.
fn limiting(profile: &Profile, overall: &ProfileGrade, limit: &Limit) -> Ground {
    let read = match limit.mark {
        Mark::Secondary => " (seen in official statistics; the text of the rule was not read)",
        _ => "",
    };
    Ground {
        text: format!(
            "Where {} is inadequate, {} is at most {}{read}. The report says otherwise, and what it says counts.",
            plain(limit.judgement.name()),
            plain(overall.kind.name()),
            plain(limit.at_most.name()),
        ),
        source: profile.framework.map(frameworks::source).unwrap_or_default().to_string(),
    }
}

/// Why a pathway is paused, and what would end it.
fn paused(pause: &Pause, because: &str, day: Date) -> (String, Vec<String>) {
    let named =
        |suspension: &Suspension| format!("{} from {}", suspension.suspended.suspension, suspension.from);
    let suspensions: Vec<String> = pause.suspensions.iter().map(named).collect();
    let because = format!(
        "inspections are suspended nationally ({}), and not resumed by {day}; the pathway that is paused is {}: {because}",
        suspensions.join(", "),
        plain(pause.state.name()),
    );
    let otherwise = format!(
        "{}, if a framework_resumed of each suspension is recorded that happened on or before {day}",
        plain(pause.state.name())
    );
    (because, vec![otherwise])
}

/// The judgements from which a pathway follows: overall effectiveness, or all where the framework has none.
fn decisive(profile: &Profile) -> Vec<JudgementKind> {
    let judged: Vec<_> = profile.grades.iter().filter(|grade| grade.grade != Grade::NotApplicable).collect();
    let overall = judged.iter().find(|grade| grade.kind == JudgementKind::OverallEffectiveness);
    overall.map_or_else(|| judged.iter().map(|grade| grade.kind).collect(), |grade| vec![grade.kind])
}

/// Which other states would follow if one judgement were another: tried out, one by one.
fn turned(profile: &Profile, state: PathwayState, day: Date, policy: &Adopted) -> Vec<String> {
    let scale = profile.framework.map(frameworks::grades).unwrap_or_default();
    let counts_from = counted_from(profile.counts_from, profile.fieldwork, day);
    // By state and judgement: the grades that would lead there.
    let mut leads: BTreeMap<(PathwayState, JudgementKind), Vec<&str>> = BTreeMap::new();
    for kind in decisive(profile) {
        for grade in scale {
            let mut grades = profile.grades.clone();
            for other in grades.iter_mut().filter(|other| other.kind == kind) {
                other.grade = *grade;
            }
            let other = pathway_after(profile.framework, &grades, day, (policy, counts_from)).state;
            if other != state {
                leads.entry((other, kind)).or_default().push(grade.name());
            }
        }
    }
    let lines = leads.into_iter().map(|((other, kind), grades)| {
        let grades: Vec<String> = grades.into_iter().map(plain).collect();
        let grades: Vec<&str> = grades.iter().map(String::as_str).collect();
        format!("{}, if {} were {}", other.name(), plain(kind.name()), either(&grades))
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return vec![
            "no other single grade leads to another pathway; another inspection that counts may".into(),
        ];
    }
    lines
}

/// Under which other frameworks an inspection of this kind would have been, and when.
fn neighbours(kind: InspectionKind, framework: Framework) -> Vec<String> {
    let rows = frameworks::ROWS.iter().filter(|row| row.kinds.contains(&kind) && row.framework != framework);
    let mut seen = BTreeSet::new();
    let line =
        |row: &frameworks::Row| format!("{}, if its fieldwork had begun{}", row.framework.name(), span(row));
    rows.map(line).filter(|line| seen.insert(line.clone())).collect()
}

/// The days of a row, in words.
fn span(row: &frameworks::Row) -> String {
    match (row.from, row.until) {
        (None, None) => " on any day".to_string(),
        (None, Some(until)) => format!(" before {until}"),
        (Some(from), None) => format!(" on or after {from}"),
        (Some(from), Some(until)) => format!(" on or after {from} and before {until}"),
    }
}
