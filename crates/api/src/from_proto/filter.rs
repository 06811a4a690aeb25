//! Which events are wanted: a filter, and the filters in it.

use docket_domain::date::Date;
use docket_domain::terms::{Framework, ServiceDomain};
use jiff::Timestamp;

use super::fields::{Demands, Fields};
use super::requests::{DatedView, timestamp};
use super::{FieldProblem, Problems};
use crate::{kinds, pb};

/// How deep filters may stand in each other.
pub const FILTER_DEPTH_MAX: usize = 4;
/// Most filters of a request, with those in them.
pub const FILTERS_MAX: usize = 64;

/// Which events are wanted. Empty lists let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Names of streams.
    pub streams: Vec<String>,
    /// Names of authorities: ids, codes or names.
    pub authorities: Vec<String>,
    /// Numbers of kinds.
    pub kinds: Vec<u32>,
    /// Whose streams.
    pub subjects: Vec<pb::SubjectKind>,
    /// Names of regions.
    pub regions: Vec<String>,
    /// Of inspections under these.
    pub frameworks: Vec<Framework>,
    /// Of these services.
    pub domains: Vec<ServiceDomain>,
    /// Recorded then or later.
    pub recorded_since: Option<Timestamp>,
    /// Happened then or later, or may have.
    pub effective_since: Option<Date>,
    /// Each lets the event through.
    pub all_of: Vec<Filter>,
    /// At least one does.
    pub any_of: Vec<Filter>,
    /// None does.
    pub none_of: Vec<Filter>,
    /// Which view; `None`: every event as it was recorded.
    pub view: Option<DatedView>,
}

/// Which events a caller wants; all of them, where it does not say.
///
/// # Errors
/// Every item that cannot be read, or makes no sense.
pub fn filter(filter: Option<&pb::EventFilter>, at: &str) -> Result<Filter, Vec<FieldProblem>> {
    let Some(filter) = filter else {
        return Ok(Filter::default());
    };
    let mut problems = Problems::new();
    let mut fields = Fields::new(at, &mut problems, Demands::Today);
    let (many, deep) = size(filter);
    if FILTERS_MAX < many || FILTER_DEPTH_MAX < deep {
        let most = format!(
            "holds {many} filters, {deep} deep: at most {FILTERS_MAX}, {FILTER_DEPTH_MAX} deep, are read"
        );
        fields.problem("", most);
        return problems.finish(None);
    }
    let read = read(&mut fields, filter);
    problems.finish(Some(read))
}

/// How many filters stand in one, with itself, and how deep.
fn size(filter: &pb::EventFilter) -> (usize, usize) {
    let inner = filter.all_of.iter().chain(&filter.any_of).chain(&filter.none_of).map(size);
    let (many, deep) = inner.fold((0, 0), |(many, deep), (more, down)| (many + more, deep.max(down)));
    (many + 1, deep + 1)
}

fn read(fields: &mut Fields<'_>, filter: &pb::EventFilter) -> Filter {
    let streams = fields.names("streams", &filter.streams);
    let authorities = fields.names("authorities", &filter.authorities);
    let kinds = fields.list("kinds", &filter.kinds, |item, name| {
        let number = kinds::number_of(name);
        if number.is_none() {
            item.problem(
                "",
                "is not a kind of event: the names are the fields of docket.v1.Event.body, such as direction_issued",
            );
        }
        number
    });
    let subjects = fields.list("subject_kinds", &filter.subject_kinds, |item, kind| item.term("", *kind));
    let regions = fields.names("regions", &filter.regions);
    let frameworks =
        fields.list("frameworks", &filter.frameworks, |item, framework| item.term("", *framework));
    let domains =
        fields.list("service_domains", &filter.service_domains, |item, domain| item.term("", *domain));
    let recorded_since = filter.recorded_since.as_ref().and_then(|since| {
        let read = timestamp(since);
        if read.is_none() {
            fields.problem("recorded_since", "is no instant: nanos are 0 to 999,999,999");
        }
        read
    });
    let since = filter.effective_since.as_ref().filter(|date| **date != pb::Date::default());
    let effective_since = since.and_then(|since| fields.day("effective_since", Some(since)));
    let view = fields.dated_view(filter.view, filter.effective_date.as_ref());
    let all_of = inner(fields, "all_of", &filter.all_of);
    let any_of = inner(fields, "any_of", &filter.any_of);
    let none_of = inner(fields, "none_of", &filter.none_of);
    if subjects == [pb::SubjectKind::National] {
        for (field, is_empty) in [
            ("regions", regions.is_empty()),
            ("authorities", authorities.is_empty()),
            ("service_domains", domains.is_empty()),
        ] {
            if !is_empty {
                fields.problem(
                    field,
                    "lets no event of a national stream through: leave it out, or subject_kinds",
                );
            }
        }
    }
    Filter {
        streams,
        authorities,
        kinds,
        subjects,
        regions,
        frameworks,
        domains,
        recorded_since,
        effective_since,
        all_of,
        any_of,
        none_of,
        view,
    }
}

/// The filters in a filter. One that lets everything through is a mistake of whoever wrote it, and so is a view.
fn inner(fields: &mut Fields<'_>, field: &str, filters: &[pb::EventFilter]) -> Vec<Filter> {
    fields.list(field, filters, |item, filter| {
        if *filter == pb::EventFilter::default() {
            item.problem(
                "",
                "is empty and lets everything through: leave it out, or say what it is to let through",
            );
        }
        if filter.view != 0 || filter.effective_date.is_some() {
            item.problem("view", "is of the whole filter: say it, and its day, at the top");
        }
        Some(read(item, filter))
    })
}
