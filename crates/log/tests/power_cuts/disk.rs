//! A disk in memory: it forgets what was not synced when its power is cut, and it fails at the call that it is told.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::Wake;

use docket_log::{Disk, DiskFile};

use crate::image::{After, Inode};
use crate::suite::random::Random;

/// What was asked of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Open,
    Create,
    Rename,
    Remove,
    Names,
    CreateDirectory,
    SyncDirectory,
    Read,
    Write,
    SyncData,
    SyncAll,
    Length,
    SetLength,
    Allocate,
    SetReadOnly,
}

/// Who asks. Two threads of the log work at once, each on files of its own: so the calls are counted apart, and come in the same order in
/// every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Chunks, and everything while the log is opened.
    Chunks,
    /// What is derived from them.
    Derived,
}

impl Part {
    pub(crate) const ALL: [Self; 2] = [Self::Chunks, Self::Derived];

    fn of(path: &Path) -> Self {
        if path.components().any(|part| part.as_os_str() == "hashes") { Self::Derived } else { Self::Chunks }
    }
}

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This call and all later ones fail and do nothing: the power is off, or the process was killed.
    Off,
    /// It fails and does nothing. What a failed sync should have made durable is not made durable by another one either.
    Failed,
    /// It does what it should, and says that it failed.
    FailedDone,
    /// A write does a part, and says that it failed.
    Short,
    /// From now on there is no room: nothing can be created, reserved, or written past the end of a file.
    Full,
}

impl Fault {
    /// Whether this can happen at such a call.
    pub(crate) fn fits(self, call: Call) -> bool {
        use Call::{Allocate, Create, CreateDirectory, Length, Names, Open, Read, Write};
        match self {
            Self::Off | Self::Failed => true,
            Self::FailedDone => !matches!(call, Open | Read | Length | Names),
            Self::Short => call == Write,
            Self::Full => matches!(call, Allocate | Create | CreateDirectory | Write),
        }
    }
}

/// A change of names that no sync of the directory has made durable.
#[derive(Clone, Debug)]
enum Naming {
    Made(PathBuf, Node),
    Renamed(PathBuf, PathBuf, Node),
    Removed(PathBuf),
}

impl Naming {
    fn path(&self) -> &Path {
        match self {
            Self::Made(path, _) | Self::Renamed(_, path, _) | Self::Removed(path) => path,
        }
    }

    fn apply(&self, names: &mut Names) {
        match self {
            Self::Made(path, node) => drop(names.insert(path.clone(), *node)),
            Self::Renamed(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
            Self::Removed(path) => drop(names.remove(path)),
        }
    }
}

/// What a name leads to: the number of a file, or a directory.
type Node = Option<usize>;
type Names = BTreeMap<PathBuf, Node>;

#[derive(Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: Names,
    durable_names: Names,
    namings: Vec<Naming>,
    /// Every call, in order, of each part.
    traces: [Vec<Call>; 2],
    plan: Option<(Part, usize, Fault)>,
    /// What was planned has happened.
    failed: bool,
    full: bool,
    /// Calls wait.
    paused: bool,
    /// A call waits, or there will be none.
    waiting: bool,
}

impl State {
    /// Changes the names; a sync of the directory makes it durable.
    fn name(&mut self, naming: Naming) -> io::Result<()> {
        naming.apply(&mut self.names);
        self.namings.push(naming);
        Ok(())
    }
}

/// The disk; its clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct SimDisk {
    state: Arc<(Mutex<State>, Condvar)>,
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimDisk")
    }
}

/// How much of a call is done, and what it answers.
struct Verdict {
    share: Share,
    error: Option<io::Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    All,
    Part,
    None,
}

impl Verdict {
    /// Does it, or not, and answers.
    fn then<T>(self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let done = if self.share == Share::None { None } else { Some(work()) };
        match (self.error, done) {
            (Some(error), _) => Err(error),
            (None, Some(done)) => done,
            (None, None) => Err(io::Error::other("nothing was done")),
        }
    }
}

