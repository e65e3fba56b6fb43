//! What is asked for on the command line.

use crate::filled::GROUPS;
use std::time::Duration;
use tributary_store::testing::Engine;

const USAGE: &str = "\
cargo xtask bench log [--engine sqlite|postgres|both] [--seconds <each figure>] [--runs <n>]

  --engine   which databases [both]
  --seconds  how long each figure is measured each time, 0.1 to 60 [2]
  --runs     how often each figure is measured; the median counts, 1 to 99 [5]
  --filled   instead of all that: a table of figures in logs of so many events, such as
             1000,100000,2000000
  --figures  of that table only these, such as read,verify: open, read, alone, many, delivery,
             verify, memory, history
  --in-flight  only with so many commands in flight, and no raw figures: for a profiler";

pub struct Arguments {
    pub engines: Vec<Engine>,
    pub time: Duration,
    pub runs: usize,
    pub in_flight: Option<usize>,
    pub filled: Vec<i64>,
    /// Groups of figures; all when it is empty.
    pub figures: Vec<String>,
}

impl Arguments {
    /// None if there is nothing to measure: help was asked for, or this is no `cargo bench`.
    ///
    /// # Panics
    /// With the usage, when an argument is not understood.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut parsed = Self {
            engines: vec![Engine::Sqlite, Engine::Postgres],
            time: Duration::from_secs(2),
            runs: 5,
            in_flight: None,
            filled: vec![],
            figures: vec![],
        };
        let mut is_bench = false;
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_default();
            let understood = match argument.as_str() {
                // `cargo bench` says so; `cargo test --benches` does not, and is no time to measure.
                "--bench" => {
                    is_bench = true;
                    true
                }
                "--engine" => engines(&value())
                    .map(|engines| parsed.engines = engines)
                    .is_some(),
                "--seconds" => crate::seconds(&value())
                    .map(|time| parsed.time = time)
                    .is_some(),
                "--filled" => value()
                    .split(',')
                    .map(str::parse)
                    .collect::<Result<Vec<_>, _>>()
                    .map(|sizes| parsed.filled = sizes)
                    .is_ok(),
                "--figures" => {
                    parsed.figures = value().split(',').map(str::to_owned).collect();
                    let known = |name: &String| GROUPS.contains(&name.as_str());
                    parsed.figures.iter().all(known)
                }
                "--in-flight" => value()
                    .parse()
                    .map(|in_flight| parsed.in_flight = Some(in_flight))
                    .is_ok(),
                "--runs" => runs(&value()).map(|runs| parsed.runs = runs).is_some(),
                "--help" | "-h" => {
                    println!("{USAGE}");
                    return None;
                }
                _ => false,
            };
            if !understood {
                eprintln!("`{argument}` is not understood here.\n\n{USAGE}");
                std::process::exit(2);
            }
        }
        if !is_bench {
            println!("The benchmark runs with `cargo xtask bench log`.");
        }
        is_bench.then_some(parsed)
    }

    /// Whether a group of figures is wanted.
    pub fn takes(&self, group: &str) -> bool {
        self.figures.is_empty() || self.figures.iter().any(|wanted| wanted == group)
    }
}

fn engines(name: &str) -> Option<Vec<Engine>> {
    match name {
        "sqlite" => Some(vec![Engine::Sqlite]),
        "postgres" => Some(vec![Engine::Postgres]),
        "both" => Some(vec![Engine::Sqlite, Engine::Postgres]),
        _ => None,
    }
}

fn runs(text: &str) -> Option<usize> {
    text.parse().ok().filter(|runs| (1..=99).contains(runs))
}
