//! Checkpoints: signed, read, refused.

use docket_proof::*;
use proptest::prelude::*;

use crate::given::*;

fn note() -> String {
    checkpoint(5).sign(&log_key(1)).unwrap().to_string()
}

fn keys() -> Vec<VerifierKey> {
    vec![log_key(1).verifier().clone()]
}

fn refused(note: &str) -> String {
    SignedCheckpoint::open(note.as_bytes(), &keys()).unwrap_err().to_string()
}

#[test]
fn a_checkpoint_is_three_lines_and_a_signature() {
    let note = note();
    let lines: Vec<_> = note.lines().collect();
    assert_eq!(lines[..2], [ORIGIN, "5"]);
    assert_eq!((lines[2].len(), lines[3]), (44, ""));
    assert!(lines[4].starts_with("— docket.example/log ") && note.ends_with('\n') && lines.len() == 5);
}

#[test]
fn a_signed_checkpoint_is_read_as_it_was_written() {
    let signed = SignedCheckpoint::open(note().as_bytes(), &keys()).unwrap();
    assert_eq!(signed.checkpoint(), &checkpoint(5));
    assert_eq!(signed.signer(), log_key(1).verifier().id());
    assert_eq!(signed.to_string(), note());
    assert_eq!(Checkpoint::unverified(note().as_bytes()).unwrap(), checkpoint(5));
}

#[test]
fn the_empty_log_has_a_checkpoint_and_no_other_root() {
    let note = checkpoint(0).sign(&log_key(1)).unwrap().to_string();
    let signed = SignedCheckpoint::open(note.as_bytes(), &keys()).unwrap();
    assert_eq!((signed.checkpoint().size, signed.checkpoint().root), (0, EMPTY_ROOT));
    assert_eq!(Checkpoint::new(ORIGIN, 0, [1; 32]).unwrap_err(), CheckpointError::EmptyRoot);
}

#[test]
fn after_a_rotation_old_and_new_checkpoints_are_verified() {
    let keys = [log_key(1).verifier().clone(), log_key(2).verifier().clone()];
    for seed in [1, 2] {
        let note = checkpoint(5).sign(&log_key(seed)).unwrap().to_string();
        let signed = SignedCheckpoint::open(note.as_bytes(), &keys).unwrap();
        assert_eq!(signed.signer(), log_key(seed).verifier().id());
    }
    // Signed by both: the new key is enough for whoever knows only that.
    let second = checkpoint(5).sign(&log_key(2)).unwrap().to_string();
    let both = note() + second.lines().last().unwrap() + "\n";
    for known in [&keys[..1], &keys[1..]] {
        let signed = SignedCheckpoint::open(both.as_bytes(), known).unwrap();
        assert_eq!(signed.signer(), known[0].id());
        assert_eq!(signed.to_string().lines().count(), 6);
    }
}

#[test]
fn a_checkpoint_of_an_unknown_key_is_refused_and_both_are_named() {
    let other = checkpoint(5).sign(&log_key(9)).unwrap().to_string();
    let (known, found) = (log_key(1).verifier().id(), log_key(9).verifier().id());
    assert_eq!(
        refused(&other),
        format!(
            "the checkpoint is signed by no key that was given ({ORIGIN}+{known}), but by {ORIGIN}+{found}"
        )
    );
}

#[test]
fn a_checkpoint_of_another_log_is_refused_though_the_key_would_verify_it() {
    let key = SigningKey::new(Role::Log, "docket.example/other", &[1; 32]).unwrap();
    let root = checkpoint(5).root;
    let other = Checkpoint::new("docket.example/other", 5, root).unwrap().sign(&key).unwrap().to_string();
    assert!(refused(&other).starts_with("the checkpoint is of the log \"docket.example/other\"; the keys"));
    // A log's key in another's name, on the text of this log.
    let grafted = note().replace("— docket.example/log", "— docket.example/other");
    assert!(refused(&grafted).starts_with("the checkpoint is signed by no key that was given"));
    assert!(matches!(checkpoint(5).sign(&key), Err(CheckpointError::OtherLog { .. })));
}

