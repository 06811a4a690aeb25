//! From the wire to values of the domain: what cannot be read is said field by field, all at once.

mod authority;
mod body;
mod calendar;
mod fields;
mod filter;
mod home;
mod in_depth;
mod inspection;
mod interim;
mod intervention;
mod meta;
mod plan;
mod policy;
mod problems;
mod provider;
mod published;
mod regulator;
#[cfg(test)]
mod request_tests;
mod requests;
mod terms;
#[cfg(test)]
mod tests;

use docket_domain::StreamId;
use docket_domain::date::PartialDate;
use docket_domain::event::{Fact, Proposal};
use docket_domain::id::ProviderUrn;

use crate::{kinds, pb};
use body::body_fact;
pub use calendar::{YEAR_MAX, YEAR_MIN};
use fields::{Demands, Fields};
pub use fields::{LIST_LEN_MAX, NAME_LEN_MAX, SHA256_LEN, TEXT_LEN_MAX, URL_LEN_MAX};
pub use filter::{FILTER_DEPTH_MAX, FILTERS_MAX, Filter, filter};
use home::{ANY, Home, homes};
pub use intervention::REVIEW_INTERVAL_MONTHS_MAX;
pub use problems::{FieldProblem, Problems};
pub use requests::{
    ANONYMOUS, AsOfQuestion, DatedView, EVENT_LEN_MAX, EVENTS_LEN_MAX, Expectation, Known, Offered,
    RECORDED_BY_LEN_MAX, RecordRequest, as_of, dated_view, page_size, record, timestamp,
};

/// A new event as the rules see it. `at` is its place in the request: `events[2]`.
///
/// # Errors
/// Every field that cannot be read or is not as new events have to be, with what would be right.
pub fn proposal(event: &pb::Event, at: &str) -> Result<Proposal, Vec<FieldProblem>> {
    read(event, at, Demands::Today)
}

/// An event of the log as the rules see it. Whatever was recorded once can be read for ever: what is asked of new
/// events today (lengths, spellings, a source) is not asked of it.
///
/// # Errors
/// Every field that this version cannot read: one that damage or a later version wrote.
pub fn stored(event: &pb::Event, at: &str) -> Result<Proposal, Vec<FieldProblem>> {
    read(event, at, Demands::None)
}

fn read(event: &pb::Event, at: &str, demands: Demands) -> Result<Proposal, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    let mut fields = Fields::new(at, &mut problems, demands);
    let id = fields.event_id("event_id", &event.event_id);
    let happened_on = fields.date("happened_on", event.happened_on.as_ref());
    if demands == Demands::Today {
        provenance(&mut fields, event);
    }
    let fact = match &event.body {
        Some(body) => body_fact(&mut fields, body),
        None => {
            fields.problem("body", "is required: one of the kinds of events");
            None
        }
    };
    let published = event.body.as_ref().zip(fact.as_ref()).and_then(|(body, fact)| {
        published::published(&mut fields, event.published_date.as_ref(), body, fact)
    });
    if matches!(fact, Some(Fact::PolicyAdopted(_))) && happened_on != PartialDate::Unknown {
        fields.demand(
            "happened_on",
            "is left out: a policy counts from where it was recorded, and its rows have days of their own",
        );
    }
    let proposal = id.zip(fact).map(|(id, fact)| Proposal { id, happened_on, published, fact });
    problems.finish(proposal)
}

/// The stream that an event names. Codes of authorities stay codes here: whoever knows the register resolves them.
///
/// # Errors
/// One problem, if it is not a stream, or not one that holds this kind of event.
pub fn stream(event: &pb::Event, at: &str) -> Result<StreamId, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    let mut fields = Fields::new(at, &mut problems, Demands::Today);
    let stream = match event.stream.parse::<StreamId>() {
        Ok(stream) => Some(stream),
        Err(error) => {
            fields.problem("stream", error.to_string());
            None
        }
    };
    if let Some(stream) = &stream {
        let homes = event.body.as_ref().map_or(ANY, homes);
        let is_any = ANY.iter().any(|home| home.holds(stream));
        if !is_any {
            fields.problem("stream", format!("is {}; there are no others", Home::list(ANY)));
        } else if !homes.iter().any(|home| home.holds(stream)) {
            fields.problem("stream", format!("is, for this kind of event, {}", Home::list(homes)));
        } else if stream.category() == StreamId::PROVIDER
            && let Err(error) = stream.subject().parse::<ProviderUrn>()
        {
            fields.problem("stream", format!("is provider/URN; {} {error}", stream.subject()));
        }
    }
    problems.finish(stream)
}

/// How it is known and where it was read: at least one source, but for the calendar.
fn provenance(fields: &mut Fields<'_>, event: &pb::Event) {
    fields.unread_term::<docket_domain::terms::Confidence>("confidence", event.confidence);
    fields.text("note", &event.note);
    let of_calendar = event.body.as_ref().map(homes) == Some(&[Home::Calendar]);
    let calendar = of_calendar || event.stream == StreamId::CALENDAR;
    if event.sources.is_empty() && !calendar {
        fields.problem("sources", "needs at least one source: where was it read?");
    }
    fields.list("sources", &event.sources, |item, source| {
        item.required_name("title", &source.title);
        item.url("url", &source.url);
        item.date("document_date", source.document_date.as_ref());
        item.date("retrieved_date", source.retrieved_date.as_ref());
        let sha256 = &source.sha256;
        let digest = sha256.len() == SHA256_LEN && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !sha256.is_empty() && !digest {
            item.problem("sha256", "is 64 hexadecimal digits; or leave it out");
        }
        item.name("place", &source.place);
        Some(())
    });
}

/// The name of the field of `Event` that holds this body.
fn kind_name(body: &pb::event::Body) -> &'static str {
    kinds::number_of_body(body).and_then(kinds::name).unwrap_or("body")
}
