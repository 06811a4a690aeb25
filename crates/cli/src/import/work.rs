//! The middle of an import: the entries of each authority, their plan, and the answers of the server.

use std::collections::BTreeMap;

use docket_api::pb::record_stream_response::Outcome as Answer;
use docket_api::pb::{self, ExpectedRevision, RecordRequest, event::Body, expected_revision::Expectation};
use jiff::civil::Date;
use tonic::{Code, Status};

use super::docket::Docket;
use super::entry::{Entry, Names, Place, Problem};
use super::known::History;
use super::plan::{Outcome, Plan, Planned, plan};
use super::provider_rows::ProviderTold;
use super::registration::REGISTRATION;
use super::release::Release;
use super::report::{Fate, Line, Report};
use super::run::{Options, Progress};
use super::who::Register;
use super::workbook::Workbook;

/// Most events of one request.
const EVENTS_MAX: usize = 1_000;
/// How often in a row an import plans again because others write to the same streams, without recording anything itself.
const STANDSTILLS_MAX: usize = 5;

/// One authority or provider and everything the release says of it.
struct Case {
    stream: String,
    name: String,
    entries: Vec<Entry>,
    /// The last word on each entry, once there is one.
    fates: Vec<Option<Fate>>,
    plan: Plan,
    revision: u64,
    /// It has to be read and planned (again).
    stale: bool,
}

impl Case {
    /// A provider of which no row tells but by its inspections is registered by the first of them.
    fn add_registration(&mut self) {
        let only_inspections = self.entries.iter().all(Entry::tells_inspection);
        if let Some(first) = self.entries.first().filter(|first| only_inspections && first.provider.is_some())
        {
            let registration = Entry {
                kind: pb::InspectionKind::Unspecified,
                first: None,
                published: None,
                grades: Vec::new(),
                ..first.clone()
            };
            self.entries.push(registration);
            self.fates.push(None);
        }
    }

    fn settle(&mut self, entries: &[usize], fate: &Fate) {
        for &entry in entries {
            if let Some(slot) = self.fates.get_mut(entry) {
                slot.get_or_insert_with(|| fate.clone());
            }
        }
    }

    /// The requests that still have to be sent, by their place in the plan.
    fn open(&self) -> impl Iterator<Item = (usize, &Planned)> {
        self.plan.requests.iter().enumerate().filter(|(_, request)| {
            request.entries.iter().any(|&entry| self.fates.get(entry).is_some_and(Option::is_none))
        })
    }
}

fn add(cases: &mut BTreeMap<String, Case>, stream: String, name: &str, entry: Entry) {
    let case = cases.entry(stream.clone()).or_insert_with(|| Case {
        stream,
        name: name.to_owned(),
        entries: Vec::new(),
        fates: Vec::new(),
        plan: Plan::default(),
        revision: 0,
        stale: true,
    });
    case.entries.push(entry);
    case.fates.push(None);
}

/// Where a provider is, by Docket's id of the authority; a name that the register does not have is left out with a remark. A row may name
/// an authority that began after its inspection: then it tells where the provider was from that beginning on.
fn locate(register: &Register, told: &ProviderTold, release_day: Date) -> (ProviderTold, Option<String>) {
    if told.authority.is_empty() {
        return (told.clone(), None);
    }
    let names = Names { name: Some(told.authority.clone()), ..Names::default() };
    let on_day = register.resolve(&names, told.day);
    let later = || register.resolve(&names, Some(release_day)).ok();
    match on_day.or_else(|why| later().ok_or(why)) {
        Ok((authority, remark)) => {
            let began = register.began(&authority.id).filter(|began| *began <= release_day);
            let day = told.day.max(began);
            (ProviderTold { authority: authority.id.clone(), day, ..told.clone() }, remark)
        }
        Err(why) => {
            let remark = format!("{why}: the provider is recorded without its authority");
            (ProviderTold { authority: String::new(), ..told.clone() }, Some(remark))
        }
    }
}

/// A request under way: whose, and which of the plan.
struct Sent {
    case: usize,
    planned: Vec<usize>,
}

