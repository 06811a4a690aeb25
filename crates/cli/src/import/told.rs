//! One inspection of a history in Docket's own form beside the same one on record: what to record in place of the lines that tell it.

use docket_api::pb::{self, EventsConfirmed, FieldCorrected, InspectionKind, event::Body};
use docket_domain::date::PartialDate;

use super::compare::{grade_name, is_less, is_told_otherwise, set_first_day};
use super::documents::is_newer;
use super::entry::{has_adequate, kind_name, title};
use super::events::with_id;
use super::known::{OnRecord, Standing, latest_day};
use super::plan::says_no_more;
use super::release::from_date;

/// What comes of the lines that tell an inspection which is on record.
#[derive(Debug, Default)]
pub(crate) struct InPlace {
    /// Corrections of what is on record.
    pub(crate) corrections: Vec<pb::Event>,
    /// That other documents say the same as what is on record: one event for each set of documents.
    pub(crate) confirmations: Vec<pb::Event>,
    /// What the lines say otherwise than a newer source of what is on record, in words.
    pub(crate) contradictions: Vec<String>,
    /// The lines of which nothing else is to be recorded, by their ids.
    pub(crate) settled: Vec<String>,
    /// The lines of revisions that are recorded with the corrections, by their ids: the judgement stands corrected to what was changed.
    pub(crate) together: Vec<String>,
    /// What Ofsted came to do, by the newer of the two.
    pub(crate) kind: InspectionKind,
}

/// Compares what the lines say with what is on record.
pub(crate) fn compare(stream: &str, told: &OnRecord, known: &OnRecord) -> InPlace {
    let kind_is_newer = is_newer(&told.newest_sources(), &known.newest_sources());
    let kind = match (told.kind(), known.kind()) {
        (InspectionKind::Unspecified, kind) => kind,
        (new, old) if says_no_more(new, old) => old,
        (new, old) if is_less(old, new) || kind_is_newer => new,
        (_, old) => old,
    };
    let title = title(known.kind(), known.days().first, known.days().published);
    let mut work = Work { stream, told, known, title, found: InPlace { kind, ..InPlace::default() } };
    if kind != told.kind() && !is_less(told.kind(), kind) && !says_no_more(told.kind(), kind) {
        work.contradict("kind", kind_name(told.kind()), kind_name(kind));
    }
    work.fieldwork();
    work.published();
    work.judgements();
    work.revisions();
    work.found
}

struct Work<'a> {
    stream: &'a str,
    told: &'a OnRecord,
    known: &'a OnRecord,
    title: String,
    found: InPlace,
}

/// The fields of one event, told and on record.
struct Fields {
    newer: bool,
    applied: Vec<String>,
    open: Vec<(&'static str, String, String)>,
}

impl Fields {
    fn of<T>(told: &Standing<T>, known: &Standing<T>) -> Self {
        Self { newer: is_newer(&told.sources, &known.sources), applied: Vec::new(), open: Vec::new() }
    }

    /// One field: what is missing is filled in, what differs is as the newer document says.
    fn take<T: Clone + PartialEq>(
        &mut self,
        field: &'static str,
        (known, told): (&mut T, &T),
        is_silent: impl Fn(&T) -> bool,
        shown: impl Fn(&T) -> String,
    ) -> bool {
        if is_silent(told) || known == told {
            return false;
        }
        let (old, new) = (shown(known), shown(told));
        if !is_silent(known) && !self.newer {
            self.open.push((field, new, old));
            return false;
        }
        let was = if is_silent(known) { "not on record" } else { &old };
        self.applied.push(format!("{field}: {new}, was {was}"));
        known.clone_from(told);
        true
    }

    fn text(&mut self, field: &'static str, known: &mut String, told: &String) {
        self.take(field, (known, told), String::is_empty, String::clone);
    }

