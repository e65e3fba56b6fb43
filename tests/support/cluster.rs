//! A PostgreSQL server of a test's own, to be killed, started again, and given a disk that fails.

use super::guard::Guard;
use super::server::signal;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use tributary_store::Environment;

/// Ends the server whose process it was told last, when the test is gone.
const END: &str = r#"
server=
while read -r line; do server=$line; done
if [ -n "$server" ]; then kill -QUIT "$server" 2>/dev/null; fi
exit 0
"#;

/// See the [module](self). Ended when it is dropped; its folder is the test's.
pub struct Cluster {
    folder: PathBuf,
    data: PathBuf,
    port: u16,
    password: String,
    /// The folder that holds PostgreSQL's programs.
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    server: Option<Child>,
    guard: Guard,
}

impl Cluster {
    /// Makes one in a folder that exists, without starting it. Its files are as small as can be.
    pub fn make(folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let cluster = Self {
            data: folder.join("data"),
            port: port.local_addr().unwrap().port(),
            password: Environment::system().uuid().simple().to_string(),
            programs: programs(),
            owner: owner(),
            server: None,
            guard: Guard::start(END, &[] as &[&OsStr]),
            folder,
        };
        cluster.give(&cluster.folder);
        let password = cluster.folder.join("password");
        fs::write(&password, &cluster.password).unwrap();
        cluster.give(&password);
        let mut initdb = cluster.command("initdb");
        initdb
            .args(["--username=postgres", "--auth=scram-sha-256"])
            .args(["--encoding=UTF8", "--locale=C", "--no-sync"])
            .args(["--wal-segsize=1", "--pwfile"])
            .arg(&password)
            .arg("--pgdata")
            .arg(&cluster.data);
        let made = initdb.output().unwrap();
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        fs::remove_file(password).unwrap();
        cluster
    }

    /// Where its data is.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The superuser's URL. It is the same after every start.
    pub fn url(&self) -> String {
        let Self { password, port, .. } = self;
        format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres")
    }

    /// A copy of the data, for another start. It must not run.
    pub fn copy_data(&self, name: &str) -> PathBuf {
        let copy = self.folder.join(name);
        let copied = Command::new("cp")
            .arg("-a")
            .args([&self.data, &copy])
            .status();
        assert!(copied.unwrap().success());
        copy
    }

    /// From now on it starts on these data.
    pub fn use_data(&mut self, data: PathBuf) {
        self.data = data;
    }

    /// Starts it with more environment, and waits until it takes connections.
    pub async fn start(&mut self, environment: &[(&'static str, String)]) {
        // The processes of one that was killed are soon gone, but not at once; until then it is refused.
        super::until("PostgreSQL starts", async || {
            let mut server = self.spawn(environment);
            let ready = self.becomes_ready(&mut server).await;
            if ready {
                self.guard.tell(server.id());
                self.server = Some(server);
            }
            ready.then_some(())
        })
        .await;
    }

    fn spawn(&self, environment: &[(&'static str, String)]) -> Child {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .unwrap();
        let setting = |text: String| ["-c".to_owned(), text];
        self.command("postgres")
            .arg("-D")
            .arg(&self.data)
            .args(setting("listen_addresses=127.0.0.1".into()))
            .args(setting(format!("port={}", self.port)))
            .args(setting("unix_socket_directories=".into()))
            // Small, and often through a checkpoint: there is much to go wrong then.
            .args(setting("max_wal_size=4MB".into()))
            .args(setting("min_wal_size=2MB".into()))
            .args(setting("shared_buffers=16MB".into()))
            .args(setting("fsync=on".into()))
            .args(setting("synchronous_commit=on".into()))
            .args(setting("full_page_writes=on".into()))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// False if it ended instead.
    async fn becomes_ready(&self, server: &mut Child) -> bool {
        let state = self.data.join("postmaster.pid");
        super::until("PostgreSQL is ready or gone", async || {
            if server.try_wait().unwrap().is_some() {
                return Some(false);
            }
            // What a dead one wrote is still there: the first line says whose it is, the eighth how it is.
            let text = fs::read_to_string(&state).unwrap_or_default();
            let lines: Vec<_> = text.lines().map(str::trim).collect();
            let is_ready = lines.first() == Some(&server.id().to_string().as_str())
                && lines.get(7) == Some(&"ready");
            is_ready.then_some(true)
        })
        .await
    }

    /// Kills all of its processes at once, as a power cut would.
    pub fn kill(&mut self) {
        let mut server = self.server.take().expect("it runs");
        // So that it starts none while we look.
        signal(server.id(), "STOP");
        for child in children(server.id()) {
            // One that ends by itself meanwhile is as good.
            drop(
                Command::new("kill")
                    .args(["-KILL", &child.to_string()])
                    .status(),
            );
        }
        server.kill().unwrap();
        server.wait().unwrap();
        self.guard.tell("");
    }

    /// Whether it still runs. PostgreSQL gives up where it cannot write its log.
    pub fn runs(&mut self) -> bool {
        let server = self.server.as_mut();
        server.is_some_and(|server| server.try_wait().unwrap().is_none())
    }

    /// Beside the data: these may be full.
    fn log_file(&self) -> PathBuf {
        std::env::temp_dir().join(format!("tributary-postgres-{}.log", self.port))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.process_group(0).current_dir(&self.folder);
        command
    }

    fn give(&self, path: &Path) {
        if let Some((user, group)) = self.owner {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Its immediate shutdown; nothing is kept.
            let pid = server.id().to_string();
            drop(Command::new("kill").args(["-QUIT", &pid]).status());
            drop(server.wait());
            self.guard.tell("");
        }
        drop(fs::remove_file(self.log_file()));
    }
}

/// PostgreSQL refuses to run as root: the user that its package makes, if we are root.
fn owner() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        u32::from_str(text.trim()).ok()
    };
    let user = ["postgres", "nobody"];
    (id(&["--user"]) == Some(0)).then(|| {
        user.iter()
            .find_map(|name| Some((id(&["--user", name])?, id(&["--group", name])?)))
            .expect("a user who is not root")
    })
}

/// The newest version's, as Debian keeps them; elsewhere what `pg_config` says.
fn programs() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = debian
        .flatten()
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .max();
    newest.map_or_else(
        || {
            let told = Command::new("pg_config").arg("--bindir").output();
            let told = told.expect("PostgreSQL is installed: `cargo xtask tools` does it");
            String::from_utf8(told.stdout).unwrap().trim().into()
        },
        |(_, path)| path,
    )
}

fn children(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name, in brackets, may hold anything; the state and the parent come after it.
        let (_, after) = stat.rsplit_once(')')?;
        let its_parent = after.split_whitespace().nth(1)?;
        (its_parent == parent.to_string()).then_some(pid)
    })
    .collect()
}
