//! Power cuts and failing disks, at every call that the log makes.
//!
//! A workload runs on a disk in memory; at one of its calls the power goes, or the call fails. What is left is opened, and everything that
//! was acknowledged must be there, once; what was not is there whole or not at all. `DOCKET_CUTS` says how many trials are made
//! (without it, as many as a few seconds allow); a trial that fails is named, and `DOCKET_CUT=NAME` makes it alone.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing helper fails the test")]

mod disk;
mod image;
mod ledger;
#[path = "../suite/mod.rs"]
mod suite;
mod trial;

use suite::{in_memory, panics};
use tokio::runtime::{Builder, Runtime};
use trial::{Place, Trial, trials};

/// Trials, unless DOCKET_CUTS says otherwise.
const TRIALS: usize = 600;

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// As many trials as wanted: a part of those of the first workload, evenly spread, or all of several workloads.
fn choose(wanted: usize) -> Vec<Trial> {
    let root = in_memory();
    let mut place = Place::new(root.path());
    let mut chosen = Vec::new();
    for script in 0.. {
        let all = trials(script, &runtime().block_on(place.traces(script)));
        let missing = wanted - chosen.len();
        if missing < all.len() {
            chosen.extend((0..missing).map(|number| all[number * all.len() / missing]));
            break;
        }
        chosen.extend(all);
    }
    chosen
}

#[test]
fn whatever_fails_and_whenever_the_power_goes_what_was_acknowledged_is_there_once() {
    panics::watch();
    let trials = match std::env::var("DOCKET_CUT") {
        Ok(name) => vec![name.parse().unwrap()],
        Err(_) => choose(std::env::var("DOCKET_CUTS").map_or(TRIALS, |trials| trials.parse().unwrap())),
    };
    let begun = std::time::Instant::now();
    let ended = suite::trials::make(&trials, || {
        let root = in_memory();
        let (mut place, runtime) = (Place::new(root.path()), runtime());
        move |trial: &Trial| {
            let _kept = &root;
            runtime.block_on(place.run(*trial));
        }
    });
    let failed: Vec<&Trial> =
        ended.iter().filter(|(_, outcome)| outcome.is_none()).map(|(trial, _)| *trial).collect();
    let scripts = trials.last().unwrap().script + 1;
    println!("{} trials of {scripts} workloads in {:.1} s", trials.len(), begun.elapsed().as_secs_f64());
    assert_eq!(panics::all(), Vec::<String>::new(), "the log panicked");
    assert!(failed.is_empty(), "{} trials failed; try again with DOCKET_CUT={}", failed.len(), failed[0]);
}
