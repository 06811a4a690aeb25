//! Imports into a real server on a port of its own, and what it answers afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use docket_api::pb;
use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::provider_service_client::ProviderServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use jiff::civil::{Date, date};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::{Channel, Endpoint};

use super::docket::{Docket, Server};
use super::entry::{CARE_LEAVERS_FIRST_DAY, Entry, family, judgement_kind};
use super::order_tests::histories;
use super::real_tests::{RELEASE_2023, RELEASE_2025, official, read_whole};
use super::release::to_date;
use super::report::Report;
use super::run::{Options, run};
use super::tell;
use super::who::Register;

/// A server that lives as long as this.
pub(super) struct Served {
    pub(super) server: Server,
    pub(super) providers: ProviderServiceClient<Channel>,
    _stop: oneshot::Sender<()>,
    _data: tempfile::TempDir,
}

pub(super) async fn served() -> Served {
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
    pub(super) async fn import(&mut self, name: &str, dry_run: bool) -> Report {
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

    pub(super) async fn statuses(&mut self, basis: pb::Basis) -> BTreeMap<String, pb::AuthorityStatus> {
        self.statuses_on(date(2025, 3, 31), basis).await
    }

    pub(super) async fn statuses_on(
        &mut self,
        day: Date,
        basis: pb::Basis,
    ) -> BTreeMap<String, pb::AuthorityStatus> {
        let mut all = BTreeMap::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListStatusesRequest {
                as_of: Some(pb::AsOf {
                    effective_date: Some(to_date(day)),
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

#[tokio::test]
async fn beside_the_sample_histories_the_releases_add_correct_and_double_nothing() {
    let bytes = official(RELEASE_2025);
    let mut served = served().await;
    for path in histories() {
        served.import_history(&path).await;
    }
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
