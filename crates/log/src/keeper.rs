//! Writes what is derived from a sealed chunk (its hashes, its part of the index) while the writer goes on with the next.

use crate::sync::mpsc::Receiver;
use std::sync::{Arc, PoisonError};

use crate::heads::Ends;
use crate::segment::Segment;
use crate::store::Store;
use crate::writer::with_source;

/// Sealed chunks that wait; the writer waits when there are more.
pub(crate) const WAITING_MAX: usize = 2;

/// Works until the writer is gone and everything is written. First makes the filters of the chunks that were there before.
pub(crate) fn run(store: &Store, sealed: &Receiver<Arc<Segment>>) {
    make_filters(store);
    while let Ok(first) = sealed.recv() {
        let segments: Vec<_> = std::iter::once(first).chain(sealed.try_iter().take(WAITING_MAX)).collect();
        if let Err(why) = keep(store, &segments) {
            tracing::error!(
                why,
                "what is derived from a chunk cannot be written: nothing more is recorded until the log is opened again"
            );
            store.stop(why);
        }
    }
}

/// Every question is answered without filters too, only slower.
fn make_filters(store: &Store) {
    for at in 0.. {
        let index = store.index.read().unwrap_or_else(PoisonError::into_inner);
        match index.as_ref().map(|index| index.make_filter(at)) {
            Some(Ok(true)) => {}
            Some(Err(fault)) => {
                tracing::warn!(why = fault.0, "a filter of the index could not be made");
            }
            Some(Ok(false)) | None => break,
        }
    }
}

fn keep(store: &Store, segments: &[Arc<Segment>]) -> Result<(), String> {
    for segment in segments {
        let added = store.hashes.add(segment.chunk.0 - 1, segment.leaves());
        added.map_err(|error| with_source(&error))?;
    }
    // Nothing to do, unless they are just being made anew, or were.
    store.hashes.complete(&store.chunk_list()).map_err(|error| with_source(&error))?;
    let generation = {
        let index = store.index.read().unwrap_or_else(PoisonError::into_inner);
        let Some(index) = index.as_ref() else { return Ok(()) };
        let kept = segments.iter().try_for_each(|segment| index.keep(segment, Ends::GoOn));
        match kept.and_then(|()| index.flush()) {
            Ok(()) => return Ok(()),
            Err(fault) => {
                tracing::warn!(why = fault.0, "a chunk cannot be added to the index");
                index.generation
            }
        }
    };
    let order = store.order.lock().unwrap_or_else(PoisonError::into_inner);
    let remade = store.remake(&order, generation, "a chunk could not be added to it", store.durable());
    remade.map_err(|error| with_source(&error))
}
