//! Instruments and appointments, gathered from their steps, and how each stands on a day.
//!
//! A direction is made under Education Act 1996 s.497A, as applied to children's social care by Children Act 2004 s.50.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::date::{Date, Happened, PartialDate};
use crate::event::{CarriedInstrument, Fact, InstrumentStep, Issue};
use crate::existence::{Closure, delivery, standing};
use crate::facts::{Counted, Dated, joined};
use crate::id::InstrumentKey;
use crate::status::{Delivery, Instrument, RestsOn};
use crate::terms::{DeliveryBasis, DeliveryKind, EndedHow, InstrumentKind, ServiceDomain, Standing};

/// One end of an instrument, as some event says.
#[derive(Clone, Debug)]
pub(crate) struct End<'a> {
    pub(crate) dated: Dated,
    how: EndedHow,
    by: Option<&'a InstrumentKey>,
}

/// A report that a commissioner owes: when it is due, and when it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) due: Option<(PartialDate, Dated)>,
    pub(crate) received: Option<Dated>,
    pub(crate) published: Option<Dated>,
}

/// Everything recorded of one instrument or appointment.
#[derive(Clone, Debug)]
pub(crate) struct Kept<'a> {
    pub(crate) key: &'a InstrumentKey,
    pub(crate) issue: Option<(&'a Issue, Dated)>,
    carried: Option<(&'a CarriedInstrument, Dated)>,
    ends: Vec<End<'a>>,
    varied: Vec<(&'a str, PartialDate, Dated)>,
    /// The days on which its beginning and its ends were published, where that decides.
    published: Vec<PartialDate>,
    pub(crate) reviews: Vec<(PartialDate, Dated)>,
    pub(crate) reports: BTreeMap<&'a str, Report>,
}

impl<'a> Kept<'a> {
    fn new(key: &'a InstrumentKey) -> Self {
        Self {
            key,
            issue: None,
            carried: None,
            ends: Vec::new(),
            varied: Vec::new(),
            published: Vec::new(),
            reviews: Vec::new(),
            reports: BTreeMap::new(),
        }
    }

    fn apply(&mut self, step: &'a InstrumentStep, counted: &Counted<'_>) {
        let dated = counted.dated();
        if matches!(
            step,
            InstrumentStep::Issued(_) | InstrumentStep::Replaced { .. } | InstrumentStep::Ended(_)
        ) {
            self.published.extend(counted.published);
        }
        match step {
            InstrumentStep::Issued(issue) => {
                if issue.report_due != PartialDate::Unknown {
                    self.reports.entry("first").or_default().due = Some((issue.report_due, dated.clone()));
                }
                self.issue = Some((issue, dated));
            }
            InstrumentStep::Varied { change, term_end } => self.varied.push((change, *term_end, dated)),
            InstrumentStep::Replaced { by } => {
                self.ends.push(End { dated, how: EndedHow::Replaced, by: Some(by) })
            }
            InstrumentStep::Ended(how) => self.ends.push(End { dated, how: *how, by: None }),
            InstrumentStep::ReviewHeld { next_due } => self.reviews.push((*next_due, dated)),
            InstrumentStep::ReportDue { report, due } => {
                self.reports.entry(report).or_default().due = Some((*due, dated));
            }
            InstrumentStep::ReportReceived { report } => {
                self.reports.entry(report).or_default().received = Some(dated)
            }
            InstrumentStep::ReportPublished { report } => {
                self.reports.entry(report).or_default().published = Some(dated)
            }
        }
    }

    pub(crate) fn kind(&self) -> Option<InstrumentKind> {
        let issued = self.issue.as_ref().map(|(issue, _)| issue.kind);
        issued.or_else(|| self.carried.as_ref().map(|(carried, _)| carried.kind))
    }

    pub(crate) fn domain(&self) -> Option<ServiceDomain> {
        let issued = self.issue.as_ref().map(|(issue, _)| issue.domain);
        issued.or_else(|| self.carried.as_ref().map(|(carried, _)| carried.domain))
    }

    /// When it was first issued, to this authority or to the one it came from.
    pub(crate) fn issued(&self) -> Option<Dated> {
        let carried = self
            .carried
            .as_ref()
            .map(|(carried, dated)| Dated { on: carried.issued, rests_on: dated.rests_on.clone() });
        self.issue.as_ref().map(|(_, dated)| dated.clone()).or(carried)
    }

    /// When it came into force for this authority.
    pub(crate) fn began(&self) -> Option<&Dated> {
        let issued = self.issue.as_ref().map(|(_, dated)| dated);
        issued.or_else(|| self.carried.as_ref().map(|(_, dated)| dated))
    }

    /// Its first end, whatever the day.
    pub(crate) fn first_end(&self) -> Option<&Dated> {
        self.ends.iter().map(|end| &end.dated).min_by_key(|dated| dated.on.sort_key())
    }

    /// Its end, of those that had come, or may have, by `day`: one that surely had, and of those the first. Of two on one day, the one that names how rather than by what.
    pub(crate) fn end(&self, day: Date) -> Option<&End<'a>> {
        self.ends.iter().min_by_key(|end| {
            let maybe = end.dated.on.by(day) != Happened::Surely;
            (maybe, end.dated.on.sort_key(), end.how == EndedHow::Replaced)
        })
    }

    /// Where it stands on `day`; `None` before it began.
    pub(crate) fn on(&self, day: Date) -> Option<Instrument> {
        let began = self.began()?;
        let end = self.end(day);
        let to = end.map(|end| end.dated.on);
        let term =
            self.varied.iter().rev().map(|(_, term, _)| *term).find(|term| *term != PartialDate::Unknown);
        let issue = self.issue.as_ref().map(|(issue, _)| *issue);
        let replaced = self.ends.iter().find(|end| end.by.is_some());
        let rests_on: RestsOn = joined(
            [&began.rests_on]
                .into_iter()
                .chain(self.varied.iter().map(|(.., dated)| &dated.rests_on))
                .chain(end.map(|end| &end.dated.rests_on))
                .chain(replaced.map(|end| &end.dated.rests_on)),
        );
        let kind = self.kind()?;
        let standing = standing(began.on, to, day)?;
        let is_rough = self.published.iter().any(|on| on.by(day) == Happened::Maybe);
        Some(Instrument {
            instrument: self.key.clone(),
            kind,
            domain: self.domain()?,
            standing: if is_rough { Standing::Uncertain } else { standing },
            from: began.on,
            to,
            ended_how: end.map(|end| end.how),
            replaces: issue.and_then(|issue| issue.replaces.clone()),
            replaced_by: replaced.and_then(|end| end.by.cloned()),
            powers: issue.map(|issue| issue.powers.clone()).unwrap_or_default(),
            holder: issue.map(|issue| issue.holder.clone()).unwrap_or_default(),
            term_end: term.or(issue.map(|issue| issue.term_end)).unwrap_or_default(),
            legal_basis: legal_basis(kind),
            variations: self.varied.iter().map(|(change, ..)| String::from(*change)).collect(),
            rests_on,
        })
    }
}

/// The law or policy under which an instrument of this kind stands.
#[must_use]
pub fn legal_basis(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::ImprovementNotice => {
            "non-statutory; Department for Education, Putting children first (2016)"
        }
        InstrumentKind::Direction | InstrumentKind::Trust => {
            "Education Act 1996 s.497A, as applied by Children Act 2004 s.50"
        }
        InstrumentKind::Commissioner => {
            "appointed under a direction: Education Act 1996 s.497A; Children Act 2004 s.50"
        }
        InstrumentKind::Adviser => {
            "appointed by the Department for Education, under a notice or direction or without one"
        }
        InstrumentKind::FlexibilityLetter => "letter of the Department for Education relaxing a direction",
        InstrumentKind::Supervision => "policy of the Department for Education after intervention ends",
    }
}

