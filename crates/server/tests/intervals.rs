//! How long things took.

use docket_api::pb;
use docket_api::pb::IntervalMeasure as Measure;
use tonic::{Code, Status};

use crate::harness::{World, date, event, inadequate, on, reason};

async fn ask(world: &World, request: pb::GetIntervalsRequest) -> Result<pb::GetIntervalsResponse, Status> {
    world.plans().get_intervals(request).await.map(tonic::Response::into_inner)
}

/// The question for one measure on a day.
fn of(measure: Measure, asked: &str) -> pb::GetIntervalsRequest {
    pb::GetIntervalsRequest { as_of: Some(on(asked)), measures: vec![measure.into()], ..Default::default() }
}

fn day(date: Option<&pb::Date>) -> String {
    date.map_or_else(
        || "-".to_owned(),
        |date| {
            let parts = [format!("{}", date.year), format!("{:02}", date.month), format!("{:02}", date.day)];
            parts.into_iter().filter(|part| part != "00").collect::<Vec<_>>().join("-")
        },
    )
}

/// An interval in one line.
fn line(interval: &pb::Interval) -> String {
    let name = &interval.authority.as_ref().unwrap().id;
    let (from, to) = (day(interval.from_date.as_ref()), day(interval.to_date.as_ref()));
    let length = match interval.left_out_because.as_str() {
        "" => interval.days.to_string(),
        why => why.to_owned(),
    };
    format!("{name} {from} {to}: {length}")
}

fn lines(answer: &pb::GetIntervalsResponse) -> Vec<String> {
    answer.groups.iter().flat_map(|group| &group.intervals).map(line).collect()
}

#[tokio::test]
async fn from_report_to_notice_it_counts_from_the_report_that_the_notice_names() {
    let world = World::with_histories(&["cumbria", "halton", "solihull", "herefordshire", "devon"]).await;
    let answer = ask(&world, of(Measure::ReportToNotice, "2025-01-01")).await.unwrap();
    assert_eq!(
        lines(&answer),
        [
            "cumbria 2013-06-24 2014-01-07: 197",
            "cumbria 2012-05-29 2012-08-03: 66",
            "halton 2021-11-17 2022-01-13: 57",
            "solihull 2022-02-21 2022-02-28: 7",
            // The notice of Devon is known to the year; a court led to that of Herefordshire.
            "devon 2013-05-29 2014: the day up to which it counts is not known to the day",
            "herefordshire - 2021-05-18: it names no inspection as what led to it, or one of which no publication is \
             recorded",
        ]
    );
    let group = &answer.groups[0];
    let spread = group.days.as_ref().unwrap();
    assert_eq!((group.count, group.left_out), (4, 2));
    assert_eq!((spread.min, spread.median, spread.max, spread.mode_count), (7, 61.5, 197, 1));
    assert_eq!(group.working_days, None);
    let halton = group.intervals.iter().find(|one| one.ends == "notice-2022-01-13").unwrap();
    assert_eq!((halton.begins.as_str(), halton.rank), ("focused-visit-2021-10-13", 3));
    assert_eq!(halton.rests_on.len(), 2);
    assert_eq!(answer.meanings.len(), 1);
    assert_eq!(answer.meanings[0].unit(), pb::PeriodUnit::CalendarDays);
}

#[tokio::test]
async fn an_instrument_that_a_report_led_to_may_come_on_the_same_day_and_a_revised_one_that_names_none_is_no_answer()
 {
    let world = World::with_histories(&["west-sussex", "halton", "kirklees"]).await;
    let answer = ask(&world, of(Measure::ReportToDirection, "2025-06-01")).await.unwrap();
    // West Sussex has two revised directions, Halton and Kirklees one each: none of them names a report.
    assert_eq!(
        lines(&answer),
        [
            "halton 2024-07-12 2024-08-30: 49",
            "west-sussex 2019-05-08 2019-06-04: 27",
            "kirklees 2016-11-25 2016-11-25: 0",
        ]
    );
}

