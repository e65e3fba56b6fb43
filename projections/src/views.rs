//! The handle to the read models.

use crate::changed::Changed;
use crate::db::DbError;
use crate::generation::{Generation, ViewsUrl};
use crate::project;
use crate::rebuild::{self, RebuildError};
use crate::source::Source;
use crate::status::{ProjectionState, ProjectionStatus, TooSlow};
use crate::viewer_rule::ViewerRule;
use arc_swap::ArcSwap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, broadcast, watch};
use tributary_domain::Position;

/// Changes that a slow receiver may be behind before it must ask anew.
const CHANGES_MAX: usize = 1_024;

/// Why the read models cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A file or folder cannot be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The pointer to the serving generation is no number.
    #[error(
        "{0} does not hold the number of a generation; remove it to have the read models rebuilt from the log"
    )]
    BadPointer(String),
    /// The read models have seen more than the log holds: it is another log, or it lost its end.
    #[error(
        "the read model {projection} stands at {position}, beyond the log's head {head}: these read models belong to another log, or the log lost events; find out which before removing the read models"
    )]
    AheadOfLog {
        /// The projection.
        projection: &'static str,
        /// Where it stands.
        position: Position,
        /// Where the log ends.
        head: Position,
    },
    /// A node of another version made the read models that serve now.
    #[error(
        "the read models that serve now were made by another version of Tributary; run the same version on every node"
    )]
    AnotherVersion,
    /// Read models had to be made anew, and that failed.
    #[error("the read models must be rebuilt, and that failed: {0}")]
    Rebuild(#[source] Box<RebuildError>),
}

impl From<sqlx::Error> for ViewsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Where one projection stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) name: &'static str,
    pub(crate) position: Position,
    pub(crate) state: ProjectionState,
}

type Head = Arc<dyn Fn() -> Position + Send + Sync>;

struct Inner {
    /// None for rows in memory, which have no place for another generation.
    url: Option<ViewsUrl>,
    serving: ArcSwap<Generation>,
    standings: watch::Sender<Vec<Standing>>,
    changes: broadcast::Sender<Arc<Changed>>,
    head: OnceLock<Head>,
    rebuilding: Arc<Mutex<()>>,
}

/// The read models: what is asked of them, how far they are, what changes. Cheap to clone.
///
/// Questions are methods, one file per noun in `queries`. They see the serving generation; a rebuild
/// switches it between two questions, never within one.
#[derive(Clone)]
pub struct Views {
    inner: Arc<Inner>,
}

impl Views {
    /// Opens the serving generation. If there is none, or a program with other tables or folds made
    /// it, the read models are made anew from the log first, which may take a while; progress is
    /// logged. What a rebuild left behind that died is kept for the next one to go on with, if it can.
    ///
    /// # Errors
    /// When the database cannot be used, or making read models anew failed.
    pub async fn open<S: Source>(url: &ViewsUrl, source: &S) -> Result<Self, ViewsError> {
        url.prepare().await?;
        let generation = serving_or_new(url, source).await?;
        Self::on(Some(url.clone()), generation).await
    }

    /// Read models in memory, for simulation: projectors write them, and no question is answered.
    ///
    /// # Errors
    /// As the simulation wants.
    #[cfg(feature = "testing")]
    pub async fn in_memory(memory: &crate::testing::Memory) -> Result<Self, ViewsError> {
        let db = crate::db::Db::new(crate::db::Engine::Memory(memory.clone()));
        Self::on(
            None,
            Generation {
                number: 1,
                db,
                rule: ViewerRule::default(),
            },
        )
        .await
    }

    async fn on(url: Option<ViewsUrl>, generation: Generation) -> Result<Self, ViewsError> {
        let standings = project::names()
            .into_iter()
            .map(|name| Standing {
                name,
                position: Position::START,
                state: ProjectionState::Stopped,
            })
            .collect();
        let views = Self {
            inner: Arc::new(Inner {
                url,
                serving: ArcSwap::from_pointee(generation),
                standings: watch::Sender::new(standings),
                changes: broadcast::Sender::new(CHANGES_MAX),
                head: OnceLock::new(),
                rebuilding: Arc::default(),
            }),
        };
        for (name, position) in views.serving().db.positions().await? {
            views.stand(name, |standing| standing.position = position);
        }
        Ok(views)
    }

    /// Waits until every projection has folded the log up to `position`, so that a client reads what
    /// it wrote.
    ///
    /// # Errors
    /// [`TooSlow`] after `timeout`, or at once when all that is behind has stopped for good.
    pub async fn wait_for(&self, position: Position, timeout: Duration) -> Result<(), TooSlow> {
        let mut standings = self.inner.standings.subscribe();
        let decided = |standings: &Vec<Standing>| {
            let mut behind = standings
                .iter()
                .filter(|standing| standing.position < position);
            behind.all(|standing| {
                matches!(
                    standing.state,
                    ProjectionState::Parked { .. } | ProjectionState::Fenced
                )
            })
        };
        let _ = tokio::time::timeout(timeout, standings.wait_for(decided)).await;
        let standings = self.inner.standings.borrow();
        let behind: Vec<_> = standings
            .iter()
            .filter(|standing| standing.position < position)
            .map(|standing| standing.name)
            .collect();
        if behind.is_empty() {
            return Ok(());
        }
        let reached = standings.iter().map(|standing| standing.position).min();
        Err(TooSlow {
            wanted: position,
            reached: reached.unwrap_or_default(),
            behind,
        })
    }

    /// The position that every projection has reached.
    pub fn position(&self) -> Position {
        let standings = self.inner.standings.borrow();
        standings
            .iter()
            .map(|standing| standing.position)
            .min()
            .unwrap_or_default()
    }

