//! How long things took: the days from one event of a history to another, and tables of them.
//!
//! A day that is not known to the day is never guessed: the pair is left out, and says why. What has not ended yet is no interval.

pub mod table;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::calendar::{Calendar, WorkingDays};
use crate::date::{Date, Happened, PartialDate};
use crate::event::Recorded;
use crate::existence::{closure, existence};
use crate::facts::{Dated, Facts, joined};
use crate::frameworks;
use crate::inspections::{self, Inspection};
use crate::instruments::{self, Kept};
use crate::pathway::{graded, standing};
use crate::seen::seen;
use crate::status::{AsOf, Instrument, RestsOn};
use crate::terms::{
    EndedHow, ExistenceState, Grade, InspectionKind, InstrumentKind, IntervalMeasure as M, JudgementKind,
    ServiceDomain, Standing,
};

/// One end of an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The inspection or instrument; empty for the day asked.
    pub what: String,
    /// The day, as far as it is known.
    pub on: PartialDate,
}

/// How long an interval is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Calendar days: the first is not counted, the last is.
    pub days: i32,
    /// Working days, counted alike; `None` outside the years whose bank holidays are known.
    pub working_days: Option<i32>,
}

/// Why a pair of events is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Its first day is not known to the day.
    FirstDayUnknown,
    /// Its last day is not known to the day.
    LastDayUnknown,
    /// No full inspection counts on the day asked.
    NeverInspected,
    /// The instrument names no report that is recorded and published.
    NoReport,
    /// It ended with the authority.
    EndedWithAuthority,
}

impl LeftOut {
    /// In words.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::FirstDayUnknown => "the day from which it counts is not known to the day",
            Self::LastDayUnknown => "the day up to which it counts is not known to the day",
            Self::NeverInspected => "no full inspection counts on the day asked",
            Self::NoReport => {
                "it names no inspection as what led to it, or one of which no publication is recorded"
            }
            Self::EndedWithAuthority => "it ended with the authority, or passed to another",
        }
    }
}

/// From one event to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// What it measures.
    pub measure: M,
    /// Over which services.
    pub domain: ServiceDomain,
    /// From here.
    pub begins: End,
    /// To here.
    pub ends: End,
    /// The kind of the inspection with which it begins.
    pub kind: Option<InspectionKind>,
    /// The overall effectiveness that this inspection judged.
    pub grade: Option<Grade>,
    /// How long it is, or why it is left out.
    pub length: Result<Length, LeftOut>,
    /// Provenance.
    pub rests_on: RestsOn,
}

impl M {
    /// From when it counts, in words.
    #[must_use]
    pub fn counts_from(self) -> &'static str {
        match self {
            Self::SinceFullInspection => "first day of the last full inspection that counts",
            Self::BetweenFullInspections => "first day of a full inspection",
            Self::FieldworkEndToPublication => "last day of fieldwork, of an inspection or visit",
            Self::FieldworkStartToPublication => "first day of fieldwork, of an inspection or visit",
            Self::ReportToNotice | Self::ReportToDirection => {
                "publication of the report that the instrument names as what led to it: of several, the last before it"
            }
            Self::NoticeToDirection => "issue of the first notice in an unbroken chain of notices",
            Self::DirectionToExit => "issue of the first direction in an unbroken chain of directions",
        }
    }

    /// Up to when it counts, in words.
    #[must_use]
    pub fn counts_to(self) -> &'static str {
        match self {
            Self::SinceFullInspection => "the day asked",
            Self::BetweenFullInspections => "first day of the next full inspection",
            Self::FieldworkEndToPublication | Self::FieldworkStartToPublication => {
                "first publication of the report or letter"
            }
            Self::ReportToNotice => {
                "issue of the improvement notice; below 0 where it came before the report"
            }
            Self::ReportToDirection => "issue of the direction; below 0 where it came before the report",
            Self::NoticeToDirection => "issue of the direction that replaces the last of them",
            Self::DirectionToExit => "end of the last of them, whether or not a notice follows",
        }
    }

    /// Whether the field counts it in working days.
    #[must_use]
    pub fn in_working_days(self) -> bool {
        matches!(self, Self::FieldworkEndToPublication | Self::FieldworkStartToPublication)
    }
}

impl Interval {
    /// How long it is in the unit of its measure; `None` where it is left out.
    #[must_use]
    pub fn value(&self) -> Option<i32> {
        let length = self.length.ok()?;
        if self.measure.in_working_days() { length.working_days } else { Some(length.days) }
    }

    /// Whether it begins, or may begin, on one of these days.
    #[must_use]
    pub fn begins_within(&self, from: Option<Date>, to: Option<Date>) -> bool {
        let (earliest, latest) = (self.begins.on.earliest(), self.begins.on.latest());
        from.is_none_or(|from| latest.is_none_or(|latest| from <= latest))
            && to.is_none_or(|to| earliest.is_none_or(|earliest| earliest <= to))
    }
}

