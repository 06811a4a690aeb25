//! Requests of one stream that came while another was written: decided one after the other, written and synced together.

use docket_api::from_proto::{Offered, RecordRequest};
use docket_domain::{Position, decide, register};
use docket_log::{Appended, LogError};
use prost::Message as _;

use super::record::{DECIDE_TRIES_MAX, Outcome, Resolved, events_of, outcome, recorded};
use super::{KeptWarning, Tracker, TrackerError, stored};

/// Most events that are written together.
const TOGETHER_EVENTS_MAX: usize = 1_000;
/// Most bytes of events that are written together: far fewer than the log takes at once.
const TOGETHER_BYTES_MAX: usize = 4 << 20;

/// What became of requests that were to be recorded together.
enum Together {
    /// So many of the first are recorded; the next one is to be decided by itself.
    Recorded(Vec<Outcome>),
    /// Whether so many of the first are recorded is not known.
    Unknown(usize),
    /// None is recorded, and the log says why each by itself.
    Apart,
}

impl Tracker {
    /// Records each request as [`Tracker::record`] does, one after the other: an answer for each, in their order.
    pub async fn record_in_turn(&self, requests: &[RecordRequest]) -> Vec<Result<Outcome, TrackerError>> {
        let mut answers = Vec::with_capacity(requests.len());
        while let Some(rest) = requests.get(answers.len()..).filter(|rest| !rest.is_empty()) {
            let group = group(rest);
            let together =
                if group.len() < 2 { Ok(Together::Apart) } else { self.record_together(group).await };
            let alone = match together {
                Ok(Together::Recorded(outcomes)) => {
                    let all = outcomes.len() == group.len();
                    answers.extend(outcomes.into_iter().map(Ok));
                    usize::from(!all)
                }
                Ok(Together::Unknown(count)) => {
                    answers.extend((0..count).map(|_| Err(TrackerError::OutcomeUnknown)));
                    0
                }
                Ok(Together::Apart) | Err(_) => group.len().max(1),
            };
            for request in requests.iter().skip(answers.len()).take(alone) {
                answers.push(self.record(request).await);
            }
        }
        answers
    }

    /// Records the first of these requests, up to one that is refused, in one append.
    async fn record_together(&self, requests: &[RecordRequest]) -> Result<Together, TrackerError> {
        let _admitted = self.admission.try_acquire().map_err(|_| TrackerError::Busy)?;
        let (head, _) = self.directory.catch_up(self.log(), self.head()).await?;
        let reference = self.directory.at(head);
        let streams: Vec<_> =
            requests.iter().flat_map(|request| self.streams_of(request, &reference)).collect();
        let _turns = self.turns.take(streams.iter()).await;
        for _ in 0..DECIDE_TRIES_MAX {
            if let Some(together) = self.try_together(requests).await? {
                return Ok(together);
            }
        }
        Ok(Together::Apart)
    }

    /// The first requests in which every stream can be looked up.
    fn resolve_first(&self, requests: &[RecordRequest], head: Position) -> Vec<Resolved> {
        let reference = self.directory.at(head);
        requests.iter().map_while(|request| self.resolve(request, &reference).ok()).collect()
    }

