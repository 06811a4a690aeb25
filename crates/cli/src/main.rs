//! The binary `docket`: serves a log, tries it out, and asks a server.
//!
//! In reading order: `commands` (one file each), `args` and `when` (what a command line says), `client` (talking to a
//! server), `jsonl`, `explain` and `feed` (events from
//! files), `render`, `ics` and `output` (answers for people and for programs), `exit`
//! (how a command ends). `witness` is what `docket witness` is made of. `bench` measures; it alone opens a log by itself.

mod args;
mod backup;
mod bench;
mod client;
mod commands;
mod exit;
mod explain;
mod feed;
mod ics;
mod import;
mod jsonl;
mod output;
mod process;
mod refusal;
mod render;
mod replicate;
mod samples;
mod verify;
mod when;
mod witness;

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;

use crate::commands::Cli;
use crate::exit::{Exit, Failure};

/// An answer is made of hundreds of small pieces, which many threads ask for at once (docs/decisions/0013-allocator.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(cli)),
        Err(error) => Err(Failure::new(Exit::Failed, format!("cannot start threads: {error}"))),
    };
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            let text = failure.text();
            if !text.is_empty() {
                output::note(text.trim_end());
            }
            failure.exit.into()
        }
    }
}
