//! Working days, counted with the bank holidays that had been announced by a given day.
//!
//! A working day is any day but Saturday, Sunday, Christmas Day, Good Friday and a bank holiday in England and Wales
//! (SI 2007/462 reg 1(2)). The two named days stand in the published list of bank holidays, so the list is enough.

use alloc::vec::Vec;

use jiff::civil::Weekday;

use crate::date::{Date, days_after};
use crate::event::{Fact, Recorded};
use crate::facts::Facts;
use crate::status::RestsOn;

/// Every bank holiday known, with the day on which it was announced.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    changes: Vec<Change>,
    years: Option<(i16, i16)>,
}

#[derive(Clone, Debug)]
struct Change {
    /// `None`: always known.
    announced: Option<Date>,
    /// A day that is a holiday until this is announced.
    before: Option<Date>,
    /// A day that is a holiday once it is.
    after: Date,
}

/// The calendar as it had been announced by a day.
#[derive(Clone, Debug, Default)]
pub struct WorkingDays {
    /// In order, each once.
    holidays: Vec<Date>,
    /// Outside these years the list of holidays is not complete, so no count is given.
    years: Option<(i16, i16)>,
}

impl Calendar {
    /// Folds the events of the calendar's stream.
    #[must_use]
    pub fn fold(events: &[Recorded]) -> Self {
        let mut calendar = Self::default();
        for counted in Facts::of(events).counted {
            let announced = counted.happened_on.latest();
            match counted.fact {
                Fact::HolidayDeclared { date, .. } => {
                    calendar.changes.push(Change { announced, before: None, after: *date });
                }
                Fact::HolidayMoved { from, to, .. } => {
                    calendar.changes.push(Change { announced, before: Some(*from), after: *to });
                }
                Fact::CalendarPublished { first_year, last_year, .. } => {
                    let (first, last) = calendar.years.unwrap_or((*first_year, *last_year));
                    calendar.years = Some((first.min(*first_year), last.max(*last_year)));
                }
                _ => {}
            }
        }
        // So that the days are almost in order already whenever they are put in order.
        calendar.changes.sort_by_key(|change| change.after);
        calendar
    }

    /// The calendar as it had been announced by the end of `day`.
    #[must_use]
    pub fn announced_by(&self, day: Date) -> WorkingDays {
        let is_announced = |change: &&Change| change.announced.is_none_or(|announced| announced <= day);
        let holiday =
            |change: &Change| if is_announced(&change) { Some(change.after) } else { change.before };
        let mut holidays: Vec<Date> = self.changes.iter().filter_map(holiday).collect();
        holidays.sort_unstable();
        holidays.dedup();
        for before in self.changes.iter().filter(is_announced).filter_map(|change| change.before) {
            holidays.retain(|day| *day != before);
        }
        WorkingDays { holidays, years: self.years }
    }
}

/// A bank holiday, and the events that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// Its declaration, or its move to this day.
    pub rests_on: RestsOn,
}

/// The bank holidays on weekdays after `from` and up to `to`, as the calendar's events had announced them by a day.
#[must_use]
pub fn holidays(events: &[Recorded], announced_by: Date, from: Date, to: Date) -> Vec<Holiday> {
    let days = Calendar::fold(events).announced_by(announced_by);
    let mut found: Vec<Holiday> = Vec::new();
    for counted in Facts::of(events).counted {
        let (Fact::HolidayDeclared { date, .. } | Fact::HolidayMoved { to: date, .. }) = counted.fact else {
            continue;
        };
        let announced = counted.happened_on.latest().is_none_or(|announced| announced <= announced_by);
        let passed_over = from < *date && *date <= to && is_weekday(*date) && !days.is_working(*date);
        if announced && passed_over && found.iter().all(|holiday| holiday.date != *date) {
            found.push(Holiday { date: *date, rests_on: counted.rests_on() });
        }
    }
    found.sort_by_key(|holiday| holiday.date);
    found
}

impl WorkingDays {
    /// Whether `day` is a working day.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        is_weekday(day) && self.holidays.binary_search(&day).is_err()
    }

    fn covers(&self, day: Date) -> bool {
        self.years.is_some_and(|(first, last)| (first..=last).contains(&day.year()))
    }

    /// The end of a period of `length` working days: `day_0` itself is not counted, even if it is a working day.
    /// `None` where the period leaves the years whose holidays are known.
    #[must_use]
    pub fn after(&self, day_0: Date, length: u32) -> Option<Date> {
        let mut day = day_0;
        let mut weekday = day.weekday();
        let next_holiday = self.holidays.partition_point(|holiday| *holiday <= day);
        let mut holidays = self.holidays.iter().skip(next_holiday).peekable();
        let mut counted = 0;
        while counted < length {
            (day, weekday) = (day.tomorrow().ok()?, weekday.next());
            if !self.covers(day) {
                return None;
            }
            let is_holiday = holidays.next_if_eq(&&day).is_some();
            if !is_holiday && !matches!(weekday, Weekday::Saturday | Weekday::Sunday) {
                counted += 1;
            }
        }
        Some(day)
    }

    /// Working days from `from` (not counted) to `to` (counted); negative where `to` is earlier.
    /// `None` where the span leaves the years whose holidays are known.
    #[must_use]
    pub fn between(&self, from: Date, to: Date) -> Option<i32> {
        if to < from {
            return self.between(to, from).map(|days| -days);
        }
        if from < to && (!self.covers(from.tomorrow().ok()?) || !self.covers(to)) {
            return None;
        }
        let days = (to - from).get_days();
        // Whole weeks have five weekdays each; the days left over are looked at one by one.
        let mut weekdays = days / 7 * 5;
        let mut day = days_after(from, days / 7 * 7)?;
        while day < to {
            day = day.tomorrow().ok()?;
            weekdays += i32::from(is_weekday(day));
        }
        let holidays = self.holidays.iter().filter(|day| from < **day && **day <= to);
        let holidays = holidays.filter(|day| is_weekday(**day)).count();
        Some(weekdays - i32::try_from(holidays).ok()?)
    }
}

fn is_weekday(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
