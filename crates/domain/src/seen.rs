//! What of an authority's facts a question may see: what had happened by the day asked, and nothing under embargo in the public view.
//!
//! Everything after this looks at these facts alone, so that no part of an answer can know more than another.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::event::{Fact, InspectionStep, ObligationStep, Recorded};
use crate::facts::{Counted, Dated, Facts, target};
use crate::id::{EventId, InspectionKey, ObligationKey};
use crate::status::{Asked, RestsOn};
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
    let reports = reports(&facts.counted, asked);
    facts.counted.retain(|counted| is_seen(counted, &reports, asked));
    facts.struck.retain(|struck| {
        let public = report_of(struck.fact, &reports).is_none_or(|report| report.is_public(asked.effective))
            && !matches!(struck.fact, Fact::ConcernReceived(concern) if !concern.public);
        struck.happened_on.by(asked.effective) != Happened::Not && (public || asked.view == View::Restricted)
    });
    let publications = if asked.basis == Basis::Inspected {
        reports.into_iter().filter_map(|(key, report)| Some((key, report.published?))).collect()
    } else {
        BTreeMap::new()
    };
    Seen { facts, publications }
}

/// The events of a stream that a view does not show on a day: those that the answer of that view and day may not see, whether they count or
/// not, and those that void, merge, correct or confirm them.
#[must_use]
pub fn withheld(history: &[Recorded], asked: Asked) -> BTreeSet<EventId> {
    let facts = Facts::of(history);
    let reports = reports(&facts.counted, asked);
    // Each event, and the one that it is about in the end.
    let mut about: BTreeMap<EventId, EventId> = BTreeMap::new();
    let mut hidden: BTreeSet<EventId> = BTreeSet::new();
    let mut confirmations: Vec<(EventId, Vec<EventId>)> = Vec::new();
    for event in history {
        let base = target(&event.fact).map_or(event.id, |named| about.get(&named).copied().unwrap_or(named));
        about.insert(event.id, base);
        let (happened_on, fact) = match &event.fact {
            Fact::Voided { .. } | Fact::Merged { .. } => continue,
            // It repeats nothing, but tells that there is something to agree with: it goes with what it confirms.
            Fact::Confirmed { events } => {
                confirmations.push((
                    base,
                    events.iter().map(|named| about.get(named).copied().unwrap_or(*named)).collect(),
                ));
                (event.happened_on, &event.fact)
            }
            Fact::Corrected { happened_on, fact, .. } => (*happened_on, &**fact),
            fact => (event.happened_on, fact),
        };
        let said = Counted { id: event.id, happened_on, fact, rests_on: RestsOn::new() };
        // Of an inspection of which nothing counts there is no report that could be out.
        let nothing = Report::default();
        let report = match fact {
            Fact::Inspection { inspection, .. } => Some(reports.get(inspection).unwrap_or(&nothing)),
            _ => report_of(fact, &reports),
        };
        if !is_seen_by(&said, report, asked) || !is_plan_out(fact, &reports, asked) {
            hidden.insert(base);
        }
    }
    for (id, confirmed) in confirmations {
        if confirmed.iter().any(|named| hidden.contains(named)) {
            hidden.insert(id);
        }
    }
    about.into_iter().filter(|(_, base)| hidden.contains(base)).map(|(id, _)| id).collect()
}

fn reports<'a>(counted: &[Counted<'a>], asked: Asked) -> BTreeMap<&'a InspectionKey, Report> {
    let mut reports: BTreeMap<&'a InspectionKey, Report> = BTreeMap::new();
    for counted in counted {
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
    reports
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

/// The inspection of whose report an obligation comes, by its key.
pub(crate) fn answered_by(obligation: &ObligationKey) -> Option<InspectionKey> {
    obligation.parts()?.0.parse().ok()
}

/// The report that a fact is about, where it is about one that is recorded.
fn report_of<'r>(fact: &Fact, reports: &'r BTreeMap<&InspectionKey, Report>) -> Option<&'r Report> {
    match fact {
        Fact::Inspection { inspection, .. } => reports.get(inspection),
        Fact::Obligation { obligation, .. } => {
            reports.get(&answered_by(obligation)?).filter(|report| report.known)
        }
        _ => None,
    }
}

fn is_seen(counted: &Counted<'_>, reports: &BTreeMap<&InspectionKey, Report>, asked: Asked) -> bool {
    is_seen_by(counted, report_of(counted.fact, reports), asked) && is_plan_out(counted.fact, reports, asked)
}

/// What a visit looked at names findings of another report, which must be out too.
fn is_plan_out(fact: &Fact, reports: &BTreeMap<&InspectionKey, Report>, asked: Asked) -> bool {
    let Fact::Inspection { step: InspectionStep::LookedAt { plan, .. }, .. } = fact else { return true };
    let report = answered_by(plan).and_then(|key| reports.get(&key)).filter(|report| report.known);
    report.map_or_else(|| answered_by(plan).is_none(), |report| report.is_out(asked))
}

fn is_seen_by(counted: &Counted<'_>, report: Option<&Report>, asked: Asked) -> bool {
    let happened = counted.happened_on.by(asked.effective) != Happened::Not;
    if let Fact::ConcernReceived(concern) = counted.fact {
        return happened && (concern.public || asked.view == View::Restricted);
    }
    let Some(report) = report else {
        // What stands in a plan for a report of which nothing is recorded yet would tell of it.
        return happened && !is_plan_for_a_report(counted.fact);
    };
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
        // What stands in a plan says what was found.
        Fact::Obligation { step: ObligationStep::Plan(_), .. } => happened && report.is_out(asked),
        // A date that was printed before the report came, or a plan for it, says that it comes.
        Fact::Obligation { .. } => happened && (asked.view == View::Restricted || report.is_out(asked)),
        _ => happened,
    }
}

fn is_plan_for_a_report(fact: &Fact) -> bool {
    matches!(fact, Fact::Obligation { obligation, step: ObligationStep::Plan(_) } if answered_by(obligation).is_some())
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
        | InspectionStep::LookedAt { .. }
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
            step: InspectionStep::JudgementsMade { .. }
                | InspectionStep::AreaForImprovement { .. }
                | InspectionStep::LookedAt { .. },
            ..
        } | Fact::Inspection { step: InspectionStep::PriorityActionRaised { .. }, .. }
            | Fact::Obligation { step: ObligationStep::DueStated { .. } | ObligationStep::Plan(_), .. }
            | Fact::Indicator(_)
    )
}
