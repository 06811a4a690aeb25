//! Backing up a data directory, also while its server runs, and restoring it.
//!
//! A backup is a data directory without what can be made anew (`index`, `hashes`) and without the private key: `chunks`, `checkpoints/log`,
//! `keys/checkpoint.pub`. In reading order: `source` (what is copied, and that it is right), `folder` and `tape` (into a directory, as a tar
//! stream), `restore`.

mod folder;
mod restore;
mod source;
mod tape;

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;

pub(crate) use folder::into_folder;
pub(crate) use restore::{Origin, restore};
pub(crate) use tape::as_tar;

use crate::exit::{Exit, Failure};

/// The folder of chunks.
const CHUNKS: &str = "chunks";

/// What was copied.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    /// Chunks that were copied.
    pub(crate) chunks: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Chunks that were there.
    pub(crate) there: u64,
    /// How many of those were verified again.
    pub(crate) checked: u64,
    /// Chunks that were there, damaged, and were copied anew.
    pub(crate) mended: u64,
    /// The last position.
    pub(crate) last: u64,
    /// Checkpoints with the root of the events that were copied.
    pub(crate) checkpoints: u64,
}

/// Why the system refused, for people.
fn refused<'a>(doing: &'a str, path: &'a Path) -> impl Fn(io::Error) -> Failure + 'a {
    move |error| Failure::new(Exit::Failed, format!("{doing} {}: {error}", path.display()))
}

/// Creates a directory and those above it.
fn create(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(refused("creating", path))
}

/// Makes the names in a directory survive a power cut.
fn sync(path: &Path) -> Result<(), Failure> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(refused("syncing", path))
}

/// Writes a file that is there whole or not at all, also after a power cut.
pub(crate) fn put(path: &Path, bytes: &mut dyn Read) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create(folder)?;
    let unfinished = path.with_extension("new");
    let written = File::create(&unfinished).and_then(|mut file| {
        io::copy(bytes, &mut file)?;
        file.flush()?;
        file.sync_all()
    });
    written.map_err(refused("writing", &unfinished))?;
    fs::rename(&unfinished, path).map_err(refused("naming", path))?;
    sync(folder)
}

/// Whether there is nothing at this path, or an empty directory.
fn is_vacant(path: &Path) -> Result<bool, Failure> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(refused("reading", path)(error)),
    }
}
