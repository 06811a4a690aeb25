//! Files without a log: what the disk and the system take by themselves.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate};
use sha2::{Digest as _, Sha256};

use super::room::failed;
use crate::exit::Failure;

/// Room that is reserved before anything is written.
pub(super) const RESERVED_BYTES: u64 = 512 << 20;
/// Bytes that are read at once.
const READ_BYTES: usize = 256 << 10;
/// Bytes of a chunk's header.
const HEADER_BYTES: u64 = 64;

/// Writes so many bytes and syncs them, again and again, into room that was reserved; how often a second.
pub(crate) fn commits(path: &Path, bytes: usize, time: Duration) -> Result<f64, Failure> {
    let work = || -> io::Result<f64> {
        let file = reserved(path)?;
        let piece = vec![0xa5; bytes];
        let (mut offset, mut done) = (0, 0.0);
        let begun = Instant::now();
        while begun.elapsed() < time && offset + bytes as u64 <= RESERVED_BYTES {
            file.write_all_at(&piece, offset)?;
            file.sync_data()?;
            offset += bytes as u64;
            done += 1.0;
        }
        let rate = done / begun.elapsed().as_secs_f64();
        drop(file);
        std::fs::remove_file(path)?;
        Ok(rate)
    };
    work().map_err(|error| failed("writing", path)(&error))
}

/// A new file with room that is reserved.
pub(super) fn reserved(path: &Path) -> io::Result<File> {
    let file = File::options().write(true).create(true).truncate(true).open(path)?;
    fallocate(&file, FallocateFlags::empty(), 0, RESERVED_BYTES)?;
    file.sync_all()?;
    Ok(file)
}

/// How often a second one thread hashes so many bytes as the log hashes an event: the other part of a commit that cannot be left out.
pub(crate) fn hashes(bytes: usize, time: Duration) -> f64 {
    let piece = vec![0xa5; bytes];
    let (begun, mut done) = (Instant::now(), 0.0);
    while begun.elapsed() < time {
        for _ in 0..1_000 {
            std::hint::black_box(Sha256::new().chain_update([0]).chain_update(&piece).finalize());
        }
        done += 1_000.0;
    }
    done / begun.elapsed().as_secs_f64()
}

/// The chunk files of a log, in order.
fn chunks(data: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = data.join("chunks");
    let list = || -> io::Result<Vec<PathBuf>> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "chunk"));
        paths.sort();
        Ok(paths)
    };
    list().map_err(|error| failed("listing", &folder)(&error))
}

/// The bytes of a chunk up to the last that is not zero; beyond it is reserved room.
fn used(path: &Path) -> Result<u64, Failure> {
    let mut last = 0;
    let mut offset = 0;
    read(path, u64::MAX, |piece| {
        if let Some(place) = piece.iter().rposition(|byte| *byte != 0) {
            last = offset + place as u64 + 1;
        }
        offset += piece.len() as u64;
    })?;
    Ok(last)
}

/// The bytes that frames take in all chunks of a log.
pub(crate) fn frame_bytes(data: &Path) -> Result<u64, Failure> {
    let (chunks, bytes) = used_chunks(data)?;
    Ok(bytes.saturating_sub(HEADER_BYTES * chunks.len() as u64))
}

/// The chunks of a log with the bytes that are used of each, and how many that is in all.
pub(crate) fn used_chunks(data: &Path) -> Result<(Vec<(PathBuf, u64)>, u64), Failure> {
    let chunks: Vec<(PathBuf, u64)> = chunks(data)?
        .into_iter()
        .map(|path| used(&path).map(|used| (path, used)))
        .collect::<Result<_, Failure>>()?;
    let bytes = chunks.iter().map(|(_, used)| used).sum();
    Ok((chunks, bytes))
}

/// Reads the chunks of a log front to back, a checksum over each `piece` bytes; gives the checksum of the checksums.
pub(crate) fn read_checked(chunks: &[(PathBuf, u64)], piece: usize) -> Result<u32, Failure> {
    let mut all = crc32fast::Hasher::new();
    for (path, length) in chunks {
        read(path, *length, |bytes| {
            for piece in bytes.chunks(piece) {
                all.update(&crc32fast::hash(piece).to_le_bytes());
            }
        })?;
    }
    Ok(all.finalize())
}

