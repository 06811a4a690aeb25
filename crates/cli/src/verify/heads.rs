//! The events that record where every stream ended: are those the heads that the streams had?

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use docket_api::{kinds, pb};
use docket_log::Seen;
use docket_proof::{Hash, Head, LiveHeads};
use docket_server::proof::HEADS_STREAM;
use prost::Message as _;

/// Events after the position that heads cover, before the event that records them. Older ones need not be held back.
const BEHIND_MAX: usize = 1 << 18;

/// The heads of all streams, as they were at the position that the last event of heads covers.
#[derive(Default)]
pub(crate) struct Heads {
    live: LiveHeads,
    streams: Vec<Stream>,
    numbers: HashMap<Arc<str>, usize>,
    /// Events that are not among the heads yet.
    behind: VecDeque<(u64, usize, u64, Hash)>,
    /// Every event up to here is.
    through: u64,
    last: u64,
    /// Streams that grew since the heads were recorded last, each once.
    grown: Vec<usize>,
    /// Streams that had grown by then, and were in no list so far. All are listed when a checkpoint is signed; heads may go before that
    /// which were not recorded to their end.
    unlisted: HashSet<usize>,
    /// What was recorded last: events of one append may share it.
    recorded: Option<(u64, u64, Hash)>,
    /// A part of the log cannot be read: the heads are not known any more.
    lost: bool,
    /// Events of heads that were compared.
    pub(crate) compared: u64,
    /// Those that could not be.
    pub(crate) skipped: u64,
}

struct Stream {
    name: Arc<str>,
    revision: u64,
    leaf: Hash,
    /// Whether it is among those that grew.
    grown: bool,
}

impl Heads {
    /// Takes the next event of the log; tells what is wrong with it, if it records heads. `signed`: whether a checkpoint ends with it.
    pub(crate) fn event(&mut self, event: &Seen<'_>, signed: bool) -> Option<String> {
        self.lost |= event.position.0 != self.last + 1;
        self.last = event.position.0;
        if event.stream_number >= self.streams.len() {
            let name = Arc::<str>::from(event.stream);
            self.numbers.insert(Arc::clone(&name), event.stream_number);
            let new = || Stream { name: Arc::clone(&name), revision: 0, leaf: [0; 32], grown: false };
            self.streams.resize_with(event.stream_number + 1, new);
        }
        if event.stream == HEADS_STREAM {
            let wrong = self.recorded(event);
            return wrong.or_else(|| if signed { self.left_out() } else { None });
        }
        let grown = (event.position.0, event.stream_number, event.revision.0, event.leaf_hash);
        self.behind.push_back(grown);
        if self.behind.len() > BEHIND_MAX
            && let Some((position, ..)) = self.behind.front()
        {
            self.move_to(*position);
        }
        None
    }

    /// Moves the heads to this position.
    fn move_to(&mut self, through: u64) {
        while let Some((_, number, revision, leaf)) =
            self.behind.front().copied().filter(|next| next.0 <= through)
        {
            self.behind.pop_front();
            if let Some(stream) = self.streams.get_mut(number) {
                (stream.revision, stream.leaf) = (revision, leaf);
                if !std::mem::replace(&mut stream.grown, true) {
                    self.grown.push(number);
                }
            }
        }
        self.through = self.through.max(through);
    }

    /// An event of heads.
    fn recorded(&mut self, event: &Seen<'_>) -> Option<String> {
        let body = pb::Event::decode(event.body).ok().and_then(|event| event.body);
        let (kinds::HEADS_RECORDED, Some(pb::event::Body::HeadsRecorded(heads))) = (event.kind, body) else {
            return Some("the event in the stream of heads records no heads".to_owned());
        };
        if self.lost {
            self.skipped += 1;
            return None;
        }
        self.compared += 1;
        let through = heads.through_position;
        if event.position.0 <= through {
            return Some(format!("the heads cover events up to position {through}, after the event itself"));
        }
        if self.recorded.is_none_or(|(recorded, ..)| recorded != through) {
            if through < self.through {
                return Some(format!(
                    "the heads cover events up to position {through}; heads before it, or far more events, went to {}",
                    self.through
                ));
            }
            self.move_to(through);
            let (count, root) = self.root();
            self.recorded = Some((through, count, root));
        }
        let (_, count, root) = self.recorded?;
        let listed: Vec<_> = heads.changed.iter().filter_map(|head| self.listed(head, through)).collect();
        if heads.stream_count != count {
            let said = heads.stream_count;
            return Some(format!(
                "the heads are said to be of {said} streams; up to position {through} there are {count}"
            ));
        }
        if heads.heads_root != root {
            return Some(format!(
                "the root over the heads is not that of the streams up to position {through}"
            ));
        }
        listed.into_iter().next()
    }

