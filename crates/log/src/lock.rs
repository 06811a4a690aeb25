//! One process per data directory: a lock that ends with the process, and a note that says who holds it.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::chunk::io_error;
use crate::event_log::LogError;

const FILE: &str = "LOCK";
/// Most bytes of the note that are read.
const NOTE_BYTES_MAX: u64 = 1_000;

/// A directory that nobody else holds, as long as this exists.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

/// Locks a directory for `holder`: a data directory, or one that data is copied to.
///
/// # Errors
/// [`LogError::InUse`] if somebody else holds it, [`LogError::Io`] if the system refuses.
pub fn lock(directory: &Path, holder: &str) -> Result<DirectoryLock, LogError> {
    let path = directory.join(FILE);
    let failed = |doing: &'static str| {
        let path = path.clone();
        move |source| io_error(format!("{doing} {}", path.display()), source)
    };
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed("opening"))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            let holder = noted(&file).map_err(failed("reading"))?;
            return Err(LogError::InUse { dir: directory.display().to_string(), holder });
        }
        Err(errno) => return Err(failed("locking")(errno.into())),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(failed("emptying"))?;
    writeln!(file, "{holder}").map_err(failed("writing"))?;
    Ok(DirectoryLock { _file: file })
}

/// Who holds the directory, if somebody does. Nothing is written; the lock is taken, together with others who only look, for no longer than
/// it takes to find out.
pub(crate) fn holder(directory: &Path) -> Option<String> {
    let file = File::open(directory.join(FILE)).ok()?;
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Err(Errno::WOULDBLOCK) => noted(&file).ok(),
        _ => None,
    }
}

/// What the holder wrote down of itself.
fn noted(file: &File) -> std::io::Result<String> {
    let mut note = Vec::new();
    file.take(NOTE_BYTES_MAX).read_to_end(&mut note)?;
    let note = String::from_utf8_lossy(&note).trim().to_owned();
    Ok(if note.is_empty() { "another process".to_owned() } else { note })
}
