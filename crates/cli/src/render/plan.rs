//! What comes next, and when.

use comfy_table::Cell;
use docket_api::pb;
use jiff::civil::Date;

use super::Style;
use super::overview::effective;
use super::status::ids;
use super::table::{Tone, aside, cell, headed, text};
use super::words::{capital, count, words};
use crate::when::{self, Day, from_pb};

/// What "past" means under a plan.
const PAST_MEANS: &str = "Overdue, and past for what is only expected: the last day has passed and nothing is recorded that it came.";

/// A plan: by day, then what has none.
pub(crate) fn plan(style: Style, answer: &pb::GetForwardPlanResponse, undated: bool) -> String {
    let on = effective(answer.as_of.as_ref());
    let (dated, without): (Vec<_>, Vec<_>) =
        answer.entries.iter().partition(|entry| entry.first_date.is_some());
    let shown = dated.iter().chain(without.iter().filter(|_| undated));
    let lines: Vec<_> = shown.map(|entry| row(style, entry, on)).collect();
    let mut page = String::new();
    if !lines.is_empty() {
        let mut headings = vec!["When", "State", "Authority", "What", "Date is"];
        if style.why {
            headings.extend(["Why", "By", "Known", "Rests on"]);
        }
        page.push_str(&headed(style, &headings, lines));
        page.push('\n');
    }
    if dated.iter().any(|entry| entry.overdue) {
        page.push_str(PAST_MEANS);
        page.push('\n');
    }
    let span = match (&answer.from_date, &answer.to_date) {
        (from, None) => format!("from {}", Day(from.as_ref())),
        (from, to) => format!("from {} to {}", Day(from.as_ref()), Day(to.as_ref())),
    };
    let total = dated.len();
    page.push_str(&format!("{} {span}", if total == 1 { "1 entry".into() } else { count(total, "entry") }));
    if !without.is_empty() {
        let more = format!(", and {} of which nothing says when", without.len());
        page.push_str(&more);
        page.push_str(if undated { "" } else { " (--undated lists them)" });
    }
    page.push_str(".\n");
    page
}

fn row(style: Style, entry: &pb::PlanEntry, on: Option<Date>) -> Vec<Cell> {
    let name = entry.authority.clone().unwrap_or_default().name;
    let mut cells = vec![
        cell(days(entry), tone(entry)),
        cell(state(entry, on), tone(entry)),
        cell(name, Tone::Strong),
        text(what(entry)),
        text(date_is(entry)),
    ];
    if style.why {
        cells.extend([
            text(entry.why.clone()),
            text(entry.legal_basis.clone()),
            text(known(entry)),
            aside(ids(style, &entry.rests_on)),
        ]);
    }
    cells
}

fn tone(entry: &pb::PlanEntry) -> Tone {
    match (entry.overdue, entry.nature()) {
        (true, pb::ObligationNature::Duty) => Tone::Bad,
        (true, _) => Tone::Watch,
        (false, _) if entry.first_date.is_none() => Tone::Aside,
        (false, _) => Tone::Plain,
    }
}

/// The day, or the first and the last.
fn days(entry: &pb::PlanEntry) -> String {
    match (&entry.first_date, &entry.last_date) {
        (None, _) => "no day known".to_owned(),
        (first, last) if first == last => Day(first.as_ref()).to_string(),
        (first, last) => format!("{} – {}", Day(first.as_ref()), Day(last.as_ref())),
    }
}

/// Where it stands on the day asked: a window opens, is open, or has closed.
fn state(entry: &pb::PlanEntry, on: Option<Date>) -> String {
    let owed = match entry.nature() {
        pb::ObligationNature::Duty => "owed",
        pb::ObligationNature::Right => "may be done",
        pb::ObligationNature::Expectation | pb::ObligationNature::Unspecified => "expected",
    };
    let days = from_pb(entry.first_date.as_ref()).zip(from_pb(entry.last_date.as_ref())).zip(on);
    let Some(((first, last), on)) = days else { return owed.to_owned() };
    let apart =
        |from: Date, to: Date| count(usize::try_from((to - from).get_days()).unwrap_or_default(), "day");
    let is_window = entry.middle_date.is_some();
    match (entry.overdue, is_window) {
        (true, true) => "window closed".to_owned(),
        (true, false) if owed == "owed" => "overdue".to_owned(),
        (true, false) => "expected, past".to_owned(),
        (false, true) if first <= on => format!("window open, {} left", apart(on, last)),
        (false, true) => format!("window opens in {}", apart(on, first)),
        (false, false) => format!("{owed} in {}", apart(on, last.max(on))),
    }
}

/// What comes, with the services where they are not social care, and the middle of a window.
fn what(entry: &pb::PlanEntry) -> String {
    let mut what = capital(&entry.what);
    if entry.domain() == pb::ServiceDomain::Send && !what.contains("SEND") {
        what.push_str(" (SEND)");
    }
    if let Some(middle) = from_pb(entry.middle_date.as_ref()) {
        what.push_str(&format!(", middle {}", when::day(middle)));
    }
    what
}