    /// Where each projection stands, for health and metrics.
    pub fn status(&self) -> Vec<ProjectionStatus> {
        let head = self.inner.head.get().map(|head| head());
        let standings = self.inner.standings.borrow();
        standings
            .iter()
            .map(|standing| ProjectionStatus {
                name: standing.name,
                position: standing.position,
                lag: head.map_or(0, |head| head.since(standing.position)),
                state: standing.state.clone(),
            })
            .collect()
    }

    /// Waits until the projections stand as `condition` wants; what it saw then.
    pub async fn status_when(
        &self,
        mut condition: impl FnMut(&[ProjectionStatus]) -> bool,
    ) -> Vec<ProjectionStatus> {
        let mut standings = self.inner.standings.subscribe();
        loop {
            let status = self.status();
            if condition(&status) {
                return status;
            }
            // The sender lives in `self`.
            let _ = standings.changed().await;
        }
    }

    /// Ends every connection. Projectors must have been stopped; questions fail from now on.
    pub async fn close(&self) {
        self.serving().db.close().await;
    }

    /// Clears what an erasure swept out of the database's files.
    ///
    /// # Errors
    /// When the database cannot be used, or somebody reads from it for long. It can be called again.
    pub async fn scour(&self) -> Result<(), ViewsError> {
        Ok(self.serving().scour().await?)
    }

    /// The rule by which the numbers are counted that serve now.
    pub fn viewer_rule(&self) -> ViewerRule {
        self.serving().rule
    }

    /// How many statements the serving generation was asked, for tests that count them.
    #[cfg(feature = "testing")]
    pub fn asked(&self) -> u64 {
        self.serving().db.asked()
    }

    /// What changes from now on. At most 1,024 changes are kept for a slow receiver; one that is
    /// told it lagged asks the read models anew.
    pub fn changes(&self) -> broadcast::Receiver<Arc<Changed>> {
        self.inner.changes.subscribe()
    }

    /// The right to rebuild; `None` while another rebuild of this process has it.
    pub(crate) fn try_rebuild(&self) -> Option<OwnedMutexGuard<()>> {
        Arc::clone(&self.inner.rebuilding).try_lock_owned().ok()
    }

    /// The work of keeping these read models, of which one node at a time may do it; `None` where each
    /// node keeps its own.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn shared_work(&self) -> Result<Option<String>, ViewsError> {
        let Some(url) = self.url() else {
            return Ok(None);
        };
        let name = url.shared_name().await?;
        Ok(name.map(|name| format!("projections/{name}")))
    }

    /// Where generations are made and removed, if there is a place for more than one.
    pub(crate) fn url(&self) -> Option<&ViewsUrl> {
        self.inner.url.as_ref()
    }

    /// The generation that serves now. Held only for the length of a question.
    pub(crate) fn serving(&self) -> Arc<Generation> {
        self.inner.serving.load_full()
    }

    pub(crate) fn serve(&self, next: Generation) -> Arc<Generation> {
        self.inner.serving.swap(Arc::new(next))
    }

    pub(crate) fn measure_from(&self, head: impl Fn() -> Position + Send + Sync + 'static) {
        // Set once: every projector of these views reads the same log.
        let _ = self.inner.head.set(Arc::new(head));
    }

    pub(crate) fn stand(&self, name: &str, change: impl FnOnce(&mut Standing)) {
        self.inner.standings.send_modify(|standings| {
            if let Some(standing) = standings.iter_mut().find(|standing| standing.name == name) {
                change(standing);
            }
        });
    }

    pub(crate) fn announce(&self, changed: Changed) {
        if !changed.is_empty() {
            // Without a receiver there is nobody to tell.
            let _ = self.inner.changes.send(Arc::new(changed.tidied()));
        }
    }
}

/// The serving generation; made anew where there is none, or where another program made it.
/// Removes what does not serve, but for what the next rebuild can go on with.
async fn tidy(url: &ViewsUrl, serving: Option<i64>) -> Result<(), ViewsError> {
    let next = serving.map_or(1, |serving| serving + 1);
    for number in url.generations().await? {
        if Some(number) == serving {
            continue;
        }
        if number == next
            && let Some((generation, position)) = url.unfinished(number).await?
        {
            tracing::info!(
                generation = number,
                %position,
                "a rebuild was not finished; the next one goes on from there"
            );
            generation.db.close().await;
            continue;
        }
        tracing::info!(
            generation = number,
            "removing read models that never served"
        );
        url.remove(number).await?;
    }
    Ok(())
}

async fn serving_or_new<S: Source>(url: &ViewsUrl, source: &S) -> Result<Generation, ViewsError> {
    let mut lease = url.try_lease().await?;
    // A rule that somebody chose stays chosen, whatever program makes the read models anew.
    let mut rule = ViewerRule::default();
    loop {
        let serving = url.serving().await?;
        if lease.is_some() {
            tidy(url, serving).await?;
        }
        if let Some(number) = serving {
            let generation = url.open(number).await?;
            if generation.is_ours().await {
                return Ok(generation);
            }
            rule = generation.rule;
            generation.db.close().await;
        }
        // Another node may be making what is missing here: look again once it is done.
        if lease.is_none() {
            lease = Some(url.lease().await?);
            continue;
        }
        let Some(number) = serving else {
            return rebuild::afresh(url, 1, rule, source).await;
        };
        tracing::warn!("the read models were made by another version; rebuilding them");
        let next = rebuild::afresh(url, number + 1, rule, source).await?;
        url.remove(number).await?;
        return Ok(next);
    }
}
