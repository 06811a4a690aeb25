//! In which fields two answers differ.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

use crate::{json, pb};

/// Every field in which the answers differ, in the order of the proto. Which answer it is (`as_of`) is not compared.
///
/// Items of lists are named by what they are, not by their place; one that is new or gone is one change.
#[must_use]
pub fn changes<S: prost::Message + prost::Name>(
    before: Option<&S>,
    after: Option<&S>,
) -> Vec<pb::FieldChange> {
    let value = |status: Option<&S>| match status.map(json::to_value) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (mut before, mut after) = (value(before), value(after));
    before.remove("asOf");
    after.remove("asOf");
    let mut found = Vec::new();
    compare(&json::descriptor::<S>(), "", (&before, &after), &mut found);
    found
}

/// Every field that an answer has, with its value in canonical JSON: each by itself, and before them the part that they are of.
#[must_use]
pub fn fields<S: prost::Message + prost::Name>(status: &S) -> Vec<pb::ExplainedField> {
    let Value::Object(mut values) = json::to_value(status) else { return Vec::new() };
    values.remove("asOf");
    let mut found = Vec::new();
    list(&json::descriptor::<S>(), "", &values, &mut found);
    found
}

/// Lists what a message at a place has. What is left out has the value of its kind that says nothing, and is listed where it is no message.
fn list(
    message: &MessageDescriptor,
    at: &str,
    values: &Map<String, Value>,
    found: &mut Vec<pb::ExplainedField>,
) {
    for field in message.fields() {
        let path = match at {
            "" => field.name().to_owned(),
            _ => format!("{at}.{}", field.name()),
        };
        let mut add = |path: String, value: String| found.push(pb::ExplainedField { field: path, value });
        let Some(value) = values.get(field.json_name()) else {
            // A part of the answer that has nothing in it is a part all the same.
            let is_part = at.is_empty() && field.name() != "as_of";
            if is_part || (!matches!(field.kind(), Kind::Message(_)) && !field.is_list()) {
                add(path, String::new());
            }
            continue;
        };
        add(path.clone(), value.to_string());
        match (parts(&field), value) {
            (Some(inner), _) if field.is_list() => {
                for (key, item) in keyed(&inner, Some(value)) {
                    let path = format!("{path}[{key}]");
                    found.push(pb::ExplainedField { field: path.clone(), value: item.to_string() });
                    if let Value::Object(values) = item {
                        list(&inner, &path, values, found);
                    }
                }
            }
            (Some(inner), Value::Object(values)) => list(&inner, &path, values, found),
            _ => {}
        }
    }
}

