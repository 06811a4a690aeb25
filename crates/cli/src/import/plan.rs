//! What an import would record for one authority: a pure function of the rows of the release and of what Docket knows already.

use docket_api::pb::{self, InspectionKind, event::Body};
use jiff::civil::Date;

use super::compare::{Comparison, compare};
use super::entry::{Entry, Place, Problem};
use super::events::{Maker, judgement, key};
use super::known::{History, OnRecord};
use super::merge::{Disagreement, Inspection, merge};
use super::registration::plan_registration;
use super::release::Release;
use super::same::{Days, Likeness, likeness};
use super::who::Register;

/// What becomes of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something it says was not known.
    New,
    /// Everything it says is on record.
    Known,
    /// It contradicts what is on record, and is newer: recorded as a correction.
    Corrected,
    /// It contradicts what is on record, which is of a newer source: not recorded.
    Contradicted,
    /// It cannot be recorded.
    Refused(Vec<Problem>),
}

/// One request: the events of one inspection, recorded all or none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Planned {
    /// The key of the inspection.
    pub(crate) key: String,
    /// In words.
    pub(crate) title: String,
    /// Nothing of it is on record.
    pub(crate) is_new: bool,
    /// When it happened, as far as is known.
    pub(crate) day: Option<Date>,
    /// New ones, then corrections, then that the release agrees with the rest.
    pub(crate) events: Vec<pb::Event>,
    /// What its corrections change.
    pub(crate) changes: Vec<Change>,
    /// The entries that it comes from.
    pub(crate) entries: Vec<usize>,
}

/// Something that the release says otherwise than Docket has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// In words.
    pub(crate) inspection: String,
    /// The event on record.
    pub(crate) event_id: String,
    /// "publication date".
    pub(crate) field: String,
    /// On record.
    pub(crate) old: String,
    /// In the release.
    pub(crate) new: String,
    /// Where the old was read.
    pub(crate) old_source: String,
    /// When that was published.
    pub(crate) old_source_day: Option<Date>,
    /// The rows of the release.
    pub(crate) places: Vec<Place>,
    /// Whether it is recorded as a correction: the release is the newer of the two.
    pub(crate) applied: bool,
}

/// What an import would do for one authority.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// In the order in which to record them.
    pub(crate) requests: Vec<Planned>,
    /// One for each entry.
    pub(crate) outcomes: Vec<Outcome>,
    /// Differences from what is on record that are not recorded: that is the newer.
    pub(crate) contradictions: Vec<Change>,
    /// Every difference between rows of the release.
    pub(crate) disagreements: Vec<Disagreement>,
    /// How many inspections and visits the entries tell of.
    pub(crate) inspections: usize,
}

/// Plans one authority or provider. `stream` is "authority/ID" or "provider/URN".
pub(crate) fn plan(
    stream: &str,
    entries: &[Entry],
    history: &History,
    (release, register): (&Release, &Register),
) -> Plan {
    let merged = merge(entries);
    let mut plan = Plan { outcomes: vec![Outcome::Known; entries.len()], ..Plan::default() };
    plan.disagreements = merged.disagreements;
    plan.inspections = merged.inspections.len();
    let tellings: Vec<Telling> = merged
        .inspections
        .iter()
        .map(|one| Telling { key: key(stream, one), kind: one.kind.value, days: one.days() })
        .collect();
    let matches = assign(&tellings, history);
    let maker = Maker { stream, release };
    if entries.iter().any(|entry| entry.provider.is_some()) {
        plan_provider(&mut plan, (maker, register), entries, history);
    }
    for (inspection, matched) in merged.inspections.iter().zip(matches) {
        match matched {
            Ok(on_record) => plan_one(&mut plan, maker, inspection, on_record, entries),
            Err(problem) => refuse(&mut plan, inspection, &problem),
        }
    }
    // In the order in which they happened: a visit is judged beside the inspection before it.
    plan.requests.sort_by_key(|request| request.day);
    plan
}

