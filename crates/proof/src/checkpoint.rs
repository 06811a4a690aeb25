//! Checkpoints: where the log is, signed by the log.

use std::fmt;

use base64::prelude::*;
use signed_note::{Note, Signature};

use crate::cosignature::{Cosignature, CosignatureError};
use crate::hash::{EMPTY_ROOT, Hash, SIZE_MAX};
use crate::key::{KeyError, KeyId, NAME_BYTES_MAX, Role, SigningKey, VerifierKey};

/// Most bytes of an origin.
pub const ORIGIN_BYTES_MAX: usize = NAME_BYTES_MAX;

/// Most bytes of a signed checkpoint that are looked at: room for a hundred signatures.
pub const NOTE_BYTES_MAX: usize = 64 << 10;

/// Where a log is: how many events it has, and what they are, by the root of their tree.
///
/// Its text (C2SP `tlog-checkpoint`) is three lines: the origin, which names the log for ever; the size; the root in Base64. Extension
/// lines, which logs are advised against, are not written and not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name for ever, and that of its keys.
    pub origin: String,
    /// Number of events: the position of the last one.
    pub size: u64,
    /// The root of the tree of these events.
    pub root: Hash,
}

/// A checkpoint with a signature of its log that was verified, and whatever further signatures there are.
///
/// Its text (`to_string`) is the signed note: the checkpoint, an empty line, and a line for each signature, the log's first.
#[derive(Clone, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signer: KeyId,
    signatures: Vec<Signature>,
}

/// Why a text is no checkpoint, or is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Too long to be looked at.
    #[error("a signed checkpoint has at most {NOTE_BYTES_MAX} bytes; this one has {0}")]
    Long(usize),
    /// Not the form of a signed note.
    #[error(
        "this is no signed checkpoint: one is three lines (origin, size, root), an empty line, and lines that begin with \"— \" with a name \
         and a signature"
    )]
    Form,
    /// The text that is signed is none of a checkpoint.
    #[error(
        "the text that is signed is no checkpoint: it has three lines, the origin, the size in digits and the root in Base64, and no others"
    )]
    Text,
    /// An origin that no log of ours has.
    #[error("{0}")]
    Origin(KeyError),
    /// A size that no log has.
    #[error("the checkpoint says that the log has {0} events; at most {SIZE_MAX} can be")]
    Size(u64),
    /// A root that the empty log does not have.
    #[error("the checkpoint says that the log is empty, with a root that is not that of an empty log")]
    EmptyRoot,
    /// The log is another one than the keys are of.
    #[error("the checkpoint is of the log {found:?}; the keys that were given are of {known}")]
    OtherLog {
        /// The origin of the checkpoint.
        found: String,
        /// The names of the known keys.
        known: String,
    },
    /// Nobody known signed it.
    #[error("the checkpoint is signed by no key that was given ({known}), but by {found}")]
    Unsigned {
        /// The known keys.
        known: String,
        /// The keys of the signatures.
        found: String,
    },
    /// Somebody altered it, or signed in another's name.
    #[error(
        "the signature of the key {name}+{id} on the checkpoint is wrong: the checkpoint was altered or forged"
    )]
    Forged {
        /// The name of the key.
        name: String,
        /// Its id.
        id: KeyId,
    },
    /// The key is not one that signs checkpoints.
    #[error("the key {0} is a witness's; a checkpoint is signed by the key of a log")]
    Role(String),
}

impl Checkpoint {
    /// A checkpoint.
    ///
    /// # Errors
    ///
    /// When the origin is not fit to be the name of a key, when the size is beyond any log's, or an empty log has another's root.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        crate::key::check_name(origin).map_err(CheckpointError::Origin)?;
        if SIZE_MAX < size {
            return Err(CheckpointError::Size(size));
        }
        if size == 0 && root != EMPTY_ROOT {
            return Err(CheckpointError::EmptyRoot);
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// The three lines that are signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root))
    }

    /// Reads the three lines.
    fn parse(text: &[u8]) -> Result<Self, CheckpointError> {
        let theirs = tlog_tiles::Checkpoint::from_bytes(text).map_err(|_| CheckpointError::Text)?;
        let ours = Self::new(theirs.origin(), theirs.size(), theirs.hash().0)?;
        // What is signed is what would be written: no extension, no other way to write the same.
        if ours.text().as_bytes() == text { Ok(ours) } else { Err(CheckpointError::Text) }
    }

