//! The heads of all streams.

use docket_proof::*;

use crate::given::leaves;
use crate::rfc6962;

fn heads(count: usize) -> Vec<Head> {
    let numbered = leaves(count).into_iter().enumerate();
    numbered
        .map(|(number, leaf)| Head {
            stream: format!("authority/{number:03}").into(),
            revision: number as u64 + 1,
            leaf,
        })
        .collect()
}

#[test]
fn the_head_of_every_stream_is_proved_at_every_count() {
    for count in 0..40 {
        let heads = heads(count);
        let tree = HeadsTree::new(heads.clone()).unwrap();
        let hashes: Vec<Hash> = heads.iter().map(Head::hash).collect();
        assert_eq!((tree.count(), tree.root()), (count as u64, rfc6962::root(&hashes)));
        for (index, head) in heads.iter().enumerate() {
            let (proved, proof) = tree.prove(&head.stream).unwrap().unwrap();
            assert_eq!(proved, head);
            assert_eq!((proof.index, proof.count), (index as u64, count as u64));
            proof.verify(head, &tree.root()).unwrap();
        }
        assert_eq!(tree.prove("authority/absent").unwrap(), None);
        assert_eq!(tree.heads(), heads);
    }
}

#[test]
fn a_leaf_is_the_name_a_zero_the_revision_and_the_leaf_hash() {
    let head = Head { stream: "authority/ab".into(), revision: 0x0102, leaf: [9; 32] };
    let bytes = [&b"authority/ab\0\0\0\0\0\0\0\x01\x02"[..], &[9; 32]].concat();
    assert_eq!(head.hash(), leaf_hash(&bytes));
}

#[test]
fn a_head_that_is_not_the_last_event_is_not_proved() {
    let heads = heads(11);
    let tree = HeadsTree::new(heads.clone()).unwrap();
    for head in &heads {
        let (_, proof) = tree.prove(&head.stream).unwrap().unwrap();
        let others = [
            Head { revision: head.revision - 1, ..head.clone() },
            Head { revision: head.revision + 1, ..head.clone() },
            Head { leaf: [0; 32], ..head.clone() },
            Head { stream: format!("{}x", head.stream).into(), ..head.clone() },
        ];
        for other in others {
            let error = proof.verify(&other, &tree.root()).unwrap_err().to_string();
            let expected = format!(
                "it is not shown that the stream {:?} ends with revision {}",
                other.stream, other.revision
            );
            assert!(error.starts_with(&expected), "{error}");
        }
        proof.verify(head, &[1; 32]).unwrap_err();
        for (index, count) in
            [(proof.index + 1, 11), (u64::MAX, 11), (proof.index, 0), (proof.index, u64::MAX)]
        {
            HeadProof { index, count, ..proof.clone() }.verify(head, &tree.root()).unwrap_err();
        }
        for at in 0..proof.path.len() {
            let mut forged = proof.clone();
            forged.path[at][31] ^= 1;
            forged.verify(head, &tree.root()).unwrap_err();
        }
    }
}

#[test]
fn heads_out_of_order_or_twice_or_with_a_zero_byte_make_no_tree() {
    let mut swapped = heads(3);
    swapped.swap(1, 2);
    assert_eq!(
        HeadsTree::new(swapped).unwrap_err().to_string(),
        "the heads are not in the order of their streams' names, each once: \"authority/001\" comes after \
         \"authority/002\""
    );
    let twice = heads(1).into_iter().chain(heads(1));
    assert!(matches!(HeadsTree::new(twice), Err(HeadsError::Order { .. })));
    let zero = Head { stream: "a\0".into(), revision: 1, leaf: [0; 32] };
    assert!(matches!(HeadsTree::new([zero]), Err(HeadsError::ZeroByte(_))));
}

#[test]
fn names_are_ordered_by_their_bytes() {
    let names = ["Z", "a", "a/", "a0", "aa", "é"];
    let heads = names.map(|name| Head { stream: name.into(), revision: 1, leaf: [0; 32] });
    let tree = HeadsTree::new(heads.clone()).unwrap();
    for head in heads {
        tree.prove(&head.stream).unwrap().unwrap().1.verify(&head, &tree.root()).unwrap();
    }
}
