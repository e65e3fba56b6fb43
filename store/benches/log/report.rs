//! What is printed.

use crate::arguments::Arguments;
use crate::commands::{Load, Spread};
use crate::machine;
use crate::raw::Insert;
use serde_json::json;
use std::fmt;
use tributary_store::row::Row;
use tributary_store::testing::Engine;

/// Something that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Rows inserted, so many in each transaction.
    Raw(Insert),
    /// Commands carried out.
    Commands(Load),
}

/// One measurement of it.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub per_second: f64,
    pub events_per_batch: f64,
    /// The share of the processors that others used just before.
    pub others: f64,
}

impl Sample {
    pub fn of(per_second: f64, others: f64) -> Self {
        Self {
            per_second,
            events_per_batch: f64::NAN,
            others,
        }
    }
}

/// All that was measured on one engine.
pub struct Report {
    engine: Engine,
    runs: usize,
    seconds: f64,
    /// Bytes of payload, of metadata and of the personal part, on average.
    bytes: [usize; 3],
    load_before: f64,
    pub load_after: f64,
    pub syncs: Vec<f64>,
    figures: Vec<(Figure, Vec<Sample>)>,
}

impl Report {
    pub fn new(engine: Engine, arguments: &Arguments, rows: &[Row]) -> Self {
        let average =
            |size: fn(&Row) -> usize| rows.iter().map(size).sum::<usize>() / rows.len().max(1);
        Self {
            engine,
            runs: arguments.runs,
            seconds: arguments.time.as_secs_f64(),
            bytes: [
                average(|row| row.payload.len()),
                average(|row| row.metadata.len()),
                average(|row| row.personal.as_ref().map_or(0, String::len)),
            ],
            load_before: machine::load_average(),
            load_after: f64::NAN,
            syncs: Vec::new(),
            figures: Vec::new(),
        }
    }

    pub fn add(&mut self, figure: Figure, sample: Sample) {
        match self.figures.iter_mut().find(|(known, _)| *known == figure) {
            Some((_, samples)) => samples.push(sample),
            None => self.figures.push((figure, vec![sample])),
        }
    }

    /// Rows a second that the raw insert reaches with so many in a transaction, spread alike. Between
    /// two measured sizes, the time of a transaction lies on the line between theirs.
    fn raw_at(&self, spread: Spread, rows: f64, of: fn(&Summary) -> f64) -> f64 {
        let mut measured = self
            .figures
            .iter()
            .filter_map(|(figure, samples)| match figure {
                Figure::Raw(insert) if insert.spread == spread => {
                    Some((insert.rows as f64, of(&rate(samples))))
                }
                Figure::Raw(_) | Figure::Commands(_) => None,
            });
        let Some(mut below) = measured.next() else {
            return f64::NAN;
        };
        for above in measured {
            if rows <= above.0 {
                let time = |(rows, rate): (f64, f64)| rows / rate;
                let share = ((rows - below.0) / (above.0 - below.0)).max(0.0);
                let at = time(below) + share * (time(above) - time(below));
                return rows.max(below.0) / at;
            }
            below = above;
        }
        below.1
    }

    /// Commands to raw rows at the batches that occurred: of the medians, and of the best runs. On a
    /// busy machine, chance has less part in the latter.
    fn ratios(&self, load: Load, samples: &[Sample]) -> [f64; 2] {
        let (rate, batch) = (rate(samples), batch(samples).median);
        [MEDIAN, BEST].map(|of| of(&rate) / self.raw_at(load.spread, batch, of))
    }

