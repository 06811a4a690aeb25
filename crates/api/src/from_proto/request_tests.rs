//! What can be read of a request, and what is said of what cannot.

use docket_domain::terms::{Basis, View};
use docket_domain::{Position, Revision};
use pb::expected_revision::Expectation as E;

use super::*;
use crate::examples::example;

fn events(len: usize) -> Vec<pb::Event> {
    let one = |n: usize| pb::Event {
        event_id: format!("00000000-0000-4000-8000-{n:012X}"),
        ..example(71).unwrap()
    };
    (0..len).map(one).collect()
}

fn expect_stream(stream: &str, expectation: Option<E>) -> pb::ExpectedRevision {
    pb::ExpectedRevision { stream: stream.into(), expectation }
}

fn fields(problems: &[FieldProblem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.field.as_str()).collect()
}

#[test]
fn a_request_records_1_to_1000_events() {
    for (len, fits) in [(0, false), (1, true), (1_000, true), (1_001, false)] {
        let request = pb::RecordRequest { events: events(len), ..Default::default() };
        assert_eq!(record(request).is_ok(), fits, "{len}");
    }
}

#[test]
fn what_is_left_out_of_a_request_has_its_default() {
    let request = pb::RecordRequest {
        events: events(11),
        expected: vec![
            expect_stream("authority/E06000010", Some(E::Revision(7))),
            expect_stream("authority/cumbria", Some(E::NoStream(true))),
        ],
        ..Default::default()
    };
    let read = record(request).unwrap();
    assert_eq!(read.recorded_by, "anonymous");
    assert_eq!(read.expected[0].1, Expectation::Exactly(Revision(7)));
    assert_eq!(read.expected[1], ("authority/cumbria".into(), Expectation::NoStream));
    assert_eq!(read.events[10].proposal.id.to_string(), "00000000-0000-4000-8000-00000000000a");
}

#[test]
fn what_stands_twice_in_a_request_is_refused_beside_all_else() {
    let mut twice = events(3);
    twice[2].event_id = twice[0].event_id.clone();
    twice[1].stream = "hull".into();
    let request = pb::RecordRequest {
        events: twice,
        expected: vec![
            expect_stream("authority/hull", Some(E::Revision(7))),
            expect_stream("authority/hull", Some(E::NoStream(false))),
            expect_stream("hull", None),
        ],
        recorded_by: "x".repeat(RECORDED_BY_LEN_MAX + 1),
        ..Default::default()
    };
    assert_eq!(
        fields(&record(request).unwrap_err()),
        [
            "events[1].stream",
            "events[2].event_id",
            "expected[1].stream",
            "expected[1].no_stream",
            "expected[2].stream",
            "expected[2].expectation",
            "recorded_by",
        ]
    );
}

#[test]
fn a_question_without_an_as_of_means_what_is_published_at_the_head() {
    let question =
        AsOfQuestion { effective: None, known: Known::Head, basis: Basis::Published, view: View::Public };
    assert_eq!(as_of(None, "as_of"), Ok(question));
    let position = pb::AsOf { known_position: 9, ..Default::default() };
    assert_eq!(as_of(Some(&position), "").unwrap().known, Known::Position(Position(9)));
}

#[test]
fn a_question_names_a_whole_day_and_one_end_of_what_is_known() {
    let question = pb::AsOf {
        effective_date: Some(pb::Date { year: 2019, month: 3, day: 0 }),
        known_time: Some(prost_types::Timestamp { seconds: 0, nanos: -1 }),
        known_position: 9,
        basis: 99,
        view: 2,
    };
    assert_eq!(
        fields(&as_of(Some(&question), "first").unwrap_err()),
        ["first.effective_date", "first.basis", "first.known_position", "first.known_time"]
    );
}

#[test]
fn a_filter_knows_kinds_by_name() {
    let named = |kinds: &[&str]| pb::EventFilter {
        kinds: kinds.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    assert_eq!(filter(None, ""), Ok(Filter::default()));
    assert_eq!(filter(Some(&named(&["direction_issued"])), "").unwrap().kinds, [71]);
    let problems = filter(Some(&named(&["direction_issued", "directionIssued"])), "filter").unwrap_err();
    assert_eq!(fields(&problems), ["filter.kinds[1]"]);
}

#[test]
fn a_page_has_the_default_size_or_at_most_the_largest() {
    assert_eq!(page_size(0, 50, 200, ""), Ok(50));
    assert_eq!(page_size(7, 50, 200, ""), Ok(7));
    assert_eq!(page_size(i32::MAX, 50, 200, ""), Ok(200));
    assert_eq!(fields(&page_size(-1, 50, 200, "").unwrap_err()), ["page_size"]);
}
