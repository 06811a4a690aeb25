//! `docket import`: histories in JSON Lines, brought together with what is on record, and Ofsted's spreadsheets.

use std::path::{Path, PathBuf};

use clap::Args;
use docket_api::pb;
use docket_api::pb::record_stream_response::Outcome;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;

use super::dry_run;
use super::record::WriterArgs;
use super::sheets;
use crate::args::ServerArgs;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::feed::{Answer, Tally, feed, interrupted};
use crate::import::{Options, Reconciled, Server, is_telling};
use crate::jsonl::{self, Lines};
use crate::output::{Out, note};
use crate::refusal::{failed, json_fields, problem_lines, summary};
use crate::render::event::short_id;
use crate::render::history::warning_words;
use crate::render::words::thousands;
use crate::when;

/// What `docket import` is called with.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// JSON Lines (.jsonl, .json; - is standard input), or spreadsheets as Ofsted publishes them (.ods, .xlsx, .csv, .csv.gz)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Judge every line, but record nothing
    #[arg(long)]
    dry_run: bool,

    /// The day on which a spreadsheet was published, where its cover does not say
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    release_date: Option<Date>,

    /// Also list what was unusual and recorded all the same
    #[arg(long)]
    warnings: bool,

    #[command(flatten)]
    writer: WriterArgs,

    #[command(flatten)]
    server: ServerArgs,
}

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Lines,
    Spreadsheet,
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        _ if jsonl::is_stdin(path) => Ok(Format::Lines),
        Some("jsonl" | "json" | "ndjson") => Ok(Format::Lines),
        Some("ods" | "xlsx" | "csv") => Ok(Format::Spreadsheet),
        Some("gz") if path.file_stem().is_some_and(|stem| Path::new(stem).extension().is_some_and(|e| e == "csv")) => {
            Ok(Format::Spreadsheet)
        }
        _ => Err(Failure::new(Exit::Failed, format!("{}: what is it? Nothing was imported", path.display())).hint(
            "files are told by their ends: .jsonl or .json (an event a line), .ods, .xlsx or .csv (as Ofsted publishes them); \
             - reads JSON Lines from standard input",
        )),
    }
}

impl Import {
    /// Imports, and says what became of every line that was not recorded.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        // Every file is opened before anything is sent.
        let (mut lines, mut total) = (Vec::new(), Some(0));
        let mut spreadsheets = Vec::new();
        for path in &self.files {
            match format_of(path)? {
                Format::Lines => {
                    lines.push((path.clone(), Lines::open(path)?));
                    total = total.zip(jsonl::count(path)).map(|(total, more)| total + more);
                }
                Format::Spreadsheet => {
                    sheets::check(path)?;
                    spreadsheets.push(path.clone());
                }
            }
        }
        let client = Client::connect(&self.server.server).await?;
        let mut exit = self.spreadsheets(&client, &spreadsheets, out).await?;
        if !lines.is_empty() {
            let tally = self.lines(&client, lines, total, out).await;
            let before = (!spreadsheets.is_empty()).then_some(exit);
            let tally = tally.map_err(|failure| self.after(before, failure))?;
            if !out.json() {
                out.line(&self.summary(&tally))?;
            }
            exit = if spreadsheets.is_empty() { tally.exit() } else { worse(exit, tally.exit()) };
        }
        match exit {
            Exit::Done => Ok(()),
            exit => Err(Failure::silent(exit)),
        }
    }

    async fn spreadsheets(&self, client: &Client, paths: &[PathBuf], out: &mut Out) -> Result<Exit, Failure> {
        let options = Options {
            release_date: self.release_date,
            dry_run: self.dry_run,
            recorded_by: self.writer.recorded_by.clone().unwrap_or_default(),
        };
        let mut worst = None;
        for path in paths {
            let exit = sheets::import(client, path, &options, out).await;
            let exit = exit.map_err(|failure| self.after(worst, failure))?;
            worst = Some(worst.map_or(exit, |worst| worse(worst, exit)));
        }
        Ok(worst.unwrap_or(Exit::Done))
    }

    async fn lines(
        &self,
        client: &Client,
        files: Vec<(PathBuf, Lines)>,
        total: Option<u64>,
        out: &mut Out,
    ) -> Result<Tally, Failure> {
        let recorded_by = self.writer.recorded_by.clone().unwrap_or_default();
        let bar = progress(total.filter(|_| !self.dry_run), "events");
        let mut tally = Tally::default();
        for (path, lines) in files {
            let name = lines.name().to_owned();
            let reconciled =
                self.reconcile(client, &path).await.map_err(|failure| self.stopped(failure, &tally))?;
            let mut told = |answer: &Answer| {
                bar.inc(1);
                tally.add(&answer.response);
                self.tell(&name, answer, &bar, out)
            };
            let fed = if self.dry_run {
                dry_run::judge(client, lines, &recorded_by, &reconciled, told).await
            } else {
                feed(client, lines, &recorded_by, reconciled, &mut told).await
            };
            fed.map_err(|failure| self.stopped(failure, &tally))?;
        }
        bar.finish_and_clear();
        Ok(tally)
    }

    /// Holds the inspections that a file tells of against those on record. What can be read only once is taken as it is told.
    async fn reconcile(&self, client: &Client, path: &Path) -> Result<Reconciled, Failure> {
        if !path.is_file() {
            return Ok(Reconciled::default());
        }
        let mut tellings = Vec::new();
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            tellings.extend(line.event.ok().filter(is_telling));
        }
        let mut docket =
            Server { status: client.status(), history: client.history(), record: client.record() };
        let reconciled = Reconciled::with_record(&mut docket, tellings).await;
        let reconciled = reconciled.map_err(|status| failed(&status))?;
        for contradiction in &reconciled.contradictions {
            note(&format!("{}: not recorded: {contradiction}", lines.name()));
        }
        Ok(reconciled)
    }

    /// A failure after other files had ended so.
    fn after(&self, before: Option<Exit>, failure: Failure) -> Failure {
        match (before, failure.exit) {
            (None, _) => failure,
            (Some(_), Exit::Unreachable) if self.dry_run => failure,
            (Some(_), Exit::Unreachable) => interrupted(failure),
            (Some(before), exit) => Failure { exit: worse(before, exit), ..failure },
        }
    }

    /// A failure that ended the import early, with what had been settled until then.
    fn stopped(&self, failure: Failure, tally: &Tally) -> Failure {
        let settled = format!(
            "until then: {} recorded, {} on record before, {} refused",
            thousands(tally.recorded),
            thousands(tally.before),
            thousands(tally.refused)
        );
        let mut details = failure.details.clone();
        details.push(settled);
        let failure = failure.details(details);
        if !self.dry_run && 0 < tally.recorded + tally.before { interrupted(failure) } else { failure }
    }

    /// Says what became of a line, where that is worth a word.
    fn tell(&self, name: &str, answer: &Answer, bar: &ProgressBar, out: &mut Out) -> Result<(), Failure> {
        if out.json() {
            return out.message(&answer.response);
        }
        let at = line_of(name, answer);
        match &answer.response.outcome {
            Some(Outcome::Refused(refusal)) => bar.suspend(|| note(&refused_words(&at, refusal))),
            Some(Outcome::Recorded(recorded)) if self.warnings && !recorded.already_recorded => {
                for warning in recorded.recorded.iter().flat_map(|fact| &fact.warnings) {
                    bar.suspend(|| note(&format!("{at}: {}", warning_words(warning))));
                }
            }
            Some(Outcome::Recorded(_)) | None => {}
        }
        Ok(())
    }

    fn summary(&self, tally: &Tally) -> String {
        let (first, new, before, refused) = if self.dry_run {
            ("Nothing was recorded. ", "would be recorded", "are on record already", "would be refused")
        } else {
            ("", "recorded", "on record before", "refused")
        };
        let mut parts = vec![format!("{} {new}", thousands(tally.recorded))];
        if tally.before > 0 {
            parts.push(format!("{} {before}", thousands(tally.before)));
        }
        if tally.refused > 0 {
            parts.push(format!("{} {refused}", thousands(tally.refused)));
        }
        if tally.unknown > 0 {
            parts
                .push(format!("{} may have been recorded (import the file again)", thousands(tally.unknown)));
        }
        let mut text = format!("{first}Events: {}.", parts.join(", "));
        if tally.warnings > 0 && !self.warnings {
            text.push_str(&format!(
                " Unusual, and recorded all the same: {} (--warnings lists it).",
                thousands(tally.warnings)
            ));
        }
        text
    }
}

