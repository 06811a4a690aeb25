//! Keys: Ed25519, with a name, for one of two roles.

use std::fmt;

use base64::prelude::*;
use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

/// Most bytes of a key's name; an origin has no more either.
pub const NAME_BYTES_MAX: usize = 255;

/// Most characters of the text of a key that are looked at.
const TEXT_BYTES_MAX: usize = NAME_BYTES_MAX + 100;

/// What a key signs. It is part of the key: neither can be taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The log's own: it signs checkpoints (C2SP `signed-note`, type 0x01).
    Log,
    /// A witness's: it signs, with the time, that a checkpoint continues all it has seen (C2SP `tlog-cosignature`, type 0x04).
    Witness,
}

/// The short hash of a key that goes with each signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(pub u32);

/// A key that signs. `Debug` does not show the secret, and memory is wiped when it is dropped.
///
/// Its text, `PRIVATE+KEY+NAME+ID+DATA`, is that of Go's `golang.org/x/mod/sumdb/note`: `ID` in eight hexadecimal digits, `DATA` in Base64
/// the byte of the role and the 32 bytes of the secret.
#[derive(Clone)]
pub struct SigningKey {
    secret: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

/// The public half of a key, by which signatures are verified.
///
/// Its text, `NAME+ID+DATA`, is the *vkey* of C2SP `signed-note`: `ID` in eight hexadecimal digits, `DATA` in Base64 the byte of the role
/// and the 32 bytes of the Ed25519 public key.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    role: Role,
    id: KeyId,
    key: ed25519_dalek::VerifyingKey,
}

/// A text that is no key, or a name that no key can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A name that would not be read back.
    #[error(
        "{0:?} cannot be the name of a key: a name has 1 to {NAME_BYTES_MAX} bytes, no spaces, no control characters and no plus; a name \
         like that of a host and a path is usual, such as docket.example/log"
    )]
    Name(String),
    /// Not the form of a public key.
    #[error(
        "this is no public key: one is written NAME+ID+DATA, with an id of eight hexadecimal digits and Base64 data"
    )]
    Verifier,
    /// Not the form of a signing key. The text is not repeated here, as it may be a secret.
    #[error(
        "this is no signing key: one is written PRIVATE+KEY+NAME+ID+DATA, with an id of eight hexadecimal digits and Base64 data"
    )]
    Signing,
    /// A signing key where the public one is wanted.
    #[error(
        "this is a signing key, and secret; what is wanted here is its public half, written NAME+ID+DATA"
    )]
    Secret,
    /// A type byte that stands for nothing here.
    #[error(
        "the key {name} is of type {found:#04x}; known are 0x01 (a log's, Ed25519) and 0x04 (a witness's, Ed25519)"
    )]
    Type {
        /// The name of the key.
        name: String,
        /// Its type byte.
        found: u8,
    },
    /// The id is not the hash of the key.
    #[error(
        "the key {name} says that its id is {said}, but it is {actual}: a part of its text was altered or lost"
    )]
    Id {
        /// The name of the key.
        name: String,
        /// The id in the text.
        said: KeyId,
        /// The id of the key in the text.
        actual: KeyId,
    },
    /// Bytes that are no point of the curve, or one by which anything verifies.
    #[error("the key {0} is no public key of Ed25519 that can be relied on")]
    Point(String),
}

impl Role {
    /// The type byte of C2SP `signed-note`.
    fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }

    fn of(byte: u8, name: &str) -> Result<Self, KeyError> {
        match byte {
            0x01 => Ok(Self::Log),
            0x04 => Ok(Self::Witness),
            found => Err(KeyError::Type { name: name.to_owned(), found }),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "log",
            Self::Witness => "witness",
        })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl SigningKey {
    /// A key of 32 bytes, which must be random and stay secret.
    ///
    /// # Errors
    ///
    /// When the name is none that a key can have.
    pub fn new(role: Role, name: &str, secret: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = ed25519_dalek::SigningKey::from_bytes(secret);
        let verifier = VerifierKey::new(role, name, secret.verifying_key())?;
        Ok(Self { secret, verifier })
    }

    /// Reads [`SigningKey::to_text`], with or without a newline at its end.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it, without repeating any of the secret.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_end();
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Signing)?;
        let (name, id, role, secret) = parse_parts(rest, KeyError::Signing)?;
        let key = Self::new(role, name, &secret)?;
        key.verifier.expect_id(id)?;
        Ok(key)
    }

    /// The secret as text. Whoever has it can sign in this name.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let VerifierKey { name, role, id, .. } = &self.verifier;
        let data = typed(*role, self.secret.as_bytes());
        let data = Zeroizing::new(BASE64_STANDARD.encode(data.as_slice()));
        Zeroizing::new(format!("PRIVATE+KEY+{name}+{id}+{}", data.as_str()))
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a message.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, secret not shown)", self.verifier)
    }
}

