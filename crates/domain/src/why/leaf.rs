//! Why one value inside a part of an answer is what it is. Such a step is told only of the value that is asked about; the part is explained
//! after it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::judged::FURTHEST;
use super::obligation::{is_working, last, meets, rule};
use super::{Step, Why, both, plain, states_a_date};
use crate::cited::Ground;
use crate::date::PartialDate;
use crate::effects::{COUNTS_FROM, MET, SUSPENDED};
use crate::event::{Fact, InspectionStep, ObligationStep};
use crate::facts::Counted;
use crate::providers;
use crate::status::{AuthorityStatus, InspectionSummary, Obligation};
use crate::terms::{ObligationNature, ObligationState, ServiceDomain};

impl<S> Why<'_, S> {
    /// The values inside an obligation.
    pub(super) fn in_obligation(&self, obligation: &Obligation) -> Vec<Step> {
        let at = |field: &str| format!("obligations[{}].{field}", obligation.obligation);
        let steps = [
            self.days_overdue(obligation),
            self.legal_basis(obligation),
            Step {
                field: at("period_length"),
                because: match obligation.period {
                    Some((length, unit)) => format!("its period is {length} {}", plain(unit.name())),
                    None => "no period is counted: only a stated date says by when".into(),
                },
                rests_on: self.set_by(obligation),
                ..Step::default()
            },
            Step {
                field: at("stated_difference_working_days"),
                because: match (obligation.due_stated, obligation.due_computed) {
                    (Some(stated), Some(computed)) => {
                        format!(
                            "the working days from the computed date, {computed}, to the stated one, {stated}"
                        )
                    }
                    _ => "there is no stated date beside a computed one".into(),
                },
                ..Step::default()
            },
        ];
        let of_part = |step: Step| Step {
            rules: if step.rules.is_empty() { vec![rule(obligation)] } else { step.rules },
            follows_from: vec![at("state")],
            ..step
        };
        steps.into_iter().chain(self.obligor(obligation)).map(of_part).collect()
    }

    /// In which unit, and from which day on.
    fn days_overdue(&self, obligation: &Obligation) -> Step {
        let day = self.day;
        let unit = if is_working(obligation) {
            "working days, as its period does: neither weekends nor bank holidays"
        } else {
            "calendar days"
        };
        let from = last(obligation);
        let (because, otherwise) = match (obligation.state, from) {
            (ObligationState::Overdue, Some(last)) => (
                format!("it counts from the day after the last day for it, {last}, to {day}, in {unit}"),
                vec![
                    format!("0, on any day up to {last}"),
                    format!(
                        "{}, if a {} is recorded that happened on or before {day}",
                        if obligation.nature == ObligationNature::Expectation { "gone" } else { "0" },
                        meets(obligation.kind)
                    ),
                ],
            ),
            (ObligationState::Overdue, None) => {
                (format!("it counts from the day after the last day for it to {day}, in {unit}"), Vec::new())
            }
            (state, _) => (
                format!("only what is overdue has such days, and this is {}", plain(state.name())),
                vec![format!("the days after the last day for it, in {unit}, if it were overdue")],
            ),
        };
        let is_stated = from.is_some() && obligation.due_stated.and_then(PartialDate::latest) == from;
        let rests_on = if is_stated {
            self.that(&obligation.rests_on, |counted| states_a_date(counted.fact))
        } else {
            both(&self.dated(&obligation.rests_on, obligation.trigger), &self.set_by(obligation))
        };
        let field = format!("obligations[{}].days_overdue", obligation.obligation);
        Step {
            field,
            because,
            rules: vec![MET.into(), rule(obligation)],
            rests_on,
            otherwise,
            ..Step::default()
        }
    }

    fn legal_basis(&self, obligation: &Obligation) -> Step {
        let opens = |counted: &Counted<'_>| {
            matches!(counted.fact, Fact::Obligation { step: ObligationStep::Opened { .. }, .. })
        };
        let is_of_table = providers::row(obligation.kind, &obligation.legal_basis)
            .is_some_and(|rule| rule.basis == obligation.legal_basis);
        let (because, rests_on) = if is_of_table {
            (
                format!("the rule for {} has this basis", plain(obligation.kind.name())),
                self.set_by(obligation),
            )
        } else {
            let because = "what opened it, or set its date, has this basis".to_string();
            (because, self.that(&obligation.rests_on, opens))
        };
        let field = format!("obligations[{}].legal_basis", obligation.obligation);
        Step { field, because, rests_on, ..Step::default() }
    }

    fn obligor(&self, obligation: &Obligation) -> Option<Step> {
        let names = |counted: &Counted<'_>| match counted.fact {
            Fact::Obligation { step: ObligationStep::Opened { obligor, .. }, .. }
            | Fact::Inspection { step: InspectionStep::StatementDetermined { obligor, .. }, .. } => {
                obligor.is_some()
            }
            Fact::Obligation { step: ObligationStep::Transferred { .. }, .. } => true,
            _ => false,
        };
        let party = obligation.obligor.as_ref()?;
        let whose =
            if obligation.domain == ServiceDomain::RegulatedProvision { "provider" } else { "authority" };
        Some(Step {
            field: format!("obligations[{}].obligor", obligation.obligation),
            because: format!("the event that opened, determined or transferred it names {}", party.name),
            rests_on: self.that(&obligation.rests_on, names),
            otherwise: vec![format!("the {whose} itself, if that event named nobody")],
            ..Step::default()
        })
    }

    /// The days of an inspection.
    pub(super) fn in_inspection(&self, inspection: &InspectionSummary) -> Vec<Step> {
        let at = |field: &str| format!("inspections[{}].{field}", inspection.inspection);
        let dated = |field: &str, event: &str, on: PartialDate, wanted: fn(&InspectionStep) -> bool| {
            let is_it =
                |counted: &Counted<'_>| matches!(counted.fact, Fact::Inspection { step, .. } if wanted(step));
            Step {
                field: at(field),
                because: format!("the day of its {event}, {on}"),
                rules: vec![FURTHEST.into()],
                rests_on: self.that(&inspection.rests_on, is_it),
                follows_from: vec![at("state")],
                otherwise: vec![format!("another day, if a field_corrected of that {event} is recorded")],
                ..Step::default()
            }
        };
        let published = inspection.published.map(|on| {
            dated("published_date", "report_published", on, |step| {
                matches!(step, InspectionStep::Published { .. })
            })
        });
        let received = inspection.received.map(|on| {
            dated("received_date", "report_received", on, |step| matches!(step, InspectionStep::Received))
        });
        published.into_iter().chain(received).collect()
    }
}

impl Why<'_, AuthorityStatus> {
    /// The values inside the pathway.
    pub(super) fn in_pathway(&self) -> Vec<Step> {
        let pathway = &self.status.pathway;
        let (since, state) = (pathway.since, plain(pathway.state.name()));
        let (because, rules): (String, Vec<Ground>) = match &pathway.pause {
            Some(pause) => (
                format!(
                    "the day from which inspections were suspended; what is paused is {} since {}",
                    plain(pause.state.name()),
                    pause.since
                ),
                vec![SUSPENDED.into(), pathway.rule.clone()],
            ),
            None => (
                format!(
                    "from {since} on the pathway was {state} without a break: from that day it followed from what counted, by the rules of that day"
                ),
                vec![pathway.rule.clone(), COUNTS_FROM.into()],
            ),
        };
        let began = |counted: &Counted<'_>| counted.happened_on == since || counted.published == Some(since);
        let since = Step {
            field: "pathway.since_date".into(),
            because,
            rules,
            rests_on: self.that(&pathway.rests_on, began),
            follows_from: vec!["pathway.state".into()],
            otherwise: vec![
                "another day, if another inspection counted before, or its report were dated otherwise"
                    .into(),
            ],
            ..Step::default()
        };
        vec![since]
    }
}
