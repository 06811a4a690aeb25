//! Answers about a status as the bytes in which they go out, kept for the next question of the same.
//!
//! An answer may be kept only as long as all that it was made of is the same. So what it is made of is in one place, [`Grounds`]: from them
//! alone comes the answer, and from them what it hangs on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use docket_api::{pb, to_proto};
use docket_domain::id::AuthorityId;
use docket_domain::status::{AsOf, Asked, AuthorityStatus};
use docket_domain::{Position, Revision};
use prost::Message as _;
use prost::bytes::BufMut;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len, message};

use super::directory::Reference;
use super::error::TrackerError;
use super::histories::History;
use super::room::Room;
use super::who::Who;

/// Most bytes of answers that are kept.
const ANSWERS_BYTES_MAX: usize = 8 << 20;

/// All that an answer is made of.
pub(super) struct Grounds<W = AuthorityId> {
    /// Whom it is about.
    pub(super) who: W,
    /// The stream of whoever it is about, as known then.
    pub(super) history: History,
    /// The register and the national facts as known then.
    pub(super) reference: Arc<Reference>,
    pub(super) as_of: AsOf,
}

/// What an answer hangs on, beside whom it is about and what of its `as_of` the rules see. A stream has the same events up to the same
/// revision for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
struct HangsOn {
    /// Of the stream of the authority; its entry in the register is made of the same stream.
    history: Revision,
    /// Of the last event of the calendar or of the regulator.
    national: Position,
}

impl<W: Who> Grounds<W> {
    /// The answer.
    ///
    /// # Errors
    /// [`TrackerError::UnknownAuthority`] or [`TrackerError::UnknownProvider`] if there is none of that name or number as known then.
    pub(super) fn status(&self) -> Result<W::Status, TrackerError> {
        self.who.status(self.history.as_ref(), &self.reference, self.as_of)
    }

    fn hangs_on(&self) -> HangsOn {
        HangsOn { history: self.history.revision(), national: self.reference.national_position }
    }
}

/// An answer as a `docket.v1.GetStatusResponse`.
#[derive(Clone)]
pub struct StatusBytes {
    as_of: AsOf,
    rest: Arc<Rest>,
}

/// A `docket.v1.AuthorityStatus` without its `as_of`.
struct Rest {
    bytes: Vec<u8>,
    /// Where the `as_of` belongs.
    place: usize,
}

/// An answer, and what it hangs on.
type Kept = (HangsOn, Arc<Rest>);

/// The answers that are kept, by whom they are about and what was asked.
pub(super) struct Answers(Mutex<Room<(AuthorityId, Asked), Kept>>);

impl Default for Answers {
    fn default() -> Self {
        Self(Mutex::new(Room::new(ANSWERS_BYTES_MAX)))
    }
}

impl Answers {
    /// The answer on these grounds.
    ///
    /// # Errors
    /// Those of [`Grounds::status`].
    pub(super) fn on(&self, grounds: &Grounds) -> Result<StatusBytes, TrackerError> {
        let as_of = grounds.as_of;
        let hangs_on = grounds.hangs_on();
        let key = (grounds.who.clone(), as_of.asked());
        let kept = self.kept().ask(&key).filter(|(on, _)| *on == hangs_on).map(|(_, rest)| Arc::clone(rest));
        if let Some(rest) = kept {
            return Ok(StatusBytes { as_of, rest });
        }
        let rest = Arc::new(Rest::of(&grounds.status()?));
        let bytes = rest.bytes.capacity() + size_of::<Rest>() + 3 * key.0.as_str().len();
        self.kept().put(&key, (hangs_on, Arc::clone(&rest)), bytes);
        Ok(StatusBytes { as_of, rest })
    }
    fn kept(&self) -> MutexGuard<'_, Room<(AuthorityId, Asked), Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rest {
    fn of(status: &AuthorityStatus) -> Self {
        let status = pb::AuthorityStatus { as_of: None, ..to_proto::status(status) };
        // Fields stand in the order of their numbers: 1 is the authority, 2 the `as_of`.
        let place = status.authority.as_ref().map_or(0, |authority| message::encoded_len(1, authority));
        Self { bytes: status.encode_to_vec(), place }
    }
}

impl StatusBytes {
    /// Which answer it is.
    #[must_use]
    pub fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// Bytes of it as a `docket.v1.GetStatusResponse`.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let status = self.status_len(&to_proto::as_of(&self.as_of));
        key_len(1) + encoded_len_varint(status as u64) + status
    }

    /// Appends it as a `docket.v1.GetStatusResponse`.
    pub fn encode(&self, out: &mut impl BufMut) {
        let as_of = to_proto::as_of(&self.as_of);
        let (authority, others) = self.rest.bytes.split_at(self.rest.place);
        encode_key(1, WireType::LengthDelimited, out);
        encode_varint(self.status_len(&as_of) as u64, out);
        out.put_slice(authority);
        message::encode(2, &as_of, out);
        out.put_slice(others);
    }

    fn status_len(&self, as_of: &pb::AsOf) -> usize {
        self.rest.bytes.len() + message::encoded_len(2, as_of)
    }
}
