//! Which of two documents counts before the other where they contradict: one order of all documents, the same whatever is imported first.

use docket_api::pb;
use jiff::civil::Date;

use super::known::latest_day;

/// What documents are ordered by: the day, of one day the title, of one title the hash, then the address. The last of the order counts; a
/// document without a day comes before all others.
type Rank = (Option<Date>, String, String, String);

fn rank(source: &pb::Source) -> Rank {
    let day = source.document_date.as_ref().and_then(latest_day);
    (day, source.title.clone(), source.sha256.to_ascii_lowercase(), source.url.clone())
}

/// Of several sources, the one in the last document.
pub(crate) fn newest(sources: &[pb::Source]) -> Option<&pb::Source> {
    sources.iter().max_by_key(|source| rank(source))
}

/// Whether what the one sources say counts before what the others say: by the last document of each.
pub(crate) fn is_newer(told: &[pb::Source], known: &[pb::Source]) -> bool {
    match (newest(told), newest(known)) {
        (Some(told), Some(known)) => rank(known) < rank(told) && !is_same_telling(told, known),
        (told, None) => told.is_some(),
        (None, _) => false,
    }
}

/// Whether two sources are one document of one day: a file that is read again as that of another day is another document.
pub(crate) fn is_same_telling(one: &pb::Source, other: &pb::Source) -> bool {
    rank(one).0 == rank(other).0 && is_same_document(one, other)
}

/// Whether two sources are places in one document: by its hash, or where one has none by its title and its day.
pub(crate) fn is_same_document(one: &pb::Source, other: &pb::Source) -> bool {
    if !one.sha256.is_empty() && !other.sha256.is_empty() {
        return one.sha256.eq_ignore_ascii_case(&other.sha256);
    }
    let same_page = one.url.is_empty() || other.url.is_empty() || one.url == other.url;
    one.title == other.title && one.document_date == other.document_date && same_page
}

#[cfg(test)]
#[path = "documents_tests.rs"]
mod tests;
