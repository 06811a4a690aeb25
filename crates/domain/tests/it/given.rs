//! Histories in few words.

use std::collections::BTreeMap;

use docket_domain::answer::status;
use docket_domain::calendar::Calendar;
use docket_domain::date::{Date, PartialDate};
use docket_domain::decide::{Refusal, Warning, decide};
use docket_domain::event::{
    DateRange, ExemptionUse, Fact, Fieldwork, InspectionStep, InstrumentStep, Issue, Judgement,
    ObligationStep, Proposal, ReceivedConcern, Recorded, Registration, Suspended,
};
use docket_domain::id::ProviderUrn;
use docket_domain::national::National;
use docket_domain::register::Register;
use docket_domain::status::{AsOf, AuthorityRef, AuthorityStatus, Obligation};
use docket_domain::terms::{
    AuthorityKind, Basis, CodeScheme, EndedHow, Flexibility, Framework, Grade, InspectionKind,
    InstrumentKind, JudgementKind, ServiceDomain, View,
};
use docket_domain::{EventId, Position, Revision, StreamId};
use jiff::Timestamp;

pub(crate) use docket_domain::terms::Grade::{Good, Inadequate, Outstanding, RequiresImprovement};
pub(crate) use docket_domain::terms::JudgementKind::{
    CareLeavers, ChildrenInCare, ChildrenInCareAndCareLeavers, HelpAndProtection, Leaders,
    OverallEffectiveness,
};

pub(crate) type Happening = (PartialDate, Fact);

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// `2018-08-05`, `2018-08`, `2018` or the empty text.
pub(crate) fn on(text: &str) -> PartialDate {
    let parts: Vec<i32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    let part = |place: usize| parts.get(place).copied().unwrap_or(0);
    PartialDate::from_parts(part(0), part(1), part(2)).unwrap()
}

pub(crate) fn id(number: u64) -> EventId {
    EventId(u128::from(number).to_be_bytes())
}

pub(crate) fn stream(authority: &str) -> StreamId {
    format!("authority/{authority}").parse().unwrap()
}

pub(crate) fn registered() -> Happening {
    registered_as("E06000010")
}

pub(crate) fn registered_as(gss: &str) -> Happening {
    let registration = Registration {
        name: "Hull".into(),
        official_name: "Hull City Council".into(),
        kind: AuthorityKind::Unitary,
        region: "Yorkshire and The Humber".into(),
        codes: vec![(CodeScheme::Gss, gss.into())],
        aliases: vec![],
    };
    (on("2009-01-01"), Fact::AuthorityRegistered(registration))
}

pub(crate) fn inspection(key: &str, when: &str, step: InspectionStep) -> Happening {
    (on(when), Fact::Inspection { inspection: key.parse().unwrap(), step })
}

pub(crate) fn fieldwork(key: &str, kind: InspectionKind, first: &str) -> Happening {
    let ranges = vec![DateRange { first: on(first), last: on(first) }];
    let fieldwork = Fieldwork { kind, ranges, theme: String::new(), sequence_number: 0, unpublished: false };
    inspection(key, first, InspectionStep::Fieldwork(fieldwork))
}

pub(crate) fn received(key: &str, when: &str) -> Happening {
    inspection(key, when, InspectionStep::Received)
}

pub(crate) fn published(key: &str, kind: InspectionKind, when: &str) -> Happening {
    inspection(key, when, InspectionStep::Published { kind })
}

pub(crate) fn judged(
    key: &str,
    kind: InspectionKind,
    when: &str,
    grades: &[(JudgementKind, Grade)],
) -> Happening {
    let judgement = |(kind, grade): &(JudgementKind, Grade)| Judgement {
        kind: *kind,
        grade: *grade,
        raw_text: String::new(),
    };
    inspection(
        key,
        when,
        InspectionStep::JudgementsMade { kind, judgements: grades.iter().map(judgement).collect() },
    )
}

