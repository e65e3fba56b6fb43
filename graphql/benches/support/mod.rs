//! What the benchmarks of this crate share: processes on cores of their own, and the API in one of them.

pub mod instance;
pub mod process;

use std::fs;

/// The machine, in a line.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?");
    format!("{cores} cores, load {load}; the server on one core, its clients on another")
}
