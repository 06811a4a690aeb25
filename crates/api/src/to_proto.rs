//! From values of the domain to the wire: answers as messages.

pub mod action_plan;
pub mod intervals;
pub mod plan;

use docket_domain::date::{Date, PartialDate};
use docket_domain::event::{DateRange, Party};
use docket_domain::status as domain;
use docket_domain::terms::{CodeScheme, PeriodUnit};
use jiff::Timestamp;

use crate::pb;

mod interim;
pub mod priority;
mod provider;

pub use provider::{provider_ref, provider_status};

/// The whole answer.
#[must_use]
pub fn status(status: &domain::AuthorityStatus) -> pb::AuthorityStatus {
    let open_case = status.cases.iter().rfind(|case| case.closed.is_none());
    pb::AuthorityStatus {
        authority: Some(authority_ref(&status.authority)),
        as_of: Some(as_of(&status.as_of)),
        existence: Some(existence(&status.existence)),
        profile: Some(profile(status.profile.as_ref())),
        send_profile: Some(profile(status.send_profile.as_ref())),
        pathway: Some(pathway(&status.pathway)),
        obligations: status.obligations.iter().map(obligation).collect(),
        instruments: status.instruments.iter().map(instrument).collect(),
        open_case: open_case.map(case),
        cases: status.cases.iter().map(case).collect(),
        next_due: status.next_due.iter().map(next_due).collect(),
        inspections: status.inspections.iter().map(inspection_summary).collect(),
        uncertainties: status.uncertainties.iter().map(uncertainty).collect(),
        exemptions: status.exemptions.iter().map(interim::exemption).collect(),
        concerns: status.concerns.iter().map(interim::concern).collect(),
    }
}

/// Which answer it is, filled in so that it can be asked again.
#[must_use]
pub fn as_of(as_of: &domain::AsOf) -> pb::AsOf {
    pb::AsOf {
        effective_date: Some(day(as_of.effective)),
        known_time: Some(timestamp(as_of.known_at)),
        known_position: as_of.known_position.0,
        basis: as_of.basis.number(),
        view: as_of.view.number(),
    }
}

/// Who is meant.
#[must_use]
pub fn authority_ref(authority: &domain::AuthorityRef) -> pb::AuthorityRef {
    let code = |scheme: CodeScheme| {
        let found = authority.codes.iter().find(|code| code.0 == scheme);
        found.map(|code| code.1.clone()).unwrap_or_default()
    };
    pb::AuthorityRef {
        id: authority.id.to_string(),
        name: authority.name.clone(),
        gss_code: code(CodeScheme::Gss),
        dfe_number: code(CodeScheme::DfeNumber),
        ofsted_urn: code(CodeScheme::OfstedUrn),
        region: authority.region.clone(),
        kind: authority.kind.map_or(0, |kind| kind.number()),
    }
}

/// Whether the authority exists.
#[must_use]
pub fn existence(existence: &domain::Existence) -> pb::Existence {
    pb::Existence {
        state: existence.state.number(),
        from_date: date(existence.from),
        closed_date: date(existence.closed),
        successors: texts(&existence.successors),
        predecessors: texts(&existence.predecessors),
        delivery: existence.delivery.iter().map(delivery).collect(),
        rests_on: texts(&existence.rests_on),
    }
}

/// Who delivers the services.
#[must_use]
pub fn delivery(delivery: &domain::Delivery) -> pb::Delivery {
    pb::Delivery {
        arrangement: delivery.arrangement.to_string(),
        body: delivery.body.clone(),
        kind: delivery.kind.number(),
        basis: delivery.basis.map_or(0, |basis| basis.number()),
        from_date: date(delivery.from),
        to_date: delivery.to.and_then(date),
        also_serves: texts(&delivery.also_serves),
        standing: delivery.standing.number(),
        rests_on: texts(&delivery.rests_on),
    }
}

/// The judgements that count; without a profile, the answer that nothing counts.
#[must_use]
pub fn profile(profile: Option<&domain::Profile>) -> pb::JudgementProfile {
    let Some(profile) = profile else {
        return pb::JudgementProfile::default();
    };
    pb::JudgementProfile {
        inspected: true,
        inspection: profile.inspection.to_string(),
        kind: profile.kind.number(),
        framework: profile.framework.map_or(0, |framework| framework.number()),
        fieldwork_date: date(profile.fieldwork),
        published_date: profile.published.and_then(date),
        counts_from_date: date(profile.counts_from),
        grades: profile.grades.iter().map(profile_grade).collect(),
        rests_on: texts(&profile.rests_on),
        uncertain: profile.uncertain,
    }
}

fn profile_grade(grade: &domain::ProfileGrade) -> pb::ProfileGrade {
    pb::ProfileGrade {
        kind: grade.kind.number(),
        grade: grade.grade.number(),
        raw_text: grade.raw_text.clone(),
        rests_on: texts(&grade.rests_on),
    }
}

