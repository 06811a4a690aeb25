//! Whom to visit first, by criteria that were published for a period.
//!
//! The criteria are tables of the policy ([`crate::policy`]), with dates of force, sources and marks. The order is Docket's reading: whoever an earlier criterion of the table
//! names comes first; among those whom the same ones name, who has waited longest (docs/decisions/0021).

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::cited::Cited;
use crate::date::{Date, PartialDate};
use crate::facts::joined;
use crate::frameworks;
use crate::policy::Force;
use crate::providers::status::{ProviderStatus, Registration};
use crate::status::{AuthorityStatus, Concern, InspectionSummary, PriorityAction, Profile, RestsOn};
use crate::terms::{
    ExistenceState, Grade, InspectionKind, PriorityCriterion, RegistrationState, ServiceDomain,
};

/// Criteria that are in force together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it is called.
    pub name: String,
    /// Of regulated providers; otherwise of authorities.
    pub of_providers: bool,
    /// When.
    pub force: Force,
    /// In the order in which they count.
    pub rules: Vec<(PriorityCriterion, Cited<String>)>,
}

/// How a sample is drawn, in words.
pub const DRAW: &str =
    "each id has a lot: SplitMix64 over the seed, then over its bytes one by one; the lowest lots are drawn";

/// What a sample is drawn by, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The same seed draws the same.
    pub seed: u64,
    /// How many.
    pub size: usize,
}

/// Why somebody has a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which criterion.
    pub criterion: PriorityCriterion,
    /// In a sentence.
    pub because: String,
    /// The events.
    pub rests_on: RestsOn,
}

/// Somebody in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<T> {
    /// Who.
    pub subject: T,
    /// In the order of the table.
    pub reasons: Vec<Reason>,
    /// The last judgement overall.
    pub overall: Option<Grade>,
    /// First day of the last inspection or visit.
    pub last: Option<Date>,
    /// Of that one only the publication is known: `last` is its day.
    pub last_is_publication: bool,
    /// Days since.
    pub days: Option<i32>,
}

/// The list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked<T> {
    /// In their order.
    pub places: Vec<Place<T>>,
    /// How many were drawn.
    pub drawn: usize,
    /// Of how many.
    pub drawn_of: usize,
    /// How many were looked at.
    pub considered: usize,
}

/// What the criteria look at.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    id: &'a str,
    name: &'a str,
    domain: ServiceDomain,
    profile: Option<&'a Profile>,
    actions: &'a [PriorityAction],
    concerns: &'a [Concern],
    inspections: &'a [InspectionSummary],
    registration: Option<&'a Registration>,
}

/// Whoever can be visited.
pub trait Visited {
    /// What the criteria look at; `None` where there is nobody to visit on the day.
    fn candidate(&self) -> Option<Candidate<'_>>;
}

impl Visited for AuthorityStatus {
    fn candidate(&self) -> Option<Candidate<'_>> {
        (self.existence.state == ExistenceState::Exists).then(|| Candidate {
            id: self.authority.id.as_str(),
            name: &self.authority.name,
            domain: ServiceDomain::ChildrensSocialCare,
            profile: self.profile.as_ref(),
            actions: &self.pathway.open_priority_actions,
            concerns: &self.concerns,
            inspections: &self.inspections,
            registration: None,
        })
    }
}

impl Visited for ProviderStatus {
    fn candidate(&self) -> Option<Candidate<'_>> {
        let state = self.registration.state;
        matches!(state, RegistrationState::Registered | RegistrationState::Suspended).then(|| Candidate {
            id: self.provider.urn.as_str(),
            name: self.provider.urn.as_str(),
            domain: ServiceDomain::RegulatedProvision,
            profile: self.profile.as_ref(),
            actions: &[],
            concerns: &self.concerns,
            inspections: &self.inspections,
            registration: Some(&self.registration),
        })
    }
}

impl<'a> Candidate<'a> {
    fn overall(&self) -> Option<Grade> {
        self.profile.and_then(|profile| profile.grades.first()).map(|grade| grade.grade)
    }

    /// The last inspection or visit of its services that has begun by the day, with its first day.
    fn last(&self, day: Date) -> Option<(&'a InspectionSummary, Date)> {
        let of_domain = |one: &&InspectionSummary| {
            one.kind.is_some_and(|kind| is_visit(kind) && frameworks::domain(kind) == self.domain)
        };
        let begun = self.inspections.iter().filter(of_domain).filter_map(|one| Some((one, first_day(one)?)));
        begun.filter(|(_, first)| *first <= day).max_by_key(|(_, first)| *first)
    }

