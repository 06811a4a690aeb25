//! The due dates that Ofsted printed in its letters, beside what the law gives.

use docket_api::pb::record_service_client::RecordServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;
use docket_api::{json, pb};
use serde_json::json;
use tonic::transport::Channel;

use super::csv;
use crate::process::Server;

fn parts(date: &str) -> serde_json::Value {
    let mut parts = date.split('-').map(|part| part.parse::<i32>().unwrap());
    json!({ "year": parts.next(), "month": parts.next(), "day": parts.next() })
}

fn date(text: &str) -> pb::Date {
    json::from_str(&parts(text).to_string()).unwrap()
}

/// The letter as events: published and received on one day, a statement needed by a stated day.
fn events(row: usize, urn: &str, published: &str, due: &str) -> Vec<pb::Event> {
    let inspection = format!("jtai-{published}");
    let bodies = [
        json!({ "reportPublished": { "inspection": inspection, "kind": "INSPECTION_KIND_JTAI" } }),
        json!({ "reportReceived": { "inspection": inspection, "basis": "RECEIPT_BASIS_FINAL_REPORT" } }),
        json!({ "statementDetermined": { "inspection": inspection, "required": true } }),
        json!({ "dueDateStated": { "obligation": format!("{inspection}/jtai-statement"), "dueDate": parts(due) } }),
    ];
    let event = |(number, mut body): (usize, serde_json::Value)| {
        let envelope = json!({
            "eventId": format!("{row:08x}-0000-4000-8000-{number:012x}"),
            "stream": format!("authority/{urn}"),
            "happenedOn": parts(published),
            "sources": [{ "title": "Ofsted, letter of a joint targeted area inspection" }],
        });
        body.as_object_mut().unwrap().extend(envelope.as_object().unwrap().clone());
        json::from_str(&body.to_string()).unwrap()
    };
    bodies.into_iter().enumerate().map(event).collect()
}

async fn statement(channel: &Channel, urn: &str, published: &str) -> pb::Obligation {
    let as_of = pb::AsOf { effective_date: Some(date(published)), ..pb::AsOf::default() };
    let request = pb::GetStatusRequest { authority: urn.into(), as_of: Some(as_of) };
    let status = StatusServiceClient::new(channel.clone())
        .get_status(request)
        .await
        .unwrap()
        .into_inner()
        .status
        .unwrap();
    let key = format!("jtai-{published}/jtai-statement");
    status.obligations.into_iter().find(|obligation| obligation.obligation == key).unwrap()
}

#[tokio::test]
async fn a_stated_due_date_that_the_law_explains_is_computed_to_the_day_and_the_rest_stay_as_stated() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let channel = server.channel().await;
    let mut explained = Vec::new();
    let mut rest = Vec::new();
    for (number, row) in csv("stated_due_dates.csv").into_iter().enumerate() {
        let (urn, published, due) = (&row["urn"], &row["published"], &row["stated_due"]);
        let request =
            pb::RecordRequest { events: events(number, urn, published, due), ..pb::RecordRequest::default() };
        RecordServiceClient::new(channel.clone()).record(request).await.unwrap();
        let statement = statement(&channel, urn, published).await;
        assert_eq!(statement.due_stated_date, Some(date(due)), "{}: kept as stated", row["authority"]);
        if statement.due_computed_date == statement.due_stated_date {
            explained.push(row["authority"].clone());
        } else {
            assert!(statement.dates_differ);
            rest.push((row["authority"].clone(), statement.stated_difference_working_days));
        }
        // Seventy working days from publication, by the calendar of today: the law explains it without more.
        let counted = row["working_days_published_to_due"] == "70";
        assert!(!counted || statement.due_computed_date == statement.due_stated_date, "{}", row["authority"]);
    }
    println!(
        "{} stated dates are seventy working days from publication: {}",
        explained.len(),
        explained.join(", ")
    );
    println!("{} are kept as stated; stated minus computed, in working days:", rest.len());
    for (authority, difference) in &rest {
        println!("  {authority}: {difference:+}");
    }
    // Kirklees 2022 is the seventieth day by the calendar before the bank holiday of 19 September was proclaimed.
    assert!(explained.contains(&"kirklees".to_owned()));
    assert_eq!((explained.len(), rest.len()), (18, 12));
}
