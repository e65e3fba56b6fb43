//! `cargo xtask simulate`: seeds by the thousand, on virtual time.

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::{cargo, status};

/// Builds the simulation with its own profile, and runs it with the caller's arguments.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--profile", "simulation"])
        .args(["--package", "tributary-simulation", "--bin", "simulate"])
        .arg("--")
        .args(arguments);
    Ok(if status(&mut command)?.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
