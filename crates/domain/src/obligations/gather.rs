//! Which obligations there are: those that the rules open, and those that a document opens.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Kept, Trigger};
use crate::date::{Date, Happened, PartialDate};
use crate::event::{Fact, InspectionStep, ObligationStep};
use crate::facts::{Dated, Facts, joined};
use crate::frameworks;
use crate::id::ObligationKey;
use crate::inspections::Inspection;
use crate::instruments;
use crate::pathway::{Graded, Span};
use crate::rules::NEXT_INSPECTION_MARGIN_MONTHS;
use crate::status::AsOf;
use crate::terms::{
    Basis, Framework, InspectionKind as I, InstrumentKind, ObligationKind as K, PathwayState, PeriodUnit,
    PlanReviewOutcome, ServiceDomain, View,
};

/// Every obligation of an authority, by key, whatever the day.
pub(crate) fn gather(
    facts: &Facts<'_>,
    inspections: &[Inspection<'_>],
    instruments: &[instruments::Kept<'_>],
    graded: &[Graded<'_, '_>],
    spans: &[Span],
    as_of: AsOf,
) -> Vec<Kept> {
    let (day, view) = (as_of.effective, as_of.view);
    let mut obligations = BTreeMap::new();
    for inspection in inspections {
        open_for_report(&mut obligations, inspection, view);
        open_for_process(&mut obligations, inspection, view);
    }
    for instrument in instruments {
        open_for_instrument(&mut obligations, instrument, day);
    }
    open_expectations(&mut obligations, inspections, graded, spans, day);
    open_for_voided(&mut obligations, facts, inspections);
    for counted in &facts.counted {
        match counted.fact {
            Fact::Obligation { obligation, step } => {
                apply(&mut obligations, obligation, step, &counted.dated(), inspections);
            }
            Fact::SuccessionReceived { obligations: carried, .. } => {
                for carried in carried {
                    let trigger = Trigger::Document(counted.dated());
                    let mut kept = Kept::new(
                        carried.obligation.clone(),
                        carried.kind,
                        ServiceDomain::ChildrensSocialCare,
                        trigger,
                    );
                    kept.what = alloc::format!("passed on from {}", carried.from);
                    if carried.due != PartialDate::Unknown {
                        kept.stated.push((carried.due, counted.dated()));
                    }
                    obligations.insert(carried.obligation.clone(), kept);
                }
            }
            _ => {}
        }
    }
    open_for_send(&mut obligations, inspections, view);
    obligations.into_values().collect()
}

type Obligations = BTreeMap<ObligationKey, Kept>;

fn open<'o>(
    obligations: &'o mut Obligations,
    of: &str,
    kind: K,
    domain: ServiceDomain,
    trigger: Trigger,
) -> &'o mut Kept {
    let key = ObligationKey::derived(of, kind);
    obligations.entry(key.clone()).or_insert_with(|| Kept::new(key, kind, domain, trigger))
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

fn open_for_report(obligations: &mut Obligations, inspection: &Inspection<'_>, view: View) {
    let trigger = match (&inspection.received, inspection.visible_from(view)) {
        (Some(received), _) => Trigger::Event(received.clone()),
        (None, Some(visible)) => Trigger::Unrecorded { estimate_from: Some(visible) },
        (None, None) => return,
    };
    let domain = inspection.kind.map_or(ServiceDomain::ChildrensSocialCare, frameworks::domain);
    for kind in opened_by_receipt(inspection) {
        let kept = open(obligations, inspection.key.as_str(), *kind, domain, trigger.clone());
        kept.what = what(*kind).into();
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
fn open_for_process(obligations: &mut Obligations, inspection: &Inspection<'_>, view: View) {
    let domain = inspection.kind.map_or(ServiceDomain::ChildrensSocialCare, frameworks::domain);
    let key = inspection.key.as_str();
    let fieldwork = inspection.first_day();
    if let Some(notified) = &inspection.notified {
        let kept = open(obligations, key, K::OnSiteAfterCall, domain, Trigger::Event(notified.clone()));
        if fieldwork != PartialDate::Unknown {
            kept.met = Some(Dated { on: fieldwork, rests_on: notified.rests_on.clone() });
        }
    }
    if let (Some(draft), View::Restricted) = (&inspection.draft, view) {
        let kept = open(obligations, key, K::DraftComments, domain, Trigger::Event(draft.clone()));
        kept.met = inspection.comments.clone().or_else(|| inspection.published.clone());
    }
    if let Some(paused) = &inspection.paused {
        let kept = open(obligations, key, K::PauseLimit, domain, Trigger::Event(paused.clone()));
        kept.met = inspection.resumed.clone();
    }
    let last_day = inspection.last_day();
    if inspection.kind.is_some_and(frameworks::is_graded) && last_day != PartialDate::Unknown {
        let rests_on =
            inspection.counts_from(Basis::Inspected, view).map(|dated| dated.rests_on).unwrap_or_default();
        let kept = open(
            obligations,
            key,
            K::PublicationExpected,
            domain,
            Trigger::Event(Dated { on: last_day, rests_on }),
        );
        kept.met = inspection.published.clone();
    }
}

fn open_for_instrument(obligations: &mut Obligations, instrument: &instruments::Kept<'_>, day: Date) {
    let (Some(began), Some(domain)) = (instrument.began(), instrument.domain()) else {
        return;
    };
    if instrument.kind() == Some(InstrumentKind::ImprovementNotice) {
        let last = instrument.reviews.iter().rev().find(|(_, held)| held.on.by(day) != Happened::Not);
        let trigger = last.map_or_else(|| began.clone(), |(_, held)| held.clone());
        let kept =
            open(obligations, instrument.key.as_str(), K::NoticeReview, domain, Trigger::Event(trigger));
        kept.what = what(K::NoticeReview).into();
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
    for (name, report) in &instrument.reports {
        let Some((due, said)) = &report.due else { continue };
        let key = alloc::format!("{}/{name}", instrument.key);
        let kept = open(obligations, &key, K::CommissionerReport, domain, Trigger::Document(said.clone()));
        kept.what = alloc::format!("commissioner's report \"{name}\"");
        kept.stated.push((*due, said.clone()));
        kept.met = report.received.clone();
        kept.published = report.published.clone();
    }
}

/// What Ofsted's practice leads one to expect next: the next inspection, and the next monitoring visit.
fn open_expectations(
    obligations: &mut Obligations,
    inspections: &[Inspection<'_>],
    graded: &[Graded<'_, '_>],
    spans: &[Span],
    day: Date,
) {
    let domain = ServiceDomain::ChildrensSocialCare;
    let Some(last) = graded.last() else { return };
    let key = last.inspection.key.as_str();
    let first_day = last.inspection.first_day();
    if first_day != PartialDate::Unknown {
        let trigger = Dated { on: first_day, rests_on: last.counts_from.rests_on.clone() };
        let kept = open(obligations, key, K::NextInspection, domain, Trigger::Event(trigger));
        kept.what = what(K::NextInspection).into();
        kept.window_months = Some(NEXT_INSPECTION_MARGIN_MONTHS);
    }
    let Some(span) = spans.last().filter(|span| span.state == PathwayState::Monitoring) else {
        return;
    };
    let since = span.from.on.earliest();
    let visits = inspections.iter().filter(|inspection| {
        let first_day = inspection.first_day();
        inspection.kind == Some(I::MonitoringVisit)
            && first_day.earliest() >= since
            && first_day.by(day) != Happened::Not
    });
    let (of, kind, trigger) = match visits.max_by_key(|visit| visit.first_day().sort_key()) {
        Some(visit) => {
            let rests_on = visit.counts_from(Basis::Inspected, View::Public).map(|dated| dated.rests_on);
            let trigger = Dated { on: visit.first_day(), rests_on: rests_on.unwrap_or_default() };
            (visit.key.as_str(), K::NextMonitoringVisit, Trigger::Event(trigger))
        }
        None => {
            let statement = ObligationKey::derived(key, K::WrittenStatement);
            (key, K::FirstMonitoringVisit, Trigger::DueOf { of: statement, from: span.from.clone() })
        }
    };
    open(obligations, of, kind, domain, trigger).what = what(kind).into();
}

/// What follows an area SEND inspection: monitoring after priority action (from 2023), a revisit after an accepted statement (before).
fn open_for_send(obligations: &mut Obligations, inspections: &[Inspection<'_>], view: View) {
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
            let kept =
                open(obligations, key, K::SendMonitoring, ServiceDomain::Send, Trigger::Event(visible));
            kept.what = what(K::SendMonitoring).into();
            kept.met = next(inspection, I::AreaSendMonitoring);
            kept.also_rests_on.push(rests_on);
        }
        let statement = obligations.get(&ObligationKey::derived(key, K::SendWrittenStatement));
        if let Some((PlanReviewOutcome::Reflects, accepted)) =
            statement.and_then(|kept| kept.reviewed.clone())
        {
            let kept = open(obligations, key, K::SendRevisit, ServiceDomain::Send, Trigger::Event(accepted));
            kept.what = what(K::SendRevisit).into();
            kept.met = next(inspection, I::AreaSendRevisit);
        }
    }
}

/// Obligations whose trigger was recorded and then voided, with nothing in its place.
fn open_for_voided(obligations: &mut Obligations, facts: &Facts<'_>, inspections: &[Inspection<'_>]) {
    for struck in &facts.struck {
        let Fact::Inspection { inspection, step: InspectionStep::Received } = struck.fact else {
            continue;
        };
        let Some(known) = inspections.iter().find(|known| known.key == inspection) else {
            continue;
        };
        if known.received.is_some() {
            continue;
        }
        let domain = known.kind.map_or(ServiceDomain::ChildrensSocialCare, frameworks::domain);
        for kind in opened_by_receipt(known) {
            let key = ObligationKey::derived(inspection.as_str(), *kind);
            let mut kept = Kept::new(key.clone(), *kind, domain, Trigger::Voided(struck.rests_on.clone()));
            kept.what = what(*kind).into();
            obligations.insert(key, kept);
        }
    }
}

/// Applies a recorded step; one for an obligation that no rule opened opens it, as far as its key says what it is.
fn apply(
    obligations: &mut Obligations,
    key: &ObligationKey,
    step: &ObligationStep,
    dated: &Dated,
    inspections: &[Inspection<'_>],
) {
    if let ObligationStep::Opened { kind, domain, what, obligor, due, legal_basis } = step {
        let mut kept = Kept::new(key.clone(), *kind, *domain, Trigger::Document(dated.clone()));
        kept.what.clone_from(what);
        kept.obligor.clone_from(obligor);
        kept.legal_basis = Some(legal_basis.clone()).filter(|basis| !basis.is_empty());
        if *due != PartialDate::Unknown {
            kept.stated.push((*due, dated.clone()));
        }
        obligations.insert(key.clone(), kept);
        return;
    }
    let kept = obligations.entry(key.clone()).or_insert_with(|| {
        let (of, kind) = key.parts().map_or((key.as_str(), K::Other), |parts| parts);
        let inspection = inspections.iter().find(|inspection| inspection.key.as_str() == of);
        let domain = inspection.and_then(|inspection| inspection.kind).map(frameworks::domain);
        let trigger = inspection.and_then(|inspection| inspection.received.clone());
        let trigger = trigger.map_or(Trigger::Unrecorded { estimate_from: None }, Trigger::Event);
        let mut kept =
            Kept::new(key.clone(), kind, domain.unwrap_or(ServiceDomain::ChildrensSocialCare), trigger);
        kept.what = what(kind).into();
        if let Some((_, obligor, determined)) =
            inspection.and_then(|inspection| inspection.statement.as_ref())
        {
            kept.obligor = obligor.cloned();
            kept.also_rests_on.push(determined.rests_on.clone());
        }
        kept
    });
    apply_step(kept, step, dated);
}

fn apply_step(kept: &mut Kept, step: &ObligationStep, dated: &Dated) {
    let first = |slot: &mut Option<Dated>| {
        slot.get_or_insert_with(|| dated.clone());
    };
    match step {
        ObligationStep::Opened { .. } => {}
        ObligationStep::DueStated { due } => kept.stated.push((*due, dated.clone())),
        ObligationStep::DueRecomputed { .. } | ObligationStep::Revised => {
            kept.also_rests_on.push(dated.rests_on.clone())
        }
        ObligationStep::DraftSubmitted => {
            first(&mut kept.draft_submitted);
            if kept.kind == K::FocusedVisitPlanDraft {
                first(&mut kept.met);
            }
        }
        ObligationStep::Submitted => first(&mut kept.submitted),
        ObligationStep::Published => first(&mut kept.published),
        ObligationStep::Met => first(&mut kept.met),
        ObligationStep::Reviewed { outcome } => kept.reviewed = Some((*outcome, dated.clone())),
        ObligationStep::Waived => kept.waived = Some(dated.clone()),
        ObligationStep::Transferred { to } => kept.transferred = Some((to.clone(), dated.clone())),
        ObligationStep::Superseded => kept.superseded = Some(dated.clone()),
    }
}

/// What is due, in words.
fn what(kind: K) -> &'static str {
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
        K::Other => "",
    }
}

/// The provenance of an obligation's trigger.
pub(super) fn trigger_rests_on(kept: &Kept) -> crate::status::RestsOn {
    match &kept.trigger {
        Trigger::Event(dated) | Trigger::Document(dated) | Trigger::DueOf { from: dated, .. } => {
            dated.rests_on.clone()
        }
        Trigger::Unrecorded { estimate_from } => {
            estimate_from.as_ref().map(|dated| dated.rests_on.clone()).unwrap_or_default()
        }
        Trigger::Voided(rests_on) => joined([rests_on]),
    }
}
