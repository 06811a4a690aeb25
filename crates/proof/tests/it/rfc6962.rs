//! RFC 6962, section 2.1, word for word: slow, and nothing of it shared with what is tested.

use docket_proof::{EMPTY_ROOT, Hash};
use sha2::{Digest, Sha256};

/// The largest power of two smaller than `n`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

fn node(left: Hash, right: Hash) -> Hash {
    Sha256::digest([&[1][..], &left, &right].concat()).into()
}

/// MTH(D[n]), of leaf hashes.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(root(left), root(right))
        }
    }
}

/// PATH(m, D[n]).
pub(crate) fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut below, beside) =
        if index < k { (path(index, left), root(right)) } else { (path(index - k, right), root(left)) };
    below.push(beside);
    below
}

/// PROOF(m, D[n]).
pub(crate) fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(old, leaves, true)
}

fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut below, beside) = if old <= k {
        (subproof(old, left, whole), root(right))
    } else {
        (subproof(old - k, right, false), root(left))
    };
    below.push(beside);
    below
}
