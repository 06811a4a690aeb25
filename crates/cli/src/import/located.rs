//! Where a provider was, what it was and who ran it, on which day: from the days on which rows saw it so, and the successions of authorities.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use docket_api::pb::{self, ProviderDetails, event::Body};
use jiff::civil::Date;

use super::documents::is_newer;
use super::entry::{Entry, Place};
use super::events::Maker;
use super::known::{History, day_of, first_day_of};
use super::listed::Listed;
use super::provider_rows::tells_of_inspection_day;
use super::registration::details;
use super::release::from_date;
use super::who::Register;

/// Since when it is so no row says.
const SEEN: &str = "The release does not say since when: seen so first on this day.";
/// Of an authority that took the place of another.
const SUCCEEDED: &str = "The authority in whose area it is took the place of another on this day.";

/// Of what was concluded before.
const OTHERWISE: &str =
    "concluded from fewer rows: with those of this release it was on another day, or another detail";

/// A detail of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    Authority,
    Sector,
    Kind,
    Name,
    Owner,
    Places,
    EducationUrn,
}

impl Detail {
    const ALL: [Self; 7] = [
        Self::Authority,
        Self::Sector,
        Self::Kind,
        Self::Name,
        Self::Owner,
        Self::Places,
        Self::EducationUrn,
    ];

    /// Whether rows of inspections tell it of the day of the inspection; the others stand in lists alone.
    fn is_told_by_inspections(self) -> bool {
        matches!(self, Self::Authority | Self::Sector | Self::Kind)
    }

    /// Takes this detail of others.
    fn set(self, details: &mut ProviderDetails, of: &ProviderDetails) {
        match self {
            Self::Authority => details.authority.clone_from(&of.authority),
            Self::Sector => details.sector = of.sector,
            Self::Kind => details.kind = of.kind,
            Self::Name => details.name.clone_from(&of.name),
            Self::Owner => details.owner.clone_from(&of.owner),
            Self::Places => details.places = of.places,
            Self::EducationUrn => details.education_urn.clone_from(&of.education_urn),
        }
    }

    /// This detail alone; empty where they do not tell it.
    fn of(self, details: &ProviderDetails) -> ProviderDetails {
        let mut only = ProviderDetails::default();
        self.set(&mut only, details);
        only
    }
}

/// What was seen on a day, and by whom.
#[derive(Debug, Clone, Default, PartialEq)]
struct Seen {
    says: ProviderDetails,
    sources: Vec<pb::Source>,
    /// Rows of the release that say so.
    places: Vec<Place>,
}

/// A detail that two documents tell otherwise of one day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contradicted {
    pub(crate) known: ProviderDetails,
    pub(crate) told: ProviderDetails,
    /// The release is the newer of the two.
    pub(crate) applied: bool,
}

/// The details of a provider by day.
#[derive(Debug, Default)]
pub(crate) struct ByDay {
    /// Those that were seen, as they were at first.
    first: Vec<(Detail, ProviderDetails)>,
    /// What they became.
    changes: BTreeMap<Date, Seen>,
    pub(crate) contradicted: Vec<Contradicted>,
}

/// The rows of a release about one provider, and what is on record of it.
#[derive(Clone, Copy)]
pub(crate) struct Sights<'a> {
    pub(crate) maker: Maker<'a>,
    pub(crate) register: &'a Register,
    pub(crate) entries: &'a [Entry],
    pub(crate) history: &'a History,
    /// What lists say.
    pub(crate) listed: &'a BTreeMap<Date, Listed<'a>>,
    /// Registered since, as the rows say.
    pub(crate) registered: Option<Date>,
    /// Registered no more since, as far as is told.
    pub(crate) ended: Option<Date>,
}

