//! Cosignatures: that a witness saw a checkpoint, when, and that it continued all the witness had seen of that log before.

use signed_note::Signature;

use crate::checkpoint::{Checkpoint, line};
use crate::key::{KeyId, Role, SigningKey, VerifierKey};

/// Latest time that a cosignature may carry, in seconds since 1970.
const TIME_MAX: u64 = i64::MAX.unsigned_abs();

/// A cosignature of a checkpoint (C2SP `tlog-cosignature`, `cosignature/v1`), made or verified.
///
/// In a note it is a line like the log's own. What is signed is a line `cosignature/v1`, a line `time` with the seconds since 1970, and
/// the text of the checkpoint; the signature is the time (8 bytes, big-endian) and the 64 bytes of Ed25519.
#[derive(Clone, Debug, PartialEq)]
pub struct Cosignature {
    time: u64,
    signature: Signature,
}

/// Why there is no cosignature, or not enough of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// The key is not one that cosigns.
    #[error("the key {0} is a log's; a checkpoint is cosigned by the key of a witness")]
    Role(String),
    /// No time.
    #[error("{0} is no time for a cosignature: it is in seconds since 1970 and has at most 63 bits")]
    Time(u64),
    /// Not the form of a line.
    #[error("a cosignature is a line of \"— \", a name, a space and Base64")]
    Line,
    /// The bytes of the signature are not 72.
    #[error(
        "the cosignature of {witness} has {length} bytes; it has 8 for the time and 64 for the signature"
    )]
    Length {
        /// The name of the witness.
        witness: String,
        /// How many bytes there are.
        length: usize,
    },
    /// It does not verify.
    #[error("the cosignature of {0} is wrong: it is of another checkpoint, or was altered or forged")]
    Forged(String),
    /// More are asked for than there are keys.
    #[error("{required} cosignatures are required, but {known} different keys of witnesses were given")]
    Impossible {
        /// How many are required.
        required: usize,
        /// How many different keys there are.
        known: usize,
    },
    /// Fewer than asked for.
    #[error("{required} cosignatures are required and {right} verified: {faults}")]
    TooFew {
        /// How many are required.
        required: usize,
        /// How many are there and right.
        right: usize,
        /// What is missing or wrong.
        faults: String,
    },
}

impl Cosignature {
    pub(crate) fn new(
        checkpoint: &Checkpoint,
        key: &SigningKey,
        time: u64,
    ) -> Result<Self, CosignatureError> {
        let witness = key.verifier();
        if witness.role() != Role::Witness {
            return Err(CosignatureError::Role(witness.name().to_owned()));
        }
        if TIME_MAX < time {
            return Err(CosignatureError::Time(time));
        }
        let signature = key.sign(message(checkpoint, time).as_bytes());
        let bytes = [time.to_be_bytes().as_slice(), &signature].concat();
        let signature = Signature::new(witness.name().to_owned(), witness.id().0, bytes);
        Ok(Self { time, signature: signature.map_err(|_| CosignatureError::Line)? })
    }

    /// What a signature of a note says, if this witness made it of this checkpoint.
    pub(crate) fn of(
        found: &Signature,
        checkpoint: &Checkpoint,
        witness: &VerifierKey,
    ) -> Result<Self, CosignatureError> {
        let name = || witness.name().to_owned();
        let length = found.signature().len();
        let parts = found.signature().split_first_chunk().filter(|_| length == 72);
        let (time, signature) = parts.ok_or_else(|| CosignatureError::Length { witness: name(), length })?;
        let time = u64::from_be_bytes(*time);
        if TIME_MAX < time || !witness.accepts(message(checkpoint, time).as_bytes(), signature) {
            return Err(CosignatureError::Forged(name()));
        }
        Ok(Self { time, signature: found.clone() })
    }

    /// The name of the witness.
    #[must_use]
    pub fn witness(&self) -> &str {
        self.signature.name()
    }

    /// The id of its key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(self.signature.id())
    }

    /// When it cosigned, in seconds since 1970, by its own clock.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Its line in a note, with the newline.
    #[must_use]
    pub fn line(&self) -> String {
        line(&self.signature)
    }

    pub(crate) fn note_signature(&self) -> &Signature {
        &self.signature
    }
}

/// What is signed.
fn message(checkpoint: &Checkpoint, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{}", checkpoint.text())
}
