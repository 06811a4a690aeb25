//! Civil dates, whole or known only in part, and what they say about a given day.

use core::fmt;

use jiff::Span;
pub use jiff::civil::Date;

/// A civil date in London as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PartialDate {
    /// Nothing is known.
    #[default]
    Unknown,
    /// Some day of this year.
    Year(i16),
    /// Some day of this month.
    Month(i16, i8),
    /// This day.
    Day(Date),
}

/// Whether something has happened by a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happened {
    /// No.
    Not,
    /// The date is known too roughly to tell.
    Maybe,
    /// Yes.
    Surely,
}

/// The numbers are not a date, or not a part of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a date: a year from 1 to 9999, with it a month from 1 to 12 or none, and with that a day of that month or none"
)]
pub struct InvalidDate;

impl PartialDate {
    /// Reads year, month and day, 0 where a part is not known.
    ///
    /// # Errors
    /// [`InvalidDate`] if there is no such day, or a part is given without the larger one.
    pub fn from_parts(year: i32, month: i32, day: i32) -> Result<Self, InvalidDate> {
        let year = i16::try_from(year).map_err(|_| InvalidDate)?;
        let month = i8::try_from(month).map_err(|_| InvalidDate)?;
        let day = i8::try_from(day).map_err(|_| InvalidDate)?;
        match (year, month, day) {
            (0, 0, 0) => Ok(Self::Unknown),
            (1..=9999, 0, 0) => Ok(Self::Year(year)),
            (1..=9999, 1..=12, 0) => Ok(Self::Month(year, month)),
            (1..=9999, 1..=12, _) => Date::new(year, month, day).map(Self::Day).map_err(|_| InvalidDate),
            _ => Err(InvalidDate),
        }
    }

    /// Year, month and day, 0 where a part is not known.
    #[must_use]
    pub fn parts(self) -> (i32, i32, i32) {
        match self {
            Self::Unknown => (0, 0, 0),
            Self::Year(year) => (year.into(), 0, 0),
            Self::Month(year, month) => (year.into(), month.into(), 0),
            Self::Day(date) => (date.year().into(), date.month().into(), date.day().into()),
        }
    }

    /// The first day that it can be.
    #[must_use]
    pub fn earliest(self) -> Option<Date> {
        match self {
            Self::Unknown => None,
            Self::Year(year) => Date::new(year, 1, 1).ok(),
            Self::Month(year, month) => Date::new(year, month, 1).ok(),
            Self::Day(date) => Some(date),
        }
    }

    /// The last day that it can be.
    #[must_use]
    pub fn latest(self) -> Option<Date> {
        match self {
            Self::Unknown => None,
            Self::Year(year) => Date::new(year, 12, 31).ok(),
            Self::Month(year, month) => Date::new(year, month, 1).ok().map(Date::last_of_month),
            Self::Day(date) => Some(date),
        }
    }

    /// The day, where it is known to the day.
    #[must_use]
    pub fn day(self) -> Option<Date> {
        match self {
            Self::Day(date) => Some(date),
            Self::Unknown | Self::Year(_) | Self::Month(..) => None,
        }
    }

    /// Whether it has come by the end of `day`. What is wholly unknown may have.
    #[must_use]
    pub fn by(self, day: Date) -> Happened {
        match (self.earliest(), self.latest()) {
            (Some(_), Some(latest)) if latest <= day => Happened::Surely,
            (Some(earliest), Some(_)) if day < earliest => Happened::Not,
            _ => Happened::Maybe,
        }
    }

    /// For putting dates in order: what is unknown comes first, what is rough by its first day.
    #[must_use]
    pub fn sort_key(self) -> (Option<Date>, Option<Date>) {
        (self.earliest(), self.latest())
    }
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self::Day(date)
    }
}

impl fmt::Display for PartialDate {
    /// `2018-08-05`, `2018-08`, `2018` or `an unknown day`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("an unknown day"),
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(date) => date.fmt(f),
        }
    }
}

/// The day `months` calendar months later, clamped to the end of the month.
#[must_use]
pub fn months_after(date: Date, months: i32) -> Option<Date> {
    date.checked_add(Span::new().try_months(months).ok()?).ok()
}

/// The day `days` calendar days later.
#[must_use]
pub fn days_after(date: Date, days: i32) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_has_surely_come_only_on_its_last_day() {
        let august = PartialDate::from_parts(2018, 8, 0).unwrap();
        assert_eq!(august.by(date(2018, 7, 31)), Happened::Not);
        assert_eq!(august.by(date(2018, 8, 1)), Happened::Maybe);
        assert_eq!(august.by(date(2018, 8, 30)), Happened::Maybe);
        assert_eq!(august.by(date(2018, 8, 31)), Happened::Surely);
    }

    #[test]
    fn a_day_without_its_month_is_no_date() {
        for (year, month, day) in
            [(2018, 0, 5), (0, 8, 0), (2018, 13, 0), (2018, 2, 30), (-1, 0, 0), (70_000, 1, 1)]
        {
            assert_eq!(PartialDate::from_parts(year, month, day), Err(InvalidDate));
        }
    }

    #[test]
    fn parts_read_back_as_they_were_written() {
        for parts in [(0, 0, 0), (2018, 0, 0), (2018, 8, 0), (2020, 2, 29)] {
            assert_eq!(PartialDate::from_parts(parts.0, parts.1, parts.2).unwrap().parts(), parts);
        }
    }

    #[test]
    fn a_month_added_to_the_end_of_a_month_is_clamped() {
        assert_eq!(months_after(date(2024, 8, 31), 6), Some(date(2025, 2, 28)));
    }
}
