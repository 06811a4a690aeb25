//! Questions over the wire.

use docket_api::pb;
use tokio_stream::StreamExt as _;
use tonic::Code;

use crate::harness::{World, date, event, inadequate, lifted, meeting, metadata, notice, now, on, reason};

#[tokio::test]
async fn a_name_of_several_authorities_is_answered_with_all_of_them() {
    let world = World::new().await;
    let refused = world.status("Dorset", on("2018-01-01")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "AMBIGUOUS_AUTHORITY"));
    let candidates = metadata(&refused, "candidates");
    for id in ["dorset-council", "dorset-county"] {
        assert!(
            candidates.split(',').any(|candidate| candidate.ends_with(&format!(" {id}"))),
            "{candidates}"
        );
    }
    assert!(refused.message().contains("Dorset County"), "{}", refused.message());
    assert_eq!(
        world.status("E10000009", on("2018-01-01")).await.unwrap().authority.unwrap().id,
        "dorset-county"
    );
    let unknown = world.status("Atlantis", now()).await.unwrap_err();
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::NotFound, "UNKNOWN_AUTHORITY"));
}

#[tokio::test]
async fn asked_as_known_then_the_old_answer_comes_back_to_the_letter() {
    let world = World::new().await;
    world.record(vec![notice(1, "E06000010", "2022-08-05")]).await.unwrap();
    let then = world.status("E06000010", now()).await.unwrap();
    world.set_clock("2025-08-01T00:00:00Z");
    world.record(vec![lifted(2, "E06000010", "notice-2022-08-05", "2024-01-01")]).await.unwrap();
    let today = world.status("E06000010", now()).await.unwrap();
    assert_eq!(today.instruments[0].standing(), pb::Standing::Ended);

    let as_of = then.as_of.unwrap();
    let by_time = pb::AsOf { known_position: 0, ..as_of };
    assert_eq!(world.status("E06000010", by_time).await.unwrap(), then);
    let by_position = pb::AsOf { known_time: None, ..as_of };
    let mut again = world.status("E06000010", by_position).await.unwrap();
    // By position the instant is that of the last event.
    again.as_of = then.as_of;
    assert_eq!(again, then);
}

#[tokio::test]
async fn an_answer_names_the_day_in_london_and_the_position_it_rests_on() {
    let world = World::new().await;
    world.set_clock("2025-06-30T23:30:00Z");
    let as_of = world.status("E06000010", now()).await.unwrap().as_of.unwrap();
    assert_eq!(as_of.effective_date, Some(date("2025-07-01")));
    assert_eq!(as_of.known_position, world.tracker.head().0);
    assert_eq!((as_of.basis(), as_of.view()), (pb::Basis::Published, pb::View::Public));
}

#[tokio::test]
async fn knowledge_to_come_is_not_asked_for() {
    let world = World::new().await;
    let beyond = pb::AsOf { known_position: world.tracker.head().0 + 1, ..Default::default() };
    let refused = world.status("E06000010", beyond).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::OutOfRange, "POSITION_NOT_YET_RECORDED"));
    let seconds = "2025-06-16T14:00:01Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let tomorrow =
        pb::AsOf { known_time: Some(prost_types::Timestamp { seconds, nanos: 0 }), ..Default::default() };
    let refused = world.status("E06000010", tomorrow).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
}

#[tokio::test]
async fn pages_are_parts_of_one_answer_whatever_is_recorded_between_them() {
    let world = World::new().await;
    let mut request = pb::ListStatusesRequest { page_size: 40, ..Default::default() };
    let mut names = Vec::new();
    let mut pages = 0;
    let mut as_of = None;
    loop {
        let page = world.statuses().list_statuses(request.clone()).await.unwrap().into_inner();
        assert!(page.statuses.iter().all(|status| status.as_of == page.as_of));
        assert_eq!(*as_of.get_or_insert(page.as_of), page.as_of, "every page is of the first one's answer");
        names.extend(page.statuses.into_iter().map(|status| status.authority.unwrap().name));
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
        world.record(vec![meeting(pages, "barnet", "2025-01-01")]).await.unwrap();
        world.set_clock(&format!("2025-06-1{}T00:00:00Z", 6 + pages));
    }
    assert_eq!((pages, names.len()), (4, 153));
    assert!(names.is_sorted(), "{names:?}");

    let other = pb::ListStatusesRequest { in_case: true, ..request.clone() };
    for request in [other, pb::ListStatusesRequest { page_token: "00".to_owned(), ..request }] {
        let refused = world.statuses().list_statuses(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::InvalidArgument, "INVALID_PAGE_TOKEN")
        );
    }
}

