//! Tables: answers of a day as rows of typed columns (docs/tables.md).

mod tables;
mod write;

use std::sync::Arc;

use docket_api::from_proto::{DatedView, Filter};
use docket_api::pb::{self, Table as Of, TableFormat};
use docket_api::{json, kinds, to_proto};
use docket_domain::Position;
use docket_domain::intervals::table::Wanted as Intervals;
use docket_domain::status::AsOf;
use docket_domain::terms::ServiceDomain;
use serde_json::{Value, json};
use tokio::sync::mpsc;

pub use tables::{Column, TABLES, Table};

use crate::tracker::{
    Direction, HistoryQuestion, IntervalFilter, Reading, StatusFilter, Tracker, TrackerError,
};

/// About how long a piece is, in bytes.
const PIECE_BYTES: usize = 64 * 1024;
/// Authorities that are asked about at once.
const AUTHORITIES_AT_ONCE: usize = 20;
/// Most pieces that wait for whoever reads.
const PIECES_QUEUE_MAX: usize = 4;

/// The table of a kind.
#[must_use]
pub fn table(of: Of) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.of == of)
}

/// Writes a table, a piece at a time. It is as of a moment: what is recorded meanwhile is not in it.
pub fn export(
    tracker: &Arc<Tracker>,
    table: &'static Table,
    format: TableFormat,
    whose: Whose,
    as_of: AsOf,
) -> Reading<Vec<u8>> {
    let (sender, reading) = mpsc::channel(PIECES_QUEUE_MAX);
    let tracker = Arc::clone(tracker);
    tokio::spawn(async move {
        let mut out = Out { table, format, piece: write::headings(table, format), sender };
        let written = match table.of {
            Of::Events => events(&tracker, whose, as_of, &mut out).await,
            Of::Intervals => intervals(&tracker, whose, as_of, &mut out).await,
            _ => statuses(&tracker, whose, as_of, &mut out).await,
        };
        match written {
            Ok(()) => drop(out.send().await),
            Err(End::Gone) => {}
            Err(End::Failed(error)) => drop(out.sender.send(Err(error)).await),
        }
    });
    reading
}

/// Of whom rows are wanted. What is empty lets everybody through.
#[derive(Clone, Debug, Default)]
pub struct Whose {
    /// By id, code or name.
    pub authorities: Vec<String>,
    /// By name.
    pub regions: Vec<String>,
}

/// Why a table is not written to its end.
enum End {
    /// Whoever read it reads no more.
    Gone,
    Failed(TrackerError),
}

impl From<TrackerError> for End {
    fn from(error: TrackerError) -> Self {
        Self::Failed(error)
    }
}

/// A table that is being written.
struct Out {
    table: &'static Table,
    format: TableFormat,
    piece: Vec<u8>,
    sender: mpsc::Sender<Result<Vec<u8>, TrackerError>>,
}

impl Out {
    async fn row(&mut self, row: &Value) -> Result<(), End> {
        self.piece.extend(write::row(self.table, self.format, row));
        if self.piece.len() < PIECE_BYTES { Ok(()) } else { self.send().await }
    }

    async fn send(&mut self) -> Result<(), End> {
        let piece = std::mem::take(&mut self.piece);
        if piece.is_empty() {
            return Ok(());
        }
        self.sender.send(Ok(piece)).await.map_err(|_| End::Gone)
    }
}

/// The tables that are made of the status of each authority.
async fn statuses(tracker: &Tracker, whose: Whose, as_of: AsOf, out: &mut Out) -> Result<(), End> {
    let Whose { authorities, regions } = whose;
    let filter = StatusFilter { authorities, regions, ..StatusFilter::default() };
    let mut after = None;
    loop {
        let (statuses, more) = tracker.statuses(as_of, &filter, after.as_ref(), AUTHORITIES_AT_ONCE).await?;
        after = statuses.last().map(|status| status.authority.id.clone());
        for status in &statuses {
            for row in rows(out.table.of, &to_proto::status(status)) {
                out.row(&row).await?;
            }
        }
        if !more {
            return Ok(());
        }
    }
}

/// The rows of one authority.
fn rows(of: Of, status: &pb::AuthorityStatus) -> Vec<Value> {
    let authority = status.authority.as_ref().map(json::to_value).unwrap_or_default();
    match of {
        Of::Judgements => [
            (ServiceDomain::ChildrensSocialCare, &status.profile),
            (ServiceDomain::Send, &status.send_profile),
        ]
        .into_iter()
        .filter_map(|(domain, profile)| Some((domain, profile.as_ref().filter(|profile| profile.inspected)?)))
        .flat_map(|(domain, profile)| judgements(&authority, domain, profile))
        .collect(),
        Of::Obligations => {
            let row = |one| json!({ "authority": authority, "obligation": json::to_value(one) });
            status.obligations.iter().map(row).collect()
        }
        Of::Instruments => {
            let row = |one| json!({ "authority": authority, "instrument": json::to_value(one) });
            status.instruments.iter().map(row).collect()
        }
        Of::Cases => {
            let row = |one| json!({ "authority": authority, "case": json::to_value(one) });
            status.cases.iter().map(row).collect()
        }
        _ => Vec::from_iter(of_status(&authority, status)),
    }
}

