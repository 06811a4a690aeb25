//! The register and the calendar in the binary are what was published.

use std::collections::BTreeSet;

use docket_api::pb;
use docket_api::pb::history_service_client::HistoryServiceClient;
use docket_api::pb::status_service_client::StatusServiceClient;

use super::csv;
use crate::process::Server;

fn text(date: Option<pb::Date>) -> String {
    date.map_or_else(String::new, |date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

#[tokio::test]
async fn every_published_code_means_the_authority_it_is_published_for() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let request =
        pb::ListAuthoritiesRequest { include_closed: true, ..pb::ListAuthoritiesRequest::default() };
    let listed = StatusServiceClient::new(server.channel().await)
        .list_authorities(request)
        .await
        .unwrap()
        .into_inner();
    let codes: Vec<(&pb::AuthorityEntry, &pb::DatedCode)> = listed
        .authorities
        .iter()
        .flat_map(|entry| entry.codes.iter().map(move |code| (entry, code)))
        .filter(|(_, code)| code.scheme() == pb::CodeScheme::Gss)
        .collect();
    let published = csv("register/authorities.csv");
    assert_eq!((published.len(), codes.len()), (172, 172));
    let mut live = 0;
    for row in &published {
        let gss = &row["gss"];
        let (entry, code) =
            codes.iter().find(|(_, code)| code.code == *gss).unwrap_or_else(|| panic!("{gss} is missing"));
        let authority = entry.authority.as_ref().unwrap();
        assert_eq!(text(code.from_date), row["start_date"], "{gss}");
        let ended = row["status"] != "live";
        assert_eq!(code.to_date.is_some(), ended, "{gss}");
        live += usize::from(!ended);
        if !ended {
            assert_eq!(
                (&authority.dfe_number, &authority.ofsted_urn),
                (&row["dfe_la_number"], &row["ofsted_urn"]),
                "{gss}"
            );
        }
        assert_eq!(authority.region, row["region"], "{gss}");
    }
    assert_eq!(live, 153);
}

#[tokio::test]
async fn the_bank_holidays_are_the_published_ones() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let filter =
        pb::EventFilter { streams: vec!["calendar/england-and-wales".into()], ..pb::EventFilter::default() };
    let request = pb::ReadHistoryRequest { filter: Some(filter), ..pb::ReadHistoryRequest::default() };
    let mut events =
        HistoryServiceClient::new(server.channel().await).read_history(request).await.unwrap().into_inner();
    let mut holidays = BTreeSet::new();
    let mut moved = BTreeSet::new();
    while let Some(response) = events.message().await.unwrap() {
        match response.event.unwrap().event.unwrap().body.unwrap() {
            pb::event::Body::BankHolidayDeclared(declared) => {
                holidays.insert(text(declared.date));
            }
            pb::event::Body::BankHolidayMoved(change) => {
                holidays.insert(text(change.to_date));
                moved.insert(text(change.from_date));
            }
            _ => {}
        }
    }
    let current: BTreeSet<String> = holidays.difference(&moved).cloned().collect();
    let published: BTreeSet<String> =
        csv("calendar/england-and-wales-2007-2028.csv").into_iter().map(|row| row["date"].clone()).collect();
    assert_eq!(current, published);
}
