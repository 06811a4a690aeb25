//! Where a provider was on which day, from rows that come together or one file after the other.

use docket_api::pb;
use jiff::civil::date;

use super::super::fake::Fake;
use super::super::release::to_date;
use super::super::report::Report;
use super::super::run::{Options, run};
use super::super::testing::authority;
use super::super::testing_book::ods;
use super::*;

const HEADINGS: &str = "URN | Provision type | Local authority | Sector | Inspection event type | Inspection date | Inspection publication date";

/// Cumbria until it was divided on 1 April 2023; Bournemouth and Poole until they became one on 1 April 2019; Hull and Leeds.
fn docket() -> Fake {
    let existing =
        |id: &str, name: &str, from: Date, closed: Option<Date>, predecessors: &[&str]| pb::AuthorityEntry {
            existence: Some(pb::Existence {
                from_date: Some(to_date(from)),
                closed_date: closed.map(to_date),
                predecessors: predecessors.iter().map(|of| (*of).to_owned()).collect(),
                ..pb::Existence::default()
            }),
            ..authority(id, name, "", &[])
        };
    let (long_ago, divided, joined) = (date(2009, 1, 1), date(2023, 4, 1), date(2019, 4, 1));
    Fake::new(vec![
        existing("cumbria", "Cumbria", long_ago, Some(divided), &[]),
        existing("cumberland", "Cumberland", divided, None, &["cumbria"]),
        existing("bournemouth", "Bournemouth", long_ago, Some(joined), &[]),
        existing("poole", "Poole", long_ago, Some(joined), &[]),
        existing("bcp", "Bournemouth, Christchurch and Poole", joined, None, &["bournemouth", "poole"]),
        existing("hull", "Hull", long_ago, None, &[]),
        existing("leeds", "Leeds", long_ago, None, &[]),
    ])
}

/// A row: where it was, who ran it, and when it was inspected.
fn row(authority: &str, sector: &str, day: &str) -> String {
    format!("SC012345 | Children's home | {authority} | {sector} | Full inspection | {day} | ")
}

async fn import(docket: &mut Fake, year: i16, rows: &[String]) -> Report {
    let file = ods(&[("Providers", &format!("{HEADINGS}\n{}", rows.join("\n")))]);
    let options = Options { release_date: Some(date(year, 7, 6)), ..Options::default() };
    run(docket, &format!("{year}.ods"), &file, &options, &mut |_| {}).await.unwrap()
}

/// The details on record as they changed: "leeds private", "2022-05-03: hull", "2023-07-06, listed: hull private".
fn changes(docket: &Fake) -> Vec<String> {
    let events = docket.streams.get("provider/SC012345").cloned().unwrap_or_default();
    let history = History::of(&super::super::testing::recorded(events));
    let shown = |details: &ProviderDetails| {
        let sector = match details.sector() {
            pb::ProviderSector::Unspecified => String::new(),
            sector => sector.as_str_name().replace("PROVIDER_SECTOR_", " ").to_lowercase(),
        };
        format!("{}{sector}", details.authority).trim().to_owned()
    };
    let first = history.registered.unwrap().body.details.unwrap();
    let changed = history.changed.iter().map(|it| (day_of(it), "", it.body.details.as_ref()));
    let listed = history.listed.iter().map(|it| (day_of(it), ", listed", it.body.details.as_ref()));
    let mut since: Vec<_> = changed.chain(listed).collect();
    since.sort_by_key(|(day, how, _)| (*day, *how));
    let changed = since
        .into_iter()
        .map(|(day, how, details)| format!("{}{how}: {}", day.unwrap(), shown(details.unwrap())));
    [shown(&first)].into_iter().chain(changed).collect()
}

/// What is on record after one file of all rows, which must be what is on record after a file each, in either order.
async fn told(rows: &[String]) -> Vec<String> {
    let mut together = docket();
    import(&mut together, 2025, rows).await;
    let expected = changes(&together);
    for backwards in [false, true] {
        let mut docket = docket();
        let mut order: Vec<(i16, &String)> = (2010..).zip(rows).collect();
        if backwards {
            order.reverse();
        }
        for (year, row) in order {
            // The release came after the inspection; that of a later row after that of an earlier one.
            import(&mut docket, year + 15, std::slice::from_ref(row)).await;
        }
        assert_eq!(changes(&docket), expected, "backwards: {backwards}");
    }
    let before = together.events();
    import(&mut together, 2025, rows).await;
    assert_eq!(together.events(), before, "imported again");
    expected
}

