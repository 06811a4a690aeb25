//! Whom to visit first.

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::status::ids;
use super::table::{Tone, aside, cell, headed, text};
use super::words::{capital, words};
use crate::when::Day;

const ONLY_RECORDED: &str = "Only what is recorded counts: that no inspection is recorded does not say that none was made. A log of samples has few.\n";

/// The list, and by what it was made.
pub(crate) fn priorities(style: Style, answer: &pb::GetPrioritiesResponse) -> String {
    let mut page = String::new();
    if !answer.places.is_empty() {
        let mut headings = vec!["Rank", "Who", "Judged", "Last visit", "Why"];
        if style.why {
            headings.push("Rests on");
        }
        page.push_str(&headed(
            style,
            &headings,
            answer.places.iter().flat_map(|place| lines(style, place)).collect(),
        ));
        page.push('\n');
    }
    let table = answer.table.clone().unwrap_or_default();
    page.push_str(&format!(
        "{} of {} have a place, by the criteria for {}: {} to {}.\n",
        answer.places.len(),
        answer.considered,
        table.name,
        Day(table.from_date.as_ref()),
        Day(table.until_date.as_ref()),
    ));
    if !answer.places.is_empty() {
        page.push_str(ONLY_RECORDED);
    }
    if answer.drawn > 0 {
        let drawn = format!("Drawn: {} of {}, by the seed {}", answer.drawn, answer.drawn_of, answer.seed);
        page.push_str(&format!("{drawn} ({}).\n", table.draw));
    }
    if style.why {
        for (number, rule) in (1..).zip(&table.rules) {
            let known = words::<pb::RuleMark>(rule.mark);
            page.push_str(&format!("{number}. {} ({}; {known})\n", rule.text, rule.source));
        }
    }
    page
}

/// A line for each reason; who it is stands in the first.
fn lines(style: Style, place: &pb::PriorityPlace) -> Vec<Vec<Cell>> {
    let last = match &place.last_visit_date {
        Some(day) if place.last_visit_is_publication => format!("published {}", Day(Some(day))),
        Some(day) => Day(Some(day)).to_string(),
        None => "none recorded".to_owned(),
    };
    let judged = match place.overall() {
        pb::Grade::Unspecified => "not judged".to_owned(),
        _ => words::<pb::Grade>(place.overall),
    };
    let reasons = place.reasons.iter().enumerate().map(|(number, reason)| {
        let mut cells = if number == 0 {
            vec![
                text(place.rank.to_string()),
                cell(who(place), Tone::Strong),
                text(judged.clone()),
                text(last.clone()),
            ]
        } else {
            vec![text(""), text(""), text(""), text("")]
        };
        let tone = match reason.criterion() {
            pb::PriorityCriterion::TimeSinceLast | pb::PriorityCriterion::Sample => Tone::Aside,
            pb::PriorityCriterion::JudgedInadequate | pb::PriorityCriterion::PriorityActionOpen => Tone::Bad,
            _ => Tone::Plain,
        };
        cells.push(cell(capital(&reason.because), tone));
        if style.why {
            cells.push(aside(ids(style, &reason.rests_on)));
        }
        cells
    });
    reasons.collect()
}

fn who(place: &pb::PriorityPlace) -> String {
    match &place.subject {
        Some(pb::priority_place::Subject::Authority(authority)) => authority.name.clone(),
        Some(pb::priority_place::Subject::Provider(provider)) => {
            let details = provider.details.clone().unwrap_or_default();
            format!("{} {}", provider.urn, words::<pb::ProviderKind>(details.kind))
        }
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::json;

    #[test]
    fn a_day_of_publication_is_not_shown_as_that_of_a_visit_and_only_what_is_recorded_counts() {
        let answer: pb::GetPrioritiesResponse = json::from_str(
            r#"{"places": [{"rank": 1, "authority": {"name": "Slough"}, "reasons": [{"because": "waited"}], "lastVisitIsPublication": true,
                "lastVisitDate": {"year": 2017, "month": 6, "day": 13}}]}"#,
        )
        .unwrap();
        let page = priorities(Style::plain(), &answer);
        assert!(page.contains("published 13 Jun 2017"), "{page}");
        assert!(page.contains("does not say that none was made"), "{page}");
    }
}
