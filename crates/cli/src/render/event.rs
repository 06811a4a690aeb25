//! Events in a line: which kind, about what.

use docket_api::{json, pb};
use prost_reflect::{DynamicMessage, Kind, ReflectMessage, Value};

use super::words::{field_words, wire_words};
use crate::when::Day;

/// Longest text of one field in a gist; more is cut.
const FIELD_CHARS_MAX: usize = 90;
/// Most items of a list in a gist; more are counted.
const LIST_ITEMS_MAX: usize = 12;

/// An event as it can be walked through without naming its kind.
pub(crate) struct Body {
    /// "improvement_notice_issued"; empty where there is none.
    pub(crate) kind: String,
    message: Option<DynamicMessage>,
    /// Beside the body.
    published: Option<pb::Date>,
}

impl Body {
    /// The body of an event.
    pub(crate) fn of(event: &pb::Event) -> Self {
        let mut dynamic = DynamicMessage::new(json::descriptor::<pb::Event>());
        // The bytes of an event are those of the same message, so this cannot fail; if it did, the body would show as empty.
        let _complete = dynamic.transcode_from(event);
        let body = dynamic.fields().find_map(|(field, value)| match (field.containing_oneof(), value) {
            (Some(_), Value::Message(message)) => Some((field.name().to_owned(), message.clone())),
            _ => None,
        });
        let published = event.published_date;
        body.map_or(Self { kind: String::new(), message: None, published }, |(kind, message)| Self {
            kind,
            message: Some(message),
            published,
        })
    }

    /// The kind in words.
    pub(crate) fn title(&self) -> String {
        if self.kind.is_empty() { "nothing".to_owned() } else { field_words(&self.kind) }
    }

    /// What its fields say, in the order of the wire.
    pub(crate) fn gist(&self) -> String {
        let published = self.published.map(|date| format!("published {}", Day(Some(&date))));
        let parts = self.message.as_ref().map(gist).into_iter().chain(published);
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

fn gist(message: &DynamicMessage) -> String {
    let mut parts = Vec::new();
    for (field, value) in message.fields() {
        let value = value_words(value, &field.kind());
        if value.is_empty() || field.name() == "url" {
            continue;
        }
        let name = field_words(field.name().trim_end_matches("_date"));
        // The key of what the event is about speaks for itself, and so does a kind; the rest needs its name.
        let own = matches!(field.number(), 1) || field.name() == "kind" || field.name() == "domain";
        parts.push(match value.as_str() {
            "yes" => name,
            _ if own => value,
            _ => format!("{name} {value}"),
        });
    }
    parts.join(", ")
}

fn value_words(value: &Value, kind: &Kind) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => String::new(),
        Value::String(text) => shorten(text),
        Value::EnumNumber(number) => enum_words(*number, kind),
        Value::Message(message) => message_words(message),
        Value::List(values) => {
            let mut items: Vec<_> =
                values.iter().take(LIST_ITEMS_MAX).map(|item| value_words(item, kind)).collect();
            if LIST_ITEMS_MAX < values.len() {
                items.push(format!("and {} more", values.len() - LIST_ITEMS_MAX));
            }
            items.join("; ")
        }
        Value::I32(number) => number.to_string(),
        Value::U32(number) => number.to_string(),
        Value::U64(number) => number.to_string(),
        Value::Bytes(bytes) => {
            bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>() + "…"
        }
        Value::I64(_) | Value::F32(_) | Value::F64(_) | Value::Map(_) => value.to_string(),
    }
}

fn enum_words(number: i32, kind: &Kind) -> String {
    let name = match kind {
        Kind::Enum(of) => of.get_value(number).map(|member| member.name().to_owned()),
        _ => None,
    };
    name.map_or_else(|| format!("unknown ({number})"), |name| wire_words(&name).unwrap_or(name))
}