    /// A day known to the month says less than one of that month; one of another contradicts it.
    fn day(&mut self, field: &'static str, known: &mut Option<pb::Date>, told: &Option<pb::Date>) -> bool {
        let (was, is) = (rough(known.as_ref()), rough(told.as_ref()));
        if told.is_none() || (was.is_some_and(|was| is.is_some_and(|is| holds(is, was)))) {
            return false;
        }
        let fits = |day: &Option<pb::Date>| {
            rough(day.as_ref()).is_none_or(|day| day.day().is_none() && is.is_some_and(|is| holds(day, is)))
        };
        self.take(field, (known, told), |day| day != told && fits(day), shown_day)
    }
}

fn rough(day: Option<&pb::Date>) -> Option<PartialDate> {
    let day = day?;
    PartialDate::from_parts(day.year, day.month, day.day).ok().filter(|day| *day != PartialDate::Unknown)
}

/// Whether every day that the other can be is one that the first can be.
fn holds(rough: PartialDate, other: PartialDate) -> bool {
    rough.earliest() <= other.earliest() && other.latest() <= rough.latest()
}

fn shown_day(day: &Option<pb::Date>) -> String {
    match (from_date(day.as_ref()), day) {
        (Some(day), _) => day.to_string(),
        (None, Some(day)) if day.month == 0 => day.year.to_string(),
        (None, Some(day)) => format!("{}-{:02}", day.year, day.month),
        (None, None) => "none".to_owned(),
    }
}

impl Work<'_> {
    fn contradict(&mut self, field: &str, new: &str, old: &str) {
        let title = &self.title;
        self.found
            .contradictions
            .push(format!("{title}: {field} {new}; on record, of a source not older, is {old}"));
    }

    fn kind(&self, fields: &mut Fields, kind: &mut i32) {
        let (now, was) = (self.found.kind, InspectionKind::try_from(*kind).unwrap_or_default());
        if now != was {
            fields.applied.push(format!("kind: {}, was {}", kind_name(now), kind_name(was)));
            *kind = now.into();
        }
    }

