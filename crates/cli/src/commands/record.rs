//! `docket record`: events from a file, standard input or the command line, all of them or none.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;
use docket_api::reason::{Reason, refusal};
use docket_api::{examples, kinds, pb};
use jiff::civil::Date;
use prost::Message as _;
use uuid::Uuid;

use crate::args::{CountingArgs, ServerArgs, as_of, event_kind};
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::explain;
use crate::jsonl::{self, Lines};
use crate::output::{Out, note};
use crate::refusal::{failed_to_record, json_name, problem_lines};
use crate::render::lists::{recorded, would_change};
use crate::render::words::{count, thousands};
use crate::when;

/// Most events of one request, by the wire's contract.
const EVENTS_LEN_MAX: usize = 1_000;

/// Longest request, in bytes, by the wire's contract.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What to do with more than one request takes.
const TOO_MUCH: &str = "one call records that much at most, all or none; `docket import` takes any number of events, each by itself";

/// Who records, and whether anything is.
#[derive(Args, Clone, Debug)]
pub(crate) struct WriterArgs {
    /// Who records; kept with every event
    #[arg(long, env = "DOCKET_RECORDED_BY", value_name = "NAME")]
    pub(crate) recorded_by: Option<String>,
}

/// What `docket record` is called with.
#[derive(Args, Debug)]
pub(crate) struct Record {
    /// JSON Lines, one event a line; - is standard input
    #[arg(default_value = "-")]
    file: PathBuf,

    /// The event itself, in place of a file; may be given again
    #[arg(long, value_name = "JSON", conflicts_with = "file")]
    event: Vec<String>,

    /// Judge the events, but record nothing
    #[arg(long)]
    validate_only: bool,

    /// Judge the events, record nothing, and show what the answers about authorities and providers would be with them
    #[arg(long)]
    what_if: bool,

    /// The day asked [default: today]
    #[arg(long, help_heading = "With --what-if", value_name = "DATE", value_parser = when::parse_day, requires = "what_if")]
    effective: Option<Date>,

    /// Also what the answers rest on
    #[arg(long, help_heading = "With --what-if", requires = "what_if")]
    why: bool,

    /// Only if the stream's last revision is this one, or `none` if it is to be new; may be given again
    #[arg(long, value_name = "STREAM=REVISION", value_parser = parse_expected)]
    expect: Vec<pb::ExpectedRevision>,

    /// Print an event of this kind to fill in, with a fresh id, and record nothing
    #[arg(long, value_name = "KIND", value_parser = event_kind(),
        conflicts_with_all = ["file", "event", "validate_only", "what_if", "expect"])]
    example: Option<String>,

    #[command(flatten)]
    writer: WriterArgs,

    #[command(flatten)]
    server: ServerArgs,

    #[command(flatten, next_help_heading = "With --what-if")]
    counting: CountingArgs,
}

fn parse_expected(text: &str) -> Result<pb::ExpectedRevision, String> {
    use pb::expected_revision::Expectation;
    let right = "write it as STREAM=REVISION, for example authority/slough=12, or authority/slough=none";
    let (stream, revision) = text.rsplit_once('=').ok_or(right)?;
    let expectation = match revision {
        "none" | "0" => Expectation::NoStream(true),
        number => Expectation::Revision(number.parse().map_err(|_| right)?),
    };
    Ok(pb::ExpectedRevision { stream: stream.to_owned(), expectation: Some(expectation) })
}

impl Record {
    /// Records, or prints the example asked for.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        if let Some(kind) = &self.example {
            return example(kind, out);
        }
        if !self.what_if && self.counting != CountingArgs::default() {
            let text = "--basis and --view say how answers are computed; nothing was recorded";
            return Err(Failure::new(Exit::Failed, text).hint("they go with --what-if"));
        }
        let (places, events) =
            if self.event.is_empty() { read(&self.file)? } else { from_arguments(&self.event)? };
        let request = pb::RecordRequest {
            events,
            expected: self.expect,
            validate_only: self.validate_only || self.what_if,
            recorded_by: self.writer.recorded_by.unwrap_or_default(),
            what_if: self.what_if.then(|| as_of(self.effective, None, self.counting)),
        };
        check_length(&request)?;
        let client = Client::connect(&self.server.server).await?;
        let answer = client.record().record(request).await.map_err(|status| {
            let failure = failed_to_record(&status);
            told_by_line(failure, &refusal(&status), &places)
        })?;
        if out.json() {
            return out.message(answer.get_ref());
        }
        let style = out.style().why(self.why);
        let mut told = recorded(style, answer.get_ref());
        if self.what_if {
            told.push_str(&would_change(style, answer.get_ref()));
        }
        out.text(&told)
    }
}

