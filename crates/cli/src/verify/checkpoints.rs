//! The checkpoints of a data directory, and the one that the auditor kept: who signed them, and whether the events have their roots.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek, SeekFrom};
use std::path::Path;

use docket_domain::Position;
use docket_log::Problem;
use docket_proof::{Checkpoint, EMPTY_ROOT, Frontier, Hash, KeyId, SignedCheckpoint, VerifierKey};
use docket_server::proof::{Demands, RECORD_LEN_MAX, RECORD_LINE_MAX, is_cut_off, record_line};

use crate::exit::{Exit, Failure};
use crate::process::chain;

/// The file of checkpoints in a data directory.
pub(crate) const CHECKPOINTS: &str = "checkpoints/log";
/// The file of public keys in a data directory.
pub(crate) const PUBLIC_KEYS: &str = "keys/checkpoint.pub";

/// What somebody signed.
#[derive(Clone, Copy, Debug)]
struct Signed {
    size: u64,
    root: Hash,
    /// Where it was read: in the file of checkpoints, or `None` for the one that was kept.
    offset: Option<u64>,
}

/// Checkpoints whose signatures were verified, waiting for the events.
#[derive(Debug, Default)]
pub(crate) struct Checkpoints {
    /// By size.
    signed: Vec<Signed>,
    /// How many of them were compared, or could not be.
    done: usize,
    kept: String,
    /// Offset after the last record of the file.
    pub(crate) end: u64,
    /// How many records the file has.
    pub(crate) count: u64,
    /// The largest that the file has.
    pub(crate) largest: u64,
    /// Who signed that one.
    pub(crate) signer: Option<(String, KeyId)>,
    /// The largest that enough witnesses cosigned.
    pub(crate) cosigned: Option<u64>,
    /// Checkpoints with the root of the events that they cover.
    pub(crate) agreeing: u64,
}

/// What is told on the way.
pub(crate) enum Told {
    Problem(Problem),
    Note(String),
}