    fn fieldwork(&mut self) {
        let (told, known) = (self.told, self.known);
        let Some(known) = &known.fieldwork else { return };
        let Some(told) = told.fieldwork.as_ref().filter(|told| told.id != known.id) else {
            let body = |kind| Body::FieldworkRecorded(pb::FieldworkRecorded { kind, ..known.body.clone() });
            return self.only_kind(known, known.body.kind, body);
        };
        let mut fields = Fields::of(told, known);
        let (mut happened_on, mut body) = (known.happened_on, known.body.clone());
        self.kind(&mut fields, &mut body.kind);
        let first = self.known.days().first;
        let ranges = |ranges: &Vec<pb::DateRange>| {
            let days = ranges
                .iter()
                .map(|range| format!("{} to {}", shown_day(&range.first_date), shown_day(&range.last_date)));
            days.collect::<Vec<_>>().join(", ")
        };
        if fields.day("first day", &mut happened_on, &told.happened_on)
            && let Some(day) = from_date(happened_on.as_ref())
        {
            set_first_day(&mut body, first, day);
        }
        if fields.take("days", (&mut body.ranges, &told.body.ranges), Vec::is_empty, ranges)
            && let Some(day) = from_date(happened_on.as_ref())
        {
            set_first_day(&mut body, self.told.days().first, day);
        }
        if known.yields_theme(&body.theme, (&told.body.theme, told.first_told_on())) {
            fields.applied.push(format!("theme: {}", told.body.theme));
            body.theme.clone_from(&told.body.theme);
        }
        fields.text("lead inspector", &mut body.lead_inspector, &told.body.lead_inspector);
        let number = (&mut body.sequence_number, &told.body.sequence_number);
        fields.take("number in the letter", number, |number| *number == 0, u32::to_string);
        fields.take(
            "unpublished",
            (&mut body.unpublished, &told.body.unpublished),
            |is| !is,
            bool::to_string,
        );
        fields.take("virtual", (&mut body.r#virtual, &told.body.r#virtual), |is| !is, bool::to_string);
        self.settle(told, known, fields, (happened_on, Body::FieldworkRecorded(body)));
    }

    fn published(&mut self) {
        let (told, known) = (self.told, self.known);
        let Some(known) = &known.published else { return };
        let Some(told) = told.published.as_ref().filter(|told| told.id != known.id) else {
            let body = |kind| Body::ReportPublished(pb::ReportPublished { kind, ..known.body.clone() });
            return self.only_kind(known, known.body.kind, body);
        };
        let mut fields = Fields::of(told, known);
        let (mut happened_on, mut body) = (known.happened_on, known.body.clone());
        self.kind(&mut fields, &mut body.kind);
        fields.day("publication date", &mut happened_on, &told.happened_on);
        fields.text("address of the report", &mut body.url, &told.body.url);
        self.settle(told, known, fields, (happened_on, Body::ReportPublished(body)));
    }

    fn judgements(&mut self) {
        let (told, known) = (self.told, self.known);
        let Some(known) = &known.judgements else { return };
        let Some(told) = told.judgements.as_ref().filter(|told| told.id != known.id) else {
            return self.judgements_of_no_line(known);
        };
        let mut fields = Fields::of(told, known);
        let mut body = known.body.clone();
        self.kind(&mut fields, &mut body.kind);
        self.as_published(known, &mut fields, &mut body);
        let third = |grade| matches!(grade, pb::Grade::Adequate | pb::Grade::RequiresImprovement);
        let restated = has_adequate(self.found.kind);
        for judgement in &told.body.judgements {
            let name = judgement_name(judgement);
            let (new, grade) = (grade_name(judgement.grade()), judgement.grade());
            let told_otherwise = is_told_otherwise(&body, judgement.kind());
            match body.judgements.iter_mut().find(|known| known.kind == judgement.kind) {
                Some(known) if known.grade() == grade => {}
                Some(known) if restated && third(known.grade()) && third(grade) => {}
                // What Ofsted itself changed after publication is corrected by hand alone.
                Some(known) if self.known.revision(known.kind()).is_some() => {
                    if self.known.revision(known.kind()).is_none_or(|one| one.body.new_grade() != grade) {
                        fields.open.push((name, new, grade_name(known.grade())));
                    }
                }
                Some(known) if fields.newer => {
                    fields.applied.push(format!("{name}: {new}, was {}", grade_name(known.grade())));
                    known.clone_from(judgement);
                }
                Some(known) => fields.open.push((name, new, grade_name(known.grade()))),
                None if fields.newer || !told_otherwise => {
                    fields.applied.push(format!("{name}: {new}, was not on record"));
                    body.judgements.push(judgement.clone());
                }
                None => fields.open.push((name, new, "another judgement".to_owned())),
            }
        }
        self.settle(told, known, fields, (known.happened_on, Body::JudgementsMade(body)));
    }

    /// No line tells the judgements on record, but one may tell what they are, or that one was changed.
    fn judgements_of_no_line(&mut self, known: &Standing<pb::JudgementsMade>) {
        let mut fields = Fields { newer: false, applied: Vec::new(), open: Vec::new() };
        let mut body = known.body.clone();
        self.kind(&mut fields, &mut body.kind);
        self.as_published(known, &mut fields, &mut body);
        if !fields.applied.is_empty() {
            let mut sources = self.told.newest_sources();
            let revisions = self.told.revisions.iter().filter(|one| self.found.together.contains(&one.id));
            for source in revisions.flat_map(|revision| &revision.sources) {
                if !sources.contains(source) {
                    sources.push(source.clone());
                }
            }
            let now = (known.happened_on, Body::JudgementsMade(body));
            self.correct(known, sources, &fields.applied.join("; "), now);
        }
    }

    /// Where a line tells that Ofsted changed a judgement, and none on record does, the grade as first published stands again, whatever
    /// the day of the documents: the change is recorded with it, and is confirmed by whatever told the changed grade.
    fn as_published(
        &mut self,
        known: &Standing<pb::JudgementsMade>,
        fields: &mut Fields,
        body: &mut pb::JudgementsMade,
    ) {
        let mut seen = Vec::new();
        for revision in &self.told.revisions {
            let (kind, changed) = (revision.body.kind(), &revision.body);
            if self.known.revision(kind).is_some() || seen.contains(&kind) {
                continue;
            }
            seen.push(kind);
            let Some(judgement) = body.judgements.iter_mut().find(|known| known.kind() == kind) else {
                continue;
            };
            if judgement.grade() == changed.old_grade() {
                continue;
            }
            let name = judgement_name(judgement);
            let (old, was) = (grade_name(changed.old_grade()), grade_name(judgement.grade()));
            fields.applied.push(format!("{name}: {old} as published, was {was}"));
            let last = self.told.revision(kind).unwrap_or(revision);
            let agrees = judgement.grade() == last.body.new_grade();
            let told = self.told.judgements.iter().flat_map(|told| &told.body.judgements);
            let mut told = told.filter(|told| told.kind() == kind && told.grade() == changed.old_grade());
            *judgement = told.next().cloned().unwrap_or_else(|| pb::Judgement {
                kind: kind.into(),
                grade: changed.old_grade,
                raw_text: String::new(),
            });
            let lines = self.told.revisions.iter().filter(|one| one.body.kind() == kind);
            self.found.together.extend(lines.map(|one| one.id.clone()));
            let unheard: Vec<pb::Source> =
                known.speaking().into_iter().filter(|source| !last.has_heard(source)).collect();
            if !agrees {
                self.contradict(name, &grade_name(last.body.new_grade()), &was);
            } else if !unheard.is_empty() {
                self.confirm(&last.id, unheard);
            }
        }
    }

    /// A change that is on record already is not doubled.
    fn revisions(&mut self) {
        for told in &self.told.revisions {
            let is_same = |known: &&Standing<pb::JudgementRevised>| {
                (known.body.kind, known.body.new_grade) == (told.body.kind, told.body.new_grade)
            };
            let known = self.known.revisions.iter().find(is_same);
            let Some(known) = known.filter(|known| known.id != told.id) else { continue };
            let mut fields = Fields::of(told, known);
            let (mut happened_on, mut body) = (known.happened_on, known.body.clone());
            fields.day("day of the revision", &mut happened_on, &told.happened_on);
            if body.reason.is_empty() {
                fields.text("reason of the revision", &mut body.reason, &told.body.reason);
            }
            self.settle(told, known, fields, (happened_on, Body::JudgementRevised(body)));
        }
    }

    fn settle<T>(
        &mut self,
        told: &Standing<T>,
        known: &Standing<T>,
        fields: Fields,
        (happened_on, body): (Option<pb::Date>, Body),
    ) {
        self.found.settled.push(told.id.clone());
        for (field, new, old) in &fields.open {
            self.contradict(field, new, old);
        }
        let unheard: Vec<pb::Source> =
            told.sources.iter().filter(|source| !known.has_heard(source)).cloned().collect();
        if !fields.applied.is_empty() {
            self.correct(known, told.sources.clone(), &fields.applied.join("; "), (happened_on, body));
        } else if fields.open.is_empty() && !unheard.is_empty() {
            self.confirm(&known.id, unheard);
        }
    }

    /// An event that no line tells of names what the inspection is all the same: all its events must name one kind.
    fn only_kind<T>(&mut self, known: &Standing<T>, kind: i32, body: impl Fn(i32) -> Body) {
        let mut fields = Fields { newer: false, applied: Vec::new(), open: Vec::new() };
        let mut now = kind;
        self.kind(&mut fields, &mut now);
        if now != kind {
            let sources = self.told.newest_sources();
            self.correct(known, sources, &fields.applied.join("; "), (known.happened_on, body(now)));
        }
    }

    fn correct<T>(
        &mut self,
        known: &Standing<T>,
        mut sources: Vec<pb::Source>,
        applied: &str,
        (happened_on, body): (Option<pb::Date>, Body),
    ) {
        let before: Vec<pb::Source> =
            known.speaking().into_iter().filter(|source| !sources.contains(source)).collect();
        sources.extend(before);
        let replacement = pb::Event { happened_on, body: Some(body), ..pb::Event::default() };
        let correction = FieldCorrected {
            event_id: known.id.clone(),
            replacement: Some(Box::new(replacement)),
            reason: format!("another document says more, or otherwise: {applied}"),
        };
        let correction = self.event(sources, Body::FieldCorrected(Box::new(correction)));
        self.found.corrections.push(correction);
    }

    /// At most one for each set of documents.
    fn confirm(&mut self, id: &str, sources: Vec<pb::Source>) {
        let known = self.found.confirmations.iter().position(|event| event.sources == sources);
        let mut event_ids: Vec<String> = Vec::new();
        if let Some(place) = known
            && let Some(Body::EventsConfirmed(before)) = self.found.confirmations.remove(place).body
        {
            event_ids = before.event_ids;
        }
        event_ids.push(id.to_owned());
        let event = self.event(sources, Body::EventsConfirmed(EventsConfirmed { event_ids }));
        self.found.confirmations.push(event);
    }

    fn event(&self, sources: Vec<pb::Source>, body: Body) -> pb::Event {
        let days = sources.iter().filter_map(|source| source.document_date);
        let happened_on = days.max_by_key(latest_day);
        with_id(pb::Event {
            stream: self.stream.to_owned(),
            happened_on,
            sources,
            confidence: pb::Confidence::Official.into(),
            body: Some(body),
            ..pb::Event::default()
        })
    }
}

fn judgement_name(judgement: &pb::Judgement) -> &'static str {
    judgement.kind().as_str_name().trim_start_matches("JUDGEMENT_KIND_")
}
