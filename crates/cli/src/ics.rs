//! A plan as a calendar that other programs read (iCalendar, RFC 5545).
//!
//! Whole days, as the field counts: a window is one event from the day it opens to the day it closes. An entry has the same UID in every
//! plan, so that a calendar that takes in a newer plan moves what moved. DTSTAMP is the instant up to which the answer knew.

use docket_api::pb;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::render::words::{capital, words};
use crate::when::{self, from_pb};

/// Longest line, in bytes without its end (RFC 5545 section 3.1).
const LINE_BYTES_MAX: usize = 75;

/// The calendar of a plan. What has no day is left out.
pub(crate) fn calendar(plan: &pb::GetForwardPlanResponse) -> String {
    let known = plan.as_of.as_ref().and_then(|as_of| as_of.known_time);
    let stamp = known.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok()).unwrap_or_default();
    let stamp = stamp.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut lines = Lines::default();
    lines.add("BEGIN", "VCALENDAR");
    lines.add("VERSION", "2.0");
    lines.add("PRODID", "-//Docket//docket plan//EN");
    lines.add("CALSCALE", "GREGORIAN");
    lines.add("METHOD", "PUBLISH");
    for entry in &plan.entries {
        event(&mut lines, entry, &stamp);
    }
    lines.add("END", "VCALENDAR");
    lines.0
}

fn event(lines: &mut Lines, entry: &pb::PlanEntry, stamp: &str) {
    let days = from_pb(entry.first_date.as_ref()).zip(from_pb(entry.last_date.as_ref()));
    // The end of an event is the day after its last one.
    let Some((first, end)) = days.and_then(|(first, last)| Some((first, last.tomorrow().ok()?))) else {
        return;
    };
    let name = entry.authority.clone().unwrap_or_default().name;
    let past = if entry.overdue { " (past)" } else { "" };
    let nature = match entry.nature() {
        pb::ObligationNature::Duty => "Duty",
        pb::ObligationNature::Right => "Right",
        pb::ObligationNature::Expectation | pb::ObligationNature::Unspecified => "Expectation",
    };
    lines.add("BEGIN", "VEVENT");
    lines.add("UID", &escaped(&uid(entry, first)));
    lines.add("DTSTAMP", stamp);
    lines.add("DTSTART;VALUE=DATE", &date(first));
    lines.add("DTEND;VALUE=DATE", &date(end));
    lines.add("SUMMARY", &escaped(&format!("{name}: {}{past}", entry.what)));
    lines.add("DESCRIPTION", &escaped(&description(entry, nature)));
    lines.add("CATEGORIES", nature);
    if entry.uncertain {
        lines.add("STATUS", "TENTATIVE");
    }
    // Nobody is busy because something falls due.
    lines.add("TRANSP", "TRANSPARENT");
    lines.add("END", "VEVENT");
}

/// The same for the same obligation, term or yearly meeting, in every plan.
fn uid(entry: &pb::PlanEntry, first: Date) -> String {
    let authority = entry.authority.clone().unwrap_or_default().id;
    let key = match (entry.obligation.as_str(), entry.instrument.as_str()) {
        ("", "") => format!("{}/{}", words::<pb::ObligationKind>(entry.kind).replace(' ', "-"), first.year()),
        ("", instrument) => format!("{instrument}/term-end"),
        (obligation, _) => obligation.to_owned(),
    };
    format!("{authority}/{key}@docket")
}

fn description(entry: &pb::PlanEntry, nature: &str) -> String {
    let mut parts = vec![format!("{nature}. {}", entry.why), entry.legal_basis.clone()];
    if let Some(middle) = from_pb(entry.middle_date.as_ref()) {
        parts.push(format!("Middle of the window: {}", when::day(middle)));
    }
    if entry.date_basis() != pb::PlanDateBasis::Unspecified {
        let uncertain = if entry.uncertain { ", uncertain" } else { "" };
        parts.push(format!("The date is {}{uncertain}", words::<pb::PlanDateBasis>(entry.date_basis)));
    }
    if !entry.rests_on.is_empty() {
        parts.push(format!("Rests on {}", entry.rests_on.join(" ")));
    }
    parts.retain(|part| !part.is_empty());
    parts.iter().map(|part| capital(part)).collect::<Vec<_>>().join("\n")
}

fn date(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// Text as a value (RFC 5545 section 3.3.11): control characters have no place in it.
fn escaped(text: &str) -> String {
    let mut value = String::new();
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => value.extend(['\\', letter]),
            '\n' => value.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => value.push(letter),
        }
    }
    value
}

