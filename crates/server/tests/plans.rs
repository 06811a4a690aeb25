//! Plans of what comes next.

use docket_api::pb;
use tonic::{Code, Status};

use crate::harness::{World, date, inadequate, meeting, on, reason};

const YORKSHIRE: &str = "Yorkshire and The Humber";

fn day(date: Option<&pb::Date>) -> String {
    date.map_or_else(|| "-".to_owned(), |date| format!("{}-{:02}-{:02}", date.year, date.month, date.day))
}

/// An entry in one line: its days, whose it is, what.
fn line(entry: &pb::PlanEntry) -> String {
    let past = if entry.overdue { " past" } else { "" };
    let name = &entry.authority.as_ref().unwrap().id;
    let days = [&entry.first_date, &entry.middle_date, &entry.last_date].map(|date| day(date.as_ref()));
    format!("{} {name}: {}{past}", days.join(" "), entry.what)
}

/// The entries that have a day.
fn lines(plan: &pb::GetForwardPlanResponse) -> Vec<String> {
    plan.entries.iter().filter(|entry| entry.first_date.is_some()).map(line).collect()
}

async fn plan(
    world: &World,
    request: pb::GetForwardPlanRequest,
) -> Result<pb::GetForwardPlanResponse, Status> {
    world.plans().get_forward_plan(request).await.map(tonic::Response::into_inner)
}

/// What comes for an authority from a day on, as asked on that day.
async fn of(world: &World, authority: &str, asked: &str) -> Vec<pb::PlanEntry> {
    let request = pb::GetForwardPlanRequest {
        as_of: Some(on(asked)),
        authorities: vec![authority.to_owned()],
        ..Default::default()
    };
    plan(world, request).await.unwrap().entries
}

fn year_2026() -> pb::GetForwardPlanRequest {
    pb::GetForwardPlanRequest {
        as_of: Some(on("2026-01-01")),
        regions: vec![YORKSHIRE.to_owned()],
        from_date: Some(date("2026-01-01")),
        to_date: Some(date("2026-12-31")),
        ..Default::default()
    }
}

#[tokio::test]
async fn the_plan_of_yorkshire_for_2026_has_two_windows_and_the_statements_that_never_came() {
    let world = World::with_histories(&[
        "barnsley",
        "kingston-upon-hull",
        "kirklees",
        "leeds",
        "wakefield",
        "norfolk",
    ])
    .await;
    let answer = plan(&world, year_2026()).await.unwrap();
    // The windows of Kirklees, Leeds and Wakefield open after the year; Norfolk lies in another region.
    assert_eq!(
        lines(&answer),
        [
            "2017-03-09 - 2017-03-09 kirklees: written statement of action past",
            "2022-10-25 - 2022-10-25 barnsley: written statement of proposed action after the JTAI past",
            "2022-11-25 - 2022-11-25 kirklees: written statement of proposed action after the JTAI past",
            "2024-08-23 - 2024-08-23 leeds: written statement of proposed action after the JTAI past",
            "2025-05-14 2025-11-14 2026-05-14 kingston-upon-hull: standard inspection",
            "2026-03-11 2026-09-11 2027-03-11 barnsley: short inspection",
        ]
    );
    assert_eq!((answer.from_date, answer.to_date), (Some(date("2026-01-01")), Some(date("2026-12-31"))));
    let hull = answer.entries.iter().find(|entry| entry.what == "standard inspection").unwrap();
    assert_eq!(hull.inspection_kind(), pb::InspectionKind::IlacsStandard);
    assert!(hull.why.contains("Overall requires improvement"), "{}", hull.why);
    assert!(hull.legal_basis.contains("third anniversary"), "{}", hull.legal_basis);
    assert_eq!(
        (hull.mark(), hull.nature(), hull.date_basis()),
        (pb::RuleMark::Secondary, pb::ObligationNature::Expectation, pb::PlanDateBasis::Computed)
    );
    assert_eq!(hull.obligation, "ilacs-2022-11-14/next-inspection");
    assert!(!hull.rests_on.is_empty());
}

#[tokio::test]
async fn a_plan_says_of_its_entries_what_the_status_says() {
    let world = World::with_histories(&["kingston-upon-hull", "bournemouth-christchurch-and-poole"]).await;
    for authority in ["kingston-upon-hull", "bournemouth-christchurch-and-poole"] {
        for asked in ["2019-07-01", "2020-06-01", "2022-03-01", "2022-08-05", "2023-03-01", "2025-06-01"] {
            let status = world.status(authority, on(asked)).await.unwrap();
            let entries = of(&world, authority, asked).await;
            for next in &status.next_due {
                let found = entries.iter().find(|entry| {
                    (&entry.obligation, &entry.instrument) == (&next.obligation, &next.instrument)
                });
                let found = found.unwrap_or_else(|| panic!("{asked}: {next:?} is not in the plan"));
                assert!(next.rests_on.iter().all(|id| found.rests_on.contains(id)), "{found:?}");
                // Which inspection it is rests on the pathway, too.
                let of_pathway = &status.pathway.as_ref().unwrap().rests_on;
                let is_told = |id| next.rests_on.contains(id) || of_pathway.contains(id);
                assert!(found.rests_on.iter().all(is_told), "{found:?}");
                let shown = if found.middle_date.is_some() { found.middle_date } else { found.last_date };
                assert_eq!(shown, next.due_date, "{asked} {}", found.what);
            }
        }
    }
}

