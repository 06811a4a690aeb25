//! What is done to a log, at random.

use proptest::prelude::*;

/// What is expected of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expect {
    Any,
    NoStream,
    Right,
    /// So much above the right revision.
    Above(u64),
}

/// What is different when an event comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// Allowed: who recorded it is not compared.
    Meta,
    Kind,
    Body,
    Stream,
}

/// What happens to what is derived, while the log is closed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Harm {
    Nothing,
    RemoveIndex,
    RemoveHashes,
    /// A bit of a file.
    Flip(u16, u32, u8),
    /// The end of a file.
    Cut(u16, u32),
    /// A whole file.
    Remove(u16),
}

/// Where a read begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    After(u64),
    Before(u64),
    End,
}

/// What is done next.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// New events of streams, each with a body so long.
    Append {
        events: Vec<(u8, u16)>,
        expected: Vec<(u8, Expect)>,
        clock: i64,
    },
    /// Events from about this place on once more, after and before so many new ones.
    Repeat {
        place: usize,
        count: usize,
        change: Change,
        before: usize,
        after: usize,
    },
    /// One new event, twice.
    Twice {
        stream: u8,
    },
    Read {
        stream: Option<u8>,
        start: Start,
        limit: usize,
    },
    /// The event at about this place, or one that was never recorded.
    Find {
        place: usize,
    },
    /// The follower reads on to the head.
    Follow,
    Tree {
        first: usize,
    },
    Reopen {
        harm: Harm,
    },
}

fn expect() -> impl Strategy<Value = Expect> {
    prop_oneof![
        1 => Just(Expect::Any),
        1 => Just(Expect::NoStream),
        6 => Just(Expect::Right),
        1 => (1_u64..4).prop_map(Expect::Above),
    ]
}

fn start() -> impl Strategy<Value = Start> {
    let place = || prop_oneof![8 => 0_u64..120, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 1)];
    prop_oneof![4 => place().prop_map(Start::After), 3 => place().prop_map(Start::Before), 1 => Just(Start::End)]
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        3 => Just(Harm::Nothing),
        1 => Just(Harm::RemoveIndex),
        1 => Just(Harm::RemoveHashes),
        2 => (any::<u16>(), any::<u32>(), 0_u8..8).prop_map(|(file, at, bit)| Harm::Flip(file, at, bit)),
        1 => (any::<u16>(), any::<u32>()).prop_map(|(file, at)| Harm::Cut(file, at)),
        1 => any::<u16>().prop_map(Harm::Remove),
    ]
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let streams = 0_u8..5;
    let change = prop_oneof![
        4 => Just(Change::Nothing),
        1 => Just(Change::Meta),
        1 => Just(Change::Kind),
        1 => Just(Change::Body),
        1 => Just(Change::Stream),
    ];
    let bytes = prop_oneof![20 => 0_u16..700, 1 => 4_000_u16..9_000];
    let events = proptest::collection::vec((streams.clone(), bytes), 1..6);
    let expected = proptest::collection::vec((streams.clone(), expect()), 0..3);
    let limit = prop_oneof![6 => 0_usize..60, 1 => Just(usize::MAX)];
    let step = prop_oneof![
        9 => (events, expected, -5_i64..60)
            .prop_map(|(events, expected, clock)| Step::Append { events, expected, clock }),
        4 => (any::<usize>(), 1_usize..4, change, 0_usize..2, 0_usize..2).prop_map(
            |(place, count, change, before, after)| Step::Repeat { place, count, change, before, after }
        ),
        1 => streams.clone().prop_map(|stream| Step::Twice { stream }),
        6 => (proptest::option::of(0_u8..6), start(), limit)
            .prop_map(|(stream, start, limit)| Step::Read { stream, start, limit }),
        2 => any::<usize>().prop_map(|place| Step::Find { place }),
        2 => Just(Step::Follow),
        1 => any::<usize>().prop_map(|first| Step::Tree { first }),
        2 => harm().prop_map(|harm| Step::Reopen { harm }),
    ];
    proptest::collection::vec(step, 1..50)
}
