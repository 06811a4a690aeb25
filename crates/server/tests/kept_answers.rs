//! Answers that are kept, beside the same answers made from nothing but the log.

use std::sync::Arc;

use docket_api::from_proto::{AsOfQuestion, Known};
use docket_api::{examples, json, kinds, pb, to_proto};
use docket_domain::date::Date;
use docket_domain::terms::{Basis, View};
use docket_domain::{EventId, Position};
use docket_log::{Append, EventLog, MemoryLog, NewEvent};
use docket_server::{Clock, ManualClock, Tracker};
use jiff::{SignedDuration, Timestamp};
use prost::Message as _;

use crate::harness::{date, event};
use crate::random::Random;

const AUTHORITIES: [&str; 3] = ["kingston-upon-hull", "devon", "east-riding"];
const NAMES: [&str; 6] = ["kingston-upon-hull", "devon", "east-riding", "E06000010", "Devon", "nowhere"];
const DAYS: [&str; 8] = [
    "2018-12-31",
    "2019-06-04",
    "2020-04-30",
    "2020-05-08",
    "2022-09-19",
    "2023-05-30",
    "2025-06-17",
    "2026-01-01",
];
const STEPS: usize = 120;

/// A log that nobody guards: whatever is put in is recorded, as a later version might have.
struct Written {
    log: Arc<MemoryLog>,
    clock: Arc<ManualClock>,
    random: Random,
    ids: Vec<EventId>,
    pool: Vec<pb::Event>,
}

impl Written {
    async fn new(seed: u64) -> Self {
        let devon = include_str!("../../../tests/histories/devon.jsonl").lines();
        let devon = devon.map(|line| json::from_str::<pb::Event>(line).unwrap());
        let pool = kinds::facts().filter_map(|(kind, _)| examples::example(*kind)).chain(devon).collect();
        let clock = Arc::new(ManualClock::at("2025-06-16T14:00:00Z".parse().unwrap()));
        let random = Random::new(seed);
        let mut written = Self { log: Arc::default(), clock, random, ids: Vec::new(), pool };
        for (authority, code) in AUTHORITIES.into_iter().zip(["E06000010", "E10000008", "E06000011"]) {
            let registered = pb::AuthorityRegistered {
                name: authority.to_owned(),
                official_name: authority.to_owned(),
                kind: pb::AuthorityKind::Unitary.into(),
                region: "Somewhere".to_owned(),
                gss_code: code.to_owned(),
                ..Default::default()
            };
            let body = Some(pb::event::Body::AuthorityRegistered(registered));
            let happened_on = Some(date("2009-01-01"));
            let stream = format!("authority/{authority}");
            written.put(pb::Event { stream, happened_on, body, ..Default::default() }).await;
        }
        written
    }

    /// An event of any kind, about any of the authorities or of the calendar, on any day, and of the events before it any.
    async fn write(&mut self) {
        let mut event = self.pool[self.random.below(self.pool.len())].clone();
        if event.stream.starts_with("authority/") && self.random.coin() {
            event.stream = format!("authority/{}", AUTHORITIES[self.random.below(AUTHORITIES.len())]);
        }
        if self.random.once_in(3) {
            event.happened_on = Some(date(DAYS[self.random.below(DAYS.len())]));
        }
        let about = self.ids[self.random.below(self.ids.len())].to_string();
        match event.body.as_mut().unwrap() {
            pb::event::Body::EventVoided(voided) => voided.event_id = about,
            pb::event::Body::FieldCorrected(corrected) => corrected.event_id = about,
            pb::event::Body::EventMerged(merged) => merged.event_id = about,
            _ => {}
        }
        self.put(event).await;
    }

    async fn put(&mut self, event: pb::Event) {
        let id = EventId((u128::from(self.random.next()) << 64 | 1).to_be_bytes());
        let event = pb::Event { event_id: id.to_string(), ..event };
        let kind = kinds::number(&event).unwrap();
        let (stream, body) = (event.stream.parse().unwrap(), event.encode_to_vec());
        let events = vec![NewEvent { id, stream, kind, body, meta: Vec::new() }];
        let now_micros = self.clock.now().as_microsecond();
        self.log.append(Append { events, expected: Vec::new(), now_micros }).await.unwrap();
        self.ids.push(id);
    }