#[tokio::test]
async fn in_monitoring_the_next_visit_is_expected_then_past_and_the_re_inspection_has_a_window() {
    let world = World::with_histories(&["kingston-upon-hull"]).await;
    let visit = |entries: Vec<pb::PlanEntry>| {
        let is_visit = |entry: &&pb::PlanEntry| entry.kind() == pb::ObligationKind::NextMonitoringVisit;
        entries.iter().find(is_visit).map(line).unwrap()
    };
    assert_eq!(
        visit(of(&world, "hull", "2022-06-29").await),
        "2022-06-29 - 2022-06-29 kingston-upon-hull: next monitoring visit"
    );
    assert_eq!(
        visit(of(&world, "hull", "2022-06-30").await),
        "2022-06-29 - 2022-06-29 kingston-upon-hull: next monitoring visit past"
    );
    let then = of(&world, "hull", "2022-06-30").await;
    assert!(
        then.iter()
            .map(line)
            .any(|line| line
                == "2021-07-14 2022-01-14 2022-07-14 kingston-upon-hull: re-inspection (standard)"),
        "{then:?}"
    );
}

#[tokio::test]
async fn the_yearly_meeting_is_counted_from_the_last_one_and_without_one_has_no_day() {
    let world = World::new().await;
    let engagement = async |asked: &str| {
        let entries = of(&world, "barnet", asked).await;
        let is_meeting = |entry: &pb::PlanEntry| entry.kind() == pb::ObligationKind::AnnualEngagement;
        entries.into_iter().find(is_meeting).unwrap()
    };
    let without = engagement("2025-06-01").await;
    assert_eq!((without.first_date, without.uncertain), (None, true));
    assert!(without.why.contains("no meeting is recorded"), "{}", without.why);
    world.record(vec![meeting(1, "barnet", "2024-03-01"), meeting(2, "barnet", "2025-03-05")]).await.unwrap();
    let next = engagement("2025-06-01").await;
    assert_eq!(line(&next), "2026-03-05 - 2026-03-05 barnet: annual engagement meeting");
    assert_eq!((next.mark(), next.nature()), (pb::RuleMark::Secondary, pb::ObligationNature::Expectation));
    assert_eq!(next.rests_on, ["00000000-0000-4000-8000-000000000002"]);
    assert!(engagement("2026-03-06").await.overdue);
    assert!(!engagement("2026-03-05").await.overdue);
    // The day before the second meeting only the first had been held.
    assert_eq!(engagement("2025-03-04").await.first_date, Some(date("2025-03-01")));
}

#[tokio::test]
async fn once_the_inspectors_have_come_their_report_is_next_and_no_window_is_past() {
    let world = World::with_histories(&["kingston-upon-hull"]).await;
    let next = async |asked: &str| {
        let entries = of(&world, "hull", asked).await;
        let kinds = [pb::ObligationKind::NextInspection, pb::ObligationKind::PublicationExpected];
        entries.iter().filter(|entry| kinds.contains(&entry.kind())).map(line).collect::<Vec<_>>()
    };
    let window = "2025-05-14 2025-11-14 2026-05-14 kingston-upon-hull: standard inspection";
    assert_eq!(next("2026-03-01").await, [window]);
    let report = "2026-04-23 - 2026-04-23 kingston-upon-hull: publication of the report";
    assert_eq!(next("2026-03-02").await, [report]);
    // The report came after the elections. In between the window of before closed, and nothing of it is past.
    assert_eq!(next("2026-05-17").await, [format!("{report} past")]);
    let window = "2028-09-02 2029-03-02 2029-09-02 kingston-upon-hull: short inspection";
    assert_eq!(next("2026-05-18").await, [window]);
}

#[tokio::test]
async fn nothing_comes_to_an_authority_that_was_abolished() {
    let world = World::with_histories(&["cumbria"]).await;
    assert!(!of(&world, "cumbria", "2023-03-31").await.is_empty());
    assert_eq!(of(&world, "cumbria", "2023-04-01").await, []);
    let successor = of(&world, "cumberland", "2023-04-01").await;
    assert!(successor.iter().all(|entry| entry.first_date.is_none()), "{successor:?}");
}