#[test]
fn a_witness_signs_no_checkpoint() {
    let witness = SigningKey::new(Role::Witness, ORIGIN, &[1; 32]).unwrap();
    let expected = CheckpointError::Role(ORIGIN.into());
    assert_eq!(checkpoint(5).sign(&witness).unwrap_err(), expected);
    let keys = [witness.verifier().clone()];
    assert_eq!(SignedCheckpoint::open(note().as_bytes(), &keys).unwrap_err(), expected);
}

#[test]
fn every_altered_byte_of_a_checkpoint_is_noticed() {
    let note = note();
    for at in 0..note.len() {
        for bit in 0..8 {
            let mut altered = note.clone().into_bytes();
            altered[at] ^= 1 << bit;
            SignedCheckpoint::open(&altered, &keys()).unwrap_err();
        }
        SignedCheckpoint::open(&note.as_bytes()[..at], &keys()).unwrap_err();
    }
}

#[test]
fn other_ways_to_write_a_checkpoint_are_refused() {
    let form = "this is no signed checkpoint";
    let text = "the text that is signed is no checkpoint";
    let note = note();
    let cases = [
        (String::new(), form),
        (note.replace("\n\n", "\n"), form),
        (note.replace("\n5\n", "\n05\n"), text),
        (note.replace("\n5\n", "\n+5\n"), text),
        (note.replace("\n5\n", "\n5 \n"), text),
        (note.replace("\n5\n", "\n\n"), text),
        (note.replace("\n5\n", "\n18446744073709551616\n"), text),
        (
            note.replace("\n5\n", "\n281474976710657\n"),
            "the checkpoint says that the log has 281474976710657",
        ),
        (note.replace("\n5\n", "\n0\n"), "the checkpoint says that the log is empty"),
        (note.replace("=\n\n", "=\nextension\n\n"), text),
        (note.replace("=\n\n", "\n\n"), text),
        (note.replace('\n', "\r\n"), form),
        (note.trim_end().to_owned(), form),
        (note.replace("— ", "- "), form),
        (format!("docket example\n{note}"), text),
        (note.replacen(ORIGIN, "docket example", 1), "\"docket example\" cannot be the name of a key"),
        (note.replacen("\n5\n", "\n6\n", 1), "the signature of the key docket.example/log+"),
        (note.clone() + &"— x AAAAAAAA\n".repeat(5000), "a signed checkpoint has at most 65536 bytes"),
        (note.clone() + &"— x AAAAAAAA\n".repeat(101), form),
    ];
    for (note, expected) in cases {
        assert!(refused(&note).starts_with(expected), "{}: {}", &note[..note.len().min(300)], refused(&note));
    }
}

#[test]
fn signatures_of_keys_that_are_not_known_are_kept_and_do_no_harm() {
    let more = note() + "— x AAAAAAAA\n";
    let signed = SignedCheckpoint::open(more.as_bytes(), &keys()).unwrap();
    assert_eq!(signed.to_string(), more);
}

#[test]
fn a_bare_checkpoint_has_the_log_s_signature_only() {
    let more = "— x AAAAAAAA\n".repeat(3) + "— docket.example/log AAAAAAAA\n";
    let signed = SignedCheckpoint::open((note() + &more).as_bytes(), &keys()).unwrap();
    assert_eq!(signed.bare().to_string(), note());
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SignedCheckpoint::open(&bytes, &keys()).is_err());
    }

    #[test]
    fn any_piece_of_a_checkpoint_replaced_is_refused_or_the_same_checkpoint(
        from in 0_usize..150, length in 0_usize..20, with in "[a-z0-9=+/\n —]{0,20}"
    ) {
        let note: Vec<char> = note().chars().collect();
        let (from, to) = (from.min(note.len()), (from + length).min(note.len()));
        let altered: String = note[..from].iter().copied().chain(with.chars()).chain(note[to..].iter().copied()).collect();
        if let Ok(signed) = SignedCheckpoint::open(altered.as_bytes(), &keys()) {
            prop_assert_eq!(signed.checkpoint(), &checkpoint(5));
        }
    }
}
