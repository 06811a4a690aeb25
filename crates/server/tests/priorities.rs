//! Whom to visit first: the autumn of 2020 by the criteria that were published for it.

use docket_api::pb;
use pb::PriorityCriterion as Criterion;
use pb::event::Body;
use pb::priority_place::Subject;
use tonic::Code;

use crate::harness::{World, date, event, history, inadequate, on};

/// What is asked of authorities in the autumn of 2020.
fn asked(day: &str) -> pb::GetPrioritiesRequest {
    pb::GetPrioritiesRequest { as_of: Some(on(day)), ..Default::default() }
}

async fn ask(world: &World, request: pb::GetPrioritiesRequest) -> pb::GetPrioritiesResponse {
    world.priorities().get_priorities(request).await.unwrap().into_inner()
}

fn name(place: &pb::PriorityPlace) -> String {
    match place.subject.as_ref().unwrap() {
        Subject::Authority(authority) => authority.id.clone(),
        Subject::Provider(provider) => provider.urn.clone(),
    }
}

fn criteria(place: &pb::PriorityPlace) -> Vec<Criterion> {
    place.reasons.iter().map(pb::PriorityReason::criterion).collect()
}

fn concern(number: u32, stream: &str, day: &str, public: bool) -> pb::Event {
    let received = pb::ConcernReceived {
        concern: format!("c-{number}"),
        about: "caseloads".to_owned(),
        raised_by: "a practitioner".to_owned(),
        public,
    };
    event(number, stream, day, Body::ConcernReceived(received))
}

/// The authorities whose histories the lists below are about.
const NAMED: [&str; 9] = [
    "bournemouth-christchurch-and-poole",
    "croydon",
    "cumbria",
    "herefordshire",
    "kingston-upon-hull",
    "leeds",
    "nottingham",
    "wakefield",
    "west-sussex",
];

async fn autumn() -> World {
    let world = World::new().await;
    for name in NAMED.into_iter().chain(["ofsted"]) {
        world.record(history(name)).await.unwrap();
    }
    world
}

fn among(day: &str) -> pb::GetPrioritiesRequest {
    pb::GetPrioritiesRequest { authorities: NAMED.map(str::to_owned).to_vec(), ..asked(day) }
}

#[tokio::test]
async fn the_list_of_the_autumn_of_2020_follows_the_published_criteria() {
    let world = autumn().await;
    let answer = ask(&world, among("2020-10-01")).await;
    let places: Vec<_> = answer.places.iter().map(|place| (name(place), criteria(place))).collect();
    let expect = |name: &str, criteria: &[Criterion]| (name.to_owned(), criteria.to_vec());
    let (inadequate, action) = (Criterion::JudgedInadequate, Criterion::PriorityActionOpen);
    let (new, waited) = (Criterion::NotInspectedUnderFramework, Criterion::TimeSinceLast);
    assert_eq!(
        places,
        [
            // Judged inadequate and with areas for priority action before the merely inadequate, and of those who waited longest.
            expect("wakefield", &[inadequate, action, waited]),
            expect("kingston-upon-hull", &[inadequate, waited]),
            expect("west-sussex", &[inadequate, waited]),
            expect("nottingham", &[action, waited]),
            expect("cumbria", &[new, waited]),
            // The successor of 2019 was visited, and not inspected yet.
            expect("bournemouth-christchurch-and-poole", &[new, waited]),
            // Requires improvement, and nothing else names it: it comes by the days it has waited.
            expect("herefordshire", &[waited]),
        ]
    );
    // Leeds and Croydon were good or outstanding, and no criterion names them.
    assert_eq!((answer.considered, answer.drawn, answer.drawn_of), (9, 0, 2));
    let hull = &answer.places[1];
    assert_eq!((hull.rank, hull.overall(), hull.days_since), (2, pb::Grade::Inadequate, 626));
    assert!(hull.reasons.iter().all(|reason| !reason.rests_on.is_empty()));
    let table = answer.table.unwrap();
    assert_eq!((table.from_date, table.until_date), (Some(date("2020-07-06")), Some(date("2021-03-31"))));
    assert!(table.rules.iter().all(|rule| !rule.source.is_empty() && rule.mark != 0));
    // The letter of the visit of October 2020 raised priority actions; its publication moves the authority up.
    let later = ask(&world, among("2020-11-27")).await;
    let moved = later.places.iter().find(|place| name(place).starts_with("bournemouth")).unwrap();
    assert_eq!((moved.rank, criteria(moved)), (4, vec![action, new, waited]));
}

