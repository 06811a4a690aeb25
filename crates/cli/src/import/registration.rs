//! What the rows of a release say of a provider itself, beside what is on record of it: what to record of its registration.

use docket_api::pb::{
    self, ProviderDetails, ProviderKind, ProviderRegistered, ProviderSector, RegistrationEnd, event::Body,
};
use jiff::civil::Date;

use super::compare::source_name;
use super::documents::is_newer;
use super::entry::{Entry, Place};
use super::events::Maker;
use super::known::{History, Standing};
use super::listed;
use super::located::{ByDay, Sights};
use super::plan::{Change, Planned};
use super::provider_rows::ProviderTold;
use super::release::{from_date, to_date};
use super::who::Register;

/// In place of an inspection's key and title.
pub(crate) const REGISTRATION: &str = "registration";

/// Everything the rows of a release say of one provider: of each thing what the row of the latest day says, that says anything.
fn told(entries: &[Entry]) -> (ProviderTold, Vec<Place>) {
    let mut rows: Vec<(&ProviderTold, &Place)> =
        entries.iter().filter_map(|entry| Some((entry.provider.as_ref()?, &entry.place))).collect();
    rows.sort_by_key(|(row, place)| (row.day, (*place).clone()));
    let mut told = ProviderTold::default();
    for (row, _) in &rows {
        let ProviderTold { urn, kind, authority, sector, name, owner, places, education_urn, .. } = row;
        for (known, said) in [
            (&mut told.urn, urn),
            (&mut told.authority, authority),
            (&mut told.name, name),
            (&mut told.owner, owner),
            (&mut told.education_urn, education_urn),
        ] {
            if !said.is_empty() {
                known.clone_from(said);
            }
        }
        if *kind != ProviderKind::Unspecified {
            told.kind = *kind;
        }
        if *sector != ProviderSector::Unspecified {
            told.sector = *sector;
        }
        if *places > 0 {
            told.places = *places;
        }
        told.registered = row.registered.or(told.registered);
        told.cancelled = row.cancelled.or(told.cancelled);
    }
    // The last row is the source of most of it; the rows that say since when, and until when, of that.
    let mut sources: Vec<Place> = rows.last().map(|(_, place)| (*place).clone()).into_iter().collect();
    let mut dated = rows.iter().filter(|(row, _)| row.registered.is_some() || row.cancelled.is_some());
    sources.extend(dated.next_back().map(|(_, place)| (*place).clone()));
    sources.sort();
    sources.dedup();
    (told, sources)
}

pub(crate) fn details(told: &ProviderTold) -> ProviderDetails {
    ProviderDetails {
        name: told.name.clone(),
        kind: told.kind.into(),
        authority: told.authority.clone(),
        sector: told.sector.into(),
        owner: told.owner.clone(),
        places: told.places,
        education_urn: told.education_urn.clone(),
    }
}

/// The details on record with those told: what is missing is filled in; what differs is taken from the newer of the two.
pub(crate) fn joined(
    known: &ProviderDetails,
    told: &ProviderDetails,
    told_is_newer: bool,
) -> ProviderDetails {
    let text = |known: &String, told: &String| match (known.is_empty(), told.is_empty()) {
        (true, _) => told.clone(),
        (false, false) if told_is_newer => told.clone(),
        _ => known.clone(),
    };
    let number = |known: i32, told: i32| match (known, told) {
        (0, told) => told,
        (_, told) if told != 0 && told_is_newer => told,
        (known, _) => known,
    };
    let places =
        if known.places == 0 || (told.places > 0 && told_is_newer) { told.places } else { known.places };
    ProviderDetails {
        name: text(&known.name, &told.name),
        kind: number(known.kind, told.kind),
        authority: text(&known.authority, &told.authority),
        sector: number(known.sector, told.sector),
        owner: text(&known.owner, &told.owner),
        places,
        education_urn: text(&known.education_urn, &told.education_urn),
    }
}

