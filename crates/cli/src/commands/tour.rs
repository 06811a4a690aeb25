//! What the demo shows: the sample histories recorded, who is under what today, and how an answer hangs on its two times.

use std::path::Path;

use docket_api::pb;
use docket_api::pb::record_stream_response::Outcome;
use jiff::civil::{Date, date};

use super::import::{line_of, progress, refused_words};
use super::status::list;
use crate::args::usual_server;
use crate::client::{Client, OrFailed as _};
use crate::exit::{Exit, Failure};
use crate::feed::{Answer, Tally, feed};
use crate::import::Reconciled;
use crate::jsonl::Lines;
use crate::output::{Out, note};
use crate::render::Style;
use crate::render::obligation::OVERDUE_MEANS;
use crate::render::overview::{effective, has_history, in_brief, overview};
use crate::render::table::{Tone, cell, headed, text};
use crate::render::words::{count, thousands};
use crate::samples::{self, HISTORIES};
use crate::when;

/// Who records the sample histories.
const RECORDED_BY: &str = "docket demo";
const IN_FORCE_MEANS: &str = "In force as far as is recorded: an end that nobody recorded does not show.";
/// Under a direction on the first day, under an improvement notice on the second.
const STEPPED_DOWN: (&str, Date, Date) = ("kingston-upon-hull", date(2022, 8, 4), date(2022, 8, 5));
/// Inspected anew on the second day; Ofsted corrected one of its grades more than a year later.
const CORRECTED: (&str, Date, Date) = ("staffordshire", date(2024, 1, 11), date(2024, 1, 12));

/// Where the demo runs.
pub(crate) struct Place<'a> {
    /// The server in this process.
    pub(crate) url: &'a str,
    /// Its log.
    pub(crate) data: &'a Path,
    /// Whether it goes on serving.
    pub(crate) stays: bool,
}

/// Records the sample histories and shows what they say.
pub(crate) async fn show(place: &Place<'_>, out: &mut Out) -> Result<(), Failure> {
    let client = Client::connect(place.url).await?;
    if !out.json() {
        out.line(&format!("Docket demo: a log in {}, a server at {}.", place.data.display(), place.url))?;
    }
    let tally = import(&client).await?;
    if out.json() {
        return answers_only(&client, out).await;
    }
    out.line(&told(&tally))?;
    let all = list(&client, pb::ListStatusesRequest::default()).await?;
    let today = effective(all.as_of.as_ref()).map_or_else(|| "today".to_owned(), when::day);
    under_what(&all.statuses, &today, out)?;
    out.flush()?;
    three_days(&client, out).await?;
    two_times(&client, out).await?;
    out.text(&next(out.style(), place))?;
    match tally.exit() {
        Exit::Done => Ok(()),
        exit => Err(Failure::silent(exit)),
    }
}

/// The same answers without a word between them.
async fn answers_only(client: &Client, out: &mut Out) -> Result<(), Failure> {
    out.message(&list(client, pb::ListStatusesRequest::default()).await?)?;
    let (hull, before, after) = STEPPED_DOWN;
    let mut statuses = answers(client, hull, [Some(before), Some(after), None], 0).await?;
    let (staffordshire, before, after) = CORRECTED;
    if let Some(correction) = correction(client, staffordshire).await? {
        for known in [correction.position.saturating_sub(1), correction.position] {
            statuses.extend(answers(client, staffordshire, [Some(before), Some(after), None], known).await?);
        }
    }
    statuses.into_iter().try_for_each(|status| out.message(&pb::GetStatusResponse { status: Some(status) }))
}

async fn import(client: &Client) -> Result<Tally, Failure> {
    let bar = progress(Some(samples::len()), "events").with_message("Recording the sample histories ");
    let mut tally = Tally::default();
    for (name, history) in HISTORIES {
        let mut told = |answer: &Answer| {
            bar.inc(1);
            tally.add(&answer.response);
            if let Some(Outcome::Refused(refusal)) = &answer.response.outcome {
                bar.suspend(|| note(&refused_words(&line_of(name, answer), refusal)));
            }
            Ok(())
        };
        feed(client, Lines::of(name, history), RECORDED_BY, Reconciled::default(), &mut told).await?;
    }
    bar.finish_and_clear();
    Ok(tally)
}

fn told(tally: &Tally) -> String {
    let files = count(HISTORIES.len(), "sample history");
    let mut parts = Vec::new();
    for (number, what) in
        [(tally.recorded, "recorded"), (tally.before, "on record already"), (tally.refused, "refused")]
    {
        if number > 0 {
            parts.push(format!("{} {what}", thousands(number)));
        }
    }
    format!("{files}, events: {}.", parts.join(", "))
}

