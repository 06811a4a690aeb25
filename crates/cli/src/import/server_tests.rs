//! Imports into a real server on a port of its own, and what it answers afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use docket_api::pb;
use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::provider_service_client::ProviderServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use jiff::civil::date;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::{Channel, Endpoint};

use super::docket::{Docket, Server};
use super::entry::{CARE_LEAVERS_FIRST_DAY, Entry, family, judgement_kind};
use super::real_tests::{RELEASE_2023, RELEASE_2025, official, read_whole, shared};
use super::release::to_date;
use super::report::Report;
use super::run::{Options, run};
use super::tell;
use super::who::Register;

/// A server that lives as long as this.
struct Served {
    server: Server,
    providers: ProviderServiceClient<Channel>,
    _stop: oneshot::Sender<()>,
    _data: tempfile::TempDir,
}

async fn served() -> Served {
    let data = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let config = docket_server::Config::new(data.path().to_owned(), "127.0.0.1:0").expect("a configuration");
    let opened = docket_server::run::open(&config).await.expect("a log");
    let (stop, stopped) = oneshot::channel::<()>();
    let tracker = Arc::clone(&opened.tracker);
    tokio::spawn(async move {
        let until = async { stopped.await.unwrap_or_default() };
        docket_server::serve(listener, tracker, None, until).await.expect("served");
        opened.log.close();
    });
    let channel = Endpoint::from_shared(format!("http://{address}")).expect("an address").connect_lazy();
    let providers = ProviderServiceClient::new(channel.clone()).max_decoding_message_size(64 << 20);
    let server = Server {
        status: StatusServiceClient::new(channel.clone()).max_decoding_message_size(64 << 20),
        history: HistoryServiceClient::new(channel.clone()),
        record: RecordServiceClient::new(channel),
    };
    Served { server, providers, _stop: stop, _data: data }
}

impl Served {
    async fn import(&mut self, name: &str, dry_run: bool) -> Report {
        let bytes = official(name);
        let options = Options { dry_run, recorded_by: "test".to_owned(), ..Options::default() };
        let report = run(&mut self.server, name, &bytes, &options, &mut |_| {}).await.expect("a report");
        assert!(report.accounts_for_every_row());
        // A visit to a provider whose report, by the release, was published before it began.
        let impossible = usize::from(name == RELEASE_2023);
        assert_eq!(report.inspections().refused, impossible, "{}", tell::text(&report));
        assert_eq!((report.inspections().unanswered, &report.interrupted), (0, &None));
        report
    }