/// Everything that an answer about intervals is made of.
struct Found<'c> {
    calendar: WorkingDays,
    intervals: Vec<Interval>,
    asked: &'c AsOf,
}

/// What is known of one inspection beside the day.
#[derive(Clone, Copy)]
struct About {
    domain: ServiceDomain,
    kind: Option<InspectionKind>,
    grade: Option<Grade>,
}

/// Every interval of an authority that a question sees, by measure and then by the first day.
#[must_use]
pub fn intervals(history: &[Recorded], calendar: &Calendar, as_of: AsOf) -> Vec<Interval> {
    let asked = as_of.asked();
    let day = asked.effective;
    let seen = seen(Facts::of(history), asked);
    let facts = &seen.facts.counted;
    let inspections = inspections::gather(facts);
    let closure = closure(facts, day);
    let kept = instruments::gather(facts, closure.as_ref());
    let mut found = Found { calendar: calendar.announced_by(day), intervals: Vec::new(), asked: &as_of };
    for domain in ServiceDomain::ALL {
        let graded = graded(&inspections, *domain, asked);
        if existence(facts, day).state == ExistenceState::Exists {
            found.since(standing(&graded, day).map(|last| last.inspection), *domain);
        }
        let mut full: Vec<&Inspection<'_>> = graded.iter().map(|graded| graded.inspection).collect();
        full.retain(|inspection| inspection.withdrawn_by(day) != Happened::Surely);
        full.sort_by_key(|inspection| inspection.sort_key());
        found.between(&full);
    }
    for inspection in &inspections {
        found.publication(inspection);
    }
    found.of_instruments(&kept, &inspections);
    found.intervals.sort_by_key(|one| (one.measure, one.begins.on.sort_key()));
    found.intervals
}

impl Found<'_> {
    /// Measures, unless a day is missing.
    fn add(
        &mut self,
        (measure, about): (M, About),
        (begins, ends): (End, End),
        rests_on: RestsOn,
        left_out: Option<LeftOut>,
    ) {
        let length = match (left_out, begins.on.day(), ends.on.day()) {
            (Some(why), ..) => Err(why),
            (None, None, _) => Err(LeftOut::FirstDayUnknown),
            (None, _, None) => Err(LeftOut::LastDayUnknown),
            (None, Some(from), Some(to)) => {
                Ok(Length { days: (to - from).get_days(), working_days: self.calendar.between(from, to) })
            }
        };
        let About { domain, kind, grade } = about;
        self.intervals.push(Interval { measure, domain, begins, ends, kind, grade, length, rests_on });
    }

    fn since(&mut self, last: Option<&Inspection<'_>>, domain: ServiceDomain) {
        let today = End { what: String::new(), on: self.asked.effective.into() };
        let Some(last) = last else {
            let nothing = End { what: String::new(), on: PartialDate::Unknown };
            let about = About { domain, kind: None, grade: None };
            let why = Some(LeftOut::NeverInspected);
            return self.add((M::SinceFullInspection, about), (nothing, today), RestsOn::new(), why);
        };
        let rests_on = rests_on_of(last);
        self.add((M::SinceFullInspection, about(last, self.asked)), (begun(last), today), rests_on, None);
    }

    fn between(&mut self, full: &[&Inspection<'_>]) {
        for (one, next) in full.iter().zip(full.iter().skip(1)) {
            let rests_on = joined([&rests_on_of(one), &rests_on_of(next)]);
            let ends = (begun(one), begun(next));
            self.add((M::BetweenFullInspections, about(one, self.asked)), ends, rests_on, None);
        }
    }

    fn publication(&mut self, inspection: &Inspection<'_>) {
        let Some(published) = &inspection.published else { return };
        let about = about(inspection, self.asked);
        let end = |on| End { what: inspection.key.to_string(), on };
        for (measure, day) in [
            (M::FieldworkEndToPublication, inspection.last_day()),
            (M::FieldworkStartToPublication, inspection.first_day()),
        ] {
            let ends = (end(day), end(published.on));
            self.add((measure, about), ends, rests_on_of(inspection), None);
        }
    }

    fn of_instruments(&mut self, kept: &[Kept<'_>], inspections: &[Inspection<'_>]) {
        let day = self.asked.effective;
        let instruments: Vec<Instrument> = kept.iter().filter_map(|kept| kept.on(day)).collect();
        for (kept, instrument) in kept.iter().filter_map(|kept| Some((kept, kept.on(day)?))) {
            let measure = match instrument.kind {
                InstrumentKind::ImprovementNotice => M::ReportToNotice,
                InstrumentKind::Direction => M::ReportToDirection,
                _ => continue,
            };
            // What was passed on from a predecessor was not issued to this authority.
            let Some((issue, issued)) = &kept.issue else { continue };
            self.report_to(measure, &instrument, issued, &issue.triggers, inspections);
            if instrument.kind == InstrumentKind::Direction {
                self.direction(&instrument, &instruments);
            }
        }
    }

    fn report_to(
        &mut self,
        measure: M,
        instrument: &Instrument,
        issued: &Dated,
        triggers: &[crate::id::InspectionKey],
        inspections: &[Inspection<'_>],
    ) {
        let named = inspections.iter().filter(|inspection| triggers.contains(inspection.key));
        let reports = named.filter_map(|inspection| Some((inspection, inspection.published.as_ref()?)));
        // The last that was out by then; else the first after it.
        let report = reports.min_by_key(|(_, published)| {
            let before = published.on.sort_key() <= issued.on.sort_key();
            let apart = published
                .on
                .earliest()
                .zip(issued.on.earliest())
                .map(|(one, other)| (one - other).get_days().abs());
            (!before, apart)
        });
        let end = End { what: instrument.instrument.to_string(), on: issued.on };
        match report {
            Some((inspection, published)) => {
                let begin = End { what: inspection.key.to_string(), on: published.on };
                let rests_on = joined([&published.rests_on, &issued.rests_on]);
                let about = About { domain: instrument.domain, ..about(inspection, self.asked) };
                self.add((measure, about), (begin, end), rests_on, None);
            }
            // One that only takes the place of another answers no report.
            None if instrument.replaces.is_some() => {}
            None => {
                let nothing = End { what: String::new(), on: PartialDate::Unknown };
                let about = About { domain: instrument.domain, kind: None, grade: None };
                let rests_on = issued.rests_on.clone();
                self.add((measure, about), (nothing, end), rests_on, Some(LeftOut::NoReport));
            }
        }
    }

    /// How long notices had been in force before a direction, and how long directions then were.
    fn direction(&mut self, direction: &Instrument, all: &[Instrument]) {
        let about = About { domain: direction.domain, kind: None, grade: None };
        let end = |instrument: &Instrument, on| End { what: instrument.instrument.to_string(), on };
        let before = before(direction, all);
        if before.is_some_and(|before| before.kind == InstrumentKind::Direction) {
            return;
        }
        if let Some(last) = before.filter(|before| before.kind == InstrumentKind::ImprovementNotice) {
            let chain = chain(last, |notice| self::before(notice, all));
            let first = chain.last().copied().unwrap_or(last);
            let rests_on = joined(chain.iter().map(|notice| &notice.rests_on).chain([&direction.rests_on]));
            let ends = (end(first, first.from), end(direction, direction.from));
            self.add((M::NoticeToDirection, about), ends, rests_on, None);
        }
        let chain = chain(direction, |direction| after(direction, all));
        let last = chain.last().copied().unwrap_or(direction);
        let Some(to) = last.to.filter(|_| last.standing != Standing::InForce) else { return };
        let passed = matches!(last.ended_how, Some(EndedHow::AuthorityClosed | EndedHow::CarriedOver));
        let rests_on = joined(chain.iter().map(|direction| &direction.rests_on));
        let ends = (end(direction, direction.from), end(last, to));
        let why = passed.then_some(LeftOut::EndedWithAuthority);
        self.add((M::DirectionToExit, about), ends, rests_on, why);
    }
}

/// The instrument that one replaced.
fn before<'i>(one: &Instrument, all: &'i [Instrument]) -> Option<&'i Instrument> {
    all.iter().find(|other| {
        one.replaces.as_ref() == Some(&other.instrument)
            || other.replaced_by.as_ref() == Some(&one.instrument)
    })
}