/// A whole ILACS inspection before 2023, with one grade for everything.
pub(crate) fn ilacs(key: &str, first: &str, published_on: &str, grade: Grade) -> Vec<Happening> {
    let kind = InspectionKind::IlacsStandard;
    let kinds = [OverallEffectiveness, Leaders, HelpAndProtection, ChildrenInCareAndCareLeavers];
    let grades = kinds.map(|kind| (kind, grade));
    vec![
        fieldwork(key, kind, first),
        published(key, kind, published_on),
        judged(key, kind, published_on, &grades),
    ]
}

pub(crate) fn priority_action(key: &str, when: &str) -> Happening {
    let domain = ServiceDomain::ChildrensSocialCare;
    inspection(
        key,
        when,
        InspectionStep::PriorityActionRaised { reference: "1".into(), text: String::new(), domain },
    )
}

pub(crate) fn issue(kind: InstrumentKind) -> Issue {
    Issue {
        kind,
        domain: ServiceDomain::ChildrensSocialCare,
        powers: vec![],
        holder: String::new(),
        term_end: PartialDate::Unknown,
        review_interval_months: None,
        report_due: PartialDate::Unknown,
        triggers: Vec::new(),
        replaces: None,
        under: None,
    }
}

pub(crate) fn instrument(key: &str, when: &str, step: InstrumentStep) -> Happening {
    (on(when), Fact::Instrument { instrument: key.parse().unwrap(), step })
}

pub(crate) fn issued(key: &str, kind: InstrumentKind, when: &str) -> Happening {
    instrument(key, when, InstrumentStep::Issued(issue(kind)))
}

pub(crate) fn replacing(key: &str, kind: InstrumentKind, when: &str, old: &str) -> Happening {
    let replaces = Some(old.parse().unwrap());
    instrument(key, when, InstrumentStep::Issued(Issue { replaces, ..issue(kind) }))
}

pub(crate) fn ended(key: &str, how: EndedHow, when: &str) -> Happening {
    instrument(key, when, InstrumentStep::Ended(how))
}

pub(crate) fn obligation(key: &str, when: &str, step: ObligationStep) -> Happening {
    (on(when), Fact::Obligation { obligation: key.parse().unwrap(), step })
}

pub(crate) fn corrected(event: u64, when: &str, replacement: Happening) -> Happening {
    let (happened_on, fact) = replacement;
    (on(when), Fact::Corrected { event: id(event), happened_on, published: None, fact: Box::new(fact) })
}

pub(crate) fn voided(event: u64, when: &str) -> Happening {
    (on(when), Fact::Voided { event: id(event) })
}

/// Events 1, 2, 3 … recorded one after another.
pub(crate) fn recorded(happenings: Vec<Happening>) -> Vec<Recorded> {
    let numbered = happenings.into_iter().zip(1_u64..);
    numbered
        .map(|((happened_on, fact), number)| Recorded {
            position: Position(number),
            revision: Revision(number),
            recorded_at: Timestamp::UNIX_EPOCH,
            id: id(number),
            happened_on,
            published: None,
            fact,
        })
        .collect()
}

/// A calendar without bank holidays, for 2007 to 2030.
pub(crate) fn calendar(mut holidays: Vec<Happening>) -> Calendar {
    let years = Fact::CalendarPublished { version: String::new(), first_year: 2007, last_year: 2030 };
    holidays.push((PartialDate::Unknown, years));
    Calendar::fold(&recorded(holidays))
}

/// Midday of a day.
pub(crate) fn instant(day: &str) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}

pub(crate) fn as_of(effective: &str) -> AsOf {
    AsOf {
        effective: day(effective),
        today: day("2026-11-22").max(day(effective)),
        known_position: Position(1_000),
        known_at: instant("2026-11-22"),
        basis: Basis::Published,
        view: View::Public,
    }
}

pub(crate) fn ask(history: &[Recorded], as_of: AsOf) -> AuthorityStatus {
    ask_with(history, &calendar(vec![]), as_of)
}

pub(crate) fn ask_with(history: &[Recorded], calendar: &Calendar, as_of: AsOf) -> AuthorityStatus {
    ask_under(history, &calendar.clone().into(), as_of)
}

