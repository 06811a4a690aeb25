//! Events of instruments and appointments.

use docket_domain::date::PartialDate;
use docket_domain::event::{Fact, InstrumentStep as Step, Issue};
use docket_domain::id::{InspectionKey, InstrumentKey};
use docket_domain::terms::{EndedHow, InstrumentKind, ServiceDomain};

use super::fields::Fields;
use crate::pb;

/// Most months between two reviews.
pub const REVIEW_INTERVAL_MONTHS_MAX: u32 = 120;

fn fact(instrument: Option<InstrumentKey>, step: Step) -> Option<Fact> {
    let instrument = instrument?;
    Some(Fact::Instrument { instrument, step })
}

/// An instrument of which nothing is said but what it is.
fn plain(kind: InstrumentKind, domain: ServiceDomain) -> Issue {
    Issue {
        kind,
        domain,
        powers: Vec::new(),
        holder: String::new(),
        term_end: PartialDate::Unknown,
        review_interval_months: None,
        report_due: PartialDate::Unknown,
        replaces: None,
        under: None,
        triggers: Vec::new(),
    }
}

/// The inspections among what led to an instrument; the rest is ids of events, or words.
fn inspections(triggers: &[String]) -> Vec<InspectionKey> {
    triggers.iter().filter_map(|trigger| trigger.parse().ok()).collect()
}

pub(super) fn notice_issued(f: &mut Fields<'_>, m: &pb::ImprovementNoticeIssued) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    let domain = f.term("domain", m.domain);
    let triggers = inspections(&f.names("triggers", &m.triggers));
    let holder = f.name("adviser", &m.adviser);
    if m.review_interval_months > REVIEW_INTERVAL_MONTHS_MAX {
        f.demand(
            "review_interval_months",
            format!("is at most {REVIEW_INTERVAL_MONTHS_MAX}; 0 where the notice does not say"),
        );
    }
    let term_end = f.date("end_date", m.end_date.as_ref());
    let replaces = f.optional_key("replaces", &m.replaces);
    let issue = Issue {
        holder,
        term_end,
        review_interval_months: (m.review_interval_months > 0).then_some(m.review_interval_months),
        replaces,
        triggers,
        ..plain(InstrumentKind::ImprovementNotice, domain?)
    };
    fact(instrument, Step::Issued(issue))
}

pub(super) fn direction_issued(f: &mut Fields<'_>, m: &pb::DirectionIssued) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    let domain = f.term("domain", m.domain);
    let triggers = inspections(&f.names("triggers", &m.triggers));
    let powers = f.list("powers", &m.powers, |item, power| item.term("", *power));
    let term_end = f.date("end_date", m.end_date.as_ref());
    let holder = f.name("commissioner", &m.commissioner);
    let report_due = f.date("first_report_due_date", m.first_report_due_date.as_ref());
    let replaces = f.optional_key("replaces", &m.replaces);
    let plain = plain(InstrumentKind::Direction, domain?);
    let issue = Issue { powers, holder, term_end, report_due, replaces, triggers, ..plain };
    fact(instrument, Step::Issued(issue))
}

pub(super) fn varied(f: &mut Fields<'_>, m: &pb::InstrumentVaried) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    let change = f.text("change", &m.change);
    let term_end = f.date("end_date", m.end_date.as_ref());
    fact(instrument, Step::Varied { change, term_end })
}

pub(super) fn replaced(f: &mut Fields<'_>, m: &pb::InstrumentReplaced) -> Option<Fact> {
    let old = f.key("old_instrument", &m.old_instrument);
    let new = f.key("new_instrument", &m.new_instrument);
    if old.is_some() && old == new {
        f.demand("new_instrument", "is another instrument than old_instrument");
    }
    fact(old, Step::Replaced { by: new? })
}

pub(super) fn lifted(f: &mut Fields<'_>, m: &pb::InstrumentLifted) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    f.text("basis", &m.basis);
    fact(instrument, Step::Ended(EndedHow::Lifted))
}

