//! A disk on which the next write or sync fails, or waits, when a test says so.

use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use docket_log::{Disk, DiskFile, OsDisk};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A write that does nothing.
    Write,
    /// A write of the first half.
    HalfWrite,
    /// A sync that does nothing.
    Sync,
    /// A sync that works and says that it failed.
    SyncDone,
    /// A new chunk that cannot be created.
    Create,
    /// Room that cannot be reserved.
    Allocate,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    closed: bool,
    syncs: u64,
}

/// The disk; its clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultyDisk {
    state: Arc<(Mutex<State>, Condvar)>,
}

impl FaultyDisk {
    /// From now on this fails.
    pub(crate) fn fail(&self, fault: Fault) {
        self.state.0.lock().unwrap().fault = Some(fault);
    }

    /// Syncs wait until [`FaultyDisk::open_gate`].
    pub(crate) fn close_gate(&self) {
        self.state.0.lock().unwrap().closed = true;
    }

    pub(crate) fn open_gate(&self) {
        self.state.0.lock().unwrap().closed = false;
        self.state.1.notify_all();
    }

    /// Waits until so many syncs of data were begun.
    pub(crate) fn await_syncs(&self, syncs: u64) {
        let _done =
            self.state.1.wait_while(self.state.0.lock().unwrap(), |state| state.syncs < syncs).unwrap();
    }

    pub(crate) fn syncs(&self) -> u64 {
        self.state.0.lock().unwrap().syncs
    }

    fn fails(&self, fault: Fault) -> io::Result<()> {
        if self.state.0.lock().unwrap().fault == Some(fault) {
            return Err(io::Error::other("the disk is broken"));
        }
        Ok(())
    }
}

struct FaultyFile {
    disk: FaultyDisk,
    file: Box<dyn DiskFile>,
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FaultyFile { disk: self.clone(), file: OsDisk.open(path)? }))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.fails(Fault::Create)?;
        Ok(Box::new(FaultyFile { disk: self.clone(), file: OsDisk.create(path)? }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsDisk.rename(from, to)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        OsDisk.sync_directory(path)
    }
}

impl DiskFile for FaultyFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(bytes, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.fails(Fault::Write)?;
        if let Err(error) = self.disk.fails(Fault::HalfWrite) {
            self.file.write_all_at(&bytes[..bytes.len() / 2], offset)?;
            return Err(error);
        }
        self.file.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        {
            let (state, changed) = &*self.disk.state;
            let mut state = state.lock().unwrap();
            state.syncs += 1;
            changed.notify_all();
            let _open = changed.wait_while(state, |state| state.closed).unwrap();
        }
        self.disk.fails(Fault::Sync)?;
        self.file.sync_data()?;
        self.disk.fails(Fault::SyncDone)
    }

    fn sync_all(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_length(length)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        self.disk.fails(Fault::Allocate)?;
        self.file.allocate(length)
    }
}
