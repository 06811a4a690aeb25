//! The copy: a log of its own that takes nothing but the next events of the original, and the checkpoints that fit them.

use std::io::ErrorKind;
use std::path::PathBuf;

use docket_api::pb;
use docket_domain::Position;
use docket_log::{ChunkLog, EventLog as _, From, LogError, Options, ProvableLog as _, Replicated, Selection};
use docket_proof::{Checkpoint, Frontier, Hash, SignedCheckpoint, VerifierKey};
use docket_server::proof::{CheckpointStore, KEY_FILE};

use super::{Copied, Plan};
use crate::backup::put;
use crate::exit::{Exit, Failure};
use crate::output::note;
use crate::process::chain;
use crate::verify::{PUBLIC_KEYS, about_checkpoint, events, listed_keys};

/// A copy of a log.
pub(super) struct Local {
    data: PathBuf,
    log: ChunkLog,
    store: CheckpointStore,
    /// The tree that the last checkpoint signed.
    tree: Frontier,
    /// Whose checkpoints are believed.
    believed: Vec<VerifierKey>,
    /// Where it was when it was opened.
    begun: Position,
    /// Checkpoints that were added since.
    checkpoints: u64,
}

/// The original and the copy are not the same log.
fn differs(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Wrong, what).hint(
        "nothing of this was added to the copy: `docket verify` both, and if the original is right, copy it into another directory",
    )
}

fn failed(error: &LogError) -> Failure {
    Failure::new(Exit::Failed, chain(error))
}

impl Local {
    /// The copy in this directory, if one was begun there.
    ///
    /// # Errors
    /// If there is something else, or the copy is damaged.
    pub(super) fn there(plan: &Plan) -> Result<Option<Self>, Failure> {
        let is_chunk = |name: std::io::Result<std::fs::DirEntry>| {
            name.is_ok_and(|name| name.path().extension().is_some_and(|end| end == "chunk"))
        };
        // A copy that was interrupted before it had a chunk is begun once more: it has no id yet.
        let begun = std::fs::read_dir(plan.data.join("chunks")).is_ok_and(|mut names| names.any(is_chunk));
        if begun { Self::open(plan, None).map(Some) } else { Ok(None) }
    }

    /// Begins a copy of the log with this id, or goes on with one.
    ///
    /// # Errors
    /// If there is something else, or the copy is damaged.
    pub(super) fn open(plan: &Plan, log_id: Option<[u8; 16]>) -> Result<Self, Failure> {
        let data = plan.data.clone();
        if data.join("keys").join(KEY_FILE).exists() {
            let what = format!("{} has a key of its own to sign with: it is no copy", data.display());
            return Err(Failure::new(Exit::Failed, what).hint("copy into another directory"));
        }
        let holder = format!("docket replicate, process {}, from {}", std::process::id(), plan.from);
        let options = Options { log_id, ..Options::new(holder) };
        let (log, report) = ChunkLog::open(&data, options).map_err(|error| match error {
            LogError::InUse { .. } => failed(&error).hint("stop that one, or copy into another directory"),
            error => failed(&error),
        })?;
        if let Some(damage) = report.damage.into_iter().next() {
            return Err(Failure::new(Exit::Wrong, chain(&LogError::from(damage))).hint(
                "the copy is damaged: restore that chunk from a backup of the copy, or copy into another directory",
            ));
        }
        report.notes.iter().for_each(|text| note(text));
        let unread = |error: std::io::Error| {
            let exit = if error.kind() == ErrorKind::InvalidData { Exit::Wrong } else { Exit::Failed };
            Failure::new(exit, format!("{}: {error}", data.display()))
        };
        let store = CheckpointStore::open(&data).map_err(unread)?;
        let begun = *log.head().borrow();
        let (tree, believed) = (Frontier::new(), Vec::new());
        let mut local = Self { data, log, store, tree, believed, begun, checkpoints: 0 };
        local.recall()?;
        Ok(local)
    }

