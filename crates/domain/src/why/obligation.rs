//! Why an obligation stands where it does: its state, what met it, its due dates, its day 0.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::{Step, Why, both, either, plain, reading, states_a_date};
use crate::calendar::Holiday;
use crate::cited::{Cited, Ground};
use crate::date::{Date, PartialDate};
use crate::effects::{MET, STATED};
use crate::event::{Fact, InspectionStep};
use crate::facts::Counted;
use crate::id::EventId;
use crate::providers;
use crate::status::{Obligation, RestsOn};
use crate::terms::{ObligationKind as K, ObligationNature, ObligationState as S, PeriodUnit, ServiceDomain};

pub(super) const EXPECTED: Cited = reading(
    "What policy or practice leads one to expect is overdue when its last day, or the end of its window, has passed without it; that breaks no \
     law.",
    "ARCHITECTURE.md, Glossary: obligation",
);
pub(super) const ESTIMATED: Cited = reading(
    "Where the day of receipt is not recorded the period is counted from publication, as an estimate; no duty falls overdue by it, and an expectation is past by it.",
    "docs/decisions/0005",
);
pub(super) const ANNOUNCED: Cited = reading(
    "A bank holiday that was announced after day 0 lengthens the period from its announcement on; both dates are shown.",
    "SI 2007/462 reg 1(2), as Docket reads it (docs/decisions/0005)",
);

pub(super) const LAPSES: Cited =
    reading("A right that nobody used by its last day lapses; nobody is overdue.", "docs/decisions/0020");

/// The kinds of event that meet an obligation of a kind, by their names.
#[must_use]
pub fn met_by(kind: K) -> &'static [&'static str] {
    match kind {
        K::PublishReport | K::JarPublishReport => &["report_published_by_authority", "obligation_met"],
        K::FocusedVisitPlanDraft => &["draft_plan_submitted", "obligation_met"],
        K::WrittenStatement
        | K::FocusedVisitPlanFinal
        | K::JtaiStatement
        | K::SendWrittenStatement
        | K::SendPriorityActionPlan
        | K::Other => &["plan_submitted", "plan_published", "obligation_met"],
        K::SendMonitoring | K::SendRevisit | K::FirstMonitoringVisit | K::NextMonitoringVisit => {
            &["fieldwork_recorded"]
        }
        K::NextInspection | K::OnSiteAfterCall => &["fieldwork_recorded"],
        K::AnnualEngagement | K::ComplianceVisit | K::ReturnAfterInadequate => &["fieldwork_recorded"],
        K::Requirement => &["requirement_met"],
        K::ComplianceStep => &["compliance_step_met"],
        K::Representations => &["representations_received"],
        K::Appeal => &["appeal_lodged"],
        K::RestrictionReview => &["restriction_reviewed", "restriction_lifted"],
        K::DraftComments => &["comments_received", "report_published"],
        K::PublicationExpected => &["report_published"],
        K::PauseLimit => &["inspection_resumed", "report_published"],
        K::NoticeReview => &["progress_review_held"],
        K::CommissionerReport => &["commissioner_report_received"],
    }
}

/// The same in words, with what it has to be of.
pub(super) fn meets(kind: K) -> String {
    let of = match kind {
        K::SendMonitoring => " of an area_send_monitoring inspection",
        K::SendRevisit => " of an area_send_revisit inspection",
        K::FirstMonitoringVisit | K::NextMonitoringVisit => " of a monitoring_visit",
        K::NextInspection => " of a graded inspection",
        _ => "",
    };
    format!("{}{of}", either(met_by(kind)))
}

/// The estimated day of what is only expected, where nothing says another.
fn about(obligation: &Obligation) -> Option<Date> {
    let is_expected = obligation.nature == ObligationNature::Expectation && last(obligation).is_none();
    obligation.due_estimated.filter(|_| is_expected)
}

/// The day after which it is late, as far as the answer shows it.
pub(super) fn last(obligation: &Obligation) -> Option<Date> {
    let stated = obligation.due_stated.and_then(PartialDate::latest);
    let due = stated.max(obligation.due_computed).max(obligation.due_first_computed);
    obligation.window_closes.max(due)
}

