//! Providers in lists of the regulator's: what a list as at a day says of one, beside what is on record of that day.

use std::collections::BTreeMap;

use docket_api::pb::{self, ProviderDetails, ProviderListed, event::Body};
use jiff::civil::Date;

use super::documents::is_newer;
use super::entry::{Entry, Place};
use super::events::Maker;
use super::known::{History, Standing, day_of};
use super::provider_rows::as_at;
use super::registration::{Found, change, details, differences, joined};
use super::release::to_date;

/// Of a list that does not say its day.
const BY_PUBLICATION: &str =
    "The release does not say as at which day: listed by the day of its publication.";

/// What lists as at one day say, on record and in the release.
#[derive(Debug, Default)]
pub(crate) struct Listed<'a> {
    known: Option<&'a Standing<ProviderListed>>,
    told: Option<(ProviderDetails, Vec<Place>)>,
    /// Of the two together.
    pub(crate) says: ProviderDetails,
}

/// The lists of each day.
pub(crate) fn by_day<'a>(
    maker: Maker<'_>,
    entries: &[Entry],
    history: &'a History,
) -> BTreeMap<Date, Listed<'a>> {
    let mut days: BTreeMap<Date, Listed<'a>> = BTreeMap::new();
    for known in &history.listed {
        if let Some(day) = day_of(known) {
            let says = known.body.details.clone().unwrap_or_default();
            days.insert(day, Listed { known: Some(known), told: None, says });
        }
    }
    for entry in entries {
        let Some(provider) = &entry.provider else { continue };
        let Some(day) = provider.listed else { continue };
        let (told, places) = days.entry(day).or_default().told.get_or_insert_default();
        *told = joined(told, &details(provider), true);
        places.push(entry.place.clone());
    }
    for listed in days.values_mut() {
        if let Some((told, _)) = &listed.told {
            let sources = listed.known.map_or(&[][..], |known| &known.sources);
            listed.says = joined(&listed.says, told, is_newer(&[maker.release.source("")], sources));
        }
    }
    days
}

impl Listed<'_> {
    /// The sources of what is on record; the release where nothing is.
    pub(crate) fn sources(&self, maker: Maker<'_>) -> Vec<pb::Source> {
        self.known.map_or_else(|| vec![maker.release.source("")], |known| known.sources.clone())
    }

    /// Rows of the release.
    pub(crate) fn places(&self) -> &[Place] {
        self.told.as_ref().map_or(&[], |(_, places)| places)
    }

    /// What to record of a day.
    pub(crate) fn plan(&self, maker: Maker<'_>, day: Date, found: &mut Found) {
        let Some((told, places)) = &self.told else { return };
        let body = Body::ProviderListed(ProviderListed { details: Some(self.says.clone()) });
        let Some(known) = self.known else {
            let says_its_day = places.iter().any(|place| as_at(&place.sheet).is_some());
            found.events.push(match says_its_day {
                true => maker.of_provider(Some(day), body, places),
                false => maker.inferred(day, body, places, &[], BY_PUBLICATION),
            });
            return;
        };
        let was = known.body.details.clone().unwrap_or_default();
        let newer = is_newer(&[maker.release.source("")], &known.sources);
        let differing = differences(&was, &joined(&was, told, true));
        if self.says != was {
            let reason = "the release says more of the provider, or otherwise, as at this day".to_owned();
            let replacement = (Some(to_date(day)), body);
            found.events.push(maker.correction(&known.id, replacement, places, &known.sources, reason));
        } else if differing.is_empty() {
            found.agree(maker, known, places);
        }
        found.changes.extend(differing.into_iter().map(|one| change(one, known, (places, newer))));
    }
}
