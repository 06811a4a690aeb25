//! The values by which things are named: each exists only if it is well formed.

use alloc::string::String;
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;
use core::str::FromStr;

/// Longest stream name, in bytes.
pub const STREAM_LEN_MAX: usize = 100;

/// A place in the whole log: 1, 2, 3 … without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

/// A place in one stream: 1, 2, 3 … without a gap. 0 stands for a stream that has no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Revision {
    /// Of a stream that has no event.
    pub const NONE: Self = Self(0);

    /// The revision after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the two digits of each byte of an id stand, with hyphens between them.
const ID_PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
/// The same without hyphens.
const BARE_ID_PLACES: [usize; 16] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30];

/// The UUID of an event, chosen by whoever records it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: an answer names hundreds of ids.
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
        let mut text = [b'-'; 36];
        for (byte, place) in self.0.iter().zip(ID_PLACES) {
            if let Some([high, low]) = text.get_mut(place..place + 2) {
                (*high, *low) = (digit(byte >> 4), digit(byte & 15));
            }
        }
        f.write_str(core::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a UUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a UUID: 32 hexadecimal digits, with hyphens as in 0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c")]
pub struct InvalidEventId;

impl FromStr for EventId {
    type Err = InvalidEventId;

    /// Reads 32 hexadecimal digits, with the usual four hyphens or none.
    fn from_str(text: &str) -> Result<Self, InvalidEventId> {
        let text = text.as_bytes();
        let is_hyphen = |place: &usize| text.get(*place) == Some(&b'-');
        let places = match text.len() {
            32 => BARE_ID_PLACES,
            36 if [8, 13, 18, 23].iter().all(is_hyphen) => ID_PLACES,
            _ => return Err(InvalidEventId),
        };
        let digit = |place: usize| match text.get(place) {
            Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
            Some(digit @ b'a'..=b'f') => Ok(digit - b'a' + 10),
            Some(digit @ b'A'..=b'F') => Ok(digit - b'A' + 10),
            _ => Err(InvalidEventId),
        };
        let mut bytes = [0_u8; 16];
        for (byte, place) in bytes.iter_mut().zip(places) {
            *byte = digit(place)? << 4 | digit(place + 1)?;
        }
        Ok(Self(bytes))
    }
}

/// The name of a stream: `authority/ID`, `provider/URN`, `calendar/england-and-wales` or `regulator/ofsted`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(Arc<str>);

/// The text is not the name of a stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a stream: a category and an id of letters, digits, '-', '_' and '.', as in authority/kingston-upon-hull, \
     at most {STREAM_LEN_MAX} bytes"
)]
pub struct InvalidStreamId;

impl StreamId {
    /// The bank holidays of England and Wales.
    pub const CALENDAR: &'static str = "calendar/england-and-wales";
    /// What Ofsted does nationally.
    pub const REGULATOR: &'static str = "regulator/ofsted";
    /// What is set where no source settles it.
    pub const POLICY: &'static str = "policy/docket";
    /// The streams that hold for everybody.
    pub const NATIONAL: [&'static str; 3] = [Self::CALENDAR, Self::REGULATOR, Self::POLICY];
    /// The category of the streams of authorities.
    pub const AUTHORITY: &'static str = "authority";
    /// The category of the streams of regulated providers.
    pub const PROVIDER: &'static str = "provider";

    /// The stream as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text is the name of a stream.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        let mut slash = None;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'A'..=b'Z' | b'-' | b'_' | b'.' => {}
                b'/' if slash.is_none() => slash = Some(at),
                _ => return false,
            }
        }
        text.len() <= STREAM_LEN_MAX && slash.is_some_and(|at| 0 < at && at + 1 < text.len())
    }

    /// What stands before the slash: `authority`.
    #[must_use]
    pub fn category(&self) -> &str {
        self.0.split_once('/').map_or("", |(category, _)| category)
    }

    /// What stands after the slash: `kingston-upon-hull`.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, subject)| subject)
    }
}

/// A map by stream is asked by name too.
impl Borrow<str> for StreamId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The name, shared.
impl From<StreamId> for Arc<str> {
    fn from(stream: StreamId) -> Self {
        stream.0
    }
}

impl FromStr for StreamId {
    type Err = InvalidStreamId;

    fn from_str(text: &str) -> Result<Self, InvalidStreamId> {
        if Self::is_name(text) { Ok(Self(text.into())) } else { Err(InvalidStreamId) }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Longest key, in bytes.
pub const KEY_LEN_MAX: usize = 120;

/// The text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a key: 1 to {KEY_LEN_MAX} letters, digits, '-', '_', '.', ':' and '/', as in ilacs-2022-11-14"
)]
pub struct InvalidKey;