#[tokio::test]
async fn a_chain_of_notices_counts_from_its_first_and_a_chain_of_directions_to_its_last() {
    let world =
        World::with_histories(&["cumbria", "halton", "west-sussex", "kingston-upon-hull", "wakefield"]).await;
    let answer = ask(&world, of(Measure::NoticeToDirection, "2025-06-01")).await.unwrap();
    assert_eq!(lines(&answer), ["cumbria 2012-08-03 2015-11-09: 1193", "halton 2022-01-13 2024-08-30: 960"]);
    let cumbria = &answer.groups[0].intervals[0];
    assert_eq!(
        (cumbria.begins.as_str(), cumbria.ends.as_str()),
        ("notice-2012-08-03", "direction-2015-11-09")
    );
    let answer = ask(&world, of(Measure::DirectionToExit, "2025-06-01")).await.unwrap();
    assert_eq!(
        lines(&answer),
        [
            "west-sussex 2019-06-04 2023-05-11: 1437",
            // Hull went on under a notice.
            "kingston-upon-hull 2020-03-16 2022-08-05: 872",
            "cumbria 2015-11-09 2023-04-01: it ended with the authority, or passed to another",
            "wakefield 2018-08 2022-01-13: the day from which it counts is not known to the day",
        ]
    );
    // On the day before, that of Hull had no end yet, and so was no interval.
    let answer = ask(&world, of(Measure::DirectionToExit, "2022-08-04")).await.unwrap();
    assert!(!lines(&answer).iter().any(|line| line.starts_with("kingston")), "{:?}", lines(&answer));
}

#[tokio::test]
async fn days_waited_have_a_rank_and_those_who_wait_as_long_share_it() {
    let world =
        World::with_histories(&["kingston-upon-hull", "north-northamptonshire", "west-northamptonshire"])
            .await;
    let request = pb::GetIntervalsRequest {
        authorities: ["hull", "north-northamptonshire", "west-northamptonshire", "barnet"]
            .map(str::to_owned)
            .into(),
        ..of(Measure::SinceFullInspection, "2024-01-01")
    };
    let answer = ask(&world, request).await.unwrap();
    assert_eq!(
        lines(&answer),
        [
            "north-northamptonshire 2022-10-03 2024-01-01: 455",
            "west-northamptonshire 2022-10-03 2024-01-01: 455",
            "kingston-upon-hull 2022-11-14 2024-01-01: 413",
            "barnet - 2024-01-01: no full inspection counts on the day asked",
        ]
    );
    let ranks: Vec<u32> = answer.groups[0].intervals.iter().map(|one| one.rank).collect();
    assert_eq!(ranks, [1, 1, 3, 0]);
}

#[tokio::test]
async fn to_publication_it_counts_working_days_from_the_last_day_on_site_and_from_the_first() {
    let world = World::with_histories(&["kingston-upon-hull"]).await;
    let request = |measure| pb::GetIntervalsRequest {
        group_by: vec![pb::IntervalGrouping::Year.into()],
        from_date: Some(date("2019-01-01")),
        to_date: Some(date("2022-12-31")),
        ..of(measure, "2024-01-01")
    };
    let answer = ask(&world, request(Measure::FieldworkEndToPublication)).await.unwrap();
    let groups: Vec<(&str, u32, i32)> = answer
        .groups
        .iter()
        .map(|group| {
            (group.keys[0].as_str(), group.count, group.working_days.as_ref().map_or(0, |all| all.mode))
        })
        .collect();
    // 25 January to 17 May 2019; 4 March to 10 May 2021; 25 November 2022 to 13 January 2023. What has no day is in no year.
    assert_eq!(groups, [("2019", 1, 77), ("2021", 1, 44), ("2022", 1, 32), ("unknown", 0, 0)]);
    let hull = &answer.groups[0].intervals[0];
    assert_eq!((hull.days, hull.working_days, hull.grade()), (112, Some(77), pb::Grade::Inadequate));
    let answer = ask(&world, request(Measure::FieldworkStartToPublication)).await.unwrap();
    assert_eq!(answer.groups[0].intervals[0].working_days, Some(86));
    assert_eq!(answer.meanings[0].unit(), pb::PeriodUnit::WorkingDays);
}

#[tokio::test]
async fn the_reports_of_the_sample_histories_took_as_long_as_most_reports_of_their_years() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/histories");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let world = World::with_histories(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut found = Vec::new();
    for (first, last) in
        [("2018-01-29", "2020-12-31"), ("2021-01-01", "2023-12-31"), ("2024-01-01", "2026-12-31")]
    {
        let request = pb::GetIntervalsRequest {
            inspection_kinds: vec![
                pb::InspectionKind::IlacsStandard.into(),
                pb::InspectionKind::IlacsShort.into(),
            ],
            from_date: Some(date(first)),
            to_date: Some(date(last)),
            ..of(Measure::FieldworkEndToPublication, "2026-11-22")
        };
        let answer = ask(&world, request).await.unwrap();
        let spread = answer.groups[0].working_days.unwrap();
        found.push((answer.groups[0].count, spread.mode, spread.mode_count));
    }
    // The reference measured all reports of these years: most often 21, 30 and 27 working days from the last day of fieldwork. Of the
    // last 21 here 31 comes four times, nearly as often as 27, since those of early 2026 waited for the elections.
    assert_eq!(found, [(18, 21, 8), (21, 30, 12), (21, 27, 5)]);
}

