//! A case bundle, on a machine that need never have seen the server.

use std::path::Path;

use docket_api::pb;
use docket_proof::Checkpoint;
use docket_server::proof::{BUNDLE_FORMAT, BundleError, Demands, Verified, verify};
use jiff::civil::Date;
use prost::Message as _;

use super::{about_checkpoint, forged, vouched};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::process::chain;
use crate::render::provider::provider;
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
            "--key NAME+ID+DATA, or a file that has it, as the operator gave it to you: a bundle says nothing of who may be believed",
        ));
    }
    let bundle = read(path)?;
    let verified = verify(&bundle, demands).await.map_err(|error| not_proved(path, &error))?;
    if out.json() {
        return match verified.provider_status {
            Some(status) => out.message(&pb::GetProviderResponse { status: Some(status) }),
            None => out.message(&pb::GetStatusResponse { status: verified.status }),
        };
    }
    out.text(&proved(&verified, demands.effective))?;
    let of_authority = verified.status.as_ref().map(|found| status(out.style(), found));
    let of_provider = verified.provider_status.as_ref().map(|found| provider(out.style(), found));
    out.text(&of_authority.or(of_provider).unwrap_or_default())
}

fn read(path: &Path) -> Result<pb::CaseBundle, Failure> {
    let failed = |why: String| Failure::new(Exit::Failed, format!("{}: {why}", path.display()));
    let length = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if BUNDLE_BYTES_MAX < length {
        return Err(failed(format!("{length} bytes are more than any bundle has")));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let hint = match Checkpoint::unverified(&bytes) {
        Ok(_) => "this is a checkpoint: docket verify --checkpoint FILE holds a server against it",
        Err(_) => "`docket bundle AUTHORITY -o FILE` writes one; get it again if it was cut off on the way",
    };
    match pb::CaseBundle::decode(bytes.as_slice()) {
        Ok(bundle) if bundle.format == BUNDLE_FORMAT => Ok(bundle),
        Ok(bundle) if BUNDLE_FORMAT < bundle.format => Err(failed(format!(
            "is a bundle of format {}; this program verifies format {BUNDLE_FORMAT}",
            bundle.format
        ))
        .hint("a newer docket can")),
        Ok(_) => Err(failed("is no case bundle".to_owned()).hint(hint)),
        Err(error) => {
            let why = error.to_string();
            let why = why.strip_prefix("failed to decode Protobuf message: ").unwrap_or(&why);
            Err(failed(format!("is no case bundle, or not all of one: {why}")).hint(hint))
        }
    }
}

fn not_proved(path: &Path, error: &BundleError) -> Failure {
    let hint = match error {
        BundleError::Checkpoint(error) => about_checkpoint(error),
        BundleError::Cosignature(_) => {
            "a cosignature follows a moment after the checkpoint: ask for the bundle again, or ask the witness"
        }
        BundleError::Answer(_) | BundleError::Tracker(_) => {
            "the events themselves are proved; the answer in the file was altered, or is that of a docket with other rules: ask for the bundle again"
        }
        BundleError::Form { .. } | BundleError::Proof { .. } => {
            "the file is not as a server writes it, or the server does not tell the truth: keep it as it is, and ask for it again"
        }
    };
    forged(format!("{}: {}", path.display(), chain(error))).hint(hint)
}

fn proved(verified: &Verified, effective: Option<Date>) -> String {
    let checkpoint = verified.checkpoint.checkpoint();
    let streams: Vec<String> = verified
        .streams
        .iter()
        .map(|(stream, events)| format!("  {stream}: {} from the first to the last", super::events(*events)))
        .collect();
    format!(
        "PROVED. The log {} of {} was {}.\n\
         These histories are in it, and nothing of them up to position {} is left out:\n{}\n\
         {}\n\n",
        checkpoint.origin,
        super::events(checkpoint.size),
        vouched(verified.checkpoint.signer(), &verified.cosigned),
        verified.through,
        streams.join("\n"),
        match effective {
            None => "The answer below was computed again from them, and is the one in the bundle.".to_owned(),
            Some(day) => format!(
                "The answer in the bundle was computed again from them, and is the same; the one below is that of {day}."
            ),
        },
    )
}
