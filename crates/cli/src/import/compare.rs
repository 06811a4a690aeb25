//! One inspection of the release beside the same one on record: what is new, what is contradicted, and which of the two is newer.

use docket_api::pb::{self, event::Body};
use jiff::civil::Date;

use super::documents::is_newer;
use super::entry::{Place, has_adequate, kind_name};
use super::events::{Maker, judgement};
use super::known::{OnRecord, Standing};
use super::merge::{Inspection, Told};
use super::plan::{Change, says_no_more};
use super::release::{from_date, to_date};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// Facts not on record.
    pub(crate) events: Vec<pb::Event>,
    /// Corrections of events on record.
    pub(crate) corrections: Vec<pb::Event>,
    /// Every difference, recorded or not.
    pub(crate) changes: Vec<Change>,
    /// Events on record that say what the release says, of which it has not told before; and where it does.
    pub(crate) agreed: (Vec<String>, Vec<Place>),
}

/// Compares. Without one on record everything is new.
pub(crate) fn compare(
    maker: Maker<'_>,
    inspection: &Inspection,
    on_record: Option<&OnRecord>,
    key: &str,
    separate: bool,
) -> Comparison {
    let nothing = OnRecord::default();
    let known = on_record.unwrap_or(&nothing);
    let mut work = Work { maker, inspection, known, found: Comparison::default() };
    match &known.fieldwork {
        None => work.found.events.extend(maker.fieldwork(inspection, key)),
        Some(standing) => work.fieldwork(standing, known.days().first),
    }
    match &known.published {
        None => work.found.events.extend(maker.published(inspection, key)),
        Some(standing) => work.published(standing),
    }
    match &known.judgements {
        None => work.found.events.extend(maker.judgements(inspection, key, separate)),
        Some(standing) => work.judgements(standing, known, separate),
    }
    work.found
}

/// One difference, before it is known whether the release is the newer.
struct Difference {
    field: &'static str,
    /// Nothing of the kind is on record: the release fills a gap and contradicts nothing.
    fills: bool,
    old: String,
    new: String,
    places: Vec<Place>,
}

struct Work<'a> {
    maker: Maker<'a>,
    inspection: &'a Inspection,
    known: &'a OnRecord,
    found: Comparison,
}