/// What there is to be recorded of a provider itself, before its inspections.
fn plan_provider(
    plan: &mut Plan,
    (maker, register): (Maker<'_>, &Register),
    entries: &[Entry],
    history: &History,
) {
    let (planned, contradictions) = plan_registration((maker, register), entries, history);
    let bodies = planned.iter().flat_map(|planned| &planned.events).filter_map(|event| event.body.as_ref());
    let is_correction = |body: &Body| matches!(body, Body::FieldCorrected(_) | Body::EventVoided(_));
    let is_new = |body: &Body| !matches!(body, Body::EventsConfirmed(_));
    let outcome = match history.registered {
        None => Outcome::New,
        Some(_) if bodies.clone().any(is_correction) => Outcome::Corrected,
        Some(_) if bodies.clone().any(is_new) => Outcome::New,
        Some(_) if !contradictions.is_empty() => Outcome::Contradicted,
        Some(_) => Outcome::Known,
    };
    for (entry, slot) in entries.iter().zip(&mut plan.outcomes) {
        if !entry.tells_inspection() {
            *slot = outcome.clone();
        }
    }
    plan.contradictions.extend(contradictions);
    plan.requests.extend(planned);
}

fn refuse(plan: &mut Plan, inspection: &Inspection, problem: &Problem) {
    for &entry in &inspection.entries {
        if let Some(outcome) = plan.outcomes.get_mut(entry) {
            *outcome = Outcome::Refused(vec![problem.clone()]);
        }
    }
}

fn problem(what: String) -> Problem {
    Problem { cell: String::new(), value: String::new(), field: String::new(), what }
}

pub(crate) type Match<'a> = Result<Option<&'a OnRecord>, Problem>;

/// What an inspection is known again by.
#[derive(Debug, Clone)]
pub(crate) struct Telling {
    /// As whoever tells of it names it.
    pub(crate) key: String,
    /// What Ofsted came to do.
    pub(crate) kind: InspectionKind,
    /// When.
    pub(crate) days: Days,
}

/// Finds for each inspection the one on record, the surest matches first; nothing on record is matched twice.
pub(crate) fn assign<'a>(tellings: &[Telling], history: &'a History) -> Vec<Match<'a>> {
    let mut pairs: Vec<(Likeness, usize, usize)> = Vec::new();
    for (told, telling) in tellings.iter().enumerate() {
        for (known, on_record) in history.inspections.iter().enumerate() {
            let found = if on_record.key == telling.key {
                Some(Likeness::SameDay)
            } else {
                likeness((telling.kind, telling.days), (on_record.kind(), on_record.days()))
            };
            pairs.extend(found.map(|likeness| (likeness, told, known)));
        }
    }
    pairs.sort_unstable();
    let mut matches: Vec<Match<'a>> = tellings.iter().map(|_| Ok(None)).collect();
    let mut taken: Vec<usize> = Vec::new();
    for &(likeness, told, known) in &pairs {
        let rivals =
            pairs.iter().filter(|pair| pair.0 == likeness && pair.1 == told && !taken.contains(&pair.2));
        let rivals: Vec<&str> = rivals
            .filter_map(|pair| history.inspections.get(pair.2))
            .map(|on_record| on_record.key.as_str())
            .collect();
        let Some(slot) = matches.get_mut(told) else { continue };
        if !matches!(slot, Ok(None)) || taken.contains(&known) {
            continue;
        }
        if rivals.len() > 1 {
            let what = format!("could be either of {} on record", rivals.join(" and "));
            *slot = Err(problem(format!("{what}; record it by hand under the right one")));
        } else {
            *slot = Ok(history.inspections.get(known));
            taken.push(known);
        }
    }
    matches
}

fn plan_one(
    plan: &mut Plan,
    maker: Maker<'_>,
    inspection: &Inspection,
    on_record: Option<&OnRecord>,
    entries: &[Entry],
) {
    let separate = inspection.separate_care_leavers(on_record.and_then(|known| known.days().first));
    if let Some(problem) = unfit(inspection, separate, entries) {
        refuse(plan, inspection, &problem);
        return;
    }
    let key = on_record.map_or_else(|| key(maker.stream, inspection), |known| known.key.clone());
    let Comparison { mut events, corrections, changes, agreed } =
        compare(maker, inspection, on_record, &key, separate);
    let outcome = if !corrections.is_empty() {
        Outcome::Corrected
    } else if changes.iter().any(|change| !change.applied) {
        Outcome::Contradicted
    } else if !events.is_empty() {
        Outcome::New
    } else {
        Outcome::Known
    };
    for &entry in &inspection.entries {
        if let Some(slot) = plan.outcomes.get_mut(entry) {
            *slot = outcome.clone();
        }
    }
    let (changes, contradictions): (Vec<Change>, Vec<Change>) =
        changes.into_iter().partition(|change| change.applied);
    plan.contradictions.extend(contradictions);
    events.extend(corrections);
    events.extend(maker.confirmation(agreed));
    if !events.is_empty() {
        let entries = inspection.entries.clone();
        let days = inspection.days();
        let day = days.first.or(days.published);
        let (title, is_new) = (inspection.title(), on_record.is_none());
        plan.requests.push(Planned { key, title, is_new, day, events, changes, entries });
    }
}

/// A grade that only the rows together show to be impossible: care leavers on their own, in a row that does not say when the
/// inspection began, and another row says that it was before they were.
fn unfit(inspection: &Inspection, separate: bool, entries: &[Entry]) -> Option<Problem> {
    let grade = inspection.grades.iter().find(|grade| judgement(inspection, grade, separate).is_none())?;
    let place = grade.places.first()?;
    let cell = entries
        .iter()
        .filter(|entry| entry.place == *place)
        .flat_map(|entry| &entry.grades)
        .find(|stated| stated.judged == grade.judged)
        .map(|stated| stated.cell.clone())
        .unwrap_or_default();
    Some(Problem {
        cell,
        value: grade.raw.clone(),
        field: grade.judged.name().to_owned(),
        what: format!(
            "{place}: the {} has no such judgement; right would be an empty cell",
            inspection.title()
        ),
    })
}

/// Kinds that say the same of one inspection: the release's "ILACS" is any of ILACS, its focused visit an assurance visit too.
pub(crate) fn says_no_more(told: InspectionKind, known: InspectionKind) -> bool {
    told == known
        || told == InspectionKind::Ilacs
        || (told == InspectionKind::FocusedVisit && known == InspectionKind::CovidAssuranceVisit)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
