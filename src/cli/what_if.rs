//! `tributary what-if`: the history by another rule, beside how it was. Nothing is written but to a folder that
//! is gone afterwards.

mod fee;
mod viewers;

use super::log::time::{self, DayEnd};
use crate::settings::Settings;
use std::process::ExitCode;
use tributary_domain::money::FeeSchedule;
use tributary_projections::ViewerRule;
use tributary_store::reader::Selection;
use tributary_store::{Environment, LogReader};

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    rule: Rule,
    /// Recorded at or after this moment: 2026-11-20T18:00:00Z, 2026-11-20 (UTC), or 90s, 30m, 2h, 7d ago
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Recorded before this moment; of a date, the whole day still counts
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// The rule that takes another's place.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Rule {
    /// What the platform keeps of each tip, such as 3% or 0.03
    #[arg(long, value_name = "RATE", value_parser = fee::rate)]
    fee: Option<FeeSchedule>,
    /// Who counts as a viewer: v1-all, v2-received or v3-minute
    #[arg(long, value_name = "RULE")]
    viewer_rule: Option<ViewerRule>,
}

/// Works it out.
///
/// # Errors
/// When the log cannot be read, or a moment not be understood.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let reader = LogReader::open(&settings.log_url).await?;
    let selection = arguments.selection(&reader).await?;
    match (arguments.rule.fee, arguments.rule.viewer_rule) {
        (Some(schedule), _) => fee::run(&reader, selection, schedule, arguments.json).await,
        (None, rule) => {
            let rule = rule.unwrap_or_default();
            viewers::run(&reader, selection, rule, arguments.json).await
        }
    }
}

impl Arguments {
    /// The part of the log that was asked for.
    async fn selection(&self, reader: &LogReader) -> anyhow::Result<Selection> {
        let now = Environment::system().now();
        let mut selection = Selection {
            upto: Some(reader.head().await?.position),
            ..Selection::default()
        };
        if let Some(since) = &self.since {
            let since = time::parse(since, now, DayEnd::First)?;
            selection.after = reader.last_before(since).await?;
        }
        if let Some(until) = &self.until {
            let until = time::parse(until, now, DayEnd::After)?;
            selection.upto = Some(reader.last_before(until).await?);
        }
        Ok(selection)
    }
}