    fn reason(&self, criterion: PriorityCriterion, day: Date) -> Option<Reason> {
        let (because, rests_on) = match criterion {
            PriorityCriterion::JudgedInadequate => self.inadequate()?,
            PriorityCriterion::PriorityActionOpen => self.actions()?,
            PriorityCriterion::ConcernsSince => self.concerns(day)?,
            PriorityCriterion::NotInspectedUnderFramework => self.not_inspected(day)?,
            PriorityCriterion::NewlyRegistered => self.newly_registered()?,
            PriorityCriterion::TimeSinceLast => self.waited(day)?,
            PriorityCriterion::Sample => return None,
        };
        Some(Reason { criterion, because, rests_on })
    }

    fn inadequate(&self) -> Option<(String, RestsOn)> {
        let profile = self.profile.filter(|_| self.overall() == Some(Grade::Inadequate))?;
        Some((format!("judged inadequate by {}", profile.inspection), profile.rests_on.clone()))
    }

    fn actions(&self) -> Option<(String, RestsOn)> {
        let open: Vec<_> = self.actions.iter().filter(|action| action.domain == self.domain).collect();
        let named: Vec<String> =
            open.iter().map(|action| format!("{} of {}", action.reference, action.inspection)).collect();
        let because = format!("open areas for priority action: {}", named.join(", "));
        (!open.is_empty()).then(|| (because, joined(open.iter().map(|action| &action.rests_on))))
    }

    fn concerns(&self, day: Date) -> Option<(String, RestsOn)> {
        let last = self.last(day).map(|(_, first)| first);
        let since = |concern: &&Concern| {
            last.is_none_or(|last| concern.received.latest().is_none_or(|received| last < received))
        };
        let received: Vec<_> = self.concerns.iter().filter(since).collect();
        let since = last.map_or_else(|| "none was visited".to_owned(), |last| format!("since {last}"));
        let because = format!("{} received {since}", counted(received.len(), "concern"));
        (!received.is_empty()).then(|| (because, joined(received.iter().map(|concern| &concern.rests_on))))
    }

    fn not_inspected(&self, day: Date) -> Option<(String, RestsOn)> {
        let framework = frameworks::framework(InspectionKind::IlacsStandard, PartialDate::from(day))?;
        let under = |one: &&InspectionSummary| {
            one.kind
                .is_some_and(|kind| frameworks::is_graded(kind) && frameworks::domain(kind) == self.domain)
                && one.framework == Some(framework)
                && first_day(one).is_some_and(|first| first <= day)
        };
        let name = framework.name().replace('_', " ").to_uppercase();
        let rests_on = self.profile.map(|profile| profile.rests_on.clone()).unwrap_or_default();
        (!self.inspections.iter().any(|one| under(&one)))
            .then(|| (format!("no inspection under {name} is recorded"), rests_on))
    }

    fn newly_registered(&self) -> Option<(String, RestsOn)> {
        let registration =
            self.registration.filter(|registration| registration.from != PartialDate::Unknown)?;
        let inspected = self.inspections.iter().any(|one| one.kind.is_some_and(frameworks::is_graded));
        let because = format!("registered on {}, and no full inspection is recorded", registration.from);
        (!inspected).then(|| (because, registration.rests_on.clone()))
    }

    fn waited(&self, day: Date) -> Option<(String, RestsOn)> {
        let (last, first) = self.last(day)?;
        let days = counted(usize::try_from((day - first).get_days()).unwrap_or(0), "day");
        Some((format!("{days} since {} of {first}", last.inspection), last.rests_on.clone()))
    }
}

/// Meetings and papers are no visits.
fn is_visit(kind: InspectionKind) -> bool {
    !matches!(kind, InspectionKind::AnnualEngagementMeeting | InspectionKind::SelfEvaluation)
}

fn begun(inspection: &InspectionSummary) -> Option<Date> {
    inspection.fieldwork.first().and_then(|range| range.first.latest())
}

