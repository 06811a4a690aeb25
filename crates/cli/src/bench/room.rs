//! The temporary folder in which everything happens. It goes when it is dropped.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::exit::{Exit, Failure};

/// What an event of a log takes on disk at most.
const EVENT_BYTES: u64 = 700;
/// What everything else takes.
const WORK_BYTES: u64 = 2 << 30;

/// A folder of our own.
#[derive(Debug)]
pub(crate) struct Room {
    folder: TempDir,
}

impl Room {
    /// Makes a folder in this one, or where the system has temporary folders.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn new(above: Option<&Path>) -> Result<Self, Failure> {
        let above = above.map_or_else(std::env::temp_dir, Path::to_owned);
        let folder = tempfile::Builder::new().prefix("docket-bench-").tempdir_in(&above);
        let folder = folder.map_err(|error| failed("making a folder in", &above)(&error))?;
        Ok(Self { folder })
    }

    /// Whether there is room for a log of so many events, and as much again to work with.
    ///
    /// # Errors
    /// If there is not.
    pub(crate) fn check_space(&self, events: u64) -> Result<(), Failure> {
        let disk = rustix::fs::statvfs(self.folder.path())
            .map_err(|error| failed("asking about", self.folder.path())(&error))?;
        let (free, wanted) =
            (disk.f_bavail.saturating_mul(disk.f_frsize), WORK_BYTES + 2 * EVENT_BYTES * events);
        if free < wanted {
            let text = format!(
                "{} has {} MB free, and {} MB are wanted",
                self.folder.path().display(),
                free >> 20,
                wanted >> 20
            );
            return Err(
                Failure::new(Exit::Failed, text).hint("name another disk with --dir, or fewer --events")
            );
        }
        Ok(())
    }

    /// The path of something in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A failure while something was done to a file.
pub(crate) fn failed<'a>(
    doing: &'a str,
    path: &'a Path,
) -> impl FnOnce(&dyn std::error::Error) -> Failure + 'a {
    move |error| {
        Failure::new(Exit::Failed, format!("{doing} {}: {}", path.display(), crate::process::chain(error)))
    }
}
