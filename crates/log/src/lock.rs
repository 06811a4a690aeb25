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

/// Held as long as it exists.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

/// Locks the directory for `holder`.
pub(crate) fn lock(directory: &Path, holder: &str) -> Result<DirectoryLock, LogError> {
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
            let mut note = Vec::new();
            file.take(NOTE_BYTES_MAX).read_to_end(&mut note).map_err(failed("reading"))?;
            let note = String::from_utf8_lossy(&note).trim().to_owned();
            let holder = if note.is_empty() { "another process".to_owned() } else { note };
            return Err(LogError::InUse { dir: directory.display().to_string(), holder });
        }
        Err(errno) => return Err(failed("locking")(errno.into())),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(failed("emptying"))?;
    writeln!(file, "{holder}").map_err(failed("writing"))?;
    Ok(DirectoryLock { _file: file })
}