fn message_words(message: &DynamicMessage) -> String {
    match message.descriptor().full_name() {
        "google.type.Date" => {
            let date: Option<pb::Date> = message.transcode_to().ok();
            Day(date.as_ref()).to_string()
        }
        "docket.v1.Event" => {
            let event: pb::Event = message.transcode_to().unwrap_or_default();
            let body = Body::of(&event);
            format!("({} on {}: {})", body.title(), Day(event.happened_on.as_ref()), body.gist())
        }
        "docket.v1.Judgement" => {
            let judgement: pb::Judgement = message.transcode_to().unwrap_or_default();
            let kind = super::words::words::<pb::JudgementKind>(judgement.kind);
            format!("{kind} {}", super::words::words::<pb::Grade>(judgement.grade))
        }
        "docket.v1.DateRange" => {
            let range: pb::DateRange = message.transcode_to().unwrap_or_default();
            range_words(&range)
        }
        // `docket policy --known-at` prints all of it.
        "docket.v1.PolicyPriorities" => {
            let table: pb::PolicyPriorities = message.transcode_to().unwrap_or_default();
            format!("{} ({} criteria)", table.name, table.rules.len())
        }
        // Every stream that grew has one; a proof prints it.
        "docket.v1.StreamHead" => {
            let head: pb::StreamHead = message.transcode_to().unwrap_or_default();
            format!("{} @{}", head.stream, head.revision)
        }
        "docket.v1.PolicyBasis" => {
            let basis: pb::PolicyBasis = message.transcode_to().unwrap_or_default();
            super::words::words::<pb::RuleMark>(basis.mark)
        }
        _ => gist(message),
    }
}

/// Days on site: `14 Nov 2022 to 25 Nov 2022`, or the one day.
pub(crate) fn range_words(range: &pb::DateRange) -> String {
    let first = Day(range.first_date.as_ref()).to_string();
    match &range.last_date {
        Some(last) if range.last_date != range.first_date => format!("{first} to {}", Day(Some(last))),
        _ => first,
    }
}

fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= FIELD_CHARS_MAX {
        return line;
    }
    let cut: String = line.chars().take(FIELD_CHARS_MAX - 1).collect();
    format!("{}…", cut.trim_end())
}

/// The first eight digits of an event id: enough to find it by.
pub(crate) fn short_id(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(event: &str, expected: Expect) {
        let event: pb::Event = json::from_str(event).unwrap();
        let body = Body::of(&event);
        expected.assert_eq(&format!("{}: {}", body.title(), body.gist()));
    }

    #[test]
    fn an_event_is_told_in_a_line_whatever_its_kind() {
        check(
            r#"{"improvementNoticeIssued":{"instrument":"notice-2022-08-05","domain":"SERVICE_DOMAIN_CHILDRENS_SOCIAL_CARE","publishedDate":{"year":2022,"month":8,"day":5},"replaces":"direction-2020-03"}}"#,
            expect![
                "improvement notice issued: notice-2022-08-05, children's social care, published 5 Aug 2022, replaces direction-2020-03"
            ],
        );
        check(
            r#"{"judgementsMade":{"inspection":"sif-2014-11-18","kind":"INSPECTION_KIND_SIF","judgements":[{"kind":"JUDGEMENT_KIND_OVERALL_EFFECTIVENESS","grade":"GRADE_GOOD"},{"kind":"JUDGEMENT_KIND_SIF_ADOPTION","grade":"GRADE_INADEQUATE"}]}}"#,
            expect![
                "judgements made: sif-2014-11-18, SIF, judgements overall effectiveness good; SIF adoption inadequate"
            ],
        );
        check(
            r#"{"fieldworkRecorded":{"inspection":"i","kind":"INSPECTION_KIND_FOCUSED_VISIT","ranges":[{"firstDate":{"year":2021,"month":10,"day":5},"lastDate":{"year":2021,"month":10,"day":6}}],"unpublished":true}}"#,
            expect!["fieldwork recorded: i, focused visit, ranges 5 Oct 2021 to 6 Oct 2021, unpublished"],
        );
        check(
            r#"{"publishedDate":{"year":2022,"month":8},"instrumentExpired":{"instrument":"notice-2022-08-05"}}"#,
            expect!["instrument expired: notice-2022-08-05, published Aug 2022"],
        );
        let changed: Vec<String> = (1..=14)
            .map(|number| {
                format!(r#"{{"stream":"authority/a{number}","revision":"{number}","leafHash":"AAAA"}}"#)
            })
            .collect();
        check(
            &format!(
                r#"{{"headsRecorded":{{"throughPosition":"9","headsRoot":"AQIDBAU=","changed":[{}]}}}}"#,
                changed.join(",")
            ),
            expect![
                "heads recorded: 9, heads root 01020304…, changed authority/a1 @1; authority/a2 @2; authority/a3 @3; authority/a4 @4; authority/a5 @5; authority/a6 @6; authority/a7 @7; authority/a8 @8; authority/a9 @9; authority/a10 @10; authority/a11 @11; authority/a12 @12; and 2 more"
            ],
        );
        check("{}", expect!["nothing: "]);
    }
}
