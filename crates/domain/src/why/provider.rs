//! Why an answer about a regulated provider says what it says: what is theirs alone. The rest is explained as of authorities.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::judged::Among;
use super::{Step, Why, plain, reading};
use crate::cited::{Cited, Ground};
use crate::effects::{
    APPEAL, CANCELLED, DECISION, DECISION_EARLY_YEARS, LIFTED, LOCATED, RECOMMENDATION, REQUIREMENT, SERVED,
    SUSPENDED,
};
use crate::event::Recorded;
use crate::providers::status::{Measure, ProviderStatus, Recommendation, Requirement};
use crate::status::{NextDue, Suspension};
use crate::terms::{MeasureKind, RegistrationState, Standing};

pub(super) const REGISTERED: Cited = reading(
    "A provider is registered from the day that is recorded until an end of the registration is; while a suspension is in force it is suspended.",
    "Care Standards Act 2000 ss.13, 14, 14A, and Childcare Act 2006 ss.68, 69, as Docket reads them (docs/decisions/0020)",
);
pub(super) const INTERIM: Cited = reading(
    "An interim inspection stands beside the last full one and changes none of its grades; the next full one takes its place.",
    "docs/decisions/0020",
);
const FULL: Among = Among { which: "a full inspection", rule: INTERIM };
const SINCE: Among = Among { which: "an interim inspection since the full one", rule: INTERIM };

/// Every step of an answer about a provider. `history` and `national` are the events of the streams that the answer was made of.
#[must_use]
pub fn steps(status: &ProviderStatus, history: &[Recorded], national: &[Recorded]) -> Vec<Step> {
    let why = Why::new(status, status.as_of, history, national);
    let mut steps = why.registration();
    steps.extend(why.profile("profile", &FULL, status.profile.as_ref()));
    if status.interim.is_some() {
        steps.extend(why.profile("interim", &SINCE, status.interim.as_ref()));
    }
    steps.extend(status.measures.iter().map(|measure| why.measure(measure)));
    steps.extend(status.requirements.iter().map(|requirement| why.requirement(requirement)));
    steps.extend(status.recommendations.iter().map(recommendation));
    steps.extend(status.obligations.iter().flat_map(|obligation| why.obligation(obligation)));
    steps.extend(status.next_due.iter().map(|next| why.next(next)));
    steps.extend(status.inspections.iter().flat_map(|inspection| why.inspection(inspection)));
    steps.extend(status.uncertainties.iter().map(|uncertainty| why.uncertainty(uncertainty)));
    steps.extend(why.beside(&status.exemptions, &status.concerns));
    steps.extend(status.suspensions.iter().map(|suspension| why.suspension(suspension)));
    steps
}

/// Steps about values inside the parts of an answer about a provider, to be told of a value that is asked about.
#[must_use]
pub fn inner(status: &ProviderStatus, history: &[Recorded], national: &[Recorded]) -> Vec<Step> {
    let why = Why::new(status, status.as_of, history, national);
    let mut steps: Vec<Step> =
        status.obligations.iter().flat_map(|obligation| why.in_obligation(obligation)).collect();
    steps.extend(status.inspections.iter().flat_map(|inspection| why.in_inspection(inspection)));
    steps
}

