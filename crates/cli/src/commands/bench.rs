//! `docket bench`: measures Docket beside what this machine could do at most.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::bench::{Name, Part, Plan, play, run};
use crate::exit::{Exit, Failure};
use crate::output::Out;
use crate::process::asked_to_stop;

/// What `docket bench` is called with.
#[derive(Args, Debug)]
#[command(
    after_help = "docs/performance.md says what each row means. Figures of a machine that others use too vary: compare ratios."
)]
pub(crate) struct Bench {
    /// Where the temporary folder goes, which is removed at the end; what is measured depends on the disk
    /// [default: where the system has temporary files]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// How many events the larger log has
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    events: u64,

    /// How many seconds a row is measured, beside getting ready for it
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,

    /// Only these rows
    #[arg(long, value_enum, value_name = "NAME", value_delimiter = ',', num_args = 1..)]
    only: Vec<Name>,

    /// Plays one side of a measurement on DIR until its input ends; for a look at it by itself
    #[arg(long, value_enum, value_name = "PART", requires = "dir", conflicts_with_all = ["only", "events", "seconds"])]
    play: Option<Part>,
}

impl Bench {
    /// Measures, and removes what it needed for that, also when it is asked to stop.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        if let (Some(part), Some(data)) = (self.play, self.dir.clone()) {
            return play(part, data).await;
        }
        let plan = Plan {
            directory: self.dir,
            events: self.events,
            time: Duration::from_secs(self.seconds),
            only: self.only,
        };
        tokio::select! {
            measured = run(plan, out) => measured,
            () = asked_to_stop() => Err(Failure::new(Exit::Failed, "stopped; what was made for it is removed")),
        }
    }
}