impl<S> Why<'_, S> {
    /// Its state first, then what the state follows from.
    pub(super) fn obligation(&self, obligation: &Obligation) -> Vec<Step> {
        let at = |field: &str| format!("obligations[{}].{field}", obligation.obligation);
        let mut steps = Vec::new();
        if let Some(met) = obligation.met {
            steps.push(Step {
                field: at("met_date"),
                because: "the first day on which something that meets it is recorded to have happened".into(),
                rules: vec![rule(obligation)],
                rests_on: self.dated(&obligation.rests_on, met),
                ..Step::default()
            });
        }
        if obligation.due_stated.is_some() {
            let states = |counted: &Counted<'_>| states_a_date(counted.fact);
            steps.push(Step {
                field: at("due_stated_date"),
                because: "a document says so".into(),
                rules: vec![STATED.into()],
                rests_on: self.that(&obligation.rests_on, states),
                otherwise: vec![
                    "another day, if a due_date_stated, or a field_corrected of what states it, is recorded"
                        .into(),
                ],
                ..Step::default()
            });
        }
        steps.extend(self.counted(obligation));
        steps.extend(self.estimated(obligation));
        if obligation.trigger != PartialDate::Unknown {
            steps.push(Step {
                field: at("trigger_date"),
                because: format!("day 0 is the day of {}", trigger(obligation)),
                rules: vec![rule(obligation)],
                rests_on: both(
                    &self.dated(&obligation.rests_on, obligation.trigger),
                    &self.set_by(obligation),
                ),
                ..Step::default()
            });
        }
        let follows_from = steps.iter().map(|step| step.field.clone()).collect();
        let by_nature = match obligation.nature {
            ObligationNature::Duty => MET,
            ObligationNature::Expectation => EXPECTED,
            ObligationNature::Right => LAPSES,
        };
        let state = Step {
            field: at("state"),
            because: because(obligation, self.day),
            rules: vec![by_nature.into(), rule(obligation)],
            rests_on: obligation.rests_on.clone(),
            holidays: Vec::new(),
            follows_from,
            otherwise: otherwise(obligation, self.day),
        };
        steps.insert(0, state);
        steps
    }

    /// The events that adopted the policy, where it sets the period.
    pub(super) fn set_by(&self, obligation: &Obligation) -> RestsOn {
        let of_policy = |id: &&EventId| self.policy.rests_on.contains(id);
        obligation.rests_on.iter().filter(of_policy).copied().collect()
    }

    /// The date that is counted from publication.
    fn estimated(&self, obligation: &Obligation) -> Option<Step> {
        let estimated = obligation.due_estimated?;
        let is_publication = |counted: &Counted<'_>| {
            matches!(counted.fact, Fact::Inspection { step: InspectionStep::Published { .. }, .. })
        };
        let facts = || obligation.rests_on.iter().filter_map(|id| self.facts.get(id));
        let published =
            facts().find(|counted| is_publication(counted)).and_then(|counted| counted.happened_on.day());
        let because = match published {
            Some(published) => {
                format!("{} after publication on {published} end on {estimated}", period(obligation))
            }
            None => format!("{} after an estimate of day 0 end on {estimated}", period(obligation)),
        };
        let holidays = published
            .filter(|_| is_working(obligation))
            .map(|published| self.holidays(self.day, published, estimated));
        Some(Step {
            field: format!("obligations[{}].due_estimated_date", obligation.obligation),
            because,
            rules: vec![ESTIMATED.into(), rule(obligation)],
            rests_on: both(&self.that(&obligation.rests_on, is_publication), &self.set_by(obligation)),
            holidays: holidays.unwrap_or_default(),
            otherwise: vec!["a computed date, if a report_received is recorded".into()],
            ..Step::default()
        })
    }

    /// The dates that are counted from day 0.
    fn counted(&self, obligation: &Obligation) -> Vec<Step> {
        let at = |field: &str| format!("obligations[{}].{field}", obligation.obligation);
        let Some(day_0) = obligation.trigger.day() else { return Vec::new() };
        let step = |field: &str, due: Date, announced: Date, rules: Vec<Ground>| {
            let passed: Vec<Holiday> =
                if is_working(obligation) { self.holidays(announced, day_0, due) } else { Vec::new() };
            let over = match passed.len() {
                0 => String::new(),
                1 => " (1 bank holiday in between)".into(),
                several => format!(" ({several} bank holidays in between)"),
            };
            Step {
                field: at(field),
                because: format!("{} after {day_0} end on {due}{over}", period(obligation)),
                rules,
                rests_on: both(
                    &self.dated(&obligation.rests_on, obligation.trigger),
                    &self.set_by(obligation),
                ),
                holidays: passed,
                follows_from: vec![at("trigger_date")],
                otherwise: vec![format!("another day, if day 0 were not {day_0}")],
            }
        };
        let mut steps = Vec::new();
        if let Some(due) = obligation.due_computed {
            steps.push(step("due_computed_date", due, self.day, vec![rule(obligation)]));
        }
        if let Some(due) = obligation.due_first_computed {
            let rules = vec![rule(obligation), ANNOUNCED.into()];
            steps.push(step("due_first_computed_date", due, day_0, rules));
        }
        steps
    }
}

