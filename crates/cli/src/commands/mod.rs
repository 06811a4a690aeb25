//! The commands, one file each: what it is called with, and what it does.

mod authorities;
mod backup;
mod bench;
mod bundle;
mod checkpoint;
mod compare;
mod demo;
mod dry_run;
mod due;
mod explain;
mod export;
mod filter;
mod history;
mod import;
mod intervals;
mod plan;
mod plan_of;
mod policy;
mod priorities;
mod provider;
mod record;
mod replay;
mod replicate;
mod restore;
mod serve;
mod sheets;
mod status;
mod subscribe;
mod tour;
mod verify;
mod witness;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::exit::{self, Failure};
use crate::output::{Colour, Out};

/// Keeps the regulatory history of English children's services, and answers from it: what is an authority's status, what
/// was it on any day, what was known then, what is due, and why.
#[derive(Debug, Parser)]
#[command(name = "docket", version, about, long_about = None, after_help = exit::HELP, max_term_width = 110)]
pub(crate) struct Cli {
    /// Canonical protobuf JSON instead of text for people; one object a line
    #[arg(long, global = true, display_order = 900)]
    json: bool,

    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN", display_order = 901)]
    color: Colour,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts a server with sample histories, shows what it can say, and goes on serving
    Demo(demo::Demo),
    /// Serves a log
    Serve(serve::Serve),
    /// The status of one authority, of several or of all, on any day and as known at any time
    Status(status::Status),
    /// Two answers about one authority, and every field in which they differ
    Compare(compare::Compare),
    /// Why a field of an answer is as it is, and what would have to be otherwise
    Explain(explain::Explain),
    /// What is owed or expected, by due date
    Due(due::Due),
    /// The status of one regulated provider, on any day and as known at any time
    Provider(provider::Provider),
    /// Regulated providers in a table: those of an area, of a kind, with a grade, with a measure in force
    Providers(provider::Providers),
    /// What comes next for each authority, and when; also as a calendar
    Plan(plan::Plan),
    /// An action plan in depth: which action answers which finding, what is late, what visits looked at
    PlanOf(plan_of::PlanOf),
    /// Dated values about an authority from named sources: turnover, vacancies, agency share, caseload
    Indicators(plan_of::Indicators),
    /// Whom to visit first, by the criteria that were published for a period
    Priorities(priorities::Priorities),
    /// What no source settles, as the policy sets it: printed as the file from which it is adopted
    Policy(policy::Policy),
    /// How long things took: days waited, days to publication, from report to notice and on
    Intervals(intervals::Intervals),
    /// A table of a day as a file: statuses, judgements, obligations, instruments, cases, events or intervals
    Export(export::Export),
    /// Events as they were recorded
    History(history::History),
    /// An authority's events in order, each with what it changed and why
    Replay(replay::Replay),
    /// Follows the log: what was recorded, then what is being recorded
    Subscribe(subscribe::Subscribe),
    /// The register of authorities: names and codes
    Authorities(authorities::Authorities),
    /// Records events, all of them or none
    Record(record::Record),
    /// Records events from files, each by itself
    Import(import::Import),
    /// Writes an authority's history with everything that proves it into one file
    Bundle(bundle::Bundle),
    /// Verifies a data directory, a bundle, or a server against a checkpoint that was kept
    Verify(verify::Verify),
    /// What a server signed, and with which keys
    Checkpoint(checkpoint::Checkpoint),
    /// Copies a log to a directory or a tar, also while it is served, and verifies what it copies
    Backup(backup::Backup),
    /// Makes a data directory from a backup, and verifies it
    Restore(restore::Restore),
    /// Follows a server into a second data directory: a warm copy
    Replicate(replicate::Replicate),
    /// Measures how fast this build is on this machine, beside what the machine could do at most
    Bench(bench::Bench),
    /// Watches, for those who rely on it, that a log only grows, and cosigns its checkpoints
    Witness(witness::Witness),
    /// Prints a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Does what the command line says.
///
/// # Errors
/// Whatever kept it from being done.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let mut out = Out::stdout(cli.json, cli.color);
    let outcome = match cli.command {
        Command::Demo(demo) => demo.run(&mut out).await,
        Command::Serve(serve) => serve.run().await,
        Command::Status(status) => status.run(&mut out).await,
        Command::Compare(compare) => compare.run(&mut out).await,
        Command::Explain(explain) => explain.run(&mut out).await,
        Command::Due(due) => due.run(&mut out).await,
        Command::Provider(provider) => provider.run(&mut out).await,
        Command::Providers(providers) => providers.run(&mut out).await,
        Command::Plan(plan) => plan.run(&mut out).await,
        Command::PlanOf(plan) => plan.run(&mut out).await,
        Command::Indicators(indicators) => indicators.run(&mut out).await,
        Command::Priorities(priorities) => priorities.run(&mut out).await,
        Command::Policy(policy) => policy.run(&mut out).await,
        Command::Intervals(intervals) => intervals.run(&mut out).await,
        Command::Export(export) => export.run(&mut out).await,
        Command::History(history) => history.run(&mut out).await,
        Command::Replay(replay) => replay.run(&mut out).await,
        Command::Subscribe(subscribe) => subscribe.run(&mut out).await,
        Command::Authorities(authorities) => authorities.run(&mut out).await,
        Command::Record(record) => record.run(&mut out).await,
        Command::Import(import) => import.run(&mut out).await,
        Command::Bundle(bundle) => bundle.run(&mut out).await,
        Command::Verify(verify) => verify.run(&mut out).await,
        Command::Checkpoint(checkpoint) => checkpoint.run(&mut out).await,
        Command::Backup(backup) => backup.run(&mut out).await,
        Command::Restore(restore) => restore.run(&mut out).await,
        Command::Replicate(replicate) => replicate.run(&mut out).await,
        Command::Bench(bench) => bench.run(&mut out).await,
        Command::Witness(witness) => witness.run(&mut out).await,
        Command::Completions { shell } => completions(&mut out, shell),
    };
    outcome.and(out.flush())
}

fn completions(out: &mut Out, shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "docket", &mut script);
    out.text(&String::from_utf8_lossy(&script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_for_all_commands_may_stand_after_the_command() {
        let cli = Cli::try_parse_from(["docket", "status", "--all", "--json"]).unwrap();
        assert!(cli.json);
    }
}
