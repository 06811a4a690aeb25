//! One authority's status: a header, then a block for each axis.

use comfy_table::Cell;
use docket_api::pb;

use super::Style;
use super::event::{range_words, short_id};
use super::table::{Tone, aside, cell, grade_tone, paragraph, rows, text};
use super::words::{capital, count, thousands, words};
use crate::when::{Day, london_time};

/// Inspections shown before the rest is only counted.
const INSPECTIONS_SHOWN_MAX: usize = 8;
/// Event ids shown for one fact before the rest is only counted.
const IDS_SHOWN_MAX: usize = 3;

/// Everything that is said of one authority.
pub(crate) fn status(style: Style, status: &pb::AuthorityStatus) -> String {
    let mut text = header(style, status);
    text.push_str(&existence(style, status.existence.as_ref()));
    text.push_str(&profile(style, "Social care", status.profile.as_ref()));
    text.push_str(&profile(style, "Area SEND", status.send_profile.as_ref()));
    text.push_str(&pathway(style, status.pathway.as_ref()));
    text.push_str(&instruments(style, &status.instruments));
    text.push_str(&super::obligation::obligations(style, &status.obligations));
    text.push_str(&cases(style, status));
    text.push_str(&super::obligation::next_due(style, &status.next_due));
    text.push_str(&inspections(style, &status.inspections));
    text.push_str(&super::interim::exemptions(style, &status.exemptions));
    text.push_str(&super::interim::concerns(style, &status.concerns));
    text.push_str(&uncertainties(style, &status.uncertainties));
    text
}

/// Which answer this is, in a line.
pub(crate) fn as_of(as_of: Option<&pb::AsOf>) -> String {
    let Some(as_of) = as_of else {
        return "As of an unknown day".to_owned();
    };
    let basis = match as_of.basis() {
        pb::Basis::Inspected => "judgements count from their inspection",
        pb::Basis::Published | pb::Basis::Unspecified => "judgements count from publication",
    };
    let view = match as_of.view() {
        pb::View::Restricted => ", with what is under embargo",
        pb::View::Public | pb::View::Unspecified => "",
    };
    format!(
        "As of {}, as known at {} (@{}); {basis}{view}",
        Day(as_of.effective_date.as_ref()),
        london_time(as_of.known_time.as_ref()),
        as_of.known_position,
    )
}

fn header(style: Style, status: &pb::AuthorityStatus) -> String {
    let authority = status.authority.clone().unwrap_or_default();
    let codes = [
        ("GSS", authority.gss_code.as_str()),
        ("DfE", authority.dfe_number.as_str()),
        ("Ofsted URN", authority.ofsted_urn.as_str()),
    ];
    let mut facts: Vec<String> = codes
        .iter()
        .filter(|(_, code)| !code.is_empty())
        .map(|(scheme, code)| format!("{scheme} {code}"))
        .collect();
    facts.push(words::<pb::AuthorityKind>(authority.kind));
    facts.push(authority.region);
    format!(
        "{}  {}\n{}\n{}\n",
        style.bold(&authority.name),
        style.dim(&authority.id),
        facts.join(" · "),
        paragraph(style, 0, &as_of(status.as_of.as_ref())).trim_end(),
    )
}

/// The heading of a block, and what can be said in its line.
pub(super) fn heading(style: Style, title: &str, summary: &str) -> String {
    let line = format!("{}  {summary}", style.bold(title));
    format!("\n{}\n", line.trim_end())
}

/// The events that a fact rests on.
pub(super) fn ids(style: Style, rests_on: &[String]) -> String {
    if style.why {
        return rests_on.join(" ");
    }
    let mut shown: Vec<_> = rests_on.iter().take(IDS_SHOWN_MAX).map(|id| short_id(id).to_owned()).collect();
    if rests_on.len() > IDS_SHOWN_MAX {
        shown.push(format!("+{}", rests_on.len() - IDS_SHOWN_MAX));
    }
    shown.join(" ")
}

/// The key by which events name a thing, for those who ask, before the events that it rests on.
pub(super) fn key_and_ids(style: Style, key: &str, rests_on: &[String]) -> String {
    let ids = ids(style, rests_on);
    if style.why { format!("{key} {ids}") } else { ids }
}

