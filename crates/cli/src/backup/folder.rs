//! A backup in a directory: what is new or changed is added to what is there. It is a log at every moment, whenever it is interrupted.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::source::Source;
use super::{CHUNKS, Copied, create, is_vacant, put, refused, sync};
use crate::exit::{Exit, Failure};
use crate::process::chain;

/// Adds to the backup in `target` what the data directory has more. `check`: what is there of it is read and verified again.
///
/// # Errors
/// If something in either is not as it should be, or `target` is no backup of this log.
pub(crate) fn into_folder(data: &Path, target: &Path, check: bool) -> Result<Copied, Failure> {
    let chunks = target.join(CHUNKS);
    if !chunks.is_dir() && !is_vacant(target)? {
        let what = format!("{} is not empty, and there is no backup in it", target.display());
        return Err(Failure::new(Exit::Failed, what).hint("name another directory, or an empty one"));
    }
    create(&chunks)?;
    if fs::canonicalize(target).ok() == fs::canonicalize(data).ok() {
        return Err(Failure::new(Exit::Failed, format!("{} is the directory itself", target.display())));
    }
    let _held = docket_log::lock_directory(target, &format!("docket backup, process {}", std::process::id()))
        .map_err(|error| Failure::new(Exit::Failed, chain(&error)))?;
    let mut source = Source::new(data)?;
    source.check = check;
    tidy(data, &chunks)?;
    while let Some(part) = source.part()? {
        if !source.is_there(&part, &chunks)? {
            source.copy(&part, |copier, part, event| copier.write_file(part, &chunks, event))?;
        }
    }
    source.finish()?;
    for (name, _, mut bytes) in source.others()? {
        put(&target.join(name), &mut bytes)?;
    }
    sync(target)?;
    Ok(source.copied)
}

/// Removes what an interrupted backup left, after looking whether all chunks that are there are of this log.
fn tidy(data: &Path, chunks: &Path) -> Result<(), Failure> {
    let mut unfinished = Vec::new();
    for entry in fs::read_dir(chunks).map_err(refused("reading", chunks))? {
        let path = entry.map_err(refused("reading", chunks))?.path();
        let name = path.file_name().map_or_else(OsString::new, OsString::from);
        let text = name.to_string_lossy();
        if text.ends_with(".chunk.new") {
            unfinished.push(path);
        } else if text.ends_with(".chunk") && !data.join(CHUNKS).join(&name).exists() {
            let what =
                format!("{} is in the backup, and {} has no such chunk", path.display(), data.display());
            let hint = "the backup is of another log, or the log was put back to an older state: back up into another directory";
            return Err(Failure::new(Exit::Failed, what).hint(hint));
        }
    }
    unfinished.iter().try_for_each(|path| fs::remove_file(path).map_err(refused("removing", path)))
}
