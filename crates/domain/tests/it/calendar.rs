//! Working days, and the day from which a bank holiday is known.

use docket_domain::calendar::Calendar;
use docket_domain::date::{Date, PartialDate};
use docket_domain::event::Fact;
use jiff::civil::date;

use crate::given::recorded;

fn declared(day: Date, announced: PartialDate) -> (PartialDate, Fact) {
    (announced, Fact::HolidayDeclared { date: day, title: String::new() })
}

fn calendar_of(changes: Vec<(PartialDate, Fact)>) -> Calendar {
    let mut changes = changes;
    let years = Fact::CalendarPublished { version: String::new(), first_year: 2020, last_year: 2023 };
    changes.push((PartialDate::Unknown, years));
    Calendar::fold(&recorded(changes))
}

#[test]
fn day_0_is_not_counted_and_weekends_and_holidays_are_passed_over() {
    let days =
        calendar_of(vec![declared(date(2022, 8, 29), PartialDate::Unknown)]).announced_by(date(2022, 8, 1));
    assert_eq!(days.after(date(2022, 8, 26), 1), Some(date(2022, 8, 30)));
    assert_eq!(days.after(date(2022, 8, 27), 1), Some(date(2022, 8, 30)));
}

#[test]
fn a_holiday_counts_from_the_day_it_was_announced() {
    let funeral = declared(date(2022, 9, 19), date(2022, 9, 10).into());
    let calendar = calendar_of(vec![funeral]);
    let friday = date(2022, 9, 16);
    assert_eq!(calendar.announced_by(date(2022, 9, 9)).after(friday, 1), Some(date(2022, 9, 19)));
    assert_eq!(calendar.announced_by(date(2022, 9, 10)).after(friday, 1), Some(date(2022, 9, 20)));
}

#[test]
fn a_moved_holiday_is_the_old_day_until_the_move_is_announced() {
    let moved = Fact::HolidayMoved { from: date(2020, 5, 4), to: date(2020, 5, 8), title: String::new() };
    let calendar = calendar_of(vec![(date(2019, 6, 7).into(), moved)]);
    let before = calendar.announced_by(date(2019, 6, 6));
    assert!(!before.is_working(date(2020, 5, 4)) && before.is_working(date(2020, 5, 8)));
    let after = calendar.announced_by(date(2019, 6, 7));
    assert!(after.is_working(date(2020, 5, 4)) && !after.is_working(date(2020, 5, 8)));
}

#[test]
fn no_date_is_computed_outside_the_years_that_the_calendar_covers() {
    let days = calendar_of(vec![]).announced_by(date(2023, 1, 1));
    assert_eq!(days.after(date(2023, 12, 20), 30), None);
    assert_eq!(days.between(date(2019, 12, 20), date(2020, 1, 10)), None);
}

#[test]
fn the_days_between_two_days_are_what_after_counts() {
    let days =
        calendar_of(vec![declared(date(2022, 8, 29), PartialDate::Unknown)]).announced_by(date(2022, 1, 1));
    let from = date(2022, 8, 18);
    for length in 0..90 {
        let to = days.after(from, length).unwrap();
        assert_eq!(days.between(from, to), i32::try_from(length).ok());
        assert_eq!(days.between(to, from), i32::try_from(length).ok().map(|days| -days));
    }
}