impl Work<'_> {
    fn kind_difference(&self, known: pb::InspectionKind) -> Option<Difference> {
        let told = &self.inspection.kind;
        (!says_no_more(told.value, known)).then(|| Difference {
            field: "kind",
            fills: is_less(known, told.value),
            old: kind_name(known).to_owned(),
            new: kind_name(told.value).to_owned(),
            places: told.places.clone(),
        })
    }

    fn fieldwork(&mut self, standing: &Standing<pb::FieldworkRecorded>, first_on_record: Option<Date>) {
        let mut body = standing.body.clone();
        let mut happened_on = standing.happened_on;
        let mut differences = Vec::new();
        if let Some(difference) = self.kind_difference(body.kind()) {
            if self.applies(standing, &difference) {
                body.kind = self.inspection.kind.value.into();
            }
            differences.push(difference);
        }
        if let Some(told) = self.inspection.first.as_ref().filter(|told| Some(told.value) != first_on_record)
        {
            let difference = day_difference("first day", first_on_record, told);
            if self.applies(standing, &difference) {
                happened_on = Some(to_date(told.value));
                set_first_day(&mut body, first_on_record, told.value);
            }
            differences.push(difference);
        }
        if let Some(told) = &self.inspection.last {
            let last_on_record = body.ranges.iter().filter_map(last_day).max();
            if Some(told.value) != last_on_record {
                let difference = day_difference("last day", last_on_record, told);
                if self.applies(standing, &difference) {
                    set_last_day(&mut body, happened_on, told.value);
                }
                differences.push(difference);
            }
        }
        // A theme is told in the words of whoever tells it: other words are no contradiction.
        let day = Some(self.maker.release.day);
        let theme = self.inspection.theme.as_ref();
        if let Some(told) = theme.filter(|told| standing.yields_theme(&body.theme, (&told.value, day))) {
            let (old, new, places) = (body.theme.clone(), told.value.clone(), told.places.clone());
            differences.push(Difference { field: "theme", fills: true, old, new, places });
            body.theme.clone_from(&told.value);
        }
        let places = self.inspection.first.as_ref().map(|told| told.places.clone());
        self.settle(standing, differences, (happened_on, Body::FieldworkRecorded(body)), places);
    }

    fn published(&mut self, standing: &Standing<pb::ReportPublished>) {
        let mut body = standing.body.clone();
        let mut happened_on = standing.happened_on;
        let mut differences = Vec::new();
        if let Some(difference) = self.kind_difference(body.kind()) {
            if self.applies(standing, &difference) {
                body.kind = self.inspection.kind.value.into();
            }
            differences.push(difference);
        }
        let on_record = from_date(standing.happened_on.as_ref());
        if let Some(told) = self.inspection.published.as_ref().filter(|told| Some(told.value) != on_record) {
            let difference = day_difference("publication date", on_record, told);
            if self.applies(standing, &difference) {
                happened_on = Some(to_date(told.value));
            }
            differences.push(difference);
        }
        let places = self.inspection.published.as_ref().map(|told| told.places.clone());
        self.settle(standing, differences, (happened_on, Body::ReportPublished(body)), places);
    }

    fn judgements(&mut self, standing: &Standing<pb::JudgementsMade>, known: &OnRecord, separate: bool) {
        let mut body = standing.body.clone();
        let mut differences = Vec::new();
        if let Some(difference) = self.kind_difference(body.kind()) {
            if self.applies(standing, &difference) {
                body.kind = self.inspection.kind.value.into();
            }
            differences.push(difference);
        }
        let mut revised = Vec::new();
        let mut agreed = Vec::new();
        for grade in &self.inspection.grades {
            let Some(told) = judgement(self.inspection, grade, separate) else { continue };
            let found = body.judgements.iter_mut().find(|known| known.kind == told.kind);
            // What Ofsted changed after publication counts, as far as the release could know of it.
            let released = self.maker.release.day;
            let revision = known.revision(told.kind());
            let as_known = revision.filter(|revision| {
                from_date(revision.happened_on.as_ref()).is_none_or(|day| day <= released)
            });
            let standing_grade = as_known
                .map(|revision| revision.body.new_grade())
                .or(found.as_ref().map(|known| known.grade()));
            if standing_grade.is_some_and(|standing| self.same_grade(standing, told.grade())) {
                let source = self.maker.release.source("");
                agreed.extend(
                    as_known.filter(|as_known| !as_known.has_heard(&source)).map(|one| one.id.clone()),
                );
                continue;
            }
            let difference = Difference {
                field: grade.judged.name(),
                fills: standing_grade.is_none() && !is_told_otherwise(&standing.body, told.kind()),
                old: standing_grade.map_or_else(|| "none".to_owned(), grade_name),
                new: grade_name(told.grade()),
                places: grade.places.clone(),
            };
            if revision.is_some() {
                // A published judgement that Ofsted changed is not ours to correct: whoever recorded the change must look.
                revised.push(difference);
                continue;
            }
            match found {
                _ if !self.applies(standing, &difference) => {}
                Some(found) => *found = told,
                None => body.judgements.push(told),
            }
            differences.push(difference);
        }
        self.list(standing, &revised, false);
        let grades = &self.inspection.grades;
        let places: Vec<Place> = grades.iter().flat_map(|grade| grade.places.clone()).collect();
        if !agreed.is_empty() {
            self.found.agreed.0.extend(agreed);
            self.found.agreed.1.extend(places.clone());
        }
        let places = Some(places).filter(|_| !grades.is_empty() && revised.is_empty());
        self.settle(standing, differences, (standing.happened_on, Body::JudgementsMade(body)), places);
    }

    /// Before November 2013 the third grade was "adequate"; Ofsted's releases restate it in today's words.
    fn same_grade(&self, a: pb::Grade, b: pb::Grade) -> bool {
        let third = |grade| matches!(grade, pb::Grade::Adequate | pb::Grade::RequiresImprovement);
        a == b || (has_adequate(self.inspection.kind.value) && third(a) && third(b))
    }

    /// Whether a difference is recorded: the release is newer than what stands, or fills a gap in it. What a newer document does not say
    /// contradicts nothing, so a gap is filled by an older one too: releases lead to the same in any order.
    fn applies<T>(&self, standing: &Standing<T>, difference: &Difference) -> bool {
        let released = [self.maker.release.source("")];
        // What an inspection is, is decided for all its events at once: they must name one kind.
        let is_newer = match difference.field {
            "kind" => is_newer(&released, &self.known.newest_sources()),
            _ => is_newer(&released, &standing.sources),
        };
        difference.fills || is_newer
    }

    /// A correction of what applies; of the rest only a line in the report. Where nothing differs and the release tells of it, it agrees.
    fn settle<T>(
        &mut self,
        standing: &Standing<T>,
        differences: Vec<Difference>,
        replacement: (Option<pb::Date>, Body),
        told: Option<Vec<Place>>,
    ) {
        if let (true, Some(places)) = (differences.is_empty(), told)
            && !standing.has_heard(&self.maker.release.source(""))
        {
            self.found.agreed.0.push(standing.id.clone());
            self.found.agreed.1.extend(places);
        }
        let (applied, open): (Vec<Difference>, Vec<Difference>) =
            differences.into_iter().partition(|difference| self.applies(standing, difference));
        self.list(standing, &open, false);
        self.list(standing, &applied, true);
        if applied.is_empty() {
            return;
        }
        let mut places: Vec<Place> =
            applied.iter().flat_map(|difference| difference.places.clone()).collect();
        places.sort();
        places.dedup();
        let told: Vec<String> = applied.iter().map(Difference::to_string).collect();
        let says =
            if applied.iter().all(|one| one.fills) { "says what was missing" } else { "says otherwise" };
        let reason = format!("{} {says}: {}", self.maker.release.title, told.join("; "));
        let event = self.maker.correction(&standing.id, replacement, &places, &standing.speaking(), reason);
        self.found.corrections.push(event);
    }

    fn list<T>(&mut self, standing: &Standing<T>, differences: &[Difference], applied: bool) {
        let title = self.inspection.title();
        self.found.changes.extend(differences.iter().map(|difference| Change {
            inspection: title.clone(),
            event_id: standing.id.clone(),
            field: difference.field.to_owned(),
            old: difference.old.clone(),
            new: difference.new.clone(),
            old_source: standing.speaking().iter().map(source_name).collect::<Vec<_>>().join("; "),
            old_source_day: standing.told_on(),
            places: difference.places.clone(),
            applied,
        }));
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let old = if self.old.is_empty() { "not on record" } else { &self.old };
        write!(f, "{}: {}, was {old}", self.field, self.new)
    }
}

