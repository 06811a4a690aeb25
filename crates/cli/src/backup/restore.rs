//! Makes a data directory of a backup. It appears under its name when it is whole and verified, and never in the place of anything.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use docket_server::proof::Demands;

use super::source::Source;
use super::tape::unpack;
use super::{CHUNKS, create, is_vacant, put, refused, sync};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::verify::{Found, find, wrong};

/// Bytes of a tar that are read at once.
const READ_BYTES: usize = 1 << 20;

/// Where a backup is.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// In a directory, or in a tar file.
    Path(PathBuf),
    /// A tar that comes by standard input.
    Input,
}

/// Restores a backup as the data directory `data`, which is not there or empty, and says what was verified.
///
/// # Errors
/// If something is there; if something in the backup is not as it should be: then nothing is restored.
pub(crate) fn restore(
    origin: &Origin,
    data: &Path,
    kept: Option<&Path>,
    demands: &Demands,
    out: &mut Out,
) -> Result<Found, Failure> {
    if !is_vacant(data)? {
        let what = format!("{} is there and not empty: nothing is overwritten", data.display());
        return Err(Failure::new(Exit::Failed, what).hint("name a directory that is not there yet"));
    }
    let mut beside = data.as_os_str().to_owned();
    beside.push(OsString::from(".restoring"));
    let beside = PathBuf::from(beside);
    if !is_vacant(&beside)? {
        let what = format!("{} is left of a restore that was interrupted, or is under way", beside.display());
        return Err(Failure::new(Exit::Failed, what).hint("remove it if no restore is under way"));
    }
    create(&beside.join(CHUNKS))?;
    let found = fill(origin, &beside).and_then(|()| find(&beside, kept, demands, out));
    let found = found.and_then(|found| match found.problems {
        0 => Ok(found),
        problems => Err(wrong(&beside, problems)),
    });
    let found = match found {
        Ok(found) => found,
        Err(failure) => {
            // Ours alone: it was made above.
            fs::remove_dir_all(&beside).map_err(refused("removing", &beside))?;
            return Err(Failure { message: format!("{}; nothing was restored", failure.message), ..failure });
        }
    };
    fs::rename(&beside, data).map_err(refused("naming", data))?;
    sync(data.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    Ok(found)
}

/// Copies a backup into a directory.
fn fill(origin: &Origin, to: &Path) -> Result<(), Failure> {
    match origin {
        Origin::Input => unpack(BufReader::with_capacity(READ_BYTES, io::stdin()), to),
        Origin::Path(path) if path.is_dir() => {
            let mut source = Source::new(path)?;
            let chunks = to.join(CHUNKS);
            while let Some(part) = source.part()? {
                source.copy(&part, |copier, part, event| copier.write_file(part, &chunks, event))?;
            }
            source.finish()?;
            for (name, _, mut bytes) in source.others()? {
                put(&to.join(name), &mut bytes)?;
            }
            sync(to)
        }
        Origin::Path(path) => {
            let file = File::open(path).map_err(refused("opening", path))?;
            unpack(BufReader::with_capacity(READ_BYTES, file), to)
        }
    }
}
