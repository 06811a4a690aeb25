//! `docket import` of a spreadsheet: reads the file, has it imported, and shows the report.

use std::fs::File;
use std::path::Path;

use indicatif::ProgressBar;

use super::import::progress;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::import::{self, ImportError, Options, Progress, Server};
use crate::output::{Out, note};
use crate::process::chain;
use crate::refusal::{ASK_AGAIN, failed};

/// Longest spreadsheet, in bytes; it is held in memory.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Whether a file is there, can be opened, and is not too long to be read.
///
/// # Errors
/// If not.
pub(crate) fn check(path: &Path) -> Result<(), Failure> {
    let length =
        File::open(path).and_then(|file| file.metadata()).map_err(|error| unreadable(path, &error))?.len();
    if FILE_BYTES_MAX < length {
        let text = format!("{} is longer than {FILE_BYTES_MAX} bytes", path.display());
        return Err(Failure::new(Exit::Failed, text));
    }
    Ok(())
}

/// Imports one spreadsheet and shows what became of every row.
///
/// # Errors
/// If the file cannot be read as a release of Ofsted's, or the server does not answer; nothing of it is recorded then.
pub(crate) async fn import(
    client: &Client,
    path: &Path,
    options: &Options,
    out: &mut Out,
) -> Result<Exit, Failure> {
    // A source names the file, not the folders of this machine.
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let bytes = tokio::fs::read(path).await.map_err(|error| unreadable(path, &error))?;
    let mut docket = Server { status: client.status(), history: client.history(), record: client.record() };
    let bar = progress(Some(0), "");
    let report = import::run(&mut docket, &name, &bytes, options, &mut |at| draw(&bar, at)).await;
    bar.finish_and_clear();
    let report = report.map_err(|error| not_imported(&error))?;
    if out.json() {
        for line in import::json_lines(&report) {
            out.line(&line.to_string())?;
        }
    } else {
        out.text(&import::text(&report))?;
    }
    out.flush()?;
    if report.interrupted.is_some() {
        note(&format!("hint: {ASK_AGAIN}"));
        return Ok(Exit::Unknown);
    }
    Ok(match (report.is_complete(), report.is_nothing()) {
        (true, _) => Exit::Done,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Partly,
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot read {}: {error}", path.display()))
}

fn draw(bar: &ProgressBar, at: Progress) {
    let (message, done, of, what) = match at {
        Progress::Read { .. } => return,
        Progress::Compared { done, of } => ("Comparing ", done, of, "authorities"),
        Progress::Recorded { done, of } => ("Recording ", done, of, "inspections"),
    };
    bar.set_message(message);
    bar.set_prefix(what);
    bar.set_length(of as u64);
    bar.set_position(done as u64);
}

/// Why a spreadsheet was not imported at all.
fn not_imported(error: &ImportError) -> Failure {
    if let ImportError::Server { source, .. } = error {
        let failure = failed(source);
        return Failure { message: format!("{error}: {}", failure.message), ..failure };
    }
    Failure::new(Exit::Failed, chain(error)).hint("nothing of this file was imported")
}
