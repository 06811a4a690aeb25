//! Facts that others published: the tests of Certificate Transparency, and Go's keys.

use docket_proof::*;

use crate::given::hash;

/// The eight leaves of the tests of Certificate Transparency.
fn leaves() -> Vec<Hash> {
    let data: [&[u8]; 8] = [
        b"",
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];
    data.iter().map(|data| leaf_hash(data)).collect()
}

const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const A: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const B: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const C: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const D: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const E: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const F: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

#[test]
fn the_roots_of_certificate_transparency_come_out() {
    let leaves = leaves();
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    for (leaf, expected) in leaves.iter().zip(ROOTS) {
        frontier.push(*leaf);
        assert_eq!(frontier.root(), hash(expected), "of {} leaves", frontier.size());
        assert_eq!(root(&Leaves(leaves.clone()), frontier.size()).unwrap(), hash(expected));
    }
}

#[test]
fn the_paths_of_certificate_transparency_come_out_and_verify() {
    let tiles = Leaves(leaves());
    let cases: [(u64, usize, &[&str]); 5] = [
        (1, 1, &[]),
        (1, 8, &[A, B, C]),
        (6, 8, &[D, E, ROOTS[3]]),
        (3, 3, &[ROOTS[1]]),
        (2, 5, &[ROOTS[0], B, D]),
    ];
    for (position, size, expected) in cases {
        let expected: Vec<Hash> = expected.iter().map(|hex| hash(hex)).collect();
        let (root, size) = (hash(ROOTS[size - 1]), size as u64);
        assert_eq!(inclusion(&tiles, position, size, &root).unwrap(), expected, "{position} in {size}");
        verify_inclusion(&tiles.0[position as usize - 1], position, size, &root, &expected).unwrap();
    }
}

#[test]
fn the_consistency_proofs_of_certificate_transparency_come_out_and_verify() {
    let tiles = Leaves(leaves());
    let cases: [(usize, usize, &[&str]); 4] =
        [(1, 1, &[]), (1, 8, &[A, B, C]), (6, 8, &[F, E, ROOTS[3]]), (2, 5, &[B, D])];
    for (old, size, expected) in cases {
        let expected: Vec<Hash> = expected.iter().map(|hex| hash(hex)).collect();
        let (old_root, root) = (hash(ROOTS[old - 1]), hash(ROOTS[size - 1]));
        let (old, size) = (old as u64, size as u64);
        assert_eq!(consistency(&tiles, old, size, &root).unwrap(), expected, "{old} to {size}");
        verify_consistency(old, &old_root, size, &root, &expected).unwrap();
    }
}

#[test]
fn keys_that_others_published_are_read() {
    let cases = [
        ("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", "sum.golang.org", Role::Log),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann", Role::Log),
        (
            "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
            "remora.n621.de",
            Role::Witness,
        ),
    ];
    for (text, name, role) in cases {
        let key = VerifierKey::parse(text).unwrap();
        assert_eq!((key.name(), key.role(), key.to_string().as_str()), (name, role, text));
    }
}

#[test]
fn a_signing_key_of_go_is_read_and_written_and_has_the_public_key_that_go_says() {
    let text = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let key = SigningKey::parse(text).unwrap();
    assert_eq!(key.to_text().as_str(), text);
    assert_eq!(
        key.verifier().to_string(),
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    );
}