/// Where inspections are suspended, too.
pub(crate) fn ask_under(history: &[Recorded], national: &National, as_of: AsOf) -> AuthorityStatus {
    let authority = AuthorityRef {
        id: "hull".parse().unwrap(),
        name: "Hull".into(),
        kind: None,
        region: String::new(),
        codes: vec![],
    };
    status(authority, history, national, as_of)
}

/// Registered, then these; asked on a day.
pub(crate) fn on_day(effective: &str, happenings: Vec<Happening>) -> AuthorityStatus {
    let mut history = vec![registered()];
    history.extend(happenings);
    ask(&recorded(history), as_of(effective))
}

/// Given a history in the stream of Hull, offers events to it.
pub(crate) fn offer(given: Vec<Happening>, when: Vec<Happening>) -> Result<Vec<Vec<Warning>>, Vec<Refusal>> {
    let offered = when.into_iter().map(|happening| ("hull", happening)).collect();
    offer_to(BTreeMap::from([("hull", given)]), offered)
}

/// Given histories of several authorities, offers events to their streams.
pub(crate) fn offer_to(
    given: BTreeMap<&str, Vec<Happening>>,
    when: Vec<(&str, Happening)>,
) -> Result<Vec<Vec<Warning>>, Vec<Refusal>> {
    let histories: BTreeMap<StreamId, Vec<Recorded>> =
        given.into_iter().map(|(name, happenings)| (at(name), recorded(happenings))).collect();
    let events = histories.iter().filter(|(stream, _)| stream.category() == "authority").flat_map(
        |(stream, history)| history.iter().map(|event| (stream.subject().parse().unwrap(), event.clone())),
    );
    let register = Register::fold(events);
    let offered: Vec<_> = when
        .into_iter()
        .zip(1_001_u64..)
        .map(|((name, (happened_on, fact)), number)| {
            (at(name), Proposal { id: id(number), happened_on, published: None, fact })
        })
        .collect();
    decide(&offered, &histories, &register)
}

fn at(name: &str) -> StreamId {
    match name {
        "calendar" => StreamId::CALENDAR.parse().unwrap(),
        "ofsted" => StreamId::REGULATOR.parse().unwrap(),
        name => name.parse::<ProviderUrn>().map_or_else(|_| stream(name), |urn| urn.stream()),
    }
}

/// The obligation of this key, which the answer has.
pub(crate) fn owed<'s>(status: &'s AuthorityStatus, key: &str) -> &'s Obligation {
    status.obligations.iter().find(|obligation| obligation.obligation.as_str() == key).unwrap()
}

/// Routine inspections of authorities are suspended.
pub(crate) fn suspended() -> Happening {
    let suspended = Suspended {
        suspension: "routine".parse().unwrap(),
        frameworks: vec![Framework::Ilacs2018],
        kinds: vec![],
        reason: String::new(),
        legal_basis: String::new(),
        planned_end: PartialDate::Unknown,
    };
    (on("2020-03-17"), Fact::FrameworkSuspended(suspended))
}

/// They are made again.
pub(crate) fn resumed(day: &str) -> Happening {
    (on(day), Fact::FrameworkResumed { suspension: "routine".parse().unwrap() })
}

/// A relaxation that was not carried on is used from a day.
pub(crate) fn exempted(from: &str) -> Happening {
    let used = ExemptionUse {
        exemption: "reviews".parse().unwrap(),
        flexibility: Flexibility::NotCarried,
        regulation: String::new(),
        rationale: String::new(),
        decided_by: String::new(),
        used_for: String::new(),
        until: PartialDate::Unknown,
    };
    (on(from), Fact::ExemptionUsed(used))
}

/// A concern that is not public.
pub(crate) fn concern(received: &str) -> Happening {
    let concern = ReceivedConcern {
        concern: "c-1".parse().unwrap(),
        about: String::new(),
        raised_by: String::new(),
        public: false,
    };
    (on(received), Fact::ConcernReceived(concern))
}
