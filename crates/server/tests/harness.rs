//! A server on a port of its own, and the few words with which the tests speak to it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::plan_service_client::PlanServiceClient;
use docket_api::pb::priority_service_client::PriorityServiceClient;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use docket_api::pb::subscription_service_client::SubscriptionServiceClient;
use docket_api::{json, pb};
use docket_log::{EventLog, MemoryLog};
use docket_server::serve::STOP_SECONDS_MAX;
use docket_server::{ManualClock, ServeError, Tracker, genesis, serve};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

/// When the clock stands as a test begins: a summer afternoon in London.
pub(crate) const NOW: &str = "2025-06-16T14:00:00Z";
/// How long a test waits for what has to come; shorter than the time after which a stopping server cuts off.
pub(crate) const PATIENCE: Duration = Duration::from_secs(STOP_SECONDS_MAX / 2);

/// A running server.
pub(crate) struct World {
    pub(crate) tracker: Arc<Tracker>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) channel: Channel,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
}

impl World {
    /// A server whose log holds the register.
    pub(crate) async fn new() -> Self {
        let world = Self::empty().await;
        genesis::complete(&world.tracker).await.unwrap();
        world
    }

    /// A server that knows these sample histories, on a day when all of them is past.
    pub(crate) async fn with_histories(names: &[&str]) -> Self {
        let world = Self::new().await;
        world.set_clock("2026-11-22T12:00:00Z");
        for name in names {
            world.record(history(name)).await.unwrap();
        }
        world
    }

    /// A server whose log is empty.
    pub(crate) async fn empty() -> Self {
        Self::over(Arc::new(MemoryLog::new())).await
    }

