//! The official files and the sample histories, imported in any order: the answers are the same.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use docket_api::pb;
use jiff::civil::{Date, date};

use super::docket::Docket;
use super::lines::{Becomes, Reconciled, is_telling};
use super::real_tests::{RELEASE_2023, RELEASE_2025, shared};
use super::release::to_date;
use super::report::Report;
use super::run::{Options, run};
use super::server_tests::{Served, served};
use super::tell;
use super::who::Register;

/// The seed of the order that is tried by default: one that once found an answer naming events that hang on the order.
const DEFAULT_ORDER: u64 = 1_795_378_939;
/// 30,677 inspections of providers.
const PROVIDERS: &str = "social_care_provider_inspections.csv.gz";

/// Of the compilation, every twentieth provider with all its inspections; where DOCKET_ORDERS asks for more orders, all of it.
fn compilation() -> Vec<u8> {
    let packed = shared(PROVIDERS);
    if std::env::var_os("DOCKET_ORDERS").is_some() {
        return packed;
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("text");
    let (heading, rows) = text.split_once('\n').expect("a heading");
    let is_taken =
        |row: &&str| row.bytes().take_while(|byte| *byte != b',').map(usize::from).sum::<usize>() % 20 == 0;
    let rows: Vec<&str> = rows.lines().filter(is_taken).collect();
    format!("{heading}\n{}\n", rows.join("\n")).into_bytes()
}

impl Served {
    async fn import_providers(&mut self, bytes: &[u8]) -> Report {
        let options = Options {
            release_date: Some(date(2025, 9, 25)),
            recorded_by: "test".to_owned(),
            ..Options::default()
        };
        let report = run(&mut self.server, PROVIDERS, bytes, &options, &mut |_| {}).await.expect("a report");
        assert!(report.accounts_for_every_row());
        report
    }

    /// Every provider, without the events that the answers rest on: which of two releases told a thing first is not the same in both orders.
    async fn providers_on(&mut self, day: Date, basis: pb::Basis) -> BTreeMap<String, serde_json::Value> {
        let mut all = BTreeMap::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListProvidersRequest {
                as_of: Some(pb::AsOf {
                    effective_date: Some(to_date(day)),
                    basis: basis.into(),
                    ..pb::AsOf::default()
                }),
                include_cancelled: true,
                page_size: 200,
                page_token,
                ..pb::ListProvidersRequest::default()
            };
            let answer = self.providers.list_providers(request).await.expect("providers").into_inner();
            for status in answer.statuses {
                let urn = status.provider.clone().expect("a provider").urn;
                all.insert(format!("{urn}, {day}, {basis:?}"), timeless(docket_api::json::to_value(&status)));
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }
}

/// Without what hangs on when and by which event something was recorded, and without the words in which a grade was printed: those of the
/// document that was recorded first.
fn timeless(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| {
                !matches!(
                    name.as_str(),
                    "restsOn"
                        | "detailsRestOn"
                        | "asOf"
                        | "eventId"
                        | "openingEvent"
                        | "closingEvent"
                        | "rawText"
                )
            })
            .map(|(name, value)| (name, timeless(value)))
            .collect(),
        serde_json::Value::Array(items) => items.into_iter().map(timeless).collect(),
        other => other,
    }
}

impl Served {
    /// Every answer about an authority or a provider, by both ways of counting judgements.
    async fn answers(&mut self) -> BTreeMap<String, serde_json::Value> {
        let mut all = BTreeMap::new();
        for basis in [pb::Basis::Published, pb::Basis::Inspected] {
            // Days before and after authorities were divided and joined, that of the last release, and one on which everything has come.
            for day in [date(2018, 6, 1), date(2022, 6, 1), date(2025, 3, 31), date(2026, 11, 1)] {
                all.extend(self.providers_on(day, basis).await);
                let statuses = self.statuses_on(day, basis).await;
                let named = |(id, status): (&String, &pb::AuthorityStatus)| {
                    (format!("{id}, {day}, {basis:?}"), timeless(docket_api::json::to_value(status)))
                };
                all.extend(statuses.iter().map(named));
            }
        }
        all
    }