    async fn statuses(&mut self, basis: pb::Basis) -> BTreeMap<String, pb::AuthorityStatus> {
        let mut all = BTreeMap::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListStatusesRequest {
                as_of: Some(pb::AsOf {
                    effective_date: Some(to_date(date(2025, 3, 31))),
                    basis: basis.into(),
                    ..pb::AsOf::default()
                }),
                page_size: 200,
                page_token,
                ..pb::ListStatusesRequest::default()
            };
            let answer = self.server.status.list_statuses(request).await.expect("statuses").into_inner();
            for status in answer.statuses {
                all.insert(status.authority.as_ref().expect("an authority").id.clone(), status);
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }
}

/// The rows of Ofsted's sheet of 31 March 2025.
fn sheet_of_march(bytes: &[u8]) -> Vec<Entry> {
    let (_, workbook) = read_whole(bytes);
    workbook.entries.into_iter().filter(|entry| entry.place.sheet == "Inspections_as_at_31_March").collect()
}

/// What differs between a row and the answer about its authority, in words.
fn differences(entry: &Entry, status: &pb::AuthorityStatus) -> Vec<String> {
    let profile = status.profile.clone().unwrap_or_default();
    let first = entry.first.as_ref().expect("a first day").value;
    let mut differences = Vec::new();
    if profile.fieldwork_date != Some(to_date(first)) {
        differences.push(format!("inspected {:?}, the sheet says {first}", profile.fieldwork_date));
    }
    let mut told = 0;
    for stated in &entry.grades {
        let kind =
            judgement_kind(entry.kind, stated.judged, CARE_LEAVERS_FIRST_DAY <= first).expect("a judgement");
        let answered = profile.grades.iter().find(|grade| grade.kind() == kind).map(pb::ProfileGrade::grade);
        told += 1;
        if answered != Some(stated.grade) {
            differences.push(format!(
                "{}: {answered:?}, the sheet says {}",
                stated.judged.name(),
                stated.raw
            ));
        }
    }
    let answered =
        profile.grades.iter().filter(|grade| !matches!(grade.grade(), pb::Grade::NotApplicable)).count();
    if answered != told {
        differences.push(format!("{answered} judgements, the sheet has {told}"));
    }
    differences
}

/// The authorities about which a row and the answer differ, with what differs.
async fn differing(served: &mut Served, rows: &[Entry], basis: pb::Basis) -> Vec<String> {
    let register = Register::new(served.server.authorities().await.expect("the register"));
    let statuses = served.statuses(basis).await;
    let mut lines = Vec::new();
    for row in rows {
        let (authority, _) = register.resolve(&row.names, row.day()).expect("an authority");
        let found = differences(row, &statuses[&authority.id]);
        if !found.is_empty() {
            lines.push(format!("{}: {}", authority.name, found.join("; ")));
        }
    }
    lines
}

#[tokio::test]
async fn by_day_of_inspection_every_grade_of_every_authority_equals_the_sheet_and_by_publication_nine_differ()
{
    let bytes = official(RELEASE_2025);
    let mut served = served().await;
    let tried = served.import(RELEASE_2025, true).await;
    let report = served.import(RELEASE_2025, false).await;
    assert_eq!((tried.events, tried.rows(None)), (report.events, report.rows(None)));
    assert!(report.disagreements.is_empty(), "{}", tell::text(&report));
    let rows = sheet_of_march(&bytes);
    assert_eq!(rows.len(), 153);
    assert_eq!(differing(&mut served, &rows, pb::Basis::Inspected).await, Vec::<String>::new());
    let is_later = |row: &Entry| row.published.as_ref().is_some_and(|day| date(2025, 3, 31) < day.value);
    let (later, before): (Vec<Entry>, Vec<Entry>) = rows.into_iter().partition(is_later);
    assert_eq!(differing(&mut served, &later, pb::Basis::Published).await.len(), 9);
    assert_eq!(differing(&mut served, &before, pb::Basis::Published).await, Vec::<String>::new());
    assert_eq!(later.len(), 9);
    let again = served.import(RELEASE_2025, false).await;
    assert_eq!((again.events, again.rows(None).known), (0, 536), "{}", tell::text(&again));
}

#[tokio::test]
async fn in_either_order_the_two_releases_lead_to_the_same_answers() {
    let bytes = official(RELEASE_2025);
    let rows = sheet_of_march(&bytes);
    for order in [[RELEASE_2023, RELEASE_2025], [RELEASE_2025, RELEASE_2023]] {
        let mut served = served().await;
        let _first = served.import(order[0], false).await;
        let second = served.import(order[1], false).await;
        println!("{}", tell::text(&second));
        assert_eq!(differing(&mut served, &rows, pb::Basis::Inspected).await, Vec::<String>::new());
        let applied = second.changes.iter().all(|(_, change)| change.applied == (order[1] == RELEASE_2025));
        assert!(applied && !second.changes.is_empty(), "{}", tell::text(&second));
        for name in order {
            assert_eq!(served.import(name, false).await.events, 0);
        }
    }
}

/// 30,677 inspections of providers.
const PROVIDERS: &str = "social_care_provider_inspections.csv.gz";

impl Served {
    async fn import_providers(&mut self) -> Report {
        let options = Options {
            release_date: Some(date(2025, 9, 25)),
            recorded_by: "test".to_owned(),
            ..Options::default()
        };
        let bytes = shared(PROVIDERS);
        let report = run(&mut self.server, PROVIDERS, &bytes, &options, &mut |_| {}).await.expect("a report");
        assert!(report.accounts_for_every_row());
        report
    }

