//! Seeds hold, and come out the same.

use tributary_simulation::{run, seeds};

/// How many seeds every test run tries. `cargo xtask simulate` tries as many as it is asked to.
const SEEDS: u64 = 200;

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

/// What is never met is not proven: each of these befalls some run.
#[test]
fn the_runs_meet_what_they_are_for() {
    let mut missing = vec![
        " crashes",
        "used before with another content",
        ", as before",
        "cut before it arrived",
        "cut before the answer",
        "cut while it went on",
        "a late append to",
        "Some(Ok(()))",
        "was written: true",
        "was written: false",
        "it is not known whether this was carried out",
        "came to Err(HeadMoved)",
        "has the head",
        "the database refuses this",
        "no space left",
        "takes projections, epoch 2",
        "a clock steps -3600000 ms",
        ": no answer",
        "a text with a character that cannot be held",
        "Erase {",
    ];
    for seed in 0..SEEDS {
        let trace = run(seed, true).trace;
        missing.retain(|what| !trace.iter().any(|line| line.contains(what)));
        if missing.is_empty() {
            return;
        }
    }
    panic!("in {SEEDS} runs there was none of {missing:?}");
}

#[test]
fn other_seeds_give_other_traces() {
    assert_ne!(run(1, false).hash, run(2, false).hash);
}