    fn tracker(&self) -> Tracker {
        Tracker::new(Arc::clone(&self.log) as Arc<dyn EventLog>, Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    /// Now in most cases; else as known at any position or instant so far, or for another day.
    fn question(&mut self) -> AsOfQuestion {
        let known = match self.random.below(6) {
            0 => Known::Position(Position(1 + self.random.below(self.ids.len()) as u64)),
            1 => {
                let hours = SignedDuration::from_hours(self.random.below(200) as i64);
                Known::At(self.clock.now().checked_sub(hours).unwrap())
            }
            _ => Known::Head,
        };
        let effective = (self.random.once_in(3)).then(|| {
            let day: Date = DAYS[self.random.below(DAYS.len())].parse().unwrap();
            day
        });
        let basis = if self.random.once_in(3) { Basis::Inspected } else { Basis::Published };
        let view = if self.random.once_in(3) { View::Restricted } else { View::Public };
        AsOfQuestion { effective, known, basis, view }
    }

    fn later(&mut self) {
        let hours = SignedDuration::from_hours(self.random.below(8) as i64);
        let now: Timestamp = self.clock.now();
        self.clock.set(now.checked_add(hours).unwrap());
    }
}

/// What goes out, or why nothing does.
async fn kept(tracker: &Tracker, named: &str, question: &AsOfQuestion) -> Result<Vec<u8>, String> {
    let answer = tracker.status_bytes(named, question).await.map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    answer.encode(&mut bytes);
    assert_eq!(bytes.len(), answer.encoded_len());
    Ok(bytes)
}

async fn made(tracker: &Tracker, named: &str, question: &AsOfQuestion) -> Result<Vec<u8>, String> {
    let status = tracker.status(named, question).await.map_err(|error| error.to_string())?;
    Ok(pb::GetStatusResponse { status: Some(to_proto::status(&status)) }.encode_to_vec())
}

#[tokio::test]
async fn an_answer_that_is_kept_is_to_the_byte_the_one_that_is_made_from_the_log() {
    let (mut given, mut refused) = (0, 0);
    for seed in 0..20 {
        let mut written = Written::new(seed).await;
        let keeping = written.tracker();
        for step in 0..STEPS {
            if written.random.coin() {
                written.write().await;
            }
            if written.random.once_in(4) {
                written.later();
            }
            let forgetful = written.tracker();
            for (named, question) in [
                (NAMES[written.random.below(NAMES.len())], written.question()),
                (
                    AUTHORITIES[step % 3],
                    AsOfQuestion { known: Known::Head, effective: None, ..written.question() },
                ),
            ] {
                let answer = kept(&keeping, named, &question).await;
                assert_eq!(
                    answer,
                    made(&forgetful, named, &question).await,
                    "step {step} of seed {seed}: {named}, {question:?}"
                );
                *(if answer.is_ok() { &mut given } else { &mut refused }) += 1;
            }
        }
    }
    assert!(3_000 < given && 100 < refused, "{given} given, {refused} refused");
}

#[tokio::test]
async fn an_answer_by_the_day_of_the_inspection_is_made_anew_on_the_day_on_which_the_report_comes_out() {
    use pb::event::Body;
    let mut written = Written::new(0).await;
    let (inspection, kind) = ("ilacs-2025-06-02".to_owned(), pb::InspectionKind::IlacsStandard.into());
    let judgement = pb::Judgement {
        kind: pb::JudgementKind::OverallEffectiveness.into(),
        grade: pb::Grade::Inadequate.into(),
        ..Default::default()
    };
    let fieldwork = pb::FieldworkRecorded { inspection: inspection.clone(), kind, ..Default::default() };
    let judgements = pb::JudgementsMade { inspection: inspection.clone(), kind, judgements: vec![judgement] };
    let published = pb::ReportPublished { inspection, kind, ..Default::default() };
    for (day, body) in [
        ("2025-06-02", Body::FieldworkRecorded(fieldwork)),
        ("2025-06-02", Body::JudgementsMade(judgements)),
        ("2025-06-20", Body::ReportPublished(published)),
    ] {
        written.put(event(0, "devon", day, body)).await;
    }
    let question = AsOfQuestion {
        effective: Some("2025-06-10".parse().unwrap()),
        known: Known::Head,
        basis: Basis::Inspected,
        view: View::Public,
    };
    let tracker = written.tracker();
    let mut profiles = Vec::new();
    for now in ["2025-06-18T12:00:00Z", "2025-06-19T12:00:00Z", "2025-06-20T12:00:00Z"] {
        written.clock.set(now.parse().unwrap());
        let answer = kept(&tracker, "devon", &question).await.unwrap();
        let status = pb::GetStatusResponse::decode(answer.as_slice()).unwrap().status.unwrap();
        profiles.push(status.profile.unwrap().inspected);
    }
    assert_eq!(profiles, [false, false, true]);
}
