//! Why an authority exists, who delivers its services, how an instrument stands, which cases there are, what comes next.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::{Step, Why, plain, reading};
use crate::cited::{Cited, Ground};
use crate::effects::{ABOLISHED, CODES, CONCERN, EXEMPTED, LIABLE, REGISTERED, STANDS};
use crate::status::{AuthorityStatus, Concern, Delivery, Exemption, Instrument, NextDue, Uncertainty};
use crate::terms::{EndedHow, ExistenceState, InstrumentKind, PathwayState, Standing};

pub(super) const CASE: Cited = reading(
    "A case is open while the authority is in monitoring, or under a notice, a direction, supervision or a commissioner of his own; what \
     touches or overlaps is one case.",
    "Docket's own word: ARCHITECTURE.md, Glossary",
);
pub(super) const ROUGH: Cited = reading(
    "Of a day that is not known only what is sure on every possible day is said.",
    "docs/decisions/0005",
);

impl Why<'_, AuthorityStatus> {
    pub(super) fn existence(&self) -> Vec<Step> {
        let existence = &self.status.existence;
        let day = self.day;
        let (because, otherwise) = match existence.state {
            ExistenceState::Exists => (
                format!(
                    "it is registered from {}, and no succession to others had happened by {day}",
                    existence.from
                ),
                format!("closed, if an authority_succeeded is recorded that happened on or before {day}"),
            ),
            ExistenceState::Closed => (
                format!("others succeeded it on {}", existence.closed),
                format!("exists, on any day before {}, or if the succession were voided", existence.closed),
            ),
            ExistenceState::NotYet => (
                format!("it is registered for no day up to {day}"),
                format!("exists, if an authority_registered is recorded that happened on or before {day}"),
            ),
        };
        let state = Step {
            field: "existence.state".into(),
            because,
            rules: vec![REGISTERED.into(), ABOLISHED.into()],
            rests_on: existence.rests_on.clone(),
            otherwise: vec![otherwise],
            ..Step::default()
        };
        let authority = Step {
            field: "authority".into(),
            because: format!("the register names it so, with the codes valid on {day}"),
            rules: vec![CODES.into()],
            rests_on: existence.rests_on.clone(),
            otherwise: vec![format!(
                "another code, if an authority_code_changed is recorded that happened on or before {day}"
            )],
            ..Step::default()
        };
        let delivery = existence.delivery.iter().map(|delivery| self.delivery(delivery));
        [authority, state].into_iter().chain(delivery).collect()
    }

    fn delivery(&self, delivery: &Delivery) -> Step {
        Step {
            field: format!("existence.delivery[{}].standing", delivery.arrangement),
            because: self.stands(
                delivery.standing,
                &delivery.from.to_string(),
                delivery.to.map(|to| to.to_string()),
            ),
            rules: vec![LIABLE.into()],
            rests_on: delivery.rests_on.clone(),
            otherwise: vec![self.ends(delivery.standing, &["delivery_arrangement_ended"])],
            ..Step::default()
        }
    }

    pub(super) fn instrument(&self, instrument: &Instrument) -> Step {
        let mut because = self.stands(
            instrument.standing,
            &instrument.from.to_string(),
            instrument.to.map(|to| to.to_string()),
        );
        if let Some(how) = instrument.ended_how.filter(|_| instrument.standing == Standing::Ended) {
            because.push_str(match how {
                EndedHow::Lifted => ": lifted",
                EndedHow::Revoked => ": revoked",
                EndedHow::Expired => ": expired",
                EndedHow::Replaced => ": replaced",
                EndedHow::Ended => ": the appointment or period ended",
                EndedHow::AuthorityClosed => {
                    ": the authority was abolished, and it was not listed as passing on"
                }
                EndedHow::CarriedOver => ": the authority was abolished, and it passed on",
            });
        }
        if let Some(by) = &instrument.replaced_by {
            because.push_str(&format!("; {by} replaced it"));
        }
        let basis = Ground {
            text: format!("{}: the law or policy under which it stands", plain(instrument.kind.name())),
            source: instrument.legal_basis.to_string(),
        };
        let by = instrument.replaced_by.iter().map(|by| format!("instruments[{by}].standing"));
        Step {
            field: format!("instruments[{}].standing", instrument.instrument),
            because,
            rules: vec![STANDS.into(), basis],
            rests_on: instrument.rests_on.clone(),
            follows_from: by.collect(),
            otherwise: vec![self.ends(instrument.standing, ended_by(instrument.kind))],
            ..Step::default()
        }
    }

    pub(super) fn cases(&self) -> Vec<Step> {
        let day = self.day;
        let in_force =
            self.status.instruments.iter().filter(|instrument| instrument.standing != Standing::Ended);
        let keeps: Vec<String> = in_force
            .map(|instrument| format!("instruments[{}].standing", instrument.instrument))
            .chain(
                (self.status.pathway.unpaused().0 == PathwayState::Monitoring)
                    .then(|| "pathway.state".into()),
            )
            .collect();
        let mut steps = Vec::new();
        for case in &self.status.cases {
            let rests_on = [case.opening_event].into_iter().chain(case.closing_event).collect();
            let (because, follows_from, otherwise) = match case.closed {
                Some(closed) => (
                    format!("it was opened on {}, and from {closed} on nothing kept it open", case.opened),
                    Vec::new(),
                    format!("open, if monitoring or an instrument had gone on after {closed}"),
                ),
                None => (
                    format!("it was opened on {}, and something has kept it open up to {day}", case.opened),
                    keeps.clone(),
                    format!("closed, if what keeps it open had ended on or before {day}"),
                ),
            };
            let step = Step {
                field: format!("cases[{}]", case.number),
                because,
                rules: vec![CASE.into()],
                rests_on,
                follows_from,
                otherwise: vec![otherwise],
                ..Step::default()
            };
            if case.closed.is_none() {
                steps.push(Step { field: "open_case".into(), ..step.clone() });
            }
            steps.push(step);
        }
        steps
    }
}