impl Checkpoints {
    /// Reads and verifies the checkpoints of a directory, and the one that was kept.
    ///
    /// # Errors
    /// If a file cannot be read, or the one that was kept is not to be believed.
    pub(crate) fn read(
        directory: &Path,
        kept: Option<&Path>,
        demands: &Demands,
        tell: &mut dyn FnMut(Told),
    ) -> Result<Self, Failure> {
        let mut checkpoints = Self::default();
        if let Some(path) = kept {
            checkpoints.keep(path, demands)?;
        }
        let path = directory.join(CHECKPOINTS);
        match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&path, &error)),
            Ok(file) => {
                let read = checkpoints.records(BufReader::new(file), demands, tell);
                read.map_err(|error| unreadable(&path, &error))?;
            }
        }
        // One of a size is as good as another; each size was compared with those before it.
        checkpoints.signed.sort_by_key(|signed| (signed.size, signed.offset));
        if checkpoints.count > 0 && demands.required > 0 && checkpoints.cosigned.is_none() {
            let what = format!("no checkpoint is cosigned by {} of the witnesses named", demands.required);
            tell(Told::Problem(of_file(None, None, what)));
        }
        Ok(checkpoints)
    }

    /// Takes the checkpoint that was kept.
    fn keep(&mut self, path: &Path, demands: &Demands) -> Result<(), Failure> {
        let note = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        let refused = |why: String| Failure::new(Exit::Wrong, format!("{}: {why}", path.display()));
        let signed = SignedCheckpoint::open(&note, &demands.keys).map_err(|error| refused(chain(&error)))?;
        if 0 < demands.required {
            let cosigned = signed.cosigned(&demands.witnesses, demands.required);
            cosigned.map_err(|error| refused(chain(&error)))?;
        }
        let Checkpoint { size, root, .. } = *signed.checkpoint();
        self.kept = path.display().to_string();
        self.signed.push(Signed { size, root, offset: None });
        Ok(())
    }

    /// Reads the records of the file, as far as it goes now. Where one cannot be read it goes on at the next; what an append leaves at the end
    /// that was cut off is only noted.
    fn records(
        &mut self,
        mut file: impl BufRead + Seek,
        demands: &Demands,
        tell: &mut dyn FnMut(Told),
    ) -> io::Result<()> {
        let end = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let mut trouble = None;
        let mut offset = 0;
        while offset < end {
            let mut line = Vec::new();
            let most = (RECORD_LINE_MAX as u64).min(end - offset);
            file.by_ref().take(most).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                break;
            }
            let begin = offset;
            offset += line.len() as u64;
            let Some((length, crc)) = record_line(&line) else {
                trouble.get_or_insert((begin, "no record begins here"));
                continue;
            };
            let mut note = Vec::new();
            file.by_ref().take((length as u64).min(end - offset)).read_to_end(&mut note)?;
            if note.len() != length || crc32fast::hash(&note) != crc {
                trouble.get_or_insert((begin, "the record does not have the checksum that it says"));
                file.seek(SeekFrom::Start(offset))?;
                continue;
            }
            offset += length as u64;
            if let Some((begin, what)) = trouble.take() {
                tell(Told::Problem(of_file(Some(begin), None, what.to_owned())));
            }
            self.end = offset;
            if let Err(what) = self.record(&note, begin, demands) {
                tell(Told::Problem(of_file(Some(begin), None, what)));
            }
        }
        let Some((begin, what)) = trouble else { return Ok(()) };
        let mut rest = Vec::new();
        file.seek(SeekFrom::Start(begin))?;
        file.take((offset - begin).min(RECORD_LEN_MAX as u64)).read_to_end(&mut rest)?;
        tell(if is_cut_off(&rest) {
            let bytes = rest.len();
            Told::Note(format!(
                "{CHECKPOINTS} ends with {bytes} bytes of a record that was cut off or is being written"
            ))
        } else {
            Told::Problem(of_file(Some(begin), None, what.to_owned()))
        });
        Ok(())
    }

    fn record(&mut self, note: &[u8], offset: u64, demands: &Demands) -> Result<(), String> {
        let signed = SignedCheckpoint::open(note, &demands.keys).map_err(|error| chain(&error))?;
        let Checkpoint { size, root, origin } = signed.checkpoint().clone();
        self.count += 1;
        if self.largest <= size {
            self.largest = size;
            self.signer = Some((origin, signed.signer()));
        }
        if 0 < demands.required && signed.cosigned(&demands.witnesses, demands.required).is_ok() {
            self.cosigned = self.cosigned.max(Some(size));
        }
        self.signed.push(Signed { size, root, offset: Some(offset) });
        Ok(())
    }

    /// Compares those that go up to this position, of which the tree is known, or is not.
    pub(crate) fn event(
        &mut self,
        position: Position,
        tree: Option<&Frontier>,
        problem: &mut dyn FnMut(Problem),
    ) {
        let mut root = None;
        while let Some(signed) = self.signed.get(self.done).filter(|signed| signed.size <= position.0) {
            let size = signed.size;
            let found = match tree {
                _ if size == 0 => Some(EMPTY_ROOT),
                Some(tree) if size == position.0 => Some(*root.get_or_insert_with(|| tree.root())),
                _ => None,
            };
            match found {
                Some(root) if root == signed.root => self.agreeing += 1,
                Some(_) => problem(self.told(
                    *signed,
                    format!(
                        "the events up to position {size} are not those that the checkpoint was signed for"
                    ),
                )),
                None => problem(self.told(
                    *signed,
                    format!("events up to position {size} cannot be read: the checkpoint cannot be compared"),
                )),
            }
            self.done += 1;
        }
    }

    /// Whether one ends with the event at this position.
    pub(crate) fn has(&self, position: Position) -> bool {
        self.signed.binary_search_by_key(&position.0, |signed| signed.size).is_ok()
    }

    /// Leaves out those that go up to this position or less.
    pub(crate) fn skip(&mut self, position: Position) {
        self.done = self.signed.partition_point(|signed| signed.size <= position.0).max(self.done);
    }

    /// Those that are left cover events that are not there.
    pub(crate) fn finish(&mut self, last: u64, problem: &mut dyn FnMut(Problem)) {
        let left = self.signed.split_off(self.done);
        if let Some(kept) = left.iter().find(|signed| signed.offset.is_none()) {
            let what =
                format!("the checkpoint covers {} events, here are {last}: events are gone", kept.size);
            problem(self.told(*kept, what));
        }
        let (count, largest) = left
            .iter()
            .filter(|signed| signed.offset.is_some())
            .fold((0_u64, 0), |(count, largest), signed| (count + 1, signed.size.max(largest)));
        if 0 < count {
            let what = format!(
                "{count} checkpoints cover more events than are here, {largest} where there are {last}: events are gone"
            );
            problem(of_file(None, Some((last + 1, largest)), what));
        }
    }

    fn told(&self, signed: Signed, what: String) -> Problem {
        match signed.offset {
            Some(offset) => of_file(Some(offset), Some((1, signed.size)), what),
            None => Problem { file: self.kept.clone(), ..of_file(None, Some((1, signed.size)), what) },
        }
    }
}

fn of_file(offset: Option<u64>, positions: Option<(u64, u64)>, what: String) -> Problem {
    let positions = positions.map(|(first, last)| (Position(first), Position(last)));
    Problem { file: CHECKPOINTS.to_owned(), offset, positions, what }
}

/// The public keys that a directory lists; none where there is no such file.
///
/// # Errors
/// If the file cannot be read, or a line of it is no key.
pub(crate) fn listed_keys(directory: &Path) -> Result<Vec<VerifierKey>, Failure> {
    let path = directory.join(PUBLIC_KEYS);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(|error| unreadable(&path, &error))?,
    };
    let key = |line: &str| {
        VerifierKey::parse(line)
            .map_err(|error| Failure::new(Exit::Wrong, format!("{}: {}", path.display(), chain(&error))))
    };
    text.lines().map(key).collect()
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{} cannot be read: {error}", path.display()))
}
