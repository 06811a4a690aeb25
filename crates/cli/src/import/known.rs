//! What Docket already knows of an authority's inspections: its recorded events, with voids, merges and corrections applied.

use std::collections::{HashMap, HashSet};

use docket_api::pb::{
    self, Confidence, FieldworkRecorded, InspectionKind, JudgementKind, JudgementRevised, JudgementsMade,
    ProviderChanged, ProviderListed, ProviderRegistered, RecordedEvent, RegistrationCancelled,
    ReportPublished, event::Body,
};
use jiff::civil::Date;

use super::documents::{is_newer, is_same_document, is_same_telling, newest};
use super::release::from_date;
use super::same::Days;

/// A recorded event as it counts: after the last correction of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing<T> {
    /// Of the event itself: corrections name it, not each other.
    pub(crate) id: String,
    /// What it says.
    pub(crate) body: T,
    /// When.
    pub(crate) happened_on: Option<pb::Date>,
    /// Of what it says now, and of what agreed with that since.
    pub(crate) sources: Vec<pb::Source>,
    /// Every document that told of it, also of what it said before.
    pub(crate) heard: Vec<pb::Source>,
    /// Concluded from other facts, and not corrected since.
    pub(crate) inferred: bool,
}

impl<T> Standing<T> {
    fn saying<U>(self, body: U) -> Standing<U> {
        let Standing { id, happened_on, sources, heard, inferred, .. } = self;
        Standing { id, body, happened_on, sources, heard, inferred }
    }

    /// The day of the newest document that says so; `None` where none bears a day.
    pub(crate) fn told_on(&self) -> Option<Date> {
        newest(&self.sources).and_then(|source| latest_day(source.document_date.as_ref()?))
    }

    /// The day of the oldest document that told of it; `None` where none bears a day.
    pub(crate) fn first_told_on(&self) -> Option<Date> {
        self.heard.iter().filter_map(|source| latest_day(source.document_date.as_ref()?)).min()
    }

    /// Whether a theme told in other words stands in place of the one on record: every source has its own words for it, and those of the
    /// document nearest to the visit stand; of one day, the first in the alphabet, so that the order of imports decides nothing.
    pub(crate) fn yields_theme(&self, known: &str, (told, day): (&str, Option<Date>)) -> bool {
        let nearest = (self.first_told_on().unwrap_or(Date::MAX), known);
        !told.is_empty() && (known.is_empty() || (day.unwrap_or(Date::MAX), told) < nearest)
    }

    /// Whether this document told of it before.
    pub(crate) fn has_heard(&self, document: &pb::Source) -> bool {
        self.heard.iter().any(|heard| is_same_document(heard, document))
    }

    /// The sources of what it says now. A correction also names what it corrected: of several documents the newest speak.
    pub(crate) fn speaking(&self) -> Vec<pb::Source> {
        let Some(newest) = newest(&self.sources) else { return Vec::new() };
        self.sources.iter().filter(|source| is_same_telling(source, newest)).cloned().collect()
    }
}

/// When; for a date known to the month or the year, its last day.
pub(crate) fn day_of<T>(standing: &Standing<T>) -> Option<Date> {
    standing.happened_on.as_ref().and_then(latest_day)
}

/// When it may have been at the earliest: for a date known to the month or the year, its first day.
pub(crate) fn first_day_of<T>(standing: &Standing<T>) -> Option<Date> {
    let date = standing.happened_on.as_ref()?;
    let or_first = |part: i32| i8::try_from(part.max(1)).ok();
    Date::new(i16::try_from(date.year).ok()?, or_first(date.month)?, or_first(date.day)?).ok()
}

/// The last day that a date known to the month or the year can mean.
pub(crate) fn latest_day(date: &pb::Date) -> Option<Date> {
    from_date(Some(date)).or_else(|| {
        let month = if date.month == 0 { 12 } else { i8::try_from(date.month).ok()? };
        Some(Date::new(i16::try_from(date.year).ok()?, month, 1).ok()?.last_of_month())
    })
}

/// An inspection or visit on record.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OnRecord {
    /// Its key in the stream.
    pub(crate) key: String,
    /// The first of its fieldwork events.
    pub(crate) fieldwork: Option<Standing<FieldworkRecorded>>,
    /// Its publication.
    pub(crate) published: Option<Standing<ReportPublished>>,
    /// Its judgements.
    pub(crate) judgements: Option<Standing<JudgementsMade>>,
    /// Changes of its judgements by Ofsted, in the order recorded.
    pub(crate) revisions: Vec<Standing<JudgementRevised>>,
    first: Option<Date>,
}

impl OnRecord {
    /// What Ofsted came to do.
    pub(crate) fn kind(&self) -> InspectionKind {
        let kinds = [
            self.fieldwork.as_ref().map(|event| event.body.kind()),
            self.published.as_ref().map(|event| event.body.kind()),
            self.judgements.as_ref().map(|event| event.body.kind()),
        ];
        kinds.into_iter().flatten().find(|kind| *kind != InspectionKind::Unspecified).unwrap_or_default()
    }

