//! Durations that were measured, and how they are printed.

use std::fmt;
use std::fs;
use std::time::Duration;

use serde_json::json;

/// One figure: what was measured, as often as it was.
pub struct Figure {
    /// What, in a few words.
    pub name: &'static str,
    sorted: Vec<Duration>,
}

impl Figure {
    pub fn new(name: &'static str, mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        Self {
            name,
            sorted: samples,
        }
    }

    /// The smallest sample that at least this share of all do not exceed.
    fn at_most(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        let sample = self.sorted.get(rank.saturating_sub(1));
        sample.copied().unwrap_or_default()
    }

    pub fn print_json(&self) {
        let line = json!({
            "figure": self.name,
            "unit": "ms",
            "median": rounded(self.at_most(50)),
            "p99": rounded(self.at_most(99)),
            "lowest": rounded(self.at_most(0)),
            "highest": rounded(self.at_most(100)),
            "samples": self.sorted.len(),
        });
        println!("{line}");
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<66} median {:>9}   p99 {:>9}   lowest {:>9}   of {}",
            self.name,
            milliseconds(self.at_most(50)),
            milliseconds(self.at_most(99)),
            milliseconds(self.at_most(0)),
            self.sorted.len()
        )
    }
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1_000.0)
}

fn rounded(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}

/// Cores, and the load average: what else the machine does belongs beside every figure.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("not known");
    format!("{cores} cores, load average {load}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples_that_were_measured() {
        let figure = Figure::new("x", (1..=50).rev().map(Duration::from_millis).collect());
        assert_eq!(figure.at_most(50), Duration::from_millis(25));
        assert_eq!(figure.at_most(99), Duration::from_millis(50));
        assert_eq!(figure.at_most(0), Duration::from_millis(1));
        assert_eq!(
            Figure::new("none", vec![]).at_most(50),
            Duration::from_secs(0)
        );
    }
}