/// Parts of at most so many events, of one inspection at least.
fn parts<'a, 'b>(open: &'b [(usize, &'a Planned)], events_max: usize) -> Vec<&'b [(usize, &'a Planned)]> {
    let mut parts = Vec::new();
    let mut rest = open;
    while !rest.is_empty() {
        let mut events = 0;
        let fitting = rest.iter().take_while(|(_, planned)| {
            events += planned.events.len();
            events <= events_max
        });
        let (part, after) = rest.split_at(fitting.count().max(1));
        parts.push(part);
        rest = after;
    }
    parts
}

/// An import under way.
pub(crate) struct Work<'a> {
    release: &'a Release,
    register: &'a Register,
    options: &'a Options,
    cases: Vec<Case>,
    lost: Vec<Line>,
    notes: Vec<(Place, String)>,
    warnings: Vec<(String, pb::Warning)>,
    events: BTreeMap<&'static str, usize>,
    new_inspections: usize,
    changes: Vec<(String, super::plan::Change)>,
    disagreements: Vec<(String, super::merge::Disagreement)>,
}

impl<'a> Work<'a> {
    /// Finds the authority of every entry.
    pub(crate) fn new(
        workbook: &Workbook,
        register: &'a Register,
        release: &'a Release,
        options: &'a Options,
    ) -> Self {
        let mut cases: BTreeMap<String, Case> = BTreeMap::new();
        let mut lost = Vec::new();
        let mut notes: Vec<(Place, String)> = Vec::new();
        for entry in &workbook.entries {
            if let Some(told) = &entry.provider {
                let (located, remark) = locate(register, told, release.day);
                let entry = Entry { provider: Some(located), ..entry.clone() };
                notes.extend(remark.map(|remark| (entry.place.clone(), remark)));
                add(&mut cases, format!("provider/{}", told.urn), &told.urn, entry);
                continue;
            }
            match register.resolve(&entry.names, entry.day()) {
                Ok((authority, remark)) => {
                    let stream = format!("authority/{}", authority.id);
                    add(&mut cases, stream, &authority.name, entry.clone());
                    let remark = remark.map(|remark| (entry.place.clone(), remark));
                    notes.extend(remark.filter(|remark| !notes.contains(remark)));
                }
                Err(what) => lost.push(Line {
                    place: entry.place.clone(),
                    authority: entry.names.to_string(),
                    inspection: entry.title(),
                    fate: Fate::Planned(Outcome::Refused(vec![Problem {
                        cell: String::new(),
                        value: String::new(),
                        field: "local authority".to_owned(),
                        what,
                    }])),
                }),
            }
        }
        for case in cases.values_mut() {
            case.add_registration();
        }
        Self {
            release,
            register,
            options,
            cases: cases.into_values().collect(),
            lost,
            notes,
            warnings: Vec::new(),
            new_inspections: 0,
            events: BTreeMap::new(),
            changes: Vec::new(),
            disagreements: Vec::new(),
        }
    }

    /// Reads what is on record of every authority that has to be planned, and plans it.
    ///
    /// # Errors
    /// The server's, if it does not answer.
    pub(crate) async fn compare<D: Docket>(
        &mut self,
        docket: &mut D,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), Status> {
        let streams: Vec<String> =
            self.cases.iter().filter(|case| case.stale).map(|case| case.stream.clone()).collect();
        let of = streams.len();
        let mut done = 0;
        let histories = docket.histories(&streams).await?;
        for (case, recorded) in self.cases.iter_mut().filter(|case| case.stale).zip(histories) {
            let history = History::of(&recorded);
            case.revision = history.revision;
            case.plan = plan(&case.stream, &case.entries, &history, (self.release, self.register));
            case.stale = false;
            settle_without_recording(case);
            let contradictions = case.plan.contradictions.drain(..).map(|change| (case.name.clone(), change));
            push_new(&mut self.changes, contradictions);
            let disagreements = case.plan.disagreements.drain(..).map(|told| (case.name.clone(), told));
            push_new(&mut self.disagreements, disagreements);
            done += 1;
            progress(Progress::Compared { done, of });
        }
        Ok(())
    }

