//! An import from beginning to end: read, ask what is on record, plan, record, and say what became of every row.
//!
//! It decides at a revision of each stream and records expecting it; where somebody else was faster it reads on and decides
//! again. Killed in the middle and started again it finds what it recorded, and goes on.

use std::collections::HashSet;

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use tonic::Status;

use super::docket::Docket;
use super::entry::Place;
use super::plan::Outcome;
use super::release::{UnknownRelease, identify};
use super::report::{Fate, Line, Report};
use super::sheet::{self, UnreadableWorkbook};
use super::who::Register;
use super::work::Work;
use super::workbook::{RefusedRow, Workbook, understand};

/// What the caller chooses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// The day on which the release was published, where the workbook does not say.
    pub(crate) release_date: Option<Date>,
    /// Try everything, record nothing.
    pub(crate) dry_run: bool,
    /// Who records.
    pub(crate) recorded_by: String,
}

/// How far it is, for whoever draws it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The workbook is read.
    Read {
        /// Rows under headings.
        rows: usize,
        /// Inspections and visits in them.
        inspections: usize,
    },
    /// Comparing with what is on record.
    Compared {
        /// Authorities done.
        done: usize,
        /// Authorities in all.
        of: usize,
    },
    /// Recording, or trying to in a dry run.
    Recorded {
        /// Inspections done.
        done: usize,
        /// Inspections in all.
        of: usize,
    },
}

/// Why there is not even a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ImportError {
    /// The file is no workbook.
    #[error("cannot read {file}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: UnreadableWorkbook,
    },
    /// The release is not known.
    #[error("cannot tell which release {file} is")]
    Release {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: UnknownRelease,
    },
    /// No sheet has a table of authorities.
    #[error("{file} has no table of authorities and their inspections; its sheets are {sheets}")]
    NoTable {
        /// The file.
        file: String,
        /// Their names.
        sheets: String,
    },
    /// The server does not know any authority.
    #[error("the server knows no authority: record its register first")]
    NoAuthorities,
    /// The server did not answer; nothing was recorded.
    #[error("cannot {doing}: nothing was recorded")]
    Server {
        /// What for.
        doing: &'static str,
        /// Its answer.
        #[source]
        source: Box<Status>,
    },
}

/// Imports a workbook. `file` is its name, for the report.
///
/// # Panics
/// If the report does not account for every row: an error of ours, and worse if it passed unseen.
///
/// # Errors
/// [`ImportError`] where nothing was recorded. Once recording has begun there is always a report, and what ended it is in it.
pub(crate) async fn run<D: Docket>(
    docket: &mut D,
    file: &str,
    bytes: &[u8],
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report, ImportError> {
    let (workbook, mut report) = read(file, bytes, options)?;
    progress(Progress::Read { rows: workbook.rows.len(), inspections: workbook.entries.len() });
    let asked = docket.authorities().await;
    let register = Register::new(asked.map_err(|status| server("ask for the register", status))?);
    if register.is_empty() {
        return Err(ImportError::NoAuthorities);
    }
    let release = report.release.clone();
    let mut work = Work::new(&workbook, &register, &release, options);
    work.compare(docket, progress).await.map_err(|status| server("read what is on record", status))?;
    report.interrupted = work.record(docket, progress).await.err().map(|status| interruption(&status));
    work.finish(&mut report);
    report.lines.extend(workbook.refused.iter().map(refused_line));
    report.lines.extend(nothing_lines(&workbook));
    report.lines.sort_by(|a, b| a.place.cmp(&b.place));
    let order: Vec<String> = report.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    report.lines.sort_by_key(|line| order.iter().position(|name| *name == line.place.sheet));
    report.notes.splice(0..0, workbook.notes.clone());
    assert!(
        report.accounts_for_every_row(),
        "a row without a line in the report would be lost without a word"
    );
    Ok(report)
}

/// Everything that can be done without a server.
fn read(file: &str, bytes: &[u8], options: &Options) -> Result<(Workbook, Report), ImportError> {
    let sheets =
        sheet::read(bytes).map_err(|source| ImportError::Unreadable { file: file.to_owned(), source })?;
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let release = identify(&sheets, options.release_date, sha256, file)
        .map_err(|source| ImportError::Release { file: file.to_owned(), source })?;
    let workbook = understand(&sheets, &release);
    if workbook.sheets.iter().all(|sheet| sheet.tables.is_empty()) {
        let sheets = workbook.sheets.iter().map(|sheet| sheet.name.clone()).collect::<Vec<_>>().join(", ");
        return Err(ImportError::NoTable { file: file.to_owned(), sheets });
    }
    let report = Report {
        file: file.to_owned(),
        release,
        dry_run: options.dry_run,
        sheets: workbook.sheets.clone(),
        rows: workbook.rows.clone(),
        lines: Vec::new(),
        notes: Vec::new(),
        changes: Vec::new(),
        disagreements: Vec::new(),
        warnings: Vec::new(),
        told_of: 0,
        new_inspections: 0,
        events: 0,
        events_by_kind: std::collections::BTreeMap::new(),
        interrupted: None,
    };
    Ok((workbook, report))
}

fn server(doing: &'static str, status: Status) -> ImportError {
    ImportError::Server { doing, source: Box::new(status) }
}

fn interruption(status: &Status) -> String {
    format!("{} ({:?})", status.message(), status.code())
}

fn refused_line(refused: &RefusedRow) -> Line {
    Line {
        place: refused.place.clone(),
        authority: refused.authority.clone(),
        inspection: refused.what.clone(),
        fate: Fate::Planned(Outcome::Refused(refused.problems.clone())),
    }
}

/// Rows that tell no inspection and were not refused either: they say that there is none.
fn nothing_lines(workbook: &Workbook) -> Vec<Line> {
    let told: HashSet<&Place> = (workbook.entries.iter().map(|entry| &entry.place))
        .chain(workbook.refused.iter().map(|refused| &refused.place))
        .collect();
    let silent = workbook.rows.iter().filter(|place| !told.contains(place));
    silent
        .map(|place| {
            let why = workbook.notes.iter().filter(|(at, _)| at == place).map(|(_, note)| note.clone());
            Line {
                place: place.clone(),
                authority: String::new(),
                inspection: String::new(),
                fate: Fate::Nothing(why.collect::<Vec<_>>().join("; ")),
            }
        })
        .collect()
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
