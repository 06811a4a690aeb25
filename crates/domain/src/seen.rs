//! What of the facts of a stream a question may see: what had happened by the day asked, and in the public view what was published by then
//! and is under no embargo (docs/decisions/0007, 0019, 0025).
//!
//! Everything after this looks at these facts alone, so that no part of an answer can know more than another.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::date::{Happened, PartialDate};
use crate::event::{Fact, InspectionStep, InstrumentStep, MeasureStep, ObligationStep, Recorded};
use crate::facts::{Counted, Dated, Event, Facts, target};
use crate::id::{EventId, InspectionKey, InstrumentKey, MeasureKey, ObligationKey};
use crate::status::Asked;
use crate::terms::{Basis, View};

/// From when everybody may see a fact whose own day has come, and the day of publication that it names.
enum Public<'a> {
    /// At once.
    FromItsDay,
    /// With the report. Ofsted and the authority, whom the restricted view serves, know of it at once.
    WithReport(&'a InspectionKey),
    /// With the report, in which it stands: nobody but Ofsted knows of it before the authority receives that.
    InReport(&'a InspectionKey),
    /// Likewise, whatever its own day.
    Judged(&'a InspectionKey),
    /// With the letter in which it stands, and with the report that the plan it is about answers.
    InLetter(&'a InspectionKey, &'a ObligationKey),
    /// With the report that opens the obligation, where one is recorded: a date that was printed before it came says that it comes.
    OfObligation(&'a ObligationKey),
    /// With the report that the plan answers, recorded or not: it says what was found.
    InPlan(&'a ObligationKey),
    /// Never.
    Never,
}

/// The table: when each kind of fact becomes public.
fn public(fact: &Fact) -> Public<'_> {
    match fact {
        Fact::Inspection { inspection, step } => of_inspection(inspection, step),
        Fact::Obligation { obligation, step: ObligationStep::Plan(_) } => Public::InPlan(obligation),
        Fact::Obligation { obligation, .. } => Public::OfObligation(obligation),
        Fact::ConcernReceived(concern) if !concern.public => Public::Never,
        _ => Public::FromItsDay,
    }
}

fn of_inspection<'a>(inspection: &'a InspectionKey, step: &'a InspectionStep) -> Public<'a> {
    match step {
        InspectionStep::DraftIssued
        | InspectionStep::CommentsReceived
        | InspectionStep::ComplaintMade
        | InspectionStep::ComplaintDecided
        | InspectionStep::Received => Public::WithReport(inspection),
        InspectionStep::JudgementsMade { .. } => Public::Judged(inspection),
        InspectionStep::LookedAt { plan, .. } => Public::InLetter(inspection, plan),
        InspectionStep::AreaForImprovement { .. }
        | InspectionStep::PriorityActionRaised { .. }
        | InspectionStep::PriorityActionDischarged { .. }
        | InspectionStep::StatementDetermined { .. }
        | InspectionStep::JudgementRevised { .. }
        | InspectionStep::Republished
        | InspectionStep::Withdrawn
        | InspectionStep::PublishedByAuthority
        | InspectionStep::RequirementMade { .. }
        | InspectionStep::RequirementMet { .. }
        | InspectionStep::RecommendationMade { .. } => Public::InReport(inspection),
        InspectionStep::Notified { .. }
        | InspectionStep::Deferred
        | InspectionStep::Paused
        | InspectionStep::Resumed
        | InspectionStep::DeclaredIncomplete
        | InspectionStep::AdditionalEvidence { .. }
        | InspectionStep::Fieldwork(_)
        | InspectionStep::Published { .. } => Public::FromItsDay,
    }
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
    let out = Out::of(&facts, asked);
    facts.counted.retain_mut(|counted| {
        counted.published = out.publication(counted.fact, counted.published);
        out.shows(counted.fact, counted.happened_on, counted.published)
    });
    facts.struck.retain(|struck| {
        out.shows(struck.fact, struck.happened_on, out.publication(struck.fact, struck.published))
    });
    let publications = if asked.basis == Basis::Inspected {
        out.reports.into_iter().filter_map(|(key, report)| Some((key, report.published?))).collect()
    } else {
        BTreeMap::new()
    };
    Seen { facts, publications }
}

/// The events of a stream that a view does not show on a day: those that the answer of that view and day may not see, whether they count or
/// not, and those that void, merge, correct or confirm them.
#[must_use]
pub fn withheld(history: &[Recorded], asked: Asked) -> BTreeSet<EventId> {
    hidden(history, asked, |out, said| {
        out.shows(said.fact, said.happened_on, out.publication(said.fact, said.published))
    })
}

/// Those of them that are not withheld for their day alone, which has not come yet.
#[must_use]
pub fn under_embargo(history: &[Recorded], asked: Asked) -> BTreeSet<EventId> {
    hidden(history, asked, |out, said| out.is_out(said.fact))
}

fn hidden(
    history: &[Recorded],
    asked: Asked,
    shows: impl Fn(&Out<'_>, &Event<'_>) -> bool,
) -> BTreeSet<EventId> {
    let facts = Facts::of(history);
    let out = Out::of(&facts, asked);
    // Each event, and the one that it is about in the end.
    let mut about: BTreeMap<EventId, EventId> = BTreeMap::new();
    let mut hidden: BTreeSet<EventId> = BTreeSet::new();
    let mut confirmations: Vec<(EventId, Vec<EventId>)> = Vec::new();
    for event in history {
        let base = target(&event.fact).map_or(event.id, |named| about.get(&named).copied().unwrap_or(named));
        about.insert(event.id, base);
        if matches!(event.fact, Fact::Voided { .. } | Fact::Merged { .. }) {
            continue;
        }
        // It repeats nothing, but tells that there is something to agree with: it goes with what it confirms.
        if let Fact::Confirmed { events } = &event.fact {
            let confirmed = events.iter().map(|named| about.get(named).copied().unwrap_or(*named));
            confirmations.push((base, confirmed.collect()));
        }
        if !shows(&out, &Event::from(event).said()) {
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

/// When the report of an inspection came out, to the authority and to everybody.
#[derive(Default)]
struct Report {
    /// Something of the inspection had happened by the day asked.
    known: bool,
    /// The first day of its fieldwork.
    begun: Option<PartialDate>,
    received: Option<PartialDate>,
    published: Option<Dated>,
    /// Ofsted publishes no letter of it.
    unpublished: bool,
    by_authority: Option<Dated>,
}

/// When that came out on which other facts hang.
struct Out<'a> {
    asked: Asked,
    reports: BTreeMap<&'a InspectionKey, Report>,
    /// Of instruments and measures, by key: the days of publication that they name.
    named: BTreeMap<&'a str, PartialDate>,
}

impl<'a> Out<'a> {
    fn of(facts: &Facts<'a>, asked: Asked) -> Self {
        let mut out = Self { asked, reports: reports(&facts.counted, asked), named: BTreeMap::new() };
        // What is about an instrument whose issue was voided would tell of it all the same.
        let struck = facts.struck.iter().map(|struck| (struck.fact, struck.happened_on, struck.published));
        let counted =
            facts.counted.iter().map(|counted| (counted.fact, counted.happened_on, counted.published));
        let by_then = struck.chain(counted).filter(|(_, happened_on, _)| out.has_come(*happened_on));
        let begun: Vec<_> =
            by_then.filter_map(|(fact, _, published)| Some((begun(fact)?, fact, published))).collect();
        // What is issued or appointed under another, or in place of it, follows that one: those that name a day themselves come first.
        for names in [true, false] {
            for (key, fact, published) in
                begun.iter().filter(|(_, _, published)| published.is_some() == names)
            {
                if let Some(on) = out.publication(fact, *published) {
                    out.named.insert(key, on);
                }
            }
        }
        out
    }

    /// The day of publication that decides whether the public view shows a fact: the one that it names, else the last of those that the
    /// instruments or measures name that it is about.
    fn publication(&self, fact: &Fact, named: Option<PartialDate>) -> Option<PartialDate> {
        let of_others = || {
            let named = about(fact).into_iter().flatten().filter_map(|key| self.named.get(key).copied());
            named.max_by_key(|on| on.sort_key())
        };
        if self.asked.view == View::Restricted { None } else { named.or_else(of_others) }
    }

    fn shows(&self, fact: &Fact, happened_on: PartialDate, published: Option<PartialDate>) -> bool {
        let is_public = match fact {
            Fact::Inspection { inspection, step: InspectionStep::Published { .. } } => {
                is_published(happened_on, self.report(inspection).and_then(Report::not_before), self.asked)
            }
            _ => self.is_public(published.unwrap_or(happened_on)),
        };
        (self.has_come(happened_on) && is_public || matches!(public(fact), Public::Judged(_)))
            && self.is_out(fact)
    }

    /// Whether what a fact waits for beside its day has come.
    fn is_out(&self, fact: &Fact) -> bool {
        let restricted = self.asked.view == View::Restricted;
        let is_out = |report: &Report| report.is_out(self.asked);
        let is_answered = |plan| self.report_before(plan).map_or(answered_by(plan).is_none(), is_out);
        match public(fact) {
            Public::FromItsDay => true,
            Public::WithReport(inspection) => restricted || self.report(inspection).is_some_and(is_out),
            Public::InReport(inspection) => self.report(inspection).is_some_and(is_out),
            Public::Judged(inspection) => {
                self.report(inspection).is_some_and(|report| report.is_out_with_judgements(self.asked))
            }
            Public::InLetter(visit, plan) => self.report(visit).is_some_and(is_out) && is_answered(plan),
            Public::OfObligation(obligation) => {
                restricted || self.report_before(obligation).is_none_or(is_out)
            }
            Public::InPlan(plan) => is_answered(plan),
            Public::Never => restricted,
        }
    }

    /// By the day asked, or perhaps by then.
    fn has_come(&self, on: PartialDate) -> bool {
        on.by(self.asked.effective) != Happened::Not
    }

    /// By the day that the public view goes by, or perhaps by then.
    fn is_public(&self, on: PartialDate) -> bool {
        on.by(self.asked.public_by) != Happened::Not
    }

    fn report(&self, inspection: &InspectionKey) -> Option<&Report> {
        self.reports.get(inspection)
    }

    /// The report that opens an obligation, where something of its inspection had happened.
    fn report_before(&self, obligation: &ObligationKey) -> Option<&Report> {
        self.reports.get(&answered_by(obligation)?).filter(|report| report.known)
    }
}

/// The instrument or measure that begins with a fact.
fn begun(fact: &Fact) -> Option<&str> {
    match fact {
        Fact::Instrument { instrument, step: InstrumentStep::Issued(_) } => Some(instrument.as_str()),
        Fact::Measure { measure, step: MeasureStep::Served(_) } => Some(measure.as_str()),
        _ => None,
    }
}

/// The instruments or measures that a fact is about: its own, and those under which, by which or in whose place it is.
fn about(fact: &Fact) -> [Option<&str>; 3] {
    match fact {
        Fact::Instrument { instrument, step } => {
            let (under, other) = match step {
                InstrumentStep::Issued(issue) => (issue.under.as_ref(), issue.replaces.as_ref()),
                InstrumentStep::Replaced { by } => (Some(by), None),
                _ => (None, None),
            };
            let key = InstrumentKey::as_str;
            [Some(instrument.as_str()), under.map(key), other.map(key)]
        }
        Fact::Measure { measure, step } => {
            let under = match step {
                MeasureStep::Served(served) => served.under.as_ref(),
                _ => None,
            };
            [Some(measure.as_str()), under.map(MeasureKey::as_str), None]
        }
        // "direction-2019-06-04/first/commissioner-report"
        Fact::Obligation { obligation, .. } => [obligation.as_str().split('/').next(), None, None],
        _ => [None; 3],
    }
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
            InspectionStep::Fieldwork(fieldwork) => {
                report.begun.get_or_insert(counted.happened_on);
                report.unpublished |= fieldwork.unpublished;
            }
            InspectionStep::PublishedByAuthority => {
                report.by_authority.get_or_insert(counted.dated());
            }
            _ => {}
        }
    }
    // A letter that Ofsted does not publish is out when the authority publishes it.
    for report in reports.values_mut().filter(|report| report.unpublished && report.published.is_none()) {
        report.published = report.by_authority.take();
    }
    reports
}

/// Whether a report published on a day is out, in the view and by the day asked. Of a rough day the public view waits for the last: until then
/// it may be under embargo. That it was published at all says that an unknown day has passed, after the inspection began and the authority had the report.
fn is_published(on: PartialDate, not_before: Option<PartialDate>, asked: Asked) -> bool {
    let day = asked.public_by;
    match (on.by(day), asked.view) {
        (Happened::Not, _) => false,
        (_, View::Restricted) | (Happened::Surely, _) => true,
        (Happened::Maybe, View::Public) => {
            on == PartialDate::Unknown && not_before.is_none_or(|first| first.by(day) != Happened::Not)
        }
    }
}

impl Report {
    /// What its publication comes after, as far as that is known.
    fn not_before(&self) -> Option<PartialDate> {
        self.received.or(self.begun)
    }

    fn is_public(&self, asked: Asked) -> bool {
        self.published.as_ref().is_some_and(|published| is_published(published.on, self.not_before(), asked))
    }

    fn is_out(&self, asked: Asked) -> bool {
        let received = self.received.is_some_and(|on| on.by(asked.effective) != Happened::Not);
        self.is_public(asked) || (asked.view == View::Restricted && received)
    }

    /// Judgements counted from the inspection are seen before their publication by whoever asks after it.
    fn is_out_with_judgements(&self, asked: Asked) -> bool {
        let looks_back =
            asked.view == View::Restricted || self.is_public(Asked { public_by: asked.asked_on, ..asked });
        self.is_out(asked) || (asked.basis == Basis::Inspected && looks_back)
    }
}

/// The inspection of whose report an obligation comes, by its key.
pub(crate) fn answered_by(obligation: &ObligationKey) -> Option<InspectionKey> {
    obligation.parts()?.0.parse().ok()
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