pub(super) fn is_working(obligation: &Obligation) -> bool {
    matches!(obligation.period, Some((_, PeriodUnit::WorkingDays)))
}

/// The row of the table, or what the document says in its place.
pub(super) fn rule(obligation: &Obligation) -> Ground {
    let what =
        if obligation.what.is_empty() { plain(obligation.kind.name()) } else { obligation.what.clone() };
    let text = match obligation.period {
        None => format!("{what}: due as stated"),
        Some(_) => format!("{what}: {} from {}", period(obligation), trigger(obligation)),
    };
    Ground { text, source: obligation.legal_basis.clone() }
}

fn period(obligation: &Obligation) -> String {
    obligation
        .period
        .map_or_else(|| "the period".to_string(), |(length, unit)| format!("{length} {}", plain(unit.name())))
}

fn trigger(obligation: &Obligation) -> &'static str {
    providers::row(obligation.kind, &obligation.legal_basis).map_or("what opened it", |rule| rule.trigger)
}

fn because(obligation: &Obligation, day: Date) -> String {
    let last = last(obligation);
    let by = last.map_or_else(String::new, |last| format!(", {last}"));
    if let Some(estimated) = about(obligation) {
        let passed = if obligation.state == S::Overdue { "has passed" } else { "has not passed" };
        return format!(
            "nothing that meets it had happened by {day}, and the day estimated for it, {estimated}, {passed}"
        );
    }
    match (obligation.state, obligation.met) {
        (S::Met, Some(met)) if last.is_some() => format!("it was met on {met}, by the last day for it{by}"),
        (S::Met, Some(met)) => format!("it was met on {met}, and there is no date after which it would be late"),
        (S::MetLate, Some(met)) => format!("it was met on {met}, after the last day for it{by}"),
        (S::Overdue, _) => format!("nothing that meets it had happened by {day}, and the last day for it{by}, has passed"),
        (S::Open, _) if last.is_some() => {
            format!("nothing that meets it had happened by {day}, and the last day for it{by}, has not passed")
        }
        (S::Open, _) => format!("nothing that meets it had happened by {day}, and nothing says by when it is due"),
        (S::Lapsed, _) => format!("nobody used it by the last day for it{by}"),
        (S::Waived, _) => "a decision that it need not be met is recorded".into(),
        (S::Transferred, _) => "it passed to somebody else".into(),
        (S::Superseded, _) => "something else took its place".into(),
        (S::Voided, _) => "what opened it was voided, and nothing stands in its place".into(),
        (S::NotKnown, _) => {
            "no day 0 is recorded, the estimate has passed or there is none, and nothing says whether it was met".into()
        }
        (S::Met | S::MetLate, None) => "it was met".into(),
    }
}

