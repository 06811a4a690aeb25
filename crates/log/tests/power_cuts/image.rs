//! The bytes of a file: as they are read, as they are durable, and as they are after a power cut.

use crate::suite::random::Random;

/// What becomes of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// No cut: the process ended, the system goes on, and every byte can be read.
    Restart,
    /// All is lost.
    OnlySynced,
    /// All happened to be written.
    Everything,
    /// What was done first.
    Prefix,
    /// Some of it.
    Subset,
    /// Some sectors of some writes.
    Sectors,
    /// Writes torn at any byte.
    Bytes,
}

impl After {
    pub(crate) const ALL: [Self; 7] = [
        Self::Restart,
        Self::OnlySynced,
        Self::Everything,
        Self::Prefix,
        Self::Subset,
        Self::Sectors,
        Self::Bytes,
    ];

    pub(crate) fn is_cut(self) -> bool {
        self != Self::Restart
    }

    /// Which of `count` changes that were not synced are kept, at least in part.
    pub(crate) fn choose(self, count: usize, random: &mut Random) -> Vec<bool> {
        let prefix = random.below(count + 1);
        let choose = |number: usize, random: &mut Random| match self {
            Self::Restart | Self::Everything => true,
            Self::OnlySynced => false,
            Self::Prefix => number < prefix,
            Self::Subset | Self::Sectors | Self::Bytes => random.coin(),
        };
        (0..count).map(|number| choose(number, random)).collect()
    }
}

/// A change of a file's content.
#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
    ReadOnly,
}

/// A file's content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inode {
    /// As it is read.
    cached: Vec<u8>,
    /// As it is after a power cut, at least.
    durable: Vec<u8>,
    /// Not synced.
    pending: Vec<Change>,
    /// Writes whose sync failed: they can be read, count as clean, and no later sync makes them durable.
    lost: Vec<(usize, Vec<u8>)>,
    read_only: bool,
    read_only_durable: bool,
}

fn write(to: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let end = offset + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[offset..end].copy_from_slice(bytes);
}

/// What is left of pieces where something else was written from `begin` to `end`.
fn without(pieces: Vec<(usize, Vec<u8>)>, begin: usize, end: usize) -> Vec<(usize, Vec<u8>)> {
    let mut left = Vec::new();
    for (offset, bytes) in pieces {
        let before = begin.saturating_sub(offset).min(bytes.len());
        let after = end.saturating_sub(offset).clamp(before, bytes.len());
        left.push((offset, bytes[..before].to_vec()));
        left.push((offset + after, bytes[after..].to_vec()));
    }
    left.retain(|(_, bytes)| !bytes.is_empty());
    left
}

impl Inode {
    pub(crate) fn len(&self) -> usize {
        self.cached.len()
    }

    pub(crate) fn read(&self, bytes: &mut [u8], offset: usize) -> usize {
        let there = self.cached.get(offset..).unwrap_or_default();
        let read = there.len().min(bytes.len());
        bytes[..read].copy_from_slice(&there[..read]);
        read
    }

    pub(crate) fn write(&mut self, bytes: &[u8], offset: usize) {
        write(&mut self.cached, offset, bytes);
        self.pending.push(Change::Write(offset, bytes.to_vec()));
    }

    pub(crate) fn set_length(&mut self, length: usize) {
        self.cached.resize(length, 0);
        self.pending.push(Change::Length(length));
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    pub(crate) fn set_read_only(&mut self) {
        self.read_only = true;
        self.pending.push(Change::ReadOnly);
    }

    /// Makes durable what was written. A shorter length is only made durable with the metadata, unless the file grew again.
    pub(crate) fn sync(&mut self, metadata: bool) {
        let before = self.durable.clone();
        let mut shorter = before.len();
        for change in std::mem::take(&mut self.pending) {
            match change {
                Change::Write(offset, bytes) => {
                    write(&mut self.durable, offset, &bytes);
                    let lost = std::mem::take(&mut self.lost);
                    self.lost = without(lost, offset, offset + bytes.len());
                }
                Change::Length(length) => {
                    self.durable.resize(length, 0);
                    self.lost = without(std::mem::take(&mut self.lost), length, usize::MAX);
                    shorter = shorter.min(length);
                }
                Change::ReadOnly => self.read_only_durable = true,
            }
        }
        if !metadata && shorter < before.len() && self.durable.len() < before.len() {
            self.pending.push(Change::Length(self.durable.len()));
            self.durable.extend_from_slice(&before[self.durable.len()..]);
        }
    }

    /// A sync failed.
    pub(crate) fn lose(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            match change {
                Change::Write(offset, bytes) => self.lost.push((offset, bytes)),
                change => self.pending.push(change),
            }
        }
    }

    /// The file when the power is back, or in the next process.
    pub(crate) fn after(&self, after: After, random: &mut Random) -> Self {
        if after == After::Restart {
            return self.clone();
        }
        let (mut bytes, mut read_only) = (self.durable.clone(), self.read_only_durable);
        let lost = self.lost.iter().map(|(offset, bytes)| Change::Write(*offset, bytes.clone()));
        let changes: Vec<Change> = lost.chain(self.pending.iter().cloned()).collect();
        for (change, kept) in changes.iter().zip(after.choose(changes.len(), random)) {
            match change {
                _ if !kept => {}
                Change::Length(length) => bytes.resize(*length, 0),
                Change::ReadOnly => read_only = true,
                Change::Write(offset, written) => {
                    for (begin, end) in torn(*offset, written.len(), after, random) {
                        write(&mut bytes, offset + begin, &written[begin..end]);
                    }
                }
            }
        }
        Self {
            cached: bytes.clone(),
            durable: bytes,
            read_only,
            read_only_durable: read_only,
            ..Self::default()
        }
    }
}

/// The parts of a write that reach the disk.
fn torn(offset: usize, length: usize, after: After, random: &mut Random) -> Vec<(usize, usize)> {
    match after {
        After::Sectors => {
            let mut parts = Vec::new();
            let mut begin = 0;
            while begin < length {
                let end = ((offset + begin) / 512 * 512 + 512 - offset).min(length);
                if random.coin() {
                    parts.push((begin, end));
                }
                begin = end;
            }
            parts
        }
        After::Bytes => {
            let (one, other) = (random.below(length + 1), random.below(length + 1));
            let (low, high) = (one.min(other), one.max(other));
            match random.below(3) {
                0 => vec![(0, low)],
                1 => vec![(low, high)],
                _ => vec![(0, low), (high, length)],
            }
        }
        _ => vec![(0, length)],
    }
}