    pub fn print_json(&self) {
        let engine = match self.engine {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        };
        for (figure, samples) in &self.figures {
            let rate = rate(samples);
            let mut line = json!({
                "engine": engine,
                "per_second": rate.median.round(),
                "lowest": rate.lowest.round(),
                "highest": rate.highest.round(),
                "runs": samples.len(),
                "seconds": self.seconds,
                "others_share": rounded(others(samples).median, 100.0),
                "syncs_per_second": Summary::of(self.syncs.iter().copied()).median.round(),
            });
            match figure {
                Figure::Raw(insert) => {
                    line["figure"] = json!("raw insert");
                    line["one_history"] = json!(insert.spread == Spread::OneHistory);
                    line["rows"] = json!(insert.rows);
                }
                Figure::Commands(load) => {
                    let batch = batch(samples).median;
                    let raw = self.raw_at(load.spread, batch, MEDIAN);
                    let [median, best] = self.ratios(*load, samples);
                    line["figure"] = json!("commands");
                    line["one_history"] = json!(load.spread == Spread::OneHistory);
                    line["with_ids"] = json!(load.ids);
                    line["in_flight"] = json!(load.in_flight);
                    line["events_per_batch"] = json!(rounded(batch, 10.0));
                    line["raw_at_that_batch"] = json!(raw.round());
                    line["ratio"] = json!(rounded(median, 1_000.0));
                    line["ratio_of_best"] = json!(rounded(best, 1_000.0));
                }
            }
            println!("{line}");
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            engine,
            runs,
            seconds,
            bytes: [payload, metadata, personal],
            ..
        } = self;
        let (cores, processor) = (machine::cores(), machine::processor());
        let syncs = Summary::of(self.syncs.iter().copied());
        writeln!(f, "{engine:?}: {cores} cores, {processor}")?;
        writeln!(
            f,
            "median of {runs} runs of {seconds} s; lowest and highest in brackets; load average {:.1} before, {:.1} after",
            self.load_before, self.load_after
        )?;
        writeln!(
            f,
            "an event: {payload} bytes of payload, {metadata} of metadata, {personal} of personal part"
        )?;
        writeln!(f, "the disk: {syncs} writes of 4 KiB made durable a second")?;
        writeln!(
            f,
            "\n{:<38} {:>26} {:>7}",
            "raw insert, rows in a transaction", "rows/s", "others"
        )?;
        for (figure, samples) in &self.figures {
            if let Figure::Raw(insert) = figure {
                let (rate, others) = (rate(samples), percent(others(samples).median));
                let name = name(insert.rows, insert.spread);
                writeln!(f, "{name:<38} {:>26} {others:>7}", rate.to_string())?;
            }
        }
        writeln!(
            f,
            "\n{:<38} {:>26} {:>7} {:>12} {:>14} {:>10}",
            "commands, in flight",
            "commands/s",
            "others",
            "events/batch",
            "of raw at that",
            "best runs"
        )?;
        for (figure, samples) in &self.figures {
            if let Figure::Commands(load) = figure {
                let (rate, batch) = (rate(samples), batch(samples).median);
                let [median, best] = self.ratios(*load, samples);
                let ids = if load.ids { ", with ids" } else { "" };
                writeln!(
                    f,
                    "{:<38} {:>26} {:>7} {batch:>12.1} {:>14} {:>10}",
                    name(load.in_flight, load.spread) + ids,
                    rate.to_string(),
                    percent(others(samples).median),
                    percent(median),
                    percent(best),
                )?;
            }
        }
        Ok(())
    }
}

fn name(count: usize, spread: Spread) -> String {
    let spread = match spread {
        Spread::ManyHistories => "1,000 histories",
        Spread::OneHistory => "one history",
    };
    format!("{count:>5}  {spread}")
}

/// A median, and how far the measurements lie apart.
struct Summary {
    median: f64,
    lowest: f64,
    highest: f64,
}

const MEDIAN: fn(&Summary) -> f64 = |summary| summary.median;
const BEST: fn(&Summary) -> f64 = |summary| summary.highest;

impl Summary {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(at(middle.wrapping_sub(1)), at(middle))
        } else {
            at(middle)
        };
        Self {
            median,
            lowest: at(0),
            highest: at(values.len().wrapping_sub(1)),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            lowest,
            highest,
        } = self;
        write!(
            f,
            "{} ({}–{})",
            thousands(*median),
            thousands(*lowest),
            thousands(*highest)
        )
    }
}

fn rate(samples: &[Sample]) -> Summary {
    Summary::of(samples.iter().map(|sample| sample.per_second))
}

fn batch(samples: &[Sample]) -> Summary {
    Summary::of(samples.iter().map(|sample| sample.events_per_batch))
}

fn others(samples: &[Sample]) -> Summary {
    Summary::of(samples.iter().map(|sample| sample.others))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn rounded(value: f64, places: f64) -> f64 {
    (value * places).round() / places
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
