//! The events that an inspection of a release becomes. Ids are made of the content: the same fact from the same file has the same id.

use docket_api::pb::{
    self, Confidence, DateRange, EventsConfirmed, FieldCorrected, FieldworkRecorded, InspectionKind,
    Judgement, JudgementsMade, ReportPublished, event::Body,
};
use jiff::civil::Date;
use prost::Message;
use uuid::Uuid;

use super::entry::{Place, family, is_of_provider, judgement_kind};
use super::merge::{Inspection, ToldGrade};
use super::names::named;
use super::release::{Release, to_date};

const FIRST_DAY_ONLY: &str = "The release gives only the first day of the fieldwork.";

/// Builds the events of one authority from one release.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maker<'a> {
    /// "authority/kingston-upon-hull".
    pub(crate) stream: &'a str,
    /// The source.
    pub(crate) release: &'a Release,
}

/// The key of an inspection that is not on record: its family and its first day, or else the day of its report, unless the list of names has
/// its first day.
pub(crate) fn key(stream: &str, inspection: &Inspection) -> String {
    let family = match inspection.kind.value {
        InspectionKind::SifReinspection => "sif-reinspection",
        kind => family(kind),
    };
    let days = inspection.days();
    match (days.first, days.published) {
        (Some(first), _) => format!("{family}-{first}"),
        (None, Some(published)) => named(stream, format!("{family}-published-{published}")),
        (None, None) => family.to_owned(),
    }
}

/// A judgement as the wire has it; `None` where the framework has none such.
pub(crate) fn judgement(inspection: &Inspection, grade: &ToldGrade, separate: bool) -> Option<Judgement> {
    let kind = judgement_kind(inspection.kind.value, grade.judged, separate)?;
    Some(Judgement { kind: kind.into(), grade: grade.grade.into(), raw_text: grade.raw.clone() })
}