#[tokio::test]
async fn a_list_of_statuses_holds_what_the_filters_let_through() {
    let world = World::new().await;
    world
        .record(vec![notice(1, "E06000010", "2022-08-05"), notice(2, "barnet", "2023-08-05")])
        .await
        .unwrap();
    let names = async |request: pb::ListStatusesRequest| -> Vec<String> {
        let page = world.statuses().list_statuses(request).await.unwrap().into_inner();
        page.statuses.into_iter().map(|status| status.authority.unwrap().id).collect()
    };
    let in_case = pb::ListStatusesRequest { in_case: true, ..Default::default() };
    assert_eq!(names(in_case.clone()).await, ["barnet", "kingston-upon-hull"]);
    let in_london = pb::ListStatusesRequest { regions: vec!["london".to_owned()], ..in_case.clone() };
    assert_eq!(names(in_london).await, ["barnet"]);
    let in_2022 = pb::ListStatusesRequest { as_of: Some(on("2022-12-31")), ..in_case.clone() };
    assert_eq!(names(in_2022).await, ["kingston-upon-hull"]);
    let directions = pb::ListStatusesRequest {
        instruments: vec![pb::InstrumentKind::Direction.into()],
        ..Default::default()
    };
    assert!(names(directions).await.is_empty());
    let closed = pb::ListStatusesRequest {
        authorities: vec!["Cumbria".to_owned()],
        include_closed: true,
        ..Default::default()
    };
    assert_eq!(names(closed).await, ["cumbria"]);
    let wrong = pb::ListStatusesRequest { pathways: vec![99], page_size: 0, ..Default::default() };
    let refused = world.statuses().list_statuses(wrong).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}

#[tokio::test]
async fn two_answers_are_compared_field_by_field() {
    let world = World::new().await;
    world.record(vec![notice(1, "E06000010", "2022-08-05")]).await.unwrap();
    let request = pb::CompareStatusRequest {
        authority: "E06000010".to_owned(),
        first: Some(on("2022-08-04")),
        second: Some(on("2022-08-05")),
    };
    let compared = world.statuses().compare_status(request.clone()).await.unwrap().into_inner();
    let fields: Vec<&str> = compared.changes.iter().map(|change| change.field.as_str()).collect();
    assert!(fields.contains(&"instruments[notice-2022-08-05]"), "{fields:?}");
    assert!(fields.contains(&"openCase") || fields.contains(&"open_case"), "{fields:?}");
    let same = pb::CompareStatusRequest { first: request.second, ..request };
    assert!(world.statuses().compare_status(same).await.unwrap().into_inner().changes.is_empty());
}

