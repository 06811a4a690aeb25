//! The bank holidays of England and Wales.

use docket_api::pb;
use docket_domain::StreamId;
use docket_domain::terms::Confidence;

use super::rows::{Row, Rows};
use super::{GenesisError, id};

const FILE: &str = include_str!("../../register/bank-holidays.csv");

/// The mark of an announcement whose day was read in a source.
const VERIFIED: &str = "verified";

/// Every bank holiday, and after them that the years are complete.
pub(super) fn events() -> Result<Vec<pb::Event>, GenesisError> {
    let rows = Rows::read("bank-holidays.csv", FILE)?;
    let mut events = Vec::new();
    let mut years: Option<(u32, u32)> = None;
    for row in rows.iter() {
        let date = row.required_day("date")?;
        let year = u32::try_from(date.year).map_err(|error| row.wrong(error.to_string()))?;
        years = Some(years.map_or((year, year), |(first, last)| (first.min(year), last.max(year))));
        events.push(holiday(&row, date)?);
    }
    if let Some((first_year, last_year)) = years {
        let version = format!("{first_year}-{last_year}");
        let body = pb::event::Body::CalendarVersionPublished(pb::CalendarVersionPublished {
            version: version.clone(),
            first_year,
            last_year,
        });
        events.push(event(&format!("calendar-published/{version}"), None, body));
    }
    Ok(events)
}

fn holiday(row: &Row<'_>, date: pb::Date) -> Result<pb::Event, GenesisError> {
    let (title, instrument) = (row.text("title"), row.text("instrument"));
    let announced = row.day("announced_on")?;
    let name = format!("bank-holiday/{}", row.text("date"));
    let body = match row.day("moved_from")? {
        Some(from) => pb::event::Body::BankHolidayMoved(pb::BankHolidayMoved {
            from_date: Some(from),
            to_date: Some(date),
            title,
            instrument,
        }),
        None => pb::event::Body::BankHolidayDeclared(pb::BankHolidayDeclared {
            date: Some(date),
            title,
            instrument,
        }),
    };
    let read = announced.is_none() || row.text("announced_mark") == VERIFIED;
    let event = event(&name, announced, body);
    if read {
        return Ok(event);
    }
    Ok(pb::Event {
        confidence: Confidence::Secondary.number(),
        note: "The day of the announcement is general knowledge; it was not read in a source.".to_owned(),
        ..event
    })
}

fn event(name: &str, happened_on: Option<pb::Date>, body: pb::event::Body) -> pb::Event {
    pb::Event {
        event_id: id(name),
        stream: StreamId::CALENDAR.to_owned(),
        happened_on,
        sources: vec![pb::Source {
            title: "GOV.UK: bank holidays of England and Wales".to_owned(),
            ..pb::Source::default()
        }],
        confidence: Confidence::Official.number(),
        body: Some(body),
        ..pb::Event::default()
    }
}
