//! What has to be done by when.

use comfy_table::Cell;
use docket_api::pb;
use jiff::civil::Date;

use super::Style;
use super::status::{heading, ids, key_and_ids};
use super::table::{Tone, aside, cell, headed, rows, text};
use super::words::{count, thousands, words};
use crate::when::{self, Day, from_pb};

/// The date to show and to sort by, and what kind of date it is: the later of stated and computed, or the estimate.
pub(crate) fn due(obligation: &pb::Obligation) -> Option<(Date, &'static str)> {
    let stated = from_pb(obligation.due_stated_date.as_ref()).map(|day| (day, "stated"));
    let computed = from_pb(obligation.due_computed_date.as_ref()).map(|day| (day, "computed"));
    let window = from_pb(obligation.window_closes_date.as_ref()).map(|day| (day, "expected by"));
    let estimated = from_pb(obligation.due_estimated_date.as_ref()).map(|day| (day, "estimated"));
    match (stated, computed) {
        (Some(stated), Some(computed)) if stated.0 == computed.0 => Some((stated.0, "stated and computed")),
        (Some(stated), Some(computed)) => Some(if stated.0 < computed.0 { computed } else { stated }),
        (date, other) => date.or(other).or(window).or(estimated),
    }
}

/// Whether only an estimate says when it is due.
fn is_estimated(obligation: &pb::Obligation) -> bool {
    due(obligation).is_some_and(|(_, how)| how == "estimated")
}

/// What a state's colour says.
fn tone(obligation: &pb::Obligation) -> Tone {
    match obligation.state() {
        pb::ObligationState::Overdue if obligation.nature() == pb::ObligationNature::Duty => Tone::Bad,
        pb::ObligationState::Overdue | pb::ObligationState::Open => Tone::Watch,
        pb::ObligationState::Met => Tone::Good,
        pb::ObligationState::MetLate => Tone::Plain,
        pb::ObligationState::NotKnown => Tone::Unsure,
        pb::ObligationState::Waived
        | pb::ObligationState::Transferred
        | pb::ObligationState::Superseded
        | pb::ObligationState::Voided
        | pb::ObligationState::Lapsed
        | pb::ObligationState::Unspecified => Tone::Aside,
    }
}

/// The state in words, with how long it is overdue. What is only expected is never overdue: it is past.
fn state_words(obligation: &pb::Obligation) -> String {
    let expected = obligation.nature() == pb::ObligationNature::Expectation;
    let state = match (obligation.state(), expected) {
        (pb::ObligationState::Open, true) => "expected".to_owned(),
        (pb::ObligationState::Overdue, true) => "expected, past".to_owned(),
        _ => words::<pb::ObligationState>(obligation.state),
    };
    if obligation.days_overdue == 0 {
        let by_estimate = obligation.state() == pb::ObligationState::Overdue && is_estimated(obligation);
        return if by_estimate { format!("{state} (estimated)") } else { state };
    }
    let unit = match obligation.period_unit() {
        pb::PeriodUnit::WorkingDays => "working day",
        pb::PeriodUnit::CalendarDays
        | pb::PeriodUnit::Weeks
        | pb::PeriodUnit::Months
        | pb::PeriodUnit::Unspecified => "day",
    };
    let days = usize::try_from(obligation.days_overdue).unwrap_or(usize::MAX);
    format!("{state} by {}", count(days, unit))
}

/// The due date with what is to be said about it.
fn due_words(obligation: &pb::Obligation) -> String {
    let Some((day, how)) = due(obligation) else {
        return at_the_latest(obligation);
    };
    let mut text = format!("{} ({how})", when::day(day));
    if obligation.dates_differ {
        let apart =
            usize::try_from(obligation.stated_difference_working_days.unsigned_abs()).unwrap_or(usize::MAX);
        let (other, date) = if how == "stated" {
            ("computed", &obligation.due_computed_date)
        } else {
            ("stated", &obligation.due_stated_date)
        };
        let apart = count(apart, "working day");
        text.push_str(&format!("; {other} {}, {apart} apart", Day(date.as_ref())));
    }
    if obligation.due_first_computed_date.is_some() {
        text.push_str(&format!("; computed at first {}", Day(obligation.due_first_computed_date.as_ref())));
    }
    if obligation.uncertain {
        text.push_str("; uncertain");
    }
    text
}

fn what(obligation: &pb::Obligation) -> String {
    let kind = words::<pb::ObligationKind>(obligation.kind);
    let mut text = if obligation.what.is_empty() || obligation.what == kind {
        kind
    } else {
        format!("{kind}: {}", obligation.what)
    };
    if let Some(obligor) = obligation.obligor.as_ref().filter(|obligor| !obligor.name.is_empty()) {
        text.push_str(&format!(" (owed by {})", obligor.name));
    }
    text
}