/// Declares a kind of key: text that names a thing within its stream.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The key as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// A map by key is asked by text too.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidKey;

            fn from_str(text: &str) -> Result<Self, InvalidKey> {
                let fits = (1..=KEY_LEN_MAX).contains(&text.len())
                    && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/'));
                if fits { Ok(Self(text.into())) } else { Err(InvalidKey) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

keys! {
    /// Docket's own name of an authority; never changes.
    AuthorityId;
    /// An inspection or visit, unique in its stream: `ilacs-2022-11-14`.
    InspectionKey;
    /// An instrument or appointment, unique in its stream: `direction-2019-06-04`.
    InstrumentKey;
    /// An obligation: `ilacs-2022-11-14/written-statement`.
    ObligationKey;
    /// A delivery arrangement, unique in its stream.
    ArrangementKey;
    /// A measure of enforcement against a provider, unique in its stream: `compliance-notice-2024-03-01`.
    MeasureKey;
    /// A national suspension of inspections, unique in the regulator's stream: `routine-2020-03-17`.
    SuspensionKey;
    /// The use of an exemption, unique in its stream.
    ExemptionKey;
    /// A concern, unique in its stream.
    ConcernKey;
}

impl ObligationKey {
    /// The obligation of a kind that the rules open for an inspection or an instrument.
    #[must_use]
    pub fn derived(of: &str, kind: crate::terms::ObligationKind) -> Self {
        Self(alloc::format!("{of}/{}", kind.name().replace('_', "-")))
    }

    /// What stands before the last slash, and the kind that its last word names, if it names one.
    #[must_use]
    pub fn parts(&self) -> Option<(&str, crate::terms::ObligationKind)> {
        let (of, word) = self.0.rsplit_once('/')?;
        let kind = crate::terms::ObligationKind::ALL.iter().find(|k| k.name().replace('_', "-") == word)?;
        Some((of, *kind))
    }
}

/// The Ofsted URN of a regulated provider: `SC012345`, `1234567`. Never changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderUrn(Arc<str>);

/// The text is not an Ofsted URN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not an Ofsted URN: up to two capital letters and 5 to 8 digits, as in SC012345, EY123456 or 1234567"
)]
pub struct InvalidProviderUrn;

impl ProviderUrn {
    /// The URN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URN of the provider whose stream this is.
    #[must_use]
    pub fn of(stream: &StreamId) -> Option<Self> {
        if stream.category() == StreamId::PROVIDER { stream.subject().parse().ok() } else { None }
    }

    /// The provider's stream.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        StreamId(alloc::format!("{}/{}", StreamId::PROVIDER, self.0).into())
    }
}

impl FromStr for ProviderUrn {
    type Err = InvalidProviderUrn;

    fn from_str(text: &str) -> Result<Self, InvalidProviderUrn> {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let letters = text.len() - digits.len();
        let fits =
            letters <= 2 && (5..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Self(text.into())) } else { Err(InvalidProviderUrn) }
    }
}

impl fmt::Display for ProviderUrn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_urn_names_a_provider_and_its_stream() {
        let urn: ProviderUrn = "SC012345".parse().unwrap();
        assert_eq!(urn.stream().as_str(), "provider/SC012345");
        assert_eq!(ProviderUrn::of(&urn.stream()), Some(urn));
        assert_eq!(ProviderUrn::of(&"authority/12345".parse().unwrap()), None);
        for text in ["", "SC", "sc012345", "SCX12345", "1234", "123456789", "SC01234A", "12345 "] {
            assert_eq!(text.parse::<ProviderUrn>(), Err(InvalidProviderUrn), "{text}");
        }
    }

    #[test]
    fn an_event_id_reads_back_as_it_was_written() {
        let text = "0b6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c";
        assert_eq!(text.parse::<EventId>().unwrap().to_string(), text);
        assert_eq!(text.replace('-', "").parse::<EventId>().unwrap().to_string(), text);
    }

    #[test]
    fn an_event_id_with_a_misplaced_hyphen_or_a_foreign_digit_is_refused() {
        for text in
            ["", "0b6f1d5e", "0b6f1d5e0-d7c-4c55-9d3e-6f0c8f7a1b2c", "zb6f1d5e-0d7c-4c55-9d3e-6f0c8f7a1b2c"]
        {
            assert_eq!(text.parse::<EventId>(), Err(InvalidEventId), "{text}");
        }
    }

    #[test]
    fn a_stream_has_a_category_and_a_subject() {
        let stream: StreamId = "authority/kingston-upon-hull".parse().unwrap();
        assert_eq!((stream.category(), stream.subject()), ("authority", "kingston-upon-hull"));
        for text in ["", "authority", "authority/", "/hull", "authority/a/b", "authority/kingston upon hull"]
        {
            assert_eq!(text.parse::<StreamId>(), Err(InvalidStreamId), "{text}");
        }
    }
}
