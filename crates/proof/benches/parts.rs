//! What proving takes, beside the hashes that cannot be left out.
//!
//! `cargo bench -p docket-proof`. After the measurements it prints each part in terms of one hash of two hashes, from the same run.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use docket_proof::{
    Checkpoint, Frontier, Hash, Head, HeadsTree, Leaves, Role, SignedCheckpoint, SigningKey, inclusion,
    verify_inclusion,
};
use sha2::{Digest as _, Sha256};

/// Leaves of the tree, and streams.
const LEAVES: u32 = 65_536;
const STREAMS: u32 = 1_000;
/// How long each ratio is measured.
const RATIO_TIME: Duration = Duration::from_millis(200);

fn leaf(number: u32) -> Hash {
    Sha256::digest(number.to_be_bytes()).into()
}

fn heads() -> HeadsTree {
    let head =
        |number| Head { stream: format!("authority/{number:06}").into(), revision: 30, leaf: leaf(number) };
    HeadsTree::new((0..STREAMS).map(head)).unwrap()
}

/// One part.
type Work<'a> = Box<dyn FnMut() + 'a>;

/// Has a value made that nobody wants.
fn discard<T>(value: T) {
    black_box(value);
}

fn mean(work: &mut dyn FnMut()) -> Duration {
    let begun = Instant::now();
    let mut rounds = 0;
    while rounds < 3 || begun.elapsed() < RATIO_TIME {
        work();
        rounds += 1;
    }
    begun.elapsed() / rounds
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().measurement_time(Duration::from_secs(2));
    let leaves = Leaves((0..LEAVES).map(leaf).collect());
    let mut frontier = Frontier::new();
    leaves.0.iter().for_each(|leaf| frontier.push(*leaf));
    let (size, root, first) = (u64::from(LEAVES), frontier.root(), leaf(0));
    let proof = inclusion(&leaves, 1, size, &root).unwrap();
    let key = SigningKey::new(Role::Log, "bench", &[7; 32]).unwrap();
    let checkpoint = Checkpoint::new("bench", size, root).unwrap();
    let note = checkpoint.clone().sign(&key).unwrap().to_string();
    let keys = [key.verifier().clone()];
    let tree = heads();
    let pair = [first, first].concat();
    let mut parts: [(&str, Work<'_>); 8] = [
        ("hash of two hashes", Box::new(|| discard(Sha256::digest(&pair)))),
        ("next leaf of the tree", Box::new(|| frontier.push(black_box(first)))),
        (
            "proof of inclusion from 65,536 leaves and no inner hash",
            Box::new(|| discard(inclusion(&leaves, 1, size, &root))),
        ),
        ("verifying it", Box::new(|| verify_inclusion(&first, 1, size, &root, &proof).unwrap())),
        ("tree of 1,000 heads", Box::new(|| discard(heads()))),
        ("proof of a head", Box::new(|| discard(tree.prove("authority/000500")))),
        ("signing a checkpoint", Box::new(|| discard(checkpoint.clone().sign(&key)))),
        ("verifying it by its key", Box::new(|| discard(SignedCheckpoint::open(note.as_bytes(), &keys)))),
    ];
    for (name, work) in &mut parts {
        criterion.bench_function(name, |bench| bench.iter(&mut **work));
    }
    let mut hash = None;
    for (name, work) in &mut parts {
        let took = mean(&mut **work);
        let of_hash = took.as_secs_f64() / hash.get_or_insert(took).as_secs_f64();
        println!("{name}: {took:?}, {of_hash:.1} hashes");
    }
    criterion.final_summary();
}
