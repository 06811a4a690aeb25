//! `ExportService`.

use docket_api::from_proto::Problems;
use docket_api::pb::export_response::Message;
use docket_api::pb::export_service_server::ExportService;
use docket_api::{pb, to_proto};
use tokio::sync::mpsc;
use tonic::{Request, Response, Status};

use super::Grpc;
use super::errors::Failure;
use super::respond::{self, Many};
use super::status::names;
use crate::export::{self, Column, Whose};
use crate::tracker::{Reading, TrackerError};

#[tonic::async_trait]
impl ExportService for Grpc {
    type ExportStream = Many<pb::ExportResponse>;

    async fn export(
        &self,
        request: Request<pb::ExportRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let exported = self.exported(request.into_inner());
        respond::many("Export", exported, |message| pb::ExportResponse { message: Some(message) }).await
    }
}

impl Grpc {
    async fn exported(&self, request: pb::ExportRequest) -> Result<Reading<Message>, Failure> {
        let Some(table) = export::table(request.table()) else {
            return Err(Failure::field("table", "is required: TABLE_STATUSES, TABLE_JUDGEMENTS and so on"));
        };
        let format = request.format();
        if format == pb::TableFormat::Unspecified {
            return Err(Failure::field("format", "is required: TABLE_FORMAT_CSV or TABLE_FORMAT_JSON"));
        }
        let mut problems = Problems::new();
        let authorities = names(&mut problems, "authorities", &request.authorities);
        let regions = names(&mut problems, "regions", &request.regions);
        problems.finish(Some(()))?;
        let as_of = self.as_of(None, request.as_of.as_ref()).await?;
        let head = pb::ExportHead {
            table: request.table,
            format: request.format,
            as_of: Some(to_proto::as_of(&as_of)),
            columns: table.columns.iter().map(column).collect(),
            checkpoint: self.last_signed(),
        };
        let mut pieces = export::export(&self.tracker, table, format, Whose { authorities, regions }, as_of);
        let (sender, reading) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut next: Option<Result<Message, TrackerError>> = Some(Ok(Message::Head(head)));
            while let Some(message) = next {
                if sender.send(message).await.is_err() {
                    return;
                }
                next = pieces.recv().await.map(|piece| piece.map(Message::Piece));
            }
        });
        Ok(reading)
    }

    /// The last checkpoint, as it was signed; empty where nothing is signed here.
    fn last_signed(&self) -> String {
        let last = self.proofs.as_ref().and_then(|proofs| proofs.latest().ok());
        last.map(|checkpoint| checkpoint.to_string()).unwrap_or_default()
    }
}

fn column(column: &Column) -> pb::Column {
    let Column { name, kind, says, .. } = *column;
    pb::Column { name: name.to_owned(), r#type: kind.into(), description: says.to_owned() }
}