    /// Compares the events with the last checkpoint that the copy has.
    fn recall(&mut self) -> Result<(), Failure> {
        let Some(latest) = self.latest()? else { return Ok(()) };
        let tree = if latest.size <= self.head().0 { self.tree_of(latest.size, &latest.root)? } else { None };
        self.tree = tree.ok_or_else(|| {
            let what = format!("{}: the events are not those of its last checkpoint", self.data.display());
            Failure::new(Exit::Wrong, what)
                .hint("`docket verify` the copy: it says where; restore it, or copy into another directory")
        })?;
        Ok(())
    }

    /// What the last checkpoint of the copy says.
    fn latest(&self) -> Result<Option<Checkpoint>, Failure> {
        let unread = |why: String| Failure::new(Exit::Wrong, format!("{}: {why}", self.data.display()));
        let latest = self.store.latest().map_err(|error| unread(error.to_string()))?;
        let latest = latest.map(|note| Checkpoint::unverified(note.as_bytes()));
        latest.transpose().map_err(|error| unread(chain(&error)))
    }

    /// The tree of the first `size` events, if it has this root.
    fn tree_of(&self, size: u64, root: &Hash) -> Result<Option<Frontier>, Failure> {
        let tree = match self.tree.size() {
            before if 0 < before && before <= size => self.log.grown(self.tree.clone(), size),
            _ => self.log.frontier(size),
        };
        let tree = tree.map_err(|error| failed(&error))?;
        if tree.root() == *root {
            return Ok(Some(tree));
        }
        // Hashes may be rotten where the events are not.
        let remade = self.log.repair_tree().and_then(|()| self.log.frontier(size));
        Ok(Some(remade.map_err(|error| failed(&error))?).filter(|tree| tree.root() == *root))
    }

    /// What is asked of the original.
    pub(super) fn request(&self) -> pb::ReplicateRequest {
        let from_checkpoint_size = self.store.cosignable();
        pb::ReplicateRequest { after_position: self.head().0, from_checkpoint_size }
    }

    /// Its last position.
    pub(super) fn head(&self) -> Position {
        *self.log.head().borrow()
    }

    /// What was copied since it was opened.
    pub(super) fn copied(&self) -> Copied {
        let last = self.head().0;
        Copied { last, events: last - self.begun.0, checkpoints: self.checkpoints }
    }

    /// Whether this is the original: the same id, and the same event where the copy ends.
    ///
    /// # Errors
    /// If it is another log, or another history of this one.
    pub(super) async fn agree(
        &mut self,
        original: &pb::ReplicatedLog,
        demanded: &[VerifierKey],
    ) -> Result<(), Failure> {
        let (data, head) = (self.data.display(), self.head());
        if original.log_id != self.log.log_id() {
            return Err(differs(format!("{data} is a copy of another log")));
        }
        if original.last_position < head.0 {
            return Err(differs(format!(
                "the original has {}, the copy {}: the original was put back to an older state, or the copy was written to",
                events(original.last_position),
                events(head.0)
            )));
        }
        let last = self.log.read(&Selection::All, From::End, 1).await.map_err(|error| failed(&error))?;
        if last.first().is_some_and(|event| event.leaf_hash().as_slice() != original.leaf_hash) {
            return Err(differs(format!("the event at position {head} is another one in the original")));
        }
        self.believe(original, demanded)
    }

