//! What happens to files behind the back of the log.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::suite::random::Random;

/// Bytes that are lost or put back together.
const PAGES: [usize; 2] = [512, 4_096];

/// A kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    FlippedBit,
    ZeroedPage,
    Cut,
    StalePage,
    Swapped,
    Missing,
    Foreign,
    Appended,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::FlippedBit,
        Self::ZeroedPage,
        Self::Cut,
        Self::StalePage,
        Self::Swapped,
        Self::Missing,
        Self::Foreign,
        Self::Appended,
    ];
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Sealed,
    /// And what is derived is gone.
    SealedAlone,
    Open,
    /// And what is derived is gone: nothing but the chunks says how far the log went.
    OpenAlone,
    Index,
    Hashes,
    Other,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sealed => "sealed chunk",
            Self::SealedAlone => "sealed, alone",
            Self::Open => "open chunk",
            Self::OpenAlone => "open, alone",
            Self::Index => "index",
            Self::Hashes => "hashes",
            Self::Other => "other",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FlippedBit => "bit flipped",
            Self::ZeroedPage => "page zeroed",
            Self::Cut => "cut short",
            Self::StalePage => "older page",
            Self::Swapped => "swapped",
            Self::Missing => "missing",
            Self::Foreign => "foreign file",
            Self::Appended => "garbage at end",
        })
    }
}

/// Every file under a directory, as paths within it, in order.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(directory).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// What this file of a directory is for.
pub(crate) fn class(files: &[PathBuf], file: &Path) -> Class {
    let last_chunk = files.iter().rfind(|file| file.starts_with("chunks"));
    match file.iter().next().and_then(|folder| folder.to_str()) {
        Some("chunks") if last_chunk.is_some_and(|last| last == file) => Class::Open,
        Some("chunks") => Class::Sealed,
        Some("index") => Class::Index,
        Some("hashes") => Class::Hashes,
        _ => Class::Other,
    }
}

impl Class {
    /// The same where index and hashes are gone too.
    pub(crate) fn alone(self) -> Option<Self> {
        match self {
            Self::Sealed => Some(Self::SealedAlone),
            Self::Open => Some(Self::OpenAlone),
            _ => None,
        }
    }
}

/// Directories to take from: the log, what it was before, and another log with the same names of files.
pub(crate) struct Sources<'a> {
    pub(crate) now: &'a Path,
    pub(crate) older: &'a [PathBuf],
    pub(crate) other: &'a Path,
}

/// Where one page differs from what it was.
fn stale_page(now: &[u8], older: &[u8], page: usize, random: &mut Random) -> Option<usize> {
    let shared = now.len().min(older.len());
    let differs = |begin: &usize| {
        let end = (begin + page).min(shared);
        now[*begin..end] != older[*begin..end]
    };
    let places: Vec<usize> = (0..shared).step_by(page).filter(differs).collect();
    places.get(random.below(places.len())).copied()
}

/// Replaces a file, whatever its rights.
fn replace(file: &Path, bytes: &[u8]) {
    std::fs::remove_file(file).unwrap();
    std::fs::write(file, bytes).unwrap();
}

/// A place in a file; half of the time among the bytes that are used.
fn place(bytes: &[u8], random: &mut Random) -> usize {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let end = if random.coin() { used } else { bytes.len() };
    random.below(end)
}

/// Does this to the file in `damaged`, a copy of `sources.now`. Gives the files that are not what they were; none where it cannot be done.
pub(crate) fn harm(
    damaged: &Path,
    file: &Path,
    kind: Kind,
    sources: &Sources<'_>,
    random: &mut Random,
) -> Vec<PathBuf> {
    let path = damaged.join(file);
    let before = std::fs::read(&path).unwrap();
    let page = PAGES[random.below(PAGES.len())];
    let mut bytes = before.clone();
    let at = place(&bytes, random);
    match kind {
        Kind::FlippedBit if bytes.is_empty() => {}
        Kind::FlippedBit => bytes[at] ^= 1 << random.below(8),
        Kind::ZeroedPage => {
            let begin = at / page * page;
            let end = (begin + page).min(bytes.len());
            bytes[begin..end].fill(0);
        }
        Kind::Cut => bytes.truncate(at),
        Kind::StalePage => {
            let older = &sources.older[random.below(sources.older.len())];
            let older = std::fs::read(older.join(file)).unwrap_or_default();
            if let Some(begin) = stale_page(&bytes, &older, page, random) {
                let end = (begin + page).min(bytes.len()).min(older.len());
                bytes[begin..end].copy_from_slice(&older[begin..end]);
            }
        }
        Kind::Swapped => {
            let same = |other: &&PathBuf| other.parent() == file.parent() && *other != file;
            let all = files(sources.now);
            let others: Vec<&PathBuf> = all.iter().filter(same).collect();
            let Some(other) = others.get(random.below(others.len())) else { return Vec::new() };
            let theirs = std::fs::read(damaged.join(other)).unwrap();
            replace(&damaged.join(other), &bytes);
            replace(&path, &theirs);
            return vec![file.to_owned(), (*other).clone()];
        }
        Kind::Missing => {
            std::fs::remove_file(&path).unwrap();
            return vec![file.to_owned()];
        }
        Kind::Foreign => {
            bytes = match random.below(3) {
                0 => std::fs::read(sources.other.join(file)).unwrap_or_default(),
                1 => (0..bytes.len()).map(|_| u8::try_from(random.below(256)).unwrap()).collect(),
                _ => Vec::new(),
            };
        }
        Kind::Appended => {
            bytes.extend((0..=random.below(page)).map(|_| u8::try_from(random.below(256)).unwrap()))
        }
    }
    if bytes == before {
        return Vec::new();
    }
    replace(&path, &bytes);
    vec![file.to_owned()]
}
