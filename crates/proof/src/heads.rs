//! Where each stream of the log ends, as a tree of its own: it shows that a stream's history is complete, not only that it is included.

use std::sync::Arc;

use crate::hash::{Hash, leaf_hash};
use crate::prove::{self, ProveError};
use crate::tiles::Leaves;
use crate::verify::{ProofError, verify_inclusion};

/// The head of a stream: its last event.
///
/// As a leaf of the tree of heads it is the bytes of the stream's name, a zero byte, the revision (8 bytes, big-endian), and the leaf hash
/// of the event. The leaves are in the order of the bytes of the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The name of the stream; it has no zero byte. Shared, since there are heads of many positions.
    pub stream: Arc<str>,
    /// The revision of its last event: how many events it has.
    pub revision: u64,
    /// The leaf hash of that event in the log's tree.
    pub leaf: Hash,
}

/// The heads of all streams.
#[derive(Clone, Debug)]
pub struct HeadsTree {
    heads: Vec<Head>,
    leaves: Leaves,
    root: Hash,
}

/// The proof that a head is among all heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadProof {
    /// Which of them it is, counted from 0.
    pub index: u64,
    /// How many there are.
    pub count: u64,
    /// The hashes that lead from it to the root (RFC 6962, section 2.1.1).
    pub path: Vec<Hash>,
}

/// Heads that make no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadsError {
    /// A name that cannot be told from what follows it.
    #[error("the name of the stream {0:?} has a zero byte, and so cannot be among the heads")]
    ZeroByte(Arc<str>),
    /// Not in order, or twice the same.
    #[error(
        "the heads are not in the order of their streams' names, each once: {next:?} comes after {before:?}"
    )]
    Order {
        /// The name that comes first.
        before: Arc<str>,
        /// The name that comes next.
        next: Arc<str>,
    },
}

impl Head {
    /// Its hash as a leaf of the tree of heads.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let revision = self.revision.to_be_bytes();
        leaf_hash(&[self.stream.as_bytes(), &[0], &revision, &self.leaf].concat())
    }
}

impl HeadsTree {
    /// The tree of these heads, which come in the order of their streams' names.
    ///
    /// # Errors
    ///
    /// When they are not in that order, or a stream comes twice, or a name has a zero byte.
    pub fn new(heads: impl IntoIterator<Item = Head>) -> Result<Self, HeadsError> {
        let heads: Vec<Head> = heads.into_iter().collect();
        if let Some(head) = heads.iter().find(|head| head.stream.as_bytes().contains(&0)) {
            return Err(HeadsError::ZeroByte(Arc::clone(&head.stream)));
        }
        for pair in heads.windows(2) {
            if let [before, next] = pair
                && next.stream <= before.stream
            {
                let (before, next) = (Arc::clone(&before.stream), Arc::clone(&next.stream));
                return Err(HeadsError::Order { before, next });
            }
        }
        let hashes: Vec<Hash> = heads.iter().map(Head::hash).collect();
        let mut frontier = crate::Frontier::new();
        hashes.iter().for_each(|hash| frontier.push(*hash));
        Ok(Self { heads, leaves: Leaves(hashes), root: frontier.root() })
    }

    /// The heads, in the order of their streams' names.
    #[must_use]
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Number of streams.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.heads.len() as u64
    }

    /// The head of a stream and the proof for it; none if there is no such stream. That a stream is absent needs no proof: it has no event.
    ///
    /// # Errors
    ///
    /// When the proof cannot be computed.
    pub fn prove(&self, stream: &str) -> Result<Option<(&Head, HeadProof)>, ProveError> {
        let Ok(index) = self.heads.binary_search_by(|head| (*head.stream).cmp(stream)) else {
            return Ok(None);
        };
        let Some(head) = self.heads.get(index) else { return Ok(None) };
        let (index, count) = (index as u64, self.count());
        let path = prove::inclusion(&self.leaves, index + 1, count, &self.root)?;
        Ok(Some((head, HeadProof { index, count, path })))
    }
}

impl HeadProof {
    /// Whether this shows that the head is among those with this root, and so where its stream ends.
    ///
    /// # Errors
    ///
    /// Says why it does not.
    pub fn verify(&self, head: &Head, root: &Hash) -> Result<(), HeadProofError> {
        let at = |error| HeadProofError {
            stream: Arc::clone(&head.stream),
            revision: head.revision,
            source: error,
        };
        verify_inclusion(&head.hash(), self.index.saturating_add(1), self.count, root, &self.path).map_err(at)
    }
}

/// Why a proof does not show that a stream ends where it is said to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not shown that the stream {stream:?} ends with revision {revision}: {source}")]
pub struct HeadProofError {
    /// The stream.
    pub stream: Arc<str>,
    /// The revision it is said to end with.
    pub revision: u64,
    /// What is wrong with the proof.
    pub source: ProofError,
}