    /// The sources of whichever of its events the newest document told of.
    pub(crate) fn newest_sources(&self) -> Vec<pb::Source> {
        let of = [
            self.fieldwork.as_ref().map(|one| &one.sources),
            self.published.as_ref().map(|one| &one.sources),
            self.judgements.as_ref().map(|one| &one.sources),
        ];
        let mut found: &[pb::Source] = &[];
        for sources in of.into_iter().flatten() {
            if is_newer(sources, found) {
                found = sources;
            }
        }
        found.to_vec()
    }

    /// The last change of a judgement by Ofsted.
    pub(crate) fn revision(&self, kind: JudgementKind) -> Option<&Standing<JudgementRevised>> {
        self.revisions.iter().rev().find(|revision| revision.body.kind() == kind)
    }

    /// Its days. Where no publication is on record, that of the judgements counts.
    pub(crate) fn days(&self) -> Days {
        let published = self
            .published
            .as_ref()
            .map(|event| event.happened_on.as_ref())
            .or_else(|| self.judgements.as_ref().map(|event| event.happened_on.as_ref()));
        Days { first: self.first, published: from_date(published.flatten()) }
    }

    fn apply(&mut self, body: Body, standing: Standing<()>) {
        match body {
            Body::FieldworkRecorded(body) => {
                let days = body.ranges.iter().filter_map(|range| from_date(range.first_date.as_ref()));
                let first = days.min().or_else(|| from_date(standing.happened_on.as_ref()));
                self.first = [self.first, first].into_iter().flatten().min();
                self.fieldwork.get_or_insert_with(|| standing.saying(body));
            }
            Body::ReportPublished(body) => {
                self.published.get_or_insert_with(|| standing.saying(body));
            }
            Body::JudgementsMade(body) => {
                self.judgements = Some(standing.saying(body));
            }
            Body::JudgementRevised(body) => {
                self.revisions.push(standing.saying(body));
            }
            _ => {}
        }
    }
}

/// The inspection that an event is about, for the kinds that matter here.
fn inspection_of(body: &Body) -> Option<&str> {
    match body {
        Body::FieldworkRecorded(body) => Some(&body.inspection),
        Body::ReportPublished(body) => Some(&body.inspection),
        Body::JudgementsMade(body) => Some(&body.inspection),
        Body::JudgementRevised(body) => Some(&body.inspection),
        _ => None,
    }
}

/// What the events of a stream say of each other.
struct Notes<'a> {
    /// Voided or merged.
    struck: HashSet<&'a str>,
    /// Of each event, the corrections and confirmations that count, in the order recorded.
    about: HashMap<&'a str, Vec<&'a pb::Event>>,
}

impl<'a> Notes<'a> {
    fn of(events: &[&'a pb::Event]) -> Self {
        let mut notes = Self { struck: HashSet::new(), about: HashMap::new() };
        // Whatever names an event comes after it: going back meets every void before what it voids.
        for &event in events.iter().rev() {
            if notes.struck.contains(event.event_id.as_str()) {
                continue;
            }
            let named: Vec<&str> = match &event.body {
                Some(Body::EventVoided(void)) => {
                    notes.struck.insert(&void.event_id);
                    Vec::new()
                }
                Some(Body::EventMerged(merge)) => {
                    notes.struck.insert(&merge.event_id);
                    Vec::new()
                }
                Some(Body::FieldCorrected(correction)) => vec![&correction.event_id],
                Some(Body::EventsConfirmed(confirmed)) => {
                    confirmed.event_ids.iter().map(String::as_str).collect()
                }
                _ => Vec::new(),
            };
            for id in named {
                notes.about.entry(id).or_default().insert(0, event);
            }
        }
        notes
    }
}

/// What Docket knows of one authority, at a revision of its stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// Of the last event in the stream; 0 where there is none.
    pub(crate) revision: u64,
    /// In the order in which they were first recorded.
    pub(crate) inspections: Vec<OnRecord>,
    /// Of a provider: its registration.
    pub(crate) registered: Option<Standing<ProviderRegistered>>,
    /// Of a provider: the changes of its details, in the order recorded.
    pub(crate) changed: Vec<Standing<ProviderChanged>>,
    /// The ids of events that count no more.
    pub(crate) struck: HashSet<String>,
    /// Of a provider: the lists that have it.
    pub(crate) listed: Vec<Standing<ProviderListed>>,
    /// Of a provider: the end of it.
    pub(crate) cancelled: Option<Standing<RegistrationCancelled>>,
}