    /// Signs it.
    ///
    /// # Errors
    ///
    /// When the key is not one of this log: it has another name, or another role.
    pub fn sign(self, key: &SigningKey) -> Result<SignedCheckpoint, CheckpointError> {
        let verifier = key.verifier();
        keys_of(&self, std::slice::from_ref(verifier))?;
        let signature = key.sign(self.text().as_bytes()).to_vec();
        let signature = Signature::new(verifier.name().to_owned(), verifier.id().0, signature);
        let signatures = vec![signature.map_err(|_| CheckpointError::Form)?];
        Ok(SignedCheckpoint { checkpoint: self, signer: verifier.id(), signatures })
    }

    /// The checkpoint in a signed note whose signatures are not looked at: to find out which log's keys would be needed.
    ///
    /// # Errors
    ///
    /// When it is no signed checkpoint.
    pub fn unverified(note: &[u8]) -> Result<Self, CheckpointError> {
        Self::parse(note_of(note)?.text())
    }
}

impl SignedCheckpoint {
    /// Reads a signed checkpoint and verifies it. `keys` are all keys of the log that are to be believed: after a rotation also the old
    /// ones, or what they signed could not be read. Signatures of other keys are kept, unverified.
    ///
    /// # Errors
    ///
    /// When it is too long or no checkpoint, when it is of another log, when none of the keys signed it, and when the signature of one of
    /// them is wrong.
    pub fn open(note: &[u8], keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let note = note_of(note)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        let known = Known(keys_of(&checkpoint, keys)?);
        let (verified, others) = match note.verify(&known) {
            Ok(signatures) => signatures,
            Err(signed_note::NoteError::InvalidSignature { name, id }) => {
                return Err(CheckpointError::Forged { name, id: KeyId(id) });
            }
            Err(_) => {
                let known = list(known.0.iter().map(|key| (key.name(), key.id())));
                return Err(CheckpointError::Unsigned { known, found: signers(&note) });
            }
        };
        let signer = verified.first().map(|signature| KeyId(signature.id())).ok_or(CheckpointError::Form)?;
        let signatures = verified.into_iter().chain(others).collect();
        Ok(Self { checkpoint, signer, signatures })
    }

    /// Where the log is.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The key of the log whose signature was verified; the first, if there are several.
    #[must_use]
    pub fn signer(&self) -> KeyId {
        self.signer
    }

    /// The same with no signature but the log's own that was verified: what it is worth keeping of a checkpoint that anybody sent.
    #[must_use]
    pub fn bare(&self) -> Self {
        let mine = |signature: &&Signature| self.is_signer(signature);
        Self { signatures: self.signatures.iter().find(mine).cloned().into_iter().collect(), ..self.clone() }
    }

    fn is_signer(&self, signature: &Signature) -> bool {
        signature.name() == self.checkpoint.origin && KeyId(signature.id()) == self.signer
    }

    /// Cosigns it, as a witness that has seen that it continues all it knew of the log. `time` is in seconds since 1970.
    ///
    /// # Errors
    ///
    /// When the key is not a witness's, or the time is none.
    pub fn cosign(&self, key: &SigningKey, time: u64) -> Result<Cosignature, CosignatureError> {
        Cosignature::new(&self.checkpoint, key, time)
    }

    /// Takes the cosignatures of these witnesses from the lines that were answered, and returns them. Those of others are ignored; an
    /// earlier one of the same key is replaced.
    ///
    /// # Errors
    ///
    /// When a line is none of a signature, or a cosignature of one of these witnesses is wrong. Then none is taken.
    pub fn add_cosignatures(
        &mut self,
        lines: &str,
        witnesses: &[VerifierKey],
    ) -> Result<Vec<Cosignature>, CosignatureError> {
        let mut added = Vec::new();
        for line in lines.lines() {
            let signature = Signature::from_bytes(line.as_bytes()).map_err(|_| CosignatureError::Line)?;
            if let Some(witness) = witness_of(&signature, witnesses) {
                added.push(Cosignature::of(&signature, &self.checkpoint, witness)?);
            }
        }
        for cosignature in &added {
            let signature = cosignature.note_signature();
            self.signatures.retain(|old| (old.name(), old.id()) != (signature.name(), signature.id()));
            self.signatures.push(signature.clone());
        }
        Ok(added)
    }