/// Gathers instruments and appointments with their ends: their own, the beginning of what replaces them, the end of the authority.
pub(crate) fn gather<'a>(facts: &[Counted<'a>], closure: Option<&Closure<'_>>) -> Vec<Kept<'a>> {
    let mut by_key: BTreeMap<&InstrumentKey, Kept<'a>> = BTreeMap::new();
    for counted in facts {
        match counted.fact {
            Fact::Instrument { instrument, step } => {
                by_key.entry(instrument).or_insert_with(|| Kept::new(instrument)).apply(step, counted);
                if let InstrumentStep::Issued(Issue { replaces: Some(old), .. }) = step {
                    let end = End { dated: counted.dated(), how: EndedHow::Replaced, by: Some(instrument) };
                    let old = by_key.entry(old).or_insert_with(|| Kept::new(old));
                    old.ends.push(end);
                    old.published.extend(counted.published);
                }
            }
            Fact::SuccessionReceived { instruments, .. } => {
                for carried in instruments {
                    let key = &carried.instrument;
                    by_key.entry(key).or_insert_with(|| Kept::new(key)).carried =
                        Some((carried, counted.dated()));
                }
            }
            _ => {}
        }
    }
    let mut kept: Vec<Kept<'a>> = by_key.into_values().collect();
    for kept in &mut kept {
        if let Some(closure) = closure {
            let carried = closure.instruments.contains(&kept.key);
            let how = if carried { EndedHow::CarriedOver } else { EndedHow::AuthorityClosed };
            kept.ends.push(End { dated: closure.dated.clone(), how, by: None });
        }
    }
    kept.sort_by_key(|kept| kept.began().map(|began| began.on.sort_key()));
    kept
}

