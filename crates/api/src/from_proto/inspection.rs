//! Events of inspections and visits.

use std::collections::BTreeSet;

use docket_domain::event::{Fact, Fieldwork, InspectionStep as Step, Judgement};
use docket_domain::id::InspectionKey;
use docket_domain::terms::{InspectionKind, JudgementKind};

use super::fields::Fields;
use super::terms::PrintedGrade;
use crate::pb;

fn fact(inspection: Option<InspectionKey>, step: Step) -> Option<Fact> {
    let inspection = inspection?;
    Some(Fact::Inspection { inspection, step })
}

/// Which inspection a message is about.
fn named(f: &mut Fields<'_>, text: &str) -> Option<InspectionKey> {
    f.key("inspection", text)
}

/// A step of which nothing is kept but that it happened.
pub(super) fn bare(f: &mut Fields<'_>, inspection: &str, step: Step) -> Option<Fact> {
    fact(named(f, inspection), step)
}

/// A step with words that the rules do not read.
fn worded(f: &mut Fields<'_>, inspection: &str, (field, text): (&str, &str), step: Step) -> Option<Fact> {
    f.text(field, text);
    bare(f, inspection, step)
}

pub(super) fn notified(f: &mut Fields<'_>, m: &pb::InspectionNotified) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let kind = f.term("kind", m.kind);
    let planned = f.date("planned_date", m.planned_date.as_ref());
    fact(inspection, Step::Notified { kind: kind?, planned })
}

pub(super) fn deferred(f: &mut Fields<'_>, m: &pb::InspectionDeferred) -> Option<Fact> {
    f.date("until_date", m.until_date.as_ref());
    worded(f, &m.inspection, ("reason", &m.reason), Step::Deferred)
}

pub(super) fn paused(f: &mut Fields<'_>, m: &pb::InspectionPaused) -> Option<Fact> {
    worded(f, &m.inspection, ("reason", &m.reason), Step::Paused)
}

pub(super) fn incomplete(f: &mut Fields<'_>, m: &pb::InspectionDeclaredIncomplete) -> Option<Fact> {
    worded(f, &m.inspection, ("reason", &m.reason), Step::DeclaredIncomplete)
}

pub(super) fn complaint_made(f: &mut Fields<'_>, m: &pb::FormalComplaintMade) -> Option<Fact> {
    worded(f, &m.inspection, ("about", &m.about), Step::ComplaintMade)
}

pub(super) fn withdrawn(f: &mut Fields<'_>, m: &pb::ReportWithdrawn) -> Option<Fact> {
    worded(f, &m.inspection, ("reason", &m.reason), Step::Withdrawn)
}

pub(super) fn additional_evidence(f: &mut Fields<'_>, m: &pb::AdditionalEvidenceVisitMade) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let ranges = f.ranges("ranges", &m.ranges);
    fact(inspection, Step::AdditionalEvidence { ranges })
}

pub(super) fn fieldwork(f: &mut Fields<'_>, m: &pb::FieldworkRecorded) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let kind = f.term("kind", m.kind);
    let ranges = f.ranges("ranges", &m.ranges);
    f.name("lead_inspector", &m.lead_inspector);
    let theme = f.text("theme", &m.theme);
    let fieldwork = Fieldwork {
        kind: kind?,
        ranges,
        theme,
        sequence_number: m.sequence_number,
        unpublished: m.unpublished,
    };
    fact(inspection, Step::Fieldwork(fieldwork))
}

pub(super) fn complaint_decided(f: &mut Fields<'_>, m: &pb::ComplaintDecided) -> Option<Fact> {
    f.unread_term::<pb::ComplaintOutcome>("outcome", m.outcome);
    bare(f, &m.inspection, Step::ComplaintDecided)
}

pub(super) fn received(f: &mut Fields<'_>, m: &pb::ReportReceived) -> Option<Fact> {
    f.unread_term::<pb::ReceiptBasis>("basis", m.basis);
    worded(f, &m.inspection, ("evidence", &m.evidence), Step::Received)
}

pub(super) fn published(f: &mut Fields<'_>, m: &pb::ReportPublished) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let kind = f.term("kind", m.kind);
    f.url("url", &m.url);
    fact(inspection, Step::Published { kind: kind? })
}

pub(super) fn judgements_made(f: &mut Fields<'_>, m: &pb::JudgementsMade) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let kind = f.term::<InspectionKind>("kind", m.kind);
    f.at_least_one("judgements", &m.judgements);
    let mut seen = BTreeSet::new();
    let judgements = f.list("judgements", &m.judgements, |item, judgement| {
        let kind = item.term::<JudgementKind>("kind", judgement.kind);
        let grade = item.term::<PrintedGrade>("grade", judgement.grade);
        let raw_text = item.text("raw_text", &judgement.raw_text);
        if kind.is_some_and(|kind| !seen.insert(kind)) {
            item.demand("kind", "stands once in a set of judgements; this one is there twice");
        }
        Some(Judgement { kind: kind?, grade: grade?.0, raw_text })
    });
    fact(inspection, Step::JudgementsMade { kind: kind?, judgements })
}

pub(super) fn area_for_improvement(f: &mut Fields<'_>, m: &pb::AreaForImprovementRaised) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let reference = f.required_name("reference", &m.reference);
    let text = f.text("text", &m.text);
    f.name("addressee", &m.addressee);
    fact(inspection, Step::AreaForImprovement { reference, text })
}

pub(super) fn priority_action(f: &mut Fields<'_>, m: &pb::PriorityActionRaised) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let reference = f.required_name("reference", &m.reference);
    let text = f.text("text", &m.text);
    f.name("addressee", &m.addressee);
    let domain = f.term("domain", m.domain);
    fact(inspection, Step::PriorityActionRaised { reference, text, domain: domain? })
}

pub(super) fn discharged(f: &mut Fields<'_>, m: &pb::PriorityActionDischarged) -> Option<Fact> {
    let reference = f.name("reference", &m.reference);
    let reference = (!reference.is_empty()).then_some(reference);
    worded(f, &m.inspection, ("basis", &m.basis), Step::PriorityActionDischarged { reference })
}

pub(super) fn republished(f: &mut Fields<'_>, m: &pb::ReportRepublished) -> Option<Fact> {
    if m.version == 1 {
        f.demand("version", "is 2 for the first time the report was published again; or leave it out");
    }
    worded(f, &m.inspection, ("change", &m.change), Step::Republished)
}

pub(super) fn judgement_revised(f: &mut Fields<'_>, m: &pb::JudgementRevised) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let kind = f.term("kind", m.kind);
    let old = f.term::<PrintedGrade>("old_grade", m.old_grade);
    let new = f.term::<PrintedGrade>("new_grade", m.new_grade);
    f.text("reason", &m.reason);
    fact(inspection, Step::JudgementRevised { kind: kind?, old: old?.0, new: new?.0 })
}

pub(super) fn statement_determined(f: &mut Fields<'_>, m: &pb::StatementDetermined) -> Option<Fact> {
    let inspection = named(f, &m.inspection);
    let obligor = f.optional_party("obligor", m.obligor.as_ref());
    let required = m.required;
    fact(inspection, Step::StatementDetermined { required, obligor })
}

pub(super) fn published_by_authority(f: &mut Fields<'_>, m: &pb::ReportPublishedByAuthority) -> Option<Fact> {
    f.url("url", &m.url);
    bare(f, &m.inspection, Step::PublishedByAuthority)
}
