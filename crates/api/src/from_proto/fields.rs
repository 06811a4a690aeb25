//! Reading the fields of one message: each reader names the field and says what would be right.

use std::str::FromStr;

use docket_domain::date::{Date, PartialDate};
use docket_domain::event::{DateRange, Party};
use docket_domain::id::{AuthorityId, EventId, InvalidKey};

use super::problems::Problems;
use super::terms::{Term, choices};
use crate::pb;

/// Longest text, in bytes.
pub const TEXT_LEN_MAX: usize = 10_000;
/// Longest name, title or reference, in bytes.
pub const NAME_LEN_MAX: usize = 1_000;
/// Longest address, in bytes.
pub const URL_LEN_MAX: usize = 2_000;
/// Longest list inside one event.
pub const LIST_LEN_MAX: usize = 200;
/// Hexadecimal digits of a SHA-256.
pub const SHA256_LEN: usize = 64;

/// The fields of one message, at its place in the request.
pub(crate) struct Fields<'a> {
    at: At<'a>,
    problems: &'a mut Problems,
    demands: Demands,
}

/// What is asked of a message beside that it can be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demands {
    /// Whatever is asked of new facts today: lengths, spellings, what has to be filled in.
    Today,
    /// Nothing: it was recorded under the demands of its own day.
    None,
}

