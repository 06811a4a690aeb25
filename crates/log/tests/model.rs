//! Random appends, repeats, reads and reopenings, compared step by step with a list.
#![expect(clippy::unwrap_used, reason = "a failing helper fails the test")]

mod suite;

use docket_domain::{Position, Revision};
use docket_log::{Append, ChunkLog, EventLog, Expected, From, LogError, NewEvent, Selection};
use proptest::prelude::*;
use suite::*;

/// What is done next.
#[derive(Clone, Debug)]
enum Step {
    /// So many new events of a stream, with this clock, expecting its revision or a wrong one.
    Append { stream: u8, count: u8, bytes: u16, clock: i64, stale: bool },
    /// The event at about this place once more, as it was or with another kind.
    Repeat { place: u8, changed: bool },
    /// Read from about this place.
    Read { stream: Option<u8>, place: u8, limit: u8, forward: bool },
    /// Close and open, perhaps without the index.
    Reopen { forget_index: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0_u8..4, 1_u8..6, 0_u16..900, 0_i64..50, any::<bool>())
            .prop_map(|(stream, count, bytes, clock, stale)| Step::Append { stream, count, bytes, clock, stale }),
        3 => (any::<u8>(), any::<bool>()).prop_map(|(place, changed)| Step::Repeat { place, changed }),
        5 => (proptest::option::of(0_u8..5), any::<u8>(), any::<u8>(), any::<bool>())
            .prop_map(|(stream, place, limit, forward)| Step::Read { stream, place, limit, forward }),
        1 => any::<bool>().prop_map(|forget_index| Step::Reopen { forget_index }),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What is known of an event: its revision, its time, and what was offered.
type Known = (u64, i64, NewEvent);

fn name(stream: u8) -> String {
    format!("s{stream}")
}

/// Does the step on the log and on the model, and compares.
async fn step(log: &ChunkLog, model: &mut Vec<Known>, step: Step) {
    match step {
        Step::Append { stream: number, count, bytes, clock, stale } => {
            let next = u64::try_from(model.len()).unwrap() + 1;
            let name = name(number);
            let revision =
                u64::try_from(model.iter().filter(|known| known.2.stream == stream(&name)).count()).unwrap();
            let events: Vec<NewEvent> = (next..next + u64::from(count))
                .map(|id| NewEvent { body: vec![number; usize::from(bytes)], ..event(id, &name) })
                .collect();
            let expected = Expected::Exactly(Revision(revision + u64::from(stale)));
            let expected = vec![(stream(&name), expected)];
            let answer = log.append(Append { events: events.clone(), expected, now_micros: clock }).await;
            if stale {
                assert!(matches!(answer, Err(LogError::Conflict(_))), "{answer:?}");
                return;
            }
            let answer = answer.unwrap();
            assert_eq!(positions(&answer), (next..next + u64::from(count)).collect::<Vec<_>>());
            assert_eq!(revisions(&answer), (revision + 1..=revision + u64::from(count)).collect::<Vec<_>>());
            let recorded_at = model.last().map_or(clock, |known| known.1.max(clock));
            model
                .extend((revision + 1..).zip(events).map(|(revision, event)| (revision, recorded_at, event)));
        }
        Step::Repeat { place, changed } => {
            let Some((_, _, event)) = model.get(usize::from(place) % model.len().max(1)) else { return };
            let kind = event.kind + u32::from(changed);
            match log.append(append_of([NewEvent { kind, ..event.clone() }])).await {
                Ok(answer) => assert!(answer.before && !changed),
                Err(error) => assert!(changed && matches!(error, LogError::IdReused { .. }), "{error:?}"),
            }
        }
        Step::Read { stream, place, limit, forward } => read(log, model, stream, place, limit, forward).await,
        Step::Reopen { .. } => {}
    }
    assert_eq!(log.head().borrow().0, u64::try_from(model.len()).unwrap());
}

async fn read(log: &ChunkLog, model: &[Known], number: Option<u8>, place: u8, limit: u8, forward: bool) {
    let selection = number.map_or(Selection::All, |number| Selection::Stream(stream(&name(number))));
    let at = u64::from(place) % (u64::try_from(model.len()).unwrap() + 3);
    let from = if forward { From::After(Position(at)) } else { From::Before(Position(at)) };
    let chosen = |position: u64, known: &Known| {
        let of_stream = number.is_none_or(|number| known.2.stream == stream(&name(number)));
        of_stream && if forward { position > at } else { position < at }
    };
    let mut expected: Vec<(u64, Known)> = (1..).zip(model.iter().cloned()).collect();
    expected.retain(|(position, known)| chosen(*position, known));
    if !forward {
        expected.reverse();
    }
    expected.truncate(usize::from(limit));
    let answer = log.read(&selection, from, usize::from(limit)).await.unwrap();
    let answer: Vec<(u64, Known)> = answer
        .into_iter()
        .map(|event| (event.position.0, (event.revision.0, event.recorded_at_micros, event.event)))
        .collect();
    assert_eq!(answer, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_log_does_what_a_list_does(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let mut log = open(directory.path()).0;
            let mut model = Vec::new();
            for next in steps {
                if let Step::Reopen { forget_index } = next {
                    log.close();
                    if forget_index {
                        std::fs::remove_dir_all(directory.path().join("index")).unwrap();
                    }
                    let (opened, report) = open(directory.path());
                    assert_eq!((report.damage.len(), report.torn_bytes_cut), (0, 0));
                    log = opened;
                }
                step(&log, &mut model, next).await;
            }
        });
    }
}
