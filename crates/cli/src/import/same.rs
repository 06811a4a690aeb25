//! Whether two tellings are of the same inspection: the same family of kinds, and days that fit.

use docket_api::pb::InspectionKind;
use jiff::civil::Date;

use super::entry::{family, is_graded, is_of_provider};

/// Two graded inspections of one family never began so close to each other.
const GRADED_FIRST_DAYS_MAX: i32 = 14;
/// Nor were two reports of one family published so close to each other.
const GRADED_PUBLISHED_DAYS_MAX: i32 = 31;
/// Visits are weeks apart.
const VISIT_FIRST_DAYS_MAX: i32 = 3;
/// The longest time from the first day of an inspection to its report (Devon, 2024-25) was 225 days.
const REPORT_DAYS_MAX: i32 = 270;

/// The days by which an inspection is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Days {
    /// First day of the fieldwork.
    pub(crate) first: Option<Date>,
    /// Publication of the report.
    pub(crate) published: Option<Date>,
}

/// How surely two tellings are of one inspection; the first is the surest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// A day is the same.
    SameDay,
    /// The report of a visit was published on the same day.
    SameLetter,
    /// Day and month are swapped.
    Swapped,
    /// Days apart, where the two cannot be two inspections.
    Near,
    /// The one is known by its first day, the other by its report, which fits.
    Fitting,
}

/// Whether two tellings, each of a kind and with days, are of one inspection.
pub(crate) fn likeness(left: (InspectionKind, Days), right: (InspectionKind, Days)) -> Option<Likeness> {
    if !related(left.0, right.0) {
        return None;
    }
    if is_of_provider(left.0) {
        // A provider may be inspected several times in a month.
        let same = left.1.first.is_some() && left.1.first == right.1.first;
        return same.then_some(Likeness::SameDay);
    }
    let graded = is_graded(left.0);
    let (a, b) = (left.1, right.1);
    let first = both(a.first, b.first);
    let published = both(a.published, b.published);
    let same = |days: Option<(Date, Date)>| days.is_some_and(|(a, b)| a == b);
    let within = |days: Option<(Date, Date)>, max: i32| days.is_some_and(|(a, b)| apart(a, b) <= max);
    let swapped = |days: Option<(Date, Date)>| days.is_some_and(|(a, b)| is_swapped(a, b));
    let near = if graded {
        within(first, GRADED_FIRST_DAYS_MAX) || within(published, GRADED_PUBLISHED_DAYS_MAX)
    } else {
        within(first, VISIT_FIRST_DAYS_MAX)
    };
    if same(first) || (graded && same(published)) {
        Some(Likeness::SameDay)
    } else if same(published) && (first.is_none() || within(first, GRADED_FIRST_DAYS_MAX)) {
        Some(Likeness::SameLetter)
    } else if swapped(first) || swapped(published) {
        Some(Likeness::Swapped)
    } else if near {
        Some(Likeness::Near)
    } else if first.is_none() && published.is_none() && graded && (fits(a, b) || fits(b, a)) {
        Some(Likeness::Fitting)
    } else {
        None
    }
}

/// An assurance visit of the COVID interim is a focused visit in Ofsted's lists.
fn related(left: InspectionKind, right: InspectionKind) -> bool {
    let of = |kind| match family(kind) {
        "covid-assurance-visit" => "focused-visit",
        family => family,
    };
    of(left) == of(right)
}

fn both(a: Option<Date>, b: Option<Date>) -> Option<(Date, Date)> {
    a.zip(b)
}

fn apart(a: Date, b: Date) -> i32 {
    (b - a).get_days().abs()
}

fn is_swapped(a: Date, b: Date) -> bool {
    a.year() == b.year() && a.month() == b.day() && a.day() == b.month() && a != b
}

fn fits(began: Days, reported: Days) -> bool {
    began
        .first
        .zip(reported.published)
        .is_some_and(|(first, published)| published > first && apart(first, published) <= REPORT_DAYS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(first: &str, published: &str) -> Days {
        Days { first: first.parse().ok(), published: published.parse().ok() }
    }

    #[track_caller]
    fn check(kind: InspectionKind, left: Days, right: Days, expected: Option<Likeness>) {
        assert_eq!(likeness((kind, left), (kind, right)), expected);
        assert_eq!(likeness((kind, right), (kind, left)), expected);
    }

    #[test]
    fn a_graded_inspection_is_known_again_by_either_of_its_days() {
        let kind = InspectionKind::IlacsShort;
        check(kind, days("2018-10-08", "2018-11-19"), days("", "2018-11-19"), Some(Likeness::SameDay));
        check(
            kind,
            days("2022-07-11", "2022-09-05"),
            days("2022-07-11", "2022-11-05"),
            Some(Likeness::SameDay),
        );
        check(kind, days("2022-09-20", ""), days("2022-09-21", ""), Some(Likeness::Near));
        check(kind, days("2019-02-18", ""), days("", "2019-04-01"), Some(Likeness::Fitting));
        check(kind, days("2019-02-18", ""), days("", "2023-04-01"), None);
        check(kind, days("2019-02-18", "2019-04-01"), days("2023-07-10", "2023-09-04"), None);
    }

    #[test]
    fn swapped_day_and_month_is_one_inspection() {
        check(InspectionKind::Sif, days("", "2014-07-02"), days("", "2014-02-07"), Some(Likeness::Swapped));
    }

    #[test]
    fn visits_weeks_apart_are_two_visits() {
        let kind = InspectionKind::MonitoringVisit;
        check(kind, days("2024-05-08", "2024-06-12"), days("2024-06-12", "2024-07-12"), None);
        check(kind, days("2024-05-08", ""), days("2024-05-09", ""), Some(Likeness::Near));
        check(
            kind,
            days("2024-05-08", "2024-06-12"),
            days("2024-05-13", "2024-06-12"),
            Some(Likeness::SameLetter),
        );
    }

    #[test]
    fn another_family_is_another_inspection() {
        let day = days("2018-02-06", "2018-03-01");
        assert_eq!(likeness((InspectionKind::Sif, day), (InspectionKind::FocusedVisit, day)), None);
        assert_eq!(
            likeness((InspectionKind::Ilacs, day), (InspectionKind::IlacsShort, day)),
            Some(Likeness::SameDay)
        );
    }
}
