//! A message altered in every way that one field at a time allows.

use prost_reflect::{DynamicMessage, Value};

/// The message with each field in turn altered, and each left out; of lists at most six items.
pub(crate) fn alter(message: &DynamicMessage, at: &str, found: &mut dyn FnMut(String, DynamicMessage)) {
    for (field, value) in message.fields() {
        let path = if at.is_empty() { field.name().to_owned() } else { format!("{at}.{}", field.name()) };
        let mut without = message.clone();
        without.clear_field(&field);
        found(format!("{path} (left out)"), without);
        let mut with = |path: String, value: Value| {
            let mut altered = message.clone();
            altered.set_field(&field, value);
            found(path, altered);
        };
        match value {
            Value::List(items) => {
                for number in (0..items.len()).step_by(items.len().div_ceil(6)) {
                    let replaced = |item: Value| {
                        let mut items = items.clone();
                        items[number] = item;
                        Value::List(items)
                    };
                    let path = format!("{path}[{number}]");
                    values(&items[number], &path, &mut |path, item| with(path, replaced(item)));
                }
            }
            value => values(value, &path, &mut with),
        }
    }
}

/// The value altered, in one place at a time.
fn values(value: &Value, path: &str, found: &mut dyn FnMut(String, Value)) {
    match value {
        Value::Message(inner) => {
            alter(inner, path, &mut |path, inner| found(path, Value::Message(inner)));
        }
        value => found(path.to_owned(), other(value)),
    }
}

/// Another value of the same type.
fn other(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        Value::I32(value) => Value::I32(value + 1),
        Value::I64(value) => Value::I64(value + 1),
        Value::U32(value) => Value::U32(value + 1),
        Value::U64(value) => Value::U64(value + 1),
        Value::EnumNumber(value) => Value::EnumNumber(value + 1),
        Value::String(value) => Value::String(format!("{value}x")),
        Value::Bytes(value) => {
            let mut bytes = value.to_vec();
            bytes.get_mut(value.len() / 2).into_iter().for_each(|byte| *byte ^= 1);
            Value::Bytes(bytes.into())
        }
        value => panic!("{value:?} is in no bundle"),
    }
}
