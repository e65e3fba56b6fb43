//! Where the workspace is, how cargo is called in it, and how steps are announced.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// The folder that holds the workspace's Cargo.toml.
pub fn root() -> PathBuf {
    // Cargo sets the variable at run time too: one target folder may serve several checkouts.
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask
        .parent()
        .map_or_else(|| xtask.clone(), Path::to_path_buf)
}

/// Cargo, in the workspace's root, as a developer's shell would call it.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    // `cargo run` describes xtask in these. Build scripts (ring's is one) watch them, and would
    // build again each time that `cargo test` and `cargo xtask test` take turns.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(describes_package) {
            cargo.env_remove(name);
        }
    }
    cargo
}

fn describes_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_") || variable.starts_with("CARGO_MANIFEST_")
}

/// Runs one step and says what it was and how long it took.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("{name} …");
    let start = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "done" } else { "failed" };
    println!("{name}: {outcome} in {}", seconds(start.elapsed()));
    result
}

/// A duration as people read it: `0.4 s`, `75.0 s`.
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// Runs a command to its end; an error names it.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    command
        .status()
        .with_context(|| format!("cannot run {}", name(command)))
}

/// Runs a command and returns what it printed; if it fails, the error holds what it complained.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {}", name(command)))?;
    anyhow::ensure!(
        output.status.success(),
        "{} failed ({}):\n{}",
        name(command),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    String::from_utf8(output.stdout)
        .with_context(|| format!("{} printed what is not UTF-8", name(command)))
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned()
}