    /// Believes the keys that were demanded; if none were, those that the original lists, which must be those known before and may be more.
    /// Keeps them with the copy.
    fn believe(&mut self, original: &pb::ReplicatedLog, demanded: &[VerifierKey]) -> Result<(), Failure> {
        let mut known = listed_keys(&self.data)?;
        let before = known.len();
        if original.verifier_keys.is_empty() {
            note("the original signs no checkpoints: nothing but its word says that the copy is right");
        }
        if demanded.is_empty() {
            let listed = original.verifier_keys.iter().map(|key| VerifierKey::parse(key));
            let listed: Result<Vec<_>, _> = listed.collect();
            let listed =
                listed.map_err(|error| differs(format!("the original's keys: {}", chain(&error))))?;
            let gone = known.iter().find(|key| !listed.is_empty() && !listed.contains(key));
            if let Some(gone) = gone {
                return Err(differs(format!("the original does not list the key {gone} any more")));
            }
            self.believed = listed;
        } else {
            self.believed = demanded.to_vec();
        }
        known.extend(self.believed.iter().filter(|key| !known.contains(key)).cloned().collect::<Vec<_>>());
        if known.len() == before {
            return Ok(());
        }
        if demanded.is_empty() {
            let new: Vec<_> = known.iter().skip(before).map(ToString::to_string).collect();
            note(&format!(
                "without --key, what the original says is believed: its key is {}",
                new.join(", ")
            ));
        }
        let text: String = known.iter().map(|key| format!("{key}\n")).collect();
        put(&self.data.join(PUBLIC_KEYS), &mut text.as_bytes())
    }

    /// Adds the next events, all or none.
    ///
    /// # Errors
    /// If one of them is not the next one, with the place.
    pub(super) async fn append(&mut self, sent: pb::StoredEvents) -> Result<(), Failure> {
        let copy = |event: pb::StoredEvent| {
            let leaf_hash = event.leaf_hash.as_slice().try_into();
            let leaf_hash =
                leaf_hash.map_err(|_| differs("the original sent a leaf hash that has not 32 bytes"))?;
            Ok(Replicated { stored: event.stored, leaf_hash })
        };
        let copies: Result<Vec<_>, Failure> = sent.events.into_iter().map(copy).collect();
        self.log.append_copy(copies?).await.map_err(|error| match error {
            LogError::Refused(what) => differs(what),
            error => failed(&error),
        })
    }

    /// Adds a checkpoint, if it is signed and has the root of the events that were copied.
    ///
    /// # Errors
    /// If not.
    pub(super) fn checkpoint(&mut self, note: &str) -> Result<(), Failure> {
        let signed = SignedCheckpoint::open(note.as_bytes(), &self.believed).map_err(|error| {
            let what = format!("a checkpoint of the original is not believed: {}", chain(&error));
            Failure::new(Exit::Wrong, what).hint(about_checkpoint(&error))
        })?;
        let Checkpoint { size, root, .. } = *signed.checkpoint();
        if self.head().0 < size {
            return Err(differs(format!(
                "the original sent a checkpoint of {size} events before all of them"
            )));
        }
        let Some(tree) = self.tree_of(size, &root)? else {
            return Err(Failure::new(Exit::Wrong, format!("the original signed other events up to position {size} than it sent"))
                .hint(format!(
                    "the copy is proved up to position {} and no further: keep it as it is, `docket verify` the original, and copy into another directory",
                    self.tree.size()
                )));
        };
        self.keep(&signed)
            .map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", self.data.display())))?;
        if self.tree.size() < size {
            self.tree = tree;
        }
        Ok(())
    }

    /// Keeps a checkpoint, or what was added to one that is there: the first record of a size bears the log's signature alone.
    fn keep(&mut self, signed: &SignedCheckpoint) -> std::io::Result<()> {
        let (size, bare, whole) = (signed.checkpoint().size, signed.bare().to_string(), signed.to_string());
        match self.store.of_size(size)? {
            // The copy went on without it: it is one of those that may have been cosigned since.
            None if size < self.tree.size() => return Ok(()),
            None => {
                self.store.add(size, &bare)?;
                self.checkpoints += 1;
            }
            Some(there) if there == whole => return Ok(()),
            Some(_) => {}
        }
        if whole == bare {
            return Ok(());
        }
        match self.store.add(size, &whole) {
            // So many others came since that it would not be found again.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
            added => added,
        }
    }

    /// Lets go of the directory.
    pub(super) fn close(self) {
        self.log.close();
    }
}