fn otherwise(obligation: &Obligation, day: Date) -> Vec<String> {
    match obligation.nature {
        ObligationNature::Expectation => return unexpected(obligation, day),
        ObligationNature::Right => return unused(obligation, day),
        ObligationNature::Duty => {}
    }
    let mut lines = by_state(obligation, day);
    let is_open = matches!(obligation.state, S::Open | S::Overdue | S::NotKnown);
    // No such event is of a provider.
    if is_open && obligation.domain != ServiceDomain::RegulatedProvision {
        lines.push(DECIDED.into());
    }
    lines
}

/// What has come is history, and no longer listed as expected.
fn unexpected(obligation: &Obligation, day: Date) -> Vec<String> {
    let then = match obligation.kind {
        K::NoticeReview => "due on a later day",
        _ => "no longer listed",
    };
    let come =
        format!("{then}, if a {} is recorded that happened on or before {day}", meets(obligation.kind));
    let passed = last(obligation).map(|last| match obligation.state {
        S::Overdue => format!("open, on any day up to {last}"),
        _ => format!("overdue, on any day after {last} if by then nothing that meets it has happened"),
    });
    let estimated = about(obligation).map(|estimated| match obligation.state {
        S::Overdue => format!("open, on any day up to {estimated}, which is an estimate"),
        _ => format!(
            "past by the estimate, on any day after {estimated} if by then nothing that meets it has happened"
        ),
    });
    [come].into_iter().chain(passed).chain(estimated).collect()
}

/// A right is used, or lapses.
fn unused(obligation: &Obligation, day: Date) -> Vec<String> {
    let used = |by: Date| {
        format!("met, if a {} is recorded that happened on or before {by}", meets(obligation.kind))
    };
    match (obligation.state, last(obligation)) {
        (S::Met | S::MetLate, _) => {
            vec!["open, or lapsed by its last day, if nothing that meets it counted".into()]
        }
        (S::Lapsed, Some(last)) => vec![used(last), format!("open, on any day up to {last}")],
        (_, Some(last)) => {
            vec![used(day), format!("lapsed, on any day after {last} if by then nobody has used it")]
        }
        (_, None) => vec![used(day)],
    }
}

fn by_state(obligation: &Obligation, day: Date) -> Vec<String> {
    let meets = meets(obligation.kind);
    let on = |until: Date| format!("a {meets} is recorded that happened on or before {until}");
    match (obligation.state, last(obligation)) {
        (S::Overdue, Some(last)) => vec![
            format!("met, if {}", on(last)),
            format!("met late, if {} and after {last}", on(day)),
            format!("open, on any day up to {last}"),
        ],
        (S::Open, Some(last)) => vec![
            format!("met, if {}{}", on(day.min(last)), if day < last { format!("; in time up to {last}") } else { String::new() }),
            format!("overdue, on any day after {last} if by then nothing that meets it has happened"),
        ],
        (S::Open | S::NotKnown | S::Overdue, _) => vec![
            format!("met, if {}", on(day)),
            "with a last day for it, if day 0 (report_received) or a stated date (due_date_stated) is recorded".into(),
        ],
        (S::Met, Some(last)) => vec![
            format!("met late, if what met it had happened after {last}"),
            format!("{}, if nothing that meets it counted", if last < day { "overdue" } else { "open" }),
        ],
        (S::MetLate, Some(last)) => vec![
            format!("met, if what met it had happened on or before {last}"),
            "overdue, if nothing that meets it counted".into(),
        ],
        (S::Met | S::MetLate, None) => vec!["open, if nothing that meets it counted".into()],
        (S::Lapsed, _) => vec![format!("met, if {}", on(day))],
        (S::Waived | S::Transferred | S::Superseded, _) => {
            vec!["open, overdue, met or met late by its dates, if the event that decided it were voided".into()]
        }
        (S::Voided, _) => vec!["as its dates say, if what opened it is recorded anew".into()],
    }
}

const DECIDED: &str = "waived, transferred or superseded, if an obligation_waived, obligation_transferred or obligation_superseded is recorded";