/// Whether two fields of changes are the same, or one is a part of the other.
#[must_use]
pub fn touch(one: &str, other: &str) -> bool {
    let within = |one: &str, other: &str| {
        one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(one, other) || within(other, one)
}

/// Compares two messages of one kind at the same place.
fn compare(
    message: &MessageDescriptor,
    at: &str,
    (before, after): (&Map<String, Value>, &Map<String, Value>),
    found: &mut Vec<pb::FieldChange>,
) {
    // By the number of the field, which is the order in the proto.
    for field in message.fields() {
        let (before, after) = (before.get(field.json_name()), after.get(field.json_name()));
        if before == after {
            continue;
        }
        let path = match at {
            "" => field.name().to_owned(),
            _ => format!("{at}.{}", field.name()),
        };
        match parts(&field) {
            Some(inner) if field.is_list() => compare_lists(&inner, &path, (before, after), found),
            Some(inner) => compare_values(Some(&inner), &path, (before, after), found),
            None => compare_values(None, &path, (before, after), found),
        }
    }
}

/// The message that a field holds, where its parts are compared one by one.
fn parts(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let Kind::Message(inner) = field.kind() else {
        return None;
    };
    let ours = inner.package_name() == "docket.v1";
    (ours && (!field.is_list() || key_fields(inner.name()).is_some())).then_some(inner)
}

/// What names an item of a list among the others: the first group of fields of which one is filled in.
fn key_fields(message: &str) -> Option<&'static [&'static [&'static str]]> {
    match message {
        "Instrument" => Some(&[&["instrument"]]),
        "Obligation" => Some(&[&["obligation"]]),
        "InspectionSummary" => Some(&[&["inspection"]]),
        "Delivery" => Some(&[&["arrangement"]]),
        "ProfileGrade" => Some(&[&["kind"]]),
        "Case" => Some(&[&["number"]]),
        "PriorityAction" => Some(&[&["inspection", "reference"]]),
        "NextDue" => Some(&[&["obligation"], &["instrument"], &["what"]]),
        "Uncertainty" => Some(&[&["event_id"]]),
        "Suspension" => Some(&[&["suspension"]]),
        "Exemption" => Some(&[&["exemption"]]),
        "Concern" => Some(&[&["concern"]]),
        "Measure" => Some(&[&["measure"]]),
        "MeasureStep" => Some(&[&["reference"]]),
        "Requirement" | "Recommendation" => Some(&[&["inspection", "reference"]]),
        _ => None,
    }
}

fn compare_values(
    inner: Option<&MessageDescriptor>,
    path: &str,
    (before, after): (Option<&Value>, Option<&Value>),
    found: &mut Vec<pb::FieldChange>,
) {
    if let (Some(inner), Some(Value::Object(before)), Some(Value::Object(after))) = (inner, before, after) {
        return compare(inner, path, (before, after), found);
    }
    let text = |value: Option<&Value>| value.map(Value::to_string).unwrap_or_default();
    if before != after {
        found.push(pb::FieldChange {
            field: path.to_owned(),
            from_value: text(before),
            to_value: text(after),
            causes: Vec::new(),
        });
    }
}

/// Compares two lists item by item: those before in their order, then those that are new.
fn compare_lists(
    item: &MessageDescriptor,
    path: &str,
    (before, after): (Option<&Value>, Option<&Value>),
    found: &mut Vec<pb::FieldChange>,
) {
    let (before, after) = (keyed(item, before), keyed(item, after));
    for (key, value) in &before {
        compare_values(Some(item), &format!("{path}[{key}]"), (Some(*value), get(&after, key)), found);
    }
    for (key, value) in &after {
        if get(&before, key).is_none() {
            compare_values(Some(item), &format!("{path}[{key}]"), (None, Some(*value)), found);
        }
    }
}

fn get<'v>(items: &[(String, &'v Value)], key: &str) -> Option<&'v Value> {
    items.iter().find(|item| item.0 == key).map(|item| item.1)
}

/// The items of a list with their keys; a key that is there twice gets a number.
fn keyed<'v>(item: &MessageDescriptor, list: Option<&'v Value>) -> Vec<(String, &'v Value)> {
    let mut items: Vec<(String, &Value)> = Vec::new();
    for value in list.and_then(Value::as_array).into_iter().flatten() {
        let key = key(item, value);
        let (mut unique, mut count) = (key.clone(), 1_usize);
        while get(&items, &unique).is_some() {
            count += 1;
            unique = format!("{key}#{count}");
        }
        items.push((unique, value));
    }
    items
}

fn key(item: &MessageDescriptor, value: &Value) -> String {
    let words = |fields: &&[&str]| -> Vec<String> {
        fields
            .iter()
            .filter_map(|name| item.get_field_by_name(name))
            .filter_map(|field| word(&field, value.get(field.json_name())?))
            .collect()
    };
    key_fields(item.name())
        .into_iter()
        .flatten()
        .map(words)
        .find(|words| !words.is_empty())
        .unwrap_or_default()
        .join("/")
}