    async fn import_all(&mut self, order: &[Item]) {
        for item in order {
            match item {
                Item::History(path) => {
                    self.import_history(path).await;
                }
                Item::Official(PROVIDERS) => {
                    let report = self.import_providers(&compilation()).await;
                    let rows = report.rows(None);
                    assert!(1_000 < rows.sum() && rows.refused <= 2, "{}", tell::text(&report));
                    if rows.sum() == 30_677 {
                        // Two rows say that the report came before the inspection.
                        assert_eq!(rows.refused, 2, "{}", tell::text(&report));
                    }
                }
                Item::Official(name) => {
                    let _report = self.import(name, false).await;
                }
            }
        }
    }

    /// A sample history, as `docket import` would.
    pub(super) async fn import_history(&mut self, path: &Path) -> usize {
        let text = std::fs::read_to_string(path).expect("lines");
        let lines: Vec<pb::Event> =
            text.lines().map(|line| docket_api::json::from_str(line).expect("an event")).collect();
        let tellings = lines.iter().filter(|line| is_telling(line)).cloned().collect();
        let together = Reconciled::with_record(&mut self.server, tellings).await.expect("what is on record");
        let mut requests = Vec::new();
        for line in &lines {
            match together.becomes(line) {
                Becomes::Refused(why) => panic!("{}: {why}", path.display()),
                Becomes::Events(events) if events.is_empty() => {}
                Becomes::Events(events) => {
                    requests.push(pb::RecordRequest { events, ..pb::RecordRequest::default() });
                }
            }
        }
        let mut refused = Vec::new();
        let mut recorded = 0;
        let mut told = |_, answer| match answer {
            pb::record_stream_response::Outcome::Refused(refusal) => refused.push(refusal),
            pb::record_stream_response::Outcome::Recorded(answer) if !answer.already_recorded => {
                recorded += answer.recorded.len();
            }
            pb::record_stream_response::Outcome::Recorded(_) => {}
        };
        self.server.record(requests, &mut told).await.expect("answers");
        assert!(refused.is_empty(), "{}: {refused:#?}", path.display());
        recorded
    }
}

/// Something that is imported whole.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    /// A file of Ofsted's, by its name.
    Official(&'static str),
    /// A sample history of this repository.
    History(PathBuf),
}

pub(super) fn histories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories");
    let files = std::fs::read_dir(folder).expect("sample histories").map(|file| file.expect("a file").path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect();
    files.sort();
    files
}

/// The sample histories, then the three files: the order that all others are compared with.
fn items() -> Vec<Item> {
    let official = [PROVIDERS, RELEASE_2023, RELEASE_2025].map(Item::Official);
    histories().into_iter().map(Item::History).chain(official).collect()
}

#[tokio::test]
async fn the_compilation_of_providers_imports_whole() {
    let mut served = served().await;
    let report = served.import_providers(&shared(PROVIDERS)).await;
    let rows = report.rows(None);
    // Two rows say that the report came before the inspection.
    assert_eq!((rows.sum(), rows.refused), (30_677, 2), "{}", tell::text(&report));
    let on = async |served: &mut Served, day| served.providers_on(day, pb::Basis::Published).await;
    assert_eq!(on(&mut served, date(2025, 3, 31)).await.len(), 6_022);
    // A home in what was Cumbria until 1 April 2023.
    for (day, authority) in [(date(2023, 3, 31), "cumbria"), (date(2023, 4, 1), "cumberland")] {
        let home = &on(&mut served, day).await[&format!("1233899, {day}, Published")];
        assert_eq!(home["provider"]["details"]["authority"], authority, "on {day}");
    }
    // No provider is in the area of an authority that did not exist, but where several took the place of the last that was seen.
    let register = Register::new(served.server.authorities().await.expect("the register"));
    for day in [date(2018, 6, 1), date(2022, 6, 1), date(2025, 3, 31)] {
        for (name, provider) in on(&mut served, day).await {
            let Some(authority) = provider["provider"]["details"]["authority"].as_str() else { continue };
            let exists = register.existed_on(authority, day);
            assert!(
                exists || matches!(authority, "cumbria" | "northamptonshire" | "dorset-county"),
                "{name}: {authority}"
            );
        }
    }
}

