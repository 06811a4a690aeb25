//! Figures that others computed from Ofsted's release, or from reports, computed again from the imported release.

use docket_api::pb;
use docket_api::pb::IntervalMeasure as Measure;
use docket_api::pb::plan_service_client::PlanServiceClient;
use jiff::civil::{Date, date};

use super::{import, shared};
use crate::process::Server;

const RELEASE_2025: &str = "official/LA_Inspection_Outcomes_as_at_31_March_2025.ods";

/// A server that holds the release of 31 March 2025, and nothing else.
async fn imported(directory: &std::path::Path) -> (Server, PlanServiceClient<tonic::transport::Channel>) {
    let server = Server::without_checkpoints(directory);
    let (code, printed) = import(&server, &shared(RELEASE_2025), &[]);
    assert_eq!(code, 0, "{printed}");
    let client = PlanServiceClient::new(server.channel().await);
    (server, client)
}

fn wire(day: Date) -> pb::Date {
    pb::Date { year: day.year().into(), month: day.month().into(), day: day.day().into() }
}

/// The question for one measure, asked on a day when all of the release was published.
fn of(measure: Measure) -> pb::GetIntervalsRequest {
    let as_of = pb::AsOf { effective_date: Some(wire(date(2025, 12, 31))), ..pb::AsOf::default() };
    pb::GetIntervalsRequest {
        as_of: Some(as_of),
        measures: vec![measure.into()],
        ..pb::GetIntervalsRequest::default()
    }
}

async fn groups(
    client: &mut PlanServiceClient<tonic::transport::Channel>,
    request: pb::GetIntervalsRequest,
) -> Vec<pb::IntervalGroup> {
    let answer = client.get_intervals(request).await.unwrap().into_inner();
    assert_eq!(answer.next_page_token, "");
    answer.groups
}

/// Days from the beginning to the publication of what such an inspection or visit found, begun in these years.
async fn to_publication(
    client: &mut PlanServiceClient<tonic::transport::Channel>,
    kinds: &[pb::InspectionKind],
    (first_year, last_year): (i16, i16),
) -> (u32, pb::IntervalSpread) {
    let request = pb::GetIntervalsRequest {
        inspection_kinds: kinds.iter().map(|kind| i32::from(*kind)).collect(),
        from_date: Some(wire(date(first_year, 1, 1))),
        to_date: Some(wire(date(last_year, 12, 31))),
        ..of(Measure::FieldworkStartToPublication)
    };
    let group = groups(client, request).await.remove(0);
    assert_eq!(group.left_out, 0);
    (group.count, group.working_days.unwrap())
}

#[tokio::test]
async fn a_letter_after_a_visit_most_often_comes_22_working_days_after_the_visit_began() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, mut client) = imported(directory.path()).await;
    let visits = [pb::InspectionKind::FocusedVisit, pb::InspectionKind::MonitoringVisit];
    let (count, spread) = to_publication(&mut client, &visits, (2024, 2025)).await;
    assert_eq!(count, 60, "as many as the reference counted");
    assert_eq!((spread.mode, spread.mode_count), (22, 41));
    assert_eq!((spread.min, spread.median, spread.max), (21, 22.0, 55));
}

#[tokio::test]
async fn from_the_first_day_reports_take_as_much_longer_as_the_inspectors_are_on_site() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, mut client) = imported(directory.path()).await;
    // The reference has 21, 30 and 27 working days from the last day of fieldwork, read in the reports. The release has only the first
    // day. From there it is nine working days more where inspectors come for two weeks, and four where they come for one.
    let (standard, short) = (pb::InspectionKind::IlacsStandard, pb::InspectionKind::IlacsShort);
    let mut found = Vec::new();
    for (years, from_the_last_day) in [((2018, 2020), 21), ((2021, 2023), 30), ((2024, 2025), 27)] {
        let (standard_count, of_two_weeks) = to_publication(&mut client, &[standard], years).await;
        let (short_count, of_one_week) = to_publication(&mut client, &[short], years).await;
        assert_eq!(of_two_weeks.mode, from_the_last_day + 9, "standard, {years:?}");
        assert_eq!(of_one_week.mode, from_the_last_day + 4, "short, {years:?}");
        found.push([
            (standard_count, of_two_weeks.mode, of_two_weeks.mode_count),
            (short_count, of_one_week.mode, of_one_week.mode_count),
        ]);
    }
    assert_eq!(
        found,
        [[(71, 30, 42), (32, 25, 11)], [(74, 39, 42), (34, 34, 23)], [(26, 36, 9), (34, 31, 14)]]
    );
    // From the last day itself nothing can be said: every pair is left out, none is guessed.
    let from_the_last_day = groups(&mut client, of(Measure::FieldworkEndToPublication)).await.remove(0);
    assert_eq!((from_the_last_day.count, from_the_last_day.left_out), (0, 331));
    assert!(
        from_the_last_day.intervals.iter().all(|one| one.left_out_because.contains("from which it counts"))
    );
}

#[tokio::test]
async fn between_two_inspections_lie_as_many_months_as_the_reference_says_of_each_grade() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, mut client) = imported(directory.path()).await;
    let request = pb::GetIntervalsRequest {
        group_by: vec![pb::IntervalGrouping::Grade.into()],
        ..of(Measure::BetweenFullInspections)
    };
    let months = |days: f64| (days / 30.4375).round();
    let found: Vec<(String, u32, f64, f64)> = groups(&mut client, request)
        .await
        .into_iter()
        .map(|group| {
            let days = group.days.unwrap();
            assert_eq!(group.left_out, 0, "{:?}", group.keys);
            (group.keys.concat(), group.count, months(days.median), months(days.min.into()))
        })
        .collect();
    // The reference: 40 re-inspections after good, 19 after outstanding, 41 and 15 after the others; medians of 59, 57, 51 and 45
    // months; the shortest after inadequate 30.
    let expected = [
        ("good", 40, 59.0, 34.0),
        ("inadequate", 15, 45.0, 30.0),
        ("outstanding", 19, 57.0, 34.0),
        ("requires_improvement", 41, 51.0, 32.0),
    ];
    let expected = expected.map(|(grade, count, median, least)| (grade.to_owned(), count, median, least));
    assert_eq!(found, expected);
}

#[tokio::test]
async fn everybody_has_waited_since_the_day_that_the_release_names_and_the_longest_stands_first() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, mut client) = imported(directory.path()).await;
    let mut request = of(Measure::SinceFullInspection);
    let on = pb::AsOf {
        effective_date: Some(wire(date(2025, 3, 31))),
        basis: pb::Basis::Inspected.into(),
        ..pb::AsOf::default()
    };
    request.as_of = Some(on);
    let group = groups(&mut client, request).await.remove(0);
    assert_eq!((group.count, group.left_out), (153, 0));
    let days: Vec<i32> = group.intervals.iter().map(|one| one.days).collect();
    assert!(days.is_sorted_by(|longer, shorter| shorter <= longer), "{days:?}");
    let named: std::collections::BTreeMap<String, String> =
        super::spreadsheets::inspected_on().into_iter().collect();
    for one in &group.intervals {
        let first = one.from_date.unwrap();
        let first = format!("{:04}-{:02}-{:02}", first.year, first.month, first.day);
        assert_eq!(named[&one.authority.as_ref().unwrap().gss_code], first);
        let waited = date(2025, 3, 31) - first.parse::<Date>().unwrap();
        assert_eq!(one.days, waited.get_days());
    }
}