    /// How many streams there are, and the root over their heads. Those that grew are to be listed.
    fn root(&mut self) -> (u64, Hash) {
        for number in &self.grown {
            if let Some(stream) = self.streams.get_mut(*number) {
                stream.grown = false;
                let Stream { name, revision, leaf, .. } = stream;
                let head = Head { stream: Arc::clone(name), revision: *revision, leaf: *leaf };
                // The name of a stream has no zero byte; what is none was told when it was read.
                self.lost |= self.live.set(head).is_err();
            }
        }
        self.unlisted.extend(std::mem::take(&mut self.grown));
        self.live.root()
    }

    /// What is wrong with a head that is listed as changed.
    fn listed(&mut self, head: &pb::StreamHead, through: u64) -> Option<String> {
        let number = self.numbers.get(head.stream.as_str()).copied();
        let stream = number.and_then(|number| self.streams.get(number));
        let right = stream.is_some_and(|stream| {
            (stream.revision, stream.leaf.as_slice()) == (head.revision, &head.leaf_hash)
        });
        if let Some(number) = number {
            self.unlisted.remove(&number);
        }
        let wrong = format!(
            "the heads say that {} was at revision {} at position {through}; it was not, or its last event is another",
            head.stream, head.revision
        );
        (!right).then_some(wrong)
    }

    /// Streams that grew and are in no list; told once.
    fn left_out(&mut self) -> Option<String> {
        let unlisted = std::mem::take(&mut self.unlisted);
        let streams = unlisted.iter().filter_map(|number| self.streams.get(*number));
        let name = streams.map(|stream| &stream.name).min().filter(|_| !self.lost)?;
        let (through, ..) = self.recorded?;
        Some(format!(
            "the heads at position {through} leave out {} streams that had grown, among them {name}",
            unlisted.len()
        ))
    }
}

#[cfg(test)]
mod tests {
    use docket_domain::{Position, Revision};
    use docket_proof::HeadsTree;

    use super::*;

    /// A log of events of streams, and of heads as an honest server records them.
    #[derive(Default)]
    struct Log {
        heads: Heads,
        position: u64,
        order: Vec<String>,
        ends: std::collections::BTreeMap<String, Head>,
        told: Vec<String>,
    }

    impl Log {
        fn event(&mut self, stream: &str, kind: u32, body: &[u8], signed: bool) {
            self.position += 1;
            let revision = self.ends.get(stream).map_or(1, |head| head.revision + 1);
            let leaf = [u8::try_from(self.position % 251).unwrap(); 32];
            let known = self.order.iter().position(|known| known == stream);
            let stream_number = known.unwrap_or(self.order.len());
            if known.is_none() {
                self.order.push(stream.to_owned());
            }
            self.ends.insert(stream.to_owned(), Head { stream: stream.into(), revision, leaf });
            let event = Seen {
                chunk: "a chunk",
                offset: 64,
                position: Position(self.position),
                revision: Revision(revision),
                stream,
                stream_number,
                kind,
                leaf_hash: leaf,
                body,
                tree: None,
            };
            self.told.extend(self.heads.event(&event, signed));
        }

        fn events(&mut self, streams: &[&str]) {
            streams.iter().for_each(|stream| self.event(stream, 7, b"", false));
        }

        /// The heads as they are, with these streams listed.
        fn honest(&self, changed: &[&str]) -> pb::HeadsRecorded {
            let heads: Vec<_> =
                self.ends.values().filter(|head| &*head.stream != HEADS_STREAM).cloned().collect();
            let tree = HeadsTree::new(heads).unwrap();
            let listed = |stream: &&str| {
                let Head { stream, revision, leaf } = self.ends[*stream].clone();
                pb::StreamHead { stream: stream.to_string(), revision, leaf_hash: leaf.to_vec() }
            };
            pb::HeadsRecorded {
                through_position: self.position,
                stream_count: tree.count(),
                heads_root: tree.root().to_vec(),
                changed: changed.iter().map(listed).collect(),
            }
        }

