//! What is killed: a server, and the PostgreSQL below it.

use super::chance::Chance;
use crate::support::cluster::Cluster;
use crate::support::server::{Engine, Server, Site};
use tempfile::TempDir;

/// A PostgreSQL of the test's own, and where its data is.
struct Below {
    cluster: Cluster,
    folder: TempDir,
}

/// See the [module](self).
pub struct Place {
    pub site: Site,
    below: Option<Below>,
    server: Option<Server>,
}

impl Place {
    pub async fn new(engine: Engine) -> Self {
        let below = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let folder = TempDir::new().unwrap();
                let mut cluster = Cluster::make(folder.path());
                cluster.start(&[]).await;
                Some(Below { cluster, folder })
            }
        };
        let site = Site::at(below.as_ref().map(|below| below.cluster.url()));
        let server = Some(site.start().await);
        Self {
            site,
            below,
            server,
        }
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs between two kills")
    }

    /// Kills the server, the PostgreSQL below it, or both, and starts again what was killed.
    pub async fn kill_and_start(&mut self, chance: &Chance) {
        let (server_dies, below_dies) = match (&self.below, chance.below(3)) {
            (None, _) | (Some(_), 0) => (true, false),
            (Some(_), 1) => (false, true),
            (Some(_), _) => (true, true),
        };
        if below_dies && let Some(below) = &mut self.below {
            below.cluster.kill();
        }
        if server_dies && let Some(server) = self.server.take() {
            server.kill().await;
        }
        if below_dies && let Some(below) = &mut self.below {
            below.cluster.start(&[]).await;
        }
        if self.server.is_none() {
            self.server = Some(self.site.start().await);
        }
    }

    pub async fn stop(mut self) {
        let server = self.server.take().expect("it runs between two kills");
        assert!(server.stop().await, "{}", self.site.log());
    }
}

impl Drop for Place {
    /// What failed is kept, to be looked at.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        self.site.folder.disable_cleanup(true);
        let data = self.site.data();
        eprintln!(
            "\nThe data folder is kept: {0}\nLook: tributary --data-dir {0} log verify\n\
             What the server said: {1}",
            data.display(),
            self.site.folder.path().join("server.log").display(),
        );
        if let Some(below) = &mut self.below {
            below.folder.disable_cleanup(true);
            eprintln!(
                "PostgreSQL's data are kept: {}\nStart them with `postgres -D` as their owner, and give \
                 tributary its URL as log_url",
                below.cluster.data().display()
            );
        }
    }
}
