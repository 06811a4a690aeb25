//! Histories in Docket's own form, brought together with what is on record: an inspection that is there under another key is known
//! again, what is on record is confirmed and not doubled, and what contradicts it is decided by the day of the document.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use docket_api::pb::{AuthorityEntry, event::Body};
use docket_api::{json, pb};
use docket_domain::StreamId;
use serde_json::Value;
use tonic::Status;

use super::docket::Docket;
use super::known::{History, OnRecord};
use super::names::named;
use super::plan::{Telling, assign};
use super::told::{InPlace, compare};

/// What becomes of one line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Becomes {
    /// Recorded: itself, under the key on record, or what stands in its place. Where that is nothing, it is on record.
    Events(Vec<pb::Event>),
    /// It names an inspection that could be either of several.
    Refused(String),
}

/// What becomes of the lines of some files.
#[derive(Debug, Default)]
pub(crate) struct Reconciled {
    /// The names of streams on record by those that the lines give.
    names: HashMap<String, String>,
    streams: HashMap<String, Stream>,
    /// What it was made of.
    tellings: Vec<pb::Event>,
    /// What is not recorded, since what is on record is of a source not older.
    pub(crate) contradictions: Vec<String>,
}

/// What becomes of the lines of one stream.
#[derive(Debug, Default)]
struct Stream {
    /// When it was read.
    revision: u64,
    /// Keys on record by the keys that the lines name.
    keys: Vec<(String, String)>,
    /// In place of these lines, by their ids.
    in_place: HashMap<String, Vec<pb::Event>>,
    refused: Vec<(String, String)>,
}

/// The name of a stream on record: a line may name an authority by any of its codes.
fn named_on_record(register: &[AuthorityEntry], stream: &str) -> Option<String> {
    let stream: StreamId = stream.parse().ok()?;
    if stream.category() == StreamId::PROVIDER {
        return Some(stream.to_string());
    }
    let code = stream.as_str().strip_prefix("authority/")?;
    let is_id = |entry: &&AuthorityEntry| entry.authority.as_ref().is_some_and(|known| known.id == code);
    let has_code = |entry: &&AuthorityEntry| entry.codes.iter().any(|known| known.code == code);
    let mut meant = register.iter().filter(is_id).chain(register.iter().filter(has_code));
    Some(format!("authority/{}", meant.next()?.authority.as_ref()?.id))
}

/// Whether the line says something that several documents may tell of one inspection, or is about such a line.
pub(crate) fn is_telling(event: &pb::Event) -> bool {
    matches!(
        event.body,
        Some(
            Body::FieldworkRecorded(_)
                | Body::ReportPublished(_)
                | Body::JudgementsMade(_)
                | Body::JudgementRevised(_)
                | Body::FieldCorrected(_)
                | Body::EventVoided(_)
                | Body::EventMerged(_)
                | Body::EventsConfirmed(_)
        )
    )
}

impl Reconciled {
    /// Reads what is on record of each stream that the tellings (as [`is_telling`] picks them) are in, and compares.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn with_record<D: Docket>(
        docket: &mut D,
        tellings: Vec<pb::Event>,
    ) -> Result<Self, Status> {
        let mut all = Self::default();
        if tellings.is_empty() {
            return Ok(all);
        }
        let register = docket.authorities().await?;
        let mut streams: BTreeMap<String, Vec<pb::Event>> = BTreeMap::new();
        for event in &tellings {
            // What is no stream of an authority or provider is left to the server, which says so of each line.
            let Some(name) = named_on_record(&register, &event.stream) else { continue };
            streams.entry(name.clone()).or_default().push(event.clone());
            all.names.insert(event.stream.clone(), name);
        }
        all.tellings = tellings;
        let (names, told): (Vec<String>, Vec<Vec<pb::Event>>) = streams.into_iter().unzip();
        let histories = docket.histories(&names).await?;
        for ((name, told), recorded) in names.into_iter().zip(told).zip(histories) {
            let (stream, contradictions) = Stream::of(&name, told, &recorded);
            all.contradictions.extend(contradictions);
            all.streams.insert(name, stream);
        }
        Ok(all)
    }

    /// Reads again what is on record, and compares anew.
    ///
    /// # Errors
    /// The server's.
    pub(crate) async fn again<D: Docket>(&mut self, docket: &mut D) -> Result<(), Status> {
        *self = Self::with_record(docket, std::mem::take(&mut self.tellings)).await?;
        Ok(())
    }

    fn stream(&self, named: &str) -> Option<(&str, &Stream)> {
        let (name, stream) =
            self.streams.get_key_value(self.names.get(named).map_or(named, String::as_str))?;
        Some((name, stream))
    }

    /// The stream that was compared with the record, by whatever name a line gives it, and its revision then.
    pub(crate) fn read_at(&self, named: &str) -> Option<(&str, u64)> {
        self.stream(named).map(|(name, stream)| (name, stream.revision))
    }

    /// What becomes of a line.
    pub(crate) fn becomes(&self, event: &pb::Event) -> Becomes {
        let as_told = || Becomes::Events(vec![event.clone()]);
        let Some((_, stream)) = self.stream(&event.stream) else { return as_told() };
        if let Some(events) = stream.in_place.get(&event.event_id) {
            return Becomes::Events(events.clone());
        }
        if stream.keys.is_empty() && stream.refused.is_empty() {
            return as_told();
        }
        let value = json::to_value(event);
        match stream.refused.iter().find(|(key, _)| names(&value, key)) {
            Some((_, why)) => Becomes::Refused(why.clone()),
            None => Becomes::Events(vec![under(event, &stream.keys)]),
        }
    }
}