/// Every order of these is possible: the register of a new log has all authorities and their successions, and each history is of one
/// stream of its own, so that none needs another.
fn shuffled(mut items: Vec<Item>, seed: u64) -> Vec<Item> {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(state >> 33).expect("31 bits") % (last + 1);
        items.swap(last, place);
    }
    items
}

/// The orders tried beside the first: the one of the seed in DOCKET_ORDER, or as many as DOCKET_ORDERS says, from a new seed on. By default one,
/// the same each time, so that a change is judged by what it changed.
fn seeds() -> Vec<u64> {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    if let Some(seed) = number("DOCKET_ORDER") {
        return vec![seed];
    }
    let Some(orders) = number("DOCKET_ORDERS") else { return vec![DEFAULT_ORDER] };
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a time after 1970").as_secs();
    (0..orders).map(|more| now + more).collect()
}

#[tokio::test]
async fn the_official_files_and_the_sample_histories_lead_to_the_same_answers_in_any_order() {
    let mut served = served().await;
    served.import_all(&items()).await;
    let expected = served.answers().await;
    for item in items().iter().filter(|item| is_read_again(item)) {
        served.import_again(item).await;
    }
    for seed in seeds() {
        let order = shuffled(items(), seed);
        let mut served = self::served().await;
        served.import_all(&order).await;
        let answers = served.answers().await;
        assert!(answers.keys().eq(expected.keys()), "DOCKET_ORDER={seed}");
        let differing: Vec<String> = answers
            .iter()
            .filter(|(name, answer)| expected.get(*name) != Some(answer))
            .map(|(name, answer)| format!("{name}\n{}", different("", &expected[name], answer).join("\n")))
            .collect();
        println!("DOCKET_ORDER={seed}: {} answers differ", differing.len());
        let shown: Vec<&str> = differing.iter().map(String::as_str).take(20).collect();
        assert!(differing.is_empty(), "DOCKET_ORDER={seed}, {order:?}:\n{}", shown.join("\n"));
        for item in order.iter().filter(|item| is_read_again(item)) {
            served.import_again(item).await;
        }
    }
}

/// What two answers say differently, field by field.
fn different(at: &str, one: &serde_json::Value, other: &serde_json::Value) -> Vec<String> {
    use serde_json::Value;
    match (one, other) {
        _ if one == other => Vec::new(),
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let null = Value::Null;
            let of = |fields: &'_ serde_json::Map<String, Value>, name| {
                fields.get(name).cloned().unwrap_or(null.clone())
            };
            names
                .into_iter()
                .flat_map(|name| different(&format!("{at}.{name}"), &of(a, name), &of(b, name)))
                .collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => (0..)
            .zip(a.iter().zip(b))
            .flat_map(|(place, (a, b)): (usize, _)| different(&format!("{at}[{place}]"), a, b))
            .collect(),
        (Value::Array(a), Value::Array(b)) => {
            let lost =
                a.iter().filter(|item| !b.contains(item)).map(|item| format!("  {at}: only first {item}"));
            let more =
                b.iter().filter(|item| !a.contains(item)).map(|item| format!("  {at}: only now {item}"));
            lost.chain(more).collect()
        }
        _ => vec![format!("  {at}: {one} is now {other}")],
    }
}

/// The largest is imported again in a test of its own.
fn is_read_again(item: &Item) -> bool {
    *item != Item::Official(RELEASE_2023)
}

impl Served {
    async fn import_again(&mut self, item: &Item) {
        let events = match item {
            Item::History(path) => self.import_history(path).await,
            Item::Official(PROVIDERS) => self.import_providers(&compilation()).await.events,
            Item::Official(name) => self.import(name, false).await.events,
        };
        assert_eq!(events, 0, "{item:?} again");
    }
}
