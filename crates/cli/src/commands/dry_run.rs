//! `docket import --dry-run`: what would become of every line, with nothing recorded.
//!
//! A line may rest on one before it (a notice lifted, on the notice issued), so lines cannot be judged one by one while
//! nothing is recorded. All lines of one stream are judged as one request; those refused are left out, and the rest
//! is judged again, until nothing is refused.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use docket_api::pb;
use docket_api::pb::record_stream_response::Outcome;
use docket_api::reason::{self, Reason};
use tonic::Status;

use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::feed::{Answer, becomes, on_record, unreadable};
use crate::import::Reconciled;
use crate::jsonl::{Line, Lines};
use crate::refusal::{event_concerned, failed, recorded_before};

/// Most lines judged in one run; they are all held in memory.
const LINES_MAX: usize = 200_000;
/// Most events of one request, by the wire's contract.
const REQUEST_LEN_MAX: usize = 1_000;

/// An event and the line that it stands on.
type Placed = (u64, pb::Event);

/// Judges each line; `told` hears what would become of each, in the order of the lines.
///
/// # Errors
/// If the lines cannot be read, the server cannot answer, or `told` fails.
pub(crate) async fn judge(
    client: &Client,
    mut lines: Lines,
    recorded_by: &str,
    reconciled: &Reconciled,
    mut told: impl FnMut(&Answer) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut answers = BTreeMap::new();
    let mut streams: BTreeMap<String, Vec<Placed>> = BTreeMap::new();
    // The same event on two lines is recorded by the first.
    let mut seen = HashMap::new();
    let mut held = 0;
    while let Some(Line { number, event }) = lines.next()? {
        match event {
            Err(problems) => {
                answers.insert(number, unreadable(number, problems));
            }
            Ok(event) if seen.get(&event.event_id) == Some(&event) => {
                answers.insert(number, on_record(number, &event));
            }
            Ok(event) => {
                let placed = becomes(number, &event, reconciled);
                let events = streams.entry(event.stream.clone()).or_default();
                seen.insert(event.event_id.clone(), event);
                match placed {
                    Ok(placed) => events.extend(placed.into_iter().map(|event| (number, event))),
                    Err(answer) => {
                        answers.insert(number, *answer);
                    }
                }
            }
        }
        held += 1;
        if held > LINES_MAX {
            return Err(Failure::new(
                Exit::Failed,
                format!("{} has more than {LINES_MAX} lines", lines.name()),
            )
            .hint("split it, or import it: every line is judged by itself then"));
        }
    }
    for events in streams.into_values() {
        for part in events.chunks(REQUEST_LEN_MAX) {
            for answer in judge_together(client, part.to_vec(), recorded_by).await? {
                match answers.entry(answer.line) {
                    Entry::Vacant(place) => {
                        place.insert(answer);
                    }
                    Entry::Occupied(mut place) => both(place.get_mut(), answer),
                }
            }
        }
    }
    answers.values().try_for_each(&mut told)
}

/// What becomes of a line in whose place several events stand: all are recorded, or it is refused.
fn both(one: &mut Answer, other: Answer) {
    match (&mut one.response.outcome, other.response.outcome) {
        (Some(Outcome::Recorded(one)), Some(Outcome::Recorded(other))) => one.recorded.extend(other.recorded),
        (one @ Some(Outcome::Recorded(_)), refused) => *one = refused,
        _ => {}
    }
}

async fn judge_together(
    client: &Client,
    mut rest: Vec<Placed>,
    recorded_by: &str,
) -> Result<Vec<Answer>, Failure> {
    let mut answers = Vec::new();
    while !rest.is_empty() {
        let request = pb::RecordRequest {
            events: rest.iter().map(|(_, event)| event.clone()).collect(),
            validate_only: true,
            recorded_by: recorded_by.to_owned(),
            ..pb::RecordRequest::default()
        };
        let status = match client.record().record(request).await {
            Ok(answer) => {
                answers.extend(accepted(&rest, &answer.into_inner()));
                break;
            }
            Err(status) => status,
        };
        let mut refusal = reason::refusal(&status);
        match Reason::from_name(&refusal.reason) {
            Some(Reason::InvalidFields | Reason::FactRefused) => {}
            Some(Reason::PartlyRecorded) => {
                let known = recorded_before(&status);
                let (before, others): (Vec<_>, Vec<_>) =
                    rest.into_iter().partition(|(_, event)| known.contains(&event.event_id.to_lowercase()));
                if before.is_empty() {
                    return Err(failed(&status));
                }
                answers.extend(before.iter().map(|(line, event)| on_record(*line, event)));
                rest = others;
                continue;
            }
            Some(Reason::EventIdReused) => refusal.problems.extend(reused(&status, &rest)),
            // The lines share their stream, so this is about all of them.
            Some(Reason::UnknownAuthority | Reason::AmbiguousAuthority) => {}
            _ => return Err(failed(&status)),
        }
        let (refused, kept) = take_refused(rest, &refusal);
        answers.extend(refused);
        rest = kept;
    }
    Ok(answers)
}