impl VerifierKey {
    fn new(role: Role, name: &str, key: ed25519_dalek::VerifyingKey) -> Result<Self, KeyError> {
        check_name(name)?;
        if key.is_weak() {
            return Err(KeyError::Point(name.to_owned()));
        }
        let id = KeyId(signed_note::key_id(name, typed(role, key.as_bytes()).as_slice()));
        Ok(Self { name: name.to_owned(), role, id, key })
    }

    /// Reads a vkey, with or without a newline at its end.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_end();
        if text.starts_with("PRIVATE+KEY+") {
            return Err(KeyError::Secret);
        }
        let (name, id, role, key) = parse_parts(text, KeyError::Verifier)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key);
        let verifier = Self::new(role, name, key.map_err(|_| KeyError::Point(name.to_owned()))?)?;
        verifier.expect_id(id)?;
        Ok(verifier)
    }

    /// Its name: of a log's key the origin of its checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Its short hash.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    fn expect_id(&self, said: KeyId) -> Result<(), KeyError> {
        if said == self.id {
            Ok(())
        } else {
            Err(KeyError::Id { name: self.name.clone(), said, actual: self.id })
        }
    }

    /// Whether it is the same key, under whatever name.
    pub(crate) fn same_point(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Whether a signature is said to be of this key.
    pub(crate) fn made(&self, signature: &signed_note::Signature) -> bool {
        signature.name() == self.name && signature.id() == self.id.0
    }

    /// Whether this key made the signature of the message.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

/// The vkey.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = BASE64_STANDARD.encode(typed(self.role, self.key.as_bytes()).as_slice());
        write!(f, "{}+{}+{data}", self.name, self.id)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

/// The key of a log, as `signed_note` asks for it.
impl signed_note::Verifier for VerifierKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id.0
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.role == Role::Log && self.accepts(message, signature)
    }
}

/// Whether this can be the name of a key.
pub(crate) fn check_name(name: &str) -> Result<(), KeyError> {
    let fits = name.len() <= NAME_BYTES_MAX && signed_note::is_key_name_valid(name);
    if fits && !name.chars().any(char::is_control) { Ok(()) } else { Err(KeyError::Name(name.to_owned())) }
}

/// The byte of a role and the bytes of a key.
fn typed(role: Role, key: &[u8; 32]) -> Zeroizing<[u8; 33]> {
    let mut bytes = Zeroizing::new([role.byte(); 33]);
    let [_, rest @ ..] = &mut *bytes;
    rest.copy_from_slice(key);
    bytes
}

type Parts<'a> = (&'a str, KeyId, Role, Zeroizing<[u8; 32]>);

/// Name, id, role and key of `NAME+ID+DATA`.
fn parse_parts(text: &str, malformed: KeyError) -> Result<Parts<'_>, KeyError> {
    let parts = || {
        let (name, rest) = text.split_once('+').filter(|_| text.len() <= TEXT_BYTES_MAX)?;
        let (id, data) = rest.split_once('+').filter(|(id, _)| id.len() == 8)?;
        // `from_str_radix` would take a sign.
        let id = u32::from_str_radix(id, 16).ok().filter(|_| !id.starts_with('+'))?;
        let mut bytes = Zeroizing::new([0; 33]);
        let decoded = BASE64_STANDARD.decode_slice(data, bytes.as_mut_slice()).ok()?;
        Some((name, KeyId(id), bytes)).filter(|_| decoded == 33)
    };
    let (name, id, bytes) = parts().ok_or(malformed)?;
    let [role, key @ ..] = &*bytes;
    Ok((name, id, Role::of(*role, name)?, Zeroizing::new(*key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Go's `sumdb/note`.
    #[test]
    fn the_signature_that_go_published_is_made_and_accepted() {
        let text = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
        let line =
            "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let published = BASE64_STANDARD.decode(line).unwrap();
        let secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
        let key = SigningKey::parse(secret).unwrap();
        assert_eq!(published[..4], key.verifier().id().0.to_be_bytes());
        assert_eq!(published[4..], key.sign(text.as_bytes()));
        assert!(key.verifier().accepts(text.as_bytes(), &published[4..]));
        assert!(!key.verifier().accepts(text.trim_end().as_bytes(), &published[4..]));
    }
}
