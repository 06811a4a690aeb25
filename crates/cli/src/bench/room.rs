//! The temporary folder in which everything happens. It goes when it is dropped.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::exit::{Exit, Failure};

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
