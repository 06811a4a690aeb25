//! What a witness must never forget, in its directory: the last checkpoint that it cosigned, and what speaks against a log.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use docket_proof::{Checkpoint, CheckpointError, EMPTY_ROOT, NOTE_BYTES_MAX, SignedCheckpoint, VerifierKey};

/// Held while the process runs.
const LOCK: &str = "LOCK";
/// The last cosigned checkpoint, or [`NOTHING_YET`].
const CHECKPOINT: &str = "checkpoint";
/// Where two histories of one length are kept.
const EVIDENCE: &str = "evidence";
/// What stands in the file before the first checkpoint. An empty file is damage.
const NOTHING_YET: &str = "nothing cosigned yet\n";
/// Most files of evidence; more would prove no more.
const EVIDENCE_FILES_MAX: usize = 1_000;

/// The directory of a witness, held by this process.
#[derive(Debug)]
pub(crate) struct Kept {
    directory: PathBuf,
    seen: Checkpoint,
    /// The text of what was seen; nothing before the first.
    note: Option<String>,
    /// Whether a write failed: what is on disk is not known since.
    broken: bool,
    _lock: File,
}

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    /// The system refused something.
    #[error("{doing} {}", .path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Another process has it.
    #[error("{} is in use by another docket witness", .0.display())]
    InUse(PathBuf),
    /// The checkpoint is gone, though the witness has a key.
    #[error(
        "{} is missing, though this witness has a key: it would cosign any history anew. Put the file back; if it is lost, begin anew in \
         another directory with another key, and tell those who rely on this one",
        .0.display()
    )]
    Missing(PathBuf),
    /// The checkpoint is not what was written.
    #[error(
        "{}: {source}. It is what this witness cosigned last: put it right (or list the log's older key too), or begin anew in another \
         directory with another key",
        .path.display()
    )]
    Damaged { path: PathBuf, source: CheckpointError },
    /// A write failed before.
    #[error("nothing is cosigned any more, as a write to {} failed: see to the disk, then restart", .0.display())]
    Broken(PathBuf),
}

impl Kept {
    /// Takes the directory, making it if it is not there. `begun` says whether the witness has a key already, so must have a checkpoint.
    pub(crate) fn open(
        directory: &Path,
        origin: &str,
        log_keys: &[VerifierKey],
        begun: bool,
    ) -> Result<Self, KeepError> {
        make_directory(directory)?;
        let lock = take(directory)?;
        let path = directory.join(CHECKPOINT);
        let text = match read(&path)? {
            Some(text) => text,
            None if begun => return Err(KeepError::Missing(path)),
            None => {
                replace(directory, CHECKPOINT, NOTHING_YET)?;
                NOTHING_YET.to_owned()
            }
        };
        let damaged = |source| KeepError::Damaged { path: path.clone(), source };
        let (seen, note) = if text == NOTHING_YET {
            (Checkpoint::new(origin, 0, EMPTY_ROOT).map_err(damaged)?, None)
        } else {
            let signed = SignedCheckpoint::open(text.as_bytes(), log_keys).map_err(damaged)?;
            (signed.checkpoint().clone(), Some(text))
        };
        Ok(Self { directory: directory.to_owned(), seen, note, broken: false, _lock: lock })
    }

    /// The last checkpoint that was cosigned; before the first, that of the empty log.
    pub(crate) fn seen(&self) -> &Checkpoint {
        &self.seen
    }

    /// Remembers a checkpoint, durably. Only then may its cosignature be given out. After a failure nothing is remembered any more: a file
    /// system that failed once does not say what it holds.
    pub(crate) fn remember(&mut self, cosigned: &SignedCheckpoint) -> Result<(), KeepError> {
        if self.broken {
            return Err(KeepError::Broken(self.directory.join(CHECKPOINT)));
        }
        if self.note.is_some() && self.seen == *cosigned.checkpoint() {
            return Ok(());
        }
        let note = cosigned.to_string();
        self.broken = true;
        replace(&self.directory, CHECKPOINT, &note)?;
        self.broken = false;
        self.seen = cosigned.checkpoint().clone();
        self.note = Some(note);
        Ok(())
    }

    /// Keeps a checkpoint of the same length with another root, beside the one that was cosigned; `None` if that was done before, or there
    /// is more than enough of it.
    pub(crate) fn keep_evidence(&self, other: &SignedCheckpoint) -> Result<Option<PathBuf>, KeepError> {
        let directory = self.directory.join(EVIDENCE);
        make_directory(&directory)?;
        let Checkpoint { origin, size, root } = other.checkpoint();
        let short: String = root.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("two-histories-of-{size}-{short}.txt");
        let path = directory.join(&name);
        let there = fs::read_dir(&directory).map_err(io_error("reading", &directory))?.count();
        if path.exists() || EVIDENCE_FILES_MAX <= there {
            return Ok(None);
        }
        let cosigned = self.note.as_deref().unwrap_or_default();
        let text = format!(
            "The log {origin} has signed two different histories of {size} events. Each of the two checkpoints below bears its\n\
             signature; their roots differ. The first is the one that this witness cosigned.\n\n{cosigned}\n----\n\n{other}"
        );
        replace(&directory, &name, &text)?;
        Ok(Some(path))
    }
}

/// The lock of the directory, as long as the file is open.
fn take(directory: &Path) -> Result<File, KeepError> {
    let path = directory.join(LOCK);
    let file = File::options().write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(io_error("opening", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(KeepError::InUse(directory.to_owned())),
        Err(TryLockError::Error(error)) => Err(io_error("locking", &path)(error)),
    }
}

/// Makes a directory, and those that it lies in, to stay.
fn make_directory(path: &Path) -> Result<(), KeepError> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_directory(parent)?;
    fs::create_dir(path).map_err(io_error("making", path))?;
    sync_directory(parent)
}

/// The text of a file, if there is one; of a file that is too long, as much as shows it.
fn read(path: &Path) -> Result<Option<String>, KeepError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(NOTE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("reading", path)(error)),
    }
}

/// Puts a text in the place of a file: afterwards the one or the other is there, whole, whatever happens.
fn replace(directory: &Path, name: &str, text: &str) -> Result<(), KeepError> {
    let (path, beside) = (directory.join(name), directory.join(format!("{name}.new")));
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(io_error("writing", &beside))?;
    fs::rename(&beside, &path).map_err(io_error("renaming to", &path))?;
    sync_directory(directory)
}

fn sync_directory(path: &Path) -> Result<(), KeepError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(io_error("syncing", path))
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeepError {
    let path = path.to_owned();
    move |source| KeepError::Io { doing, path, source }
}