#[tokio::test]
async fn days_that_run_backwards_are_refused_by_the_name_of_the_field() {
    let world = World::new().await;
    for (from_date, to_date) in [(Some("2026-02-01"), "2026-01-31"), (None, "2025-12-31")] {
        let request = pb::GetForwardPlanRequest {
            from_date: from_date.map(date),
            to_date: Some(date(to_date)),
            ..year_2026()
        };
        let refused = plan(&world, request).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
        assert!(refused.message().contains("to_date"), "{}", refused.message());
    }
    let rough = pb::GetForwardPlanRequest { from_date: Some(date("2026-02")), ..year_2026() };
    let refused = plan(&world, rough).await.unwrap_err();
    assert!(refused.message().contains("from_date"), "{}", refused.message());
}

#[tokio::test]
async fn the_pages_of_a_plan_are_parts_of_one_answer() {
    let world = World::with_histories(&["barnsley", "kingston-upon-hull", "kirklees", "leeds"]).await;
    let whole = plan(&world, year_2026()).await.unwrap();
    let mut request = pb::GetForwardPlanRequest { page_size: 5, ..year_2026() };
    let mut entries = Vec::new();
    loop {
        let page = plan(&world, request.clone()).await.unwrap();
        assert!(page.entries.len() <= 5);
        entries.extend(page.entries);
        // What is recorded between two pages changes none of them.
        if request.page_token.is_empty() {
            world.record(vec![meeting(1, "leeds", "2025-03-01")]).await.unwrap();
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert!(10 < entries.len());
    assert_eq!(entries, whole.entries);
    let other = pb::GetForwardPlanRequest { to_date: None, ..request };
    assert_eq!(reason(&plan(&world, other).await.unwrap_err()), "INVALID_PAGE_TOKEN");
}

#[tokio::test]
async fn a_report_under_embargo_changes_no_public_plan_and_a_restricted_one_at_once() {
    let days = ["2025-03-03", "2025-03-14", "2025-04-10", "2025-05-20"];
    let world = World::new().await;
    let without = World::new().await;
    without.record(inadequate(1, "barnet", days)[..1].to_vec()).await.unwrap();
    world.record(inadequate(1, "barnet", days)).await.unwrap();
    let asked = async |world: &World, day: &str, view: pb::View| {
        let request = pb::GetForwardPlanRequest {
            as_of: Some(pb::AsOf { view: view.into(), ..on(day) }),
            authorities: vec!["barnet".to_owned()],
            ..Default::default()
        };
        plan(world, request).await.unwrap()
    };
    for day in ["2025-04-10", "2025-05-19"] {
        let public = asked(&world, day, pb::View::Public).await;
        assert_eq!(public.entries, asked(&without, day, pb::View::Public).await.entries, "{day}");
        let restricted = asked(&world, day, pb::View::Restricted).await;
        assert_eq!(
            lines(&restricted),
            [
                "2025-05-28 - 2025-05-28 barnet: publish Ofsted's report",
                "2025-07-23 - 2025-07-23 barnet: written statement of action",
                "2025-08-20 - 2025-08-20 barnet: first monitoring visit",
                "2027-09-03 2028-03-03 2028-09-03 barnet: re-inspection (standard)",
            ],
            "{day}"
        );
    }
    let published = asked(&world, "2025-05-20", pb::View::Public).await;
    assert_eq!(lines(&published).len(), 4, "{:?}", lines(&published));
    let statement = published.entries.iter().find(|one| one.what.starts_with("written")).unwrap();
    assert_eq!((statement.nature(), statement.mark()), (pb::ObligationNature::Duty, pb::RuleMark::Verified));
    assert_eq!(statement.why, "70 working days from receipt of the report.");
}

#[tokio::test]
async fn a_plan_as_known_before_a_report_was_recorded_is_the_old_plan() {
    let world = World::new().await;
    let events = inadequate(1, "barnet", ["2025-03-03", "2025-03-14", "2025-04-10", "2025-05-20"]);
    world.record(events[..1].to_vec()).await.unwrap();
    let of_barnet = |known_position: u64| pb::GetForwardPlanRequest {
        as_of: Some(pb::AsOf { known_position, ..on("2025-06-01") }),
        authorities: vec!["barnet".to_owned()],
        ..Default::default()
    };
    let before = world.tracker.head().0;
    let then = plan(&world, of_barnet(before)).await.unwrap();
    world.record(events[1..].to_vec()).await.unwrap();
    assert_eq!(plan(&world, of_barnet(before)).await.unwrap().entries, then.entries);
    assert_ne!(plan(&world, of_barnet(0)).await.unwrap().entries, then.entries);
}
