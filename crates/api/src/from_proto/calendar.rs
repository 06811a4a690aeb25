//! Events of the calendar of England and Wales.

use docket_domain::event::Fact;

use super::fields::Fields;
use crate::pb;

/// First year that a calendar may name: the Bank Holidays Act 1871.
pub const YEAR_MIN: u32 = 1871;
/// Last year that a calendar may name.
pub const YEAR_MAX: u32 = 9999;

pub(super) fn declared(f: &mut Fields<'_>, m: &pb::BankHolidayDeclared) -> Option<Fact> {
    let date = f.day("date", m.date.as_ref());
    let title = f.name("title", &m.title);
    f.name("instrument", &m.instrument);
    Some(Fact::HolidayDeclared { date: date?, title })
}

pub(super) fn moved(f: &mut Fields<'_>, m: &pb::BankHolidayMoved) -> Option<Fact> {
    let from = f.day("from_date", m.from_date.as_ref());
    let to = f.day("to_date", m.to_date.as_ref());
    let title = f.name("title", &m.title);
    f.name("instrument", &m.instrument);
    Some(Fact::HolidayMoved { from: from?, to: to?, title })
}

pub(super) fn published(f: &mut Fields<'_>, m: &pb::CalendarVersionPublished) -> Option<Fact> {
    let version = f.required_name("version", &m.version);
    let first_year = year(f, "first_year", m.first_year);
    let last_year = year(f, "last_year", m.last_year);
    if first_year.zip(last_year).is_some_and(|(first, last)| last < first) {
        f.demand("last_year", "is not before first_year");
    }
    Some(Fact::CalendarPublished { version, first_year: first_year?, last_year: last_year? })
}

fn year(f: &mut Fields<'_>, field: &str, year: u32) -> Option<i16> {
    let read = i16::try_from(year).ok().filter(|_| (YEAR_MIN..=YEAR_MAX).contains(&year));
    if read.is_none() {
        f.problem(field, format!("is a year from {YEAR_MIN} to {YEAR_MAX}"));
    }
    read
}
