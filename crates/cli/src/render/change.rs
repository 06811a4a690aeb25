//! What differs between two answers: fields, and their values in words.

use comfy_table::Cell;
use docket_api::pb;
use serde_json::{Map, Value};

use super::Style;
use super::event::short_id;
use super::table::text;
use super::words::{field_words, wire_words, words as term_words};
use crate::when::Day;

/// Of a whole thing that came or went, what is shown of it, in this order.
const TELLING: &[&str] = &[
    "grade",
    "standing",
    "state",
    "fromDate",
    "toDate",
    "endedHow",
    "replacedBy",
    "dueStatedDate",
    "dueComputedDate",
    "dueEstimatedDate",
    "publishedDate",
    "openedDate",
    "closedDate",
    "body",
    "text",
    "description",
];

/// Changes worth a line: those of what is said, and not only of what it rests on. With how many were left out.
pub(crate) fn told(style: Style, changes: &[pb::FieldChange]) -> (Vec<&pb::FieldChange>, usize) {
    let told: Vec<_> = changes.iter().filter(|change| style.why || is_said(&change.field)).collect();
    let untold = changes.len() - told.len();
    (told, untold)
}

/// Whether a field says something that no other one does: the ids of events, the words as printed and the list of what
/// is next do not.
fn is_said(field: &str) -> bool {
    let last = field.rsplit('.').next().unwrap_or(field);
    !matches!(last, "rests_on" | "details_rest_on" | "raw_text" | "rule" | "legal_basis")
        && !field.starts_with("next_due[")
}

/// The field and the two values.
pub(crate) fn cells(style: Style, change: &pb::FieldChange) -> [Cell; 3] {
    let value = |json: &str| text(words(style, json));
    [text(change.field.clone()), value(&change.from_value), value(&change.to_value)]
}

/// What made the difference, with the events by which it did.
pub(crate) fn because(change: &pb::FieldChange) -> Cell {
    let cause = |cause: &pb::ChangeCause| {
        let ids: Vec<_> = cause.event_ids.iter().map(|id| short_id(id)).collect();
        format!("{} {}", term_words::<pb::ChangeReason>(cause.reason), ids.join(" ")).trim_end().to_owned()
    };
    text(change.causes.iter().map(cause).collect::<Vec<_>>().join("; "))
}

/// A value of canonical JSON in words.
pub(crate) fn words(style: Style, json: &str) -> String {
    if json.is_empty() {
        return "nothing".to_owned();
    }
    serde_json::from_str(json).map_or_else(|_| json.to_owned(), |value| of_value(style, &value))
}

fn of_value(style: Style, value: &Value) -> String {
    match value {
        Value::String(text) => wire_words(text).unwrap_or_else(|| text.clone()),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) if items.is_empty() => "nothing".to_owned(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| of_value(style, item)).collect();
            items.join("; ")
        }
        Value::Object(fields) => {
            date(fields).map_or_else(|| of_fields(style, fields), |date| Day(Some(&date)).to_string())
        }
        Value::Null => "nothing".to_owned(),
        Value::Number(number) => number.to_string(),
    }
}

fn of_fields(style: Style, fields: &Map<String, Value>) -> String {
    let telling: Vec<_> = TELLING.iter().filter_map(|name| Some((*name, fields.get(*name)?))).collect();
    if style.why || telling.is_empty() {
        let all: Vec<_> =
            fields.iter().map(|(name, value)| format!("{name} {}", of_value(style, value))).collect();
        return all.join(", ");
    }
    let part = |(name, value): (&str, &Value)| {
        let value = of_value(style, value);
        match name {
            "grade" | "standing" | "state" | "endedHow" | "text" | "description" => value,
            _ => format!("{} {value}", label(name)),
        }
    };
    telling.into_iter().map(part).collect::<Vec<_>>().join(", ")
}

/// `dueComputedDate` as `due computed`.
fn label(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.trim_end_matches("Date").chars() {
        if letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    field_words(&snake)
}

/// A date, where the fields are those of one; one of which nothing is known has none.
fn date(fields: &Map<String, Value>) -> Option<pb::Date> {
    let mut date = pb::Date::default();
    for (name, value) in fields {
        let number = i32::try_from(value.as_i64()?).ok()?;
        match name.as_str() {
            "year" => date.year = number,
            "month" => date.month = number,
            "day" => date.day = number,
            _ => return None,
        }
    }
    Some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_change_are_told_in_words() {
        let told = |json| words(Style::plain(), json);
        assert_eq!(told(r#""STANDING_IN_FORCE""#), "in force");
        assert_eq!(told(r#"{"year":2022,"month":8}"#), "Aug 2022");
        assert_eq!(told("{}"), "unknown day");
        assert_eq!(told(r#"["a","b"]"#), "a; b");
        assert_eq!(told(""), "nothing");
        assert_eq!(told("true"), "yes");
    }

    #[test]
    fn of_a_whole_thing_only_what_tells_is_told() {
        let obligation = r#"{"state":"OBLIGATION_STATE_OPEN","dueEstimatedDate":{"year":2014,"month":3,"day":28},"periodLength":30}"#;
        assert_eq!(words(Style::plain(), obligation), "open, due estimated 28 Mar 2014");
        assert!(words(Style::plain().why(true), obligation).contains("periodLength 30"));
    }

    #[test]
    fn what_a_thing_rests_on_is_only_counted_unless_asked_why() {
        let change = |field: &str| pb::FieldChange { field: field.into(), ..pb::FieldChange::default() };
        let changes =
            [change("profile.grades[leaders].grade"), change("profile.rests_on"), change("next_due[x]")];
        let (shown, left_out) = told(Style::plain(), &changes);
        assert_eq!((shown.len(), left_out), (1, 2));
        assert_eq!(told(Style::plain().why(true), &changes).1, 0);
    }
}