fn accepted(rest: &[Placed], answer: &pb::RecordResponse) -> Vec<Answer> {
    let facts = rest.iter().zip(&answer.recorded);
    let one = |((line, event), fact): (&Placed, &pb::RecordedFact)| {
        let response = pb::RecordResponse { recorded: vec![fact.clone()], ..answer.clone() };
        answered(*line, event, Outcome::Recorded(response))
    };
    facts.map(one).collect()
}

/// A problem at the event whose id is taken.
fn reused(status: &Status, rest: &[Placed]) -> Option<pb::FieldProblem> {
    let id = event_concerned(status)?;
    let index = rest.iter().position(|(_, event)| event.event_id.eq_ignore_ascii_case(&id))?;
    let description = "was recorded before with other content".to_owned();
    Some(pb::FieldProblem { field: format!("events[{index}].event_id"), description, reason: String::new() })
}

fn answered(line: u64, event: &pb::Event, outcome: Outcome) -> Answer {
    let response = pb::RecordStreamResponse { sequence: line, outcome: Some(outcome) };
    Answer { line, event_id: event.event_id.clone(), response }
}

/// Splits off the events that the refusal names; if it names none, it is about all of them.
fn take_refused(rest: Vec<Placed>, refusal: &pb::Refusal) -> (Vec<Answer>, Vec<Placed>) {
    let (mut refused, mut kept) = (Vec::new(), Vec::new());
    for (index, (line, event)) in rest.into_iter().enumerate() {
        let own = format!("events[{index}]");
        let problems: Vec<_> = (refusal.problems.iter())
            .filter(|problem| problem.field.starts_with(&own))
            .map(|problem| pb::FieldProblem {
                field: problem.field.replacen(&own, "events[0]", 1),
                ..problem.clone()
            })
            .collect();
        if problems.is_empty() {
            kept.push((line, event));
        } else {
            refused.push(answered(
                line,
                &event,
                Outcome::Refused(pb::Refusal { problems, ..refusal.clone() }),
            ));
        }
    }
    if refused.is_empty() {
        let all =
            kept.drain(..).map(|(line, event)| answered(line, &event, Outcome::Refused(refusal.clone())));
        refused = all.collect();
    }
    (refused, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(line: u64) -> Placed {
        (line, pb::Event { event_id: format!("event {line}"), ..pb::Event::default() })
    }

    fn problem(field: &str) -> pb::FieldProblem {
        pb::FieldProblem { field: field.into(), description: "is wrong".into(), reason: String::new() }
    }

    #[test]
    fn only_the_lines_that_a_refusal_names_are_left_out() {
        let refusal = pb::Refusal {
            problems: vec![problem("events[1].stream"), problem("events[1].note")],
            ..Default::default()
        };
        let (refused, kept) = take_refused(vec![placed(4), placed(7), placed(9)], &refusal);
        assert_eq!(refused.iter().map(|answer| answer.line).collect::<Vec<_>>(), [7]);
        assert_eq!(kept.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 9]);
        let Some(Outcome::Refused(own)) = &refused[0].response.outcome else { panic!("refused") };
        assert_eq!(own.problems[0].field, "events[0].stream");
    }

    #[test]
    fn a_refusal_that_names_no_line_is_about_all_of_them() {
        let (refused, kept) = take_refused(vec![placed(1), placed(2)], &pb::Refusal::default());
        assert_eq!((refused.len(), kept.len()), (2, 0));
    }
}
