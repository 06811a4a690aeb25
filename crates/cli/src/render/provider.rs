//! One regulated provider's status, and many in a table.

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::status::{as_of, heading as section, ids, key_and_ids, period, profile, standing_tone};
use super::status::{inspections, uncertainties};
use super::table::{Tone, aside, cell, grade_tone, headed, paragraph, rows, text};
use super::words::{capital, count, words};
use crate::when::Day;

/// Everything that is said of one provider.
pub(crate) fn provider(style: Style, status: &pb::ProviderStatus) -> String {
    let mut text = header(style, status);
    text.push_str(&registration(style, status));
    text.push_str(&profile(style, "Judgements", status.profile.as_ref()));
    if status.interim.is_some() {
        text.push_str(&profile(style, "Interim", status.interim.as_ref()));
    }
    text.push_str(&measures(style, &status.measures));
    text.push_str(&requirements(style, status));
    text.push_str(&super::obligation::obligations(style, &status.obligations));
    text.push_str(&super::obligation::next_due(style, &status.next_due));
    text.push_str(&inspections(style, &status.inspections));
    text.push_str(&super::interim::exemptions(style, &status.exemptions));
    text.push_str(&super::interim::concerns(style, &status.concerns));
    text.push_str(&super::interim::suspensions(style, &status.suspensions));
    text.push_str(&uncertainties(style, &status.uncertainties));
    text
}

/// Its name, where that is published, and else its number.
pub(crate) fn name(provider: &pb::ProviderRef) -> String {
    let named = provider.details.as_ref().map(|details| details.name.clone()).unwrap_or_default();
    if named.is_empty() { "name withheld".to_owned() } else { named }
}

/// Its name and its number.
pub(crate) fn heading(provider: &pb::ProviderRef) -> String {
    format!("{}  {}", name(provider), provider.urn)
}

fn header(style: Style, status: &pb::ProviderStatus) -> String {
    let provider = status.provider.clone().unwrap_or_default();
    let details = provider.details.clone().unwrap_or_default();
    let mut facts = vec![capital(&words::<pb::ProviderKind>(details.kind))];
    if details.sector() != pb::ProviderSector::Unspecified {
        facts.push(words::<pb::ProviderSector>(details.sector));
    }
    if !details.owner.is_empty() {
        facts.push(format!("owned by {}", details.owner));
    }
    if details.places > 0 {
        facts.push(count(usize::try_from(details.places).unwrap_or(usize::MAX), "place"));
    }
    if !details.authority.is_empty() {
        facts.push(format!("in {}", details.authority));
    }
    format!(
        "{}  {}\n{}\n{}\n",
        style.bold(&name(&provider)),
        style.dim(&provider.urn),
        facts.join(" · "),
        paragraph(style, 0, &as_of(status.as_of.as_ref())).trim_end(),
    )
}

/// While it is suspended, since when that is, and apart from it since when it is registered.
fn registration(style: Style, status: &pb::ProviderStatus) -> String {
    let registration = status.registration.clone().unwrap_or_default();
    let mut summary = words::<pb::RegistrationState>(registration.state);
    let is_suspended = registration.state() == pb::RegistrationState::Suspended;
    let suspends = |measure: &&pb::Measure| {
        measure.kind() == pb::MeasureKind::Suspension && measure.standing() != pb::Standing::Ended
    };
    let suspension = status.measures.iter().find(suspends).filter(|_| is_suspended);
    if let Some(suspension) = suspension {
        summary.push_str(&format!(", since {}", Day(suspension.from_date.as_ref())));
    }
    if registration.from_date.is_some() {
        let registered = if is_suspended { "; registered" } else { "," };
        summary.push_str(&format!("{registered} since {}", Day(registration.from_date.as_ref())));
    }
    if registration.state() == pb::RegistrationState::Cancelled {
        summary.push_str(&format!("; cancelled {}", Day(registration.cancelled_date.as_ref())));
        if registration.how() != pb::RegistrationEnd::Unspecified {
            summary.push_str(&format!(" ({})", words::<pb::RegistrationEnd>(registration.how)));
        }
    }
    if registration.listed_date.is_some() && registration.state() != pb::RegistrationState::Cancelled {
        summary.push_str(&format!("; last listed {}", Day(registration.listed_date.as_ref())));
    }
    if registration.uncertain {
        summary.push_str("; uncertain");
    }
    let rests_on = style.dim(&ids(style, &registration.rests_on));
    section(style, "Registration", &format!("{summary}  {rests_on}"))
}

fn measures(style: Style, measures: &[pb::Measure]) -> String {
    let ended = measures.iter().filter(|measure| measure.standing() == pb::Standing::Ended).count();
    let summary = match (measures.len() - ended, ended) {
        (0, 0) => "nothing is enforced".to_owned(),
        (standing, 0) => format!("{standing} in force"),
        (standing, ended) => format!("{standing} in force, {ended} ended"),
    };
    let lines = measures.iter().flat_map(|measure| measure_rows(style, measure));
    section(style, "Enforcement", &summary) + &rows(style, 2, lines.collect())
}

