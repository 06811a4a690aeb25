//! Answers about regulated providers.

use docket_domain::event::ProviderDetails;
use docket_domain::providers::status as domain;

use super::{
    as_of, date, inspection_summary, interim, next_due, obligation, profile, suspension, text, texts,
    uncertainty,
};
use crate::pb;

/// The whole answer.
#[must_use]
pub fn provider_status(status: &domain::ProviderStatus) -> pb::ProviderStatus {
    pb::ProviderStatus {
        provider: Some(provider_ref(&status.provider)),
        as_of: Some(as_of(&status.as_of)),
        registration: Some(registration(&status.registration)),
        profile: Some(profile(status.profile.as_ref())),
        interim: status.interim.as_ref().map(|interim| profile(Some(interim))),
        measures: status.measures.iter().map(measure).collect(),
        requirements: status.requirements.iter().map(requirement).collect(),
        recommendations: status.recommendations.iter().map(recommendation).collect(),
        obligations: status.obligations.iter().map(obligation).collect(),
        next_due: status.next_due.iter().map(next_due).collect(),
        inspections: status.inspections.iter().map(inspection_summary).collect(),
        uncertainties: status.uncertainties.iter().map(uncertainty).collect(),
        exemptions: status.exemptions.iter().map(interim::exemption).collect(),
        concerns: status.concerns.iter().map(interim::concern).collect(),
        suspensions: status.suspensions.iter().map(suspension).collect(),
    }
}

/// Who is meant.
#[must_use]
pub fn provider_ref(provider: &domain::ProviderRef) -> pb::ProviderRef {
    pb::ProviderRef { urn: provider.urn.to_string(), details: Some(details(&provider.details)) }
}

fn details(details: &ProviderDetails) -> pb::ProviderDetails {
    pb::ProviderDetails {
        name: details.name.clone(),
        kind: details.kind.map_or(0, |kind| kind.number()),
        authority: text(details.authority.as_ref()),
        sector: details.sector.map_or(0, |sector| sector.number()),
        owner: details.owner.clone(),
        places: details.places.unwrap_or(0),
        education_urn: details.education_urn.clone(),
    }
}

fn registration(registration: &domain::Registration) -> pb::Registration {
    pb::Registration {
        state: registration.state.number(),
        from_date: date(registration.from),
        cancelled_date: date(registration.cancelled),
        how: registration.how.map_or(0, |how| how.number()),
        rests_on: texts(&registration.rests_on),
        uncertain: registration.uncertain,
        details_rest_on: texts(&registration.details_rest_on),
        listed_date: date(registration.listed),
    }
}

fn measure(measure: &domain::Measure) -> pb::Measure {
    let step = |step: &domain::MeasureStep| pb::MeasureStep {
        reference: step.reference.clone(),
        text: step.text.clone(),
        due_date: date(step.due),
        met_date: step.met.and_then(date),
        met: step.met.is_some(),
    };
    pb::Measure {
        measure: measure.measure.to_string(),
        kind: measure.kind.number(),
        standing: measure.standing.number(),
        stage: measure.stage.number(),
        from_date: date(measure.from),
        to_date: measure.to.and_then(date),
        end_date: date(measure.end),
        text: measure.text.clone(),
        proposal: measure.proposal.map_or(0, |proposal| proposal.number()),
        outcome: measure.outcome.clone(),
        steps: measure.steps.iter().map(step).collect(),
        urgent: measure.urgent,
        under: text(measure.under.as_ref()),
        legal_basis: measure.legal_basis.to_owned(),
        rests_on: texts(&measure.rests_on),
    }
}

fn requirement(requirement: &domain::Requirement) -> pb::Requirement {
    pb::Requirement {
        inspection: requirement.inspection.to_string(),
        reference: requirement.reference.clone(),
        text: requirement.text.clone(),
        regulation: requirement.regulation.clone(),
        due_date: date(requirement.due),
        met_date: requirement.met.and_then(date),
        met: requirement.met.is_some(),
        rests_on: texts(&requirement.rests_on),
    }
}

fn recommendation(recommendation: &domain::Recommendation) -> pb::Recommendation {
    pb::Recommendation {
        inspection: recommendation.inspection.to_string(),
        reference: recommendation.reference.clone(),
        text: recommendation.text.clone(),
        rests_on: texts(&recommendation.rests_on),
    }
}
