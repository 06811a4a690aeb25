//! Forged proofs, by the thousand: all refused.

use docket_proof::*;

use crate::given::*;
use crate::rfc6962;

const SIZES: [usize; 12] = [1, 2, 3, 4, 5, 7, 8, 13, 16, 21, 64, 70];

/// Other proofs than this one: each bit flipped in turn, each hash dropped, doubled, set to nothing, each two swapped, one more at each place.
fn altered(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for at in 0..proof.len() {
        for bit in 0..256 {
            let mut other = proof.to_vec();
            other[at][bit / 8] ^= 1 << (bit % 8);
            all.push(other);
        }
        let mut dropped = proof.to_vec();
        dropped.remove(at);
        all.push(dropped);
        let mut doubled = proof.to_vec();
        doubled.insert(at, proof[at]);
        all.push(doubled);
        let mut nothing = proof.to_vec();
        nothing[at] = [0; 32];
        all.push(nothing);
        for with in 0..at {
            let mut swapped = proof.to_vec();
            swapped.swap(at, with);
            all.push(swapped);
        }
    }
    for at in 0..=proof.len() {
        let mut more = proof.to_vec();
        more.insert(at, [7; 32]);
        all.push(more);
    }
    all.push(vec![[7; 32]; PROOF_HASHES_MAX + 1]);
    all
}

#[test]
fn thousands_of_forged_inclusion_proofs_are_refused() {
    let leaves = leaves(80);
    let mut refused = 0;
    for size in SIZES {
        let root = rfc6962::root(&leaves[..size]);
        for index in [0, 1, size / 2, size.saturating_sub(2), size - 1].into_iter().filter(|at| *at < size) {
            let (leaf, position, count) = (leaves[index], index as u64 + 1, size as u64);
            let proof = rfc6962::path(index, &leaves[..size]);
            let mut refuse = |leaf: &Hash, position, size, root: &Hash, proof: &[Hash]| {
                verify_inclusion(leaf, position, size, root, proof).unwrap_err();
                refused += 1;
            };
            for forged in altered(&proof) {
                refuse(&leaf, position, count, &root, &forged);
            }
            for other in (0..count + 3).filter(|other| *other != position) {
                refuse(&leaf, other, count, &root, &proof);
            }
            for other in (0..80).filter(|other| *other != size) {
                refuse(&leaf, position, other as u64, &rfc6962::root(&leaves[..other]), &proof);
            }
            for (other, leaf) in leaves.iter().enumerate().filter(|(other, _)| *other != index) {
                refuse(leaf, position, count, &root, &proof);
                refuse(leaf, other as u64 + 1, count, &leaves[other], &proof[..0]);
            }
            for bit in 0..256 {
                let (mut leaf, mut root) = (leaf, root);
                leaf[bit / 8] ^= 1 << (bit % 8);
                refuse(&leaf, position, count, &root, &proof);
                leaf[bit / 8] ^= 1 << (bit % 8);
                root[bit / 8] ^= 1 << (bit % 8);
                refuse(&leaf, position, count, &root, &proof);
            }
        }
    }
    assert!(80_000 < refused, "{refused} were tried");
}

#[test]
fn thousands_of_forged_consistency_proofs_are_refused() {
    let leaves = leaves(80);
    let roots: Vec<Hash> = (0..=80).map(|size| rfc6962::root(&leaves[..size])).collect();
    let mut refused = 0;
    for size in SIZES {
        for old in [0, 1, 2, size / 2, size - 1, size].into_iter().filter(|old| *old <= size) {
            let proof = if old == 0 { Vec::new() } else { rfc6962::consistency(old, &leaves[..size]) };
            let mut refuse = |old: usize, old_root: &Hash, size: usize, root: &Hash, proof: &[Hash]| {
                verify_consistency(old as u64, old_root, size as u64, root, proof).unwrap_err();
                refused += 1;
            };
            for forged in altered(&proof) {
                refuse(old, &roots[old], size, &roots[size], &forged);
            }
            for other in (0..80).filter(|other| *other != old && *other != size && 0 < old) {
                // Of another size, with the root that it has, and with the root that it has not.
                if other != 0 {
                    refuse(other, &roots[other], size, &roots[size], &proof);
                }
                refuse(old, &roots[old], other, &roots[other], &proof);
                refuse(old, &roots[other], size, &roots[size], &proof);
                refuse(old, &roots[old], size, &roots[other], &proof);
            }
            for bit in 0..256 {
                let (mut old_root, mut root) = (roots[old], roots[size]);
                old_root[bit / 8] ^= 1 << (bit % 8);
                refuse(old, &old_root, size, &root, &proof);
                old_root[bit / 8] ^= 1 << (bit % 8);
                root[bit / 8] ^= 1 << (bit % 8);
                if 0 < old {
                    refuse(old, &old_root, size, &root, &proof);
                }
            }
        }
    }
    assert!(50_000 < refused, "{refused} were tried");
}

#[test]
fn a_rewritten_history_is_not_a_continuation() {
    let leaves = leaves(40);
    for size in 2..40 {
        for old in 1..size {
            let mut rewritten = leaves[..size].to_vec();
            rewritten[old - 1] = leaf_hash(b"never happened");
            let (old_root, root) = (rfc6962::root(&leaves[..old]), rfc6962::root(&rewritten));
            let proof = rfc6962::consistency(old, &rewritten);
            let error = verify_consistency(old as u64, &old_root, size as u64, &root, &proof).unwrap_err();
            assert_eq!(error, ProofError::NotConsistent { old_size: old as u64, size: size as u64 });
        }
    }
}

#[test]
fn a_refusal_says_why() {
    let (leaf, root) = (leaves(1)[0], leaves(1)[0]);
    let said = |result: Result<(), ProofError>| result.unwrap_err().to_string();
    assert_eq!(said(verify_inclusion(&leaf, 2, 1, &root, &[])), "position 2 is not in a log of 1 events");
    assert_eq!(
        said(verify_inclusion(&leaf, 1, 1, &root, &vec![root; 64])),
        "the proof has 64 hashes; no proof has more than 63"
    );
    assert!(said(verify_inclusion(&leaf, 1, 2, &root, &[root])).contains("was altered"));
    assert!(said(verify_consistency(1, &root, 2, &root, &[root])).contains("history was rewritten"));
    assert!(said(verify_consistency(2, &root, 1, &root, &[])).contains("it is shorter"));
    assert!(said(verify_consistency(1, &root, u64::MAX, &root, &[])).contains("at most 281474976710656"));
}