impl<S> Why<'_, S> {
    pub(super) fn stands(&self, standing: Standing, from: &str, to: Option<String>) -> String {
        let day = self.day;
        match (standing, to) {
            (Standing::InForce, _) => format!("it began on {from}, and no end of it had happened by {day}"),
            (Standing::Ended, Some(to)) => format!("it began on {from} and ended on {to}"),
            (Standing::Ended, None) => format!("it began on {from} and has ended"),
            (Standing::Uncertain, to) => {
                let to = to.map_or_else(String::new, |to| format!(" or the day of its end ({to})"));
                format!(
                    "the day on which it began ({from}){to}, or on which that was published, is known too roughly to say for {day}"
                )
            }
        }
    }

    pub(super) fn ends(&self, standing: Standing, by: &[&str]) -> String {
        let day = self.day;
        match standing {
            Standing::InForce => {
                format!(
                    "in force until {} is recorded; ended, if that happened on or before {day}",
                    super::either(by)
                )
            }
            Standing::Ended => format!("in force, if its end had happened after {day} or were voided"),
            Standing::Uncertain => "in force or ended, if the day were known".to_string(),
        }
    }

    pub(super) fn next_due(&self, next: &NextDue) -> Step {
        let of = match (&next.obligation, &next.instrument) {
            (Some(obligation), _) => (obligation.to_string(), format!("obligations[{obligation}].state")),
            (None, Some(instrument)) => {
                (instrument.to_string(), format!("instruments[{instrument}].standing"))
            }
            (None, None) => (next.what.clone(), String::new()),
        };
        Step {
            field: format!("next_due[{}]", of.0),
            because: format!("it is open, and its date is {}", next.due),
            rules: vec![Ground { text: next.what.clone(), source: next.legal_basis.clone() }],
            rests_on: next.rests_on.clone(),
            follows_from: [of.1].into_iter().filter(|field| !field.is_empty()).collect(),
            otherwise: vec![match next.obligation {
                Some(_) => "gone, if it is met or no longer open; on another day, if its due date is".into(),
                None => "gone, if it had ended; on another day, if its last day were another".into(),
            }],
            ..Step::default()
        }
    }

    /// Uses of relaxed regulations, and concerns.
    pub(super) fn beside(&self, exemptions: &[Exemption], concerns: &[Concern]) -> Vec<Step> {
        let exemptions = exemptions.iter().map(|exemption| Step {
            field: format!("exemptions[{}]", exemption.used.exemption),
            because: match exemption.lapse {
                Some(lapse)
                    if exemption.used.until.latest().is_some_and(|last| last < lapse.min(self.day)) =>
                {
                    format!("it began on {}, and its last day was {}", exemption.from, exemption.used.until)
                }
                Some(lapse) => {
                    format!("it began on {}, and the relaxation lapses on {lapse}", exemption.from)
                }
                None => {
                    format!("it began on {}, and no relaxation was in force by {}", exemption.from, self.day)
                }
            },
            rules: [EXEMPTED.into()]
                .into_iter()
                .chain(exemption.lapse.map(|_| Ground {
                    text: plain(exemption.used.flexibility.name()),
                    source: exemption.legal_basis.into(),
                }))
                .collect(),
            rests_on: exemption.rests_on.clone(),
            ..Step::default()
        });
        let concerns = concerns.iter().map(|concern| Step {
            field: format!("concerns[{}]", concern.concern.concern),
            because: format!("it was received on {}", concern.received),
            rules: vec![CONCERN.into()],
            rests_on: concern.rests_on.clone(),
            ..Step::default()
        });
        exemptions.chain(concerns).collect()
    }

    pub(super) fn uncertainty(&self, uncertainty: &Uncertainty) -> Step {
        Step {
            field: format!("uncertainties[{}]", uncertainty.event),
            because: uncertainty.description.clone(),
            rules: vec![ROUGH.into()],
            rests_on: vec![uncertainty.event],
            otherwise: vec!["certain, if a field_corrected with the day is recorded".into()],
            ..Step::default()
        }
    }
}

/// The kinds of event that end an instrument of a kind.
fn ended_by(kind: InstrumentKind) -> &'static [&'static str] {
    match kind {
        InstrumentKind::ImprovementNotice | InstrumentKind::Direction | InstrumentKind::FlexibilityLetter => {
            &[
                "an instrument_lifted",
                "an instrument_revoked",
                "an instrument_expired",
                "an instrument_replaced",
            ]
        }
        InstrumentKind::Commissioner => &["a commissioner_ended"],
        InstrumentKind::Adviser => &["an adviser_ended"],
        InstrumentKind::Supervision => &["a supervision_ended"],
        InstrumentKind::Trust => &["a delivery_arrangement_ended"],
    }
}
