//! The binary, started as a person would start it, on free ports of the loopback.

use super::PATIENCE;
use super::api::Api;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tributary_store::LogUrl;
pub use tributary_store::testing::Engine;
use tributary_store::testing::fresh_database;

const BINARY: &str = env!("CARGO_BIN_EXE_tributary");

/// The budgets, which scenarios are without unless they set one.
const UNLIMITED: [&str; 5] = [
    "TRIBUTARY_API_RATE",
    "TRIBUTARY_CHAT_RATE",
    "TRIBUTARY_REACTION_RATE",
    "TRIBUTARY_SOCKET_RATE",
    "TRIBUTARY_VIDEO_RATE",
];

/// A place to run the server at, again and again.
pub struct Site {
    pub folder: TempDir,
    log_url: Option<String>,
    settings: Vec<(&'static str, String)>,
}

impl Site {
    pub async fn new(engine: Engine) -> Self {
        let log_url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(fresh_database().await),
        };
        Self::at(log_url)
    }

    /// One whose log is in a given PostgreSQL database; in the data folder if none is given.
    pub fn at(log_url: Option<String>) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            log_url,
            settings: vec![],
        }
    }

    /// A folder of its own for another node of the same installation. The first one has been started.
    pub fn beside(&self) -> Self {
        let secret = self.data().join("secret.key");
        let site = Self {
            folder: TempDir::new().unwrap(),
            log_url: self.log_url.clone(),
            settings: self.settings.clone(),
        };
        site.set("TRIBUTARY_SECRET_FILE", secret.to_str().unwrap())
    }

    /// The log's URL, where it is in PostgreSQL.
    pub fn log_url(&self) -> &str {
        self.log_url.as_deref().expect("a site on PostgreSQL")
    }

    /// Where its log is.
    pub fn log_location(&self) -> LogUrl {
        match &self.log_url {
            Some(url) => LogUrl::Postgres(url.clone()),
            None => LogUrl::Sqlite(self.data().join("log.db")),
        }
    }

    pub fn set(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command of the binary, with this site's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments);
        self.set_up(&mut command);
        command
    }

    /// A shell's script, which stops where something fails. `tributary` is there; `programs` come first.
    pub fn shell(&self, script: &str, programs: &std::path::Path) -> Command {
        let ours = std::path::Path::new(BINARY).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new("bash");
        self.set_up(&mut command);
        command.args(["-euo", "pipefail", "-c", script]).env(
            "PATH",
            format!("{}:{}:{path}", programs.display(), ours.display()),
        );
        command
    }

    fn set_up(&self, command: &mut Command) {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TRIBUTARY_")) {
            command.env_remove(name);
        }
        command
            .current_dir(self.folder.path())
            .env("TRIBUTARY_HTTP_ADDR", "127.0.0.1:0")
            .env("TRIBUTARY_RTMP_ADDR", "127.0.0.1:0")
            .env("TRIBUTARY_DATA_DIR", self.data())
            // What a test asks is asked at once; those of the limits set their own.
            .envs(UNLIMITED.map(|name| (name, "off")))
            .envs(self.log_url.as_ref().map(|url| ("TRIBUTARY_LOG_URL", url)))
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
    }

    /// Runs a command of the command line to its end: whether it succeeded, and all that it printed.
    pub async fn run(&self, arguments: &[&str], input: &str) -> (bool, String) {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .await
            .unwrap();
        let output = super::in_time("a command ends", child.wait_with_output())
            .await
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    /// Starts the server and waits until it says where it is.
    pub async fn start(&self) -> Server {
        let errors = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("server.log"))
            .unwrap();
        let mut child = self.command(&["serve"]).stderr(errors).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut http, mut rtmp, mut rtmps) = (None, None, None);
        let ready = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                let value = line.split_whitespace().nth(1).map(str::to_owned);
                match line.split_whitespace().next() {
                    Some("Page") => http = value,
                    Some("RTMP") => rtmp = value,
                    Some("RTMPS") => rtmps = value,
                    Some("Data") => return,
                    _ => {}
                }
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, ready).await.is_ok();
        let (Some(http), Some(rtmp)) = (http, rtmp) else {
            panic!(
                "the server did not start (in time: {in_time}): {}",
                self.log()
            );
        };
        // Whatever else it prints must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Server {
            child,
            http: http.trim_end_matches('/').to_owned(),
            rtmp,
            rtmps,
        }
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// Makes an account with a channel on the command line, and returns its stream key.
    pub async fn streamer(&self, name: &str) -> String {
        let email = format!("{name}@example.com");
        let arguments = ["account", "create", name, "--email", &email, "--channel"];
        let (done, text) = self.run(&arguments, "correct horse\n").await;
        assert!(done, "{text}\n{}", self.log());
        let key = text
            .split_whitespace()
            .find(|word| word.starts_with("live_"))
            .unwrap();
        key.to_owned()
    }
}

/// A running server. Ended when it is dropped.
pub struct Server {
    child: Child,
    /// Such as `http://127.0.0.1:4711`.
    pub http: String,
    /// Such as `rtmp://127.0.0.1:4712/live`.
    pub rtmp: String,
    /// Such as `rtmps://127.0.0.1:4713/live`, where it was set.
    pub rtmps: Option<String>,
}

impl Server {
    /// A client that has not signed in.
    pub fn api(&self) -> Api {
        Api::new(&self.http)
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// `host:port` of HTTP and of RTMP.
    pub fn addresses(&self) -> [String; 2] {
        let rtmp = self
            .rtmp
            .trim_start_matches("rtmp://")
            .trim_end_matches("/live");
        [
            self.http.trim_start_matches("http://").to_owned(),
            rtmp.to_owned(),
        ]
    }

    /// Ends it as a power cut would.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) -> bool {
        signal(self.pid(), "TERM");
        super::in_time("the server stops", self.child.wait())
            .await
            .unwrap()
            .success()
    }
}

/// Sends a signal by name.
pub fn signal(pid: u32, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.unwrap().success(), "kill -{name} {pid}");
}
