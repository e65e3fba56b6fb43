//! Which events are wanted, as it is said on the command line.

use super::history;
use super::time::{self, DayEnd};
use crate::settings::Settings;
use tributary_domain::Position;
use tributary_store::reader::Selection;
use tributary_store::{Environment, LogReader};

/// Options of the commands that read events. All of those given must hold.
#[derive(clap::Args, serde::Serialize)]
#[command(next_help_heading = "Which events")]
pub struct Filter {
    /// Recorded at or after this moment: 2026-11-20T18:00:00Z, 2026-11-20 (UTC), or 90s, 30m, 2h, 7d ago
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Recorded before this moment; of a date, the whole day still counts
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// From this position on
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(1..))]
    from: Option<i64>,
    /// Up to this position, it included
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(1..))]
    to: Option<i64>,
    /// With this name, such as wallet.tipped or 'stream.*'; several with commas
    #[arg(long = "type", value_name = "NAME", value_delimiter = ',')]
    types: Vec<String>,
    /// Of one history: account:ada, channel:ada, stream:<id>, wallet:ada:USD, …
    #[arg(long, value_name = "KIND:ID")]
    aggregate: Option<String>,
    /// About one channel, by its owner's name or id
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
}

impl Filter {
    /// What it comes to in this log.
    ///
    /// # Errors
    /// When a part of it cannot be understood, or the log not be read.
    pub async fn selection(
        &self,
        reader: &LogReader,
        settings: &Settings,
    ) -> anyhow::Result<Selection> {
        let now = Environment::system().now();
        let before = |position: i64| Position::new(position - 1).unwrap_or_default();
        let mut selection = Selection {
            after: self.from.map(before).unwrap_or_default(),
            upto: self.to.and_then(Position::new),
            types: self.types.clone(),
            ..Selection::default()
        };
        if let Some(since) = &self.since {
            let since = time::parse(since, now, DayEnd::First)?;
            selection.after = selection.after.max(reader.last_before(since).await?);
        }
        if let Some(until) = &self.until {
            let until = time::parse(until, now, DayEnd::After)?;
            let last = reader.last_before(until).await?;
            selection.upto = Some(selection.upto.map_or(last, |upto| upto.min(last)));
        }
        if let Some(text) = &self.aggregate {
            let history = history::named(reader, settings, text).await?;
            selection.history = Some((history.kind().to_owned(), history.id()));
        }
        if let Some(text) = &self.channel {
            let owner = history::account(reader, settings, text).await?;
            selection.channel = Some(owner.into());
        }
        Ok(selection)
    }

    /// Whether an end was given.
    pub fn has_end(&self) -> bool {
        self.to.is_some() || self.until.is_some()
    }
}