/// How instruments rank where several are in force: DOMAIN's order, the one that takes most away first.
fn rank(instrument: &Instrument) -> u8 {
    use crate::terms::DirectionPower as P;
    match instrument.kind {
        InstrumentKind::Direction if instrument.powers.contains(&P::S497A4A) => 0,
        InstrumentKind::Direction if instrument.powers.contains(&P::S497A4) => 1,
        InstrumentKind::Direction => 2,
        InstrumentKind::ImprovementNotice => 3,
        InstrumentKind::Supervision => 4,
        InstrumentKind::Commissioner => 5,
        InstrumentKind::Adviser => 6,
        InstrumentKind::FlexibilityLetter => 7,
        InstrumentKind::Trust => 8,
    }
}

/// Every instrument that had begun by `day`: in force first, by rank; then ended ones, the last to end first.
pub(crate) fn on(kept: &[Kept<'_>], facts: &[Counted<'_>], day: Date) -> Vec<Instrument> {
    let directed = delivery(facts, day).into_iter().filter_map(directed_trust);
    let mut instruments: Vec<_> = kept.iter().filter_map(|kept| kept.on(day)).chain(directed).collect();
    instruments.sort_by_key(|instrument| {
        let ended = instrument.standing == Standing::Ended;
        let order = if ended { 0 } else { rank(instrument) };
        (
            ended,
            order,
            core::cmp::Reverse(instrument.to.map(PartialDate::sort_key)),
            instrument.from.sort_key(),
        )
    });
    instruments
}

/// A trust or company that a direction put in place stands beside the instruments as well as on the delivery axis.
fn directed_trust(delivery: Delivery) -> Option<Instrument> {
    let is_directed =
        delivery.basis == Some(DeliveryBasis::Directed) && delivery.kind != DeliveryKind::PartnerAuthority;
    if !is_directed {
        return None;
    }
    Some(Instrument {
        instrument: delivery.arrangement.as_str().parse().ok()?,
        kind: InstrumentKind::Trust,
        domain: ServiceDomain::ChildrensSocialCare,
        standing: delivery.standing,
        from: delivery.from,
        to: delivery.to,
        ended_how: delivery.to.map(|_| EndedHow::Ended),
        replaces: None,
        replaced_by: None,
        powers: Vec::new(),
        holder: delivery.body,
        term_end: PartialDate::Unknown,
        legal_basis: legal_basis(InstrumentKind::Trust),
        variations: Vec::new(),
        rests_on: delivery.rests_on,
    })
}
