//! Events of regulated providers: registration, requirements, measures of enforcement.

use docket_domain::date::PartialDate;
use docket_domain::event::{
    ComplianceStep, Fact, InspectionStep, Measure, MeasureStep as Step, ProviderDetails,
};
use docket_domain::id::MeasureKey;
use docket_domain::terms::{MeasureKind, ProviderKind};

use super::fields::Fields;
use crate::pb;

fn fact(measure: Option<MeasureKey>, step: Step) -> Option<Fact> {
    let measure = measure?;
    Some(Fact::Measure { measure, step })
}

/// Which measure a message is about.
fn named(f: &mut Fields<'_>, text: &str) -> Option<MeasureKey> {
    f.key("measure", text)
}

/// A step with words that the rules do not read.
fn worded(f: &mut Fields<'_>, measure: &str, (field, text): (&str, &str), step: Step) -> Option<Fact> {
    f.text(field, text);
    fact(named(f, measure), step)
}

/// A step of which nothing is kept but that it happened.
pub(super) fn bare(f: &mut Fields<'_>, measure: &str, step: Step) -> Option<Fact> {
    fact(named(f, measure), step)
}

pub(super) fn registered(f: &mut Fields<'_>, m: &pb::ProviderRegistered) -> Option<Fact> {
    let details = details(f, m.details.as_ref())?;
    if details.kind.is_none() {
        f.demand("details.kind", "is required: what is it registered as?");
    }
    Some(Fact::ProviderRegistered(details))
}

pub(super) fn changed(f: &mut Fields<'_>, m: &pb::ProviderChanged) -> Option<Fact> {
    let details = details(f, m.details.as_ref())?;
    if details == ProviderDetails::default() {
        f.demand("details", "holds what changed: at least one field");
    }
    Some(Fact::ProviderChanged(details))
}

pub(super) fn listed(f: &mut Fields<'_>, m: &pb::ProviderListed) -> Option<Fact> {
    let details = details(f, m.details.as_ref())?;
    if details == ProviderDetails::default() {
        f.demand("details", "holds what the list says of it: at least one field");
    }
    Some(Fact::ProviderListed(details))
}

fn details(f: &mut Fields<'_>, m: Option<&pb::ProviderDetails>) -> Option<ProviderDetails> {
    let left_out = pb::ProviderDetails::default();
    let m = m.unwrap_or(&left_out);
    let f = &mut f.within("details");
    Some(ProviderDetails {
        name: f.name("name", &m.name),
        kind: f.optional_term::<ProviderKind>("kind", m.kind),
        authority: f.optional_key("authority", &m.authority),
        sector: f.optional_term("sector", m.sector),
        owner: f.name("owner", &m.owner),
        places: (m.places > 0).then_some(m.places),
        education_urn: f.name("education_urn", &m.education_urn),
    })
}

pub(super) fn cancelled(f: &mut Fields<'_>, m: &pb::RegistrationCancelled) -> Option<Fact> {
    let how = f.optional_term("how", m.how);
    f.optional_key::<MeasureKey>("measure", &m.measure);
    f.text("reason", &m.reason);
    Some(Fact::RegistrationCancelled { how })
}

pub(super) fn restored(f: &mut Fields<'_>, m: &pb::RegistrationRestored) -> Option<Fact> {
    f.text("reason", &m.reason);
    Some(Fact::RegistrationRestored)
}

pub(super) fn requirement_made(f: &mut Fields<'_>, m: &pb::RequirementMade) -> Option<Fact> {
    let inspection = f.key("inspection", &m.inspection);
    let reference = f.required_name("reference", &m.reference);
    if reference.parse::<MeasureKey>().is_err() {
        f.demand("reference", "is letters, digits, '-', '_' and '.', as in 1 or reg-12");
    }
    let step = InspectionStep::RequirementMade {
        reference,
        text: f.text("text", &m.text),
        regulation: f.text("regulation", &m.regulation),
        due: f.date("due_date", m.due_date.as_ref()),
    };
    Some(Fact::Inspection { inspection: inspection?, step })
}

pub(super) fn requirement_met(f: &mut Fields<'_>, m: &pb::RequirementMet) -> Option<Fact> {
    let inspection = f.key("inspection", &m.inspection);
    let reference = f.required_name("reference", &m.reference);
    f.text("basis", &m.basis);
    Some(Fact::Inspection { inspection: inspection?, step: InspectionStep::RequirementMet { reference } })
}

pub(super) fn recommendation_made(f: &mut Fields<'_>, m: &pb::RecommendationMade) -> Option<Fact> {
    let inspection = f.key("inspection", &m.inspection);
    let reference = f.required_name("reference", &m.reference);
    let text = f.text("text", &m.text);
    Some(Fact::Inspection {
        inspection: inspection?,
        step: InspectionStep::RecommendationMade { reference, text },
    })
}

/// A measure as it begins, of which little is told.
fn served(kind: MeasureKind, text: String) -> Measure {
    Measure {
        kind,
        text,
        steps: Vec::new(),
        end: PartialDate::Unknown,
        proposal: None,
        urgent: false,
        under: None,
    }
}