impl Stream {
    fn of(name: &str, told: Vec<pb::Event>, recorded: &[pb::RecordedEvent]) -> (Self, Vec<String>) {
        let history = History::of(recorded);
        let lines: Vec<pb::RecordedEvent> = (told.iter())
            .map(|event| pb::RecordedEvent { event: Some(event.clone()), ..pb::RecordedEvent::default() })
            .collect();
        let inspections = History::of(&lines).inspections;
        let tellings: Vec<Telling> = inspections
            .iter()
            .map(|told| Telling { key: named(name, told.key.clone()), kind: told.kind(), days: told.days() })
            .collect();
        let mut stream = Self { revision: history.revision, ..Self::default() };
        let mut contradictions = Vec::new();
        for (inspection, matched) in inspections.iter().zip(assign(&tellings, &history)) {
            match matched {
                Err(problem) => stream.refused.push((inspection.key.clone(), problem.what)),
                Ok(None) => {
                    let key = named(name, inspection.key.clone());
                    if key != inspection.key {
                        stream.keys.push((inspection.key.clone(), key));
                    }
                }
                Ok(Some(known)) => {
                    if known.key != inspection.key {
                        stream.keys.push((inspection.key.clone(), known.key.clone()));
                    }
                    let in_place = compare(name, inspection, known);
                    contradictions.extend(in_place.contradictions.iter().cloned());
                    stream.put(&told, inspection, in_place, recorded);
                }
            }
        }
        (stream, contradictions)
    }

    /// An inspection that is on record is recorded in one request, in place of the first line that tells it.
    fn put(
        &mut self,
        told: &[pb::Event],
        inspection: &OnRecord,
        in_place: InPlace,
        recorded: &[pb::RecordedEvent],
    ) {
        let before = |id: &str| {
            recorded.iter().filter_map(|recorded| recorded.event.as_ref()).find(|event| event.event_id == id)
        };
        let mut events = in_place.corrections;
        // A line that was recorded before is not sent again, should another be decided anew: what stands in place of all hangs on one that was not.
        let (mut first, mut first_on_record) = (None, None);
        let dropped = dropped(told, &in_place.settled);
        for event in told {
            let id = &event.event_id;
            if dropped.contains(id.as_str()) {
                let first = if before(id).is_none() { &mut first } else { &mut first_on_record };
                first.get_or_insert(id);
                self.in_place.insert(id.clone(), Vec::new());
            } else if let Some(line) = under_kind(event, inspection, in_place.kind)
                .or_else(|| in_place.together.contains(id).then(|| event.clone()))
            {
                let line = under(&line, &self.keys);
                match before(id) {
                    // Recorded before, and as it was then.
                    Some(before) if is_same_but_for_kind(before, &line) => {
                        self.in_place.insert(id.clone(), Vec::new());
                    }
                    Some(_) => {}
                    None => {
                        first.get_or_insert(id);
                        self.in_place.insert(id.clone(), Vec::new());
                        events.push(line);
                    }
                }
            }
        }
        events.extend(in_place.confirmations);
        if let Some(first) = first.or(first_on_record) {
            self.in_place.insert(first.clone(), events);
        }
    }
}

