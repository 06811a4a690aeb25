//! `StatusService`.

use docket_api::from_proto::{AsOfQuestion, Known, LIST_LEN_MAX, NAME_LEN_MAX, Problems};
use docket_api::{from_proto, pb, to_proto};
use docket_domain::date::{Date, PartialDate};
use docket_domain::status::AsOf;
use docket_domain::terms::{InstrumentKind, ObligationKind, ObligationState, PathwayState};
use tonic::{Response, Status};

use super::Grpc;
use super::errors::Failure;
use super::page::{self, Page};
use super::raw::Outgoing;
use super::respond;
use crate::tracker::{AuthorityAnswer, Comparison, Explanation, ObligationFilter, Owed, StatusFilter};

/// Statuses on a page, where the request does not say.
const STATUSES_PAGE_DEFAULT: usize = 50;
/// Most statuses on a page.
const STATUSES_PAGE_MAX: usize = 200;
/// Most bytes of the name of a field: its longest part is a key.
const FIELD_LEN_MAX: usize = 1_000;
/// Obligations on a page, where the request does not say.
const OBLIGATIONS_PAGE_DEFAULT: usize = 200;
/// Most obligations on a page.
const OBLIGATIONS_PAGE_MAX: usize = 1_000;

impl Grpc {
    /// `StatusService.GetStatus`.
    pub(super) async fn get_status(
        &self,
        request: pb::GetStatusRequest,
    ) -> Result<Response<Outgoing>, Status> {
        respond::one("GetStatus", self.status_of(request)).await
    }

    /// `StatusService.ListStatuses`.
    pub(super) async fn list_statuses(
        &self,
        request: pb::ListStatusesRequest,
    ) -> Result<Response<pb::ListStatusesResponse>, Status> {
        respond::one("ListStatuses", self.statuses(request)).await
    }

    /// `StatusService.CompareStatus`.
    pub(super) async fn compare_status(
        &self,
        request: pb::CompareStatusRequest,
    ) -> Result<Response<pb::CompareStatusResponse>, Status> {
        respond::one("CompareStatus", self.compared(request)).await
    }

    /// `StatusService.ExplainStatus`.
    pub(super) async fn explain_status(
        &self,
        request: pb::ExplainStatusRequest,
    ) -> Result<Response<pb::ExplainStatusResponse>, Status> {
        respond::one("ExplainStatus", self.explained(request)).await
    }

    /// `StatusService.ListObligations`.
    pub(super) async fn list_obligations(
        &self,
        request: pb::ListObligationsRequest,
    ) -> Result<Response<pb::ListObligationsResponse>, Status> {
        respond::one("ListObligations", self.obligations(request)).await
    }

    /// `StatusService.ListAuthorities`.
    pub(super) async fn list_authorities(
        &self,
        request: pb::ListAuthoritiesRequest,
    ) -> Result<Response<pb::ListAuthoritiesResponse>, Status> {
        respond::one("ListAuthorities", self.authorities(request)).await
    }

    async fn status_of(&self, request: pb::GetStatusRequest) -> Result<Outgoing, Failure> {
        let authority = named("authority", &request.authority)?;
        let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
        Ok(Outgoing::Status(self.tracker.status_bytes(authority, &question).await?))
    }

    async fn compared(
        &self,
        request: pb::CompareStatusRequest,
    ) -> Result<pb::CompareStatusResponse, Failure> {
        let authority = named("authority", &request.authority)?;
        let first = from_proto::as_of(request.first.as_ref(), "first")?;
        let second = from_proto::as_of(request.second.as_ref(), "second")?;
        let Comparison { first, second, changes } = self.tracker.compare(authority, &first, &second).await?;
        Ok(pb::CompareStatusResponse { first: Some(first), second: Some(second), changes })
    }

    async fn explained(
        &self,
        request: pb::ExplainStatusRequest,
    ) -> Result<pb::ExplainStatusResponse, Failure> {
        let authority = named("authority", &request.authority)?;
        let field = field(&request.field, "pathway.state")?;
        let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
        let Explanation { answer, fields, steps, events } =
            self.tracker.explain(authority, field, &question).await?;
        let pb::AuthorityStatus { authority, as_of, .. } = answer;
        Ok(pb::ExplainStatusResponse { authority, as_of, fields, steps, events })
    }

