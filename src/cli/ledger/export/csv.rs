//! Postings as comma-separated values.

use super::Sink;
use crate::cli::ledger::show::{amount, field};
use chrono::SecondsFormat;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use tributary_domain::ledger::Movement;

const COLUMNS: &str =
    "position,entry,kind,effective,recorded_at,line,account,currency,amount,reverses,schedule";

/// See the [module](self).
pub struct Lines(BufWriter<File>);

impl Lines {
    /// Writes the names of the columns.
    pub fn begin(mut out: BufWriter<File>) -> anyhow::Result<Self> {
        writeln!(out, "{COLUMNS}")?;
        Ok(Self(out))
    }
}

impl Sink for Lines {
    fn write(&mut self, movement: &Movement) -> anyhow::Result<()> {
        let recorded_at = movement
            .recorded_at
            .to_rfc3339_opts(SecondsFormat::Micros, true);
        let reverses = movement.reverses.map(|id| id.to_string());
        let schedule = movement.schedule.as_deref().map(field);
        for (place, line) in movement.lines.iter().enumerate() {
            writeln!(
                self.0,
                "{},{},{},{},{recorded_at},{place},{},{},{},{},{}",
                movement.position,
                movement.entry,
                movement.kind,
                movement.effective,
                field(&line.account.to_string()),
                movement.currency,
                amount(line.amount, movement.currency),
                reverses.as_deref().unwrap_or_default(),
                schedule.as_deref().unwrap_or_default(),
            )?;
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        super::end(&mut self.0)
    }
}
