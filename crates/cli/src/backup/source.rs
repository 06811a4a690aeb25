//! What is copied from a data directory, and that it is right: its checkpoints first, so that whatever they cover is in the chunks that are
//! copied after them.

use std::fs::File;
use std::io::{Read, Take};
use std::path::{Path, PathBuf};

use docket_domain::Position;
use docket_log::{ChunkPart, Copied as Event, Copier, LogError, There};
use docket_proof::Frontier;
use docket_server::proof::Demands;
use indicatif::ProgressBar;

use super::{Copied, refused};
use crate::exit::{Exit, Failure};
use crate::output::note;
use crate::process::chain;
use crate::verify::{CHECKPOINTS, Checkpoints, PUBLIC_KEYS, Told, listed_keys};

/// A file beside the chunks: its name, how many of its bytes belong to what was copied, and those.
pub(super) type Other = (&'static str, u64, Take<File>);

/// A data directory that is copied.
pub(super) struct Source {
    directory: PathBuf,
    checkpoints: Checkpoints,
    copier: Copier,
    /// Whether copies that are there are verified again.
    pub(super) check: bool,
    pub(super) copied: Copied,
    pub(super) bar: ProgressBar,
}

impl Source {
    /// Begins to copy a directory.
    ///
    /// # Errors
    /// If its checkpoints are not right.
    pub(super) fn new(directory: &Path) -> Result<Self, Failure> {
        let demands = Demands { keys: listed_keys(directory)?, ..Demands::default() };
        let mut problems = Vec::new();
        let checkpoints = Checkpoints::read(directory, None, &demands, &mut |told| match told {
            Told::Problem(problem) => problems.push(format!("{}: {}", problem.file, problem.what)),
            Told::Note(text) => note(&text),
        })?;
        if !problems.is_empty() {
            let what = format!("{}: the checkpoints are not right, nothing was copied", directory.display());
            let failure = Failure::new(Exit::Wrong, what).details(problems);
            return Err(failure.hint("`docket verify DIR` says all that is wrong"));
        }
        let bar = ProgressBar::new_spinner();
        let copier = Copier::new(directory);
        Ok(Self {
            directory: directory.to_owned(),
            checkpoints,
            copier,
            check: false,
            copied: Copied::default(),
            bar,
        })
    }

    /// The next chunk.
    ///
    /// # Errors
    /// If it is damaged or missing.
    pub(super) fn part(&mut self) -> Result<Option<ChunkPart>, Failure> {
        let part = self.copier.part().map_err(|error| self.ended(&error))?;
        if let Some(part) = &part {
            self.bar.set_message(part.name().to_owned());
            self.bar.tick();
        }
        Ok(part)
    }

    /// Whether there is a copy of a chunk in a directory of chunks. One that is to be checked, and is damaged, is as good as none.
    ///
    /// # Errors
    /// If what is there is of another history.
    pub(super) fn is_there(&mut self, part: &ChunkPart, copies: &Path) -> Result<bool, Failure> {
        let before = self.copier.clone();
        match self.copier.compare(part, copies).map_err(|error| self.ended(&error))? {
            There::Nothing | There::Beginning => Ok(false),
            There::Same => {
                if self.check {
                    match before.clone().check(part, copies) {
                        Ok(()) => self.copied.checked += 1,
                        Err(LogError::Damaged { chunk, offset, what, .. }) => {
                            note(&format!(
                                "{chunk} in the backup is damaged at offset {offset} ({what}), and is copied anew"
                            ));
                            self.copier = before;
                            self.copied.mended += 1;
                            return Ok(false);
                        }
                        Err(error) => return Err(self.ended(&error)),
                    }
                }
                self.copied.there += 1;
                self.copied.last = part.last().0;
                self.checkpoints.skip(part.last());
                Ok(true)
            }
            There::Other(how) => {
                let rotten = Copier::is_rotten(part, copies).map_err(|error| self.ended(&error))?;
                if self.check && rotten {
                    note(&format!("{} in the backup is damaged ({how}), and is copied anew", part.name()));
                    self.copied.mended += 1;
                    return Ok(false);
                }
                Err(self.other(part, copies, &how, rotten))
            }
        }
    }

    /// What is in the backup under the name of a chunk is no copy of it.
    fn other(&self, part: &ChunkPart, copies: &Path, how: &str, rotten: bool) -> Failure {
        let there = copies.join(part.name());
        let what =
            format!("{} is no copy of the chunk in {}: {how}", there.display(), self.directory.display());
        Failure::new(Exit::Wrong, what).hint(if rotten {
            "it is damaged: `docket backup --check` copies it anew"
        } else {
            "the backup is of another log or was written to, or the log was put back to an older state, or one of them is damaged: \
             verify both, and back up into another directory"
        })
    }

    /// Copies a chunk with `write`, which is given whom to tell of each event.
    ///
    /// # Errors
    /// If it is damaged, or not what was signed; if it cannot be written.
    pub(super) fn copy(
        &mut self,
        part: &ChunkPart,
        write: impl FnOnce(&mut Copier, &ChunkPart, Event<'_>) -> Result<(), LogError>,
    ) -> Result<(), Failure> {
        let checkpoints = &mut self.checkpoints;
        let mut event = |position: Position, tree: &Frontier| {
            let mut wrong = None;
            checkpoints.event(position, Some(tree), &mut |problem| wrong = Some(problem.what));
            wrong.map_or(Ok(()), Err)
        };
        write(&mut self.copier, part, &mut event).map_err(|error| self.ended(&error))?;
        self.copied.chunks += 1;
        self.copied.bytes += part.length();
        self.copied.last = part.last().0;
        self.copied.checkpoints = self.checkpoints.agreeing;
        Ok(())
    }

    /// Says that all chunks were copied.
    ///
    /// # Errors
    /// If checkpoints cover more than them.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        let mut problems = Vec::new();
        self.checkpoints.finish(self.copied.last, &mut |problem| problems.push(problem.what));
        match problems.pop() {
            None => Ok(()),
            Some(what) => Err(Failure::new(Exit::Wrong, format!("{}: {what}", self.directory.display()))),
        }
    }

    /// The other files.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(super) fn others(&self) -> Result<Vec<Other>, Failure> {
        let mut others = Vec::new();
        for (name, length) in [(PUBLIC_KEYS, u64::MAX), (CHECKPOINTS, self.checkpoints.end)] {
            let path = self.directory.join(name);
            if path.exists() {
                let file = File::open(&path).map_err(refused("opening", &path))?;
                let there = file.metadata().map_err(refused("reading", &path))?.len();
                let length = length.min(there);
                others.push((name, length, file.take(length)));
            }
        }
        Ok(others)
    }

    /// Why copying ended. What was copied until then is whole.
    fn ended(&self, error: &LogError) -> Failure {
        let exit = if matches!(error, LogError::Damaged { .. }) { Exit::Wrong } else { Exit::Failed };
        let copied = format!("what was copied before is whole, up to position {}", self.copied.last);
        self.bar.finish_and_clear();
        Failure::new(exit, chain(error)).details(vec![copied])
    }
}
