//! `cargo xtask simulate`: many seeds with a progress bar, or one with its trace.

use anyhow::Result;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::time::Instant;
use tributary_simulation::{run, seeds};

/// Runs the log and the projectors of several nodes on virtual time, with faults chosen by a seed.
#[derive(Parser)]
#[command(name = "cargo xtask simulate")]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 2_000, conflicts_with = "seed")]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0, conflicts_with = "seed")]
    first: u64,
    /// This one alone.
    #[arg(long)]
    seed: Option<u64>,
    /// All that happens in it, not only the end of one that fails.
    #[arg(long, requires = "seed")]
    trace: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => Ok(one(seed, arguments.trace)),
        None => many(arguments.first, arguments.seeds),
    }
}

fn one(seed: u64, trace: bool) -> ExitCode {
    let outcome = run(seed, trace);
    if !outcome.violations.is_empty() {
        print!("{}", seeds::report(&outcome));
        return ExitCode::FAILURE;
    }
    if trace {
        outcome.trace.iter().for_each(|line| println!("{line}"));
    }
    let (commands, events, hash) = (outcome.commands, outcome.events, outcome.hash);
    println!("seed {seed}: {commands} commands, {events} events, all holds; trace {hash:016x}");
    ExitCode::SUCCESS
}

fn many(first: u64, count: u64) -> Result<ExitCode> {
    let style = "{wide_bar} {pos}/{len} seeds, {per_sec}, {eta} left";
    let bar = ProgressBar::new(count).with_style(ProgressStyle::with_template(style)?);
    let start = Instant::now();
    let tally = seeds::run_all(first, count, || bar.inc(1));
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    let (runs, commands, events) = (tally.runs, tally.commands, tally.events);
    println!("{runs} seeds in {seconds:.1} s: {commands} commands, {events} events");
    Ok(match tally.failed {
        None => ExitCode::SUCCESS,
        Some(failed) => {
            print!("{}", seeds::report(&failed));
            ExitCode::FAILURE
        }
    })
}