        fn heads(&mut self, heads: pb::HeadsRecorded) {
            self.part(heads, true);
        }

        fn part(&mut self, heads: pb::HeadsRecorded, signed: bool) {
            let body = pb::event::Body::HeadsRecorded(heads);
            let event = pb::Event { body: Some(body), ..pb::Event::default() };
            self.event(HEADS_STREAM, kinds::HEADS_RECORDED, &event.encode_to_vec(), signed);
        }

        /// What was told of it all.
        fn told(self) -> (u64, Vec<String>) {
            (self.heads.compared, self.told)
        }
    }

    #[test]
    fn heads_as_they_were_are_right_also_where_events_came_between_and_where_they_are_in_parts() {
        let mut log = Log::default();
        log.events(&["s/b", "s/a", "s/b"]);
        let first = log.honest(&["s/a", "s/b"]);
        log.events(&["s/c", "s/a"]);
        log.heads(first);
        log.events(&["s/c"]);
        let parts = [log.honest(&["s/a"]), log.honest(&["s/c", "s/b"])];
        log.events(&["s/d"]);
        let [part, last] = parts;
        log.part(part, false);
        log.events(&["s/d"]);
        log.heads(last);
        let last = log.honest(&["s/d"]);
        log.heads(last);
        assert_eq!(log.told(), (4, vec![]));
    }

    /// Alters honest heads.
    type Lie = fn(&mut pb::HeadsRecorded);

    #[test]
    fn a_lie_about_the_heads_is_named() {
        let lies: [(&str, Lie); 6] = [
            ("is not that of the streams", |heads| heads.heads_root[0] ^= 1),
            ("said to be of 3 streams", |heads| heads.stream_count += 1),
            ("s/a was at revision 9", |heads| heads.changed[0].revision = 9),
            ("s/x was at revision 1", |heads| heads.changed[0].stream = "s/x".to_owned()),
            ("leave out 1 streams that had grown, among them s/b", |heads| heads.changed.truncate(1)),
            ("after the event itself", |heads| heads.through_position += 1),
        ];
        for (what, lie) in lies {
            let mut log = Log::default();
            log.events(&["s/a", "s/b"]);
            let mut heads = log.honest(&["s/a", "s/b"]);
            lie(&mut heads);
            log.heads(heads);
            let (_, told) = log.told();
            assert!(told.first().is_some_and(|told| told.contains(what)), "{what}: {told:?}");
        }
    }

    #[test]
    fn heads_that_were_not_recorded_to_their_end_are_no_lie_where_the_next_list_what_they_did_not() {
        for (listed, told) in [(["s/a", "s/b", "s/c"].as_slice(), 0), (&["s/a", "s/c"], 1)] {
            let mut log = Log::default();
            log.events(&["s/a", "s/b"]);
            let begun = log.honest(&["s/a"]);
            log.part(begun, false);
            log.events(&["s/a", "s/c"]);
            let heads = log.honest(listed);
            log.heads(heads);
            let (_, lies) = log.told();
            assert_eq!(lies.len(), told, "{lies:?}");
            assert!(
                lies.iter().all(|lie| lie.ends_with("leave out 1 streams that had grown, among them s/b"))
            );
        }
    }

    #[test]
    fn a_stream_that_grew_and_is_in_no_list_is_named_when_the_heads_are_signed() {
        let mut log = Log::default();
        log.events(&["s/a", "s/b"]);
        let heads = log.honest(&["s/a"]);
        log.heads(heads);
        log.events(&["s/a"]);
        let heads = log.honest(&["s/a"]);
        log.heads(heads);
        assert_eq!(
            log.told().1,
            ["the heads at position 2 leave out 1 streams that had grown, among them s/b"]
        );
    }

    #[test]
    fn after_events_that_cannot_be_read_heads_are_not_judged() {
        let mut log = Log::default();
        log.events(&["s/a"]);
        log.position += 1;
        log.events(&["s/a"]);
        let heads = log.honest(&["s/a"]);
        log.heads(heads);
        assert_eq!((log.heads.skipped, log.told()), (1, (0, vec![])));
    }
}