impl Maker<'_> {
    /// The fieldwork of an inspection under a key; `None` where its first day is not known.
    pub(crate) fn fieldwork(&self, inspection: &Inspection, key: &str) -> Option<pb::Event> {
        let first = inspection.first.as_ref()?;
        // Without a last day there is no range: a range of one day would say that it took a day.
        let range = inspection.last.as_ref().map(|last| DateRange {
            first_date: Some(to_date(first.value)),
            last_date: Some(to_date(last.value)),
        });
        let note = if range.is_none() { FIRST_DAY_ONLY } else { "" };
        let body = FieldworkRecorded {
            inspection: key.to_owned(),
            kind: inspection.kind.value.into(),
            ranges: range.into_iter().collect(),
            theme: inspection.theme.as_ref().map(|theme| theme.value.clone()).unwrap_or_default(),
            ..FieldworkRecorded::default()
        };
        Some(self.event(Some(first.value), Body::FieldworkRecorded(body), &first.places, note))
    }

    /// The publication of its report; `None` where the day is not known.
    pub(crate) fn published(&self, inspection: &Inspection, key: &str) -> Option<pb::Event> {
        let of_provider = is_of_provider(inspection.kind.value) && !inspection.grades.is_empty();
        let Some(published) = inspection.published.as_ref() else {
            // The grades stand in a published release: the report was published, on a day that it does not give.
            let places = inspection.grades.iter().flat_map(|grade| grade.places.clone()).take(1);
            let body = ReportPublished {
                inspection: key.to_owned(),
                kind: inspection.kind.value.into(),
                url: String::new(),
            };
            let note = "The release does not say when.";
            return of_provider
                .then(|| self.event(None, Body::ReportPublished(body), &places.collect::<Vec<_>>(), note));
        };
        let body = ReportPublished {
            inspection: key.to_owned(),
            kind: inspection.kind.value.into(),
            url: String::new(),
        };
        Some(self.event(Some(published.value), Body::ReportPublished(body), &published.places, ""))
    }

    /// Its judgements; `None` where there are none.
    pub(crate) fn judgements(&self, inspection: &Inspection, key: &str, separate: bool) -> Option<pb::Event> {
        if inspection.grades.is_empty() {
            return None;
        }
        let judgements =
            inspection.grades.iter().filter_map(|grade| judgement(inspection, grade, separate)).collect();
        let body =
            JudgementsMade { inspection: key.to_owned(), kind: inspection.kind.value.into(), judgements };
        let mut places: Vec<Place> =
            inspection.grades.iter().flat_map(|grade| grade.places.clone()).collect();
        places.sort();
        places.dedup();
        Some(self.event(inspection.days().published, Body::JudgementsMade(body), &places, ""))
    }

    /// The correction of an event on record. Its sources are the release and those of what stood before.
    pub(crate) fn correction(
        &self,
        of: &str,
        replacement: (Option<pb::Date>, Body),
        places: &[Place],
        before: &[pb::Source],
        reason: String,
    ) -> pb::Event {
        let (happened_on, body) = replacement;
        let body = FieldCorrected {
            event_id: of.to_owned(),
            replacement: Some(Box::new(pb::Event { happened_on, body: Some(body), ..pb::Event::default() })),
            reason,
        };
        let event = self.event(Some(self.release.day), Body::FieldCorrected(Box::new(body)), places, "");
        with_sources(event, before)
    }

    /// That the release says the same as events on record; `None` where there are none.
    pub(crate) fn confirmation(
        &self,
        (event_ids, mut places): (Vec<String>, Vec<Place>),
    ) -> Option<pb::Event> {
        if event_ids.is_empty() {
            return None;
        }
        places.sort();
        places.dedup();
        let body = EventsConfirmed { event_ids };
        Some(self.event(Some(self.release.day), Body::EventsConfirmed(body), &places, ""))
    }

    /// Something concluded from the rows of the release and from what is on record, whose sources it names too.
    pub(crate) fn inferred(
        &self,
        day: Date,
        body: Body,
        places: &[Place],
        before: &[pb::Source],
        note: &str,
    ) -> pb::Event {
        let mut event = self.event(Some(day), body, places, note);
        event.confidence = Confidence::Inferred.into();
        with_sources(event, before)
    }

    /// That an event on record does not count.
    pub(crate) fn void(&self, of: &str, places: &[Place], before: &[pb::Source], why: &str) -> pb::Event {
        let body = pb::EventVoided {
            event_id: of.to_owned(),
            reason: pb::VoidReason::NeverHappened.into(),
            explanation: why.to_owned(),
        };
        let event = self.event(Some(self.release.day), Body::EventVoided(body), places, "");
        with_sources(event, before)
    }

    /// An event of a provider's registration.
    pub(crate) fn of_provider(&self, happened_on: Option<Date>, body: Body, places: &[Place]) -> pb::Event {
        let note = if happened_on.is_none() { "The release does not say since when." } else { "" };
        self.event(happened_on, body, places, note)
    }

    fn event(&self, happened_on: Option<Date>, body: Body, places: &[Place], note: &str) -> pb::Event {
        let places: Vec<String> = places.iter().map(Place::to_string).collect();
        with_id(pb::Event {
            event_id: String::new(),
            stream: self.stream.to_owned(),
            happened_on: happened_on.map(to_date),
            sources: vec![self.release.source(&places.join("; "))],
            confidence: Confidence::Official.into(),
            published_date: None,
            note: note.to_owned(),
            body: Some(body),
        })
    }
}

/// With the sources of what it rests on beside its own.
fn with_sources(mut event: pb::Event, before: &[pb::Source]) -> pb::Event {
    for source in before {
        if !event.sources.contains(source) {
            event.sources.push(source.clone());
        }
    }
    with_id(event)
}

/// The id is a UUID of everything else in the event: stream, kind, inspection, content and source. So nothing is doubled by
/// importing again after a kill, and an id never comes back with other content.
pub(crate) fn with_id(mut event: pb::Event) -> pb::Event {
    event.event_id.clear();
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"docket import 1");
    event.event_id = Uuid::new_v5(&namespace, &event.encode_to_vec()).to_string();
    event
}