pub(super) fn revoked(f: &mut Fields<'_>, m: &pb::InstrumentRevoked) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    f.text("basis", &m.basis);
    fact(instrument, Step::Ended(EndedHow::Revoked))
}

pub(super) fn expired(f: &mut Fields<'_>, m: &pb::InstrumentExpired) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    fact(instrument, Step::Ended(EndedHow::Expired))
}

/// A commissioner, an adviser or a supervision ended. `field` names its key.
pub(super) fn ended(f: &mut Fields<'_>, (field, key): (&str, &str), reason: &str) -> Option<Fact> {
    let instrument = f.key(field, key);
    f.text("reason", reason);
    fact(instrument, Step::Ended(EndedHow::Ended))
}

pub(super) fn commissioner_appointed(f: &mut Fields<'_>, m: &pb::CommissionerAppointed) -> Option<Fact> {
    let appointment = f.key("appointment", &m.appointment);
    let holder = f.name("name", &m.name);
    let domain = f.term("domain", m.domain);
    let under = f.optional_key("instrument", &m.instrument);
    f.text("terms", &m.terms);
    let report_due = f.date("report_due_date", m.report_due_date.as_ref());
    let issue = Issue { holder, report_due, under, ..plain(InstrumentKind::Commissioner, domain?) };
    fact(appointment, Step::Issued(issue))
}

pub(super) fn adviser_appointed(f: &mut Fields<'_>, m: &pb::AdviserAppointed) -> Option<Fact> {
    let appointment = f.key("appointment", &m.appointment);
    let holder = f.name("name", &m.name);
    let domain = f.term("domain", m.domain);
    let under = f.optional_key("instrument", &m.instrument);
    f.text("terms", &m.terms);
    let issue = Issue { holder, under, ..plain(InstrumentKind::Adviser, domain?) };
    fact(appointment, Step::Issued(issue))
}

pub(super) fn report_due(f: &mut Fields<'_>, m: &pb::CommissionerReportDue) -> Option<Fact> {
    let appointment = f.key("appointment", &m.appointment);
    let report = f.required_name("report", &m.report);
    let due = f.required_date("due_date", m.due_date.as_ref());
    fact(appointment, Step::ReportDue { report, due: due? })
}

pub(super) fn report_received(f: &mut Fields<'_>, m: &pb::CommissionerReportReceived) -> Option<Fact> {
    let appointment = f.key("appointment", &m.appointment);
    let report = f.required_name("report", &m.report);
    fact(appointment, Step::ReportReceived { report })
}

pub(super) fn report_published(f: &mut Fields<'_>, m: &pb::CommissionerReportPublished) -> Option<Fact> {
    let appointment = f.key("appointment", &m.appointment);
    let report = f.required_name("report", &m.report);
    f.url("url", &m.url);
    fact(appointment, Step::ReportPublished { report })
}

pub(super) fn review_held(f: &mut Fields<'_>, m: &pb::ProgressReviewHeld) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    f.text("outcome", &m.outcome);
    let next_due = f.date("next_due_date", m.next_due_date.as_ref());
    fact(instrument, Step::ReviewHeld { next_due })
}

pub(super) fn supervision_started(f: &mut Fields<'_>, m: &pb::SupervisionStarted) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    let domain = f.term("domain", m.domain);
    let term_end = f.date("planned_end_date", m.planned_end_date.as_ref());
    let replaces = f.optional_key("replaces", &m.replaces);
    let issue = Issue { term_end, replaces, ..plain(InstrumentKind::Supervision, domain?) };
    fact(instrument, Step::Issued(issue))
}

pub(super) fn flexibility_letter(f: &mut Fields<'_>, m: &pb::FlexibilityLetterIssued) -> Option<Fact> {
    let instrument = f.key("instrument", &m.instrument);
    let under = f.optional_key("relaxes", &m.relaxes);
    f.text("text", &m.text);
    let term_end = f.date("end_date", m.end_date.as_ref());
    let domain = f.term("domain", m.domain);
    let issue = Issue { term_end, under, ..plain(InstrumentKind::FlexibilityLetter, domain?) };
    fact(instrument, Step::Issued(issue))
}