    /// Every provider, without the events that the answers rest on: which of two releases told a thing first is not the same in both orders.
    async fn providers(&mut self) -> BTreeMap<String, serde_json::Value> {
        let mut all = BTreeMap::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListProvidersRequest {
                as_of: Some(pb::AsOf {
                    effective_date: Some(to_date(date(2025, 3, 31))),
                    basis: pb::Basis::Inspected.into(),
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
                all.insert(urn, timeless(docket_api::json::to_value(&status)));
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }
}

/// Without what hangs on when and by which event something was recorded.
fn timeless(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| {
                !matches!(name.as_str(), "restsOn" | "asOf" | "eventId" | "openingEvent" | "closingEvent")
            })
            .map(|(name, value)| (name, timeless(value)))
            .collect(),
        serde_json::Value::Array(items) => items.into_iter().map(timeless).collect(),
        other => other,
    }
}

/// An answer without the names that inspections were given by whatever told of them first: here they are named by their report.
fn nameless(status: &pb::AuthorityStatus) -> serde_json::Value {
    let mut text = timeless(docket_api::json::to_value(status)).to_string();
    let mut named: Vec<&pb::InspectionSummary> = status.inspections.iter().collect();
    // The longest first: one name may begin with another.
    named.sort_by_key(|inspection| std::cmp::Reverse(inspection.inspection.len()));
    for inspection in named {
        let first = inspection.fieldwork.first().and_then(|range| range.first_date.as_ref());
        let day = inspection.published_date.as_ref().or(first).copied().unwrap_or_default();
        let name = format!("{} of {}.{}.{}", family(inspection.kind()), day.year, day.month, day.day);
        text = text.replace(&inspection.inspection, &name);
    }
    sorted(text.parse().expect("JSON"))
}

/// What is listed by name, in the order of what it says.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, sorted(value))).collect()
        }
        serde_json::Value::Array(items) => {
            let mut items: Vec<_> = items.into_iter().map(sorted).collect();
            items.sort_by_key(serde_json::Value::to_string);
            items.into()
        }
        other => other,
    }
}

impl Served {
    /// Every answer about an authority or a provider, by both ways of counting judgements.
    async fn answers(&mut self) -> BTreeMap<String, serde_json::Value> {
        let mut all = self.providers().await;
        for basis in [pb::Basis::Published, pb::Basis::Inspected] {
            let statuses = self.statuses(basis).await;
            all.extend(statuses.iter().map(|(id, status)| (format!("{id}, {basis:?}"), nameless(status))));
        }
        all
    }

    async fn import_all(&mut self, order: &[&str]) {
        record_samples(self).await;
        for name in order {
            if *name == PROVIDERS {
                let report = self.import_providers().await;
                let rows = report.rows(None);
                // Two rows say that the report came before the inspection.
                assert_eq!((rows.sum(), rows.refused), (30_677, 2), "{}", tell::text(&report));
            } else {
                let _report = self.import(name, false).await;
            }
        }
    }
}

/// The six orders of three files; as many of them, from a place by seed, as DOCKET_ORDERS says, and one beside the first by default.
fn orders() -> Vec<[&'static str; 3]> {
    let all = [
        [PROVIDERS, RELEASE_2023, RELEASE_2025],
        [RELEASE_2025, RELEASE_2023, PROVIDERS],
        [RELEASE_2023, RELEASE_2025, PROVIDERS],
        [RELEASE_2025, PROVIDERS, RELEASE_2023],
        [RELEASE_2023, PROVIDERS, RELEASE_2025],
        [PROVIDERS, RELEASE_2025, RELEASE_2023],
    ];
    let count = std::env::var("DOCKET_ORDERS").ok().and_then(|count| count.parse().ok()).unwrap_or(2);
    all.into_iter().take(count).collect()
}

