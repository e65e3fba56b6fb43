//! Seeds hold, and come out the same.

use tributary_simulation::{run, seeds};

/// How many seeds every test run tries. `cargo xtask simulate` tries as many as it is asked to.
const SEEDS: u64 = 300;

#[test]
fn every_seed_holds() {
    let tally = seeds::run_all(0, SEEDS, || ());
    if let Some(failed) = &tally.failed {
        panic!("{}", seeds::report(failed));
    }
    // What is never asked cannot fail: so many runs give this many commands at least.
    assert!(tally.commands > 50 * SEEDS, "{tally:?}");
    assert!(tally.events > 10 * SEEDS, "{tally:?}");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 0..20 {
        let (one, other) = (run(seed, true), run(seed, true));
        if one.hash != other.hash {
            let mut lines = one.trace.iter().zip(&other.trace);
            let parting = lines.find(|(one, other)| one != other);
            panic!("seed {seed} parts at {parting:?}");
        }
    }
}

#[test]
fn other_seeds_give_other_traces() {
    assert_ne!(run(1, false).hash, run(2, false).hash);
}
