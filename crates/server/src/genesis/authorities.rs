//! The authorities: registered, under new codes, succeeded.

use std::collections::{BTreeMap, BTreeSet};

use docket_api::pb;
use docket_domain::terms::{AuthorityKind, CodeScheme, Confidence};

use super::rows::{Row, Rows};
use super::{GenesisError, id};
use crate::tracker::AUTHORITY;

const FILE: &str = include_str!("../../register/authorities.csv");

/// The first day of the list of codes.
const CODES_BEGIN: pb::Date = pb::Date { year: 2009, month: 1, day: 1 };
/// What that day means for an authority.
const BY_THEN: &str = "It existed by then: the list of codes that this rests on begins on that day.";

/// The rows of the register.
pub(super) struct Authorities(Vec<Authority>);

struct Authority {
    id: String,
    registration: pb::AuthorityRegistered,
    from: pb::Date,
    /// GSS codes with their first days, oldest first.
    gss: Vec<(String, pb::Date)>,
    closed_on: Option<pb::Date>,
    successors: Vec<String>,
    order_reference: String,
}

impl Authorities {
    /// Reads the file that is part of the binary.
    pub(super) fn read() -> Result<Self, GenesisError> {
        let rows = Rows::read("authorities.csv", FILE)?;
        rows.iter().map(|row| Authority::read(&row)).collect::<Result<_, _>>().map(Self)
    }

    /// Each authority's first event.
    pub(super) fn registrations(&self) -> Vec<pb::Event> {
        let registered = |authority: &Authority| {
            let Authority { id, registration, from, .. } = authority;
            let mut sources = vec![ons(&registration.gss_code)];
            if !registration.dfe_number.is_empty() {
                sources.push(source(
                    "Department for Education: numbers of authorities",
                    &registration.dfe_number,
                ));
            }
            if !registration.ofsted_urn.is_empty() {
                sources.push(source(
                    "Ofsted: Local authority inspection outcomes as at 31 March 2025",
                    &registration.ofsted_urn,
                ));
            }
            let body = pb::event::Body::AuthorityRegistered(registration.clone());
            let note = if *from == CODES_BEGIN { BY_THEN.to_owned() } else { String::new() };
            pb::Event { sources, note, ..event(&format!("authority-registered/{id}"), id, *from, body) }
        };
        self.0.iter().map(registered).collect()
    }

    /// Each code after the first.
    pub(super) fn code_changes(&self) -> Vec<pb::Event> {
        let mut events = Vec::new();
        for authority in &self.0 {
            for ((old, _), (new, from)) in authority.gss.iter().zip(authority.gss.iter().skip(1)) {
                let body = pb::event::Body::AuthorityCodeChanged(pb::AuthorityCodeChanged {
                    scheme: CodeScheme::Gss.number(),
                    old_code: old.clone(),
                    new_code: new.clone(),
                });
                let name = format!("code-changed/{}/{new}", authority.id);
                events
                    .push(pb::Event { sources: vec![ons(new)], ..event(&name, &authority.id, *from, body) });
            }
        }
        events
    }

    /// The ends of authorities, those of one day together with the other side of each.
    pub(super) fn successions(&self) -> Vec<Vec<pb::Event>> {
        let mut by_day: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for authority in &self.0 {
            if let Some(day) = authority.closed_on {
                by_day.entry((day.year, day.month, day.day)).or_default().push((authority, day));
            }
        }
        by_day.into_values().map(|ended| succession(&ended)).collect()
    }
}

impl Authority {
    fn read(row: &Row<'_>) -> Result<Self, GenesisError> {
        let kind = row.text("kind");
        let kind = AuthorityKind::ALL
            .iter()
            .find(|known| known.name() == kind)
            .ok_or_else(|| row.wrong(format!("{kind:?} is not a kind of authority")))?;
        let gss = row
            .list("gss_codes")
            .iter()
            .map(|part| {
                let (code, from) =
                    part.split_once('@').ok_or_else(|| row.wrong(format!("{part:?} is not CODE@DATE")))?;
                Ok((code.to_owned(), row.parse_day(from)?))
            })
            .collect::<Result<Vec<_>, GenesisError>>()?;
        let first_code = gss.first().ok_or_else(|| row.wrong("there is no GSS code".to_owned()))?.0.clone();
        Ok(Self {
            id: row.text("id"),
            registration: pb::AuthorityRegistered {
                name: row.text("name"),
                official_name: row.text("official_name"),
                kind: kind.number(),
                region: row.text("region"),
                gss_code: first_code,
                dfe_number: row.text("dfe_number"),
                ofsted_urn: row.text("ofsted_urn"),
                aliases: row.list("aliases"),
            },
            from: row.required_day("from")?,
            gss,
            closed_on: row.day("closed_on")?,
            successors: row.list("successors"),
            order_reference: row.text("order_reference"),
        })
    }
}

/// The ends of some authorities on one day, and what their successors received. Nothing is carried: no such thing is in the register.
fn succession(ended: &[(&Authority, pb::Date)]) -> Vec<pb::Event> {
    let mut events = Vec::new();
    let mut received: BTreeMap<&str, (pb::Date, Vec<String>, BTreeSet<&str>)> = BTreeMap::new();
    for (authority, day) in ended {
        let successors = authority
            .successors
            .iter()
            .map(|successor| pb::Successor { authority: successor.clone(), ..pb::Successor::default() });
        let body = pb::event::Body::AuthoritySucceeded(pb::AuthoritySucceeded {
            successors: successors.collect(),
            order_reference: authority.order_reference.clone(),
        });
        let name = format!("authority-succeeded/{}", authority.id);
        events
            .push(pb::Event { sources: vec![ons(&authority.id)], ..event(&name, &authority.id, *day, body) });
        for successor in &authority.successors {
            let (_, predecessors, orders) =
                received.entry(successor).or_insert_with(|| (*day, Vec::new(), BTreeSet::new()));
            predecessors.push(authority.id.clone());
            orders.extend(Some(authority.order_reference.as_str()).filter(|order| !order.is_empty()));
        }
    }
    for (successor, (day, predecessors, orders)) in received {
        let body = pb::event::Body::SuccessionReceived(pb::SuccessionReceived {
            predecessors,
            order_reference: orders.into_iter().collect::<Vec<_>>().join("; "),
            ..pb::SuccessionReceived::default()
        });
        let name = format!("succession-received/{successor}");
        events.push(pb::Event { sources: vec![ons(successor)], ..event(&name, successor, day, body) });
    }
    events
}

fn event(name: &str, authority: &str, happened_on: pb::Date, body: pb::event::Body) -> pb::Event {
    pb::Event {
        event_id: id(name),
        stream: format!("{AUTHORITY}/{authority}"),
        happened_on: Some(happened_on),
        confidence: Confidence::Official.number(),
        body: Some(body),
        ..pb::Event::default()
    }
}

fn ons(place: &str) -> pb::Source {
    source("Office for National Statistics: names, codes and code history of local authorities", place)
}

fn source(title: &str, place: &str) -> pb::Source {
    pb::Source { title: title.to_owned(), place: place.to_owned(), ..pb::Source::default() }
}
