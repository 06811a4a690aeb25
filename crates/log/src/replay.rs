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