/// Content lines, ended and folded as the format wants them.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Adds a line. One that is too long goes on in the next, after a space; no letter is broken.
    fn add(&mut self, name: &str, value: &str) {
        let mut room = LINE_BYTES_MAX;
        for letter in name.chars().chain([':']).chain(value.chars()) {
            if room < letter.len_utf8() {
                self.0.push_str("\r\n ");
                room = LINE_BYTES_MAX - 1;
            }
            room -= letter.len_utf8();
            self.0.push(letter);
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn day(year: i32, month: i32, day: i32) -> Option<pb::Date> {
        Some(pb::Date { year, month, day })
    }

    fn entry() -> pb::PlanEntry {
        pb::PlanEntry {
            authority: Some(pb::AuthorityRef {
                id: "kingston-upon-hull".into(),
                name: "Kingston upon Hull".into(),
                ..pb::AuthorityRef::default()
            }),
            what: "standard inspection".into(),
            kind: pb::ObligationKind::NextInspection.into(),
            first_date: day(2025, 5, 14),
            last_date: day(2026, 12, 31),
            middle_date: day(2025, 11, 14),
            date_basis: pb::PlanDateBasis::Computed.into(),
            nature: pb::ObligationNature::Expectation.into(),
            why: "Overall requires improvement; focused visits, then \\ a standard inspection.".into(),
            obligation: "ilacs-2022-11-14/next-inspection".into(),
            ..pb::PlanEntry::default()
        }
    }

    fn plan(entries: Vec<pb::PlanEntry>) -> pb::GetForwardPlanResponse {
        let known_time = Some(prost_types::Timestamp { seconds: 1_750_082_400, nanos: 5 });
        let as_of = Some(pb::AsOf { known_time, ..pb::AsOf::default() });
        pb::GetForwardPlanResponse { entries, as_of, ..pb::GetForwardPlanResponse::default() }
    }

    /// Lines as a reader puts them together again.
    fn unfolded(calendar: &str) -> Vec<String> {
        calendar.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_window_is_one_event_that_ends_on_the_day_after_it_closes() {
        expect![[r"
            BEGIN:VCALENDAR
            VERSION:2.0
            PRODID:-//Docket//docket plan//EN
            CALSCALE:GREGORIAN
            METHOD:PUBLISH
            BEGIN:VEVENT
            UID:kingston-upon-hull/ilacs-2022-11-14/next-inspection@docket
            DTSTAMP:20250616T140000Z
            DTSTART;VALUE=DATE:20250514
            DTEND;VALUE=DATE:20270101
            SUMMARY:Kingston upon Hull: standard inspection
            DESCRIPTION:Expectation. Overall requires improvement\; focused visits\, then \\ a standard inspection.\nMiddle of the window: 14 Nov 2025\nThe date is computed
            CATEGORIES:Expectation
            TRANSP:TRANSPARENT
            END:VEVENT
            END:VCALENDAR
        "]]
        .assert_eq(&(unfolded(&calendar(&plan(vec![entry()]))).join("\n") + "\n"));
    }

    #[test]
    fn no_line_is_longer_than_readers_take_and_no_letter_is_broken() {
        for length in 0..300 {
            let what = "é€😀a".chars().cycle().take(length).collect::<String>();
            let folded = calendar(&plan(vec![pb::PlanEntry { what: what.clone(), ..entry() }]));
            assert!(folded.ends_with("\r\n"));
            for line in folded.split("\r\n") {
                assert!(line.len() <= LINE_BYTES_MAX, "{line:?}");
                assert!(!line.contains(['\r', '\n']), "{line:?}");
            }
            assert!(unfolded(&folded).contains(&format!("SUMMARY:Kingston upon Hull: {what}")));
        }
    }

    #[test]
    fn an_entry_that_moved_keeps_its_uid_and_what_has_no_day_is_left_out() {
        let moved = pb::PlanEntry { first_date: day(2025, 6, 1), ..entry() };
        let without = pb::PlanEntry { first_date: None, last_date: None, ..entry() };
        let term = pb::PlanEntry { obligation: String::new(), instrument: "direction-1".into(), ..entry() };
        let uids = |entries: Vec<pb::PlanEntry>| {
            let lines = unfolded(&calendar(&plan(entries))).into_iter();
            lines.filter(|line| line.starts_with("UID:")).collect::<Vec<_>>()
        };
        assert_eq!(uids(vec![entry()]), uids(vec![moved]));
        assert_eq!(uids(vec![without]), [""; 0]);
        assert_eq!(uids(vec![term]), ["UID:kingston-upon-hull/direction-1/term-end@docket"]);
    }
}
