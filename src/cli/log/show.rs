//! `tributary log show`.

use super::event::{actor, text};
use crate::settings::Settings;
use anyhow::Context as _;
use chrono::{SecondsFormat, TimeDelta};
use serde_json::Value;
use std::process::ExitCode;
use tributary_domain::{Position, Timestamp, personal};
use tributary_store::chain::GENESIS;
use tributary_store::checkpoint::to_hex;
use tributary_store::reader::{Order, PAGE_ROWS, RawPage, RawRow, Selection};
use tributary_store::{LogReader, line};
use uuid::Uuid;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// Its position, or its event id
    event: String,
    /// As the line of JSON that `export` writes
    #[arg(long)]
    json: bool,
    /// Show the personal part, too: names, addresses, words
    #[arg(long)]
    personal: bool,
}

/// Shows an event. The exit code is 1 where it does not verify.
///
/// # Errors
/// When the log cannot be read, or there is no such event.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let reader = LogReader::open(&settings.log_url).await?;
    let page = find(&reader, &arguments.event).await?;
    let row = page
        .get(0)
        .with_context(|| format!("there is no event {}", arguments.event))?;
    if arguments.json {
        let mut text = Vec::new();
        line::write(&row, arguments.personal, &mut text)?;
        say!(@ "{}", String::from_utf8_lossy(&text));
        return Ok(ExitCode::SUCCESS);
    }
    let before = row.position().get() - 1;
    let previous = match Position::new(before).filter(|before| *before > Position::START) {
        Some(before) => reader.at(before).await?.get(0).map(|before| before.hash()),
        None => Some(GENESIS),
    };
    let fits = previous.is_some_and(|previous| row.link(&previous) == row.hash());
    show(&row, arguments.personal);
    match previous {
        Some(previous) => say!("follows      {}", to_hex(&previous)),
        None => say!("follows      the event before it is missing"),
    }
    let personal_fits = personal_fits(&row);
    say!(
        "verifies     {}",
        match (fits, personal_fits) {
            (true, true) => "yes; `tributary log verify` tells whether the whole log does",
            (false, _) => "NO: its bytes do not fit its hash, or it does not follow",
            (true, false) => "NO: the personal part does not fit its digest in the payload",
        }
    );
    Ok(if fits && personal_fits {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn personal_fits(row: &RawRow<'_>) -> bool {
    let payload = String::from_utf8_lossy(row.payload());
    let column = row.personal().map(String::from_utf8_lossy);
    personal::column_matches(&payload, column.as_deref())
}

/// An id tells the millisecond in which it was made, so the events of that time alone are looked at.
async fn find(reader: &LogReader, event: &str) -> anyhow::Result<RawPage> {
    if let Ok(position) = event.parse::<i64>() {
        let position = Position::new(position).context("positions begin with 1")?;
        return Ok(reader.at(position).await?);
    }
    let id: Uuid = event
        .parse()
        .ok()
        .with_context(|| format!("{event:?} is neither a position nor an event id"))?;
    let (seconds, nanos) = id
        .get_timestamp()
        .context("this is no id of an event: those are UUIDs of version 7")?
        .to_unix();
    let made = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_timestamp(seconds, nanos))
        .context("this is no id of an event")?;
    let selection = Selection {
        after: reader.last_before(made).await?,
        upto: Some(
            reader
                .last_before(made + TimeDelta::milliseconds(1))
                .await?,
        ),
        ..Selection::default()
    };
    let page = reader
        .page(&selection, PAGE_ROWS, Order::OldestFirst)
        .await?;
    let found = page.iter().find(|row| row.event_id() == id);
    let found = found.with_context(|| format!("there is no event {id}"))?;
    Ok(reader.at(found.position()).await?)
}

fn show(row: &RawRow<'_>, with_personal: bool) {
    say!("position     {}", row.stored_position());
    say!(
        "event        {}, version {}",
        text(row.event_type()),
        text(row.event_version())
    );
    say!("id           {}", row.event_id());
    let time = row.recorded_at();
    say!(
        "recorded at  {}",
        time.to_rfc3339_opts(SecondsFormat::Micros, true)
    );
    say!(
        "aggregate    {}:{}, its event {}",
        text(row.aggregate_type()),
        text(row.aggregate_id()),
        row.sequence()
    );
    if let Some(channel) = row.channel() {
        say!("channel      {channel}");
    }
    say!("by           {}", actor(row));
    let metadata: Value = serde_json::from_slice(row.metadata()).unwrap_or_default();
    if let Some(command) = metadata.get("command") {
        say!("command      {command}");
    }
    say!("payload      {}", pretty(row.payload()));
    match row.personal() {
        Some(column) if with_personal => say!("personal     {}", pretty(column)),
        Some(_) => say!("personal     is there; --personal shows it"),
        None if has_digest(row) => say!("personal     was erased"),
        None => {}
    }
    say!("hash         {}", to_hex(&row.hash()));
}

fn has_digest(row: &RawRow<'_>) -> bool {
    let payload: Value = serde_json::from_slice(row.payload()).unwrap_or_default();
    payload.get("personal").is_some_and(Value::is_string)
}

/// JSON for reading, in lines.
fn pretty(json: &[u8]) -> String {
    let pretty = serde_json::from_slice::<Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&value));
    pretty.map_or_else(
        |_| text(json),
        |pretty| {
            let lines: Vec<_> = pretty.lines().map(|line| text(line.as_bytes())).collect();
            lines.join("\n             ")
        },
    )
}
