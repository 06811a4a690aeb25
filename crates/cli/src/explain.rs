//! What is wrong with a line of JSON: every field at once, and what would be right.

use docket_api::{json, pb};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

/// Names listed in full; of more only the nearest is shown.
const NAMES_LISTED_MAX: usize = 12;
/// How alike two names have to be for one to be offered in place of the other.
const LIKENESS_MIN: f64 = 0.75;

/// An event from a line of canonical JSON.
///
/// # Errors
/// Every field that cannot be read; at least one.
pub(crate) fn event(text: &str) -> Result<pb::Event, Vec<pb::FieldProblem>> {
    let error = match json::from_str::<pb::Event>(text) {
        Ok(event) => return Ok(event),
        Err(error) => error,
    };
    let mut problems = Vec::new();
    match serde_json::from_str::<Value>(text) {
        Err(syntax) => problem(&mut problems, "", not_json(&syntax)),
        Ok(value) => message(&mut problems, "", &json::descriptor::<pb::Event>(), &value),
    }
    if problems.is_empty() {
        // Something that the walk above does not look for; the reader's own words have to do.
        let source = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        problem(&mut problems, "", source);
    }
    Err(problems)
}

/// Where JSON breaks. The line is always the first: there is one event a line.
fn not_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    format!("is not JSON at column {}: {}", error.column(), text.trim_end_matches(&place))
}

fn problem(problems: &mut Vec<pb::FieldProblem>, field: &str, description: impl Into<String>) {
    problems.push(pb::FieldProblem {
        field: field.to_owned(),
        description: description.into(),
        reason: String::new(),
    });
}

fn message(problems: &mut Vec<pb::FieldProblem>, at: &str, of: &MessageDescriptor, value: &Value) {
    if of.full_name() == "google.protobuf.Timestamp" {
        if !value.is_string() {
            problem(
                problems,
                at,
                format!("is an instant such as \"2024-05-01T12:00:00Z\", not {}", shape(value)),
            );
        }
        return;
    }
    let Value::Object(members) = value else {
        return problem(problems, at, format!("is {}, not {}", example(of), shape(value)));
    };
    let mut chosen: Option<&str> = None;
    for (name, value) in members {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let Some(field) = of.fields().find(|field| field.json_name() == name || field.name() == name) else {
            problem(problems, &at, unknown(name, of));
            continue;
        };
        if field.containing_oneof().is_some()
            && let Some(earlier) = chosen.replace(name)
        {
            problem(problems, &at, format!("stands beside `{earlier}`: an event has only one of them"));
        }
        member(problems, &at, &field, value);
    }
}

fn member(problems: &mut Vec<pb::FieldProblem>, at: &str, field: &FieldDescriptor, value: &Value) {
    if value.is_null() {
        return;
    }
    if !field.is_list() {
        return single(problems, at, &field.kind(), value);
    }
    let Value::Array(items) = value else {
        return problem(problems, at, format!("is a list in [ ], not {}", shape(value)));
    };
    for (index, item) in items.iter().enumerate() {
        single(problems, &format!("{at}[{index}]"), &field.kind(), item);
    }
}

fn single(problems: &mut Vec<pb::FieldProblem>, at: &str, kind: &Kind, value: &Value) {
    let expected = match kind {
        Kind::Message(of) => return message(problems, at, of, value),
        Kind::Enum(of) => {
            let names: Vec<_> = of
                .values()
                .filter(|value| value.number() != 0)
                .map(|value| value.name().to_owned())
                .collect();
            match value {
                Value::String(text) if names.contains(text) || of.get_value_by_name(text).is_some() => return,
                Value::String(text) => {
                    return problem(problems, at, offer(text, &names, "is not one of its words"));
                }
                Value::Number(number) if number.is_i64() => return,
                _ => format!("one of {}", names.join(", ")),
            }
        }
        Kind::String if value.is_string() => return,
        Kind::String => "text in quotes".to_owned(),
        Kind::Bool if value.is_boolean() => return,
        Kind::Bool => "true or false".to_owned(),
        _ if whole(value) => return,
        _ => "a whole number".to_owned(),
    };
    problem(problems, at, format!("is {expected}, not {}", shape(value)));
}

fn whole(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::String(text) => text.parse::<i128>().is_ok(),
        _ => false,
    }
}

/// What a message looks like.
fn example(of: &MessageDescriptor) -> String {
    match of.full_name() {
        "google.type.Date" => {
            r#"a date such as {"year": 2022, "month": 8, "day": 5}, without the parts that are not known"#
                .to_owned()
        }
        _ => "an object in { }".to_owned(),
    }
}

fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("the text {text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn unknown(name: &str, of: &MessageDescriptor) -> String {
    let names: Vec<_> = of.fields().map(|field| field.json_name().to_owned()).collect();
    offer(name, &names, "is not a field here")
}

/// What `text` was probably meant to be, or everything it can be.
fn offer(text: &str, names: &[String], what: &str) -> String {
    let likeness = |name: &String| strsim::jaro_winkler(&text.to_lowercase(), &name.to_lowercase());
    let nearest = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let wrong = format!("{text:?} {what}");
    match nearest {
        Some(nearest) if likeness(nearest) >= LIKENESS_MIN => format!("{wrong}: did you mean `{nearest}`?"),
        _ if names.len() <= NAMES_LISTED_MAX => format!("{wrong}: there are {}", names.join(", ")),
        _ => format!("{wrong}; `docket record --example KIND` shows what there is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let lines = crate::refusal::problem_lines(&event(text).unwrap_err());
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn every_wrong_field_is_named_with_what_would_be_right() {
        check(
            r#"{"happenedOn":"2022-08-05","sources":{},"improvementNoticeIsued":{},"confidence":"OFFICIAL","note":3}"#,
            expect![[r#"
                confidence: "OFFICIAL" is not one of its words: there are CONFIDENCE_OFFICIAL, CONFIDENCE_SECONDARY, CONFIDENCE_INFERRED
                happenedOn: is a date such as {"year": 2022, "month": 8, "day": 5}, without the parts that are not known, not the text "2022-08-05"
                improvementNoticeIsued: "improvementNoticeIsued" is not a field here: did you mean `improvementNoticeIssued`?
                note: is text in quotes, not 3
                sources: is a list in [ ], not an object"#]],
        );
    }

    #[test]
    fn an_event_has_one_body() {
        check(
            r#"{"obligationMet":{},"instrumentExpired":{"instrument":"x"}}"#,
            expect!["obligationMet: stands beside `instrumentExpired`: an event has only one of them"],
        );
    }

    #[test]
    fn nested_fields_are_named_by_their_way() {
        check(
            r#"{"judgementsMade":{"inspection":"a","judgements":[{"kind":"JUDGEMENT_KIND_LEADERS","grade":"GRADE_BAD"}]}}"#,
            expect![[
                r#"judgementsMade.judgements[0].grade: "GRADE_BAD" is not one of its words: did you mean `GRADE_GOOD`?"#
            ]],
        );
    }

    #[test]
    fn what_is_no_json_says_where_it_breaks() {
        check(r#"{"eventId": "x",}"#, expect!["is not JSON at column 17: trailing comma"]);
    }
}