fn under_what(statuses: &[pb::AuthorityStatus], today: &str, out: &mut Out) -> Result<(), Failure> {
    let style = out.style();
    let (told, untold): (Vec<_>, Vec<_>) = statuses.iter().cloned().partition(has_history);
    out.line(&format!("\n{}\n", style.bold(&format!("Who is under what today, {today}"))))?;
    out.text(&overview(style, &told))?;
    out.line(&format!("{IN_FORCE_MEANS}\n{OVERDUE_MEANS}"))?;
    let more = count(untold.len(), "more authority");
    out.line(&format!("\n{more} are registered; nothing is recorded of them yet."))
}

/// One authority on three days: a case moves on.
async fn three_days(client: &Client, out: &mut Out) -> Result<(), Failure> {
    let (authority, before, after) = STEPPED_DOWN;
    let style = out.style();
    let title = "Kingston upon Hull on three days: the direction gives way to a notice, then to nothing";
    let days = [Some(before), Some(after), None];
    let row = answers(client, authority, days, 0).await?;
    out.line(&format!("\n{}\n", style.bold(title)))?;
    let headings = days.map(heading);
    let cells = row.iter().map(|status| text(in_brief(status))).collect();
    out.text(&headed(style, &headings.each_ref().map(String::as_str), vec![cells]))
}

/// One authority on three days, before and after a correction was known.
async fn two_times(client: &Client, out: &mut Out) -> Result<(), Failure> {
    let (authority, before, after) = CORRECTED;
    let style = out.style();
    let Some(correction) = correction(client, authority).await? else {
        return Ok(());
    };
    let days = [Some(before), Some(after), None];
    let title = "Staffordshire on three days, as known before and after Ofsted's correction was recorded";
    out.line(&format!("\n{}\n", style.bold(title)))?;
    let (earlier, later) = (correction.position.saturating_sub(1), correction.position);
    let mut rows = Vec::new();
    for (known, what) in [(earlier, "before"), (later, "after")] {
        let mut cells = vec![cell(format!("@{known}\n{what}"), Tone::Strong)];
        let row = answers(client, authority, days, known).await?;
        cells.extend(row.iter().map(|status| text(in_brief(status))));
        rows.push(cells);
    }
    let [first, second, third] = days.map(heading);
    out.text(&headed(style, &["Known at", &first, &second, &third], rows))?;
    out.line("\nThe last letter of the new judgement, care leavers, was G until the correction was recorded, and is RI since.")
}

fn heading(day: Option<Date>) -> String {
    day.map_or_else(|| "Today".to_owned(), when::day)
}

async fn answers(
    client: &Client,
    authority: &str,
    days: [Option<Date>; 3],
    known_position: u64,
) -> Result<Vec<pb::AuthorityStatus>, Failure> {
    let mut answers = Vec::new();
    for day in days {
        let as_of = pb::AsOf { effective_date: day.map(when::to_pb), known_position, ..pb::AsOf::default() };
        let request = pb::GetStatusRequest { authority: authority.to_owned(), as_of: Some(as_of) };
        let answer = client.status().get_status(request).await.or_failed(client).await?;
        answers.push(answer.into_inner().status.unwrap_or_default());
    }
    Ok(answers)
}

/// The last correction of an authority's history.
async fn correction(client: &Client, authority: &str) -> Result<Option<pb::RecordedEvent>, Failure> {
    let request = pb::ReadHistoryRequest {
        filter: Some(pb::EventFilter {
            authorities: vec![authority.to_owned()],
            kinds: vec!["field_corrected".to_owned()],
            ..pb::EventFilter::default()
        }),
        direction: pb::Direction::Backward.into(),
        limit: 1,
        ..pb::ReadHistoryRequest::default()
    };
    let mut events = client.history().read_history(request).await.or_failed(client).await?.into_inner();
    let last = events.message().await.or_failed(client).await?;
    Ok(last.and_then(|answer| answer.event))
}

/// What to try next, ready to be pasted.
fn next(style: Style, place: &Place<'_>) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "docket".to_owned());
    let url = if place.stays { place.url.to_owned() } else { usual_server() };
    let server = if url == usual_server() { String::new() } else { format!(" --server {url}") };
    let host = url.trim_start_matches("http://");
    let serve = format!("{program} serve --data {}", place.data.display());
    let lines = [
        format!("{program} status \"Kingston upon Hull\" --effective 2022-08-05{server}"),
        format!("{program} status --all --instrument direction{server}"),
        format!("{program} compare staffordshire --first-effective 2024-01-11{server}"),
        format!("{program} replay slough{server}"),
        format!("{program} due --within 90 --expectations{server}"),
        format!("{program} plan --region \"South West\"{server}"),
        format!(
            "grpcurl -plaintext -d '{{\"authority\": \"E06000010\"}}' {host} docket.v1.StatusService/GetStatus"
        ),
    ];
    let title = if place.stays {
        style.bold("Try next, from another terminal:")
    } else {
        format!(
            "{}\n  {serve}\n{}",
            style.bold("Serve it:"),
            style.bold("and try next, from another terminal:")
        )
    };
    format!("\n{title}\n  {}\n", lines.join("\n  "))
}
