//! Days and instants: how people write them on a command line, and how they read them.

use std::fmt;
use std::str::FromStr;

use docket_api::pb;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

/// The day on which it is asked, in London.
pub(crate) fn today() -> Date {
    Zoned::now().with_time_zone(london()).date()
}

fn london() -> TimeZone {
    // The zone data is part of the binary, so the second arm is never taken.
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// Reads `--effective`: `YYYY-MM-DD` or `today`.
pub(crate) fn parse_day(text: &str) -> Result<Date, String> {
    if text == "today" {
        return Ok(today());
    }
    Date::from_str(text).map_err(|_| {
        format!("`{text}` is not a day: write it as YYYY-MM-DD, for example 2022-08-05, or `today`")
    })
}

/// How much was known: everything up to an instant or a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownAt {
    /// Recorded today, whose end has not come yet: everything.
    Today,
    /// Recorded by then.
    Time(Timestamp),
    /// Recorded up to this position.
    Position(u64),
}

impl FromStr for KnownAt {
    type Err = String;

    /// Reads an instant in RFC 3339, a civil day in London (to its end), or a position as `@1234`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(position) = text.strip_prefix('@') {
            return match position.parse() {
                Ok(position) if position > 0 => Ok(Self::Position(position)),
                _ => {
                    Err(format!("`{text}` is not a position: write @ and a number from 1, for example @1234"))
                }
            };
        }
        if let Ok(day) = Date::from_str(text)
            && !text.contains([':', 'T', 't'])
        {
            if day == today() {
                return Ok(Self::Today);
            }
            return end_of(day).map(Self::Time).ok_or_else(|| format!("`{text}` is too far away"));
        }
        Timestamp::from_str(text).map(Self::Time).map_err(|_| {
            format!(
                "`{text}` is neither an instant (2024-05-01T12:00:00Z), nor a day in London (2024-05-01: up to its \
                 end), nor a position (@1234)"
            )
        })
    }
}

/// Reads an instant in RFC 3339, or a civil day in London: its beginning.
pub(crate) fn parse_beginning(text: &str) -> Result<Timestamp, String> {
    let midnight = Date::from_str(text).ok().filter(|_| !text.contains([':', 'T', 't']));
    let midnight = midnight.and_then(|day| day.to_zoned(london()).ok()).map(|zoned| zoned.timestamp());
    midnight.or_else(|| Timestamp::from_str(text).ok()).ok_or_else(|| {
        format!("`{text}` is neither an instant (2024-05-01T12:00:00Z) nor a day in London (2024-05-01: from its beginning)")
    })
}

/// The last nanosecond of a day in London.
fn end_of(day: Date) -> Option<Timestamp> {
    let midnight = day.tomorrow().ok()?.to_zoned(london()).ok()?;
    midnight.timestamp().checked_sub(1.nanosecond()).ok()
}

/// The day in London on which an instant falls.
pub(crate) fn day_of(time: Timestamp) -> Date {
    time.to_zoned(london()).date()
}

/// A day for the wire.
pub(crate) fn to_pb(day: Date) -> pb::Date {
    pb::Date { year: day.year().into(), month: day.month().into(), day: day.day().into() }
}

/// A whole day from the wire.
pub(crate) fn from_pb(date: Option<&pb::Date>) -> Option<Date> {
    let date = date?;
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?)
        .ok()
}

/// An instant for the wire.
pub(crate) fn time_to_pb(time: Timestamp) -> prost_types::Timestamp {
    // jiff counts a time before 1970 with both parts negative; the wire wants nanos from 0.
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    if nanos < 0 {
        prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 }
    } else {
        prost_types::Timestamp { seconds, nanos }
    }
}

/// Months as people read them here.
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A day as people read it: `5 Aug 2022`, `Aug 2018`, `2018`, or `unknown day`.
pub(crate) struct Day<'a>(pub(crate) Option<&'a pb::Date>);

