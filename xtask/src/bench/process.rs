//! What a process has used.

use std::fs;

use anyhow::{Context as _, Result};

/// Ticks of the processor clock a second, as Linux reports them to every program.
const TICKS_PER_SECOND: f64 = 100.0;

/// Resident memory in KiB.
pub struct Memory {
    /// All of it.
    pub rss: u64,
    /// With what is shared divided among those who share it.
    pub pss: u64,
}

/// What a process has in memory now.
pub fn memory(pid: u32) -> Result<Memory> {
    let file = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        number
            .and_then(|number| number.parse().ok())
            .with_context(|| format!("{file} has no {name}"))
    };
    Ok(Memory {
        rss: value("Rss:")?,
        pss: value("Pss:")?,
    })
}

/// Processor time that a process has used, in seconds, in user and kernel mode.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let file = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    // The name in parentheses may hold spaces: what is counted comes behind it.
    let (_, fields) = text.rsplit_once(')').context("a process has a name")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| -> Result<f64> {
        let field = fields.get(index).context("a process has used some time")?;
        Ok(field.parse()?)
    };
    Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}