/// The instrument of the same kind that replaced one.
fn after<'i>(one: &Instrument, all: &'i [Instrument]) -> Option<&'i Instrument> {
    all.iter().find(|other| before(other, all).is_some_and(|before| before.instrument == one.instrument))
}

/// An instrument and those of its kind that follow one from another. Each is there once, whatever the history says of circles.
fn chain<'i>(
    first: &'i Instrument,
    next: impl Fn(&Instrument) -> Option<&'i Instrument>,
) -> Vec<&'i Instrument> {
    let mut chain = Vec::from([first]);
    let mut last = first;
    while let Some(next) = next(last).filter(|next| next.kind == first.kind) {
        if chain.iter().any(|known| known.instrument == next.instrument) {
            break;
        }
        chain.push(next);
        last = next;
    }
    chain
}

fn begun(inspection: &Inspection<'_>) -> End {
    End { what: inspection.key.to_string(), on: inspection.first_day() }
}

fn about(inspection: &Inspection<'_>, asked: &AsOf) -> About {
    let domain = inspection.kind.map_or(ServiceDomain::ChildrensSocialCare, frameworks::domain);
    let (grades, _) = inspection.grades_on(asked.effective);
    let overall = grades.iter().find(|grade| grade.kind == JudgementKind::OverallEffectiveness);
    let grade = overall.filter(|_| inspection.is_graded()).map(|grade| grade.grade);
    About { domain, kind: inspection.kind, grade }
}

/// What says when an inspection was, and when its report came out.
fn rests_on_of(inspection: &Inspection<'_>) -> RestsOn {
    let published = inspection.published.as_ref().map(|published| &published.rests_on);
    joined([inspection.fieldwork_rests_on()].into_iter().chain(published))
}
