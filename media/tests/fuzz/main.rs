//! Hostile bytes by the million: no input makes a parser panic, hang, or take memory without bound.
//!
//! Each target is fed its seeds (`seeds/<target>/`) and mutations of them. An input that makes the target
//! behave in a way not seen before, by what comes out of it, is mutated in turn. `cargo test` does a few
//! thousand rounds of each, always the same; `cargo xtask fuzz --minutes N` goes on for so long, each time
//! differently, and writes an input that failed to `target/fuzz/`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod mutate;
mod seeds;
mod targets;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use self::mutate::Chance;

/// What is done in a normal test run.
const ROUNDS: u32 = 3_000;

/// Inputs are not made longer.
const INPUT_BYTES_MAX: usize = 32 * 1_024;

/// Inputs that are kept; another one replaces any.
const KEPT_MAX: usize = 4_096;

/// Ways to behave that are remembered; after that, nothing is new any more.
const SEEN_MAX: usize = 1 << 22;

/// No input may take so long, on a busy machine and unoptimised.
const INPUT_TIME_MAX: Duration = Duration::from_secs(5);

/// How often an input that took too long is tried again: the machine may have been busy elsewhere, and one that is
/// slow is slow each time.
const TRIES: u32 = 3;

/// What all of a process may have held at its height: five targets in turn or at once, and their corpora.
const MEMORY_KIB_MAX: u64 = 768 * 1_024;

fn fuzz(name: &str, target: fn(&[u8]) -> u64) {
    let minutes: Option<f64> = std::env::var("FUZZ_MINUTES")
        .ok()
        .map(|minutes| minutes.parse().expect("FUZZ_MINUTES is a number"));
    let start = Instant::now();
    let mut chance = Chance::new(match minutes {
        Some(_) => u64::from(start.elapsed().subsec_nanos()) ^ u64::from(std::process::id()) << 20,
        None => 1,
    });
    let mut kept = seeds::of(name);
    assert!(!kept.is_empty(), "seeds for {name}");
    let mut seen = HashSet::new();
    for seed in &kept {
        seen.insert(run(name, target, seed));
    }
    let mut rounds = 0_u64;
    loop {
        let goes_on = minutes.map_or(rounds < u64::from(ROUNDS), |minutes| {
            start.elapsed().as_secs_f64() < minutes * 60.0
        });
        if !goes_on {
            break;
        }
        rounds += 1;
        let input = mutate::some(&kept, &mut chance, INPUT_BYTES_MAX);
        let behaviour = run(name, target, &input);
        if seen.len() < SEEN_MAX && seen.insert(behaviour) {
            if kept.len() < KEPT_MAX {
                kept.push(input);
            } else {
                let place = chance.below(KEPT_MAX);
                kept[place] = input;
            }
        }
    }
    let height = memory_height_kib();
    println!(
        "{name}: {rounds} inputs, {} ways to behave, {height} KiB",
        seen.len()
    );
    assert!(height < MEMORY_KIB_MAX, "{height} KiB of memory");
}

fn run(name: &str, target: fn(&[u8]) -> u64, input: &[u8]) -> u64 {
    let try_it = || {
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(input)));
        (outcome, start.elapsed())
    };
    let (mut outcome, mut took) = try_it();
    for _ in 1..TRIES {
        if outcome.is_ok() && took >= INPUT_TIME_MAX {
            (outcome, took) = try_it();
        }
    }
    match outcome {
        Ok(behaviour) if took < INPUT_TIME_MAX => behaviour,
        outcome => {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../fuzz");
            let file = folder.join(format!("{name}.bin"));
            let written =
                std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, input));
            panic!(
                "{name}: an input of {} bytes {} ({}, {written:?})",
                input.len(),
                if outcome.is_err() {
                    "panics"
                } else {
                    "takes too long"
                },
                file.display()
            );
        }
    }
}

fn memory_height_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn handshake() {
    fuzz("handshake", targets::handshake);
}

#[test]
fn chunks() {
    fuzz("chunks", targets::chunks);
}

#[test]
fn messages() {
    fuzz("messages", targets::messages);
}

#[test]
fn amf0() {
    fuzz("amf0", targets::amf0);
}

#[test]
fn flv() {
    fuzz("flv", targets::flv);
}

#[test]
fn session() {
    fuzz("session", targets::session);
}