/// Whether there are characters that may not stand in text.
fn has_control(text: &str) -> bool {
    // Most text has none of the bytes that such a character begins with.
    let may_be = |byte: u8| !(b' '..0x7f).contains(&byte);
    text.bytes().any(may_be) && text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// The place of a message in a request. It is put into words only where there is a problem.
#[derive(Clone, Copy)]
pub(crate) enum At<'a> {
    /// In words; empty for the request itself.
    Given(&'a str),
    /// A field of the message at a place.
    Field(&'a At<'a>, &'a str),
    /// An item of a list of the message at a place.
    Item(&'a At<'a>, &'a str, usize),
}

impl At<'_> {
    /// The way to a field of the message that is there.
    fn path(&self, field: &str) -> String {
        match self {
            Self::Given(at) => path(at, field),
            Self::Field(within, name) => path(&within.path(name), field),
            Self::Item(within, name, place) => path(&within.path(&format!("{name}[{place}]")), field),
        }
    }
}

/// The way to a field of the message at `at`.
pub(crate) fn path(at: &str, field: &str) -> String {
    match (at.is_empty(), field.is_empty()) {
        (true, _) => field.to_owned(),
        (false, true) => at.to_owned(),
        (false, false) => format!("{at}.{field}"),
    }
}

impl<'a> Fields<'a> {
    /// The fields of the message at `at`; empty for the request itself.
    pub(crate) fn new(at: &'a str, problems: &'a mut Problems, demands: Demands) -> Self {
        Self { at: At::Given(at), problems, demands }
    }

    /// The fields of a message inside this one: `replacement` or `ranges[0]`.
    pub(crate) fn within<'b>(&'b mut self, field: &'b str) -> Fields<'b> {
        Fields { at: At::Field(&self.at, field), problems: self.problems, demands: self.demands }
    }

    /// Says what is wrong with a field.
    pub(crate) fn problem(&mut self, field: &str, description: impl Into<String>) {
        self.problems.add(self.at.path(field), description);
    }

    /// Says what is wrong with a field that can be read all the same; of what is recorded already, nobody asks it.
    pub(crate) fn demand(&mut self, field: &str, description: impl Into<String>) {
        if self.demands == Demands::Today {
            self.problem(field, description);
        }
    }

    /// A text that may be empty.
    pub(crate) fn text(&mut self, field: &str, text: &str) -> String {
        self.bounded(field, text, TEXT_LEN_MAX)
    }

    /// A text that may not be empty.
    pub(crate) fn required_text(&mut self, field: &str, text: &str) -> String {
        self.required(field, text);
        self.text(field, text)
    }

    /// A name, title or reference that may be empty.
    pub(crate) fn name(&mut self, field: &str, text: &str) -> String {
        self.bounded(field, text, NAME_LEN_MAX)
    }

    /// A name, title or reference that may not be empty.
    pub(crate) fn required_name(&mut self, field: &str, text: &str) -> String {
        self.required(field, text);
        self.name(field, text)
    }

    fn required(&mut self, field: &str, text: &str) {
        if text.trim().is_empty() {
            self.demand(field, "is required");
        }
    }

    fn bounded(&mut self, field: &str, text: &str, len_max: usize) -> String {
        if text.len() > len_max {
            let len = text.len();
            self.demand(
                field,
                format!("has {len} bytes; at most {len_max} are kept, leave the rest in the source"),
            );
        } else if self.demands == Demands::Today && has_control(text) {
            self.demand(field, "holds control characters; only line breaks and tabs may stand in text");
        }
        text.to_owned()
    }

    /// An address that may be left out.
    pub(crate) fn url(&mut self, field: &str, url: &str) {
        let fits = url.len() <= URL_LEN_MAX
            && (url.starts_with("https://") || url.starts_with("http://"))
            && !url.contains(|c: char| c.is_whitespace() || c.is_control());
        if !url.is_empty() && !fits {
            self.demand(
                field,
                format!(
                    "is not an address: https:// or http:// and no spaces, at most {URL_LEN_MAX} bytes; or leave it out"
                ),
            );
        }
    }

    /// Texts of which none may be empty.
    pub(crate) fn names(&mut self, field: &str, texts: &[String]) -> Vec<String> {
        self.list(field, texts, |item, text| Some(item.required_name("", text)))
    }

    /// A list of which every item must be readable.
    pub(crate) fn list<T, U>(
        &mut self,
        field: &str,
        items: &[T],
        mut read: impl FnMut(&mut Fields<'_>, &T) -> Option<U>,
    ) -> Vec<U> {
        let len = items.len();
        if len > LIST_LEN_MAX && self.demands == Demands::Today {
            self.problem(field, format!("has {len} items; at most {LIST_LEN_MAX} are read"));
            return Vec::new();
        }
        let mut read_items = Vec::with_capacity(len);
        for (place, item) in items.iter().enumerate() {
            let at = At::Item(&self.at, field, place);
            read_items.extend(read(&mut Fields { at, problems: self.problems, demands: self.demands }, item));
        }
        read_items
    }

    /// Says that a list may not be empty, if it is.
    pub(crate) fn at_least_one<T>(&mut self, field: &str, items: &[T]) {
        if items.is_empty() {
            self.demand(field, "needs at least one item");
        }
    }

    /// A key that must be there.
    pub(crate) fn key<K: FromStr<Err = InvalidKey>>(&mut self, field: &str, text: &str) -> Option<K> {
        text.parse().map_err(|error: InvalidKey| self.problem(field, error.to_string())).ok()
    }

    /// A key that may be left out.
    pub(crate) fn optional_key<K: FromStr<Err = InvalidKey>>(
        &mut self,
        field: &str,
        text: &str,
    ) -> Option<K> {
        if text.is_empty() {
            return None;
        }
        self.key(field, text)
    }

    /// Keys of which none may be empty.
    pub(crate) fn keys<K: FromStr<Err = InvalidKey>>(&mut self, field: &str, texts: &[String]) -> Vec<K> {
        self.list(field, texts, |item, text| item.key("", text))
    }

    /// The id of an event.
    pub(crate) fn event_id(&mut self, field: &str, text: &str) -> Option<EventId> {
        text.parse()
            .map_err(|error: docket_domain::id::InvalidEventId| self.problem(field, error.to_string()))
            .ok()
    }

    /// A member of an enumeration that must be set.
    pub(crate) fn term<T: Term>(&mut self, field: &str, number: i32) -> Option<T> {
        let term = T::read(number);
        if term.is_none() {
            self.problem(field, format!("is one of {}", choices::<T>()));
        }
        term
    }

    /// A member of an enumeration that may be left out.
    pub(crate) fn optional_term<T: Term>(&mut self, field: &str, number: i32) -> Option<T> {
        if number == 0 {
            return None;
        }
        self.term(field, number)
    }

    /// A member of an enumeration that the rules do not read.
    pub(crate) fn unread_term<T: Term>(&mut self, field: &str, number: i32) {
        if number != 0 && T::read(number).is_none() {
            self.demand(field, format!("is one of {}", choices::<T>()));
        }
    }

    /// A date that may be rough or left out.
    pub(crate) fn date(&mut self, field: &str, date: Option<&pb::Date>) -> PartialDate {
        let Some(date) = date else {
            return PartialDate::Unknown;
        };
        match PartialDate::from_parts(date.year, date.month, date.day) {
            Ok(date) => date,
            Err(error) => {
                self.problem(field, error.to_string());
                PartialDate::Unknown
            }
        }
    }

    /// A date that may be rough, and must be there.
    pub(crate) fn required_date(&mut self, field: &str, date: Option<&pb::Date>) -> Option<PartialDate> {
        if date.is_none_or(|date| *date == pb::Date::default()) {
            self.problem(field, "is required: a date, at least its year");
            return None;
        }
        match self.date(field, date) {
            PartialDate::Unknown => None,
            known => Some(known),
        }
    }

    /// A date that must be there to the day.
    pub(crate) fn day(&mut self, field: &str, date: Option<&pb::Date>) -> Option<Date> {
        let parts = date.map_or((0, 0, 0), |date| (date.year, date.month, date.day));
        let day = PartialDate::from_parts(parts.0, parts.1, parts.2).ok().and_then(PartialDate::day);
        if day.is_none() {
            self.problem(field, "is a whole date: year, month and day");
        }
        day
    }

    /// Days from the first to the last, in order.
    pub(crate) fn ranges(&mut self, field: &str, ranges: &[pb::DateRange]) -> Vec<DateRange> {
        self.list(field, ranges, |item, range| {
            let first = item.required_date("first_date", range.first_date.as_ref());
            let last = item.date("last_date", range.last_date.as_ref());
            let first = first?;
            let last = if last == PartialDate::Unknown { first } else { last };
            if last.latest() < first.earliest() {
                item.demand("last_date", format!("is on or after first_date, {first}; it is {last}"));
            }
            Some(DateRange { first, last })
        })
    }

    /// Somebody, by name or as an authority.
    pub(crate) fn party(&mut self, field: &str, party: &pb::Party) -> Option<Party> {
        let mut fields = self.within(field);
        let name = fields.name("name", &party.name);
        let authority = fields.optional_key::<AuthorityId>("authority", &party.authority);
        if name.is_empty() && party.authority.is_empty() {
            fields.demand("name", "is required, where authority is left out");
        }
        Some(Party { name, authority })
    }

    /// Somebody who may be left out.
    pub(crate) fn optional_party(&mut self, field: &str, party: Option<&pb::Party>) -> Option<Party> {
        party.and_then(|party| self.party(field, party))
    }
}
