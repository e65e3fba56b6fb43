//! The binary as a person starts it: on a new folder, on free ports of the loopback.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::viewer;
use crate::workspace::output;

/// The server must be ready within this time.
const START_MAX: Duration = Duration::from_secs(30);

/// The server must end within this time after it was asked to.
const STOP_MAX: Duration = Duration::from_secs(20);

/// How often is asked whether it is ready, or has ended.
const POLL: Duration = Duration::from_millis(1);

/// The password of every account that is made.
const PASSWORD: &[u8] = b"correct horse battery\n";

/// The budgets: a benchmark asks more often than anybody should.
const UNLIMITED: [&str; 5] = [
    "TRIBUTARY_API_RATE",
    "TRIBUTARY_CHAT_RATE",
    "TRIBUTARY_REACTION_RATE",
    "TRIBUTARY_SOCKET_RATE",
    "TRIBUTARY_VIDEO_RATE",
];

/// A new folder, gone when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let parent = env::temp_dir();
        for number in 0..1_000 {
            let path = parent.join(format!("tributary-bench-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => bail!("cannot make {}: {error}", path.display()),
            }
        }
        bail!("{} is full of folders of ours", parent.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("{} is left behind: {error}", self.0.display());
        }
    }
}

/// A running server. Ended when it is dropped.
pub struct Instance {
    binary: PathBuf,
    child: Child,
    folder: Folder,
    /// `host:port`.
    pub http: String,
    /// `host:port`.
    pub rtmp: String,
    /// From the start of the process until `/health/ready` said yes.
    pub start: Duration,
}

impl Instance {
    /// Starts the server on an empty folder, and waits until it is ready.
    pub fn start(binary: &Path) -> Result<Self> {
        Self::start_as(binary, &[], Command::new(binary))
    }

    /// The same with settings, started by `starter`, which names the binary itself.
    pub fn start_as(binary: &Path, settings: &[(&str, &str)], starter: Command) -> Result<Self> {
        let folder = Folder::new()?;
        let log = File::create(folder.0.join("server.log"))?;
        let mut command = in_folder(starter, &folder);
        command.envs(settings.iter().copied());
        command.arg("serve").stderr(log).stdout(Stdio::piped());
        let began = Instant::now();
        let mut child = command.spawn().context("cannot start the server")?;
        let lines = read_lines(&mut child)?;
        let mut instance = Self {
            binary: binary.to_owned(),
            child,
            folder,
            http: String::new(),
            rtmp: String::new(),
            start: Duration::ZERO,
        };
        instance.wait_until_ready(&lines, began + START_MAX)?;
        instance.start = began.elapsed();
        Ok(instance)
    }

    fn wait_until_ready(&mut self, lines: &mpsc::Receiver<String>, until: Instant) -> Result<()> {
        while self.rtmp.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = lines.recv_timeout(left) else {
                bail!("the server does not start. Its log:\n{}", self.log());
            };
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("Page"), Some(url)) => self.http = address(url, "http://"),
                (Some("RTMP"), Some(url)) => self.rtmp = address(url, "rtmp://"),
                _ => {}
            }
        }
        while viewer::status_of(&self.http, "/health/ready")? != 200 {
            ensure!(Instant::now() < until, "the server does not become ready");
            sleep(POLL);
        }
        Ok(())
    }

    /// Makes an account with a channel on the command line, and gives its stream key.
    pub fn channel(&self, name: &str) -> Result<String> {
        let email = format!("{name}@example.com");
        let mut child = command(&self.binary, &self.folder)
            .args(["account", "create", name, "--email", &email, "--channel"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let mut input = child.stdin.take().context("it has an input")?;
        input.write_all(PASSWORD)?;
        drop(input);
        let done = child.wait_with_output()?;
        let text = String::from_utf8_lossy(&done.stdout);
        text.split_whitespace()
            .find(|word| word.starts_with("live_"))
            .map(str::to_owned)
            .with_context(|| format!("no stream key for {name}: {text}"))
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        output(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let until = Instant::now() + STOP_MAX;
        while self.child.try_wait()?.is_none() {
            ensure!(
                Instant::now() < until,
                "the server does not stop. Its log:\n{}",
                self.log()
            );
            sleep(POLL);
        }
        Ok(())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.0.join("server.log")).unwrap_or_default()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Nothing to do for one that has ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The binary with the folder's settings and no others.
fn command(binary: &Path, folder: &Folder) -> Command {
    in_folder(Command::new(binary), folder)
}

fn in_folder(mut command: Command, folder: &Folder) -> Command {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("TRIBUTARY_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(&folder.0)
        .env("TRIBUTARY_HTTP_ADDR", "127.0.0.1:0")
        .env("TRIBUTARY_RTMP_ADDR", "127.0.0.1:0")
        .env("TRIBUTARY_DATA_DIR", folder.0.join("data"))
        .envs(UNLIMITED.map(|name| (name, "off")))
        .stdin(Stdio::null());
    command
}

/// What the server prints, line by line. Read to its end, so that the pipe never fills.
fn read_lines(child: &mut Child) -> Result<mpsc::Receiver<String>> {
    let out = child.stdout.take().context("it has an output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            // Nobody listens any more once it is ready.
            let _unheard = sender.send(line);
        }
    });
    Ok(receiver)
}

/// `host:port` of a URL.
fn address(url: &str, scheme: &str) -> String {
    let rest = url.trim_start_matches(scheme);
    rest.split('/').next().unwrap_or_default().to_owned()
}
