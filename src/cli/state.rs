//! `tributary state`: what a history folds to, now or as of a past moment.

use super::log::history::{self, FORMS};
use super::log::time::{self, DayEnd};
use crate::settings::Settings;
use anyhow::Context as _;
use std::process::ExitCode;
use tributary_domain::{Position, State};
use tributary_store::reader::Selection;
use tributary_store::{Environment, LogReader};

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// account:ada, channel:ada, stream:<id>, viewer_session:<id>, wallet:ada:USD, installation
    aggregate: String,
    /// As it was at a position, or at a moment: 2026-11-20T18:00:00Z, 2026-11-20 (UTC), 2h ago
    #[arg(long, value_name = "POSITION|TIME")]
    as_of: Option<String>,
}

/// Shows a state as JSON.
///
/// # Errors
/// When the log cannot be read, or there is no such aggregate.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let reader = LogReader::open(&settings.log_url).await?;
    let name = &arguments.aggregate;
    let id = history::named(&reader, settings, name).await?;
    let upto = match &arguments.as_of {
        None => reader.head().await?.position,
        Some(text) => as_of(&reader, text).await?,
    };
    let selection = Selection {
        history: Some((id.kind().to_owned(), id.id())),
        upto: Some(upto),
        ..Selection::default()
    };
    let mut scan = reader.scan(selection).await?;
    let mut state: State = id.empty();
    let mut last = None;
    while let Some(part) = scan.next().await? {
        for row in part.page.iter() {
            state.fold(&row.decode()?.event);
            last = Some((row.position(), row.recorded_at(), row.sequence()));
        }
    }
    let (position, changed_at, events) = last.with_context(|| {
        format!(
            "nothing had happened to {name} up to position {upto}; an aggregate is one of {FORMS}"
        )
    })?;
    let shown = serde_json::json!({
        "aggregate": format!("{}:{}", id.kind(), id.id()),
        "as_of": upto,
        "events": events,
        "last_event": position,
        "last_event_at": changed_at,
        "state": state,
    });
    say!("{}", serde_json::to_string_pretty(&shown)?);
    Ok(ExitCode::SUCCESS)
}

async fn as_of(reader: &LogReader, text: &str) -> anyhow::Result<Position> {
    let head = reader.head().await?.position;
    if let Ok(position) = text.parse::<i64>() {
        let position = Position::new(position).context("positions begin with 1")?;
        anyhow::ensure!(
            position <= head,
            "the log ends at {head}, before position {position}"
        );
        return Ok(position);
    }
    let moment = time::parse(text, Environment::system().now(), DayEnd::After)?;
    Ok(reader.last_before(moment).await?)
}
