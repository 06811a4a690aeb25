//! Lines of a history beside what is on record, in a Docket in memory.

use docket_api::pb;
use jiff::civil::date;

use super::super::fake::Fake;
use super::super::testing::source;
use super::*;

const HULL: &str = "authority/kingston-upon-hull";

/// A line of a history, with a source of this title and day.
fn line(id: &str, title: &str, day: jiff::civil::Date, body: &str) -> pb::Event {
    let text = format!(r#"{{"eventId":"{id}","stream":"{HULL}",{body}}}"#);
    let event: pb::Event = json::from_str(&text).unwrap();
    pb::Event { sources: vec![source(title, day)], ..event }
}

fn published(id: &str, title: &str, told: jiff::civil::Date, key: &str, day: u32) -> pb::Event {
    let body = format!(
        r#""happenedOn":{{"year":2019,"month":3,"day":{day}}},"reportPublished":{{"inspection":"{key}","kind":"INSPECTION_KIND_ILACS_STANDARD"}}"#
    );
    line(id, title, told, &body)
}

/// A release told of the report alone; what a history of it becomes beside that.
async fn beside_the_release(history: &[pb::Event]) -> (Fake, Reconciled) {
    let mut docket = Fake::hull();
    let release = published("r", "release", date(2023, 7, 6), "ilacs-published-2019-03-20", 20);
    docket.streams.insert(HULL.to_owned(), vec![release]);
    let reconciled = reconciled(&mut docket, history).await;
    (docket, reconciled)
}

async fn reconciled(docket: &mut Fake, history: &[pb::Event]) -> Reconciled {
    let tellings = history.iter().filter(|line| is_telling(line)).cloned().collect();
    Reconciled::with_record(docket, tellings).await.unwrap()
}

/// Records what the lines become, and says it: each event in a word or two.
fn record(docket: &mut Fake, reconciled: &Reconciled, history: &[pb::Event]) -> Vec<String> {
    let mut said = Vec::new();
    for line in history {
        let Becomes::Events(events) = reconciled.becomes(line) else { panic!("{line:?} is refused") };
        for event in events {
            said.push(match event.body.as_ref().unwrap() {
                Body::FieldCorrected(body) => body.reason.clone(),
                Body::EventsConfirmed(body) => format!("confirms {:?}", body.event_ids),
                Body::FieldworkRecorded(body) => format!("fieldwork of {}", body.inspection),
                Body::DueDateStated(body) => format!("due {}", body.obligation),
                Body::ImprovementNoticeIssued(body) => format!("notice after {:?}", body.triggers),
                other => format!("{other:?}"),
            });
            docket.streams.entry(HULL.to_owned()).or_default().push(event);
        }
    }
    said
}

#[tokio::test]
async fn a_history_is_recorded_under_the_key_on_record_and_confirms_what_it_repeats() {
    let letter = date(2019, 3, 20);
    let history = [
        line(
            "a",
            "report",
            letter,
            r#""happenedOn":{"year":2019,"month":2,"day":18},"fieldworkRecorded":{"inspection":"ilacs-2019-02-18","kind":"INSPECTION_KIND_ILACS_STANDARD"}"#,
        ),
        published("b", "report", letter, "ilacs-2019-02-18", 20),
        line(
            "c",
            "report",
            letter,
            r#""dueDateStated":{"obligation":"ilacs-2019-02-18/written-statement","dueDate":{"year":2019,"month":6,"day":28}}"#,
        ),
        line(
            "d",
            "notice",
            letter,
            r#""improvementNoticeIssued":{"instrument":"notice-2019-04-01","triggers":["ilacs-2019-02-18","jtai-2017-05-01"]}"#,
        ),
    ];
    let (mut docket, reconciled) = beside_the_release(&history).await;
    assert_eq!(
        record(&mut docket, &reconciled, &history),
        [
            "fieldwork of ilacs-published-2019-03-20",
            r#"confirms ["r"]"#,
            "due ilacs-published-2019-03-20/written-statement",
            r#"notice after ["ilacs-published-2019-03-20", "jtai-2017-05-01"]"#,
        ]
    );
    assert!(docket.streams[HULL].iter().any(|event| event.event_id == "a"), "it keeps its own id");
    // The lines that were recorded themselves are known by their ids, as ever.
    let again = self::reconciled(&mut docket, &history).await;
    assert_eq!(again.becomes(&history[0]), Becomes::Events(Vec::new()));
    assert_eq!(again.becomes(&history[1]), Becomes::Events(Vec::new()));
    let recorded = &docket.streams[HULL];
    for line in &history[2..] {
        let Becomes::Events(events) = again.becomes(line) else { panic!("refused") };
        assert!(recorded.contains(&events[0]), "{events:?}");
    }
}

#[tokio::test]
async fn a_report_that_the_list_names_by_a_first_day_is_compared_with_what_is_on_record_under_that_name() {
    let mut docket = Fake::hull();
    let on_record = published("r", "release", date(2023, 7, 6), "ilacs-2019-01-14", 20);
    docket.streams.insert(HULL.to_owned(), vec![on_record]);
    let body = r#""happenedOn":{"year":2019,"month":5,"day":17},"reportPublished":{"inspection":"ilacs-published-2019-05-17","kind":"INSPECTION_KIND_ILACS_STANDARD"}"#;
    let history = [line("a", "letter", date(2019, 5, 17), body)];
    let reconciled = reconciled(&mut docket, &history).await;
    assert_eq!(record(&mut docket, &reconciled, &history), [""; 0]);
    assert_eq!(reconciled.contradictions.len(), 1, "{:?}", reconciled.contradictions);
}

#[tokio::test]
async fn what_contradicts_the_record_is_decided_by_the_day_of_the_document() {
    let key = "ilacs-published-2019-03-20";
    let older = [published("a", "report", date(2019, 3, 20), key, 21)];
    let (mut docket, reconciled) = beside_the_release(&older).await;
    assert_eq!(record(&mut docket, &reconciled, &older), Vec::<String>::new());
    assert_eq!(
        reconciled.contradictions,
        [
            "ILACS standard inspection published 2019-03-20: publication date 2019-03-21; on record, of a source not older, is 2019-03-20"
        ]
    );
    let newer = [published("b", "later list", date(2024, 1, 1), key, 22)];
    let (mut docket, reconciled) = beside_the_release(&newer).await;
    assert_eq!(
        record(&mut docket, &reconciled, &newer),
        ["another document says more, or otherwise: publication date: 2019-03-22, was 2019-03-20"]
    );
}

#[tokio::test]
async fn an_older_document_does_not_win_over_what_a_newer_one_confirmed() {
    let key = "ilacs-published-2019-03-20";
    let confirms = [published("b", "list of 2025", date(2025, 1, 1), key, 20)];
    let (mut docket, reconciled) = beside_the_release(&confirms).await;
    assert_eq!(record(&mut docket, &reconciled, &confirms), [r#"confirms ["r"]"#]);
    let between = [published("c", "list of 2024", date(2024, 1, 1), key, 22)];
    let reconciled = self::reconciled(&mut docket, &between).await;
    assert_eq!(record(&mut docket, &reconciled, &between), Vec::<String>::new());
    assert_eq!(reconciled.contradictions.len(), 1);
}

#[tokio::test]
async fn a_line_about_a_line_that_is_on_record_already_is_not_recorded_either() {
    let told = published("h", "history", date(2019, 3, 20), "ilacs-2019-01-14", 20);
    let about = |id: &str, body: &str| line(id, "history", date(2019, 3, 20), body);
    let twin = published("t", "history", date(2019, 3, 20), "ilacs-2019-01-14", 20);
    let history = [
        told,
        twin,
        about("c", r#""fieldCorrected":{"eventId":"h","reason":"again"}"#),
        about("v", r#""eventVoided":{"eventId":"c"}"#),
        about("m", r#""eventMerged":{"eventId":"t","duplicateOf":"h"}"#),
        about("k", r#""eventsConfirmed":{"eventIds":["h"]}"#),
    ];
    let (mut docket, reconciled) = beside_the_release(&history).await;
    assert_eq!(record(&mut docket, &reconciled, &history), [r#"confirms ["r"]"#]);
}

#[tokio::test]
async fn a_month_agrees_with_a_day_in_it_and_contradicts_one_in_another() {
    let of_month = |month: u32| {
        let body = format!(
            r#""happenedOn":{{"year":2019,"month":{month}}},"reportPublished":{{"inspection":"ilacs-published-2019-03-20","kind":"INSPECTION_KIND_ILACS_STANDARD"}}"#
        );
        [line("h", "history", date(2019, 4, 1), &body)]
    };
    let (mut docket, reconciled) = beside_the_release(&of_month(3)).await;
    assert_eq!(record(&mut docket, &reconciled, &of_month(3)), [r#"confirms ["r"]"#]);
    let told = of_month(5);
    let mut docket = Fake::hull();
    let release = published("r", "release", date(2023, 7, 6), "ilacs-published-2019-03-20", 20);
    let began = line(
        "f",
        "release",
        date(2023, 7, 6),
        r#""happenedOn":{"year":2019,"month":1,"day":14},"fieldworkRecorded":{"inspection":"ilacs-published-2019-03-20","kind":"INSPECTION_KIND_ILACS_STANDARD"}"#,
    );
    docket.streams.insert(HULL.to_owned(), vec![began.clone(), release]);
    let history = [pb::Event { event_id: "g".to_owned(), ..began }, told[0].clone()];
    let reconciled = self::reconciled(&mut docket, &history).await;
    let said = record(&mut docket, &reconciled, &history);
    assert!(!said.iter().any(|said| said.contains(r#""r""#)), "{said:?}");
    assert_eq!(reconciled.contradictions.len(), 1, "{:?}", reconciled.contradictions);
}

#[tokio::test]
async fn a_line_that_fits_two_inspections_on_record_is_refused() {
    let mut docket = Fake::hull();
    let told = date(2023, 7, 6);
    let on_record = [
        published("r", "release", told, "ilacs-published-2019-03-20", 20),
        published("s", "release", told, "ilacs-published-2019-03-10", 10),
    ];
    docket.streams.insert(HULL.to_owned(), on_record.to_vec());
    let history = [published("a", "report", told, "ilacs-2019-02-18", 15)];
    let Becomes::Refused(why) = reconciled(&mut docket, &history).await.becomes(&history[0]) else {
        panic!("refused");
    };
    assert!(why.contains("ilacs-published-2019-03-10"), "{why}");
}

/// The fieldwork of one inspection; `said` is what it says beside its first day.
fn fieldwork(id: &str, told: jiff::civil::Date, said: &str) -> pb::Event {
    let body = format!(
        r#""happenedOn":{{"year":2019,"month":2,"day":18}},"fieldworkRecorded":{{"inspection":"focused-visit-2019-02-18",{said}}}"#
    );
    line(id, id, told, &body)
}

#[tokio::test]
async fn what_is_missing_is_filled_in_and_a_theme_stands_in_the_words_nearest_to_the_visit() {
    let release = fieldwork(
        "r",
        date(2023, 7, 6),
        r#""kind":"INSPECTION_KIND_FOCUSED_VISIT","theme":"Front door/MASH""#,
    );
    let letter = fieldwork(
        "a",
        date(2019, 3, 20),
        r#""kind":"INSPECTION_KIND_FOCUSED_VISIT","theme":"The front door","ranges":[{"firstDate":{"year":2019,"month":2,"day":18},"lastDate":{"year":2019,"month":2,"day":19}}]"#,
    );
    let expected = letter.body.clone();
    for (first, then, becomes) in [
        (
            &release,
            &letter,
            vec![
                "another document says more, or otherwise: days: 2019-02-18 to 2019-02-19, was not on record; theme: The front door",
            ],
        ),
        (&letter, &release, vec![r#"confirms ["a"]"#]),
    ] {
        let mut docket = Fake::hull();
        docket.streams.insert(HULL.to_owned(), vec![first.clone()]);
        let history = [then.clone()];
        let reconciled = reconciled(&mut docket, &history).await;
        assert_eq!(record(&mut docket, &reconciled, &history), becomes);
        let on_record = History::of(&super::super::testing::recorded(docket.streams[HULL].clone()));
        let standing = on_record.inspections[0].fieldwork.clone().unwrap();
        assert!(standing.has_heard(&release.sources[0]) && standing.has_heard(&letter.sources[0]));
        assert_eq!(Some(Body::FieldworkRecorded(standing.body)), expected);
    }
}

#[tokio::test]
async fn a_kind_that_the_newer_document_says_otherwise_is_corrected_in_one_request_with_what_is_new() {
    let key = "ilacs-published-2019-03-20";
    let newer = date(2024, 1, 1);
    let short = |event: pb::Event| {
        let text = json::to_value(&event).to_string().replace("ILACS_STANDARD", "ILACS_SHORT");
        json::from_str::<pb::Event>(&text).unwrap()
    };
    let judgements = format!(
        r#""judgementsMade":{{"inspection":"{key}","kind":"INSPECTION_KIND_ILACS_SHORT","judgements":[{{"kind":"JUDGEMENT_KIND_LEADERS","grade":"GRADE_GOOD"}}]}}"#
    );
    let history = [short(published("a", "list", newer, key, 20)), line("b", "list", newer, &judgements)];
    let (_, reconciled) = beside_the_release(&history).await;
    let Becomes::Events(events) = reconciled.becomes(&history[0]) else { panic!("refused") };
    assert_eq!(events.len(), 2);
    assert!(matches!(events[0].body, Some(Body::FieldCorrected(_))), "{:?}", events[0]);
    assert_eq!(events[1], history[1]);
    assert_eq!(reconciled.becomes(&history[1]), Becomes::Events(Vec::new()));
}

#[tokio::test]
async fn a_kind_is_corrected_in_the_events_that_no_line_tells_of_too() {
    let key = "ilacs-published-2019-03-20";
    let told = date(2023, 7, 6);
    let judgements = format!(
        r#""judgementsMade":{{"inspection":"{key}","kind":"INSPECTION_KIND_ILACS_STANDARD","judgements":[{{"kind":"JUDGEMENT_KIND_LEADERS","grade":"GRADE_GOOD"}}]}}"#
    );
    let on_record = [published("r", "release", told, key, 20), line("s", "release", told, &judgements)];
    let mut docket = Fake::hull();
    docket.streams.insert(HULL.to_owned(), on_record.to_vec());
    let mut newer = published("a", "list", date(2024, 1, 1), key, 20);
    if let Some(Body::ReportPublished(body)) = &mut newer.body {
        body.kind = pb::InspectionKind::IlacsShort.into();
    }
    let history = [newer];
    let reconciled = reconciled(&mut docket, &history).await;
    let kind = "another document says more, or otherwise: kind: ILACS short inspection, was ILACS standard inspection";
    assert_eq!(record(&mut docket, &reconciled, &history), [kind, kind]);
}
