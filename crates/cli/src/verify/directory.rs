//! A data directory, on the machine where it is, with or without a server that writes to it.

use std::path::Path;
use std::time::{Duration, Instant};

use docket_log::{Problem, Seen, Verified, Watch};
use docket_server::proof::Demands;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;

use super::checkpoints::{Checkpoints, PUBLIC_KEYS, Told, listed_keys};
use super::heads::Heads;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::process::chain;
use crate::render::words::{count, thousands};

/// Problems that are shown; the others are counted.
const SHOWN_MAX: u64 = 1_000;

/// What was found in a directory.
pub(crate) struct Found {
    pub(crate) verified: Verified,
    pub(crate) checkpoints: Checkpoints,
    heads: Heads,
    pub(crate) problems: u64,
    took: Duration,
}

/// Verifies a directory and says what was verified. `kept`: a checkpoint that the auditor kept.
///
/// # Errors
/// If something is wrong; each problem was told before. If the directory cannot be read.
pub(crate) fn directory(
    path: &Path,
    kept: Option<&Path>,
    demands: &Demands,
    out: &mut Out,
) -> Result<(), Failure> {
    let found = find(path, kept, demands, out)?;
    show(path, &found, out)?;
    match found.problems {
        0 => Ok(()),
        problems => Err(wrong(path, problems)),
    }
}

/// Says what was verified in a directory.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn show(path: &Path, found: &Found, out: &mut Out) -> Result<(), Failure> {
    if out.json() { out.line(&summary(found)) } else { out.text(&told(path, found)) }
}

/// Verifies a directory, and tells problems and notes as they come.
///
/// # Errors
/// If the directory cannot be read, or the checkpoint that was kept is not to be believed.
pub(crate) fn find(
    path: &Path,
    kept: Option<&Path>,
    demands: &Demands,
    out: &mut Out,
) -> Result<Found, Failure> {
    let begun = Instant::now();
    let mut telling = Telling { out, bar: ProgressBar::hidden(), problems: 0, failed: None };
    let mut demands = demands.clone();
    if demands.keys.is_empty() {
        demands.keys = listed_keys(path)?;
        if !demands.keys.is_empty() {
            telling.note(format!("no --key was given: the keys in {PUBLIC_KEYS} are believed"));
        }
    }
    // Before the events: whatever they cover is there by then.
    let checkpoints = Checkpoints::read(path, kept, &demands, &mut |told| match told {
        Told::Problem(problem) => telling.problem(problem),
        Told::Note(note) => telling.note(note),
    })?;
    let mut watching = Watching { telling, checkpoints, heads: Heads::default() };
    let verified = docket_log::verify(path, &mut watching);
    let Watching { mut telling, mut checkpoints, heads } = watching;
    telling.bar.finish_and_clear();
    let verified = verified.map_err(|error| Failure::new(Exit::Failed, chain(&error)))?;
    checkpoints.finish(verified.last.0, &mut |problem| telling.problem(problem));
    let Telling { problems, failed, .. } = telling;
    failed.map_or(Ok(()), Err)?;
    Ok(Found { verified, checkpoints, heads, problems, took: begun.elapsed() })
}

/// A directory that is not as it should be.
pub(crate) fn wrong(path: &Path, problems: u64) -> Failure {
    let problems = count(usize::try_from(problems).unwrap_or(usize::MAX), "problem");
    Failure::new(Exit::Wrong, format!("{}: {problems}, told above", path.display()))
        .hint("docs/operations.md says what to do about each kind")
}

/// Tells problems and notes as they come.
struct Telling<'a> {
    out: &'a mut Out,
    bar: ProgressBar,
    problems: u64,
    /// Why nothing can be told any more.
    failed: Option<Failure>,
}

impl Telling<'_> {
    fn problem(&mut self, problem: Problem) {
        self.problems += 1;
        if self.problems > SHOWN_MAX {
            return;
        }
        let Problem { file, offset, positions, what } = problem;
        let line = if self.out.json() {
            let (first, last) = positions.unzip();
            json!({
                "type": "problem", "file": file, "offset": offset, "firstPosition": first.map(|position| position.0),
                "lastPosition": last.map(|position| position.0), "what": what,
            })
            .to_string()
        } else {
            let offset = offset.map_or(String::new(), |offset| format!(", offset {offset}"));
            let positions = match positions {
                None => String::new(),
                Some((first, last)) if first == last => format!(", position {first}"),
                Some((first, last)) => format!(", positions {first} to {last}"),
            };
            format!("WRONG: {file}{offset}{positions}: {what}")
        };
        self.line(&line);
        if self.problems == SHOWN_MAX {
            self.note(format!("more than {} problems: the others are counted only", thousands(SHOWN_MAX)));
        }
    }

    fn note(&mut self, note: String) {
        let line = if self.out.json() {
            json!({"type": "note", "text": note}).to_string()
        } else {
            format!("Note: {note}")
        };
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        let Self { out, bar, failed, .. } = self;
        let told = bar.suspend(|| out.line(line).and_then(|()| out.flush()));
        if let Err(failure) = told {
            failed.get_or_insert(failure);
        }
    }
}