pub(crate) fn source_name(source: &pb::Source) -> String {
    let day = from_date(source.document_date.as_ref()).map(|day| format!(" ({day})")).unwrap_or_default();
    let place = if source.place.is_empty() { String::new() } else { format!(", {}", source.place) };
    format!("{}{day}{place}", source.title)
}

fn day_difference(field: &'static str, old: Option<Date>, told: &Told<Date>) -> Difference {
    let (new, places) = (told.value.to_string(), told.places.clone());
    Difference { field, fills: old.is_none(), old: shown(old), new, places }
}

/// A kind on record that leaves open what the other says.
pub(crate) fn is_less(known: pb::InspectionKind, told: pb::InspectionKind) -> bool {
    use pb::InspectionKind as Kind;
    known == Kind::Unspecified
        || (known == Kind::FocusedVisit && told == Kind::CovidAssuranceVisit)
        || (known == Kind::Ilacs && matches!(told, Kind::IlacsStandard | Kind::IlacsShort))
}

/// Whether what is judged is on record as another judgement: children in care with care leavers, or apart from them.
pub(crate) fn is_told_otherwise(body: &pb::JudgementsMade, kind: pb::JudgementKind) -> bool {
    use pb::JudgementKind as Kind;
    let has = |kind: Kind| body.judgements.iter().any(|known| known.kind() == kind);
    match kind {
        Kind::ChildrenInCareAndCareLeavers => has(Kind::ChildrenInCare) || has(Kind::CareLeavers),
        Kind::ChildrenInCare | Kind::CareLeavers => has(Kind::ChildrenInCareAndCareLeavers),
        _ => false,
    }
}

fn shown(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn last_day(range: &pb::DateRange) -> Option<Date> {
    from_date(range.last_date.as_ref().or(range.first_date.as_ref()))
}

/// The range that began on the first day on record begins on another; its last day stays where it still comes after.
pub(crate) fn set_first_day(body: &mut pb::FieldworkRecorded, on_record: Option<Date>, first: Date) {
    if body.ranges.is_empty() {
        // Only the day of the event said when it began, and that is corrected with it.
        return;
    }
    let range = body.ranges.iter_mut().find(|range| from_date(range.first_date.as_ref()) == on_record);
    match range {
        Some(range) => {
            range.first_date = Some(to_date(first));
            if from_date(range.last_date.as_ref()).is_some_and(|last| last < first) {
                range.last_date = None;
            }
        }
        None => body.ranges.insert(0, pb::DateRange { first_date: Some(to_date(first)), last_date: None }),
    }
}

/// The last range ends on another day; where there is none, one begins on the day of the event.
fn set_last_day(body: &mut pb::FieldworkRecorded, first: Option<pb::Date>, last: Date) {
    let last_date = Some(to_date(last));
    match body.ranges.last_mut() {
        Some(range) => range.last_date = last_date,
        None => body.ranges.push(pb::DateRange { first_date: first, last_date }),
    }
}

/// A grade in words.
pub(crate) fn grade_name(grade: pb::Grade) -> String {
    grade.as_str_name().trim_start_matches("GRADE_").to_lowercase().replace('_', " ")
}
