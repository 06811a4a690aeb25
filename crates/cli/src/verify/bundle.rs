//! A case bundle, on a machine that need never have seen the server.

use std::path::Path;

use docket_api::pb;
use docket_server::proof::{BundleError, Demands, Verified, verify};
use prost::Message as _;

use super::forged;
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::render::status::status;

/// Largest bundle that is read, in bytes.
const BUNDLE_BYTES_MAX: u64 = 256 << 20;

/// Verifies a bundle, says what it proves, and shows the answer that follows.
///
/// # Errors
/// If it does not hold, and why.
pub(crate) async fn bundle(path: &Path, demands: &Demands, out: &mut Out) -> Result<(), Failure> {
    if demands.keys.is_empty() {
        return Err(Failure::new(
            Exit::Failed,
            "whose signature is to be believed? Name the log's public key",
        )
        .hint(
            "--key NAME+ID+DATA, as the operator gave it to you; `docket checkpoint --keys` asks a server",
        ));
    }
    let bundle = read(path)?;
    let verified = verify(&bundle, demands).await.map_err(|error| match error {
        BundleError::Form { .. } => forged(format!("{}: {error}", path.display())),
        error => forged(error),
    })?;
    if out.json() {
        return out.message(&pb::GetStatusResponse { status: Some(verified.status) });
    }
    out.text(&proved(&verified))?;
    let shown = status(out.style(), &verified.status);
    out.text(&shown)
}

fn read(path: &Path) -> Result<pb::CaseBundle, Failure> {
    let failed = |why: String| Failure::new(Exit::Failed, format!("{}: {why}", path.display()));
    let length = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if BUNDLE_BYTES_MAX < length {
        return Err(failed(format!("{length} bytes are more than any bundle has")));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    pb::CaseBundle::decode(bytes.as_slice()).map_err(|error| failed(format!("is no case bundle: {error}")))
}

fn proved(verified: &Verified) -> String {
    let checkpoint = verified.checkpoint.checkpoint();
    let streams: Vec<String> = verified
        .streams
        .iter()
        .map(|(stream, events)| format!("  {stream}: {} from the first to the last", super::events(*events)))
        .collect();
    let witnesses: Vec<&str> = verified.cosigned.iter().map(docket_proof::Cosignature::witness).collect();
    let cosigned = match witnesses.as_slice() {
        [] => "cosigned by no witness that you named: the operator could show others another log".to_owned(),
        witnesses => format!("cosigned by {}", witnesses.join(", ")),
    };
    format!(
        "PROVED. The log {} of {} was signed with the key {}; {cosigned}.\n\
         These histories are in it, and nothing of them up to position {} is left out:\n{}\n\
         The answer below was computed again from them, and is the one in the bundle.\n\n",
        checkpoint.origin,
        super::events(checkpoint.size),
        verified.checkpoint.signer(),
        verified.through,
        streams.join("\n"),
    )
}
