//! Three documents that contradict each other, imported in every order.

use docket_api::json;
use jiff::civil::date;

use super::super::fake::Fake;
use super::super::known::{History, OnRecord};
use super::super::lines::{Becomes, Reconciled};
use super::super::run::{Options, run};
use super::super::testing::{recorded, source};
use super::super::testing_book::ods;
use super::*;

const HULL: &str = "authority/kingston-upon-hull";
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A document of the same day as the others, as a release or as a line of a history.
enum Document {
    Release { title: &'static str, published: &'static str, grade: &'static str },
    Lines { title: &'static str, published: u32, grade: &'static str },
}

impl Document {
    async fn import(&self, docket: &mut Fake) {
        match self {
            Self::Release { title, published, grade } => {
                let cover = format!("{title}\nPublished on: | 2023-07-06");
                let table = format!(
                    "Local authority name | Inspection date | Publication date | Inspection type | Overall effectiveness\nHull | 2019-01-14 | {published} | ILACS Standard Inspection | {grade}"
                );
                let file = ods(&[("Cover", &cover), ("LA_inspections", &table)]);
                let report = run(docket, "x.ods", &file, &Options::default(), &mut |_| {}).await.unwrap();
                assert!(report.is_complete());
            }
            Self::Lines { title, published, grade } => {
                let day = format!(r#""happenedOn":{{"year":2019,"month":3,"day":{published}}}"#);
                let of = r#""inspection":"ilacs-2019-01-14","kind":"INSPECTION_KIND_ILACS_STANDARD""#;
                let judged = format!(
                    r#""judgements":[{{"kind":"JUDGEMENT_KIND_OVERALL_EFFECTIVENESS","grade":"{grade}"}}]"#
                );
                let lines = [
                    format!(
                        r#"{{"eventId":"p {title}","stream":"{HULL}",{day},"reportPublished":{{{of}}}}}"#
                    ),
                    format!(
                        r#"{{"eventId":"j {title}","stream":"{HULL}",{day},"judgementsMade":{{{of},{judged}}}}}"#
                    ),
                ];
                let lines = lines.map(|line| pb::Event {
                    sources: vec![source(title, date(2023, 7, 6))],
                    ..json::from_str(&line).unwrap()
                });
                let together = Reconciled::with_record(docket, lines.to_vec()).await.unwrap();
                for line in &lines {
                    let Becomes::Events(events) = together.becomes(line) else {
                        panic!("{line:?} is refused")
                    };
                    docket.streams.entry(HULL.to_owned()).or_default().extend(events);
                }
            }
        }
    }
}

/// The day of publication and the grade that stand after the documents were imported in this order.
async fn standing(documents: &[Document; 3], order: [usize; 3]) -> (Option<Date>, pb::Grade) {
    let mut docket = Fake::hull();
    for index in order {
        documents[index].import(&mut docket).await;
    }
    for document in documents {
        let before = docket.events();
        document.import(&mut docket).await;
        assert_eq!(docket.events(), before, "imported again, in {order:?}");
    }
    let history = History::of(&recorded(docket.streams[HULL].clone()));
    let [OnRecord { judgements: Some(judgements), .. }] = &history.inspections[..] else {
        panic!("one inspection: {:?}", history.inspections)
    };
    (history.inspections[0].days().published, judgements.body.judgements[0].grade())
}

#[track_caller]
fn check(standing: Vec<(Option<Date>, pb::Grade)>, day: i8, grade: pb::Grade) {
    assert_eq!(standing, vec![(Some(date(2019, 3, day)), grade); ORDERS.len()]);
}

#[tokio::test]
async fn of_three_releases_of_one_day_that_with_the_last_title_stands_in_any_order() {
    let documents = [
        Document::Release { title: "Outcomes A", published: "2019-03-20", grade: "Good" },
        Document::Release { title: "Outcomes B", published: "2019-03-21", grade: "Inadequate" },
        Document::Release { title: "Outcomes C", published: "2019-03-22", grade: "Outstanding" },
    ];
    let mut found = Vec::new();
    for order in ORDERS {
        found.push(standing(&documents, order).await);
    }
    check(found, 22, pb::Grade::Outstanding);
}

#[tokio::test]
async fn of_three_histories_of_one_day_that_with_the_last_title_stands_in_any_order() {
    let documents = [
        Document::Lines { title: "letter", published: 20, grade: "GRADE_GOOD" },
        Document::Lines { title: "report", published: 21, grade: "GRADE_INADEQUATE" },
        Document::Lines { title: "summary", published: 22, grade: "GRADE_OUTSTANDING" },
    ];
    let mut found = Vec::new();
    for order in ORDERS {
        found.push(standing(&documents, order).await);
    }
    check(found, 22, pb::Grade::Outstanding);
}

#[tokio::test]
async fn of_releases_and_histories_of_one_day_the_last_document_stands_in_any_order() {
    let documents = [
        Document::Release { title: "Outcomes", published: "2019-03-20", grade: "Good" },
        Document::Lines { title: "Report", published: 21, grade: "GRADE_INADEQUATE" },
        Document::Release { title: "Outcomes", published: "2019-03-22", grade: "Outstanding" },
    ];
    let mut found = Vec::new();
    for order in ORDERS {
        found.push(standing(&documents, order).await);
    }
    check(found, 21, pb::Grade::Inadequate);
}

#[test]
fn documents_are_ordered_by_day_then_title_then_hash_and_one_is_never_newer_than_itself() {
    let of = |title: &str, day, sha256: &str| {
        [pb::Source { sha256: sha256.to_owned(), place: "page 1".to_owned(), ..source(title, day) }]
    };
    let ordered = [
        [pb::Source { title: "undated".to_owned(), ..pb::Source::default() }],
        of("b", date(2023, 7, 6), "11"),
        of("a", date(2023, 7, 7), "33"),
        of("b", date(2023, 7, 7), "11"),
        of("b", date(2023, 7, 7), "22"),
    ];
    for (place, one) in ordered.iter().enumerate() {
        for (other_place, other) in ordered.iter().enumerate() {
            assert_eq!(is_newer(one, other), other_place < place, "{one:?} after {other:?}");
        }
        assert!(is_newer(one, &[]) && !is_newer(&[], one));
    }
    let hashless = of("b", date(2023, 7, 7), "");
    assert!(!is_newer(&ordered[3], &hashless) && !is_newer(&hashless, &ordered[3]));
}