fn existence(style: Style, existence: Option<&pb::Existence>) -> String {
    let Some(existence) = existence else {
        return String::new();
    };
    let from = Day(existence.from_date.as_ref());
    let closed = Day(existence.closed_date.as_ref());
    let mut summary = match existence.state() {
        pb::ExistenceState::NotYet => format!("does not exist yet; from {from}"),
        pb::ExistenceState::Exists => format!("exists since {from}"),
        pb::ExistenceState::Closed => format!("abolished on {closed}; existed from {from}"),
        pb::ExistenceState::Unspecified => "not known".to_owned(),
    };
    if !existence.successors.is_empty() {
        summary.push_str(&format!("; followed by {}", existence.successors.join(", ")));
    }
    if !existence.predecessors.is_empty() {
        summary.push_str(&format!("; follows {}", existence.predecessors.join(", ")));
    }
    let mut block =
        heading(style, "Authority", &format!("{summary}  {}", style.dim(&ids(style, &existence.rests_on))));
    let delivery = existence.delivery.iter().map(|delivery| delivery_row(style, delivery)).collect();
    block.push_str(&rows(style, 2, delivery));
    block
}

fn delivery_row(style: Style, delivery: &pb::Delivery) -> Vec<Cell> {
    let mut what =
        format!("services delivered by {}, a {}", delivery.body, words::<pb::DeliveryKind>(delivery.kind));
    if delivery.basis() != pb::DeliveryBasis::Unspecified {
        what.push_str(&format!(" ({})", words::<pb::DeliveryBasis>(delivery.basis)));
    }
    if !delivery.also_serves.is_empty() {
        what.push_str(&format!(", which also serves {}", delivery.also_serves.join(", ")));
    }
    vec![
        text(what),
        cell(
            format!(
                "{} {}",
                words::<pb::Standing>(delivery.standing),
                period(delivery.from_date.as_ref(), delivery.to_date.as_ref())
            ),
            standing_tone(delivery.standing()),
        ),
        aside(ids(style, &delivery.rests_on)),
    ]
}

/// `since 5 Aug 2022`, or from the first to the first day after.
pub(super) fn period(from: Option<&pb::Date>, to: Option<&pb::Date>) -> String {
    match to {
        Some(_) => format!("{} to {}", Day(from), Day(to)),
        None => format!("since {}", Day(from)),
    }
}

pub(super) fn standing_tone(standing: pb::Standing) -> Tone {
    match standing {
        pb::Standing::InForce => Tone::Watch,
        pb::Standing::Uncertain => Tone::Unsure,
        pb::Standing::Ended | pb::Standing::Unspecified => Tone::Aside,
    }
}

pub(super) fn profile(style: Style, title: &str, profile: Option<&pb::JudgementProfile>) -> String {
    let Some(profile) = profile.filter(|profile| profile.inspected) else {
        return heading(style, title, "no graded inspection counts on this day");
    };
    let mut summary = format!(
        "{}, fieldwork from {}, published {}",
        capital(&words::<pb::InspectionKind>(profile.kind)),
        Day(profile.fieldwork_date.as_ref()),
        Day(profile.published_date.as_ref()),
    );
    if profile.counts_from_date != profile.published_date {
        summary.push_str(&format!(", counts from {}", Day(profile.counts_from_date.as_ref())));
    }
    if profile.uncertain {
        summary.push_str("; uncertain");
    }
    summary.push_str(&format!("  {}", style.dim(&profile.inspection)));
    let send = profile.grades.iter().any(|grade| grade.kind() == pb::JudgementKind::AreaSendOutcome);
    // Area SEND never had an overall effectiveness; that social care has none since 2026 is worth a line.
    let shown = profile.grades.iter().filter(|grade| !send || grade.grade() != pb::Grade::NotApplicable);
    let grades = shown.map(|grade| {
        let printed = words::<pb::Grade>(grade.grade);
        vec![
            text(words::<pb::JudgementKind>(grade.kind)),
            cell(printed.clone(), grade_tone(grade.grade)),
            aside(as_printed(&printed, &grade.raw_text)),
            aside(ids(style, &grade.rests_on)),
        ]
    });
    heading(style, title, &summary) + &rows(style, 2, grades.collect())
}

/// What the report itself says, where it is more than the grade.
fn as_printed(grade: &str, raw: &str) -> String {
    let same = raw.to_lowercase().trim_end_matches(" to be good") == grade;
    if raw.is_empty() || same { String::new() } else { format!("\u{201c}{raw}\u{201d}") }
}