/// Reads the chunks of a log frame by frame, and compares the checksum of each event where its frame says that it is; decodes nothing. Tells how many
/// events there are.
pub(crate) fn read_framed(chunks: &[(PathBuf, u64)]) -> Result<u64, Failure> {
    let mut events = 0;
    for (path, length) in chunks {
        let mut work = || -> io::Result<()> {
            let file = File::open(path)?;
            let (mut offset, mut bytes) = (HEADER_BYTES, vec![0; READ_BYTES]);
            while offset < *length {
                let read = file.read_at(&mut bytes, offset)?;
                let (mut rest, mut taken) = (bytes.get(..read).unwrap_or_default(), 0);
                while let Some((frame, after)) = frame(rest) {
                    events += checked(frame)?;
                    (rest, taken) = (after, taken + frame.len() as u64);
                }
                if taken == 0 && (rest.len() < bytes.len() || !rest.starts_with(b"EVTS")) {
                    return Ok(());
                }
                if taken == 0 {
                    bytes.resize(2 * bytes.len(), 0);
                }
                offset += taken;
            }
            Ok(())
        };
        work().map_err(|error| failed("reading", path)(&error))?;
    }
    Ok(events)
}

/// The frame that the bytes begin with, if it is whole, and what comes after it.
fn frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    bytes.starts_with(b"EVTS").then(|| bytes.split_at_checked(number(bytes, 4)?))?
}

/// How many events the frame has, all of whose checksums match.
fn checked(frame: &[u8]) -> io::Result<u64> {
    let count = number(frame, 12).unwrap_or_default();
    let mut begin = 40 + 8 * count;
    for row in (40..).step_by(8).take(count) {
        let end = begin + number(frame, row).unwrap_or_default();
        let checksum = frame.get(begin..end).map(|event| crc32fast::hash(event) as usize);
        if checksum.is_none() || checksum != number(frame, row + 4) {
            return Err(io::Error::other("a checksum does not match"));
        }
        begin = end;
    }
    Ok(count as u64)
}

/// The four bytes at a place as a number.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let (number, _) = bytes.get(at..)?.split_first_chunk()?;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

/// Shows so many bytes of a file, or all that it has, in large pieces.
fn read(path: &Path, length: u64, mut look: impl FnMut(&[u8])) -> Result<(), Failure> {
    let mut work = || -> io::Result<()> {
        let file = File::open(path)?;
        let mut bytes = vec![0; READ_BYTES];
        let mut offset = 0;
        loop {
            let wanted = usize::try_from(length - offset).unwrap_or(usize::MAX).min(READ_BYTES);
            let read = file.read_at(bytes.get_mut(..wanted).unwrap_or_default(), offset)?;
            let Some(piece) = bytes.get(..read).filter(|piece| !piece.is_empty()) else {
                return Ok(());
            };
            look(piece);
            offset += read as u64;
        }
    };
    work().map_err(|error| failed("reading", path)(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_room_does_not_count_as_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut bytes = vec![1; READ_BYTES + 9];
        bytes.resize(3 * READ_BYTES, 0);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(used(&path).unwrap(), READ_BYTES as u64 + 9);
        let read = |piece| read_checked(&[(path.clone(), READ_BYTES as u64 + 9)], piece).unwrap();
        assert_ne!(read(100), read(200), "the checksums are over pieces");
    }

    #[test]
    fn every_event_is_found_frame_by_frame() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut bytes = vec![7; 64];
        for events in [1, 2, 700] {
            let mut frame = [b"EVTS".to_vec(), vec![0; 36]].concat();
            frame[12..16].copy_from_slice(&u32::to_le_bytes(events));
            let event = [0xa5; 500];
            for _ in 0..events {
                frame.extend([500_u32.to_le_bytes(), crc32fast::hash(&event).to_le_bytes()].concat());
            }
            (0..events).for_each(|_| frame.extend(event));
            let length = u32::try_from(frame.len()).unwrap();
            frame[4..8].copy_from_slice(&length.to_le_bytes());
            bytes.extend(frame);
        }
        let used = bytes.len() as u64;
        bytes.resize(bytes.len() + READ_BYTES, 0);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read_framed(&[(path.clone(), used)]).unwrap(), 703);
        bytes[64 + 40 + 8 + 9] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        read_framed(&[(path, used)]).unwrap_err();
    }

    #[test]
    fn commits_are_counted_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert!(commits(&path, 100, Duration::from_millis(20)).unwrap() > 0.0);
        assert!(!path.exists());
    }
}