impl fmt::Display for Day<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(date) = self.0.filter(|date| date.year != 0) else {
            return f.write_str("unknown day");
        };
        let month = usize::try_from(date.month - 1).ok().and_then(|month| MONTHS.get(month));
        match month {
            Some(month) if date.day != 0 => write!(f, "{} {month} {}", date.day, date.year),
            Some(month) => write!(f, "{month} {}", date.year),
            None => write!(f, "{}", date.year),
        }
    }
}

/// A whole day as people read it.
pub(crate) fn day(date: Date) -> String {
    Day(Some(&to_pb(date))).to_string()
}

/// An instant as people in London read it: `5 Aug 2022 13:30:05 BST`.
pub(crate) fn london_time(time: Option<&prost_types::Timestamp>) -> String {
    let instant = time.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok());
    instant.map_or_else(
        || "unknown time".to_owned(),
        |instant| instant.to_zoned(london()).strftime("%-d %b %Y %H:%M:%S %Z").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn known(text: &str) -> String {
        match text.parse::<KnownAt>().unwrap() {
            KnownAt::Today => "today".to_owned(),
            KnownAt::Time(time) => time.to_string(),
            KnownAt::Position(position) => format!("@{position}"),
        }
    }

    #[test]
    fn a_known_day_lasts_until_midnight_in_london() {
        assert_eq!(known("2024-01-15"), "2024-01-15T23:59:59.999999999Z");
        assert_eq!(known("2024-07-15"), "2024-07-15T22:59:59.999999999Z");
    }

    #[test]
    fn a_day_begins_at_midnight_in_london() {
        assert_eq!(parse_beginning("2024-07-15").unwrap().to_string(), "2024-07-14T23:00:00Z");
        assert_eq!(parse_beginning("2024-07-15T12:00:00Z").unwrap().to_string(), "2024-07-15T12:00:00Z");
        assert!(parse_beginning("15/7/2024").unwrap_err().contains("2024-05-01"));
    }

    #[test]
    fn today_has_no_end_yet() {
        assert_eq!(known(&today().to_string()), "today");
    }

    #[test]
    fn an_instant_and_a_position_are_read_as_they_stand() {
        assert_eq!(known("2024-07-15T12:00:00+01:00"), "2024-07-15T11:00:00Z");
        assert_eq!(known("@1234"), "@1234");
    }

    #[test]
    fn what_is_neither_is_refused_with_an_example() {
        for text in ["@0", "@x", "yesterday", "2024-13-01", "2024-07-15T12:00:00"] {
            let error = text.parse::<KnownAt>().unwrap_err();
            assert!(error.contains(text) && error.contains('@'), "{error}");
        }
        assert!(parse_day("5/8/2022").unwrap_err().contains("YYYY-MM-DD"));
    }

    #[test]
    fn a_rough_date_shows_no_more_than_is_known() {
        let show = |year, month, day| Day(Some(&pb::Date { year, month, day })).to_string();
        assert_eq!(show(2022, 8, 5), "5 Aug 2022");
        assert_eq!(show(2018, 8, 0), "Aug 2018");
        assert_eq!(show(2018, 0, 0), "2018");
        assert_eq!(show(0, 0, 0), "unknown day");
        assert_eq!(Day(None).to_string(), "unknown day");
    }

    #[test]
    fn people_read_london_time() {
        let noon = time_to_pb("2022-08-05T12:30:05Z".parse().unwrap());
        assert_eq!(london_time(Some(&noon)), "5 Aug 2022 13:30:05 BST");
        let before = time_to_pb("1969-12-31T23:59:59.5Z".parse().unwrap());
        assert_eq!((before.seconds, before.nanos), (-1, 500_000_000));
    }

    #[test]
    fn days_read_back_from_the_wire() {
        assert_eq!(from_pb(Some(&to_pb(date(2020, 2, 29)))), Some(date(2020, 2, 29)));
        assert_eq!(from_pb(Some(&pb::Date { year: 2020, month: 2, day: 0 })), None);
    }
}
