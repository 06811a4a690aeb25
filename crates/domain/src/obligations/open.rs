//! What opens an obligation by rule: receipt of a report, the steps of an inspection, an instrument, the pathway.

use alloc::string::String;

use super::gather::Obligations;
use super::{Kept, Trigger};
use crate::date::PartialDate;
use crate::event::{Fact, InspectionStep, ObligationStep};
use crate::facts::{Dated, Facts};
use crate::frameworks::{domain, is_graded};
use crate::id::ObligationKey;
use crate::inspections::Inspection;
use crate::instruments;
use crate::pathway::{Graded, Programme};
use crate::rules::NEXT_INSPECTION_MARGIN_MONTHS;
use crate::terms::{
    Basis, Framework, InspectionKind as I, InstrumentKind, ObligationKind as K, PeriodUnit,
    PlanReviewOutcome, ServiceDomain, View,
};

fn open<'o>(obligations: &'o mut Obligations, of: &str, kind: K, trigger: Trigger) -> &'o mut Kept {
    let key = ObligationKey::derived(of, kind);
    let kept =
        obligations.entry(key.clone()).or_insert_with(|| Kept::new(key, kind, domain_of(kind), trigger));
    kept.what = what(kind).into();
    kept
}

/// What receipt of a report or letter opens. The kinds of inspection that are kept only as history open nothing.
fn opened_by_receipt(inspection: &Inspection<'_>) -> &'static [K] {
    let priority = inspection.priority_actions_rest_on().is_some();
    let required = inspection.statement.as_ref().is_some_and(|(required, ..)| *required);
    match inspection.kind {
        Some(I::Sif | I::SifReinspection | I::Ilacs | I::IlacsStandard | I::IlacsShort) => {
            &[K::PublishReport, K::WrittenStatement]
        }
        Some(I::FocusedVisit | I::CovidAssuranceVisit) if priority => {
            &[K::FocusedVisitPlanDraft, K::FocusedVisitPlanFinal]
        }
        Some(I::Jtai) if required => &[K::JtaiStatement],
        Some(I::Jar) => &[K::JarPublishReport],
        Some(I::AreaSendFull | I::AreaSendRevisit) if required || priority => match inspection.framework() {
            Some(Framework::AreaSend2016) => &[K::SendWrittenStatement],
            _ => &[K::SendPriorityActionPlan],
        },
        _ => &[],
    }
}

pub(super) fn for_report(obligations: &mut Obligations, inspection: &Inspection<'_>, view: View) {
    let trigger = match (&inspection.received, inspection.visible_from(view)) {
        (Some(received), _) => Trigger::Event(received.clone()),
        (None, Some(visible)) => Trigger::Unrecorded { estimate_from: Some(visible) },
        (None, None) => return,
    };
    for kind in opened_by_receipt(inspection) {
        let kept = open(obligations, inspection.key.as_str(), *kind, trigger.clone());
        if let Some((_, obligor, determined)) = &inspection.statement {
            kept.obligor = obligor.cloned();
            kept.also_rests_on.push(determined.rests_on.clone());
        }
        if matches!(kind, K::FocusedVisitPlanDraft | K::FocusedVisitPlanFinal | K::SendPriorityActionPlan) {
            kept.also_rests_on.extend(inspection.priority_actions_rest_on());
        }
        if matches!(kind, K::PublishReport | K::JarPublishReport) {
            kept.met = inspection.published_by_authority.clone();
        }
    }
}

/// The clocks of the inspection itself, until it is published.
pub(super) fn for_process(obligations: &mut Obligations, inspection: &Inspection<'_>, view: View) {
    let key = inspection.key.as_str();
    let began = inspection.first_day();
    if let Some(notified) = &inspection.notified {
        let kept = open(obligations, key, K::OnSiteAfterCall, Trigger::Event(notified.clone()));
        kept.until.clone_from(&inspection.deferred);
        if began != PartialDate::Unknown {
            kept.met = Some(Dated { on: began, rests_on: inspection.fieldwork_rests_on().clone() });
        }
    }
    if let Some(draft) = &inspection.draft {
        let kept = open(obligations, key, K::DraftComments, Trigger::Event(draft.clone()));
        kept.met = inspection.comments.clone().or_else(|| inspection.published.clone());
    }
    if let Some(paused) = &inspection.paused {
        let kept = open(obligations, key, K::PauseLimit, Trigger::Event(paused.clone()));
        kept.met = inspection.resumed.clone().or_else(|| inspection.published.clone());
    }
    let is_ilacs = matches!(inspection.kind, Some(I::Ilacs | I::IlacsStandard | I::IlacsShort));
    let last_day = inspection.last_day();
    if is_ilacs && last_day != PartialDate::Unknown {
        let trigger = Dated { on: last_day, rests_on: inspection.fieldwork_rests_on().clone() };
        let kept = open(obligations, key, K::PublicationExpected, Trigger::Event(trigger));
        kept.met = inspection.visible_from(view);
    }
}

pub(super) fn for_instrument(
    obligations: &mut Obligations,
    instrument: &instruments::Kept<'_>,
    all: &[instruments::Kept<'_>],
) {
    let (Some(issued), Some(began), Some(domain)) =
        (instrument.issued(), instrument.began(), instrument.domain())
    else {
        return;
    };
    let key = instrument.key.as_str();
    if instrument.kind() == Some(InstrumentKind::ImprovementNotice) {
        let last = instrument.reviews.last();
        let trigger = last.map_or(issued, |(_, held)| held.clone());
        let kept = open(obligations, key, K::NoticeReview, Trigger::Event(trigger));
        kept.domain = domain;
        kept.also_rests_on.push(began.rests_on.clone());
        kept.until = instrument.first_end().cloned();
        if let Some(months) = instrument.issue.as_ref().and_then(|(issue, _)| issue.review_interval_months) {
            kept.period = Some((months, PeriodUnit::Months));
            kept.legal_basis = Some(String::from("the notice, as stated"));
        }
        if let Some((next, held)) = last.filter(|(next, _)| *next != PartialDate::Unknown) {
            kept.stated.push((*next, held.clone()));
        }
    }
    // Where a commissioner was appointed under a direction, the direction's first report is his.
    let is_appointed = all.iter().any(|other| {
        let under = other.issue.as_ref().and_then(|(issue, _)| issue.under.as_ref());
        under == Some(instrument.key) && other.reports.contains_key("first")
    });
    for (name, report) in &instrument.reports {
        let Some((due, said)) = report.due.as_ref().filter(|_| !(is_appointed && *name == "first")) else {
            continue;
        };
        let trigger = Trigger::Document(said.clone());
        let kept = open(obligations, &alloc::format!("{key}/{name}"), K::CommissionerReport, trigger);
        kept.domain = domain;
        kept.what = alloc::format!("commissioner's report \"{name}\"");
        kept.stated.push((*due, said.clone()));
        kept.met = report.received.clone();
        kept.published = report.published.clone();
        kept.until =
            instrument.first_end().filter(|_| kept.met.is_none() && kept.published.is_none()).cloned();
    }
}

/// What Ofsted's practice leads one to expect next: the next inspection, and the next monitoring visit.
pub(super) fn expectations(
    obligations: &mut Obligations,
    inspections: &[Inspection<'_>],
    graded: &[Graded<'_, '_>],
    programme: Option<&Programme<'_, '_>>,
) {
    let Some(last) = graded.last() else { return };
    let key = last.inspection.key.as_str();
    let first_day = last.inspection.first_day();
    if first_day != PartialDate::Unknown {
        let trigger = Dated { on: first_day, rests_on: last.inspection.fieldwork_rests_on().clone() };
        let kept = open(obligations, key, K::NextInspection, Trigger::Event(trigger));
        kept.window_months = Some(NEXT_INSPECTION_MARGIN_MONTHS);
        kept.also_rests_on.push(last.counts_from.rests_on.clone());
        kept.met = next_begun(last.inspection, graded, inspections);
    }
    let Some(Programme { last_visit, usual, by_policy }) = programme else { return };
    if usual.as_ref().is_some_and(|usual| usual.count <= usual.made) {
        return; // As many as usually come: what comes next is the re-inspection.
    }
    let (of, kind, trigger) = match last_visit {
        Some(visit) => {
            let trigger = Dated { on: visit.first_day(), rests_on: visit.fieldwork_rests_on().clone() };
            (visit.key.as_str(), K::NextMonitoringVisit, Trigger::Event(trigger))
        }
        None => {
            let statement = ObligationKey::derived(key, K::WrittenStatement);
            (key, K::FirstMonitoringVisit, Trigger::DueOf { of: statement, from: last.counts_from.clone() })
        }
    };
    let kept = open(obligations, of, kind, trigger);
    kept.also_rests_on.push(by_policy.clone());
    kept.also_rests_on.extend(usual.as_ref().map(|usual| usual.rests_on.clone()));
}

/// When the next full inspection began: then it has come, though its report has not.
fn next_begun(
    last: &Inspection<'_>,
    graded: &[Graded<'_, '_>],
    inspections: &[Inspection<'_>],
) -> Option<Dated> {
    let is_full = |next: &&Inspection<'_>| {
        next.kind.is_some_and(|kind| is_graded(kind) && domain(kind) == ServiceDomain::ChildrensSocialCare)
    };
    let later = |next: &&Inspection<'_>| last.first_day().latest() < next.first_day().earliest();
    let counts = |next: &Inspection<'_>| graded.iter().any(|graded| graded.inspection.key == next.key);
    let next = inspections.iter().filter(is_full).filter(later).find(|next| !counts(next))?;
    Some(Dated { on: next.first_day(), rests_on: next.fieldwork_rests_on().clone() })
}

/// What follows an area SEND inspection: monitoring after priority action (from 2023), a revisit after an accepted statement (before).
pub(super) fn for_send(obligations: &mut Obligations, inspections: &[Inspection<'_>], view: View) {
    let next = |after: &Inspection<'_>, kind: I| {
        let next =
            inspections.iter().find(|next| next.kind == Some(kind) && after.sort_key() < next.sort_key());
        next.and_then(|next| next.counts_from(Basis::Inspected, view))
    };
    for inspection in inspections.iter().filter(|inspection| inspection.kind == Some(I::AreaSendFull)) {
        let key = inspection.key.as_str();
        let renewed = inspection.framework() == Some(Framework::AreaSend2023);
        if let (true, Some(rests_on), Some(visible)) =
            (renewed, inspection.priority_actions_rest_on(), inspection.visible_from(view))
        {
            let kept = open(obligations, key, K::SendMonitoring, Trigger::Event(visible));
            kept.met = next(inspection, I::AreaSendMonitoring);
            kept.also_rests_on.push(rests_on);
        }
        let statement = obligations.get(&ObligationKey::derived(key, K::SendWrittenStatement));
        if let Some((PlanReviewOutcome::Reflects, accepted)) =
            statement.and_then(|kept| kept.reviewed.clone())
        {
            let kept = open(obligations, key, K::SendRevisit, Trigger::Event(accepted));
            kept.met = next(inspection, I::AreaSendRevisit);
        }
    }
}

/// Obligations whose trigger was recorded and then voided, where nothing stands in its place.
pub(super) fn for_voided(obligations: &mut Obligations, facts: &Facts<'_>, inspections: &[Inspection<'_>]) {
    for struck in &facts.struck {
        let trigger = || Trigger::Voided(struck.rests_on.clone());
        match struck.fact {
            Fact::Inspection { inspection, step: InspectionStep::Received } => {
                let Some(known) = inspections.iter().find(|known| known.key == inspection) else { continue };
                for kind in opened_by_receipt(known) {
                    if !obligations.contains_key(&ObligationKey::derived(inspection.as_str(), *kind)) {
                        open(obligations, inspection.as_str(), *kind, trigger());
                    }
                }
            }
            Fact::Obligation { obligation, step: ObligationStep::Opened { kind, domain, what, .. } } => {
                let kept = || {
                    let mut kept = Kept::new(obligation.clone(), *kind, *domain, trigger());
                    kept.what.clone_from(what);
                    kept
                };
                obligations.entry(obligation.clone()).or_insert_with(kept);
            }
            _ => {}
        }
    }
}

/// Over which services an obligation of this kind is, where nothing else says.
pub(super) fn domain_of(kind: K) -> ServiceDomain {
    match kind {
        K::SendWrittenStatement | K::SendPriorityActionPlan | K::SendMonitoring | K::SendRevisit => {
            ServiceDomain::Send
        }
        _ => ServiceDomain::ChildrensSocialCare,
    }
}

/// What is due, in words.
pub(crate) fn what(kind: K) -> &'static str {
    match kind {
        K::PublishReport | K::JarPublishReport => "publish Ofsted's report",
        K::WrittenStatement => "written statement of action",
        K::FocusedVisitPlanDraft => "draft action plan after the focused visit",
        K::FocusedVisitPlanFinal => "action plan after the focused visit",
        K::JtaiStatement => "written statement of proposed action after the JTAI",
        K::SendWrittenStatement => "written statement of action (area SEND)",
        K::SendPriorityActionPlan => "priority action plan (area SEND)",
        K::SendMonitoring => "monitoring inspection (area SEND)",
        K::SendRevisit => "revisit (area SEND)",
        K::FirstMonitoringVisit => "first monitoring visit",
        K::NextMonitoringVisit => "next monitoring visit",
        K::NextInspection => "next inspection",
        K::OnSiteAfterCall => "inspectors on site",
        K::DraftComments => "comments on the draft report",
        K::PublicationExpected => "publication of the report",
        K::PauseLimit => "end of the pause",
        K::NoticeReview => "review of progress under the improvement notice",
        K::CommissionerReport => "commissioner's report",
        K::Requirement => "statutory requirement",
        K::ComplianceStep => "step of a compliance notice",
        K::Representations => "written representations on the proposal",
        K::Appeal => "appeal to the First-tier Tribunal",
        K::ComplianceVisit => "visit after the compliance notice",
        K::ReturnAfterInadequate => "return after the inadequate judgement",
        K::RestrictionReview => "review of the restriction of accommodation",
        K::AnnualEngagement => "annual engagement meeting",
        K::Other => "",
    }
}