/// What the release says of the registration beside what is on record of it.
fn beside(
    maker: Maker<'_>,
    told: &ProviderTold,
    (by_day, standing): (&ByDay, &Standing<ProviderRegistered>),
    (places, inspected): (&[Place], Option<Date>),
    found: &mut Found,
) {
    let is_first = |day: &Date| inspected.is_none_or(|inspected| *day <= inspected);
    let known = standing.body.details.clone().unwrap_or_default();
    let newer = is_newer(&[maker.release.source("")], &standing.sources);
    let undated = by_day.without(details(told));
    let by_release = joined(&known, &undated, true);
    let now = if newer { by_release.clone() } else { joined(&known, &undated, false) };
    let now = by_day.at_first(now);
    let since = from_date(standing.happened_on.as_ref());
    let days = since.zip(told.registered).filter(|(known, told)| known != told && is_first(known));
    let days = days.map(|(known, told)| ("registered since", known.to_string(), told.to_string()));
    let differing = differences(&known, &by_release).into_iter().chain(days);
    found.changes.extend(differing.map(|one| change(one, standing, (places, newer))));
    for told in &by_day.contradicted {
        let differing = differences(&told.known, &told.told).into_iter();
        found.changes.extend(differing.map(|one| change(one, standing, (places, told.applied))));
    }
    let happened_on = match (since, told.registered) {
        (Some(known), _) if !is_first(&known) => None,
        (None, Some(told)) => Some(to_date(told)),
        (Some(known), Some(told)) if known != told && newer => Some(to_date(told)),
        _ => standing.happened_on,
    };
    if now != known || happened_on != standing.happened_on {
        let body = Body::ProviderRegistered(ProviderRegistered { details: Some(now) });
        let reason = "the release says more of the provider, or otherwise".to_owned();
        let replacement = (happened_on, body);
        found.events.push(maker.correction(&standing.id, replacement, places, &standing.sources, reason));
    } else if by_release == known
        && by_day.contradicted.is_empty()
        && told.registered.is_none_or(|day| standing.happened_on == Some(to_date(day)))
    {
        found.agree(maker, standing, places);
    }
}

/// What to record of a provider's registration, and what the release says otherwise than what is on record and newer. `entries` are all
/// of the provider; the request is told of by those that tell no inspection.
pub(crate) fn plan_registration(
    (maker, register): (Maker<'_>, &Register),
    entries: &[Entry],
    history: &History,
) -> (Option<Planned>, Vec<Change>) {
    let (mut told, places) = told(entries);
    let listed = listed::by_day(maker, entries, history);
    // A day after its first inspection or list is that of a later registration under the same number: since when the first was is not known.
    let inspected = entries.iter().filter_map(|entry| entry.first.as_ref().map(|first| first.value));
    let inspected = inspected.chain(history.inspections.iter().filter_map(|known| known.days().first));
    let inspected = inspected.chain(listed.keys().copied()).min();
    told.registered = told.registered.filter(|day| inspected.is_none_or(|inspected| *day <= inspected));
    let ended = history.cancelled.as_ref().and_then(|known| from_date(known.happened_on.as_ref()));
    let ended = told.cancelled.map(|(day, _)| day).or(ended);
    let registered = told.registered;
    let sights = Sights { maker, register, entries, history, listed: &listed, registered, ended };
    let by_day = sights.by_day();
    let mut found = Found::default();
    match &history.registered {
        None => {
            let body = ProviderRegistered { details: Some(by_day.at_first(details(&told))) };
            found.events.push(maker.of_provider(told.registered, Body::ProviderRegistered(body), &places));
        }
        Some(standing) => beside(maker, &told, (&by_day, standing), (&places, inspected), &mut found),
    }
    for (day, listed) in &listed {
        listed.plan(maker, *day, &mut found);
    }
    found.events.extend(sights.changes(&by_day, &places));
    if let Some(end) = told.cancelled {
        plan_end(maker, end, &places, history, &mut found);
    }
    let Found { mut events, changes, agreed } = found;
    events.extend(maker.confirmation(agreed));
    let (applied, open): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(|change| change.applied);
    if events.is_empty() {
        return (None, open);
    }
    let of_registration = (0..).zip(entries).filter(|(_, entry)| !entry.tells_inspection());
    let planned = Planned {
        key: REGISTRATION.to_owned(),
        title: REGISTRATION.to_owned(),
        is_new: history.registered.is_none(),
        day: None,
        events,
        changes: applied,
        entries: of_registration.map(|(place, _)| place).collect(),
    };
    (Some(planned), open)
}

/// What there is to record of a provider, and to list.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) events: Vec<pb::Event>,
    pub(crate) changes: Vec<Change>,
    /// Events that the release agrees with, and where it tells so.
    agreed: (Vec<String>, Vec<Place>),
}

