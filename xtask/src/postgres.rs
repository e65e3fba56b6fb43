//! A private PostgreSQL for one test run: a cluster in a temporary folder, gone afterwards.
//!
//! It must be gone whatever ends us: success, an error, a panic, Ctrl-C, `kill -9`. No handler of
//! ours could see all of these, so a second process does the tidying, the *guard*: it reads from a
//! pipe that only we hold open, and when that pipe ends it stops the server and removes the folder.
//! An orderly stop takes the same way, so it is proven by every run.

mod guard;
mod owner;

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::workspace::output;
use guard::Guard;
use owner::Owner;

const START_MAX: Duration = Duration::from_secs(60);
const STOP_MAX: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);
/// Between choosing a free port and taking it, another program may take it.
const PORT_TRIES: u32 = 3;
/// Every crate's tests run at once, each with pools of its own.
const CONNECTIONS_MAX: u32 = 200;
const LOG_LINES_SHOWN: usize = 20;

/// A running server. Dropping it stops it and removes its folder.
pub struct Server {
    version: String,
    url: String,
    port: u16,
    folder: PathBuf,
    /// None only once stopped or kept.
    running: Option<Running>,
}

struct Running {
    server: Child,
    guard: Guard,
}

impl Server {
    /// Makes a cluster and starts it, ready for connections.
    pub fn start() -> Result<Self> {
        let programs = programs().context("PostgreSQL is not installed (no `initdb` found)")?;
        let version = output(Command::new(programs.join("postgres")).arg("--version"))?;
        let owner = Owner::choose()?;
        let folder = make_folder(&owner)?;
        let mut guard = Guard::start(&owner, &programs, &folder)?;
        let password = random_hex(16)?;
        make_cluster(&owner, &programs, &folder, &password)?;
        for attempt in 1.. {
            let port = free_port()?;
            let mut server = spawn(&owner, &programs, &folder, port)?;
            guard.watch(&server)?;
            if wait_until_ready(&mut server, &folder)? {
                return Ok(Self {
                    version: version.trim().to_owned(),
                    url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"),
                    port,
                    folder,
                    running: Some(Running { server, guard }),
                });
            }
            let log = log_tail(&folder);
            ensure!(
                attempt < PORT_TRIES,
                "PostgreSQL does not start. Its log ends:\n{log}"
            );
        }
        bail!("PostgreSQL does not start")
    }

    /// The superuser's URL, password included.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the server and removes its folder.
    pub fn stop(mut self) -> Result<()> {
        self.stop_running()
    }

    /// Lets the server live on without us, and says how to use and how to stop it.
    pub fn keep(mut self) -> String {
        let Some(running) = self.running.take() else {
            return String::new();
        };
        let (server, folder) = (running.server.id(), self.folder.display());
        running.guard.dismiss();
        format!(
            "PostgreSQL is kept. Use it: export TEST_POSTGRES_URL={}\n\
             Stop it: kill -QUIT {server}; rm -rf {folder}",
            self.url
        )
    }

    fn stop_running(&mut self) -> Result<()> {
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        let tidied = running.guard.finish();
        if !wait(&mut running.server, STOP_MAX)? {
            running.server.kill()?;
            running.server.wait()?;
        }
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)
                .with_context(|| format!("cannot remove {}", self.folder.display()))?;
        }
        tidied
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop_running() {
            eprintln!("PostgreSQL: {error:#}");
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            port,
            folder,
            ..
        } = self;
        write!(f, "{version} on 127.0.0.1:{port}, in {}", folder.display())
    }
}

/// The folder that holds PostgreSQL's programs; the newest version's if there are several.
pub fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = debian
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path(),
            ))
        })
        .map(|(version, path)| (version, path.join("bin")))
        .filter(|(_, path)| path.join("initdb").exists())
        .max();
    let elsewhere = || {
        let path = output(Command::new("pg_config").arg("--bindir")).ok()?;
        Some(PathBuf::from(path.trim())).filter(|path| path.join("initdb").exists())
    };
    newest.map(|(_, path)| path).or_else(elsewhere)
}

fn make_folder(owner: &Owner) -> Result<PathBuf> {
    // Root's own temporary folder may be closed to the server's user.
    let temporary = Some(std::env::temp_dir()).filter(|folder| owner.can_write(folder));
    let folder = temporary.unwrap_or_else(|| "/tmp".into());
    let folder = folder.join(format!("tributary-postgres-{}", random_hex(4)?));
    DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    owner.give(&folder)?;
    Ok(folder)
}

fn make_cluster(owner: &Owner, programs: &Path, folder: &Path, password: &str) -> Result<()> {
    let password_file = folder.join("password");
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&password_file)?;
    writeln!(file, "{password}")?;
    owner.give(&password_file)?;
    let mut initdb = owner.command(programs.join("initdb"));
    initdb
        .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"])
        // Spares initdb's own syncing of a cluster that nobody keeps; the server does sync.
        .arg("--no-sync")
        .arg("--pwfile")
        .arg(&password_file)
        .arg("--pgdata")
        .arg(folder.join("data"))
        .current_dir(folder);
    output(&mut initdb)?;
    fs::remove_file(&password_file).context("cannot remove the password's file")
}

fn spawn(owner: &Owner, programs: &Path, folder: &Path, port: u16) -> Result<Child> {
    let log = File::create(log_path(folder)).context("cannot make the server's log")?;
    owner
        .command(programs.join("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-c", "listen_addresses=127.0.0.1"])
        .args(["-c", &format!("port={port}")])
        .args(["-c", &format!("unix_socket_directories={}", folder.display())])
        .args(["-c", &format!("max_connections={CONNECTIONS_MAX}")])
        // The tests are about durability: what a developer's machine sets elsewhere must not count.
        .args(["-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "full_page_writes=on"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("cannot run postgres")
}

/// True when it takes connections, false if it ended.
fn wait_until_ready(server: &mut Child, folder: &Path) -> Result<bool> {
    let deadline = Instant::now() + START_MAX;
    while Instant::now() < deadline {
        if server.try_wait()?.is_some() {
            return Ok(false);
        }
        // The postmaster keeps its state in the file's eighth line.
        let state = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if state
            .lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready")
        {
            return Ok(true);
        }
        sleep(POLL);
    }
    bail!(
        "PostgreSQL is not ready after {START_MAX:?}. Its log ends:\n{}",
        log_tail(folder)
    )
}

/// Whether the process ended in time.
fn wait(process: &mut Child, limit: Duration) -> Result<bool> {
    let deadline = Instant::now() + limit;
    while process.try_wait()?.is_none() {
        if Instant::now() >= deadline {
            return Ok(false);
        }
        sleep(POLL);
    }
    Ok(true)
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

fn log_tail(folder: &Path) -> String {
    let log = fs::read_to_string(log_path(folder)).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

fn random_hex(bytes: usize) -> Result<String> {
    let mut random = vec![0; bytes];
    File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
