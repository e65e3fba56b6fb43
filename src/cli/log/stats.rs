//! `tributary log stats`.

use super::event::text;
use super::filter::Filter;
use super::plot;
use crate::cli::bar;
use crate::settings::Settings;
use chrono::{DurationRound as _, TimeDelta};
use std::collections::BTreeMap;
use std::process::ExitCode;
use tributary_domain::Timestamp;
use tributary_store::LogReader;
use tributary_store::reader::RawRow;

/// The longest histories that are shown.
const LONGEST: usize = 5;

/// Up to this length of time, events are counted by the hour, otherwise by the day.
const BY_HOUR_MAX: TimeDelta = TimeDelta::days(3);

/// Columns of a plot. A longer time is put together to fit.
const PLOT_COLUMNS: usize = 60;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    filter: Filter,
}

/// What is counted.
#[derive(Default)]
struct Counts {
    events: u64,
    bytes: u64,
    personal: u64,
    personal_bytes: u64,
    histories_begun: u64,
    by_type: BTreeMap<String, (u64, u64)>,
    by_hour: BTreeMap<i64, u64>,
    longest: Vec<(i64, String)>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

const HOUR_MICROS: i64 = 3_600_000_000;

impl Counts {
    fn take(&mut self, row: &RawRow<'_>) {
        let size = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let bytes = size(row.payload()) + size(row.metadata());
        self.events += 1;
        self.bytes += bytes;
        if let Some(personal) = row.personal() {
            self.personal += 1;
            self.personal_bytes += size(personal);
        }
        self.histories_begun += u64::from(row.sequence() == 1);
        let name = String::from_utf8_lossy(row.event_type());
        match self.by_type.get_mut(name.as_ref()) {
            Some((count, total)) => {
                *count += 1;
                *total += bytes;
            }
            None => {
                self.by_type.insert(name.into_owned(), (1, bytes));
            }
        }
        let hour = row.recorded_at_micros().div_euclid(HOUR_MICROS);
        *self.by_hour.entry(hour).or_default() += 1;
        self.first.get_or_insert(row.recorded_at());
        self.last = Some(row.recorded_at());
        self.lengthen(row);
    }

    /// A history grows by one at a time, so whichever ends among the longest enters when it outgrows the
    /// shortest of them: no other need be remembered.
    fn lengthen(&mut self, row: &RawRow<'_>) {
        let length = row.sequence();
        let shortest = self.longest.last().map_or(0, |(length, _)| *length);
        if self.longest.len() == LONGEST && length <= shortest {
            return;
        }
        let name = format!(
            "{}:{}",
            text(row.aggregate_type()),
            text(row.aggregate_id())
        );
        match self.longest.iter_mut().find(|(_, known)| *known == name) {
            Some(known) => known.0 = length,
            None => self.longest.push((length, name)),
        }
        self.longest.sort_by(|a, b| b.cmp(a));
        self.longest.truncate(LONGEST);
    }

    /// Events per hour or day, from the first to the last, empty ones included.
    fn history(&self) -> Option<(&'static str, Timestamp, Vec<u64>)> {
        let (first, last) = (self.first?, self.last?);
        let (unit, step, name) = if last - first <= BY_HOUR_MAX {
            (TimeDelta::hours(1), 1, "hour")
        } else {
            (TimeDelta::days(1), 24, "day")
        };
        let begin = first.duration_trunc(unit).ok()?;
        let begin_hour = begin.timestamp_micros().div_euclid(HOUR_MICROS);
        let mut counts = vec![];
        for (hour, count) in &self.by_hour {
            let index = usize::try_from((hour - begin_hour) / step).ok()?;
            if counts.len() <= index {
                counts.resize(index + 1, 0);
            }
            counts[index] += count;
        }
        Some((name, begin, counts))
    }
}

/// Counts.
///
/// # Errors
/// When the log cannot be read or the filter not be understood.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let reader = LogReader::open(&settings.log_url).await?;
    let head = reader.head().await?;
    let selection = arguments.filter.selection(&reader, settings).await?;
    let after = selection.after;
    let mut scan = reader.scan(selection).await?;
    let bar = bar::events(scan.end().since(after));
    let mut counts = Counts::default();
    while let Some(part) = scan.next().await? {
        part.page.iter().for_each(|row| counts.take(&row));
        bar.set_position(part.upto.since(after));
    }
    bar.finish_and_clear();
    if arguments.json {
        say!("{}", json(&counts, head.position.get()));
        return Ok(ExitCode::SUCCESS);
    }
    say!(
        "head            {}, recorded {}",
        head.position,
        head.recorded_at
    );
    say!("events          {}", counts.events);
    say!("histories begun {}", counts.histories_begun);
    say!(
        "size            {} of payload and metadata, {} of {} personal parts",
        plot::bytes(counts.bytes),
        plot::bytes(counts.personal_bytes),
        counts.personal
    );
    if let (Some(first), Some(last)) = (counts.first, counts.last) {
        say!("from            {first}");
        say!("to              {last}");
        let seconds = (last - first).as_seconds_f64();
        if seconds > 0.0 {
            say!(
                "rate            {:.2} events/s on average",
                counts.events as f64 / seconds
            );
        }
    }
    if let Some((unit, begin, history)) = counts.history() {
        let most = history.iter().max().copied().unwrap_or(0);
        say!("\nevents per {unit} since {begin}, at most {most}");
        say!("{}", plot::line(&history, PLOT_COLUMNS));
    }
    say!("\n{:<28} {:>12} {:>12}", "event", "count", "bytes each");
    let mut by_type: Vec<_> = counts.by_type.iter().collect();
    by_type.sort_by_key(|(name, (count, _))| (std::cmp::Reverse(*count), *name));
    let most = by_type.first().map_or(0, |(_, (count, _))| *count);
    for (name, (count, bytes)) in by_type {
        let name = text(name.as_bytes());
        let share = plot::share(*count, most, 24);
        say!("{name:<28} {count:>12} {:>12}  {share}", bytes / count);
    }
    say!("\n{:<60} {:>12}", "longest histories", "events");
    for (length, name) in &counts.longest {
        say!("{name:<60} {length:>12}");
    }
    Ok(ExitCode::SUCCESS)
}

fn json(counts: &Counts, head: i64) -> serde_json::Value {
    let by_type: BTreeMap<_, _> = counts
        .by_type
        .iter()
        .map(|(name, (count, bytes))| (name, serde_json::json!({ "count": count, "bytes": bytes })))
        .collect();
    let longest: Vec<_> = counts
        .longest
        .iter()
        .map(|(events, history)| serde_json::json!({ "history": history, "events": events }))
        .collect();
    let history = counts.history().map(|(unit, begin, counts)| {
        serde_json::json!({ "per": unit, "since": begin, "events": counts })
    });
    serde_json::json!({
        "head": head,
        "events": counts.events,
        "histories_begun": counts.histories_begun,
        "bytes": counts.bytes,
        "personal_parts": counts.personal,
        "personal_bytes": counts.personal_bytes,
        "first": counts.first,
        "last": counts.last,
        "history": history,
        "by_type": by_type,
        "longest_histories": longest,
    })
}