/// Follows the log while it is verified.
struct Watching<'a> {
    telling: Telling<'a>,
    checkpoints: Checkpoints,
    heads: Heads,
}

impl Watch for Watching<'_> {
    fn begin(&mut self, bytes: u64) {
        let style = ProgressStyle::with_template("{bar:32} {bytes} of {total_bytes}, {bytes_per_sec}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        self.telling.bar = ProgressBar::new(bytes).with_style(style);
    }

    fn progress(&mut self, bytes: u64) {
        self.telling.bar.set_position(bytes);
    }

    fn event(&mut self, event: &Seen<'_>) {
        let telling = &mut self.telling;
        let signed = event.kind == docket_api::kinds::HEADS_RECORDED && self.checkpoints.has(event.position);
        if let Some(what) = self.heads.event(event, signed) {
            let (file, positions) =
                (format!("chunks/{}", event.chunk), Some((event.position, event.position)));
            telling.problem(Problem { file, offset: Some(event.offset), positions, what });
        }
        self.checkpoints.event(event.position, event.tree, &mut |problem| telling.problem(problem));
    }

    fn problem(&mut self, problem: Problem) {
        self.telling.problem(problem);
    }

    fn note(&mut self, note: String) {
        self.telling.note(note);
    }
}

/// Events and millions of bytes a second.
fn speed(found: &Found) -> (f64, f64) {
    let seconds = found.took.as_secs_f64().max(1e-9);
    let exact = |number: u64| u32::try_from(number).map_or(f64::INFINITY, f64::from);
    let megabytes = exact(found.verified.bytes >> 10) * 1024.0 / 1e6;
    (exact(found.verified.events) / seconds, megabytes / seconds)
}

fn summary(found: &Found) -> String {
    let Found { verified, checkpoints, heads, problems, took } = found;
    let (events_a_second, megabytes_a_second) = speed(found);
    json!({
        "type": "summary", "problems": problems, "events": verified.events, "lastPosition": verified.last.0,
        "streams": verified.streams, "chunks": verified.chunks, "sealedChunks": verified.sealed,
        "bytes": verified.bytes, "treeHashes": verified.leaf_hashes, "root": verified.root.map(|root| hex(&root)),
        "checkpoints": checkpoints.count, "agreeingCheckpoints": checkpoints.agreeing,
        "indexRead": false, "largestCheckpoint": checkpoints.largest, "headsEvents": heads.compared, "headsNotCompared": heads.skipped,
        "seconds": took.as_secs_f64(), "eventsPerSecond": events_a_second, "megabytesPerSecond": megabytes_a_second,
    })
    .to_string()
}

fn told(path: &Path, found: &Found) -> String {
    let Found { verified, checkpoints, heads, problems, took } = found;
    let (events_a_second, megabytes_a_second) = speed(found);
    let mut lines = vec![format!(
        "{}: {} of {}, the last at position {}, in {} ({} sealed), {}",
        path.display(),
        super::events(verified.events),
        count(usize::try_from(verified.streams).unwrap_or(usize::MAX), "stream"),
        thousands(verified.last.0),
        count(usize::try_from(verified.chunks).unwrap_or(usize::MAX), "chunk"),
        verified.sealed,
        HumanBytes(verified.bytes),
    )];
    lines.push("  checksums     of every chunk, frame, event and footer".to_owned());
    lines.push("  links         of every event to the one before it in its stream; no id twice; time never runs back".to_owned());
    if let Some(root) = &verified.root {
        lines.push(format!("  tree          its root is {}", hex(root)));
    }
    lines.push(format!(
        "  tree hashes   {} in files, compared with the events",
        thousands(verified.leaf_hashes)
    ));
    lines.push(match (&checkpoints.signer, checkpoints.count) {
        (Some((origin, id)), signed) => format!(
            "  checkpoints   {}, the largest of {}, signed by {origin}+{id}",
            thousands(signed),
            super::events(checkpoints.largest)
        ),
        (None, _) => {
            "  checkpoints   none: who can write these files can also compute every sum again, unseen"
                .to_owned()
        }
    });
    lines.extend(checkpoints.cosigned.map(|size| format!("  cosigned      up to {}", super::events(size))));
    let skipped = match heads.skipped {
        0 => String::new(),
        skipped => format!("; {} not compared, as events before them cannot be read", thousands(skipped)),
    };
    lines.push(format!("  heads         {} compared with the streams{skipped}", thousands(heads.compared)));
    lines.push(
        "  index         not read: it is made from the chunks, and its answers are compared with them"
            .to_owned(),
    );
    lines.push(format!(
        "  took          {:.2} s: {} events/s, {megabytes_a_second:.0} MB/s",
        took.as_secs_f64(),
        thousands(whole(events_a_second)),
    ));
    lines.push(match problems {
        0 => "Nothing is wrong.".to_owned(),
        _ => String::new(),
    });
    lines.join("\n").trim_end().to_owned() + "\n"
}

fn whole(number: f64) -> u64 {
    format!("{number:.0}").parse().unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
