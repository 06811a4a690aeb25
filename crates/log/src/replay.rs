//! Every event of the log, one after the other: for whoever looks at all and keeps few.

use std::sync::Arc;

use docket_domain::Position;

use crate::build::missing;
use crate::chunk::Chunk;
use crate::chunk_log::ChunkLog;
use crate::envelope::Brief;
use crate::event_log::LogError;
use crate::scan::{Damage, Walk, walk};

impl ChunkLog {
    /// Shows each event up to the head, in order, every checksum compared, as opening and making the index anew see them: nothing is copied, and
    /// what is to be kept has to be. Blocks for as long as reading takes. Tells the last position.
    ///
    /// # Errors
    /// As [`EventLog::read`](crate::EventLog::read); the events before damage were shown.
    pub fn replay(&self, show: &mut dyn FnMut(&Brief<'_>)) -> Result<Position, LogError> {
        let head = self.store().durable();
        let chunks = self.store().chunk_list();
        let mut next = Position(1);
        for (at, chunk) in chunks.iter().enumerate() {
            // A chunk that was begun meanwhile, after events that are not wanted.
            if head < next {
                break;
            }
            if chunk.first != next {
                return Err(missing(chunk, next).into());
            }
            let following = chunks.get(at + 1).map(|following| Position(following.first.0 - 1));
            next = replay_chunk(chunk, following.unwrap_or(head).min(head), show)?.next();
        }
        Ok(head)
    }
}

/// Shows each event of a chunk up to this position, which it tells.
fn replay_chunk(
    chunk: &Arc<Chunk>,
    last: Position,
    show: &mut dyn FnMut(&Brief<'_>),
) -> Result<Position, LogError> {
    let mut next = chunk.first;
    let scanned = walk(chunk, Walk::whole(chunk, Some(last)), &mut |step| {
        if step.head.first != next {
            let (offset, last) = (step.offset, Position(step.head.first.0 - 1));
            let what = "no frame with its checksums is there".to_owned();
            return Err(Damage { chunk: chunk.name.clone(), offset, first: next, last, what }.into());
        }
        next = step.head.last().next();
        step.each(chunk, show).map_or(Ok(()), |damage| Err(damage.into()))
    })?;
    scanned.damage.into_iter().next().map_or(Ok(last), |damage| Err(damage.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_log::{Append, EventLog, From, NewEvent, READ_EVENTS_MAX, Selection};
    use crate::open::Options;
    use docket_domain::EventId;

    fn open(directory: &std::path::Path) -> ChunkLog {
        ChunkLog::open(directory, Options { chunk_bytes: 16 << 10, ..Options::new("a test") }).unwrap().0
    }

    async fn append(log: &ChunkLog, numbers: std::ops::Range<u32>) {
        for number in numbers {
            let event = NewEvent {
                id: EventId(u128::from(number).to_be_bytes()),
                stream: format!("authority/{}", number % 7).parse().unwrap(),
                kind: 7,
                body: vec![0xa5; 300],
                meta: number.to_be_bytes().to_vec(),
            };
            log.append(Append { events: vec![event], expected: Vec::new(), now_micros: 5 }).await.unwrap();
        }
    }

    /// The stored bytes of what is shown, and how it ends.
    fn replayed(log: &ChunkLog) -> (Vec<Vec<u8>>, Result<Position, LogError>) {
        let mut shown = Vec::new();
        let ended = log.replay(&mut |event| shown.push(event.stored.to_vec()));
        (shown, ended)
    }

    #[tokio::test]
    async fn a_replay_shows_what_reading_reads() {
        let directory = tempfile::tempdir().unwrap();
        let log = open(directory.path());
        assert_eq!(replayed(&log).0.len(), 0);
        append(&log, 0..200).await;
        let read = log.read(&Selection::All, From::After(Position::START), READ_EVENTS_MAX).await.unwrap();
        let (shown, ended) = replayed(&log);
        assert!(2 < log.store().chunk_list().len());
        assert_eq!((shown.len(), ended.unwrap()), (200, Position(200)));
        assert!(read.iter().zip(&shown).all(|(read, shown)| read.stored()[..] == shown[..]));
    }

    #[tokio::test]
    async fn a_replay_shows_what_comes_before_damage_and_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let log = open(directory.path());
        append(&log, 0..200).await;
        let (whole, _) = replayed(&log);
        let chunk = log.store().chunk_list().get(1).map(|chunk| (chunk.first, chunk.name.clone())).unwrap();
        let path = directory.path().join("chunks").join(&chunk.1);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[5_000] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let (shown, ended) = replayed(&log);
        let Err(LogError::Damaged { chunk: named, first, .. }) = ended else { panic!("{ended:?}") };
        assert_eq!(named, chunk.1);
        assert!(chunk.0 <= first && shown.len() as u64 == first.0 - 1);
        assert_eq!(shown, whole[..shown.len()]);
    }
}
