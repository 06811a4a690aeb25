//! The history of one stream, read from the log for each question and each decision.
//!
//! Nothing is kept between questions: reading and folding a history takes far less than a call does (`cargo bench -p docket-domain`).

use docket_domain::event::Recorded;
use docket_domain::{Position, StreamId};
use docket_log::{EventLog, From, LogError, READ_EVENTS_MAX, Selection};

use super::error::TrackerError;
use super::stored;

/// The events of a stream up to a position that is not past the head, in order.
///
/// # Errors
/// Those of reading the log.
pub(crate) async fn history(
    log: &dyn EventLog,
    stream: &StreamId,
    known: Position,
) -> Result<Vec<Recorded>, TrackerError> {
    let selection = Selection::Stream(stream.clone());
    let mut events = Vec::new();
    let mut after = Position::START;
    while after < known {
        let read = match log.read(&selection, From::After(after), READ_EVENTS_MAX).await {
            // The log does not tell the end of a stream where later events are damaged; up to here it did.
            Err(LogError::Damaged { first, .. }) if known < first => break,
            read => read.map_err(|error| TrackerError::from_log("reading a history", error))?,
        };
        let Some(last) = read.last() else {
            break;
        };
        after = last.position;
        for event in read.iter().filter(|event| event.position <= known) {
            events.push(stored::recorded(event)?);
        }
    }
    Ok(events)
}
