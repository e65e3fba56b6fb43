//! What the tests of this suite share.

pub mod dump;
pub mod finances;
pub mod oracle;
pub mod story;
pub mod world;

use std::future::Future;
use std::time::Duration;
use tempfile::TempDir;
use tributary_domain::{Position, Recorded};
use tributary_projections::testing::MemoryLog;
use tributary_projections::{ProjectionState, ProjectorOptions, Projectors, Views, ViewsUrl};
pub use tributary_store::testing::Engine;

/// Nothing here takes longer unless it is broken.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Waits for something that must happen.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("not within {DEADLINE:?}: {what}"),
    }
}

/// A place for read models, gone when this is dropped.
pub struct Place {
    pub url: ViewsUrl,
    _folder: TempDir,
}

impl Place {
    pub async fn fresh(engine: Engine) -> Self {
        let folder = TempDir::new().unwrap();
        let url = match engine {
            Engine::Sqlite => ViewsUrl::Sqlite(folder.path().join("views")),
            Engine::Postgres => {
                ViewsUrl::Postgres(tributary_store::testing::fresh_database().await)
            }
        };
        Self {
            url,
            _folder: folder,
        }
    }

    pub async fn open(&self, log: &MemoryLog) -> Views {
        Views::open(&self.url, log).await.unwrap()
    }
}

/// Quick to park, quick to write checkpoints.
pub fn impatient() -> ProjectorOptions {
    ProjectorOptions {
        retries_max: 2,
        backoff_first: Duration::from_millis(1),
        backoff_max: Duration::from_millis(4),
        idle_max: Duration::from_millis(5),
        ..ProjectorOptions::default()
    }
}

/// Read models that follow a log in memory.
pub struct Running {
    pub place: Place,
    pub log: MemoryLog,
    pub views: Views,
    pub projectors: Projectors<MemoryLog>,
}

impl Running {
    pub async fn fresh(engine: Engine) -> Self {
        Self::with(engine, MemoryLog::default(), impatient()).await
    }

    pub async fn with(engine: Engine, log: MemoryLog, options: ProjectorOptions) -> Self {
        let place = Place::fresh(engine).await;
        let views = place.open(&log).await;
        let projectors = start(&views, &log, options).await;
        Self {
            place,
            log,
            views,
            projectors,
        }
    }

    /// Read models that have folded these events.
    pub async fn after(engine: Engine, events: Vec<Recorded>) -> Self {
        let running = Self::fresh(engine).await;
        running.tell(events).await;
        running
    }

    /// Appends events and waits until they are folded.
    pub async fn tell(&self, events: impl IntoIterator<Item = Recorded>) -> Position {
        let head = self.log.append(events);
        arrived(&self.views, head).await;
        head
    }
}

pub async fn start(
    views: &Views,
    log: &MemoryLog,
    options: ProjectorOptions,
) -> Projectors<MemoryLog> {
    Projectors::start(views.clone(), log.clone(), options)
        .await
        .unwrap()
}

/// Waits until every projection is at `position`.
pub async fn arrived(views: &Views, position: Position) {
    views.wait_for(position, DEADLINE).await.unwrap();
}

/// Waits until one projection is in a state.
pub async fn state_of(
    views: &Views,
    name: &str,
    wanted: impl Fn(&ProjectionState) -> bool,
) -> ProjectionState {
    let status = views.status_when(|all| {
        all.iter()
            .any(|status| status.name == name && wanted(&status.state))
    });
    let status = within(&format!("the state of {name}"), status).await;
    status
        .into_iter()
        .find(|status| status.name == name)
        .unwrap()
        .state
}
