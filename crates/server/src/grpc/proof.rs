//! `ProofService`.

use docket_api::pb::proof_service_server::ProofService;
use docket_api::{from_proto, pb};
use docket_domain::id::InvalidProviderUrn;
use docket_domain::{EventId, Position, StreamId};
use docket_proof::{Hash, SignedCheckpoint};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::Grpc;
use super::errors::Failure;
use super::respond;
use crate::proof::{BundleSubject, Completeness, Proofs};

/// Checkpoints on a page if nobody says how many.
const PAGE_DEFAULT: usize = 100;
/// Most checkpoints on a page.
const PAGE_MAX: usize = 1_000;

#[tonic::async_trait]
impl ProofService for Grpc {
    async fn get_log_keys(
        &self,
        _request: Request<pb::GetLogKeysRequest>,
    ) -> Result<Response<pb::GetLogKeysResponse>, Status> {
        respond::one("GetLogKeys", async {
            let proofs = self.proofs()?;
            Ok(pb::GetLogKeysResponse {
                origin: proofs.keys().origin().to_owned(),
                verifier_keys: proofs.verifiers().iter().map(ToString::to_string).collect(),
                witness_keys: proofs.witnesses().iter().map(ToString::to_string).collect(),
            })
        })
        .await
    }

    async fn get_checkpoint(
        &self,
        request: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::GetCheckpointResponse>, Status> {
        use pb::get_checkpoint_request::Which;
        respond::one("GetCheckpoint", async {
            let proofs = self.proofs()?;
            let checkpoint = match request.into_inner().which {
                None => proofs.latest()?,
                Some(Which::Size(size)) => proofs.of_size(size)?,
                Some(Which::CoveringPosition(position)) => proofs.covering(Position(position))?,
            };
            Ok(pb::GetCheckpointResponse { checkpoint: Some(signed(&checkpoint)) })
        })
        .await
    }

    async fn list_checkpoints(
        &self,
        request: Request<pb::ListCheckpointsRequest>,
    ) -> Result<Response<pb::ListCheckpointsResponse>, Status> {
        respond::one("ListCheckpoints", async { self.checkpoints(&request.into_inner()) }).await
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<pb::GetInclusionProofRequest>,
    ) -> Result<Response<pb::GetInclusionProofResponse>, Status> {
        respond::one("GetInclusionProof", self.inclusion(request.into_inner())).await
    }

    async fn get_consistency_proof(
        &self,
        request: Request<pb::GetConsistencyProofRequest>,
    ) -> Result<Response<pb::GetConsistencyProofResponse>, Status> {
        respond::one("GetConsistencyProof", async {
            let pb::GetConsistencyProofRequest { first_size, second_size } = request.into_inner();
            let proved = self.proofs()?.consistency(first_size, second_size).await?;
            let [(first_size, first_root), (second_size, second_root)] = proved.trees;
            Ok(pb::GetConsistencyProofResponse {
                first_size,
                first_root_hash: first_root.to_vec(),
                second_size,
                second_root_hash: second_root.to_vec(),
                hashes: bytes(&proved.hashes),
            })
        })
        .await
    }

    async fn get_completeness_proof(
        &self,
        request: Request<pb::GetCompletenessProofRequest>,
    ) -> Result<Response<pb::GetCompletenessProofResponse>, Status> {
        respond::one("GetCompletenessProof", self.completeness(request.into_inner())).await
    }

    async fn get_case_bundle(
        &self,
        request: Request<pb::GetCaseBundleRequest>,
    ) -> Result<Response<pb::GetCaseBundleResponse>, Status> {
        respond::one("GetCaseBundle", async {
            let request = request.into_inner();
            let subject = subject(&request)?;
            let question = from_proto::as_of(request.as_of.as_ref(), "as_of")?;
            if question.known != from_proto::Known::Head {
                let why = "is left out: a bundle says what is known as of its checkpoint";
                return Err(Failure::field("as_of.known_position", why));
            }
            let bundle = self.proofs()?.case_bundle(&self.tracker, &subject, &question).await?;
            Ok(pb::GetCaseBundleResponse { bundle: Some(bundle) })
        })
        .await
    }
}

/// Of whom a bundle is asked for: one of two fields.
fn subject(request: &pb::GetCaseBundleRequest) -> Result<BundleSubject, Failure> {
    if request.provider.is_empty() {
        let authority = super::status::named("authority", &request.authority)?;
        return Ok(BundleSubject::Authority(authority.to_owned()));
    }
    if !request.authority.is_empty() {
        return Err(Failure::field(
            "provider",
            "is left out where authority is given: a bundle is of one subject",
        ));
    }
    let urn = request
        .provider
        .parse()
        .map_err(|error: InvalidProviderUrn| Failure::field("provider", error.to_string()))?;
    Ok(BundleSubject::Provider(urn))
}

impl Grpc {
    fn proofs(&self) -> Result<&std::sync::Arc<Proofs>, Failure> {
        self.proofs.as_ref().ok_or(Failure::NoProofs)
    }

