//! `docket restore`: a data directory from a backup, verified before it is there.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::backup::{Origin, restore};
use crate::exit::Failure;
use crate::output::Out;
use crate::verify::{KeyArgs, show};

/// What `docket restore` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "Nothing is overwritten. Before `docket serve` opens it, put the private key back (keys/checkpoint.key, mode 0600), or a \
                        new one is made. What was recorded after the backup is lost: whoever follows the log has seen it."
)]
pub(crate) struct Restore {
    /// The backup: a directory, a tar file, or - for a tar from standard input
    #[arg(long, value_name = "DIR|TAR|-")]
    from: PathBuf,

    /// The data directory to make
    #[arg(long, alias = "data-dir", value_name = "DIR")]
    data: PathBuf,

    /// A checkpoint that you kept; the log must go on from it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,

    #[command(flatten)]
    keys: KeyArgs,
}

impl Restore {
    /// Restores, and says what was verified.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let demands = self.keys.demands()?;
        let origin = if self.from == Path::new("-") { Origin::Input } else { Origin::Path(self.from) };
        let found = tokio::task::block_in_place(|| {
            restore(&origin, &self.data, self.checkpoint.as_deref(), &demands, out)
        })?;
        show(&self.data, &found, out)
    }
}