fn pathway(style: Style, pathway: Option<&pb::Pathway>) -> String {
    let Some(pathway) = pathway else {
        return heading(style, "Pathway", "not known");
    };
    let mut summary = words::<pb::PathwayState>(pathway.state);
    if pathway.since_date.is_some() {
        summary.push_str(&format!(" since {}", Day(pathway.since_date.as_ref())));
    }
    if pathway.monitoring_visits > 0 {
        let visits = usize::try_from(pathway.monitoring_visits).unwrap_or(usize::MAX);
        summary.push_str(&format!(", {}", count(visits, "monitoring visit")));
        if let Some(usual) = &pathway.usual_monitoring_visits {
            summary.push_str(&format!(
                " in all; {} since the judgements that count now, usually {} before a re-inspection",
                usual.made, usual.count
            ));
        }
    }
    if pathway.uncertain {
        summary.push_str("; uncertain");
    }
    summary.push_str(&format!("  {}", style.dim(&ids(style, &pathway.rests_on))));
    let mut block = heading(style, "Pathway", &summary);
    if style.why && !pathway.rule.is_empty() {
        block.push_str(&format!("  {}\n", pathway.rule));
        if let Some(usual) = &pathway.usual_monitoring_visits {
            block.push_str(&format!("  Usually {} monitoring visits ({}).\n", usual.count, usual.source));
        }
    }
    if let Some(pause) = &pathway.pause {
        block.push_str(&paused(style, pause));
    }
    let actions = pathway.open_priority_actions.iter().map(|action| {
        vec![
            cell(open_action(action.domain()), Tone::Bad),
            text(format!("{}, since {}", action.inspection, Day(action.since_date.as_ref()))),
            text(action.text.clone()),
            aside(ids(style, &action.rests_on)),
        ]
    });
    block.push_str(&rows(style, 2, actions.collect()));
    block
}

/// The pathway that is paused, and by what.
fn paused(style: Style, pause: &pb::PathwayPause) -> String {
    let mut before = words::<pb::PathwayState>(pause.paused_state);
    if pause.paused_since_date.is_some() {
        before.push_str(&format!(" since {}", Day(pause.paused_since_date.as_ref())));
    }
    let mut lines =
        vec![vec![text("paused".to_owned()), text(before), text(String::new()), aside(String::new())]];
    for suspension in &pause.suspensions {
        let mut days = format!("from {}", Day(suspension.from_date.as_ref()));
        if suspension.planned_end_date.is_some() {
            days.push_str(&format!(", planned to {}", Day(suspension.planned_end_date.as_ref())));
        }
        lines.push(vec![
            text("suspended nationally".to_owned()),
            text(days),
            text(format!("{}; {}", suspension.reason, suspension.legal_basis)),
            aside(ids(style, &suspension.rests_on)),
        ]);
    }
    rows(style, 2, lines)
}

fn open_action(domain: pb::ServiceDomain) -> &'static str {
    match domain {
        pb::ServiceDomain::Send => "open priority action, SEND",
        pb::ServiceDomain::ChildrensSocialCare
        | pb::ServiceDomain::RegulatedProvision
        | pb::ServiceDomain::Unspecified => "open priority action",
    }
}

fn instruments(style: Style, instruments: &[pb::Instrument]) -> String {
    let of =
        |standing| instruments.iter().filter(move |instrument| instrument.standing() == standing).count();
    let mut parts = vec![format!("{} in force", thousands(of(pb::Standing::InForce)))];
    for (standing, what) in [(pb::Standing::Uncertain, "uncertain"), (pb::Standing::Ended, "ended")] {
        if of(standing) > 0 {
            parts.push(format!("{} {what}", thousands(of(standing))));
        }
    }
    let lines = instruments.iter().map(|instrument| instrument_row(style, instrument));
    heading(style, "Instruments", &parts.join(", ")) + &rows(style, 2, lines.collect())
}