/// Its first day; of one of which only the publication is known, that.
fn first_day(inspection: &InspectionSummary) -> Option<Date> {
    begun(inspection).or_else(|| inspection.published.and_then(PartialDate::latest))
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Ranks by a table.
#[must_use]
pub fn ranked<T: Visited>(table: &Table, day: Date, draw: Draw, subjects: Vec<T>) -> Ranked<T> {
    let mut named = Vec::new();
    let mut others = Vec::new();
    let mut considered = 0;
    for subject in subjects {
        let Some(candidate) = subject.candidate() else { continue };
        considered += 1;
        let reasons: Vec<Reason> =
            table.rules.iter().filter_map(|(criterion, _)| candidate.reason(*criterion, day)).collect();
        let last = candidate.last(day);
        let last_is_publication = last.is_some_and(|(one, _)| begun(one).is_none());
        let last = last.map(|(_, first)| first);
        let overall = candidate.overall();
        let (lot, name) = (lot(draw.seed, candidate.id), candidate.name.to_owned());
        let days = last.map(|last| (day - last).get_days());
        let place = Place { subject, reasons, overall, last, last_is_publication, days };
        let is_well_judged = is_well_judged(overall);
        // That a good or outstanding one waited gives it no place: such are drawn.
        let gives_a_place =
            |reason: &Reason| reason.criterion != PriorityCriterion::TimeSinceLast || !is_well_judged;
        if place.reasons.iter().any(gives_a_place) {
            named.push((name, place));
        } else if is_well_judged {
            others.push((lot, name, place));
        }
    }
    let drawn_of = others.len();
    others.sort_by_key(|(lot, ..)| *lot);
    others.truncate(draw.size);
    let drawn = others.len();
    for (_, name, mut place) in others {
        let because = format!("drawn as one of {drawn} of {drawn_of} by the seed {}", draw.seed);
        let rests_on = RestsOn::new();
        place.reasons.push(Reason { criterion: PriorityCriterion::Sample, because, rests_on });
        named.push((name, place));
    }
    named.sort_by(|(one_name, one), (other_name, other)| {
        order(table, one).cmp(&order(table, other)).then_with(|| one_name.cmp(other_name))
    });
    Ranked { places: named.into_iter().map(|(_, place)| place).collect(), drawn, drawn_of, considered }
}

fn is_well_judged(overall: Option<Grade>) -> bool {
    matches!(overall, Some(Grade::Good | Grade::Outstanding))
}

/// By the criteria in the order of the table, then by the days waited: who was never visited has waited longest. The time since the last visit
/// counts for all but the good and outstanding, with or without a visit.
fn order<T>(table: &Table, place: &Place<T>) -> (Vec<bool>, Reverse<i32>) {
    let is_missing = |criterion| match criterion {
        PriorityCriterion::TimeSinceLast => is_well_judged(place.overall),
        criterion => !place.reasons.iter().any(|reason| reason.criterion == criterion),
    };
    let missing = table.rules.iter().map(|(criterion, _)| is_missing(*criterion)).collect();
    (missing, Reverse(place.days.unwrap_or(i32::MAX)))
}

/// The lot of an id: see [`DRAW`].
fn lot(seed: u64, id: &str) -> u64 {
    id.bytes().fold(split_mix(seed), |lot, byte| split_mix(lot ^ u64::from(byte)))
}

/// One step of SplitMix64 (Steele, Lea and Flood, 2014).
fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Table {
    /// `2020-07-06 to 2021-03-31`.
    #[must_use]
    pub fn period(&self) -> String {
        let Force { from, until } = self.force;
        match (from, until) {
            (None, None) => "on every day".to_owned(),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(until)) => format!("up to {until}"),
            (Some(from), Some(until)) => format!("{from} to {until}"),
        }
    }

    /// Who says so: the source of its first criterion.
    #[must_use]
    pub fn source(&self) -> String {
        self.rules.first().map(|(_, rule)| rule.source.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_mix_is_the_published_one() {
        // The first outputs of the reference implementation for the seed 1234567.
        let first = split_mix(1_234_567);
        let second = split_mix(1_234_567_u64.wrapping_add(0x9e37_79b9_7f4a_7c15));
        assert_eq!((first, second), (6_457_827_717_110_365_317, 3_203_168_211_198_807_973));
    }

    #[test]
    fn a_lot_hangs_on_the_seed_and_on_every_letter() {
        assert_eq!(lot(7, "leeds"), lot(7, "leeds"));
        assert!(lot(7, "leeds") != lot(8, "leeds") && lot(7, "leeds") != lot(7, "leedt"));
    }
}
