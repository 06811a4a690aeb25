//! Who and where a provider is on a day.

use docket_domain::event::{Fact, ProviderDetails};
use docket_domain::terms::ProviderKind;

use crate::given::*;
use crate::providers::{home, on_the_day};

#[test]
fn details_are_those_of_the_day() {
    let changed =
        ProviderDetails { owner: "Homes Ltd".into(), places: Some(3), ..ProviderDetails::default() };
    let given = vec![home(), (on("2022-04-01"), Fact::ProviderChanged(changed))];
    let details = |day| on_the_day(day, given.clone()).provider.details;
    assert_eq!((details("2022-03-31").owner.as_str(), details("2022-03-31").places), ("Care Ltd", None));
    assert_eq!((details("2022-04-01").owner.as_str(), details("2022-04-01").places), ("Homes Ltd", Some(3)));
    assert_eq!(details("2022-04-01").kind, Some(ProviderKind::ChildrensHome));
}

#[test]
fn a_list_tells_where_a_provider_is_from_its_day_on_and_when_it_was_last_listed() {
    let listed = |day, authority: &str| {
        let authority = Some(authority.parse().unwrap());
        (on(day), Fact::ProviderListed(ProviderDetails { authority, ..ProviderDetails::default() }))
    };
    let given = vec![home(), listed("2024-03-31", "leeds"), listed("2023-03-31", "kingston-upon-hull")];
    let told = |day| {
        let status = on_the_day(day, given.clone());
        let authority = status.provider.details.authority.map(|authority| authority.to_string());
        (authority.unwrap_or_default(), status.registration.listed.to_string())
    };
    assert_eq!(told("2023-03-30").1, "an unknown day");
    assert_eq!(told("2023-03-31"), ("kingston-upon-hull".to_owned(), "2023-03-31".to_owned()));
    assert_eq!(told("2024-03-31"), ("leeds".to_owned(), "2024-03-31".to_owned()));
}
