//! What of an authority's facts a question may see: what had happened by the day asked, and nothing under embargo in the public view.
//!
//! Everything after this looks at these facts alone, so that no part of an answer can know more than another.

use alloc::collections::BTreeMap;

use crate::date::{Date, Happened, PartialDate};
use crate::event::{Fact, InspectionStep, ObligationStep};
use crate::facts::{Counted, Dated, Facts};
use crate::id::InspectionKey;
use crate::status::Asked;
use crate::terms::{Basis, View};

/// When the report of an inspection came out, to the authority and to everybody.
#[derive(Default)]
struct Report {
    /// Something of the inspection had happened by the day asked.
    known: bool,
    received: Option<PartialDate>,
    published: Option<Dated>,
}

/// What a question sees.
pub(crate) struct Seen<'a> {
    /// The facts, in the order in which they happened.
    pub(crate) facts: Facts<'a>,
    /// By the basis "inspected", which looks back: when each report was published, on whatever day.
    pub(crate) publications: BTreeMap<&'a InspectionKey, Dated>,
}

/// Leaves out what a question may not see.
pub(crate) fn seen<'a>(mut facts: Facts<'a>, asked: Asked) -> Seen<'a> {
    let mut reports: BTreeMap<&'a InspectionKey, Report> = BTreeMap::new();
    for counted in &facts.counted {
        let Fact::Inspection { inspection, step } = counted.fact else { continue };
        let report = reports.entry(inspection).or_default();
        report.known |= counted.happened_on.by(asked.effective) != Happened::Not;
        match step {
            InspectionStep::Received => {
                report.received.get_or_insert(counted.happened_on);
            }
            InspectionStep::Published { .. } => {
                report.published.get_or_insert(counted.dated());
            }
            _ => {}
        }
    }
    facts.counted.retain(|counted| is_seen(counted, &reports, asked));
    facts.struck.retain(|struck| {
        let public = report_of(struck.fact, &reports).is_none_or(|report| report.is_public(asked.effective));
        struck.happened_on.by(asked.effective) != Happened::Not && (public || asked.view == View::Restricted)
    });
    let publications = if asked.basis == Basis::Inspected {
        reports.into_iter().filter_map(|(key, report)| Some((key, report.published?))).collect()
    } else {
        BTreeMap::new()
    };
    Seen { facts, publications }
}

impl Report {
    fn is_public(&self, day: Date) -> bool {
        self.published.as_ref().is_some_and(|published| published.on.by(day) != Happened::Not)
    }

    fn is_out(&self, asked: Asked) -> bool {
        let received = self.received.is_some_and(|on| on.by(asked.effective) != Happened::Not);
        self.is_public(asked.effective) || (asked.view == View::Restricted && received)
    }

    /// Judgements counted from the inspection are seen before their publication by whoever asks after it.
    fn is_out_by_inspection(&self, asked: Asked) -> bool {
        asked.basis == Basis::Inspected && (asked.view == View::Restricted || self.is_public(asked.asked_on))
    }
}

/// The report that a fact is about, where it is about one that is recorded.
fn report_of<'r>(fact: &Fact, reports: &'r BTreeMap<&InspectionKey, Report>) -> Option<&'r Report> {
    match fact {
        Fact::Inspection { inspection, .. } => reports.get(inspection),
        Fact::Obligation { obligation, .. } => {
            let key: InspectionKey = obligation.parts()?.0.parse().ok()?;
            reports.get(&key).filter(|report| report.known)
        }
        _ => None,
    }
}

fn is_seen(counted: &Counted<'_>, reports: &BTreeMap<&InspectionKey, Report>, asked: Asked) -> bool {
    let happened = counted.happened_on.by(asked.effective) != Happened::Not;
    let Some(report) = report_of(counted.fact, reports) else { return happened };
    match counted.fact {
        // Judgements count with their report: their own date decides nothing.
        Fact::Inspection { step: InspectionStep::JudgementsMade { .. }, .. } => {
            report.is_out(asked) || report.is_out_by_inspection(asked)
        }
        Fact::Inspection { step, .. } => match embargo(step) {
            Embargo::None => happened,
            Embargo::Process => happened && (asked.view == View::Restricted || report.is_out(asked)),
            Embargo::Findings => happened && report.is_out(asked),
        },
        // A date that was printed before the report came, or a plan for it, says that it comes.
        Fact::Obligation { .. } => happened && (asked.view == View::Restricted || report.is_out(asked)),
        _ => happened,
    }
}

/// Who knows of a step before the report is out.
enum Embargo {
    /// Everybody.
    None,
    /// Ofsted and the authority: the restricted view.
    Process,
    /// Nobody but Ofsted: it is in the report.
    Findings,
}

fn embargo(step: &InspectionStep) -> Embargo {
    match step {
        InspectionStep::DraftIssued
        | InspectionStep::CommentsReceived
        | InspectionStep::ComplaintMade
        | InspectionStep::ComplaintDecided
        | InspectionStep::Received => Embargo::Process,
        InspectionStep::JudgementsMade { .. }
        | InspectionStep::AreaForImprovement { .. }
        | InspectionStep::PriorityActionRaised { .. }
        | InspectionStep::PriorityActionDischarged { .. }
        | InspectionStep::StatementDetermined { .. }
        | InspectionStep::JudgementRevised { .. }
        | InspectionStep::Republished
        | InspectionStep::Withdrawn
        | InspectionStep::PublishedByAuthority
        | InspectionStep::RequirementMade { .. }
        | InspectionStep::RequirementMet { .. }
        | InspectionStep::RecommendationMade { .. } => Embargo::Findings,
        InspectionStep::Notified { .. }
        | InspectionStep::Deferred
        | InspectionStep::Paused
        | InspectionStep::Resumed
        | InspectionStep::DeclaredIncomplete
        | InspectionStep::AdditionalEvidence { .. }
        | InspectionStep::Fieldwork(_)
        | InspectionStep::Published { .. } => Embargo::None,
    }
}

/// Facts whose own date decides nothing: for saying which rough dates make an answer uncertain.
pub(crate) fn counts_by_its_own_date(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::Inspection {
            step: InspectionStep::JudgementsMade { .. } | InspectionStep::AreaForImprovement { .. },
            ..
        } | Fact::Inspection { step: InspectionStep::PriorityActionRaised { .. }, .. }
            | Fact::Obligation { step: ObligationStep::DueStated { .. }, .. }
    )
}
