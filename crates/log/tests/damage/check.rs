//! What a damaged directory answers, compared with what was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use docket_domain::Position;
use docket_log::{
    Append, ChunkLog, EventLog, From, LeafHash, LogError, NewEvent, OpenReport, ProvableLog, Selection,
    StoredEvent,
};

use crate::suite::append_of;

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Everything was answered, and rightly.
    AllRight,
    /// The report names what is lost, and the rest was answered rightly.
    Reported,
    /// The report says nothing, whoever reads it is told, and the rest was answered rightly.
    ToldWhenRead,
    /// It was not opened, and why was said.
    Refused,
}

/// What was recorded.
pub(crate) struct Truth {
    pub(crate) events: Vec<StoredEvent>,
    pub(crate) open: fn(&Path) -> Result<(ChunkLog, OpenReport), LogError>,
}

/// What can be read, walking in one direction and stepping over what is named as damaged.
struct Walked {
    events: Vec<StoredEvent>,
    /// Positions that cannot be read.
    damaged: BTreeSet<u64>,
}

/// Reads a selection to its end, or to its beginning.
async fn walk(log: &ChunkLog, selection: &Selection, forward: bool) -> Walked {
    let mut walked = Walked { events: Vec::new(), damaged: BTreeSet::new() };
    let mut from = if forward { From::After(Position::START) } else { From::End };
    loop {
        match log.read(selection, from, 64).await {
            Ok(events) => {
                let Some(last) = events.last().map(|event| event.position) else { return walked };
                from = if forward { From::After(last) } else { From::Before(last) };
                walked.events.extend(events);
            }
            Err(LogError::Damaged { first, last, .. }) => {
                assert!(first <= last, "damage from {first} to {last}");
                let known = walked.damaged.len();
                walked.damaged.extend(first.0..=last.0);
                assert!(known < walked.damaged.len(), "reading on after {last} leads back to it");
                from = if forward { From::After(last) } else { From::Before(first) };
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

impl Truth {
    /// Opens a damaged directory, asks everything, and says how it went. Panics where an answer is wrong, or something is lost silently.
    ///
    /// `may_lose` are the positions of the chunks that were damaged: no others may be lost. `end_unknown` says that nothing is left that
    /// knows how far the log went: then events at its end look as if they had never been acknowledged.
    pub(crate) async fn judge(
        &self,
        directory: &Path,
        may_lose: &BTreeSet<u64>,
        end_unknown: bool,
    ) -> Outcome {
        let (outcome, lost) = self.judge_once(directory, may_lose, end_unknown).await;
        let (again, _) = self.judge_once(directory, may_lose, end_unknown).await;
        assert!(outcome == again || end_unknown, "{outcome:?}, and opened again {again:?}");
        if outcome != Outcome::Refused {
            // Before anybody reads what is damaged.
            let (log, report) = (self.open)(directory).unwrap();
            self.appends(&log, &lost, &report).await;
        }
        outcome
    }

    async fn judge_once(
        &self,
        directory: &Path,
        may_lose: &BTreeSet<u64>,
        end_unknown: bool,
    ) -> (Outcome, BTreeSet<u64>) {
        let (log, report) = match (self.open)(directory) {
            Ok(opened) => opened,
            Err(error @ (LogError::Damaged { .. } | LogError::Io { .. })) => {
                assert!(!may_lose.is_empty(), "what is derived keeps it from being opened: {error:?}");
                return (Outcome::Refused, BTreeSet::new());
            }
            Err(error) => panic!("{error:?}"),
        };
        let said = !report.damage.is_empty() || report.index_rebuilt.is_some();
        let mut lost = self.lost(&log, &report).await;
        assert!(lost.is_subset(may_lose), "lost {lost:?}, damaged were {may_lose:?}: {report:?}");
        let (head, count) = (log.head().borrow().0, self.events.len() as u64);
        if head < count {
            // The report must say it: nobody who reads is told.
            assert!(said || end_unknown, "{} events are gone silently: {report:?}", count - head);
        }
        self.streams(&log, &lost).await;
        self.ids(&log, &lost, head).await;
        let is_whole = lost.is_empty();
        if end_unknown {
            lost.retain(|position| *position <= head);
        }
        self.appends(&log, &lost, &report).await;
        if is_whole {
            self.tree(&log);
        }
        let outcome = match (is_whole, said) {
            (true, _) => Outcome::AllRight,
            (false, true) => Outcome::Reported,
            (false, false) => Outcome::ToldWhenRead,
        };
        (outcome, lost)
    }

    /// Checks the whole log in both directions, and gives the positions that cannot be read.
    async fn lost(&self, log: &ChunkLog, report: &OpenReport) -> BTreeSet<u64> {
        let head = log.head().borrow().0;
        assert_eq!(head, report.events);
        assert!(head <= self.events.len() as u64, "more events than were recorded: {report:?}");
        let forward = walk(log, &Selection::All, true).await;
        let back = walk(log, &Selection::All, false).await;
        assert!(back.events.iter().rev().eq(&forward.events), "backward is forward");
        for event in &forward.events {
            self.is_true(event);
        }
        let read: BTreeSet<u64> = forward.events.iter().map(|event| event.position.0).collect();
        let mut lost = BTreeSet::new();
        for position in 1..=self.events.len() as u64 {
            let (there, named) = (read.contains(&position), forward.damaged.contains(&position));
            assert!(there != named || head < position, "position {position}: read {there}, damaged {named}");
            if !there {
                lost.insert(position);
            }
        }
        lost
    }

    fn is_true(&self, event: &StoredEvent) {
        let place = usize::try_from(event.position.0).unwrap() - 1;
        assert_eq!(event, &self.events[place], "the event at position {}", event.position);
    }

    async fn streams(&self, log: &ChunkLog, lost: &BTreeSet<u64>) {
        let streams: BTreeSet<_> = self.events.iter().map(|event| event.stream.as_str()).collect();
        for stream in streams {
            let selection = Selection::Stream(stream.parse().unwrap());
            let of_it = self.events.iter().filter(|event| event.stream.as_str() == stream);
            let expected: Vec<_> = of_it.filter(|event| !lost.contains(&event.position.0)).collect();
            // An event of a damaged append may be whole.
            for forward in [true, false] {
                let mut walked = walk(log, &selection, forward).await;
                if !forward {
                    walked.events.reverse();
                }
                walked.events.iter().for_each(|event| self.is_true(event));
                assert!(
                    walked.events.is_sorted_by_key(|event| event.position),
                    "{stream}, forward {forward}"
                );
                walked.events.retain(|event| !lost.contains(&event.position.0));
                assert!(walked.events.iter().eq(expected.iter().copied()), "{stream}, forward {forward}");
            }
        }
    }

    async fn ids(&self, log: &ChunkLog, lost: &BTreeSet<u64>, head: u64) {
        for event in &self.events {
            let position = event.position;
            match log.find(event.id).await {
                Ok(Some(found)) => assert_eq!(found, position),
                Ok(None) | Err(LogError::Damaged { .. }) => {
                    assert!(lost.contains(&position.0) || head < position.0, "{position} is not found");
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    /// What was recorded is never recorded again, and something new only where nothing is in doubt.
    async fn appends(&self, log: &ChunkLog, lost: &BTreeSet<u64>, report: &OpenReport) {
        let damaged =
            lost.iter().step_by(5).map(|position| &self.events[usize::try_from(*position).unwrap() - 1]);
        let there = self.events.iter().filter(|event| !lost.contains(&event.position.0));
        for event in there.step_by(17).chain(damaged) {
            match log.append(append_of([event.offered().clone()])).await {
                Ok(again) => {
                    assert!(again.before, "{} was recorded twice", event.position);
                    let first = &again.receipts[0];
                    assert_eq!((first.position, first.leaf_hash), (event.position, event.leaf_hash()));
                }
                Err(LogError::Stopped(_)) => assert!(!lost.is_empty(), "{report:?}"),
                Err(LogError::Damaged { first, last, .. }) => {
                    assert!((first.0..=last.0).contains(&event.position.0));
                    assert!(lost.contains(&event.position.0), "{} can be read", event.position);
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        if lost.is_empty() {
            assert_eq!(log.stopped(), None, "nothing is lost: {report:?}");
        }
    }

    /// The hashes of the tree are right, at the latest when they are made anew; so is the last event of each stream.
    fn tree(&self, log: &ChunkLog) {
        let leaves: Vec<LeafHash> = self.events.iter().map(|event| event.leaf_hash()).collect();
        let mut tile = docket_proof::Frontier::new();
        leaves.iter().take(256).for_each(|leaf| tile.push(*leaf));
        let right = || {
            log.tree_hashes(0, 0, leaves.len()).is_ok_and(|found| found == leaves)
                && log.tree_hashes(1, 0, 1).is_ok_and(|found| found == [tile.root()])
        };
        if !right() {
            log.repair_tree().unwrap();
            assert!(right(), "the hashes are right when they were made anew");
        }
        let last: BTreeMap<&str, &StoredEvent> =
            self.events.iter().map(|event| (event.stream.as_str(), event)).collect();
        let (position, heads) = log.heads();
        assert_eq!((position.0, heads.len()), (self.events.len() as u64, last.len()));
        for head in heads {
            let event = last[head.stream.as_str()];
            assert_eq!((head.revision, head.leaf_hash), (event.revision, event.leaf_hash()));
        }
    }

    /// Checks that a directory whose derived files were damaged goes on as if nothing had been.
    pub(crate) async fn goes_on(&self, directory: &Path) {
        let (log, report) = (self.open)(directory).unwrap();
        assert_eq!((report.damage.len(), report.index_rebuilt), (0, None), "it was repaired");
        let last = self.events.last().unwrap();
        let event = NewEvent { id: docket_domain::EventId([0xab; 16]), ..last.offered().clone() };
        let append = Append { expected: Vec::new(), ..append_of([event.clone()]) };
        let appended = log.append(append).await.unwrap();
        assert_eq!(appended.receipts[0].position, last.position.next());
        assert_eq!(appended.receipts[0].revision, last.revision.next());
        drop(log);
        let (log, _) = (self.open)(directory).unwrap();
        let read = log.read(&Selection::Stream(event.stream.clone()), From::End, 2).await.unwrap();
        assert_eq!(read[0].offered(), event);
        assert_eq!(&read[1], last);
    }
}
