//! What the machine is, and what else it does.

use std::fs;
use std::io::{Seek as _, Write as _};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the machine is watched before each measurement, while this program does nothing.
const LOOK: Duration = Duration::from_millis(200);

/// How long the disk is asked to make small writes durable.
const SYNC_TIME: Duration = Duration::from_millis(500);

/// Cores that this program may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The processor's name, as the system tells it.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = name.and_then(|rest| rest.split_once(':'));
    name.map_or("processor not known", |(_, name)| name.trim())
        .to_owned()
}

/// Processes that ran or waited to, on average over the last minute.
pub fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|word| word.parse().ok()).unwrap_or(f64::NAN)
}

/// Memory of this process, in MiB.
pub fn resident_mib() -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1024.0)
}

/// The share of the machine's processor time that others use now. Called between measurements, when
/// this program does nothing.
pub fn others_share() -> f64 {
    let before = processor_time();
    sleep(LOOK);
    let after = processor_time();
    match (before, after) {
        (Some((busy, all)), Some((busy_then, all_then))) if all_then > all => {
            (busy_then - busy) / (all_then - all)
        }
        _ => f64::NAN,
    }
}

/// Busy and all ticks since the start of the machine.
fn processor_time() -> Option<(f64, f64)> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<f64> = text
        .lines()
        .next()?
        .split_whitespace()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    // user, nice, system, idle, iowait, …; the guests' time stands in the first two already.
    let all: f64 = ticks.iter().take(8).sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Some((all - idle, all))
}

/// How often a second the disk makes a write of 4 KiB durable: what no transaction can beat.
pub fn syncs_per_second() -> f64 {
    let mut file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).expect("a file");
    let page = [7; 4_096];
    file.write_all(&page).expect("written");
    file.sync_all().expect("durable");
    let begin = Instant::now();
    let mut count = 0_u32;
    while begin.elapsed() < SYNC_TIME {
        file.rewind().expect("at the start");
        file.write_all(&page).expect("written");
        file.sync_data().expect("durable");
        count += 1;
    }
    f64::from(count) / begin.elapsed().as_secs_f64()
}
