//! Page tokens: a page belongs to one answer, so its token carries which answer that is.

use core::str::FromStr;

use docket_domain::Position;
use docket_domain::status::AsOf;
use docket_domain::terms::{Basis, View};
use jiff::Timestamp;
use prost::Message;
use uuid::Uuid;

use super::errors::Failure;

/// Requests become the mark of a list in this space.
const NAMESPACE: Uuid = Uuid::from_u128(0x4f1c_95a2_77d0_4e0b_8a35_0a6b_31c7_2d19);
/// Longest token, in bytes.
const TOKEN_LEN_MAX: usize = 1_000;

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Which answer the list is part of.
    pub(super) as_of: AsOf,
    /// The last item of the page before.
    pub(super) after: String,
}

/// What marks a list: its filters and as-of as the caller wrote them, without the page.
pub(super) fn mark(request_without_page: &impl Message) -> Uuid {
    Uuid::new_v5(&NAMESPACE, &request_without_page.encode_to_vec())
}

impl Page {
    /// The token of a page of the list with this mark: the parts as text, in hexadecimal digits so that nobody is led to build one.
    pub(super) fn token(&self, mark: Uuid) -> String {
        let AsOf { effective, today, known_position, known_at, basis, view } = self.as_of;
        let known_at = known_at.as_nanosecond();
        let (basis, view) = (basis.number(), view.number());
        let text =
            format!("{mark} {effective} {today} {known_position} {known_at} {basis} {view} {}", self.after);
        text.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The page of a token; `None` for an empty token, which is that of the first page.
    ///
    /// # Errors
    /// [`Failure::PageToken`] if it is not a token of the list with this mark.
    pub(super) fn of(token: &str, mark: Uuid) -> Result<Option<Self>, Failure> {
        if token.is_empty() {
            return Ok(None);
        }
        read(token, mark).map(Some).ok_or(Failure::PageToken)
    }

    /// After what the list goes on; `None` for the first page.
    ///
    /// # Errors
    /// [`Failure::PageToken`] if it is not a place in such a list.
    pub(super) fn after<T: FromStr>(page: Option<&Self>) -> Result<Option<T>, Failure> {
        page.map(|page| page.after.parse().map_err(|_| Failure::PageToken)).transpose()
    }

    /// The token of what is left of a list of so many items from a place on; empty where nothing is.
    pub(super) fn token_from(start: usize, count: usize, as_of: AsOf, mark: Uuid) -> String {
        match start < count {
            true => Self { as_of, after: start.to_string() }.token(mark),
            false => String::new(),
        }
    }
}

fn read(token: &str, mark: Uuid) -> Option<Page> {
    if TOKEN_LEN_MAX < token.len() || !token.len().is_multiple_of(2) || !token.is_ascii() {
        return None;
    }
    let bytes: Vec<u8> = (0..token.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(token.get(at..at + 2)?, 16).ok())
        .collect::<Option<_>>()?;
    let text = String::from_utf8(bytes).ok()?;
    let mut parts = text.splitn(8, ' ');
    if parts.next()? != mark.to_string() {
        return None;
    }
    let as_of = AsOf {
        effective: parts.next()?.parse().ok()?,
        today: parts.next()?.parse().ok()?,
        known_position: Position(parts.next()?.parse().ok()?),
        known_at: Timestamp::from_nanosecond(parts.next()?.parse().ok()?).ok()?,
        basis: Basis::from_number(parts.next()?.parse().ok()?)?,
        view: View::from_number(parts.next()?.parse().ok()?)?,
    };
    Some(Page { as_of, after: parts.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::pb;
    use jiff::civil::date;

    #[test]
    fn a_token_reads_back_only_for_the_list_that_gave_it() {
        let page = Page {
            as_of: AsOf {
                effective: date(2024, 2, 29),
                today: date(2025, 1, 1),
                known_position: Position(7),
                known_at: "2025-01-01T00:00:00.000001Z".parse().unwrap(),
                basis: Basis::Inspected,
                view: View::Restricted,
            },
            after: "kingston-upon-hull".to_owned(),
        };
        let request = pb::ListStatusesRequest { in_case: true, ..Default::default() };
        let token = page.token(mark(&request));
        assert_eq!(Page::of(&token, mark(&request)).unwrap(), Some(page));
        let other = pb::ListStatusesRequest::default();
        for (token, mark) in [
            (token.as_str(), mark(&other)),
            ("zz", mark(&request)),
            ("a", mark(&request)),
            ("é", mark(&request)),
        ] {
            assert!(matches!(Page::of(token, mark), Err(Failure::PageToken)), "{token}");
        }
        assert_eq!(Page::of("", mark(&request)).unwrap(), None);
    }
}