    async fn statuses(&self, request: pb::ListStatusesRequest) -> Result<pb::ListStatusesResponse, Failure> {
        let pb::ListStatusesRequest { page_size, ref page_token, .. } = request;
        let mark = page::mark(&pb::ListStatusesRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        });
        let size = from_proto::page_size(page_size, STATUSES_PAGE_DEFAULT, STATUSES_PAGE_MAX, "")?;
        let mut problems = Problems::new();
        let filter = StatusFilter {
            authorities: names(&mut problems, "authorities", &request.authorities),
            regions: names(&mut problems, "regions", &request.regions),
            pathways: terms(&mut problems, "pathways", &request.pathways, PathwayState::from_number),
            instruments: terms(
                &mut problems,
                "instruments",
                &request.instruments,
                InstrumentKind::from_number,
            ),
            in_case: request.in_case,
            include_closed: request.include_closed,
        };
        problems.finish(Some(()))?;
        let page = Page::of(page_token, mark)?;
        let as_of = self.as_of(page.as_ref(), request.as_of.as_ref()).await?;
        let after = Page::after(page.as_ref())?;
        let (statuses, more) = self.tracker.statuses(as_of, &filter, after.as_ref(), size).await?;
        let last = statuses.last().filter(|_| more);
        Ok(pb::ListStatusesResponse {
            next_page_token: last
                .map(|last| Page { as_of, after: last.authority.id.to_string() }.token(mark))
                .unwrap_or_default(),
            statuses: statuses.iter().map(to_proto::status).collect(),
            as_of: Some(to_proto::as_of(&as_of)),
        })
    }

    async fn obligations(
        &self,
        request: pb::ListObligationsRequest,
    ) -> Result<pb::ListObligationsResponse, Failure> {
        let pb::ListObligationsRequest { page_size, ref page_token, .. } = request;
        let mark = page::mark(&pb::ListObligationsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        });
        let size = from_proto::page_size(page_size, OBLIGATIONS_PAGE_DEFAULT, OBLIGATIONS_PAGE_MAX, "")?;
        let mut problems = Problems::new();
        let filter = ObligationFilter {
            authorities: names(&mut problems, "authorities", &request.authorities),
            regions: names(&mut problems, "regions", &request.regions),
            states: terms(&mut problems, "states", &request.states, ObligationState::from_number),
            kinds: terms(&mut problems, "kinds", &request.kinds, ObligationKind::from_number),
            due_until: day(&mut problems, "due_until_date", request.due_until_date.as_ref()),
            include_expectations: request.include_expectations,
        };
        problems.finish(Some(()))?;
        let page = Page::of(page_token, mark)?;
        let as_of = self.as_of(page.as_ref(), request.as_of.as_ref()).await?;
        let start = Page::after(page.as_ref())?.unwrap_or(0_usize);
        // One answer, cut into pages: the same as-of gives the same list, so a count is a place in it.
        let all = self.tracker.obligations(as_of, &filter).await?;
        let end = start.saturating_add(size);
        Ok(pb::ListObligationsResponse {
            next_page_token: Page::token_from(end, all.len(), as_of, mark),
            obligations: all.iter().skip(start).take(size).map(owed).collect(),
            as_of: Some(to_proto::as_of(&as_of)),
        })
    }

    async fn authorities(
        &self,
        request: pb::ListAuthoritiesRequest,
    ) -> Result<pb::ListAuthoritiesResponse, Failure> {
        let as_of = self.as_of(None, request.as_of.as_ref()).await?;
        let answers = self.tracker.authorities(as_of, &request.query, request.include_closed).await?;
        Ok(pb::ListAuthoritiesResponse {
            authorities: answers.into_iter().map(entry).collect(),
            as_of: Some(to_proto::as_of(&as_of)),
        })
    }

    /// The as-of of the page before, or of the question.
    pub(super) async fn as_of(&self, page: Option<&Page>, asked: Option<&pb::AsOf>) -> Result<AsOf, Failure> {
        let question = from_proto::as_of(asked, "as_of")?;
        match page {
            // Of an earlier day to the public view shows less; a later one is that of no question yet.
            Some(page) if self.goes_on(page.as_of, &question) => {
                Ok(AsOf { today: page.as_of.today.min(self.tracker.moment().0), ..page.as_of })
            }
            Some(_) => Err(Failure::PageToken),
            None => Ok(self.tracker.as_of(&question).await?),
        }
    }

    /// Whether a page is of an answer to this question: a token that was altered gives nothing that the question would not.
    fn goes_on(&self, page: AsOf, question: &AsOfQuestion) -> bool {
        let head = self.tracker.head();
        let is_known = match question.known {
            Known::Head => page.known_position <= head,
            Known::Position(asked) => page.known_position == asked && asked <= head,
            Known::At(asked) => page.known_position <= head && page.known_at == asked,
        };
        is_known
            && (page.basis, page.view) == (question.basis, question.view)
            && question.effective.is_none_or(|asked| asked == page.effective)
    }
}