    /// The cosignatures of at least `required` of these witnesses. The times in them are not judged.
    ///
    /// # Errors
    ///
    /// When fewer are there and right. A key counts once, under however many names it is listed.
    pub fn cosigned(
        &self,
        witnesses: &[VerifierKey],
        required: usize,
    ) -> Result<Vec<Cosignature>, CosignatureError> {
        let mut right = Vec::new();
        let mut faults = Vec::new();
        let mut keys = Vec::new();
        for witness in witnesses.iter().filter(|witness| witness.role() == Role::Witness) {
            if keys.iter().any(|key| witness.same_point(key)) {
                continue;
            }
            keys.push(witness.clone());
            let mine = |signature: &&Signature| witness.made(signature);
            match self
                .signatures
                .iter()
                .find(mine)
                .map(|found| Cosignature::of(found, &self.checkpoint, witness))
            {
                None => faults.push(format!("none of {}", witness.name())),
                Some(Err(error)) => faults.push(error.to_string()),
                Some(Ok(cosignature)) => right.push(cosignature),
            }
        }
        if keys.len() < required {
            return Err(CosignatureError::Impossible { required, known: keys.len() });
        }
        if right.len() < required {
            let faults = faults.join("; ");
            return Err(CosignatureError::TooFew { required, right: right.len(), faults });
        }
        Ok(right)
    }
}

/// The signed note.
impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.checkpoint.text())?;
        self.signatures.iter().try_for_each(|signature| f.write_str(&line(signature)))
    }
}

impl fmt::Debug for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedCheckpoint({:?})", self.to_string())
    }
}

/// The line of a signature in a note, with its newline.
pub(crate) fn line(signature: &Signature) -> String {
    String::from_utf8_lossy(&signature.to_bytes()).into_owned()
}

fn note_of(note: &[u8]) -> Result<Note, CheckpointError> {
    if NOTE_BYTES_MAX < note.len() {
        return Err(CheckpointError::Long(note.len()));
    }
    Note::from_bytes(note).map_err(|_| CheckpointError::Form)
}

/// Those of the keys that are this log's.
fn keys_of<'a>(
    checkpoint: &Checkpoint,
    keys: &'a [VerifierKey],
) -> Result<Vec<&'a VerifierKey>, CheckpointError> {
    let named: Vec<_> = keys.iter().filter(|key| key.name() == checkpoint.origin).collect();
    let Some(first) = named.first() else {
        let known = list(keys.iter().map(|key| (key.name(), key.id())));
        return Err(CheckpointError::OtherLog { found: checkpoint.origin.clone(), known });
    };
    let name = first.name().to_owned();
    let of_logs: Vec<_> = named.into_iter().filter(|key| key.role() == Role::Log).collect();
    if of_logs.is_empty() { Err(CheckpointError::Role(name)) } else { Ok(of_logs) }
}

/// The witness among these whose signature this is said to be.
fn witness_of<'a>(signature: &Signature, witnesses: &'a [VerifierKey]) -> Option<&'a VerifierKey> {
    witnesses.iter().filter(|witness| witness.role() == Role::Witness).find(|witness| witness.made(signature))
}

/// Keys as a person writes them.
fn list<'a>(keys: impl Iterator<Item = (&'a str, KeyId)>) -> String {
    let keys: Vec<_> = keys.map(|(name, id)| format!("{name}+{id}")).collect();
    if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
}

/// Who is said to have signed a note. The library keeps the signatures to itself until a key is known.
fn signers(note: &Note) -> String {
    let text = String::from_utf8_lossy(&note.to_bytes()).into_owned();
    let lines = text.rsplit_once("\n\n").map_or("", |(_, lines)| lines).lines();
    let signatures: Vec<_> = lines.filter_map(|line| Signature::from_bytes(line.as_bytes()).ok()).collect();
    list(signatures.iter().map(|signature| (signature.name(), KeyId(signature.id()))))
}

/// The keys of a log, as the library asks for them.
struct Known<'a>(Vec<&'a VerifierKey>);

impl signed_note::Verifiers for Known<'_> {
    fn verifier(
        &self,
        name: &str,
        id: u32,
    ) -> Result<&dyn signed_note::Verifier, signed_note::VerificationError> {
        let unknown = || signed_note::VerificationError::UnknownKey { name: name.to_owned(), id };
        let found = self.0.iter().find(|key| key.name() == name && key.id() == KeyId(id));
        found.map(|key| *key as &dyn signed_note::Verifier).ok_or_else(unknown)
    }
}