    /// Records everything planned; plans again what others overtook. In a dry run the server only validates.
    ///
    /// # Errors
    /// The server's, if the connection is lost. What was answered until then is settled.
    pub(crate) async fn record<D: Docket>(
        &mut self,
        docket: &mut D,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), Status> {
        let of: usize = self.cases.iter().map(|case| case.open().count()).sum();
        let mut done = 0;
        let mut standstills = 0;
        loop {
            let sent = self.requests();
            if sent.is_empty() {
                return Ok(());
            }
            let (sent, requests): (Vec<_>, Vec<_>) = sent.into_iter().unzip();
            let before = done;
            let this = &mut *self;
            docket
                .record(requests, &mut |index, answer| {
                    done += sent.get(index).map_or(0, |sent| this.answered(sent, answer));
                    progress(Progress::Recorded { done, of });
                })
                .await?;
            standstills = if done > before { 0 } else { standstills + 1 };
            if standstills > STANDSTILLS_MAX {
                return Err(Status::aborted("others keep writing to the same streams"));
            }
            self.compare(docket, &mut |_| {}).await?;
        }
    }

    /// The requests to send. Each inspection is recorded by itself; in a dry run, where none can rest on one that was recorded
    /// before it, all of an authority are judged together.
    fn requests(&self) -> Vec<(Sent, RecordRequest)> {
        let mut requests = Vec::new();
        for (number, case) in self.cases.iter().enumerate() {
            let mut revision = case.revision;
            let open: Vec<(usize, &Planned)> = case.open().collect();
            for part in parts(&open, if self.options.dry_run { EVENTS_MAX } else { 1 }) {
                let events: Vec<pb::Event> =
                    part.iter().flat_map(|(_, planned)| planned.events.clone()).collect();
                let expectation =
                    if revision == 0 { Expectation::NoStream(true) } else { Expectation::Revision(revision) };
                let expected =
                    ExpectedRevision { stream: case.stream.clone(), expectation: Some(expectation) };
                let written = u64::try_from(events.len()).unwrap_or(0);
                let sent = Sent { case: number, planned: part.iter().map(|(place, _)| *place).collect() };
                requests.push((
                    sent,
                    RecordRequest {
                        events,
                        expected: vec![expected],
                        validate_only: self.options.dry_run,
                        recorded_by: self.options.recorded_by.clone(),
                        what_if: None,
                    },
                ));
                revision += if self.options.dry_run { 0 } else { written };
            }
        }
        requests
    }

    /// How many inspections are settled by this answer. Where it is none, their authority is planned again.
    fn answered(&mut self, sent: &Sent, answer: Answer) -> usize {
        let Some(case) = self.cases.get_mut(sent.case) else { return 0 };
        let planned: Vec<Planned> =
            sent.planned.iter().filter_map(|&place| case.plan.requests.get(place)).cloned().collect();
        match answer {
            Answer::Recorded(response) => {
                let mut facts = response.recorded.into_iter();
                for one in &planned {
                    self.new_inspections += usize::from(one.is_new && one.key != REGISTRATION);
                    let of = format!("{}, {}", case.name, one.title);
                    for event in &one.events {
                        *self.events.entry(kind_name(event)).or_default() += 1;
                        let warnings = facts.next().map(|fact| fact.warnings).unwrap_or_default();
                        self.warnings.extend(warnings.into_iter().map(|warning| (of.clone(), warning)));
                    }
                    self.changes.extend(one.changes.iter().map(|change| (case.name.clone(), change.clone())));
                    let outcome =
                        one.entries.first().and_then(|&entry| case.plan.outcomes.get(entry)).cloned();
                    case.settle(&one.entries, &Fate::Planned(outcome.unwrap_or(Outcome::New)));
                }
                planned.len()
            }
            Answer::Refused(refusal) if Code::from_i32(refusal.code) == Code::Aborted => {
                case.stale = true;
                0
            }
            Answer::Refused(refusal) => {
                // Those after it in this stream expect what is not recorded now.
                case.stale = true;
                let refused = refused(&planned, &refusal);
                for (entries, problems) in &refused {
                    case.settle(entries, &Fate::Planned(Outcome::Refused(problems.clone())));
                }
                refused.len()
            }
        }
    }