/// The text by which an authority is named.
///
/// # Errors
/// [`Failure::Invalid`] if there is none, or one that is longer than any name.
pub(super) fn named<'a>(field: &str, text: &'a str) -> Result<&'a str, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::field(field, "is required: an id, a code or a name"));
    }
    if NAME_LEN_MAX < text.len() {
        return Err(Failure::field(field, format!("is at most {NAME_LEN_MAX} bytes")));
    }
    Ok(text)
}

/// The name of a field of an answer.
///
/// # Errors
/// [`Failure::Invalid`] if there is none, or one that is longer than any; `example` is one that is right.
pub(super) fn field<'a>(text: &'a str, example: &str) -> Result<&'a str, Failure> {
    let field = text.trim();
    if field.is_empty() || FIELD_LEN_MAX < field.len() {
        let wanted = format!("is the name of a field, of 1 to {FIELD_LEN_MAX} bytes: {example}");
        return Err(Failure::field("field", wanted));
    }
    Ok(field)
}

/// The names in a list of the request; what is wrong with one is a problem.
pub(super) fn names(problems: &mut Problems, field: &str, names: &[String]) -> Vec<String> {
    if LIST_LEN_MAX < names.len() {
        problems.add(field, format!("has at most {LIST_LEN_MAX} items"));
        return Vec::new();
    }
    for (place, name) in names.iter().enumerate() {
        if name.trim().is_empty() || NAME_LEN_MAX < name.len() {
            problems.add(format!("{field}[{place}]"), format!("is 1 to {NAME_LEN_MAX} bytes"));
        }
    }
    names.to_vec()
}

/// The members of an enumeration in a list of the request; what is none is a problem.
pub(super) fn terms<T>(
    problems: &mut Problems,
    field: &str,
    numbers: &[i32],
    term: impl Fn(i32) -> Option<T>,
) -> Vec<T> {
    if LIST_LEN_MAX < numbers.len() {
        problems.add(field, format!("has at most {LIST_LEN_MAX} items"));
        return Vec::new();
    }
    let read = |(place, number): (usize, &i32)| {
        let term = term(*number);
        if term.is_none() {
            problems
                .add(format!("{field}[{place}]"), format!("{number} is not one of the values of this field"));
        }
        term
    };
    numbers.iter().enumerate().filter_map(read).collect()
}

/// A day of the request, where it says one.
pub(super) fn day(problems: &mut Problems, field: &str, date: Option<&pb::Date>) -> Option<Date> {
    let date = date?;
    let read = PartialDate::from_parts(date.year, date.month, date.day);
    match read.map(PartialDate::day) {
        Ok(Some(day)) => Some(day),
        Ok(None) => {
            problems.add(field, "is a whole date: year, month and day");
            None
        }
        Err(error) => {
            problems.add(field, error.to_string());
            None
        }
    }
}

fn owed(owed: &Owed) -> pb::AuthorityObligation {
    pb::AuthorityObligation {
        authority: Some(to_proto::authority_ref(&owed.authority)),
        obligation: Some(to_proto::obligation(&owed.obligation)),
    }
}

fn entry(answer: AuthorityAnswer) -> pb::AuthorityEntry {
    pb::AuthorityEntry {
        authority: Some(to_proto::authority_ref(&answer.authority)),
        existence: Some(to_proto::existence(&answer.existence)),
        aliases: answer.aliases,
        codes: answer
            .codes
            .into_iter()
            .map(|dated| pb::DatedCode {
                scheme: dated.scheme.number(),
                code: dated.code,
                from_date: to_proto::date(dated.from),
                to_date: dated.to.and_then(to_proto::date),
            })
            .collect(),
    }
}
