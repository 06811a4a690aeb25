//! What a log sends to a witness: a checkpoint, and the proof that it continues the last one that the witness saw.

use std::fmt;

use base64::prelude::*;

use crate::checkpoint::NOTE_BYTES_MAX;
use crate::hash::Hash;
use crate::verify::PROOF_HASHES_MAX;

/// Most bytes of a submission: the size, a proof, and a signed checkpoint.
pub const SUBMISSION_BYTES_MAX: usize = 64 + PROOF_HASHES_MAX * 45 + NOTE_BYTES_MAX;

/// The body of C2SP `tlog-witness`, `add-checkpoint`: a line `old` with the size that the witness last cosigned, a line for each hash of
/// the proof in Base64, an empty line, and the signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The size that the proof begins from.
    pub old_size: u64,
    /// The proof that the checkpoint continues the log of that size.
    pub proof: Vec<Hash>,
    /// The signed checkpoint; nothing of it is looked at here.
    pub note: String,
}

/// A body that is no submission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Too long to be looked at.
    #[error("a submission has at most {SUBMISSION_BYTES_MAX} bytes; this one has {0}")]
    Long(usize),
    /// Not two parts of text.
    #[error(
        "a submission is the line \"old\" with a size, the lines of a proof, an empty line, and a signed checkpoint"
    )]
    Form,
    /// The first line is not right.
    #[error("the first line of a submission is \"old\", a space, and a size in digits; this is {0:?}")]
    OldSize(String),
    /// A line is no hash.
    #[error("line {0} is no hash: each line of a proof is 32 bytes in Base64")]
    Hash(usize),
    /// More hashes than any proof has.
    #[error("the proof has more than {PROOF_HASHES_MAX} hashes; none has")]
    Proof,
}

impl Submission {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub fn parse(body: &[u8]) -> Result<Self, SubmissionError> {
        if SUBMISSION_BYTES_MAX < body.len() {
            return Err(SubmissionError::Long(body.len()));
        }
        let text = std::str::from_utf8(body).map_err(|_| SubmissionError::Form)?;
        let (head, note) = text.split_once("\n\n").ok_or(SubmissionError::Form)?;
        let mut lines = head.split('\n');
        let old_size = parse_old(lines.next().unwrap_or_default())?;
        let proof: Vec<Hash> = lines.zip(2..).map(parse_hash).collect::<Result<_, _>>()?;
        if PROOF_HASHES_MAX < proof.len() {
            return Err(SubmissionError::Proof);
        }
        Ok(Self { old_size, proof, note: note.to_owned() })
    }
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", BASE64_STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.note)
    }
}

/// The size in the first line; there is one way to write it.
fn parse_old(line: &str) -> Result<u64, SubmissionError> {
    let digits = line.strip_prefix("old ").unwrap_or_default();
    let size = digits.parse().ok().filter(|size: &u64| size.to_string() == digits);
    size.ok_or_else(|| SubmissionError::OldSize(line.chars().take(40).collect()))
}

fn parse_hash((line, number): (&str, usize)) -> Result<Hash, SubmissionError> {
    let bytes = BASE64_STANDARD.decode(line).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(SubmissionError::Hash(number))
}