/// When it was done, as far as it was.
fn done(obligation: &pb::Obligation) -> String {
    let steps = [
        ("draft", &obligation.draft_submitted_date),
        ("submitted", &obligation.submitted_date),
        ("published", &obligation.published_date),
        ("met", &obligation.met_date),
    ];
    let mut parts: Vec<_> = steps
        .iter()
        .filter(|(_, date)| date.is_some())
        .map(|(step, date)| format!("{step} {}", Day(date.as_ref())))
        .collect();
    if obligation.review_outcome() != pb::PlanReviewOutcome::Unspecified {
        parts.push(format!("review: {}", words::<pb::PlanReviewOutcome>(obligation.review_outcome)));
    }
    parts.join(", ")
}

/// The block of one authority's obligations. Those of which nothing is known are only counted, unless asked why.
pub(super) fn obligations(style: Style, obligations: &[pb::Obligation]) -> String {
    let unknown = pb::ObligationState::NotKnown;
    let of = |state| obligations.iter().filter(move |obligation| obligation.state() == state).count();
    let shown: Vec<_> = obligations.iter().filter(|one| style.why || one.state() != unknown).collect();
    let summary = summary(obligations);
    let lines = shown.into_iter().map(|obligation| row(style, obligation)).collect();
    let mut block = heading(style, "Obligations", &summary) + &rows(style, 2, lines);
    if of(unknown) > 0 && !style.why {
        block.push_str(&format!(
            "  and {} of which nothing says whether it was met (--why lists all)\n",
            count(of(unknown), "more obligation"),
        ));
    }
    block
}

/// Duties overdue and open, what is expected, and what is done with.
fn summary(obligations: &[pb::Obligation]) -> String {
    let of = |expected: bool, state| {
        let alike = move |one: &&pb::Obligation| {
            one.state() == state && (one.nature() == pb::ObligationNature::Expectation) == expected
        };
        obligations.iter().filter(alike).count()
    };
    let [overdue, open] =
        [pb::ObligationState::Overdue, pb::ObligationState::Open].map(|state| of(false, state));
    let [past, expected] =
        [pb::ObligationState::Overdue, pb::ObligationState::Open].map(|state| of(true, state));
    let unknown = obligations.iter().filter(|one| one.state() == pb::ObligationState::NotKnown).count();
    let done = obligations.len() - overdue - open - past - expected - unknown;
    let mut parts = vec![format!("{} overdue, {} open", thousands(overdue), thousands(open))];
    for (number, what) in [(expected, "expected"), (past, "expected and past"), (done, "done with")] {
        if number > 0 {
            parts.push(format!("{} {what}", thousands(number)));
        }
    }
    parts.join(", ")
}

fn row(style: Style, obligation: &pb::Obligation) -> Vec<Cell> {
    let mut cells = vec![
        cell(state_words(obligation), tone(obligation)),
        text(due_words(obligation)),
        text(what(obligation)),
        text(done(obligation)),
    ];
    if style.why {
        cells.push(text(obligation.legal_basis.clone()));
    }
    cells.push(aside(key_and_ids(style, &obligation.obligation, &obligation.rests_on)));
    cells
}

/// The block of what comes next.
pub(super) fn next_due(style: Style, next: &[pb::NextDue]) -> String {
    let summary = if next.is_empty() { "nothing that a date is known of" } else { "" };
    let lines = next.iter().map(|due| {
        let nature = match due.nature() {
            pb::ObligationNature::Expectation => "expected",
            pb::ObligationNature::Right => "may be done",
            pb::ObligationNature::Duty | pb::ObligationNature::Unspecified => "owed",
        };
        let basis = if style.why { due.legal_basis.clone() } else { String::new() };
        vec![
            text(Day(due.due_date.as_ref()).to_string()),
            text(nature),
            text(due.what.clone()),
            text(basis),
            aside(ids(style, &due.rests_on)),
        ]
    });
    heading(style, "Next", summary) + &rows(style, 2, lines.collect())
}

/// Under every list in which something is overdue.
pub(crate) const OVERDUE_MEANS: &str =
    "Overdue means: a due date has passed and nothing is recorded that met it.";

/// Obligations of many authorities, by due date.
pub(crate) fn due_table(style: Style, list: &[pb::AuthorityObligation], on: Option<Date>) -> String {
    let lines = list.iter().map(|entry| {
        let authority = entry.authority.clone().unwrap_or_default();
        let obligation = entry.obligation.clone().unwrap_or_default();
        let due = due(&obligation);
        let mut cells = vec![
            cell(due_in_list(&obligation, due), tone(&obligation)),
            cell(state_in_list(&obligation, due, on), tone(&obligation)),
            cell(authority.name, Tone::Strong),
            text(what_in_list(&obligation)),
            text(due.map_or("", |(_, how)| how)),
        ];
        if style.why {
            cells.push(text(obligation.legal_basis.clone()));
            cells.push(aside(obligation.obligation.clone()));
        }
        cells
    });
    let mut headings = vec!["Due", "State", "Authority", "What", "Date is"];
    if style.why {
        headings.extend(["By", "Obligation"]);
    }
    headed(style, &headings, lines.collect())
}

