//! The file of a signing key: made once, readable by its owner only.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use docket_proof::{KeyError, Role, SigningKey};
use rustix::rand::{GetRandomFlags, getrandom};
use zeroize::Zeroizing;

/// Most bytes of such a file.
const FILE_BYTES_MAX: u64 = 1024;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The system refused something.
    #[error("{doing} the key {}", .path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Others may read it.
    #[error(
        "the key {} can be read by others (mode {mode:03o}): chmod 600 it, and make a new key if somebody may have read it",
        .path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is no key.
    #[error("{}: {source}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// It is a key for something else.
    #[error("{} is the key of a {found}; what is wanted is that of a {wanted}", .path.display())]
    Role {
        /// The file.
        path: PathBuf,
        /// What it is for.
        found: Role,
        /// What is wanted.
        wanted: Role,
    },
    /// It has another name.
    #[error("the key {} has the name {found:?}, not {wanted:?}: a key keeps its name for ever", .path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// Its name.
        found: String,
        /// What was asked for.
        wanted: String,
    },
}

/// A key, and whether it was made just now.
#[derive(Debug)]
pub struct Loaded {
    /// The key.
    pub key: SigningKey,
    /// Whether it is new: then nobody knows its public half yet.
    pub made: bool,
}

/// Reads the key of a file. If there is none it is made, with this name, durably and with mode 0600. Of two processes that make it at once
/// the first one's stands.
///
/// # Errors
/// [`KeyFileError`]: also if the key that is there is for something else, has another name, or may be read by others.
pub fn load_or_make(path: &Path, role: Role, name: &str) -> Result<Loaded, KeyFileError> {
    let found = load(path, role)?;
    let made = found.is_none();
    let key = match found {
        Some(key) => key,
        None => make(path, role, name)?,
    };
    let found = key.verifier().name();
    if found != name {
        return Err(KeyFileError::Name {
            path: path.to_owned(),
            found: found.to_owned(),
            wanted: name.to_owned(),
        });
    }
    Ok(Loaded { key, made })
}

/// Reads the key of a file, if there is one.
///
/// # Errors
/// [`KeyFileError`]: also if the key is for something else, or may be read by others.
pub fn load(path: &Path, role: Role) -> Result<Option<SigningKey>, KeyFileError> {
    let fault = io_error("reading", path);
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error)),
    };
    let mode = file.metadata().map_err(&fault)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    Read::by_ref(&mut file).take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(&fault)?;
    let key = SigningKey::parse(&text);
    let key = key.map_err(|source| KeyFileError::Key { path: path.to_owned(), source })?;
    match key.verifier().role() {
        found if found == role => Ok(Some(key)),
        found => Err(KeyFileError::Role { path: path.to_owned(), found, wanted: role }),
    }
}

/// Makes a key and its file.
fn make(path: &Path, role: Role, name: &str) -> Result<SigningKey, KeyFileError> {
    let fault = io_error("making", path);
    let mut secret = Zeroizing::new([0; 32]);
    getrandom(secret.as_mut_slice(), GetRandomFlags::empty()).map_err(|errno| fault(errno.into()))?;
    let key = SigningKey::new(role, name, &secret);
    let key = key.map_err(|source| KeyFileError::Key { path: path.to_owned(), source })?;
    write(path, &key).map_err(&fault)?;
    // What stands there now is the key, if another process was faster.
    Ok(load(path, role)?.unwrap_or(key))
}

/// Writes the key beside its file and gives it the name only when it is whole.
fn write(path: &Path, key: &SigningKey) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".new-{}", uuid::Uuid::new_v4()));
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).and_then(|mut file| {
            writeln!(file, "{}", key.to_text().as_str())?;
            file.sync_all()?;
            // Unlike a rename this never takes the place of a key that is there.
            match std::fs::hard_link(&beside, path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => Ok(()),
            }
        });
    let removed = std::fs::remove_file(&beside);
    written.and(removed)?;
    File::open(directory)?.sync_all()
}

fn io_error(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> KeyFileError {
    let path = path.to_owned();
    move |source| KeyFileError::Io { doing, path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_only_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        assert!(load(&path, Role::Log).unwrap().is_none());
        let first = load_or_make(&path, Role::Log, "docket.example/log").unwrap();
        assert!(first.made);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let again = load_or_make(&path, Role::Log, "docket.example/log").unwrap();
        assert!(!again.made);
        assert_eq!(first.key.to_text(), again.key.to_text());
        let names: Vec<_> =
            std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["key"], "nothing is left beside it");
        let other = load_or_make(&directory.path().join("other"), Role::Log, "docket.example/log").unwrap();
        assert_ne!(other.key.verifier(), first.key.verifier());
    }

    #[test]
    fn keys_made_at_once_are_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let make = || load_or_make(&path, Role::Log, "docket.example/log").unwrap().key.to_text();
        let texts: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(texts.windows(2).all(|two| two[0] == two[1]));
    }

    #[test]
    fn a_key_that_is_not_the_one_wanted_is_refused_with_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let key = load_or_make(&path, Role::Log, "docket.example/log").unwrap().key;
        let said = |result: Result<Loaded, KeyFileError>| result.unwrap_err().to_string();
        let again = |role, name| load_or_make(&path, role, name);
        assert!(said(again(Role::Log, "docket.example/b")).ends_with("a key keeps its name for ever"));
        assert!(
            said(again(Role::Witness, "docket.example/log"))
                .contains("is the key of a log; what is wanted is that of a witness")
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(
            said(again(Role::Log, "docket.example/log"))
                .contains("can be read by others (mode 640): chmod 600")
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, &key.to_text().as_str()[..80]).unwrap();
        assert!(said(again(Role::Log, "docket.example/log")).contains("this is no signing key"));
        assert!(
            said(load_or_make(&directory.path().join("b"), Role::Log, "a b"))
                .contains("cannot be the name of a key")
        );
        assert!(
            said(load_or_make(&directory.path().join("no/b"), Role::Log, "a")).starts_with("making the key")
        );
    }
}
