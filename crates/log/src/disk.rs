//! The seam to the file system: everything the log does to its own files (not sled's, nor the lock), so that a test can make any of
//! it fail.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// An open file of the log.
pub trait DiskFile: Send + Sync {
    /// Reads as many bytes as there are, up to the length of `bytes`; fewer only at the end of the file.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of the bytes.
    ///
    /// # Errors
    /// Whatever the system answers; some of the bytes may have been written.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes what was written survive a power cut (fdatasync).
    ///
    /// # Errors
    /// Whatever the system answers; what was written before may be lost, and a second call does not bring it back.
    fn sync_data(&self) -> io::Result<()>;

    /// As [`DiskFile::sync_data`], with the file's length and times (fsync).
    ///
    /// # Errors
    /// As [`DiskFile::sync_data`].
    fn sync_all(&self) -> io::Result<()>;

    /// The length of the file in bytes.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn length(&self) -> io::Result<u64>;

    /// Cuts the file, or lengthens it with zeros.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Reserves room up to `length`, which reads as zeros; does nothing where the file system cannot.
    ///
    /// # Errors
    /// Whatever the system answers, above all that the disk is full.
    fn allocate(&self, length: u64) -> io::Result<()>;

    /// Takes the right to write away from all who open it later.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn set_read_only(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the log's files live.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Opens a file that exists, for reading and, if it may be written, for writing.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Creates a file, or empties the one that is there.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file its final name.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes the names in a directory survive a power cut.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// The names in a directory, in any order.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn names(&self, path: &Path) -> io::Result<Vec<String>> {
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    /// Removes a file.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    /// Whether there is a directory of this name.
    fn is_directory(&self, path: &Path) -> bool {
        path.is_dir()
    }

    /// Creates a directory in one that is there.
    ///
    /// # Errors
    /// Whatever the system answers.
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }
}

/// The operating system's files.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = match File::options().read(true).write(true).open(path) {
            // A sealed chunk.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path)?,
            file => file?,
        };
        Ok(Box::new(OsFile(file)))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(Box::new(OsFile(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

/// The operating system's files, from which it is only read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadOnlyDisk;

impl Disk for ReadOnlyDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OsFile(File::open(path)?)))
    }

    fn create(&self, _: &Path) -> io::Result<Box<dyn DiskFile>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn create_directory(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

/// A file of the operating system.
struct OsFile(File);

impl DiskFile for OsFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.0.read_at(rest, offset + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        match fallocate(&self.0, FallocateFlags::empty(), 0, length) {
            // A file system that cannot reserve room (tmpfs can, NFS before 4.2 cannot) grows the file at each commit instead.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    fn set_read_only(&self) -> io::Result<()> {
        self.0.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444))
    }
}
