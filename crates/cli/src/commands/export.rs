//! `docket export`: a table of a day as a file for statisticians, with what it is beside it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use docket_api::pb::export_response::Message;
use docket_api::{json, pb};
use tonic::Streaming;

use crate::args::{AsOfArgs, ServerArgs, term};
use crate::client::{Client, OrFailed as _, check_regions};
use crate::exit::{Exit, Failure};
use crate::output::{Out, note};
use crate::process::chain;
use crate::refusal::as_known_at;
use crate::render::status::as_of;

const TABLES: &[pb::Table] = &[
    pb::Table::Statuses,
    pb::Table::Judgements,
    pb::Table::Obligations,
    pb::Table::Instruments,
    pb::Table::Cases,
    pb::Table::Events,
    pb::Table::Intervals,
];
const FORMATS: &[pb::TableFormat] = &[pb::TableFormat::Csv, pb::TableFormat::Json];

/// What `docket export` is called with.
#[derive(Args, Debug)]
#[command(after_help = "docs/tables.md describes every table, column by column.")]
pub(crate) struct Export {
    /// Only of these: GSS code, Ofsted URN, DfE number or name [default: all]
    #[arg(value_name = "AUTHORITY")]
    authorities: Vec<String>,

    /// Only of authorities in this region; may be given again
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,

    /// Which table
    #[arg(long, value_parser = term(TABLES))]
    table: i32,

    /// Comma-separated text, or JSON Lines
    #[arg(long = "as", value_name = "FORMAT", value_parser = term(FORMATS), default_value = "csv")]
    format: i32,

    /// Into this file, and what it is into FILE.metadata.json: its day, what was known, its columns, and the log's last signed checkpoint
    /// [default: standard output, without that]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl Export {
    /// Asks for the table, and writes it.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        check_regions(&client, &self.region).await?;
        let request = pb::ExportRequest {
            table: self.table,
            format: self.format,
            as_of: Some(self.as_of.to_pb()),
            authorities: self.authorities.clone(),
            regions: self.region.clone(),
        };
        let answers = client.export().export(request).await.or_failed(&client).await;
        let mut answers = answers.map_err(|failure| as_known_at(failure, self.as_of.known_at))?.into_inner();
        let Some(Message::Head(head)) = next(&client, &mut answers).await? else {
            return Err(Failure::new(Exit::Failed, "the server did not say what the table is"));
        };
        match &self.output {
            None => {
                while let Some(message) = next(&client, &mut answers).await? {
                    if let Message::Piece(piece) = message {
                        out.bytes(&piece)?;
                    }
                }
                out.flush()?;
            }
            Some(path) => {
                write_file(&client, &mut answers, path).await?;
                let described = json::to_line(&head);
                let beside = beside(path, ".metadata.json");
                std::fs::write(&beside, described + "\n").map_err(|error| unwritten(&beside, &error))?;
                note(&format!("{} and {}", path.display(), beside.display()));
            }
        }
        note(&as_of(head.as_of.as_ref()));
        Ok(())
    }
}

/// The file is there whole, or not at all.
async fn write_file(
    client: &Client,
    answers: &mut Streaming<pb::ExportResponse>,
    path: &Path,
) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| unwritten(path, &error);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    while let Some(message) = next(client, answers).await? {
        if let Message::Piece(piece) = message {
            file.write_all(&piece).map_err(failed)?;
        }
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| unwritten(path, &error.error))?;
    Ok(())
}

async fn next(
    client: &Client,
    answers: &mut Streaming<pb::ExportResponse>,
) -> Result<Option<Message>, Failure> {
    Ok(answers.message().await.or_failed(client).await?.and_then(|answer| answer.message))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{} cannot be written: {}", path.display(), chain(error)))
}