/// Where a line is: `hull.jsonl, line 3 (event 1a2b3c4d)`.
pub(crate) fn line_of(name: &str, answer: &Answer) -> String {
    let id = if answer.event_id.is_empty() {
        String::new()
    } else {
        format!(" (event {})", short_id(&answer.event_id))
    };
    format!("{name}, line {}{id}", answer.line)
}

/// A refused line, with every field.
pub(crate) fn refused_words(at: &str, refusal: &pb::Refusal) -> String {
    let mut text = format!("{at}: refused: {}", summary(refusal));
    for line in problem_lines(&json_fields(&refusal.problems)) {
        text.push_str(&format!("\n  {line}"));
    }
    text
}

/// How several files end: what is not known outweighs what was refused, and a part of them is not all.
fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Unknown, _) | (_, Exit::Unknown) => Exit::Unknown,
        (one, other) if one == other => one,
        _ => Exit::Partly,
    }
}

/// A bar on a terminal, nothing elsewhere.
pub(crate) fn progress(total: Option<u64>, what: &'static str) -> ProgressBar {
    let template = "{msg}{bar:32} {human_pos} of {human_len} {prefix}";
    match total {
        Some(total) => {
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_prefix(what)
        }
        None => ProgressBar::new_spinner(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_file_is_told_by_its_end() {
        assert_eq!(format_of(Path::new("-")).unwrap(), Format::Lines);
        assert_eq!(format_of(Path::new("a/hull.JSONL")).unwrap(), Format::Lines);
        assert_eq!(format_of(Path::new("LA_outcomes.ods")).unwrap(), Format::Spreadsheet);
        assert!(format_of(Path::new("notes.txt")).unwrap_err().hint.contains(".ods"));
    }

    #[test]
    fn several_files_are_partly_done_unless_all_end_alike() {
        assert_eq!(worse(Exit::Done, Exit::Done), Exit::Done);
        assert_eq!(worse(Exit::Done, Exit::Failed), Exit::Partly);
        assert_eq!(worse(Exit::Failed, Exit::Failed), Exit::Failed);
        assert_eq!(worse(Exit::Partly, Exit::Unknown), Exit::Unknown);
    }

    #[test]
    fn a_refused_line_says_where_which_field_and_why() {
        let refusal = pb::Refusal {
            code: 9,
            reason: "FACT_REFUSED".into(),
            message: "the rules refuse 1 fact".into(),
            problems: vec![pb::FieldProblem {
                field: "events[0].instrument_lifted.instrument".into(),
                description: "NEVER_ISSUED: notice-x was never issued".into(),
                reason: String::new(),
            }],
        };
        expect![[r"
            hull.jsonl, line 3: refused: the rules refuse it (FACT_REFUSED)
              instrumentLifted.instrument: NEVER_ISSUED: notice-x was never issued"]]
        .assert_eq(&refused_words("hull.jsonl, line 3", &refusal));
    }
}