#[tokio::test]
async fn a_provider_that_moved_was_elsewhere_before_it_was_first_seen_where_it_is() {
    let rows = [
        row("Leeds", "Private", "2019-02-05"),
        row("Leeds", "Private", "2020-02-04"),
        row("Hull", "Private", "2022-05-03"),
        row("Hull", "Voluntary", "2023-05-02"),
        row("Leeds", "Voluntary", "2024-05-07"),
    ];
    assert_eq!(
        told(&rows).await,
        ["leeds private", "2022-05-03: hull", "2023-05-02: voluntary", "2024-05-07: leeds"]
    );
}

#[tokio::test]
async fn a_provider_seen_before_and_after_its_authority_was_divided_changed_on_the_day_of_the_division() {
    let rows = [row("Cumbria", "Private", "2022-11-14"), row("Cumberland", "Private", "2023-09-05")];
    assert_eq!(told(&rows).await, ["cumbria private", "2023-04-01: cumberland"]);
    // A row that names the later authority of an inspection before its beginning was written after it.
    let rows = [row("Cumberland", "Private", "2023-03-21")];
    assert_eq!(told(&rows).await, ["cumbria private", "2023-04-01: cumberland"]);
    let rows = [row("Cumberland", "Private", "2023-09-05"), row("Hull", "Private", "2022-11-14")];
    assert_eq!(told(&rows).await, ["hull private", "2023-09-05: cumberland"]);
}

#[tokio::test]
async fn a_provider_that_was_in_one_of_several_former_authorities_was_in_neither_that_is_known() {
    let rows = [
        row("Bournemouth, Christchurch and Poole", "Private", "2019-03-05"),
        row("Bournemouth, Christchurch and Poole", "Private", "2021-06-01"),
    ];
    assert_eq!(told(&rows).await, ["private", "2019-04-01: bcp"]);
    assert_eq!(told(&rows[1..]).await, ["bcp private"]);
    let rows = [row("Poole", "Private", "2016-03-01")];
    assert_eq!(told(&rows).await, ["poole private", "2019-04-01: bcp"]);
    let rows = [
        row("Poole", "Private", "2016-03-01"),
        row("Bournemouth, Christchurch and Poole", "Private", "2021-06-01"),
    ];
    assert_eq!(told(&rows).await, ["poole private", "2019-04-01: bcp"]);
}

#[tokio::test]
async fn of_two_documents_that_tell_of_one_inspection_the_newer_says_where_the_provider_was() {
    let mut docket = docket();
    let first = [row("Leeds", "Private", "2019-02-05"), row("Leeds", "Private", "2022-05-03")];
    import(&mut docket, 2024, &first).await;
    let older = import(&mut docket, 2023, &[row("Hull", "Private", "2022-05-03")]).await;
    assert_eq!(changes(&docket), ["leeds private"]);
    let (_, change) = &older.changes[0];
    assert_eq!(
        (change.field.as_str(), change.old.as_str(), change.new.as_str()),
        ("local authority", "leeds", "hull")
    );
    assert!(!change.applied);
    import(&mut docket, 2025, &[row("Hull", "Private", "2022-05-03")]).await;
    assert_eq!(changes(&docket), ["leeds private", "2022-05-03: hull"]);
}

#[tokio::test]
async fn a_provider_that_was_never_inspected_was_where_each_list_has_it() {
    let listed = |authority: &str| [format!("SC012345 | Children's home | {authority} | Private | | | ")];
    for order in [[2023, 2024, 2025], [2025, 2024, 2023], [2024, 2025, 2023]] {
        let mut docket = docket();
        for year in order {
            import(&mut docket, year, &listed(if year == 2024 { "Hull" } else { "Leeds" })).await;
        }
        assert_eq!(
            changes(&docket),
            [
                "leeds private",
                "2023-07-06, listed: leeds private",
                "2024-07-06, listed: hull private",
                "2025-07-06, listed: leeds private"
            ],
            "{order:?}"
        );
    }
}