fn place(order: &[&str; 3], name: &str) -> Option<usize> {
    order.iter().position(|one| *one == name)
}

#[tokio::test]
async fn beside_the_sample_histories_the_official_files_lead_to_the_same_answers_in_any_order() {
    let mut first: Option<BTreeMap<String, serde_json::Value>> = None;
    for order in orders() {
        let mut served = served().await;
        served.import_all(&order).await;
        let answers = served.answers().await;
        let Some(expected) = &first else {
            assert_eq!(answers.len(), 6_041 + 2 * served.statuses(pb::Basis::Published).await.len());
            assert_eq!(served.import_providers().await.events, 0);
            first = Some(answers);
            continue;
        };
        assert!(answers.keys().eq(expected.keys()), "{order:?}");
        // A sample history and the release of 2025 say that Nottingham's report of 2022 was published on 5 September, that of 2023 says in November.
        // What agrees with what is on record leaves no trace; so the release of 2023, if it comes last, is newer than what is known to say so.
        let is_known = |name: &str| {
            place(&order, RELEASE_2025) < place(&order, RELEASE_2023) && name.starts_with("nottingham,")
        };
        let differing: Vec<String> = answers
            .into_iter()
            .filter(|(name, answer)| expected.get(name) != Some(answer) && !is_known(name))
            .map(|(name, answer)| format!("{name}\n  {answer}\n  {}", expected[&name]))
            .collect();
        let shown: Vec<&str> = differing.iter().map(String::as_str).take(3).collect();
        assert!(differing.is_empty(), "{order:?}: {} differ:\n{}", differing.len(), shown.join("\n"));
    }
}

/// The sample histories of this repository, each line by itself, as `docket import` would.
async fn record_samples(served: &mut Served) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories");
    let mut requests = Vec::new();
    for file in std::fs::read_dir(folder).expect("sample histories") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            for line in std::fs::read_to_string(path).expect("lines").lines() {
                let events = vec![docket_api::json::from_str::<pb::Event>(line).expect("an event")];
                requests.push(pb::RecordRequest { events, ..pb::RecordRequest::default() });
            }
        }
    }
    let mut refused = Vec::new();
    let mut told = |_, answer| {
        if let pb::record_stream_response::Outcome::Refused(refusal) = answer {
            refused.push(refusal);
        }
    };
    served.server.record(requests, &mut told).await.expect("answers");
    assert!(refused.is_empty(), "{refused:#?}");
}

#[tokio::test]
async fn beside_the_sample_histories_the_releases_add_correct_and_double_nothing() {
    let bytes = official(RELEASE_2025);
    let mut served = served().await;
    record_samples(&mut served).await;
    let first = served.import(RELEASE_2023, false).await;
    let second = served.import(RELEASE_2025, false).await;
    println!("{}{}", tell::text(&first), tell::text(&second));
    // One of the histories knows an inspection of March 2025 whose report came too late for the release (18 July 2025).
    let expected = differing(&mut served, &sheet_of_march(&bytes), pb::Basis::Inspected).await;
    assert!(expected.len() == 1 && expected[0].starts_with("Wakefield"), "{expected:#?}");
    for status in served.statuses(pb::Basis::Inspected).await.values() {
        let keys: Vec<(&str, pb::InspectionKind)> =
            status.inspections.iter().map(|one| (one.inspection.as_str(), one.kind())).collect();
        for (index, one) in status.inspections.iter().enumerate() {
            let twin = status.inspections.iter().skip(index + 1).find(|other| {
                let same_report = one.published_date.is_some() && one.published_date == other.published_date;
                family(one.kind()) == family(other.kind()) && same_report
            });
            assert!(twin.is_none(), "{} twice in {keys:?}", one.inspection);
        }
    }
    for name in [RELEASE_2023, RELEASE_2025] {
        assert_eq!(served.import(name, false).await.events, 0);
    }
}