impl History {
    /// Folds the events of one stream, in the order recorded. The last correction that counts wins; a void can itself be voided.
    pub(crate) fn of(recorded: &[RecordedEvent]) -> Self {
        let events: Vec<&pb::Event> =
            recorded.iter().filter_map(|recorded| recorded.event.as_ref()).collect();
        let notes = Notes::of(&events);
        let revision = recorded.last().map_or(0, |last| last.revision);
        let struck = notes.struck.iter().map(|id| (*id).to_owned()).collect();
        let mut history = Self { revision, struck, ..Self::default() };
        for event in events.iter().filter(|event| !notes.struck.contains(event.event_id.as_str())) {
            let id = event.event_id.as_str();
            let Some(told) = &event.body else { continue };
            let mut now = (told, event.happened_on, event.sources.clone());
            let mut heard = event.sources.clone();
            let mut inferred = event.confidence() == Confidence::Inferred;
            for note in notes.about.get(id).into_iter().flatten() {
                heard.extend(note.sources.iter().cloned());
                match &note.body {
                    Some(Body::FieldCorrected(correction)) => {
                        let replacement = correction.replacement.as_deref();
                        let body = replacement.and_then(|replacement| replacement.body.as_ref());
                        let happened_on = replacement.and_then(|replacement| replacement.happened_on);
                        now = (body.unwrap_or(now.0), happened_on, note.sources.clone());
                        inferred = false;
                    }
                    _ => now.2.extend(note.sources.iter().cloned()),
                }
            }
            let (body, happened_on, sources) = now;
            let standing = Standing { id: id.to_owned(), body: (), happened_on, sources, heard, inferred };
            history.apply(body.clone(), standing);
        }
        history
    }

    fn apply(&mut self, body: Body, standing: Standing<()>) {
        match &body {
            Body::ProviderRegistered(body) => self.registered = Some(standing.clone().saying(body.clone())),
            Body::ProviderChanged(body) => self.changed.push(standing.clone().saying(body.clone())),
            Body::ProviderListed(body) => self.listed.push(standing.clone().saying(body.clone())),
            Body::RegistrationCancelled(body) => self.cancelled = Some(standing.clone().saying(body.clone())),
            Body::RegistrationRestored(_) => self.cancelled = None,
            _ => {}
        }
        let Some(key) = inspection_of(&body).map(str::to_owned) else { return };
        let index = self.inspections.iter().position(|known| known.key == key).unwrap_or_else(|| {
            self.inspections.push(OnRecord { key, ..OnRecord::default() });
            self.inspections.len() - 1
        });
        if let Some(known) = self.inspections.get_mut(index) {
            known.apply(body, standing);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::release::to_date;
    use super::super::testing::{recorded, source};
    use super::*;

    fn published(id: &str, day: Date, told: Date) -> pb::Event {
        pb::Event {
            event_id: id.to_owned(),
            happened_on: Some(to_date(day)),
            sources: vec![source("report", told)],
            body: Some(Body::ReportPublished(ReportPublished {
                inspection: "sif-2014-11-18".to_owned(),
                ..ReportPublished::default()
            })),
            ..pb::Event::default()
        }
    }

    fn corrected(id: &str, of: &str, day: Date, told: Date) -> pb::Event {
        let replacement = published("", day, told);
        pb::Event {
            event_id: id.to_owned(),
            sources: vec![source("release", told)],
            body: Some(Body::FieldCorrected(Box::new(pb::FieldCorrected {
                event_id: of.to_owned(),
                replacement: Some(Box::new(replacement)),
                reason: String::new(),
            }))),
            ..pb::Event::default()
        }
    }

    fn voided(id: &str, of: &str) -> pb::Event {
        let void = pb::EventVoided { event_id: of.to_owned(), ..pb::EventVoided::default() };
        pb::Event { event_id: id.to_owned(), body: Some(Body::EventVoided(void)), ..pb::Event::default() }
    }

    #[test]
    fn a_corrected_event_is_read_as_corrected_and_keeps_its_id() {
        let history = History::of(&recorded(vec![
            published("a", date(2015, 2, 3), date(2015, 2, 3)),
            corrected("b", "a", date(2015, 2, 10), date(2023, 7, 6)),
        ]));
        assert_eq!(history.revision, 2);
        let standing = history.inspections[0].published.as_ref().unwrap();
        assert_eq!(standing.id, "a");
        assert_eq!(history.inspections[0].days().published, Some(date(2015, 2, 10)));
        assert_eq!(standing.told_on(), Some(date(2023, 7, 6)));
    }

    #[test]
    fn a_voided_correction_and_a_voided_event_count_no_more() {
        let first = published("a", date(2015, 2, 3), date(2015, 2, 3));
        let correction = corrected("b", "a", date(2015, 2, 10), date(2023, 7, 6));
        let history = History::of(&recorded(vec![first.clone(), correction, voided("c", "b")]));
        assert_eq!(history.inspections[0].days().published, Some(date(2015, 2, 3)));
        let history = History::of(&recorded(vec![first, voided("c", "a")]));
        assert!(history.inspections.is_empty());
    }

    #[test]
    fn a_source_known_to_the_month_is_as_new_as_the_month_allows() {
        let month = pb::Date { year: 2022, month: 6, day: 0 };
        assert_eq!(latest_day(&month), Some(date(2022, 6, 30)));
        assert_eq!(latest_day(&pb::Date { year: 2022, month: 0, day: 0 }), Some(date(2022, 12, 31)));
    }
}
