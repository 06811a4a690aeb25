//! What can be read of an event, and what is said of what cannot.

use docket_domain::date::PartialDate;
use docket_domain::event::{Fact, InstrumentStep};
use docket_domain::terms::{DirectionPower, EndedHow, InstrumentKind};
use expect_test::{Expect, expect};

use super::*;
use crate::examples::example;
use crate::json;

fn event(json: &str) -> pb::Event {
    json::from_str(json).unwrap()
}

/// The example of a kind.
fn of(kind: &str) -> pb::Event {
    example(kinds::number_of(kind).unwrap()).unwrap()
}

fn fact(kind: &str) -> Fact {
    proposal(&of(kind), "").unwrap().fact
}

/// An event of Hull with a source and this body, and what is wrong with it.
#[track_caller]
fn check(body: &str, expected: Expect) {
    let json = format!(
        r#"{{"eventId":"0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c","stream":"authority/E06000010","sources":[{{"title":"A letter"}}],{body}}}"#
    );
    check_event(&event(&json), expected);
}

#[track_caller]
fn check_event(event: &pb::Event, expected: Expect) {
    let found = proposal(event, "events[2]").err().unwrap_or_default();
    let lines: Vec<String> =
        found.iter().map(|problem| format!("{}: {}\n", problem.field, problem.description)).collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    check_event(
        &pb::Event::default(),
        expect![[r#"
            events[2].event_id: is not a UUID: 32 hexadecimal digits, with hyphens as in 0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c
            events[2].sources: needs at least one source: where was it read?
            events[2].body: is required: one of the kinds of events
        "#]],
    );
    check(
        r#""improvementNoticeIssued":{"endDate":{"year":2022,"month":2,"day":30}}"#,
        expect![[r#"
            events[2].improvement_notice_issued.instrument: is not a key: 1 to 120 letters, digits, '-', '_', '.', ':' and '/', as in ilacs-2022-11-14
            events[2].improvement_notice_issued.domain: is one of SERVICE_DOMAIN_CHILDRENS_SOCIAL_CARE, SERVICE_DOMAIN_SEND, SERVICE_DOMAIN_REGULATED_PROVISION
            events[2].improvement_notice_issued.end_date: is not a date: a year from 1 to 9999, with it a month from 1 to 12 or none, and with that a day of that month or none
        "#]],
    );
}

#[test]
fn a_judgement_stands_once_in_a_set_and_its_grade_is_one_that_reports_print() {
    check(
        r#""judgementsMade":{"inspection":"ilacs-2019-01-21","kind":"INSPECTION_KIND_ILACS_STANDARD","judgements":[
            {"kind":"JUDGEMENT_KIND_LEADERS","grade":"GRADE_GOOD"},{"kind":"JUDGEMENT_KIND_LEADERS","grade":"GRADE_NOT_RECORDED"}]}"#,
        expect![[r#"
            events[2].judgements_made.judgements[1].grade: is one of GRADE_OUTSTANDING, GRADE_GOOD, GRADE_REQUIRES_IMPROVEMENT, GRADE_INADEQUATE, GRADE_ADEQUATE, GRADE_TYPICALLY_POSITIVE, GRADE_INCONSISTENT, GRADE_WIDESPREAD_FAILINGS, GRADE_IMPROVED_EFFECTIVENESS, GRADE_SUSTAINED_EFFECTIVENESS, GRADE_DECLINED_EFFECTIVENESS
            events[2].judgements_made.judgements[1].kind: stands once in a set of judgements; this one is there twice
        "#]],
    );
}

#[test]
fn fieldwork_ends_on_or_after_its_first_day() {
    check(
        r#""additionalEvidenceVisitMade":{"inspection":"ilacs-2019-01-21","ranges":[
            {"firstDate":{"year":2019,"month":2},"lastDate":{"year":2019,"month":2,"day":3}},
            {"firstDate":{"year":2019,"month":2,"day":3},"lastDate":{"year":2019,"month":1}},{}]}"#,
        expect![[r#"
            events[2].additional_evidence_visit_made.ranges[1].last_date: is on or after first_date, 2019-02-03; it is 2019-01
            events[2].additional_evidence_visit_made.ranges[2].first_date: is required: a date, at least its year
        "#]],
    );
}

#[test]
fn a_source_has_a_title_and_a_digest_of_64_digits() {
    let mut event = of("report_published");
    event.sources[0].title.clear();
    event.sources[0].sha256 = "abc".into();
    event.sources[0].url = "javascript:alert(1)".into();
    event.note = "x".repeat(TEXT_LEN_MAX + 1);
    check_event(
        &event,
        expect![[r#"
            events[2].note: has 10001 bytes; at most 10000 are kept, leave the rest in the source
            events[2].sources[0].title: is required
            events[2].sources[0].url: is not an address: https:// or http:// and no spaces, at most 2000 bytes; or leave it out
            events[2].sources[0].sha256: is 64 hexadecimal digits; or leave it out
        "#]],
    );
}

#[test]
fn a_correction_holds_an_event_and_not_a_correction() {
    check(
        r#""fieldCorrected":{"eventId":"0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c","reason":"misread","replacement":{"eventMerged":{}}}"#,
        expect![[r#"
            events[2].field_corrected.replacement.event_merged: cannot be corrected to: void the event, and record another one
        "#]],
    );
    check(
        r#""fieldCorrected":{"eventId":"0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c","reason":"misread","replacement":{"planReviewed":{"obligation":"a"}}}"#,
        expect![[r#"
            events[2].field_corrected.replacement.plan_reviewed.outcome: is one of PLAN_REVIEW_OUTCOME_REFLECTS, PLAN_REVIEW_OUTCOME_DOES_NOT_REFLECT
        "#]],
    );
    let Fact::Corrected { happened_on, fact, .. } = fact("field_corrected") else {
        panic!("a correction");
    };
    assert_eq!(happened_on, PartialDate::from_parts(2019, 3, 12).unwrap());
    assert!(matches!(*fact, Fact::Inspection { .. }));
}

#[test]
fn a_direction_is_an_instrument_with_its_commissioner_as_holder() {
    let Fact::Instrument { instrument, step: InstrumentStep::Issued(issue) } = fact("direction_issued")
    else {
        panic!("an instrument");
    };
    assert_eq!(instrument.as_str(), "direction-2019-06-04");
    assert_eq!(
        (issue.kind, issue.powers.as_slice()),
        (InstrumentKind::Direction, &[DirectionPower::S497A4B][..])
    );
    assert_eq!(issue.holder, "A. Commissioner");
}

#[test]
fn the_day_of_publication_is_read_where_one_is_named() {
    for (kind, day) in [
        ("improvement_notice_issued", Some((2026, 9, 3))),
        ("direction_issued", Some((2019, 6, 11))),
        ("instrument_lifted", Some((2023, 6, 6))),
        ("instrument_revoked", Some((2022, 8, 16))),
        ("instrument_expired", None),
        ("judgements_made", None),
    ] {
        let published = proposal(&of(kind), "").unwrap().published;
        assert_eq!(published.map(PartialDate::parts), day, "{kind}");
    }
    let beside = |kind: &str| pb::Event {
        published_date: Some(pb::Date { year: 2026, month: 9, day: 3 }),
        ..of(kind)
    };
    for kind in ["instrument_expired", "commissioner_ended", "suspension_imposed", "exemption_used"] {
        let published = proposal(&beside(kind), "").unwrap().published;
        assert_eq!(published.map(PartialDate::parts), Some((2026, 9, 3)), "{kind}");
    }
    check_event(
        &beside("instrument_lifted"),
        expect![[r#"
            events[2].published_date: is named in instrument_lifted for this kind of event
        "#]],
    );
    check_event(
        &beside("judgements_made"),
        expect![[r#"
            events[2].published_date: is only of instruments, appointments, measures and exemptions; this kind of event is public from its own day, or with its report
        "#]],
    );
    let lifted = r#""instrumentLifted":{"instrument":"n","publishedDate":{"year":2022,"month":13}}"#;
    check(
        lifted,
        expect![[r#"
            events[2].instrument_lifted.published_date: is not a date: a year from 1 to 9999, with it a month from 1 to 12 or none, and with that a day of that month or none
        "#]],
    );
    let corrected = format!(
        r#""fieldCorrected":{{"eventId":"0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c","reason":"misread","replacement":{{{}}}}}"#,
        r#""instrumentLifted":{"instrument":"n","publishedDate":{"year":2022,"month":1}}"#
    );
    let event = event(&format!(
        r#"{{"eventId":"0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c","sources":[{{"title":"A letter"}}],{corrected}}}"#
    ));
    let Fact::Corrected { published, .. } = proposal(&event, "").unwrap().fact else {
        panic!("a correction")
    };
    assert_eq!(published, Some(PartialDate::Month(2022, 1)));
}

#[test]
fn every_appointment_and_letter_is_issued_as_its_own_kind() {
    for (event, kind) in [
        ("improvement_notice_issued", InstrumentKind::ImprovementNotice),
        ("commissioner_appointed", InstrumentKind::Commissioner),
        ("adviser_appointed", InstrumentKind::Adviser),
        ("supervision_started", InstrumentKind::Supervision),
        ("flexibility_letter_issued", InstrumentKind::FlexibilityLetter),
    ] {
        let Fact::Instrument { step: InstrumentStep::Issued(issue), .. } = fact(event) else {
            panic!("{event} issues an instrument");
        };
        assert_eq!(issue.kind, kind, "{event}");
    }
}

#[test]
fn every_way_to_end_an_instrument_is_read_as_that_way() {
    for (event, how) in [
        ("instrument_lifted", EndedHow::Lifted),
        ("instrument_revoked", EndedHow::Revoked),
        ("instrument_expired", EndedHow::Expired),
        ("commissioner_ended", EndedHow::Ended),
        ("adviser_ended", EndedHow::Ended),
        ("supervision_ended", EndedHow::Ended),
    ] {
        let Fact::Instrument { step, .. } = fact(event) else {
            panic!("{event} is about an instrument");
        };
        assert_eq!(step, InstrumentStep::Ended(how), "{event}");
    }
}

#[test]
fn a_stream_holds_only_the_kinds_of_events_that_belong_to_it() {
    let described = |kind: &str, stream_name: &str| {
        let mut event = of(kind);
        event.stream = stream_name.into();
        stream(&event, "events[0]").map_err(|problems| problems[0].description.clone())
    };
    let calendar = "calendar/england-and-wales";
    assert!(described("report_published", "authority/E06000010").is_ok());
    assert!(
        described("event_voided", calendar).is_ok() && described("event_voided", "authority/hull").is_ok()
    );
    assert!(described("report_published", calendar).unwrap_err().contains("authority/ID"));
    assert!(described("field_corrected", calendar).unwrap_err().contains("authority/ID"));
    assert!(described("bank_holiday_moved", "authority/hull").unwrap_err().contains(calendar));
    assert!(described("bank_holiday_moved", "calendar/scotland").unwrap_err().contains(calendar));
    assert!(described("report_published", "hull").unwrap_err().contains("is not a stream"));
}

#[test]
fn what_was_recorded_under_other_demands_is_read_all_the_same() {
    let mut event = of("judgements_made");
    event.sources.clear();
    event.note = "x".repeat(TEXT_LEN_MAX + 1);
    if let Some(pb::event::Body::JudgementsMade(m)) = &mut event.body {
        m.judgements.push(m.judgements[0].clone());
    }
    assert_eq!(proposal(&event, "").unwrap_err().len(), 3);
    assert!(stored(&event, "").is_ok());
}

#[test]
fn what_cannot_be_read_is_never_left_out_of_what_was_recorded() {
    let mut event = of("judgements_made");
    if let Some(pb::event::Body::JudgementsMade(m)) = &mut event.body {
        m.judgements[1].grade = 99;
    }
    let problems = stored(&event, "").unwrap_err();
    assert_eq!(problems[0].field, "judgements_made.judgements[1].grade");
}

#[test]
fn every_new_event_reads_the_same_once_it_is_recorded() {
    for (kind, name) in kinds::facts() {
        let event = example(*kind).unwrap();
        assert_eq!(stored(&event, ""), proposal(&event, ""), "{name}");
    }
}