fn measure_rows(style: Style, measure: &pb::Measure) -> Vec<Vec<Cell>> {
    let mut what = words::<pb::MeasureKind>(measure.kind);
    if measure.proposal() != pb::ProposalKind::Unspecified {
        what.push_str(&format!(": {}", words::<pb::ProposalKind>(measure.proposal)));
    }
    if measure.urgent {
        what.push_str(" (urgent)");
    }
    let mut how = words::<pb::MeasureStage>(measure.stage);
    if !measure.outcome.is_empty() {
        how = measure.outcome.replace('_', " ");
    }
    let mut when = period(measure.from_date.as_ref(), measure.to_date.as_ref());
    if measure.end_date.is_some() && measure.standing() != pb::Standing::Ended {
        when.push_str(&format!(", last day {}", Day(measure.end_date.as_ref())));
    }
    let basis = if style.why { measure.legal_basis.clone() } else { measure.text.clone() };
    let mut lines = vec![vec![
        text(what),
        cell(
            format!("{} {when}", words::<pb::Standing>(measure.standing)),
            standing_tone(measure.standing()),
        ),
        text(how),
        text(basis),
        aside(key_and_ids(style, &measure.measure, &measure.rests_on)),
    ]];
    for step in &measure.steps {
        let met = match (step.met, step.met_date) {
            (_, Some(_)) => format!("met {}", Day(step.met_date.as_ref())),
            (true, None) => "met, on a day that is not known".to_owned(),
            (false, None) => "not met".to_owned(),
        };
        lines.push(vec![
            text(format!("  step {}", step.reference)),
            text(format!("due {}", Day(step.due_date.as_ref()))),
            text(met),
            text(step.text.clone()),
            text(""),
        ]);
    }
    lines
}

fn requirements(style: Style, status: &pb::ProviderStatus) -> String {
    let open = status.requirements.iter().filter(|made| !made.met).count();
    let summary = format!(
        "{} open, {} met, {}",
        open,
        status.requirements.len() - open,
        count(status.recommendations.len(), "recommendation")
    );
    let made = status.requirements.iter().map(|made| {
        let state = match (made.met, made.met_date) {
            (true, None) => cell("met, on a day that is not known".to_owned(), Tone::Good),
            (_, Some(_)) => cell(format!("met {}", Day(made.met_date.as_ref())), Tone::Good),
            (false, None) => cell(format!("due {}", Day(made.due_date.as_ref())), Tone::Watch),
        };
        vec![
            text(format!("requirement {}", made.reference)),
            state,
            text(made.regulation.clone()),
            text(made.text.clone()),
            aside(key_and_ids(style, &made.inspection, &made.rests_on)),
        ]
    });
    let advised = status.recommendations.iter().map(|advice| {
        vec![
            text(format!("recommendation {}", advice.reference)),
            text(""),
            text(""),
            text(advice.text.clone()),
            aside(key_and_ids(style, &advice.inspection, &advice.rests_on)),
        ]
    });
    section(style, "Requirements", &summary) + &rows(style, 2, made.chain(advised).collect())
}

/// Many providers, one a line.
pub(crate) fn providers(style: Style, statuses: &[pb::ProviderStatus]) -> String {
    let lines = statuses.iter().map(|status| {
        let provider = status.provider.clone().unwrap_or_default();
        let details = provider.details.clone().unwrap_or_default();
        let profile = status.profile.clone().unwrap_or_default();
        let overall = profile.grades.first().map_or(0, |grade| grade.grade);
        let grade = if profile.inspected { words::<pb::Grade>(overall) } else { "-".to_owned() };
        let in_force = status.measures.iter().filter(|measure| measure.standing() != pb::Standing::Ended);
        let measures: Vec<String> = in_force.map(|measure| words::<pb::MeasureKind>(measure.kind)).collect();
        let registration = status.registration.clone().unwrap_or_default();
        vec![
            cell(provider.urn.clone(), Tone::Strong),
            text(details.name),
            text(words::<pb::ProviderKind>(details.kind)),
            text(details.authority),
            text(words::<pb::RegistrationState>(registration.state)),
            cell(grade, grade_tone(overall)),
            text(profile.fieldwork_date.as_ref().map(|date| Day(Some(date)).to_string()).unwrap_or_default()),
            cell(measures.join(", "), Tone::Watch),
        ]
    });
    let headings =
        ["URN", "Name", "Kind", "Authority", "Registration", "Overall", "Inspected", "Enforcement"];
    headed(style, &headings, lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::json;

    #[test]
    fn a_suspended_registration_shows_the_day_of_the_suspension_and_apart_that_of_the_registration() {
        let mut status: pb::ProviderStatus = json::from_str(
            r#"{"registration": {"state": "REGISTRATION_STATE_SUSPENDED", "fromDate": {"year": 2018, "month": 3, "day": 1}},
                "measures": [{"kind": "MEASURE_KIND_SUSPENSION", "standing": "STANDING_IN_FORCE",
                    "fromDate": {"year": 2024, "month": 3, "day": 20}}]}"#,
        )
        .unwrap();
        let line = registration(Style::plain(), &status);
        assert!(line.contains("suspended, since 20 Mar 2024; registered since 1 Mar 2018"), "{line}");
        status.registration.as_mut().unwrap().set_state(pb::RegistrationState::Registered);
        let line = registration(Style::plain(), &status);
        assert!(line.contains("registered, since 1 Mar 2018"), "{line}");
    }
}
