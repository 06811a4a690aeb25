//! `docket backup`: a copy of a log, also of one that is being written, verified as it is written.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use indicatif::HumanBytes;
use serde_json::json;

use crate::backup::{Copied, as_tar, into_folder};
use crate::exit::{Exit, Failure};
use crate::output::{Out, note};
use crate::render::words::{count, thousands};

/// What `docket backup` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "The server may run. A backup holds the events, the checkpoints and the public keys; not the private key: keep that \
                        elsewhere. What cannot be read ends the backup before it, and the backup stays as it was."
)]
pub(crate) struct Backup {
    /// The data directory to back up, of a server on this machine
    #[arg(long, alias = "data-dir", value_name = "DIR")]
    data: PathBuf,

    /// Where the backup goes; what is there of it already is not copied again
    #[arg(long, value_name = "DIR", required_unless_present = "tar")]
    to: Option<PathBuf>,

    /// Read what is there of the backup too, verify it, and copy a damaged chunk anew: this takes as long as copying all of it
    #[arg(long, conflicts_with = "tar")]
    check: bool,

    /// The whole backup as a tar stream to standard output
    #[arg(long, conflicts_with = "to")]
    tar: bool,
}

impl Backup {
    /// Copies, and says what.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let begun = Instant::now();
        let copied = tokio::task::block_in_place(|| match &self.to {
            Some(target) => into_folder(&self.data, target, self.check),
            None => self.stream(),
        })?;
        let told = if out.json() { in_json(&copied, begun) } else { in_words(&copied, begun) };
        // The tar goes to where the answer would.
        if self.tar {
            note(&told);
            return Ok(());
        }
        out.line(&told)
    }

    fn stream(&self) -> Result<Copied, Failure> {
        let stdout = std::io::stdout();
        if stdout.is_terminal() {
            return Err(Failure::new(Exit::Failed, "a tar is nothing for a terminal")
                .hint("docket backup --data DIR --tar > FILE"));
        }
        let mut stdout = std::io::BufWriter::with_capacity(1 << 20, stdout.lock());
        let copied = as_tar(&self.data, &mut stdout)?;
        stdout
            .flush()
            .map_err(|error| Failure::new(Exit::Failed, format!("the tar cannot be written: {error}")))?;
        Ok(copied)
    }
}

fn in_words(copied: &Copied, begun: Instant) -> String {
    let Copied { chunks, bytes, there, checked, mended, last, checkpoints } = copied;
    let again = match (checked, mended) {
        (0, 0) => String::new(),
        (checked, 0) => format!(", {} of them verified again", thousands(*checked)),
        (checked, mended) => {
            format!(
                ", {} of them verified again; {} damaged and copied anew",
                thousands(*checked),
                thousands(*mended)
            )
        }
    };
    format!(
        "Backed up to position {}: {} copied and verified ({}, {} compared), {} there already{again}; {:.1} s.",
        thousands(*last),
        count(usize::try_from(*chunks).unwrap_or(usize::MAX), "chunk"),
        HumanBytes(*bytes),
        count(usize::try_from(*checkpoints).unwrap_or(usize::MAX), "checkpoint"),
        thousands(*there),
        begun.elapsed().as_secs_f64(),
    )
}

fn in_json(copied: &Copied, begun: Instant) -> String {
    let Copied { chunks, bytes, there, checked, mended, last, checkpoints } = copied;
    json!({
        "lastPosition": last, "chunksCopied": chunks, "bytesCopied": bytes, "chunksThere": there,
        "chunksVerifiedAgain": checked, "chunksMended": mended,
        "checkpointsCompared": checkpoints, "seconds": begun.elapsed().as_secs_f64(),
    })
    .to_string()
}