fn instrument_row(style: Style, instrument: &pb::Instrument) -> Vec<Cell> {
    let domain = match instrument.domain() {
        pb::ServiceDomain::ChildrensSocialCare => "social care".to_owned(),
        other => words::<pb::ServiceDomain>(other.into()),
    };
    let mut what = format!("{}, {domain}", words::<pb::InstrumentKind>(instrument.kind));
    if !instrument.holder.is_empty() {
        what.push_str(&format!(": {}", instrument.holder));
    }
    let mut when = period(instrument.from_date.as_ref(), instrument.to_date.as_ref());
    when = match instrument.ended_how() {
        pb::EndedHow::Unspecified => format!("{} {when}", words::<pb::Standing>(instrument.standing)),
        pb::EndedHow::Replaced if !instrument.replaced_by.is_empty() => when,
        how => format!("{when}, {}", words::<pb::EndedHow>(how.into())),
    };
    if !instrument.replaced_by.is_empty() {
        when.push_str(&format!(", replaced by {}", instrument.replaced_by));
    }
    if instrument.term_end_date.is_some() {
        when.push_str(&format!(", for a term to {}", Day(instrument.term_end_date.as_ref())));
    }
    if !instrument.variations.is_empty() {
        when.push_str(&format!(", varied {}", count(instrument.variations.len(), "time")));
    }
    let basis = if style.why { instrument.legal_basis.clone() } else { String::new() };
    vec![
        text(what),
        cell(when, standing_tone(instrument.standing())),
        text(basis),
        aside(format!("{} {}", instrument.instrument, ids(style, &instrument.rests_on))),
    ]
}

fn cases(style: Style, status: &pb::AuthorityStatus) -> String {
    let summary = match &status.open_case {
        Some(case) => format!("case {} is open since {}", case.number, Day(case.opened_date.as_ref())),
        None if status.cases.is_empty() => "none on record".to_owned(),
        None => "none open".to_owned(),
    };
    let lines = status.cases.iter().map(|case| {
        let state =
            if case.closed_date.is_some() { cell("closed", Tone::Aside) } else { cell("open", Tone::Watch) };
        let events: Vec<_> = [&case.opening_event, &case.closing_event]
            .into_iter()
            .filter(|id| !id.is_empty())
            .map(|id| if style.why { id.clone() } else { short_id(id).to_owned() })
            .collect();
        let when = period(case.opened_date.as_ref(), case.closed_date.as_ref());
        let sure = if case.uncertain { format!("{when}; uncertain") } else { when };
        vec![text(format!("case {}", case.number)), state, text(sure), aside(events.join(" "))]
    });
    heading(style, "Cases", &summary) + &rows(style, 2, lines.collect())
}

pub(super) fn inspections(style: Style, inspections: &[pb::InspectionSummary]) -> String {
    let shown_max = if style.why { usize::MAX } else { INSPECTIONS_SHOWN_MAX };
    let mut summary = match inspections.len() {
        0 => "none on record".to_owned(),
        1 => "1 inspection or visit".to_owned(),
        more => format!("{} inspections and visits", thousands(more)),
    };
    if inspections.len() > shown_max {
        summary.push_str(&format!(", the last {shown_max} of them shown (all with --why)"));
    }
    let lines = inspections.iter().take(shown_max).map(|inspection| {
        let state = match inspection.state() {
            pb::InspectionState::Published if inspection.published_date.is_none() => {
                "published, day unknown".to_owned()
            }
            pb::InspectionState::Published => {
                format!("published {}", Day(inspection.published_date.as_ref()))
            }
            _ if inspection.unpublished => "no letter published".to_owned(),
            _ => words::<pb::InspectionState>(inspection.state),
        };
        let days: Vec<_> = inspection.fieldwork.iter().map(range_words).collect();
        vec![
            text(words::<pb::InspectionKind>(inspection.kind)),
            text(days.join(", ")),
            text(state),
            text(inspection.theme.clone()),
            aside(key_and_ids(style, &inspection.inspection, &inspection.rests_on)),
        ]
    });
    heading(style, "Inspections", &summary) + &rows(style, 2, lines.collect())
}

pub(super) fn uncertainties(style: Style, uncertainties: &[pb::Uncertainty]) -> String {
    if uncertainties.is_empty() {
        return String::new();
    }
    let lines = uncertainties.iter().map(|uncertainty| {
        let id =
            if style.why { uncertainty.event_id.clone() } else { short_id(&uncertainty.event_id).to_owned() };
        vec![cell(uncertainty.description.clone(), Tone::Unsure), aside(id)]
    });
    heading(style, "Not certain", "") + &rows(style, 2, lines.collect())
}