    pub(crate) async fn over(log: Arc<dyn EventLog>) -> Self {
        let clock = Arc::new(ManualClock::at(NOW.parse().unwrap()));
        let tracker = Arc::new(Tracker::new(log, Arc::clone(&clock) as Arc<_>));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, Arc::clone(&tracker), None, async {
            let _dropped = stopped.await;
        }));
        let channel = connect(address).await;
        Self { tracker, clock, channel, stop, served }
    }

    pub(crate) fn set_clock(&self, to: &str) {
        self.clock.set(to.parse::<Timestamp>().unwrap());
    }

    pub(crate) fn records(&self) -> RecordServiceClient<Channel> {
        RecordServiceClient::new(self.channel.clone())
    }

    pub(crate) fn statuses(&self) -> StatusServiceClient<Channel> {
        StatusServiceClient::new(self.channel.clone())
    }

    pub(crate) fn plans(&self) -> PlanServiceClient<Channel> {
        PlanServiceClient::new(self.channel.clone())
    }

    pub(crate) fn priorities(&self) -> PriorityServiceClient<Channel> {
        PriorityServiceClient::new(self.channel.clone())
    }

    pub(crate) fn histories(&self) -> HistoryServiceClient<Channel> {
        HistoryServiceClient::new(self.channel.clone())
    }

    pub(crate) fn subscriptions(&self) -> SubscriptionServiceClient<Channel> {
        SubscriptionServiceClient::new(self.channel.clone())
    }

    pub(crate) async fn record(&self, events: Vec<pb::Event>) -> Result<pb::RecordResponse, Status> {
        self.request(pb::RecordRequest { events, ..Default::default() }).await
    }

    pub(crate) async fn request(&self, request: pb::RecordRequest) -> Result<pb::RecordResponse, Status> {
        self.records().record(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn status(
        &self,
        authority: &str,
        as_of: pb::AsOf,
    ) -> Result<pb::AuthorityStatus, Status> {
        let request = pb::GetStatusRequest { authority: authority.to_owned(), as_of: Some(as_of) };
        self.statuses().get_status(request).await.map(|response| response.into_inner().status.unwrap())
    }
}

/// A connection to a server.
pub(crate) async fn connect(address: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// An event of an authority, with a source, by the text of its id's last digits.
pub(crate) fn event(number: u32, stream: &str, happened_on: &str, body: pb::event::Body) -> pb::Event {
    pb::Event {
        event_id: format!("00000000-0000-4000-8000-{number:012}"),
        stream: format!("authority/{stream}"),
        happened_on: Some(date(happened_on)),
        sources: vec![pb::Source { title: "A letter".to_owned(), ..Default::default() }],
        body: Some(body),
        ..Default::default()
    }
}

/// A sample history.
pub(crate) fn history(name: &str) -> Vec<pb::Event> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/histories/{name}.jsonl"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| json::from_str(line).unwrap()).collect()
}

/// A bank holiday that was never one, by the day it was announced.
pub(crate) fn holiday(number: u32, announced: &str, day: &str) -> pb::Event {
    let declared =
        pb::BankHolidayDeclared { date: Some(date(day)), title: "Made up".to_owned(), ..Default::default() };
    pb::Event {
        stream: "calendar/england-and-wales".to_owned(),
        ..event(number, "", announced, pb::event::Body::BankHolidayDeclared(declared))
    }
}

/// An improvement notice over social care.
pub(crate) fn notice(number: u32, stream: &str, happened_on: &str) -> pb::Event {
    let issued = pb::ImprovementNoticeIssued {
        instrument: format!("notice-{happened_on}"),
        domain: pb::ServiceDomain::ChildrensSocialCare.into(),
        ..Default::default()
    };
    event(number, stream, happened_on, pb::event::Body::ImprovementNoticeIssued(issued))
}

/// The end of an improvement notice.
pub(crate) fn lifted(number: u32, stream: &str, notice: &str, happened_on: &str) -> pb::Event {
    let lifted = pb::InstrumentLifted { instrument: notice.to_owned(), ..Default::default() };
    event(number, stream, happened_on, pb::event::Body::InstrumentLifted(lifted))
}

/// A note that fits any authority, any number of times: an area for improvement of an inspection that is recorded with it.
pub(crate) fn meeting(number: u32, stream: &str, happened_on: &str) -> pb::Event {
    let fieldwork = pb::FieldworkRecorded {
        inspection: format!("meeting-{number}"),
        kind: pb::InspectionKind::AnnualEngagementMeeting.into(),
        ranges: vec![pb::DateRange { first_date: Some(date(happened_on)), last_date: None }],
        unpublished: true,
        ..Default::default()
    };
    event(number, stream, happened_on, pb::event::Body::FieldworkRecorded(fieldwork))
}

/// A standard inspection of an authority that was inadequate: fieldwork, receipt by the authority, judgements, publication.
pub(crate) fn inadequate(
    number: u32,
    stream: &str,
    [first, last, received, published]: [&str; 4],
) -> Vec<pb::Event> {
    let inspection = format!("ilacs-{first}");
    let kind = i32::from(pb::InspectionKind::IlacsStandard);
    let fieldwork = pb::FieldworkRecorded {
        inspection: inspection.clone(),
        kind,
        ranges: vec![pb::DateRange { first_date: Some(date(first)), last_date: Some(date(last)) }],
        ..Default::default()
    };
    let receipt = pb::ReportReceived {
        inspection: inspection.clone(),
        basis: pb::ReceiptBasis::PrePublicationCopy.into(),
        ..Default::default()
    };
    let judgement = |kind: pb::JudgementKind| pb::Judgement {
        kind: kind.into(),
        grade: pb::Grade::Inadequate.into(),
        raw_text: "Inadequate".to_owned(),
    };
    let judged = pb::JudgementsMade {
        inspection: inspection.clone(),
        kind,
        judgements: vec![
            judgement(pb::JudgementKind::OverallEffectiveness),
            judgement(pb::JudgementKind::Leaders),
            judgement(pb::JudgementKind::HelpAndProtection),
        ],
    };
    let report = pb::ReportPublished { inspection, kind, ..Default::default() };
    vec![
        event(number, stream, first, pb::event::Body::FieldworkRecorded(fieldwork)),
        event(number + 1, stream, received, pb::event::Body::ReportReceived(receipt)),
        event(number + 2, stream, published, pb::event::Body::JudgementsMade(judged)),
        event(number + 3, stream, published, pb::event::Body::ReportPublished(report)),
    ]
}

/// `2025`, `2025-06` or `2025-06-16`.
pub(crate) fn date(text: &str) -> pb::Date {
    let mut parts = text.split('-').map(|part| part.parse::<i32>().unwrap());
    let mut part = || parts.next().unwrap_or(0);
    pb::Date { year: part(), month: part(), day: part() }
}

/// Today, and everything that is known.
pub(crate) fn now() -> pb::AsOf {
    pb::AsOf::default()
}

/// A day, and everything that is known.
pub(crate) fn on(day: &str) -> pb::AsOf {
    pb::AsOf { effective_date: Some(date(day)), ..Default::default() }
}

/// The reason of a failure.
pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// What a failure's metadata says.
pub(crate) fn metadata(status: &Status, key: &str) -> String {
    let details = status.get_error_details();
    details.error_info().and_then(|info| info.metadata.get(key).cloned()).unwrap_or_default()
}
