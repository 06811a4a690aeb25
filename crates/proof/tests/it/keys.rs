//! Keys and their texts.

use docket_proof::*;
use proptest::prelude::*;

use crate::given::*;

const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

#[test]
fn keys_are_read_as_they_were_written_with_or_without_a_newline() {
    for key in [log_key(1), witness_key("witness.example/w1", 2)] {
        let text = key.to_text();
        for text in [text.to_string(), format!("{}\n", text.as_str())] {
            let read = SigningKey::parse(&text).unwrap();
            assert_eq!(read.verifier(), key.verifier());
            assert_eq!(read.to_text(), key.to_text());
        }
        let public = key.verifier().to_string();
        assert_eq!(VerifierKey::parse(&format!("{public}\n")).unwrap(), *key.verifier());
    }
}

#[test]
fn debug_does_not_show_the_secret() {
    let key = SigningKey::parse(SECRET).unwrap();
    let shown = format!("{key:?} {key:#?}");
    assert!(shown.contains(PUBLIC) && shown.contains("secret not shown"));
    assert!(!shown.contains("YEKFALVFGyNhPJEMzD1") && !shown.contains("PRIVATE"));
}

#[test]
fn the_role_is_part_of_the_key() {
    let (log, witness) = (log_key(1), SigningKey::new(Role::Witness, ORIGIN, &[1; 32]).unwrap());
    assert_ne!(log.verifier().id(), witness.verifier().id());
    assert_ne!(log.verifier(), witness.verifier());
    assert_eq!(VerifierKey::parse(&witness.verifier().to_string()).unwrap().role(), Role::Witness);
}

#[test]
fn a_text_that_is_no_public_key_is_refused_with_what_is_wrong() {
    let said = |text: &str| VerifierKey::parse(text).unwrap_err().to_string();
    for malformed in [
        "",
        "a",
        "a+b",
        "+c74f20a3",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+",
        "PeterNeumann+c7+ARpc",
        "PeterNeumann++74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzh",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAA==",
        "PeterNeumann+c74f20a3+!!!!",
    ] {
        assert!(
            said(malformed).starts_with("this is no public key: one is written NAME+ID+DATA"),
            "{malformed}"
        );
    }
    assert!(said(SECRET).starts_with("this is a signing key, and secret"));
    assert!(
        said(&PUBLIC.replace("Peter", "Pete r")).contains("\"Pete rNeumann\" cannot be the name of a key")
    );
    assert!(said(&PUBLIC.replace("PeterNeumann", &"x".repeat(300))).contains("cannot be the name"));
    assert_eq!(
        said(&PUBLIC.replace("Peter", "Petra")),
        "the key PetraNeumann says that its id is c74f20a3, but it is 1e650506: a part of its text was altered or lost"
    );
    assert!(said(&PUBLIC.replace("+AR", "+BR")).contains("is of type 0x05; known are 0x01"));
}

#[test]
fn a_text_that_is_no_signing_key_is_refused_without_being_repeated() {
    let said = |text: &str| SigningKey::parse(text).unwrap_err().to_string();
    for malformed in
        ["", PUBLIC, &SECRET[..60], &SECRET.replace("c74f20a3", "c74f20a"), &format!("{SECRET}AAAA")]
    {
        assert!(said(malformed).starts_with("this is no signing key"), "{malformed}");
    }
    for wrong in [SECRET.replace("c74f20a3", "c74f20a4"), SECRET.replace("YEKF", "YEKG")] {
        let said = said(&wrong);
        assert!(said.contains("was altered or lost") && !said.contains("YEK"), "{said}");
    }
}

#[test]
fn names_that_would_not_be_read_back_are_refused() {
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{7f}b", "a\u{1}b", &"x".repeat(256)] {
        let error = SigningKey::new(Role::Log, name, &[1; 32]).unwrap_err();
        assert_eq!(error, KeyError::Name(name.to_owned()));
    }
    SigningKey::new(Role::Log, &"x".repeat(255), &[1; 32]).unwrap();
}

#[test]
fn a_key_by_which_anything_verifies_is_refused() {
    // The neutral element of the curve: a signature of it holds for every text. The text is made as for any other key.
    let mut data = vec![0x01, 0x01];
    data.resize(33, 0);
    let id = signed_note::key_id("weak", &data);
    let text = format!("weak+{id:08x}+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(VerifierKey::parse(&text).unwrap_err(), KeyError::Point("weak".into()));
}

proptest! {
    #[test]
    fn any_text_is_a_key_that_is_written_as_it_was_read_or_refused(text in "[a-zA-Z+/=0-9 \n—]{0,120}") {
        if let Ok(key) = VerifierKey::parse(&text) {
            prop_assert_eq!(key.to_string(), text.trim_end());
        }
        prop_assert!(SigningKey::parse(&text).is_err());
    }

    #[test]
    fn a_public_key_with_one_character_altered_is_refused(at in 0..PUBLIC.len(), other in "[a-zA-Z0-9+/=]") {
        let mut altered = PUBLIC.to_owned();
        altered.replace_range(at..=at, &other);
        // Hexadecimal digits may be written large.
        if !altered.eq_ignore_ascii_case(PUBLIC) {
            VerifierKey::parse(&altered).unwrap_err();
        }
    }
}