impl Found {
    /// The release says the same; unless it is among the sources, that is kept.
    pub(crate) fn agree<T>(&mut self, maker: Maker<'_>, standing: &Standing<T>, places: &[Place]) {
        if !standing.has_heard(&maker.release.source("")) {
            self.agreed.0.push(standing.id.clone());
            self.agreed.1.extend_from_slice(places);
        }
    }
}

/// The end of the registration: new, on record so, or on record otherwise.
fn plan_end(
    maker: Maker<'_>,
    (day, how): (Date, RegistrationEnd),
    places: &[Place],
    history: &History,
    found: &mut Found,
) {
    let body = pb::RegistrationCancelled { how: how.into(), ..pb::RegistrationCancelled::default() };
    let body = Body::RegistrationCancelled(body);
    let Some(standing) = &history.cancelled else {
        found.events.push(maker.of_provider(Some(day), body, places));
        return;
    };
    let known = from_date(standing.happened_on.as_ref());
    if (known, standing.body.how()) == (Some(day), how) {
        found.agree(maker, standing, places);
        return;
    }
    let applied = is_newer(&[maker.release.source("")], &standing.sources);
    let said = |day: Option<Date>, how: RegistrationEnd| {
        let day = day.map_or_else(|| "unknown".to_owned(), |day| day.to_string());
        format!("{day}, {}", how.as_str_name())
    };
    let differing = ("end of the registration", said(known, standing.body.how()), said(Some(day), how));
    found.changes.push(change(differing, standing, (places, applied)));
    if applied {
        let replacement = (Some(to_date(day)), body);
        let reason = "the release says otherwise when or how the registration ended".to_owned();
        found.events.push(maker.correction(&standing.id, replacement, places, &standing.sources, reason));
    }
}

/// A field that is told otherwise than it is on record: its name, what is on record, what is told.
pub(crate) type Differing = (&'static str, String, String);

/// The details that are told otherwise; what was only missing is no difference.
pub(crate) fn differences(known: &ProviderDetails, told: &ProviderDetails) -> Vec<Differing> {
    let kind = |number: i32| ProviderKind::try_from(number).unwrap_or_default().as_str_name().to_owned();
    let sector = |number: i32| ProviderSector::try_from(number).unwrap_or_default().as_str_name().to_owned();
    let places_of = |places: u32| if places == 0 { String::new() } else { places.to_string() };
    let pairs = [
        ("sector", sector(known.sector), sector(told.sector)),
        ("places", places_of(known.places), places_of(told.places)),
        ("education URN", known.education_urn.clone(), told.education_urn.clone()),
        ("name", known.name.clone(), told.name.clone()),
        ("kind", kind(known.kind), kind(told.kind)),
        ("local authority", known.authority.clone(), told.authority.clone()),
        ("owner", known.owner.clone(), told.owner.clone()),
    ];
    let is_told = |text: &str| !text.is_empty() && !text.ends_with("_UNSPECIFIED");
    pairs.into_iter().filter(|(_, old, new)| is_told(old) && old != new).collect()
}

pub(crate) fn change<T>(
    (field, old, new): Differing,
    standing: &Standing<T>,
    (places, applied): (&[Place], bool),
) -> Change {
    Change {
        inspection: REGISTRATION.to_owned(),
        event_id: standing.id.clone(),
        field: field.to_owned(),
        old,
        new,
        old_source: standing.speaking().iter().map(source_name).collect::<Vec<_>>().join("; "),
        old_source_day: standing.told_on(),
        places: places.to_vec(),
        applied,
    }
}

#[cfg(test)]
#[path = "registration_tests.rs"]
mod tests;
