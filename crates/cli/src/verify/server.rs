//! A running server against a checkpoint that the auditor kept: is its log the same, and did it only grow?

use std::path::Path;

use docket_api::pb;
use docket_proof::{
    Checkpoint, Cosignature, CosignatureError, Hash, SignedCheckpoint, VerifierKey, verify_consistency,
};
use docket_server::proof::Demands;

use super::{LOOK_AGAIN, LOOKS_MAX, about_checkpoint, events, forged, read_text, vouched};
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
    kept: Option<&Path>,
    demands: &Demands,
    out: &mut Out,
) -> Result<String, Failure> {
    let keys = keys(client, demands).await?;
    let kept = match kept {
        None => None,
        Some(path) => Some(open(&read_text(path)?, &keys, &path.display().to_string())?),
    };
    let (latest, cosigned) = latest(client, &keys, demands).await?;
    let told = match &kept {
        None => String::new(),
        Some(kept) => goes_on(client, kept.checkpoint(), &latest).await?,
    };
    let Checkpoint { origin, size, root } = latest.checkpoint().clone();
    if out.json() {
        let checkpoint = pb::SignedCheckpoint { note: latest.to_string(), size, root_hash: root.to_vec() };
        out.message(&pb::GetCheckpointResponse { checkpoint: Some(checkpoint) })?;
    } else {
        let first = match (&kept, demands.keys.is_empty()) {
            (None, _) => "",
            (Some(_), false) => "PROVED. ",
            (Some(_), true) => "PROVED, if the key that the server itself names is the log's. ",
        };
        let vouched = vouched(latest.signer(), &cosigned);
        out.text(&format!("{first}The log {origin} has {}, {vouched}.\n{told}", events(size)))?;
        if kept.is_none() {
            out.text("This shows who signed, not that the log only grew: --save FILE keeps the checkpoint, to hold the server against the next time.\n")?;
        }
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

/// A checkpoint whose signature holds. `whose` it is says the failure.
fn open(note: &str, keys: &[VerifierKey], whose: &str) -> Result<SignedCheckpoint, Failure> {
    SignedCheckpoint::open(note.as_bytes(), keys)
        .map_err(|error| forged(format!("{whose}: {}", chain(&error))).hint(about_checkpoint(&error)))
}

/// The latest checkpoint, and the cosignatures that are demanded; these are waited for a little.
async fn latest(
    client: &Client,
    keys: &[VerifierKey],
    demands: &Demands,
) -> Result<(SignedCheckpoint, Vec<Cosignature>), Failure> {
    let mut which = None;
    let mut looks = 0;
    loop {
        let request = pb::GetCheckpointRequest { which };
        let latest = client.proof().get_checkpoint(request).await.or_failed(client).await?.into_inner();
        let latest = open(&latest.checkpoint.unwrap_or_default().note, keys, "the server's checkpoint")?;
        looks += 1;
        match latest.cosigned(&demands.witnesses, demands.required) {
            Ok(cosigned) => return Ok((latest, cosigned)),
            Err(CosignatureError::TooFew { .. }) if looks < LOOKS_MAX => {
                which = Some(pb::get_checkpoint_request::Which::Size(latest.checkpoint().size));
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Err(error) => {
                let failure = forged(format!("the server's checkpoint: {}", chain(&error)));
                return Err(failure.hint(
                    "ask the witness whether it is asked at all: what it has not cosigned, others may not have seen",
                ));
            }
        }
    }
}

/// Says how the latest checkpoint goes on from the one that was kept.
async fn goes_on(client: &Client, kept: &Checkpoint, latest: &SignedCheckpoint) -> Result<String, Failure> {
    let Checkpoint { size, root, .. } = latest.checkpoint();
    // Two checkpoints that contradict each other convince anybody: neither is to be lost.
    let contradiction = |why: String| {
        let shown = ["the server's checkpoint is:".to_owned()].into_iter();
        let note = latest.to_string();
        let shown = shown.chain(note.lines().map(str::to_owned)).collect();
        forged(why).details(shown).hint(
            "keep this and the checkpoint that you kept, as they are: with both signatures they show to anybody what happened",
        )
    };
    if *size < kept.size {
        return Err(contradiction(format!(
            "the server's log has {}, the checkpoint that you kept has {}: events are gone",
            events(*size),
            events(kept.size)
        )));
    }
    let request = pb::GetConsistencyProofRequest { first_size: kept.size, second_size: *size };
    let proof = client.proof().get_consistency_proof(request).await.or_failed(client).await?.into_inner();
    let hashes: Vec<Hash> = proof
        .hashes
        .iter()
        .map(|hash| hash.as_slice().try_into().map_err(|_| forged("a hash of the proof has not 32 bytes")))
        .collect::<Result<_, _>>()?;
    verify_consistency(kept.size, &kept.root, *size, root, &hashes).map_err(|error| {
        let why = chain(&error);
        contradiction(format!("the server's log does not go on from the checkpoint that you kept: {why}"))
    })?;
    Ok(match size - kept.size {
        0 => "It is as it was when you kept the checkpoint: nothing was changed, removed or added.\n"
            .to_owned(),
        more => format!(
            "It goes on from the checkpoint of {} that you kept, with {more} more: nothing up to there was changed or removed.\n",
            events(kept.size)
        ),
    })
}
