//! Cosignatures of witnesses.

use docket_proof::*;

use crate::given::*;

const TIME: u64 = 1_679_315_147;

fn signed() -> SignedCheckpoint {
    checkpoint(5).sign(&log_key(1)).unwrap()
}

fn witnesses() -> Vec<SigningKey> {
    [("witness.example/a", 11), ("witness.example/b", 12), ("witness.example/c", 13)]
        .map(|(name, seed)| witness_key(name, seed))
        .into()
}

fn public(keys: &[SigningKey]) -> Vec<VerifierKey> {
    keys.iter().map(|key| key.verifier().clone()).collect()
}

/// The checkpoint with the cosignatures of these.
fn cosigned_by(keys: &[SigningKey]) -> SignedCheckpoint {
    let mut signed = signed();
    for key in keys {
        let line = signed.cosign(key, TIME).unwrap().line();
        signed.add_cosignatures(&line, &public(keys)).unwrap();
    }
    signed
}

#[test]
fn a_cosignature_is_a_line_with_the_time_in_it() {
    let witness = &witnesses()[0];
    let cosignature = signed().cosign(witness, TIME).unwrap();
    assert_eq!((cosignature.witness(), cosignature.time()), ("witness.example/a", TIME));
    assert_eq!(cosignature.id(), witness.verifier().id());
    let line = cosignature.line();
    assert!(line.starts_with("— witness.example/a ") && line.ends_with('\n'));
    // Base64 of 4 bytes of the id, 8 of the time, 64 of the signature.
    assert_eq!(line.trim_end().rsplit(' ').next().unwrap().len(), 104);
}

#[test]
fn a_cosigned_checkpoint_is_read_as_it_was_written_and_still_the_log_s() {
    let keys = witnesses();
    let note = cosigned_by(&keys).to_string();
    assert_eq!(note.lines().count(), 8);
    let read = SignedCheckpoint::open(note.as_bytes(), &public(&[log_key(1)])).unwrap();
    assert_eq!(read.to_string(), note);
    let found = read.cosigned(&public(&keys), 3).unwrap();
    let names: Vec<_> = found.iter().map(Cosignature::witness).collect();
    assert_eq!(names, ["witness.example/a", "witness.example/b", "witness.example/c"]);
    assert!(found.iter().all(|cosignature| cosignature.time() == TIME));
}

#[test]
fn as_many_witnesses_as_required_are_enough_and_one_fewer_are_not() {
    let keys = witnesses();
    for have in 0..=3 {
        let signed = cosigned_by(&keys[..have]);
        for required in 0..=3 {
            let result = signed.cosigned(&public(&keys), required);
            assert_eq!(result.is_ok(), required <= have, "{have} of {required}");
        }
    }
    let error = cosigned_by(&keys[..1]).cosigned(&public(&keys), 2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 cosignatures are required and 1 verified: none of witness.example/b; none of witness.example/c"
    );
    let error = cosigned_by(&keys).cosigned(&public(&keys), 4).unwrap_err();
    assert_eq!(
        error.to_string(),
        "4 cosignatures are required, but 3 different keys of witnesses were given"
    );
}

#[test]
fn a_key_counts_once_under_however_many_names() {
    let keys = [witness_key("witness.example/a", 11), witness_key("witness.example/again", 11)];
    let signed = cosigned_by(&keys);
    assert_eq!(signed.to_string().lines().count(), 7);
    signed.cosigned(&public(&keys), 1).unwrap();
    let twice = [&public(&keys)[..], &public(&keys)].concat();
    for listed in [public(&keys), twice] {
        let expected = CosignatureError::Impossible { required: 2, known: 1 };
        assert_eq!(signed.cosigned(&listed, 2).unwrap_err(), expected);
    }
}

#[test]
fn a_cosignature_of_another_checkpoint_or_time_is_wrong() {
    let keys = witnesses();
    let line = signed().cosign(&keys[0], TIME).unwrap().line();
    let mut other = checkpoint(6).sign(&log_key(1)).unwrap();
    let error = other.add_cosignatures(&line, &public(&keys)).unwrap_err();
    assert_eq!(error, CosignatureError::Forged("witness.example/a".into()));
    assert_eq!(other, checkpoint(6).sign(&log_key(1)).unwrap(), "nothing was taken");

    let lines: Vec<_> = [TIME, TIME + 1].map(|time| signed().cosign(&keys[0], time).unwrap().line()).into();
    assert_ne!(lines[0], lines[1]);
}

#[test]
fn every_altered_bit_of_a_cosignature_is_noticed() {
    let keys = witnesses();
    let note = cosigned_by(&keys[..1]).to_string();
    let start = note.rfind("— ").unwrap();
    for at in start..note.len() {
        for bit in 0..8 {
            let mut altered = note.clone().into_bytes();
            altered[at] ^= 1 << bit;
            let read = SignedCheckpoint::open(&altered, &public(&[log_key(1)]));
            assert!(
                read.is_err() || read.unwrap().cosigned(&public(&keys), 1).is_err(),
                "byte {at}, bit {bit}"
            );
        }
    }
}

#[test]
fn one_wrong_cosignature_does_not_undo_those_that_are_right() {
    let keys = witnesses();
    let note = cosigned_by(&keys).to_string();
    let foreign = checkpoint(6).sign(&log_key(1)).unwrap().cosign(&keys[1], TIME).unwrap().line();
    let lines: Vec<_> = note.lines().collect();
    let note = note.replace(&format!("{}\n", lines[6]), &foreign);
    let read = SignedCheckpoint::open(note.as_bytes(), &public(&[log_key(1)])).unwrap();
    assert_eq!(read.cosigned(&public(&keys), 2).unwrap().len(), 2);
    let error = read.cosigned(&public(&keys), 3).unwrap_err().to_string();
    assert!(error.contains("2 verified: the cosignature of witness.example/b is wrong"), "{error}");
}

#[test]
fn what_a_witness_answers_is_taken_for_the_known_and_ignored_for_the_rest() {
    let keys = witnesses();
    let mut signed = signed();
    let lines: String = keys.iter().map(|key| signed.cosign(key, TIME).unwrap().line()).collect();
    let added = signed.add_cosignatures(&lines, &public(&keys[1..2])).unwrap();
    assert_eq!(added.len(), 1);
    assert_eq!(signed.to_string().lines().count(), 6);
    // The same again, later, takes its place.
    let later = signed.cosign(&keys[1], TIME + 60).unwrap().line();
    signed.add_cosignatures(&later, &public(&keys)).unwrap();
    assert_eq!(signed.to_string().lines().count(), 6);
    assert_eq!(signed.cosigned(&public(&keys), 1).unwrap()[0].time(), TIME + 60);
    for malformed in ["hello", "\n", "— a\n", "— a !!!!\n", "— a AAAA\n"] {
        let error = signed.add_cosignatures(malformed, &public(&keys)).unwrap_err();
        assert_eq!(error, CosignatureError::Line, "{malformed:?}");
    }
}

#[test]
fn a_log_s_key_cosigns_nothing_and_no_time_is_beyond_63_bits() {
    let error = signed().cosign(&log_key(1), TIME).unwrap_err();
    assert_eq!(error, CosignatureError::Role(ORIGIN.into()));
    let witness = &witnesses()[0];
    assert_eq!(signed().cosign(witness, 1 << 63).unwrap_err(), CosignatureError::Time(1 << 63));
    signed().cosign(witness, (1 << 63) - 1).unwrap();
    assert!(matches!(
        signed().cosigned(&public(&[log_key(1)]), 1),
        Err(CosignatureError::Impossible { required: 1, known: 0 })
    ));
}
