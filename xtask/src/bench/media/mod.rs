//! `cargo xtask bench media`: what viewers cost, and how much later than the publisher they see.
//!
//! The server has the first core, the viewers and the publisher the second. In the same run, by the same
//! viewers: node-media-server, and a bare program that writes each frame to each connection as it comes,
//! which is what the sockets of this machine allow.

mod bare;
mod crowd;
mod peer;
mod tags;
mod trial;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use rustix::thread::{CpuSet, sched_setaffinity};

use self::trial::{Kind, Outcome, Trial};
use super::figures::machine;
use super::server;
use crate::workspace::step;

/// Viewers, unless told otherwise.
const VIEWERS: usize = 1_000;

/// Seconds that are measured, unless told otherwise.
const SECONDS: u64 = 8;

/// The core of the server, and that of everybody else.
const SERVER_CORE: &str = "0";
const OTHER_CORE: usize = 1;

/// What is measured, unless told otherwise: see [`Trial::read`]. About seven minutes with a binary at hand.
const TRIALS: &str = "bare,node-media-server,33,350,0,33-stop,barex3000,33x3000,350x5000";

/// Measures. `--binary <file>` names what to measure instead of building it; `--of <list>` what of it:
/// a merge interval in milliseconds, `bare` or `node-media-server`, each with `x3000` behind it for another
/// number of viewers, and with `-stop` for viewers who stop reading; `--viewers <n>`, `--seconds <n>`.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    if let [word, address] = arguments
        && word == "--serve-bare"
    {
        bare::serve(address)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (mut binary, mut of) = (None, TRIALS.to_owned());
    let (mut viewers, mut seconds) = (VIEWERS, SECONDS);
    let mut words = arguments.iter();
    while let Some(flag) = words.next() {
        let value = words.next().context("each flag takes a value")?;
        match flag.as_str() {
            "--binary" => binary = Some(PathBuf::from(value).canonicalize()?),
            "--of" => of.clone_from(value),
            "--viewers" => viewers = value.parse().context("`--viewers` is a number")?,
            "--seconds" => seconds = value.parse().context("`--seconds` is a number")?,
            _ => bail!(
                "`cargo xtask bench media` takes `--binary <file>`, `--of <list>`, `--viewers <n>` and \
                 `--seconds <n>`"
            ),
        }
    }
    let trials = of.split(',').map(|of| Trial::read(of, viewers, seconds));
    let trials: Vec<Trial> = trials.collect::<Result<_>>()?;
    let binary = match binary {
        Some(binary) => binary,
        None => step("build", server::build)?,
    };
    let mut core = CpuSet::new();
    core.set(OTHER_CORE);
    sched_setaffinity(None, &core).context("a second core is needed for the viewers")?;
    println!("{}; {viewers} viewers of 2.1 Mbit/s", machine());
    println!("{}", Outcome::HEADINGS);
    let (mut promises, mut peer) = (vec![], None);
    for trial in trials {
        let outcome = trial.run(&binary)?;
        println!("{outcome}");
        if trial.kind == Kind::NodeMediaServer && trial.viewers == viewers {
            peer = Some(outcome.cpu_per_gb());
        }
        promises.extend(outcome.promises(&trial, peer));
    }
    promises.iter().for_each(|promise| println!("{promise}"));
    println!("{}", machine());
    Ok(ExitCode::SUCCESS)
}

/// A program on the server's core.
fn on_server_core(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", SERVER_CORE]).arg(program);
    command
}
