//! The keys of a log: the one that signs its checkpoints, and the public halves of all that ever did.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use docket_proof::{KeyError, Role, SigningKey, VerifierKey};
use uuid::Uuid;

use crate::key_file::{self, KeyFileError};

/// The private key, in the folder `keys` of the data directory unless the configuration says otherwise.
pub const KEY_FILE: &str = "checkpoint.key";
/// The public halves of all keys that ever signed for this log, one a line, oldest first.
pub const PUBLIC_FILE: &str = "checkpoint.pub";
const FOLDER: &str = "keys";

/// The keys of a log.
#[derive(Debug)]
pub struct Keys {
    /// The one that signs.
    pub(crate) signing: SigningKey,
    /// All that ever did, oldest first; the last is that of `signing`.
    pub(crate) verifiers: Vec<VerifierKey>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The private key.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The public keys cannot be read or written.
    #[error("{doing} {}", .path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A line of the public keys is none.
    #[error("{}, line {line}", .path.display())]
    Public {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Why not.
        #[source]
        source: KeyError,
    },
}

impl Keys {
    /// Reads the keys of the log in this data directory, or makes one. `key_file` and `origin` are those of the configuration.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn load(
        data_dir: &Path,
        key_file: Option<&Path>,
        origin: Option<&str>,
        log_id: [u8; 16],
    ) -> Result<Self, KeysError> {
        let folder = data_dir.join(FOLDER);
        fs::create_dir_all(&folder).map_err(io("creating", &folder))?;
        let path = key_file.map_or_else(|| folder.join(KEY_FILE), Path::to_owned);
        let there = key_file::load(&path, Role::Log)?;
        let usual = || format!("docket/{}", Uuid::from_bytes(log_id));
        let name = origin.map_or_else(
            || there.as_ref().map_or_else(usual, |key| key.verifier().name().to_owned()),
            str::to_owned,
        );
        let key_file::Loaded { key: signing, made } = key_file::load_or_make(&path, Role::Log, &name)?;
        if made {
            tracing::info!(key = %signing.verifier(), file = %path.display(), "made the key that signs checkpoints");
        }
        let public = folder.join(PUBLIC_FILE);
        let mut verifiers = read_public(&public)?;
        if verifiers.last() != Some(signing.verifier()) {
            verifiers.retain(|key| key != signing.verifier());
            verifiers.push(signing.verifier().clone());
            write_public(&public, &verifiers).map_err(io("writing", &public))?;
        }
        Ok(Self { signing, verifiers })
    }

    /// The public half of the key that signs.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        self.signing.verifier()
    }

    /// What checkpoints name as their origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.signing.verifier().name()
    }
}

fn io<'a>(doing: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> KeysError + 'a {
    move |source| KeysError::Io { doing, path: path.to_owned(), source }
}

fn read_public(path: &Path) -> Result<Vec<VerifierKey>, KeysError> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(io("reading", path))?,
    };
    let wrong = |line, source| KeysError::Public { path: path.to_owned(), line, source };
    let lines = (1..).zip(text.lines());
    lines.map(|(line, text)| VerifierKey::parse(text).map_err(|source| wrong(line, source))).collect()
}

/// Writes a file that is there whole or not at all, also after a power cut.
fn write_public(path: &Path, keys: &[VerifierKey]) -> std::io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut file = File::create(&unfinished)?;
    keys.iter().try_for_each(|key| writeln!(file, "{key}"))?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const LOG: [u8; 16] = [7; 16];

    #[test]
    fn a_key_is_made_once_for_this_user_alone_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let made = Keys::load(folder.path(), None, None, LOG).unwrap();
        assert_eq!(made.origin(), "docket/07070707-0707-0707-0707-070707070707");
        let path = folder.path().join("keys/checkpoint.key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Keys::load(folder.path(), None, None, LOG).unwrap();
        assert_eq!(again.verifiers, made.verifiers);
        assert_eq!(again.signing.verifier(), made.signing.verifier());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Keys::load(folder.path(), None, None, LOG).unwrap_err();
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    fn after_a_rotation_the_old_key_stays_listed() {
        let folder = tempfile::tempdir().unwrap();
        let old = Keys::load(folder.path(), None, Some("docket.example/log"), LOG).unwrap();
        fs::remove_file(folder.path().join("keys/checkpoint.key")).unwrap();
        let new = Keys::load(folder.path(), None, Some("docket.example/log"), LOG).unwrap();
        assert_ne!(new.signing.verifier(), old.signing.verifier());
        let expected = [old.signing.verifier().clone(), new.signing.verifier().clone()];
        assert_eq!(new.verifiers, expected);
    }

    #[test]
    fn a_key_of_another_log_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Keys::load(folder.path(), None, Some("docket.example/log"), LOG).unwrap();
        let refused = Keys::load(folder.path(), None, Some("docket.example/other"), LOG).unwrap_err();
        assert!(refused.to_string().contains("not \"docket.example/other\""), "{refused}");
    }
}