    /// Adds everything to the report.
    pub(crate) fn finish(self, report: &mut Report) {
        report.told_of = self.cases.iter().map(|case| case.plan.inspections).sum();
        for case in self.cases {
            for (entry, fate) in case.entries.iter().zip(case.fates) {
                report.lines.push(Line {
                    place: entry.place.clone(),
                    authority: case.name.clone(),
                    inspection: entry.title(),
                    fate: fate.unwrap_or(Fate::Unanswered),
                });
            }
        }
        report.lines.extend(self.lost);
        report.notes.extend(self.notes);
        report.warnings = self.warnings;
        report.new_inspections = self.new_inspections;
        report.events = self.events.values().sum();
        report.events_by_kind = self.events;
        report.changes = self.changes;
        report.disagreements = self.disagreements;
    }
}

/// Entries that the plan sends nothing for are settled by the plan.
fn settle_without_recording(case: &mut Case) {
    let sent: Vec<usize> = case.plan.requests.iter().flat_map(|request| request.entries.clone()).collect();
    for (entry, outcome) in case.plan.outcomes.iter().enumerate() {
        if !sent.contains(&entry)
            && let Some(slot) = case.fates.get_mut(entry)
        {
            slot.get_or_insert_with(|| Fate::Planned(outcome.clone()));
        }
    }
}

fn push_new<T: PartialEq>(all: &mut Vec<T>, more: impl Iterator<Item = T>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

/// Which of the inspections of a request were refused, and why: by the number of the event, where the server says it.
fn refused(planned: &[Planned], refusal: &pb::Refusal) -> Vec<(Vec<usize>, Vec<Problem>)> {
    let of = |field: &str, what: String| Problem {
        cell: String::new(),
        value: String::new(),
        field: field.to_owned(),
        what,
    };
    let whole = of("", format!("the server refused it: {} ({})", refusal.message, refusal.reason));
    let mut begins = 0;
    let mut named = Vec::new();
    for one in planned {
        let ends = begins + one.events.len();
        let its: Vec<Problem> = refusal
            .problems
            .iter()
            .filter(|problem| {
                event_number(&problem.field).is_some_and(|number| (begins..ends).contains(&number))
            })
            .map(|problem| of(&problem.field, problem.description.clone()))
            .collect();
        if !its.is_empty() {
            named.push((one.entries.clone(), [whole.clone()].into_iter().chain(its).collect()));
        }
        begins = ends;
    }
    if named.is_empty() {
        let entries = planned.iter().flat_map(|one| one.entries.clone()).collect();
        named.push((entries, vec![whole]));
    }
    named
}

/// 3 in `events[3].judgements_made.kind`.
fn event_number(field: &str) -> Option<usize> {
    let (number, _) = field.strip_prefix("events[")?.split_once(']')?;
    number.parse().ok()
}

fn kind_name(event: &pb::Event) -> &'static str {
    match &event.body {
        Some(Body::FieldworkRecorded(_)) => "fieldwork_recorded",
        Some(Body::ReportPublished(_)) => "report_published",
        Some(Body::JudgementsMade(_)) => "judgements_made",
        Some(Body::FieldCorrected(_)) => "field_corrected",
        Some(Body::EventsConfirmed(_)) => "events_confirmed",
        Some(Body::EventVoided(_)) => "event_voided",
        Some(Body::ProviderRegistered(_)) => "provider_registered",
        Some(Body::ProviderChanged(_)) => "provider_changed",
        Some(Body::ProviderListed(_)) => "provider_listed",
        Some(Body::RegistrationCancelled(_)) => "registration_cancelled",
        _ => "other",
    }
}
