//! `docket bundle`: the history of an authority or a provider with everything that proves it, in one file.

use std::path::PathBuf;

use clap::Args;
use docket_api::pb;
use docket_proof::{SignedCheckpoint, VerifierKey};
use jiff::civil::Date;
use prost::Message as _;

use crate::args::{CountingArgs, ServerArgs, as_of};
use crate::client::{Client, OrFailed as _};
use crate::exit::{Exit, Failure};
use crate::output::{Out, note};
use crate::verify;
use crate::when;

/// What `docket bundle` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "docket verify FILE --key VKEY proves it on any machine, and with --effective answers for other days. The bundle \
                        holds every event of the subject: by the public view there is one only if all of them were public by the day asked."
)]
pub(crate) struct Bundle {
    /// GSS code, Ofsted URN, DfE number or name; or provider/URN
    #[arg(value_name = "AUTHORITY")]
    authority: String,

    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Writes over a file that is there
    #[arg(long)]
    force: bool,

    /// The day in London whose state of the world is answered: YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE", value_parser = when::parse_day)]
    effective: Option<Date>,

    #[command(flatten)]
    counting: CountingArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl Bundle {
    /// Asks for the bundle and writes it.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let bundle = self.ask(&client).await?;
        self::write(&self.output, &bundle.encode_to_vec(), self.force)?;
        let events: u64 = bundle.streams.iter().map(|stream| stream.events.len() as u64).sum();
        out.text(&format!(
            "{}: {} and their proofs, in a checkpoint of {}\n",
            self.output.display(),
            verify::events(events),
            verify::events(bundle.heads.map_or(0, |heads| heads.position)),
        ))
    }
}

impl Bundle {
    /// The bundle, with the cosignatures of the server's witnesses if they come soon: they follow a moment after the checkpoint.
    async fn ask(&self, client: &Client) -> Result<pb::CaseBundle, Failure> {
        let keys = client.proof().get_log_keys(pb::GetLogKeysRequest {}).await;
        let keys = keys.or_failed(client).await?.into_inner();
        let as_of = as_of(self.effective, None, self.counting);
        let mut looks = 0;
        loop {
            let (authority, provider) = match self.authority.strip_prefix("provider/") {
                Some(urn) => (String::new(), urn.to_owned()),
                None => (self.authority.clone(), String::new()),
            };
            let request = pb::GetCaseBundleRequest { authority, provider, as_of: Some(as_of) };
            let answer = client.proof().get_case_bundle(request).await.or_failed(client).await?.into_inner();
            let bundle = answer.bundle.unwrap_or_default();
            let missing = missing(&bundle.checkpoint, &keys);
            looks += 1;
            if missing.is_empty() {
                return Ok(bundle);
            }
            if looks == verify::LOOKS_MAX {
                note(&format!("its checkpoint is not cosigned by {}", missing.join(", ")));
                return Ok(bundle);
            }
            tokio::time::sleep(verify::LOOK_AGAIN).await;
        }
    }
}

/// The server's witnesses that did not cosign this checkpoint.
fn missing(checkpoint: &str, keys: &pb::GetLogKeysResponse) -> Vec<String> {
    let parsed = |keys: &[String]| -> Vec<VerifierKey> {
        keys.iter().filter_map(|key| VerifierKey::parse(key).ok()).collect()
    };
    let signed = SignedCheckpoint::open(checkpoint.as_bytes(), &parsed(&keys.verifier_keys));
    let cosigned = |witness: &VerifierKey| {
        signed.as_ref().is_ok_and(|signed| signed.cosigned(std::slice::from_ref(witness), 1).is_ok())
    };
    let witnesses = parsed(&keys.witness_keys).into_iter();
    witnesses.filter(|witness| !cosigned(witness)).map(|witness| witness.name().to_owned()).collect()
}

/// Writes a file; one that is there only if told so.
///
/// # Errors
/// If it is there, or cannot be written.
pub(super) fn write(path: &std::path::Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    use std::io::Write as _;
    let failed = |error: std::io::Error| {
        let failure = Failure::new(Exit::Failed, format!("{} cannot be written: {error}", path.display()));
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            failure.hint("name another file, or --force")
        } else {
            failure
        }
    };
    let mut options = std::fs::File::options();
    options.write(true).create_new(!force).create(force).truncate(force);
    options.open(path).and_then(|mut file| file.write_all(bytes)).map_err(failed)
}