#[tokio::test]
async fn a_concern_counts_from_its_day_until_the_next_visit_and_the_public_view_has_only_public_ones() {
    let world = autumn().await;
    world.record(vec![concern(1, "leeds", "2020-10-12", false)]).await.unwrap();
    world.record(vec![concern(2, "croydon", "2020-10-12", true)]).await.unwrap();
    let with_concerns = async |day: &str, view: pb::View| {
        let as_of = Some(pb::AsOf { view: view.into(), ..on(day) });
        let answer = ask(&world, pb::GetPrioritiesRequest { as_of, ..among(day) }).await;
        let named = answer.places.iter().filter(|place| criteria(place).contains(&Criterion::ConcernsSince));
        named.map(name).collect::<Vec<_>>()
    };
    assert_eq!(with_concerns("2020-10-11", pb::View::Restricted).await, [""; 0]);
    assert_eq!(with_concerns("2020-10-12", pb::View::Public).await, ["croydon"]);
    let mut both = with_concerns("2020-10-12", pb::View::Restricted).await;
    both.sort();
    assert_eq!(both, ["croydon", "leeds"]);
    // And no grade hangs on it.
    let before = world.status("leeds", on("2020-10-11")).await.unwrap();
    let restricted = pb::AsOf { view: pb::View::Restricted.into(), ..on("2020-10-12") };
    let after = world.status("leeds", restricted).await.unwrap();
    assert_eq!((after.concerns.len(), before.profile), (1, after.profile));
    assert_eq!(world.status("leeds", on("2020-10-12")).await.unwrap().concerns, []);
    // What the public view does not show, its history does not show either.
    let filter = pb::EventFilter {
        authorities: vec!["leeds".to_owned()],
        view: pb::View::Public.into(),
        ..Default::default()
    };
    let request = pb::ReadHistoryRequest {
        filter: Some(filter),
        direction: pb::Direction::Backward.into(),
        limit: 1,
        ..Default::default()
    };
    let mut read = world.histories().read_history(request).await.unwrap().into_inner();
    assert!(read.message().await.unwrap().unwrap().event.unwrap().withheld.is_some());
}

#[tokio::test]
async fn a_grade_under_embargo_gives_a_place_in_the_restricted_view_alone() {
    let world = World::new().await;
    let days = ["2020-08-03", "2020-08-07", "2020-09-01", "2020-12-01"];
    world.record(inadequate(1, "leeds", days)).await.unwrap();
    let of = |view: pb::View| pb::GetPrioritiesRequest {
        as_of: Some(pb::AsOf { view: view.into(), ..on("2020-10-01") }),
        authorities: vec!["leeds".to_owned()],
        ..Default::default()
    };
    let public = ask(&world, of(pb::View::Public)).await;
    assert_eq!(public.places.iter().flat_map(criteria).collect::<Vec<_>>(), [Criterion::TimeSinceLast]);
    let restricted = ask(&world, of(pb::View::Restricted)).await;
    assert_eq!(criteria(&restricted.places[0])[0], Criterion::JudgedInadequate);
}