impl SimDisk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().unwrap()
    }

    /// At the call with this number, counted from now on, this goes wrong.
    pub(crate) fn plan(&self, part: Part, call: usize, fault: Fault) {
        let mut state = self.lock();
        state.plan = Some((part, state.traces[part as usize].len() + call, fault));
    }

    /// Whether what was planned has happened.
    pub(crate) fn failed(&self) -> bool {
        self.lock().failed
    }

    /// Every call so far, of each part.
    pub(crate) fn traces(&self) -> [Vec<Call>; 2] {
        self.lock().traces.clone()
    }

    /// The next call waits until [`SimDisk::resume`].
    pub(crate) fn pause(&self) {
        self.lock().paused = true;
    }

    pub(crate) fn resume(&self) {
        let mut state = self.lock();
        (state.paused, state.waiting) = (false, false);
        self.state.1.notify_all();
    }

    /// Waits until a call waits, or until the disk is woken because there will be none.
    pub(crate) fn await_call_or_wake(&self) {
        let wanted = |state: &mut State| state.paused && !state.waiting;
        let _reached = self.state.1.wait_while(self.lock(), wanted).unwrap();
    }

    /// What is there when the power is back, or in the next process.
    pub(crate) fn cut(&self, after: After, random: &mut Random) -> Self {
        let state = self.lock();
        let mut names = state.durable_names.clone();
        let kept = after.choose(state.namings.len(), random);
        for (naming, _) in state.namings.iter().zip(kept).filter(|(_, kept)| *kept) {
            naming.apply(&mut names);
        }
        // What was in a directory that is not there.
        let lost: Vec<PathBuf> = state
            .names
            .iter()
            .filter(|(path, node)| node.is_none() && !names.contains_key(*path))
            .map(|(path, _)| path.clone())
            .collect();
        names.retain(|path, _| !lost.iter().any(|lost| path.starts_with(lost)));
        let inodes = state.inodes.iter().map(|inode| inode.after(after, random)).collect();
        let (durable_names, namings) = match after {
            After::Restart => (state.durable_names.clone(), state.namings.clone()),
            _ => (names.clone(), Vec::new()),
        };
        let state = State { inodes, names, durable_names, namings, ..State::default() };
        Self { state: Arc::new((Mutex::new(state), Condvar::new())) }
    }

    /// Counts a call, and says what becomes of it.
    fn enter(&self, part: Part, call: Call) -> (MutexGuard<'_, State>, Verdict) {
        let mut state = self.lock();
        if state.paused && part == Part::Chunks {
            state.waiting = true;
            self.state.1.notify_all();
            state = self.state.1.wait_while(state, |state| state.paused).unwrap();
        }
        let trace = &mut state.traces[part as usize];
        let number = trace.len();
        trace.push(call);
        let off = state.failed && state.plan.is_some_and(|(.., fault)| fault == Fault::Off);
        let now = state.plan.is_some_and(|(of, at, _)| (of, at) == (part, number));
        state.failed |= now;
        let failed = |share, why: &str| Verdict { share, error: Some(io::Error::other(why)) };
        let verdict = match state.plan {
            Some((.., Fault::Off)) if now || off => failed(Share::None, "the power is off"),
            Some((.., Fault::FailedDone)) if now => failed(Share::All, "failed when it was done"),
            Some((.., Fault::Short)) if now => failed(Share::Part, "failed in the middle"),
            Some((.., Fault::Failed)) if now => failed(Share::None, "failed"),
            _ => Verdict { share: Share::All, error: None },
        };
        state.full |= now && state.plan.is_some_and(|(.., fault)| fault == Fault::Full);
        (state, verdict)
    }
}

impl Wake for SimDisk {
    fn wake(self: Arc<Self>) {
        self.lock().waiting = true;
        self.state.1.notify_all();
    }
}

fn no_room() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

