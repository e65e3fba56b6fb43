//! Making the read models anew from the log, beside those that serve.

mod next;
mod progress;

pub(crate) use next::{Next, afresh};
pub use progress::Progress;

use crate::batch::BatchError;
use crate::compare::TableReport;
use crate::source::{Source, SourceError};
use crate::viewer_rule::ViewerRule;
use crate::views::{Views, ViewsError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::Position;

/// When new read models take the place of those that serve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Switch {
    /// Whatever the comparison finds: the log is the truth.
    #[default]
    Always,
    /// Only when nothing differs.
    WhenEqual,
    /// Never: the serving read models are only checked.
    Never,
}

/// How a rebuild works.
#[derive(Debug, Clone)]
pub struct RebuildOptions {
    /// When to switch.
    pub switch: Switch,
    /// Whether to compare. While it compares, the projectors of a running server pause.
    pub compare: bool,
    /// Events in one transaction.
    pub batch_events: usize,
    /// The rule to count viewers by; that of the serving read models where none is given.
    pub rule: Option<ViewerRule>,
}

impl Default for RebuildOptions {
    fn default() -> Self {
        Self {
            switch: Switch::default(),
            compare: true,
            batch_events: 8_192,
            rule: None,
        }
    }
}

/// What a rebuild came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Both generations stood here when they were compared.
    pub position: Position,
    /// How many events were folded.
    pub events: u64,
    /// How long all took.
    pub elapsed: Duration,
    /// One for each table; empty when nothing was compared.
    pub tables: Vec<TableReport>,
    /// The rules that viewers are counted by: in the read models that served, and in the new ones.
    pub rules: (ViewerRule, ViewerRule),
    /// Whether the new read models serve now.
    pub switched: bool,
}

impl Report {
    /// Whether every table was compared and is the same in both generations.
    pub fn is_equal(&self) -> bool {
        !self.tables.is_empty() && self.tables.iter().all(TableReport::is_equal)
    }
}

/// Why a rebuild was not finished. The serving read models are as they were.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// It was asked to stop.
    #[error("the rebuild was cancelled; the serving read models are untouched")]
    Cancelled,
    /// There can be only one at a time.
    #[error("another rebuild of these read models is under way; wait for it, or cancel it")]
    AlreadyRunning,
    /// The same, by another node, or by one that died and whose session the server has not ended yet.
    #[error(
        "another node makes read models ({0}); wait for it, or cancel it there. If that node is dead, the \
         rebuild is free once PostgreSQL notices: pg_terminate_backend of that session ends it at once"
    )]
    Elsewhere(String),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] SourceError),
    /// The generations could not be opened, made or switched.
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// A fault of this program.
    #[error("the rebuild broke down: {0}")]
    Broken(String),
    /// An event cannot be folded.
    #[error("{0}")]
    Poison(String),
    /// Another node keeps the read models.
    #[error("this node only follows the read models; {0} keeps them up to date: ask there")]
    Following(String),
    /// Another projector writes the read models that are compared: its node must be stopped, or the
    /// rebuild be run there.
    #[error("{0}")]
    Fenced(String),
}

impl From<crate::db::DbError> for RebuildError {
    fn from(error: crate::db::DbError) -> Self {
        Self::Views(error.into())
    }
}

impl From<BatchError> for RebuildError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Db(error) => error.into(),
            BatchError::Fold { .. } => Self::Poison(error.to_string()),
            BatchError::Fenced(_) => Self::Fenced(error.to_string()),
        }
    }
}

/// The same as [`Projectors::rebuild`](crate::Projectors::rebuild) where no projectors run: from the
/// command line.
///
/// # Errors
/// When it was cancelled or cannot be done. The serving read models are then as they were.
pub async fn rebuild<S: Source>(
    source: &S,
    views: &Views,
    options: &RebuildOptions,
    cancel: &CancellationToken,
    mut on_progress: impl FnMut(Progress) + Send,
) -> Result<Report, RebuildError> {
    let next = Next::fill(views, source, options, cancel, &mut on_progress).await?;
    let (report, retired) = next.finish(cancel, &mut on_progress).await?;
    if let Some((retired, url)) = retired {
        retired.remove(&url).await;
    }
    Ok(report)
}
