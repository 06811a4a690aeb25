//! A running server against a checkpoint that the auditor kept: is its log the same, and did it only grow?

use docket_api::pb;
use docket_proof::{Checkpoint, Hash, SignedCheckpoint, VerifierKey, verify_consistency};
use docket_server::proof::Demands;

use super::{events, forged};
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::{Out, note};
use crate::process::chain;

/// Asks a server for its latest checkpoint, and for the proof that it goes on from the one that was kept; without one, the signatures
/// alone are verified. Gives the latest checkpoint, to be kept for the next time.
///
/// # Errors
/// If a signature or the proof does not hold.
pub(crate) async fn server(
    client: &Client,
    kept: Option<&str>,
    demands: &Demands,
    out: &mut Out,
) -> Result<String, Failure> {
    let keys = keys(client, demands).await?;
    let request = pb::GetCheckpointRequest { which: None };
    let latest = client.proof().get_checkpoint(request).await.or_failed(client).await?.into_inner();
    let latest = open(&latest.checkpoint.unwrap_or_default().note, &keys)?;
    if 0 < demands.required || !demands.witnesses.is_empty() {
        latest.cosigned(&demands.witnesses, demands.required).map_err(|error| forged(chain(&error)))?;
    }
    let Checkpoint { origin, size, root } = latest.checkpoint().clone();
    let mut told =
        format!("The log {origin} has {}, signed with the key {}.\n", events(size), latest.signer());
    if let Some(kept) = kept {
        let kept = open(kept, &keys)?;
        let before = kept.checkpoint();
        consistent(client, before, size, &root).await?;
        told = format!(
            "PROVED. {told}It goes on from the checkpoint of {} that you kept: nothing up to there was changed or removed.\n",
            events(before.size)
        );
    }
    if out.json() {
        let checkpoint = pb::SignedCheckpoint { note: latest.to_string(), size, root_hash: root.to_vec() };
        out.message(&pb::GetCheckpointResponse { checkpoint: Some(checkpoint) })?;
    } else {
        out.text(&told)?;
    }
    Ok(latest.to_string())
}

/// The keys to believe: those that were named, or else those that the server names itself.
async fn keys(client: &Client, demands: &Demands) -> Result<Vec<VerifierKey>, Failure> {
    if !demands.keys.is_empty() {
        return Ok(demands.keys.clone());
    }
    note("no --key was given: the keys are believed that the server itself names");
    let said =
        client.proof().get_log_keys(pb::GetLogKeysRequest {}).await.or_failed(client).await?.into_inner();
    let parsed = said.verifier_keys.iter().map(|key| VerifierKey::parse(key));
    parsed.collect::<Result<_, _>>().map_err(|error| forged(format!("the server's keys: {}", chain(&error))))
}

fn open(note: &str, keys: &[VerifierKey]) -> Result<SignedCheckpoint, Failure> {
    SignedCheckpoint::open(note.as_bytes(), keys).map_err(|error| forged(chain(&error)))
}

async fn consistent(client: &Client, before: &Checkpoint, size: u64, root: &Hash) -> Result<(), Failure> {
    if size < before.size {
        return Err(forged(format!(
            "the server's log has {}, the checkpoint that you kept has {}: events are gone",
            events(size),
            events(before.size)
        )));
    }
    let request = pb::GetConsistencyProofRequest { first_size: before.size, second_size: size };
    let proof = client.proof().get_consistency_proof(request).await.or_failed(client).await?.into_inner();
    let hashes: Vec<Hash> = proof
        .hashes
        .iter()
        .map(|hash| hash.as_slice().try_into().map_err(|_| forged("a hash of the proof has not 32 bytes")))
        .collect::<Result<_, _>>()?;
    verify_consistency(before.size, &before.root, size, root, &hashes).map_err(|error| {
        forged(format!(
            "the server's log does not go on from the checkpoint that you kept: {}",
            chain(&error)
        ))
    })
}