impl Disk for SimDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let (state, verdict) = self.enter(Part::of(path), Call::Open);
        verdict.then(|| {
            let inode = state.names.get(path).copied().flatten().ok_or(io::ErrorKind::NotFound)?;
            let writable = !state.inodes[inode].is_read_only();
            Ok(Box::new(SimFile { disk: self.clone(), inode, part: Part::of(path), writable })
                as Box<dyn DiskFile>)
        })
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let (mut state, verdict) = self.enter(Part::of(path), Call::Create);
        if state.full {
            return Err(no_room());
        }
        verdict.then(|| {
            let (inode, writable) = (state.inodes.len(), true);
            state.inodes.push(Inode::default());
            state.name(Naming::Made(path.to_owned(), Some(inode)))?;
            Ok(Box::new(SimFile { disk: self.clone(), inode, part: Part::of(path), writable })
                as Box<dyn DiskFile>)
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (mut state, verdict) = self.enter(Part::of(to), Call::Rename);
        verdict.then(|| {
            let node = *state.names.get(from).ok_or(io::ErrorKind::NotFound)?;
            state.name(Naming::Renamed(from.to_owned(), to.to_owned(), node))
        })
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let (mut state, verdict) = self.enter(Part::of(path), Call::SyncDirectory);
        verdict.then(|| {
            let of_it = |name: &Path| name.parent() == Some(path);
            let (synced, others) =
                std::mem::take(&mut state.namings).into_iter().partition(|naming| of_it(naming.path()));
            state.namings = others;
            let synced: Vec<Naming> = synced;
            synced.iter().for_each(|naming| naming.apply(&mut state.durable_names));
            Ok(())
        })
    }

    fn names(&self, path: &Path) -> io::Result<Vec<String>> {
        let (state, verdict) = self.enter(Part::of(path), Call::Names);
        verdict.then(|| {
            let of_it = state.names.keys().filter(|name| name.parent() == Some(path));
            Ok(of_it.filter_map(|name| Some(name.file_name()?.to_str()?.to_owned())).collect())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let (mut state, verdict) = self.enter(Part::of(path), Call::Remove);
        verdict.then(|| {
            state.names.get(path).copied().flatten().ok_or(io::ErrorKind::NotFound)?;
            state.name(Naming::Removed(path.to_owned()))
        })
    }

    fn is_directory(&self, path: &Path) -> bool {
        // The directory in which everything happens is real, and holds the lock.
        self.lock().names.get(path).map_or(path.is_dir(), Option::is_none)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let (mut state, verdict) = self.enter(Part::of(path), Call::CreateDirectory);
        if state.full {
            return Err(no_room());
        }
        verdict.then(|| state.name(Naming::Made(path.to_owned(), None)))
    }
}

/// A file of the disk.
struct SimFile {
    disk: SimDisk,
    inode: usize,
    part: Part,
    /// It was not read-only when it was opened.
    writable: bool,
}

impl SimFile {
    /// Does to the file what the verdict leaves of the call.
    fn act<T>(
        &self,
        call: Call,
        work: impl FnOnce(&mut Inode, Share, bool) -> io::Result<T>,
    ) -> io::Result<T> {
        let (mut state, verdict) = self.disk.enter(self.part, call);
        if !self.writable && matches!(call, Call::Write | Call::SetLength | Call::Allocate) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let (share, full) = (verdict.share, state.full);
        let inode = state.inodes.get_mut(self.inode).ok_or(io::ErrorKind::NotFound)?;
        if share == Share::None && matches!(call, Call::SyncData | Call::SyncAll) {
            inode.lose();
        }
        verdict.then(|| work(inode, share, full))
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.act(Call::Read, |inode, _, _| Ok(inode.read(bytes, usize::try_from(offset).unwrap())))
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.act(Call::Write, |inode, share, full| {
            let room = inode.len().saturating_sub(offset);
            if full && room < bytes.len() {
                inode.write(&bytes[..room], offset);
                return Err(no_room());
            }
            // Two thirds: within a sector as often as not.
            let done = if share == Share::Part { bytes.len() * 2 / 3 } else { bytes.len() };
            inode.write(&bytes[..done], offset);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.act(Call::SyncData, |inode, _, _| {
            inode.sync(false);
            Ok(())
        })
    }

    fn sync_all(&self) -> io::Result<()> {
        self.act(Call::SyncAll, |inode, _, _| {
            inode.sync(true);
            Ok(())
        })
    }

    fn length(&self) -> io::Result<u64> {
        self.act(Call::Length, |inode, _, _| Ok(inode.len() as u64))
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.act(Call::SetLength, |inode, _, _| {
            inode.set_length(usize::try_from(length).unwrap());
            Ok(())
        })
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap();
        self.act(Call::Allocate, |inode, _, full| {
            if inode.len() < length {
                if full {
                    return Err(no_room());
                }
                inode.set_length(length);
            }
            Ok(())
        })
    }

    fn set_read_only(&self) -> io::Result<()> {
        self.act(Call::SetReadOnly, |inode, _, _| {
            inode.set_read_only();
            Ok(())
        })
    }
}
