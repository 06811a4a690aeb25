//! What a caller knows of a log: what was acknowledged, what may have been recorded, what was not.

use std::collections::HashMap;

use docket_domain::{EventId, Position, Revision};
use docket_log::{
    Append, Appended, ChunkLog, EventLog, From, LeafHash, LogError, NewEvent, ProvableLog, Receipt,
    Selection, StoredEvent,
};

use crate::suite::append_of;

/// What is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    /// Acknowledged or read: it stays for ever, in this order.
    kept: Vec<(Receipt, NewEvent)>,
    /// Their outcome is not known.
    unsure: Vec<Append>,
    /// They were answered with an error that says that nothing was recorded.
    refused: Vec<Append>,
}

impl Ledger {
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// An append that holds an event that was recorded before.
    pub(crate) fn repeat(&self, place: usize) -> Option<Append> {
        let (_, event) = self.kept.get(place % self.kept.len().max(1))?;
        Some(append_of([event.clone()]))
    }

    /// Notes the answer to an append. `broken` says that the disk has failed: only then may an append be without success.
    pub(crate) fn note(&mut self, append: Append, answer: Result<Appended, LogError>, broken: bool) {
        match answer {
            Ok(appended) => self.note_success(append, appended),
            Err(error) => {
                assert!(broken, "{error:?}, and nothing was wrong with the disk");
                match error {
                    LogError::Unknown => self.unsure.push(append),
                    LogError::Stopped(_) | LogError::Io { .. } => self.refused.push(append),
                    error => panic!("{error:?}"),
                }
            }
        }
    }

    fn note_success(&mut self, append: Append, appended: Appended) {
        assert_eq!(append.events.len(), appended.receipts.len());
        for (event, receipt) in append.events.into_iter().zip(appended.receipts) {
            let known = self.kept.iter().find(|(_, kept)| kept.id == event.id);
            assert_eq!(known.is_some(), appended.before, "event {} was recorded before, or not", event.id);
            match known {
                Some((first, _)) => assert_eq!(*first, receipt, "the first receipt"),
                None => {
                    assert_eq!(receipt.position.0, self.kept.len() as u64 + 1, "positions are dense");
                    self.kept.push((receipt, event));
                }
            }
        }
    }

    /// Checks that a log which runs shows what was acknowledged and nothing else.
    pub(crate) async fn is_shown(&self, log: &ChunkLog) -> Result<(), LogError> {
        assert_eq!(log.head().borrow().0, self.kept.len() as u64, "the head");
        self.compare(&read_to_end(log, &Selection::All, From::After(Position::START)).await?);
        Ok(())
    }

    /// Checks everything that a log which was just opened answers, and takes over what it shows: from now on that stays.
    pub(crate) async fn settle(&mut self, log: &ChunkLog) -> Result<(), LogError> {
        let events = read_to_end(log, &Selection::All, From::After(Position::START)).await?;
        assert_eq!(log.head().borrow().0, events.len() as u64, "the head");
        consistent(&events);
        assert!(
            self.kept.len() <= events.len(),
            "{} events were acknowledged, {} are there",
            self.kept.len(),
            events.len()
        );
        let (kept, more) = events.split_at(self.kept.len());
        self.compare(kept);
        let mut rest = more;
        while let Some(event) = rest.first() {
            let id = event.id;
            let known = self.unsure.iter().position(|append| append.events[0].id == id);
            let Some(known) = known else { panic!("event {id} was neither acknowledged nor in doubt") };
            let append = self.unsure.remove(known);
            assert!(append.events.len() <= rest.len(), "an append is there in part");
            let (whole, others) = rest.split_at(append.events.len());
            for (event, offered) in whole.iter().zip(append.events) {
                assert_eq!(event.offered(), offered, "an append in doubt is there as it was offered");
                self.kept.push((receipt(event), offered));
            }
            rest = others;
        }
        for append in self.unsure.iter().chain(&self.refused) {
            assert_eq!(log.find(append.events[0].id).await?, None);
        }
        by_stream_and_id(log, &events).await?;
        tree(log, &events)
    }

    fn compare(&self, events: &[StoredEvent]) {
        assert_eq!(events.len(), self.kept.len(), "what was acknowledged is there, and nothing else");
        for ((known, offered), event) in self.kept.iter().zip(events) {
            assert_eq!((known, offered), (&receipt(event), &event.offered()), "as it was acknowledged");
        }
    }

