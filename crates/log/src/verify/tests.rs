//! Logs that no writer of ours makes: every checksum matches, and something else is wrong.

use docket_domain::EventId;
use docket_proof::leaf_hash;

use super::*;
use crate::disk::OsDisk;
use crate::envelope::Place;
use crate::event_log::{LeafHash, NewEvent};
use crate::footer::Footer;
use crate::{chunk, envelope, frame};

/// Alters a footer.
type Forge<'a> = &'a dyn Fn(&mut Footer);

#[derive(Default)]
struct Told {
    problems: Vec<String>,
    notes: Vec<String>,
}

impl Watch for Told {
    fn problem(&mut self, problem: Problem) {
        let Problem { positions, what, .. } = problem;
        let (first, last) = positions.unwrap_or_default();
        self.problems.push(format!("{first}-{last}: {what}"));
    }

    fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

/// An event that can be altered before it is stored.
#[derive(Clone)]
struct Draft {
    place: Place,
    event: NewEvent,
}

impl Draft {
    fn stored(&self) -> Vec<u8> {
        let mut stored = Vec::new();
        envelope::encode(&self.place, &self.event, &mut stored).unwrap();
        stored
    }

    fn leaf_hash(&self) -> LeafHash {
        leaf_hash(&self.stored())
    }
}

/// Ten events of two streams, linked as they should be.
fn events() -> Vec<Draft> {
    let mut events: Vec<Draft> = Vec::new();
    for number in 1..=10_u64 {
        let stream = ["authority/a", "authority/b"][usize::try_from(number % 2).unwrap()];
        let before = events.iter().rev().find(|event| event.event.stream.as_str() == stream);
        let place = Place {
            position: Position(number),
            revision: Revision(before.map_or(1, |before| before.place.revision.0 + 1)),
            recorded_at_micros: 1_000 + i64::try_from(number).unwrap(),
            previous: before.map(Draft::leaf_hash),
        };
        let event = NewEvent {
            id: EventId([u8::try_from(number).unwrap(); 16]),
            stream: stream.parse().unwrap(),
            kind: 7,
            body: vec![1; 20],
            meta: Vec::new(),
        };
        events.push(Draft { place, event });
    }
    events
}

/// Writes the events into one chunk, five a frame, seals it if asked to, and verifies.
fn told_of(events: &[Draft], seal: Option<Forge<'_>>) -> Told {
    let directory = tempfile::tempdir().unwrap();
    let chunks = directory.path().join("chunks");
    std::fs::create_dir(&chunks).unwrap();
    let chunk = chunk::create(&OsDisk, &chunks, [3; 16], Position(1), 16 << 10).unwrap();
    let mut bytes = Vec::new();
    for (frame, events) in (0_u64..).zip(events.chunks(5)) {
        let stored: Vec<_> = events.iter().map(Draft::stored).collect();
        let site = chunk.site(64 + bytes.len() as u64);
        let stored = stored.iter().map(Vec::as_slice);
        frame::encode(site, Position(frame * 5 + 1), 64, stored, &mut bytes).unwrap();
    }
    chunk.file.write_all_at(&bytes, 64).unwrap();
    let end = 64 + bytes.len() as u64;
    if let Some(forge) = seal {
        let mut frontier = Frontier::new();
        events.iter().for_each(|event| frontier.push(event.leaf_hash()));
        let last = events.last().unwrap();
        let mut footer = Footer {
            frames: 2,
            last: Position(10),
            recorded_at_micros: last.place.recorded_at_micros,
            leaf: last.leaf_hash(),
            chunk_crc: crate::survey::crc_to(&chunk, end).unwrap().finalize(),
            frontier,
        };
        forge(&mut footer);
        chunk.seal(end, footer).unwrap();
    }
    let mut told = Told::default();
    let verified = verify_within(directory.path(), &mut told, 4).unwrap();
    assert_eq!((verified.events, verified.last), (10, Position(10)));
    told
}

/// What is told of the ten events with one of them altered.
fn altered(number: usize, alter: impl Fn(&mut Draft)) -> Vec<String> {
    let mut events = events();
    alter(&mut events[number - 1]);
    told_of(&events, None).problems
}

#[test]
fn events_that_are_linked_as_they_should_be_are_right() {
    assert_eq!(told_of(&events(), None).problems, Vec::<String>::new());
    let told = told_of(&events(), Some(&|_| ()));
    assert_eq!(told.problems, Vec::<String>::new());
    assert_eq!(told.notes, ["there are no files of hashes: the next start makes them"]);
}

#[test]
fn an_altered_body_breaks_the_link_of_the_next_event_of_its_stream_and_no_other() {
    let told = altered(4, |event| event.event.body = vec![2; 20]);
    assert_eq!(
        told,
        ["6-6: the event does not have the hash of the one before it in authority/a, at position 4"]
    );
}

#[test]
fn a_wrong_revision_position_time_or_stream_is_named() {
    let told = altered(9, |event| event.place.revision = Revision(7));
    assert_eq!(told, ["9-9: the event is revision 7 of authority/b, 5 comes next"]);
    let told = altered(10, |event| event.place.position = Position(11));
    assert_eq!(told, ["10-10: the event says that its position is 11"]);
    let told = altered(10, |event| event.place.recorded_at_micros = 1_008);
    assert_eq!(told, ["10-10: the event was recorded before the one before it"]);
    let told = altered(10, |event| event.event.stream = "authority/c".parse().unwrap());
    assert_eq!(told, ["10-10: the stream authority/c begins with revision 5"]);
}

#[test]
fn an_event_that_was_recorded_twice_is_named_with_both_positions() {
    let told = altered(10, |event| event.event.id = EventId([3; 16]));
    let id = EventId([3; 16]);
    assert_eq!(told, [format!("10-10: the event {id} was recorded at position 3 too")]);
}

#[test]
fn an_event_that_was_left_out_is_named_by_the_link_of_the_next_one() {
    let mut events = events();
    // The last but two goes, and those after it move up.
    events.remove(7);
    let mut last = events[8].clone();
    last.event.id = EventId([99; 16]);
    last.place.recorded_at_micros += 1;
    events.push(last);
    for (event, position) in events.iter_mut().zip(1..) {
        event.place.position = Position(position);
    }
    let told = told_of(&events, None).problems;
    assert!(
        told.contains(&"9-9: the event is revision 5 of authority/a, 4 comes next".to_owned()),
        "{told:?}"
    );
}

#[test]
fn a_footer_that_says_otherwise_is_named_whatever_it_says() {
    let cases: [(&str, Forge<'_>); 5] = [
        ("it says 3 frames, there are 2", &|footer| footer.frames = 3),
        ("the checksum of the chunk does not match", &|footer| footer.chunk_crc ^= 1),
        ("the leaf hash of the last event does not match", &|footer| footer.leaf = [1; 32]),
        ("the time of the last event does not match", &|footer| footer.recorded_at_micros += 1),
        ("the root of the tree is not that of the events", &|footer| {
            footer.frontier = Frontier::new();
            (1..=10).for_each(|number| footer.frontier.push([number; 32]));
        }),
    ];
    for (what, forge) in cases {
        let told = told_of(&events(), Some(forge)).problems;
        assert_eq!(told, [format!("1-10: the footer is not that of the chunk: {what}")]);
    }
}