    fn checkpoints(
        &self,
        request: &pb::ListCheckpointsRequest,
    ) -> Result<pb::ListCheckpointsResponse, Failure> {
        let wanted = match usize::try_from(request.page_size) {
            Ok(0) => PAGE_DEFAULT,
            Ok(size) => size.min(PAGE_MAX),
            Err(_) => return Err(Failure::field("page_size", "is not negative")),
        };
        // A token is the size from which the next page goes on.
        let from = match request.page_token.as_str() {
            "" => 0,
            token => token.parse().map_err(|_| Failure::PageToken)?,
        };
        let mut checkpoints = self.proofs()?.from_size(from, wanted + 1)?;
        let next = (checkpoints.len() > wanted).then(|| checkpoints.pop()).flatten();
        Ok(pb::ListCheckpointsResponse {
            checkpoints: checkpoints.iter().map(signed).collect(),
            next_page_token: next.map(|next| next.checkpoint().size.to_string()).unwrap_or_default(),
        })
    }

    async fn inclusion(
        &self,
        request: pb::GetInclusionProofRequest,
    ) -> Result<pb::GetInclusionProofResponse, Failure> {
        use pb::get_inclusion_proof_request::Which;
        let proofs = self.proofs()?;
        let position = match &request.which {
            None => return Err(Failure::field("which", "is a position or an event id")),
            Some(Which::Position(0)) => return Err(Failure::field("position", "counts from 1")),
            Some(Which::Position(position)) => Position(*position),
            Some(Which::EventId(text)) => {
                let id: Uuid =
                    text.parse().map_err(|_| Failure::field("event_id", format!("{text:?} is no UUID")))?;
                proofs.position_of(EventId(id.into_bytes())).await?
            }
        };
        let size = match request.checkpoint_size {
            0 => match proofs.latest()?.checkpoint().size {
                latest if position.0 <= latest => latest,
                _ => proofs.covering(position)?.checkpoint().size,
            },
            size => size,
        };
        let proved = proofs.inclusion(position, size).await?;
        let withheld = match from_proto::dated_view(request.view, request.effective_date.as_ref())? {
            Some(view) => self.tracker.is_withheld_at(view, position).await?,
            None => false,
        };
        Ok(pb::GetInclusionProofResponse {
            position: proved.position.0,
            leaf_hash: docket_proof::leaf_hash(&proved.stored).to_vec(),
            stored: if withheld { Vec::new() } else { proved.stored },
            hashes: bytes(&proved.hashes),
            checkpoint: Some(signed(&proved.checkpoint)),
        })
    }

    async fn completeness(
        &self,
        request: pb::GetCompletenessProofRequest,
    ) -> Result<pb::GetCompletenessProofResponse, Failure> {
        use pb::get_completeness_proof_request::Which;
        let proofs = self.proofs()?;
        let stream: StreamId = match &request.which {
            None => return Err(Failure::field("which", "is a stream or an authority")),
            Some(Which::Stream(stream)) => {
                stream.parse().map_err(|error| Failure::field("stream", format!("{stream:?} {error}")))?
            }
            Some(Which::Authority(named)) => {
                let named = super::status::named("authority", named)?;
                let question = from_proto::as_of(None, "as_of")?;
                self.tracker.authority_stream(named, self.tracker.head(), &question).await?.1
            }
        };
        let Completeness { heads, stream, .. } =
            proofs.completeness(&stream, request.checkpoint_size).await?;
        Ok(pb::GetCompletenessProofResponse {
            checkpoint: Some(signed(&heads.checkpoint)),
            heads: Some(heads.to_heads_proof()),
            stream: Some(stream.to_proto()),
        })
    }
}

pub(super) fn signed(checkpoint: &SignedCheckpoint) -> pb::SignedCheckpoint {
    pb::SignedCheckpoint {
        note: checkpoint.to_string(),
        size: checkpoint.checkpoint().size,
        root_hash: checkpoint.checkpoint().root.to_vec(),
    }
}

fn bytes(hashes: &[Hash]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.to_vec()).collect()
}