/// Where day 0 is known too roughly for one day: the last on which it can fall due.
fn at_the_latest(obligation: &pb::Obligation) -> String {
    let last = from_pb(obligation.due_latest_date.as_ref());
    last.map_or_else(|| "no date".to_owned(), |last| format!("by {} at the latest", when::day(last)))
}

/// The first and the last day of a window.
fn window(obligation: &pb::Obligation) -> Option<(Date, Date)> {
    from_pb(obligation.window_opens_date.as_ref()).zip(from_pb(obligation.window_closes_date.as_ref()))
}

/// The day; of a window the first and the last, as in a plan.
fn due_in_list(obligation: &pb::Obligation, due: Option<(Date, &str)>) -> String {
    match (window(obligation), due) {
        (Some((first, last)), _) => format!("{} – {}", when::day(first), when::day(last)),
        (None, Some((day, _))) => when::day(day),
        (None, None) => at_the_latest(obligation),
    }
}

/// What it is, and the middle of a window.
fn what_in_list(obligation: &pb::Obligation) -> String {
    let middle = from_pb(obligation.due_computed_date.as_ref()).filter(|_| window(obligation).is_some());
    middle.map_or_else(
        || what(obligation),
        |middle| format!("{}, middle {}", what(obligation), when::day(middle)),
    )
}

fn state_in_list(obligation: &pb::Obligation, due: Option<(Date, &str)>, on: Option<Date>) -> String {
    let is_open = obligation.state() == pb::ObligationState::Open;
    if let Some(((first, last), on)) = window(obligation).zip(on).filter(|_| is_open) {
        let apart =
            |from: Date, to: Date| count(usize::try_from((to - from).get_days()).unwrap_or_default(), "day");
        return if on < first {
            format!("window opens in {}", apart(on, first))
        } else {
            format!("window open, {} left", apart(on, last))
        };
    }
    let left = due.zip(on).and_then(|((due, _), on)| (due - on).get_days().try_into().ok());
    match left {
        Some(left) if obligation.state() == pb::ObligationState::Open => {
            let left: usize = left;
            format!("{} ({} left)", state_words(obligation), count(left, "day"))
        }
        _ => state_words(obligation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::json;

    fn listed(obligation: &str, on: Date) -> String {
        let authority = r#"{"authority": {"name": "Slough"}, "obligation": "#;
        let entry = json::from_str(&format!("{authority}{obligation}}}")).unwrap();
        due_table(Style::plain(), &[entry], Some(on))
    }

    #[test]
    fn a_list_of_what_is_due_shows_the_whole_window_from_whose_end_the_days_are_counted() {
        let window = |state: &str| {
            format!(
                r#"{{"kind": "OBLIGATION_KIND_NEXT_INSPECTION", "nature": "OBLIGATION_NATURE_EXPECTATION", {state},
                "windowOpensDate": {{"year": 2025, "month": 7, "day": 23}}, "dueComputedDate": {{"year": 2026, "month": 1, "day": 23}},
                "windowClosesDate": {{"year": 2026, "month": 7, "day": 23}}}}"#
            )
        };
        let past = listed(
            &window(r#""state": "OBLIGATION_STATE_OVERDUE", "daysOverdue": 122"#),
            Date::constant(2026, 11, 22),
        );
        assert!(past.contains("23 Jul 2025 – 23 Jul 2026  expected, past by 122 days"), "{past}");
        assert!(past.contains("middle 23 Jan 2026"), "{past}");
        let open = window(r#""state": "OBLIGATION_STATE_OPEN""#);
        let text = listed(&open, Date::constant(2026, 7, 13));
        assert!(text.contains("window open, 10 days left"), "{text}");
        let text = listed(&open, Date::constant(2025, 7, 13));
        assert!(text.contains("window opens in 10 days"), "{text}");
    }

    #[test]
    fn what_is_expected_by_an_estimate_that_passed_is_past_and_says_so() {
        let text = listed(
            r#"{"kind": "OBLIGATION_KIND_FIRST_MONITORING_VISIT", "nature": "OBLIGATION_NATURE_EXPECTATION",
                "state": "OBLIGATION_STATE_OVERDUE", "dueEstimatedDate": {"year": 2024, "month": 11, "day": 18}}"#,
            Date::constant(2024, 11, 19),
        );
        assert!(text.contains("18 Nov 2024  expected, past (estimated)"), "{text}");
    }
}