    /// Offers once more what is not recorded, and some of what is.
    pub(crate) async fn retry(&mut self, log: &ChunkLog) {
        let again: Vec<Append> = self.unsure.drain(..).chain(self.refused.drain(..)).collect();
        let known = [0, self.kept.len() / 2, self.kept.len().saturating_sub(1)];
        let known: Vec<Append> = known.into_iter().filter_map(|place| self.repeat(place)).collect();
        for append in again.into_iter().chain(known) {
            let answer = log.append(append.clone()).await;
            self.note(append, answer, false);
        }
    }
}

fn receipt(event: &StoredEvent) -> Receipt {
    let StoredEvent { position, revision, recorded_at_micros, .. } = *event;
    Receipt { position, revision, recorded_at_micros, leaf_hash: event.leaf_hash() }
}

/// Positions and revisions are dense, time does not run back, each event names the one before, no id is there twice.
fn consistent(events: &[StoredEvent]) {
    let mut tips = HashMap::new();
    let mut ids = HashMap::new();
    let mut time = i64::MIN;
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position, Position(position), "positions are dense");
        let tip = tips.entry(&event.stream).or_insert((Revision::NONE, None));
        assert_eq!((event.revision, event.previous), (tip.0.next(), tip.1), "revisions are dense and linked");
        *tip = (event.revision, Some(event.leaf_hash()));
        assert!(time <= event.recorded_at_micros, "time does not run back");
        time = event.recorded_at_micros;
        assert_eq!(ids.insert(event.id, position), None, "each event is there once");
    }
}

/// The answers that rest on an index are those of a walk over everything.
async fn by_stream_and_id(log: &ChunkLog, events: &[StoredEvent]) -> Result<(), LogError> {
    let mut streams: HashMap<_, Vec<&StoredEvent>> = HashMap::new();
    for event in events {
        streams.entry(&event.stream).or_default().push(event);
    }
    for (stream, of_it) in streams {
        let selection = Selection::Stream(stream.clone());
        let forward = read_to_end(log, &selection, From::After(Position::START)).await?;
        assert!(forward.iter().eq(of_it.iter().copied()), "stream {stream}, forward");
        let back = read_to_end(log, &selection, From::End).await?;
        assert!(back.iter().eq(of_it.iter().rev().copied()), "stream {stream}, back");
    }
    for event in events.iter().step_by(9).chain(events.last()) {
        assert_eq!(log.find(event.id).await?, Some(event.position));
    }
    assert_eq!(log.find(EventId([0xfe; 16])).await?, None);
    Ok(())
}

/// Everything of the selection, from there on. A read that fails in its middle gives what it had, so it goes on until nothing comes.
async fn read_to_end(
    log: &ChunkLog,
    selection: &Selection,
    mut from: From,
) -> Result<Vec<StoredEvent>, LogError> {
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let more = log.read(selection, from, 1_000).await?;
        let Some(last) = more.last().map(|event| event.position) else { return Ok(events) };
        events.extend(more);
        from = match from {
            From::After(_) if last == *log.head().borrow() => return Ok(events),
            From::After(_) => From::After(last),
            From::Before(_) | From::End => From::Before(last),
        };
    }
}

/// The hashes of the tree are right, at the latest when they are made anew; so is the last event of each stream.
fn tree(log: &ChunkLog, events: &[StoredEvent]) -> Result<(), LogError> {
    let leaves: Vec<LeafHash> = events.iter().map(|event| event.leaf_hash()).collect();
    if log.tree_hashes(0, 0, leaves.len()).ok().as_ref() != Some(&leaves) {
        log.repair_tree()?;
        assert_eq!(log.tree_hashes(0, 0, leaves.len())?, leaves, "the hashes, made anew");
    }
    let last: HashMap<_, _> = events.iter().map(|event| (&event.stream, event)).collect();
    let (position, heads) = log.heads();
    assert_eq!((position.0, heads.len()), (events.len() as u64, last.len()), "the heads of all streams");
    for head in heads {
        let event = last[&head.stream];
        assert_eq!(
            (head.revision, head.leaf_hash),
            (event.revision, event.leaf_hash()),
            "the head of a stream"
        );
    }
    Ok(())
}