/// What Ofsted does next.
#[must_use]
pub fn pathway(pathway: &domain::Pathway) -> pb::Pathway {
    pb::Pathway {
        state: pathway.state.number(),
        since_date: date(pathway.since),
        rule: pathway.rule.to_string(),
        open_priority_actions: pathway.open_priority_actions.iter().map(priority_action).collect(),
        monitoring_visits: pathway.monitoring_visits,
        usual_monitoring_visits: pathway.usual_monitoring_visits.as_ref().map(|usual| pb::UsualVisits {
            count: usual.count,
            made: usual.made,
            source: usual.source.clone(),
            mark: plan::mark(usual.mark).into(),
            rests_on: texts(&usual.rests_on),
        }),
        rests_on: texts(&pathway.rests_on),
        uncertain: pathway.uncertain,
        pause: pathway.pause.as_ref().map(|pause| pb::PathwayPause {
            paused_state: pause.state.number(),
            paused_since_date: date(pause.since),
            paused_rule: pause.rule.to_string(),
            suspensions: pause.suspensions.iter().map(suspension).collect(),
        }),
    }
}

fn suspension(suspension: &domain::Suspension) -> pb::Suspension {
    let what = &suspension.suspended;
    pb::Suspension {
        suspension: what.suspension.to_string(),
        frameworks: what.frameworks.iter().map(|framework| framework.number()).collect(),
        kinds: what.kinds.iter().map(|kind| kind.number()).collect(),
        from_date: date(suspension.from),
        planned_end_date: date(what.planned_end),
        reason: what.reason.clone(),
        legal_basis: what.legal_basis.clone(),
        rests_on: texts(&suspension.rests_on),
    }
}

fn priority_action(action: &domain::PriorityAction) -> pb::PriorityAction {
    pb::PriorityAction {
        inspection: action.inspection.to_string(),
        reference: action.reference.clone(),
        text: action.text.clone(),
        domain: action.domain.number(),
        since_date: date(action.since),
        rests_on: texts(&action.rests_on),
    }
}

/// An instrument or appointment.
#[must_use]
pub fn instrument(instrument: &domain::Instrument) -> pb::Instrument {
    pb::Instrument {
        instrument: instrument.instrument.to_string(),
        kind: instrument.kind.number(),
        domain: instrument.domain.number(),
        standing: instrument.standing.number(),
        from_date: date(instrument.from),
        to_date: instrument.to.and_then(date),
        ended_how: instrument.ended_how.map_or(0, |how| how.number()),
        replaces: text(instrument.replaces.as_ref()),
        replaced_by: text(instrument.replaced_by.as_ref()),
        powers: instrument.powers.iter().map(|power| power.number()).collect(),
        holder: instrument.holder.clone(),
        term_end_date: date(instrument.term_end),
        legal_basis: instrument.legal_basis.to_owned(),
        rests_on: texts(&instrument.rests_on),
        variations: instrument.variations.clone(),
    }
}

/// Something owed or expected by a day.
#[must_use]
pub fn obligation(obligation: &domain::Obligation) -> pb::Obligation {
    let (period_length, period_unit) = obligation.period.unzip();
    let stated = obligation.due_stated;
    pb::Obligation {
        obligation: obligation.obligation.to_string(),
        kind: obligation.kind.number(),
        domain: obligation.domain.number(),
        state: obligation.state.number(),
        nature: obligation.nature.number(),
        obligor: obligation.obligor.as_ref().map(party),
        what: obligation.what.clone(),
        trigger_date: date(obligation.trigger),
        period_length: period_length.unwrap_or(0),
        period_unit: period_unit.map_or(0, PeriodUnit::number),
        due_stated_date: stated.and_then(date),
        due_computed_date: obligation.due_computed.map(day),
        due_first_computed_date: obligation.due_first_computed.map(day),
        due_estimated_date: obligation.due_estimated.map(day),
        due_earliest_date: obligation.due_between.map(|(first, _)| day(first)),
        due_latest_date: obligation.due_between.map(|(_, last)| day(last)),
        stated_difference_working_days: obligation.stated_difference_working_days.unwrap_or(0),
        dates_differ: stated
            .zip(obligation.due_computed)
            .is_some_and(|(stated, computed)| differ(stated, computed)),
        draft_submitted_date: obligation.draft_submitted.and_then(date),
        submitted_date: obligation.submitted.and_then(date),
        published_date: obligation.published.and_then(date),
        met_date: obligation.met.and_then(date),
        review_outcome: obligation.review_outcome.map_or(0, |outcome| outcome.number()),
        days_overdue: obligation.days_overdue,
        legal_basis: obligation.legal_basis.clone(),
        mark: obligation.mark.map_or(pb::RuleMark::Unspecified, plan::mark).into(),
        rests_on: texts(&obligation.rests_on),
        uncertain: obligation.uncertain,
        window_opens_date: obligation.window_opens.map(day),
        window_closes_date: obligation.window_closes.map(day),
    }
}