/// One part of a key: text as it is, a member of an enumeration by its short name in lower case.
fn word(field: &FieldDescriptor, value: &Value) -> Option<String> {
    match (field.kind(), value) {
        (Kind::Enum(members), Value::String(name)) => {
            let unspecified = members.get_value(0)?.name().to_owned();
            let prefix = unspecified.strip_suffix("UNSPECIFIED")?;
            Some(name.strip_prefix(prefix)?.to_ascii_lowercase())
        }
        (_, Value::String(text)) => Some(text.clone()),
        (_, other) => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn status(edit: impl FnOnce(&mut pb::AuthorityStatus)) -> pb::AuthorityStatus {
        let grade = pb::ProfileGrade {
            kind: pb::JudgementKind::Leaders.into(),
            grade: pb::Grade::Good.into(),
            ..Default::default()
        };
        let mut status = pb::AuthorityStatus {
            as_of: Some(pb::AsOf::default()),
            profile: Some(pb::JudgementProfile {
                inspected: true,
                grades: vec![grade],
                ..Default::default()
            }),
            instruments: vec![instrument("direction-2019-06-04"), instrument("notice-2022-08-05")],
            ..Default::default()
        };
        edit(&mut status);
        status
    }

    fn instrument(key: &str) -> pb::Instrument {
        pb::Instrument {
            instrument: key.to_owned(),
            standing: pb::Standing::InForce.into(),
            ..Default::default()
        }
    }

    #[track_caller]
    fn check(edit: impl FnOnce(&mut pb::AuthorityStatus), expected: Expect) {
        let found = changes(Some(&status(|_| ())), Some(&status(edit)));
        let lines: Vec<String> =
            found.iter().map(|c| format!("{}: {} -> {}\n", c.field, c.from_value, c.to_value)).collect();
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn the_same_answer_at_another_place_in_the_log_has_no_changes() {
        check(
            |status| status.as_of = Some(pb::AsOf { known_position: 7, ..Default::default() }),
            expect![""],
        );
    }

    #[test]
    fn a_field_of_a_listed_item_is_named_by_the_key_of_the_item() {
        check(
            |status| {
                status.instruments[0].standing = pb::Standing::Ended.into();
                status.instruments[0].rests_on = vec!["a".into(), "b".into()];
                status.instruments.reverse();
                status.profile.as_mut().unwrap().grades[0].grade = pb::Grade::Inadequate.into();
            },
            expect![[r#"
                profile.grades[leaders].grade: "GRADE_GOOD" -> "GRADE_INADEQUATE"
                instruments[direction-2019-06-04].standing: "STANDING_IN_FORCE" -> "STANDING_ENDED"
                instruments[direction-2019-06-04].rests_on:  -> ["a","b"]
            "#]],
        );
    }

    #[test]
    fn an_item_that_is_new_or_gone_is_one_change() {
        check(
            |status| {
                status.instruments.remove(0);
                status.open_case = Some(pb::Case { number: 1, ..Default::default() });
                status.cases = status.open_case.iter().cloned().collect();
                let due = |what: &str| pb::NextDue {
                    what: what.into(),
                    instrument: "notice-2022-08-05".into(),
                    ..Default::default()
                };
                status.next_due = vec![due("review"), due("end")];
            },
            expect![[r#"
                instruments[direction-2019-06-04]: {"instrument":"direction-2019-06-04","standing":"STANDING_IN_FORCE"} -> 
                open_case:  -> {"number":1}
                cases[1]:  -> {"number":1}
                next_due[notice-2022-08-05]:  -> {"instrument":"notice-2022-08-05","what":"review"}
                next_due[notice-2022-08-05#2]:  -> {"instrument":"notice-2022-08-05","what":"end"}
            "#]],
        );
    }

    #[test]
    fn an_answer_against_none_names_every_field_that_it_has() {
        let found = changes(None, Some(&status(|_| ())));
        let fields: Vec<&str> = found.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(
            fields,
            ["profile", "instruments[direction-2019-06-04]", "instruments[notice-2022-08-05]"]
        );
        assert_eq!(changes::<pb::AuthorityStatus>(None, None), []);
    }
}