    /// Records the requests at the head as it is now; `None` if another writer was faster.
    async fn try_together(&self, requests: &[RecordRequest]) -> Result<Option<Together>, TrackerError> {
        let (head, _) = self.directory.catch_up(self.log(), self.head()).await?;
        let resolved = self.resolve_first(requests, head);
        let histories = self.histories_of(&resolved, head).await?;
        let offered: Vec<_> = resolved.iter().map(|resolved| resolved.offered.as_slice()).collect();
        let decided = decide::decide_in_turn(&offered, &histories, &self.directory.at(head).register);
        let accepted = decided.into_iter().map_while(Result::ok);
        let warnings: Vec<Vec<Vec<_>>> = accepted
            .map(|of_request| {
                let stored = |warnings: Vec<_>| warnings.into_iter().map(stored::warning).collect();
                of_request.into_iter().map(stored).collect()
            })
            .collect();
        if warnings.is_empty() {
            return Ok(Some(Together::Recorded(Vec::new())));
        }
        let accepted = requests.iter().zip(&resolved).zip(&warnings);
        let events =
            accepted.flat_map(|((request, resolved), warnings)| events_of(request, resolved, warnings));
        let append = self.append_of(events.collect(), &histories);
        // What is recorded is added to the histories before the answer comes: nobody else should hold them then.
        drop(histories);
        match self.log.append(append).await {
            Ok(appended) if !appended.before => {
                self.outcomes(resolved, appended, warnings).map(|outcomes| Some(Together::Recorded(outcomes)))
            }
            Err(LogError::Conflict(_)) => Ok(None),
            Err(LogError::Unknown) => Ok(Some(Together::Unknown(warnings.len()))),
            Ok(_) | Err(_) => Ok(Some(Together::Apart)),
        }
    }

    /// What became of each request, by the part of the receipts that is its own.
    fn outcomes(
        &self,
        resolved: Vec<Resolved>,
        appended: Appended,
        warnings: Vec<Vec<Vec<KeptWarning>>>,
    ) -> Result<Vec<Outcome>, TrackerError> {
        let mut receipts = appended.receipts.into_iter();
        let each = resolved.into_iter().zip(warnings).map(|(resolved, warnings)| {
            let receipts = receipts.by_ref().take(resolved.offered.len()).collect();
            let appended = Appended { receipts, before: false };
            let outcome = outcome(&resolved, &appended, warnings)?;
            self.directory.histories.give(recorded(resolved, &appended));
            Ok(outcome)
        });
        each.collect()
    }
}

/// The first requests that may be recorded together: each is decided by a register that the others do not change, and believes nothing of revisions.
fn group(requests: &[RecordRequest]) -> &[RecordRequest] {
    let (mut events, mut bytes) = (0, 0);
    let joins = |request: &RecordRequest| {
        events += request.events.len();
        bytes += request.events.iter().map(|offered| offered.event.encoded_len()).sum::<usize>();
        let changes_register = |offered: &Offered| register::concerns(&offered.proposal.fact);
        events <= TOGETHER_EVENTS_MAX
            && bytes <= TOGETHER_BYTES_MAX
            && !request.validate_only
            && request.expected.is_empty()
            && !request.events.iter().any(changes_register)
    };
    let count = requests.iter().map(joins).take_while(|joins| *joins).count();
    requests.get(..count).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_api::examples;
    use docket_api::from_proto::{self, Expectation};

    /// A request of the example of a kind, with so many bytes more.
    fn request(kind: u32, bytes: usize) -> RecordRequest {
        let mut event = examples::example(kind).unwrap();
        let proposal = from_proto::stored(&event, "event").unwrap();
        event.note = "x".repeat(bytes);
        let stream = "authority/hull".parse().unwrap();
        let events = vec![Offered { event, stream, proposal }];
        RecordRequest {
            events,
            expected: Vec::new(),
            validate_only: false,
            recorded_by: String::new(),
            what_if: None,
        }
    }

    #[test]
    fn requests_join_up_to_the_bounds_and_to_the_first_that_has_to_be_decided_by_itself() {
        let plain = || request(34, 0);
        assert_eq!(group(&vec![plain(); 5]).len(), 5);
        assert_eq!(group(&vec![plain(); 1_001]).len(), TOGETHER_EVENTS_MAX);
        assert_eq!(group(&vec![request(34, 1 << 20); 5]).len(), 3);
        let expected = vec![("authority/hull".to_owned(), Expectation::NoStream)];
        for alone in [
            request(10, 0),
            RecordRequest { validate_only: true, ..plain() },
            RecordRequest { expected, ..plain() },
        ] {
            assert_eq!(group(&[plain(), plain(), alone.clone(), plain()]).len(), 2, "{alone:?}");
        }
    }
}