pub(super) fn notice_served(f: &mut Fields<'_>, m: &pb::ComplianceNoticeServed) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let text = f.text("text", &m.text);
    let mut seen = std::collections::BTreeSet::new();
    let steps = f.list("steps", &m.steps, |item, step| {
        let reference = item.required_name("reference", &step.reference);
        if reference.parse::<MeasureKey>().is_err() {
            item.demand("reference", "is letters, digits, '-', '_' and '.', as in 1 or reg-12");
        }
        if !seen.insert(reference.clone()) {
            item.demand("reference", "stands once in a notice; this one is there twice");
        }
        let text = item.text("text", &step.text);
        let due = item.date("due_date", step.due_date.as_ref());
        Some(ComplianceStep { reference, text, due })
    });
    fact(measure, Step::Served(Measure { steps, ..served(MeasureKind::ComplianceNotice, text) }))
}

pub(super) fn step_met(f: &mut Fields<'_>, m: &pb::ComplianceStepMet) -> Option<Fact> {
    let reference = f.name("reference", &m.reference);
    let reference = (!reference.is_empty()).then_some(reference);
    worded(f, &m.measure, ("basis", &m.basis), Step::StepMet { reference })
}

pub(super) fn notice_closed(f: &mut Fields<'_>, m: &pb::ComplianceNoticeClosed) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let outcome = f.term("outcome", m.outcome);
    f.text("basis", &m.basis);
    fact(measure, Step::Closed { outcome: outcome? })
}

pub(super) fn restricted(f: &mut Fields<'_>, m: &pb::AccommodationRestricted) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let text = f.text("text", &m.text);
    let end = f.date("end_date", m.end_date.as_ref());
    fact(measure, Step::Served(Measure { end, ..served(MeasureKind::Restriction, text) }))
}

pub(super) fn lifted(f: &mut Fields<'_>, kind: MeasureKind, measure: &str, basis: &str) -> Option<Fact> {
    worded(f, measure, ("basis", basis), Step::Lifted { kind })
}

pub(super) fn restriction_reviewed(f: &mut Fields<'_>, m: &pb::RestrictionReviewed) -> Option<Fact> {
    worded(f, &m.measure, ("outcome", &m.outcome), Step::Reviewed)
}

pub(super) fn proposal_served(f: &mut Fields<'_>, m: &pb::ProposalServed) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let proposal = f.term("kind", m.kind);
    let text = f.text("text", &m.text);
    fact(measure, Step::Served(Measure { proposal: Some(proposal?), ..served(MeasureKind::Proposal, text) }))
}

pub(super) fn decision_served(f: &mut Fields<'_>, m: &pb::DecisionServed) -> Option<Fact> {
    let outcome = f.term("outcome", m.outcome);
    let outcome = outcome?;
    worded(f, &m.measure, ("text", &m.text), Step::Decided { outcome })
}

pub(super) fn appeal_determined(f: &mut Fields<'_>, m: &pb::AppealDetermined) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let outcome = f.term("outcome", m.outcome);
    f.text("text", &m.text);
    fact(measure, Step::Determined { outcome: outcome? })
}

pub(super) fn suspension_imposed(f: &mut Fields<'_>, m: &pb::SuspensionImposed) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let end = f.date("end_date", m.end_date.as_ref());
    let under = f.optional_key("under", &m.under);
    let text = f.text("text", &m.text);
    let served = served(MeasureKind::Suspension, text);
    fact(measure, Step::Served(Measure { end, under, urgent: m.urgent, ..served }))
}

pub(super) fn suspension_extended(f: &mut Fields<'_>, m: &pb::SuspensionExtended) -> Option<Fact> {
    let end = f.date("end_date", m.end_date.as_ref());
    worded(f, &m.measure, ("reason", &m.reason), Step::Extended { end })
}

pub(super) fn condition_imposed(f: &mut Fields<'_>, m: &pb::ConditionImposed) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let under = f.optional_key("under", &m.under);
    let text = f.text("text", &m.text);
    let served = served(MeasureKind::Condition, text);
    fact(measure, Step::Served(Measure { under, urgent: m.urgent, ..served }))
}

pub(super) fn urgent_order(f: &mut Fields<'_>, m: &pb::UrgentOrderMade) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let text = f.text("text", &m.text);
    fact(measure, Step::Served(Measure { urgent: true, ..served(MeasureKind::UrgentOrder, text) }))
}

pub(super) fn prosecution_started(f: &mut Fields<'_>, m: &pb::ProsecutionStarted) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let text = f.text("offence", &m.offence);
    fact(measure, Step::Served(served(MeasureKind::Prosecution, text)))
}

pub(super) fn prosecution_concluded(f: &mut Fields<'_>, m: &pb::ProsecutionConcluded) -> Option<Fact> {
    let measure = named(f, &m.measure);
    let outcome = f.term("outcome", m.outcome);
    f.text("text", &m.text);
    fact(measure, Step::Concluded { outcome: outcome? })
}