fn date_is(entry: &pb::PlanEntry) -> String {
    let basis = match entry.date_basis() {
        pb::PlanDateBasis::Unspecified => return String::new(),
        _ => words::<pb::PlanDateBasis>(entry.date_basis),
    };
    if entry.uncertain && entry.date_basis() != pb::PlanDateBasis::Estimated {
        format!("{basis}, uncertain")
    } else {
        basis
    }
}

fn known(entry: &pb::PlanEntry) -> String {
    match entry.mark() {
        pb::RuleMark::Unspecified => "from the document".to_owned(),
        pb::RuleMark::Secondary => "secondary source".to_owned(),
        pb::RuleMark::Reading => "as Docket reads it".to_owned(),
        pb::RuleMark::Verified | pb::RuleMark::Recalled => words::<pb::RuleMark>(entry.mark),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::json;
    use expect_test::expect;

    fn answer() -> pb::GetForwardPlanResponse {
        json::from_str(
            r#"{
            "asOf": {"effectiveDate": {"year": 2025, "month": 6, "day": 1}},
            "fromDate": {"year": 2025, "month": 6, "day": 1}, "toDate": {"year": 2026, "month": 12, "day": 31},
            "entries": [
                {"authority": {"name": "Leeds"}, "what": "written statement of action", "nature": "OBLIGATION_NATURE_DUTY",
                    "firstDate": {"year": 2024, "month": 8, "day": 23}, "lastDate": {"year": 2024, "month": 8, "day": 23},
                    "dateBasis": "PLAN_DATE_BASIS_STATED", "overdue": true, "why": "The date that a document states.",
                    "legalBasis": "SI 2007/462 reg 3"},
                {"authority": {"name": "Devon"}, "what": "next inspection", "nature": "OBLIGATION_NATURE_EXPECTATION",
                    "firstDate": {"year": 2024, "month": 5, "day": 14}, "middleDate": {"year": 2024, "month": 11, "day": 14},
                    "lastDate": {"year": 2025, "month": 5, "day": 14}, "dateBasis": "PLAN_DATE_BASIS_COMPUTED", "overdue": true},
                {"authority": {"name": "Hull"}, "what": "standard inspection", "nature": "OBLIGATION_NATURE_EXPECTATION",
                    "firstDate": {"year": 2025, "month": 5, "day": 14}, "middleDate": {"year": 2025, "month": 11, "day": 14},
                    "lastDate": {"year": 2026, "month": 5, "day": 14}, "dateBasis": "PLAN_DATE_BASIS_COMPUTED",
                    "why": "Overall requires improvement.", "legalBasis": "ILACS", "mark": "RULE_MARK_SECONDARY"},
                {"authority": {"name": "Barnsley"}, "what": "monitoring inspection", "domain": "SERVICE_DOMAIN_SEND",
                    "nature": "OBLIGATION_NATURE_EXPECTATION", "dateBasis": "PLAN_DATE_BASIS_ESTIMATED", "uncertain": true,
                    "firstDate": {"year": 2025, "month": 7, "day": 1}, "lastDate": {"year": 2025, "month": 7, "day": 1}},
                {"authority": {"name": "Hull"}, "what": "annual engagement meeting", "uncertain": true}]
        }"#,
        )
        .unwrap()
    }

    #[test]
    fn a_plan_says_of_windows_whether_they_are_open_and_counts_what_has_no_day() {
        expect![[r#"
            When                       State                       Authority  What                                     Date is
            23 Aug 2024                overdue                     Leeds      Written statement of action              stated
            14 May 2024 – 14 May 2025  window closed               Devon      Next inspection, middle 14 Nov 2024      computed
            14 May 2025 – 14 May 2026  window open, 347 days left  Hull       Standard inspection, middle 14 Nov 2025  computed
            1 Jul 2025                 expected in 30 days         Barnsley   Monitoring inspection (SEND)             estimated

            Overdue, and past for what is only expected: the last day has passed and nothing is recorded that it came.
            4 entries from 1 Jun 2025 to 31 Dec 2026, and 1 of which nothing says when (--undated lists them).
        "#]]
        .assert_eq(&plan(Style::plain(), &answer(), false));
    }

    #[test]
    fn whoever_asks_why_gets_rule_source_and_how_surely_it_is_known() {
        let all = plan(Style::plain().why(true), &answer(), true);
        let hull: Vec<&str> = all.lines().filter(|line| line.contains("Hull")).collect();
        let [window, meeting] = hull[..] else { panic!("{all}") };
        for part in ["Overall requires improvement.", "ILACS", "secondary source"] {
            assert!(window.contains(part), "{window}");
        }
        assert!(meeting.starts_with("no day known"), "{meeting}");
    }
}