impl Why<'_, ProviderStatus> {
    /// A national suspension of inspections.
    fn suspension(&self, suspension: &Suspension) -> Step {
        let (key, from, day) = (&suspension.suspended.suspension, suspension.from, self.day);
        Step {
            field: format!("suspensions[{key}]"),
            because: format!(
                "inspections that are made of this kind of provider are suspended nationally from {from}, and not resumed by {day}; what is due stays due"
            ),
            rules: vec![SUSPENDED.into()],
            rests_on: suspension.rests_on.clone(),
            otherwise: vec![format!(
                "gone, if a framework_resumed of it is recorded that happened on or before {day}"
            )],
            ..Step::default()
        }
    }

    /// Whether it is registered, and as what.
    fn registration(&self) -> Vec<Step> {
        let registration = &self.status.registration;
        let day = self.day;
        let (from, cancelled) = (registration.from, registration.cancelled);
        let recorded = |event: &str| format!("if a {event} is recorded that happened on or before {day}");
        let mut follows_from = Vec::new();
        let (because, otherwise) = match registration.state {
            RegistrationState::NotYet => (
                format!("it is registered for no day up to {day}"),
                format!("registered, {}", recorded("provider_registered")),
            ),
            RegistrationState::Registered => (
                format!("it is registered from {from}, and no end of the registration had happened by {day}"),
                format!("cancelled, {}", recorded("registration_cancelled")),
            ),
            RegistrationState::Suspended => {
                let suspends = |measure: &&Measure| {
                    measure.kind == MeasureKind::Suspension && measure.standing != Standing::Ended
                };
                let suspensions = self.status.measures.iter().filter(suspends).map(standing_of);
                follows_from.extend(suspensions);
                (
                    format!(
                        "it is registered from {from}, and a suspension of its registration is, or may be, in force on {day}"
                    ),
                    "registered, if no suspension were in force".to_string(),
                )
            }
            RegistrationState::Cancelled => (
                format!("the registration ended on {cancelled}"),
                format!(
                    "registered, on a day before {cancelled} on which it was so already, or {}",
                    recorded("registration_restored")
                ),
            ),
        };
        let state = Step {
            field: "registration.state".into(),
            because,
            rules: vec![REGISTERED.into(), CANCELLED.into()],
            rests_on: registration.rests_on.clone(),
            follows_from,
            otherwise: vec![otherwise],
            ..Step::default()
        };
        let details = Step {
            field: "provider".into(),
            because: format!("it was registered so, or changed or listed so by {day}"),
            rules: vec![LOCATED.into()],
            rests_on: registration.details_rest_on.clone(),
            otherwise: vec![format!("other details, {}", recorded("provider_changed"))],
            ..Step::default()
        };
        vec![details, state]
    }

    fn measure(&self, measure: &Measure) -> Step {
        let (from, to) = (measure.from.to_string(), measure.to.map(|to| to.to_string()));
        let mut because = self.stands(measure.standing, &from, to);
        if measure.standing == Standing::Ended && !measure.outcome.is_empty() {
            because.push_str(&format!(": {}", plain(&measure.outcome)));
        }
        let basis = (!measure.legal_basis.is_empty()).then(|| Ground {
            text: format!("{}: the law under which it stands", plain(measure.kind.name())),
            source: measure.legal_basis.to_string(),
        });
        let by_registration = measure.outcome == "registration_cancelled";
        let under = (self.status.measures.iter())
            .find(|other| measure.under.as_ref() == Some(&other.measure))
            .map(standing_of);
        let follows_from = under.into_iter().chain(by_registration.then(|| "registration.state".into()));
        let mut otherwise = vec![self.ends(measure.standing, ended_by(measure.kind))];
        if let (Standing::InForce, Some(last)) = (measure.standing, measure.end.latest()) {
            otherwise.push(format!("ended, on any day after {last}, its last"));
        }
        Step {
            field: standing_of(measure),
            because,
            rules: [SERVED.into()].into_iter().chain(basis).chain(ending(measure)).collect(),
            rests_on: measure.rests_on.clone(),
            follows_from: follows_from.collect(),
            otherwise,
            ..Step::default()
        }
    }

    fn requirement(&self, requirement: &Requirement) -> Step {
        let Requirement { inspection, reference, regulation, due, .. } = requirement;
        let day = self.day;
        let because = match requirement.met {
            Some(met) => format!("it is recorded to have been put right on {met}; it was due on {due}"),
            None => format!("nothing says that it had been put right by {day}; it is due on {due}"),
        };
        let breached = (!regulation.is_empty())
            .then(|| Ground { text: "what was breached".into(), source: regulation.clone() });
        let is_listed = self.status.inspections.iter().any(|one| one.inspection == *inspection);
        let other = match requirement.met {
            Some(_) => format!("not met, if its requirement_met were voided or had happened after {day}"),
            None => format!("met, if a requirement_met of it is recorded that happened on or before {day}"),
        };
        Step {
            field: format!("requirements[{inspection}/{reference}].met"),
            because,
            rules: [REQUIREMENT.into()].into_iter().chain(breached).collect(),
            rests_on: requirement.rests_on.clone(),
            follows_from: is_listed.then(|| format!("inspections[{inspection}].state")).into_iter().collect(),
            otherwise: vec![
                other,
                format!(
                    "gone, if a report_withdrawn of {inspection} is recorded that happened on or before {day}"
                ),
            ],
            ..Step::default()
        }
    }

    /// What comes next follows from an obligation, or is the last day of a measure.
    fn next(&self, next: &NextDue) -> Step {
        let mut step = self.next_due(next);
        if next.legal_basis.is_empty() {
            step.rules = vec![SERVED.into()];
        }
        if next.obligation.is_none() {
            let of = |measure: &&Measure| next.what.ends_with(&format!(" {}", measure.measure));
            step.follows_from.extend(self.status.measures.iter().find(of).map(standing_of));
        }
        step
    }
}

fn standing_of(measure: &Measure) -> String {
    format!("measures[{}].standing", measure.measure)
}

fn recommendation(made: &Recommendation) -> Step {
    Step {
        field: format!("recommendations[{}/{}]", made.inspection, made.reference),
        because: "the report gives it so".into(),
        rules: vec![RECOMMENDATION.into()],
        rests_on: made.rests_on.clone(),
        ..Step::default()
    }
}

/// The rule by which a measure ended.
fn ending(measure: &Measure) -> Option<Ground> {
    if measure.standing != Standing::Ended {
        return None;
    }
    Some(match measure.outcome.as_str() {
        "registration_cancelled" => CANCELLED.into(),
        outcome if outcome.starts_with("appeal_") => APPEAL.into(),
        outcome if outcome.starts_with("decision_") && measure.legal_basis.starts_with("Childcare") => {
            DECISION_EARLY_YEARS.into()
        }
        outcome if outcome.starts_with("decision_") => DECISION.into(),
        "lifted" | "expired" => LIFTED.into(),
        _ => return None,
    })
}

/// The kinds of event that end a measure of a kind.
fn ended_by(kind: MeasureKind) -> &'static [&'static str] {
    const APPEAL: &str = "an appeal_determined that allows the appeal";
    const CANCELLED: &str = "a registration_cancelled";
    match kind {
        MeasureKind::ComplianceNotice => &["a compliance_notice_closed", APPEAL, CANCELLED],
        MeasureKind::Restriction => &["a restriction_lifted", APPEAL, CANCELLED],
        MeasureKind::Proposal => &["a decision_served that does not adopt it", APPEAL, CANCELLED],
        MeasureKind::Suspension => &["a suspension_lifted", APPEAL, CANCELLED],
        MeasureKind::Condition => &["a condition_removed", APPEAL, CANCELLED],
        MeasureKind::UrgentOrder => &[APPEAL, CANCELLED],
        MeasureKind::Prosecution => &["a prosecution_concluded", CANCELLED],
    }
}
