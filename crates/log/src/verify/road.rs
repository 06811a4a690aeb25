//! The way through a log: its chunks one after the other, each in pieces.

use std::path::Path;
use std::sync::Arc;

use docket_domain::Position;

use crate::chunk::{self, Chunk, UNFINISHED_END, io_error};
use crate::disk::{Disk, ReadOnlyDisk};
use crate::envelope::{self, Brief};
use crate::event_log::LogError;
use crate::survey::most_common;

use super::digest::rows;
use super::pieces::{Met, Reader};
use super::{Problem, Watch};

/// A file that has the name of a chunk.
pub(super) struct Part {
    /// Its first position, by its name.
    first: Position,
    /// The chunk; where it is none, its last position.
    pub(super) chunk: Result<Arc<Chunk>, Position>,
}

/// What comes next.
pub(super) enum Step {
    /// A chunk that is none, up to this position.
    Unreadable(Position),
    Begin(Arc<Chunk>),
    Met(Arc<Chunk>, Met),
}

/// Opens the chunks, and tells what else is among them.
pub(super) fn list(directory: &Path, watch: &mut dyn Watch) -> Result<Vec<Part>, LogError> {
    let directory = directory.join("chunks");
    let failed = |source| io_error(format!("listing {}", directory.display()), source);
    let mut names = Vec::new();
    for name in ReadOnlyDisk.names(&directory).map_err(failed)? {
        match chunk::parse_name(&name) {
            Some(first) => names.push((first, name)),
            None if name.ends_with(UNFINISHED_END) => {
                watch.note(format!(
                    "{name} is left of a chunk that was being created: the next start removes it"
                ));
            }
            None => watch.note(format!("{name} is not a chunk and was not looked at")),
        }
    }
    if names.is_empty() {
        return Err(failed(std::io::Error::new(std::io::ErrorKind::NotFound, "there is no chunk in it")));
    }
    names.sort();
    let opened = names.iter().map(|(_, name)| chunk::open(&ReadOnlyDisk, &directory, name));
    let opened = opened.collect::<Result<Vec<_>, _>>()?;
    let log_id = most_common(opened.iter().flatten().map(|chunk| chunk.log_id));
    let mut parts = Vec::new();
    for (place, ((first, name), opened)) in names.iter().zip(opened).enumerate() {
        let opened = opened.and_then(|chunk| {
            let same = Some(chunk.log_id) == log_id;
            if same { Ok(chunk) } else { Err("the chunk belongs to another log".to_owned()) }
        });
        let chunk = opened.map(Arc::new).map_err(|what| {
            let following = names.get(place + 1).map(|(following, _)| Position(following.0 - 1));
            let last = following.unwrap_or(*first);
            let (file, positions) = (format!("chunks/{name}"), Some((*first, last)));
            watch.problem(Problem { file, offset: Some(0), positions, what });
            last
        });
        parts.push(Part { first: *first, chunk });
    }
    Ok(parts)
}

/// Where on the way reading has come to.
pub(super) struct Road<'a> {
    parts: &'a [Part],
    reader: Option<Reader>,
}

impl<'a> Road<'a> {
    pub(super) fn new(parts: &'a [Part]) -> Self {
        Self { parts, reader: None }
    }

    /// The next steps, with at most so many pieces among them; none at the end.
    pub(super) fn steps(&mut self, pieces: usize) -> Result<Vec<Step>, LogError> {
        let mut steps = Vec::new();
        let mut read = 0;
        while read < pieces {
            let Some(step) = self.step()? else { break };
            read += usize::from(matches!(step, Step::Met(_, Met::Piece(_))));
            steps.push(step);
        }
        Ok(steps)
    }

    fn step(&mut self) -> Result<Option<Step>, LogError> {
        if let Some(reader) = &mut self.reader {
            let chunk = Arc::clone(&reader.chunk);
            let met = reader.read()?;
            if matches!(met, Met::End(_)) {
                self.reader = None;
            }
            return Ok(Some(Step::Met(chunk, met)));
        }
        let Some((part, rest)) = self.parts.split_first() else { return Ok(None) };
        self.parts = rest;
        Ok(Some(match &part.chunk {
            Err(last) => Step::Unreadable(*last),
            Ok(chunk) => {
                self.reader = Some(Reader::new(Arc::clone(chunk), rest.first().map(|next| next.first)));
                Step::Begin(Arc::clone(chunk))
            }
        }))
    }
}

/// Shows every event that can be understood, with its chunk, the offset of its frame and its position; checksums are not compared.
pub(super) fn each_event(
    parts: &[Part],
    mut show: impl FnMut((&Chunk, u64, Position), Brief<'_>),
) -> Result<(), LogError> {
    let mut road = Road::new(parts);
    while let Some(step) = road.step()? {
        let Step::Met(chunk, Met::Piece(piece)) = step else { continue };
        for row in rows(&piece) {
            if let Some(event) = row.stored.and_then(|stored| envelope::brief(stored).ok()) {
                show((&chunk, row.frame, row.position), event);
            }
        }
    }
    Ok(())
}