/// Whether a date, as far as it is known, cannot be this day.
fn differ(stated: PartialDate, computed: Date) -> bool {
    let earlier = stated.latest().is_some_and(|latest| latest < computed);
    let later = stated.earliest().is_some_and(|earliest| computed < earliest);
    earlier || later
}

fn party(party: &Party) -> pb::Party {
    pb::Party { name: party.name.clone(), authority: text(party.authority.as_ref()) }
}

/// A period in monitoring or under an instrument.
#[must_use]
pub fn case(case: &domain::Case) -> pb::Case {
    pb::Case {
        number: case.number,
        opened_date: date(case.opened),
        closed_date: case.closed.and_then(date),
        opening_event: case.opening_event.to_string(),
        closing_event: text(case.closing_event.as_ref()),
        uncertain: case.uncertain,
    }
}

/// What comes next.
#[must_use]
pub fn next_due(next: &domain::NextDue) -> pb::NextDue {
    pb::NextDue {
        due_date: Some(day(next.due)),
        what: next.what.clone(),
        obligation: text(next.obligation.as_ref()),
        instrument: text(next.instrument.as_ref()),
        nature: next.nature.number(),
        legal_basis: next.legal_basis.clone(),
        rests_on: texts(&next.rests_on),
    }
}

/// An inspection or visit.
#[must_use]
pub fn inspection_summary(inspection: &domain::InspectionSummary) -> pb::InspectionSummary {
    pb::InspectionSummary {
        inspection: inspection.inspection.to_string(),
        kind: inspection.kind.map_or(0, |kind| kind.number()),
        framework: inspection.framework.map_or(0, |framework| framework.number()),
        state: inspection.state.number(),
        fieldwork: inspection.fieldwork.iter().copied().map(range).collect(),
        received_date: inspection.received.and_then(date),
        published_date: inspection.published.and_then(date),
        theme: inspection.theme.clone(),
        unpublished: inspection.unpublished,
        rests_on: texts(&inspection.rests_on),
    }
}

/// Why a part of an answer is not certain.
#[must_use]
pub fn uncertainty(uncertainty: &domain::Uncertainty) -> pb::Uncertainty {
    pb::Uncertainty { event_id: uncertainty.event.to_string(), description: uncertainty.description.clone() }
}

fn range(range: DateRange) -> pb::DateRange {
    pb::DateRange { first_date: date(range.first), last_date: date(range.last) }
}

/// An instant.
#[must_use]
pub fn timestamp(instant: Timestamp) -> prost_types::Timestamp {
    // The wire counts the part of a second forward, jiff counts it backward before 1970.
    let whole = instant.as_nanosecond().div_euclid(1_000_000_000);
    let nanos = instant.as_nanosecond().rem_euclid(1_000_000_000);
    prost_types::Timestamp {
        seconds: i64::try_from(whole).unwrap_or(i64::MAX),
        nanos: i32::try_from(nanos).unwrap_or(0),
    }
}

/// A date, where anything is known of it.
#[must_use]
pub fn date(date: PartialDate) -> Option<pb::Date> {
    let (year, month, day) = date.parts();
    (date != PartialDate::Unknown).then_some(pb::Date { year, month, day })
}

/// A whole date.
#[must_use]
pub fn day(day: Date) -> pb::Date {
    pb::Date { year: day.year().into(), month: day.month().into(), day: day.day().into() }
}

fn text<T: ToString>(key: Option<&T>) -> String {
    key.map(T::to_string).unwrap_or_default()
}

fn texts<T: ToString>(keys: &[T]) -> Vec<String> {
    keys.iter().map(T::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::date::PartialDate;

    #[test]
    fn an_instant_before_1970_counts_its_part_of_a_second_forward() {
        let instant = Timestamp::new(-2, -250_000_000).unwrap();
        let wire = timestamp(instant);
        assert_eq!((wire.seconds, wire.nanos), (-3, 750_000_000));
        assert_eq!(crate::from_proto::timestamp(&wire), Some(instant));
    }

    #[test]
    fn a_date_is_as_long_as_it_is_known() {
        let parts = |date: Option<pb::Date>| date.map(|d| (d.year, d.month, d.day));
        assert_eq!(date(PartialDate::Unknown), None);
        assert_eq!(parts(date(PartialDate::Month(2018, 8))), Some((2018, 8, 0)));
        assert_eq!(parts(Some(day(Date::constant(2018, 8, 5)))), Some((2018, 8, 5)));
    }

    #[test]
    fn a_stated_month_differs_only_from_days_outside_it() {
        let stated = PartialDate::Month(2018, 8);
        assert!(!differ(stated, Date::constant(2018, 8, 31)));
        assert!(differ(stated, Date::constant(2018, 9, 1)));
        assert!(!differ(PartialDate::Unknown, Date::constant(2018, 9, 1)));
    }

    #[test]
    fn without_a_profile_the_answer_says_that_nothing_counts() {
        assert!(!profile(None).inspected);
    }
}