fn judgements(authority: &Value, domain: ServiceDomain, profile: &pb::JudgementProfile) -> Vec<Value> {
    let whole = json::to_value(profile);
    let domain = pb::ServiceDomain::try_from(domain.number()).unwrap_or_default().as_str_name();
    let row = |one| json!({ "authority": authority, "domain": domain, "profile": whole, "judgement": json::to_value(one) });
    profile.grades.iter().map(row).collect()
}

/// An authority that exists on the day.
fn of_status(authority: &Value, status: &pb::AuthorityStatus) -> Option<Value> {
    let existence = status.existence.as_ref()?;
    if existence.state() != pb::ExistenceState::Exists {
        return None;
    }
    let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    let grades =
        status.profile.iter().filter(|profile| profile.inspected).flat_map(|profile| &profile.grades);
    let overall = grades.into_iter().find(|grade| grade.kind() == pb::JudgementKind::OverallEffectiveness);
    let is_in_force = |one: &&pb::Instrument| one.standing() == pb::Standing::InForce;
    let in_state = |states: &[pb::ObligationState]| {
        count(status.obligations.iter().filter(|one| states.contains(&one.state())).count())
    };
    use pb::ObligationState as State;
    let counts = json!({
        "openPriorityActions": count(status.pathway.as_ref().map_or(0, |pathway| pathway.open_priority_actions.len())),
        "instrumentsInForce": count(status.instruments.iter().filter(is_in_force).count()),
        "obligationsOpen": in_state(&[State::Open, State::Overdue]),
        "obligationsOverdue": in_state(&[State::Overdue]),
        "uncertain": !status.uncertainties.is_empty(),
    });
    let overall = overall.map(json::to_value).unwrap_or_default();
    Some(
        json!({ "authority": authority, "status": json::to_value(status), "overall": overall, "counts": counts }),
    )
}

async fn events(tracker: &Arc<Tracker>, whose: Whose, as_of: AsOf, out: &mut Out) -> Result<(), End> {
    let view = Some(DatedView { view: as_of.view, on: Some(as_of.effective) });
    let Whose { authorities, regions } = whose;
    let filter = Filter { authorities, regions, view, ..Filter::default() };
    let question = HistoryQuestion {
        wanted: tracker.wanted(&filter).await?,
        direction: Direction::Forward,
        from: Position::START,
        limit: None,
        known: Some(as_of.known_at),
    };
    let mut reading = tracker.history(question).await?;
    while let Some(events) = reading.recv().await {
        for event in events?.iter().filter(|event| event.position() <= as_of.known_position) {
            out.row(&of_event(&event.to_pb()?)).await?;
        }
    }
    Ok(())
}

fn of_event(recorded: &pb::RecordedEvent) -> Value {
    let Value::Object(mut row) = json::to_value(recorded) else { return Value::Null };
    if let Some(event) = &recorded.event {
        let kind = kinds::number(event).and_then(kinds::name).unwrap_or_default();
        let body = row.get("event").and_then(body).map(Value::to_string).unwrap_or_default();
        let sources: Vec<&str> = event.sources.iter().map(|source| source.title.as_str()).collect();
        let sources = sources.join("; ");
        row.extend(
            [("kind", kind.to_owned()), ("body", body), ("sources", sources)]
                .map(|(name, text)| (name.to_owned(), Value::String(text))),
        );
    }
    Value::Object(row)
}

/// The one field of an event that is not of its envelope.
fn body(event: &Value) -> Option<&Value> {
    const ENVELOPE: [&str; 7] =
        ["eventId", "stream", "happenedOn", "sources", "confidence", "note", "publishedDate"];
    event.as_object()?.iter().find(|(name, _)| !ENVELOPE.contains(&name.as_str())).map(|(_, body)| body)
}

async fn intervals(tracker: &Tracker, whose: Whose, as_of: AsOf, out: &mut Out) -> Result<(), End> {
    let wanted = Intervals { domains: vec![ServiceDomain::ChildrensSocialCare], ..Intervals::default() };
    let Whose { authorities, regions } = whose;
    let filter = IntervalFilter { authorities, regions, wanted, by: Vec::new() };
    for group in tracker.intervals(as_of, &filter).await? {
        let group = to_proto::intervals::interval_group(&group);
        let measure = group.measure().as_str_name();
        for one in &group.intervals {
            let authority = one.authority.as_ref().map(json::to_value).unwrap_or_default();
            out.row(&json!({ "authority": authority, "measure": measure, "interval": json::to_value(one) }))
                .await?;
        }
    }
    Ok(())
}