impl Sights<'_> {
    /// Every detail that was seen, day by day.
    pub(crate) fn by_day(&self) -> ByDay {
        let mut found = ByDay::default();
        for detail in Detail::ALL {
            let seen = self.seen(detail, &mut found.contradicted);
            self.compress(detail, seen, &mut found);
        }
        found
    }

    /// As it is on record for a day.
    fn known_on(&self, detail: Detail, day: Date) -> ProviderDetails {
        let registered = self.history.registered.as_ref().and_then(|known| known.body.details.as_ref());
        let changed = self.history.changed.iter().map(|it| (first_day_of(it), it.body.details.as_ref()));
        let listed = self.history.listed.iter().map(|it| (first_day_of(it), it.body.details.as_ref()));
        let mut since: Vec<_> = changed.chain(listed).filter(|(from, _)| *from <= Some(day)).collect();
        since.sort_by_key(|(from, _)| *from);
        let told = registered.into_iter().chain(since.into_iter().filter_map(|(_, details)| details));
        let told = told.map(|details| detail.of(details));
        told.rev().find(|says| *says != ProviderDetails::default()).unwrap_or_default()
    }

    /// The days of which lists tell it, and those on which something on record has it so: a change with its day, and an inspection that a row
    /// told of. What was only concluded is no evidence.
    fn on_record(&self, detail: Detail) -> BTreeMap<Date, Seen> {
        let mut seen: BTreeMap<Date, Seen> = BTreeMap::new();
        for (day, listed) in self.listed {
            let (says, places) = (detail.of(&listed.says), listed.places().to_vec());
            if says != ProviderDetails::default() {
                seen.insert(*day, Seen { says, sources: listed.sources(self.maker), places });
            }
        }
        for change in self.history.changed.iter().filter(|change| !change.inferred) {
            let says = change.body.details.as_ref().map(|details| detail.of(details)).unwrap_or_default();
            if let Some(day) = day_of(change).filter(|_| says != ProviderDetails::default()) {
                seen.insert(day, Seen { says, sources: change.sources.clone(), places: Vec::new() });
            }
        }
        if !detail.is_told_by_inspections() {
            return seen;
        }
        for known in &self.history.inspections {
            let sources = known.fieldwork.iter().flat_map(|fieldwork| &fieldwork.heard);
            let sources: Vec<_> = sources.filter(|source| tells_of_inspection_day(source)).cloned().collect();
            let Some(day) = known.days().first.filter(|_| !sources.is_empty()) else { continue };
            let says = self.known_on(detail, day);
            if says != ProviderDetails::default() {
                seen.entry(day).or_insert_with(|| Seen { says, sources, places: Vec::new() });
            }
        }
        seen
    }

    /// On record and in the release; of two that contradict each other of one inspection, what the newer says.
    fn seen(&self, detail: Detail, contradicted: &mut Vec<Contradicted>) -> BTreeMap<Date, Seen> {
        let mut seen = self.on_record(detail);
        if !detail.is_told_by_inspections() {
            return seen;
        }
        let told = self.entries.iter().filter_map(|entry| {
            let provider =
                entry.provider.as_ref().filter(|it| it.listed.is_none() && entry.first.is_some())?;
            let says = detail.of(&details(provider));
            let day = provider.day.filter(|day| !self.listed.contains_key(day))?;
            (says != ProviderDetails::default()).then_some((day, &entry.place, says))
        });
        let mut told: Vec<_> = told.collect();
        told.sort_by_key(|(day, place, _)| (*day, *place));
        let days: BTreeSet<Date> = told.iter().map(|(day, ..)| *day).chain(seen.keys().copied()).collect();
        let released = self.maker.release.day;
        told.retain(|(day, _, says)| !self.is_explained(*day, says, (&days, released)));
        for (day, place, says) in told {
            let sources = vec![self.maker.release.source("")];
            let known = seen.entry(day).or_insert_with(|| Seen { says: says.clone(), ..Seen::default() });
            if known.says != says {
                let applied = known.sources.is_empty() || is_newer(&sources, &known.sources);
                contradicted.push(Contradicted { known: known.says.clone(), told: says.clone(), applied });
                if !applied {
                    continue;
                }
                *known = Seen { says, ..Seen::default() };
            }
            known.places.push(place.clone());
        }
        seen
    }

    /// Whether a change that is told with its day came between the day of a row and its release, with no other sight between the two: then the
    /// row, which may have been written later than the inspection, tells what came after.
    fn is_explained(
        &self,
        day: Date,
        says: &ProviderDetails,
        (days, released): (&BTreeSet<Date>, Date),
    ) -> bool {
        self.history.changed.iter().filter(|change| !change.inferred).any(|change| {
            let (Some(on), Some(became)) = (day_of(change), &change.body.details) else { return false };
            let is_same = |detail: &Detail| {
                let told = detail.of(says);
                told != ProviderDetails::default() && detail.of(became) == told
            };
            day < on
                && on <= released
                && days.range((Bound::Excluded(day), Bound::Excluded(on))).next().is_none()
                && Detail::ALL.iter().any(is_same)
        })
    }

    /// What is left of days that say the same one after the other: the first of them. What a registration says that no release told stands
    /// before all of them.
    fn compress(&self, detail: Detail, seen: BTreeMap<Date, Seen>, found: &mut ByDay) {
        let registered = self.registered_by_hand().map(|details| detail.of(details));
        let registered = registered.filter(|says| *says != ProviderDetails::default());
        let mut before = registered.map(|says| (Date::MIN, Seen { says, ..Seen::default() }));
        for (day, now) in seen {
            match &before {
                None => self.begin(detail, now.clone(), found),
                Some((_, was)) if was.says == now.says => {}
                Some((last, was)) => {
                    let took_place = self
                        .took_place(&now.says)
                        .filter(|(from, of)| of.contains(&was.says.authority) && last < from && *from <= day);
                    let from = took_place.map_or(day, |(from, _)| from);
                    if from == day {
                        self.taken_over((*last, was), Some(day), found);
                    }
                    // The list itself says so.
                    let list = self.listed.get(&from);
                    if list.is_none_or(|list| detail.of(&list.says) != now.says) {
                        found.add(detail, from, now.clone());
                    }
                }
            }
            before = Some((day, now));
        }
        if let Some((last, seen)) = &before {
            self.taken_over((*last, seen), self.ended, found);
        }
    }

    /// Last seen in an area that one other authority took over after that, and before it was seen elsewhere or was registered no more.
    fn taken_over(&self, (last, seen): (Date, &Seen), until: Option<Date>, found: &mut ByDay) {
        let Some((authority, from)) = self.register.successor(&seen.says.authority) else { return };
        if last < from && until.is_none_or(|until| from < until) {
            let says = ProviderDetails { authority: authority.to_owned(), ..ProviderDetails::default() };
            found.add(Detail::Authority, from, Seen { says, ..seen.clone() });
        }
    }

    /// The details of a registration that somebody recorded, and no release.
    fn registered_by_hand(&self) -> Option<&ProviderDetails> {
        let registered = self.history.registered.as_ref()?;
        let by_hand = !registered.heard.iter().any(|source| source.place.starts_with("sheet "))
            || registered.sources.iter().all(|source| !source.place.starts_with("sheet "));
        registered.body.details.as_ref().filter(|_| by_hand)
    }

    /// Since when an authority stands in place of others.
    fn took_place(&self, says: &ProviderDetails) -> Option<(Date, &[String])> {
        let of = self.register.predecessors(&says.authority);
        let from = self.register.began(&says.authority)?;
        (!of.is_empty()).then_some((from, of))
    }

    /// As it was first seen, it was before that; but in an area that another authority had until then, where the register has one.
    fn begin(&self, detail: Detail, first: Seen, found: &mut ByDay) {
        match self.took_place(&first.says).filter(|(from, _)| self.traced_before(*from)) {
            None => found.first.push((detail, first.says)),
            Some((from, of)) => {
                let authority = if let [only] = of { only.clone() } else { String::new() };
                found.first.push((detail, ProviderDetails { authority, ..ProviderDetails::default() }));
                found.add(detail, from, first);
            }
        }
    }

    /// Whether anything is known of the provider before a day.
    fn traced_before(&self, day: Date) -> bool {
        let told = self.entries.iter().filter_map(|entry| entry.first.as_ref().map(|first| first.value));
        let told = told.chain(self.listed.keys().copied());
        let known = self.history.inspections.iter().filter_map(|known| known.days().first);
        let since = self.history.registered.as_ref();
        let since = since.and_then(|known| from_date(known.happened_on.as_ref()));
        told.chain(known).chain(since).chain(self.registered).any(|traced| traced < day)
    }

    /// What to record, so that the changes on record are those that were seen: what was concluded otherwise is voided.
    pub(crate) fn changes(&self, by_day: &ByDay, places: &[Place]) -> Vec<pb::Event> {
        let mut wanted = by_day.changes.clone();
        let mut events = Vec::new();
        for known in &self.history.changed {
            let (Some(day), Some(says)) = (day_of(known), &known.body.details) else { continue };
            let on_day = wanted.get_mut(&day);
            if known.inferred {
                match on_day {
                    Some(seen) if seen.says == *says => drop(wanted.remove(&day)),
                    _ => {
                        events.push(self.maker.void(&known.id, places, &known.sources, OTHERWISE));
                    }
                }
            } else if let Some(seen) = on_day {
                seen.forget(says);
            }
        }
        for (day, seen) in wanted {
            if seen.says != ProviderDetails::default() {
                let note =
                    if self.register.began(&seen.says.authority) == Some(day) { SUCCEEDED } else { SEEN };
                let body = Body::ProviderChanged(pb::ProviderChanged { details: Some(seen.says) });
                let places = if seen.places.is_empty() { places } else { &seen.places };
                let event = self.maker.inferred(day, body.clone(), places, &seen.sources, note);
                // What was concluded once, voided and is concluded again is another event.
                let again = || format!("{note} Concluded again at revision {}.", self.history.revision);
                events.push(if self.history.struck.contains(&event.event_id) {
                    self.maker.inferred(day, body, places, &seen.sources, &again())
                } else {
                    event
                });
            }
        }
        events
    }
}

impl ByDay {
    /// The details with those that were seen as they were at first.
    pub(crate) fn at_first(&self, mut details: ProviderDetails) -> ProviderDetails {
        for (detail, first) in &self.first {
            detail.set(&mut details, first);
        }
        details
    }

    /// The details that no row tells day by day.
    pub(crate) fn without(&self, mut details: ProviderDetails) -> ProviderDetails {
        for (detail, _) in &self.first {
            detail.set(&mut details, &ProviderDetails::default());
        }
        details
    }

    fn add(&mut self, detail: Detail, day: Date, seen: Seen) {
        let on_day = self.changes.entry(day).or_default();
        detail.set(&mut on_day.says, &seen.says);
        on_day.sources.extend(seen.sources);
        on_day.places.extend(seen.places);
    }
}

impl Seen {
    /// Leaves out what is told already.
    fn forget(&mut self, told: &ProviderDetails) {
        for detail in Detail::ALL {
            if detail.of(&self.says) == detail.of(told) {
                detail.set(&mut self.says, &ProviderDetails::default());
            }
        }
    }
}

#[cfg(test)]
#[path = "located_tests.rs"]
mod tests;
