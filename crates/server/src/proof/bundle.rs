//! A case bundle: the history of an authority or a provider, what proves it, and the answer that follows.

use std::sync::Arc;

use docket_api::from_proto::{AsOfQuestion, DatedView, Known};
use docket_api::{pb, to_proto};
use docket_domain::id::ProviderUrn;
use docket_domain::{Position, StreamId};
use docket_log::{From, READ_EVENTS_MAX, Selection, StoredEvent};
use docket_proof::Hash;

use super::heads::Heads;
use super::prove::{Inclusion, StreamHeadProof};
use super::verify::BUNDLE_FORMAT;
use super::{Proofs, ProofsError};
use crate::tracker::Tracker;

/// Of whom a bundle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleSubject {
    /// An authority, by name or code.
    Authority(String),
    /// A regulated provider.
    Provider(ProviderUrn),
}

impl Proofs {
    /// The bundle of a subject as of the latest checkpoint. `question` says for which day, by which basis and view it is answered.
    ///
    /// # Errors
    /// [`ProofsError`]; those of the tracker for the subject's name.
    pub async fn case_bundle(
        self: &Arc<Self>,
        tracker: &Tracker,
        subject: &BundleSubject,
        question: &AsOfQuestion,
    ) -> Result<pb::CaseBundle, ProofsError> {
        let checkpoint = self.latest()?;
        let last = self.last_heads_event(checkpoint.checkpoint().size).await?;
        let last = last.ok_or(ProofsError::NoSuchCheckpoint { size: 0 })?;
        let heads = self.heads_at(&last).await?;
        let (authority, stream) = match subject {
            BundleSubject::Authority(named) => {
                tracker.authority_stream(named, heads.through, question).await?
            }
            BundleSubject::Provider(urn) => {
                // Of one that is not registered the refusal is that of a question about it.
                let known = Known::Position(heads.through);
                tracker.provider(urn.clone(), &AsOfQuestion { known, ..*question }).await?;
                (String::new(), urn.stream())
            }
        };
        let mut streams = vec![stream];
        for national in StreamId::NATIONAL {
            let is_there = heads.tree.heads().iter().any(|head| &*head.stream == national);
            if is_there || national == StreamId::CALENDAR {
                streams.push(named(national)?);
            }
        }
        let view = DatedView { view: question.view, on: question.effective };
        let withheld = tracker.withheld_from_bundle(view, &streams, heads.through).await?;
        if withheld > 0 {
            return Err(ProofsError::NotPublicYet { withheld });
        }
        let mut bundled = Vec::new();
        let mut known = Position::START;
        for stream in streams {
            let events = self.events_of(&stream, heads.through).await?;
            known = events.iter().map(|event| event.position).fold(known, Position::max);
            bundled.push(self.bundled(&heads, &stream, &events, checkpoint.checkpoint()).await?);
        }
        let asked = AsOfQuestion { known: Known::Position(known), ..*question };
        let (provider, status, provider_status) = match subject {
            BundleSubject::Authority(_) => {
                let status = to_proto::status(&tracker.status(&authority, &asked).await?);
                (String::new(), Some(status), None)
            }
            BundleSubject::Provider(urn) => {
                let status = tracker.provider(urn.clone(), &asked).await?;
                (urn.to_string(), None, Some(to_proto::provider_status(&status)))
            }
        };
        let positions = vec![last.event.position];
        let hashes = self.inclusions(positions, checkpoint.checkpoint()).await?.concat();
        let heads = pb::HeadsProof {
            position: last.event.position.0,
            stored: last.event.stored().to_vec(),
            hashes: bytes(&hashes),
        };
        Ok(pb::CaseBundle {
            format: BUNDLE_FORMAT,
            authority,
            checkpoint: checkpoint.to_string(),
            heads: Some(heads),
            streams: bundled,
            status,
            provider,
            provider_status,
        })
    }

    async fn events_of(&self, stream: &StreamId, through: Position) -> Result<Vec<StoredEvent>, ProofsError> {
        let selection = Selection::Stream(stream.clone());
        let mut events = Vec::new();
        let mut after = Position::START;
        while after < through {
            let read = self.log.read(&selection, From::After(after), READ_EVENTS_MAX).await?;
            let Some(last) = read.last() else { break };
            after = last.position;
            events.extend(read.into_iter().filter(|event| event.position <= through));
        }
        Ok(events)
    }

    async fn bundled(
        self: &Arc<Self>,
        heads: &Heads,
        stream: &StreamId,
        events: &[StoredEvent],
        checkpoint: &docket_proof::Checkpoint,
    ) -> Result<pb::BundledStream, ProofsError> {
        let positions = events.iter().map(|event| event.position).collect();
        let hashes = self.inclusions(positions, checkpoint).await?;
        let bundled = events.iter().zip(&hashes).map(|(event, hashes)| pb::BundledEvent {
            stored: event.stored().to_vec(),
            hashes: bytes(hashes),
        });
        Ok(pb::BundledStream {
            proof: Some(heads.prove(stream.as_str())?.to_proto()),
            events: bundled.collect(),
        })
    }
}

fn named(stream: &'static str) -> Result<StreamId, ProofsError> {
    stream.parse().map_err(|_| ProofsError::UnknownStream(stream.to_owned()))
}

/// Hashes as the wire has them.
pub(super) fn bytes(hashes: &[Hash]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.to_vec()).collect()
}

impl StreamHeadProof {
    /// As the wire has it.
    #[must_use]
    pub fn to_proto(&self) -> pb::StreamProof {
        pb::StreamProof {
            stream: self.head.stream.to_string(),
            revision: self.head.revision,
            leaf_hash: self.head.leaf.to_vec(),
            index: self.proof.index,
            count: self.proof.count,
            hashes: bytes(&self.proof.path),
        }
    }
}

impl Inclusion {
    /// As the wire has it, of an event of heads.
    #[must_use]
    pub fn to_heads_proof(&self) -> pb::HeadsProof {
        pb::HeadsProof { position: self.position.0, stored: self.stored.clone(), hashes: bytes(&self.hashes) }
    }
}
