//! Tables: typed, in an order that does not change, and what the answers say.

use docket_api::pb;
use docket_api::pb::export_response::Message;
use docket_api::pb::export_service_client::ExportServiceClient;
use docket_server::export::{TABLES, table};
use serde_json::Value;
use tokio_stream::StreamExt as _;
use tonic::Code;

use crate::harness::{World, meeting, on};

async fn world() -> World {
    World::with_histories(&["kingston-upon-hull", "barnsley"]).await
}

/// What a table is, and its file.
async fn export(
    world: &World,
    of: pb::Table,
    format: pb::TableFormat,
    as_of: pb::AsOf,
) -> (pb::ExportHead, String) {
    let request = pb::ExportRequest {
        table: of.into(),
        format: format.into(),
        as_of: Some(as_of),
        ..Default::default()
    };
    let mut answers =
        ExportServiceClient::new(world.channel.clone()).export(request).await.unwrap().into_inner();
    let mut next = async || answers.next().await.map(|answer| answer.unwrap().message.unwrap());
    let Some(Message::Head(head)) = next().await else { panic!("first comes what it is") };
    let mut file = Vec::new();
    while let Some(message) = next().await {
        let Message::Piece(piece) = message else { panic!("{message:?}") };
        file.extend(piece);
    }
    (head, String::from_utf8(file).unwrap())
}

async fn rows(world: &World, of: pb::Table, as_of: pb::AsOf) -> Vec<Value> {
    let (_, text) = export(world, of, pb::TableFormat::Json, as_of).await;
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'r>(rows: &'r [Value], authority: &str) -> Vec<&'r Value> {
    rows.iter().filter(|row| row["authority_id"] == authority).collect()
}

#[tokio::test]
async fn every_table_has_the_columns_that_it_says_in_both_formats() {
    let world = world().await;
    for table in TABLES {
        let (head, text) = export(&world, table.of, pb::TableFormat::Csv, on("2024-01-15")).await;
        let names: Vec<&str> = head.columns.iter().map(|column| column.name.as_str()).collect();
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(csv.headers().unwrap().iter().collect::<Vec<_>>(), names, "{:?}", table.of);
        let rows = rows(&world, table.of, on("2024-01-15")).await;
        let records: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), rows.len(), "{:?}", table.of);
        assert!(!rows.is_empty(), "{:?}", table.of);
        for row in &rows {
            assert_eq!(row.as_object().unwrap().len(), names.len());
            for (column, value) in head.columns.iter().zip(names.iter().map(|name| &row[*name])) {
                fits(column, value);
            }
        }
    }
}

/// A cell is of the type of its column, and a member of an enumeration bears its own name.
fn fits(column: &pb::Column, value: &Value) {
    use pb::ColumnType as T;
    let is_date = |text: &str| {
        matches!(text.len(), 4 | 7 | 10) && text.split('-').all(|part| part.parse::<u16>().is_ok())
    };
    let is_right = match column.r#type() {
        T::Integer => value.is_null() || value.is_i64(),
        T::Boolean => value.is_boolean(),
        T::Date => value.is_null() || value.as_str().is_some_and(is_date),
        T::Texts => value.is_array(),
        _ => value.is_null() || value.is_string(),
    };
    assert!(is_right, "{} is {value}", column.name);
    let text = value.as_str().unwrap_or_default();
    let is_of_the_wire =
        text.contains('_') && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit());
    assert!(!is_of_the_wire, "{} is {value}", column.name);
}

#[tokio::test]
async fn tables_say_what_the_answers_say() {
    let world = world().await;
    let day = on("2020-03-01");
    let status = world.status("kingston-upon-hull", day).await.unwrap();
    let statuses = rows(&world, pb::Table::Statuses, day).await;
    let [hull] = of(&statuses, "kingston-upon-hull")[..] else { panic!("one row of Hull") };
    assert_eq!(
        (&hull["overall_effectiveness"], &hull["pathway"]),
        (&"inadequate".into(), &"monitoring".into())
    );
    assert_eq!(hull["inspection"], status.profile.as_ref().unwrap().inspection);
    assert_eq!(hull["case_number"], status.open_case.as_ref().unwrap().number);
    let judgements = rows(&world, pb::Table::Judgements, day).await;
    assert_eq!(of(&judgements, "kingston-upon-hull").len(), status.profile.unwrap().grades.len());
    let obligations = rows(&world, pb::Table::Obligations, day).await;
    assert_eq!(of(&obligations, "kingston-upon-hull").len(), status.obligations.len());
    let instruments = rows(&world, pb::Table::Instruments, day).await;
    assert_eq!(of(&instruments, "kingston-upon-hull").len(), status.instruments.len());
    let cases = rows(&world, pb::Table::Cases, day).await;
    assert_eq!(of(&cases, "kingston-upon-hull").len(), status.cases.len());
}

#[tokio::test]
async fn a_table_is_the_same_however_often_it_is_asked_for_and_of_what_was_known_then() {
    let world = world().await;
    let head = world.tracker.head().0;
    let known = pb::AsOf { known_position: head, ..on("2024-01-15") };
    for table in TABLES {
        let before = export(&world, table.of, pb::TableFormat::Csv, known).await;
        world
            .record(vec![meeting(
                700 + u32::try_from(i32::from(table.of)).unwrap(),
                "barnsley",
                "2023-01-01",
            )])
            .await
            .unwrap();
        assert_eq!(export(&world, table.of, pb::TableFormat::Csv, known).await, before, "{:?}", table.of);
        assert_eq!(before.0.as_of.unwrap().known_position, head);
    }
}

#[tokio::test]
async fn the_table_of_events_holds_each_event_by_the_position_asked() {
    let world = world().await;
    let head = world.tracker.head().0;
    let all =
        rows(&world, pb::Table::Events, pb::AsOf { known_position: head - 3, ..Default::default() }).await;
    let positions: Vec<u64> = all.iter().map(|row| row["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=head - 3).collect::<Vec<_>>());
    let told = all.iter().find(|row| row["event_kind"] == "judgements_made").unwrap();
    let body: Value = serde_json::from_str(told["body"].as_str().unwrap()).unwrap();
    assert!(body["judgements"].is_array(), "{told}");
}

#[tokio::test]
async fn a_table_that_there_is_not_is_refused_by_field() {
    let world = World::new().await;
    for (request, field) in [
        (pb::ExportRequest { format: 1, ..Default::default() }, "table"),
        (pb::ExportRequest { table: 1, ..Default::default() }, "format"),
        (pb::ExportRequest { table: 99, format: 1, ..Default::default() }, "table"),
    ] {
        let refused = ExportServiceClient::new(world.channel.clone()).export(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), crate::filtering::fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    assert!(table(pb::Table::Unspecified).is_none());
}