#[tokio::test]
async fn a_report_under_embargo_is_in_no_interval_though_an_instrument_names_it() {
    let days = ["2025-03-03", "2025-03-14", "2025-04-10", "2025-05-20"];
    let world = World::new().await;
    let without = World::new().await;
    let direction = |triggers: &[&str]| {
        let issued = pb::DirectionIssued {
            instrument: "direction-2025-05-01".to_owned(),
            domain: pb::ServiceDomain::ChildrensSocialCare.into(),
            triggers: triggers.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        event(9, "barnet", "2025-05-01", pb::event::Body::DirectionIssued(issued))
    };
    world.record(inadequate(1, "barnet", days)).await.unwrap();
    world.record(vec![direction(&["ilacs-2025-03-03"])]).await.unwrap();
    without.record(inadequate(1, "barnet", days)[..1].to_vec()).await.unwrap();
    without.record(vec![direction(&["A letter"])]).await.unwrap();
    let asked = async |world: &World, day: &str| {
        let request = pb::GetIntervalsRequest {
            measures: Vec::new(),
            authorities: vec!["barnet".to_owned()],
            ..of(Measure::SinceFullInspection, day)
        };
        ask(world, request).await.unwrap().groups
    };
    assert_eq!(asked(&world, "2025-05-19").await, asked(&without, "2025-05-19").await);
    let published = ask(&world, of(Measure::ReportToDirection, "2025-05-20")).await.unwrap();
    assert_eq!(lines(&published), ["barnet 2025-05-20 2025-05-01: -19"]);
}

#[tokio::test]
async fn a_report_that_is_not_out_yet_ends_no_interval_and_leads_to_no_notice() {
    let world = World::with_histories(&["kingston-upon-hull"]).await;
    let counted = async |asked: &str| {
        let request = pb::GetIntervalsRequest {
            from_date: Some(date("2022-11-01")),
            to_date: Some(date("2022-11-30")),
            ..of(Measure::FieldworkEndToPublication, asked)
        };
        let answer = ask(&world, request).await.unwrap();
        answer.groups.iter().map(|group| group.count).sum::<u32>()
    };
    assert_eq!((counted("2023-01-12").await, counted("2023-01-13").await), (0, 1));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_by_the_name_of_the_field() {
    let world = World::new().await;
    let request = || of(Measure::SinceFullInspection, "2024-01-01");
    for (field, request) in [
        (
            "to_date",
            pb::GetIntervalsRequest {
                from_date: Some(date("2024-01-02")),
                to_date: Some(date("2024-01-01")),
                ..request()
            },
        ),
        ("measures[0]", pb::GetIntervalsRequest { measures: vec![99], ..request() }),
        ("inspection_kinds[0]", pb::GetIntervalsRequest { inspection_kinds: vec![99], ..request() }),
        ("domains[0]", pb::GetIntervalsRequest { domains: vec![9], ..request() }),
        ("group_by[0]", pb::GetIntervalsRequest { group_by: vec![99], ..request() }),
        ("page_size", pb::GetIntervalsRequest { page_size: -1, ..request() }),
    ] {
        let refused = ask(&world, request).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
        assert!(refused.message().contains(field), "{field}: {}", refused.message());
    }
}

#[tokio::test]
async fn the_pages_of_a_table_are_parts_of_one_answer() {
    let world = World::with_histories(&["kingston-upon-hull", "halton", "leeds"]).await;
    let whole = pb::GetIntervalsRequest {
        measures: Vec::new(),
        group_by: vec![pb::IntervalGrouping::Authority.into(), pb::IntervalGrouping::Year.into()],
        authorities: ["hull", "halton", "leeds"].map(str::to_owned).into(),
        ..of(Measure::SinceFullInspection, "2025-01-01")
    };
    let expected = ask(&world, whole.clone()).await.unwrap().groups;
    let mut request = pb::GetIntervalsRequest { page_size: 4, ..whole };
    let mut groups = Vec::new();
    loop {
        let page = ask(&world, request.clone()).await.unwrap();
        groups.extend(page.groups);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert!(8 < groups.len());
    assert_eq!(groups, expected);
}
