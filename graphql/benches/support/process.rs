//! Processes, each on a core of its own.

use std::fs;
use std::future::Future;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

/// Clock ticks of `/proc/<pid>/stat` per second: what Linux shows to programs everywhere.
const TICKS: u32 = 100;

/// Runs `work` on one core, if there is more than one.
pub fn on_core(core: usize, work: impl Future<Output = ()>) -> ExitCode {
    if std::thread::available_parallelism().map_or(1, usize::from) > core {
        let mut set = rustix::thread::CpuSet::new();
        set.set(core);
        if let Err(error) = rustix::thread::sched_setaffinity(None, &set) {
            eprintln!("not on a core of its own: {error}");
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            runtime.block_on(async { tokio::join!(work) });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("no runtime: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A server in a process of its own. Ended when it is dropped.
pub struct Server {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Where it listens.
    pub address: SocketAddr,
    /// What else it says of itself.
    pub words: Vec<String>,
}

impl Server {
    /// Starts this program as a server, with settings in its environment.
    pub fn start(kind: &str, settings: &[(&str, &str)]) -> Self {
        let program = std::env::current_exe().expect("this program has a file");
        let mut command = Command::new(program);
        command
            .args(["--serve", kind])
            .envs(settings.iter().copied());
        Self::of(command)
    }

    /// Starts any program that says where it listens, and does what it is told.
    pub fn of(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let commands = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut server = Self {
            child,
            commands,
            answers,
            address: ([127, 0, 0, 1], 0).into(),
            words: Vec::new(),
        };
        let mut words = server.answer();
        server.address = words
            .remove(0)
            .parse()
            .expect("the server says where it listens");
        server.words = words;
        server
    }

    /// Asks for something that has no answer.
    pub fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("the server listens");
        self.commands.flush().expect("the server listens");
    }

    /// Asks, and waits until it is done.
    pub fn ask(&mut self, command: &str) -> Vec<String> {
        self.tell(command);
        self.answer()
    }

    fn answer(&mut self) -> Vec<String> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        assert!(read.is_ok_and(|count| count > 0), "the server has ended");
        line.split_whitespace().map(str::to_owned).collect()
    }

    /// Processor time so far.
    pub fn cpu(&self) -> Duration {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The name, in brackets, may hold anything.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = |at: usize| {
            fields
                .get(at)
                .and_then(|text| text.parse().ok())
                .unwrap_or(0)
        };
        Duration::from_secs(1) * (ticks(11) + ticks(12)) / TICKS
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> u64 {
        let file = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("Rss:"));
        let kib = line.and_then(|rest| rest.split_whitespace().next());
        kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1_024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended needs no end.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The commands that a server is given, from a thread of their own.
pub fn commands() -> tokio::sync::mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
