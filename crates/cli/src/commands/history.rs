//! `docket history`: events as they were recorded.

use clap::Args;
use docket_api::pb;

use super::filter::FilterArgs;
use crate::args::ServerArgs;
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::Out;
use crate::render::history::list;
use crate::render::words::count;
use crate::when::{self, KnownAt};

/// Events shown under one line of headings; more are shown in further tables, so that nothing grows without bound.
const TABLE_LEN_MAX: usize = 1_000;

/// What `docket history` is called with.
#[derive(Args, Debug)]
pub(crate) struct History {
    #[command(flatten)]
    filter: FilterArgs,

    /// The last one first
    #[arg(long)]
    backward: bool,

    /// At most so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Only after this position; with --backward only before it
    #[arg(long, value_name = "POSITION")]
    from: Option<u64>,

    /// Only what was recorded by then: an instant (RFC 3339), a day in London (to its end), or a position (@1234)
    #[arg(long, value_name = "WHEN")]
    known_at: Option<KnownAt>,

    /// Whole event ids
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    server: ServerArgs,
}

impl History {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let last = match self.known_at {
            Some(KnownAt::Position(position)) => position,
            _ => u64::MAX,
        };
        let mut events =
            client.history().read_history(self.request()).await.or_failed(&client).await?.into_inner();
        let style = out.style().why(self.why);
        let (mut rows, mut total) = (Vec::new(), 0);
        while let Some(answer) = events.message().await.or_failed(&client).await? {
            if answer.event.as_ref().is_some_and(|event| event.position > last) {
                break;
            }
            total += 1;
            if out.json() {
                out.message(&answer)?;
                continue;
            }
            rows.extend(answer.event);
            if rows.len() == TABLE_LEN_MAX {
                out.text(&list(style, &rows))?;
                rows.clear();
            }
        }
        if out.json() {
            return Ok(());
        }
        if !rows.is_empty() {
            out.text(&list(style, &rows))?;
            out.line("")?;
        }
        out.line(&count(total, "event"))
    }

    fn request(&self) -> pb::ReadHistoryRequest {
        let (known_time, last) = match self.known_at {
            Some(KnownAt::Time(time)) => (Some(when::time_to_pb(time)), None),
            Some(KnownAt::Position(position)) => (None, Some(position)),
            Some(KnownAt::Today) | None => (None, None),
        };
        // Backward, the read begins before a position: the first one not known yet, unless an earlier one was asked for.
        let before = last.map_or(self.from.unwrap_or(0), |last| {
            let unknown = last.saturating_add(1);
            self.from.map_or(unknown, |from| from.min(unknown))
        });
        pb::ReadHistoryRequest {
            filter: Some(self.filter.to_pb()),
            direction: if self.backward { pb::Direction::Backward } else { pb::Direction::Forward }.into(),
            from_position: if self.backward { before } else { self.from.unwrap_or(0) },
            limit: self.limit.unwrap_or(0),
            known_time,
            events_per_response: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        history: History,
    }

    fn request(line: &[&str]) -> pb::ReadHistoryRequest {
        Line::try_parse_from(std::iter::once(&"history").chain(line)).unwrap().history.request()
    }

    #[test]
    fn read_backward_a_known_position_is_where_it_begins() {
        assert_eq!(request(&["--backward", "--known-at", "@10"]).from_position, 11);
        assert_eq!(request(&["--backward", "--known-at", "@10", "--from", "5"]).from_position, 5);
        assert_eq!(request(&["--known-at", "@10", "--from", "5"]).from_position, 5);
        assert_eq!(request(&["--backward"]).from_position, 0);
    }

    #[test]
    fn kinds_are_written_with_underscores_or_hyphens() {
        let kinds =
            request(&["--kind", "direction-issued", "--kind", "plan_published"]).filter.unwrap().kinds;
        assert_eq!(kinds, ["direction_issued", "plan_published"]);
        assert!(Line::try_parse_from(["history", "--kind", "direction_isued"]).is_err());
    }
}