#[tokio::test]
async fn a_list_tells_of_its_own_day_also_where_it_names_an_inspection_long_before() {
    for list_first in [true, false] {
        let mut docket = docket();
        if !list_first {
            import(&mut docket, 2025, &[row("Leeds", "Private", "2016-12-02")]).await;
        }
        let list = ods(&[(
            "Provider_level_at_31_Mar_2023",
            &format!("{HEADINGS}\n{}", row("Hull", "Private", "2016-12-02")),
        )]);
        let options = Options { release_date: Some(date(2023, 7, 6)), ..Options::default() };
        run(&mut docket, "list.ods", &list, &options, &mut |_| {}).await.unwrap();
        if list_first {
            import(&mut docket, 2025, &[row("Leeds", "Private", "2016-12-02")]).await;
        }
        assert_eq!(changes(&docket), ["leeds private", "2023-03-31, listed: hull private"], "{list_first}");
    }
}

#[tokio::test]
async fn a_move_that_is_recorded_with_its_day_stands_beside_rows_that_were_written_after_it() {
    let mut docket = docket();
    import(&mut docket, 2020, &[row("Leeds", "Private", "2019-02-05")]).await;
    let details = ProviderDetails { authority: "hull".into(), ..ProviderDetails::default() };
    docket.streams.get_mut("provider/SC012345").unwrap().push(pb::Event {
        event_id: "moved".into(),
        happened_on: Some(to_date(date(2021, 5, 3))),
        body: Some(Body::ProviderChanged(pb::ProviderChanged { details: Some(details) })),
        ..pb::Event::default()
    });
    // The inspection was before the move, its row names where the provider was when the release came.
    import(&mut docket, 2022, &[row("Hull", "Private", "2021-04-20")]).await;
    assert_eq!(changes(&docket), ["leeds private", "2021-05-03: hull"]);
}

#[tokio::test]
async fn a_registration_that_somebody_recorded_keeps_its_details_and_rows_change_them_from_their_day_on() {
    let mut docket = docket();
    let details = ProviderDetails {
        kind: pb::ProviderKind::ChildrensHome.into(),
        authority: "leeds".into(),
        sector: pb::ProviderSector::Private.into(),
        ..ProviderDetails::default()
    };
    let registered = pb::Event {
        event_id: "registered".into(),
        stream: "provider/SC012345".into(),
        happened_on: Some(to_date(date(2010, 1, 1))),
        sources: vec![super::super::testing::source("Certificate", date(2026, 1, 5))],
        body: Some(Body::ProviderRegistered(pb::ProviderRegistered { details: Some(details) })),
        ..pb::Event::default()
    };
    docket.streams.insert("provider/SC012345".into(), vec![registered]);
    import(&mut docket, 2022, &[row("Hull", "Private", "2019-02-05")]).await;
    assert_eq!(changes(&docket), ["leeds private", "2019-02-05: hull"]);
}

#[tokio::test]
async fn what_was_concluded_voided_and_is_concluded_again_is_recorded_again() {
    let rows = [row("Leeds", "Private", "2019-02-05"), row("Hull", "Private", "2022-05-03")];
    let mut docket = docket();
    // The second inspection, and with it what tells of the move, was not recorded before the import ended.
    docket.refuses = vec!["full-2022-05-03".to_owned()];
    import(&mut docket, 2024, &rows).await;
    docket.refuses.clear();
    import(&mut docket, 2025, &[row("Leeds", "Private", "2018-02-06")]).await;
    assert_eq!(changes(&docket), ["leeds private"]);
    import(&mut docket, 2024, &rows).await;
    assert_eq!(changes(&docket), ["leeds private", "2022-05-03: hull"]);
}

#[tokio::test]
async fn a_successor_takes_over_between_two_sights_and_not_from_a_provider_that_had_left() {
    let rows = [row("Poole", "Private", "2016-03-01"), row("Hull", "Private", "2022-05-03")];
    assert_eq!(told(&rows).await, ["poole private", "2019-04-01: bcp", "2022-05-03: hull"]);
    let mut docket = docket();
    let headings = format!(
        "{HEADINGS} | Registration status | First effective date (that the provider became resigned)"
    );
    let left = format!("{headings}\n{} | Resigned | 2017-05-05", row("Poole", "Private", "2016-03-01"));
    let options = Options { release_date: Some(date(2020, 7, 6)), ..Options::default() };
    run(&mut docket, "left.ods", &ods(&[("Leavers", &left)]), &options, &mut |_| {}).await.unwrap();
    assert_eq!(changes(&docket), ["poole private"]);
}