/// Whether the server takes a request of this length; it would end the connection without a word of its own.
fn check_length(request: &pb::RecordRequest) -> Result<(), Failure> {
    let length = request.encoded_len();
    if length <= REQUEST_BYTES_MAX {
        return Ok(());
    }
    let length = thousands(length);
    let most = thousands(REQUEST_BYTES_MAX);
    let text = format!("the events are {length} bytes long, more than {most}; nothing was recorded");
    Err(Failure::new(Exit::Failed, text).hint(TOO_MUCH))
}

fn example(kind: &str, out: &mut Out) -> Result<(), Failure> {
    let example = kinds::number_of(kind).and_then(examples::example);
    let Some(mut event) = example else {
        return Err(Failure::new(Exit::Failed, format!("there is no example of {kind}")));
    };
    event.event_id = Uuid::new_v4().to_string();
    out.message(&event)
}

/// The events of a file, each with where it stands. Nothing is sent if one line cannot be read.
fn read(file: &Path) -> Result<(Vec<String>, Vec<pb::Event>), Failure> {
    if jsonl::is_stdin(file) && std::io::stdin().is_terminal() {
        note("reading events from standard input, one JSON object a line; Ctrl-D ends");
    }
    let mut lines = Lines::open(file)?;
    let (mut places, mut events, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(line) = lines.next()? {
        let place = format!("line {}", line.number);
        match line.event {
            Ok(event) => {
                places.push(place);
                events.push(event);
            }
            Err(problems) => {
                wrong.extend(problem_lines(&problems).into_iter().map(|text| format!("{place}: {text}")))
            }
        }
        if events.len() > EVENTS_LEN_MAX {
            let text = format!("{} has more than {EVENTS_LEN_MAX} events", jsonl::name_of(file));
            return Err(Failure::new(Exit::Failed, text).hint(TOO_MUCH));
        }
    }
    whole(&jsonl::name_of(file), places, events, wrong)
}

fn from_arguments(arguments: &[String]) -> Result<(Vec<String>, Vec<pb::Event>), Failure> {
    let (mut places, mut events, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for (index, text) in arguments.iter().enumerate() {
        let place = format!("--event {}", index + 1);
        match explain::event(text) {
            Ok(event) => {
                places.push(place);
                events.push(event);
            }
            Err(problems) => {
                wrong.extend(problem_lines(&problems).into_iter().map(|text| format!("{place}: {text}")))
            }
        }
    }
    whole("--event", places, events, wrong)
}

fn whole(
    name: &str,
    places: Vec<String>,
    events: Vec<pb::Event>,
    wrong: Vec<String>,
) -> Result<(Vec<String>, Vec<pb::Event>), Failure> {
    if !wrong.is_empty() {
        let good = count(events.len(), "other event");
        let rest = if events.is_empty() { String::new() } else { format!(", neither was the rest ({good})") };
        return Err(Failure::new(
            Exit::Failed,
            format!("{name}: not every event can be read; nothing was recorded{rest}"),
        )
        .details(wrong)
        .hint("`docket record --example KIND` prints an event to fill in"));
    }
    if events.is_empty() {
        return Err(Failure::new(Exit::Failed, format!("{name}: no event"))
            .hint("`docket record --example KIND` prints an event to fill in"));
    }
    Ok((places, events))
}

/// A refusal with lines in place of indexes: `line 3, happenedOn`, not `events[2].happened_on`.
fn told_by_line(mut failure: Failure, refusal: &pb::Refusal, places: &[String]) -> Failure {
    if !refusal.problems.is_empty() {
        let problems: Vec<_> = refusal.problems.iter().map(|problem| at_line(problem, places)).collect();
        failure.details = problem_lines(&problems);
    }
    let certain = matches!(failure.exit, Exit::Failed | Exit::Conflict);
    if certain && Reason::from_name(&refusal.reason) != Some(Reason::PartlyRecorded) {
        failure.message.insert_str(0, "nothing was recorded: ");
    }
    failure
}

fn at_line(problem: &pb::FieldProblem, places: &[String]) -> pb::FieldProblem {
    let named = problem.field.strip_prefix("events[").and_then(|rest| {
        let (index, field) = rest.split_once(']')?;
        let place = places.get(index.parse::<usize>().ok()?)?;
        let field = json_name(field.trim_start_matches('.'));
        Some(if field.is_empty() { place.clone() } else { format!("{place}, {field}") })
    });
    pb::FieldProblem {
        field: named.unwrap_or_else(|| problem.field.clone()),
        description: problem.description.clone(),
        reason: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;
    use crate::output::Colour;

    #[test]
    fn an_expectation_names_a_stream_and_a_revision() {
        use pb::expected_revision::Expectation;
        let parsed =
            |text| parse_expected(text).map(|expected| (expected.stream, expected.expectation.unwrap()));
        assert_eq!(parsed("authority/slough=12"), Ok(("authority/slough".into(), Expectation::Revision(12))));
        assert_eq!(parsed("authority/new=none"), Ok(("authority/new".into(), Expectation::NoStream(true))));
        assert!(parsed("authority/slough").unwrap_err().contains("STREAM=REVISION"));
        assert!(parsed("authority/slough=x").unwrap_err().contains("STREAM=REVISION"));
    }

    #[test]
    fn an_example_is_printed_whatever_the_environment_says_and_not_beside_events() {
        // Cargo sets this variable for every test; it stands for DOCKET_SERVER and DOCKET_RECORDED_BY.
        let set = "CARGO_MANIFEST_DIR";
        let command = Record::augment_args(clap::Command::new("record"))
            .mut_arg("server", |server| server.env(set))
            .mut_arg("recorded_by", |recorded_by| recorded_by.env(set));
        let parsed = |line: &[&str]| {
            let line = ["record", "--example", "direction_issued"].iter().chain(line);
            command.clone().try_get_matches_from(line).is_ok()
        };
        assert!(parsed(&[]) && parsed(&["--recorded-by", "me"]));
        for beside in
            ["x.jsonl", "--event={}", "--validate-only", "--what-if", "--expect=authority/slough=12"]
        {
            assert!(!parsed(&[beside]), "{beside}");
        }
    }

    #[tokio::test]
    async fn how_answers_are_computed_is_said_only_where_they_are_asked_for() {
        let command = Record::augment_args(clap::Command::new("record"));
        let matches = command.try_get_matches_from(["record", "--event={}", "--view=restricted"]).unwrap();
        let record = Record::from_arg_matches(&matches).unwrap();
        let failure = record.run(&mut Out::stdout(false, Colour::Never)).await.unwrap_err();
        assert!(failure.hint.contains("--what-if"), "{}", failure.text());
    }

    #[test]
    fn more_than_the_wire_takes_is_not_sent() {
        let event = |note: usize| pb::Event { note: "x".repeat(note), ..pb::Event::default() };
        let request =
            |note| pb::RecordRequest { events: vec![event(note); 4], ..pb::RecordRequest::default() };
        assert!(check_length(&request(1_000)).is_ok());
        let failure = check_length(&request(REQUEST_BYTES_MAX / 4)).unwrap_err();
        assert!(failure.message.contains("16,777,216") && failure.hint.contains("docket import"));
    }

    #[test]
    fn a_problem_is_told_by_its_line() {
        let places = ["line 1".to_owned(), "line 4".to_owned()];
        let told = |field: &str| {
            let problem = pb::FieldProblem {
                field: field.to_owned(),
                description: String::new(),
                reason: String::new(),
            };
            at_line(&problem, &places).field
        };
        assert_eq!(told("events[1].happened_on"), "line 4, happenedOn");
        assert_eq!(told("events[0]"), "line 1");
        assert_eq!(told("expected[0].stream"), "expected[0].stream");
        assert_eq!(told("events[9].note"), "events[9].note");
    }

    #[test]
    fn one_bad_line_keeps_all_from_being_sent() {
        let failure = from_arguments(&["{}".into(), "{\"stream\":1}".into()]).unwrap_err();
        assert!(failure.message.contains("nothing was recorded"), "{}", failure.message);
        assert_eq!(failure.details, ["--event 2: stream: is text in quotes, not 1"]);
    }

    #[test]
    fn every_kind_has_an_example_to_print() {
        for (number, name) in kinds::facts() {
            assert!(examples::example(*number).is_some(), "{name}");
        }
    }
}
