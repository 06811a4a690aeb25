//! The key that signs checkpoints: made on first start, read by nobody else, its public half kept for ever.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use docket_proof::{KeyError, Role, SigningKey, VerifierKey};
use uuid::Uuid;

/// The private key, in the folder `keys` of the data directory unless the configuration says otherwise.
pub const KEY_FILE: &str = "checkpoint.key";
/// The public halves of all keys that ever signed for this log, one a line, oldest first.
pub const PUBLIC_FILE: &str = "checkpoint.pub";
const FOLDER: &str = "keys";
/// Longest key file, in bytes.
const FILE_LEN_MAX: u64 = 4_096;

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
    /// The system refuses.
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
    /// The private key can be read by others.
    #[error("{} can be read by others (mode {mode:04o}): chmod 600 it, or make another key if someone may have", .path.display())]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file holds no key.
    #[error("{} holds no key", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: KeyError,
    },
    /// The key is another log's.
    #[error("the key in {} signs for {found}, this log is {origin}: name the right key, or set origin", .path.display())]
    Origin {
        /// The file.
        path: PathBuf,
        /// What the key is named.
        found: String,
        /// What the log is named.
        origin: String,
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
        let signing = if path.exists() { read(&path)? } else { make(&path, origin, log_id)? };
        let found = signing.verifier().name();
        if let Some(origin) = origin.filter(|origin| *origin != found) {
            return Err(KeysError::Origin { path, found: found.to_owned(), origin: origin.to_owned() });
        }
        let public = folder.join(PUBLIC_FILE);
        let mut verifiers = read_public(&public)?;
        if verifiers.last() != Some(signing.verifier()) {
            verifiers.retain(|key| key != signing.verifier());
            verifiers.push(signing.verifier().clone());
            let text: String = verifiers.iter().map(|key| format!("{key}\n")).collect();
            write(&public, text.as_bytes(), 0o644)?;
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

fn read_short(path: &Path) -> Result<String, KeysError> {
    if fs::metadata(path).map_err(io("reading", path))?.len() > FILE_LEN_MAX * 64 {
        let source = std::io::Error::other("it is too long for a file of keys");
        return Err(io("reading", path)(source));
    }
    fs::read_to_string(path).map_err(io("reading", path))
}

fn read(path: &Path) -> Result<SigningKey, KeysError> {
    let mode = fs::metadata(path).map_err(io("reading", path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeysError::Readable { path: path.to_owned(), mode });
    }
    let text = zeroize::Zeroizing::new(read_short(path)?);
    SigningKey::parse(text.trim()).map_err(|source| KeysError::Key { path: path.to_owned(), source })
}

fn make(path: &Path, origin: Option<&str>, log_id: [u8; 16]) -> Result<SigningKey, KeysError> {
    let origin = origin.map_or_else(|| format!("docket/{}", Uuid::from_bytes(log_id)), str::to_owned);
    let mut secret = zeroize::Zeroizing::new([0; 32]);
    File::open("/dev/urandom")
        .and_then(|mut random| std::io::Read::read_exact(&mut random, secret.as_mut()))
        .map_err(io("making a key for", path))?;
    let key = SigningKey::new(Role::Log, &origin, &secret)
        .map_err(|source| KeysError::Key { path: path.to_owned(), source })?;
    write(path, format!("{}\n", *key.to_text()).as_bytes(), 0o600)?;
    tracing::info!(key = %key.verifier(), file = %path.display(), "made the key that signs checkpoints");
    Ok(key)
}

fn read_public(path: &Path) -> Result<Vec<VerifierKey>, KeysError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let wrong = |source| KeysError::Key { path: path.to_owned(), source };
    read_short(path)?.lines().map(|line| VerifierKey::parse(line).map_err(wrong)).collect()
}

/// Writes a file that is there whole or not at all, also after a power cut.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeysError> {
    let unfinished = path.with_extension("new");
    let failed = io("writing", path);
    // Left over from a start that was cut off.
    let _ = fs::remove_file(&unfinished);
    let mut file =
        File::options().write(true).create_new(true).mode(mode).open(&unfinished).map_err(&failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(&failed)?;
    fs::rename(&unfinished, path).map_err(&failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(&failed)
}

#[cfg(test)]
mod tests {
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
        assert!(matches!(refused, KeysError::Origin { .. }), "{refused}");
    }
}
