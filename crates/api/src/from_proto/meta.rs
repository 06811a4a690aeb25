//! Events about events: voided, corrected, merged, confirmed.

use docket_domain::{EventId, event::Fact};

use super::{body::body_fact, fields::Fields, kind_name, published::published};
use crate::pb;

pub(super) fn voided(f: &mut Fields<'_>, m: &pb::EventVoided) -> Option<Fact> {
    let event = f.event_id("event_id", &m.event_id);
    if m.reason == 0 {
        f.demand("reason", "is required: why does it not count?");
    }
    f.unread_term::<pb::VoidReason>("reason", m.reason);
    f.text("explanation", &m.explanation);
    Some(Fact::Voided { event: event? })
}

pub(super) fn corrected(f: &mut Fields<'_>, m: &pb::FieldCorrected) -> Option<Fact> {
    let event = f.event_id("event_id", &m.event_id);
    f.required_text("reason", &m.reason);
    let Some(replacement) = &m.replacement else {
        f.problem("replacement", "is required: the whole event as it should have been");
        return None;
    };
    let mut within = f.within("replacement");
    let happened_on = within.date("happened_on", replacement.happened_on.as_ref());
    let Some(body) = &replacement.body else {
        within.problem("body", "is required: one of the kinds of events");
        return None;
    };
    if is_meta(body) {
        within.problem(kind_name(body), "cannot be corrected to: void the event, and record another one");
        return None;
    }
    let fact = body_fact(&mut within, body)?;
    let published = published(&mut within, replacement.published_date.as_ref(), body, &fact);
    Some(Fact::Corrected { event: event?, happened_on, published, fact: Box::new(fact) })
}

pub(super) fn merged(f: &mut Fields<'_>, m: &pb::EventMerged) -> Option<Fact> {
    let event = f.event_id("event_id", &m.event_id);
    let duplicate_of = f.event_id("duplicate_of", &m.duplicate_of);
    if event.is_some() && event == duplicate_of {
        f.demand("duplicate_of", "is another event than event_id");
    }
    Some(Fact::Merged { event: event?, duplicate_of: duplicate_of? })
}

pub(super) fn confirmed(f: &mut Fields<'_>, m: &pb::EventsConfirmed) -> Option<Fact> {
    let mut events: Vec<EventId> = Vec::new();
    for (place, text) in m.event_ids.iter().enumerate() {
        let field = format!("event_ids[{place}]");
        let event = f.event_id(&field, text)?;
        if events.contains(&event) {
            f.demand(&field, "is named before: each event once");
        }
        events.push(event);
    }
    if events.is_empty() {
        f.problem("event_ids", "is required: which events does the document agree with?");
        return None;
    }
    Some(Fact::Confirmed { events })
}

/// What the log says of itself is no fact about anyone.
pub(super) fn heads(f: &mut Fields<'_>) -> Option<Fact> {
    f.problem("through_position", "is filled in by Docket: nobody else records this kind of event");
    None
}

/// Whether it is an event about an event.
pub(super) fn is_meta(body: &pb::event::Body) -> bool {
    use pb::event::Body;
    matches!(
        body,
        Body::EventVoided(_) | Body::FieldCorrected(_) | Body::EventMerged(_) | Body::EventsConfirmed(_)
    )
}