#[tokio::test]
async fn a_sample_is_drawn_of_the_good_and_outstanding_and_the_same_seed_draws_the_same() {
    let world = World::new().await;
    let good =
        ["barnsley", "leeds", "birmingham", "solihull", "staffordshire", "herefordshire", "dorset-council"];
    for name in good {
        world.record(history(name)).await.unwrap();
    }
    let drawn = async |seed: u64, sample_size: i32| {
        let authorities = good.map(str::to_owned).to_vec();
        let request = pb::GetPrioritiesRequest { seed, sample_size, authorities, ..asked("2020-10-01") };
        let answer = ask(&world, request).await;
        assert_eq!(answer.seed, seed);
        let sample = answer.places.iter().filter(|place| criteria(place).contains(&Criterion::Sample));
        let names: Vec<String> = sample.map(name).collect();
        assert_eq!(usize::try_from(answer.drawn).unwrap(), names.len());
        (names, answer.drawn_of)
    };
    let (all, of) = drawn(1, 200).await;
    assert!(2 <= all.len() && usize::try_from(of) == Ok(all.len()), "{all:?}");
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let (one, _) = drawn(seed, 1).await;
        assert_eq!(one, drawn(seed, 1).await.0);
        assert!(all.contains(&one[0]));
        seen.insert(one[0].clone());
    }
    assert!(1 < seen.len(), "every seed draws {seen:?}");
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_one_ended() {
    let world = autumn().await;
    let whole = ask(&world, among("2020-10-01")).await.places;
    let mut request = pb::GetPrioritiesRequest { page_size: 4, ..among("2020-10-01") };
    let mut places = Vec::new();
    loop {
        let page = ask(&world, request.clone()).await;
        places.extend(page.places);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(places, whole);
}

#[tokio::test]
async fn outside_the_days_of_every_table_the_days_that_there_are_are_named() {
    let world = World::new().await;
    for day in ["2020-07-05", "2021-04-01"] {
        let refused = world.priorities().get_priorities(asked(day)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("2020-07-06 to 2021-03-31"), "{refused:?}");
    }
    let request = pb::GetPrioritiesRequest { sample_size: -1, ..asked("2020-10-01") };
    let refused = world.priorities().get_priorities(request).await.unwrap_err();
    assert!(refused.message().contains("sample_size"), "{refused:?}");
}

#[tokio::test]
async fn providers_are_ranked_by_their_own_criteria() {
    let world = World::new().await;
    let of = |urn: &str, event: pb::Event| pb::Event { stream: format!("provider/{urn}"), ..event };
    let registered = |number: u32, urn: &str, day: &str| {
        let details =
            pb::ProviderDetails { kind: pb::ProviderKind::ChildrensHome.into(), ..Default::default() };
        of(
            urn,
            event(
                number,
                "",
                day,
                Body::ProviderRegistered(pb::ProviderRegistered { details: Some(details) }),
            ),
        )
    };
    let judged = |number: u32, urn: &str, grade: pb::Grade| {
        let (inspection, kind) = ("full-2020-01-14".to_owned(), pb::InspectionKind::ProviderFull.into());
        let ranges = vec![pb::DateRange { first_date: Some(date("2020-01-14")), last_date: None }];
        let judgements = vec![pb::Judgement {
            kind: pb::JudgementKind::OverallExperiencesAndProgress.into(),
            grade: grade.into(),
            raw_text: String::new(),
        }];
        let fieldwork =
            pb::FieldworkRecorded { inspection: inspection.clone(), kind, ranges, ..Default::default() };
        let made = pb::JudgementsMade { inspection: inspection.clone(), kind, judgements };
        let report = pb::ReportPublished { inspection, kind, ..Default::default() };
        vec![
            of(urn, event(number, "", "2020-01-14", Body::FieldworkRecorded(fieldwork))),
            of(urn, event(number + 1, "", "2020-02-20", Body::JudgementsMade(made))),
            of(urn, event(number + 2, "", "2020-02-20", Body::ReportPublished(report))),
        ]
    };
    let mut events = vec![
        registered(1, "SC000001", "2018-01-01"),
        registered(2, "SC000002", "2018-01-01"),
        registered(3, "SC000003", "2020-08-01"),
        of("SC000002", concern(4, "", "2020-09-01", true)),
    ];
    events.extend(judged(10, "SC000001", pb::Grade::Inadequate));
    events.extend(judged(20, "SC000002", pb::Grade::Good));
    world.record(events).await.unwrap();
    let request = pb::GetPrioritiesRequest { providers: true, ..asked("2020-10-01") };
    let answer = ask(&world, request).await;
    let places: Vec<_> = answer.places.iter().map(|place| (name(place), criteria(place)[0])).collect();
    let expected = [
        ("SC000001".to_owned(), Criterion::JudgedInadequate),
        ("SC000002".to_owned(), Criterion::ConcernsSince),
        ("SC000003".to_owned(), Criterion::NewlyRegistered),
    ];
    assert_eq!(places, expected);
}