/// What a page token says: what the list is, the day asked, the day of the question, what was known (position and instant), basis, view, place.
fn parts_of(token: &str) -> Vec<String> {
    let bytes = (0..token.len()).step_by(2).map(|at| u8::from_str_radix(&token[at..at + 2], 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap().split(' ').map(str::to_owned).collect()
}

fn token_of(parts: &[String]) -> String {
    parts.join(" ").bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_page_token_that_was_altered_is_refused_where_it_is_no_answer_to_its_request() {
    let world = World::new().await;
    let as_of = Some(on("2025-06-01"));
    let mut request = pb::ListStatusesRequest { as_of, page_size: 1, ..Default::default() };
    let token = world.statuses().list_statuses(request.clone()).await.unwrap().into_inner().next_page_token;
    for (at, part) in [(1, "2025-07-01"), (3, "999999"), (5, "2"), (6, "2")] {
        let mut parts = parts_of(&token);
        assert_ne!(parts[at], part);
        part.clone_into(&mut parts[at]);
        request.page_token = token_of(&parts);
        let refused = world.statuses().list_statuses(request.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_PAGE_TOKEN");
    }
    request.page_token = token;
    world.statuses().list_statuses(request).await.unwrap();
}

#[tokio::test]
async fn a_page_token_that_says_it_is_a_later_day_shows_no_report_that_comes_out_then() {
    let world = World::new().await;
    let days = ["2025-05-12", "2025-05-23", "2025-06-02", "2025-06-17"];
    world.record(inadequate(1, "barnet", days)).await.unwrap();
    for basis in [pb::Basis::Published, pb::Basis::Inspected] {
        let as_of = Some(pb::AsOf { basis: basis.into(), ..on("2025-06-17") });
        let mut request = pb::ListStatusesRequest { as_of, page_size: 1, ..Default::default() };
        let first = world.statuses().list_statuses(request.clone()).await.unwrap().into_inner();
        let mut parts = parts_of(&first.next_page_token);
        "2100-01-01".clone_into(&mut parts[2]);
        "4102444800000000000".clone_into(&mut parts[4]);
        request.page_token = token_of(&parts);
        let second = world.statuses().list_statuses(request).await.unwrap().into_inner();
        let barnet = &second.statuses[0];
        assert_eq!(barnet.authority.as_ref().unwrap().id, "barnet");
        assert_eq!(barnet.profile.as_ref().unwrap().grades, [], "{basis:?}");
    }
}

#[tokio::test]
async fn obligations_are_listed_by_due_date_and_cut_into_pages() {
    let world = World::new().await;
    let opened = |number, stream, due| {
        let opened = pb::ObligationOpened {
            obligation: format!("letter-{number}"),
            kind: pb::ObligationKind::Other.into(),
            domain: pb::ServiceDomain::ChildrensSocialCare.into(),
            what: "An answer to the letter".to_owned(),
            due_date: Some(date(due)),
            legal_basis: "The letter".to_owned(),
            ..Default::default()
        };
        event(number, stream, "2025-05-01", pb::event::Body::ObligationOpened(opened))
    };
    let events = vec![
        opened(1, "E06000010", "2025-08-01"),
        opened(2, "barnet", "2025-06-02"),
        opened(3, "barnet", "2025-09-01"),
    ];
    world.record(events).await.unwrap();
    let mut request = pb::ListObligationsRequest { page_size: 2, ..Default::default() };
    let first = world.statuses().list_obligations(request.clone()).await.unwrap().into_inner();
    let keys = |page: &pb::ListObligationsResponse| -> Vec<String> {
        page.obligations.iter().map(|owed| owed.obligation.as_ref().unwrap().obligation.clone()).collect()
    };
    assert_eq!(keys(&first), ["letter-2", "letter-1"]);
    request.page_token = first.next_page_token;
    let second = world.statuses().list_obligations(request).await.unwrap().into_inner();
    assert_eq!((keys(&second), second.next_page_token.as_str()), (vec!["letter-3".to_owned()], ""));
    let overdue = pb::ListObligationsRequest {
        states: vec![pb::ObligationState::Overdue.into()],
        due_until_date: Some(date("2025-06-16")),
        ..Default::default()
    };
    assert_eq!(keys(&world.statuses().list_obligations(overdue).await.unwrap().into_inner()), ["letter-2"]);
}

#[tokio::test]
async fn the_register_is_listed_with_every_code_an_authority_ever_had() {
    let world = World::new().await;
    let list = async |query: &str, include_closed, as_of| {
        let request =
            pb::ListAuthoritiesRequest { query: query.to_owned(), as_of: Some(as_of), include_closed };
        world.statuses().list_authorities(request).await.unwrap().into_inner().authorities
    };
    assert_eq!(list("", false, now()).await.len(), 153);
    assert_eq!(list("", true, now()).await.len(), 160);
    let barnsley = &list("E08000016", false, now()).await[0];
    assert_eq!(barnsley.authority.as_ref().unwrap().gss_code, "E08000038");
    let codes: Vec<&str> = barnsley.codes.iter().map(|dated| dated.code.as_str()).collect();
    for code in ["E08000016", "E08000038", "370", "80426"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    let then = &list("barnsley", false, on("2020-01-01")).await[0];
    assert_eq!(then.authority.as_ref().unwrap().gss_code, "E08000016");
    let ended = &list("Cumbria", true, now()).await[0];
    let existence = ended.existence.as_ref().unwrap();
    assert_eq!(existence.state(), pb::ExistenceState::Closed);
    assert_eq!(existence.successors, ["cumberland", "westmorland-and-furness"]);
}

#[tokio::test]
async fn a_replay_says_of_each_event_what_it_changed() {
    let world = World::new().await;
    world.record(vec![notice(1, "E06000010", "2022-08-05")]).await.unwrap();
    world.record(vec![lifted(2, "E06000010", "notice-2022-08-05", "2024-01-01")]).await.unwrap();
    let voided = pb::EventVoided {
        event_id: "00000000-0000-4000-8000-000000000002".to_owned(),
        reason: pb::VoidReason::NeverHappened.into(),
        explanation: "It was another council's".to_owned(),
    };
    world
        .record(vec![event(3, "E06000010", "2024-02-01", pb::event::Body::EventVoided(voided))])
        .await
        .unwrap();
    let replay = async |order: pb::ReplayOrder| -> Vec<pb::ReplayCaseResponse> {
        let request =
            pb::ReplayCaseRequest { authority: "Hull".to_owned(), as_of: None, order: order.into() };
        let steps = world.histories().replay_case(request).await.unwrap().into_inner();
        steps.map(|step| step.unwrap()).collect().await
    };
    for order in [pb::ReplayOrder::Recorded, pb::ReplayOrder::Happened] {
        let steps = replay(order).await;
        assert_eq!(steps.len(), 4);
        for step in &steps {
            assert!(!step.changes.is_empty(), "{step:?}");
        }
        let fields: Vec<&str> = steps[2].changes.iter().map(|change| change.field.as_str()).collect();
        assert!(fields.contains(&"instruments[notice-2022-08-05].standing"), "{fields:?}");
        assert_eq!(steps[2].superseded_by, "00000000-0000-4000-8000-000000000003");
        assert!(!steps[1].rules.is_empty());
    }
}

#[tokio::test]
async fn a_replay_goes_by_when_things_were_learned_or_by_when_they_happened() {
    let world = World::new().await;
    // What happened last was learned first, and what happened on an unknown day of a month in between last.
    let rough = pb::Event { happened_on: Some(date("2023-05")), ..notice(3, "E06000010", "2023-05-05") };
    for event in [notice(1, "E06000010", "2024-08-05"), notice(2, "E06000010", "2022-08-05"), rough] {
        world.record(vec![event]).await.unwrap();
    }
    let replay = async |order: pb::ReplayOrder| -> Vec<(String, Vec<String>)> {
        let request =
            pb::ReplayCaseRequest { authority: "Hull".to_owned(), as_of: None, order: order.into() };
        let steps = world.histories().replay_case(request).await.unwrap().into_inner();
        let told = steps.map(|step| {
            let step = step.unwrap();
            let id = step.event.unwrap().event.unwrap().event_id;
            (id, step.changes.into_iter().map(|change| change.field).collect())
        });
        told.skip(1).collect().await
    };
    let id = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
    for (order, ids) in [(pb::ReplayOrder::Recorded, [1, 2, 3]), (pb::ReplayOrder::Happened, [2, 3, 1])] {
        let steps = replay(order).await;
        assert_eq!(steps.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), ids.map(id), "{order:?}");
        for ((_, changes), number) in steps.iter().zip(ids) {
            let key = ["2024-08-05", "2022-08-05", "2023-05-05"][number as usize - 1];
            let field = format!("instruments[notice-{key}]");
            assert!(changes.contains(&field), "{order:?}: {changes:?}");
        }
    }
}

#[tokio::test]
async fn history_is_read_forwards_and_backwards_up_to_a_limit_and_as_known_then() {
    let world = World::new().await;
    world.set_clock("2025-06-17T00:00:00Z");
    for number in 1..=5 {
        world.record(vec![meeting(number, "barnet", "2025-01-01")]).await.unwrap();
    }
    let positions = async |request: pb::ReadHistoryRequest| -> Vec<u64> {
        let read = world.histories().read_history(request).await.unwrap().into_inner();
        read.map(|message| message.unwrap().event.unwrap().position).collect().await
    };
    let head = world.tracker.head().0;
    let barnet = Some(pb::EventFilter { authorities: vec!["Barnet".to_owned()], ..Default::default() });
    let request =
        pb::ReadHistoryRequest { filter: barnet.clone(), from_position: head - 5, ..Default::default() };
    assert_eq!(positions(request.clone()).await, (head - 4..=head).collect::<Vec<_>>());
    let back =
        pb::ReadHistoryRequest { direction: pb::Direction::Backward.into(), limit: 2, ..request.clone() };
    let newest = pb::ReadHistoryRequest { from_position: 0, ..back.clone() };
    assert_eq!(positions(newest).await, [head, head - 1]);
    let older = pb::ReadHistoryRequest { from_position: head - 1, ..back.clone() };
    assert_eq!(positions(older).await, [head - 2, head - 3]);
    let all = positions(pb::ReadHistoryRequest::default()).await;
    assert_eq!(all, (1..=head).collect::<Vec<_>>());
    let seconds = "2025-06-16T23:59:59Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let then = Some(prost_types::Timestamp { seconds, nanos: 0 });
    let known_then = pb::ReadHistoryRequest { known_time: then, ..Default::default() };
    assert_eq!(positions(known_then.clone()).await.len() as u64, head - 5);
    let backwards =
        pb::ReadHistoryRequest { direction: pb::Direction::Backward.into(), limit: 1, ..known_then };
    assert_eq!(positions(backwards).await, [head - 5]);
}