/// The lines that are not recorded: those settled, and those about such lines, since they would name what is not there. What was merged into a
/// line that is on record says no more than that one.
fn dropped<'a>(told: &'a [pb::Event], settled: &'a [String]) -> BTreeSet<&'a str> {
    let mut dropped: BTreeSet<&str> = settled.iter().map(String::as_str).collect();
    loop {
        let before = dropped.len();
        for event in told {
            if !about(event).iter().any(|named| dropped.contains(named)) {
                continue;
            }
            dropped.insert(&event.event_id);
            if let Some(Body::EventMerged(merge)) = &event.body {
                dropped.insert(&merge.event_id);
            }
        }
        if dropped.len() == before {
            return dropped;
        }
    }
}

/// The lines that a line is about.
fn about(event: &pb::Event) -> Vec<&str> {
    match &event.body {
        Some(Body::FieldCorrected(correction)) => vec![&correction.event_id],
        Some(Body::EventVoided(void)) => vec![&void.event_id],
        Some(Body::EventMerged(merge)) => vec![&merge.event_id, &merge.duplicate_of],
        Some(Body::EventsConfirmed(confirmed)) => confirmed.event_ids.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A line that tells this inspection, with this kind; `None` for other lines.
fn under_kind(event: &pb::Event, inspection: &OnRecord, kind: pb::InspectionKind) -> Option<pb::Event> {
    let mut event = event.clone();
    let (key, of) = match event.body.as_mut()? {
        Body::FieldworkRecorded(body) => (&body.inspection, &mut body.kind),
        Body::ReportPublished(body) => (&body.inspection, &mut body.kind),
        Body::JudgementsMade(body) => (&body.inspection, &mut body.kind),
        _ => return None,
    };
    if *key != inspection.key {
        return None;
    }
    if *of != 0 {
        *of = kind.into();
    }
    Some(event)
}

fn is_same_but_for_kind(recorded: &pb::Event, line: &pb::Event) -> bool {
    let mut recorded = recorded.clone();
    match (&mut recorded.body, &line.body) {
        (Some(Body::FieldworkRecorded(body)), Some(Body::FieldworkRecorded(other))) => body.kind = other.kind,
        (Some(Body::ReportPublished(body)), Some(Body::ReportPublished(other))) => body.kind = other.kind,
        (Some(Body::JudgementsMade(body)), Some(Body::JudgementsMade(other))) => body.kind = other.kind,
        _ => {}
    }
    recorded.body == line.body && recorded.happened_on == line.happened_on && recorded.sources == line.sources
}

/// The event with other keys, wherever it names them: of an inspection, of what follows from its report (`KEY/written-statement`),
/// among the triggers of a notice.
fn under(event: &pb::Event, keys: &[(String, String)]) -> pb::Event {
    let mut value = json::to_value(event);
    let mut renamed = false;
    rename(&mut value, keys, &mut renamed);
    if !renamed {
        return event.clone();
    }
    json::from_str(&value.to_string()).unwrap_or_else(|_| event.clone())
}

/// Fields of words that no key stands in.
fn is_words(field: &str) -> bool {
    matches!(field, "sources" | "note" | "text" | "reason" | "eventId" | "stream")
}

fn rename(value: &mut Value, keys: &[(String, String)], renamed: &mut bool) {
    match value {
        Value::Object(fields) => {
            for (_, value) in fields.iter_mut().filter(|(field, _)| !is_words(field)) {
                rename(value, keys, renamed);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, keys, renamed)),
        Value::String(text) => {
            let found = keys.iter().find_map(|(told, known)| Some((known, rest_of(text, told)?)));
            if let Some((known, rest)) = found {
                *text = format!("{known}{rest}");
                *renamed = true;
            }
        }
        _ => {}
    }
}

fn names(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(field, value)| !is_words(field) && names(value, key)),
        Value::Array(items) => items.iter().any(|item| names(item, key)),
        Value::String(text) => rest_of(text, key).is_some(),
        _ => false,
    }
}

/// What follows a key: nothing, or the name of what follows from its report.
fn rest_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.strip_prefix(key).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
